"""What made an answer: parts by hand, and sums of every equation."""

from __future__ import annotations

import random
from math import exp, fsum, log
from typing import TYPE_CHECKING, Any

import pytest
from support import Project, csv_of

import mlcli
from mlcli.answering.equation import Equation, Exp, Expand, Log, Scores, Softmax, Standardise, Weigh
from mlcli.answering.features import CategoryInput, NumberInput
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor
from mlcli.answering.reasons import Part, Why, why

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
TABLE = """\
sources: {{nights: {{file: data/nights.csv, rules: [split_list: {{of: extras, as: more}}]}}}}
features: [guests, price, day, {{name: size, kind: ordinal, levels: [S, M, L]}},
  {{name: more, kind: tags}}]
label: {label}
model: {model}
holdout: none
"""
DAYS, SIZES, MORE = ["Monday", "Friday", "Sunday"], ["S", "M", "L"], ["", "music", "music,bar"]


@pytest.mark.parametrize("model", MODELS)
def test_the_parts_of_every_equation_add_up(project: Project, model: str) -> None:
    draw = random.Random(3)
    rows: list[tuple[object, ...]] = []
    for at in range(40):
        guests, price = draw.randint(1, 60), draw.uniform(1, 9)
        day, size, more = at % 3, draw.randrange(3), draw.randrange(3)
        doughs = max(round(20 + guests - 3 * price + 4 * day + draw.gauss(0, 3)), 0)
        late = "yes" if guests + 9 * day > 35 + draw.gauss(0, 9) else "no"
        style = ["jazz", "pop", "rock"][(day + (guests > 30)) % 3]
        extras = f'"{MORE[more]}"'
        rows.append((guests, f"{price:.2f}", DAYS[day], SIZES[size], extras, doughs, late, style))
    project.write("data/nights.csv", csv_of("guests,price,day,size,extras,doughs,late,style", rows))
    project.define(TABLE.format(label=MODELS[model], model=model), "nights")
    mlcli.fit("nights", project.root)
    fitted = mlcli.model("nights", project.root)

    for guests, price, day, size, more in (
        *((1, 1.01, "Monday", "L", []), (90, 12.5, "Sunday", "S", ["bar"])),
        *((31, 5.0, "Friday", "M", ["music", "bar"]), (60, 1.0, "Friday", "S", ["music"])),
    ):
        answer = fitted.ask(guests=guests, price=price, day=day, size=size, more=more, why_=True)
        found = answer.why
        assert found is not None
        assert found["adds_up"]
        sizes = [abs(found["start"]), *(abs(one["part"]) for one in found["parts"])]
        close = 1e-9 * max(1.0, *sizes)

        total = found["start"] + fsum(one["part"] for one in found["parts"])

        assert abs(total - found["total"]) <= close
        if answer.probabilities is None:
            assert isinstance(answer.answer, float | int)
            value = exp(total) if found["scale"] == "log" else total
            delivered = value + found["floor"] + found["rounding"]
            assert abs(delivered - answer.answer) <= 1e-9 * max(1.0, *sizes, abs(delivered))
        else:
            shares = answer.probabilities
            odds = log(shares[found["of"]]) - log(shares[found["against"]])
            assert abs(total - odds) <= close
