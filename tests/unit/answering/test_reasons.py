"""What made an answer: parts by hand, and sums of every equation."""

from __future__ import annotations

import random
from math import exp, fsum, log
from typing import TYPE_CHECKING, Any

import pytest
from tables import examples

from mlcli.answering.equation import (
    Binarise,
    Equation,
    Exp,
    Expand,
    Log,
    Scores,
    Sigmoid,
    Softmax,
    Standardise,
    Weigh,
)
from mlcli.answering.features import CategoryInput, NumberInput
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor
from mlcli.answering.reasons import Part, Why, weights, why
from mlcli.definition import definition as definitions
from mlcli.definition.yaml_text import Document
from mlcli.learning import fitting
from mlcli.learning.features import learn_feature, typical

if TYPE_CHECKING:
    from mlcli.answering.equation import Step
    from mlcli.answering.features import Input
    from mlcli.answering.target import Target

GUESTS = NumberInput("guests", 1.0, 60.0)
PRICE = NumberInput("price", 1.0, 9.0)
DAY = CategoryInput("day", ("Monday", "Sunday"))
DOUGHS = NumberTarget("doughs", "doughs", whole=True, floored=True)


def explained(
    *steps: Step,
    features: tuple[Input, ...] = (GUESTS,),
    target: Target = DOUGHS,
    asked: dict[str, Any],
    typical: dict[str, Any],
) -> Why:
    model = Model(features, target, (), Predictor(Equation(steps), None, target))
    return why(model, model.answer(asked), typical)


def test_the_parts_of_a_line_are_weights_times_differences() -> None:
    found = explained(
        Standardise((10.0, 0.0, 0.0), (4.0, 1.0, 1.0)),
        Weigh((8.0, -1.0, 5.25), 50.0),
        features=(GUESTS, DAY),
        asked={"guests": 15.0, "day": "Sunday"},
        typical={"guests": 30.0, "day": "Monday"},
    )

    # 50 + 8 (30 - 10) / 4 - 1 = 89 on a typical day; 2 a guest; Sunday 5.25 instead of -1
    assert found.start == 89.0
    assert found.parts == (Part(("guests",), -30.0), Part(("day",), 6.25))
    assert (found.total, found.floor, found.rounding) == (65.25, 0.0, -0.25)
    assert found.to_json()["typical"] == {"guests": 30, "day": "Monday"}


def test_an_answer_below_nothing_is_raised_to_it_by_a_part_of_its_own() -> None:
    found = explained(
        Standardise((0.0,), (1.0,)),
        Weigh((1.0,), -20.5),
        asked={"guests": 5.0},
        typical={"guests": 30.0},
    )

    assert (found.start, found.total, found.floor, found.rounding) == (9.5, -15.5, 15.5, 0.0)


def test_powers_of_a_feature_are_one_part_and_products_another() -> None:
    found = explained(
        Standardise((0.0, 0.0), (1.0, 1.0)),
        Expand(((1, 0), (2, 0), (1, 1), (0, 2))),
        Standardise((0.0, 0.0, 0.0, 0.0), (1.0, 2.0, 1.0, 1.0)),
        Weigh((1.0, 6.0, 4.0, 10.0), 7.0),
        features=(GUESTS, PRICE),
        asked={"guests": 5.0, "price": 3.0},
        typical={"guests": 2.0, "price": 1.0},
    )

    # g + 3 g² + 4 g p + 10 p² + 7 is 2 + 12 + 8 + 10 + 7 = 39 at (2, 1), and 237 at (5, 3).
    # Guests alone: 3 + 3 (25 - 4) + 4 (5 - 2) 1 = 78; price alone: 4 (2) (3 - 1) + 10 (9 - 1) = 96;
    # both together: 4 (5 - 2) (3 - 1) = 24.
    assert found.start == 39.0
    assert set(found.parts) == {
        Part(("guests",), 78.0),
        Part(("price",), 96.0),
        Part(("guests", "price"), 24.0),
    }
    assert found.total == 237.0


def test_a_curve_of_logarithms_is_explained_in_the_unit() -> None:
    found = explained(
        Log((0,), ("guests",)),
        Standardise((0.0,), (1.0,)),
        Weigh((3.0,), 1.0),
        asked={"guests": 8.0},
        typical={"guests": 2.0},
    )

    assert found.parts[0].part == pytest.approx(3 * log(4), rel=1e-12)  # 3 (ln 8 - ln 2)
    assert found.scale == "unit"


def test_counts_are_explained_by_factors() -> None:
    found = explained(
        Standardise((0.0,), (1.0,)),
        Weigh((0.5,), 1.0),
        Exp(),
        asked={"guests": 4.0},
        typical={"guests": 2.0},
    )

    # exp(1 + .5 · 2) on a typical day, times exp(.5 · 2): e² · e = e³, 20.09, answered as 20
    assert (found.scale, found.start, found.total) == ("log", 2.0, 3.0)
    assert found.to_json()["parts"] == [
        {"features": ["guests"], "part": 1.0, "factor": pytest.approx(exp(1))}
    ]
    assert found.rounding == pytest.approx(20 - exp(3))


def test_scores_of_classes_are_held_against_the_likeliest_other() -> None:
    found = explained(
        Scores(((1.0, 0.0), (0.0, 2.0), (3.0, 3.0)), (0.5, 0.0, -9.0)),
        Softmax(),
        features=(DAY,),
        target=ClassTarget("style", "style", ("jazz", "pop", "rock")),
        asked={"day": "Sunday"},
        typical={"day": "Monday"},
    )

    # Sunday: jazz .5, pop 2, rock -6; so pop against jazz: from 0 - 1.5 on Monday to 1.5
    assert (found.scale, found.of, found.against) == ("log score", "pop", "jazz")
    assert (found.start, found.parts, found.total) == (-1.5, (Part(("day",), 3.0),), 1.5)
    assert (found.floor, found.rounding) == (None, None)


def said_of(*steps: Step, target: Target = DOUGHS) -> dict[str, tuple[float, str]]:
    """Return the weights of guests and day by their terms, in their order."""
    found = weights(Equation(steps), (GUESTS, DAY), target)
    assert found is not None
    return {f"{one.of or ''} {one.term}".strip(): (one.weight, one.unit) for one in found}


def test_weights_are_of_columns_as_they_are_asked() -> None:
    line = Standardise((10.0, 0.0, 0.0), (4.0, 1.0, 1.0)), Weigh((8.0, -1.0, 5.0), 50.0)

    # 50 + 8 (guests - 10) / 4 = 30 + 2 guests; a spread of 4 guests moves 8, Sunday 5, Monday 1
    assert list(said_of(*line).items()) == [
        ("constant", (30.0, "doughs")),
        ("guests", (2.0, "doughs per guests")),
        ("day = Sunday", (5.0, "doughs")),
        ("day = Monday", (-1.0, "doughs")),
    ]
    assert said_of(*line, Exp())["guests"] == (2.0, "ln(doughs) per guests")


def test_a_word_has_no_powers_and_its_weights_are_added() -> None:
    found = said_of(
        Standardise((0.0,) * 3, (1.0,) * 3),
        Expand(((0, 1, 0), (0, 2, 0), (2, 1, 0))),
        Weigh((1.0, 2.0, 4.0), 0.0),
    )

    assert found["day = Monday"] == (3.0, "doughs")  # 1 + 2, as 0 and 1 are their own squares
    assert found["guests² × day = Monday"] == (4.0, "doughs per guests²")


def test_each_class_has_weights_of_its_own() -> None:
    late = ClassTarget("late", "late", ("no", "yes"))
    scores = Scores(((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), (7.0, 8.0))

    found = said_of(Binarise(), scores, Softmax(), target=late)

    assert found["no constant"] == (7.0, "log score")
    assert found["yes guests > 0"] == (4.0, "log score")
    assert found["yes day = Sunday"] == (6.0, "log score")
    odds = said_of(
        Standardise((0.0,) * 3, (1.0,) * 3), Weigh((1.0,) * 3, 0.0), Sigmoid(), target=late
    )
    assert odds["guests"] == (1.0, "log-odds of yes per guests")


def test_a_curve_of_very_many_terms_is_not_multiplied_out() -> None:
    many = Expand(tuple((at, 0, 0) for at in range(1, 2002)))
    equation = Equation((Standardise((0.0,) * 3, (1.0,) * 3), many, Weigh((0.0,) * 2001, 1.0)))

    assert weights(equation, (GUESTS, DAY), DOUGHS) is None


MODELS = {
    "linear_regression": "doughs",
    "ridge": "doughs",
    "{name: polynomial_regression, degree: 3}": "doughs",
    "log_regression": "doughs",
    "poisson_regression": "doughs",
    "logistic_regression": "late",
    "{name: logistic_regression, penalty: 2}": "style",
    "complement_naive_bayes": "style",
    "multinomial_naive_bayes": "style",
    "bernoulli_naive_bayes": "late",
}
DEFINITION = """
sources: {{nights: {{file: nights.csv}}}}
features: [guests, price, day, {{name: size, kind: ordinal, levels: [S, M, L]}},
  {{name: more, kind: tags}}]
label: {label}
model: {model}
holdout: none
"""
DAYS, SIZES, MORE = ["Monday", "Friday", "Sunday"], ["S", "M", "L"], ["", "music", "music,bar"]


def nights() -> dict[str, list[Any]]:
    """Return 40 nights with features of every kind, and labels that follow from them."""
    draw, rows = random.Random(3), []
    for at in range(40):
        guests, price = float(draw.randint(1, 60)), draw.uniform(1, 9)
        day, size, more = at % 3, draw.randrange(3), draw.randrange(3)
        doughs = float(max(round(20 + guests - 3 * price + 4 * day + draw.gauss(0, 3)), 0))
        late = "yes" if guests + 9 * day > 35 + draw.gauss(0, 9) else "no"
        style = ["jazz", "pop", "rock"][(day + (guests > 30)) % 3]
        rows.append((guests, price, DAYS[day], SIZES[size], MORE[more], doughs, late, style))
    names = ("guests", "price", "day", "size", "more", "doughs", "late", "style")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize("model", MODELS)
def test_the_parts_of_every_equation_add_up(model: str) -> None:
    text = DEFINITION.format(label=MODELS[model], model=model)
    table = examples(nights())
    fitted = fitting.fit(definitions.build(Document(text).value), table).model
    start = {f.name: typical(f, table.columns[f.name]) for f in fitted.features}
    assert fitted.predict.equation is not None

    for guests, price, day, size, more in (
        *((1.0, 1.01, "Monday", "L", ()), (90.0, 12.5, "Sunday", "S", ("bar",))),
        *((31.0, 5.0, "Friday", "M", ("music", "bar")), (60.0, 1.0, "Friday", "S", ("music",))),
    ):
        asked = {"guests": guests, "price": price, "day": day, "size": size, "more": more}
        answer = fitted.answer(asked)
        found = why(fitted, answer, start)
        close = 1e-9 * max(1.0, abs(found.start), *(abs(one.part) for one in found.parts))

        total = found.start + fsum(one.part for one in found.parts)

        assert found.adds_up
        assert abs(total - found.total) <= close
        if answer.probabilities is None:
            assert found.floor is not None
            assert found.rounding is not None
            value = exp(total) if found.scale == "log" else total
            delivered = value + found.floor + found.rounding
            assert delivered == pytest.approx(answer.answer, rel=1e-9, abs=close)
        else:
            shares = answer.probabilities
            odds = log(shares[found.of]) - log(shares[found.against])
            assert abs(total - odds) <= close


@pytest.mark.parametrize(
    ("kind", "values", "middle"),
    [
        ("{name: a}", [3.0, 1.0, 10.0, 2.0], 2.5),
        ("{name: a, kind: category}", ["b", "a", "b", "c"], "b"),
        ("{name: a, kind: ordinal, levels: [S, M, L]}", ["L", "S", "M", "L", "M"], "M"),
        ("{name: a, kind: tags}", ["x,y", "x", "z", "x"], ("x",)),
        ("{name: a, kind: tags}", ["x", "y", "z", "y,z"], ()),
        ("{name: a, kind: tags, unseen: error}", ["x", "y", "z", "y"], ("y",)),
    ],
)
def test_the_typical_value_is_what_most_rows_have(
    kind: str, values: list[Any], middle: object
) -> None:
    text = f"sources: {{t: {{file: t.csv}}}}\nfeatures: [{kind}]\nlabel: y\nmodel: ridge\n"
    definition = definitions.build(Document(text).value)
    table = examples({"a": values})

    feature = learn_feature(definition.features[0], table.columns["a"])

    assert typical(feature, table.columns["a"]) == middle
