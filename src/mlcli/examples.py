"""Exports to examples: run the rules, join, and say of every row what it is good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mlcli import cells, chain, joining, plan, wording
from mlcli.errors import DataError, near
from mlcli.ledger import Counted, Ledger, SourceCount
from mlcli.rules import LINE, AggregateRule, Rule, WhereRule
from mlcli.rules.aggregate import Count, Mean, Sum
from mlcli.rules.columns import Bands, Derive, Rename, SplitList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mlcli.cells import Kind, Value
    from mlcli.definition import Definition
    from mlcli.joining import Table
    from mlcli.phrases import Per
    from mlcli.predicates import Predicate
    from mlcli.rules.base import Frame

Status = Literal["usable", "waiting", "unlabelled", "incomplete", "refused"]

_WAITING = "__waiting__"


class Opened(Protocol):
    """An export whose header was read; its rows come in typed, checked chunks."""

    name: str
    columns: tuple[str, ...]

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns, and of the hidden line."""
        ...


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
    columns: dict[str, list[Value | None]]
    status: list[Status]
    reasons: list[str]
    places: list[str]
    last: datetime | None
    ledger: Ledger

    def positions(self, *wanted: Status) -> list[int]:
        """Return where the rows of some status stand."""
        return [i for i, status in enumerate(self.status) if status in wanted]

    def row(self, position: int) -> dict[str, Value | None]:
        """Return one row by column."""
        return {name: values[position] for name, values in self.columns.items()}

    def named(self, position: int) -> str:
        """Say which row it is: its key, or its line."""
        if self.key:
            return wording.written(self.columns[self.key][position])
        return self.places[position] or f"row {position + 1}"

    def find(self, key: datetime) -> int | None:
        """Return the position of a key."""
        keys = self.columns[self.key] if self.key else []
        return keys.index(key) if key in keys else None


def assemble(definition: Definition, open_source: Callable[[str], Opened]) -> Examples:
    """Turn exports into examples.

    Parameters
    ----------
    definition
        Names the sources, the rules, the join, the features and the label.
    open_source
        Opens one source by name; its chunks are read once, and never all kept.

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
    wanted = plan.needed(definition.table_rules, plan.final_wants(definition))
    opened = {name: open_source(name) for name in definition.sources}
    shares = _share_out(definition, opened, wanted)
    if definition.join and wanted[definition.join] == "any" and _holds_dates(definition, opened):
        for share in shares.values():
            share[definition.join] = "date"
    ledger = Ledger()
    labels = _Labels(definition, shares)
    tables = {
        name: _source_table(definition, name, opened[name], shares[name], ledger, labels)
        for name in definition.sources
    }
    table, kinds = joining.join(tables, definition.join)
    ledger.joined = len(table)
    return _finish(definition, labels.mark_waiting(table, kinds), labels, ledger)


def _share_out(
    definition: Definition, opened: Mapping[str, Opened], wanted: Mapping[str, Kind]
) -> dict[str, dict[str, Kind]]:
    """Decide which source each wanted column comes from."""
    has = {name: _left(definition, name, opened[name]) for name in opened}
    every = dict.fromkeys(column for columns in has.values() for column in columns)
    _after(definition.table_rules, tuple(every))
    shares: dict[str, dict[str, Kind]] = {name: {} for name in opened}
    for column, kind in wanted.items():
        owners = [name for name, columns in has.items() if column in columns]
        if column == definition.join:
            lacking = [name for name in opened if name not in owners]
            if lacking:
                raise DataError(
                    f"there is no column {column!r} to join by",
                    place=opened[lacking[0]].name,
                    hint=_instead(column, has[lacking[0]]),
                )
        elif not owners:
            places = ", ".join(source.name for source in opened.values())
            raise DataError(
                f"there is no column {column!r}", place=places, hint=_instead(column, every)
            )
        elif len(owners) > 1:
            raise DataError(
                f"the column {column!r} is in both "
                f"{opened[owners[0]].name} and {opened[owners[1]].name}",
                hint="give one of them another name, with  rename",
            )
        for name in owners:
            shares[name][column] = kind
    return shares


def _instead(column: str, columns: Iterable[str]) -> str:
    names = list(columns)
    return near(column, names) or f"the columns are {wording.listed(names, most=12)}"


def _left(definition: Definition, name: str, opened: Opened) -> list[str]:
    """Return the columns that a source has after its rules."""
    try:
        return _after(definition.source_rules(name), opened.columns)
    except DataError as error:
        raise error.within(opened.name) from None


def _after(rules: tuple[Rule, ...], columns: Iterable[str]) -> list[str]:
    """Return the columns that there are after some rules.

    Raises
    ------
    DataError
        A column that gets another name is not there, or the name is taken.
    """
    columns = list(columns)
    for rule in rules:
        if isinstance(rule, AggregateRule):
            columns = []
        if isinstance(rule, Rename):
            columns = rule.renamed(columns)
        columns += [column for column in rule.gives() if column not in columns]
    return columns


def _holds_dates(definition: Definition, opened: Mapping[str, Opened]) -> bool:
    """Say whether a key that could be anything is a date in every source.

    The first rows decide: a later cell that is no date is an error then.
    """
    import narwhals.stable.v2 as nw

    key = definition.join or ""
    for name, source in opened.items():
        rules = definition.source_rules(name)
        try:
            plan.needed(rules, {key: "date"})
        except plan.KindConflictError:
            return False
        column = _origin(rules, key)
        first = next(source.chunks({column: "any"}), None) if column in source.columns else None
        if first is None:
            return False
        if first.schema[column] != nw.Datetime:
            words = [str(cell) for cell in first[column].drop_nulls().to_list()]
            if not words or not all(map(cells.is_date, words)):
                return False
    return True


def _source_table(
    definition: Definition,
    name: str,
    opened: Opened,
    share: Mapping[str, Kind],
    ledger: Ledger,
    labels: _Labels,
) -> Table:
    """Read one source through its rules."""
    rules = definition.source_rules(name)
    compared = _compared(definition, opened)
    wanted = plan.needed(rules, {**dict.fromkeys(compared, "any"), **share})
    if plan.wants_every_column(rules):
        wanted = {**dict.fromkeys(opened.columns, "any"), **wanted}
    account = SourceCount(name, opened.name)
    ledger.sources.append(account)

    def tapped() -> Iterator[Frame]:
        for chunk in opened.chunks(wanted):
            account.rows += len(chunk)
            if name == labels.source:
                labels.see(chunk)
            yield chunk

    try:
        chunks, account.rules = chain.run(rules, tapped())
        whole = chain.below(list(chunks))
        account.rows_out = len(whole)
        kept = [c for c in whole.columns if c in {*share, *compared, LINE}]
        return joining.settled(whole.select(kept), {**share}, opened.name, key=definition.join)
    except DataError as error:
        raise error.within(opened.name) from None


def _compared(definition: Definition, opened: Opened) -> list[str]:
    """Return the columns that are kept because a rule on the table compares whole rows.

    Joined rows differ by their key, so that only a single source has any.
    """
    if len(definition.sources) > 1 or not plan.wants_every_column(definition.table_rules):
        return []
    return _left(definition, next(iter(definition.sources)), opened)


class _Labels:
    """Knows up to which date labels are known, from the label's source as it is read.

    That is the last date before any rule, of the rows that hold what the label is
    made from: a till that sold no pizza on its last day was open all the same.
    """

    def __init__(self, definition: Definition, shares: Mapping[str, Mapping[str, Kind]]) -> None:
        self.key = definition.key
        self.label = _origin(definition.table_rules, definition.label.name)
        self.source = next(name for name, share in shares.items() if self.label in share)
        rules = definition.source_rules(self.source)
        self.date, self.periods = _dated_by(rules, self.key)
        self.made_from = _origin(rules, self.label)
        self.dated = False
        self.last: datetime | None = None

    def see(self, chunk: Frame) -> None:
        """Note the latest date of a chunk of the label's source."""
        import narwhals.stable.v2 as nw

        if self.date not in chunk.columns or chunk.schema[self.date] != nw.Datetime:
            return
        if self.made_from in chunk.columns:
            chunk = chunk.filter(~nw.col(self.made_from).is_null())
        latest = joining.plain(chunk[self.date].max())
        if isinstance(latest, datetime):
            for per in self.periods:
                latest = per.start(latest)
            self.last = latest if self.last is None else max(self.last, latest)

    def mark_waiting(self, table: Frame, kinds: Mapping[str, Kind]) -> Frame:
        """Add the column that says of each row whether its label is not known yet."""
        import narwhals.stable.v2 as nw

        waiting = nw.col(self.label).is_null()
        self.dated = self.key is not None and kinds.get(self.key) == "date"
        if self.key and self.dated and self.last is not None:
            waiting = waiting & (nw.col(self.key) > self.last)
        return table.with_columns(waiting.alias(_WAITING))


def _made_from(rule: Rule, column: str) -> str:
    """Return what a column was made from by a rule: itself, another, or nothing if counted."""
    match rule:
        case Rename():
            return {new: old for old, new in rule.names.items()}.get(column, column)
        case Derive() if column in rule.derivations:
            return rule.derivations[column].column
        case Bands() | SplitList() | Sum() | Mean() if column == rule.as_:
            return rule.of
        case Count() if column == rule.as_:
            return ""
        case Count() | Sum() | Mean() if column == rule.by.name:
            return rule.by.column
        case _:
            return column


def _origin(rules: tuple[Rule, ...], column: str) -> str:
    """Return the column before some rules that a column after them is made from."""
    for rule in reversed(rules):
        column = _made_from(rule, column)
    return column


def _dated_by(rules: tuple[Rule, ...], key: str | None) -> tuple[str, list[Per]]:
    """Return the column of the file that the key is made from, and the periods it was cut to."""
    column = key or ""
    periods: list[Per] = []
    for rule in reversed(rules):
        if isinstance(rule, Count | Sum | Mean) and column == rule.by.name and rule.by.unit:
            periods.insert(0, rule.by)
        column = _made_from(rule, column)
    return column, periods


def _finish(definition: Definition, table: Frame, labels: _Labels, ledger: Ledger) -> Examples:
    """Apply the rules after the join, and say of every row what it is good for."""
    label = definition.label.name
    table, reasons = _ruled(definition.table_rules, table, ledger)
    asked = _asked_about(definition.table_rules, labels.label)
    wanted = [c for c in (*plan.final_wants(definition), *asked) if c in table.columns]
    columns = {c: joining.values(table[c]) for c in wanted}
    waiting = joining.values(table[_WAITING])
    columns[label] = [
        None if gone else value for value, gone in zip(columns[label], waiting, strict=True)
    ]
    missing = _missing(definition, columns)
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
    places = _places(table, ledger)
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


def _ruled(rules: tuple[Rule, ...], table: Frame, ledger: Ledger) -> tuple[Frame, list[str]]:
    """Return the table after some rules, and the reason why each row is outside the domain.

    Rows that a test leaves out come last, with that reason; those that stay have none.
    """
    import narwhals.stable.v2 as nw

    outside: list[tuple[Frame, Predicate]] = []
    for rule in rules:
        came, because = len(table), ""
        if isinstance(rule, WhereRule):
            predicate, because = rule.predicate(), rule.because
            outside.append((table.filter(~predicate.expression()), predicate))
        try:
            table = next(chain.run([rule], iter([table]))[0])
        except DataError as error:
            if len(ledger.sources) > 1:  # a joined row stands in no file
                raise
            raise error.within(ledger.sources[0].file) from None
        ledger.rules.append(Counted(rule.says(), because, came, len(table)))
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
        if not isinstance(rule, WhereRule):
            continue
        for condition in rule.predicate().conditions:
            column = condition.column
            changed = any(
                column in later.gives() or (isinstance(later, Rename) and column in later.names)
                for later in rules[index + 1 :]
            )
            if not changed and _origin(rules[:index], column) != label:
                found.append(column)
    return list(dict.fromkeys(found))


def _unit(definition: Definition, *, dated: bool) -> str | None:
    for name in definition.sources:
        _, periods = _dated_by(definition.source_rules(name), definition.key)
        if periods:
            return periods[-1].unit
    return "day" if dated else None


def _places(table: Frame, ledger: Ledger) -> list[str]:
    if LINE not in table.columns:
        return [""] * len(table)
    return [f"{ledger.sources[0].file}:{line}" for line in table[LINE].to_list()]


def _missing(definition: Definition, columns: Mapping[str, list[Any]]) -> list[str]:
    """Name, for each row, the features it lacks and that nothing stands in for."""
    needed = [f.name for f in definition.features if f.missing is None and f.unseen == "error"]
    found = []
    for i in range(len(columns[definition.label.name])):
        lacking = [name for name in needed if columns[name][i] is None]
        are = "is" if len(lacking) == 1 else "are"
        found.append(f"{' and '.join(lacking)} {are} missing" if lacking else "")
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
