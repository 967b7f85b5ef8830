"""Steps forward in time: learn from some days, test the days after them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date

Days = Sequence[date | None]
Step = tuple[list[int], list[int]]


def steps(
    days: Days, groups: Sequence[Hashable] | None = None, *, splits: int, gap: int
) -> list[Step]:
    """Return positions to learn from and to test, for each step forward in time.

    Of D days that have rows, each step tests D // (splits + 1), the last step the newest;
    it learns from all days before them, less ``gap`` days in between, as scikit-learn's
    TimeSeriesSplit does on single rows. No day is on two sides. Where the days are too few
    for some step to learn from two rows, there are fewer steps; where they are too few for
    two steps, none.

    Parameters
    ----------
    days
        (n,) the day of each row, in any order; a row without one is in no step.
    groups
        (n,) rows of a group that a step tests are not learned from in that step.
    splits
        How many steps are wanted, 2 or more.
    gap
        How many days with rows are left out before those that are tested, 0 or more.
    """
    known = sorted({day for day in days if day is not None})
    place = {day: i for i, day in enumerate(known)}
    places = [None if day is None else place[day] for day in days]
    for count in range(splits, 1, -1):
        found = _steps(places, len(known), groups, count, gap)
        if found:
            return found
    return []


def _steps(
    places: list[int | None],
    days: int,
    groups: Sequence[Hashable] | None,
    count: int,
    gap: int,
) -> list[Step]:
    """Return so many steps, or none where one of them would learn from under two rows."""
    size = days // (count + 1)
    if not size:
        return []
    found = []
    for first in range(days - count * size, days, size):
        test = [i for i, at in enumerate(places) if at is not None and first <= at < first + size]
        tested = {groups[i] for i in test} if groups else set()
        train = [
            i
            for i, at in enumerate(places)
            if at is not None and at < first - gap and not (groups and groups[i] in tested)
        ]
        if len(train) < 2:  # noqa: PLR2004 - as everywhere, to learn takes two rows
            return []
        found.append((train, test))
    return found
