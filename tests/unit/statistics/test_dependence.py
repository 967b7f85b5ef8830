"""Means of days and groups: by formulas worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from math import cos, inf, pi, sqrt

import numpy as np
import pytest
from scipy import stats

from mlcli.statistics.dependence import MeanKnown, mean_of


def test_rows_alone_have_the_error_of_student() -> None:
    found = mean_of([1.0, 2.0, 6.0])

    # The mean is 3, s² = (4 + 1 + 9) / 2 = 7.
    assert found is not None
    assert (found.mean, found.freedom, found.parts) == (3, 2, 3)
    assert found.error == pytest.approx(sqrt(7 / 3), rel=1e-12)


def test_groups_count_once() -> None:
    found = mean_of([1.0, 3.0, 8.0, 4.0], groups=np.array(["a", "a", "b", "c"]))

    # The mean is 4; sums by group of what lies above it are -4, 4, 0, and by the 2, 3, 3 other
    # rows -2, 4 / 3, 0: 2 / 3 · (4 + 16 / 9). Odds are 1, 1 / 3, 1 / 3: (5 / 3)² is 225 / 81, and
    # 11 / 9 + (11 / 9)² - 83 / 81 is 137 / 81.
    assert found is not None
    assert (found.mean, found.parts) == (4, 3)
    assert found.freedom == pytest.approx(225 / 137, rel=1e-12)
    assert found.error == pytest.approx(sqrt(104 / 27), rel=1e-12)
    # Means lie -2, 4, 0 above 4, so -8, 10, -2 thirds above their own mean; k is sqrt(6).
    assert found.skew == pytest.approx(sqrt(6) * 480 / 168**1.5, rel=1e-12)


def test_equal_groups_leave_one_less_free() -> None:
    found = mean_of([1.0, 3, 8, 4, 2, 6], groups=np.repeat([1, 2, 3], 2))

    # Means of groups 2, 6, 4: s² is 4, as of three rows.
    assert found is not None
    assert (found.freedom, found.error) == pytest.approx((2, sqrt(4 / 3)), rel=1e-12)


def test_days_have_the_error_of_their_cosines() -> None:
    values = [5.0, 1.0, 2.0, 4.0, 3.0]
    found = mean_of(values, days=np.array([3, 1, 2, 2, 4]))

    # The mean is 3, sums by day 1 to 4: -2, 0, 2, 0; floor(.4 · 4^(2/3)) = 1 cosine.
    transform = sqrt(2 / 4) * (-2 * cos(pi / 8) + 2 * cos(5 * pi / 8))
    assert found is not None
    assert (found.mean, found.freedom, found.parts) == (3, 1, 4)
    assert found.error == pytest.approx(sqrt(4 * transform**2) / 5, rel=1e-12)


def test_days_of_which_no_cosine_is_known_have_a_tenth_of_the_error_of_days_alone() -> None:
    right = np.ones(20)
    right[[2, 7, 12, 17]] = 0
    found = mean_of(right, days=np.arange(20))

    # Angles of the 4 wrong days are pi / 8, 3 pi / 8, 5 pi / 8 and 7 pi / 8: their cosines and
    # those of twice as much add up to 0. Of days alone: squares 16 · .2² + 4 · .8² = 3.2.
    assert found is not None
    assert found.freedom == 2
    assert found.error == pytest.approx(0.1 * sqrt(3.2) / 20, rel=1e-12)


def test_days_that_rise_and_rise_are_slow() -> None:
    rising, jumping = np.arange(60.0), np.tile([0.0, 1.0], 30)

    # Of a straight line r is about 1; of a saw r is below 0.
    assert [one.slow for v in (rising, jumping) if (one := mean_of(v, days=rising))] == [
        True,
        False,
    ]


@pytest.mark.parametrize("keys", [{"days": [1, 1]}, {"groups": [1, 1]}])
def test_one_part_says_nothing(keys: dict[str, list[int]]) -> None:
    found = {name: np.array(value) for name, value in keys.items()}

    assert mean_of([1.0, 2.0], days=found.get("days"), groups=found.get("groups")) is None


def test_the_skewness_of_a_mean_is_that_of_its_parts() -> None:
    off = np.array([-2.0, -1, 3])
    alone = sqrt(3 * 2) / 1 * (off**3).sum() / 14**1.5  # k is sqrt(3 · 2) / (3 - 2)

    rows, groups = mean_of(off + 3), mean_of([1.0, 1, 2, 3, 3, 6], groups=np.repeat([1, 2, 3], 2))
    # Sums by group of what lies above 8 / 3: -10/3, -1/3, 11/3.
    sums = np.array([-10, -1, 11]) / 3
    assert rows is not None
    assert groups is not None
    assert rows.skew == pytest.approx(alone, rel=1e-12)
    assert groups.skew == pytest.approx(sqrt(6) * (sums**3).sum() / (sums**2).sum() ** 1.5)


def test_the_skewness_of_days_grows_with_their_long_run_error() -> None:
    days = mean_of([1.0, 2, 6], days=np.arange(3))

    # Off by -2, -1, 3; one cosine: sqrt(2 / 3) · (-2 cos(pi / 6) + 3 cos(5 pi / 6)).
    transform = sqrt(2 / 3) * (-2 * cos(pi / 6) + 3 * cos(5 * pi / 6))
    ratio = sqrt(3) * abs(transform) / sqrt(14)
    assert days is not None
    assert days.skew == pytest.approx(ratio * sqrt(6) * 18 / 14**1.5, rel=1e-12)


def test_the_interval_of_a_mean_undoes_the_transformation_of_hall() -> None:
    values = np.random.default_rng(1).gamma(2, size=40)
    known = mean_of(values)
    assert known is not None
    found = known.interval(level=0.9)
    assert found is not None

    # g(T) = T + d T² / 3 + d² T³ / 27 + d / 6 is the quantile of t at either end.
    d, quantile = known.skew, stats.t.ppf(0.95, 39)
    for end, t in ((found.low, quantile), (found.high, -quantile)):
        off = (known.mean - end) / known.error
        assert off + d * off**2 / 3 + d**2 * off**3 / 27 + d / 6 == pytest.approx(t, rel=1e-9)


def test_an_end_where_the_transformation_is_steep_goes_on_along_its_tangent() -> None:
    known = MeanKnown(mean=10.0, error=1.0, freedom=1, parts=3, skew=0.6)
    found = known.interval()

    # 1 + .6 (-12.7062 - .1) = -6.68372: .3^(1/3) + (-6.68372 - .3) / (3 · .3^(2/3)) is -4.52516,
    # and 3 / .6 · (-4.52516 - 1) errors below are that many above.
    assert found is not None
    assert found.high == pytest.approx(10 + 5 * 5.52516, abs=1e-3)


def test_without_skewness_the_interval_is_the_one_of_student() -> None:
    known = mean_of([1.0, 2, 3, 4])
    assert known is not None
    found = known.interval()

    low, high = stats.t.interval(0.95, 3, 2.5, sqrt(5 / 3) / 2)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert replace(known, mean=1e308, error=1e308).interval() is None
    assert replace(known, error=inf).interval() is None


def test_the_interval_of_a_share_is_that_of_as_many_rows_as_know_it_as_well() -> None:
    known = MeanKnown(mean=0.8, error=0.1, freedom=4, parts=30)
    found = known.interval_of_share()

    # .8 · .2 / .1² = 16 rows: the ends solve (p - .8)² = t² p (1 - p) / 16.
    t = stats.t.ppf(0.975, 4)
    low, high = sorted(np.roots([1 + t * t / 16, -1.6 - t * t / 16, 0.64]))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)


def test_where_all_rows_are_right_a_share_is_known_by_its_parts() -> None:
    found = MeanKnown(mean=1.0, error=0.0, freedom=4, parts=5).interval_of_share()

    # p = 5 / (5 + t²) solves (p - 1)² = t² p (1 - p) / 5.
    assert found is not None
    assert (found.low, found.high) == pytest.approx((5 / (5 + stats.t.ppf(0.975, 4) ** 2), 1.0))


def test_values_alike_are_not_skewed() -> None:
    for by in ({}, {"days": np.arange(4)}, {"groups": np.arange(4)}):
        known = mean_of([2.0] * 4, **by)
        assert known is not None
        assert (known.skew, known.error) == (0, 0)


def test_a_share_that_is_alike_in_all_groups_is_known_by_their_number() -> None:
    """Seven groups are right in two rows of three: Wilson's of 7, with t of 6 free."""
    known = mean_of([1, 1, 0] * 7, groups=np.repeat(np.arange(7), 3))
    assert known is not None
    found, t = known.interval_of_share(), stats.t.ppf(0.975, 6)
    assert found is not None

    ends = np.roots([1 + t * t / 7, -4 / 3 - t * t / 7, 4 / 9])  # (p - 2/3)^2 = t^2 p (1 - p) / 7
    assert [found.low, found.high] == pytest.approx(sorted(ends))
