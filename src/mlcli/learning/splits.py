"""Which rows are held out. Splits deal in positions and dates only."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from itertools import compress
from math import ceil
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.errors import DataError
from mlcli.grammar.phrases import period_start
from mlcli.statistics.folds import FEWEST_TO_LEARN, drawing

if TYPE_CHECKING:
    from mlcli.grammar.phrases import Holdout

Dates = Sequence[datetime | None]


def divide(
    split: Holdout,
    dates: Dates | None,
    rows: int,
    *,
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> tuple[list[int], list[int]]:
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
    dates = [date and period_start("day", date) for date in dates] if dates else dates
    held = _held_out(split, dates, rows, seed, groups)
    learned = [True] * rows
    for i in held:
        learned[i] = False
    train = list(compress(range(rows), learned))
    if split.how != "none" and not held:
        raise DataError(f"holdout: {split.text}  holds no row out of {rows:,}", hint=_span(dates))
    if len(train) < FEWEST_TO_LEARN:
        raise DataError(
            f"{wording.count(len(train), 'row')} to learn from and {len(held):,} held out; "
            "at least 2 are needed to learn",
            hint="bring more rows, or write  holdout: none",
        )
    return train, sorted(held)


def _must_be_dated(split: Holdout, dates: Dates | None) -> None:
    if dates is None:
        raise DataError(
            f"holdout: {split.text}  needs dates, and the key is none",
            hint="write  holdout: random 20%",
        )
    if None in dates:
        raise DataError(
            f"holdout: {split.text}  needs a date in every row",
            hint="leave rows without one out, with  drop_missing",
        )


def _held_out(
    split: Holdout, dates: Dates | None, rows: int, seed: int, groups: Sequence[Hashable] | None
) -> list[int]:
    wanted = ceil(round(split.share * rows, 9))
    known = [date for date in dates or () if date is not None]  # every row has one, if they count
    match split.how:
        case "none":
            return []
        case "from":
            return [i for i, date in enumerate(known) if split.start and date >= split.start]
        case "newest":
            newest = sorted(known, reverse=True)[:wanted]
            return [i for i, date in enumerate(known) if date >= newest[-1]]
        case "random":
            return _random(dates if groups is None else groups, rows, wanted, seed)


def _random(together: Sequence[Hashable] | None, rows: int, wanted: int, seed: int) -> list[int]:
    """Draw whole groups, or days (else single rows) until the share is reached."""
    if together is None:
        single = list(range(rows))
        drawing(seed).shuffle(single)
        return single[:wanted]
    whole: dict[Hashable, list[int]] = {}
    for i in range(rows):
        named = together[i]
        whole.setdefault((named is None, i if named is None else named), []).append(i)
    drawn = list(whole.values())
    drawing(seed).shuffle(drawn)
    held: list[int] = []
    for group in drawn:
        if len(held) >= wanted:
            break
        held += group
    return held


def _span(dates: Dates | None) -> str:
    known = [date for date in dates or [] if date is not None]
    return (
        f"the rows reach from {wording.written(min(known))} to {wording.written(max(known))}"
        if known
        else ""
    )
