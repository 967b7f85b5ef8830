"""Where the line between two classes is drawn: by rows to learn from, each answered unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mlcli.errors import AskedWronglyError
from mlcli.judging import classes, cross_validation, evidence
from mlcli.statistics import threshold_curve
from mlcli.store.evidence import ChosenThreshold

if TYPE_CHECKING:
    from mlcli.answering.label import ClassTarget
    from mlcli.answering.target import Target
    from mlcli.definition.definition import Definition
    from mlcli.learning.fitting import Fitted
    from mlcli.statistics.threshold_curve import BestThreshold, Worth
    from mlcli.tables.examples import Examples


def drawn(
    definition: Definition, examples: Examples, fitted: Fitted, place: str
) -> tuple[Fitted, ChosenThreshold | None]:
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
    label = definition.label
    if label.positive is None:
        return fitted, None
    lined = label.threshold is not None
    target = fitted.model.target.finding(label.positive, lined=lined)
    fitted = _answering(fitted, target)
    worth = classes.worth_of(label.threshold)
    if worth is None:
        return fitted, None
    if target.every_probability(fitted.train.values) is None:
        raise AskedWronglyError(
            f"{definition.model.name} gives no probabilities, and a threshold needs them",
            place=place,
            hint="take  threshold:  away, or another model, such as logistic_regression",
        )
    found = _chosen(definition, examples, fitted, target, worth)
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
    return _answering(fitted, replace(target, threshold=threshold.value)), said


def _answering(fitted: Fitted, target: Target) -> Fitted:
    return replace(fitted, model=replace(fitted.model, target=target))


def _chosen(
    definition: Definition, examples: Examples, fitted: Fitted, target: ClassTarget, worth: Worth
) -> tuple[BestThreshold, int] | str:
    """Return the threshold and how many rows chose it, or why there is none."""
    rows, labels = fitted.rows, fitted.labels
    if few := evidence.few(len(rows)):
        return few
    folds = cross_validation.folds(definition, examples, labels, rows, fitted.split, repeats=1)
    if folds is None:
        return "the rows cannot be divided into folds"
    tested = cross_validation.cross_validated(definition, examples, labels, rows, folds)
    if isinstance(tested, str):
        return tested
    pooled = cross_validation.pooled(tested, target).values()
    given = target.every_probability([value for _, value in pooled]) or []
    if few := evidence.few(len(given)):
        return few
    found = threshold_curve.threshold(
        [each[target.positive] for each in given],
        [truth == target.positive for truth, _ in pooled],
        worth=worth,
    )
    return (found, len(given)) if found else "a class has no row that was tested"


def carried(judged: Fitted, final: Fitted) -> Fitted:
    """Return the model that learned from every row, with the threshold of the judged one."""
    target, note = final.model.target.carry(judged.model.target)
    final = replace(final, notes=(*final.notes, note)) if note else final
    return _answering(final, target)
