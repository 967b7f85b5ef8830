"""Columns that give the label away together, in bands or a row early, and honest ones beside."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tables import coded_columns, coded_label

from mlcli.judging.leaks.alarms import Alarm, alarms
from mlcli.verbs.start.drafts import askable

if TYPE_CHECKING:
    from support import Project

ROWS = 200
DRAW = np.random.default_rng(5)
FOOD = (DRAW.integers(1, 50, ROWS) * 5 + DRAW.random(ROWS) * 9).round(2)
DRINKS = (DRAW.integers(1, 30, ROWS) * 4 + DRAW.random(ROWS) * 9).round(2)
GUESTS = DRAW.integers(1, 50, ROWS).astype(float)
SHARES = DRAW.choice([0, 0.1, 0.2], ROWS)
PRICES = DRAW.choice([9.99, 14.5, 20.0, 5.25], ROWS)
PIECES = DRAW.integers(1, 9, ROWS).astype(float)


def _looked(features: dict[str, np.ndarray], label: np.ndarray) -> list[Alarm]:
    given = {name: values.tolist() for name, values in features.items()}
    rows = np.arange(len(label))
    sides = {"train": rows[40:], "held": rows[:40], "when": rows}
    return alarms(coded_columns(given), coded_label(label), **sides, seed=0)[0]


def _codes(features: dict[str, np.ndarray], label: np.ndarray) -> list[tuple[str, ...]]:
    return [(one.code, *one.columns) for one in _looked(features, label)]


@pytest.mark.parametrize("rates", [(1.2, 1.2), (1.07, 1.19), (1.19, -1.19)])
def test_net_amounts_give_what_is_paid_whatever_the_tax(rates: tuple[float, float]) -> None:
    paid = (rates[0] * FOOD + rates[1] * DRINKS).round(2)

    assert _codes({"guests": GUESTS, "food": FOOD, "drinks": DRINKS}, paid) == [
        ("sum", "food", "drinks")
    ]


def test_a_law_of_two_columns_that_was_rounded_is_honest() -> None:
    # Rounding to whole numbers leaves .29 of a deviation of some 90: R2 is 1 - 1e-5.
    eaten = (1.1 * FOOD + 1.2 * DRINKS).round()

    assert _codes({"food": FOOD, "drinks": DRINKS}, eaten) == []


@pytest.mark.parametrize(
    ("share", "factor", "written"),
    [
        (SHARES, 1 - SHARES, "(1 - share)"),
        (100 * SHARES, 1 + SHARES, "(1 + share / 100)"),
    ],
)
def test_three_factors_are_found_and_one_taken_off(
    share: np.ndarray, factor: np.ndarray, written: str
) -> None:
    total = (PRICES * PIECES * factor).round(2)

    found = _looked({"guests": GUESTS, "price": PRICES, "pieces": PIECES, "share": share}, total)

    assert [(one.code, one.columns) for one in found] == [("product", ("price", "pieces", "share"))]
    assert found[0].words.startswith(f"price * pieces * {written} is the label, but for a factor")


def test_bands_of_the_label_are_a_copy_and_a_strong_word_is_not() -> None:
    paid = (5 * GUESTS + DRAW.normal(0, 30, ROWS)).round(2)
    bands = np.select([paid < 80, paid < 150], ["low", "mid"], "high")
    # A strong word: 10 or 60 and misses of 6 leave a gap of more than 10 between them.
    sizes = DRAW.choice(["small", "large"], ROWS)
    prices = np.where(sizes == "large", 60, 10) + DRAW.normal(0, 6, ROWS).round(2)

    # A meter goes up all the time, so each year is a band of it.
    meter = np.cumsum(GUESTS)
    years = np.repeat(["2021", "2022", "2023", "2024"], ROWS // 4)

    assert "copy" not in {code for code, *_ in _codes({"p": PIECES, "year": years}, meter)}
    assert ("copy", "bands") in _codes({"guests": GUESTS, "bands": bands}, paid)
    assert "copy" not in {code for code, *_ in _codes({"guests": GUESTS, "size": sizes}, prices)}


@pytest.mark.parametrize(("later", "expected"), [(1, [("copy", "x")]), (-1, [])])
def test_the_label_of_tomorrow_is_an_alarm_and_that_of_yesterday_is_not(
    later: int, expected: list[tuple[str, ...]]
) -> None:
    paid = (5 * GUESTS + DRAW.normal(0, 30, ROWS)).round(2)

    assert _codes({"guests": GUESTS, "x": np.roll(paid, -later)}, paid) == expected


def test_names_of_one_option_are_told_apart_by_a_number() -> None:
    asked: set[str] = set()

    made = [askable(name, asked, "t") for name in ("a b", "a.b", "a-b", "a/b")]

    assert made == ["a b", "t_a.b", "t_a-b_2", "t_a/b_3"]


def test_start_leaves_out_what_gives_the_label_away(project: Project) -> None:
    draw = np.random.default_rng(6)
    paid = (5 * GUESTS + draw.normal(0, 30, ROWS)).round(2)
    bands = np.select([paid < 80, paid < 150], ["low", "mid"], "high")
    lines = [
        f"{date(2024, 1, 1) + timedelta(n)},{guests:.0f},{band},{after},{one}"
        for n, (guests, band, after, one) in enumerate(
            zip(GUESTS, bands, [*paid[1:], ""], paid, strict=True)
        )
    ]
    project.write("t.csv", "\n".join(["day,guests,band,after,paid", *lines]) + "\n")

    said = project.works("start", "t.csv", "--yes", "--ask", "paid", "--json").json["definition"]

    assert "guests" in said["features"]
    assert {one["column"]: one["why"] for one in said["left_out"]} == {
        "band": "paid, cut into bands",
        "after": "paid of the next row",
    }


@pytest.mark.parametrize(
    ("more", "left"),
    [(GUESTS, ["x"]), (3 * DRAW.normal(0, 60, ROWS).round(2), ["guests", "x"])],
)
def test_what_was_put_on_the_label_stays_where_the_sum_is_nearly_the_label(
    more: np.ndarray, left: list[str], project: Project
) -> None:
    # x - guests is paid. Guests of some 14 hardly change paid (75); misses of 180 hide it.
    paid = (5 * GUESTS + np.random.default_rng(6).normal(0, 30, ROWS)).round(2)
    lines = [
        f"{guests},{x:.2f},{one},{extra}"
        for guests, x, one, extra in zip(more, more + paid, paid, PIECES, strict=True)
    ]
    project.write("t.csv", "\n".join(["guests,x,paid,pieces", *lines]) + "\n")

    said = project.works("start", "t.csv", "--yes", "--ask", "paid", "--json").json["definition"]

    assert sorted(one["column"] for one in said["left_out"]) == left
