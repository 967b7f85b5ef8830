"""Times with offsets from UTC, weeks and days: as exports write them, and what is said of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support import Project, csv_of

from mlcli.definition.source import Source
from mlcli.definition.yaml_text import Document
from mlcli.exports import reading
from mlcli.grammar import cells
from mlcli.grammar.cells import Kind

pytestmark = pytest.mark.usefixtures("unvalidated")  # it is about reading

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


# ---- what  data FILE  proposes ----------------------------------------------------------------


def offsets(*written: str) -> str:
    return csv_of("at,total", [(at, n) for n, at in enumerate(written)])


def test_n03_no_zone_is_proposed_where_none_has_all_offsets(project: Project) -> None:
    # An hour further from UTC on the next day: no clock is put back on 2 March.
    project.write("t.csv", offsets("2023-03-01 20:00:00 -0600", "2023-03-02 20:00:00 -0700"))

    seen = project.works("data", "t.csv", "--json").json

    assert seen["source"] == {"file": "t.csv"}
    assert seen["undecided"] == ["timezone: Europe/Rome"]


def test_n03_zones_with_different_clocks_are_named_and_none_is_chosen(project: Project) -> None:
    # In 2023 clocks were put back on 26 March in Paraguay, and on 2 April in Chile.
    february, may = "2023-02-01 12:00:00 -0300", "2023-05-01 12:00:00 -0400"
    project.write("t.csv", offsets(february, may))
    project.write("told.csv", offsets(february, "2023-03-29 12:00:00 -0300", may))

    either = project.works("data", "t.csv", "--json").json
    chile = project.works("data", "told.csv", "--json").json

    assert "timezone" not in either["source"]
    assert either["undecided"] == ["timezone: America/Asuncion", "timezone: America/Santiago"]
    assert chile["source"]["timezone"] == "America/Santiago"
    assert not chile["undecided"]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [  # Summer time: in Egypt from 28 April 2023 on, in New Zealand until 2 April.
        ("Africa/Cairo", "2023-04-27 12:00:00 +0200", "2023-04-28 12:00:00 +0300"),
        ("Pacific/Auckland", "2023-04-01 12:00:00 +1300", "2023-04-03 12:00:00 +1200"),
    ],
)
def test_n03_times_beyond_the_first_hundreds_tell_the_zone(
    project: Project, zone: str, before: str, after: str
) -> None:
    many = [f"2023-04-{10 if zone == 'Africa/Cairo' else 1:02} 00:{n // 60:02}:{n % 60:02}"
            for n in range(300)]  # fmt: skip
    project.write("t.csv", offsets(*(at + before[-6:] for at in many), before, after))

    assert project.works("data", "t.csv", "--json").json["source"]["timezone"] == zone


def test_n04_times_with_and_without_an_offset_are_told_apart(project: Project) -> None:
    project.write("t.csv", offsets("2024-03-29T00:00:00", "2024-03-29T01:00:00Z"))

    seen = project.works("data", "t.csv", "--json").json

    assert (
        "at: some times have no offset from UTC, as in line 2, and others are in UTC, as in line 3"
        in seen["notes"]
    )
    assert not any("more than one offset" in note for note in seen["notes"])
    assert seen["source"] == {"file": "t.csv"}
    assert seen["undecided"] == ["times_in: UTC", "timezone: Europe/Rome"]


TOLL = """\
sources:
  t:
    file: t.csv{key}
engine: {engine}
date: at
rules:
  - derive: {{wd: weekday of at}}
features: [wd]
label: total
model: linear_regression
holdout: none
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("plain", [2, 3])
def test_n04_the_way_out_of_both_in_one_column_is_times_in(
    project: Project, engine: str, plain: int
) -> None:
    times = ["2024-03-29T01:00:00Z", "2024-03-29T02:00:00Z", "2024-03-29T03:00:00Z"]
    times[plain - 2] = times[plain - 2].removesuffix("Z")
    project.write("t.csv", offsets(*times))
    project.define(TOLL.format(key="", engine=engine))

    error = project.mlcli("fit", "--json").json["error"]
    project.define(TOLL.format(key="\n    times_in: UTC", engine=engine))

    assert [(fix["path"][-1], fix["value"]) for fix in error["fix"]] == [
        ("times_in", "UTC"), ("timezone", "Europe/Rome"),
    ]  # fmt: skip
    said = "has an offset from UTC, and line 2 has none"
    other = "has no offset from UTC, and line 2 has one"
    assert (said if plain == 2 else other) in error["message"]
    project.works("fit")


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_n04_a_times_in_that_turns_nothing_is_noted(project: Project, engine: str) -> None:
    project.write("t.csv", offsets("2024-03-29T01:00:00", "2024-03-29T02:00:00"))
    project.define(TOLL.format(key="\n    times_in: UTC", engine=engine))
    alone = " ".join(project.works("data", "pizzeria").out.split())
    project.define(TOLL.format(key="\n    times_in: UTC\n    timezone: UTC", engine=engine))
    both = project.works("data", "pizzeria").out

    assert "at: every time is in UTC, and so are its days" in alone
    assert "every time is in UTC" not in both


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('n\n"1,234"\n"5,678"\n', "number"),
        ("n\n1.234\n5.678\n", "number"),
        ("n\n08/09/2023\n10/11/2023\n", "date"),
        ("n\n2023-02-01 12:00:00 -0300\n2023-05-01 12:00:00 -0400\n", "date"),
        ("n\n2024-03-29T00:00:00\n2024-03-29T01:00:00Z\n", "date"),
    ],
)
def test_n12_lines_in_comments_are_keys_once_their_mark_is_taken_away(
    project: Project, text: str, kind: Kind
) -> None:
    project.write("t.csv", text)
    shown = project.works("data", "t.csv").out.partition("  next:")[0]
    _, _, proposed = shown.partition("sources:\n")
    sure, ways = [], dict[str, list[str]]()  # by the condition behind the second mark
    for line in filter(str.strip, proposed.splitlines()):
        key, _, condition = line.replace("# ", "", 1).partition("   # ")
        if condition:
            ways.setdefault(condition, []).append(key)
        else:
            sure.append(line)

    assert len(ways) == 2
    for keys in ways.values():
        said = Document("\n".join(["sources:", *sure, *keys])).value["sources"]["t"]
        (chunk,) = reading.source(project.root, Source(**said)).chunks({"n": kind})
        assert not chunk["n"].is_null().any()


# ---- cells of date columns that are none --------------------------------------------------------


DAILY = """\
sources:
  t:
    file: t.csv
    {keys}
    rules:
{rules}      - sum: {{of: n, per: day of on, as: total}}
      - derive: {{wd: weekday of day}}
engine: {engine}
label: total
features: [wd]
model: linear_regression
"""


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_n14_a_total_in_a_column_of_dates_can_be_said_to_be_none(
    project: Project, engine: str
) -> None:
    days = [("01.03.2023", 3), ("01.03.2023", 4), ("Tagessumme", 7), ("02.03.2023", 5)]
    project.write("t.csv", csv_of("on,n", days))
    keys, rule = 'dates: {format: "%d.%m.%Y"}', "      - drop_missing: {of: on}\n"
    project.define(DAILY.format(keys=keys, rules="", engine=engine))

    said = project.fails(3, "data", "pizzeria")
    keys += "\n    missing: [Tagessumme]"
    project.define(DAILY.format(keys=keys, rules=rule, engine=engine))
    summary = project.works("data", "pizzeria", "--json").json

    assert "missing: [Tagessumme]  if it stands for no date" in said
    assert "drop_missing" in said
    (total,) = (one for one in summary["columns"] if one["name"] == "total")
    assert (total["low"], total["high"]) == (5, 7)  # 3 + 4 on the first day, 5 on the second


@pytest.mark.parametrize("label", ["2022-W01", "2022W1", "KW 1/2023", "Week 12"])
def test_n15_weeks_by_their_number_are_said_not_to_be_read(label: str) -> None:
    with pytest.raises(cells.CellError) as raised:
        cells.to_date(label)

    assert "weeks are not read by their number" in raised.value.hint


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_n18_day_first_and_month_first_in_one_column_have_no_way_out(
    project: Project, engine: str
) -> None:
    # There is no month 27, and no month 17.
    project.write("t.csv", "on,n\n27/04/2023,1\n08/17/2023,2\n")
    project.define(DAILY.format(keys="delimiter: ','", rules="", engine=engine))

    error = project.mlcli("data", "pizzeria", "--json").json["error"]
    proposed = project.works("data", "t.csv", "--json").json

    assert "in some of its cells the day stands first, in others the month" in error["hint"]
    assert error["fix"] == []
    assert proposed["source"] == {"file": "t.csv"}
    assert not proposed["undecided"]
    assert (
        "on: in line 3, '08/17/2023' has the month first, dates above it have not: "
        "no source reads both"
    ) in proposed["notes"]
