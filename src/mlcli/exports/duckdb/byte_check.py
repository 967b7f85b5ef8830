"""A look at the bytes of CSV files, on a thread beside: whether they are regular, and digests.

NumPy and OpenSSL do nearly all of it, and let other threads run meanwhile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING

from mlcli.errors import DataError
from mlcli.exports.csv import regular_file
from mlcli.exports.duckdb.connection import DoubtError

if TYPE_CHECKING:
    from mlcli.exports.csv.records import CsvReader
    from mlcli.exports.csv.source import CsvSource
    from mlcli.exports.reading_progress import Watch


class ByteChecks:
    """Checks one export after the other, in the order in which they are asked for."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._pool = ThreadPoolExecutor(1)
        self._begun: list[ByteCheck] = []

    def at(self, source: CsvSource) -> ByteCheck:
        """Begin to look at an export, or note that it is the next."""
        look = ByteCheck(source, self._watch, self._pool)
        self._begun.append(look)
        return look

    def close(self) -> None:
        """Stop what nobody waited for."""
        for look in self._begun:
            look.stop()
        self._pool.shutdown()


class ByteCheck:
    """What a look at the files of one export will have found."""

    def __init__(self, source: CsvSource, watch: Watch, pool: ThreadPoolExecutor) -> None:
        self._source, self._watch = source, watch
        self._unwanted = Event()
        self._found = pool.submit(self._all)

    def rows(self) -> int:
        """Wait for the look to end, and return the number of rows; digests are known then.

        Raises
        ------
        DoubtError
            Some file is not written regularly; see ``structure``.
        """
        return self._found.result()

    def stop(self) -> None:
        """Look no further."""
        self._unwanted.set()
        if not self._found.cancel():  # it was begun, and ends with the block that it is at
            wait([self._found])

    def _all(self) -> int:
        return sum(map(self._rows, self._source.readers))

    def _rows(self, reader: CsvReader) -> int:
        text, found = reader.text, 0
        regular = regular_file.Regular(reader.delimiter, len(reader.columns), skip=reader.first - 1)
        self._watch.starts(text.name, text.size)
        try:
            for block in text.in_place():
                if self._unwanted.is_set():
                    return 0
                rows = regular.rows(block)
                if rows is None:
                    raise DoubtError("it is not written regularly")
                found += rows
                self._watch.advances(text.read, rows)
        except DataError as error:
            raise DoubtError(str(error)) from error
        self._watch.ends()
        return found
