"""A Parquet file in DuckDB: its values as our own reader takes them, or a doubt.

``exports.parquet`` knows the right value of every cell, and the right words. Here are only
the types of which DuckDB finds the very same values; of the others, and of a cell that is out
of the ordinary, there is a doubt.
"""

from __future__ import annotations

import re
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.exports import totals
from mlcli.exports.dialect import DoubtError, NotWholeError, Running
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.connection import frame, reworded
from mlcli.exports.query import ambiguous
from mlcli.exports.typed_values import MAY_BE_VALUE
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import DuckDBPyConnection

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Needed
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.reading_progress import Watch
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

_NOT_WHOLE: Final = f"error({cells_in_sql.quoted(cells_in_sql.NOT_WHOLE)})"
_EXACT: Final = int(cells.EXACT)
_WHOLE: Final = r"u?int\d+"
_FLOATS: Final = frozenset({"halffloat", "float", "double"})
_DECIMAL: Final = r"decimal\d+\((\d+), \d+\)"
_DIGITS: Final = 15
"""So many digits at most, and DuckDB divides a decimal once: that is correctly rounded."""
_YEARS: Final = ("TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'")


class OfParquet:
    """What DuckDB has of its own for a Parquet file; see ``Dialect``.

    Raises
    ------
    DoubtError
        DuckDB would take two of its columns for one.
    """

    def __init__(self, source: ParquetSource, connection: DuckDBPyConnection, watch: Watch) -> None:
        if ambiguous(source.columns):
            raise DoubtError("the names of two columns differ only by case")
        self._source, self._connection, self._watch = source, connection, watch
        self._numbers: dict[str, str] = {}
        self._kinds: Mapping[str, Kind] = {}
        self.size = source.file.path.stat().st_size

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the file, those that are of their kind there."""
        self._kinds = needed.kinds
        self._numbers = {
            name: self._value(name, kind, whole=False)
            for name, kind in needed.kinds.items()
            if kind == "number"
        }
        made = [f"file_row_number + 1 AS {LINE}"] if needed.numbered else []
        for name, kind in needed.kinds.items():
            if name in needed.timed and self._type(name).startswith("date"):
                raise DoubtError("its dates have no time of the day")
            sql = self._value(name, kind, whole=name in needed.whole)
            made.append(f"{sql} AS {cells_in_sql.named(name)}")
            if name in needed.points:
                made.append(f"false AS {needed.points[name]}")
            if name in needed.pads:
                cell, text = self._cell(name), _is_text(self._type(name))
                padded = f"strlen({cell}) > strlen({_bare(cell)}) AND {sql} IS NOT NULL"
                padded = padded if text else "false"
                made.append(f"{padded} AS {needed.pads[name]}")
        table: nw.LazyFrame[Any] = nw.from_native(self._selected(made))
        return table

    def _selected(self, columns: list[str]) -> Any:
        path = cells_in_sql.quoted(str(self._source.file.path))
        # Statistics leave NaN out, and DuckDB would believe them: isnan(NaN) is false then.
        more = "can_have_nan = true, hive_partitioning = false, file_row_number = true"
        rows = f"read_parquet({path}, {more})"
        return self._connection.sql(f"SELECT {', '.join(columns)} FROM {rows}")  # noqa: S608 - all is quoted

    def _type(self, name: str) -> str:
        return self._source.types[name]

    def _cell(self, name: str) -> str:
        return cells_in_sql.named(self._source.named_there(name))

    def _value(self, name: str, kind: Kind, *, whole: bool) -> str:
        """Return the SQL of a column's values, as ``TypedColumn`` finds them."""
        notation, type_, cell = self._source.notation, self._type(name), self._cell(name)
        if _is_text(type_):
            if kind in {"text", "any"}:
                return _word(cell, notation)
            raise DoubtError(f"its column {name!r} holds text")
        if any(map(MAY_BE_VALUE.search, notation.missing)):
            raise DoubtError("a value may stand for an empty cell")
        sql = _typed(cell, type_, kind, whole=whole)
        if sql is None:
            raise DoubtError(f"its column {name!r} is of the type {type_}")
        return sql

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
        odd = [_odd(self._cell(name), self._type(name), kind) for name, kind in self._kinds.items()]
        asked = " OR ".join(f"coalesce({one}, false)" for one in odd if one)
        if asked and self._selected([asked]).fetchall()[0][0]:
            raise DoubtError("a cell is out of the ordinary")

    def _refuse_totals(self) -> None:
        """Raise where a row may hold the sums of the others."""
        if self._source.keeps_totals or not self._numbers:
            return
        ends = [f"{of}({sql})" for sql in self._numbers.values() for of in ("sum", "min", "max")]
        found, sums = iter(self._selected(ends).fetchall()[0]), totals.Sums()
        for name, total, low, high in zip(self._numbers, found, found, found, strict=True):
            if total is not None:
                sums.add(name, total, low, high)
        if sums.may_hold_one:
            raise DoubtError("a row may hold the sums of the others")

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


def _is_text(type_: str) -> bool:
    return type_ in {"string", "large_string"}


def _bare(cell: str) -> str:
    return f"trim({cell}, {cells_in_sql.quoted(cells.SPACES)})"


def _word(cell: str, notation: Notation) -> str:
    """Return the SQL of words, without blanks around if those are no part of them."""
    words = ", ".join(map(cells_in_sql.quoted, sorted({"", *notation.missing})))
    if notation.keeps_blanks or notation.missing:
        kept = cell if notation.keeps_blanks else _bare(cell)
        return f"CASE WHEN {_bare(cell)} NOT IN ({words}) THEN {kept} END"
    return f"nullif({_bare(cell)}, '')"


def _typed(cell: str, type_: str, kind: Kind, *, whole: bool) -> str | None:
    """Return the SQL of values that are no texts, or ``None`` where they may be others here."""
    match kind, type_:
        case "number", _:
            return _number(cell, type_, whole=whole)
        case "date", "date32[day]" | "date64[ms]":
            return f"try_cast({cell} AS TIMESTAMP)"
        case "date", _ if re.fullmatch(r"timestamp\[\w+\]", type_):
            return f"{cell}::TIMESTAMP" if "[ns" in type_ else cell
        case "boolean", "bool":
            return cell
        case "text" | "any", "bool":
            return f"CASE WHEN {cell} THEN 'true' WHEN NOT {cell} THEN 'false' END"
        case "text" | "any", _ if re.fullmatch(_WHOLE, type_):
            return f"{cell}::VARCHAR"
        case _:
            return None


def _number(cell: str, type_: str, *, whole: bool) -> str | None:
    """Return the SQL of numbers; of ``whole`` ones, DuckDB stops with ``NOT_WHOLE`` at others."""
    if re.fullmatch(_WHOLE, type_):
        return f"try_cast({cell} AS BIGINT)" if whole else f"{cell}::DOUBLE"
    if type_ in _FLOATS:
        if whole:
            small = f"abs({cell}::DOUBLE) < {_EXACT} AND {cell} = trunc({cell})"
            value = f"WHEN {small} THEN try_cast({cell} AS BIGINT)"
            gone = f"WHEN {cell} IS NULL OR isnan({cell}) THEN NULL"
            return f"CASE {gone} {value} ELSE {_NOT_WHOLE} END"
        return f"CASE WHEN NOT isnan({cell}) THEN {cell}::DOUBLE END"
    decimal = re.fullmatch(_DECIMAL, type_)
    if decimal is None:
        return None
    if whole:
        value = f"WHEN {cell} = trunc({cell}) THEN try_cast({cell} AS BIGINT)"
        return f"CASE WHEN {cell} IS NULL THEN NULL {value} ELSE {_NOT_WHOLE} END"
    return f"{cell}::DOUBLE" if int(decimal[1]) <= _DIGITS else f"{cell}::VARCHAR::DOUBLE"


def _odd(cell: str, type_: str, kind: Kind) -> str | None:
    """Return the SQL of whether some cell of a column is refused, or read otherwise."""
    if _is_text(type_):
        return f"max(strlen({cell})) > {cells.LONGEST_WORD}"
    if kind == "number" and (re.fullmatch(_WHOLE, type_) or re.fullmatch(_DECIMAL, type_)):
        return f"min({cell}) <= -{_EXACT} OR max({cell}) >= {_EXACT}"
    if kind == "number":
        return f"bool_or(NOT isnan({cell}) AND abs({cell}::DOUBLE) > {cells.LARGEST!r})"
    if kind == "date":
        first, last = _YEARS
        beyond = f"min({cell}) < {first} OR max({cell}) > {last}"
        return f"bool_or(epoch_ns({cell}) % 1000 <> 0)" if "[ns" in type_ else beyond
    return None
