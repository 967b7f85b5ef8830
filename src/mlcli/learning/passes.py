"""What scikit-learn would have learned, from passes over rows that are never all together."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from math import log
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from mlcli.learning import sums
from mlcli.learning.equations import equation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.equation import Matrix, Step
    from mlcli.answering.predicting import Estimator
    from mlcli.statistics.arrays import Floats
    from mlcli.tables.lying import State

    Work = Callable[[Matrix, NDArray[Any]], State]

_LEAST_SQUARES: Final = ("LinearRegression", "Ridge")
_BY_CURVE: Final = ("LogisticRegression", "PoissonRegressor")
_BY_COUNTS: Final = ("ComplementNB", "MultinomialNB", "BernoulliNB")

MOST_PARAMETERS: Final = 2_000
"""Weights that are learned in passes, at the most: each takes its products with all others."""


class Passes(Protocol):
    """Rows to learn from, as an estimator gets them: n of them, block by block."""

    @property
    def rows(self) -> int:
        """Return how many there are."""
        ...

    def over(self, work: Work) -> State:
        """Return the merged states of all blocks: of their matrix (m, k) and aims (m,)."""
        ...


def adds_up(estimator: Estimator, columns: int, classes: int) -> bool:
    """Say whether an estimator learns from sums, and has few enough weights for it."""
    last = type(_steps(estimator)[-1]).__name__
    few = columns * (classes if last in _BY_CURVE else 1) <= MOST_PARAMETERS
    return last in (*_LEAST_SQUARES, *_BY_CURVE, *_BY_COUNTS) and few


def learned(
    sample: Estimator, passes: Passes, as_they_are: Sequence[int], classes: int
) -> Estimator:
    """Return an estimator as it would be had it been fitted to all rows.

    Parameters
    ----------
    sample
        The same estimator, fitted to some of the rows. Where it begins is no part of what is
        found, but it takes fewer passes from there.
    passes
        All rows.
    as_they_are
        Columns that are not standardised.
    classes
        How many classes there are; the aims are their positions, 0 to classes - 1.

    Raises
    ------
    DataError
        Its weights do not settle.
    """
    made = deepcopy(sample)
    *before, last = _steps(made)
    steps: list[Step] = []
    name, found = type(last).__name__, None
    near = float(last.intercept_) if name in _LEAST_SQUARES else 0.0
    for at, part in enumerate(before):
        if type(part).__name__ == "StandardScaler":
            found = _moments(passes, steps, np.append(part.mean_, near))
            _standardise(part, found, [] if at else as_they_are)
        steps += _step(part)
    if name in _BY_COUNTS:
        _counted(last, passes, classes)
        return made
    assert found is not None
    if name in _LEAST_SQUARES:
        _weighed(last, before[-1], found)
    else:
        _curved(last, passes, steps, classes)
    return made


def _steps(estimator: Any) -> list[Any]:
    return [part for _, part in getattr(estimator, "steps", [("", estimator)])]


def _step(part: Any) -> tuple[Step, ...]:
    """Return what a fitted step of a pipeline does, in NumPy alone."""
    from sklearn.pipeline import make_pipeline

    found = equation_of(make_pipeline(part), None)
    return found.steps if found else ()


def _through(steps: Sequence[Step], work: Work, matrix: Matrix, aims: NDArray[Any]) -> State:
    for step in steps:
        matrix = step.apply_many(matrix)
    return work(matrix, aims)


def _moments(passes: Passes, steps: Sequence[Step], shift: Floats) -> sums.Moments:
    """Return the moments of all columns after some steps, and of labels; ``shift`` is near them."""
    state = passes.over(partial(_through, steps, partial(_products, shift)))
    return sums.moments(state, passes.rows, shift)


def _products(shift: Floats, matrix: Matrix, aims: NDArray[Any]) -> State:
    return sums.of_products(matrix, aims.astype(np.float64), shift)


def _standardise(scaler: Any, found: sums.Moments, as_they_are: Sequence[int]) -> None:
    """Set means and spreads of columns: 0 and 1 for those that are left as they are."""
    left = [*as_they_are]
    scaler.mean_, scaler.var_ = found.means.copy(), found.variances.copy()
    scaler.scale_, scaler.n_samples_seen_ = sums.spreads(found), np.int64(found.rows)
    scaler.mean_[left] = 0.0
    scaler.var_[left] = scaler.scale_[left] = 1.0


def _weighed(last: Any, scaler: Any, found: sums.Moments) -> None:
    """Set the weights of least squares, or of ridge."""
    ridge = type(last).__name__ == "Ridge"
    weights = sums.least_squares(
        found,
        scaler.mean_,
        scaler.scale_,
        penalty=last.alpha if ridge else 0.0,
        tolerance=0.0 if ridge else last.tol,
    )
    last.coef_, last.intercept_ = weights.weights, weights.intercept
    if not ridge:
        last.rank_, last.singular_ = weights.rank, weights.singular


def _curved(last: Any, passes: Passes, steps: Sequence[Step], classes: int) -> None:
    """Set the weights of a logistic or a Poisson regression, by Newton's method."""
    odds = type(last).__name__ == "LogisticRegression"
    answers, width = (classes if odds and classes > _TWO else 1), last.n_features_in_ + 1
    work = sums.of_classes if odds else sums.of_poisson
    cost = 1 / last.C if odds else last.alpha * passes.rows

    def one_pass(parameters: Floats) -> State:
        return passes.over(partial(_through, steps, partial(work, parameters=parameters)))

    start = np.zeros((answers, width))
    near = np.column_stack([np.atleast_2d(last.coef_), np.atleast_1d(last.intercept_)])
    if near.shape == start.shape:  # a sample may lack a class
        start = near
    costs = np.tile(np.append(np.full(width - 1, cost), 0.0), answers)
    name = "logistic_regression" if odds else "poisson_regression"
    without = passes.rows * (log(classes) if odds else 1.0)
    found = sums.Newton(one_pass, costs, without).least(start.ravel(), name).reshape(answers, width)
    if odds:
        last.classes_ = np.arange(classes)
        last.coef_, last.intercept_ = found[:, :-1], found[:, -1]
    else:
        last.coef_, last.intercept_ = found[0, :-1], float(found[0, -1])


_TWO: Final = 2


def _counted(last: Any, passes: Passes, classes: int) -> None:
    """Set what naive Bayes makes of counts."""
    name = type(last).__name__
    there = name == "BernoulliNB"

    def work(matrix: Matrix, codes: NDArray[np.intp]) -> State:
        return sums.of_counts((matrix > 0).astype(float) if there else matrix, codes, classes)

    state = passes.over(work)
    rows, sizes = np.asarray(state["rows"], float), np.asarray(state["sums"], float)
    last.classes_, last.class_count_, last.feature_count_ = np.arange(classes), rows, sizes
    last.class_log_prior_ = np.log(rows) - np.log(rows.sum())
    smooth = sizes + last.alpha
    if name == "ComplementNB":
        last.feature_all_ = sizes.sum(axis=0)
        others = last.feature_all_ + last.alpha - sizes
        last.feature_log_prob_ = -np.log(others / others.sum(axis=1, keepdims=True))
    else:
        of = rows + 2 * last.alpha if there else smooth.sum(axis=1)
        last.feature_log_prob_ = np.log(smooth) - np.log(of)[:, None]
