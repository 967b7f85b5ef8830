"""How the cells of a column may be dates that are not ISO 8601, by the look of all of them."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from mlcli import wording
from mlcli.grammar import cells, date_notation
from mlcli.grammar.date_notation import DateNotation
from mlcli.grammar.words import stands_for_nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from mlcli.grammar.cells import Json

First = Literal["day", "month"]
"""What stands first where two numbers could be either."""

_REMEMBERED: Final = 1000  # dates by which two ways are told apart
LANGUAGES: Final = (
    *("de", "fr", "it", "es", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro"),
    *("tr", "el", "ru", "uk", "bg", "hr", "sl", "lt", "lv", "et", "ca", "id"),
)
"""Whose names of months are looked for where they are none in English, the first first."""

_YEARS: Final = {4: "%Y", 2: "%y"}  # by how many digits
_BY_NUMBER: Final = re.compile(
    r"\d{1,2}(?P<mark>[./-])\d{1,2}(?P=mark)(?P<year>\d{4}|\d\d)", re.ASCII
)
_YEAR_FIRST: Final = re.compile(r"\d{4}(?P<mark>[./-]?)\d{1,2}(?P=mark)\d{1,2}", re.ASCII)
_MONTH: Final = re.compile(r"\d{4}(?P<mark>[./-])\d\d|\d\d(?P<last>[./-])\d{4}", re.ASCII)
_NAMED: Final = re.compile(
    r"\d{1,2}(?P<one>\.? de |[.] ?|[ /-])(?P<name>[^\W\d_]+)"
    r"(?:\.(?P<dotted>,? )|(?P<two> del? |,? |[/.-]))(?P<year>\d{4}|\d\d)"
    r"|(?P<first>[^\W\d_]+)\.? \d{1,2}(?P<comma>,?) \d{4}"
    r"|(?P<alone>[^\W\d_]+)\.?(?P<gap>[ /-])\d{4}"
)
_CLOCK: Final = re.compile(
    r"(?P<day>.*?\d)(?:(?P<gap>,? |T)\d{1,2}(?P<mark>[:.])\d\d"
    r"(?P<seconds>(?P=mark)\d\d(?P<parts>\.\d{1,6})?)?(?P<half> ?[AaPp][Mm])?"
    r"(?P<offset> ?(?:Z|(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d:?\d\d))?)?"
)
_SHORT: Final = 3  # letters of a short name
_IN_A_ROW: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by how many digits


class DateWay(NamedTuple):
    """One way to read all dates of a column.

    Attributes
    ----------
    forms
        How they are written, as a source says it.
    languages
        Whose names months have, the likeliest first; empty for English ones, none at all
        where there are no names.
    ends
        The least and the greatest date.
    times
        Times that have an offset from UTC, as ``TimesSeen`` keeps them.
    """

    forms: tuple[str, ...]
    languages: tuple[str, ...]
    ends: tuple[datetime, datetime]
    times: tuple[datetime, ...] = ()

    def spoken(self, said: str = "") -> str:
        """Return the language that a source would say, or what it says already."""
        return said if said in self.languages or not self.languages else self.languages[0]


@lru_cache(maxsize=4096)
def forms(cell: str) -> Mapping[First, tuple[str, str]]:
    """Return the form of a cell and the name of its month, by what may stand first in it.

    Nothing is returned for what is a date already, or none; where it makes no difference, both
    are the same.
    """
    text = cell.strip()
    match = _CLOCK.fullmatch(text)
    if match is None or cells.is_date(text):
        return {}
    if text.isascii() and text.isdigit() and len(text) in _IN_A_ROW:
        found: Mapping[First, tuple[str, str]] = _either(_IN_A_ROW[len(text)])
    else:
        clock = _clock(match)
        found = {first: (day + clock, name) for first, (day, name) in _days(match["day"]).items()}
    return {first: one for first, one in found.items() if one[1] or _is_of(one[0], text)}


def _is_of(form: str, cell: str) -> bool:
    return bool(DateNotation(dates=(form,)).readings(cell))


def _either(form: str, name: str = "") -> dict[First, tuple[str, str]]:
    return dict.fromkeys(get_args(First), (form, name))


def _clock(match: re.Match[str]) -> str:
    """Return the form of the time of a date, if it has one."""
    if not match["mark"]:
        return ""
    mark, half = match["mark"], match["half"] or ""
    seconds = f"{mark}%S" if match["seconds"] else ""
    form = f"{match['gap']}%{'I' if half else 'H'}{mark}%M{seconds}"
    form += ".%f" if match["parts"] else ""
    form += f"{' ' if half.startswith(' ') else ''}%p" if half else ""
    offset = match["offset"] or ""
    return form + (f"{' ' if offset.startswith(' ') else ''}%z" if offset else "")


def _days(day: str) -> Mapping[First, tuple[str, str]]:
    """Return the forms that a day may have, by the look of it."""
    if match := _BY_NUMBER.fullmatch(day):
        year, mark = _YEARS[len(match["year"])], match["mark"]
        return {"day": (f"%d{mark}%m{mark}{year}", ""), "month": (f"%m{mark}%d{mark}{year}", "")}
    if match := _YEAR_FIRST.fullmatch(day):
        return _either(f"%Y{match['mark']}%m{match['mark']}%d")
    if match := _MONTH.fullmatch(day):
        return _either(f"%Y{match['mark']}%m" if match["mark"] else f"%m{match['last']}%Y")
    match = _NAMED.fullmatch(day)
    if match is None:
        return {}
    name = match["first"] or match["alone"] or match["name"]
    month = "%b" if len(name) == _SHORT else "%B"
    if match["first"]:
        return _either(f"{month} %d{match['comma']} %Y", name)
    if match["alone"]:
        return _either(f"{month}{match['gap']}%Y", name)
    year, gap = _YEARS[len(match["year"])], match["dotted"] or match["two"]
    return _either(f"%d{match['one']}{month}{gap}{year}", name)


@lru_cache(maxsize=1024)
def _abroad(name: str) -> Mapping[str, int]:
    """Return the number of a month by the languages in which it is called so."""
    word = date_notation.folded(name)
    found = ((one, date_notation.months(one).get(word)) for one in LANGUAGES)
    return {language: number for language, number in found if number}


def _named(name: str) -> int | None:
    """Return the number of the month of an English name."""
    return date_notation.ENGLISH.get(date_notation.folded(name))


def are_any(cell: str) -> bool:
    """Say whether a cell is a date in a form that a source could name."""
    found = next(iter(forms(cell).values()), None)
    return found is not None and (not found[1] or bool(_named(found[1]) or _abroad(found[1])))


class DateWays:
    """The ways in which all cells so far are dates, beside those that are ISO 8601.

    Attributes
    ----------
    sample
        The first cell that is two dates, or else the first at all.
    """

    def __init__(self) -> None:
        self.sample = ""
        self._two = self._is_abroad = False
        self._names: dict[str, int] = {}
        self._open = {(first, ""): _State() for first in get_args(First)}

    def take(self, cell: str) -> bool:
        """Keep to the ways in which a cell is a date too; say whether any is left."""
        here = forms(cell)
        name = next((name for _, name in here.values()), "")
        if name and not self._is_abroad:
            self._names[name] = _named(name) or 0
            if not self._names[name]:
                self._go_abroad()
        read: dict[tuple[First, str], datetime] = {}
        for (first, language), state in self._open.items():
            form, _ = here.get(first, ("", ""))
            found = DateNotation(dates=(form,), language=language).readings(cell) if form else {}
            for when in found:
                read[first, language] = when
                state.take(form, when)
        self._open = {way: state for way, state in self._open.items() if way in read}
        if not self._two:
            self._two = len({*read.values()}) > 1
            self.sample = cell if self._two else self.sample or cell
        return bool(self._open)

    def _go_abroad(self) -> None:
        """Keep to the languages in which the English names so far are the same months."""
        self._is_abroad = True
        self._open = {
            (first, language): state.copy()
            for (first, _), state in self._open.items()
            for language in self._knowing(self._names.items())
        }

    @property
    def ways(self) -> tuple[DateWay, ...]:
        """Return the ways that differ, day first before month first."""
        found: dict[object, DateWay] = {}
        for (_, language), state in self._open.items():
            if state.ends:
                alike = tuple(state.dates) if self._two else ""
                way = found.get(
                    alike, DateWay((*state.forms.values(),), (), state.ends, state.times.ends)
                )
                languages = dict.fromkeys((*way.languages, *self._languages(language)))
                found[alike] = way._replace(languages=tuple(languages))
        return tuple(found.values())

    def _languages(self, language: str) -> list[str]:
        """Return a language, or all in which the English names so far are the same months."""
        if not self._names or self._is_abroad:
            return [language] if language else []
        return ["", *self._knowing(self._names.items())]

    @staticmethod
    def _knowing(names: Iterable[tuple[str, int]]) -> list[str]:
        """Return the languages in which names stand for some months; for any if that is 0."""
        known = [(_abroad(name), number) for name, number in names]
        return [
            one for one in LANGUAGES if all(c.get(one, 0) == (n or c.get(one)) for c, n in known)
        ]


class _State:
    """What was read so far by one way: the forms, the first different dates, and their ends."""

    def __init__(self) -> None:
        self.forms: dict[str, str] = {}
        self.dates: dict[datetime, None] = {}
        self.ends: tuple[datetime, datetime] | None = None
        self.times = TimesSeen()

    def copy(self) -> _State:
        """Return another state that knows the same."""
        made = _State()
        made.forms, made.dates, made.ends = {**self.forms}, {**self.dates}, self.ends
        made.times = self.times.copy()
        return made

    def take(self, form: str, when: datetime) -> None:
        """Take a date; short names of months are read where full ones are."""
        self.forms.setdefault(form.replace("%b", "%B"), form)
        if len(self.dates) < _REMEMBERED:
            self.dates[when] = None
        if when.tzinfo:
            self.times.take(when)
        when = when.replace(tzinfo=None)
        low, high = self.ends or (when, when)
        self.ends = min(low, when), max(high, when)


_OF_MANY: Final = (
    *("Europe/Rome", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago"),
    *("America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Australia/Sydney"),
)


class TimesSeen:
    """The first and the last time of each month by each offset from UTC: where clocks differ."""

    def __init__(self) -> None:
        self._ends: dict[object, tuple[datetime, datetime]] = {}

    def take(self, when: datetime) -> None:
        """Take a time."""
        key = when.utcoffset(), when.year, when.month
        low, high = self._ends.get(key, (when, when))
        self._ends[key] = min(low, when), max(high, when)

    def copy(self) -> TimesSeen:
        """Return another that knows the same."""
        made = TimesSeen()
        made._ends = {**self._ends}
        return made

    @property
    def ends(self) -> tuple[datetime, ...]:
        """Return these times."""
        return tuple(dict.fromkeys(when for ends in self._ends.values() for when in ends))


def zones(times: Sequence[datetime]) -> list[str]:
    """Return the zones whose clocks have the offsets of some times, the likeliest first.

    Of several with one clock, the commonest stands for all. Clocks are compared day by day,
    from the first time to the last; in equal steps where those are more than ten years apart.
    """
    from zoneinfo import ZoneInfo

    found: dict[object, str] = {}
    low, high = min(times), max(times)
    days = (high - low).days
    noons = [low + timedelta(days=day) for day in range(0, days + 1, days // _MOST_DAYS + 1)]
    for name in _common():
        zone = ZoneInfo(name)
        if all(t.replace(tzinfo=zone).utcoffset() == t.utcoffset() for t in times):
            clock = tuple(noon.astimezone(zone).utcoffset() for noon in noons)
            found.setdefault(clock, name)
    return [*found.values()]


_MOST_DAYS: Final = 3653


@cache
def _common() -> tuple[str, ...]:
    """Return zones that are often meant, one or more a clock."""
    from zoneinfo import available_timezones

    from babel.core import get_global

    named = sorted({*get_global("windows_zone_mapping").values()} & available_timezones())
    places = (name for name in named if not name.startswith("Etc/"))
    return tuple(dict.fromkeys((*_OF_MANY, *places)))


def zone_key(times: Sequence[datetime]) -> Json:
    """Return the key of a source that times with several offsets need, if one zone has them."""
    several = len({time.utcoffset() for time in times}) > 1
    names = zones(times) if several else []
    return {"timezone": names[0]} if len(names) == 1 else {}


FOR_EXAMPLE: Final = _OF_MANY[0]
"""A zone, where no other is known."""


def for_example(times: Sequence[datetime]) -> str:
    """Return a zone whose clock has the offsets of some times, if they are not those of UTC."""
    far = any(time.utcoffset() for time in times)  # UTC is the offset of many places
    return next(iter(zones(times) if far else []), FOR_EXAMPLE)


def in_one_source(columns: Iterable[Sequence[DateWay]]) -> list[DateWay]:
    """Return the ways in which a source may read all of some columns."""
    found: dict[object, DateWay] = {}
    for ways in columns:
        before, found = found, {}
        both = [_both(one, way) for one, way in product(before.values(), ways)]
        for way in both if before else ways:
            if way is not None and date_notation.at_odds(way.forms) is None:
                found.setdefault((frozenset(way.forms), way.spoken()), way)
        if not found:
            break
    return [*found.values()]


def _both(one: DateWay, other: DateWay) -> DateWay | None:
    """Return the way that reads the dates of two columns; nothing if their names contradict it."""
    languages = tuple(name for name in one.languages if name in other.languages)
    if not one.languages or not other.languages:
        languages = one.languages or other.languages
    elif not languages:
        return None
    forms: dict[str, str] = {}
    for form in (*one.forms, *other.forms):
        forms.setdefault(form.replace("%b", "%B"), form)
    (low, high), (lowest, highest) = one.ends, other.ends
    return DateWay((*forms.values(),), languages, (min(low, lowest), max(high, highest)))


def by(cell: str, forms: Sequence[str], language: str) -> str:
    """Return the date that a cell stands for if dates are written so, in words."""
    return wording.written(DateNotation(dates=tuple(forms), language=language).date(cell))


def suggested(
    cell: str, said: DateNotation, among: Iterable[str], *, zoned: bool = False
) -> tuple[list[Json], str]:
    """Return what a source could say so that a cell is a date, and what more is to be said.

    Parameters
    ----------
    cell
        The cell.
    said
        What the source says already.
    among
        The cells of its column, which decide what is likely; where they are written in no one
        way, the cell alone does.
    zoned
        Whether the source says already where the wall clock hangs.
    """
    if counted := _counted(cell, said):
        return [counted], ""
    of_all, alone = DateWays(), DateWays()
    if not are_any(cell) or not alone.take(cell):
        return [], ""
    words = [c for c in (cell, *among) if not cells.is_date(c) and not stands_for_nothing(c)]
    if _have_two_orders(words):
        return [], _TWO_ORDERS
    chosen = of_all if all(map(of_all.take, words)) else alone
    found: list[Json] = []
    as_said = {_first(form) for form in said.dates} - {None}
    ways = [w for w in chosen.ways if {_first(form) for form in w.forms} - {None} <= as_said]
    ways = ways if as_said and ways else [*chosen.ways]
    for way in ways:
        both = tuple(dict.fromkeys((*said.dates, *way.forms)))
        forms = way.forms if date_notation.at_odds(both) else both
        zone = {} if zoned else zone_key(way.times)
        found.append({**date_notation.keys(forms, way.spoken(said.language)), **zone})
    told = chosen.sample == cell and "%Y" in ways[0].forms[0]  # by the error itself
    if len(found) == 1 or told:
        return found, ""
    days = [by(chosen.sample, way.forms, way.spoken()) for way in ways]
    return found, f": {chosen.sample} is {' or '.join(days)}"


_TWO_ORDERS: Final = (
    "; in some of its cells the day stands first, in others the month, and no source reads both: "
    "export it in one way"
)


def _have_two_orders(written: Iterable[str]) -> bool:
    """Say whether in some cells the day alone can stand first, and in others the month."""
    return {("day",), ("month",)} <= {tuple(forms(cell)) for cell in written}


def _first(form: str) -> First | None:
    """Return whether the day or the month stands first in a form that ends with the year."""
    day, month, year = (form.find(code) for code in ("%d", "%m", "%Y" if "%Y" in form else "%y"))
    if min(day, month, year) < 0 or year < max(day, month):
        return None
    return "day" if day < month else "month"


def _counted(cell: str, said: DateNotation) -> Json:
    """Return what a source could say of a number that counts time."""
    plain = cells.is_number(cell)
    number = cell.strip() if plain else cell.strip().replace(",", ".")
    if not re.fullmatch(r"\d+(?:\.\d+)?", number, re.ASCII):
        return {}
    form = counting(float(number), float(number))
    if not form or (not plain and (form != "excel serial" or said.decimal != ".")):
        return {}
    keys = date_notation.keys(tuple(dict.fromkeys((*said.dates, form))), said.language)
    return keys if plain else {"decimal": ",", **keys}


def counting(low: float, high: float) -> str:
    """Return what numbers from one to another may count or be, if they are dates of this age."""
    if all("%Y%m%d" in dict(forms(f"{end:.0f}").values()) for end in (low, high)):
        return "%Y%m%d"
    for form, (first, last) in _OF_THIS_AGE.items():
        if first <= low and high <= last:
            return form
    return ""


_OF_THIS_AGE: Final = {  # 1980 to 2100
    "epoch seconds": (315_532_800, 4_102_444_800),
    "epoch milliseconds": (315_532_800_000, 4_102_444_800_000),
    "excel serial": (29_221, 73_050),
}
