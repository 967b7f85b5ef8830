"""How an export writes its dates, and what it could say so that a cell is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mlcli.grammar import cells
from mlcli.grammar.cells import CellError, shown


@dataclass(frozen=True)
class DateNotation:
    """What may stand in a date besides ISO 8601.

    Attributes
    ----------
    dates
        How dates are written, in the codes of ``strptime``; ISO 8601 is read anyway.
    """

    dates: str = ""

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

    def parsed(self, cell: str) -> datetime | None:
        """Return a date of the form that the source says, or nothing where it is none."""
        try:
            return cells.by_form(cell, self.dates)
        except ValueError:
            return None


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


def ways(cell: str) -> list[str]:
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
    found: dict[datetime, str] = {}
    for form in _days(match["day"]):
        day = DateNotation(form + time).parsed(text)
        if day is not None:
            found.setdefault(day, f'dates: {{format: "{form}{time}"}}')
    return list(found.values())


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
