"""Small arithmetic over columns, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlcli.grammar import formula
from mlcli.grammar.formula import FormulaError


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("10 + 2 * reservations", {"reservations": 15}, 40),
        ("2 * reservations + 10", {"reservations": 15}, 40),
        ("(10 + 2) * reservations", {"reservations": 15}, 180),
        ("10 - 4 - 3", {}, 3),
        ("10 - (4 - 3)", {}, 9),
        ("24 / 4 / 3", {}, 2),
        ("24 / (4 / 2)", {}, 12),
        ("24 / 4 * 3", {}, 18),
        ("2 * 3 + 4 * 5", {}, 26),
        ("2 + 3 * 4 - 6 / 2", {}, 11),
        ("-3", {}, -3),
        ("--3", {}, 3),
        ("2 - -3", {}, 5),
        ("-2 * 3", {}, -6),
        ("2 * -3", {}, -6),
        ("-(1 + 2) * x", {"x": 4}, -12),
        ("-x + x", {"x": 7}, 0),
        ("((((1))))", {}, 1),
        ("0.5*x", {"x": 3}, 1.5),
        (".5 * x", {"x": 3}, 1.5),
        ("1. * x", {"x": 3}, 3),
        ("1e3 + 2E-1", {}, 1000.2),
        ("  x  ", {"x": 2}, 2),
        ("x*x*x", {"x": 3}, 27),
        ("1 / x", {"x": 0}, None),
        ("1 / (x - 2)", {"x": 2}, None),
        ("0 / x", {"x": 0}, None),
        ("x / 4 + y / 4", {"x": 1, "y": 2}, 0.75),
        ("größe_1 + π", {"größe_1": 1, "π": 3}, 4),
        ("e1 + 1", {"e1": 2}, 3),
        ("neg + 1", {"neg": 2}, 3),
    ],
)
def test_a_formula_is_worked_out_as_on_paper(
    text: str, row: dict[str, float], value: float | None
) -> None:
    found = formula.parse(text)

    columns = {name: np.array([1.0, number]) for name, number in row.items()}
    worked_out = found.values(columns, 2)
    assert len(worked_out) == 2
    assert worked_out[1] == value or (value is None and np.isnan(worked_out[1]))
    assert found.text == text
    assert set(found.columns) == set(row)


def test_columns_are_named_once_each_in_the_order_they_appear() -> None:
    assert formula.parse("b + a * b - c").columns == ("b", "a", "c")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "a number or a column is missing at the end"),
        ("   ", 0, "a number or a column is missing at the end"),
        ("10 +", 4, "a number or a column is missing at the end"),
        ("10 +  ", 4, "a number or a column is missing at the end"),
        ("* 2", 0, "a number or a column is missing before '*'"),
        ("10 + * 2", 5, "a number or a column is missing before '*'"),
        ("x ** 2", 3, "a number or a column is missing before '*'"),
        ("x // 2", 3, "a number or a column is missing before '/'"),
        ("()", 1, "a number or a column is missing before ')'"),
        ("+3", 0, "a number or a column is missing before '+'"),
        ("2 x", 2, "an operator is missing before 'x'"),
        ("2x", 1, "an operator is missing before 'x'"),
        ("round(x)", 5, "an operator is missing before '('"),
        ("x)", 1, "an operator is missing before ')'"),
        ("1.2.3", 3, "an operator is missing before '.3'"),
        ("(x", 2, "a closing bracket is missing at the end"),
        ("(x 2", 3, "a closing bracket is missing before '2'"),
        ("x ^ 2", 2, "'^' has no place in a formula"),
        ("x, y", 1, "',' has no place in a formula"),
        ("a.b", 1, "'.' has no place in a formula"),
        ("x % 2", 2, "'%' has no place in a formula"),
        ("'x'", 0, '"\'" has no place in a formula'),
        ("2 × x", 2, "'×' has no place in a formula"),
        ("2 * ٣", 4, "'٣' has no place in a formula"),
        ("1 + 9e999", 4, "this number is too large"),
        ("1 + " + "9" * 400, 4, "this number is too large"),
        ("(" * 51 + "x" + ")" * 51, 50, "too many brackets or signs inside each other"),
        ("-" * 51 + "x", 50, "too many brackets or signs inside each other"),
    ],
)
def test_what_is_no_formula_is_refused_at_the_character_at_fault(
    text: str, offset: int, message: str
) -> None:
    with pytest.raises(FormulaError) as raised:
        formula.parse(text)

    assert (str(raised.value), raised.value.offset) == (message, offset)


def test_depth_is_limited_and_length_is_not() -> None:
    assert formula.parse("(" * 49 + "1" + ")" * 49).values({}, 1) == [1]
    assert formula.parse(" + ".join(["1"] * 5000)).values({}, 1) == [5000]
    assert formula.parse("(1) * " * 100 + "2").values({}, 1) == [2]
    assert np.isnan(formula.parse("0 * x").values({}, 1))
    assert np.isnan(formula.parse("x / y").values({"x": np.zeros(1), "y": np.zeros(1)}, 1))


@pytest.mark.parametrize(
    "text", ["__import__('os')", "x if x else y", "x = 2", "lambda: 1", "x[0]"]
)
def test_nothing_is_ever_run_as_python(text: str) -> None:
    with pytest.raises(FormulaError):
        formula.parse(text)
