"""Which of several models is better, from the errors that each made on the same rows.

Errors are lower-is-better and in one unit; differences are those of a model minus those of
the one it is held against, so that a positive difference favours the latter. Definitions
earn their errors here by learning from the same rows and being tried on the same others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import fsum
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from mlcli import wording
from mlcli.errors import DataError
from mlcli.judging import leaving_out
from mlcli.judging.cross_validation import FEW, few
from mlcli.judging.leaving_out import FEWEST_PARTS
from mlcli.learning import fitting
from mlcli.statistics import comparing
from mlcli.statistics.dependence import ALONE, Related
from mlcli.statistics.intervals import mean_and_spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.target import Errors, Raws, Target
    from mlcli.grammar.cells import Json
    from mlcli.judging.leaving_out import Division, PartErrors
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Flags, Rows
    from mlcli.statistics.comparing import Difference

_FORESEEN: Final = 20
"""Rows below which nothing is said of how many more would settle it."""
Crossed = Mapping[str, "PartErrors"]
"""What came of cross-validation, by metric."""

Basis = Literal["cv", "holdout"]
Verdict = Literal["better", "worse", "unknown", "alike", "disagree", "few"]


@dataclass(frozen=True, slots=True)
class Marks:
    """The errors of one model.

    Attributes
    ----------
    name, model
        What it is called here, and how it learns.
    folds
        By metric the mean error of each fold, the same folds for all models; nothing where
        there was no cross-validation.
    held
        By metric the error on each held-out row, the same rows for all models.
    without
        By metric the mean error where each part of the rows is neither learned from nor tested.
    """

    name: str
    model: str
    folds: Mapping[str, Sequence[float]]
    held: Mapping[str, Sequence[float] | NDArray[Any]]
    without: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def errors(self, metric: str, basis: Basis) -> Sequence[float] | NDArray[Any]:
        """Return the errors of folds, or of rows held out, in the metric's unit."""
        return (self.folds if basis == "cv" else self.held).get(metric, ())

    def error(self, metric: str, basis: Basis) -> float | None:
        """Return the mean error, in the metric's unit."""
        errors = self.errors(metric, basis)
        return fsum(errors) / len(errors) if len(errors) else None

    def to_json(self) -> Json:
        """Return plain data: by metric the mean, spread and list of folds, and the hold-out."""
        found: dict[str, Any] = {"name": self.name, "model": self.model, "metrics": {}}
        for metric in {**self.folds, **self.held}:
            folds = self.folds.get(metric, ())
            spread = mean_and_spread(folds)
            found["metrics"][metric] = {
                "cv": {
                    "mean": self.error(metric, "cv"),
                    "sd": spread[1] if spread else None,
                    "folds": list(folds),
                },
                "holdout": self.error(metric, "holdout"),
            }
        return found


@dataclass(frozen=True, slots=True)
class Ground:
    """Numbers of rows that errors were made on, and which of those held out are related.

    ``in_time`` says that folds are steps forward in time.
    """

    train: int
    held: int
    related: Related = ALONE
    in_time: bool = False

    def too_few(self, basis: Basis) -> str:
        """Say why nothing can be said."""
        if basis == "holdout" and self.related.groups is not None:
            few = len(np.unique(self.related.groups)) < comparing.FEWEST_GROUPS
            if few:
                return f"it takes held-out rows of {comparing.FEWEST_GROUPS} groups to say"
        if basis == "holdout" and self.related.days is not None:
            return "the held-out days are too few, or too much like the day before, to say"
        return "there are too few rows or folds to say"


@dataclass(frozen=True, slots=True)
class Seen:
    """A difference, with its p adjusted for all pairs that are looked at."""

    difference: Difference
    adjusted: float

    @property
    def says(self) -> Literal["first", "second", "unknown"]:
        """Say which model it favours; the second is the one that the first is held against."""
        return comparing.settled(self.difference, adjusted=self.adjusted)

    def to_json(self) -> dict[str, float | int]:
        """Return plain data."""
        d = self.difference
        return {"mean": d.mean, "low": d.low, "high": d.high, "p": d.p,
                "adjusted": self.adjusted, "count": d.count}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A model held against the best one, by one metric.

    ``verdict`` is of ``best``; ``more`` is how many more rows might settle it; ``why`` says
    why the rows that it rests on have no interval, if they have none. ``steps`` says of steps
    forward in time in how many the one ahead is ahead: as each learns from more, differences
    grow or shrink from step to step, and no number of days can be promised.
    """

    metric: str
    best: str
    other: str
    cv: Seen | None
    held: Seen | None
    verdict: Verdict
    rests_on: Basis
    more: int | None
    why: str = ""
    steps: tuple[int, int] | None = None

    @property
    def agree(self) -> bool | None:
        """Say whether cross-validation and hold-out favour the same, where both favour one."""
        said = {seen.says for seen in (self.cv, self.held) if seen is not None}
        if self.cv is None or self.held is None or "unknown" in said:
            return None
        return len(said) == 1

    def to_json(self) -> Json:
        """Return the documented keys."""
        return {
            "metric": self.metric,
            "best": self.best,
            "other": self.other,
            "verdict": self.verdict,
            "cv": self.cv.to_json() if self.cv else None,
            "holdout": self.held.to_json() if self.held else None,
            "agree": self.agree,
            "more": self.more,
        }


@dataclass(frozen=True, slots=True)
class Contest:
    """All models, best first (as they were named, where rows are too few), and all pairs."""

    marks: tuple[Marks, ...]
    pairs: tuple[Pair, ...]
    rests_on: Basis
    few: str | None

    def favours(self, name: str) -> bool:
        """Say whether one of two is shown to be better by some figure, and worse by none."""
        ours, theirs = ("better", "worse") if self.marks[0].name == name else ("worse", "better")
        verdicts = {pair.verdict for pair in self.pairs}
        return ours in verdicts and not verdicts & {theirs, "disagree"}


def judge(marks: Sequence[Marks], metrics: Sequence[str], ground: Ground) -> Contest | None:
    """Hold every model against the best one.

    The verdict rests on cross-validation where it has five folds or more, else on the rows
    held out. What counts as the best one was found out by looking at all of them, so p values
    are adjusted for all pairs, not for those with the best one alone (Holm). Where the rows
    that it rests on are under ten, nothing is ranked or preferred.

    Parameters
    ----------
    marks
        The models, as they were named.
    metrics
        The first one ranks.
    ground
        How many rows there were.

    Returns
    -------
    Contest | None
        ``None`` where there is neither.
    """
    first = metrics[0]
    folds = min(len(one.folds.get(first, ())) for one in marks)
    held = min(len(one.held.get(first, ())) for one in marks)
    if not folds and not held:
        return None
    basis: Basis = "cv" if folds >= FEWEST_PARTS or not held else "holdout"
    rows = ground.train if basis == "cv" else ground.held
    too_few = few(rows)
    ranked = list(marks) if too_few else sorted(marks, key=lambda one: _place(one, first, basis))
    pairs = _pairs(ranked, metrics, basis, ground)
    if too_few:
        pairs = [replace(pair, verdict="few", more=None) for pair in pairs]
    return Contest(tuple(ranked), tuple(pairs), basis, too_few)


def _place(one: Marks, metric: str, basis: Basis) -> float:
    error = one.error(metric, basis)
    assert error is not None
    return error


def _pairs(
    ranked: Sequence[Marks], metrics: Sequence[str], basis: Basis, ground: Ground
) -> list[Pair]:
    """Return all others against the first, adjusted for every pair there could be.

    Of cross-validation all figures of all pairs are adjusted together.
    """
    by_cv = _seen(ranked, metrics, "cv", ground)
    by_held: dict[tuple[str, int], Seen] = {}
    for metric in metrics:
        by_held |= _seen(ranked, [metric], "holdout", ground)
    found = []
    for metric, at in product(metrics, range(1, len(ranked))):
        other = ranked[at]
        if None in {one.error(metric, basis) for one in (ranked[0], other)}:
            continue  # such as log loss, of a model without probabilities
        cv, held = by_cv.get((metric, at)), by_held.get((metric, at))
        seen = cv if basis == "cv" else held
        rows = ground.train if basis == "cv" else ground.held
        why = "" if seen else ground.too_few(basis)
        pair = Pair(metric, ranked[0].name, other.name, cv, held, _verdict(seen), basis, None, why)
        if pair.agree is False:
            pair = replace(pair, verdict="disagree")
        if pair.verdict == "unknown" and seen is not None and basis == "cv" and ground.in_time:
            found_in = comparing.between(other.folds[metric], ranked[0].folds[metric])
            side = sum((each > 0) == (seen.difference.mean > 0) for each in found_in)
            pair = replace(pair, steps=(side, len(found_in)))
        elif pair.verdict == "unknown" and seen is not None:
            more = comparing.rows_needed(seen.difference, rows) if rows >= _FORESEEN else None
            pair = replace(pair, more=more or None)
        found.append(pair)
    return found


_CALLED: Final[dict[str, Verdict]] = {"second": "better", "first": "worse", "unknown": "unknown"}


def _verdict(seen: Seen | None) -> Verdict:
    if seen is None:
        return "unknown"
    if seen.difference.low == seen.difference.high == 0:
        return "alike"
    return _CALLED[seen.says]


def _seen(
    ranked: Sequence[Marks], metrics: Sequence[str], basis: Basis, ground: Ground
) -> dict[tuple[str, int], Seen]:
    """Return the differences from the first model, by metric and the other's place."""
    found: dict[tuple[str, int, int], Difference] = {}
    for metric, (i, j) in product(metrics, combinations(range(len(ranked)), 2)):
        difference = _difference(ranked[j], ranked[i], metric, basis, ground)
        if difference is not None:
            found[metric, i, j] = difference
    adjusted = comparing.holm([difference.p for difference in found.values()])
    return {
        (metric, j): Seen(difference, p)
        for ((metric, i, j), difference), p in zip(found.items(), adjusted, strict=True)
        if i == 0
    }


def _difference(
    one: Marks, other: Marks, metric: str, basis: Basis, ground: Ground
) -> Difference | None:
    """Return the errors of one minus those of the other, with their interval."""
    errors = [side.errors(metric, basis) for side in (one, other)]
    if min(map(len, errors)) < (FEWEST_PARTS if basis == "cv" else FEW):
        return None
    found = comparing.between(*errors)
    if basis == "holdout":
        return comparing.paired(found, ground.related)
    without = comparing.between(*(side.without[metric] for side in (one, other)))
    return comparing.left_out(without, mean=fsum(found) / len(found))


@dataclass(frozen=True, slots=True)
class Entrant:
    """A definition with its table; ``rows`` are the positions of the rows that all share."""

    name: str
    lesson: Lesson
    rows: Rows

    def truths(self, rows: Rows) -> NDArray[Any]:
        """Return the labels of some of the shared rows."""
        return self.lesson.labels.of(self.rows[rows])


@dataclass(frozen=True, slots=True)
class Tried:
    """What one division of rows came to, for each entrant and for answering without looking.

    ``errors`` and ``base`` hold, by metric, an error for each tested row that every entrant
    had an answer for: ``errors`` of each entrant, in their order.
    """

    errors: tuple[Errors, ...]
    base: Errors
    tested: Rows


def tried(entrants: Sequence[Entrant], train: Rows, test: Rows, *, delivered: bool) -> Tried:
    """Learn from some of the shared rows, and answer others.

    ``delivered`` says that errors are those of answers as they are given, rounded and floored.

    Raises
    ------
    DataError
        An entrant cannot learn from them, or answers with numbers without end.
    """
    found = [_answered(one, one.rows[train], one.rows[test]) for one in entrants]
    known = np.all([answered for _, answered, _ in found], axis=0)
    truths = entrants[0].truths(test[known])
    errors = []
    for one, (target, answered, values) in zip(entrants, found, strict=True):
        errors.append(target.errors(truths, values[known[answered]], delivered=delivered))
        if not all(np.isfinite(some).all() for some in errors[-1].values()):
            raise DataError(
                f"{one.name} predicts numbers without end", hint="leave it out of the comparison"
            )
    target, _, _ = found[0]
    blind = target.blind(entrants[0].truths(train))
    base = target.errors_of_base(blind, truths, delivered=delivered)
    return Tried(tuple(errors), base, test[known])


def _answered(one: Entrant, train: Rows, test: Rows) -> tuple[Target, Flags, Raws]:
    """Return what an entrant learned to answer, which of the tested rows it does, and how."""
    try:
        learned = fitting.learn(one.lesson, train)
        rows, values = fitting.predicted(learned, one.lesson.examples, test)
    except DataError as error:
        error.summary = f"{one.name} cannot be compared with the others"
        raise
    return learned.target, np.isin(test, rows), values


def marks(
    entrants: Sequence[Entrant], crossed: Sequence[Crossed], held: Tried | None
) -> tuple[list[Marks], Marks]:
    """Return the marks of the entrants, and of answering without looking."""
    errors = [*held.errors, held.base] if held else [{}] * (len(entrants) + 1)
    names = [*(one.name for one in entrants), entrants[0].lesson.labels.kind.base]
    models = [*(str(one.lesson.definition.model.name) for one in entrants), ""]
    found = [
        Marks(
            name,
            model,
            {metric: one.folds for metric, one in known.items()},
            each,
            {metric: one.without for metric, one in known.items()},
        )
        for name, model, each, known in zip(
            names, models, errors, crossed or [{}] * len(names), strict=True
        )
    ]
    return found[:-1], found[-1]


def cross_validated(
    entrants: Sequence[Entrant],
    train: Rows,
    made: Division | None,
    tell: Callable[[int, int], None],
) -> list[Crossed] | str:
    """Return what came of each entrant, and of answering without looking, or why nothing did.

    ``tell`` is told how many rounds are done, of how many.
    """
    if made is None:
        return f"{wording.count(len(train), 'row')} cannot be divided into folds"
    cells: list[tuple[tuple[int, int | None], list[Mapping[str, float]]]] = []
    for done, each in enumerate(made.rounds):
        tell(done, len(made.rounds))
        try:
            one = tried(entrants, train[each.train], train[each.test], delivered=False)
        except DataError as error:
            return f"{error.summary or 'a model fails'} in some fold: {error}"
        part = made.part[np.searchsorted(train, one.tested)]
        for cell in each.cells:
            if not (part == cell[0]).any():
                return "a fold has no row that every model could answer"
            cells.append(
                (cell, [_means(errors, part == cell[0]) for errors in (*one.errors, one.base)])
            )
    return [
        {
            metric: leaving_out.gathered(made, [(cell, of[at][metric]) for cell, of in cells])
            for metric in cells[0][1][at]
            if all(metric in of[at] for _, of in cells)
        }
        for at in range(len(entrants) + 1)
    ]


def _means(errors: Errors, rows: Flags) -> dict[str, float]:
    """Return the mean of some rows, by metric."""
    return {metric: fsum(each[rows]) / int(rows.sum()) for metric, each in errors.items()}
