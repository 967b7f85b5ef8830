"""Faults of rows after they are gathered and joined, and of advice about models."""

from __future__ import annotations

import json
from datetime import date, timedelta
from math import sin
from random import Random
from typing import Any

import pytest
from support import Project, csv_of, table_definition

import mlcli

ASKED_WRONGLY, DATA, ENVIRONMENT = 2, 3, 5


def misfit(project: Project, definition: str, rows: str) -> str:
    """Fit a table, and return what is said of under- or overfitting."""
    project.write("data/nights.csv", rows)
    project.define(definition, "nights")
    fitted = project.works("fit", "nights", "--json").json["fitted"][0]
    words: str = fitted["evidence"]["fit"]["words"]
    return words


def test_d04_words_of_two_rows_each_are_no_category(project: Project) -> None:
    # 600 words in 1,200 rows: each comes twice
    rows = csv_of("who,guests,doughs", [(f"w{n % 600}", n % 7, n % 11) for n in range(1200)])
    project.write("data/nights.csv", rows)
    project.define(table_definition("[who, guests]"), "nights")

    said = project.fails(ASKED_WRONGLY, "fit", "nights")

    assert "who has 600 different words in 1,200 rows" in said
    assert "it is no category: leave it out; if it says which rows belong together" in said
    assert "duckdb" not in said
    (fix,) = project.mlcli("fit", "nights", "--json").json["error"]["fix"]
    assert (fix["file"], fix["path"], fix["value"]) == (
        "configs/nights.yaml",
        ["features", 0],
        None,
    )


def test_d04_memory_that_is_too_small_to_learn_names_the_column_that_takes_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("mlcli.learning.shaping.matrices", full)
    rows = [(f"w{n % 9}", n, n % 11) for n in range(40)]
    project.write("data/nights.csv", csv_of("who,guests,doughs", rows))
    project.define(table_definition("[who, guests]"), "nights")

    said = project.fails(ENVIRONMENT, "fit", "nights")

    # nine words are nine columns, and guests is one
    assert "to learn from 40 rows and 10 columns: who makes 9 of them, one for each word" in said
    assert "hint: it is no category: leave it out" in said


def test_b08_only_what_is_held_out_by_date_may_be_held_out_at_random(project: Project) -> None:
    # the one row that is held out at random has a word of its own, whichever it is
    rows = [(f"2026-01-{n:02}", f"w{n}", n, n % 5) for n in range(1, 6)]
    project.write("data/nights.csv", csv_of("at,who,guests,doughs", rows))
    hint = "hint: say what an unseen value does, with  unseen: other  or  ignore"

    project.define(table_definition("[who, guests]", holdout="random 20%"), "nights")
    assert f"{hint}\n" in project.fails(DATA, "fit", "nights")
    (fix,) = project.mlcli("fit", "nights", "--json").json["error"]["fix"]
    assert (fix["file"], fix["path"]) == ("configs/nights.yaml", ["features", 0])
    followed = f"[{json.dumps(fix['value'])}, guests]"
    project.define(table_definition(followed, holdout="random 20%"), "nights")
    project.works("fit", "nights")

    dated = table_definition("[who, guests]", holdout="newest 20%") + "date: at\n"
    project.define(dated, "nights")
    assert f"{hint},  or hold out at random\n" in project.fails(DATA, "fit", "nights")


def test_b08_nothing_is_advised_that_was_not_tried(project: Project) -> None:
    draw = Random(1)
    rows = [(n / 7, n % 4, draw.random()) for n in range(60)]
    tree = "{name: DecisionTreeRegressor, min_samples_leaf: 2}"  # no simpler setting is listed

    words = misfit(project, table_definition("[a, b]", model=tree), csv_of("a,b,doughs", rows))

    assert words.endswith("not seen; whether a simpler model would do better: cannot tell")


def test_b08_numbers_that_name_shops_are_a_category(project: Project) -> None:
    # What a shop sells has nothing to do with its number: no curve, and no forest, is meant.
    sells = [50, 10, 80, 30, 95, 5, 60, 20]
    draw = Random(2)
    shops = [draw.randrange(8) for _ in range(120)]
    rows = [(shop + 1, sells[shop] + draw.random()) for shop in shops]

    words = misfit(project, table_definition("[shop]"), csv_of("shop,doughs", rows))

    assert words.startswith("underfit: ")
    assert words.endswith("; if shop is a name and no amount, write  {name: shop, kind: category}")


def waves(days: int) -> str:
    """Return days on which a trend goes up 5 a day, and a wave of x lies on it."""
    draw = Random(3)
    rows = []
    for day in range(days):
        x = draw.random() * 20
        at = f"2026-{day // 28 + 1:02}-{day % 28 + 1:02}"
        rows.append((at, day, round(x, 3), round(5 * day + 100 * sin(x / 2), 3)))
    return csv_of("at,day_no,x,doughs", rows)


def test_b08_no_model_is_advised_that_does_worse_on_later_days(project: Project) -> None:
    # Neighbours know the wave and not the trend: of later days they say what days before were.
    at_random = table_definition("[day_no, x]", holdout="random 20%")
    in_time = table_definition("[day_no, x]", holdout="newest 20%") + "date: at\n"

    words = misfit(project, in_time, waves(150))

    assert words.startswith("underfit: ")
    assert "try" not in words
    assert misfit(project, at_random, waves(150)).endswith("; try  model: k_nearest")


def test_b08_a_curve_is_advised_where_it_is_better_on_later_days_too(project: Project) -> None:
    rows = [
        (f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", x, x * x)
        for n in range(100)
        for x in [(n * 37) % 50]
    ]
    definition = table_definition("[x]", holdout="newest 20%") + "date: at\n"

    words = misfit(project, definition, csv_of("at,x,doughs", rows))

    assert words.endswith("; try  model: polynomial_regression")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("linear", "'linear_regression'"),
        ("forest", "'random_forest'"),
        ("HistGradientBoostingRegresor", "'HistGradientBoostingRegressor'"),
    ],
)
def test_b08_a_part_of_a_name_is_one_of_ours(project: Project, name: str, meant: str) -> None:
    project.define(table_definition(model=name), "nights")

    assert f"hint: did you mean {meant}" in project.fails(ASKED_WRONGLY, "fit", "nights")


def test_b08_two_labels_are_two_definitions(project: Project) -> None:
    project.define(table_definition(label="[doughs, drinks]"), "nights")

    said = project.fails(ASKED_WRONGLY, "fit", "nights")

    assert "write a definition for each, with  label: doughs  in this one" in said


@pytest.mark.parametrize("command", ["evaluate", "predict", "recommend"])
def test_b08_a_model_is_named_with_an_option(project: Project, command: str) -> None:
    said = project.fails(ASKED_WRONGLY, command, "pizzeria")

    assert f"hint: name a model with  -m:  mlcli {command} -m pizzeria\n" in said


ENGINES = pytest.mark.parametrize("engine", ["pandas", "duckdb"])

WEEKS = """\
sources:
  bookings:
    file: data/bookings.csv
    rules:
      - count: {per: week of at, as: booked}
  till:
    file: data/till.csv
    rules:
      - sum: {of: n, per: week of at, as: sold}
join: week
features: [booked]
label: sold
model: linear_regression
holdout: none
"""


def days(first: str, last: str) -> list[str]:
    """Return every day from one to another."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [str(begin + timedelta(days=n)) for n in range((end - begin).days + 1)]


def daily(first: str, last: str, header: str = "at,n", more: str = ",2") -> str:
    """Return an export with a row at noon of each day."""
    return "\n".join([header, *(f"{day} 12:00{more}" for day in days(first, last))]) + "\n"


def ledger(project: Project, engine: str, definition: str, **files: str) -> dict[str, Any]:
    """Return the account of the rows of some exports."""
    for name, text in files.items():
        project.write(f"data/{name}.csv", text)
    project.define(f"{definition}engine: {engine}\n", "weeks")
    seen = project.works("data", "weeks", "--json")
    assert "the engine pandas read it" not in seen.err
    account: dict[str, Any] = seen.json["ledger"]
    return account


@ENGINES
def test_a02_a_week_waits_if_the_label_is_cut(project: Project, engine: str) -> None:
    # Weeks begin on 2026-01-05, -12, -19, -26 and 2026-02-02. The till opens on a Wednesday and
    # ends on one; bookings are known from before until a fortnight later.
    found = ledger(
        project,
        engine,
        WEEKS,
        bookings=daily("2025-12-29", "2026-02-08"),
        till=daily("2026-01-07", "2026-01-28"),
    )

    assert found["left_out"] == {
        "sold not known yet: data/till.csv ends on 2026-01-28": 2,
        "sold missing": 1,
        "the week is cut: data/till.csv begins on 2026-01-07": 1,
    }
    waiting = found["examples"]["sold not known yet: data/till.csv ends on 2026-01-28"]
    assert waiting == ["2026-01-26", "2026-02-02"]
    assert found["examples"]["sold missing"] == ["2025-12-29"]
    assert found["used"] == 2  # the weeks of -12 and -19


@ENGINES
def test_a02_a_week_is_left_out_if_a_feature_alone_is_cut(project: Project, engine: str) -> None:
    # Bookings are there from a Wednesday to a Wednesday, the till is whole from before to after.
    found = ledger(
        project,
        engine,
        WEEKS,
        bookings=daily("2026-01-07", "2026-01-28"),
        till=daily("2026-01-05", "2026-02-01"),
    )

    assert found["left_out"] == {
        "the week is cut: data/bookings.csv begins on 2026-01-07": 1,
        "the week is cut: data/bookings.csv ends on 2026-01-28": 1,
    }
    assert found["used"] == 2


@ENGINES
def test_a02_rows_that_rules_leave_out_count_for_what_an_export_covers(
    project: Project, engine: str
) -> None:
    # Only Wednesdays are kept, and yet the till was open from a Monday to a Sunday.
    till = [f"{day} 12:00,{int(day == '2026-01-14')}" for day in days("2026-01-12", "2026-01-18")]
    found = ledger(
        project,
        engine,
        WEEKS.replace("      - sum", "      - keep: {n: 1}\n      - sum"),
        bookings=daily("2026-01-12", "2026-01-18"),
        till="at,n\n" + "\n".join(till) + "\n",
    )

    assert (found["left_out"], found["used"]) == ({}, 1)


@ENGINES
def test_a02_dates_that_stand_for_weeks_cover_them(project: Project, engine: str) -> None:
    # Two shops report each Monday what they sold in the week that begins then.
    mondays = ["2026-01-05", "2026-01-12", "2026-01-19"]
    till = "\n".join(["at,n", *(f"{day},{n}" for day in mondays for n in (4, 5))])
    found = ledger(
        project, engine, WEEKS, bookings=daily("2026-01-05", "2026-01-25"), till=f"{till}\n"
    )

    assert (found["left_out"], found["used"]) == ({}, 3)


@ENGINES
def test_a02_the_last_week_of_all_is_cut_as_the_year_9999_ends_on_its_friday(
    project: Project, engine: str
) -> None:
    rows = daily("9999-12-13", "9999-12-31")
    found = ledger(project, engine, WEEKS, bookings=rows, till=rows)

    assert (sum(found["left_out"].values()), found["used"]) == (1, 2)  # it begins on 12-27


@ENGINES
def test_a02_a_night_that_ends_in_the_morning_closes_its_week(
    project: Project, engine: str
) -> None:
    # The last rows came at two in the night after Sunday, 2026-01-18: that week is whole.
    late = WEEKS.replace("week of at,", "week of at from 05:00,")
    rows = daily("2026-01-12", "2026-01-17") + "2026-01-19 02:00,2\n"
    found = ledger(project, engine, late, bookings=rows, till=rows)

    assert (found["left_out"], found["used"]) == ({}, 1)


@ENGINES
@pytest.mark.parametrize(
    ("last", "left_out"),
    [
        ("2026-02-27", {"sold not known yet: data/till.csv ends on 2026-02-27": 2}),
        ("2026-02-28", {"sold not known yet": 1}),
    ],
)
def test_a02_a_month_is_known_on_its_last_day(
    project: Project, engine: str, last: str, left_out: dict[str, int]
) -> None:
    months = WEEKS.replace("week", "month")
    found = ledger(
        project,
        engine,
        months,
        bookings=daily("2026-01-01", "2026-03-31"),
        till=daily("2026-01-01", last),
    )

    assert found["left_out"] == left_out  # March, and February
    assert found["used"] == 3 - sum(left_out.values())


ORDERS = """\
sources:
  shop:
    file: data/shop.csv
    rules:
      - keep: {item: pizza}
      - count: {per: day of created, as: orders}
date: day
rules:
  - derive: {weekday: weekday of day}
features: [{name: weekday, kind: category}]
label: orders
model: linear_regression
"""


def shop() -> str:
    """Return 30 days of January, on which pizza was sold on all but five; two of each a day.

    None was sold on the first day, on three Fridays (the 9th, the 16th, and the 30th, which is
    the last day), and on a Tuesday (the 20th).
    """
    none = {f"2026-01-{n:02}" for n in (1, 9, 16, 20, 30)}
    rows = [
        f"{item},{day} 12:00"
        for day in days("2026-01-01", "2026-01-30")
        for item in ("salad", *(() if day in none else ("pizza", "pizza")))
    ]
    return "item,created\n" + "\n".join(rows) + "\n"


@ENGINES
def test_a14_days_without_a_row_are_counted(project: Project, engine: str) -> None:
    found = ledger(project, engine, ORDERS, shop=shop())

    assert found["gaps"] == {
        "unit": "day",
        "without": 5,
        "of": 30,
        "rule": "every: {day: day, fill: {orders: 0}}",
        "source": "shop",
        "weekday": "",
    }
    assert found["used"] == 25
    screen = project.works("data", "weeks").out
    assert "5 of 30 days have no row" in screen
    assert "last under the rules of shop:\n    - every: {day: day, fill: {orders: 0}}\n" in screen


@ENGINES
def test_a14_days_that_rules_leave_out_are_no_gaps(project: Project, engine: str) -> None:
    # Without five Fridays there are 25 days, and of those the 1st and the 20th had no pizza.
    closed = ORDERS.replace("  - derive", "  - drop_weekdays: {days: Friday}\n  - derive")
    found = ledger(project, engine, closed, shop=shop())

    assert (found["gaps"]["without"], found["gaps"]["of"]) == (2, 25)


@ENGINES
def test_a14_a_rule_makes_them_from_the_first_day_of_the_export_to_the_last(
    project: Project, engine: str
) -> None:
    every = "as: orders}\n      - every: {day: day, fill: {orders: 0}}"
    found = ledger(project, engine, ORDERS.replace("as: orders}", every), shop=shop())

    assert found["used"] == 30
    assert "gaps" not in found
    assert found["sources"][0]["rules"][-1] == {
        "rule": "every day of day, with orders 0",
        "because": "",
        "in": 25,
        "out": 30,
    }
    orders = project.works("data", "weeks", "--json").json["columns"]
    # five days of 0, and 25 of two
    assert next(c for c in orders if c["name"] == "orders")["low"] == 0


@ENGINES
@pytest.mark.parametrize("holdout", ["none", "random 20%"])
def test_a14_the_range_of_the_export_needs_no_date_in_the_definition(
    project: Project, engine: str, holdout: str
) -> None:
    # Ten days of two items; pizza is sold on the 4th, 5th and 8th alone: seven days of 0.
    rows = [(f"2026-01-{n:02}", "pizza" if n in {4, 5, 8} else "tea") for n in range(1, 11)]
    project.write("data/shop.csv", csv_of("created,item", rows))
    every = "as: orders}\n      - every: {day: day, fill: {orders: 0}}"
    undated = ORDERS.replace("as: orders}", every).replace("date: day\n", "")
    project.define(f"{undated}holdout: {holdout}\nengine: {engine}\n", "weeks")

    found = project.works("data", "weeks", "--json").json

    assert [rule["out"] for rule in found["ledger"]["sources"][0]["rules"]] == [3, 3, 10]
    assert found["rows"]["used"] == 10


@ENGINES
def test_a02_a_cut_week_waits_though_no_date_is_written(project: Project, engine: str) -> None:
    # 17 days from Monday, 5 January on: the third week holds Monday to Wednesday.
    rows = [(date(2026, 1, 5) + timedelta(days=n), "pizza") for n in range(17)]
    project.write("data/shop.csv", csv_of("created,item", rows))
    weeks = ORDERS.replace("date: day\n", "").replace("day of created", "week of created")
    derived = weeks.replace("{weekday: weekday of day}", "{weekday: weekday of week}")
    project.define(f"{derived}holdout: none\nengine: {engine}\n", "weeks")

    found = project.works("data", "weeks", "--json").json

    assert (found["rows"]["used"], found["rows"]["waiting"]) == (2, 1)


@ENGINES
def test_a14_weeks_without_a_row_are_made_too(project: Project, engine: str) -> None:
    rows = "at,n\n2026-01-05 12:00,1\n2026-01-11 12:00,1\n2026-01-26 12:00,3\n2026-02-01 12:00,1\n"
    text = """\
sources:
  till:
    file: data/till.csv
    rules:
      - sum: {of: n, per: week of at, as: sold}
      - every: {week: week, fill: {sold: 0}}
date: week
rules:
  - derive: {month: month of week}
features: [month]
label: sold
model: linear_regression
"""
    without = text.replace("      - every: {week: week, fill: {sold: 0}}\n", "")

    assert ledger(project, engine, without, till=rows)["gaps"] == {
        "unit": "week",
        "without": 2,
        "of": 4,
        "rule": "every: {week: week, fill: {sold: 0}}",
        "source": "till",
        "weekday": "",
    }
    assert ledger(project, engine, text, till=rows)["used"] == 4


@pytest.mark.parametrize(
    ("rules", "says", "hint"),
    [
        (
            "[every: {fill: {n: 0}}]",
            "it names no period",
            "every: {day: COLUMN, fill: {COLUMN: 0}}",
        ),
        ("[every: {day: at, week: at}]", "it names day and week", "every: {day: COLUMN"),
        ("[every: {day: at, fill: {at: 0}}]", "is the date of a row, and not filled", "take it"),
        (
            "[every: {day: at}, count: {per: day of at, as: n}]",
            "rows made here would be counted as real ones",
            "put it below the rule that gathers rows",
        ),
    ],
)
def test_a14_days_are_made_where_that_makes_sense(
    project: Project, rules: str, says: str, hint: str
) -> None:
    definition = table_definition().replace("nights.csv\n", f"nights.csv\n    rules: {rules}\n")
    project.define(definition, "nights")

    said = project.fails(ASKED_WRONGLY, "fit", "nights")

    assert says in said
    assert f"hint: write  {hint}" in said or f"hint: {hint}" in said


def notes(project: Project, definition: str, **files: str) -> list[str]:
    """Return what is noted of the table that a definition makes of some exports."""
    for name, text in files.items():
        project.write(f"data/{name}.csv", text)
    project.define(definition, "rents")
    noted: list[str] = project.works("data", "rents", "--json").json["notes"]
    return noted


RENTS = """\
sources:
  flats:
    file: data/flats.csv
    missing: "-"
features: [rooms]
label: rent
model: linear_regression
holdout: none
"""


def flats(*, lacking: int, of: int = 30) -> str:
    """Return flats, of which the first ones lack the number of their rooms."""
    rows = [("-" if n < lacking else n % 5 + 1, 100 + 7 * n) for n in range(of)]
    return csv_of("rooms,rent", rows)


def test_a16_empty_cells_in_more_than_a_tenth_of_rows_are_worth_a_word(project: Project) -> None:
    assert notes(project, RENTS, flats=flats(lacking=3)) == []  # a tenth
    assert notes(project, RENTS, flats=flats(lacking=4))[0] == (
        "4 of 30 rows are left out: rooms is missing; under  rules:  write  fill_missing: {rooms: "
        "VALUE}  if a value can stand for it, or  drop_missing: {of: rooms}  if that is meant"
    )


def test_a16_what_a_rule_leaves_out_is_meant(project: Project) -> None:
    meant = RENTS.replace("features", "rules:\n  - drop_missing: {of: rooms}\nfeatures")

    assert notes(project, meant, flats=flats(lacking=20)) == []


def test_a16_what_is_advised_ends_the_note(project: Project) -> None:
    filled = RENTS.replace("features", "rules:\n  - fill_missing: {rooms: 2}\nfeatures")

    assert notes(project, filled, flats=flats(lacking=20)) == []


SOLD_PER_DAY = WEEKS.replace("week", "day")


def test_a16_days_that_another_export_lacks_are_worth_a_word(project: Project) -> None:
    # Bookings on 20 days; on 16 of those the till has rows, and it was open from first to last.
    booked, open_ = days("2026-01-01", "2026-01-20"), days("2026-01-03", "2026-01-17")
    bookings = csv_of("at,n", [(f"{day} 12:00", 1) for day in booked])
    till = csv_of("at,n", [(f"{day} 12:00", 5) for day in (booked[0], *open_[:-1], booked[-1])])

    assert notes(project, SOLD_PER_DAY, bookings=bookings, till=till)[0] == (
        "4 of 20 days are left out: sold is missing, as data/till.csv has no row for 4 of them. "
        "Closed: nothing to do. Open with none: write  every: {day: day, fill: {sold: 0}}  last "
        "under the rules of till"
    )

    every = "as: sold}\n      - every: {day: day, fill: {sold: 0}}"
    made = SOLD_PER_DAY.replace("as: sold}", every)
    assert not any("left out" in note for note in notes(project, made))

    fewer = csv_of("at,n", [(f"{day} 12:00", 1) for day in booked[2:-1:2]])
    said = " ".join(notes(project, SOLD_PER_DAY, bookings=fewer, till=till))
    assert "if that means none, write  fill_missing: {booked: 0}  after the join" in said


def rent_days(*, when: str = "at", born: bool = False, steps: int = 40) -> str:
    """Return rents by day, in time order but for two steps of 39, and dates in no order."""
    rows = []
    for n in range(steps):
        at = str(date(2026, 1, 1) + timedelta(days=n + (-3 if n % 15 == 14 else 0)))
        rows.append((at, *([f"19{n * 37 % 90 + 10}-02-03"] if born else []), n % 7, 50 + n))
    return csv_of(f"{when},{'born,' if born else ''}rooms,rent", rows)


PLAIN_RENTS = """\
sources: {flats: {file: data/flats.csv}}
features: [rooms]
label: rent
model: linear_regression
"""


def fitted(project: Project, definition: str, flats: str) -> dict[str, Any]:
    """Return what a fit says, and what its manifest says of key and split."""
    project.write("data/flats.csv", flats)
    project.define(definition, "rents")
    said: dict[str, Any] = project.works("fit", "rents", "--json").json["fitted"][0]
    version = project.root / f"models/rents/{said['version']}/manifest.json"
    return {**said, "manifest": json.loads(version.read_text())}


@ENGINES
def test_a15_the_one_column_of_dates_that_rise_is_the_date(project: Project, engine: str) -> None:
    # Of 39 steps 37 go up, and two go down by two days: over nine of ten.
    found = fitted(project, f"{PLAIN_RENTS}engine: {engine}\n", rent_days(born=True))

    assert found["manifest"]["split"]["rule"] == "newest 20%"
    assert found["manifest"]["key"]["name"] == "at"
    assert any(note.startswith("held out: the newest 20 % by at,") for note in found["notes"])
    assert "forward in time" in found["evidence"]["cv"]["words"]
    # what was stored says so itself: a day of it is looked up, and what is new waits
    assert project.works("predict", "-m", "rents", "--date", "2026-01-05").out
    written = fitted(project, f"{PLAIN_RENTS}engine: {engine}\ndate: at\n", rent_days(born=True))
    assert written["content"] == found["content"]


def test_a15_dates_that_do_not_rise_leave_it_random_with_a_note(project: Project) -> None:
    rows = rent_days(born=True).splitlines()
    without = "\n".join(",".join(row.split(",")[1:]) for row in rows) + "\n"

    found = fitted(project, PLAIN_RENTS, without)

    assert found["manifest"]["split"]["rule"] == "random 20%"
    assert any("date: born" in note for note in found["notes"])


def test_a15_dates_that_are_not_read_as_they_are_written_are_noted(project: Project) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(40)]
    rows = csv_of("at,rooms,rent", [(f"{d:%d/%m/%Y}", n % 7, n) for n, d in enumerate(days)])

    (note,) = fitted(project, PLAIN_RENTS, rows)["notes"]

    assert note.startswith("held out at random: at may hold dates;")
    read = PLAIN_RENTS.replace("s.csv}", 's.csv, dates: {format: "%d/%m/%Y"}}')
    found = fitted(project, f"{read}date: at\n", rows)
    assert found["manifest"]["split"]["rule"] == "newest 20%"
    # numbers that could be days written in a row are none
    numbers = csv_of("at,rooms,rent", [(f"{d:%Y%m%d}", n % 7, n) for n, d in enumerate(days)])
    assert fitted(project, PLAIN_RENTS, numbers)["notes"] == []


def test_a15_of_several_that_rise_the_key_is_asked_for(project: Project) -> None:
    rows = [f"{line},{line.split(',')[0]}" for line in rent_days().splitlines()]
    project.write("data/flats.csv", "\n".join([rows[0].replace(",at", ",paid"), *rows[1:]]) + "\n")
    project.define(PLAIN_RENTS, "rents")

    for command in (["fit", "rents"], ["data", "rents"], ["fit", "rents", "--json"]):
        ended = project.mlcli(*command)
        assert ended.code == ASKED_WRONGLY
    assert "hint: write  date: at,  or another of them" in project.fails(
        ASKED_WRONGLY, "fit", "rents"
    )
    fixes = ended.json["error"]["fix"]
    assert [(fix["path"], fix["value"]) for fix in fixes] == [(["date"], "at"), (["date"], "paid")]
    assert fixes[0]["file"] == "configs/rents.yaml"


@pytest.mark.parametrize("holdout", ["none", "random 20%"])
def test_a15_what_is_written_stays(project: Project, holdout: str) -> None:
    found = fitted(project, f"{PLAIN_RENTS}holdout: {holdout}\n", rent_days())

    assert found["manifest"]["split"]["rule"] == holdout
    assert found["manifest"]["key"]["name"] is None
    assert not any("date" in note for note in found["notes"])


def test_a15_whatever_reads_a_definition_agrees(project: Project) -> None:
    project.write("data/flats.csv", rent_days())
    project.define(PLAIN_RENTS, "rents")

    compared = project.works(
        "compare", "rents", "--models", "linear_regression,polynomial_regression", "--json"
    ).json
    assert "newest 8" in compared["split"]
    table = mlcli.examples("rents")
    assert (table.index.name, str(table.index[0])[:10]) == ("at", "2026-01-01")

    ridge = PLAIN_RENTS.replace("linear_regression", "ridge") + "tune: {penalty: [1, 10]}\n"
    project.define(ridge, "rents")
    tuned = project.works("tune", "rents", "--json").json
    assert "forward in time" in tuned["folds"]


@ENGINES
def test_a15_what_is_gathered_by_day_comes_by_day(project: Project, engine: str) -> None:
    project.write("data/shop.csv", shop() + "pizza,2026-01-05 18:00\n")
    project.define(ORDERS.replace("date: day\n", "") + f"engine: {engine}\n", "orders")

    said = project.works("fit", "orders", "--json").json["fitted"][0]

    assert any(note.startswith("held out: the newest 20 % by day,") for note in said["notes"])


# ---- weeks that begin on Sunday, exports that begin later, days that a rule makes ------------


@ENGINES
def test_weeks_that_begin_on_sunday_are_noted(project: Project, engine: str) -> None:
    # 2026-01-04, -11, -18 and -25 are Sundays, and the last days of their weeks here.
    sundays = [f"2026-01-{n:02}" for n in (4, 11, 18, 25)]
    for name, first in (("sundays", 0), ("others", 1)):  # 2026-01-05 is a Monday
        rows = "".join(
            f"{day[:-2]}{int(day[-2:]) + first:02},{n}\n" for n, day in enumerate(sundays)
        )
        project.write(f"data/{name}.csv", f"at,n\n{rows}")
        project.define(_one_week(name, engine), name)

    said = " ".join(project.works("data", "sundays").out.split())

    assert "data/sundays.csv: all dates are Sundays: if they stand for weeks that begin" in said
    assert "all dates are" not in project.works("data", "others").out


def _one_week(name: str, engine: str) -> str:
    return f"""\
sources:
  {name}:
    file: data/{name}.csv
    rules:
      - sum: {{of: n, per: week of at, as: m}}
date: week
rules:
  - derive: {{month: month of week}}
features: [month]
label: m
model: linear_regression
engine: {engine}
"""


@ENGINES
def test_weeks_before_an_export_begins_are_not_to_be_filled(project: Project, engine: str) -> None:
    # Bookings of ten weeks, from Monday 2025-11-24 on; the till knows the last three, which
    # begin on 2026-01-12, -19 and -26. Seven of ten weeks lie before it.
    found = ledger(
        project,
        engine,
        WEEKS,
        bookings=daily("2025-11-24", "2026-02-01"),
        till=daily("2026-01-12", "2026-02-01"),
    )

    assert found["left_out"] == {"sold missing": 7}
    said = " ".join(project.works("data", "weeks").out.split())
    assert "7 weeks lie before data/till.csv begins on 2026-01-12" in said
    assert "every:" not in said


@ENGINES
def test_days_that_are_one_weekday_are_named(project: Project, engine: str) -> None:
    # Mondays of January 2026 are the 5th, 12th, 19th and 26th: 4 of 31 days.
    mondays = {f"2026-01-{n:02}" for n in (5, 12, 19, 26)}
    rows = [
        f"pizza,{day} 12:00\n" for day in days("2026-01-01", "2026-01-31") if day not in mondays
    ]
    found = ledger(project, engine, ORDERS, shop="item,created\n" + "".join(rows))

    assert (found["gaps"]["without"], found["gaps"]["weekday"]) == (4, "Monday")
    screen = project.works("data", "weeks").out
    assert "4 of 31 days have no row, all of" in screen
    assert "    - drop_weekdays: {days: [Monday]}\n" in screen


@ENGINES
def test_rows_that_every_makes_are_counted_and_no_copies(project: Project, engine: str) -> None:
    # Closed on Mondays, of which there are 21 from 2026-01-05 to 2026-05-25; each other day has
    # a number of its own. Four of the newest 31 days are Mondays with 0, as those before.
    rows = "".join(
        f"pizza,{day} 12:00\n" * (n + 1)
        for n, day in enumerate(days("2026-01-01", "2026-05-31"))
        if n % 7 != 4
    )
    project.write("data/shop.csv", "item,created\n" + rows)
    made = "as: orders}\n      - every: {day: day, fill: {orders: 0}}"
    project.define(ORDERS.replace("as: orders}", made) + f"engine: {engine}\n", "weeks")

    assert "21 made where there was none" in " ".join(project.works("data", "weeks").out.split())
    assert "stand in training too" not in " ".join(project.works("fit", "weeks").out.split())


def test_a16_the_short_account_adds_up(project: Project) -> None:
    # From 20 January to 10 June 2026: six months, the first and the last of them in part.
    rows = csv_of("at,n", [(f"2026-{m:02}-{d:02}", m) for m in range(1, 7) for d in (10, 20)][1:-1])
    project.write("data/till.csv", rows)
    month = WEEKS[WEEKS.index("  till:") :].replace("week", "month").replace("join", "date")
    derived = "rules:\n  - derive: {of_year: month of month}\nfeatures: [of_year]"
    project.define(f"sources:\n{month}".replace("features: [booked]", derived), "rents")

    said = project.works("fit", "rents").out

    assert "left out of 6: 1 sold not known yet; 1 the month is cut" in said
