"""Columns of a table: arrays of numbers or times, or codes into a list of words.

A single question is answered without them, and without NumPy: it is imported where a
column is worked on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Self

from mlcli import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.grammar.cells import Value
    from mlcli.statistics.arrays import Flags, Rows


class _Array(ABC):
    """A column that is an array of its own; ``column[i]`` is a plain value of it, or ``None``."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @abstractmethod
    def __getitem__(self, row: int, /) -> Value | None: ...

    def __iter__(self) -> Iterator[Value | None]:
        plain = self.values.astype(object)
        plain[self.missing] = None
        return iter(plain.tolist())

    @property
    def missing(self) -> Flags:
        """Return (n,) whether there is no value."""
        import numpy as np

        return np.asarray(np.isnan(self.values))

    def taken(self, rows: Rows | Flags) -> Self:
        """Return the column of some rows: their positions, or (n,) whether each is one."""
        return type(self)(self.values[rows])

    def without(self, rows: Flags) -> Self:
        """Return the column with no value in some rows, (n,)."""
        import numpy as np

        return type(self)(np.where(rows, np.array(None, self.values.dtype), self.values))

    def filled(self, constant: Value) -> Column:
        """Return the column with a constant where there is no value."""
        return self.as_words().filled(constant)

    def as_words(self) -> Words:
        """Return each value as it is written."""
        import numpy as np

        gone = self.missing
        _, first, codes = np.unique(self.values[~gone], return_index=True, return_inverse=True)
        there = self.taken(~gone)
        found = np.full(len(self), -1)
        found[~gone] = codes
        return Words(found, [wording.written(there[i]) for i in first.tolist()])


class Numbers(_Array):
    """Numbers: ``values`` are (n,) doubles, NaN where one is missing."""

    __slots__ = ()
    kind = "number"

    def __getitem__(self, row: int) -> float | None:
        value = float(self.values[row])
        return None if isnan(value) else value

    def filled(self, constant: Value) -> Column:
        """Return the column with a constant where there is no value."""
        import numpy as np

        if not isinstance(constant, float | int):
            return super().filled(constant)
        return Numbers(np.where(self.missing, constant, self.values))


class Times(_Array):
    """Times: ``values`` are (n,) ``datetime64[us]``, NaT where one is missing."""

    __slots__ = ()
    kind = "date"

    def __getitem__(self, row: int) -> datetime | None:
        value: datetime | None = self.values[row].item()
        return value

    def starts(self, unit: str | None) -> NDArray[np.datetime64]:
        """Return when the day, week (from Monday) or month of each begins."""
        import numpy as np

        days = self.values.astype("datetime64[D]")
        match unit:
            case "week":
                days = days - (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
            case "month":
                days = days.astype("datetime64[M]").astype("datetime64[D]")
            case _:
                pass
        return days.astype("datetime64[us]")


def periods(unit: str, first: datetime, last: datetime) -> NDArray[np.datetime64]:
    """Return when each day, week or month begins, from the one of a date to that of another."""
    import numpy as np

    ends = Times(np.array([first, last], "datetime64[us]")).starts(unit)
    one = "M" if unit == "month" else "D"
    start, end = ends.astype(f"datetime64[{one}]")
    return np.arange(start, end + 1, 7 if unit == "week" else 1).astype("datetime64[us]")


class Words:
    """Words: ``codes`` are (n,) positions in ``levels``, -1 where one is missing.

    Lists of tags are words as they are written. With ``flags`` the levels are ``true`` and
    ``false``, and stand for just that.
    """

    __slots__ = ("codes", "flags", "levels")
    kind = "text"

    def __init__(
        self, codes: NDArray[np.integer[Any]], levels: Sequence[str], *, flags: bool = False
    ) -> None:
        self.codes, self.levels, self.flags = codes, tuple(levels), flags

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Value | None]:
        words = [level == "true" if self.flags else level for level in self.levels]
        return map([*words, None].__getitem__, self.codes.tolist())  # -1 is the last

    def __getitem__(self, row: int) -> Value | None:
        code = int(self.codes[row])
        if code < 0:
            return None
        level = self.levels[code]
        return level == "true" if self.flags else level

    @property
    def missing(self) -> Flags:
        """Return where there is none."""
        return self.codes < 0

    def taken(self, rows: Rows | Flags) -> Words:
        """Return the column of some rows, with the same levels."""
        return Words(self.codes[rows], self.levels, flags=self.flags)

    def without(self, rows: Flags) -> Words:
        """Return the column with no value in some rows."""
        import numpy as np

        return Words(np.where(rows, -1, self.codes), self.levels, flags=self.flags)

    def filled(self, constant: Value) -> Words:
        """Return the column with a constant where there is no word."""
        import numpy as np

        codes = np.where(self.missing, len(self.levels), self.codes)
        return Words(codes, (*self.levels, wording.written(constant)), flags=self.flags)

    def as_words(self) -> Words:
        """Return itself."""
        return self

    def as_numbers(self) -> Numbers:
        """Return flags as 1 and 0."""
        return Numbers(self.each([float(level == "true") for level in self.levels], nan))

    def each(self, of_level: Sequence[Any], missing: Any) -> NDArray[Any]:
        """Return (n,) what stands for the level of each row, or for none."""
        import numpy as np

        return np.asarray(np.array([*of_level, missing])[self.codes])

    def counts(self) -> NDArray[np.int64]:
        """Return how often each level is there."""
        import numpy as np

        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels))


Column = Numbers | Times | Words
