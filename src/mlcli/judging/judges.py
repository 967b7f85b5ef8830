"""How answers are judged, by their kind: the one place where that is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.judging.classes import ClassLook
from mlcli.judging.importance import LeftOut
from mlcli.judging.numbers import NumberLook

if TYPE_CHECKING:
    from mlcli.answering.target import Target
    from mlcli.judging.judge import Judge, Look
    from mlcli.learning.fitting import Fitted

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
