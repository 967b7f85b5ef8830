"""CSV for people: lines that read back as they were, and that no spreadsheet runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Sequence

# What makes a spreadsheet take a cell for a formula: the OWASP page on CSV injection.
_FORMULA: Final = re.compile(r"(?:^|[\r\n])\s*[=+\-@]|^\s*?[\t\r]")
_SPECIAL: Final = re.compile(r'["\r\n]')


def line(record: Sequence[str], delimiter: str) -> str:
    """Return one line of CSV; Python's writer leaves a lone carriage return unquoted."""
    text = delimiter.join(record)
    if text.count(delimiter) == len(record) - 1 and not _SPECIAL.search(text):
        return text + "\n"
    special = {delimiter, '"', "\r", "\n"}
    quoted = (
        cell if special.isdisjoint(cell) else '"{}"'.format(cell.replace('"', '""'))
        for cell in record
    )
    return delimiter.join(quoted) + "\n"


def defused(cell: str) -> str:
    """Return a cell of text with a quote before what a spreadsheet would run; numbers as they are.

    ``=1+1`` becomes ``'=1+1``, and ``-5`` stays.
    """
    if cell.isalnum():  # nearly every cell: ends the look early
        return cell
    if _FORMULA.search(cell) and not cells.is_number(cell):
        return f"'{cell}"
    return cell
