"""What holds for every rule there is: a new one fails here until it is written out and tested."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw
import pytest
from pydantic import ValidationError
from tables import Golden, plain, refused, rule, table

from mlcli.definition import definition
from mlcli.definition.known_columns import UNKNOWN, KnownColumns
from mlcli.definition.rules.base import LINE, Rule
from mlcli.definition.rules.kinds import AggregateRule, ColumnsRule, WhereRule, WholeRule
from mlcli.definition.rules.registry import Step
from mlcli.errors import DataError
from mlcli.grammar.phrases import Per

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlcli.grammar.cells import Json

FILES = ("where", "columns", "aggregate", "whole")


def goldens() -> list[Golden]:
    found: list[Golden] = []
    for kind in FILES:
        found += importlib.import_module(f"unit.definition.rules.test_{kind}").GOLDEN
    return found


@pytest.fixture(scope="module")
def schema() -> Json:
    return definition.json_schema()


@pytest.mark.parametrize("name", Step.model_fields)
def test_every_rule_has_a_table_a_line_of_documentation_and_words(name: str, schema: Json) -> None:
    written = [golden for golden in goldens() if golden.name == name]

    assert written, f"write a golden table for {name!r} in tests/unit/rules/"
    for golden in written:
        one = rule(golden.rule)
        assert one.says().startswith(name.replace("sum", "sum of").replace("mean", "mean of"))
        assert isinstance(one, WhereRule | ColumnsRule | AggregateRule | WholeRule)
        assert type(one) is Step.rule_called(name)
        documented = (type(one).__doc__ or "").splitlines()
        assert len(documented) == 1, f"say in one line what {name!r} does"
        assert documented[0].endswith(".")
        shown = schema["$defs"]["Step"]["properties"][name]
        assert shown["description"] == documented[0]


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


QUESTIONS: dict[str, Callable[[Rule], object]] = {
    "why": lambda one: one.why(),
    "outcome": lambda one: one.outcome,
    "own_keys": lambda one: one.own_keys,
    "needs_every_column": lambda one: one.needs_every_column,
    "needs_all_rows": lambda one: one.needs_all_rows,
    "renames": lambda one: one.renames(),
    "fills": lambda one: one.fills(),
    "lists": lambda one: one.lists(),
    "levels_of x": lambda one: one.levels_of("x"),
    "possible": lambda one: one.possible(one.needs().keys()) == one,
    "implied": lambda one: one.implied(),
    "domain": lambda one: [c.column for test in one.domain() for c in test.conditions],
    "about_days": lambda one: one.about_days,
    "gathers": lambda one: one.gathers,
    "period": lambda one: one.period(),
    "totals x": lambda one: one.totals("x"),
    "totals day": lambda one: one.totals("day"),
    "cuts_off": lambda one: one.cuts_off,
    "nothing_cut": lambda one: one.nothing_cut(),
    "by_expression": lambda one: one.by_expression,
    "misplaced after the join": lambda one: bool(one.misplaced([], [], joined=True)),
    "misplaced below another": lambda one: bool(one.misplaced([GATHERS], [], joined=False)),
    "misplaced alone": lambda one: bool(one.misplaced([], [], joined=False)),
}
"""What is asked of a rule by others, and by no other way than these."""

GATHERS = rule("count: {per: day of at, as: n}")
KEEPS: dict[str, object] = {"outcome": "{lost} left out"}
MAKES: dict[str, object] = {"possible": True}
PER_DAY: dict[str, object] = {
    "outcome": "gathered",
    "gathers": True,
    "period": Per("day of at", "at", "day"),
    "misplaced after the join": True,
    "misplaced below another": True,
}
ANSWERS: dict[str, tuple[str, dict[str, object]]] = {
    "keep": ("{x: a, because: one of us}", {**KEEPS, "domain": ["x"], "why": "one of us"}),
    "drop": ("{x: a, y: 2}", {**KEEPS, "domain": ["x", "y"]}),
    "between": ("{x: 1 to 60}", {**KEEPS, "domain": ["x"], "own_keys": "COLUMN: 1 to 60"}),
    "drop_weekdays": ("{of: x, days: Friday}", {**KEEPS, "domain": ["x"], "about_days": True}),
    "drop_dates": ("{of: x, dates: 2023-12-25}", {**KEEPS, "domain": ["x"], "about_days": True}),
    "drop_missing": ("{of: [x, y]}", {**KEEPS, "domain": ["x", "y"]}),
    "as_of": (
        "{time: 12:00, made: booked, of: at}",
        {
            **KEEPS,
            "domain": ["booked", "at"],
            "cuts_off": True,
            "nothing_cut": "as of 12:00: nothing was cut: is booked when the booking was made?",
            "misplaced after the join": True,
            "misplaced below another": True,
        },
    ),
    "drop_duplicates": (
        "{}",
        {"outcome": "{lost} repeated", "needs_every_column": True, "needs_all_rows": True},
    ),
    "every": (
        "{day: at, fill: {x: 0}}",
        {
            "outcome": "{made} made where there was none",
            "own_keys": "day: COLUMN",
            "needs_all_rows": True,
            "by_expression": False,
            "misplaced after the join": True,
        },
    ),
    "bands": (
        "{of: cost, as: x, dear: 5 or more, cheap: under 5}",
        {
            **MAKES,
            "implied": {"x": "text"},
            "levels_of x": ["cheap", "dear"],
            "own_keys": "NAME: under 5",
        },
    ),
    "derive": (
        "{x: holiday of at in CA}",
        {
            **MAKES,
            "implied": {"x": "text"},
            "by_expression": False,
            "own_keys": "NAME: weekday of COLUMN",
        },
    ),
    "combine": (
        "{x: [day, clock]}",
        {
            **MAKES,
            "implied": {"x": "date"},
            "by_expression": False,
            "own_keys": "NAME: [DATE, TIME]",
        },
    ),
    "rename": (
        "{y: x}",
        {**MAKES, "implied": {"x": "any"}, "renames": {"y": "x"}, "own_keys": "OLD: NEW"},
    ),
    "fill_missing": (
        "{x: 0}",
        {**MAKES, "implied": {"x": "number"}, "fills": {"x": 0.0}, "own_keys": "COLUMN: 0"},
    ),
    "split_list": (
        "{of: y, as: x}",
        {**MAKES, "implied": {"x": "text"}, "lists": ("x",), "by_expression": False},
    ),
    "count": ("{per: day of at, as: x}", {**PER_DAY, "totals x": True}),
    "sum": ("{of: y, per: day of at, as: x}", {**PER_DAY, "totals x": True}),
    "mean": ("{of: y, per: day of at, as: x}", PER_DAY),
}
"""A rule of each name, and its answers where they are not those of most."""
USUAL: dict[str, object] = {
    "why": "",
    "outcome": "",
    "own_keys": "COLUMN: VALUE",
    "renames": {},
    "fills": {},
    "lists": (),
    "levels_of x": [],
    "implied": {},
    "domain": [],
    "period": None,
    "nothing_cut": "",
    "by_expression": True,
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", Step.model_fields)
def test_a_rule_answers_as_most_do_unless_it_is_said_here(name: str, question: str) -> None:
    assert name in ANSWERS, f"write into ANSWERS what {name!r} answers otherwise than most rules"
    options, others = ANSWERS[name]

    answer = QUESTIONS[question](rule(f"{name}: {options}"))

    assert answer == others.get(question, USUAL.get(question, False))


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("drop_duplicates: {of: x}", "needs_every_column", False),
        ("derive: {x: weekday of at}", "by_expression", True),
        ("bands: {of: x, as: band, cheap: under 5}", "levels_of x", []),
        ("count: {per: item, as: x}", "period", None),
        ("count: {per: item, as: x}", "totals x", False),
        ("sum: {of: n, per: item, as: x}", "totals x", False),
    ],
)
def test_some_answers_depend_on_the_options(text: str, question: str, answer: object) -> None:
    assert QUESTIONS[question](rule(text)) == answer


def _columns(golden: Golden) -> tuple[Rule, list[str], list[str]]:
    """Return a rule, and the columns of its tables before it and after it."""
    one, given = rule(golden.rule), table(golden.given)
    (made,) = one.over(iter([given]))
    return one, [*given.columns], [*made.columns]


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_a_rule_knows_the_columns_that_it_leaves(golden: Golden) -> None:
    one, given, made = _columns(golden)
    left = {*made} - {LINE}
    known = KnownColumns(dict.fromkeys(given, "any"), closed=True, renamed={})

    after = one.known_after(known)

    assert {*one.columns_after(given)} - {LINE} == left
    assert after.made.keys() - {LINE} == left
    assert after.closed
    assert one.known_after(UNKNOWN).closed == one.gathers
    assert {c: after.made[c] for c in one.gives()} == one.gives()


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_a_rule_asks_for_no_more_columns_than_it_needs_for_those_wanted(golden: Golden) -> None:
    one, given, made = _columns(golden)
    wanted = {c: one.gives().get(c, "any") for c in made if c != LINE}

    before = one.wanted_before(wanted)

    assert before.keys() <= {*given}
    assert before.keys() >= one.needs().keys()
    assert one.wanted_before({}).keys() <= one.needs().keys()


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_rows_stay_or_are_left_out_or_are_gathered(golden: Golden) -> None:
    one, given = rule(golden.rule), table(golden.given)
    (made,) = one.over(iter([given]))

    left_out = one.left_out(given)

    if LINE not in made.columns:  # many became one, or some were made
        assert not len(left_out)
    else:
        lines = [*made[LINE].to_list(), *left_out[LINE].to_list()]
        assert sorted(lines) == given[LINE].to_list()
        assert ("lost" in one.outcome) == isinstance(one, WhereRule | WholeRule)


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_an_engine_that_only_works_out_expressions_finds_the_same(golden: Golden) -> None:
    one, given = rule(golden.rule), table(golden.given)
    if one.gathers or not one.by_expression:
        return
    (made,) = one.over(iter([given]))

    here = one.with_columns(given)
    every = nw.lit(value=True)
    stays = one.staying([c for c in given.columns if c != LINE], every)

    assert plain(here if stays is None else here.filter(stays)) == plain(made)


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_a_rule_contradicts_no_columns_of_which_nothing_is_known(golden: Golden) -> None:
    one, given, _ = _columns(golden)
    known = KnownColumns(dict.fromkeys(given, "any"), closed=True, renamed={})

    lacking = [
        found.word for found in one.contradictions(KnownColumns({}, closed=True, renamed={}))
    ]

    assert [*one.contradictions(UNKNOWN), *one.contradictions(known)] == []
    assert lacking == [*one.needs()]


def test_rows_without_a_line_are_left_out_too() -> None:
    given = table("id: text\na\nb\na\na").drop(LINE)

    left_out = rule("drop_duplicates: {of: id}").left_out(given)

    assert plain(left_out) == {"id": ["a", "a"]}
    assert left_out.columns == ["id"]


def test_an_empty_column_says_so_where_no_row_is_left() -> None:
    with pytest.raises(DataError) as raised:
        [*rule("keep: {guests: 5}").over(iter([table("guests: number\n-\n-")]))]

    assert raised.value.problems[0].hint == "guests is empty, for example"


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
        ("every: {day: at}", "day of at"),
        ("every: {week: at, fill: {n: 0, open: false}}", "week of at, with n 0, open false"),
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
