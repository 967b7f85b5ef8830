"""Completion in the three shells: commands, options of the fitted model, levels, names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support import Project, csv_of, table_definition


def asks(shell: str, *words: str) -> dict[str, str]:
    """Return the environment in which a shell asks what the last word may become."""
    line = " ".join(["mlcli", *words])
    return {
        "_MLCLI_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }


def completed(project: Project, shell: str, *words: str) -> str:
    """Return what a shell is offered for the last word."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asks(shell, *words).items():
            patch.setenv(name, value)
        return project.mlcli().out


def completed_as_shells_do(root: Path, shell: str, *words: str) -> str:
    """Return the same, asked of a process of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    env |= asks(shell, *words)
    return subprocess.run(
        [sys.executable, "-m", "mlcli"],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.fixture
def floors(project: Project) -> Project:
    """A model of a number and a category."""
    rows = [
        (g, floor, g * 2 + (5 if floor == "Terrace" else 0))
        for g in range(1, 9)
        for floor in ("Terrace", "Hall")
    ]
    project.write("data/nights.csv", csv_of("guests,floor plan,doughs", rows))
    project.define(table_definition(features="[guests, floor plan]"), "floors")
    project.works("fit")
    return project


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_options_of_a_fitted_models_features_are_offered(floors: Project, shell: str) -> None:
    offered = completed(floors, shell, "predict", "--")

    assert "--guests" in offered
    assert "--floor-plan" in offered
    assert "--date" in offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_levels_of_a_category_are_offered_in_any_case(floors: Project, shell: str) -> None:
    assert "terrace" in completed(floors, shell, "predict", "--floor-plan", "ter")
    assert "Terrace" in completed(floors, shell, "predict", "--floor-plan", "T")
    assert "Hall" not in completed(floors, shell, "predict", "--floor-plan", "ter")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_options_and_levels_of_a_catalogue_are_offered(gamedrop: Project, shell: str) -> None:
    options = completed(gamedrop, shell, "recommend", "--")

    assert {"--budget", "--play", "--top", "--skip"} <= set(re.findall(r"--[a-z]+", options))
    assert "cheap" in completed(gamedrop, shell, "recommend", "--budget", "c")
    assert "Adventure" in completed(gamedrop, shell, "recommend", "--play", "A")
    assert "adventure" in completed(gamedrop, shell, "recommend", "--play", "adv")
    assert "--budget" not in completed(gamedrop, shell, "predict", "--")


def test_commands_models_and_definitions_are_offered(floors: Project) -> None:
    assert "predict" in completed(floors, "bash", "pre")
    assert "floors" in completed(floors, "bash", "evaluate", "-m", "f")
    assert "floors" in completed(floors, "bash", "fit", "f")
    assert "floors" in completed(floors, "bash", "data", "f")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_process_of_its_own_offers_the_same(floors: Project, shell: str) -> None:
    for words in (("predict", "--"), ("predict", "--floor-plan", "ter")):
        offered = completed_as_shells_do(floors.root, shell, *words)

        assert offered.strip()
        assert offered == completed(floors, shell, *words)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_a_shell_needs_is_shown(shell: str) -> None:
    env = os.environ | {"_MLCLI_COMPLETE": f"source_{shell}"}
    done = subprocess.run(
        [sys.executable, "-m", "mlcli"], env=env, capture_output=True, text=True, check=False
    )

    assert "_MLCLI_COMPLETE" in done.stdout


def test_a_level_that_a_shell_would_split_is_escaped_for_bash(gamedrop: Project) -> None:
    asked = ("recommend", "--play", "Be")

    assert completed(gamedrop, "bash", *asked).strip() == r"Beat\ \'em\ up"
    assert "Beat 'em up" in completed(gamedrop, "fish", *asked)
