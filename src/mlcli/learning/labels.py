"""Labels as they are learned from: numbers, or classes, and what must be true of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.choices import classes_of
from mlcli.answering.column import Numbers
from mlcli.answering.label import TARGETS, ClassTarget, NumberTarget
from mlcli.errors import AskedWronglyError, DataError
from mlcli.grammar import cells, doubts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.answering.target import Target
    from mlcli.definition.definition import Definition, Label
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.tables.examples import Examples

# Numbers with more different values than this are no classes, unless it is said.
_MOST_CLASSES = 50
# With fewer rows, more classes than half of them may be meant.
_FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True)
class RowLabels(ABC):
    """The labels of rows, by the positions of those, and what they are learned as.

    ``known`` are those of all n rows of the table, (n,); what is none has no meaning.
    """

    kind: ClassVar[type[Target]]
    known: NDArray[Any]

    @classmethod
    @abstractmethod
    def read(cls, definition: Definition, column: Column, rows: Rows) -> RowLabels:
        """Return the labels that the cells of some rows are."""

    def __getitem__(self, row: int) -> Any:
        return self.known[row]

    def of(self, rows: Rows) -> NDArray[Any]:
        """Return the labels of some rows."""
        return self.known[rows]

    def strata(self, rows: Rows) -> list[Any] | None:
        """Return what rows are of, where every fold should have some of each."""
        del rows
        return None

    @abstractmethod
    def target(self, label: Label, rows: Rows) -> Target:
        """Return what rows to learn from teach of how answers are delivered."""

    @abstractmethod
    def check(self, definition: Definition, examples: Examples, rows: Rows) -> None:
        """Raise where rows to learn from have labels that the model cannot learn.

        Raises
        ------
        DataError
            They are such.
        """

    @abstractmethod
    def notes(self, target: Any, rows: Rows, held: Rows) -> list[str]:
        """Say what may not be meant of labels to learn from, and of those held out."""

    def prepare(self, estimator: Any, target: Any) -> None:
        """Set what an unfitted estimator must know of the labels: nothing, mostly."""
        del estimator, target


class NumberLabels(RowLabels):
    """Numbers."""

    __slots__ = ()
    kind = NumberTarget

    @classmethod
    def read(cls, definition: Definition, column: Column, rows: Rows) -> NumberLabels:
        """Return the numbers."""
        del definition, rows
        assert isinstance(column, Numbers)
        return cls(column.values)

    def target(self, label: Label, rows: Rows) -> NumberTarget:
        """Return whether they are whole, and from where to where they lie."""
        numbers = self.of(rows)
        whole = bool((numbers % 1 == 0).all()) if label.whole is None else label.whole
        low, high = float(numbers.min()), float(numbers.max())
        unit = label.unit or label.name
        return NumberTarget(label.name, unit, whole=whole, floored=low >= 0, low=low, high=high)

    def check(self, definition: Definition, examples: Examples, rows: Rows) -> None:
        """Raise where a model for counts meets one below 0."""
        lowest = int(rows[self.of(rows).argmin()])
        require_counts(definition, self[lowest], examples.named(lowest))

    def notes(self, target: NumberTarget, rows: Rows, held: Rows) -> list[str]:
        """Say where there are 0 and 1 only."""
        del held
        numbers = self.of(rows)
        if (numbers.min(), numbers.max()) != (0, 1) or (numbers % 1 != 0).any():
            return []
        instead = f"label: {wording.as_category(target.name)}"
        return [f"{target.name} holds 0 and 1 only: if these are classes, say  {instead}"]


class ClassLabels(RowLabels):
    """Names of classes."""

    __slots__ = ()
    kind = ClassTarget

    @classmethod
    def read(cls, definition: Definition, column: Column, rows: Rows) -> ClassLabels:
        """Take cells for names; true and false in small letters, whatever the export does."""
        _no_amount(definition)
        seen = column.taken(rows)
        if definition.label.kind is None and isinstance(seen, Numbers):
            few_numbers(definition, seen.values)
        words = seen.as_words()
        names = np.array([*words.levels, None], dtype=object)
        if all(map(cells.is_flag, names[:-1][words.counts() > 0])):
            names = np.array([word and word.strip().lower() for word in names], dtype=object)
        known = np.full(len(column), None, dtype=object)
        known[rows] = names[words.codes]
        return cls(known)

    def strata(self, rows: Rows) -> list[Any] | None:
        """Return the classes."""
        found: list[Any] = self.of(rows).tolist()
        return found

    def target(self, label: Label, rows: Rows) -> ClassTarget:
        """Return the classes in their order."""
        return ClassTarget(label.name, label.unit or label.name, classes_of(self.of(rows)))

    def check(self, definition: Definition, examples: Examples, rows: Rows) -> None:
        """Raise where hardly any class has more than one row to learn from."""
        del examples
        classes, count = len(set(self.of(rows))), len(rows)
        if classes == count or (count >= _FEWEST_ROWS and classes > count / 2):
            said = (
                f"is different in each of the {count:,} rows to learn from: no class comes back"
                if classes == count
                else f"has {classes:,} classes in {count:,} rows to learn from: "
                "hardly one comes back"
            )
            raise DataError(
                f"{definition.label.name!r} {said}",
                hint="to suggest one of them by what is wished for, add  recommend: {top: 5}"
                if definition.model.suggests
                else "is it the column you meant?",
                key=("label",),
            )

    def notes(self, target: ClassTarget, rows: Rows, held: Rows) -> list[str]:
        """Say which are held out that no row to learn from has, and which look alike."""
        del rows
        return [*_unknown(target, self.of(held)), *doubts.alike(target.name, target.classes)]

    def prepare(self, estimator: Any, target: ClassTarget) -> None:
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


class Lesson(NamedTuple):
    """What models are learned from: a definition, the rows of its table, and their labels."""

    definition: Definition
    examples: Examples
    labels: RowLabels


LABELS: Final[dict[str, type[RowLabels]]] = {
    one.kind.kind: one for one in (NumberLabels, ClassLabels)
}


def labels_of(definition: Definition, examples: Examples, rows: Rows) -> RowLabels:
    """Return the label of each row: a number, or the name of a class.

    Numbers are classes where the algorithm knows nothing else or the definition says so.

    Raises
    ------
    DataError
        Numbers that look measured stand where classes are needed.
    AskedWronglyError
        It is to be decided how many classes to have ready.
    """
    column = examples.columns[definition.label.name]
    kinds = (TARGETS[definition.kind.kind], *TARGETS.values())
    kind = next(kind for kind in kinds if kind.holds(column))
    return LABELS[kind.kind].read(definition, column, rows)


def _no_amount(definition: Definition) -> None:
    """Raise where a formula or a decision needs labels that are amounts."""
    if definition.baseline is not None:
        raise DataError(
            f"the baseline  {definition.baseline.text}  is a number, "
            f"and {definition.label.name} is one of some words",
            hint="take  baseline:  away",
        )
    if definition.decide is not None:
        raise AskedWronglyError(
            f"decide: {definition.label.name} is one of some words, and no number to have ready",
            hint="take  decide:  away",
        )


def require_counts(definition: Definition, lowest: float, place: str = "") -> None:
    """Raise where a model for counts meets a label below 0, which stands in a place if one knows.

    Raises
    ------
    DataError
        The lowest label is below 0.
    """
    if definition.model.counts and lowest < 0:
        raise DataError(
            f"{definition.model.name} is for counts, and {definition.label.name} is "
            f"{wording.readable(lowest)} {'here' if place else 'in some row'}",
            place=place,
            hint="mend the cell, or take another model",
        )


def few_numbers(definition: Definition, numbers: Floats) -> None:
    """Raise where numbers are so many, or so fine, that they look measured."""
    name, different = definition.label.name, np.unique(numbers)
    fraction = next(iter(different[different % 1 != 0].tolist()), None)
    if fraction is None and len(different) <= _MOST_CLASSES:
        return
    example = f"such as {wording.written(fraction)}" if fraction is not None else "all whole"
    raise DataError(
        f"{definition.model.name} answers one of a few classes, and {name!r} holds "
        f"{len(different):,} different numbers, {example}",
        hint="take a model for numbers, such as linear_regression, "
        f"or say  label: {wording.as_category(name)}",
    )


def _unknown(target: ClassTarget, held: NDArray[Any]) -> list[str]:
    """Say which classes are held out that no row to learn from has."""
    names = sorted(set(held) - set(target.classes))
    if not names:
        return []
    count = sum(label in names for label in held)
    listed = wording.listed(names, most=3)
    rows = wording.count(count, "held-out row")
    note = f"{rows} of classes that no row to learn from has ({listed})"
    return [f"{note}: counted as missed, and log loss has no figure"]
