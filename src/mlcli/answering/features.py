"""Learned features: what training saw of each, how it is asked for and encoded.

Plain dataclasses that write JSON; a question is answered with these alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mlcli import wording
from mlcli.errors import near
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from mlcli.grammar.cells import Value


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
    read_as: ClassVar[cells.Kind] = "number"
    several: ClassVar[bool] = False
    takes: ClassVar[str] = "N"
    levels: ClassVar[tuple[str, ...]] = ()
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

    def asked(self, value: Value | None) -> Value | None:
        """Return a value as it is said again beside the answer."""
        return value

    def read_option(self, texts: Sequence[str]) -> float:
        """Read the only text that an option was given; raises ``CellError``."""
        return self.read(texts[0])

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
        return [cells.as_number(value)]

    def note(self, value: Value | None) -> str:
        """Say that a value lies outside what training saw, if it does."""
        if value is None:
            return f"no {self.name} given: {wording.written(self.fill)} stands in for it"
        if self.low <= cells.as_number(value) <= self.high:
            return ""
        return f"{wording.written(value)} is outside the {self.seen} {self.name} learned from"

    @property
    def seen(self) -> str:
        """Return the range that training saw, in words."""
        return f"{wording.written(self.low)} to {wording.written(self.high)}"

    def describe(self) -> str:
        """Return what may be asked, for ``--help``."""
        return f"a number; learned from {self.seen}"


def find_level(levels: Sequence[str], text: str, *, any_case: bool) -> str | None:
    """Return the level that a text names, if it names one."""
    if text in levels:
        return text
    asked = text.strip().casefold()
    folded = [level for level in levels if level.casefold() == asked]
    any_case = any_case or (cells.is_flag(text) and all(map(cells.is_flag, levels)))
    return folded[0] if any_case and len(folded) == 1 else None


class _Columns:
    """One column a level, after an extra one for ``unseen: other``."""

    levels: tuple[str, ...]
    unseen: str

    @property
    def width(self) -> int:
        """Return how many columns of the matrix it takes."""
        return len(self.levels) + (self.unseen == "other")

    @cached_property
    def columns(self) -> dict[str, int]:
        """Return the column of each level, counted from the feature's first."""
        return {level: i for i, level in enumerate(self.levels, start=self.unseen == "other")}

    @property
    def seen(self) -> str:
        """Return the levels that training saw, in words."""
        return wording.listed(list(self.levels), most=12)


@dataclass(frozen=True)
class _OneWord:
    """One of some words; ``fill`` stands for a missing one."""

    read_as: ClassVar[cells.Kind] = "text"
    several: ClassVar[bool] = False
    takes: ClassVar[str] = "WORD"
    name: str
    levels: tuple[str, ...]
    unseen: str = "error"
    fill: str | None = None

    def describe(self) -> str:
        """Return what may be asked, for ``--help``."""
        return f"one of {self.seen}"

    @property
    def seen(self) -> str:
        """Return the levels in their order, in words."""
        return " < ".join(self.levels)

    def known(self, value: Value | None, levels: Collection[str]) -> str | None:
        """Return which of the levels a value is, if any, once what is missing is filled.

        Raises
        ------
        MissingValueError, UnknownLevelError
            The value is missing or unseen, and ``unseen`` is ``error``.
        """
        text = self.fill if value is None else wording.written(value)
        if text in levels:
            return text
        if self.unseen != "error":
            return None
        if text is None:
            raise MissingValueError(self.name)
        raise UnknownLevelError(self.name, text, self.levels)

    @property
    def optional(self) -> bool:
        """Say whether a question may leave it out."""
        return self.fill is not None or self.unseen != "error"

    def asked(self, value: Value | None) -> Value | None:
        """Return a value as it is said again beside the answer."""
        return value

    def read_option(self, texts: Sequence[str]) -> str:
        """Read the only text that an option was given; see ``read``."""
        return self.read(texts[0], any_case=True)

    def read(self, text: str, *, any_case: bool = False) -> str:
        """Read a value from an option or a cell.

        Raises
        ------
        UnknownLevelError
            Training never held it, and the definition does not say what then.
        """
        level = find_level(self.levels, text, any_case=any_case)
        if level is None and self.unseen == "error":
            raise UnknownLevelError(self.name, text, self.levels)
        return text if level is None else level


@dataclass(frozen=True)
class CategoryInput(_Columns, _OneWord):
    """One of some words; one column a level, after an extra one for ``unseen: other``."""

    kind: ClassVar[str] = "category"

    def encode(self, value: Value | None) -> list[float]:
        """Return 1 in the column of the value's level, 0 in the others.

        Raises
        ------
        MissingValueError, UnknownLevelError
            The value is missing or unseen, and ``unseen`` is ``error``.
        """
        level = self.known(value, self.columns)
        row = [0.0] * self.width
        if level is not None or self.unseen == "other":
            row[0 if level is None else self.columns[level]] = 1.0
        return row

    def note(self, value: Value | None) -> str:
        """Say that a value stands for something training never held, if it does."""
        if value is None:
            other = "; it counts as other" if self.unseen == "other" else ""
            return f"no {self.name} given" + (
                f": {self.fill} stands in for it" if self.fill else other
            )
        value = wording.written(value)
        return "" if value in self.columns else _left_aside(self, [value])


@dataclass(frozen=True)
class OrdinalInput(_OneWord):
    """One of some words that have an order; one column, 1 for the first level and so on.

    The unseen and, without ``fill``, the missing are 0 unless ``unseen`` is ``error``.
    """

    kind: ClassVar[str] = "ordinal"

    @property
    def width(self) -> int:
        """Return how many columns of the matrix it takes."""
        return 1

    def encode(self, value: Value | None) -> list[float]:
        """Return the place of the value's level, counted from 1, or 0.

        Raises
        ------
        MissingValueError, UnknownLevelError
            The value is missing or unseen, and ``unseen`` is ``error``.
        """
        level = self.known(value, self.levels)
        return [0.0 if level is None else self.levels.index(level) + 1.0]

    def note(self, value: Value | None) -> str:
        """Say that a value stands for something training never held, if it does."""
        if value is None:
            stands_in = self.fill or "0, below every level,"
            return f"no {self.name} given: {stands_in} stands in for it"
        value = wording.written(value)
        if value in self.levels:
            return ""
        return f"{value!r} is not a {self.name} that was learned from; it counts as 0"


@dataclass(frozen=True)
class TagsInput(_Columns):
    """Any of some words; one column a level, after an extra one for ``unseen: other``.

    A value is a list in a cell, or a tuple of tags; repeated ones count once. With
    ``lenient``, an option may name a tag that training never held, as a cell may.
    """

    kind: ClassVar[str] = "tags"
    read_as: ClassVar[cells.Kind] = "text"
    several: ClassVar[bool] = True
    takes: ClassVar[str] = "WORD"
    name: str
    levels: tuple[str, ...]
    unseen: str = "ignore"
    lenient: bool = False

    @property
    def optional(self) -> bool:
        """Say whether a question may leave it out."""
        return self.unseen != "error"

    def asked(self, value: Value | None) -> tuple[str, ...]:
        """Return the tags, as they are said again beside the answer."""
        return tags_of(value)

    def read_option(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Read all that an option was given; see ``choose``."""
        return self.choose(texts, any_case=True, strict=not self.lenient)

    def read(self, text: str, *, any_case: bool = False) -> tuple[str, ...]:
        """Read the list in a cell.

        Raises
        ------
        CellError
            It opens a bracket and is no list.
        UnknownLevelError
            Training never held a tag, and ``unseen`` is ``error``.
        """
        return self.choose(cells.to_tags(text), any_case=any_case)

    def choose(
        self, tags: Sequence[str], *, any_case: bool = False, strict: bool = False
    ) -> tuple[str, ...]:
        """Return tags as training wrote them.

        Raises
        ------
        UnknownLevelError
            Training never held one, and ``unseen`` is ``error`` or ``strict`` is asked for.
        """
        chosen = []
        for tag in tags:
            level = find_level(self.levels, tag, any_case=any_case)
            if level is None and (strict or self.unseen == "error"):
                raise UnknownLevelError(self.name, tag, self.levels)
            chosen.append(tag if level is None else level)
        return tuple(dict.fromkeys(chosen))

    def encode(self, value: Value | None) -> list[float]:
        """Return 1 in the column of each tag, 0 in the others.

        Raises
        ------
        MissingValueError, UnknownLevelError
            There is no tag, or an unseen one, and ``unseen`` is ``error``.
        """
        tags = tags_of(value)
        unseen = [tag for tag in tags if tag not in self.columns]
        if self.unseen == "error":
            if not tags:
                raise MissingValueError(self.name)
            if unseen:
                raise UnknownLevelError(self.name, unseen[0], self.levels)
        row = [0.0] * self.width
        for tag in tags:
            if tag in self.columns:
                row[self.columns[tag]] = 1.0
        if self.unseen == "other" and (unseen or not tags):
            row[0] = 1.0
        return row

    def note(self, value: Value | None) -> str:
        """Say that some tags are such as training never held, if they are."""
        unseen = [tag for tag in tags_of(value) if tag not in self.columns]
        return _left_aside(self, unseen) if unseen else ""

    def describe(self) -> str:
        """Return what may be asked, for ``--help``."""
        return f"any of {self.seen}"


def _left_aside(feature: CategoryInput | TagsInput, values: list[str]) -> str:
    """Say what becomes of values that training never held."""
    one = len(values) == 1
    named = " and ".join(map(repr, values))
    is_not = f"is not a {feature.name}" if one else f"are no {feature.name}"
    other = "counts as other" if one else "count as other"
    aside = "is left aside" if one else "are left aside"
    treated = other if feature.unseen == "other" else aside
    return f"{named} {is_not} that was learned from; {'it' if one else 'they'} {treated}"


def tags_of(value: Value | None) -> tuple[str, ...]:
    """Return the tags of a value: those of a tuple, or of the list that a cell holds."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else _listed_in(wording.written(value))


@lru_cache(maxsize=4096)
def _listed_in(cell: str) -> tuple[str, ...]:
    return cells.to_tags(cell)


Input = NumberInput | CategoryInput | OrdinalInput | TagsInput


KINDS: Final[dict[str, type[Input]]] = {
    one.kind: one for one in (NumberInput, CategoryInput, OrdinalInput, TagsInput)
}


def to_json(feature: Input) -> dict[str, Any]:
    """Return plain data for the manifest."""
    return {"kind": feature.kind, **asdict(feature)}


def from_json(data: Mapping[str, Any]) -> Input:
    """Rebuild what ``to_json`` wrote."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"}
    made: Any = KINDS[data["kind"]]
    found: Input = made(**values)
    return found


def encode(features: Sequence[Input], row: Mapping[str, Value | None]) -> list[float]:
    """Return one row of the matrix: the columns of every feature, in order."""
    return [number for feature in features for number in feature.encode(row.get(feature.name))]


def column_names(features: Sequence[Input]) -> list[str]:
    """Return what each column of the matrix stands for."""
    names: list[str] = []
    for feature in features:
        if isinstance(feature, CategoryInput | TagsInput):
            names += [f"{feature.name} = other"] if feature.unseen == "other" else []
            names += [f"{feature.name} = {level}" for level in feature.levels]
        else:
            names.append(feature.name)
    return names


# The options of predict and recommend that a feature's option must not hide.
RESERVED = frozenset(
    (
        "anyway",
        "date",
        "debug",
        "engine",
        "help",
        "input",
        "json",
        "model",
        "output",
        "quiet",
        "range",
        "raw",
        "skip",
        "strict",
        "top",
    )
)


def flag(name: str) -> str:
    """Return the option of the command line that asks for a feature."""
    return "--" + "-".join("".join(c if c.isalnum() else " " for c in name).lower().split())
