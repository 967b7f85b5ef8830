"""Rows in parts: who learns from which, and what each part did to a mean."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from mlcli.judging.leaving_out import at_random, gathered, in_pairs, in_steps
from mlcli.learning.splits import make_folds


def test_c05_two_parts_are_left_out_and_both_are_tested() -> None:
    made = in_pairs(np.array([0, 1, 2, 0, 1]), "3 folds")

    # Of the parts 0 (rows 0, 3), 1 (rows 1, 4) and 2 (row 2) three pairs can be made.
    assert [(one.train.tolist(), one.test.tolist(), one.cells) for one in made.rounds] == [
        ([2], [0, 1, 3, 4], ((0, 1), (1, 0))),
        ([1, 4], [0, 2, 3], ((0, 2), (2, 0))),
        ([0, 3], [1, 2, 4], ((1, 2), (2, 1))),
    ]


def test_c05_a_part_is_judged_without_each_other_part() -> None:
    made = in_pairs(np.array([0, 1, 2]), "3 folds")
    errors = {(0, 1): 1.0, (1, 0): 2.0, (0, 2): 3.0, (2, 0): 4.0, (1, 2): 6.0, (2, 1): 8.0}

    found = gathered(made, errors.items())

    assert found.folds == (2, 4, 6)  # (1 + 3) / 2, (2 + 6) / 2, (4 + 8) / 2
    assert found.without == (3, 4.5, 4.5)  # (2 + 4) / 2, (1 + 8) / 2, (3 + 6) / 2


def test_c05_steps_learn_from_earlier_days_alone_also_without_a_part() -> None:
    days = [datetime(2025, 1, 1) + timedelta(days=at) for at in range(12)]
    folds = make_folds(12, seed=0, dates=days, splits=2)
    assert folds is not None

    made = in_steps(folds, 12)

    # Parts of four days; the day before a test is left out.
    assert [(one.train.tolist(), one.test.tolist(), one.cells) for one in made.rounds] == [
        ([0, 1, 2], [4, 5, 6, 7], ((1, None),)),
        ([0, 1, 2, 3, 4, 5, 6], [8, 9, 10, 11], ((2, None),)),
        ([4, 5, 6], [8, 9, 10, 11], ((2, 0),)),
        ([0, 1, 2, 3], [8, 9, 10, 11], ((2, 1),)),
    ]
    assert made.never == {(1, 0)}
    found = gathered(made, [((1, None), 10), ((2, None), 6), ((2, 0), 9), ((2, 1), 7)])
    assert found.folds == (10, 6)
    assert found.without == (9, 7, 10)  # without the last part, the first step is left


@pytest.mark.parametrize("rare", [3, 7])
def test_parts_are_even_and_have_the_classes_in_equal_shares(rare: int) -> None:
    classes = ["rare"] * rare + ["common"] * (23 - rare)

    part = at_random(23, classes, parts=10, seed=1)

    assert sorted(np.bincount(part)) == [2] * 7 + [3] * 3
    assert len(set(part[:rare])) == rare
    assert part.tolist() == at_random(23, classes, parts=10, seed=1).tolist()
    assert part.tolist() != at_random(23, classes, parts=10, seed=2).tolist()
