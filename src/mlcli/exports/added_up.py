"""Numbers that a query adds up beside what is asked, so that a row of their sums is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals.stable.v2 as nw

from mlcli.exports import dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Dialect
    from mlcli.grammar.cells import Kind

ADDED_UP: Final = "__sum_of_"
"""Before what is found of such a column, and the column as it was read, before any rule."""

_TOTAL, _LOW, _HIGH = "_total", "_low", "_high"


def read(asked: Dialect, kinds: Mapping[str, Kind]) -> list[nw.Expr]:
    """Return the columns of numbers of an export, where a row may hold their sums."""
    names = [name for name, kind in kinds.items() if kind == "number" and asked.adds_up]
    return [nw.col(n).cast(nw.Float64).alias(f"{ADDED_UP}{at}") for at, n in enumerate(names)]


def riders(columns: Iterable[str]) -> list[nw.Expr]:
    """Return what is asked of those columns, of all that a table has."""
    asked = [nw.col(name) for name in columns if name.startswith(ADDED_UP)]
    totals = (column.sum().name.suffix(_TOTAL) for column in asked)
    lowest = (column.min().name.suffix(_LOW) for column in asked)
    highest = (column.max().name.suffix(_HIGH) for column in asked)
    return [*totals, *lowest, *highest]


def refuse_totals(found: Frame) -> None:
    """Raise where a row may hold the sums of the others.

    Parameters
    ----------
    found
        The ``riders`` of each of some groups of rows.

    Raises
    ------
    DoubtError
        One may.
    """
    totals = (c for c in found.columns if c.startswith(ADDED_UP) and c.endswith(_TOTAL))
    each = (_ends(found, column.removesuffix(_TOTAL)) for column in totals)
    dialect.refuse_totals(one for one in each if one is not None)


def _ends(found: Frame, column: str) -> tuple[str, float, float, float] | None:
    """Return a column with its sum, the lowest and the highest number; nothing if it is empty."""
    some = found.filter(~nw.col(f"{column}{_LOW}").is_null())
    if not len(some):
        return None
    low, high = some[f"{column}{_LOW}"].min(), some[f"{column}{_HIGH}"].max()
    return column, some[f"{column}{_TOTAL}"].sum(), low, high
