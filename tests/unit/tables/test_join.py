"""Aligning tables on a key, and settling what columns of text turn out to be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from tables import columns, plain, table

from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.grammar.cells import Kind
from mlcli.tables import join
from mlcli.tables.join import Table


def text(name: str, *cells: str | None) -> str:
    """Return a table of one column of text, as `tables.table` reads it."""
    return "\n".join([f"{name}: text", *("-" if cell is None else cell for cell in cells)])


def settled(given: str, *, key: str | None = None, **kinds: Kind) -> Table:
    return join.settled(table(given), dict(kinds), "data/t.csv", key=key)


def refused(do: Callable[[], object]) -> tuple[str, str]:
    """Return `place: message` and the hint of a refusal."""
    with pytest.raises(DataError) as caught:
        do()
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.message}", problem.hint


# ---- settling ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (("1", "2.50", "-3e2"), "number", [1.0, 2.5, -300.0]),
        ((" 7 ", None, "7"), "number", [7.0, None, 7.0]),
        (("01", "1", "1.0"), "number", [1.0, 1.0, 1.0]),
        (("a", "b", "a"), "text", ["a", "b", "a"]),
        (("a", None, "A"), "text", ["a", None, "A"]),
        (("nan", "inf"), "text", ["nan", "inf"]),
        (("true", "false"), "text", ["true", "false"]),
        (("2023-06-08", "late"), "text", ["2023-06-08", "late"]),
        (("3,5", "large"), "text", ["3,5", "large"]),
        ((None, None), "text", [None, None]),
    ],
)
def test_a_column_is_numbers_if_every_cell_is_and_text_else(
    cells: tuple[str | None, ...], kind: Kind, values: list[Any]
) -> None:
    frame, kinds, file = settled(text("x", *cells), x="any")

    assert kinds == {"x": kind}
    assert plain(frame) == {"x": values}
    assert frame[LINE].to_list() == list(range(2, len(cells) + 2))
    assert file == "data/t.csv"


def test_a_column_of_a_kind_that_is_known_is_left_alone() -> None:
    given = "n: number | d: date | b: boolean | t: text\n1 | 2023-06-08 | true | 7"

    frame, kinds, _ = settled(given, n="number", d="date", b="boolean", t="text")

    assert kinds == {"n": "number", "d": "date", "b": "boolean", "t": "text"}
    assert plain(frame)["t"] == ["7"]


def test_a_column_that_a_rule_made_is_what_the_rule_made_it() -> None:
    given = "n: number | d: date | b: boolean\n1 | 2023-06-08 | true"

    _, kinds, _ = settled(given, n="any", d="any", b="any")

    assert kinds == {"n": "number", "d": "date", "b": "boolean"}


WORDS = "or say  {name: x, kind: category}  if they are words"


@pytest.mark.parametrize(
    ("cells", "message", "hint"),
    [
        (
            ("1", None, "many", "2", "few"),
            "line 4: column 'x' holds numbers, but 'many' is not one",
            (
                "write digits and a decimal point only, such as 3.5, or say in its source  "
                f"missing: [many]  if it stands for no number, {WORDS}"
            ),
        ),
        (
            ("1", "2,5"),
            "line 3: column 'x' holds numbers, but '2,5' is not one",
            f'write it as 2.5, or say in its source  decimal: ",", {WORDS}',
        ),
        (
            ("1", "NA"),
            "line 3: column 'x' holds numbers, but 'NA' is not one",
            (
                "leave the cell empty where there is no number, "
                f"or say in its source  missing: [NA], {WORDS}"
            ),
        ),
        (
            (None, "€ 3", "€ 4"),
            "line 3: column 'x': '€ 3' is not a number",
            f'write it as 3, or say in its source  unit: "€", {WORDS}',
        ),
        (
            ("1,234", "2,345"),
            "line 2: column 'x': '1,234' is not a number",
            (
                "write 1234 if the comma groups thousands, 1.234 if it marks the decimals, "
                f'or say in its source  thousands: ","  or  decimal: ",", {WORDS}'
            ),
        ),
        (
            ("2", "1e400"),
            "line 3: column 'x': '1e400' is too large a number",
            "numbers are read up to 1e100",
        ),
        (
            ("2023-06-08", "2023-06-09 10:00"),
            "line 2: column 'x' holds dates, where a number or a word is needed",
            f"make one of it, with  derive: {{weekday: weekday of x}},  {WORDS}",
        ),
    ],
)
def test_a_column_that_is_neither_is_for_the_user_to_settle(
    cells: tuple[str | None, ...], message: str, hint: str
) -> None:
    assert refused(lambda: settled(text("x", *cells), x="any")) == (message, hint)


def test_the_key_is_settled_by_all_tables_together() -> None:
    frame, kinds, _ = settled(text("k", "1", "bar"), key="k", k="any")

    assert kinds == {"k": "any"}
    assert plain(frame) == {"k": ["1", "bar"]}


# ---- joining ------------------------------------------------------------------------------


def source(given: str, file: str, *, anything: tuple[str, ...] = ()) -> Table:
    """Return a table and its kinds; those of some columns are not known yet."""
    kinds = {name: kind for name, (_, kind) in columns(given).items()}
    return table(given), {**kinds, **dict.fromkeys(anything, "any")}, file


BOOKED = """
day: date  | guests: number
2023-06-03 | 3
2023-06-01 | 1
2023-06-02 | -
"""
SOLD = """
day: date  | doughs: number | note: text
2023-06-02 | 20             | x
2023-06-04 | 40             | -
2023-06-01 | 10             | y
"""


def joined(
    key: str | None = "day", **tables: Table
) -> tuple[dict[str, list[Any]], dict[str, Kind]]:
    frame, kinds = join.join(tables, key)
    return plain(frame), kinds


def test_every_key_that_any_table_knows_is_kept_in_order() -> None:
    made, kinds = joined(booked=source(BOOKED, "a.csv"), sold=source(SOLD, "b.csv"))

    assert made == {
        "day": [datetime(2023, 6, d) for d in (1, 2, 3, 4)],
        "guests": [1.0, None, 3.0, None],
        "doughs": [10.0, 20.0, None, 40.0],
        "note": ["y", "x", None, None],
    }
    assert kinds == {"day": "date", "guests": "number", "doughs": "number", "note": "text"}


def test_three_tables_may_stand_in_any_order() -> None:
    wind = "day: date | wind: text\n2023-06-05 | calm\n2023-06-01 | high"
    tables = {"a": source(BOOKED, "a.csv"), "b": source(SOLD, "b.csv"), "c": source(wind, "c.csv")}

    results = []
    for order in permutations(tables):
        made, _ = joined(**{name: tables[name] for name in order})
        results.append(dict(sorted(made.items())))

    assert all(result == results[0] for result in results)
    assert results[0]["day"] == [datetime(2023, 6, d) for d in (1, 2, 3, 4, 5)]
    assert results[0]["wind"] == ["high", None, None, None, "calm"]


def test_joined_rows_stand_in_no_line() -> None:
    frame, _ = join.join({"a": source(BOOKED, "a"), "b": source(SOLD, "b")}, "day")

    assert LINE not in frame.columns


def test_one_table_keeps_its_order_and_its_lines() -> None:
    frame, kinds = join.join({"a": source(BOOKED, "a")}, "day")

    assert plain(frame)["guests"] == [3.0, 1.0, None]
    assert frame[LINE].to_list() == [2, 3, 4]
    assert kinds == {"day": "date", "guests": "number"}


def test_one_table_without_a_key_may_repeat_itself() -> None:
    made, _ = joined(None, a=source(BOOKED + "2023-06-03 | 9\n", "a"))

    assert made["guests"] == [3.0, 1.0, None, 9.0]


@pytest.mark.parametrize(
    ("left", "right", "keys", "kind"),
    [
        (("10", "9"), ("9", "10"), [9.0, 10.0], "number"),
        (("7", "8"), ("07", "8.0"), [7.0, 8.0], "number"),
        (("10", "9"), ("9", "bar"), ["10", "9", "bar"], "text"),
        (("10", "bar"), ("9", "10"), ["10", "9", "bar"], "text"),
        (("b", "a"), ("a", "c"), ["a", "b", "c"], "text"),
        (("9007199254740991",), ("9007199254740991",), [2.0**53 - 1], "number"),
        (
            ("9007199254740992", "9007199254740993"),
            ("9007199254740993",),
            ["9007199254740992", "9007199254740993"],
            "text",
        ),
        (("1e400",), ("1e400",), ["1e400"], "text"),
    ],
)
def test_keys_are_numbers_if_no_table_has_anything_else_and_all_can_be_told_apart(
    left: tuple[str, ...], right: tuple[str, ...], keys: list[Any], kind: Kind
) -> None:
    one = source(text("k", *left), "a", anything=("k",))
    other = source(text("k", *right), "b", anything=("k",))

    for tables in ({"a": one, "b": other}, {"b": other, "a": one}):
        made, kinds = joined("k", **tables)

        assert made == {"k": keys}
        assert kinds == {"k": kind}


def test_keys_follow_a_table_in_which_they_are_numbers_already() -> None:
    one = source("k: number\n1\n2", "a")
    other = source(text("k", "2", "3"), "b", anything=("k",))

    assert joined("k", a=one, b=other) == ({"k": [1.0, 2.0, 3.0]}, {"k": "number"})


def test_keys_follow_a_table_in_which_they_are_words_already() -> None:
    one = source("k: text\n1\n2", "a")
    other = source(text("k", "2", "3"), "b", anything=("k",))

    assert joined("k", a=one, b=other) == ({"k": ["1", "2", "3"]}, {"k": "text"})


def test_a_join_leaves_its_tables_as_they_were() -> None:
    one = source(text("k", "1", "2"), "a", anything=("k",))
    other = source(text("k", "2"), "b", anything=("k",))

    joined("k", a=one, b=other)

    assert one[1] == other[1] == {"k": "any"}
    assert plain(one[0]) == {"k": ["1", "2"]}


# ---- keys that cannot be joined by ----------------------------------------------------------

GATHER = "gather its rows with  count, sum  or  mean, or put  drop_duplicates  before the join"


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    twice = source(BOOKED + "2023-06-02 | 9\n2023-06-01 | 9\n", "a.csv")

    said = refused(lambda: joined(booked=twice, sold=source(SOLD, "b.csv")))

    assert said == (
        "a.csv:3: 'day' 2023-06-01 stands more than once in source 'booked', again in line 6",
        GATHER,
    )


def test_a_key_that_stands_twice_is_refused_in_any_table() -> None:
    twice = source(SOLD + "2023-06-04 | 1 | z\n", "b.csv")

    said, _ = refused(lambda: joined(booked=source(BOOKED, "a.csv"), sold=twice))

    assert said.startswith("b.csv:3: 'day' 2023-06-04 stands more than once in source 'sold'")


def test_a_key_that_stands_twice_after_its_rows_were_gathered_has_no_line() -> None:
    frame, kinds, file = source("k: text\n7\n7.0", "a", anything=("k",))
    gathered = frame.drop(LINE), kinds, file

    said, _ = refused(lambda: joined("k", a=gathered, b=source("k: number\n7", "b")))

    assert said == "a: 'k' 7 stands more than once in source 'a'"


def test_a_key_is_checked_where_there_is_only_one_table_too() -> None:
    twice = source(BOOKED + "2023-06-03 | 9\n", "a.csv")

    assert refused(lambda: joined(booked=twice))[0].startswith("a.csv:2: 'day' 2023-06-03 stands")


def test_a_key_that_is_empty_is_refused_with_its_line() -> None:
    empty = source(BOOKED + "- | 9\n", "a.csv")

    said = refused(lambda: joined(booked=empty, sold=source(SOLD, "b.csv")))

    assert said == (
        "a.csv:5: the key 'day' is empty",
        "mend the cell, or put  drop_missing: {of: day}  into the source's rules",
    )


def test_a_key_with_a_time_is_refused_with_its_line() -> None:
    timed = source(SOLD + "2023-06-05 00:00:01 | 1 | z\n", "b.csv")

    said = refused(lambda: joined(booked=source(BOOKED, "a.csv"), sold=timed))

    assert said == (
        "b.csv:5: 'day' of source 'sold' is 2023-06-05 00:00:01, which has a time",
        "gather rows first, with  count  or  sum  per: day of day",
    )


def test_keys_of_two_kinds_are_refused_with_what_each_holds() -> None:
    one = source("k: number\n2\n10", "a.csv")
    other = source(text("k", "bar", "2"), "b.csv", anything=("k",))

    assert refused(lambda: joined("k", a=one, b=other)) == (
        ": 'k' holds numbers in a.csv (2 to 10) and words in b.csv (2 to bar)",
        "write the key in both in the same way",
    )


def test_days_that_do_not_meet_are_refused_with_their_ranges() -> None:
    later = "day: date | doughs: number\n2024-06-02 | 1\n2024-06-01 | 2"

    assert refused(lambda: joined(a=source(BOOKED, "a.csv"), b=source(later, "b.csv"))) == (
        ": no day is in both a.csv (2023-06-01 to 2023-06-03) and b.csv (2024-06-01 to 2024-06-02)",
        "are the two exports of the same time?",
    )


def test_words_that_do_not_meet_are_refused_with_their_ranges() -> None:
    one, other = source("k: text\nbar\nhall", "a.csv"), source("k: text\nBar\nHall", "b.csv")

    assert refused(lambda: joined("k", a=one, b=other)) == (
        ": no k is in both a.csv (bar to hall) and b.csv (Bar to Hall)",
        "is the key written in the same way in both?",
    )


def test_a_third_table_that_meets_neither_is_refused() -> None:
    third = source("day: date\n2024-06-01", "c.csv")

    said, _ = refused(lambda: joined(a=source(BOOKED, "a.csv"), b=source(SOLD, "b.csv"), c=third))

    assert "a.csv (2023-06-01 to 2023-06-03) and c.csv (2024-06-01 to 2024-06-01)" in said


# ---- values -----------------------------------------------------------------------------------


def test_values_are_plain_and_missing_ones_are_none() -> None:
    frame = table(
        "n: number | d: date | b: boolean | t: text\n1 | 2023-06-08 10:00 | true | x\n- | - | - | -"
    )

    found = {name: join.values(frame[name]) for name in "ndbt"}

    assert found == {
        "n": [1.0, None],
        "d": [datetime(2023, 6, 8, 10), None],
        "b": [True, None],
        "t": ["x", None],
    }
    assert [type(values[0]) for values in found.values()] == [float, datetime, bool, str]
