"""How good answered classes are: which were taken for which, and what probabilities are worth."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mlcli.learning import report as evaluation
from mlcli.statistics import calibration, threshold_curve
from mlcli.statistics.metrics import log_loss
from mlcli.store.evidence import (
    ClassFigures,
    ClassReport,
    Confusion,
    ProbabilityFigures,
    ThresholdWorth,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering.label import ClassTarget
    from mlcli.definition.definition import Threshold
    from mlcli.learning.report import Judged
    from mlcli.statistics.threshold_curve import Worth

SHOWN: Final = 8
"""Classes that a confusion matrix holds: of more, the commonest, and the rest as one."""
LISTED: Final = 20
"""Classes that are listed one by one, at the most: the commonest."""

_TWO: Final = 2


def report(
    judged: Judged,
    target: ClassTarget,
    shares: Mapping[str, float],
    *,
    of: str,
    worth: Worth | None = None,
) -> ClassReport:
    """Return the figures of answered classes.

    Parameters
    ----------
    judged
        (n,) rows that were not learned from.
    target
        The classes, and which of them is the positive one, if that is said.
    shares
        The share of each class among the rows learned from.
    of
        Which rows they are.
    worth
        What the threshold was chosen for, if it was.
    """
    truths, answers = list(judged.truths), judged.answers(target)
    names = [*target.classes, *sorted(set(truths) - set(target.classes))]
    return ClassReport(
        of,
        len(truths),
        confusion(truths, answers, names),
        each(truths, answers, names),
        _probabilities(judged, target, shares),
        _worth(judged, target, worth),
    )


def worth_of(asked: Threshold | None) -> Worth | None:
    """Return what a threshold is chosen for, if one is asked for."""
    if asked is None or asked.best is not None:
        return asked.best if asked else None
    assert asked.missed_costs is not None
    assert asked.false_alarm_costs is not None
    return threshold_curve.Mistakes(asked.missed_costs, asked.false_alarm_costs)


def _worth(judged: Judged, target: ClassTarget, worth: Worth | None) -> ThresholdWorth | None:
    """Return what the threshold is worth on these rows, beside 50 %."""
    given = evaluation.probabilities(judged, target)
    if worth is None or target.threshold is None or given is None:
        return None
    scores = [each[target.positive] for each in given]
    positives = [truth == target.positive for truth in judged.truths]
    ours, even = (
        threshold_curve.worth_at(scores, positives, value, worth=worth)
        for value in (target.threshold, threshold_curve.EVEN)
    )
    return ThresholdWorth(target.threshold, ours, even)


def confusion(truths: Sequence[str], answers: Sequence[str], names: Sequence[str]) -> Confusion:
    """Return how often each class was taken for which.

    ``counts`` is (classes, classes), or one more each way where there is a ``rest``: row i,
    column j counts the rows of class i that were answered j. Of more classes than ``SHOWN``
    all but the commonest are one, and ``rest`` says how many that are.
    """
    shown = _commonest(truths, answers, names, SHOWN if len(names) <= SHOWN else SHOWN - 1)
    place = {name: at for at, name in enumerate(shown)}
    rest = len(names) - len(shown)
    size = len(shown) + (rest > 0)
    counts = [[0] * size for _ in range(size)]
    for truth, answer in zip(truths, answers, strict=True):
        counts[place.get(truth, size - 1)][place.get(answer, size - 1)] += 1
    return Confusion(tuple(shown), rest, tuple(map(tuple, counts)))


def each(
    truths: Sequence[str], answers: Sequence[str], names: Sequence[str]
) -> tuple[ClassFigures, ...]:
    """Return precision, recall, F1 and rows of each class, of the commonest where many are.

    precision = right / answered so, recall = right / rows of the class, F1 = 2 right / (rows
    + answered); each 0 to 1, ``None`` where it is 0 / 0.
    """
    right = Counter(t for t, a in zip(truths, answers, strict=True) if t == a)
    were, answered = Counter(truths), Counter(answers)
    return tuple(
        ClassFigures(
            class_=name,
            precision=_part(right[name], answered[name]),
            recall=_part(right[name], were[name]),
            f1=_part(2 * right[name], were[name] + answered[name]),
            rows=were[name],
            answered=answered[name],
        )
        for name in _commonest(truths, answers, names, LISTED)
    )


def _part(some: int, of: int) -> float | None:
    return some / of if of else None


def _commonest(
    truths: Sequence[str], answers: Sequence[str], names: Sequence[str], most: int
) -> list[str]:
    """Return the classes with most rows, then most answers, in their own order."""
    if len(names) <= most:
        return list(names)
    were, answered = Counter(truths), Counter(answers)
    order = sorted(range(len(names)), key=lambda i: (-were[names[i]], -answered[names[i]], i))
    return [names[i] for i in sorted(order[:most])]


def _probabilities(
    judged: Judged, target: ClassTarget, shares: Mapping[str, float]
) -> ProbabilityFigures | None:
    """Return losses beside those of the shares, and what came of probabilities."""
    given = evaluation.probabilities(judged, target)
    if given is None:
        return None
    truths = judged.truths
    base = [{name: shares.get(name, 0.0) for name in target.classes}] * len(truths)
    brier, brier_base = (calibration.brier(truths, each) for each in (given, base))
    loss, loss_base = (log_loss(truths, truths, each) for each in (given, base))
    of = target.positive or None
    answers = [of] * len(truths) if of else judged.answers(target)
    sure = [each[answer] for each, answer in zip(given, answers, strict=True)]
    came = [truth == answer for truth, answer in zip(truths, answers, strict=True)]
    return ProbabilityFigures(
        brier=brier,
        brier_shares=brier_base,
        log_loss=loss,
        log_loss_shares=loss_base,
        worse=calibration.worse_than_shares(loss, loss_base, brier, brier_base),
        auc=_auc(truths, given, target),
        of=of,
        reliability=calibration.reliability(sure, came),
    )


def _auc(
    truths: Sequence[str], given: Sequence[Mapping[str, float]], target: ClassTarget
) -> float | None:
    """Return the area under the ROC curve, of two classes."""
    if len(target.classes) != _TWO or not set(truths) <= set(target.classes):
        return None
    positive = target.positive or target.classes[1]
    scores = [each[positive] for each in given]
    return threshold_curve.auc(scores, [truth == positive for truth in truths])
