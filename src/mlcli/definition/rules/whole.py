"""Rules that need the whole table at once: drop_duplicates, every."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import narwhals.stable.v2 as nw
from pydantic import Field, model_validator

from mlcli import wording
from mlcli.answering.column import Times, periods
from mlcli.definition.rules.base import LINE, kinds_of, shown
from mlcli.definition.rules.kinds import WholeRule
from mlcli.definition.vocabulary import Contradiction, Name, Names, OptionError, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mlcli.definition.rules.base import Ends, Frame, Rule
    from mlcli.grammar.cells import Kind


class DropDuplicates(WholeRule):
    """Keep the first of the rows that are the same in these columns, or in all."""

    of: Names | None = None

    def needs(self) -> dict[str, Kind]:
        """Return the columns named; every column of the file where none is."""
        return dict.fromkeys(self.of or (), "any")

    @property
    def needs_every_column(self) -> bool:
        """Say that whole rows are compared where no column is named."""
        return not self.of

    def says(self) -> str:
        """Return ``drop_duplicates of booking``."""
        return f"drop_duplicates of {', '.join(self.of)}" if self.of else "drop_duplicates"

    def apply(self, frame: Frame) -> Frame:
        """Return the first row of each, in the order of the file."""
        compared = list(self.of or shown(frame.columns))
        return frame.unique(compared, keep="first", maintain_order=True)

    def staying(self, columns: Sequence[str], among: nw.Expr) -> nw.Expr:
        """Return what is true for the first row of each, of those ``among`` which it is."""
        compared = list(self.of or shown(columns))
        first = nw.when(among).then(nw.col(LINE)).min().over(*compared)
        return among & (nw.col(LINE) == first)


class Every(WholeRule):
    """Make a row for each day, week or month of a column of dates that has none."""

    outcome = "{made} made where there was none"
    own_keys = "day: COLUMN"

    day: Name | None = None
    week: Name | None = None
    month: Name | None = None
    fill: dict[Name, Scalar] = Field(default_factory=dict)
    """What stands in the rows that are made; other columns are empty there."""

    @model_validator(mode="after")
    def _of_one_column(self) -> Self:
        named = [unit for unit in ("day", "week", "month") if getattr(self, unit)]
        if len(named) != 1:
            several = f"it names {' and '.join(named)}" if named else "it names no period"
            raise OptionError(several, "write  every: {day: COLUMN, fill: {COLUMN: 0}}")
        if self.ranges_over in self.fill:
            message = f"{self.ranges_over!r} is the date of a row, and not filled"
            raise OptionError(message, "take it away", key="fill")
        return self

    @property
    def unit(self) -> str:
        """Return ``day``, ``week`` or ``month``."""
        return "day" if self.day else "week" if self.week else "month"

    @property
    def ranges_over(self) -> str:
        """Return the column of dates."""
        return self.day or self.week or self.month or ""

    def needs(self) -> dict[str, Kind]:
        """Return the dates, and the columns that are filled, of the kind of their values."""
        return {self.ranges_over: "date", **kinds_of(self.fill)}

    def says(self) -> str:
        """Return ``every day of day, with orders 0``."""
        filled = [f"{column} {wording.written(value)}" for column, value in self.fill.items()]
        most = f", with {', '.join(filled)}" if filled else ""
        return f"every {self.unit} of {self.ranges_over}{most}"

    @property
    def by_expression(self) -> bool:
        """Say that no expression makes rows."""
        return False

    def misplaced(
        self, before: Sequence[Rule], after: Sequence[Rule], *, joined: bool
    ) -> Sequence[Contradiction]:
        """Return that rows are made in a source, once its rows were gathered."""
        if joined:
            message = "every belongs in a source, below its count or sum"
            return (Contradiction((), message, "move the rule to its source"),)
        if any(r.gathers for r in after) and not any(r.gathers for r in before):
            message = "rows made here would be counted as real ones"
            hint = "put it below the rule that gathers rows"
            return (Contradiction((), message, hint),)
        return ()

    def apply(self, frame: Frame) -> Frame:
        """Return the table with a row for each period between its first date and its last."""
        return self._made(frame, None)

    def within(self, chunks: Iterator[Frame], ends: Ends) -> Iterator[Frame]:
        """Return the table with a row for each period of the export."""
        return (self._made(frame, ends()) for frame in self.pieces(chunks))

    def left_out(self, frame: Frame) -> Frame:
        """Return no row: all stay."""
        return frame.head(0)

    def _made(self, frame: Frame, ends: tuple[datetime, datetime] | None) -> Frame:
        import numpy as np

        frame = frame.select(shown(frame.columns))  # a row that is made stands in no line
        column, backend = self.ranges_over, frame.implementation
        dates = Times(frame[column].drop_nulls().to_numpy().astype("datetime64[us]"))
        found = [*(ends or ()), *np.sort(dates.values)[[0, -1] if len(dates) else []].tolist()]
        if not found:
            return frame
        lacking = np.setdiff1d(periods(self.unit, min(found), max(found)), dates.starts(self.unit))
        made = {
            name: lacking if name == column else [self.fill.get(name)] * len(lacking)
            for name in frame.columns
        }
        new = nw.from_dict(
            {
                name: nw.new_series(name, made[name], dtype, backend=backend)
                for name, dtype in frame.schema.items()
            },
            backend=backend,
        )
        both = nw.concat([frame, new], how="vertical")
        order = np.argsort(both[column].to_numpy(), kind="stable")
        sorted_: Frame = both[order.tolist()]
        return sorted_
