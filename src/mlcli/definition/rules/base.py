"""What every rule is: options, the columns it reads and makes, and its words.

The kind of a rule decides how it runs:

``where``      a test on a row: rows leave, columns stay
``columns``    row by row: columns come, rows stay
``aggregate``  many rows become one; ``partial`` on a chunk, ``finish`` at the end
``whole``      needs the whole table at once
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeVar

from mlcli.definition.vocabulary import Frozen
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    import narwhals.stable.v2 as nw

    from mlcli.answering.domain import Predicate
    from mlcli.grammar.cells import Kind

    Frame = nw.DataFrame[Any]
    AnyFrame = TypeVar("AnyFrame", nw.DataFrame[Any], nw.LazyFrame[Any])

LINE = "__line__"
"""The hidden column that remembers a row's line in its file, until rows merge."""

RuleKind = Literal["where", "columns", "aggregate", "whole"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that a rule cannot take.

    ``bad`` is true for them, and ``error`` says of a table of them what is wrong.
    """

    bad: nw.Expr
    error: Callable[[Frame], DataError]


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

    @property
    def by_expression(self) -> bool:
        """Say whether the rule is expressions alone, which any engine can work out."""
        return True

    def doubts(self) -> Sequence[Doubt]:
        """Return which rows the rule cannot take, the worst first."""
        return ()

    def refuse(self, frame: Frame) -> None:
        """Raise if the rule cannot take some row of a table.

        Raises
        ------
        DataError
            The message names the first line.
        """
        for doubt in self.doubts():
            rows = frame.filter(doubt.bad)
            if len(rows):
                raise doubt.error(rows)


class WhereRule(Rule):
    """A rule that leaves rows out, by a test on each."""

    kind = "where"
    because: str = ""

    def predicate(self) -> Predicate:
        """Return the test that the rows that stay meet."""
        raise NotImplementedError

    def stays(self) -> nw.Expr:
        """Return the expression that is true for the rows that stay; never null."""
        return self.predicate().expression()

    def needs(self) -> dict[str, Kind]:
        """Return the columns of the conditions."""
        return {c.column: c.kind for c in self.predicate().conditions}

    def apply(self, frame: Frame) -> Frame:
        """Return the rows that stay, in their order."""
        self.refuse(frame)
        return frame.filter(self.stays())


class ColumnsRule(Rule):
    """A rule that makes columns, row by row."""

    kind = "columns"

    def possible(self, columns: AbstractSet[str]) -> Self | None:
        """Return what of the rule can be worked out of some columns alone."""
        return self if self.needs().keys() <= columns else None

    def made(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the columns made, of rows that no doubt is about."""
        raise NotImplementedError

    def apply(self, frame: Frame) -> Frame:
        """Return the table with the columns made; rows and order as before.

        Raises
        ------
        DataError
            The rule cannot take some row.
        """
        self.refuse(frame)
        return self.made(frame)


class AggregateRule(Rule):
    """A rule that gathers many rows into one."""

    kind = "aggregate"

    @property
    def key(self) -> str:
        """Return the name of the column that rows are gathered by."""
        raise NotImplementedError

    def keyed(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the key, and what else is added up beside columns."""
        raise NotImplementedError

    def state(self) -> dict[str, str]:
        """Return the columns that are added up for each key, by the name of the sum."""
        raise NotImplementedError

    def partial(self, frame: Frame) -> Frame:
        """Return the state of one chunk: a row a key, small enough to keep.

        Raises
        ------
        DataError
            A cell that is needed is empty.
        """
        import narwhals.stable.v2 as nw

        self.refuse(frame)
        sums = [nw.col(column).sum().alias(name) for name, column in self.state().items()]
        return self.keyed(frame).group_by(self.key).agg(*sums).sort(self.key)

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

    def stays(self, columns: Sequence[str], among: nw.Expr) -> nw.Expr:
        """Return what is true for the rows that stay, of those ``among`` which there is a choice.

        ``columns`` are those of the table. This is how engines that promise no order
        of rows work it out, from the line of each.
        """
        raise NotImplementedError


def first_line(frame: Frame) -> str:
    """Say where the first row of a table stands: ``line 7`` or nothing."""
    if LINE not in frame.columns or not len(frame):
        return ""
    return f"line {frame[LINE][0]}"


def missing(column: str, rule: str) -> Doubt:
    """Return the doubt about rows that lack what a rule adds up or groups by."""
    import narwhals.stable.v2 as nw

    def error(empty: Frame) -> DataError:
        return DataError(
            f"{column!r} is empty, and {rule} needs it in every row",
            place=first_line(empty),
            hint=f"put  drop_missing: {{of: {column}}}  or  fill_missing  before it",
        )

    return Doubt(nw.col(column).is_null(), error)
