"""What ``mlcli fit`` is held against: the scripts that people would write instead."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import agreement
from contenders import HERE, MLCLI, Contender, Limit, Section, must, plain, printed
from shared import TIMES, WRITINGS

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
NUMBERS: Final = ("mae", "rmse", "r2")
GROWING: Final = ("once", "twice", "four times")
ROW_BYTES: Final = (10 + 1) * 8 + 4 + (10 + 12) * 8
"""Of a row of deliveries: eleven numbers and a code, and its 22 columns of the matrix."""
_WITHIN: Final = 1e-9
_ABOUT: Final = 0.3


def days(name: str, scripts: dict[str, str], folder: Path) -> Section:
    """Return a fit of lines that are gathered by day, by scripts with the names shown."""
    files = tuple(folder / "data" / file for file in ("orders.csv", "reservations.csv"))
    made = folder / "models"

    def ours(run: Run) -> Line:
        return agreement.stored_line(run.out, made / name / "1" / "equation.json")

    def script(shown: str, file: str) -> Contender:
        optional = shown in {"duckdb", "polars"}
        return Contender(name=shown, words=plain(file, *files), found=_line, optional=optional)

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
    first = (*MLCLI, "fit", name, "--json")
    other = (*first, "--engine", "duckdb")
    return (
        Contender(name="mlcli", words=first, found=found, makes=(made,)),
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


def beside_script(
    folder: Path,
    script: tuple[str, ...],
    ours: tuple[Contender, ...],
    limits: tuple[Limit, ...],
    *,
    agree: tuple[str, ...] = NUMBERS,
    reads: tuple[Path, ...] = (),
    makes: tuple[Path, ...] = (),
    prepare: Callable[[], None] | None = None,
) -> Section:
    """Return mlcli beside a script that finds the same figures.

    Parameters
    ----------
    folder
        The project.
    script
        What follows ``python``. Once it is run again with the rows held out that mlcli
        holds out; those figures are the ones to agree with.
    ours
        The other contenders; what is not a figure of theirs is not compared.
    limits
        What is asked of them.
    agree
        Which figures must be the same, to 1e-9 of each.
    reads, prepare
        As of a section.
    makes
        What the script makes.
    """
    judged = {one.name for one in ours if one.found is not printed}

    @cache
    def same_rows() -> Figures:
        found = agreement.printed_figures(must((str(HERE / "same_rows.py"), *script), folder))
        return {name: found[name] for name in agree}

    def check(found: dict[str, Any]) -> str:
        figures = {name: one for name, one in found.items() if name in judged}
        return agreement.check_figures("the script on the same rows", same_rows(), figures, _WITHIN)

    return Section(
        folder=folder,
        contenders=(Contender(name="plain", words=script, makes=makes), *ours),
        limits=limits,
        check=check,
        reads=reads,
        prepare=prepare,
    )


def lying(folder: Path) -> Section:
    """Return the fit of rows that are too many for the memory, beside one by sums of products.

    Other rows are held out by each, so that figures are only about the same.
    """
    data, names = folder / "data" / "lying.csv", (*(f"seen_{at}" for at in range(1, 10)), "told")

    def check(found: dict[str, Any]) -> str:
        return agreement.check_figures("duckdb", found.pop("duckdb"), found, _ABOUT)

    return Section(
        folder=folder,
        contenders=(
            Contender(
                name="duckdb",
                words=plain("duckdb_line.py", data, *names),
                found=lambda run: agreement.printed_figures(run.out),
            ),
            fit("lying", folder),
        ),
        limits=(Limit("mlcli", "time", 2.5, "duckdb"), Limit("mlcli", "MB", 1_000)),
        check=check,
        reads=(data,),
    )


def fit(name: str, folder: Path, *, shown: str = "mlcli") -> Contender:
    """Return the fit of a definition, by the figures that it finds."""
    return Contender(
        name=shown,
        words=(*MLCLI, "fit", name, "--json"),
        found=_fitted,
        makes=(folder / "models",),
    )


def _fitted(run: Run) -> Figures:
    return agreement.fitted_figures(run.out)


def table(
    folder: Path,
    *,
    name: str,
    file: str,
    script: tuple[str, ...],
    time: float,
    memory: float,
    engines: Sequence[str] = ("mlcli",),
    agree: tuple[str, ...] = NUMBERS,
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
    engines
        The names of the contenders that take part beside the script.
    agree
        The figures that must be the same.
    """
    data, kept = folder / "data" / file, folder / "plain.joblib"
    limits = [
        limit
        for who in engines
        for limit in (Limit(who, "time", time, "plain"), Limit(who, "memory", memory, "plain"))
    ]
    return beside_script(
        folder,
        plain(script[0], data, kept, *script[1:]),
        tuple(one for one in _engines(name, folder / "models", _fitted) if one.name in engines),
        tuple(limits),
        agree=agree,
        reads=(data,),
        makes=(kept,),
    )


linear: Final = partial(
    table,
    name="linear",
    file="deliveries.csv",
    script=("fit_table.py", "linear"),
    time=2.2,
    memory=1.0,
    engines=("mlcli", "mlcli duckdb"),
)
extras: Final = partial(
    table, name="extras", file="extras.csv", script=("fit_extras.py",), time=2.5, memory=1.2
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
    agree=("accuracy", "log_loss"),
)
restaurants: Final = partial(
    table,
    name="restaurants",
    file="restaurants.csv",
    script=("fit_category.py",),
    time=2,
    memory=2,
)
_form: Final = partial(table, script=("fit_table.py", "linear"), time=2.2, memory=1.5)
parquet: Final = partial(_form, name="parquet", file="deliveries.parquet")
sqlite: Final = partial(_form, name="sqlite", file="deliveries.db")
excel: Final = partial(_form, name="excel", file="deliveries.xlsx")


def wide(folder: Path) -> Section:
    """Return the fit of a hundred rows of 2,000 numbers, and a look at them."""
    kept = folder / "plain.joblib"
    look = Contender(name="mlcli data", words=(*MLCLI, "data", "wide", "--json"))
    return beside_script(
        folder,
        plain("fit_wide.py", folder / "data" / "wide.csv", kept),
        (fit("wide", folder), look),
        (Limit("mlcli", "time", 2, "plain"), Limit("mlcli data", "time", 0.4, "plain")),
        agree=(*NUMBERS, "cv_mae"),
        makes=(kept,),
    )


def sample(folder: Path) -> Section:
    """Return the fit of the sample, beside a script that cross-validates too."""
    files = [folder / "data" / name for name in ("orders.csv", "reservations.csv")]
    kept = folder / "plain.joblib"
    return beside_script(
        folder,
        plain("fit_sample.py", *files, kept),
        (fit("pizzeria", folder),),
        (Limit("mlcli", "time", 1.2, "plain"),),
        agree=(*NUMBERS, "cv_mae", "own"),
        makes=(kept,),
    )


def writings(folder: Path) -> Section:
    """Return fits of irregular but valid files, beside that of the regular one."""
    irregular = dict(zip(_IRREGULAR, WRITINGS, strict=True))

    def check(found: dict[str, Any]) -> str:
        others = {name: found[name] for name in found if name != "regular"}
        return agreement.check_figures("the regular file", found["regular"], others, _WITHIN)

    return Section(
        folder=folder,
        contenders=(
            fit("linear", folder, shown="regular"),
            *(fit(name, folder, shown=shown) for shown, name in irregular.items()),
        ),
        limits=tuple(Limit(shown, "time", 5, "regular") for shown in irregular),
        check=check,
        reads=(folder / "data" / "deliveries.csv",),
    )


_IRREGULAR: Final = ("line breaks in cells", "mixed line ends", "gz", "cp1252")


def growth(folder: Path) -> Section:
    """Return fits of a table, twice and four times as long: the memory of a row."""

    def check(found: dict[str, Any]) -> str:
        errors = [figures["mae"][1] for figures in found.values()]
        return f"held-out MAE {', '.join(f'{error:.4g}' for error in errors)}"

    return Section(
        folder=folder,
        contenders=tuple(
            fit(f"times_{times}", folder, shown=shown)
            for shown, times in zip(GROWING, TIMES, strict=True)
        ),
        limits=(Limit(GROWING[-1], "slope", 1.7, GROWING[0], ROW_BYTES * (TIMES[-1] - 1)),),
        check=check,
    )
