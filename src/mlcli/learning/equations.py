"""An estimator fitted to a matrix, its closed form, and whether the two agree."""

from __future__ import annotations

import warnings
from collections import Counter
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
from mlcli.errors import DataError

if TYPE_CHECKING:
    from mlcli.answering.equation import Matrix
    from mlcli.answering.predicting import Estimator
    from mlcli.answering.target import Target
    from mlcli.learning.fitting import Learned
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Rows

# What estimators raise over rows or hyperparameters that do not go together.
_UNFIT = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)


def estimated(
    lesson: Lesson, target: Target, matrix: Matrix, rows: Rows, as_they_are: list[int]
) -> tuple[Estimator, list[str]]:
    """Fit the estimator of a definition; what scikit-learn warns of becomes notes.

    Parameters
    ----------
    matrix
        (n, columns) of the ``rows``, dense or sparse.
    as_they_are
        Columns that are not standardised: 0 and 1 for levels of words. A rare word would else
        be punished less than a common one, as its column would be stretched.

    Raises
    ------
    DataError
        It cannot learn from these rows.
    """
    definition, _, labels = lesson
    estimator = definition.model.build(definition.seed, target.kind)
    labels.prepare(estimator, target)
    strata = labels.strata(rows) or ["a number"] * len(rows)
    definition.model.suit(estimator, len(rows), min(Counter(strata).values()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            _fit(estimator, matrix, target.aims(labels.of(rows)), as_they_are)
        except _UNFIT as error:
            raise DataError(
                f"{definition.model.name} cannot learn from these rows: "
                f"{' '.join(str(error).split()) or type(error).__name__}"
            ) from error
    said = dict.fromkeys(" ".join(str(w.message).split()) for w in caught)
    return estimator, [f"scikit-learn: {message}" for message in said]


def _fit(estimator: Any, matrix: Matrix, labels: Any, as_they_are: list[int]) -> None:
    """Fit a pipeline step by step where its first one standardises, and anything else whole."""
    first = getattr(estimator, "steps", [("", None)])[0][1]
    if type(first).__name__ != "StandardScaler":
        estimator.fit(matrix, labels)
    elif isinstance(matrix, np.ndarray):
        _standardise(first, matrix, as_they_are)
        estimator[1:].fit(first.transform(matrix), labels)  # the rest shares its steps
    else:
        _fit_sparse(estimator, matrix, labels, as_they_are)


def _standardise(scaler: Any, matrix: Matrix, as_they_are: list[int]) -> None:
    """Learn means and spreads of columns: 0 and 1 for those that are left as they are."""
    scaler.fit(matrix)
    scaler.mean_[as_they_are] = 0.0
    scaler.var_[as_they_are] = scaler.scale_[as_they_are] = 1.0


def _fit_sparse(estimator: Any, matrix: Any, labels: Any, as_they_are: list[int]) -> None:
    """Fit what an algorithm with ``sparse`` built, on a sparse matrix, as on the same dense one.

    Only columns that are full are centred, for others would be no longer sparse; what their
    centring would have added goes into the intercept.
    """
    scaler, last = estimator[0], estimator[-1]
    _standardise(scaler.set_params(with_mean=False), matrix, as_they_are)
    scaler.set_params(with_mean=True)
    scaled = matrix.tocsc()
    stored = np.diff(scaled.indptr)
    centre = np.where(stored == scaled.shape[0], scaler.mean_, 0.0)
    scaled.data = (scaled.data - np.repeat(centre, stored)) / np.repeat(scaler.scale_, stored)
    given = last.get_params()
    if given["solver"] == "svd":  # ridge has no such way for sparse matrices
        last.set_params(solver="lsqr", tol=1e-14, max_iter=20_000)
    last.fit(scaled, labels).set_params(**given)
    last.intercept_ += last.coef_ @ ((scaler.mean_ - centre) / scaler.scale_)


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
