"""Which rows are learned from and which are tested, fold by fold, in cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlcli import wording
from mlcli.judging.drawing import at_random, grouped
from mlcli.judging.forward import steps

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

    from mlcli.judging.drawing import Pairs

FEWEST: Final = 3
"""Fewer rows cannot be judged: two to learn from, and one to test."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of rows to learn from and to test, each in order, none in both."""

    train: tuple[int, ...]
    test: tuple[int, ...]


Kind = Literal["in_time", "grouped", "at_random"]


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
    kind: Kind

    @property
    def train_rows(self) -> float:
        """Return how many rows a fold learns from, on average."""
        return sum(len(fold.train) for fold in self.folds) / len(self.folds)

    @property
    def test_rows(self) -> float:
        """Return how many rows a fold tests, on average."""
        return sum(len(fold.test) for fold in self.folds) / len(self.folds)


def make(
    rows: int,
    *,
    seed: int,
    dates: Sequence[datetime | None] | None = None,
    groups: Sequence[Hashable] | None = None,
    classes: Sequence[str] | None = None,
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
    classes
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
    given = [values for values in (dates, groups, classes) if values is not None]
    if any(len(values) != rows for values in given) or splits < 2 or repeats < 1 or gap < 0:  # noqa: PLR2004
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
        pairs, words = grouped(together, classes, seed=seed, splits=splits)
        return _folds(pairs, words + note, "grouped", repeats=1)
    if rows < 2 * splits:
        pairs = [([*range(i), *range(i + 1, rows)], [i]) for i in range(rows)]
        return _folds(pairs, f"leave-one-out, {rows} rows{note}", "at_random", repeats=1)
    pairs, words = at_random(rows, classes, seed=seed, splits=splits, repeats=repeats)
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


def _folds(pairs: Pairs, words: str, kind: Kind, *, repeats: int) -> Folds:
    folds = tuple(Fold(tuple(train), tuple(test)) for train, test in pairs)
    return Folds(folds, words, len(folds) // repeats, repeats, kind)
