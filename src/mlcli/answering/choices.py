"""Predicted classes of n rows, and what is worked out of classes and their shares."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli.grammar import cells
from mlcli.statistics.metrics import losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.answering.target import Errors
    from mlcli.statistics.arrays import Codes, Floats, Objects


TIE: Final = 1e-10
"""Probabilities that are so close are the same."""

_DIGITS: Final = 10
"""Decimals to which probabilities, and a threshold, are the same."""


def enough(threshold: float) -> float:
    """Return from what probability on a class is answered: a threshold, less what is rounding."""
    return round(threshold, _DIGITS) - TIE / 2


class Chosen(NamedTuple):
    """A predicted class: its position among the classes, and the probability of each.

    ``probabilities`` is ``None`` where the model has none.
    """

    position: int
    probabilities: tuple[float, ...] | None = None


class Choices:
    """Predicted classes of n rows: their ``positions`` (n,), and ``probabilities`` (n, classes)."""

    __slots__ = ("positions", "probabilities")

    def __init__(self, positions: Codes, probabilities: Floats | None) -> None:
        self.positions, self.probabilities = positions, probabilities

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, rows: Any) -> Any:
        positions = self.positions[rows]
        shares = None if self.probabilities is None else self.probabilities[rows]
        if getattr(positions, "shape", ()):
            return Choices(positions, shares)
        return Chosen(int(positions), None if shares is None else tuple(shares.tolist()))


def places(truths: Objects, names: Sequence[str]) -> Codes:
    """Return the position (n,) of each truth among some names, -1 where it is none of them."""
    import numpy as np

    found = {name: at for at, name in enumerate(names)}
    return np.fromiter(map(found.get, truths, repeat(-1)), np.intp, len(truths))


def coded(truths: Objects, names: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    """Return the position (n,) of each truth among some names and those that are none of them.

    Also return all names, those others last, in their order.
    """
    at = places(truths, names)
    others = tuple(sorted(set(truths[at < 0])))
    if others:
        at[at < 0] = len(names) + places(truths[at < 0], others)
    return at, (*names, *others)


def errors_of(
    wrong: Floats,
    truths: Objects,
    names: Sequence[str],
    shares: Floats | None,
) -> Errors:
    """Return which are wrong, and losses in nats unless a probability lacks."""
    lost = None if shares is None else losses(coded(truths, names)[0], shares)
    return {"wrong": wrong} if lost is None else {"wrong": wrong, "log_loss": lost}


def commonest(shares: Mapping[str, float]) -> str:
    """Return the class with the largest share; of several, the first."""
    return max(shares, key=lambda name: shares[name])


def classes_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return the different classes of some labels: by number if all are, else as text."""
    found = set(words)
    if all(map(cells.is_number, found)):
        return tuple(sorted(found, key=lambda word: (float(word), word)))
    return tuple(sorted(found))


def in_order(shares: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, float] | None:
    """Return the shares of classes in the order of these names, if there are any."""
    return None if shares is None else {name: float(shares[name]) for name in names}
