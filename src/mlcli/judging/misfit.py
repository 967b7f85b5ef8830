"""Whether a model has missed something (underfit) or has learned by heart (overfit)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mlcli.statistics.arrays import Flags, Rows

    Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]
    Parts = list[tuple[Flags, Flags]]
    """Which of n rows to learn from, and which to test, fold by fold."""

STRUCTURE: Final = 0.10
"""R2 of a challenger above which structure is left in residuals.

Measured on the sample generator (EVALUATION, section 3; the idea is Ramsey's RESET, 1969):
the line is called at 20/30/50/200 rows in .905/.975/1/1 of 200 runs, the logarithm, which
is right, in .045/.020/.010/0 (tests/slow/test_simulations_diagnosing.py).
"""

FEWEST_ROWS: Final = 20
"""Rows below which nothing is said: at 15 the line is called in two thirds of runs only."""

MOST_ROWS: Final = 2_000
_MOST_CELLS: Final = 200_000  # a tree on a wide matrix of levels takes no longer than a narrow one
_TINIEST: Final = 1e-300  # below it doubles lose digits
_EXACT: Final = 1e-9  # of the label's spread: rounding of doubles, not an error

MANY_ROWS: Final = 50
RATIO: Final = 1.3
RATIO_OF_FEW: Final = 1.5
"""At 20 rows 1.3 suspects a parabola on the sample in 44 % of runs (EVALUATION), 1.5 in 10 %."""

Gap = Literal["unknown", "exact", "interpolates", "wide", "even"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What challengers found in residuals.

    Attributes
    ----------
    r2
        Cross-validated share of the residuals' variance that the better one explains, 1 at
        most, below 0 where there is nothing to find.
    challenger
        ``curve``: splines of the numbers. ``tree``: steps, and columns that act together.
    column
        Position of the matrix's column that carries most of it.
    rows
        How many rows were looked at.
    """

    r2: float
    challenger: Literal["curve", "tree"]
    column: int
    rows: int

    @property
    def structure(self) -> bool:
        """Say whether there is structure left, which a better model would use."""
        return self.r2 > STRUCTURE


def underfit(
    matrix: np.ndarray,
    residuals: np.ndarray,
    *,
    seed: int,
    label_spread: float = 0.0,
    days: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> Diagnosis | None:
    """Let two challengers predict a model's residuals from its features.

    A model that has found all there is leaves residuals that nothing predicts. The gap
    between training and cross-validation cannot show this: a line on a curve is equally
    wrong on both.

    What a day misses, the next day often misses too, and whatever moves slowly with the days
    then seems to explain it. So columns that do (`_SLOW`) are looked at with the others by
    blocks of seven days, with the six days on either side left out of what is learned from;
    those that do not, by rows at random. After Chu and Marron (1991), who leave out neighbours.
    Likewise columns that hardly differ within one of five groups or more: by whole groups.

    Parameters
    ----------
    matrix
        (n, k) features as numbers, levels as columns of 0 and 1, without gaps.
    residuals
        (n,) truth minus prediction of rows that the model had not learned from, in the
        label's unit.
    seed
        Draws the folds, and 2,000 rows where there are more (fewer of wide matrices).
    label_spread
        Standard deviation of the label; residuals under a billionth of it are rounding.
    days
        (n,) the day of each row, where rows are dated.
    groups
        (n,) the number of each row's group, where rows have one.

    Returns
    -------
    Diagnosis or None
        ``None`` below 20 rows, without columns, and where all residuals are the same.
    """
    looked = looked_at(*matrix.shape, seed=seed)
    features, left = matrix[looked], residuals[looked]
    if len(left) < FEWEST_ROWS or not features.shape[1]:
        return None
    size = float(np.abs(left).max())
    if not isfinite(size) or size <= max(_EXACT * label_spread, _TINIEST):
        return None
    left = left / size  # R2 has no unit, and squares of huge numbers would overflow
    if np.ptp(left) <= _EXACT:
        return None
    apart: list[tuple[Flags, Parts]] = []
    if days is not None:
        apart.append((_slow(features, days[looked]), _blocks(days[looked])))
    if groups is not None:
        own = np.unique(groups[looked], return_inverse=True)[1]
        many = own.max() + 1
        dealt = _at_random(many, seed) if many >= _SPLITS else []
        apart.append((_shared(features, own), [(train[own], test[own]) for train, test in dealt]))
    every = np.arange(features.shape[1])
    free = ~np.any([every < 0, *(columns for columns, _ in apart)], axis=0)
    found = _challenged(features, left, every[free], _at_random(len(left), seed), seed=seed)
    for columns, parts in apart:
        if columns.any():
            found += _challenged(features, left, every[columns | free], parts, seed=seed)
    if not found:
        return None
    best = max(found, key=lambda one: one.r2)
    return Diagnosis(best.r2, best.name, best.column, len(left))


def looked_at(rows: int, columns: int, *, seed: int) -> Rows:
    """Return the positions of all rows, or of as many as are looked at, drawn by the seed."""
    most = min(MOST_ROWS, max(_MOST_CELLS // max(columns, 1), 10 * FEWEST_ROWS))
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def nearest(matrix: np.ndarray, *, seed: int) -> Rows:
    """Return the nearest other row of each, by columns' deviations; of equals one is drawn."""
    scaled = np.hstack([_standardised(column) for column in np.nan_to_num(matrix).T])
    scaled += 1e-6 * np.random.default_rng(seed).normal(size=scaled.shape)
    apart = (scaled**2).sum(axis=1) - 2 * scaled @ scaled.T  # squares, but for a row's own
    np.fill_diagonal(apart, np.inf)
    found: Rows = apart.argmin(axis=1)
    return found


def ratio_of(train_error: float, cv_error: float, rows: int) -> float | None:
    """Return how many times larger the error is on rows that were not learned from.

    Cross-validated error / training error, both of one metric (MAE), in the label's unit.
    ``None`` below 20 rows, for a training error of 0, and where either is not finite.
    """
    if rows < FEWEST_ROWS or not (isfinite(train_error) and isfinite(cv_error)):
        return None
    ratio = cv_error / train_error if train_error > 0 else float("inf")
    return ratio if isfinite(ratio) else None


def is_wide(train_error: float, cv_error: float, rows: int) -> bool | None:
    """Say whether the ratio is above 1.3, or above 1.5 below 50 rows; ``None`` as `ratio_of`."""
    ratio = ratio_of(train_error, cv_error, rows)
    if ratio is None:
        return None
    return ratio > (RATIO if rows >= MANY_ROWS else RATIO_OF_FEW)


def interpolates(train_error: float, label_spread: float) -> bool:
    """Say whether a model goes through every row that it learned from.

    Its training error is under a billionth of the label's standard deviation, so the error
    says nothing, and neither does a ratio to it.
    """
    return train_error <= _EXACT * label_spread


def gap(train_error: float, cv_error: float, rows: int, *, label_spread: float) -> Gap:
    """Say what training and cross-validated error show together.

    ``unknown``: fewer than 20 rows, or no figure. ``exact``: no error on either side, a law
    without noise. ``interpolates``: none in training, some outside. ``wide``: the ratio is
    large, as it is of every forest, so that simpler settings are worth trying. ``even``: none
    of these.
    """
    if rows < FEWEST_ROWS or not (isfinite(train_error) and isfinite(cv_error)):
        return "unknown"
    if interpolates(train_error, label_spread):
        return "exact" if interpolates(cv_error, label_spread) else "interpolates"
    return "wide" if is_wide(train_error, cv_error, rows) else "even"


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
class NextStep:
    """What to try, the column that it is for, and its cross-validated R2 on the residuals.

    ``column`` is a position in the matrix, ``None`` for what takes all columns together.
    """

    attempt: Try
    column: int | None
    r2: float


def next_step(
    diagnosis: Diagnosis, matrix: np.ndarray, residuals: np.ndarray, *, seed: int
) -> NextStep | None:
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
    NextStep or None
        ``None`` where no structure is left.
    """
    if not diagnosis.structure:
        return None
    looked = looked_at(*matrix.shape, seed=seed)
    features, left = matrix[looked], residuals[looked]
    left = left / abs(left).max()
    parts = _at_random(len(left), seed)
    found = [
        NextStep(attempt, column, cross_validated(made, left, _least_squares, parts))
        for attempt, column, made in _candidates(features)
    ]
    best = max((step.r2 for step in found), default=0.0)
    if best >= _ENOUGH * diagnosis.r2:
        return next(step for step in found if step.r2 >= best - _AS_GOOD)
    if diagnosis.challenger == "curve":
        return NextStep("spline", diagnosis.column, diagnosis.r2)
    forest: Try = "gradient_boosting" if len(residuals) >= _MANY_ROWS else "random_forest"
    return NextStep(forest, None, diagnosis.r2)


def _candidates(matrix: np.ndarray) -> Iterator[tuple[Try, int | None, np.ndarray]]:
    """Yield attempts, the simplest first, each with the columns that it regresses on."""
    bent = [at for at, column in enumerate(matrix.T) if _bends(column)]
    if bent and matrix[:, bent].min() > 0:  # log_regression takes the logarithm of every number
        for at in bent:
            yield "log_regression", at, _beside(matrix[:, at], np.log)
    for at in bent:
        if matrix[:, at].min() >= 0:
            yield "square_root", at, _beside(matrix[:, at], np.sqrt)
    for at in bent:
        scaled = _standardised(matrix[:, at])[:, 0]
        yield "polynomial_regression", at, _beside(scaled, np.square)
    if 1 < matrix.shape[1] <= _MOST_MULTIPLIED:
        scaled = np.hstack([_standardised(column) for column in matrix.T])
        first, second = np.triu_indices(scaled.shape[1])
        products = scaled[:, first] * scaled[:, second]
        yield "polynomial_regression", None, np.hstack([scaled, products])


def _beside(column: np.ndarray, bend: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.hstack([_standardised(part) for part in (column, bend(column))])


def _least_squares(rows: np.ndarray, values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    mean = values.mean()
    weights = np.linalg.lstsq(rows, values - mean, rcond=1e-10)[0]
    return lambda asked: mean + asked @ weights


# The challengers: small models that try to predict residuals, scored by cross-validation.

_FEWEST_DIFFERENT: Final = 6
"""A column of fewer different values gets no curve: its levels are dummies or codes."""

_SPLITS: Final = 5
_MOST_CROSSED: Final = 6
_KNOTS: Final = 5
_FEWEST_KNOTS: Final = 3  # both ends and the middle; fewer where most rows share one value
# At 1 the bend of the line on the sample is missed in 3 of 10 runs of 20 rows.
_PENALTY: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Challenge:
    """A challenger's cross-validated R2 on residuals, and the column that carries most of it."""

    name: Literal["curve", "tree"]
    r2: float
    column: int


_SLOW: Final = 0.2

_BLOCK: Final = 7
_APART: Final = 6
"""Days of a block, and days left out on either side, of those that have rows."""


def _slow(matrix: np.ndarray, days: np.ndarray) -> Flags:
    """Say which columns move slowly with the days: (k,), by the means of days in their order.

    Those of which von Neumann's ratio, the mean squared step from a day to the next over the
    variance, is below .2: it is 2 for what is drawn anew each day, .3 for AR .85, and nearly
    0 for the number of the day, a year or a month.
    """
    known, place, counts = np.unique(days, return_inverse=True, return_counts=True)
    scaled = np.hstack([_standardised(column) for column in matrix.T])
    means = np.zeros((len(known), matrix.shape[1]))
    np.add.at(means, place, scaled)
    means /= counts[:, None]
    steps = np.square(np.diff(means, axis=0)).mean(axis=0) if len(known) > 1 else np.zeros(1)
    return np.asarray(steps < _SLOW * means.var(axis=0))


_SHARED: Final = 0.1


def _shared(matrix: np.ndarray, groups: np.ndarray) -> Flags:
    """Say which columns vary within groups by less than a tenth of their variance: (k,)."""
    scaled = np.hstack([_standardised(column) for column in matrix.T])
    means = np.zeros((groups.max() + 1, matrix.shape[1]))
    np.add.at(means, groups, scaled)
    means /= np.bincount(groups)[:, None]
    return np.asarray(((scaled - means[groups]) ** 2).mean(axis=0) < _SHARED * scaled.var(axis=0))


def _at_random(rows: int, seed: int) -> Parts:
    """Return five folds of rows, drawn by the seed."""
    fold = np.random.default_rng(seed).permutation(rows) % _SPLITS
    return [(fold != held, fold == held) for held in range(_SPLITS)]


def _blocks(days: np.ndarray) -> Parts:
    """Return five folds of blocks of days, without those that would learn from too few rows."""
    _, place = np.unique(days, return_inverse=True)
    day = np.arange(place.max() + 1)
    found = []
    for held in range(_SPLITS):
        tested = day // _BLOCK % _SPLITS == held
        near = np.convolve(tested, np.ones(2 * _APART + 1))[_APART : _APART + len(day)] > 0
        train, test = ~near[place], tested[place]
        if test.any() and train.sum() >= FEWEST_ROWS // 2:
            found.append((train, test))
    return found


def _challenged(
    matrix: np.ndarray, residuals: np.ndarray, columns: Rows, parts: Parts, *, seed: int
) -> list[_Challenge]:
    """Return what both challengers make of some columns; nothing where there is none, or no fold.

    Nor where what is tested does not differ.
    """
    tested = residuals[np.logical_or.reduce([test for _, test in parts])] if parts else residuals
    if not len(columns) or not parts or np.ptp(tested) <= _EXACT:
        return []
    some = matrix[:, columns]
    both = (_curve(some, residuals, parts), _tree(some, residuals, parts, seed=seed))
    return [replace(one, column=int(columns[one.column])) for one in both]


def cross_validated(
    matrix: np.ndarray, values: np.ndarray, fit: Fit, parts: Sequence[tuple[Flags, Flags]]
) -> float:
    """Return the R2 of predictions for rows that were not learned from.

    R2 = 1 - sum((v - prediction)^2) / sum((v - mean v)^2), over the rows that folds test.
    It is below 0 where there is nothing to find.

    Parameters
    ----------
    matrix, values
        (n, k) and (n,), without gaps; the values are not all the same.
    fit
        Learns from a part of both and returns what predicts.
    parts
        (n,) which rows to learn from, and which to test, of each fold; none is tested twice.
    """
    guesses = np.full(len(values), np.nan)
    for train, test in parts:
        guesses[test] = fit(matrix[train], values[train])(matrix[test])
    tested = ~np.isnan(guesses)
    true, said = values[tested], guesses[tested]
    return 1 - float(((true - said) ** 2).sum() / ((true - true.mean()) ** 2).sum())


def _curve(matrix: np.ndarray, residuals: np.ndarray, parts: Parts) -> _Challenge:
    """Challenge with cubic splines of the numbers, and a ridge over them and the rest.

    Up to six columns are multiplied with each other too: a tree cannot find a product of
    which neither side says anything alone. Knots are at quantiles of the column, which say
    nothing of the residuals, so they are placed once for all folds.
    """
    bases = [_basis(column) for column in matrix.T]
    owner = np.repeat(np.arange(len(bases)), [one.shape[1] for one in bases])
    if matrix.shape[1] <= _MOST_CROSSED:
        scaled = np.hstack([_standardised(column) for column in matrix.T])
        first, second = np.triu_indices(scaled.shape[1], 1)
        bases.append(scaled[:, first] * scaled[:, second])
        owner = np.append(owner, first)
    basis = np.hstack(bases)
    r2 = cross_validated(basis, residuals, _ridge, parts)
    shares = _weighed(basis, residuals, owner, matrix.shape[1])
    return _Challenge("curve", r2, int(shares.argmax()))


def _tree(matrix: np.ndarray, residuals: np.ndarray, parts: Parts, *, seed: int) -> _Challenge:
    """Challenge with a tree of depth 3, which sees steps and what columns do together."""
    from sklearn.tree import DecisionTreeRegressor

    def grown(rows: np.ndarray, values: np.ndarray) -> DecisionTreeRegressor:
        made = DecisionTreeRegressor(max_depth=3, min_samples_leaf=3, random_state=seed)
        return made.fit(rows, values)

    # scikit-learn's trees look at single precision; steps need no more than ranks.
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in matrix.T])
    r2 = cross_validated(ranks, residuals, lambda x, v: grown(x, v).predict, parts)
    return _Challenge("tree", r2, int(grown(ranks, residuals).feature_importances_.argmax()))


def _bends(column: np.ndarray) -> bool:
    """Say whether a column has values enough for a curve."""
    return len(np.unique(column)) >= _FEWEST_DIFFERENT


def _standardised(column: np.ndarray) -> np.ndarray:
    """Return (n, 1) with mean 0 and standard deviation 1; zeros for a constant."""
    size = np.abs(column).max(initial=0.0)
    scaled = column / size if size > 0 else column  # squares of huge numbers would overflow
    spread = scaled.std()
    # A constant like 0.1 may have a mean that is a rounding off.
    made = (scaled - scaled.mean()) / spread if spread > _ROUNDING else np.zeros_like(column)
    return np.asarray(made)[:, None]


_ROUNDING: Final = 1e-13


def _basis(column: np.ndarray) -> np.ndarray:
    """Return the splines of a number, or the column itself where it does not bend."""
    from sklearn.preprocessing import SplineTransformer

    scaled = _standardised(column)
    if not _bends(scaled):
        return scaled
    knots = np.unique(np.quantile(scaled, np.linspace(0, 1, _KNOTS)))
    if len(knots) < _FEWEST_KNOTS:
        knots = np.linspace(scaled.min(), scaled.max(), _KNOTS)
    splines = SplineTransformer(degree=3, knots=knots[:, None], extrapolation="linear")
    return np.hstack([scaled, splines.fit_transform(scaled)])


def _ridge(rows: np.ndarray, values: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.linear_model import Ridge

    fitted: Callable[[np.ndarray], np.ndarray] = Ridge(alpha=_PENALTY).fit(rows, values).predict
    return fitted


def _weighed(
    basis: np.ndarray, residuals: np.ndarray, owner: np.ndarray, columns: int
) -> np.ndarray:
    """Return the variance of what each column adds to the ridge's answer."""
    from sklearn.linear_model import Ridge

    weights = Ridge(alpha=_PENALTY).fit(basis, residuals).coef_
    return np.array([(basis[:, owner == at] @ weights[owner == at]).var() for at in range(columns)])
