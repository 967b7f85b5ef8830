"""From a fitted scikit-learn estimator to predictions: by its closed form, or by itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from mlcli.equation import Equation, Exp, Expand, Log, Standardise, Step, Weigh
from mlcli.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.algorithms import Estimator

# How far an equation may differ from scikit-learn, relative to the largest prediction.
_AGREEMENT = 1e-9

# Rows are always predicted this many at a time, the last of them repeated to fill up: matrix
# products of other shapes add up in another order, which a kernel model turned into 5e-9.
_BLOCK = 256


def predictor(equation: Equation | None, estimator: Estimator) -> Any:
    """Return the function from rows of the matrix to raw predictions."""
    if equation is not None:
        return lambda vectors: [equation.value(vector) for vector in vectors]
    return lambda vectors: by_estimator(estimator, vectors)


def by_estimator(estimator: Estimator, vectors: Sequence[list[float]]) -> list[float]:
    """Return scikit-learn's own predictions for rows of the matrix.

    Raises
    ------
    RefusedError
        A number is too large for the estimator.
    """
    import numpy as np

    if not vectors:
        return []
    rows = np.array(vectors, dtype="float64")
    missing = -len(rows) % _BLOCK
    padded = np.vstack([rows, np.repeat(rows[-1:], missing, axis=0)])
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(record=True):  # looked at below
            warnings.simplefilter("always")
            blocks = [
                estimator.predict(padded[start : start + _BLOCK]).ravel()
                for start in range(0, len(padded), _BLOCK)
            ]
    except (ValueError, TypeError) as error:  # such as a number too large for a forest
        raise RefusedError(f"scikit-learn: {str(error).splitlines()[0]}") from error
    found = np.concatenate(blocks)[: len(rows)]
    if not np.isfinite(found).all():
        raise RefusedError("the model has no answer so far from what it learned from")
    return [float(v) for v in found]


def equation_of(estimator: Any, log: Log | None) -> Equation | None:
    """Return the closed form of a fitted estimator, if its steps all have one."""
    from sklearn.pipeline import Pipeline

    if not isinstance(estimator, Pipeline):
        return None
    steps: list[Step] = [log] if log else []
    for _, part in estimator.steps:
        match type(part).__name__:
            case "StandardScaler":
                steps.append(Standardise(_floats(part.mean_), _floats(part.scale_)))
            case "PolynomialFeatures":
                steps.append(Expand(tuple(tuple(map(int, row)) for row in part.powers_)))
            case "LinearRegression" | "Ridge":
                steps.append(Weigh(_floats(part.coef_), float(part.intercept_)))
            case "PoissonRegressor":
                steps += [Weigh(_floats(part.coef_), float(part.intercept_)), Exp()]
            case _:
                return None
    return Equation(tuple(steps))


def _floats(array: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in array)


def agrees(
    equation: Equation, log: Log | None, estimator: Estimator, vectors: list[list[float]]
) -> bool:
    """Say whether the equation and scikit-learn agree on every training row.

    They do not where weights are so large that rounding alone decides.
    """
    ours = [equation.value(vector) for vector in vectors]
    theirs = by_estimator(estimator, [log.apply(v) for v in vectors] if log else vectors)
    size = max(map(abs, theirs), default=0.0) or 1.0
    apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    return apart <= _AGREEMENT * size
