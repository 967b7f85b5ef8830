"""Dates, periods and points, second round: each value is worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from support import Project, csv_of

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


def orders_by_day(project: Project) -> dict[str, float]:
    """Return the count of each day."""
    project.works("data", "pizzeria", "--output", "out.csv", "--raw")
    table = pd.read_csv(project.root / "out.csv")
    return dict(zip(table["day"].astype(str), table["orders"], strict=True))


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
