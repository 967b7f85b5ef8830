"""Learned features: what training saw of each, how it is asked for and encoded.

Plain dataclasses that write JSON; a question is answered with these alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from mlcli import cells, wording
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.cells import Value


class UnknownLevelError(ValueError):
    """A category that training never held; ``hint`` names the nearest that it did."""

    def __init__(self, feature: str, value: str, levels: Sequence[str]) -> None:
        known = wording.listed(list(levels), most=12)
        super().__init__(f"{value!r} is not a {feature} that was learned from (known: {known})")
        self.hint = near(value, levels)


class MissingValueError(ValueError):
    """A feature has no value, and nothing was learned to stand in for it."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} is missing")


@dataclass(frozen=True, slots=True)
class NumberInput:
    """A number; ``low`` and ``high`` are what training saw, ``fill`` stands for a missing one."""

    kind: ClassVar[str] = "number"
    name: str
    low: float
    high: float
    fill: float | None = None

    @property
    def width(self) -> int:
        """Return how many columns of the matrix it takes."""
        return 1

    @property
    def optional(self) -> bool:
        """Say whether a question may leave it out."""
        return self.fill is not None

    def read(self, text: str, *, any_case: bool = False) -> float:
        """Read a value from an option or a cell; raises ``CellError``."""
        del any_case
        return cells.to_number(text)

    def encode(self, value: Value | None) -> list[float]:
        """Return the number, or what stands for a missing one.

        Raises
        ------
        MissingValueError
            It is missing and nothing was learned for that.
        """
        if value is None:
            if self.fill is None:
                raise MissingValueError(self.name)
            return [self.fill]
        return [float(value)]  # type: ignore[arg-type]

    def note(self, value: Value | None) -> str:
        """Say that a value lies outside what training saw, if it does."""
        if value is None:
            return f"no {self.name} given: {wording.written(self.fill)} stands in for it"
        if self.low <= float(value) <= self.high:  # type: ignore[arg-type]
            return ""
        return f"{wording.written(value)} is outside the {self.seen} {self.name} learned from"

    @property
    def seen(self) -> str:
        """Return the range that training saw, in words."""
        return f"{wording.written(self.low)} to {wording.written(self.high)}"

    def describe(self) -> str:
        """Return what may be asked, for ``--help``."""
        return f"a number; learned from {self.seen}"


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """One of some words; one column a level, after an extra one for ``unseen: other``."""

    kind: ClassVar[str] = "category"
    name: str
    levels: tuple[str, ...]
    unseen: str = "error"
    fill: str | None = None

    @property
    def width(self) -> int:
        """Return how many columns of the matrix it takes."""
        return len(self.levels) + (self.unseen == "other")

    @property
    def optional(self) -> bool:
        """Say whether a question may leave it out."""
        return self.fill is not None or self.unseen != "error"

    def read(self, text: str, *, any_case: bool = False) -> str:
        """Read a value from an option or a cell.

        Raises
        ------
        UnknownLevelError
            Training never held it, and the definition does not say what then.
        """
        if text in self.levels:
            return text
        folded = [level for level in self.levels if level.casefold() == text.casefold()]
        if any_case and len(folded) == 1:
            return folded[0]
        if self.unseen == "error":
            raise UnknownLevelError(self.name, text, self.levels)
        return text

    def encode(self, value: Value | None) -> list[float]:
        """Return 1 in the column of the value's level, 0 in the others.

        Raises
        ------
        MissingValueError, UnknownLevelError
            The value is missing or unseen, and ``unseen`` is ``error``.
        """
        value = self.fill if value is None else wording.written(value)
        known = value in self.levels
        if not known and self.unseen == "error":
            if value is None:
                raise MissingValueError(self.name)
            raise UnknownLevelError(self.name, value, self.levels)
        other = [0.0 if known else 1.0] if self.unseen == "other" else []
        return other + [1.0 if level == value else 0.0 for level in self.levels]

    def note(self, value: Value | None) -> str:
        """Say that a value stands for something training never held, if it does."""
        if value is None:
            return f"no {self.name} given" + (
                f": {self.fill} stands in for it" if self.fill else ""
            )
        value = wording.written(value)
        if value in self.levels:
            return ""
        treated = "counts as other" if self.unseen == "other" else "is left aside"
        return f"{value!r} is not a {self.name} that was learned from; it {treated}"

    @property
    def seen(self) -> str:
        """Return the levels that training saw, in words."""
        return wording.listed(list(self.levels), most=12)

    def describe(self) -> str:
        """Return what may be asked, for ``--help``."""
        return f"one of {self.seen}"


Input = NumberInput | CategoryInput


def to_json(feature: Input) -> dict[str, Any]:
    """Return plain data for the manifest."""
    return {"kind": feature.kind, **asdict(feature)}


def from_json(data: Mapping[str, Any]) -> Input:
    """Rebuild what ``to_json`` wrote."""
    values = {key: value for key, value in data.items() if key != "kind"}
    match data["kind"]:
        case "number":
            return NumberInput(**values)
        case "category":
            return CategoryInput(**{**values, "levels": tuple(values["levels"])})
        case kind:
            raise ValueError(kind)


def encode(features: Sequence[Input], row: Mapping[str, Value | None]) -> list[float]:
    """Return one row of the matrix: the columns of every feature, in order."""
    return [number for feature in features for number in feature.encode(row.get(feature.name))]


def column_names(features: Sequence[Input]) -> list[str]:
    """Return what each column of the matrix stands for."""
    names: list[str] = []
    for feature in features:
        if isinstance(feature, CategoryInput):
            names += [f"{feature.name} = other"] if feature.unseen == "other" else []
            names += [f"{feature.name} = {level}" for level in feature.levels]
        else:
            names.append(feature.name)
    return names
