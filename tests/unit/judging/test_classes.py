"""Figures of answered classes, beside scikit-learn's, and classes that nobody expected."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from tables import judged

from mlcli.answering.choices import Chosen
from mlcli.answering.label import ClassTarget
from mlcli.definition.definition import Label
from mlcli.judging import classes
from mlcli.judging.judges import judge
from mlcli.judging.threshold_curve import Mistakes
from mlcli.learning.judged import Judged
from mlcli.store.evidence import ClassFigures, ThresholdWorth


def leaning(target: ClassTarget, rows: int, seed: int = 1) -> tuple[Judged, np.ndarray]:
    """Return rows with probabilities that lean to the truth, and those as a matrix."""
    draw, names = np.random.default_rng(seed), target.classes
    truths = draw.choice(len(names), rows)
    shares = draw.dirichlet(np.ones(len(names)), rows)
    shares[np.arange(rows), truths] += draw.random(rows)
    shares /= shares.sum(axis=1, keepdims=True)
    values = [Chosen(int(row.argmax()), tuple(map(float, row))) for row in shares]
    words = [names[i] for i in truths]
    return judged(target, words, values, keys=[str(i) for i in range(rows)]), shares


def report(rows: Judged, target: ClassTarget, shares: dict[str, float], said: Any = None) -> Any:
    """Return the figures of some rows, with the threshold as a definition says it."""
    written = {"threshold": said} if said else {}
    label = Label.model_validate({"name": "late", "positive": "late", **written})
    return judge(target).report(rows, shares, label.threshold, of="these")


THREE = ClassTarget("night", "night", ("busy", "calm", "full"))
TWO = ClassTarget("late", "late", ("late", "on time"), positive="late")


@pytest.mark.parametrize("target", [THREE, TWO])
def test_the_figures_are_scikit_learns(target: ClassTarget) -> None:
    rows, shares = leaning(target, 300)
    truths, names = list(rows.truths), list(target.classes)
    answers = rows.answers(target).tolist()

    found = report(rows, target, dict.fromkeys(names, 1 / len(names)))

    confusion = found.confusion
    assert (list(confusion.classes), confusion.rest) == (names, 0)
    assert (
        list(map(list, confusion.counts))
        == metrics.confusion_matrix(truths, answers, labels=names).tolist()
    )
    ours = [
        [getattr(one, key) for one in found.each] for key in ("precision", "recall", "f1", "rows")
    ]
    theirs = metrics.precision_recall_fscore_support(truths, answers, labels=names)
    np.testing.assert_allclose(ours, np.array(theirs), rtol=1e-12)
    given = found.probabilities
    assert given.log_loss == pytest.approx(metrics.log_loss(truths, shares, labels=names))
    assert given.log_loss_shares == pytest.approx(np.log(len(names)))
    assert sum(one.rows for one in given.reliability.bins) == 300
    if target is TWO:
        late = [truth == "late" for truth in truths]
        assert given.brier == pytest.approx(metrics.brier_score_loss(late, shares[:, 0]))
        assert given.auc == pytest.approx(metrics.roc_auc_score(late, shares[:, 0]))
        assert given.of == "late"
    else:
        one_hot = np.array([[truth == name for name in names] for truth in truths])
        assert given.brier == pytest.approx(((shares - one_hot) ** 2).sum(axis=1).mean())
        assert given.auc is None


def test_the_area_is_the_same_from_either_side() -> None:
    rows, _ = leaning(TWO, 80)
    other = ClassTarget("late", "late", TWO.classes)

    one, two = (
        report(rows, target, {"late": 0.5, "on time": 0.5}).probabilities for target in (TWO, other)
    )

    assert one.auc == pytest.approx(two.auc, abs=1e-12)
    assert one.reliability is None  # of 80 rows


def test_of_many_classes_the_rarest_are_one() -> None:
    draw = random.Random(1)
    names = tuple(f"c{i:02}" for i in range(30))
    weights = [40 - i for i in range(30)]
    truths = draw.choices(names, weights, k=500)
    answers = [t if draw.random() < 0.6 else draw.choice(names) for t in truths]
    values = [Chosen(names.index(answer)) for answer in answers]
    target = ClassTarget("shop", "shop", names)

    found = report(
        judged(target, truths, values, keys=truths),
        target,
        dict.fromkeys(names, 1 / 30),
    )

    shown = found.confusion.classes
    counts = {name: truths.count(name) for name in names}
    assert len(shown) == 7
    assert found.confusion.rest == 23
    assert min(counts[name] for name in shown) >= max(counts[n] for n in names if n not in shown)
    merged = [[name if name in shown else "~" for name in side] for side in (truths, answers)]
    expected = metrics.confusion_matrix(*merged, labels=[*shown, "~"])
    assert list(map(list, found.confusion.counts)) == expected.tolist()
    assert len(found.each) == 20
    assert found.probabilities is None


def test_a_class_that_was_never_learned_has_a_row_and_no_loss() -> None:
    values = [Chosen(0, (0.6, 0.4)), Chosen(1, (0.3, 0.7)), Chosen(0, (0.9, 0.1))]
    rows = judged(TWO, ["late", "on time", "lost"], values, keys=["1", "2", "3"])

    found = report(rows, TWO, {"late": 0.5, "on time": 0.5})

    assert found.confusion.classes == ("late", "on time", "lost")
    assert found.confusion.counts == ((1, 0, 0), (0, 1, 0), (1, 0, 0))
    assert found.each[2] == ClassFigures(
        class_="lost", precision=None, recall=0.0, f1=0.0, rows=1, answered=0
    )
    given = found.probabilities
    assert (given.brier, given.log_loss, given.auc, given.worse) == (
        None, None, None, False,
    )  # fmt: skip


def test_one_class_alone_is_no_error() -> None:
    rows = judged(TWO, ["late"], [Chosen(0, (0.6, 0.4))], keys=["1"])

    found = report(rows, TWO, {"late": 0.5, "on time": 0.5}, "f1")

    assert found.each[1].f1 is None
    assert found.probabilities.auc is None
    assert found.threshold is None


def test_mistakes_cost_what_they_cost() -> None:
    target = ClassTarget("late", "late", TWO.classes, positive="late", threshold=0.25)
    shares = [(0.9, 0.1), (0.3, 0.7), (0.2, 0.8), (0.6, 0.4), (0.1, 0.9)]
    truths = ["late", "late", "late", "on time", "on time"]
    values = [Chosen(int(b > a), (a, b)) for a, b in shares]

    found = report(
        judged(target, truths, values, keys=list("12345")),
        target,
        {"late": 0.5, "on time": 0.5},
        {"missed_costs": 5, "false_alarm_costs": 1},
    )

    # From 0.25 on: one missed, one false alarm. From 0.5 on: two missed, one false alarm.
    assert found.threshold == ThresholdWorth(0.25, 6 / 5, 11 / 5)
    assert found.confusion.counts == ((2, 1), (1, 1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, None),
        ({"threshold": "f1"}, "f1"),
        ({"threshold": {"best": "f1"}}, "f1"),
        ({"threshold": {"missed_costs": 5, "false_alarm_costs": 1}}, Mistakes(5, 1)),
    ],
)
def test_what_a_threshold_is_for(written: dict[str, Any], expected: object) -> None:
    label = Label.model_validate({"name": "late", "positive": "yes", **written})

    assert classes.worth_of(label.threshold) == expected
