"""What a definition needs of its exports.

It follows from walking the rules: forwards, to know which columns there are;
backwards, to know which columns of a file are needed, and read as what.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.definition.known_columns import UNKNOWN, KnownColumns, merged
from mlcli.errors import Fix
from mlcli.grammar.date_notation import DayBegins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.known_columns import Wanted
    from mlcli.definition.rules.base import Rule
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.phrases import Per


def needed(rules: Sequence[Rule], wanted: Mapping[str, Kind]) -> Wanted:
    """Return the columns needed before a list of rules."""
    found = dict(wanted)
    for rule in reversed(rules):
        found = rule.wanted_before(found)
    return found


def wants_every_column(rules: Sequence[Rule]) -> bool:
    """Say whether a rule compares whole rows, so that every column must be read."""
    return any(rule.needs_every_column for rule in rules)


def never_missing(definition: Definition) -> list[str]:
    """Return the features that a row must have to be learned from: nothing stands in for them."""
    return [f.name for f in definition.features if f.missing is None and f.on_unseen == "error"]


def final_wants(definition: Definition) -> Wanted:
    """Return the columns of the finished table that the model is made from."""
    wanted: Wanted = {}
    if definition.key:
        wanted[definition.key] = "date" if dated_key(definition) else "any"
    made = available(definition).made
    for feature in definition.features:
        kind = _or_as_made(feature.read_as, made.get(feature.name))
        wanted[feature.name] = merged(feature.name, kind, wanted.get(feature.name, "any"))
    if definition.baseline:
        for column in definition.baseline.columns:
            wanted[column] = merged(column, "number", wanted.get(column, "any"))
    if definition.group:
        wanted.setdefault(definition.group, "any")
    label = definition.label.name
    kind = _or_as_made(read_label_as(definition), made.get(label))
    wanted[label] = merged(label, kind, wanted.get(label, "any"))
    for column, kind in (definition.recommend.columns if definition.recommend else {}).items():
        wanted[column] = merged(column, kind, wanted.get(column, "any"))
    return wanted


def dated_key(definition: Definition) -> str | None:
    """Return the key, if it must be a date."""
    return definition.key if definition.dated or definition.split.by_date else None


def read_label_as(definition: Definition) -> Kind:
    """Return as what cells of the label are read."""
    return definition.kind.read_as if definition.label.kind else definition.kind.guessed_as


def _or_as_made(kind: Kind, made: Kind | None) -> Kind:
    """Return as what a feature or a label is read; any value that a rule ``made`` is a word."""
    return "any" if kind == "text" and made not in {None, "text"} else kind


def day_begins(definition: Definition, source: str) -> dict[str, DayBegins]:
    """Return when a day begins of the columns of a file, where a rule says that not at midnight."""
    found: dict[str, DayBegins] = {}
    for maker, column, begins in _days_that_begin(definition.source_rules(source)):
        if maker is None:
            found.setdefault(column, begins)
    return found


def day_begins_of_made(rules: tuple[Rule, ...]) -> dict[int, dict[str, DayBegins]]:
    """Return the same of the columns that a rule of a source makes, by the rule's position."""
    found: dict[int, dict[str, DayBegins]] = {}
    for maker, column, begins in _days_that_begin(rules):
        if maker is not None:
            found.setdefault(maker, {}).setdefault(column, begins)
    return found


def _days_that_begin(rules: tuple[Rule, ...]) -> Iterator[tuple[int | None, str, DayBegins]]:
    """Yield days that do not begin at midnight, by the column as it came into the rules.

    With each comes the position of the rule that makes the column; ``None`` for the file's own.
    """
    for index, rule in enumerate(rules):
        for name, starts in rule.day_begins().items():
            if starts:
                key, value = rule.begun(timedelta(0))
                path = ("rules", index, rule.says().split()[0], key)
                begins = DayBegins(starts, wording.time_of_day(starts), (Fix(value, path),))
                yield *_maker(rules[:index], name), begins
        if rule.gathers:
            return


def _maker(rules: tuple[Rule, ...], column: str) -> tuple[int | None, str]:
    """Return which rule makes a column, and as what; ``None`` and its name in the file if none."""
    for index, rule in reversed(list(enumerate(rules))):
        if not rule.renames() and column in rule.gives():
            return index, column
        column = rule.origin(column)
    return None, column


def after(rules: Iterable[Rule], columns: KnownColumns = UNKNOWN) -> KnownColumns:
    """Return what is known of a table after rules."""
    for rule in rules:
        columns = rule.known_after(columns)
    return columns


def joined(definition: Definition) -> KnownColumns:
    """Return what is known of the joined table."""
    sources = [after(definition.source_rules(name)) for name in definition.sources]
    return KnownColumns(
        {column: kind for source in sources for column, kind in source.made.items()},
        closed=all(source.closed for source in sources),
        renamed={
            old: new
            for source in sources
            for old, new in source.renamed.items()
            if all(other.lack(old) for other in sources)
        },
    )


def available(definition: Definition) -> KnownColumns:
    """Return what is known of the finished table."""
    rules = [rule for rule in definition.table_rules if not rule.gathers]
    return after(rules, joined(definition))


def origin(rules: tuple[Rule, ...], column: str) -> str:
    """Return the column before some rules that a column after them is made from."""
    for rule in reversed(rules):
        column = rule.origin(column)
    return column


def dated_by(rules: tuple[Rule, ...], key: str | None) -> tuple[str, list[Per]]:
    """Return the column of the file that the key is made from, and the periods it was cut to."""
    column = key or ""
    periods: list[Per] = []
    for rule in reversed(rules):
        per = rule.period()
        if per and column == per.name:
            periods.insert(0, per)
        column = rule.origin(column)
    return column, periods
