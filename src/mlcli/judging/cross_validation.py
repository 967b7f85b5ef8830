"""Cross-validation: what a model learned from some rows answers for others, fold by fold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

import numpy as np

from mlcli import wording
from mlcli.errors import DataError
from mlcli.grammar import phrases
from mlcli.learning import fitting
from mlcli.learning.judged import Judged
from mlcli.learning.splits import make_folds

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from mlcli.answering.target import Raws, Target
    from mlcli.definition.definition import Definition
    from mlcli.learning.fitting import Learned
    from mlcli.learning.labels import Lesson, RowLabels
    from mlcli.learning.splits import Folds
    from mlcli.statistics.arrays import Floats, Rows

    Seen = Callable[[Learned, Rows], None]
    """Is told what a fold learned, and which rows it answered."""

_REPEATS = 5
_SPLITS = 5
_FEW_CELLS = 100_000
"""Cells up to which the models that are learned in milliseconds are."""
ENOUGH = 5_000
"""Rows above which a hold-out of a fifth says all that folds would, without learning again."""
_MOST = 20_000
"""Rows above which nothing is cross-validated, be it that none are held out."""

FEW = 10
"""Rows below which nothing is chosen by what their figures say."""


def few(rows: int) -> str | None:
    """Say that rows are too few to choose by, if they are."""
    if rows >= FEW:
        return None
    return f"{wording.count(rows, 'row')} are no evidence: {FEW} are needed to prefer one model"


@dataclass(frozen=True, slots=True)
class Tested:
    """One fold.

    Attributes
    ----------
    rows
        Positions of the tested rows that had an answer.
    judged
        Those rows, their truths, and the raw predictions of the fold's model.
    learned_from
        The same of the rows that it learned from.
    target
        What it answers; of classes, those that it knows.
    unanswered
        How many rows had no answer, such as those of a level that it had not seen.
    """

    rows: Rows
    judged: Judged
    learned_from: Judged
    target: Target
    unanswered: int


def folds(
    lesson: Lesson,
    rows: Rows,
    split: phrases.Holdout,
    *,
    repeats: int | None = None,
    steps: int | None = None,
    splits: int = _SPLITS,
) -> Folds | None:
    """Return the folds of some rows, as positions among them.

    Forward in time where the hold-out is by date, or where none is written and the rows
    are dated; rows of one day, or of one group, stay together. ``steps`` is how many
    there are in time, ``splits`` how many folds otherwise, five if not said. ``None`` where
    the rows are so many that a hold-out says enough, unless it is said how many repeats there
    are to be.
    """
    definition, examples, labels = lesson
    if repeats is None and len(rows) > (_MOST if split.how == "none" else ENOUGH):
        return None
    known = fitting.dates_of(examples, rows)
    dates = None if known is None else known.values.tolist()
    in_time = split.by_date or split.how == "none"
    groups: Sequence[Hashable] | None = fitting.groups_of(definition, examples, rows)
    if groups is None and dates and not in_time:
        days = [date and phrases.period_start("day", date) for date in dates]
        groups = days if len(set(days)) < len(days) else None
    return make_folds(
        len(rows),
        seed=definition.seed,
        dates=dates if in_time else None,
        groups=groups,
        strata=labels.strata(rows),
        repeats=repeats or how_often(definition, len(rows)),
        splits=steps if steps and in_time and dates else splits,
    )


def how_often(definition: Definition, rows: int) -> int:
    """Return how many times over rows are divided: seconds are all that it may take."""
    quick = definition.model.quick and rows * len(definition.features) <= _FEW_CELLS
    return _REPEATS if quick and rows <= ENOUGH else 1


def tested(lesson: Lesson, train: Rows, test: Rows, seen: Seen | None) -> Tested:
    """Learn from some rows, and answer others; ``seen`` is told of it.

    Raises
    ------
    DataError
        Nothing can be learned from those rows.
    """
    learned = fitting.learn(lesson, train)
    known, values = fitting.predicted(learned, lesson.examples, test)
    if seen is not None:
        seen(learned, known)
    return Tested(
        rows=known,
        judged=_judged(lesson.labels, known, values),
        learned_from=_judged(lesson.labels, *fitting.remembered(learned, train)),
        target=learned.target,
        unanswered=len(test) - len(known),
    )


def error(lesson: Lesson, train: Rows, test: Rows) -> tuple[float | None, int]:
    """Learn from some rows, and return the mean error on others, and how many had an answer.

    The error is that of `errors`; ``None`` where no row had an answer.

    Raises
    ------
    DataError
        Nothing can be learned from those rows.
    """
    found = errors(lesson, train, test)
    return (fsum(found) / len(found) if len(found) else None), len(found)


def errors(lesson: Lesson, train: Rows, test: Rows) -> Floats:
    """Learn from some rows, and return the error on each of the others that had an answer.

    It is the absolute miss in the label's unit, before rounding, or 1 for an answer that is
    not the likelier class.

    Raises
    ------
    DataError
        Nothing can be learned from those rows.
    """
    learned = fitting.learn(lesson, train)
    known, values = fitting.predicted(learned, lesson.examples, test)
    return learned.target.misses(lesson.labels.of(known), values)


def _judged(labels: RowLabels, rows: Rows, values: Raws) -> Judged:
    return Judged((), truths=labels.of(rows), values=values)


def cross_validated(
    lesson: Lesson, rows: Rows, made: Folds, seen: Seen | None = None
) -> list[Tested] | str:
    """Return what came of each fold, or why that cannot be known."""
    found = []
    for fold in made.folds:
        train, test = rows[fold.train], rows[fold.test]
        try:
            one = tested(lesson, train, test, seen)
        except DataError as error:
            return str(error)
        if not len(one.rows):
            return "a fold has no row that its model could answer"
        found.append(one)
    return found


def pooled(found: Sequence[Tested], target: Target) -> tuple[Rows, Judged]:
    """Return the rows that were tested, and what came of each in the first fold that did."""
    every = np.concatenate([one.rows for one in found])
    first = np.sort(np.unique(every, return_index=True)[1])
    truths = np.concatenate([one.judged.truths for one in found])
    values = target.joined([target.adopt(one.judged.values, one.target) for one in found])
    return every[first], Judged((), truths[first], values[first])


def by_threshold(found: Sequence[Tested], target: Target) -> list[Tested]:
    """Return folds as a target with a threshold answers; those of other classes as they are."""
    return [replace(one, target=one.target.carry(target)[0]) for one in found]
