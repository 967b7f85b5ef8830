"""Whether a column is the label in disguise: cut into bands, or of the row after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli.judging.leaks.one_column import FEWEST_ROWS

if TYPE_CHECKING:
    from mlcli.judging.leaks.coded_column import CodedColumn

_NEARLY_ALL: Final = 0.95
_ONE_WAY: Final = 0.9  # of the steps from row to row
_MOST_BANDS: Final = 20
_OF_A_BAND: Final = 10  # different labels, at least
_BESIDE: Final = 10  # gaps on either side of a cut
_WIDE: Final = 5.0  # times their mean: a cut through equally dense labels is wider once in 150


def cuts(column: CodedColumn, label: np.ndarray) -> bool:
    """Say whether values of the column are bands that the label, (n,) numbers, was cut into.

    Each of its 2 to 20 values has 20 rows and 10 different labels; their ranges of the label
    lie side by side, and no cut is a wide gap, as values that truly tell would leave. A label
    that goes one way with the rows, as a meter does, is in bands of the year anyway.
    """
    if not 1 < column.different <= _MOST_BANDS or column.counts[column.codes].min() < FEWEST_ROWS:
        return False
    moves = np.diff(label)
    if max((moves >= 0).mean(), (moves <= 0).mean()) >= _ONE_WAY:
        return False
    order = np.argsort(label, kind="stable")
    bands, labels = column.codes[order], label[order]
    steps = np.flatnonzero(np.diff(bands))
    gaps = np.diff(np.unique(labels))
    ends = np.searchsorted(np.unique(labels), labels[steps])
    if len(steps) != column.different - 1 or (labels[steps] == labels[steps + 1]).any():
        return False
    if np.diff([-1, *ends, len(gaps)]).min() < _OF_A_BAND:
        return False
    near = (np.r_[gaps[max(at - _BESIDE, 0) : at], gaps[at + 1 : at + 1 + _BESIDE]] for at in ends)
    return all(gaps[at] <= _WIDE * some.mean() for at, some in zip(ends, near, strict=True))


def of_next_row(numbers: np.ndarray, label: np.ndarray, groups: np.ndarray | None = None) -> bool:
    """Say whether a column holds the label of the row after, in 19 of 20 rows at least.

    It must be that oftener than it is the label of its own row, or of the row before.

    Parameters
    ----------
    numbers, label
        (n,) numbers each, in the order of time.
    groups
        (n,) codes; only rows that stand beside one of their own are looked at.
    """
    same = np.ones(len(label) - 1, dtype=bool) if groups is None else groups[1:] == groups[:-1]
    there = same & np.isfinite(numbers[:-1]) & np.isfinite(label[1:])
    if there.sum() < FEWEST_ROWS or np.ptp(label[1:][there]) == 0:
        return False
    later = (numbers[:-1] == label[1:])[there].mean()
    known = max((numbers == label).mean(), (numbers[1:] == label[:-1])[same].mean())
    return bool(later >= _NEARLY_ALL and later > known)
