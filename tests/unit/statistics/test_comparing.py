"""Comparisons of models, equal to SciPy's and to figures worked out by hand."""

from __future__ import annotations

from itertools import product
from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlcli.statistics.comparing import (
    Choice,
    Difference,
    between,
    corrected,
    holm,
    left_out,
    paired,
    rounded_up,
    rows_needed,
    settled,
    simplest,
    skill,
)
from mlcli.statistics.dependence import Related

SHARES = st.floats(0, 1)


@pytest.mark.parametrize("rows", [2, 3, 25, 300])
@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("size", [1e-170, 1, 1e170])
def test_paired_is_the_one_of_scipy(rows: int, level: float, size: float) -> None:
    draw = np.random.default_rng(rows)
    first, second = draw.exponential(1.2, rows), draw.exponential(1, rows)
    expected = stats.ttest_rel(first, second)
    low, high = expected.confidence_interval(level)

    found = paired(between((first * size).tolist(), (second * size).tolist()), level=level)

    assert found is not None
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.mean == pytest.approx((first - second).mean() * size, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((low * size, high * size), rel=1e-9)
    assert found.count == rows


def test_c02_rows_of_a_group_count_once_and_five_groups_are_needed() -> None:
    """Means of groups are 1, 3, 0, 4 and 2, whose mean is 2 and s² (1 + 1 + 4 + 4) / 4 = 2.5."""
    differences = [0.0, 2, 3, 3, -1, 1, 4, 4, 2, 2]
    groups = np.repeat(np.arange(5), 2)

    found = paired(differences, Related(groups=groups))

    assert found is not None
    assert (found.mean, found.count) == (2, 5)
    half = 2.7764451052 * (2.5 / 5) ** 0.5  # t of 4
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert paired(differences, Related(groups=groups % 4)) is None


def test_c02_days_have_few_degrees_of_freedom_and_ten_are_needed() -> None:
    """Days 1 to 10 have 0, 2, 0, 2, ...: floor(.4 · 10^(2/3)) = 1 cosine, so 1 free."""
    differences = np.tile([0.0, 2.0], 5)
    days = np.arange(10)

    found = paired(differences.tolist(), Related(days))

    assert found is not None
    signs = np.tile([-1.0, 1.0], 5)
    long_run = abs(2 / 10 * sum(signs * np.cos(np.pi * (days + 0.5) / 10)) ** 2)
    half = 12.7062047364 * (long_run / 10) ** 0.5
    assert (found.low, found.high) == pytest.approx((1 - half, 1 + half))
    assert paired(differences.tolist()[:9], Related(days[:9])) is None


def test_c02_of_days_in_groups_the_wider_interval_counts() -> None:
    draw = np.random.default_rng(3)
    days, groups = np.repeat(np.arange(20), 3), np.tile(np.arange(6), 10)
    differences = (draw.normal(size=60) + 3 * (groups > 2)).tolist()

    by_day, by_group = (paired(differences, Related(*by)) for by in ((days,), (None, groups)))

    assert by_day
    assert by_group
    assert by_group.high - by_group.low > 2 * (by_day.high - by_day.low)
    assert paired(differences, Related(days, groups)) == by_group


def test_c02_days_that_follow_each_other_closely_cannot_tell() -> None:
    rising = np.linspace(1, 2, 60)

    assert settled(paired(rising.tolist())) == "second"
    assert paired(rising.tolist(), Related(np.arange(60))) is None


def test_c05_a_jackknife_by_hand() -> None:
    """Without each part 1, 2, 3, 4, 5: 4 / 5 · (4 + 1 + 0 + 1 + 4) = 8; t = 3.2 / sqrt(8), 4 free."""
    found = left_out([1, 2, 3, 4, 5], mean=3.2)

    assert found is not None
    assert (found.mean, found.count) == (3.2, 5)
    assert found.p == pytest.approx(2 * stats.t.sf(3.2 / 8**0.5, 4))
    assert (found.low, found.high) == pytest.approx(
        (3.2 - 2.7764451052 * 8**0.5, 3.2 + 2.7764451052 * 8**0.5)
    )
    assert left_out([0.0] * 5, mean=0) == Difference(0, 0, 0, 1, 5)
    assert left_out([2.0] * 5, mean=2) is None
    assert left_out([nan] * 5, mean=2) is None


def test_nadeau_and_bengio_by_hand() -> None:
    """d = 1, 2, 3, 4, 5: mean 3, s² 2.5; 1/5 + 20/80 = 0.45; t = 3 / sqrt(1.125), 4 free."""
    found = corrected([1, 2, 3, 4, 5], train_rows=80, test_rows=20)

    assert found is not None
    assert found.mean == 3
    assert found.p == pytest.approx(2 * stats.t.sf(3 / 1.125**0.5, 4))
    assert found.low == pytest.approx(3 - 2.7764451052 * 1.125**0.5)
    assert found.high == pytest.approx(3 + 2.7764451052 * 1.125**0.5)
    assert found.count == 5


def test_without_shared_rows_corrected_is_paired() -> None:
    differences = [0.3, -0.1, 0.4, 0.2]
    plain, alike = paired(differences), corrected(differences, train_rows=1e18, test_rows=1)

    assert plain
    assert alike
    assert (alike.low, alike.high, alike.p) == pytest.approx((plain.low, plain.high, plain.p))


@pytest.mark.parametrize("count", [2, 3, 25])
def test_models_that_answer_the_same_are_equal(count: int) -> None:
    same = Difference(0, 0, 0, 1, count)

    assert paired([0.0] * count) == same
    assert corrected([0.0] * count, train_rows=8, test_rows=2) == same
    assert settled(same) == "unknown"
    assert rows_needed(same, count) is None


@pytest.mark.parametrize("difference", [0.1, -3.0, 1e-300, 1e300])
def test_a_constant_difference_is_believed_from_six_rows_on(difference: float) -> None:
    for count in (2, 5):
        assert paired([difference] * count) is None
        assert corrected([difference] * count, train_rows=4, test_rows=1) is None
    for count in (6, 25):
        expected = Difference(difference, difference, difference, 0, count)
        assert paired([difference] * count) == expected
        assert corrected([difference] * count, train_rows=4, test_rows=1) == expected


def test_a_difference_that_is_constant_but_for_rounding_is_constant() -> None:
    nearly = [0.3, 0.1 + 0.2, 0.3]

    assert paired(nearly) is None
    found = paired(nearly * 2)
    assert found is not None
    assert (found.low, found.high, found.p) == (found.mean, found.mean, 0)
    assert settled(found) == "second"


@pytest.mark.parametrize(
    "differences", [[], [1.0], [1.0, nan], [inf, 1.0], [1.7e308, -1.7e308], [1.7e308, 1.0]]
)
def test_where_nothing_can_be_known(differences: list[float]) -> None:
    assert paired(differences) is None
    assert corrected(differences, train_rows=4, test_rows=1) is None


@pytest.mark.parametrize(("train", "test"), [(0, 1), (1, 0), (-1, 1), (nan, 1)])
def test_folds_without_rows_are_refused(train: float, test: float) -> None:
    with pytest.raises(ValueError, match="folds of"):
        corrected([1, 2], train_rows=train, test_rows=test)
    with pytest.raises(ValueError, match="level"):
        paired([1, 2], level=1)


def test_rounding_is_no_difference() -> None:
    assert between([1, 0.1 + 0.2, 5], [1, 0.3, 4]) == (0, 0, 1)
    assert between([1e9, 2e-9], [1e9, 1e-9]) == (0, 0)
    assert between([2e-9], [1e-9]) == (1e-9,)
    assert between([], []) == ()
    with pytest.raises(ValueError, match="zip"):
        between([1, 2], [1])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.floats(1, 100))
@settings(max_examples=50, deadline=None)
def test_the_other_way_round_everything_is_turned(differences: list[float], train: float) -> None:
    there = corrected(differences, train_rows=train, test_rows=1)
    back = corrected([-d for d in differences], train_rows=train, test_rows=1)

    assert (there is None) == (back is None)
    if there and back:
        assert (there.mean, there.low, there.high, there.p) == (
            -back.mean, -back.high, -back.low, back.p,
        )  # fmt: skip
        turned = {"first": "second", "second": "first", "unknown": "unknown"}
        assert settled(there) == turned[settled(back)]


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=20), st.floats(0.01, 100))
@settings(max_examples=50, deadline=None)
def test_p_and_interval_agree_and_the_correction_never_makes_surer(
    differences: list[float], share: float
) -> None:
    plain = paired(differences)
    careful = corrected(differences, train_rows=1, test_rows=share)

    for found in (plain, careful):
        if found:
            assert all(map(isfinite, (found.mean, found.low, found.high, found.p)))
            assert found.low <= found.mean <= found.high
            assert 0 <= found.p <= 1
            if abs(found.p - 0.05) > 1e-6:
                assert (settled(found) != "unknown") == (found.p < 0.05)
    if plain and careful:
        assert careful.p >= plain.p - 1e-12


def test_holm_by_hand() -> None:
    """Holm's steps: 4 · 0.01, 3 · 0.02, 2 · 0.03 is less than 0.06 before it, 1 · 0.2."""
    assert holm([0.03, 0.01, 0.2, 0.02]) == pytest.approx((0.06, 0.04, 0.2, 0.06))
    assert holm([0.02, 0.02]) == pytest.approx((0.04, 0.04))
    assert holm([0.9, 0.8]) == (1, 1)
    assert holm([0.04]) == (0.04,)
    assert holm([]) == ()


@given(st.lists(SHARES, min_size=1, max_size=5), st.sampled_from([0.01, 0.05, 0.2, 0.7]))
@settings(max_examples=50, deadline=None)
def test_holm_calls_what_closed_testing_calls(values: list[float], alpha: float) -> None:
    """Brute force: a pair differs if all sets of pairs that hold it fail by Bonferroni."""
    sets = [s for s in product([False, True], repeat=len(values)) if any(s)]

    def fails(chosen: tuple[bool, ...]) -> bool:
        members = [p for p, there in zip(values, chosen, strict=True) if there]
        return min(members) * len(members) <= alpha

    for i, adjusted in enumerate(holm(values)):
        assert (adjusted <= alpha) == all(fails(chosen) for chosen in sets if chosen[i])


@given(st.lists(SHARES, max_size=8))
@settings(max_examples=50, deadline=None)
def test_holm_keeps_the_order_and_never_makes_smaller(values: list[float]) -> None:
    adjusted = holm(values)

    assert all(p <= a <= 1 for p, a in zip(values, adjusted, strict=True))
    assert all(
        adjusted[i] <= adjusted[j]
        for i in range(len(values))
        for j in range(len(values))
        if values[i] <= values[j]
    )


def test_verdicts() -> None:
    assert settled(Difference(1.7, 1.2, 2.2, 0.001, 52)) == "second"
    assert settled(Difference(-1.7, -2.2, -1.2, 0.001, 52)) == "first"
    assert settled(Difference(1.0, 0.0, 2.0, 0.05, 52)) == "unknown"
    assert settled(Difference(-1.0, -2.0, 0.0, 0.05, 52)) == "unknown"
    assert settled(None) == "unknown"


def test_a_verdict_among_several_needs_both() -> None:
    sure = Difference(1.7, 1.2, 2.2, 0.001, 52)

    assert settled(sure, adjusted=0.05) == "second"
    assert settled(sure, adjusted=0.051) == "unknown"
    assert settled(sure, adjusted=0.051, alpha=0.1) == "second"
    assert settled(Difference(1, -1, 3, 0.3, 9), adjusted=0.01) == "unknown"


@pytest.mark.parametrize(
    ("mean", "half", "rows", "more"),
    [
        (1, 2, 10, 30),  # 10 · 4 - 10
        (-1, 2, 10, 30),
        (1, 1.5, 52, 65),
        (1, 3.3, 100, 990),  # 989
        (1, 3.4, 100, 1100),  # 1,056
        (1, 1, 10, 1),  # an end on 0 is not settled
        (2, 1, 10, 0),
        (-2, 1, 10, 0),
        (1, 10, 10, 990),
        (1, 10.1, 10, None),
        (0, 1, 10, None),
        (1e-200, 1e200, 10, None),
    ],
)
def test_the_rows_that_would_settle_it(
    mean: float, half: float, rows: int, more: int | None
) -> None:
    found = Difference(mean, mean - half, mean + half, 0.5, rows)

    assert rows_needed(found, rows) == more


@given(st.floats(1e-3, 1e12))
@settings(max_examples=50, deadline=None)
def test_rounding_up_keeps_two_digits_and_never_takes_away(value: float) -> None:
    found = rounded_up(value)

    assert value <= found < max(value * 1.11, value + 1)
    assert len(str(found).rstrip("0")) <= 2


def test_rounding_up_by_hand() -> None:
    assert [rounded_up(v) for v in (-3, 0, 0.2, 7.1, 41.2, 99, 100, 412.3, 990.5, 12_345)] == [
        0, 0, 1, 8, 42, 99, 100, 420, 1000, 13_000,
    ]  # fmt: skip


def test_skill() -> None:
    assert skill(1.7, 3.4) == 0.5
    assert skill(0, 3) == 1
    assert skill(6, 3) == -1
    assert skill(1, 0) is None
    assert skill(0, 0) is None
    assert skill(1e300, 1e-300) is None
    assert skill(nan, 1) is None


@pytest.mark.parametrize(
    ("about", "errors", "expected"),
    [
        ("the lowest, where it always wins", [[3.0, 3.1], [1.0, 1.1]], Choice(1, 1)),
        # Differences 0.2 and -0.1: mean 0.05, s 0.212, s / sqrt(2) 0.15.
        ("the first, within one standard error", [[1.2, 0.9], [1.0, 1.0]], Choice(1, 0)),
        # Differences 0.3 and 0.1: mean 0.2, s 0.141, s / sqrt(2) 0.1.
        ("the best, where the first is further off", [[1.3, 1.1], [1.0, 1.0]], Choice(1, 1)),
        # A hard fold is hard for both: differences 0.1 and 0.1 have no spread at all.
        ("what makes a fold hard is no excuse", [[1.1, 9.1], [1.0, 9.0]], Choice(1, 1)),
        ("the first of equal ones", [[2.0, 4.0], [4.0, 2.0]], Choice(0, 0)),
        ("rounding is no difference", [[1.0 + 1e-12, 2.0], [1.0, 2.0]], Choice(1, 0)),
        ("one fold: the lowest", [[2.0], [1.0]], Choice(1, 1)),
        ("what has no error is out", [[None, 0.0], [5.0, 6.0]], Choice(1, 1)),
        ("nor what has an endless one", [[float("inf"), 0.0], [5.0, 6.0]], Choice(1, 1)),
    ],
)
def test_the_candidate_that_is_taken(
    about: str, errors: list[list[float | None]], expected: Choice
) -> None:
    assert simplest(errors) == expected, about


def test_nothing_is_taken_where_nothing_can_be() -> None:
    assert simplest([]) is None
    assert simplest([[None], [float("nan")]]) is None
    assert simplest([[], []]) is None


def test_every_candidate_needs_every_fold() -> None:
    with pytest.raises(ValueError, match="every fold"):
        simplest([[1.0], [1.0, 2.0]])


@given(
    st.integers(2, 6).flatmap(
        lambda folds: st.lists(
            st.lists(st.integers(0, 40).map(float), min_size=folds, max_size=folds),
            min_size=1,
            max_size=6,
        )
    )
)
def test_it_is_the_rule_of_one_standard_error_on_differences(errors: list[list[float]]) -> None:
    table = np.array(errors)
    means = table.mean(axis=1)
    best = int(np.flatnonzero(np.isclose(means, means.min(), rtol=1e-12))[0])
    apart = table - table[best]
    near = apart.mean(axis=1) - apart.std(axis=1, ddof=1) / np.sqrt(table.shape[1])

    found = simplest(errors)

    assert found is not None
    assert found.lowest == best
    assert near[found.taken] <= 1e-9
    assert all(near[: found.taken] > -1e-9)


@pytest.mark.parametrize("tested", range(30, 60))
def test_a_candidate_that_loses_in_one_fold_alone_is_within_one_standard_error(tested: int) -> None:
    """Then mean(d) is d / J, and so is s / sqrt(J): which is larger is for rounding to say."""
    worse, better = [
        [wrong / tested for wrong in folds] for folds in ([6, 6, 3, 9, 4], [6, 6, 2, 9, 4])
    ]

    assert simplest([worse, better]) == Choice(1, 0)


@pytest.mark.parametrize("groups", [5, 6])
def test_groups_that_differ_alike_are_told_apart_from_six_on(groups: int) -> None:
    """Rows differ within each, by one of three; all means are 1/3, so that there is no t."""
    found = paired([1, 0, 0] * groups, Related(groups=np.repeat(np.arange(groups), 3)))

    assert found is None if groups < 6 else (found is not None and found.low == found.high)
