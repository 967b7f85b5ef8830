"""How honest the error of a tuned model is, on tables where no combination is better than another.

Each prints a row of a table, for ``pytest -s``: what was simulated, how many runs, what was
seen, what is allowed. The search is the one under test, on models of its own.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import pytest
from support import InMemory, say

from mlcli.definition import definition as definitions
from mlcli.judging import grid_search
from mlcli.judging.grid_search import Search
from mlcli.learning import fitting
from mlcli.learning.labels import Lesson, NumberLabels
from mlcli.statistics.comparing import settled
from mlcli.tables.examples import assemble
from mlcli.verbs import tune

pytestmark = pytest.mark.slow

RUNS = 120
ROWS = 40
NEW = 400


def show(what: str, runs: int, seen: object, allowed: str) -> None:
    say(f"\n{what:<66} | {runs:>5} runs | {seen!s:>12} | {allowed}")


def searched(seed: int) -> tuple[Search, Any]:
    """Tune a tree with splits at random, by the seed of its chance: each is as good as another.

    Also return the error of a candidate, by its position, learned from all rows, on new ones.
    """
    draw = np.random.default_rng(seed)
    x, y = draw.uniform(0, 60, (ROWS + NEW, 3)), draw.normal(50, 10, ROWS + NEW)
    columns = {f"x{i}": (x[:, i].tolist(), "number") for i in range(3)}
    definition = definitions.build(
        {
            "sources": {"made": {"file": "data/made.csv"}},
            "features": list(columns),
            "label": "y",
            "model": {"name": "ExtraTreeRegressor", "max_depth": 3, "random_state": 100},
            "holdout": "none",
            "tune": {"random_state": "0 to 11"},
        }
    )
    opened = InMemory({**columns, "y": (y.tolist(), "number")})
    every = assemble(definition, lambda _: opened)
    few = InMemory({c: (v[:ROWS], kind) for c, (v, kind) in opened.made.items()})
    examples = assemble(definition, lambda _: few)

    def on_new_rows(at: int) -> float:
        lesson = Lesson(definition, every, NumberLabels(y))
        values = found.candidates[at].values
        work = grid_search.Work(lesson, (values,))
        task = grid_search.Task(0, np.arange(ROWS), np.arange(ROWS, ROWS + NEW))
        error = grid_search.score(work, task).error
        assert error is not None
        return error

    with fitting.one_thread():
        found = grid_search.search(definition, examples, tune.run)
    return found, on_new_rows


@cache
def runs() -> list[tuple[float, float, float, str]]:
    """Return how much too good the lowest and the nested figure look, and what is said."""
    made = []
    for seed in range(RUNS):
        found, on_new_rows = searched(seed)
        lowest, taken = (on_new_rows(at) for at in (found.choice.lowest, found.choice.taken))
        inner = found.candidates[found.choice.lowest].error.mean
        assert inner is not None
        assert found.tuned.mean is not None
        assert found.written.mean is not None
        better = settled(found.difference)
        against = found.written.mean - found.tuned.mean
        made.append((lowest - inner, taken - found.tuned.mean, against, better))
    return made


def middle(column: int) -> tuple[float, float]:
    """Return a mean over the runs, and its standard error."""
    values = np.array([one[column] for one in runs()], dtype=float)
    return float(values.mean()), float(values.std(ddof=1) / sqrt(len(values)))


def test_the_lowest_error_of_a_grid_is_too_good_to_be_true() -> None:
    mean, error = middle(0)
    show("lowest of 12 equal candidates: true minus inner error", RUNS, f"{mean:.3f}", "> 0")

    assert mean > 3 * error


def test_the_nested_error_is_not() -> None:
    mean, error = middle(1)
    seen = f"{mean:.3f} ± {error:.3f}"
    show("tuned, then judged: true minus nested error", RUNS, seen, "0, within 3 errors")

    # A fold learns from four fifths of the rows, so the nested figure may be a bit too high.
    assert abs(mean) < 3 * error
    assert mean < middle(0)[0] / 2


def test_tuning_where_there_is_nothing_to_tune_is_no_better_than_not() -> None:
    mean, error = middle(2)
    show("as written minus tuned, on noise", RUNS, f"{mean:.3f} ± {error:.3f}", "0, within 3")
    told = sum(one[3] == "second" for one in runs())
    show("tuning is called better, on noise", RUNS, told, f"<= {RUNS // 20}")

    assert abs(mean) < 3 * error
    assert told <= RUNS // 20
