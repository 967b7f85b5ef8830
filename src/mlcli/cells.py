"""The closed grammar of one cell: numbers, dates, true and false, lists of tags.

Plain Python, because options of the command line, rows of ``--input`` and cells
of an export are all read by these same functions.
"""

import re
from collections.abc import Callable
from datetime import datetime
from math import isinf
from typing import Final, Literal

Kind = Literal["number", "date", "text", "boolean", "any"]
"""What a column is read as; ``any`` is text until every cell has been seen."""

Value = float | str | datetime | bool

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


class CellError(ValueError):
    """A cell is not what its column needs; says what it is instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def is_number(text: str) -> bool:
    """Say whether a cell reads as a number."""
    return _NUMBER.fullmatch(text.strip()) is not None


def to_number(text: str) -> float:
    """Read a number with a decimal point, correctly rounded.

    Raises
    ------
    CellError
        The text is no number, or one that is too large for a double.
    """
    if not is_number(text):
        raise CellError(f"{text!r} is not a number", _number_hint(text))
    value = float(text)
    if isinf(value):
        raise CellError(f"{text!r} is too large a number")
    return value


def _number_hint(text: str) -> str:
    if re.fullmatch(r"[+-]?\d+,\d+", text.strip(), re.ASCII):
        return f"write the decimal point: {text.strip().replace(',', '.')}"
    return "write digits and a decimal point only, such as 3.5"


def to_date(text: str) -> datetime:
    """Read an ISO 8601 date, with or without a time and an offset.

    Raises
    ------
    CellError
        The text is not of that form, or no such day exists.
    """
    cell = text.strip()
    if not _DATE.fullmatch(cell):
        raise CellError(
            f"{text!r} is not a date",
            "write year-month-day, such as 2023-06-08 or 2023-06-08 19:30",
        )
    try:
        return datetime.fromisoformat(cell)
    except ValueError as error:
        raise CellError(f"{text!r} is not a date: {error}") from error


def to_boolean(text: str) -> bool:
    """Read true or false, in any case.

    Raises
    ------
    CellError
        The text is neither.
    """
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise CellError(f"{text!r} is neither true nor false")


def to_tags(text: str, *, by: str = ",") -> tuple[str, ...]:
    """Read a list of tags, in order and without repeats.

    A cell that starts with ``[`` is a JSON or Python-style list of strings;
    anything else is separated by ``by``. An empty cell is an empty list.

    Raises
    ------
    CellError
        A bracketed list that is not closed, or holds something but strings.
    """
    cell = text.strip()
    found = _bracketed(cell) if cell.startswith("[") else cell.split(by)
    return tuple(dict.fromkeys(tag.strip() for tag in found if tag.strip()))


_QUOTED: Final = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')\s*""")


def _bracketed(cell: str) -> list[str]:
    if not cell.endswith("]"):
        raise CellError(f"{cell!r} opens a list and never closes it")
    inner, tags, at = cell[1:-1], [], 0
    while inner.strip():
        match = _QUOTED.match(inner, at)
        if match is None:
            raise CellError(
                f"{cell!r} is not a list of quoted words",
                'write ["one", "two"], or one, two without brackets',
            )
        tags.append(re.sub(r"\\(.)", r"\1", match[1] or match[2] or ""))
        at = match.end()
        if at == len(inner):
            break
        if inner[at] != ",":
            raise CellError(f"{cell!r} lacks a comma between two words")
        at += 1
    return tags


READERS: Final[dict[Kind, Callable[[str], Value]]] = {
    "number": to_number,
    "date": to_date,
    "boolean": to_boolean,
    "text": str,
    "any": str,
}
