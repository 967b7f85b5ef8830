"""The engine spark: an export through its rules to the one that gathers rows, in one query.

Files of this machine are looked at as for DuckDB, and what there is to doubt is read again
by the engine pandas: their server sees them too.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.exports.csv.byte_check import ByteCheck, ByteChecks, require_plain
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import AnewError, DoubtError, Needed, slow
from mlcli.exports.query import QueryEngine
from mlcli.exports.spark.cells_in_spark import Cells, Lines
from mlcli.exports.spark.session import DEFAULT, Server, fetched
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyspark.sql import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind
    from mlcli.tables.rules_over_chunks import Passage


@dataclass
class SparkEngine(QueryEngine):
    """Takes exports through their rules on a server of Spark Connect; see ``QueryEngine``.

    Parameters
    ----------
    url
        Where the server is; what SPARK_REMOTE says if ``None``. See ``Server``.
    """

    url: str | None = None
    _connected: list[tuple[Server, SparkSession]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._looks = self.begun.enter_context(closing(ByteChecks(self.watch)))

    def connected(self) -> tuple[Server, SparkSession]:
        """Return the server and the one session on it, which begins when it is needed."""
        if not self._connected:
            server = Server(self.url or DEFAULT)
            self._connected.append((server, self.begun.enter_context(server.session())))
        return self._connected[0]

    def dialect(self, passage: Passage, opened: ExitStack) -> OfLines:
        """Have a session on the server."""
        del opened
        source = passage.opened
        if not isinstance(source, CsvSource):
            raise DoubtError("it is no CSV file")
        if "date" in passage.wanted.values() and (source.zone or source.notation.times_in):
            raise DoubtError("its times are turned to a time zone")
        require_plain(source)
        if any(_OF_GLOBS & set(str(reader.path)) for reader in source.readers):
            raise DoubtError("its name looks like a pattern")
        if any(reader.first - 1 != bool(reader.header_text) for reader in source.readers):
            raise DoubtError("lines stand above its header")
        return OfLines(source, *self.connected(), self._looks)


class OfLines:
    """What Spark has of its own for an export of CSV files; see ``Dialect``."""

    def __init__(
        self, source: CsvSource, server: Server, session: SparkSession, looks: ByteChecks
    ) -> None:
        self._source, self._server, self._session, self._looks = source, server, session, looks
        self._known: dict[str, dict[str, Any]] = {}
        self.size = sum(reader.text.size or 0 for reader in source.readers)
        reader = source.readers[0]
        self._lines = Lines(reader.delimiter, len(reader.columns))
        self._headers = sorted({r.header_text for r in source.readers} - {""})

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the files, read by expressions."""
        from pyspark.sql.connect import functions as sf

        self._needed = needed
        made = [sf.col(LINE)] if needed.numbered else []
        for name, read in self._cells(needed.kinds).items():
            known = self._known.get(name, {})
            value = read.whole() if name in needed.whole else read.value(known)
            made.append(value.alias(name))
            if name in needed.points:
                made.append(sf.contains(read.cell, sf.lit(".")).alias(needed.points[name]))
            if name in needed.pads:
                pads = sf.coalesce(sf.length(read.cell) > sf.length(value), sf.lit(col=False))
                made.append(pads.alias(needed.pads[name]))
        rows = self._rows([*needed.kinds], numbered=needed.numbered)
        return nw.from_native(self._helped(rows, needed.kinds).select(*made))

    def _cells(self, names: Iterable[str]) -> dict[str, Cells]:
        """Return what reads the cells of some columns."""
        kinds, notation = self._needed.kinds, self._source.notation
        return {
            name: Cells(self._cell(name), kinds[name], notation, timed=name in self._needed.timed)
            for name in names
        }

    def _cell(self, name: str) -> str:
        """Return the name of the column that holds the text of a column's cells."""
        return f"__cell_{self._source.readers[0].position(name)}_"

    def _helped(self, rows: DataFrame, names: Iterable[str]) -> DataFrame:
        """Return rows with what is worked out of their cells first."""
        helping = [read.helping() for read in self._cells(names).values()]
        for stage in zip(*helping, strict=True):
            more = {name: column for one in stage for name, column in one.items()}
            rows = rows.withColumns(more) if more else rows
        return rows

    def _rows(self, names: Iterable[str], *, numbered: bool = False) -> DataFrame:
        """Return the cells of rows, and where each stands among the others."""
        from pyspark.sql.connect import functions as sf

        paths = [str(reader.path.absolute()) for reader in self._source.readers]
        if not numbered:
            found: DataFrame = self._session.read.text(paths)
        else:
            each = [
                self._session.read.text(path).select(
                    "value", (sf.monotonically_increasing_id() + at * _IDS_A_FILE).alias(LINE)
                )
                for at, path in enumerate(paths)
            ]
            found = each[0]
            for other in each[1:]:
                found = found.unionAll(other)
        rows = found.filter(~self._lines.is_one_of(self._headers)) if self._headers else found
        position, line = self._source.readers[0].position, [LINE] if numbered else []
        cut = (self._lines.cell(position(name)).alias(self._cell(name)) for name in names)
        return rows.filter(self._lines.regular()).select(*line, *cut)

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        from pyspark.errors import PySparkException

        try:
            return fetched(table.to_native())
        except PySparkException as error:
            found = self._server.reworded(error)
            if isinstance(found, AnewError):
                self._learn()
            raise found from error

    def _learn(self) -> None:
        """Have our own reader read the cells that no form fits."""
        notation = self._source.notation
        needed = self._needed
        for name, kind in needed.kinds.items():
            if kind in WORDS or name in needed.whole:
                continue
            (read,) = self._cells([name]).values()
            rows = self._helped(self._rows([name]), [name])
            found = rows.filter(read.odd()).select(read.cell.alias(name)).distinct()
            listed = fetched(found.limit(_MOST_ODD + 1))[name].to_list()
            if len(listed) > _MOST_ODD:
                raise DoubtError(f"over {_MOST_ODD:,} cells are not plainly written")
            ours = slow(kind, notation, timed=name in needed.timed)
            try:
                self._known[name] = {cell: ours(cell) for cell in listed}
            except CellError as error:
                raise DoubtError("Spark cannot read it") from error

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._session.interruptAll()

    def look(self) -> ByteCheck:
        """Begin to look at the bytes."""
        return self._looks.at(self._source)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where it must be said what the points of numbers are."""
        self._source.ask_about_points(wanted, everywhere=pointed)


_IDS_A_FILE: Final = 2**50
_MOST_ODD: Final = 1_000
_OF_GLOBS: Final = frozenset("*?[{")
