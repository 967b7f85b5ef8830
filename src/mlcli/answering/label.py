"""What is answered: a number, one of some classes, or things to suggest.

A raw prediction becomes what is delivered here; plain dataclasses that write JSON.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple

from mlcli import wording
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Task = Literal["number", "category", "thing"]
"""What a model answers with."""


class Chosen(NamedTuple):
    """A predicted class: its position among the classes, and the probability of each.

    ``probabilities`` is ``None`` where the model has none.
    """

    position: int
    probabilities: tuple[float, ...] | None = None


Raw = float | Chosen
"""A prediction as a model makes it."""


@dataclass(frozen=True, slots=True)
class NumberTarget:
    """A number: its name, unit, and how it is delivered.

    ``whole`` answers are rounded, halves away from zero; ``floored`` ones are never
    below 0, as no training label was.
    """

    kind: ClassVar[Task] = "number"
    name: str
    unit: str
    whole: bool
    floored: bool

    def deliver(self, value: Raw) -> float:
        """Return the answer that a raw prediction is delivered as."""
        assert isinstance(value, float)
        number = max(value, 0.0) if self.floored else value
        if self.whole:
            return float(wording.round_half_away(number))
        return float(f"{number:.14g}")  # what a row alone and in a batch agree on

    def keep(self, value: Raw) -> Any:
        """Return a raw prediction as it is stored."""
        return value

    def restore(self, kept: Any) -> Raw:
        """Return the raw prediction that was kept; raises where it is none."""
        return float(kept)

    def note(self, value: Raw) -> str:
        """Say that delivering changed more than the digits, if it did."""
        if not isinstance(value, float) or not self.floored or value >= 0:
            return ""
        return f"{wording.figure(value)} is below 0, as no {self.unit} ever were: answered 0"


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """One of some classes, in their order: by number if all are numbers, else as text.

    ``positive`` is the one to find, where that was said; of two classes it is answered where
    its probability is at least ``threshold``, if there is one.
    """

    kind: ClassVar[Task] = "category"
    name: str
    unit: str
    classes: tuple[str, ...]
    positive: str = ""
    threshold: float | None = None

    def deliver(self, value: Raw) -> str:
        """Return the class that was predicted, or that the threshold says."""
        assert isinstance(value, Chosen)
        if self.threshold is None or value.probabilities is None:
            return self.classes[value.position]
        at = self.classes.index(self.positive)
        enough = round(value.probabilities[at], _DIGITS) >= round(self.threshold, _DIGITS)
        return self.classes[at if enough else 1 - at]

    def check(self) -> None:
        """Raise ``ValueError`` where the threshold is none, or the positive no class."""
        line = 0.0 if self.threshold is None else self.threshold
        if not 0 <= line <= 1 or (self.positive and self.positive not in self.classes):
            raise ValueError(self)
        if self.threshold is not None and not (self.positive and len(self.classes) == _TWO):
            raise ValueError(self)

    def keep(self, value: Raw) -> Any:
        """Return a raw prediction as it is stored: by name, whatever the positions are later."""
        return {"class": self.deliver(value), "probabilities": self.probabilities(value)}

    def restore(self, kept: Any) -> Raw:
        """Return the raw prediction that was kept; raises where it is none."""
        shares = kept["probabilities"]
        return Chosen(
            self.classes.index(kept["class"]),
            None if shares is None else tuple(float(shares[name]) for name in self.classes),
        )

    def note(self, value: Raw) -> str:
        """Say that the threshold made another class the answer, if it did."""
        assert isinstance(value, Chosen)
        answer = self.deliver(value)
        if self.threshold is None or answer == self.classes[value.position]:
            return ""
        line = wording.share(self.threshold)
        return f"{self.positive} is answered from a probability of {line} on"

    def probabilities(self, value: Raw) -> dict[str, float] | None:
        """Return the probability of each class, if the model has them."""
        assert isinstance(value, Chosen)
        if value.probabilities is None:
            return None
        return dict(zip(self.classes, value.probabilities, strict=True))

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


_TWO: Final = 2
_DIGITS: Final = 10
"""Decimals to which a probability and a threshold are the same."""


@dataclass(frozen=True, slots=True)
class ThingTarget:
    """One of the things of a catalogue, by its name."""

    kind: ClassVar[Task] = "thing"
    name: str
    unit: str


Target = NumberTarget | ClassTarget
_KINDS: Final[dict[str, type[Target | ThingTarget]]] = {
    "number": NumberTarget,
    "category": ClassTarget,
    "thing": ThingTarget,
}


def classes_of(words: Sequence[str]) -> tuple[str, ...]:
    """Return the different classes of some labels: by number if all are, else as text."""
    found = set(words)
    if all(map(cells.is_number, found)):
        return tuple(sorted(found, key=lambda word: (float(word), word)))
    return tuple(sorted(found))


def to_json(target: Target | ThingTarget) -> dict[str, Any]:
    """Return plain data for the manifest."""
    said = asdict(target)
    if isinstance(
        target, ClassTarget
    ):  # only where it is said: manifests of others stay as they are
        said = {
            k: v
            for k, v in said.items()
            if k not in {"positive", "threshold"} or v not in ("", None)
        }
    return {"kind": target.kind, **said}


def from_json(data: Mapping[str, Any]) -> Target | ThingTarget:
    """Rebuild what ``to_json`` wrote."""
    values: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"
    }
    return _KINDS[data["kind"]](**values)
