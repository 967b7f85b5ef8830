"""Under- and overfitting: thresholds, edges, and what scikit-learn says of the same folds."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.judging.misfit import (
    Diagnosis,
    cross_validated,
    gap,
    interpolates,
    is_wide,
    nearest,
    next_step,
    ratio_of,
    underfit,
)


def bent(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return a noise column and one that bends, and residuals that follow the second."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=rows), rng.uniform(-2, 2, rows)])
    return matrix, matrix[:, 1] ** 2 - 4 / 3 + rng.normal(size=rows) * 0.3


def test_a_bend_is_found_with_its_column_and_what_to_try() -> None:
    matrix, residuals = bent(200)

    found = underfit(matrix, residuals, seed=1)

    assert found is not None
    assert found.structure
    assert (found.challenger, found.column, found.rows) == ("curve", 1, 200)
    assert 0.85 < found.r2 < 1 - 0.09 / (0.09 + 64 / 45) + 0.03  # no more than there is
    step = next_step(found, matrix, residuals, seed=1)
    assert step is not None
    assert (step.attempt, step.column) == ("polynomial_regression", 1)


def test_what_two_columns_do_together_is_a_product() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(300, 2))
    residuals = matrix[:, 0] * matrix[:, 1]

    found = underfit(matrix, residuals, seed=0)

    assert found is not None
    assert found.r2 > 0.9
    step = next_step(found, matrix, residuals, seed=0)
    assert step is not None
    assert (step.attempt, step.column) == ("polynomial_regression", None)


@pytest.mark.parametrize(
    ("bend", "attempt"),
    [(np.log, "log_regression"), (np.sqrt, "square_root"), (np.square, "polynomial_regression")],
)
def test_the_bend_that_made_the_residuals_is_named(bend: np.ufunc, attempt: str) -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0.1, 100, 200)
    if attempt == "square_root":
        x[0] = 0  # has no logarithm
    y = bend(x)
    line = np.polynomial.Polynomial.fit(x, y, 1)
    residuals = y - line(x) + rng.normal(size=200) * 0.05 * np.std(y - line(x))

    found = underfit(x[:, None], residuals, seed=0)

    assert found is not None
    step = next_step(found, x[:, None], residuals, seed=0)
    assert step is not None
    assert step.attempt == attempt


def steps(x: np.ndarray) -> np.ndarray:
    """Return what a line leaves of a product of three steps."""
    y = np.sign(x[:, 0] - 0.5) * np.sign(x[:, 1] - 0.5) * np.sign(x[:, 2] + 0.5)
    plane = np.column_stack([np.ones(len(x)), x])
    return y - plane @ np.linalg.lstsq(plane, y, rcond=None)[0]


@pytest.mark.parametrize(
    ("shape", "rows", "attempt"),
    [
        (lambda x: np.sin(4 * x[:, 0]), 300, "spline"),
        (steps, 150, "random_forest"),
        (
            steps,
            400,
            "gradient_boosting",
        ),
    ],
)
def test_what_no_simple_bend_explains_asks_for_more(shape, rows: int, attempt: str) -> None:
    matrix = np.random.default_rng(5).uniform(-1, 1, (rows, 3))
    residuals = shape(matrix)

    found = underfit(matrix, residuals, seed=0)

    assert found is not None
    step = next_step(found, matrix, residuals, seed=0)
    assert step is not None
    assert step.attempt == attempt


def test_noise_has_no_structure_and_no_next_step() -> None:
    rng = np.random.default_rng(0)
    matrix, noise = rng.normal(size=(200, 3)), rng.normal(size=200)

    found = underfit(matrix, noise, seed=0)

    assert found is not None
    assert found.r2 < 0
    assert not found.structure
    assert next_step(found, matrix, noise, seed=0) is None


@pytest.mark.parametrize("rows", [0, 1, 2, 19])
def test_few_rows_say_nothing(rows: int) -> None:
    matrix, residuals = bent(rows)

    assert underfit(matrix, residuals, seed=0) is None


def test_residuals_that_are_rounding_say_nothing() -> None:
    matrix, residuals = bent(50)

    assert underfit(matrix, np.zeros(50), seed=0) is None
    assert underfit(matrix, np.full(50, 0.1), seed=0) is None
    assert underfit(np.empty((50, 0)), residuals, seed=0) is None
    assert underfit(matrix, residuals * 1e-14, seed=0, label_spread=1.0) is None
    assert underfit(matrix, residuals * 1e-14, seed=0) is not None
    assert underfit(matrix, np.where(residuals > 1, inf, residuals), seed=0) is None


@pytest.mark.parametrize("size", [1e-200, 1e-6, 1e9, 1e290])
def test_units_change_nothing(size: float) -> None:
    matrix, residuals = bent(60)
    plain = underfit(matrix, residuals, seed=0)

    scaled = underfit(matrix * size, residuals * size, seed=0)

    assert plain is not None
    assert scaled is not None
    assert scaled.r2 == pytest.approx(plain.r2, abs=1e-6)
    assert scaled.column == plain.column


def test_columns_of_levels_and_constants_are_no_hindrance() -> None:
    rng = np.random.default_rng(0)
    levels = np.eye(40)[rng.integers(0, 40, 300)]
    mostly_zero = np.where(rng.random(300) < 0.9, 0.0, rng.normal(size=300))
    matrix = np.column_stack([levels, np.full(300, 0.1), mostly_zero])

    found = underfit(matrix, 3 * levels[:, 7] + rng.normal(size=300) * 0.01, seed=0)

    assert found is not None
    assert found.structure
    assert found.column == 7


def test_many_rows_are_sampled_by_the_seed() -> None:
    matrix, residuals = bent(5000)

    one, again = (underfit(matrix, residuals, seed=4) for _ in range(2))
    wide = underfit(np.hstack([matrix, np.zeros((5000, 198))]), residuals, seed=4)

    assert one == again
    assert one is not None
    assert one.rows == 2000
    assert wide is not None
    assert wide.rows == 1000


def test_cross_validated_is_the_one_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
    from sklearn.model_selection import PredefinedSplit, cross_val_predict

    matrix, residuals = bent(83)
    fold = np.random.default_rng(7).permutation(83) % 5
    guesses = cross_val_predict(Ridge(0.1), matrix, residuals, cv=PredefinedSplit(fold))

    parts = [(fold != held, fold == held) for held in range(5)]
    found = cross_validated(matrix, residuals, lambda x, v: Ridge(0.1).fit(x, v).predict, parts)

    assert found == pytest.approx(r2_score(residuals, guesses), rel=1e-12)


@pytest.mark.parametrize(
    ("train", "cv", "rows", "ratio", "called"),
    [
        (2.0, 2.6, 50, 1.3, False),
        (2.0, 2.7, 50, 1.35, True),
        (2.0, 2.7, 49, 1.35, False),
        (2.0, 3.1, 20, 1.55, True),
        (2.0, 9.0, 19, None, None),
        (0.0, 1.0, 50, None, None),
        (1.0, nan, 50, None, None),
        (1e-300, 1e300, 50, None, None),
        (2.0, 1.0, 50, 0.5, False),
    ],
)
def test_the_ratio_and_its_thresholds(
    train: float, cv: float, rows: int, ratio: float | None, called: bool | None
) -> None:
    assert ratio_of(train, cv, rows) == (None if ratio is None else pytest.approx(ratio))
    assert is_wide(train, cv, rows) is called


@pytest.mark.parametrize(
    ("train", "cv", "rows", "said"),
    [
        (1.0, 1.2, 50, "even"),
        (1.0, 1.4, 50, "wide"),
        (1.0, 1.4, 40, "even"),
        (0.0, 1.4, 50, "interpolates"),
        (1e-12, 1.4, 50, "interpolates"),
        (1e-14, 3e-14, 50, "exact"),  # a ratio of 3 between two roundings
        (1.0, 1.4, 5, "unknown"),
        (inf, 1.4, 50, "unknown"),
    ],
)
def test_the_gap_in_a_word(train: float, cv: float, rows: int, said: str) -> None:
    assert gap(train, cv, rows, label_spread=10.0) == said


def test_a_constant_label_is_gone_through() -> None:
    assert interpolates(0.0, 0.0)
    assert not interpolates(1e-12, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(20, 60), st.integers(1, 3), st.integers(0, 2**31), st.sampled_from([1, 3, 1000]))
def test_r2_is_never_above_one_nor_a_nan(rows: int, columns: int, seed: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, values, (rows, columns)).astype(float)
    residuals = rng.integers(-values, values + 1, rows).astype(float)

    found = underfit(matrix, residuals, seed=seed)

    if found is not None:
        assert -inf < found.r2 <= 1
        assert 0 <= found.column < columns
        assert found == underfit(matrix, residuals, seed=seed)
    assert next_step(Diagnosis(0.05, "tree", 0, rows), matrix, residuals, seed=0) is None


def test_c06_what_the_day_before_missed_too_is_no_pattern_over_time() -> None:
    """Means of five days of noise: neighbours know them, days a week off do not."""
    day = np.arange(200)
    rng = np.random.default_rng(6)
    lasting = np.convolve(rng.normal(size=204), np.ones(5), "valid")  # nothing 5 days later
    days = np.datetime64("2024-01-01") + day
    matrix = np.column_stack([rng.normal(size=200), day])

    alone = underfit(matrix, lasting, seed=0)
    dated = underfit(matrix, lasting, seed=0, days=days)
    curve = underfit(matrix, lasting + (day - 100) ** 2 / 500, seed=0, days=days)

    assert alone is not None
    assert alone.structure  # as rows at random say
    assert dated is not None
    assert not dated.structure
    assert curve is not None
    assert curve.structure
    assert curve.column == 1


def test_c06_columns_that_do_not_move_with_the_days_keep_rows_at_random() -> None:
    """A weekday, and whatever is drawn anew; 60 days in blocks would be few for a bend."""
    matrix, residuals = bent(60)
    days = np.datetime64("2024-01-01") + np.arange(60)
    week = np.column_stack([matrix, np.arange(60) % 7])

    assert underfit(week, residuals, seed=1, days=days) == underfit(week, residuals, seed=1)


def test_c06_what_a_group_misses_alike_is_no_pattern_over_its_own_columns() -> None:
    """Each of 20 patients sleeps longer or shorter in each of 12 nights, whatever their age."""
    group = np.repeat(np.arange(20), 12)
    age, rng = 30.0 + group, np.random.default_rng(6)
    own = rng.normal(size=20)[group] + rng.normal(0, 0.5, 240)
    matrix = np.column_stack([rng.normal(size=240), age])

    alone = underfit(matrix, own, seed=0)
    grouped = underfit(matrix, own, seed=0, groups=group)
    curve = underfit(matrix, own + (age - 40) ** 2 / 9, seed=0, groups=group)
    within = underfit(matrix, own + 2 * matrix[:, 0] ** 2, seed=0, groups=group)

    assert alone is not None
    assert alone.structure  # as rows at random say
    assert grouped is not None
    assert not grouped.structure
    assert curve is not None
    assert (curve.structure, curve.column) == (True, 1)
    assert within is not None
    assert (within.structure, within.column) == (True, 0)


def test_c06_few_days_say_nothing_over_time() -> None:
    """Blocks of 7 of 12 days leave nothing to learn from, with 6 days on either side left out."""
    day = np.repeat(np.arange(12), 4)
    days = np.datetime64("2024-01-01") + day

    assert underfit(day[:, None] * 1.0, (day - 5.5) ** 2, seed=0, days=days) is None


def test_c12_the_nearest_row_is_nearest_by_each_columns_deviation() -> None:
    """Deviations .5 and 41: from the first row 50 in the second column is 1.2, 1 in the first 2."""
    matrix = np.array([[0.0, 0, 7, nan], [0, 50, 7, nan], [1, 0, 7, nan], [1, 100, 7, nan]])

    assert nearest(matrix, seed=0).tolist() == [1, 0, 0, 1]


def test_c12_of_rows_that_are_as_near_one_is_drawn() -> None:
    near = nearest(np.repeat([[1.0], [2.0]], 50, axis=0), seed=0)

    assert (near // 50).tolist() == [0] * 50 + [1] * 50
    assert len(set(near.tolist())) > 20
    assert not (near == np.arange(100)).any()


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
def test_c06_below_five_groups_their_columns_are_not_looked_at(groups: int) -> None:
    """The residuals follow the column of the group to the letter, and x not at all."""
    draw = np.random.default_rng(3)
    own = np.arange(60) % groups
    found = underfit(
        np.column_stack([draw.normal(size=60), own.astype(float)]),
        own + 0.1 * draw.normal(size=60),
        seed=1,
        groups=own,
    )

    assert found is None or not found.structure
