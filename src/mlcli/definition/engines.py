"""What each engine can do: the one table that definitions are checked against."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AfterValidator, WithJsonSchema, model_validator

from mlcli import wording
from mlcli.definition.vocabulary import Frozen, Name, OptionError, read_by
from mlcli.grammar import phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.definition.definition import Definition

ABLE: Final = {
    "pandas": ("csv", "parquet", "excel", "sql"),
    "duckdb": ("csv", "parquet"),
    "spark": ("csv", "parquet"),
}
"""By engine, the forms of sources that it reads; each runs every rule."""

KEYS: Final = {
    "memory": ("duckdb",),
    "spill": ("duckdb",),
    "collect": ("duckdb", "spark"),
    "url": ("spark",),
}
"""By key of an engine, the engines that have it."""

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


def keeps_no_token(url: str) -> str:
    """Refuse what is no URL of a Spark server, and one that may hold a token."""
    if url.startswith("$"):
        return names_a_variable(url, "SPARK_REMOTE")
    if not url.startswith("sc://"):
        raise OptionError(
            "this is no URL of a Spark server",
            "write  url: sc://HOST:15002,  or  $NAME  for an environment variable that holds one",
        )
    if not re.fullmatch(r"sc://[\w.-]+(:\d+)?(/(;use_ssl=(true|false))?)?", url, re.ASCII):
        raise OptionError(
            "the URL says more than where the server is, and may hold a token",
            "put it into an environment variable, and name that:  url: $SPARK_REMOTE",
        )
    return url


def names_a_variable(url: str, example: str) -> str:
    """Refuse what names no environment variable after its dollar sign."""
    if not re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", url, re.ASCII):
        raise OptionError(
            "this names no environment variable",
            f"write  url: ${example}  with letters, digits and _ after the dollar sign",
        )
    return url


class Engine(Frozen):
    """What reads the exports and runs the rules of their sources."""

    name: Literal["pandas", "duckdb", "spark"]
    """pandas; duckdb for exports that are larger than the memory; spark for those of a cluster."""

    url: Annotated[Name, AfterValidator(keeps_no_token)] | None = None
    """Where the server of Spark Connect is: sc://HOST:15002, or $NAME of an environment variable
    that says so; $SPARK_REMOTE if not said."""

    memory: Annotated[str | None, read_by(phrases.size), WithJsonSchema({"type": "string"})] = None
    """The most memory that duckdb takes, such as 4GB."""

    spill: Name | None = None
    """The folder where duckdb keeps what the memory cannot hold."""

    collect: Annotated[str | None, read_by(room), WithJsonSchema({"type": "string"})] = None
    """The most memory that rows take that come home without being gathered, such as 2GB."""

    @model_validator(mode="before")
    @classmethod
    def _has_a_name(cls, value: object) -> object:
        if isinstance(value, dict) and "name" not in value:
            name = "spark" if "url" in value else "duckdb"
            raise OptionError("'name' is missing", f"add  name: {name}")
        return value

    @model_validator(mode="after")
    def _keys_of_its_own(self) -> Self:
        for key, names in KEYS.items():
            if self.name not in names and getattr(self, key) is not None:
                only = " and ".join(names)
                message = f"{key!r} is for the engine{'s' * (len(names) > 1)} {only}"
                raise OptionError(message, "take it away", key=key)
        return self


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
    for name, source in definition.sources.items():
        if source.form not in able:
            can = " and ".join(FORMS[form] for form in able)
            message = f"the engine {engine} reads {can}, and source {name!r} is none of them"
            others = [name for name, forms in ABLE.items() if source.form in forms]
            yield message, f"write  engine: {' or '.join(others)}"


_LARGE: Final = 10**9
_VAST: Final = 10**11
"""From how many bytes on another engine pays, where rows are gathered."""

IN_MEMORY: Final = 4
"""How many times the bytes of a file its rows take in memory; see SCALE in the design."""


def that_pays(
    definition: Definition, size: int, *, lies: bool, free: int | None
) -> tuple[str, ...]:
    """Say which other engine pays for exports of a size, if one does.

    Parameters
    ----------
    definition
        Names the sources, and the engine.
    size
        How many bytes the exports have.
    lies
        Whether an engine may leave the rows where they lie.
    free
        The bytes of memory that are free, if that is known.
    """
    engine = definition.engine.name
    forms = {source.form for source in definition.sources.values()}
    able = {name for name, read in ABLE.items() if forms <= {*read}}
    gathers = any(rule.gathers for rule in definition.every_rule)
    has = f"the exports have {wording.size(size)}"
    if "spark" in able and size >= _VAST:
        return (f"{has}: the engine spark reads them on several machines:  --engine spark",)
    if engine != "pandas" or "duckdb" not in able:
        return ()
    if gathers and size >= _LARGE:
        return (f"{has}: the engine duckdb reads them on all cores:  --engine duckdb",)
    if lies and free is not None and IN_MEMORY * size > free / 2:
        took = f"{has}, and their rows take about {wording.size(IN_MEMORY * size)} of memory"
        return (f"{took}: the engine duckdb leaves them where they lie:  --engine duckdb",)
    return ()
