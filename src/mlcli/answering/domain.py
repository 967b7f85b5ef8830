"""Tests on rows, written once and asked twice: of a table, and of a question.

A ``where`` rule becomes a predicate. On tables it is a Narwhals expression; as
part of a model's domain it is plain data in the manifest, asked of single values
without any import.
"""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from mlcli import wording
from mlcli.grammar import cells, phrases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals.stable.v2 as nw

    from mlcli.answering.column import Column
    from mlcli.grammar.cells import Kind, Value
    from mlcli.statistics.arrays import Flags

Test = Literal["in", "spans", "weekdays", "present"]


class Condition(NamedTuple):
    """One test on one column.

    ``values`` are the values to be in, the texts of half-open spans to lie in,
    or the names of weekdays to fall on; a missing value meets no condition.
    """

    column: str
    kind: cells.Kind
    test: Test
    values: tuple[str | float | bool, ...]

    def met_by(self, value: Value | None) -> bool:
        """Say whether one value, or its absence, meets the condition."""
        if value is None:
            return False
        value = _as_kind(value, self.kind)
        match self.test:
            case "in":
                return value in self.values
            case "spans":
                return self._in_a_span(value)
            case "weekdays":
                return (
                    isinstance(value, datetime) and wording.WEEKDAYS[value.weekday()] in self.values
                )
            case "present":
                return True

    def met_by_many(self, column: Column) -> Flags:
        """Return (n,) which values of a column meet the condition."""
        import numpy as np

        from mlcli.answering.column import Times, Words

        if self.test == "present":
            return ~column.missing
        if self.test == "spans" and column.kind == self.kind and not isinstance(column, Words):
            values = column.values
            spans = [
                [None if end is None else np.array(end, values.dtype) for end in span]
                for span in self._spans()
            ]
            return np.asarray(_any([_inside(values, low, high) for low, high in spans]))
        if self.test == "weekdays" and isinstance(column, Times):
            numbers = [wording.WEEKDAYS.index(str(day)) for day in self.values]
            days = column.values.astype("datetime64[D]").astype(np.int64)
            return np.isin((days + 3) % 7, numbers) & ~column.missing  # 1970: a Thursday
        words = column.as_words()
        return words.each([self.met_by(level) for level in words.levels], missing=False)

    def expression(self, column: nw.Expr | None = None) -> nw.Expr:
        """Return the same test as an expression, of what the column is or was made; never null."""
        import narwhals.stable.v2 as nw

        column = nw.col(self.column) if column is None else column
        present = ~column.is_null()
        match self.test:
            case "in":
                return present & is_one_of(column, self.values)
            case "spans":
                inside: nw.Expr = _any([_inside(column, low, high) for low, high in self._spans()])
                return present & inside
            case "weekdays":
                # Modulo 7 (Sunday 0), because one engine numbers Sunday 0, not 7.
                numbers = [(wording.WEEKDAYS.index(str(d)) + 1) % 7 for d in self.values]
                return present & (column.dt.weekday() % 7).is_in(numbers)
            case "present":
                return present

    def _in_a_span(self, value: Value) -> bool:
        texts = map(str, self.values)
        if isinstance(value, datetime):
            return any(value in phrases.days(text) for text in texts)
        return isinstance(value, float | int) and any(value in phrases.numbers(t) for t in texts)

    def _spans(self) -> list[tuple[Any, Any]]:
        """Return the low and the high ends, ``None`` where there is none."""
        read: Any = phrases.days if self.kind == "date" else phrases.numbers
        return [(span.low, span.high) for span in map(read, map(str, self.values))]


def _as_kind(value: Value, kind: Kind) -> Value:
    """Return a value as the column was tested: a category may be the word for a number."""
    if isinstance(value, str) and kind == "number" and cells.is_exact(value):
        return cells.to_number(value)
    if isinstance(value, str) and kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    if kind == "text" and not isinstance(value, str):
        return wording.written(value)
    return value


_FEW: Final = 8


def is_one_of(column: nw.Expr, values: Sequence[object]) -> nw.Expr:
    """Return whether a column has one of some values; engines compare faster than they look up."""
    if len(values) > _FEW:
        return column.is_in(list(values))
    return reduce(or_, [column == value for value in values])


def _any(tests: list[Any]) -> Any:
    """Return whether any test holds; in halves, so that hundreds are not nested in each other."""
    middle = len(tests) // 2
    return (_any(tests[:middle]) | _any(tests[middle:])) if middle else tests[0]


def _inside(column: Any, low: Any, high: Any) -> Any:
    tests = [] if low is None else [column >= low]
    if high is not None:
        tests.append(column < high)
    return reduce(and_, tests)


class Predicate(NamedTuple):
    """Which rows stay: those that meet every condition, or those that do not.

    ``rule`` is the rule in words and ``because`` the reason the definition gives.
    """

    rule: str
    because: str
    keeps: bool
    conditions: tuple[Condition, ...]

    def expression(self) -> nw.Expr:
        """Return the expression that is true for the rows that stay."""
        met = reduce(and_, [c.expression() for c in self.conditions])
        return met if self.keeps else ~met

    def refuses(self, question: Mapping[str, Value | None]) -> bool:
        """Say whether a question is outside, as far as its columns can tell."""
        asked = [c for c in self.conditions if c.column in question]
        if self.keeps:
            return any(not c.met_by(question[c.column]) for c in asked)
        return len(asked) == len(self.conditions) and all(
            c.met_by(question[c.column]) for c in asked
        )

    def refuses_many(self, columns: Mapping[str, Column], unknown: Mapping[str, Flags]) -> Flags:
        """Return (n,) which questions are outside, as far as their columns can tell.

        ``unknown`` says of some columns in which rows they can tell nothing.
        """
        import numpy as np

        asked = [c for c in self.conditions if c.column in columns]
        met = [c.met_by_many(columns[c.column]) for c in asked]
        if self.keeps and met:
            told = zip(asked, met, strict=True)
            return np.asarray(~reduce(and_, [m | unknown.get(c.column, False) for c, m in told]))
        if met and len(met) == len(self.conditions):
            return np.asarray(reduce(and_, met))
        return np.zeros(len(next(iter(columns.values()))), dtype=bool)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are tested."""
        return tuple(dict.fromkeys(c.column for c in self.conditions))

    @property
    def reason(self) -> str:
        """Return the words a refusal quotes."""
        return self.because or self.rule
