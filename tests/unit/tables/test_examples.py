"""Exports to examples: what is joined, what waits, what is left out, and that nothing is lost."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import tables
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support import PIZZERIA, InMemory, Project, csv_of
from support import exports as make_exports
from tables import columns

from mlcli.definition import definition as definitions
from mlcli.definition.yaml_text import Document
from mlcli.errors import DataError
from mlcli.store import records
from mlcli.tables.examples import Examples, assemble

EXAMPLES = int(os.environ.get("EXAMPLES", "14"))  # more in `make slow`

BOOKINGS = """
name: text | datetime: date
a          | 2023-05-22 19:00
b          | 2023-05-22 20:00
c          | 2023-05-23 19:00
d          | 2023-05-26 19:00
e          | 2023-05-28 19:00
f          | 2023-05-30 19:00
g          | 2023-05-30 19:00
h          | 2023-06-02 19:00
"""
TILL = """
item_name: text | quantity: number | ordered_at: date
pizza           | 2                | 2023-05-22 20:00
cola            | 5                | 2023-05-22 20:00
pizza           | 3                | 2023-05-22 21:00
pizza           | 4                | 2023-05-24 20:00
pizza           | 9                | 2023-05-26 20:00
cola            | 1                | 2023-05-29 20:00
"""


def source(text: str, *, chunk: int = 1000, name: str = "data/made.csv") -> InMemory:
    return InMemory(columns(text), name=name, chunk=chunk)


def assembled(text: str, **sources: InMemory) -> Examples:
    definition = definitions.build(Document(text).value)
    return assemble(definition, lambda name: sources[name])


def pizzeria(text: str = PIZZERIA, bookings: str = BOOKINGS, till: str = TILL) -> Examples:
    return assembled(text, reservations=source(bookings), orders=source(till))


def ruled(rules: str) -> str:
    """Return the pizzeria's definition with other rules after the join."""
    return PIZZERIA.replace(
        "  - drop_weekdays: {days: [Friday, Saturday], because: too busy to take reservations}\n",
        rules,
    )


def shown(examples: Examples) -> list[tuple[Any, ...]]:
    """Return (day of the month, reservations, doughs, status) of each row."""
    return [
        (f"{row['day']:%d}", row["reservations"], row["doughs"], status)
        for row, status in ((examples.row(i), status) for i, status in enumerate(examples.status))
    ]


def adds_up(examples: Examples) -> bool:
    """Say whether every row of the files is in the account, once."""
    ledger = examples.ledger
    for account in ledger.sources:
        came = account.rows
        for rule in account.rules:
            assert rule.rows_in == came
            came = rule.rows_out
        assert account.rows_out == came
    came = ledger.joined
    for rule in ledger.rules:
        assert rule.rows_in == came
        came = rule.rows_out
    assert ledger.used == len(examples.positions("usable"))
    assert len(examples.status) == ledger.joined
    return came == ledger.used + sum(ledger.left_out.values())


def test_the_join_keeps_every_day_that_any_source_knows() -> None:
    found = pizzeria()

    assert shown(found) == [
        ("22", 2, 5, "usable"),
        ("23", 1, None, "unlabelled"),  # open, and no pizza: the till was in use until the 29th
        ("24", None, 4, "incomplete"),
        ("26", 1, 9, "refused"),
        ("28", 1, None, "unlabelled"),
        ("30", 2, None, "waiting"),
        ("02", 1, None, "waiting"),
    ]
    assert found.last == datetime(2023, 5, 29)
    assert adds_up(found)


def test_the_account_names_what_is_left_out_and_why() -> None:
    ledger = pizzeria().ledger

    assert ledger.left_out == {
        "doughs not known yet": 1,
        "doughs missing": 2,
        "reservations is missing": 1,
    }
    assert ledger.examples == {
        "doughs not known yet": ["2023-05-30"],
        "doughs missing": ["2023-05-23", "2023-05-28"],
        "reservations is missing": ["2023-05-24"],
    }
    assert (ledger.joined, ledger.used) == (7, 1)


def test_a_refused_day_to_come_waits_with_its_reason_and_is_counted_once() -> None:
    found = pizzeria()

    (friday,) = found.find(datetime(2023, 6, 2))
    assert friday is not None
    assert (found.status[friday], found.reason(friday)) == (
        "waiting",
        "too busy to take reservations",
    )
    assert [(r.rows_in, r.rows_out) for r in found.ledger.rules] == [(7, 5)]
    assert found.ledger.left_out["doughs not known yet"] == 1


def test_a_constant_fills_missing_features_after_the_join() -> None:
    found = pizzeria(ruled("  - fill_missing: {reservations: 0}\n"))

    assert shown(found)[2] == ("24", 0, 4, "usable")
    assert "reservations is missing" not in found.ledger.left_out
    assert adds_up(found)


def test_counts_and_sums_never_invent_a_day() -> None:
    found = pizzeria(ruled("  - fill_missing: {reservations: 0, doughs: 0}\n"))

    assert [row[0] for row in shown(found)] == ["22", "23", "24", "26", "28", "30", "02"]


def test_a_filled_label_is_0_up_to_the_last_day_of_the_till_and_waits_after_it() -> None:
    found = pizzeria(ruled("  - fill_missing: {doughs: 0}\n"))

    assert shown(found) == [
        ("22", 2, 5, "usable"),
        ("23", 1, 0, "usable"),
        ("24", None, 4, "incomplete"),
        ("26", 1, 9, "usable"),
        ("28", 1, 0, "usable"),
        ("30", 2, None, "waiting"),
        ("02", 1, None, "waiting"),
    ]
    assert adds_up(found)


def test_a_till_that_sold_no_pizza_on_its_last_day_was_open_all_the_same() -> None:
    without_it = TILL[: TILL.index("cola            | 1 ")]

    assert pizzeria().last == datetime(2023, 5, 29)
    assert pizzeria(till=without_it).last == datetime(2023, 5, 26)
    assert shown(pizzeria(till=without_it))[4] == ("28", 1, None, "waiting")


def test_a_night_that_ends_after_midnight_is_known_until_the_evening_it_began() -> None:
    text = PIZZERIA.replace("day of ordered_at", "day of ordered_at from 05:00")
    late = TILL + "cola | 1 | 2023-05-31 02:00\n"

    assert pizzeria(text, till=late).last == datetime(2023, 5, 30)
    assert shown(pizzeria(text, till=late))[5] == ("30", 2, None, "unlabelled")


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_the_last_day_is_found_in_any_chunk(chunk: int) -> None:
    latest_first = """
    item_name: text | quantity: number | ordered_at: date
    cola            | 1                | 2023-05-29 20:00
    pizza           | 9                | 2023-05-22 20:00
    pizza           | 4                | 2023-05-23 20:00
    """
    found = assembled(
        PIZZERIA,
        reservations=source(BOOKINGS, chunk=chunk),
        orders=source(latest_first, chunk=chunk),
    )

    assert found.last == datetime(2023, 5, 29)


def test_names_given_on_the_way_change_nothing() -> None:
    renamed_columns = PIZZERIA.replace(
        "      - keep: {item_name: pizza}\n",
        "      - rename: {ordered_at: at, quantity: pieces}\n      - keep: {item_name: pizza}\n",
    ).replace("sum: {of: quantity, per: day of ordered_at", "sum: {of: pieces, per: day of at")
    renamed_label = ruled(
        "  - rename: {doughs: sold}\n  - drop_weekdays: {days: [Friday, Saturday]}\n"
    ).replace("label: doughs", "label: sold")

    plain = pizzeria()
    assert shown(pizzeria(renamed_columns)) == shown(plain)
    found = pizzeria(renamed_label)
    assert ([*found.status], found.last) == ([*plain.status], plain.last)
    assert [*found.columns["sold"]] == [*plain.columns["doughs"]]
    assert found.ledger.left_out["sold not known yet"] == 1


def test_a_key_with_another_name_is_still_a_date() -> None:
    text = PIZZERIA.replace(
        "as: reservations}\n", "as: reservations}\n      - rename: {day: night}\n"
    )
    text = text.replace("as: doughs}\n", "as: doughs}\n      - rename: {day: night}\n")
    text = text.replace("join: day", "join: night").replace("holdout: none\n", "")

    found = pizzeria(text)

    assert [*found.status] == [*pizzeria().status]
    assert (found.last, found.unit) == (datetime(2023, 5, 29), "day")
    assert definitions.build(Document(text).value).split.text == "newest 20%"


def test_a_label_that_is_worked_out_waits_with_what_it_is_worked_out_of() -> None:
    text = ruled("  - derive: {rooted: sqrt of doughs}\n").replace("label: doughs", "label: rooted")

    found = pizzeria(text)

    assert [*found.status] == [
        "usable",
        "unlabelled",
        "incomplete",
        "usable",
        "unlabelled",
        "waiting",
        "waiting",
    ]
    assert found.columns["rooted"][3] == 3


NIGHTS = """
day: date  | guests: number | doughs: number
2023-05-22 | 2              | 5
2023-05-24 | 3              | -
2023-05-23 | -              | 7
2023-05-25 | 4              | 9
2023-05-26 | 5              | -
"""
TABLE = """
sources: {nights: {file: data/nights.csv}}
features: [guests]
label: doughs
model: linear_regression
"""


def test_in_one_table_with_dates_labels_are_known_until_the_last_one_there_is() -> None:
    for text, nights in [
        (TABLE + "date: day\n", NIGHTS),
        (TABLE + "join: day\nholdout: newest 20%\n", NIGHTS),
        (
            TABLE.replace("nights.csv", "nights.csv, rules: [{rename: {when: day}}]")
            + "date: day\n",
            NIGHTS.replace("day: date ", "when: date"),
        ),
    ]:
        found = assembled(text, nights=source(nights))

        assert [*found.status] == ["usable", "incomplete", "unlabelled", "usable", "waiting"]
        assert [f"{day:%d}" for day in found.columns["day"]] == ["22", "23", "24", "25", "26"]
        assert found.last == datetime(2023, 5, 25)
        assert adds_up(found)


def test_in_a_table_without_dates_an_empty_label_waits_and_the_file_keeps_its_order() -> None:
    found = assembled(TABLE, nights=source(NIGHTS, name="data/nights.csv"))

    assert [*found.status] == ["usable", "waiting", "incomplete", "usable", "waiting"]
    assert [*found.columns["guests"]] == [2, 3, None, 4, 5]
    assert [*map(found.place, range(5))] == [f"data/nights.csv:{n}" for n in (2, 3, 4, 5, 6)]
    assert [found.named(i) for i in (0, 4)] == ["data/nights.csv:2", "data/nights.csv:6"]
    assert found.last is None
    assert adds_up(found)


@pytest.mark.parametrize("unit", ["week", "month"])
def test_weeks_and_months_are_joined_as_days_are(unit: str) -> None:
    text = ruled("").replace("rules:\nfeatures", "features").replace("join: day", f"join: {unit}")
    text = text.replace("day of", f"{unit} of")

    found = pizzeria(text)

    if unit == "week":
        assert shown_by(found, "week") == [("05-22", 5, 18), ("05-29", 3, None)]
        assert found.last == datetime(2023, 5, 22)  # the till ends within the week after it
        assert [*found.status] == ["usable", "waiting"]
    else:
        assert shown_by(found, "month") == [("05-01", 7, 18), ("06-01", 1, None)]
        assert found.last == datetime(2023, 4, 1)  # both begin and end within May
        assert [*found.status] == ["incomplete", "waiting"]
    assert found.unit == unit


def shown_by(examples: Examples, key: str) -> list[tuple[Any, ...]]:
    return [
        (f"{row[key]:%m-%d}", row["reservations"], row["doughs"])
        for row in map(examples.row, range(len(examples.status)))
    ]


def test_a_month_gathered_from_days_is_known_until_the_month_of_the_last_day() -> None:
    text = """
    sources:
      till:
        file: data/till.csv
        rules:
          - sum: {of: quantity, per: day of ordered_at, as: sold}
          - mean: {of: sold, per: month of day, as: doughs}
      weather: {file: data/weather.csv}
    join: month
    features: [rain]
    label: doughs
    model: linear_regression
    """
    weather = """
    month: date | rain: number
    2023-04-01  | 3
    2023-05-01  | 4
    2023-06-01  | 5
    """
    ends = "pizza | 2 | 2023-05-01 20:00\npizza | 4 | 2023-05-31 20:00\n"
    found = assembled(text, till=source(TILL + ends), weather=source(weather))

    assert [*found.columns["doughs"]] == [None, (2 + 10 + 4 + 9 + 1 + 4) / 6, None]
    assert [*found.status] == ["unlabelled", "usable", "waiting"]
    assert (found.last, found.unit) == (datetime(2023, 5, 1), "month")


def test_a_plain_key_joins_too_and_names_its_rows() -> None:
    text = """
    sources: {shops: {file: data/shops.csv}, towns: {file: data/towns.csv}}
    join: town
    features: [people]
    label: doughs
    model: linear_regression
    """
    shops = """
    town: text | doughs: number
    Rome       | 90
    Bari       | 20
    Lecce      | -
    """
    towns = """
    town: text | people: number
    Lecce      | 95
    Rome       | 2800
    Turin      | 850
    """
    found = assembled(text, shops=source(shops), towns=source(towns))

    assert {name: [*column] for name, column in found.columns.items()} == {
        "town": ["Bari", "Lecce", "Rome", "Turin"],
        "people": [None, 95, 2800, 850],
        "doughs": [20, None, 90, None],
    }
    assert [*found.status] == ["incomplete", "waiting", "usable", "waiting"]
    assert adds_up(found)


SALES = """\
date,doughs
2023-05-22,5
2023-05-24,7
2023-05-25,9
2023-05-26,8
2023-05-27,8
"""
RAIN = """\
date,rain
2023-05-27,1
2023-05-26,1
2023-05-25,4
2023-05-24,3
2023-05-23,2
2023-05-22,1
2023-05-28,0
"""
BY_DATE = """
sources:
  sales: {file: data/sales.csv}
  weather: {file: data/weather.csv}
join: date
features: [rain]
label: doughs
model: linear_regression
"""
READINGS = RAIN.replace("date,rain\n", "date,rain\n2023-05-25,8\n")
GATHERED = BY_DATE.replace(
    "weather.csv}", "weather.csv, rules: [{mean: {of: rain, per: date, as: rain}}]}"
)
RENAMED = BY_DATE.replace("sales.csv}", "sales.csv, rules: [{rename: {night: date}}]}")


@pytest.mark.parametrize(
    ("text", "sales", "weather"),
    [
        (BY_DATE, SALES, RAIN),
        (GATHERED, SALES, READINGS),
        (RENAMED, SALES.replace("date", "night"), RAIN),
    ],
    ids=["as it is", "gathered by it", "under another name"],
)
def test_a_plain_key_that_is_a_date_in_every_file_is_one_though_no_rule_says_so(
    project: Project, text: str, sales: str, weather: str
) -> None:
    project.write("data/sales.csv", sales)
    project.write("data/weather.csv", weather)
    project.define(text)

    (fitted,) = project.works("fit", "--json").json["fitted"]
    (booked,) = project.works("predict", "--json").json["predictions"]
    manifest = json.loads((project.root / "models/pizzeria/1/manifest.json").read_text())

    assert fitted["ledger"]["examples"] == {
        "doughs not known yet": ["2023-05-28"],
        "doughs missing": ["2023-05-23"],
    }
    assert booked["asked"]["date"] == "2023-05-28"
    assert manifest["split"]["rule"] == "newest 20%"
    assert manifest["key"] == {"name": "date", "unit": "day", "noun": "day"}
    project.works("predict", "--date", "2023-05-28")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (BY_DATE, "Monday"),
        (
            BY_DATE.replace("sales.csv}", 'sales.csv, rules: [{drop: {date: "2023-05-27"}}]}'),
            "2023-05-22",
        ),
    ],
    ids=["a word among them", "a rule that compares it with a text"],
)
def test_a_plain_key_that_is_not_a_date_everywhere_is_text_in_its_own_order(
    project: Project, text: str, day: str
) -> None:
    project.write("data/sales.csv", SALES.replace("2023-05-22", day))
    project.write("data/weather.csv", RAIN.replace("2023-05-22", day))
    project.define(text)

    project.works("fit")

    manifest = json.loads((project.root / "models/pizzeria/1/manifest.json").read_text())
    assert manifest["split"]["rule"] == "random 20%"
    assert manifest["key"] == {"name": "date", "unit": None, "noun": "row"}


@pytest.mark.parametrize(
    ("third", "noun"),
    [(datetime(2023, 6, 3), "day"), (datetime(2023, 6, 2, 9), "row"), (None, "row")],
    ids=["each another day", "two of one day", "one without a day"],
)
def test_rows_are_days_where_each_is_another_one(third: datetime | None, noun: str) -> None:
    days = [datetime(2023, 6, 1), datetime(2023, 6, 2), third]

    assert tables.examples({"day": days}, key="day").noun == noun


@pytest.mark.parametrize(
    ("bookings", "till", "what"),
    [
        (
            "day: date | reservations: number\n2023-05-22 | 1\n2023-05-22 | 1\n",
            None,
            "more than once",
        ),
        ("day: date | reservations: number\n2023-05-22 | 1\n- | 1\n", None, "empty"),
        ("day: date | reservations: number\n2023-05-22 19:00 | 1\n", None, "time"),
        ("day: date | reservations: number\n2022-05-22 | 1\n", None, "no day is in both"),
        ("night: date | reservations: number\n2023-05-22 | 1\n", None, "no column 'day'"),
    ],
)
def test_a_key_that_cannot_align_is_an_error(bookings: str, till: str | None, what: str) -> None:
    text = PIZZERIA.replace(
        "    rules:\n      - count: {per: day of datetime, as: reservations}\n", ""
    )

    with pytest.raises(DataError, match=what) as raised:
        pizzeria(text, bookings, till or TILL)
    assert raised.value.problems[0].place or what == "no day is in both"


def test_a_column_that_two_sources_have_is_an_error_and_one_that_none_has_too() -> None:
    text = PIZZERIA.replace("features: [reservations]", "features: [reservations, rain]").replace(
        "join: day", "  one: {file: data/one.csv}\n  two: {file: data/two.csv}\njoin: day"
    )
    rain = "day: date | rain: number\n2023-05-22 | 1\n"
    known = {"reservations": source(BOOKINGS), "orders": source(TILL)}

    with pytest.raises(DataError, match="'rain' is in both"):
        assembled(text, **known, one=source(rain), two=source(rain))
    dry = source(rain.replace("rain", "sun"))
    with pytest.raises(DataError, match="no column 'rain'"):
        assembled(text, **known, one=dry, two=source(rain.replace("rain", "snow")))


def test_a_column_that_is_renamed_must_be_there_and_its_name_free_whether_it_is_used_or_not() -> (
    None
):
    for renaming, what in [("nope: seats", "no column 'nope'"), ("guests: doughs", "already")]:
        text = TABLE.replace("nights.csv", f"nights.csv, rules: [{{rename: {{{renaming}}}}}]")
        with pytest.raises(DataError, match=what) as raised:
            assembled(text, nights=source(NIGHTS, name="data/nights.csv"))
        assert raised.value.problems[0].place == "data/nights.csv"
        with pytest.raises(DataError, match=what):
            assembled(TABLE + f"rules: [{{rename: {{{renaming}}}}}]\n", nights=source(NIGHTS))


def test_whole_rows_are_compared_by_every_column_of_the_file_also_after_the_join() -> None:
    bookings = """
    id: text | guests: number | doughs: number
    a        | 2              | 5
    b        | 2              | 5
    a        | 2              | 5
    c        | 3              | 6
    """
    for text in (
        TABLE + "rules: [drop_duplicates: {}]\n",
        TABLE.replace("nights.csv", "nights.csv, rules: [drop_duplicates: {}]"),
    ):
        found = assembled(text, nights=source(bookings))

        assert [*found.columns["guests"]] == [2, 2, 3]
        assert list(found.columns) == ["guests", "doughs"]


def test_a_tested_column_goes_with_the_row_so_that_its_question_is_refused_too() -> None:
    text = ruled("  - drop: {weather: wet, because: the terrace is closed}\n").replace(
        "join: day", "  weather: {file: data/weather.csv}\njoin: day"
    )
    weather = """
    day: date  | weather: text
    2023-05-22 | dry
    2023-05-26 | wet
    2023-05-30 | wet
    2023-06-02 | dry
    """
    found = assembled(
        text, reservations=source(BOOKINGS), orders=source(TILL), weather=source(weather)
    )

    domain = [r.predicate() for r in definitions.build(Document(text).value).table_rules]
    for i, reason in enumerate(found.reasons):
        refused = any(predicate.refuses(found.row(i)) for predicate in domain)
        assert refused == (reason == "the terrace is closed")
    assert [*found.columns["weather"]] == ["dry", None, None, "wet", None, "wet", "dry"]


def test_what_is_made_from_the_label_and_what_was_changed_since_is_not_asked_about() -> None:
    text = (
        ruled(
            "  - between: {doughs: 1 or more, reservations: 1 or more}\n"
            "  - rename: {doughs: sold}\n"
            "  - between: {sold: under 100}\n"
            "  - derive: {root: sqrt of reservations}\n"
            "  - between: {root: under 100}\n"
            "  - bands: {of: root, as: size, few: under 2, many: 2 or more}\n"
        )
        .replace("label: doughs", "label: sold")
        .replace("[reservations]", "[size]")
    )

    found = pizzeria(text)

    assert set(found.columns) == {"day", "size", "sold", "reservations", "root"}


def test_a_rule_that_leaves_no_row_gives_no_example_and_still_accounts_for_all() -> None:
    found = pizzeria(ruled("  - keep: {reservations: 99}\n"))

    assert not len(found.positions("usable"))
    assert adds_up(found)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 9, 10])
def test_files_read_in_chunks_of_any_size_give_the_same_examples(
    project: Project, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    from mlcli.exports import reading
    from mlcli.exports.csv import source
    from mlcli.verbs import project as projects

    days = [
        ("2023-05-22", 3, 4),
        ("2023-05-23", 5, None),
        ("2023-05-24", 1, 5),
        ("2023-05-26", 1, 1),
    ]
    bookings, till = make_exports(days)
    project.write("data/reservations.csv", bookings)
    project.write("data/orders.csv", till)
    here, definition = projects.find(project.root), definitions.build(Document(PIZZERIA).value)
    whole = reading.read(here.root, definition).examples

    monkeypatch.setattr(source, "_BLOCK_BYTES", 30 * size)

    assert_same(reading.read(here.root, definition).examples, whole)
    assert [s.rows for s in whole.ledger.sources] == [10, 10]


# Random exports, beside a second implementation in plain Python.

FIRST = datetime(2023, 5, 22)
DAY = st.integers(0, 15)
AT = st.builds(lambda day, hour: FIRST + timedelta(days=day, hours=hour), DAY, st.integers(0, 23))
BOOKING = st.tuples(st.sampled_from(["new", "new", "late", None]), AT)
LINE = st.tuples(
    st.sampled_from(["pizza", "pizza", "cola", None]), st.integers(1, 5).map(float), AT
)
WARMTH = st.dictionaries(DAY, st.none() | st.integers(-5, 35).map(float), max_size=16)

ALL_KINDS = """
sources:
  reservations:
    file: data/reservations.csv
    rules:
      - drop_duplicates: {}
      - drop: {status: late}
      - count: {per: day of datetime, as: reservations}
  orders:
    file: data/orders.csv
    rules:
      - keep: {item_name: pizza}
      - sum: {of: quantity, per: day of ordered_at, as: doughs}
  weather:
    file: data/weather.csv
    rules:
      - drop_missing: {of: temperature}
join: day
rules:
  - fill_missing: {temperature: 15}
  - drop_weekdays: {days: [Friday, Saturday], because: too busy}
  - between: {temperature: under 30}
  - bands: {of: temperature, as: feels, cold: under 10, warm: 10 or more}
features: [reservations, feels]
label: doughs
model: linear_regression
"""

Rows = list[tuple[Any, ...]]

# Shrinking three exports takes minutes, and a failing example is small as it is.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def opened(bookings: Rows, lines: Rows, warmth: Rows, chunk: int) -> dict[str, InMemory]:
    def table(names: dict[str, str], rows: Rows) -> InMemory:
        made = {
            name: ([row[i] for row in rows], kind) for i, (name, kind) in enumerate(names.items())
        }
        return InMemory(made, chunk=chunk)

    return {
        "reservations": table({"id": "text", "status": "text", "datetime": "date"}, bookings),
        "orders": table({"item_name": "text", "quantity": "number", "ordered_at": "date"}, lines),
        "weather": table({"day": "date", "temperature": "number"}, warmth),
    }


def by_hand(
    bookings: Rows, lines: Rows, warmth: Rows
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return every joined day, and the account, without a table in sight."""

    def day(when: datetime) -> datetime:
        return datetime(when.year, when.month, when.day)

    once = list(dict.fromkeys(bookings))
    new = [at for _, status, at in once if status != "late"]
    pizzas = [(quantity, at) for item, quantity, at in lines if item == "pizza"]
    known = {when: warm for when, warm in warmth if warm is not None}
    reservations = Counter(map(day, new))
    doughs: Counter[datetime] = Counter()
    for quantity, at in pizzas:
        doughs[day(at)] += quantity
    last = max(day(at) for *_, at in lines)
    rows = []
    for when in sorted({*reservations, *doughs, *known}):
        warm = known.get(when, 15.0)
        waiting = when not in doughs and when > last
        refused = "too busy" if when.weekday() in (4, 5) else "hot" if warm >= 30 else ""
        status = "usable" if when in doughs else "unlabelled"
        if when not in reservations:
            status = "incomplete"
        elif waiting:
            status = "waiting"
        if refused:
            status = "waiting" if waiting else "refused"
        rows.append(
            {
                "day": when,
                "reservations": reservations.get(when),
                "doughs": doughs.get(when),
                "status": status,
                "refused": refused,
                "feels": None if refused else "cold" if warm < 10 else "warm",
            }
        )
    week = [row for row in rows if row["refused"] != "too busy"]
    mild = [row for row in week if not row["refused"]]
    account = {
        "reservations": [len(bookings), len(once), len(new), len(reservations)],
        "orders": [len(lines), len(pizzas), len(doughs)],
        "weather": [len(warmth), len(known)],
        "table": [len(rows), len(rows), len(week), len(mild), len(mild)],
        "left out": Counter(row["status"] for row in mild if row["status"] != "usable"),
        "last": last,
    }
    return rows, account


@st.composite
def three_exports(draw: st.DrawFn) -> tuple[Rows, Rows, Rows]:
    """Return exports that share at least Thursday the 25th, some bookings written twice."""
    thursday = FIRST + timedelta(days=3)
    drawn = [("new", thursday), *draw(st.lists(BOOKING, max_size=25))]
    bookings = [(f"b{n}", *booking) for n, booking in enumerate(drawn)]
    bookings += draw(st.lists(st.sampled_from(bookings), max_size=5))
    lines = [("pizza", 1.0, thursday), *draw(st.lists(LINE, max_size=25))]
    warmth = {**draw(WARMTH), 3: 20.0}
    days = [(FIRST + timedelta(days=n), warm) for n, warm in warmth.items()]
    return bookings, lines, days


@settings(max_examples=EXAMPLES, deadline=None, phases=UNSHRUNK)
@given(three_exports(), st.sampled_from([1, 2, 3, 7, 1000]))
def test_random_exports_give_what_a_plain_loop_gives_and_every_row_is_accounted_for(
    exports: tuple[Rows, Rows, Rows], chunk: int
) -> None:
    rows, account = by_hand(*exports)

    found = assembled(ALL_KINDS, **opened(*exports, chunk))

    for name in ("day", "reservations", "doughs", "feels"):
        assert [*found.columns[name]] == [row[name] for row in rows], name
    assert [*found.status] == [row["status"] for row in rows]
    assert [bool(reason) for reason in found.reasons] == [
        bool(row["refused"] or row["status"] == "incomplete") for row in rows
    ]
    assert found.last == account["last"]
    assert adds_up(found)
    ledger = found.ledger
    for source_count in ledger.sources:
        counted = [source_count.rows, *(rule.rows_out for rule in source_count.rules)]
        assert counted == account[source_count.name]
    assert [ledger.joined, *(rule.rows_out for rule in ledger.rules)] == account["table"]
    reasons = {
        "incomplete": "reservations is missing",
        "unlabelled": "doughs missing",
        "waiting": "doughs not known yet",
    }
    assert ledger.left_out == {reasons[k]: n for k, n in account["left out"].items()}


@settings(max_examples=EXAMPLES // 2, deadline=None, phases=UNSHRUNK)
@given(three_exports(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_examples(
    exports: tuple[Rows, Rows, Rows], chance: random.Random
) -> None:
    shuffled = [chance.sample(rows, len(rows)) for rows in exports]

    one = assembled(ALL_KINDS, **opened(*exports, 1000))
    other = assembled(ALL_KINDS, **opened(*shuffled, 7))

    assert_same(one, other)
    assert records.to_json(one.ledger) == records.to_json(other.ledger)


def assert_same(one: Examples, other: Examples) -> None:
    """Compare all rows by their values."""
    assert {n: [*c] for n, c in one.columns.items()} == {n: [*c] for n, c in other.columns.items()}
    assert [*one.status] == [*other.status]
    assert ([*one.reasons], one.last) == ([*other.reasons], other.last)


# A third export that the label depends on.


def a_year(seed: int) -> dict[str, str]:
    """Return a year in which pizzas follow bookings, the warmth outside, and events."""
    draw = random.Random(seed)
    bookings: Rows = []
    till: Rows = []
    weather: Rows = []
    for n in range(365):
        day = f"{datetime(2023, 1, 1) + timedelta(days=n):%Y-%m-%d}"
        booked = draw.randrange(1, 40)
        warmth = round(draw.uniform(-10, 30), 1)
        event = draw.random() < 0.15
        sold = round(30 + 1.5 * booked - 0.8 * warmth + 25 * event + draw.gauss(0, 1))
        bookings += [(f"p{i}", 2, f"{day} 19:00") for i in range(booked)]
        till += [("pizza", sold, 1, f"{day} 20:00"), ("cola", 3, 1, f"{day} 20:05")]
        weather.append((day, warmth, "match" if event else "none"))
    return {
        "data/reservations.csv": csv_of("name,guests,datetime", bookings),
        "data/orders.csv": csv_of("item_name,quantity,table_num,ordered_at", till),
        "data/weather.csv": csv_of("day,temperature,special_event", draw.sample(weather, 365)),
    }


def test_a_third_export_that_the_label_depends_on_makes_the_model_better(project: Project) -> None:
    for name, text in a_year(seed=11).items():
        project.write(name, text)
    plain = PIZZERIA.replace("holdout: none", "holdout: newest 20%")
    project.define(plain, "plain")
    project.define(
        plain.replace("join: day", "  weather:\n    file: data/weather.csv\njoin: day").replace(
            "[reservations]", "[reservations, temperature, special_event]"
        ),
        "weather",
    )

    fitted = {one["model"]: one for one in project.works("fit", "--json").json["fitted"]}

    assert fitted["plain"]["rows"] == fitted["weather"]["rows"]
    without, with_it = (fitted[name]["metrics"]["mae"]["holdout"] for name in ("plain", "weather"))
    assert without > 7
    assert with_it < 1.5
    assert fitted["weather"]["ledger"]["sources"][2]["rows"] == 365
    question = ["--reservations", 20, "--temperature", 5, "--special-event"]
    quiet, busy = (
        project.works("predict", "-m", "weather", *question, word, "--json").json["predictions"][0]
        for word in ("none", "match")
    )
    assert quiet["value"] == pytest.approx(30 + 1.5 * 20 - 0.8 * 5, abs=1)
    assert busy["value"] - quiet["value"] == pytest.approx(25, abs=1)
