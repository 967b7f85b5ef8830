"""Cells to typed columns: the checks that every kind of export goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import narwhals.stable.v2 as nw
import numpy as np

from mlcli.definition.rules.base import LINE
from mlcli.errors import (
    LINES_A_FILE,
    AskedWronglyError,
    DataError,
    EnvironmentProblemError,
    Fix,
    near,
)
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation


def zone(name: str | None) -> ZoneInfo | None:
    """Return a time zone by its name.

    Raises
    ------
    AskedWronglyError
        There is none of that name.
    EnvironmentProblemError
        This machine knows none at all.
    """
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


class WrittenColumn:
    """Turns the cells of one column into values, and says where one cannot be.

    Parameters
    ----------
    name
        The column.
    kind
        What it is read as.
    position
        Where it stands, counted from 0.
    notation
        How its export writes numbers, dates and missing cells.
    zone
        Where the wall clock hangs that times with an offset are turned to.

    Attributes
    ----------
    in_bulk
        Whether its cells were numbers so far that a quick reader knows as well as we do.
    """

    def __init__(
        self, name: str, kind: Kind, *, position: int, notation: Notation, zone: ZoneInfo | None
    ) -> None:
        self.name = name
        self.kind = kind
        self.position = position
        self.notation = notation
        self.zone = zone
        self.in_bulk = (
            kind in {"number", "either"} and not notation.thousands and not notation.units
        )
        self._read = notation.reader(kind)
        self._offset: tuple[timedelta | None, int] | None = None

    def values(self, cells_: Sequence[str | None], lines: Sequence[int]) -> list[Any]:
        """Return a value a cell, ``None`` where one is missing.

        Raises
        ------
        DataError
            A cell is not of the column's kind; its place is ``line N``.
        """
        return [self.value(cell, line, cells_) for cell, line in zip(cells_, lines, strict=True)]

    def value(self, cell: str | None, line: int, among: Sequence[str | None] = ()) -> Any:
        """Return the value of one cell, which stands among others; see ``values``."""
        if cell is None or self.notation.is_missing(cell):
            return None
        try:
            value = self._read(cell)
        except cells.CellError as error:
            hint, fix = self.notation.hint(cell, self.kind, error, filter(None, among))
            if isinstance(error, cells.TooManyDigitsError):
                hint = cells.as_word(self.name)
            raise self.problem(line, str(error), hint, fix) from error
        return self.wall_clock(value, cell, line) if self.kind == "date" else value

    def wall_clock(self, value: Any, cell: str, line: int) -> datetime:
        """Return a time as the clock on the wall showed it.

        Raises
        ------
        DataError
            Its offset from UTC is not that of the times before, and no zone is known.
        """
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
        if self._offset is None:
            self._offset = (offset, line)
        elif self._offset[0] != offset:
            file, other = divmod(self._offset[1], LINES_A_FILE)
            elsewhere = "" if file == line // LINES_A_FILE else " of another file"
            raise self.problem(
                line,
                f"{cells.shown(cell)} has another offset from UTC than line {other}{elsewhere}",
                "say in the source where the wall clock hangs:  timezone: Europe/Rome",
            )
        return when.replace(tzinfo=None)

    def met_plain_time(self, line: int) -> bool:
        """Note a time without an offset; say whether all so far were such."""
        if self.zone is None and self._offset is None:
            self._offset = (None, line)
        return self.zone is not None or self._offset is None or self._offset[0] is None

    def problem(self, line: int, message: str, hint: str, fix: tuple[Fix, ...] = ()) -> DataError:
        """Return the error about one cell."""
        return DataError(
            f"column {self.name!r} (the {_nth(self.position + 1)}): {message}",
            place=f"line {line}",
            hint=hint,
            fix=fix,
        )


def _nth(position: int) -> str:
    teen = position % 100 in {11, 12, 13}
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending}"


def frame(columns: Mapping[str, tuple[Any, Kind]]) -> Frame:
    """Make a table of values, each column of a kind: arrays of its type, or plain values."""
    import pandas as pd

    made: dict[str, Any] = {}
    for name, (values, kind) in columns.items():
        if name == LINE:
            made[name] = np.asarray(values, dtype="int64")
        else:
            made[name] = array(values, kind) if isinstance(values, list) else values
    table: Frame = nw.from_native(pd.DataFrame(made), eager_only=True)
    return table


def array(values: Sequence[Any], kind: Kind) -> Any:
    """Return plain values as an array of their kind's type; ``None`` is a missing one."""
    import pandas as pd

    match kind:
        case "number":
            return np.array(values, dtype="float64")  # None becomes NaN
        case "date":
            return np.array(values, dtype="datetime64[us]")
        case "boolean":
            return pd.array(values, dtype="boolean")
        case _:
            return pd.array(values, dtype="str")
