"""The engine spark: an export through its rules to the one that gathers rows, in one query.

Files of this machine are looked at as for DuckDB, and what there is to doubt is read again
by the engine pandas: their server sees them too. Files of a cluster come home for that, where
they are small enough; else the doubt is told.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.exports import totals
from mlcli.exports.csv.byte_check import ByteChecks, require_plain
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import AnewError, DoubtError, Needed, Running, slow
from mlcli.exports.query import QueryEngine
from mlcli.exports.spark.cells_in_spark import Cells, Lines
from mlcli.exports.spark.cluster import OF_CSV, Cluster, ClusterSource
from mlcli.exports.spark.session import DEFAULT, IrregularError, Server, fetched
from mlcli.grammar import cells
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from mlcli.definition.rules.base import Frame
    from mlcli.definition.source import Source
    from mlcli.exports.dialect import SecondLook
    from mlcli.exports.query import Gathering
    from mlcli.grammar.cells import Kind
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.rules_over_chunks import Passage


@dataclass
class SparkEngine(QueryEngine):
    """Takes exports through their rules on a server of Spark Connect; see ``QueryEngine``.

    Parameters
    ----------
    url
        Where the server is; what SPARK_REMOTE says if ``None``. See ``Server``.
    most
        How many bytes of an export of a cluster may come home.
    """

    url: str | None = None
    most: int = 0
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

    @cached_property
    def cluster(self) -> Cluster:
        """The files of the cluster."""
        made = tempfile.TemporaryDirectory(prefix="mlcli-", ignore_cleanup_errors=True)
        folder = Path(self.begun.enter_context(made))
        return Cluster(*self.connected(), folder, self.most)

    def on_cluster(self, described: Source, at_home: Callable[..., Opened]) -> Opened:
        """Open an export that lies on the cluster; ``at_home`` opens copies of its files."""

        def opened(copies: list[tuple[Path, str]]) -> CsvSource:
            source = at_home(at=copies)
            assert isinstance(source, CsvSource)
            return source

        found = self.cluster.find(described.file or (), OF_CSV)
        return ClusterSource(self.cluster, found, described.named, opened, ".csv")

    def dialect(self, passage: Passage, opened: ExitStack) -> OfLines:
        """Have a session on the server."""
        del opened
        source = passage.opened
        csv = source.beginning if isinstance(source, ClusterSource) else source
        if not isinstance(csv, CsvSource):
            raise DoubtError("it is no CSV file")
        if "date" in passage.wanted.values() and (csv.zone or csv.notation.times_in):
            raise DoubtError("its times are turned to a time zone")
        require_plain(csv)
        if any(reader.first - 1 != bool(reader.header_text) for reader in csv.readers):
            raise DoubtError("lines stand above its header")
        if isinstance(source, ClusterSource):
            return OfClusterLines(source, csv, *self.connected())
        if any(_OF_GLOBS & set(str(reader.path)) for reader in csv.readers):
            raise DoubtError("its name looks like a pattern")
        return OfLines(csv, *self.connected(), self._looks)

    def doubted(
        self, query: Gathering | None, passage: Passage, doubt: DoubtError
    ) -> Iterator[Frame]:
        """Have pandas read an export about which there is a doubt, where it may come home.

        Raises
        ------
        DataError
            It may not, and the doubt is about it.
        """
        source = passage.opened
        if not isinstance(source, ClusterSource) or source.size <= self.most:
            return super().doubted(query, passage, doubt)
        room = wording.size(self.most)
        raise DataError(
            f"{doubt}{doubt.detail}",
            place=source.name,
            hint="mend the export, or write it as Parquet; files of up to "
            f"{room} are read here, which says the line:  engine: {{name: spark, collect: 8GB}}",
        )


class OfLines:
    """What Spark has of its own for an export of CSV files; see ``Dialect``."""

    def __init__(
        self, source: CsvSource, server: Server, session: SparkSession, looks: ByteChecks | None
    ) -> None:
        self._source, self._server, self._session, self._looks = source, server, session, looks
        self._known: dict[str, dict[str, Any]] = {}
        self.paths = [str(reader.path.absolute()) for reader in source.readers]
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

        if not numbered:
            found: DataFrame = self._session.read.text(self.paths)
        else:
            each = [
                self._session.read.text(path).select(
                    "value", (sf.monotonically_increasing_id() + at * _IDS_A_FILE).alias(LINE)
                )
                for at, path in enumerate(self.paths)
            ]
            found = each[0]
            for other in each[1:]:
                found = found.unionAll(other)
        rows = self._below_headers(found)
        position, line = self._source.readers[0].position, [LINE] if numbered else []
        cut = (self._lines.cell(position(name)).alias(self._cell(name)) for name in names)
        return rows.filter(self._lines.required()).select(*line, *cut)

    def _below_headers(self, lines: DataFrame) -> DataFrame:
        return lines.filter(~self._lines.is_one_of(self._headers)) if self._headers else lines

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        return self._fetched(table.to_native())

    def _fetched(self, found: DataFrame) -> Frame:
        from pyspark.errors import PySparkException

        try:
            return fetched(found)
        except PySparkException as error:
            told = self._server.reworded(error)
            if isinstance(told, AnewError):
                self._learn()
            raise told from error

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
            listed = self._fetched(found.limit(_MOST_ODD + 1))[name].to_list()
            if len(listed) > _MOST_ODD:
                raise DoubtError(f"over {_MOST_ODD:,} cells are not plainly written")
            ours = slow(kind, notation, timed=name in needed.timed)
            try:
                self._known[name] = {cell: ours(cell) for cell in listed}
            except CellError as error:
                raise DoubtError("Spark cannot read it", f": column {name!r}: {error}") from error

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._session.interruptAll()

    def look(self) -> SecondLook:
        """Begin to look at the bytes."""
        assert self._looks is not None
        return self._looks.at(self._source)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where it must be said what the points of numbers are."""
        self._source.ask_about_points(wanted, everywhere=pointed)


class OfClusterLines(OfLines):
    """What Spark has of its own for CSV files of a cluster, of which no byte is seen here."""

    def __init__(
        self, lying: ClusterSource, csv: CsvSource, server: Server, session: SparkSession
    ) -> None:
        super().__init__(csv, server, session, None)
        self._name, self.paths, self.size = lying.name, [*lying.files], lying.size

    def _fetched(self, found: DataFrame) -> Frame:
        try:
            return super()._fetched(found)
        except IrregularError as doubt:
            lines = self._below_headers(self._session.read.text(self.paths))
            one = lines.filter(~self._lines.regular()).limit(1)
            (line,) = super()._fetched(one)["value"].to_list()
            raise DoubtError(str(doubt), f": {cells.shown(line)}") from doubt

    def look(self) -> LineCount:
        """Begin to count the lines: one of each file is its header, and none of the others."""
        above = len(self.paths) if self._headers else 0
        return LineCount(self._session.read.text(self.paths), self._fetched, above)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where a point may group digits, or a row may hold the sums of the others."""
        from pyspark.sql.connect import functions as sf

        names = [name for name, kind in wanted.items() if kind == "number"]
        rows = self._rows(names)
        if pointed and not self._source.points.sure:
            for name in names:
                cell = sf.col(self._cell(name))
                some = rows.filter(sf.contains(cell, sf.lit("."))).select(cell.alias(name))
                plain = some.filter(~sf.col(name).rlike(_GROUPED)).limit(1)
                for told in (plain, some.limit(1)):
                    for text in self._fetched(told)[name].to_list():
                        self._source.points.meet(name, text, "")
            try:
                self._source.points.conclude()
            except DataError as error:
                raise error.within(self._name) from None
        self._refuse_totals(names, rows)

    def _refuse_totals(self, names: Sequence[str], rows: DataFrame) -> None:
        from pyspark.sql.connect import functions as sf

        if self._source.readers[0].keeps_totals or not names:
            return
        values = [
            read.value(self._known.get(name, {})).alias(name)
            for name, read in self._cells(names).items()
        ]
        typed = self._helped(rows, names).select(*values)
        ends = {"sum": sf.sum, "min": sf.min, "max": sf.max}
        found = self._fetched(
            typed.agg(
                *(
                    of(name).alias(f"{at} {end}")
                    for at, name in enumerate(names)
                    for end, of in ends.items()
                )
            )
        )
        sums = totals.Sums()
        for at, name in enumerate(names):
            total, low, high = (found[f"{at} {end}"][0] for end in ends)
            if total is not None:
                sums.add(name, total, low, high)
        if sums.may_hold_one:
            raise DoubtError(
                "a row may hold the sums of the others", "; say  totals: keep  if none does"
            )


class LineCount:
    """Counts the lines of files beside a query; see ``SecondLook``."""

    def __init__(self, lines: DataFrame, fetch: Callable[[DataFrame], Frame], above: int) -> None:
        from pyspark.sql.connect import functions as sf

        self._above = above
        counted = lines.agg(sf.count("value").alias("lines"))
        self._running = Running(lambda: int(fetch(counted)["lines"][0]), lambda: None)

    def rows(self) -> int:
        """Wait for the count, and return how many rows there are."""
        return self._running.result() - self._above

    def stop(self) -> None:
        """Wait for it: it ends with its session."""


_GROUPED: Final = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_IDS_A_FILE: Final = 2**50
_MOST_ODD: Final = 1_000
_OF_GLOBS: Final = frozenset("*?[{")
