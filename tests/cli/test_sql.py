"""The sample systems read from Parquet, Excel, SQLite and a real PostgreSQL, as from CSV."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import postgres
import pytest
from conftest import ROOT
from support import Project, read, table_definition

from mlcli.definition import definition as definitions
from mlcli.definition.rules.base import LINE
from mlcli.definition.yaml_text import Document
from mlcli.errors import DataError, EnvironmentProblemError, MlcliError
from mlcli.exports import sql
from mlcli.exports.sql import Database, SqlSource
from mlcli.grammar.cells import Kind
from mlcli.tables.examples import assemble

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
    """Return all that is stored of a model but what names its definition and its exports."""
    folder = root / "models" / system / "1"
    made = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(made.pop("manifest.json"))
    for part in ("definition", "digest"):
        manifest.pop(part)
    manifest["digests"] = manifest["digests"]["cargo"]
    for source in manifest["ledger"]["sources"]:
        source.pop("file")
    return {**made, "manifest": manifest}


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
    define(project, system, lambda n: f"sql: {{url: sqlite:///data/samples.db, table: {n}}}")

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


@pytest.mark.parametrize(
    "system", [pytest.param("pizzeria", marks=pytest.mark.slow), "gamedrop"], indirect=True
)
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


# ---- what is read -------------------------------------------------------------------------


def problem(error: MlcliError) -> str:
    (one,) = error.problems
    assert one.hint
    assert postgres.PASSWORD not in f"{one}"
    return f"{one.place}: {one.message} [{one.hint}]"


def refused(source: SqlSource, **wanted: Kind) -> str:
    """Read what must be refused; return place, message and hint."""
    with pytest.raises(DataError) as caught:
        read(source, **wanted)
    return problem(caught.value)


@pytest.fixture
def lite(tmp_path: Path) -> Callable[..., SqlSource]:
    """Run statements in a new SQLite database, and open a table or a query of it."""

    def opened(*statements: str, **options: Any) -> SqlSource:
        path = tmp_path / "t.db"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        if "query" not in options:
            options = {"table": "t", **options}
        return SqlSource(tmp_path, "sqlite:///t.db", **{"name": "t", **options})

    return opened


Lite = Callable[..., SqlSource]


MIXED = "sources: {t: {file: t.csv}}\nfeatures: [c]\nlabel: y\nmodel: linear_regression\nholdout: none\n"


@pytest.mark.parametrize("size", [1, 2, 3, 50])
@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("1, 2, 3.5, NULL", [1.0, 2.0, 3.5, None]),
        ("NULL, NULL, 3, 4", [None, None, 3.0, 4.0]),
        ("'a', NULL, 'b', NULL", ["a", None, "b", None]),
        ("NULL, NULL, NULL, NULL", [None] * 4),
        ("1, 2, '03', 4", [1.0, 2.0, 3.0, 4.0]),
        ("1, 2, 3, 'x'", "t:4: column 'c' holds numbers, but 'x' is not one"),
        ("'x', 2, 3, 4", "t:1: column 'c' holds numbers, but 'x' is not one"),
        ("1, 2, 3, 1e200", "t:4: column 'c': '1e+200' is too large a number"),
    ],
)
def test_what_a_column_holds_is_settled_by_all_of_its_rows(
    lite: Lite, monkeypatch: pytest.MonkeyPatch, size: int, cells: str, found: Any
) -> None:
    monkeypatch.setattr(sql, "_CHUNK_ROWS", size)
    rows = ", ".join(f"({at}, {cell}, {at})" for at, cell in enumerate(cells.split(", "), start=1))
    source = lite("CREATE TABLE t (i INTEGER PRIMARY KEY, c, y)", f"INSERT INTO t VALUES {rows}")
    definition = definitions.build(Document(MIXED).value)

    if isinstance(found, str):
        with pytest.raises(DataError) as caught:
            assemble(definition, lambda _: source)
        assert problem(caught.value).startswith(found)
    else:
        assert list(assemble(definition, lambda _: source).columns["c"]) == found


def test_values_of_sqlite_are_read_by_kind(lite: Lite) -> None:
    source = lite(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n REAL, w TEXT, flag BOOLEAN, day DATETIME)",
        "INSERT INTO t VALUES (2, 2.5, ' ', 0, '2023-06-09'), (1, 3, 'x,y', 1, '2023-06-08 19:30'),"
        " (10, NULL, NULL, NULL, NULL), (3, '4', 5, 'true', NULL)",
    )

    assert source.columns == ("id", "n", "w", "flag", "day")
    assert read(source, n="number", w="text", flag="boolean", day="date") == {
        "n": [3.0, 2.5, 4.0, None],
        "w": ["x,y", None, "5", None],
        "flag": [True, False, True, None],
        "day": [datetime(2023, 6, 8, 19, 30), datetime(2023, 6, 9), None, None],
        LINE: [1, 2, 3, 4],
    }
    assert read(source, flag="any", id="any", n="any") == {
        "flag": ["true", "false", "true", None],
        "id": ["1", "2", "3", "10"],
        "n": ["3", "2.5", "4", None],
        LINE: [1, 2, 3, 4],
    }
    assert read(source) == {LINE: [1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("cell", "kind", "said"),
    [
        ("'x'", "number", "t:2: column 'c' (the 1st): 'x' is not a number"),
        ("9007199254740993", "number", "t:2: column 'c' (the 1st): '9007199254740993' has more"),
        ("9e999", "number", "t:2: column 'c' (the 1st): 'inf' is not a number"),
        ("2", "boolean", "t:1: column 'c' (the 1st): '1' is neither true nor false"),
        ("20230608", "date", "t:1: column 'c' (the 1st): '1' is not a date"),
        ("x'00ff'", "any", "t:2: column 'c' (the 1st): the cell holds bytes"),
    ],
)
def test_a_value_of_another_kind_is_named_with_row_and_column(
    lite: Lite, cell: str, kind: Kind, said: str
) -> None:
    source = lite("CREATE TABLE t (c)", f"INSERT INTO t VALUES (1), ({cell})")

    assert said in refused(source, c=kind)


def test_text_that_is_none_is_refused_by_sqlite(lite: Lite) -> None:
    source = lite("CREATE TABLE t (c TEXT)", "INSERT INTO t VALUES (CAST(x'ff' AS TEXT))")

    assert refused(source, c="any").startswith("t: the database refuses: Could not decode to UTF-8")


QUERIES = [
    "SELECT a, b FROM t",
    "select a, b from t where b <> '12:30' and b not like 'z%';",
    "  SELECT a, b FROM t -- the end",
    '/* all; of it */ SELECT a, b AS "b" FROM t',
    "WITH u AS (SELECT a, b FROM t) SELECT * FROM u ORDER BY a DESC",
    "SELECT a, b FROM t WHERE b <> '; DROP TABLE t' AND b <> '\\:x'",
    "SELECT a, b FROM (SELECT a, b FROM t)",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_read_like_a_table(lite: Lite, query: str) -> None:
    source = lite(
        "CREATE TABLE t (a INTEGER, b TEXT)",
        "INSERT INTO t VALUES (2, 'y'), (1, 'x:y')",
        query=query,
        name="the query",
    )

    assert source.columns == ("a", "b")
    assert read(source, a="number", b="text") == {"a": [1.0, 2.0], "b": ["x:y", "y"], LINE: [1, 2]}


def test_a_view_is_read_like_a_table(lite: Lite) -> None:
    view = "CREATE VIEW t AS SELECT 1 AS a UNION SELECT 2"

    assert read(lite(view), a="number") == {"a": [1.0, 2.0], LINE: [1, 2]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 AS a, 2 AS b, 3 AS a", "t: columns 1 and 3 are both called 'a' [give every"),
        ("SELECT 1 AS a, 2 AS ' a'", "t: columns 1 and 2 are both called 'a'"),
        ("SELECT 1 AS ' '", "t: column 1 of query has no name"),
        ("SELECT a FROM nights", "t: the database refuses: no such table: nights [try the same"),
        ("SELECT FROM", "t: the database refuses: near "),
        ("WITH u AS (SELECT 1) DELETE FROM t", "t: the database refuses: near "),
    ],
)
def test_a_query_that_cannot_be_read(lite: Lite, query: str, said: str) -> None:
    with pytest.raises(DataError) as caught:
        lite("CREATE TABLE t (a)", query=query)

    assert problem(caught.value).startswith(said)


def test_a_table_that_is_not_there(lite: Lite) -> None:
    two = ("CREATE TABLE nights (a)", "CREATE VIEW evenings AS SELECT 1 AS b")
    for statements, table, said in (
        (two, "night", "t: there is no table 'night' [did you mean 'nights'?]"),
        (two, "evening", "t: there is no table 'evening' [did you mean 'evenings'?]"),
        (two, "xyz", "t: there is no table 'xyz' [the tables are evenings, nights]"),
        (two, "shop.nights", "t: there is no table 'shop.nights' [did you mean 'nights'?]"),
        (two, "main.xyz", "t: there is no table 'main.xyz' [the tables are main.evenings, main."),
        ((), "t", "t: there is no table 't' [the database has none that may be read]"),
        (two, "x; DROP TABLE nights", "t: there is no table 'x; DROP TABLE nights'"),
    ):
        with pytest.raises(DataError) as caught:
            lite("CREATE TABLE gone (a)", "DROP TABLE gone", *statements, table=table)
        assert problem(caught.value).startswith(said)
    assert read(lite("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", table="main.t"), a="any")


def test_a_table_without_rows_or_without_a_column(lite: Lite) -> None:
    made = "CREATE TABLE t (guests, doughs)"

    assert (
        refused(lite(made), guests="any")
        == "t: the table has no rows [is this the right database?]"
    )
    assert refused(lite(made, query="SELECT * FROM t"), guests="any").startswith(
        "t: the query has no"
    )
    assert refused(lite(made), guest="any") == (
        "t: there is no column 'guest' [did you mean 'guests'?]"
    )


def test_names_that_need_quotes_are_read(lite: Lite) -> None:
    made = 'CREATE TABLE "order" ("select" INTEGER, "a ""b"" %s :c" TEXT)'
    source = lite(made, "INSERT INTO \"order\" VALUES (1, 'x')", table="order")

    assert read(source, **{'a "b" %s :c': "text", "select": "number"}) == {
        'a "b" %s :c': ["x"],
        "select": [1.0],
        LINE: [1],
    }


def test_rows_come_in_one_order_however_they_were_stored(lite: Lite) -> None:
    """The same rows give the same table and digest; those that differ in case alone too."""
    rows = ["('b', 1)", "('B', 2)", "('a', 3)", "('B', 1)", "(NULL, 9)", "('a', 3)"]
    found = []
    for stored in (rows, rows[::-1], rows[3:] + rows[:3]):
        source = lite(
            "CREATE TABLE t (w TEXT COLLATE NOCASE, n INTEGER)",
            f"INSERT INTO t VALUES {', '.join(stored)}",
        )
        found.append((read(source, n="number", w="text"), source.digests()))

    assert found[0] == found[1] == found[2]
    assert found[0][0]["w"] == [None, "B", "B", "a", "a", "b"]
    assert found[0][0]["n"] == [9.0, 1.0, 2.0, 3.0, 3.0, 1.0]


def test_the_digest_is_of_the_rows_that_were_read(
    lite: Lite, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (
        "CREATE TABLE t (a INTEGER, b TEXT)",
        "INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'z')",
    )
    source = lite(*made)
    assert source.digests() == {}
    read(source, a="number", b="text")
    (name,) = source.digests()
    assert name == "sqlite:///t.db t (a, b)"
    whole = source.digests()[name]

    for size in (1, 2):
        monkeypatch.setattr(sql, "_CHUNK_ROWS", size)
        assert max(len(chunk) for chunk in source.chunks({"a": "any"})) == size
        read(source, b="text", a="any")
        assert source.digests() == {name: whole}
    read(source, a="number")
    assert source.digests().keys() == {"sqlite:///t.db t (a)"}
    for change in (
        "UPDATE t SET b = 'y' WHERE a = 1",
        "UPDATE t SET b = '' WHERE a = 2",
        "DELETE FROM t WHERE a = 3",
    ):
        source = lite(*made, change)
        read(source, a="number", b="text")
        assert source.digests()[name] != whole


def test_a_first_chunk_that_is_only_looked_at_leaves_nothing_open(lite: Lite) -> None:
    source = lite("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")

    assert len(next(source.chunks({"a": "any"}))) == 1
    assert source.digests() == {}


def test_nothing_can_be_written(lite: Lite, tmp_path: Path) -> None:
    lite("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")

    with (
        pytest.raises(DataError, match="attempt to write a readonly database"),
        Database(tmp_path, "sqlite:///t.db", "t").reading() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM t")


def test_two_queries_of_one_definition_have_a_digest_each(project: Project) -> None:
    connection = sqlite3.connect(project.root / "data" / "t.db")
    connection.execute("CREATE TABLE t (day TEXT, guests INTEGER, doughs INTEGER)")
    connection.executemany(
        "INSERT INTO t VALUES (?, ?, ?)", [(f"2023-05-{d:02}", d, 2 * d) for d in range(1, 12)]
    )
    connection.commit()
    connection.close()
    project.define(
        "sources:\n"
        "  a: {sql: {url: sqlite:///data/t.db, query: 'SELECT day, guests FROM t'}}\n"
        "  b: {sql: {url: sqlite:///data/t.db, query: 'SELECT day, doughs FROM t'}}\n"
        "join: day\nfeatures: [guests]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
    )

    project.works("fit")
    assert project.works("fit", "--json").json["fitted"][0]["new"] is False
    manifest = json.loads((project.root / "models/pizzeria/1/manifest.json").read_text())
    assert list(manifest["digests"]["data"]) == [
        "sqlite:///data/t.db SELECT day, guests FROM t (day, guests)",
        "sqlite:///data/t.db SELECT day, doughs FROM t (day, doughs)",
    ]


# ---- where the database is ----------------------------------------------------------------


def sql_definition(url: str = "$TILL_DB", table: str = "nights") -> str:
    return table_definition().replace(
        "file: data/nights.csv", f"sql: {{url: {url}, table: {table}}}"
    )


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_environment_variable_that_is_not_set(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("TILL_DB", raising=False)
    if value is not None:
        monkeypatch.setenv("TILL_DB", value)
    project.define(sql_definition())

    assert project.fails(5, "fit").startswith(
        "error: nights: the environment variable TILL_DB is not set, which says where the database is\n"
        "hint: export TILL_DB='postgresql://USER:PASSWORD@HOST/DATABASE'\n"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("s3cret", "what TILL_DB holds is no URL of a database"),
        ("postgresql://x:s3cret@host:port/d", "what TILL_DB holds is no URL of a database"),
        ("://x:s3cret@h", "what TILL_DB holds is no URL of a database"),
        ("sqlite://", "what TILL_DB holds is no URL of a database"),
        ("sqlite:///:memory:", "what TILL_DB holds is no URL of a database"),
        (
            "postgres://x:s3cret@h/d",
            "no way to read postgres:// is installed\nhint: write  postgresql://",
        ),
        ("nosuchdb://x:s3cret@h/d", "no way to read nosuchdb:// is installed"),
        ("postgresql+pg8000://x:s3cret@h/d", "the database needs the package pg8000, which is not"),
        (
            "mysql://x:s3cret@h/d",
            "package MySQLdb, which is not installed\nhint: pip install mysqlclient",
        ),
        ("postgresql+psycopg://x:s3cret@127.0.0.1:1/d", "the database lets nobody in: connection"),
        (f"postgresql+psycopg://x:s3cret@{'h' * 300}/d", "the database lets nobody in: "),
        ("postgresql+psycopg://x:s3cret@127.0.0.1:1/d?nosuch=1", "the database lets nobody in: "),
    ],
)
def test_a_variable_that_leads_nowhere(
    project: Project, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("TILL_DB", value)
    project.define(sql_definition())

    found = project.fails(5, "fit")

    assert f"error: nights: {said}" in " ".join(found.split("\n")) or said in found
    assert "s3cret" not in found
    assert "hint: " in found
    assert len(found.split("\n")) <= 10


@pytest.mark.parametrize(
    ("database", "code", "said"),
    [
        (
            "data/nights.db",
            3,
            "data/nights.db: there is no such file\nhint: did you mean 'night.db'?",
        ),
        ("data", 3, "data: this is a folder"),
        ("data/night.db", 3, "data/night.db: this is not an SQLite database"),
        ("data/empty.db", 3, "data/empty.db: the file is empty"),
        ("data/broken.db", 3, "nights: the database refuses: "),
    ],
)
def test_a_file_that_is_no_sqlite_database(
    project: Project, database: str, code: int, said: str
) -> None:
    project.write("data/night.db", "a,b\n1,2\n")
    project.write("data/empty.db", "")
    project.write("data/broken.db", b"SQLite format 3\0" + b"\xff" * 5000)
    project.define(sql_definition(f"sqlite:///{database}"))

    assert said in project.fails(code, "fit")
    assert not (project.root / "data/nights.db").exists()


def test_a_url_of_the_definition_that_sqlalchemy_cannot_read(project: Project) -> None:
    project.define(sql_definition("postgresql://host:port/d"))

    assert "error: nights: its  url  is no URL of a database" in project.fails(2, "fit")


def test_sqlalchemy_is_not_installed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    project.define(sql_definition("sqlite:///data/t.db"))

    assert "hint: pip install 'mlcli[sql]'" in project.fails(5, "fit")


# ---- PostgreSQL ---------------------------------------------------------------------------


@pytest.fixture
def pg(server: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Lite]:
    """Run statements in a schema of the test's own, and open a table or a query of it."""
    import psycopg

    monkeypatch.setenv("TILL_DB", url(server) + "?options=-csearch_path%3Dmine")

    with psycopg.connect(postgres.conninfo(server), autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS mine CASCADE")
        connection.execute("CREATE SCHEMA mine")
        connection.execute("SET search_path TO mine")

        def opened(*statements: str, **options: Any) -> SqlSource:
            connection.execute("DROP TABLE IF EXISTS t")
            for statement in statements:
                connection.execute(statement)
            if "query" not in options:
                options = {"table": "t", **options}
            return SqlSource(tmp_path, "$TILL_DB", **{"name": "t", **options})

        yield opened


def test_values_of_postgresql_are_read_by_kind(pg: Lite) -> None:
    source = pg(
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE TABLE t (i bigint, n numeric(10, 2), f double precision, w varchar, flag boolean,"
        " day date, at timestamp, tags text[], doc jsonb, id uuid, feels mood)",
        "INSERT INTO t VALUES (1, 2.50, 0.1, 'x', true, '2023-06-08', '2023-06-08 19:30:05.25',"
        " '{a,b c}', '{\"k\": [1]}', '00000000-0000-0000-0000-000000000001', 'glad'),"
        " (2, 'NaN', 'NaN', ' ', false, NULL, '2023-06-09', '{}', NULL, NULL, 'sad')",
        "INSERT INTO t (i) VALUES (3)",
    )

    assert read(
        source, i="number", n="number", f="number", flag="boolean", day="date", at="date"
    ) == {
        "i": [1.0, 2.0, 3.0],
        "n": [2.5, None, None],
        "f": [0.1, None, None],
        "flag": [True, False, None],
        "day": [datetime(2023, 6, 8), None, None],
        "at": [datetime(2023, 6, 8, 19, 30, 5, 250000), datetime(2023, 6, 9), None],
        LINE: [1, 2, 3],
    }
    assert read(source, **dict.fromkeys(source.columns, "any")) == {
        "i": ["1", "2", "3"],
        "n": ["2.50", None, None],
        "f": ["0.1", None, None],
        "w": ["x", None, None],
        "flag": ["true", "false", None],
        "day": ["2023-06-08", None, None],
        "at": ["2023-06-08 19:30:05.250000", "2023-06-09", None],
        "tags": ['["a", "b c"]', "[]", None],
        "doc": ['{"k": [1]}', None, None],
        "id": ["00000000-0000-0000-0000-000000000001", None, None],
        "feels": ["glad", "sad", None],
        LINE: [1, 2, 3],
    }


@pytest.mark.parametrize(
    ("type_", "cell", "kind", "said"),
    [
        ("text", "'x'", "number", "'x' is not a number"),
        ("bigint", "9007199254740993", "number", "'9007199254740993' has more digits"),
        ("numeric", "9007199254740993", "number", "'9007199254740993' has more digits"),
        ("numeric", "'Infinity'", "number", "'Infinity' is not a number"),
        ("float8", "'-Infinity'", "number", "'-inf' is not a number"),
        ("integer", "1", "boolean", "'1' is neither true nor false"),
        ("bytea", "'x'", "any", "the cell holds bytes"),
        ("interval", "'1 day'", "any", "the cell holds a length of time"),
    ],
)
def test_a_value_of_postgresql_of_another_kind(
    pg: Lite, type_: str, cell: str, kind: Kind, said: str
) -> None:
    source = pg(f"CREATE TABLE t (c {type_})", f"INSERT INTO t VALUES ({cell})")

    assert f"t:1: column 'c' (the 1st): {said}" in refused(source, c=kind)


@pytest.mark.parametrize("day", ["infinity", "0044-03-15 BC"])
def test_a_day_outside_of_the_calendar(pg: Lite, day: str) -> None:
    source = pg("CREATE TABLE t (c timestamp)", f"INSERT INTO t VALUES ('{day}')")

    assert refused(source, c="date").startswith("t: the database refuses: ")


def test_times_with_a_zone_come_in_utc_whatever_the_server_says(pg: Lite) -> None:
    """The server stands in Toronto; half past midnight in Rome is 22:30 in UTC in summer."""
    made = (
        "CREATE TABLE t (c timestamptz)",
        "INSERT INTO t VALUES ('2023-06-09 00:30+02'), ('2023-01-09 00:30+01')",
    )

    assert read(pg(*made), c="date")["c"] == [
        datetime(2023, 1, 8, 23, 30),
        datetime(2023, 6, 8, 22, 30),
    ]
    assert read(pg(*made, timezone="Europe/Rome"), c="date")["c"] == [
        datetime(2023, 1, 9, 0, 30),
        datetime(2023, 6, 9, 0, 30),
    ]


def test_rows_of_postgresql_come_in_one_order_whatever_its_language(pg: Lite) -> None:
    """This collation takes a and A, and o and ö, for the same word."""
    rows = ["('b', 1)", "('A', 2)", "('a', 3)", "('ö', 1)", "('o', 1)", "(NULL, 9)"]
    language = (
        "CREATE COLLATION IF NOT EXISTS loose "
        "(provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
    )
    found = []
    for stored in (rows, rows[::-1]):
        source = pg(
            language,
            "CREATE TABLE t (w text COLLATE loose, n integer)",
            f"INSERT INTO t VALUES {', '.join(stored)}",
        )
        found.append((read(source, w="text", n="number"), source.digests()))

    assert found[0] == found[1]
    assert found[0][0]["w"] == ["A", "a", "b", "o", "ö", None]


def test_a_query_of_postgresql(pg: Lite) -> None:
    made = ("CREATE TABLE t (a integer, b text)", "INSERT INTO t VALUES (1, 'x%'), (20, '12:30')")
    query = "SELECT a::bigint AS a, b FROM t WHERE b LIKE '%' AND b <> $q$;$q$ -- all"

    assert read(pg(*made, query=query), a="number", b="any") == {
        "a": [1.0, 20.0],
        "b": ["x%", "12:30"],
        LINE: [1, 2],
    }
    for query, said in (
        ("SELECT 1, 2 AS b", "t: column 1 of query has no name"),
        ("SELECT a, b, a FROM t", "t: columns 1 and 3 are both called 'a'"),
        ("SELECT c FROM t", 't: the database refuses: column "c" does not exist'),
        ("WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "t: the database refuses: "),
        (
            "SELECT nextval('mine.s') AS a",
            "t: the database refuses: cannot execute nextval() in a read",
        ),
    ):
        with pytest.raises(DataError) as caught:
            read(pg(*made, "CREATE SEQUENCE IF NOT EXISTS s", query=query), a="any")
        assert problem(caught.value).startswith(said)


def test_a_table_of_postgresql_by_its_schema(pg: Lite) -> None:
    made = ('CREATE TABLE t ("Guests" integer)', "INSERT INTO t VALUES (1)")

    assert read(pg(*made, table="mine.t"), Guests="number") == {"Guests": [1.0], LINE: [1]}
    for table, said in (
        ("mine.tt", "t: there is no table 'mine.tt' [did you mean 'mine.t'?]"),
        ("T", "t: there is no table 'T' [did you mean 't'?]"),
        ("ours.t", "t: there is no table 'ours.t' ["),
    ):
        with pytest.raises(DataError) as caught:
            pg(*made, table=table)
        assert problem(caught.value).startswith(said)


def test_a_server_that_goes_away_while_it_is_read(
    pg: Lite, server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(sql, "_CHUNK_ROWS", 100)
    source = pg("CREATE TABLE t AS SELECT generate_series(1, 100000) AS a")
    chunks = source.chunks({"a": "number"})
    assert len(next(chunks)) == 100
    with psycopg.connect(postgres.conninfo(server)) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND state = 'idle in transaction'"
        )

    with pytest.raises(EnvironmentProblemError, match="the database went away") as caught:
        list(chunks)
    assert "is it running" in problem(caught.value)


def test_what_others_write_meanwhile_is_not_read(
    pg: Lite, server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(sql, "_CHUNK_ROWS", 10)
    source = pg("CREATE TABLE t AS SELECT generate_series(1, 100) AS a")
    chunks = source.chunks({"a": "number"})
    rows = len(next(chunks))
    with psycopg.connect(postgres.conninfo(server)) as other:
        other.execute("INSERT INTO mine.t SELECT generate_series(101, 200)")

    assert rows + sum(map(len, chunks)) == 100


@pytest.mark.parametrize(
    ("password", "database", "said"),
    [
        ("wr0ng/p@ss", "postgres", "password authentication failed"),
        (postgres.PASSWORD, "nosuch", 'database "nosuch" does not exist'),
        ("", "postgres", "no password supplied"),
    ],
)
def test_a_server_that_lets_nobody_in(
    project: Project,
    server: int,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    database: str,
    said: str,
) -> None:
    monkeypatch.setenv("TILL_DB", url(server, password, database))
    project.define(sql_definition())

    found = " ".join(project.fails(5, "fit").split())

    assert found.startswith("error: nights: the database lets nobody in: connection")
    assert said in found
    assert "hint: is it running, and is what TILL_DB holds right?" in found
    for secret in ("wr0ng", postgres.PASSWORD, quote(postgres.PASSWORD, safe="")):
        assert secret not in found


def test_no_password_is_kept_in_what_is_stored(
    project: Project, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_DB", database)
    define(project, "pizzeria", lambda name: f"sql: {{url: $TILL_DB, table: {name}}}")

    shown = project.works("fit", "--json").out

    stored = b"".join(p.read_bytes() for p in project.root.rglob("*") if p.is_file())
    for secret in (postgres.PASSWORD, quote(postgres.PASSWORD, safe=""), "127.0.0.1"):
        assert secret not in shown
        assert secret.encode() not in stored
    assert b"$TILL_DB reservations (datetime)" in stored
    assert project.works("fit", "--json").json["fitted"][0]["new"] is False
