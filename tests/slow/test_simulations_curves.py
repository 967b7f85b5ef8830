"""How often a learning curve is called falling, or rows enough; and how good the rows named are.

Each prints a row of a table, for ``pytest -s``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from support import say

from mlcli.learning.splits import make_folds
from mlcli.statistics.learning_curve import Curve, curve, reading, sizes

pytestmark = pytest.mark.slow

Matrix = np.ndarray
Draw = Callable[[np.random.Generator, int], tuple[Matrix, Matrix]]
Fit = Callable[[Matrix, Matrix, Matrix], Matrix]


def show(what: str, runs: int, seen: object, allowed: str) -> None:
    say(f"\n{what:<58} | {runs:>5} runs | {seen!s:<44} | {allowed}")


def power(degree: int) -> Fit:
    """Return least squares on powers of x, centred and scaled by the rows learned from."""

    def answers(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
        middle, span = x.mean(), np.ptp(x) or 1.0
        weights = np.linalg.lstsq(np.vander((x - middle) / span, degree + 1), y, rcond=None)[0]
        return np.vander((asked - middle) / span, degree + 1) @ weights

    return answers


def nearest(count: int) -> Fit:
    def answers(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
        near = np.argsort(np.abs(asked[:, None] - x[None]), axis=1)[:, :count]
        return y[near].mean(axis=1)

    return answers


def pizzeria(draw: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
    r = draw.uniform(1, 59, rows)
    slope = 9.5 + draw.random(rows) * 0.1
    return r, np.round(slope * np.log2(r) + 14 + 2 * draw.random(rows))


def straight(draw: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
    x = draw.uniform(0, 10, rows)
    return x, 3 * x + draw.normal(0, 2, rows)


def noise(draw: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
    return draw.uniform(0, 10, rows), draw.normal(size=rows)


def sides(draw: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
    """Return classes 0 and 1 that change with x three times, one row in 20 wrong."""
    x = draw.uniform(0, 10, rows)
    return x, ((x // 2.5) % 2 != (draw.random(rows) < 0.05)).astype(float)


def missed(answers: Matrix, truths: Matrix) -> float:
    return float(np.mean(np.abs(answers - truths)))


def wrong(answers: Matrix, truths: Matrix) -> float:
    return float(np.mean((answers > 0.5) != (truths > 0.5)))


def measured(x: Matrix, y: Matrix, fit: Fit, seed: int, error: Callable[..., float]) -> Curve:
    folds = make_folds(len(x), seed=seed)
    assert folds is not None
    points, draw, rows = sizes(round(folds.train_rows)), np.random.default_rng(seed), []
    for fold in folds.folds:
        train, test = draw.permutation(fold.train), list(fold.test)
        rows.append([error(fit(x[train[:n]], y[train[:n]], x[test]), y[test]) for n in points])
    found = curve(points, rows, train_rows=folds.train_rows, test_rows=folds.test_rows)
    assert found is not None
    return found


@dataclass
class Case:
    what: str
    draw: Draw
    fit: Fit
    rows: int
    falling: tuple[float, float] = (0, 1)
    enough: tuple[float, float] = (0, 1)
    error: Callable[..., float] = missed


CASES = [
    Case("5 nearest on the pizzeria", pizzeria, nearest(5), 20, (0.95, 1), (0, 0)),
    Case("5 nearest on the pizzeria", pizzeria, nearest(5), 50, (0.95, 1), (0, 0)),
    Case("5 nearest on the pizzeria", pizzeria, nearest(5), 200, (0.95, 1), (0, 0)),
    Case("degree 5 on the pizzeria", pizzeria, power(5), 20, (0.75, 1), (0, 0)),
    Case("degree 5 on the pizzeria", pizzeria, power(5), 50, (0, 0.5), (0, 0.05)),
    Case("degree 5 on the pizzeria", pizzeria, power(5), 200, (0, 0.02), (0.8, 1)),
    Case("degree 2 on the pizzeria", pizzeria, power(2), 50, (0, 0.06)),
    Case("degree 2 on the pizzeria", pizzeria, power(2), 200, (0, 0.02), (0.8, 1)),
    Case("a line on a line", straight, power(1), 20, (0, 0.1)),
    Case("a line on a line", straight, power(1), 50, (0, 0.05)),
    Case("a line on a line", straight, power(1), 200, (0, 0.02), (0.95, 1)),
    Case("5 nearest on noise", noise, nearest(5), 20, (0, 0.05)),
    Case("5 nearest on noise", noise, nearest(5), 200, (0, 0.02), (0.8, 1)),
    Case("3 nearest on classes in bands", sides, nearest(3), 30, (0.2, 1), (0, 0.05), wrong),
    Case("the mean on classes in bands", sides, power(0), 200, (0, 0.05), error=wrong),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.what}, {case.rows}")
def test_a_curve_is_called_falling_where_more_rows_help(case: Case) -> None:
    runs = 200
    found = []
    for run in range(runs):
        x, y = case.draw(np.random.default_rng([1, case.rows, run]), case.rows)
        found.append(reading(measured(x, y, case.fit, run, case.error)))
    falling = sum(r.falling for r in found) / runs
    enough = sum(r.enough for r in found) / runs
    show(
        f"{case.what}, {case.rows} rows",
        runs,
        f"falling {falling:.3f}, enough {enough:.3f}",
        f"falling {case.falling}, enough {case.enough}",
    )

    assert case.falling[0] <= falling <= case.falling[1]
    assert case.enough[0] <= enough <= case.enough[1]


@pytest.mark.parametrize("rows", [50, 100, 200])
def test_the_rows_that_are_named_take_about_a_tenth_off(rows: int) -> None:
    runs, fit, named, left = 60, nearest(5), [], []
    for run in range(runs):
        draw = np.random.default_rng([2, rows, run])
        x, y = pizzeria(draw, rows)
        more = reading(measured(x, y, fit, run, missed), rows=rows).more
        if more is None:
            continue
        named.append(more)
        before, after = [], []
        for _ in range(10):
            x, y = pizzeria(draw, rows + more)
            asked, truths = pizzeria(draw, 1000)
            before.append(missed(fit(x[:rows], y[:rows], asked), truths))
            after.append(missed(fit(x, y, asked), truths))
        left.append(float(np.median(after) / np.median(before)))
    low, middle, high = np.quantile(left, [0.1, 0.5, 0.9])
    show(
        f"5 nearest, {rows} rows: error left with the rows named",
        len(named),
        f"{middle:.3f} ({low:.3f} to {high:.3f}), {np.median(named):.0f} rows",
        "median 0.85 to 0.95, named in 8 of 10",
    )

    assert len(named) >= 0.8 * runs
    assert 0.85 <= middle <= 0.95
