"""Layouts of public exports: several header lines, none, blanks between cells, other calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support import csv_of, table_definition

if TYPE_CHECKING:
    from support import Project

ROWS = [(f"2024-01-0{n}", 20 + n, "Rome" if n % 2 else "Milan", n % 5) for n in range(1, 10)]


def seen(project: Project, text: str, name: str = "data/t.csv") -> dict[str, Any]:
    """Return what is seen in a file."""
    project.write(name, text)
    found: dict[str, Any] = project.works("data", name, "--json").json
    return found


def test_02_names_above_questions_and_ids_are_the_names(project: Project) -> None:
    # Qualtrics: line 1 has the names, line 2 the questions, line 3 ids as JSON, then 9 rows.
    ids = ",".join(f'"{{""ImportId"":""Q{n}""}}"' for n in range(4))
    questions = "Start Date,How old are you?,Which city?,How satisfied are you?"
    text = csv_of(f"day,age,city,Q1_1\n{questions}\n{ids}", ROWS)

    found = seen(project, text)

    assert found["rows"] == 9
    assert {k: v for k, v in found["source"].items() if k != "file"} == {
        "skip_rows": 3, "columns": ["day", "age", "city", "Q1_1"],
    }  # fmt: skip
    project.write("data/nights.csv", text)
    project.define(table_definition("[age]", label="Q1_1"))
    (fix,) = project.mlcli("data", "--json").json["error"]["fix"]
    assert fix["value"] == {"skip_rows": 3, "columns": ["day", "age", "city", "Q1_1"]}


def test_03_names_above_ids_alone(project: Project) -> None:
    ids = ",".join(f'"{{""id"":{n}}}"' for n in range(4))

    found = seen(project, csv_of(f"day,age,city,n\n{ids}", ROWS))

    assert (found["rows"], found["source"]["skip_rows"]) == (9, 2)
    assert found["source"]["columns"] == ["day", "age", "city", "n"]


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("2024-01-31,29,Rome,4", "2024-01-31, 29, 4"),
        ("day,2019,city,n", "2019"),
        ("day,5.1,city,3.5", "5.1, 3.5"),
        ("day,2019,city,2020", ""),  # years that rise name columns
        ("day,age,city,n", ""),
    ],
)
def test_27_a_first_line_that_looks_like_a_row_is_asked_about(
    project: Project, header: str, asked: str
) -> None:
    found = seen(project, csv_of(header, ROWS))

    said = [note.partition(":")[0] for note in found["notes"] if "if the first line is" in note]
    assert said == [asked] * bool(asked)


def test_27_a_first_row_of_words_that_stands_again_is_no_header_perhaps(project: Project) -> None:
    project.write("data/nights.csv", "Rome,tea\nMilan,cake\nRome,tea\nMilan,tea\n")

    said = project.fails(3, "data", "data/nights.csv")

    assert "If both are rows, say in its source  columns: [NAME, ...]" in said


@pytest.mark.parametrize("wide", [2, 5])
def test_28_blanks_between_cells_are_named(project: Project, wide: int) -> None:
    lines = [("day", "age", "city", "n"), *(tuple(map(str, row)) for row in ROWS)]
    text = "".join((" " * wide).join(line) + "\n" for line in lines)

    assert any("blanks seem to stand between" in note for note in seen(project, text)["notes"])


def test_28_words_in_one_column_are_not_cells(project: Project) -> None:
    found = seen(project, "full name\nAnna Rossi\nBo\nMaria de Luca\n")

    assert not any("blanks seem" in note for note in found["notes"])


@pytest.mark.parametrize(("year", "asked"), [(2567, True), (1402, True), (1967, False)])
def test_61_years_of_another_calendar_are_asked_about(
    project: Project, year: int, asked: bool
) -> None:
    found = seen(project, csv_of("day,n", [(f"{year}-01-0{n}", n) for n in range(1, 10)]))

    said = [note for note in found["notes"] if "another calendar" in note]
    assert [note.startswith(f"day: {year} to {year} ") for note in said] == [True] * asked


def test_35_a_word_for_nothing_in_a_column_of_numbers_is_named_with_its_key(
    project: Project,
) -> None:
    rows = [(n if n % 4 else "NULL", n) for n in range(1, 12)]
    project.write("data/nights.csv", csv_of("x,n", rows))
    project.define(table_definition("[x]", label="n"))

    (fix, *_) = project.mlcli("data", "--json").json["error"]["fix"]

    assert (fix["path"], fix["value"]) == (["sources", "nights"], {"missing": ["NULL"]})
