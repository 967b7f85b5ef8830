"""What each engine can do: the one table that definitions are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition

ABLE: Final = {"pandas": ("csv", "parquet", "excel", "sql"), "duckdb": ("csv",)}
"""By engine, the forms of sources that it reads; each runs every rule."""

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
