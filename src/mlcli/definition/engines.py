"""What each engine can do: the one table that definitions are checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mlcli.grammar import phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition, Engine

ABLE: Final = {"pandas": ("csv", "parquet", "excel", "sql"), "duckdb": ("csv", "parquet")}
"""By engine, the forms of sources that it reads; each runs every rule."""

FORMS: Final = {
    "csv": "CSV files",
    "parquet": "Parquet files",
    "excel": "Excel workbooks",
    "sql": "databases",
}


_MOST: Final = "2GB"
_TIMES: Final = 5
"""How many times the memory of rows it takes to learn from them."""

_UNITS: Final = {"MB": 1000**2, "GB": 1000**3, "TB": 1000**4}


def room(text: str) -> str:
    """Read an amount of memory, however little; raises ``PhraseError``."""
    return phrases.size(text, least=0)


def most_home(engine: Engine) -> int:
    """Return how many bytes rows may take that come home without being gathered.

    That is what the definition says; else 2 GB, or a fifth of ``memory`` where that is less.
    """
    if engine.collect is not None:
        return _in_bytes(engine.collect)
    most = _in_bytes(_MOST)
    return most if engine.memory is None else min(most, _in_bytes(engine.memory) // _TIMES)


def _in_bytes(size: str) -> int:
    unit = size[-2:]
    return int(float(size.removesuffix(unit)) * _UNITS[unit])


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
