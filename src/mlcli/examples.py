"""Exports to examples: run the rules, join, and say of every row what it is good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from mlcli import chain, joining, plan, wording
from mlcli.errors import DataError, did_you_mean
from mlcli.ledger import Counted, Ledger, SourceCount
from mlcli.rules import LINE, AggregateRule, Rule, WhereRule, WholeRule
from mlcli.rules.aggregate import Count, Mean, Sum
from mlcli.rules.columns import Rename

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mlcli.cells import Kind, Value
    from mlcli.definition import Definition
    from mlcli.joining import Table
    from mlcli.phrases import Per
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
        Lists of n values: the key, the features, the label, and what the baseline
        uses; ``None`` is a missing value.
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
    ledger = Ledger()
    labels = _Labels(definition, shares)
    tables = {
        name: _source_table(definition, name, opened[name], shares[name], ledger, labels)
        for name in definition.sources
    }
    table, kinds = joining.join(tables, definition.join)
    ledger.joined = len(table)
    table, last = labels.mark_waiting(table, kinds)
    return _finish(definition, table, {**kinds}, last, ledger)


def _share_out(
    definition: Definition, opened: Mapping[str, Opened], wanted: Mapping[str, Kind]
) -> dict[str, dict[str, Kind]]:
    """Decide which source each wanted column comes from."""
    has = {name: _after(definition.source_rules(name), opened[name].columns) for name in opened}
    every = dict.fromkeys(column for columns in has.values() for column in columns)
    shares: dict[str, dict[str, Kind]] = {name: {} for name in opened}
    for column, kind in wanted.items():
        owners = [name for name, columns in has.items() if column in columns]
        if column == definition.join:
            lacking = [opened[name].name for name in opened if name not in owners]
            if lacking:
                raise DataError(
                    f"there is no column {column!r} to join by",
                    place=lacking[0],
                    hint=did_you_mean(column, every),
                )
        elif not owners:
            places = ", ".join(source.name for source in opened.values())
            raise DataError(
                f"there is no column {column!r}", place=places, hint=did_you_mean(column, every)
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


def _after(rules: tuple[Rule, ...], header: tuple[str, ...]) -> list[str]:
    """Return the columns that a source has after its rules."""
    columns = list(header)
    for rule in rules:
        if isinstance(rule, AggregateRule):
            columns = []
        if isinstance(rule, Rename):
            columns = [rule.names.get(column, column) for column in columns]
        columns += [column for column in rule.gives() if column not in columns]
    return columns


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
    wanted = plan.needed(rules, share)
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
        kept = [c for c in (*share, LINE) if c in whole.columns]
        return joining.settled(whole.select(kept), {**share}, opened.name)
    except DataError as error:
        raise error.within(opened.name) from None


class _Labels:
    """Knows up to which date labels are known, from the label's source as it is read.

    That is the last date before any rule, of the rows that hold what the label is
    made from: a till that sold no pizza on its last day was open all the same.
    """

    def __init__(self, definition: Definition, shares: Mapping[str, Mapping[str, Kind]]) -> None:
        self.label = definition.label.name
        self.key = definition.key
        self.source = next(name for name, share in shares.items() if self.label in share)
        self.per = _gathered_by(definition.source_rules(self.source), self.key)
        self.made_from = _made_from(definition.source_rules(self.source), self.label)
        self.last: datetime | None = None

    def see(self, chunk: Frame) -> None:
        """Note the latest date of a chunk of the label's source."""
        import narwhals.stable.v2 as nw

        column = self.per.column if self.per else self.key
        if column is None or column not in chunk.columns or chunk.schema[column] != nw.Datetime:
            return
        for needed in self.made_from:
            if needed in chunk.columns:
                chunk = chunk.filter(~nw.col(needed).is_null())
        latest = joining.plain(chunk[column].max())
        if isinstance(latest, datetime):
            latest = self.per.start(latest) if self.per else latest
            self.last = latest if self.last is None else max(self.last, latest)

    def mark_waiting(
        self, table: Frame, kinds: Mapping[str, Kind]
    ) -> tuple[Frame, datetime | None]:
        """Add the column that says of each row whether its label is not known yet."""
        import narwhals.stable.v2 as nw

        waiting = nw.col(self.label).is_null()
        if self.key and kinds[self.key] == "date" and self.last is not None:
            waiting = waiting & (nw.col(self.key) > self.last)
        return table.with_columns(waiting.alias(_WAITING)), self.last


def _gathered_by(rules: tuple[Rule, ...], key: str | None) -> Per | None:
    for rule in rules:
        if isinstance(rule, Count | Sum | Mean) and rule.by.name == key and rule.by.unit:
            return rule.by
    return None


def _made_from(rules: tuple[Rule, ...], label: str) -> list[str]:
    """Return the columns of the file that the label is made from, but for dates."""
    wanted: dict[str, Kind] = {label: "any"}
    for rule in reversed(rules):
        if isinstance(rule, Count):
            return []
        if isinstance(rule, Sum | Mean):
            wanted = {rule.of: "any"}
        elif isinstance(rule, Rename):
            wanted = plan.before(rule, wanted)
    return list(wanted)


def _finish(
    definition: Definition,
    table: Frame,
    kinds: dict[str, Kind],
    last: datetime | None,
    ledger: Ledger,
) -> Examples:
    """Apply the rules after the join, and say of every row what it is good for."""
    import narwhals.stable.v2 as nw

    label = definition.label.name
    outside: list[tuple[Frame, str]] = []
    for rule in definition.table_rules:
        came = len(table)
        kinds.update({c: k for c, k in rule.gives().items() if k != "any" or c not in kinds})
        if isinstance(rule, WhereRule):
            stays = rule.predicate().expression()
            outside.append((table.filter(~stays), rule.predicate().reason))
        table = (
            next(chain.run([rule], iter([table]))[0])
            if not isinstance(rule, WholeRule)
            else rule.apply(table)
        )
        because = rule.because if isinstance(rule, WhereRule) else ""
        ledger.rules.append(Counted(rule.says(), because, came, len(table)))
    reasons = [""] * len(table)
    for frame, reason in outside:
        if len(frame):
            reasons += [reason] * len(frame)
            table = nw.concat([table, frame], how="diagonal")
    wanted = [c for c in plan.final_wants(definition) if c in table.columns]
    columns = {c: joining.values(table[c]) for c in wanted}
    waiting = joining.values(table[_WAITING])
    places = _places(table, ledger)
    status: list[Status] = []
    for i, reason in enumerate(reasons):
        if waiting[i]:
            columns[label][i] = None
        status.append(
            _status(definition, columns, i, refused=bool(reason), waiting=bool(waiting[i]))
        )
        reasons[i] = reason or _missing(definition, columns, i)
    order = _order(columns, definition.key)
    made = Examples(
        key=definition.key,
        unit=_unit(definition),
        columns={c: [values[i] for i in order] for c, values in columns.items()},
        status=[status[i] for i in order],
        reasons=[reasons[i] for i in order],
        places=[places[i] for i in order],
        last=last,
        ledger=ledger,
    )
    _account(made, label)
    return made


def _unit(definition: Definition) -> str | None:
    for name in definition.sources:
        per = _gathered_by(definition.source_rules(name), definition.key)
        if per:
            return per.unit
    return "day" if definition.dated else None


def _places(table: Frame, ledger: Ledger) -> list[str]:
    if LINE not in table.columns:
        return [""] * len(table)
    return [f"{ledger.sources[0].file}:{line}" for line in table[LINE].to_list()]


def _missing(definition: Definition, columns: Mapping[str, list[Any]], i: int) -> str:
    """Name the features a row lacks and that nothing stands in for."""
    lacking = [
        f.name
        for f in definition.features
        if columns.get(f.name, [None] * (i + 1))[i] is None
        and f.missing is None
        and f.unseen == "error"
    ]
    return (
        f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing" if lacking else ""
    )


def _status(
    definition: Definition,
    columns: Mapping[str, list[Any]],
    i: int,
    *,
    refused: bool,
    waiting: bool,
) -> Status:
    if refused:
        return "waiting" if waiting else "refused"
    if _missing(definition, columns, i):
        return "incomplete"
    if waiting:
        return "waiting"
    return "unlabelled" if columns[definition.label.name][i] is None else "usable"


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
    ledger.leave_out(f"{label} not known yet", [made.named(i) for i in made.positions("waiting")])
    ledger.leave_out(f"{label} missing", [made.named(i) for i in made.positions("unlabelled")])
    lacking = made.positions("incomplete")
    for reason in dict.fromkeys(made.reasons[i] for i in lacking):
        ledger.leave_out(reason, [made.named(i) for i in lacking if made.reasons[i] == reason])
