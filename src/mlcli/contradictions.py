"""Where a definition contradicts itself, said before any data is read.

Each check follows the columns through the rules as far as ``plan`` knows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli.algorithms import KNearest, friendly_names
from mlcli.errors import near
from mlcli.flags import RESERVED, flag
from mlcli.frozen import given
from mlcli.plan import (
    UNKNOWN,
    Columns,
    KindConflictError,
    Wanted,
    a_kind,
    after,
    available,
    before,
    final_wants,
    joined,
)
from mlcli.rules import AggregateRule, Rule
from mlcli.rules.columns import Bands, Rename
from mlcli.rules.where import Drop, DropDates, DropWeekdays, Keep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.cells import Kind
    from mlcli.definition import Definition, Feature, Recommend

Path = tuple[str | int, ...]
_ONE_KIND = "a column is one thing in all of a definition: change one of the two"


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
        yield from _rules(definition.source_rules(name), path, UNKNOWN)
    yield from _one_maker_each(definition)
    yield from _rules(definition.table_rules, ("rules",), joined(definition))
    yield from _features(definition)
    yield from _label_and_baseline(definition)
    yield from _holdout(definition)
    yield from _task(definition)
    if definition.recommend:
        yield from _recommend(definition, definition.recommend)
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
        message = f"{column!r} is {a_kind(made)}, and cannot be read as {a_kind(needed)}"
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


def _features(definition: Definition) -> Iterator[Contradiction]:
    columns = available(definition)
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
        yield from _feature_kind(definition, feature, path)


def _feature_kind(definition: Definition, feature: Feature, path: Path) -> Iterator[Contradiction]:
    """Say what a feature of its kind cannot have."""
    name, kind = feature.name, feature.kind
    if kind == "number" and feature.on_unseen != "error":
        yield Contradiction(
            (*path, "unseen"),
            f"{name!r} is a number, and only words can be unseen",
            "take  unseen:  away",
            at_value=True,
        )
    if kind in {"category", "ordinal"} and feature.missing in {"mean", "median"}:
        yield Contradiction(
            (*path, "missing"),
            f"a category has no {feature.missing}",
            "write  missing: most_frequent",
            at_value=True,
        )
    if kind == "tags" and feature.missing:
        message = f"{name!r} is a list, and an empty one is what  unseen:  says"
        yield Contradiction((*path, "missing"), message, "take  missing:  away", at_value=True)
    if kind == "ordinal" and feature.levels is None:
        message = f"{name!r} is ordinal, and its levels are not said"
        yield Contradiction(path, message, f"add  levels: {_levels(definition, name)}", name)
    if kind != "ordinal" and feature.levels is not None:
        message = f"{name!r} is not ordinal: its levels are found out from the data"
        hint = "take  levels:  away, or write  kind: ordinal"
        yield Contradiction((*path, "levels"), message, hint)
    if feature.levels and len(set(feature.levels)) < len(feature.levels):
        twice = next(x for x in feature.levels if feature.levels.count(x) > 1)
        message = f"the level {twice!r} stands here twice"
        yield Contradiction((*path, "levels"), message, "take one away")


def _levels(definition: Definition, column: str) -> str:
    """Return the levels of a column in their order, if a rule bands a number to make it."""
    rules = [
        *definition.table_rules,
        *(rule for name in definition.sources for rule in definition.source_rules(name)),
    ]
    bands = next((r for r in rules if isinstance(r, Bands) and r.as_ == column), None)
    return f"[{', '.join(bands.in_order)}]" if bands else "[lowest, ..., highest]"


def _task(definition: Definition) -> Iterator[Contradiction]:
    """Say where the model answers with something else than the definition asks for."""
    model, label = definition.model, definition.label
    path: Path = ("model", "name") if "name" in model.model_fields_set else ("model",)
    if definition.recommend and "thing" not in model.tasks:
        message = f"{model.name} cannot put things in order"
        hint = f"the models that can are {', '.join(friendly_names('thing'))}"
        yield Contradiction(path, message, hint, at_value=True)
    if not definition.recommend and model.tasks == ("thing",):
        message = f"{model.name} puts things in order, and nothing is to be suggested"
        yield Contradiction(path, message, "add  recommend: {top: 5}", at_value=True)
    if definition.recommend is None and label.kind and label.kind not in model.tasks:
        answers, instead = (
            ("classes", "linear_regression")
            if label.kind == "number"
            else ("numbers", "logistic_regression")
        )
        yield Contradiction(
            ("label", "kind"),
            f"{model.name} answers with {answers}, and the label is a {label.kind}",
            f"take  kind:  away, or another model, such as {instead}",
            at_value=True,
        )
    if definition.task != "number" and definition.task is not None:
        if label.whole is not None:
            message = f"{label.name!r} is no number that could be whole"
            yield Contradiction(("label", "whole"), message, "take  whole:  away")
        if definition.own_baseline:
            message = f"a formula answers with a number, and {label.name!r} is none"
            yield Contradiction(("baseline",), message, "take  baseline:  away")


def _recommend(definition: Definition, recommend: Recommend) -> Iterator[Contradiction]:
    """Say what does not go with a catalogue of things."""
    if definition.holdout is not None and definition.split.how != "none":
        message = "every row is a thing of its own: none can be held out"
        yield Contradiction(("holdout",), message, "take  holdout:  away", at_value=True)
    if definition.label.kind is not None:
        message = "the label of a catalogue is the name of a thing"
        yield Contradiction(("label", "kind"), message, "take  kind:  away")
    if isinstance(definition.model, KNearest) and "neighbours" in definition.model.model_fields_set:
        message = "every thing of a catalogue is put in order, not some neighbours"
        yield Contradiction(("model", "neighbours"), message, "take  neighbours:  away")
    for index, feature in enumerate(definition.features):
        if feature.kind in {"number", "ordinal"}:
            message = f"a wish is a word, and {feature.name!r} is a number"
            hint = f"name ranges of it, with  bands: {{of: {feature.name}, as: ..., low: under 5}}"
            if feature.kind == "ordinal":
                message, hint = f"{feature.name!r} would be a number", "write  kind: category"
            yield Contradiction(("features", index, "kind"), message, hint, at_value=True)
    columns = available(definition)
    for part in ("order", "show"):
        for index, key in enumerate(getattr(recommend, part)):
            column = key.removeprefix("-") if part == "order" else key
            reserved = part == "order" and column in {"wishes", "score", "name"}
            if not reserved and columns.lack(column):
                message = f"there is no column {column!r} to {_USE[part]}"
                hint = columns.instead(column)
                yield Contradiction(("recommend", part, index), message, hint, at_value=True)
            elif part == "order" and not reserved:
                yield from _of_its_kind(columns, ("recommend", part, index), column, "number")


_USE = {"order": "order things by", "show": "show"}


def _date(definition: Definition) -> str | None:
    """Return the key, if it must be a date."""
    return definition.key if definition.dated or definition.split.by_date else None


def _label_and_baseline(definition: Definition) -> Iterator[Contradiction]:
    columns, label = available(definition), definition.label.name
    if columns.lack(label):
        message = f"no source or rule makes the label {label!r}"
        yield Contradiction(("label",), message, columns.instead(label), label)
    if label == _date(definition):
        message = f"{label!r} is the date of a row, not a label"
        yield Contradiction(("label",), message, "name the column to be answered", label)
    elif definition.task == "number":
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
    # What YAML cannot say.
    (r"(, | or )(a callable|an instance of '(numpy|sklearn)[^']*')", ""),
    (r"\ban int\b|\ban instance of 'int'", "a whole number"),
    (r"\ba float\b|\ban instance of 'float'", "a number"),
    (r"\ban instance of 'bool'", "true or false"),
    (r"\ban instance of 'str'", "text"),
    (r"\ban instance of 'dict'", "a mapping"),
    (r"\ban array-like\b|\ban instance of '(list|tuple)'", "a list"),
    (r"in the range [\[(]-inf, inf[\])]", "of any size"),
    (r"in the range \[([^,]+), inf[\])]", r"of \1 or more"),
    (r"in the range \(([^,]+), inf[\])]", r"above \1"),
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
    # They write a set, in whatever order it comes.
    return re.sub(
        r"\ba str among \{(.*?)\}",
        lambda match: f"one of {', '.join(sorted(match[1].split(', ')))}",
        needs,
    )


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
