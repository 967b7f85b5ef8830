"""mlcli predict: one question, a day, a file, what is booked; answered or refused."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from support import Project, csv_of, table_definition

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_answer_is_alone_on_stdout(pizzeria: Project) -> None:
    ended = pizzeria.works("predict", "--reservations", 15)

    assert ended.out == "49 doughs\n"
    assert "off by 2.9 doughs on average over 52 held-out days" in ended.err


def test_json_has_the_documented_keys(pizzeria: Project) -> None:
    found = pizzeria.works("predict", "--reservations", 15, "--json").json

    assert list(found) == ["schema_version", "model", "version", "predictions", "next"]
    assert (found["model"], found["version"]) == ("pizzeria", 1)
    (prediction,) = found["predictions"]
    assert list(prediction) == [
        *("asked", "value", "answer", "unit", "inside", "outside_of", "notes", "note_codes"),
    ]
    assert prediction["asked"] == {"reservations": 15}
    assert prediction["answer"] == 49
    assert prediction["unit"] == "doughs"


def test_two_different_questions_get_different_answers(pizzeria: Project) -> None:
    ask = ("predict", "--json", "--reservations")

    assert (
        pizzeria.works(*ask, 15).json["predictions"] != pizzeria.works(*ask, 30).json["predictions"]
    )


def test_a_value_outside_what_was_seen_is_answered_with_a_note(pizzeria: Project) -> None:
    ended = pizzeria.works("predict", "--reservations", 200)

    assert "note: 200 is outside the 1 to 59 reservations learned from" in ended.err
    assert pizzeria.works("predict", "--reservations", 59).err.count("note:") == 0


def test_a_friday_is_refused_and_anyway_answers_with_a_note(pizzeria: Project) -> None:
    refused = pizzeria.fails(6, "predict", "--date", "2023-06-09")
    answered = pizzeria.works("predict", "--date", "2023-06-09", "--anyway")

    assert refused == (
        "refused: 2023-06-09, a Friday, is left out: too busy to take reservations\n"
        "hint: --anyway answers all the same, with a note\n"
    )
    assert answered.out.endswith(" doughs\n")
    assert "note: outside what was learned: too busy to take reservations" in answered.err


def test_a_friday_is_refused_even_with_its_features_given(pizzeria: Project) -> None:
    pizzeria.fails(6, "predict", "--date", "2023-06-09", "--reservations", 40)


def test_a_booked_tuesday_is_looked_up(pizzeria: Project) -> None:
    text = (pizzeria.root / "data" / "reservations.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    booked = sum(row["datetime"].startswith("2023-06-06") for row in rows)

    prediction = pizzeria.works("predict", "--date", "2023-06-06", "--json").json["predictions"][0]
    same = pizzeria.works("predict", "--reservations", booked, "--json").json["predictions"][0]

    assert booked > 0
    assert prediction["asked"] == {"day": "2023-06-06", "reservations": booked}
    assert prediction["value"] == same["value"]


def test_a_day_to_come_says_that_it_is_booked_so_far(pizzeria: Project) -> None:
    assert "as the exports stand" in pizzeria.works("predict", "--date", "2024-01-02").err
    assert "as the exports stand" not in pizzeria.works("predict", "--date", "2023-06-06").err


def test_a_day_without_bookings_names_the_option_to_use(pizzeria: Project) -> None:
    said = pizzeria.fails(3, "predict", "--date", "2030-01-02")

    assert "no reservations for 2030-01-02" in said
    assert "hint: say it yourself:  --reservations N" in said


def test_features_given_with_a_date_are_not_looked_up(pizzeria: Project) -> None:
    prediction = pizzeria.works(
        "predict", "--date", "2030-01-02", "--reservations", 20, "--json"
    ).json["predictions"][0]

    assert prediction["asked"] == {"day": "2030-01-02", "reservations": 20}


def test_the_list_names_the_booked_unsold_nights_and_marks_fridays(
    pizzeria: Project, golden: Callable[[str, str], None]
) -> None:
    ended = pizzeria.works("predict")

    golden("screens/predict_list.txt", ended.out + ended.err)
    *answers, why = ended.out.splitlines()[1:]
    assert why == "[1] too busy to take reservations"
    for line in answers:
        refused = "Friday" in line or "Saturday" in line
        assert ("refused [1]" in line) == refused
        assert line.startswith("2024-01-")


def test_strict_refuses_a_list_with_a_refused_row(pizzeria: Project) -> None:
    assert "4 of 14 rows refused" in pizzeria.fails(6, "predict", "--strict")


def test_a_file_keeps_every_column_row_and_their_order(pizzeria: Project) -> None:
    text = 'remark,reservations,day\nlate,15,2024-02-06\n"a, b",200,2024-02-09\n,,2024-02-07\nlate,15,\n'
    pizzeria.write("questions.csv", text)

    ended = pizzeria.works("predict", "--input", "questions.csv", "--output", "answers.csv")

    written = (pizzeria.root / "answers.csv").read_text(encoding="utf-8").splitlines()
    assert written == [
        "remark,reservations,day,answer,note",
        "late,15,2024-02-06,49,",
        '"a, b",200,2024-02-09,,too busy to take reservations',
        ",,2024-02-07,,reservations is missing",
        "late,15,,49,",
    ]
    assert ended.out == ""
    assert "4 rows to answers.csv, 2 refused" in ended.err


def test_a_file_without_an_output_is_answered_on_stdout(pizzeria: Project) -> None:
    pizzeria.write("questions.csv", "reservations;who\n15;a\n20;b\n")

    ended = pizzeria.works("predict", "--input", "questions.csv")

    assert ended.out == "reservations;who;answer;note\n15;a;49;\n20;b;52;\n"


@pytest.fixture
def weekdays(project: Project) -> Project:
    """A model told the weekday, which a rule works out of the day."""
    rows = [(f"2024-03-{d:02}", d, 2 * d + (10 if d % 7 == 3 else 0)) for d in range(1, 29)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    project.define(
        table_definition(features="[guests, weekday]")
        + "date: day\nrules:\n  - derive: {weekday: weekday of day}\n",
        "weekdays",
    )
    project.works("fit")
    return project


def test_a_feature_that_a_rule_derives_is_derived_for_a_date(weekdays: Project) -> None:
    by_date = weekdays.works("predict", "--date", "2024-04-07", "--guests", 10, "--json").json[
        "predictions"
    ][0]
    by_name = weekdays.works("predict", "--weekday", "sunday", "--guests", 10, "--json").json[
        "predictions"
    ][0]

    assert by_date["asked"]["weekday"] == "Sunday"
    assert by_date["value"] == by_name["value"] == pytest.approx(30, abs=1e-9)


def test_a_feature_that_a_rule_derives_is_derived_for_a_file(weekdays: Project) -> None:
    weekdays.write("questions.csv", "day,guests\n2024-04-07,10\n2024-04-08,10\n")

    answers = weekdays.works("predict", "--input", "questions.csv").out.splitlines()[1:]

    assert answers == ["2024-04-07,10,30,", "2024-04-08,10,20,"]


def test_a_model_is_found_by_the_features_named(weekdays: Project, sample: object) -> None:
    rows = [(g, 3 * g) for g in range(1, 9)]
    weekdays.write("data/nights.csv", csv_of("bottles,doughs", rows))
    weekdays.define(table_definition(features="[bottles]"), "bottles")
    weekdays.works("fit", "bottles")

    assert weekdays.works("predict", "--bottles", 2).out == "6 doughs\n"
    assert weekdays.works("predict", "--guests", 2, "--weekday", "Monday").out == "4 doughs\n"
    assert "there are several models: bottles, weekdays" in weekdays.fails(2, "predict")
    assert "no one model has --bottles and --guests" in weekdays.fails(
        2, "predict", "--bottles", 1, "--guests", 1
    )


def test_a_level_is_matched_in_any_case_and_an_unknown_one_named(weekdays: Project) -> None:
    said = weekdays.fails(2, "predict", "--guests", 3, "--weekday", "Sonday")

    assert "--weekday: 'Sonday' is not a weekday that was learned from" in said
    assert "did you mean 'Sunday'" in said


def test_a_feature_left_out_is_asked_for(weekdays: Project) -> None:
    said = weekdays.fails(2, "predict", "--guests", 3)

    assert "weekdays also needs weekday" in said
    assert "hint: add  --weekday WORD" in said


def test_a_model_without_an_equation_answers_from_scikit_learn(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(g, 3 * g) for g in range(1, 21)]))
    project.define(table_definition(model="{name: k_nearest, neighbours: 1}"), "nearest")
    project.works("fit")

    one = project.works("predict", "--guests", 7, "--json").json["predictions"][0]

    assert one["value"] == 21
    project.write("questions.csv", "guests\n7\n8\n")
    assert (
        project.works("predict", "--input", "questions.csv").out
        == "guests,answer,note\n7,21,\n8,24,\n"
    )


def test_an_answer_below_0_is_floored_with_a_note(project: Project) -> None:
    project.write(
        "data/nights.csv", csv_of("guests,doughs", [(g, 3 * g - 9) for g in range(3, 21)])
    )
    project.define(table_definition(), "floored")
    project.works("fit")

    prediction = project.works("predict", "--guests", 1, "--json").json["predictions"][0]

    assert prediction["value"] == pytest.approx(-6, abs=1e-9)
    assert prediction["answer"] == 0
    assert "answered 0, not -6: in training, doughs never fell below 0" in prediction["notes"]


def test_the_logarithm_of_0_is_refused_when_asked(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(g, 3 * g) for g in range(1, 21)]))
    project.define(table_definition(model="log_regression"), "logs")
    project.works("fit")

    said = project.fails(6, "predict", "--guests", 0)
    project.write("questions.csv", "guests\n5\n0\n")
    listed = project.works("predict", "--input", "questions.csv").out.splitlines()

    assert "guests is 0, and this model takes its logarithm" in said
    assert listed[2].startswith('0,,"guests is 0') or listed[2].startswith("0,,guests is 0")
    assert listed[1].split(",")[1] != ""


def test_a_domain_over_a_derived_column_holds_however_the_question_is_asked(
    project: Project,
) -> None:
    rows = [(f"2024-03-{d:02}", d, 2 * d) for d in range(1, 29)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    rules = (
        "rules:\n  - derive: {weekday: weekday of day, root: sqrt of guests}\n"
        "  - drop: {weekday: Monday, because: closed}\n  - between: {root: 1 to 5}\n"
    )
    project.define(table_definition() + "date: day\n" + rules, "derived")
    project.works("fit")

    assert "closed" in project.fails(6, "predict", "--date", "2024-04-08", "--guests", 10)
    assert project.works("predict", "--date", "2024-04-09", "--guests", 10).out == "20 doughs\n"
    assert "between root 1 to 5" in project.fails(6, "predict", "--guests", 30)
    project.write("questions.csv", "day,guests\n2024-04-08,10\n2024-04-09,10\n2024-04-09,30\n")
    listed = project.works("predict", "--input", "questions.csv").out.splitlines()[1:]
    assert listed == [
        "2024-04-08,10,,closed",
        "2024-04-09,10,20,",
        "2024-04-09,30,,between root 1 to 5",
    ]


def test_a_feature_that_follows_from_another_need_not_be_named(project: Project) -> None:
    project.write(
        "data/nights.csv", csv_of("guests,doughs", [(g * g, 3 * g) for g in range(1, 21)])
    )
    project.define(
        table_definition(features="[root]") + "rules:\n  - derive: {root: sqrt of guests}\n",
        "roots",
    )
    project.works("fit")
    project.write("questions.csv", "guests\n49\n")

    assert (
        project.works("predict", "--input", "questions.csv").out == "guests,answer,note\n49,21,\n"
    )


HOURS = [(f"2024-02-{d:02} {h:02}:00", h, 10 * d + h) for d in range(1, 11) for h in range(24)]


@pytest.fixture
def hours(project: Project) -> Project:
    """Readings every hour: many rows a day, each with a time."""
    project.write("data/nights.csv", csv_of("read_at,hour,doughs", HOURS))
    project.define(
        table_definition(features="[hour]", holdout="newest 20%") + "date: read_at\n", "hours"
    )
    project.works("fit")
    return project


def test_a_day_of_many_rows_is_not_answered_by_its_first(hours: Project) -> None:
    assert "2024-02-03 stands in 24 rows" in hours.fails(3, "predict", "--date", "2024-02-03")


def test_rows_are_not_called_days_where_a_day_has_several(hours: Project) -> None:
    assert "the newest 48 rows, from 2024-02-09 on" in " ".join(hours.works("evaluate").out.split())
    assert "over 48 held-out rows" in hours.works("predict", "--hour", 3).err


def test_a_constant_stands_for_a_missing_feature_however_the_question_is_asked(
    project: Project,
) -> None:
    rows = [(f"2024-03-{d:02}", d % 5 or "", 3 * (d % 5) + 2) for d in range(1, 29)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    project.define(
        table_definition() + "date: day\nrules:\n  - fill_missing: {guests: 0}\n", "filled"
    )
    project.works("fit")
    project.write("questions.csv", 'guests\n4\n""\n')

    assert project.works("predict", "--date", "2024-03-05").out == "2 doughs\n"
    answers = project.works("predict", "--input", "questions.csv", "--json").json["predictions"]
    assert [p["answer"] for p in answers] == [14, 2]
    assert "no guests for 2031-01-01" in project.fails(3, "predict", "--date", "2031-01-01")


def test_anyway_says_what_was_never_learned_and_not_why_it_is_left_out(project: Project) -> None:
    rows = [(f"2024-03-{d:02}", 2 * d) for d in range(1, 29)]
    project.write("data/nights.csv", csv_of("day,doughs", rows))
    closed = "drop_weekdays: {days: [Sunday], because: closed}"
    derived = "derive: {weekday: weekday of day}"
    project.define(
        table_definition(features="[weekday]") + f"date: day\nrules: [{closed}, {derived}]\n",
        "nights",
    )
    project.works("fit", "nights")

    assert project.fails(6, "predict", "--weekday", "Sunday").startswith(
        "refused: --weekday Sunday: closed"
    )
    assert "'Sunday' is not a weekday that was learned from (known: Monday" in project.fails(
        2, "predict", "--weekday", "Sunday", "--anyway"
    )


def test_anyway_works_out_what_a_refused_row_lacks(project: Project) -> None:
    rows = [(f"2024-03-{d:02}", d, 2 * d) for d in range(1, 29)] + [
        ("2024-04-05", 9, ""),
        ("2024-04-06", 9, ""),
    ]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    rules = "rules:\n  - drop_weekdays: {days: [Friday], because: closed}\n  - derive: {month: month of day}\n"
    project.define(table_definition(features="[guests, month]") + "date: day\n" + rules, "months")
    project.works("fit")

    refused = project.works("predict", "--json").json["predictions"]
    answered = project.works("predict", "--anyway", "--json").json["predictions"]

    assert [p["answer"] for p in refused] == [None, 18]
    assert [p["answer"] for p in answered] == [18, 18]
    assert "outside what was learned: closed" in answered[0]["notes"]


def test_an_output_that_may_not_be_written_to_is_left_alone(pizzeria: Project) -> None:
    from unittest.mock import patch

    pizzeria.write("questions.csv", "reservations\n15\n")
    pizzeria.write("answers.csv", "mine\n")
    with patch("mlcli.cli.output_file.os.access", return_value=False):
        said = pizzeria.fails(5, "predict", "--input", "questions.csv", "--output", "answers.csv")

    assert "may not be written to" in said
    assert (pizzeria.root / "answers.csv").read_text(encoding="utf-8") == "mine\n"


NIGHTS = [(f"2024-03-{d:02}", d, 2 * d + 1, "none" if d % 7 else "festival") for d in range(1, 29)]
TO_COME = [("2024-04-04", 9, "", "none"), ("2024-04-05", 9, "", "festival")]


def nights(
    project: Project, rules: str, *, features: str = "[guests]", model: str = "linear_regression"
) -> None:
    """Fit a month of nights with an event, and two nights to come, under some rules."""
    project.write("data/nights.csv", csv_of("day,guests,doughs,event", NIGHTS + TO_COME))
    project.define(
        table_definition(features=features, model=model) + f"date: day\nrules:\n{rules}", "nights"
    )
    project.works("fit")


def test_two_rules_on_one_column_both_hold_for_a_file(project: Project) -> None:
    nights(project, "  - keep: {event: none}\n  - drop_missing: {of: event}\n")
    project.write("questions.csv", "guests,event\n9,festival\n9,\n9,none\n")

    rows = project.works("predict", "--input", "questions.csv").out.splitlines()[1:]

    assert rows == ["9,festival,,keep event = none", "9,,,keep event = none", "9,none,19,"]


def test_a_renamed_column_still_refuses_the_rows_of_the_exports(project: Project) -> None:
    nights(
        project,
        "  - drop: {event: festival, because: all at the fair}\n  - rename: {event: kind}\n",
    )

    listed = project.works("predict", "--json").json["predictions"]

    assert [p["answer"] for p in listed] == [19, None]
    assert "all at the fair" in project.fails(6, "predict", "--date", "2024-04-05")


def test_a_number_that_is_asked_as_a_category_is_tested_as_a_number(project: Project) -> None:
    rules = "  - derive: {month: month of day}\n  - between: {month: 3 to 11}\n"
    nights(project, rules, features="[guests, {name: month, kind: category, unseen: other}]")

    assert project.works("predict", "--guests", 9, "--month", 3).out == "19 doughs\n"
    assert "between month 3 to 11" in project.fails(6, "predict", "--guests", 9, "--month", 12)


def test_what_cannot_be_worked_out_refuses_its_row_and_no_other(project: Project) -> None:
    rules = "  - between: {guests: 1 or more}\n  - derive: {lg: log of guests}\n"
    nights(project, rules, features="[guests, lg]")
    project.write("questions.csv", "guests\n0\n9\n")

    assert "between guests 1 or more" in project.fails(6, "predict", "--guests", 0)
    assert "must be above 0" in project.fails(6, "predict", "--guests", 0, "--anyway")
    rows = project.works("predict", "--input", "questions.csv").out.splitlines()[1:]
    assert rows == ["0,,between guests 1 or more", "9,19,"]


def test_a_time_with_an_offset_is_not_taken_for_a_wall_clock(project: Project) -> None:
    nights(project, "  - drop_weekdays: {days: [Monday]}\n")
    project.write("questions.csv", "day,guests\n2024-04-07T23:30:00Z,9\n")

    said = project.fails(3, "predict", "--input", "questions.csv")

    assert "has an offset" in said
    assert "hint: write the time without its offset, as the clock showed it" in said


def test_a_model_that_has_no_answer_so_far_away_refuses(project: Project) -> None:
    nights(
        project,
        "  - drop_missing: {of: day}\n",
        model="{name: RadiusNeighborsRegressor, radius: 5}",
    )

    assert "no answer so far from what it learned from" in project.fails(
        6, "predict", "--guests", 1000
    )


def test_figures_of_a_model_that_learned_from_all_rows_are_marked(pizzeria: Project) -> None:
    pizzeria.works("fit", "--final")

    assert "before it learned from those too" in pizzeria.works("predict", "--reservations", 15).err
    assert "it has learned from the held-out rows too" in pizzeria.works("evaluate").out
    assert pizzeria.works("evaluate", "--json").json["final"] is True


def test_an_empty_feature_leaves_the_own_baseline_out(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(g, 3 * g) for g in range(1, 21)]))
    text = table_definition(features="[{name: guests, missing: median}]")
    project.define(text + "baseline: 10 + 2 * guests\n", "medians")
    project.works("fit")
    project.write("whole.csv", "guests,doughs\n5,15\n")
    project.write("partly.csv", "guests,doughs,x\n,30,\n5,15,\n")

    whole = project.works("evaluate", "--data", "whole.csv", "--json").json
    partly = project.works("evaluate", "--data", "partly.csv", "--json").json

    assert whole["metrics"]["mae"]["own_baseline"] == 5.0  # 20 where 15 is true
    assert partly["metrics"]["mae"]["own_baseline"] is None
    assert partly["rows"] == {"train": 20, "holdout": 2}


def test_the_list_lines_up_under_wide_letters(project: Project) -> None:
    guests = [("Ulm", 10), ("Köln", 13), ("日本東京大阪京都", 19), ("か\u3099く", 22)]
    project.write("data/guests.csv", "town,guests\n" + "".join(f"{t},{n}\n" for t, n in guests))
    project.write("data/soups.csv", "town,soups\nUlm,5\nKöln,7\n")
    project.define(
        "sources:\n"
        "  guests: {file: data/guests.csv}\n"
        "  soups: {file: data/soups.csv}\n"
        "join: town\n"
        "features: [guests]\n"
        "label: soups\n"
        "model: linear_regression\n"
        "holdout: none\n",
        "towns",
    )
    project.works("fit")

    shown = project.works("predict").out

    note = "is outside the 10 to 13 guests learned from"
    far = "is far beyond all that it learned from, 5 to 7 soups"
    assert shown.splitlines() == [
        "town              guests  soups",
        "か\u3099く                  22     13  [1]; [2]",
        "日本東京大阪京都      19     11  [3]; [4]",
        f"[1] 22 {note}",
        f"[2] 13 {far}",
        f"[3] 19 {note}",
        f"[4] 11 {far}",
    ]
