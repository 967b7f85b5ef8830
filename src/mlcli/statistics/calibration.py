"""Are the probabilities of a model worth reading: their losses, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mlcli.statistics.arrays import Codes, Floats

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


def brier(truths: Codes, probabilities: Floats) -> float | None:
    """Return the Brier score: mean(sum over classes of (probability - is it)^2), 0 to 2.

    With two classes it is halved, which is the usual mean((p of one class - is it)^2), 0 to
    1 (Brier 1950; halved as scikit-learn does). Lower is better. ``None`` for no rows, where
    a truth is a class that the model does not know, and where a probability is not finite.

    Parameters
    ----------
    truths
        Codes of classes, of shape (n,); from ``classes`` on, of some that are unknown.
    probabilities
        Of shape (n, classes).

    Raises
    ------
    ValueError
        There are not as many probabilities as truths.
    """
    import numpy as np

    rows, classes = probabilities.shape
    if len(truths) != rows:
        raise ValueError((len(truths), rows))
    if not rows or truths.max() >= classes or not np.isfinite(probabilities).all():
        return None
    missed = probabilities.copy()
    missed[np.arange(rows), truths] -= 1
    return float(np.square(missed).sum() / rows / (2 if classes == _TWO else 1))


def reliability(probabilities: ArrayLike, right: ArrayLike, bins: int = 10) -> Reliability | None:
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
    import numpy as np

    said, came = np.asarray(probabilities, dtype=float), np.asarray(right, dtype=bool)
    if bins < 1 or said.shape != came.shape:
        raise ValueError((bins, said.shape, came.shape))
    rows = len(said)
    if rows < FEWEST or not np.isfinite(said).all():
        return None
    order = np.argsort(said)
    said, came = said[order], came[order]
    _, first, tied = np.unique(said, return_index=True, return_counts=True)
    # Where the middle of tied rows stands, doubled, says which bin they are of.
    held = np.repeat(bins * (2 * first + tied) // (2 * rows), tied)
    starts = np.flatnonzero(np.diff(held, prepend=-1))
    made = tuple(
        Bin(float(p[0]), float(p[-1]), len(p), float(p.mean()), float(t.mean()))
        for p, t in zip(np.split(said, starts[1:]), np.split(came, starts[1:]), strict=True)
    )
    gaps = sum(each.rows * abs(each.accuracy - each.confidence) for each in made)
    return Reliability(gaps / rows, made)


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
