"""What each engine can do: the one table that definitions are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import RuleKind

_EVERY: Final[tuple[RuleKind, ...]] = ("where", "columns", "aggregate", "whole")

ABLE: Final[dict[str, dict[str, tuple[RuleKind, ...]]]] = {
    "pandas": {"csv": _EVERY, "parquet": _EVERY, "excel": _EVERY, "sql": _EVERY},
    "duckdb": {"csv": _EVERY},
}
"""By engine and form of source: the kinds of rules that it runs there."""

FORMS: Final = {
    "csv": "CSV files",
    "parquet": "Parquet files",
    "excel": "Excel workbooks",
    "sql": "databases",
}


def unable(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield what the engine of a definition cannot do, each with a hint."""
    engine = definition.engine.name
    able = ABLE[engine]
    others = " or ".join(name for name in ABLE if name != engine)
    for name, source in definition.sources.items():
        if source.form not in able:
            can = " and ".join(FORMS[form] for form in able)
            message = f"the engine {engine} reads {can}, and source {name!r} is none of them"
            yield message, f"write  engine: {others}"
            continue
        for step in source.rules:
            if step.rule.kind not in able[source.form]:
                message = f"the engine {engine} cannot run {step.name!r} on {FORMS[source.form]}"
                yield message, f"write  engine: {others}"
