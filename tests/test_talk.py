"""The talk's own numbers, end to end: five rows, eight answers, eleven days."""

from __future__ import annotations

import pytest
from support import Project, csv_of, table_definition


def test_the_five_rows_give_the_line_of_the_talk(eleven_days: Project) -> None:
    fitted = eleven_days.works("fit", "--json").json["fitted"][0]

    assert fitted["rows"] == {"used": 5, "train": 5, "holdout": 0}
    assert fitted["equation"] == "doughs = 17.18 + 2.376 × reservations"
    at_0 = eleven_days.works("predict", "--reservations", 0, "--json").json["predictions"][0][
        "value"
    ]
    at_1 = eleven_days.works("predict", "--reservations", 1, "--json").json["predictions"][0][
        "value"
    ]
    assert at_0 == pytest.approx(17.17699115, abs=5e-9)
    assert at_1 - at_0 == pytest.approx(2.37610619, abs=5e-9)


def test_fifteen_reservations_need_53_doughs(eleven_days: Project) -> None:
    eleven_days.works("fit")

    answered = eleven_days.works("predict", "--reservations", 15)
    prediction = eleven_days.works("predict", "--reservations", 15, "--json").json["predictions"][0]

    assert answered.out == "53 doughs\n"
    assert answered.err.startswith("52.82 before rounding; ")
    assert prediction["value"] == pytest.approx(52.81858407, abs=5e-9)
    assert prediction["answer"] == 53


def test_the_table_of_the_talk(eleven_days: Project) -> None:
    eleven_days.works("fit")

    answers = [
        eleven_days.works("predict", "--reservations", n, "--json").json["predictions"][0]["answer"]
        for n in range(5, 45, 5)
    ]

    assert answers == [29, 41, 53, 65, 77, 88, 100, 112]


def test_eleven_days_are_used_dropped_answered_and_refused(eleven_days: Project) -> None:
    ledger = eleven_days.works("fit", "--json").json["fitted"][0]["ledger"]
    listed = eleven_days.works("predict", "--json").json["predictions"]

    assert ledger["joined"] == 11
    friday_and_saturday_and_the_friday_to_come = 3
    dropped = ledger["rules"][0]
    assert dropped["in"] - dropped["out"] == friday_and_saturday_and_the_friday_to_come
    assert ledger["used"] == 5
    assert [(p["asked"]["day"], p["answer"]) for p in listed] == [
        ("2023-06-06", 50),
        ("2023-06-07", 62),
        ("2023-06-08", 74),
        ("2023-06-09", None),
    ]
    assert listed[3]["notes"] == ["too busy to take reservations"]


def test_a_friday_is_refused_with_the_reason(eleven_days: Project) -> None:
    eleven_days.works("fit")

    said = eleven_days.fails(6, "predict", "--date", "2023-06-09")

    assert "too busy to take reservations" in said
    assert "Friday" in said


def test_the_plane_is_recovered(project: Project) -> None:
    rows = [
        (a, b, 2 * a - 3 * b + 5) for a, b in [(1, 2), (4, -1), (0.5, 7), (-3, 2), (10, 10), (6, 3)]
    ]
    project.write("data/nights.csv", csv_of("a,b,c", rows))
    project.define(table_definition(features="[a, b]", label="c"), "plane")
    fitted = project.works("fit", "--json").json["fitted"][0]

    def value(a: float, b: float) -> float:
        found = project.works("predict", "--a", a, "--b", b, "--json").json["predictions"][0][
            "value"
        ]
        return float(found)

    assert fitted["equation"] == "c = 5 + 2 × a - 3 × b"
    assert value(0, 0) == pytest.approx(5, abs=1e-9)
    assert value(1, 0) - value(0, 0) == pytest.approx(2, abs=1e-9)
    assert value(0, 1) - value(0, 0) == pytest.approx(-3, abs=1e-9)
