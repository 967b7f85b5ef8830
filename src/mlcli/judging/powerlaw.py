"""The power law of a learning curve: error = a + b · n^-c."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST: Final = 5
"""Points: one more than are needed to find out that three unknowns do not fit."""

_EXPLAINED: Final = 0.95
"""The share of the errors' variance that the law must explain."""

_SUREST: Final = 1e6
"""The largest error by the smallest spread, as it counts: folds that agree are no proof."""

_STEP: Final = 1.06
_POWERS: Final = tuple(0.05 * _STEP**k for k in range(72))
"""Powers c that are tried first, 0.05 to 3.1: from hardly falling to faster than models do."""

Points = list[tuple[int, float, float]]
"""Rows learned from, the error after them, and how much it weighs."""


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

    For each c of a list, a and b are least squares, a at least 0; the best c stays, and those
    near it are tried too.
    It fits if b is above 0, there are five points or more, and the law explains 95 % of
    their weighted variance. Cortes et al. (1994); Viering & Loog (2023) on when it fails.
    """
    largest = max(errors, default=0.0)
    if len(sizes) < _FEWEST or largest <= 0:
        return None
    errors = [error / largest for error in errors]  # so that squares fit into doubles
    weights = [min(largest / s, _SUREST) ** 2 if s > 0 else _SUREST**2 for s in spreads]
    points = list(zip(sizes, errors, weights, strict=True))
    best = _best(_POWERS, points)
    if best is None:
        return None
    best = _best([best.c * _STEP ** (k / 20) for k in range(-20, 21)], points) or best
    middle = _mean(errors, weights)
    total = fsum(w * (e - middle) ** 2 for _, e, w in points)
    if _missed(best, points) > (1 - _EXPLAINED) * total:
        return None
    return PowerLaw(best.a * largest, best.b * largest, best.c)


def _best(powers: Sequence[float], points: Points) -> PowerLaw | None:
    """Return the falling law of these powers that misses the points by least."""
    laws = [law for law in (_straight(power, points) for power in powers) if law.b > 0]
    return min(laws, key=lambda law: _missed(law, points), default=None)


def _missed(law: PowerLaw, points: Points) -> float:
    return fsum(w * (e - law.at(n)) ** 2 for n, e, w in points)


def _straight(power: float, points: Points) -> PowerLaw:
    """Return the weighted least squares line through (n^-power, error), a at least 0."""
    placed = [(n**-power, e, w) for n, e, w in points]
    weights = [w for _, _, w in placed]
    at, level = _mean([p for p, _, _ in placed], weights), _mean([e for _, e, _ in placed], weights)
    across = fsum(w * (p - at) ** 2 for p, _, w in placed)
    b = fsum(w * (p - at) * (e - level) for p, e, w in placed) / across
    a = level - b * at
    if a >= 0:
        return PowerLaw(a, b, power)
    b = fsum(w * p * e for p, e, w in placed) / fsum(w * p * p for p, _, w in placed)
    return PowerLaw(0.0, b, power)  # an error is never below 0


def _mean(values: Sequence[float], weights: list[float]) -> float:
    return fsum(w * v for w, v in zip(weights, values, strict=True)) / fsum(weights)
