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

from mlcli.grammar import cells
from mlcli.grammar.cells import CellError, Kind, Value, shown, stands_for_nothing

if TYPE_CHECKING:
    from collections.abc import Callable


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
            hint = cells.NO_NUMBER if stands_for_nothing(cell) else self._number_hint()
            raise CellError(f"{shown(cell)} is not a number", hint)
        return cells.to_number(plain)

    def is_date(self, cell: str) -> bool:
        """Say whether a cell is written as a date."""
        return cells.is_date(cell) or (bool(self.dates) and self.parsed(cell) is not None)

    def date(self, cell: str) -> datetime:
        """Read a date: ISO 8601, or as the source says that they are written.

        Raises
        ------
        CellError
            The cell is neither.
        """
        if not self.dates or cells.is_date(cell):
            return cells.to_date(cell)
        found = self.parsed(cell)
        if found is None:
            example = _EXAMPLE.strftime(self.dates)
            raise CellError(
                f"{shown(cell)} is not a date as the source says they are written",
                f'dates: {{format: "{self.dates}"}}  reads {example}, and 2023-06-08 anyway',
            )
        return found

    def hint(self, cell: str, kind: Kind, error: CellError) -> str:
        """Return what to do about a cell: mend it, or say more in its source."""
        ways: list[str] = []
        if kind == "number" and self.is_number(cell):  # one that is too large
            return error.hint
        if stands_for_nothing(cell):
            ways = [f"missing: [{_in_yaml(cell.strip())}]"]
        elif kind == "number":
            ways = _of_numbers(cell, self)
        elif kind == "date" and not self.dates:
            ways = _of_dates(cell)
        if ways:
            return f"{error.hint}, or say in its source  {'  or  '.join(ways)}"
        return error.hint + (", or what it says" if error.hint == self._number_hint() else "")

    def reader(self, kind: Kind) -> Callable[[str], Value]:
        """Return the function that reads cells of a kind."""
        readers: dict[Kind, Callable[[str], Value]] = {"number": self.number, "date": self.date}
        return readers.get(kind, cells.READERS[kind])

    def parsed(self, cell: str) -> datetime | None:
        """Return a date of the form that the source says, or nothing where it is none."""
        try:
            return cells.by_form(cell, self.dates)
        except ValueError:
            return None

    def plain(self, cell: str) -> str | None:
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
        return f"the source says  {'  '.join(said)}  of its numbers: mend the cell"


MARKS: Final = tuple(
    (decimal, thousands)
    for thousands in ("", ",", ".", " ", "'")
    for decimal in ".,"
    if decimal != thousands
)
"""What may stand before decimals and between groups of three digits, the plainest first."""

_SIGN: Final = r"[^\W\d_]{1,5}|[$£¥€%‰°]"
_UNIT: Final = re.compile(rf"[+-]?(?P<before>{_SIGN})?[ .+-]*\d.*?(?P<after>{_SIGN})?")


def _in_yaml(word: str) -> str:
    """Return a word as YAML reads it, in quotes where it might be something else."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z./]*", word) and word.lower() != "null"
    return word if plain else f"'{word}'"


def _of_numbers(cell: str, said: Notation) -> list[str]:
    """Return what a source could say so that a cell is a number, each way another number."""
    text = cell.strip()
    match = _UNIT.fullmatch(text)
    if match is None:
        return []
    units = tuple(unit for unit in dict.fromkeys((match["before"], match["after"])) if unit)
    ways: dict[float, str] = {}
    for decimal, thousands in MARKS:
        other = Notation(decimal, thousands, (*said.units, *units))
        number = other.plain(text)
        if number is None or not _adds_to(said, other):
            continue
        ways.setdefault(float(number), _said(other))
    meant = [float(reading) for reading in cells.readings(text)] or list(ways)
    return [ways[number] for number in meant if ways.get(number)]


def _adds_to(said: Notation, other: Notation) -> bool:
    """Say whether a notation keeps to all that another one says."""
    return said.decimal in {".", other.decimal} and said.thousands in {"", other.thousands}


def _said(notation: Notation) -> str:
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


_EXAMPLE: Final = datetime.fromisoformat("2023-06-08T19:30")
_YEARS: Final = {4: "%Y", 2: "%y"}  # by how many digits
_MONTHS: Final = {3: "%b"}  # by how many letters
_BY_NUMBER: Final = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_BY_NAME: Final = re.compile(
    r"(?:\d{1,2}(?P<one>[ -])(?P<month>[A-Z][a-z]+)(?P=one)(?P<year>\d{4}|\d{2})"
    r"|(?P<first>[A-Z][a-z]+) \d{1,2}(?P<comma>,?) (?P<last>\d{4}))",
    re.ASCII,
)
_YEAR_FIRST: Final = re.compile(r"\d{4}(?P<mark>[./-]?)\d{1,2}(?P=mark)\d{1,2}", re.ASCII)
_CLOCK: Final = re.compile(
    r"(?P<day>.*?\d)(?:(?P<gap>,? |T)\d{1,2}(?P<mark>[:.])\d\d"
    r"(?P<seconds>(?P=mark)\d\d)?(?P<half> ?[AaPp][Mm])?)?"
)


def _of_dates(cell: str) -> list[str]:
    """Return what a source could say of its dates so that a cell is one, each way another day."""
    text = cell.strip()
    match = _CLOCK.fullmatch(text)
    if match is None:
        return []
    time = ""
    if match["mark"]:
        time = f"{match['gap']}%{'I' if match['half'] else 'H'}{match['mark']}%M"
        time += f"{match['mark']}%S" if match["seconds"] else ""
        time += f"{' ' if (match['half'] or '').startswith(' ') else ''}%p" if match["half"] else ""
    ways: dict[datetime, str] = {}
    for form in _days(match["day"]):
        found = Notation(dates=form + time).parsed(text)
        if found is not None:
            ways.setdefault(found, f'dates: {{format: "{form}{time}"}}')
    return list(ways.values())


def _days(day: str) -> list[str]:
    """Return the forms that a day may have, by the look of it."""
    if match := _BY_NUMBER.fullmatch(day):
        year, mark = _YEARS[len(match[4])], match[2]
        return [f"%d{mark}%m{mark}{year}", f"%m{mark}%d{mark}{year}"]
    if match := _BY_NAME.fullmatch(day):
        month = _MONTHS.get(len(match["month"] or match["first"]), "%B")
        if match["first"]:
            return [f"{month} %d{match['comma']} %Y"]
        year = _YEARS[len(match["year"])]
        return [f"%d{match['one']}{month}{match['one']}{year}"]
    if match := _YEAR_FIRST.fullmatch(day):
        return [f"%Y{match['mark']}%m{match['mark']}%d"]
    return []


_SPACES: Final = "[ \u00a0\u202f]"

PLAIN: Final = Notation()
