"""Which features matter: how much more a model misses once the values of one are shuffled.

Only rows that were not learned from say so: those held out, or else those that folds left out.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli.answering.predicting import by_estimator
from mlcli.errors import RefusedError
from mlcli.judging import cross_validation
from mlcli.judging.judge import related
from mlcli.learning import fitting, splits
from mlcli.statistics import dependence, intervals
from mlcli.store.evidence import Importance, Matters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.features import Input
    from mlcli.answering.target import Target
    from mlcli.learning.fitting import Fitted, Learned
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Flags, Floats, Rows

_TIMES: Final = 20
_FEWEST_TIMES: Final = 5
_MOST: Final = 200_000
_MOST_OF_SLOW: Final = 20_000
"""Rows that are answered for it, of models that answer in no time, and of others."""

_CELLS: Final = 5_000_000
"""Of a matrix that is made for it at a time."""

_ALIKE: Final = 0.8
_WIDEST: Final = 500
_MANY: Final = 10_000  # rows that are enough to see it
_SELDOM: Final = 5
"""Rows in which a word stands that says whether two features go together."""


class Shuffled(NamedTuple):
    """What shuffling the values of features does to some rows.

    ``metric`` is the last of those by which models are compared: MAE, or log loss where there are
    probabilities. ``effects`` is (n, features): their mean is by how much the error rises; their
    spread is that of each row's part in it, with its truth and with the value that it lends.
    """

    rows: Rows
    metric: str
    effects: Floats


def shuffled(
    learned: Learned, lesson: Lesson, rows: Rows, target: Target, *, of: int
) -> Shuffled | None:
    """Shuffle the values of each feature among rows that a model did not learn from.

    With e(i, j) the error of row i that is given the value of row j, row i has the effect
    mean_j(e(i, j) - e(i, i)) + mean_j(e(j, i) - e(j, j)) - T, where T, the mean of either, is
    the rise. Both are needed: a row with a rare value is off by more itself, and lends it.

    Parameters
    ----------
    rows
        Those that have an answer.
    target
        What is answered.
    of
        How many rows are looked at in all, these among them.

    Returns
    -------
    Shuffled | None
        ``None`` where that takes too long, or a shuffled row has no answer.
    """
    definition, examples, labels = lesson
    most, count = (_MOST if definition.model.quick else _MOST_OF_SLOW), len(learned.features)
    draw = splits.drawing(definition.seed)
    share = min(1.0, most / (_FEWEST_TIMES * count * of))
    if share < 1:
        rows = np.sort(np.array(draw.sample(rows.tolist(), int(share * len(rows))), dtype=np.intp))
    width = sum(feature.width for feature in learned.features)
    too_few = share * of < intervals.FEWEST < of or len(rows) <= 1
    if too_few or len(rows) * width > _CELLS:
        return None
    times = min(_TIMES, max(_FEWEST_TIMES, most // (count * of)))
    orders = [np.array(draw.sample(range(len(rows)), len(rows))) for _ in range(times)]
    matrix: Any = fitting.vectors(learned, examples, rows)
    matrix = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    try:
        metric, effects = _effects(learned, matrix, labels.of(rows), target, orders)
    except RefusedError:
        return None
    return Shuffled(rows, metric, effects) if np.isfinite(effects).all() else None


def _effects(
    learned: Learned, matrix: Floats, truths: Any, target: Target, orders: Sequence[Rows]
) -> tuple[str, Floats]:
    """Return which error rises, and the effects (n, features) of shuffling rows (n, columns)."""
    rows = len(matrix)
    at_once = max(1, _CELLS // matrix.size)

    def errors(changed: Floats) -> tuple[str, Floats]:
        values = by_estimator(learned.estimator, changed, learned.target, block=len(changed))
        values = target.adopt(values, learned.target)
        true = np.tile(truths, len(changed) // rows)
        known = target.errors(true, values, delivered=False)
        metric = next(name for name in reversed(target.compared) if name in known)
        return metric, known[metric].reshape(-1, rows)

    (metric, own), found, first = errors(matrix), [], 0
    for feature in learned.features:
        columns = slice(first, first := first + feature.width)
        rises = []
        for start in range(0, len(orders), at_once):
            some = orders[start : start + at_once]
            changed = np.tile(matrix, (len(some), 1))
            changed[:, columns] = matrix[np.concatenate(some), columns]
            rises.append(errors(changed)[1] - own)
        rise = np.concatenate(rises)
        lent = np.zeros(rows)
        for order, each in zip(orders, rise, strict=True):
            lent[order] += each / len(orders)
        found.append(rise.mean(axis=0) + lent - rise.mean())
    return metric, np.column_stack(found)


class LeftOut:
    """Gathers what shuffling does to the rows that folds leave out, the first time they do.

    Where ``enough`` rows are held out, those tell, and nothing is gathered.
    """

    def __init__(self, fitted: Fitted) -> None:
        self.fitted, self.enough = fitted, len(fitted.held) >= intervals.FEWEST
        self.parts: list[Shuffled | None] = []
        self._seen = fitted.rows[:0]

    def __call__(self, learned: Learned, rows: Rows) -> None:
        """Shuffle the rows that a fold answered, by what it learned."""
        if not self.enough and len(rows) and not np.isin(rows, self._seen).any():
            target, of = self.fitted.model.target, len(self.fitted.rows)
            self._seen = np.concatenate([self._seen, rows])
            self.parts.append(shuffled(learned, self.fitted.lesson, rows, target, of=of))


def importance(fitted: Fitted, left_out: LeftOut) -> Importance | None:
    """Return which features matter, on the rows held out, or on those left out by folds.

    Rows that one of K folds leaves out have taught those that judge the others: the variance
    of a mean over all of them is taken times K / (K - 1).
    """
    target, held = fitted.model.target, fitted.held
    found = left_out.parts
    if left_out.enough:
        found = [shuffled(fitted.learned, fitted.lesson, held, target, of=len(held))]
    parts = [one for one in found if one is not None]
    rows = np.concatenate([fitted.rows[:0], *(one.rows for one in parts)])
    if len(parts) < len(found) or len(rows) < cross_validation.FEW:
        return None
    effects, together = np.concatenate([one.effects for one in parts]), related(fitted.lesson, rows)
    shared = sqrt(len(parts) / (len(parts) - 1)) if len(parts) > 1 else 1.0
    each = []
    for feature, effect in zip(fitted.model.features, effects.T, strict=True):
        known = together.means(effect) if len(rows) >= intervals.FEWEST else [None]
        ends = dependence.widest([one and replace(one, error=shared * one.error) for one in known])
        interval = None if ends is None else (ends.low, ends.high)
        each.append(Matters(feature.name, float(effect.mean()), interval))
    return Importance(
        of="held_out" if left_out.enough else "left_out",
        rows=len(rows),
        metric=parts[0].metric,
        features=tuple(sorted(each, key=lambda one: -one.rise)),
        alike=tuple(_alike(fitted.learned)),
    )


def _alike(learned: Learned) -> list[tuple[str, str]]:
    """Return pairs of features of which some columns go together, correlated by .8 or more."""
    features: Sequence[Input] = learned.features
    width, matrix = sum(feature.width for feature in features), learned.matrix
    if len(features) == 1 or width > _WIDEST or not isinstance(matrix, np.ndarray):
        return []
    matrix = matrix[:: max(1, len(matrix) // _MANY)]
    owner = np.repeat(np.arange(len(features)), [feature.width for feature in features])
    varied: Flags = (matrix != np.median(matrix, axis=0)).sum(axis=0) >= _SELDOM
    owner, columns = owner[varied], matrix[:, varied] - matrix[:, varied].mean(axis=0)
    columns /= np.sqrt(np.square(columns).sum(axis=0))
    near = np.abs(columns.T @ columns) >= _ALIKE
    pairs = {(a, b) for a, b in zip(*(owner[at] for at in near.nonzero()), strict=True) if a < b}
    return [(features[a].name, features[b].name) for a, b in sorted(pairs)]
