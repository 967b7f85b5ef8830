"""What deciding by costs saves on the sample generator's years, through mlcli itself.

``pytest -m slow -s tests/slow/test_simulations_decisions.py`` prints a row of the table for
each figure: what it is, seeds, median [5 %, 95 %], what is allowed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from make_sample_data import nights, write
from support import Project, say

from mlcli.answering.label import NumberTarget
from mlcli.definition.definition import Decide
from mlcli.judging import decision_outcomes
from mlcli.learning.judged import Judged
from mlcli.statistics import conformal, decisions
from mlcli.store.evidence import DecisionReport

pytestmark = pytest.mark.slow

SEEDS = range(50)
THROUGH_FIT = (0, 1, 2, 2023)
COSTS = Decide(short_costs=9, left_over_costs=1.5)
FRIDAY, SATURDAY = 4, 5


def worked_out(seed: int, decide: Decide) -> DecisionReport:
    """Return what a decision comes to on one year's newest fifth, by a line of NumPy's."""
    kept = [
        (bookings, sold)
        for day, bookings, sold in nights(seed)
        if sold is not None and bookings > 0 and day.weekday() not in {FRIDAY, SATURDAY}
    ]
    x, y = np.array(kept, dtype=float).T
    held = -(-len(x) // 5)
    slope, start = np.polyfit(x[:-held], y[:-held], 1)
    residuals = conformal.leave_one_out_linear(x[:-held, None], y[:-held])
    assert residuals is not None
    target = NumberTarget("doughs", "doughs", whole=True, floored=True)
    return decision_outcomes.on_other_rows(
        decision_outcomes.decision(decide, residuals),
        decisions.price(residuals, decision_outcomes.LEVELS),
        Judged((), y[-held:], start + slope * x[-held:]),
        target,
        of="held_out",
    )


def row(what: str, seeds: int, observed: str, allowed: str) -> None:
    say(f"\n{what:<58} {seeds:>4} seeds   {observed:<24} {allowed}")


def test_serving_what_decide_says_costs_less_than_half_of_serving_the_mean() -> None:
    found = [worked_out(seed, COSTS) for seed in SEEDS]

    figures = {
        "9 and 1.5: money beside serving what is likely": [f.served.ratio for f in found],
        "   run-out rate of what is likely": [f.served.likely.run_out for f in found],
        "   run-out rate of what decide says (1 in 7 is meant)": [
            f.served.decided.run_out for f in found
        ],
        "   doughs left over by what is likely": [f.served.likely.left_over for f in found],
        "   doughs left over by what decide says": [f.served.decided.left_over for f in found],
    }
    for number, (what, values) in enumerate(figures.items()):
        low, middle, high = np.quantile(np.array(values, dtype=float), [0.05, 0.5, 0.95])
        allowed = "-" if number else "median at most 0.45"
        row(what, len(found), f"{middle:.3f} [{low:.3f}, {high:.3f}]", allowed)
    assert np.median([f.served.ratio for f in found]) <= 0.45
    assert np.mean([f.served.decided.run_out for f in found]) <= 1 / 7


@pytest.mark.parametrize("seed", THROUGH_FIT)
def test_fit_and_evaluate_come_to_the_same(project: Project, seed: int) -> None:
    write(project.root / "data", seed)
    text = (ROOT / "configs" / "pizzeria.yaml").read_text(encoding="utf-8")
    project.define(text + "decide: {short_costs: 9, left_over_costs: 1.5}\n")
    project.works("fit", "--json")

    found = project.works("evaluate", "--json").json["decision"]

    expected = worked_out(seed, COSTS).to_json()
    row(f"year {seed} through fit and evaluate", 1, f"{found['ratio']:.3f}", "that of the line")
    assert found["ratio"] == pytest.approx(expected["ratio"], rel=1e-9)
    assert found["margin"] == pytest.approx(expected["margin"], rel=1e-9)
    for key in ("likely", "decided"):
        assert found[key] == pytest.approx(expected[key], rel=1e-9)


def test_nine_in_ten_is_kept_on_average(project: Project) -> None:
    found = [worked_out(seed, Decide(run_out="1 in 10")) for seed in SEEDS]

    rates = np.array([f.served.decided.run_out for f in found])
    low, middle, high = np.quantile(rates, [0.05, 0.5, 0.95])
    observed = f"{rates.mean():.3f} [{low:.3f}, {high:.3f}]"
    row("run out 1 in 10: run-out rate, mean over seeds", len(found), observed, "at most 0.11")
    assert rates.mean() <= 0.11
    assert middle <= 0.11


def test_the_five_rows_of_the_talk_hold_no_service_level(eleven_days: Project) -> None:
    path: Path = eleven_days.root / "configs/pizzeria.yaml"
    eleven_days.define(path.read_text(encoding="utf-8") + "decide: {run_out: 1 in 10}\n")

    notes = eleven_days.works("fit", "--json").json["fitted"][0]["notes"]

    assert "decide: run out 1 in 10 needs 9 rows, and there are 5" in notes
