"""Specifications: what is drawn of which record, with how many points, in which colours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mlcli.pictures import specs
from mlcli.pictures.colours import LIGHT, VARIABLES
from mlcli.statistics.calibration import Bin
from mlcli.statistics.points import Points
from mlcli.verbs.picture import (
    Axis,
    Band,
    Calibration,
    Coverage,
    Crossed,
    FittedCurve,
    LearningCurve,
    Levels,
    Line,
    Matrix,
    Picture,
    Residuals,
    ThresholdCurve,
)

PLAY = Levels("play", ("puzzle", "action"), (2, 1))
BUDGET = Levels("budget", ("cheap", "dear"), (1, 2))
ROWS = Points((1.0, 2.0, 3.0), (4.0, 7.0, 10.0), (1, 1, 0), (0, 0, 1))
FIT = FittedCurve(
    Axis("guests"),
    Axis("pizza", "pizza doughs"),
    ROWS,
    Line("linear_regression", (1.0, 3.0), (4.0, 10.0)),
    Band(0.8, (1.0, 3.0), (3.0, 9.0), (5.0, 11.0)),
    Line("10 + 20 * guests", (0.0, 1.0, 3.0), (10.0, 30.0, 70.0)),
)
RECORDS: dict[str, Any] = {
    "fit": FIT,
    "residuals": Residuals(Axis("day", kind="date"), Axis("off by", "doughs"), ROWS),
    "curve": LearningCurve(Axis("MAE", "doughs"), (50, 100), (3.0, 2.0), "more rows would help"),
    "matrix": Matrix("status", "held out", 10, ("late", "on time"), ((3, 2), (1, 4))),
    "calibration": Calibration("late", 0.05, (Bin(0, 0.5, 9, 0.2, 0.3),)),
    "threshold": ThresholdCurve(
        "late", "f1", "higher", Line("f1", (0.0, 0.5, 1.0), (0.4, 0.6, 0.0)), 0.3, 10
    ),
    "coverage": Coverage(3, (PLAY, BUDGET), Crossed(PLAY, BUDGET, ((1, 1), (0, 1)))),
}


class _Manifest:
    class key:  # noqa: N801 - a manifest has its key under this name
        noun = "day"


def drawn(name: str, record: Any = None, colours: Any = VARIABLES) -> specs.Drawing:
    manifest: Any = _Manifest()
    picture = Picture(manifest, **{name: record or RECORDS[name]})
    [found] = specs.drawings(picture, colours)
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_each_record_is_drawn_with_words_for_who_cannot_see_it(name: str) -> None:
    found = drawn(name)

    assert found.name == name
    assert found.spec["description"] == found.description
    assert found.description.endswith(".")
    assert "legend" not in found.spec["config"]
    assert '"legend": {' not in json.dumps(found.spec)


@pytest.mark.parametrize("name", RECORDS)
def test_colours_are_those_that_were_asked_for_and_no_others(name: str) -> None:
    ours, plain = json.dumps(drawn(name).spec), json.dumps(drawn(name, colours=LIGHT).spec)

    assert "var(--ink, #1d2327)" in ours
    assert "var(" not in plain
    for colour in set(VARIABLES):
        ours = ours.replace(colour, "")
    assert "#" not in ours


def test_every_row_is_a_point_and_says_whether_it_was_held_out() -> None:
    layers = drawn("fit").spec["layer"]

    points = [one for one in layers if one["mark"]["type"] == "point"]
    assert [(one["mark"]["filled"], len(one["data"]["values"])) for one in points] == [
        (False, 2),
        (True, 1),
    ]


def test_a_rule_beyond_the_picture_is_cut_off_and_named_there() -> None:
    # Rows, range and curve go from 3 to 11; the rule, from 10 at 0 guests to 70 at 3.
    layers = drawn("fit").spec["layer"]

    [dashed] = [one for one in layers if "strokeDash" in one["mark"]]
    assert dashed["data"]["values"] == [{"x": 0.0, "y": 10.0}]
    named = [one["mark"]["text"] for one in layers if one["mark"]["type"] == "text"]
    assert "10 + 20 * guests" in named
    assert "linear regression" in named


def test_a_fit_without_points_and_range_is_its_curve() -> None:
    found = drawn("fit", replace(FIT, points=None, band=None))

    assert {one["mark"]["type"] for one in found.spec["layer"]} == {"line", "text"}


def test_dates_are_milliseconds_of_a_scale_in_utc() -> None:
    spec = drawn("residuals").spec

    assert spec["encoding"]["x"]["scale"]["type"] == "utc"
    points = next(one for one in spec["layer"] if one["mark"]["type"] == "point")
    assert points["data"]["values"][0]["x"] == 86_400_000  # the day after 1970-01-01


def test_a_matrix_says_each_cell_in_words() -> None:
    assert drawn("matrix").description == (
        "7 of 10 days are right, on the diagonal. late was answered late 3 times and on time "
        "2 times; on time was answered late 1 times and on time 4 times."
    )


def test_a_catalogue_of_one_feature_is_drawn_as_bars() -> None:
    spec = drawn("coverage", Coverage(3, (PLAY,), None)).spec

    assert [one["mark"]["type"] for one in spec["layer"]] == ["bar", "text"]
    assert [one["n"] for one in spec["layer"][0]["data"]["values"]] == [2, 1]
