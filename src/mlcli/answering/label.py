"""What is answered: a number, one of some classes, or things to suggest.

What one kind of answer does differently from another stands here, and where that takes more
than the standard library in ``learning.labels``, ``judging.judges`` and ``cli.screens.in_words``;
nobody else asks which kind there is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import fsum, isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.answering.features import UnknownLevelError
from mlcli.answering.target import AnswerKind, Errors, Target
from mlcli.errors import DataError, RefusedError, near
from mlcli.grammar import cells
from mlcli.statistics.metrics import log_loss

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class NumberTarget(Target):
    """A number: its name, unit, and how it is delivered.

    ``whole`` answers are rounded, halves away from zero; ``floored`` ones are never
    below 0, as no training label was.
    """

    kind = "number"
    noun = "a number"
    plural = "numbers"
    such_a_model = "linear_regression"
    amount = True
    read_as = guessed_as = "number"
    described = "{name!r} is a number"
    are = "are"
    compared = ("mae",)
    base = "the mean"
    metrics = ("mae", "rmse", "r2")
    name: str
    unit: str
    whole: bool
    floored: bool

    @classmethod
    def holds(cls, labels: Collection[object]) -> bool:
        """Say whether all are numbers."""
        return all(isinstance(label, float) for label in labels)

    @property
    def amounts(self) -> NumberTarget:
        """Return itself."""
        return self

    def of_equation(self, numbers: Sequence[float]) -> float:
        """Return the only number."""
        return numbers[0]

    def of_estimator(
        self, found: Sequence[float], shares: Sequence[Sequence[float]] | None
    ) -> list[float]:
        """Return the numbers."""
        del shares
        return list(map(float, found))

    def agree(self, ours: Sequence[float], theirs: Sequence[float], *, within: float) -> bool:
        """Say whether none is further apart than ``within`` times the largest of theirs."""
        size = max(map(abs, theirs), default=0.0) or 1.0
        return max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= within * size

    def finite(self, values: Sequence[float]) -> bool:
        """Say whether none is."""
        return all(map(isfinite, values))

    def deliver(self, value: float) -> float:
        """Return the answer that a raw prediction is delivered as."""
        number = max(value, 0.0) if self.floored else value
        if self.whole:
            return float(wording.round_half_away(number))
        return float(f"{number:.14g}")  # what a row alone and in a batch agree on

    def restore(self, kept: Any) -> float:
        """Return the raw prediction that was kept; raises where it is none."""
        return float(kept)

    def restore_truth(self, kept: Any) -> float:
        """Return the truth that was kept; raises ``TypeError`` where it is no number."""
        if not isinstance(kept, int | float):
            raise TypeError(kept)
        return kept

    def note(self, value: float) -> str:
        """Say that an answer was raised to 0, if it was."""
        if not self.floored or value >= 0:
            return ""
        return f"{wording.figure(value)} is below 0, as no {self.unit} ever were: answered 0"

    def blind(self, labels: Sequence[float]) -> float:
        """Return the mean."""
        return fsum(labels) / len(labels)

    def misses(self, truths: Sequence[float], values: Sequence[float]) -> list[float]:
        """Return by how much each is off, before rounding."""
        return [abs(truth - value) for truth, value in zip(truths, values, strict=True)]

    def errors(
        self, truths: Sequence[float], values: Sequence[float], *, delivered: bool
    ) -> Errors:
        """Return by how much each is off."""
        answers = [self.deliver(value) for value in values] if delivered else values
        return {"mae": tuple(self.misses(truths, answers))}

    @classmethod
    def errors_of_base(cls, blind: Any, truths: Sequence[float]) -> Errors:
        """Return by how much the mean is off."""
        return {"mae": tuple(abs(truth - blind) for truth in truths)}


class Chosen(NamedTuple):
    """A predicted class: its position among the classes, and the probability of each.

    ``probabilities`` is ``None`` where the model has none.
    """

    position: int
    probabilities: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class ClassTarget(Target):
    """One of some classes, in their order: by number if all are numbers, else as text.

    ``positive`` is the one to find, where that was said; of two classes it is answered where
    its probability is at least ``threshold``, if there is one.
    """

    kind = "category"
    noun = "a class"
    plural = "classes"
    such_a_model = "logistic_regression"
    divided = True
    read_as = "text"  # and guessed as anything: numbers may stand for classes
    described = "{name!r} is one of some classes"
    are = "is"
    columns = ("probability",)
    instead_of_range = "--json has the probability of each class"
    compared = ("wrong", "log_loss")
    base = "the commonest class"
    metrics = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss")
    name: str
    unit: str
    classes: tuple[str, ...]
    positive: str = ""
    threshold: float | None = None

    @classmethod
    def holds(cls, labels: Collection[object]) -> bool:
        """Say that whatever can be written is the name of a class."""
        del labels
        return True

    @property
    def width(self) -> int:
        """Return that it is a probability for each class."""
        return len(self.classes)

    @property
    def line(self) -> str:
        """Say from what probability on the positive class is answered, if that was chosen."""
        if self.threshold is None:
            return ""
        return f"{self.positive} being answered from {wording.share(self.threshold)} on"

    @property
    def solved(self) -> str:
        """Return the odds of the last class."""
        return f"odds that {self.name} is {self.classes[-1]}"

    def of_equation(self, numbers: Sequence[float]) -> Chosen:
        """Return the most probable class; those that agree to 10 decimals are ties."""
        rounded = [round(number, _DIGITS) for number in numbers]
        return Chosen(rounded.index(max(rounded)), tuple(numbers))

    def of_estimator(
        self, found: Sequence[float], shares: Sequence[Sequence[float]] | None
    ) -> list[Chosen]:
        """Return the classes at some positions, with their probabilities, if there are any."""
        if not set(found) <= set(range(len(self.classes))):  # such as for an outlier
            raise RefusedError(NO_ANSWER)
        if shares is None:
            return [Chosen(int(position)) for position in found]
        return [Chosen(int(p), tuple(map(float, s))) for p, s in zip(found, shares, strict=True)]

    def agree(self, ours: Sequence[Chosen], theirs: Sequence[Chosen], *, within: float) -> bool:
        """Say whether no probability is further apart than ``within``."""
        pairs = (
            zip(a.probabilities or (), b.probabilities or (), strict=True)
            for a, b in zip(ours, theirs, strict=True)
        )
        return all(abs(a - b) <= within for some in pairs for a, b in some)

    def deliver(self, value: Chosen) -> str:
        """Return the class that was predicted, or that the threshold says."""
        if self.threshold is None or value.probabilities is None:
            return self.classes[value.position]
        at = self.classes.index(self.positive)
        enough = round(value.probabilities[at], _DIGITS) >= round(self.threshold, _DIGITS)
        return self.classes[at if enough else 1 - at]

    def value(self, value: Chosen) -> str:
        """Return the class that is answered."""
        return self.deliver(value)

    def probabilities(self, value: Chosen) -> dict[str, float] | None:
        """Return the probability of each class, if the model has them."""
        if value.probabilities is None:
            return None
        return dict(zip(self.classes, value.probabilities, strict=True))

    def every_probability(self, values: Sequence[Chosen]) -> list[dict[str, float]] | None:
        """Return the probability of each class, row by row, if every row has them."""
        found = [self.probabilities(value) for value in values]
        known = [one for one in found if one is not None]
        return known if len(known) == len(found) else None

    def beside(self, probabilities: Mapping[str, float] | None) -> dict[str, Any]:
        """Return the probabilities."""
        return {"probabilities": probabilities}

    def raw(self, value: str, probabilities: Mapping[str, float] | None) -> Chosen:
        """Return the class with its probabilities."""
        shares = None if probabilities is None else tuple(probabilities.values())
        return Chosen(self.classes.index(value), shares)

    def keep(self, value: Chosen) -> Any:
        """Return a raw prediction as it is stored: by name, whatever the positions are later."""
        return {"class": self.deliver(value), "probabilities": self.probabilities(value)}

    def restore(self, kept: Any) -> Chosen:
        """Return the raw prediction that was kept; raises where it is none."""
        shares = kept["probabilities"]
        return Chosen(
            self.classes.index(kept["class"]),
            None if shares is None else tuple(float(shares[name]) for name in self.classes),
        )

    def restore_truth(self, kept: Any) -> str:
        """Return the truth that was kept; raises ``TypeError`` where it is no word."""
        if not isinstance(kept, str):
            raise TypeError(kept)
        return kept

    def known(self, truth: Any) -> str:
        """Return the class that a cell names; raises ``UnknownLevelError`` where it names none."""
        found = self.truth(str(truth))
        if found not in self.classes:
            error = UnknownLevelError(self.name, truth, self.classes)
            error.hint = near(found, self.classes)
            raise error
        return found

    def finding(self, positive: str, *, lined: bool) -> ClassTarget:
        """Return it with its positive class.

        Raises
        ------
        DataError
            There is no such class, or it is one of several between which a threshold stands.
        """
        found = self.truth(positive)
        if found not in self.classes:
            listed = wording.listed(list(self.classes), most=12)
            raise DataError(
                f"the positive class {positive!r} is none of {self.name} (known: {listed})",
                hint=near(found, self.classes) or "name one of them",
            )
        if lined and len(self.classes) != _TWO:
            raise DataError(
                f"a threshold stands between two classes, and {self.name!r} has "
                f"{len(self.classes):,} to learn from",
                hint="take  threshold:  away",
            )
        return replace(self, positive=found)

    def note(self, value: Chosen) -> str:
        """Say that the threshold made another class the answer, if it did."""
        answer = self.deliver(value)
        if self.threshold is None or answer == self.classes[value.position]:
            return ""
        line = wording.share(self.threshold)
        return f"{self.positive} is answered from a probability of {line} on"

    def aims(self, labels: Sequence[str]) -> list[float]:
        """Return the positions of classes."""
        return [self.classes.index(label) for label in labels]

    def judged(self, blind: Any) -> ClassTarget:
        """Return a target of the classes that it knew."""
        return replace(self, classes=tuple(name for name in self.classes if name in blind))

    def carry(self, judged: ClassTarget) -> tuple[ClassTarget, str]:
        """Return itself with the positive class and the threshold, if the classes are the same."""
        if judged.threshold is None or judged.classes == self.classes:
            return replace(self, positive=judged.positive, threshold=judged.threshold), ""
        note = "the rows held out have another class: the threshold does not hold, and is left out"
        return replace(self, positive=judged.positive, threshold=None), note

    def adopt(self, value: Chosen, other: ClassTarget) -> Chosen:
        """Return the class by its name; one that the other did not know has a probability of 0."""
        given = other.probabilities(value)
        shares = None if given is None else tuple(given.get(c, 0.0) for c in self.classes)
        return Chosen(self.classes.index(other.classes[value.position]), shares)

    def blind(self, labels: Sequence[str]) -> dict[str, float]:
        """Return the share of each class, in the order of the classes."""
        counts = Counter(labels)
        return {name: counts[name] / len(labels) for name in self.classes}

    def misses(self, truths: Sequence[str], values: Sequence[Chosen]) -> list[float]:
        """Return 1 for each wrong answer, and 0 for the others."""
        return [float(t != self.deliver(v)) for t, v in zip(truths, values, strict=True)]

    def errors(self, truths: Sequence[str], values: Sequence[Chosen], *, delivered: bool) -> Errors:
        """Return which are wrong, and losses in nats unless a probability lacks."""
        del delivered  # there is nothing to round
        shares = [self.probabilities(value) for value in values]
        return {"wrong": tuple(self.misses(truths, values)), **_losses(truths, shares)}

    @classmethod
    def errors_of_base(cls, blind: Any, truths: Sequence[str]) -> Errors:
        """Return the same of the commonest class, with the shares of all."""
        always = commonest(blind)
        wrong = tuple(float(truth != always) for truth in truths)
        return {"wrong": wrong, **_losses(truths, [blind] * len(truths))}

    def truth(self, text: str) -> str:
        """Return the class that a cell names, or its text if it names none."""
        if text in self.classes:
            return text
        if cells.is_flag(text) and cells.is_flag(self.classes[0]):
            return text.strip().lower()
        if cells.is_number(text) and all(map(cells.is_number, self.classes)):
            same = [name for name in self.classes if float(name) == float(text)]
            return same[0] if same else text
        return text

    def check(self, blind: Any) -> None:
        """Raise ``ValueError`` or ``TypeError`` unless all of it fits together."""
        shares, line = list(blind.values()), 0.0 if self.threshold is None else self.threshold
        words = (*self.classes, self.positive)
        if not all(type(w) is str for w in words):
            raise TypeError(self)
        if not all(type(n) in {int, float} for n in (line, *shares)):
            raise TypeError(blind)
        if not 0 < len(shares) <= len(self.classes):
            raise ValueError(blind)
        if not 0 <= line <= 1 or (self.positive and self.positive not in self.classes):
            raise ValueError(self)
        if self.threshold is not None and not (self.positive and len(self.classes) == _TWO):
            raise ValueError(self)

    def to_json(self) -> dict[str, Any]:
        """Return plain data; without a positive class manifests stay as they were before."""
        unsaid = {"positive": "", "threshold": None}
        said = Target.to_json(self)
        return {k: v for k, v in said.items() if k not in unsaid or v != unsaid[k]}


NO_ANSWER: Final = "the model has no answer so far from what it learned from"
_TWO: Final = 2
_DIGITS: Final = 10
"""Decimals to which probabilities, and a threshold, are the same."""


def _losses(truths: Sequence[str], shares: Sequence[Mapping[str, float] | None]) -> Errors:
    """Return -ln(probability of the truth) of each row, in nats; nothing where one has none."""
    lost = [
        None if each is None else log_loss([truth], [truth], [each])
        for truth, each in zip(truths, shares, strict=True)
    ]
    known = tuple(one for one in lost if one is not None)
    return {"log_loss": known} if len(known) == len(lost) else {}


def commonest(shares: Mapping[str, float]) -> str:
    """Return the class with the largest share; of several, the first."""
    return max(shares, key=lambda name: shares[name])


def classes_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the different classes of some labels: by number if all are, else as text."""
    found = set(words)
    if all(map(cells.is_number, found)):
        return tuple(sorted(found, key=lambda word: (float(word), word)))
    return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class ThingTarget(AnswerKind):
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
    name: str
    unit: str


TARGETS: Final[dict[str, type[Target]]] = {
    "number": NumberTarget,
    "category": ClassTarget,
}
"""The kinds that are answered row by row; of labels of no said kind the first that may hold."""

KINDS: Final[dict[str, type[AnswerKind]]] = {**TARGETS, "thing": ThingTarget}


def from_json(data: Mapping[str, Any]) -> Any:
    """Rebuild what ``to_json`` of a kind wrote."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"}
    made: Any = KINDS[data["kind"]]
    return made(**values)
