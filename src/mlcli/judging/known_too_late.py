"""What a model was shown and nobody knows yet at the time of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.columns_needed import origin
from mlcli.grammar.alarm_codes import FINAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Rule
    from mlcli.store.ledger import Ledger


def nothing_cut(definition: Definition, ledger: Ledger) -> Iterator[str]:
    """Yield a note for each cut-off that left every row in."""
    for source in ledger.sources:
        rules = definition.source_rules(source.name)
        for rule, counted in zip(rules, source.rules, strict=True):
            if rule.cuts_off and counted.rows_in == counted.rows_out:
                yield rule.nothing_cut()


def final_counts(definition: Definition) -> Iterator[str]:
    """Yield a note for each feature that counts or adds up to the end of a day, week or month."""
    for feature in definition.features:
        known = {(FINAL, ""), (FINAL, feature.name)} & set(definition.acknowledge)
        column = origin(definition.table_rules, feature.name)
        sources = map(definition.source_rules, definition.sources)
        if not known and any(_is_final(rules, column) for rules in sources):
            late = "what comes in after you ask;  as_of  leaves it out"
            yield f"{FINAL}: {feature.name} may count {late}"


def _is_final(rules: tuple[Rule, ...], column: str) -> bool:
    """Say whether rules gather a column from all rows of a period, whenever they came in."""
    if any(rule.cuts_off for rule in rules):
        return False
    for at, rule in reversed(list(enumerate(rules))):
        if rule.gathers:
            return rule.totals(origin(rules[at + 1 :], column))
    return False
