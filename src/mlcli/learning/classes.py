"""Labels as they are learned from: numbers, or classes and what must be true of those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.errors import AskedWronglyError, DataError
from mlcli.grammar import cells, doubts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.label import ClassTarget, NumberTarget
    from mlcli.definition.definition import Definition
    from mlcli.tables.examples import Examples

# Numbers with more different values than this are no classes, unless it is said.
_MOST_CLASSES = 50
# With fewer rows, more classes than half of them may be meant.
_FEWEST_ROWS = 10


def truths(definition: Definition, examples: Examples, rows: Sequence[int]) -> dict[int, Any]:
    """Return the label of each row: a number, or the name of a class.

    Numbers are classes where the algorithm knows nothing else or the definition says
    so; true and false are written in small letters, whatever the export does.

    Raises
    ------
    DataError
        Numbers that look measured stand where classes are needed.
    AskedWronglyError
        It is to be decided how many classes to have ready.
    """
    column = examples.columns[definition.label.name]
    values = {i: column[i] for i in rows}
    numbers = all(isinstance(value, float) for value in values.values())
    if numbers and definition.task != "category":
        return values
    if definition.own_baseline is not None:
        raise DataError(
            f"the baseline  {definition.own_baseline.text}  is a number, "
            f"and {definition.label.name} is one of some words",
            hint="take  baseline:  away",
        )
    if definition.decide is not None:
        raise AskedWronglyError(
            f"decide: {definition.label.name} is one of some words, and no number to have ready",
            hint="take  decide:  away",
        )
    if numbers and definition.label.kind is None:
        _few(definition, values)
    words = {i: wording.written(value) for i, value in values.items()}
    flags = all(map(cells.is_flag, set(words.values())))
    return {i: word.strip().lower() if flags else word for i, word in words.items()}


def _few(definition: Definition, values: dict[int, Any]) -> None:
    name, different = definition.label.name, set(values.values())
    fraction = next((v for v in different if not v.is_integer()), None)
    if fraction is None and len(different) <= _MOST_CLASSES:
        return
    example = f"such as {wording.written(fraction)}" if fraction is not None else "all whole"
    raise DataError(
        f"{definition.model.name} answers one of a few classes, and {name!r} holds "
        f"{len(different):,} different numbers, {example}",
        hint="take a model for numbers, such as linear_regression, "
        f"or say  label: {{name: {name}, kind: category}}",
    )


def check(definition: Definition, target: ClassTarget, rows: int) -> None:
    """Raise where hardly any class has more than one row to learn from.

    Raises
    ------
    DataError
        Each row is a class of its own, or so many are that nothing can be learned.
    """
    classes = len(target.classes)
    if classes == rows or (rows >= _FEWEST_ROWS and classes > rows / 2):
        said = (
            f"is different in each of the {rows:,} rows to learn from: no class comes back"
            if classes == rows
            else f"has {classes:,} classes in {rows:,} rows to learn from: hardly one comes back"
        )
        raise DataError(
            f"{target.name!r} {said}",
            hint="to suggest one of them by what is wished for, add  recommend: {top: 5}"
            if "thing" in definition.model.tasks
            else "is it the column you meant?",
        )


def look_alikes(target: ClassTarget) -> list[str]:
    """Say where classes look alike, such as two that differ by case."""
    return doubts.alike(target.name, target.classes)


def binary(target: NumberTarget, labels: Sequence[float]) -> list[str]:
    """Say where a label that is answered as a number holds 0 and 1 only."""
    if set(labels) != {0.0, 1.0}:
        return []
    instead = f"label: {{name: {target.name}, kind: category}}"
    return [f"{target.name} holds 0 and 1 only: if these are classes, say  {instead}"]


def unknown(target: ClassTarget, held: Sequence[str]) -> list[str]:
    """Say which classes are held out that no row to learn from has."""
    names = sorted(set(held) - set(target.classes))
    if not names:
        return []
    count = sum(label in names for label in held)
    listed = wording.listed(names, most=3)
    rows = wording.count(count, "held-out row")
    note = f"{rows} of classes that no row to learn from has ({listed})"
    return [f"{note}: counted as missed, and log loss has no figure"]


def weigh(estimator: Any, target: ClassTarget) -> None:
    """Give the weights of classes to an estimator that learns positions, not names.

    Raises
    ------
    DataError
        A weight is for a class that no row to learn from has.
    """
    parameters = estimator.get_params(deep=False)
    weights = parameters.get("class_weight")
    if not isinstance(weights, dict):
        return
    named = {target.truth(wording.written(name)): weight for name, weight in weights.items()}
    foreign = [name for name in named if name not in target.classes]
    if foreign:
        raise DataError(
            f"class_weight names {foreign[0]!r}, which is no {target.name} to learn from",
            hint=f"the classes are {wording.listed(list(target.classes), most=12)}",
        )
    places = {target.classes.index(name): weight for name, weight in named.items()}
    estimator.set_params(class_weight=places)
