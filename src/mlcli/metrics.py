"""How wrong predictions are: small functions of truths and predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, isfinite, sqrt
from typing import Final, Literal

Numbers = Sequence[float]


@dataclass(frozen=True, slots=True)
class Metric:
    """A way to score predictions; ``of_label`` says that it has the label's unit."""

    title: str
    better: Literal["lower", "higher"]
    of_label: bool
    function: Callable[[Numbers, Numbers], float | None]


def mae(truths: Numbers, predictions: Numbers) -> float | None:
    """Return mean(abs(truth - prediction)), in the label's unit; ``None`` for no rows."""
    errors = [abs(t - p) for t, p in zip(truths, predictions, strict=True)]
    return _finite(sum(errors) / len(errors)) if errors else None


def rmse(truths: Numbers, predictions: Numbers) -> float | None:
    """Return sqrt(mean((truth - prediction)^2)), in the label's unit; ``None`` for no rows."""
    squares = _squares(truths, predictions)
    return _finite(sqrt(sum(squares) / len(squares))) if squares else None


def r2(truths: Numbers, predictions: Numbers) -> float | None:
    """Return 1 - sum((truth - prediction)^2) / sum((truth - mean truth)^2), without unit.

    1 is perfect, 0 is as good as answering these rows' own mean, below 0 is worse.
    ``None`` where the truths are fewer than two or all the same.
    """
    if len(set(truths)) <= 1:
        return None
    mean = fsum(truths) / len(truths)
    total = sum(_squares(truths, [mean] * len(truths)))
    if total == 0:  # they differ by less than doubles can square
        return None
    return _finite(1 - sum(_squares(truths, predictions)) / total)


def _squares(truths: Numbers, predictions: Numbers) -> list[float]:
    """Return squared misses; one that no double holds is infinite, not an error."""
    return [(t - p) * (t - p) for t, p in zip(truths, predictions, strict=True)]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


METRICS: Final[dict[str, Metric]] = {
    "mae": Metric("MAE: average miss", "lower", of_label=True, function=mae),
    "rmse": Metric("RMSE: big misses weigh more", "lower", of_label=True, function=rmse),
    "r2": Metric("R2: share explained", "higher", of_label=False, function=r2),
}
