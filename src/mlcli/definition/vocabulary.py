"""The base of everything a definition may say: strict, frozen, closed.

The only modules that import pydantic are this one, the rules, the algorithms and
``definition``: an answer from a stored equation never pays for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, WithJsonSchema

from mlcli import wording
from mlcli.grammar import formula, phrases, source_phrases
from mlcli.grammar.cells import Json


class Frozen(BaseModel):
    """A value that knows all of its keys and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OptionError(ValueError):
    """An option is wrong; ``key`` is the one of several that is to blame."""

    def __init__(self, message: str, hint: str = "", *, key: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.key = key


Path: TypeAlias = tuple[str | int, ...]
"""Where something stands in a definition: the keys and positions that lead to it."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that no key alone is to blame for.

    It stands where ``word`` does in what ``path`` points to, or else at the key there,
    or, with ``at_value``, at its value.
    """

    path: Path
    message: str
    hint: str
    word: str = ""
    at_value: bool = False

    def within(self, path: Path) -> Self:
        """Return the same of a part of a definition, seen from the whole."""
        return replace(self, path=(*path, *self.path))


def is_kept(column: str) -> bool:
    """Say whether a name is kept for columns of our own."""
    return column.startswith("__") and column.endswith("__")


def given(value: object) -> str:
    """Return a value as a message quotes it: in YAML's words, and short."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            most = 60
            text = repr(value)
            return text if len(text) <= most else f"{text[:most]}…"


def read_by(parse: Callable[[str], Any], *, numbers: bool = False) -> BeforeValidator:
    """Return a validator that reads a phrase; ``numbers`` says that one may stand for it."""

    def validate(value: object) -> object:
        if isinstance(value, str):
            return parse(value)
        if not isinstance(value, bool | int | float):
            raise OptionError(f"text is needed here, not {given(value)}", _forms(parse))
        found = parse(given(value))  # says what is expected instead
        if numbers and not isinstance(value, bool):
            return found
        raise OptionError(f"text is needed here, not {given(value)}", "put quotes around it")

    return BeforeValidator(validate)


def _forms(parse: Callable[[str], Any]) -> str:
    """Return what a phrase could be: the hint for an empty one."""
    try:
        parse("")
    except ValueError as error:
        return str(getattr(error, "hint", ""))
    return ""


def _scalar(value: object) -> object:
    if value is None:
        raise OptionError("the value is missing", "write it after the colon")
    if not isinstance(value, bool | int | float | str):
        raise OptionError(
            f"one value is needed here, not {given(value)}", "write a word or a number"
        )
    if isinstance(value, int) and float(value) != value:
        raise OptionError(
            f"{value} has more digits than a number is kept with",
            "put quotes around it if it is a word",
        )
    return value


def _many(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


def _sequence(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


AS_MANY = BeforeValidator(_many)
"""One value may stand for a list of one."""

AS_LIST = BeforeValidator(_sequence)
"""Lists are kept as tuples, so that values cannot be changed."""

_TEXT = {"type": "string"}


def one_or_more(items: Json) -> WithJsonSchema:
    """Describe a value that may stand alone or in a list."""
    return WithJsonSchema({"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]})


_WORD = {"type": ["string", "number", "boolean"]}
_SEVERAL = (Field(min_length=1), BeforeValidator(_many))

Name: TypeAlias = Annotated[str, Field(min_length=1)]
Names: TypeAlias = Annotated[tuple[Name, ...], *_SEVERAL, one_or_more(_TEXT)]
Pair: TypeAlias = Annotated[
    tuple[Name, Name],
    AS_LIST,
    WithJsonSchema({"type": "array", "items": _TEXT, "minItems": 2}),
]
Scalar: TypeAlias = Annotated[bool | float | str, BeforeValidator(_scalar)]
Scalars: TypeAlias = Annotated[tuple[Scalar, ...], *_SEVERAL, one_or_more(_WORD)]
# A level may look like a number or be true or false: it is a word all the same.
Level: TypeAlias = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(lambda value: wording.written(_scalar(value))),
    WithJsonSchema(_WORD),
]
Levels: TypeAlias = Annotated[tuple[Level, ...], *_SEVERAL, one_or_more(_WORD)]
Weekdays: TypeAlias = Annotated[
    tuple[Annotated[str, read_by(phrases.weekday)], ...],
    *_SEVERAL,
    one_or_more({"enum": list(wording.WEEKDAYS)}),
]


def _phrase(parse: Callable[[str], Any]) -> tuple[Any, ...]:
    """Return what says that a text is read, and that what it says is kept."""
    return SkipValidation, read_by(parse), WithJsonSchema(_TEXT)


# What follows holds the parsed phrase; ``text`` on it is what was written.
SpanPhrase: TypeAlias = Annotated[Any, *_phrase(phrases.span)]
DaysPhrases: TypeAlias = Annotated[
    tuple[Annotated[Any, read_by(phrases.days)], ...], *_SEVERAL, one_or_more(_TEXT)
]
ClockPhrase: TypeAlias = Annotated[phrases.Clock, *_phrase(phrases.clock)]
PerPhrase: TypeAlias = Annotated[phrases.Per, *_phrase(phrases.per)]
DaysPhrase: TypeAlias = Annotated[phrases.Per, *_phrase(phrases.days_of)]
DerivationPhrase: TypeAlias = Annotated[phrases.Derivation, *_phrase(phrases.derivation)]
HoldoutPhrase: TypeAlias = Annotated[phrases.Holdout, *_phrase(phrases.holdout)]
DateForms: TypeAlias = Annotated[
    tuple[Annotated[str, read_by(source_phrases.date_format)], ...], *_SEVERAL, one_or_more(_TEXT)
]
_FORMULA = (SkipValidation, read_by(formula.parse, numbers=True))
FormulaPhrase: TypeAlias = Annotated[
    formula.Formula, *_FORMULA, WithJsonSchema({"type": ["string", "number"]})
]
