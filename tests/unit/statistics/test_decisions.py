"""Quantities and what they come to: by hand, as scikit-learn's pinball loss, and as identities."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.statistics import conformal
from mlcli.statistics.decisions import Costs, Outcome, against, outcome, price, quantities, quantity

figures = st.floats(-1e9, 1e9)
costs_ = st.floats(0.1, 1e3)
nights = st.lists(st.tuples(figures, figures), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 9), st.integers(1, 9))
def test_the_critical_quantile_is_the_cheapest_quantity(
    asked: list[int], short: int, left_over: int
) -> None:
    share = short / (short + left_over)

    def costs(served: float) -> float:
        result = outcome(asked, [served] * len(asked), share=share, costs=Costs(short, left_over))
        assert result is not None
        assert result.money is not None
        return result.money

    below = len(asked) * short  # the smallest quantity that a critical share is at most
    best = min(q for q in asked if sum(a <= q for a in asked) * (short + left_over) >= below)

    assert costs(best) == pytest.approx(min(map(costs, range(31))), rel=1e-12)


@pytest.mark.parametrize(
    ("prediction", "margin", "whole", "floored", "served"),
    [
        (50.2, 1.5, True, True, 52),
        (50.0, 2.0, True, True, 52),
        (52.0, 1e-10, True, True, 52),
        (0.1 + 0.2, 0.7, True, True, 1),
        (52.0, 1e-8, True, True, 53),
        (50.2, 1.5, False, True, 51.7),
        (3.0, -7.5, True, True, 0),
        (3.0, -7.5, False, True, 0),
        (3.0, -7.5, True, False, -4),
        (3.0, -7.5, False, False, -4.5),
        (-0.5, 0.0, True, True, 0),
        (1e300, 0.0, True, True, 1e300),
        (5e-324, 0.0, False, True, 5e-324),
    ],
)
def test_quantities_by_hand(
    prediction: float, margin: float, whole: bool, floored: bool, served: float
) -> None:
    assert quantity(prediction, margin, whole=whole, floored=floored) == pytest.approx(
        served, rel=1e-15
    )


def test_a_quantity_of_nothing_is_written_without_a_sign() -> None:
    assert str(quantity(-0.5, 0, whole=True, floored=True)) == "0.0"
    assert str(quantity(-0.0, -0.0, whole=False, floored=True)) == "0.0"
    assert str(quantity(-0.5, 0, whole=True, floored=False)) == "0.0"


@pytest.mark.parametrize("parts", [(1e308, 1e308), (nan, 1), (inf, 0), (-inf, 0)])
def test_a_quantity_is_finite(parts: tuple[float, float]) -> None:
    with pytest.raises(ValueError):
        quantity(*parts, whole=True, floored=True)
    with pytest.raises(ValueError), np.errstate(over="ignore"):
        quantities(np.array(parts[:1]), parts[1], whole=True, floored=True)


@settings(max_examples=50, deadline=None)
@given(figures, figures, st.booleans())
def test_rounding_goes_up_by_less_than_1(prediction: float, margin: float, floored: bool) -> None:
    exact = quantity(prediction, margin, whole=False, floored=floored)
    served = quantity(prediction, margin, whole=True, floored=floored)

    assert served == int(served)
    assert -1e-9 <= served - exact < 1


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1e15, 1e15) | st.integers(-(2**52), 2**52).map(float), min_size=1),
    st.floats(-100, 100),
    st.booleans(),
    st.booleans(),
)
def test_quantities_of_many_are_those_of_each(
    predictions: list[float], margin: float, whole: bool, floored: bool
) -> None:
    many = quantities(np.array(predictions), margin, whole=whole, floored=floored)

    each = [quantity(value, margin, whole=whole, floored=floored) for value in predictions]
    assert many.tolist() == each


def test_an_outcome_by_hand() -> None:
    result = outcome([10, 20, 30, 40], [12, 20, 25, 39], share=0.9, costs=Costs(9, 1.5))

    assert result is not None
    assert result.run_out == 0.5  # serving exactly what is asked for is no running out
    assert result.left_over == 0.5
    assert result.short == 1.5
    assert result.pinball == pytest.approx((0.2 + 0 + 4.5 + 0.9) / 4)
    assert result.money == pytest.approx(9 * 1.5 + 1.5 * 0.5)
    assert result.rows == 4


@settings(max_examples=50, deadline=None)
@given(nights, costs_, costs_)
def test_pinball_is_that_of_scikit_learn_and_money_is_pinball_times_both_costs(
    rows: list[tuple[float, float]], short: float, left_over: float
) -> None:
    from sklearn.metrics import mean_pinball_loss

    truths, quantities = [t for t, _ in rows], [q for _, q in rows]
    share = short / (short + left_over)

    result = outcome(truths, quantities, share=share, costs=Costs(short, left_over))

    assert result is not None
    assert result.pinball == pytest.approx(
        mean_pinball_loss(truths, quantities, alpha=share), rel=1e-12, abs=1e-300
    )
    assert result.money == pytest.approx(result.pinball * (short + left_over), rel=1e-9, abs=1e-300)


def test_an_outcome_without_rows_or_figures_is_none_and_money_needs_costs() -> None:
    assert outcome([], [], share=0.9) is None
    assert outcome([1e308], [-1e308], share=0.9) is None
    assert outcome([nan], [1.0], share=0.9) is None
    assert outcome([1e308] * 20, [-5e307] * 20, share=0.5) is None
    assert outcome([2.0], [1.0], share=0.9, costs=Costs(1.7e308, 1.7e308)) is not None
    assert outcome([3.0], [1.0], share=0.9, costs=Costs(1.7e308, 1.7e308)) is None
    one = outcome([5.0], [5.0], share=0.9)
    assert one == Outcome(0, 0, 0, 0, None, 1)
    with pytest.raises(ValueError):
        outcome([1.0], [], share=0.9)
    for share in (0, 1, -1, nan):
        with pytest.raises(ValueError):
            outcome([1.0], [1.0], share=share)


def test_against_compares_money_and_else_pinball() -> None:
    cheap = outcome([10, 20], [12, 20], share=0.9, costs=Costs(9, 1.5))
    dear = outcome([10, 20], [10, 18], share=0.9, costs=Costs(9, 1.5))
    bare = outcome([10, 20], [10, 18], share=0.9)
    exact = outcome([10, 20], [10, 20], share=0.9, costs=Costs(9, 1.5))
    assert cheap
    assert dear
    assert bare
    assert exact

    assert against(cheap, dear) == pytest.approx((2 * 1.5) / (2 * 9))
    assert against(cheap, bare) == pytest.approx(0.2 / 1.8)
    assert against(exact, dear) == 0
    assert against(dear, exact) is None
    assert against(Outcome(0, 0, 0, 1e300, None, 1), Outcome(0, 0, 0, 5e-324, None, 1)) is None


def test_the_price_of_service_by_hand() -> None:
    levels = price([float(i) for i in range(1, 11)])  # ten rows: 1 to 10

    assert [(each.share, each.needed) for each in levels] == [(0.8, 4), (0.9, 9), (0.95, 19)]
    assert [each.margin for each in levels] == [9, 10, None]
    assert [each.left_over for each in levels] == [3.6, 4.5, None]


def test_five_rows_have_no_price_for_9_nights_in_10() -> None:
    residuals = conformal.leave_one_out_linear([[12], [20], [18], [30], [24]], [36, 72, 68, 82, 75])
    assert residuals is not None

    easy, hard = price(residuals, (0.8, 0.9))

    assert easy.left_over is not None
    assert (hard.margin, hard.left_over, hard.needed) == (None, None, 9)


@settings(max_examples=50, deadline=None)
@given(st.lists(figures, max_size=60))
def test_more_service_never_costs_less(residuals: list[float]) -> None:
    left = [each.left_over for each in price(residuals) if each.left_over is not None]

    assert left == sorted(left)
    assert all(each >= 0 for each in left)


def test_a_price_that_doubles_cannot_hold_is_none() -> None:
    assert [each.left_over for each in price([1.7e308, -1.7e308] * 10)] == [None] * 3
    assert [each.margin for each in price([])] == [None] * 3
