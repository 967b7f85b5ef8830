"""How good a model is: on what is delivered, on raw predictions, beside baselines."""

from __future__ import annotations

import random
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import answered, judged

from mlcli.answering.equation import Equation, Weigh
from mlcli.answering.features import NumberInput
from mlcli.answering.label import NumberTarget as Target
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor
from mlcli.judging.judges import judge
from mlcli.learning.judged import Judged
from mlcli.wording import round_half_away

DOUGHS = Target("doughs", "pizza doughs", whole=True, floored=True)
KILOS = Target("kilos", "kilos", whole=False, floored=False)


def made_up(seed: int, rows: int, *, baseline: bool = True) -> Judged:
    draw = random.Random(seed)
    truths = [float(draw.randrange(0, 100)) for _ in range(rows)]
    return judged(
        KILOS,
        truths,
        [t + draw.gauss(-2, 6) for t in truths],
        keys=[f"row {i}" for i in range(rows)],
        baseline=[10 + 0.9 * t for t in truths] if baseline else None,
    )


@pytest.mark.parametrize("target", [DOUGHS, KILOS], ids=["whole, never below 0", "as they are"])
def test_every_figure_is_what_scikit_learn_says_of_the_same_rows(target: Target) -> None:
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    train, held = made_up(1, 80), made_up(2, 20)
    known = {
        "mae": mean_absolute_error,
        "rmse": lambda t, p: mean_squared_error(t, p) ** 0.5,
        "r2": r2_score,
    }

    found = judge(target).scores(train, held, target.blind(train.truths))

    def delivered(values: list[float]) -> list[float]:
        if target is KILOS:
            return list(values)
        return [max(0, floor(v + 0.5)) for v in values]

    mean = sum(train.truths) / len(train.truths)
    assert set(found) == set(known)
    for name, score in known.items():
        expected = {
            "train": score(train.truths, delivered(train.values)),
            "holdout": score(held.truths, delivered(held.values)),
            "train_raw": score(train.truths, train.values),
            "holdout_raw": score(held.truths, held.values),
            "mean_baseline": score(held.truths, delivered([mean] * 20)),
            "own_baseline": score(held.truths, delivered(held.baseline)),
        }
        assert {k: getattr(found[name], k) for k in expected} == pytest.approx(expected, rel=1e-12)
        assert found[name].unit == ("" if name == "r2" else target.unit)
        assert found[name].better == ("higher" if name == "r2" else "lower")


def test_the_mean_that_is_answered_is_that_of_the_training_labels() -> None:
    train = judged(KILOS, [0.0, 10.0], [0.0, 10.0])
    held = judged(KILOS, [105.0], [100.0])

    found = judge(KILOS).scores(train, held, KILOS.blind(train.truths))

    assert found["mae"].mean_baseline == 100
    assert found["mae"].holdout == 5


def test_without_held_out_rows_the_baselines_are_those_of_the_training_rows() -> None:
    train = made_up(3, 10)

    found = judge(KILOS).scores(train, None, KILOS.blind(train.truths))

    for score in found.values():
        assert score.holdout is None
        assert score.holdout_raw is None
        assert score.mean_baseline is not None
        assert score.own_baseline is not None
    assert found["r2"].mean_baseline == pytest.approx(0, abs=1e-12)


def test_without_a_rule_of_ones_own_there_is_no_figure_for_it() -> None:
    found = judge(KILOS).scores(made_up(4, 5, baseline=False), made_up(5, 5, baseline=False), 1.0)

    assert [score.own_baseline for score in found.values()] == [None] * 3


def test_figures_are_of_what_is_delivered_and_raw_ones_of_what_was_predicted() -> None:
    rows = judged(DOUGHS, [3.0, 0.0, 53.0], [2.5, -4.0, 52.4999999999999])

    score = judge(DOUGHS).scores(rows, rows, 1.0)["mae"]

    assert rows.answers(DOUGHS).tolist() == [3, 0, 53]
    assert (score.train, score.holdout) == (0, 0)
    assert score.holdout_raw == score.train_raw == pytest.approx((0.5 + 4 + 0.5) / 3)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (2.5, 3),
        (-2.5, -3),
        (0.5, 1),
        (-0.5, -1),
        (1.5, 2),
        (3.5, 4),
        (-3.5, -4),
        (52.4999999999999, 53),
        (52.4999999994, 52),
        (52.4999999996, 53),
        (-52.4999999999999, -53),
        (0.49, 0),
        (-0.49, 0),
        (2.4999, 2),
        (0.0, 0),
        (1e15 + 0.5, 10**15 + 1),
        (2.0**53, 2**53),
        (1e30, int(1e30)),
        (-1e300, int(-1e300)),
    ],
)
def test_halves_are_rounded_away_from_zero_after_nine_decimals(value: float, rounded: int) -> None:
    assert round_half_away(value) == rounded
    assert Target("x", "x", whole=True, floored=False).deliver(value) == float(rounded)


@settings(max_examples=200, deadline=None)
@given(st.integers(-(10**6), 10**6), st.integers(-(10**8), 10**8))
def test_rounding_is_that_of_whole_numbers(whole: int, billionths: int) -> None:
    value = whole + billionths / 10**9
    exact = whole * 10**9 + billionths  # in billionths, which doubles of this size keep apart
    by_hand = (abs(exact) * 2 + 10**9) // (2 * 10**9) * (1 if exact >= 0 else -1)

    assert round_half_away(value) == by_hand
    assert floor(value - 1e-9) <= round_half_away(value) <= ceil(value + 1e-9)


def answers(target: Target, value: float) -> tuple[float | None, tuple[str, ...]]:
    feature = NumberInput("guests", 0, 10)
    always = Equation((Weigh((0.0,), value),))
    model = Model((feature,), target, (), Predictor(always, None, target))
    answer = model.answer({"guests": 5.0})
    assert answered(model, [{"guests": 5.0}] * 2) == [answer, answer]
    values, _ = model.predict.many(np.full((2, 1), 5.0))
    assert target.answers(values).tolist() == [answer.answer] * 2
    assert answer.value == value
    return answer.answer, answer.notes


def test_an_answer_below_zero_is_floored_with_a_note_where_no_label_was_below() -> None:
    answer, notes = answers(DOUGHS, -3.7)
    assert answer == 0
    assert len(notes) == 1
    assert "-3.7" in notes[0]
    assert "0" in notes[0]

    answer, notes = answers(Target("kilos", "kilos", whole=False, floored=True), -0.25)
    assert answer == 0
    assert notes


@pytest.mark.parametrize(
    ("target", "value", "answer"),
    [(DOUGHS, 0.0, 0), (DOUGHS, 12.5, 13), (KILOS, -3.7, -3.7), (KILOS, 2.5, 2.5)],
)
def test_other_answers_have_no_note(target: Target, value: float, answer: float) -> None:
    assert answers(target, value) == (answer, ())


def test_the_worst_rows_come_first_in_what_was_delivered() -> None:
    rows = judged(
        DOUGHS,
        [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0],
        [10.2, 13.0, 2.0, 10.0, 15.6, 9.0, 11.0],
        keys=["a", "b", "c", "d", "e", "f", "g"],
    )

    found = judge(DOUGHS).worst(rows)

    assert [(row.row, row.answer, row.miss) for row in found] == [
        ("c", 2, -8),
        ("e", 16, 6),
        ("b", 13, 3),
        ("f", 9, -1),
        ("g", 11, 1),
    ]
    assert len(judge(DOUGHS).worst(rows, most=2)) == 2
