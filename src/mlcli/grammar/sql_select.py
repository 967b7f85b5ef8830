"""Whether the text of a query is one SELECT and nothing else."""

from __future__ import annotations

import re
from typing import Final

# What may hold a semicolon that ends nothing: comments, words and names in quotes.
_SKIPPED: Final = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | '(?:[^']|'')*+' | "(?:[^"]|"")*+" | `[^`]*` | \[[^\]]*\]
    | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$""",
    re.DOTALL | re.VERBOSE,
)
_FIRST: Final = re.compile(r"[\s(]*(\w+)")


class QueryError(ValueError):
    """A query is none; ``hint`` says what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def check(query: str) -> str:
    """Return a query as it is, if it is one SELECT; a semicolon may end it.

    Raises
    ------
    QueryError
        It begins with another word, or something stands after its semicolon.
    """
    plain = _SKIPPED.sub(" ", query).strip()
    first = _FIRST.match(plain)
    word = first[1] if first else ""
    if word.upper() not in {"SELECT", "WITH"}:
        raise QueryError(
            f"a query begins with SELECT or WITH, not with {word!r}"
            if word
            else "a query begins with SELECT or WITH",
            "nothing but reading is done: write  SELECT ... FROM ...",
        )
    if ";" in plain.removesuffix(";"):
        raise QueryError(
            "the query holds several statements", "keep one SELECT; a table needs no more"
        )
    depth = 0
    for bracket in re.findall(r"[()]", plain):
        depth += 1 if bracket == "(" else -1
        if depth < 0:
            break
    if depth:
        raise QueryError(
            "a bracket of the query is never closed"
            if depth > 0
            else "the query closes a bracket that it never opened",
            "try the query with a tool of the database first",
        )
    return query
