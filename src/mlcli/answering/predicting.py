"""From a fitted scikit-learn estimator to predictions: by its closed form, or by itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from mlcli.answering.label import NO_ANSWER
from mlcli.answering.target import Raw
from mlcli.errors import RefusedError

if TYPE_CHECKING:
    import numpy as np

    from mlcli.answering.equation import Equation
    from mlcli.answering.target import Target

Predict = Callable[[Sequence[list[float]]], list[Raw]]

# Rows are always predicted this many at a time, the last of them repeated to fill up: matrix
# products of other shapes add up in another order, which a kernel model turned into 5e-9.
_BLOCK = 256


class Estimator(Protocol):
    """The part of scikit-learn's protocol that mlcli uses."""

    def fit(self, matrix: np.ndarray, labels: np.ndarray, /) -> Estimator:
        """Learn from the rows of a matrix."""

    def predict(self, matrix: np.ndarray, /) -> np.ndarray:
        """Return what is predicted for each row of a matrix."""


def predictor(equation: Equation | None, estimator: Estimator, target: Target) -> Predict:
    """Return the function from rows of the matrix to raw predictions."""
    if equation is not None:
        return by_equation(equation, target)
    return lambda vectors: by_estimator(estimator, vectors, target)


def by_equation(equation: Equation, target: Target) -> Predict:
    """Return the function that works an equation out for rows of the matrix."""
    return lambda vectors: [target.of_equation(equation.numbers(vector)) for vector in vectors]


def by_estimator(estimator: Estimator, vectors: Sequence[list[float]], target: Target) -> list[Raw]:
    """Return scikit-learn's own predictions for rows of the matrix.

    Raises
    ------
    RefusedError
        A number is too large for the estimator.
    """
    if not vectors:
        return []
    found = _in_blocks(estimator.predict, vectors).ravel()
    probable = getattr(estimator, "predict_proba", None)
    shares = None if probable is None else _in_blocks(probable, vectors).tolist()
    return target.of_estimator(found.tolist(), shares)


def _in_blocks(
    predict: Callable[[np.ndarray], np.ndarray], vectors: Sequence[list[float]]
) -> np.ndarray:
    import numpy as np

    rows = np.array(vectors, dtype="float64")
    missing = -len(rows) % _BLOCK
    padded = np.vstack([rows, np.repeat(rows[-1:], missing, axis=0)])
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(record=True):  # looked at below
            warnings.simplefilter("always")
            blocks = [
                predict(padded[start : start + _BLOCK]) for start in range(0, len(padded), _BLOCK)
            ]
    except (ValueError, TypeError) as error:  # such as a number too large for a forest
        message = str(error).splitlines()[0].partition(" array(")[0]
        raise RefusedError(f"scikit-learn: {message}") from error
    found: np.ndarray = np.concatenate(blocks)[: len(rows)]
    if not np.isfinite(found).all():
        raise RefusedError(NO_ANSWER)
    return found
