"""Rows that stand on both sides of a split: features and label are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from mlcli.judging.columns import Column

_FEWEST: Final = 3
_FEWEST_DIFFERENT: Final = 10
_LEAST_SHARE: Final = 0.02
_TIMES: Final = 5
_MOST_GIVEN: Final = 10  # columns, those that tell most rows apart, given which chance is reckoned


def count(
    columns: Sequence[Column], label: np.ndarray, train: np.ndarray, held: np.ndarray, *, seed: int
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
        n rows of features, one at least, and (n,) labels.
    train, held
        Positions on both sides, not empty.
    seed
        Draws the numbers that stand for values; two rows are mixed up once in 2^64 pairs.
    """
    import numpy as np

    hashes = [_hashes(column.codes, seed + at) for at, column in enumerate(columns)]
    features = _total(hashes)
    answer = _hashes(np.unique(label, return_inverse=True)[1], seed + len(columns))
    whole = features + answer
    found = int(np.isin(whole[held], whole[train]).sum())
    if found < max(_FEWEST, _LEAST_SHARE * len(held)):
        return 0
    first = np.unique(whole, return_index=True)[1]
    if 2 * len(first) < len(whole) and not any(_has_fractions(c, first) for c in columns):
        return 0
    equal = _pairs(whole, train, held)
    near = [_pairs(features - part, train, held) - equal for part in hashes]
    sides = (train, held)
    if any(_tells(c.codes, whole, _there(c), sides) for c in columns):
        return found
    everywhere = np.ones(len(whole), dtype=bool)
    # Where features say the label without noise, it tells nothing that they do not.
    if 2 * equal <= _pairs(features, *sides) and _tells(answer, whole, everywhere, sides):
        return found
    chance = max(map(_expected, near, _shares(hashes, sides)))
    return found if equal >= _TIMES * chance else 0


def _hashes(codes: np.ndarray, seed: int) -> np.ndarray:
    """Return a random number for each row, the same for the same code."""
    import numpy as np

    drawn = np.random.default_rng(seed).integers(0, 2**63, int(codes.max(initial=0)) + 1)
    return np.asarray(drawn.astype(np.uint64)[codes])


def _total(hashes: Sequence[np.ndarray]) -> np.ndarray:
    """Return one number for each row: sums of random numbers differ where values do."""
    import numpy as np

    return np.asarray(np.sum(hashes, axis=0, dtype=np.uint64))


def _pairs(keys: np.ndarray, train: np.ndarray, held: np.ndarray) -> int:
    """Count pairs of a training and a held-out row with the same key."""
    import numpy as np

    if not len(train) or not len(held):
        return 0
    known, counts = np.unique(keys[train], return_counts=True)
    at = np.minimum(np.searchsorted(known, keys[held]), len(known) - 1)
    return int(counts[at][known[at] == keys[held]].sum())


def _tells(
    keys: np.ndarray, whole: np.ndarray, there: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> bool:
    """Say whether pairs with the same value of a column are hardly ever but twins."""
    train, held = (side[there[side]] for side in sides)
    twins = _pairs(whole, train, held)
    return twins >= _FEWEST and _TIMES * (_pairs(keys, train, held) - twins) <= twins


def _there(column: Column) -> np.ndarray:
    """Say of each row whether it has a value: rows without one are not alike by that."""
    import numpy as np

    if column.numbers is None:
        return np.ones(len(column.codes), dtype=bool)
    return np.asarray(~np.isnan(column.numbers))


def _has_fractions(column: Column, rows: np.ndarray) -> bool:
    """Say whether most values are no whole numbers, and nearly all of different rows differ."""
    import numpy as np

    if column.numbers is None or len(rows) < _FEWEST_DIFFERENT:
        return False
    numbers = column.numbers[rows]
    fractions = 2 * (numbers != np.floor(numbers)).sum() > len(rows)
    return bool(fractions and 10 * len(np.unique(numbers)) >= 9 * len(rows))


def _shares(hashes: Sequence[np.ndarray], sides: tuple[np.ndarray, np.ndarray]) -> list[float]:
    """Return for each column the share of pairs equal in it, given the best of the others."""
    alone = [_pairs(part, *sides) for part in hashes]
    given = sorted(range(len(hashes)), key=alone.__getitem__)[:_MOST_GIVEN]
    shares = []
    for at, part in enumerate(hashes):
        both = [(_pairs(part + hashes[k], *sides), alone[k]) for k in given if k != at]
        every = (alone[at], len(sides[0]) * len(sides[1]))
        shares.append(max(equal / pairs if pairs else 0.0 for equal, pairs in [*both, every]))
    return shares


def _expected(near: int, share: float) -> float:
    return near * share / (1 - share) if share < 1 else float("inf")
