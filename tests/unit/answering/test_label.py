"""What is answered: how a raw prediction is delivered, and which class a cell names."""

from __future__ import annotations

import json
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tables import column, words

from mlcli.answering import label
from mlcli.answering.choices import Chosen, classes_of
from mlcli.answering.features import UnknownLevelError
from mlcli.answering.label import KINDS, TARGETS, ClassTarget, NumberTarget
from mlcli.answering.target import AnswerKind, Blind, Errors, Target, ThingTarget, Undecided
from mlcli.errors import DataError, RefusedError
from mlcli.store import records

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOUGHS = NumberTarget("doughs", "pizza doughs", whole=True, floored=True)
KILOS = NumberTarget("weight", "kilos", whole=False, floored=True)
CHANGE = NumberTarget("change", "degrees", whole=True, floored=False)
GIFT = ClassTarget("gift", "gift", ("book", "game", "toy"))


def numbers(*values: float) -> NDArray[np.float64]:
    return np.array(values)


def plain(errors: Errors) -> dict[str, tuple[float, ...]]:
    """Return the errors of each row as plain numbers."""
    return {name: tuple(each.tolist()) for name, each in errors.items()}


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
    assert DOUGHS.note(-2.5) == "answered 0, not -2.5: in training, pizza doughs never fell below 0"
    assert KILOS.note(-0.25) == "answered 0, not -0.25: in training, kilos never fell below 0"
    assert (DOUGHS.note(0.0), DOUGHS.note(0.5), CHANGE.note(-2.5)) == ("", "", "")


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
    target: AnswerKind, data: dict[str, object]
) -> None:
    stored = json.loads(json.dumps(target.to_json()))

    assert stored == data
    back = records.of_kind(label.KINDS, stored)
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
    (stored,) = NIGHT.kept(NIGHT.together([raw]))
    assert stored == kept
    assert [*NIGHT.restored([json.loads(json.dumps(stored))])] == [raw]
    others = ClassTarget("night", "night", ("full", "calm", "busy"))
    assert others.answers(others.restored([kept])).tolist() == [NIGHT.deliver(raw)]


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
        NIGHT.restored([kept])


def test_what_was_learned_by_heart_is_answered_to_the_last_digit() -> None:
    weight = NumberTarget("weight", "kg", whole=False, floored=True)
    thirds = numbers(0.1 + 0.2, 3 * 1.1e-7, 1234.5 * (1 + 2**-52), 8e20, 0, -1)

    assert weight.answers(thirds).tolist() == [0.3, 3.3e-7, 1234.5, 8e20, 0, 0]
    assert [*map(weight.deliver, thirds.tolist())] == [0.3, 3.3e-7, 1234.5, 8e20, 0, 0]


def test_a_number_is_kept_as_it_is() -> None:
    doughs = NumberTarget("doughs", "doughs", whole=True, floored=True)

    assert doughs.kept(numbers(-2.25, 3)) == [-2.25, 3.0]
    assert doughs.restored([-2.25, 3]).tolist() == [-2.25, 3.0]
    with pytest.raises(ValueError, match="x"):
        doughs.restored([1.0, "x"])
    assert doughs.truths([3, -2.5]).tolist() == [3, -2.5]
    with pytest.raises(TypeError, match="calm"):
        doughs.truths([1.0, "calm"])


def test_the_truth_about_a_class_is_a_word() -> None:
    assert NIGHT.truths(["riot", "calm"]).tolist() == ["riot", "calm"]
    with pytest.raises(TypeError, match="3"):
        NIGHT.truths(["calm", 3])


def test_every_kind_is_found_by_its_name() -> None:
    assert {name: kind.kind for name, kind in KINDS.items()} == {name: name for name in KINDS}
    assert list(KINDS) == ["number", "category", "thing"]
    assert list(TARGETS) == ["number", "category"]
    assert [kind.by_rows for kind in KINDS.values()] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "read_as", "said"),
    [
        (NumberTarget, ("number", "number"), "'gift' is a number"),
        (ClassTarget, ("any", "text"), "'gift' is one of some classes"),
        (ThingTarget, ("text", "text"), "things are suggested"),
        (Undecided, ("any", "any"), "'gift' is a number or a class"),
    ],
)
def test_a_kind_tells_what_cells_hold_and_what_a_label_is(
    kind: type[AnswerKind], read_as: tuple[str, str], said: str
) -> None:
    assert (kind.guessed_as, kind.read_as) == read_as
    assert kind.described.format(name="gift") == said


def test_what_a_kind_can_do_is_known_before_there_is_data() -> None:
    kinds = [NumberTarget, ClassTarget, ThingTarget, Undecided]

    assert [kind.amount for kind in kinds] == [True, False, False, True]
    assert [kind.divided for kind in kinds] == [False, True, False, True]
    assert [kind.waits for kind in kinds] == [True, True, False, True]
    assert [kind.held_as for kind in kinds] == ["", "", "name", ""]


def test_labels_may_be_numbers_if_all_are_and_classes_whatever_they_are() -> None:
    assert NumberTarget.holds(column([1.0, 2.5]))
    assert not NumberTarget.holds(column(["1", "2.5"]))
    assert ClassTarget.holds(column(["yes", "1"]))
    assert ClassTarget.holds(column([1.0, 2.5]))


def test_raw_predictions_are_made_of_the_numbers_of_an_equation() -> None:
    assert (DOUGHS.width, NIGHT.width) == (1, 3)
    assert DOUGHS.of_equation([2.5]) == 2.5
    assert NIGHT.of_equation([0.2, 0.5, 0.3]) == Chosen(1, (0.2, 0.5, 0.3))
    # those that agree to ten decimals are ties: the first one is answered
    assert NIGHT.of_equation([0.4, 0.2, 0.4 + 1e-11]) == Chosen(0, (0.4, 0.2, 0.4 + 1e-11))
    assert NIGHT.of_equation([0.4, 0.2, 0.4 + 1e-9]).position == 2


def test_an_equation_is_solved_for_the_number_or_the_odds_of_the_last_class() -> None:
    assert DOUGHS.solved == "doughs"
    assert NIGHT.solved == "odds that night is full"


def test_raw_predictions_are_made_of_what_an_estimator_found() -> None:
    assert DOUGHS.of_estimator(numbers(2, 2.5), None).tolist() == [2.0, 2.5]
    assert [*NIGHT.of_estimator(numbers(2, 0), None)] == [Chosen(2), Chosen(0)]
    shares = np.array([[0, 0.25, 0.75], [0.5, 0.5, 0]])
    found = [*NIGHT.of_estimator(numbers(2, 0), shares)]
    assert found == [Chosen(2, (0.0, 0.25, 0.75)), Chosen(0, (0.5, 0.5, 0.0))]
    assert all(type(one.position) is int for one in found)
    assert all(type(share) is float for one in found for share in one.probabilities or ())


@pytest.mark.parametrize("found", [[3], [-1], [0, 1.5], [float("nan")]])
def test_a_position_of_no_class_is_no_answer(found: list[float]) -> None:
    with pytest.raises(RefusedError, match="no answer so far from what it learned from"):
        NIGHT.of_estimator(numbers(*found), None)


def test_numbers_agree_relative_to_the_largest() -> None:
    assert DOUGHS.agree(numbers(100, 1), numbers(100, 1.1), within=0.0011)
    assert not DOUGHS.agree(numbers(100, 1), numbers(100, 1.1), within=0.0009)
    assert DOUGHS.agree(numbers(0.5), numbers(0), within=0.5)
    assert not DOUGHS.agree(numbers(-30), numbers(-20), within=0.49)


def test_classes_agree_by_every_probability() -> None:
    ours = GIFT.together([Chosen(0, (0.5, 0.5)), Chosen(0, (0.75, 0.25))])
    near = GIFT.together([Chosen(1, (0.5, 0.5)), Chosen(0, (0.5, 0.25))])
    far = GIFT.together([Chosen(0, (0.0, 0.5)), Chosen(0, (0.75, 0.25))])

    assert GIFT.agree(ours, near, within=0.25)
    assert not GIFT.agree(ours, near, within=0.2)
    assert not GIFT.agree(ours, far, within=0.25)


def test_only_a_number_can_be_beyond_all_numbers() -> None:
    assert DOUGHS.finite(numbers(1, -1e300))
    assert not DOUGHS.finite(numbers(1, float("inf")))
    assert not DOUGHS.finite(numbers(1, float("nan")))
    assert NIGHT.finite(NIGHT.together([Chosen(0)]))


def test_what_stands_beside_an_answer_leads_back_to_the_raw_prediction() -> None:
    assert (DOUGHS.value(2.4), DOUGHS.probabilities(2.4), DOUGHS.raw(2.4, None)) == (2.4, None, 2.4)
    raw = Chosen(1, (0.2, 0.5, 0.3))
    value, shares = NIGHT.value(raw), NIGHT.probabilities(raw)
    assert (value, NIGHT.raw(value, shares)) == ("calm", raw)
    assert NIGHT.raw("full", None) == Chosen(2)


def test_every_answer_of_a_class_has_a_place_for_probabilities() -> None:
    assert (DOUGHS.beside(None), DOUGHS.columns) == ({}, ())
    assert NIGHT.beside(None) == {"probabilities": None}
    assert NIGHT.beside({"calm": 1.0}) == {"probabilities": {"calm": 1.0}}


def test_scikit_learn_gets_numbers_or_positions() -> None:
    assert DOUGHS.aims(numbers(3, 1.5)).tolist() == [3.0, 1.5]
    assert NIGHT.aims(words(["full", "busy", "full"])).tolist() == [2, 0, 2]


def test_only_numbers_have_ranges() -> None:
    assert DOUGHS.amounts is DOUGHS
    assert NIGHT.amounts is None


def test_without_looking_there_are_the_mean_and_the_shares() -> None:
    assert DOUGHS.blind(numbers(1, 2, 6)) == 3.0
    labels = words(["calm", "busy", "calm", "calm"])
    assert NIGHT.blind(labels) == {"busy": 0.25, "calm": 0.75, "full": 0}
    assert DOUGHS.judged(3.0) is DOUGHS
    assert NIGHT.judged({"full": 0.5, "busy": 0.5}).classes == ("busy", "full")


def test_numbers_are_off_by_so_much_before_rounding_or_after() -> None:
    truths, values = numbers(3, 1), numbers(2.75, -2)

    assert DOUGHS.misses(truths, numbers(2.5, -2)).tolist() == [0.5, 3.0]
    assert plain(DOUGHS.errors(truths, values, delivered=False)) == {"mae": (0.25, 3.0)}
    assert plain(DOUGHS.errors(truths, values, delivered=True)) == {"mae": (0.0, 1.0)}
    base = [DOUGHS.errors_of_base(2.25, truths, delivered=each) for each in (False, True)]
    assert [*map(plain, base)] == [{"mae": (0.75, 1.25)}, {"mae": (1.0, 1.0)}]


@pytest.mark.parametrize("delivered", [True, False])
def test_classes_are_wrong_and_lose_by_their_probabilities(delivered: bool) -> None:
    sure, even = Chosen(1, (0.0, 1.0, 0.0)), Chosen(0, (0.5, 0.25, 0.25))
    truths, both = words(["calm", "full"]), NIGHT.together([sure, even])

    found = plain(NIGHT.errors(truths, both, delivered=delivered))

    assert list(found) == ["wrong", "log_loss"] == list(ClassTarget.compared)
    assert found["wrong"] == (0.0, 1.0) == tuple(NIGHT.misses(truths, both).tolist())
    assert found["log_loss"] == pytest.approx((0.0, log(4)), abs=1e-12)
    # one row without probabilities, or of a class that is not known, and there is no loss
    unsure = NIGHT.together([sure, Chosen(0)])
    assert list(NIGHT.errors(truths, unsure, delivered=delivered)) == ["wrong"]
    assert list(NIGHT.errors(words(["calm", "riot"]), both, delivered=delivered)) == ["wrong"]


@pytest.mark.parametrize("delivered", [True, False])
def test_the_commonest_class_is_answered_without_looking(delivered: bool) -> None:
    truths = words(["calm", "busy"])
    found = plain(NIGHT.errors_of_base({"busy": 0.25, "calm": 0.75}, truths, delivered=delivered))

    assert found["wrong"] == (0.0, 1.0)
    assert found["log_loss"] == pytest.approx((log(4 / 3), log(4)))
    assert list(NIGHT.errors_of_base({"calm": 1.0}, truths, delivered=delivered)) == ["wrong"]
    assert label.commonest({"busy": 0.5, "calm": 0.5}) == "busy"


LATE = ClassTarget("late", "late", ("no", "yes"), positive="yes", threshold=0.3)


def test_a_line_is_carried_to_a_model_of_the_same_classes() -> None:
    again = ClassTarget("late", "late", ("no", "yes"))
    more = ClassTarget("late", "late", ("maybe", "no", "yes"))
    unsaid = ClassTarget("late", "late", ("no", "yes"), positive="yes")

    assert again.carry(LATE) == (LATE, "")
    assert more.carry(LATE) == (
        ClassTarget("late", "late", ("maybe", "no", "yes"), positive="yes"),
        "the rows held out have another class: the threshold does not hold, and is left out",
    )
    assert more.carry(unsaid) == (more._replace(positive="yes"), "")
    assert DOUGHS.carry(KILOS) == (DOUGHS, "")


def test_a_prediction_of_fewer_classes_is_read_by_their_names() -> None:
    fewer = ClassTarget("night", "night", ("calm", "full"))

    given = fewer.together([Chosen(1, (0.25, 0.75)), Chosen(0, (0.5, 0.5))])
    assert [*NIGHT.adopt(given, fewer)] == [
        Chosen(2, (0.0, 0.25, 0.75)),
        Chosen(1, (0.0, 0.5, 0.5)),
    ]
    assert [*NIGHT.adopt(fewer.together([Chosen(0)]), fewer)] == [Chosen(1)]
    assert DOUGHS.adopt(numbers(2.5), KILOS).tolist() == [2.5]


def test_a_kind_that_lacks_something_cannot_be_made() -> None:
    class Half(Target):
        kind = "number"

    with pytest.raises(TypeError, match="abstract"):
        Half()


@pytest.mark.parametrize(
    ("share", "answer"),
    [(0.3, "yes"), (0.3 - 1e-11, "yes"), (0.299, "no"), (0.9, "yes"), (0.0, "no")],
)
def test_of_two_classes_the_positive_one_is_answered_from_the_line_on(
    share: float, answer: str
) -> None:
    raw = Chosen(int(share > 0.5), (1 - share, share))

    assert LATE.deliver(raw) == LATE.value(raw) == answer
    first = ClassTarget("late", "late", ("late", "on time"), positive="late", threshold=0.3)
    assert first.deliver(Chosen(0, (share, 1 - share))) == (
        "late" if answer == "yes" else "on time"
    )


def test_what_the_line_changes_is_noted() -> None:
    said = "yes is answered from a probability of 30% on"

    assert LATE.note(Chosen(0, (0.6, 0.4))) == said
    assert LATE.note(Chosen(1, (0.4, 0.6))) == ""
    assert LATE.note(Chosen(0, (0.8, 0.2))) == ""
    assert LATE._replace(threshold=None).note(Chosen(0, (0.6, 0.4))) == ""
    assert LATE.line == "yes being answered from 30% on"
    assert (NIGHT.line, DOUGHS.line) == ("", "")


def test_without_probabilities_a_line_is_not_looked_at() -> None:
    assert LATE.deliver(Chosen(1)) == "yes"
    assert LATE.note(Chosen(0)) == ""


def test_a_line_is_dropped_where_it_does_not_hold() -> None:
    own = ClassTarget("late", "late", ("a", "no", "yes"), positive="a", threshold=0.5)

    assert own.carry(LATE)[0] == own._replace(positive="yes", threshold=None)


@pytest.mark.parametrize(
    ("changed", "shares"),
    [
        ({"threshold": 1.1}, {"no": 0.5}),
        ({"threshold": -0.1}, {"no": 0.5}),
        ({"threshold": "0.3"}, {"no": 0.5}),
        ({"threshold": True}, {"no": 0.5}),
        ({"positive": "maybe", "threshold": None}, {"no": 0.5}),
        ({"positive": ""}, {"no": 0.5}),
        ({"positive": 1}, {"no": 0.5}),
        ({"classes": ("no", "yes", "zero")}, {"no": 0.5}),
        ({"classes": ("no", 1)}, {"no": 0.5}),
        ({}, {}),
        ({}, {"no": 0.25, "yes": 0.25, "more": 0.5}),
        ({}, {"no": "0.5"}),
        ({}, {"no": None}),
        ({}, 0.5),
    ],
)
def test_what_is_no_stored_target_is_an_error(changed: dict[str, Any], shares: Any) -> None:
    stored = json.loads(json.dumps({**LATE.to_json(), **changed}))
    blind: Any = Blind
    with pytest.raises((AttributeError, TypeError, ValueError)):
        records.of_kind(label.KINDS, stored).check(records.from_json(blind, shares))


def test_a_stored_target_is_what_it_was() -> None:
    for share in (0, 0.3, 1):
        LATE._replace(threshold=share).check({"no": 1, "yes": 0.0})
    NIGHT.check({"busy": 0.5, "calm": 0.25, "full": 0.25})
    NIGHT._replace(positive="full").check({"busy": 1.0})
    DOUGHS.check(3.5)


def test_the_class_to_find_is_one_that_was_learned() -> None:
    plain = LATE._replace(positive="", threshold=None)

    assert plain.finding("yes", lined=True) == plain._replace(positive="yes")
    assert NIGHT.finding("full", lined=False).positive == "full"
    numbers = ClassTarget("late", "late", ("0", "1"))
    assert numbers.finding("1.0", lined=True).positive == "1"


MANY = [f"c{n:02}" for n in range(12)]


@pytest.mark.parametrize(
    ("target", "positive", "lined", "message", "hint"),
    [
        (
            NIGHT,
            "ful",
            False,
            "the positive class 'ful' is none of night (known: busy, calm, full)",
            "did you mean 'full'?",
        ),
        (
            NIGHT,
            "riot",
            False,
            "the positive class 'riot' is none of night (known: busy, calm, full)",
            "name one of them",
        ),
        (
            ClassTarget("n", "n", (*MANY, "c12")),
            "riot",
            True,
            f"the positive class 'riot' is none of n (known: {', '.join(MANY)} and 1 more)",
            "name one of them",
        ),
        (
            NIGHT,
            "full",
            True,
            "a threshold stands between two classes, and 'night' has 3 to learn from",
            "take  threshold:  away",
        ),
        (
            ClassTarget("n", "n", tuple(map(str, range(1200)))),
            "7",
            True,
            "a threshold stands between two classes, and 'n' has 1,200 to learn from",
            "take  threshold:  away",
        ),
        (
            DOUGHS,
            "1",
            True,
            "a positive class is said, and 'doughs' holds numbers",
            "take  positive:  away, or write  label: {name: doughs, kind: category}",
        ),
    ],
)
def test_what_is_no_class_to_find_is_an_error(
    target: Target, positive: str, lined: bool, message: str, hint: str
) -> None:
    with pytest.raises(DataError) as raised:
        target.finding(positive, lined=lined)

    (problem,) = raised.value.problems
    assert (problem.message, problem.hint) == (message, hint)


def test_the_truth_in_a_file_is_a_class_that_was_learned() -> None:
    assert DOUGHS.known(3.5) == 3.5
    assert NIGHT.known("calm") == "calm"
    assert ClassTarget("x", "x", ("1", "2.5")).known(1.0) == "1"
    with pytest.raises(UnknownLevelError) as raised:
        ClassTarget("x", "x", ("false", "truth")).known(" TRUE ")
    assert str(raised.value) == ("' TRUE ' is not a x that was learned from (known: false, truth)")
    assert raised.value.hint == "did you mean 'truth'?"


def test_probabilities_are_known_of_all_rows_or_of_none() -> None:
    every = LATE.together([Chosen(0, (0.75, 0.25)), Chosen(1, (0.0, 1.0))])

    assert [LATE.probabilities(one) for one in every] == [
        {"no": 0.75, "yes": 0.25},
        {"no": 0.0, "yes": 1.0},
    ]
    some = LATE.together([Chosen(0, (0.75, 0.25)), Chosen(1)])
    assert [*some] == [Chosen(0), Chosen(1)]
    assert [*LATE.joined([every, some])] == [Chosen(0), Chosen(1)] * 2
    assert [*LATE.joined([every, every])] == [*every, *every]
    assert [*LATE.together([])] == []


def test_rows_and_predictions_come_in_pairs() -> None:
    three = LATE.together([Chosen(0, (0.5, 0.5))] * 3)
    two = LATE.together([Chosen(0, (0.5, 0.5))] * 2)
    for short in (
        lambda: DOUGHS.misses(numbers(1, 2, 3), numbers(1, 2)),
        lambda: DOUGHS.agree(numbers(1, 2, 3), numbers(1, 2), within=1.0),
        lambda: LATE.misses(words(["no", "yes", "no"]), two),
        lambda: LATE.agree(three, two, within=1.0),
        lambda: LATE.agree(two, NIGHT.together([Chosen(0, (0.5, 0, 0.5))] * 2), within=1.0),
        lambda: LATE.together([Chosen(0, (0.5, 0.5)), Chosen(0, (0.5,))]),
    ):
        with pytest.raises(ValueError, match="shape"):
            short()


def test_every_class_may_be_found_at_once() -> None:
    assert [*LATE.of_estimator(numbers(0, 1), None)] == [Chosen(0), Chosen(1)]


def test_numbers_that_are_all_0_agree_within_a_share_of_1() -> None:
    assert DOUGHS.agree(numbers(0.5), numbers(0), within=0.5)
    assert not DOUGHS.agree(numbers(0.75), numbers(0), within=0.5)
