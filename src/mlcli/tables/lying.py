"""Tables that stay where they lie: work goes to blocks of rows, and states come home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from mlcli.answering.column import Numbers, Times, Words
from mlcli.errors import DataError
from mlcli.tables import row_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.statistics.arrays import Flags, Rows

    State = dict[str, NDArray[Any]]
    """What came of some rows: arrays of doubles and whole numbers alone, by name."""

SAMPLE: Final = 100_000
"""About as many rows are taken home of a table that lies elsewhere."""


class RowBlock(NamedTuple):
    """Some rows of a table: their columns, and the line of each, where rows have lines.

    ``hashes`` are those of their values, the columns by name, where they were worked out.
    """

    columns: Mapping[str, Column]
    lines: NDArray[np.int64] | None
    hashes: row_hash.Hashes | None = None

    @property
    def rows(self) -> int:
        """Return how many there are."""
        return len(next(iter(self.columns.values())))

    def taken(self, rows: Rows | Flags) -> RowBlock:
        """Return some of the rows: their positions, or (n,) whether each is one."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows  # is quicker, for many columns
        columns = {name: column.taken(rows) for name, column in self.columns.items()}
        lines = None if self.lines is None else self.lines[rows]
        return RowBlock(columns, lines, None if self.hashes is None else self.hashes[rows])

    def hashed(self) -> row_hash.Hashes:
        """Return (n,) hashes of the values of the rows."""
        if self.hashes is not None:
            return self.hashes
        return row_hash.of_rows([self.columns[name] for name in sorted(self.columns)])


class Lying(Protocol):
    """A table of rows to learn from and to judge by, each with every feature and a label.

    Attributes
    ----------
    rows
        How many there are.
    levels
        The different words of each column of words.
    like
        Columns of the same kinds, without a value.
    """

    rows: int
    levels: dict[str, tuple[str, ...]]
    like: dict[str, Column]

    def states(self, work: Callable[[RowBlock], State]) -> Iterator[State]:
        """Yield what some work makes of the rows, block by block, in whatever order.

        Codes of words are positions in ``levels``, the same ones in every block.
        """
        ...


class Store(Lying, Protocol):
    """A place for rows that come block by block, and are too many to be kept in memory."""

    def add(self, block: RowBlock) -> None:
        """Put rows below those that are there; all blocks have the same columns."""
        ...

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the rows in their order."""
        ...


def sample(table: Lying, seed: int) -> RowBlock:
    """Return about ``SAMPLE`` rows: those of the lowest hashes of their values and their line.

    The line is part of it, so that of rows that are alike some are taken, and not all or none.

    Raises
    ------
    DataError
        Rows have no lines, and so few differ that hashes take far more or less.
    """
    if not table.rows:
        return RowBlock({**table.like}, None)
    below = row_hash.threshold(SAMPLE / table.rows)

    def chosen(block: RowBlock) -> State:
        hashes = block.hashed()
        if block.lines is not None:
            hashes = row_hash.mixed(hashes ^ block.lines.astype(np.uint64))
        some = block.taken(np.flatnonzero(row_hash.seeded(hashes, seed) <= below))
        state = {name: array(column) for name, column in some.columns.items()}
        return state if some.lines is None else {**state, _LINES: some.lines}

    states = [*table.states(chosen)]
    whole = {name: np.concatenate([state[name] for state in states]) for name in states[0]}
    columns = {
        name: made_like(like, whole[name], table.levels.get(name, ()))
        for name, like in table.like.items()
    }
    found = RowBlock(columns, whole.get(_LINES))
    if found.lines is None:  # blocks come in whatever order, and evidence depends on it
        found = found.taken(np.argsort(found.hashed(), kind="stable"))
    wanted = min(SAMPLE, table.rows)
    if not wanted / 2 <= found.rows <= 2 * wanted:
        raise DataError(
            f"so few rows differ that a sample of about {wanted:,} by their hash has "
            f"{found.rows:,}",
            hint="gather rows first, with  count  or  sum,  or use  engine: duckdb",
        )
    return found


_LINES: Final = "__lines__"


def array(column: Column) -> NDArray[Any]:
    """Return the array of a column: its values, or the codes of its words."""
    return column.codes if isinstance(column, Words) else column.values


def made_like(like: Column, values: NDArray[Any], levels: tuple[str, ...]) -> Column:
    """Return a column of some kind, of such an array; ``levels`` are its words."""
    if isinstance(like, Words):
        return Words(values, levels, flags=like.flags)
    return Times(values) if isinstance(like, Times) else Numbers(values)
