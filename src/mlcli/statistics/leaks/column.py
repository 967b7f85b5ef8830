"""Columns of a table as leak alarms look at them: numbers, and codes of equal values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

Cell = float | str | tuple[str, ...] | list[str] | None

_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """One feature of n rows.

    Attributes
    ----------
    name
        The feature's.
    words
        Whether its values are text or tags.
    numbers
        (n,) values as doubles, NaN where there is none; ``None`` for text that is no number
        with the same words around it in every row (``53 doughs``).
    codes
        (n,) from 0: equal values have equal codes, and having none is a value.
    different
        How many codes there are.
    """

    name: str
    words: bool
    numbers: np.ndarray | None
    codes: np.ndarray
    different: int

    def taken(self, rows: np.ndarray) -> CodedColumn:
        """Return the column with some of its rows, and codes for what is in those."""
        import numpy as np

        numbers = None if self.numbers is None else self.numbers[rows]
        known, codes = np.unique(self.codes[rows], return_inverse=True)
        return CodedColumn(self.name, self.words, numbers, codes, len(known))


def column(name: str, values: Sequence[Cell]) -> CodedColumn:
    """Read one column; text and tags get codes, and numbers where each holds just one."""
    import numpy as np

    there = [value for value in values if value is not None]
    if all(isinstance(value, (int, float)) for value in there):
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        numbers[~np.isfinite(numbers)] = np.nan
        known, codes = np.unique(numbers, return_inverse=True)
        return CodedColumn(name, words=False, numbers=numbers, codes=codes, different=len(known))
    words = [None if value is None else _word(value) for value in values]
    levels = {word: code for code, word in enumerate(dict.fromkeys(words))}
    codes = np.array([levels[word] for word in words], dtype=np.int64)
    return CodedColumn(name, words=True, numbers=_read(words), codes=codes, different=len(levels))


def _word(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "\n".join(sorted(map(str, value)))
    return str(value)


def _read(words: Sequence[str | None]) -> np.ndarray | None:
    """Return the one number of each text, if they all have the same words around it."""
    import numpy as np

    around: set[str] = set()
    numbers = []
    for word in words:
        if word is None:
            numbers.append(np.nan)
            continue
        found = _NUMBER.findall(word)
        if len(found) != 1:
            return None
        around.add(_NUMBER.sub("", word).strip().casefold())
        if len(around) > 1:
            return None
        numbers.append(_number(found[0]))
    return np.array(numbers)


def _number(text: str) -> float:
    plain = _THOUSANDS.sub("", text).replace(",", ".")
    try:
        return float(plain)
    except ValueError:  # a date or an address: 10.1.2
        return float("nan")
