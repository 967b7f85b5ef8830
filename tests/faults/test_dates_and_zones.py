"""Cells that are dates: each fault of the list, with the value worked out by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pydantic import ValidationError
from support import Project, orders_by_day

from mlcli import wording
from mlcli.definition.source import Source
from mlcli.errors import DataError, Fix
from mlcli.exports import reading
from mlcli.grammar import cells
from mlcli.grammar.date_notation import DayBegins
from mlcli.grammar.notation import Notation
from mlcli.tables import join
from mlcli.tables.column_owners import Opened

pytestmark = pytest.mark.usefixtures("unvalidated")  # it is about reading

EVENING = datetime(2023, 6, 8, 19, 30)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("2026-03-02 02:14:02 -0500", -5),  # as Shopify writes it
        ("2026-03-02 02:14:02 +0000", 0),
        ("2026-03-02 02:14:02 UTC", 0),
        ("2026-03-02 02:14:02 GMT", 0),
        ("2026-03-02T02:14:02UTC", 0),
        ("2026-03-02 02:14:02 Z", 0),
        ("2026-03-02 02:14:02 +05:30", 5.5),
        ("2026-03-02 02:14:02-05", -5),
    ],
)
def test_b02_an_offset_may_stand_behind_a_blank(written: str, hours: float) -> None:
    read = cells.to_date(written)

    assert read == datetime(2026, 3, 2, 2, 14, 2, tzinfo=timezone(timedelta(hours=hours)))
    assert read.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "written",
    ["2026-03-02 UTC", "2026-03-02 -0500", "2026-03-02 02:14  UTC", "2026-03-02 02:14 CET"],
)
def test_b02_a_day_has_no_offset_and_a_name_of_a_zone_is_none(written: str) -> None:
    assert not cells.is_date(written)


def read(notation: Notation, written: str) -> datetime:
    assert notation.is_date(written)
    return notation.date(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-06-08 24:00", datetime(2023, 6, 9)),
        ("2023-12-31T24:00:00", datetime(2024, 1, 1)),
        ("2024-02-28 24:00:00.000", datetime(2024, 2, 29)),
        ("2023-06-08 24:00Z", datetime(2023, 6, 9, tzinfo=UTC)),
        ("2023-06-08 17:24:00", datetime(2023, 6, 8, 17, 24)),
        ("2023-06-08 17:24:00.000", datetime(2023, 6, 8, 17, 24)),
        ("2023-06-08 17:00:24.000", datetime(2023, 6, 8, 17, 0, 24)),
    ],
)
def test_b09_the_hour_24_is_the_midnight_after(written: str, meant: datetime) -> None:
    assert cells.to_date(written) == meant


@pytest.mark.parametrize("written", ["2023-06-08 24:01", "2023-06-08 24:00:01", "9999-12-31 24:00"])
def test_b09_no_time_lies_after_the_hour_24(written: str) -> None:
    with pytest.raises(cells.CellError, match="there is no such time"):
        cells.to_date(written)


def test_b09_the_hour_24_is_read_in_other_forms_too() -> None:
    german = Notation(dates=("%d.%m.%Y %H:%M",))
    american = Notation(dates=("%m/%d/%Y %I:%M %p",))

    assert read(german, "31.12.2023 24:00") == datetime(2024, 1, 1)
    assert not german.is_date("31.12.2023 24:01")
    assert not american.is_date("12/31/2023 24:00 AM")


def test_b09_a_column_may_hold_several_forms() -> None:
    both = Notation(dates=("%d.%m.%Y", "%d.%m.%Y %H:%M:%S"))

    assert read(both, "01.10.2021") == datetime(2021, 10, 1)
    assert read(both, "01.10.2021 14:30:00") == datetime(2021, 10, 1, 14, 30)
    assert not both.is_date("10/01/2021")


@pytest.mark.parametrize(
    "forms",
    [
        ["%d/%m/%Y", "%m/%d/%Y"],
        ["%d/%m/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y"],
        ["%d.%m.%y", "%y.%m.%d"],
    ],
)
def test_b09_forms_that_read_one_cell_as_two_days_are_refused(forms: list[str]) -> None:
    problem = of_source({"format": forms})

    assert "is one date by" in problem


@pytest.mark.parametrize(
    "forms",
    [
        ["%d.%m.%Y", "%d.%m.%Y %H:%M"],
        ["%d/%m/%Y", "%m-%d-%Y"],
        ["%m/%d/%y", "%m/%d/%Y"],
        ["%d %b %Y", "%d %B %Y"],
        ["%Y-%m", "epoch seconds", "excel serial"],
    ],
)
def test_b09_forms_of_which_each_cell_has_one_are_taken(forms: list[str]) -> None:
    assert of_source({"format": forms}) == ""


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"format": "epoch second"}, "is no way to write dates"),
        ({"format": "%Y"}, "does not say a whole date"),
        ({"format": "%Y-%m %H:%M"}, "does not say a whole date"),
        ({"format": "%d %b %Y", "language": "xx"}, "the months of the language 'xx' are not known"),
        ({"format": "%d.%m.%Y", "language": "de"}, "no form has a month's name"),
    ],
)
def test_b09_dates_that_say_nothing_are_refused(dates: dict[str, Any], words: str) -> None:
    assert words in of_source(dates)


def of_source(dates: dict[str, Any]) -> str:
    """Return what is wrong with the dates of a source, or nothing."""
    try:
        Source.model_validate({"file": "a.csv", "dates": dates})
    except ValidationError as error:
        return str(error)
    return ""


def test_b09_a_month_is_its_first_day() -> None:
    assert read(Notation(dates=("%Y-%m",)), "2025-01") == datetime(2025, 1, 1)
    assert read(Notation(dates=("%m/%Y",)), "12/2025") == datetime(2025, 12, 1)


@pytest.mark.parametrize(
    ("language", "form", "written", "meant"),
    [
        ("de", "%d. %B %Y", "3. März 2023", datetime(2023, 3, 3)),
        ("de", "%d %b %Y", "08 Mär 2023", datetime(2023, 3, 8)),
        ("de", "%d. %b %Y", "12. Dez. 2023", datetime(2023, 12, 12)),
        ("de", "%d.%b.%Y", "12.Dez.2023", datetime(2023, 12, 12)),
        ("fr", "%d %B %Y", "14 juillet 2023", datetime(2023, 7, 14)),
        ("fr", "%d %b %Y", "14 fevr. 2023", datetime(2023, 2, 14)),
        ("es", "%d de %B de %Y", "1 de mayo de 2023", datetime(2023, 5, 1)),
        ("ru", "%d %B %Y", "8 июня 2023", datetime(2023, 6, 8)),
        ("cs", "%d. %B %Y", "5. listopadu 2023", datetime(2023, 11, 5)),
        ("hr", "%d. %B %Y", "5. listopada 2023", datetime(2023, 10, 5)),
        ("pt", "%d/%b/%Y %H:%M", "09/out/2023 19:30", datetime(2023, 10, 9, 19, 30)),
    ],
)
def test_b09_months_have_names_in_other_languages(
    language: str, form: str, written: str, meant: datetime
) -> None:
    assert read(Notation(dates=(form,), language=language), written) == meant


def test_b09_a_name_of_another_language_is_no_month() -> None:
    assert not Notation(dates=("%d %B %Y",), language="fr").is_date("3 März 2023")
    assert not Notation(dates=("%d %B %Y",)).is_date("3 März 2023")


@pytest.mark.parametrize(
    ("form", "written", "meant"),
    [
        # 19,516 days of 86,400 seconds lie between 1970-01-01 and 2023-06-08; 19:30 is 70,200 on.
        ("epoch seconds", "1686252600", EVENING.replace(tzinfo=UTC)),
        ("epoch seconds", "0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("epoch seconds", "-86400", datetime(1969, 12, 31, tzinfo=UTC)),
        ("epoch milliseconds", "1686252600250", datetime(2023, 6, 8, 19, 30, 0, 250_000, UTC)),
        # A serial counts days: 45,085 of them from 1899-12-30; 0.8125 of a day is 19:30.
        ("excel serial", "45085", datetime(2023, 6, 8)),
        ("excel serial", "45085.8125", EVENING),
        ("excel serial", "45085.3541666667", datetime(2023, 6, 8, 8, 30)),
        ("excel serial", "1", datetime(1900, 1, 1)),
        ("excel serial", "59", datetime(1900, 2, 28)),
        ("excel serial", "61", datetime(1900, 3, 1)),
    ],
)
def test_b09_numbers_that_count_time_are_dates(form: str, written: str, meant: datetime) -> None:
    assert read(Notation(dates=(form,)), written) == meant


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("excel serial", "60"),  # 1900-02-29, which there never was
        ("excel serial", "0.8125"),  # a time of no day
        ("excel serial", "2958466"),  # after 9999-12-31
        ("epoch seconds", "1686252600250"),
        ("epoch seconds", "nan"),
        ("epoch milliseconds", "today"),
    ],
)
def test_b09_numbers_that_count_no_time_are_none(form: str, written: str) -> None:
    assert not Notation(dates=(form,)).is_date(written)


def test_b09_a_serial_has_the_decimal_mark_of_its_source() -> None:
    assert read(Notation(decimal=",", dates=("excel serial",)), "45085,8125") == EVENING
    assert not Notation(dates=("excel serial",)).is_date("45,085")


DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
FORMS = ("csv", "parquet", "xlsx", "sql")


def source_of(
    root: Path,
    form: str,
    columns: dict[str, list[Any]],
    begins: dict[str, DayBegins] | None = None,
    **keys: Any,
) -> tuple[Opened, Source]:
    """Open a table that was written as an export of some form."""
    frame = pd.DataFrame(columns)
    where: dict[str, Any] = {"file": f"t.{form}"}
    match form:
        case "csv":
            frame.to_csv(root / "t.csv", index=False)
        case "parquet":
            frame.to_parquet(root / "t.parquet")
        case "xlsx":
            frame.to_excel(root / "t.xlsx", index=False)
        case _:
            with closing(sqlite3.connect(root / "t.db")) as database:
                frame.to_sql("t", database, index=False, if_exists="replace")
            where = {"sql": {"url": "sqlite:///t.db", "table": "t"}}
    described = Source.model_validate({**where, **keys})
    return reading.source(root, described, begins=begins), described


def taken(
    root: Path, form: str, columns: dict[str, list[Any]], **keys: Any
) -> tuple[dict[str, list[Any]], tuple[str, ...]]:
    """Return the dates of all columns, and what is noted of them."""
    opened, _ = source_of(root, form, columns, **keys)
    found: dict[str, list[Any]] = {}
    for chunk in opened.chunks(dict.fromkeys(columns, "date")):
        for name in columns:
            found.setdefault(name, []).extend(join.values(chunk[name]))
    return found, opened.notes


def stopped(root: Path, form: str, columns: dict[str, list[Any]], **keys: Any) -> DataError:
    with pytest.raises(DataError) as caught:
        taken(root, form, columns, **keys)
    return caught.value


LATE = ["2018-11-01 23:30:00", "2018-11-02 08:00:00"]
"""As times of UTC, they are half an hour after midnight and nine o'clock in Berlin, in winter."""
LATE_IN_BERLIN = [datetime(2018, 11, 2, 0, 30), datetime(2018, 11, 2, 9, 0)]


@pytest.mark.parametrize("form", FORMS)
def test_a03_a_zone_that_turns_nothing_is_refused_with_both_ways_out(
    form: str, tmp_path: Path
) -> None:
    error = stopped(tmp_path, form, {"at": LATE}, timezone="Europe/Berlin")

    assert "no time has an offset from UTC" in str(error)
    assert "leave  timezone  out" in error.hint
    assert "times_in: Europe/Berlin" in error.hint
    assert error.fix == (Fix(None, ("timezone",)), Fix("Europe/Berlin", ("times_in",)))


@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        ({}, [datetime.fromisoformat(at) for at in LATE]),
        (
            {"timezone": "Europe/Berlin", "times_in": "Europe/Berlin"},
            [datetime.fromisoformat(at) for at in LATE],
        ),
        ({"timezone": "Europe/Berlin", "times_in": "UTC"}, LATE_IN_BERLIN),
        # New York is five hours behind Berlin by then: 04:30 and 13:00 there are these two.
        (
            {"timezone": "Europe/Berlin", "times_in": "America/New_York"},
            [datetime(2018, 11, 2, 4, 30), datetime(2018, 11, 2, 13, 0)],
        ),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_a03_the_ways_out_read_the_times(
    form: str, keys: dict[str, str], meant: list[datetime], tmp_path: Path
) -> None:
    found, notes = taken(tmp_path, form, {"at": LATE}, **keys)

    assert found["at"] == meant
    assert not notes


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a03_times_with_a_type_are_no_exception(form: str, tmp_path: Path) -> None:
    times = [datetime.fromisoformat(at) for at in LATE]

    error = stopped(tmp_path, form, {"at": times}, timezone="Europe/Berlin")
    found, _ = taken(tmp_path, form, {"at": times}, timezone="Europe/Berlin", times_in="UTC")

    assert "no time has an offset from UTC" in str(error)
    assert found["at"] == LATE_IN_BERLIN


@pytest.mark.parametrize("form", FORMS)
def test_a03_days_have_no_zone_and_stay_beside_times_that_have_one(
    form: str, tmp_path: Path
) -> None:
    columns = {"day": ["2018-11-01", "2018-11-02"], "at": [f"{at}Z" for at in LATE]}

    found, notes = taken(tmp_path, form, columns, timezone="Europe/Berlin")

    assert found["day"] == [datetime(2018, 11, 1), datetime(2018, 11, 2)]
    assert found["at"] == LATE_IN_BERLIN
    assert not notes


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a03_midnights_are_days_that_no_zone_turns(form: str, tmp_path: Path) -> None:
    """Turned from UTC to New York, each would be the day before."""
    days = [f"{day} 00:00:00" for day in DAYS]
    columns = {"day": days, "at": LATE[:1] * 3}
    keys = {"timezone": "America/New_York", "times_in": "UTC"}

    error = stopped(tmp_path, form, columns, **keys)
    found, notes = taken(tmp_path, form, columns, **keys, dates={"format": "%Y-%m-%d 00:00:00"})

    assert "column 'day': every time is 00:00, and days have no zone" in str(error)
    assert 'dates: {format: "%Y-%m-%d 00:00:00"}' in error.hint
    assert found["day"] == [datetime.fromisoformat(day) for day in DAYS]
    assert found["at"] == [datetime(2018, 11, 1, 19, 30)] * 3  # four hours behind, in summer time
    assert not notes


def test_a03_where_another_column_needs_the_zone_only_one_way_is_left(tmp_path: Path) -> None:
    columns = {"made": [f"{at}Z" for at in LATE], "at": LATE}

    error = stopped(tmp_path, "csv", columns, timezone="Europe/Berlin")

    assert error.problems[0].place == "t.csv:2"
    assert error.fix == (Fix("Europe/Berlin", ("times_in",)),)
    assert "away" not in error.hint


def test_a03_a_zone_of_times_without_an_offset_is_no_use_where_all_have_one(
    tmp_path: Path,
) -> None:
    columns = {"at": [f"{at}Z" for at in LATE]}

    error = stopped(tmp_path, "csv", columns, timezone="Europe/Berlin", times_in="UTC")

    assert "every time has an offset from UTC" in str(error)
    assert error.fix == (Fix(None, ("times_in",)),)


def test_a03_some_times_without_an_offset_are_noted(tmp_path: Path) -> None:
    columns = {"at": ["2018-11-01 23:30:00Z", "2018-11-02 09:00", "2018-11-02 10:00"]}

    found, (note,) = taken(tmp_path, "csv", columns, timezone="Europe/Berlin")

    assert found["at"][0] == datetime(2018, 11, 2, 0, 30)
    assert found["at"][1] == datetime(2018, 11, 2, 9, 0)
    assert "2 times without an offset, lines 3, 4, taken as times of Europe/Berlin" in note
    assert "times_in: ZONE" in note


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", ["Z", " UTC", "+0000", "+00:00"])
def test_a04_times_of_utc_alone_are_noted_until_a_zone_is_said(
    form: str, ending: str, tmp_path: Path
) -> None:
    columns = {"at": [f"{at}{ending}" for at in LATE]}

    found, (note,) = taken(tmp_path, form, columns)

    assert found["at"] == [datetime.fromisoformat(at) for at in LATE]
    assert "at: every time is in UTC" in note
    assert "timezone: UTC" in note


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a04_a_zone_ends_the_note(zone: str, tmp_path: Path) -> None:
    columns = {"at": [f"{at}Z" for at in LATE]}

    found, notes = taken(tmp_path, "csv", columns, timezone=zone)

    assert not notes
    assert (
        found["at"]
        == {
            "UTC": [datetime.fromisoformat(at) for at in LATE],
            "Europe/Berlin": LATE_IN_BERLIN,
        }[zone]
    )


def test_a04_a_time_with_a_zone_of_a_typed_file_is_noted_too(tmp_path: Path) -> None:
    columns = {"at": [datetime(2018, 11, 1, 23, 30, tzinfo=UTC)]}

    _, (note,) = taken(tmp_path, "parquet", columns)

    assert "at: every time is in UTC" in note


@pytest.mark.parametrize("written", ["1541115000", "1541115000000"])
def test_a04_seconds_since_1970_are_times_of_utc(written: str, tmp_path: Path) -> None:
    """2018-11-01 is day 17,836 since then, and 23:30 second 84,600 of it."""
    assert 17_836 * 86_400 + 84_600 == 1_541_115_000
    form = "epoch seconds" if len(written) == 10 else "epoch milliseconds"
    columns = {"at": [written]}

    found, notes = taken(tmp_path, "csv", columns, dates={"format": form})
    turned, none = taken(tmp_path, "csv", columns, dates={"format": form}, timezone="Europe/Berlin")

    assert found["at"] == [datetime(2018, 11, 1, 23, 30)]
    assert len(notes) == 1
    assert turned["at"] == [datetime(2018, 11, 2, 0, 30)]
    assert not none


@pytest.mark.parametrize("form", FORMS)
def test_b09_numbers_of_every_form_of_source_count_time(form: str, tmp_path: Path) -> None:
    seconds, _ = taken(
        tmp_path, form, {"at": [1_541_115_000]}, dates={"format": "epoch seconds"}, timezone="UTC"
    )
    days, notes = taken(tmp_path, form, {"at": [45085.8125]}, dates={"format": "excel serial"})

    assert seconds["at"] == [datetime(2018, 11, 1, 23, 30)]
    assert days["at"] == [EVENING]
    assert not notes


# Rome puts its clock forward on 2024-03-31 at 02:00, and back on 2024-10-27 at 03:00.
CHANGES = ["2024-03-31T02:30", "2024-06-01T12:00", "2024-10-27T02:30", "2024-03-31T02:59"]


@pytest.mark.parametrize("form", FORMS)
def test_a05_times_that_no_clock_showed_or_that_were_twice_are_noted(
    form: str, tmp_path: Path
) -> None:
    found, notes = taken(tmp_path, form, {"at": CHANGES}, times_in="Europe/Rome")

    first = 1 if form in {"parquet", "sql"} else 2  # the header is a row in the others
    assert sorted(found["at"]) == sorted(map(datetime.fromisoformat, CHANGES))
    assert [note.split(":")[0] for note in notes] == ["at", "at"]
    assert "2 times" in notes[0]
    if form != "sql":  # which sorts its rows
        assert f"lines {first}, {first + 3}" in notes[0]
        assert f"1 time, line {first + 2}, that the clock of Europe/Rome showed twice" in notes[1]
    assert "did not exist in Europe/Rome" in notes[0]


def test_a05_such_times_are_turned_to_another_clock_as_far_as_they_can_be(tmp_path: Path) -> None:
    """02:30 was skipped: an hour later, 03:30 in summer, is 01:30 in UTC. The first 02:30 of
    October was in summer: 00:30 in UTC."""
    found, notes = taken(
        tmp_path, "csv", {"at": CHANGES[:3]}, times_in="Europe/Rome", timezone="UTC"
    )

    assert found["at"] == [
        datetime(2024, 3, 31, 1, 30),
        datetime(2024, 6, 1, 10, 0),
        datetime(2024, 10, 27, 0, 30),
    ]
    assert len(notes) == 2


@pytest.mark.parametrize(
    ("first", "second", "zone"),
    [
        ("2026-03-02 02:14:02 -0500", "2026-07-02 02:14:02 -0400", "America/New_York"),
        ("2023-06-08 19:30 +02:00", "2023-12-08 19:30 +01:00", "Europe/Rome"),
        ("2023-06-08 19:30", "2023-12-08 19:30 +01:00", "Europe/Rome"),
        ("2023-06-08 19:30 +01:00", "2023-12-08 19:30 Z", "Europe/London"),
    ],
)
def test_b02_offsets_that_differ_name_a_zone_that_has_them(
    first: str, second: str, zone: str, tmp_path: Path
) -> None:
    error = stopped(tmp_path, "csv", {"at": [first, second]})
    found, _ = taken(tmp_path, "csv", {"at": [first, second]}, timezone=zone)

    assert error.fix == (Fix(zone, ("timezone",)),)
    assert f"timezone: {zone}" in error.hint
    assert found["at"] == [datetime.fromisoformat(at[:16]) for at in (first, second)] or (
        found["at"] == [datetime.fromisoformat(at[:19]) for at in (first, second)]
    )


def test_a03_both_engines_find_the_same(project: Project) -> None:
    """Two orders lie on the 2nd in Berlin; as written, they lie on the 1st and the 2nd."""
    rows = "".join(f"{at}Z\n" for at in LATE) * 3
    project.write("data/orders.csv", "at\n" + rows)
    for engine in ("pandas", "duckdb"):
        project.define(counted_by_day("at", f"timezone: Europe/Berlin, engine: {engine}"))
        assert orders_by_day(project) == {"2018-11-02": 6}, engine
        project.define(counted_by_day("at", f"engine: {engine}"))
        assert orders_by_day(project) == {"2018-11-01": 3, "2018-11-02": 3}, engine


def counted_by_day(per: str, keys: str = "", *, rules: str = "") -> str:
    """Return a definition that counts orders by day, and takes the count for all there is."""
    engine = keys.partition("engine: ")[2] or "pandas"
    said = "".join(
        f"    {key.strip()}\n" for key in keys.split(", ") if key and "engine" not in key
    )
    return (
        f"sources:\n  orders:\n    file: data/orders.csv\n{said}    rules:\n{rules}"
        f"      - count: {{per: day of {per}, as: orders}}\n"
        f"engine: {engine}\ndate: day\nfeatures: [orders]\n"
        "rules:\n  - derive: {sold: log of orders}\nlabel: sold\nmodel: ridge\nholdout: none\n"
    )


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("written", [DAYS, [f"{day} 00:00:00" for day in DAYS], [*DAYS, ""]])
def test_a01_a_column_of_days_has_no_nights(
    engine: str, written: list[str], project: Project
) -> None:
    project.write("data/orders.csv", "at,n\n" + "".join(f"{day},1\n" for day in written))
    project.define(counted_by_day("at from 05:00", f"engine: {engine}", rules=FILLED))

    ended = project.mlcli("data", "pizzeria", "--json")

    assert ended.code == 3
    error = ended.json["error"]
    assert "no date has a time of the day, and a day would begin at 05:00" in error["message"]
    assert "take  from 05:00  away" in error["hint"]
    assert error["fix"] == [
        {
            "file": "configs/pizzeria.yaml",
            "path": ["sources", "orders", "rules", 1, "count", "per"],
            "value": "day of at",
        }
    ]
    project.define(counted_by_day("at", f"engine: {engine}", rules=FILLED))
    assert orders_by_day(project) == dict.fromkeys(DAYS, 1)


FILLED = "      - drop_missing: {of: at}\n"


@pytest.mark.parametrize("form", ["parquet", "xlsx", "sql"])
def test_a01_so_has_one_of_a_typed_file(form: str, tmp_path: Path) -> None:
    days: list[Any] = [datetime.fromisoformat(day) for day in DAYS]
    if form == "parquet":
        days = [day.date() for day in days]
    elif form == "sql":
        days = DAYS
    opened, _ = source_of(tmp_path, form, {"at": days}, begins={"at": AT_FIVE})

    with pytest.raises(DataError, match="no date has a time of the day") as caught:
        list(opened.chunks({"at": "date"}))

    assert caught.value.fix == AT_FIVE.fix


AT_FIVE = DayBegins(timedelta(hours=5), "05:00", (Fix("day of at", ("rules", 0, "count", "per")),))

NIGHTS = [
    "2026-01-02 20:00",  # the evening of the 2nd
    "2026-01-03 04:59",  # its end
    "2026-01-03",  # the 3rd
    "2026-01-03 00:00",  # the midnight within the evening of the 2nd
    "2026-01-03 05:00",  # the 3rd
]


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    ("form", "plain"),
    [("%Y-%m-%d", ""), ("%d.%m.%Y", 'dates: {format: ["%d.%m.%Y", "%d.%m.%Y %H:%M"]}, ')],
)
def test_a01_dates_without_a_time_are_their_day_and_are_noted(
    engine: str, form: str, plain: str, project: Project
) -> None:
    cells_ = [
        at if form == "%Y-%m-%d" else f"{at[8:10]}.{at[5:7]}.{at[:4]}{at[10:]}" for at in NIGHTS
    ]
    project.write("data/orders.csv", "at\n" + "\n".join(cells_) + "\n")
    definition = counted_by_day("at from 05:00", f"engine: {engine}")
    project.define(definition.replace("    rules:\n", f"    {plain.rstrip(', ')}\n    rules:\n", 1))

    assert orders_by_day(project) == {"2026-01-02": 3, "2026-01-03": 2}
    said = project.works("data", "pizzeria").out
    assert "at: 1 date without a time, line 4, taken as that day" in " ".join(said.split())


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("unit", ["day", "week", "month"])
def test_a01_a_night_before_the_year_1_is_refused_unless_a_rule_leaves_it_out(
    unit: str, engine: str, project: Project
) -> None:
    """Some programs write 0001-01-01 where a time is not known."""
    rows = ["2026-01-03 04:00", "0001-01-01 04:59", "2026-01-03 05:00", "0001-01-01"]
    project.write("data/orders.csv", "at\n" + "\n".join(rows) + "\n")
    definition = counted_by_day("at from 05:00", f"engine: {engine}").replace("day", unit)
    project.define(definition)

    ended = project.mlcli("data", "pizzeria", "--json")

    assert ended.code == 3
    error = ended.json["error"]
    assert error["place"] == "data/orders.csv:3"
    assert "'at' is 0001-01-01 04:59:00, and a day that begins at 05:00" in error["message"]
    way = "between: {at: from 0001-01-02}"
    assert way in error["hint"]

    project.define(definition.replace("      - count", f"      - {way}\n      - count"))
    found = project.works("data", "pizzeria", "--json").json["ledger"]
    assert found["joined"] == (2 if unit == "day" else 1)


def test_a01_a_date_of_a_spreadsheet_is_a_day_where_it_is_shown_as_one(project: Project) -> None:
    """Excel keeps days as midnights: what it shows of them says which they are."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["at"])
    for row, at in enumerate(NIGHTS, start=2):
        sheet.append([datetime.fromisoformat(at)])
        sheet.cell(row, 1).number_format = "yyyy-mm-dd" if len(at) == 10 else "yyyy-mm-dd hh:mm"
    book.save(project.root / "data/orders.xlsx")
    project.define(counted_by_day("at from 05:00").replace("orders.csv", "orders.xlsx"))

    assert orders_by_day(project) == {"2026-01-02": 3, "2026-01-03": 2}
    said = project.works("data", "pizzeria").out
    assert "at: 1 date without a time, line 4, taken as that day" in " ".join(said.split())


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a06_a_weekday_may_begin_after_midnight_too(engine: str, project: Project) -> None:
    """2026-01-02 is a Friday: its evening has three orders, of which two are after midnight.
    The two of Thursday's evening, at half past midnight on Friday, stay."""
    times = ["01 21:00", "02 00:30", "02 19:00", "03 00:10", "03 04:00", "03 05:00"]
    project.write("data/orders.csv", "at\n" + "".join(f"2026-01-{at}\n" for at in times))
    dropped = "      - drop_weekdays: {days: Friday, of: at from 05:00}\n"
    project.define(counted_by_day("at from 05:00", f"engine: {engine}", rules=dropped))

    assert orders_by_day(project) == {"2026-01-01": 2, "2026-01-03": 1}

    dropped = "      - drop_dates: {dates: 2026-01-01, of: at from 05:00}\n"
    project.define(counted_by_day("at from 05:00", f"engine: {engine}", rules=dropped))

    assert orders_by_day(project) == {"2026-01-02": 3, "2026-01-03": 1}

    kept = "      - between: {sold: 2026-01-02 to 2026-01-03}\n      - rename: {sold: at}\n"
    project.write("data/orders.csv", "sold\n" + "".join(f"2026-01-{at}\n" for at in times))
    project.define(counted_by_day("at from 05:00", f"engine: {engine}", rules=kept))

    assert orders_by_day(project) == {"2026-01-02": 3}

    project.write("data/orders.csv", "at\n" + "".join(f"2026-01-{at}\n" for at in times))
    derived = (
        "      - derive: {weekday: weekday of at from 05:00}\n      - keep: {weekday: Friday}\n"
    )
    project.define(counted_by_day("at from 05:00", f"engine: {engine}", rules=derived))

    assert orders_by_day(project) == {"2026-01-02": 3}


@pytest.mark.parametrize(
    ("rule", "hint"),
    [
        ("drop_weekdays: {days: Friday, of: at}", "of: at from 05:00"),
        ("drop_dates: {dates: 2026-01-01, of: at}", "of: at from 05:00"),
        ("derive: {weekday: weekday of at}", "weekday: weekday of at from 05:00"),
        ("derive: {off: holiday of at in IT}", "off: holiday of at in IT from 05:00"),
        ("as_of: {time: '12:00', made: made, of: at}", "from: 05:00"),
        ("drop_weekdays: {days: Friday, of: at from 04:00}", "of: at from 05:00"),
    ],
)
def test_a06_rules_that_disagree_about_when_a_day_begins_are_refused(
    rule: str, hint: str, project: Project
) -> None:
    project.define(counted_by_day("at from 05:00", rules=f"      - {rule}\n"))

    said = project.fails(2, "fit")

    assert "a day begins at 0" in said
    assert "and at 05:00 for count per day of at from 05:00" in said
    assert f"write  {hint}  in" in said.replace('"', "")


def test_a06_they_are_found_through_new_names_and_not_beyond_the_rule_that_gathers(
    project: Project,
) -> None:
    renamed = "      - drop_weekdays: {days: Friday, of: sold}\n      - rename: {sold: at}\n"
    project.define(counted_by_day("at from 05:00", rules=renamed))
    assert "a day begins at 00:00 for drop_weekdays" in project.fails(2, "fit")

    agreed = renamed.replace("of: sold", "of: sold from 05:00")
    project.define(
        counted_by_day("at from 05:00", rules=agreed).replace(
            "as: orders}\n", "as: orders}\n      - drop_weekdays: {days: Monday, of: day}\n"
        )
    )
    project.write("data/orders.csv", "sold\n2026-01-03 20:00\n2026-01-05 01:00\n2026-01-05 07:00\n")
    assert orders_by_day(project) == {"2026-01-03": 1, "2026-01-04": 1}


def test_a06_a_day_that_was_made_begins_at_midnight(project: Project) -> None:
    project.define(
        counted_by_day("at").replace(
            "as: orders}\n",
            "as: orders}\n      - drop_weekdays: {days: Monday, of: day from 05:00}\n",
        )
    )
    said = project.fails(2, "fit")
    assert "'day' holds days already, which begin at midnight" in said
    assert "write  of: day  in drop_weekdays" in said

    project.define(
        counted_by_day("at").replace(
            "rules:\n  - derive",
            "rules:\n  - drop_weekdays: {days: Monday, of: day from 05:00}\n  - derive",
        )
    )
    assert "after the join, days begin at midnight" in project.fails(2, "fit")


WRITTEN: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    # What the dates of the table below are written as, and the keys that say so.
    "day first, the first cell could be either": (
        "%d/%m/%Y", [], {"dates": {"format": "%d/%m/%Y"}},
    ),
    "month first, the first cell could be either": (
        "%m/%d/%Y", [], {"dates": {"format": "%m/%d/%Y"}},
    ),
    "two digits": ("%d.%m.%y", [], {"dates": {"format": "%d.%m.%y"}}),
    "with and without a time": (
        "%d.%m.%Y", ["05.02.2026 14:30:00"],
        {"dates": {"format": ["%d.%m.%Y", "%d.%m.%Y %H:%M:%S"]}},
    ),
    "epoch seconds": ("epoch seconds", [], {"dates": {"format": "epoch seconds"}}),
    "epoch milliseconds": ("epoch milliseconds", [], {"dates": {"format": "epoch milliseconds"}}),
    "a spreadsheet's numbers": ("excel serial", [], {"dates": {"format": "excel serial"}}),
    "in a row": ("%Y%m%d", [], {"dates": {"format": "%Y%m%d"}}),
    "English": ("%B %d, %Y", [], {"dates": {"format": "%B %d, %Y"}}),
    "German": ("%d. NAME %Y", [], {"dates": {"format": "%d. %B %Y", "language": "de"}}),
    "an offset": ("%d.%m.%Y %H:%M -0500", [], {"dates": {"format": "%d.%m.%Y %H:%M %z"}}),
}  # fmt: skip
IN_TURN = [datetime(2026, 1, 2), datetime(2026, 1, 30), datetime(2026, 2, 5), datetime(2026, 2, 5)]
GERMAN = {1: "Januar", 2: "Februar"}


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("case", WRITTEN)
def test_b09_a_hint_and_a_look_at_the_file_name_the_keys_that_read_it(
    case: str, engine: str, project: Project
) -> None:
    form, more, keys = WRITTEN[case]
    cells_ = [
        as_written(when, form.replace("NAME", GERMAN[when.month]))
        for when in IN_TURN[: 4 - len(more)]
    ]
    project.write(
        "data/orders.csv", "sold_at;n\n" + "".join(f"{at};1\n" for at in [*cells_, *more])
    )
    project.define(counted_by_day("sold_at", f"engine: {engine}"))

    error = project.mlcli("data", "pizzeria", "--json").json["error"]
    proposed = project.works("data", "data/orders.csv", "--json").json

    assert error["fix"] == [
        {"file": "configs/pizzeria.yaml", "path": ["sources", "orders"], "value": keys}
    ]
    assert proposed["source"] == {"file": "data/orders.csv", "delimiter": ";", **keys}
    assert not proposed["undecided"]
    assert taken_by(project, keys, engine) == {
        "2026-01-02": 1, "2026-01-30": 1, "2026-02-05": 2,
    }  # fmt: skip


def as_written(when: datetime, form: str) -> str:
    """Return a date in a form; numbers count from 1970, or from 1899-12-30."""
    seconds = (when - datetime(1970, 1, 1)) // timedelta(seconds=1)
    match form:
        case "epoch seconds":
            return str(seconds)
        case "epoch milliseconds":
            return str(seconds * 1000)
        case "excel serial":
            return str((when - datetime(1899, 12, 30)).days)
        case _:
            return when.strftime(form)


def taken_by(project: Project, keys: dict[str, Any], engine: str) -> dict[str, float]:
    """Return the count of each day where the source says some keys."""
    definition = counted_by_day("sold_at", f"engine: {engine}")
    said = "".join(f"    {key}: {wording.in_yaml(value)}\n" for key, value in keys.items())
    project.define(definition.replace("    rules:\n", f"{said}    rules:\n", 1))
    return orders_by_day(project)


def test_b09_dates_that_could_be_two_are_a_question_that_names_both(project: Project) -> None:
    """The first cell is the same day in either way; the second is not."""
    project.write("data/orders.csv", "sold_at;n\n03/03/26;1\n05/04/26;1\n")
    project.define(counted_by_day("sold_at"))

    error = project.mlcli("data", "pizzeria", "--json").json["error"]
    proposed = project.works("data", "data/orders.csv", "--json").json

    assert error["fix"] == []
    assert "05/04/26 is 2026-04-05 or 2026-05-04" in error["hint"]
    assert proposed["undecided"] == [
        'dates: {format: "%d/%m/%y"}', 'dates: {format: "%m/%d/%y"}',
    ]  # fmt: skip
    assert "2026-04-05 or 2026-05-04" in proposed["notes"][0]


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b02_two_keys_that_are_needed_are_named_together(engine: str, project: Project) -> None:
    rows = ["03/02/2026 02:14 -0500", "07/22/2026 02:14 -0400"]
    project.write("data/orders.csv", "sold_at,n\n" + "".join(f"{at},1\n" for at in rows))
    project.define(counted_by_day("sold_at", f"engine: {engine}"))
    keys = {"dates": {"format": "%m/%d/%Y %H:%M %z"}, "timezone": "America/New_York"}

    error = project.mlcli("data", "pizzeria", "--json").json["error"]
    proposed = project.works("data", "data/orders.csv", "--json").json

    assert [one["value"] for one in error["fix"]] == [keys]
    assert 'format: "%m/%d/%Y %H:%M %z"}  timezone: America/New_York' in error["hint"]
    assert proposed["source"] == {"file": "data/orders.csv", **keys}
    assert taken_by(project, keys, engine) == {"2026-03-02": 1, "2026-07-22": 1}


def test_b02_an_offset_and_a_form_are_named_one_after_the_other(project: Project) -> None:
    """Both keys are needed; a look at the file names them together."""
    rows = ["2026-03-02 02:14:02 -0500", "2026-07-02 02:14:02 -0400"]
    project.write("data/orders.csv", "sold_at;day\n" + "".join(f"{at};13.03.2026\n" for at in rows))

    proposed = project.works("data", "data/orders.csv", "--json").json

    assert proposed["source"] == {
        "file": "data/orders.csv",
        "delimiter": ";",
        "dates": {"format": "%d.%m.%Y"},
        "timezone": "America/New_York",
    }


@pytest.mark.parametrize(
    ("engine", "form"), [("duckdb", "csv"), *(("pandas", form) for form in FORMS)]
)
def test_b09_a_date_and_a_time_in_two_columns_become_one(
    engine: str, form: str, project: Project
) -> None:
    """Two orders lie in the evening of the 2nd, one of them after midnight; one in the next."""
    columns = {
        "Date": ["02.01.2026", "03.01.2026", "03.01.2026"],
        "Time": ["7:30 PM", "12:10 am", "19:00:30"],
    }
    opened, _ = source_of(project.root / "data", form, columns)
    assert opened.columns == ("Date", "Time")
    where = "sql: {url: sqlite:///data/t.db, table: t}" if form == "sql" else f"file: data/t.{form}"
    rule = "      - combine: {at: [Date, Time]}\n"
    definition = counted_by_day("at from 05:00", f"engine: {engine}", rules=rule)
    project.define(
        definition.replace("file: data/orders.csv", f'{where}\n    dates: {{format: "%d.%m.%Y"}}')
    )

    assert orders_by_day(project) == {"2026-01-02": 2, "2026-01-03": 1}


def test_b09_a_look_at_the_file_names_the_rule(project: Project) -> None:
    project.write("data/orders.csv", "Date,Time,n\n2026-01-02,19:30,1\n2026-01-03,20:00,2\n")

    notes = project.works("data", "data/orders.csv", "--json").json["notes"]

    assert notes[0] == (
        "Time: times of the day:  combine: {NAME: [Date, Time]}  makes one time of both"
    )


def test_b09_what_cannot_be_combined_is_named_with_its_line(project: Project) -> None:
    project.define(counted_by_day("at", rules="      - combine: {at: [Date, Time]}\n"))

    project.write("data/orders.csv", "Date,Time\n2026-01-02,19:30\n2026-01-02,25:00\n")
    said = project.fails(3, "fit")
    assert "data/orders.csv:3: Time: '25:00' is no time of the day" in said

    project.write("data/orders.csv", "Date,Time\n2026-01-02,19:30\n2026-01-02 20:00,20:00\n")
    said = project.fails(3, "fit")
    assert "data/orders.csv:3: Date has a time of the day already" in said

    project.write("data/orders.csv", "Date,Time\n2026-01-02,\n2026-01-02,20:00\n")
    assert "data/orders.csv:2: 'at' is empty" in project.fails(3, "fit")


@pytest.mark.parametrize(
    "written", ["7:60", "24:01", "13:00 PM", "0:30 AM", "19.30", "1930", "noon", "7 PM", "-1:00"]
)
def test_b09_what_is_no_time_of_the_day(written: str) -> None:
    assert not cells.is_time_of_day(written)
    with pytest.raises(cells.CellError, match="is no time of the day"):
        cells.to_time_of_day(written)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_b09_months_are_joined_by_their_key(engine: str, project: Project) -> None:
    """January has two orders and February one; the advertising of March has no orders yet."""
    project.write("data/orders.csv", "at\n2025-01-01 20:00\n2025-01-31 21:00\n2025-02-28 01:00\n")
    project.write("data/ads.csv", "month,spent\n2025-01,10\n2025-02,20\n2025-03,30\n")
    definition = (
        "sources:\n  orders:\n    file: data/orders.csv\n    rules:\n"
        "      - count: {per: month of at, as: orders}\n  ads:\n    file: data/ads.csv\n"
        f"join: month\nengine: {engine}\nfeatures: [spent]\nlabel: orders\nmodel: ridge\n"
    )
    project.define(definition)

    (fix,) = project.mlcli("data", "pizzeria", "--json").json["error"]["fix"]
    assert fix["path"] == ["sources", "ads"]
    assert fix["value"] == {"dates": {"format": "%Y-%m"}}

    said = f"ads.csv\n    {wording.keys_in_yaml(fix['value'])}\n"
    project.define(definition.replace("ads.csv\n", said))
    project.works("data", "pizzeria", "--output", "out.csv", "--raw")
    table = pd.read_csv(project.root / "out.csv")
    assert table["month"].tolist() == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert table["spent"].tolist() == [10, 20, 30]
    assert table["orders"].tolist()[:2] == [2, 1]


def test_no_day_comes_before_the_first_of_the_calendar(project: Project) -> None:
    project.write(
        "data/nights.csv", "at,sold\n" + "".join(f"0001-01-0{d},5\n" for d in range(1, 8))
    )
    project.define(
        "sources:\n  sold: {file: data/nights.csv, rules: [{sum: {of: sold, per: month of at, "
        "as: pizzas}}]}\n  lines: {file: data/nights.csv, rules: [{count: {per: month of at, "
        "as: lines}}]}\njoin: month\nfeatures: [lines]\nlabel: pizzas\nmodel: ridge\n"
    )

    assert "1 left out: pizzas not known yet" in project.fails(3, "fit")
