"""What is learned of a feature: ranges and fills of numbers, and what is said of bad ones."""

from __future__ import annotations

from typing import Any

import pytest
from tables import column

from mlcli.answering.features import CategoryInput, Input, NumberInput, TagsInput
from mlcli.definition.definition import Feature
from mlcli.errors import DataError
from mlcli.learning.features import learn_feature, split_otherwise
from mlcli.wording import in_yaml


def learned(values: list[Any], **options: Any) -> Input:
    return learn_feature(Feature(name="x", **options), column(values))


def refused(values: list[Any], **options: Any) -> tuple[str, str]:
    """Return the message and the hint of an error that there must be."""
    with pytest.raises(DataError) as raised:
        learned(values, **options)
    (problem,) = raised.value.problems
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("options", "feature"),
    [
        ({}, NumberInput("x", 1.0, 9.0)),
        ({"kind": "number"}, NumberInput("x", 1.0, 9.0)),
        # 9, 1, 4, 4, 2: their sum is 20, the middle one 4
        ({"missing": "mean"}, NumberInput("x", 1.0, 9.0, 4.0)),
        ({"missing": "median"}, NumberInput("x", 1.0, 9.0, 4.0)),
        ({"missing": "most_frequent"}, NumberInput("x", 1.0, 9.0, 4.0)),
        # kind: category makes levels of numbers, as they are written
        ({"kind": "category"}, CategoryInput("x", ("1", "2", "4", "9"))),
        (
            {"kind": "category", "missing": "most_frequent", "unseen": "ignore"},
            CategoryInput("x", ("1", "2", "4", "9"), "ignore", "4"),
        ),
    ],
    ids=str,
)
def test_what_is_learned_of_five_numbers_and_an_empty_cell(
    options: dict[str, Any], feature: Input
) -> None:
    assert learned([9.0, 1.0, None, 4.0, 4.0, 2.0], **options) == feature


@pytest.mark.parametrize(
    ("missing", "values", "fill"),
    [
        ("mean", [1.0, 2.0, 6.0], 3.0),
        ("mean", [1e16, 1.0, -1e16], 1 / 3),  # summed without a loss
        ("median", [1.0, 2.0, 6.0], 2.0),
        ("median", [6.0, 1.0, 2.0, 3.0], 2.5),
        # of several that are as common, the smallest
        ("most_frequent", [5.0, 7.0, 7.0, 6.0, 6.0], 6.0),
        ("most_frequent", [7.0, 6.0, 7.0, 7.0, 6.0], 7.0),
    ],
)
def test_what_fills_an_empty_number(missing: str, values: list[float], fill: float) -> None:
    assert learned(values, missing=missing) == NumberInput("x", min(values), max(values), fill)


@pytest.mark.parametrize("missing", ["mean", "median"])
@pytest.mark.parametrize(
    ("options", "values"),
    [
        ({}, ["wet", "dry"]),
        ({"kind": "category"}, [1.0, 2.0]),
        ({"kind": "ordinal", "levels": ["low", "high"]}, ["low", "high"]),
    ],
    ids=["words", "numbers as a category", "an ordinal"],
)
def test_words_have_neither_mean_nor_median(
    options: dict[str, Any], values: list[Any], missing: str
) -> None:
    assert refused(values, missing=missing, **options) == (
        f"'x' holds words, which have no {missing}",
        "write  missing: most_frequent",
    )


def test_a_feature_without_any_value_is_named_with_what_to_do() -> None:
    assert refused([None, None]) == (
        "the feature 'x' is empty in every row to learn from",
        "take it out of the features, or export it again",
    )
    assert refused(["[]", None], kind="tags") == (
        "every list of 'x' is empty in the rows to learn from",
        "take it out of the features, or export it again",
    )


def test_an_ordinal_is_not_filled_where_no_row_has_one_of_its_levels() -> None:
    found = learned(
        ["odd", None],
        kind="ordinal",
        levels=["low", "high"],
        unseen="ignore",
        missing="most_frequent",
    )

    assert found.encode(None) == [0]
    assert found.optional
    assert found.note(None) == "no x given: 0, below every level, stands in for it"


def test_a_tag_that_all_rows_have_is_a_level_as_any_other() -> None:
    assert learned(["a, b", "a"], kind="tags") == TagsInput("x", ("a", "b"))


@pytest.mark.parametrize(
    ("levels", "mark"),
    [
        (("red;cellar", "white"), ";"),
        (("red|cellar", "white|new", "x"), "|"),
        (("a/b", "c", "d"), ""),  # one in three may be a name
        (("a/b", "c/d", "e", "f", "g"), "/"),
        (("a,b", "c,d"), ","),
        ((";", "a"), ""),
        (("a", "b"), ""),
    ],
)
def test_tags_that_hold_what_may_stand_between_tags_are_noted(
    levels: tuple[str, ...], mark: str
) -> None:
    note = split_otherwise(TagsInput("taste", levels))

    assert note == (
        f"many tags of taste hold a {mark!r}, such as {levels[0]!r}: if it stands between "
        f"tags, say  by: {in_yaml(mark)}  in  split_list"
        if mark
        else ""
    )


def test_only_lists_are_looked_at_for_what_stands_between() -> None:
    assert split_otherwise(CategoryInput("taste", ("a;b", "c;d"))) == ""


@pytest.mark.parametrize("unseen", ["error", "ignore", "other"])
def test_numbers_have_nothing_unseen(unseen: Any) -> None:
    with pytest.raises(DataError) as raised:
        learn_feature(Feature(name="age", unseen=unseen), column([1.0, None, 2.0]))

    (problem,) = raised.value.problems
    assert problem.message == "'age' holds numbers, and only words can be unseen"
    assert problem.hint == "take  unseen:  away, or say  {name: age, kind: category}"
