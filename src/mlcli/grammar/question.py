"""What somebody wants to know of exports: ``sum of quantity where item is pizza per day``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from mlcli.errors import near
from mlcli.grammar.phrases import PhraseError, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

Asked = Literal["value", "count", "sum", "suggest"]
"""A column of a row; rows, or a column added up, per period; which thing to take."""

FORMS: Final = (
    "COLUMN",
    "count of rows [where COLUMN is VALUE] per day|week|month",
    "sum of COLUMN [where COLUMN is VALUE] per day|week|month",
    "suggest COLUMN",
)
UNITS: Final[dict[str, Unit]] = {unit: unit for unit in get_args(Unit)}
_PERIODS: Final = "write  per day,  per week  or  per month  there"


class AskedFor(NamedTuple):
    """A question as it was asked.

    Attributes
    ----------
    asked
        What is to be known.
    column
        Of which column; empty where rows are counted.
    where
        The column and the value of the rows that count, if not all do.
    per
        By which period rows are gathered, where they are.
    export
        The export that is meant, where it was said.
    """

    asked: Asked
    column: str = ""
    where: tuple[str, str] | None = None
    per: Unit | None = None
    export: str = ""

    @property
    def text(self) -> str:
        """Return the question as it would be typed."""
        export = f"{_typed(self.export, ' ')}: " if self.export else ""
        column = _typed(self.column)
        if self.per is None:
            return f"{export}{'suggest ' if self.asked == 'suggest' else ''}{column}"
        what = f"sum of {column}" if self.column else "count of rows"
        where = f" where {_typed(self.where[0])} is {_typed(self.where[1])}" if self.where else ""
        return f"{export}{what}{where} per {self.per}"

    def meaning(self, value: str) -> str:
        """Return the question with another value for the rows that count."""
        assert self.where is not None
        return self._replace(where=(self.where[0], value)).text


class _Word(NamedTuple):
    """A word, or several in double quotes, which are none of the grammar."""

    text: str
    quoted: bool
    end: int

    def says(self, *words: str) -> bool:
        """Say whether it is one of these words of the grammar."""
        return not self.quoted and self.text.casefold() in words


def question(text: str) -> AskedFor:
    """Read a question; words of the grammar in any case, names as exports have them.

    A name that holds words of the grammar stands in double quotes; a double quote in it is
    written twice. ``FILE:`` in front says which export is meant.

    Raises
    ------
    PhraseError
        It is none; the message says after which words something else may stand.
    """
    words, export = _words(text), ""
    if words and not words[0].quoted and words[0].text.endswith(":") and len(words[0].text) > 1:
        export, words = words[0].text[:-1], words[1:]
    elif len(words) > 1 and words[1].says(":"):
        export, words = words[0].text, words[2:]
    match words:
        case []:
            raise PhraseError("nothing is asked", f"write  {'  or  '.join(FORMS)}")
        case [first, *rest] if first.says("suggest") and rest:
            return AskedFor("suggest", _name(rest), export=export)
        case [first, second, *rest] if first.says("sum") and second.says("of"):
            where, per, what = _gathered(text, rest, "a column")
            return AskedFor("sum", _name(what), where, per, export)
        case [first, second, *rest] if first.says("count") and second.says("of"):
            where, per, what = _gathered(text, rest, "rows")
            if not (len(what) == 1 and what[0].says("rows")):
                after = _after(text, words[1])
                raise PhraseError(f"{after} only rows may stand", f"write  count of rows per {per}")
            return AskedFor("count", "", where, per, export)
        case _:
            return AskedFor("value", _name(words), export=export)


def _gathered(
    text: str, words: Sequence[_Word], what: str
) -> tuple[tuple[str, str] | None, Unit, Sequence[_Word]]:
    """Return condition, period and the words before both, of what follows ``sum of``."""
    *rest, last = words or [_Word("", quoted=True, end=len(text))]
    if not rest or not rest[-1].says("per"):
        raise PhraseError(f"{_after(text, last)} it is not said per what", _PERIODS)
    if not last.says(*UNITS):
        after, hint = _after(text, rest[-1]), near(last.text, UNITS) or _PERIODS
        raise PhraseError(f"{after} day, week or month may stand, not {last.text!r}", hint)
    per, rest = rest[-1], rest[:-1]
    at = next((i for i, word in enumerate(rest) if word.says("where")), len(rest))
    if at == 0:
        before = [*rest, per][0].text
        raise PhraseError(f"{text!r}: {what} should stand before {before!r}", f"write  {FORMS[2]}")
    where = _condition(text, rest[at], rest[at + 1 :]) if at < len(rest) else None
    return where, UNITS[last.text.casefold()], rest[:at]


def _condition(text: str, first: _Word, words: Sequence[_Word]) -> tuple[str, str]:
    """Return column and value of ``COLUMN is VALUE``."""
    at = next((i for i, word in enumerate(words) if word.says("is")), 0)
    if not 0 < at < len(words) - 1:
        raise PhraseError(
            f"{_after(text, first)} a column, is, and a value may stand",
            "write  where COLUMN is VALUE",
        )
    return _name(words[:at]), _name(words[at + 1 :])


def _words(text: str) -> list[_Word]:
    """Return the words of a text, with where each ends."""
    return [
        _Word(found[2] or found[1].replace('""', '"'), found[2] is None, found.end())
        for found in re.finditer(r'"((?:[^"]|"")+)"(?=[\s:]|$)|(\S+)', text)
    ]


def _after(text: str, word: _Word) -> str:
    """Begin a message that says behind which words something is wrong."""
    return f"after {text[: word.end].strip()!r}"


def _name(words: Sequence[_Word]) -> str:
    """Return what some words name."""
    return " ".join(word.text for word in words)


_OF_THE_GRAMMAR: Final = {"where", "is", "per", "of", "sum", "count", "suggest", "rows"}


def _typed(name: str, beside: str = "") -> str:
    """Write a name so that it is read as one; in quotes too where it holds a sign ``beside``."""
    words = name.split(" ")
    plain = not _OF_THE_GRAMMAR & {*map(str.casefold, words)} and all(words)
    if plain and set(name).isdisjoint(f'":{beside}'):
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
