"""From when to when an export reaches, and which of its weeks and months it covers."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.definition import columns_needed
from mlcli.definition.rules.base import later, too_early
from mlcli.grammar import phrases
from mlcli.tables import join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.cells import Kind


_SOME: Final = 3
"""Of so many days, it says something that all are of one weekday."""


class Cuts(NamedTuple):
    """The period that began before an export does, and the one that ends after it, if any."""

    first: datetime | None = None
    last: datetime | None = None


class Reach:
    """The dates of an export before any rule, as it is read.

    Parameters
    ----------
    rules
        The rules of its source.
    key
        The column of the joined table that names a row.
    of
        A column of the export; rows in which it is empty do not count. ``""`` for none.

    Attributes
    ----------
    date
        The column of the export that the key is made from.
    periods
        The periods that it is cut to, one after the other.
    first, last
        The earliest and the latest date.
    """

    def __init__(self, rules: tuple[Rule, ...], key: str | None, of: str = "") -> None:
        self.date, self.periods = columns_needed.dated_by(rules, key)
        self.of = of
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._days: set[datetime] = set()

    @property
    def by_days(self) -> bool:
        """Say whether it must be known which days there are: weeks and months may be cut."""
        return bool(self.periods) and self.periods[-1].unit != "day"

    def dates(self, kinds: Mapping[str, Kind]) -> nw.Expr | None:
        """Return the dates that count, of columns of some kinds; ``None`` where none does."""
        if kinds.get(self.date) != "date":
            return None
        date = nw.col(self.date)
        if self._starts:
            date = nw.when(~too_early(date, self._starts)).then(date)
        return date if self.of not in kinds else nw.when(~nw.col(self.of).is_null()).then(date)

    def day(self, dates: nw.Expr) -> nw.Expr:
        """Return the day of each date, which begins when the definition says."""
        return later(dates, -self._starts).dt.truncate("1d")

    @property
    def _starts(self) -> timedelta:
        return self.periods[0].starts if self.periods else timedelta()

    def see(self, chunk: Frame) -> None:
        """Note the dates of a chunk."""
        dates = self.dates(
            {c: "date" if d == nw.Datetime else "any" for c, d in chunk.schema.items()}
        )
        if dates is None:
            return
        found = chunk.select(dates.min().alias("first"), dates.max().alias("last"))
        self.note(*map(join.plain, found.row(0)))
        if self.by_days:
            days = chunk.select(self.day(dates).alias("day"))["day"]
            self.note_days(days.unique().to_list())

    def note(self, first: datetime | None, last: datetime | None) -> None:
        """Note the earliest and the latest date of some rows, if there are any."""
        if isinstance(first, datetime) and isinstance(last, datetime):
            self.first = first if self.first is None else min(self.first, first)
            self.last = last if self.last is None else max(self.last, last)

    def note_days(self, days: Iterable[datetime | None]) -> None:
        """Note the days of some rows."""
        self._days.update(day for day in map(join.plain, days) if isinstance(day, datetime))

    def ends(self, periods: Sequence[phrases.Per]) -> tuple[datetime, datetime] | None:
        """Return the earliest and the latest date after some periods, if there are dates."""
        if self.first is None or self.last is None:
            return None
        first, last = self.first, self.last
        for per in periods:
            first, last = per.start(first), per.start(last)
        return first, last

    @property
    def weekday(self) -> str:
        """The only weekday that there are dates of, where they are cut to weeks; else nothing."""
        if len(self._days) < _SOME or self.periods[-1].unit != "week":
            return ""
        found = {day.weekday() for day in self._days}
        return wording.WEEKDAYS[found.pop()] if len(found) == 1 else ""

    def cuts(self) -> Cuts:
        """Return the periods that the export does not cover whole.

        None is cut where no two days are of one period: such dates stand for periods.
        """
        if not self.by_days or not self._days:
            return Cuts()
        days = sorted(self._days)
        starts = [phrases.period_start(self.periods[0].unit, day) for day in days]
        for per in self.periods[1:]:
            starts = [*map(per.start, starts)]
        if len(set(starts)) == len(days):
            return Cuts()
        whole = days[-1] - starts[-1] == _length(self.periods[-1].unit, starts[-1])
        return Cuts(starts[0] if days[0] > starts[0] else None, None if whole else starts[-1])


def _length(unit: str | None, start: datetime) -> timedelta:
    """Return how long after its first day the last one of a week or a month is."""
    days = 7 if unit == "week" else monthrange(start.year, start.month)[1]
    return timedelta(days=days - 1)
