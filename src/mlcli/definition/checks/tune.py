"""What cannot be tuned, and where no line can be drawn between classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.algorithms import ByClassName
from mlcli.definition.checks.hyperparameters import of_hyperparameters
from mlcli.definition.vocabulary import Contradiction
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition


def of_tune(definition: Definition) -> Iterator[Contradiction]:
    """Find hyperparameters that the model does not have, and values that it does not take."""
    model = definition.model
    if definition.tune is None:
        return
    if definition.recommend is not None:
        message = "a catalogue has no error that values could be chosen by"
        yield Contradiction(("tune",), message, "take  tune:  away")
        return
    for key, values in definition.tune.items():
        if key == "name":
            message = "'name' is no hyperparameter: one model is tuned at a time"
            yield Contradiction(("tune", key), message, "to compare models, use  mlcli compare")
        elif key not in model.known:
            message = f"{model.name} has no hyperparameter {key!r}"
            none = "it has none: take  tune:  away, or another model"
            it_has = f"it has {', '.join(model.known)}" if model.known else none
            yield Contradiction(("tune", key), message, near(key, model.known) or it_has)
        elif isinstance(model, ByClassName):
            yield from _by_class_name(definition, key, values)


def _by_class_name(
    definition: Definition, key: str, values: tuple[object, ...]
) -> Iterator[Contradiction]:
    """Say what scikit-learn itself complains of, of the first value that it does not take."""
    for at, value in enumerate(values):
        tried = definition.model_copy(update={"model": definition.model.having({key: value})})
        for found in of_hyperparameters(tried):
            if found.path == ("model", key):
                yield Contradiction(("tune", key, at), found.message, found.hint, at_value=True)
                return


def of_threshold(definition: Definition) -> Iterator[Contradiction]:
    """Find a line between classes where there are none, or where it is not said which to find."""
    label = definition.label
    for key, value in (("positive", label.positive), ("threshold", label.threshold)):
        if value is not None and not definition.kind.divided:
            noun = definition.kind.noun
            message = f"{key!r} is about two classes, and {label.name!r} is {noun}"
            yield Contradiction(("label", key), message, f"take  {key}:  away")
            return
    if label.threshold is not None and label.positive is None:
        message = "it is not said which class the threshold is for"
        yield Contradiction(("label", "threshold"), message, "add  positive: CLASS  to the label")
