"""What a definition needs of its exports, and where it contradicts itself.

Both follow from walking the rules: forwards, to know which columns there are;
backwards, to know which columns of a file are needed, and read as what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.errors import near
from mlcli.flags import RESERVED, flag
from mlcli.frozen import given
from mlcli.rules import AggregateRule, Rule
from mlcli.rules.columns import FillMissing, Rename
from mlcli.rules.where import Drop, DropDates, DropWeekdays, Keep
from mlcli.rules.whole import DropDuplicates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlcli.cells import Kind
    from mlcli.definition import Definition

_ONE_KIND = "a column is one thing in all of a definition: change one of the two"

Path = tuple[str | int, ...]
Wanted = dict[str, "Kind"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no key alone is to blame for.

    It stands where ``word`` does in what ``path`` points to, or else at the key there,
    or, with ``at_value``, at its value.
    """

    path: Path
    message: str
    hint: str
    word: str = ""
    at_value: bool = False


class KindConflictError(ValueError):
    """A column is needed as two different things."""

    def __init__(self, column: str, one: Kind, other: Kind) -> None:
        super().__init__(f"{column!r} is read as {_a(one)} here, and as {_a(other)} elsewhere")
        self.column = column


def _a(kind: Kind) -> str:
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
    made = _available(definition).made
    for feature in definition.features:
        kinds: dict[str | None, Kind] = {"number": "number", "category": "text", None: "any"}
        # What a rule made can be a category as it is: the number of a month.
        kind = "any" if feature.kind == "category" and feature.name in made else kinds[feature.kind]
        wanted[feature.name] = _merged(feature.name, kind, wanted.get(feature.name, "any"))
    if definition.own_baseline:
        for column in definition.own_baseline.columns:
            wanted[column] = _merged(column, "number", wanted.get(column, "any"))
    wanted[definition.label.name] = _merged(
        definition.label.name, "number", wanted.get(definition.label.name, "any")
    )
    return wanted


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


_UNKNOWN = Columns({}, closed=False, renamed={})


def after(rules: Iterable[Rule], columns: Columns = _UNKNOWN) -> Columns:
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


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Yield everything that does not fit together, before any data is read."""
    found = list(_forwards(definition))
    yield from found
    said = {one.word for one in found if one.hint == _ONE_KIND}
    yield from (one for one in _kinds(definition) if one.word not in said)


def _forwards(definition: Definition) -> Iterator[Contradiction]:
    yield from _zones(definition)
    yield from _join(definition)
    for name in definition.sources:
        path: Path = ("sources", name, "rules")
        yield from _rules(definition.source_rules(name), path, _UNKNOWN)
    yield from _one_maker_each(definition)
    yield from _rules(definition.table_rules, ("rules",), joined(definition))
    yield from _features(definition)
    yield from _label_and_baseline(definition)
    yield from _holdout(definition)
    yield from _hyperparameters(definition)


def _zones(definition: Definition) -> Iterator[Contradiction]:
    from zoneinfo import ZoneInfo, available_timezones

    for name, source in definition.sources.items():
        if source.timezone is None:
            continue
        try:
            ZoneInfo(source.timezone)
        except (LookupError, ValueError, OSError):
            known = sorted(available_timezones())
            if known:  # else this machine knows of none, which is no fault of the definition
                yield Contradiction(
                    ("sources", name, "timezone"),
                    f"there is no time zone {source.timezone!r}",
                    near(source.timezone, known) or "write a region and a city: Europe/Rome",
                    at_value=True,
                )


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
    key = definition.key
    for name in definition.sources if key else ():
        columns = after(definition.source_rules(name))
        path: Path = ("join",) if definition.join else ("date",)
        if key and key == _date(definition):
            yield from _of_its_kind(columns, path, key, "date")
        if key and columns.lack(key):
            yield Contradiction(
                path,
                f"source {name!r} has no {key!r} after its rules",
                columns.instead(key),
                at_value=True,
            )


def _rules(rules: Sequence[Rule], path: Path, columns: Columns) -> Iterator[Contradiction]:
    """Follow the columns through a list of rules, as far as they are known."""
    for index, rule in enumerate(rules):
        here: Path = (*path, index)
        if isinstance(rule, AggregateRule) and path == ("rules",):
            message = "rows are gathered in a source, not after the join"
            yield Contradiction(here, message, "move the rule to its source")
            continue
        for column, kind in rule.needs().items():
            if not column and isinstance(rule, DropWeekdays | DropDates):
                message = "the rule does not say which date it means"
                yield Contradiction(here, message, "add  of: COLUMN")
            elif not column:
                yield Contradiction(here, "a column here has no name", "write it before the colon")
            elif columns.lack(column):
                message = f"there is no column {column!r} here"
                yield Contradiction(here, message, columns.instead(column), column)
            else:
                yield from _of_its_kind(columns, here, column, kind)
        yield from _reason_misspelt(rule, here)
        names = rule.names if isinstance(rule, Rename) else {}
        for old, new in names.items():
            if new in columns.made and new not in names:
                yield Contradiction(
                    (*here, "rename", old),
                    f"there is already a column {new!r}",
                    "choose another name",
                    at_value=True,
                )
        columns = columns.after(rule)


def _of_its_kind(
    columns: Columns, path: Path, column: str, needed: Kind
) -> Iterator[Contradiction]:
    """Say it where a column that a rule made is needed as something else."""
    made = columns.made.get(column, "any")
    if "any" not in (made, needed) and made != needed:
        message = f"{column!r} is {_a(made)}, and cannot be read as {_a(needed)}"
        yield Contradiction(path, message, _ONE_KIND, column)


def _reason_misspelt(rule: Rule, here: Path) -> Iterator[Contradiction]:
    """Find a misspelt ``because``, which would be looked for among the columns."""
    from difflib import SequenceMatcher

    option, enough = "because", 0.85
    for column in rule.columns if isinstance(rule, Keep | Drop) and not rule.because else ():
        word = column.casefold()
        likeness = SequenceMatcher(None, word, option).ratio()
        if sorted(word) == sorted(option) or likeness >= enough:
            yield Contradiction(
                here, f"unknown key {column!r}", f"did you mean {option!r}?", column
            )


def _one_maker_each(definition: Definition) -> Iterator[Contradiction]:
    """Find columns, other than the key, that two sources make."""
    makers: dict[str, str] = {}
    for name in definition.sources:
        for column in after(definition.source_rules(name)).made:
            if column in makers and column != definition.key:
                rules = definition.source_rules(name)
                last = max(i for i, rule in enumerate(rules) if column in rule.gives())
                yield Contradiction(
                    ("sources", name, "rules", last),
                    f"the source {makers[column]!r} makes a column {column!r} too",
                    "give one of them another name",
                    column,
                )
            makers[column] = name


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


def _available(definition: Definition) -> Columns:
    rules = [rule for rule in definition.table_rules if not isinstance(rule, AggregateRule)]
    return after(rules, joined(definition))


def _features(definition: Definition) -> Iterator[Contradiction]:
    columns = _available(definition)
    flags: dict[str, str] = {}
    for index, feature in enumerate(definition.features):
        path: Path = ("features", index)
        name, option = feature.name, flag(feature.name)
        if columns.lack(name):
            message = f"no source or rule makes the feature {name!r}"
            yield Contradiction(path, message, columns.instead(name), name)
        if option == "--":
            message = f"{name!r} has no letter or digit to ask for it by"
            yield Contradiction(path, message, f"add the rule  rename: {{{name!r}: NEW}}", name)
        elif option[2:] in RESERVED:
            message = f"the feature cannot be asked for: {option} has a meaning of its own"
            yield Contradiction(path, message, f"add the rule  rename: {{{name}: NEW}}", name)
        elif option in flags:
            other = flags[option]
            what = f"would be asked for by {option}, as {other!r} is"
            message = f"the feature {name!r} {'stands here twice' if other == name else what}"
            yield Contradiction(path, message, "take one away or rename it", name)
        flags[option] = name
        if name == definition.label.name:
            message = f"{name!r} is both a feature and the label"
            yield Contradiction(path, message, "take it out of the features", name)
        if name == _date(definition):
            hint = f"derive something of it, as  weekday: weekday of {name}"
            yield Contradiction(path, f"{name!r} is the date of a row, not a feature", hint, name)
        elif feature.kind == "number":
            yield from _of_its_kind(columns, path, name, "number")
        if feature.kind == "number" and feature.unseen != "error":
            yield Contradiction(
                (*path, "unseen"),
                f"{name!r} is a number, and only a category can hold something unseen",
                "take  unseen:  away",
                at_value=True,
            )
        if feature.kind == "category" and feature.missing in {"mean", "median"}:
            yield Contradiction(
                (*path, "missing"),
                f"a category has no {feature.missing}",
                "write  missing: most_frequent",
                at_value=True,
            )


def _date(definition: Definition) -> str | None:
    """Return the key, if it must be a date."""
    return definition.key if definition.dated or definition.split.by_date else None


def _label_and_baseline(definition: Definition) -> Iterator[Contradiction]:
    columns, label = _available(definition), definition.label.name
    if columns.lack(label):
        message = f"no source or rule makes the label {label!r}"
        yield Contradiction(("label",), message, columns.instead(label), label)
    if label == _date(definition):
        message = f"{label!r} is the date of a row, not a label"
        yield Contradiction(("label",), message, "name the number to be answered", label)
    else:
        yield from _of_its_kind(columns, ("label",), label, "number")
    for column in definition.own_baseline.columns if definition.own_baseline else ():
        if column == label:
            message = f"the baseline uses the label {label!r} itself"
            hint = "write it with columns that are known before the label is"
            yield Contradiction(("baseline",), message, hint, column)
        elif columns.lack(column):
            message = f"there is no column {column!r} for the baseline"
            yield Contradiction(("baseline",), message, columns.instead(column), column)
        else:
            yield from _of_its_kind(columns, ("baseline",), column, "number")


def _holdout(definition: Definition) -> Iterator[Contradiction]:
    if definition.split.by_date and not definition.key:
        yield Contradiction(
            ("holdout",),
            f"{definition.split.text!r} needs a date for each row",
            "add  date: COLUMN  or write  holdout: random 20%",
            at_value=True,
        )


def _hyperparameters(definition: Definition) -> Iterator[Contradiction]:
    """Say what the algorithm complains of."""
    name = definition.model.name
    for complaint in definition.model.complaints():
        key = complaint.key
        if complaint.known:
            yield Contradiction(
                ("model", key),
                f"{name} has no hyperparameter {key!r}",
                near(key, complaint.known) or f"it has {', '.join(complaint.known)}",
            )
        else:
            yield Contradiction(
                ("model", key),
                f"{key!r} must be {_plainly(complaint.needs)}, not {given(complaint.value)}",
                f"see {name} in scikit-learn's documentation",
                at_value=True,
            )


_PLAINLY = (
    (r"\ban int\b", "a whole number"),
    (r"\ba float\b", "a number"),
    (r"\ban instance of 'bool'", "true or false"),
    (r"\ban instance of 'int'", "a whole number"),
    (r"\ban array-like\b", "a list"),
    (r"\ba str among \{(.*?)\}", r"one of \1"),
    (r"in the range \[([^,]+), inf\)", r"of \1 or more"),
    (r"in the range \(([^,]+), inf\)", r"above \1"),
    (r"in the range \[([^,]+), ([^,]+)\]", r"from \1 to \2"),
    (r"in the range \[([^,]+), ([^,]+)\)", r"from \1 to below \2"),
    (r"in the range \(([^,]+), ([^,]+)\]", r"above \1, up to \2"),
    (r"in the range \(([^,]+), ([^,]+)\)", r"between \1 and \2"),
    (r"\bNone\b", "null"),
)


def _plainly(needs: str) -> str:
    """Say one of scikit-learn's constraints in plain words."""
    for theirs, ours in _PLAINLY:
        needs = re.sub(theirs, ours, needs)
    return needs


def _kinds(definition: Definition) -> Iterator[Contradiction]:
    """Walk backwards to find a column that is needed as two different things."""
    try:
        wanted = final_wants(definition)
    except KindConflictError as error:
        own = definition.own_baseline
        if own and error.column in own.columns:  # others were said of the feature or the label
            yield Contradiction(("baseline",), str(error), _ONE_KIND, error.column)
        return
    for index, rule in reversed(list(enumerate(definition.table_rules))):
        try:
            wanted = before(rule, wanted)
        except KindConflictError as error:
            yield Contradiction(("rules", index), str(error), _ONE_KIND, error.column)
            return
    for name in definition.sources:
        yield from _kinds_of_source(definition, name, wanted)


def _kinds_of_source(definition: Definition, name: str, wanted: Wanted) -> Iterator[Contradiction]:
    rules = definition.source_rules(name)
    here = after(rules)
    elsewhere = {
        column
        for other in definition.sources
        if other != name
        for column in after(definition.source_rules(other)).made
        if column not in here.made and column != definition.join
    }
    found: Wanted = {c: k for c, k in wanted.items() if not here.lack(c) and c not in elsewhere}
    for index, rule in reversed(list(enumerate(rules))):
        try:
            found = before(rule, found)
        except KindConflictError as error:
            path: Path = ("sources", name, "rules", index)
            yield Contradiction(path, str(error), _ONE_KIND, error.column)
            return
