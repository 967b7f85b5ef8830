"""Columns that tell rows apart instead of describing them: counters and ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mlcli.judging.single import FEWEST_ROWS

if TYPE_CHECKING:
    from mlcli.judging.columns import Column

_GAPS: Final = 1.05  # numbers from the first to the last, for each row: few are missing


def counts_rows(column: Column) -> Literal["counter", "id"] | None:
    """Say whether a column numbers the rows, or is text that no two rows share.

    A counter: whole numbers, all different, that only rise or only fall from row to row, or
    that are nearly all the numbers from their least to their greatest. Nothing is said
    below 20 rows, where such a column may be chance, or where a row has no value.
    """
    import numpy as np

    rows = len(column.codes)
    if rows < FEWEST_ROWS or len(np.unique(column.codes)) < rows:
        return None
    numbers = column.numbers
    if numbers is None:
        return "id"
    if np.isnan(numbers).any() or (numbers != np.floor(numbers)).any():
        return "id" if column.words and np.isnan(numbers).all() else None
    rises, falls = numbers[1:] > numbers[:-1], numbers[1:] < numbers[:-1]
    span = numbers.max() / rows - numbers.min() / rows  # the difference itself may overflow
    if rises.all() or falls.all() or span + 1 / rows <= _GAPS:
        return "counter"
    return "id" if column.words else None
