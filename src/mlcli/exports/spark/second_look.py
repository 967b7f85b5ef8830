"""What is asked beside a query: how many rows there are, and whether one may hold sums."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from mlcli.exports import dialect
from mlcli.exports.dialect import Running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pyspark.sql import Column, DataFrame

    from mlcli.definition.rules.base import Frame

    _Fetch = Callable[[DataFrame], Frame]


class RowCount:
    """Counts rows beside a query; see ``SecondLook``.

    Parameters
    ----------
    rows
        What is counted.
    fetch
        Returns what a query finds.
    above
        How many of them are none, as headers.
    """

    def __init__(self, rows: DataFrame, fetch: _Fetch, above: int = 0) -> None:
        from pyspark.sql.connect import functions as sf

        self._above = above
        counted = rows.agg(sf.count(sf.lit(1)).alias("rows"))
        self._running = Running(lambda: int(fetch(counted)["rows"][0]), lambda: None)

    def rows(self) -> int:
        """Wait for the count, and return how many rows there are."""
        return self._running.result() - self._above

    def stop(self) -> None:
        """Let it be: it ends with its session."""


def refuse_totals(rows: DataFrame, numbers: Mapping[str, Column], fetch: _Fetch) -> None:
    """Raise where a row may hold the sums of the others, by numbers alone.

    Raises
    ------
    DoubtError
        One may.
    """
    from pyspark.sql.connect import functions as sf

    if not numbers:
        return
    values = rows.select(*(value.alias(f"n{at}") for at, value in enumerate(numbers.values())))
    ends = [of(f"n{at}") for at in range(len(numbers)) for of in (sf.sum, sf.min, sf.max)]
    row = fetch(values.agg(*(end.alias(f"e{at}") for at, end in enumerate(ends)))).row(0)
    found = iter(map(float, row))
    each = zip(numbers, found, found, found, strict=True)
    dialect.refuse_totals(one for one in each if not isnan(one[1]))  # as it is of an empty column
