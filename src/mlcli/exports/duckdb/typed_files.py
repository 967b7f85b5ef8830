"""A Parquet file in DuckDB: its values as our own reader takes them, or a doubt."""

from __future__ import annotations

import re
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.exports.dialect import DoubtError, NotWholeError, Running, refuse_totals
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.connection import frame, reworded
from mlcli.exports.typed_dialect import TypedDialect, sort_of
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Needed
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.reading_progress import Watch
    from mlcli.exports.typed_dialect import Sort
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

_NOT_WHOLE: Final = f"error({cells_in_sql.quoted(cells_in_sql.NOT_WHOLE)})"
_EXACT: Final = int(cells.EXACT)
_DIGITS: Final = 15
"""So many digits at most, and DuckDB divides a decimal once: that is correctly rounded."""
_YEARS: Final = ("TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'")


class OfParquet(TypedDialect[str]):
    """What DuckDB has of its own for a Parquet file."""

    adds_up = False  # a query of its own takes less time

    _source: ParquetSource

    def __init__(self, source: ParquetSource, connection: DuckDBPyConnection, watch: Watch) -> None:
        super().__init__(source, source.types, "false")
        self._connection, self._watch = connection, watch
        self._kinds: Mapping[str, Kind] = {}
        self.size = source.file.path.stat().st_size

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the file, those that are of their kind there."""
        self._kinds = needed.kinds
        made = {LINE: "file_row_number + 1"} if needed.numbered else {}
        made |= self.values(needed)
        columns = [f"{sql} AS {cells_in_sql.named(name)}" for name, sql in made.items()]
        table: nw.LazyFrame[Any] = nw.from_native(self._selected(columns))
        return table

    def _selected(self, columns: list[str]) -> Any:
        path = cells_in_sql.quoted(str(self._source.file.path))
        # Statistics leave NaN out, and DuckDB would believe them: isnan(NaN) is false then.
        more = "can_have_nan = true, hive_partitioning = false, file_row_number = true"
        rows = f"read_parquet({path}, {more})"
        return self._connection.sql(f"SELECT {', '.join(columns)} FROM {rows}")  # noqa: S608 - all is quoted

    def _cell(self, name: str) -> str:
        return cells_in_sql.named(self._source.named_there(name))

    def value(self, column: str, kind: Kind, sort: Sort, *, whole: bool) -> str:
        """Return the SQL of a column's values, as ``TypedColumn`` finds them."""
        cell = self._cell(column)
        if sort == "text":
            return _word(cell, self._source.notation)
        if kind == "number":
            return _number(cell, sort, self._types[column], whole=whole)
        return f"try_cast({cell} AS {cells_in_sql.SQL_TYPES[kind]})"

    def padded(self, column: str, value: str) -> str:
        """Return the SQL of whether a text has blanks around that are no part of its value."""
        cell = self._cell(column)
        return f"strlen({cell}) > strlen({_bare(cell)}) AND {value} IS NOT NULL"

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds, once no cell is out of the ordinary, nor any row a total."""
        import duckdb

        try:
            found = frame(table.to_native().fetchnumpy())
            self._require_ordinary()
            self._refuse_totals()
        except duckdb.Error as error:
            if cells_in_sql.NOT_WHOLE in str(error):
                raise NotWholeError from error
            raise reworded(error) from error
        return found

    def _require_ordinary(self) -> None:
        """Raise where a cell is one that our own reader refuses, or reads otherwise.

        All columns are asked at once, after the query: statistics in the file answer for most,
        and a query whose expressions raise nothing looks at each word of a dictionary once.
        """
        kinds = self._kinds.items()
        odd = (_odd(self._cell(name), self._types[name], kind) for name, kind in kinds)
        asked = " OR ".join(f"coalesce({one}, false)" for one in odd if one)
        if asked and self._selected([asked]).fetchall()[0][0]:
            raise DoubtError("a cell is out of the ordinary")

    def _refuse_totals(self) -> None:
        """Raise where a row may hold the sums of the others."""
        numbers = self.numbers(self._kinds)
        ends = [f"{of}({sql})" for sql in numbers.values() for of in ("sum", "min", "max")]
        found = iter(self._selected(ends).fetchall()[0] if ends else ())
        each = zip(numbers, found, found, found, strict=True)
        refuse_totals(one for one in each if one[1] is not None)

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._connection.interrupt()

    def look(self) -> _Look:
        """Begin to look at the bytes."""
        return _Look(self._source, tuple(self._kinds), self.size, self._watch)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where the file is not any more the one that was opened."""
        del wanted, pointed
        self._source.file.unchanged()


class _Look:
    """A look at the bytes of a file on a thread beside: its digest, and its checksums."""

    def __init__(
        self, source: ParquetSource, wanted: tuple[str, ...], size: int, watch: Watch
    ) -> None:
        self._source, self._wanted, self._size, self._watch = source, wanted, size, watch
        self._unwanted = Event()
        self._running = Running(self._all, self._unwanted.set)

    def rows(self) -> int:
        """Wait for the look to end, and return the number of rows; digests are known then."""
        return self._running.result()

    def stop(self) -> None:
        """Look no further."""
        self._running.stop()

    def _all(self) -> int:
        self._watch.starts(self._source.name, self._size)
        try:
            self._source.file.digest(self._advance)
            if self._source.has_checksums:  # which DuckDB does not look at
                for _ in self._source.verified(self._wanted):
                    self._go_on()
        except DataError as error:
            raise DoubtError(str(error)) from error
        self._watch.ends()
        return self._source.rows

    def _advance(self, done: int) -> None:
        self._go_on()
        self._watch.advances(done, 0)

    def _go_on(self) -> None:
        if self._unwanted.is_set():
            raise DoubtError("nobody waits for it")


def _bare(cell: str) -> str:
    return f"trim({cell}, {cells_in_sql.quoted(cells.SPACES)})"


def _word(cell: str, notation: Notation) -> str:
    """Return the SQL of words, without blanks around if those are no part of them."""
    words = ", ".join(map(cells_in_sql.quoted, sorted({"", *notation.missing})))
    if notation.keeps_blanks or notation.missing:
        kept = cell if notation.keeps_blanks else _bare(cell)
        return f"CASE WHEN {_bare(cell)} NOT IN ({words}) THEN {kept} END"
    return f"nullif({_bare(cell)}, '')"


def _number(cell: str, sort: Sort, type_: str, *, whole: bool) -> str:
    """Return the SQL of numbers; of ``whole`` ones, DuckDB stops with ``NOT_WHOLE`` at others."""
    if sort == "whole":
        return f"try_cast({cell} AS BIGINT)" if whole else f"{cell}::DOUBLE"
    if whole:
        small = f"abs({cell}::DOUBLE) < {_EXACT} AND " if sort == "float" else ""
        gone = f"{cell} IS NULL" + f" OR isnan({cell})" * (sort == "float")
        value = f"WHEN {small}{cell} = trunc({cell}) THEN try_cast({cell} AS BIGINT)"
        return f"CASE WHEN {gone} THEN NULL {value} ELSE {_NOT_WHOLE} END"
    if sort == "float":
        return f"CASE WHEN NOT isnan({cell}) THEN {cell}::DOUBLE END"
    digits = int(re.findall(r"\((\d+)", type_)[0])
    return f"{cell}::DOUBLE" if digits <= _DIGITS else f"{cell}::VARCHAR::DOUBLE"


def _odd(cell: str, type_: str, kind: Kind) -> str | None:
    """Return the SQL of whether some cell of a column is refused, or read otherwise."""
    sort = sort_of(type_, kind)
    if sort == "text":
        return f"max(strlen({cell})) > {cells.LONGEST_WORD}"
    if kind == "number" and sort != "float":
        return f"min({cell}) <= -{_EXACT} OR max({cell}) >= {_EXACT}"
    if kind == "number":
        return f"bool_or(NOT isnan({cell}) AND abs({cell}::DOUBLE) > {cells.LARGEST!r})"
    if kind == "date":
        first, last = _YEARS
        beyond = f"min({cell}) < {first} OR max({cell}) > {last}"
        return f"bool_or(epoch_ns({cell}) % 1000 <> 0)" if "[ns" in type_ else beyond
    return None
