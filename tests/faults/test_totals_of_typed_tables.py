"""Totals among the rows of Parquet files, workbooks and databases."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from openpyxl import load_workbook

import mlcli

if TYPE_CHECKING:
    from support import Project

FORMS = ["parquet", "xlsx", "sql"]
HEADER = ["day", "hall", "qty", "paid"]
# 8 days of 1 to 8 pizzas, each at 2.5: 1 + ... + 8 = 36, and 36 x 2.5 = 90.
SOUND: list[list[Any]] = [
    [f"2026-03-{n:02}", "north" if n % 2 else "south", n, n * 2.5] for n in range(1, 9)
]
GROUPS = [[None, "north", 16, 40.0], [None, "south", 20, 50.0]]
SAYS = "holds the sums of the others"


def kept(project: Project, form: str, rows: list[list[Any]]) -> dict[str, Any]:
    """Keep rows in some form, and return the keys of the source."""
    table = pd.DataFrame(rows, columns=HEADER)
    (project.root / "data").mkdir(exist_ok=True)
    path = project.root / f"data/sales.{form}"
    match form:
        case "parquet":
            table.to_parquet(path)
        case "xlsx":
            table.to_excel(path, index=False)
        case _:
            with sqlite3.connect(path) as database:
                table.to_sql("sales", database, index=False)
            database.close()
            return {"sql": {"url": "sqlite:///data/sales.sql", "table": "sales"}}
    return {"file": f"data/sales.{form}"}


def learn(project: Project, source: dict[str, Any]) -> None:
    """Define what learns the payments from the quantities."""
    project.define(
        json.dumps(
            {
                "sources": {"sales": source},
                "features": ["qty"],
                "label": "paid",
                "model": "linear_regression",
                "holdout": "none",
            }
        )
    )


def rows_of(project: Project) -> int:
    return len(mlcli.examples("pizzeria", project.root))


@pytest.mark.parametrize("form", FORMS)
def test_a09_a_total_of_a_typed_table_is_refused(project: Project, form: str) -> None:
    learn(project, kept(project, form, [*SOUND, [None, "Total", 36, 90.0]]))

    said = project.fails(3, "fit")

    assert (SAYS in said) or ("a total or a note" in said)
    assert "if it is a row,  totals: keep" in said


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        ("sql", [*SOUND[:3], [None, "Total", 36, 90.0], *SOUND[3:]]),  # its rows have no order
        ("parquet", [*SOUND[:3], [None, "Total", 36, 90.0], *SOUND[3:]]),
        # a mean of the payments: one sum, and the word alone
        ("sql", [*SOUND, [None, "Total", 36, 2.5]]),
        ("sql", [*SOUND, [None, None, 36, 90.0]]),  # as ROLLUP writes it
        # of both columns: the halls are added up too
        ("sql", [*SOUND, *GROUPS, [None, None, 36, 90.0]]),
        ("parquet", [*SOUND, *GROUPS, [None, None, 36, 90.0]]),
        ("sql", [*SOUND, ["2026-03-09", None, 36, 90.0]]),  # two sums, and a hole
    ],
)
def test_a09_evidence_for_a_total_of_a_typed_table(
    project: Project, form: str, rows: list[list[Any]]
) -> None:
    source = kept(project, form, rows)
    learn(project, source)

    assert SAYS in project.fails(3, "data")

    learn(project, {**source, "totals": "keep"})
    assert rows_of(project) == len(rows)


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
@pytest.mark.parametrize(
    "row",
    [
        ["2026-03-09", "all", 36, 9.0],  # one number is no sum
        ["2026-03-09", "Total", 9, 22.5],  # a hall of that name
        [None, "north", 9, 22.5],
    ],
)
def test_a09_a_row_of_a_typed_table_stays_one(project: Project, form: str, row: list[Any]) -> None:
    learn(project, kept(project, form, [*SOUND, row]))

    assert rows_of(project) == 9


@pytest.mark.parametrize(("form", "says"), [("parquet", True), ("xlsx", True), ("sql", False)])
def test_a09_two_sums_are_evidence_in_a_last_row(project: Project, form: str, says: bool) -> None:
    learn(project, kept(project, form, [*SOUND, ["2026-03-09", "all", 36, 90.0]]))

    assert (SAYS in project.mlcli("data").err) is says


def test_a09_the_range_of_a_workbook_ends_above_its_total(project: Project) -> None:
    source = kept(project, "xlsx", [*SOUND, ["2026-03-09", "all", 36, 90.0]])
    learn(project, source)

    (fix,) = project.mlcli("data", "--json").json["error"]["fix"]
    assert (fix["path"], fix["value"]) == (["sources", "sales", "range"], "A1:D9")

    learn(project, {**source, "range": fix["value"]})
    assert rows_of(project) == 8


@pytest.mark.parametrize(
    ("form", "row", "rule"),
    [
        ("parquet", [None, "Total", 36, 90.0], {"drop": {"hall": "Total"}}),
        ("sql", [None, None, 36, 90.0], {"drop_missing": {"of": ["day", "hall"]}}),
    ],
)
def test_a09_a_rule_leaves_the_total_out(
    project: Project, form: str, row: list[Any], rule: dict[str, Any]
) -> None:
    source = kept(project, form, [*SOUND, row])
    learn(project, source)
    [(name, of)] = rule.items()
    [(key, value)] = of.items()
    value = f"[{', '.join(value)}]" if isinstance(value, list) else value
    assert f"{name}: {{{key}: {value}}},  with  totals: keep" in project.fails(3, "data")

    learn(project, {**source, "totals": "keep", "rules": [rule]})
    assert rows_of(project) == 8


@pytest.mark.parametrize("form", ["parquet", "sql"])
def test_a09_flags_that_are_rare_are_no_sums(project: Project, form: str) -> None:
    # The first row is as much as the only other one that is not 0, in both columns.
    rows = [[day, hall, int(n in {0, 5}), float(n in {0, 5})]
            for n, (day, hall, *_) in enumerate(SOUND)]  # fmt: skip
    rows[0][1] = None
    learn(project, kept(project, form, rows))

    assert rows_of(project) == 8


def test_a09_a_workbook_with_cells_beside_its_columns(project: Project) -> None:
    source = kept(project, "xlsx", [*SOUND, ["2026-03-09", "all", 36, 90.0]])
    path = project.root / "data/sales.xlsx"
    book = load_workbook(path)
    book.active["F3"].number_format = "0.00"  # empty, and beside the table
    book.save(path)
    learn(project, source)

    assert f"data/sales.xlsx:10: the row '2026-03-09', 'all', '36', '90' {SAYS}" in project.fails(
        3, "data"
    )
