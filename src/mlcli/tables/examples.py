"""Exports to examples: run the rules, join, and say of every row what it is good for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.column import Times, Words
from mlcli.definition import columns_needed
from mlcli.definition.rules.base import FILLED, LINE
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.store.ledger import Ledger
from mlcli.tables import column_owners, join, rules_over_chunks
from mlcli.tables.column_owners import WAITING, Labels, holds_dates, share_out
from mlcli.tables.losses import Losses, lacks
from mlcli.tables.reach import Reach
from mlcli.tables.rules_over_chunks import by_chunks
from mlcli.tables.source_tables import Incoming, begun_with, source_table

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.answering.domain import Predicate
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.notation import Notation
    from mlcli.statistics.arrays import Flags, Rows
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.lying import Lying
    from mlcli.tables.rules_over_chunks import Through

Status = Literal["usable", "waiting", "unlabelled", "incomplete", "refused"]


STATUSES: Final[tuple[Status, ...]] = get_args(Status)
"""What a row may be good for, in the order of the codes that say so."""
_USABLE, _WAITING, _UNLABELLED, _INCOMPLETE, _REFUSED = range(len(STATUSES))


@dataclass(frozen=True, slots=True)
class Examples:
    """The rows of the finished table, and what each is good for.

    Attributes
    ----------
    key
        The column that names a row, or ``None``.
    unit
        The period the key stands for: day, week, month, or ``None``.
    columns
        n values each: the key, the features, the label, what the baseline uses,
        and what the domain asks about.
    status
        n words of ``STATUSES``. ``usable`` rows have features and a label; ``waiting`` ones
        have no label yet; ``refused`` ones lie outside the domain.
    reasons
        Why each row is refused or incomplete, if it is.
    lines
        (n,) the line of each row, where rows were not gathered.
    last
        The last date for which labels are known, or ``None``.
    ledger
        The account of all rows.
    filled
        (n,) of a feature in which rows ``fill_missing`` put a constant after the join.
    notations
        How exports write the columns, where that is not plainly.
    cuts
        Why a week or a month is not whole in some export, by the date on which it begins.
    lies
        All usable rows, where there are too many to take home: then these are a sample of them.
    """

    key: str | None
    unit: str | None
    columns: dict[str, Column]
    status: Words
    reasons: Words
    lines: NDArray[np.int64] | None
    last: datetime | None
    ledger: Ledger
    filled: Mapping[str, Flags] = field(default_factory=dict)
    notations: Mapping[str, Notation] = field(default_factory=dict)
    cuts: Mapping[datetime, str] = field(default_factory=dict)
    lies: Lying | None = None

    def __len__(self) -> int:
        return len(self.status)

    def positions(self, *wanted: Status) -> Rows:
        """Return where the rows of some status stand."""
        codes = [STATUSES.index(status) for status in wanted]
        return np.flatnonzero(np.isin(self.status.codes, codes))

    def row(self, position: int) -> dict[str, cells.Value | None]:
        """Return one row by column."""
        return {name: values[position] for name, values in self.columns.items()}

    def known(self, position: int) -> dict[str, cells.Value | None]:
        """Return one row by column, as it was before constants were put into features."""
        constant = {name: None for name, rows in self.filled.items() if rows[position]}
        return {**self.row(position), **constant}

    def reason(self, position: int) -> str:
        """Return why a row is refused or incomplete, or nothing."""
        return wording.written(self.reasons[position])

    def place(self, position: int) -> str:
        """Return ``file:line`` of a row, or nothing where rows were gathered."""
        return "" if self.lines is None else self.ledger.place(int(self.lines[position]))

    def named(self, position: int) -> str:
        """Say which row it is: its key, or its line."""
        return self.names(np.array([position]))[0]

    def names(self, rows: Rows) -> list[str]:
        """Say which rows they are."""
        if self.key:
            return [*map(wording.written, self.columns[self.key].taken(rows))]
        if self.lines is None:
            return [f"row {position + 1}" for position in rows.tolist()]
        return [*map(self.ledger.place, self.lines[rows].tolist())]

    @property
    def dates(self) -> Times | None:
        """Return the key where it is a date."""
        key = self.columns[self.key] if self.key else None
        return key if isinstance(key, Times) else None

    @property
    def noun(self) -> str:
        """Return what a row stands for: a period, if no two share one; days may be months."""
        if not self.unit or self.dates is None:
            return "row"
        days = np.unique(self.dates.starts("day")[~self.dates.missing])
        months = 1 < len(days) == len(self) and (self.dates.starts("month") == days).all()
        return "month" if months else self.unit if len(days) == len(self) else "row"

    def find(self, start: datetime) -> Rows:
        """Return where the rows of the period stand that begins at a date."""
        if self.dates is None:
            return np.flatnonzero([])
        return np.flatnonzero(self.dates.starts(self.unit) == np.datetime64(start, "us"))


class Started(NamedTuple):
    """Exports that are being read, by their sources, and what is noted of them meanwhile."""

    definition: Definition
    begun: Mapping[str, Incoming]
    ledger: Ledger
    labels: Labels
    reaches: Mapping[str, Reach]


Leave = Callable[[Started], "Examples | dict[str, Incoming]"]
"""Returns a sample of rows that are left where they lie, or the same exports if they are not."""


def assemble(
    definition: Definition,
    open_source: Callable[[str], Opened],
    through: Through = by_chunks,
    *,
    lost: int = 0,
    leave: Leave | None = None,
) -> Examples:
    """Turn exports into examples.

    Parameters
    ----------
    definition
        Names the sources, the rules, the join, the features and the label.
    open_source
        Opens one source by name; its chunks are read once, and never all kept.
    through
        How the engine takes an export through its rules.
    lost
        How many rows to keep of those that each rule leaves out, in the ledger.
    leave
        Leaves rows where they lie that are too many to take home; none are left if ``None``.

    Returns
    -------
    assembled
        All rows of the joined table, by date if there is one and else in file
        order, each with what it is good for.

    Raises
    ------
    DataError
        A file cannot be read strictly, a column is missing, a key is repeated or
        matches nothing, or a rule leaves no row.
    """
    wanted = columns_needed.needed(definition.table_rules, columns_needed.final_wants(definition))
    opened = {name: open_source(name) for name in definition.sources}
    shares = share_out(definition, opened, wanted)
    if definition.join and wanted[definition.join] == "any" and holds_dates(definition, opened):
        for share in shares.values():
            share[definition.join] = "date"
    ledger = Ledger()
    labels = Labels(definition, shares)
    reaches = {name: _reach(definition, name, labels) for name in definition.sources}
    begun = {
        name: begun_with(
            definition, name, opened[name], shares[name], ledger, reaches[name], through, lost=lost
        )
        for name in definition.sources
    }
    if leave is not None:
        found = leave(Started(definition, begun, ledger, labels, reaches))
        if isinstance(found, Examples):
            return replace(found, notations=column_owners.notations(definition, opened, shares))
        begun = found
    tables = {name: source_table(definition, ledger, one) for name, one in begun.items()}
    table, kinds = join.join(tables, definition.join)
    if definition.join:
        ledger.notes += dict.fromkeys(
            note
            for whole, _, _ in tables.values()
            for note in column_owners.zeros_lost(whole, {definition.join: kinds[definition.join]})
        )
    ledger.joined = len(table)
    losses = Losses(definition, labels, reaches, tables)
    found = _finish(losses, labels.mark_waiting(table, kinds), ledger, lost=lost)
    return replace(found, notations=column_owners.notations(definition, opened, shares))


def _reach(definition: Definition, name: str, labels: Labels) -> Reach:
    """Return what is to be known of the dates of a source."""
    if name == labels.source:
        return labels.reach
    return Reach(definition.source_rules(name), definition.key)


def _finish(losses: Losses, table: Frame, ledger: Ledger, *, lost: int) -> Examples:
    """Apply the rules after the join, and say of every row what it is good for."""
    definition = losses.definition
    table, refused = _ruled(definition.table_rules, table, ledger, lost=lost)
    return examined(losses, table, refused, ledger)


def examined(losses: Losses, table: Frame, refused: Words, ledger: Ledger) -> Examples:
    """Say of every row of a finished table what it is good for, and account for it.

    ``refused`` (n,) is the reason why a row lies outside the domain.
    """
    definition, labels = losses.definition, losses.labels
    label = definition.label.name
    asked = _asked_about(definition.table_rules, labels.label)
    there = {*table.columns}
    wanted = [c for c in (*columns_needed.final_wants(definition), *asked) if c in there]
    columns = {c: join.column(table[c]) for c in wanted}
    waiting = table[WAITING].to_numpy().astype(bool)
    columns[label] = columns[label].without(waiting)
    unit = unit_of(definition, dated=labels.dated)
    made = Examples(
        key=definition.key,
        unit=unit,
        columns=columns,
        status=Words(np.zeros(len(table), dtype=np.int8), STATUSES),
        reasons=refused,
        lines=table[LINE].to_numpy() if LINE in table.columns else None,
        last=labels.last,
        ledger=ledger,
        filled={
            f.name: (table[FILLED + f.name].fill_null(value=False)).to_numpy().astype(bool)
            for f in definition.features
            if FILLED + f.name in there
        },
        cuts=losses.cuts(unit or "period"),
    )
    missing = _either(_missing(definition, made), losses.cut(made).without(waiting))
    status = np.select(
        [~refused.missing & waiting, ~refused.missing, ~missing.missing, waiting],
        [_WAITING, _REFUSED, _INCOMPLETE, _WAITING],
        np.where(columns[label].missing, _UNLABELLED, _USABLE),
    )
    reasons = _either(refused, missing)
    made = replace(made, status=Words(status.astype(np.int8), STATUSES), reasons=reasons)
    made = in_order(made)
    losses.account(made)
    return made


def _either(first: Words, second: Words) -> Words:
    """Return the first words, and where there is none, the second."""
    codes = np.where(first.missing, second.codes + len(first.levels), first.codes)
    return Words(codes, (*first.levels, *second.levels)).without(first.missing & second.missing)


def _ruled(
    rules: tuple[Rule, ...], table: Frame, ledger: Ledger, *, lost: int
) -> tuple[Frame, Words]:
    """Return the table after some rules, and the reason why each row is outside the domain.

    Rows that a test leaves out come last, with that reason; those that stay have none.
    """
    outside: list[tuple[Frame, Predicate]] = []
    for rule in rules:
        outside += [(table.filter(~test.expression()), test) for test in rule.domain()]
        table = _marked(rule, table)
        try:
            chunks, counted = rules_over_chunks.run([rule], iter([table]), lost=lost)
            table = next(chunks)
        except DataError as error:
            if len(ledger.sources) > 1:  # a joined row stands in no file
                raise
            only = ledger.sources[0]
            raise error.within(only.file, only.files) from None
        ledger.rules += counted
    outside = [(frame, test) for frame, test in outside if len(frame)]
    sizes = [len(table), *(len(frame) for frame, _ in outside)]
    codes = np.repeat(np.arange(-1, len(outside)), sizes)
    if outside:
        table = nw.concat([table, *(frame for frame, _ in outside)], how="diagonal")
    return table, Words(codes, [test.reason for _, test in outside])


def _marked(rule: Rule, table: Frame) -> Frame:
    """Return a table that remembers in which rows a rule will put a constant."""
    gone = [nw.col(c).is_null().alias(FILLED + c) for c in rule.fills() if c in table.columns]
    names = {FILLED + old: FILLED + new for old, new in rule.renames().items()}
    return table.with_columns(gone).rename({o: n for o, n in names.items() if o in table.columns})


def _asked_about(rules: tuple[Rule, ...], label: str) -> list[str]:
    """Return the columns of the domain that are still what they were when they were tested.

    What is made from the label is no part of a question.
    """
    found: list[str] = []
    for index, rule in enumerate(rules):
        for condition in (c for test in rule.domain() for c in test.conditions):
            column = condition.column
            changed = any(
                column in later.gives() or column in later.renames() for later in rules[index + 1 :]
            )
            if not changed and columns_needed.origin(rules[:index], column) != label:
                found.append(column)
    return list(dict.fromkeys(found))


def unit_of(definition: Definition, *, dated: bool) -> str | None:
    """Return the period that the key stands for."""
    for name in definition.sources:
        _, periods = columns_needed.dated_by(definition.source_rules(name), definition.key)
        if periods:
            return periods[-1].unit
    return "day" if dated else None


def _missing(definition: Definition, made: Examples) -> Words:
    """Name, for each row, the features it lacks and that nothing stands in for."""
    columns = made.columns
    for feature in definition.features:
        column = columns[feature.name]
        if feature.kind == "tags" and isinstance(column, Words):
            columns[feature.name] = _tagged(column, feature.name, made)
    needed = columns_needed.never_missing(definition)
    gone = np.zeros(len(made), dtype=bool)
    for name in needed:
        gone |= columns[name].missing
    rows = np.flatnonzero(gone)
    codes = np.full(len(made), -1)
    if not len(rows):
        return Words(codes, ())
    lacking = np.column_stack([columns[name].taken(rows).missing for name in needed])
    kinds, codes[rows] = np.unique(lacking, axis=0, return_inverse=True)
    reasons = []
    for kind in kinds:
        names = [name for name, absent in zip(needed, kind, strict=True) if absent]
        reasons.append(lacks(names))
    return Words(codes, reasons)


def _tagged(column: Words, name: str, made: Examples) -> Words:
    """Return lists of tags, of which those without any are missing."""
    empty = np.zeros(len(column.levels) + 1, dtype=bool)
    for code, level in enumerate(column.levels):
        try:
            empty[code] = not features.tags_of(level)
        except cells.CellError as error:
            place = made.place(int(np.argmax(column.codes == code)))
            raise DataError(f"{name}: {error}", place=place, hint=error.hint) from error
    return column.without(empty[column.codes])


def in_order(made: Examples) -> Examples:
    """Return rows by date; tables without one keep the order of their file."""
    dates = made.dates
    if dates is None or dates.missing.any() or (dates.values[1:] >= dates.values[:-1]).all():
        return made
    order = np.argsort(dates.values, kind="stable")
    return replace(
        made,
        columns={name: column.taken(order) for name, column in made.columns.items()},
        status=made.status.taken(order),
        reasons=made.reasons.taken(order),
        lines=None if made.lines is None else made.lines[order],
        filled={name: rows[order] for name, rows in made.filled.items()},
    )
