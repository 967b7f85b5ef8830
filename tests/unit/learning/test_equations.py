"""Predictions of estimators without an equation: a row is the same alone and in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge

from mlcli.answering.label import NumberTarget
from mlcli.answering.predicting import Predictor, by_estimator

NUMBER = NumberTarget("y", "y", whole=False, floored=False)


@pytest.mark.parametrize("rows", [1, 97, 256, 257, 600])
@pytest.mark.parametrize(
    "estimator", [KernelRidge(), KernelRidge(kernel="rbf"), RandomForestRegressor(5)]
)
def test_a_row_alone_is_the_row_in_a_batch_to_the_last_bit(estimator: object, rows: int) -> None:
    rng = np.random.default_rng(3)
    seen = rng.normal(size=(120, 2)) * [10, 100] + 50
    estimator.fit(seen, seen @ [2, 3] + rng.normal(size=120) * 5)
    asked = rng.normal(size=(rows, 2)) * [10, 100] + 50

    batch = by_estimator(estimator, asked, NUMBER)

    assert len(batch) == rows
    alone = [by_estimator(estimator, row[None], NUMBER)[0] for row in asked[:40]]
    assert alone == batch[:40].tolist()
    assert by_estimator(estimator, asked[::-1], NUMBER).tolist() == batch[::-1].tolist()
    assert batch == pytest.approx(estimator.predict(asked), rel=1e-6)


def test_no_rows_have_no_predictions() -> None:
    found, able = Predictor(None, KernelRidge(), NUMBER).many(np.empty((0, 2)))

    assert (found.tolist(), able.tolist()) == ([], [])
