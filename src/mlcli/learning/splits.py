"""Which rows are held out, and which are learned from and tested, fold by fold.

Splits and folds deal in positions, dates and groups only.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlcli import wording
from mlcli.answering.column import Times
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from mlcli.grammar.phrases import Holdout
    from mlcli.statistics.arrays import Rows

    Pairs = list[tuple[Rows, Rows]]
    """Positions to learn from and to test, for each fold."""

FEWEST: Final = 3
"""Fewer rows cannot be judged: two to learn from, and one to test."""

FEWEST_TO_LEARN: Final = FEWEST - 1


def drawing(seed: int) -> Random:
    """Return what draws rows at random, the same ones for the same seed."""
    return Random(seed)  # noqa: S311 - which rows are drawn is no secret


def divide(
    split: Holdout,
    dates: Times | None,
    rows: int,
    *,
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> tuple[Rows, Rows]:
    """Divide rows into those to learn from and those held out.

    Parameters
    ----------
    split
        Which rows to hold out.
    dates
        The date of each row, or ``None`` for a table without dates.
    rows
        How many rows there are.
    seed
        Fixes a random share.
    groups
        What each row belongs to, ``None`` for a row of its own. A random share is drawn
        in whole groups; the newest rows are the newest, whatever group they are of.

    Returns
    -------
    tuple
        Positions to learn from and positions held out: disjoint, together all, each
        in order. A share is rounded up, and rows of one day stay on one side, whatever
        their time.

    Raises
    ------
    DataError
        A date is needed and missing, or a side is left without rows.
    """
    must_be_dated(split, dates)
    days = None if dates is None else Times(dates.starts("day"))
    held = np.zeros(rows, dtype=bool)
    held[_held_out(split, days, rows, seed, groups)] = True
    must_have_both(split, rows - held.sum(), held.sum(), days)
    return np.flatnonzero(~held), np.flatnonzero(held)


def must_have_both(split: Holdout, train: int, out: int, dates: Times | None) -> None:
    """Raise where too few rows are left to learn from, or none is held out that should be."""
    if split.how != "none" and not out:
        raise DataError(f"holdout: {split.text}  holds no row out of {train:,}", hint=_span(dates))
    if train < FEWEST_TO_LEARN:
        raise DataError(
            f"{wording.count(train, 'row')} to learn from and {out:,} held out; "
            "at least 2 are needed to learn",
            hint="bring more rows, or write  holdout: none",
        )


def must_be_dated(split: Holdout, dates: Times | None) -> None:
    """Raise where a hold-out by date has none, or a row lacks one."""
    if not split.by_date:
        return
    if dates is None:
        raise DataError(
            f"holdout: {split.text}  needs dates, and the key is none",
            hint="write  holdout: random 20%",
        )
    if dates.missing.any():
        raise DataError(
            f"holdout: {split.text}  needs a date in every row",
            hint="leave rows without one out, with  drop_missing",
        )


def _held_out(
    split: Holdout, days: Times | None, rows: int, seed: int, groups: Sequence[Hashable] | None
) -> Rows:
    """Return the positions of rows to hold out; dates are days, one each if they count."""
    wanted = ceil(round(split.share * rows, 9))
    if split.how == "random" and wanted:
        return _drawn(_together(days, groups, rows), wanted, seed)
    if (not wanted and split.how != "from") or days is None or not rows:
        return np.arange(0)
    newest = np.sort(days.values)[-wanted:]
    start = np.datetime64(split.start, "us") if split.how == "from" else newest[0]
    return np.flatnonzero(days.values >= start)


def _together(
    days: Times | None, groups: Sequence[Hashable] | None, rows: int
) -> NDArray[np.int64]:
    """Return (n,) numbers of what is drawn as a whole: groups, days, else single rows.

    A row of no group, or without a day, is drawn alone.
    """
    numbers = np.full(rows, -1)
    if groups is not None:
        known: dict[Hashable, int] = {None: -1}
        numbers[:] = [known.setdefault(each, len(known)) for each in groups]
    elif days is not None:
        numbers = np.where(days.missing, -1, np.unique(days.values, return_inverse=True)[1])
    alone = numbers < 0
    numbers[alone] = numbers.max(initial=0) + 1 + np.arange(alone.sum())
    return numbers


def _drawn(together: NDArray[np.int64], wanted: int, seed: int) -> Rows:
    """Draw whole groups until there are so many rows; return their positions."""
    _, first, group = np.unique(together, return_index=True, return_inverse=True)
    numbers = array("q", np.argsort(first).astype(np.int64).tobytes())  # in order of appearance
    drawing(seed).shuffle(numbers)
    drawn = np.array(numbers)
    enough = int(np.searchsorted(np.bincount(group)[drawn].cumsum(), wanted)) + 1
    held = np.zeros(len(first), dtype=bool)
    held[drawn[:enough]] = True
    return np.flatnonzero(held[group])


def _span(dates: Times | None) -> str:
    days = () if dates is None else Times(dates.starts("day"))
    known = [day for day in days if day is not None]
    return (
        f"the rows reach from {wording.written(min(known))} to {wording.written(max(known))}"
        if known
        else ""
    )


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of rows to learn from and to test, each in order, none in both."""

    train: Rows
    test: Rows


Folding = Literal["in_time", "grouped", "at_random"]


@dataclass(frozen=True, slots=True)
class Folds:
    """Folds, how they were made in words, how many a repeat has, and how many repeats.

    ``kind`` is ``in_time``, where each tests days after those it learns from; ``grouped``,
    where rows are left out with others of their group or day; or ``at_random``.
    """

    folds: tuple[Fold, ...]
    words: str
    count: int
    repeats: int
    kind: Folding

    @property
    def train_rows(self) -> float:
        """Return how many rows a fold learns from, on average."""
        return sum(len(fold.train) for fold in self.folds) / len(self.folds)

    @property
    def test_rows(self) -> float:
        """Return how many rows a fold tests, on average."""
        return sum(len(fold.test) for fold in self.folds) / len(self.folds)


def make_folds(
    rows: int,
    *,
    seed: int,
    dates: Sequence[datetime | None] | None = None,
    groups: Sequence[Hashable] | None = None,
    strata: Sequence[str] | None = None,
    repeats: int = 5,
    splits: int = 5,
    gap: int = 1,
) -> Folds | None:
    """Divide rows into folds, by what is known of them.

    With dates, forward in time: whole days, each step learns from days before those that it
    tests (Bergmeir & Benitez 2012). With groups, those of a group are on one side. With both,
    a step also leaves out earlier rows of the groups that it tests. With classes, each fold has
    about the same share of each. Else folds at random, several times over. What the rows
    are too few for is not done, and ``words`` says so. The same arguments give the same folds,
    and those of scikit-learn's TimeSeriesSplit (on days), StratifiedGroupKFold, GroupKFold,
    RepeatedStratifiedKFold, or RepeatedKFold.

    Parameters
    ----------
    rows
        How many rows there are.
    seed
        Of all that is drawn at random.
    dates
        (rows,) when each row was; a row without one is left out of steps in time.
    groups
        (rows,) what must stay together; ``None`` is a group of its own in each row.
    strata
        (rows,) the label of each row, where it is a class.
    repeats
        How often rows without dates and groups are divided anew.
    splits
        How many folds a repeat has, at least 2.
    gap
        How many days that have rows are left out before those that a step tests.

    Returns
    -------
    Folds | None
        ``None`` for under three rows, and for rows of one single group.

    Raises
    ------
    ValueError
        Dates, groups or classes are not as many as the rows, or splits are under 2,
        repeats under 1, the gap under 0.
    """
    given = [values for values in (dates, groups, strata) if values is not None]
    if any(len(values) != rows for values in given) or splits <= 1 or repeats < 1 or gap < 0:
        raise ValueError("as many dates, groups and classes as rows; 2 splits, 1 repeat, gap 0")
    if rows < FEWEST or (groups is not None and len(set(_own(groups))) == 1):
        return None
    days = [date.date() if date else None for date in dates] if dates else []
    known = set(days) - {None}
    together = _own(groups) if groups is not None else None
    note = ""
    if known:
        found = steps(days, together, splits=splits, gap=gap) if rows >= 2 * splits else []
        if found:
            return _in_time(found, splits, gap, left_out=days.count(None))
        note = ", not in time order"
        if together is None and 1 < len(known) < rows - days.count(None):
            together = _own(days)
            note += f": {wording.count(len(known), 'day')}, each kept whole"
    if together is not None and len(set(together)) < rows:
        pairs, words = grouped(together, strata, seed=seed, splits=splits)
        return _folds(pairs, words + note, "grouped", repeats=1)
    if rows < 2 * splits:
        every = np.arange(rows)
        pairs = [(np.delete(every, i), every[i : i + 1]) for i in range(rows)]
        return _folds(pairs, f"leave-one-out, {rows} rows{note}", "at_random", repeats=1)
    pairs, words = at_random(rows, strata, seed=seed, splits=splits, repeats=repeats)
    return _folds(pairs, words + note, "at_random", repeats=repeats)


def _own(groups: Sequence[Hashable]) -> list[Hashable]:
    """Return the groups, with one of its own for each row that has none."""
    return [(None, i) if group is None else group for i, group in enumerate(groups)]


def _in_time(found: Pairs, splits: int, gap: int, *, left_out: int) -> Folds:
    words = f"{len(found)} steps forward in time"
    if len(found) < splits:
        words += f" ({splits} need more days)"
    if gap:
        words += f", {'a day' if gap == 1 else f'{gap} days'} left out between"
    if left_out:
        words += f", {wording.count(left_out, 'row')} without a date left out"
    return _folds(found, words, "in_time", repeats=1)


def _folds(pairs: Pairs, words: str, kind: Folding, *, repeats: int) -> Folds:
    folds = tuple(Fold(train, test) for train, test in pairs)
    return Folds(folds, words, len(folds) // repeats, repeats, kind)


def steps(
    days: Sequence[date | None],
    groups: Sequence[Hashable] | None = None,
    *,
    splits: int,
    gap: int,
) -> Pairs:
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
    place: dict[date | None, int] = {day: i for i, day in enumerate(known)}
    places = np.array([place.get(day, -1) for day in days])
    named = None if groups is None else _coded(groups)
    for count in range(splits, 1, -1):
        found = _steps(places, len(known), named, count, gap)
        if found:
            return found
    return []


def _steps(places: Rows, days: int, groups: Rows | None, count: int, gap: int) -> Pairs:
    """Return so many steps, or none where one of them would learn from under two rows."""
    size = days // (count + 1)
    if not size:
        return []
    found = []
    for first in range(days - count * size, days, size):
        test = (first <= places) & (places < first + size)
        train = (places >= 0) & (places < first - gap)
        if groups is not None:
            train &= ~np.isin(groups, groups[test])
        if train.sum() < FEWEST_TO_LEARN:
            return []
        found.append((np.flatnonzero(train), np.flatnonzero(test)))
    return found


_FEWEST_SHARED: Final = 3
"""A class of fewer rows would leave two folds, which learn from half of the rows only."""


def at_random(
    rows: int, strata: Sequence[str] | None, *, seed: int, splits: int, repeats: int
) -> tuple[Pairs, str]:
    """Return the folds of all repeats, and how they were made.

    With ``strata`` (rows,) each fold has about the same share of each: RepeatedStratifiedKFold,
    of fewer folds where the rarest class has fewer rows than ``splits``. Where it has under
    three, and without classes: RepeatedKFold.
    """
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    empty = np.zeros(rows)
    times = f", {repeats} times over" if repeats > 1 else ""
    rarest = splits if strata is None else min(Counter(strata).values())
    rare = f" (the rarest class has {wording.count(rarest, 'row')})" if rarest < splits else ""
    count = min(splits, rarest)
    if strata is not None and count >= min(splits, _FEWEST_SHARED):
        equal = RepeatedStratifiedKFold(n_splits=count, n_repeats=repeats, random_state=seed)
        pairs = [*equal.split(empty, _coded(strata))]
        return pairs, f"{count} folds with the classes in equal shares{times}{rare}"
    plain = RepeatedKFold(n_splits=splits, n_repeats=repeats, random_state=seed)
    unequal = f", the classes in unequal shares{rare}" if rare else ""
    return [*plain.split(empty)], f"{splits} folds{times}{unequal}"


def grouped(
    groups: Sequence[Hashable], strata: Sequence[str] | None, *, seed: int, splits: int
) -> tuple[Pairs, str]:
    """Return the folds of one repeat, no group in two of them, and how they were made.

    With ``strata`` (rows,) of about equal shares: StratifiedGroupKFold; GroupKFold without,
    and where a class is too rare for it or a fold would be empty. There are as many folds
    as groups (rows,), at most ``splits``.
    """
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    codes, empty = _coded(groups), np.zeros(len(groups))
    count = min(splits, len(set(groups)))
    words = f"{count} folds of whole groups"
    if strata is not None and min(Counter(strata).values()) >= count:
        equal = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
        pairs = [*equal.split(empty, _coded(strata), codes)]
        if all(len(train) and len(test) for train, test in pairs):
            return pairs, f"{words}, the classes in about equal shares"
    plain = GroupKFold(n_splits=count, shuffle=True, random_state=seed)
    return [*plain.split(empty, groups=codes)], words


def _coded(values: Sequence[Any]) -> Rows:
    """Return the place of each value among the sorted ones, as NumPy would sort them."""
    try:
        known = sorted(set(values))
    except TypeError:  # of several types
        known = sorted(set(values), key=repr)
    places = {value: i for i, value in enumerate(known)}
    return np.array([places[value] for value in values])
