"""Intervals of a mean and of a share."""

from __future__ import annotations

from dataclasses import dataclass
from math import frexp, inf, isfinite, ldexp, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.statistics.arrays import Floats

FEWEST: Final = 20
"""Held-out rows from which on figures have an interval: fewer hold too few of the large misses."""

TAIL_KNOWN: Final = 100
"""Rows below which an interval knows only misses like those: whether one in ten is much larger."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies, at a stated level; both ends are in the figure's unit."""

    low: float
    high: float


def of_mean(values: Sequence[float] | Floats, *, level: float = 0.95) -> Interval | None:
    """Return mean ± t(n - 1) · s / sqrt(n), in the values' unit.

    s is the standard deviation with n - 1 below. ``None`` for fewer than two values, and
    where a value or an end is no finite double. Constant values give an interval of no
    width: then the rows say nothing of how far off their mean may be. Student (1908).

    Parameters
    ----------
    values
        (n,) figures of single rows, such as absolute errors.
    level
        How often such intervals hold the mean of all rows, when n is large enough.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.
    """
    width = t_quantile(level, freedom=max(len(values) - 1, 1))
    known = mean_and_spread(values)
    if known is None:
        return None
    mean, spread = known
    half = width * spread / sqrt(len(values))
    found = Interval(mean - half, mean + half)
    return found if isfinite(found.low) and isfinite(found.high) else None


def of_share(right: int, rows: int, *, level: float = 0.95) -> Interval | None:
    """Return the interval of a share such as accuracy: (p + z²/2n ± h) / (1 + z²/n).

    p is right / n, z the normal quantile, h = z · sqrt(p (1 - p) / n + z² / 4n²). Both ends
    lie within 0 and 1, and the interval has a width where all rows are right. ``None`` for
    no rows. Wilson (1927).

    Parameters
    ----------
    right
        How many rows were answered rightly.
    rows
        How many were answered.
    level
        How often such intervals hold the share of all rows, about.

    Raises
    ------
    ValueError
        More rows are right than there are, fewer than none, or the level is not between
        0 and 1.
    """
    from scipy.special import ndtri

    if not 0 <= right <= rows:
        raise ValueError(f"{right} right of {rows}")
    z = float(ndtri(_upper(level)))
    return around_share(right / rows, rows, z) if rows else None


def around_share(share: float, rows: float, width: float) -> Interval:
    """Return the interval of a share that so many rows tell, by any quantile; see ``of_share``."""
    over = width * width / rows
    middle = share + over / 2
    half = width * sqrt(share * (1 - share) / rows + over / (4 * rows))
    # The ends of a share of 0 or 1 are exact; sums of doubles miss them by a bit.
    low = 0.0 if share == 0 else max(0.0, (middle - half) / (1 + over))
    high = 1.0 if share == 1 else min(1.0, (middle + half) / (1 + over))
    return Interval(low, high)


def mean_and_spread(values: Sequence[float] | Floats) -> tuple[float, float] | None:
    """Return the mean and the standard deviation, sqrt(sum((v - mean)²) / (n - 1)).

    Both are in the values' unit. The spread of equal values is exactly 0, and values are
    scaled by a power of two first, so that no square is too large or too small for a double.
    ``None`` for fewer than two values, and where one, or the spread, is not finite.
    """
    import numpy as np

    fewest, every = 2, np.asarray(values, dtype=float)
    if len(every) < fewest or not np.isfinite(every).all():
        return None
    low, high = float(every.min()), float(every.max())
    if low == high:  # their computed mean may be a bit off
        return low, 0.0
    _, exponent = frexp(max(abs(low), abs(high)))
    scaled = np.ldexp(every, -exponent)
    mean = float(scaled.mean())
    spread = sqrt(float(np.square(scaled - mean).sum()) / (len(scaled) - 1))
    delivered = _scaled_back(spread, exponent)
    return (_scaled_back(mean, exponent), delivered) if isfinite(delivered) else None


def t_quantile(level: float, *, freedom: float) -> float:
    """Return what Student's t stays within, either side of 0, in a share ``level`` of draws.

    ``freedom`` is the degrees of freedom, above 0. Without unit.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, _upper(level)))


def _upper(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, and {level} does not")
    return 0.5 + level / 2


def _scaled_back(value: float, exponent: int) -> float:
    try:
        return ldexp(value, exponent)
    except OverflowError:
        return inf
