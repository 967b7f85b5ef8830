"""Where a definition contradicts itself, said before any data is read.

Here are those of features, the label, the model and what is asked of it; those of columns on
their way through the rules are in ``columns_through_rules``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering.features import flag
from mlcli.answering.label import KINDS
from mlcli.definition.algorithms import ByClassName, KNearest, friendly_names
from mlcli.definition.checks import columns_through_rules
from mlcli.definition.columns_needed import available, dated_key, joined, read_label_as
from mlcli.definition.engines import unable
from mlcli.definition.known_columns import ONE_KIND, UNKNOWN
from mlcli.definition.vocabulary import Contradiction, Path, given
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition, Feature, Recommend
    from mlcli.definition.known_columns import KnownColumns

# The options of predict and recommend that a feature's option must not hide.
RESERVED = {
    *("anyway", "date", "debug", "engine", "help", "input", "json", "model", "output", "quiet"),
    *("range", "raw", "skip", "strict", "top"),
}


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Yield everything that does not fit together, before any data is read."""
    found = list(_forwards(definition))
    yield from found
    said = {one.word for one in found if one.hint in {ONE_KIND, BY_NUMBERS}}
    yield from (one for one in columns_through_rules.of_kinds(definition) if one.word not in said)


def _forwards(definition: Definition) -> Iterator[Contradiction]:
    yield from columns_through_rules.of_zones(definition)
    yield from columns_through_rules.of_join(definition)
    for name in definition.sources:
        path: Path = ("sources", name, "rules")
        yield from columns_through_rules.of_rules(definition.source_rules(name), path, UNKNOWN)
    yield from columns_through_rules.of_days(definition)
    yield from columns_through_rules.one_maker_each(definition)
    yield from columns_through_rules.of_rules(
        definition.table_rules, ("rules",), joined(definition)
    )
    yield from of_features(definition)
    yield from of_label_and_baseline(definition)
    yield from of_holdout(definition)
    yield from of_judging(definition)
    yield from of_task(definition)
    yield from of_decide(definition)
    if definition.recommend:
        yield from of_recommend(definition, definition.recommend)
    yield from of_hyperparameters(definition)
    yield from of_tune(definition)
    yield from of_threshold(definition)
    for message, hint in unable(definition):
        yield Contradiction(("engine",), message, hint)


def _away(path: Path, message: str, *, at_value: bool = False) -> Contradiction:
    """Return that a key has no business here."""
    return Contradiction(path, message, f"take  {path[-1]}:  away", at_value=at_value)


def warnings(definition: Definition) -> Iterator[Contradiction]:
    """Yield what is allowed and probably not meant."""
    for name in definition.sources:
        for index, step in enumerate(definition.sources[name].rules):
            if step.rule.about_days:
                yield Contradiction(
                    ("sources", name, "rules", index),
                    f"{step.name} in a source only makes the data: "
                    "questions about those days will not be refused",
                    "move it to  rules:  below the sources to have them refused",
                )


def of_hyperparameters(definition: Definition) -> Iterator[Contradiction]:
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
                f"{key!r} must be {plainly(complaint.needs)}, not {given(complaint.value)}",
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


def plainly(needs: str) -> str:
    """Say one of scikit-learn's constraints in plain words."""
    for theirs, ours in _PLAINLY:
        needs = re.sub(theirs, ours, needs)
    # They write a set, in whatever order it comes.
    return re.sub(
        r"\ba str among \{(.*?)\}",
        lambda match: f"one of {', '.join(sorted(match[1].split(', ')))}",
        needs,
    )


def of_decide(definition: Definition) -> Iterator[Contradiction]:
    """Say that only numbers can be too few or too many."""
    if definition.decide is None or definition.kind.amount:
        return
    what = definition.kind.described.format(name=definition.label.name)
    yield _away(("decide",), f"{what}: there is no number to have ready")


def of_tune(definition: Definition) -> Iterator[Contradiction]:
    """Find hyperparameters that the model does not have, and values that it does not take."""
    model = definition.model
    if definition.tune is None:
        return
    if definition.recommend is not None:
        yield _away(("tune",), "a catalogue has no error that values could be chosen by")
        return
    for key, values in definition.tune.items():
        if key == "name":
            message = "'name' is no hyperparameter: one model is tuned at a time"
            yield Contradiction(("tune", key), message, "to compare models, use  mlcli compare")
        elif key not in model.known:
            message = f"{model.name} has no hyperparameter {key!r}"
            none = "it has none: take  tune:  away, or another model"
            it_has = f"it has {', '.join(model.known)}" if model.known else none
            yield Contradiction(("tune", key), message, near(key, model.known) or it_has)
        elif isinstance(model, ByClassName):
            yield from _by_class_name(definition, key, values)


def _by_class_name(
    definition: Definition, key: str, values: tuple[object, ...]
) -> Iterator[Contradiction]:
    """Say what scikit-learn itself complains of, of the first value that it does not take."""
    for at, value in enumerate(values):
        tried = definition.model_copy(update={"model": definition.model.having({key: value})})
        for found in of_hyperparameters(tried):
            if found.path == ("model", key):
                yield Contradiction(("tune", key, at), found.message, found.hint, at_value=True)
                return


def of_threshold(definition: Definition) -> Iterator[Contradiction]:
    """Find a line between classes where there are none, or where it is not said which to find."""
    label = definition.label
    for key, value in (("positive", label.positive), ("threshold", label.threshold)):
        if value is not None and not definition.kind.divided:
            noun = definition.kind.noun
            message = f"{key!r} is about two classes, and {label.name!r} is {noun}"
            yield _away(("label", key), message)
            return
    if label.threshold is not None and label.positive is None:
        message = "it is not said which class the threshold is for"
        yield Contradiction(("label", "threshold"), message, "add  positive: CLASS  to the label")


BY_NUMBERS = "take it away: wishes are counted, and the name comes last anyway"


def of_features(definition: Definition) -> Iterator[Contradiction]:
    """Find features that are not there, cannot be asked for, or contradict their kind."""
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
            yield Contradiction(
                path, message, f"add the rule  rename: {{{wording.in_yaml(name)}: NEW}}", name
            )
        elif option[2:] in RESERVED:
            message = f"the feature cannot be asked for: {option} has a meaning of its own"
            yield Contradiction(
                path, message, f"add the rule  rename: {{{wording.in_yaml(name)}: NEW}}", name
            )
        elif option in flags:
            other = flags[option]
            what = f"would be asked for by {option}, as {other!r} is"
            message = f"the feature {name!r} {'stands here twice' if other == name else what}"
            yield Contradiction(path, message, "take one away or rename it", name)
        flags[option] = name
        if name == definition.label.name:
            message = f"{name!r} is both a feature and the label"
            yield Contradiction(path, message, "take it out of the features", name)
        if name == dated_key(definition):
            hint = f"derive something of it, as  weekday: {wording.in_yaml(f'weekday of {name}')}"
            yield Contradiction(path, f"{name!r} is the date of a row, not a feature", hint, name)
        elif feature.kind == "number":
            yield from columns.contradicted(path, name, "number")
        yield from _feature_kind(definition, feature, path)


def _feature_kind(definition: Definition, feature: Feature, path: Path) -> Iterator[Contradiction]:
    """Say what a feature of its kind cannot have."""
    name, kind = feature.name, feature.kind
    if kind == "number" and feature.on_unseen != "error":
        message = f"{name!r} is a number, and only words can be unseen"
        yield _away((*path, "unseen"), message, at_value=True)
    if kind in {"category", "ordinal"} and feature.missing in {"mean", "median"}:
        yield Contradiction(
            (*path, "missing"),
            f"words have no {feature.missing}",
            "write  missing: most_frequent",
            at_value=True,
        )
    if kind == "tags" and feature.missing:
        message = f"{name!r} is a list, and an empty one is what  unseen:  says"
        yield _away((*path, "missing"), message, at_value=True)
    if kind != "tags" and any(name in rule.lists() for rule in definition.every_rule):
        message = f"{name!r} is a list, and no {kind or 'number or category'}"
        yield Contradiction(
            path, message, f"write  {wording.in_yaml({'name': name, 'kind': 'tags'})}", name
        )
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
    bands = definition.bands_of(column)
    return wording.in_yaml(bands) if bands else "[lowest, ..., highest]"


def of_label_and_baseline(definition: Definition) -> Iterator[Contradiction]:
    """Find a label that is not there, and a baseline that cannot be worked out."""
    columns, label = available(definition), definition.label.name
    if columns.lack(label):
        message = f"no source or rule makes the label {label!r}"
        yield Contradiction(("label",), message, columns.instead(label), label)
    if label == dated_key(definition):
        message = f"{label!r} is the date of a row, not a label"
        yield Contradiction(("label",), message, "name the column to be answered", label)
    elif read_label_as(definition) == "number":
        yield from columns.contradicted(("label",), label, "number")
    for column in definition.baseline.columns if definition.baseline else ():
        if column == label:
            message = f"the baseline uses the label {label!r} itself"
            hint = "write it with columns that are known before the label is"
            yield Contradiction(("baseline",), message, hint, column)
        elif columns.lack(column):
            message = f"there is no column {column!r} for the baseline"
            yield Contradiction(("baseline",), message, columns.instead(column), column)
        else:
            yield from columns.contradicted(("baseline",), column, "number")


def of_holdout(definition: Definition) -> Iterator[Contradiction]:
    """Find a hold-out by date where rows have none."""
    if definition.split.by_date and not definition.key and not definition.recommend:
        yield Contradiction(
            ("holdout",),
            f"{definition.split.text!r} needs a date for each row",
            "add  date: COLUMN  or write  holdout: random 20%",
            at_value=True,
        )


def of_judging(definition: Definition) -> Iterator[Contradiction]:
    """Find a group that is not there, and alarms about what is no feature."""
    group, columns = definition.group, available(definition)
    if group is not None and columns.lack(group):
        message = f"there is no column {group!r} to keep rows together by"
        yield Contradiction(("group",), message, columns.instead(group), at_value=True)
    if group is not None and definition.recommend:
        message = "every row is a thing of its own: none are kept together"
        yield _away(("group",), message, at_value=True)
    features = [feature.name for feature in definition.features]
    for index, (code, column) in enumerate(definition.acknowledge):
        if column and column not in features:
            message = f"{column!r} is no feature that  {code}  could be about"
            hint = near(column, features) or f"the features are {', '.join(features)}"
            yield Contradiction(("acknowledge", index), message, hint, at_value=True)


def of_task(definition: Definition) -> Iterator[Contradiction]:
    """Say where the model answers with something else than the definition asks for."""
    model, label = definition.model, definition.label
    path: Path = ("model", "name") if "name" in model.model_fields_set else ("model",)
    if definition.recommend and not model.suggests:
        message = f"{model.name} cannot put things in order"
        hint = f"the models that can are {', '.join(friendly_names(definition.kind.kind))}"
        yield Contradiction(path, message, hint, at_value=True)
    if not definition.recommend and not model.row_by_row:
        message = f"{model.name} puts things in order, and nothing is to be suggested"
        yield Contradiction(path, message, "add  recommend: {top: 5}", at_value=True)
    if definition.recommend is None and label.kind and label.kind not in model.tasks:
        answers = KINDS[model.tasks[0]].plural
        yield Contradiction(
            ("label", "kind"),
            f"{model.name} answers with {answers}, and the label is a {label.kind}",
            f"take  kind:  away, or another model, such as {definition.kind.such_a_model}",
            at_value=True,
        )
    if not definition.kind.amount:
        if label.whole is not None:
            yield _away(("label", "whole"), f"{label.name!r} is no number that could be whole")
        if definition.baseline:
            message = f"a formula answers with a number, and {label.name!r} is none"
            yield _away(("baseline",), message)


def of_recommend(definition: Definition, recommend: Recommend) -> Iterator[Contradiction]:
    """Say what does not go with a catalogue of things."""
    if definition.holdout is not None and definition.split.how != "none":
        message = "every row is a thing of its own: none can be held out"
        yield _away(("holdout",), message, at_value=True)
    if definition.label.kind is not None:
        yield _away(("label", "kind"), "the label of a catalogue is the name of a thing")
    if isinstance(definition.model, KNearest) and "neighbours" in definition.model.model_fields_set:
        message = "every thing of a catalogue is put in order, not some neighbours"
        yield _away(("model", "neighbours"), message)
    for index, feature in enumerate(definition.features):
        if feature.missing and feature.kind != "tags":
            message = "a thing is suggested for what it has, not for what stands in for it"
            hint = "take  missing:  away; things without it are kept where  unseen:  says ignore"
            yield Contradiction(("features", index, "missing"), message, hint)
        if feature.kind in {"number", "ordinal"}:
            message = f"a wish is a word, and {feature.name!r} is a number"
            hint = (
                f"name ranges of it, with  bands: {{of: {wording.in_yaml(feature.name)}, "
                "as: ..., low: under 5}"
            )
            if feature.kind == "ordinal":
                message = f"a wish is a word, and an ordinal such as {feature.name!r} is a number"
                hint = "write  kind: category"
            yield Contradiction(("features", index, "kind"), message, hint, at_value=True)
    columns = available(definition)
    for part in ("order", "show"):
        for index, key in enumerate(getattr(recommend, part)):
            column = key.removeprefix("-") if part == "order" else key
            reserved = part == "order" and column in {"wishes", "score", "name"}
            if part == "order" and not reserved and column in _words(definition, columns):
                message = f"{column!r} is words, and things are ordered by numbers"
                place: Path = ("recommend", part, index)
                yield Contradiction(place, message, BY_NUMBERS, column, at_value=True)
            elif not reserved and columns.lack(column):
                message = f"there is no column {column!r} to {_USE[part]}"
                hint = columns.instead(column)
                yield Contradiction(("recommend", part, index), message, hint, at_value=True)


def _words(definition: Definition, columns: KnownColumns) -> set[str]:
    """Return the columns that are known to hold words: features that are, the name, and others."""
    features = {f.name for f in definition.features if f.kind in {"category", "tags"}}
    made = {column for column, kind in columns.made.items() if kind not in {"any", "number"}}
    return features | made | {definition.label.name}


_USE = {"order": "order things by", "show": "show"}
