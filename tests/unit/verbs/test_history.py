"""Runs beside each other: what changed from one to the next, and how figures are drawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mlcli.store.runs import Run
from mlcli.verbs import history
from mlcli.verbs.history import RunInTurn

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def run(figure: float | None = 2.5, **changes: Any) -> Run:
    whole: dict[str, Any] = {
        "metric": "mae", "unit": "doughs", "better": "lower",
        "definition": "d1", "data": "x1", "holdout": "h1", **changes,
    }  # fmt: skip
    return Run(
        AT, whole.pop("model", "pizzeria"), 1, whole.pop("new", True), figure=figure, **whole
    )


SHARE = {"metric": "accuracy", "unit": "share", "better": "higher"}


@pytest.mark.parametrize(
    ("one", "other", "direction", "change", "changed"),
    [
        (run(2.5), run(2.0, definition="d2"), "better", -0.5, ("definition",)),
        (run(2.5), run(3.0), "worse", 0.5, ()),
        (run(2.5), run(2.5), "same", 0.0, ()),
        (run(2.5), run(2.5 * (1 + 1e-12)), "same", 0.0, ()),
        (run(0.0), run(1e-12), "same", 0.0, ()),
        (run(0.5, **SHARE), run(0.75, **SHARE), "better", 0.25, ()),
        (run(0.5, **SHARE), run(0.25, **SHARE), "worse", -0.25, ()),
        (run(2.5), run(2.0, data="x2"), "other rows", None, ("data",)),
        (run(2.5), run(2.0, holdout="h2"), "other rows", None, ()),
        (run(2.5), run(2.0, data="x2", holdout=None), "other rows", None, ("data",)),
        (run(2.5), run(2.0, unit="pizzas"), "another figure", None, ()),
        (run(2.5), run(0.5, **SHARE), "another figure", None, ()),
        (run(2.5, holdout=None), run(2.0), "cannot tell", None, ()),
        (run(2.5, data=None), run(2.0), "cannot tell", None, ()),
        (run(2.5, holdout=None, manifest="m"), run(2.5, holdout=None, manifest="m"), "same", 0.0, ()),
        (run(None), run(2.0), None, None, ()),
        (run(2.0), run(None, data="x2"), None, None, ("data",)),
    ],
)  # fmt: skip
def test_a_run_is_set_beside_the_one_before_it(
    one: Run, other: Run, direction: str | None, change: float | None, changed: tuple[str, ...]
) -> None:
    first, second = history.steps_of([one, other])

    assert first == RunInTurn(one)
    assert (second.direction, second.changed) == (direction, changed)
    assert second.change == (change if change is None else pytest.approx(change))


def test_runs_of_other_models_come_not_between() -> None:
    found = history.steps_of([run(3.0), run(9.0, model="other"), run(2.0), run(8.0, model="other")])

    assert [step.change for step in found] == [None, None, -1.0, -1.0]


@pytest.mark.parametrize(
    ("figures", "drawn"),
    [
        ([], ""),
        ([None], ""),
        ([2.0], "▁"),
        ([2.0, 2.0], "▁▁"),
        ([1.0, 8.0], "▁█"),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "▁▂▃▄▅▆▇█"),
        ([8.0, None, 1.0], "█▁"),
    ],
)
def test_figures_are_drawn_from_the_lowest_to_the_highest(
    figures: list[float | None], drawn: str
) -> None:
    assert history.sparkline(history.steps_of(run(f) for f in figures)) == drawn


def test_only_versions_since_rows_changed_are_drawn_beside_each_other() -> None:
    found = history.steps_of(
        [run(1.0), run(1.0, new=False), run(9.0), run(8.0, data="x2"), run(1.0, data="x2")]
    )

    assert history.sparkline(found) == "█▁"
    assert history.sparkline(found, history.PLAIN) == "#_"
    assert history.sparkline(found[:-1]) == "▁"


def test_figures_in_another_unit_are_not_drawn_beside_these() -> None:
    found = history.steps_of([run(0.5, **SHARE), run(1.0), run(8.0)])

    assert history.newest(found) == found[-1].run
    assert history.sparkline(found) == "▁█"


def test_a_long_history_is_drawn_from_its_end() -> None:
    found = history.steps_of(run(float(n)) for n in range(1000))

    assert len(history.sparkline(found)) == 60


def test_signs_are_as_many_on_every_terminal() -> None:
    assert len(history.PLAIN) == len(history.BLOCKS)
    assert history.PLAIN.isascii()
