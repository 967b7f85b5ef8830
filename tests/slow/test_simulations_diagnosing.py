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

from mlcli.definition.algorithms import FRIENDLY, Algorithm
from mlcli.judging.misfit import gap, next_step, underfit
from mlcli.judging.simpler import better, settings
from mlcli.statistics.intervals import of_share

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


Table = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


def step(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.random((rows, 3))
    return x, 3.0 * (x[:, 0] > 0.5) + draw.normal(size=rows)


def bands(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.random((rows, 2))
    return x, 10.0 * (x[:, 0] // 0.25 % 2) + 5 * (x[:, 1] > 0.3) + draw.normal(size=rows)


def smooth(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.uniform(-2, 2, (rows, 3))
    return x, 2 * np.sin(2 * x[:, 0]) + x[:, 1] ** 2 + 0.7 * draw.normal(size=rows)


def plane(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.normal(size=(rows, 5))
    return x, x @ [2, 1, 1, 0.5, 0] + draw.normal(size=rows)


def skewed(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.random((rows, 3))
    return x, np.exp(2 * x[:, 0] + x[:, 1]) + draw.lognormal(0, 1, rows)


def noisy(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = draw.normal(size=(rows, 4))
    return x, x[:, 0] + 3 * draw.normal(size=rows)


def with_noise(shape: Callable[[np.ndarray], np.ndarray], *, skew: bool = False) -> Table:
    """Return a curve over one feature with noise of half the signal's deviation."""

    def table(draw: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
        x = draw.uniform(-2, 2, (rows, 1))
        y, noise = shape(x[:, 0]), draw.normal(size=rows)
        if skew:
            noise = draw.lognormal(0, 0.8, rows) / 1.31  # of deviation 1
        return x, y + 0.5 * y.std() * noise

    return table


def wave(x: np.ndarray) -> np.ndarray:
    return np.sin(2 * x)


def judged(model: Algorithm, table: Table, rows: int, seed: int) -> tuple[bool, bool]:
    """Return whether a model is called overfit, and whether a simpler one is better by 5 %."""
    draw = np.random.default_rng([29, rows, seed])
    x, y = table(draw, rows)
    asked, truths = table(draw, 4000)
    fold = draw.permutation(rows) % 5
    missed, train, true = [], [], []
    for one in (model, *settings(model)):
        errors = np.empty(rows)
        for held in range(5):
            out = fold == held
            made = one.build(0).fit(x[~out], y[~out])
            errors[out] = np.abs(made.predict(x[out]) - y[out])
            if one is model:
                train.append(np.abs(made.predict(x[~out]) - y[~out]).mean())
        missed.append(errors)
        true.append(np.abs(one.build(0).fit(x, y).predict(asked) - truths).mean())
    said = gap(float(np.mean(train)), float(missed[0].mean()), rows, label_spread=float(y.std()))
    found = better(model, missed[0], missed[1:]) if said in {"wide", "interpolates"} else None
    return found is not None, min(true[1:]) < 0.95 * true[0]


def model(name: str, **values: object) -> Algorithm:
    return FRIENDLY[name].model_validate({"name": name, **values})


SOUND = [
    *(
        (model("decision_tree", max_depth=depth), table, rows, RUNS)
        for depth, table, rows in [
            (4, smooth, 20), (4, smooth, 50), (4, smooth, 200), (None, smooth, 50),
            (4, bands, 50), (None, bands, 50), (4, bands, 200), (4, skewed, 50),
            (4, plane, 50), (None, plane, 200), (3, step, 50), (4, skewed, 200),
        ]
    ),
    *((model("random_forest", trees=20), table, 60, 100) for table in (smooth, plane, skewed, noisy)),
    *((model("gradient_boosting", trees=50), table, 60, 60) for table in (smooth, plane, skewed, bands)),
]  # fmt: skip


def test_c04_sound_trees_forests_and_boosters_are_not_called_overfit() -> None:
    """Sound is what no simpler setting that is listed betters by 5 % on 4,000 new rows."""
    every: dict[str, list[bool]] = {}
    for of, table, rows, runs in SOUND:
        seen = [judged(of, table, rows, seed) for seed in range(runs)]
        calls = [called for called, worse in seen if not worse]
        show(f"overfit: {of.written}{of.name}, {table.__name__}, {rows} rows, sound", calls, 0.05)
        show("... of those that are not sound", [called for called, worse in seen if worse], 1)
        every.setdefault(of.name, []).extend(calls)
    for name, calls in every.items():
        show(f"overfit: all sound {name}", calls, 0.05)

    assert [name for name, calls in every.items() if np.mean(calls) > 0.05] == []


@pytest.mark.parametrize(
    ("of", "rows", "table"),
    [
        (of, rows, table)
        for of, rows in [
            (model("polynomial_regression", degree=8), 20),
            (model("k_nearest", neighbours=1), 200),
        ]
        for table in [with_noise(np.abs), with_noise(wave), with_noise(wave, skew=True)]
    ],
)
def test_c04_what_follows_noise_is_called_overfit(of: Algorithm, rows: int, table: Table) -> None:
    seen = [judged(of, table, rows, seed)[0] for seed in range(RUNS)]
    show(f"overfit: {of.written}{of.name}, {rows} rows", seen, (0.85, 1))

    assert np.mean(seen) >= 0.85


def lasting(draw: np.random.Generator, days: int, follows: float) -> np.ndarray:
    """Return noise of deviation 1 of which each day follows the one before."""
    made = np.empty(days)
    made[0] = draw.normal()
    for day in range(1, days):
        made[day] = follows * made[day - 1] + np.sqrt(1 - follows**2) * draw.normal()
    return made


def left_out(matrix: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return what least squares leaves of each row when it has not seen it."""
    q, _ = np.linalg.qr(np.column_stack([np.ones(len(y)), matrix]))
    return (y - q @ (q.T @ y)) / (1 - np.square(q).sum(axis=1))


@pytest.mark.parametrize(
    ("what", "days", "follows", "bend", "least", "most"),
    [
        *((f"{of} of {days} days, AR {follows}", days, follows, 0, 0, 0.05)
          for of in ("day number", "year and month", "slow x")
          for days in (40, 100, 365, 730) for follows in (0.6, 0.8)),
        ("day number, a parabola of 6 at the ends", 365, 0.8, 6, 0.8, 1),
    ],
)  # fmt: skip
def test_c06_noise_that_lasts_is_no_pattern_over_time(
    what: str, days: int, follows: float, bend: float, least: float, most: float
) -> None:
    day = np.arange(days)
    dates = np.datetime64("2024-01-01") + day
    calls = []
    for seed in range(RUNS):
        draw = np.random.default_rng([6, days, seed])
        x, time = draw.normal(size=days), day.astype(float)
        matrix = np.column_stack([x, time])
        if what.startswith("year"):
            month = (dates.astype("datetime64[M]") - dates[0].astype("datetime64[M]")).astype(int)
            matrix = np.column_stack([x, month // 12, month % 12])
        if what.startswith("slow"):
            matrix = np.column_stack([x, lasting(draw, days, 0.85)])
        u = 2 * time / (days - 1) - 1
        y = x + u * 0.5 + bend * u**2 + 1.5 * lasting(draw, days, follows)
        if not what.startswith("day"):
            y = y - u * 0.5  # it is no column here
        found = underfit(matrix, left_out(matrix, y), seed=seed, days=dates)
        calls.append(found is not None and found.structure)
    show(f"underfit: {what}", calls, (least, most))

    assert least <= np.mean(calls) <= most


@pytest.mark.parametrize(
    ("groups", "bend", "skew"),
    [
        *((groups, 0, skew) for groups in (5, 10, 25, 60) for skew in (False, True)),
        *((groups, 1, False) for groups in (25, 60)),
    ],
)
def test_c06_what_a_group_misses_alike_is_no_pattern_over_its_columns(
    groups: int, bend: int, skew: bool
) -> None:
    """Each group has its own age, and misses of its own as large as those of single rows."""
    calls = []
    of = np.repeat(np.arange(groups), 240 // groups)
    for seed in range(RUNS):
        draw = np.random.default_rng([9, groups, bend, skew, seed])
        age, own = draw.normal(size=(2, groups))
        own = np.exp(own) / 2 if skew else own
        x = draw.normal(size=len(of))
        matrix = np.column_stack([x, age[of]])
        y = x + (own + 2 * bend * age**2)[of] + draw.normal(size=len(of))
        found = underfit(matrix, left_out(matrix, y), seed=seed, groups=of)
        calls.append(found is not None and found.structure)
    least, most = (0.8, 1) if bend else (0, 0.05)
    what = "a parabola" if bend else "nothing"
    skewed = ", skewed" if skew else ""
    show(f"underfit: {what} over an age of {groups} groups{skewed}", calls, (least, most))

    assert least <= np.mean(calls) <= most


@pytest.mark.parametrize("rows", [30, 50, 100, 292])
def test_c06_a_line_on_the_sample_year_is_found_beside_the_day(rows: int) -> None:
    """By bookings drawn anew each night; the number of the day is a column too."""
    dates = np.datetime64("2024-01-01") + np.arange(rows)
    calls = []
    for seed in range(RUNS):
        x, y = nights(rows, np.random.default_rng([8, rows, seed]))
        matrix = np.column_stack([x, np.arange(rows)])
        found = underfit(matrix, left_out(matrix, y), seed=seed, days=dates)
        calls.append(found is not None and found.structure)
    show(f"underfit: a line on {rows} nights with the day's number", calls, (0.95, 1))

    assert np.mean(calls) >= 0.95


def show(what: str, calls: list[bool] | list[int], allowed: object) -> None:
    """Print how often something was said, with its 95 % interval."""
    share = of_share(sum(calls), len(calls))
    interval = f"{share.low:.3f} to {share.high:.3f}" if share else ""
    mean = f"{np.mean(calls):.3f}" if calls else "-"
    say(f"\n{what:<66} | {len(calls):>5} | {mean} | {interval} | {allowed}")


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
