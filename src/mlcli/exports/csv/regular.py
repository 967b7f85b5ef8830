"""The proof that text is regular CSV, and where its cells stand then.

Regular text is UTF-8, each of its records has as many cells as the header, and quotes
stand around whole cells. That is all that a quick reader, which has no words for what is
wrong, may be trusted with: ``blocks`` hands it to pandas, the engine ``duckdb`` to DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Positions = NDArray[np.int64]

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole records of a file, each as ``writing.line`` writes it.

    Attributes
    ----------
    text
        The records. Quotes stand around cells that need them only, and each record ends in
        a line feed, whatever it ended in.
    delimiter
        What stands between cells.
    ends
        Where each cell ends: n rows, and as many columns as the header has. The last cell
        of a record ends where its line feed stands.
    lines
        The line of the file that each record begins in, of n rows.
    size
        How many bytes the records took of the text that was given.
    line_ends
        How many lines they took of it.
    quoted
        Whether a quote stands in them.
    """

    text: bytes
    delimiter: str
    ends: Positions
    lines: Positions
    size: int
    line_ends: int
    quoted: bool

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.ends)

    @property
    def bytes(self) -> Bytes:
        """Return the text as an array."""
        return np.frombuffer(self.text, dtype=np.uint8)

    @property
    def records(self) -> list[str]:
        """Return the records as text, without their line ends."""
        found = self.text.decode().split("\n")
        if len(found) == len(self) + 1:
            return found[:-1]
        ends = self.ends[:, -1].tolist()
        starts = [0, *(end + 1 for end in ends)]
        return [self.text[at:end].decode() for at, end in zip(starts, ends, strict=False)]

    def edges(self, position: int) -> tuple[Positions, Positions]:
        """Return where the cells of a column begin and end, without the quotes around them."""
        ends = self.ends[:, position]
        if position:
            starts = self.ends[:, position - 1] + 1
        else:
            starts = np.concatenate(([0], self.ends[:-1, -1] + 1))
        if not self.quoted:
            return starts, ends
        around = (self.bytes[starts] == _QUOTE) & (ends > starts)
        return starts + around, ends - around

    def cells(self, position: int, rows: Positions) -> list[str]:
        """Return some cells of a column as text."""
        starts, ends = self.edges(position)
        found = [
            self.text[start:end].decode()
            for start, end in zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
        ]
        return [cell.replace('""', '"') for cell in found]


def proved(text: bytes, width: int, delimiter: str, *, first_line: int, last: bool) -> Block | None:
    """Find the cells of a block of whole lines, and prove that it is regular.

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
    proved
        The records that are whole, or ``None`` where anything is doubtful.
    """
    whole = text
    if last:  # empty lines at the very end say nothing
        whole = text.rstrip(b"\r\n") + b"\n"
    if not _is_text(whole):
        return None
    plain, taken, line_ends = whole, len(whole), None
    if b'"' in whole:
        found = _with_few_quotes(whole, ord(delimiter), alone=width == 1)
        if found is None:
            return None
        plain, taken, line_ends = found
    elif b"\r" in whole:
        plain = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ends = _ends(plain, width, ord(delimiter))
    if ends is None:
        return None
    if line_ends is None:
        line_ends = np.arange(1, len(ends) + 1)
    lines = first_line + np.concatenate(([0], line_ends[:-1]))
    size = len(text) if taken == len(whole) else taken
    return Block(plain, delimiter, ends, lines, size, int(line_ends[-1]), b'"' in plain)


def _is_text(text: bytes) -> bool:
    """Say whether a block is whole lines of UTF-8."""
    return text.endswith((b"\n", b"\r")) and b"\0" not in text and is_utf8(text)


def is_utf8(text: bytes) -> bool:
    """Say whether a block, of one byte or more, is UTF-8."""
    try:
        return text.isascii() or bool(text.decode())
    except UnicodeDecodeError:
        return False


def _ends(text: bytes, width: int, mark: int) -> Positions | None:
    """Return where cells end; nothing unless all records have as many, and none is empty."""
    data = np.frombuffer(text, dtype=np.uint8)
    newline, border = data == _NEWLINE, data == mark
    if b'"' in text:
        outside = ~np.logical_xor.accumulate(data == _QUOTE)
        newline, border = newline & outside, border & outside
    found = np.flatnonzero(newline | border)
    if len(found) % width:
        return None
    ends = found.reshape(-1, width)
    if np.count_nonzero(newline) != len(ends) or not newline[ends[:, -1]].all():
        return None
    empty = width == 1 and bool((np.diff(found, prepend=-1) == 1).any())
    return None if empty else ends


def _with_few_quotes(text: bytes, mark: int, *, alone: bool) -> tuple[bytes, int, Positions] | None:
    """Write some records as ``writing.line`` would; nothing where a quote is misplaced.

    A quote that opens stands where a cell begins, or right behind one that closed: a
    doubled quote. One that closes stands where a cell ends, or right before one that opens.

    Parameters
    ----------
    text
        Lines, of which the last ones may begin a record that is not whole.
    mark
        What stands between cells.
    alone
        Whether a record has one cell; quotes are all that there is of it where it is empty.

    Returns
    -------
    tuple
        The records that are whole; how many bytes of the text they took; and up to where
        each of them goes, counted in lines.
    """
    data = np.frombuffer(text, dtype=np.uint8)
    border = (data == mark) | (data == _NEWLINE) | (data == _RETURN) | (data == _QUOTE)
    at = np.flatnonzero(border)
    sign, before, behind = data[at], data[at - 1], data[np.minimum(at + 1, len(data) - 1)]
    quote = sign == _QUOTE
    inside = np.logical_xor.accumulate(quote)  # from a quote that opens, up to one that closes
    opens, closes = quote & inside, quote & ~inside
    if not border[at[opens] - 1].all() or not border[at[closes] + 1].all():
        return None
    ended = (sign == _NEWLINE) | ((sign == _RETURN) & (behind != _NEWLINE))
    record = ended & ~inside
    if not record.any():
        return None
    taken = int(at[record][-1]) + 1
    # Needless are quotes with nothing special in between, and returns before a line feed.
    needless = opens[:-1] & closes[1:] & (before[:-1] != _QUOTE) & (behind[1:] != _QUOTE)
    if alone:
        needless &= np.diff(at) > 1
    drop = (sign == _RETURN) & ~inside & ~ended
    drop[:-1] |= needless
    drop[1:] |= needless
    keep = np.ones(len(data), dtype=bool)
    keep[at[drop]] = False
    keep[taken:] = False
    written = data.copy()
    written[at[record]] = _NEWLINE
    line_ends = np.flatnonzero(record[ended]) + 1
    return written[keep].tobytes(), taken, line_ends
