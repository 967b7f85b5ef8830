"""Learning: from training rows alone, and one row answers as it does among many."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import datetime, timedelta
from math import inf
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import InMemory, Project, csv_of
from tables import answered, column

from mlcli.answering import features
from mlcli.answering.encoding import encode_many
from mlcli.answering.features import CategoryInput, NumberInput
from mlcli.definition import definition as definitions
from mlcli.definition.yaml_text import Document
from mlcli.errors import DataError
from mlcli.grammar import phrases
from mlcli.learning import fitting
from mlcli.learning.fitting import Fitted
from mlcli.store import records
from mlcli.tables.examples import assemble

NIGHTS = """
sources: {nights: {file: data/nights.csv}}
date: day
features:
  - {name: guests, missing: median}
  - {name: warmth, missing: mean}
  - {name: tables, missing: most_frequent}
  - {name: weather, kind: category, unseen: other, missing: most_frequent}
  - {name: staff, kind: category, unseen: ignore}
label: doughs
model: linear_regression
holdout: newest 20%
baseline: 10 + 2 * tables
"""

Row = dict[str, Any]
KINDS = {
    "day": "date",
    "guests": "number",
    "warmth": "number",
    "tables": "number",
    "weather": "text",
    "staff": "text",
    "doughs": "number",
}


def nights(seed: int, rows: int = 60) -> list[Row]:
    """Return nights in the order of their days, with holes; the last fifth is held out."""
    draw = random.Random(seed)
    found: list[Row] = []
    for n in range(rows):
        guests, warmth = draw.randrange(1, 40), round(draw.uniform(-5, 30), 1)
        weather = draw.choice(["dry", "dry", "wet", "snow"])
        found.append(
            {
                "day": datetime(2023, 1, 1) + timedelta(days=n),
                "guests": None if n % 9 == 4 else float(guests),
                "warmth": None if n % 11 == 7 else warmth,
                "tables": float(draw.choice([3, 4, 4, 5, 6])),
                "weather": None if n % 13 == 5 else weather,
                "staff": draw.choice(["two", "three"]),
                "doughs": float(round(10 + 2 * guests - 0.5 * warmth + 9 * (weather == "wet"))),
            }
        )
    return found


def fit(rows: list[Row], text: str = NIGHTS, *, split: str | None = None) -> Fitted:
    definition = definitions.build(Document(text).value)
    opened = InMemory({name: ([row[name] for row in rows], kind) for name, kind in KINDS.items()})
    examples = assemble(definition, lambda _: opened)
    return fitting.fit(definition, examples, split=phrases.holdout(split) if split else None)


MODELS = [
    "linear_regression",
    "{name: ridge, penalty: 2}",
    "{name: polynomial_regression, degree: 2}",
    "poisson_regression",
    "{name: k_nearest, neighbours: 3}",
    "{name: random_forest, trees: 10}",
    "{name: gradient_boosting, trees: 10}",
    "{name: DecisionTreeRegressor, max_depth: 3}",
]


def learned(fitted: Fitted) -> str:
    """Write out all that a fitted model knows: features, target, equation, estimator."""
    from sklearn.pipeline import Pipeline

    steps = fitted.estimator.steps if isinstance(fitted.estimator, Pipeline) else []
    arrays = {
        name: {key: repr(value) for key, value in vars(part).items() if key.endswith("_")}
        for name, part in steps
        if "neighbors" not in name
    }
    return json.dumps(
        {
            "features": [features.to_json(feature) for feature in fitted.model.features],
            "target": repr(fitted.model.target),
            "equation": fitted.equation.to_json() if fitted.equation else None,
            "arrays": arrays,
            "train": [
                fitted.rows.tolist(),
                fitted.train.values.tolist(),
                fitted.train.truths.tolist(),
            ],
            "asked": [fitted.model.predict.one(probe(fitted, n)) for n in range(5)],
        },
        indent=1,
    )


def probe(fitted: Fitted, n: int) -> list[float]:
    """Return a row of the matrix that no training row is."""
    width = sum(feature.width for feature in fitted.model.features)
    return [float((n * 7 + column * 3) % 11) for column in range(width)]


def wild(rows: list[Row]) -> list[Row]:
    """Return the held-out fifth changed beyond recognition; nothing else."""
    held = len(rows) // 5
    changed = [dict(row) for row in rows]
    for n, row in enumerate(changed[-held:]):
        row |= {
            "guests": 300.0 + n,
            "warmth": None if n % 2 else -300.0,
            "tables": 99.0,
            "weather": f"hail {n}",
            "staff": "nobody",
            "doughs": -1e5 - n - 0.5,
        }
    return changed


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_learned_from_rows_that_are_held_out(model: str) -> None:
    text = NIGHTS.replace("linear_regression", model)
    rows = nights(seed=1)

    as_they_are, changed = fit(rows, text), fit(wild(rows), text)

    assert learned(as_they_are) == learned(changed)
    assert as_they_are.held_out is not None
    assert changed.held_out is not None
    assert as_they_are.held_out.truths.tolist() != changed.held_out.truths.tolist()
    assert len(changed.held_out.truths) == 12


def test_a_change_in_a_row_that_is_learned_from_shows_everywhere() -> None:
    rows = nights(seed=1)
    changed = [dict(row) for row in rows]
    changed[0] |= {"guests": 1e6, "warmth": 1e6, "weather": "hail", "tables": 2.5}

    one, other = fit(rows), fit(changed)

    assert one.equation != other.equation
    assert [a != b for a, b in zip(one.model.features, other.model.features, strict=True)] == [
        True,  # the range of guests
        True,
        True,
        True,
        False,  # the staff is as it was
    ]


def test_fills_ranges_and_levels_are_those_of_the_training_rows() -> None:
    rows = nights(seed=2)
    fitted = fit(wild(rows))

    train = rows[:48]
    guests = [row["guests"] for row in train if row["guests"] is not None]
    warmth = [row["warmth"] for row in train if row["warmth"] is not None]
    tables = [row["tables"] for row in train]
    assert fitted.model.features == (
        NumberInput("guests", min(guests), max(guests), float(median(guests))),
        NumberInput("warmth", min(warmth), max(warmth), pytest.approx(sum(warmth) / len(warmth))),
        NumberInput("tables", 3.0, 6.0, max(sorted(set(tables)), key=tables.count)),
        CategoryInput("weather", ("dry", "snow", "wet"), "other", "dry"),
        CategoryInput("staff", ("three", "two"), "ignore", None),
    )


def test_of_equally_common_values_the_smallest_fills() -> None:
    rows = nights(seed=3)
    for n, row in enumerate(rows):
        row |= {"tables": 5.0 if n % 2 else 4.0, "weather": "wet" if n % 2 else "snow"}

    features = fit(rows).model.features

    assert (features[2].fill, features[3].fill) == (4.0, "snow")


def test_the_scaler_has_the_mean_and_the_spread_of_the_training_rows() -> None:
    rows = nights(seed=4)
    text = NIGHTS.replace("  - {name: warmth, missing: mean}\n", "")
    fitted = fit(wild(rows), text)
    guests = [row["guests"] for row in rows[:48]]
    known = [g for g in guests if g is not None]
    filled = [g if g is not None else median(known) for g in guests]
    mean = sum(filled) / 48

    assert fitted.equation is not None
    scaler = fitted.equation.steps[0]
    assert scaler.centre[0] == pytest.approx(mean, rel=1e-12)
    assert scaler.scale[0] == pytest.approx(
        (sum((g - mean) ** 2 for g in filled) / 48) ** 0.5, rel=1e-12
    )


def test_a_line_is_the_least_squares_of_the_training_rows() -> None:
    import numpy as np

    rows = nights(seed=5)
    text = NIGHTS.replace(
        NIGHTS[NIGHTS.index("  - {name: guests") : NIGHTS.index("label:")], "  - tables\n"
    )
    fitted = fit(wild(rows), text)

    matrix = np.array([[1.0, row["tables"]] for row in rows[:48]])
    weights, *_ = np.linalg.lstsq(matrix, np.array([row["doughs"] for row in rows[:48]]))
    for tables in (0.0, 3.0, 4.5, 100.0):
        answer = fitted.model.answer({"tables": tables})
        assert answer.value == pytest.approx(weights[0] + weights[1] * tables, rel=1e-12)


QUESTIONS = st.fixed_dictionaries(
    {
        "guests": st.none() | st.integers(0, 60).map(float),
        "warmth": st.none() | st.floats(-20, 40),
        "tables": st.none() | st.integers(0, 9).map(float),
        "weather": st.sampled_from([None, "dry", "wet", "snow", "hail"]),
        "staff": st.sampled_from([None, "two", "three", "one"]),
    }
)
FITTED = {
    model: fit(nights(seed=6), NIGHTS.replace("linear_regression", model)) for model in MODELS
}


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=8, deadline=None)
@given(st.lists(QUESTIONS, min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_one_row_alone_is_answered_as_it_is_in_a_batch(
    model: str, questions: list[Row], chance: random.Random
) -> None:
    asked = FITTED[model].model
    reordered = [dict(chance.sample(list(q.items()), len(q))) for q in questions]

    alone = [asked.answer(question) for question in questions]

    for batch in (answered(asked, questions), answered(asked, reordered)):
        assert batch == alone
    matrix, able = encode_many(
        asked.features,
        {name: column([q[name] for q in questions], KINDS[name]) for name in questions[0]},
        np.arange(len(questions)),
    )
    values, there = asked.predict.many(matrix)
    assert able.all()
    assert there.all()
    for value, one in zip(values, alone, strict=True):
        assert asked.target.deliver(value) == one.answer
        assert value == pytest.approx(one.value, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("model", MODELS)
def test_two_different_rows_get_different_answers(model: str) -> None:
    few = {"guests": 2.0, "warmth": 25.0, "tables": 4.0, "weather": "dry", "staff": "two"}
    many = {**few, "guests": 38.0, "warmth": -4.0, "weather": "wet"}

    one, other = (FITTED[model].model.answer(question) for question in (few, many))

    assert one.answer is not None
    assert other.answer is not None
    assert other.answer - one.answer > 20


def table(rows: list[Row], names: list[str]) -> str:
    """Write rows as CSV, the columns in this order."""
    return csv_of(
        ",".join(names),
        [
            tuple(
                "" if row[name] is None else f"{row[name]:%Y-%m-%d}" if name == "day" else row[name]
                for name in names
            )
            for row in rows
        ],
    )


@pytest.fixture
def fitted_nights(project: Project) -> Project:
    project.write("data/nights.csv", table(nights(seed=7), list(KINDS)))
    project.define(NIGHTS, "nights")
    return project


def test_a_file_of_questions_keeps_its_count_and_order_in_any_order_of_its_columns(
    fitted_nights: Project,
) -> None:
    fitted_nights.works("fit")
    asked = nights(seed=8, rows=25)
    names = [name for name in KINDS if name not in {"day", "doughs"}]
    as_they_are = fitted_nights.write("one.csv", table(asked, names))
    reordered = fitted_nights.write("other.csv", table(asked, [*reversed(names), "day"]))

    one, other = (
        fitted_nights.works("predict", "--input", path, "--json").json["predictions"]
        for path in (as_they_are, reordered)
    )

    assert [p["asked"] for p in one] == [{name: row[name] for name in names} for row in asked]
    assert one == other
    for row, prediction in list(zip(asked, one, strict=True))[:5]:
        options = [
            word for name in names if row[name] is not None for word in (f"--{name}", row[name])
        ]
        (alone,) = fitted_nights.works("predict", *options, "--json").json["predictions"]
        assert alone["value"] == pytest.approx(prediction["value"], rel=1e-12, abs=1e-12)
        assert alone["answer"] == prediction["answer"]

    written = fitted_nights.works("predict", "--input", reordered).out
    lines = list(csv.DictReader(io.StringIO(written)))
    assert [line["day"] for line in lines] == [f"{row['day']:%Y-%m-%d}" for row in asked]
    assert [line["answer"] for line in lines] == [str(p["answer"]) for p in one]


def test_a_final_fit_learns_from_all_rows_and_carries_the_judged_figures(
    fitted_nights: Project,
) -> None:
    (judged,) = fitted_nights.works("fit", "--json").json["fitted"]
    (final,) = fitted_nights.works("fit", "--final", "--json").json["fitted"]
    manifest = json.loads((fitted_nights.root / "models/nights/2/manifest.json").read_text())

    assert final["rows"] == judged["rows"] == {"used": 60, "train": 48, "holdout": 12}
    assert final["metrics"] == judged["metrics"]
    assert (manifest["learned_from"], manifest["final"]) == (60, True)
    whole = fit(nights(seed=7), split="none")
    assert (
        tuple(records.of_kind(features.KINDS, one) for one in manifest["features"])
        == whole.model.features
    )
    assert whole.equation is not None
    first, second = (
        json.loads((fitted_nights.root / f"models/nights/{version}/equation.json").read_text())
        for version in (1, 2)
    )
    assert second == json.loads(json.dumps(whole.equation.to_json()))
    assert second != first
    assert fitted_nights.works("evaluate", "--json").json["metrics"] == judged["metrics"]


def test_holding_nothing_out_learns_from_every_row() -> None:
    rows = nights(seed=9)

    fitted = fit(rows, NIGHTS.replace("newest 20%", "none"))

    assert fitted.held_out is None
    assert len(fitted.train.truths) == 60
    assert fitted.train.baseline.tolist() == [10 + 2 * row["tables"] for row in rows]


def test_the_same_rows_in_another_order_of_the_file_give_the_same_model() -> None:
    rows = nights(seed=10)

    one, other = fit(rows), fit(random.Random(0).sample(rows, len(rows)))

    assert learned(one) == learned(other)


def test_held_out_rows_that_cannot_be_encoded_are_named() -> None:
    text = NIGHTS.replace(", unseen: other, missing: most_frequent", "")
    rows = [row for row in nights(seed=11) if row["weather"]]
    rows[-1]["weather"] = "hail"

    with pytest.raises(DataError, match="'hail'") as raised:
        fit(rows, text)
    assert raised.value.problems[0].place == f"{rows[-1]['day']:%Y-%m-%d}"


def test_a_held_out_row_for_which_a_curve_leaves_all_numbers_is_named() -> None:
    rows = nights(seed=11)
    rows[-2]["guests"] = 1e6

    with pytest.raises(DataError, match="too large") as raised:
        fit(rows, NIGHTS.replace("linear_regression", "poisson_regression"))
    assert raised.value.problems[0].place == f"{rows[-2]['day']:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"doughs": 5.0}, "'doughs' is 5 in all"),
        ({"guests": None}, "'guests' is empty"),
        ({"doughs": None}, "0 rows"),
    ],
)
def test_rows_from_which_nothing_can_be_learned_are_an_error(change: Row, what: str) -> None:
    rows = [{**row, **change} for row in nights(seed=12)]

    with pytest.raises(DataError, match=what):
        fit(rows)


def test_every_training_label_decides_whether_answers_are_whole_and_floored() -> None:
    def told(rows: list[Row], text: str = NIGHTS) -> tuple[str, bool, bool]:
        target = fit(rows, text).model.target
        return target.unit, target.whole, target.floored

    rows = nights(seed=13)
    assert told(wild(rows)) == ("doughs", True, True)
    rows[3]["doughs"] = -0.5
    assert told(rows) == ("doughs", False, False)
    said = NIGHTS.replace("label: doughs", "label: {name: doughs, unit: balls, whole: true}")
    assert told(rows, said) == ("balls", True, False)


def test_no_prediction_is_without_end() -> None:
    for fitted in FITTED.values():
        assert fitted.held_out is not None
        assert all(-inf < value < inf for value in fitted.held_out.values)
