"""Dates, periods and points, second round: each value is worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from support import Project, csv_of, orders_by_day

pytestmark = pytest.mark.usefixtures("unvalidated")

ENGINES = pytest.mark.parametrize("engine", ["pandas", "duckdb"])

COUNTED = """\
sources:
  orders:
    file: data/orders.{form}
    rules:
{rules}
      - count: {{per: day of at from 05:00, as: orders}}
date: day
rules:
  - derive: {{sold: log of orders}}
features: [orders]
label: sold
model: ridge
holdout: none
engine: {engine}
"""
COMBINE = "      - combine: {at: [Date, Time]}"
DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]


def refused(project: Project, *argv: object) -> dict[str, Any]:
    ended = project.mlcli(*argv, "--json")
    assert ended.code == 3
    error: dict[str, Any] = ended.json["error"]
    return error


# ---- A1: days of two columns that have no times ----------------------------------------------


@pytest.mark.parametrize(
    ("engine", "form"), [("pandas", "csv"), ("duckdb", "csv"), ("pandas", "parquet")]
)
@pytest.mark.parametrize(
    "rules",
    [
        COMBINE,
        COMBINE.replace("at:", "when:") + "\n      - rename: {when: at}",
        f"      - rename: {{Date: d}}\n{COMBINE.replace('Date', 'd')}",
    ],
)
def test_a01_days_and_midnights_of_two_columns_have_no_nights(
    engine: str, form: str, rules: str, project: Project
) -> None:
    """Counted from 05:00 on, every row would lie on the day before its date."""
    table = pd.DataFrame({"Date": DAYS, "Time": ["00:00", "12:00 AM", "00:00:00"]})
    for kind, write in (("csv", table.to_csv), ("parquet", table.to_parquet)):
        write(project.root / f"data/orders.{kind}", index=False)
    definition = COUNTED.format(form=form, rules=rules, engine=engine)
    project.define(definition)

    error = refused(project, "data", "pizzeria")

    assert "column 'at'" in error["message"] or "column 'when'" in error["message"]
    assert "no date has a time of the day, and a day would begin at 05:00" in error["message"]
    (fix,) = error["fix"]
    assert fix["path"][:3] == ["sources", "orders", "rules"]
    assert fix["path"][3:] == [rules.count("- "), "count", "per"]
    assert fix["value"] == "day of at"
    project.define(definition.replace(" from 05:00", ""))
    assert orders_by_day(project) == dict.fromkeys(DAYS, 1)


@ENGINES
def test_a01_one_time_makes_nights_of_midnights(engine: str, project: Project) -> None:
    """The midnight of the 2nd lies in the night of the 1st; a row without a time has no day."""
    rows = [(DAYS[0], "20:00"), (DAYS[1], "00:00"), (DAYS[2], "")]
    project.write("data/orders.csv", csv_of("Date,Time", rows))
    rules = f"{COMBINE}\n      - drop_missing: {{of: at}}"
    project.define(COUNTED.format(form="csv", rules=rules, engine=engine))

    assert orders_by_day(project) == {DAYS[0]: 2}

    rows = [(day, time) for day, time in zip(DAYS, ["00:00", "", "00:00"], strict=True)]
    project.write("data/orders.csv", csv_of("Date,Time", rows))
    assert "column 'at': no date has a time" in refused(project, "data", "pizzeria")["message"]


# ---- A2: periods that an export cuts ---------------------------------------------------------

WEEKS = """\
sources:
  bookings:
    file: data/bookings.csv
    rules:
      - count: {{per: week of at, as: booked}}
  till:
    file: data/till.csv
    rules:
      - sum: {{of: n, per: week of at, as: sold}}
join: week
features: [booked]
label: sold
model: linear_regression
holdout: none
engine: {engine}
"""


def daily(first: str, last: str) -> str:
    """Return an export with a row at noon of each day."""
    days = pd.date_range(first, last).strftime("%Y-%m-%d 12:00")
    return csv_of("at,n", [(day, 2) for day in days])


@ENGINES
def test_a02_an_answer_for_a_week_that_is_cut_says_so(engine: str, project: Project) -> None:
    """Bookings begin and end on Wednesdays, the till has whole weeks but for its last."""
    rows = daily("2026-01-07", "2026-01-28")
    project.write("data/bookings.csv", rows + "2026-01-14 13:00,2\n")  # 7 + 1 of the 12th, 7
    project.write("data/till.csv", daily("2026-01-05", "2026-02-01") + "2026-01-14 13:00,2\n")
    project.define(WEEKS.format(engine=engine), "weeks")
    project.works("fit", "weeks")
    # sold is 16 where 8 were booked and 14 where 7 were: twice as much

    def asked(*argv: object) -> list[tuple[float, list[str]]]:
        found = project.works("predict", "-m", "weeks", *argv, "--json").json["predictions"]
        return [(one["answer"], one["notes"]) for one in found]

    ((value, notes),) = asked("--date", "2026-01-27")
    assert value == 6  # of Monday, Tuesday and Wednesday
    assert "the week is cut: data/bookings.csv ends on 2026-01-28" in notes
    assert not any("are known" in note for note in notes)
    ((value, notes),) = asked("--date", "2026-01-07")
    assert value == 10  # of Wednesday to Sunday
    assert "the week is cut: data/bookings.csv begins on 2026-01-07" in notes
    ((value, notes),) = asked("--date", "2026-01-13")
    assert (value, notes) == (16, ["the sold of that week are known: 16"])
    assert not any("is cut" in note for _, notes in asked("--booked", "7") for note in notes)

    project.write("data/till.csv", daily("2026-01-05", "2026-01-30"))
    (one,) = asked()
    assert one[0] == 6
    assert "the week is cut: data/bookings.csv ends on 2026-01-28" in one[1]


# ---- A15: the newest rows come first ---------------------------------------------------------


@ENGINES
@pytest.mark.parametrize(
    ("swapped", "rule"),
    [
        (0, "newest 20%"),
        (2, "newest 20%"),  # of 20 steps, 2 go up: 18 of 20 fall
        (3, "random 20%"),
    ],
)
def test_a15_dates_that_fall_date_the_rows_too(
    engine: str, swapped: int, rule: str, project: Project
) -> None:
    """Of 21 days, the newest first, 5 are held out: from the 17th on, in whatever order."""
    days = [f"2026-01-{day:02}" for day in range(21, 0, -1)]
    for at in range(1, 3 * swapped, 3):
        days[at], days[at + 1] = days[at + 1], days[at]
    project.write("data/f.csv", csv_of("at,x,y", [(d, n % 7, 2 * n) for n, d in enumerate(days)]))
    project.define(
        "sources: {f: {file: data/f.csv}}\nfeatures: [x]\nlabel: y\n"
        f"model: linear_regression\nengine: {engine}\n",
        "f",
    )

    fitted = project.works("fit", "f", "--json").json["fitted"][0]

    folder = project.root / f"models/f/{fitted['version']}"
    assert json.loads((folder / "manifest.json").read_text())["split"]["rule"] == rule
    (note,) = (note for note in fitted["notes"] if note.startswith("held out"))
    if swapped == 3:
        assert "the dates of at neither rise nor fall with the rows" in note
    else:
        assert "the newest 20 % by at, as its dates fall with the rows" in note
        assert fitted["rows"] == {"used": 21, "train": 16, "holdout": 5}
        held = json.loads((folder / "holdout.json").read_text())
        assert [row["row"] for row in held] == [f"2026-01-{day}" for day in range(17, 22)]


def test_a15_a_day_and_a_time_made_of_it_are_one_date(project: Project) -> None:
    rows = [(f"2026-01-{day:02}", "19:30", day % 7, day) for day in range(20, 0, -1)]
    project.write("data/f.csv", csv_of("Date,Time,x,y", rows))
    project.define(
        "sources: {f: {file: data/f.csv, rules: [combine: {at: [Date, Time]}]}}\n"
        "features: [x]\nlabel: y\nmodel: linear_regression\n",
        "f",
    )

    (note,) = project.works("fit", "f", "--json").json["fitted"][0]["notes"]

    assert note.startswith("held out: the newest 20 % by at, as its dates fall with the rows")


# ---- A7: brackets in lists -------------------------------------------------------------------


def test_a07_data_notes_brackets_as_fit_does(project: Project) -> None:
    rows = [("Cheese (prawns, mussels), Basil", 3), ("Basil, Ham [raw, cooked]", 4), ("Basil", 2)]
    project.write("data/f.csv", csv_of("what,y", [(f'"{what}"', y) for what, y in rows * 3]))
    project.define(
        "sources: {f: {file: data/f.csv, rules: [split_list: {of: what, as: on}]}}\n"
        "features: [{name: on, kind: tags}]\nlabel: y\nmodel: ridge\nholdout: none\n",
        "f",
    )
    note = "on: brackets hold 'Cheese (prawns, mussels)' together as one tag, and 1 more"

    assert note in project.works("data", "f", "--json").json["notes"]
    assert note in project.works("fit", "f", "--json").json["fitted"][0]["notes"]


# ---- A13: several rows a date ----------------------------------------------------------------


def test_a13_every_feature_in_which_rows_of_a_date_differ_is_named(project: Project) -> None:
    """Two shops a day, with the same number: of both features only the first tells them apart."""
    rows = [(day, shop, n) for n, day in enumerate(DAYS) for shop in ("north", "south")]
    table = csv_of("at,shop,event,y", [(*row, at) for at, row in enumerate(rows)])
    project.write("data/f.csv", table)
    project.define(
        "sources: {f: {file: data/f.csv}}\ndate: at\nlabel: y\nmodel: ridge\nholdout: none\n"
        "features: [{name: shop, kind: category}, event]\n",
        "f",
    )
    project.works("fit", "f")

    said = project.fails(3, "predict", "-m", "f", "--date", DAYS[0])

    assert "stands in 2 rows" in said
    assert "say which:  --shop WORD;" in said
    project.works("predict", "-m", "f", "--date", DAYS[0], "--shop", "south")
