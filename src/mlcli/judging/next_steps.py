"""What to try next when structure is left in residuals: the simplest change that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from mlcli.judging import challengers, diagnosing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

Try = Literal[
    "log_regression",
    "square_root",
    "polynomial_regression",
    "spline",
    "random_forest",
    "gradient_boosting",
]

_ENOUGH: Final = 0.75  # of what the challenger found; less, and the simple change is not the thing
_AS_GOOD: Final = 0.02  # of R2: the earlier candidate is the simpler one
_MOST_MULTIPLIED: Final = 8  # columns; 8 make 36 products
_MANY_ROWS: Final = 200  # gradient boosting is the mean below 40 (EVALUATION, section 1)


@dataclass(frozen=True, slots=True)
class Step:
    """What to try, the column that it is for, and its cross-validated R2 on the residuals.

    ``column`` is a position in the matrix, ``None`` for what takes all columns together.
    """

    attempt: Try
    column: int | None
    r2: float


def next_step(
    diagnosis: diagnosing.Diagnosis, matrix: np.ndarray, residuals: np.ndarray, *, seed: int
) -> Step | None:
    """Choose what a linear model should become, by what explains its residuals.

    Each number x is tried as (x, ln x), (x, sqrt x) and (x, x^2), and up to 8 numbers with
    all their squares and products, by least squares. The best R2 wins if it is at least
    three quarters of what the challenger found, the simpler one where two are within 0.02;
    else a spline or an ensemble of trees is named, after the challenger.

    Parameters
    ----------
    diagnosis
        What `underfit` said of the same matrix and residuals.
    matrix, residuals, seed
        As for `underfit`.

    Returns
    -------
    Step or None
        ``None`` where no structure is left.
    """
    if not diagnosis.structure:
        return None
    features, left = diagnosing.sampled(matrix, residuals, seed=seed)
    left = left / abs(left).max()
    found = [
        Step(attempt, column, challengers.cross_validated(made, left, _least_squares, seed=seed))
        for attempt, column, made in _candidates(features)
    ]
    best = max((step.r2 for step in found), default=0.0)
    if best >= _ENOUGH * diagnosis.r2:
        return next(step for step in found if step.r2 >= best - _AS_GOOD)
    if diagnosis.challenger == "curve":
        return Step("spline", diagnosis.column, diagnosis.r2)
    forest: Try = "gradient_boosting" if len(residuals) >= _MANY_ROWS else "random_forest"
    return Step(forest, None, diagnosis.r2)


def _candidates(matrix: np.ndarray) -> Iterator[tuple[Try, int | None, np.ndarray]]:
    """Yield attempts, the simplest first, each with the columns that it regresses on."""
    import numpy as np

    bent = [at for at, column in enumerate(matrix.T) if challengers.bends(column)]
    if bent and matrix[:, bent].min() > 0:  # log_regression takes the logarithm of every number
        for at in bent:
            yield "log_regression", at, _beside(matrix[:, at], np.log)
    for at in bent:
        if matrix[:, at].min() >= 0:
            yield "square_root", at, _beside(matrix[:, at], np.sqrt)
    for at in bent:
        scaled = challengers.standardised(matrix[:, at])[:, 0]
        yield "polynomial_regression", at, _beside(scaled, np.square)
    if 1 < matrix.shape[1] <= _MOST_MULTIPLIED:
        scaled = np.hstack([challengers.standardised(column) for column in matrix.T])
        first, second = np.triu_indices(scaled.shape[1])
        products = scaled[:, first] * scaled[:, second]
        yield "polynomial_regression", None, np.hstack([scaled, products])


def _beside(column: np.ndarray, bend: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    import numpy as np

    return np.hstack([challengers.standardised(part) for part in (column, bend(column))])


def _least_squares(rows: np.ndarray, values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    import numpy as np

    mean = values.mean()
    weights = np.linalg.lstsq(rows, values - mean, rcond=1e-10)[0]
    return lambda asked: mean + asked @ weights
