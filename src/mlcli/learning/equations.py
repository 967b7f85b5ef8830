"""The closed form of a fitted estimator, and whether the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
from mlcli.answering.predicting import by_estimator

if TYPE_CHECKING:
    from mlcli.answering.target import Target
    from mlcli.learning.fitting import Learned

# How far an equation may differ from scikit-learn: in a probability, or relative to the
# largest prediction.
_AGREEMENT = 1e-9


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


def agrees(equation: Equation, learned: Learned, target: Target) -> bool:
    """Say whether the equation and scikit-learn agree on every training row.

    They do not where weights are so large that rounding alone decides.
    """
    ours = target.of_equations(equation.numbers_of(learned.asked))
    rows = learned.matrix.shape[0]
    theirs = by_estimator(learned.estimator, learned.matrix, target, block=rows)
    return target.agree(ours, theirs, within=_AGREEMENT)
