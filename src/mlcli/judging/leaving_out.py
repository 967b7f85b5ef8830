"""What is learned without some parts of the rows: errors, and what each part did to their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlcli.judging import cross_validation
from mlcli.learning import fitting, splits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlcli.grammar.phrases import Holdout
    from mlcli.learning.labels import Lesson
    from mlcli.learning.splits import Folds
    from mlcli.statistics.arrays import Floats, Rows

FEWEST_PARTS: Final = 5
"""Fewer parts say too little of how far differences spread for a verdict to rest on them."""

_SOME: Final = 100
_MANY: Final = 1_000
_STEPS: Final = 7
_STEPS_OF_SLOW: Final = 5
_BLOCKS: Final = 10
"""Of 15 blocks of 100 days with AR .7 noise, equal models are called different in 7 of 100."""
_DAYS: Final = 20
"""Days below which there are five steps: they would test under three days each."""


@dataclass(frozen=True, slots=True)
class Round:
    """Positions to learn from and to test, and for each tested part which other one is left out.

    That is none where all that may be learned from is.
    """

    train: Rows
    test: Rows
    cells: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class Division:
    """Rows in parts, and what is learned without which of them.

    Attributes
    ----------
    part
        (n,) the part of each row; -1 of a row that is in none.
    parts
        How many there are.
    rounds
        What is learned; those without a further part come first.
    never
        Parts that are tested, each with one without which nothing is left to learn from.
    words
        How rows were divided.
    in_time
        Whether parts are steps forward in time.
    """

    part: Rows
    parts: int
    rounds: tuple[Round, ...]
    never: frozenset[tuple[int, int]]
    words: str
    in_time: bool = False


def divided(lesson: Lesson, rows: Rows, split: Holdout, *, quick: bool) -> Division | None:
    """Return the parts of the rows to learn from, as positions among those.

    K parts take K (K - 1) / 2 fits, and S steps forward in time S (S + 3) / 2 - 1. Models that
    learn quickly have 10 parts (45 fits) or, of 100 to 1,000 rows, 15 (105), and 7 steps (34);
    others 8 parts (28) and 5 steps (19); of very many rows all have 5 parts (10) and 5 steps.
    Of under ten rows or five groups each part is left out alone, for no verdict rests on them.

    Returns
    -------
    Division | None
        ``None`` where there are no parts.
    """
    definition, examples, labels = lesson
    many, dates = len(rows), fitting.dates_of(examples, rows)
    days, place = (
        (rows[:0], rows) if dates is None else np.unique(dates.starts("day"), return_inverse=True)
    )
    parts = _parts(many, quick=quick)
    short = not quick or many > cross_validation.ENOUGH or len(days) < _DAYS
    steps = _STEPS_OF_SLOW if short else _STEPS
    made = cross_validation.folds(lesson, rows, split, repeats=1, steps=steps, splits=parts)
    if made is None:
        return None
    if made.kind == "in_time":
        return in_steps(made, many)
    few = made.kind == "grouped" and made.count < FEWEST_PARTS
    if few or many < cross_validation.FEW:
        return one_by_one(made, many)
    if dates is not None and not definition.group:
        parts = min(parts, len(days), _BLOCKS)
        return in_pairs(place * parts // len(days), f"{parts} blocks of days")
    if made.kind == "grouped":
        return in_pairs(of_folds(made, many), made.words)
    strata, parts = labels.strata(rows), min(parts, many)
    equal = "" if strata is None else " with the classes in equal shares"
    part = at_random(many, strata, parts=parts, seed=definition.seed)
    return in_pairs(part, f"{parts} folds{equal}")


def _parts(many: int, *, quick: bool) -> int:
    """Return how many parts so many rows have."""
    if many > cross_validation.ENOUGH:
        return FEWEST_PARTS
    if not quick:
        return 8 if many <= _MANY else FEWEST_PARTS
    return 15 if _SOME <= many <= _MANY else 10


def in_pairs(part: Rows, words: str) -> Division:
    """Leave every two parts out, and test both.

    ``part`` (n,) are numbers from 0 on, each of some row.
    """
    parts = int(part.max()) + 1
    rounds = []
    for one in range(parts):
        for other in range(one + 1, parts):
            tested = (part == one) | (part == other)
            cells = ((one, other), (other, one))
            rounds.append(Round(np.flatnonzero(~tested), np.flatnonzero(tested), cells))
    return Division(part, parts, tuple(rounds), frozenset(), f"{words}, two left out at a time")


def in_steps(made: Folds, rows: int) -> Division:
    """Learn from the days before each step, from all of them and without each earlier part.

    The first part is what only is learned from, others are what the steps test.
    """
    part = np.full(rows, -1)
    part[np.concatenate([fold.train for fold in made.folds])] = 0
    for at, fold in enumerate(made.folds, start=1):
        part[fold.test] = at
    rounds = [
        Round(fold.train, fold.test, ((at, None),)) for at, fold in enumerate(made.folds, start=1)
    ]
    never = set()
    for at, fold in enumerate(made.folds, start=1):
        for other in range(at):
            kept = fold.train[part[fold.train] != other]
            if len(kept) < splits.FEWEST_TO_LEARN:
                never.add((at, other))
            elif len(kept) < len(fold.train):
                rounds.append(Round(kept, fold.test, ((at, other),)))
    count = len(made.folds) + 1
    return Division(part, count, tuple(rounds), frozenset(never), made.words, in_time=True)


def one_by_one(made: Folds, rows: int) -> Division:
    """Leave each fold out, and no other beside it."""
    rounds = tuple(
        Round(fold.train, fold.test, ((at, None),)) for at, fold in enumerate(made.folds)
    )
    return Division(of_folds(made, rows), len(rounds), rounds, frozenset(), made.words)


def of_folds(made: Folds, rows: int) -> Rows:
    """Return (rows,) which fold tests each row."""
    part = np.full(rows, -1)
    for at, fold in enumerate(made.folds):
        part[fold.test] = at
    return part


def at_random(rows: int, strata: Sequence[Any] | None, *, parts: int, seed: int) -> Rows:
    """Deal rows into parts, those of each class in turn; parts differ by one row at most."""
    order = [*range(rows)]
    splits.drawing(seed).shuffle(order)
    if strata is not None:
        order.sort(key=lambda at: strata[at])
    part = np.empty(rows, dtype=np.intp)
    part[order] = np.arange(rows) % parts
    return part


@dataclass(frozen=True, slots=True)
class PartErrors:
    """One error: the mean of each tested part, and the mean of all without each part.

    ``without`` (parts,) is what comes of the same rounds where a part is neither learned from
    nor tested.
    """

    folds: tuple[float, ...]
    without: tuple[float, ...]


def gathered(
    division: Division, cells: Iterable[tuple[tuple[int, int | None], float]]
) -> PartErrors:
    """Return what mean errors of tested parts, each without another part or none, come to."""
    parts = division.parts
    table: Floats = np.full((parts, parts), np.nan)
    whole: Floats = np.full(parts, np.nan)
    for (tested, other), error in cells:
        if other is None:
            whole[tested], table[tested] = error, error
        else:
            table[tested, other] = error
    for tested, other in division.never:
        table[tested, other] = np.nan
    np.fill_diagonal(table, np.nan)
    known = ~np.isnan(table)
    if np.isnan(whole).all():
        whole = np.nansum(table, axis=1) / known.sum(axis=1)
    without = np.nansum(table, axis=0) / known.sum(axis=0)
    return PartErrors(tuple(whole[~np.isnan(whole)].tolist()), tuple(without.tolist()))
