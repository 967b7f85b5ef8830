"""The small phrases of a definition, each with a closed grammar.

``under 5`` · ``5 to 20`` · ``20 or more`` · ``2023-01-01 to 2023-07-01`` ·
``newest 20%`` · ``day of ordered_at from 05:00`` · ``weekday of day``
"""

import re
from datetime import datetime, timedelta
from typing import Final, Generic, Literal, NamedTuple, TypeGuard, TypeVar, get_args

from mlcli import wording
from mlcli.errors import near
from mlcli.grammar import cells


class PhraseError(ValueError):
    """A phrase cannot be read; the hint says which forms there are."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


End = TypeVar("End", float, datetime)


class Span(Generic[End]):
    """A half-open range: ``low`` belongs to it, ``high`` does not."""

    def __init__(self, text: str, low: End | None, high: End | None) -> None:
        self.text = text
        self.low: End | None = low
        self.high: End | None = high

    def __eq__(self, other: object) -> bool:
        """Say whether another range is written in the same way."""
        return isinstance(other, Span) and self.text == other.text

    def __hash__(self) -> int:
        """Return what is the same for ranges that are."""
        return hash(self.text)

    def __contains__(self, value: End) -> bool:
        """Say whether a number or a date lies in the range."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value < self.high)

    @property
    def of_dates(self) -> bool:
        """Say whether the bounds are dates."""
        return isinstance(self.low or self.high, datetime)


_SPAN_FORMS: Final = "write under 5, 5 to 20, or 20 or more"
_DATES_FORMS: Final = "write before 2023-07-01, 2023-01-01 to 2023-07-01, or from 2023-01-01"


def span(text: str) -> Span[float] | Span[datetime]:
    """Read a range of numbers or of dates.

    Raises
    ------
    PhraseError
        The text is no range, mixes a number with a date, or holds nothing.
    """
    low, high = _ends(text)
    if isinstance(low, datetime | None) and isinstance(high, datetime | None):
        return _checked(Span(text, low, high))
    if not isinstance(low, datetime) and not isinstance(high, datetime):
        return _checked(Span(text, low, high))
    hint = f"{_SPAN_FORMS}; or, for dates, {_DATES_FORMS.removeprefix('write ')}"
    raise PhraseError(f"{text!r} mixes a number with a date", hint)


def _ends(text: str) -> tuple[float | datetime | None, float | datetime | None]:
    words = " ".join(text.split())
    match words.split(" "):
        case ["under" | "before", high]:
            return None, _bound(high, text)
        case [low, "to", high]:
            return _bound(low, text), _bound(high, text)
        case [low, "or", "more" | "later"] | ["from", low]:
            return _bound(low, text), None
        case _:
            forms = _DATES_FORMS if re.match(_YEAR, words) else _SPAN_FORMS
            raise PhraseError(f"{text!r} is not a range", forms)


def _bound(word: str, text: str) -> float | datetime:
    try:
        return cells.to_number(word) if cells.is_number(word) else day(word)
    except cells.CellError as error:
        raise PhraseError(str(error), _SPAN_FORMS) from error
    except PhraseError as error:
        if re.match(_YEAR, word):
            raise
        raise PhraseError(f"{text!r} is not a range", _SPAN_FORMS) from error


def _checked(found: Span[End]) -> Span[End]:
    if found.low is not None and found.high is not None and found.low >= found.high:
        hint = "write the lower end first; the higher end is left out of the range"
        raise PhraseError(f"{found.text!r} holds nothing", hint)
    return found


def numbers(text: str) -> Span[float]:
    """Read a range of numbers.

    Raises
    ------
    PhraseError
        The text is none.
    """
    found = span(text)
    if _holds_numbers(found):
        return found
    raise PhraseError(f"{text!r} is not a range of numbers", _SPAN_FORMS)


def days(text: str) -> Span[datetime]:
    """Read one day, or a half-open range of days.

    Raises
    ------
    PhraseError
        The text is neither.
    """
    if " " in text.strip():
        found = span(text)
        if _holds_days(found):
            return found
        raise PhraseError(f"{text!r} is not a range of dates", _DATES_FORMS)
    start = day(text)
    if start == _LAST_DAY:
        raise PhraseError(f"{text!r} is the last day there is", _DAY_FORM)
    return Span(text, start, start + timedelta(days=1))


def _holds_numbers(found: Span[float] | Span[datetime]) -> TypeGuard[Span[float]]:
    return not found.of_dates


def _holds_days(found: Span[float] | Span[datetime]) -> TypeGuard[Span[datetime]]:
    return found.of_dates


_DAY_FORM: Final = "write a day as 2023-06-08"
_YEAR: Final = r"(?a)\d{4}-"
_DATE: Final = r"(?a)\d{4}-\d\d-\d\d"
_LAST_DAY: Final = datetime.fromisoformat("9999-12-31")


def day(text: str) -> datetime:
    """Read a date without a time, as its midnight.

    Raises
    ------
    PhraseError
        The text is not one.
    """
    word = text.strip()
    try:
        found = cells.to_date(word)
    except cells.CellError as error:
        is_day = re.fullmatch(_DATE, word)
        message = f"there is no day {text!r}" if is_day else f"{text!r} is no date"
        raise PhraseError(message, _DAY_FORM) from error
    if not re.fullmatch(_DATE, word):
        raise PhraseError(f"{text!r} has a time, and only its day counts", f"write {word[:10]}")
    return found


def start_of(text: str, unit: str | None) -> datetime:
    """Read a date; of rows that stand for a week or a month, ``2023-W36`` or ``2023-09`` as well.

    Raises
    ------
    PhraseError
        The text is not one.
    """
    form, example = _PERIODS.get(unit or "", ("", ""))
    try:
        if form and re.fullmatch(form, word := text.strip()):
            return datetime.fromisoformat(word if unit == "week" else f"{word}-01")
        return day(text)
    except ValueError as error:  # a phrase error is one
        hint = getattr(error, "hint", _DAY_FORM)
        message = str(error) if isinstance(error, PhraseError) else f"there is no {unit} {text!r}"
        raise PhraseError(message, f"{hint}, or a {unit} as {example}" if form else hint) from error


_PERIODS: Final = {
    "week": (r"(?a)\d{4}-W\d\d", "2023-W36"),
    "month": (r"(?a)\d{4}-\d\d", "2023-09"),
}

Unit = Literal["day", "week", "month"]
_UNITS: Final[dict[str, Unit]] = {unit: unit for unit in get_args(Unit)}


class Per(NamedTuple):
    """What rows are gathered by: a period of a date column, or a column as it is.

    ``starts`` is how long after midnight a day begins.
    """

    text: str
    column: str
    unit: Unit | None
    starts: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        """Name the column that results."""
        return self.unit or self.column

    def start(self, when: datetime) -> datetime:
        """Return the midnight at which the period that holds ``when`` begins."""
        return period_start(self.unit, when - self.starts)


def period_start(unit: str | None, when: datetime) -> datetime:
    """Return the first midnight of the day, week (from Monday) or month of a date."""
    midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case "month":
            return midnight.replace(day=1)
        case _:
            return midnight


_CLOCK: Final = r"(?a)([01]\d|2[0-3]):([0-5]\d)"
_PER: Final = r"(\w+) of (\S.*?)(?: from (\d\S*))?"
_PER_FORMS: Final = "write day of COLUMN, week of COLUMN, month of COLUMN, or a column"
_NO_UNITS: Final = ("second", "minute", "hour", "quarter", "year")


def per(text: str) -> Per:
    """Read ``day of datetime``, ``day of sold from 05:00``, or a column's name.

    Raises
    ------
    PhraseError
        The text is empty, or its period or its hour is none.
    """
    words = " ".join(text.split())
    match = re.fullmatch(_PER, words)
    if match is None or match[1] not in _UNITS:
        before, of, _ = f" {words} ".partition(" of ")
        first = before.strip()
        if not words or words in _UNITS or (of and first in {"", *_UNITS}):
            raise PhraseError(f"{text!r} does not say per what", _PER_FORMS)
        if of and near(first, (*_UNITS, *_NO_UNITS)):
            raise PhraseError(
                f"rows are gathered per day, week or month, not {first!r}", _PER_FORMS
            )
        return Per(text, words, None)
    return Per(text, match[2], _UNITS[match[1]], clock(match[3] or "00:00").after)


class Clock(NamedTuple):
    """A time of the day: ``after`` is how long after midnight."""

    text: str
    after: timedelta


def clock(text: str) -> Clock:
    """Read a time of the day, from ``00:00`` to ``23:59``.

    Raises
    ------
    PhraseError
        The text is none.
    """
    found = re.fullmatch(_CLOCK, text.strip())
    if found is None:
        raise PhraseError(f"{text!r} is not a time of the day", "write it as 05:00")
    hour, minute = map(int, found.groups())
    return Clock(found[0], timedelta(hours=hour, minutes=minute))


def days_of(text: str) -> Per:
    """Read ``sold``, or ``sold from 05:00``: a column of which the days count.

    Raises
    ------
    PhraseError
        The text is empty, or its hour is none.
    """
    match = re.fullmatch(r"(\S.*?)(?: from (\d\S*))?", " ".join(text.split()))
    if match is None:
        raise PhraseError("no column is named", "write  of: COLUMN")
    return Per(text, match[1], None, clock(match[2] or "00:00").after)


Part = Literal["weekday", "month", "day_of_year", "log", "sqrt", "holiday"]
_PARTS: Final[dict[str, Part]] = {part: part for part in get_args(Part)}


class Derivation(NamedTuple):
    """A value worked out of one column.

    ``place`` is a country, for holidays; ``starts`` is how long after midnight a day begins.
    """

    text: str
    part: Part
    column: str
    place: str = ""
    starts: timedelta = timedelta(0)

    @property
    def of_number(self) -> bool:
        """Say whether it is worked out of a number, not of a date."""
        return self.part in {"log", "sqrt"}


_DERIVATION_FORMS: Final = "write " + ", ".join(f"{part} of COLUMN" for part in get_args(Part))
_DERIVATION: Final = r"(\w+) of (\S.*?)(?: in ([A-Z]{2}(?:-\w+)?))?(?: from (\d\S*))?"


def derivation(text: str) -> Derivation:
    """Read ``weekday of day``, ``log of guests`` or ``holiday of day in CA-ON``.

    Raises
    ------
    PhraseError
        The part is unknown, or a holiday lacks its country.
    """
    words = " ".join(text.split())
    match = re.fullmatch(_DERIVATION, words)
    if match is None or match[1] not in _PARTS:
        first = words.split(" ")[0]
        known = f"write {first} of COLUMN" if first in get_args(Part) else ""
        hint = known or near(first, get_args(Part)) or _DERIVATION_FORMS
        raise PhraseError(f"{text!r} is nothing that can be derived", hint)
    part = _PARTS[match[1]]
    if part == "holiday" and not match[3]:
        column = match[2].partition(" in ")[0]
        hint = f"write its two letters, and a part of it if need be: holiday of {column} in CA-ON"
        raise PhraseError(f"{text!r} does not say in which country", hint)
    if part != "holiday" and match[3]:
        hint = f"write {part} of {match[2]}"
        raise PhraseError(f"only a holiday is in a country, and {text!r} is none", hint)
    if match[4] and part in {"log", "sqrt"}:
        raise PhraseError(
            f"{part} is worked out of a number, which has no day", f"write {part} of {match[2]}"
        )
    starts = clock(match[4] or "00:00").after
    return Derivation(text, part, match[2], match[3] or "", starts)


class Holdout(NamedTuple):
    """Which rows are kept away from learning, to judge the model by.

    ``share`` is between 0 and 1, for ``newest`` and ``random``; ``start`` is the
    first day held out, for ``from``.
    """

    text: str
    how: Literal["newest", "random", "from", "none"]
    share: float = 0.0
    start: datetime | None = None

    @property
    def by_date(self) -> bool:
        """Say whether rows must have a date."""
        return self.how in {"newest", "from"}


def holdout(text: str) -> Holdout:
    """Read ``newest 20%``, ``random 20%``, ``from 2023-10-01`` or ``none``.

    Raises
    ------
    PhraseError
        The text is none of these, or its share is not between 1 and 90 percent.
    """
    match text.split():
        case ["none"]:
            return Holdout(text, "none")
        case ["from", start]:
            return Holdout(text, "from", start=day(start))
        case [("newest" | "random") as how, share] if share.endswith("%"):
            if not cells.is_number(share[:-1]):
                raise PhraseError(f"{share!r} is not a share", "write it in digits, as 20%")
            percent = float(share[:-1])
            if not _LEAST_HELD_OUT <= percent <= _MOST_HELD_OUT:
                hint = "hold out between 1% and 90% of the rows"
                raise PhraseError(f"{share} leaves too few rows on one side", hint)
            return Holdout(text, how, share=percent / 100)
        case _:
            hint = "write newest 20%, random 20%, from 2023-10-01, or none"
            raise PhraseError(f"{text!r} is not a hold-out", hint)


_LEAST_HELD_OUT: Final = 1  # percent, so that there are rows on both sides
_MOST_HELD_OUT: Final = 90


def default_holdout(*, dated: bool) -> Holdout:
    """Return what is held out where no definition says so: rows with dates are not shuffled."""
    return holdout("newest 20%" if dated else "random 20%")


def weekday(text: str) -> str:
    """Read the English name of a weekday.

    Raises
    ------
    PhraseError
        There is no such day.
    """
    if text not in wording.WEEKDAYS:
        short = [name for name in wording.WEEKDAYS if name[:3].lower() == text[:3].lower()]
        hint = (
            near(short[0] if short else text, wording.WEEKDAYS)
            or f"write {', '.join(wording.WEEKDAYS)}"
        )
        raise PhraseError(f"{text!r} is not a weekday", hint)
    return text


_SIZE: Final = r"(?a)(\d+(?:\.\d+)?) ?(MB|GB|TB)"
_SIZE_FORM: Final = "write it as 500MB or 4GB"
_LEAST_MB: Final = 100
_IN_MB: Final = {"MB": 1, "GB": 1000, "TB": 1_000_000}


def size(text: str, least: float = _LEAST_MB) -> str:
    """Read an amount of memory, such as ``500MB`` or ``4GB``.

    Raises
    ------
    PhraseError
        The text is none, or too little to work with.
    """
    match = re.fullmatch(_SIZE, text.strip())
    if match is None:
        raise PhraseError(f"{text!r} is not an amount of memory", _SIZE_FORM)
    if float(match[1]) * _IN_MB[match[2]] < least:
        raise PhraseError(f"{text} is too little to work with", f"write {least}MB or more")
    return f"{match[1]}{match[2]}"


_RAREST: Final = 0.001  # what is rarer, rows cannot show
_MOST_OFTEN: Final = 0.5
_ODDS: Final = r"(?a)(\d{1,6}) in (\d{1,6})"
_ODDS_FORM: Final = "write how often it may run out, as  1 in 10  or  10%"


def odds(text: str) -> float:
    """Read ``1 in 10`` or ``10%`` as a share between 0 and 1, both left out.

    Raises
    ------
    PhraseError
        The text is neither, or its share is not between 0.1 and 50 percent.
    """
    match = re.fullmatch(_ODDS, " ".join(text.split()))
    percent = text.strip().removesuffix("%")
    if match and int(match[2]):
        share = int(match[1]) / int(match[2])
    elif text.strip().endswith("%") and cells.is_number(percent):
        share = float(percent) / 100
    else:
        raise PhraseError(f"{text!r} is no chance", _ODDS_FORM)
    if not _RAREST <= share <= _MOST_OFTEN:
        raise PhraseError(f"{text} is not between 1 in 1000 and 1 in 2", _ODDS_FORM)
    return share


NARROWEST: Final = 0.5  # less is no range
_WIDEST: Final = 0.99  # more takes hundreds of rows
_LEVEL_FORM: Final = "write how many of all rows it should hold, from 50% to 99%, as  80%"


def level(text: str) -> float:
    """Read ``80%`` or ``80`` as the share that a range holds, 0.5 to 0.99.

    Raises
    ------
    PhraseError
        The text is no percentage, or one below 50 or above 99.
    """
    number = text.strip().removesuffix("%").strip()
    if not cells.is_number(number) or not (text.strip().endswith("%") or float(number) > 1):
        raise PhraseError(f"{cells.shown(text)} is no percentage", _LEVEL_FORM)
    share = float(number) / 100
    if not NARROWEST <= share <= _WIDEST:
        raise PhraseError(f"{cells.shown(text.strip())} is not between 50% and 99%", _LEVEL_FORM)
    return share
