"""Labels as they are learned from: what becomes a class, and what is said where nothing can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tables import examples, rows, words

from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.definition import definition as definitions
from mlcli.definition.definition import Definition
from mlcli.definition.yaml_text import Document
from mlcli.errors import AskedWronglyError, DataError
from mlcli.grammar import doubts
from mlcli.learning.labels import ClassLabels, NumberLabels, labels_of
from mlcli.store.ledger import Ledger, SourceCount

YES_NO = ClassTarget("gift", "gift", ("no", "yes"))
OF_CLASSES = "{name: gift, kind: category}"


def defined(model: str, label: str = "gift", more: str = "") -> Definition:
    nights = "sources: {nights: {file: data/nights.csv}}\nfeatures: [x]\n"
    text = f"{nights}label: {label}\nmodel: {model}\n{more}"
    return definitions.build(Document(text).value)


def truths(definition: Definition, labels: list[Any], wanted: Sequence[int] = ()) -> dict[int, Any]:
    """Return the labels of some rows by their positions; of all, if none are named."""
    made = examples({"gift": labels})
    looked_at = rows(*(wanted or range(len(labels))))
    found = labels_of(definition, made, looked_at).of(looked_at)
    return dict(zip(looked_at.tolist(), found.tolist(), strict=True))


def check(definition: Definition, classes: Sequence[str], count: int) -> None:
    """Look at so many rows of some classes."""
    labels = ClassLabels(words(classes[i % len(classes)] for i in range(count)))
    labels.check(definition, examples({}), np.arange(count))


def said(raised: pytest.ExceptionInfo[DataError]) -> tuple[str, str]:
    (problem,) = raised.value.problems
    return problem.message, problem.hint


@pytest.mark.parametrize("model", ["linear_regression", "k_nearest"])
def test_numbers_stay_numbers_where_the_model_answers_with_them(model: str) -> None:
    assert truths(defined(model), [1.0, 2.5]) == {0: 1.0, 1: 2.5}


@pytest.mark.parametrize(
    ("model", "label"), [("logistic_regression", "gift"), ("k_nearest", OF_CLASSES)]
)
def test_numbers_are_classes_where_the_model_or_the_definition_says_so(
    model: str, label: str
) -> None:
    assert truths(defined(model, label), [3.0, 1.0, 3.0]) == {0: "3", 1: "1", 2: "3"}


def test_words_are_classes() -> None:
    assert truths(defined("k_nearest"), ["yes", "no"]) == {0: "yes", 1: "no"}
    assert truths(defined("k_nearest"), ["1", "no"]) == {0: "1", 1: "no"}


def test_only_the_rows_to_learn_from_are_looked_at() -> None:
    assert truths(defined("k_nearest"), [0.5, 2.0, 3.0], [1, 2]) == {1: 2.0, 2: 3.0}
    assert truths(defined("k_nearest"), ["True", "no", "TRUE"], [0, 2]) == {0: "true", 2: "true"}


def test_true_and_false_are_written_in_small_letters() -> None:
    labels = ["True", " FALSE ", "true", "TRUE", "False"]

    found = truths(defined("logistic_regression"), labels)

    assert list(found.values()) == ["true", "false", "true", "true", "false"]


def test_one_word_beside_true_and_false_leaves_all_as_they_are() -> None:
    found = truths(defined("logistic_regression"), ["True", " FALSE ", "May be"])

    assert list(found.values()) == ["True", " FALSE ", "May be"]


def test_a_baseline_of_numbers_stands_beside_numbers_alone() -> None:
    definition = defined("k_nearest", more="baseline: 1 + x\n")

    assert truths(definition, [2.0]) == {0: 2.0}
    with pytest.raises(DataError) as raised:
        truths(definition, ["yes"])
    assert said(raised) == (
        "the baseline  1 + x  is a number, and gift is one of some words",
        "take  baseline:  away",
    )


@pytest.mark.parametrize(
    ("labels", "holds"),
    [
        ([1.0, 2.5, 1.0], "2 different numbers, such as 2.5"),
        ([float(n) for n in range(51)], "51 different numbers, all whole"),
        ([float(n) for n in range(1200)], "1,200 different numbers, all whole"),
    ],
)
def test_numbers_that_look_measured_are_no_classes_unless_that_is_said(
    labels: list[float], holds: str
) -> None:
    with pytest.raises(DataError) as raised:
        truths(defined("logistic_regression"), labels)

    message, hint = said(raised)
    assert message == f"logistic_regression answers one of a few classes, and 'gift' holds {holds}"
    assert hint == (
        "take a model for numbers, such as linear_regression, "
        "or say  label: {name: gift, kind: category}"
    )
    found = truths(defined("logistic_regression", OF_CLASSES), labels)
    assert len(set(found.values())) == len(set(labels))


def test_fifty_whole_numbers_may_still_be_classes() -> None:
    found = truths(defined("logistic_regression"), [float(n) for n in range(50)] * 2)

    assert set(found.values()) == {str(n) for n in range(50)}


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        (
            "k_nearest",
            "to suggest one of them by what is wished for, add  recommend: {top: 5}",
        ),
        ("logistic_regression", "is it the column you meant?"),
    ],
)
def test_a_class_that_never_comes_back_cannot_be_learned(model: str, hint: str) -> None:
    games = [f"game {n:04}" for n in range(1200)]

    for count, holds in [
        (1200, "is different in each of the 1,200 rows to learn from: no class comes back"),
        (1201, "has 1,200 classes in 1,201 rows to learn from: hardly one comes back"),
        (2399, "has 1,200 classes in 2,399 rows to learn from: hardly one comes back"),
    ]:
        with pytest.raises(DataError) as raised:
            check(defined(model), games, count)
        assert said(raised) == (f"'gift' {holds}", hint)
    check(defined(model), games, 2400)


def test_of_few_rows_many_classes_may_be_meant() -> None:
    check(defined("decision_tree"), "abcdef", 9)
    with pytest.raises(DataError):
        check(defined("decision_tree"), "abcdef", 10)


def test_noughts_and_ones_alone_are_noted() -> None:
    target = NumberTarget("back", "back", whole=True, floored=True)

    def notes(numbers: list[float]) -> list[str]:
        labels = NumberLabels(np.array([*numbers, 7.0]))
        return labels.notes(target, np.arange(len(numbers)), rows(len(numbers)))

    assert notes([0.0, 1.0, 0.0]) == [
        "back holds 0 and 1 only: if these are classes, say  label: {name: back, kind: category}"
    ]
    for labels in ([0.0], [1.0], [0.0, 2.0], [0.0, 1.0, 2.0]):
        assert notes(labels) == []


def notes_of_classes(held: list[str]) -> list[str]:
    """Return what is said of classes that are held out, beside yes and no to learn from."""
    labels = ClassLabels(words(["yes", "no", *held]))
    return labels.notes(YES_NO, rows(0, 1), np.arange(2, 2 + len(held)))


@pytest.mark.parametrize(
    ("held", "count"),
    [
        (["yes", "riot"], "1 held-out row of classes that no row to learn from has (riot)"),
        (
            ["riot", "no", "fire", "riot"],
            "3 held-out rows of classes that no row to learn from has (fire, riot)",
        ),
        (
            ["e", "d", "c", "b", "a"],
            "5 held-out rows of classes that no row to learn from has (a, b, c and 2 more)",
        ),
    ],
)
def test_classes_that_are_held_out_alone_are_counted_and_named(held: list[str], count: str) -> None:
    assert notes_of_classes(held) == [f"{count}: counted as missed, and log loss has no figure"]


def test_nothing_is_said_of_classes_that_were_learned() -> None:
    assert notes_of_classes(["no", "no"]) == []


def test_classes_that_look_alike_are_named() -> None:
    target = ClassTarget("gift", "gift", ("Game", "game", "toy"))

    found = ClassLabels(words([])).notes(target, rows(), rows())

    assert found == doubts.alike("gift", target.classes) != []


@pytest.mark.parametrize(
    ("classes", "weights", "places"),
    [
        (("no", "yes"), {"yes": 3, "no": 0.5}, {1: 3, 0: 0.5}),
        (("no", "yes"), {"yes": 3}, {1: 3}),
        (("false", "true"), {True: 2}, {1: 2}),
        (("1", "2.5"), {2.5: 2, 1.0: 4}, {1: 2, 0: 4}),
    ],
)
def test_weights_of_classes_become_those_of_their_places(
    classes: tuple[str, ...], weights: dict[Any, float], places: dict[int, float]
) -> None:
    from sklearn.linear_model import LogisticRegression

    estimator = LogisticRegression(class_weight=weights)
    ClassLabels(words([])).prepare(estimator, ClassTarget("gift", "gift", classes))

    assert estimator.class_weight == places


def test_an_estimator_without_weights_by_name_stays_as_it_is() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    for estimator in (GaussianNB(), LogisticRegression(class_weight="balanced")):
        before = estimator.get_params()
        ClassLabels(words([])).prepare(estimator, YES_NO)
        assert estimator.get_params() == before


def test_a_weight_for_a_class_that_was_never_seen_is_an_error() -> None:
    from sklearn.linear_model import LogisticRegression

    target = ClassTarget("gift", "gift", tuple(f"t{n:02}" for n in range(13)))
    with pytest.raises(DataError) as raised:
        ClassLabels(words([])).prepare(
            LogisticRegression(class_weight={"t01": 1, "vase": 2}), target
        )

    assert said(raised) == (
        "class_weight names 'vase', which is no gift to learn from",
        "the classes are t00, t01, t02, t03, t04, t05, t06, t07, t08, t09, t10, t11 and 1 more",
    )


def test_nothing_of_words_can_be_had_ready() -> None:
    definition = defined("k_nearest", more="decide: {run_out: 1 in 10}\n")

    with pytest.raises(AskedWronglyError) as raised:
        truths(definition, ["yes"])
    (problem,) = raised.value.problems
    assert (problem.message, problem.hint) == (
        "decide: gift is one of some words, and no number to have ready",
        "take  decide:  away",
    )


def test_counts_are_never_below_0() -> None:
    labels = NumberLabels(np.array([-9.0, -9, -9, 4, -9, -2, -9, 0, -9, -1]))
    ledger = Ledger(sources=[SourceCount("nights", "nights.csv")])
    made = examples({}, lines=range(10), ledger=ledger)

    with pytest.raises(DataError) as raised:
        labels.check(defined("poisson_regression"), made, rows(3, 5, 7, 9))
    (problem,) = raised.value.problems
    assert (problem.message, problem.place, problem.hint) == (
        "poisson_regression is for counts, and gift is -2 here",
        "nights.csv:5",
        "mend the cell, or take another model",
    )
    labels.check(defined("poisson_regression"), made, rows(3, 7))
    labels.check(defined("linear_regression"), made, rows(3, 5))


@pytest.mark.parametrize(
    ("numbers", "said", "whole", "floored"),
    [
        ([3.0, 0.0], "", True, True),
        ([3.0, 0.5], "", False, True),
        ([3.0, -1.0], "", True, False),
        ([3.5], ", whole: true", True, True),
        ([3.0], ", whole: false", False, True),
    ],
)
def test_numbers_teach_how_answers_are_delivered(
    numbers: list[float], said: str, whole: bool, floored: bool
) -> None:
    label = defined("linear_regression", f"{{name: gift{said}}}").label
    labels = NumberLabels(np.array([*numbers, -7.25]))

    assert labels.strata(rows(0)) is None
    assert labels.target(label, np.arange(len(numbers))) == NumberTarget(
        "gift", "gift", whole=whole, floored=floored, low=min(numbers), high=max(numbers)
    )


def test_classes_are_those_of_the_rows_to_learn_from() -> None:
    labels = ClassLabels(words([None, "toy", "book", None, "toy", "game"]))
    definition = defined("k_nearest", "{name: gift, unit: presents}")

    assert labels.target(definition.label, rows(1, 2, 4)) == ClassTarget(
        "gift", "presents", ("book", "toy")
    )
    assert labels.target(defined("k_nearest").label, rows(5)) == ClassTarget(
        "gift", "gift", ("game",)
    )
    assert labels.strata(rows(4, 2)) == ["toy", "book"]
