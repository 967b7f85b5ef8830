"""How often compare calls one of equal models better: steps in time, and the best of several."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from support import say

from mlcli.judging.contest import Ground, Marks, judge
from mlcli.learning.splits import make_folds

pytestmark = pytest.mark.slow

RUNS = 400


def errors(train: np.ndarray, labels: np.ndarray, test: np.ndarray, truths: np.ndarray) -> list:
    """Return absolute errors of least squares with an intercept."""
    one, other = (np.column_stack([np.ones(len(rows)), rows]) for rows in (train, test))
    weights = np.linalg.lstsq(one, labels, rcond=None)[0]
    return np.abs(other @ weights - truths).tolist()


def equals(draw: np.random.Generator, rows: int, models: int) -> tuple[list, np.ndarray]:
    """Return a table for each model, of x and noise of its own, and labels that follow x."""
    x = draw.uniform(0, 10, rows)
    tables = [np.column_stack([x, draw.normal(size=(rows, 5))]) for _ in range(models)]
    return tables, 3 * x + draw.normal(0, 2, rows)


def in_time(tables: list, labels: np.ndarray, steps: int, seed: int) -> str:
    """Return the verdict of steps forward in time."""
    rows = len(labels)
    days = [datetime(2024, 1, 1) + timedelta(days=i) for i in range(rows)]
    made = make_folds(rows, seed=seed, dates=days, splits=steps)
    assert made is not None
    marks = []
    for at, table in enumerate(tables):
        parts = [(list(fold.train), list(fold.test)) for fold in made.folds]
        folds = [float(np.mean(errors(table[i], labels[i], table[j], labels[j]))) for i, j in parts]
        marks.append(Marks(str(at), "m", {"mae": tuple(folds)}, {}))
    found = judge(marks, ["mae"], Ground(rows, 0, made.train_rows, made.test_rows))
    assert found is not None
    return found.pairs[0].verdict


@pytest.mark.parametrize("rows", [100, 206])
def test_equal_models_are_seldom_told_apart_by_ten_steps_in_time(rows: int) -> None:
    called = 0
    for run in range(RUNS):
        tables, labels = equals(np.random.default_rng([1, rows, run]), rows, 2)
        called += in_time(tables, labels, 10, run) == "better"
    say(f"\nequal models, 10 steps over {rows} days: either better | {called} of {RUNS} | 30")

    assert called <= 30


def test_the_curve_is_told_from_the_line_by_ten_steps_in_time() -> None:
    called = 0
    for run in range(RUNS):
        draw = np.random.default_rng([2, run])
        x = draw.uniform(1, 59, 206)
        noise = 2 * draw.random(206)
        labels = np.round((9.5 + draw.random(206) * 0.1) * np.log2(x) + 14 + noise)
        tables = [x[:, None], np.column_stack([x, x * x])]
        called += in_time(tables, labels, 10, run) == "better"
    say(f"\nline or degree 2, 10 steps over 206 days: degree 2 better | {called} of {RUNS} | 380")

    assert called >= 380


@pytest.mark.parametrize("models", [2, 4, 6])
def test_the_best_of_equal_models_is_seldom_called_better(models: int) -> None:
    called = 0
    for run in range(RUNS):
        tables, labels = equals(np.random.default_rng([3, models, run]), 260, models)
        marks = [
            Marks(
                str(at),
                "m",
                {},
                {"mae": tuple(errors(t[:200], labels[:200], t[200:], labels[200:]))},
            )
            for at, t in enumerate(tables)
        ]
        found = judge(marks, ["mae"], Ground(200, 60))
        assert found is not None
        called += any(pair.verdict == "better" for pair in found.pairs)
    say(f"\n{models} equal models, 60 rows held out: any better | {called} of {RUNS} | 36")

    assert called <= 36  # 5 % of 400, and four standard deviations
