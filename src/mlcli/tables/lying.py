"""Tables that stay where they lie: work goes to their rows, block by block, and states come home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.column import Column

    State = dict[str, NDArray[Any]]
    """What came of some rows: arrays of doubles and whole numbers alone, by name."""


class Block(NamedTuple):
    """Some rows of a table: their columns, and the line of each, where rows have lines."""

    columns: Mapping[str, Column]
    lines: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


class Lying(Protocol):
    """A table of rows to learn from and to judge by, each with every feature and a label.

    Attributes
    ----------
    rows
        How many there are.
    levels
        The different words of each column of words.
    """

    rows: int
    levels: Mapping[str, tuple[str, ...]]

    def states(self, work: Callable[[Block], State]) -> Iterator[State]:
        """Yield what some work makes of the rows, block by block, in whatever order.

        Codes of words are positions in ``levels``, the same ones in every block.
        """
        ...
