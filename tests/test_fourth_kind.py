"""A kind of answer that mlcli has never heard of, from YAML to the last sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

NIGHTS = """\
sources: {nights: {file: data/nights.csv}}
features: [guests]
label: {name: night, kind: grade}
model: linear_regression
holdout: random 20%
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("grades")
    (root / "configs").mkdir()
    (root / "data").mkdir()
    (root / "configs" / "nights.yaml").write_text(NIGHTS)
    (root / "configs" / "ridge.yaml").write_text(NIGHTS.replace("linear_regression", "ridge"))
    grades = ["bad"] * 20 + ["fair"] * 20 + ["good"] * 20
    rows = "".join(f"{guests},{grade}\n" for guests, grade in enumerate(grades))
    (root / "data" / "nights.csv").write_text("guests,night\n" + rows)
    run(root, "fit", "nights")
    return root


def run(root: Path, *words: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, HERE / "fourth_kind.py", *words],
        cwd=root,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_it_is_fitted_and_kept_as_it_says(project: Path) -> None:
    stored = json.loads((project / "models" / "nights" / "1" / "manifest.json").read_text())

    assert stored["label"] == {
        "kind": "grade",
        "name": "night",
        "unit": "night",
        "grades": ["bad", "fair", "good"],
    }
    assert stored["equation"].startswith("night = ")
    assert 0.7 < stored["metrics"]["accuracy"]["train"] < 1
    assert set(stored["evidence"]["cv"]["metrics"]) == set(stored["metrics"])


def test_it_is_answered(project: Path) -> None:
    said, trust = run(project, "predict", "-m", "nights", "--guests", "29")

    assert said == "fair\n"
    assert "right in" in trust
    assert trust.endswith(" - nights@1\n")


def test_it_is_noted_where_delivering_changed_it(project: Path) -> None:
    said, _ = run(project, "predict", "-m", "nights", "--guests", "99", "--anyway", "--json")

    (answer,) = json.loads(said)["predictions"]
    assert (answer["answer"], answer["notes"][-1]) == ("good", "it is beyond the last grade")


def test_a_file_of_it_is_answered_and_judged(project: Path) -> None:
    file = project / "asked.csv"
    file.write_text("guests,night\n3,bad\n29,fair\n55,bad\n")

    said, _ = run(project, "predict", "-m", "nights", "--input", "asked.csv")
    assert said == "guests,night,answer,note\n3,bad,bad,\n29,fair,fair,\n55,bad,good,\n"
    judged, _ = run(project, "evaluate", "-m", "nights", "--data", "asked.csv", "--json")
    assert json.loads(judged)["metrics"]["accuracy"]["holdout"] == pytest.approx(2 / 3)


def test_it_is_evaluated_on_a_screen(project: Path) -> None:
    said, _ = run(project, "evaluate", "-m", "nights")

    assert "accuracy: share of right answers" in said
    assert "in turn: accuracy" in said


def test_models_of_it_are_compared(project: Path) -> None:
    said, _ = run(project, "compare", "nights", "ridge", "--json")

    found = json.loads(said)
    assert (found["kind"], found["baseline"]["name"]) == ("grade", "the commonest grade")
    assert set(found["models"][0]["metrics"]) == {"wrong"}
