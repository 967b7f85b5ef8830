"""The quick way through a CSV file: blocks that are proved regular, read by pandas.

``blocks`` yields a whole file as regular text: what cannot be proved is read by the strict
grammar of ``reader``, which knows what to say, and written anew. ``frame`` makes values of
a block. Its numbers are read by the C parser of pandas, which from 3.1 on rounds them as
Python does; the few forms that it takes and our grammar does not are found afterwards, and
their column is read by the grammar, each different cell once.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, islice
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlcli.definition.rules.base import LINE
from mlcli.exports import values_of_cells, wall_clock
from mlcli.exports.csv import writing
from mlcli.exports.csv.regular import Block, proved
from mlcli.exports.csv.text_file import LONGEST_LINE
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.csv.reader import CsvReader
    from mlcli.exports.values_of_cells import WrittenColumn

_CELLS = 500_000  # of records that are read one by one


def blocks(reader: CsvReader, size: int, *, digest: bool = False) -> Iterator[Block]:
    """Yield the rows of a file in blocks of about so many bytes.

    Raises
    ------
    DataError
        A record has another number of cells than the header, or bare quotes; the file is
        not text, or was changed meanwhile.
    """
    number, kept, width = reader.first, b"", len(reader.columns)
    read = with_last(reader.body(size, digest=digest))
    for more, last in read:
        text = kept + more if kept else more
        found = proved(text, width, reader.delimiter, first_line=number, last=last)
        left = 0 if found is None else len(text) - found.size
        if found is None or (last and left > 0) or left > LONGEST_LINE:
            yield from _one_by_one(reader, chain([text], (more for more, _ in read)), number)
            return
        yield found
        number, kept = number + found.line_ends, text[found.size :]


def with_last(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield blocks, and of each whether it is the last; only that may lack a line end."""
    held = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True


def _one_by_one(reader: CsvReader, text: Iterator[bytes], number: int) -> Iterator[Block]:
    """Yield the records of some text as the grammar reads them, written anew."""
    width = len(reader.columns)
    records = reader.records(text, number)
    while batch := list(islice(records, max(1, _CELLS // width))):
        lines = [writing.line(cells, reader.delimiter) for _, cells in batch]
        made = "".join('""\n' if line == "\n" else line for line in lines).encode()
        block = proved(made, width, reader.delimiter, first_line=0, last=False)
        assert block is not None
        yield replace(block, lines=np.array([line for line, _ in batch]))


def frame(block: Block, columns: Sequence[WrittenColumn], *, before: int = 0) -> Frame:
    """Return the values of some columns of a block, and the line that each row stands in.

    Parameters
    ----------
    block
        n rows.
    columns
        The columns; each remembers what it has met in earlier blocks.
    before
        How many lines to add to those of the block.

    Raises
    ------
    DataError
        A cell is not of its column's kind; its place is ``line N``.
    """
    block = replace(block, lines=block.lines + before)
    made: dict[str, Any] = {c.name: _moments(block, c) for c in columns if c.kind == "date"}
    left = [column for column in columns if made.get(column.name) is None]
    found = _parsed(block, left) if left else {}
    for column in left:
        values = found[column.name]
        if not column.in_bulk:
            short = column.kind in {"text", "any", "either"} and _is_short(block, column.position)
            values = (_words if short else _by_different_cells)(block, column, values)
        made[column.name] = values
    typed = {column.name: (made[column.name], column.kind) for column in columns}
    return values_of_cells.frame({**typed, LINE: (block.lines, "any")})


def _parsed(block: Block, columns: Sequence[WrittenColumn]) -> dict[str, Any]:
    """Return columns as pandas reads them: numbers that are surely right, or text."""
    numbers = [column for column in columns if column.in_bulk]
    try:
        table = _read(block, columns, "float64")
    except ValueError:  # some cell is no number to pandas
        table = _read(block, columns, None)
        odd = [c for c in numbers if table[c.position].dtype.kind not in "iuf"] or numbers
    else:
        found: dict[str, Any] = {c.name: table[c.position] for c in columns}
        signs = _has_plus_signs(block)
        for column in numbers:
            values = table[column.position].to_numpy()
            found[column.name] = _numbers(block, column, values, plus_signs=signs)
            if column.kind == "either" and _has_leading_zeros(block, column.position):
                found[column.name] = None
        odd = [column for column in numbers if found[column.name] is None]
        if not odd:
            return found
    for column in odd:
        column.in_bulk = False
    return _parsed(block, columns)


def _read(block: Block, columns: Sequence[WrittenColumn], number: str | None) -> pd.DataFrame:
    """Have pandas read some columns, numbers as a type or as what it takes them for."""
    import pandas as pd

    text, notation = block.text, columns[0].notation
    if text.startswith(codecs.BOM_UTF8):  # of the first cell: pandas takes one away
        text = codecs.BOM_UTF8 + text
    words = ["", *(word for word in notation.missing if _as_float(word) is None)]
    dtypes: dict[Any, Any] = {c.position: number if c.in_bulk else "str" for c in columns}
    gone: dict[Any, Any] = {c.position: words if c.in_bulk else [] for c in columns}
    try:
        return pd.read_csv(
            io.BytesIO(text),
            sep=block.delimiter,
            header=None,
            index_col=False,
            usecols=list(dtypes),
            dtype={at: dtype for at, dtype in dtypes.items() if dtype},
            na_values=gone,
            keep_default_na=False,
            skip_blank_lines=False,
            decimal=notation.decimal,
            low_memory=False,  # it would look for true and false in each part
        )
    except pd.errors.ParserError as error:  # of regular text, it can say nothing else
        raise MemoryError from error


def _as_float(word: str) -> float | None:
    """Return a word as the number that pandas would look for, if it did."""
    try:
        number = float(word)
    except ValueError:
        return None
    return None if isnan(number) else number


def _has_plus_signs(block: Block) -> bool:
    """Say whether a plus stands somewhere but in an exponent."""
    if b"+" not in block.text:
        return False
    before = block.bytes[np.flatnonzero(block.bytes == ord("+")) - 1]
    return not bool(np.isin(before, list(b"eE")).all())


def _numbers(
    block: Block, column: WrittenColumn, values: NDArray[np.float64], *, plus_signs: bool
) -> NDArray[np.float64] | None:
    """Return numbers without those that are missing; nothing where the grammar may differ."""
    large = np.flatnonzero(np.abs(values) >= cells.EXACT)
    written = block.cells(column.position, large)
    if not all(cells.is_exact(cell.replace(column.notation.decimal, ".")) for cell in written):
        return None
    if (np.abs(values[large]) > cells.LARGEST).any():
        return None
    first = int((~np.isnan(values)).argmax())  # of a column of true and false, one of them
    if chr(block.text[block.edges(column.position)[0][first]]) in "tTfF":
        return None
    if plus_signs and _spaced(block, column.position).any():
        return None  # pandas rounds  +1.1  with a space beside it otherwise
    words = [n for word in column.notation.missing if (n := _as_float(word)) is not None]
    if words:
        rows = np.flatnonzero(np.isin(values, words))
        gone = [*map(column.notation.is_missing, block.cells(column.position, rows))]
        values = values.copy()
        values[rows[gone]] = np.nan
    return values


def _has_leading_zeros(block: Block, position: int) -> bool:
    """Say whether a number may begin with a 0 too many, as codes do; not after a space."""
    starts, ends = block.edges(position)
    starts = starts + np.isin(block.bytes[starts], list(b"+-"))
    zero = (block.bytes[starts] == ord("0")) & (starts + 1 < ends)
    after = block.bytes[starts[zero] + 1]
    digit = (after >= ord("0")) & (after <= ord("9"))
    return bool(digit.any() or _spaced(block, position).any())


def _spaced(block: Block, position: int) -> NDArray[np.bool_]:
    """Return which cells of a column may begin or end with a space."""
    starts, ends = block.edges(position)
    first, last = block.bytes[starts], block.bytes[ends - 1]
    return (ends > starts) & (_OF_SPACES[first] | _OF_SPACES[last])


_OF_SPACES: Final = np.zeros(256, dtype=bool)
_OF_SPACES[[space.encode()[at] for space in cells.SPACES for at in (0, -1)]] = True
"""Which bytes a space begins or ends with."""


def _words(block: Block, column: WrittenColumn, found: pd.Series[Any]) -> pd.Series[Any]:
    """Return words without blanks around them; spaces are missing, and so may words be."""
    starts, ends = block.edges(column.position)
    gone = (starts == ends) | found.isin(column.notation.missing).to_numpy()
    rows = np.flatnonzero(_spaced(block, column.position) & ~gone)
    written = block.cells(column.position, rows)
    gone[rows] = [*map(column.notation.is_missing, written)]
    if len(rows) and not column.notation.keeps_blanks:
        column.trimmed += sum(map(column.notation.pads, written))
        found = found.copy()
        found.iloc[rows] = [cell.strip() for cell in written]
    return found.mask(gone)


def _is_short(block: Block, position: int) -> bool:
    """Say whether no cell of a column is longer than a word may be."""
    starts, ends = block.edges(position)
    return int((ends - starts).max()) <= cells.LONGEST_WORD


def _by_different_cells(block: Block, column: WrittenColumn, found: pd.Series[Any]) -> Any:
    """Return cells as the grammar reads them, each different one once, the first first."""
    codes, different = found.factorize()  # in order of appearance
    first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
    words, lines = [*map(str, different)], block.lines[first].tolist()
    if column.kind == "date":
        times, sorts = column.moments(words, lines, words)
        return column.times.turned(times[codes], sorts[codes], block.lines)
    before = column.trimmed
    values = column.values(words, lines)
    if column.trimmed > before:
        pads = np.array([*map(column.notation.pads, words)])
        column.trimmed = before + int(pads[codes].sum())
    return values_of_cells.array(values, column.kind)[codes]


def _moments(block: Block, column: WrittenColumn) -> NDArray[np.datetime64] | None:
    """Return cells as times, or nothing unless each is missing or of one of the forms."""
    notation = column.notation
    if any(map(notation.is_date, notation.missing)):  # a word for nothing looks like a date
        return None
    said = [form for form in map(Form.of, notation.dates) if form]
    starts, ends = block.edges(column.position)
    widths = ends - starts
    found = np.full(len(block), "NaT", dtype="datetime64[us]")
    sorts = np.full(len(block), wall_clock.EMPTY, dtype=np.int8)
    left = widths > 0
    for form in (*said, *FORMS):
        here = np.flatnonzero(left & (widths == form.width))
        if len(here):
            windows = sliding_window_view(block.bytes, form.width)
            times, valid = moments(windows[starts[here]], form)
            found[here[valid]] = times[valid]
            sorts[here[valid]] = wall_clock.TIME if "H" in form.parts else wall_clock.DAY
            left[here[valid]] = False
    rows = np.flatnonzero(left)
    if not all(map(notation.is_missing, set(block.cells(column.position, rows)))):
        return None
    known = np.flatnonzero(~np.isnat(found))
    if len(known) and not column.met_plain_time(int(block.lines[known[0]])):
        return None
    return column.times.turned(found, sorts, block.lines)


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
        """Return the form of a format, or nothing where its width may vary."""
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
        return Form(at, parts, between) if parts else None


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
    day = part.get("d", np.int64(1))
    valid &= (day >= 1) & (day <= lengths[month])
    seconds = (firsts[month] + day - 1) * 86_400
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
