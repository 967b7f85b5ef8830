"""Rules that gather rows: count, sum, mean. Each keeps a small state a chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import narwhals.stable.v2 as nw
from pydantic import Field, model_validator

from mlcli import wording
from mlcli.definition.rules.base import Doubt, first_line, later, missing, too_early
from mlcli.definition.rules.kinds import AggregateRule
from mlcli.definition.vocabulary import Name, OptionError, PerPhrase
from mlcli.errors import DataError
from mlcli.grammar.phrases import Per

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from mlcli.definition.rules.base import AnyFrame, Frame
    from mlcli.grammar.cells import Kind

_ROWS = "__rows__"


class Gather(AggregateRule):
    """A rule that makes one row of all rows with the same key."""

    per: PerPhrase
    as_: Name = Field(alias="as")

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if self.as_ == self.per.name:
            message = f"the key is called {self.as_!r} already"
            raise OptionError(message, "choose another name", key="as")
        return self

    def needs(self) -> dict[str, Kind]:
        """Return the column that rows are gathered by."""
        return {self.per.column: "date" if self.per.unit else "any"}

    def gives(self) -> dict[str, Kind]:
        """Return the key and the number that is made."""
        return {self.per.name: "date" if self.per.unit else "any", self.as_: "number"}

    def origin(self, column: str) -> str:
        """Return what the key is made from; the column that is made comes from nothing."""
        if column == self.per.name:
            return self.per.column
        return "" if column == self.as_ else column

    @property
    def key(self) -> str:
        """Return the name of the column that rows are gathered by."""
        return self.per.name

    def day_begins(self) -> dict[str, timedelta]:
        """Return when a day of the column begins that rows are gathered by."""
        return {self.per.column: self.per.starts} if self.per.unit else {}

    def begun(self, after: timedelta) -> tuple[str, object]:
        """Return the phrase that rows are gathered by."""
        return "per", wording.begun(f"{self.per.unit} of {self.per.column}", after)

    def period(self) -> Per | None:
        """Return the day, week or month that rows are gathered by."""
        return self.per if self.per.unit else None

    def totals(self, column: str) -> bool:
        """Say whether a column is what is counted or added up in a period."""
        return column == self.as_ and self.per.unit is not None

    def doubts(self) -> Sequence[Doubt]:
        """Return that the key is missing, or would be a day before the year 1."""
        found = (missing(self.per.column, self.says()),)
        if not (self.per.unit and self.per.starts):
            return found
        return *found, Doubt(too_early(nw.col(self.per.column), self.per.starts), self._early)

    def _early(self, rows: Frame) -> DataError:
        column, starts = self.per.column, wording.time_of_day(self.per.starts)
        way = wording.keys_in_yaml({"between": {column: "from 0001-01-02"}})
        return DataError(
            f"{column!r} is {wording.written(rows[column][0])}, and a day that begins at {starts} "
            "would be one before the year 1",
            place=first_line(rows),
            hint=f"mend the cell, or leave such rows out first, with  {way}",
        )

    def keyed(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the key, and a 1 for each row."""
        return frame.with_columns(_key(self.per).alias(self.key), nw.lit(1.0).alias(_ROWS))

    def combine(self, partials: Frame) -> Frame:
        """Return the sums of several states added up."""
        sums = [nw.col(name).sum() for name in self.state()]
        return partials.group_by(self.key).agg(*sums).sort(self.key)


def _key(per: Per) -> nw.Expr:
    if per.unit is None:
        return nw.col(per.column)
    column = later(nw.col(per.column), -per.starts)
    match per.unit:
        case "day":
            return column.dt.truncate("1d")
        case "week":
            return _monday(column.dt.truncate("1d"))
        case "month":
            return column.dt.truncate("1mo")


def _monday(day: nw.Expr) -> nw.Expr:
    """Return the Monday of each day's week; Narwhals truncates to no weeks."""
    found = day
    for back in range(1, 7):  # a Tuesday goes one day back, a Sunday six
        after = day.dt.weekday() % 7 == (back + 1) % 7
        found = nw.when(after).then(day.dt.offset_by(f"-{back}d")).otherwise(found)
    return found


class Count(Gather):
    """Count the rows per day, week, month or value of a column."""

    def says(self) -> str:
        """Return ``count per day of datetime``."""
        return f"count per {self.per.text}"

    def state(self) -> dict[str, str]:
        """Return the number of rows a key."""
        return {self.as_: _ROWS}


class _OfColumn(Gather):
    """A rule that adds a column up."""

    of: Name

    @model_validator(mode="after")
    def _key_apart(self) -> Self:
        if self.per.unit and self.of == self.per.name:
            message = f"the key is called {self.of!r} too"
            raise OptionError(message, "put  rename  before it", key="of")
        if self.per.unit and self.of == self.per.column:
            message = f"{self.of!r} cannot be both a number and a date"
            raise OptionError(message, "name the column that is added up", key="of")
        return self

    def needs(self) -> dict[str, Kind]:
        """Return the key's column and the number that is added up."""
        return {**super().needs(), self.of: "number"}

    def doubts(self) -> Sequence[Doubt]:
        """Return that the number is missing, or the key."""
        return (missing(self.of, self.says()), *super().doubts())

    def state(self) -> dict[str, str]:
        """Return the sum a key."""
        return {self.as_: self.of}

    def origin(self, column: str) -> str:
        """Return what the key is made from, and the number that is added up."""
        return self.of if column == self.as_ else super().origin(column)


class Sum(_OfColumn):
    """Add a number up per day, week, month or value of a column."""

    def says(self) -> str:
        """Return ``sum of quantity per day of ordered_at``."""
        return f"sum of {self.of} per {self.per.text}"


class Mean(_OfColumn):
    """Average a number per day, week, month or value of a column."""

    def says(self) -> str:
        """Return ``mean of temperature per day of read_at``."""
        return f"mean of {self.of} per {self.per.text}"

    def state(self) -> dict[str, str]:
        """Return the sum and the number of rows a key."""
        return {self.as_: self.of, _ROWS: _ROWS}

    def totals(self, column: str) -> bool:
        """Say that an average is no total."""
        del column
        return False

    def finish(self, state: Frame) -> Frame:
        """Return the sums divided by the numbers of rows."""
        return state.with_columns(nw.col(self.as_) / nw.col(_ROWS)).drop(_ROWS)
