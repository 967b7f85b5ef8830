"""Columns that add up to the label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli.judging.leaks.coded_column import bits
from mlcli.judging.leaks.one_column import EXACT, FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.judging.leaks.coded_column import CodedColumn


_UNIT: Final = 0.01  # how far a coefficient may be from 1 or -1
_SHARE: Final = 0.005  # of the label's spread, that a column of the sum adds at least
_MOST: Final = 30
_ROUNDING: Final = 1e-13  # of the largest number: the spread of a constant whose mean is rounded


@dataclass(frozen=True, slots=True)
class SumOfColumns:
    """Positions of columns with their signs, 1 or -1, and the R2 of the label by their sum."""

    parts: tuple[tuple[int, int], ...]
    r2: float


def members(matrix: np.ndarray, label: np.ndarray) -> SumOfColumns | None:
    """Return the columns whose sum or difference is the label, and the R2 of that.

    Least squares over all columns and a constant; where R2 > 0.9999, columns are left out
    one by one while it stays so, and what is left must be two or more columns with
    coefficients within 0.01 of 1 or -1. Where columns say the same thing there are several
    answers: they are left out from either end.

    Parameters
    ----------
    matrix
        (n, k) numbers; rows with a NaN are not looked at.
    label
        (n,) numbers.

    Returns
    -------
    SumOfColumns or None
        ``None`` too where fewer than 20 rows, or two for each column, are complete.
    """
    there = ~np.isnan(matrix).any(axis=1)
    x, y = matrix[there], label[there]
    if len(y) < max(FEWEST_ROWS, 2 * x.shape[1]):
        return None
    size = max(np.abs(x).max(), np.abs(y).max()) or 1.0  # squares of huge numbers would overflow
    x, y = x / size, y / size
    x, y = x - x.mean(axis=0), y - y.mean()
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING).tolist()
    if y.std() <= _ROUNDING or not usable:
        return None
    weights, r2 = _fitted(x, y, usable)
    if r2 <= EXACT:
        return None
    added = np.abs(weights) * x[:, usable].std(axis=0) / y.std()
    kept = [at for at, share in zip(usable, added, strict=True) if share >= _SHARE / 2]
    if not 1 < len(kept) <= _MOST or _fitted(x, y, kept)[1] <= EXACT:
        return None
    for order in (kept, kept[::-1]):
        left = _thinned(x, y, order)
        weights, r2 = _fitted(x, y, left)
        if len(left) > 1 and (np.abs(np.abs(weights) - 1) <= _UNIT).all():
            signs = {at: 1 if weight > 0 else -1 for at, weight in zip(left, weights, strict=True)}
            return SumOfColumns(tuple(sorted(signs.items())), r2)
    return None


def _thinned(x: np.ndarray, y: np.ndarray, order: Sequence[int]) -> list[int]:
    """Leave out the columns, in this order, without which the rest is as good."""
    left = list(order)
    for at in order:
        rest = [other for other in left if other != at]
        if rest and _fitted(x, y, rest)[1] > EXACT:
            left = rest
    return left


def _fitted(x: np.ndarray, y: np.ndarray, columns: Sequence[int]) -> tuple[np.ndarray, float]:
    """Return least-squares coefficients of centred columns, and R2."""
    sizes = x[:, columns].std(axis=0)
    weights = np.linalg.lstsq(x[:, columns] / sizes, y / y.std(), rcond=1e-10)[0]
    wrong = y / y.std() - x[:, columns] / sizes @ weights
    return weights * y.std() / sizes, 1 - float((wrong**2).mean())


_FEWEST: Final = 3
_FEWEST_DIFFERENT: Final = 10
_LEAST_SHARE: Final = 0.02
_FIRST: Final = 1_000  # rows by which the column is found that tells most of them apart
_TIMES: Final = 5
_MOST_GIVEN: Final = 10  # columns, those that tell most rows apart, given which chance is reckoned


def count(
    columns: Sequence[CodedColumn],
    label: np.ndarray,
    train: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
) -> int:
    """Count held-out rows that stand in training too, features and label; 0 if that is chance.

    In a table of few values equal rows are normal. So 3 rows and 2 % of those held out must
    be twins at least; half of all rows must differ, unless fractions tell them apart; and
    the pairs of a training and a held-out row that are equal in all must be

    * five times those that are equal in one column (such as a length in millimetres) and
      differ elsewhere; or
    * five times what chance makes of near twins: of N pairs that are equal in every feature
      but j, q / (1 - q) N would be equal in j too, where q is the share of pairs equal in j
      among pairs equal in that other column which tells most of j. The largest of these
      over all j is taken.

    Chance makes many near twins for each twin; copying rows makes twins only.

    Parameters
    ----------
    columns, label
        n rows of features, one at least, and (n,) labels: numbers, or codes of classes.
    train, held
        Positions on both sides, not empty.
    seed
        Of the numbers that stand for values; two rows are mixed up once in 2^64 pairs.
    """
    least = max(_FEWEST, _LEAST_SHARE * len(held))
    some = np.arange(min(len(label), _FIRST))
    surest = max(columns, key=lambda column: column.taken(some).different)
    if np.count_nonzero(_pairs(surest.bits, train, held)) < least:
        return 0
    hashes = [_hashes(column.bits, seed + at) for at, column in enumerate(columns)]
    answer = _hashes(bits(label), seed + len(columns))
    features = np.add.reduce(hashes)  # they differ where values do
    whole = features + answer
    pairs = _pairs(whole, train, held)
    found, equal = int(np.count_nonzero(pairs)), int(pairs.sum())
    if found < least:
        return 0
    first = np.unique(whole, return_index=True)[1]
    if 2 * len(first) < len(whole) and not any(_has_fractions(c, first) for c in columns):
        return 0
    sides = (train, held)
    if any(_tells(h, whole, _there(c), sides) for c, h in zip(columns, hashes, strict=True)):
        return found
    everywhere = np.ones(len(whole), dtype=bool)
    # Where features say the label without noise, it tells nothing that they do not.
    if 2 * equal <= _pairs(features, *sides).sum() and _tells(answer, whole, everywhere, sides):
        return found
    near = [int(_pairs(features - part, *sides).sum()) - equal for part in hashes]
    chance = max(map(_expected, near, _shares(hashes, sides)))
    return found if equal >= _TIMES * chance else 0


_MIXERS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def _hashes(keys: np.ndarray, seed: int) -> np.ndarray:
    """Return 64 other bits for each key: splitmix64 (Steele, Lea, Flood 2014).

    No two keys share them, and a sum of them, one of each column, is hardly ever another.
    """
    mixed = keys + np.uint64(0x9E3779B97F4A7C15 * (seed + 1) % 2**64)
    for shift, factor in _MIXERS:
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    return mixed


def _pairs(keys: np.ndarray, train: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return for each held-out row, in any order, how many training rows have its key."""
    known, asked = np.sort(keys[train]), np.sort(keys[held])
    return np.searchsorted(known, asked, "right") - np.searchsorted(known, asked)


def _tells(
    keys: np.ndarray, whole: np.ndarray, there: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> bool:
    """Say whether pairs with the same value of a column are hardly ever but twins."""
    train, held = (side[there[side]] for side in sides)
    twins = _pairs(whole, train, held).sum()
    alike = _pairs(keys, train, held).sum() - twins
    return bool(twins >= _FEWEST and _TIMES * alike <= twins)


def _there(column: CodedColumn) -> np.ndarray:
    """Say of each row whether it has a value: rows without one are not alike by that."""
    if column.numbers is None:
        return np.ones(len(column), dtype=bool)
    return np.asarray(~np.isnan(column.numbers))


def _has_fractions(column: CodedColumn, rows: np.ndarray) -> bool:
    """Say whether most values are no whole numbers, and nearly all of different rows differ."""
    if column.numbers is None or len(rows) < _FEWEST_DIFFERENT:
        return False
    numbers = column.numbers[rows]
    fractions = 2 * (numbers != np.floor(numbers)).sum() > len(rows)
    return bool(fractions and 10 * len(np.unique(numbers)) >= 9 * len(rows))


def _shares(hashes: Sequence[np.ndarray], sides: tuple[np.ndarray, np.ndarray]) -> list[float]:
    """Return for each column the share of pairs equal in it, given the best of the others."""
    alone = [int(_pairs(part, *sides).sum()) for part in hashes]
    given = sorted(range(len(hashes)), key=alone.__getitem__)[:_MOST_GIVEN]
    shares = []
    for at, part in enumerate(hashes):
        both = [(int(_pairs(part + hashes[k], *sides).sum()), alone[k]) for k in given if k != at]
        every = (alone[at], len(sides[0]) * len(sides[1]))
        shares.append(max(equal / pairs if pairs else 0.0 for equal, pairs in [*both, every]))
    return shares


def _expected(near: int, share: float) -> float:
    return near * share / (1 - share) if share < 1 else float("inf")
