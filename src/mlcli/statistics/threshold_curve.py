"""Where to draw the line between two classes, and how well scores tell them apart."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from math import isclose, isfinite, isnan
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EVEN: Final = 0.5
"""The threshold of a plain prediction of two classes."""


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What a missed positive costs, and a false alarm; both at least 0."""

    missed: float
    false_alarm: float


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


def threshold(
    scores: Sequence[float], positives: Sequence[bool], *, worth: Worth
) -> BestThreshold | None:
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
        The shapes do not fit, or a cost is below 0 or not finite.
    """
    pairs = sorted(zip(scores, positives, strict=True))
    gain = _gain(worth)
    positive = sum(was for _, was in pairs)
    negative = len(pairs) - positive
    if not positive or not negative or not all(0 <= score <= 1 for score, _ in pairs):
        return None
    ordered = [score for score, _ in pairs]
    missed = [0, *accumulate(int(was) for _, was in pairs)]  # positives among the lowest i

    def worth_of(value: float) -> float:
        below = bisect_left(ordered, value)
        misses = missed[below]
        return gain(positive, negative, misses, negative - (below - misses))

    knots = sorted({0.0, *ordered, 1.0})
    tried = {0.0, EVEN, *(_between(a, b) for a, b in pairwise(knots))}
    worths = {value: worth_of(value) for value in tried}
    best = max(worths.values())
    tied = [value for value, each in worths.items() if isclose(each, best, rel_tol=1e-12)]
    chosen = min(tied, key=lambda value: (abs(value - EVEN), value))
    return BestThreshold(chosen, abs(worths[chosen]), abs(worths[EVEN]))


def worth_at(
    scores: Sequence[float], positives: Sequence[bool], value: float, *, worth: Worth
) -> float | None:
    """Return what a given threshold is worth on some rows; see ``threshold``.

    ``None`` where a class has no row, and where a score is not a number.

    Raises
    ------
    ValueError
        There are not as many scores as rows, or a cost is below 0 or not finite.
    """
    pairs = list(zip(scores, positives, strict=True))
    gain = _gain(worth)
    positive = sum(was for _, was in pairs)
    if not 0 < positive < len(pairs) or any(isnan(score) for score, _ in pairs):
        return None
    missed = sum(was and score < value for score, was in pairs)
    alarms = sum(not was and score >= value for score, was in pairs)
    return abs(gain(positive, len(pairs) - positive, missed, alarms))


def auc(scores: Sequence[float], positives: Sequence[bool]) -> float | None:
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
    pairs = sorted(zip(scores, positives, strict=True))
    positive = sum(was for _, was in pairs)
    negative = len(pairs) - positive
    if not positive or not negative or any(isnan(score) for score, _ in pairs):
        return None
    doubled = seen = 0  # whole numbers: twice the count of wins, a tie counting one
    for _, group in groupby(pairs, key=lambda pair: pair[0]):
        tied = [was for _, was in group]
        hits = sum(tied)
        doubled += hits * (2 * seen + len(tied) - hits)
        seen += len(tied) - hits  # negatives so far
    return doubled / (2 * positive * negative)


def _between(low: float, high: float) -> float:
    """Return the middle; the upper of two that no double is between, as it is itself in."""
    middle = (low + high) / 2
    return middle if middle > low else high


def _gain(worth: Worth) -> Callable[[int, int, int, int], float]:
    """Return what to maximise, of P, N, misses and false alarms."""
    if worth == "balanced_accuracy":
        return _balanced
    if worth == "f1":
        return _f1
    costs = worth
    if not all(isfinite(cost) and cost >= 0 for cost in (costs.missed, costs.false_alarm)):
        raise ValueError(costs)

    def saved(positive: int, negative: int, misses: int, alarms: int) -> float:
        rows = positive + negative
        return -(costs.missed * (misses / rows) + costs.false_alarm * (alarms / rows))

    return saved


def _balanced(positive: int, negative: int, misses: int, alarms: int) -> float:
    return ((positive - misses) / positive + (negative - alarms) / negative) / 2


def _f1(positive: int, _negative: int, misses: int, alarms: int) -> float:
    return 2 * (positive - misses) / (2 * positive - misses + alarms)
