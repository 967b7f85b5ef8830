"""Models that answer with a class, through every command, beside a plain scikit-learn script.

Two tables: whether a gift should be recommended (a number, a category, tags), and how a
night will be (a number, an ordinal, a category; three classes). The script beside them
encodes with scikit-learn's own encoders and scores with its own metrics.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sealing import forge
from support import Project, csv_of, table_definition

from mlcli.definition.sklearn_classes import CLASSIFIERS
from mlcli.grammar import phrases
from mlcli.learning import splits

Row = dict[str, Any]

# scikit-learn's words for what its classifiers find odd in small tables, or in my script.
pytestmark = [
    pytest.mark.usefixtures("unvalidated"),
    pytest.mark.filterwarnings("ignore:unknown class"),
    pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true"),
]

PLAYS = ["Action", "Beat 'em up", "Puzzle", "Run, jump", "Sports"]


def gifts(rows: int, seed: int = 3) -> list[Row]:
    """Return gifts; cheap puzzles from the town are recommended, mostly."""
    draw = random.Random(seed)
    found = []
    for _ in range(rows):
        price, shop = draw.randrange(0, 160) / 2, draw.choice(["market", "town", "web"])
        play = draw.sample(PLAYS, draw.randint(0, 3))
        likes = 40 - price + 15 * (shop == "town") + 20 * ("Puzzle" in play) + draw.gauss(0, 15)
        found.append(
            {"price": price, "shop": shop, "play": play, "gift": "yes" if likes > 10 else "no"}
        )
    return found


def nights(rows: int, seed: int = 4) -> list[Row]:
    """Return nights that are calm, busy or full, mostly by their guests."""
    draw = random.Random(seed)
    found = []
    for _ in range(rows):
        guests, room = draw.randrange(0, 60), draw.choice(["small", "medium", "large"])
        sky = draw.choice(["dry", "snow", "wet"])
        crowd = guests + 12 * ["large", "medium", "small"].index(room) + draw.gauss(0, 8)
        night = "calm" if crowd < 28 else "busy" if crowd < 52 else "full"
        found.append({"guests": guests, "room": room, "sky": sky, "night": night})
    return found


FEATURES = {
    "gift": "[price, {name: shop, kind: category}, {name: play, kind: tags}]",
    "night": "[guests, {name: room, kind: ordinal, levels: [small, medium, large]}, {name: sky, kind: category}]",
}
MAKERS = {"gift": gifts, "night": nights}


def table(rows: list[Row]) -> str:
    """Return rows as CSV, tags as a JSON list."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: json.dumps(v) if isinstance(v, list) else v for k, v in row.items()})
    return file.getvalue()


def options(row: Row) -> list[str]:
    """Return the options of `predict` that ask for a row."""
    found: list[str] = []
    for name, value in row.items():
        if name not in MAKERS:
            for one in value if isinstance(value, list) else [value]:
                found += [f"--{name}", str(one)]
    return found


class Script:
    """What somebody writes with scikit-learn alone: encode, split, fit, score."""

    def __init__(self, label: str, train: list[Row], estimator: Any) -> None:
        from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder, OrdinalEncoder

        self.label, self.train = label, train
        self.word = "shop" if label == "gift" else "sky"
        self.hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        self.hot.fit([[row[self.word]] for row in train])
        if label == "gift":
            self.tags = MultiLabelBinarizer().fit([row["play"] for row in train])
        else:
            self.places = OrdinalEncoder(categories=[["small", "medium", "large"]]).fit([["small"]])
        self.estimator = estimator.fit(self.matrix(train), self.truths(train))

    def matrix(self, rows: list[Row]) -> Any:
        words = self.hot.transform([[row[self.word]] for row in rows])
        if self.label == "gift":
            numbers = [[float(row["price"])] for row in rows]
            return np.hstack([numbers, words, self.tags.transform([row["play"] for row in rows])])
        rooms = self.places.transform([[row["room"]] for row in rows]) + 1
        return np.hstack([[[float(row["guests"])] for row in rows], rooms, words])

    def truths(self, rows: list[Row]) -> list[str]:
        return [row[self.label] for row in rows]

    def answers(self, rows: list[Row]) -> list[str]:
        return self.estimator.predict(self.matrix(rows)).tolist()

    def shares(self, rows: list[Row]) -> Any:
        if not hasattr(self.estimator, "predict_proba"):
            return None
        return self.estimator.predict_proba(self.matrix(rows))

    def scores(self, rows: list[Row]) -> dict[str, float | None]:
        return figures(self.truths(rows), self.answers(rows), self.shares(rows), self.classes)

    def blind(self, rows: list[Row]) -> dict[str, float | None]:
        from sklearn.dummy import DummyClassifier

        always = DummyClassifier(strategy="prior").fit(
            self.matrix(self.train), self.truths(self.train)
        )
        given = self.matrix(rows)
        return figures(
            self.truths(rows), always.predict(given), always.predict_proba(given), self.classes
        )

    @cached_property
    def classes(self) -> list[str]:
        return sorted(set(self.truths(self.train)))


def figures(truths: Any, answers: Any, shares: Any, classes: list[str]) -> dict[str, float | None]:
    from sklearn import metrics

    return {
        "accuracy": metrics.accuracy_score(truths, answers),
        "balanced_accuracy": metrics.balanced_accuracy_score(truths, answers),
        "macro_f1": metrics.f1_score(truths, answers, average="macro", zero_division=0),
        "log_loss": None if shares is None else metrics.log_loss(truths, shares, labels=classes),
    }


def halves(rows: list[Row], holdout: str = "random 20%") -> tuple[list[Row], list[Row]]:
    """Return the rows to learn from and those held out, as the split deals them."""
    train, held = splits.divide(phrases.holdout(holdout), None, len(rows), seed=0)
    return [rows[i] for i in train], [rows[i] for i in held]


def close(found: float | None, expected: float | None, where: object = "") -> None:
    if expected is None:
        assert found is None, where
    else:
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), where


def _scaled(name: str, module: str, **options: Any) -> Any:
    """Return an estimator of numbers brought to one spread, and of words as they are."""
    from importlib import import_module

    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    columns = make_column_transformer((StandardScaler(), _measured), remainder="passthrough")
    return make_pipeline(columns, getattr(import_module(module), name)(**options))


def _measured(matrix: Any) -> list[int]:
    return [at for at, column in enumerate(np.asarray(matrix).T) if set(column) - {0, 1}]


def _plain(name: str, module: str, **options: Any) -> Any:
    from importlib import import_module

    return getattr(import_module(module), name)(**options)


BOOSTED = {
    "max_iter": 10,
    "min_samples_leaf": 5,
    "early_stopping": False,
    "random_state": 0,
    "learning_rate": 64 / 4000,
    "max_leaf_nodes": 8,
    "max_features": 0.5,  # 64 rows
}
MODELS: dict[str, Callable[[], Any]] = {
    "logistic_regression": lambda: _scaled(
        "LogisticRegression", "sklearn.linear_model", max_iter=1000
    ),
    "{name: logistic_regression, penalty: 4}": lambda: _scaled(
        "LogisticRegression", "sklearn.linear_model", C=0.25, max_iter=1000
    ),
    "complement_naive_bayes": lambda: _plain("ComplementNB", "sklearn.naive_bayes"),
    "multinomial_naive_bayes": lambda: _plain("MultinomialNB", "sklearn.naive_bayes"),
    "{name: multinomial_naive_bayes, smoothing: 0.25}": lambda: _plain(
        "MultinomialNB", "sklearn.naive_bayes", alpha=0.25
    ),
    "bernoulli_naive_bayes": lambda: _plain("BernoulliNB", "sklearn.naive_bayes"),
    "k_nearest": lambda: _scaled("KNeighborsClassifier", "sklearn.neighbors"),
    "{name: decision_tree, max_depth: 4}": lambda: _plain(
        "DecisionTreeClassifier", "sklearn.tree", max_depth=4, random_state=0
    ),
    "{name: random_forest, trees: 12}": lambda: _plain(
        "RandomForestClassifier", "sklearn.ensemble", n_estimators=12, random_state=0
    ),
    "{name: gradient_boosting, trees: 10}": lambda: _plain(
        "HistGradientBoostingClassifier", "sklearn.ensemble", **BOOSTED
    ),
    "GaussianNB": lambda: _plain("GaussianNB", "sklearn.naive_bayes"),
    "SVC": lambda: _plain("SVC", "sklearn.svm", random_state=0),
    "LinearSVC": lambda: _plain("LinearSVC", "sklearn.svm", random_state=0),
    "{name: HistGradientBoostingClassifier, max_iter: 8}": lambda: _plain(
        "HistGradientBoostingClassifier", "sklearn.ensemble", max_iter=8, random_state=0
    ),
    "{name: SVC, C: 3, kernel: linear}": lambda: _plain(
        "SVC", "sklearn.svm", C=3, kernel="linear", random_state=0
    ),
}


# Each model with one of the tables, and with the other in `make slow`.
TAKEN = [(model, list(MAKERS)[n % 2]) for n, model in enumerate(MODELS)]


@pytest.mark.parametrize(
    ("model", "label"),
    [
        pytest.param(*one, marks=[] if one in TAKEN else [pytest.mark.slow])
        for one in product(MODELS, MAKERS)
    ],
)
def test_every_figure_is_that_of_a_plain_scikit_learn_script(
    project: Project, model: str, label: str
) -> None:
    rows, fresh = MAKERS[label](80), MAKERS[label](30, seed=9)
    train, held = halves(rows)
    script = Script(label, train, MODELS[model]())
    project.write("data/nights.csv", table(rows))
    project.write("fresh.csv", table(fresh))
    project.define(table_definition(FEATURES[label], label, model, "random 20%"), "classes")

    fitted = project.works("fit", "--json").json["fitted"][0]
    evaluated = project.works("evaluate", "--json").json
    again = project.works("evaluate", "--data", "fresh.csv", "--json").json

    assert fitted["rows"] == {"used": 80, "train": 64, "holdout": 16}
    assert evaluated["metrics"] == fitted["metrics"]
    trained, held_out, blind = script.scores(train), script.scores(held), script.blind(held)
    later, blind_later = script.scores(fresh), script.blind(fresh)
    for name, score in fitted["metrics"].items():
        close(score["train"], trained[name], name)
        close(score["holdout"], held_out[name], name)
        close(score["frequency_baseline"], blind[name], name)
        close(again["metrics"][name]["train"], trained[name], name)
        close(again["metrics"][name]["holdout"], later[name], name)
        close(again["metrics"][name]["frequency_baseline"], blind_later[name], name)
    assert len(fitted["metrics"]) == 4
    assert again["rows"] == {"train": 64, "holdout": 30}

    answers, shares = script.answers(fresh), script.shares(fresh)
    batch = project.works("predict", "--input", "fresh.csv", "--json").json["predictions"]
    assert [one["answer"] for one in batch] == answers
    for i in range(0, 30, 6):
        alone = project.works("predict", *options(fresh[i]), "--json").json["predictions"][0]
        assert alone == batch[i]
    for i, one in enumerate(batch):
        assert (one["value"], one["unit"]) == (answers[i], label)
        assert all("is outside the" in note for note in one["notes"])
        if shares is None:
            assert one["probabilities"] is None
            continue
        assert list(one["probabilities"]) == script.classes
        for known, given in zip(shares[i], one["probabilities"].values(), strict=True):
            close(given, known, i)

    project.works("predict", "--input", "fresh.csv", "--output", "answered.csv")
    with (project.root / "answered.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["answer"] for row in written] == answers
    for i, row in enumerate(written):
        surest = None if shares is None else max(shares[i])
        close(float(row["probability"]) if row["probability"] else None, surest, i)
        assert row["note"] == "; ".join(batch[i]["notes"])
        assert list(row) == [*rows[0], "answer", "probability", "note"]


def test_the_worst_rows_are_those_held_out_that_were_answered_wrongly(project: Project) -> None:
    rows = nights(80)
    project.write("data/nights.csv", table(rows))
    project.define(table_definition(FEATURES["night"], "night", "GaussianNB", "random 30%"), "n")
    project.works("fit")
    train, held = halves(rows, "random 30%")
    script = Script("night", train, MODELS["GaussianNB"]())

    found = project.works("evaluate", "--json").json["worst"]

    missed = [
        (max(shares), row["night"], answer)
        for row, answer, shares in zip(held, script.answers(held), script.shares(held), strict=True)
        if row["night"] != answer
    ]
    expected = sorted(missed, reverse=True)[:5]
    assert len(found) == len(expected) > 2
    for one, (surest, truth, answer) in zip(found, expected, strict=True):
        assert (one["truth"], one["answer"]) == (truth, answer)
        close(one["probability"], surest)


# Dated: by day, and for the days that wait.


def _dated(project: Project, model: str) -> tuple[Script, list[Row]]:
    """Fit a table of days, the last two without a label; return the script and those two."""
    rows = gifts(62)
    days = [{"day": str(date(2024, 1, 1) + timedelta(days=n)), **r} for n, r in enumerate(rows)]
    for row in days[60:]:
        row["gift"] = ""
    project.write("data/nights.csv", table(days))
    project.define(
        table_definition(FEATURES["gift"], "gift", model, "newest 25%") + "date: day\n", "days"
    )
    project.works("fit")
    return Script("gift", rows[:45], MODELS[model]()), days[60:]


@pytest.mark.parametrize("model", ["logistic_regression", "GaussianNB", "LinearSVC"])
def test_the_days_that_wait_and_a_day_asked_for_are_answered_as_by_the_script(
    project: Project, model: str
) -> None:
    script, waiting = _dated(project, model)

    listed = project.works("predict", "--json").json["predictions"]
    shown = project.works("predict").out
    alone = [
        project.works("predict", "--date", row["day"], "--json").json["predictions"][0]
        for row in waiting
    ]

    answers, shares = script.answers(waiting), script.shares(waiting)
    assert [one["asked"]["day"] for one in listed] == [row["day"] for row in waiting]
    for i, row in enumerate(waiting):
        for one in (listed[i], alone[i]):
            assert one["answer"] == answers[i]
            assert one["asked"]["play"] == row["play"]
            for name, known in zip(
                script.classes, shares[i] if shares is not None else [], strict=False
            ):
                close(one["probabilities"][name], known)
        assert answers[i] in next(line for line in shown.splitlines() if row["day"] in line)
    assert "as the exports stand" in alone[0]["notes"][0]


def test_the_newest_days_are_judged(project: Project) -> None:
    script, _ = _dated(project, "logistic_regression")
    held = gifts(62)[45:60]

    found = project.works("evaluate", "--json").json

    assert found["of"] == "the newest 15 days, from 2024-02-15 on"
    for name, score in found["metrics"].items():
        close(score["holdout"], script.scores(held)[name], name)
        close(score["frequency_baseline"], script.blind(held)[name], name)


def test_rows_without_a_label_wait_and_are_answered_by_the_bare_list(project: Project) -> None:
    rows = nights(60)
    for n in (3, 40):
        rows[n]["night"] = ""
    project.write("data/nights.csv", table(rows))
    model = "multinomial_naive_bayes"
    project.define(table_definition(FEATURES["night"], "night", model, "none"), "nights")
    project.works("fit")
    waiting = [rows[3], rows[40]]
    script = Script("night", [row for row in rows if row["night"]], MODELS[model]())

    listed = project.works("predict", "--json").json["predictions"]

    assert [one["asked"]["row"] for one in listed] == ["data/nights.csv:5", "data/nights.csv:42"]
    assert [one["answer"] for one in listed] == script.answers(waiting)
    for one, shares in zip(listed, script.shares(waiting), strict=True):
        assert list(one["probabilities"].values()) == pytest.approx(list(shares), abs=1e-9)


# Every class name.

# Hyperparameters that lead to other classes or without which small tables are odd.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "AdaBoostClassifier": [{"n_estimators": 5}],
    "BaggingClassifier": [{"n_estimators": 3, "max_features": 0.5}],
    "DummyClassifier": [{"strategy": "most_frequent"}],
    "ExtraTreesClassifier": [{"n_estimators": 3, "bootstrap": True, "oob_score": False}],
    "GradientBoostingClassifier": [{"n_estimators": 3, "subsample": 0.5}],
    "HistGradientBoostingClassifier": [{"max_iter": 3, "learning_rate": 0.3}],
    "KNeighborsClassifier": [
        {"weights": "distance", "algorithm": "ball_tree"},
        {"metric": "manhattan", "algorithm": "brute"},
    ],
    "LabelSpreading": [{"alpha": 0.5}],
    "LinearDiscriminantAnalysis": [{"solver": "lsqr", "shrinkage": "auto"}],
    "LogisticRegression": [{"C": 0.1, "solver": "newton-cholesky"}],
    "MLPClassifier": [{"solver": "lbfgs", "hidden_layer_sizes": [3]}],
    "NearestCentroid": [{"shrink_threshold": 0.1}],
    "NuSVC": [{"nu": 0.2, "kernel": "linear"}],
    "QuadraticDiscriminantAnalysis": [{"reg_param": 0.1}],
    "RadiusNeighborsClassifier": [{"radius": 1000, "weights": "distance"}],
    "RandomForestClassifier": [{"n_estimators": 3, "criterion": "entropy"}],
    "SGDClassifier": [{"loss": "perceptron"}, {"penalty": "l1", "average": True}],
    "SVC": [{"kernel": "poly", "degree": 2}, {"kernel": "sigmoid"}],
}
# Whose defaults do not go with a table like this one.
NEEDED: dict[str, dict[str, Any]] = {
    "RadiusNeighborsClassifier": {"radius": 1000},
    "QuadraticDiscriminantAnalysis": {"reg_param": 0.5},
    "LogisticRegressionCV": {"Cs": 2, "cv": 2},
}
EVERY = [
    (name, {**NEEDED.get(name, {}), **more})
    for name in CLASSIFIERS
    for more in [{}, *VARIANTS.get(name, [])]
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param(
            *one,
            id=f"{one[0]}-{json.dumps(one[1])}",
            marks=[] if one[1] == NEEDED.get(one[0], {}) else [pytest.mark.slow],
        )
        for one in EVERY
    ],
)
def test_every_classifier_is_stored_comes_back_and_answers_as_scikit_learn(
    project: Project, name: str, options: dict[str, Any]
) -> None:
    draw = random.Random(7)
    rows = [(n % 3, draw.randint(0, 5), n % 2) for n in range(36)]
    rows = [(a, b, c, ["calm", "busy", "full"][(a + (b > 4)) % 3]) for a, b, c in rows]
    asked = [(a, b, c) for a in range(3) for b in range(6) for c in range(2)]
    project.write("data/nights.csv", csv_of("a,b,c,night", rows))
    project.write("asked.csv", csv_of("a,b,c", asked))
    model = json.dumps({"name": name, **options})
    project.define(table_definition("[a, b, c]", "night", model), "any")

    project.works("fit")
    found = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]
    one = project.works("predict", "--a", 1, "--b", 2, "--c", 1, "--json").json["predictions"]

    theirs = _plain(name, CLASSIFIERS[name], **options)
    if "random_state" in theirs.get_params():
        theirs.set_params(random_state=0)
    places = {"busy": 0, "calm": 1, "full": 2}
    matrix = np.array([row[:3] for row in rows], dtype=float)
    theirs.fit(matrix, [places[row[3]] for row in rows])
    questions = np.array(asked, dtype=float)
    # a dummy draws as many answers as there are rows: mlcli always asks for 256
    padded = np.vstack([questions, np.repeat(questions[-1:], 220, axis=0)])
    answers = [sorted(places)[v] for v in theirs.predict(padded)[:36]]
    assert [p["answer"] for p in found] == answers
    assert one[0] == found[asked.index((1, 2, 1))]
    if hasattr(theirs, "predict_proba"):
        for p, known in zip(found, theirs.predict_proba(questions), strict=True):
            assert list(p["probabilities"].values()) == pytest.approx(known, abs=1e-9)
    else:
        assert {p["probabilities"] for p in found} == {None}


# What an answer costs.

HEAVY = {
    "numpy",
    "pandas",
    "sklearn",
    "joblib",
    "narwhals",
    "pydantic",
    "yaml",
    "scipy",
    "click",
    "rich",
}
READING = {"numpy", "pandas", "narwhals", "pydantic"}
"""What a file of questions is read with."""
PROBE = """
import json, sys
from mlcli.cli.process import main
code = main(sys.argv[1:])
sys.stderr.write("\\n" + json.dumps([code, sorted({m.split(".")[0] for m in sys.modules})]))
"""


def imported(root: Path, *argv: str) -> tuple[int, set[str]]:
    """Run a command in a fresh process; return its code and the packages it imported."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    command = [sys.executable, "-c", PROBE, *argv]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize("model", ["logistic_regression", "bernoulli_naive_bayes"])
def test_a_class_from_an_equation_imports_nothing_heavy(project: Project, model: str) -> None:
    rows = gifts(40)
    project.write("data/nights.csv", table(rows))
    project.define(table_definition(FEATURES["gift"], "gift", model, "random 20%"), "gifts")
    project.works("fit")
    project.write("asked.csv", table(rows[:5]))

    for argv, expected, heavy in (
        (options(rows[0]), 0, HEAVY),
        (["--input", "asked.csv"], 0, HEAVY - READING),
        (["--price", "3", "--shop", "moon"], 2, HEAVY),
    ):
        code, modules = imported(project.root, "predict", *argv)
        assert code == expected
        assert not modules & heavy


# Labels, in the forms that exports write them in.


def labelled(
    project: Project,
    labels: list[str],
    *,
    model: str = "logistic_regression",
    label: str = "gift",
    holdout: str = "none",
    more: str = "",
) -> None:
    """Write a table of one number and these labels, over and over for 24 rows or more."""
    count = max(24, len(labels))
    rows = [f'{n % len(labels)},"{labels[n % len(labels)]}"' for n in range(count)]
    project.write("data/nights.csv", "\n".join(["x,gift", *rows]) + "\n")
    project.define(table_definition("[x]", label, model, holdout) + more, "labels")


def classes(project: Project, *argv: object) -> list[str]:
    """Return the classes of the model that was fitted, in order."""
    found = project.works("predict", "--x", 0, *argv, "--json").json["predictions"][0]
    return list(found["probabilities"])


@pytest.mark.parametrize(
    ("label", "model"),
    [
        ("gift", "logistic_regression"),
        ("gift", "decision_tree"),
        ("{name: gift, kind: category}", "decision_tree"),
        ("{name: gift, kind: category}", "SVC"),
    ],
)
@pytest.mark.parametrize("words", [["true", "false"], ["True", "False"], ["TRUE", "false"]])
def test_true_and_false_are_two_classes_in_any_case(
    project: Project, words: list[str], label: str, model: str
) -> None:
    labelled(project, words, label=label, model=model)
    project.works("fit")
    project.write("fresh.csv", "x,gift\n0,TRUE\n0,True\n1,fALSE\n")

    found = project.works("evaluate", "--data", "fresh.csv", "--json").json
    answers = [project.works("predict", "--x", x).out for x in range(len(words))]

    assert answers == [f"{word.lower()}\n" for word in words]
    assert found["metrics"]["accuracy"]["holdout"] == 1


@pytest.mark.parametrize(
    ("label", "model", "answer"),
    [
        ("gift", "logistic_regression", "1"),
        ("{name: gift, kind: category}", "logistic_regression", "1"),
        ("{name: gift, kind: category}", "decision_tree", "1"),
        ("{name: gift, kind: category}", "k_nearest", "1"),
        ("gift", "GaussianNB", "1"),
        ("gift", "decision_tree", 1),  # a number, where nothing says that it is none
    ],
)
def test_noughts_and_ones_are_classes_where_nothing_else_makes_sense_or_it_is_said(
    project: Project, label: str, model: str, answer: object
) -> None:
    labelled(project, ["1", "0"], label=label, model=model)
    project.works("fit")

    found = project.works("predict", "--x", 0, "--json").json["predictions"][0]

    assert found["answer"] == answer
    assert ("probabilities" in found) == isinstance(answer, str)


@pytest.mark.parametrize("label", ["gift", "{name: gift, kind: category}"])
def test_numbers_as_classes_are_in_the_order_of_numbers(project: Project, label: str) -> None:
    labelled(project, ["10", "9", "-1", "100"], label=label)
    project.works("fit")
    project.write("fresh.csv", "x,gift\n0,10\n0,10.0\n1,9\n")

    assert classes(project) == ["-1", "9", "10", "100"]
    found = project.works("evaluate", "--data", "fresh.csv", "--json").json
    assert found["metrics"]["accuracy"]["holdout"] == 1


def test_measured_numbers_are_classes_where_it_is_said(project: Project) -> None:
    labelled(project, ["0.5", "2.5"], label="{name: gift, kind: category}")
    project.works("fit")

    assert classes(project) == ["0.5", "2.5"]


NAMES = ["yes, please", 'say ""no""', "Beat 'em up", "ä; ö", "[bold]"]


def test_names_of_classes_may_hold_any_signs(project: Project) -> None:
    labelled(project, NAMES, model="decision_tree")
    plain = [name.replace('""', '"') for name in NAMES]
    project.works("fit")
    project.works("evaluate")
    project.write("asked.csv", "x\n0\n1\n2\n3\n4\n")

    lines = project.works("predict", "--input", "asked.csv").out

    assert [row["answer"] for row in csv.DictReader(io.StringIO(lines))] == plain
    assert classes(project) == sorted(plain)
    assert [project.works("predict", "--x", x).out for x in range(5)] == [f"{n}\n" for n in plain]


# Labels from which no class can be learned.


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["1.5", "2", "3"], "holds 3 different numbers, such as 1.5"),
        ([str(n) for n in range(51)], "holds 51 different numbers, all whole"),
    ],
)
@pytest.mark.parametrize("model", ["logistic_regression", "bernoulli_naive_bayes", "GaussianNB"])
def test_a_label_that_looks_measured_is_no_class(
    project: Project, model: str, labels: list[str], said: str
) -> None:
    labelled(project, labels, model=model)

    assert project.fails(3, "fit") == (
        f"error: {model} answers one of a few classes, and 'gift' {said}\n"
        "hint: take a model for numbers, such as linear_regression, "
        "or say  label: {name: gift, kind: category}\n"
        "labels: nothing was fitted\n"
    )


def test_fifty_whole_numbers_may_still_be_classes(project: Project) -> None:
    labelled(project, [str(n) for n in range(50)] * 2)

    project.works("fit")


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        (
            "complement_naive_bayes",
            "to suggest one of them by what is wished for, add  recommend: {top: 5}",
        ),
        ("k_nearest", "to suggest one of them by what is wished for, add  recommend: {top: 5}"),
        ("logistic_regression", "is it the column you meant?"),
        ("SVC", "is it the column you meant?"),
    ],
)
def test_a_label_that_is_different_in_every_row_is_no_class(
    project: Project, model: str, hint: str
) -> None:
    labelled(project, [f"game {n}" for n in range(30)], model=model)

    said = project.fails(3, "fit")

    message = "'gift' is different in each of the 30 rows to learn from: no class comes back\n"
    assert said.startswith("error: configs/labels.yaml:")
    assert f": {message}" in said
    assert said.endswith(f"    | ^\nhint: {hint}\nlabels: nothing was fitted\n")


def test_a_label_that_is_always_the_same_is_no_class(project: Project) -> None:
    labelled(project, ["yes"])

    assert "the label 'gift' is yes in all 24 rows to learn from" in project.fails(3, "fit")


@pytest.mark.parametrize("model", ["k_nearest", "decision_tree"])
def test_a_baseline_is_a_number_and_words_in_the_label_are_none(
    project: Project, model: str
) -> None:
    labelled(project, ["yes", "no"], model=model, more="baseline: 1 + x\n")

    assert project.fails(3, "fit") == (
        "error: the baseline  1 + x  is a number, and gift is one of some words\n"
        "hint: take  baseline:  away\nlabels: nothing was fitted\n"
    )


def test_a_model_for_numbers_says_which_cell_is_a_word(project: Project) -> None:
    labelled(project, ["yes", "no"], model="linear_regression")

    said = project.fails(3, "fit")

    assert said.startswith(
        "error: data/nights.csv:2: column 'gift' (the 2nd): 'yes' is not a number\n"
    )


@pytest.mark.parametrize("bayes", ["complement", "multinomial", "bernoulli"])
def test_a_smoothing_too_small_to_count_is_no_refused_question_and_no_bug(
    project: Project, bayes: str
) -> None:
    labelled(project, ["yes", "no"], model=f"{{name: {bayes}_naive_bayes, smoothing: 1e-20}}")

    ended = project.mlcli("fit")

    assert ended.code in {0, 2, 3}, ended.err
    assert "Warning" not in ended.err


# Classes that only the held-out rows have, or a file of truths misspells.


def _late(project: Project, model: str) -> None:
    """Fit 30 nights to learn from, and 10 held out of which 2 are of a class of their own."""
    rows = [(f"2024-01-{n + 1:02}", n % 2, ["calm", "busy"][n % 2]) for n in range(30)]
    late = ["calm", "busy"] * 4 + ["riot", "riot"]
    rows += [(f"2024-02-{n + 1:02}", n % 2, word) for n, word in enumerate(late)]
    project.write("data/nights.csv", csv_of("day,x,night", rows))
    project.define(
        table_definition("[x]", "night", model, "from 2024-02-01") + "date: day\n", "late"
    )


@pytest.mark.parametrize("model", ["logistic_regression", "decision_tree", "LinearSVC"])
def test_a_class_that_training_never_held_is_noted_and_missed(project: Project, model: str) -> None:
    _late(project, model)

    fitted = project.works("fit", "--json").json["fitted"][0]
    shown = " ".join(project.works("fit").out.split())

    metrics = fitted["metrics"]
    assert metrics["accuracy"]["holdout"] == pytest.approx(8 / 10)
    assert metrics["balanced_accuracy"]["holdout"] == pytest.approx(2 / 3)  # busy, calm; not riot
    # of busy and calm 4 are right, and one riot is answered as each: 8/9, 8/9, 0
    assert metrics["macro_f1"]["holdout"] == pytest.approx(16 / 27)
    assert metrics["log_loss"]["holdout"] is None
    assert metrics["log_loss"]["frequency_baseline"] is None
    note = (
        "2 held-out rows of classes that no row to learn from has (riot): "
        "counted as missed, and log loss has no figure"
    )
    assert note in fitted["notes"]
    assert f"note: {note}" in shown
    worst = project.works("evaluate", "--json").json["worst"]
    assert [row["truth"] for row in worst] == ["riot", "riot"]
    assert project.works("predict", "--x", 1).out == "busy\n"


def test_final_still_shows_what_the_judged_model_missed(project: Project) -> None:
    _late(project, "decision_tree")  # riot stands after busy and calm, angry before them
    nights = project.root / "data/nights.csv"
    nights.write_text(nights.read_text(encoding="utf-8").replace("riot", "angry"), encoding="utf-8")
    project.works("fit")
    judged = project.works("evaluate", "--json").json["worst"]

    project.works("fit", "--final")
    final = project.works("evaluate", "--json").json["worst"]

    assert [(row["truth"], row["answer"]) for row in judged] == [
        ("angry", "calm"),
        ("angry", "busy"),
    ]
    assert final == judged


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("bsuy", "did you mean 'busy'?"),
        ("Busy", "did you mean 'busy'?"),
        ("quiet and empty", "mend the cell, or take the row out"),
    ],
)
def test_a_misspelt_class_in_a_file_of_truths_is_an_error_at_its_line(
    project: Project, cell: str, hint: str
) -> None:
    _late(project, "logistic_regression")
    project.works("fit")
    project.write("fresh.csv", f"x,night\n0,calm\n1,{cell}\n")

    assert project.fails(3, "evaluate", "--data", "fresh.csv") == (
        f"error: fresh.csv:3: {cell!r} is not a night that was learned from (known: busy, calm)\n"
        f"hint: {hint}\n"
    )


def test_a_row_without_its_class_in_a_file_of_truths_is_left_out(project: Project) -> None:
    _late(project, "logistic_regression")
    project.works("fit")
    project.write("fresh.csv", "x,night\n0,calm\n1,\n")

    said = project.works("evaluate", "--data", "fresh.csv").out

    assert "judged on 1 row of fresh.csv" in said
    assert "1 row was left out: no label is known of it" in said


# Questions with levels that were never learned.


def _gifts(project: Project, unseen: str = "") -> list[Row]:
    rows = gifts(60)
    project.write("data/nights.csv", table(rows))
    features = FEATURES["gift"].replace("tags}", f"tags{unseen}}}")
    project.define(table_definition(features, "gift", "logistic_regression"), "gifts")
    project.works("fit")
    return rows


PUZZLE = ("--price", 10, "--shop", "web", "--play", "puzzle")


OR_UNSEEN = " Or say  unseen: ignore  of that feature and fit again"


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("Puzle", f"did you mean 'Puzzle'?{OR_UNSEEN}"),
        ("beat em up", f'did you mean "Beat \'em up"?{OR_UNSEEN}'),
        ("market", "did you mean --shop market?"),
    ],
)
def test_an_unknown_tag_on_the_command_line_is_refused_with_the_nearest(
    project: Project, tag: str, hint: str
) -> None:
    _gifts(project)

    assert project.fails(2, "predict", *PUZZLE, "--play", tag) == (
        f"error: --play: {tag!r} is not a play that was learned from "
        "(known: Action, Beat 'em up, Puzzle, Run, jump, Sports)\n"
        f"hint: {hint}\n"
    )


@pytest.mark.parametrize("unseen", ["ignore", "other"])
def test_an_unknown_tag_is_answered_with_a_note_where_the_definition_says_so(
    project: Project, unseen: str
) -> None:
    _gifts(project, f", unseen: {unseen}")

    known = project.works("predict", *PUZZLE, "--json").json["predictions"][0]
    found = project.works("predict", *PUZZLE, "--play", "Chess", "--json").json["predictions"][0]

    does = "is left aside" if unseen == "ignore" else "counts as other"
    assert found["notes"] == [f"'Chess' is not a play that was learned from; it {does}"]
    assert found["asked"]["play"] == ["Puzzle", "Chess"]
    if unseen == "ignore":
        assert found["probabilities"] == known["probabilities"]


def test_unseen_error_refuses_an_unknown_tag_everywhere(project: Project) -> None:
    rows = [row | {"play": row["play"] or ["Sports"]} for row in gifts(60)]
    project.write("data/nights.csv", table(rows))
    features = FEATURES["gift"].replace("tags}", "tags, unseen: error}")
    project.define(table_definition(features, "gift", "logistic_regression"), "gifts")
    project.works("fit")
    project.write("asked.csv", 'price,shop,play\n10,web,"Puzzle, Chess"\n')

    said = project.fails(2, "predict", *PUZZLE, "--play", "Chess")
    lacking = project.fails(2, "predict", *PUZZLE[:4])
    unknown = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    assert said.startswith("error: --play: 'Chess' is not a play")
    assert lacking == "error: gifts also needs play\nhint: add  --play WORD\n"
    assert unknown[0]["answer"] is None
    assert unknown[0]["notes"][0].startswith("'Chess' is not a play")


def test_an_unknown_tag_in_a_file_is_left_aside_and_the_known_ones_stand(project: Project) -> None:
    _gifts(project)
    project.write("asked.csv", 'price,shop,play\n10,web,"Puzzle, Chess"\n10,web,Puzzle\n10,web,\n')

    both, known, none = project.works("predict", "--input", "asked.csv", "--json").json[
        "predictions"
    ]

    assert both["notes"] == ["'Chess' is not a play that was learned from; it is left aside"]
    assert both["probabilities"] == known["probabilities"] != none["probabilities"]


def test_an_unknown_category_is_wrong_as_an_option_and_refuses_its_row_of_a_file(
    project: Project,
) -> None:
    _gifts(project)
    project.write("asked.csv", "price,shop,play\n10,wbe,Puzzle\n")

    asked = project.fails(2, "predict", "--price", 1, "--shop", "Moon", "--play", "puzzle")
    read = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    assert asked.startswith(
        "error: --shop: 'Moon' is not a shop that was learned from (known: market, town, web)"
    )
    refusal = "'wbe' is not a shop that was learned from (known: market, town, web)"
    assert [(p["answer"], p["notes"]) for p in read] == [(None, [refusal])]


def test_options_name_levels_in_any_case_and_tags_in_any_order(project: Project) -> None:
    _gifts(project)
    one = ("--price", 10, "--shop", "WEB", "--play", "puzzle", "--play", "BEAT 'EM UP")
    other = ("--play", "Beat 'em up", "--play", "Puzzle", "--play", "PUZZLE", "--shop", "web")

    first = project.works("predict", *one, "--json").json["predictions"][0]
    second = project.works("predict", *other, "--price", 10, "--json").json["predictions"][0]

    assert first["asked"] == {"price": 10, "shop": "web", "play": ["Puzzle", "Beat 'em up"]}
    assert first["probabilities"] == second["probabilities"]


@pytest.mark.parametrize("made_up", [7, -1])
def test_a_class_that_the_estimator_makes_up_is_no_answer(project: Project, made_up: int) -> None:
    model = f"{{name: RadiusNeighborsClassifier, radius: 2, outlier_label: {made_up}}}"
    labelled(project, ["yes", "no"], model=model)
    project.mlcli("fit")  # may be refused already

    ended = project.mlcli("predict", "--x", 1000)

    assert ended.code in {2, 4, 6}, ended.out + ended.err
    assert ended.out == ""


def test_a_column_that_answers_are_written_to_may_not_be_there_already(project: Project) -> None:
    _gifts(project)
    project.write("asked.csv", "price,shop,play,probability\n10,web,Puzzle,1\n")

    assert project.fails(3, "predict", "--input", "asked.csv").startswith(
        "error: asked.csv:1: there is a column 'probability' already, which mlcli adds\n"
    )


# Screens.


def test_a_class_is_alone_on_stdout_with_its_probabilities_beside(project: Project) -> None:
    rows = gifts(80)
    project.write("data/nights.csv", table(rows))
    project.define(
        table_definition(FEATURES["gift"], "gift", "logistic_regression", "random 20%"), "gifts"
    )
    project.works("fit")
    script = Script("gift", halves(rows)[0], MODELS["logistic_regression"]())
    asked = {"price": 42.5, "shop": "town", "play": ["Action"]}

    ended = project.works("predict", *options(asked))

    (answer,), ((no, yes),) = script.answers([asked]), script.shares([asked])
    right = script.scores(halves(rows)[1])["accuracy"]
    assert ended.out == f"{answer}\n"
    assert f"probabilities: yes {yes:.0%}, no {no:.0%}\n" in ended.err
    assert f"right in {right:.0%} of 16 held-out rows; always answering " in ended.err


def test_a_model_without_probabilities_says_none(project: Project) -> None:
    rows = gifts(60)
    project.write("data/nights.csv", table(rows))
    project.define(table_definition(FEATURES["gift"], "gift", "LinearSVC", "random 20%"), "gifts")

    shown = project.works("fit").out
    ended = project.works("predict", *options(rows[0]))

    assert ended.out in {"yes\n", "no\n"}
    assert "probabilities" not in ended.err
    assert [line.split()[-3:-1] for line in shown.splitlines() if "log loss:" in line] == [
        ["-", "-"]
    ]


def test_final_learns_from_every_row_and_keeps_the_judged_figures(project: Project) -> None:
    rows = nights(80)
    project.write("data/nights.csv", table(rows))
    model = "multinomial_naive_bayes"
    project.define(table_definition(FEATURES["night"], "night", model, "random 20%"), "nights")
    judged = project.works("fit", "--json").json["fitted"][0]["metrics"]

    final = project.works("fit", "--final", "--json").json["fitted"][0]["metrics"]

    assert final == judged
    script = Script("night", rows, MODELS[model]())
    found = project.works("predict", *options(rows[0]), "--json").json["predictions"][0]
    for name, share in zip(script.classes, script.shares(rows[:1])[0], strict=True):
        close(found["probabilities"][name], share)


# --- names where scikit-learn learns positions --------------------------------------------

WEIGHTED = "\n".join(["a,mood", *(f"{i % 7},{'calm' if i % 3 else 'busy'}" for i in range(30))])


def test_the_weights_of_classes_go_by_their_names(project: Project) -> None:
    from sklearn.tree import DecisionTreeClassifier

    project.write("data/nights.csv", WEIGHTED + "\n")
    model = "{name: DecisionTreeClassifier, max_depth: 2, class_weight: {busy: 5, calm: 1}}"
    project.define(table_definition("[a]", "mood", model), "moods")
    project.works("fit")
    rows = [line.split(",") for line in WEIGHTED.splitlines()[1:]]
    script = DecisionTreeClassifier(max_depth=2, class_weight={"busy": 5, "calm": 1})
    script.fit([[float(a)] for a, _ in rows], [mood for _, mood in rows])

    for a in range(7):
        (answer,) = project.works("predict", "--a", a, "--json").json["predictions"]
        assert answer["answer"] == script.predict([[a]])[0]
        assert list(answer["probabilities"].values()) == pytest.approx(
            script.predict_proba([[a]])[0].tolist(), abs=1e-12
        )


def test_a_weight_for_no_class_is_named(project: Project) -> None:
    project.write("data/nights.csv", WEIGHTED + "\n")
    model = "{name: SVC, class_weight: {buzy: 5}}"
    project.define(table_definition("[a]", "mood", model), "moods")

    said = project.fails(3, "fit")

    assert "class_weight names 'buzy', which is no mood to learn from" in said
    assert "the classes are busy, calm" in said


def test_a_model_for_numbers_points_to_one_for_words(project: Project) -> None:
    project.write("data/nights.csv", WEIGHTED + "\n")
    project.define(table_definition("[a]", "mood"), "moods")

    said = project.fails(3, "fit")

    assert "column 'mood' (the 2nd): 'busy' is not a number" in said
    assert "take a model that answers with words: logistic_regression" in said


def test_a_classifier_that_guesses_is_refused(project: Project) -> None:
    project.define(table_definition("[a]", "mood", "{name: DummyClassifier, strategy: uniform}"))

    assert "a guess is another each time" in project.fails(2, "fit")


def test_true_and_false_in_any_case_are_one_word_as_a_feature_too(project: Project) -> None:
    rows = [("TRUE", 1), ("true", 2), ("False", 7), ("false", 8)] * 3
    project.write("data/nights.csv", csv_of("open,doughs", rows))
    project.define(table_definition("[open]"), "nights")
    project.works("fit")

    def answer(word: str) -> float:
        return project.works("predict", "--open", word, "--json").json["predictions"][0]["answer"]

    assert answer("True") == answer("TRUE") == answer("true") == 2  # 1.5, rounded
    project.write("asked.csv", "open\nTRUE\nFalse\n")
    assert project.works("predict", "--input", "asked.csv").out == (
        "open,answer,note\nTRUE,2,\nFalse,8,\n"
    )


# --- what is easily done wrong ------------------------------------------------------------


def test_hardly_a_class_that_comes_back_is_no_classifier(project: Project) -> None:
    rows = [(i, f"wine {i % 19}") for i in range(20)]
    project.write("data/nights.csv", csv_of("a,wine", rows))
    project.define(table_definition("[a]", "wine", "complement_naive_bayes"), "wines")

    said = project.fails(3, "fit")

    assert "'wine' has 19 classes in 20 rows to learn from: hardly one comes back" in said
    assert "add  recommend: {top: 5}" in said


def test_noughts_and_ones_answered_as_a_number_are_noted(project: Project) -> None:
    rows = [(i, i % 2) for i in range(20)]
    project.write("data/nights.csv", csv_of("a,back", rows))
    project.define(table_definition("[a]", "back", "random_forest"), "back")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert any("back holds 0 and 1 only" in note for note in fitted["notes"])
    project.define(table_definition("[a]", "{name: back, kind: category}", "random_forest"), "back")
    (fitted,) = project.works("fit", "--json").json["fitted"]
    assert set(fitted["metrics"]) >= {"accuracy", "log_loss"}
    assert fitted["notes"] == []


@pytest.mark.parametrize("model", ["complement_naive_bayes", "multinomial_naive_bayes"])
def test_counts_below_nought_are_named(project: Project, model: str) -> None:
    rows = [(i - 3, "ab"[i % 2]) for i in range(20)]
    project.write("data/nights.csv", csv_of("balance,kind", rows))
    project.define(table_definition("[balance]", "kind", model))

    said = project.fails(3, "fit")

    assert f"{model} takes features for counts, and balance is -3 in some row" in said
    project.define(table_definition("[balance]", "kind", "bernoulli_naive_bayes"))
    project.works("fit")


def test_lists_split_at_something_else_are_noted(project: Project) -> None:
    rows = [(f"red;{word}", i % 2) for i, word in enumerate(["a", "b", "c", "d"] * 3)]
    project.write("data/nights.csv", csv_of("taste,doughs", rows))
    project.define(table_definition("[{name: taste, kind: tags}]"), "wines")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert any('say  by: ";"  in  split_list' in note for note in fitted["notes"])


def test_a_list_without_its_kind_is_an_error(project: Project) -> None:
    project.define(
        "sources:\n  nights: {file: data/nights.csv, rules: [{split_list: {of: a, as: b}}]}\n"
        "features: [b]\nlabel: c\nmodel: logistic_regression\n"
    )

    assert "hint: write  {name: b, kind: tags}\n" in project.fails(2, "fit")


def test_a_file_that_it_learned_from_flatters_it_and_foreign_words_are_counted(
    project: Project,
) -> None:
    project.write("data/gifts.csv", table(gifts(60)))
    project.define(
        "sources:\n  gifts: {file: data/gifts.csv}\n"
        f"features: {FEATURES['gift']}\nlabel: gift\nmodel: logistic_regression\n",
        "gifts",
    )
    project.works("fit")

    same = project.works("evaluate", "--data", "data/gifts.csv", "--json").json
    assert same["notes"] == ["it learned from rows of this very file: these figures flatter it"]
    odd = [{**row, "play": ["Chess"]} for row in gifts(3, seed=9)] + gifts(5, seed=10)
    project.write("odd.csv", table(odd))
    (note,) = project.works("evaluate", "--data", "odd.csv", "--json").json["notes"]
    assert note.startswith("3 rows hold words that training never did: 'Chess' is not a play")
    assert note in " ".join(project.works("evaluate", "--data", "odd.csv").out.split())


def test_a_column_that_a_source_makes_is_explained_where_a_file_lacks_it(project: Project) -> None:
    project.write("data/gifts.csv", "kinds,gift\na;b,yes\nb,no\na,yes\nb,no\n")
    project.define(
        "sources:\n  gifts:\n    file: data/gifts.csv\n"
        "    rules: [{split_list: {of: kinds, as: play, by: ';'}}]\n"
        "features: [{name: play, kind: tags}]\nlabel: gift\nholdout: none\n"
        "model: logistic_regression\n",
        "gifts",
    )
    project.works("fit")

    said = project.fails(3, "evaluate", "--data", "data/gifts.csv")

    assert "split_list of kinds as play  makes it in source 'gifts'" in said


def test_the_screen_names_the_classes_and_how_common_they_are(project: Project) -> None:
    project.write("data/nights.csv", WEIGHTED + "\n")
    project.define(table_definition("[a]", "mood", "decision_tree"), "moods")

    assert "learned from mood: busy 33%, calm 67%; a: 0 to 6" in project.works("fit").out


def test_a_date_asks_the_model_that_has_dates(project: Project) -> None:
    project.write("data/nights.csv", WEIGHTED + "\n")
    project.define(table_definition("[a]", "mood", "decision_tree"), "moods")
    days = [(date(2024, 1, 1) + timedelta(i), i % 5, i) for i in range(20)]
    project.write("data/days.csv", csv_of("day,a,doughs", days))
    project.define(
        "sources: {days: {file: data/days.csv}}\ndate: day\nfeatures: [a]\nlabel: doughs\n"
        "model: linear_regression\n",
        "days",
    )
    project.works("fit")

    assert project.works("predict", "--date", "2024-01-03", "--json").json["model"] == "days"


# --- forged models of classes, every digest right -----------------------------------------


def _probabilities(
    change: Callable[[dict[str, Any]], object],
) -> Callable[[Path], dict[str, bytes]]:
    def changed(folder: Path) -> dict[str, bytes]:
        rows = json.loads((folder / "holdout.json").read_bytes())
        change(rows[0])
        return {"holdout.json": json.dumps(rows).encode()}

    return changed


def _steps(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Path], dict[str, bytes]]:
    def changed(folder: Path) -> dict[str, bytes]:
        steps = json.loads((folder / "equation.json").read_bytes())
        change(steps)
        return {"equation.json": json.dumps(steps).encode()}

    return changed


FORGED_ROWS = {
    "a class that is none": _probabilities(lambda row: row["value"].update({"class": "zzz"})),
    "no probabilities": _probabilities(lambda row: row["value"].pop("probabilities")),
    "few probabilities": _probabilities(lambda row: row["value"].update(probabilities={"full": 1})),
    "probabilities in words": _probabilities(
        lambda row: row["value"].update(probabilities=dict.fromkeys(["busy", "calm", "full"], "x"))
    ),
    "a number for a class": _probabilities(lambda row: row.update(value=5)),
    "no truth": _probabilities(lambda row: row.pop("truth")),
}
FORGED_EQUATIONS = {
    "a class less": _steps(lambda steps: steps[1].update(weights=steps[1]["weights"][:2])),
    "two classes": _steps(
        lambda steps: steps[1].update(
            weights=steps[1]["weights"][:2], intercepts=steps[1]["intercepts"][:2]
        )
    ),
    "another width": _steps(lambda steps: steps[0].update(centre=[0.0], scale=[1.0])),
    "no step that there is": _steps(lambda steps: steps[1].update(step="zzz")),
    "words for weights": _steps(lambda steps: steps[1].update(intercepts=["a", "b", "c"])),
}
FORGED_MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no shares": lambda data: data.update(without_looking=None),
    "empty shares": lambda data: data.update(without_looking={}),
    "a number for shares": lambda data: data.update(without_looking=5),
    "no log loss": lambda data: data["metrics"].pop("log_loss"),
    "no baseline": lambda data: data["metrics"]["accuracy"].pop("frequency_baseline"),
    "an accuracy in words": lambda data: data["metrics"]["accuracy"].update(holdout="x"),
    "classes that are numbers": lambda data: data["label"].update(classes=[1, 2, 3]),
    "a class more": lambda data: data["label"]["classes"].append("zzz"),
    "levels that are numbers": lambda data: data["features"][2].update(levels=[1, 2, 3]),
}


@pytest.mark.parametrize("forged", [*FORGED_ROWS, *FORGED_EQUATIONS, *FORGED_MANIFESTS])
def test_forged_classes_whose_digests_match_are_damage_and_no_bug(
    project: Project, forged: str
) -> None:
    project.write("data/nights.csv", table(nights(80)))
    project.define(
        "sources:\n  nights: {file: data/nights.csv}\n"
        f"features: {FEATURES['night']}\nlabel: night\nmodel: logistic_regression\n",
        "nights",
    )
    project.works("fit")
    models = project.root / "models"
    made = {**FORGED_ROWS, **FORGED_EQUATIONS}.get(forged)
    forge(
        models,
        "nights",
        made(models / "nights" / "1") if made else None,
        FORGED_MANIFESTS.get(forged),
    )

    asked = project.mlcli("predict", *options(nights(1)[0]))
    judged = project.mlcli("evaluate")

    codes = {asked.code, judged.code}
    assert 4 in codes
    assert codes <= {0, 4}, (asked, judged)
    for ended in (asked, judged):
        assert (ended.code == 0) == bool(ended.out), ended


def test_a_number_that_may_be_unseen_is_an_error(project: Project) -> None:
    project.write("data/nights.csv", "a,doughs\n1,2\n2,4\n,5\n3,6\n")
    project.define(table_definition("[{name: a, unseen: ignore}]"), "nights")

    said = project.fails(3, "fit")

    assert "'a' holds numbers, and only words can be unseen" in said
    assert "take  unseen:  away" in said


def test_final_keeps_the_notes_of_the_judged_fit(project: Project) -> None:
    rows = [
        (date(2024, 1, 1) + timedelta(i), i % 7, "x" if i == 49 else ["no", "yes"][i % 2])
        for i in range(50)
    ]
    project.write("data/days.csv", csv_of("day,a,back", rows))
    project.define(
        "sources: {days: {file: data/days.csv}}\ndate: day\nfeatures: [a]\nlabel: back\n"
        "model: logistic_regression\nholdout: newest 20%\n",
        "days",
    )

    (fitted,) = project.works("fit", "--final", "--json").json["fitted"]

    assert any("(x): counted as missed" in note for note in fitted["notes"])


def test_a_truth_that_a_rule_makes_is_asked_for_by_name(project: Project) -> None:
    rows = [(i % 9, i % 5) for i in range(40)]
    project.write("data/nights.csv", csv_of("a,stars", rows))
    project.define(
        table_definition("[a]", "verdict", "decision_tree")
        + "rules:\n  - bands: {of: stars, as: verdict, bad: under 3, good: 3 or more}\n",
        "verdicts",
    )
    project.works("fit")

    said = project.fails(3, "evaluate", "--data", "data/nights.csv")

    assert "there is no column 'verdict', which holds the truth" in said
    assert "a rule makes it from 'stars': write the result into the file" in said
