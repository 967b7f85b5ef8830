"""Small arithmetic such as ``10 + 2 * reservations``; nothing is run as Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isinf
from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|(?P<name>[^\W\d]\w*)|(?P<mark>[-+*/()]))"
)


class FormulaError(ValueError):
    """A formula cannot be read; ``offset`` is where, counted from 0."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint or "a formula is made of numbers, columns, + - * / and brackets"


@dataclass(frozen=True, slots=True)
class Formula:
    """An arithmetic expression over columns.

    ``steps`` is the expression in postfix order: a number, a column, or one of
    ``+ - * / neg``. ``text`` is what the user wrote.
    """

    text: str
    steps: tuple[float | str, ...]
    columns: tuple[str, ...]

    def values(self, columns: Mapping[str, NDArray[np.float64]], rows: int) -> NDArray[np.float64]:
        """Work the formula out for n rows, (n,); NaN where it divides by 0, or a number lacks."""
        import numpy as np

        stack: list[Any] = []
        with np.errstate(all="ignore"):
            for step in self.steps:
                match step:
                    case float():
                        stack.append(step)
                    case "neg":
                        stack.append(-stack.pop())
                    case "+" | "-" | "*" | "/":
                        right, left = stack.pop(), stack.pop()
                        known = np.where(right == 0, np.nan, right) if step == "/" else right
                        stack.append(_APPLIED[step](left, known))
                    case name:
                        stack.append(columns.get(name[1:], np.nan))
            return np.full(rows, stack[0])


_APPLIED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
}


def parse(text: str) -> Formula:
    """Read a formula: numbers, columns, ``+ - * /`` and brackets.

    Raises
    ------
    FormulaError
        The text is anything else; the message says what was expected where.
    """
    reader = _Reader(text, list(_tokens(text)))
    reader.sum()
    if reader.at < len(reader.tokens):
        raise reader.unexpected()
    names = [step[1:] for step in reader.steps if isinstance(step, str) and step[0] == "="]
    return Formula(text, tuple(reader.steps), tuple(dict.fromkeys(names)))


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            where = at + len(text[at:]) - len(text[at:].lstrip())
            hint = _POINTS if text[where] == "," else ""
            raise FormulaError(f"{text[where]!r} has no place in a formula", where, hint)
        kind = str(match.lastgroup)
        found.append((kind, match[kind], match.start(kind)))
        at = match.end()
    return found


_POINTS: Final = "write numbers with a decimal point, and without commas: 2.5, 1000"


class _Reader:
    """A recursive descent over the tokens; fills ``steps`` in postfix order."""

    def __init__(self, text: str, tokens: list[tuple[str, str, int]]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.steps: list[float | str] = []

    def sum(self) -> None:
        self.product()
        while mark := self.take("+", "-"):
            self.product()
            self.steps.append(mark)

    def product(self) -> None:
        self.factor()
        while mark := self.take("*", "/"):
            self.factor()
            self.steps.append(mark)

    def factor(self) -> None:
        self.depth += 1
        deepest = 50
        if self.depth > deepest:
            raise FormulaError("too many brackets or signs inside each other", self.place())
        if self.take("-"):
            self.factor()
            self.steps.append("neg")
        elif self.take("("):
            self.sum()
            if not self.take(")"):
                raise self.unexpected("a closing bracket")
        elif self.at < len(self.tokens) and self.tokens[self.at][0] != "mark":
            kind, word, offset = self.tokens[self.at]
            if kind == "number" and isinf(float(word)):
                raise FormulaError("this number is too large", offset)
            self.steps.append(float(word) if kind == "number" else f"={word}")
            self.at += 1
        else:
            raise self.unexpected("a number or a column")
        self.depth -= 1

    def take(self, *marks: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][1] in marks:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def place(self) -> int:
        """Return where the next token stands."""
        return self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text.rstrip())

    def unexpected(self, expected: str = "an operator") -> FormulaError:
        before = (
            f"before {self.tokens[self.at][1]!r}" if self.at < len(self.tokens) else "at the end"
        )
        return FormulaError(f"{expected} is missing {before}", self.place())
