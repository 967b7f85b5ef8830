"""A CSV export as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from mlcli import cells
from mlcli.csvtext import CsvReader
from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError, near
from mlcli.rules import LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta
    from pathlib import Path

    from mlcli.cells import Kind
    from mlcli.rules.base import Frame

_CHUNK_ROWS = 50_000


class CsvSource:
    """One export, ready to be read in chunks.

    Parameters
    ----------
    path
        The file.
    name
        How it is named in messages.
    delimiter
        What stands between cells; found out if ``None``.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        delimiter: str | None = None,
        timezone: str | None = None,
    ) -> None:
        mark = "\t" if delimiter == "tab" else delimiter
        self.reader = CsvReader(path, name=name, delimiter=mark)
        self.name = name
        self.columns = self.reader.columns
        self.zone = _zone(timezone)

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the line each row stands in.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, or the file
            has no rows.
        """
        columns = {
            name: _Column(name, kind, self.name, self.reader.position(name), self.zone)
            for name, kind in wanted.items()
        }
        records = iter(self.reader)
        empty = True
        while chunk := list(islice(records, _CHUNK_ROWS)):
            empty = False
            yield _frame(chunk, columns)
        if empty:
            raise DataError(
                "the file has a header and no rows",
                place=self.name,
                hint="was it exported for the right days?",
            )


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = available_timezones()
        if not known:
            raise EnvironmentProblemError(
                "this machine knows no time zones", hint="pip install tzdata"
            ) from error
        raise AskedWronglyError(
            f"timezone: there is no time zone {name!r}",
            hint=near(name, sorted(known)) or "write it as Europe/Rome",
        ) from error


class _Column:
    """Turns the cells of one column into values, and says where one cannot be."""

    def __init__(
        self, name: str, kind: Kind, file: str, position: int, zone: ZoneInfo | None
    ) -> None:
        self.name = name
        self.kind = kind
        self.file = file
        self.position = position
        self.zone = zone
        self.offset: tuple[timedelta | None, int] | None = None

    def values(self, chunk: list[tuple[int, list[str]]]) -> list[Any]:
        read, position = cells.READERS[self.kind], self.position
        found: list[Any] = []
        for line, record in chunk:
            cell = record[position]
            if not cell or cell.isspace():
                found.append(None)
                continue
            try:
                value = read(cell)
            except cells.CellError as error:
                raise self.problem(line, str(error), error.hint) from error
            found.append(self.wall_clock(value, cell, line) if self.kind == "date" else value)
        return found

    def wall_clock(self, value: Any, cell: str, line: int) -> datetime:
        """Return a time as the clock on the wall showed it."""
        when: datetime = value
        if self.zone is not None:
            if when.tzinfo is None:
                return when
            try:
                return when.astimezone(self.zone).replace(tzinfo=None)
            except OverflowError as error:
                raise self.problem(
                    line, f"{cells.shown(cell)} has no time in {self.zone}", "mend the cell"
                ) from error
        offset = when.utcoffset()
        if self.offset is None:
            self.offset = (offset, line)
        elif self.offset[0] != offset:
            raise self.problem(
                line,
                f"{cells.shown(cell)} has another offset from UTC than line {self.offset[1]}",
                "say in the source where the wall clock hangs:  timezone: Europe/Rome",
            )
        return when.replace(tzinfo=None)

    def problem(self, line: int, message: str, hint: str) -> DataError:
        place = f"{self.file}:{line}"
        return DataError(
            f"column {self.name!r} (the {_nth(self.position + 1)}): {message}",
            place=place,
            hint=hint,
        )


def _nth(position: int) -> str:
    teen = position % 100 in {11, 12, 13}
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending}"


def _frame(chunk: list[tuple[int, list[str]]], columns: Mapping[str, _Column]) -> Frame:
    made: dict[str, tuple[list[Any], Kind]] = {
        name: (column.values(chunk), column.kind) for name, column in columns.items()
    }
    return frame({**made, LINE: ([line for line, _ in chunk], "any")})


def frame(columns: Mapping[str, tuple[list[Any], Kind]]) -> Frame:
    """Make a table of lists of values, each of a kind; ``None`` is a missing value."""
    import narwhals.stable.v2 as nw
    import numpy as np
    import pandas as pd

    dtypes: dict[Kind, str] = {
        "date": "datetime64[us]",
        "text": "str",
        "any": "str",
        "boolean": "boolean",
    }
    made: dict[str, Any] = {}
    for name, (values, kind) in columns.items():
        if name == LINE:
            made[name] = np.array(values, dtype="int64")
        elif kind == "number":
            made[name] = np.array([np.nan if v is None else v for v in values], dtype="float64")
        else:
            made[name] = pd.Series(values, dtype=dtypes[kind])
    table: Frame = nw.from_native(pd.DataFrame(made), eager_only=True)
    return table
