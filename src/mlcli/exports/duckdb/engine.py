"""The engine duckdb: an export through its rules to the one that gathers rows, in one query.

What there is to doubt is read again by the engine pandas, which knows the right words, or
the right table. An export of which no rule gathers rows is read as by that engine: its rows
end up in memory anyway.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.errors import LINES_A_FILE
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import DoubtError, Needed, NotWholeError
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.byte_check import ByteCheck, ByteChecks
from mlcli.exports.duckdb.connection import connected, frame, reworded
from mlcli.exports.duckdb.typed_files import OfParquet
from mlcli.exports.parquet import ParquetSource
from mlcli.exports.query import QueryEngine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Dialect
    from mlcli.grammar.cells import Kind
    from mlcli.tables.rules_over_chunks import Passage

_SPECIAL: Any = "special"  # the reader may find that a cell is missing
_OF_GLOBS: Final = frozenset("*?[")


@dataclass
class DuckEngine(QueryEngine):
    """Takes exports through their rules in DuckDB; see ``QueryEngine``.

    Parameters
    ----------
    memory, spill
        As the definition says; see ``connection.connected``.
    at_once
        How many exports may be asked about at the same time.
    """

    memory: str | None = None
    spill: Path | None = None
    at_once: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._looks = self.begun.enter_context(closing(ByteChecks(self.watch)))

    def dialect(self, passage: Passage, opened: ExitStack) -> Dialect:
        """Connect to the files of an export, and to nothing else."""
        source = passage.opened
        if isinstance(source, CsvSource | ParquetSource):
            turned = source.zone or source.notation.times_in
            if turned and "date" in passage.wanted.values():
                raise DoubtError("its times are turned to a time zone")
        match source:
            case CsvSource():
                _require_plain(source)
                paths = [reader.path for reader in source.readers]
                return OfCsv(source, self._connected(paths, opened), self._looks)
            case ParquetSource():
                return OfParquet(source, self._connected([source.file.path], opened), self.watch)
            case _:
                raise DoubtError("it is no CSV file, and no Parquet file")

    def _connected(self, paths: list[Path], opened: ExitStack) -> DuckDBPyConnection:
        if any(_OF_GLOBS & set(str(path)) for path in paths):
            raise DoubtError("its name looks like a pattern")
        return opened.enter_context(
            connected(paths, most=self.memory, spill=self.spill, at_once=self.at_once)
        )


def _require_plain(source: CsvSource) -> None:
    """Raise unless DuckDB can read the files of an export as they lie on the disk."""
    for reader in source.readers:
        if reader.path.name.lower().endswith(".gz"):
            raise DoubtError("it is compressed")
        if reader.text.encoding != "utf-8":
            raise DoubtError("it is not UTF-8")
        if reader.footer:
            raise DoubtError("it has a footer")


class OfCsv:
    """What DuckDB has of its own for an export of CSV files; see ``Dialect``."""

    def __init__(
        self, source: CsvSource, connection: DuckDBPyConnection, looks: ByteChecks
    ) -> None:
        self._source, self._connection, self._looks = source, connection, looks
        self._defined: set[str] = set()
        self.size = sum(reader.text.size or 0 for reader in source.readers)

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the files, read by SQL and by our own readers."""
        notation, made = self._source.notation, []
        for name, kind in needed.kinds.items():
            position = self._source.readers[0].position(name)
            cell, timed = f"c{position}", name in needed.timed
            if name in needed.whole:
                sql = cells_in_sql.whole(cell, notation)
            else:
                reader = self._reader(name, kind, timed=timed)
                sql = cells_in_sql.value(cell, kind, notation, reader, timed=timed)
            if name in needed.points:
                made.append(f"contains({cell}, '.') AS {needed.points[name]}")
            made.append(f"{sql} AS {cells_in_sql.named(name)}")
            if name in needed.pads:
                made.append(f"strlen({cell}) > strlen({sql}) AS {needed.pads[name]}")
        selected = []
        for number, reader_ in enumerate(self._source.readers):
            before = number * LINES_A_FILE + reader_.first - 1
            line = [f"row_number() OVER () + {before} AS {LINE}"] if needed.numbered else []
            columns = ", ".join([*line, *made])
            selected.append(f"SELECT {columns} FROM {cells_in_sql.file(reader_)}")  # noqa: S608 - all is quoted
        return nw.from_native(self._connection.sql(" UNION ALL ".join(selected)))

    def _reader(self, name: str, kind: Kind, *, timed: bool) -> str:
        """Tell DuckDB of our own reader of a column, and return its name there."""
        called = f"read_{self._source.readers[0].position(name)}"
        if kind not in {"text", "any"} and called not in self._defined:
            self._defined.add(called)
            self._connection.create_function(
                called,
                cells_in_sql.slow(kind, self._source.notation, timed=timed),
                ["VARCHAR"],
                cells_in_sql.SQL_TYPES[kind],
                null_handling=_SPECIAL,
            )
        return called

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        import duckdb

        try:
            return frame(table.to_native().fetchnumpy())
        except duckdb.Error as error:
            if cells_in_sql.NOT_WHOLE in str(error):
                raise NotWholeError from error
            raise reworded(error) from error

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._connection.interrupt()

    def look(self) -> ByteCheck:
        """Begin to look at the bytes."""
        return self._looks.at(self._source)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where it must be said what the points of numbers are."""
        self._source.ask_about_points(wanted, everywhere=pointed)
