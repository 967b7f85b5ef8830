"""How far an answer may be off: split and leave-one-out conformal ranges.

A residual is a truth minus the prediction of a model that did not learn from that row.
Where they come from, a hold-out, folds or leaving one out, is the caller's business. A range
holds its share on average over rows and models, if the new row is drawn as the old ones were;
it promises nothing for one kind of row (Vovk, Gammerman, Shafer 2005; Lei et al. 2018).
"""

from __future__ import annotations

from bisect import bisect_left
from math import ceil, isfinite, isnan
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from mlcli.statistics.arrays import Floats

_NOISE: Final = 9
"""Decimals kept of a product, so that 10 × 0.9 is 9 whatever doubles make of it."""

_ALONE: Final = 1e-9
"""A row with less of its leverage left decides its own prediction."""


def rank(rows: int, share: float) -> int | None:
    """Return k = ceil((rows + 1) × share): the k-th smallest of so many residuals is the bound.

    The new row is as likely to be in any of the rows + 1 places between the old ones, so it
    is at most the k-th with a chance of at least ``share``. ``None`` where k > rows: so few
    rows hold no such bound.

    Raises
    ------
    ValueError
        ``share`` is not between 0 and 1, both left out.
    """
    if not 0 < share < 1:
        raise ValueError(share)
    k = max(1, ceil(round((rows + 1) * share, _NOISE)))
    return k if k <= rows else None


def fewest(share: float) -> int:
    """Return how many rows a bound for ``share`` needs: 4 for 0.8, 9 for 0.9, 19 for 0.95.

    Raises
    ------
    ValueError
        ``share`` is not between 0 and 1, both left out.
    """
    enough = 1
    while rank(enough, share) is None:
        enough *= 2
    return bisect_left(range(enough), 1, key=lambda rows: rank(rows, share) is not None)


def two_sided(residuals: Sequence[float], level: float) -> float | None:
    """Return the half width w of prediction ± w that holds a share ``level`` of new rows.

    w is the k-th smallest |residual|, k = ceil((n + 1) × level), in the label's unit: split
    conformal (Lei et al. 2018). ``None`` below ``fewest(level)`` rows, and where the bound is
    not finite.
    """
    return _smallest([abs(each) for each in residuals], level)


def one_sided(residuals: Sequence[float], share: float) -> float | None:
    """Return the margin m so that a share ``share`` of new rows is at most prediction + m.

    m is the k-th smallest residual, k = ceil((n + 1) × share), in the label's unit; below 0
    where predictions are mostly too high. ``None`` below ``fewest(share)`` rows, and where
    the bound is not finite.
    """
    return _smallest(residuals, share)


def leave_one_out_linear(matrix: ArrayLike, truths: ArrayLike) -> Floats | None:
    """Return the residual of each row under least squares with intercept on all other rows.

    residual_i = e_i / (1 - h_i), with e_i the plain residual and h_i the leverage, the i-th
    of the diagonal of the projection on the columns and the intercept: no refits (Allen
    1974; Cook and Weisberg 1982). Columns that depend on each other are allowed.

    Parameters
    ----------
    matrix
        Inputs without the intercept, of shape (n, columns); no column is allowed.
    truths
        Labels, of shape (n,).

    Returns
    -------
    array or None
        n residuals, in the label's unit. ``None`` where some h_i is 1, because the other
        rows do not say what to predict there: 0 or 1 rows, as many columns as rows, a
        level that one row has. ``None`` where doubles cannot hold the figures.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
    import numpy as np

    columns, labels = np.asarray(matrix, dtype=float), np.asarray(truths, dtype=float)
    rows, _ = columns.shape
    if labels.shape != (rows,):
        raise ValueError((columns.shape, labels.shape))
    if not rows or not (np.isfinite(columns).all() and np.isfinite(labels).all()):
        return None
    basis, some = _spanned(columns), _pieces(rows)
    left = 1 - 1 / rows - np.concatenate([np.square(basis(of)).sum(axis=1) for of in some])
    if left.min() < _ALONE:
        return None
    size = float(np.abs(labels).max()) or 1.0
    goal = labels / size  # in size 1, nothing overflows on the way
    goal = goal - goal.mean()
    weights = sum(basis(of).T @ goal[of] for of in some)
    fitted = np.concatenate([basis(of) @ weights for of in some])
    with np.errstate(over="ignore"):
        residuals = (goal - fitted) / left * size
    return residuals if np.isfinite(residuals).all() else None


_PIECE: Final = 4_096
"""Rows that are worked on at a time: they stay in the processor's cache."""


def _pieces(rows: int) -> list[slice]:
    return [slice(at, at + _PIECE) for at in range(0, rows, _PIECE)]


def _spanned(columns: Floats) -> Callable[[slice], Floats]:
    """Return what makes of some rows those of orthonormal columns with the same span.

    The intercept is taken out. No other matrix of all rows is made: the triangle of a QR
    decomposition is found piece by piece (Demmel, Grigori, Hoemmen, Langou 2012), and what
    it leaves of a slant is taken away in a second turn (Yamamoto and others 2015). All
    columns are brought to one size, or a large one would hide a small one.
    """
    import numpy as np

    rows, some = len(columns), _pieces(len(columns))
    noise = max(columns.shape) * np.finfo(float).eps
    sizes = _sizes(columns)
    means = sum((columns[of] / sizes).sum(axis=0) for of in some) / rows

    def centred(of: slice) -> Floats:
        return np.asarray(columns[of] / sizes - means)

    spread = np.max([np.abs(centred(of)).max(axis=0) for of in some], axis=0)
    varies = spread > noise  # a constant is the intercept again
    triangle = np.zeros((0, int(varies.sum())))
    for of in some:
        grown = np.vstack([triangle, centred(of)[:, varies]])
        triangle = np.asarray(np.linalg.qr(grown, mode="r"))
    _, values, turned = np.linalg.svd(triangle, full_matrices=False)
    kept = values > noise * values.max(initial=0)
    first = turned[kept].T / values[kept]

    def nearly(of: slice) -> Floats:
        return np.asarray(centred(of)[:, varies] @ first)

    second = np.linalg.inv(np.linalg.cholesky(sum(nearly(of).T @ nearly(of) for of in some))).T
    return lambda of: nearly(of) @ second


def _sizes(columns: Floats) -> Floats:
    """Return the largest size of each column, and 1 for zeros."""
    import numpy as np

    sizes = np.maximum(columns.max(axis=0), -columns.min(axis=0))
    return np.where(sizes > 0, sizes, 1.0)


def _smallest(values: Sequence[float], share: float) -> float | None:
    """Return the k-th smallest value, or ``None`` where there is none or it is not finite."""
    k = rank(len(values), share)
    if k is None or any(map(isnan, values)):
        return None
    bound = float(sorted(values)[k - 1])
    return bound if isfinite(bound) else None
