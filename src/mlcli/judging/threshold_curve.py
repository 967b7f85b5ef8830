"""Where to draw the line between two classes, and how well scores tell them apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlcli.statistics.arrays import Flags, Floats

EVEN: Final = 0.5
"""The threshold of a plain prediction of two classes."""

_ALIKE: Final = 1e-12
"""By so much of themselves worths may differ and still be the same."""


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What a missed positive costs, and a false alarm; both at least 0, else ``ValueError``."""

    missed: float
    false_alarm: float

    def __post_init__(self) -> None:
        if not all(isfinite(cost) and cost >= 0 for cost in (self.missed, self.false_alarm)):
            raise ValueError(self)


Worth = Literal["balanced_accuracy", "f1"] | Mistakes
"""What a threshold is chosen for."""


@dataclass(frozen=True, slots=True)
class BestThreshold:
    """A row is positive where its probability is at least ``value``.

    ``worth`` is what that comes to, and ``worth_at_even`` what 0.5 does: balanced accuracy or
    F1, 0 to 1, or the mean cost of a row, in the unit of the costs; lower costs are better.
    """

    value: float
    worth: float
    worth_at_even: float


def threshold(scores: ArrayLike, positives: ArrayLike, *, worth: Worth) -> BestThreshold | None:
    """Return the threshold that is worth most on these rows: out-of-fold ones, to be honest.

    Balanced accuracy = (TP / P + TN / N) / 2, F1 = 2 TP / (2 TP + FP + FN), costs =
    (c_missed × FN + c_false_alarm × FP) / n. Tried are 0, 0.5, and the middles between
    neighbours among 0, the scores and 1; of the best, the one nearest 0.5 is taken, and the
    lower of two as near.

    Parameters
    ----------
    scores
        Probabilities of the positive class, 0 to 1, of shape (n,).
    positives
        Whether each row is of that class, of shape (n,).
    worth
        What to maximise, or the costs to minimise.

    Returns
    -------
    BestThreshold or None
        ``None`` where a class has no row, and where a score is not between 0 and 1.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
    given, was = _arrays(scores, positives)
    positive = int(was.sum())
    negative = len(was) - positive
    if not positive or not negative or not ((given >= 0) & (given <= 1)).all():
        return None
    order = np.argsort(given)
    ordered = given[order]
    missed = np.append(0, was[order].cumsum())  # positives among the lowest i
    knots = np.unique(np.append(ordered, (0.0, 1.0)))
    middles = (knots[:-1] + knots[1:]) / 2
    # The upper of two that no double is between, as it is itself in.
    tried = np.unique(np.append(np.where(middles > knots[:-1], middles, knots[1:]), (0.0, EVEN)))
    below = np.searchsorted(ordered, tried)
    worths = _gain(worth, positive, negative, missed[below], negative - (below - missed[below]))
    best = worths.max()
    tied = tried[best - worths <= _ALIKE * np.maximum(abs(best), abs(worths))]
    chosen = tied[abs(tied - EVEN).argmin()]
    at, even = (abs(float(worths[tried == value][0])) for value in (chosen, EVEN))
    return BestThreshold(float(chosen), at, even)


def worth_at(
    scores: ArrayLike, positives: ArrayLike, value: float, *, worth: Worth
) -> float | None:
    """Return what a given threshold is worth on some rows; see ``threshold``.

    ``None`` where a class has no row, and where a score is not a number.

    Raises
    ------
    ValueError
        There are not as many scores as rows.
    """
    given, was = _arrays(scores, positives)
    positive = int(was.sum())
    if not 0 < positive < len(was) or np.isnan(given).any():
        return None
    above = given >= value
    counts = int((was & ~above).sum()), int((above & ~was).sum())
    return float(abs(_gain(worth, positive, len(was) - positive, *counts)))


def auc(scores: ArrayLike, positives: ArrayLike) -> float | None:
    """Return the area under the ROC curve: the chance that a positive outscores a negative.

    (R - P (P + 1) / 2) / (P × N), with R the sum of the ranks of the P positives among all
    rows, those of one score sharing their mean rank (Mann and Whitney 1947; Hanley and McNeil
    1982). 0 to 1, 0.5 by chance. ``None`` where a class has no row, and where a score is
    not a number.

    Raises
    ------
    ValueError
        There are not as many scores as rows.
    """
    from scipy.stats import rankdata  # stored figures are shown without

    given, was = _arrays(scores, positives)
    positive = int(was.sum())
    negative = len(was) - positive
    if not positive or not negative or np.isnan(given).any():
        return None
    above = rankdata(given)[was].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def _arrays(scores: ArrayLike, positives: ArrayLike) -> tuple[Floats, Flags]:
    given, was = np.asarray(scores, dtype=float), np.asarray(positives, dtype=bool)
    if given.shape != was.shape:
        raise ValueError((given.shape, was.shape))
    return given, was


def _gain(worth: Worth, positive: int, negative: int, misses: Any, alarms: Any) -> Any:
    """Return what to maximise, of P and N rows, misses and false alarms: numbers, or arrays."""
    if worth == "balanced_accuracy":
        return ((positive - misses) / positive + (negative - alarms) / negative) / 2
    if worth == "f1":
        return 2 * (positive - misses) / (2 * positive - misses + alarms)
    rows = positive + negative
    return -(worth.missed * (misses / rows) + worth.false_alarm * (alarms / rows))
