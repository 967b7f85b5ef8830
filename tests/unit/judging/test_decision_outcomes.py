"""What decisions come to: by hand, by brute force, and beside scikit-learn."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss
from tables import judged

from mlcli.answering.label import NumberTarget
from mlcli.answering.ranges_and_decisions import Decision
from mlcli.definition.definition import Decide
from mlcli.judging import decision_outcomes
from mlcli.statistics import conformal, decisions
from mlcli.statistics.dependence import Related, mean_of

WHOLE = NumberTarget("doughs", "doughs", whole=True, floored=True)
EXACT = NumberTarget("litres", "litres", whole=False, floored=False)
COSTS = Decision("costs", 6 / 7, 20, 2.0, 9.0, 1.5)
PRICES = decisions.price([1.0] * 20, decision_outcomes.LEVELS)


def test_a_decision_takes_its_margin_from_residuals() -> None:
    residuals = [float(n) for n in range(1, 20)]  # k = ceil(20 × 0.9) = 18

    made = decision_outcomes.decision(Decide(run_out="1 in 10"), residuals)

    assert made == Decision("run_out", 0.9, 19, 18.0)


def test_costs_that_fear_what_is_left_over_need_rows_too() -> None:
    decide = Decide(short_costs=1, left_over_costs=9)

    assert (
        decision_outcomes.decision(decide, [1.0] * 8).margin is None
    )  # of 1 in 10, 8 rows know nothing
    assert decision_outcomes.decision(decide, [1.0] * 9).margin == 1.0


def test_figures_by_hand() -> None:
    # likely 50, 51, 49; ready 52, 53, 51 (1.6 more is rounded up from 51.6, 52.2, 50.9)
    truths, values = [55.0, 51.0, 40.0], [49.6, 50.6, 49.4]
    made = Decision("costs", 6 / 7, 20, 1.6, 9.0, 1.5)

    found = decision_outcomes.on_other_rows(
        made, PRICES, judged(WHOLE, truths, values), WHOLE, of="held_out"
    )

    # likely 50, 51, 49: 5 short; right; 9 left over
    assert found.served.likely.run_out == pytest.approx(1 / 3)
    assert found.served.likely.short == pytest.approx(5 / 3)
    assert found.served.likely.left_over == pytest.approx(9 / 3)
    assert found.served.likely.money == pytest.approx((45 + 13.5) / 3)
    # ready 52 (51.2), 53 (52.2), 51 (51.0): 3 short; 2 left over; 11 left over
    assert found.served.decided.short == pytest.approx(3 / 3)
    assert found.served.decided.left_over == pytest.approx(13 / 3)
    assert found.served.decided.money == pytest.approx((27 + 19.5) / 3)
    assert found.served.ratio == pytest.approx(46.5 / 58.5)
    assert found.served.saved.mean == pytest.approx(12 / 3)
    # 18, -3, -3 a row: mean 4, s = 12.12, t(2) = 4.303, half = 30.12
    assert found.served.saved.low == pytest.approx(4 - 30.12, abs=0.01)
    assert found.served.saved.high == pytest.approx(4 + 30.12, abs=0.01)
    # a margin of 1 at every level: ready 51 (50.6), 52 (51.6), 51 (50.4)
    assert [p.left_over for p in found.served.prices] == pytest.approx([12 / 3] * 3)
    assert found.served.of == "held_out"


def test_pinball_is_that_of_scikit_learn() -> None:
    draw = Random(4)
    values = [draw.uniform(10, 90) for _ in range(60)]
    truths = [v + draw.gauss(0, 9) for v in values]
    made = Decision("run_out", 0.9, 60, 11.5)

    found = decision_outcomes.on_other_rows(
        made, PRICES, judged(EXACT, truths, values), EXACT, of="file"
    )

    assert found.served.likely.pinball == pytest.approx(
        mean_pinball_loss(truths, values, alpha=0.9)
    )
    after = mean_pinball_loss(truths, [v + 11.5 for v in values], alpha=0.9)
    assert found.served.decided.pinball == pytest.approx(after)
    assert found.served.ratio == pytest.approx(after / found.served.likely.pinball)
    assert found.served.saved.mean == pytest.approx(found.served.likely.pinball - after)
    assert found.served.likely.money is None


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("rows", [1, 2, 5, 6, 10, 11, 20, 21, 57])
def test_the_margin_without_each_row_is_that_of_all_others(rows: int, share: float) -> None:
    draw = Random(rows)
    residuals = [float(draw.randint(-4, 4)) for _ in range(rows)]  # with many ties

    found = decision_outcomes.without_each(np.array(residuals), share)

    others = [
        conformal.one_sided([*residuals[:i], *residuals[i + 1 :]], share) for i in range(rows)
    ]
    assert (found is None) == (None in others)
    assert found is None or found.tolist() == others


def test_where_nothing_is_held_out_no_row_chooses_its_own_margin() -> None:
    # 11 rows off by 0, ..., 10: without it, the largest is over the margin, and only that one
    values = [20.0] * 11
    truths = [20.0 + n for n in range(11)]
    made = decision_outcomes.decision(Decide(run_out="1 in 10"), [t - 20 for t in truths])

    found = decision_outcomes.on_left_out_rows(made, judged(WHOLE, truths, values), WHOLE)

    # k = ceil(11 × 0.9) = 10: the largest of the other ten, 10 for all but for the last, 9
    assert found.served.decided.run_out == pytest.approx(1 / 11)
    assert found.served.decided.short == pytest.approx(1 / 11)
    assert found.served.decided.left_over == pytest.approx(sum(range(1, 11)) / 11)
    assert found.served.of == "left_out"
    assert [p.left_over is None for p in found.served.prices] == [False, False, True]


def test_too_few_rows_leave_figures_out() -> None:
    truths, values = [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]
    made = decision_outcomes.decision(Decide(run_out="1 in 10"), [-1.0, 0.0, 1.0])

    found = decision_outcomes.on_left_out_rows(made, judged(WHOLE, truths, values), WHOLE)

    assert (
        found.made.margin
        is found.served.decided
        is found.served.ratio
        is found.served.saved
        is None
    )
    assert found.served.likely.run_out == pytest.approx(1 / 3)
    assert [(p.share, p.needed, p.left_over) for p in found.served.prices] == [
        (0.8, 4, None),
        (0.9, 9, None),
        (0.95, 19, None),
    ]


def test_nine_rows_have_a_decision_and_no_figures_of_it() -> None:
    truths = [20.0 + n for n in range(9)]
    made = decision_outcomes.decision(Decide(run_out="1 in 10"), [t - 20 for t in truths])

    found = decision_outcomes.on_left_out_rows(made, judged(WHOLE, truths, [20.0] * 9), WHOLE)

    assert found.made.margin == 8
    assert found.served.decided is None  # eight others are too few for each


def test_no_row_at_all_and_a_perfect_model() -> None:
    assert (
        decision_outcomes.on_left_out_rows(COSTS, judged(WHOLE, [], []), WHOLE).served.likely
        is None
    )

    perfect = decision_outcomes.on_other_rows(
        COSTS, PRICES, judged(WHOLE, [5.0, 6.0], [5.0, 6.0]), WHOLE, of="file"
    )

    assert perfect.served.ratio is None  # the likely number costs nothing
    assert perfect.served.decided.left_over == 2


def test_days_that_depend_on_each_other_know_less_of_what_serving_came_to() -> None:
    days = np.arange(40)
    truths = np.where(days < 20, 10.0, 30.0)
    rows = judged(WHOLE, truths.tolist(), [20.0] * 40)
    made = COSTS._replace(margin=0.0)
    alone, dated = (
        decision_outcomes.on_other_rows(made, PRICES, rows, WHOLE, of="held_out", related=one)
        for one in (Related(), Related(days=days))
    )
    known = mean_of((truths > 20).astype(float), days=days)
    assert known is not None
    ends = known.interval_of_share()

    assert ends is not None
    assert alone.served.runs_out is not None
    assert dated.served.runs_out == pytest.approx((ends.low, ends.high))
    assert ends.high - ends.low > 1.5 * (alone.served.runs_out[1] - alone.served.runs_out[0])
