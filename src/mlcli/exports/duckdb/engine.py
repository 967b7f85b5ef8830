"""The engine duckdb: an export through its rules to the one that gathers rows, in one query.

What there is to doubt is read again by the engine pandas, which knows the right words, or
the right table. An export of which no rule gathers rows is read as by that engine: its rows
end up in memory anyway.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from queue import Empty, Queue
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from mlcli.definition.rules.base import LINE
from mlcli.errors import LINES_A_FILE
from mlcli.exports.csv.byte_check import ByteCheck, ByteChecks, begins_oddly, require_plain
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import (
    AnewError,
    DoubtError,
    Needed,
    NotWholeError,
    Running,
    refuse_turned,
    slow,
)
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.connection import connected, frame, reworded
from mlcli.exports.duckdb.typed_files import OfParquet
from mlcli.exports.parquet import ParquetSource
from mlcli.exports.query import QueryEngine
from mlcli.tables.column_owners import ReadAnewError
from mlcli.tables.rules_over_chunks import by_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from pandas import DataFrame

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Dialect
    from mlcli.grammar.cells import Kind
    from mlcli.tables.rules_over_chunks import Passage

_VECTORS: Final = 32
"""Of 2,048 rows each, that are taken at a time."""

_WAITING: Final = 4
"""Chunks that may wait to be taken."""

_SOON: Final = 0.05  # seconds

_PARTS: Final = 4
"""Of the memory, one goes to rows that stream through DuckDB; the others are for what is done."""

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
        match source:
            case CsvSource():
                require_plain(source, passage.wanted)
                paths = [reader.path for reader in source.readers]
                odd = begins_oddly(source, passage.wanted)
                return OfCsv(source, self._connected(paths, opened), self._looks, odd=odd)
            case ParquetSource():
                refuse_turned(source, passage.wanted)
                return OfParquet(source, self._connected([source.file.path], opened), self.watch)
            case _:
                raise DoubtError("it is no CSV file, and no Parquet file")

    def _connected(
        self, paths: list[Path], opened: ExitStack, *, ordered: bool = False
    ) -> DuckDBPyConnection:
        if any(_OF_GLOBS & set(str(path)) for path in paths):
            raise DoubtError("its name looks like a pattern")
        return opened.enter_context(
            connected(
                paths,
                most=self.memory,
                spill=self.spill,
                at_once=self.at_once * (_PARTS if ordered else 1),
                ordered=ordered,
            )
        )

    def streamed(self, passage: Passage) -> Iterator[Frame]:
        """Take an export of which no rule gathers rows through its rules, chunk by chunk.

        One file of numbers, dates, and true and false alone is read by DuckDB on all cores.

        Raises
        ------
        ReadAnewError
            DuckDB finds only while it reads that it cannot be trusted with the file.
        """
        try:
            source, kinds = _without_words(passage)
        except DoubtError:  # as the engine pandas reads it just as well, there is no need for words
            yield from by_chunks(passage)
            return
        try:
            with ExitStack() as opened:
                connection = self._connected([source.readers[0].path], opened, ordered=True)
                odd = begins_oddly(source, kinds)
                dialect = OfCsv(source, connection, self._looks, odd=odd)
                yield from by_chunks(replace(passage, opened=_Streamed(dialect, kinds)))
        except DoubtError as doubt:
            self.notes[passage.opened.name] = str(doubt)
            raise ReadAnewError from doubt


def _without_words(passage: Passage) -> tuple[CsvSource, dict[str, Kind]]:
    """Return one file, and the kinds of its columns if none holds words; else raise a doubt."""
    source = passage.opened
    if not isinstance(source, CsvSource) or len(source.readers) > 1:
        raise DoubtError("it is no CSV file alone")
    require_plain(source, passage.wanted)
    kinds, first = {**passage.wanted}, next(source.chunks(passage.wanted)).schema
    for column, kind in passage.wanted.items():
        if kind == "either" and first[column] != nw.String:
            kinds[column] = "number"
    if {"any", "text", "either"} & {*kinds.values()}:
        raise DoubtError("it holds words")
    return source, kinds


class _Streamed:
    """An export that DuckDB reads in its order; see ``Opened``."""

    def __init__(self, dialect: OfCsv, kinds: Mapping[str, Kind]) -> None:
        self._dialect, self._kinds, source = dialect, kinds, dialect.source
        self.name, self.files, self.columns = source.name, source.files, source.columns
        self.notation, self.points, self.trimmed = source.notation, source.points, source.trimmed
        self.notes, self.beyond, self.digests = source.notes, source.beyond, source.digests

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the line each row stands in.

        Raises
        ------
        DoubtError
            Rows are not those that the file has, or a cell is not of its column's kind.
        """
        timed = self.notation.begins.keys() & wanted.keys()
        rows, line = 0, self._dialect.source.readers[0].first
        look = self._dialect.look()
        with ExitStack() as stack:
            stack.callback(look.stop)
            for chunk in self._dialect.stream(Needed(kinds=self._kinds, timed=timed)):
                chunk[LINE] = np.arange(line + rows, line + rows + len(chunk))
                yield nw.from_native(chunk, eager_only=True)
                rows += len(chunk)
            if look.rows() != rows or self._dialect.misread():
                raise DoubtError("DuckDB finds other rows, or other numbers, in it")
        self._dialect.conclude(self._kinds, pointed=True)


class OfCsv:
    """What DuckDB has of its own for an export of CSV files; see ``Dialect``.

    Numbers are read by DuckDB as it cuts the file, which is twice as fast as to have the text
    of their cells, where the look at the bytes shows that it takes none that we refuse. Where
    one is written in another way, the file is read anew, by the text of its cells.
    """

    adds_up = False

    def __init__(
        self,
        source: CsvSource,
        connection: DuckDBPyConnection,
        looks: ByteChecks,
        *,
        odd: bool,
    ) -> None:
        self.source, self._connection, self._looks = source, connection, looks
        known = source.points.sure and cells_in_sql.reads_doubles(source.notation)
        self._by_text = odd or not known
        self._defined, self._doubles = set[str](), set[int]()
        self.size = sum(reader.text.size or 0 for reader in source.readers)

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the files, read by SQL and by our own readers."""
        notation, made = self.source.notation, []
        self._doubles.clear()
        for name, kind in needed.kinds.items():
            position = self.source.readers[0].position(name)
            cell, timed = f"c{position}", name in needed.timed
            if name in needed.whole:
                sql = cells_in_sql.whole(cell, notation)
            elif kind == "number" and not self._by_text:
                self._doubles.add(position)
                sql = cells_in_sql.double(cell)
            else:
                reader = self._reader(name, kind, timed=timed)
                sql = cells_in_sql.value(cell, kind, notation, reader, timed=timed)
            if name in needed.points:
                made.append(f"contains({cell}, '.') AS {needed.points[name]}")
            made.append(f"{sql} AS {cells_in_sql.named(name)}")
            if name in needed.pads:
                made.append(f"strlen({cell}) > strlen({sql}) AS {needed.pads[name]}")
        selected = []
        for number, reader_ in enumerate(self.source.readers):
            before = number * LINES_A_FILE + reader_.first - 1
            line = [f"row_number() OVER () + {before} AS {LINE}"] if needed.numbered else []
            columns, file = ", ".join([*line, *made]), cells_in_sql.file(reader_, self._doubles)
            selected.append(f"SELECT {columns} FROM {file}")  # noqa: S608 - all is quoted
        return nw.from_native(self._connection.sql(" UNION ALL ".join(selected)))

    def _reader(self, name: str, kind: Kind, *, timed: bool) -> str:
        """Tell DuckDB of our own reader of a column, and return its name there."""
        called = f"read_{self.source.readers[0].position(name)}"
        if kind not in {"text", "any"} and called not in self._defined:
            self._defined.add(called)
            self._connection.create_function(
                called,
                slow(kind, self.source.notation, timed=timed),
                ["VARCHAR"],
                cells_in_sql.SQL_TYPES[kind],
                null_handling=_SPECIAL,
            )
        return called

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        import duckdb

        try:
            found = frame(table.to_native().fetchnumpy())
            if not self.misread():
                return found
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            if cells_in_sql.NOT_WHOLE in str(error):
                raise NotWholeError from error
            if not self._doubles:
                raise reworded(error) from error
        except duckdb.Error as error:
            raise reworded(error) from error
        self._by_text = True
        raise AnewError

    def misread(self) -> bool:
        """Say whether DuckDB may have taken what is no number; waits for the look if it may."""
        return bool(self._doubles) and self._look.odd()

    def stream(self, needed: Needed) -> Iterator[DataFrame]:
        """Yield the rows of the files in their order, some at a time.

        They are fetched on a thread beside: DuckDB would take Ctrl-C for itself.

        Raises
        ------
        DoubtError
            DuckDB cannot read them.
        """
        import duckdb

        query = self.typed(needed).to_native().sql_query()
        coming: Queue[DataFrame | None] = Queue(_WAITING)
        unwanted = Event()

        def fetched() -> None:
            try:
                found = self._connection.execute(query)
                while not unwanted.is_set() and len(chunk := found.fetch_df_chunk(_VECTORS)):
                    coming.put(chunk)
            finally:
                coming.put(None)

        running = Running(fetched, self.interrupt)
        try:
            while (chunk := coming.get()) is not None:
                yield chunk
            running.result()
        except duckdb.Error as error:
            raise reworded(error) from error
        finally:
            unwanted.set()
            while running.goes_on:  # it may wait for room
                with suppress(Empty):
                    coming.get(timeout=_SOON)
                self.interrupt()

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._connection.interrupt()
        self._look.stop()

    def look(self) -> ByteCheck:
        """Begin to look at the bytes."""
        self._look = self._looks.at(self.source)
        return self._look

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where it must be said what the points of numbers are."""
        self.source.ask_about_points(wanted, everywhere=pointed)
