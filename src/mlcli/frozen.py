"""The base of everything a definition may say: strict, frozen, closed.

The only modules that import pydantic are this one, the rules, the algorithms and
``definition``: an answer from a stored equation never pays for it.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from mlcli import formula, phrases


class Frozen(BaseModel):
    """A value that knows all of its keys and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_by(parse: Callable[[str], Any]) -> BeforeValidator:
    """Return a validator that reads a phrase where text is expected."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f"{_shown(value)} is not a phrase; text is expected")  # noqa: TRY004 - pydantic's protocol
        return parse(value)

    return BeforeValidator(validate)


def _shown(value: object) -> str:
    return (
        {True: "true", False: "false", None: "nothing"}.get(value, repr(value))
        if isinstance(value, bool | None)
        else repr(value)
    )


def _many(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


def _sequence(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


AS_LIST = BeforeValidator(_sequence)
"""Lists are kept as tuples, so that values cannot be changed."""

_TEXT = {"type": "string"}


def one_or_more(items: dict[str, Any]) -> WithJsonSchema:
    """Describe a value that may stand alone or in a list."""
    return WithJsonSchema({"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]})


Name: TypeAlias = Annotated[str, Field(min_length=1)]
Names: TypeAlias = Annotated[
    tuple[Name, ...], Field(min_length=1), BeforeValidator(_many), one_or_more(_TEXT)
]
Scalar: TypeAlias = bool | float | str
Scalars: TypeAlias = Annotated[
    tuple[Scalar, ...],
    Field(min_length=1),
    BeforeValidator(_many),
    one_or_more({"type": ["string", "number", "boolean"]}),
]
Weekdays: TypeAlias = Annotated[
    tuple[Annotated[str, read_by(phrases.weekday)], ...],
    Field(min_length=1),
    BeforeValidator(_many),
    one_or_more({"enum": list(phrases.wording.WEEKDAYS)}),
]
# What follows holds the parsed phrase; ``text`` on it is what was written.
SpanPhrase: TypeAlias = Annotated[Any, read_by(phrases.span), WithJsonSchema(_TEXT)]
DaysPhrases: TypeAlias = Annotated[
    tuple[Annotated[Any, read_by(phrases.days)], ...],
    Field(min_length=1),
    BeforeValidator(_many),
    one_or_more(_TEXT),
]
PerPhrase: TypeAlias = Annotated[Any, read_by(phrases.per), WithJsonSchema(_TEXT)]
DerivationPhrase: TypeAlias = Annotated[Any, read_by(phrases.derivation), WithJsonSchema(_TEXT)]
HoldoutPhrase: TypeAlias = Annotated[Any, read_by(phrases.holdout), WithJsonSchema(_TEXT)]
FormulaPhrase: TypeAlias = Annotated[Any, read_by(formula.parse), WithJsonSchema(_TEXT)]
