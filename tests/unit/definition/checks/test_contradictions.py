"""Where a definition contradicts itself, and where it does not; the places: cli/test_bad_definitions."""

from __future__ import annotations

import pytest
from support import RIDGE_PIZZERIA as PIZZERIA
from support import ridge_table as table

from mlcli.definition import definition as definitions
from mlcli.definition import yaml_file
from mlcli.definition.checks import contradictions
from mlcli.definition.yaml_text import Document


def said(text: str) -> list[tuple[str, str]]:
    """Return the contradictions of a definition as (message, hint)."""
    return [
        (one.message, one.hint)
        for one in contradictions.contradictions(definitions.build(Document(text).value))
    ]


@pytest.mark.parametrize(
    "text",
    [
        table(),
        PIZZERIA,
        table("[rename: {visitors: guests}]"),
        table("[{rename: {guests: people}}, {rename: {people: guests}}]"),
        table("[{rename: {a: guests, guests: a}}]"),
        table("[{derive: {a: log of x, guests: sqrt of x}}, {rename: {a: guests, guests: a}}]"),
        table("[drop_duplicates: {}]") + "date: day\nholdout: newest 10%\n",
        table(features="[{name: guests, kind: number, missing: median}]"),
        table(features="[{name: t, kind: category, missing: most_frequent, unseen: other}]"),
        table() + "baseline: 40\n",
        table("[derive: {weekday: weekday of day}]", "[weekday]"),
        table("[derive: {month: month of day}]", "[{name: month, kind: category}]"),
        table() + "join: guests\nholdout: none\n",
        # Two open tables may each use a column of the same name as they like, and rename it.
        """\
sources:
  bookings: {file: a.csv, rules: [{keep: {status: ok}}, {rename: {status: was}}]}
  orders: {file: b.csv, rules: [{between: {status: 1 to 5}}]}
join: day
features: [{name: status, kind: number}]
label: doughs
model: ridge
""",
        # One source's own text column is not the number that the other makes.
        """\
sources:
  bookings: {file: a.csv, rules: [{keep: {doughs: many}}]}
  orders: {file: b.csv, rules: [{sum: {of: q, per: day of t, as: doughs}}]}
join: day
features: [guests]
label: doughs
model: ridge
""",
        # A column that one source renames may still come from the other.
        """\
sources:
  bookings: {file: a.csv, rules: [{rename: {guests: people}}]}
  orders: {file: b.csv}
join: day
features: [guests, people]
label: doughs
model: ridge
""",
    ],
)
def test_definitions_that_fit_together_have_no_contradiction(text: str) -> None:
    assert said(text) == []


ONE_KIND = "a column is one thing in all of a definition: change one of the two"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (table("[{rename: {a: b}}, {keep: {a: x}}]"), "there is no column 'a' here", "its name is 'b' now"),
        (table("[{count: {per: d, as: n}}, {derive: {doughs: log of n}}, {rename: {n: d}}]", "[d]"), "there is already a column 'd'", "choose another name"),
        (table("[{derive: {a: log of b}}, {keep: {a: x}}]"), "'a' is a number, and cannot be read as text", ONE_KIND),
        (table("[{derive: {a: weekday of b}}]", "[{name: a, kind: number}]"), "'a' is text, and cannot be read as a number", ONE_KIND),
        (table("[{keep: {guests: true}}]", "[{name: guests, kind: number}]"), "'guests' is read as true or false here, and as a number elsewhere", ONE_KIND),
        (table("[{between: {guests: from 2023-01-01}}]", "[{name: guests, kind: category}]"), "'guests' is read as a date here, and as text elsewhere", ONE_KIND),
        (table(features="[{name: t, kind: category}]") + "baseline: t\n", "'t' is read as a number here, and as text elsewhere", ONE_KIND),
        (table() + "join: guests\nholdout: newest 20%\n", "'guests' is the date of a row, not a feature", "derive something of it, as  weekday: weekday of guests"),
        (table() + "holdout: from 2023-01-01\n", "'from 2023-01-01' needs a date for each row", "add  date: COLUMN  or write  holdout: random 20%"),
        (table().replace("ridge", "{name: Ridge, alfa: 1}"), "Ridge has no hyperparameter 'alfa'", "did you mean 'alpha'?"),
        (table().replace("ridge", "{name: Ridge, tol: -1, alpha: 2}"), "'tol' must be a number of 0.0 or more, not -1", "see Ridge in scikit-learn's documentation"),
        (table().replace("ridge", "{name: SVR, C: 0}"), "'C' must be a number above 0.0, not 0", "see SVR in scikit-learn's documentation"),
        (table().replace("ridge", "{name: RandomForestRegressor, max_features: 1.5}"), "'max_features' must be a whole number of 1 or more, a number above 0.0, up to 1.0, one of 'log2', 'sqrt' or null, not 1.5", "see RandomForestRegressor in scikit-learn's documentation"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_said_once(text: str, message: str, hint: str) -> None:
    assert said(text) == [(message, hint)]


@pytest.mark.parametrize(
    ("needs", "plain"),
    [
        ("an int in the range [1, inf) or None", "a whole number of 1 or more or null"),
        ("a float in the range (0.0, inf)", "a number above 0.0"),
        ("a float in the range [0.0, 1.0]", "a number from 0.0 to 1.0"),
        ("a float in the range [0.0, 1.0)", "a number from 0.0 to below 1.0"),
        ("a float in the range (0.0, 1.0]", "a number above 0.0, up to 1.0"),
        ("a float in the range (0, 1)", "a number between 0 and 1"),
        ("an instance of 'bool' or an instance of 'numpy.bool'", "true or false"),
        ("a str among {'rbf'}, a callable or None", "one of 'rbf' or null"),
        (
            "an instance of 'str', an instance of 'dict' or an array-like",
            "text, a mapping or a list",
        ),
        ("a str among {'svd', 'auto'} or None", "one of 'auto', 'svd' or null"),
    ],
)
def test_what_scikit_learn_asks_for_is_put_in_plain_words(needs: str, plain: str) -> None:
    assert contradictions.plainly(needs) == plain


def test_a_rule_for_days_in_a_source_is_warned_about_and_read() -> None:
    text = table("[{drop_weekdays: {of: day, days: Friday}}, {keep: {a: b}}]")

    read = yaml_file.read(text, file="configs/nights.yaml")

    assert [(w.place, w.message, w.hint) for w in read.warnings] == [
        (
            "configs/nights.yaml:2:43",
            "drop_weekdays in a source only makes the data: questions about those days will not be refused",
            "move it to  rules:  below the sources to have them refused",
        )
    ]
