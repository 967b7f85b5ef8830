"""Metrics, equal to scikit-learn's; and what they are where a figure does not exist."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.statistics.metrics import METRICS, mae, r2, rmse


@pytest.mark.parametrize("seed", range(20))
def test_every_metric_is_the_one_of_scikit_learn(seed: int) -> None:
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    draw = random.Random(seed)
    size = 10.0 ** draw.randint(-6, 9)
    truths = [draw.gauss(50, 10) * size for _ in range(draw.randint(2, 400))]
    guesses = [t + draw.gauss(0, 5) * size for t in truths]

    assert mae(truths, guesses) == pytest.approx(mean_absolute_error(truths, guesses), rel=1e-12)
    assert rmse(truths, guesses) == pytest.approx(
        mean_squared_error(truths, guesses) ** 0.5, rel=1e-12
    )
    assert r2(truths, guesses) == pytest.approx(r2_score(truths, guesses), rel=1e-12, abs=1e-12)


def test_by_hand() -> None:
    truths, guesses = [1.0, 2.0, 6.0], [2.0, 2.0, 3.0]

    assert mae(truths, guesses) == 4 / 3
    assert rmse(truths, guesses) == pytest.approx((10 / 3) ** 0.5, rel=1e-15)
    assert r2(truths, guesses) == pytest.approx(1 - 10 / 14, rel=1e-15)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30, unique=True), st.randoms())
def test_the_direction_of_a_metric_is_the_better_one(
    truths: list[float], chance: random.Random
) -> None:
    worse = [t + chance.choice([-1, 1]) * (1 + abs(t)) for t in truths]

    for metric in METRICS.values():
        perfect, missed = metric.function(truths, truths), metric.function(truths, worse)
        if perfect is None or missed is None:  # they differ by less than doubles can square
            continue
        assert perfect < missed if metric.better == "lower" else perfect > missed


def test_a_perfect_answer_and_the_mean_have_known_figures() -> None:
    truths = [3.0, 5.0, 10.0]

    assert (mae(truths, truths), rmse(truths, truths), r2(truths, truths)) == (0, 0, 1)
    assert r2(truths, [6.0] * 3) == 0


def test_metrics_with_the_unit_of_the_label_grow_with_it_and_the_other_stays() -> None:
    truths, guesses = [1.0, 2.0, 6.0], [2.0, 2.0, 3.0]

    for metric in METRICS.values():
        once = metric.function(truths, guesses)
        tenfold = metric.function([10 * t for t in truths], [10 * g for g in guesses])
        assert once is not None
        assert tenfold == pytest.approx(10 * once if metric.of_label else once, rel=1e-12)


def test_no_rows_have_no_figure() -> None:
    assert [metric.function([], []) for metric in METRICS.values()] == [None, None, None]


@pytest.mark.parametrize("value", [0.0, 0.1, 0.7, 1e9 + 0.1, -2.5])
@pytest.mark.parametrize("rows", [1, 3, 7, 50])
def test_what_share_of_nothing_is_explained_has_no_figure(value: float, rows: int) -> None:
    assert r2([value] * rows, [1.0] * rows) is None


def test_two_rows_are_enough_for_a_share_where_their_truths_differ() -> None:
    assert r2([1.0, 2.0], [1.0, 2.5]) == 0.5  # 1 - 0.25 / (0.25 + 0.25)


def test_a_figure_that_no_double_holds_is_none() -> None:
    assert mae([1.5e308], [-1.5e308]) is None
    assert rmse([0.0], [1e200]) is None
    assert r2([0.0, 1.0], [1e200, 1.0]) is None


def test_truths_nearer_than_doubles_can_square_have_no_share() -> None:
    assert r2([0.0, 1e-200], [0.0, 0.0]) is None


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_prediction_without_its_truth_is_a_bug(metric: object) -> None:
    function = metric.function
    with pytest.raises(ValueError, match=r"\(3,\), \(2,\)"):
        function([1.0, 2.0, 3.0], [1.0, 2.0])
