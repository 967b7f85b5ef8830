"""Which rows are held out. Splits deal in positions and dates only."""

from __future__ import annotations

from array import array
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from mlcli import wording
from mlcli.answering.column import Times
from mlcli.errors import DataError
from mlcli.learning.folds import FEWEST_TO_LEARN, drawing

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from mlcli.grammar.phrases import Holdout
    from mlcli.statistics.arrays import Rows


def divide(
    split: Holdout,
    dates: Times | None,
    rows: int,
    *,
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> tuple[Rows, Rows]:
    """Divide rows into those to learn from and those held out.

    Parameters
    ----------
    split
        Which rows to hold out.
    dates
        The date of each row, or ``None`` for a table without dates.
    rows
        How many rows there are.
    seed
        Fixes a random share.
    groups
        What each row belongs to, ``None`` for a row of its own. A random share is drawn
        in whole groups; the newest rows are the newest, whatever group they are of.

    Returns
    -------
    tuple
        Positions to learn from and positions held out: disjoint, together all, each
        in order. A share is rounded up, and rows of one day stay on one side, whatever
        their time.

    Raises
    ------
    DataError
        A date is needed and missing, or a side is left without rows.
    """
    if split.by_date:
        _must_be_dated(split, dates)
    days = None if dates is None else Times(dates.starts("day"))
    held = np.zeros(rows, dtype=bool)
    held[_held_out(split, days, rows, seed, groups)] = True
    if split.how != "none" and not held.any():
        raise DataError(f"holdout: {split.text}  holds no row out of {rows:,}", hint=_span(days))
    train = np.flatnonzero(~held)
    if len(train) < FEWEST_TO_LEARN:
        raise DataError(
            f"{wording.count(len(train), 'row')} to learn from and {held.sum():,} held out; "
            "at least 2 are needed to learn",
            hint="bring more rows, or write  holdout: none",
        )
    return train, np.flatnonzero(held)


def _must_be_dated(split: Holdout, dates: Times | None) -> None:
    if dates is None:
        raise DataError(
            f"holdout: {split.text}  needs dates, and the key is none",
            hint="write  holdout: random 20%",
        )
    if dates.missing.any():
        raise DataError(
            f"holdout: {split.text}  needs a date in every row",
            hint="leave rows without one out, with  drop_missing",
        )


def _held_out(
    split: Holdout, days: Times | None, rows: int, seed: int, groups: Sequence[Hashable] | None
) -> Rows:
    """Return the positions of rows to hold out; dates are days, one each if they count."""
    wanted = ceil(round(split.share * rows, 9))
    if split.how == "random" and wanted:
        return _drawn(_together(days, groups, rows), wanted, seed)
    if (not wanted and split.how != "from") or days is None or not rows:
        return np.arange(0)
    newest = np.sort(days.values)[-wanted:]
    start = np.datetime64(split.start, "us") if split.how == "from" else newest[0]
    return np.flatnonzero(days.values >= start)


def _together(
    days: Times | None, groups: Sequence[Hashable] | None, rows: int
) -> NDArray[np.int64]:
    """Return (n,) numbers of what is drawn as a whole: groups, days, else single rows.

    A row of no group, or without a day, is drawn alone.
    """
    numbers = np.full(rows, -1)
    if groups is not None:
        known: dict[Hashable, int] = {None: -1}
        numbers[:] = [known.setdefault(each, len(known)) for each in groups]
    elif days is not None:
        numbers = np.where(days.missing, -1, np.unique(days.values, return_inverse=True)[1])
    alone = numbers < 0
    numbers[alone] = numbers.max(initial=0) + 1 + np.arange(alone.sum())
    return numbers


def _drawn(together: NDArray[np.int64], wanted: int, seed: int) -> Rows:
    """Draw whole groups until there are so many rows; return their positions."""
    _, first, group = np.unique(together, return_index=True, return_inverse=True)
    numbers = array("q", np.argsort(first).astype(np.int64).tobytes())  # in order of appearance
    drawing(seed).shuffle(numbers)
    drawn = np.array(numbers)
    enough = int(np.searchsorted(np.bincount(group)[drawn].cumsum(), wanted)) + 1
    held = np.zeros(len(first), dtype=bool)
    held[drawn[:enough]] = True
    return np.flatnonzero(held[group])


def _span(dates: Times | None) -> str:
    known = [] if dates is None else [date for date in dates if date is not None]
    return (
        f"the rows reach from {wording.written(min(known))} to {wording.written(max(known))}"
        if known
        else ""
    )
