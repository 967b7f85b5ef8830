"""Nights that are booked and not yet sold: each is answered, or keeps its place with a reason."""

from __future__ import annotations

import pytest
from support import ELEVEN_DAYS, PIZZERIA, Project, csv_of, exports

WEATHER = ["dry", "wet", "dry", "wet", "dry", "wet", "dry", "dry", "storm", "wet", "dry"]


@pytest.fixture
def weather(project: Project) -> Project:
    """The talk's eleven days with the weather of each; on one day to come it storms."""
    bookings, till = exports(ELEVEN_DAYS)
    project.write("data/reservations.csv", bookings)
    project.write("data/orders.csv", till)
    days = [(day, word) for (day, _, _), word in zip(ELEVEN_DAYS, WEATHER, strict=True)]
    project.write("data/weather.csv", csv_of("day,weather", days))
    return project


def definition(rules: str = "", features: str = "[reservations, weather]") -> str:
    return (
        PIZZERIA.replace("join: day", "  weather:\n    file: data/weather.csv\njoin: day")
        .replace("[reservations]", features)
        .replace("  - drop_weekdays", f"{rules}  - drop_weekdays")
    )


def waiting(project: Project) -> list[tuple[str, bool, list[str]]]:
    """Return (day of June, answered, notes) of every row that waits."""
    found = project.works("predict", "--json").json["predictions"]
    return [(p["asked"]["day"][-2:], p["answer"] is not None, p["notes"]) for p in found]


FRIDAY = ("09", False, ["too busy to take reservations"])


def test_a_word_that_training_never_held_leaves_its_row_unanswered_and_the_others_answered(
    weather: Project,
) -> None:
    weather.define(definition())
    weather.works("fit")

    unseen = "'storm' is not a weather that was learned from (known: dry, wet)"
    assert waiting(weather) == [
        ("06", True, []),
        ("07", False, [unseen]),
        ("08", True, []),
        FRIDAY,
    ]
    assert unseen in weather.fails(3, "predict", "--date", "2023-06-07")
    assert "2 of 4" in weather.fails(6, "predict", "--strict")


def test_a_day_is_refused_by_a_column_that_is_no_feature(weather: Project) -> None:
    rule = "  - drop: {weather: wet, because: the terrace is closed}\n"
    weather.define(definition(rule, "[reservations]"))
    weather.works("fit")

    assert waiting(weather) == [
        ("06", True, []),
        ("07", True, []),
        ("08", False, ["the terrace is closed"]),
        FRIDAY,
    ]
    assert "the terrace is closed" in weather.fails(6, "predict", "--date", "2023-06-08")
    answered = weather.works("predict", "--date", "2023-06-08", "--anyway", "--json").json
    assert any("the terrace is closed" in note for note in answered["predictions"][0]["notes"])
    weather.works("predict", "--date", "2023-06-07")


def test_a_day_is_refused_by_what_is_worked_out_of_it(weather: Project) -> None:
    rules = "  - derive: {on: weekday of day}\n  - drop: {on: Tuesday}\n"
    weather.define(definition(rules, "[reservations]"))
    weather.works("fit")

    assert waiting(weather)[0] == ("06", False, ["drop on = Tuesday"])
    assert "drop on = Tuesday" in weather.fails(6, "predict", "--date", "2023-06-06")


def test_a_rule_on_the_label_drops_rows_and_refuses_no_question(weather: Project) -> None:
    weather.define(definition("  - between: {doughs: 40 or more}\n", "[reservations]"))
    fitted = weather.works("fit", "--json").json["fitted"][0]

    assert fitted["rows"]["used"] == 4
    assert [answered for _, answered, _ in waiting(weather)] == [True, True, True, False]
    weather.works("predict", "--date", "2023-06-06")


def test_truths_are_words_when_they_are_a_category(weather: Project) -> None:
    text = (weather.root / "data/weather.csv").read_text()
    for word, truth in (("dry", "true"), ("wet", "false"), ("storm", "TRUE")):
        text = text.replace(word, truth)
    weather.write("data/weather.csv", text)
    weather.define(definition("  - fill_missing: {weather: false}\n"))
    weather.works("fit")

    assert [answered for _, answered, _ in waiting(weather)] == [True, True, True, False]
    by_date = weather.works("predict", "--date", "2023-06-07", "--json").json["predictions"][0]
    asked = weather.works("predict", "--reservations", 19, "--weather", "True", "--json")
    assert by_date["value"] == asked.json["predictions"][0]["value"]


def test_a_row_that_is_refused_and_waits_is_counted_once(weather: Project) -> None:
    weather.define(PIZZERIA)
    ledger = weather.works("fit", "--json").json["fitted"][0]["ledger"]

    dropped = sum(rule["in"] - rule["out"] for rule in ledger["rules"])
    assert ledger["joined"] == ledger["used"] + dropped + sum(ledger["left_out"].values()) == 11
