"""Figures neither flatter nor frighten: part C of what was found."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from support import Project, csv_of

FIRST = date(2024, 1, 1)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(count)]


def test_c01_the_mean_and_the_own_rule_are_delivered_as_the_model_is(project: Project) -> None:
    # Of x = 0 and of x = 1 a third is 1: the line answers 1/3, delivered 0, whatever is asked.
    # So does the mean, and the rule 4/10. On 0, 0, 0, 1 each misses by 1/4; not rounded, the
    # mean would miss by (3 · 1/3 + 2/3) / 4 = 5/12, and the model seem 40 % better.
    coins = [(0, 0), (0, 0), (0, 1), (1, 0), (1, 0), (1, 1), (0, 0), (1, 0), (0, 0), (1, 1)]
    rows = [(day, *coin) for day, coin in zip(days(10), coins, strict=True)]
    project.write("data/coins.csv", csv_of("day,x,heads", rows))
    project.define(
        "sources: {coins: {file: data/coins.csv}}\ndate: day\nfeatures: [x]\nlabel: heads\n"
        "model: linear_regression\nholdout: from 2024-01-07\nbaseline: 0.4 + 0 * x\n",
        "coins",
    )
    project.works("fit")
    found = project.works("evaluate", "--json").json["metrics"]

    for metric in ("mae", "rmse", "r2"):
        one = found[metric]
        assert one["holdout"] == one["mean_baseline"] == one["own_baseline"]
    assert found["mae"]["holdout"] == 0.25
    assert found["rmse"]["holdout"] == 0.5
    said = project.works("predict", "--x", "1").err
    assert "off by 0.25 heads on average" in said
    assert "(always answering the mean: 0.25)" in said


def test_c01_a_comparison_delivers_the_mean_too(project: Project) -> None:
    rows = [(n, n % 2) for n in range(40)]
    project.write("data/t.csv", csv_of("x,y", rows))
    text = (
        "sources: {t: {file: data/t.csv}}\nfeatures: [x]\nlabel: y\n"
        "model: linear_regression\nholdout: random 20%\n"
    )
    project.define(text, "a")
    project.define(text.replace("linear_regression", "ridge"), "b")
    project.works("fit")
    found = project.works("compare", "a", "b", "--json").json
    whole = found["baseline"]["metrics"]["mae"]["holdout"]

    # The mean of the labels is delivered as 0 or 1: it misses by a whole number of the 8.
    assert whole * 8 == pytest.approx(round(whole * 8), abs=1e-12)


@pytest.mark.parametrize(("rows", "said"), [(19, "too few"), (20, "misses like these"), (100, "")])
def test_c03_an_interval_is_printed_from_20_rows_on(project: Project, rows: int, said: str) -> None:
    cycle = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    labels = [(day, n % 7, cycle[n % 11]) for n, day in enumerate(days(rows * 2))]
    project.write("data/t.csv", csv_of("day,x,y", labels))
    project.define(
        "sources: {t: {file: data/t.csv}}\ndate: day\nfeatures: [x]\nlabel: y\n"
        "model: linear_regression\nholdout: newest 50%\n",
        "t",
    )
    project.works("fit")
    shown = " ".join(project.works("evaluate").out.split())

    assert ("held out: MAE lies between" in shown) == (rows >= 20)
    assert said in shown
    assert ("misses like these" in shown) == (rows == 20)


def test_c03_days_that_are_alike_know_less_than_as_many_rows(project: Project) -> None:
    # Misses 0 for 20 days, then 10 for 20: as rows alone 40 know the mean of 5 to
    # 2.02 · sqrt(25 · 40 / 39 / 40) = 1.6 each way; as days they are one step, and know nothing.
    steps = [(day, 10 if n >= 60 else 0 if n >= 40 else n % 2) for n, day in enumerate(days(80))]
    rows = [(day, 1, y) for day, y in steps]
    project.write("data/t.csv", csv_of("day,x,y", rows))
    text = (
        "sources: {t: {file: data/t.csv}}\n%sfeatures: [x]\nlabel: {name: y, whole: false}\n"
        "model: linear_regression\nholdout: newest 50%%\n"
    )
    project.define(text % "date: day\n", "t")
    project.works("fit", "t")
    found = project.works("evaluate", "--json").json["evidence"]["holdout"]
    low, high = found["intervals"]["mae"]

    assert low == 0
    assert high > 9
    assert "each day is much like the one before" in found["caution"]


ONE_WORD = """\
sources: {t: {file: data/t.csv}}
features: [oven]
label: {name: minutes, whole: false}
model: ridge
holdout: none
"""


def test_c14_words_are_no_numbers_to_standardise(project: Project) -> None:
    # Two 0/1 columns, 1 of 3 rows to 1; centred, the first is d = 1/4, 1/4, 1/4, -3/4 and the
    # second -d. With weights D/2 and -D/2 the ridge minimises sum (y - 2.5 - D d)^2 + D^2/2:
    # D = sum(d y) / (sum(d^2) + 1/2) = -7.5 / (0.75 + 0.5) = -6, so answers are 2.5 -/+ D d.
    project.write("data/t.csv", csv_of("oven,minutes", [("old", 0)] * 3 + [("new", 10)]))
    project.define(ONE_WORD, "t")
    project.works("fit", "t")

    answers = {
        oven: project.works("predict", "--oven", oven, "--json").json["predictions"][0]["value"]
        for oven in ("old", "new")
    }
    assert answers == pytest.approx({"old": 1.0, "new": 7.0}, abs=1e-9)


MIXED = """\
sources: {{t: {{file: data/t.csv}}}}
features: [km, place]
label: {label}
model: {model}
holdout: none
"""


@pytest.mark.parametrize("model", ["ridge", "logistic_regression"])
def test_c14_is_scikit_learns_own_with_words_left_alone(project: Project, model: str) -> None:
    rng = np.random.default_rng(14)
    km, place = (
        rng.normal(8, 3, 120).round(2),
        rng.choice(["a", "b", "c"], 120, p=[0.8, 0.15, 0.05]),
    )
    noise = rng.normal(size=120)
    minutes = (20 + 2 * km + 9 * (place == "c") + 4 * noise).round(2)
    late = np.where(minutes > 38, "yes", "no")
    project.write(
        "data/t.csv", csv_of("km,place,minutes,late", [*zip(km, place, minutes, late, strict=True)])
    )
    number = model == "ridge"
    project.define(MIXED.format(label="minutes" if number else "late", model=model), "t")
    project.works("fit", "t")
    project.write("asked.csv", csv_of("km,place", [*zip(km, place, strict=True)]))
    found = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    rows = np.column_stack([km, place]).astype(object)
    columns = make_column_transformer((StandardScaler(), [0]), (OneHotEncoder(), [1]))
    if number:
        theirs = make_pipeline(columns, Ridge()).fit(rows, minutes).predict(rows)
        ours = [one["value"] for one in found]
    else:
        plain = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(rows, late)
        theirs = plain.predict_proba(rows)[:, 1]
        ours = [one["probabilities"]["yes"] for one in found]
    assert ours == pytest.approx(theirs.tolist(), abs=1e-6)
