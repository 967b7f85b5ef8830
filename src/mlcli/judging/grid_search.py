"""Which hyperparameters to take, and how good a model is for which they were chosen so.

Every combination of a grid is judged on the folds of the rows to learn from. Because the best
of many looks better than it is, the choice itself is judged too: in each fold it is made anew,
from inner folds of the rows that the fold learns from, and tested on rows that had no part
in it (nested cross-validation: Stone 1974; Varma and Simon 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from mlcli.definition import tune_grid
from mlcli.errors import DataError, RefusedError
from mlcli.judging import cross_validation
from mlcli.learning import fitting, limits
from mlcli.learning.labels import Lesson, labels_of
from mlcli.statistics import comparing, intervals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlcli.answering.target import Target
    from mlcli.definition.definition import Definition
    from mlcli.grammar import phrases
    from mlcli.grammar.cells import Json
    from mlcli.learning.splits import Folds
    from mlcli.statistics.arrays import Rows
    from mlcli.statistics.comparing import Choice, Difference
    from mlcli.tables.examples import Examples


@dataclass(frozen=True, slots=True)
class Work:
    """What every task needs; ``combinations`` may be ``None``: the definition as written."""

    lesson: Lesson
    combinations: tuple[Json | None, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Learn from some rows with a combination, by its position, and answer others."""

    combination: int
    train: Rows
    test: Rows


@dataclass(frozen=True, slots=True)
class Scored:
    """The mean error of the rows that were answered, how many those are, or why there is none.

    The error is the absolute miss in the label's unit, before rounding, or the share of
    wrong answers.
    """

    error: float | None
    answered: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Errors on folds, their mean, and their standard deviation; ``None`` where one has none."""

    folds: tuple[float | None, ...]
    mean: float | None
    sd: float | None

    def to_json(self) -> Json:
        """Return plain data."""
        return {"error": self.mean, "sd": self.sd, "folds": list(self.folds)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One combination, its errors on the folds, and why it cannot be taken, if it cannot."""

    values: Json
    error: Figure
    why: str


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a grid.

    ``tuned`` are the errors of models whose combination was chosen without the rows that
    judged them, ``in_folds`` what was chosen then; ``written`` those of the definition as it
    is. ``difference`` is written minus tuned. ``unjudged`` says why the choice could not be
    judged, if it could not.
    """

    candidates: tuple[Candidate, ...]
    choice: Choice
    rows: int
    words: str
    tuned: Figure
    in_folds: tuple[Json | None, ...]
    written: Figure
    difference: Difference | None
    unjudged: str
    kind: type[Target]

    @property
    def metric(self) -> str:
        """Return the name of the error that is searched by."""
        return self.kind.compared[0]

    @property
    def chosen(self) -> Json:
        """Return the values to take."""
        return self.candidates[self.choice.taken].values


def search(
    definition: Definition,
    examples: Examples,
    run: Callable[[Work, Sequence[Task]], list[Scored]],
) -> Search:
    """Try every combination on the rows to learn from, and judge the choice.

    ``run`` works tasks off, in whatever way, and returns what came of them in their order.

    Raises
    ------
    RefusedError
        The rows to learn from are too few to choose by.
    DataError
        They cannot be divided, or no combination can learn from them.
    """
    lesson, rows, split, outer = begun(definition, examples)
    assert definition.tune is not None
    grid = tune_grid.combinations(definition.tune)
    work = Work(lesson, (*grid, None))
    parts = _parts(outer, rows)
    inner = [_inner(lesson, train, split) for train, _ in parts]
    wanted = [(parts, len(grid) + 1), *((folds, len(grid)) for folds in inner)]
    tasks = [
        Task(at, train, test)
        for folds, several in wanted
        for at in range(several)
        for train, test in folds
    ]
    came = iter(run(work, tasks))
    scored = [[[next(came) for _ in folds] for _ in range(several)] for folds, several in wanted]
    *tried, as_written = scored[0]
    errors = _errors(tried)
    choice = comparing.simplest(errors)
    if choice is None:
        why = next((w for row in tried if (w := _why(row))), _UNANSWERED)
        raise DataError(f"no combination can learn from every fold: {why}")
    chosen = [*map(_chosen, scored[1:])]
    tuned = _figure([None if at is None else errors[at][k] for k, at in enumerate(chosen)])
    written = _figure(_errors([as_written])[0])
    return Search(
        candidates=tuple(
            Candidate(values, _figure(of), _why(row))
            for values, of, row in zip(grid, errors, tried, strict=True)
        ),
        choice=choice,
        rows=len(rows),
        words=outer.words,
        tuned=tuned,
        in_folds=tuple(None if at is None else grid[at] for at in chosen),
        written=written,
        difference=_difference(written, tuned, outer),
        unjudged=""
        if tuned.mean is not None
        else _UNJUDGED
        if None in chosen
        else "what was chosen cannot learn from every fold",
        kind=lesson.labels.kind,
    )


_UNANSWERED = "each leaves rows without an answer that another answers"
_UNJUDGED = "the rows of a fold are too few to choose by"


def begun(
    definition: Definition, examples: Examples
) -> tuple[Lesson, Rows, phrases.Holdout, Folds]:
    """Return what a fit would learn from, which rows of it, the split, and folds to choose by.

    Raises
    ------
    RefusedError, DataError
        The rows are too few, or cannot be divided.
    """
    rows = examples.positions("usable")
    _few(len(rows))
    split, train, _ = fitting.sides(definition, examples, rows)
    _few(len(train))
    limits.within(definition, examples, train)
    lesson = Lesson(definition, examples, labels_of(definition, examples, rows))
    outer = cross_validation.folds(lesson, train, split, repeats=1)
    if outer is None:
        raise DataError(
            "the rows to learn from cannot be divided into folds to choose by",
            hint="do all of them belong to one group? Then take  group:  away",
        )
    return lesson, train, split, outer


def _few(rows: int) -> None:
    if words := cross_validation.few(rows):
        raise RefusedError(words, hint="bring more rows, or write the value that you want")


Parts = list[tuple["Rows", "Rows"]]
"""Rows to learn from and to test, fold by fold."""


def _parts(folds: Folds, rows: Rows) -> Parts:
    return [(rows[fold.train], rows[fold.test]) for fold in folds.folds]


def _inner(lesson: Lesson, rows: Rows, split: phrases.Holdout) -> Parts:
    """Return folds of the rows that a fold learns from; none where they are too few."""
    found = cross_validation.folds(lesson, rows, split, repeats=1)
    return [] if found is None or cross_validation.few(len(rows)) else _parts(found, rows)


def _errors(scored: Sequence[Sequence[Scored]]) -> list[list[float | None]]:
    """Return errors (combinations, folds); none where others answer more rows."""
    most = [max(one.answered for one in column) for column in zip(*scored, strict=True)]
    return [
        [one.error if one.answered == m else None for one, m in zip(row, most, strict=True)]
        for row in scored
    ]


def _why(scored: Sequence[Scored]) -> str:
    """Say why a combination has no error, if it has none."""
    return next((one.why for one in scored if one.why), "")


def _chosen(scored: Sequence[Sequence[Scored]]) -> int | None:
    """Return the position of the combination that inner folds choose."""
    choice = comparing.simplest(_errors(scored)) if scored[0] else None
    return None if choice is None else choice.taken


def _figure(errors: Sequence[float | None]) -> Figure:
    known = [error for error in errors if error is not None]
    if len(known) < len(errors) or not known:
        return Figure(tuple(errors), None, None)
    spread = intervals.mean_and_spread(known)
    return Figure(tuple(errors), fsum(known) / len(known), spread and spread[1])


def _difference(written: Figure, tuned: Figure, folds: Folds) -> Difference | None:
    if written.mean is None or tuned.mean is None:
        return None
    errors = ([error or 0.0 for error in one.folds] for one in (written, tuned))
    found = comparing.between(*errors)
    return comparing.corrected(found, train_rows=folds.train_rows, test_rows=folds.test_rows)


def score(work: Work, task: Task) -> Scored:
    """Work one task off."""
    values, lesson = work.combinations[task.combination], work.lesson
    if values is not None:
        model = lesson.definition.model.having(values)
        changed = lesson.definition.model_copy(update={"model": model})
        lesson = lesson._replace(definition=changed)
    try:
        error, answered = cross_validation.error(lesson, task.train, task.test)
    except DataError as problem:
        return Scored(None, 0, str(problem))
    if error is None:
        return Scored(None, 0, "it has no answer for any row of a fold")
    return Scored(error, answered)
