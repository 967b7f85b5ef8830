"""Work sent to rows on a cluster, as Spark's workers do it: from Arrow to blocks, and back.

Workers import this module, and what the work needs: NumPy and light parts of mlcli.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

import numpy as np

from mlcli.answering.column import Numbers, Times, Words
from mlcli.tables.lying import RowBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.tables.lying import State

SCHEMA: Final = "of string, name string, dtype string, shape array<bigint>, bytes binary"
"""What comes home: each array of each state."""

STAYING: Final = "__staying__"
"""The column that says which rows rules let stay."""


def values_of(array: Any) -> Any:
    """Return a column of ours, made of one of Arrow's."""
    import pandas as pd
    import pyarrow as pa

    types = pa.types
    if types.is_temporal(array.type):
        times = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)))
        return times.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    if types.is_boolean(array.type):
        return pd.array(array.to_pylist(), dtype="boolean")
    if types.is_integer(array.type) and not array.null_count:
        return array.to_numpy(zero_copy_only=False)
    if types.is_integer(array.type) or types.is_floating(array.type):
        return np.asarray(array.cast(pa.float64()).to_numpy(zero_copy_only=False))
    return pd.array(array.to_pylist(), dtype="str")


class WordsOf(NamedTuple):
    """What the words of a column are: where each stands in a list, and what it turned out to be."""

    places: Mapping[str, int]
    made: Column


class Sent(NamedTuple):
    """Work, and what it takes to make blocks of Arrow's batches.

    That is the words of columns, and the columns that a row needs, if it is to be learned from.
    Rows are left out here: where a query did, it would read cells of lines that are none.
    """

    work: Callable[[RowBlock], State]
    words: Mapping[str, WordsOf]
    needed: tuple[str, ...]

    def each(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Yield a batch of arrays for each batch of rows."""
        for batch in batches:
            block = self._block(batch.filter(batch.column(STAYING)))
            if block.rows:
                yield _sent(self.work(block))

    def _block(self, batch: Any) -> RowBlock:
        columns = {
            name: self._column(name, column)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if name != STAYING
        }
        able = ~np.any([columns[name].missing for name in self.needed], axis=0)
        return RowBlock(columns, None).taken(able)

    def _column(self, name: str, column: Any) -> Column:
        import pyarrow as pa

        if name in self.words:
            places, made = self.words[name]
            coded = column.cast(pa.string()).dictionary_encode()
            known = [places[word] for word in coded.dictionary.to_pylist()]
            codes = np.array([*known, -1])[coded.indices.fill_null(len(known)).to_numpy()]
            return made.taken(codes) if not isinstance(made, Words) else _of_level(made, codes)
        found = values_of(column)
        if pa.types.is_temporal(column.type):
            return Times(found)
        return Numbers(np.array(found, dtype=np.float64))


def _of_level(made: Words, codes: NDArray[np.intp]) -> Words:
    """Return the words of rows, of what each level turned out to be."""
    places = np.append(made.codes, -1)
    return Words(places[codes], made.levels, flags=made.flags)


def _sent(state: State) -> Any:
    """Return a state as a batch."""
    import pyarrow as pa

    of, arrays = uuid4().hex, {name: np.asarray(value) for name, value in state.items()}
    rows = [
        {
            "of": of,
            "name": name,
            "dtype": array.dtype.str,
            "shape": [*array.shape],
            "bytes": array.tobytes(),
        }
        for name, array in arrays.items()
    ]
    said = [(name, pa.string()) for name in ("of", "name", "dtype")]
    made = [("shape", pa.list_(pa.int64())), ("bytes", pa.binary())]
    return pa.RecordBatch.from_pylist(rows, schema=pa.schema([*said, *made]))


def came(table: Any) -> Iterator[State]:
    """Yield the states that came home, in an order of what they are.

    They come as workers are done with them; sums of doubles in another order are others.
    """
    states: dict[str, State] = {}
    for row in table.to_pylist():
        array = np.frombuffer(row["bytes"], row["dtype"]).reshape(row["shape"])
        states.setdefault(row["of"], {})[row["name"]] = array.copy()
    yield from sorted(states.values(), key=_bytes)


def _bytes(state: State) -> bytes:
    return b"".join(state[name].tobytes() for name in sorted(state))
