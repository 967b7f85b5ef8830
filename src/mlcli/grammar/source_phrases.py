"""What a source may say: where files lie, cells (A3:D200), one SELECT, and how dates stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mlcli.errors import near
from mlcli.grammar.date_notation import IN_NUMBERS
from mlcli.grammar.phrases import PhraseError

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

_RANGE: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})?", re.ASCII)
_HINT: Final = "write two corners, such as A3:D200, or A3:D for all rows from A3 on"


def lies_on_cluster(path: str) -> bool:
    """Say whether a path begins with a scheme, and not that of a page on the web.

    >>> [*map(lies_on_cluster, ("s3://bucket/nights/", "dbfs:/nights", "C:/a.csv", "data/a.csv"))]
    [True, True, False, False]
    >>> lies_on_cluster("https://example.org/x.csv")
    False
    """
    return re.match(r"(?!https?:|ftps?:)[A-Za-z][A-Za-z0-9+.-]+:/", path, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class SheetRange:
    """Cells from one corner to the other, both counted from 1 and both in the range.

    ``last_row`` is ``None`` where the range goes down to the last row there is.
    """

    first_row: int
    first_column: int
    last_row: int | None
    last_column: int


def parse(text: str, *, merged: bool = False) -> SheetRange:
    """Read a range of cells; dollar signs, as Excel writes them, are allowed.

    One that is ``merged`` is no table, and may be a single row.

    Raises
    ------
    PhraseError
        The text is no range, one outside of a sheet, or one without a row below its header.
    """
    match = _RANGE.fullmatch(text.strip().upper().replace("$", ""))
    if match is None:
        raise PhraseError(f"{text!r} is no range of cells", _HINT)
    bottom = int(match[4]) if match[4] else None
    found = SheetRange(int(match[2]), _number(match[1]), bottom, _number(match[3]))
    if found.last_column > LAST_COLUMN or max(found.first_row, bottom or 0) > LAST_ROW:
        raise PhraseError(f"{text!r} lies outside of a sheet, which ends at XFD{LAST_ROW}", _HINT)
    if found.last_column < found.first_column or (bottom and bottom < found.first_row):
        raise PhraseError(f"{text!r} ends before it begins", _HINT)
    if bottom == found.first_row and not merged:
        raise PhraseError(f"{text!r} is one row, and a table has a header and rows below it", _HINT)
    return found


def column(number: int) -> str:
    """Return the letters of a column, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# What may hold a semicolon that ends nothing: comments, words and names in quotes.
_SKIPPED: Final = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | '(?:[^']|'')*+' | "(?:[^"]|"")*+" | `[^`]*` | \[[^\]]*\]
    | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$""",
    re.DOTALL | re.VERBOSE,
)
_FIRST: Final = re.compile(r"[\s(]*(\w+)")


def check(query: str) -> str:
    """Return a query as it is, if it is one SELECT; a semicolon may end it.

    Raises
    ------
    PhraseError
        It begins with another word, or something stands after its semicolon.
    """
    plain = _SKIPPED.sub(" ", query).strip()
    first = _FIRST.match(plain)
    word = first[1] if first else ""
    if word.upper() not in {"SELECT", "WITH"}:
        raise PhraseError(
            f"a query begins with SELECT or WITH, not with {word!r}"
            if word
            else "a query begins with SELECT or WITH",
            "nothing but reading is done: write  SELECT ... FROM ...",
        )
    if ";" in plain.removesuffix(";"):
        raise PhraseError(
            "the query holds several statements", "keep one SELECT; a table needs no more"
        )
    depth = 0
    for bracket in re.findall(r"[()]", plain):
        depth += 1 if bracket == "(" else -1
        if depth < 0:
            break
    if depth:
        raise PhraseError(
            "a bracket of the query is never closed"
            if depth > 0
            else "the query closes a bracket that it never opened",
            "try the query with a tool of the database first",
        )
    return query


_DATE_CODES: Final = {
    "d": "day",
    "m": "month",
    "b": "month",
    "B": "month",
    "Y": "year",
    "y": "year",
    **dict.fromkeys("HIMSfpz", "time"),
}
_DATE_FORM: Final = 'write a day, a month and a year, such as "%d.%m.%Y" or "%m/%d/%Y %H:%M"'


def date_format(text: str) -> str:
    """Read how dates are written: in the codes of ``strptime``, or what a number counts.

    Raises
    ------
    PhraseError
        A code is not known, a part of the date is lacking or stands there twice, or
        the format reads ISO dates as other days.
    """
    if text in IN_NUMBERS:
        return text
    codes = re.findall(r"%(.?)", text)
    if not codes and (instead := near(text, IN_NUMBERS)):
        raise PhraseError(f"{text!r} is no way to write dates", instead)
    for code in codes:
        if code not in _DATE_CODES:
            raise PhraseError(f"%{code} is no part of a date", _DATE_FORM)
    parts = [_DATE_CODES[code] for code in codes if _DATE_CODES[code] != "time"]
    whole = sorted(parts) in (["day", "month", "year"], ["month", "year"])
    timed = "time" in map(_DATE_CODES.get, codes)
    if not whole or (timed and "day" not in parts) or len(set(codes)) < len(codes):
        raise PhraseError(f"{text!r} does not say a whole date", _DATE_FORM)
    if "I" in codes and "p" not in codes:
        raise PhraseError(f"{text!r} leaves morning and evening open", "add %p, or write %H for %I")
    if "p" in codes and "I" not in codes:
        raise PhraseError(f"{text!r} reads 7:30 PM as 7:30", "write %I for %H beside %p")
    if text.replace(" ", "").startswith("%Y-%d-%m"):
        raise PhraseError(
            f"{text!r} looks like an ISO date, and is read as another day",
            "export dates as year-month-day",
        )
    return text
