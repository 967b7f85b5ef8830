"""How often a comparison is wrong where models are equal, and how often it sees a difference.

Each prints a row of a table, for ``pytest -s``: what was simulated, how many runs, what was
seen, what is allowed. The figures of ``mlcli.judging`` are the ones under test; models are
least squares in closed form, as their estimators would take most of the time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import ttest_1samp
from support import say

from mlcli.learning.splits import make_folds
from mlcli.statistics.comparing import (
    Difference,
    between,
    corrected,
    holm,
    paired,
    rows_needed,
    settled,
)

pytestmark = pytest.mark.slow

RUNS = 400
Matrix = np.ndarray


def show(what: str, runs: int, seen: object, allowed: str) -> None:
    say(f"\n{what:<66} | {runs:>5} runs | {seen!s:>12} | {allowed}")


def errors(train: Matrix, labels: Matrix, test: Matrix, truths: Matrix) -> Matrix:
    """Return absolute errors of least squares with an intercept."""

    def ones(rows: Matrix) -> Matrix:
        return np.column_stack([np.ones(len(rows)), rows])

    weights = np.linalg.lstsq(ones(train), labels, rcond=None)[0]
    return np.abs(ones(test) @ weights - truths)


def equals(
    draw: np.random.Generator, rows: int, models: int, *, noise: int = 5
) -> tuple[list[Matrix], Matrix]:
    """Return one table for each model, and labels: x, and columns of noise of its own."""
    x = draw.uniform(0, 10, rows)
    tables = [np.column_stack([x, draw.normal(size=(rows, noise))]) for _ in range(models)]
    return tables, 3 * x + draw.normal(0, 2, rows)


def pizzeria(draw: np.random.Generator, rows: int) -> tuple[list[Matrix], Matrix]:
    """Return the tables of a line and of degree 2, and doughs, as the sample generator's."""
    r = draw.uniform(1, 59, rows)
    doughs = np.round((9.5 + draw.random(rows) * 0.1) * np.log2(r) + 14 + 2 * draw.random(rows))
    return [r[:, None], np.column_stack([r, r * r])], doughs


def by_folds(
    tables: list[Matrix], labels: Matrix, *, seed: int, dates: list[datetime] | None = None
) -> tuple[list[float], float, float]:
    """Return the differences of two models over all folds, and a fold's rows."""
    folds = make_folds(len(labels), seed=seed, dates=dates)
    assert folds is not None
    means = [
        [float(np.mean(errors(table[i], labels[i], table[j], labels[j]))) for table in tables]
        for i, j in ((list(fold.train), list(fold.test)) for fold in folds.folds)
    ]
    first, second = zip(*means, strict=True)
    return list(between(first, second)), folds.train_rows, folds.test_rows


def held_out(tables: list[Matrix], labels: Matrix, train: int) -> list[list[float]]:
    """Return each model's errors on the rows after the first ``train``."""
    return [
        errors(table[:train], labels[:train], table[train:], labels[train:]).tolist()
        for table in tables
    ]


@pytest.mark.parametrize("rows", [25, 50, 100, 200])
def test_equal_models_are_seldom_told_apart_by_cross_validation(rows: int) -> None:
    verdicts, naive = [], 0
    for run in range(RUNS):
        tables, labels = equals(np.random.default_rng([1, rows, run]), rows, 2)
        differences, train, test = by_folds(tables, labels, seed=run)
        found = corrected(differences, train_rows=train, test_rows=test)
        verdicts.append(settled(found))
        naive += ttest_1samp(differences, 0).pvalue < 0.05
    second, either = verdicts.count("second"), RUNS - verdicts.count("unknown")
    show(f"equal models, 5x5 folds of {rows} rows: B better", RUNS, second, "at most 30")
    show(f"equal models, 5x5 folds of {rows} rows: either better", RUNS, either, "at most 36")
    show("  the same by the plain t over folds: either better", RUNS, naive, "over 60, or no test")

    assert second <= 30
    assert either <= 36
    assert naive > 60  # else this could not fail


@pytest.mark.parametrize(("what", "rows"), [("leave-one-out", 8), ("steps in time", 100)])
def test_equal_models_are_seldom_told_apart_by_other_folds(what: str, rows: int) -> None:
    days = [datetime(2025, 1, 1) + timedelta(days=i) for i in range(rows)]
    verdicts = []
    for run in range(RUNS):
        tables, labels = equals(np.random.default_rng([7, rows, run]), rows, 2, noise=2)
        dates = days if what == "steps in time" else None
        differences, train, test = by_folds(tables, labels, seed=run, dates=dates)
        verdicts.append(settled(corrected(differences, train_rows=train, test_rows=test)))
    second, either = verdicts.count("second"), RUNS - verdicts.count("unknown")
    show(f"equal models, {what}, {rows} rows: B better", RUNS, second, "at most 30")
    show(f"equal models, {what}, {rows} rows: either better", RUNS, either, "at most 36")

    assert second <= 30
    assert either <= 36


@pytest.mark.parametrize("rows", [25, 50, 100])
def test_equal_models_are_seldom_told_apart_by_a_hold_out(rows: int) -> None:
    verdicts = []
    for run in range(RUNS):
        tables, labels = equals(np.random.default_rng([2, rows, run]), 200 + rows, 2)
        first, second = held_out(tables, labels, 200)
        verdicts.append(settled(paired(between(first, second))))
    better, either = verdicts.count("second"), RUNS - verdicts.count("unknown")
    show(f"equal models, {rows} rows held out: B better", RUNS, better, "at most 30")
    show(f"equal models, {rows} rows held out: either better", RUNS, either, "at most 36")

    assert better <= 30
    assert either <= 36


def test_degree_2_is_told_from_a_line_on_a_year_of_nights() -> None:
    held = folded = few = 0
    for run in range(RUNS):
        tables, labels = pizzeria(np.random.default_rng([3, run]), 260)
        first, second = held_out(tables, labels, 208)
        held += settled(paired(between(first, second))) == "second"
    for run in range(RUNS):
        tables, labels = pizzeria(np.random.default_rng([4, run]), 52)
        differences, train, test = by_folds(tables, labels, seed=run)
        found = corrected(differences, train_rows=train, test_rows=test)
        folded += settled(found) == "second"
    for run in range(RUNS):
        tables, labels = pizzeria(np.random.default_rng([8, run]), 20)
        differences, train, test = by_folds(tables, labels, seed=run)
        few += settled(corrected(differences, train_rows=train, test_rows=test)) == "second"
    show("line or degree 2, 208 nights, 52 held out: degree 2", RUNS, held, "at least 380")
    show("line or degree 2, 5x5 folds of 52 nights: degree 2", RUNS, folded, "at least 360")
    show("line or degree 2, 5x5 folds of 20 nights: degree 2", RUNS, few, "at least 240")

    assert few >= 0.6 * RUNS
    assert held >= 0.95 * RUNS
    assert folded >= 0.9 * RUNS


def test_of_four_equal_models_holm_seldom_calls_any_better() -> None:
    runs, alone, adjusted = 1000, 0, 0
    for run in range(runs):
        tables, labels = equals(np.random.default_rng([5, run]), 250, 4)
        columns = held_out(tables, labels, 200)
        found = [paired(between(a, b)) for a, b in combinations(columns, 2)]
        sure = [d for d in found if d is not None]
        assert len(sure) == 6
        values = holm([d.p for d in sure])
        alone += any(settled(d) != "unknown" for d in sure)
        adjusted += any(
            settled(d, adjusted=p) != "unknown" for d, p in zip(sure, values, strict=True)
        )
    show(
        "4 equal models, 50 rows held out, 6 pairs by Holm: any better",
        runs,
        adjusted,
        "at most 70",
    )
    show("  the same without Holm", runs, alone, "over 100, or no test")

    assert adjusted <= 0.07 * runs
    assert alone > 0.1 * runs


def test_so_many_more_rows_settle_it_in_about_half_of_the_cases() -> None:
    """A difference that is there, but not seen: the rows asked for, brought."""
    asked, settles = [], 0
    for run in range(2000):
        draw = np.random.default_rng([6, run])
        first = draw.normal(0.25, 1, 30)
        found = paired(first.tolist())
        assert isinstance(found, Difference)
        more = rows_needed(found, 30)
        if settled(found) == "unknown" and more is not None and found.mean > 0:
            asked.append(more)
            rest = draw.normal(0.25, 1, more)
            settles += settled(paired([*first.tolist(), *rest.tolist()])) == "second"
    share = settles / len(asked)
    show(
        "true difference 0.25 sd, 30 rows, the rows asked for brought: settled",
        len(asked),
        f"{share:.3f}",
        "0.4 to 0.8",
    )
    show(
        "  rows asked for, median (the truth: 34)", len(asked), float(np.median(asked)), "20 to 60"
    )

    assert 0.4 <= share <= 0.8
    assert 20 <= np.median(asked) <= 60
