"""Align tables on a key, and settle what columns of text turn out to be."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlcli import cells, wording
from mlcli.errors import DataError
from mlcli.rules.base import LINE, first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw

    from mlcli.cells import Kind, Value
    from mlcli.rules.base import Frame

Table = tuple["Frame", "dict[str, Kind]", str]
"""A table, the kinds of its columns, and the name of its file."""


def settled(frame: Frame, kinds: dict[str, Kind], file: str) -> Table:
    """Decide of every column that could be anything whether it holds numbers or text.

    Raises
    ------
    DataError
        Some cells are numbers and some are not: that is for the user to say.
    """
    import narwhals.stable.v2 as nw

    for column, kind in kinds.items():
        if kind != "any":
            continue
        if frame.schema[column] != nw.String:
            kinds[column] = _kind_of(frame.schema[column])
            continue
        seen = [str(cell) for cell in frame[column].drop_nulls().unique().to_list()]
        numeric = [cells.is_number(cell) for cell in seen]
        if all(numeric) and seen:
            numbers = [
                None if v is None else cells.to_number(str(v)) for v in values(frame[column])
            ]
            frame = frame.with_columns(
                nw.new_series(column, numbers, nw.Float64, backend=frame.implementation)
            )
        elif any(numeric):
            raise _mixed(
                frame, column, [c for c, yes in zip(seen, numeric, strict=True) if not yes]
            )
        kinds[column] = "number" if all(numeric) and seen else "text"
    return frame, kinds, file


def _kind_of(dtype: nw.dtypes.DType) -> Kind:
    import narwhals.stable.v2 as nw

    if dtype == nw.Datetime:
        return "date"
    return "boolean" if dtype == nw.Boolean else "number"


def _mixed(frame: Frame, column: str, words: list[str]) -> DataError:
    import narwhals.stable.v2 as nw

    odd = frame.filter(nw.col(column).is_in(words))
    return DataError(
        f"column {column!r} holds numbers, but {odd[column][0]!r} is not one",
        place=first_line(odd),
        hint=f"mend the cell, or say  {{name: {column}, kind: category}}",
    )


def join(tables: Mapping[str, Table], key: str | None) -> tuple[Frame, dict[str, Kind]]:
    """Keep every key that any table knows, and put its columns side by side.

    Returns
    -------
    tuple
        The joined table in the order of its keys, and the kinds of its columns.
        One table alone keeps its order, and its lines.

    Raises
    ------
    DataError
        A key is missing or repeated, its kinds differ, or two tables share none.
    """
    if key:
        for name, table in tables.items():
            _check_key(name, table, key)
    names = list(tables)
    frame, kinds, _ = tables[names[0]]
    if len(names) == 1:
        return frame, dict(kinds)
    assert key is not None
    kinds = {}
    _check_shared(tables, key)
    joined: Frame | None = None
    for name in names:
        right = tables[name][0].drop(LINE, strict=False)
        kinds.update(tables[name][1])
        joined = right if joined is None else _full(joined, right, key)
    assert joined is not None
    return joined.sort(key), kinds


def _full(left: Frame, right: Frame, key: str) -> Frame:
    import narwhals.stable.v2 as nw

    both = left.join(right, on=key, how="full", suffix="__right__")
    other = f"{key}__right__"
    return both.with_columns(nw.coalesce(nw.col(key), nw.col(other))).drop(other)


def _check_key(name: str, table: Table, key: str) -> None:
    import narwhals.stable.v2 as nw

    frame, kinds, file = table
    empty = frame.filter(nw.col(key).is_null())
    if len(empty):
        raise DataError(
            f"{key!r} is empty", place=first_line(empty), hint="put  drop_missing  before it"
        ).within(file)
    if kinds[key] == "date":
        timed = frame.filter(nw.col(key) != nw.col(key).dt.truncate("1d"))
        if len(timed):
            raise DataError(
                f"{key!r} of source {name!r} is {wording.written(plain(timed[key][0]))}, "
                "which has a time",
                place=first_line(timed),
                hint=f"gather rows first, with  count  or  sum  per: day of {key}",
            ).within(file)
    repeated = frame.filter(nw.col(key).is_duplicated())
    if len(repeated):
        raise DataError(
            f"{key!r} {wording.written(plain(repeated[key][0]))} "
            f"stands more than once in source {name!r}",
            place=first_line(repeated),
            hint="gather its rows with  count, sum  or  mean, "
            "or put  drop_duplicates  before the join",
        ).within(file)


def _check_shared(tables: Mapping[str, Table], key: str) -> None:
    (first, (left, left_kinds, left_file)), *others = tables.items()
    for name, (right, right_kinds, right_file) in others:
        if left_kinds[key] != right_kinds[key]:
            raise DataError(
                f"{key!r} is a {left_kinds[key]} in source {first!r} "
                f"and a {right_kinds[key]} in {name!r}",
                place=right_file,
            )
        if not set(values(left[key])) & set(values(right[key])):
            raise DataError(
                f"no {key} is in both {left_file} ({_range(left[key])}) "
                f"and {right_file} ({_range(right[key])})",
                hint="are the two exports of the same time?",
            )


def _range(series: nw.Series[Any]) -> str:
    return f"{wording.written(plain(series.min()))} to {wording.written(plain(series.max()))}"


def values(series: nw.Series[Any]) -> list[Value | None]:
    """Return a column as plain values, ``None`` where one is missing."""
    missing = series.is_null().to_list()
    return [None if gone else plain(v) for v, gone in zip(series.to_list(), missing, strict=True)]


def plain(value: Any) -> Any:
    """Return a plain datetime for the engine's own kind of it; others as they are."""
    if isinstance(value, datetime) and hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()  # noqa: PLR0124 - NaT
    return value
