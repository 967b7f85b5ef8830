"""Numbers whose point may mark decimals or group digits: nobody guesses which."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
from support import Project, csv_of

import mlcli

pytestmark = pytest.mark.usefixtures("unvalidated")  # it is about reading

DEFINITION = """\
sources:
  sales:
    file: data/sales.csv
{keys}
    rules:
      - sum: {{of: n, per: item, as: n}}
features: [item]
label: n
model: decision_tree
holdout: none
engine: {engine}
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_point_that_may_group_the_digits_of_every_number_is_asked_about(
    project: Project, engine: str
) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", "12"), ("c", "1.500")]))
    project.define(DEFINITION.format(keys="", engine=engine))

    said = " ".join(project.fails(3, "data").split())
    assert "data/sales.csv:2: column 'n': '4.416' is 4.416, or 4416 where points group" in said
    assert 'say in its source decimal: "." or decimal: "," thousands: "."' in said

    german = '    decimal: ","\n    thousands: "."'
    for keys, least in (('    decimal: "."', 1.5), (german, 12)):
        project.define(DEFINITION.format(keys=keys, engine=engine))
        assert mlcli.examples("pizzeria", project.root)["n"].min() == least


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("sure", ["0.750", "2.5", "1234.500", "12.25"])
def test_b05_one_number_that_is_sure_settles_what_points_are(
    project: Project, engine: str, sure: str
) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", sure), ("c", "1.500")]))
    project.define(DEFINITION.format(keys="", engine=engine))

    assert mlcli.examples("pizzeria", project.root)["n"].tolist() == [4.416, float(sure), 1.5]


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_first_point_far_down_is_asked_about_too(project: Project, engine: str) -> None:
    """A shop that grows: no sale of its first 1,200 days needs a point to group its digits."""
    rows = [*(("a", "950") for _ in range(1200)), ("b", "1.020")]
    project.write("data/sales.csv", csv_of("item,n", rows))
    project.write("data/later.csv", csv_of("item,n", [("a", "1.250")]))
    files = "[data/sales.csv, data/later.csv]"
    project.define(DEFINITION.format(keys="", engine=engine).replace("data/sales.csv", files))

    said = " ".join(project.fails(3, "data").split())

    assert "data/sales.csv:1202: column 'n': '1.020' is 1.02, or 1020 where points group" in said


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b05_a_point_is_asked_about_beside_a_unit_too(project: Project, engine: str) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "€1.500"), ("b", "€12")]))
    project.define(DEFINITION.format(keys='    unit: "€"', engine=engine))

    said = " ".join(project.fails(3, "data").split())

    assert "column 'n': '€1.500' is 1.5, or 1500 where points group digits" in said


def test_b05_data_of_a_file_asks_about_points_too(project: Project) -> None:
    project.write("data/sales.csv", csv_of("item,n", [("a", "4.416"), ("b", "1.500")]))

    seen = project.works("data", "data/sales.csv", "--json").json

    assert seen["notes"] == ["n: '4.416' is 4.416 or 4416: nothing in the file says which"]
    assert seen["undecided"] == ['decimal: "."', 'decimal: ","  thousands: "."']


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    ("rule", "cell", "m"),
    [
        ("", "2.000", "7"),
        ("      - derive: {root: sqrt of m}\n", "-3.000", "7"),  # makes a column before the sum
        ("      - between: {m: 1 to 100}\n", "1.020", "300"),  # leaves the row with the point out
        ("      - between: {m: 1 to 100}\n", "2.000", "300"),
    ],
)
def test_b05_both_engines_ask_whatever_rules_stand_before(
    project: Project, engine: str, rule: str, cell: str, m: str
) -> None:
    """The only point stands in row 1,200, of 2.000 too, which is whole in either reading."""
    rows = [("a", "950", "7")] * 1200 + [("b", cell, m)]
    project.write("data/sales.csv", csv_of("item,n,m", rows))
    definition = DEFINITION.format(keys="", engine=engine)
    project.define(definition.replace("    rules:\n", f"    rules:\n{rule}"))

    said = " ".join(project.fails(3, "data").split())

    assert f"data/sales.csv:1202: column 'n': '{cell}' is" in said


FLAT = """\
sources:
  sales:
    {where}
{rules}features: [m]
label: n
model: decision_tree
holdout: none
"""
RULES = ["    rules: [drop_missing: {of: m}]\n", "    rules: [drop_duplicates: {of: m}]\n"]
FORMS = ["csv", "parquet", "xlsx", "sql"]


@pytest.mark.parametrize(
    ("form", "rules", "column"),
    [
        *((form, "", "n") for form in FORMS),
        *zip(FORMS, RULES * 2, ["m", "n", "n", "m"], strict=True),
    ],
)
def test_b05_texts_of_any_form_are_asked_about(
    project: Project, form: str, rules: str, column: str
) -> None:
    """The feature and the label of four rows; 1.250 may be 1250 in each form that has text."""
    table = {"m": ["1", "2", "3", "4"], "n": ["5", "6", "7", "8"]}
    table[column] = ["12", "1.250", "3.500", "40"]
    where = written(project, form, table)
    project.define(FLAT.format(where=where, rules=rules))

    said = " ".join(project.fails(3, "data").split())

    assert f"column '{column}': '1.250' is 1.25, or 1250 where points group digits" in said
    project.define(FLAT.format(where=f'{where}\n    decimal: "."', rules=rules))
    assert mlcli.examples("pizzeria", project.root)[column].min() == 1.25
    written(project, form, {**table, column: ["12", "1.250", "3.5", "40"]})  # one is sure
    project.define(FLAT.format(where=where, rules=rules))
    assert len(mlcli.examples("pizzeria", project.root)) == 4


def written(project: Project, form: str, table: dict[str, list[str]]) -> str:
    """Write an export of texts in some form, and return the keys that name it."""
    frame = pd.DataFrame(table)
    match form:
        case "csv":
            frame.to_csv(project.root / "data/t.csv", index=False)
        case "parquet":
            frame.to_parquet(project.root / "data/t.parquet")
        case "xlsx":
            frame.to_excel(project.root / "data/t.xlsx", index=False)
        case _:
            with closing(sqlite3.connect(project.root / "data/t.db")) as database:
                frame.to_sql("t", database, index=False, if_exists="replace")
            return "sql: {url: sqlite:///data/t.db, table: t}"
    return f"file: data/t.{form}"
