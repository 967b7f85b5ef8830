"""Learning curves: whether more rows would help, and roughly how many."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, fsum, inf, isfinite, log, log2
from typing import TYPE_CHECKING, Final

from mlcli.statistics.comparing import corrected, rounded_up
from mlcli.statistics.intervals import Interval, mean_and_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST: Final = 5
"""Rows to learn from, at the least: fewer hold hardly more than a line."""

WORTH: Final = 0.1
"""The share of the error that another doubling of the rows must take off to be worth it."""

LEVEL: Final = 0.7
"""Of the interval of the share that the last doubling took off. The correction for shared rows
is so careful that at 0.95 a polynomial of degree 5 on 20 rows would be called falling in 8 of
100 tables, at 0.8 in 58 and at 0.7 in 86."""

_BENT: Final = 6
"""The power of r in `reading`: curves of neighbours that begin to bend are soon flat."""

_STEEP: Final = 0.25
_MOST: Final = 0.7
_BY_LAW: Final = 0.4
"""Of one doubling, what the next one takes off by 1 / n, from 4/5 of the rows to all."""

OFF: Final = 0.1
"""The share of the error that ``CurveReading.more`` rows would take off."""

_FURTHEST: Final = 9
"""More rows are named up to so many times those there are: no law is known to hold beyond."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Errors by rows learned from: mean and standard deviation over folds, in their unit.

    ``drop`` is the share of the error that the last doubling took off, ``likely`` its 70 %
    interval; both are ``None`` where that cannot be known.
    """

    sizes: tuple[int, ...]
    errors: tuple[float, ...]
    spreads: tuple[float, ...]
    drop: float | None
    likely: Interval | None


@dataclass(frozen=True, slots=True)
class CurveReading:
    """What a curve says; where it is neither falling nor enough, it does not say."""

    falling: bool
    enough: bool
    more: int | None


def sizes(rows: int, *, count: int = 6) -> tuple[int, ...]:
    """Return how many rows to learn from at each point: rows / 2^(k/m), k = 0, 1, ..., rising.

    The largest is ``rows``, all of a fold's; half of them is one of the others; the smallest
    is 5 or more, and m the least that allows that. Under 10 rows have no half of 5: then
    ``rows`` stands alone, and there is no curve to read.

    Raises
    ------
    ValueError
        Fewer than two points are asked for, or there is no row.
    """
    if rows < 1 or count <= 1:  # one point is no curve
        raise ValueError(f"{count} sizes of {rows} rows")
    if rows < 2 * SMALLEST:
        return (rows,)
    part = ceil((count - 1) / log2(rows / SMALLEST))
    return tuple(sorted({round(rows / 2 ** (k / part)) for k in range(count)}))


def curve(
    sizes: Sequence[int], errors: Sequence[Sequence[float]], *, train_rows: float, test_rows: float
) -> Curve | None:
    """Return the curve of errors that were measured on the same test rows at each size.

    The drop is 1 - exp(-mean of ln(error at half / error at all)) over the folds: logarithms
    keep one fold with a huge error from deciding. Where a fold has no error at all, it is
    mean(error at half - error at all) / mean(error at half). Its interval is Nadeau &
    Bengio's. ``None`` for fewer than two folds, and where an error is not finite.

    Parameters
    ----------
    sizes
        (s,) rows learned from, rising; the last is all.
    errors
        (J, s) error of each fold at each size, 0 or more; the folds' own rows, so that a
        smaller size is a part of the larger one.
    train_rows, test_rows
        Of a fold, on average.

    Raises
    ------
    ValueError
        A fold has not one error for each size.
    """
    known = [mean_and_spread(column) for column in zip(*errors, strict=True)]
    if any(len(fold) != len(sizes) for fold in errors):
        raise ValueError(f"{len(sizes)} sizes, and not so many errors")
    points = [point for point in known if point is not None]
    if not points or len(points) < len(known):
        return None
    half = round(sizes[-1] / 2)
    drop, likely = None, None
    if half in sizes[:-1]:
        pairs = [(fold[list(sizes).index(half)], fold[-1]) for fold in errors]
        size, _ = points[list(sizes).index(half)]
        drop, likely = _drop(pairs, size, train_rows, test_rows)
    means, spreads = zip(*points, strict=True)
    return Curve(tuple(sizes), means, spreads, drop, likely)


def _drop(
    pairs: list[tuple[float, float]], size: float, train_rows: float, test_rows: float
) -> tuple[float, Interval] | tuple[None, None]:
    """Return the share of the error at half of the rows, ``size``, that all of them took off."""
    positive = all(half > 0 and whole > 0 for half, whole in pairs)
    if size == 0:
        return None, None
    changes = [log(h) - log(w) if positive else (h - w) / size for h, w in pairs]
    found = corrected(changes, train_rows=train_rows, test_rows=test_rows, level=LEVEL)
    if found is None:
        return None, None
    mean, low, high = (
        1 - exp(min(-value, 700)) if positive else value
        for value in (found.mean, found.low, found.high)
    )
    return mean, Interval(low, high)


def reading(curve: Curve, *, rows: int | None = None, weights: int = 0) -> CurveReading:
    """Say whether more rows would help: whether another doubling takes off 10 % or more.

    A doubling takes off less than the one before. With w weights of least squares, errors
    fall by about 1 / (n - w), so that of what the last doubling took off, the next takes
    (1 / (n - w) - 1 / (2n - w)) / (1 / (h - w) - 1 / (f - w)), with h and f the half and all of
    a fold's rows, and n the model's. Else r is what the last doubling took off over what the
    one before it did, and the next one takes between r^6 (.7 at most) and r (.4 to 1) of the
    last; between .4 and 1 where there is no quarter of the rows. Measured in
    docs/decisions/0031.

    Falling: the least of that is 10 % or more, and the 70 % interval of what the last doubling
    took off excludes 0; or that share is surely so large, and so like the one before it, that
    its lower end times the square of their ratio (1 at most) is 25 % or more. Enough: the
    most, at that interval's upper end, lies below 10 %; not said where the error rose by 10 %,
    or the half has under two rows a weight. ``more`` is how many rows would take another 10 %
    off, by the power law a + b · n^-c through the curve, rounded up to two digits; ``None``
    where the curve is not falling, the law does not fit, cannot get there, or not with ten
    times the rows.

    Parameters
    ----------
    curve
        Errors at growing sizes.
    rows
        What the model at hand learns from, if that is more than all of a fold's.
    weights
        How many weights least squares found, the constant being one; 0 of other models.
    """
    nothing = CurveReading(falling=False, enough=False, more=None)
    if curve.drop is None or curve.likely is None:
        return nothing
    every = rows or curve.sizes[-1]
    half, full = round(curve.sizes[-1] / 2), curve.sizes[-1]
    if weights and half <= weights + 1:
        return nothing
    if weights:
        ahead = 1 / (every - weights) - 1 / (2 * every - weights)
        least = most = ahead / (1 / (half - weights) - 1 / (full - weights))
    else:
        least, most = _bounds(curve, half)
    falling = _ahead(curve.drop, least) >= WORTH and curve.likely.low > 0
    falling = falling or (not weights and _steady(curve, half) >= _STEEP)
    flat = curve.drop > -WORTH and half >= 2 * weights
    return CurveReading(
        falling=falling,
        enough=not falling and flat and _ahead(curve.likely.high, most) < WORTH,
        more=_more(curve, every) if falling else None,
    )


def _bounds(curve: Curve, half: int) -> tuple[float, float]:
    """Return the least and the most of what the last doubling took off that the next takes."""
    known = dict(zip(curve.sizes, curve.errors, strict=True))
    quarter = known.get(round(half / 2))
    if quarter is None:
        return _BY_LAW, 1.0
    last, before = known[half] - curve.errors[-1], quarter - known[half]
    r = min(max(last / before, 0.0), 1.0) if before > 0 else 1.0
    return min(r**_BENT, _MOST), max(r, _BY_LAW)


def _steady(curve: Curve, half: int) -> float:
    """Return what the last doubling surely took off, and less where it is less than before."""
    known = dict(zip(curve.sizes, curve.errors, strict=True))
    quarter = known.get(round(half / 2))
    if quarter is None or curve.drop is None or curve.likely is None:
        return 0.0
    before = 1 - known[half] / quarter if quarter > 0 else 0.0
    ratio = min(max(curve.drop / before, 0.0), 1.0) if before > 0 else 1.0
    return curve.likely.low * ratio**2


def _ahead(drop: float, part: float) -> float:
    """Return the share of the error left that a part of what took a share off takes off."""
    return part * drop / (1 - drop) if drop < 1 else inf


def _more(curve: Curve, rows: int) -> int | None:
    law = fitted(curve.sizes, curve.errors, curve.spreads)
    needed = law and law.rows_for((1 - OFF) * law.at(rows))
    if not needed or not isfinite(needed) or needed - rows > _FURTHEST * rows:
        return None
    return rounded_up(needed - rows)


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
