"""Do what an error says: to a definition, to a cell of an export, or to the words of a command."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from mlcli.definition.yaml_text import Document, YamlError
from mlcli.errors import Fix, MlcliError

if TYPE_CHECKING:
    from pathlib import Path

    from support import Project


def mended(old: Any, fix: Fix) -> Any:
    """Return a definition after a fix: a mapping is merged, and ``None`` takes away."""
    if not fix.path:
        new = (
            old | fix.value if isinstance(old, dict) and isinstance(fix.value, dict) else fix.value
        )
        return {k: v for k, v in new.items() if v is not None} if isinstance(new, dict) else new
    step, rest = fix.path[0], fix._replace(path=fix.path[1:])
    if isinstance(old, list):
        assert isinstance(step, int)
        new = [mended(one, rest) if i == step else one for i, one in enumerate(old)]
        return [one for one in new if one is not None]
    found = {**(old or {}), step: mended((old or {}).get(step), rest)}
    return {k: v for k, v in found.items() if v is not None}


def value_of(text: str) -> Any:
    """Return the plain value of a text, if it is YAML."""
    try:
        return Document(text).value
    except YamlError:
        return None


def followed(root: Path, words: list[str], fix: dict[str, Any]) -> list[str]:
    """Do what a fix says: to a file, or to the options of a command; return the command."""
    if "option" in fix:
        option, value = fix["option"], fix["value"]
        kept = list[str]()
        for at, word in enumerate(words):
            beside = at > 0 and words[at - 1] == option and not word.startswith("-")
            if word != option and not beside:
                kept.append(word)
        more = [] if value is None else [option] if value is True else [option, str(value)]
        return [*kept, *more]
    file, path = root / fix["file"], tuple(fix["path"])
    if file.suffix == ".yaml":
        value = mended(value_of(file.read_text(encoding="utf-8")), Fix(fix["value"], path))
        file.write_text(json.dumps(value), encoding="utf-8")
        return words
    line, column = path
    with file.open(encoding="utf-8", newline="") as export:
        table = list(csv.reader(export))
    table[line - 1][table[0].index(column)] = str(fix["value"])
    with file.open("w", encoding="utf-8", newline="") as export:
        csv.writer(export).writerows(table)
    return words


def errors(project: Project, words: list[str]) -> list[dict[str, Any]]:
    """Return the problems that a command names, each with its ways out."""
    caught = list[MlcliError]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlcli.screens.say.problems", caught.append)
        project.mlcli(*words)
    return [problem.to_json() for error in caught[-1:] for problem in error.problems]
