"""YAML text to a definition, or all of its problems with their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mlcli import definition as definitions
from mlcli import plan
from mlcli.algorithms import friendly_names
from mlcli.definition import Definition
from mlcli.errors import DefinitionError, Problem, did_you_mean, near
from mlcli.estimators import REGRESSORS
from mlcli.formula import FormulaError
from mlcli.rules import Step
from mlcli.yamltext import Document, Spot, YamlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class Read:
    """A definition as it was read.

    ``values`` are the plain values it was built from, which are what a model keeps
    of it; ``warnings`` are things that are allowed and probably not meant.
    """

    definition: Definition
    values: dict[str, Any]
    warnings: tuple[Problem, ...]


def read(text: str, *, file: str) -> Read:
    """Turn the text of a definition file into a definition.

    Parameters
    ----------
    text
        The YAML.
    file
        How the file is named in messages.

    Returns
    -------
    Read
        The definition, its plain values, and warnings.

    Raises
    ------
    DefinitionError
        Holds every problem, in the order of the file.
    """
    try:
        document = Document(text)
    except YamlError as error:
        problem = _problem(file, text.splitlines(), error.spot, str(error), error.hint)
        raise DefinitionError([problem]) from error
    if not isinstance(document.value, dict):
        spot = document.spot(())
        message = "a definition is a mapping that begins with  sources:"
        raise DefinitionError([_problem(file, document.lines, spot, message, "")])
    found = dict(_problems(document))
    if found:
        listed = [
            _problem(file, document.lines, Spot(line, column), message, hint)
            for (line, column, message), hint in sorted(found.items())
        ]
        raise DefinitionError(listed)
    definition = definitions.build(document.value)
    warnings = tuple(
        _problem(file, document.lines, document.spot(w.path, w.word), w.message, w.hint)
        for w in plan.warnings(definition)
    )
    return Read(definition, document.value, warnings)


def _problems(document: Document) -> Iterator[tuple[tuple[int, int, str], str]]:
    try:
        definition = definitions.build(document.value)
    except ValidationError as error:
        for details in error.errors():
            spot, message, hint = _reworded(document, details)
            yield (spot.line, spot.column, message), hint
        return
    for found in plan.contradictions(definition):
        spot = document.spot(found.path, found.word)
        yield (spot.line, spot.column, found.message), found.hint


def _reworded(document: Document, details: ErrorDetails) -> tuple[Spot, str, str]:
    """Say pydantic's finding in our words, at the place a reader looks at."""
    path = tuple(details["loc"])
    key = str(path[-1]) if path else ""
    at_key, at_value = document.spot(path), document.spot_of_value(path)
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            parent = document.spot(path[:-1])
            return parent, f"{key!r} is missing", _example(key)
        case "extra_forbidden":
            what = "rule" if _is_rule(path) else "key"
            return at_key, f"unknown {what} {key!r}", did_you_mean(key, _known(path))
        case "union_tag_invalid" | "union_tag_not_found":
            name = str(context.get("tag", "nothing"))
            names = [*friendly_names(), *REGRESSORS]
            hint = did_you_mean(name, names)
            return (
                document.spot_of_value((*path, "name")),
                f"unknown model {name!r}",
                hint or did_you_mean("", friendly_names()),
            )
        case "literal_error":
            allowed = [
                word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")
            ]
            shown = f"{details['input']!r} is not one of {', '.join(allowed)}"
            return at_value, shown, did_you_mean(str(details["input"]), allowed)
        case "value_error":
            error = context.get("error")
            message, _, hint = str(error).partition("; ")
            spot = at_value if isinstance(details["input"], str) else at_key
            if isinstance(error, FormulaError):
                spot = document.offset(path, error.offset)
            # A misspelt option of a rule whose other keys are the user's own.
            fixed = {"bands": ["of", "as"]}.get(str(path[-2]) if len(path) > 1 else "", ["because"])
            return (
                spot,
                message,
                near(key, fixed) if "rules" in path and near(key, fixed) else hint,
            )
        case _:
            return at_value, *_simple(key, details, context)


_WRONG = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "tuple_type": "a list",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def _simple(key: str, details: ErrorDetails, context: dict[str, Any]) -> tuple[str, str]:
    kind = details["type"]
    if kind in _WRONG:
        given = "nothing" if details["input"] is None else repr(details["input"])
        most = 60
        given = given if len(given) <= most else "a list or mapping"
        quote = (
            "put quotes around it"
            if kind == "string_type" and isinstance(details["input"], int | float)
            else ""
        )
        return f"{key!r} must be {_WRONG[kind]}, not {given}", quote
    if kind in _BOUNDS:
        limit, words = _BOUNDS[kind]
        return f"{key!r} must be {words} {context[limit]}, not {details['input']!r}", ""
    if kind in {"too_short", "string_too_short"}:
        return f"{key!r} is empty", _example(key)
    return f"{key}: {details['msg']}", ""


def _is_rule(path: tuple[str | int, ...]) -> bool:
    return (
        len(path) > 1 and isinstance(path[-2], int) and "rules" in path[:-1] and path[-3] == "rules"
    )


def _known(path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are allowed where an unknown one stands."""
    from pydantic import BaseModel

    if _is_rule(path):
        return list(Step.model_fields)
    places: dict[str, type[BaseModel]] = {
        "sources": definitions.Source,
        "features": definitions.Feature,
        "label": definitions.Label,
    }
    if len(path) == 1:
        return _keys(Definition)
    if "rules" in path:
        rule = Step.model_fields[str(path[-2])].annotation
        return _keys(rule.__args__[0])  # type: ignore[union-attr]
    if path[0] == "model":
        from mlcli import algorithms

        return [
            key
            for kind in algorithms.FRIENDLY
            if kind.model_fields["name"].annotation.__args__[0] == path[1]  # type: ignore[union-attr]
            for key in _keys(kind)
        ]
    return _keys(places[str(path[0])])


def _keys(kind: Any) -> list[str]:
    return [field.alias or name for name, field in kind.model_fields.items()]


_EXAMPLES = {
    "sources": "name your exports, as in  sources: {orders: {file: data/orders.csv}}",
    "file": "add  file: data/export.csv",
    "features": "add  features: [reservations]",
    "label": "add  label: doughs",
    "model": "add  model: linear_regression",
    "as": "add  as: NAME  for the column that is made",
    "of": "add  of: COLUMN",
    "per": "add  per: day of COLUMN",
    "days": "add  days: [Friday, Saturday]",
    "dates": "add  dates: [2023-12-25]",
}


def _example(key: str) -> str:
    return _EXAMPLES.get(key, "")


def _problem(file: str, lines: list[str], spot: Spot, message: str, hint: str) -> Problem:
    place = f"{file}:{spot.line + 1}:{spot.column + 1}"
    return Problem(message, place=place, excerpt=excerpt(lines, spot), hint=hint)


def excerpt(lines: list[str], spot: Spot) -> str:
    """Return the line before, the line itself, and a caret below the spot."""
    if not 0 <= spot.line < len(lines):
        return ""
    width = len(str(spot.line + 1))
    most = 160
    shown = [
        f"  {number + 1:>{width}} | {lines[number][:most]}"
        for number in (spot.line - 1, spot.line)
        if number >= 0
    ]
    return "\n".join([*shown, f"  {'':>{width}} | {' ' * min(spot.column, most)}^"])
