"""A row of an export with types that holds the sums of the others."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli.definition.rules.base import LINE
from mlcli.exports.csv import layout
from mlcli.grammar.cells import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.notation import Notation

    Row = tuple[int, Sequence[str]]

_LEVELS: Final = 4  # of totals in one table: a grand total may count each of them
_FEW_ROWS: Final = 3
_MANY_ROWS: Final = 6
_ADDED: Final = 2  # numbers that a sum is made of at least: one alone would be a copy


class Sums:
    """Watches columns go by, of which a number may be the sum of the others."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float, float]] = {}

    def see(self, table: Frame) -> None:
        """Take the next rows of a table in."""
        for name, kind in table.schema.items():
            if name == LINE or not kind.is_numeric():
                continue
            values = table[name].to_numpy()
            values = values[~np.isnan(values)]
            if len(values):
                total, low, high = self._seen.get(name, (0.0, np.inf, -np.inf))
                ends = min(low, values.min()), max(high, values.max())
                self._seen[name] = (total + values.sum(), *ends)

    @property
    def may_stand_below(self) -> bool:
        """Whether the lowest or the highest number of a column may be such a sum."""
        ends = ((end, total) for total, *both in self._seen.values() for end in both)
        return any(end and _times(end, total - end) for end, total in ends)


class SumRow(NamedTuple):
    """A row that holds sums: its line, its cells, and the rule that leaves it out, if one does."""

    line: int
    cells: Sequence[str]
    rule: Mapping[str, Any]


def sum_row(
    columns: Sequence[str], rows: Iterable[Row], notation: Notation, *, ordered: bool
) -> SumRow | None:
    """Return the row of a table that holds the sums of the others, if there is one.

    Numbers alone are no evidence, unless the row is the first or the last one of a table whose
    rows are in an order: there is a word for a total, or cells are empty that are hardly ever.
    """
    table = _Added(len(columns), notation)
    table.read(rows)
    ends = {table.first, table.last} if ordered else set[int]()
    for line, cells in table.candidates().items():
        numbers = table.numbers(cells)
        if not table.adds_up(cells, numbers, at_an_end=line in ends):
            continue
        words = {n: c for n, c in zip(columns, cells, strict=True) if layout.is_word_for_total(c)}
        empty = [columns[at] for at in table.holes(cells, most=0.5)]
        rule = {"drop_missing": {"of": empty if empty[1:] else empty[0]}} if empty else {}
        return SumRow(line, cells, {"drop": words} if words else rule)
    return None


class _Added:
    """All rows of a table: what each column adds up to, and the rows that may hold that."""

    def __init__(self, width: int, notation: Notation) -> None:
        self._notation = notation
        self._sums, self._filled, self._added = [0.0] * width, [0] * width, [0] * width
        self._lowest: dict[int, tuple[float, Row]] = {}
        self._highest: dict[int, tuple[float, Row]] = {}
        self._rows = self.first = self.last = 0

    def read(self, rows: Iterable[Row]) -> None:
        """Take all rows in."""
        for row in rows:
            self.last, cells = row
            self.first = self.first or self.last
            self._rows += 1
            for at, number in enumerate(self.numbers(cells)):
                self._filled[at] += bool(cells[at].strip())
                if not number:
                    continue
                self._sums[at] += number
                self._added[at] += 1
                if at not in self._lowest or number < self._lowest[at][0]:
                    self._lowest[at] = number, row
                if at not in self._highest or number > self._highest[at][0]:
                    self._highest[at] = number, row

    def numbers(self, cells: Sequence[str]) -> list[float | None]:
        """Return cells as numbers; ``None`` where one is none."""
        return [self._number(cell) for cell in cells]

    def _number(self, cell: str) -> float | None:
        try:
            return self._notation.number(cell)
        except CellError:
            return None

    def candidates(self) -> dict[int, Sequence[str]]:
        """Return the rows with the lowest or highest number of a column, by their lines."""
        return dict(row for _, row in (*self._highest.values(), *self._lowest.values()))

    def adds_up(
        self, cells: Sequence[str], numbers: Sequence[float | None], *, at_an_end: bool
    ) -> bool:
        """Say whether a row holds the sums of the others, with evidence beside."""
        if self._rows <= _FEW_ROWS:
            return False
        there = [
            (number, self._sums[at] - number, self._added[at] - bool(number))
            for at, number in enumerate(numbers)
            if number is not None
        ]
        times = [
            _times(number, rest) if number and added >= _ADDED else 0
            for number, rest, added in there
            if number or rest
        ]
        if 1 in times and any(map(layout.is_word_for_total_alone, cells)):
            return True
        if not times or not all(times):
            return False
        holes = self.holes(cells)
        words = [cell for cell, n in zip(cells, numbers, strict=True) if n is None and cell.strip()]
        if holes and not words:  # of all rows; or of groups of them too, for each empty cell
            return len({*times}) == 1 and times[0] <= len(self.holes(cells, most=0.5))
        told = any(map(layout.is_word_for_total, cells)) or (holes and (at_an_end or times[1:]))
        return {*times} == {1} and bool(
            told or (at_an_end and times[1:] and self._rows > _MANY_ROWS)
        )

    def holes(self, cells: Sequence[str], *, most: float = 0.9) -> list[int]:
        """Return where cells are empty that most other rows fill."""
        enough = most * (self._rows - 1)
        there = zip(cells, self._filled, strict=True)
        return [at for at, (cell, n) in enumerate(there) if not cell.strip() and n >= enough]


def _times(number: float, rest: float) -> int:
    """Return how often a number that is not 0 makes a sum, at most a few times; or else 0."""
    times = round(min(max(rest / number, 0), _LEVELS + 1))
    return times if times <= _LEVELS and isclose(rest, times * number, rel_tol=1e-9) else 0
