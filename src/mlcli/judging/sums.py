"""Columns that add up to the label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlcli.judging.single import EXACT, FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

_UNIT: Final = 0.01  # how far a coefficient may be from 1 or -1
_SHARE: Final = 0.005  # of the label's spread, that a column of the sum adds at least
_MOST: Final = 30
_ROUNDING: Final = 1e-13  # of the largest number: the spread of a constant whose mean is rounded


@dataclass(frozen=True, slots=True)
class Sum:
    """Positions of columns with their signs, 1 or -1, and the R2 of the label by their sum."""

    parts: tuple[tuple[int, int], ...]
    r2: float


def members(matrix: np.ndarray, label: np.ndarray) -> Sum | None:
    """Return the columns whose sum or difference is the label, and the R2 of that.

    Least squares over all columns and a constant; where R2 > 0.9999, columns are left out
    one by one while it stays so, and what is left must be two or more columns with
    coefficients within 0.01 of 1 or -1. Where columns say the same thing there are several
    answers: they are left out from either end.

    Parameters
    ----------
    matrix
        (n, k) numbers; rows with a NaN are not looked at.
    label
        (n,) numbers.

    Returns
    -------
    Sum or None
        ``None`` too where fewer than 20 rows, or two for each column, are complete.
    """
    import numpy as np

    there = ~np.isnan(matrix).any(axis=1)
    x, y = matrix[there], label[there]
    if len(y) < max(FEWEST_ROWS, 2 * x.shape[1]):
        return None
    size = max(np.abs(x).max(), np.abs(y).max()) or 1.0  # squares of huge numbers would overflow
    x, y = x / size, y / size
    x, y = x - x.mean(axis=0), y - y.mean()
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING).tolist()
    if y.std() <= _ROUNDING or not usable:
        return None
    weights, r2 = _fitted(x, y, usable)
    if r2 <= EXACT:
        return None
    added = np.abs(weights) * x[:, usable].std(axis=0) / y.std()
    kept = [at for at, share in zip(usable, added, strict=True) if share >= _SHARE / 2]
    if not 1 < len(kept) <= _MOST or _fitted(x, y, kept)[1] <= EXACT:
        return None
    for order in (kept, kept[::-1]):
        left = _thinned(x, y, order)
        weights, r2 = _fitted(x, y, left)
        if len(left) > 1 and (np.abs(np.abs(weights) - 1) <= _UNIT).all():
            signs = {at: 1 if weight > 0 else -1 for at, weight in zip(left, weights, strict=True)}
            return Sum(tuple(sorted(signs.items())), r2)
    return None


def _thinned(x: np.ndarray, y: np.ndarray, order: Sequence[int]) -> list[int]:
    """Leave out the columns, in this order, without which the rest is as good."""
    left = list(order)
    for at in order:
        rest = [other for other in left if other != at]
        if rest and _fitted(x, y, rest)[1] > EXACT:
            left = rest
    return left


def _fitted(x: np.ndarray, y: np.ndarray, columns: Sequence[int]) -> tuple[np.ndarray, float]:
    """Return least-squares coefficients of centred columns, and R2."""
    import numpy as np

    sizes = x[:, columns].std(axis=0)
    weights = np.linalg.lstsq(x[:, columns] / sizes, y / y.std(), rcond=1e-10)[0]
    wrong = y / y.std() - x[:, columns] / sizes @ weights
    return weights * y.std() / sizes, 1 - float((wrong**2).mean())
