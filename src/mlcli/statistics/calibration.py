"""Are the probabilities of a model worth reading: their losses, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import fsum, isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEWEST: Final = 200
"""Rows that a reliability table needs: 20 in each of ten bins."""

_TWO: Final = 2
_NOISE: Final = 1e-9
"""By so much of itself a loss may be above another and still be the same."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of similar probability, from ``low`` to ``high``.

    ``confidence`` is the mean probability and ``accuracy`` the share that came true, 0 to 1.
    """

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The expected calibration error (ECE), 0 to 1, and bins in order of probability."""

    ece: float
    bins: tuple[Bin, ...]


def brier(truths: Sequence[str], probabilities: Sequence[Mapping[str, float]]) -> float | None:
    """Return the Brier score: mean(sum over classes of (probability - is it)^2), 0 to 2.

    With two classes it is halved, which is the usual mean((p of one class - is it)^2), 0 to
    1 (Brier 1950; halved as scikit-learn does). Lower is better. ``None`` for no rows, where
    a truth is a class that the model does not know, and where a probability is not finite.

    Raises
    ------
    ValueError
        There are not as many probabilities as truths.
    """
    rows = list(zip(truths, probabilities, strict=True))
    if not rows or any(truth not in given for truth, given in rows):
        return None
    if not all(isfinite(p) for _, given in rows for p in given.values()):
        return None
    sums = [fsum((p - (name == truth)) ** 2 for name, p in given.items()) for truth, given in rows]
    return fsum(sums) / len(sums) / (2 if len(rows[0][1]) == _TWO else 1)


def reliability(
    probabilities: Sequence[float], right: Sequence[bool], bins: int = 10
) -> Reliability | None:
    """Return how often what was given a probability came true, by quantile bins of it.

    ECE = sum over bins of (rows of the bin / rows) × |accuracy - confidence| (Naeini, Cooper,
    Hauskrecht 2015; Guo et al. 2017, with bins of equal width). Rows of one probability go
    where their mean rank belongs, all into one bin, so bins can be uneven or fewer. Chance
    alone makes an ECE: perfect probabilities, spread evenly, have about 0.07 on 200 rows,
    0.03 on 1,000 and 0.01 on 10,000.

    Parameters
    ----------
    probabilities
        Of the answered class, or of one class, of shape (n,).
    right
        Whether that class was the truth, of shape (n,).
    bins
        How many, at least 1.

    Returns
    -------
    Reliability or None
        ``None`` below ``FEWEST`` rows, and where a probability is not finite.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no bin.
    """
    if bins < 1:
        raise ValueError(bins)
    pairs = sorted(zip(probabilities, right, strict=True))
    if len(pairs) < FEWEST or not all(isfinite(p) for p, _ in pairs):
        return None
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    seen = 0
    for _, group in groupby(pairs, key=lambda pair: pair[0]):
        tied = list(group)
        twice_middle = 2 * seen + len(tied)  # where the middle of these rows stands, doubled
        held[bins * twice_middle // (2 * len(pairs))] += tied
        seen += len(tied)
    made = tuple(_bin(rows) for rows in held if rows)
    gaps = fsum(each.rows * abs(each.accuracy - each.confidence) for each in made)
    return Reliability(gaps / len(pairs), made)


def _bin(rows: Sequence[tuple[float, bool]]) -> Bin:
    confidence = fsum(p for p, _ in rows) / len(rows)
    accuracy = sum(came_true for _, came_true in rows) / len(rows)
    return Bin(rows[0][0], rows[-1][0], len(rows), confidence, accuracy)


def worse_than_shares(
    log_loss: float | None,
    base_log_loss: float | None,
    brier: float | None,
    base_brier: float | None,
) -> bool:
    """Say whether probabilities lose to the share of each class in the training rows.

    They do where the log loss or the Brier score is above that of always answering the
    shares: one is enough, as a few mistakes made with certainty show in the log loss alone.
    A loss that is ``None`` says nothing.
    """
    pairs = ((log_loss, base_log_loss), (brier, base_brier))
    return any(
        mine is not None and base is not None and mine > base * (1 + _NOISE) for mine, base in pairs
    )
