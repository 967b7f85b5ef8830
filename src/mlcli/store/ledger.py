"""Where every row went, from the files to the rows that were learned from."""

from dataclasses import dataclass, field
from typing import Any

from mlcli import wording
from mlcli.errors import place_of
from mlcli.store.records import UNWRITTEN

MOST_NAMED = 100
"""Rows that are named of those that are left out for a reason."""

# What is counted is always written, 0 too, and so has a factory and no default.


@dataclass(slots=True)
class Counted:
    """How many rows came to a rule, and how many it passed on.

    ``outcome`` says what became of the others. ``lost`` holds frames of the first rows that it
    left out, where that was asked for; neither is part of what is kept of a fit.
    """

    rule: str
    because: str = field(default_factory=str)
    rows_in: int = field(default_factory=int, metadata={"key": "in"})
    rows_out: int = field(default_factory=int, metadata={"key": "out"})
    outcome: str = field(default_factory=str, metadata=UNWRITTEN)
    lost: list[Any] = field(default_factory=list, metadata=UNWRITTEN)


@dataclass(slots=True)
class SourceCount:
    """The rows of one export, and what its rules made of them.

    ``keep`` is how many rows to remember of those that each rule leaves out.
    """

    name: str = field(metadata={"key": "source"})
    file: str
    files: tuple[str, ...] = field(default_factory=tuple, metadata=UNWRITTEN)
    rows: int = field(default_factory=int)
    rules: list[Counted] = field(default_factory=list)
    rows_out: int = field(default_factory=int, metadata={"key": "out"})
    keep: int = field(default_factory=int, metadata=UNWRITTEN)


@dataclass(slots=True)
class Gaps:
    """How many of some periods have no row, and the rule that makes one for each, if one does.

    ``source`` has that rule; ``weekday`` is the only one that all of those days are.
    """

    unit: str
    without: int
    of: int
    rule: str = field(default_factory=str)
    source: str = field(default_factory=str)
    weekday: str = field(default_factory=str)

    @property
    def words(self) -> str:
        """Return ``20 of 365 days have no row``."""
        has = "has" if self.without == 1 else "have"
        days = f", all of them {self.weekday}s" if self.weekday else ""
        return f"{self.without:,} of {wording.count(self.of, self.unit)} {has} no row{days}"

    @property
    def ways(self) -> list[tuple[str, str]]:
        """What the periods may be, with where a rule for them goes; and that rule."""
        if not self.rule:
            return []
        there = f"last under the rules of {self.source}"
        found = [(f"if such a {self.unit} means 0, write {there}", f"- {self.rule}")]
        if self.weekday:
            drop = f"- drop_weekdays: {{days: [{self.weekday}]}}"
            said = "if it was closed, nothing to do; to refuse such days, write below the sources"
            found.append((said, drop))
        return found


@dataclass(slots=True)
class Ledger:
    """The whole account of a definition's rows.

    ``left_out`` holds, by reason, the rows that no rule dropped and that were not
    learned from all the same; ``examples`` names a few of them. ``notes`` say what may
    not be meant of the columns that came, and are no part of what is kept of a fit. ``gaps``
    says of how many periods there is no row, where rows stand for periods.
    """

    sources: list[SourceCount] = field(default_factory=list)
    joined: int = field(default_factory=int)
    rules: list[Counted] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    used: int = field(default_factory=int)
    notes: list[str] = field(default_factory=list, metadata=UNWRITTEN)
    gaps: Gaps | None = None

    def leave_out(self, reason: str, count: int, first: list[str]) -> None:
        """Note rows that are not learned from, why, and the names of the first ones."""
        if count:
            self.left_out[reason] = count
            self.examples[reason] = first

    def place(self, line: int) -> str:
        """Return ``file:line`` of a row of the only export, of which no rule gathered any."""
        return place_of(self.sources[0].file, self.sources[0].files, line)

    def losses(self) -> str:
        """Say where rows were lost: left out by reason, dropped by rule."""
        lost = [f"{count:,} left out: {reason}" for reason, count in self.left_out.items()]
        lost += [
            f"{rule.rows_in - rule.rows_out:,} dropped: {rule.rule}"
            for rule in self.rules
            if rule.rows_in > rule.rows_out
        ]
        return "; ".join(lost)

    def short_losses(self, room: int) -> str:
        """Say in one line of some width how many rows are left out and why, so that it adds up."""
        passed = ((rule.rows_in - rule.rows_out, rule.rule) for rule in self.rules)
        lost = [(count, rule) for count, rule in passed if count > 0]
        lost += [(count, reason) for reason, count in self.left_out.items()]
        brief, line = [(count, why.partition(": ")[0]) for count, why in lost], ""
        for said, shown in [(lost, len(lost)), *((brief, at) for at in range(len(lost), 0, -1))]:
            parts = [f"{count:,} {why}" for count, why in said[:shown]]
            if rest := said[shown:]:
                reasons = wording.count(len(rest), "other reason")
                parts.append(f"{sum(count for count, _ in rest):,} for {reasons}")
            line = f"left out of {self.joined:,}: {'; '.join(parts)}" if lost else ""
            if wording.width(wording.plain(line)) <= room:
                break
        return wording.cut(line, room)
