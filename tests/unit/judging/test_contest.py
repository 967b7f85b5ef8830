"""Which of several models is better, from errors that are made up."""

from __future__ import annotations

import random
from statistics import mean, stdev

import pytest

from mlcli.judging.contest import Ground, Marks, judge
from mlcli.statistics.comparing import between, holm, paired

GROUND = Ground(train=100, held=40)


def marks(name: str, folds: list[float], held: list[float]) -> Marks:
    return Marks(
        name, "ridge", {"mae": tuple(folds)}, {"mae": tuple(held)}, {"mae": without(folds)}
    )


def without(folds: list[float]) -> tuple[float, ...]:
    """Return the mean without each fold, where what is learned from it changes nothing."""
    return tuple((sum(folds) - fold) / (len(folds) - 1) for fold in folds) if folds else ()


def noisy(middle: float, count: int, seed: int, spread: float = 0.1) -> list[float]:
    draw = random.Random(seed)
    return [middle + draw.gauss(0, spread) for _ in range(count)]


def test_the_best_stands_first_and_others_are_held_against_it() -> None:
    found = judge(
        [
            marks("line", noisy(3, 50, 1), noisy(3, 40, 2)),
            marks("curve", noisy(2, 50, 3), noisy(2, 40, 4)),
        ],
        ["mae"],
        GROUND,
    )

    assert found is not None
    assert [one.name for one in found.marks] == ["curve", "line"]
    pair = found.pairs[0]
    assert (pair.best, pair.other, pair.verdict, pair.rests_on) == ("curve", "line", "better", "cv")
    assert pair.cv is not None
    # where nothing is learned from a fold, leaving one out says what its own error does
    expected = paired(between(found.marks[1].folds["mae"], found.marks[0].folds["mae"]))
    assert (pair.cv.difference.low, pair.cv.difference.high) == pytest.approx(
        (expected.low, expected.high)
    )
    assert pair.held is not None
    assert pair.held.difference == paired(
        between(found.marks[1].held["mae"], found.marks[0].held["mae"])
    )
    assert pair.agree is True
    assert pair.more is None


def test_nine_rows_prefer_nothing_however_clear_the_figures() -> None:
    """The talk's five rows: a curve through them all has the smaller error by far."""
    line = marks("line", [13.0, 13.5, 13.2, 13.4, 13.3], [])
    curve = marks("curve", [1.0, 1.1, 1.05, 1.15, 1.05], [])

    for rows, few in ((5, True), (9, True), (10, False)):
        found = judge([line, curve], ["mae"], Ground(rows, 0))

        assert found is not None
        assert bool(found.few) is few
        assert found.pairs[0].verdict == ("few" if few else "better")
        assert [one.name for one in found.marks] == (
            ["line", "curve"] if few else ["curve", "line"]
        )


def test_a_hold_out_alone_needs_ten_rows_of_its_own() -> None:
    both = [marks("a", [], noisy(3, 9, 1)), marks("b", [], noisy(1, 9, 2))]

    found = judge(both, ["mae"], Ground(train=500, held=9))

    assert found is not None
    assert found.rests_on == "holdout"
    assert found.few == "9 rows are no evidence: 10 are needed to prefer one model"


def test_with_four_folds_the_hold_out_decides() -> None:
    both = [
        marks("a", noisy(1, 4, 1), noisy(3, 40, 2)),
        marks("b", noisy(3, 4, 3), noisy(1, 40, 4)),
    ]

    found = judge(both, ["mae"], GROUND)

    assert found is not None
    assert (found.rests_on, found.marks[0].name) == ("holdout", "b")
    assert found.pairs[0].cv is None


def test_four_folds_and_nothing_held_out_cannot_tell() -> None:
    found = judge(
        [marks("a", noisy(1, 4, 1), []), marks("b", noisy(3, 4, 3), [])],
        ["mae"],
        Ground(40, 0),
    )

    assert found is not None
    assert found.pairs[0].verdict == "unknown"


def test_nothing_to_go_by_is_no_contest() -> None:
    assert judge([marks("a", [], []), marks("b", [], [])], ["mae"], Ground(40, 0)) is None


def test_where_folds_and_hold_out_favour_opposite_ones_neither_is_better() -> None:
    both = [
        marks("a", noisy(1, 50, 1), noisy(3, 40, 2)),
        marks("b", noisy(3, 50, 3), noisy(1, 40, 4)),
    ]

    pair = judge(both, ["mae"], GROUND).pairs[0]

    assert (pair.verdict, pair.agree) == ("disagree", False)


def test_a_hold_out_that_cannot_tell_does_not_disagree() -> None:
    both = [
        marks("a", noisy(1, 50, 1), noisy(2, 40, 2, 5)),
        marks("b", noisy(3, 50, 3), noisy(2, 40, 4, 5)),
    ]

    pair = judge(both, ["mae"], GROUND).pairs[0]

    assert (pair.verdict, pair.agree) == ("better", None)


def test_the_same_errors_are_alike_and_rounding_is_no_difference() -> None:
    errors, held = noisy(3, 50, 1), noisy(3, 40, 2)
    dust = [error * (1 + 1e-14) for error in errors]

    pair = judge([marks("a", errors, held), marks("b", dust, held)], ["mae"], GROUND).pairs[0]

    assert pair.verdict == "alike"
    assert pair.more is None


def test_p_values_are_adjusted_for_every_pair_as_the_best_was_found_by_looking() -> None:
    four = [
        marks(name, noisy(3, 50, at, 1), noisy(3, 40, at + 9, 1)) for at, name in enumerate("abcd")
    ]

    found = judge(four, ["mae"], GROUND)

    assert found is not None
    ranked = found.marks
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    p = [paired(between(ranked[j].held["mae"], ranked[i].held["mae"])).p for i, j in pairs]
    expected = dict(zip(pairs, holm(p), strict=True))
    assert [pair.held.adjusted for pair in found.pairs] == [expected[0, j] for j in (1, 2, 3)]


def test_what_is_clear_of_two_may_be_unclear_of_many() -> None:
    """One difference with a p of about 0.03, alone and among four."""
    draw = random.Random(5)
    base = [10 + draw.gauss(0, 1) for _ in range(40)]
    noise = [draw.gauss(0, 1) for _ in base]
    middle, spread = mean(noise), stdev(noise)
    # t is 2.25 with 39 free: a p of 0.03
    late = [b + n - middle + 2.25 * spread / 40**0.5 for b, n in zip(base, noise, strict=True)]
    others = [[b + draw.gauss(0, 1) + 0.2 for b in base] for _ in range(2)]
    first, second = marks("a", [], base), marks("b", [], late)

    alone = judge([first, second], ["mae"], GROUND).pairs[0]
    among = judge(
        [first, second, *(marks(f"x{i}", [], o) for i, o in enumerate(others))], ["mae"], GROUND
    )

    assert alone.verdict == "better"
    pair = next(p for p in among.pairs if p.other == "b")
    assert pair.held.difference == alone.held.difference
    assert pair.held.adjusted > 0.05
    assert (pair.verdict, pair.more) == ("unknown", None)


def test_a_metric_that_one_model_lacks_is_not_compared() -> None:
    def both(name: str, error: float, *, loss: bool) -> Marks:
        folds = {"wrong": tuple(noisy(error, 50, 1))} | (
            {"log_loss": tuple(noisy(1, 50, 2))} if loss else {}
        )
        left_out = {metric: without(list(errors)) for metric, errors in folds.items()}
        return Marks(name, "m", folds, {}, left_out)

    found = judge(
        [both("a", 0.1, loss=True), both("b", 0.2, loss=False), both("c", 0.3, loss=True)],
        ["wrong", "log_loss"],
        Ground(100, 0),
    )

    assert found is not None
    assert [(p.metric, p.other) for p in found.pairs] == [
        ("wrong", "b"),
        ("wrong", "c"),
        ("log_loss", "c"),
    ]


@pytest.mark.parametrize("more", [None, 60])
def test_how_many_more_rows_would_settle_it(more: int | None) -> None:
    # half an interval of h and a mean of m need n (h / m)² - n more rows
    draw = random.Random(0)
    shift = 0.0 if more is None else 0.25
    base = [10 + draw.gauss(0, 1) for _ in range(40)]
    noise = [draw.gauss(0, 1) for _ in base]
    middle = mean(noise)
    other = [b + n - middle + shift for b, n in zip(base, noise, strict=True)]

    pair = judge([marks("a", [], base), marks("b", [], other)], ["mae"], Ground(0, 40)).pairs[0]

    assert pair.verdict == "unknown"
    if more is None:
        assert pair.more is None
    else:
        d = pair.held.difference
        exact = 40 * ((d.high - d.low) / 2 / d.mean) ** 2 - 40
        assert exact <= pair.more <= exact * 1.1 + 1


def test_no_number_of_days_is_promised_of_steps_in_time() -> None:
    # The other one misses by 9, 2, -1, 6 and 4 more: so in four of five steps, by 4 on average.
    base, other = [1.0] * 5, [10.0, 3.0, 0.0, 7.0, 5.0]

    found = judge(
        [marks("a", base, []), marks("b", other, [])], ["mae"], Ground(100, 0, in_time=True)
    )

    pair = found.pairs[0]
    assert (pair.best, pair.verdict, pair.more, pair.steps) == ("a", "unknown", None, (4, 5))
