"""Cells that are numbers or words: how many digits, which notation, what stands around them."""

from __future__ import annotations

import pytest
from support import Project, table_definition

ENGINES = ("pandas", "duckdb")

# No double lies between 2**53 and 2**53 + 2, so the second of these is read as the first.
EVEN, ODD = "9007199254740992", "9007199254740993"


def gathered(engine: str, keys: str = "") -> str:
    """Return a definition whose rows are gathered, as DuckDB reads them then."""
    return f"""\
sources:
  sales:
    file: data/sales.csv
{keys}
    rules:
      - sum: {{of: n, per: item, as: n}}
  made: {{file: data/made.csv}}
join: item
features: [n]
label: y
model: linear_regression
holdout: none
engine: {engine}
"""


MADE = "item,y\na,2\nb,3\nc,4\n"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("item", ["c", '"c"', '"c\nd"'], ids=["regular", "quoted", "by the line"])
def test_a10_a_whole_number_that_no_double_is_is_refused(
    project: Project, engine: str, item: str
) -> None:
    project.write("data/sales.csv", f"item,n\na,1\nb,{EVEN}\n{item},{ODD}\n")
    project.write("data/made.csv", MADE)
    project.define(gathered(engine))

    err = project.fails(3, "fit")

    assert f"'{ODD}' has more digits than a number is kept with" in err
    assert "data/sales.csv:4" in err
    assert "{name: n, kind: category}" in err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cell", [EVEN, f"{ODD}.5", "1e23", "-1.7976931348623157e99", "0.1"])
def test_a10_even_ones_decimals_and_exponents_are_rounded_as_before(
    project: Project, engine: str, cell: str
) -> None:
    project.write("data/sales.csv", f"item,n\na,1\nb,2\nc,{cell}\n")
    project.write("data/made.csv", MADE)
    project.define(gathered(engine))

    assert project.works("fit", "--json").json["fitted"][0]["rows"]["used"] == 3


def test_a10_ids_that_are_words_keep_every_digit(project: Project) -> None:
    # Ridge of one word each: the word sold 10 stays below the mean of 20, the other above.
    rows = "".join(f"{EVEN},10\n{ODD},30\n" for _ in range(9))
    project.write("data/nights.csv", f"id,doughs\n{rows}")
    project.define(table_definition("[{name: id, kind: category}]", model="ridge"))
    project.works("fit")

    low, high = (
        project.works("predict", "--id", cell, "--json").json["predictions"][0]["value"]
        for cell in (EVEN, ODD)
    )

    assert low < 20 < high


@pytest.mark.parametrize("engine", ENGINES)
def test_a10_keys_that_a_double_takes_for_one_are_joined_as_words(
    project: Project, engine: str
) -> None:
    project.write("data/a.csv", f"id,n\n{EVEN},1\n{ODD},2\n7,3\n")
    project.write("data/b.csv", f"id,y\n{EVEN},10\n{ODD},20\n7,30\n")
    project.define(
        "sources:\n"
        "  a: {file: data/a.csv, rules: [sum: {of: n, per: id, as: n}]}\n"
        "  b: {file: data/b.csv, rules: [sum: {of: y, per: id, as: y}]}\n"
        f"join: id\nfeatures: [n]\nlabel: y\nmodel: linear_regression\nholdout: none\n"
        f"engine: {engine}\n"
    )
    project.works("fit")

    # y = 10 n in all three rows, so 4 gives 40.
    asked = project.works("predict", "--n", 4, "--json").json["predictions"][0]

    assert asked["value"] == pytest.approx(40)


def test_a10_a_question_is_not_answered_for_another_number(project: Project) -> None:
    project.write("data/nights.csv", "guests,doughs\n1,2\n2,4\n3,6\n")
    project.define(table_definition())
    project.works("fit")

    assert f"'{ODD}' has more digits" in project.fails(2, "predict", "--guests", ODD)
    assert project.works("predict", "--guests", EVEN).out
    project.write("asked.csv", f"guests\n1\n{ODD}\n")
    ended = project.mlcli("predict", "--input", "asked.csv")
    assert EVEN not in ended.out
    assert f"'{ODD}' has more digits" in ended.out + ended.err


def test_a10_a_rule_compares_with_no_number_that_is_none(project: Project) -> None:
    project.write("data/nights.csv", "guests,doughs\n1,2\n2,4\n3,6\n")
    project.define(f"{table_definition()}rules:\n  - drop: {{guests: {ODD}}}\n")

    assert "put quotes around it if it is a word" in project.fails(2, "fit")


def test_d05_data_shows_no_id_that_is_in_no_row(project: Project) -> None:
    # As doubles both are 1234567890123456768, which stands in no row.
    ids = ["1234567890123456789", "1234567890123456790", "12"]
    project.write("data/a.csv", "id,y\n" + "".join(f"{one},1\n" for one in ids))

    found = project.works("data", "data/a.csv", "--json").json["columns"][0]

    assert (found["kind"], found["low"], found["high"]) == ("text", None, None)
    assert [level["level"] for level in found["levels"]] == sorted(ids)
