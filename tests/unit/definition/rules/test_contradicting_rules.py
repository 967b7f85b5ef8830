"""What a rule finds wrong with its place among others, and with the columns before it."""

from __future__ import annotations

import pytest
from tables import rule

from mlcli.definition.known_columns import UNKNOWN, KnownColumns
from mlcli.definition.vocabulary import Contradiction

BELOW_THE_JOIN = "rows are gathered in a source, not after the join"
AS_OF = "as_of: {time: 12:00, made: booked, of: at}"
AT_FIVE = "as_of: {time: 12:00, made: booked, of: at, from: 05:00}"


@pytest.mark.parametrize("text", ["count: {per: day of at, as: n}", "mean: {of: x, per: y, as: n}"])
def test_rows_are_gathered_before_the_join(text: str) -> None:
    one = rule(text)

    assert one.misplaced([], [], joined=True) == (
        Contradiction((), BELOW_THE_JOIN, "move the rule to its source"),
    )
    assert not one.misplaced([], [one], joined=False)
    (below,) = one.misplaced([one], [], joined=False)
    assert below.message.startswith("rows were gathered above: only ")


@pytest.mark.parametrize(
    ("text", "before", "after", "joined", "message", "hint"),
    [
        (
            AS_OF,
            [],
            [],
            True,
            "rows are cut off in a source, not after the join",
            "move the rule to its source, above  count  or  sum",
        ),
        (
            AS_OF,
            ["keep: {item: pizza}", "count: {per: item, as: n}"],
            [],
            False,
            "the rows are gathered already, and none can be cut off",
            "put  as_of  above the rule that gathers them",
        ),
    ],
)
def test_rows_are_cut_off_before_they_are_gathered_and_by_the_same_day(
    text: str, before: list[str], after: list[str], *, joined: bool, message: str, hint: str
) -> None:
    found = rule(text).misplaced([*map(rule, before)], [*map(rule, after)], joined=joined)

    assert [*found] == [Contradiction((), message, hint)]


def test_only_the_first_rule_that_gathers_by_a_day_decides_when_it_begins() -> None:
    alike = rule("count: {per: day of at from 05:00, as: n}")

    assert not rule(AT_FIVE).misplaced(
        [], [alike, rule("count: {per: day of at, as: n}")], joined=False
    )
    assert not rule(AT_FIVE).misplaced([], [rule("count: {per: at, as: n}")], joined=False)


@pytest.mark.parametrize(
    ("text", "path", "message", "hint", "word", "at_value"),
    [
        (
            "drop_missing: {of: guest}",
            (),
            "there is no column 'guest' here",
            "did you mean 'guests'?",
            "guest",
            False,
        ),
        (
            "drop_missing: {of: qty}",
            (),
            "there is no column 'qty' here",
            "its name is 'quantity' now",
            "qty",
            False,
        ),
        (
            "keep: {guests: many}",
            (),
            "'guests' is a number, and cannot be read as text",
            "a column is one thing in all of a definition: change one of the two",
            "guests",
            False,
        ),
        (
            'fill_missing: {"": 0}',
            (),
            "a column here has no name",
            "write it before the colon",
            "",
            False,
        ),
        (
            "drop_weekdays: {days: Friday}",
            (),
            "the rule does not say which date it means",
            "add  of: COLUMN",
            "",
            False,
        ),
        (
            "rename: {quantity: guests}",
            ("rename", "quantity"),
            "there is already a column 'guests'",
            "choose another name",
            "",
            True,
        ),
    ],
)
def test_a_rule_says_what_does_not_fit_the_columns_before_it(
    text: str, path: tuple[str, ...], message: str, hint: str, word: str, *, at_value: bool
) -> None:
    known = KnownColumns(
        {"guests": "number", "quantity": "any"}, closed=True, renamed={"qty": "quantity"}
    )

    found = [*rule(text).contradictions(known)]

    assert found == [Contradiction(path, message, hint, word, at_value)]


def test_names_that_change_places_are_not_taken() -> None:
    known = KnownColumns({"a": "any", "b": "any"}, closed=True, renamed={})

    assert not [*rule("rename: {a: b, b: a}").contradictions(known)]


@pytest.mark.parametrize(
    "column", ["becuase", "becuz se", "beacuse", "Becauses", "becaus", "ebcausE"]
)
@pytest.mark.parametrize("name", ["keep", "drop"])
def test_a_reason_that_is_misspelt_is_no_column(name: str, column: str) -> None:
    said = rule(f"{name}: {{item: a, {column}: we say so, because: so}}")
    unsaid = rule(f"{name}: {{item: a, {column}: we say so}}")
    nearly = column != "becuz se"

    message, hint = f"unknown key {column!r}", "did you mean 'because'?"
    assert not [*said.contradictions(UNKNOWN)]
    assert [*unsaid.contradictions(UNKNOWN)] == [Contradiction((), message, hint, column)] * nearly


def test_what_is_known_of_columns_follows_their_names() -> None:
    known = KnownColumns({"a": "number", "z": "text"}, closed=False, renamed={"old": "a"})

    renamed = rule("rename: {a: b, y: old}").known_after(known)
    filled = rule("fill_missing: {a: 0, old: 1}").known_after(known)
    made = rule("bands: {of: a, as: old, low: under 5}").known_after(known)

    assert renamed == KnownColumns(
        {"z": "text", "b": "number", "old": "any"}, closed=False, renamed={"a": "b", "y": "old"}
    )
    assert filled == known
    assert made == KnownColumns({**known.made, "old": "text"}, closed=False, renamed={})


def test_a_contradiction_of_a_part_stands_within_the_whole() -> None:
    one = Contradiction(("rename", "a"), "no", "yes", "a", at_value=True)

    assert one.within(("rules", 2)) == Contradiction(
        ("rules", 2, "rename", "a"), "no", "yes", "a", at_value=True
    )
