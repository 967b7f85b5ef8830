"""A number of 64 bits for each row, of nothing but its values: the same on every engine.

Numbers count by the bits of their double (0.0 for both zeros), times by their microseconds
since 1970, words by eight bytes of the BLAKE2b digest of their UTF-8 text, the lowest first; what
is missing counts as 0. Column after column, they are added up and mixed by the last steps of
SplitMix64 (Steele, Lea and Flood 2014). No version of mlcli may change this: it decides which
rows are held out.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli.answering.column import Numbers, Times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mlcli.answering.column import Column

    Hashes = NDArray[np.uint64]

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_MIXERS: Final = ((np.uint64(30), 0xBF58476D1CE4E5B9), (np.uint64(27), 0x94D049BB133111EB))
_LAST: Final = np.uint64(31)
_ALL: Final = 2**64


def of_rows(columns: Iterable[Column]) -> Hashes:
    """Return (n,) hashes of the rows of one or more columns, 0 to 2**64 - 1."""
    found = np.zeros(1, dtype=np.uint64)
    for column in columns:
        found = mixed(found + _of_values(column))
    return found


@lru_cache(maxsize=16)
def of_words(words: tuple[str, ...]) -> Hashes:
    """Return (n,) what words count as."""
    known = [blake2b(word.encode(), digest_size=8).digest() for word in words]
    return np.array([int.from_bytes(one, "little") for one in known], np.uint64)


def seeded(hashes: Hashes, seed: int) -> Hashes:
    """Return other hashes for another seed."""
    return mixed(hashes + np.uint64(seed))


def threshold(share: float) -> np.uint64:
    """Return the number that about such a share of all hashes do not exceed."""
    return np.uint64(min(int(share * _ALL), _ALL - 1))


def mixed(values: Hashes) -> Hashes:
    """Return numbers of which each bit depends on all bits of what they were."""
    values = values + _STEP
    for shift, factor in _MIXERS:
        values ^= values >> shift
        values *= np.uint64(factor)
    values ^= values >> _LAST
    return values


def _of_values(column: Column) -> Hashes:
    """Return (n,) what each value counts as."""
    if isinstance(column, Times):
        whole = column.values.astype("datetime64[us]").view(np.uint64)
    elif isinstance(column, Numbers):
        whole = (column.values + 0.0).view(np.uint64)  # -0.0 + 0.0 is 0.0
    else:
        return np.asarray(np.append(of_words(column.levels), np.uint64(0))[column.codes])
    return np.where(column.missing, np.uint64(0), whole)
