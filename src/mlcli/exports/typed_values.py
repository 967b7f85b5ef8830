"""Values that an export keeps with their types, read by the rules that hold for text.

A cell of a Parquet file, a workbook or a database is a number, a date or a text already.
It is taken as it is where its column needs just that; everywhere else it is the text
that a CSV file of the same table would hold, and read by the same grammar: levels, keys
and error messages do not depend on where a table came from.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np

from mlcli import wording
from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError, Fix
from mlcli.exports import header, totals, values_of_cells, wall_clock
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.grammar.number_notation import PointsMet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from mlcli.definition.rules.base import Frame

_LONGEST_WHOLE: Final = 1e16  # the first that ``repr`` writes with an exponent


class TypedSource:
    """An export whose cells have types, ready to be read in chunks.

    Parameters
    ----------
    name
        How it is named in messages.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How its texts write numbers, dates and missing cells.
    keeps_totals
        Whether rows are rows, though they look like totals.

    Attributes
    ----------
    ordered
        Whether its rows stand in an order, so that a first or last one is something.
    """

    columns: tuple[str, ...]
    ordered: bool = True

    def __init__(
        self, name: str, timezone: str | None, notation: Notation, *, keeps_totals: bool
    ) -> None:
        self.name = name
        self.keeps_totals = keeps_totals
        self._sums = totals.Sums()
        self.files: tuple[str, ...] = (name,)
        self.notation = notation
        self.zone = wall_clock.zone(timezone)
        self.notes: tuple[str, ...] = ()
        self.trimmed: Mapping[str, int] = {}
        self.points = PointsMet(notation)

    def typed(self, wanted: Mapping[str, cells.Kind], *, place: str) -> list[TypedColumn]:
        """Return the readers of the wanted columns.

        Raises
        ------
        DataError
            There is no such column, or there are two.
        """
        self._sums = totals.Sums()
        return [
            TypedColumn(
                name,
                kind,
                position=header.position(name, self.columns, place=place),
                notation=self.notation,
                zone=self.zone,
                points=self.points,
            )
            for name, kind in wanted.items()
        ]

    def conclude(self, columns: Sequence[TypedColumn]) -> None:
        """Note what may not be meant of the columns, once they were read to their end.

        Raises
        ------
        DataError
            A row holds the sums of the others, or it must be said what the points of texts are.
        """
        if self._sums.may_hold_one and not self.keeps_totals:
            self._refuse_sums()
        dates = [column.times for column in columns if column.kind == "date"]
        try:
            self.points.conclude()
            self.notes = wall_clock.concluded(dates, self.files)
        except DataError as error:
            raise error.within(self.name) from None

    def frame(
        self,
        columns: Sequence[TypedColumn],
        lines: Sequence[int],
        values: Callable[[TypedColumn], Any],
    ) -> Frame:
        """Return a table of the values of some columns, and of the lines they stand in."""
        try:
            made = {column.name: (values(column), column.kind) for column in columns}
        except DataError as error:
            raise error.within(self.name) from None
        self.trimmed = {column.name: column.trimmed for column in columns}
        table = values_of_cells.frame({**made, LINE: (lines, "any")})
        self._sums.see(table)
        return table

    def beyond(self, line: int) -> tuple[str, list[Fix]]:
        """Return nothing: no line of a typed table stands below it."""
        del line
        return "", []

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        """Yield all rows with all of their cells, and the line that each stands in."""
        raise NotImplementedError

    def way_out(self, found: totals.SumRow) -> tuple[str, list[Fix]]:
        """Return what to do about a row that is a total."""
        if not found.rule:
            return "export the table without it", []
        rule = f"a rule,  {wording.keys_in_yaml(found.rule)},  with  totals: keep  in the source"
        return f"export the table without it, or leave it out by {rule}", []

    def _refuse_sums(self) -> None:
        """Raise where a row holds the sums of the others."""
        rows = (
            (line, [_roughly(cell, self.notation) for cell in row])
            for line, row in self.whole_rows()
        )
        found = totals.sum_row(self.columns, rows, self.notation, ordered=self.ordered)
        if found is None:
            return
        cells_ = wording.listed([cells.shown(cell) for cell in found.cells], most=6)
        hint, fix = self.way_out(found)
        raise DataError(
            f"the row {cells_} holds the sums of the others",
            place=f"{self.name}:{found.line}" if self.ordered else self.name,
            hint=f"{hint}{totals.OR_KEEP}",
            fix=fix,
        )


def _roughly(cell: object, notation: Notation) -> str:
    """Return a cell of a column that need not be needed as a text."""
    if cell is None or (isinstance(cell, float | Decimal) and isnan(cell)):
        return ""
    try:
        return text(cell, notation)
    except cells.CellError:
        return "?"


class TypedColumn(values_of_cells.WrittenColumn):
    """Turns values with types into those of a column's kind; see ``WrittenColumn``.

    Parameters
    ----------
    points
        Gets to see the texts of a column of numbers.
    name, kind, position, notation, zone
        As there.
    """

    def __init__(
        self,
        name: str,
        kind: cells.Kind,
        *,
        position: int,
        notation: Notation,
        zone: ZoneInfo | None,
        points: PointsMet,
    ) -> None:
        super().__init__(name, kind, position=position, notation=notation, zone=zone)
        self._points = points

    def values(self, cells_: Sequence[object], lines: Sequence[int]) -> Any:
        """Return the values of a column, in a form that ``values_of_cells.frame`` takes.

        Raises
        ------
        DataError
            A cell is not of the column's kind; its place is ``line N``.
        """
        array = _array(cells_)
        sort = wall_clock.DAY if {*map(type, cells_)} <= {date, type(None)} else wall_clock.TIME
        found = None if array is None else self.at_once(array, lines, sort=sort)
        if found is not None:
            return found
        words = [cell for cell in cells_ if isinstance(cell, str)]
        if self.kind == "date":
            return self.times.turned(*self.moments(cells_, lines, words), lines)
        return [self.value(cell, line, words) for cell, line in zip(cells_, lines, strict=True)]

    def at_once(self, array: Any, lines: Sequence[int], *, sort: int = wall_clock.TIME) -> Any:
        """Return an array of one type as values, or ``None`` where some may be odd.

        Parameters
        ----------
        array
            n doubles (NaN where one is missing; whole numbers are exact) or times in
            microseconds, or a series of pandas of n booleans or texts.
        lines
            Where they stand.
        sort
            What the cells of an array of times were.
        """
        missing = self.notation.missing
        if any(map(MAY_BE_VALUE.search, missing)) and array.dtype.kind != "O":
            return None  # the text of a value may stand for an empty cell
        match array.dtype.kind, self.kind:
            case "f", "number" | "either":
                return None if (np.abs(array) > cells.LARGEST).any() else array
            case "M", "date":
                there = np.flatnonzero(~np.isnat(array))
                if len(there) and not self.met_plain_time(lines[there[0]]):
                    return None
                sorts = np.where(np.isnat(array), wall_clock.EMPTY, sort).astype(np.int8)
                return self.times.turned(array, sorts, lines)
            case "b", "boolean":
                return array
            case "b", "text" | "any" | "either":
                return array.map({True: "true", False: "false"}).astype("str")
            case "O", "text" | "any" | "either" if not array.str.len().max() > cells.LONGEST_WORD:
                bare = array.str.strip()
                gone = (bare == "") | bare.isin(missing)
                if self.notation.keeps_blanks:
                    return array.mask(gone)
                self.trimmed += int(((bare != array) & ~gone & array.notna()).sum())
                return bare.mask(gone)
            case _:
                return None

    def value(self, cell: object, line: int, among: Sequence[str | None] = ()) -> Any:
        """Return the value of one cell, which stands among others.

        Raises
        ------
        DataError
            The cell is not of the column's kind, is a whole number that a double cannot
            hold, or nothing that a table has cells for; its place is ``line N``.
        """
        match self.kind, cell:
            case "number", str():
                self._points.meet(self.name, cell, f"line {line}")
            case _:
                pass
        if cell is None or isinstance(cell, str):
            return super().value(cell, line, among)
        if isinstance(cell, float | Decimal) and isnan(cell):
            return None
        written = self._written(cell, line)
        if self.notation.missing and self.notation.is_missing(written):
            return None
        match self.kind, cell:
            case "boolean", bool():
                return cell
            case "date", datetime():
                return self.moment(cell, written, line)
            case "date", date():
                return self.moment(datetime.combine(cell, time()), written, line, bare=True)
            case _:
                pass
        return super().value(written, line)

    def _written(self, cell: object, line: int) -> str:
        try:
            return text(cell, self.notation)
        except cells.CellError as error:
            raise self.problem(line, str(error), error.hint) from error


MAY_BE_VALUE: Final = re.compile(r"\d|true|false")
"""What a word for an empty cell holds that may be the text of a number, a date or a boolean."""


def _array(cells_: Sequence[object]) -> Any:
    """Return objects of one type as an array as ``TypedColumn.at_once`` takes, or ``None``."""
    import pandas as pd

    types = {*map(type, cells_)} - {type(None)}
    if types <= {int, float, Decimal}:
        try:
            array = np.array(cells_, dtype=np.float64)  # None becomes NaN
        except (OverflowError, ValueError):
            return None
        return array if types <= {float} or not (np.abs(array) >= cells.EXACT).any() else None
    if types == {date}:
        return np.array(cells_, dtype="datetime64[us]")
    if types == {datetime} and {getattr(cell, "tzinfo", None) for cell in cells_} == {None}:
        return np.array(cells_, dtype="datetime64[us]")
    if types == {bool}:
        return pd.Series(cells_, dtype="boolean")
    return pd.Series(cells_, dtype="str") if types == {str} else None


def text(value: object, notation: Notation = PLAIN) -> str:
    """Return what a CSV file would hold of a value, its numbers with the notation's mark.

    Whole numbers have no point, dates no time at midnight, lists are JSON.

    Raises
    ------
    CellError
        It is bytes, or something else that no cell holds.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            whole = value.is_integer() and abs(value) < _LONGEST_WHOLE
            return f"{value:.0f}" if whole else repr(value).replace(".", notation.decimal)
        case Decimal():
            return f"{value:f}".replace(".", notation.decimal)
        case datetime() if value.tzinfo is None and value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case list() | tuple() | dict():
            return json.dumps(value, ensure_ascii=False, default=text)
        case _:
            kinds = {"bytes": "bytes", "memoryview": "bytes", "timedelta": "a length of time"}
            what = kinds.get(type(value).__name__, f"a value of type {type(value).__name__}")
            raise cells.CellError(
                f"the cell holds {what}", "export numbers, dates, text, or true and false"
            )
