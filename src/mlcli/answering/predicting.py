"""From a fitted scikit-learn estimator to predictions: by its closed form, or by itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from mlcli.answering.encoding import dense_parts
from mlcli.answering.label import NO_ANSWER
from mlcli.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.equation import Equation, Matrix
    from mlcli.answering.target import Raw, Raws, Target
    from mlcli.statistics.arrays import Flags

# Rows are predicted this many at a time, the last of them repeated to fill up: matrix products
# of other shapes add up in another order, which a kernel model turned into 5e-9.
_BLOCK = 256
_ROW_BY_ROW = ("sklearn.ensemble", "sklearn.tree")
"""Trees compare single numbers, so that it makes no difference how many rows there are."""


class Estimator(Protocol):
    """The part of scikit-learn's protocol that mlcli uses."""

    def fit(self, matrix: np.ndarray, labels: np.ndarray, /) -> Estimator:
        """Learn from the rows of a matrix."""

    def predict(self, matrix: np.ndarray, /) -> np.ndarray:
        """Return what is predicted for each row of a matrix."""


class Predictor(NamedTuple):
    """Predicts by an equation, if there is one, and else by scikit-learn's estimator."""

    equation: Equation | None
    estimator: Estimator | None
    target: Target

    def one(self, vector: list[float]) -> Raw:
        """Return the raw prediction for one row of the matrix.

        Raises
        ------
        RefusedError
            There is none, and why.
        """
        if self.equation is not None:
            return self.target.of_equation(self.equation.numbers(vector))
        import numpy as np

        assert self.estimator is not None
        return by_estimator(self.estimator, np.array([vector]), self.target)[0]

    def many(self, matrix: Matrix) -> tuple[Raws, Flags]:
        """Return the raw predictions for n rows of a matrix, and which of them there are, (n,)."""
        import numpy as np

        if self.equation is not None:
            numbers = self.equation.numbers_of(matrix)
            able = np.isfinite(numbers).all(axis=1)
            return self.target.of_equations(np.where(able[:, None], numbers, 0.0)), able
        assert self.estimator is not None
        if not matrix.shape[0]:
            return self.target.together([]), np.ones(0, dtype=bool)
        try:
            found = by_estimator(self.estimator, matrix, self.target)
            return found, np.ones(len(found), dtype=bool)
        except RefusedError:
            return self._each(matrix)

    def _each(self, matrix: Matrix) -> tuple[Raws, Flags]:
        """Return the same where some row is to blame: half by half, down to that row."""
        import numpy as np

        rows = matrix.shape[0]
        if rows == 1:
            width = self.target.width
            return self.target.of_equations(np.zeros((1, width))), np.zeros(1, dtype=bool)
        halves = [self.many(matrix[: rows // 2]), self.many(matrix[rows // 2 :])]
        values = self.target.joined([raws for raws, _ in halves])
        return values, np.concatenate([able for _, able in halves])


def by_estimator(
    estimator: Estimator, matrix: Matrix, target: Target, *, block: int = _BLOCK
) -> Raws:
    """Return scikit-learn's own predictions for n rows of the matrix, one or more.

    ``block`` rows are predicted at a time; another number may change the last digits.

    Raises
    ------
    RefusedError
        A number is too large for the estimator.
    """
    probable = getattr(estimator, "predict_proba", None)
    try:
        with warnings.catch_warnings(record=True):  # what is not finite is looked at below
            warnings.simplefilter("always")
            found = _in_blocks(estimator, estimator.predict, matrix, block).ravel()
            shares = None if probable is None else _in_blocks(estimator, probable, matrix, block)
    except (ValueError, TypeError) as error:  # such as a number too large for a forest
        message = str(error).splitlines()[0].partition(" array(")[0]
        raise RefusedError(f"scikit-learn: {message}") from error
    return target.of_estimator(found, shares)


def _in_blocks(
    estimator: Estimator, predict: Callable[[Matrix], NDArray[Any]], matrix: Matrix, block: int
) -> NDArray[Any]:
    import numpy as np

    if not isinstance(matrix, np.ndarray):
        parts = dense_parts(matrix)
        return np.concatenate(
            [_in_blocks(estimator, predict, part, min(block, len(part))) for part in parts]
        )
    rows = len(matrix)
    last = getattr(estimator, "steps", [(None, estimator)])[-1][1]
    with np.errstate(all="ignore"):
        if rows == block or type(last).__module__.startswith(_ROW_BY_ROW):
            found = predict(matrix)
        else:
            filled = np.minimum(np.arange(rows + -rows % block), rows - 1)
            blocks = [predict(matrix[filled[at : at + block]]) for at in range(0, rows, block)]
            found = np.concatenate(blocks)[:rows]
    if not np.isfinite(found).all():
        raise RefusedError(NO_ANSWER)
    return found
