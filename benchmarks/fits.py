"""What ``mlcli fit`` is held against: the scripts that people would write instead."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import agreement
from contenders import HERE, MLCLI, Contender, Limit, Section, must, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agreement import Figures, Line
    from measuring import Run

TILL_LIMITS: Final = (
    Limit("mlcli", "time", 1.7, "pandas"),
    Limit("mlcli", "MB above imports", 150),
    Limit("mlcli duckdb", "time", 1.6, "duckdb"),
    Limit("mlcli duckdb", "MB above imports", 150),
)
_LOOSELY: Final = 0.2
"""How far figures of rows drawn otherwise may be off."""


def days(name: str, scripts: dict[str, str], folder: Path) -> Section:
    """Return a fit of lines that are gathered by day, by scripts with the names shown."""
    files = tuple(folder / "data" / file for file in ("orders.csv", "reservations.csv"))
    made = folder / "models"

    def ours(run: Run) -> Line:
        return agreement.stored_line(run.out, made / name / "1" / "equation.json")

    def script(shown: str, file: str) -> Contender:
        optional = shown in {"duckdb", "polars"}
        found = _line
        return Contender(name=shown, words=plain(file, *files), found=found, optional=optional)

    return Section(
        folder=folder,
        contenders=(
            *(script(shown, file) for shown, file in scripts.items()),
            *_engines(name, made, ours),
        ),
        limits=TILL_LIMITS,
        check=agreement.check_lines,
        reads=files,
    )


def _line(run: Run) -> Line:
    return agreement.printed_line(run.out)


def _engines(name: str, made: Path, found: Callable[[Run], Any]) -> tuple[Contender, Contender]:
    """Return mlcli on each engine."""
    fit = (*MLCLI, "fit", name, "--json")
    other = (*fit, "--engine", "duckdb")
    return (
        Contender(name="mlcli", words=fit, found=found, makes=(made,)),
        Contender(name="mlcli duckdb", words=other, found=found, optional=True, makes=(made,)),
    )


def till(folder: Path) -> Section:
    """Return the fit of a till's lines, whose cells repeat."""
    scripts = {
        "pandas": "pandas_plain.py",
        "pandas chunks": "pandas_chunks.py",
        "duckdb": "duckdb_sql.py",
        "polars": "polars_plain.py",
    }
    return days("pizzeria", scripts, folder)


def takings(folder: Path) -> Section:
    """Return the fit of a till's lines, whose prices, times and ids all differ."""
    return days("takings", {"pandas": "pandas_takings.py", "duckdb": "duckdb_takings.py"}, folder)


def table(
    folder: Path,
    *,
    name: str,
    file: str,
    script: tuple[str, ...],
    time: float,
    memory: float,
    within: float = 1e-9,
    engines: Sequence[str] = ("mlcli",),
) -> Section:
    """Return the fit of a table, one row an example.

    Parameters
    ----------
    folder
        The project.
    name, file
        The definition, and the export in ``data/`` that it reads.
    script
        The plain script, and what it is told after the export and the file for the model.
    time, memory
        How many times as much mlcli may take as the script.
    within
        How far its figures may be from those of the script.
    engines
        The names of the contenders that take part beside the script.
    """
    data, made, kept = folder / "data" / file, folder / "models", folder / "plain.joblib"
    words = plain(script[0], data, kept, *script[1:])

    @cache
    def same_rows() -> Figures:
        """Return what the script finds with the rows held out that mlcli holds out."""
        again = must((str(HERE / "same_rows.py"), *words), folder)
        return agreement.printed_figures(again)

    def check(found: dict[str, Figures]) -> str:
        ours = {name: figures for name, figures in found.items() if name != "plain"}
        agreement.check_figures("the script on other rows", found["plain"], ours, _LOOSELY)
        return agreement.check_figures("the script on the same rows", same_rows(), ours, within)

    return Section(
        folder=folder,
        contenders=(
            Contender(name="plain", words=words, found=_printed, makes=(kept,)),
            *(one for one in _engines(name, made, _fitted) if one.name in engines),
        ),
        limits=tuple(
            limit
            for who in engines
            for limit in (
                Limit(who, "time", time, "plain"),
                Limit(who, "memory", memory, "plain"),
            )
        ),
        check=check,
        reads=(data,),
    )


def _printed(run: Run) -> Figures:
    return agreement.printed_figures(run.out)


def _fitted(run: Run) -> Figures:
    return agreement.fitted_figures(run.out)


BOTH: Final = ("mlcli", "mlcli duckdb")
linear: Final = partial(
    table,
    name="linear",
    file="deliveries.csv",
    script=("fit_table.py", "linear"),
    time=2.2,
    memory=1.0,
    engines=BOTH,
)
boosting: Final = partial(
    table,
    name="boosting",
    file="deliveries.csv",
    script=("fit_table.py", "boosting"),
    time=1.3,
    memory=1.2,
)
arrivals: Final = partial(
    table,
    name="arrivals",
    file="arrivals.csv",
    script=("fit_table.py", "classes"),
    time=1.8,
    memory=1.2,
)
extras: Final = partial(
    table, name="extras", file="extras.csv", script=("fit_extras.py",), time=2.5, memory=1.2
)
