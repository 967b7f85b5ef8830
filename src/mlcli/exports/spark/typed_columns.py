"""Parquet files in Spark: their values as our own reader takes them, or a doubt.

As in DuckDB, here are only the types of which Spark finds the very same values; of the others,
and of a cell that is out of the ordinary, there is a doubt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.exports.dialect import DoubtError
from mlcli.exports.query import ambiguous
from mlcli.exports.spark.cells_in_spark import as_double, word
from mlcli.exports.spark.session import NOT_WHOLE, Queries, RowCount, every_file, refuse_totals
from mlcli.exports.typed_values import MAY_BE_VALUE
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.connect.session import SparkSession

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Needed
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.spark.cluster import ClusterParquet
    from mlcli.exports.spark.session import Server
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

_ODD: Final = "mlcli: a cell that is out of the ordinary"
_WHOLE: Final = r"tinyint|smallint|int|bigint"
_FLOATS: Final = r"float|double"
_SMALL: Final = 10**9
"""Whole numbers below it, of as many rows as there are, add up to less than 64 bits hold."""


class OfTypedColumns:
    """What Spark has of its own for Parquet files; see ``Dialect``.

    Parameters
    ----------
    source
        The export, here or on a cluster.
    paths
        Its files, as the server finds them.
    size
        How many bytes they have.
    server, session
        The session, and what its errors mean.

    Raises
    ------
    DoubtError
        Spark would take two of its columns for one.
    """

    def __init__(
        self,
        source: ParquetSource | ClusterParquet,
        paths: Sequence[str],
        size: int,
        server: Server,
        session: SparkSession,
    ) -> None:
        if ambiguous(source.columns):
            raise DoubtError("the names of two columns differ only by case")
        self._source, self._paths, self.size = source, paths, size
        self._queries, self._session = Queries(server, session), session
        self._types = dict(self._rows().dtypes)

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the files, those that are of their kind there."""
        from pyspark.sql.connect import functions as sf

        made = [sf.col(LINE)] if needed.numbered else []
        for name, kind in needed.kinds.items():
            if name in needed.timed and self._type(name) == "date":
                raise DoubtError("its dates have no time of the day")
            value = self._value(name, kind, whole=name in needed.whole)
            made.append(value.alias(name))
            if name in needed.points:
                made.append(sf.lit(col=False).alias(needed.points[name]))
            if name in needed.pads:
                padded = sf.length(self._cell(name)) > sf.length(value)
                text = self._type(name) == "string"
                pads = sf.coalesce(padded, sf.lit(col=False)) if text else sf.lit(col=False)
                made.append(pads.alias(needed.pads[name]))
        rows = self._rows()
        if needed.numbered:
            rows = rows.withColumn(LINE, sf.monotonically_increasing_id())
        table: nw.LazyFrame[Any] = nw.from_native(rows.select(*made))
        return table

    def _rows(self) -> DataFrame:
        rows: DataFrame = every_file(self._session).parquet(*self._paths)
        return rows

    def _type(self, name: str) -> str:
        return self._types[self._source.named_there(name)]

    def _cell(self, name: str) -> Column:
        from pyspark.sql.connect import functions as sf

        return sf.col("`" + self._source.named_there(name).replace("`", "``") + "`")

    def _value(self, name: str, kind: Kind, *, whole: bool) -> Column:
        """Return a column's values, as ``TypedColumn`` finds them."""
        type_, cell = self._type(name), self._cell(name)
        if type_ == "string" and kind in {"text", "any"}:
            return _word(cell, self._source.notation)
        if type_ == "string":
            raise DoubtError(f"its column {name!r} holds text")
        if any(map(MAY_BE_VALUE.search, self._source.notation.missing)):
            raise DoubtError("a value may stand for an empty cell")
        found = _typed(cell, type_, kind, whole=whole)
        if found is None:
            raise DoubtError(f"its column {name!r} is of the type {type_}")
        return found

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        return self._queries.fetched(table.to_native())

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._queries.interrupt()

    def look(self) -> RowCount:
        """Begin to count the rows."""
        return RowCount(self._rows(), self._queries.fetched, 0)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Raise where a row may hold the sums of the others."""
        del pointed
        if not self._source.keeps_totals:
            numbers = [name for name, kind in wanted.items() if kind == "number"]
            values = [self._value(name, "number", whole=False).alias(name) for name in numbers]
            refuse_totals(self._rows().select(*values), numbers, self._queries.fetched)


def _word(cell: Column, notation: Notation) -> Column:
    """Return words, which are no longer than our reader takes."""
    from pyspark.sql.connect import functions as sf

    read = word(cell, sf.btrim(cell, sf.lit(cells.SPACES)), notation)
    long = sf.coalesce(sf.length(cell) > cells.LONGEST_WORD, sf.lit(col=False))
    value: Column = sf.when(long, _odd("string")).otherwise(read)
    return value


def _odd(type_: str) -> Column:
    from pyspark.sql.connect import functions as sf

    return sf.raise_error(sf.lit(_ODD)).cast(type_)


def _typed(cell: Column, type_: str, kind: Kind, *, whole: bool) -> Column | None:
    """Return values that are no texts, or ``None`` where they may be others here."""
    from pyspark.sql.connect import functions as sf

    match kind, type_:
        case "number", _ if re.fullmatch(rf"{_WHOLE}|{_FLOATS}|decimal\(.*\)", type_):
            return _number(cell, type_, whole=whole)
        case "date", "date" | "timestamp_ntz":
            return cell.cast("timestamp_ntz")
        case "boolean", "boolean":
            return cell
        case "text" | "any", "boolean":
            truth: Column = sf.when(cell, "true").when(~cell, "false")
            return truth
        case "text" | "any", _ if re.fullmatch(_WHOLE, type_):
            return cell.cast("string")
        case _:
            return None


def _number(cell: Column, type_: str, *, whole: bool) -> Column:
    """Return numbers; of ``whole`` ones, Spark stops with ``NOT_WHOLE`` at others."""
    from pyspark.sql.connect import functions as sf

    number = as_double(cell, type_)
    gone = cell.isNull() | sf.isnan(number)
    most = cells.LARGEST if re.fullmatch(_FLOATS, type_) else cells.EXACT - 1
    value: Column
    if not whole:
        value = (
            sf.when(gone, sf.lit(None).cast("double"))
            .when(sf.abs(number) <= most, number)
            .otherwise(_odd("double"))
        )
    else:
        plain = (sf.abs(number) < _SMALL) & (number == sf.floor(number))
        stop = sf.raise_error(sf.concat(sf.lit(NOT_WHOLE), cell.cast("string"))).cast("bigint")
        value = (
            sf.when(gone, sf.lit(None).cast("bigint"))
            .when(plain, number.cast("bigint"))
            .otherwise(stop)
        )
    return value
