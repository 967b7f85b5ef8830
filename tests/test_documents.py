"""The documents say what the code does: layers, rules, models, metrics, options, codes."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import made_of_code
import pytest
from conftest import ROOT

from mlcli.cli import schema
from mlcli.cli.process import COMMANDS
from mlcli.definition import definition, yaml_file
from mlcli.definition.algorithms import friendly_names
from mlcli.definition.rules.registry import Step
from mlcli.definition.sklearn_classes import BY_NAME
from mlcli.errors import ExitCode
from mlcli.grammar import meanings
from mlcli.grammar.note_codes import NOTES, OTHER, REFUSED
from mlcli.grammar.phrases import Part
from mlcli.statistics.metrics import CLASS_METRICS, ERRORS, METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_the_layers_of_the_architecture_are_those_that_are_checked() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"][0]

    shown = (
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    )

    assert [line.split("  ")[0] for line in shown.splitlines()] == contract["layers"]


PAGES = (
    *("ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "docs/mutations.md"),
    *("docs/tutorial-pizzeria.md", "docs/tutorial-gamedrop.md", "docs/third-export.md"),
)
ROOMS = {path.name for path in (ROOT / "src" / "mlcli").iterdir()}


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    named = re.findall(r"`([a-z_]+/[\w/.-]*|[a-z_]+\.py)`", text)

    assert [path for path in named if not is_there(path)] == []


def test_the_definition_with_a_third_export_is_valid() -> None:
    page = (ROOT / "docs" / "third-export.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    definition = yaml_file.read(shown, file="weather.yaml").definition

    assert list(definition.sources) == ["reservations", "orders", "weather"]


def is_there(path: str) -> bool:
    """Say whether a path is: from the root, from the package, or beside others of its folder."""
    first = path.partition("/")[0]
    if first in {"benchmarks", "docs", "scripts", "src", "tests"}:
        return (ROOT / path).exists()
    if first in ROOMS:
        return (ROOT / "src" / "mlcli" / path).exists()
    beside = (any((ROOT / folder).rglob(path)) for folder in ("src", "tests"))
    return not path.endswith(".py") or any(beside)


def test_every_module_that_is_to_be_mutated_is_there() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

    for path in tools["mutmut"]["only_mutate"]:
        assert list(ROOT.glob(path)), path


def test_every_test_that_the_makefile_names_is_there() -> None:
    named = re.findall(r"tests/[\w/]+(?:\.py)?", (ROOT / "Makefile").read_text(encoding="utf-8"))

    assert named
    for path in named:
        assert (ROOT / path).exists() or path.endswith("_"), path


@pytest.mark.parametrize("rule", Step.model_fields)
def test_every_rule_is_in_the_reference_with_an_example_that_is_valid(rule: str) -> None:
    from pydantic import TypeAdapter

    from mlcli.definition.yaml_text import Document

    row = next(line for line in REFERENCE.splitlines() if line.startswith(f"| `{rule}` |"))
    example = row.split("|")[2].strip().strip("`")

    step = TypeAdapter(Step).validate_python(Document(example).value)

    assert step.name == rule


@pytest.mark.parametrize("part", Part.__args__)
def test_every_derivation_is_in_the_reference(part: str) -> None:
    assert f"`{part} of COLUMN" in REFERENCE


@pytest.mark.parametrize("page", made_of_code.PAGES, ids=lambda page: page.stem)
def test_what_is_made_of_the_code_is_as_the_code_has_it(page: Path, *, update_golden: bool) -> None:
    text = page.read_text(encoding="utf-8")

    renewed = made_of_code.renewed(text)

    if update_golden:
        page.write_text(renewed, encoding="utf-8")
    assert renewed.splitlines() == text.splitlines()


def test_everything_that_is_made_of_the_code_has_its_place() -> None:
    pages = [page.read_text(encoding="utf-8") for page in made_of_code.PAGES]

    there = [block[2] for page in pages for block in made_of_code.BLOCK.finditer(page)]

    assert sorted(there) == sorted(made_of_code.BLOCKS)


def options() -> set[str]:
    """Return every option of every command, those too that no help shows."""
    app = made_of_code.app()
    taken = [one for command in (app, *app.commands.values()) for one in command.params]
    return {name for one in taken for name in one.opts if name.startswith("--")}


def keys_in(shape: Any) -> Iterator[str]:
    """Yield the keys that a JSON Schema names."""
    if isinstance(shape, dict):
        yield from shape.get("properties", {})
    for one in (
        shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    ):
        yield from keys_in(one)


# Of each kind of name: the page that has it, how it stands there, and all that there are.
NAMES = {
    "option": ("commands", r"^- `(?:-\w, )?{}[ `]", options),
    "rule": ("../reference", r"^\| `{}` \|", lambda: Step.model_fields),
    "key": ("../reference", r"`{}`|\b{}: ", lambda: set(keys_in(definition.json_schema()))),
    "model": ("../reference", r"`{}`", lambda: [*friendly_names(), *BY_NAME]),
    "metric": ("../reference", r"^\| `{}` \|", lambda: [*METRICS, *CLASS_METRICS, *ERRORS]),
    "code": ("codes", r"`{}`|^\| {} \|", lambda: [*meanings.all_of_them(), *NOTES, OTHER, REFUSED]),
    "JSON key": (
        "json",
        r"^ *{}\??: ",
        lambda: {key for command in COMMANDS for key in keys_in(schema.of_output(command))},
    ),
    "exit code": ("codes", r"^\| {} \|", lambda: [int(code) for code in ExitCode]),
}


@pytest.mark.parametrize("kind", NAMES)
def test_every_name_of_a_kind_is_in_the_reference(kind: str) -> None:
    page, form, names = NAMES[kind]
    text = (ROOT / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")

    known = {str(name) for name in names()}

    assert known
    assert {
        one for one in known if not re.search(form.replace("{}", one), text, re.MULTILINE)
    } == set()
