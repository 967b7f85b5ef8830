"""The same deliveries in other writings and other forms, and the sample of the repository."""

from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cells import write
from deliveries import define, deliveries
from shared import FAULT, WRITINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pandas import DataFrame

ROOT: Final = Path(__file__).resolve().parents[1]


def writings(folder: Path, rows: int, seed: int) -> None:
    """Write deliveries with line breaks in cells, mixed line ends, gz, cp1252, and a fault.

    Each has a definition of its name; ``fault.csv`` has a price with a comma in its last
    line, where a point should be.
    """
    deliveries(folder, rows, seed)
    data = folder / "data"
    regular = data / "deliveries.csv"
    how = {"packed": ".gz", "western": ", encoding: cp1252"}
    for name in (*WRITINGS, "fault"):
        source = f"file: data/{name}.csv{how.get(name, '')}"
        define(folder, name, "linear_regression", source=source)
    broken = b'"Old\nTown"'
    write(data / "broken.csv", (line.replace(b"Old Town", broken) for line in _lines(regular)))
    ends = (b"\r\n", b"\n", b"\n")
    mixed = (line[:-1] + ends[at % 3] for at, line in enumerate(_lines(regular)))
    write(data / "mixed.csv", mixed)
    write(data / "packed.csv.gz", _packed(regular))
    write(data / "western.csv", (line.decode().encode("cp1252") for line in _lines(regular)))
    write(data / "fault.csv", _faulty(regular))


def typed(folder: Path, rows: int, seed: int) -> None:
    """Write deliveries as CSV, as Parquet, and as a table of an SQLite database."""
    deliveries(folder, rows, seed)
    define(folder, "parquet", "linear_regression", source="file: data/deliveries.parquet")
    lite = "sql: {url: sqlite:///data/deliveries.db, table: deliveries}"
    define(folder, "sqlite", "linear_regression", source=lite)
    _once(folder / "data" / "deliveries.parquet", _parquet)
    _once(folder / "data" / "deliveries.db", _sqlite)


def workbook(folder: Path, rows: int, seed: int) -> None:
    """Write deliveries as CSV and as an Excel workbook; of that the cells are always the same."""
    deliveries(folder, rows, seed)
    define(folder, "excel", "linear_regression", source="file: data/deliveries.xlsx")
    _once(folder / "data" / "deliveries.xlsx", _excel)


def sample(folder: Path, rows: int, seed: int) -> None:
    """Copy the pizzeria of this repository, which is as large as it is."""
    del rows, seed
    for name in ("configs/pizzeria.yaml", "data/orders.csv", "data/reservations.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _packed(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file as gz, without a time in them."""
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=6, mtime=0) as file:
        for line in _lines(path):
            file.write(line)
    yield made.getvalue()


def _faulty(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file; once more the last one, with another price."""
    line = b""
    for line in _lines(path):
        yield line
    _, _, others = line.partition(b",")
    yield f'"{FAULT}",'.encode() + others


def _once(path: Path, make: Callable[[DataFrame, Path], None]) -> None:
    """Make a file of the deliveries beside it that is whole or not there."""
    import pandas as pd

    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        unfinished.unlink(missing_ok=True)
        make(pd.read_csv(path.with_name("deliveries.csv")), unfinished)
        unfinished.replace(path)


def _parquet(table: DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _sqlite(table: DataFrame, path: Path) -> None:
    """Write a table whose primary key is the number of the row."""
    import sqlite3
    from contextlib import closing

    kinds = {name: "text" if name == "district" else "real" for name in table}
    columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
    numbered = table.set_axis(range(1, len(table) + 1))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"create table deliveries (id integer primary key, {columns})")
        numbered.to_sql("deliveries", connection, index_label="id", if_exists="append")


def _excel(table: DataFrame, path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("deliveries")
    sheet.append(list(table))
    for row in table.itertuples(index=False):
        sheet.append(list(row))
    book.save(path)
