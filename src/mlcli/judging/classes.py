"""How good answered classes are, and where the line between two of them is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.choices import coded, commonest, places
from mlcli.errors import AskedWronglyError
from mlcli.judging import cross_validation, threshold_curve
from mlcli.judging.beside_base import BesideBase, Median, mean_if_known
from mlcli.judging.judge import Judge, Look
from mlcli.judging.misfit import FEWEST_ROWS
from mlcli.statistics import calibration, dependence, intervals
from mlcli.statistics.metrics import CLASS_METRICS, classified, log_loss
from mlcli.store.evidence import (
    ChosenThreshold,
    ClassFigures,
    ClassFolds,
    ClassReport,
    Confusion,
    Misfit,
    ProbabilityFigures,
    ThresholdWorth,
)
from mlcli.store.scores import ClassScore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.label import ClassTarget
    from mlcli.answering.target import Raws, Target
    from mlcli.definition.definition import Definition, Threshold
    from mlcli.judging.cross_validation import Tested
    from mlcli.judging.threshold_curve import BestThreshold, Worth
    from mlcli.learning.fitting import Fitted
    from mlcli.learning.judged import Judged
    from mlcli.statistics.arrays import Codes, Floats, Rows
    from mlcli.statistics.dependence import MeanKnown
    from mlcli.statistics.intervals import Interval
    from mlcli.statistics.metrics import Classified
    from mlcli.store.scores import Scores

SHOWN: Final = 8
"""Classes that a confusion matrix holds: of more, the commonest, and the rest as one."""
LISTED: Final = 20
"""Classes that are listed one by one, at the most: the commonest."""

_TWO: Final = 2
_MOVED: Final = 0.2
_SURE: Final = 0.99
"""What the share of a class moves by, of all rows, before that is said, and how surely."""
_APART: Final = 0.1
"""Shares of right answers that differ by less are about the same."""


def worth_of(asked: Threshold | None) -> Worth | None:
    """Return what a threshold is chosen for, if one is asked for."""
    if asked is None or asked.best is not None:
        return asked.best if asked else None
    assert asked.missed_costs is not None
    assert asked.false_alarm_costs is not None
    return threshold_curve.Mistakes(asked.missed_costs, asked.false_alarm_costs)


def _worth(
    truths: Codes, given: Floats, target: ClassTarget, worth: Worth | None
) -> ThresholdWorth | None:
    """Return what the threshold is worth on these rows, beside 50 %."""
    if worth is None or target.threshold is None:
        return None
    at = target.classes.index(target.positive)
    ours, even = (
        threshold_curve.worth_at(given[:, at], truths == at, value, worth=worth)
        for value in (target.threshold, threshold_curve.EVEN)
    )
    return ThresholdWorth(target.threshold, ours, even)


def confusion(came: Classified, truths: Codes, answers: Codes, names: Sequence[str]) -> Confusion:
    """Return how often each class was taken for which, by their codes among some names.

    ``counts`` is (classes, classes), or one more each way where there is a ``rest``: row i,
    column j counts the rows of class i that were answered j. Of more classes than ``SHOWN``
    all but the commonest are one, and ``rest`` says how many that are.
    """
    shown = _commonest(came, SHOWN if len(names) <= SHOWN else SHOWN - 1)
    rest = len(names) - len(shown)
    size = len(shown) + (rest > 0)
    place = np.full(len(names), size - 1)
    place[shown] = range(len(shown))
    counts = np.bincount(place[truths] * size + place[answers], minlength=size * size)
    taken = counts.reshape(size, size).tolist()
    return Confusion(tuple(names[i] for i in shown), rest, tuple(map(tuple, taken)))


def each(came: Classified, names: Sequence[str]) -> tuple[ClassFigures, ...]:
    """Return precision, recall, F1 and rows of each class, of the commonest where many are.

    precision = right / answered so, recall = right / rows of the class, F1 = 2 right / (rows
    + answered); each 0 to 1, ``None`` where it is 0 / 0.
    """
    counts = zip(came.were.tolist(), came.answered.tolist(), came.right.tolist(), strict=True)
    found = [
        ClassFigures(
            class_=name,
            precision=_part(right, answered),
            recall=_part(right, were),
            f1=_part(2 * right, were + answered),
            rows=were,
            answered=answered,
        )
        for name, (were, answered, right) in zip(names, counts, strict=True)
    ]
    return tuple(found[i] for i in _commonest(came, LISTED))


def _part(some: int, of: int) -> float | None:
    return some / of if of else None


def _commonest(came: Classified, most: int) -> list[int]:
    """Return the classes with most rows, then most answers, in their own order."""
    return sorted(np.lexsort((-came.answered, -came.were))[:most].tolist())


def _probabilities(
    came: Classified,
    truths: Codes,
    answers: Codes,
    given: Floats,
    target: ClassTarget,
    shares: Mapping[str, float],
) -> ProbabilityFigures:
    """Return losses beside those of the shares, and what came of probabilities."""
    positive = target.classes.index(target.positive) if target.positive else 1
    said = np.full(len(truths), positive) if target.positive else answers
    always = np.array([shares.get(name, 0.0) for name in target.classes])
    base = np.broadcast_to(always, given.shape)
    brier, brier_base = (calibration.brier(truths, some) for some in (given, base))
    loss, loss_base = log_loss(came), log_loss(classified(truths, answers, base))
    two = len(target.classes) == _TWO and truths.max(initial=0) < _TWO
    return ProbabilityFigures(
        brier=brier,
        brier_shares=brier_base,
        log_loss=loss,
        log_loss_shares=loss_base,
        worse=calibration.worse_than_shares(loss, loss_base, brier, brier_base),
        auc=threshold_curve.auc(given[:, positive], truths == positive) if two else None,
        of=target.positive or None,
        reliability=calibration.reliability(given[np.arange(len(truths)), said], truths == said),
    )


class WrongClass(NamedTuple):
    """A row that was answered with another class than was true, and how probable that was."""

    row: str
    truth: str
    answer: str
    probability: float | None


class ClassJudge(Judge):
    """How classes are judged: by how many are right, and by their probabilities."""

    skill_by = "log_loss"
    folds = ClassFolds
    merit = "accuracy"
    highest = 1.0
    target: ClassTarget

    def scores(self, train: Judged, held_out: Judged | None, blind: dict[str, float]) -> Scores:
        """Score the answers with their probabilities."""
        held = self._came(held_out) if held_out else None
        return class_scores(self._came(train), held, _always((held_out or train).truths, blind))

    def _came(self, rows: Judged) -> Classified:
        truths, _ = coded(rows.truths, self.target.classes)
        return classified(
            truths, self.target.answered(rows.values), self.target.shares(rows.values)
        )

    def no_better(
        self,
        found: Mapping[str, BesideBase],
        own: float | None = None,
        median: Median | None = None,
    ) -> str:
        """Say so where answers are right no more often, and probabilities are no better."""
        del own, median
        ours, base = found["accuracy"]
        if ours is None or base is None or ours > base or found["log_loss"].better:
            return ""
        shares = f"right in {wording.share(ours)} against {wording.share(base)}"
        return f"always answering the commonest {self.target.name} ({shares})"

    def moved(self, learned: NDArray[Any], newest: NDArray[Any], those: str) -> str:
        """Say so where the share of a class differs by a fifth of rows, and not by chance."""
        rows = len(newest)
        if rows < cross_validation.FEW:
            return ""
        here = {name: float((learned == name).mean()) for name in self.target.classes}
        rises = {name: float((newest == name).mean()) - here[name] for name in here}
        name = max(rises, key=lambda name: (round(abs(rises[name]), 9), rises[name]))
        before, now = here[name], here[name] + rises[name]
        likely = intervals.of_share(round(now * rows), rows, level=_SURE)
        if likely is None or abs(now - before) < _MOVED or likely.low <= before <= likely.high:
            return ""
        is_so = f"{self.target.name} is {name} in {wording.share(now)} of {those}"
        return f"{is_so}, and in {wording.share(before)} of those learned from"

    def absent(self, held: NDArray[Any], noun: str) -> str:
        """Say so of two classes."""
        lacks = [name for name in self.target.classes if name not in held]
        if len(self.target.classes) != _TWO or not lacks:
            return ""
        return f"no held-out {noun} is {lacks[0]}: figures on those say nothing of it"

    def in_fold(self, one: Tested) -> Scores:
        """Return the scores."""
        blind = self.target.blind(one.learned_from.truths)
        return self.scores(one.learned_from, one.judged, blind)

    def worst(self, rows: Judged, *, most: int = 5) -> Sequence[WrongClass]:
        """Return the wrong answers, those first of which the model was surest."""
        answers = rows.answers(self.target)
        wrong = np.flatnonzero(self.target.misses(rows.truths, rows.values))
        given = self.target.shares(rows.values)
        at = places(answers[wrong], [] if given is None else self.target.classes)
        surety = np.zeros(len(wrong)) if given is None else given[wrong, at]
        first = np.argsort(-surety, kind="stable")[:most]
        return tuple(
            WrongClass(rows.keys[i], rows.truths[i], answers[i], None if given is None else sure)
            for i, sure in zip(wrong[first].tolist(), surety[first].tolist(), strict=True)
        )

    def each(self, rows: Judged) -> NDArray[np.float64]:
        """Return 1 for each right answer, and 0 for the others."""
        return 1 - self.target.misses(rows.truths, rows.values)

    def interval(self, each: Floats, known: Sequence[MeanKnown | None]) -> Interval | None:
        """Return that of a share."""
        if [one and one.freedom for one in known] == [len(each) - 1]:  # none depends on others
            return intervals.of_share(round(float(each.sum())), len(each))
        return dependence.widest(known, share=True)

    def report(
        self, rows: Judged, blind: Mapping[str, float], threshold: Threshold | None, *, of: str
    ) -> ClassReport:
        """Return which classes were taken for which, and what probabilities are worth.

        ``threshold`` is the one that was asked for, if one was.
        """
        target = self.target
        truths, names = coded(rows.truths, target.classes)
        answers, given = target.answered(rows.values), target.shares(rows.values)
        came = classified(truths, answers, given, classes=len(names))
        told = worth = None
        if given is not None:
            told = _probabilities(came, truths, answers, given, target, blind)
            worth = _worth(truths, given, target, worth_of(threshold))
        confused = confusion(came, truths, answers, names)
        return ClassReport(of, len(truths), confused, each(came, names), told, worth)


def class_scores(learned: Classified, held: Classified | None, always: Classified) -> Scores:
    """Return how good what came of both sides is, beside always answering the frequencies."""
    return {
        name: ClassScore(
            train=metric.function(learned),
            holdout=metric.function(held) if held else None,
            frequency_baseline=metric.function(always),
            unit="",
            better=metric.better,
        )
        for name, metric in CLASS_METRICS.items()
    }


def _always(truths: NDArray[np.object_], blind: Mapping[str, float]) -> Classified:
    """Return what comes of always answering the commonest class, with the shares of all."""
    names, rows = tuple(blind), len(truths)
    answers = np.full(rows, names.index(commonest(blind)))
    shares = np.broadcast_to(np.array([*blind.values()]), (rows, len(names)))
    return classified(coded(truths, names)[0], answers, shares)


class ClassLook(Look):
    """What folds show of a model that answers with classes."""

    judged_by = ClassJudge
    surely = True
    judge: ClassJudge

    def answered(self) -> ClassReport | None:
        """Return how good answered classes are, on rows held out or else cross-validated."""
        judged, of = self.fitted.held_out, "held out"
        if judged is None and not isinstance(self.found, str):
            _, judged = cross_validation.pooled(self.found, self.judge.target)
            of = "cross-validated"
        if judged is None:
            return None
        blind = self.judge.target.blind(self.fitted.train.truths)
        return self.judge.report(judged, blind, self.definition.label.threshold, of=of)

    def differences(self, truths: NDArray[Any], values: Raws, near: Rows) -> list[float]:
        """Return how many are of another class, by Cover and Hart (1967)."""
        del values  # answers of two models differ where either is wrong
        return [float((truths != truths[near]).mean())]

    @property
    def size(self) -> float:
        """Return that of right and wrong."""
        return 1.0

    def off(self, error: float) -> str:
        """Say so as a share."""
        return f"wrong in {wording.share(error)}"

    def misfit(self, folds: Sequence[Tested]) -> Misfit:
        """Say whether they are learned by heart: surely better where they were learned."""
        if len(self.rows) < FEWEST_ROWS:
            return self.cannot_tell()
        once = folds[: self.mixed.count] if self.mixed else folds
        train = mean_if_known([_right(one.target, one.learned_from) for one in once])
        right = sum(round((_right(one.target, one.judged) or 0) * len(one.rows)) for one in once)
        rows = sum(len(one.rows) for one in once)
        remembered = intervals.of_share(round((train or 0) * rows), rows)
        tested = intervals.of_share(right, rows)
        if train is None or remembered is None or tested is None:
            return self.cannot_tell()
        if remembered.low <= tested.high:
            if train - right / rows <= _APART:
                words = "it is about as good on rows it has not seen as on those it learned from"
                return Misfit("even", words)
            words = (
                f"right on {train:.0%} of rows it learned from, and on {right / rows:.0%} of "
                "others; whether it has learned by heart: cannot tell"
            )
            return Misfit("unknown", words)
        found = self.simpler(folds)
        wrong = (
            f"wrong on {1 - right / rows:.0%} of rows it has not seen, and on {1 - train:.0%} of "
            "those it learned from"
        )
        if found is not None:
            words = f"overfit: {wrong}; a simpler setting on {found.error:.0%}{found.advice}"
            return Misfit("overfit", words, try_=found.model)
        if train == 1:
            words = (
                f"right on every row it learned from, and on {right / rows:.0%} of others: "
                "it has learned them by heart"
            )
            return Misfit("interpolates", words)
        if self.listed:
            return Misfit("even", f"{wrong}; no simpler setting is better by a tenth")
        words = f"{wrong}; whether a simpler model would do better: cannot tell"
        return Misfit("unknown", words)


def _right(target: Target, rows: Judged) -> float | None:
    """Return the share of rows that were answered rightly; ``None`` for no rows."""
    wrong = target.misses(rows.truths, rows.values)
    return 1 - float(wrong.mean()) if len(wrong) else None


def finding(definition: Definition, target: Target, place: str) -> Any:
    """Return a target that knows the positive class, if one is named.

    Raises
    ------
    AskedWronglyError, DataError
        As for `drawn`.
    """
    label, model = definition.label, definition.model
    if label.positive is None:
        return target
    found = target.finding(label.positive, lined=label.threshold is not None)
    able = hasattr(model.build(definition.seed, target.kind), "predict_proba")
    if worth_of(label.threshold) is not None and not able:
        raise AskedWronglyError(
            f"{model.name} gives no probabilities, and a threshold needs them",
            place=place,
            hint="take  threshold:  away, or another model, such as logistic_regression",
        )
    return found


def drawn(fitted: Fitted, place: str) -> tuple[Fitted, ChosenThreshold | None]:
    """Return a model that knows its positive class and its threshold, and how that was chosen.

    It is chosen on probabilities of cross-validation, so the rows held out have no part in
    it. With too few rows, or where nothing can be said, a note says so and 50 % stays.

    Raises
    ------
    AskedWronglyError
        The model has no probabilities.
    DataError
        The positive class is none, or a threshold is asked for among more than two.
    """
    label = fitted.lesson.definition.label
    if label.positive is None:
        return fitted, None
    target = finding(fitted.lesson.definition, fitted.model.target, place)
    fitted = _answering(fitted, target)
    worth = worth_of(label.threshold)
    if worth is None:
        return fitted, None
    found = _chosen(fitted, target, worth)
    if isinstance(found, str):
        note = f"no threshold was chosen, and 50% stays: {found}"
        return replace(fitted, notes=(*fitted.notes, note)), None
    threshold, rows = found
    said = ChosenThreshold(
        positive=target.positive,
        for_=worth if isinstance(worth, str) else "costs",
        value=threshold.value,
        worth=threshold.worth,
        worth_at_even=threshold.worth_at_even,
        rows=rows,
    )
    return _answering(fitted, target._replace(threshold=threshold.value)), said


def _answering(fitted: Fitted, target: Target) -> Fitted:
    return replace(fitted, model=fitted.model._replace(target=target))


def _chosen(fitted: Fitted, target: ClassTarget, worth: Worth) -> tuple[BestThreshold, int] | str:
    """Return the threshold and how many rows chose it, or why there is none."""
    lesson, rows = fitted.lesson, fitted.rows
    if few := cross_validation.few(len(rows)):
        return few
    folds = cross_validation.folds(lesson, rows, fitted.split, repeats=1)
    if folds is None:
        return "the rows cannot be divided into folds"
    tested = cross_validation.cross_validated(lesson, rows, folds)
    if isinstance(tested, str):
        return tested
    rows, pooled = cross_validation.pooled(tested, target)
    given = target.shares(pooled.values)
    if few := cross_validation.few(0 if given is None else len(rows)):
        return few
    assert given is not None
    found = threshold_curve.threshold(
        given[:, target.classes.index(target.positive)],
        pooled.truths == target.positive,
        worth=worth,
    )
    return (found, len(rows)) if found else "a class has no row that was tested"


def carried(judged: Fitted, final: Fitted) -> Fitted:
    """Return the model that learned from every row, with the threshold of the judged one."""
    target, note = final.model.target.carry(judged.model.target)
    final = replace(final, notes=(*final.notes, note)) if note else final
    return _answering(final, target)
