"""An error carries its ways out for a program: what to write where."""

from __future__ import annotations

import pytest
from support import Project

from mlcli.errors import DataError, ExitCode, Fix

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


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("history --last many --json", "'many' is not"),
        ("fit --json --engine", "'--engine' requires"),
        ("predict --json --guests 3", "No such option: --guests"),
        ("fit --engine zebra --json", "'zebra' is not one of"),
        ("history a b --json", "unexpected extra argument"),
        ("nonsense --json", "'nonsense'"),
    ],
)
def test_words_that_no_command_takes_are_an_object_under_json(
    words: str, message: str, pizzeria: Project
) -> None:
    pizzeria.works("fit", "pizzeria")

    said = pizzeria.fails(2, *words.split())

    assert message in said
    assert pizzeria.mlcli(*words.split()).json["error"]["code"] == "asked_wrongly"


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (MemoryError(), ExitCode.ENVIRONMENT, "there is not enough memory"),
        (FileNotFoundError(2, "No such file", "here"), ExitCode.ENVIRONMENT, "No such file"),
        (KeyError("way"), ExitCode.BUG, "mlcli has a bug: KeyError: 'way'"),
    ],
)
def test_whatever_ends_a_command_is_an_object_under_json(
    raised: Exception,
    code: ExitCode,
    message: str,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr("mlcli.definition.definition.json_schema", fail)

    assert message in project.fails(code, "schema", "--json")
    assert project.mlcli("schema", "--json").json["error"]["code"] == code.name.lower()
