"""The small phrases of a definition, each with a closed grammar."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf

import pytest

from mlcli.grammar import phrases
from mlcli.grammar.phrases import PhraseError


def day(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("under 5", None, 5.0),
        ("under -1.5", None, -1.5),
        ("5 to 20", 5.0, 20.0),
        ("0 to 1", 0.0, 1.0),
        ("-5 to 0", -5.0, 0.0),
        ("  5   to\t20 ", 5.0, 20.0),
        ("20 or more", 20.0, None),
        ("from 20", 20.0, None),
        ("1e3 or more", 1000.0, None),
        ("before 2023-07-01", None, day("2023-07-01")),
        ("2023-01-01 to 2023-07-01", day("2023-01-01"), day("2023-07-01")),
        ("from 2023-01-01", day("2023-01-01"), None),
        ("2023-01-01 or later", day("2023-01-01"), None),
    ],
)
def test_a_range_has_a_low_and_a_high_end(
    text: str, low: float | datetime | None, high: float | datetime | None
) -> None:
    found = phrases.span(text)

    assert (found.text, found.low, found.high) == (text, low, high)
    assert found.of_dates is isinstance(low or high, datetime)


@pytest.mark.parametrize(
    ("text", "value", "inside"),
    [
        ("under 5", 4.999999, True),
        ("under 5", 5.0, False),
        ("under 5", -inf, True),
        ("5 to 20", 5.0, True),
        ("5 to 20", 4.999999, False),
        ("5 to 20", 19.999999, True),
        ("5 to 20", 20.0, False),
        ("20 or more", 20.0, True),
        ("20 or more", 19.999999, False),
        ("20 or more", inf, True),
        ("0 to 1", 0.0, True),
        ("-1 to 0", 0.0, False),
        ("before 2023-07-01", datetime(2023, 6, 30, 23, 59, 59), True),
        ("before 2023-07-01", datetime(2023, 7, 1), False),
        ("from 2023-07-01", datetime(2023, 7, 1), True),
        ("2023-01-01 to 2023-07-01", datetime(2023, 1, 1), True),
        ("2023-01-01 to 2023-07-01", datetime(2023, 7, 1), False),
    ],
)
def test_the_low_end_belongs_to_a_range_and_the_high_end_does_not(
    text: str, value: float | datetime, inside: bool
) -> None:
    assert (value in phrases.span(text)) is inside


NUMBERS = "write under 5, 5 to 20, or 20 or more"
DATES = "write before 2023-07-01, 2023-01-01 to 2023-07-01, or from 2023-01-01"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "'' is not a range", NUMBERS),
        ("5", "'5' is not a range", NUMBERS),
        ("5-20", "'5-20' is not a range", NUMBERS),
        ("< 5", "'< 5' is not a range", NUMBERS),
        ("under five", "'under five' is not a range", NUMBERS),
        ("over 5", "'over 5' is not a range", NUMBERS),
        ("5 to 20 to 30", "'5 to 20 to 30' is not a range", NUMBERS),
        ("under 5,5", "'under 5,5' is not a range", NUMBERS),
        ("under inf", "'under inf' is not a range", NUMBERS),
        ("under 1e999", "'1e999' is too large a number", NUMBERS),
        ("2023-06-08", "'2023-06-08' is not a range", DATES),
        ("from 2023-02-30", "there is no day '2023-02-30'", "write a day as 2023-06-08"),
        ("from 2023-2-3", "'2023-2-3' is no date", "write a day as 2023-06-08"),
        ("from 2023-02-03T12:00", "'2023-02-03T12:00' has a time, and only its day counts", "write 2023-02-03"),
        ("5 to 5", "'5 to 5' holds nothing", None),
        ("20 to 5", "'20 to 5' holds nothing", None),
        ("2023-07-01 to 2023-07-01", "'2023-07-01 to 2023-07-01' holds nothing", None),
        ("5 to 2023-07-01", "'5 to 2023-07-01' mixes a number with a date", None),
    ],
)  # fmt: skip
def test_what_is_no_range_is_refused_with_the_forms_there_are(
    text: str, message: str, hint: str | None
) -> None:
    with pytest.raises(PhraseError) as raised:
        phrases.span(text)

    assert str(raised.value) == message
    assert raised.value.hint == hint if hint else raised.value.hint


def test_a_single_day_is_a_range_of_one_day() -> None:
    found = phrases.days("2023-12-25")

    assert (found.low, found.high) == (day("2023-12-25"), day("2023-12-26"))
    assert datetime(2023, 12, 25, 23, 59, 59) in found
    assert datetime(2023, 12, 26) not in found


def test_a_range_of_days_leaves_its_last_day_out() -> None:
    found = phrases.days("2023-12-24 to 2024-01-02")

    assert datetime(2024, 1, 1, 23, 59) in found
    assert datetime(2024, 1, 2) not in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5 to 20", "'5 to 20' is not a range of dates"),
        ("25.12.2023", "'25.12.2023' is no date"),
        ("2023-12-32", "there is no day '2023-12-32'"),
        ("0000-01-01", "there is no day '0000-01-01'"),
        ("2023-12-25 19:00", "'2023-12-25 19:00' is not a range"),
        ("2023-12-25T19:00", "'2023-12-25T19:00' has a time, and only its day counts"),
        ("9999-12-31", "'9999-12-31' is the last day there is"),
    ],
)
def test_what_is_neither_a_day_nor_days_is_refused(text: str, message: str) -> None:
    with pytest.raises(PhraseError) as raised:
        phrases.days(text)

    assert str(raised.value) == message
    assert raised.value.hint.startswith("write ")


@pytest.mark.parametrize(
    ("text", "name", "column", "unit", "hours"),
    [
        ("day of datetime", "day", "datetime", "day", 0.0),
        ("week of sold at", "week", "sold at", "week", 0.0),
        ("month of datetime", "month", "datetime", "month", 0.0),
        ("day of ordered_at from 05:00", "day", "ordered_at", "day", 5.0),
        ("day of ordered_at from 00:30", "day", "ordered_at", "day", 0.5),
        ("day of ordered_at from 23:59", "day", "ordered_at", "day", 23 + 59 / 60),
        ("  day  of   day ", "day", "day", "day", 0.0),
        ("day of money from tips", "day", "money from tips", "day", 0.0),
        ("table_num", "table_num", "table_num", None, 0.0),
        ("name of guest", "name of guest", "name of guest", None, 0.0),
        ("weekday", "weekday", "weekday", None, 0.0),
        ("days", "days", "days", None, 0.0),
        ("day offset", "day offset", "day offset", None, 0.0),
    ],
)
def test_rows_are_gathered_by_a_period_or_by_a_column(
    text: str, name: str, column: str, unit: str | None, hours: float
) -> None:
    found = phrases.per(text)

    assert (found.text, found.name, found.column, found.unit) == (text, name, column, unit)
    assert found.starts == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "'' does not say per what", "write day of COLUMN"),
        ("day", "'day' does not say per what", "write day of COLUMN"),
        ("of datetime", "'of datetime' does not say per what", "write day of COLUMN"),
        ("week of", "'week of' does not say per what", "write day of COLUMN"),
        ("hour of datetime", "rows are gathered per day, week or month, not 'hour'", "write day"),
        ("days of datetime", "rows are gathered per day, week or month, not 'days'", "write day"),
        ("Day of datetime", "rows are gathered per day, week or month, not 'Day'", "write day"),
        ("day of sold from 24:00", "'24:00' is not a time of the day", "write it as 05:00"),
        ("day of sold from 5:00", "'5:00' is not a time of the day", "write it as 05:00"),
        ("day of sold from 05:60", "'05:60' is not a time of the day", "write it as 05:00"),
        ("day of sold from 5", "'5' is not a time of the day", "write it as 05:00"),
    ],
)
def test_what_does_not_say_per_what_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(PhraseError) as raised:
        phrases.per(text)

    assert str(raised.value) == message
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "when", "start"),
    [
        ("day of t", datetime(2023, 6, 8, 23, 59, 59), "2023-06-08"),
        ("day of t from 05:00", datetime(2023, 6, 9, 4, 59, 59), "2023-06-08"),
        ("day of t from 05:00", datetime(2023, 6, 9, 5, 0), "2023-06-09"),
        ("week of t", datetime(2023, 6, 11, 23, 0), "2023-06-05"),
        ("week of t", datetime(2023, 6, 12, 0, 0), "2023-06-12"),
        ("week of t from 05:00", datetime(2023, 6, 12, 4, 0), "2023-06-05"),
        ("month of t", datetime(2023, 6, 30, 23, 0), "2023-06-01"),
        ("month of t from 05:00", datetime(2023, 7, 1, 4, 0), "2023-06-01"),
    ],
)
def test_a_period_begins_at_its_first_midnight_as_the_clock_of_the_place_has_it(
    text: str, when: datetime, start: str
) -> None:
    assert phrases.per(text).start(when) == day(start)


@pytest.mark.parametrize(
    ("text", "part", "column", "place"),
    [
        ("weekday of day", "weekday", "day", ""),
        ("month of ordered at", "month", "ordered at", ""),
        ("day_of_year of day", "day_of_year", "day", ""),
        ("log of guests", "log", "guests", ""),
        ("sqrt  of guests", "sqrt", "guests", ""),
        ("holiday of day in CA", "holiday", "day", "CA"),
        ("holiday of day in CA-ON", "holiday", "day", "CA-ON"),
    ],
)
def test_a_value_is_derived_from_a_column(text: str, part: str, column: str, place: str) -> None:
    found = phrases.derivation(text)

    assert (found.text, found.part, found.column, found.place) == (text, part, column, place)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "'' is nothing that can be derived", "write weekday of COLUMN, month of COLUMN"),
        ("weekdy of day", "'weekdy of day' is nothing that can be derived", "did you mean 'weekday'?"),
        ("log guests", "'log guests' is nothing that can be derived", "write log of COLUMN"),
        ("cube of guests", "'cube of guests' is nothing that can be derived", "write weekday of"),
        ("holiday of day", "'holiday of day' does not say in which country", "write its two letters"),
        ("holiday of day in ca", "'holiday of day in ca' does not say in which country", "write its two"),
        ("log of guests in CA", "only a holiday is in a country, and 'log of guests in CA' is none", "write log of guests"),
    ],
)  # fmt: skip
def test_what_cannot_be_derived_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(PhraseError) as raised:
        phrases.derivation(text)

    assert str(raised.value) == message
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "how", "share", "start", "by_date"),
    [
        ("newest 20%", "newest", 0.2, None, True),
        ("random 12.5%", "random", 0.125, None, False),
        ("random 1%", "random", 0.01, None, False),
        ("newest 90%", "newest", 0.9, None, True),
        ("from 2023-10-01", "from", 0.0, "2023-10-01", True),
        ("none", "none", 0.0, None, False),
    ],
)
def test_a_hold_out_is_a_share_a_first_day_or_none(
    text: str, how: str, share: float, start: str | None, by_date: bool
) -> None:
    found = phrases.holdout(text)

    assert (found.text, found.how, found.share) == (text, how, share)
    assert found.start == (day(start) if start else None)
    assert found.by_date is by_date


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a hold-out"),
        ("no", "'no' is not a hold-out"),
        ("20%", "'20%' is not a hold-out"),
        ("newest 20", "'newest 20' is not a hold-out"),
        ("newest 20 %", "'newest 20 %' is not a hold-out"),
        ("oldest 20%", "'oldest 20%' is not a hold-out"),
        ("newest twenty%", "'twenty%' is not a share"),
        ("newest %", "'%' is not a share"),
        ("newest 0.9%", "0.9% leaves too few rows on one side"),
        ("random 90.1%", "90.1% leaves too few rows on one side"),
        ("random -20%", "-20% leaves too few rows on one side"),
        ("random 1e999%", "1e999% leaves too few rows on one side"),
        ("from October", "'October' is no date"),
        ("from 2023-02-29", "there is no day '2023-02-29'"),
    ],
)
def test_what_is_no_hold_out_is_refused(text: str, message: str) -> None:
    with pytest.raises(PhraseError) as raised:
        phrases.holdout(text)

    assert str(raised.value) == message
    assert raised.value.hint


@pytest.mark.parametrize(
    ("text", "unit", "first"),
    [
        ("2023-W36", "week", "2023-09-04"),  # the Monday of the ISO week
        ("2020-W53", "week", "2020-12-28"),
        ("2023-09", "month", "2023-09-01"),
        ("2023-09-05", "month", "2023-09-05"),
    ],
)
def test_a_week_or_a_month_is_named_as_a_whole(text: str, unit: str, first: str) -> None:
    assert phrases.start_of(text, unit) == day(first)


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("2023-W54", "week", "there is no week '2023-W54'"),
        ("2023-13", "month", "there is no month '2023-13'"),
        ("2023-W36", "day", "'2023-W36' is no date"),
        ("2023-09", "week", "'2023-09' is no date"),
    ],
)
def test_a_period_that_rows_do_not_stand_for_is_refused(text: str, unit: str, said: str) -> None:
    with pytest.raises(PhraseError) as refused:
        phrases.start_of(text, unit)

    assert str(refused.value) == said
    assert ("or a week as 2023-W36" in refused.value.hint) == (unit == "week")


def test_weekdays_are_their_english_names() -> None:
    assert phrases.weekday("Monday") == "Monday"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("monday", "did you mean 'Monday'?"),
        ("Wendsday", "did you mean 'Wednesday'?"),
        ("Thu", "did you mean 'Thursday'?"),
        ("SUN", "did you mean 'Sunday'?"),
        ("Lundi", "write Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
        ("", "write Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    ],
)
def test_what_is_no_weekday_is_refused_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(PhraseError, match="is not a weekday") as raised:
        phrases.weekday(text)

    assert raised.value.hint == hint
