"""YAML text to a definition, or all of its problems with their places."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil, floor
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from mlcli import wording
from mlcli.definition import definition as definitions
from mlcli.definition.algorithms import models_near
from mlcli.definition.checks import contradictions
from mlcli.definition.rules.base import Rule
from mlcli.definition.rules.registry import Step
from mlcli.definition.vocabulary import Contradiction, Path, given
from mlcli.definition.ways_out import class_at, keys, ways_out
from mlcli.definition.yaml_text import Document, Spot, YamlError, lines_of
from mlcli.errors import DefinitionError, Fix, Problem, near
from mlcli.grammar.cells import Json, is_number
from mlcli.grammar.formula import FormulaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from mlcli.definition.definition import Definition

Words = tuple[Spot, str, str]
"""Where something is wrong, what, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A definition as it was read.

    ``values`` are the plain values it was built from, which are what a model keeps
    of it, and so without those of its page; ``warnings`` are things that are allowed and
    probably not meant.
    """

    definition: Definition
    values: Json
    warnings: tuple[Problem, ...]
    file: str
    document: Document

    def blamed(self, key: Path, message: str, hint: str) -> Problem:
        """Return the problem of a key that the data show to be at fault, where it stands."""
        return _problem(self.file, self.document.lines, self.document.spot(key), message, hint)

    def having(self, **keys: Any) -> Read:
        """Return the definition with other values of some keys, as if they were written."""
        values = {**self.values, **keys}
        return replace(self, definition=definitions.build(values), values=values)


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
        found = [Finding(flaw.spot, flaw.message, flaw.hint) for flaw in error.flaws]
        raise _refusal(file, lines_of(text), found) from error
    if found := list(islice(_found(document), _MOST_PROBLEMS)):
        raise _refusal(file, document.lines, found)
    definition = definitions.build(document.value)
    warnings = tuple(
        _problem(file, document.lines, document.spot(w.path, w.word), w.message, w.hint)
        for w in contradictions.warnings(definition)
    )
    values = {key: value for key, value in document.value.items() if key != "page"}
    return Read(definition, values, warnings, file, document)


_MOST_PROBLEMS = 200
"""More than anybody reads: the rest of a file of something else."""


class Finding(NamedTuple):
    """Where, what, and what to do about it, for people and for programs."""

    spot: Spot
    message: str
    hint: str
    fix: tuple[Fix, ...] = ()


def _refusal(file: str, lines: list[str], found: list[Finding]) -> DefinitionError:
    """Return the error of all that was found, in the order of the file."""
    in_order = sorted(found, key=lambda one: (one.spot.line, one.spot.column, one.message))
    problems = [_problem(file, lines, *one[:3])._replace(fix=one.fix) for one in in_order]
    return DefinitionError(problems).fixed_in(file)


def _found(document: Document) -> Iterator[Finding]:
    """Yield everything that is wrong, in no order; a value that cannot be read only once."""
    for flaw in document.flaws:
        yield Finding(flaw.spot, flaw.message, flaw.hint)
    unreadable = {flaw.spot for flaw in document.flaws}
    if not isinstance(document.value, dict):
        message = "a definition is a mapping, and this is none"
        yield Finding(document.spot(()), message, _BEGIN)
        return
    try:
        definition = definitions.build(document.value)
    except ValidationError as error:
        telling = islice(_telling(document, error.errors()), _MOST_PROBLEMS)
        found = [_reworded(document, details) for details in telling]
    else:
        found = [_contradicted(document, c) for c in contradictions.contradictions(definition)]
        found += _untaken(document, definition)
    once = {one[:3]: one for one in found}
    yield from (one for one in once.values() if one.spot not in unreadable)


def _contradicted(document: Document, one: Contradiction) -> Finding:
    spot = document.spot_of_value(one.path) if one.at_value else document.spot(one.path, one.word)
    of_key = not one.word and not one.at_value
    fix = ways_out(document.value, one.path, one.hint, word=one.word, of_key=of_key)
    return Finding(spot, one.message, one.hint, fix)


def _untaken(document: Document, definition: Definition) -> Iterator[Finding]:
    """Say of each hyperparameter to tune the first value that the model does not take."""
    for key, values in (definition.tune or {}).items():
        for at, value in enumerate(values if key in definition.model.known else ()):
            try:
                definition.model.having({key: value})
            except ValidationError as error:
                message, hint = _wrong(("tune", key), error.errors()[0])
                yield Finding(document.spot_of_value(("tune", key, at)), message, hint)
                break


_BEGIN = "begin with  sources: {NAME: {file: data/FILE.csv}}"


def _telling(document: Document, errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out what only follows from another error: one mistake is one problem."""
    paths = [_path(document, details) for details in errors]
    below = Counter(path[:end] for path in paths for end in range(len(path) + 1))
    written: dict[Path, list[str]] = {}
    for path in filter(document.has, paths):
        written.setdefault(path[:-1], []).append(str(path[-1]))
    for path, details in zip(paths, errors, strict=True):
        if details["type"] == "too_short" and below[path] > 1:
            continue  # its items are wrong, and none is missing
        if details["type"] == "value_error" and not document.whole(path):
            continue  # what it lacks may be what cannot be read
        if details["type"] == "missing" and (
            not document.whole(path[:-1])
            or any(near(key, [str(path[-1])]) for key in written.get(path[:-1], ()))
        ):
            continue  # it is there, misspelt or in a form that cannot be read
        yield details


def _path(document: Document, details: ErrorDetails) -> Path:
    """Return an error's path without the steps that are pydantic's own."""
    path: Path = ()
    for step in details["loc"]:
        if document.has((*path, step)):
            path = (*path, step)
    return (*path, details["loc"][-1]) if details["type"] == "missing" else path


def _reworded(document: Document, details: ErrorDetails) -> Finding:
    """Say pydantic's finding in our words, at the place a reader looks at."""
    path, of_key = _path(document, details), False
    match details["type"]:
        case "missing":
            hint = f"add  {path[-1]}: {_VALUES.get(str(path[-1]), 'VALUE')}"
            found = document.spot(path[:-1]), f"{path[-1]!r} is missing", hint
        case "extra_forbidden":
            found, of_key = (document.spot(path), *_unknown(document, path)), True
        case "union_tag_invalid" | "union_tag_not_found":
            path, found = _no_model(document, details["input"])
        case "value_error":
            path, of_key, found = _refused(document, path, details)
        case _ if details["loc"][-1] == "[key]":
            found = document.spot(path), "a source has no name", "write one before the colon"
        case _:
            found = document.spot_of_value(path), *_wrong(path, details)
    spot, message, hint = found
    return Finding(spot, message, hint, ways_out(document.value, path, hint, of_key=of_key))


def _unknown(document: Document, path: Path) -> tuple[str, str]:
    """Say what an unknown key may have been meant to be."""
    place, key = class_at(document.value, path[:-1]), str(path[-1])
    assert place is not None
    known = keys(place)
    nearest = near(key, known)
    listed = f"the keys here are {', '.join(known)}"
    if place is Step:
        return f"unknown rule {key!r}", nearest or listed.replace("keys here", "rules")
    if path[0] == "model":
        known.remove("name")
        message = f"{document.value['model']['name']} has no hyperparameter {key!r}"
        return message, near(key, known) or f"it has {', '.join(known) or 'none'}"
    only = f"the only key here is {known[0]}"
    return f"unknown key {key!r}", nearest or (listed if len(known) > 1 else only)


def _no_model(document: Document, value: Any) -> tuple[Path, Words]:
    """Say what is wrong with the name of a model, after the path that leads to it."""
    path: Path = ("model", "name") if document.has(("model", "name")) else ("model",)
    at_value = document.spot_of_value(path)
    if value is None:
        return path, (at_value, "'model' is empty", "write  model: linear_regression")
    if not isinstance(value, dict):
        message = f"the model is a name, or a mapping with one, not {given(value)}"
        return path, (at_value, message, "write  model: linear_regression")
    if "name" not in value:
        return path, (document.spot(path), "'name' is missing", "add  name: linear_regression")
    name = value["name"]
    if not isinstance(name, str):
        message = f"'name' must be text, not {given(name)}"
        return path, (at_value, message, "write  name: linear_regression")
    listed = f"such as {_COMMON}, or a scikit-learn class;  mlcli schema  lists all"
    return path, (at_value, f"unknown model {name!r}", models_near(name) or listed)


_COMMON = (
    "linear_regression, polynomial_regression, logistic_regression, random_forest, "
    "complement_naive_bayes"
)


def _refused(document: Document, path: Path, details: ErrorDetails) -> tuple[Path, bool, Words]:
    """Say what one of our own validators found, after the path and whether it is of the key."""
    error = details["ctx"]["error"]
    message, _, rest = str(error).partition("; ")
    hint = getattr(error, "hint", rest)
    parent = class_at(document.value, path[:-1]) if path else None
    if parent is not None and issubclass(parent, Rule):
        # Where other keys are the user's own, a misspelt option looks like one of them.
        unused = [k for k in keys(parent) if not document.has((*path[:-1], k))]
        if meant := near(str(path[-1]), unused):
            return path, True, (document.spot(path), f"unknown key {path[-1]!r}", meant)
    if isinstance(error, FormulaError):
        return path, False, (document.offset(path, error.offset), message, hint)
    place, key = class_at(document.value, path), getattr(error, "key", "")
    within = (*path, key) if key else path
    if place is Step:
        hint = hint or f"write  {key}: {_options(key)}"
        return within, True, (document.spot((*path, key)), message, hint)
    if place is not None and not key:
        hint = hint or f"write  {path[-1]}: {_options(path[-1])}"
        return path, True, (document.spot(path), message, hint)
    return within, False, (document.spot_of_value(within), message, hint)


_VALUES = {
    "as": "NAME",
    "date": "COLUMN",
    "dates": "[2023-12-25]",
    "days": "[Friday, Saturday]",
    "features": "[COLUMN]",
    "file": "data/FILE.csv",
    "format": '"%d.%m.%Y"',
    "join": "day",
    "label": "COLUMN",
    "model": "linear_regression",
    "name": "COLUMN",
    "of": "COLUMN",
    "page": '{question: "How many doughs tonight?"}',
    "per": "day of COLUMN",
    "rules": "[keep: {COLUMN: VALUE}]",
    "sources": "{NAME: {file: data/FILE.csv}}",
    "threshold": "f1",
    "tune": "{degree: 1 to 8}",
}
_OF_SOURCES = {
    "columns": "[NAME, NAME]",
    "dates": '{format: "%d.%m.%Y"}',
    "encoding": "cp1252",
    "missing": "[NA]",
    "unit": "[€]",
}


def _options(name: str | int, of: str = "COLUMN") -> str:
    """Return the options that a rule cannot do without, as an example."""
    if name not in Step.model_fields:
        return "{COLUMN: VALUE}"
    rule = Step.rule_called(str(name))
    parts = [
        f"{key}: {of if key == 'of' else _VALUES.get(key, 'VALUE')}"
        for key, option in zip(keys(rule), rule.model_fields.values(), strict=True)
        if option.is_required()
    ]
    if rule.model_config.get("extra") == "allow":
        parts.append(rule.own_keys)
    return f"{{{', '.join(parts)}}}"


_WRONG = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
}
_BOUNDS = {
    "greater_than": ("gt", "above {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "below {}"),
    "less_than_equal": ("le", "{} or less"),
}


def _wrong(path: Path, details: ErrorDetails) -> tuple[str, str]:
    """Say that a value is of the wrong type, or outside what is allowed."""
    kind, value, thing = details["type"], details["input"], _thing(path)
    if path == ("label",) and isinstance(value, list) and value:
        return "a definition answers one question, and 'label' is a list", (
            f"write a definition for each, with  label: {wording.in_yaml(value[0])}  in this one"
        )
    if value is None or kind in {"too_short", "string_too_short"}:
        return f"{thing} is empty", f"write  {_example(path, None)}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        needed = words.format(wording.written(details["ctx"][name]))
        return f"{thing} must be {needed}, not {given(value)}", f"write a number that is {needed}"
    if kind == "literal_error":
        allowed = [one[1:-1] for one in re.findall(r"'[^']*'|\"'\"", details["ctx"]["expected"])]
        shown = [word if word.isidentifier() else repr(word) for word in allowed]
        message = f"{thing} must be {', '.join(shown[:-1])} or {shown[-1]}, not {given(value)}"
        return message, near(str(value), allowed) or "choose one of them"
    needed = _WRONG.get(kind, "something else")
    match path:
        case ("label",) | ("features", int()):
            needed = "a name, or a mapping with one"
        case (*_, "rules", int()):
            needed = "a name with its options"
        case _:
            pass
    return f"{thing} must be {needed}, not {given(value)}", _remedy(kind, path, value)


def _thing(path: Path) -> str:
    """Name what stands at a path."""
    match path:
        case ("sources", name):
            return f"the source {name!r}"
        case ("features", int()):
            return "a feature"
        case (*_, "rules", int()):
            return "a rule"
        case (*_, "rules", int(), name):
            return f"the options of {name!r}"
        case (*_, key, int()):
            return f"an item of {key!r}"
        case _:
            return repr(path[-1])


def _remedy(kind: str, path: Path, value: Any) -> str:
    """Say what to write in place of a value of the wrong type."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if path == ("recommend",):
        return "write  recommend: {top: 5}"
    match kind:
        case "bool_type":
            meant = {"no": "false", "off": "false", "yes": "true", "on": "true"}
            return f"write {meant.get(str(value).lower(), 'true or false')}, without quotes"
        case "int_type" if number:
            return f"write {floor(value)} or {ceil(value)}"
        case "int_type" | "float_type":
            digits = isinstance(value, str) and is_number(value)
            return "take the quotes away" if digits else "write digits, such as 2"
        case "string_type" | "model_type" if number or isinstance(value, bool):
            return "put quotes around it"
        case _:
            return f"write  {_example(path, value)}"


def _example(path: Path, value: Any) -> str:
    """Return what could stand at a path, made of what stands there where that helps."""
    word = wording.in_yaml(value) if isinstance(value, str) else None
    match path:
        case ("sources", _, key, *_) if key in _OF_SOURCES:
            return f"{key}: {_OF_SOURCES[str(key)]}"
        case ("sources", name):
            return f"{wording.in_yaml(name)}: {{file: {word or 'data/FILE.csv'}}}"
        case ("features", int()):
            return "features: [COLUMN]"
        case ("features",):
            return f"features: [{word or 'COLUMN'}]"
        case (*_, "rules"):
            return "- keep: {COLUMN: VALUE}  with a dash before each rule"
        case (*_, "rules", int()):
            return f"{word or 'keep'}: {_options(word or 'keep')}"
        case (*_, "rules", int(), name):
            return f"{name}: {_options(name, word or 'COLUMN')}"
        case (*_, key, int()):
            return f"{key}: {_VALUES.get(str(key), '[VALUE]')}"
        case _:
            return f"{path[-1]}: {_VALUES.get(str(path[-1]), 'VALUE')}"


def _problem(file: str, lines: list[str], spot: Spot, message: str, hint: str) -> Problem:
    place = f"{file}:{spot.line + 1}:{spot.column + 1}"
    return Problem(message, place=place, excerpt=excerpt(lines, spot), hint=hint)


def excerpt(lines: list[str], spot: Spot) -> str:
    """Return the line before, the line itself, and a caret below the spot."""
    if not any(lines):
        return ""
    lines = list(map(wording.discreet, lines))
    margin = len(str(spot.line + 1))
    shown = [
        f"  {number + 1:>{margin}} | {_part(lines[number], 0)}"
        for number in range(max(spot.line - 1, 0), spot.line)
    ]
    start = _start(lines[spot.line], spot.column)
    before = "…" * (start > 0) + wording.plain(lines[spot.line][start : spot.column])
    return "\n".join(
        line.rstrip()
        for line in [
            *shown,
            f"  {spot.line + 1:>{margin}} | {_part(lines[spot.line], start)}",
            f"  {'':>{margin}} | {' ' * wording.width(before)}^",
        ]
    )


_MOST_SHOWN = 100


def _start(line: str, column: int) -> int:
    """Return where to begin to show a line, so that a column of it can be seen."""
    return 0 if column < _MOST_SHOWN else min(column - _MOST_SHOWN // 2, len(line))


def _part(line: str, start: int) -> str:
    end = start + _MOST_SHOWN
    return "…" * (start > 0) + wording.plain(line[start:end]) + "…" * (end < len(line))
