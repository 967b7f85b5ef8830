"""How an export writes its dates, and what it could say so that a cell is one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.grammar.cells import CellError, shown
from mlcli.grammar.number_notation import NumberNotation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.errors import Fix
    from mlcli.grammar.cells import Json

IN_NUMBERS: Final = ("epoch seconds", "epoch milliseconds", "excel serial")
"""Dates that are written as one number, by what it counts."""


class DayBegins(NamedTuple):
    """When a day begins, if not at midnight.

    Attributes
    ----------
    after
        How long after midnight.
    text
        The time of the day.
    fix
        What the source could say so that it begins at midnight.
    """

    after: timedelta
    text: str
    fix: tuple[Fix, ...] = ()

    def of_no_times(self, column: str) -> DataError:
        """Return the error about a column of dates of which none has a time of the day."""
        return DataError(
            f"column {column!r}: no date has a time of the day, and a day would begin at "
            f"{self.text}",
            hint=f"take  from {self.text}  away: dates without a time are their days",
            fix=self.fix,
        )


@dataclass(frozen=True)
class DateNotation(NumberNotation):
    """What may stand in a date besides ISO 8601.

    Attributes
    ----------
    dates
        How dates are written, each in the codes of ``strptime`` or one of ``IN_NUMBERS``;
        ISO 8601 is read anyway.
    language
        Whose names months have, such as ``de``; English ones if empty.
    times_in
        The zone of times without an offset from UTC, where it is said.
    timezone
        Where the wall clock hangs, of an export that questions may be copied from.
    begins
        When a day begins, by column: what a date without a time stands for there.
    """

    dates: tuple[str, ...] = ()
    language: str = ""
    times_in: str = ""
    timezone: str = ""
    begins: Mapping[str, DayBegins] = field(default_factory=dict)

    def is_date(self, cell: str) -> bool:
        """Say whether a cell is written as a date."""
        return cells.is_date(cell) or bool(self.readings(cell))

    def date(self, cell: str) -> datetime:
        """Read a date: ISO 8601, or as the source says that they are written.

        Raises
        ------
        CellError
            The cell is neither, or is another day in one form than in another.
        """
        if not self.dates or cells.is_date(cell):
            return cells.to_date(cell)
        found = self.readings(cell)
        if not found:
            examples = ", ".join(_written(_EXAMPLE, form) for form in self.dates)
            said = wording.keys_in_yaml(keys(self.dates, self.language))
            raise CellError(
                f"{shown(cell)} is not a date as the source says they are written",
                f"{said}  reads {examples}, and 2023-06-08 anyway",
            )
        if len(found) > 1:
            (one, form), (other, another) = list(found.items())[:2]
            raise CellError(
                f'{shown(cell)} is {wording.written(one)} by "{form}", '
                f'and {wording.written(other)} by "{another}"',
                "take one of the two forms away",
            )
        return next(iter(found))

    def day(self, text: str) -> datetime | None:
        """Return the day that a text names in a form of dates, if it names one."""
        match [*self.readings(text).items()]:
            case [(when, form)] if form not in IN_NUMBERS:
                return when.replace(hour=0, minute=0, second=0, microsecond=0)
            case _:
                return None

    def is_bare(self, cell: str) -> bool:
        """Say whether a date is written without a time of the day."""
        form = next(iter(self.readings(cell).values()), "")
        if not form:
            return len(cell.strip()) == len("2023-06-08")
        if form in IN_NUMBERS:
            return form == "excel serial" and self.number(cell).is_integer()
        return "%H" not in form and "%I" not in form

    def readings(self, cell: str) -> dict[datetime, str]:
        """Return the dates that a cell is by what the source says, each with its form."""
        found: dict[datetime, str] = {}
        for form in self.dates:
            try:
                found.setdefault(self._by(form, cell), form)
            except (ValueError, OverflowError):
                continue
        return found

    def _by(self, form: str, cell: str) -> datetime:
        match form:
            case "epoch seconds":
                return _EPOCH + timedelta(milliseconds=round(self.number(cell) * 1000))
            case "epoch milliseconds":
                return _EPOCH + timedelta(milliseconds=round(self.number(cell)))
            case "excel serial":
                return _of_serial(self.number(cell))
            case _ if "%b" in form or "%B" in form:
                return _by_name(cell, form.replace("%B", "%b"), self.language)
            case _:
                return cells.by_form(cell, form)


def keys(forms: Sequence[str], language: str = "") -> Json:
    """Return the key of a source that says how dates are written."""
    said: dict[str, object] = {"format": forms[0] if len(forms) == 1 else [*forms]}
    return {"dates": said | ({"language": language} if language else {})}


def at_odds(forms: Sequence[str]) -> tuple[str, str, str] | None:
    """Return a cell that is two dates by two of some forms, and these forms; nothing if none is."""
    for form, other in permutations([f for f in forms if f not in IN_NUMBERS], 2):
        cell = _written(_ANY_ORDER, form)
        if len(DateNotation(dates=(form, other)).readings(cell)) > 1:
            return cell, form, other
    return None


def _written(when: datetime, form: str) -> str:
    """Return how a date is written in a form."""
    match form:
        case "epoch seconds":
            return f"{when.replace(tzinfo=UTC).timestamp():.0f}"
        case "epoch milliseconds":
            return f"{when.replace(tzinfo=UTC).timestamp():.0f}000"
        case "excel serial":
            return f"{(when - _SERIAL) / timedelta(days=1):.4f}"
        case _:
            return when.strftime(form)


_EXAMPLE: Final = datetime.fromisoformat("2023-06-08T19:30")
_ANY_ORDER: Final = datetime.fromisoformat("2005-04-03T01:02:06+00:00")
"""A date whose parts may stand for each other."""
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_SERIAL: Final = datetime.fromisoformat("1899-12-30")
_NO_DAY: Final = 60  # to Excel, 1900 was a leap year


def _of_serial(days: float) -> datetime:
    """Return the day that Excel counts as so many; its fractions are exact to milliseconds."""
    if days < 1 or _NO_DAY <= days < _NO_DAY + 1:
        raise ValueError
    early = timedelta(days=1 if days < _NO_DAY else 0)
    return _SERIAL + early + timedelta(milliseconds=round(days * 86_400_000))


@cache
def months(language: str) -> dict[str, int]:
    """Return the months by their names in a language, full and short, that are of one month only.

    Raises
    ------
    ValueError
        There is no such language.
    """
    from babel import Locale, UnknownLocaleError

    try:
        known = Locale.parse(language).months
    except UnknownLocaleError as error:
        raise ValueError(language) from error
    named: dict[str, set[int]] = {}
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in known[use][width].items():
                named.setdefault(folded(name), set()).add(number)
    return {name: next(iter(numbers)) for name, numbers in named.items() if len(numbers) == 1}


def folded(name: str) -> str:
    """Return a name without case, accents, and the full stop that ends a short one."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).rstrip(".")


_WORD: Final = re.compile(r"[^\W\d_]+")


def _by_name(cell: str, form: str, language: str) -> datetime:
    """Read a date with a month's name in a language, behind which a full stop may stand."""
    known = months(language) if language else ENGLISH
    text = unicodedata.normalize("NFC", cell.strip())
    for word in _WORD.finditer(text):
        if number := known.get(folded(word[0])):
            before, after = text[: word.start()] + _SHORT[number - 1], text[word.end() :]
            try:
                return cells.by_form(before + after, form)
            except ValueError:
                return cells.by_form(before + after.removeprefix("."), form)
    raise ValueError(cell)


_FULL: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT: Final = [name[:3].title() for name in _FULL]
ENGLISH: Final = {
    **{name: number for number, name in enumerate(_FULL, start=1)},
    **{name[:3]: number for number, name in enumerate(_FULL, start=1)},
    "sept": 9,
}
"""The months by their English names, full and short."""
