"""Where a definition contradicts itself, said before any data is read.

Each check follows the columns through the rules as far as ``known_columns`` says them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlcli.definition.algorithms import ByClassName
from mlcli.definition.checks import columns_through_rules, roles
from mlcli.definition.columns_needed import joined
from mlcli.definition.engines import unable
from mlcli.definition.known_columns import ONE_KIND, UNKNOWN
from mlcli.definition.vocabulary import Contradiction, Path, given
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Yield everything that does not fit together, before any data is read."""
    found = list(_forwards(definition))
    yield from found
    said = {one.word for one in found if one.hint in {ONE_KIND, roles.BY_NUMBERS}}
    yield from (one for one in columns_through_rules.of_kinds(definition) if one.word not in said)


def _forwards(definition: Definition) -> Iterator[Contradiction]:
    yield from columns_through_rules.of_zones(definition)
    yield from columns_through_rules.of_join(definition)
    for name in definition.sources:
        path: Path = ("sources", name, "rules")
        yield from columns_through_rules.of_rules(definition.source_rules(name), path, UNKNOWN)
    yield from columns_through_rules.one_maker_each(definition)
    yield from columns_through_rules.of_rules(
        definition.table_rules, ("rules",), joined(definition)
    )
    yield from roles.of_features(definition)
    yield from roles.of_label_and_baseline(definition)
    yield from roles.of_holdout(definition)
    yield from roles.of_judging(definition)
    yield from roles.of_task(definition)
    yield from of_decide(definition)
    if definition.recommend:
        yield from roles.of_recommend(definition, definition.recommend)
    yield from of_hyperparameters(definition)
    yield from of_tune(definition)
    yield from of_threshold(definition)
    for message, hint in unable(definition):
        yield Contradiction(("engine",), message, hint)


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
    message = f"{what}: there is no number to have ready"
    yield Contradiction(("decide",), message, "take  decide:  away")


def of_tune(definition: Definition) -> Iterator[Contradiction]:
    """Find hyperparameters that the model does not have, and values that it does not take."""
    model = definition.model
    if definition.tune is None:
        return
    if definition.recommend is not None:
        message = "a catalogue has no error that values could be chosen by"
        yield Contradiction(("tune",), message, "take  tune:  away")
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
            yield Contradiction(("label", key), message, f"take  {key}:  away")
            return
    if label.threshold is not None and label.positive is None:
        message = "it is not said which class the threshold is for"
        yield Contradiction(("label", "threshold"), message, "add  positive: CLASS  to the label")
