"""CSV for people: lines that read back as they were, and that no spreadsheet runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mlcli.exports.csv.regular import Block

# What makes a spreadsheet take a cell for a formula: the OWASP page on CSV injection.
FORMULA: Final = re.compile(r"(?:^|[\r\n])\s*[=+\-@]|^\s*?[\t\r]")
_SPECIAL: Final = re.compile(r'["\r\n]')


def line(record: Sequence[str], delimiter: str) -> str:
    """Return one line of CSV; Python's writer leaves a lone carriage return unquoted."""
    text = delimiter.join(record)
    if text.count(delimiter) == len(record) - 1 and not _SPECIAL.search(text):
        return text + "\n"
    return delimiter.join([quoted(cell, delimiter) for cell in record]) + "\n"


def quoted(cell: str, delimiter: str) -> str:
    """Return a cell as it stands in a line, in quotes where it needs them."""
    if {delimiter, '"', "\r", "\n"}.isdisjoint(cell):
        return cell
    return '"{}"'.format(cell.replace('"', '""'))


def defused(cell: str) -> str:
    """Return a cell of text with a quote before what a spreadsheet would run; numbers as they are.

    ``=1+1`` becomes ``'=1+1``, and ``-5`` stays.
    """
    if cell.isalnum():  # nearly every cell: ends the look early
        return cell
    if FORMULA.search(cell) and not cells.is_number(cell):
        return f"'{cell}"
    return cell


def defused_rows(block: Block, numbers: Collection[int]) -> dict[int, str]:
    """Return the records that hold what a spreadsheet would run, as text without it.

    ``numbers`` are the positions of columns in which nothing but numbers stands. The
    records are found by their position in the block.
    """
    import numpy as np

    broken = b"\r" in block.text or block.text.count(b"\n") > len(block)
    rows: set[int] = set()
    for position in range(block.ends.shape[1]):
        starts, ends = block.edges(position)
        doubted = np.isin(block.bytes[starts], _OPENING if position in numbers else _OPENING_WORDS)
        if broken:
            doubted |= block.bytes[starts - 1] == ord('"')
        doubtful = np.flatnonzero(doubted & (ends > starts))
        found = zip(doubtful.tolist(), block.cells(position, doubtful), strict=True)
        rows.update(row for row, cell in found if defused(cell) != cell)
    some = np.array(sorted(rows), dtype=np.intp)
    columns = [block.cells(position, some) for position in range(block.ends.shape[1])]
    records = zip(some.tolist(), zip(*columns, strict=True), strict=True)
    return {at: line([*map(defused, cells)], block.delimiter)[:-1] for at, cells in records}


_OPENING: Final = [*{space.encode()[0] for space in cells.SPACES}, *b"=@"]
_OPENING_WORDS: Final = [*_OPENING, *b"+-"]
"""Bytes that a cell begins with which may be what a spreadsheet runs."""
