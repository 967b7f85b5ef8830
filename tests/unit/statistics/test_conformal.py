"""Conformal ranges: counted by hand, by brute force, with exact fractions, and as MAPIE has them."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, inf, nan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcli.statistics import conformal

TALK = ([[12], [20], [18], [30], [24]], [36, 72, 68, 82, 75])
"""Reservations and doughs of five nights."""

figures = st.floats(-1e9, 1e9)
hundredths = st.integers(1, 99)


def refitted(matrix: np.ndarray, truths: np.ndarray) -> list[float]:
    """Return the residual of each row under a fit to the others."""
    residuals = []
    for i in range(len(truths)):
        others = np.column_stack([np.ones(len(truths) - 1), np.delete(matrix, i, axis=0)])
        weights, *_ = np.linalg.lstsq(others, np.delete(truths, i), rcond=None)
        residuals.append(float(truths[i] - np.array([1.0, *matrix[i]]) @ weights))
    return residuals


@pytest.mark.parametrize(
    ("share", "rows"),
    [
        (0.5, 1),
        (0.8, 4),
        (0.9, 9),
        (0.95, 19),
        (0.99, 99),
        (0.999, 999),
        (9 / 10.5, 6),
        (1e-300, 1),
    ],
)
def test_so_many_rows_are_needed(share: float, rows: int) -> None:
    assert conformal.fewest(share) == rows
    assert conformal.rank(rows, share) is not None
    assert conformal.rank(rows - 1, share) is None


def test_ranks_by_hand() -> None:
    assert conformal.rank(0, 0.1) is None
    assert conformal.rank(1, 0.5) == 1
    assert conformal.rank(8, 0.9) is None
    assert conformal.rank(9, 0.9) == 9  # doubles make 10 × 0.9 exactly 9, but
    assert 100 * 0.55 > 55  # this more than 55,
    assert conformal.rank(99, 0.55) == 55  # which is no reason for the 56th
    assert conformal.rank(20, 0.9) == 19
    assert conformal.rank(50, 0.8) == 41
    assert conformal.rank(3, 1e-300) == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 100_000), hundredths)
def test_a_rank_is_the_one_that_fractions_give(rows: int, hundredth: int) -> None:
    exact = ceil((rows + 1) * Fraction(hundredth, 100))

    assert conformal.rank(rows, hundredth / 100) == (exact if exact <= rows else None)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, nan, inf])
def test_a_share_is_between_0_and_1(share: float) -> None:
    with pytest.raises(ValueError):
        conformal.rank(10, share)
    with pytest.raises(ValueError):
        conformal.fewest(share)


@pytest.mark.parametrize("share", [1 - 1e-15, 1 - 2**-53])
def test_a_share_close_to_1_needs_more_rows_than_anyone_has(share: float) -> None:
    assert conformal.fewest(share) > 10**14


@settings(max_examples=50, deadline=None)
@given(st.lists(figures, max_size=40), hundredths)
def test_a_margin_is_the_least_residual_that_enough_are_at_most(
    residuals: list[float], hundredth: int
) -> None:
    enough = (len(residuals) + 1) * Fraction(hundredth, 100)
    fit = [m for m in residuals if sum(r <= m for r in residuals) >= enough]
    sizes = [abs(r) for r in residuals]
    fit_both = [m for m in sizes if sum(r <= m for r in sizes) >= enough]

    assert conformal.one_sided(residuals, hundredth / 100) == min(fit, default=None)
    assert conformal.two_sided(residuals, hundredth / 100) == min(fit_both, default=None)


def test_bounds_by_hand() -> None:
    nine = [3.0, -9.0, 1.0, -4.0, 5.0, -2.0, 6.0, 8.0, -7.0]

    assert conformal.one_sided(nine, 0.9) == 8
    assert conformal.one_sided(nine, 0.8) == 6
    assert conformal.one_sided(nine, 0.3) == -4
    assert conformal.two_sided(nine, 0.9) == 9
    assert conformal.two_sided(nine, 0.8) == 8
    assert conformal.one_sided(nine[:8], 0.9) is None
    assert conformal.two_sided(nine[:8], 0.9) is None
    assert conformal.two_sided([], 0.5) is None
    assert conformal.two_sided([-3], 0.5) == 3
    assert conformal.one_sided([2.0] * 30, 0.9) == 2
    assert conformal.two_sided([0.0] * 30, 0.9) == 0


def test_bounds_of_huge_and_tiny_residuals_and_of_what_is_none() -> None:
    assert conformal.two_sided([1e308, -1.7e308, 5e-324, 0.0], 0.8) == 1.7e308
    assert conformal.two_sided([5e-324] * 4, 0.8) == 5e-324
    assert conformal.one_sided([inf, 1.0, 2.0, 3.0], 0.8) is None
    assert conformal.one_sided([inf, 1.0, 2.0, 3.0], 0.6) == 3
    assert conformal.one_sided([nan, 1.0, 2.0, 3.0], 0.4) is None
    assert conformal.two_sided([nan] * 9, 0.9) is None


@pytest.mark.parametrize(("level", "rows"), [(0.5, 21), (0.8, 40), (0.9, 21), (0.95, 40)])
def test_ranges_are_those_of_mapie(level: float, rows: int) -> None:
    regression = pytest.importorskip("mapie.regression")
    from sklearn.linear_model import LinearRegression

    draw = np.random.default_rng(rows)
    x = draw.uniform(0, 10, (2 * rows, 2))
    y = 3 * x[:, 0] - x[:, 1] + draw.exponential(2, 2 * rows)
    new = draw.uniform(-2, 12, (5, 2))
    fitted = LinearRegression().fit(x[:rows], y[:rows])
    split = regression.SplitConformalRegressor(fitted, confidence_level=level, prefit=True)
    answers, theirs = split.conformalize(x[rows:], y[rows:]).predict_interval(new)

    width = conformal.two_sided((y[rows:] - fitted.predict(x[rows:])).tolist(), level)

    assert width is not None
    for number, answer in enumerate(answers):
        assert (answer - width, answer + width) == pytest.approx(
            tuple(theirs[number, :, 0]), abs=1e-9
        )


def test_the_five_rows_of_the_talk() -> None:
    line = conformal.leave_one_out_linear(*TALK)
    mean = conformal.leave_one_out_linear([[]] * 5, TALK[1])

    assert line is not None
    assert mean is not None
    assert sum(map(abs, line)) / 5 == pytest.approx(13.28, abs=0.005)
    assert sum(map(abs, mean)) / 5 == pytest.approx(15.30, abs=0.005)
    assert conformal.one_sided(line, 0.9) is None
    assert conformal.fewest(0.9) == 9
    assert conformal.two_sided(line, 0.8) == pytest.approx(26.07, abs=0.005)  # the largest of five


@settings(max_examples=50, deadline=None)
@given(
    st.integers(3, 25),
    st.integers(0, 4),
    st.integers(-6, 6),
    st.integers(-6, 6),
    st.randoms(use_true_random=False),
)
def test_leaving_out_is_the_same_as_fitting_again(
    rows: int, width: int, size: int, label_size: int, chance: object
) -> None:
    draw = np.random.default_rng(chance.getrandbits(32))
    assume(rows >= width + 3)
    matrix = draw.normal(1, 1, (rows, width)) * 10.0**size
    truths = (matrix.sum(axis=1) * 10.0**-size + draw.normal(5, 1, rows)) * 10.0**label_size

    assert conformal.leave_one_out_linear(matrix, truths) == pytest.approx(
        refitted(matrix * 10.0**-size, truths), rel=1e-6, abs=1e-9 * 10.0**label_size
    )


def test_columns_of_unlike_sizes_and_dependent_ones_change_nothing() -> None:
    draw = np.random.default_rng(7)
    plain = draw.uniform(1, 2, (12, 2))
    truths = plain @ [3, -2] + draw.normal(size=12)
    expected = pytest.approx(refitted(plain, truths), rel=1e-6)
    twins = np.column_stack([plain, plain.sum(axis=1), np.full(12, 0.1), np.zeros(12)])

    assert conformal.leave_one_out_linear(plain, truths) == expected
    assert conformal.leave_one_out_linear(twins, truths) == expected
    assert conformal.leave_one_out_linear(plain * [1e200, 1e-200], truths) == expected
    assert conformal.leave_one_out_linear(plain * [5e-310, 5e307], truths) == expected
    assert conformal.leave_one_out_linear(np.add(plain, [1e6, -1e6]), truths) == pytest.approx(
        refitted(plain, truths), rel=1e-6
    )


def test_levels_with_a_column_each_are_their_own_means() -> None:
    levels = [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]]

    left = conformal.leave_one_out_linear(levels, [1, 2, 6, 10, 14])

    assert left == pytest.approx((-3, -1.5, 4.5, -4, 4))


@pytest.mark.parametrize(
    ("matrix", "truths"),
    [
        (np.zeros((0, 1)), []),
        ([[1]], [2]),
        ([[1], [2]], [3, 4]),  # a line through either row alone is any line
        ([[1], [1], [5]], [3, 4, 5]),  # only the third says how steep it is
        ([[1, 0], [1, 0], [0, 1]], [1, 2, 3]),  # a level that one row has
        (np.eye(5), [1, 2, 3, 4, 5]),
        ([[1], [2], [nan]], [1, 2, 3]),
        ([[1], [2], [3]], [1, inf, 3]),
    ],
)
def test_nothing_is_said_where_the_other_rows_do_not_say(matrix: object, truths: object) -> None:
    assert conformal.leave_one_out_linear(matrix, truths) is None


def test_two_rows_say_something_about_their_mean_and_a_constant_is_no_column() -> None:
    assert conformal.leave_one_out_linear([[], []], [3, 5]) == pytest.approx((-2, 2))
    assert conformal.leave_one_out_linear([[0.1]] * 3, [3, 5, 10]) == pytest.approx((-4.5, -1.5, 6))
    assert conformal.leave_one_out_linear([[1], [2], [3], [4]], [7] * 4) == pytest.approx(
        (0, 0, 0, 0), abs=1e-12
    )


def test_labels_that_doubles_barely_hold_give_a_figure_or_none() -> None:
    tiny = conformal.leave_one_out_linear([[1], [2], [3], [4]], [0, 5e-324, 0, 5e-324])
    huge = conformal.leave_one_out_linear(
        [[1], [2], [3], [4]], [1.7e308, -1.7e308, 1.7e308, -1.7e308]
    )

    assert tiny is not None
    assert max(map(abs, tiny)) < 1e-322
    assert huge is None


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError):
        conformal.leave_one_out_linear([[1], [2]], [1, 2, 3])
    with pytest.raises(ValueError):
        conformal.leave_one_out_linear([1, 2, 3], [1, 2, 3])
    with pytest.raises(ValueError):
        conformal.leave_one_out_linear([[1], [2]], [[1], [2]])
