"""How an export writes its numbers, and what it could say so that a cell is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mlcli.grammar import cells
from mlcli.grammar.cells import CellError, shown, stands_for_nothing


@dataclass(frozen=True)
class NumberNotation:
    """What may stand in a number besides the plain forms.

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
    """

    decimal: str = "."
    thousands: str = ""
    units: tuple[str, ...] = ()

    @property
    def plain_numbers(self) -> bool:
        """Say whether numbers are written as everywhere else."""
        return self.decimal == "." and not self.thousands and not self.units

    def is_number(self, cell: str) -> bool:
        """Say whether a cell reads as a number."""
        return cells.is_number(cell) if self.plain_numbers else self.plain(cell) is not None

    def number(self, cell: str) -> float:
        """Read a number.

        Raises
        ------
        CellError
            The cell is none, as this source writes them.
        """
        if self.plain_numbers:
            return cells.to_number(cell)
        plain = self.plain(cell)
        if plain is None:
            hint = cells.NO_NUMBER if stands_for_nothing(cell) else self.mend_number
            raise CellError(f"{shown(cell)} is not a number", hint)
        return cells.to_number(plain)

    def plain(self, cell: str) -> str | None:
        """Return a number as it is written plainly, or nothing where it is none."""
        match = self._number.fullmatch(cell.strip())
        if match is None:
            return None
        digits = match["digits"]
        if self.thousands:
            digits = re.sub(self._thousands, "", digits)
        return (match["sign"] or match["inner"] or "") + digits.replace(self.decimal, ".")

    @property
    def mend_number(self) -> str:
        """Return the hint about a cell that is no number as the source writes them."""
        said = [f'decimal: "{self.decimal}"']
        if self.thousands:
            said.append(f'thousands: "{self.thousands}"')
        if self.units:
            said.append(f"unit: {', '.join(self.units)}")
        return f"the source says  {'  '.join(said)}  of its numbers: mend the cell"

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


MARKS: Final = tuple(
    (decimal, thousands)
    for thousands in ("", ",", ".", " ", "'")
    for decimal in ".,"
    if decimal != thousands
)
"""What may stand before decimals and between groups of three digits, the plainest first."""

_SIGN: Final = r"[^\W\d_]{1,5}|[$£¥€%‰°]"
_UNIT: Final = re.compile(rf"[+-]?(?P<before>{_SIGN})?[ .+-]*\d.*?(?P<after>{_SIGN})?")


def ways(cell: str, said: NumberNotation) -> list[str]:
    """Return what a source could say so that a cell is a number, each way another number."""
    text = cell.strip()
    match = _UNIT.fullmatch(text)
    if match is None:
        return []
    units = tuple(unit for unit in dict.fromkeys((match["before"], match["after"])) if unit)
    found: dict[float, str] = {}
    for decimal, thousands in MARKS:
        other = NumberNotation(decimal, thousands, (*said.units, *units))
        number = other.plain(text)
        if number is None or not _adds_to(said, other):
            continue
        found.setdefault(float(number), _said(other))
    meant = [float(reading) for reading in cells.readings(text)] or list(found)
    return [found[number] for number in meant if found.get(number)]


def _adds_to(said: NumberNotation, other: NumberNotation) -> bool:
    """Say whether a notation keeps to all that another one says."""
    return said.decimal in {".", other.decimal} and said.thousands in {"", other.thousands}


def _said(notation: NumberNotation) -> str:
    """Return the keys by which a source says how it writes numbers."""
    said = []
    if notation.decimal != ".":
        said.append(f'decimal: "{notation.decimal}"')
    if notation.thousands:
        said.append(f'thousands: "{notation.thousands}"')
    if notation.units:
        units = [f'"{unit}"' for unit in notation.units]
        said.append(f"unit: {units[0] if len(units) == 1 else '[' + ', '.join(units) + ']'}")
    return "  ".join(said)


_SPACES: Final = "[ \u00a0\u202f]"
