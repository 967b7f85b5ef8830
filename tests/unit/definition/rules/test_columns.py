"""Rules that make columns: bands, derive, rename, fill_missing, split_list."""

from __future__ import annotations

import json
import random
import sys
from datetime import datetime, timedelta
from math import log, sqrt

import pytest
from tables import SIZES, Golden, plain, refused, rule, run, table

from mlcli.definition.rules.kinds import ColumnsRule
from mlcli.errors import DataError, EnvironmentProblemError
from mlcli.exports import values_of_cells
from mlcli.grammar import cells

GOLDEN = [
    Golden(
        "the low end belongs to a band, the high end to the next; the order written is free",
        "bands: {of: cost, as: budget, premium: 20 or more, cheap: under 5, standard: 5 to 20}",
        """
        cost: number
        0
        4.999999999
        5
        5.000000001
        -
        19.99
        20
        -3
        1000
        """,
        """
        cost: number | budget: text
        0            | cheap
        4.999999999  | cheap
        5            | standard
        5.000000001  | standard
        -            | -
        19.99        | standard
        20           | premium
        -3           | cheap
        1000         | premium
        """,
    ),
    Golden(
        "closed at both ends, and a band may take the place of its number",
        "bands: {of: cost, as: cost, low: 0 to 1, high: 1 to 2}",
        """
        cost: number | game: text
        0            | chess
        0.5          | go
        1            | -
        1.9          | poker
        """,
        """
        cost: text | game: text
        low        | chess
        low        | go
        high       | -
        high       | poker
        """,
    ),
    Golden(
        "what a date says: weekday, month, and the day of a leap year and of another",
        "derive: {on: weekday of day, month: month of day, n: day_of_year of day}",
        """
        day: date
        2023-12-31 23:59:59
        2024-01-01
        2024-02-29
        2024-03-01
        -
        2023-03-01
        2024-12-31
        """,
        """
        day: date           | on: text  | month: number | n: number
        2023-12-31 23:59:59 | Sunday    | 12            | 365
        2024-01-01          | Monday    | 1             | 1
        2024-02-29          | Thursday  | 2             | 60
        2024-03-01          | Friday    | 3             | 61
        -                   | -         | -             | -
        2023-03-01          | Wednesday | 3             | 60
        2024-12-31          | Tuesday   | 12            | 366
        """,
    ),
    Golden(
        "roots of numbers; what is missing stays missing",
        "derive: {root: sqrt of guests}",
        """
        guests: number
        0
        4
        -
        6.25
        """,
        """
        guests: number | root: number
        0              | 0
        4              | 2
        -              | -
        6.25           | 2.5
        """,
    ),
    Golden(
        "logarithms to the base e",
        "derive: {logged: log of guests}",
        """
        guests: number
        1
        2
        -
        10
        """,
        """
        guests: number | logged: number
        1              | 0
        2              | 0.6931471805599453
        -              | -
        10             | 2.302585092994046
        """,
    ),
    Golden(
        "the holidays of a part of a country, at any time of the day",
        "derive: {closed: holiday of day in CA-ON}",
        """
        day: date
        2023-07-01 18:00
        2023-07-04
        2023-12-25
        -
        2023-12-26 23:59
        2023-02-20
        2023-04-07
        2023-12-24
        2024-02-19
        """,
        """
        day: date        | closed: text
        2023-07-01 18:00 | true
        2023-07-04       | false
        2023-12-25       | true
        -                | -
        2023-12-26 23:59 | true
        2023-02-20       | true
        2023-04-07       | true
        2023-12-24       | false
        2024-02-19       | true
        """,
    ),
    Golden(
        "the holidays of a whole country, without those of its parts",
        "derive: {closed: holiday of day in CA}",
        """
        day: date
        2023-07-01
        2023-02-20
        2023-12-25
        """,
        """
        day: date  | closed: text
        2023-07-01 | true
        2023-02-20 | false
        2023-12-25 | true
        """,
    ),
    Golden(
        "other names, also two that are swapped; the rest stays",
        "rename: {qty: quantity, a: b, b: a}",
        """
        qty: number | a: text | b: text | kept: boolean
        1           | x       | y       | true
        -           | -       | z       | -
        """,
        """
        quantity: number | b: text | a: text | kept: boolean
        1                | x       | y       | true
        -                | -       | z       | -
        """,
    ),
    Golden(
        "a constant where a cell is empty, of each kind",
        "fill_missing: {guests: 0, weather: dry, open: false}",
        """
        guests: number | weather: text | open: boolean | other: number
        3              | -             | true          | -
        -              | wet           | -             | 1
        0              | -             | false         | 2
        """,
        """
        guests: number | weather: text | open: boolean | other: number
        3              | dry           | true          | -
        0              | wet           | false         | 1
        0              | dry           | false         | 2
        """,
    ),
    Golden(
        "a column without a single value is filled as well",
        "fill_missing: {guests: 2.5}",
        """
        guests: number
        -
        -
        """,
        """
        guests: number
        2.5
        2.5
        """,
    ),
    Golden(
        "a date and a time of the day become one; empty where either is",
        "combine: {at: [date, time]}",
        """
        date: date | time: text
        2023-06-08 | 19:30
        2023-06-08 | 7:30 PM
        2023-06-08 | 12:05:09 am
        2023-06-08 | 12:00pm
        2023-06-08 | 9:05:00
        2023-06-08 | 24:00
        2023-06-08 | 00:00
        -          | 19:30
        2023-06-08 | -
        """,
        """
        date: date | time: text  | at: date
        2023-06-08 | 19:30       | 2023-06-08 19:30
        2023-06-08 | 7:30 PM     | 2023-06-08 19:30
        2023-06-08 | 12:05:09 am | 2023-06-08 00:05:09
        2023-06-08 | 12:00pm     | 2023-06-08 12:00
        2023-06-08 | 9:05:00     | 2023-06-08 09:05
        2023-06-08 | 24:00       | 2023-06-09
        2023-06-08 | 00:00       | 2023-06-08
        -          | 19:30       | -
        2023-06-08 | -           | -
        """,
    ),
    Golden(
        "lists with brackets and with commas become one form; an empty cell stays empty",
        "split_list: {of: kinds, as: play}",
        """
        kinds: text
        Puzzle, Adventure
        ["Puzzle", "Adventure"]
        ['Puzzle','Adventure']
        []
        -
        Puzzle
        Puzzle,, Puzzle ,
        ["Beat 'em up"]
        ['Beat \\'em up', "6\\" plate"]
        Pokémon
        """,
        """
        kinds: text                      | play: text
        Puzzle, Adventure                | ["Puzzle", "Adventure"]
        ["Puzzle", "Adventure"]          | ["Puzzle", "Adventure"]
        ['Puzzle','Adventure']           | ["Puzzle", "Adventure"]
        []                               | []
        -                                | -
        Puzzle                           | ["Puzzle"]
        Puzzle,, Puzzle ,                | ["Puzzle"]
        ["Beat 'em up"]                  | ["Beat 'em up"]
        ['Beat \\'em up', "6\\" plate"]  | ["Beat 'em up", "6\\" plate"]
        Pokémon                          | ["Pokémon"]
        """,
    ),
    Golden(
        "another separator leaves commas alone, and may take the list's place",
        'split_list: {of: kinds, as: kinds, by: ";"}',
        """
        kinds: text
        Puzzle; Run, jump
        a;b;a
        """,
        """
        kinds: text
        ["Puzzle", "Run, jump"]
        ["a", "b"]
        """,
    ),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_the_table_that_a_rule_makes(golden: Golden, size: int | None) -> None:
    golden.check(size)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_rows_order_and_lines_stay(golden: Golden) -> None:
    given = table(golden.given)

    made, _ = run(rule(golden.rule), given, 2)

    assert made["__line__"].to_list() == given["__line__"].to_list()


def test_every_number_lies_in_the_band_that_plain_comparisons_name() -> None:
    draw = random.Random(4)
    costs = [draw.choice([0, 4.99, 5, 5.01, 19.99, 20, draw.uniform(-5, 40)]) for _ in range(500)]

    made, _ = run(
        rule("bands: {of: cost, as: band, cheap: under 5, standard: 5 to 20, premium: 20 or more}"),
        values_of_cells.frame({"cost": (costs, "number")}),
    )

    by_hand = ["cheap" if c < 5 else "standard" if c < 20 else "premium" for c in costs]
    assert plain(made)["band"] == by_hand


@pytest.mark.parametrize(
    ("cost", "written", "size"), [(-0.5, "-0.5", None), (2, "2", None), (2, "2", 1), (7, "7", 2)]
)
def test_a_number_in_no_band_is_an_error_with_its_line(
    cost: float, written: str, size: int | None
) -> None:
    frame = values_of_cells.frame(
        {"cost": ([0, 1, cost, 9], "number"), "__line__": ([2, 3, 4, 5], "any")}
    )

    with pytest.raises(DataError) as raised:
        run(rule("bands: {of: cost, as: band, low: 0 to 1, high: 1 to 2}"), frame, size)

    problem = raised.value.problems[0]
    assert problem.message == f"cost {written} lies in no band of 'band'"
    assert problem.place == "line 4"
    assert problem.hint == "let the bands begin with  under ...  and end with  ... or more"


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEVEN_YEARS = [datetime(2019, 12, 20, 23, 59) + timedelta(days=n) for n in range(7 * 366)]


def test_weekday_month_and_day_of_year_are_those_of_python_over_seven_years() -> None:
    made, _ = run(
        rule("derive: {on: weekday of at, month: month of at, n: day_of_year of at}"),
        values_of_cells.frame({"at": (SEVEN_YEARS, "date")}),
    )

    found = plain(made)
    assert found["on"] == [WEEKDAYS[d.weekday()] for d in SEVEN_YEARS]
    assert found["month"] == [d.month for d in SEVEN_YEARS]
    assert found["n"] == [
        (d.date() - d.date().replace(month=1, day=1)).days + 1 for d in SEVEN_YEARS
    ]


def test_logarithms_and_roots_are_those_of_python() -> None:
    draw = random.Random(1)
    numbers = [10 ** draw.uniform(-6, 9) for _ in range(300)]

    made, _ = run(
        rule("derive: {l: log of x, s: sqrt of x}"),
        values_of_cells.frame({"x": (numbers, "number")}),
    )

    found = plain(made)
    assert found["l"] == pytest.approx([log(x) for x in numbers], rel=1e-15)
    assert found["s"] == pytest.approx([sqrt(x) for x in numbers], rel=1e-15)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("derive: {l: log of x}", [1, 2, 0], "log of x: x is 0, and must be above 0"),
        ("derive: {l: log of x}", [1, None, -2.5], "log of x: x is -2.5, and must be above 0"),
        ("derive: {s: sqrt of x}", [0, 4, -1], "sqrt of x: x is -1, and must be 0 or more"),
    ],
)
def test_a_logarithm_or_a_root_that_is_none_is_an_error_with_its_line(
    text: str, values: list[float | None], message: str
) -> None:
    frame = values_of_cells.frame({"x": (values, "number"), "__line__": ([2, 3, 4], "any")})

    with pytest.raises(DataError) as raised:
        run(rule(text), frame)

    assert raised.value.problems[0].message == message
    assert raised.value.problems[0].place == "line 4"
    assert raised.value.problems[0].hint == ("leave such rows out first, with  between: {x: ...}")


def test_the_holidays_of_an_unknown_country_are_an_error_of_the_data() -> None:
    frame = values_of_cells.frame({"x": ([datetime(2023, 1, 1)], "date")})

    for place in ("QQ", "CA-XX"):
        with pytest.raises(DataError) as raised:
            run(rule(f"derive: {{h: holiday of x in {place}}}"), frame)
        assert raised.value.problems[0].message == f"the holidays of {place!r} are not known"
        assert raised.value.problems[0].hint == (
            "write a country's two letters, and a part of it after a dash: CA-ON"
        )


def test_holidays_without_their_package_say_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    frame = values_of_cells.frame({"x": ([datetime(2023, 1, 1)], "date")})

    with pytest.raises(EnvironmentProblemError) as raised:
        run(rule("derive: {h: holiday of x in CA-ON}"), frame)

    assert raised.value.problems[0].message == "holidays need a package that is not installed"
    assert raised.value.problems[0].hint == "pip install 'mlcli[holidays]'"


def test_a_chunk_without_any_date_has_no_holiday() -> None:
    frame = values_of_cells.frame({"x": ([None, None], "date")})

    made, _ = run(rule("derive: {h: holiday of x in CA-ON, w: weekday of x}"), frame, 1)

    assert plain(made) == {"x": [None, None], "h": [None, None], "w": [None, None]}


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ('["Pok\\u00e9mon"]', ["Pokémon"]),
        ("['a\\nb', 'c\\\\d']", ["a\nb", "c\\d"]),
        ('["\\ud83c\\udfae"]', ["🎮"]),
        ('["quoted", "in, one"]', ["quoted", "in, one"]),
    ],
)
def test_a_list_is_read_as_json_and_python_write_it_and_read_again_the_same(
    cell: str, tags: list[str]
) -> None:
    made, _ = run(
        rule("split_list: {of: kinds, as: play}"),
        values_of_cells.frame({"kinds": ([cell], "text")}),
    )

    (written,) = plain(made)["play"]
    assert json.loads(written) == tags
    assert list(cells.to_tags(written)) == tags


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("[a, b]", "'[a, b]' is not a list of quoted words"),
        ('["a"', "'[\"a\"' opens a list and never closes it"),
        ('["a" "b"]', '\'["a" "b"]\' lacks a comma between two words'),
        ("['a\"]", "'[\\'a\"]' is not a list of quoted words"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error_with_its_line(cell: str, problem: str) -> None:
    frame = values_of_cells.frame({"kinds": (["a", cell], "text"), "__line__": ([2, 3], "any")})

    with pytest.raises(DataError) as raised:
        run(rule("split_list: {of: kinds, as: play}"), frame)

    assert raised.value.problems[0].message == f"kinds: {problem}"
    assert raised.value.problems[0].place == "line 3"
    assert raised.value.problems[0].hint == 'write ["one", "two"], or one, two without brackets'


def test_a_new_name_that_is_taken_or_an_old_one_that_is_not_there_is_an_error() -> None:
    renaming = rule("rename: {qty: quantity, when: at}")

    assert renaming.columns_after(["qty", "item", "when"]) == ["quantity", "item", "at"]
    with pytest.raises(DataError, match="there is already a column 'quantity'") as taken:
        renaming.columns_after(["qty", "quantity", "when"])
    assert taken.value.problems[0].hint == "choose another name"
    with pytest.raises(DataError, match="there is no column 'when'") as raised:
        renaming.columns_after(["qty", "whence"])
    assert raised.value.problems[0].hint == "did you mean 'whence'?"


@pytest.mark.parametrize(
    "text",
    [
        "bands: {of: cost, as: band}",
        "bands: {of: cost, as: band, low: under 5, high: 6 or more}",
        "bands: {of: cost, as: band, low: under 5, high: 4 or more}",
        "bands: {of: cost, as: band, low: under 5, high: under 9}",
        "bands: {of: cost, as: band, low: cheap}",
        "bands: {of: day, as: half, first: before 2023-07-01}",
        "bands: {of: day, as: half, last: from 2023-07-01}",
        "bands: {of: cost, low: under 5}",
        "derive: {}",
        "derive: {w: week of day}",
        "derive: {h: holiday of day}",
        "derive: {w: weekday of x, l: log of x}",
        "rename: {}",
        "rename: {a: c, b: c}",
        "fill_missing: {}",
        "fill_missing: {a: }",
        "split_list: {of: kinds}",
    ],
)
def test_what_makes_no_sense_is_refused_before_any_data_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(text)


@pytest.mark.parametrize(
    ("text", "message", "hint", "key"),
    [
        ("bands: {of: cost, as: band}", "no band is named", "", ""),
        (
            "bands: {of: day, as: half, rest: under 5, first: before 2023-07-01}",
            "the band 'first' (before 2023-07-01) is of dates, not of numbers",
            "write under 5, 5 to 20, or 20 or more",
            "first",
        ),
        (
            "bands: {of: cost, as: band, high: 6 or more, low: under 5}",
            "the bands 'low' (under 5) and 'high' (6 or more) leave a gap between 5 and 6",
            "let 'high' begin at 5, or add a band: 5 to 6",
            "high",
        ),
        (
            "bands: {of: cost, as: band, low: under 5, high: 4 or more}",
            "the bands 'low' (under 5) and 'high' (4 or more) overlap",
            "let one band end where the next begins; 4 is in both",
            "high",
        ),
        (
            "bands: {of: cost, as: band, low: 0 to 1, middle: 1 to 2, high: 2.5 to 3}",
            "the bands 'middle' (1 to 2) and 'high' (2.5 to 3) leave a gap between 2 and 2.5",
            "let 'high' begin at 2, or add a band: 2 to 2.5",
            "high",
        ),
        ("derive: {}", "no column is derived", "", ""),
        (
            "derive: {logged: log of x, on: weekday of x}",
            "'x' cannot be both a number and a date",
            "take one of the two away, or name another column",
            "on",
        ),
        ("rename: {}", "no column is renamed", "", ""),
        (
            "rename: {a: b, b: c, d: c}",
            "two columns are renamed to 'c'",
            "choose another name",
            "d",
        ),
        ("fill_missing: {}", "no column is filled", "", ""),
    ],
)
def test_what_makes_no_sense_is_explained(text: str, message: str, hint: str, key: str) -> None:
    assert refused(text) == (message, hint, key)


@pytest.mark.parametrize(
    "text",
    [
        "bands: {of: cost, as: band, all: 0 or more}",
        "bands: {of: cost, as: band, high: 5 or more, middle: 1 to 5, low: under 1}",
        "derive: {on: weekday of day, month: month of day, l: log of x, s: sqrt of x}",
        "rename: {a: b, b: a}",
    ],
)
def test_what_touches_and_does_not_overlap_makes_sense(text: str) -> None:
    assert rule(text).gives()


def test_bands_are_in_order_from_the_lowest_whatever_they_are_called() -> None:
    written = rule("bands: {of: cost, as: band, dear: 20 or more, poor: under 5, fair: 5 to 20}")

    assert written.levels_of("band") == ["poor", "fair", "dear"]


def test_what_is_left_of_a_rule_is_what_some_columns_allow() -> None:
    deriving = rule("derive: {on: weekday of day, off: holiday of day in CA, r: sqrt of guests}")
    banding = rule("bands: {of: cost, as: band, low: under 5}")
    assert isinstance(deriving, ColumnsRule)
    assert isinstance(banding, ColumnsRule)

    some = deriving.possible({"day", "cost"})
    assert some is not None
    assert some.says() == "derive weekday of day, holiday of day in CA"
    assert some.gives() == {"on": "text", "off": "text"}
    assert deriving.possible({"day", "guests"}) == deriving
    assert deriving.possible({"cost"}) is None
    assert banding.possible({"cost"}) is banding
    assert banding.possible({"cost", "day"}) is banding
    assert banding.possible({"day"}) is None


@pytest.mark.parametrize("name", ["cls", "self", "_fields_set"])
def test_a_derived_column_may_have_any_name(name: str) -> None:
    deriving = rule(f"derive: {{{name}: weekday of day, r: sqrt of guests}}")
    assert isinstance(deriving, ColumnsRule)

    left = deriving.possible({"day"})

    assert left is not None
    assert left.gives() == {name: "text"}
