"""Classes that are answered from another probability than 50 %, and the report of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from math import exp
from typing import Any

import numpy as np
import pytest
from sealing import forge
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support import Project, csv_of

from mlcli.judging import threshold_curve

DEFINITION = """\
sources: {{d: {{file: data/deliveries.csv}}}}
features: [km]
label: {label}
model: {model}
holdout: {holdout}
"""
COSTS = "{name: late, positive: yes, threshold: {missed_costs: 5, false_alarm_costs: 1}}"


def deliveries(rows: int, seed: int = 5) -> list[tuple[float, str]]:
    """Return kilometres, and whether it was late: the further, the likelier."""
    draw = random.Random(seed)
    found = []
    for _ in range(rows):
        km = round(draw.uniform(0.5, 12), 1)
        found.append((km, "yes" if draw.random() < 1 / (1 + exp(4 - 0.45 * km)) else "no"))
    return found


def define(
    project: Project,
    rows: list[tuple[Any, ...]],
    label: str = COSTS,
    model: str = "logistic_regression",
    holdout: str = "random 20%",
) -> None:
    project.write("data/deliveries.csv", csv_of("km,late", rows))
    project.define(DEFINITION.format(label=label, model=model, holdout=holdout), "late")


def manifest(project: Project) -> dict[str, Any]:
    path = project.root / "models" / "late" / "1" / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_threshold_is_that_of_a_plain_script(project: Project) -> None:
    rows = deliveries(120)
    define(project, rows, holdout="none")
    x, y = np.array([[km] for km, _ in rows]), np.array([late for _, late in rows])
    folds = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=1, random_state=0).split(x, y))
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    given = cross_val_predict(plain, x, y, cv=folds, method="predict_proba")[:, 1]
    costs = {
        line: (5 * np.sum((y == "yes") & (given < line)) + np.sum((y == "no") & (given >= line)))
        / 120
        for line in [0.0, 0.5, *(np.sort(given)[1:] + np.sort(given)[:-1]) / 2]
    }

    project.works("fit")
    said = manifest(project)["evidence"]["threshold"]

    assert said["worth"] == pytest.approx(min(costs.values()))
    assert costs[min(costs, key=lambda line: abs(line - said["value"]))] == min(costs.values())
    assert said["worth_at_even"] == pytest.approx(costs[0.5])
    assert (said["positive"], said["for"], said["rows"]) == ("yes", "costs", 120)
    assert said["value"] < 0.4


def test_the_report_of_classes(project: Project, golden: Callable[[str, str], None]) -> None:
    define(project, deliveries(1100))
    project.works("fit")

    golden("screens/evaluate_classes.txt", project.works("evaluate").out)
    found = project.works("evaluate", "--json").json["classes"]

    assert found["of"] == "held out"
    assert found["rows"] == 220
    assert sum(map(sum, found["confusion"]["counts"])) == 220
    # Waiting for the costs pays on rows that had no part in the choice.
    assert found["threshold"]["worth"] < found["threshold"]["worth_at_even"]


def test_the_report_of_a_file_and_of_few_rows(
    project: Project, golden: Callable[[str, str], None]
) -> None:
    define(project, deliveries(60), holdout="none", label="late")
    project.works("fit")
    project.write("more.csv", csv_of("km,late", deliveries(30, seed=8)))

    golden("screens/evaluate_classes_few.txt", project.works("evaluate").out)
    here = project.works("evaluate", "--json").json["classes"]
    there = project.works("evaluate", "--data", "more.csv", "--json").json["classes"]

    assert (here["of"], here["rows"]) == ("cross-validated", 60)
    assert (there["of"], there["rows"]) == ("this file", 30)
    assert there["probabilities"]["reliability"] is None
    project.works("evaluate", "--data", "more.csv")


def test_probabilities_that_are_worse_than_the_shares_are_called_so(project: Project) -> None:
    draw = random.Random(4)
    define(
        project,
        [(km, draw.choice(["yes", "no"])) for km, _ in deliveries(50)],
        label="late",
        model="decision_tree",
    )
    fitted = project.works("fit")

    ended = project.works("evaluate")

    assert "do not rely on them" in " ".join(fitted.out.split())
    assert "warning: its probabilities are worse than the plain shares" in ended.out
    assert "do not rely on them" in project.works("predict", "--km", 3).err


def test_predict_answers_from_the_threshold_on(project: Project) -> None:
    define(project, deliveries(150))
    project.works("fit")
    line = manifest(project)["label"]["threshold"]
    asked = [km / 2 for km in range(1, 25)]
    project.write("ask.csv", csv_of("km", [(km,) for km in asked]))

    alone = [project.works("predict", "--km", km, "--json").json["predictions"][0] for km in asked]
    batch = project.works("predict", "--input", "ask.csv", "--json").json["predictions"]

    for one, other in zip(alone, batch, strict=True):
        likely = one["probabilities"]["yes"]
        assert one["answer"] == other["answer"] == ("yes" if likely >= line else "no")
        changed = line <= likely < 0.5
        assert any("is answered from a probability of" in n for n in one["notes"]) == changed
    assert {one["answer"] for one in alone} == {"yes", "no"}
    assert "yes being answered from" in project.works("predict", "--km", 6).err


def test_the_figures_are_of_answers_by_the_threshold(project: Project) -> None:
    define(project, deliveries(150))

    made = project.works("fit", "--json").json["fitted"][0]
    kept = json.loads((project.root / "models/late/1/holdout.json").read_text())
    line = manifest(project)["label"]["threshold"]
    right = [
        (row["value"]["probabilities"]["yes"] >= line) == (row["truth"] == "yes") for row in kept
    ]

    assert made["metrics"]["accuracy"]["holdout"] == pytest.approx(sum(right) / len(right))
    assert [row["value"]["class"] == row["truth"] for row in kept] == right


def test_a_final_model_keeps_the_threshold(project: Project) -> None:
    define(project, deliveries(100))
    project.works("fit", "--final")

    label = manifest(project)["label"]

    assert label["threshold"] == manifest(project)["evidence"]["threshold"]["value"]
    project.works("evaluate")


def test_true_and_false_and_numbers_are_named_as_they_are(project: Project) -> None:
    flags = [(km, {"yes": "TRUE", "no": "false"}[late]) for km, late in deliveries(50)]
    define(project, flags, label="{name: late, positive: true, threshold: balanced_accuracy}")
    project.works("fit")
    assert manifest(project)["label"]["positive"] == "true"

    ones = [(km, {"yes": 1, "no": 0}[late]) for km, late in deliveries(50)]
    define(project, ones, label="{name: late, positive: 1, threshold: f1}")
    assert project.works("fit", "--json").json["fitted"][0]["version"] == 2


@pytest.mark.parametrize(
    ("label", "model", "rows", "code", "words"),
    [
        ("{name: late, positive: ja}", "logistic_regression", deliveries(40), 3,
         "the positive class 'ja' is none of late (known: no, yes)"),
        (COSTS, "logistic_regression", [(k, "abc"[i % 3]) for i, (k, _) in enumerate(deliveries(40))],
         3, "the positive class 'yes' is none of late"),
        ("{name: late, positive: a, threshold: f1}", "logistic_regression",
         [(k, "abc"[i % 3]) for i, (k, _) in enumerate(deliveries(40))],
         3, "a threshold stands between two classes, and 'late' has 3 to learn from"),
        (COSTS, "LinearSVC", deliveries(40), 2, "LinearSVC gives no probabilities"),
        ("{name: late, positive: 1, threshold: f1}", "decision_tree",
         [(k, i) for i, (k, _) in enumerate(deliveries(40))], 3, "'late' holds numbers"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_drawn(
    project: Project, label: str, model: str, rows: list[tuple[Any, ...]], code: int, words: str
) -> None:
    define(project, rows, label=label, model=model)

    said = project.fails(code, "fit")

    assert words in said
    assert "hint: " in said
    assert not (project.root / "models").exists()


def test_few_rows_draw_no_line(project: Project) -> None:
    define(project, deliveries(9, seed=3), holdout="none")

    ended = project.works("fit")

    note = "no threshold was chosen, and 50% stays: 9 rows are no evidence"
    assert note in " ".join(ended.out.split())
    assert "threshold" not in manifest(project)["label"]
    assert manifest(project)["label"]["positive"] == "yes"


def test_a_forged_threshold_is_damage(project: Project) -> None:
    define(project, deliveries(60), holdout="none")
    project.works("fit")
    before = manifest(project)["label"]

    for change in ({"threshold": 2.0}, {"threshold": "0.2"}, {"positive": "ja"}, {"positive": 3}):
        label = {**before, **change}
        forge(
            project.root / "models", "late", change=lambda data, new=label: data.update(label=new)
        )

        assert project.mlcli("predict", "--km", 3).code == 4, change


def test_a_line_of_thresholds_is_the_one_of_the_statistics() -> None:
    scores, late = [0.1, 0.4, 0.6], [False, True, True]

    assert threshold_curve.worth_at(scores, late, 0.5, worth="f1") == pytest.approx(2 / 3)
    assert threshold_curve.worth_at(scores, late, 0.4, worth="balanced_accuracy") == 1
    assert threshold_curve.worth_at(scores, [True] * 3, 0.5, worth="f1") is None
    assert threshold_curve.worth_at([float("nan"), 1, 1], late, 0.5, worth="f1") is None
