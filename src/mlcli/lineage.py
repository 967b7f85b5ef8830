"""What a column was made from, followed back through rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.rules.aggregate import Gather

if TYPE_CHECKING:
    from mlcli.phrases import Per
    from mlcli.rules import Rule


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
