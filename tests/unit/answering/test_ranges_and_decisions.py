"""Ranges around answers and quantities to have ready; the numbers below are worked out by hand."""

from __future__ import annotations

from math import inf

import pytest

from mlcli.answering.label import NumberTarget
from mlcli.answering.ranges_and_decisions import (
    Beside,
    Bounds,
    Decision,
    Ready,
    bounds,
    money,
    often,
    percent,
    seldom,
)

WHOLE = NumberTarget("doughs", "doughs", whole=True, floored=True)
EXACT = NumberTarget("litres", "litres", whole=False, floored=False)


def run_out(margin: float | None, rows: int = 20, share: float = 0.9) -> Decision:
    return Decision("run_out", share, rows, margin)


def costs(margin: float | None, rows: int = 20) -> Decision:
    return Decision("costs", 6 / 7, rows, margin, 9.0, 1.5)


@pytest.mark.parametrize(
    ("value", "width", "target", "ends"),
    [
        (52.8, 13.1, WHOLE, (39, 66)),  # 39.7 and 65.9, outwards
        (50, 10, WHOLE, (40, 60)),
        (50.0000000001, 10, WHOLE, (40, 60)),  # rounding noise is no dough
        (3, 10, WHOLE, (0, 13)),
        (-20, 5, WHOLE, (0, 0)),
        (3.25, 10.5, EXACT, (-7.25, 13.75)),
        (0.1 + 0.2, 0, EXACT, (0.3, 0.3)),
        (-0.1, 0.1, NumberTarget("a", "a", whole=True, floored=False), (-1, 0)),
    ],
)
def test_ends_of_a_range_are_rounded_outwards_and_floored(
    value: float, width: float, target: NumberTarget, ends: tuple[float, float]
) -> None:
    assert Bounds(0.8, width).around(value, target) == ends


def test_a_range_that_doubles_cannot_hold_is_none() -> None:
    assert Bounds(0.8, 1e308).around(1.7e308, EXACT) is None


def test_an_answer_lies_in_its_range_whatever_the_width() -> None:
    for tenths in range(-50, 600):
        value = tenths / 10
        for width in (0.0, 0.2, 0.5, 7.3):
            ends = Bounds(0.8, width).around(value, WHOLE)
            assert ends is not None
            assert ends[0] <= WHOLE.deliver(value) <= ends[1]


def test_bounds_are_the_k_th_smallest_miss() -> None:
    # 5 rows: k = ceil(6 × 0.8) = 5, the largest; 4 rows: k = 4; 3 rows: k = 4 is one too many
    assert bounds([-7, 1, 2, -3, 4], 0.8) == Bounds(0.8, 7)
    assert bounds([1, 2, -3, 4], 0.8) == Bounds(0.8, 4)
    assert bounds([1, 2, 3], 0.8) is None
    assert bounds([], 0.5) is None


@pytest.mark.parametrize(
    ("value", "margin", "target", "quantity"),
    [
        (52.8, 12.3, WHOLE, 66),  # 65.1, rounded up
        (52.8, 12.2, WHOLE, 65),
        (52.8, -3.0, WHOLE, 50),
        (2.0, -9.0, WHOLE, 0),
        (2.5, 0.25, EXACT, 2.75),
        (2.0, -9.0, EXACT, -7),
        (2.0, None, WHOLE, None),
        (inf, 1.0, EXACT, None),
    ],
)
def test_a_quantity_is_the_prediction_and_the_margin_rounded_up(
    value: float, margin: float | None, target: NumberTarget, quantity: float | None
) -> None:
    assert run_out(margin).quantity(value, target) == quantity


@pytest.mark.parametrize(
    ("decision", "needed"),
    [
        (run_out(1), 9),
        (run_out(1, share=0.95), 19),
        (run_out(1, share=0.5), 1),
        (costs(1), 6),
        (Decision("costs", 0.1, 20, 1, 1.0, 9.0), 9),
    ],
)
def test_how_many_rows_a_decision_needs(decision: Decision, needed: int) -> None:
    assert decision.needed == needed


def test_what_a_decision_says_of_itself() -> None:
    assert run_out(1).words("night") == "it is enough on 9 nights in 10"
    assert costs(1).words("night") == "cheapest at 9 for one short and 1.50 for one left over"
    assert run_out(1).refusal() == costs(1).refusal() == ""
    assert run_out(None, 5).refusal() == "decide: run out 1 in 10 needs 9 rows, and there are 5"
    assert run_out(None, 1, 0.88).refusal() == ("decide: run out 12 % needs 8 rows, and there is 1")
    assert costs(None, 0).refusal() == (
        "decide: 9 for one short, 1.50 for one left over, needs 6 rows that were not learned "
        "from, and there are 0"
    )


@pytest.mark.parametrize("decision", [run_out(3.5), run_out(None, 5), costs(-2.0)])
def test_a_decision_survives_being_stored(decision: Decision) -> None:
    assert Decision.from_json(decision.to_json()) == decision


@pytest.mark.parametrize(
    "change",
    [{"share": 1}, {"share": "much"}, {"by": "luck"}, {"margin": inf}, {"rows": None}],
    ids=str,
)
def test_a_decision_that_is_none_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        Decision.from_json({**run_out(3.5).to_json(), **change})
    with pytest.raises(LookupError):
        Decision.from_json({})


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.9, "9 days in 10"), (0.95, "19 days in 20"), (2 / 3, "2 days in 3"), (0.5, "1 day in 2"),
     (0.88, "88 % of days"), (0.999, "999 days in 1,000"), (0.3, "30 % of days"), (6 / 7, "6 days in 7")],
)  # fmt: skip
def test_shares_of_rows_in_words(share: float, words: str) -> None:
    assert often(share, "day") == words


def test_small_shares_and_amounts_in_words() -> None:
    assert [seldom(share) for share in (0.1, 1 - 6 / 7, 0.12)] == ["1 in 10", "1 in 7", "12 %"]
    assert [percent(share) for share in (0.8, 0.975)] == ["80 %", "97.5 %"]
    assert [money(each) for each in (9.0, 1.5, 1234.5, 0.004, 12000.0)] == [
        "9", "1.50", "1,234.50", "0.004", "12,000"
    ]  # fmt: skip


def test_what_stands_beside_an_answer_and_its_json() -> None:
    ready = Ready(WHOLE, run_out(12.3), Bounds(0.8, 13.1), "night")

    beside = ready.beside(52.8, outside=False)

    assert beside == Beside(39, 66, 66)
    assert ready.columns == ["low", "high", "decision"]
    assert ready.to_json(beside) == {
        "range": {"level": 0.8, "low": 39, "high": 66},
        "decision": {"quantity": 66, "share": 0.9, "by": "run_out"},
    }
    assert type(ready.to_json(beside)["range"]["low"]) is int


def test_a_refused_answer_has_nothing_beside_it() -> None:
    ready = Ready(WHOLE, run_out(12.3), Bounds(0.8, 13.1))

    beside = ready.beside(None, outside=False)

    assert beside == Beside()
    assert ready.to_json(beside) == {"range": None, "decision": None}


def test_nothing_is_said_where_nothing_is_asked() -> None:
    for ready in (Ready(), Ready(WHOLE)):
        assert ready.beside(52.8, outside=True) == Beside()
        assert ready.to_json(Beside()) == {}
        assert ready.columns == []
        assert ready.notes == ()


@pytest.mark.parametrize(
    ("decision", "ends", "note"),
    [
        (run_out(1), None, "the quantity to have ready promises"),
        (None, Bounds(0.8, 1), "the range promises"),
        (run_out(1), Bounds(0.8, 1), "the range and the quantity to have ready promise"),
        (run_out(None, 3), Bounds(0.8, 1), "the range promises"),
    ],
)
def test_outside_what_was_learned_nothing_is_promised(
    decision: Decision | None, ends: Bounds | None, note: str
) -> None:
    ready = Ready(WHOLE, decision, ends)

    notes = ready.beside(52.8, outside=True).notes

    assert notes == (f"{note} nothing outside what was learned from",)
    assert ready.beside(52.8, outside=False).notes == ()


def test_a_decision_without_enough_rows_says_so_once() -> None:
    ready = Ready(WHOLE, run_out(None, 5))

    assert ready.beside(52.8, outside=False) == Beside()
    assert ready.to_json(Beside()) == {"decision": None}
    assert ready.notes == ("decide: run out 1 in 10 needs 9 rows, and there are 5",)
