"""Whether one model is better than another, or the rows cannot tell; and which one to take.

Differences are errors of the first model minus errors of the second, in the error's
unit: positive where the second is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, fsum, isfinite, log10, sqrt
from typing import TYPE_CHECKING, Final, Literal

from mlcli.statistics.dependence import ALONE, MeanKnown, Related
from mlcli.statistics.intervals import mean_and_spread, t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST_CONSTANT: Final = 6
"""So many equal differences settle a comparison: 6 of one sign come in 1 of 32 by chance."""

FEWEST_GROUPS: Final = 5
"""Fewer groups say too little of how groups differ."""

FEWEST_DAYS: Final = 10
"""On fewer days, with five rows each, equal models are called different in 6 to 8 of 100."""

_DUST: Final = 1e-9
"""Errors that differ by less than this part of the largest are equal: doubles are summed
in another order by each model. As near as an equation must be to the model it is of."""

_MOST: Final = 100
"""Beyond so many times the rows there are, no number of rows is promised."""


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus second: mean and interval in the error's unit, p two-sided, from how many."""

    mean: float
    low: float
    high: float
    p: float
    count: int


def between(first: Iterable[float], second: Iterable[float]) -> tuple[float, ...]:
    """Return first - second for each row, or fold, in the errors' unit.

    What is below 1e-9 of the largest error is rounding, and becomes 0: a line and a
    polynomial of degree 1 are the same model.

    Raises
    ------
    ValueError
        They are not equally many.
    """
    largest = max(map(abs, (*first, *second)), default=0.0)
    pairs = zip(first, second, strict=True)
    return tuple(0.0 if abs(a - b) <= _DUST * largest else a - b for a, b in pairs)


def paired(
    differences: Sequence[float], related: Related = ALONE, *, level: float = 0.95
) -> Difference | None:
    """Compare two models on the same held-out rows: mean ± t · error.

    Of rows that are known to depend on nothing, error is s / sqrt(n), and n - 1 are free:
    Student (1908); for models Dietterich (1998). Of days and groups error and freedom are those
    of ``mean_of``; of rows with both the wider interval counts.

    Parameters
    ----------
    differences
        (n,), one of each row.
    related
        Which rows depend on each other, where that is known.
    level
        Of the interval.

    Returns
    -------
    Difference | None
        ``None`` for fewer than two rows, ten days or five groups, for days that follow each
        other so closely that they tell little, where a difference is not finite, and for fewer than
        six rows, days or groups that all differ by the same. Rows that do not differ at all
        give a mean of 0 and a p of 1.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.
    """
    ways = ((related.days, FEWEST_DAYS), (related.groups, FEWEST_GROUPS))
    fewest = [few for keys, few in ways if keys is not None] or [0]
    found = [
        None if one is None or one.slow or one.parts < few else _judged(one, level=level)
        for one, few in zip(related.means(differences), fewest, strict=True)
    ]
    known = [one for one in found if one is not None]
    return max(known, key=lambda one: one.high - one.low) if len(known) == len(found) else None


def corrected(
    differences: Sequence[float], *, train_rows: float, test_rows: float
) -> Difference | None:
    """Compare two models on the same folds: t = mean(d) / sqrt(s² · (1/J + n_test / n_train)).

    J - 1 are free. The second part stands for what folds share: their training rows overlap,
    so that the plain t takes chance for a difference in 3 of 10 comparisons. Nadeau & Bengio
    (2003); for repeated folds Bouckaert & Frank (2004).

    Parameters
    ----------
    differences
        (J,), one of each fold of each repeat: the mean error of its test rows by the first
        model minus that by the second.
    train_rows, test_rows
        Rows of a fold to learn from and to test, on average over the folds.

    Returns
    -------
    Difference | None
        ``None`` as for ``paired``, with folds for rows.

    Raises
    ------
    ValueError
        A fold has no rows to learn from or to test.
    """
    if not (train_rows > 0 and test_rows > 0):
        raise ValueError(f"folds of {train_rows} rows to learn from and {test_rows} to test")
    count, known = len(differences), mean_and_spread(differences)
    if known is None:
        return None
    mean, spread = known
    parts = 1 / count + test_rows / train_rows
    return _judged(MeanKnown(mean, spread * sqrt(parts), count - 1, count))


def left_out(differences: Sequence[float], *, mean: float) -> Difference | None:
    """Compare two models on rows in K parts: mean ± t · sqrt((K - 1) / K · sum((d - mean(d))²)).

    K - 1 are free. d of a part is the mean difference where that part is neither learned from
    nor tested, so that what it taught counts as much as how it was answered: folds share rows
    to learn from, and their own spread is too small. Tukey (1958); of groups of rows Kott
    (2001). Over folds of the other figures, where each two parts are left out together.

    Parameters
    ----------
    differences
        (K,), one of each part: mean error by the first model minus that by the second.
    mean
        The difference where no part is left out of all, in the errors' unit.

    Returns
    -------
    Difference | None
        ``None`` as for ``paired``, with parts for rows.
    """
    known, count = mean_and_spread(differences), len(differences)
    if known is None:
        return None
    error = known[1] * (count - 1) / sqrt(count)
    return _judged(MeanKnown(mean, error, count - 1, count))


def _judged(known: MeanKnown, *, level: float = 0.95) -> Difference | None:
    """Return the t interval and p of a mean."""
    from scipy.special import stdtr

    width = t_quantile(level, freedom=known.freedom)
    mean, error, count = known.mean, known.error, known.parts
    if error <= _DUST * abs(mean):  # equal but for rounding: there is no t
        if mean == 0:
            return Difference(0.0, 0.0, 0.0, 1.0, count)
        return None if count < FEWEST_CONSTANT else Difference(mean, mean, mean, 0.0, count)
    low, high = mean - width * error, mean + width * error
    if not (error > 0 and isfinite(low) and isfinite(high)):
        return None
    return Difference(mean, low, high, float(2 * stdtr(known.freedom, -abs(mean) / error)), count)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p values adjusted for being several, in the same order.

    The i-th smallest of m becomes max over j <= i of min(1, (m - j + 1) · p_j). To call
    differences where the adjusted p is at most 0.05 is wrong anywhere in at most 5 % of
    reports, whatever depends on what. Holm (1979).
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = list(p_values)
    reached = 0.0
    for rank, i in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = reached
    return tuple(adjusted)


def settled(
    difference: Difference | None, *, adjusted: float | None = None, alpha: float = 0.05
) -> Literal["first", "second", "unknown"]:
    """Say which model is better: the one that the whole interval favours.

    ``adjusted`` is the p that ``holm`` gave, where several pairs are compared; it must then
    be at most ``alpha`` too.
    """
    if difference is None or (adjusted is not None and adjusted > alpha):
        return "unknown"
    if difference.low > 0:
        return "second"
    return "first" if difference.high < 0 else "unknown"


def rows_needed(difference: Difference, rows: int) -> int | None:
    """Return how many more rows would settle it: n · (h / abs(mean))² - n.

    h is half the interval's width, which falls by the square root of the rows while mean and
    spread stay as they are. 0 where it is settled. The answer is rounded up to two digits.
    ``None`` where the mean is 0, and where it would be over 100 times the rows there are.
    It is a rough figure: the next rows have a difference of their own.
    """
    if settled(difference) != "unknown":
        return 0
    if difference.mean == 0:
        return None
    ratio = (difference.high - difference.low) / 2 / abs(difference.mean)
    more = rows * (ratio * ratio - 1)
    return None if more > _MOST * rows else max(1, rounded_up(more))


def rounded_up(value: float) -> int:
    """Round up to a whole number of at most two digits that are not 0: 412.3 to 420."""
    if value <= 0:
        return 0
    unit: int = 10 ** max(0, floor(log10(value)) - 1)
    return ceil(value / unit) * unit


def skill(error: float, baseline: float) -> float | None:
    """Return 1 - error / baseline, without unit.

    1 is perfect, 0 as good as the baseline, below 0 worse. ``None`` where the baseline's
    error is 0, or the figure is not finite.
    """
    if baseline == 0:
        return None
    found = 1 - error / baseline
    return found if isfinite(found) else None


_FEWEST: Final = 2
"""Folds below which nothing is known of how far a difference spreads."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Positions among the candidates: the one with the lowest mean error, and the one to take."""

    lowest: int
    taken: int


def simplest(errors: Sequence[Sequence[float | None]]) -> Choice | None:
    """Return the first candidate that is within one standard error of the best one.

    d is the candidate's error minus the best one's, fold by fold; it is taken where
    mean(d) <= s / sqrt(J), with s the standard deviation of d over the J folds. The rule of
    one standard error of Breiman et al. (1984), on differences: what makes a fold hard is
    the same for both, and is no reason to take the simpler one. Candidates come with the
    simplest first. Of equal means the first is the best.

    Measured on polynomials of degree 1 to 8, 5 folds, 150 tables each: mean error of the
    degree taken by this rule, by the rule on the plain error, and by the lowest mean, on
    2,000 other rows (``tests/slow/test_simulations_tuning.py`` has the like):

    ====================================  ======  ======  ======
    table, rows                            here    plain  lowest
    ====================================  ======  ======  ======
    a logarithm in whole numbers, 20        1.17    1.20    1.09
    the same, 207                          0.600   0.610   0.593
    a line with noise, 20                   6.84    9.02    9.34
    the same, 207                           6.41    6.40    6.43
    a parabola with noise, 20               7.54    9.71    9.53
    the same, 207                           6.43    6.42    6.45
    ====================================  ======  ======  ======

    Parameters
    ----------
    errors
        (candidates, J) errors, lower is better, in any one unit. One that is ``None`` or not
        finite rules its candidate out.

    Returns
    -------
    Choice or None
        ``None`` where every candidate is ruled out. With one fold, the lowest is taken.

    Raises
    ------
    ValueError
        Candidates have errors on different numbers of folds.
    """
    if len({len(row) for row in errors}) > 1:
        raise ValueError("every candidate needs an error on every fold")
    known = {at: row for at, each in enumerate(errors) if (row := _whole(each))}
    if not known:
        return None
    means = {at: fsum(row) / len(row) for at, row in known.items()}
    lowest = min(means, key=lambda at: (means[at], at))
    taken = next(at for at, row in known.items() if _as_good(row, known[lowest]))
    return Choice(lowest, taken)


def _whole(errors: Sequence[float | None]) -> list[float]:
    """Return the errors, or nothing where one is missing."""
    found = [error for error in errors if error is not None and isfinite(error)]
    return found if len(found) == len(errors) else []


def _as_good(errors: Sequence[float], best: Sequence[float]) -> bool:
    """Say whether errors are within one standard error of the best ones."""
    differences = between(errors, best)
    found = mean_and_spread(differences)
    if found is None or len(differences) < _FEWEST:
        return fsum(differences) <= 0
    mean, spread = found
    # Where one fold alone differs, both sides are the same but for how doubles are rounded.
    return mean <= spread / sqrt(len(differences)) * (1 + _DUST)
