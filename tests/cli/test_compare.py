"""mlcli compare: screens, JSON, figures against scikit-learn and scipy, and what it refuses."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats
from scipy.fft import dct
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from support import PIZZERIA, Ended, Project, csv_of, fit_all, table_definition


def line() -> object:
    return make_pipeline(StandardScaler(), LinearRegression(tol=1e-12))


def curve(degree: int = 2) -> object:
    powers = PolynomialFeatures(degree, include_bias=False)
    return make_pipeline(StandardScaler(), powers, StandardScaler(), LinearRegression(tol=1e-12))


def nights(count: int, *, seed: int = 1, label: Callable[[int, float], float] | None = None) -> str:
    """Return a table of nights: guests, staff, and doughs that follow guests."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        guests, staff, noise = draw.randrange(60), draw.randrange(5), draw.gauss(0, 8)
        made = label(guests, noise) if label else 20 + guests + noise
        rows.append((guests, staff, f"{made:.3f}0"))  # three digits could be a group
    return csv_of("guests,staff,doughs", rows)


@pytest.fixture
def both(project: Project) -> Project:
    """The sample exports with two definitions, nothing fitted."""
    for name in ("orders.csv", "reservations.csv"):
        project.write(f"data/{name}", (ROOT / "data" / name).read_bytes())
    text = (ROOT / "configs/pizzeria.yaml").read_text(encoding="utf-8")
    project.define(text)
    project.define(
        text.replace("model: linear_regression ", "model: polynomial_regression "), "curve"
    )
    return project


@pytest.fixture
def table(project: Project) -> Project:
    """A plain table of 120 nights, and a line over it."""
    project.write("data/nights.csv", nights(120))
    project.define(table_definition("[guests, staff]", holdout="random 20%"), "line")
    return project


def sample_year() -> pd.DataFrame:
    """Return the sample year by plain pandas: day, x and y."""
    booked = pd.read_csv(ROOT / "data/reservations.csv", parse_dates=["datetime"])
    till = pd.read_csv(ROOT / "data/orders.csv", parse_dates=["ordered_at"])
    x = booked.groupby(booked["datetime"].dt.floor("D")).size()
    pizzas = till[till["item_name"] == "pizza"]
    y = pizzas.groupby(pizzas["ordered_at"].dt.floor("D"))["quantity"].sum()
    found = pd.DataFrame({"x": x, "y": y}).dropna()
    return found[~found.index.day_name().isin(["Friday", "Saturday"])]


def fold_errors(
    model: Callable[[], object], x: np.ndarray, y: np.ndarray, folds: list
) -> np.ndarray:
    return np.array([np.abs(model().fit(x[i], y[i]).predict(x[j]) - y[j]).mean() for i, j in folds])


def jackknife(without: np.ndarray, mean: float) -> tuple[float, float, float, float]:
    """Return mean, interval and p from what the mean is without each part, by scipy."""
    k = len(without)
    error = np.sqrt((k - 1) / k * np.square(without - without.mean()).sum())
    t = stats.t(k - 1)
    half = t.ppf(0.975) * error
    return mean, mean - half, mean + half, 2 * t.sf(abs(mean / error))


def cosines(d: np.ndarray, terms: int) -> tuple[float, float]:
    """Return the mean of days in order, and its error by SciPy's cosine transform."""
    return d.mean(), np.sqrt(np.mean(dct(d, norm="ortho")[1 : terms + 1] ** 2) / len(d))


def one(found: Ended) -> dict:
    [pair] = found.json["pairs"]
    return pair


# Screens


def test_the_screen_of_two_definitions(both: Project, golden: Callable[[str, str], None]) -> None:
    golden("screens/compare.txt", both.works("compare", "pizzeria", "curve").out)


def test_the_screen_of_models_of_one_definition(
    both: Project, golden: Callable[[str, str], None]
) -> None:
    models = "linear_regression,ridge,polynomial_regression:degree=3,log_regression"
    golden("screens/compare_models.txt", both.works("compare", "pizzeria", "--models", models).out)


def test_the_screen_of_stored_versions(both: Project, golden: Callable[[str, str], None]) -> None:
    versions(both)

    golden("screens/compare_versions.txt", both.works("compare", "pizzeria@1", "pizzeria@2").out)


def test_the_screen_of_five_rows(eleven_days: Project, golden: Callable[[str, str], None]) -> None:
    models = "linear_regression,polynomial_regression:degree=3,polynomial_regression:degree=4"
    golden("screens/compare_five.txt", eleven_days.works("compare", "--models", models).out)


def test_the_screen_of_classes(project: Project, golden: Callable[[str, str], None]) -> None:
    rides(project)
    models = "logistic_regression,decision_tree,LinearSVC"

    golden("screens/compare_classes.txt", project.works("compare", "--models", models).out)


def test_the_screen_of_two_seeds_of_a_forest(
    table: Project, golden: Callable[[str, str], None]
) -> None:
    forests(table)

    golden("screens/compare_seeds.txt", table.works("compare", "forest", "other").out)


def rides(project: Project) -> None:
    draw = random.Random(2)
    rows = []
    for _ in range(200):
        far, weather = draw.randrange(60), draw.choice(["sun", "rain"])
        late = far + 20 * (weather == "rain") + draw.gauss(0, 15) > 45
        rows.append((far, weather, "late" if late else "on time"))
    project.write("data/rides.csv", csv_of("distance,weather,arrives", rows))
    project.define(
        "sources: {rides: {file: data/rides.csv}}\nfeatures: [distance, weather]\n"
        "label: arrives\nmodel: logistic_regression\n",
        "rides",
    )


def forests(project: Project) -> None:
    text = table_definition(
        "[guests, staff]", model="{name: random_forest, trees: 8}", holdout="random 20%"
    )
    project.define(f"{text}seed: 1\n", "forest")
    project.define(f"{text}seed: 2\n", "other")


def versions(project: Project) -> None:
    """Fit the pizzeria as a line, then as a curve."""
    project.works("fit", "pizzeria")
    text = (project.root / "configs/curve.yaml").read_text(encoding="utf-8")
    project.define(text)
    project.works("fit", "pizzeria")


# What must be shown


def test_the_curve_is_better_than_the_line_on_the_sample_year(both: Project) -> None:
    ended = both.works("compare", "pizzeria", "curve", "--json")

    pair = one(ended)
    assert (pair["best"], pair["verdict"], pair["agree"]) == ("curve", "better", True)
    assert pair["cv"]["low"] > 0
    assert pair["holdout"]["low"] > 0
    assert ended.json["best"] == "curve"


def test_two_seeds_of_a_forest_cannot_be_told_apart(table: Project) -> None:
    forests(table)

    ended = table.works("compare", "forest", "other", "--json")

    pair = one(ended)
    assert pair["verdict"] == "unknown"
    assert pair["cv"]["low"] < 0 < pair["cv"]["high"]
    assert ended.json["words"][0].startswith("cannot tell ")


def test_five_rows_prefer_nothing_although_a_curve_misses_by_far_less(eleven_days: Project) -> None:
    models = ["linear_regression", *(f"polynomial_regression:degree={d}" for d in (2, 3, 4))]

    found = eleven_days.works("compare", "--models", ",".join(models), "--json").json

    x = np.array([[12.0], [20], [18], [30], [24]])
    y = np.array([36.0, 72, 68, 82, 75])
    folds = list(LeaveOneOut().split(x))
    expected = [fold_errors(line, x, y, folds).mean()] + [
        fold_errors(lambda d=d: curve(d), x, y, folds).mean() for d in (2, 3, 4)
    ]
    errors = [m["metrics"]["mae"]["cv"]["mean"] for m in found["models"]]
    assert [m["name"] for m in found["models"]] == models  # not in the order of their errors
    assert errors == pytest.approx(expected, rel=1e-9)
    assert round(errors[0], 2) == 13.28
    assert min(errors) < 0.5 * errors[0]  # what a choice by leave-one-out would fall for
    assert found["best"] is None
    assert {pair["verdict"] for pair in found["pairs"]} == {"few"}
    assert found["words"] == [
        "5 rows are no evidence: at least 10 are needed to say which model is better"
    ]


# The figures are those of plain scripts


def test_figures_in_time_order_are_those_of_scikit_learn_and_scipy(both: Project) -> None:
    found = both.works("compare", "pizzeria", "curve", "--json").json

    year = sample_year()
    held = int(np.ceil(0.2 * len(year)))
    x, y = year[["x"]].to_numpy(float), year["y"].to_numpy(float)
    train_x, train_y, test_x, test_y = x[:-held], y[:-held], x[-held:], y[-held:]
    folds = list(TimeSeriesSplit(n_splits=7, gap=1).split(train_x))
    errors = [fold_errors(m, train_x, train_y, folds) for m in (curve, line)]
    models = found["models"]
    for model, expected in zip(models, errors, strict=True):
        cv = model["metrics"]["mae"]["cv"]
        assert cv["folds"] == pytest.approx(list(expected), rel=1e-9)
        assert (cv["mean"], cv["sd"]) == pytest.approx((expected.mean(), expected.std(ddof=1)))

    # Without a part: without what only is learned from at first, and each of the seven tests.
    parts = [np.arange(folds[0][1][0]), *(test for _, test in folds)]
    without = []
    for at, part in enumerate(parts):
        kept = [(np.setdiff1d(i, part), j) for i, j in folds]
        kept = [fold for place, fold in enumerate(kept, start=1) if place != at and len(fold[0])]
        a, b = (fold_errors(m, train_x, train_y, kept).mean() for m in (curve, line))
        without.append(b - a)
    mean, low, high, p = jackknife(np.array(without), (errors[1] - errors[0]).mean())
    cv = found["pairs"][0]["cv"]
    assert (cv["mean"], cv["low"], cv["high"]) == pytest.approx((mean, low, high), rel=1e-9)
    assert cv["p"] == pytest.approx(p, rel=1e-6)
    assert (cv["count"], cv["adjusted"]) == (8, cv["p"])

    off = [
        np.abs(np.floor(m().fit(train_x, train_y).predict(test_x) + 0.5) - test_y)
        for m in (curve, line)
    ]
    assert [m["metrics"]["mae"]["holdout"] for m in models] == pytest.approx(
        [o.mean() for o in off]
    )
    mean, error = cosines(off[1] - off[0], 5)  # floor(.4 · 52^(2/3)) of 52 days
    t = stats.t(5)
    holdout = found["pairs"][0]["holdout"]
    assert (holdout["mean"], holdout["low"], holdout["high"]) == pytest.approx(
        (mean, mean - t.ppf(0.975) * error, mean + t.ppf(0.975) * error), rel=1e-9
    )
    assert holdout["p"] == pytest.approx(2 * t.sf(mean / error), rel=1e-6)
    assert holdout["count"] == held
    assert found["baseline"]["metrics"]["mae"]["holdout"] == pytest.approx(
        np.abs(np.floor(train_y.mean() + 0.5) - test_y).mean(), rel=1e-9
    )


def test_figures_of_folds_at_random_are_those_of_scikit_learn_and_scipy(project: Project) -> None:
    text = nights(60, label=lambda guests, noise: 20 + guests + 0.02 * guests**2 + noise)
    project.write("data/nights.csv", text)
    project.define(table_definition("[guests, staff]") + "seed: 7\n", "line")

    found = project.works(
        "compare", "line", "--models", "linear_regression,polynomial_regression", "--json"
    ).json

    rows = pd.read_csv(project.root / "data/nights.csv")
    x, y = rows[["guests", "staff"]].to_numpy(float), rows["doughs"].to_numpy(float)
    order = [*range(60)]
    random.Random(7).shuffle(order)
    part = np.empty(60, dtype=int)
    part[order] = np.arange(60) % 10
    pair = found["pairs"][0]
    models = {"linear_regression": line, "polynomial_regression": curve}
    table = np.full((10, 10), np.nan)  # of each part, where another is left out too
    for i, j in ((i, j) for i in range(10) for j in range(10) if i != j):
        fold = [(np.flatnonzero((part != i) & (part != j)), np.flatnonzero(part == i))]
        a, b = (fold_errors(models[pair[side]], x, y, fold)[0] for side in ("other", "best"))
        table[i, j] = a - b
    expected = jackknife(np.nanmean(table, axis=0), np.nanmean(table))
    assert (pair["cv"]["mean"], pair["cv"]["low"], pair["cv"]["high"]) == pytest.approx(
        expected[:3], rel=1e-9
    )
    assert pair["cv"]["count"] == 10
    assert found["folds"] == "10 folds, two left out at a time"
    assert pair["holdout"] is None
    assert found["rows"] == {"used": 60, "train": 60, "holdout": 0}


def test_definitions_and_models_of_one_are_compared_alike(both: Project) -> None:
    definitions = one(both.works("compare", "pizzeria", "curve", "--json"))
    models = one(
        both.works(
            "compare", "pizzeria", "--models", "linear_regression,polynomial_regression", "--json"
        )
    )

    assert definitions["cv"] == models["cv"]
    assert definitions["holdout"] == models["holdout"]
    assert (models["best"], models["other"]) == ("polynomial_regression", "linear_regression")


def test_versions_are_compared_by_what_they_answered(both: Project) -> None:
    learned = one(both.works("compare", "pizzeria", "curve", "--json"))
    versions(both)

    for names in (["pizzeria@1", "pizzeria@2"], ["pizzeria@1", "pizzeria"]):
        found = both.works("compare", *names, "--json").json
        pair = found["pairs"][0]
        assert (pair["best"], pair["other"]) == ("pizzeria@2", "pizzeria@1")
        assert pair["holdout"] == learned["holdout"]
        assert pair["cv"] is None
        assert found["rests_on"] == "holdout"
        assert found["rows"] == {"used": 52, "train": None, "holdout": 52}


def test_c02_rows_of_a_group_count_once_among_versions_too(project: Project) -> None:
    rows = [(i % 7, i % 5 + 3 * (i % 7), f"{2 * (i % 5) + (i % 7) ** 2 + 0.5}") for i in range(70)]
    project.write("data/nights.csv", csv_of("guests,staff,doughs", rows))
    for feature in ("guests", "staff"):
        project.define(table_definition(f"[{feature}]", holdout="random 80%") + "group: guests\n")
        project.works("fit")

    versions = one(project.works("compare", "pizzeria@1", "pizzeria@2", "--json"))

    assert versions["holdout"]["count"] == 6  # of 7 groups, 6 hold 80 % of the rows
    for kept in (project.root / "models/pizzeria").rglob("holdout.json"):
        rows = json.loads(kept.read_text(encoding="utf-8"))
        assert {type(row["group"]) for row in rows} == {str}


def test_figures_of_the_hold_out_are_those_of_evaluate(both: Project) -> None:
    both.works("fit", "pizzeria")
    judged = both.works("evaluate", "--json").json["metrics"]["mae"]

    found = both.works("compare", "pizzeria", "curve", "--json").json

    figures = {m["name"]: m["metrics"]["mae"]["holdout"] for m in found["models"]}
    assert figures["pizzeria"] == pytest.approx(judged["holdout"])
    assert found["baseline"]["metrics"]["mae"]["holdout"] == pytest.approx(judged["mean_baseline"])


def test_hyperparameters_and_class_names_are_models_too(table: Project) -> None:
    models = "ridge:penalty=0.5,HuberRegressor:epsilon=1.5:max_iter=200,k_nearest:neighbours=3"

    found = table.works("compare", "line", "--models", models, "--json").json

    assert {m["name"]: m["model"] for m in found["models"]} == {
        "ridge:penalty=0.5": "ridge",
        "HuberRegressor:epsilon=1.5:max_iter=200": "HuberRegressor",
        "k_nearest:neighbours=3": "k_nearest",
    }


def test_a_comma_in_a_list_is_part_of_its_value(table: Project) -> None:
    models = "ridge,MLPRegressor:hidden_layer_sizes=[4, 3]:max_iter=5000:solver=lbfgs"

    found = table.works("compare", "line", "--models", models, "--json").json

    assert len(found["models"]) == 2


def test_other_features_are_compared_on_rows_that_both_can_use(project: Project) -> None:
    text = nights(60).replace("\n", ",\n").replace("doughs,", "doughs,terrace", 1)
    lines = text.splitlines()
    # the terrace is known for all nights but the first ten
    known = [f"{row}{i % 4}" if i > 10 else row for i, row in enumerate(lines)]
    project.write("data/nights.csv", "\n".join([lines[0], *known[1:]]) + "\n")
    project.define(table_definition("[guests]"), "plain")
    project.define(table_definition("[guests, terrace]"), "more")

    ended = project.works("compare", "plain", "more", "--json")

    assert ended.json["rows"]["used"] == 50
    assert ended.json["left_out"] == {"plain": 10, "more": 0}
    shown = project.works("compare", "plain", "more").out
    assert "left out: 10 rows of plain that not all of them have" in shown


def test_two_names_of_one_thing_are_off_by_the_same(table: Project) -> None:
    table.define((table.root / "configs/line.yaml").read_text(), "twin")

    ended = table.works("compare", "line", "twin", "--json")

    assert one(ended)["verdict"] == "alike"
    assert ended.json["words"] == [
        "cannot tell line and twin apart: they are off by the same in every fold"
    ]


def test_where_nothing_is_learned_it_is_said(project: Project) -> None:
    project.write("data/nights.csv", nights(60, label=lambda _, noise: 100 + noise))
    project.define(table_definition("[guests, staff]"), "line")

    found = project.works("compare", "--models", "k_nearest:neighbours=1,decision_tree", "--json")

    assert found.json["words"][-1] == "none of them is any better than always answering the mean"


# Looks at the hold-out


def test_each_look_at_a_hold_out_is_a_line_and_five_settings_are_said(both: Project) -> None:
    commands = (
        ("compare", "pizzeria", "curve"),
        ("fit", "pizzeria"),
        ("evaluate", "-m", "pizzeria"),
        ("fit", "curve"),
        ("compare", "pizzeria@1", "curve@1"),
        ("compare", "pizzeria", "--models", "ridge,k_nearest:neighbours=3"),
        ("compare", "pizzeria", "--models", "ridge,decision_tree"),
        ("evaluate", "-m", "curve"),
    )

    seen = ["judged on this hold-out" in both.works(*argv).out for argv in commands]

    # two, and no more by fitting them, looking again and comparing them; then four, then five
    assert seen == [False] * 6 + [True] * 2
    assert "5 different settings were judged on this hold-out: choosing" in " ".join(
        both.works("evaluate", "-m", "curve").out.split()
    )
    lines = [json.loads(row) for row in (both.root / "models/runs.jsonl").read_text().splitlines()]
    assert [row["run"] for row in lines] == [
        *("compare", "fit", "evaluate", "fit", "compare", "compare", "compare"),
        *("evaluate", "evaluate"),
    ]
    assert len({tuple(row["holdouts"]) for row in lines}) == 1
    assert lines[0]["compared"] == ["curve", "pizzeria"]
    assert both.works("compare", "pizzeria@1", "curve@1", "--json").json["looks"] == 5


def test_another_hold_out_has_looks_of_its_own(both: Project) -> None:
    both.works("compare", "pizzeria", "curve")
    for name in ("pizzeria", "curve"):
        text = (both.root / f"configs/{name}.yaml").read_text()
        both.define(text.replace("holdout: newest 20% ", "holdout: newest 30% "), name)

    assert both.works("compare", "pizzeria", "curve", "--json").json["looks"] == 2


def test_compare_writes_nothing_but_its_line(both: Project) -> None:
    def files() -> dict[str, bytes]:
        return {
            path.relative_to(both.root).as_posix(): path.read_bytes()
            for path in both.root.rglob("*")
            if path.is_file()
        }

    before = files()
    both.works("compare", "pizzeria", "curve")

    after = files()
    assert set(after) - set(before) == {"models/runs.jsonl"}
    assert {name: after[name] for name in before} == before


def test_where_nothing_is_held_out_nothing_is_written(eleven_days: Project) -> None:
    eleven_days.works("compare", "--models", "linear_regression,ridge")

    assert not (eleven_days.root / "models").exists()


def test_a_history_that_cannot_be_written_is_said_and_stops_nothing(both: Project) -> None:
    both.works("fit", "pizzeria")
    runs = both.root / "models/runs.jsonl"
    runs.unlink()
    runs.mkdir()

    compared = both.works("compare", "pizzeria", "curve")
    evaluated = both.works("evaluate")

    assert compared.err.startswith("note: this look at the hold-out was not counted: ")
    assert "this look at the hold-out was not counted" in " ".join(evaluated.out.split())


# Mistakes


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        ([], "it takes two to compare", "name definitions, NAME@3 for stored versions"),
        (["line"], "it takes two to compare, and line stands alone", "configs/ has line, rides"),
        (["line", "line"], "the definition 'line' is named twice", "take one away"),
        (["line", "configs/line.yaml"], "'configs/line.yaml' is named twice", "take one away"),
        (["line", "lime"], "there is no definition 'lime' in configs/", "did you mean 'line'?"),
        (["line", "a/b.yaml"], "there is no definition a/b.yaml", ""),
        (["line", "rides"], "line answers doughs, and rides answers arrives", "the same label"),
        (["--models", "ridge,lasso"], "there are several definitions", "name one of them"),
        (["line", "--models", "ridge"], "--models names ridge alone", "ridge,linear_regression"),
        (["line", "--models", ""], "a comma of --models has no model beside it", "--models lin"),
        (["line", "--models", "ridge,"], "a comma of --models has no model", "--models lin"),
        (["line", "--models", "ridge,ridge"], "the model 'ridge' is named twice", "take one"),
        (["line", "--models", "ridge,rigde"], "--models rigde: unknown model", "mean 'ridge'?"),
        (
            ["line", "--models", "ridge,ridge:penalti=3"],
            "ridge has no hyperparameter 'penalti'",
            "did you mean 'penalty'?",
        ),
        (
            ["line", "--models", "ridge,ridge:penalty=-1"],
            "'penalty' must be 0 or more, not -1",
            "0 or more",
        ),
        (
            ["line", "--models", "ridge,HuberRegressor:epsilon=0.5"],
            "'epsilon' must be",
            "documentation",
        ),
        (["line", "--models", "ridge,ridge:penalty"], "is no hyperparameter with its", "degree=3"),
        (["line", "--models", "ridge,ridge:=3"], "is no hyperparameter with its value", "degree"),
        (["line", "--models", "ridge,ridge:penalty=[1"], "--models ridge:penalty=[1: ", ""),
        (
            ["line", "--models", "ridge,ridge:penalty=1:penalty=2"],
            "'penalty' stands here twice",
            "take one away",
        ),
        (["line", "--models", "ridge,ridge:name=x"], "'name' stands here twice", "take one away"),
        (["line", "--models", "ridge,:penalty=1"], "unknown model ''", ""),
        (["line", "--models", "ridge,match"], "--models match: ", "recommend"),
        (["line", "rides", "--models", "ridge,lasso"], "of one definition, and 2 are", "name one"),
        (["line@1", "--models", "ridge,lasso"], "a version has learned already", "versions alone"),
        (["line@1", "line@x"], "'line@x' names no version", "line@3  for the third"),
        (["line@1", "line@"], "'line@' names no version", "line@3  for the third"),
        (["line@1", "line@0"], "'line@0' names no version", "line@3"),
        (["line@1", "@1"], "'' cannot be the name of a model", ""),
        (["line@1", "LINE@1"], "'LINE' cannot be the name of a model", "did you mean 'line'?"),
        (["line@1"], "it takes two to compare, and line@1 stands alone", "name another version"),
        (["line@1", "line"], "line@1 is named twice", "take one away"),
        (["line@1", "rides@1"], "line@1 answers doughs, and rides@1 answers arrives", "the same"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_asked_wrongly(mixed: Project, argv: list[str], message: str, hint: str) -> None:
    said = mixed.fails(2, "compare", *argv)

    assert message in said
    assert hint in said
    assert "Usage" not in said


@pytest.fixture(scope="session")
def fitted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line and a class, both defined and fitted."""
    root = tmp_path_factory.mktemp("mixed")
    made = Project(root, None)
    made.write("data/nights.csv", nights(120))
    made.define(table_definition("[guests, staff]", holdout="random 20%"), "line")
    rides(made)
    fit_all(root)
    return root


@pytest.fixture
def mixed(fitted_once: Path, project: Project) -> Project:
    """The same, in a folder of the test's own."""
    shutil.copytree(fitted_once, project.root, dirs_exist_ok=True)
    return project


def test_versions_that_are_not_there_or_damaged(mixed: Project) -> None:
    said = mixed.fails(4, "compare", "line@1", "line@7")
    assert "there is no line@7" in said
    assert "hint: there is line@1" in said
    assert "did you mean 'line'?" in mixed.fails(4, "compare", "line@1", "lin@1")
    assert "there is no model 'nope'" in mixed.fails(4, "compare", "line@1", "nope")

    manifest = mixed.root / "models/rides/1/manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1'))
    said = mixed.fails(4, "compare", "line@1", "rides@1")
    assert "models/rides/1/manifest.json: the model is damaged: its digest differs" in said

    kept = mixed.root / "models/line/1/holdout.json"
    kept.write_text("[]")
    mixed.define((mixed.root / "configs/line.yaml").read_text() + "seed: 3\n", "line")
    mixed.works("fit", "line")
    assert "models/line/1/holdout.json" in mixed.fails(4, "compare", "line@1", "line@2")


def test_no_model_at_all(table: Project) -> None:
    assert "hint: fit it first:  mlcli fit line" in table.fails(4, "compare", "line@1", "line@2")


def test_a_fitted_model_without_a_definition_is_compared_by_version(mixed: Project) -> None:
    (mixed.root / "configs/rides.yaml").unlink()

    said = mixed.fails(2, "compare", "line", "rides")

    assert "no definition 'rides' in configs/, only a fitted model" in said
    assert "compare stored versions, such as rides@1" in said


def test_a_name_whose_definition_was_changed_since_is_said(mixed: Project) -> None:
    changed = (mixed.root / "configs/line.yaml").read_text() + "seed: 3\n"
    hint = "to compare it as it is now:  mlcli fit line"
    mixed.define(changed, "line")

    twice = mixed.fails(2, "compare", "line", "line@1")
    mixed.works("fit", "line")
    same = mixed.works("compare", "line", "line@1")
    mixed.define("label: [", "line")
    other = mixed.works("compare", "line", "line@1")

    assert "line@1 is named twice" in twice
    assert f"hint: configs/line.yaml is not what line@1 has learned by; {hint}" in twice
    assert "warning" not in same.err
    assert other.err == (
        f"warning: configs/line.yaml: is not what line@2 has learned by\nhint: {hint}\n"
    )


def test_versions_that_share_no_held_out_row(mixed: Project) -> None:
    mixed.write("data/nights.csv", nights(300, seed=9))
    text = (mixed.root / "configs/line.yaml").read_text()
    mixed.define(text.replace("data/nights.csv", "data/later.csv"), "line")
    mixed.write("data/later.csv", nights(120, seed=4))
    mixed.works("fit", "line")

    said = mixed.fails(3, "compare", "line@1", "line@2")

    assert "no row was held out from all of them: line@1 held out 24 rows, data/nights.csv:" in said
    assert "hint: fit them again on the same exports with the same  holdout:" in said


def test_versions_whose_rows_have_other_labels(mixed: Project) -> None:
    mixed.write("data/nights.csv", nights(120, seed=9))
    mixed.works("fit", "line")

    said = mixed.fails(3, "compare", "line@1", "line@2")

    assert "24 rows held out from both have another label: data/nights.csv:" in said
    assert "the exports have changed since" in said


def test_versions_that_held_nothing_out(mixed: Project) -> None:
    mixed.define(table_definition("[guests, staff]"), "line")
    mixed.works("fit", "line")

    said = mixed.fails(3, "compare", "line@1", "line@2")

    assert "nothing was held out when line@2 was fitted" in said
    assert "mlcli fit line" in said


def test_a_number_and_a_class_of_one_label(project: Project) -> None:
    draw = random.Random(3)
    rows = [(g := draw.randrange(30), g % 3 + 1) for _ in range(60)]
    project.write("data/nights.csv", csv_of("guests,ovens", rows))
    project.define(table_definition("[guests]", "ovens", holdout="random 20%"), "amount")
    project.define(
        table_definition("[guests]", "ovens", "logistic_regression", "random 20%"), "class"
    )

    said = project.fails(2, "compare", "amount", "class")
    project.works("fit")
    stored = project.fails(2, "compare", "amount@1", "class@1")

    assert "amount answers with a number, and class with a class" in said
    assert "amount@1 answers with a number, and class@1 with a class" in stored


def test_a_catalogue_has_no_truth_to_compare_by(gamedrop: Project) -> None:
    text = (gamedrop.root / "configs/gamedrop.yaml").read_text(encoding="utf-8")
    gamedrop.define(text, "twin")

    for argv in (
        ["gamedrop", "twin"],
        ["gamedrop", "--models", "match,complement_naive_bayes"],
        ["gamedrop@1", "gamedrop"],
    ):
        words = gamedrop.fails(2, "compare", *argv)
        assert "named twice" in words or "no row says which of them is right" in words


def test_definitions_without_a_common_row(project: Project) -> None:
    for name, month in (("may", 5), ("june", 6)):
        rows = [(f"2024-{month:02}-{d:02}", d, d + 3) for d in range(1, 29)]
        project.write(f"data/{name}.csv", csv_of("day,guests,doughs", rows))
        project.define(
            table_definition().replace("data/nights.csv", f"data/{name}.csv") + "date: day\n", name
        )

    said = project.fails(3, "compare", "may", "june")

    assert "these definitions have no row in common" in said
    assert "may has 28 days, 2024-05-01 to 2024-05-28; june has 28 days" in said


def test_definitions_that_make_the_label_otherwise(both: Project) -> None:
    text = (both.root / "configs/curve.yaml").read_text()
    both.define(
        text.replace("keep: {item_name: pizza}", "keep: {item_name: [pizza, lasagne]}"), "curve"
    )

    said = both.fails(3, "compare", "pizzeria", "curve")

    assert " has the label " in said
    assert "they do not answer the same question" in said
    assert not (both.root / "models").exists()


def test_rows_that_cannot_be_told_to_be_the_same(table: Project) -> None:
    table.write("data/later.csv", nights(120, seed=4))
    text = (table.root / "configs/line.yaml").read_text()
    table.define(text.replace("data/nights.csv", "data/later.csv"), "later")

    said = table.fails(3, "compare", "line", "later")

    assert "which rows of line and later are the same cannot be told" in said
    assert "hint: name the column that dates or names a row" in said


def test_a_model_that_cannot_learn_names_itself(table: Project) -> None:
    said = table.fails(3, "compare", "line", "--models", "ridge,k_nearest:neighbours=119")

    assert "k_nearest looks at 119 neighbours" in said
    assert "k_nearest:neighbours=119 cannot be compared with the others" in said


def test_a_fault_of_an_export_is_said_as_everywhere(table: Project) -> None:
    table.write("data/nights.csv", "guests,staff,doughs\n1,2,three\n")

    said = table.fails(3, "compare", "line", "--models", "ridge,linear_regression")

    assert "data/nights.csv:2" in said
    assert "ridge: nothing was compared" in said


def test_too_many_at_once(table: Project) -> None:
    models = ",".join(f"ridge:penalty={n}" for n in range(21))

    said = table.fails(2, "compare", "line", "--models", models)

    assert "21 are named, and at most 20 are compared at once" in said


def test_a_definition_that_is_wrong_is_said_with_its_place(table: Project) -> None:
    table.define(table_definition("[guests]", model="lineer_regression"), "other")

    said = table.fails(2, "compare", "line", "other")

    assert "configs/other.yaml:6:8: unknown model 'lineer_regression'" in said


def test_five_rows_of_the_talk_are_a_definition_each_too(eleven_days: Project) -> None:
    eleven_days.define(
        PIZZERIA.replace(
            "model: linear_regression", "model: {name: polynomial_regression, degree: 4}"
        ),
        "degree4",
    )

    found = eleven_days.works("compare", "pizzeria", "degree4", "--json").json

    assert found["few"] == "5 rows are no evidence: 10 are needed to prefer one model"
    assert one(eleven_days.works("compare", "pizzeria", "degree4", "--json"))["verdict"] == "few"


def test_rows_that_stand_twice_are_said_first(project: Project) -> None:
    """Every row twice: a held-out row stands in training too unless both were drawn."""
    draw = random.Random(0)
    rows = [(round(draw.gauss(0, 1), 3), round(draw.gauss(50, 9), 1)) for _ in range(40)] * 2
    project.write("data/t.csv", csv_of("x,y", rows))
    text = "sources: {t: {file: data/t.csv}}\nfeatures: [x]\nlabel: y\nmodel: decision_tree\n"
    project.define(text + "tune: {min_leaf: [20, 5, 1]}\n", "t")

    found = project.works("compare", "t", "--models", "linear_regression,ridge", "--json").json
    tuned = project.works("tune", "t").out

    assert found["words"][0].startswith("alarm duplicates: ")
    assert tuned.index("alarm duplicates: ") < tuned.index("chosen")
    project.define(text + "acknowledge: [duplicates]\n", "t")
    again = project.works("compare", "t", "--models", "linear_regression,ridge", "--json").json
    assert not again["words"][0].startswith("alarm")


def test_rows_of_one_day_are_compared_where_it_is_sure_which_is_which(project: Project) -> None:
    # 4 of the 12 days held out have two rows; the second of each lacks x, so that the first
    # definition keeps 12 rows and the one that fills x 16: 8 rows are surely the same in both.
    days = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(48)]
    rows = [(day, n % 5, n % 5 + n % 3, n % 2) for n, day in enumerate(days)]
    rows += [(day, "", 9, 1) for day in days[-12::3]]
    project.write("data/nights.csv", csv_of("day,x,y,z", rows))
    told = table_definition("[x, z]", label="y", holdout="from 2024-02-09")
    project.define(told + "date: day\n", "t")
    project.works("fit")
    project.define(told + "date: day\nrules: [{fill_missing: {x: 0}}]\n", "t")
    project.works("fit")

    shown = " ".join(project.works("compare", "t@1", "t@2").out.split())
    more = [(day, x, y + 1, z) for day, x, y, z in rows]
    project.write("data/nights.csv", csv_of("day,x,y,z", more))
    project.works("fit")
    changed = project.fails(3, "compare", "t@2", "t@3")

    assert "8 rows that were held out from all of them" in shown
    assert "left out: 8 rows of t@2 that not all of them have, or that day does not tell" in shown
    assert "the exports have changed since" in changed


def test_versions_that_miss_by_the_same_have_none_ahead_to_use(table: Project) -> None:
    table.works("fit", "line")
    again = (table.root / "configs/line.yaml").read_text() + "acknowledge: [rising guests]\n"
    table.define(again, "line")
    table.works("fit", "line")

    shown = " ".join(table.works("compare", "line@1", "line@2").out.split())

    assert "they are off by the same in every held-out row" in shown
    assert "mlcli use" not in shown
