"""The power law of a learning curve: error = a + b · n^-c."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST: Final = 5
"""Points: one more than are needed to find out that three unknowns do not fit."""

_EXPLAINED: Final = 0.95
"""The share of the errors' variance that the law must explain."""

_SUREST: Final = 1e6
"""The largest error by the smallest spread, as it counts: folds that agree are no proof."""

_POWERS: Final = tuple(0.05 * 1.06**k for k in range(72))
"""Powers c that are tried, 0.05 to 3.1: from hardly falling to faster than any model."""


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """The error a + b · n^-c after n rows: a is what no number of rows takes off."""

    a: float
    b: float
    c: float

    def at(self, rows: float) -> float:
        """Return the error after so many rows."""
        return float(self.a + self.b * rows**-self.c)

    def rows_for(self, error: float) -> float | None:
        """Return after how many rows the error is so small; ``None`` if it never is."""
        if error <= self.a:
            return None
        try:
            return float((self.b / (error - self.a)) ** (1 / self.c))
        except OverflowError:
            return None


def fitted(
    sizes: Sequence[int], errors: Sequence[float], spreads: Sequence[float]
) -> PowerLaw | None:
    """Return the law through mean errors, weighted by 1 / spread²; ``None`` if none fits.

    For each c of a fixed list, a and b are least squares, a at least 0; the best c stays.
    It fits if b is above 0, there are five points or more, and the law explains 95 % of
    their weighted variance. Cortes et al. (1994); Viering & Loog (2023) on when it fails.
    """
    largest = max(errors, default=0.0)
    if len(sizes) < _FEWEST or largest <= 0:
        return None
    errors = [error / largest for error in errors]  # so that squares fit into doubles
    weights = [min(largest / s, _SUREST) ** 2 if s > 0 else _SUREST**2 for s in spreads]
    middle = _mean(errors, weights)
    total = fsum(w * (e - middle) ** 2 for w, e in zip(weights, errors, strict=True))
    best, least = None, inf
    for power in _POWERS:
        law = _straight([n**-power for n in sizes], errors, weights, power)
        missed = fsum(
            w * (e - law.at(n)) ** 2 for w, e, n in zip(weights, errors, sizes, strict=True)
        )
        if law.b > 0 and missed < least:
            best, least = law, missed
    if best is None or least > (1 - _EXPLAINED) * total:
        return None
    return PowerLaw(best.a * largest, best.b * largest, best.c)


def _straight(
    powers: list[float], errors: Sequence[float], weights: list[float], power: float
) -> PowerLaw:
    """Return the weighted least squares line through (n^-c, error), a at least 0."""
    at, level = _mean(powers, weights), _mean(errors, weights)
    points = list(zip(powers, errors, weights, strict=True))
    across = fsum(w * (p - at) ** 2 for p, _, w in points)
    b = fsum(w * (p - at) * (e - level) for p, e, w in points) / across
    a = level - b * at
    if a < 0:  # an error cannot be
        return PowerLaw(
            0.0,
            fsum(w * p * e for p, e, w in points) / fsum(w * p * p for p, _, w in points),
            power,
        )
    return PowerLaw(a, b, power)


def _mean(values: Sequence[float], weights: list[float]) -> float:
    return fsum(w * v for w, v in zip(weights, values, strict=True)) / fsum(weights)
