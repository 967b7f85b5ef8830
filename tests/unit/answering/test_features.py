"""Learned features: what a value becomes in the matrix, case by case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlcli.answering import encoding
from mlcli.answering import features as inputs
from mlcli.answering.features import (
    CategoryInput,
    Input,
    MissingValueError,
    NumberInput,
    UnknownLevelError,
)
from mlcli.grammar import cells
from mlcli.store import records

LEVELS = ("dry", "snow", "wet")
ERROR = CategoryInput("weather", LEVELS, "error")
IGNORE = CategoryInput("weather", LEVELS, "ignore")
OTHER = CategoryInput("weather", LEVELS, "other")
FILLED = CategoryInput("weather", LEVELS, "error", fill="wet")
GUESTS = NumberInput("guests", 1.0, 30.0)
GUESTS_FILLED = NumberInput("guests", 1.0, 30.0, fill=12.5)


@pytest.mark.parametrize(
    ("feature", "value", "row"),
    [
        (ERROR, "dry", [1, 0, 0]),
        (ERROR, "snow", [0, 1, 0]),
        (ERROR, "wet", [0, 0, 1]),
        (IGNORE, "snow", [0, 1, 0]),
        (IGNORE, "storm", [0, 0, 0]),
        (IGNORE, "Snow", [0, 0, 0]),
        (IGNORE, None, [0, 0, 0]),
        (OTHER, "snow", [0, 0, 1, 0]),
        (OTHER, "storm", [1, 0, 0, 0]),
        (OTHER, None, [1, 0, 0, 0]),
        (FILLED, "dry", [1, 0, 0]),
        (FILLED, None, [0, 0, 1]),
        (CategoryInput("open", ("false", "true")), True, [0, 1]),
        (CategoryInput("table", ("3", "7")), 7.0, [0, 1]),
        (GUESTS, 0.0, [0]),
        (GUESTS, 7.25, [7.25]),
        (GUESTS_FILLED, 7.25, [7.25]),
        (GUESTS_FILLED, None, [12.5]),
    ],
)
def test_what_a_value_becomes(feature: Input, value: Any, row: list[float]) -> None:
    assert feature.encode(value) == row
    assert len(row) == feature.width


def test_a_value_that_training_never_held_is_named_with_the_levels() -> None:
    with pytest.raises(UnknownLevelError) as raised:
        ERROR.encode("storm")

    assert (
        str(raised.value)
        == "'storm' is not a weather that was learned from (known: dry, snow, wet)"
    )
    with pytest.raises(UnknownLevelError) as raised:
        ERROR.encode("drye")
    assert raised.value.hint == "did you mean 'dry'?"


@pytest.mark.parametrize("feature", [ERROR, GUESTS])
def test_a_missing_value_that_nothing_stands_for_is_an_error(feature: Input) -> None:
    with pytest.raises(MissingValueError, match=f"{feature.name} is missing"):
        feature.encode(None)


@pytest.mark.parametrize(
    ("feature", "optional"),
    [
        (ERROR, False),
        (IGNORE, True),
        (OTHER, True),
        (FILLED, True),
        (GUESTS, False),
        (GUESTS_FILLED, True),
    ],
)
def test_a_question_may_leave_out_what_something_stands_for(
    feature: Input, *, optional: bool
) -> None:
    assert feature.optional is optional


@pytest.mark.parametrize(
    ("feature", "text", "any_case", "value"),
    [
        (ERROR, "wet", False, "wet"),
        (ERROR, "Wet", True, "wet"),
        (OTHER, "WET", True, "wet"),
        (OTHER, "WET", False, "WET"),
        (IGNORE, "storm", True, "storm"),
        (CategoryInput("size", ("L", "l"), "ignore"), "l", True, "l"),
        (CategoryInput("size", ("Straße",)), "STRASSE", True, "Straße"),
        # true and false are read in any case where all levels are such
        (CategoryInput("open", ("false", "true")), " TRUE", False, "true"),
        (CategoryInput("open", ("false",), "ignore"), "TRUE", False, "TRUE"),
        (CategoryInput("open", ("maybe", "true"), "ignore"), "TRUE", False, "TRUE"),
        (CategoryInput("open", ("maybe", "true"), "ignore"), "TRUE", True, "true"),
        (GUESTS, " 7.50 ", False, 7.5),
        (GUESTS, "1e2", False, 100.0),
    ],
)
def test_what_an_option_or_a_cell_is_read_as(
    feature: Input, text: str, *, any_case: bool, value: Any
) -> None:
    assert feature.read(text, any_case=any_case) == value


def test_what_cannot_be_read_is_an_error() -> None:
    with pytest.raises(UnknownLevelError):
        ERROR.read("Wet")
    with pytest.raises(UnknownLevelError):
        ERROR.read("storm", any_case=True)
    with pytest.raises(UnknownLevelError):
        CategoryInput("size", ("XL", "Xl")).read("xl", any_case=True)
    with pytest.raises(cells.CellError):
        GUESTS.read("many")


@pytest.mark.parametrize(
    ("feature", "value", "said"),
    [
        (GUESTS, 1.0, ""),
        (GUESTS, 30.0, ""),
        (GUESTS, 30.5, "30.5 is outside the 1 to 30 guests learned from"),
        (GUESTS, 0.0, "0 is outside the 1 to 30 guests learned from"),
        (GUESTS_FILLED, None, "no guests given: 12.5 stands in for it"),
        (ERROR, "wet", ""),
        (OTHER, "storm", "counts as other"),
        (IGNORE, "storm", "left aside"),
        (FILLED, None, "wet stands in"),
        (IGNORE, None, "no weather given"),
        (CategoryInput("open", ("false", "true")), True, ""),
    ],
)
def test_a_note_says_what_was_not_as_in_training(feature: Input, value: Any, said: str) -> None:
    note = feature.note(value)

    assert (said in note) if said else (note == "")


def test_columns_stand_in_the_order_of_the_features_and_the_extra_one_leads() -> None:
    features = (GUESTS, OTHER, ERROR)
    row = {"weather": "snow", "guests": 4.0}

    assert encoding.column_names(features) == [
        "guests",
        "weather = other",
        "weather = dry",
        "weather = snow",
        "weather = wet",
        "weather = dry",
        "weather = snow",
        "weather = wet",
    ]
    assert encoding.encode(features, row) == [4, 0, 0, 1, 0, 0, 1, 0]
    assert len(encoding.encode(features, row)) == sum(feature.width for feature in features)


def test_a_row_is_encoded_by_name_and_not_by_place() -> None:
    assert encoding.encode((GUESTS, ERROR), {"weather": "wet", "other": 9.0, "guests": 2.0}) == [
        2,
        0,
        0,
        1,
    ]


@pytest.mark.parametrize("feature", [ERROR, IGNORE, OTHER, FILLED, GUESTS, GUESTS_FILLED])
def test_a_stored_feature_comes_back_the_same(feature: Input) -> None:
    assert records.of_kind(inputs.KINDS, json.loads(json.dumps(inputs.to_json(feature)))) == feature


def test_a_stored_feature_of_another_kind_is_none() -> None:
    with pytest.raises(KeyError, match="colour"):
        records.of_kind(inputs.KINDS, {"kind": "colour", "name": "play"})
