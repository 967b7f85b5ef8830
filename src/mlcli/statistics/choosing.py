"""Which of several models to take, by their errors on the same folds."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, isfinite, sqrt
from typing import TYPE_CHECKING, Final

from mlcli.statistics.comparing import between
from mlcli.statistics.intervals import mean_and_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    return mean <= spread / sqrt(len(differences))
