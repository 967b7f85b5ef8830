"""Learning curves: what is read from curves whose law is known."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import curve_fit

from mlcli.statistics.intervals import Interval
from mlcli.statistics.learning_curve import (
    Curve,
    CurveReading,
    PowerLaw,
    curve,
    fitted,
    reading,
    sizes,
)

POINTS = (7, 10, 14, 20, 28, 40)


def by_law(a: float, b: float, c: float, *, noise: float = 0.02) -> Curve:
    """Return a curve of ten folds around a + b · n^-c, which agree as ``noise`` says."""
    draw = np.random.default_rng(1)
    means = a + b * np.array(POINTS, float) ** -c
    rows = means * np.exp(noise * draw.normal(size=(10, 1)))
    found = curve(POINTS, rows.tolist(), train_rows=40, test_rows=10)
    assert found
    return found


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (40, (7, 10, 14, 20, 28, 40)),
        (160, (5, 10, 20, 40, 80, 160)),
        (1000, (31, 62, 125, 250, 500, 1000)),
        (10, (5, 6, 7, 8, 9, 10)),
        (9, (9,)),
        (1, (1,)),
    ],
)
def test_sizes_by_hand(rows: int, expected: tuple[int, ...]) -> None:
    assert sizes(rows) == expected


@given(st.integers(10, 100_000), st.integers(2, 10))
@settings(max_examples=50, deadline=None)
def test_sizes_rise_to_all_rows_past_half_of_them(rows: int, count: int) -> None:
    found = sizes(rows, count=count)

    assert found[-1] == rows
    assert round(rows / 2) in found
    assert found[0] >= 5
    assert len(found) <= count
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize(("rows", "count"), [(0, 6), (-1, 6), (20, 1)])
def test_no_sizes_of_no_rows(rows: int, count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} sizes of {rows} rows"):
        sizes(rows, count=count)


def test_a_curve_by_hand() -> None:
    """Two folds: ln(4/2) and ln(9/3); J 2, so that 1/2 + 5/20, and t(1) at 70 % is 1.9626."""
    found = curve((10, 20), [[4, 2], [9, 3]], train_rows=20, test_rows=5)

    logs = np.log([2, 3])
    half = stats.t.ppf(0.85, 1) * logs.std(ddof=1) * 0.75**0.5
    assert found
    assert found.sizes == (10, 20)
    assert found.errors == (6.5, 2.5)
    assert found.spreads == pytest.approx((12.5**0.5, 0.5**0.5))
    assert found.drop == pytest.approx(1 - np.exp(-logs.mean()))
    assert found.likely
    assert found.likely.low == pytest.approx(1 - np.exp(-(logs.mean() - half)))
    assert found.likely.high == pytest.approx(1 - np.exp(-(logs.mean() + half)))


def test_where_a_fold_has_no_error_plain_shares_are_taken() -> None:
    """Means 0.3 and 0.1; the drop is 0.2 of 0.3."""
    found = curve((10, 20), [[0.4, 0.2], [0.2, 0.0]], train_rows=20, test_rows=5)

    assert found
    assert found.drop is None  # two folds that fall by the same are no evidence
    found = curve((10, 20), [[0.4, 0.1], [0.2, 0.1], [0.3, 0.0]], train_rows=20, test_rows=5)
    assert found
    assert found.drop == pytest.approx(0.7 / 0.9)


def test_errors_that_do_not_change_are_enough() -> None:
    same = curve(POINTS, [[3.0] * 6, [4.0] * 6], train_rows=40, test_rows=10)

    assert same
    assert (same.drop, same.likely) == (0, Interval(0, 0))
    assert reading(same) == CurveReading(falling=False, enough=True, more=None)


def test_a_model_that_is_always_right_has_nothing_to_read() -> None:
    perfect = curve(POINTS, [[0.0] * 6] * 5, train_rows=40, test_rows=10)

    assert perfect
    assert perfect.drop is None
    assert reading(perfect) == CurveReading(falling=False, enough=False, more=None)


def test_errors_near_the_largest_double_have_a_drop_too() -> None:
    folds = [[1.7e308, 0.0], [1.6e308, 1e307], [1.7e308, 2e307]]
    found = curve((10, 20), folds, train_rows=20, test_rows=5)

    assert found
    assert found.drop == pytest.approx(4.7 / 5)


def test_a_single_size_has_nothing_to_read() -> None:
    short = curve((8,), [[3.0], [4.0]], train_rows=8, test_rows=1)

    assert short
    assert (short.errors, short.drop, short.likely) == ((3.5,), None, None)
    assert reading(short) == CurveReading(falling=False, enough=False, more=None)


@pytest.mark.parametrize("errors", [[], [[1.0, 2.0]], [[1.0, nan], [1.0, 2.0]]])
def test_no_curve_without_folds_or_finite_errors(errors: list[list[float]]) -> None:
    assert curve((10, 20), errors, train_rows=20, test_rows=5) is None


def test_folds_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sizes"):
        curve((10, 20), [[1.0], [2.0]], train_rows=20, test_rows=5)
    with pytest.raises(ValueError, match="zip"):
        curve((10, 20), [[1.0, 2.0], [1.0]], train_rows=20, test_rows=5)


def test_a_falling_curve_names_the_rows_of_its_law() -> None:
    """1 + 20/n: at 40 rows 1.5; 1.35 takes 20 / 0.35 = 57.14 rows, 17.14 more."""
    found = reading(by_law(1, 20, 1), weights=1)

    assert found == CurveReading(falling=True, enough=False, more=18)


def test_rows_are_counted_from_those_of_the_model_at_hand() -> None:
    """At 50 rows 1.4; 1.26 takes 20 / 0.26 = 76.92, 26.92 more."""
    assert reading(by_law(1, 20, 1), rows=50, weights=1).more == 27


def test_a_flat_curve_is_enough() -> None:
    assert reading(by_law(1, 0.5, 1)) == CurveReading(falling=False, enough=True, more=None)


@pytest.mark.parametrize("seed", range(5))
def test_folds_that_disagree_say_nothing(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = np.exp(0.8 * draw.normal(size=(10, 6)) - np.arange(6) * 0.04)
    found = curve(POINTS, rows.tolist(), train_rows=40, test_rows=10)

    assert found
    assert not reading(found).enough
    assert reading(found).more is None


def test_falling_takes_a_tenth_and_an_interval_above_0() -> None:
    def judged(drop: float, low: float, high: float) -> tuple[bool, bool]:
        flat = Curve((10, 20), (1.0, 1.0), (0.1, 0.1), drop, Interval(low, high))
        found = reading(flat)
        assert found.more is None
        return found.falling, found.enough

    # .4 · .21 / .79 = .106, .4 · .19 / .81 = .094; .09 / .91 = .099, .1 / .9 = .111
    assert judged(0.21, 0.01, 0.3) == (True, False)
    assert judged(0.19, 0.01, 0.3) == (False, False)
    assert judged(0.3, 0.0, 0.5) == (False, False)
    assert judged(0.05, -0.01, 0.09) == (False, True)
    assert judged(0.05, -0.01, 0.1) == (False, False)
    assert judged(-0.2, -0.3, 0.0) == (False, False)  # the error rose


def test_c12_the_next_doubling_is_read_from_the_last_ones() -> None:
    def read(errors: tuple[float, ...], drop: float, weights: int = 0) -> tuple[bool, bool]:
        likely = Interval(0.01, drop + 0.01)
        known = Curve((20, 40, 80), errors, (0.1, 0.1, 0.1), drop, likely)
        found = reading(known, rows=100, weights=weights)
        return found.falling, found.enough

    # r = .2 / .2: .7 · .2 / .8 = .175 at least, and .25 at most
    assert read((1.2, 1.0, 0.8), 0.2) == (True, False)
    # r = .12 / .2 = .6: .6^6 · .12 / .88 = .006 at least, .6 · .13 / .87 = .09 at most
    assert read((1.2, 1.0, 0.88), 0.12) == (False, True)
    # r = .2 / .25 = .8: .8^6 · .25 = .066 at least, .8 · .21 / .79 = .213 at most
    assert read((1.25, 1.0, 0.8), 0.2) == (False, False)
    # 10 weights: (1/90 - 1/190) / (1/30 - 1/70) = .307, · .25 = .077 and · .21 / .79 = .082
    assert read((1.2, 1.0, 0.8), 0.2, weights=10) == (False, True)
    # 30: (1/70 - 1/170) / (1/10 - 1/50) = .105, but under two rows a weight in the half
    assert read((1.2, 1.0, 0.8), 0.2, weights=30) == (False, False)
    # 39: the half has a row for each weight, and no more
    assert read((1.2, 1.0, 0.01), 0.99, weights=39) == (False, False)


@pytest.mark.parametrize(("a", "b", "c"), [(1, 20, 1), (0, 5, 0.5), (3, 100, 2), (0.5, 2, 0.3)])
@pytest.mark.parametrize("size", [1e-250, 1, 1e250])
def test_the_law_is_found_again(a: float, b: float, c: float, size: float) -> None:
    errors = [(a + b * n**-c) * size for n in POINTS]
    law = fitted(POINTS, errors, [0.1 * e for e in errors])

    assert law
    for rows in (7, 40, 80, 200):
        assert law.at(rows) == pytest.approx((a + b * rows**-c) * size, rel=0.01)
    needed = law.rows_for(law.at(60))
    assert needed == pytest.approx(60)


def test_the_law_is_about_the_one_of_scipy() -> None:
    draw = np.random.default_rng(2)
    points = np.array(sizes(640))
    errors = (1 + 30 * points**-0.9) * np.exp(0.05 * draw.normal(size=6))
    spreads = np.array([3, 0.1, 1, 0.3, 0.02, 0.1])  # what folds agree on counts for more
    (a, b, c), _ = curve_fit(
        lambda n, a, b, c: a + b * n**-c, points, errors, p0=(1, 10, 1), sigma=spreads
    )

    law = fitted(points.tolist(), errors.tolist(), spreads.tolist())

    assert law
    for rows in (20, 640, 1280):
        assert law.at(rows) == pytest.approx(a + b * rows**-c, rel=0.003)


@pytest.mark.parametrize(
    "errors",
    [
        (5, 5, 5, 5, 5, 5),  # flat
        (1, 2, 3, 4, 5, 6),  # rising
        (5, 1, 5, 1, 5, 1),  # up and down
        (0, 0, 0, 0, 0, 0),
    ],
)
def test_where_no_law_fits(errors: tuple[float, ...]) -> None:
    assert fitted(POINTS, errors, [0.1] * 6) is None


def test_a_law_that_explains_little_does_not_fit() -> None:
    """Of these errors 1/n explains 62 %, and no other power more: linregress says so."""
    errors = [4, 2.6, 3.2, 2.1, 2.9, 1.6]
    shares = [
        stats.linregress([n**-c for n in POINTS], errors).rvalue ** 2 for c in (0.1, 0.5, 1, 2)
    ]

    assert 0.6 < max(shares) < 0.63
    assert fitted(POINTS, errors, [0.3] * 6) is None


def test_no_law_says_that_errors_end_below_0() -> None:
    """6 - ln n falls for ever; the nearest law that does not is about 7.5 · n^-0.31."""
    law = fitted(POINTS, [6 - np.log(n) for n in POINTS], [0.3] * 6)

    assert law
    assert law.a == 0
    assert law.at(20) == pytest.approx(6 - np.log(20), rel=0.03)


def test_a_law_takes_five_points() -> None:
    errors = [1 + 20 / n for n in POINTS]

    assert fitted(POINTS[2:], errors[2:], [0.1] * 4) is None
    assert fitted(POINTS[1:], errors[1:], [0.1] * 5) is not None
    assert fitted((), (), ()) is None


def test_what_a_law_never_reaches() -> None:
    law = PowerLaw(1, 20, 1)

    assert law.rows_for(1) is None
    assert law.rows_for(0.5) is None
    assert PowerLaw(0, 1, 0.05).rows_for(1e-300) is None
    assert law.rows_for(1.5) == pytest.approx(40)


def test_rows_beyond_ten_times_those_there_are_are_not_named() -> None:
    """n^-0.4 takes (1 / 0.9)^2.5 = 1.301 times the rows, wherever it starts.

    1 + 20/n is 1.5 at 40 rows; at 150 it is 1.133, and 1.02 takes 1,000, 850 more; at 170 it is
    1.118, and 1.0059 takes 3,400, more than 9 times as many more.
    """

    def no_quarter(found: Curve) -> Curve:
        return replace(
            found, **{key: np.delete(getattr(found, key), 1) for key in ("sizes", "errors", "spreads")}
        )  # fmt: skip

    steep, flatter = no_quarter(by_law(0, 1, 0.4)), no_quarter(by_law(1, 20, 1))
    assert reading(steep).more == 13
    assert reading(steep, rows=80).more == 25
    assert reading(flatter, rows=150).more == pytest.approx(850, abs=20)
    assert reading(flatter, rows=170).more is None
    assert reading(flatter, rows=190).more is None


@given(st.lists(st.lists(st.floats(0, 1e300), min_size=6, max_size=6), min_size=0, max_size=6))
@settings(max_examples=50, deadline=None)
def test_whatever_the_errors_what_comes_out_is_finite(errors: list[list[float]]) -> None:
    found = curve(POINTS, errors, train_rows=40, test_rows=10)
    if found is None:
        return
    assert all(map(isfinite, (*found.errors, *found.spreads)))
    if found.drop is not None:
        assert found.likely
        assert found.likely.low <= found.drop <= found.likely.high
        assert all(map(isfinite, (found.drop, found.likely.low, found.likely.high)))
    told = reading(found)
    assert not (told.falling and told.enough)
    assert told.more is None or told.more > 0
