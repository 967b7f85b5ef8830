"""An error carries its ways out for a program: what to write where."""

from __future__ import annotations

from support import Project

from mlcli.errors import DataError, Fix

DEFINITION = """\
sources: {days: {file: data/days.csv}}
features: [booked]
label: sold
model: ridge
holdout: none
"""


def test_an_error_is_an_object_under_json_with_the_place_and_what_to_write(
    project: Project,
) -> None:
    project.write("data/days.csv", "sep=,\nbooked,sold\n1,2\n2,4\n3,6\n")
    project.define(DEFINITION)

    ended = project.mlcli("fit", "--json")

    assert ended.code == 3
    error = ended.json["error"]
    assert (error["code"], error["exit"], error["place"]) == ("data", 3, "data/days.csv:1")
    assert error["fix"] == [
        {"file": "configs/pizzeria.yaml", "path": ["sources", "days", "skip_rows"], "value": 1}
    ]
    assert [one["message"] for one in error["problems"]] == [error["message"]]
    assert error["message"] in ended.err

    project.define(DEFINITION.replace("days.csv}", "days.csv, skip_rows: 1}"))
    assert project.works("fit", "--json").json["fitted"][0]["rows"]["used"] == 3


def test_a_refused_question_is_an_object_under_json(pizzeria: Project) -> None:
    pizzeria.works("fit")

    ended = pizzeria.mlcli("predict", "--date", "2023-06-09", "--json")

    assert (ended.code, ended.json["error"]["code"]) == (6, "refused")


def test_a_way_out_that_has_its_file_or_is_an_option_stays_as_it_is() -> None:
    fixes = [
        Fix(3, ("skip_rows",)),
        Fix("7", (2, "n"), "data/a.csv"),
        Fix("cp1252", option="--encoding"),
    ]

    error = DataError("no", fix=fixes).fixed_in(path=("sources", "a")).fixed_in("configs/a.yaml")

    assert error.to_json()["fix"] == [
        {"file": "configs/a.yaml", "path": ["sources", "a", "skip_rows"], "value": 3},
        {"file": "data/a.csv", "path": [2, "n"], "value": "7"},
        {"option": "--encoding", "value": "cp1252"},
    ]
