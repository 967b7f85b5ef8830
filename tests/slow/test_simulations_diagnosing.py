"""Under- and overfitting are called where they are, and not where they are not.

Nights as of the sample's generator: bookings r from 1 to 59, evenly, and
round((9.5 + U / 10) log2 r + 14 + 2 U') pizzas. Run with ``-s`` to see the figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from support import say

from mlcli.judging.misfit import gap, next_step, underfit

pytestmark = pytest.mark.slow

RUNS = 200
Predict = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[np.ndarray, np.ndarray], Predict]


def nights(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    bookings = rng.integers(1, 60, n).astype(float)
    pizzas = (9.5 + rng.random(n) / 10) * np.log2(bookings) + 14 + 2 * rng.random(n)
    return bookings[:, None], np.floor(pizzas + 0.5)


def polynomial(degree: int) -> Fit:
    def fit(x: np.ndarray, y: np.ndarray) -> Predict:
        made = np.polynomial.Polynomial.fit(x[:, 0], y, degree)
        return lambda asked: made(asked[:, 0])

    return fit


def logarithm(x: np.ndarray, y: np.ndarray) -> Predict:
    made = polynomial(1)(np.log(x), y)
    return lambda asked: made(np.log(asked))


def nearest(x: np.ndarray, y: np.ndarray) -> Predict:
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(1).fit(x, y).predict


def out_of_fold(x: np.ndarray, y: np.ndarray, fit: Fit, rng: np.random.Generator) -> np.ndarray:
    fold = rng.permutation(len(y)) % 5
    residuals = np.empty(len(y))
    for held in range(5):
        out = fold == held
        residuals[out] = y[out] - fit(x[~out], y[~out])(x[out])
    return residuals


@pytest.mark.parametrize(
    ("model", "fit", "rows", "least", "most"),
    [
        ("line", polynomial(1), 30, 0.95, 1),
        ("line", polynomial(1), 50, 0.95, 1),
        ("line", polynomial(1), 200, 0.95, 1),
        ("line", polynomial(1), 292, 0.95, 1),
        ("log_regression", logarithm, 30, 0, 0.05),
        ("log_regression", logarithm, 50, 0, 0.05),
        ("log_regression", logarithm, 200, 0, 0.05),
        ("log_regression", logarithm, 292, 0, 0.05),
        ("line", polynomial(1), 20, 0.80, 1),
        ("log_regression", logarithm, 20, 0, 0.10),
    ],
)
def test_underfit_is_called_for_the_line_and_not_for_the_logarithm(
    model: str, fit: Fit, rows: int, least: float, most: float
) -> None:
    called, steps = 0, Counter[str]()
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        x, y = nights(rows, rng)
        residuals = out_of_fold(x, y, fit, rng)
        found = underfit(x, residuals, seed=seed, label_spread=float(y.std()))
        assert found is not None
        called += found.structure
        step = next_step(found, x, residuals, seed=seed)
        steps.update([step.attempt] if step else [])

    share = called / RUNS
    say(
        f"\nunderfit  {model:16} rows {rows:3}  runs {RUNS}  called {share:.3f}"
        f"  allowed {least} to {most}  next {dict(steps)}"
    )
    assert least <= share <= most
    if model == "line":
        assert steps["log_regression"] >= 0.95 * called


@pytest.mark.parametrize(
    ("model", "fit", "rows", "least", "most"),
    [
        ("1 nearest", nearest, 50, 0.85, 1),
        ("1 nearest", nearest, 200, 0.85, 1),
        ("line", polynomial(1), 50, 0, 0.05),
        ("line", polynomial(1), 200, 0, 0.05),
        ("degree 2", polynomial(2), 50, 0, 0.05),
        ("degree 2", polynomial(2), 200, 0, 0.05),
        ("log_regression", logarithm, 50, 0, 0.05),
        ("log_regression", logarithm, 200, 0, 0.05),
        ("degree 5", polynomial(5), 50, 0, 0.40),  # six weights for 50 rows are many
        ("degree 5", polynomial(5), 200, 0, 0.05),
        ("1 nearest", nearest, 20, 0.85, 1),
        ("line", polynomial(1), 20, 0, 0.05),
        ("degree 2", polynomial(2), 20, 0, 0.15),
        ("degree 5", polynomial(5), 20, 0.70, 1),
        ("log_regression", logarithm, 20, 0, 0.05),
    ],
)
def test_overfit_is_called_for_what_learns_by_heart(
    model: str, fit: Fit, rows: int, least: float, most: float
) -> None:
    answers: Counter[str] = Counter()
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        x, y = nights(rows, rng)
        train = float(np.abs(y - fit(x, y)(x)).mean())
        outside = float(np.abs(out_of_fold(x, y, fit, rng)).mean())
        answers[gap(train, outside, rows, label_spread=float(y.std()))] += 1

    share = (answers["overfit"] + answers["interpolates"]) / RUNS
    say(
        f"\noverfit   {model:16} rows {rows:3}  runs {RUNS}  called {share:.3f}"
        f"  allowed {least} to {most}  {dict(answers)}"
    )
    assert least <= share <= most


def test_noise_of_many_shapes_has_no_structure() -> None:
    """Columns that have nothing to do with the residuals, dummies among them."""
    called = 0
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        rows = int(rng.integers(20, 400))
        levels = np.eye(rng.integers(2, 12))
        dummies = levels[rng.integers(0, len(levels), rows)]
        numbers = rng.lognormal(3, 1, (rows, rng.integers(1, 6)))
        noise = rng.normal(size=rows) if seed % 2 else rng.lognormal(0, 1, rows)
        found = underfit(np.hstack([numbers, dummies]), noise, seed=seed)
        called += found is not None and found.structure

    say(f"\nunderfit  pure noise       runs {RUNS}  called {called / RUNS:.3f}  allowed 0.05")
    assert called <= 0.05 * RUNS
