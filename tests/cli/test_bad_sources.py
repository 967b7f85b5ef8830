"""Everything that can be wrong with what a definition says of sources that are no CSV files.

As in `test_bad_definitions.py`, nothing is read here but the definition.
"""

from __future__ import annotations

import pytest
from support import Project

from mlcli.grammar import source_phrases
from mlcli.grammar.phrases import PhraseError
from mlcli.grammar.source_phrases import check
from mlcli.wording import discreet

DEFINITION = "sources:\n  nights: {}\nfeatures: [guests]\nlabel: doughs\nmodel: ridge\n"

# What stands in the braces of the source, at which text of it the caret points, what is said.
BAD = [
    ("file: [a.parquet, b.parquet]", "[a.p", "only CSV files are read several at a time, and this is a Parquet file"),
    ("file: [a.xlsx, b.csv]", "[a.x", "only CSV files are read several at a time, and this is an Excel workbook"),
    ("file: data/*.parquet", "data/*", "only CSV files are read several at a time, and this is a Parquet file"),
    ("file: a.parquet, sheet: S", "S}", "'sheet' is for Excel workbooks, and this is a Parquet file"),
    ("file: a.csv, range: A1:B2", "A1:", "'range' is for Excel workbooks, and this is a CSV file"),
    ("file: a.xlsx, encoding: cp1252", "cp1252", "'encoding' is for CSV files, and this is an Excel workbook"),
    ("file: a.parquet, delimiter: tab", "tab", "'delimiter' is for CSV files, and this is a Parquet file"),
    ("file: a.xlsx, range: A3", "A3}", "'A3' is no range of cells"),
    ("file: a.xlsx, range: 3:200", "3:200", "'3:200' is no range of cells"),
    ("file: a.xlsx, range: Sheet1!A1:B2", "Sheet1!", "'Sheet1!A1:B2' is no range of cells"),
    ("file: a.xlsx, range: A0:B2", "A0", "'A0:B2' is no range of cells"),
    ("file: a.xlsx, range: D3:A200", "D3:", "'D3:A200' ends before it begins"),
    ("file: a.xlsx, range: A200:D3", "A200", "'A200:D3' ends before it begins"),
    ("file: a.xlsx, range: A3:D3", "A3:", "'A3:D3' is one row, and a table has a header and rows below it"),
    ("file: a.xlsx, range: A1:XFE2", "A1:", "'A1:XFE2' lies outside of a sheet, which ends at XFD1048576"),
    ("file: a.xlsx, range: A1:B1048577", "A1:", "'A1:B1048577' lies outside of a sheet"),
    ("file: a.xlsx, sheet: ''", "''", "'sheet' is empty"),
    ("file: a.csv, sql: {url: $DB, table: t}", "{url", "a source is a file or a database"),
    ("sql: {url: $DB, table: t}, sheet: S", "S}", "'sheet' is for Excel workbooks, and this is a database"),
    ("sql: {url: $DB}", "sql", "neither a table nor a query is named"),
    ("sql: {url: $DB, table: t, query: SELECT 1}", "SELECT", "a table and a query are named"),
    ("sql: {table: t}", "sql", "'url' is missing"),
    ("sql: {url: $DB, tabel: t, table: u}", "tabel", "unknown key 'tabel'"),
    ("sql: {url: $, table: t}", "$", "this names no environment variable"),
    ("sql: {url: '${DB}', table: t}", "'$", "this names no environment variable"),
    ("sql: {url: $TILL-DB, table: t}", "$TILL", "this names no environment variable"),
    ("sql: {url: $DB/till, table: t}", "$DB", "this names no environment variable"),
    ("sql: {url: till.db, table: t}", "till.db", "this is no URL of a database"),
    ("sql: {url: DB, table: t}", "DB", "this is no URL of a database"),
    ("sql: {url: $DB, query: DELETE FROM t}", "DELETE", "a query begins with SELECT or WITH, not with 'DELETE'"),
    ("sql: {url: $DB, query: '-- SELECT 1'}", "'--", "a query begins with SELECT or WITH"),
    ("sql: {url: $DB, query: 'SELECT 1; SELECT 2'}", "'SEL", "the query holds several statements"),
    ("sql: {url: $DB, query: 'SELECT (1'}", "'SEL", "a bracket of the query is never closed"),
    ("sql: {url: $DB, query: 'SELECT 1) AS x, (SELECT 2'}", "'SEL", "the query closes a bracket that it never opened"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "at", "said"), BAD, ids=[written for written, *_ in BAD])
def test_what_a_source_says_is_refused_where_it_stands(
    project: Project, written: str, at: str, said: str
) -> None:
    text = DEFINITION.replace("{}", f"{{{written}}}")
    project.define(text, "bad")
    line = text.split("\n")[1]
    column = line.index(at, line.index("{")) + 1 if at != "sql" else line.index("sql") + 1

    found = project.fails(2, "fit")

    assert found.startswith(f"error: configs/bad.yaml:2:{column}: {said}")
    assert "\nhint: " in found
    assert "bad: nothing was fitted" in found


SECRETS = [
    "postgresql://till:s3cret@host/db",
    "postgresql+psycopg://till:s3cret@host:5432/db?sslmode=require",
    "postgresql://till:s3c/ret@host/db",
    "postgresql://till:s3c@ret@host/db",
    "postgresql://:s3cret@host/db",
    "postgresql:///db?user=till&password=s3cret",
    "mysql://host/db?passwd=s3cret",
    "mssql+pyodbc://?odbc_connect=DRIVER%3Dx;UID=u;PWD=s3cret",
    "mssql+pyodbc://?odbc_connect=DRIVER%3Dx%3BPWD%3Ds3cret%3B",
]


@pytest.mark.parametrize("url", SECRETS)
@pytest.mark.parametrize("more", ["table: t", "tabel: t", "table: t, query: SELECT 1"])
def test_a_password_in_a_definition_is_refused_and_never_shown(
    project: Project, url: str, more: str
) -> None:
    project.define(DEFINITION.replace("{}", f'{{sql: {{url: "{url}", {more}}}}}'), "bad")

    found = project.fails(2, "fit")

    assert "configs/bad.yaml:2:23: the URL holds a password, and a definition is no place" in found
    assert "put the URL into an environment variable, and name that:  url: $TILL_DB" in found
    assert "s3c" not in found
    assert "ret@" not in found


def test_a_password_stays_hidden_in_the_line_before_another_fault(project: Project) -> None:
    url = "postgresql://till:s3cret@host/db"
    project.define(
        f"sources:\n  nights:\n    sql:\n      url: {url}\n      tabel: t\n      table: t\n"
        "features: [guests]\nlabel: doughs\nmodel: ridge\n",
        "bad",
    )

    found = project.fails(2, "fit")

    assert "  4 |       url: postgresql://till:******@host/db\n  5 |       tabel: t\n" in found
    assert "s3cret" not in found


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/till.db",
        "postgresql://till@host:5432/db",
        "postgresql://host:5432/db",
        "postgresql+psycopg:///db?host=/run/postgresql&passfile=/home/till/pass",
        "$TILL_DB",
        "mysql://till:@host/db",
    ],
)
def test_a_url_without_a_password_is_no_secret(project: Project, url: str) -> None:
    from mlcli.definition.source import Sql

    assert discreet(f"url: {url}, table: t") == f"url: {url}, table: t"
    assert Sql(url=url, table="t").url == url


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "select 1;",
        " ( SELECT 1 ) ",
        "WITH a AS (SELECT ';') SELECT * FROM a ;  ",
        "-- first; this\nSELECT 1 /* and; that ( */",
        "SELECT ';' AS \";\", '(' FROM `a;b` -- ; )",
        "SELECT $$;)$$, $q$ ; $q$",
        "SELECT 'it''s; (' FROM [a;b]",
    ],
)
def test_one_select_is_a_query_whatever_stands_in_its_quotes(query: str) -> None:
    assert check(query) == query


@pytest.mark.parametrize(
    "query",
    [
        "",
        ";",
        "SELECTED",
        "INSERT INTO t SELECT 1",
        "EXPLAIN SELECT 1",
        "SELECT 1;;",
        "SELECT ';'; DROP TABLE t",
        "SELECT 1 /* ; */; SELECT 2",
        "SELECT '' ; ' -- ' ; DROP TABLE t",
        "SELECT 1))((",
        "/* SELECT */ UPDATE t SET a = 1",
        "PRAGMA query_only = OFF",
    ],
)
def test_anything_else_is_no_query(query: str) -> None:
    with pytest.raises(PhraseError) as caught:
        check(query)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "first_row", "first_column", "last_row", "last_column"),
    [
        ("A3:D200", 3, 1, 200, 4),
        ("$A$3:$D$200", 3, 1, 200, 4),
        (" a1:aa2 ", 1, 1, 2, 27),
        ("Z1:AZ1048576", 1, 26, 1_048_576, 52),
        ("XFD1:XFD2", 1, 16_384, 2, 16_384),
        ("A3:D", 3, 1, None, 4),
    ],
)
def test_a_range_is_read_as_excel_counts(
    text: str, first_row: int, first_column: int, last_row: int | None, last_column: int
) -> None:
    assert source_phrases.parse(text) == source_phrases.SheetRange(
        first_row, first_column, last_row, last_column
    )


def test_columns_are_named_as_excel_names_them() -> None:
    from openpyxl.utils import get_column_letter

    for number in (1, 26, 27, 52, 53, 702, 703, 16_384):
        assert source_phrases.column(number) == get_column_letter(number)
