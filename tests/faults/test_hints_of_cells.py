"""What a hint writes in the place of a cell is read, and is what was meant."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from following import errors, followed
from support import Project, csv_of

OVER = """\
sources: {{t: {{file: data/t.csv, rules: [drop_missing: {{of: d}}]}}}}
date: d
features: [x]
label: y
model: linear_regression
holdout: none
engine: {engine}
"""
ROWS: list[tuple[object, ...]] = [(f"2024-01-{n:02} 10:00", n, 2 * n) for n in range(1, 13)]
# Written by hand: the cell, and what somebody who mends it writes in its place.
NUMBERS = {
    "1,5": "1.5",
    "2.500,75": "2500.75",
    "1,234,567": "1234567",
    "(30.00)": "-30.00",
    "49.03-": "-49.03",
    "1'234.5": "1234.5",
    "'75": "75",
    "n/a": "",
}
DATES = {
    "2024/1/13": "2024-01-13",
    "13.01.2024": "2024-01-13",
    "1/13/2024": "2024-01-13",
    "13.01.2024 14:30": "2024-01-13 14:30:00",
    "1/13/2024 2:30 PM": "2024-01-13 14:30:00",
    "2024.01.13, 09:05:07": "2024-01-13 09:05:07",
}
OPEN = ["1,500", "€ 12.50", "5 %", "03.04.2024", "13.01.2024 at noon", "2024-02-30", "1:30", "x"]
"""Cells that mean two things, or nothing that anybody knows."""


def written(project: Project, engine: str, column: str, cell: str) -> dict[str, Any]:
    """Put a cell into line 9 of an export; return the problem that is named."""
    rows = [list(row) for row in ROWS]
    rows[7]["dxy".index(column)] = f'"{cell}"'
    project.write("data/t.csv", csv_of("d,x,y", [tuple(row) for row in rows]))
    project.define(OVER.format(engine=engine), "it")
    (problem,) = errors(project, ["data", "it"])
    return problem


CASES = [
    *(("pandas", "x", cell, new) for cell, new in NUMBERS.items()),
    *(("pandas", "d", cell, new) for cell, new in DATES.items()),
    *(("duckdb", "x", cell, NUMBERS[cell]) for cell in ("1,5", "n/a")),
    *(("duckdb", "d", cell, DATES[cell]) for cell in ("2024/1/13", "1/13/2024 2:30 PM")),
]


@pytest.mark.parametrize(("engine", "column", "cell", "new"), CASES)
def test_b_a_cell_is_written_as_its_hint_says(
    project: Project, engine: str, column: str, cell: str, new: str
) -> None:
    problem = written(project, engine, column, cell)

    fix = problem["fix"][-1]
    assert fix == {"file": "data/t.csv", "path": [9, column], "value": new}
    assert new in problem["hint"]
    assert errors(project, followed(project.root, ["data", "it"], fix)) == []


@pytest.mark.parametrize("cell", OPEN)
def test_b_of_a_cell_that_may_be_several_none_is_written(project: Project, cell: str) -> None:
    problem = written(project, "pandas", "d" if "2024" in cell else "x", cell)

    assert [fix for fix in problem["fix"] if fix["file"] == "data/t.csv"] == []


def test_b_a_cell_of_the_second_file_of_a_source_is_written_there(project: Project) -> None:
    project.write("data/t.csv", csv_of("d,x,y", ROWS))
    project.write("data/u.csv", csv_of("d,x,y", [("2024-02-01", '"1,5"', 3)]))
    project.define(OVER.format(engine="pandas").replace("t.csv", "*.csv"), "it")

    (problem,) = errors(project, ["data", "it"])

    assert problem["place"] == "data/u.csv:2"
    assert problem["fix"][-1] == {"file": "data/u.csv", "path": [2, "x"], "value": "1.5"}


@pytest.fixture
def fitted(project: Project) -> Project:
    project.write("data/t.csv", csv_of("d,x,y", ROWS))
    project.define(OVER.format(engine="pandas"), "it")
    project.works("fit", "it")
    return project


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_b_a_cell_of_a_question_is_written_as_its_hint_says(fitted: Project, verb: str) -> None:
    fitted.write("q.csv", 'd,x,y\n2024-03-01,3,6\n2024-03-02,"4,5",9\n')
    words = [verb, "--input" if verb == "predict" else "--data", "q.csv"]

    (problem,) = errors(fitted, words)

    assert problem["fix"] == [{"file": "q.csv", "path": [3, "x"], "value": "4.5"}]
    assert errors(fitted, followed(fitted.root, words, problem["fix"][0])) == []
    with (fitted.root / "q.csv").open(newline="") as file:
        assert [*csv.reader(file)][2] == ["2024-03-02", "4.5", "9"]


def test_b_an_option_is_written_as_its_hint_says(fitted: Project) -> None:
    words = ["predict", "--x", "4,5"]

    (problem,) = errors(fitted, words)

    assert problem["fix"] == [{"option": "--x", "value": "4.5"}]
    assert fitted.works(*followed(fitted.root, words, problem["fix"][0])).out == "9 y\n"
