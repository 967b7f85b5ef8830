"""Whatever is printed to be copied holds names as YAML or a shell reads them."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from following import errors, value_of
from support import Project

import mlcli

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = [
    "a: b",
    "c #d",
    "p, q",
    'say "q"',
    "[z",
    "- dash",
    "no",
    "1e3",
    "it's {w}",
    "a\\b",
    "? k",
    "*x & y",
    "2024-01-01",
]
"""Names that would be something else in YAML, were they not in quotes."""

SOURCE = Path(mlcli.__file__).parent
COPIED = re.compile(r"  \{?\w+: (?:[\[{](?:\w+: )?)?$|mlcli (?:\w+|NAME) (?:.* )?(?<!: )$")
"""What stands before a value in a line that is to be copied: two blanks and a key, or a command."""
WRITTEN = re.compile(r"wording\.(?:in_yaml|keys_in_yaml|as_category|quoted)\(")
PLAIN = {
    "own": "a formula, as the definition has it",
    "options": "options: letters, digits and -, each with VALUE",
    "best": "the name of an algorithm",
    "manifest.name": "names of models hold letters, digits, - and _",
    "manifest.id": "a model with its version",
    "home.name": "a folder of a model",
    "found[0].name": "a model",
    "self.manifest.name": "a model",
    "named[0]": "a model with its version, which is there",
    "name": "a model, or a name of an encoding or a zone",
    "model": "a model",
    "words": "options: letters, digits and -",
    "encoding": "one of a few",
    "' or '.join(others)": "engines",
    "_OLDEST": "a number",
    "zone": "a zone",
    "met.wall": "a zone",
    "written": "a model and its settings, as YAML writes them",
    "attempt": "a model by our name",
    "model.name": "a model by our name",
    "tried['degree']": "a number",
    "other": "a model by our name",
    "known": "a model's key with numbers",
    "model.known[0]": "a key of a model",
    "self._table()": "a range of cells",
    "table": "a range of cells",
    "cells or 'A3:D'": "a range of cells",
    "_levels(definition, name)": "it writes YAML",
    "self._said": "an encoding that is known",
    "met.times_in": "a zone",
    "PROTOCOL": "a number",
    "_SAY_UNSEEN": "words behind a command",
    "said.evaluated": "words behind a command",
    "_EXAMPLES[known]": "numbers",
    "_VALUES.get(str(path[-1]), 'VALUE')": "an example",
    "_options(key)": "an example",
    "_options(path[-1])": "an example",
    "named": "it is YAML",
    "part": "it is YAML",
    "pair": "it is YAML",
}
"""What is put into such lines as it is, and what it may be."""


def put_in() -> Iterator[tuple[str, str]]:
    """Yield what is put into lines that are to be copied, each with the text before it."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            before = ""
            for part in node.values if isinstance(node, ast.JoinedStr) else ():
                if isinstance(part, ast.FormattedValue):
                    if COPIED.search(before):
                        yield f"{path.name}: {before}", ast.unparse(part.value)
                    before += "NAME"
                else:
                    before += str(part.value) if isinstance(part, ast.Constant) else ""


def test_b4_names_in_lines_to_copy_are_written_as_they_are_read() -> None:
    found = [*put_in()]

    assert [one for one in found if not WRITTEN.match(one[1]) and one[1] not in PLAIN] == []
    assert sum(bool(WRITTEN.match(value)) for _, value in found) > len(ODD)


def copied(text: str) -> list[str]:
    """Return what a text shows as keys of YAML: between two blanks, or at the end."""
    return re.findall(r"  (\{?\w+: .*?)(?=,?  |, or |\)|;|$)", text, re.MULTILINE)


def quoted_cell(text: str) -> str:
    """Return a cell of CSV."""
    return '"' + text.replace('"', '""') + '"'


def words_in(value: Any) -> list[str]:
    """Return the words of a value of YAML that are no keys of ours."""
    match value:
        case dict():
            return [word for pair in value.items() for one in pair for word in words_in(one)]
        case list():
            return [word for one in value for word in words_in(one)]
        case _:
            return [str(value)]


def defined(project: Project, name: str, cells: list[str], more: str = "holdout: none\n") -> None:
    """Write an export of a column of a name beside a label, and its definition."""
    rows = [f"{quoted_cell(cell)},{2 * n}" for n, cell in enumerate(cells)]
    project.write("data/t.csv", "\n".join([f"{quoted_cell(name)},y", *rows, ""]))
    sound = {"sources": {"t": {"file": "data/t.csv"}}, "label": "y", "model": "ridge"}
    feature = {"name": name, "kind": "category"} if "date" in more else name
    text = json.dumps({**sound, "features": [feature]})[1:-1]
    project.define("{" + text + ("}" if not more else ", holdout: none}"), "it")


@pytest.mark.parametrize("name", ODD)
def test_b4_keys_in_hints_hold_a_name_as_yaml_reads_it(project: Project, name: str) -> None:
    for cells in (
        ["1", "2", "x"],
        ["1,5", "2,5", "3,5"],
        ["2024-01-01", "2024-01-02", "2024-01-03"],
    ):
        defined(project, name, cells)
        (problem,) = errors(project, ["data", "it"])

        keys = [value_of(text) for text in copied(problem["hint"])]

        assert None not in keys, problem["hint"]
        named = [key for key in keys if any(name in word for word in words_in(key))]
        assert named, problem["hint"]
        assert all(
            word in {"name", "kind", "category", "derive", "weekday", f"weekday of {name}", name}
            for key in named
            for word in words_in(key)
        ), keys


@pytest.mark.parametrize("name", ODD)
def test_b4_a_source_that_is_proposed_is_read_back_as_itself(project: Project, name: str) -> None:
    file = f"data/{name.replace('/', '')}.csv"
    rows = [f"{quoted_cell(name + str(n))};0{n % 9 + 1}.02.2024;{n},5" for n in range(20)]
    project.write(file, "\n".join([f"{quoted_cell(name)};day;y", *rows, ""]))

    told = project.works("data", file, "--json").json
    shown = project.works("data", file).out

    start = shown.index("sources:")
    block = re.split(r"\n(?! )", shown[start:])[0]
    (source,) = value_of(block)["sources"].values()
    assert source == told["source"]
    assert source["file"] == file


@pytest.mark.parametrize("file", ["my file.csv", "it's.csv", "$HOME.csv", "a;b.csv", "-x.csv"])
def test_b4_a_command_that_is_proposed_is_one_of_a_shell(project: Project, file: str) -> None:
    stem = file.removesuffix(".csv")
    project.write(stem, "x,y\n1,2\n3,4\n")
    words = ["data", stem] if not stem.startswith("-") else ["data", "--", stem]
    (problem,) = errors(project, words)

    line = problem["hint"].partition("mlcli ")[2]
    again = shlex.split(line)

    assert again == ["data", f"./{stem}"]
    assert errors(project, again) == []
