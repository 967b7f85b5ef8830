"""Metrics of classes, equal to scikit-learn's; by hand; and where a figure does not exist."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import log
from typing import Any

import numpy as np
import pytest
from tables import judged, words

from mlcli.answering.choices import Chosen, coded, commonest
from mlcli.answering.label import ClassTarget
from mlcli.judging.judges import judge
from mlcli.learning.judged import Judged
from mlcli.statistics.metrics import CLASS_METRICS, classified

NAMES = ("a", "b, c", "d", "10", "ä", "Z")


def figure(
    name: str,
    truths: Sequence[str],
    answers: Sequence[str],
    shares: Sequence[Mapping[str, float]] | None,
) -> float | None:
    """Return a metric of words, and of probabilities by their names."""
    known = [*shares[0]] if shares else sorted({*truths, *answers})
    codes = [coded(words(some), known)[0] for some in (truths, answers)]
    matrix = np.array([[*row.values()] for row in shares]) if shares else None
    return CLASS_METRICS[name].function(classified(*codes, matrix))


def made_up(
    draw: random.Random, classes: int
) -> tuple[list[str], list[str], list[dict[str, float]]]:
    """Return truths, answers and probabilities; often a class is never true, or never answered."""
    names = sorted(NAMES[:classes])
    true = draw.sample(names, draw.randint(1, classes))
    answered = draw.sample(names, draw.randint(1, classes))
    rows = draw.randint(1, 200)
    shares = []
    for _ in range(rows):
        parts = [draw.choice([0.0, 0.0, draw.random(), draw.random() ** 9]) for _ in names]
        if sum(parts) == 0:
            parts[draw.randrange(classes)] = 1.0
        shares.append([part / sum(parts) for part in parts])
    return (
        [draw.choice(true) for _ in range(rows)],
        [draw.choice(answered) for _ in range(rows)],
        [dict(zip(names, row, strict=True)) for row in shares],
    )


# scikit-learn warns of answers that are no truths, and of rows that are all of one class.
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize("classes", range(2, 7))
@pytest.mark.parametrize("seed", range(12))
def test_every_metric_is_the_one_of_scikit_learn(seed: int, classes: int) -> None:
    from sklearn import metrics as theirs

    draw = random.Random(100 * seed + classes)
    truths, answers, shares = made_up(draw, classes)
    names = list(shares[0])
    rows = [list(row.values()) for row in shares]

    expected = {
        "accuracy": theirs.accuracy_score(truths, answers),
        "balanced_accuracy": theirs.balanced_accuracy_score(truths, answers),
        "macro_f1": theirs.f1_score(truths, answers, average="macro", zero_division=0),
        "log_loss": theirs.log_loss(truths, rows, labels=names),
    }

    assert set(CLASS_METRICS) == set(expected)
    for name, value in expected.items():
        assert figure(name, truths, answers, shares) == pytest.approx(
            value, rel=1e-12, abs=1e-12
        ), name


@pytest.mark.parametrize(
    ("truths", "answers", "right", "balanced", "f1"),
    [
        ("yes", "yes", 1, 1, 1),
        ("yes", "no", 0, 0, 0),
        ("yes yes no", "yes yes no", 1, 1, 1),
        # yes: 1 of 2, no: 1 of 1; F1 of yes 2*1/(2+1), of no 2*1/(1+2)
        ("yes yes no", "yes no no", 2 / 3, 3 / 4, 2 / 3),
        # always yes: yes 3 of 3, no 0 of 1; F1 6/7 and 0
        ("yes yes yes no", "yes yes yes yes", 3 / 4, 1 / 2, 3 / 7),
        # c is answered and never true: it counts for F1 (as 0) and not for balanced accuracy
        ("a b", "a c", 1 / 2, 1 / 2, 1 / 3),
        # a 2 of 2, b 0 of 1, c 1 of 3; F1 4/(2+3), 0/(1+1), 2/(3+2)
        ("a a b c c c", "a a c c a b", 1 / 2, 4 / 9, (4 / 5 + 0 + 2 / 5) / 3),
    ],
)
def test_by_hand(truths: str, answers: str, right: float, balanced: float, f1: float) -> None:
    true, answered = truths.split(), answers.split()

    expected = {"accuracy": right, "balanced_accuracy": balanced, "macro_f1": f1}
    for name, value in expected.items():
        assert figure(name, true, answered, None) == pytest.approx(value, rel=1e-15), name


@pytest.mark.parametrize(
    ("shares", "loss"),
    [
        ([0.5], log(2)),
        ([0.25], 2 * log(2)),
        ([0.5, 0.25], 1.5 * log(2)),
        ([1.0, 0.5], 0.5 * log(2)),
        # 0 counts as 2 to the -52, so one sure mistake costs 52 ln 2 and is not endless
        ([0.0], 52 * log(2)),
        ([1e-300], 52 * log(2)),
        ([0.0, 1.0], 26 * log(2)),
    ],
)
def test_log_loss_by_hand(shares: list[float], loss: float) -> None:
    rows = [{"yes": share, "no": 1 - share} for share in shares]

    answers = ["no"] * len(rows)
    assert figure("log_loss", ["yes"] * len(rows), answers, rows) == pytest.approx(
        loss, rel=1e-12, abs=1e-15
    )


def test_sure_and_right_is_no_loss_and_never_below_none() -> None:
    found = figure("log_loss", "ab", "ab", [{"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0}])

    assert found is not None
    assert 0 <= found < 1e-15


def test_a_sure_and_right_answer_loses_what_is_left_to_the_greatest_share() -> None:
    """1 counts as 1 - 2 to the -52, of which -ln is as much, as for scikit-learn."""
    assert figure("log_loss", "a", "a", [{"a": 1.0}]) == pytest.approx(2.0**-52, rel=1e-12, abs=0)


@pytest.mark.parametrize(("truths", "answers", "shares"), [(2, 1, 1), (1, 2, 2), (2, 2, 1)])
def test_a_truth_without_its_answer_is_a_bug(truths: int, answers: int, shares: int) -> None:
    with pytest.raises(ValueError, match=r"\([12], [12]\)"):
        classified(np.zeros(truths, int), np.zeros(answers, int), np.ones((shares, 1)))


def test_without_rows_there_is_no_figure() -> None:
    for metric in CLASS_METRICS.values():
        nothing = np.zeros(0, dtype=int)
        assert metric.function(classified(nothing, nothing, np.zeros((0, 2)))) is None
        assert metric.function(classified(nothing, nothing)) is None


def test_without_probabilities_there_is_no_log_loss_and_every_other_figure() -> None:
    found = {name: figure(name, "ab", "aa", None) for name in CLASS_METRICS}

    assert found == {
        "accuracy": 0.5,
        "balanced_accuracy": 0.5,
        "macro_f1": pytest.approx(1 / 3),
        "log_loss": None,
    }


def test_a_truth_that_the_model_does_not_know_is_a_miss_and_leaves_no_log_loss() -> None:
    truths, answers = ["a", "new"], ["a", "a"]
    shares = [{"a": 0.9, "b": 0.1}] * 2

    assert figure("accuracy", truths, answers, shares) == 0.5
    assert figure("balanced_accuracy", truths, answers, shares) == 0.5
    assert figure("macro_f1", truths, answers, shares) == pytest.approx(1 / 3)
    assert figure("log_loss", truths, answers, shares) is None


@pytest.mark.parametrize("name", CLASS_METRICS)
def test_the_direction_of_a_metric_is_the_better_one(name: str) -> None:
    truths = ["a", "b", "a"]
    good = [{"a": 0.8, "b": 0.2}, {"a": 0.2, "b": 0.8}, {"a": 0.8, "b": 0.2}]
    bad = [{"a": 0.2, "b": 0.8}, {"a": 0.8, "b": 0.2}, {"a": 0.8, "b": 0.2}]
    metric = CLASS_METRICS[name]

    better, worse = (
        figure(name, truths, [max(row, key=row.__getitem__) for row in rows], rows)
        for rows in (good, bad)
    )

    assert better is not None
    assert worse is not None
    assert (better > worse) == (metric.better == "higher")


# The report: every figure beside always answering the commonest class.

THREE = ClassTarget("gift", "gift", ("book", "game", "toy"))


def drawn(draw: random.Random, rows: int, *, probable: bool = True) -> Judged:
    truths = [draw.choice(["book", "book", "game", "toy"]) for _ in range(rows)]
    values = []
    for _ in range(rows):
        parts = [draw.random() for _ in range(3)]
        shares = tuple(part / sum(parts) for part in parts)
        values.append(Chosen(shares.index(max(shares)), shares if probable else None))
    return judged(THREE, truths, values, keys=[f"row {n}" for n in range(rows)])


@pytest.mark.parametrize("probable", [True, False])
def test_the_report_is_what_scikit_learn_says_of_the_same_rows(probable: bool) -> None:
    from sklearn import metrics as theirs
    from sklearn.dummy import DummyClassifier

    draw = random.Random(5)
    train, held = drawn(draw, 60, probable=probable), drawn(draw, 20, probable=probable)
    always = DummyClassifier(strategy="prior").fit([[0]] * 60, train.truths.tolist())

    def scores(truths: Any, answers: Any, shares: Any) -> dict[str, float | None]:
        return {
            "accuracy": theirs.accuracy_score(truths, answers),
            "balanced_accuracy": theirs.balanced_accuracy_score(truths, answers),
            "macro_f1": theirs.f1_score(truths, answers, average="macro", zero_division=0),
            "log_loss": None
            if shares is None
            else theirs.log_loss(truths, shares, labels=THREE.classes),
        }

    shares = THREE.blind(train.truths)
    found = judge(THREE).scores(train, held, shares)

    assert shares == dict(zip(always.classes_, always.class_prior_, strict=True))
    for part, rows in (("train", train), ("holdout", held)):
        given = [v.probabilities for v in rows.values] if probable else None
        for name, expected in scores(
            rows.truths.tolist(), rows.answers(THREE).tolist(), given
        ).items():
            if expected is None:
                assert getattr(found[name], part) is None
            else:
                assert getattr(found[name], part) == pytest.approx(expected, rel=1e-12), (
                    name,
                    part,
                )
    blind = scores(
        held.truths.tolist(), always.predict([[0]] * 20), always.predict_proba([[0]] * 20)
    )
    for name, expected in blind.items():
        assert found[name].frequency_baseline == pytest.approx(expected, rel=1e-12), name
        assert found[name].unit == ""


def test_without_held_out_rows_the_baseline_is_judged_on_those_learned_from() -> None:
    rows = judged(THREE, ["toy", "toy", "book"], [Chosen(2), Chosen(0), Chosen(0)])

    found = judge(THREE).scores(rows, None, THREE.blind(rows.truths))

    assert found["accuracy"].train == pytest.approx(2 / 3)
    assert found["accuracy"].frequency_baseline == pytest.approx(2 / 3)
    assert found["balanced_accuracy"].frequency_baseline == 0.5
    assert [score.holdout for score in found.values()] == [None] * 4
    assert found["log_loss"].train is None
    assert found["log_loss"].frequency_baseline == pytest.approx(-(2 * log(2 / 3) + log(1 / 3)) / 3)


def test_of_several_classes_that_are_as_common_the_first_is_always_answered() -> None:
    shares = THREE.blind(words(["toy", "book", "toy", "book", "game"]))

    assert shares == {"book": 0.4, "game": 0.2, "toy": 0.4}
    assert commonest(shares) == "book"


def test_the_worst_rows_are_the_wrong_ones_that_the_model_was_surest_of() -> None:
    rows = judged(
        THREE,
        ["book", "book", "toy", "new"],
        [
            Chosen(1, (0.1, 0.6, 0.3)),
            Chosen(0, (0.99, 0.01, 0.0)),
            Chosen(0, (0.9, 0.1, 0.0)),
            Chosen(2, (0.1, 0.2, 0.7)),
        ],
        keys=["a", "b", "c", "d"],
    )

    found = judge(THREE).worst(rows)

    assert list(found) == [
        ("c", "toy", "book", 0.9),
        ("d", "new", "toy", 0.7),
        ("a", "book", "game", 0.6),
    ]
    assert len(judge(THREE).worst(rows, most=2)) == 2
    sure = judged(THREE, ["toy"], [Chosen(0)], keys=["a"])
    assert judge(THREE).worst(sure)[0].probability is None
