"""Learning curves: what is read of them, by hand."""

from __future__ import annotations

from math import inf, isfinite, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlcli.statistics.intervals import Interval
from mlcli.statistics.learning_curve import Curve, Errors, Reading, curve, noise_floor, reading


def test_a_curve_by_hand() -> None:
    """Two folds: ln(4/2) and ln(9/3); t(1) at 80 % is tan(.4 pi)."""
    found = curve([(5, 4, 2), (12, 9, 3)], rows=20)

    logs = np.log([2, 3])
    half = np.tan(0.4 * np.pi) * logs.std(ddof=1) / sqrt(2)
    assert found
    assert (found.rows, found.quarter, found.half, found.whole) == (20, 8.5, 6.5, 2.5)
    assert found.off.low == pytest.approx(1 - np.exp(-(logs.mean() - half)))
    assert found.off.high == pytest.approx(1 - np.exp(-(logs.mean() + half)))


def test_where_a_fold_has_no_error_plain_shares_are_taken() -> None:
    """.3, .1 and .3 of .3, so .7 / .9 on average."""
    found = curve([(None, 0.4, 0.1), (1, 0.2, 0.1), (1, 0.3, 0.0)], rows=20)

    half = stats.t.ppf(0.9, 2) * np.std([1, 1 / 3, 1], ddof=1) / sqrt(3)
    assert found
    assert found.quarter is None
    assert found.off.low == pytest.approx(0.7 / 0.9 - half)
    assert found.off.high == pytest.approx(0.7 / 0.9 + half)


def test_errors_near_the_largest_double_have_a_curve_too() -> None:
    found = curve([(None, 1.7e308, 0.0), (1, 1.6e308, 1e307), (1, 1.7e308, 2e307)], rows=20)

    assert found
    assert (found.off.low + found.off.high) / 2 == pytest.approx(4.7 / 5)


@pytest.mark.parametrize(
    "errors",
    [[], [(1, 2)], [(1, nan), (1, 2)], [(inf, 1), (1, 2)], [(0, 0)] * 5],
)
def test_no_curve_without_folds_or_finite_errors(errors: list[tuple[float, float]]) -> None:
    assert curve([(1.0, *pair) for pair in errors], rows=20) is None


def read(
    low: float,
    high: float,
    *,
    quarter: float | None = None,
    half: float = 1.2,
    weights: int = 2,
    noise: float | None = None,
) -> Reading:
    """Return what is read of a curve of 80 rows that ends at an error of 1, for 100 rows."""

    def floor() -> float:
        assert noise is not None
        return noise

    known = Curve(80, quarter, half, 1.0, Interval(low, high))
    return reading(known, rows=100, weights=weights, least_squares=noise is None, noise=floor)


def test_c12_the_next_doubling_is_at_least_what_noise_leaves_of_the_last() -> None:
    """Error 1 after 1.25 and a floor of .5: .5 / .75 is left, and .25 (2/3)^log2(2.5) is .146.

    With a floor of .8: .2 / .45 is left, and .25 · .444^1.322 is .086.
    """
    assert read(0.2, 0.3, noise=0.5) == "help"
    assert read(0.2, 0.3, noise=0.8) == "unknown"
    assert read(0.2, 0.3, noise=1.1) == "unknown"  # as it is with the errors all noise
    assert read(0.09, 0.3, noise=0) == "unknown"  # .09 / .91 is under a tenth
    assert read(0.1, 0.3, noise=0) == "unknown"  # .111 · .9^1.322 is .097
    assert read(0.11, 0.3, noise=0) == "help"  # .124 · .89^1.322 is .106


def test_c12_the_next_doubling_is_at_most_the_share_of_the_last() -> None:
    assert read(0.01, 0.099, noise=0) == "hardly"
    assert read(0.01, 0.101, noise=0) == "unknown"
    assert read(-0.2, 0.05, noise=0, half=0.92) == "hardly"  # 1 is less than 1.1 · .92
    assert read(-0.2, 0.05, noise=0, half=0.9) == "unknown"  # the error rose by a ninth
    assert read(0.01, 0.05, noise=0, weights=13) == "hardly"  # 40 rows are three times as many
    assert read(0.01, 0.05, noise=0, weights=14) == "unknown"


def test_c12_the_next_doubling_takes_off_as_much_of_the_last_as_that_did_of_the_one_before() -> (
    None
):
    """.2 of .25 is .8, and .11 / .89 of that .0989; of .2 all; of .4 and .9 .6 at least."""
    assert read(0.01, 0.11, noise=0, quarter=1.45) == "hardly"
    assert read(0.01, 0.112, noise=0, quarter=1.45) == "unknown"
    assert read(0.01, 0.11, noise=0, quarter=1.45, weights=4) == "hardly"  # 40 rows, ten each
    assert read(0.01, 0.11, noise=0, quarter=1.45, weights=5) == "unknown"
    assert read(0.01, 0.101, noise=0, quarter=1.4) == "unknown"
    assert read(0.01, 0.101, noise=0, quarter=1.2) == "unknown"  # it did not fall before
    assert read(0.01, 0.142, noise=0, quarter=1.6) == "hardly"  # .6 · .1655 = .0993
    assert read(0.01, 0.144, noise=0, quarter=2.1) == "unknown"  # .6 · .1682 = .1009


def test_c12_of_least_squares_the_next_doubling_is_known() -> None:
    """10 weights: (1/90 - 1/190) / (1/30 - 1/70) = .307, of .25 / .75 .102, of .24 / .76 .097."""
    assert read(0.25, 0.4, weights=10) == "help"
    assert read(0.24, 0.4, weights=10) == "unknown"
    assert read(0.1, 0.24, weights=10) == "hardly"
    assert read(0.99, 0.99, weights=39) == "unknown"  # a row for each weight, and no more


def test_c12_where_no_error_is_left_more_rows_hardly_help() -> None:
    found = curve([(None, 0.2, 0.0)] * 5, rows=80)
    assert found is not None
    for exact in (True, False):
        told = reading(found, rows=100, weights=2, least_squares=exact, noise=lambda: 0.0)
        assert told == "hardly"


def test_errors_stand_beside_how_many_rows_were_learned_from() -> None:
    with_all = curve([(4.0, 2.0, 1.0), (6.0, 2.0, 1.0)], rows=33)
    without_a_quarter = curve([(None, 2.0, 1.0), (6.0, 2.0, 1.0)], rows=33)

    assert with_all is not None
    assert without_a_quarter is not None
    assert with_all.errors() == {8: 5.0, 16: 2.0, 33: 1.0}  # 8.25 rows and 16.5
    assert without_a_quarter.errors() == {16: 2.0, 33: 1.0}


def test_the_noise_is_a_quarter_more_than_the_least_of_its_bounds() -> None:
    """1.25 · .8 / sqrt(2), .8 being the smaller."""
    assert noise_floor([1.2, 0.8]) == 1.0


ERROR = st.floats(0, 1e300)


@given(st.lists(st.tuples(st.none() | ERROR, ERROR, ERROR), max_size=6), st.floats(0, 9))
@settings(max_examples=50, deadline=None)
def test_whatever_the_errors_what_comes_out_is_finite(errors: list[Errors], noise: float) -> None:
    found = curve(errors, rows=20)
    if found is None:
        return
    assert all(map(isfinite, (found.half, found.whole, found.off.low, found.off.high)))
    assert found.off.low <= found.off.high
    for exact in (True, False):
        told = reading(found, rows=25, weights=2, least_squares=exact, noise=lambda: noise)
        assert told != "help" or found.whole > 0
