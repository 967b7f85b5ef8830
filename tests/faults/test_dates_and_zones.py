"""Cells that are dates: each fault of the list, with the value worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from mlcli.definition.source import Source
from mlcli.grammar import cells
from mlcli.grammar.notation import Notation

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
