"""How often a learning curve is called falling, or rows enough; and how good the rows named are.

Each prints a row of a table, for ``pytest -s``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from support import say

from mlcli.learning.splits import make_folds
from mlcli.statistics.intervals import of_share
from mlcli.statistics.learning_curve import WORTH, Curve, curve, reading, sizes

pytestmark = pytest.mark.slow

Matrix = np.ndarray
Draw = Callable[[np.random.Generator, int], tuple[Matrix, Matrix]]
Fit = Callable[[Matrix, Matrix, Matrix], Matrix]


def show(what: str, runs: int, seen: object, allowed: str) -> None:
    say(f"\n{what:<58} | {runs:>5} runs | {seen!s:<44} | {allowed}")


def nearest(count: int) -> Fit:
    def answers(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
        near = np.argsort(np.abs(asked[:, None] - x[None]), axis=1)[:, :count]
        return y[near].mean(axis=1)

    return answers


def pizzeria(draw: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
    r = draw.uniform(1, 59, rows)
    slope = 9.5 + draw.random(rows) * 0.1
    return r, np.round(slope * np.log2(r) + 14 + 2 * draw.random(rows))


def missed(answers: Matrix, truths: Matrix) -> float:
    return float(np.mean(np.abs(answers - truths)))


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


def errors_of(case: Case, draw: np.random.Generator, rows: int, noise: str) -> list[list[float]]:
    """Return the error of each fold at each size, as a fit measures them."""
    x, y = case.table(draw, rows, noise)
    folds = make_folds(rows, seed=int(draw.integers(1 << 30)))
    assert folds is not None
    points, found = points_of(case, rows), []
    for fold in folds.folds[: folds.count]:
        train = draw.permutation(fold.train)
        found.append(
            [
                missed(case.fit(x[train[:n]], y[train[:n]], x[fold.test]), y[fold.test])
                for n in points
            ]
        )
    return found


def points_of(case: Case, rows: int) -> tuple[int, ...]:
    return sizes(rows - rows // 5, count=case.points)


def doubling(case: Case, rows: int, noise: str, runs: int = 300) -> float:
    """Return the share of the error that twice the rows take off, on 400 new rows a run."""
    before, after = [], []
    for run in range(runs):
        draw = np.random.default_rng([5, rows, run])
        x, y = case.table(draw, 2 * rows, noise)
        asked, truths = case.table(draw, 400, noise)
        before.append(missed(case.fit(x[:rows], y[:rows], asked), truths))
        after.append(missed(case.fit(x, y, asked), truths))
    return 1 - float(np.mean(after) / np.mean(before))


Table = Callable[[np.random.Generator, int, str], tuple[Matrix, Matrix]]


@dataclass
class Case:
    what: str
    table: Table
    fit: Fit
    weights: int = 0
    points: int = 4
    runs: int = 1000


def drawn(draw: np.random.Generator, rows: int, noise: str) -> Matrix:
    """Return noise of deviation 1."""
    if noise == "normal":
        return draw.normal(size=rows)
    return (draw.lognormal(0, 1, rows) - np.exp(0.5)) / np.sqrt((np.e - 1) * np.e)


def lines(features: int) -> Table:
    def table(draw: np.random.Generator, rows: int, noise: str) -> tuple[Matrix, Matrix]:
        x = draw.normal(size=(rows, features))
        return x, x.sum(axis=1) / np.sqrt(features) + drawn(draw, rows, noise)

    return table


def waves(features: int) -> Table:
    def table(draw: np.random.Generator, rows: int, noise: str) -> tuple[Matrix, Matrix]:
        x = draw.uniform(-2, 2, (rows, features))
        return x, 2 * np.sin(2 * x[:, 0]) + x[:, 1:].sum(axis=1) + drawn(draw, rows, noise) / 2

    return table


def bands(draw: np.random.Generator, rows: int, noise: str) -> tuple[Matrix, Matrix]:
    x = draw.random((rows, 2))
    return x, 5 * (x[:, 0] // 0.25 % 2) + 3 * (x[:, 1] > 0.3) + drawn(draw, rows, noise)


def least_squares(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
    ones = [np.column_stack([np.ones(len(some)), some]) for some in (x, asked)]
    return ones[1] @ np.linalg.lstsq(ones[0], y, rcond=None)[0]


def powers(degree: int) -> Fit:
    def answers(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
        made = [np.vander(some[:, 0] / 2, degree + 1)[:, :-1] for some in (x, asked)]
        return least_squares(made[0], y, made[1])

    return answers


def like(count: int) -> Fit:
    """Return the mean of the nearest in the plane."""

    def answers(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
        apart = ((asked[:, None] - x[None]) ** 2).sum(axis=2)
        return y[np.argpartition(apart, count - 1, axis=1)[:, :count]].mean(axis=1)

    return answers


def tree(x: Matrix, y: Matrix, asked: Matrix) -> Matrix:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(min_samples_leaf=3, random_state=0).fit(x, y).predict(asked)


CASES = [
    Case("a line of 1 feature", lines(1), least_squares, 2),
    Case("a plane of 3 features", lines(3), least_squares, 4),
    Case("a plane of 12 features", lines(12), least_squares, 13),
    Case("degree 2 on a wave", waves(1), powers(2), 3),
    Case("degree 5 on a wave", waves(1), powers(5), 6),
    Case("3 nearest on a wave", waves(1), like(3), runs=500),
    Case("5 nearest on a wave", waves(1), like(5), runs=500),
    Case("5 nearest of 2 features", waves(2), like(5), runs=500),
    Case("a tree on bands", bands, tree, points=3, runs=400),
]
NEAR = 0.02
"""Where another doubling takes off between 8 and 12 %, no method tells it from a tenth."""


def test_c12_more_rows_are_said_to_help_where_another_doubling_takes_a_tenth_off() -> None:
    """And hardly, where it does not; at 200 rows as often as when the last doubling was said."""
    unknown, broken = [], []
    for rows in (20, 50, 200):
        for noise in ("normal", "lognormal"):
            for case in CASES:
                truth, said = doubling(case, rows, noise), Counter[str]()
                for run in range(case.runs):
                    draw = np.random.default_rng([1, rows, run])
                    found = curve(
                        points_of(case, rows),
                        errors_of(case, draw, rows, noise),
                        train_rows=rows - rows / 5,
                        test_rows=rows / 5,
                    )
                    assert found is not None
                    read = reading(found, rows=rows, weights=case.weights)
                    said["help" if read.falling else "hardly" if read.enough else "?"] += 1
                wrong, most = ("hardly", 0.05) if truth >= WORTH else ("help", 0.1)
                share = said[wrong] / case.runs
                bounds = of_share(said[wrong], case.runs)
                assert bounds is not None
                near = abs(truth - WORTH) < NEAR
                show(
                    f"{case.what}, {rows} rows, {noise}: takes off {truth:.3f}",
                    case.runs,
                    f"{wrong} {share:.3f} ({bounds.low:.3f} to {bounds.high:.3f}), {dict(said)}",
                    f"{wrong} {'near a tenth' if near else most}",
                )
                broken += [(case.what, rows, noise, share)] if share > most and not near else []
                unknown += [said["?"] / case.runs] if rows == 200 else []

    show("cannot tell at 200 rows", len(unknown), f"{np.mean(unknown):.3f}", f"{TODAY}")
    assert broken == []
    assert np.mean(unknown) <= TODAY


TODAY = 0.155
"""How often it could not be told of these tables at 200 rows by the last doubling alone."""


@pytest.mark.parametrize(("rows", "often"), [(30, 0.8), (50, 0.3)])
def test_the_rows_that_are_named_take_about_a_tenth_off(rows: int, often: float) -> None:
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
        f"median 0.85 to 0.95, named in {often}",
    )

    assert len(named) >= often * runs
    assert 0.85 <= middle <= 0.95
