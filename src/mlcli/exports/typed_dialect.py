"""Parquet files that an engine reads: of which types it finds the values of our own reader.

``exports.parquet`` knows the right value of every cell, and the right words. Here are only
the types of which engines find the very same values; of the others there is a doubt.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from mlcli.exports.dialect import DoubtError
from mlcli.exports.query import ambiguous
from mlcli.exports.typed_values import MAY_BE_VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.exports.dialect import Needed
    from mlcli.exports.parquet import ParquetSource
    from mlcli.exports.spark.cluster import ClusterParquet
    from mlcli.grammar.cells import Kind

    Sort = Literal["text", "whole", "float", "decimal", "day", "time", "truth"]

Value = TypeVar("Value")

_SORTS: Final[tuple[tuple[Sort, str, str], ...]] = (
    ("text", "string|large_string", "text any"),
    ("whole", r"u?int\d*|tinyint|smallint|bigint", "number text any"),
    ("float", "halffloat|float|double", "number"),
    ("decimal", r"decimal\d*\(\d+, ?\d+\)", "number"),
    ("day", r"date(?:32\[day\]|64\[ms\])?", "date"),
    ("time", r"timestamp\[\w+\]|timestamp_ntz", "date"),
    ("truth", "bool|boolean", "boolean text any"),
)
"""Sorts of values, what Arrow and Spark call their types, and the kinds that they are read as."""


def sort_of(type_: str, kind: Kind) -> Sort | None:
    """Return of what sort values of a type are; ``None`` where, as a kind, they may be others."""
    fits = (s for s, types, kinds in _SORTS if kind in kinds.split() and re.fullmatch(types, type_))
    return next(fits, None)


class TypedDialect(ABC, Generic[Value]):
    """What dialects of engines for Parquet files share; see ``Dialect``.

    ``types`` are those of the columns as the engine calls them, ``never`` is a value that is false.

    Raises
    ------
    DoubtError
        The engine would take two of its columns for one.
    """

    def __init__(
        self, source: ParquetSource | ClusterParquet, types: Mapping[str, str], never: Value
    ) -> None:
        if ambiguous(source.columns):
            raise DoubtError("the names of two columns differ only by case")
        self._source, self._types, self._never = source, types, never

    @abstractmethod
    def value(self, column: str, kind: Kind, sort: Sort, *, whole: bool) -> Value:
        """Return the values of a column, as ``TypedColumn`` finds them."""

    @abstractmethod
    def padded(self, column: str, value: Value) -> Value:
        """Return whether a text has blanks around that are no part of its value."""

    def values(self, needed: Needed) -> dict[str, Value]:
        """Return what a query needs of the columns, by name; raises where there is a doubt."""
        found: dict[str, Value] = {}
        for name, kind in needed.kinds.items():
            sort = self._sort(name, kind)
            if sort == "day" and name in needed.timed:
                raise DoubtError("its dates have no time of the day")
            value = found[name] = self.value(name, kind, sort, whole=name in needed.whole)
            if name in needed.points:
                found[needed.points[name]] = self._never
            if name in needed.pads:
                pads = self.padded(name, value) if sort == "text" else self._never
                found[needed.pads[name]] = pads
        return found

    def numbers(self, kinds: Mapping[str, Kind]) -> dict[str, Value]:
        """Return the columns of numbers, where a row may hold their sums."""
        names = [
            n for n, kind in kinds.items() if kind == "number" and not self._source.keeps_totals
        ]
        return {n: self.value(n, "number", self._sort(n, "number"), whole=False) for n in names}

    def _sort(self, column: str, kind: Kind) -> Sort:
        type_ = self._types[column]
        sort = sort_of(type_, kind)
        if sort is None and type_.endswith("string"):
            raise DoubtError(f"its column {column!r} holds text")
        if sort != "text" and any(map(MAY_BE_VALUE.search, self._source.notation.missing)):
            raise DoubtError("a value may stand for an empty cell")
        if sort is None:
            raise DoubtError(f"its column {column!r} is of the type {type_}")
        return sort
