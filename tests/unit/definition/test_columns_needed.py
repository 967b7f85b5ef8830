"""Which columns a definition needs of its exports, read as what."""

from __future__ import annotations

from typing import Any

import pytest
from support import RIDGE_PIZZERIA as PIZZERIA
from support import ridge_table as table

from mlcli.definition import columns_needed
from mlcli.definition import definition as definitions
from mlcli.definition.known_columns import KindConflictError
from mlcli.definition.rules.base import Rule
from mlcli.definition.rules.registry import Step
from mlcli.definition.yaml_text import Document


def rules(text: str) -> list[Rule]:
    """Return the rules of a YAML list, each as it stands in a source without a key."""
    return [Step.model_validate(value).rule for value in Document(text).value]


def definition(text: str) -> definitions.Definition:
    return definitions.build(Document(text).value)


@pytest.mark.parametrize(
    ("text", "wanted", "needed"),
    [
        # Where a rule tests a column, it is needed as what it is compared with.
        ("[keep: {item: pizza}]", {}, {"item": "text"}),
        ("[keep: {top: true}]", {}, {"top": "boolean"}),
        ("[drop: {table: [3, 4]}]", {}, {"table": "number"}),
        ("[between: {guests: 1 to 5, day: from 2023-01-01}]", {}, {"guests": "number", "day": "date"}),
        ("[drop_weekdays: {of: day, days: Friday}]", {}, {"day": "date"}),
        ("[drop_dates: {of: day, dates: 2023-12-25}]", {}, {"day": "date"}),
        ("[drop_missing: {of: [a, b]}]", {}, {"a": "any", "b": "any"}),
        ("[drop_duplicates: {of: id}]", {}, {"id": "any"}),
        ("[drop_duplicates: {}]", {}, {}),
        # Where one makes a column, that is not needed, and what it is made of is.
        ("[bands: {of: cost, as: budget, low: under 5, high: 5 or more}]", {"budget": "text"}, {"cost": "number"}),
        ("[derive: {month: month of day, big: log of guests}]", {"month": "number"}, {"day": "date", "guests": "number"}),
        ("[split_list: {of: kinds, as: play}]", {"play": "text", "id": "any"}, {"kinds": "text", "id": "any"}),
        ("[fill_missing: {guests: 0}]", {"guests": "any"}, {"guests": "number"}),
        # Made of itself, it is needed as what it was.
        ("[bands: {of: cost, as: cost, low: under 5, high: 5 or more}]", {"cost": "text"}, {"cost": "number"}),
        # Nothing survives gathering but the key and what is made.
        ("[count: {per: day of t, as: n}]", {"n": "number", "day": "date"}, {"t": "date"}),
        ("[sum: {of: q, per: table, as: n}]", {"n": "number"}, {"q": "number", "table": "any"}),
        ("[mean: {of: q, per: week of t, as: n}]", {}, {"q": "number", "t": "date"}),
        ("[{keep: {item: pizza}}, {count: {per: day of t, as: n}}]", {"n": "any"}, {"item": "text", "t": "date"}),
        # A new name is followed back to the old one, through several rules.
        ("[rename: {qty: quantity}]", {"quantity": "number"}, {"qty": "number"}),
        ("[rename: {qty: quantity}]", {"price": "number"}, {"price": "number"}),
        ("[rename: {a: b, b: a}]", {"a": "number", "b": "text"}, {"b": "number", "a": "text"}),
        ("[{rename: {a: b}}, {rename: {b: c}}, {keep: {c: x}}]", {"c": "any"}, {"a": "text"}),
        ("[{keep: {a: x}}, {rename: {a: b}}, {fill_missing: {b: y}}]", {"b": "any"}, {"a": "text"}),
    ],
)  # fmt: skip
def test_columns_are_needed_before_rules_for_those_wanted_after(
    text: str, wanted: dict[str, Any], needed: dict[str, str]
) -> None:
    assert columns_needed.needed(rules(text), wanted) == needed


@pytest.mark.parametrize(
    ("text", "wanted", "column"),
    [
        ("[keep: {guests: many}]", {"guests": "number"}, "guests"),
        ("[keep: {guests: 5}]", {"guests": "text"}, "guests"),
        ("[keep: {free: true}]", {"free": "text"}, "free"),
        ("[derive: {month: month of day}]", {"day": "number"}, "day"),
        ("[derive: {month: month of day}]", {"month": "text"}, "month"),
        ("[fill_missing: {guests: none}]", {"guests": "number"}, "guests"),
        ("[{keep: {a: x}}, {rename: {a: b}}]", {"b": "number"}, "a"),
        ("[{between: {guests: 1 to 5}}, {keep: {guests: few}}]", {}, "guests"),
        ("[count: {per: day of t, as: n}]", {"n": "text"}, "n"),
        ("[count: {per: day of t, as: n}]", {"day": "number"}, "day"),
    ],
)
def test_a_column_that_is_needed_as_two_things_is_a_conflict(
    text: str, wanted: dict[str, Any], column: str
) -> None:
    with pytest.raises(KindConflictError) as raised:
        columns_needed.needed(rules(text), wanted)

    assert raised.value.column == column


def test_whole_rows_are_compared_only_where_no_column_is_named() -> None:
    assert columns_needed.wants_every_column(rules("[drop_duplicates: {}]"))
    assert not columns_needed.wants_every_column(rules("[drop_duplicates: {of: id}]"))
    assert not columns_needed.wants_every_column(rules("[keep: {item: pizza}]"))


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (table(), {"guests": "any", "doughs": "number"}),
        (table(features="[{name: guests, kind: number}]"), {"guests": "number", "doughs": "number"}),
        (table(features="[{name: table, kind: category}]"), {"table": "text", "doughs": "number"}),
        (table() + "date: day\n", {"day": "date", "guests": "any", "doughs": "number"}),
        (table() + "baseline: 2 * guests + tables\n", {"guests": "number", "tables": "number", "doughs": "number"}),
        (table() + "join: table\nholdout: random 20%\n", {"table": "any", "guests": "any", "doughs": "number"}),
        (table() + "join: day\nholdout: newest 20%\n", {"day": "date", "guests": "any", "doughs": "number"}),
        (PIZZERIA, {"day": "date", "reservations": "any", "doughs": "number"}),
        # The number of a month, made by a rule, can be a category as it is.
        (
            table("[derive: {month: month of day}]", "[{name: month, kind: category}]"),
            {"month": "any", "doughs": "number"},
        ),
    ],
)  # fmt: skip
def test_the_finished_table_holds_the_key_the_features_the_baseline_and_the_label(
    text: str, wants: dict[str, str]
) -> None:
    assert columns_needed.final_wants(definition(text)) == wants


@pytest.mark.parametrize(
    ("text", "made", "closed", "renamed"),
    [
        ("[]", {}, False, {}),
        ("[keep: {item: pizza}]", {}, False, {}),
        ("[derive: {month: month of day}]", {"month": "number"}, False, {}),
        ("[fill_missing: {guests: 0}]", {}, False, {}),
        ("[count: {per: day of t, as: n}]", {"day": "date", "n": "number"}, True, {}),
        ("[{count: {per: table, as: n}}, {fill_missing: {n: 0}}]", {"table": "any", "n": "number"}, True, {}),
        ("[rename: {a: b}]", {"b": "any"}, False, {"a": "b"}),
        ("[rename: {a: b, b: a}]", {"b": "any", "a": "any"}, False, {}),
        ("[{rename: {a: b}}, {rename: {b: c}}]", {"c": "any"}, False, {"a": "b", "b": "c"}),
        ("[{rename: {a: b}}, {derive: {a: log of b}}]", {"b": "any", "a": "number"}, False, {}),
        ("[{rename: {a: b}}, {rename: {c: a}}]", {"b": "any", "a": "any"}, False, {"c": "a"}),
        ("[{rename: {a: b}}, {count: {per: b, as: n}}]", {"b": "any", "n": "number"}, True, {}),
        ("[{count: {per: day of t, as: n}}, {rename: {n: m}}]", {"day": "date", "m": "number"}, True, {"n": "m"}),
    ],
)  # fmt: skip
def test_what_is_known_of_a_table_is_followed_through_the_rules(
    text: str, made: dict[str, str], closed: bool, renamed: dict[str, str]
) -> None:
    found = columns_needed.after(rules(text))

    assert (found.made, found.closed, dict(found.renamed)) == (made, closed, renamed)


def test_a_column_is_certainly_not_there_once_renamed_or_once_all_are_known() -> None:
    open_table = columns_needed.after(rules("[rename: {a: b}]"))
    closed_table = columns_needed.after(rules("[count: {per: day of t, as: nights}]"))

    assert [open_table.lack(c) for c in ("a", "b", "c")] == [True, False, False]
    assert [closed_table.lack(c) for c in ("t", "nights", "day")] == [True, False, False]
    assert open_table.instead("a") == "its name is 'b' now"
    assert closed_table.instead("nigths") == "did you mean 'nights'?"
    assert closed_table.instead("t") == "the columns are day, nights"


def test_dates_are_the_key_where_a_rule_names_none() -> None:
    found = definition(PIZZERIA)

    assert found.table_rules[0].needs() == {"day": "date"}
    assert columns_needed.needed(found.table_rules, {}) == {"day": "date"}
