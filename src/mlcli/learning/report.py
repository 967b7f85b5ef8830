"""How good a model is, on rows it did not learn from, beside baselines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mlcli.answering.label import Blind, Chosen, ClassTarget, NumberTarget
from mlcli.statistics.metrics import CLASS_METRICS, METRICS
from mlcli.store.scores import ClassScore, NumberScore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering.label import Raw, Target
    from mlcli.statistics.metrics import ClassMetric
    from mlcli.store.scores import Scores


@dataclass(frozen=True, slots=True)
class Judged:
    """Some rows with their truths, and what was predicted for them.

    Each sequence has n entries. Truths are numbers in the label's unit, or classes;
    ``values`` are raw predictions; ``baseline`` is the definition's own rule, ``None``
    where there is none.
    """

    keys: Sequence[str]
    truths: Sequence[Any]
    values: Sequence[Raw]
    baseline: Sequence[float] | None = None

    def answers(self, target: Target) -> list[Any]:
        """Return the predictions as they are delivered."""
        return [target.deliver(value) for value in self.values]


def blind(train: Judged, target: Target) -> Blind:
    """Return what there is to answer with, without looking at any feature."""
    return target.blind(train.truths)


def report(
    train: Judged, held_out: Judged | None, target: Target, without_looking: Blind
) -> Scores:
    """Score a model on the rows it learned from and on those held out, by metric."""
    if isinstance(target, ClassTarget):
        assert not isinstance(without_looking, float)
        return _report_classes(train, held_out, target, without_looking)
    assert isinstance(target, NumberTarget)
    assert isinstance(without_looking, float)
    return _report_numbers(train, held_out, target, without_looking)


def _report_numbers(
    train: Judged, held_out: Judged | None, target: NumberTarget, mean: float
) -> dict[str, NumberScore]:
    answers = train.answers(target)
    held = held_out.answers(target) if held_out else []
    judged = held_out or train
    raw = report_raw(train, held_out, mean)
    return {
        name: NumberScore(
            train=metric.function(train.truths, answers),
            holdout=metric.function(held_out.truths, held) if held_out else None,
            train_raw=raw[name].train,
            holdout_raw=raw[name].holdout,
            mean_baseline=raw[name].baseline,
            own_baseline=(
                metric.function(judged.truths, judged.baseline) if judged.baseline else None
            ),
            unit=target.unit if metric.of_label else "",
            better=metric.better,
        )
        for name, metric in METRICS.items()
    }


class Figures(NamedTuple):
    """One metric where a model learned, elsewhere, and of answering without looking."""

    train: float | None
    holdout: float | None
    baseline: float | None


def report_raw(train: Judged, held_out: Judged | None, mean: float) -> dict[str, Figures]:
    """Return the part of ``report`` that needs no answer as it is delivered, of numbers."""
    judged = held_out or train
    return {
        name: Figures(
            metric.function(train.truths, train.values),
            metric.function(held_out.truths, held_out.values) if held_out else None,
            metric.function(judged.truths, [mean] * len(judged.truths)),
        )
        for name, metric in METRICS.items()
    }


def _report_classes(
    train: Judged, held_out: Judged | None, target: ClassTarget, shares: Mapping[str, float]
) -> dict[str, ClassScore]:
    judged = held_out or train
    rows = len(judged.truths)

    def score(metric: ClassMetric, some: Judged) -> float | None:
        return metric.function(some.truths, some.answers(target), probabilities(some, target))

    return {
        name: ClassScore(
            train=score(metric, train),
            holdout=score(metric, held_out) if held_out else None,
            frequency_baseline=metric.function(
                judged.truths, [commonest(shares)] * rows, [shares] * rows
            ),
            unit="",
            better=metric.better,
        )
        for name, metric in CLASS_METRICS.items()
    }


def frequencies(truths: Sequence[str], target: ClassTarget) -> dict[str, float]:
    """Return the share of each class among some labels, in the order of the classes."""
    counts = Counter(truths)
    return {name: counts[name] / len(truths) for name in target.classes}


def commonest(shares: Mapping[str, float]) -> str:
    """Return the class with the largest share; of several, the first."""
    return max(shares, key=lambda name: shares[name])


def probabilities(rows: Judged, target: ClassTarget) -> list[dict[str, float]] | None:
    """Return the probability of each class, row by row, if every row has them."""
    found = [target.probabilities(value) for value in rows.values]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


class Miss(NamedTuple):
    """A row that was answered with another number than was true; ``miss`` is above 0 if larger."""

    row: str
    truth: float
    answer: float
    miss: float


class WrongClass(NamedTuple):
    """A row that was answered with another class than was true, and how probable that was."""

    row: str
    truth: str
    answer: str
    probability: float | None


def worst(
    rows: Judged, target: Target, *, most: int = 5
) -> tuple[Miss, ...] | tuple[WrongClass, ...]:
    """Return the rows with the largest misses on what is delivered, largest first.

    Of classes, these are the wrong answers, those first of which the model was surest.
    """
    if isinstance(target, ClassTarget):
        return tuple(_worst_classes(rows, target)[:most])
    answers = rows.answers(target)
    order = sorted(range(len(answers)), key=lambda i: -abs(rows.truths[i] - answers[i]))
    return tuple(
        Miss(rows.keys[i], rows.truths[i], answers[i], answers[i] - rows.truths[i])
        for i in order[:most]
    )


def _worst_classes(rows: Judged, target: ClassTarget) -> list[WrongClass]:
    found = []
    for key, truth, value in zip(rows.keys, rows.truths, rows.values, strict=True):
        assert isinstance(value, Chosen)
        answer = target.deliver(value)
        if answer != truth:
            shares = value.probabilities
            surety = None if shares is None else shares[target.classes.index(answer)]
            found.append(WrongClass(key, truth, answer, surety))
    return sorted(found, key=lambda one: -(one.probability or 0))
