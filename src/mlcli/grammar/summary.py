"""What a column holds: how much is missing, from where to where, which words how often."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlcli import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.grammar.cells import Value


@dataclass(frozen=True, slots=True)
class Summary:
    """One column of a table, in a few figures.

    Attributes
    ----------
    kind
        What it holds, such as ``number``.
    missing
        How many rows have no value.
    low, high
        The ends of numbers and dates; ``None`` for words, and where there is no value.
    different
        How many different values there are; ``None`` where they were too many to count.
    levels
        Of words, each with how often it stands there: the commonest first, ties by
        the alphabet. Empty for numbers and dates, and where they were too many.
    """

    kind: str
    missing: int
    low: float | datetime | None = None
    high: float | datetime | None = None
    different: int | None = 0
    levels: tuple[tuple[str, int], ...] = ()

    def to_json(self, *, most: int) -> dict[str, Any]:
        """Return plain data, with at most so many levels."""
        ends = [
            wording.written(end) if isinstance(end, datetime) else end
            for end in (self.low, self.high)
        ]
        return {
            "kind": self.kind,
            "missing": self.missing,
            "low": ends[0],
            "high": ends[1],
            "different": self.different,
            "levels": [{"level": level, "rows": rows} for level, rows in self.levels[:most]],
        }

    def holds(self, *, most: int = 4) -> str:
        """Return the range, or the commonest words and how many more, in words."""
        if self.low is not None and self.high is not None:
            low, high = wording.written(self.low), wording.written(self.high)
            return low if low == high else f"{low} to {high}"
        if not self.levels:
            return ""
        if self.levels[0][1] == 1 and len(self.levels) > 1:
            names = [level for level, _ in self.levels]
            return f"all different: {wording.listed([_short(name) for name in names], most=2)}"
        return wording.listed([f"{_short(name)} {n:,}" for name, n in self.levels], most=most)


_LONGEST = 30


def _short(word: str) -> str:
    """Return a word as it is shown among others; its lines in a row."""
    return wording.cut(" ".join(word.split()), _LONGEST)


def commonest(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return words with their counts, the commonest first, ties by the alphabet."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def of_values(values: Sequence[Value | None], kind: str | None = None) -> Summary:
    """Summarise a column of typed values; ``None`` is a missing one.

    Parameters
    ----------
    values
        n values of one kind.
    kind
        What the column is said to be; found out from the values if ``None``. Numbers
        that are said to be words are counted as words.
    """
    there = [value for value in values if value is not None]
    missing = len(values) - len(there)
    if kind in {None, "number", "date"}:
        if there and all(isinstance(value, float) for value in there):
            return _of_range("number", missing, there)
        if there and all(isinstance(value, datetime) for value in there):
            return _of_range("date", missing, there)
        if kind is None:
            flags = there and all(isinstance(value, bool) for value in there)
            kind = "true/false" if flags else "text"
    return of_words(kind, missing, (wording.written(value) for value in there))


def _of_range(kind: str, missing: int, there: list[Any]) -> Summary:
    return Summary(kind, missing, min(there), max(there), len(set(there)))


def of_words(kind: str, missing: int, words: Iterable[str]) -> Summary:
    """Summarise words; of lists of tags, every tag counts."""
    counts = Counter(words)
    return Summary(kind, missing, different=len(counts), levels=commonest(counts))
