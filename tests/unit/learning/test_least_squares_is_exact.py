"""Least squares is exact: held to rational solutions, which have no rounding at all."""

from __future__ import annotations

from fractions import Fraction
from math import log2

import numpy as np
import pytest

from mlcli.answering import equation
from mlcli.definition.algorithms import LinearRegression, PolynomialRegression
from mlcli.learning import equations

TOLERANCE = 1e-9


def exact_least_squares(rows: list[list[Fraction]], labels: list[Fraction]) -> list[Fraction]:
    """Solve the normal equations by Gauss-Jordan elimination, in fractions."""
    width = len(rows[0])
    table = [
        [sum((r[i] * r[j] for r in rows), Fraction(0)) for j in range(width)]
        + [sum((r[i] * t for r, t in zip(rows, labels, strict=True)), Fraction(0))]
        for i in range(width)
    ]
    for i in range(width):
        pivot = next(k for k in range(i, width) if table[k][i] != 0)
        table[i], table[pivot] = table[pivot], table[i]
        for k in range(width):
            if k != i:
                factor = table[k][i] / table[i][i]
                table[k] = [a - factor * b for a, b in zip(table[k], table[i], strict=True)]
    return [table[i][width] / table[i][i] for i in range(width)]


def relative_error(ours: float, exact: Fraction) -> float:
    return abs(float((Fraction(ours) - exact) / exact))


@pytest.mark.parametrize("degree", range(1, 9))
def test_polynomials_on_counts_up_to_degree_8_are_exact(degree: int) -> None:
    rng = np.random.default_rng(degree)
    counts = rng.integers(1, 60, 120).tolist()
    labels = [round(9.55 * log2(n) + 15) for n in counts]
    exact = exact_least_squares(
        [[Fraction(n) ** k for k in range(degree + 1)] for n in counts], list(map(Fraction, labels))
    )

    fitted = PolynomialRegression(name="polynomial_regression", degree=degree).build(0)
    fitted.fit(np.array(counts, float)[:, None], np.array(labels, float))
    made = equations.equation_of(fitted, None)

    assert made is not None
    weights = equation.terms(made)
    for power, weight in enumerate(exact):
        assert relative_error(weights[(power,)], weight) <= TOLERANCE
    for n in range(1, 60):
        truth = sum((w * Fraction(n) ** k for k, w in enumerate(exact)), Fraction(0))
        assert relative_error(made.numbers([float(n)])[0], truth) <= TOLERANCE


def test_columns_of_scales_1e_minus_6_to_1e9_side_by_side_are_exact() -> None:
    rng = np.random.default_rng(7)
    scales = np.array([1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9])
    matrix = rng.random((80, 6)) * scales
    labels = matrix @ (rng.random(6) * 3 / scales) + rng.random(80)
    exact = exact_least_squares(
        [[Fraction(1), *map(Fraction, row)] for row in matrix.tolist()],
        list(map(Fraction, labels.tolist())),
    )

    fitted = LinearRegression(name="linear_regression").build(0).fit(matrix, labels)
    made = equations.equation_of(fitted, None)

    assert made is not None
    found = equation.terms(made)
    ours = [found[(0,) * 6], *(found[tuple(int(i == j) for j in range(6))] for i in range(6))]
    for weight, truth in zip(ours, exact, strict=True):
        assert relative_error(weight, truth) <= TOLERANCE
    for row in matrix.tolist():
        truth = exact[0] + sum(
            (w * Fraction(x) for w, x in zip(exact[1:], row, strict=True)), Fraction(0)
        )
        assert relative_error(made.numbers(row)[0], truth) <= TOLERANCE


def test_scikit_learn_with_its_default_tolerance_is_wrong_on_the_same_rows() -> None:
    """Why we standardise: the day this fails, decision 0007 can be read again."""
    from sklearn import linear_model

    rng = np.random.default_rng(0)
    revenue, share = rng.uniform(1e6, 9e6, 300), rng.uniform(0, 0.5, 300)
    matrix = np.column_stack([revenue, share])
    labels = 1e-5 * revenue + 100 * share

    theirs = linear_model.LinearRegression().fit(matrix, labels).coef_
    made = equations.equation_of(
        LinearRegression(name="linear_regression").build(0).fit(matrix, labels), None
    )

    assert made is not None
    assert abs(theirs[1]) < 1
    assert equation.terms(made)[(0, 1)] == pytest.approx(100, rel=TOLERANCE)


def test_columns_that_say_the_same_thing_are_settled_not_blown_up() -> None:
    matrix = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 1], [0, 1, 1], [1, 0, 1]], float)
    labels = np.array([10, 20, 10, 20, 10], float)

    made = equations.equation_of(
        LinearRegression(name="linear_regression").build(0).fit(matrix, labels), None
    )

    assert made is not None
    assert made.numbers([1, 0, 1])[0] == pytest.approx(10, abs=1e-9)
    assert all(abs(weight) < 100 for weight in equation.terms(made).values())
