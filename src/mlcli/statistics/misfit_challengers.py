"""What is left in residuals: small models that try to predict them, scored by cross-validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Fit = Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]

FEWEST_DIFFERENT: Final = 6
"""A column of fewer different values gets no curve: its levels are dummies or codes."""

_SPLITS: Final = 5
_MOST_MULTIPLIED: Final = 6
_KNOTS: Final = 5
_FEWEST_KNOTS: Final = 3  # both ends and the middle; fewer where most rows share one value
_PENALTY: Final = (
    0.1  # at 1 the bend of the line on the sample is missed in 3 of 10 runs of 20 rows
)


@dataclass(frozen=True, slots=True)
class Found:
    """A challenger's cross-validated R2 on residuals, and the column that carries most of it."""

    name: Literal["curve", "tree"]
    r2: float
    column: int


def cross_validated(matrix: np.ndarray, values: np.ndarray, fit: Fit, *, seed: int) -> float:
    """Return the R2 of predictions for rows that were not learned from.

    R2 = 1 - sum((v - prediction)^2) / sum((v - mean v)^2), over the rows of five folds
    drawn by the seed. It is below 0 where there is nothing to find.

    Parameters
    ----------
    matrix, values
        (n, k) and (n,), without gaps; the values are not all the same.
    fit
        Learns from a part of both and returns what predicts.
    """
    import numpy as np

    fold = np.random.default_rng(seed).permutation(len(values)) % _SPLITS
    guesses = np.empty(len(values))
    for held in range(_SPLITS):
        out = fold == held
        guesses[out] = fit(matrix[~out], values[~out])(matrix[out])
    return 1 - float(((values - guesses) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def curve(matrix: np.ndarray, residuals: np.ndarray, *, seed: int) -> Found:
    """Challenge with cubic splines of the numbers, and a ridge over them and the rest.

    Up to six columns are multiplied with each other too: a tree cannot find a product of
    which neither side says anything alone. Knots are at quantiles of the column, which say
    nothing of the residuals, so they are placed once for all folds.
    """
    import numpy as np

    parts = [_basis(column) for column in matrix.T]
    owner = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    if matrix.shape[1] <= _MOST_MULTIPLIED:
        scaled = np.hstack([standardised(column) for column in matrix.T])
        first, second = np.triu_indices(scaled.shape[1], 1)
        parts.append(scaled[:, first] * scaled[:, second])
        owner = np.append(owner, first)
    basis = np.hstack(parts)
    r2 = cross_validated(basis, residuals, _ridge, seed=seed)
    shares = _weighed(basis, residuals, owner, matrix.shape[1])
    return Found("curve", r2, int(shares.argmax()))


def tree(matrix: np.ndarray, residuals: np.ndarray, *, seed: int) -> Found:
    """Challenge with a tree of depth 3, which sees steps and what columns do together."""
    import numpy as np
    from sklearn.tree import DecisionTreeRegressor

    def grown(rows: np.ndarray, values: np.ndarray) -> DecisionTreeRegressor:
        made = DecisionTreeRegressor(max_depth=3, min_samples_leaf=3, random_state=seed)
        return made.fit(rows, values)

    # scikit-learn's trees look at single precision; steps need no more than ranks.
    ranks = np.column_stack([np.unique(column, return_inverse=True)[1] for column in matrix.T])
    r2 = cross_validated(ranks, residuals, lambda x, v: grown(x, v).predict, seed=seed)
    return Found("tree", r2, int(grown(ranks, residuals).feature_importances_.argmax()))


def bends(column: np.ndarray) -> bool:
    """Say whether a column has values enough for a curve."""
    import numpy as np

    return len(np.unique(column)) >= FEWEST_DIFFERENT


def standardised(column: np.ndarray) -> np.ndarray:
    """Return (n, 1) with mean 0 and standard deviation 1; zeros for a constant."""
    import numpy as np

    size = np.abs(column).max(initial=0.0)
    scaled = column / size if size > 0 else column  # squares of huge numbers would overflow
    spread = scaled.std()
    # A constant like 0.1 may have a mean that is a rounding off.
    made = (scaled - scaled.mean()) / spread if spread > _ROUNDING else np.zeros_like(column)
    return np.asarray(made)[:, None]


_ROUNDING: Final = 1e-13


def _basis(column: np.ndarray) -> np.ndarray:
    """Return the splines of a number, or the column itself where it does not bend."""
    import numpy as np
    from sklearn.preprocessing import SplineTransformer

    scaled = standardised(column)
    if not bends(scaled):
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
    import numpy as np
    from sklearn.linear_model import Ridge

    weights = Ridge(alpha=_PENALTY).fit(basis, residuals).coef_
    return np.array([(basis[:, owner == at] @ weights[owner == at]).var() for at in range(columns)])
