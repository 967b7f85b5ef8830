"""Align tables on a key, and settle what columns of text turn out to be."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.definition.rules.base import LINE, first_line
from mlcli.errors import DataError, Fix
from mlcli.grammar import cells, number_notation
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.grammar.number_notation import PointsMet

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from mlcli.answering.column import Column
    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind, Value

Table = tuple["Frame", "dict[str, Kind]", str]
"""A table, the kinds of its columns, and the name of its file."""


def settled(
    frame: Frame,
    kinds: dict[str, Kind],
    file: str,
    *,
    key: str | None = None,
    as_written: Container[str] = (),
    of_file: Container[str] = (),
    notation: Notation = PLAIN,
    points: PointsMet | None = None,
) -> Table:
    """Decide of every column that could be anything whether it holds numbers or text.

    The key is left as it is: all tables decide together what it holds, in ``join``. What
    is only shown stays ``as_written``. The cells of columns ``of_file`` stand in it as they
    are here. ``notation`` is how the file writes its numbers, and ``points`` what was found
    out of theirs.

    Raises
    ------
    DataError
        Some cells are numbers and some are not, or none is and all look as if they
        were meant to be, or it is open what a point is: that is for the user to say.
    """
    points = points or PointsMet(notation)
    came = frame.schema
    for column, kind in kinds.items():
        if kind != "any":
            continue
        if came[column] != nw.String:
            kinds[column] = kind_of(came[column])
        elif column in as_written:
            kinds[column] = "text"
        elif column == key:
            frame = _plainly_numbered(frame, column, notation)
        else:
            words = [cell for cell in different(frame[column]) if not notation.is_number(cell)]
            if not words and len(frame[column].drop_nulls()):
                _meet(frame, column, points)
                frame, kinds[column] = _numbered(frame, column, notation), "number"
            else:
                _check_words(frame, column, words, notation, mendable=column in of_file)
                if all(map(cells.is_flag, words)):
                    frame = _in_small_letters(frame, column)
                kinds[column] = "text"
    points.conclude()
    return frame, kinds, file


def _meet(frame: Frame, column: str, points: PointsMet) -> None:
    """Look at the points in a column of text, in which all are numbers."""
    if points.sure:
        return
    pointed = frame.filter(nw.col(column).str.contains(".", literal=True))
    for row, cell in enumerate(pointed[column].unique(maintain_order=True).to_list()):
        points.meet(column, str(cell), "" if row else first_line(pointed))


def kind_of(dtype: nw.dtypes.DType) -> Kind:
    """Return the kind of a column, of its dtype."""
    if dtype == nw.Datetime:
        return "date"
    if dtype == nw.String:
        return "text"
    return "boolean" if dtype == nw.Boolean else "number"


def different(column: nw.Series[Any]) -> list[str]:
    """Return the different cells of a column of text."""
    return [str(cell) for cell in column.drop_nulls().unique().to_list()]


def _numbered(frame: Frame, column: str, notation: Notation = PLAIN) -> Frame:
    """Return the table with a column of text, in which all are numbers, as numbers."""
    read: dict[str, float] = {}
    for word in different(frame[column]):
        try:
            read[word] = notation.number(word)
        except cells.CellError as error:
            message = f"column {column!r}: {error}"
            long = isinstance(error, cells.TooManyDigitsError)
            hint = cells.as_word(column) if long else error.hint
            raise _of_cell(frame, column, word, message, hint) from error
    return _each(frame, column, read.__getitem__, nw.Float64())


def _plainly_numbered(frame: Frame, column: str, notation: Notation) -> Frame:
    """Return the table with a key whose cells are all numbers written as everywhere else."""
    if notation.plain_numbers:
        return frame
    made = {word: notation.plain(word) for word in different(frame[column])}
    if None in made.values():
        return frame
    return _each(frame, column, made.__getitem__, nw.String())


def _in_small_letters(frame: Frame, column: str) -> Frame:
    """Return the table with true and false, in whatever case, as one word each."""
    return _each(frame, column, lambda word: word.strip().lower(), nw.String())


def _each(
    frame: Frame, column: str, made: Callable[[str], object], dtype: nw.dtypes.DType
) -> Frame:
    """Return the table with what is made of each cell of a column of text that is not empty."""
    found = [None if v is None else made(str(v)) for v in values(frame[column])]
    return frame.with_columns(nw.new_series(column, found, dtype, backend=frame.implementation))


def _check_words(
    frame: Frame, column: str, words: list[str], notation: Notation, *, mendable: bool
) -> None:
    """Raise if words stand among numbers, or are numbers and dates in other clothes."""
    if not words:
        return
    found, every = frame[column], different(frame[column])
    cell = str(found.filter(found.is_in(words))[0])
    as_words = f"or say  {wording.as_category(column)}  if they are words"
    if len(words) < len(every):
        message = f"column {column!r} holds numbers, but {cells.shown(cell)} is not one"
        hint, fix, new = _meant(cell, notation, every)
        new = new if mendable else None
        raise _of_cell(frame, column, cell, message, f"{hint}, {as_words}", fix, new)
    if all(cells.readings(word) or number_notation.is_money(word) for word in words):
        message = f"column {column!r}: {cells.shown(cell)} is not a number"
        hint, fix, _ = _meant(cell, notation, every)
        raise _of_cell(frame, column, cell, message, f"{hint}, {as_words}", fix)
    if all(map(notation.is_date, words)):
        message = f"column {column!r} holds dates, where a number or a word is needed"
        part = wording.in_yaml({"weekday": f"weekday of {column}"})
        hint = f"make one of it, with  derive: {part},  {as_words}"
        raise _of_cell(frame, column, cell, message, hint)


def _meant(
    cell: str, notation: Notation, among: list[str]
) -> tuple[str, tuple[Fix, ...], str | None]:
    """Return what may be meant by a cell that is no number, and the cell to write instead."""
    try:
        notation.number(cell)
    except cells.CellError as error:
        return notation.hint(cell, "number", error, among)
    return "", (), None


def _of_cell(
    frame: Frame,
    column: str,
    cell: str,
    message: str,
    hint: str,
    fix: tuple[Fix, ...] = (),
    instead: str | None = None,
) -> DataError:
    at = first_line(frame.filter(nw.col(column) == cell))
    if instead is not None and at:
        fix += (Fix(instead, (int(at.removeprefix("line ")), column)),)
    return DataError(message, place=at, hint=hint, fix=fix)


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
        tables = _settled_keys(tables, key)
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
    both = left.join(right, on=key, how="full", suffix="__right__")
    other = f"{key}__right__"
    return both.with_columns(nw.coalesce(nw.col(key), nw.col(other))).drop(other)


def _settled_keys(tables: Mapping[str, Table], key: str) -> dict[str, Table]:
    """Read an undecided key as numbers where no table has anything else, and else as text."""
    undecided = {name for name, (_, kinds, _) in tables.items() if kinds[key] == "any"}
    decided = {kinds[key] for name, (_, kinds, _) in tables.items() if name not in undecided}
    words = [word for name in undecided for word in different(tables[name][0][key])]
    numbers = decided <= {"number"} and all(map(cells.is_exact, words))
    made: dict[str, Table] = {}
    for name, (frame, kinds, file) in tables.items():
        if name not in undecided:
            made[name] = frame, kinds, file
        elif numbers:
            made[name] = _numbered(frame, key), {**kinds, key: "number"}, file
        else:
            made[name] = frame, {**kinds, key: "text"}, file
    return made


def _check_key(name: str, table: Table, key: str) -> None:
    frame, kinds, file = table
    empty = frame.filter(nw.col(key).is_null())
    if len(empty):
        raise DataError(
            f"the key {key!r} is empty",
            place=first_line(empty),
            hint=f"mend the cell, or put  {wording.keys_in_yaml({'drop_missing': {'of': key}})}  "
            "into the source's rules",
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
        value = repeated[key][0]
        same = repeated.filter(nw.col(key) == value)
        where = f", again in line {same[LINE][1]}" if LINE in same.columns else ""
        raise DataError(
            f"{key!r} {wording.written(plain(value))} "
            f"stands more than once in source {name!r}{where}",
            place=first_line(same),
            hint="gather its rows with  count, sum  or  mean, "
            "or put  drop_duplicates  before the join",
        ).within(file)


_HOLDS: Final[dict[str, str]] = {
    "number": "numbers",
    "date": "dates",
    "text": "words",
    "boolean": "true and false",
    "any": "anything",
}


def _check_shared(tables: Mapping[str, Table], key: str) -> None:
    (left, left_kinds, left_file), *others = tables.values()
    for right, right_kinds, right_file in others:
        one, other = left_kinds[key], right_kinds[key]
        if one != other:
            raise DataError(
                f"{key!r} holds {_HOLDS[one]} in {left_file} ({_range(left[key])}) "
                f"and {_HOLDS[other]} in {right_file} ({_range(right[key])})",
                hint="write the key in both in the same way",
            )
        if not left[key].is_in(right[key]).any():
            raise DataError(
                f"no {key} is in both {left_file} ({_range(left[key])}) "
                f"and {right_file} ({_range(right[key])})",
                hint="are the two exports of the same time?"
                if cells.is_date(wording.written(plain(left[key].min())))
                else "is the key written in the same way in both?",
            )


def _range(series: nw.Series[Any]) -> str:
    return f"{wording.written(plain(series.min()))} to {wording.written(plain(series.max()))}"


def column(series: nw.Series[Any]) -> Column:
    """Return a column of a table as arrays."""
    import pandas as pd

    if series.dtype == nw.Datetime:
        return Times(series.to_numpy().astype("datetime64[us]", copy=False))
    if series.dtype.is_numeric():
        return Numbers(series.to_numpy().astype(np.float64, copy=False))
    flags = series.dtype == nw.Boolean
    codes, levels = pd.factorize(series.to_native())
    return Words(codes, [wording.written(level) for level in levels.tolist()], flags=flags)


def values(series: nw.Series[Any]) -> list[Value | None]:
    """Return a column as plain values, ``None`` where one is missing."""
    return list(column(series))


def plain(value: Any) -> Any:
    """Return a plain datetime for the engine's own kind of it; others as they are."""
    if isinstance(value, datetime) and hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()  # noqa: PLR0124 - NaT
    return value
