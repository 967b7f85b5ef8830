"""How well a thing goes with some wishes: naive Bayes and others in closed form.

Every score is a part that depends on the size of a thing's profile, and a gain for each
wish that it meets. With one thing a class, that is scikit-learn's own score, without its
matrix of things by things. ``x`` is a thing's row of zeros and ones, ``q`` that of the
wishes, ``n`` the number of things, ``F`` of columns, ``N`` the column totals, ``a`` the
smoothing.
"""

from __future__ import annotations

from math import fsum, inf, log, sqrt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlcli.answering.catalogue import Catalogue

How = Literal[
    "complement_naive_bayes",
    "multinomial_naive_bayes",
    "bernoulli_naive_bayes",
    "k_nearest",
    "match",
]


class Facts(NamedTuple):
    """What a ranker learned of a catalogue.

    ``things`` and the column ``totals`` are counts; ``smoothing`` is added to counts.
    """

    how: How
    things: int
    totals: tuple[int, ...]
    smoothing: float = 1.0


def facts(catalogue: Catalogue, how: str, smoothing: float) -> Facts:
    """Return what a ranker learns of a catalogue.

    Raises
    ------
    ValueError
        There is no such way to score, or smoothing is not above 0.
    """
    if how not in _HOW or not 0 < smoothing < inf:
        raise ValueError(how)
    return Facts(how, len(catalogue), tuple(catalogue.totals()), smoothing)


class Score(NamedTuple):
    """The score of some wishes: a base by the size of a profile, and gains by column."""

    base: Callable[[int], float]
    gains: Mapping[int, float]
    scale: Callable[[int], float] = lambda _: 1.0

    def of(self, size: int, met: Sequence[int]) -> float:
        """Return the score of a thing with ``size`` columns that meets the wishes ``met``."""
        return self.base(size) + fsum(self.gains[column] for column in met) * self.scale(size)


def score(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return how things score for some wishes, which are columns of the matrix."""
    return _HOW[facts.how](facts, wishes)


def _complement(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return sum over q of -ln((N + a - x) / (sum(N) + aF - |x|)): the seldom, elsewhere."""
    a, totals = facts.smoothing, facts.totals
    every = sum(totals) + a * len(totals)
    seldom = fsum(log(totals[f] + a) for f in wishes)
    gains = {f: log(totals[f] + a) - log(totals[f] + a - 1) for f in wishes if totals[f]}
    return Score(lambda size: len(wishes) * log(every - size) - seldom, gains)


def _multinomial(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return -ln(n) + sum over q of ln((x + a) / (|x| + aF)): the share of a thing's columns."""
    a, width = facts.smoothing, len(facts.totals)
    many, count = len(wishes), log(facts.things)
    return Score(
        lambda size: many * (log(a) - log(size + a * width)) - count,
        dict.fromkeys(wishes, log(1 + a) - log(a)),
    )


def _bernoulli(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return -ln(n) + sum over all columns of ln((1 + a) / (1 + 2a)) where x is q, else ln(a / ..).

    So a column too many costs as much as one too few.
    """
    a, width = facts.smoothing, len(facts.totals)
    same, other = log(1 + a) - log(1 + 2 * a), log(a) - log(1 + 2 * a)
    many, count = len(wishes), log(facts.things)
    return Score(
        lambda size: (width - many - size) * same + (many + size) * other - count,
        dict.fromkeys(wishes, 2 * (same - other)),
    )


def _nearest(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return the cosine of the angle between q and x: wishes met / sqrt(|q| |x|)."""
    del facts
    many = len(wishes)
    return Score(
        lambda _: 0.0,
        dict.fromkeys(wishes, 1.0),
        lambda size: 1 / sqrt(max(many, 1) * max(size, 1)),
    )


def _match(facts: Facts, wishes: Sequence[int]) -> Score:
    """Return how many wishes are met."""
    del facts
    return Score(lambda _: 0.0, dict.fromkeys(wishes, 1.0))


_HOW: Final[dict[How, Callable[[Facts, Sequence[int]], Score]]] = {
    "complement_naive_bayes": _complement,
    "multinomial_naive_bayes": _multinomial,
    "bernoulli_naive_bayes": _bernoulli,
    "k_nearest": _nearest,
    "match": _match,
}
