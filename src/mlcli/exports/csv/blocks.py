"""Blocks of CSV taken apart by NumPy: where cells begin and end, and what they hold.

Only what is beyond doubt is read here, at the speed of the disk: every line has as
many cells as the header, quotes stand around whole cells, letters are UTF-8. For
anything else ``taken_apart`` returns nothing, and the caller reads the same block
record by record, by the grammar of ``reader``, which knows what to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlcli.exports.values_of_cells import WrittenColumn

    Bytes = NDArray[np.uint8]
    Flags = NDArray[np.bool_]
    Positions = NDArray[np.int64]

_PADDING: Final = b"\n" * 8
"""Eight bytes can be taken from any position of a cell."""

_LONGEST_WORD: Final = 64
_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole records of a file.

    Attributes
    ----------
    text
        The text, with some padding behind it.
    starts, ends
        Where each cell begins and ends: arrays of n rows and as many columns as the
        header has. Quotes around a cell are left out.
    lines
        The line that each record begins in, of n rows.
    size
        How many bytes of the text the records take.
    line_ends
        How many lines they take.
    """

    text: bytes
    starts: Positions
    ends: Positions
    lines: Positions
    size: int
    line_ends: int

    def values(self, column: WrittenColumn) -> Any:
        """Return the cells of a column as values, in a form that ``values_of_cells.frame`` takes.

        Raises
        ------
        DataError
            A cell is not of the column's kind; its place is ``line N``.
        """
        starts = self.starts[:, column.position]
        lengths = self.ends[:, column.position] - starts
        if column.kind == "date":
            found = self._moments(starts, lengths, column)
            if found is not None:
                return found
        words = None if column.kind == "date" else self._words(starts, lengths)
        if words is None:
            return column.values(self._texts(starts, lengths), self.lines.tolist())
        codes, first = words  # each word is read once, the first of the file first
        made = column.values(self._texts(starts[first], lengths[first]), self.lines[first].tolist())
        if column.kind == "number":
            return np.array(made, dtype=np.float64)[codes]  # None becomes NaN
        values = np.empty(len(first), dtype=object)
        values[:] = made
        return values[codes]

    def _texts(self, starts: Positions, lengths: Positions) -> list[str]:
        """Return cells as text; a doubled quote stands for one."""
        cells = [
            self.text[start : start + length].decode()
            for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
        ]
        return [cell.replace('""', '"') if '"' in cell else cell for cell in cells]

    def _eights(self, starts: Positions, at: int) -> NDArray[np.uint64]:
        """Return eight bytes of each cell, from a position in it, as one number."""
        count = len(self.text) - 7
        every: NDArray[np.uint64] = np.ndarray((count,), "<u8", self.text, strides=(1,))
        return every[np.minimum(starts + at, count - 1)]

    def _words(
        self, starts: Positions, lengths: Positions
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
        """Return which word each cell holds, and where each stands first; none of long ones."""
        from pandas import factorize

        longest = int(lengths.max(initial=0))
        if longest > _LONGEST_WORD:
            return None
        codes = np.zeros(len(starts), dtype=np.intp)
        for at in range(0, longest, 8):  # no byte is 0, so that a mask says the length too
            part = self._eights(starts, at) & _MASKS[np.clip(lengths - at, 0, 8)]
            some, known = factorize(part)
            codes = some if at == 0 else factorize(codes * len(known) + some)[0]
        newest = np.maximum.accumulate(codes)  # codes are given in order of appearance
        return codes, np.flatnonzero(np.diff(newest, prepend=-1))

    def _moments(self, starts: Positions, lengths: Positions, column: WrittenColumn) -> Any:
        """Return cells as times, or nothing unless each is empty or of one of the forms."""
        notation = column.notation
        if any(map(notation.is_date, notation.missing)):  # a word for nothing looks like a date
            return None
        said = Form.of(notation.dates)
        found = np.full(len(starts), "NaT", dtype="datetime64[us]")
        left = lengths > 0
        for form in (*FORMS, *([said] if said else [])):
            here = np.flatnonzero(left & (lengths == form.width))
            if not len(here):
                continue
            times, valid = moments(self._characters(starts[here], form.width), form)
            here, times = (here, times) if valid.all() else (here[valid], times[valid])
            found[here] = times
            left[here] = False
        if left.any():
            return None
        rows = np.flatnonzero(lengths > 0)
        if len(rows) and not column.met_plain_time(int(self.lines[rows[0]])):
            return None
        return found

    def _characters(self, starts: Positions, width: int) -> Bytes:
        """Return the characters of cells of one width, n rows of at least so many bytes."""
        eights = [self._eights(starts, at) for at in range(0, width, 8)]
        return np.stack(eights, axis=1).view(np.uint8)


_MASKS: Final = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)


def taken_apart(
    text: bytes, width: int, delimiter: str, *, first_line: int, last: bool
) -> Block | None:
    """Find the cells of a block of whole lines.

    Parameters
    ----------
    text
        The block; with quotes, its last record may go on in the next one.
    width
        How many cells each record must have.
    delimiter
        What stands between them.
    first_line
        The line in which the block begins.
    last
        Whether nothing follows, so that the last line need not end.

    Returns
    -------
    taken_apart
        The records that are whole, or ``None`` where anything is doubtful.
    """
    whole = len(text)
    if last:  # empty lines at the very end say nothing
        text = text.rstrip(b"\r\n") + b"\n"
    if not _is_text(text):
        return None
    data = np.frombuffer(text, dtype=np.uint8)
    newline, mark = data == _NEWLINE, data == ord(delimiter)
    line_ends, quoted = None, b'"' in text
    if b"\r" in text and _lone_returns(data, newline):
        return None
    if quoted:
        outside = _outside_quotes(data, mark | newline)
        if outside is None:
            return None
        line_ends = np.flatnonzero(newline)
        newline, mark = newline & outside, mark & outside
        size = int(np.flatnonzero(newline)[-1:].sum()) + 1  # up to the last whole record
        data, newline, mark = data[:size], newline[:size], mark[:size]
    cells = _cells(data, newline, mark, width)
    if cells is None:
        return None
    starts, ends = cells
    lines, taken = np.arange(len(ends)), len(ends)
    if line_ends is not None:
        lines = np.searchsorted(line_ends, starts[:, 0])
        taken = int(np.searchsorted(line_ends, len(data)))
        around = (data[starts] == _QUOTE) & (ends > starts)
        starts, ends = starts + around, ends - around
    size = whole if len(data) == len(text) else len(data)
    return Block(text + _PADDING, starts, ends, lines + first_line, size, taken)


def _is_text(text: bytes) -> bool:
    """Say whether a block is whole lines of UTF-8."""
    if not text.endswith(b"\n") or b"\0" in text:
        return False
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


def _cells(
    data: Bytes, newline: Flags, mark: Flags, width: int
) -> tuple[Positions, Positions] | None:
    """Return where cells begin and end; nothing unless all lines have as many."""
    separators = np.flatnonzero(mark | newline)
    if not len(separators) or len(separators) % width:
        return None
    ends = separators.reshape(-1, width)
    if not newline[ends[:, -1]].all() or newline[ends[:, :-1]].any():
        return None
    starts = np.roll(separators, 1).reshape(-1, width) + 1
    starts[0, 0] = 0
    returned = (ends[:, -1] > starts[:, -1]) & (data[ends[:, -1] - 1] == _RETURN)
    ends[:, -1] -= returned
    if not (ends[:, -1] > starts[:, 0]).all():  # an empty line
        return None
    return starts, ends


def _lone_returns(data: Bytes, newline: Flags) -> bool:
    """Say whether a carriage return stands somewhere but before a line's end."""
    at = np.flatnonzero(data == _RETURN)
    return bool(at[-1] + 1 == len(data)) or not bool(newline[at + 1].all())


def _outside_quotes(data: Bytes, border: Flags) -> Flags | None:
    """Return which bytes stand outside quotes; nothing where a quote is misplaced.

    A quote that opens stands where a cell begins, or right behind one that closed: a
    doubled quote. One that closes stands where a cell ends, or right before one that opens.
    """
    at = np.flatnonzero(data == _QUOTE)
    opens, closes = at[0::2], at[1::2]
    doubled = opens[1:] == closes[: len(opens) - 1] + 1
    begun = border[opens - 1] | (opens == 0)
    begun[1:] |= doubled
    ended = border[closes + 1] | (data[closes + 1] == _RETURN)
    ended[: len(doubled)] |= doubled
    if not begun.all() or not ended.all():
        return None
    turns = np.zeros(len(data), dtype=np.int8)
    turns[opens], turns[closes] = 1, -1
    outside: Flags = np.cumsum(turns, dtype=np.int8) == 0
    return outside


# Dates of one width, many at a time: characters to microseconds.

_BASE: Final = 10
_MONTHS_A_YEAR: Final = 12
_WIDTHS: Final = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}


@dataclass(frozen=True, slots=True)
class Form:
    """Where the parts of a date stand in a cell.

    ``parts`` are positions by the codes of ``strptime``; ``between`` are the characters
    that must stand elsewhere, each position with those that may.
    """

    width: int
    parts: dict[str, int]
    between: dict[int, str]

    @staticmethod
    @cache
    def of(text: str) -> Form | None:
        """Return the form of a format, or nothing where it is empty or its width may vary."""
        parts: dict[str, int] = {}
        between: dict[int, str] = {}
        at = 0
        for code, character in re.findall(r"%(.)|(.)", text):
            if (code and code not in _WIDTHS) or not character.isascii():
                return None
            if code:
                parts[code] = at
            else:
                between[at] = character
            at += _WIDTHS.get(code, 1)
        return Form(at, parts, between) if text else None


def _iso(time: str) -> Form:
    form = Form.of(f"%Y-%m-%d{time}")
    assert form is not None
    if time:
        form.between[10] = " T"
    return form


FORMS: Final = tuple(map(_iso, ("", " %H:%M", " %H:%M:%S")))
"""The forms of ISO 8601 that an export uses most."""


def moments(
    characters: NDArray[np.uint8], form: Form
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Read dates and times of one form.

    Parameters
    ----------
    characters
        n rows of at least ``form.width`` bytes.
    form
        Where the parts stand.

    Returns
    -------
    tuple
        n times in microseconds, and which of them are dates that exist.
    """
    valid: NDArray[np.bool_] = np.ones(len(characters), dtype=bool)
    for at, allowed in form.between.items():
        here = characters[:, at] == ord(allowed[0])
        for other in allowed[1:]:
            here |= characters[:, at] == ord(other)
        valid &= here
    part: dict[str, Any] = {}
    for code, at in form.parts.items():
        number: Any = np.int32(0)
        for digit in range(at, at + _WIDTHS[code]):
            value = characters[:, digit] - np.uint8(ord("0"))  # wraps below 0, beyond 9
            valid &= value < _BASE
            number = number * np.int32(_BASE) + value
        part[code] = number
    firsts, lengths = _months()
    month = part["Y"] * np.int32(_MONTHS_A_YEAR) + part["m"] - np.int32(1)
    valid &= (part["m"] >= 1) & (part["m"] <= _MONTHS_A_YEAR) & (part["Y"] >= 1)
    month = np.where(valid, month, 12)
    valid &= (part["d"] >= 1) & (part["d"] <= lengths[month])
    seconds = (firsts[month] + part["d"] - 1) * 86_400
    for code, size, most in (("H", 3600, 23), ("M", 60, 59), ("S", 1, 59)):
        if code in part:
            valid &= part[code] <= most
            seconds += part[code] * np.int64(size)
    return (seconds * 1_000_000).view("datetime64[us]"), valid


@cache
def _months() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the day that each month of the years 0 to 9999 begins on, and its length."""
    months = np.arange("0000-01", "10000-02", dtype="datetime64[M]")
    firsts = months.astype("datetime64[D]").astype(np.int64)
    return firsts[:-1], np.diff(firsts)
