"""Ranges hold what they promise, service levels run out as rarely, and decisions save money.

``pytest -m slow -s tests/slow/test_simulations_ranges.py`` prints a row of the table for
each simulation: what was simulated, runs, observed, allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor

import numpy as np
import pytest
from make_sample_data import nights
from support import say
from threadpoolctl import threadpool_limits

from mlcli.statistics import conformal
from mlcli.statistics.decisions import Costs, Outcome, against, outcome, quantity
from mlcli.wording import round_half_away

pytestmark = pytest.mark.slow

RUNS = 4000
NEW = 50
"""New nights drawn for each run; each counts the same, so a run is one average."""

FRIDAY, SATURDAY = 4, 5

Noise = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""What is added to the line at some reservations; its mean is 0."""

NOISES: dict[str, Noise] = {
    "Gaussian": lambda draw, x: draw.normal(0, 5, x.shape),
    "exponential": lambda draw, x: draw.exponential(5, x.shape) - 5,
    "lognormal": lambda draw, x: 3 * (draw.lognormal(0, 1, x.shape) - np.exp(0.5)),
    "growing with x": lambda draw, x: draw.normal(0, 1, x.shape) * (1 + x / 6),
    "skewed, growing": lambda draw, x: (draw.exponential(1, x.shape) - 1) * (1 + x / 6),
}


@pytest.fixture(autouse=True)
def _one_thread() -> object:
    with threadpool_limits(1):
        yield


def row(what: str, runs: int, observed: str, allowed: str) -> None:
    say(f"\n{what:<62} {runs:>5,} runs   {observed:<22} {allowed}")


def simulated(rows: int, noise: Noise) -> dict[str, float]:
    """Return shares of new nights, over runs: in the range, run out, and run out in-sample.

    A range of 80 % and a service level of 90 %, around the line of least squares through so
    many rows. ``busy`` is the run-out rate of the fifth with the most reservations.
    """
    draw = np.random.default_rng(rows)
    counts = np.zeros(4)
    for _ in range(RUNS):
        x, new = draw.uniform(0, 60, rows), draw.uniform(0, 60, NEW)
        y, truths = 10 + 2 * x + noise(draw, x), 10 + 2 * new + noise(draw, new)
        slope, start = np.polyfit(x, y, 1)
        residuals = conformal.leave_one_out_linear(x[:, None], y)
        assert residuals is not None
        width, margin = conformal.two_sided(residuals, 0.8), conformal.one_sided(residuals, 0.9)
        assert width is not None
        assert margin is not None
        errors = truths - (start + slope * new)
        naive = np.quantile(y - (start + slope * x), 0.9)
        over = errors > margin
        busy = new > 48
        counts += [
            np.mean(np.abs(errors) <= width),
            np.mean(over),
            np.mean(errors > naive),
            np.mean(over[busy]) if busy.any() else 0.1,
        ]
    return dict(zip(("held", "run_out", "naive", "busy"), counts / RUNS, strict=True))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("rows", [20, 50, 200])
def test_ranges_hold_and_service_levels_run_out_as_promised(rows: int, noise: str) -> None:
    shares = simulated(rows, NOISES[noise])

    what = f"{noise}, {rows} rows:"
    row(f"{what} 80 % range holds", RUNS, f"{shares['held']:.3f}", "0.76 to 0.84")
    row(f"{what} 90 % service runs out", RUNS, f"{shares['run_out']:.3f}", "at most 0.11")
    wrong = "more than 0.12 at 20 rows" if rows == 20 else "-"
    row(f"{what}   the wrong way, in-sample quantile", RUNS, f"{shares['naive']:.3f}", wrong)
    row(f"{what}   on the busiest fifth of nights", RUNS, f"{shares['busy']:.3f}", "-")
    assert 0.76 <= shares["held"] <= 0.84
    assert shares["run_out"] <= 0.11
    if rows == 20:  # or this could not fail
        assert shares["naive"] > 0.12


def year(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return reservations and pizzas of the sample generator's nights, in order of date."""
    kept = [
        (bookings, sold)
        for day, bookings, sold in nights(seed)
        if sold is not None and bookings > 0 and day.weekday() not in {FRIDAY, SATURDAY}
    ]
    x, y = zip(*kept, strict=True)
    return np.array(x, dtype=float), np.array(y, dtype=float)


def served(seed: int, costs: Costs) -> list[float]:
    """Return figures of one year's hold-out, in the order of ``SERVED``."""
    x, y = year(seed)
    held = -(-len(x) // 5)
    train = slice(None, -held)
    slope, start = np.polyfit(x[train], y[train], 1)
    predictions = (start + slope * x[-held:]).tolist()
    truths = y[-held:].tolist()
    share = costs.short / (costs.short + costs.left_over)
    residuals = conformal.leave_one_out_linear(x[train, None], y[train])
    assert residuals is not None
    margin = conformal.one_sided(residuals, share)
    assert margin is not None

    def of(quantities: list[float]) -> Outcome:
        result = outcome(truths, quantities, share=share, costs=costs)
        assert result is not None
        return result

    def beside_the_mean(result: Outcome) -> float:
        ratio = against(result, mean)
        assert ratio is not None
        return ratio

    mean = of([max(0.0, float(round_half_away(each))) for each in predictions])
    decided = of([quantity(each, margin, whole=True, floored=True) for each in predictions])
    exact = of([quantity(each, margin, whole=False, floored=True) for each in predictions])
    down = of([max(0.0, float(floor(round(each + margin, 9)))) for each in predictions])
    return [
        *(beside_the_mean(each) for each in (decided, exact, down)),
        *(each.run_out for each in (mean, decided, exact, down)),
        *(each.left_over for each in (mean, decided, exact, down)),
    ]


SERVED = (
    *(f"money beside the mean's, {how}" for how in ("rounded up", "not rounded", "rounded down")),
    *(f"run-out rate, {how}" for how in ("mean", "rounded up", "not rounded", "rounded down")),
    *(f"left over, {how}" for how in ("mean", "rounded up", "not rounded", "rounded down")),
)


def test_the_decided_quantity_costs_less_than_half_of_serving_the_mean() -> None:
    figures = np.array([served(seed, Costs(9, 1.5)) for seed in range(50)])

    for number, what in enumerate(SERVED):
        low, middle, high = np.quantile(figures[:, number], [0.05, 0.5, 0.95])
        allowed = "-" if number else "median at most 0.45"
        row(f"sample year, 9 and 1.5: {what}", 50, f"{middle:.3f} [{low:.3f}, {high:.3f}]", allowed)
    assert np.median(figures[:, 0]) <= 0.45
