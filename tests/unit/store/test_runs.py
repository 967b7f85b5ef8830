"""Lines of the history: what they note, and what is read of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sealing

from mlcli.store import runs
from mlcli.store.evidence import CrossValidated, Evidence, Misfit, SpreadHeldOut
from mlcli.store.manifest import Description, Digests, Learner
from mlcli.store.runs import Run

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def noted(**changes: Any) -> dict[str, Any]:
    """Return a line as fit notes it, with some keys changed; ``...`` takes one away."""
    score = {"train": 3.4, "holdout": 2.5, "unit": "doughs", "better": "lower"}
    line = {
        "run": "fit",
        "at": "2026-03-01T09:00:00+00:00",
        "model": "pizzeria",
        "version": 3,
        "new": True,
        "metrics": {"mae": score, "rmse": {**score, "holdout": 4.0}},
        "algorithm": "ridge",
        "verdict": "even",
        "intervals": {"mae": [2.0, 3.0]},
        "digests": {"definition": "d1", "data": "x1", "holdout": "h1", "manifest": "m1"},
    }
    return {k: v for k, v in {**line, **changes}.items() if v is not ...}


def read(**changes: Any) -> Run | None:
    return runs.read(json.dumps(noted(**changes)).encode())


def test_a_line_is_read_whole() -> None:
    assert read() == Run(
        AT, "pizzeria", 3, True, "mae", 2.5, "doughs", (2.0, 3.0), "lower", "ridge", "even",
        "d1", "x1", "h1", "m1",
    )  # fmt: skip


def test_a_line_of_an_older_mlcli_is_read_as_far_as_it_goes() -> None:
    old = read(
        algorithm=..., verdict=..., intervals=..., digests={"definition": "d1", "manifest": "m1"}
    )

    assert old == Run(
        AT, "pizzeria", 3, True, "mae", 2.5, "doughs", None, "lower", None, None, "d1", None, None, "m1"
    )  # fmt: skip
    oldest = read(digests=...)
    assert oldest is not None
    assert (oldest.figure, oldest.definition) == (2.5, None)


def test_the_figure_is_the_one_people_know() -> None:
    share = {"holdout": 0.9, "unit": "share", "better": "higher"}

    classes = read(metrics={"balanced_accuracy": {**share, "holdout": 0.5}, "accuracy": share})
    catalogue = read(metrics={})

    assert classes is not None
    assert (classes.metric, classes.figure, classes.better) == ("accuracy", 0.9, "higher")
    assert catalogue is not None
    assert (catalogue.metric, catalogue.figure) == (None, None)


def test_a_run_of_another_kind_is_no_fault_and_no_fit() -> None:
    assert read(run="look") is None
    assert runs.read(b'{"run": "compare"}') is None


BAD: list[bytes] = [
    b"not json",
    b"\xff\xfe",
    b"[]",
    b"3",
    b"null",
    b'"fit"',
    b"{}",
    b'{"run": 3}',
    b'{"run":"fit","at":"2026-03-01T09:00:00+00:00","model":"piz',
    b"[" * 100_000,
    *(
        json.dumps(noted(**{key: value})).encode()
        for key, values in {
            "at": [..., None, 5, "yesterday", "2026-03-01T09:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:00+00:00"],
            "model": [..., None, 5, ["pizzeria"]],
            "version": [..., None, "3", 3.0, True],
            "new": [..., None, "yes", 1],
            "metrics": [..., None, 5, [["mae"]], ["mae"], {"mae": None}, {"mae": 2.5}, {"mae": {"holdout": "2.5"}}, {"mae": {"holdout": True}}, {"mae": {"holdout": 10**400}}, {"mae": {"holdout": float("nan")}}, {"mae": {"holdout": 1.0, "unit": 5}}],
            "verdict": [5, ["even"]],
            "intervals": [None, {"mae": 5}, {"mae": [1]}, {"mae": [1, "2"]}],
            "digests": [None, [], {"data": 5}, {"manifest": ["m"]}],
        }.items()
        for value in values
    ),
]  # fmt: skip


@pytest.mark.parametrize("line", BAD, ids=lambda line: line[-60:].decode("latin-1"))
def test_what_mlcli_did_not_write_is_a_value_error_whatever_it_is(line: bytes) -> None:
    with pytest.raises(ValueError):
        runs.read(line)


def description(**data: str) -> Description:
    return replace(
        sealing.description(1),
        model=Learner("ridge", {"name": "ridge", "penalty": 1.0}),
        digests=Digests(definition="", data=data, cargo={}),
    )


def test_what_is_noted_of_a_fit_is_read_again() -> None:
    intervals = {"mae": (1.0, 2.0)}
    found = Evidence(
        few=None,
        holdout=SpreadHeldOut(30, intervals, narrow=False, skill=None),
        cv=CrossValidated(words="", metrics={}),
        fit=Misfit("even", ""),
        curve=None,
        alarms=(),
    )

    assert runs.of_fit(replace(description(), evidence_=found)) == ("ridge", "even", intervals)
    assert runs.of_fit(description()) == ("ridge", None, {})


def test_digests_tell_other_data_and_another_hold_out_and_nothing_else() -> None:
    days = ["2023-06-08", "2023-06-09"]
    base = runs.of_rows(days, [3.0, "b"])

    assert runs.of_data({"a": "1", "b": "2"}) == runs.of_data({"c": "2", "d": "1"})
    assert runs.of_data({"a": "1", "b": "2"}) != runs.of_data({"a": "1", "b": "3"})
    assert runs.of_rows(days, [3.0 + 1e-13, "b"]) == base
    assert runs.of_rows(days, [4.0, "b"]) != base
    assert runs.of_rows(["2023-06-07", days[1]], [3.0, "b"]) != base
