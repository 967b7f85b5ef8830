"""The sample systems read from Parquet, Excel, SQLite and a real PostgreSQL, as from CSV."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import postgres
import pytest
from conftest import ROOT
from support import Project

Table = tuple[list[str], list[tuple[Any, ...]]]
"""The names of columns, and rows of values with types."""

# Each table of the samples: its columns, and what each is read as.
TABLES: dict[str, dict[str, Callable[[str], Any]]] = {
    "reservations": {"name": str, "guests": int, "datetime": datetime.fromisoformat},
    "orders": {
        "item_name": str,
        "quantity": int,
        "table_num": int,
        "ordered_at": datetime.fromisoformat,
    },
    "games": {
        "game_name": str,
        "release_year": int,
        "console_name": str,
        "rating": float,
        "rental_cost": float,
        "gameplay_types": json.loads,
        "top_rated": "true".__eq__,
    },
}
SYSTEMS = {"pizzeria": ["reservations", "orders"], "gamedrop": ["games"]}


def table(name: str) -> Table:
    """Read one of the sample CSV files by the csv module."""
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    read = TABLES[name]
    assert header == list(read)
    made = [
        tuple(r(c) if c else None for r, c in zip(read.values(), row, strict=True)) for row in rows
    ]
    return header, made


@pytest.fixture(scope="session")
def tables() -> dict[str, Table]:
    return {name: table(name) for name in TABLES}


@pytest.fixture(scope="session")
def server() -> Iterator[int]:
    """The port of a PostgreSQL that holds the samples."""
    if not postgres.installed():
        pytest.skip("no PostgreSQL is installed (initdb and postgres)")
    with postgres.server() as port:
        yield port


@pytest.fixture(scope="session")
def database(server: int, tables: dict[str, Table]) -> str:
    """The URL of a PostgreSQL database that holds the samples, with the password."""
    import psycopg

    types = {str: "text", int: "integer", float: "double precision", json.loads: "text[]"}
    types |= {datetime.fromisoformat: "timestamp", TABLES["games"]["top_rated"]: "boolean"}
    with psycopg.connect(postgres.conninfo(server)) as connection:
        for name, (header, rows) in tables.items():
            made = ", ".join(f'"{c}" {types[TABLES[name][c]]}' for c in header)
            key = ", id serial PRIMARY KEY" if name == "games" else ""
            connection.execute(f'CREATE TABLE "{name}" ({made}{key})')
            listed = ", ".join(f'"{c}"' for c in header)
            with connection.cursor().copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
    return url(server)


def url(port: int, password: str = postgres.PASSWORD, database: str = "postgres") -> str:
    secret = quote(password, safe="")
    return f"postgresql+psycopg://{postgres.OWNER}:{secret}@127.0.0.1:{port}/{database}"


def define(project: Project, system: str, source: Callable[[str], str]) -> None:
    """Write a sample definition with its sources from elsewhere."""
    text = (ROOT / "configs" / f"{system}.yaml").read_text(encoding="utf-8")
    for name in SYSTEMS[system]:
        text = text.replace(f"file: data/{name}.csv", source(name))
    project.define(text, system)


def learned(root: Path, system: str) -> dict[str, Any]:
    """Return all that is stored of a model but where its data was and when."""
    folder = root / "models" / system / "1"
    made: dict[str, Any] = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.suffix in {".json", ".jsonl"} and path.name != "manifest.json"
    }
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for part in ("metrics", "equation", "features", "target", "rows", "levels", "split", "domain"):
        made[part] = manifest.get(part)
    ledger = json.loads(json.dumps(manifest.get("ledger")))
    for source in (ledger or {}).get("sources", []):
        source.pop("file")
    return {**made, "ledger": ledger}


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def as_from_csv(
    system: str, sample: Path, sample_games: Path, project: Project
) -> Callable[[], None]:
    """Fit, and compare what was learned with what is learned from the CSV files."""
    expected = learned({"pizzeria": sample, "gamedrop": sample_games}[system], system)

    def check() -> None:
        project.works("fit")
        assert learned(project.root, system) == expected

    return check


def test_a_model_from_postgresql_is_that_from_csv(
    project: Project,
    system: str,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    as_from_csv: Callable[[], None],
) -> None:
    monkeypatch.setenv("TILL_DB", database)
    define(project, system, lambda name: f"sql: {{url: $TILL_DB, table: {name}}}")

    as_from_csv()


def sqlite_file(path: Path, tables: dict[str, Table]) -> Path:
    """Write the samples into an SQLite database."""
    types = {str: "TEXT", int: "INTEGER", float: "REAL", json.loads: "TEXT"}
    types |= {datetime.fromisoformat: "DATETIME", TABLES["games"]["top_rated"]: "BOOLEAN"}
    connection = sqlite3.connect(path)
    for name, (header, rows) in tables.items():
        made = ", ".join(f'"{c}" {types[TABLES[name][c]]}' for c in header)
        key = ", id INTEGER PRIMARY KEY" if name == "games" else ""
        connection.execute(f'CREATE TABLE "{name}" ({made}{key})')
        marks = ", ".join("?" * len(header)) + (", NULL" if key else "")
        plain = [tuple(map(_of_sqlite, row)) for row in rows]
        connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', plain)
    connection.commit()
    connection.close()
    return path


def _of_sqlite(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value)
    return str(value) if isinstance(value, datetime) else value


def test_a_model_from_sqlite_is_that_from_csv(
    project: Project, system: str, tables: dict[str, Table], as_from_csv: Callable[[], None]
) -> None:
    sqlite_file(project.root / "data" / "samples.db", tables)
    define(
        project, system, lambda n: f"sql: {{url: sqlite:///data/samples.db, table: {n}}}"
    )

    as_from_csv()


def test_a_model_from_parquet_is_that_from_csv(
    project: Project, system: str, tables: dict[str, Table], as_from_csv: Callable[[], None]
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    for name in SYSTEMS[system]:
        header, rows = tables[name]
        columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        parquet.write_table(pa.table(columns), project.root / "data" / f"{name}.parquet")
    define(project, system, lambda name: f"file: data/{name}.parquet")

    as_from_csv()


def test_a_model_from_excel_is_that_from_csv(
    project: Project, system: str, tables: dict[str, Table], as_from_csv: Callable[[], None]
) -> None:
    from openpyxl import Workbook

    for name in SYSTEMS[system]:
        header, rows = tables[name]
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Export")
        sheet.append(header)
        for row in rows:
            sheet.append([json.dumps(v) if isinstance(v, list) else v for v in row])
        book.save(project.root / "data" / f"{name}.xlsx")
    define(project, system, lambda name: f"file: data/{name}.xlsx")

    as_from_csv()
