"""Times with offsets from UTC, weeks and days: as exports write them, and what is said of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support import Project, csv_of

DAYS = [date(2023, 1, 2) + timedelta(days=n) for n in range(21)]  # three weeks from a Monday on
LATE = """\
sources:
  shop: {{file: data/shop.csv, {keys}}}
date: at
rules:
  - derive: {{wd: weekday of at}}
features: [wd]
label: total
model: linear_regression
holdout: none
"""


@pytest.mark.parametrize(
    ("keys", "hour", "clock"),
    [
        ("timezone: America/New_York", 23, "%Y-%m-%d 23:30:00 -0500"),
        # 04:30 in UTC is 23:30 of the day before on the wall of New York in winter.
        ("timezone: America/New_York", 28, "%Y-%m-%dT04:30:00Z"),
        ("timezone: America/New_York, times_in: UTC", 28, "%Y-%m-%d 04:30:00"),
        (
            'timezone: America/New_York, dates: {format: "%d.%m.%Y %H:%M %z"}',
            23,
            "%d.%m.%Y 23:30 -0500",
        ),
    ],
)
def test_n07_times_are_asked_as_their_export_writes_them(
    project: Project, keys: str, hour: int, clock: str
) -> None:
    # The total is 10 on Mondays, 11 on Tuesdays ... 16 on Sundays of New York, half an hour
    # before midnight; by any clock east of it, each would be of the next weekday.
    rows = [
        ((day + timedelta(days=hour // 24)).strftime(clock), 10 + day.weekday()) for day in DAYS
    ]
    project.write("data/shop.csv", csv_of("at,total", rows))
    project.define(LATE.format(keys=keys))
    project.works("fit")
    project.write("asked.csv", csv_of("at", [(rows[0][0],), (rows[6][0],)]))

    asked = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]
    judged = project.works("evaluate", "--data", "data/shop.csv", "--json").json

    assert [one["answer"] for one in asked] == [10, 16]  # a Monday and a Sunday
    assert judged["metrics"]["mae"]["holdout"] == pytest.approx(0, abs=1e-9)


def test_n07_a_day_and_a_time_of_the_wall_are_asked_as_before(project: Project) -> None:
    rows = [(f"{day} 23:30:00 -0500", 10 + day.weekday()) for day in DAYS]
    project.write("data/shop.csv", csv_of("at,total", rows))
    project.define(LATE.format(keys="timezone: America/New_York"))
    project.works("fit")
    project.write("asked.csv", "at\n2023-01-03\n2023-01-04 23:59\n")

    asked = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    assert [one["answer"] for one in asked] == [11, 12]  # a Tuesday and a Wednesday


def test_n07_an_offset_without_a_timezone_is_refused_with_what_to_do(project: Project) -> None:
    rows = [(f"{day} 23:30:00", 10 + day.weekday()) for day in DAYS]
    project.write("data/shop.csv", csv_of("at,total", rows))
    project.define(LATE.replace(", {keys}", "").replace("{{", "{").replace("}}", "}"))
    project.works("fit")
    project.write("asked.csv", "at\n2023-01-03 23:30:00Z\n")

    said = project.fails(3, "predict", "--input", "asked.csv")

    assert "has an offset from UTC, and the source names no  timezone" in said
