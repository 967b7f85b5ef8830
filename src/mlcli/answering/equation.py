"""A fitted model as a list of steps on one row of numbers, in plain Python.

An equation is checked against scikit-learn's own predictions when it is made, and
answers from then on without scikit-learn, NumPy or any other import.
"""

from __future__ import annotations

from math import exp, fsum, inf, isfinite, log, prod
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

from mlcli import wording
from mlcli.answering.encoding import dense_parts
from mlcli.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlcli.answering.target import Target
    from mlcli.grammar.cells import Json


Matrix = Any
"""Rows of numbers, (n, columns), as an array."""

TOO_LARGE: Final = (
    "the answer is too large to write down: the question is far outside what was learned"
)


ROUNDING: Final = 1e-13
"""What of a sum may be nothing but rounding, as a share of one of its parts."""


class Log(NamedTuple):
    """Take the natural logarithm of some columns."""

    columns: tuple[int, ...]
    names: tuple[str, ...]
    step: Literal["log"] = "log"

    def apply(self, row: list[float]) -> list[float]:
        """Return the row with its logarithms.

        Raises
        ------
        RefusedError
            A value is not above 0.
        """
        out = list(row)
        for at, name in zip(self.columns, self.names, strict=True):
            if row[at] <= 0:
                raise RefusedError(
                    f"{name} is {wording.written(row[at])}, and this model takes its logarithm: "
                    "it must be above 0"
                )
            out[at] = log(row[at])
        return out

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return rows with their logarithms; NaN where a value is not above 0."""
        import numpy as np

        out = rows.copy(order="K")
        for at in self.columns:
            out[:, at] = _each(log, np.where(out[:, at] > 0, out[:, at], np.nan))
        return out


class Standardise(NamedTuple):
    """Subtract each column's training mean, and divide by its spread."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    step: Literal["standardise"] = "standardise"

    def apply(self, row: list[float]) -> list[float]:
        """Return the row standardised."""
        return [(x - c) / s for x, c, s in zip(row, self.centre, self.scale, strict=True)]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return rows standardised."""
        return (rows - self.centre) / self.scale


class Expand(NamedTuple):
    """Multiply powers of the columns: one term for each row of ``powers``."""

    powers: tuple[tuple[int, ...], ...]
    step: Literal["expand"] = "expand"

    def apply(self, row: list[float]) -> list[float]:
        """Return the terms."""
        return [
            prod(x for x, p in zip(row, term, strict=True) for _ in range(p))
            for term in self.powers
        ]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return the terms of rows."""
        import numpy as np

        out = np.ones((len(rows), len(self.powers)), order="F")
        for at, term in enumerate(self.powers):
            for column, power in enumerate(term):
                for _ in range(power):
                    out[:, at] *= rows[:, column]
        return out


class Weigh(NamedTuple):
    """Add up the columns, each times its weight, and the intercept."""

    weights: tuple[float, ...]
    intercept: float
    step: Literal["weigh"] = "weigh"

    def apply(self, row: list[float]) -> list[float]:
        """Return one number: 0 where nothing but rounding is left of the intercept."""
        found = self.intercept + _weighed(self.weights, row)
        return [0.0 if abs(found) <= ROUNDING * abs(self.intercept) else found]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return one number for each row."""
        found = self.intercept + _weighed(self.weights, rows.T)
        found[abs(found) <= ROUNDING * abs(self.intercept)] = 0.0
        return found[:, None]


class Exp(NamedTuple):
    """Raise e to the number: the link of a model for counts."""

    step: Literal["exp"] = "exp"

    def apply(self, row: list[float]) -> list[float]:
        """Return e to the power of each number; refuses what no double can hold."""
        try:
            return [exp(x) for x in row]
        except OverflowError as error:
            raise RefusedError(TOO_LARGE) from error

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return e to the power of each number."""
        return _each(_exp, rows)


class Binarise(NamedTuple):
    """Turn each number into whether it is above 0."""

    step: Literal["binarise"] = "binarise"

    def apply(self, row: list[float]) -> list[float]:
        """Return ones and zeros."""
        return [1.0 if x > 0 else 0.0 for x in row]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return ones and zeros."""
        return (rows > 0).astype(float)


class Scores(NamedTuple):
    """Add up the columns by the weights of each class: one number a class."""

    weights: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]
    step: Literal["scores"] = "scores"

    def apply(self, row: list[float]) -> list[float]:
        """Return the scores."""
        return [
            intercept + _weighed(weights, row)
            for weights, intercept in zip(self.weights, self.intercepts, strict=True)
        ]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return the scores of rows."""
        import numpy as np

        return np.column_stack(self.apply(rows.T))


class Softmax(NamedTuple):
    """Turn the scores of classes into probabilities: e to each, over the sum of all."""

    step: Literal["softmax"] = "softmax"

    def apply(self, row: list[float]) -> list[float]:
        """Return the probabilities."""
        highest = max(row)
        parts = [exp(x - highest) for x in row]
        total = fsum(parts)
        return [part / total for part in parts]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return the probabilities of rows."""
        import numpy as np

        parts = _each(exp, rows - rows.max(axis=1, keepdims=True))
        return parts / np.array([*map(fsum, parts.tolist())])[:, None]


class Sigmoid(NamedTuple):
    """Turn the log-odds of the second of two classes into the probabilities of both."""

    step: Literal["sigmoid"] = "sigmoid"

    def apply(self, row: list[float]) -> list[float]:
        """Return both probabilities."""
        small = exp(-abs(row[0]))
        near, far = 1 / (1 + small), small / (1 + small)
        return [far, near] if row[0] >= 0 else [near, far]

    def apply_many(self, rows: Matrix) -> Matrix:
        """Return both probabilities of rows."""
        import numpy as np

        small = _each(exp, -np.abs(rows[:, 0]))
        near, far = 1 / (1 + small), small / (1 + small)
        above = rows[:, 0] >= 0
        return np.column_stack([np.where(above, far, near), np.where(above, near, far)])


def _weighed(weights: Sequence[float], columns: Iterable[Any]) -> Any:
    """Return the sum of columns, each times its weight: from the first on, for one row or many.

    So both have the same digits, which a product of matrices, and ``sum``, do not promise.
    """
    total: Any = 0.0
    for weight, column in zip(weights, columns, strict=True):
        total += weight * column
    return total


def _each(function: Callable[[float], float], numbers: Matrix) -> Matrix:
    """Return what a function makes of each number; NumPy's own may end in other digits."""
    import numpy as np

    return np.array([*map(function, numbers.ravel().tolist())]).reshape(numbers.shape)


def _exp(number: float) -> float:
    """Return e to the power of a number, infinite where no double can hold it."""
    try:
        return exp(number)
    except OverflowError:
        return inf


Step = Log | Standardise | Expand | Weigh | Exp | Binarise | Scores | Softmax | Sigmoid
STEPS: Final[dict[str, type[Step]]] = {one._field_defaults["step"]: one for one in get_args(Step)}


_MOST_POWER: Final = 100
"""A definition asks for far lower ones; each is so many multiplications."""


class Equation(NamedTuple):
    """Steps from the encoded features of one row to one number, or to probabilities."""

    steps: tuple[Step, ...]

    def numbers(self, row: Iterable[float]) -> list[float]:
        """Work the equation out: one number, or the probability of each class.

        Raises
        ------
        RefusedError
            A logarithm of something not above 0, or an answer beyond all numbers.
        """
        numbers = list(row)
        try:
            for step in self.steps:
                numbers = step.apply(numbers)
        except OverflowError as error:
            raise RefusedError(TOO_LARGE) from error
        if not all(map(isfinite, numbers)):
            raise RefusedError(TOO_LARGE)
        return numbers

    def numbers_of(self, rows: Matrix) -> Matrix:
        """Work the equation out for rows, (n, width), dense or sparse.

        A row that ``numbers`` refuses holds something that is no finite number.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            return np.concatenate([self._through(part) for part in dense_parts(rows)])

    def _through(self, rows: Matrix) -> Matrix:
        for step in self.steps:
            rows = step.apply_many(rows)
        return rows

    def fits(self, width: int, answers: int) -> bool:
        """Say whether a row of so many columns gives so many numbers."""
        powers = [p for s in self.steps if isinstance(s, Expand) for term in s.powers for p in term]
        logged = [column for s in self.steps if isinstance(s, Log) for column in s.columns]
        if not self.steps or min((0, *powers, *logged)) < 0 or max((0, *powers)) > _MOST_POWER:
            return False
        try:
            return len(self.numbers([1.0] * width)) == answers
        except RefusedError:  # such a row may well be far from all that was learned
            return True
        except (LookupError, TypeError, ValueError, ZeroDivisionError):
            return False

    def to_json(self) -> list[Json]:
        """Return plain data."""
        return [{"step": step.step, **step._asdict()} for step in self.steps]


MOST_TERMS: Final = 2_000
"""More terms than these are not multiplied out: that takes seconds."""

Terms = dict[tuple[int, ...], float]
"""The weight of each product of powers of the columns; all zeros is the intercept."""


def terms(equation: Equation) -> Terms:
    """Multiply the weighing of an equation out, back to the columns as they are asked.

    Exact fractions carry it: the standardised powers of a curve of degree 8 cancel
    far beyond what doubles hold. Logarithms and links are left to the reader.
    """
    from fractions import Fraction

    width = next(len(s.centre) for s in equation.steps if isinstance(s, Standardise))
    zero = (0,) * width
    unit = [tuple(int(i == j) for j in range(width)) for i in range(width)]
    row: list[dict[tuple[int, ...], Fraction]] = [{u: Fraction(1)} for u in unit]
    for step in equation.steps:
        match step:
            case Standardise():
                row = [
                    {
                        p: v / Fraction(s)
                        for p, v in _add(
                            [(column, Fraction(1)), ({zero: Fraction(1)}, -Fraction(c))]
                        ).items()
                    }
                    for column, c, s in zip(row, step.centre, step.scale, strict=True)
                ]
            case Expand():
                row = [_product(row, powers, zero) for powers in step.powers]
            case Weigh():
                weighed = [
                    (column, Fraction(w)) for column, w in zip(row, step.weights, strict=True)
                ]
                row = [_add([*weighed, ({zero: Fraction(1)}, Fraction(step.intercept))])]
            case _:
                pass
    return _without_rounding(equation, {powers: float(value) for powers, value in row[0].items()})


def _without_rounding(equation: Equation, found: Terms) -> Terms:
    """Return terms of which those are 0 that add nothing to the others, of columns as learned."""
    first = next(s for s in equation.steps if isinstance(s, Standardise))
    sizes = [abs(c) + abs(s) for c, s in zip(first.centre, first.scale, strict=True)]
    parts = {
        powers: abs(weight) * prod(size**p for size, p in zip(sizes, powers, strict=True))
        for powers, weight in found.items()
    }
    least = ROUNDING * max(parts.values(), default=0.0)
    return {powers: found[powers] if parts[powers] > least else 0.0 for powers in found}


def _add(parts: Sequence[tuple[Mapping[tuple[int, ...], Any], Any]]) -> dict[tuple[int, ...], Any]:
    total: dict[tuple[int, ...], Any] = {}
    for polynomial, factor in parts:
        for powers, value in polynomial.items():
            total[powers] = total.get(powers, 0) + value * factor
    return total


def _product(
    row: Sequence[Mapping[tuple[int, ...], Any]], powers: Sequence[int], zero: tuple[int, ...]
) -> dict[tuple[int, ...], Any]:
    made: dict[tuple[int, ...], Any] = {zero: 1}
    for column, power in zip(row, powers, strict=True):
        for _ in range(power):
            following: dict[tuple[int, ...], Any] = {}
            for one, value in made.items():
                for other, factor in column.items():
                    both = tuple(a + b for a, b in zip(one, other, strict=True))
                    following[both] = following.get(both, 0) + value * factor
            made = following
    return made


_MOST_TERMS = 8


def in_words(equation: Equation, target: Target, names: Sequence[str]) -> str:
    """Write an equation as ``doughs = 17.18 + 2.376 × reservations``.

    One with more terms than a line holds, or with weights for each of several classes, is
    only described.
    """
    label = target.solved
    for step in equation.steps:
        if isinstance(step, Scores):
            return (
                f"{target.name}: the highest of {wording.count(len(step.weights), 'score')}, "
                f"each a sum over {wording.count(len(names), 'column')}"
            )
    logged = {i for step in equation.steps if isinstance(step, Log) for i in step.columns}
    apart = [f"({name})" if " = " in name else name for name in names]
    shown = [f"ln({name})" if i in logged else name for i, name in enumerate(apart)]
    expand = next((s for s in equation.steps if isinstance(s, Expand)), None)
    count = len(expand.powers) if expand else len(names)
    if count > _MOST_TERMS:
        degree = max(map(sum, expand.powers)) if expand else 1
        what = f"powers and products up to degree {degree}" if degree > 1 else "features or words"
        listed = wording.listed([*names], most=3)
        return f"{label} = a weighted sum of {count:,} {what}: {listed}"
    found = terms(equation)
    zero = (0,) * len(names)
    text = wording.figure(found.pop(zero, 0.0))
    for powers, weight in sorted(
        found.items(), key=lambda item: (sum(item[0]), [-p for p in item[0]])
    ):
        sign = "-" if weight < 0 else "+"
        text += f" {sign} {wording.figure(abs(weight))} × {product_in_words(powers, shown)}"
    link = any(isinstance(step, Exp | Sigmoid) for step in equation.steps)
    return f"{label} = exp({text})" if link else f"{label} = {text}"


def product_in_words(powers: Sequence[int], names: Sequence[str]) -> str:
    """Write a product of powers of some columns: ``guests² × price``; nothing of none."""
    raised = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
    return " × ".join(
        name + (str(power).translate(raised) if power > 1 else "")
        for name, power in zip(names, powers, strict=True)
        if power
    )
