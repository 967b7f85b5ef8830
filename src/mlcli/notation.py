"""How an export writes its numbers, dates and missing cells, where that is not plainly.

A notation is what a source says of its cells: ``decimal``, ``thousands``, ``unit``,
``dates`` and ``missing``. The plain one reads what ``cells`` reads, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mlcli import cells
from mlcli.cells import CellError, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlcli.cells import Kind, Value


@dataclass(frozen=True)
class Notation:
    """What may stand in a cell besides the plain forms.

    Attributes
    ----------
    decimal
        The mark before the decimals: a point or a comma.
    thousands
        The mark between groups of three digits, or nothing; a space also stands for
        the narrow and the unbreakable ones.
    units
        Signs that may stand before or behind a number, such as ``€`` or ``%``; they
        change nothing of its value.
    dates
        How dates are written, in the codes of ``strptime``; ISO 8601 is read anyway.
    missing
        Words that stand for an empty cell, beside the empty cell itself.
    """

    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()
    dates: str = ""
    missing: frozenset[str] = frozenset()

    @property
    def plain_numbers(self) -> bool:
        """Say whether numbers are written as everywhere else."""
        return self.decimal == "." and not self.thousands and not self.units

    def is_missing(self, cell: str) -> bool:
        """Say whether a cell holds nothing, or a word for nothing."""
        return not cell or cell.isspace() or (bool(self.missing) and cell.strip() in self.missing)

    def is_number(self, cell: str) -> bool:
        """Say whether a cell reads as a number."""
        return cells.is_number(cell) if self.plain_numbers else self._plain(cell) is not None

    def number(self, cell: str) -> float:
        """Read a number.

        Raises
        ------
        CellError
            The cell is none, as this source writes them.
        """
        if self.plain_numbers:
            return cells.to_number(cell)
        plain = self._plain(cell)
        if plain is None:
            raise CellError(f"{shown(cell)} is not a number", self._number_hint())
        return cells.to_number(plain)

    def is_date(self, cell: str) -> bool:
        """Say whether a cell is written as a date."""
        return cells.is_date(cell) or (bool(self.dates) and self._parsed(cell) is not None)

    def date(self, cell: str) -> datetime:
        """Read a date: ISO 8601, or as the source says that they are written.

        Raises
        ------
        CellError
            The cell is neither.
        """
        if not self.dates or cells.is_date(cell):
            return cells.to_date(cell)
        found = self._parsed(cell)
        if found is None:
            example = datetime(2023, 6, 8, 19, 30).strftime(self.dates)  # noqa: DTZ001 - a wall clock
            raise CellError(
                f"{shown(cell)} is not a date as the source says they are written",
                f'dates: {{format: "{self.dates}"}}  reads {example}, and 2023-06-08 anyway',
            )
        return found

    def reader(self, kind: Kind) -> Callable[[str], Value]:
        """Return the function that reads cells of a kind."""
        match kind:
            case "number":
                return self.number
            case "date":
                return self.date
            case _:
                return cells.READERS[kind]

    def _parsed(self, cell: str) -> datetime | None:
        try:
            return datetime.strptime(cell.strip(), self.dates)  # noqa: DTZ007 - a wall clock
        except ValueError:
            return None

    def _plain(self, cell: str) -> str | None:
        """Return a number as it is written plainly, or nothing where it is none."""
        match = self._number.fullmatch(cell.strip())
        if match is None:
            return None
        digits = match["digits"]
        if self.thousands:
            digits = re.sub(self._thousands, "", digits)
        return (match["sign"] or match["inner"] or "") + digits.replace(self.decimal, ".")

    @cached_property
    def _thousands(self) -> str:
        return _SPACES if self.thousands == " " else re.escape(self.thousands)

    @cached_property
    def _number(self) -> re.Pattern[str]:
        units = "|".join(map(re.escape, sorted(self.units, key=len, reverse=True)))
        unit = rf"(?:{units})" if units else r"(?!)"
        mark = re.escape(self.decimal)
        grouped = rf"[1-9][0-9]{{0,2}}(?:{self._thousands}[0-9]{{3}})+|" if self.thousands else ""
        whole = rf"(?:{grouped}[0-9]+)"
        digits = rf"(?P<digits>(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?)"
        gap = r"[ \u00a0\u202f]?"
        return re.compile(
            rf"(?P<sign>[+-])?(?:(?P<before>{unit}){gap}(?(sign)|(?P<inner>[+-])?))?"
            rf"{digits}(?:{gap}(?!(?P=before)){unit})?"
        )

    def _number_hint(self) -> str:
        said = [f'decimal: "{self.decimal}"']
        if self.thousands:
            said.append(f'thousands: "{self.thousands}"')
        if self.units:
            said.append(f"unit: {', '.join(self.units)}")
        return f"the source says  {'  '.join(said)}  of its numbers: mend the cell, or what it says"


_SPACES: Final = "[ \u00a0\u202f]"

PLAIN: Final = Notation()
