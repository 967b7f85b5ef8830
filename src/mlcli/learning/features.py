"""What is learned of each feature: ranges, levels, and what stands for a missing value."""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import TYPE_CHECKING, TypeVar

from mlcli import wording
from mlcli.answering.features import (
    CategoryInput,
    Input,
    NumberInput,
    OrdinalInput,
    TagsInput,
    tags_of,
)
from mlcli.errors import DataError, near
from mlcli.grammar import doubts
from mlcli.grammar.cells import as_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.definition.definition import Feature
    from mlcli.grammar.cells import Value


def learn_feature(feature: Feature, values: Sequence[Value | None]) -> Input:
    """Return what the values of training rows, and of those alone, show of a feature.

    Raises
    ------
    DataError
        There is no value, or the way to fill a missing one does not fit the kind.
    """
    seen = [value for value in values if value is not None]
    if not seen:
        raise DataError(
            f"the feature {feature.name!r} is empty in every row to learn from",
            hint="take it out of the features, or export it again",
        )
    if feature.kind == "tags":
        tags = {tag for value in set(seen) for tag in tags_of(value)}
        if not tags:
            raise DataError(
                f"every list of {feature.name!r} is empty in the rows to learn from",
                hint="take it out of the features, or export it again",
            )
        lenient = feature.unseen is not None
        return TagsInput(feature.name, tuple(sorted(tags)), feature.on_unseen, lenient)
    if feature.kind in {"category", "ordinal"} or not isinstance(seen[0], float):
        words = [wording.written(value) for value in seen]
        if feature.missing in {"mean", "median"}:
            raise DataError(
                f"{feature.name!r} holds words, which have no {feature.missing}",
                hint="write  missing: most_frequent",
            )
        known = [word for word in words if feature.levels is None or word in feature.levels]
        fill = _most_frequent(known) if feature.missing and known else None
        if feature.kind == "ordinal":
            assert feature.levels is not None
            return _ordinal(feature, feature.levels, words, fill)
        return CategoryInput(feature.name, tuple(sorted(set(words))), feature.on_unseen, fill)
    if feature.unseen:
        raise DataError(
            f"{feature.name!r} holds numbers, and only words can be unseen",
            hint=f"take  unseen:  away, or say  {{name: {feature.name}, kind: category}}",
        )
    numbers = list(map(as_number, seen))
    return NumberInput(feature.name, min(numbers), max(numbers), _fill(feature, numbers))


_SEPARATORS = ";|/,"


def split_otherwise(feature: Input) -> str:
    """Say where lists look as if something else than was said stood between their tags."""
    if not isinstance(feature, TagsInput):
        return ""
    for mark in _SEPARATORS:
        joined = [level for level in feature.levels if mark in level.strip(mark)]
        if len(joined) > len(feature.levels) / 3:
            return (
                f"many tags of {feature.name} hold a {mark!r}, such as {joined[0]!r}: if it "
                f"stands between tags, say  by: {mark!r}  in  split_list"
            )
    return ""


def look_alikes(feature: Input) -> list[str]:
    """Say where words of a feature look alike, such as two that differ by case."""
    if isinstance(feature, CategoryInput | TagsInput):
        return doubts.alike(feature.name, feature.levels)
    return []


def _ordinal(
    feature: Feature, levels: Sequence[str], words: Sequence[str], fill: str | None
) -> Input:
    made = OrdinalInput(feature.name, tuple(levels), feature.on_unseen, fill)
    foreign = sorted(set(words) - set(levels))
    if foreign and made.unseen == "error":
        raise DataError(
            f"{foreign[0]!r} is none of the levels of {feature.name!r}",
            hint=near(foreign[0], levels) or f"the levels are {made.seen}; add it, or say  unseen:",
        )
    return made


def _fill(feature: Feature, numbers: list[float]) -> float | None:
    match feature.missing:
        case "mean":
            return fsum(numbers) / len(numbers)
        case "median":
            from statistics import median

            return float(median(numbers))
        case "most_frequent":
            return _most_frequent(numbers)
        case None:
            return None


T = TypeVar("T", str, float)


def _most_frequent(values: Sequence[T]) -> T:
    """Return the commonest value; of several, the smallest."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))
