"""Keys of a definition that are set for one run: ``model=ridge``, ``recommend.top=3``.

The file stays as it is. What comes of it is checked as a file is, by the same rules.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mlcli.definition import yaml_file
from mlcli.definition.yaml_text import Document, YamlError
from mlcli.errors import AskedWronglyError, DefinitionError, Fix, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.definition.yaml_file import Read
    from mlcli.grammar.cells import Json

EXAMPLE: Final = "write  --set model=ridge,  or  --set recommend.top=3"


def applied(read: Read, said: Sequence[str]) -> Read:
    """Return a definition with other keys; ``said`` are those, each as ``KEY=VALUE``.

    Points lead into a key. A word that stands for a mapping is its name: ``model.penalty=2``
    is of the model that is written. ``null`` takes a key away.

    Raises
    ------
    AskedWronglyError
        It is no key with a value.
    DefinitionError
        The definition with these keys is wrong.
    """
    values, place = read.values, " ".join(f"--set {one}" for one in said)
    paths = []
    for one in said:
        key, equals, text = one.partition("=")
        path = key.strip().split(".")
        if not equals or not text.strip() or not all(path):
            raise AskedWronglyError(f"{one!r} is no key with its value", hint=EXAMPLE)
        values = _with(values, path, value(text.strip(), f"--set {one}", EXAMPLE), one)
        paths.append(path)
    try:
        return reread(read, values, place)
    except DefinitionError as error:
        if len(said) == 1:
            error.problems = tuple(_instead(problem, paths[0]) for problem in error.problems)
        raise


def reread(read: Read, values: Json, place: str) -> Read:
    """Return a definition with other values, checked as its file was.

    Raises
    ------
    DefinitionError
        They are wrong; what is wrong stands at ``place``, in the words of the reader.
    """
    try:  # JSON is YAML too
        changed = yaml_file.read(json.dumps(values), file="")
    except DefinitionError as error:
        found = {(p.message, p.hint): p._replace(place=place, excerpt="") for p in error.problems}
        raise DefinitionError(found.values()) from error
    warnings = tuple(Problem(w.message, place=place, hint=w.hint) for w in changed.warnings)
    return replace(read, definition=changed.definition, values=changed.values, warnings=warnings)


def value(text: str, place: str, example: str) -> Any:
    """Return a value as a definition would read it.

    Raises
    ------
    AskedWronglyError
        It is no YAML of ours.
    """
    try:
        document = Document(f"value: {text}")
    except YamlError as error:
        raise AskedWronglyError(error.flaws[0].message, place=place, hint=example) from error
    if document.flaws:
        flaw = document.flaws[0]
        raise AskedWronglyError(flaw.message, place=place, hint=flaw.hint)
    return document.value["value"]


def _with(there: Any, path: Sequence[str], new: Any, said: str) -> Any:
    """Return what stands somewhere with another value at a path below it."""
    step, *rest = path
    if isinstance(there, list):
        if not (step.isascii() and step.isdigit() and int(step) < len(there)):
            raise AskedWronglyError(
                f"--set {said}: {step!r} is no place in a list of {len(there)}",
                hint="the first is 0",
            )
        at = int(step)
        found = _with(there[at], rest, new, said) if rest else new
        return [*there[:at], *([] if found is None else [found]), *there[at + 1 :]]
    old = {**(there or {})} if there is None or isinstance(there, dict) else {"name": there}
    old[step] = _with(old.get(step), rest, new, said) if rest else new
    return {key: one for key, one in old.items() if key != step or one is not None}


def _instead(problem: Problem, path: Sequence[str]) -> Problem:
    """Return a problem whose way out is another value of the key that was set."""
    words = [fix.value for fix in problem.fix if list(map(str, fix.path)) == list(path)]
    fix = [Fix(f"{'.'.join(path)}={word}", option="--set") for word in words if word is not None]
    return problem._replace(fix=tuple(fix))
