"""What every rule is: options, the columns it reads and makes, and its words.

The kind of a rule decides how it runs:

``where``      a test on a row: rows leave, columns stay
``columns``    row by row: columns come, rows stay
``aggregate``  many rows become one; ``partial`` on a chunk, ``finish`` at the end
``whole``      needs the whole table at once
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from mlcli.errors import DataError
from mlcli.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import narwhals.stable.v2 as nw

    from mlcli.cells import Kind
    from mlcli.predicates import Predicate

    Frame = nw.DataFrame[Any]

LINE = "__line__"
"""The hidden column that remembers a row's line in its file, until rows merge."""

RuleKind = Literal["where", "columns", "aggregate", "whole"]


class Rule(Frozen):
    """One pure step from table to table."""

    kind: ClassVar[RuleKind]

    def needs(self) -> dict[str, Kind]:
        """Return the columns the rule reads, and what they must be."""
        raise NotImplementedError

    def gives(self) -> dict[str, Kind]:
        """Return the columns the rule makes."""
        return {}

    def says(self) -> str:
        """Return the rule in a few words, for the row ledger."""
        raise NotImplementedError

    def origin(self, column: str) -> str:
        """Return the column before the rule that one after it is made from.

        That is the column itself where the rule leaves it alone, and nothing where the
        rule counts rows.
        """
        return column

    def on(self, date: str | None) -> Self:
        """Return the rule with the table's date where it names no column."""
        del date
        return self


class WhereRule(Rule):
    """A rule that leaves rows out, by a test on each."""

    kind = "where"
    because: str = ""

    def predicate(self) -> Predicate:
        """Return the test that the rows that stay meet."""
        raise NotImplementedError

    def check(self, frame: Frame) -> None:
        """Raise where a value misses the test only by the way it is written."""

    def needs(self) -> dict[str, Kind]:
        """Return the columns of the conditions."""
        return {c.column: c.kind for c in self.predicate().conditions}

    def apply(self, frame: Frame) -> Frame:
        """Return the rows that stay, in their order."""
        self.check(frame)
        return frame.filter(self.predicate().expression())


class ColumnsRule(Rule):
    """A rule that makes columns, row by row."""

    kind = "columns"

    def possible(self, columns: AbstractSet[str]) -> Self | None:
        """Return what of the rule can be worked out of some columns alone."""
        return self if self.needs().keys() <= columns else None

    def apply(self, frame: Frame) -> Frame:
        """Return the table with the columns made; rows and order as before."""
        raise NotImplementedError


class AggregateRule(Rule):
    """A rule that gathers many rows into one."""

    kind = "aggregate"

    def partial(self, frame: Frame) -> Frame:
        """Return the state of one chunk: a row a key, small enough to keep."""
        raise NotImplementedError

    def combine(self, partials: Frame) -> Frame:
        """Return the state of several partial states put below each other."""
        raise NotImplementedError

    def finish(self, state: Frame) -> Frame:
        """Return the table that the state stands for, in the order of its keys."""
        return state


class WholeRule(Rule):
    """A rule that must see the whole table."""

    kind = "whole"

    def apply(self, frame: Frame) -> Frame:
        """Return the new table."""
        raise NotImplementedError


def first_line(frame: Frame) -> str:
    """Say where the first row of a table stands: ``line 7`` or nothing."""
    if LINE not in frame.columns or not len(frame):
        return ""
    return f"line {frame[LINE][0]}"


def refuse_missing(frame: Frame, column: str, rule: str) -> None:
    """Raise if a column that a rule adds up or groups by has an empty cell.

    Raises
    ------
    DataError
        The message names the first line.
    """
    import narwhals.stable.v2 as nw

    empty = frame.filter(nw.col(column).is_null())
    if len(empty):
        raise DataError(
            f"{column!r} is empty, and {rule} needs it in every row",
            place=first_line(empty),
            hint=f"put  drop_missing: {{of: {column}}}  or  fill_missing  before it",
        )
