"""Intervals, equal to SciPy's; and what they are where there is none."""

from __future__ import annotations

from math import inf, isfinite, nan
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlcli.statistics.intervals import (
    Interval,
    mean_and_spread,
    of_mean,
    of_share,
    t_quantile,
)

ANY = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize("rows", [2, 3, 10, 29, 200])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
@pytest.mark.parametrize("size", [1e-200, 1e-3, 1, 1e9, 1e250])
def test_the_interval_of_a_mean_is_the_one_of_scipy(rows: int, level: float, size: float) -> None:
    values = np.random.default_rng(rows).exponential(size=rows)
    low, high = stats.t.interval(level, rows - 1, values.mean(), stats.sem(values))

    found = of_mean((values * size).tolist(), level=level)

    assert found is not None
    assert found.low == pytest.approx(low * size, rel=1e-9)
    assert found.high == pytest.approx(high * size, rel=1e-9)


def test_by_hand() -> None:
    """1, 2, 3, 4: mean 2.5, s 1.290994, t(3) 3.182446."""
    found = of_mean([1, 2, 3, 4])

    assert found == Interval(pytest.approx(0.445739743), pytest.approx(4.554260257))


@pytest.mark.parametrize("values", [[], [3.0], [1.0, nan], [1.0, inf], [1.7e308, -1.7e308]])
def test_where_there_is_no_interval(values: list[float]) -> None:
    assert of_mean(values) is None


@pytest.mark.parametrize("value", [0.0, 0.1, -1e-300, 1e308, 5e-324])
def test_constant_values_have_an_interval_of_no_width_at_that_very_value(value: float) -> None:
    for rows in (2, 3, 7):
        assert of_mean([value] * rows) == Interval(value, value)


def test_a_wider_level_and_fewer_rows_give_a_wider_interval() -> None:
    values = [1.0, 2.0, 4.0, 3.0]
    narrow, wide, many = of_mean(values, level=0.8), of_mean(values), of_mean(values * 3)

    assert narrow
    assert wide
    assert many
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.low < many.low < many.high < wide.high


@pytest.mark.parametrize("level", [0, 1, -1, 2, nan])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        of_mean([1, 2], level=level)
    with pytest.raises(ValueError, match="between 0 and 1"):
        of_share(1, 2, level=level)


@pytest.mark.parametrize("rows", [1, 2, 9, 30, 1000, 10**9])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.93, 1])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_of_a_share_is_the_one_of_scipy(rows: int, share: float, level: float) -> None:
    right = round(share * rows)
    expected = stats.binomtest(right, rows).proportion_ci(level, method="wilson")

    found = of_share(right, rows, level=level)

    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_shares_at_the_ends() -> None:
    none, every = of_share(0, 8), of_share(8, 8)

    assert none
    assert every
    assert (none.low, every.high) == (0, 1)
    assert none.high == pytest.approx(1 - every.low)
    assert none.high == pytest.approx(1.959963985**2 / (8 + 1.959963985**2))
    assert of_share(0, 0) is None


@pytest.mark.parametrize(("right", "rows"), [(3, 2), (-1, 2), (1, 0)])
def test_a_share_of_more_than_all_is_refused(right: int, rows: int) -> None:
    with pytest.raises(ValueError, match=f"{right} right of {rows}"):
        of_share(right, rows)


@given(st.integers(0, 500), st.integers(0, 500))
@settings(max_examples=50, deadline=None)
def test_the_interval_of_a_share_holds_it_and_lies_within_0_and_1(right: int, more: int) -> None:
    rows = right + more
    found = of_share(right, rows)

    assert (found is None) == (rows == 0)
    if found:
        assert 0 <= found.low <= right / rows <= found.high <= 1
        assert found.low < found.high


@given(st.lists(ANY, max_size=12))
@settings(max_examples=50, deadline=None)
def test_nothing_that_is_not_finite_comes_out(values: list[float]) -> None:
    found = of_mean(values)

    if found:
        assert isfinite(found.low)
        assert isfinite(found.high)
        assert found.low <= found.high


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
@settings(max_examples=50, deadline=None)
def test_mean_and_spread_are_those_of_exact_fractions(values: list[float]) -> None:
    """The standard library works them out in fractions."""
    found = mean_and_spread(values)

    assert found is not None
    assert found[0] == pytest.approx(fmean(values), rel=1e-12, abs=1e-9)
    assert found[1] == pytest.approx(stdev(values), rel=1e-9, abs=1e-9)


def test_spreads_at_the_ends_of_doubles() -> None:
    assert mean_and_spread([1e308, 1.5e308]) == pytest.approx((1.25e308, 0.3535533905932738e308))
    assert mean_and_spread([2e-300, 4e-300]) == pytest.approx((3e-300, 2**0.5 * 1e-300))
    assert mean_and_spread([1e15, 1e15 + 2]) == (1e15 + 1, 2**0.5)
    assert mean_and_spread([5.0]) is None


def test_quantiles_of_t() -> None:
    assert t_quantile(0.95, freedom=1) == pytest.approx(12.706204736)
    assert t_quantile(0.95, freedom=24) == pytest.approx(2.063898562)
    assert t_quantile(0.5, freedom=1) == pytest.approx(1)
