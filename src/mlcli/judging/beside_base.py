"""The figures of a model beside those of answering without looking."""

from __future__ import annotations

from math import fsum, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli.judging.misfit import RATIO
from mlcli.statistics import intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.statistics.arrays import Floats

BETTER_BY: Final = 0.05
"""Of the error that is printed: what is less than that much better is not worth a change."""


class FoldFigures(NamedTuple):
    """One metric where a model learned, elsewhere, and of answering without looking."""

    train: float | None
    holdout: float | None
    baseline: float | None


class BesideBase(NamedTuple):
    """One metric of a model, and of answering without looking."""

    ours: float | None
    base: float | None

    @property
    def better(self) -> bool:
        """Say whether an error is smaller by what is worth saying."""
        if self.ours is None or self.base is None:
            return False
        return self.ours <= (1 - BETTER_BY) * self.base and self.ours < self.base

    @property
    def worse(self) -> bool:
        """Say whether an error is larger."""
        return self.ours is not None and self.base is not None and self.ours > self.base


class Median(NamedTuple):
    """The median of labels that were learned from, and by how much it is off elsewhere."""

    value: float
    mae: float


def mean_if_known(values: Sequence[float | None]) -> float | None:
    """Return the mean; ``None`` where a value is missing, or there is none."""
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known and len(known) == len(values) else None


def deviation(values: Sequence[float] | Floats) -> float:
    """Return the standard deviation; 0 where it cannot be known."""
    known = intervals.mean_and_spread(values)
    return known[1] if known else 0.0


def unlike(held: Floats, left: Floats, size: float) -> bool:
    """Say whether held-out rows are missed by far more than those that folds leave out.

    Their mean is 1.5 times as large, a tenth of ``size``, how far labels spread, more, and 3 of
    the standard deviations that the mean of as many rows of folds has.
    """
    there, here = float(held.mean()), float(left.mean())
    chance = deviation(left) / sqrt(len(held))
    return there > max(1.5 * here, here + 0.1 * size, here + 3 * chance)


def wider(held: Floats, left: Floats, learned: Floats, size: float) -> bool:
    """Say whether held-out rows are missed by more than those learned from, be it by chance.

    Their mean is 1.3 times as large, and a twentieth of ``size`` more. Not where folds miss by
    1.3 times as much too: that is judged by what simpler settings do.
    """
    there, here, own = (float(one.mean()) for one in (held, left, learned))
    return here <= RATIO * own and there > max(RATIO * own, own + 0.05 * size)
