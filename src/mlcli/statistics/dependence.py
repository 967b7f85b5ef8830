"""Means of rows that depend on each other: days in order, and groups."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, sqrt
from typing import TYPE_CHECKING, Any, Final

from mlcli.statistics.intervals import mean_and_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mlcli.statistics.arrays import Floats

_TERMS: Final = 0.4  # of T^(2/3): cosines of T days
_SLOWEST: Final = 0.6


@dataclass(frozen=True, slots=True)
class MeanKnown:
    """How well a mean is known.

    Attributes
    ----------
    mean, error
        The mean of all rows and its standard error, in the values' unit.
    freedom
        Degrees of freedom of Student's t.
    parts
        How many rows, days or groups it rests on.
    slow
        Whether days follow each other so closely that few of them tell little: r + (1 + 3 r) / T
        is above .6, with r the correlation of a day's sum with that of the day before.
    """

    mean: float
    error: float
    freedom: float
    parts: int
    slow: bool = False


def mean_of(
    values: Sequence[float] | Floats,
    *,
    days: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> MeanKnown | None:
    """Return the mean of rows, and its standard error as far as rows depend on each other.

    Rows alone: s / sqrt(n), n - 1 free. Groups: with u the sums by group of value - mean,
    sqrt(G / (G - 1) · sum(u²)) / n, G - 1 free, as for the ratio of two sums (Cochran 1977).
    Days: u are the sums by day, in order, and their long-run variance is the mean of nu squared
    cosine transforms, L_j = sqrt(2 / T) · sum(u_t cos(pi j (t - 1/2) / T)) for j = 1 to
    nu = floor(.4 T^(2/3)); the error is sqrt(T · mean(L²)) / n, nu free (Lazarus, Lewis,
    Stock and Watson 2018).

    Parameters
    ----------
    values
        (n,) figures of single rows.
    days
        (n,) the day of each row, as anything that can be sorted.
    groups
        (n,) what rows belong together, where they have no days.

    Returns
    -------
    MeanKnown | None
        ``None`` for fewer than two rows, days or groups, and where a value is not finite.
    """
    import numpy as np

    every = np.asarray(values, dtype=float)
    known = mean_and_spread(every)
    if known is None:
        return None
    mean, spread = known
    count = len(every)
    if days is None and groups is None:
        return MeanKnown(mean, spread / sqrt(count), count - 1, count)
    keys = days if days is not None else groups
    assert keys is not None
    _, place = np.unique(keys, return_inverse=True)
    scale = float(np.abs(every).max()) or 1.0
    sums: Floats = np.bincount(place, weights=(every - mean) / scale).astype(float)
    parts = len(sums)
    if parts < 2:  # noqa: PLR2004
        return None
    if days is None:
        error = sqrt(parts / (parts - 1) * float(np.square(sums).sum()))
        return MeanKnown(mean, scale * error / count, parts - 1, parts)
    terms = max(1, floor(_TERMS * parts ** (2 / 3) + 1e-9))  # .4 x 125^(2/3) is 10
    angles = np.pi * np.outer(np.arange(1, terms + 1), np.arange(parts) + 0.5) / parts
    squares = np.square(np.cos(angles) @ sums) * 2 / parts
    error = scale * sqrt(parts * float(squares.mean())) / count
    return MeanKnown(mean, error, terms, parts, _is_slow(sums))


def _is_slow(sums: Floats) -> bool:
    """Say whether days follow each other too closely for their mean to be known."""
    import numpy as np

    total = float(np.square(sums).sum())
    if total == 0:
        return False
    follows = float((sums[1:] * sums[:-1]).sum()) / total
    return follows + (1 + 3 * follows) / len(sums) > _SLOWEST
