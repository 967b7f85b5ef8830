"""Learned features: what training saw of each, how it is asked for and encoded.

Named tuples that write JSON; a question is answered with these alone.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, get_args

from mlcli import wording
from mlcli.errors import near
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.column import Column, Numbers
    from mlcli.grammar.cells import Value
    from mlcli.statistics.arrays import Flags, Floats, Rows


class UnknownLevelError(ValueError):
    """A category that training never held; ``hint`` names the nearest that it did."""

    def __init__(self, feature: str, value: str, levels: Sequence[str]) -> None:
        known = wording.listed(wording.in_order(levels), most=12)
        one = wording.an(feature)
        super().__init__(f"{value!r} is not {one} that was learned from (known: {known})")
        self.hint = near(value, levels)


class MissingValueError(ValueError):
    """A feature has no value, and nothing was learned to stand in for it."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"{feature} is missing")


class Entries(NamedTuple):
    """What a feature puts into the matrix for n rows; 0 stands where it puts nothing.

    Attributes
    ----------
    able
        (n,) which rows can be encoded; ``encode`` says why another cannot.
    values
        (n,) numbers of its only column, or (m,) those of ``rows`` and ``columns``.
    rows, columns
        (m,) where each value stands; columns are counted from the feature's first.
    """

    able: Flags
    values: Floats
    rows: Rows | None = None
    columns: Rows | None = None


class _LearnedNumber(NamedTuple):
    name: str
    low: float
    high: float
    fill: float | None = None


class NumberInput(_LearnedNumber):
    """A number; ``low`` and ``high`` are what training saw, ``fill`` stands for a missing one."""

    kind: ClassVar[str] = "number"
    read_as: ClassVar[cells.Kind] = "number"
    several: ClassVar[bool] = False
    takes: ClassVar[str] = "N"
    levels: ClassVar[tuple[str, ...]] = ()

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

    def encode_many(self, column: Numbers) -> Entries:
        """Return the numbers of a column, or what stands for missing ones."""
        import numpy as np

        gone, values = column.missing, column.values
        if self.fill is None or not gone.any():
            return Entries(~gone, values)
        return Entries(np.ones(len(column), dtype=bool), np.where(gone, self.fill, values))

    def noted(self, column: Numbers) -> Flags:
        """Return (n,) for which values there is a note."""
        return ~((column.values >= self.low) & (column.values <= self.high))

    def note(self, value: Value | None) -> str:
        """Say that a value lies outside what training saw, if it does."""
        if value is None:
            return f"no {self.name} given: {wording.written(self.fill)} stands in for it"
        if self.low <= cells.as_number(value) <= self.high:
            return ""
        return f"{wording.readable(value)} is outside the {self.seen} {self.name} learned from"

    @property
    def seen(self) -> str:
        """Return the range that training saw, in words."""
        return f"{wording.readable(self.low)} to {wording.readable(self.high)}"

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
        return wording.listed(wording.in_order(self.levels), most=12)


class _LearnedWord(NamedTuple):
    name: str
    levels: tuple[str, ...]
    unseen: str = "error"
    fill: str | None = None


class _OneWord(_LearnedWord):
    """One of some words; ``fill`` stands for a missing one."""

    read_as: ClassVar[cells.Kind] = "text"
    several: ClassVar[bool] = False
    takes: ClassVar[str] = "WORD"

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

    def _places(self, column: Column, known: Mapping[str, int], unseen: int) -> NDArray[np.int64]:
        """Return the place of each row's level, ``unseen`` or that it cannot be encoded."""
        other = _UNABLE if self.unseen == "error" else unseen
        missing = other if self.fill is None else known[self.fill]
        words = column.as_words()
        return words.each([known.get(level, other) for level in words.levels], missing)

    def noted(self, column: Column) -> Flags:
        """Return (n,) for which values there is a note."""
        known, words = set(self.levels), column.as_words()
        return words.each([level not in known for level in words.levels], missing=True)

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

    def encode_many(self, column: Column) -> Entries:
        """Return where each row of a column has its 1, if it has one."""
        import numpy as np

        places = self._places(column, self.columns, 0 if self.unseen == "other" else -1)
        rows = np.flatnonzero(places >= 0)
        return Entries(places != _UNABLE, np.ones(len(rows)), rows, places[rows])

    def note(self, value: Value | None) -> str:
        """Say that a value stands for something training never held, if it does."""
        if value is None:
            other = "; it counts as other" if self.unseen == "other" else ""
            return f"no {self.name} given" + (
                f": {self.fill} stands in for it" if self.fill else other
            )
        value = wording.written(value)
        return "" if value in self.columns else _left_aside(self, [value])


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

    def encode_many(self, column: Column) -> Entries:
        """Return the place of each value's level, counted from 1, or 0."""
        import numpy as np

        places = self._places(column, {level: i for i, level in enumerate(self.levels, 1)}, 0)
        return Entries(places != _UNABLE, places.astype(np.float64))

    def note(self, value: Value | None) -> str:
        """Say that a value stands for something training never held, if it does."""
        if value is None:
            stands_in = self.fill or "0, below every level,"
            return f"no {self.name} given: {stands_in} stands in for it"
        value = wording.written(value)
        if value in self.levels:
            return ""
        one = wording.an(self.name)
        return f"{value!r} is not {one} that was learned from; it counts as 0"


class _LearnedTags(NamedTuple):
    name: str
    levels: tuple[str, ...]
    unseen: str = "ignore"
    lenient: bool = False


class TagsInput(_Columns, _LearnedTags):
    """Any of some words; one column a level, after an extra one for ``unseen: other``.

    A value is a list in a cell, or a tuple of tags; repeated ones count once. With
    ``lenient``, an option may name a tag that training never held, as a cell may.
    """

    kind: ClassVar[str] = "tags"
    read_as: ClassVar[cells.Kind] = "text"
    several: ClassVar[bool] = True
    takes: ClassVar[str] = "WORD"

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
        if self.unseen == "error":
            tags = tags_of(value)
            unseen = next((tag for tag in tags if tag not in self.columns), None)
            if not tags:
                raise MissingValueError(self.name)
            if unseen is not None:
                raise UnknownLevelError(self.name, unseen, self.levels)
        row = [0.0] * self.width
        for at in self._ones(value) or ():
            row[at] = 1.0
        return row

    def encode_many(self, column: Column) -> Entries:
        """Return where each row of a column has its ones, if it has some."""
        import numpy as np

        words = column.as_words()
        encoded = [self._ones(level) for level in (*words.levels, None)]
        able = words.each([found is not None for found in encoded[:-1]], encoded[-1] is not None)
        flat = np.array([at for found in encoded for at in found or ()], dtype=np.intp)
        counts = np.array([len(found or ()) for found in encoded])
        here, starts = counts[words.codes], (np.cumsum(counts) - counts)[words.codes]
        rows = np.repeat(np.arange(len(words)), here)
        nth = np.arange(len(rows)) - np.repeat(np.cumsum(here) - here, here)
        return Entries(able, np.ones(len(rows)), rows, flat[np.repeat(starts, here) + nth])

    def _ones(self, value: Value | None) -> list[int] | None:
        """Return the columns of a value's ones; nothing where it cannot be encoded."""
        tags = tags_of(value)
        known = [self.columns[tag] for tag in tags if tag in self.columns]
        if (tags and len(known) == len(tags)) or self.unseen == "ignore":
            return known
        return None if self.unseen == "error" else [0, *known]

    def noted(self, column: Column) -> Flags:
        """Return (n,) for which values there is a note."""
        words = column.as_words()
        return words.each([bool(self.note(level)) for level in words.levels], missing=False)

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
    is_not = f"is not {wording.an(feature.name)}" if one else f"are no {feature.name}"
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
KINDS: Final[dict[str, type[Input]]] = {one.kind: one for one in get_args(Input)}

_UNABLE: Final = -2
"""Stands for a place of a level that cannot be encoded."""


def to_json(feature: Input) -> dict[str, Any]:
    """Return plain data for the manifest."""
    return {"kind": feature.kind, **feature._asdict()}


def flag(name: str) -> str:
    """Return the option of the command line that asks for a feature."""
    return "--" + "-".join("".join(c if c.isalnum() else " " for c in name).lower().split())
