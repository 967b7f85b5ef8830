"""Exports to examples: run the rules, join, and say of every row what it is good for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from mlcli import wording
from mlcli.answering import features
from mlcli.definition import columns_needed
from mlcli.definition.rules.base import LINE, below
from mlcli.errors import DataError, place_of
from mlcli.grammar import cells, doubts, phrases
from mlcli.store.ledger import Ledger, SourceCount
from mlcli.tables import join, rules_over_chunks
from mlcli.tables.column_owners import WAITING, Labels, Opened, columns_left, holds_dates, share_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.answering.domain import Predicate
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame, Rule

Status = Literal["usable", "waiting", "unlabelled", "incomplete", "refused"]


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
        Lists of n values: the key, the features, the label, what the baseline uses,
        and what the domain asks about; ``None`` is a missing value.
    status
        n words. ``usable`` rows have features and a label; ``waiting`` ones have no
        label yet; ``refused`` ones lie outside the domain.
    reasons
        n texts: why a row is refused or incomplete, else empty.
    places
        n texts: ``file:line`` where rows were not gathered, else empty.
    last
        The last date for which labels are known, or ``None``.
    ledger
        The account of all rows.
    """

    key: str | None
    unit: str | None
    columns: dict[str, list[cells.Value | None]]
    status: list[Status]
    reasons: list[str]
    places: list[str]
    last: datetime | None
    ledger: Ledger

    def positions(self, *wanted: Status) -> list[int]:
        """Return where the rows of some status stand."""
        return [i for i, status in enumerate(self.status) if status in wanted]

    def row(self, position: int) -> dict[str, cells.Value | None]:
        """Return one row by column."""
        return {name: values[position] for name, values in self.columns.items()}

    def named(self, position: int) -> str:
        """Say which row it is: its key, or its line."""
        if self.key:
            return wording.written(self.columns[self.key][position])
        return self.places[position] or f"row {position + 1}"

    @property
    def noun(self) -> str:
        """Return what a row stands for: the key's period, if no two rows share one."""
        dates = self.columns[self.key] if self.key else []
        days = {phrases.period_start("day", d) for d in dates if isinstance(d, datetime)}
        return self.unit if self.unit and len(days) == len(dates) else "row"

    def find(self, start: datetime) -> list[int]:
        """Return where the rows of the period stand that begins at a date."""
        keys = self.columns[self.key] if self.key else []
        return [
            i
            for i, key in enumerate(keys)
            if isinstance(key, datetime) and phrases.period_start(self.unit, key) == start
        ]


@dataclass(frozen=True, slots=True)
class Passage:
    """An export on its way through the rules of its source.

    Attributes
    ----------
    opened
        The export.
    rules
        The rules, in their order.
    wanted
        The columns that they need, and as what.
    account
        Gets the number of rows, and the count of each rule, which are complete once the
        chunks that come out are used up.
    labels
        Gets to see the rows before any rule, if it is the label's source.
    """

    opened: Opened
    rules: Sequence[Rule]
    wanted: Mapping[str, cells.Kind]
    account: SourceCount
    labels: Labels | None


Through = Callable[[Passage], "Iterator[Frame]"]
"""Takes an export through the rules of its source, and returns the chunks that come out.

Each engine has its own way.
"""


def by_chunks(passage: Passage) -> Iterator[Frame]:
    """Take an export through its rules chunk by chunk, as the engine ``pandas`` does."""
    account, labels = passage.account, passage.labels

    def tapped() -> Iterator[Frame]:
        for chunk in passage.opened.chunks(passage.wanted):
            account.rows += len(chunk)
            if labels is not None:
                labels.see(chunk)
            yield chunk

    chunks, account.rules = rules_over_chunks.run(passage.rules, tapped(), lost=account.keep)
    return chunks


def assemble(
    definition: Definition,
    open_source: Callable[[str], Opened],
    through: Through = by_chunks,
    *,
    lost: int = 0,
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
    begun = {
        name: _begun(
            definition, name, opened[name], shares[name], ledger, labels, through, lost=lost
        )
        for name in definition.sources
    }
    tables = {name: _source_table(definition, ledger, one) for name, one in begun.items()}
    table, kinds = join.join(tables, definition.join)
    if definition.join:
        ledger.notes += dict.fromkeys(
            note
            for whole, _, _ in tables.values()
            for note in _zeros_lost(whole, {definition.join: kinds[definition.join]})
        )
    ledger.joined = len(table)
    return _finish(definition, labels.mark_waiting(table, kinds), labels, ledger, lost=lost)


@dataclass(frozen=True, slots=True)
class _Begun:
    """One source, of which the rows that its rules leave are coming."""

    passage: Passage
    share: Mapping[str, cells.Kind]
    compared: list[str]
    chunks: Iterator[Frame]


def _begun(
    definition: Definition,
    name: str,
    opened: Opened,
    share: Mapping[str, cells.Kind],
    ledger: Ledger,
    labels: Labels,
    through: Through,
    *,
    lost: int,
) -> _Begun:
    """Begin to read one source through its rules; engines may work on several at once."""
    rules = definition.source_rules(name)
    compared = _compared(definition, opened)
    wanted = columns_needed.needed(rules, {**dict.fromkeys(compared, "any"), **share})
    if columns_needed.wants_every_column(rules):
        wanted = {**dict.fromkeys(opened.columns, "any"), **wanted}
    account = SourceCount(name, opened.name, opened.files, keep=lost)
    ledger.sources.append(account)
    seen = labels if name == labels.source else None
    passage = Passage(opened, rules, wanted, account, seen)
    return _Begun(passage, share, compared, through(passage))


def _source_table(definition: Definition, ledger: Ledger, begun: _Begun) -> join.Table:
    """Read one source to its end."""
    opened, share = begun.passage.opened, begun.share
    try:
        kept = {*share, *begun.compared, LINE}
        whole = below([c.select([n for n in c.columns if n in kept]) for c in begun.chunks])
        begun.passage.account.rows_out = len(whole)
        table = join.settled(
            whole,
            {**share},
            opened.name,
            key=definition.join,
            as_written=definition.only_shown,
            notation=opened.notation,
        )
    except DataError as error:
        _hint_at_classes(definition, error)
        raise error.within(opened.name, opened.files) from None
    ledger.notes += _zeros_lost(whole, table[1])
    return table


def _zeros_lost(whole: Frame, kinds: Mapping[str, cells.Kind]) -> Iterator[str]:
    """Say which columns of text turned out as numbers though cells begin with a 0 too many."""
    import narwhals.stable.v2 as nw

    for column, kind in kinds.items():
        if kind == "number" and whole.schema[column] == nw.String:
            cell = doubts.leading_zero(join.different(whole[column]))
            if cell is not None:
                yield doubts.zeros_lost(column, cell)


def _hint_at_classes(definition: Definition, error: DataError) -> None:
    """Say where the label of a model for numbers holds words that there are models for classes."""
    label, (problem, *_) = definition.label.name, error.problems
    words = problem.message.startswith(f"column {label!r} ") and "is not a number" in (
        problem.message
    )
    if words and columns_needed.read_label_as(definition) == "number":
        hint = f"{problem.hint}, or take a model that answers with words: logistic_regression"
        error.problems = (replace(problem, hint=hint),)


def _compared(definition: Definition, opened: Opened) -> list[str]:
    """Return the columns that are kept because a rule on the table compares whole rows.

    Joined rows differ by their key, so that only a single source has any.
    """
    if len(definition.sources) > 1 or not columns_needed.wants_every_column(definition.table_rules):
        return []
    return columns_left(definition, next(iter(definition.sources)), opened)


def _finish(
    definition: Definition, table: Frame, labels: Labels, ledger: Ledger, *, lost: int
) -> Examples:
    """Apply the rules after the join, and say of every row what it is good for."""
    label = definition.label.name
    table, reasons = _ruled(definition.table_rules, table, ledger, lost=lost)
    asked = _asked_about(definition.table_rules, labels.label)
    wanted = [c for c in (*columns_needed.final_wants(definition), *asked) if c in table.columns]
    columns = {c: join.values(table[c]) for c in wanted}
    waiting = join.values(table[WAITING])
    columns[label] = [
        None if gone else value for value, gone in zip(columns[label], waiting, strict=True)
    ]
    places = _places(table, ledger)
    missing = _missing(definition, columns, places)
    status = [
        _status(
            refused=bool(reasons[i]),
            waiting=bool(waiting[i]),
            complete=not missing[i],
            labelled=columns[label][i] is not None,
        )
        for i in range(len(table))
    ]
    reasons = [reason or lacking for reason, lacking in zip(reasons, missing, strict=True)]
    order = _order(columns, definition.key)
    made = Examples(
        key=definition.key,
        unit=_unit(definition, dated=labels.dated),
        columns={c: [values[i] for i in order] for c, values in columns.items()},
        status=[status[i] for i in order],
        reasons=[reasons[i] for i in order],
        places=[places[i] for i in order],
        last=labels.last,
        ledger=ledger,
    )
    _account(made, label)
    return made


def _ruled(
    rules: tuple[Rule, ...], table: Frame, ledger: Ledger, *, lost: int
) -> tuple[Frame, list[str]]:
    """Return the table after some rules, and the reason why each row is outside the domain.

    Rows that a test leaves out come last, with that reason; those that stay have none.
    """
    import narwhals.stable.v2 as nw

    outside: list[tuple[Frame, Predicate]] = []
    for rule in rules:
        outside += [(table.filter(~test.expression()), test) for test in rule.domain()]
        try:
            chunks, counted = rules_over_chunks.run([rule], iter([table]), lost=lost)
            table = next(chunks)
        except DataError as error:
            if len(ledger.sources) > 1:  # a joined row stands in no file
                raise
            only = ledger.sources[0]
            raise error.within(only.file, only.files) from None
        ledger.rules += counted
    reasons = [""] * len(table)
    for frame, predicate in outside:
        if len(frame):
            reasons += [predicate.reason] * len(frame)
            table = nw.concat([table, frame], how="diagonal")
    return table, reasons


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


def _unit(definition: Definition, *, dated: bool) -> str | None:
    for name in definition.sources:
        _, periods = columns_needed.dated_by(definition.source_rules(name), definition.key)
        if periods:
            return periods[-1].unit
    return "day" if dated else None


def _places(table: Frame, ledger: Ledger) -> list[str]:
    if LINE not in table.columns:
        return [""] * len(table)
    only = ledger.sources[0]
    return [place_of(only.file, only.files, line) for line in table[LINE].to_list()]


def _missing(
    definition: Definition, columns: Mapping[str, list[Any]], places: list[str]
) -> list[str]:
    """Name, for each row, the features it lacks and that nothing stands in for."""
    for feature in definition.features:
        if feature.kind == "tags":
            columns[feature.name][:] = _tagged(columns[feature.name], feature.name, places)
    needed = [f.name for f in definition.features if f.missing is None and f.on_unseen == "error"]
    found = []
    for i in range(len(columns[definition.label.name])):
        lacking = [name for name in needed if columns[name][i] is None]
        are = "is" if len(lacking) == 1 else "are"
        found.append(f"{' and '.join(lacking)} {are} missing" if lacking else "")
    return found


def _tagged(values: list[Any], name: str, places: list[str]) -> list[Any]:
    """Return lists of tags, of which those without any are missing."""
    found: list[Any] = []
    for value, place in zip(values, places, strict=True):
        try:
            found.append(value if features.tags_of(value) else None)
        except cells.CellError as error:
            raise DataError(f"{name}: {error}", place=place, hint=error.hint) from error
    return found


def _status(*, refused: bool, waiting: bool, complete: bool, labelled: bool) -> Status:
    if refused:
        return "waiting" if waiting else "refused"
    if not complete:
        return "incomplete"
    if waiting:
        return "waiting"
    return "usable" if labelled else "unlabelled"


def _order(columns: Mapping[str, list[Any]], key: str | None) -> list[int]:
    """Return positions by date; tables without one keep the order of their file."""
    count = len(next(iter(columns.values())))
    dates = columns[key] if key else []
    if dates and all(isinstance(d, datetime) for d in dates):
        return sorted(range(count), key=lambda i: dates[i])
    return list(range(count))


def _account(made: Examples, label: str) -> None:
    """Note in the ledger the rows that no rule dropped and that are not learned from."""
    ledger = made.ledger
    ledger.used = len(made.positions("usable"))
    waiting = [i for i in made.positions("waiting") if not made.reasons[i]]
    ledger.leave_out(f"{label} not known yet", [made.named(i) for i in waiting])
    ledger.leave_out(f"{label} missing", [made.named(i) for i in made.positions("unlabelled")])
    lacking = made.positions("incomplete")
    for reason in dict.fromkeys(made.reasons[i] for i in lacking):
        ledger.leave_out(reason, [made.named(i) for i in lacking if made.reasons[i] == reason])
