"""Rules that leave rows out: keep, drop, between, drop_weekdays, drop_dates, drop_missing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tables import SIZES, Golden, plain, refused, rule, run, table

from mlcli.definition.rules.kinds import WhereRule
from mlcli.errors import DataError
from mlcli.exports import values_of_cells

TILL = """
item: text | quantity: number | paid: boolean | at: date
pizza      | 2                | true          | 2023-06-08 19:30
cola       | 1                | false         | 2023-06-09 00:00
pizza      | 0                | -             | 2023-06-09 23:59:59
-          | 5                | true          | 2023-06-10 12:00
PIZZA!     | -                | false         | -
cola       | 20               | true          | 2023-06-12 08:00
pizza      | 5                | false         | 2023-06-11 10:00
"""

BOOKED = """
booked: date        | at: date
2023-06-07 22:00    | 2023-06-08 19:30
2023-06-08 11:59:59 | 2023-06-08 19:30
2023-06-08 12:00    | 2023-06-08 19:30
2023-06-08 11:00    | 2023-06-09 00:30
2023-06-08 13:00    | 2023-06-09 00:30
2023-06-09 09:00    | 2023-06-09 08:00
2023-06-08 12:00:01 | 2023-06-08 00:00
"""

GOLDEN = [
    Golden(
        "a value keeps its rows, and no others",
        "keep: {item: pizza}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        pizza      | 0                | -             | 2023-06-09 23:59:59
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "several values keep the rows of each",
        'keep: {item: [cola, "PIZZA!"]}',
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        cola       | 1                | false         | 2023-06-09 00:00
        PIZZA!     | -                | false         | -
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "two columns must both have their value to be kept",
        "keep: {item: pizza, quantity: [2, 5]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "a missing truth is not true",
        "keep: {paid: true}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        -          | 5                | true          | 2023-06-10 12:00
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "a missing cell is not the value that is dropped",
        "drop: {item: pizza}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        cola       | 1                | false         | 2023-06-09 00:00
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "two columns must both have their value to be dropped",
        "drop: {item: pizza, paid: false}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        cola       | 1                | false         | 2023-06-09 00:00
        pizza      | 0                | -             | 2023-06-09 23:59:59
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "a number that is not true is dropped",
        "drop: {quantity: [0, 20]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        cola       | 1                | false         | 2023-06-09 00:00
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "a range holds its low end and not its high end",
        "between: {quantity: 1 to 5}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        cola       | 1                | false         | 2023-06-09 00:00
        """,
    ),
    Golden(
        "from a number on",
        "between: {quantity: 5 or more}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        -          | 5                | true          | 2023-06-10 12:00
        cola       | 20               | true          | 2023-06-12 08:00
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "below a number, and within dates",
        "between: {quantity: under 5, at: 2023-06-08 to 2023-06-09}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        """,
    ),
    Golden(
        "before a day is before its midnight",
        "between: {at: before 2023-06-09}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        """,
    ),
    Golden(
        "a Friday lasts from midnight to midnight, and a missing date is no weekday",
        "drop_weekdays: {of: at, days: [Friday, Sunday]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "one weekday needs no list",
        "drop_weekdays: {of: at, days: Monday}",
        """
        at: date
        2023-06-11
        2023-06-12
        2023-06-13
        """,
        """
        at: date
        2023-06-11
        2023-06-13
        """,
    ),
    Golden(
        "a day is dropped whole, and a range up to its last day, which stays",
        "drop_dates: {of: at, dates: [2023-06-09, 2023-06-11 to 2023-06-12]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        cola       | 20               | true          | 2023-06-12 08:00
        """,
    ),
    Golden(
        "dates without an end",
        "drop_dates: {of: at, dates: [before 2023-06-09, from 2023-06-11]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        cola       | 1                | false         | 2023-06-09 00:00
        pizza      | 0                | -             | 2023-06-09 23:59:59
        -          | 5                | true          | 2023-06-10 12:00
        PIZZA!     | -                | false         | -
        """,
    ),
    Golden(
        "a row goes if one of the columns is empty",
        "drop_missing: {of: [item, at]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        cola       | 1                | false         | 2023-06-09 00:00
        pizza      | 0                | -             | 2023-06-09 23:59:59
        cola       | 20               | true          | 2023-06-12 08:00
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "numbers and truths can be missing too, and 0 is not missing",
        "drop_missing: {of: [quantity, paid]}",
        TILL,
        """
        item: text | quantity: number | paid: boolean | at: date
        pizza      | 2                | true          | 2023-06-08 19:30
        cola       | 1                | false         | 2023-06-09 00:00
        -          | 5                | true          | 2023-06-10 12:00
        cola       | 20               | true          | 2023-06-12 08:00
        pizza      | 5                | false         | 2023-06-11 10:00
        """,
    ),
    Golden(
        "what came in before noon of its day stays, and noon itself is too late",
        "as_of: {time: 12:00, made: booked, of: at}",
        BOOKED,
        """
        booked: date        | at: date
        2023-06-07 22:00    | 2023-06-08 19:30
        2023-06-08 11:59:59 | 2023-06-08 19:30
        2023-06-08 11:00    | 2023-06-09 00:30
        2023-06-08 13:00    | 2023-06-09 00:30
        2023-06-09 09:00    | 2023-06-09 08:00
        """,
    ),
    Golden(
        "what came in before noon of the day before stays",
        "as_of: {time: 12:00, made: booked, of: at, days_before: 1}",
        BOOKED,
        """
        booked: date        | at: date
        2023-06-08 11:00    | 2023-06-09 00:30
        """,
    ),
    Golden(
        "a day that begins at five in the morning holds the night before it",
        "as_of: {time: 12:00, made: booked, of: at, from: 05:00}",
        BOOKED,
        """
        booked: date        | at: date
        2023-06-07 22:00    | 2023-06-08 19:30
        2023-06-08 11:59:59 | 2023-06-08 19:30
        2023-06-08 11:00    | 2023-06-09 00:30
        2023-06-09 09:00    | 2023-06-09 08:00
        """,
    ),
    Golden(
        "at midnight, what came in on the day itself is too late",
        'as_of: {time: "00:00", made: booked, of: at}',
        BOOKED,
        """
        booked: date        | at: date
        2023-06-07 22:00    | 2023-06-08 19:30
        2023-06-08 11:00    | 2023-06-09 00:30
        2023-06-08 13:00    | 2023-06-09 00:30
        """,
    ),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_the_table_that_a_rule_makes(golden: Golden, size: int | None) -> None:
    golden.check(size)


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIVE_WEEKS_OVER_A_NEW_YEAR = [datetime(2023, 12, 11, 18, 30) + timedelta(days=n) for n in range(35)]


@pytest.mark.parametrize("name", WEEKDAYS)
def test_every_weekday_is_the_one_that_python_names(name: str) -> None:
    frame = values_of_cells.frame({"at": (FIVE_WEEKS_OVER_A_NEW_YEAR, "date")})

    left, counted = run(rule(f"drop_weekdays: {{of: at, days: {name}}}"), frame)

    kept = [d for d in FIVE_WEEKS_OVER_A_NEW_YEAR if d.weekday() != WEEKDAYS.index(name)]
    assert plain(left)["at"] == kept
    assert counted.rows_in - counted.rows_out == 5


@pytest.mark.parametrize(
    ("text", "wanted", "both"),
    [
        ("keep: {item: pizza}", "'pizza'", "pizza"),
        ("drop: {item: [pizza, cola]}", "'pizza' or 'cola'", "pizza, cola"),
    ],
)
@pytest.mark.parametrize("cell", ["Pizza", " pizza", "pizza ", "PIZZA"])
def test_a_cell_that_differs_by_case_or_spaces_alone_is_an_error_that_names_it(
    text: str, wanted: str, both: str, cell: str
) -> None:
    frame = values_of_cells.frame(
        {"item": (["pizza", cell, "bread"], "text"), "__line__": ([2, 3, 4], "any")}
    )

    with pytest.raises(DataError) as raised:
        run(rule(text), frame)

    problem = raised.value.problems[0]
    assert problem.message == (
        f"'item' is {cell!r}, which differs from the {wanted} of the rule only by case or spaces"
    )
    assert problem.place == "line 3"
    written = cell if cell == cell.strip() else f'"{cell}"'  # a blank at an end needs quotes
    assert problem.hint == f"write both:  item: [{both}, {written}]"


def test_every_column_of_words_is_looked_at_whatever_stands_before_it() -> None:
    frame = values_of_cells.frame(
        {"n": ([1.0, 2.0], "number"), "item": (["pizza", "Pizza"], "text")}
    )

    with pytest.raises(DataError, match="differs from the 'pizza' of the rule"):
        run(rule("keep: {n: [1, 2], item: pizza}"), frame)


def test_both_spellings_written_out_are_both_kept() -> None:
    frame = values_of_cells.frame({"item": (["pizza", "Pizza", "bread"], "text")})

    left, _ = run(rule("keep: {item: [pizza, Pizza]}"), frame)

    assert plain(left) == {"item": ["pizza", "Pizza"]}


@pytest.mark.parametrize("size", SIZES)
def test_a_rule_that_leaves_nothing_says_so_and_names_what_there_is(size: int | None) -> None:
    frame = values_of_cells.frame({"item": (["pizza"] * 7, "text")})

    with pytest.raises(DataError) as raised:
        run(rule("keep: {item: pizzas}"), frame, size)

    problem = raised.value.problems[0]
    assert problem.message == "no row is left after  keep item = pizzas  (7 before it)"
    assert problem.hint == "item: did you mean 'pizza'?"


def test_a_rule_on_dates_takes_the_date_of_the_table_where_it_names_none() -> None:
    for text in ("drop_weekdays: {days: Monday}", "drop_dates: {dates: 2023-06-12}"):
        filled = rule(text).on("day")
        assert filled.needs() == {"day": "date"}
        assert rule(text.replace("{", "{of: at, ")).on("day").needs() == {"at": "date"}
        assert rule(text).on(None).needs() == {"": "date"}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_the_reason_is_kept_with_the_test(golden: Golden) -> None:
    with_reason = rule(golden.rule[:-1] + ", because: the oven is cold}")

    assert isinstance(with_reason, WhereRule)
    assert with_reason.predicate().reason == "the oven is cold"
    silent = rule(golden.rule)
    assert isinstance(silent, WhereRule)
    assert silent.predicate().reason == silent.says()


def test_what_is_left_keeps_its_lines() -> None:
    left, _ = run(rule("keep: {item: cola}"), table(TILL))

    assert left["__line__"].to_list() == [3, 7]


@pytest.mark.parametrize(
    "text",
    [
        "keep: {}",
        "keep: {item: [pizza, 5]}",
        "keep: {paid: [true, 1]}",
        "keep: {item: []}",
        "between: {quantity: 5}",
        "between: {quantity: five}",
        "between: {quantity: 5 to 1}",
        "drop_weekdays: {days: [Freitag]}",
        "drop_weekdays: {days: []}",
        "drop_dates: {dates: 2023-02-30}",
        "drop_missing: {of: []}",
    ],
)
def test_what_makes_no_sense_is_refused_before_any_data_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(text)


QUOTES = "put quotes around numbers that are meant as text"


@pytest.mark.parametrize(
    ("text", "message", "hint", "key"),
    [
        ("keep: {}", "no column is named", "", ""),
        ("between: {because: it is so}", "no column is named", "", ""),
        (
            "keep: {paid: true, item: [pizza, 5]}",
            "the values of 'item' are of different kinds",
            QUOTES,
            "item",
        ),
        ("drop: {paid: [true, 1]}", "the values of 'paid' are of different kinds", QUOTES, "paid"),
    ],
)
def test_what_makes_no_sense_is_explained(text: str, message: str, hint: str, key: str) -> None:
    assert refused(text) == (message, hint, key)
