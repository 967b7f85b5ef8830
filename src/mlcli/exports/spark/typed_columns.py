"""Parquet files in Spark: their values as our own reader takes them, or a doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.exports.spark.cells_in_spark import as_double, typed, word
from mlcli.exports.spark.second_look import RowCount
from mlcli.exports.spark.session import NOT_WHOLE, Queries
from mlcli.exports.typed_dialect import TypedDialect
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Needed
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.spark.cluster import ClusterParquet
    from mlcli.exports.spark.session import Session
    from mlcli.exports.typed_dialect import Sort
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

_ODD: Final = "mlcli: a cell that is out of the ordinary"
_SMALL: Final = 10**9
"""Whole numbers below it, of as many rows as there are, add up to less than 64 bits hold."""


class OfTypedColumns(TypedDialect["Column"]):
    """What Spark has of its own for Parquet files.

    Parameters
    ----------
    source
        The export, here or on a cluster.
    paths
        Its files, as the server finds them.
    size
        How many bytes they have.
    session
        Asks the server.
    """

    def __init__(
        self,
        source: ParquetSource | ClusterParquet,
        paths: Sequence[str],
        size: int,
        session: Session,
    ) -> None:
        from pyspark.sql.connect import functions as sf

        self._paths, self.size, self.adds_up = paths, size, not source.keeps_totals
        self._queries, self._session = Queries(session), session
        types = dict(self._rows().dtypes)
        named = {column: types[source.named_there(column)] for column in source.columns}
        super().__init__(source, named, sf.lit(col=False))

    def typed(self, needed: Needed) -> nw.LazyFrame[Any]:
        """Return the columns of the files, those that are of their kind there."""
        from pyspark.sql.connect import functions as sf

        rows, made = self._rows(), [sf.col(LINE)] if needed.numbered else []
        made += [value.alias(name) for name, value in self.values(needed).items()]
        if needed.numbered:
            rows = rows.withColumn(LINE, sf.monotonically_increasing_id())
        table: nw.LazyFrame[Any] = nw.from_native(rows.select(*made))
        return table

    def _rows(self) -> DataFrame:
        rows: DataFrame = self._session.read.parquet(*self._paths)
        return rows

    def _cell(self, name: str) -> Column:
        from pyspark.sql.connect import functions as sf

        return sf.col("`" + self._source.named_there(name).replace("`", "``") + "`")

    def value(self, column: str, kind: Kind, sort: Sort, *, whole: bool) -> Column:
        """Return a column's values, as ``TypedColumn`` finds them."""
        from pyspark.sql.connect import functions as sf

        cell = self._cell(column)
        if sort == "text":
            return _word(cell, self._source.notation)
        if whole:
            return _whole(cell, sort)
        return typed(cell, kind, sort, odd=sf.lit(_ODD))

    def padded(self, column: str, value: Column) -> Column:
        """Return whether a text has blanks around that are no part of its value."""
        from pyspark.sql.connect import functions as sf

        longer = sf.length(self._cell(column)) > sf.length(value)
        pads: Column = sf.coalesce(longer, self._never)
        return pads

    def fetch(self, table: nw.LazyFrame[Any]) -> Frame:
        """Return what a query finds."""
        return self._queries.fetched(table.to_native())

    def interrupt(self) -> None:
        """Have the query end that is running."""
        self._queries.interrupt()

    def look(self) -> RowCount:
        """Begin to count the rows."""
        return RowCount(self._rows(), self._queries.fetched)

    def conclude(self, wanted: Mapping[str, Kind], *, pointed: bool) -> None:
        """Do nothing: what a query finds tells all."""


def _word(cell: Column, notation: Notation) -> Column:
    """Return words, which are no longer than our reader takes."""
    from pyspark.sql.connect import functions as sf

    read = word(cell, sf.btrim(cell, sf.lit(cells.SPACES)), notation)
    long = sf.coalesce(sf.length(cell) > cells.LONGEST_WORD, sf.lit(col=False))
    value: Column = sf.when(long, sf.raise_error(sf.lit(_ODD)).cast("string")).otherwise(read)
    return value


def _whole(cell: Column, sort: Sort) -> Column:
    """Return whole numbers; Spark stops with ``NOT_WHOLE`` at others."""
    from pyspark.sql.connect import functions as sf

    number = as_double(cell, sort)
    plain = (sf.abs(number) < _SMALL) & (number == sf.floor(number))
    stop = sf.raise_error(sf.concat(sf.lit(NOT_WHOLE), cell.cast("string"))).cast("bigint")
    value: Column = (
        sf.when(cell.isNull() | sf.isnan(number), sf.lit(None).cast("bigint"))
        .when(plain, number.cast("bigint"))
        .otherwise(stop)
    )
    return value
