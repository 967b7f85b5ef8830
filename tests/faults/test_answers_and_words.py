"""What is said beside answers holds for the model that gives them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support import Project, csv_of

# Four weeks from Monday, 1 January 2024: 10 sold on Mondays, 1 more each weekday.
SOLD = [
    (day, 10 + day.weekday()) for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(28))
]
WEEKDAYS = """\
sources:
  sales: {file: data/sales.csv}
date: day
rules:
  - drop_weekdays: {of: day, days: [Monday], because: closed}
  - derive: {weekday: weekday of day}
features: [weekday]
label: sales
model: linear_regression
holdout: none
"""


@pytest.fixture
def closed(project: Project) -> Project:
    """Sales by weekday, Mondays left out."""
    project.write("data/sales.csv", csv_of("day,sales", SOLD))
    project.define(WEEKDAYS)
    project.works("fit")
    return project


def test_a_model_that_misses_its_own_rows_is_not_said_to_go_through_them(project: Project) -> None:
    # y = 40/3 + 2.5 x answers 95/6, 110/6, 125/6, whole 16, 18, 21: off by 6, 12 and 6.
    # Folds that leave one row out learn from two, which any line goes through.
    project.write("data/t.csv", "x,y\n1,10\n2,30\n3,15\n")
    project.define(
        "sources:\n  t: {file: data/t.csv}\nfeatures: [x]\nlabel: y\n"
        "model: linear_regression\nholdout: none\n"
    )
    fitted = project.works("fit")
    found = project.works("evaluate", "--json").json

    assert found["metrics"]["mae"]["train"] == pytest.approx(8)
    assert "goes through every row" not in fitted.out + fitted.err
    assert "goes through every row" not in str(found)


def test_anyway_is_not_offered_where_a_word_was_never_learned(closed: Project) -> None:
    said = closed.fails(6, "predict", "--date", "2024-01-29")

    assert "2024-01-29, a Monday, is left out: closed" in said
    assert "--anyway" not in said


def test_anyway_is_offered_where_it_answers(closed: Project) -> None:
    closed.define(WEEKDAYS.replace("[weekday]", "[{name: weekday, unseen: ignore}]"))
    closed.works("fit")

    assert "--anyway" in closed.fails(6, "predict", "--date", "2024-01-29")
    closed.works("predict", "--date", "2024-01-29", "--anyway")


@pytest.mark.parametrize("word", ["Monday", "monday"])
def test_a_weekday_that_a_rule_leaves_out_is_refused_with_its_reason(
    closed: Project, word: str
) -> None:
    said = closed.fails(6, "predict", "--weekday", word)

    assert f"--weekday {word}: closed" in said
    assert "did you mean" not in said


def test_no_day_or_month_is_a_misspelling_of_another(project: Project) -> None:
    few = [(day.strftime("%A"), sold) for day, sold in SOLD if day.weekday() > 0]
    project.write("data/t.csv", csv_of("weekday,sales", few))
    project.define(
        "sources:\n  t: {file: data/t.csv}\nfeatures: [weekday]\nlabel: sales\n"
        "model: linear_regression\nholdout: none\n"
    )
    project.works("fit")

    assert "did you mean" not in project.fails(2, "predict", "--weekday", "Monday")
    assert "did you mean 'Sunday'?" in project.fails(2, "predict", "--weekday", "Sundey")


def test_a_weekday_that_the_date_contradicts_is_refused(closed: Project) -> None:
    # 6 February 2024 is a Tuesday: 11.
    said = closed.fails(2, "predict", "--date", "2024-02-06", "--weekday", "Friday")

    assert "day 2024-02-06 makes weekday Tuesday, not Friday" in said
    asked = ("predict", "--date", "2024-02-06", "--weekday", "Tuesday", "--json")
    assert closed.works(*asked).json["predictions"][0]["answer"] == 11


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_rule_whose_word_has_blanks_is_told_that_cells_are_trimmed(
    project: Project, engine: str
) -> None:
    project.write("data/t.csv", "Genre,x,y\nAdventure ,1,2\nPuzzle,2,3\nAdventure ,3,4\n")
    project.define(
        "sources:\n  t:\n    file: data/t.csv\n    rules:\n      - keep: {Genre: 'Adventure '}\n"
        "features: [x]\nlabel: y\nmodel: linear_regression\nholdout: none\n"
        f"engine: {engine}\n"
    )
    said = project.fails(3, "fit")

    assert "write  Genre: Adventure; cells are trimmed unless" in said
    assert "write both" not in said


def test_a_second_gathering_rule_is_sent_to_a_source_of_its_own(project: Project) -> None:
    project.write("data/sales.csv", csv_of("day,sales", SOLD))
    once = (
        "sources:\n  sales:\n    file: data/sales.csv\n    rules:\n"
        "      - count: {per: day of day, as: n}\n"
    )
    rest = "features: [n]\nlabel: total\nmodel: linear_regression\nholdout: none\n"
    second = "      - sum: {of: sales, per: day of day, as: total}\n"
    project.define(once + second + "date: day\n" + rest)
    said = project.fails(2, "fit")

    assert "rows were gathered above: only day and n are left here" in said
    assert "a second source of the same  file:,  and  join:  both" in said


@pytest.mark.parametrize("unit", ["day", "month"])
def test_months_are_written_as_months(project: Project, unit: str) -> None:
    # 5 July 2024 is a Friday; its month is 7.
    days = [(date(2024, 1, 1) + timedelta(days=n), n) for n in range(182)]
    project.write("data/sales.csv", csv_of("day,sales", days))
    project.define(
        "sources:\n  sales:\n    file: data/sales.csv\n    rules:\n"
        f"      - sum: {{of: sales, per: {unit} of day, as: total}}\n"
        f"rules:\n  - derive: {{m: month of {unit}}}\n"
        f"date: {unit}\nfeatures: [m]\nlabel: total\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")
    said = project.works("predict", "--date", "2024-07-05").err

    assert {"day": "day 2024-07-05 Friday", "month": "month 2024-07, m"}[unit] in said


def test_figures_are_shown_without_noise(project: Project) -> None:
    # 0.1 + 0.2 is 0.30000000000000004 in floating point, and 1.1 + 2.2 is 3.3000000000000003.
    project.write("data/t.csv", "k,x,y\na,0.1,1\na,0.2,2\nb,1.1,3\nb,2.2,4\n")
    project.define(
        "sources:\n  t:\n    file: data/t.csv\n    rules:\n"
        "      - sum: {of: x, per: k, as: x}\n"
        "features: [k]\nlabel: x\nmodel: linear_regression\nholdout: none\n"
    )

    assert "0.3 to 3.3" in project.works("data", "pizzeria").out


def test_a_word_for_no_value_is_named_where_a_feature_is_missing(project: Project) -> None:
    project.write("data/t.csv", "price,y\n1,10\n2,20\n3,30\nfree,\n")
    project.define(
        "sources:\n  t: {file: data/t.csv, missing: [free]}\nfeatures: [price]\nlabel: y\n"
        "model: linear_regression\nholdout: none\n"
    )
    project.works("fit")

    assert "'free' stands for no value here: price is missing" in project.fails(
        6, "predict", "--price", "free"
    )
