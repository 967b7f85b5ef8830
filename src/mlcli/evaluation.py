"""How good a model is, on rows it did not learn from, beside baselines."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any

from mlcli.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering import Target


@dataclass(frozen=True, slots=True)
class Judged:
    """Some rows with their truths, and what was predicted for them.

    Each sequence has n entries, in the label's unit. ``values`` are raw predictions;
    ``baseline`` is the definition's own rule, ``None`` where there is none.
    """

    keys: Sequence[str]
    truths: Sequence[float]
    values: Sequence[float]
    baseline: Sequence[float] | None = None

    def answers(self, target: Target) -> list[float]:
        """Return the predictions as they are delivered."""
        return [target.deliver(value) for value in self.values]


def report(train: Judged, held_out: Judged | None, target: Target) -> dict[str, Any]:
    """Score a model on the rows it learned from and on those held out.

    Returns
    -------
    dict
        By metric: ``train`` and ``holdout`` on what is delivered, ``train_raw`` and
        ``holdout_raw`` on raw predictions; ``mean_baseline`` answers the mean of the
        training labels, ``own_baseline`` the definition's rule, both on the held-out
        rows (on the training rows, where none are held out). ``None`` where a figure
        does not exist.
    """
    mean = fsum(train.truths) / len(train.truths)
    judged = held_out or train
    found: dict[str, Any] = {}
    for name, metric in METRICS.items():
        score = metric.function
        found[name] = {
            "train": score(train.truths, train.answers(target)),
            "holdout": score(held_out.truths, held_out.answers(target)) if held_out else None,
            "train_raw": score(train.truths, train.values),
            "holdout_raw": score(held_out.truths, held_out.values) if held_out else None,
            "mean_baseline": score(judged.truths, [mean] * len(judged.truths)),
            "own_baseline": score(judged.truths, judged.baseline) if judged.baseline else None,
            "unit": target.unit if metric.of_label else "",
            "better": metric.better,
        }
    return found


def worst(rows: Judged, target: Target, *, most: int = 5) -> list[dict[str, Any]]:
    """Return the rows with the largest misses on what is delivered, largest first."""
    answers = rows.answers(target)
    order = sorted(range(len(answers)), key=lambda i: -abs(rows.truths[i] - answers[i]))
    return [
        {
            "row": rows.keys[i],
            "truth": rows.truths[i],
            "answer": answers[i],
            "miss": answers[i] - rows.truths[i],
        }
        for i in order[:most]
    ]
