"""How answers are judged, by their kind: the one place where that is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.judging import scores_of_all
from mlcli.judging.classes import ClassLook
from mlcli.judging.importance import LeftOut
from mlcli.judging.numbers import NumberLook

if TYPE_CHECKING:
    from mlcli.answering.target import Target
    from mlcli.judging.judge import Judge, Look
    from mlcli.learning.fitting import Fitted
    from mlcli.store.scores import Scores

LOOKS: Final[dict[str, type[Look]]] = {
    NumberTarget.kind: NumberLook,
    ClassTarget.kind: ClassLook,
}


def judge(target: Target) -> Judge:
    """Return what judges the answers of a target."""
    return LOOKS[target.kind].judged_by(target)


def look(fitted: Fitted) -> Look:
    """Return what folds show of a model."""
    return LOOKS[fitted.model.target.kind](fitted, LeftOut(fitted))


def scores(fitted: Fitted) -> Scores:
    """Return how good a model is on both sides of its split, be its rows here or elsewhere.

    Raises
    ------
    DataError
        A row elsewhere that is held out cannot be encoded, or has no answer.
    """
    if fitted.whole is not None:
        return scores_of_all.scores(fitted.whole, fitted.model, fitted.lesson.definition.baseline)
    target, train = fitted.model.target, fitted.train
    return judge(target).scores(train, fitted.held_out, target.blind(train.truths))
