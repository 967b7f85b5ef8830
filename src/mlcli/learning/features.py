"""What is learned of each feature: ranges, levels, and what stands for a missing value."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.answering.column import Column
    from mlcli.definition.definition import Feature
    from mlcli.statistics.arrays import Floats


def learn_feature(feature: Feature, column: Column) -> Input:
    """Return what the values of training rows, and of those alone, show of a feature.

    Raises
    ------
    DataError
        There is no value, or the way to fill a missing one does not fit the kind.
    """
    gone = column.missing
    if isinstance(column, Numbers) and feature.kind in {None, "number"} and not gone.all():
        numbers = column.values[~gone] if gone.any() else column.values
        return learn_number(
            feature, float(numbers.min()), float(numbers.max()), _fill(feature, numbers)
        )
    words = column.as_words()
    return learn_words(feature, dict(zip(words.levels, words.counts().tolist(), strict=True)))


def learn_words(feature: Feature, rows: Mapping[str, int]) -> Input:
    """Return what the words of training rows show of a feature, by how many rows each is in.

    Raises
    ------
    DataError
        As for `learn_feature`.
    """
    counts = {level: count for level, count in rows.items() if count}
    if not counts:
        raise DataError(
            f"the feature {feature.name!r} is empty in every row to learn from",
            hint="take it out of the features, or export it again",
        )
    if feature.kind == "tags":
        tags = {tag for level in counts for tag in tags_of(level)}
        if not tags:
            raise DataError(
                f"every list of {feature.name!r} is empty in the rows to learn from",
                hint="take it out of the features, or export it again",
            )
        lenient = feature.unseen is not None
        return TagsInput(feature.name, tuple(sorted(tags)), feature.on_unseen, lenient)
    if feature.missing in {"mean", "median"}:
        raise DataError(
            f"{feature.name!r} holds words, which have no {feature.missing}",
            hint="write  missing: most_frequent",
        )
    known = {w: n for w, n in counts.items() if feature.levels is None or w in feature.levels}
    fill = _commonest(known) if feature.missing and known else None
    if feature.kind == "ordinal":
        assert feature.levels is not None
        return _ordinal(feature, feature.levels, counts, fill)
    return CategoryInput(feature.name, tuple(sorted(counts)), feature.on_unseen, fill)


def learn_number(feature: Feature, low: float, high: float, fill: float | None) -> NumberInput:
    """Return what numbers show: from where to where they lie, and what stands for a missing one.

    Raises
    ------
    DataError
        They were said to be words.
    """
    if feature.unseen:
        raise DataError(
            f"{feature.name!r} holds numbers, and only words can be unseen",
            hint=f"take  unseen:  away, or say  {wording.as_category(feature.name)}",
        )
    return NumberInput(feature.name, low, high, fill)


def typical(feature: Input, column: Any) -> float | str | tuple[str, ...]:
    """Return what most of the values of training rows hold of a feature.

    The median of numbers, the commonest word, the middle one of words with an order, the tags
    that more than half of the rows have; of tags of which there must be one, at least that.
    """
    if isinstance(feature, NumberInput):
        numbers: Floats = column.values[~column.missing]
        return float(np.median(numbers))
    words = column.as_words()
    counts = dict(zip(words.levels, words.counts().tolist(), strict=True))
    return typical_word(feature, counts, len(words))


def typical_word(feature: Input, words: Mapping[str, int], rows: int) -> str | tuple[str, ...]:
    """Return the same of words, by how many of some rows each is in."""
    counts: Counter[str] = Counter()
    for word, found in words.items():
        for level in set(tags_of(word)) if isinstance(feature, TagsInput) else (word,):
            counts[level] += found if level in feature.levels else 0
    if isinstance(feature, TagsInput):
        most = {tag for tag, found in counts.items() if 2 * found > rows}
        needed = feature.unseen == "error" and not most
        return (_commonest(counts),) if needed else tuple(sorted(most))
    if isinstance(feature, OrdinalInput):
        below = accumulate(counts[level] for level in feature.levels)
        half = (counts.total() - 1) // 2
        return next(level for level, seen in zip(feature.levels, below, strict=True) if seen > half)
    return _commonest(counts)


def _commonest(counts: Mapping[str, int]) -> str:
    """Return the word that stands in most rows, the first of those that do."""
    return min(counts, key=lambda word: (-counts[word], word))


def split_otherwise(feature: Input) -> str:
    """Say where lists look as if something else than was said stood between their tags."""
    if not isinstance(feature, TagsInput):
        return ""
    return doubts.split_otherwise(feature.name, feature.levels)


def look_alikes(feature: Input) -> list[str]:
    """Say where words of a feature look alike, such as two that differ by case."""
    if isinstance(feature, CategoryInput | TagsInput):
        return doubts.alike(feature.name, feature.levels)
    return []


def _ordinal(
    feature: Feature, levels: Sequence[str], words: Iterable[str], fill: str | None
) -> Input:
    made = OrdinalInput(feature.name, tuple(levels), feature.on_unseen, fill)
    foreign = sorted(set(words) - set(levels))
    if foreign and made.unseen == "error":
        raise DataError(
            f"{foreign[0]!r} is none of the levels of {feature.name!r}",
            hint=near(foreign[0], levels) or f"the levels are {made.seen}; add it, or say  unseen:",
        )
    return made


def _fill(feature: Feature, numbers: Floats) -> float | None:
    """Return what stands for a missing number; of several commonest ones, the smallest."""
    match feature.missing:
        case "mean":
            return fsum(numbers) / len(numbers)
        case "median":
            return float(np.median(numbers))
        case "most_frequent":
            different, counts = np.unique(numbers, return_counts=True)
            return float(different[counts.argmax()])
        case None:
            return None
