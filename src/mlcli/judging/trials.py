"""Several definitions learn from the same rows and are tried on the same others."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, isfinite
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.errors import DataError
from mlcli.judging import cross_validation
from mlcli.judging.contest import Marks
from mlcli.learning import fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlcli.answering.target import Raw, Target
    from mlcli.definition.definition import Definition
    from mlcli.learning.labels import RowLabels
    from mlcli.statistics.folds import Folds
    from mlcli.tables.examples import Examples

_TIMES: Final = 10
_TIMES_OF_SLOW: Final = 3
_FEW_FOR_SLOW: Final = 1_000
_STEPS: Final = 10
_ROWS_A_STEP: Final = 10
"""Rows for each of ten steps forward in time; with fewer, there are five steps."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A definition with its table; ``rows`` are the positions of the rows that all share."""

    name: str
    definition: Definition
    examples: Examples
    labels: RowLabels
    rows: tuple[int, ...]

    def truths(self, rows: Sequence[int]) -> list[Any]:
        """Return the labels of some of the shared rows."""
        return self.labels.of([self.rows[i] for i in rows])


def divided(entrants: Sequence[Entrant], train: Sequence[int], split: Any) -> Folds | None:
    """Return the folds of the rows to learn from, as positions among those.

    Ten times five folds where every model is quick, fewer where one is slow. In time order
    there is but one way to divide rows, so there are ten steps in place of five.
    """
    first = entrants[0]
    many = len(train)
    quick = all(one.definition.model.quick for one in entrants)
    if quick:
        times = _TIMES if many <= cross_validation.ENOUGH else 1
    else:
        times = _TIMES_OF_SLOW if many <= _FEW_FOR_SLOW else 1
    return cross_validation.folds(
        first.definition,
        first.examples,
        first.labels,
        [first.rows[i] for i in train],
        split,
        repeats=times,
        steps=_STEPS if many >= _STEPS * _ROWS_A_STEP else None,
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """What one division of rows came to, for each entrant and for answering without looking.

    ``errors`` and ``base`` hold, by metric, an error for each tested row that every entrant
    had an answer for: ``errors`` of each entrant, in their order.
    """

    errors: tuple[Mapping[str, tuple[float, ...]], ...]
    base: Mapping[str, tuple[float, ...]]
    tested: tuple[int, ...]


def tried(
    entrants: Sequence[Entrant], train: Sequence[int], test: Sequence[int], *, delivered: bool
) -> Tried:
    """Learn from some of the shared rows, and answer others.

    ``delivered`` says that errors are those of answers as they are given, rounded and floored.

    Raises
    ------
    DataError
        An entrant cannot learn from them, or answers with numbers without end.
    """
    found: list[tuple[Target, list[Raw | None]]] = []
    for one in entrants:
        try:
            learned = fitting.learn(
                one.definition, one.examples, one.labels, [one.rows[i] for i in train]
            )
            values = fitting.predicted(learned, one.examples, [one.rows[i] for i in test])
        except DataError as error:
            error.summary = f"{one.name} cannot be compared with the others"
            raise
        found.append((learned.target, values))
    known = [at for at in range(len(test)) if all(values[at] is not None for _, values in found)]
    truths = entrants[0].truths([test[at] for at in known])
    errors = []
    for one, (target, values) in zip(entrants, found, strict=True):
        answers = [value for at in known if (value := values[at]) is not None]
        errors.append(target.errors(truths, answers, delivered=delivered))
        if not all(isfinite(e) for some in errors[-1].values() for e in some):
            raise DataError(
                f"{one.name} predicts numbers without end", hint="leave it out of the comparison"
            )
    target, _ = found[0]
    base = target.errors_of_base(target.blind(entrants[0].truths(train)), truths)
    return Tried(tuple(errors), base, tuple(test[at] for at in known))


def marks(
    entrants: Sequence[Entrant], folds: Sequence[Tried], held: Tried | None
) -> tuple[list[Marks], Marks]:
    """Return the marks of the entrants, and of answering without looking."""
    names = [one.name for one in entrants]
    models = [str(one.definition.model.name) for one in entrants]
    found = [
        Marks(
            name,
            model,
            _means([fold.errors[at] for fold in folds]),
            held.errors[at] if held else {},
        )
        for at, (name, model) in enumerate(zip(names, models, strict=True))
    ]
    base = entrants[0].labels.kind.base
    return found, Marks(base, "", _means([fold.base for fold in folds]), held.base if held else {})


def _means(folds: Sequence[Mapping[str, tuple[float, ...]]]) -> dict[str, tuple[float, ...]]:
    """Return the mean error of each fold, by metrics that every fold has."""
    if not folds:
        return {}
    shared = [name for name in folds[0] if all(name in fold for fold in folds)]
    return {name: tuple(fsum(f[name]) / len(f[name]) for f in folds) for name in shared}


def cross_validated(
    entrants: Sequence[Entrant],
    train: Sequence[int],
    made: Folds | None,
    tell: Callable[[int, int], None],
) -> list[Tried] | str:
    """Return what came of each fold, or why that cannot be known.

    ``tell`` is told how many folds are done, of how many.
    """
    if made is None:
        rows = wording.count(len(train), "row")
        if len(train) > cross_validation.ENOUGH:
            return f"{rows} to learn from are many, and the hold-out says enough"
        return f"{rows} cannot be divided into folds"
    found = []
    for done, fold in enumerate(made.folds):
        tell(done, len(made.folds))
        learn, test = [train[i] for i in fold.train], [train[i] for i in fold.test]
        try:
            one = tried(entrants, learn, test, delivered=False)
        except DataError as error:
            return f"{error.summary or 'a model fails'} in some fold: {error}"
        if not one.tested:
            return "a fold has no row that every model could answer"
        found.append(one)
    return found
