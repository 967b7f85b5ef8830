"""A definition with another model, as  --models  names it: ridge, or ridge:penalty=0.5."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlcli import yamlfile
from mlcli.errors import AskedWronglyError, DefinitionError, Problem
from mlcli.yamltext import Document, YamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.yamlfile import Read

_EXAMPLE = "write  --models linear_regression,polynomial_regression:degree=3"
_COMMA = re.compile(r",(?![^\[{]*[\]}])")  # one that stands in no list


def split(texts: Sequence[str]) -> list[str]:
    """Return the models that are named, with commas between them.

    Raises
    ------
    AskedWronglyError
        A name is empty.
    """
    found = [part.strip() for text in texts for part in _COMMA.split(text)]
    if not all(found):
        raise AskedWronglyError("a comma of --models has no model beside it", hint=_EXAMPLE)
    return found


def of(read: Read, spec: str) -> Read:
    """Return a definition with the model that a spec names, checked as its file was.

    Raises
    ------
    DefinitionError
        There is no such model or hyperparameter, or the definition does not allow it.
    AskedWronglyError
        The spec cannot be read.
    """
    model = _model(spec)
    values = {k: v for k, v in read.values.items() if k != "tune"}  # that is for its own model
    # JSON is YAML too, and what the reader finds wrong is said in its words.
    try:
        changed = yamlfile.read(json.dumps({**values, "model": model}), file="")
    except DefinitionError as error:
        place = f"--models {spec}"
        found = dict.fromkeys(Problem(p.message, place=place, hint=p.hint) for p in error.problems)
        raise DefinitionError(found) from error
    return replace(changed, warnings=())


def _model(spec: str) -> dict[str, Any]:
    name, *options = (part.strip() for part in spec.split(":"))
    model: dict[str, Any] = {"name": name}
    for option in options:
        key, equals, text = (part.strip() for part in option.partition("="))
        place = f"--models {spec}"
        if not (equals and key and text):
            raise AskedWronglyError(
                f"{option!r} is no hyperparameter with its value", place=place, hint=_EXAMPLE
            )
        if key in model:
            raise AskedWronglyError(f"{key!r} stands here twice", place=place, hint="take one away")
        model[key] = _value(text, place)
    return model


def _value(text: str, place: str) -> Any:
    """Return a value as a definition would read it."""
    try:
        document = Document(f"value: {text}")
    except YamlError as error:
        raise AskedWronglyError(error.flaws[0].message, place=place, hint=_EXAMPLE) from error
    if document.flaws:
        flaw = document.flaws[0]
        raise AskedWronglyError(flaw.message, place=place, hint=flaw.hint)
    return document.value["value"]
