"""What a program may write to get past a problem of a definition: read from its hint.

Hints name a key as it is written in YAML, between two blanks: ``take  KEY:  away``,
``write  KEY: VALUE``; or words near to a misspelt one. That way out is the same for people
and for programs. What a hint leaves open, in capitals or by an ``if``, is none for a program;
keys of a source are named by who reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlcli.definition import definition as definitions
from mlcli.definition import source
from mlcli.definition.algorithms import FRIENDLY, ByClassName
from mlcli.definition.engines import Engine
from mlcli.definition.page import Page
from mlcli.definition.rules.registry import Step
from mlcli.definition.yaml_text import Document, YamlError
from mlcli.errors import Fix, Problem, meant, quoted_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from mlcli.definition.vocabulary import Path

_AWAY: Final = re.compile(r"\b[Tt]ake  (\w+):  away")
_WRITTEN: Final = re.compile(r"(?:^|\b\w+:?)  (\{?\w+: (?! ).+?)(?=[,;.]?  |, or |[,;.]?$)")
_OPEN: Final = re.compile(r"\b[A-Z][A-Z]+\b|\.\.\.|Europe/Rome|\bA\d+:D")
"""What the user has to say: a word in capitals, dots, or the example of a zone or of cells."""
_CLAUSE: Final = re.compile(r".*(?:, or |; )")
"""All before the last part of a hint."""


def ways_out(
    value: Any, path: Path, hint: str, *, word: str = "", of_key: bool = False
) -> tuple[Fix, ...]:
    """Return the ways out that a hint names, in its order.

    Parameters
    ----------
    value
        The plain value of the whole definition.
    path
        Leads to what the hint is about.
    word
        The word in it that is wrong, where it is not all of it.
    of_key
        Whether the last key of the path is wrong, and not what stands below it.
    """
    instead = [_replaced(value, path, word, new, of_key=of_key) for new in meant(hint)]
    found = [(m.start(), _at_key(value, path, m[1], None)) for m in _AWAY.finditer(hint)]
    for m in _WRITTEN.finditer(hint):
        clause = _CLAUSE.sub("", hint[: m.start(1)])
        if not (
            re.search(r"\b(if|source)\b", clause) or hint[m.end() :].lstrip().startswith("if ")
        ):
            found.append((m.start(), _written(value, path, m[1])))
    in_order = [fix for _, fix in sorted(found, key=lambda one: one[0])]
    return tuple(fix for fix in (*instead, *in_order) if fix is not None)


def ways_out_of_data(value: Any, problem: Problem) -> tuple[Fix, ...]:
    """Return the ways out that a hint about exports names.

    What is quoted first in the message is looked for in the definition, given as its plain
    value: a feature, the label, or another name that stands in one place.
    """
    message, hint = problem.message, problem.hint
    word = (quoted_in(message) or [""])[0]
    features = value.get("features", [])
    named = {str(_named(one)): index for index, one in enumerate(features)}
    if word in named:
        return ways_out(value, ("features", named[word]), hint)
    if word == _named(value.get("label")):
        return ways_out(value, ("label",), hint)
    places = [place for place, _ in _places(value, word, ())] if word else []
    known = word if len(places) == 1 else _NOWHERE
    return ways_out(value, (), hint, word=known)


_NOWHERE: Final = "\0"
"""A word that stands nowhere, so that nothing is put in its place."""


def _named(value: Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value


def _replaced(value: Any, path: Path, word: str, new: str, *, of_key: bool) -> Fix | None:
    """Return what puts another word in the place of a wrong one."""
    if not word:
        return _renamed(value, path, new) if of_key else Fix(new, path)
    for place, is_key in _places(_at(value, path), word, path):
        if is_key:
            return _renamed(value, place, new)
        text = str(_at(value, place))
        return Fix(re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: new, text), place)
    return None


def _renamed(value: Any, path: Path, new: str) -> Fix:
    """Return what gives a key another name; in a list, what puts another word there."""
    if isinstance(path[-1], int):
        return Fix(new, path)
    return Fix({path[-1]: None, new: _at(value, path)}, path[:-1])


def _places(value: Any, word: str, path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield where a word stands, and whether as a key: alone, or else within a phrase."""
    scalars = list(_scalars(value, path))
    yield from ((place, is_key) for place, is_key, text in scalars if text == word)
    whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    yield from ((place, False) for place, is_key, t in scalars if not is_key and whole.search(t))


def _scalars(value: Any, path: Path) -> Iterator[tuple[Path, bool, str]]:
    match value:
        case dict():
            for key, one in value.items():
                yield (*path, key), True, str(key)
                yield from _scalars(one, (*path, key))
        case list():
            for index, one in enumerate(value):
                yield from _scalars(one, (*path, index))
        case _:
            yield path, False, str(value)


def _written(value: Any, path: Path, example: str) -> Fix | None:
    """Return what writes an example: a key with its value, or a whole mapping."""
    if _OPEN.search(example):
        return None
    try:
        said = Document(example).value
    except YamlError:
        return None
    if not isinstance(said, dict):
        return None
    if example.startswith("{"):
        return _of_the_name(value, path, said)
    ((key, one),) = said.items()
    return _at_key(value, path, key, one)


def _of_the_name(value: Any, path: Path, said: dict[str, Any]) -> Fix | None:
    """Return what writes a mapping with a name in the place of the feature of that name."""
    features = value.get("features", [])
    places: list[Path] = [("features", i) for i in range(len(features))]
    its = [place for place in places if _named(_at(value, place)) == said.get("name")]
    return Fix(said, (its or [path])[0]) if its or path else None


def _at_key(value: Any, path: Path, key: str, one: Any) -> Fix | None:
    """Return what writes a key, or takes it away, in the nearest mapping that may have it."""
    for end in range(len(path), -1, -1):
        if path[:end][-1:] == (key,):
            return Fix(one, path[:end])
        there = _at(value, path[:end])
        place = class_at(value, path[:end]) if isinstance(value, dict) else None
        if place is None or key not in keys(place):
            continue
        if isinstance(there, str) and one is not None:  # a name, which becomes a mapping
            return Fix({"name": there, key: one}, path[:end])
        return Fix(one, (*path[:end], key))
    places = [place for place, is_key, text in _scalars(value, ()) if is_key and text == key]
    return Fix(one, places[0]) if len(places) == 1 else None


def _at(value: Any, path: Path) -> Any:
    """Return what stands at a path, or nothing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def class_at(value: Any, path: Path) -> type[BaseModel] | None:
    """Return what stands at a path of a definition, if it is one of our own mappings."""
    match path:
        case _ if path in _MAPPINGS:
            return _MAPPINGS[path]
        case ("sources", _):
            return source.Source
        case ("sources", _, "sql"):
            return source.Sql
        case ("sources", _, "dates"):
            return source.Dates
        case ("features", int()):
            return definitions.Feature
        case ("model",):
            model = value.get("model")
            name = model.get("name") if isinstance(model, dict) else model
            return FRIENDLY.get(str(name), ByClassName)
        case (*_, "rules", int()):
            return Step
        case (*_, "rules", int(), name):
            return Step.rule_called(str(name))
        case _:
            return None


def keys(kind: type[BaseModel]) -> list[str]:
    """Return the keys of a mapping, as they are written."""
    return [field.alias or name for name, field in kind.model_fields.items()]


_MAPPINGS: dict[Path, type[BaseModel]] = {
    (): definitions.Definition,
    ("label",): definitions.Label,
    ("label", "threshold"): definitions.Threshold,
    ("engine",): Engine,
    ("decide",): definitions.Decide,
    ("recommend",): definitions.Recommend,
    ("page",): Page,
}
