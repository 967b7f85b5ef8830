"""Until when labels are known, and which rows still wait for theirs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from mlcli.definition.columns_needed import dated_by, origin
from mlcli.tables import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind

WAITING = "__waiting__"


class Labels:
    """Knows up to which date labels are known, from the label's source as it is read.

    That is the last date before any rule, of the rows that hold what the label is
    made from: a till that sold no pizza on its last day was open all the same.
    """

    def __init__(self, definition: Definition, shares: Mapping[str, Mapping[str, Kind]]) -> None:
        self.key = definition.key
        self.label = origin(definition.table_rules, definition.label.name)
        self.source = next(name for name, share in shares.items() if self.label in share)
        rules = definition.source_rules(self.source)
        self.date, self.periods = dated_by(rules, self.key)
        self.made_from = origin(rules, self.label)
        self.waits = definition.kind.waits
        self.dated = False
        self.last: datetime | None = None

    def dates(self, kinds: Mapping[str, Kind]) -> nw.Expr | None:
        """Return the dates that count, of columns of some kinds; ``None`` where none does."""
        import narwhals.stable.v2 as nw

        if kinds.get(self.date) != "date":
            return None
        if self.made_from not in kinds:
            return nw.col(self.date)
        return nw.when(~nw.col(self.made_from).is_null()).then(nw.col(self.date))

    def see(self, chunk: Frame) -> None:
        """Note the latest date of a chunk of the label's source."""
        import narwhals.stable.v2 as nw

        dates = self.dates(
            {c: "date" if d == nw.Datetime else "any" for c, d in chunk.schema.items()}
        )
        if dates is not None:
            self.note(join.plain(chunk.select(dates.max()).item()))

    def note(self, latest: datetime | None) -> None:
        """Note the latest date of some rows, if there is one."""
        if isinstance(latest, datetime):
            for per in self.periods:
                latest = per.start(latest)
            self.last = latest if self.last is None else max(self.last, latest)

    def mark_waiting(self, table: Frame, kinds: Mapping[str, Kind]) -> Frame:
        """Add the column that says of each row whether its label is not known yet."""
        import narwhals.stable.v2 as nw

        waiting = nw.col(self.label).is_null() & nw.lit(self.waits)
        self.dated = self.key is not None and kinds.get(self.key) == "date"
        if self.key and self.dated and self.last is not None:
            waiting = waiting & (nw.col(self.key) > self.last)
        return table.with_columns(waiting.alias(WAITING))
