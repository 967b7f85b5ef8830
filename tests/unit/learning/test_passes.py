"""Models learned in passes over blocks of rows are what scikit-learn learns of all rows at once."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mlcli.definition.algorithms import FRIENDLY
from mlcli.learning import equations, passes, sums

if TYPE_CHECKING:
    from mlcli.tables.lying import State

ROWS = 3_000
WEIGHTS = 1e-8


class InMemory:
    """Rows in blocks of uneven sizes, merged in another order than they came."""

    def __init__(self, matrix: np.ndarray, aims: np.ndarray) -> None:
        self.rows, self.matrix, self.aims = len(matrix), matrix, aims

    def over(self, work: passes.Work) -> State:
        ends = [0, 1, 5, 700, 1_903, self.rows]
        parts = [slice(a, b) for a, b in pairwise(ends)]
        return sums.added(work(self.matrix[part], self.aims[part]) for part in reversed(parts))


def table(columns: str) -> tuple[np.ndarray, list[int]]:
    """Return a matrix of some look, and which of its columns are words."""
    draw = np.random.default_rng(3)
    numbers = draw.normal(size=(ROWS, 3)) * [1.0, 40.0, 0.01] + [0.0, 900.0, 5.0]
    levels = np.eye(3)[draw.integers(0, 3, ROWS)]
    match columns:
        case "numbers":
            return numbers, []
        case "far from 0":
            return numbers + 1e7, []
        case "one says the same as two":
            return np.column_stack([numbers, numbers[:, 0] - 2 * numbers[:, 1]]), []
        case "words, and a constant":
            return np.column_stack([numbers, levels, np.full(ROWS, 7.0)]), [3, 4, 5]
        case _:
            return np.abs(np.column_stack([numbers.round(), levels])), [3, 4, 5]


def aims(matrix: np.ndarray, kind: str) -> np.ndarray:
    """Return labels that follow the columns, with noise."""
    draw = np.random.default_rng(4)
    plain = (matrix - matrix.mean(axis=0)) / np.maximum(matrix.std(axis=0), 1e-9)
    score = plain[:, :3] @ [0.6, -0.9, 0.3] + draw.normal(size=ROWS) * 0.5
    match kind:
        case "numbers":
            return 1e4 + 10 * score
        case "large numbers":
            return 2.0**46 + np.round(10 * score, 1)
        case "counts":
            return draw.poisson(np.exp(0.5 * score)).astype(float)
        case "two":
            return (score > 0.2).astype(np.intp)
        case _:
            return np.digitize(score, [-0.7, 0.1, 1.2])


def plainly(name: str, options: dict[str, Any], kind: str) -> Any:
    """Return the estimator of a friendly name, to be fitted to its very end."""
    task = "number" if kind in {"numbers", "large numbers", "counts"} else "category"
    made = FRIENDLY[name].model_validate({"name": name, **options}).build(0, task)
    last: Any = made[-1]  # type: ignore[index]
    if name == "logistic_regression":
        last.set_params(tol=1e-12, solver="newton-cholesky", max_iter=10_000)
    if name == "poisson_regression":
        last.set_params(tol=1e-13)
    return made


@pytest.mark.parametrize(
    ("name", "options", "columns", "kind"),
    [
        ("linear_regression", {}, "numbers", "numbers"),
        ("linear_regression", {}, "far from 0", "numbers"),
        ("linear_regression", {}, "numbers", "large numbers"),
        ("linear_regression", {}, "one says the same as two", "numbers"),
        ("linear_regression", {}, "words, and a constant", "numbers"),
        ("polynomial_regression", {"degree": 3}, "numbers", "numbers"),
        ("ridge", {"penalty": 30}, "words, and a constant", "numbers"),
        ("ridge", {"penalty": 0.001}, "one says the same as two", "numbers"),
        ("poisson_regression", {}, "numbers", "counts"),
        ("poisson_regression", {"penalty": 0.1}, "words, and a constant", "counts"),
        ("logistic_regression", {}, "words, and a constant", "two"),
        ("logistic_regression", {"penalty": 20}, "one says the same as two", "two"),
        ("logistic_regression", {}, "words, and a constant", "four"),
        ("complement_naive_bayes", {}, "counts", "four"),
        ("multinomial_naive_bayes", {"smoothing": 0.3}, "counts", "two"),
        ("bernoulli_naive_bayes", {}, "counts", "four"),
    ],
)
def test_learned_in_passes_is_learned_at_once(
    name: str, options: dict[str, Any], columns: str, kind: str
) -> None:
    matrix, words = table(columns)
    labels = aims(matrix, kind)
    whole, sample = plainly(name, options, kind), plainly(name, options, kind)
    fit = partial(equations._fit, as_they_are=words)
    fit(whole, matrix.copy(), labels)
    fit(sample, matrix[:200].copy(), labels[:200])
    found: Any = passes.learned(sample, InMemory(matrix, labels), words, labels.max() + 1)
    scale = 1.0
    for ours, theirs in zip(found, whole, strict=True):
        for key, value in vars(theirs).items():
            if key.endswith("_") and key not in {"n_iter_", "solver_"} and value is not None:
                scale = max(1.0, float(np.abs(value).max()))
                assert np.asarray(vars(ours)[key]).shape == np.shape(value), key
                off = np.abs(np.asarray(vars(ours)[key], float) - value).max()
                assert off <= WEIGHTS * scale, (type(ours).__name__, key, off)
    answer = "predict_proba" if hasattr(whole, "predict_proba") else "predict"
    told, known = getattr(found, answer)(matrix), getattr(whole, answer)(matrix)
    assert np.abs(told - known).max() <= 1e-9 * max(1.0, np.abs(known).max())


@pytest.mark.parametrize(
    ("constant", "shift"),
    [(999_999_999.425, np.nextafter(999_999_999.425, 2e9)), (1.0, 0.0), (0.1, 0.0), (7.0, 7.0)],
)
def test_what_rounding_leaves_of_a_constant_weighs_nothing(constant: float, shift: float) -> None:
    off = np.array([shift, 5.0])
    parts = [(np.full((n, 1), constant), np.arange(n) + 0.0) for n in (159, 41, 1)]
    states = [sums.of_products(matrix, labels, off) for matrix, labels in parts]
    found = sums.moments(sums.added(states), 201, off)
    assert found.variances.tolist() == [0.0]
    weights = sums.least_squares(
        found, found.means, sums.spreads(found), penalty=0.0, tolerance=0.0
    )
    assert weights.weights.tolist() == [0.0]
    assert weights.intercept == pytest.approx(
        np.concatenate([labels for _, labels in parts]).mean()
    )


def test_a_column_far_from_0_has_its_spread_however_many_rows_there_are() -> None:
    matrix = np.tile([[1e9 - 1], [1e9 + 1]], (6, 1))
    off = np.array([1e9, 0.0])
    state = sums.of_products(matrix, np.arange(12.0), off)
    many = {name: value * np.sqrt(5e6) for name, value in state.items()}
    assert sums.moments(many, 60_000_000, off).variances == pytest.approx([1.0])
