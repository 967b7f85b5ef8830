"""What a definition needs of its exports.

It follows from walking the rules: forwards, to know which columns there are;
backwards, to know which columns of a file are needed, and read as what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.definition.rules.aggregate import Gather
from mlcli.definition.rules.columns import FillMissing, Rename
from mlcli.definition.rules.registry import AggregateRule, Rule
from mlcli.definition.rules.whole import DropDuplicates
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.registry import Rule
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.phrases import Per

Wanted = dict[str, "Kind"]


class KindConflictError(ValueError):
    """A column is needed as two different things."""

    def __init__(self, column: str, one: Kind, other: Kind) -> None:
        super().__init__(
            f"{column!r} is read as {a_kind(one)} here, and as {a_kind(other)} elsewhere"
        )
        self.column = column


def a_kind(kind: Kind) -> str:
    """Return a kind of value with its article."""
    return {"boolean": "true or false", "text": "text"}.get(kind, f"a {kind}")


def _merged(column: str, one: Kind, other: Kind) -> Kind:
    if "any" in (one, other):
        return other if one == "any" else one
    if one != other:
        raise KindConflictError(column, one, other)
    return one


def before(rule: Rule, wanted: Mapping[str, Kind]) -> Wanted:
    """Return the columns needed before a rule, given those wanted after it.

    Raises
    ------
    KindConflictError
        A column is made or needed as one thing and wanted as another.
    """
    gives = rule.gives()
    for column in gives.keys() & wanted.keys():
        _merged(column, gives[column], wanted[column])
    if isinstance(rule, AggregateRule):
        # A plain column that rows are gathered by is wanted as what it is needed as.
        same = {c for c, kind in gives.items() if kind == "any"} & wanted.keys()
        return {c: wanted[c] if c in same else kind for c, kind in rule.needs().items()}
    if isinstance(rule, Rename):
        old = {new: was for was, new in rule.names.items()}
        return {old.get(column, column): kind for column, kind in wanted.items()}
    needed: Wanted = {c: kind for c, kind in wanted.items() if c not in gives}
    for column, kind in rule.needs().items():
        needed[column] = _merged(column, kind, needed.get(column, "any"))
    return needed


def needed(rules: Sequence[Rule], wanted: Mapping[str, Kind]) -> Wanted:
    """Return the columns needed before a list of rules."""
    found = dict(wanted)
    for rule in reversed(rules):
        found = before(rule, found)
    return found


def wants_every_column(rules: Sequence[Rule]) -> bool:
    """Say whether a rule compares whole rows, so that every column must be read."""
    return any(isinstance(rule, DropDuplicates) and not rule.of for rule in rules)


def final_wants(definition: Definition) -> Wanted:
    """Return the columns of the finished table that the model is made from."""
    wanted: Wanted = {}
    if definition.key:
        wanted[definition.key] = "date" if definition.dated or definition.split.by_date else "any"
    made = available(definition).made
    for feature in definition.features:
        kind = _kind_of(feature.kind, made=made.get(feature.name))
        wanted[feature.name] = _merged(feature.name, kind, wanted.get(feature.name, "any"))
    if definition.own_baseline:
        for column in definition.own_baseline.columns:
            wanted[column] = _merged(column, "number", wanted.get(column, "any"))
    if definition.group:
        wanted.setdefault(definition.group, "any")
    label = definition.label
    if definition.task == "thing":
        kind = _kind_of("category", made=made.get(label.name))
    else:
        kind = (
            "number"
            if definition.task == "number"
            else _kind_of(label.kind, made=made.get(label.name))
        )
    wanted[label.name] = _merged(label.name, kind, wanted.get(label.name, "any"))
    for column, kind in (definition.recommend.columns if definition.recommend else {}).items():
        wanted[column] = _merged(column, kind, wanted.get(column, "any"))
    return wanted


def _kind_of(kind: str | None, *, made: Kind | None) -> Kind:
    """Return as what a feature or a label of some kind is read.

    What a rule ``made`` can be a word as it is: the number of a month.
    """
    if kind == "number":
        return "number"
    return "any" if kind is None or made not in {None, "text"} else "text"


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of a table before it is read.

    ``made`` are the columns that rules made; ``closed`` says that there are no others;
    ``renamed`` are those that are gone, with the names they got.
    """

    made: Wanted
    closed: bool
    renamed: Mapping[str, str]

    def lack(self, column: str) -> bool:
        """Say whether a column is certainly not there."""
        return column not in self.made and (self.closed or column in self.renamed)

    def instead(self, column: str) -> str:
        """Return a hint for a column that is not there."""
        if column in self.renamed:
            return f"its name is {self.renamed[column]!r} now"
        return near(column, self.made) or f"the columns are {', '.join(self.made) or 'none'}"

    def after(self, rule: Rule) -> Columns:
        """Return what is known after a rule."""
        if isinstance(rule, AggregateRule):
            return Columns(rule.gives(), closed=True, renamed={})
        if isinstance(rule, Rename):
            kept: Wanted = {c: kind for c, kind in self.made.items() if c not in rule.names}
            came: Wanted = {new: self.made.get(old, "any") for old, new in rule.names.items()}
            gone = {**self.renamed, **rule.names}
            renamed = {old: new for old, new in gone.items() if old not in came}
            return Columns({**kept, **came}, self.closed, renamed)
        gives = rule.gives()
        if isinstance(rule, FillMissing):  # fills what is there, and makes nothing
            gives = {c: kind for c, kind in gives.items() if c in self.made}
        renamed = {old: new for old, new in self.renamed.items() if old not in gives}
        return Columns({**self.made, **gives}, self.closed, renamed)


UNKNOWN = Columns({}, closed=False, renamed={})


def after(rules: Iterable[Rule], columns: Columns = UNKNOWN) -> Columns:
    """Return what is known of a table after rules."""
    for rule in rules:
        columns = columns.after(rule)
    return columns


def joined(definition: Definition) -> Columns:
    """Return what is known of the joined table."""
    sources = [after(definition.source_rules(name)) for name in definition.sources]
    return Columns(
        {column: kind for source in sources for column, kind in source.made.items()},
        closed=all(source.closed for source in sources),
        renamed={
            old: new
            for source in sources
            for old, new in source.renamed.items()
            if all(other.lack(old) for other in sources)
        },
    )


def available(definition: Definition) -> Columns:
    """Return what is known of the finished table."""
    rules = [rule for rule in definition.table_rules if not isinstance(rule, AggregateRule)]
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
        if isinstance(rule, Gather) and column == rule.by.name and rule.by.unit:
            periods.insert(0, rule.by)
        column = rule.origin(column)
    return column, periods
