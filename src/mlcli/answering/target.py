"""What a kind of answer is: all that is asked of one, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from mlcli import wording
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.answering.label import ClassTarget, NumberTarget
    from mlcli.grammar import cells
    from mlcli.statistics.arrays import Flags, Floats

Task = Literal["number", "category", "thing"]
"""What a model answers with, as definitions and manifests name it."""

Raw = Any
"""A prediction as a model makes it; its target alone makes sense of it."""

Raws = Any
"""Those of n rows: an array, or ``label.Choices``; ``[i]`` is one, ``[rows]`` some of them."""

Blind = float | dict[str, float]
"""What answers without looking: the mean of the training labels, or the shares of classes."""

Errors = dict[str, "Floats"]
"""By metric, the error of each row, (n,); lower is better."""


class AnswerKind(ABC):
    """What is answered, of whichever kind; all of it is known before any data is read.

    Attributes
    ----------
    kind
        Its name in definitions and manifests.
    noun, plural
        What an answer is, and what several are.
    verb, does
        The command that asks, and what such a model does then.
    such_a_model
        One that answers so, for whoever took another.
    by_rows
        Whether it is answered row by row, so that rows tell what is right.
    amount
        Whether it is so much of something: rounded, had ready, worked out by a formula.
    divided
        Whether a line can be drawn between two answers.
    waits
        Whether a row whose label is missing may have one later.
    held_as
        What a column of such labels is said to hold, where that is not found out.
    read_as, guessed_as
        What cells of the label hold: where its kind was written down, and where it was not.
    described
        What a label of some ``name`` holds, in words.
    """

    __slots__ = ()
    kind: ClassVar[Task]
    noun: ClassVar[str]
    plural: ClassVar[str]
    verb: ClassVar[str] = "predict"
    does: ClassVar[str] = "answers questions"
    such_a_model: ClassVar[str]
    by_rows: ClassVar[bool] = False
    amount: ClassVar[bool] = False
    divided: ClassVar[bool] = False
    waits: ClassVar[bool] = True
    held_as: ClassVar[str] = ""
    read_as: ClassVar[cells.Kind] = "any"
    guessed_as: ClassVar[cells.Kind] = "any"
    described: ClassVar[str]
    __match_args__: ClassVar[Any]  # the names of its fields

    name: str
    unit: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the manifest, without what is not known: as it was before."""
        names: tuple[str, ...] = self.__match_args__
        unsaid: Mapping[str, Any] = getattr(self, "_field_defaults", {})
        known = {name: getattr(self, name) for name in names}
        said = {k: v for k, v in known.items() if k not in unsaid or v != unsaid[k]}
        return {"kind": self.kind, **said}


class Undecided(AnswerKind):
    """A number or a class: whichever the labels turn out to be."""

    __slots__ = ()
    kind = "number"
    amount = True
    divided = True
    described = "{name!r} is a number or a class"


class _NamedThing(NamedTuple):
    name: str
    unit: str


class ThingTarget(AnswerKind, _NamedThing):
    """One of the things of a catalogue, by its name; wishes are met by them, not rows."""

    kind = "thing"
    noun = "the name of a thing"
    plural = "things"
    verb = "recommend"
    does = "suggests things"
    such_a_model = "match"
    waits = False
    held_as = "name"
    read_as = guessed_as = "text"
    described = "things are suggested"  # whatever they are called


class Target(AnswerKind):
    """An answer that is given row by row, so that rows can be learned from and held out.

    Attributes
    ----------
    are
        The verb that goes with its unit: *pizza doughs are known*, *the gift is known*.
    compared
        The errors by which models are compared; the first one ranks.
    base
        What answers without looking is called.
    metrics
        The metrics that each stored version has, first the one that ranks. A metric that is
        added later is not among them: versions stored before lack it.
    columns
        What a file has between an answer and its note.
    instead_of_range
        What there is where no range can stand around an answer.
    """

    __slots__ = ()
    by_rows = True
    are: ClassVar[str]
    columns: ClassVar[tuple[str, ...]] = ()
    instead_of_range: ClassVar[str] = ""
    compared: ClassVar[tuple[str, ...]]
    base: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def holds(cls, labels: Column) -> bool:
        """Say whether such labels may be of this kind, where none is said."""

    @property
    def amounts(self) -> NumberTarget | None:
        """Return it as numbers that have ranges, and of which some can be had ready, if it is."""
        return None

    @property
    def width(self) -> int:
        """Return how many numbers an equation has for it."""
        return 1

    @property
    def line(self) -> str:
        """Say from what probability on a class is answered, if that was chosen."""
        return ""

    @property
    def solved(self) -> str:
        """Return what an equation with one result is solved for."""
        return self.name

    @abstractmethod
    def of_equation(self, numbers: Sequence[float]) -> Raw:
        """Return the raw prediction that the numbers of an equation are."""

    @abstractmethod
    def of_equations(self, numbers: Floats) -> Raws:
        """Return those of n rows, of which (n, width) are the numbers."""

    @abstractmethod
    def of_estimator(self, found: Floats, shares: Floats | None) -> Raws:
        """Return raw predictions of what an estimator found, and its probabilities, if any.

        Raises
        ------
        RefusedError
            One of them is no answer.
        """

    @abstractmethod
    def together(self, values: Sequence[Raw]) -> Raws:
        """Return single raw predictions as those of n rows."""

    @abstractmethod
    def joined(self, parts: Sequence[Raws]) -> Raws:
        """Return the raw predictions of several sets of rows as those of all."""

    @abstractmethod
    def agree(self, ours: Raws, theirs: Raws, *, within: float) -> bool:
        """Say whether raw predictions are the same, but for rounding."""

    def finite(self, values: Raws) -> bool:
        """Say whether no raw prediction is beyond all numbers."""
        del values
        return True

    @abstractmethod
    def deliver(self, value: Raw) -> Any:
        """Return the answer that a raw prediction is delivered as."""

    @abstractmethod
    def answers(self, values: Raws) -> NDArray[Any]:
        """Return the answers (n,) of n raw predictions; the last digit of numbers may differ."""

    def value(self, value: Raw) -> Any:
        """Return what stands beside the answer: the number before rounding, the class."""
        return value

    def probabilities(self, value: Raw) -> dict[str, float] | None:
        """Return the probability of each class, if there are classes and the model has them."""
        del value
        return None

    def beside(self, probabilities: Mapping[str, float] | None) -> dict[str, Any]:
        """Return the keys that every answer of this kind has, a refused one too."""
        del probabilities
        return {}

    def raw(self, value: Any, probabilities: Mapping[str, float] | None) -> Raw:
        """Return the raw prediction of which these are ``value`` and ``probabilities``."""
        del probabilities
        return value

    @abstractmethod
    def kept(self, values: Raws) -> list[Any]:
        """Return raw predictions as they are stored."""

    @abstractmethod
    def restored(self, kept: Sequence[Any]) -> Raws:
        """Return the raw predictions that were kept; raises where one is none."""

    @abstractmethod
    def truths(self, kept: Sequence[Any]) -> NDArray[Any]:
        """Return the truths (n,) that were kept beside them; raises where one is none."""

    def check(self, blind: Any) -> None:
        """Raise, with whatever error, unless it and ``blind`` beside it are what was stored."""

    def known(self, truth: Any) -> Any:
        """Return a truth in a file as the label was learned.

        Raises
        ------
        UnknownLevelError
            It is none that was learned from.
        """
        return truth

    def finding(self, positive: str, *, lined: bool) -> ClassTarget:
        """Return it with the class that is to be found, and ``lined``: by a threshold.

        Raises
        ------
        DataError
            There is no such class, or no two between which a threshold stands.
        """
        del positive, lined
        raise DataError(
            f"a positive class is said, and {self.name!r} holds {self.plural}",
            hint=f"take  positive:  away, or write  label: {wording.as_category(self.name)}",
        )

    @abstractmethod
    def note(self, value: Raw) -> str:
        """Say that delivering changed more than the digits, if it did."""

    def noted(self, values: Raws) -> Flags:
        """Return (n,) for which raw predictions there may be a note."""
        import numpy as np

        return np.ones(len(values), dtype=bool)

    def aims(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Return labels (n,) as scikit-learn learns from them."""
        return labels

    def judged(self, blind: Blind) -> Target:
        """Return what the judged model answered, of which ``blind`` is known; no more classes."""
        del blind
        return self

    def carry(self, judged: Any) -> tuple[Target, str]:
        """Return a target that answers by the line of a judged one, and why not, if not."""
        del judged
        return self, ""

    def adopt(self, values: Raws, other: Any) -> Raws:
        """Return raw predictions of another target of this kind as some of this."""
        del other
        return values

    @abstractmethod
    def blind(self, labels: NDArray[Any]) -> Blind:
        """Return what there is to answer with, without looking at any feature."""

    @abstractmethod
    def misses(self, truths: NDArray[Any], values: Raws) -> Floats:
        """Return the error of each raw prediction, by the first metric of ``compared``."""

    @abstractmethod
    def errors(self, truths: NDArray[Any], values: Raws, *, delivered: bool) -> Errors:
        """Return errors by ``compared``: of answers as they are ``delivered``, or before."""

    @abstractmethod
    def errors_of_base(self, blind: Blind, truths: NDArray[Any], *, delivered: bool) -> Errors:
        """Return the same of answering without looking."""
