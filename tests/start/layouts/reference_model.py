"""The model that a reference table makes, with scikit-learn alone."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from start.layouts.shared import Proposed


class Reference:
    """Learns from the rows of a reference that are not held out.

    Parameters
    ----------
    table
        What the reference says.
    order
        The features, in the order in which they become columns.
    held
        The keys that were drawn, where rows are held out at random.
    """

    def __init__(self, table: Proposed, order: list[str], held: set[str] = frozenset()) -> None:
        self._kinds = {name: table.features[name][0] for name in order}
        train = _learned_from(table, held)
        columns = {name: [table.features[name][1][row] for row in train] for name in order}
        self.labels = [table.label[row] for row in train]
        self._levels = {
            name: sorted({word for cell in cells for word in _words(cell)})
            for name, cells in columns.items()
            if self._kinds[name] != "number"
        }
        self._centre = {
            name: (float(np.mean(cells)), float(np.std(cells)) or 1.0)
            for name, cells in columns.items()
            if self._kinds[name] == "number"
        }
        rows = [
            dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]
        self._matrix = np.array([self._encoded(row) for row in rows])
        self.model = _estimator(table.model).fit(self._matrix, self.labels)

    def value(self, asked: Mapping[str, Any]) -> float:
        """Return the number that is predicted, before it is rounded or kept from falling below 0."""
        return float(self.model.predict([self._encoded(asked)])[0])

    def probabilities(self, asked: Mapping[str, Any]) -> dict[str, float]:
        """Return the probability of each class."""
        shares = self.model.predict_proba([self._encoded(asked)])[0]
        return dict(zip(self.model.classes_, map(float, shares), strict=True))

    def suggested(self, asked: Mapping[str, Any]) -> tuple[str, float]:
        """Return what meets most wishes, then has the highest score, then the first name."""
        wish = self._encoded(asked)
        scores = self.model.predict_joint_log_proba([wish])[0]
        met = dict(zip(self.labels, self._matrix @ wish, strict=True))
        ranked = sorted(
            zip(self.model.classes_, scores, strict=True),
            key=lambda thing: (-met[thing[0]], -round(thing[1], 10), thing[0]),
        )
        name, score = ranked[0]
        return str(name), float(score)

    def _encoded(self, row: Mapping[str, Any]) -> np.ndarray:
        """Return numbers standardised, and a column of 0 or 1 for each word; none named is 0."""
        cells: list[float] = []
        for name, kind in self._kinds.items():
            if kind == "number":
                mean, sd = self._centre[name]
                cells.append((float(row[name]) - mean) / sd)
            else:
                words = _words(row[name]) if name in row else []
                cells += [float(level in words) for level in self._levels[name]]
        return np.array(cells)


def _learned_from(table: Proposed, held: set[str]) -> list[int]:
    """Return the rows that are not held out; no day is cut in two."""
    rows = range(len(table.label))
    if not table.holdout:
        return [*rows]
    if not table.dated:
        return [row for row in rows if table.key is None or table.key[row] not in held]
    days = pd.Series(table.key).dt.normalize()
    first = days.sort_values().iloc[-ceil(round(0.2 * len(days), 9))]
    return [row for row in rows if days[row] < first]


def _words(cell: Any) -> list[str]:
    return cell if isinstance(cell, list) else [str(cell)]


def _estimator(name: str) -> Any:
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.naive_bayes import ComplementNB

    made = {
        "linear_regression": LinearRegression(tol=1e-12),
        "logistic_regression": LogisticRegression(max_iter=1000),
        "complement_naive_bayes": ComplementNB(),
    }
    return made[name]
