"""Where a definition contradicts itself, said before any data is read.

Each check follows the columns through the rules as far as ``known_columns`` says them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.checks.columns_through_rules import (
    of_join,
    of_kinds,
    of_rules,
    of_zones,
    one_maker_each,
)
from mlcli.definition.checks.decide import of_decide
from mlcli.definition.checks.hyperparameters import of_hyperparameters
from mlcli.definition.checks.roles import (
    BY_NUMBERS,
    of_features,
    of_holdout,
    of_judging,
    of_label_and_baseline,
    of_recommend,
    of_task,
)
from mlcli.definition.checks.tune import of_threshold, of_tune
from mlcli.definition.columns_needed import joined
from mlcli.definition.engines import unable
from mlcli.definition.known_columns import ONE_KIND, UNKNOWN
from mlcli.definition.vocabulary import Contradiction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition
    from mlcli.definition.vocabulary import Path


def contradictions(definition: Definition) -> Iterator[Contradiction]:
    """Yield everything that does not fit together, before any data is read."""
    found = list(_forwards(definition))
    yield from found
    said = {one.word for one in found if one.hint in {ONE_KIND, BY_NUMBERS}}
    yield from (one for one in of_kinds(definition) if one.word not in said)


def _forwards(definition: Definition) -> Iterator[Contradiction]:
    yield from of_zones(definition)
    yield from of_join(definition)
    for name in definition.sources:
        path: Path = ("sources", name, "rules")
        yield from of_rules(definition.source_rules(name), path, UNKNOWN)
    yield from one_maker_each(definition)
    yield from of_rules(definition.table_rules, ("rules",), joined(definition))
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
