"""Examples as pandas has them, and fitted models as scikit-learn has them."""

from __future__ import annotations

import math
import pickle
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from support import Project, csv_of, table_definition

import mlcli
from mlcli.definition.algorithms import friendly_names
from mlcli.definition.sklearn_classes import CLASSIFIERS

FEATURES = """
  - guests
  - {name: price, missing: median}
  - {name: tip, missing: mean}
  - {name: table, missing: most_frequent}
  - district
  - {name: room, kind: category, unseen: ignore}
  - {name: guest, unseen: other}
  - {name: waiter, missing: most_frequent, unseen: other}
  - {name: size, kind: ordinal, levels: [small, medium, large], missing: most_frequent}
  - {name: heat, kind: ordinal, levels: [mild, hot], unseen: ignore}
  - member"""
NAMES = (
    *("guests", "price", "tip", "table", "district", "room", "guest", "waiter", "size", "heat"),
    "member",
)
UNSEEN = (3, None, None, None, "Brera", None, "nobody", None, None, "arctic", "true")
OTHERS = ["GaussianProcessRegressor", "MLPRegressor", "SVR", "TransformedTargetRegressor"]
SAID = {
    name: f"{{name: {name}, {more}}}"
    for name, more in (
        ("QuadraticDiscriminantAnalysis", "solver: eigen, shrinkage: 0.5"),
        ("RadiusNeighborsClassifier", "radius: 1000"),
        ("random_forest", "trees: 9"),
        ("gradient_boosting", "trees: 9"),
        ("ExtraTreesClassifier", "n_estimators: 9"),
        ("GradientBoostingClassifier", "n_estimators: 9"),
        ("HistGradientBoostingClassifier", "max_iter: 9"),
        ("RandomForestClassifier", "n_estimators: 9"),
    )
}
NUMBERED = {"AdaBoostClassifier", "GaussianProcessClassifier", "MLPClassifier"}
ALIKE = ("AdaBoostClassifier", "LinearSVC", "HistGradientBoostingClassifier", "DummyClassifier")
"""One of each way to answer: numbers inside, without probabilities, by trees, and by drawing."""
MANY = [name for name in CLASSIFIERS if name not in ALIKE]
SLOW = pytest.mark.slow


def nights(rows: int = 60) -> str:
    draw = random.Random(4)
    made = []
    for n in range(rows):
        guests, district = draw.randint(1, 40), draw.choice(["Brera", "Isola", "Old Town"])
        made.append((
            *(f"2024-{1 + n // 28:02}-{1 + n % 28:02}", guests),
            *(draw.choice(["", f"{draw.uniform(5, 90):.2f}"]) for _ in range(2)),
            *(draw.choice(["", 7, 8]), district, draw.choice([1, 2, ""])),
            *(draw.choice(["Ada", "Bo", ""]), draw.choice(["Cy", "Di", ""])),
            *(draw.choice(["small", "medium", "large", ""]), draw.choice(["mild", "hot", ""])),
            draw.choice(["true", "false"]),
            round(3 * guests + 4 * len(district) + draw.uniform(0, 9), 2),
            "many" if guests + draw.randint(0, 9) > 25 else draw.choice(["few", "none"]),
        ))  # fmt: skip
    return csv_of(f"day,{','.join(NAMES)},doughs,sold", made)


def fitted(project: Project, model: str, label: str = "doughs") -> mlcli.FittedModel:
    project.write("data/nights.csv", nights())
    project.define(table_definition(FEATURES, label, model), "nights")
    mlcli.fit("nights")
    return mlcli.model("nights")


def asked(model: mlcli.FittedModel, frame: pd.DataFrame) -> list[mlcli.Prediction]:
    """Ask what the rows of a frame are, one by one."""
    rows = frame[[*NAMES]].astype(object).to_dict("records")
    return [model.ask(anyway=True, **row) for row in rows]


def questions(most: int = 12) -> pd.DataFrame:
    """Return rows that were learned from, and last one of what never was."""
    frame = mlcli.examples("nights")[:most]
    other = pd.DataFrame([UNSEEN], columns=[*NAMES]).astype(frame.dtypes[[*NAMES]])
    return pd.concat([frame, other])


@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize("name", [*friendly_names("number"), *OTHERS])
def test_a_pipeline_predicts_what_is_answered_before_rounding(name: str, project: Project) -> None:
    model = fitted(project, SAID.get(name, name))
    pipeline, frame = model.pipeline(), questions()

    found = pipeline.predict(frame)

    raw = [one.value for one in asked(model, frame)]
    assert found == pytest.approx(raw, rel=0, abs=1e-9 * max(map(abs, raw)))
    backwards = frame.iloc[::-1, ::-1]
    assert pipeline.predict(backwards)[::-1] == pytest.approx(found, rel=1e-9)
    assert all(_of_scikit_learn(part) for part in pipeline.get_params().values())
    assert b"mlcli" not in pickle.dumps(pipeline)


def _of_scikit_learn(part: Any) -> bool:
    module = type(part).__module__.partition(".")[0]
    return module == "sklearn" or not isinstance(part, BaseEstimator)


@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(
    "name", [*friendly_names("category"), *ALIKE, *(pytest.param(n, marks=SLOW) for n in MANY)]
)
def test_a_pipeline_of_classes_answers_with_their_names(name: str, project: Project) -> None:
    model = fitted(project, SAID.get(name, name), "sold")
    if name in NUMBERED:
        with pytest.raises(mlcli.AskedWronglyError, match=f"a {name} answers with numbers"):
            model.pipeline()
        return
    pipeline, frame = model.pipeline(), questions()

    found = pipeline.predict(frame)

    answers = asked(model, frame)
    assert found.tolist() == [one.answer for one in answers]
    if answers[0].probabilities is not None:
        assert pipeline.classes_.tolist() == [*answers[0].probabilities]
        shares = [[*one.probabilities.values()] for one in answers]
        assert pipeline.predict_proba(frame) == pytest.approx(np.array(shares), abs=1e-9)


@pytest.mark.usefixtures("unvalidated")
def test_logarithms_are_taken_after_what_is_missing_was_filled(project: Project) -> None:
    rows = [(n, "" if n % 5 == 0 else n % 7 + 1, 3 * n + 1) for n in range(1, 41)]
    project.write("data/nights.csv", csv_of("guests,price,doughs", rows))
    features = "[guests, {name: price, missing: median}]"
    project.define(table_definition(features, model="log_regression"), "nights")
    mlcli.fit("nights")
    model, frame = mlcli.model("nights"), mlcli.examples("nights")

    found = model.pipeline().predict(frame)

    raw = [
        model.ask(guests=g, price=p).value for g, p in zip(frame.guests, frame.price, strict=True)
    ]
    assert found == pytest.approx(raw, rel=1e-9)


@pytest.mark.usefixtures("unvalidated")
def test_fitted_anew_a_pipeline_learns_what_mlcli_does(project: Project) -> None:
    pipeline, frame = fitted(project, "linear_regression").pipeline(), mlcli.examples("nights")

    again = clone(pipeline).fit(frame, frame["doughs"])

    assert again.predict(frame) == pytest.approx(pipeline.predict(frame), rel=1e-9)


@pytest.mark.usefixtures("unvalidated")
def test_what_a_model_refuses_a_pipeline_does_not_take_either(project: Project) -> None:
    pipeline, frame = fitted(project, "linear_regression").pipeline(), questions()[-1:]

    for column, value in (("district", "Navigli"), ("district", None), ("guests", math.nan)):
        with pytest.raises(ValueError, match=r"unknown categories|contains NaN"):
            pipeline.predict(frame.assign(**{column: value}))


def test_a_model_with_tags_says_why_it_has_no_pipeline(project: Project) -> None:
    rows = [(n, f"egg;{'ham' if n % 2 else ''}", n + 3) for n in range(20)]
    project.write("data/nights.csv", csv_of("guests,extras,doughs", rows))
    rule = "split_list: {of: extras, as: extra, by: ';'}"
    features = "[guests, {name: extra, kind: tags}]"
    project.define(
        table_definition(features).replace("nights.csv", f"nights.csv\n    rules: [{rule}]")
    )
    mlcli.fit("pizzeria")

    assert mlcli.examples("pizzeria").extra.tolist()[:2] == [("egg",), ("egg", "ham")]
    with pytest.raises(mlcli.AskedWronglyError) as caught:
        mlcli.model("pizzeria").pipeline()
    assert str(caught.value) == (
        "pizzeria@1 has no pipeline of scikit-learn's: none of its classes encodes lists of tags, "
        "as in extra"
    )
    assert caught.value.hint == "ask  mlcli.model('pizzeria@1')  itself"


def test_a_catalogue_has_examples_and_no_pipeline(gamedrop: Project) -> None:
    frame = mlcli.examples("gamedrop")

    assert [*frame.dtypes.astype(str).items()] == [
        ("budget", "str"),
        ("play", "object"),
        ("game_name", "str"),
    ]
    assert len(frame) == 108
    with pytest.raises(mlcli.AskedWronglyError, match=r"^gamedrop suggests things$"):
        mlcli.model("gamedrop").pipeline()


def test_examples_are_what_can_be_learned_from_with_their_kinds(project: Project) -> None:
    header = "day,guests,table,member,doughs"
    rows = ["2024-01-02,3,7,true,9", "2024-01-01,,8,false,8", "2024-01-03,5,8,true,"]
    project.write("data/nights.csv", "\n".join([header, *rows]) + "\n")
    features = "[{name: guests, missing: mean}, {name: table, kind: category}, member]"
    project.define(table_definition(features) + "date: day\n")

    frame = mlcli.examples(project.root / "configs" / "pizzeria.yaml")

    wanted = pd.DataFrame(
        {
            "guests": [np.nan, 3.0],
            "table": pd.array(["8", "7"], dtype="str"),
            "member": pd.array(["false", "true"], dtype="str"),
            "doughs": [8.0, 9.0],
        },
        index=pd.DatetimeIndex(["2024-01-01", "2024-01-02"], dtype="datetime64[us]", name="day"),
    )
    pd.testing.assert_frame_equal(frame, wanted, check_freq=False)
    assert [*project.root.glob("models")] == []
