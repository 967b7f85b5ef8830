"""The four kinds of rules; the kind of a rule decides how it runs.

``where``      a test on a row: rows leave, columns stay
``columns``    row by row: columns come, rows stay
``aggregate``  many rows become one; ``partial`` on a chunk, ``finish`` at the end
``whole``      needs the whole table at once
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.answering.domain import Condition, Predicate
from mlcli.definition.known_columns import UNKNOWN, KnownColumns, merged
from mlcli.definition.rules.base import LINE, Rule, below
from mlcli.definition.vocabulary import Contradiction
from mlcli.errors import DataError, did_you_mean, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from mlcli.definition.known_columns import Wanted
    from mlcli.definition.rules.base import AnyFrame, Frame
    from mlcli.grammar.cells import Kind


class WhereRule(Rule):
    """A rule that leaves rows out, by a test on each."""

    outcome = "{lost} left out"
    keeps: ClassVar[bool] = True
    """Whether the rows that meet the conditions stay, and not the others."""

    because: str = ""

    def why(self) -> str:
        """Return what stands under ``because``."""
        return self.because

    def conditions(self) -> tuple[Condition, ...]:
        """Return what is asked of the columns of a row."""
        raise NotImplementedError

    def predicate(self) -> Predicate:
        """Return the test that the rows that stay meet."""
        return Predicate(
            conditions=self.conditions(), keeps=self.keeps, rule=self.says(), because=self.because
        )

    def domain(self) -> tuple[Predicate, ...]:
        """Return the test: what rows were left out for is refused in questions."""
        return (self.predicate(),)

    def stays(self) -> nw.Expr:
        """Return the expression that is true for the rows that stay; never null."""
        return self.predicate().expression()

    def needs(self) -> dict[str, Kind]:
        """Return the columns of the conditions."""
        return {c.column: c.kind for c in self.conditions()}

    def apply(self, frame: Frame) -> Frame:
        """Return the rows that stay, in their order."""
        self.refuse(frame)
        return frame.filter(self.stays())

    def over(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Yield what stays of each chunk; raise at the end if that was nothing."""
        came, stayed, seen = 0, 0, None
        for chunk in chunks:
            kept = self.apply(chunk)
            came, stayed = came + len(chunk), stayed + len(kept)
            seen = chunk if seen is None else seen
            yield kept
        if came and not stayed and seen is not None:
            raise DataError(
                f"no row is left after  {self.says()}  ({came:,} before it)",
                hint=self.instead(seen),
            )

    def instead(self, seen: Frame) -> str:
        """Name the values that there are instead: the nearest words, or one for example."""
        conditions = self.conditions()
        for condition in conditions:
            if condition.test == "in" and condition.kind == "text":
                found = [str(v) for v in seen[condition.column].drop_nulls().unique().to_list()]
                hint = did_you_mean(str(condition.values[0]), found)
                if hint:
                    return f"{condition.column}: {hint}"
        column = conditions[0].column
        values = seen[column].drop_nulls().to_list()
        return f"{column} is {wording.written(values[0]) if values else 'empty'}, for example"

    def left_out(self, frame: Frame) -> Frame:
        """Return the rows that do not meet the test."""
        return frame.filter(~self.stays())

    def staying(self, columns: Sequence[str], among: nw.Expr) -> nw.Expr:
        """Return what is true for the rows that meet the test too."""
        del columns
        return among & self.stays()


class ColumnsRule(Rule):
    """A rule that makes columns, row by row."""

    def possible(self, columns: AbstractSet[str]) -> Self | None:
        """Return the rule if all that it needs is there."""
        return self if self.needs().keys() <= columns else None

    def implied(self) -> dict[str, Kind]:
        """Return every column that is made: one row is enough for it."""
        return self.gives()

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
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
        return self.with_columns(frame)

    def over(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Return each chunk with the columns made."""
        return map(self.apply, chunks)


class AggregateRule(Rule):
    """A rule that gathers many rows into one."""

    outcome = "gathered"
    gathers = True

    @property
    def key(self) -> str:
        """Return the name of the column that rows are gathered by."""
        raise NotImplementedError

    def _needed_for(self, wanted: Mapping[str, Kind], gives: Mapping[str, Kind]) -> Wanted:
        # A plain column that rows are gathered by is wanted as what it is needed as.
        same = {c for c, kind in gives.items() if kind == "any"} & wanted.keys()
        needs = self.needs()
        return {c: merged(c, kind, wanted[c]) if c in same else kind for c, kind in needs.items()}

    def known_after(self, known: KnownColumns) -> KnownColumns:
        """Return the columns that are made: there are no others."""
        del known
        return KnownColumns(self.gives(), closed=True, renamed={})

    def columns_after(self, columns: Sequence[str]) -> list[str]:
        """Return the columns that are made."""
        del columns
        return [*self.gives()]

    def misplaced(
        self, before: Sequence[Rule], after: Sequence[Rule], *, joined: bool
    ) -> Sequence[Contradiction]:
        """Return that rows are gathered before the join, and each row once."""
        del after
        if joined:
            message = "rows are gathered in a source, not after the join"
            return (Contradiction((), message, "move the rule to its source"),)
        known = UNKNOWN
        for rule in before:
            known = rule.known_after(known)
        lacking = list(filter(known.lack, self.needs()))
        misspelt = any(near(column, known.made) for column in lacking)
        if lacking and not misspelt and any(rule.gathers for rule in before):
            message = f"rows were gathered above: only {wording.both([*known.made])} are left here"
            hint = "put this rule into a second source of the same  file:,  and  join:  both"
            return (Contradiction((), message, hint),)
        return ()

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
        self.refuse(frame)
        sums = [nw.col(column).sum().alias(name) for name, column in self.state().items()]
        return self.keyed(frame).group_by(self.key).agg(*sums).sort(self.key)

    def combine(self, partials: Frame) -> Frame:
        """Return the state of several partial states put below each other."""
        raise NotImplementedError

    def finish(self, state: Frame) -> Frame:
        """Return the table that the state stands for, in the order of its keys."""
        return state

    def over(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Yield one table, once all chunks are gathered."""
        partials: list[Frame] = []
        for chunk in chunks:
            partials.append(self.partial(chunk))
            if sum(map(len, partials)) > _STATE_ROWS:
                partials = [self.combine(below(partials))]
        if partials:
            yield self.finish(self.combine(below(partials)))


_STATE_ROWS = 200_000
"""Partial states are merged once this many rows of them have gathered, so that memory
follows the number of keys and not the length of the export."""


class WholeRule(Rule):
    """A rule that must see the whole table."""

    outcome = "{lost} repeated"
    needs_all_rows = True

    def apply(self, frame: Frame) -> Frame:
        """Return the new table."""
        raise NotImplementedError

    def over(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Return the new table, once all chunks have come."""
        return map(self.apply, self.pieces(chunks))

    def pieces(self, chunks: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the whole table."""
        collected = list(chunks)
        if collected:
            yield below(collected)

    def left_out(self, frame: Frame) -> Frame:
        """Return the rows that are not in the new table."""
        numbered = frame if LINE in frame.columns else frame.with_row_index(LINE)
        dropped = numbered.filter(~nw.col(LINE).is_in(self.apply(numbered)[LINE].to_list()))
        return dropped.select(frame.columns)
