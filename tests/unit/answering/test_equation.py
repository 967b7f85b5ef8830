"""Equations: the steps by hand, and the words a person reads."""

from __future__ import annotations

import json
from math import e, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.answering.equation import (
    STEPS,
    Equation,
    Exp,
    Expand,
    Log,
    Standardise,
    Weigh,
    in_words,
    terms,
)
from mlcli.answering.label import NumberTarget
from mlcli.errors import RefusedError
from mlcli.store import records

DOUGHS = NumberTarget("doughs", "doughs", whole=True, floored=True)

LINE = Equation((Standardise((10.0,), (4.0,)), Weigh((8.0,), 50.0)))
CURVE = Equation(
    (
        Standardise((2.0,), (2.0,)),
        Expand(((1,), (2,))),
        Standardise((0.0, 1.0), (1.0, 0.5)),
        Weigh((3.0, 0.5), 7.0),
    )
)


def test_a_line_is_worked_out_step_by_step() -> None:
    assert LINE.numbers([15.0])[0] == 50 + 8 * (15 - 10) / 4


def test_a_curve_is_worked_out_step_by_step() -> None:
    z = (5.0 - 2) / 2

    assert CURVE.numbers([5.0])[0] == pytest.approx(7 + 3 * z + 0.5 * (z * z - 1) / 0.5, rel=1e-15)


def test_the_weights_are_multiplied_out_to_the_columns_as_asked() -> None:
    assert terms(LINE) == {(1,): 2.0, (0,): 30.0}
    # 7 + 3 (x-2)/2 + ((x-2)/2)^2 - 1  =  4 + 0.5 x + 0.25 x^2
    assert terms(CURVE) == {(0,): 4.0, (1,): 0.5, (2,): 0.25}


def test_products_of_two_columns_are_multiplied_out() -> None:
    both = Equation((Standardise((1.0, 2.0), (1.0, 1.0)), Expand(((1, 1),)), Weigh((1.0,), 0.0)))

    assert terms(both) == {(0, 0): 2.0, (1, 0): -2.0, (0, 1): -1.0, (1, 1): 1.0}  # (a-1)(b-2)


@pytest.mark.parametrize(
    ("equation", "names", "words"),
    [
        (LINE, ["reservations"], "doughs = 30 + 2 × reservations"),
        (CURVE, ["guests"], "doughs = 4 + 0.5 × guests + 0.25 × guests²"),
        (
            Equation((Log((0,), ("guests",)), Standardise((0.0,), (1.0,)), Weigh((-6.61,), 15.0))),
            ["guests"],
            "doughs = 15 - 6.61 × ln(guests)",
        ),
        (
            Equation((Standardise((0.0,), (1.0,)), Weigh((0.5,), 1.0), Exp())),
            ["guests"],
            "doughs = exp(1 + 0.5 × guests)",
        ),
        (
            Equation((Standardise((0.0,) * 9, (1.0,) * 9), Weigh((1.0,) * 9, 0.0))),
            [f"c{i}" for i in range(9)],
            "doughs = a weighted sum of 9 features or words: c0, c1, c2 and 6 more",
        ),
        (
            Equation((Standardise((0.0,) * 2, (1.0,) * 2), Weigh((-2.0, 3.0), 1.0))),
            ["day = Friday", "guests"],
            "doughs = 1 - 2 × (day = Friday) + 3 × guests",
        ),
    ],
)
def test_an_equation_reads_as_a_person_would_write_it(
    equation: Equation, names: list[str], words: str
) -> None:
    assert in_words(equation, DOUGHS, names) == words


def test_the_link_raises_e() -> None:
    assert Equation((Weigh((1.0,), 0.0), Exp())).numbers([1.0])[0] == pytest.approx(e, rel=1e-15)


def test_the_logarithm_is_the_natural_one_of_its_columns_alone() -> None:
    assert Log((1,), ("b",)).apply([-5.0, 8.0]) == [-5.0, log(8.0)]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_the_logarithm_of_nothing_is_refused(value: float) -> None:
    with pytest.raises(RefusedError, match=r"guests is .*must be above 0"):
        Log((0,), ("guests",)).apply([value])


def test_an_answer_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(RefusedError, match="too large"):
        Exp().apply([1000.0])


numbers = st.floats(-1e6, 1e6)


@settings(max_examples=50, deadline=None)
@given(st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=3, max_size=3))
def test_an_equation_survives_json(weights: list[float], row: list[float]) -> None:
    made = Equation(
        (
            Log((0,), ("a",)),
            Standardise((0.5, 0.1, 0.2), (2.0, 3.0, 4.0)),
            Expand(((1, 0, 0), (0, 1, 1), (0, 0, 2))),
            Weigh(tuple(weights), 1.5),
        )
    )

    again = Equation(
        tuple(records.of_kind(STEPS, one, "step") for one in json.loads(json.dumps(made.to_json())))
    )

    assert again == made
    asked = [abs(row[0]) + 1, *row[1:]]
    assert again.numbers(asked)[0] == made.numbers(asked)[0]
