"""What is answered: how a raw prediction is delivered, and which class a cell names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlcli.answering import label
from mlcli.answering.label import Chosen, ClassTarget, NumberTarget, ThingTarget, classes_of

DOUGHS = NumberTarget("doughs", "pizza doughs", whole=True, floored=True)
KILOS = NumberTarget("weight", "kilos", whole=False, floored=True)
CHANGE = NumberTarget("change", "degrees", whole=True, floored=False)
GIFT = ClassTarget("gift", "gift", ("book", "game", "toy"))


@pytest.mark.parametrize(
    ("target", "value", "answer"),
    [
        (DOUGHS, 2.5, 3.0),
        (DOUGHS, 0.4, 0.0),
        (DOUGHS, -2.5, 0.0),
        (KILOS, 2.5, 2.5),
        (KILOS, 0.5, 0.5),
        (KILOS, -2.5, 0.0),
        (CHANGE, -2.5, -3.0),
        # fourteen digits: the last bits of a sum are not answered
        (KILOS, 0.1 + 0.2, 0.3),
        (KILOS, 1.23456789012344, 1.2345678901234),
    ],
)
def test_a_number_is_delivered_as_its_target_says(
    target: NumberTarget, value: float, answer: float
) -> None:
    assert target.deliver(value) == answer


def test_what_is_raised_to_0_is_said() -> None:
    assert DOUGHS.note(-2.5) == "-2.5 is below 0, as no pizza doughs ever were: answered 0"
    assert KILOS.note(-0.25) == "-0.25 is below 0, as no kilos ever were: answered 0"
    assert (DOUGHS.note(0.0), DOUGHS.note(0.5), CHANGE.note(-2.5)) == ("", "", "")
    assert DOUGHS.note(Chosen(0)) == ""


def test_a_class_is_delivered_as_it_is() -> None:
    assert [GIFT.deliver(Chosen(n)) for n in range(3)] == ["book", "game", "toy"]
    assert GIFT.note(Chosen(1)) == ""


def test_probabilities_stand_beside_their_classes_if_there_are_any() -> None:
    found = GIFT.probabilities(Chosen(1, (0.25, 0.5, 0.125)))

    assert found == {"book": 0.25, "game": 0.5, "toy": 0.125}
    assert GIFT.probabilities(Chosen(1)) is None
    with pytest.raises(ValueError, match=r"zip\(\)"):
        GIFT.probabilities(Chosen(1, (0.5, 0.5)))


@pytest.mark.parametrize(
    ("classes", "text", "truth"),
    [
        (("no", "yes"), "yes", "yes"),
        (("no", "yes"), "Yes", "Yes"),
        # true and false are classes in small letters
        (("false", "true"), " TRUE ", "true"),
        (("false", "true"), "maybe", "maybe"),
        (("true",), "False", "false"),
        (("no", "yes"), " TRUE ", " TRUE "),
        # another way to write a number is the same class
        (("1", "2", "2.5"), "2.0", "2"),
        (("1", "2", "2.5"), " 2.50", "2.5"),
        (("1", "2", "2.5"), "7.0", "7.0"),
        (("1", "2", "2.5"), "two", "two"),
        (("1", "1.0"), "1.00", "1"),
        (("1", "1.0"), "1.0", "1.0"),
        # unless some class is no number
        (("1", "two"), "1.0", "1.0"),
    ],
)
def test_a_cell_names_a_class_or_stays_as_it_is(
    classes: tuple[str, ...], text: str, truth: str
) -> None:
    assert ClassTarget("x", "x", classes).truth(text) == truth


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["toy", "book", "toy"], ("book", "toy")),
        (["10", "9", "-1.5", "9"], ("-1.5", "9", "10")),
        (["1.0", "0.5", "1"], ("0.5", "1", "1.0")),
        (["10", "9", "nine"], ("10", "9", "nine")),
    ],
)
def test_classes_are_in_order_by_number_if_all_are_numbers_else_as_text(
    labels: list[str], classes: tuple[str, ...]
) -> None:
    assert classes_of(labels) == classes


@pytest.mark.parametrize(
    ("target", "data"),
    [
        (
            DOUGHS,
            {
                "kind": "number",
                "name": "doughs",
                "unit": "pizza doughs",
                "whole": True,
                "floored": True,
            },
        ),
        (
            ClassTarget("gift", "presents", ("book", "toy")),
            {"kind": "category", "name": "gift", "unit": "presents", "classes": ["book", "toy"]},
        ),
        (ThingTarget("game", "games"), {"kind": "thing", "name": "game", "unit": "games"}),
    ],
    ids=["number", "category", "thing"],
)
def test_a_stored_target_is_plain_and_comes_back_the_same(
    target: label.Target | ThingTarget, data: dict[str, object]
) -> None:
    stored = json.loads(json.dumps(label.to_json(target)))

    assert stored == data
    back = label.from_json(stored)
    assert (type(back), back) == (type(target), target)


NIGHT = ClassTarget("night", "night", ("busy", "calm", "full"))


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (
            Chosen(1, (0.2, 0.5, 0.3)),
            {"class": "calm", "probabilities": {"busy": 0.2, "calm": 0.5, "full": 0.3}},
        ),
        (Chosen(2), {"class": "full", "probabilities": None}),
    ],
)
def test_a_class_is_kept_by_name_and_comes_back(raw: Chosen, kept: dict[str, Any]) -> None:
    assert NIGHT.keep(raw) == kept
    assert NIGHT.restore(json.loads(json.dumps(kept))) == raw
    others = ClassTarget("night", "night", ("full", "calm", "busy"))
    assert others.deliver(others.restore(kept)) == NIGHT.deliver(raw)


@pytest.mark.parametrize(
    "kept",
    [
        {"class": "riot", "probabilities": None},
        {"class": "calm"},
        {"class": "calm", "probabilities": {"calm": 1.0}},
        {"class": "calm", "probabilities": {"busy": "x", "calm": 1.0, "full": 0.0}},
        5,
    ],
)
def test_what_is_no_kept_class_is_an_error(kept: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        NIGHT.restore(kept)


def test_a_number_is_kept_as_it_is() -> None:
    doughs = NumberTarget("doughs", "doughs", whole=True, floored=True)

    assert doughs.keep(-2.25) == -2.25
    assert doughs.restore(-2.25) == -2.25
    assert doughs.restore(3) == 3.0
    with pytest.raises(ValueError, match="x"):
        doughs.restore("x")
