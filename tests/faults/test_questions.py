"""One question has one answer, however it is asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from support import Ended, Project, csv_of

from mlcli import wording

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

# Sales follow a law that a line learns exactly: 20, 10 more at a fair, 1 more each weekday from
# Monday on. The 28 days begin with a Monday; every fifth has a fair, and no export says "none".
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(28)]
FAIRS = [day for n, day in enumerate(DAYS) if n % 5 == 0]
EVENTS = """\
sources:
  sales: {file: data/sales.csv}
  events: {file: data/events.csv}
join: day
rules:
  - derive: {weekday: weekday of day}
  - fill_missing: {event: none}
features: [event, weekday]
label: sales
model: linear_regression
holdout: none
"""
FILLED = "no event given: none stands in for it"


@pytest.fixture
def events(project: Project) -> Project:
    """Sales of four weeks, and which days had a fair."""
    sold = [(day, 20 + 10 * (day in FAIRS) + day.weekday()) for day in DAYS]
    project.write("data/sales.csv", csv_of("day,sales", sold))
    project.write("data/events.csv", csv_of("day,event", [(day, "fair") for day in FAIRS]))
    project.define(EVENTS)
    project.works("fit")
    return project


def predicted(ended: Ended) -> list[tuple[Any, list[str]]]:
    """Return (answer, notes but for that of a known label) of each prediction."""
    return [
        (p["answer"], [note for note in p["notes"] if "are known" not in note])
        for p in ended.json["predictions"]
    ]


def test_a12_what_fill_missing_says_holds_however_a_question_is_asked(events: Project) -> None:
    # Tuesday, 9 January 2024: no fair, so 20 + 1.
    events.write("asked.csv", 'event,weekday\n"",Tuesday\nnone,Tuesday\nfair,Tuesday\n')
    by_date = events.works("predict", "--date", "2024-01-09", "--json")
    by_options = events.works("predict", "--weekday", "Tuesday", "--json")
    said = events.works("predict", "--weekday", "Tuesday", "--event", "none", "--json")
    by_file = events.works("predict", "--input", "asked.csv", "--json")

    assert predicted(by_date) == predicted(by_options) == [(21, [FILLED])]
    assert predicted(said) == [(21, [])]
    assert predicted(by_file) == [(21, [FILLED]), (21, []), (31, [])]
    assert by_options.json["predictions"][0]["asked"] == {"event": "none", "weekday": "Tuesday"}


def test_a12_evaluate_counts_the_cells_that_were_filled(events: Project) -> None:
    # Two rows without an event; the truths are 21 and 24, one off by 1: a mean miss of 1/3.
    events.write(
        "truth.csv", 'event,weekday,sales\n"",Tuesday,21\n"",Thursday,24\nfair,Monday,30\n'
    )
    found = events.works("evaluate", "--data", "truth.csv", "--json").json

    assert "no event given in 2 rows: none stands in for it" in found["notes"]
    assert found["metrics"]["mae"]["holdout"] == pytest.approx(1 / 3)


def test_a12_a_day_in_no_export_is_not_filled(events: Project) -> None:
    said = events.fails(3, "predict", "--date", "2024-03-05")

    assert "no event for 2024-03-05" in said
    assert "--event WORD" in said
    # With the option that the hint names, it is answered: a Tuesday with a fair, 20 + 10 + 1.
    asked = events.works("predict", "--date", "2024-03-05", "--event", "fair", "--json")
    assert predicted(asked)[0][0] == 31


@pytest.mark.parametrize("date", ["+3", "today..+3", "tomorrow"])
def test_d2_days_end_with_the_year_9999(
    date: str, events: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLCLI_TODAY", "9999-12-31")

    assert "is after the last day there is, 9999-12-31" in events.fails(
        2, "predict", "--date", date
    )


@pytest.mark.parametrize(
    ("date", "instead"),
    [("2024-01-09..", "2024-01-09..LAST"), ("..2024-01-09", "FIRST..2024-01-09")],
)
def test_d6_days_from_one_to_another_need_both(date: str, instead: str, events: Project) -> None:
    said = events.fails(2, "predict", "--date", date)

    assert f"--date {date}: a first and a last day are needed" in said
    assert f"write  --date {instead}\n" in said


@pytest.mark.parametrize("text", ["label: [a,", "features:\n  - of: [a, b, ", "a: [b: "])
def test_d5_a_definition_that_ends_too_early_says_so(text: str, project: Project) -> None:
    project.define(text)

    assert "something is missing before the end" in project.fails(2, "fit")


def test_d6_a_version_is_one_word_with_its_model(events: Project) -> None:
    assert "write  mlcli use pizzeria@1\n" in events.fails(2, "use", "pizzeria", "1")


def test_d6_years_have_four_digits(events: Project) -> None:
    # The first year; there is no fair then, so an event is asked for.
    assert "no event for 0001-01-04" in events.fails(3, "predict", "--date", "0001-01-04")


def test_a12_a_column_that_rules_work_out_of_a_filled_one_follows(project: Project) -> None:
    # doughs = 3 for a party of none or small, 8 for a big one; an empty cell counts as 0 guests.
    rows = [(n % 6 or "", "", 8 if n % 6 >= 3 else 3) for n in range(24)]
    project.write("data/nights.csv", csv_of("guests,tables,doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\n"
        "rules:\n"
        "  - fill_missing: {guests: 0, tables: 0}\n"
        "  - bands: {of: guests, as: party, small: under 3, big: 3 or more}\n"
        "features: [party]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    project.write("asked.csv", 'guests\n""\n5\n')

    assert predicted(project.works("predict", "--input", "asked.csv", "--json")) == [
        (3, []),
        (8, []),
    ]


def test_a12_a_constant_follows_its_column_under_another_name(project: Project) -> None:
    rows = [(n % 4 or "", 2 * (n % 4) + 1) for n in range(16)]
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\n"
        "rules:\n  - fill_missing: {guests: 0}\n  - rename: {guests: people}\n"
        "features: [people]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    project.write("asked.csv", 'people\n""\n3\n')

    asked = predicted(project.works("predict", "--input", "asked.csv", "--json"))
    assert asked == [(1, ["no people given: 0 stands in for it"]), (7, [])]


def test_a12_drop_duplicates_compares_no_marks_of_filled_cells(project: Project) -> None:
    # The first two rows are the same once the empty cell holds 0; three are left of four.
    rows = [("", 1), (0, 1), (1, 3), (2, 5)]
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\n"
        "rules:\n  - fill_missing: {guests: 0}\n  - drop_duplicates: {of: [guests, doughs]}\n"
        "features: [guests]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    by_name = project.works("fit", "--json").json["fitted"][0]["rows"]["used"]
    text = (project.root / "configs/pizzeria.yaml").read_text()
    project.define(text.replace("{of: [guests, doughs]}", "{}"))
    whole = project.works("fit", "--json").json["fitted"][0]["rows"]["used"]

    assert (by_name, whole) == (3, 3)


@pytest.fixture
def stores(project: Project) -> Project:
    """Two stores, a row each a day: sales are 2 a degree, and 5 more in the north."""
    rows = [
        (day, store, day.day + bonus, 2 * (day.day + bonus) + bonus)
        for day in DAYS
        for store, bonus in (("north", 5), ("south", 0))
    ]
    project.write("data/sales.csv", csv_of("day,store,degrees,sales", rows))
    project.define(
        "sources: {sales: {file: data/sales.csv}}\ndate: day\nfeatures: [store, degrees]\n"
        "label: sales\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    return project


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        (["--store", "north"], 35),  # 15 degrees there on the 10th: 2 * 15 + 5
        (["--store", "south"], 20),  # and 10 in the south
        (["--store", "south", "--degrees", "30"], 60),  # what would be if it had 30
    ],
)
def test_a13_features_beside_a_date_choose_the_row(
    stores: Project, more: list[str], answer: int
) -> None:
    ended = stores.works("predict", "--date", "2024-01-10", *more, "--json")

    assert predicted(ended)[0][0] == answer


def test_a13_which_of_several_rows_is_asked_for_by_the_features_that_differ(
    stores: Project,
) -> None:
    said = stores.fails(3, "predict", "--date", "2024-01-10")

    assert "2024-01-10 stands in 2 rows" in said
    assert "say which:  --store WORD  --degrees N" in said


def test_b10_a_filled_cell_is_not_called_outside_what_was_learned(project: Project) -> None:
    # Training held 3 to 9 guests; the night to come has none yet, which the definition fills by 0.
    rows = [(day, 3 + n % 7, 10 + 2 * (3 + n % 7)) for n, day in enumerate(DAYS)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", [*rows, ("2024-02-01", "", "")]))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\ndate: day\n"
        "rules:\n  - fill_missing: {guests: 0}\n"
        "features: [guests]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    project.write("asked.csv", 'guests\n""\n0\n')
    filled = (10, ["no guests given: 0 stands in for it"])
    outside = (10, ["0 is outside the 3 to 9 guests learned from"])

    assert predicted(project.works("predict", "--json")) == [filled]
    asked = predicted(project.works("predict", "--date", "2024-02-01", "--json"))
    assert [(answer, notes[-1:]) for answer, notes in asked] == [filled]
    by_file = predicted(project.works("predict", "--input", "asked.csv", "--json"))
    assert by_file == [filled, outside]


@pytest.fixture
def shops(project: Project) -> Project:
    """Sales are 2 a guest, and 4 more in town."""
    rows = [
        (shop, n, 2 * n + 4 * (shop == "town")) for n in range(1, 9) for shop in ("town", "port")
    ]
    project.write("data/sales.csv", csv_of("shop,guests,sales", rows))
    project.define(
        "sources: {sales: {file: data/sales.csv}}\nfeatures: [shop, guests]\nlabel: sales\n"
        "model: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    return project


UNSEEN = "'twon' is not a shop that was learned from (known: port, town)"


def test_b7_an_unseen_word_and_a_missing_number_refuse_their_row_alone(shops: Project) -> None:
    shops.write("asked.csv", "shop,guests\ntown,3\ntwon,3\ntown,\nport,3\n")
    ended = shops.works("predict", "--input", "asked.csv", "--json")

    assert predicted(ended) == [
        (10, []),
        (None, [UNSEEN]),
        (None, ["guests is missing"]),
        (6, []),
    ]
    assert "4 rows, 2 refused" in shops.works("predict", "--input", "asked.csv").err
    assert "2 of 4 rows refused" in shops.fails(6, "predict", "--input", "asked.csv", "--strict")


def test_b7_such_rows_of_a_labelled_file_are_left_out_and_counted(shops: Project) -> None:
    shops.write("truth.csv", "shop,guests,sales\ntown,3,10\ntwon,3,99\ntown,,99\nport,3,6\n")
    found = shops.works("evaluate", "--data", "truth.csv", "--json").json

    assert (found["left_out"], found["rows"]["holdout"]) == (2, 2)
    assert found["metrics"]["mae"]["holdout"] == pytest.approx(0)


def test_b7_a_number_that_is_none_still_stops_the_file(shops: Project) -> None:
    shops.write("asked.csv", "shop,guests\ntwon,3\ntown,many\n")

    assert "asked.csv:3: column 'guests': 'many'" in shops.fails(
        3, "predict", "--input", "asked.csv"
    )


def test_b7_did_you_mean_does_not_hide_what_unseen_can_say(shops: Project) -> None:
    said = shops.fails(2, "predict", "--shop", "twon", "--guests", "3")

    assert "did you mean 'town'?" in said
    assert "unseen: ignore" in said


# ---- smaller things -----------------------------------------------------------------------------


def test_a_file_lacks_what_a_feature_is_worked_out_of(events: Project) -> None:
    events.write("asked.csv", "event\nfair\n")

    said = events.fails(3, "predict", "--input", "asked.csv")
    assert "there is no column 'day' to work 'weekday' out of" in said


def test_questions_come_on_standard_input(shops: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = shops.write("sent.csv", "shop,guests\ntown,3\n")
    monkeypatch.setattr("mlcli.exports.reading._read_in", [sent])

    assert predicted(shops.works("predict", "--input", "-", "--json")) == [(10, [])]


def test_a_range_is_a_percentage_with_or_without_its_sign(pizzeria: Project) -> None:
    asked = ("predict", "--reservations", "15", "--json", "--range")

    assert pizzeria.works(*asked, "80").out == pizzeria.works(*asked, "80%").out
    assert "is no percentage" in pizzeria.mlcli(*asked, "0.8").err


def test_another_command_is_named_with_the_options_that_its_model_has(
    pizzeria: Project, gamedrop: Project
) -> None:
    said = pizzeria.fails(2, "recommend", "-m", "pizzeria", "--budget", "cheap")

    assert "mlcli predict --reservations ..." in said


def test_a_single_model_that_is_misspelt_is_named(pizzeria: Project) -> None:
    said = pizzeria.fails(2, "compare", "--models", "rigde")

    assert "did you mean 'ridge'?" in said


def test_an_option_that_is_no_number_is_no_cell(pizzeria: Project) -> None:
    said = pizzeria.fails(2, "predict", "--reservations", "nan")

    assert "cell" not in said


def test_a_feature_is_said_with_its_article() -> None:
    assert [wording.an(name) for name in ("Item", "shop")] == ["an Item", "a shop"]


def test_of_many_features_that_a_question_lacks_twelve_are_named(project: Project) -> None:
    names = [f"c{n}" for n in range(30)]
    rows = [tuple((n * (k + 1)) % 7 for k in range(31)) for n in range(40)]
    project.write("data/t.csv", csv_of(",".join([*names, "y"]), rows))
    project.define(
        "sources: {t: {file: data/t.csv}}\nlabel: y\nmodel: ridge\nholdout: none\n"
        f"features: [{', '.join(names)}]\n"
    )
    project.works("fit")
    said = project.fails(2, "predict", "--c0", "1")

    assert "c12 and 17 more" in said
    assert "--c13" not in said


def test_a_band_and_its_number_that_contradict_each_other_are_refused(project: Project) -> None:
    # Below 5 guests a party is small; the law is 2 a guest, and 10 more for a big party.
    rows = [(n, 2 * n + 10 * (n >= 5)) for n in range(1, 13)]
    project.write("data/t.csv", csv_of("guests,doughs", rows))
    project.define(
        "sources: {t: {file: data/t.csv}}\nlabel: doughs\nmodel: linear_regression\n"
        "rules:\n  - bands: {of: guests, as: party, small: under 5, big: 5 or more}\n"
        "features: [guests, party]\nholdout: none\n"
    )
    project.works("fit")
    said = project.fails(2, "predict", "--guests", "3", "--party", "big")

    assert "guests 3 makes party small, not big" in said
    assert "leave --party out" in said
    fitting = project.works("predict", "--guests", "3", "--party", "small", "--json")
    assert predicted(fitting) == predicted(project.works("predict", "--guests", "3", "--json"))
    assert predicted(fitting)[0][0] == 6
