"""Times as the clock on the wall showed them, and what was met of them in one column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np

from mlcli import wording
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    EnvironmentProblemError,
    Fix,
    near,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from mlcli.grammar.date_notation import DayBegins

    Moments = NDArray[np.datetime64]
    Sorts = NDArray[np.int8]
    Positions = NDArray[np.intp]
    Lines = Sequence[int] | NDArray[np.int64]

EMPTY, DAY, TIME, UTC, OFFSET = range(5)
"""What a cell of a column of dates is: none, a date alone, a time without an offset from UTC,
one in UTC, one with another offset."""

_MOST_LINES: Final = 3
_WITHIN: Final = (np.datetime64("0001-01-03", "us"), np.datetime64("9999-12-29", "us"))
"""What may be turned to any time zone."""
_FIRST: Final = np.datetime64("0001-01-01", "us")
_LAST: Final = np.datetime64("9999-12-31T23:59:59.999999", "us")


class Moment(NamedTuple):
    """When a cell says, by the clock on the wall where an offset tells, and what the cell is."""

    when: datetime | None
    sort: int


def zone(name: str | None, key: str = "timezone") -> ZoneInfo | None:
    """Return a time zone by its name.

    Raises
    ------
    AskedWronglyError
        There is none of that name.
    EnvironmentProblemError
        This machine knows none at all.
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = available_timezones()
        if not known:
            raise EnvironmentProblemError(
                "this machine knows no time zones", hint="pip install tzdata"
            ) from error
        raise AskedWronglyError(
            f"{key}: there is no time zone {name!r}",
            hint=near(name, sorted(known)) or "write it as Europe/Rome",
        ) from error


class TimesMet:
    """What the cells of one column of dates were so far.

    Parameters
    ----------
    column
        Its name.
    wall
        Where the clock on the wall hangs, where a source says it; in ``times_in`` if not.
    times_in
        The zone of times without an offset, where a source says it.
    begins
        When a day begins, if not at midnight.
    """

    def __init__(
        self,
        column: str,
        *,
        wall: ZoneInfo | None,
        times_in: ZoneInfo | None,
        begins: DayBegins | None,
    ) -> None:
        self.column, self.times_in, self.begins = column, times_in, begins
        self.wall, self._is_placed = wall or times_in, wall is not None
        self.has_clock = False
        self._of_sort = {sort: _Lines() for sort in (DAY, TIME, UTC, OFFSET)}
        self._skipped, self._twice = _Lines(), _Lines()

    def turned(self, moments: Moments, sorts: Sorts, lines: Lines) -> Moments:
        """Return moments as the clock on the wall showed them, and remember what they were.

        A date without a time is when its day begins.

        Parameters
        ----------
        moments
            n moments; those with an offset are on the wall's clock already.
        sorts
            What each cell was.
        lines
            Where it stands.
        """
        for sort, met in self._of_sort.items():
            met.add(np.flatnonzero(sorts == sort), lines)
        if not self.has_clock:
            timed = moments[sorts >= TIME]
            self.has_clock = bool((timed != timed.astype("datetime64[D]")).any())
        plain = np.flatnonzero(sorts == TIME)
        if self.wall and len(plain):
            moments = moments.copy()
            moments[plain] = self._on_the_wall(moments[plain], plain, lines)
        if self.begins:
            days = np.flatnonzero(sorts == DAY)
            moments = moments.copy()
            moments[days] += np.timedelta64(self.begins.after, "us")
        return moments

    def _on_the_wall(self, moments: Moments, rows: Positions, lines: Lines) -> Moments:
        """Return times without an offset on the wall's clock; note those that are none, or two."""
        import pandas as pd

        here = self.times_in or self.wall
        within = np.clip(moments, *_WITHIN)  # no clock is put forward or back in the days beyond
        times, first = pd.DatetimeIndex(within), np.ones(len(moments), dtype=bool)
        known = times.tz_localize(here, ambiguous=first, nonexistent="NaT")
        one = times.tz_localize(here, ambiguous="NaT", nonexistent=pd.Timedelta(hours=1))
        self._skipped.add(rows[np.asarray(known.isna())], lines)
        self._twice.add(rows[np.asarray(one.isna())], lines)
        if self.times_in in {None, self.wall}:
            return moments
        later = times.tz_localize(here, ambiguous=first, nonexistent=pd.Timedelta(hours=1))
        turned = later.tz_convert(self.wall).tz_localize(None).to_numpy().astype("datetime64[us]")
        turned += moments - within
        for beyond in np.flatnonzero((turned < _FIRST) | (turned > _LAST)).tolist():
            when = wording.written(moments[beyond].item())
            raise DataError(
                f"column {self.column!r}: {when} has no time in {self.wall}",
                place=f"line {lines[rows[beyond]]}",
                hint="mend the cell",
            )
        return turned

    @property
    def has_offsets(self) -> bool:
        """Say whether some time had an offset."""
        return bool(self._of_sort[UTC].count or self._of_sort[OFFSET].count)

    @property
    def first_plain(self) -> int:
        """Return the line of the first time without an offset."""
        return self._of_sort[TIME].first[0]

    @property
    def has_midnights_alone(self) -> bool:
        """Say whether there are times without an offset, and all of them are midnight."""
        return not self.has_clock and bool(self._of_sort[TIME].count)

    @property
    def has_plain_times(self) -> bool:
        """Say whether there is a clock in the column, and some time had no offset."""
        return self.has_clock and bool(self._of_sort[TIME].count)

    def notes(self, files: Sequence[str]) -> Iterator[str]:
        """Yield what may not be meant of the column, once all of it was read."""
        plain, days = self._of_sort[TIME], self._of_sort[DAY]
        if self.begins and days.count:
            yield (
                f"{self.column}: {wording.count(days.count, 'date')} without a time, "
                f"{days.named(files)}, taken as that day, though days begin at {self.begins.text}"
            )
        in_utc = self.times_in.key == "UTC" if self.times_in else bool(self._of_sort[UTC].count)
        if not self._is_placed and self.has_clock and in_utc:
            yield (
                f"{self.column}: every time is in UTC, and so are its days: say in the source "
                "which zone days are counted in, such as  timezone: Europe/Rome,  or  "
                "timezone: UTC"
            )
        if self.wall and self.times_in is None and plain.count and self.has_offsets:
            yield (
                f"{self.column}: {wording.count(plain.count, 'time')} without an offset, "
                f"{plain.named(files)}, taken as times of {self.wall}: "
                "times_in: ZONE  says of which else"
            )
        here = self.times_in or self.wall
        for met, said in (
            (self._skipped, f"did not exist in {here}, as its clocks were put forward then"),
            (self._twice, f"that the clock of {here} showed twice: the first is taken"),
        ):
            if met.count:
                times = wording.count(met.count, "time")
                yield f"{self.column}: {times}, {met.named(files)}, {said}"


class _Lines:
    """Counts rows, and remembers where the first ones stand."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[int] = []

    def add(self, rows: Positions, lines: Lines) -> None:
        """Take some rows."""
        self.count += len(rows)
        self.first += [int(lines[row]) for row in rows[: _MOST_LINES - len(self.first)].tolist()]

    def named(self, files: Sequence[str]) -> str:
        """Say where they stand."""
        several = len(files) > 1
        places = [place_of("", files, line) if several else str(line) for line in self.first]
        listed = wording.some(places, self.count, most=_MOST_LINES)
        return listed if several else f"line{'s' if self.count > 1 else ''} {listed}"


def concluded(columns: Sequence[TimesMet], files: Sequence[str]) -> tuple[str, ...]:
    """Return what may not be meant of the dates of an export, once it was read to its end.

    Raises
    ------
    DataError
        A key about time zones turns no time, or days without a time do not begin at midnight.
    """
    for met in columns:
        _require_use(met, [other for other in columns if other is not met])
    return tuple(note for met in columns for note in met.notes(files))


def _require_use(met: TimesMet, others: Sequence[TimesMet]) -> None:
    """Raise where what a source says of times has no sense for those of a column."""
    if met.begins and not met.has_clock:
        raise met.begins.of_no_times(met.column)
    if met.wall is None:
        return
    if met.times_in not in {None, met.wall} and met.has_midnights_alone:
        raise DataError(
            f"column {met.column!r}: every time is 00:00, and days have no zone to turn them from",
            hint='say that these are days:  dates: {format: "%Y-%m-%d 00:00:00"}  or however '
            "they are written",
        )
    if met.times_in is None and met.has_plain_times and not met.has_offsets:
        said = f"say what zone they are in, such as  times_in: {met.wall}"
        ways = [(said, Fix(str(met.wall), ("times_in",)))]
        if not any(other.has_offsets for other in others):  # which would need the key
            away = "leave  timezone  out, if the clock on the wall showed these times"
            ways = [(away, Fix(None, ("timezone",))), *ways]
        raise DataError(
            f"column {met.column!r}: no time has an offset from UTC, and  timezone: {met.wall}  "
            "is about times that have one",
            place=f"line {met.first_plain}",
            hint=", or ".join(hint for hint, _ in ways),
            fix=[fix for _, fix in ways],
        )
    if met.times_in and met.has_offsets and not any(o.has_plain_times for o in (met, *others)):
        raise DataError(
            f"column {met.column!r}: every time has an offset from UTC, and  "
            f"times_in: {met.times_in}  is about times that have none",
            hint="leave  times_in  out",
            fix=[Fix(None, ("times_in",))],
        )
