"""From a fitted scikit-learn estimator to predictions: by its closed form, or by itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mlcli.answering.equation import (
    Binarise,
    Equation,
    Exp,
    Expand,
    Log,
    Scores,
    Sigmoid,
    Softmax,
    Standardise,
    Step,
    Weigh,
)
from mlcli.answering.label import Chosen, Raw
from mlcli.errors import RefusedError

if TYPE_CHECKING:
    import numpy as np

    from mlcli.answering.label import Task
    from mlcli.definition.algorithms import Estimator

Predict = Callable[[Sequence[list[float]]], list[Raw]]

# How far an equation may differ from scikit-learn, relative to the largest prediction.
_AGREEMENT = 1e-9

# Rows are always predicted this many at a time, the last of them repeated to fill up: matrix
# products of other shapes add up in another order, which a kernel model turned into 5e-9.
_BLOCK = 256


def predictor(equation: Equation | None, estimator: Estimator, task: Task) -> Predict:
    """Return the function from rows of the matrix to raw predictions."""
    if equation is not None:
        return by_equation(equation, task)
    return lambda vectors: by_estimator(estimator, vectors, task)


def by_equation(equation: Equation, task: Task) -> Predict:
    """Return the function that works an equation out for rows of the matrix."""
    if task == "number":
        return lambda vectors: [equation.value(vector) for vector in vectors]

    def choose(vectors: Sequence[list[float]]) -> list[Raw]:
        found = [tuple(equation.numbers(vector)) for vector in vectors]
        return [Chosen(_highest(one), one) for one in found]

    return choose


def _highest(shares: Sequence[float]) -> int:
    """Return the position of the highest; those that agree to 10 decimals are ties."""
    rounded = [round(share, 10) for share in shares]
    return rounded.index(max(rounded))


def by_estimator(estimator: Estimator, vectors: Sequence[list[float]], task: Task) -> list[Raw]:
    """Return scikit-learn's own predictions for rows of the matrix.

    Raises
    ------
    RefusedError
        A number is too large for the estimator.
    """
    if not vectors:
        return []
    found = _in_blocks(estimator.predict, vectors).ravel()
    if task == "number":
        return [float(v) for v in found]
    learned: Any = estimator
    if not set(found.tolist()) <= set(learned.classes_.tolist()):  # such as for an outlier
        raise RefusedError("the model has no answer so far from what it learned from")
    probable = getattr(estimator, "predict_proba", None)
    if probable is None:
        return [Chosen(int(v)) for v in found]
    shares = _in_blocks(probable, vectors)
    return [Chosen(int(v), tuple(map(float, row))) for v, row in zip(found, shares, strict=True)]


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
        raise RefusedError("the model has no answer so far from what it learned from")
    return found


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
            case "LogisticRegression":
                steps += _by_odds(part)
            case "ComplementNB" | "MultinomialNB" | "BernoulliNB":
                steps += _by_bayes(part)
            case "PoissonRegressor":
                steps += [Weigh(_floats(part.coef_), float(part.intercept_)), Exp()]
            case _:
                return None
    return Equation(tuple(steps))


def _by_odds(part: Any) -> list[Step]:
    """Return the steps of a logistic regression: of two classes, the odds of the second."""
    if len(part.coef_) == 1:
        return [Weigh(_floats(part.coef_[0]), float(part.intercept_[0])), Sigmoid()]
    return [Scores(tuple(map(_floats, part.coef_)), _floats(part.intercept_)), Softmax()]


def _by_bayes(part: Any) -> list[Step]:
    """Return the steps of naive Bayes: sums of logarithms, then their shares."""
    import numpy as np

    weights, prior = part.feature_log_prob_, part.class_log_prior_
    match type(part).__name__:
        case "MultinomialNB":
            return [Scores(tuple(map(_floats, weights)), _floats(prior)), Softmax()]
        case "ComplementNB":  # which looks at the prior of a single class only
            return [Scores(tuple(map(_floats, weights)), _floats(0 * prior)), Softmax()]
        case _:
            absent = np.log1p(-np.exp(weights))
            intercepts = prior + absent.sum(axis=1)
            scores = Scores(tuple(map(_floats, weights - absent)), _floats(intercepts))
            return [Binarise(), scores, Softmax()]


def _floats(array: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in array)


def agrees(
    equation: Equation,
    log: Log | None,
    estimator: Estimator,
    vectors: list[list[float]],
    task: Task,
) -> bool:
    """Say whether the equation and scikit-learn agree on every training row.

    They do not where weights are so large that rounding alone decides.
    """
    ours = by_equation(equation, task)(vectors)
    theirs = by_estimator(estimator, [log.apply(v) for v in vectors] if log else vectors, task)
    if task == "number":
        size = max(map(abs, theirs), default=0.0) or 1.0  # type: ignore[arg-type]
        apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))  # type: ignore[operator]
        return bool(apart <= _AGREEMENT * size)
    return all(_alike(a, b) for a, b in zip(ours, theirs, strict=True))


def _alike(ours: Raw, theirs: Raw) -> bool:
    """Say whether the probabilities are the same."""
    assert isinstance(ours, Chosen)
    assert isinstance(theirs, Chosen)
    assert ours.probabilities is not None
    assert theirs.probabilities is not None
    pairs = zip(ours.probabilities, theirs.probabilities, strict=True)
    return all(abs(a - b) <= _AGREEMENT for a, b in pairs)
