"""Columns that hold the label's mean of a group: the answer, spread over a few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.judging.single import FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from mlcli.judging.columns import Column

_CLOSE: Final = 0.05
"""Standard errors that a group's mean may be off, for rounding.

An honest column of good guesses is as close in 4 % of groups, in three groups at once in
1 of 15,000 columns.
"""
_FEWEST_GROUPS: Final = 3
_EXACT: Final = 1e-9


def encodes(column: Column, label: np.ndarray) -> int:
    """Return of how many groups a column holds the label's mean; 0 if it does not.

    Rows with the same number are one group, whatever made it: the mean of their labels
    must be that number, within 0.05 standard errors in at least three groups, or within a
    billionth of the label's spread in two. At most half as many groups as rows, and labels
    that differ within them; else the column would be a copy.

    Parameters
    ----------
    column
        n rows; those without a number are not looked at.
    label
        (n,) numbers; for a class 1 where a row is of it, else 0.
    """
    import numpy as np

    if column.numbers is None or len(label) < FEWEST_ROWS:
        return 0
    there = ~np.isnan(column.numbers)
    given, codes, counts = np.unique(column.numbers[there], return_inverse=True, return_counts=True)
    groups = len(given)
    if not 1 < groups <= len(codes) / 2:
        return 0
    size = max(np.abs(given).max(), np.abs(label).max())  # squares of huge numbers would overflow
    given, truths = given / size, label[there] / size
    means = np.bincount(codes, truths) / counts
    within = np.sqrt(((truths - means[codes]) ** 2).sum() / (len(codes) - groups))
    spread = truths.std()
    if within <= _EXACT * spread:
        return 0
    misses = np.abs(means - given)
    near = (misses * np.sqrt(counts) <= _CLOSE * within).all() and groups >= _FEWEST_GROUPS
    return groups if near or (misses <= _EXACT * spread).all() else 0


def group_of(column: Column, others: Sequence[Column]) -> Column | None:
    """Return the column of words whose levels each have one number in this one, if any."""
    import numpy as np

    for other in others:
        if not other.words or other is column:
            continue
        levels = len(np.unique(other.codes))
        both = len(np.unique(other.codes * column.different + column.codes))
        if both == levels <= len(other.codes) / 2:
            return other
    return None


def without_own_row(column: Column, group: Column, label: np.ndarray) -> int:
    """Return of how many groups a column holds the mean of the others' labels; 0 if not.

    (sum of the group - own label) / (rows of the group - 1): the own label can be worked
    out from it. Groups of one row are not looked at; half of the rows must be in others.
    """
    import numpy as np

    if column.numbers is None or len(label) < FEWEST_ROWS:
        return 0
    counts = np.bincount(group.codes, minlength=group.different)
    rows = counts[group.codes] > 1
    if 2 * rows.sum() < len(label):
        return 0
    size = np.abs(label).max() or 1.0
    sums = np.bincount(group.codes, label / size, group.different)
    codes = group.codes[rows]
    means = (sums[codes] - label[rows] / size) / (counts[codes] - 1)
    off = np.abs(means - column.numbers[rows] / size)
    # NaN compares as not close; and a constant label makes all means equal.
    return len(np.unique(codes)) if (off < _CLOSE * means.std()).all() else 0
