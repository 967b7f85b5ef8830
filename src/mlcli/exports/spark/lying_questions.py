"""Questions where a server of Spark has them, and answers that are written beside them."""

from __future__ import annotations

import csv
import re
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.errors import DataError, EnvironmentProblemError, StoppedError
from mlcli.exports import header
from mlcli.exports.csv import layout, writing
from mlcli.exports.dialect import AnewError, slow
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.spark.answering_workers import require_same
from mlcli.exports.spark.cells_in_spark import (
    MOST_ODD,
    Cells,
    Lines,
    helped,
    odd_cells,
    typed,
)
from mlcli.exports.spark.cluster import listed
from mlcli.exports.spark.session import (
    IRREGULAR,
    NOT_READ,
    kept,
    progress,
)
from mlcli.exports.typed_dialect import sort_of
from mlcli.grammar import cells
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import WORDS
from mlcli.tables.answered import NOTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import ExitStack

    from pyspark.sql import Column, DataFrame

    from mlcli.exports.spark.answering_workers import Batches
    from mlcli.exports.spark.session import Session
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

_PARQUET: Final = (".parquet", ".pq")
_CELL: Final = "__cell_"
_MOST_FILES: Final = 500
_NO_NUMBER: Final = "mlcli: a number that is none"


class Counts(NamedTuple):
    """How many rows there are, and of how many there is something to say."""

    rows: int
    refused: int
    noted: int
    defused: int = 0


class LyingQuestions:
    """A file of questions, or a folder of such, where a server has it.

    Parameters
    ----------
    session
        The server that has them.
    path
        Where they are, as the server calls it.
    watch
        Is told how far the server has come, if that says so.

    Attributes
    ----------
    name
        How they are called in messages: ``path`` without what is secret in it.
    columns
        What their columns are called.
    parquet
        Whether they are Parquet, and not CSV.

    Raises
    ------
    DataError
        There are none, or they are of several forms.
    EnvironmentProblemError
        The server is out of reach.
    """

    def __init__(self, session: Session, path: str, watch: Watch = UNWATCHED) -> None:
        self._session, self._path = session, path
        self.name = wording.discreet(path)
        self._files, self._size = self._listed()
        self._watch = watch
        watch.starts(self.name, self._size)
        session.spark.registerProgressHandler(progress(watch, self._size))
        self.parquet = self._files[0].lower().endswith(_PARQUET)
        if any(name.lower().endswith(_PARQUET) != self.parquet for name in self._files):
            raise DataError(
                "some questions are Parquet and some are not",
                place=self.name,
                hint="keep each form in a folder of its own",
            )
        self._known: dict[str, dict[str, Any]] = {}
        with self._faults():
            found = self._read_parquet() if self.parquet else self._header()
        self.columns = header.checked(found, place=self.name, what="the table")
        header.require_names(self.columns, place=self.name, what="the table")

    def _listed(self) -> tuple[list[str], int]:
        """Return the names of the files, in their order, and how many bytes they have."""
        names = listed(self._session, self._path)
        found = sorted(name for name in names if not name.startswith(("_", ".")))
        if not found:
            raise DataError(
                "there are no questions",
                place=self.name,
                hint="name a file, or a folder of files, as the Spark server calls it",
            )
        return found, sum(names[name] for name in found)

    def _read_parquet(self) -> list[str]:
        return list(self._session.read.parquet(self._path).columns)

    def _header(self) -> list[str]:
        """Return what the columns of CSV files are called; all have the same first line."""
        if len(self._files) > _MOST_FILES:
            raise DataError(
                f"there are {len(self._files):,} files, and at most {_MOST_FILES} of CSV are read",
                place=self.name,
                hint="write them as fewer, or as Parquet",
            )
        alone = self._path.rstrip("/").endswith(f"/{self._files[0]}")
        paths = [self._path] if alone else [f"{self._path.rstrip('/')}/{f}" for f in self._files]
        firsts = [line for path in paths if (line := self._session.first_line(path))]
        self._headers = sorted({*firsts})
        if len(self._headers) > 1:
            raise DataError(
                "the files have different headers",
                place=self.name,
                hint=f"give all the first of these:  {self._headers[0]}  {self._headers[1]}",
            )
        if not self._headers:
            raise DataError("the file is empty", place=self.name, hint="write a header, and rows")
        marks = layout.sniffed(self._headers[0], [self._headers[0]])
        self._delimiter = marks[0] if marks else ","
        self._refuse_repeated(len(firsts))
        try:
            return next(csv.reader(self._headers, delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            line = cells.shown(self._headers[0])
            raise DataError(
                f"the header is not one row: it reads {line}", place=self.name, hint="mend it"
            ) from error

    def _refuse_repeated(self, files: int) -> None:
        """Raise where more lines are the header than there are files that begin with it."""
        one = Lines(self._delimiter, 1).is_one_of(self._headers)
        if len(_rows(self._session.read.text(self._path).filter(one).limit(files + 1))) > files:
            raise DataError(
                "a line repeats the header",
                place=self.name,
                hint="take it out; was one export put below another?",
            )

    def table(
        self, kinds: Mapping[str, Kind], notations: Mapping[str, Notation]
    ) -> nw.LazyFrame[Any]:
        """Return the rows: columns as ``kept`` calls them, and typed ones by their own names.

        Raises
        ------
        DataError
            A column holds something else than it is read as.
        """
        self._kinds, self._notations = dict(kinds), notations
        rows = self._rows()
        types = dict(rows.dtypes)
        read = {
            name: Cells(self._cell(name), kind, notations[name])
            for name, kind in kinds.items()
            if not self.parquet or (kind in WORDS and types[self._cell(name)] == "string")
        }
        rows = helped(rows, read.values())
        made = [
            read[name].value(self._known.get(name, {}))
            if name in read
            else self._as(kind, name, types[self._cell(name)])
            for name, kind in kinds.items()
        ]
        values = (column.alias(name) for name, column in zip(kinds, made, strict=True))
        return nw.from_native(rows.select(*self.kept, *values))

    @property
    def kept(self) -> list[str]:
        """Return what the columns are called in the table, in their order."""
        return [f"{_CELL}{at}_" for at in range(len(self.columns))]

    def _cell(self, name: str) -> str:
        return self.kept[header.position(name, self.columns, place=self.name)]

    def _rows(self) -> DataFrame:
        """Return the columns as they are: of CSV, the text of each cell."""
        if self.parquet:
            return self._session.read.parquet(self._path).toDF(*self.kept)
        lines = Lines(self._delimiter, len(self.columns))
        rows = self._session.read.text(self._path).filter(~lines.is_one_of(self._headers))
        cut = (lines.cell(at).alias(name) for at, name in enumerate(self.kept))
        return rows.filter(lines.required()).select(*cut)

    def _as(self, kind: Kind, name: str, held: str) -> Column:
        """Return a column of Parquet as the kind that it is read as.

        Raises
        ------
        DataError
            It holds something else.
        """
        from pyspark.sql.connect import functions as sf

        column = sf.col(self._cell(name))
        if sort := sort_of(held, kind):
            odd = sf.concat(sf.lit(f"{_NO_NUMBER}: {name};"), column.cast("string"))
            return typed(column, kind, sort, odd=odd)
        if kind == "any":
            return column.cast("string")
        asked = "words" if kind in WORDS else f"{kind}s"
        raise DataError(
            f"column {name!r} holds the type {held}, and {asked} are asked for",
            place=self.name,
            hint="write it as that into the questions; of times, as timestamp_ntz",
        )

    def counts(
        self, make: Callable[[], nw.LazyFrame[Any]], *, defused: bool
    ) -> tuple[nw.LazyFrame[Any], Counts]:
        """Return questions answered, and what there is of them; every cell is read for it.

        Raises
        ------
        DataError
            Some cell is not what its column holds, or there are no rows.
        EnvironmentProblemError
            The server went away, or has too little room.
        """
        try:
            with self._faults():
                table, counts = self._counted(make(), defused=defused)
        except AnewError:
            with self._faults():
                self._learn()
                table, counts = self._counted(make(), defused=defused)
        self._watch.advances(self._size, counts.rows)
        self._watch.ends()
        return table, counts

    def _counted(
        self, table: nw.LazyFrame[Any], *, defused: bool
    ) -> tuple[nw.LazyFrame[Any], Counts]:
        flags = {"refused": nw.col("answer").is_null(), "noted": nw.col(NOTED)}
        if defused:
            flags["defused"] = reduce(
                or_, [_runs(nw.col(name)) for name in _words(table) if name in self.kept]
            )
        summed = (flag.cast(nw.Int64).sum().alias(name) for name, flag in flags.items())
        (found,) = _rows(table.select(nw.len().alias("rows"), *summed).to_native())
        if not found["rows"]:
            raise DataError(
                "the questions have no rows", place=self.name, hint="write one row a question"
            )
        return table, Counts(**{name: int(count or 0) for name, count in found.items()})

    def _learn(self) -> None:
        """Have our own reader read the cells that no form fits.

        Raises
        ------
        DataError
            One is not what its column holds.
        """
        for name, kind in self._kinds.items():
            if kind in WORDS or self.parquet:
                continue
            read = Cells(self._cell(name), kind, self._notations[name])
            found = sorted(str(row["cell"]) for row in _rows(odd_cells(self._rows(), read)))
            ours = slow(kind, self._notations[name], timed=False)
            for cell in found:
                try:
                    self._known.setdefault(name, {})[cell] = ours(cell)
                except CellError as error:
                    hint = f"{error.hint or 'mend the cell'}; {_SEARCH}"
                    raise DataError(
                        f"column {name!r}: {error}", place=self.name, hint=hint
                    ) from error
            if len(found) > MOST_ODD:
                raise DataError(
                    f"column {name!r}: over {MOST_ODD:,} different cells are not plainly written, "
                    f"such as {cells.shown(found[0])}",
                    place=self.name,
                    hint="write the questions as Parquet",
                )

    def by_workers(
        self, table: nw.LazyFrame[Any], work: Batches, opened: ExitStack
    ) -> nw.LazyFrame[Any]:
        """Return a table of questions as workers answer it, which have mlcli too.

        It is kept until ``opened`` is closed, so that they answer once.

        Raises
        ------
        EnvironmentProblemError
            Their Python or a library is another one than here.
        """
        from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType, StructType

        with self._faults():
            require_same(self._session)
        types = {str: StringType(), float: DoubleType(), int: LongType(), bool: BooleanType()}
        rows: DataFrame = table.to_native()
        schema = StructType(list(rows.select(*self.kept).schema.fields))
        for name, kind in work.added.items():
            schema.add(name, types[kind])
        answered = opened.enter_context(kept(rows.mapInArrow(work.each, schema)))
        return nw.from_native(answered)

    def write(self, table: nw.LazyFrame[Any], path: str, *, parquet: bool, raw: bool) -> None:
        """Write answered questions where there is nothing yet.

        Raises
        ------
        AskedWronglyError
            Something is there.
        EnvironmentProblemError
            The server went away, or has too little room.
        """
        names = [*self.columns, *table.columns[len(self.columns) : -1]]
        table = table.drop(NOTED)
        if not (parquet or raw):
            names = [*map(writing.defused, names)]
            words = [*_words(table)]
            table = table.with_columns(_defused(nw.col(name)).alias(name) for name in words)
        self._watch.starts(wording.discreet(path), self._size)
        written: Any = table.to_native().toDF(*names).write.mode("error")
        try:
            with self._faults():
                if parquet:
                    written.parquet(path)
                else:
                    written.options(**_AS_CSV).csv(path)
        except DataError as error:
            raise EnvironmentProblemError(
                f"the answers could not be written: {str(error).removeprefix(f'{NOT_READ}: ')}",
                place=wording.discreet(path),
                hint=_HALF,
            ) from error
        except EnvironmentProblemError as error:
            said = error.problems[0]
            raise EnvironmentProblemError(said.message, place=said.place, hint=_HALF) from error
        except StoppedError as error:
            raise type(error)([f"perhaps some of {wording.discreet(path)}"]) from error

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Say in our words what Spark finds wrong."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as error:
            raise self._reworded(error) from error

    def _reworded(self, error: Exception) -> Exception:
        said = str(error)
        if IRREGULAR in said:  # of which line it says so differs from server to server
            return DataError(
                f"a line is not one row of {wording.count(len(self.columns), 'cell')}",
                place=self.name,
                hint=self._irregular(),
            )
        if _NO_NUMBER in said:
            named = re.search(f"{_NO_NUMBER}: (.*?);", said)
            return DataError(
                f"column {named[1] if named else ''!r} holds a number that none of a model is: not "
                "finite, over 1e100, or a whole one of more than 53 bits",
                place=self.name,
                hint="mend it",
            )
        found = self._session.server.reworded(error)
        if isinstance(found, AnewError | EnvironmentProblemError):
            return found
        hint = "mend it, or write the questions anew as CSV in UTF-8"
        return DataError(str(found), place=self.name, hint=hint)

    def _irregular(self) -> str:
        """Return what to do about a line that is not one row, as one is looked for by itself."""
        lines = Lines(self._delimiter, len(self.columns))
        rows = self._session.read.text(self._path).filter(~lines.regular()).limit(1)
        found = [str(row["value"]) for row in _rows(rows)]
        if found == [""]:
            return "it is empty: take out each line that is, below the last row too"
        mend = f"it reads {cells.shown(found[0])}: mend it; " if found else ""
        return f"{mend}questions with line breaks are read as Parquet"


_AS_CSV: Final[dict[str, Any]] = {
    "header": True,
    "escape": '"',
    **dict.fromkeys(("nullValue", "emptyValue"), ""),
    **dict.fromkeys(("ignoreLeadingWhiteSpace", "ignoreTrailingWhiteSpace"), False),
}
_SEARCH: Final = "the server knows no lines: search for the cell"
_HALF: Final = "some of the answers may be there by now: take them away, and ask again"


def _rows(found: DataFrame) -> list[dict[str, Any]]:
    """Return the few rows that a query finds."""
    listed: list[dict[str, Any]] = found.toArrow().to_pylist()
    return listed


_NUMBER: Final = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"


def _runs(cell: nw.Expr) -> nw.Expr:
    """Return whether a spreadsheet would run a cell."""
    runs = cell.str.contains(writing.FORMULA.pattern) & ~cell.str.contains(_NUMBER)
    return nw.when(runs).then(nw.lit(value=True)).otherwise(nw.lit(value=False))


def _words(table: nw.LazyFrame[Any]) -> Iterator[str]:
    """Yield the columns that are text."""
    for name, kind in table.collect_schema().items():
        if kind == nw.String:
            yield name


def _defused(cell: nw.Expr) -> nw.Expr:
    return nw.when(_runs(cell)).then(nw.concat_str(nw.lit("'"), cell)).otherwise(cell)
