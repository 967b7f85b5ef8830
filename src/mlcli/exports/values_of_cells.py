"""Cells to typed columns: the checks that every kind of export goes through."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from mlcli.definition.rules.base import LINE
from mlcli.errors import LINES_A_FILE, DataError, Fix
from mlcli.exports import wall_clock
from mlcli.exports.wall_clock import DAY, EMPTY, OFFSET, TIME, UTC, Moment, TimesMet
from mlcli.grammar import cells, date_ways
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.wall_clock import Moments, Sorts
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation


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
    of_text
        Whether its cells stand in a file of text, where one can be written anew.

    Attributes
    ----------
    in_bulk
        Whether its cells were numbers so far that a quick reader knows as well as we do.
    times
        What its cells were so far, of a column of dates.
    trimmed
        How many words had blanks around them that are no part of them.
    """

    def __init__(
        self,
        name: str,
        kind: Kind,
        *,
        position: int,
        notation: Notation,
        zone: ZoneInfo | None,
        of_text: bool = False,
    ) -> None:
        self.name = name
        self.of_text = of_text
        self.kind = kind
        self.position = position
        self.notation = notation
        times_in = wall_clock.zone(notation.times_in, "times_in")
        self.zone = zone or times_in
        begins = notation.begins.get(name)
        self.times = TimesMet(name, wall=zone, times_in=times_in, begins=begins)
        self.in_bulk = (
            kind in {"number", "either"} and not notation.thousands and not notation.units
        )
        self.trimmed = 0
        self._read = notation.reader(kind)
        self._offset: tuple[timedelta | None, int] | None = None
        self._first: datetime | None = None
        self._before: tuple[str | None, ...] = ()

    def values(self, cells_: Sequence[str | None], lines: Sequence[int]) -> list[Any]:
        """Return a value a cell, ``None`` where one is missing.

        Raises
        ------
        DataError
            A cell is not of the column's kind; its place is ``line N``.
        """
        among = (*self._before, *cells_)
        found = [self.value(cell, line, among) for cell, line in zip(cells_, lines, strict=True)]
        self._before = among[:_ENOUGH]
        return found

    def moments(
        self, cells_: Sequence[Any], lines: Sequence[int], among: Sequence[str]
    ) -> tuple[Moments, Sorts]:
        """Return a moment a cell of a column of dates, and what each cell is; see ``values``.

        They are to be turned by ``times`` yet, which knows how often a cell is there.
        """
        met: list[Moment] = [
            self.value(cell, line, among) or _NOTHING
            for cell, line in zip(cells_, lines, strict=True)
        ]
        sorts = np.array([moment.sort for moment in met], dtype=np.int8)
        return array([moment.when for moment in met], "date"), sorts

    def value(self, cell: str | None, line: int, among: Sequence[str | None] = ()) -> Any:
        """Return the value of one cell, which stands among others; see ``values``.

        That of a date is a ``Moment``.
        """
        if cell is None or self.notation.is_missing(cell):
            return None
        try:
            value = self._read(cell)
        except cells.CellError as error:
            others, zoned = filter(None, among), self.zone is not None
            hint, fix, new = self.notation.hint(cell, self.kind, error, others, zoned=zoned)
            if isinstance(error, cells.TooManyDigitsError):
                hint = cells.as_word(self.name)
            if new is not None and self.of_text:
                fix += (Fix(new, (line, self.name)),)
            raise self.problem(line, str(error), hint, fix) from error
        if self.kind in WORDS:
            self.trimmed += self.notation.pads(cell)
        if not isinstance(value, datetime):
            return value
        bare = value.time() == _MIDNIGHT and self.notation.is_bare(cell)
        return self.moment(value, cell, line, bare=bare)

    def moment(self, when: datetime, cell: str, line: int, *, bare: bool = False) -> Moment:
        """Return a time as the clock on the wall showed it; one that is ``bare`` is a day.

        Raises
        ------
        DataError
            Its offset from UTC is not that of the times before, and no zone is known.
        """
        offset = when.utcoffset()
        plain = DAY if bare else TIME
        sort = plain if offset is None else OFFSET if offset else UTC
        if self.zone is not None:
            if when.tzinfo is None:
                return Moment(when, sort)
            try:
                return Moment(when.astimezone(self.zone).replace(tzinfo=None), sort)
            except OverflowError as error:
                raise self.problem(
                    line, f"{cells.shown(cell)} has no time in {self.zone}", "mend the cell"
                ) from error
        if self._offset is None:
            self._offset, self._first = (offset, line), when
        elif self._offset[0] != offset:
            raise self._another_offset(when, cell, line)
        return Moment(when.replace(tzinfo=None), sort)

    def _another_offset(self, when: datetime, cell: str, line: int) -> DataError:
        """Return the error about a time whose offset is not that of the times before."""
        assert self._offset is not None
        before, at = self._offset
        file, other = divmod(at, LINES_A_FILE)
        place = f"line {other}" + ("" if file == line // LINES_A_FILE else " of another file")
        message = f"{cells.shown(cell)} has another offset from UTC than {place}"
        if before is None:
            message = f"{cells.shown(cell)} has an offset from UTC, and {place} has none"
        elif when.tzinfo is None:
            message = f"{cells.shown(cell)} has no offset from UTC, and {place} has one"
        known = [t for t in (self._first, when) if t and t.tzinfo]
        zone = date_ways.for_example(known)
        ways = [(f"where the wall clock hangs:  timezone: {zone}", Fix(zone, ("timezone",)))]
        if len(known) == 1 and not any(t.utcoffset() for t in known):
            inn = "that the times without an offset are in UTC too:  times_in: UTC,  or "
            ways.insert(0, (inn, Fix("UTC", ("times_in",))))
        hint = "".join(said for said, _ in ways)
        fix = tuple(fix for _, fix in ways)
        return self.problem(line, message, f"say in the source {hint}", fix)

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


_MIDNIGHT: Final = time()
_NOTHING: Final = Moment(None, EMPTY)
_ENOUGH: Final = 20
"""First cells of a column that tell, beside those of a later part, how it is written."""


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
