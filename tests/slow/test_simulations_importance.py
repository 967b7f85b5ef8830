"""How often the true order of features is found, and how often intervals hold what is true.

Weights 3, 2, 1 and 0 of four standard normal features, noise of 3, 250 rows. ``pytest -m slow
-s`` prints a row of the table for each way to hold rows out.
"""

from __future__ import annotations

from collections import Counter
from math import pi, sqrt

import numpy as np
import pytest
from support import say
from tables import examples

from mlcli.definition import definition as definitions
from mlcli.definition.yaml_text import Document
from mlcli.judging import cross_validation, importance
from mlcli.learning import fitting
from mlcli.learning.fitting import Fitted, Learned

pytestmark = pytest.mark.slow

RUNS = 1000
ENOUGH = 930
WEIGHTS = np.array([3.0, 2.0, 1.0, 0.0])
NOISE = 3.0
DEFINITION = """
sources: {{t: {{file: t.csv}}}}
features: [a, b, c, d]
label: y
model: linear_regression
seed: {seed}
holdout: {holdout}
"""


def rise(learned: np.ndarray, feature: int) -> float:
    """Return by how much E|y - prediction| rises on all rows there could be.

    What is missed is normal: noise, plus each feature times what its weight is off by; of the
    one that is shuffled, the true weight and the learned one count apart.
    """
    off = NOISE**2 + ((WEIGHTS - learned) ** 2).sum()
    true, said = WEIGHTS[feature], learned[feature]
    shuffled = off - (true - said) ** 2 + true**2 + said**2
    return sqrt(2 / pi) * (sqrt(shuffled) - sqrt(off))


def folds(fitted: Fitted, left_out: importance.LeftOut) -> list[Learned]:
    """Answer rows by folds that did not learn from them; return what each has learned."""
    learned = []
    made = cross_validation.folds(fitted.lesson, fitted.rows, fitted.split, repeats=1)
    assert made is not None
    for fold in made.folds:
        learned.append(fitting.learn(fitted.lesson, fitted.rows[fold.train]))
        left_out(learned[-1], fitted.rows[fold.test])
    return learned


@pytest.mark.parametrize("holdout", ["random 20%", "none"])
def test_features_are_found_in_their_order_and_the_useless_one_is_known_as_such(
    holdout: str,
) -> None:
    draw, ordered, held = np.random.default_rng(17), Counter[str](), Counter[str]()
    for run in range(RUNS):
        features = draw.normal(size=(250, 4))
        y = features @ WEIGHTS + NOISE * draw.normal(size=250)
        columns = {n: c.tolist() for n, c in zip("abcdy", [*features.T, y], strict=True)}
        text = DEFINITION.format(seed=run, holdout=holdout)
        definition = definitions.build(Document(text).value)
        fitted = fitting.fit(definition, examples(columns))
        left_out, learned = importance.LeftOut(fitted), [fitted.learned]
        if holdout == "none":
            learned = folds(fitted, left_out)
        found = importance.importance(fitted, left_out)
        assert found is not None
        names = [one.feature for one in found.features]
        ordered["3:2:1"] += [name for name in names if name != "d"] == ["a", "b", "c"]
        ordered["3:2:1:0"] += names == ["a", "b", "c", "d"]
        weights = [one.estimator[-1].coef_ / one.estimator[0].scale_ for one in learned]
        for one in found.features:
            assert one.interval is not None
            low, high = one.interval
            at = "abcd".index(one.feature)
            true = float(np.mean([rise(each, at) for each in weights]))
            held[one.feature] += low <= true <= high
            held["0 in d"] += one.feature == "d" and low <= 0 <= high
    say(f"{holdout:>12}  of {RUNS}: in order {dict(ordered)}  held {dict(sorted(held.items()))}")

    assert ordered["3:2:1"] >= ENOUGH
    assert all(held[name] >= ENOUGH for name in ("a", "b", "c", "0 in d"))
