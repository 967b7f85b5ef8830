"""Learning curves: whether more rows would help."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, inf, log, log2
from typing import TYPE_CHECKING, Final, Literal

from mlcli.statistics.intervals import Interval, mean_and_spread, of_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlcli.statistics.arrays import Rows

FEWEST: Final = 10
"""Rows to learn from, at the least: half of fewer hold hardly more than a line."""

WORTH: Final = 0.1
"""The share of the error that another doubling of the rows must take off to be worth it."""

LEVEL: Final = 0.8
"""Of the interval of the share that the last doubling took off."""

_FEW: Final = 3
"""Rows a weight in half of the rows, below which nothing tells how a curve goes on."""

_MANY: Final = 10
"""Rows a weight in half of the rows, from which on a quarter of them tells how a curve bends."""

_CARE: Final = 1.25
"""Models that average a few rows carry noise of their own, and skewed noise differs by less."""

Reading = Literal["help", "hardly", "unknown"]


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean errors of models that learned from parts of ``rows``, and from all, in their unit.

    ``quarter`` is ``None`` where too few rows are one. ``off`` is the 80 % interval of the
    share of the error that the last doubling took off.
    """

    rows: float
    quarter: float | None
    half: float
    whole: float
    off: Interval

    def errors(self) -> dict[int, float]:
        """Return the errors that are known, by how many rows were learned from."""
        known = {self.rows / 4: self.quarter, self.rows / 2: self.half, self.rows: self.whole}
        return {round(rows): error for rows, error in known.items() if error is not None}


Errors = tuple[float | None, float, float]
"""Of one fold, after a quarter of its rows, half of them, and all."""


def errors_of(rows: Rows, error: Callable[[Rows], float | None]) -> Errors | None:
    """Return the errors of a fold: the means over two quarters and over two halves, and of all.

    Parameters
    ----------
    rows
        (n,) those it learns from, in random order.
    error
        Learns from some, and returns the mean error on the fold's test rows; nothing where it
        cannot be learned. Where that is so of a half or of all, there are no errors.
    """
    middle = (len(rows) + 1) // 2
    halves = rows[:middle], rows[middle:]
    half, whole = _mean(halves, error), error(rows)
    if half is None or whole is None:
        return None
    return _mean([one[: len(one) // 2] for one in halves], error), half, whole


def _mean(parts: Sequence[Rows], error: Callable[[Rows], float | None]) -> float | None:
    found = [known for part in parts if (known := error(part)) is not None]
    return fsum(found) / len(found) if len(found) == len(parts) else None


def curve(errors: Sequence[Errors], *, rows: float) -> Curve | None:
    """Return the curve of errors on the same test rows after ever more rows.

    The share taken off is 1 - exp(-mean of ln(error at half / error at all)) over the folds:
    logarithms keep one fold with a huge error from deciding. Where a fold has no error at all,
    it is mean(error at half - error at all) / mean(error at half). Its interval is Student's:
    folds learn from halves of their own, and are tested on rows of their own. ``None`` for
    fewer than two folds, where an error is not finite, and where all are 0 at half.

    Parameters
    ----------
    errors
        (J, 3) of each fold: the mean error of models of two quarters of its rows, if they can
        be learned from, of those of both halves, and that of the model of all, 0 or more.
    rows
        How many a fold learns from, on average.
    """
    pairs = [pair for _, *pair in errors]
    half, whole = (mean_and_spread([pair[at] for pair in pairs]) for at in (0, 1))
    if half is None or whole is None or half[0] == 0:
        return None
    if all(before > 0 and after > 0 for before, after in pairs):
        logs = of_mean([log(before) - log(after) for before, after in pairs], level=LEVEL)
        off = logs and Interval(1 - exp(min(-logs.low, 700)), 1 - exp(min(-logs.high, 700)))
    else:
        off = of_mean([(before - after) / half[0] for before, after in pairs], level=LEVEL)
    quarters = [quarter for quarter, _, _ in errors if quarter is not None]
    quarter = mean_and_spread(quarters) if len(quarters) == len(errors) else None
    if off is None:
        return None
    return Curve(rows, quarter and quarter[0], half[0], whole[0], off)


def reading(
    known: Curve, *, rows: int, weights: int, least_squares: bool, noise: Callable[[], float]
) -> Reading:
    """Say whether another doubling of the rows takes off 10 % of the error or more.

    With w weights of least squares, errors fall by about 1 / (n - w): of what the last
    doubling took off, the next takes (1 / (n - w) - 1 / (2n - w)) / (1 / (h - w) - 1 / (f - w)),
    with h and f half and all of a fold's rows, and n the model's. Errors of other models fall
    as a + b · n^-c. At least, a is as much as noise can be: r^log2(2n / f) of what the last
    doubling took off is left for the next, with r = (error at f - a) / (error at h - a). At
    most, a is 0, and the next takes off the same share; or, from ten rows a weight in the half
    on, as much of what the last one took off as that did of the one before, and .6 or more.

    Help: the least, at the lower end of the last doubling's interval, is 10 % or more. Hardly:
    the most, at its upper end, is less; not said where the error rose by 10 %, or the half
    has under three rows a weight. Measured in docs/decisions/0031.

    Parameters
    ----------
    known
        What the last doubling took off.
    rows
        What the model at hand learns from.
    weights
        How many it finds, the constant being one; of other models one more than columns.
    least_squares
        Whether it is least squares that find them.
    noise
        Works out `noise_floor`, in the errors' unit, where it is asked for.
    """
    whole, half, off = known.rows, known.rows / 2, known.off
    if known.whole == 0 or off.low >= 1:
        return "hardly"
    if least_squares:
        if half <= weights + 1:
            return "unknown"
        ahead = 1 / (rows - weights) - 1 / (2 * rows - weights)
        part = ahead / (1 / (half - weights) - 1 / (whole - weights))
        least, most = part * _of_rest(off.low), part * _of_rest(off.high)
    else:
        least, most = _of_rest(off.low), off.high
        if half >= _MANY * weights:
            most = min(most, _bent(known) * _of_rest(off.high))
        if least >= WORTH:
            least *= _left(known.whole, off.low, noise()) ** log2(2 * rows / whole)
    if least >= WORTH:
        return "help"
    flat = most < WORTH and known.whole < (1 + WORTH) * known.half
    return "hardly" if flat and half >= _FEW * weights else "unknown"


def _bent(known: Curve) -> float:
    """Return what the last doubling took off as a share of what the one before did, .6 to 1."""
    if known.quarter is None or known.quarter <= known.half:
        return 1.0
    return min(max((known.half - known.whole) / (known.quarter - known.half), 0.6), 1.0)


def _of_rest(drop: float) -> float:
    """Return what a doubling took off as a share of the error that it left."""
    return drop / (1 - drop) if drop < 1 else inf


def _left(error: float, drop: float, floor: float) -> float:
    """Return the share of what lay above a floor that is left after a drop to an error."""
    return max(error - floor, 0.0) / (error / (1 - drop) - floor) if error > floor else 0.0


def noise_floor(bounds: Sequence[float]) -> float:
    """Return at least the error of the best model there can be, and of those like the one at hand.

    Labels of rows that lie close to each other differ by noise, and by how much what they
    follow changes from one to the other: mean / sqrt(2) of their differences is at least the mean
    error of the best model (Rice 1984; of noise that is not normal, about), and so is the share
    of those that are of another class (Cover and Hart 1967). The same holds of what a model
    misses on them. The smallest bound is taken, times 1.25.

    Parameters
    ----------
    bounds
        Such upper bounds, in one unit.
    """
    return _CARE * min(bounds)
