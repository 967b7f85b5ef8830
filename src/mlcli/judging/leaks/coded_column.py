"""A column as leaks are looked for in it: as numbers, and as codes of equal values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.column import Column


_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class CodedColumn:
    """One feature of n rows.

    Attributes
    ----------
    name
        The feature's.
    numbers
        (n,) values as doubles, NaN where there is none; ``None`` for text that is no number
        with the same words around it in every row (``53 doughs``).
    levels
        (n,) codes of text or tags from 0, in any order: equal values have equal codes, and
        having none is a value. ``None`` for numbers.
    """

    name: str
    numbers: np.ndarray | None
    levels: np.ndarray | None = None

    @cached_property
    def codes(self) -> np.ndarray:
        """Return (n,) codes from 0; those of numbers are their ranks, the missing last."""
        if self.levels is not None:
            return self.levels
        assert self.numbers is not None
        return np.unique(self.numbers, return_inverse=True)[1]

    @cached_property
    def counts(self) -> np.ndarray:
        """Return how many rows each code has; some may have none."""
        return np.bincount(self.codes)

    @cached_property
    def different(self) -> int:
        """Return how many values there are."""
        return int(np.count_nonzero(self.counts))

    @property
    def bits(self) -> np.ndarray:
        """Return 64 bits for each row, the same for the same value."""
        return bits(self.codes if self.numbers is None or self.levels is not None else self.numbers)

    def __len__(self) -> int:
        return len(self.codes if self.numbers is None else self.numbers)

    def tells(self, others: np.ndarray) -> bool:
        """Say whether each of its values goes with one of (n,) other codes."""
        told = np.empty(len(self.counts), dtype=others.dtype)
        told[self.codes] = others
        return bool((told[self.codes] == others).all())

    def taken(self, rows: np.ndarray) -> CodedColumn:
        """Return the column with some of its rows, and codes for what is in those."""
        numbers = None if self.numbers is None else self.numbers[rows]
        if self.levels is None:
            return CodedColumn(self.name, numbers)
        levels = np.unique(self.levels[rows], return_inverse=True)[1]
        return CodedColumn(self.name, numbers, levels)


def bits(values: np.ndarray) -> np.ndarray:
    """Return numbers, or codes, as 64 bits; of NaN there are many, and two of 0."""
    if values.dtype.kind != "f":
        return values.astype(np.uint64)
    return np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)


def of_column(name: str, column: Column) -> CodedColumn:
    """Return a feature as alarms look at it: true and false are numbers, and times are words."""
    if isinstance(column, Numbers):
        return of_numbers(name, column.values)
    if isinstance(column, Times):
        known, codes = np.unique(column.values, return_inverse=True)
        words = [wording.written(time) for time in known.tolist() if time is not None]
        return of_words(name, np.where(column.missing, -1, codes), words)
    if column.flags:
        return of_numbers(name, column.as_numbers().values)
    return of_words(name, column.codes, column.levels)


def of_numbers(name: str, values: np.ndarray) -> CodedColumn:
    """Return a column of (n,) doubles; NaN is missing, and so is what is infinite."""
    there = np.isfinite(values)
    return CodedColumn(name, values if there.all() else np.where(there, values, np.nan))


def of_words(name: str, codes: np.ndarray, words: Sequence[str]) -> CodedColumn:
    """Return a column of text or tags, by (n,) positions among the words, -1 for missing."""
    levels = codes.astype(np.intp) + 1
    there = np.flatnonzero(np.bincount(levels, minlength=len(words) + 1)[1:])
    found = _numbers_in([words[at] for at in there.tolist()])
    if found is None:
        return CodedColumn(name, None, levels)
    numbers = np.full(len(words) + 1, np.nan)
    numbers[there + 1] = found
    return CodedColumn(name, numbers[levels], levels)


def _numbers_in(words: Sequence[str]) -> list[float] | None:
    """Return the one number of each text, if they all have the same words around it."""
    around: set[str] = set()
    numbers = []
    for word in words:
        found = _NUMBER.findall(word)
        around.add(_NUMBER.sub("", word).strip().casefold())
        if len(found) != 1 or len(around) > 1:
            return None
        numbers.append(_number(found[0]))
    return numbers


def _number(text: str) -> float:
    plain = _THOUSANDS.sub("", text).replace(",", ".")
    try:
        return float(plain)
    except ValueError:  # a date or an address: 10.1.2
        return float("nan")
