"""What is learned of each feature: ranges, levels, and what stands for a missing value."""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import TYPE_CHECKING, TypeVar

from mlcli import wording
from mlcli.errors import DataError
from mlcli.inputs import CategoryInput, Input, NumberInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.cells import Value
    from mlcli.definition import Feature


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
    if feature.kind == "category" or not isinstance(seen[0], float):
        words = [wording.written(value) for value in seen]
        if feature.missing in {"mean", "median"}:
            raise DataError(
                f"{feature.name!r} is a category, which has no {feature.missing}",
                hint="write  missing: most_frequent",
            )
        fill = _most_frequent(words) if feature.missing else None
        return CategoryInput(feature.name, tuple(sorted(set(words))), feature.unseen, fill)
    numbers = [float(v) for v in seen]  # type: ignore[arg-type]
    return NumberInput(feature.name, min(numbers), max(numbers), _fill(feature, numbers))


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
