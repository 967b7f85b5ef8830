"""Rows that are too many for the memory, in files of a folder of their own, column by column."""

from __future__ import annotations

import errno
import tempfile
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from weakref import finalize

import numpy as np

from mlcli.answering.column import Words
from mlcli.errors import EnvironmentProblemError
from mlcli.exports.own_folder import OwnFolder
from mlcli.tables import lying
from mlcli.tables.lying import RowBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.tables.lying import State

_ROWS: Final = 1 << 17
"""Rows of a block: few, so that their columns stay in the cache."""
_AT_ONCE: Final = 2
_LINES, _HASHES = "lines", "hashes"
_WIDE: Final = np.dtype(np.int64)


class Spool:
    """A ``Store``: rows in files that are removed with it.

    Parameters
    ----------
    folder
        Where its own folder is made; the system's place for such if ``None``.

    Raises
    ------
    EnvironmentProblemError
        The folder cannot be written, or the disk is full.
    """

    def __init__(self, folder: Path | None) -> None:
        self.rows = 0
        self.levels: dict[str, tuple[str, ...]] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self.like: dict[str, Column] = {}
        try:
            own = OwnFolder(folder)
        except OSError as error:
            raise unwritable(error, folder) from error
        self._within, self._folder = folder, own.path
        finalize(self, own.close)

    def add(self, block: RowBlock) -> None:
        """Put rows below those that are there."""
        if not self.like:
            self.like = {name: column.taken(np.arange(0)) for name, column in block.columns.items()}
            self._lined, self._hashed = block.lines is not None, block.hashes is not None
        try:
            for at, (name, column) in enumerate(block.columns.items()):
                with self._file(at).open("ab") as file:
                    file.write(_bytes(self._values(name, column)))
            for called, each in ((_LINES, block.lines), (_HASHES, block.hashes)):
                if each is not None:
                    with self._file(called).open("ab") as file:
                        file.write(_bytes(each))
        except OSError as error:
            raise unwritable(error, self._within) from error
        self.rows += block.rows

    def blocks(self) -> Iterator[RowBlock]:
        """Yield the rows in their order."""
        for start in range(0, self.rows, _ROWS):
            yield self._block(start)

    def states(self, work: Callable[[RowBlock], State]) -> Iterator[State]:
        """Yield what some work makes of the rows, in their order; on two threads."""
        waiting: deque[Future[State]] = deque()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                for start in range(0, self.rows, _ROWS):
                    waiting.append(pool.submit(lambda at: work(self._block(at)), start))
                    if len(waiting) > _AT_ONCE:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for one in waiting:
                    one.cancel()

    def _file(self, at: int | str) -> Path:
        return self._folder / str(at)

    def _values(self, name: str, column: Column) -> NDArray[Any]:
        """Return what is written of a column; of words, codes among all that there were."""
        if not isinstance(column, Words):
            return column.values
        known = self._codes.setdefault(name, {})
        self.levels.setdefault(name, ())
        there = np.unique(column.codes[column.codes >= 0])
        places = np.full(len(column.levels) + 1, -1, dtype=np.int32)
        for code in there.tolist():
            places[code] = known.setdefault(column.levels[code], len(known))
        if len(known) != len(self.levels.get(name, ())):
            self.levels[name] = tuple(known)
        return np.asarray(places[column.codes])

    def _block(self, start: int) -> RowBlock:
        rows = min(_ROWS, self.rows - start)
        columns = {
            name: self._column(name, at, like, start, rows)
            for at, (name, like) in enumerate(self.like.items())
        }
        lines = self._read(_LINES, _WIDE, start, rows) if self._lined else None
        hashes = self._read(_HASHES, _WIDE, start, rows) if self._hashed else None
        return RowBlock(columns, lines, None if hashes is None else hashes.view(np.uint64))

    def _column(self, name: str, at: int, like: Column, start: int, rows: int) -> Column:
        dtype = np.dtype(np.int32) if isinstance(like, Words) else like.values.dtype
        return lying.made_like(like, self._read(at, dtype, start, rows), self.levels.get(name, ()))

    def _read(self, at: int | str, dtype: np.dtype[Any], start: int, rows: int) -> NDArray[Any]:
        return np.fromfile(self._file(at), dtype, rows, offset=start * dtype.itemsize)


def _bytes(values: NDArray[Any]) -> memoryview:
    """Return the bytes of an array; NumPy's own way to write them hides that a disk is full."""
    return np.ascontiguousarray(values).view(np.uint8).data


def unwritable(error: OSError, folder: Path | None) -> EnvironmentProblemError:
    """Return the error about a folder that takes no more."""
    full = error.errno == errno.ENOSPC
    return EnvironmentProblemError(
        "the disk is full where rows are kept that are too many for the memory"
        if full
        else f"the spill folder cannot be written: {error.strerror or error}",
        place=str(folder or tempfile.gettempdir()),
        hint="name another folder:  engine: {name: duckdb, spill: FOLDER}",
    )
