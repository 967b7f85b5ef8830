"""What is asked beside a query: how many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.exports.dialect import Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

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
