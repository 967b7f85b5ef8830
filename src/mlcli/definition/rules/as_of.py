"""The rule that leaves out what was not known yet: as_of."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from mlcli.answering.domain import Condition, Predicate
from mlcli.definition.rules.base import Doubt, first_line
from mlcli.definition.rules.kinds import WhereRule
from mlcli.definition.vocabulary import ClockPhrase, Contradiction, Name, OptionError
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw

    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.phrases import Per


class AsOf(WhereRule):
    """Keep the rows that were made before a time of the day that they are for."""

    time: ClockPhrase = Field(description="When the question is asked, such as 12:00.")
    made: Name = Field(description="The column that says when a row came in.")
    of: Name = Field(description="The column that says for when it is.")
    days_before: Annotated[int, Field(ge=0, le=366)] = Field(
        0, description="How many days before that day the question is asked."
    )
    from_: ClockPhrase | None = Field(
        None, alias="from", description="When a day begins, if not at midnight."
    )

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        if self.made == self.of:
            message = f"{self.made!r} cannot be both when a row came in and for when it is"
            raise OptionError(message, "name the column of when a row came in", key="made")
        return self

    @property
    def starts(self) -> timedelta:
        """Return how long after midnight a day begins."""
        return self.from_.after if self.from_ else timedelta(0)

    @property
    def cut(self) -> timedelta:
        """Return how long after the day's midnight the question is asked; before it, if below 0."""
        after: timedelta = self.time.after
        return after - timedelta(days=self.days_before)

    def predicate(self) -> Predicate:
        """Return what each column is asked alone: that it has a date."""
        conditions = (
            Condition(self.made, "date", "present"),
            Condition(self.of, "date", "present"),
        )
        return Predicate(conditions, keeps=True, rule=self.says(), because=self.because)

    def stays(self) -> nw.Expr:
        """Return: it came in before the time of the day it is for, the time itself left out."""
        import narwhals.stable.v2 as nw

        day = _moved(nw.col(self.of), -self.starts).dt.truncate("1d")
        known = nw.col(self.made) < _moved(day, self.cut)
        never = nw.lit(value=False)
        return nw.when(super().stays()).then(known).otherwise(never)

    def doubts(self) -> Sequence[Doubt]:
        """Return that one of the two dates is missing."""
        import narwhals.stable.v2 as nw

        return [
            Doubt(nw.col(column).is_null(), partial(self._unknown, column))
            for column in (self.made, self.of)
        ]

    def _unknown(self, column: str, rows: Frame) -> DataError:
        return DataError(
            f"{column!r} is empty, and {self.says()} needs it in every row",
            place=first_line(rows),
            hint=f"put  drop_missing: {{of: {column}}}  before it, or fill the cell in the export",
        )

    @property
    def cuts_off(self) -> bool:
        """Say that this is what it is for."""
        return True

    def nothing_cut(self) -> str:
        """Return what to note where every row came in before the time."""
        return f"as of {self.asked}: nothing was cut: is {self.made} when the booking was made?"

    def instead(self, seen: Frame) -> str:
        """Ask whether the two columns are the right ones, where no row is left."""
        del seen
        return f"is {self.made} when the booking was made, and {self.of} for when it is?"

    def misplaced(
        self, before: Sequence[Rule], after: Sequence[Rule], *, joined: bool
    ) -> Sequence[Contradiction]:
        """Return that no single rows are left, or that they are gathered by another day."""
        found = []
        if joined:
            message = "rows are cut off in a source, not after the join"
            hint = "move the rule to its source, above  count  or  sum"
            found.append(Contradiction((), message, hint))
        elif any(earlier.gathers for earlier in before):
            message = "the rows are gathered already, and none can be cut off"
            hint = "put  as_of  above the rule that gathers them"
            found.append(Contradiction((), message, hint))
        for later in after:
            per = later.period()
            if per and per.column == self.of:
                if per.starts != self.starts:
                    found.append(self._other_day(per, later.says()))
                break
        return found

    def _other_day(self, per: Per, gathers: str) -> Contradiction:
        hour, minute = divmod(int(per.starts.total_seconds()) // 60, 60)
        begins = f"{hour:02}:{minute:02}"
        own = self.from_.text if self.from_ else "00:00"
        hint = f'write  from: "{begins}"  in as_of' if per.starts else "take  from:  away"
        message = f"a day begins at {own} for as_of, and at {begins} for {gathers}"
        return Contradiction((), message, hint)

    @property
    def asked(self) -> str:
        """Return when the question is asked: ``12:00``, or ``12:00 the day before``."""
        days = self.days_before
        before = "" if not days else " the day before" if days == 1 else f", {days} days before"
        return f"{self.time.text}{before}"

    def says(self) -> str:
        """Return ``as_of 12:00 by booked_at``."""
        comma = "," if "," in self.asked else ""
        return f"as_of {self.asked}{comma} by {self.made}"


def _moved(column: nw.Expr, by: timedelta) -> nw.Expr:
    seconds = int(by.total_seconds())
    return column.dt.offset_by(f"{seconds}s") if seconds else column
