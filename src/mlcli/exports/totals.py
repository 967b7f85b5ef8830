"""Which rows of a table are none: totals and notes, by their words, their holes and their sums.

Files of text and sheets are asked about their last rows, where a total or a note stands, and
text about its first one. A table whose cells have types is added up, and asked about the row
that holds what others add up to.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import isclose
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.definition.rules.base import LINE
from mlcli.exports.csv import layout, writing
from mlcli.grammar.cells import CellError
from mlcli.grammar.words import is_word_for_total, is_word_for_total_alone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.csv.layout import Layout
    from mlcli.exports.csv.reader import Record
    from mlcli.exports.csv.surroundings import Surroundings
    from mlcli.grammar.notation import Notation

OR_KEEP: Final = "; if it is a row,  totals: keep"
"""What every hint about such a row ends in."""
LAST: Final = 3
"""How many rows at the end of a table may be a total, or a note."""

_KEPT: Final = 50
_FEW_ROWS: Final = 3
_MANY_ROWS: Final = 6
_LEVELS: Final = 4  # of totals in one table: a grand total may count each of them
_ADDED: Final = 2  # numbers that a sum is made of at least: one alone would be a copy


class NoRow(NamedTuple):
    """A line that holds no row, and the line of the next row where it is the first one."""

    line: int
    following: int = 0


def odd_row(
    first: Sequence[Sequence[str]],
    last: Sequence[list[str]],
    notation: Notation,
    around: Surroundings,
    records: Callable[[], Iterable[Record]],
) -> NoRow | None:
    """Return the first line of a table that is a total or a note, by its first and last rows.

    ``records`` gives all of them, which are read only where it takes their sums to tell.
    """
    top, ends = [*first[0]] if first else [], last[-LAST:]
    both = first, last[::-1]  # the row that may be odd comes first
    adds_up = any(_may_add_up(rows, notation) for rows in both)
    if not adds_up and not any(_may_be_no_row([*row], top) for row in ends):
        return None
    table = around.layout
    if table is None or len(table.kinds) != len(top):
        return None
    if not adds_up and table.ends_in_a_row(ends):
        return None
    if adds_up or any(
        len(rows[0]) == len(table.kinds)
        and table.has_word(rows[0])
        and _may_add_up(rows, notation, every=False)
        for rows in both
    ):
        return _no_row(records(), table, notation, holes_tell=around.in_a_source)
    count = table.footer([*enumerate(last)])
    below = last[len(last) - count :]
    said = any("".join(row).strip() for row in below)
    even = all(len(row) == len(table.kinds) for row in below)  # or the strict reader refuses it
    return NoRow(around.below[0]) if said and even and around.below[0] else None


def _may_be_no_row(row: Sequence[str], first: Sequence[str]) -> bool:
    """Say whether cells may be no row, beside those of the first row."""
    kinds = [layout.kind_of(cell) for cell in row]
    if len(kinds) != len(first) or (len(kinds) > 1 and sum(kind != "" for kind in kinds) <= 1):
        return True
    words = any(k == "a" != layout.kind_of(f) for k, f in zip(kinds, first, strict=True))
    return words or any(map(is_word_for_total, row))


def _no_row(
    records: Iterable[Record], table: Layout, notation: Notation, *, holes_tell: bool
) -> NoRow | None:
    """Return the first line that holds no row: the first one, or one at the end.

    Parameters
    ----------
    records
        All of the file.
    table
        What its columns hold.
    notation
        How its numbers are written.
    holes_tell
        Whether one sum beside an empty cell is enough. It may be one by chance, which is for a
        source to say; where there is none, it is not.
    """
    kept: deque[Record] = deque(maxlen=_KEPT)
    top: list[Record] = []
    sums, count = [0.0] * len(table.kinds), 0
    for record in records:
        kept.append(record)
        top += [record] if count <= 1 else []
        numbers = [_number(cell, notation) or 0 for cell in record[1]]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        count += 1
    rows = [*kept]
    footer = table.footer(rows)
    if any("".join(row).strip() for _, row in rows[len(rows) - footer :]):
        return NoRow(rows[-footer][0])
    ends = [NoRow(one[0], two[0]) for one, two in pairwise(top)]
    ends += [NoRow(line) for line, _ in rows[-1:] if not footer]
    held = dict([*top, *rows])
    for end in ends:
        row = held[end.line]
        figures = [_number(cell, notation) for cell in row]
        if _adds_up(table, row, figures, sums, count - 1, holes_tell=holes_tell):
            return end
    return None


def _may_add_up(rows: Sequence[Sequence[str]], notation: Notation, *, every: bool = True) -> bool:
    """Say whether every number of the first of some rows may be the sum of its column, or one.

    Where each column holds negative ones, a few rows cannot tell, and nothing is suspected.
    """
    like = [row for row in rows[1:] if len(row) == len(rows[0])]
    may, told = [], False
    for cell, *column in zip(*rows[:1], *like, strict=True):
        number = _number(cell, notation)
        if number is None:
            continue
        others = [other for text in column if (other := _number(text, notation)) is not None]
        upwards = min(others, default=0) >= 0
        may.append(not upwards or number >= sum(others) * (1 - 1e-9))
        told = told or (upwards and number > 0 and may[-1])
    return bool(like) and told and (all(may) if every else any(may))


def _adds_up(
    table: Layout,
    cells: Sequence[str],
    numbers: Sequence[float | None],
    sums: Sequence[float],
    rows: int,
    *,
    holes_tell: bool,
) -> bool:
    """Say whether the first or last row of a table holds the sums of all others.

    One sum is enough where a word stands for a number. Otherwise every number is a sum, and
    there are two of them, or there is a word for a total, or (where ``holes_tell``) a cell
    is empty that hardly any row leaves empty.

    Parameters
    ----------
    table
        What its columns hold.
    cells, numbers
        The row; ``None`` where a cell is no number.
    sums
        Those of whole columns, with this row.
    rows
        How many others there are.
    """
    pairs = [(n, total - n) for n, total in zip(numbers, sums, strict=True) if n is not None]
    near = [n != 0 and _times(n, rest) == 1 for n, rest in pairs if n or rest]
    if any(near) and table.has_word(cells):
        return True
    told = any(map(is_word_for_total, cells)) or (holes_tell and table.holes(cells) > 0)
    return all(near) and rows >= (_FEW_ROWS if told else _MANY_ROWS) and len(near) + told > 1


def below(names: Sequence[str], first: Sequence[Sequence[str]], last: Sequence[Record]) -> int:
    """Return the line of the first of some last rows that are totals or notes, or 0.

    ``first`` shows what the columns of those ``names`` hold.
    """
    table = _table(names, first)
    count = table.footer(last) if table else 0
    return last[-count][0] if count else 0


def left_below(
    said: str, names: Sequence[str], first: Sequence[Sequence[str]], below: Iterable[Record]
) -> tuple[str, ...]:
    """Note that rows below what is ``said`` to be the table look like its ``first`` ones, if so.

    A label that is not known yet may be lacking.
    """
    table, width = _table(names, first), len(names)
    if table is None or "0" not in table.kinds:
        return ()
    found = [
        line
        for line, cells in below
        if len(cells) <= width and table.may_be_row([*cells, *[""] * (width - len(cells))])
    ]
    if not found:
        return ()
    look = "look like rows" if len(found) > 1 else "looks like a row"
    rows = wording.count(len(found), "row")
    return (f"{said}  leaves out {rows} below it, from row {found[0]} on, which {look}",)


def _table(names: Sequence[str], first: Sequence[Sequence[str]]) -> Layout | None:
    """Return what columns of some names hold, by their first rows."""
    table = layout.found([writing.line(row, ",") for row in (names, *first)], delimiter=",")
    return table if table and len(table.kinds) == len(names) else None


class SumRow(NamedTuple):
    """A row that holds sums: its line, its cells, and the rule that leaves it out, if one does."""

    line: int
    cells: Sequence[str]
    rule: Mapping[str, Any]


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
                self.add(name, values.sum(), values.min(), values.max())

    def add(self, name: str, total: float, low: float, high: float) -> None:
        """Take in what some numbers of a column add up to, the lowest and the highest of them."""
        before, lowest, highest = self._seen.get(name, (0.0, np.inf, -np.inf))
        self._seen[name] = before + total, min(lowest, low), max(highest, high)

    @property
    def may_hold_one(self) -> bool:
        """Whether the lowest or the highest number of some column may be such a sum."""
        ends = ((end, total) for total, *both in self._seen.values() for end in both)
        return any(end and _times(end, total - end) for end, total in ends)


def sum_row(
    columns: Sequence[str], rows: Iterable[Record], notation: Notation, *, ordered: bool
) -> SumRow | None:
    """Return the row of a table that holds the sums of the others, if there is one.

    Numbers alone are no evidence, unless the row is the first or the last one of a table whose
    rows are in an order: there is a word for a total, or cells are empty that are hardly ever.
    """
    table = _Added(len(columns), notation)
    table.read(rows)
    ends = {table.first, table.last} if ordered else set[int]()
    for line, written in table.candidates().items():
        numbers = table.numbers(written)
        if not table.adds_up(written, numbers, at_an_end=line in ends):
            continue
        words = {n: c for n, c in zip(columns, written, strict=True) if is_word_for_total(c)}
        empty = [columns[at] for at in table.holes(written, most=0.5)]
        rule = {"drop_missing": {"of": empty if empty[1:] else empty[0]}} if empty else {}
        return SumRow(line, written, {"drop": words} if words else rule)
    return None


class _Added:
    """All rows of a table: what each column adds up to, and the rows that may hold that."""

    def __init__(self, width: int, notation: Notation) -> None:
        self._notation = notation
        self._sums, self._full, self._added = [0.0] * width, [0] * width, [0] * width
        self._lowest: dict[int, tuple[float, Record]] = {}
        self._highest: dict[int, tuple[float, Record]] = {}
        self._rows = self.first = self.last = 0

    def read(self, rows: Iterable[Record]) -> None:
        """Take all rows in."""
        for row in rows:
            self.last, written = row
            self.first = self.first or self.last
            self._rows += 1
            for at, number in enumerate(self.numbers(written)):
                self._full[at] += bool(written[at].strip())
                if not number:
                    continue
                self._sums[at] += number
                self._added[at] += 1
                if at not in self._lowest or number < self._lowest[at][0]:
                    self._lowest[at] = number, row
                if at not in self._highest or number > self._highest[at][0]:
                    self._highest[at] = number, row

    def numbers(self, written: Sequence[str]) -> list[float | None]:
        """Return cells as numbers; ``None`` where one is none."""
        return [_number(cell, self._notation) for cell in written]

    def candidates(self) -> dict[int, Sequence[str]]:
        """Return the rows with the lowest or highest number of a column, by their lines."""
        return dict(row for _, row in (*self._highest.values(), *self._lowest.values()))

    def adds_up(
        self, written: Sequence[str], numbers: Sequence[float | None], *, at_an_end: bool
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
        if 1 in times and any(map(is_word_for_total_alone, written)):
            return True
        if not times or not all(times):
            return False
        holes = self.holes(written)
        words = [
            cell for cell, n in zip(written, numbers, strict=True) if n is None and cell.strip()
        ]
        if holes and not words:  # of all rows; or of groups of them too, for each empty cell
            return len({*times}) == 1 and times[0] <= len(self.holes(written, most=0.5))
        told = any(map(is_word_for_total, written)) or (holes and (at_an_end or times[1:]))
        return {*times} == {1} and bool(
            told or (at_an_end and times[1:] and self._rows > _MANY_ROWS)
        )

    def holes(self, written: Sequence[str], *, most: float = 0.9) -> list[int]:
        """Return where cells are empty that most other rows fill."""
        enough = most * (self._rows - 1)
        there = zip(written, self._full, strict=True)
        return [at for at, (cell, n) in enumerate(there) if not cell.strip() and n >= enough]


def _times(number: float, rest: float) -> int:
    """Return how often a number that is not 0 makes a sum, at most a few times; or else 0."""
    times = round(min(max(rest / number, 0), _LEVELS + 1))
    return times if times <= _LEVELS and isclose(rest, times * number, rel_tol=1e-9) else 0


def _number(cell: str, notation: Notation) -> float | None:
    """Return a cell as a number; nothing where it is none."""
    try:
        return notation.number(cell)
    except CellError:
        return None
