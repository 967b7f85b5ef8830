"""`mlcli tune`: what it chooses and says, beside a plain scikit-learn script with the same folds."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GridSearchCV,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from support import Project, csv_of, table_definition

from mlcli.verbs import tune

GRID = [1, 2, 3, 4]


def bent(rows: int, seed: int = 1) -> list[tuple[float, float]]:
    """Return guests and doughs: a parabola with noise."""
    draw = random.Random(seed)
    guests = [draw.uniform(0, 60) for _ in range(rows)]
    return [(g, round(0.05 * (g - 30) ** 2 + g + draw.gauss(0, 4), 3)) for g in guests]


def tables(project: Project, rows: list[tuple[Any, ...]], tune: str, **said: str) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", rows))
    project.define(table_definition(**said) + f"tune: {tune}\n", "nights")


def by_differences(results: dict[str, Any]) -> int:
    """Return what GridSearchCV should take: one standard error, on differences of folds."""
    folds = sum(key.endswith("_test_score") and key.startswith("split") for key in results)
    errors = -np.array([results[f"split{k}_test_score"] for k in range(folds)]).T
    apart = errors - errors[errors.mean(axis=1).argmin()]
    near = apart.mean(axis=1) <= apart.std(axis=1, ddof=1) / np.sqrt(folds)
    return int(np.argmax(near))


def nested(
    estimator: Any, grid: dict[str, list[Any]], x: np.ndarray, y: np.ndarray, kind: Any, **how: Any
) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Return errors of the grid (combinations, folds), of the tuned, and what was chosen."""
    folds = list(kind(n_splits=5, n_repeats=1, random_state=0).split(x, y))
    search = GridSearchCV(estimator, grid, cv=folds, refit=False, **how).fit(x, y)
    results = search.cv_results_
    errors = -np.array([results[f"split{k}_test_score"] for k in range(5)]).T
    tuned, chosen = [], []
    for train, test in folds:
        inner = list(kind(n_splits=5, n_repeats=1, random_state=0).split(x[train], y[train]))
        one = GridSearchCV(estimator, grid, cv=inner, refit=by_differences, **how)
        one.fit(x[train], y[train])
        tuned.append(-one.score(x[test], y[test]))
        chosen.append(one.best_params_)
    return errors, np.array(tuned), chosen


def test_a_grid_of_numbers_is_that_of_a_plain_script(project: Project) -> None:
    rows = bent(50)
    tables(project, rows, "{degree: 1 to 4}", model="polynomial_regression")
    x, y = np.array([[g] for g, _ in rows]), np.array([d for _, d in rows])
    powers = PolynomialFeatures(include_bias=False)
    plain = make_pipeline(StandardScaler(), powers, StandardScaler(), LinearRegression())
    how: dict[str, Any] = {"scoring": "neg_mean_absolute_error"}
    key = "polynomialfeatures__degree"

    errors, tuned, chosen = nested(plain, {key: GRID}, x, y, RepeatedKFold, **how)
    written = -cross_val_score(
        plain.set_params(**{key: 2}),
        x,
        y,
        cv=RepeatedKFold(n_splits=5, n_repeats=1, random_state=0),
        **how,
    )
    found = project.works("tune", "nights", "--json").json

    assert [one["values"] for one in found["grid"]] == [{"degree": d} for d in GRID]
    np.testing.assert_allclose([one["folds"] for one in found["grid"]], errors, rtol=1e-9)
    np.testing.assert_allclose(found["tuned"]["folds"], tuned, rtol=1e-9)
    np.testing.assert_allclose(found["as_written"]["folds"], written, rtol=1e-9)
    assert [one["degree"] for one in found["tuned"]["in_folds"]] == [one[key] for one in chosen]
    assert found["chosen"] == {"degree": 2}
    assert found["same"] is True  # 2 is what the model has if nothing is said


def test_a_grid_of_classes_is_that_of_a_plain_script(project: Project) -> None:
    draw = random.Random(2)
    rows = [(g, "busy" if g + draw.gauss(0, 15) > 30 else "calm") for g, _ in bent(80)]
    tables(project, rows, "{neighbours: [15, 5, 1]}", model="k_nearest")
    x, y = np.array([[g] for g, _ in rows]), np.array([word for _, word in rows])
    plain = make_pipeline(StandardScaler(), KNeighborsClassifier(algorithm="kd_tree"))
    key = "kneighborsclassifier__n_neighbors"

    errors, tuned, _ = nested(
        plain, {key: [15, 5, 1]}, x, y, RepeatedStratifiedKFold, scoring="accuracy"
    )
    found = project.works("tune", "nights", "--json").json

    # scikit-learn scores rights, and minus that is wrongs minus 1.
    np.testing.assert_allclose([one["folds"] for one in found["grid"]], errors + 1, atol=1e-9)
    np.testing.assert_allclose(found["tuned"]["folds"], tuned + 1, atol=1e-9)
    assert (found["metric"], found["unit"]) == ("wrong", "")


def test_the_sample_year_is_tuned_forward_in_time(
    pizzeria: Project, golden: Callable[[str, str], None]
) -> None:
    path = pizzeria.root / "configs" / "pizzeria.yaml"
    text = path.read_text(encoding="utf-8").replace("linear_regression ", "polynomial_regression ")
    pizzeria.define(text + "tune: {degree: 1 to 6}\n")

    shown = pizzeria.works("tune", "pizzeria")

    golden("screens/tune.txt", shown.out)
    assert shown.err == ""
    assert path.read_text(encoding="utf-8") == text + "tune: {degree: 1 to 6}\n"
    kept = pizzeria.works("evaluate", "--json").json
    assert kept["version"] == 2
    assert kept["metrics"]["mae"]["holdout"] < 1
    lines = (pizzeria.root / "models" / "runs.jsonl").read_text().splitlines()
    run = [found for line in lines if (found := json.loads(line))["run"] == "fit"][-1]
    assert run["tuned"]["chosen"] == {"degree": 6}

    (line,) = [line for line in shown.out.splitlines() if line.startswith("model: ")]
    pizzeria.define(
        text.replace("model: polynomial_regression ", line + " ") + "tune: {degree: 1 to 6}\n"
    )
    assert pizzeria.works("fit", "--json").json["fitted"][0]["new"] is False


def test_another_model_is_compared_whatever_is_tuned(project: Project) -> None:
    tables(project, bent(20), "{degree: 1 to 4}", model="polynomial_regression")

    project.works("compare", "nights", "--models", "linear_regression,polynomial_regression")


def test_classes_are_tuned_and_shown(project: Project, golden: Callable[[str, str], None]) -> None:
    draw = random.Random(2)
    rows = [(round(g, 1), "busy" if g + draw.gauss(0, 15) > 30 else "calm") for g, _ in bent(80)]
    tables(project, rows, "{max_depth: [1, 3, null], min_leaf: [10, 1]}", model="decision_tree")

    golden("screens/tune_classes.txt", project.works("tune", "nights", "--dry-run").out)
    assert not (project.root / "models").exists()


def test_a_value_that_cannot_be_learned_with_is_never_chosen(project: Project) -> None:
    tables(project, bent(20), "{neighbours: [18, 14, 3]}", model="k_nearest")

    found = project.works("tune", "nights", "--json").json

    assert found["grid"][0]["error"] is None
    assert "k_nearest looks at 18 neighbours" in found["grid"][0]["why"]
    assert found["chosen"]["neighbours"] != 18


@pytest.mark.parametrize("backend", ["sequential", pytest.param("loky", marks=pytest.mark.slow)])
def test_the_same_comes_of_parcels_for_several_processes(
    project: Project, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    tables(project, bent(20), "{degree: 1 to 2}", model="polynomial_regression")
    alone = project.works("tune", "nights", "--json", "--dry-run").json
    monkeypatch.setattr(tune.run, "__kwdefaults__", {"patience": 0.0})

    with parallel_config(backend=backend):
        assert project.works("tune", "nights", "--json", "--dry-run").json == alone


def test_few_rows_choose_nothing(project: Project, golden: Callable[[str, str], None]) -> None:
    tables(project, bent(5), "{degree: 1 to 4}", model="polynomial_regression")

    said = project.fails(6, "tune", "nights")

    assert said == (
        "refused: 5 rows are no evidence: 10 are needed to prefer one model\n"
        "hint: bring more rows, or write the value that you want\n"
        "nights: nothing was tuned\n"
    )
    assert not (project.root / "models").exists()


def test_so_few_rows_that_the_choice_cannot_be_judged(project: Project) -> None:
    tables(project, bent(11), "{degree: 2}", model="polynomial_regression")

    ended = project.works("tune", "nights")

    assert "how good tuning is: cannot tell, the rows of a fold are too few" in ended.out
    assert "configs/nights.yaml says so already" in ended.out


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("polynomial_regression", "add  tune: {degree: 1 to 8}"),
        ("linear_regression", "linear_regression has nothing to tune: "),
        ("Ridge", "add  tune: {alpha: "),
        ("ARDRegression", "add  tune: {alpha_1: [VALUE, VALUE]}; it has alpha_1"),
    ],
)
def test_without_the_key_it_says_what_could_stand_there(
    project: Project, model: str, hint: str
) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", bent(20)))
    project.define(table_definition(model=model), "nights")

    said = project.fails(2, "tune", "nights")

    assert said.startswith("error: configs/nights.yaml: it does not say what to tune\n")
    assert f"hint: {hint}" in said
    assert not (project.root / "models").exists()


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["nigths"], 2, "did you mean 'nights'?"),
        ([], 2, "Missing argument 'NAME'"),
        (["nights", "--degree", "3"], 2, "No such option"),
        (["data/none.yaml"], 2, "there is no definition"),
    ],
)
def test_a_command_that_is_asked_wrongly(
    project: Project, argv: list[str], code: int, words: str
) -> None:
    tables(project, bent(20), "{degree: 1 to 4}", model="polynomial_regression")

    assert words in project.fails(code, "tune", *argv)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(g, 5) for g in range(20)], "the label 'doughs' is 5 in all"),
        ([(g, "") for g in range(20)], "0 rows are no evidence"),
        ([(g, "many") for g in range(20)], "many"),
    ],
)
def test_data_that_nothing_can_be_learned_from(
    project: Project, rows: list[tuple[Any, ...]], words: str
) -> None:
    tables(project, rows, "{degree: 1 to 4}", model="polynomial_regression")

    ended = project.mlcli("tune", "nights")

    assert ended.code in {3, 6}
    assert ended.out == ""
    assert words in ended.err
    assert not (project.root / "models").exists()


def test_a_fit_leaves_the_key_alone(project: Project) -> None:
    tables(project, bent(20), "{degree: 1 to 4}", model="polynomial_regression")

    made = project.works("fit", "--json").json["fitted"][0]

    assert made["version"] == 1
    manifest = json.loads(
        Path(project.root / "models/nights/1/manifest.json").read_text(encoding="utf-8")
    )
    assert manifest["model"]["degree"] == 2


def test_what_is_not_shown_to_be_better_says_so_first_and_how_to_go_back(project: Project) -> None:
    # guests say nothing of doughs: a forest of 9 trees is as good as one of 5.
    rows = [(n % 7, n * 5 % 11) for n in range(60)]
    tables(project, rows, "{trees: [9, 8]}", model="{name: random_forest, trees: 5}")
    project.works("fit")

    shown = project.works("tune", "nights").out

    second = shown.splitlines()[1]
    assert second == "  the version with what was chosen answers now, not shown to be better"
    assert "next:  mlcli use nights@1  go back to nights@1" in " ".join(shown.split("\n"))


def test_a_catalogue_has_nothing_to_tune_or_compare(project: Project) -> None:
    project.write("data/t.csv", "name,kind\na,x\nb,y\nc,x\n")
    text = "sources: {t: {file: data/t.csv}}\nfeatures: [kind]\nlabel: name\n"
    project.define(f"{text}model: match\nrecommend: {{top: 2}}\n", "t")
    project.works("fit")

    tuned, compared = project.fails(2, "tune", "t"), project.fails(2, "compare", "t@1", "t")

    assert "hint: tune is for definitions that answer with a number or a class" in tuned
    assert "t@1 suggests things, and no row says which of them is right" in compared
