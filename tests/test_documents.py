"""The documents say what the code does: layers, rules, models, metrics, options, codes."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from support import Project

from mlcli.cli import schema
from mlcli.cli.process import COMMANDS
from mlcli.definition import yaml_file
from mlcli.definition.algorithms import friendly_names
from mlcli.definition.engines import ABLE
from mlcli.definition.rules.registry import Step
from mlcli.errors import ExitCode
from mlcli.grammar.note_codes import NOTES, OTHER, REFUSED
from mlcli.grammar.phrases import Part
from mlcli.statistics.metrics import CLASS_METRICS, METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.mark.parametrize("name", [*friendly_names(), *METRICS, *CLASS_METRICS])
def test_every_model_and_metric_is_in_the_reference(name: str) -> None:
    assert f"| `{name}`" in REFERENCE


def test_what_each_engine_can_do_is_in_the_reference() -> None:
    section = REFERENCE.split("\n## Engines\n")[1].split("\n## ")[0]
    rows = [
        line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")
    ]

    assert {name.strip("`"): tuple(forms.split(", ")) for name, forms in rows} == ABLE


@pytest.mark.parametrize("part", Part.__args__)
def test_every_derivation_is_in_the_reference(part: str) -> None:
    assert f"`{part} of COLUMN" in REFERENCE


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_in_the_reference(code: ExitCode) -> None:
    assert (
        f"| {int(code)} |" in REFERENCE
        or f"{int(code)}, " in REFERENCE
        or f", {int(code)} |" in REFERENCE
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_option_is_in_the_reference(project: Project, command: str) -> None:
    shown = project.works(*command.split(), "--help").out
    options = [
        line.split()[0].rstrip(",") for line in shown.splitlines() if line.strip().startswith("--")
    ]

    assert options
    for option in set(options) - {"--help"}:
        assert f"`{option}" in REFERENCE, option


@pytest.mark.parametrize("command", COMMANDS)
def test_every_key_that_a_command_prints_is_in_the_reference(command: str) -> None:
    keys = set(keys_in(schema.of_output(command)))

    assert {
        key for key in keys if f'"{key}"' not in REFERENCE and f"`{key}`" not in REFERENCE
    } == set()


def keys_in(shape: Any) -> Iterator[str]:
    """Yield the keys that a JSON Schema names."""
    if isinstance(shape, dict):
        yield from shape.get("properties", {})
    for one in (
        shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ()
    ):
        yield from keys_in(one)


@pytest.mark.parametrize("code", [*NOTES, OTHER, REFUSED])
def test_every_code_of_a_note_is_in_the_reference(code: str) -> None:
    assert f"`{code}`" in REFERENCE.split("### Notes")[1].split("### JSON")[0]


def test_every_code_that_is_explained_is_in_the_reference(project: Project) -> None:
    codes = [one["code"] for one in project.works("explain", "--json").json["codes"]]

    assert [one for one in codes if f"`{one}`" not in REFERENCE and not one.isdigit()] == []
