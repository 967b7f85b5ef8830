"""The encoders of words: category, tags and ordinal, case by case, and scikit-learn's beside them.

The rows of the tables follow the page of the design: one column a level, 1 for each that
is there; what is unseen or missing is an error, all zeros, or an extra leading column.
"""

from __future__ import annotations

import json
import random
from itertools import product
from typing import Any

import numpy as np
import pytest
from tables import column

from mlcli.answering import encoding, features
from mlcli.answering.features import (
    CategoryInput,
    Input,
    MissingValueError,
    OrdinalInput,
    TagsInput,
    UnknownLevelError,
)
from mlcli.definition.definition import Feature
from mlcli.errors import DataError
from mlcli.grammar import cells
from mlcli.learning.features import learn_feature
from mlcli.store import records

BUDGETS = ("cheap", "premium", "standard")
SIZES = ("small", "medium", "large")
PLAYS = ("Action", "Beat 'em up", "Puzzle")


def category(unseen: str = "error", fill: str | None = None) -> CategoryInput:
    return CategoryInput("budget", BUDGETS, unseen, fill)


def ordinal(unseen: str = "error", fill: str | None = None) -> OrdinalInput:
    return OrdinalInput("size", SIZES, unseen, fill)


def tags(unseen: str = "ignore", *, lenient: bool = False) -> TagsInput:
    return TagsInput("play", PLAYS, unseen, lenient)


EVERY = [
    made(unseen)
    for made, unseen in product((category, ordinal, tags), ("error", "ignore", "other"))
]


def named(feature: Any) -> str:
    return f"{feature.kind} {feature.unseen}" if isinstance(feature, Input) else repr(feature)


@pytest.mark.parametrize(
    ("value", "error", "ignore", "other"),
    [
        ("cheap", [1, 0, 0], [1, 0, 0], [0, 1, 0, 0]),
        ("premium", [0, 1, 0], [0, 1, 0], [0, 0, 1, 0]),
        ("standard", [0, 0, 1], [0, 0, 1], [0, 0, 0, 1]),
        ("dear", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        ("Cheap", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        (" cheap", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        ("", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        ("other", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        (3.0, UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        (True, UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        (None, MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
    ],
)
def test_a_category_becomes_one_column_a_level(
    value: Any, error: Any, ignore: list[float], other: list[float]
) -> None:
    _encodes(category("error"), value, error)
    _encodes(category("ignore"), value, ignore)
    _encodes(category("other"), value, other)


@pytest.mark.parametrize(
    ("value", "error", "ignore", "other"),
    [
        ("small", [1], [1], [1]),
        ("medium", [2], [2], [2]),
        ("large", [3], [3], [3]),
        ("huge", UnknownLevelError, [0], [0]),
        ("Large", UnknownLevelError, [0], [0]),
        ("", UnknownLevelError, [0], [0]),
        (None, MissingValueError, [0], [0]),
    ],
)
def test_an_ordinal_becomes_the_place_of_its_level(
    value: Any, error: Any, ignore: list[float], other: list[float]
) -> None:
    _encodes(ordinal("error"), value, error)
    _encodes(ordinal("ignore"), value, ignore)
    _encodes(ordinal("other"), value, other)


@pytest.mark.parametrize(
    ("value", "error", "ignore", "other"),
    [
        # a cell: a list in JSON, as Python writes it, or separated by commas
        ('["Puzzle"]', [0, 0, 1], [0, 0, 1], [0, 0, 0, 1]),
        ('["Puzzle", "Action"]', [1, 0, 1], [1, 0, 1], [0, 1, 0, 1]),
        ("['Puzzle', 'Action']", [1, 0, 1], [1, 0, 1], [0, 1, 0, 1]),
        ("Puzzle, Action", [1, 0, 1], [1, 0, 1], [0, 1, 0, 1]),
        ("Action", [1, 0, 0], [1, 0, 0], [0, 1, 0, 0]),
        ('["Beat \'em up"]', [0, 1, 0], [0, 1, 0], [0, 0, 1, 0]),
        ("['Beat \\'em up']", [0, 1, 0], [0, 1, 0], [0, 0, 1, 0]),
        ("Beat 'em up", [0, 1, 0], [0, 1, 0], [0, 0, 1, 0]),
        ("Beat 'em up, Puzzle", [0, 1, 1], [0, 1, 1], [0, 0, 1, 1]),
        # repeated tags count once
        ('["Action", "Action", "Action"]', [1, 0, 0], [1, 0, 0], [0, 1, 0, 0]),
        (("Action", "Action"), [1, 0, 0], [1, 0, 0], [0, 1, 0, 0]),
        # the tags of a question
        (("Puzzle", "Action", "Beat 'em up"), [1, 1, 1], [1, 1, 1], [0, 1, 1, 1]),
        # unseen alone, beside known ones, in another case
        ("Chess", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        ('["Chess", "Go"]', UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        ("Chess, Puzzle", UnknownLevelError, [0, 0, 1], [1, 0, 0, 1]),
        (("Puzzle", "Chess", "Action"), UnknownLevelError, [1, 0, 1], [1, 1, 0, 1]),
        ("puzzle", UnknownLevelError, [0, 0, 0], [1, 0, 0, 0]),
        # no tag at all
        ("[]", MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        ("[ ]", MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        ('["", " "]', MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        ("", MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        (" , ", MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        ((), MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
        (None, MissingValueError, [0, 0, 0], [1, 0, 0, 0]),
    ],
)
def test_tags_become_one_column_a_level_and_a_one_for_each(
    value: Any, error: Any, ignore: list[float], other: list[float]
) -> None:
    _encodes(tags("error"), value, error)
    _encodes(tags("ignore"), value, ignore)
    _encodes(tags("other"), value, other)


def _encodes(feature: Input, value: Any, expected: Any) -> None:
    if isinstance(expected, list):
        assert feature.encode(value) == expected
        assert len(expected) == feature.width == len(encoding.column_names([feature]))
    else:
        with pytest.raises(expected, match=feature.name):
            feature.encode(value)


@pytest.mark.parametrize(
    ("value", "row"),
    [(None, [0, 0, 1]), ("cheap", [1, 0, 0])],
)
def test_a_fill_stands_for_a_missing_category_alone(value: str | None, row: list[float]) -> None:
    assert category(fill="standard").encode(value) == row
    assert category("other", fill="standard").encode(value) == [0, *row]
    assert category("other", fill="standard").encode("dear") == [1, 0, 0, 0]
    with pytest.raises(UnknownLevelError):
        category(fill="standard").encode("dear")


def test_a_fill_stands_for_a_missing_ordinal_alone() -> None:
    assert ordinal(fill="medium").encode(None) == [2]
    assert ordinal("ignore", fill="medium").encode(None) == [2]
    assert ordinal("ignore", fill="medium").encode("huge") == [0]


@pytest.mark.parametrize(
    ("levels", "value", "row"),
    [
        (("false", "true"), True, [0, 1]),
        (("false", "true"), False, [1, 0]),
        (("3", "7.5"), 3.0, [1, 0]),
        (("3", "7.5"), 7.5, [0, 1]),
    ],
)
def test_a_number_or_a_truth_is_the_level_it_is_written_as(
    levels: tuple[str, ...], value: Any, row: list[float]
) -> None:
    assert CategoryInput("x", levels).encode(value) == row
    assert OrdinalInput("x", levels).encode(value) == [row.index(1) + 1]


def test_an_unknown_level_is_named_with_those_that_are_known_and_the_nearest() -> None:
    for feature, value, near in (
        (category(), "chaep", "cheap"),
        (ordinal(), "lrage", "large"),
        (tags("error"), "Action, Puzle", "Puzzle"),
    ):
        with pytest.raises(UnknownLevelError) as raised:
            feature.encode(value)

        wrong = value.split(", ")[-1]
        assert str(raised.value) == (
            f"{wrong!r} is not a {feature.name} that was learned from "
            f"(known: {', '.join(feature.levels)})"
        )
        assert raised.value.hint == f"did you mean {near!r}?"


def test_of_many_levels_a_message_names_the_first_twelve() -> None:
    many = CategoryInput("town", tuple(f"t{n:02}" for n in range(40)))

    with pytest.raises(UnknownLevelError, match=r"t10, t11 and 28 more\)$"):
        many.encode("Rome")


@pytest.mark.parametrize("feature", [category(), ordinal(), tags("error")], ids=named)
def test_an_unknown_level_in_an_option_is_named_with_its_feature(feature: Any) -> None:
    with pytest.raises(UnknownLevelError, match=f"'dear' is not a {feature.name} that was learned"):
        feature.read("dear", any_case=True)


@pytest.mark.parametrize(("kind", "said"), [(CategoryInput, "one of"), (TagsInput, "any of")])
def test_of_many_levels_help_names_the_first_twelve(kind: Any, said: str) -> None:
    twelve = tuple(f"t{n:02}" for n in range(12))

    assert kind("town", twelve).describe() == f"{said} {', '.join(twelve)}"
    assert kind("town", (*twelve, "u")).describe() == f"{said} {', '.join(twelve)} and 1 more"


def test_a_level_is_chosen_exactly_unless_any_case_is_asked_for() -> None:
    assert tags().choose(["puzzle", "Action"]) == ("puzzle", "Action")
    assert tags().choose(["puzzle", "Action"], any_case=True) == ("Puzzle", "Action")


@pytest.mark.parametrize(
    "cell", ['["Action"', "['Action", "[Action]", '["Action" "Puzzle"]', "[1, 2]", '[["Action"]]']
)
def test_a_cell_that_opens_a_list_and_is_none_is_an_error(cell: str) -> None:
    for feature in (tags("error"), tags("ignore"), tags("other")):
        with pytest.raises(cells.CellError):
            feature.read(cell)


@pytest.mark.parametrize(
    ("feature", "text", "value"),
    [
        (category(), "CHEAP", "cheap"),
        (category(), "cheap", "cheap"),
        (category("ignore"), "Dear", "Dear"),
        (ordinal(), "Large", "large"),
        (ordinal("other"), "HUGE", "HUGE"),
        (tags(), "puzzle, ACTION", ("Puzzle", "Action")),
        (tags(), "BEAT 'EM UP", ("Beat 'em up",)),
        (tags(), '["puzzle", "Puzzle"]', ("Puzzle",)),
        (tags(), "Chess, puzzle", ("Chess", "Puzzle")),
        (CategoryInput("street", ("Große Straße",)), "GROSSE STRASSE", "Große Straße"),
        (CategoryInput("size", ("L", "l")), "l", "l"),
        (TagsInput("size", ("L", "l")), "l, L", ("l", "L")),
    ],
)
def test_an_option_names_a_level_in_any_case(feature: Input, text: str, value: Any) -> None:
    assert feature.read(text, any_case=True) == value


@pytest.mark.parametrize("feature", EVERY, ids=named)
def test_a_cell_names_a_level_exactly(feature: Any) -> None:
    level = feature.levels[0]
    other = level.upper()
    if feature.unseen == "error":
        with pytest.raises(UnknownLevelError, match=other):
            feature.read(other)
    else:
        assert feature.read(other) in (other, (other,))
    assert feature.read(level) in (level, (level,))


def test_an_option_in_another_case_that_is_two_levels_is_unknown() -> None:
    for feature in (CategoryInput("size", ("XL", "Xl")), OrdinalInput("size", ("XL", "Xl"))):
        with pytest.raises(UnknownLevelError):
            feature.read("xl", any_case=True)


@pytest.mark.parametrize("unseen", ["error", "ignore", "other"])
def test_the_tags_of_options_are_words_and_not_lists(unseen: str) -> None:
    feature = TagsInput("play", ("Run, jump", "[x]"), unseen)

    assert feature.choose(["run, jump", "[X]", "RUN, JUMP"], any_case=True) == ("Run, jump", "[x]")


@pytest.mark.parametrize("unseen", ["error", "ignore", "other"])
def test_asked_strictly_an_unknown_tag_is_an_error_whatever_cells_may_hold(unseen: str) -> None:
    with pytest.raises(UnknownLevelError) as raised:
        tags(unseen).choose(["puzzel"], any_case=True, strict=True)

    assert raised.value.hint == "did you mean 'Puzzle'?"


@pytest.mark.parametrize(
    ("feature", "value", "note"),
    [
        (category("ignore"), "cheap", ""),
        (
            category("ignore"),
            "dear",
            "'dear' is not a budget that was learned from; it is left aside",
        ),
        (
            category("other"),
            "dear",
            "'dear' is not a budget that was learned from; it counts as other",
        ),
        (category("ignore"), None, "no budget given"),
        (category(fill="cheap"), None, "no budget given: cheap stands in for it"),
        (ordinal("ignore"), "small", ""),
        (ordinal("ignore"), "huge", "'huge' is not a size that was learned from; it counts as 0"),
        (
            ordinal("ignore"),
            None,
            "no size given: 0, below every level, stands in for it",
        ),
        (ordinal(fill="large"), None, "no size given: large stands in for it"),
        (tags(), "Puzzle, Action", ""),
        (tags(), "Chess", "'Chess' is not a play that was learned from; it is left aside"),
        (
            tags(),
            "Chess, Puzzle, Go",
            "'Chess' and 'Go' are no play that was learned from; they are left aside",
        ),
        (tags("other"), "Chess", "'Chess' is not a play that was learned from; it counts as other"),
        (
            tags("other"),
            ("Chess", "Go"),
            "'Chess' and 'Go' are no play that was learned from; they count as other",
        ),
    ],
    ids=repr,
)
def test_a_note_says_what_was_not_as_in_training(feature: Input, value: Any, note: str) -> None:
    assert feature.note(value) == note


@pytest.mark.parametrize(
    ("feature", "optional"),
    [
        (category(), False),
        (category("ignore"), True),
        (category("other"), True),
        (category(fill="cheap"), True),
        (ordinal(), False),
        (ordinal("ignore"), True),
        (ordinal("other"), True),
        (ordinal(fill="small"), True),
        (tags("error"), False),
        (tags("ignore"), True),
        (tags("other"), True),
    ],
    ids=repr,
)
def test_a_question_may_leave_out_what_need_not_be_there(feature: Input, *, optional: bool) -> None:
    assert feature.optional is optional
    if optional:
        assert len(feature.encode(None)) == feature.width
    else:
        with pytest.raises(MissingValueError):
            feature.encode(None)


def test_columns_are_named_by_feature_and_level_and_the_extra_one_leads() -> None:
    assert encoding.column_names([ordinal("other"), tags("other"), category(), tags()]) == [
        "size",
        "play = other",
        "play = Action",
        "play = Beat 'em up",
        "play = Puzzle",
        "budget = cheap",
        "budget = premium",
        "budget = standard",
        "play = Action",
        "play = Beat 'em up",
        "play = Puzzle",
    ]


@pytest.mark.parametrize(
    "feature",
    [
        *EVERY,
        category(fill="cheap"),
        ordinal(fill="large"),
        tags("ignore", lenient=True),
        CategoryInput("wörter", ("a, b", 'say "x"', "Beat 'em up", "ß", "\u2028")),
    ],
)
def test_a_stored_feature_comes_back_the_same(feature: Any) -> None:
    back = records.of_kind(features.KINDS, json.loads(json.dumps(features.to_json(feature))))

    assert back == feature
    assert type(back) is type(feature)
    assert back.encode(feature.levels[-1]) == feature.encode(feature.levels[-1])


def test_what_may_be_asked_is_said_in_words() -> None:
    assert category().describe() == "one of cheap, premium, standard"
    assert ordinal().describe() == "one of small < medium < large"
    assert tags().describe() == "any of Action, Beat 'em up, Puzzle"


# What is learned of them.


def learned(values: list[Any], **options: Any) -> Any:
    return learn_feature(Feature(name="x", **options), column(values))


@pytest.mark.parametrize(
    ("options", "values", "feature"),
    [
        (
            {"kind": "category"},
            ["b", None, "a", "b"],
            CategoryInput("x", ("a", "b"), "error"),
        ),
        (
            {"kind": "category", "unseen": "other", "missing": "most_frequent"},
            ["b", None, "a", "b"],
            CategoryInput("x", ("a", "b"), "other", "b"),
        ),
        # of several that are as frequent, the first by name
        (
            {"kind": "category", "missing": "most_frequent"},
            ["b", None, "a"],
            CategoryInput("x", ("a", "b"), "error", "a"),
        ),
        # written without a kind: words are a category
        ({}, ["b", "a"], CategoryInput("x", ("a", "b"), "error")),
        ({}, [True, False], CategoryInput("x", ("false", "true"), "error")),
        # the levels of tags are sorted, from lists of all forms
        (
            {"kind": "tags"},
            ["b, a", None, '["c", "a"]', "['Beat \\'em up']", "[]"],
            TagsInput("x", ("Beat 'em up", "a", "b", "c"), "ignore", lenient=False),
        ),
        # an option may be unknown only where the definition says what happens then
        (
            {"kind": "tags", "unseen": "ignore"},
            ["a"],
            TagsInput("x", ("a",), "ignore", lenient=True),
        ),
        (
            {"kind": "tags", "unseen": "other"},
            ["a"],
            TagsInput("x", ("a",), "other", lenient=True),
        ),
        # the levels of an ordinal are those written, in that order, seen or not
        (
            {"kind": "ordinal", "levels": ["low", "mid", "high"]},
            ["high", None, "low", "high"],
            OrdinalInput("x", ("low", "mid", "high"), "error"),
        ),
        (
            {"kind": "ordinal", "levels": ["low", "mid", "high"], "missing": "most_frequent"},
            ["high", None, "low", "high"],
            OrdinalInput("x", ("low", "mid", "high"), "error", "high"),
        ),
        # what is no level stands for nothing, however frequent
        (
            {
                "kind": "ordinal",
                "levels": ["low", "high"],
                "unseen": "ignore",
                "missing": "most_frequent",
            },
            ["odd", "odd", "odd", "low", None],
            OrdinalInput("x", ("low", "high"), "ignore", "low"),
        ),
        (
            {"kind": "ordinal", "levels": ["1", "2.5"]},
            [2.5, 1.0],
            OrdinalInput("x", ("1", "2.5"), "error"),
        ),
    ],
)
def test_what_is_learned_of_a_feature_of_words(
    options: dict[str, Any], values: list[Any], feature: Input
) -> None:
    assert learned(values, **options) == feature


def test_the_levels_of_an_ordinal_may_look_like_numbers_or_truths() -> None:
    feature = Feature(name="x", kind="ordinal", levels=[1, 2.5, 3.0, True])

    assert feature.levels == ("1", "2.5", "3", "true")


@pytest.mark.parametrize(
    ("levels", "values", "said", "hint"),
    [
        (
            ["low", "high"],
            ["low", "hihg"],
            "'hihg' is none of the levels of 'x'",
            "did you mean 'high'?",
        ),
        (
            ["low", "high"],
            ["zzz", "low", "aaa"],
            "'aaa' is none of the levels of 'x'",
            "the levels are low < high; add it, or say  unseen:",
        ),
        (["low", "high"], ["Low"], "'Low' is none of the levels of 'x'", "did you mean 'low'?"),
    ],
)
def test_a_level_that_an_ordinal_does_not_list_is_the_fault_of_the_data(
    levels: list[str], values: list[str], said: str, hint: str
) -> None:
    with pytest.raises(DataError) as raised:
        learned(values, kind="ordinal", levels=levels)

    assert raised.value.problems[0].message == said
    assert raised.value.problems[0].hint == hint
    for unseen in ("ignore", "other"):
        kept = learned(values, kind="ordinal", levels=levels, unseen=unseen)
        assert kept.encode(values[-1]) in ([0], [1])


@pytest.mark.parametrize("values", [["[]", ""], ["[]", None], [" , "]])
def test_tags_without_any_tag_in_training_are_the_fault_of_the_data(values: list[Any]) -> None:
    with pytest.raises(DataError, match="every list of 'x' is empty"):
        learned(values, kind="tags")


@pytest.mark.parametrize("kind", ["category", "tags", "ordinal"])
def test_a_feature_that_is_empty_in_training_is_the_fault_of_the_data(kind: str) -> None:
    levels = {"levels": ["a"]} if kind == "ordinal" else {}
    with pytest.raises(DataError, match="'x' is empty in every row"):
        learned([None, None], kind=kind, **levels)


# Scikit-learn's own encoders, where they mean the same.


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("unseen", ["error", "ignore"])
def test_a_category_is_the_one_hot_encoder_of_scikit_learn(seed: int, unseen: str) -> None:
    from sklearn.preprocessing import OneHotEncoder

    draw = random.Random(seed)
    words = [f"w{n}" for n in range(draw.randint(1, 12))]
    train = [draw.choice(words) for _ in range(40)]
    asked = train if unseen == "error" else [draw.choice([*words, "new", "W1"]) for _ in range(40)]

    ours = learned(list(train), kind="category", unseen=unseen)
    theirs = OneHotEncoder(handle_unknown=unseen, sparse_output=False)
    theirs.fit(np.array(train, dtype=object)[:, None])

    assert list(theirs.categories_[0]) == list(ours.levels)
    assert [ours.encode(word) for word in asked] == theirs.transform(
        np.array(asked, dtype=object)[:, None]
    ).tolist()


@pytest.mark.filterwarnings("ignore:unknown class")
@pytest.mark.parametrize("seed", range(10))
def test_tags_are_the_multi_label_binarizer_of_scikit_learn(seed: int) -> None:
    from sklearn.preprocessing import MultiLabelBinarizer

    draw = random.Random(seed)
    words = ["Beat 'em up", "Run, jump", "a", "B", "ä", "Zelda"]
    train = [draw.choices(words, k=draw.randint(0, 4)) for _ in range(30)] + [["a"]]
    asked = [draw.choices([*words, "new"], k=draw.randint(0, 4)) for _ in range(30)]

    ours = learned([json.dumps(row, ensure_ascii=False) for row in train], kind="tags")
    theirs = MultiLabelBinarizer().fit(train)

    assert list(theirs.classes_) == list(ours.levels)
    expected = theirs.transform(asked).tolist()
    assert [ours.encode(json.dumps(row)) for row in asked] == expected
    assert [ours.encode(tuple(row)) for row in asked] == expected


@pytest.mark.parametrize("seed", range(10))
def test_an_ordinal_is_the_ordinal_encoder_of_scikit_learn_counted_from_one(seed: int) -> None:
    from sklearn.preprocessing import OrdinalEncoder

    draw = random.Random(seed)
    levels = [f"w{n}" for n in range(draw.randint(2, 9))]
    draw.shuffle(levels)
    train = [draw.choice(levels) for _ in range(20)]
    asked = [draw.choice([*levels, "new"]) for _ in range(30)]

    ours = learned(list(train), kind="ordinal", levels=levels, unseen="ignore")
    theirs = OrdinalEncoder(
        categories=[levels], handle_unknown="use_encoded_value", unknown_value=-1
    ).fit(np.array(train, dtype=object)[:, None])

    expected = theirs.transform(np.array(asked, dtype=object)[:, None]) + 1
    assert [ours.encode(word) for word in asked] == expected.tolist()


@pytest.mark.parametrize(
    ("unseen", "fill", "note"),
    [
        ("ignore", None, "no sky given"),
        ("other", None, "no sky given; it counts as other"),
        ("other", "wet", "no sky given: wet stands in for it"),
        ("error", "wet", "no sky given: wet stands in for it"),
    ],
)
def test_a_category_that_is_not_given_says_what_stands_for_it(
    unseen: str, fill: str | None, note: str
) -> None:
    assert CategoryInput("sky", ("dry", "wet"), unseen, fill).note(None) == note
