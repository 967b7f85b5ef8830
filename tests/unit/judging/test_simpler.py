"""Overfit: which simpler settings are tried, and when one is better."""

from __future__ import annotations

import numpy as np
import pytest

from mlcli.definition.algorithms import FRIENDLY, Algorithm, ByClassName
from mlcli.judging.simpler import better, settings
from mlcli.statistics.dependence import Related


def model(name: str, **values: object) -> Algorithm:
    return FRIENDLY[name].model_validate({"name": name, **values})


@pytest.mark.parametrize(
    ("of", "listed"),
    [
        (model("polynomial_regression", degree=3), [{"degree": 1}, {"degree": 2}]),
        (model("k_nearest", neighbours=5), [{"neighbours": 15}]),
        (
            model("decision_tree", max_depth=3, min_leaf=5),
            [{"max_depth": 2, "min_leaf": 5}, {"max_depth": 3, "min_leaf": 20}],
        ),
        (model("random_forest"), [{"max_depth": 4}, {"min_leaf": 10}]),
        (model("linear_regression"), [{"penalty": 10.0}, {"penalty": 100.0}]),
        (model("log_regression"), []),
        (ByClassName(name="DecisionTreeRegressor"), []),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_c04_simpler_settings_are_those_below_its_own(
    of: Algorithm, listed: list[dict[str, object]]
) -> None:
    assert [each.written for each in settings(of)] == listed


def test_c04_a_tenth_better_is_overfit_and_less_is_not() -> None:
    own, line = np.full(10, 10.0), model("polynomial_regression")

    assert better(line, own, [np.full(10, 9.0)]) is None  # exactly a tenth
    found = better(line, own, [np.full(10, 9.5), np.full(10, 8.0), None])
    assert found is not None
    assert (found.place, found.error) == (1, 8.0)
    assert found.less == pytest.approx(0.2)  # 2 of 10
    assert better(line, own, [None]) is None
    assert better(line, np.zeros(10), [np.zeros(10)]) is None


def test_c04_of_trees_the_paired_test_must_agree() -> None:
    """The simpler one takes off 2 of 10 on average: all of it in one row, or the same in each."""
    own, tree = np.full(10, 10.0), model("decision_tree")
    one_row = np.array([10.0] * 8 + [0.0, 0.0])
    # .95 own - theirs is -.5 eight times and 9.5 twice: mean 1.5, s 4.216, t 1.125 below 2.26
    assert better(tree, own, [one_row]) is None
    assert better(model("k_nearest"), own, [one_row]) is not None
    assert better(model("k_nearest"), own, [one_row], surely=True) is None
    # 1.3 or 1.7 off each: mean 1.5, s .2108, t 22.5
    assert better(tree, own, [np.array([7.8, 8.2] * 5)]) is not None
    # the same rows as two groups that disagree: sums of 5 x (.4 and 2.6) - 7.5 = -5.5 and 5.5,
    # error sqrt(2 · 60.5) / 10 = 1.1, t 1.364 with 1 free, below 12.7
    apart = np.array([9.1] * 5 + [6.9] * 5)
    assert better(tree, own, [apart]) is not None
    assert better(tree, own, [apart], related=Related(groups=np.repeat([0, 1], 5))) is None
