"""What a definition needs of its exports, and where it contradicts itself.

Both follow from walking the rules: forwards, to know which columns there are;
backwards, to know which columns of a file are needed, and read as what.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.errors import did_you_mean
from mlcli.flags import RESERVED, flag
from mlcli.rules import AggregateRule, Rule
from mlcli.rules.columns import FillMissing, Rename
from mlcli.rules.where import DropDates, DropWeekdays
from mlcli.rules.whole import DropDuplicates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.cells import Kind
    from mlcli.definition import Definition

Path = tuple[str | int, ...]
Wanted = dict[str, "Kind"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no key alone is to blame for; ``word`` narrows the place."""

    path: Path
    message: str
    hint: str = ""
    word: str = ""


class KindConflictError(ValueError):
    """A column is needed as two different things."""

    def __init__(self, column: str, one: Kind, other: Kind) -> None:
        super().__init__(f"{column!r} is read as {_a(one)} here, and as {_a(other)} elsewhere")
        self.column = column


def _a(kind: Kind) -> str:
    return {"boolean": "true or false"}.get(kind, f"a {kind}" if kind != "text" else "text")


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
        return rule.needs()
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
    for feature in definition.features:
        kinds: dict[str | None, Kind] = {"number": "number", "category": "text", None: "any"}
        wanted[feature.name] = _merged(
            feature.name, kinds[feature.kind], wanted.get(feature.name, "any")
        )
    if definition.own_baseline:
        for column in definition.own_baseline.columns:
            wanted[column] = _merged(column, "number", wanted.get(column, "any"))
    wanted[definition.label.name] = _merged(
        definition.label.name, "number", wanted.get(definition.label.name, "any")
    )
    return wanted


def made_by(rules: Sequence[Rule]) -> tuple[Wanted, bool]:
    """Return the columns that rules make, and whether those are all there are."""
    made: Wanted = {}
    closed = False
    for rule in rules:
        if isinstance(rule, AggregateRule):
            made, closed = {}, True
        if isinstance(rule, Rename):
            made = {c: kind for c, kind in made.items() if c not in rule.names}
        if not isinstance(rule, FillMissing):
            made.update(rule.gives())
    return made, closed


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Yield everything that does not fit together, before any data is read."""
    yield from _join(definition)
    for name in definition.sources:
        path: Path = ("sources", name, "rules")
        yield from _rules(definition.source_rules(name), path, {}, closed=False)
    yield from _table(definition)
    yield from _features(definition)
    yield from _holdout(definition)
    for key, message in definition.model.complaints():
        yield Contradiction(("model", key), message)
    yield from _kinds(definition)


def _join(definition: Definition) -> Iterator[Contradiction]:
    if definition.join and definition.date:
        yield Contradiction(
            ("date",), "with a join, the key it names is the date", "take  date:  away"
        )
    if len(definition.sources) > 1 and not definition.join:
        yield Contradiction(
            ("sources",),
            "several sources need a key that aligns them",
            "add  join: day  or the column they share",
        )
    for name in definition.sources:
        made, closed = made_by(definition.source_rules(name))
        if closed and definition.key and definition.key not in made:
            yield Contradiction(
                ("join",) if definition.join else ("date",),
                f"source {name!r} has no {definition.key!r} after its rules",
                f"it has {', '.join(made)}",
            )


def _rules(
    rules: Sequence[Rule], path: Path, made: Wanted, *, closed: bool
) -> Iterator[Contradiction]:
    """Follow the columns through a list of rules, as far as they are known."""
    known = dict(made)
    for index, rule in enumerate(rules):
        here: Path = (*path, index)
        for column in rule.needs():
            if not column:
                yield Contradiction(
                    here, "the rule does not say which date it means", "add  of: COLUMN"
                )
            elif closed and column not in known:
                yield Contradiction(
                    here,
                    f"no column {column!r} is left here",
                    did_you_mean(column, known),
                    column,
                )
        if isinstance(rule, AggregateRule):
            known, closed = {}, True
        if isinstance(rule, Rename):
            known = {c: kind for c, kind in known.items() if c not in rule.names}
        known.update(rule.gives())


def warnings(definition: Definition) -> Iterator[Contradiction]:
    """Yield what is allowed and probably not meant."""
    for name in definition.sources:
        for index, step in enumerate(definition.sources[name].rules):
            if isinstance(step.rule, DropWeekdays | DropDates):
                yield Contradiction(
                    ("sources", name, "rules", index),
                    f"{step.name} in a source only makes the data: "
                    "questions about those days will not be refused",
                    "move it to  rules:  below the sources to have them refused",
                )


def joined(definition: Definition) -> tuple[Wanted, bool]:
    """Return the columns known to be in the joined table, and whether they are all."""
    columns: Wanted = {}
    all_known = True
    for name in definition.sources:
        made, closed = made_by(definition.source_rules(name))
        columns.update(made)
        all_known = all_known and closed
    return columns, all_known


def _table(definition: Definition) -> Iterator[Contradiction]:
    columns, closed = joined(definition)
    for index, rule in enumerate(definition.table_rules):
        if isinstance(rule, AggregateRule):
            yield Contradiction(
                ("rules", index),
                "rows are gathered in a source, not after the join",
                "move the rule to its source",
            )
            return
    yield from _rules(definition.table_rules, ("rules",), columns, closed=closed)
    twice = [
        column
        for column in columns
        if column != definition.key
        and sum(column in made_by(definition.source_rules(name))[0] for name in definition.sources)
        > 1
    ]
    for column in twice:
        yield Contradiction(
            ("sources",),
            f"two sources make a column {column!r}",
            "give one another name",
            column,
        )


def _available(definition: Definition) -> tuple[Wanted, bool]:
    columns, closed = joined(definition)
    for rule in definition.table_rules:
        if isinstance(rule, Rename):
            columns = {c: kind for c, kind in columns.items() if c not in rule.names}
        columns.update(rule.gives())
    return columns, closed


def _features(definition: Definition) -> Iterator[Contradiction]:
    columns, closed = _available(definition)
    flags: dict[str, str] = {}
    for index, feature in enumerate(definition.features):
        path: Path = ("features", index)
        name = feature.name
        if closed and name not in columns:
            yield Contradiction(
                path,
                f"no source or rule makes the feature {name!r}",
                did_you_mean(name, columns),
                name,
            )
        if flag(name)[2:] in RESERVED or flag(name) == "--":
            yield Contradiction(
                path,
                f"{flag(name)} cannot be asked for: it is an option of its own",
                f"rename the column {name!r}",
                name,
            )
        if flag(name) in flags:
            other = flags[flag(name)]
            what = (
                "stands here twice"
                if other == name
                else f"would be asked for by {flag(name)}, as {other!r}"
            )
            yield Contradiction(
                path, f"the feature {name!r} {what}", "take one away or rename it", name
            )
        flags[flag(name)] = name
        if name == definition.label.name:
            yield Contradiction(
                path,
                f"{name!r} is both a feature and the label",
                "a model cannot be asked for what it is told",
                name,
            )
        if feature.kind == "number" and feature.unseen != "error":
            yield Contradiction(
                path,
                f"unseen: {feature.unseen} is for categories, and {name!r} is a number",
                "",
                "unseen",
            )
        if feature.kind == "category" and feature.missing in {"mean", "median"}:
            yield Contradiction(
                path,
                f"a category has no {feature.missing}",
                "write  missing: most_frequent",
                "missing",
            )
    label = definition.label.name
    if closed and label not in columns:
        yield Contradiction(
            ("label",),
            f"no source or rule makes the label {label!r}",
            did_you_mean(label, columns),
            label,
        )
    for column in definition.own_baseline.columns if definition.own_baseline else ():
        if column == label:
            yield Contradiction(
                ("baseline",), f"the baseline uses the label {label!r} itself", "", column
            )
        elif closed and column not in columns:
            yield Contradiction(
                ("baseline",),
                f"no column {column!r} for the baseline",
                did_you_mean(column, columns),
                column,
            )


def _holdout(definition: Definition) -> Iterator[Contradiction]:
    if definition.split.by_date and not definition.key:
        yield Contradiction(
            ("holdout",),
            f"{definition.split.text!r} needs a date for each row",
            "add  date: COLUMN  or write  holdout: random 20%",
        )


def _kinds(definition: Definition) -> Iterator[Contradiction]:
    """Walk backwards to find a column that is needed as two different things."""
    try:
        wanted = final_wants(definition)
    except KindConflictError as error:
        yield Contradiction(("features",), str(error), word=error.column)
        return
    for index, rule in reversed(list(enumerate(definition.table_rules))):
        try:
            wanted = before(rule, wanted)
        except KindConflictError as error:
            yield Contradiction(("rules", index), str(error), word=error.column)
            return
    for name in definition.sources:
        made, closed = made_by(definition.source_rules(name))
        after = {c: kind for c, kind in wanted.items() if c in made or not closed}
        for index, rule in reversed(list(enumerate(definition.source_rules(name)))):
            try:
                after = before(rule, after)
            except KindConflictError as error:
                yield Contradiction(
                    ("sources", name, "rules", index), str(error), word=error.column
                )
                break
