"""Learning curves: whether more rows would help, and roughly how many."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, isfinite, log, log2
from typing import TYPE_CHECKING, Final

from mlcli.judging.comparing import corrected, rounded_up
from mlcli.judging.intervals import Interval, mean_and_spread
from mlcli.judging.powerlaw import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST: Final = 5
"""Rows to learn from, at the least: fewer hold hardly more than a line."""

WORTH: Final = 0.1
"""The share of the error that the last doubling of the rows must have taken off for another
one to be worth it. Of what a line loses to few rows, each doubling takes half, so that
the next one takes off less: 5 % or so."""

LEVEL: Final = 0.7
"""Of the interval of that share. The correction for shared rows is so careful that at 0.95
a polynomial of degree 5 on 20 rows is called falling in 8 of 100 tables, at 0.8 in 58 and
at 0.7 in 86; at 0.7 models on noise are in 1 of 100, a line on 20 rows of a line in 7."""

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
    if rows < 1 or count < 2:  # noqa: PLR2004 - one point is no curve
        raise ValueError(f"{count} sizes of {rows} rows")
    if rows < 2 * SMALLEST:
        return (rows,)
    part = ceil((count - 1) / log2(rows / SMALLEST))
    return tuple(sorted({round(rows / 2 ** (k / part)) for k in range(count)}))


def curve(
    sizes: Sequence[int],
    errors: Sequence[Sequence[float]],
    *,
    train_rows: float,
    test_rows: float,
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


def reading(curve: Curve, *, rows: int | None = None) -> CurveReading:
    """Say whether more rows would help.

    Falling: the last doubling took off 10 % or more, and the 70 % interval of that share
    excludes 0. Enough: the whole interval lies below 10 %. ``more`` is how many rows would
    take another 10 % off, by the power law a + b · n^-c through the curve, rounded up to two
    digits; ``None`` where the curve is not falling, the law does not fit, cannot get there,
    or not with ten times the rows.

    Parameters
    ----------
    curve
        Errors at growing sizes.
    rows
        What the model at hand learns from, if that is more than all of a fold's.
    """
    if curve.drop is None or curve.likely is None:
        return CurveReading(falling=False, enough=False, more=None)
    falling = curve.drop >= WORTH and curve.likely.low > 0
    more = _more(curve, rows or curve.sizes[-1]) if falling else None
    return CurveReading(falling=falling, enough=curve.likely.high < WORTH, more=more)


def _more(curve: Curve, rows: int) -> int | None:
    law = fitted(curve.sizes, curve.errors, curve.spreads)
    needed = law and law.rows_for((1 - OFF) * law.at(rows))
    if not needed or not isfinite(needed) or needed - rows > _FURTHEST * rows:
        return None
    return rounded_up(needed - rows)
