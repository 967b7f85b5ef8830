"""Tests on rows: the same of a table and of a question, and asked only of what is there."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import rule

from mlcli.answering.column import Times
from mlcli.answering.domain import Condition, Predicate
from mlcli.definition.rules.kinds import WhereRule
from mlcli.exports import values_of_cells
from mlcli.grammar import cells
from mlcli.store import records
from mlcli.tables import join

EXAMPLES = int(os.environ.get("EXAMPLES", "50"))  # more in `make slow`

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NEW_YEAR = datetime(2024, 1, 1)

# Few values, so that they meet the bounds often; and all that cells hold, now and then.
NUMBERS = st.integers(-3, 8).map(float) | st.floats(-cells.LARGEST, cells.LARGEST)
DATES = st.builds(
    lambda day, second: NEW_YEAR + timedelta(days=day, seconds=second),
    st.integers(-10, 10),
    st.sampled_from([0, 0, 1, 43_200, 86_399]),
)
WORDS = st.sampled_from(["pizza", "Pizza", " pizza", "", "0", "true", "né", "5"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": NUMBERS,
    "date": DATES,
    "text": WORDS,
    "boolean": st.booleans(),
}


@st.composite
def spans(draw: st.DrawFn, of: str) -> str:
    """Write a range of whole numbers or of days, with a high end or without."""
    low = draw(st.integers(-4, 8))
    high = low + draw(st.integers(1, 5))
    if of == "number":
        return draw(st.sampled_from([f"under {high}", f"{low} to {high}", f"{low} or more"]))
    first, last = (f"{NEW_YEAR + timedelta(days=n):%Y-%m-%d}" for n in (low, high))
    return draw(st.sampled_from([f"before {last}", f"{first} to {last}", f"from {first}", first]))


@st.composite
def conditions(draw: st.DrawFn, column: str) -> Condition:
    kind = draw(st.sampled_from(list(VALUES)))
    tests = ["in", "present"]
    if kind in {"number", "date"}:
        tests.append("spans")
    if kind == "date":
        tests = ["weekdays", "spans", "present"]
    test = draw(st.sampled_from(tests))
    wanted: list[Any] = []
    if test == "in":
        wanted = draw(st.lists(VALUES[kind], min_size=1, max_size=3))
    elif test == "weekdays":
        wanted = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3))
    elif test == "spans":
        wanted = draw(st.lists(spans(kind), min_size=1, max_size=3))
        wanted = wanted[:1] if kind == "number" else wanted
    return Condition(column, kind, test, tuple(wanted))


def column(condition: Condition) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | VALUES[condition.kind], min_size=6, max_size=6)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_a_condition_says_the_same_of_a_table_and_of_single_values(data: st.DataObject) -> None:
    condition = data.draw(conditions("x"))
    values = data.draw(column(condition))
    frame = values_of_cells.frame({"x": (values, condition.kind)})

    of_the_table = frame.select(condition.expression().alias("met"))["met"].to_list()

    assert of_the_table == [condition.met_by(value) for value in values]
    assert of_the_table == condition.met_by_many(join.column(frame["x"])).tolist()


def test_a_day_that_is_missing_lies_in_no_range_of_days() -> None:
    days = Times(np.array(["2024-01-09", "NaT", "2024-01-10"], dtype="datetime64[us]"))

    until = Condition("day", "date", "spans", ("before 2024-01-10",))

    assert until.met_by_many(days).tolist() == [True, False, False]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.booleans())
def test_a_question_is_refused_exactly_where_a_row_is_dropped(
    data: st.DataObject, keeps: bool
) -> None:
    one, two = data.draw(conditions("x")), data.draw(conditions("y"))
    xs, ys = data.draw(column(one)), data.draw(column(two))
    predicate = Predicate(conditions=(one, two), keeps=keeps, rule="a rule", because="")
    frame = values_of_cells.frame({"x": (xs, one.kind), "y": (ys, two.kind)})

    stays = frame.select(predicate.expression().alias("stays"))["stays"].to_list()

    questions = [{"x": x, "y": y} for x, y in zip(xs, ys, strict=True)]
    assert stays == [not predicate.refuses(question) for question in questions]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.booleans())
def test_a_stored_predicate_comes_back_the_same(data: st.DataObject, keeps: bool) -> None:
    found = (data.draw(conditions("x")), data.draw(conditions("y")))
    predicate = Predicate(conditions=found, keeps=keeps, rule="a rule", because="a reason")

    assert (
        records.from_json(Predicate, json.loads(json.dumps(records.to_json(predicate))))
        == predicate
    )


@pytest.mark.parametrize(
    ("kind", "wanted", "value", "met"),
    [
        ("number", 5.0, "5", True),
        ("number", 5.0, " 5.0", True),
        ("number", 5.0, "6", False),
        ("number", 5.0, "five", False),
        ("boolean", True, "true", True),
        ("boolean", True, "false", False),
        ("boolean", False, "false", True),
        ("boolean", False, "true", False),
        ("boolean", False, "no", False),
        ("text", "5", 5.0, True),
        ("text", "5", 6.0, False),
        ("text", "true", True, True),
        ("text", "5", "5", True),
    ],
)
def test_a_category_is_asked_as_what_its_column_was_in_the_table(
    kind: Any, wanted: Any, value: Any, met: bool
) -> None:
    assert Condition("table", kind, "in", (wanted,)).met_by(value) is met


@pytest.mark.parametrize(
    ("text", "keeps", "conditions"),
    [
        (
            "keep: {open: true, guests: [2, 4]}",
            True,
            [("open", "boolean", "in", [True]), ("guests", "number", "in", [2.0, 4.0])],
        ),
        ("drop: {status: late}", False, [("status", "text", "in", ["late"])]),
        (
            "between: {guests: 1 to 60, day: from 2023-06-09}",
            True,
            [
                ("guests", "number", "spans", ["1 to 60"]),
                ("day", "date", "spans", ["from 2023-06-09"]),
            ],
        ),
        (
            "drop_weekdays: {of: day, days: [Friday, Sunday]}",
            False,
            [("day", "date", "weekdays", ["Friday", "Sunday"])],
        ),
        (
            "drop_dates: {of: day, dates: 2023-06-09}",
            False,
            [("day", "date", "spans", ["2023-06-09"])],
        ),
        (
            "drop_missing: {of: [guests, day]}",
            True,
            [("guests", "any", "present", []), ("day", "any", "present", [])],
        ),
    ],
)
def test_a_rule_is_stored_as_plain_data(
    text: str, keeps: bool, conditions: list[tuple[str, str, str, list[Any]]]
) -> None:
    one = rule(text[:-1] + ", because: it is so}")
    assert isinstance(one, WhereRule)

    assert records.to_json(one.predicate()) == {
        "rule": one.says(),
        "because": "it is so",
        "keeps": keeps,
        "conditions": [
            {"column": c, "kind": kind, "test": test, "values": values}
            for c, kind, test, values in conditions
        ],
    }


def predicate(text: str) -> Predicate:
    one = rule(text)
    assert isinstance(one, WhereRule)
    return one.predicate()


FRIDAY, THURSDAY = datetime(2023, 6, 9, 19), datetime(2023, 6, 8, 19)


@pytest.mark.parametrize(
    ("text", "question", "refused"),
    [
        ("keep: {open: true, guests: [2, 4]}", {}, False),
        ("keep: {open: true, guests: [2, 4]}", {"other": 1.0}, False),
        ("keep: {open: true, guests: [2, 4]}", {"open": True}, False),
        ("keep: {open: true, guests: [2, 4]}", {"open": False}, True),
        ("keep: {open: true, guests: [2, 4]}", {"guests": 3.0}, True),
        ("keep: {open: true, guests: [2, 4]}", {"open": True, "guests": 4.0}, False),
        ("keep: {open: true, guests: [2, 4]}", {"open": True, "guests": 3.0}, True),
        ("keep: {open: true, guests: [2, 4]}", {"open": None, "guests": 4.0}, True),
        ("drop: {status: late, guests: 2}", {}, False),
        ("drop: {status: late, guests: 2}", {"status": "late"}, False),
        ("drop: {status: late, guests: 2}", {"guests": 2.0}, False),
        ("drop: {status: late, guests: 2}", {"status": "late", "guests": 2.0}, True),
        ("drop: {status: late, guests: 2}", {"status": "late", "guests": 3.0}, False),
        ("drop: {status: late, guests: 2}", {"status": "Late", "guests": 2.0}, False),
        ("drop: {status: late, guests: 2}", {"status": None, "guests": 2.0}, False),
        ("between: {guests: 1 to 60}", {"guests": 1.0}, False),
        ("between: {guests: 1 to 60}", {"guests": 60.0}, True),
        ("between: {guests: 1 to 60}", {"guests": None}, True),
        ("between: {guests: 1 to 60}", {"day": FRIDAY}, False),
        ("between: {day: before 2023-06-09}", {"day": THURSDAY}, False),
        ("between: {day: before 2023-06-09}", {"day": FRIDAY}, True),
        ("drop_weekdays: {of: day, days: Friday}", {"day": FRIDAY}, True),
        ("drop_weekdays: {of: day, days: Friday}", {"day": THURSDAY}, False),
        ("drop_weekdays: {of: day, days: Friday}", {"day": None}, False),
        ("drop_weekdays: {of: day, days: Friday}", {"guests": 2.0}, False),
        ("drop_dates: {of: day, dates: 2023-06-09}", {"day": FRIDAY}, True),
        ("drop_dates: {of: day, dates: 2023-06-09}", {"day": THURSDAY}, False),
        ("drop_missing: {of: [guests, day]}", {"guests": 2.0}, False),
        ("drop_missing: {of: [guests, day]}", {"guests": None}, True),
        ("drop_missing: {of: [guests, day]}", {"guests": 2.0, "day": None}, True),
    ],
)
def test_a_domain_is_asked_only_about_the_columns_that_a_question_has(
    text: str, question: dict[str, Any], refused: bool
) -> None:
    found = predicate(text)

    assert found.refuses(question) is refused
    assert records.from_json(Predicate, records.to_json(found)).refuses(question) is refused


@pytest.mark.parametrize("offset", range(28))
def test_every_day_of_four_weeks_is_refused_by_its_own_weekday_alone(offset: int) -> None:
    when = datetime(2023, 12, 25, 23, 59, 59) + timedelta(days=offset)

    refusing = [
        name
        for name in WEEKDAYS
        if predicate(f"drop_weekdays: {{of: day, days: {name}}}").refuses({"day": when})
    ]

    assert refusing == [WEEKDAYS[when.weekday()]]
