"""Brier scores and reliability: by hand, and as scikit-learn has them."""

from __future__ import annotations

import random
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.statistics.calibration import FEWEST, Bin, brier, reliability, worse_than_shares

CLASSES = ("ale", "beer", "cider")


def drawn(seed: int, rows: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of truths, and probabilities of each class."""
    draw = np.random.default_rng(seed)
    shares = draw.dirichlet(np.ones(width), rows)
    return np.array([draw.choice(width, p=row) for row in shares]), shares


def score(truths: str, *probabilities: dict[str, float]) -> float | None:
    """Return the Brier score of truths and probabilities by name; ``?`` is a class unknown."""
    names = [*probabilities[0]]
    codes = [names.index(name) if name in names else len(names) for name in truths]
    return brier(np.array(codes), np.array([[*row.values()] for row in probabilities]))


@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_the_brier_score_is_that_of_scikit_learn(seed: int, width: int) -> None:
    from sklearn.metrics import brier_score_loss

    truths, shares = drawn(seed, 100, width)
    names = [CLASSES[i] for i in truths]
    expected = (
        brier_score_loss(names, shares, labels=CLASSES)
        if width == 3
        else brier_score_loss(names, shares[:, 1], pos_label="beer")
    )

    assert brier(truths, shares) == pytest.approx(expected, rel=1e-12)


def test_brier_scores_by_hand() -> None:
    assert score("ab", {"a": 0.9, "b": 0.1}, {"a": 0.6, "b": 0.4}) == pytest.approx(0.185)
    assert score("a", {"a": 0.5, "b": 0.3, "c": 0.2}) == pytest.approx(0.38)
    assert score("ab", {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 0.0}) == 0.5
    assert score("c", {"a": 1.0, "b": 0.0, "c": 0.0}) == 2
    assert score("a", {"a": 1.0}) == 0


def test_a_brier_score_of_nothing_or_of_a_class_unknown_is_none() -> None:
    assert brier(np.zeros(0, dtype=int), np.zeros((0, 2))) is None
    assert score("?", {"a": 0.5, "b": 0.5}) is None
    assert score("a", {"a": nan, "b": 0.5}) is None
    assert score("a", {"a": 0.5, "b": inf}) is None
    with pytest.raises(ValueError):
        brier(np.zeros(1, dtype=int), np.zeros((0, 2)))


@pytest.mark.parametrize(("rows", "bins"), [(200, 10), (210, 3), (1000, 10), (990, 9), (201, 1)])
def test_bins_of_distinct_probabilities_are_those_of_scikit_learn(rows: int, bins: int) -> None:
    from sklearn.calibration import calibration_curve

    draw = random.Random(rows)
    said = [draw.random() ** 2 for _ in range(rows)]
    true = [draw.random() < p for p in said]
    accuracies, confidences = calibration_curve(true, said, n_bins=bins, strategy="quantile")

    result = reliability(said, true, bins)

    assert result is not None
    assert [each.accuracy for each in result.bins] == pytest.approx(list(accuracies))
    assert [each.confidence for each in result.bins] == pytest.approx(list(confidences))
    assert [each.rows for each in result.bins] == [rows // bins] * bins


def test_rows_that_no_bin_number_divides_are_spread_evenly() -> None:
    result = reliability([i / 203 for i in range(203)], [True] * 203)

    assert result is not None
    assert len(result.bins) == 10
    assert {each.rows for each in result.bins} == {20, 21}


def test_the_expected_calibration_error_by_hand() -> None:
    said = [0.2] * 100 + [0.8] * 150
    true = [True] * 30 + [False] * 70 + [True] * 90 + [False] * 60

    result = reliability(said, true, 2)

    assert result is not None
    assert result.bins == (
        Bin(0.2, 0.2, 100, pytest.approx(0.2), 0.3),
        Bin(0.8, 0.8, 150, pytest.approx(0.8), 0.6),
    )
    assert result.ece == pytest.approx((100 * 0.1 + 150 * 0.2) / 250)


def test_rows_of_one_probability_stay_together_and_take_none_with_them() -> None:
    said = [0.9] * 120 + [0.1] * 40 + [0.5] * 40  # most are the same, as those of a small tree

    result = reliability(said, [True] * 200)

    assert result is not None
    assert [(each.low, each.high, each.rows) for each in result.bins] == [
        (0.1, 0.1, 40),
        (0.5, 0.5, 40),
        (0.9, 0.9, 120),
    ]


def test_probabilities_that_are_all_the_same_are_one_bin() -> None:
    result = reliability([0.5] * 400, [True, False] * 200)

    assert result is not None
    assert result.bins == (Bin(0.5, 0.5, 400, 0.5, 0.5),)
    assert result.ece == 0


def test_reliability_needs_rows_and_figures() -> None:
    assert FEWEST == 200
    assert reliability([0.5] * 199, [True] * 199) is None
    assert reliability([0.5] * 200, [True] * 200) is not None
    assert reliability([], []) is None
    assert reliability([0.5] * 200 + [nan], [True] * 201) is None
    with pytest.raises(ValueError):
        reliability([0.5], [])
    with pytest.raises(ValueError):
        reliability([0.5] * 200, [True] * 200, 0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=200, max_size=260),
    st.integers(1, 12),
)
def test_bins_hold_every_row_once_in_order(rows: list[tuple[float, bool]], bins: int) -> None:
    result = reliability([p for p, _ in rows], [came for _, came in rows], bins)

    assert result is not None
    assert 1 <= len(result.bins) <= bins
    assert sum(each.rows for each in result.bins) == len(rows)
    assert sum(each.rows * each.accuracy for each in result.bins) == pytest.approx(
        sum(came for _, came in rows)
    )
    assert all(a.high < b.low for a, b in zip(result.bins, result.bins[1:], strict=False))
    assert all(each.low <= each.confidence + 1e-12 for each in result.bins)
    assert 0 <= result.ece <= 1


def test_chance_alone_makes_an_error_as_large_as_is_written() -> None:
    def average(rows: int, runs: int) -> float:
        errors = []
        for seed in range(runs):
            draw = random.Random(seed)
            said = [draw.random() for _ in range(rows)]
            result = reliability(said, [draw.random() < p for p in said])
            assert result is not None
            errors.append(result.ece)
        return sum(errors) / runs

    assert average(200, 100) == pytest.approx(0.07, abs=0.005)
    assert average(1000, 20) == pytest.approx(0.03, abs=0.005)
    assert average(10_000, 2) == pytest.approx(0.01, abs=0.005)


@pytest.mark.parametrize(
    ("losses", "worse"),
    [
        ((0.5, 0.67, 0.1, 0.2), False),
        ((0.87, 0.67, 0.1, 0.2), True),  # a few mistakes with certainty: the Brier score is fine
        ((0.5, 0.67, 0.3, 0.2), True),
        ((0.67, 0.67, 0.2, 0.2), False),
        ((0.1 + 0.2, 0.3, 0.2, 0.2), False),  # the same but for the last digit
        ((None, None, None, None), False),
        ((None, 0.67, 0.1, 0.2), False),
        ((None, 0.67, 0.3, 0.2), True),
        ((0.9, None, 0.1, 0.2), False),
        ((1e-6, 0, 0, 0), True),
    ],
)
def test_probabilities_worse_than_shares(
    losses: tuple[float | None, float | None, float | None, float | None], worse: bool
) -> None:
    assert worse_than_shares(*losses) is worse
