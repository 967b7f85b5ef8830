"""Models whose sums add up: states of some rows, merged, and what they come to.

Each ``of_...`` makes a state of a matrix, ``added`` merges states, and the rest finishes: it
finds what scikit-learn would have. NumPy alone is needed, so that an engine can have it wherever
its rows lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from mlcli.statistics.arrays import Floats
    from mlcli.tables.lying import State

_FACTOR: Final = "factor"
_IN_CACHE: Final = 40_000


def added(states: Iterable[State]) -> State:
    """Merge states: sums add up, and factors are those of all rows together.

    What a state lacks, as it is of no such row, is that of the others.
    """
    return reduce(_both, states, {})


def _both(one: State, other: State) -> State:
    shared = {
        name: triangle(np.concatenate([one[name], value])) if name == _FACTOR else one[name] + value
        for name, value in other.items()
        if name in one
    }
    return {**one, **other, **shared}


def triangle(matrix: Floats) -> Floats:
    """Return R (k, k), upper triangular, with R'R = X'X for a matrix X (n, k).

    A long matrix is taken in pieces that stay in the cache, which is four times as fast.
    """
    rows, width = matrix.shape
    piece = max(2 * width, _IN_CACHE // width)
    if rows > piece:
        pieces = [matrix[at : at + piece] for at in range(0, rows, piece)]
        return triangle(np.concatenate([np.linalg.qr(one, mode="r") for one in pieces]))
    found = np.linalg.qr(matrix, mode="r")
    return np.concatenate([found, np.zeros((width - len(found), width))])


def of_products(matrix: Floats, labels: Floats, shift: Floats) -> State:
    """Return the state of a matrix (n, k) and its labels (n,), for moments and least squares.

    That is the triangle of all columns beside a column of ones. Unlike sums of products, it
    loses no digit where columns say nearly the same thing. ``shift`` (k + 1,) is about the mean
    of each column and of the labels; it is taken off, so that large means lose none either.
    """
    columns = np.empty((len(matrix), len(shift) + 1))
    columns[:, 0] = 1.0
    np.subtract(matrix, shift[:-1], out=columns[:, 1:-1])
    np.subtract(labels, shift[-1], out=columns[:, -1])
    return {_FACTOR: triangle(columns)}


class Moments(NamedTuple):
    """Means (k,) and variances (k,) of columns, of rows without number, and a label's mean.

    ``factor`` (k + 1, k + 1) is the triangle of the centred columns and labels.
    """

    rows: int
    means: Floats
    variances: Floats
    label: float
    factor: Floats


def moments(state: State, rows: int, shift: Floats) -> Moments:
    """Return the moments of a state of products."""
    factor = np.asarray(state[_FACTOR], dtype=np.float64)
    means = shift + factor[0, 1:] / factor[0, 0]
    centred = factor[1:, 1:]
    variances = (centred**2).sum(axis=0) / rows
    # What is left of a column of one number is rounding, of what it differs from its shift.
    same = variances <= (_ROUNDED * (means - shift)) ** 2
    centred, variances = np.where(same, 0.0, centred), np.where(same, 0.0, variances)
    return Moments(rows, means[:-1], variances[:-1], float(means[-1]), centred)


_ROUNDED: Final = 1000 * float(np.finfo(np.float64).eps)


def spreads(found: Moments) -> Floats:
    """Return what each column is divided by to be standardised, as scikit-learn does: (k,)."""
    rows, tiny = found.rows, np.finfo(np.float64).eps
    bound = rows * tiny * found.variances + (rows * found.means * tiny) ** 2
    return np.where(found.variances <= bound, 1.0, np.sqrt(found.variances))


class Weights(NamedTuple):
    """Weights (k,) of columns, and the intercept; the rank of least squares."""

    weights: Floats
    intercept: float
    rank: int
    singular: Floats


def least_squares(
    found: Moments, centres: Floats, scales: Floats, *, penalty: float, tolerance: float
) -> Weights:
    """Return the weights of (x - centre) / scale that leave the least squares, plus a penalty.

    Singular values below ``tolerance`` times the largest are columns that say the same thing: of
    all weights that do, these are the smallest.
    """
    matrix, target = found.factor[:, :-1] / scales, found.factor[:, -1]
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    real = singular > tolerance * singular.max(initial=0.0)
    inverse = np.zeros_like(singular)
    inverse[real] = singular[real] / (singular[real] ** 2 + penalty)
    weights = (inverse * (left.T @ target)) @ right
    intercept = found.label - float(weights @ ((found.means - centres) / scales))
    return Weights(weights, intercept, int(real.sum()), singular)


class Curved(NamedTuple):
    """A loss of n rows with its slope (p,) and bend (p, p) by the parameters."""

    loss: float
    slope: Floats
    bend: Floats


def of_poisson(matrix: Floats, labels: Floats, parameters: Floats) -> State:
    """Return loss, slope and bend of counts: the sum of exp(eta) - y eta, eta = b + x'w.

    ``parameters`` (k + 1,) are the weights, then the intercept.
    """
    columns = _with_ones(matrix)
    eta = columns @ parameters
    means = np.exp(eta)
    return {
        "loss": np.array([(means - labels * eta).sum()]),
        "slope": columns.T @ (means - labels),
        "bend": (columns.T * means) @ columns,
    }


def of_classes(matrix: Floats, codes: NDArray[np.intp], parameters: Floats) -> State:
    """Return loss, slope and bend of classes: the sum of -ln(probability of the class).

    ``parameters`` are (k + 1,) for two classes, the log odds of the second, and (classes *
    (k + 1),) for more: the weights of each, then its intercept.
    """
    columns = _with_ones(matrix)
    width = columns.shape[1]
    if len(parameters) == width:
        eta = columns @ parameters
        shares = 1 / (1 + np.exp(-np.clip(eta, -_FAR, _FAR)))
        return {
            "loss": np.array([(np.logaddexp(0.0, eta) - codes * eta).sum()]),
            "slope": columns.T @ (shares - codes),
            "bend": (columns.T * (shares * (1 - shares))) @ columns,
        }
    classes = len(parameters) // width
    eta = columns @ parameters.reshape(classes, width).T
    eta -= eta.max(axis=1, keepdims=True)
    total = np.log(np.exp(eta).sum(axis=1))
    rows = np.arange(len(codes))
    shares = np.exp(eta - total[:, None])
    missed = shares.copy()
    missed[rows, codes] -= 1.0
    bend = np.empty((classes, width, classes, width))
    for a in range(classes):
        for b in range(a, classes):
            each = shares[:, a] * ((a == b) - shares[:, b])
            bend[a, :, b] = bend[b, :, a] = (columns.T * each) @ columns
    return {
        "loss": np.array([(total - eta[rows, codes]).sum()]),
        "slope": (missed.T @ columns).ravel(),
        "bend": bend.reshape(classes * width, classes * width),
    }


_FAR: Final = 700.0
"""Log odds beyond which no double tells a probability from 0 or 1."""


def _with_ones(matrix: Floats) -> Floats:
    return np.hstack([matrix, np.ones((len(matrix), 1))])


@dataclass(frozen=True, slots=True)
class Newton:
    """Newton's method over passes of rows, to its end.

    Parameters
    ----------
    one_pass
        Returns the state of all rows at some parameters.
    penalties
        (p,) what half the square of each parameter costs, in the unit of the loss.
    without
        The loss where all parameters are 0.
    """

    one_pass: Callable[[Floats], State]
    penalties: Floats
    without: float

    def least(self, start: Floats, name: str) -> Floats:
        """Return the parameters with the least loss, from some that are near, or else from 0.

        Raises
        ------
        DataError
            They do not settle.
        """
        at, here, quiet = start, self._at(start), False
        if not here.loss <= self.without:  # of a row that is far from those it was found by
            at = np.zeros_like(start)
            here = self._at(at)
        for _ in range(_MOST_PASSES):
            step = np.linalg.lstsq(here.bend, -here.slope, rcond=_RANK)[0]
            gain = -float(here.slope @ step)
            small = gain <= _ROUNDING * abs(here.loss)
            if abs(step).max() <= _SETTLED * max(1.0, abs(at).max()) or (small and quiet):
                return at + step
            there = self._at(at + step)
            while not there.loss <= here.loss + _ROUNDING * abs(here.loss):
                step = step / 2
                if abs(step).max() <= _SETTLED * max(1.0, abs(at).max()):
                    return at
                there = self._at(at + step)
            at, here, quiet = at + step, there, small
        raise DataError(
            f"{name} cannot learn from these rows: its weights do not settle",
            hint="raise  penalty,  or take another model",
        )

    def _at(self, parameters: Floats) -> Curved:
        with np.errstate(over="ignore", invalid="ignore"):
            state = self.one_pass(parameters)
        finite = np.isfinite(state["bend"]).all()
        return Curved(
            float(state["loss"][0] + self.penalties @ parameters**2 / 2) if finite else inf,
            state["slope"] + self.penalties * parameters,
            state["bend"] + np.diag(self.penalties),
        )


_MOST_PASSES: Final = 60
_SETTLED: Final = 1e-9
"""A step that is no larger, relative to the largest weight, is the last: the next would be its
square."""

_ROUNDING: Final = 1e-13
"""What a loss cannot tell from itself, relative to it: two steps that gain no more are enough."""

_RANK: Final = 1e-14


def of_counts(matrix: Floats, codes: NDArray[np.intp], classes: int) -> State:
    """Return how many rows each class has (classes,), and the sum of each column: (classes, k)."""
    each = np.arange(classes)[:, None] == codes
    return {"rows": each.sum(axis=1).astype(np.float64), "sums": each.astype(np.float64) @ matrix}
