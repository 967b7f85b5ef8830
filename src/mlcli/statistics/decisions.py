"""How much to serve: a prediction with a margin, and what that would have cost.

Two mistakes cost differently: to run short, and to have left over. Where they cost c_short
and c_left for each unit, the cheapest quantity is the c_short / (c_short + c_left) quantile of
what is asked for (Arrow, Harris, Marschak 1951); "run out 1 night in 10" is the 0.9 quantile.
"""

from __future__ import annotations

from math import ceil, isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli.statistics import conformal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mlcli.statistics.arrays import Floats

_NOISE: Final = 9
"""Decimals that count before rounding up: 52.0000000001 is 52."""
_HALF_OF_NOISE: Final = 0.5 * 10.0**-_NOISE


class Costs(NamedTuple):
    """What one unit costs that was short, and one that was left over; both above 0."""

    short: float
    left_over: float


class Outcome(NamedTuple):
    """What serving some quantities came to, averaged over ``rows``.

    ``run_out`` is a share of rows, 0 to 1. ``left_over``, ``short`` and ``pinball`` are in the
    label's unit per row, ``money`` in the unit of the costs per row, and ``None`` without costs.
    """

    run_out: float
    left_over: float
    short: float
    pinball: float
    money: float | None
    rows: int


class Price(NamedTuple):
    """What a service level takes, in the label's unit: its margin, and what is left over.

    Both are ``None`` where there are fewer residuals than ``needed``.
    """

    share: float
    needed: int
    margin: float | None
    left_over: float | None


def quantity(prediction: float, margin: float, *, whole: bool, floored: bool) -> float:
    """Return prediction + margin, as it can be served; in the label's unit.

    ``whole`` quantities are rounded up, or they would fall below the margin. ``floored``
    ones are at least 0.

    Raises
    ------
    ValueError
        The sum is not finite.
    """
    exact = prediction + margin
    if not isfinite(exact):
        raise ValueError((prediction, margin))
    served = float(ceil(round(exact, _NOISE))) if whole else exact
    return max(0.0, served) if floored else served


def quantities(
    predictions: Floats,
    margins: Floats | float,
    *,
    whole: bool,
    floored: bool,
) -> Floats:
    """Return the same of n predictions, each with its margin, or all with one."""
    import numpy as np

    exact = predictions + margins
    if not np.isfinite(exact).all():
        raise ValueError((predictions, margins))
    nearest = np.rint(exact)
    noise = abs(exact - nearest) <= _HALF_OF_NOISE
    served = np.where(noise, nearest, np.ceil(exact)) + 0.0 if whole else exact
    return np.maximum(0.0, served) if floored else served


def outcome(
    truths: ArrayLike, served: ArrayLike, *, share: float, costs: Costs | None = None
) -> Outcome | None:
    """Return what serving quantities came to, with e = truth - quantity of each of n rows.

    run_out is the share of rows with e > 0, left_over = mean(max(-e, 0)), short =
    mean(max(e, 0)), pinball = mean(max(share × e, (share - 1) × e)) (Koenker and Bassett
    1978), money = c_short × short + c_left × left_over. With ``share`` critical, money is
    pinball × (c_short + c_left). ``None`` for no rows, and where doubles cannot hold it.

    Raises
    ------
    ValueError
        There are not as many quantities as truths, or ``share`` is not between 0 and 1, both
        left out.
    """
    import numpy as np

    known, ready = np.asarray(truths, dtype=float), np.asarray(served, dtype=float)
    if not 0 < share < 1 or known.shape != ready.shape:
        raise ValueError((share, known.shape, ready.shape))
    if not len(known):
        return None
    with np.errstate(over="ignore"):
        errors = known - ready
        each = (-errors, errors, np.maximum(share * errors, (share - 1) * errors))
        left_over, short, pinball = (float(np.maximum(some, 0).mean()) for some in each)
    money = costs.short * short + costs.left_over * left_over if costs else None
    if not all(map(isfinite, (left_over, short, pinball, money or 0.0))):
        return None
    return Outcome(float((errors > 0).mean()), left_over, short, pinball, money, len(errors))


def against(served: Outcome, baseline: Outcome) -> float | None:
    """Return served / baseline: below 1, the baseline costs more; without unit.

    Money is compared where both have it, else pinball. ``None`` where the baseline costs
    nothing, or so little that doubles cannot hold the ratio.
    """
    if served.money is not None and baseline.money is not None:
        mine, theirs = served.money, baseline.money
    else:
        mine, theirs = served.pinball, baseline.pinball
    ratio = mine / theirs if theirs else None
    return ratio if ratio is not None and isfinite(ratio) else None


def price(
    residuals: Sequence[float], shares: Sequence[float] = (0.8, 0.9, 0.95)
) -> tuple[Price, ...]:
    """Return what each service level would have taken on these rows.

    left_over = mean(max(m - residual, 0)) with m the one-sided margin, in the label's unit
    per row, before whole quantities are rounded up.
    """
    return tuple(_price(residuals, share) for share in shares)


def _price(residuals: Sequence[float], share: float) -> Price:
    margin = conformal.one_sided(residuals, share)
    came = None if margin is None else outcome(residuals, [margin] * len(residuals), share=share)
    left = came.left_over if came else None
    return Price(share, conformal.fewest(share), margin if came else None, left)
