"""What one machine does with more lines than its memory holds: on DuckDB, and on Spark Connect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import agreement
import numpy as np
from cells import write_text
from contenders import HERE, MLCLI, Contender, Limit, Section, plain
from till import PIZZERIA, TAKINGS, bookings, days

if TYPE_CHECKING:
    from pathlib import Path

    from agreement import Line
    from measuring import Run

_TIMES: Final = 1.5
_MOST_BOOKED: Final = 10_000_000
"""Bookings are those of so many lines at most."""
_OPENED: Final = 5 * 3600 + 1800
_ENGINES: Final = {
    "sixty_duckdb": "{name: duckdb, memory: 200MB}",
    "sixty_spark": "spark",
    "billion": "{name: duckdb, memory: 500MB}",
}

_ROWS: Final = """
    copy (
        select
            case when h % 1000 < $shares[day] then 'pizza' else $items[1 + (h >> 10) % 5] end
                as item_name,
            (1 + (h >> 16) % 3)::int as quantity,
            (1 + (h >> 24) % 24)::int as table_num,
            make_timestamp($first + (day - 1) * 86400000000 + (h >> 32) % $opened * 1000000)
                as ordered_at
        from (
            select (hash(range + $seed * $lines) >> 1)::bigint as h,
                1 + (range * len($shares)) // $lines as day
            from range($lines)
        )
    ) to '{file}' (format parquet)
"""
_FIRST: Final = 1_514_826_000_000_000
"""Microseconds to the evening of the first of January 2018."""


def billion(folder: Path, lines: int, seed: int) -> None:
    """Write a till as Parquet, its days in order and the times of a day in none, and bookings.

    Parameters
    ----------
    folder
        Where the project goes; made if it is not there.
    lines
        How many lines the till has, about 3.5 bytes each.
    seed
        Decides every byte, together with ``lines``.
    """
    import duckdb

    busy, sold, without_pizza = days(np.random.default_rng([seed, 0]))
    shares = (1_000 * sold / sold.max()).round().astype(int)
    shares[without_pizza] = 0
    write_text(folder / "configs" / "pizzeria.yaml", _definition("billion"))
    bookings(folder, busy, min(lines, _MOST_BOOKED), seed)
    file = folder / "data" / "orders.parquet"
    if file.exists():
        return
    unfinished = file.with_suffix(".unfinished")
    said = {
        "lines": lines,
        "seed": seed,
        "opened": _OPENED,
        "first": _FIRST,
        "shares": shares.tolist(),
    }
    items = ["cola", "espresso", "lasagne", "tiramisu", "wine"]
    with duckdb.connect(config={"memory_limit": "1GB", "threads": "2"}) as connection:
        connection.execute(_ROWS.format(file=unfinished), {**said, "items": items})
    unfinished.rename(file)


def _definition(name: str) -> str:
    if name == "billion":
        return f"{PIZZERIA.replace('orders.csv', 'orders.parquet')}engine: {_ENGINES[name]}\n"
    return f"{TAKINGS}engine: {_ENGINES[name]}\n"


def sixty(folder: Path) -> Section:
    """Return the fit of a till's lines whose prices, times and ids all differ, by two engines."""
    files = tuple(folder / "data" / file for file in ("orders.csv", "reservations.csv"))

    def prepare() -> None:
        for name in ("sixty_duckdb", "sixty_spark"):
            write_text(folder / "configs" / f"{name}.yaml", _definition(name))

    return Section(
        folder=folder,
        contenders=(
            _script("duckdb", plain("duckdb_takings.py", *files)),
            _ours("mlcli duckdb", folder, "sixty_duckdb"),
            _script("spark", _on_sail(plain("spark_takings.py", *files))),
            _ours("mlcli spark", folder, "sixty_spark"),
        ),
        limits=(
            Limit("mlcli duckdb", "time", _TIMES, "duckdb"),
            Limit("mlcli duckdb", "MB", 500),
            Limit("mlcli spark", "time", _TIMES, "spark"),
        ),
        check=agreement.check_lines,
        reads=files,
        prepare=prepare,
    )


def of_parquet(folder: Path) -> Section:
    """Return the fit of a Parquet file that is far larger than the memory it may take."""
    files = tuple(folder / "data" / file for file in ("orders.parquet", "reservations.csv"))
    return Section(
        folder=folder,
        contenders=(
            _script("duckdb", plain("duckdb_parquet.py", *files)),
            _ours("mlcli duckdb", folder, "pizzeria"),
        ),
        limits=(
            Limit("mlcli duckdb", "seconds", 300),
            Limit("mlcli duckdb", "MB", 1000),
        ),
        check=agreement.check_lines,
        reads=files,
    )


def _script(name: str, words: tuple[str, ...]) -> Contender:
    def line(run: Run) -> Line:
        return agreement.printed_line(run.out)

    return Contender(name=name, words=words, found=line, optional=True)


def _ours(name: str, folder: Path, model: str) -> Contender:
    made = folder / "models"
    words: tuple[str, ...] = (*MLCLI, "fit", model, "--json")

    def line(run: Run) -> Line:
        return agreement.stored_line(run.out, made / model / "1" / "equation.json")

    if name.endswith("spark"):
        words = _on_sail(words)
    return Contender(name=name, words=words, found=line, optional=True, makes=(made,))


def _on_sail(words: tuple[str, ...]) -> tuple[str, ...]:
    return (str(HERE / "on_sail.py"), *words)
