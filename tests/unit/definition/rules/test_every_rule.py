"""What holds for every rule there is: a new one fails here until it is written out and tested."""

from __future__ import annotations

import importlib

import pytest
from pydantic import ValidationError
from tables import Golden, refused, rule, table

from mlcli.definition.rules.base import LINE
from mlcli.definition.rules.registry import Step

KINDS = ("where", "columns", "aggregate", "whole")


def goldens() -> list[Golden]:
    found: list[Golden] = []
    for kind in KINDS:
        found += importlib.import_module(f"unit.definition.rules.test_{kind}").GOLDEN
    return found


@pytest.mark.parametrize("name", Step.model_fields)
def test_every_rule_has_a_table_a_line_of_documentation_and_words(name: str) -> None:
    written = [golden for golden in goldens() if golden.name == name]

    assert written, f"write a golden table for {name!r} in tests/unit/rules/"
    for golden in written:
        one = rule(golden.rule)
        assert one.says().startswith(name.replace("sum", "sum of").replace("mean", "mean of"))
        assert one.kind in KINDS
        documented = (type(one).__doc__ or "").splitlines()
        assert len(documented) == 1, f"say in one line what {name!r} does"
        assert documented[0].endswith(".")
        assert Step.model_fields[name].description == documented[0]


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_a_rule_reads_no_other_column_than_it_needs_and_makes_those_it_gives(
    golden: Golden,
) -> None:
    one, given = rule(golden.rule), table(golden.given)
    every = not one.needs()  # drop_duplicates of whole rows
    needed = given if every else given.select(*one.needs(), LINE)

    (made,) = one.over(iter([needed]))

    assert set(made.columns) >= set(one.gives())
    assert len(made)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "keep: {item: [pizza, 5 cheeses], open: true}",
            "item = pizza or 5 cheeses and open = true",
        ),
        ("drop: {guests: [2, 2.5]}", "guests = 2 or 2.5"),
        (
            "between: {guests: 1 to 60, day: from 2023-06-09}",
            "guests 1 to 60 and day from 2023-06-09",
        ),
        ("drop_weekdays: {days: [Friday, Sunday]}", "Friday, Sunday"),
        ("drop_dates: {dates: [2023-12-25, from 2024-01-01]}", "2023-12-25, from 2024-01-01"),
        ("drop_missing: {of: [guests, day]}", "guests, day"),
        ("drop_duplicates: {}", ""),
        ("drop_duplicates: {of: [id, at]}", "of id, at"),
        ("bands: {of: cost, as: budget, low: under 5}", "of cost as budget"),
        ("derive: {w: weekday of day, s: sqrt of guests}", "weekday of day, sqrt of guests"),
        ("rename: {a: b, c: d}", "a to b, c to d"),
        ("fill_missing: {guests: 0, open: false}", "guests with 0, open with false"),
        ("split_list: {of: kinds, as: play}", "of kinds as play"),
        ("count: {per: day of at from 05:00, as: n}", "per day of at from 05:00"),
        ("sum: {of: guests, per: week of at, as: n}", "of guests per week of at"),
        ("mean: {of: guests, per: item, as: n}", "of guests per item"),
    ],
)
def test_a_rule_reads_in_the_ledger_as_it_was_written(text: str, words: str) -> None:
    assert rule(text).says() == f"{text.partition(':')[0]} {words}".strip()


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("keep: {item: pizza}", {"item": "item", "day": "day"}),
        ("fill_missing: {guests: 0}", {"guests": "guests", "day": "day"}),
        ("bands: {of: cost, as: budget, low: under 5}", {"budget": "cost", "day": "day"}),
        (
            "derive: {on: weekday of day, s: sqrt of guests}",
            {"on": "day", "s": "guests", "item": "item"},
        ),
        ("rename: {qty: quantity, a: b}", {"quantity": "qty", "b": "a", "day": "day"}),
        ("split_list: {of: kinds, as: play}", {"play": "kinds", "kinds": "kinds", "day": "day"}),
        ("count: {per: week of at, as: n}", {"week": "at", "n": "", "item": "item"}),
        ("sum: {of: guests, per: item, as: n}", {"item": "item", "n": "guests"}),
        ("mean: {of: guests, per: day of at, as: guests}", {"day": "at", "guests": "guests"}),
    ],
)
def test_a_column_is_made_from_the_one_a_rule_looks_at(text: str, origins: dict[str, str]) -> None:
    one = rule(text)

    assert {column: one.origin(column) for column in origins} == origins


@pytest.mark.parametrize(
    ("text", "needs", "gives"),
    [
        ("keep: {item: pizza, guests: 2}", {"item": "text", "guests": "number"}, {}),
        ("drop_duplicates: {of: [id, at]}", {"id": "any", "at": "any"}, {}),
        ("drop_duplicates: {}", {}, {}),
        ("bands: {of: cost, as: budget, low: under 5}", {"cost": "number"}, {"budget": "text"}),
        (
            "derive: {on: weekday of day, off: holiday of day in CA, s: sqrt of guests}",
            {"day": "date", "guests": "number"},
            {"on": "text", "off": "text", "s": "number"},
        ),
        ("rename: {a: b}", {"a": "any"}, {"b": "any"}),
        (
            "fill_missing: {a: 0, b: dry, c: false}",
            {"a": "number", "b": "text", "c": "boolean"},
            {"a": "number", "b": "text", "c": "boolean"},
        ),
        ("split_list: {of: kinds, as: play}", {"kinds": "text"}, {"play": "text"}),
        ("count: {per: item, as: n}", {"item": "any"}, {"item": "any", "n": "number"}),
        ("count: {per: day of at, as: n}", {"at": "date"}, {"day": "date", "n": "number"}),
        (
            "mean: {of: guests, per: week of at, as: n}",
            {"at": "date", "guests": "number"},
            {"week": "date", "n": "number"},
        ),
    ],
)
def test_a_rule_says_what_its_columns_must_be_and_what_it_makes(
    text: str, needs: dict[str, str], gives: dict[str, str]
) -> None:
    assert rule(text).needs() == needs
    assert rule(text).gives() == gives


@pytest.mark.parametrize(
    "text", ["{}", "{keep: {item: pizza}, drop: {item: cola}}", "keep: ", "kepe: {item: pizza}"]
)
def test_a_step_is_one_rule_with_its_options(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(text)


@pytest.mark.parametrize(
    ("text", "message", "hint", "key"),
    [
        ("{}", "this rule has no name", "write  keep: {COLUMN: VALUE}", ""),
        (
            "{keep: {item: pizza}, drop: {item: cola}, count: {}}",
            "one rule has two names: 'keep' and 'drop'",
            "begin each rule with its own dash",
            "drop",
        ),
        ("keep: ", "the rule 'keep' has no options", "", "keep"),
    ],
)
def test_a_step_that_is_no_rule_is_explained(text: str, message: str, hint: str, key: str) -> None:
    assert refused(text) == (message, hint, key)


@pytest.mark.parametrize(("text", "place"), [("kepe: ", "kepe"), ("kepe: {item: pizza}", "kepe")])
def test_a_rule_that_there_is_not_is_an_unknown_option(text: str, place: str) -> None:
    with pytest.raises(ValidationError) as raised:
        rule(text)

    (error,) = raised.value.errors()
    assert (error["type"], error["loc"]) == ("extra_forbidden", (place,))


def test_a_step_that_is_no_mapping_is_of_the_wrong_type() -> None:
    with pytest.raises(ValidationError) as raised:
        rule("keep")

    assert raised.value.errors()[0]["type"] == "model_type"
