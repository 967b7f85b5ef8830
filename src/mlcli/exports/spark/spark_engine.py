"""The engine spark: an export through its rules to the one that gathers rows, in one query.

Files of this machine are looked at as for DuckDB, and what there is to doubt is read again
by the engine pandas: their server sees them too. Files of a cluster come home for that, where
they are small enough; else the doubt is told.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.exports.csv.byte_check import ByteChecks, require_plain
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import AnewError, DoubtError, Needed, refuse_turned, slow
from mlcli.exports.own_folder import OwnFolder
from mlcli.exports.parquet import ParquetSource
from mlcli.exports.query import QueryEngine
from mlcli.exports.spark.cells_in_spark import MOST_ODD, Cells, Lines, helped, odd_cells
from mlcli.exports.spark.cluster import OF_CSV, OF_PARQUET, Cluster, ClusterParquet, ClusterSource
from mlcli.exports.spark.second_look import RowCount
from mlcli.exports.spark.session import (
    DEFAULT,
    IrregularError,
    Queries,
    Server,
    Session,
    progress,
)
from mlcli.exports.spark.typed_columns import OfTypedColumns
from mlcli.grammar import cells
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame

    from mlcli.definition.rules.base import Frame
    from mlcli.definition.source import Source
    from mlcli.exports.dialect import Dialect, SecondLook
    from mlcli.exports.query import Gathering
    from mlcli.exports.reading_progress import Watch
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
    because
        Why rows that are not gathered do, if that is known.
    """

    url: str | None = None
    most: int = 0
    because: str = ""
    _connected: Session | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._looks = self.begun.enter_context(closing(ByteChecks(self.watch)))

    def connected(self) -> Session:
        """Return the one session on the server, which begins when it is needed."""
        if self._connected is None:
            server = Server(self.url or DEFAULT)
            self._connected = self.begun.enter_context(server.session())
        return self._connected

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say in our words what goes wrong: a server may go wherever it is asked something."""
        try:
            with self.building():
                yield
        except DoubtError as doubt:
            raise DataError(str(doubt), hint="export it again, or use another engine") from doubt

    @contextmanager
    def building(self) -> Iterator[None]:
        """Raise what the server says of a query as it is built as ``Dialect.fetch`` raises it."""
        try:
            yield
        except Exception:
            if self._connected is None:
                raise
            with self._connected.asked():
                raise

    @cached_property
    def cluster(self) -> Cluster:
        """The files of the cluster."""
        copies = self.begun.enter_context(closing(OwnFolder(None)))
        return Cluster(self.connected(), copies.path, self.most, self.because)

    def on_cluster(self, described: Source, at_home: Callable[..., Opened]) -> Opened:
        """Open an export that lies on the cluster; ``at_home`` opens copies of its files."""
        if described.form == "parquet":
            found = self.cluster.find(described.file or (), OF_PARQUET)
            typed = partial(_opened, at_home, ParquetSource)
            return ClusterParquet(self.cluster, found, described.named, typed)
        found = self.cluster.find(described.file or (), OF_CSV)
        return ClusterSource(
            self.cluster, found, described.named, partial(_opened, at_home, CsvSource)
        )

    def dialect(self, passage: Passage, opened: ExitStack) -> Dialect:
        """Have a session on the server."""
        del opened
        source = passage.opened
        gathered = [rule.gathers for rule in passage.rules]
        before = passage.rules[: gathered.index(True) if True in gathered else None]
        if any(rule.needs_all_rows and not rule.needs_every_column for rule in before):
            raise DoubtError("no server says which of its rows stands first")
        match source:
            case ClusterSource(beginning=csv):
                _require_one_header(csv, passage.wanted)
                return OfClusterLines(source, csv, self.connected(), self.watch)
            case CsvSource():
                _require_one_header(source, passage.wanted)
                self._require_same([reader.path for reader in source.readers])
                return OfFiles(source, self.connected(), self._looks)
            case ClusterParquet(paths=paths, size=size):
                refuse_turned(source, passage.wanted)
                return OfTypedColumns(source, paths, size, self.connected())
            case ParquetSource(file=file):
                refuse_turned(source, passage.wanted)
                self._require_same([file.path])
                path, size = str(file.path.absolute()), file.path.stat().st_size
                return OfTypedColumns(source, [path], size, self.connected())
            case _:
                raise DoubtError("it is no CSV file, and no Parquet file")

    def _require_same(self, paths: Sequence[Path]) -> None:
        """Raise unless the server finds under these names what this machine does."""
        if any(_OF_GLOBS & set(str(path)) for path in paths):
            raise DoubtError("its name looks like a pattern")
        session = self.connected()
        if session.server.is_here:  # some servers read a whole file to tell how long it is
            return
        found = session.binary([str(path.absolute()) for path in paths])
        told = session.rows(found.select("path", "length", "modificationTime"))
        there = {row["path"]: (row["length"], row["modificationTime"]) for row in told}
        here = [path.stat() for path in paths]
        ours = sorted((one.st_size, one.st_mtime) for one in here)
        theirs = sorted((length, changed.timestamp()) for length, changed in there.values())
        same = len(ours) == len(theirs) and all(
            length == other and abs(at - then) < _A_MOMENT
            for (length, at), (other, then) in zip(ours, theirs, strict=True)
        )
        if not same:
            raise DoubtError("the Spark server has another file of its name")

    def doubted(
        self, query: Gathering | None, passage: Passage, doubt: DoubtError
    ) -> Iterator[Frame]:
        """Have pandas read an export about which there is a doubt, where it may come home.

        Raises
        ------
        DataError
            It may not, and the doubt is about it.
        """
        self.refuse_large(passage.opened, doubt)
        return super().doubted(query, passage, doubt)

    def refuse_large(self, source: Opened, doubt: DoubtError) -> None:
        """Raise the doubt about an export of a cluster as an error, unless it may come home."""
        if not isinstance(source, ClusterSource | ClusterParquet) or source.size <= self.most:
            return
        room = wording.size(self.most)
        raise DataError(
            f"{doubt}{doubt.detail}",
            place=source.name,
            hint="mend the export, or write it as Parquet; files of up to "
            f"{room} are read here, which says the line:  engine: {{name: spark, collect: 8GB}}",
        )


_Kept = TypeVar("_Kept", CsvSource, ParquetSource)


def _opened(
    at_home: Callable[..., Opened], kind: type[_Kept], copies: list[tuple[Path, str]]
) -> _Kept:
    """Return copies as an export of this machine, of the kind that they are."""
    source = at_home(at=copies)
    assert isinstance(source, kind)
    return source


def _require_one_header(source: CsvSource, kinds: Mapping[str, Kind]) -> None:
    require_plain(source, kinds)
    if any(reader.first - 1 != bool(reader.header_text) for reader in source.readers):
        raise DoubtError("lines stand above its header")


class OfCells:
    """What Spark has of its own for an export of CSV files; see ``Dialect``."""

    adds_up = False

    def __init__(self, source: CsvSource, session: Session) -> None:
        self._source, self._session = source, session
        self._queries = Queries(session)
        self._known: dict[str, dict[str, Any]] = {}
        self._paths = [str(reader.path.absolute()) for reader in source.readers]
        self.size = sum(reader.text.size or 0 for reader in source.readers)

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
        return nw.from_native(helped(rows, self._cells(needed.kinds).values()).select(*made))

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

    def _rows(self, names: Iterable[str], *, numbered: bool = False) -> DataFrame:
        """Return the cells of rows, and a number of each."""
        from pyspark.sql.connect import functions as sf

        read = self._read()
        if not numbered:
            return self._cut(read, names)
        return self._cut(read.withColumn(LINE, sf.monotonically_increasing_id()), names, LINE)

    def _read(self) -> DataFrame:
        """Return what the server reads of the files."""
        raise NotImplementedError

    def _cut(self, read: DataFrame, names: Iterable[str], *beside: str) -> DataFrame:
        """Return the cells of some columns of what was read, and what stands beside."""
        raise NotImplementedError

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        return self._fetched(table.to_native())

    def _fetched(self, found: DataFrame) -> Frame:
        try:
            return self._queries.fetched(found)
        except AnewError:
            self._learn()
            raise

    def _learn(self) -> None:
        """Have our own reader read the cells that no form fits."""
        notation = self._source.notation
        needed = self._needed
        for name, kind in needed.kinds.items():
            if kind in WORDS or name in needed.whole:
                continue
            (read,) = self._cells([name]).values()
            listed = self._fetched(odd_cells(self._rows([name]), read))["cell"].to_list()
            if len(listed) > MOST_ODD:
                raise DoubtError(f"over {MOST_ODD:,} cells are not plainly written")
            ours = slow(kind, notation, timed=name in needed.timed)
            try:
                self._known[name] = {cell: ours(cell) for cell in listed}
            except CellError as error:
                raise DoubtError("Spark cannot read it", f": column {name!r}: {error}") from error

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._queries.interrupt()


class OfFiles(OfCells):
    """What Spark has of its own for CSV files of this machine, whose bytes are looked at here.

    They are regular, or in doubt, so that Spark's own reader of CSV may be asked.
    """

    def __init__(self, source: CsvSource, session: Session, looks: ByteChecks) -> None:
        super().__init__(source, session)
        self._looks = looks

    def _read(self) -> DataFrame:
        reader = self._source.readers[0]
        columns = ", ".join(f"c{at} string" for at in range(len(reader.columns)))
        how = {
            "header": str(bool(reader.header_text)).lower(),
            "sep": reader.delimiter,
            "quote": '"',
            "escape": '"',
            "encoding": "UTF-8",
            "mode": "FAILFAST",
        }
        return self._session.read.schema(columns).options(**how).csv(self._paths)

    def _cut(self, read: DataFrame, names: Iterable[str], *beside: str) -> DataFrame:
        from pyspark.sql.connect import functions as sf

        position = self._source.readers[0].position
        empty = sf.lit("")  # which Spark takes for none
        cells = (sf.coalesce(f"c{position(name)}", empty).alias(self._cell(name)) for name in names)
        return read.select(*beside, *cells)

    def look(self) -> SecondLook:
        """Begin to look at the bytes."""
        return self._looks.at(self._source)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where it must be said what the points of numbers are."""
        self._source.ask_about_points(wanted, everywhere=pointed)


class OfClusterLines(OfCells):
    """What Spark has of its own for CSV files of a cluster, of which no byte is seen here."""

    def __init__(
        self,
        lying: ClusterSource,
        csv: CsvSource,
        session: Session,
        watch: Watch,
    ) -> None:
        super().__init__(csv, session)
        self._name, self._paths, self.size = lying.name, [*lying.files], lying.size
        self._watch = watch
        reader = csv.readers[0]
        self.adds_up = not reader.keeps_totals
        self._width = (reader.delimiter, len(reader.columns))
        self._lines = Lines(*self._width, quotes='"' in reader.header_text)
        self._headers = sorted({r.header_text for r in csv.readers} - {""})

    def _read(self) -> DataFrame:
        return self._session.read.text(self._paths)

    def _cut(self, read: DataFrame, names: Iterable[str], *beside: str) -> DataFrame:
        position, lines = self._source.readers[0].position, self._lines
        cut = (lines.cell(position(name)).alias(self._cell(name)) for name in names)
        return self._below_headers(read).filter(lines.required()).select(*beside, *cut)

    def _below_headers(self, lines: DataFrame) -> DataFrame:
        return lines.filter(~self._lines.is_one_of(self._headers)) if self._headers else lines

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds; how far it is, some servers tell."""
        handler = progress(self._watch, self.size)
        self._watch.starts(self._name, self.size)
        self._session.spark.registerProgressHandler(handler)
        try:
            found = super().fetch(table)
        finally:
            self._session.spark.removeProgressHandler(handler)
        self._watch.ends()
        return found

    def _fetched(self, found: DataFrame) -> Frame:
        from pyspark.sql.connect import functions as sf

        try:
            return super()._fetched(found)
        except IrregularError as doubt:
            if not self._lines.quotes:
                self._lines = Lines(*self._width)  # is it regular with cells in quotes?
                raise AnewError from doubt
            one = self._below_headers(self._read()).filter(~self._lines.regular()).limit(1)
            one = one.select(sf.make_valid_utf8("value").alias("value"))
            (line,) = super()._fetched(one)["value"].to_list()
            raise DoubtError(str(doubt), f": {cells.shown(line)}") from doubt

    def look(self) -> RowCount:
        """Begin to count the lines: one of each file is its header, and none of the others."""
        above = len(self._paths) if self._headers else 0
        return RowCount(self._read(), self._fetched, above)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where a point may group digits."""
        from pyspark.sql.connect import functions as sf

        names = [name for name, kind in wanted.items() if kind == "number"]
        rows = self._rows(names)
        if pointed and not self._source.points.sure:
            for name in names:
                cell = sf.col(self._cell(name))
                some = rows.filter(sf.contains(cell, sf.lit("."))).select(cell.alias("cell"))
                for told in (some.filter(~sf.col("cell").rlike(_GROUPED)), some):
                    for text in self._fetched(told.limit(1))["cell"].to_list():
                        self._source.points.meet(name, text, "")
            try:
                self._source.points.conclude()
            except DataError as error:
                raise error.within(self._name) from None


_GROUPED: Final = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
_A_MOMENT: Final = 2.0
"""Seconds that times of a file may be apart: some disks keep no others."""

_OF_GLOBS: Final = frozenset("*?[{")
