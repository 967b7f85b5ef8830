"""Thresholds and the area under the curve: as scikit-learn has them, and by brute force."""

from __future__ import annotations

import random
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.judging.threshold_curve import BestThreshold, Mistakes, Worth, auc, threshold

coarse = st.integers(0, 10).map(lambda tenths: tenths / 10)
rows_ = st.lists(st.tuples(coarse | st.floats(0, 1), st.booleans()), min_size=2, max_size=40)


def sample(seed: int, decimals: int = 2) -> tuple[list[float], list[bool]]:
    """Return scores of 300 rows, 30 % of them positive."""
    draw = random.Random(seed)
    positives = [draw.random() < 0.3 for _ in range(300)]
    scores = [
        round(draw.betavariate(3, 4) if was else draw.betavariate(2, 6), decimals)
        for was in positives
    ]
    return scores, positives


def worth_of(value: float, scores: list[float], positives: list[bool], worth: Worth) -> Fraction:
    """Return what a threshold is worth, counted row by row, exactly."""
    called = [(score >= value, was) for score, was in zip(scores, positives, strict=True)]
    hits, misses = called.count((True, True)), called.count((False, True))
    alarms, passed = called.count((True, False)), called.count((False, False))
    if worth == "balanced_accuracy":
        return (Fraction(hits, hits + misses) + Fraction(passed, passed + alarms)) / 2
    if worth == "f1":
        return Fraction(2 * hits, 2 * hits + alarms + misses)
    assert isinstance(worth, Mistakes)
    lost = Fraction(worth.missed) * misses + Fraction(worth.false_alarm) * alarms
    return -lost / len(called)


@pytest.mark.parametrize(
    "worth", ["balanced_accuracy", "f1", Mistakes(5, 2), Mistakes(1, 4), Mistakes(1, 50)]
)
@settings(max_examples=50, deadline=None)
@given(rows=rows_)
def test_no_threshold_is_worth_more(rows: list[tuple[float, bool]], worth: Worth) -> None:
    scores, positives = [s for s, _ in rows], [was for _, was in rows]
    result = threshold(scores, positives, worth=worth)
    if len(set(positives)) == 1:
        assert result is None
        return
    # Each score is a threshold, so is just above each; 1.0 is no score that none reaches.
    tried = {0.0, 0.5, 1.0, *scores, *(min(1.0, float(np.nextafter(s, 1))) for s in scores)}
    worths = {value: worth_of(value, scores, positives, worth) for value in tried}
    best = max(worths.values())

    assert result is not None
    assert worth_of(result.value, scores, positives, worth) == best
    assert result.worth == pytest.approx(abs(float(best)), rel=1e-12)
    assert result.worth_at_even == pytest.approx(abs(float(worths[0.5])), rel=1e-12)
    if worths[0.5] == best:
        assert result.value == 0.5


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [2, 17])
def test_what_a_threshold_is_worth_is_as_scikit_learn_counts(seed: int, decimals: int) -> None:
    from sklearn.metrics import balanced_accuracy_score, f1_score, precision_recall_curve, roc_curve

    scores, positives = sample(seed, decimals)
    false_alarms, hits, _ = roc_curve(positives, scores, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(positives, scores)
    best_f1 = max(2 * p * r / (p + r) for p, r in zip(precision, recall, strict=True) if p + r)

    even = threshold(scores, positives, worth="balanced_accuracy")
    f1 = threshold(scores, positives, worth="f1")

    assert even is not None
    assert f1 is not None
    assert even.worth == pytest.approx(float(max((hits + 1 - false_alarms) / 2)), rel=1e-12)
    assert f1.worth == pytest.approx(best_f1, rel=1e-12)
    called = [score >= even.value for score in scores]
    assert even.worth == pytest.approx(balanced_accuracy_score(positives, called), rel=1e-12)
    called = [score >= f1.value for score in scores]
    assert f1.worth == pytest.approx(f1_score(positives, called), rel=1e-12)
    called = [score >= 0.5 for score in scores]
    assert f1.worth_at_even == pytest.approx(f1_score(positives, called), rel=1e-12)


@pytest.mark.parametrize("worth", ["balanced_accuracy", "f1", Mistakes(5, 1)])
def test_the_tuned_classifier_of_scikit_learn_finds_nothing_better(worth: Worth) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import confusion_matrix, make_scorer
    from sklearn.model_selection import TunedThresholdClassifierCV

    def saved(truths: list[int], answers: list[int]) -> float:
        (_, alarms), (misses, _) = confusion_matrix(truths, answers)
        return -float(5 * misses + alarms) / len(truths)

    draw = np.random.default_rng(3)
    x = draw.normal(size=(200, 2))
    y = (x[:, 0] + draw.normal(size=200) > 1).astype(int)
    model = LogisticRegression().fit(x, y)
    scores = model.predict_proba(x)[:, 1].tolist()
    theirs = TunedThresholdClassifierCV(
        model,
        scoring=worth if isinstance(worth, str) else make_scorer(saved),
        thresholds=np.array(sorted(scores)),
        response_method="predict_proba",
        cv="prefit",
        refit=False,
    ).fit(x, y)

    mine = threshold(scores, (y == 1).tolist(), worth=worth)

    assert mine is not None
    assert mine.worth == pytest.approx(abs(theirs.best_score_), rel=1e-12)
    called = [score >= mine.value for score in scores]
    assert called == [score >= theirs.best_threshold_ for score in scores]


def test_thresholds_by_hand() -> None:
    scores, positives = [0.1, 0.2, 0.3, 0.4], [False, False, True, True]

    assert threshold(scores, positives, worth="balanced_accuracy") == BestThreshold(0.25, 1.0, 0.5)
    assert threshold(scores, positives, worth="f1") == BestThreshold(0.25, 1.0, 0.0)
    assert threshold(scores, positives, worth=Mistakes(3, 2)) == BestThreshold(0.25, 0.0, 1.5)


def test_of_thresholds_worth_the_same_the_one_nearest_a_half_is_taken() -> None:
    scores = [0.2, 0.8]

    perfect = threshold(scores, [False, True], worth="balanced_accuracy")
    useless = threshold([0.3] * 4, [True, False, True, False], worth="balanced_accuracy")
    # 0.25 and 0.75 are as near and worth the same, and the lower is taken: 0.5 is worth less.
    twice = threshold([0.2, 0.3, 0.7, 0.8], [False, True, False, True], worth="balanced_accuracy")

    assert perfect == BestThreshold(0.5, 1, 0.5 + 0.5)
    assert useless == BestThreshold(0.5, 0.5, 0.5)
    assert twice == BestThreshold(0.25, 0.75, 0.5)
    assert (
        worth_of(0.75, [0.2, 0.3, 0.7, 0.8], [False, True, False, True], "balanced_accuracy")
        == 0.75
    )


def test_worths_that_doubles_add_up_differently_are_a_tie() -> None:
    scores = [0.3, 0.3, 0.48, 0.7, 0.7, 0.7, 0.9, 0.9]
    positives = [False, False, True, False, False, False, False, True]
    assert (2 / 2 + 2 / 6) / 2 < (1 / 2 + 5 / 6) / 2  # what 0.39 and 0.8 are worth: 2/3 each

    result = threshold(scores, positives, worth="balanced_accuracy")

    assert result is not None
    assert result.value == pytest.approx(0.39)
    assert result.worth == pytest.approx(2 / 3)
    assert worth_of(0.8, scores, positives, "balanced_accuracy") == Fraction(2, 3)


def test_costs_that_are_unlike_call_all_or_none() -> None:
    scores, positives = [0.2, 0.4, 0.6, 0.7], [True, False, False, True]

    wary = threshold(scores, positives, worth=Mistakes(1000, 1))
    calm = threshold([0.2, 0.4, 0.6, 0.7], [True, False, True, False], worth=Mistakes(1, 1000))

    assert wary == BestThreshold(0.1, 0.5, 250.25)
    assert calm == BestThreshold(0.85, 0.5, 250.25)


def test_scores_at_the_ends_and_close_together() -> None:
    close = [0.5, float(np.nextafter(0.5, 1))]

    assert threshold(close, [False, True], worth="f1") == BestThreshold(close[1], 1, 2 / 3)
    assert threshold([0.0, 1.0], [False, True], worth="f1") == BestThreshold(0.5, 1, 1)
    assert threshold([0.0, 0.0], [False, True], worth="f1") == BestThreshold(0, 2 / 3, 0)
    assert threshold([5e-324, 0.0], [True, False], worth="f1") == BestThreshold(5e-324, 1, 0)


def test_a_threshold_needs_both_classes_and_probabilities() -> None:
    assert threshold([], [], worth="f1") is None
    assert threshold([0.4], [True], worth="f1") is None
    assert threshold([0.4, 0.5], [False, False], worth="f1") is None
    assert threshold([0.4, nan], [False, True], worth="f1") is None
    assert threshold([0.4, 1.5], [False, True], worth="f1") is None
    assert threshold([-0.1, 0.5], [False, True], worth="f1") is None
    huge = threshold([0.4, 0.6] * 3, [True, False] * 3, worth=Mistakes(1.7e308, 1.7e308))
    assert huge is not None
    assert huge.worth <= huge.worth_at_even < inf
    with pytest.raises(ValueError):
        threshold([0.5], [], worth="f1")


@pytest.mark.parametrize("costs", [(-1, 1), (1, -1), (nan, 1), (1, inf)])
def test_costs_are_not_below_0(costs: tuple[float, float]) -> None:
    with pytest.raises(ValueError):
        threshold([0.4, 0.5], [False, True], worth=Mistakes(*costs))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [1, 2, 17])
def test_the_area_is_that_of_scikit_learn(seed: int, decimals: int) -> None:
    from sklearn.metrics import roc_auc_score

    scores, positives = sample(seed, decimals)

    assert auc(scores, positives) == pytest.approx(roc_auc_score(positives, scores), rel=1e-12)


@settings(max_examples=50, deadline=None)
@given(rows_)
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[float, bool]]) -> None:
    wins = [
        (high > low) + Fraction(high == low, 2)
        for high, was in rows
        for low, other in rows
        if was and not other
    ]
    expected = float(sum(wins) / len(wins)) if wins else None

    assert auc([s for s, _ in rows], [was for _, was in rows]) == expected


def test_areas_by_hand() -> None:
    assert auc([1, 2, 3, 4], [False, False, True, True]) == 1
    assert auc([1, 2, 3, 4], [True, True, False, False]) == 0
    assert auc([7, 7, 7], [True, False, True]) == 0.5
    assert auc([-inf, 1e308, inf], [False, True, True]) == 1
    assert auc([], []) is None
    assert auc([1], [True]) is None
    assert auc([1, 2], [True, True]) is None
    assert auc([1, nan], [True, False]) is None
    with pytest.raises(ValueError):
        auc([1], [])
