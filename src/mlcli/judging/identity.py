"""Columns that tell rows apart instead of describing them, and rows on both sides of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mlcli.judging.single import FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from mlcli.judging.columns import Column

_GAPS: Final = 1.05  # numbers from the first to the last, for each row: few are missing
_FEWEST_TWINS: Final = 3
_LEAST_SHARE: Final = 0.02
_TIMES: Final = 5
_TIMES_CHANCE: Final = 10


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
    steps = np.diff(numbers)
    if (steps > 0).all() or (steps < 0).all() or np.ptp(numbers) + 1 <= _GAPS * rows:
        return "counter"
    return "id" if column.words else None


def twins(
    columns: Sequence[Column], label: np.ndarray, train: np.ndarray, held: np.ndarray, *, seed: int
) -> int:
    """Count held-out rows that stand in training too, features and label; 0 if that is chance.

    In a table of few values equal rows are normal, so at least 3 rows, 2 % of those held
    out, must be twins; half of all rows must differ, or one of the columns must hold
    fractions that tell the rows apart; and of pairs of a training and a held-out row either

    * of those equal in the column that tells most rows apart, five of six are equal in all;
    * or, for wide tables, of those equal in all columns but one, half are equal in all,
      whichever that one is, and they are ten times as many as if columns were independent.

    Chance makes near twins more often than twins; copying makes twins only.
    """
    import numpy as np

    codes = [column.codes for column in columns]
    codes.append(np.unique(label, return_inverse=True)[1])
    hashes = [_hashes(code, seed + at)[code] for at, code in enumerate(codes)]
    whole = _total(hashes)
    count = int(np.isin(whole[held], whole[train]).sum())
    if count < max(_FEWEST_TWINS, _LEAST_SHARE * len(held)):
        return 0
    first = np.unique(whole, return_index=True)[1]
    if 2 * len(first) < len(whole) and not any(_tells_apart(c, first) for c in columns):
        return 0
    equal = _pairs(whole, train, held)
    alone = [_pairs(part, train, held) - equal for part in hashes]
    if _TIMES * min(alone) <= equal:
        return count
    but_one = max(_pairs(whole - part, train, held) for part in hashes)
    chance = len(train) * len(held) * float(np.prod([_collisions(c, first) for c in codes[:-1]]))
    return count if 2 * equal >= but_one and equal > _TIMES_CHANCE * chance else 0


def _hashes(codes: np.ndarray, seed: int) -> np.ndarray:
    import numpy as np

    drawn = np.random.default_rng(seed).integers(0, 2**63, int(codes.max(initial=0)) + 1)
    return drawn.astype(np.uint64)


def _total(hashes: Sequence[np.ndarray]) -> np.ndarray:
    """Return one number for each row: sums of random numbers differ where values do."""
    import numpy as np

    return np.asarray(np.sum(hashes, axis=0, dtype=np.uint64))


def _pairs(keys: np.ndarray, train: np.ndarray, held: np.ndarray) -> int:
    """Count pairs of a training and a held-out row with the same key."""
    import numpy as np

    known, counts = np.unique(keys[train], return_counts=True)
    at = np.minimum(np.searchsorted(known, keys[held]), len(known) - 1)
    return int(counts[at][known[at] == keys[held]].sum())


def _collisions(codes: np.ndarray, rows: np.ndarray) -> float:
    """Return the chance that two of these rows, which differ somewhere, are equal here."""
    import numpy as np

    counts = np.unique(codes[rows], return_counts=True)[1]
    return float((counts * (counts - 1)).sum() / max(len(rows) * (len(rows) - 1), 1))


def _tells_apart(column: Column, rows: np.ndarray) -> bool:
    import numpy as np

    if column.numbers is None:
        return False
    numbers = column.numbers[rows]
    fractions = (numbers != np.floor(numbers)).mean() > 1 / 2
    return bool(fractions and 10 * len(np.unique(numbers)) >= 9 * len(rows))
