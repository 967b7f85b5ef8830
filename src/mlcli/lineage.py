"""What a column was made from, followed back through rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.rules.aggregate import Count, Mean, Sum
from mlcli.rules.columns import Bands, Derive, Rename, SplitList

if TYPE_CHECKING:
    from mlcli.phrases import Per
    from mlcli.rules import Rule


def _made_from(rule: Rule, column: str) -> str:
    """Return what a column was made from by a rule: itself, another, or nothing if counted."""
    match rule:
        case Rename():
            return {new: old for old, new in rule.names.items()}.get(column, column)
        case Derive() if column in rule.derivations:
            return rule.derivations[column].column
        case Bands() | SplitList() | Sum() | Mean() if column == rule.as_:
            return rule.of
        case Count() if column == rule.as_:
            return ""
        case Count() | Sum() | Mean() if column == rule.by.name:
            return rule.by.column
        case _:
            return column


def origin(rules: tuple[Rule, ...], column: str) -> str:
    """Return the column before some rules that a column after them is made from."""
    for rule in reversed(rules):
        column = _made_from(rule, column)
    return column


def dated_by(rules: tuple[Rule, ...], key: str | None) -> tuple[str, list[Per]]:
    """Return the column of the file that the key is made from, and the periods it was cut to."""
    column = key or ""
    periods: list[Per] = []
    for rule in reversed(rules):
        if isinstance(rule, Count | Sum | Mean) and column == rule.by.name and rule.by.unit:
            periods.insert(0, rule.by)
        column = _made_from(rule, column)
    return column, periods
