"""Scores in closed form, beside the sums that define them, for five things by hand."""

from __future__ import annotations

from itertools import combinations
from math import log, sqrt

import pytest

from mlcli.answering import scoring
from mlcli.answering.catalogue import Thing, gather
from mlcli.answering.scoring import Facts, How, Score, score

# Columns 0 to 3; no thing has the last, and one thing has none at all.
THINGS = [(0, 1), (0, 2), (0, 1, 2), (1,), ()]
WIDTH = 4
TOTALS = (3, 3, 2, 0)
WISHES = [list(some) for size in (1, 2, 3) for some in combinations(range(WIDTH), size)]


def by_definition(how: How, thing: tuple[int, ...], wishes: list[int], a: float) -> float:
    """Return the score of a thing, each class being one thing, column by column."""
    n, size = len(THINGS), len(thing)
    met = len(set(thing) & set(wishes))
    match how:
        case "complement_naive_bayes":
            # how often all other things have a wished column, as a share of all they have
            rest = sum(TOTALS) - size + a * WIDTH
            return -sum(log((TOTALS[f] - (f in thing) + a) / rest) for f in wishes)
        case "multinomial_naive_bayes":
            return -log(n) + sum(log(((f in thing) + a) / (size + a * WIDTH)) for f in wishes)
        case "bernoulli_naive_bayes":
            alike = [(f in thing) == (f in wishes) for f in range(WIDTH)]
            return -log(n) + sum(log((same + a) / (1 + 2 * a)) for same in alike)
        case "k_nearest":
            return met / sqrt(len(wishes) * size) if size else 0.0
        case "match":
            return float(met)


@pytest.mark.parametrize("a", [1.0, 0.25, 30.0])
@pytest.mark.parametrize(
    "how",
    [
        "complement_naive_bayes",
        "multinomial_naive_bayes",
        "bernoulli_naive_bayes",
        "k_nearest",
        "match",
    ],
)
def test_every_score_is_the_sum_that_defines_it(how: How, a: float) -> None:
    for wishes in WISHES:
        found = score(Facts(how, len(THINGS), TOTALS, a), wishes)

        for thing in THINGS:
            met = [column for column in thing if column in wishes]
            expected = by_definition(how, thing, wishes, a)
            assert found.of(len(thing), met) == pytest.approx(expected, abs=1e-12), (wishes, thing)


def test_one_is_added_to_counts_if_no_smoothing_is_given() -> None:
    assert Facts("match", 5, TOTALS).smoothing == 1


def test_a_score_is_its_base_and_the_gains_of_the_wishes_met() -> None:
    made = Score(lambda size: 10.0 * size, {0: 1.0, 3: 0.25})

    assert (made.of(2, []), made.of(2, [0]), made.of(3, [0, 3])) == (20, 21, 31.25)
    halved = Score(lambda size: 10.0 * size, {0: 1.0, 3: 0.25}, lambda size: 1 / size)
    assert halved.of(2, [0, 3]) == 20.625


def test_gains_are_added_without_a_loss() -> None:
    """One big gain swallows a small one, unless they are added exactly."""
    made = Score(lambda _: 0.0, {0: 1e16, 1: 1.0, 2: -1e16})

    assert made.of(3, [0, 1, 2]) == 1.0


@pytest.mark.parametrize(
    ("how", "smoothing"),
    [
        *(("zzz", 1.0), ("", 1.0), ("match", 0), ("match", -1.0)),
        *(("match", float("inf")), ("match", float("nan"))),
    ],
)
def test_there_is_no_other_way_to_score(how: str, smoothing: float) -> None:
    with pytest.raises(ValueError, match=f"^{how}$"):
        scoring.facts(gather({(0,): [Thing("a")]}, 1), how, smoothing)


def test_what_is_learned_of_a_catalogue_are_counts() -> None:
    things = {(0, 2): [Thing("a"), Thing("b")], (2,): [Thing("c")], (): [Thing("d")]}

    learned = scoring.facts(gather(things, 4), "complement_naive_bayes", 0.5)

    assert learned == scoring.Facts("complement_naive_bayes", 4, (2, 0, 3, 0), 0.5)


def test_with_no_wish_the_nearest_are_all_the_same() -> None:
    facts = scoring.Facts("k_nearest", 2, (1, 1))

    assert scoring.score(facts, []).of(0, []) == scoring.score(facts, []).of(2, []) == 0
