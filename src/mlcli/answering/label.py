"""What is answered: a number, one of some classes, or things to suggest.

What one kind of answer does differently from another stands here, and where that takes more
than the standard library in ``learning.labels``, ``judging.judges`` and ``screens.in_words``;
nobody else asks which kind there is.
"""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.answering.choices import (
    TIE,
    Choices,
    Chosen,
    commonest,
    enough,
    errors_of,
    in_order,
    places,
)
from mlcli.answering.features import UnknownLevelError
from mlcli.answering.target import AnswerKind, Errors, Target, ThingTarget
from mlcli.errors import DataError, RefusedError, near
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering.column import Column
    from mlcli.statistics.arrays import Codes, Flags, Floats, Objects


class _NamedNumber(NamedTuple):
    name: str
    unit: str
    whole: bool
    floored: bool
    low: float = -inf
    high: float = inf


class NumberTarget(Target, _NamedNumber):
    """A number: its name, unit, and how it is delivered.

    ``whole`` answers are rounded, halves away from zero; ``floored`` ones are never
    below 0, as no training label was. Those were ``low`` to ``high``, if that is known.
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

    @classmethod
    def holds(cls, labels: Column) -> bool:
        """Say whether all are numbers."""
        return labels.kind == cls.kind

    @property
    def amounts(self) -> NumberTarget:
        """Return itself."""
        return self

    def check(self, blind: Any) -> None:
        """Raise ``TypeError`` where there are shares of classes beside it."""
        if isinstance(blind, dict):
            raise TypeError(blind)

    def of_equation(self, numbers: Sequence[float]) -> float:
        """Return the only number."""
        return numbers[0]

    def of_equations(self, numbers: Floats) -> Floats:
        """Return the only column."""
        return numbers[:, 0]

    def of_estimator(self, found: Floats, shares: Floats | None) -> Floats:
        """Return the numbers."""
        del shares
        return found

    def together(self, values: Sequence[float]) -> Floats:
        """Return them as an array."""
        import numpy as np

        return np.array(values, dtype=np.float64)

    def joined(self, parts: Sequence[Floats]) -> Floats:
        """Return them one after the other."""
        import numpy as np

        return np.concatenate(parts)

    def agree(self, ours: Floats, theirs: Floats, *, within: float) -> bool:
        """Say whether none is further apart than ``within`` times the largest of theirs."""
        size = float(abs(theirs).max(initial=0.0)) or 1.0
        return bool(abs(ours - theirs).max() <= within * size)

    def finite(self, values: Floats) -> bool:
        """Say whether none is."""
        import numpy as np

        return bool(np.isfinite(values).all())

    def deliver(self, value: float) -> float:
        """Return the answer that a raw prediction is delivered as."""
        number = max(value, 0.0) if self.floored else value
        if self.whole:
            return float(wording.round_half_away(number))
        return float(f"{number:.{_DELIVERED}g}") + 0.0  # a row alone and in a batch agree on it

    def raised(self, values: Floats) -> Floats:
        """Return raw predictions, raised to 0 where none may be below."""
        import numpy as np

        return np.maximum(values, 0.0) if self.floored else values

    def answers(self, values: Floats) -> Floats:
        """Return raw predictions floored and rounded."""
        import numpy as np

        numbers = self.raised(values)
        size = np.abs(numbers)
        if not self.whole:  # so that what was learned by heart is not off by some digits
            decimals = _DELIVERED - 1 - np.floor(np.log10(np.maximum(size, _NOTHING)))
            powers = np.array([float(f"1e{power}") for power in range(300)])
            scale = powers[np.maximum(decimals, 0).astype(np.intp)]
            return np.asarray(np.rint(numbers * scale) / scale)
        whole = np.floor(size)
        return np.asarray(np.copysign(whole + (size - whole >= wording.HALF), numbers) + 0.0)

    def kept(self, values: Floats) -> list[float]:
        """Return the numbers."""
        found: list[float] = values.tolist()
        return found

    def restored(self, kept: Sequence[Any]) -> Floats:
        """Return the raw predictions that were kept; raises where one is none."""
        return self.together([float(value) for value in kept])

    def truths(self, kept: Sequence[Any]) -> Floats:
        """Return the truths that were kept; raises ``TypeError`` where one is no number."""
        if not all(isinstance(value, int | float) for value in kept):
            raise TypeError(kept)
        return self.together(kept)

    def note(self, value: float) -> str:
        """Say that an answer was raised to 0, or is far beyond every label, if it is."""
        if self.floored and round(value, _NOISE) < 0:
            said = f"answered 0, not {wording.figure(value)}"
            return f"{said}: in training, {self.unit} never fell below 0"
        if self._near(value):
            return ""
        seen = f"{wording.readable(self.low)} to {wording.readable(self.high)} {self.unit}"
        return f"{wording.figure(value)} is far beyond all that it learned from, {seen}"

    def _near(self, value: Any) -> Any:
        """Say whether values are no further from all labels than those are from each other."""
        width = self.high - self.low
        return (self.low - width <= value) & (value <= self.high + width)

    def noted(self, values: Floats) -> Flags:
        """Return which are raised to 0, or far beyond every label."""
        far: Flags = ~self._near(values)
        return far | (self.floored & (values.round(_NOISE) < 0))

    def blind(self, labels: Floats) -> float:
        """Return the mean."""
        return float(labels.mean())

    def misses(self, truths: Floats, values: Floats) -> Floats:
        """Return by how much each is off, before rounding."""
        missed: Floats = abs(truths - values)
        return missed

    def errors(self, truths: Floats, values: Floats, *, delivered: bool) -> Errors:
        """Return by how much each is off."""
        return {"mae": self.misses(truths, self.answers(values) if delivered else values)}

    def errors_of_base(self, blind: Any, truths: Floats, *, delivered: bool) -> Errors:
        """Return by how much the mean is off."""
        import numpy as np

        return self.errors(truths, np.full(len(truths), blind), delivered=delivered)


class _NamedClasses(NamedTuple):
    name: str
    unit: str
    classes: tuple[str, ...]
    positive: str = ""
    threshold: float | None = None


class ClassTarget(Target, _NamedClasses):
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

    @classmethod
    def holds(cls, labels: Column) -> bool:
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
        """Return the most probable class; those within 1e-10 of it are ties, the first wins."""
        least = max(numbers) - TIE
        position = next(i for i, number in enumerate(numbers) if number >= least)
        return Chosen(position, tuple(numbers))

    def of_equations(self, numbers: Floats) -> Choices:
        """Return the same of n rows."""
        least = numbers.max(axis=1, keepdims=True) - TIE
        return Choices((numbers >= least).argmax(axis=1), numbers)

    def of_estimator(self, found: Floats, shares: Floats | None) -> Choices:
        """Return the classes at some positions, with their probabilities, if there are any."""
        import numpy as np

        if not np.isin(found, np.arange(len(self.classes))).all():  # such as for an outlier
            raise RefusedError(NO_ANSWER)
        return Choices(found.astype(np.intp), shares)

    def together(self, values: Sequence[Chosen]) -> Choices:
        """Return them as arrays; without probabilities where one has none."""
        import numpy as np

        shares = [value.probabilities for value in values]
        known = bool(shares) and None not in shares
        positions = np.array([value.position for value in values], dtype=np.intp)
        return Choices(positions, np.array(shares, dtype=np.float64) if known else None)

    def joined(self, parts: Sequence[Choices]) -> Choices:
        """Return them one after the other; without probabilities where some have none."""
        import numpy as np

        shares = [part.probabilities for part in parts]
        known = [share for share in shares if share is not None]
        return Choices(
            np.concatenate([part.positions for part in parts]),
            np.concatenate(known) if len(known) == len(shares) else None,
        )

    def agree(self, ours: Choices, theirs: Choices, *, within: float) -> bool:
        """Say whether no probability is further apart than ``within``."""
        if ours.probabilities is None or theirs.probabilities is None:
            return True
        return bool(abs(ours.probabilities - theirs.probabilities).max() <= within)

    def deliver(self, value: Chosen) -> str:
        """Return the class that was predicted, or that the threshold says."""
        if self.threshold is None or value.probabilities is None:
            return self.classes[value.position]
        at = self.classes.index(self.positive)
        found = value.probabilities[at] >= enough(self.threshold)
        return self.classes[at if found else 1 - at]

    def answered(self, values: Choices) -> Codes:
        """Return the positions (n,) of the classes that are answered; see ``deliver``."""
        import numpy as np

        if self.threshold is None or values.probabilities is None:
            return values.positions
        at = self.classes.index(self.positive)
        found = values.probabilities[:, at] >= enough(self.threshold)
        return np.where(found, at, 1 - at)

    def shares(self, values: Choices) -> Floats | None:
        """Return the probabilities (n, classes) of some answers, if there are any."""
        return values.probabilities

    def answers(self, values: Choices) -> Objects:
        """Return the names of the classes that are answered."""
        import numpy as np

        return np.array(self.classes, dtype=object)[self.answered(values)]

    def value(self, value: Chosen) -> str:
        """Return the class that is answered."""
        return self.deliver(value)

    def probabilities(self, value: Chosen) -> dict[str, float] | None:
        """Return the probability of each class, if the model has them."""
        if value.probabilities is None:
            return None
        return dict(zip(self.classes, value.probabilities, strict=True))

    def beside(self, probabilities: Mapping[str, float] | None) -> dict[str, Any]:
        """Return the probabilities."""
        return {"probabilities": probabilities}

    def raw(self, value: str, probabilities: Mapping[str, float] | None) -> Chosen:
        """Return the class with its probabilities."""
        shares = None if probabilities is None else tuple(probabilities.values())
        return Chosen(self.classes.index(value), shares)

    def kept(self, values: Choices) -> list[Any]:
        """Return raw predictions as they are stored: by name, whatever the positions are later."""
        given = values.probabilities
        shares = (
            [None] * len(values)
            if given is None
            else [dict(zip(self.classes, row, strict=True)) for row in given.tolist()]
        )
        return [
            {"class": name, "probabilities": each}
            for name, each in zip(self.answers(values), shares, strict=True)
        ]

    def restored(self, kept: Sequence[Any]) -> Choices:
        """Return the raw predictions that were kept; raises where one is none."""
        return self.together(
            [self.raw(one["class"], in_order(one["probabilities"], self.classes)) for one in kept]
        )

    def truths(self, kept: Sequence[Any]) -> Objects:
        """Return the truths that were kept; raises ``TypeError`` where one is no word."""
        import numpy as np

        if not all(isinstance(value, str) for value in kept):
            raise TypeError(kept)
        return np.array(kept, dtype=object)

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
        return self._replace(positive=found)

    def note(self, value: Chosen) -> str:
        """Say that the threshold made another class the answer, if it did."""
        answer = self.deliver(value)
        if self.threshold is None or answer == self.classes[value.position]:
            return ""
        line = wording.share(self.threshold)
        return f"{self.positive} is answered from a probability of {line} on"

    def noted(self, values: Choices) -> Flags:
        """Return where the threshold made another class the answer."""
        import numpy as np

        return np.asarray(self.answered(values) != values.positions)

    def aims(self, labels: Objects) -> Codes:
        """Return the positions of classes among all."""
        return places(labels, self.classes)

    def judged(self, blind: Any) -> ClassTarget:
        """Return a target of the classes that it knew."""
        return self._replace(classes=tuple(name for name in self.classes if name in blind))

    def carry(self, judged: ClassTarget) -> tuple[ClassTarget, str]:
        """Return itself with the positive class and the threshold, if the classes are the same."""
        if judged.threshold is None or judged.classes == self.classes:
            return self._replace(positive=judged.positive, threshold=judged.threshold), ""
        note = "the rows held out have another class: the threshold does not hold, and is left out"
        return self._replace(positive=judged.positive, threshold=None), note

    def adopt(self, values: Choices, other: ClassTarget) -> Choices:
        """Return classes by their names; those that the other did not know have a share of 0."""
        import numpy as np

        places = np.array([self.classes.index(name) for name in other.classes])
        shares = values.probabilities
        if shares is not None:
            shares = np.zeros((len(values), len(self.classes)))
            shares[:, places] = values.probabilities
        return Choices(places[values.positions], shares)

    def blind(self, labels: Objects) -> dict[str, float]:
        """Return the share of each class, in the order of the classes."""
        counts = Counter(labels.tolist())
        return {name: counts[name] / len(labels) for name in self.classes}

    def misses(self, truths: Objects, values: Choices) -> Floats:
        """Return 1 for each wrong answer, and 0 for the others."""
        wrong: Floats = (truths != self.answers(values)).astype(float)
        return wrong

    def errors(self, truths: Objects, values: Choices, *, delivered: bool) -> Errors:
        """Return which are wrong, and losses in nats unless a probability lacks."""
        del delivered  # there is nothing to round
        wrong = self.misses(truths, values)
        return errors_of(wrong, truths, self.classes, values.probabilities)

    def errors_of_base(self, blind: Any, truths: Objects, *, delivered: bool) -> Errors:
        """Return the same of the commonest class, with the shares of all."""
        import numpy as np

        del delivered
        shares = np.broadcast_to([*blind.values()], (len(truths), len(blind)))
        wrong = (truths != commonest(blind)).astype(float)
        return errors_of(wrong, truths, tuple(blind), shares)

    def truth(self, text: str) -> str:
        """Return the class that a cell names, or its text if it names none."""
        if text in self.classes:
            return text
        if cells.is_flag(text) and cells.is_flag(self.classes[0]):
            return text.strip().lower()
        if all(map(cells.is_exact, (text, *self.classes))):
            same = [name for name in self.classes if float(name) == float(text)]
            return same[0] if same else text
        return text

    def check(self, blind: Any) -> None:
        """Raise ``ValueError`` unless all of it fits together."""
        shares, line = list(blind.values()), 0.0 if self.threshold is None else self.threshold
        if not 0 < len(shares) <= len(self.classes):
            raise ValueError(blind)
        if not 0 <= line <= 1 or (self.positive and self.positive not in self.classes):
            raise ValueError(self)
        if self.threshold is not None and not (self.positive and len(self.classes) == _TWO):
            raise ValueError(self)


NO_ANSWER: Final = "the model has no answer so far from what it learned from"
_DELIVERED: Final = 14
"""Digits of an answer that is no whole number."""

_NOISE: Final = 9
"""Decimals that count where an answer is below 0."""

_NOTHING: Final = 1e-280
_TWO: Final = 2
TARGETS: Final[dict[str, type[Target]]] = {"number": NumberTarget, "category": ClassTarget}
"""The kinds that are answered row by row; of labels of no said kind the first that may hold."""

KINDS: Final[dict[str, type[AnswerKind]]] = {**TARGETS, "thing": ThingTarget}
