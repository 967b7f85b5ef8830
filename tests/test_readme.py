"""The README does what it says: its definition is the shipped one, its screens are real."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest
from conftest import ROOT
from support import Project

README = (ROOT / "README.md").read_text(encoding="utf-8")
SCREENS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Return every command of the README with what it shows below it."""
    found = []
    for screen in SCREENS:
        for part in re.split(r"^\$ ", screen, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown))
    return found


@pytest.fixture
def shipped(project: Project) -> Project:
    """The project as it is cloned: definitions and data, nothing fitted."""
    for folder in ("configs", "data"):
        shutil.copytree(ROOT / folder, project.root / folder, dirs_exist_ok=True)
    return project


def test_every_screen_of_the_readme_is_what_is_printed(shipped: Project) -> None:
    assert len(commands()) >= 5
    for command, shown in commands():
        ended = shipped.mlcli(*shlex.split(command)[1:])

        assert ended.out + ended.err == shown, command


def test_the_definitions_in_the_readme_are_those_that_ship() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)

    assert shown == [
        (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
        for name in ("pizzeria", "gamedrop")
    ]


def test_one_changed_line_gives_the_miss_that_the_readme_states(shipped: Project) -> None:
    path = shipped.root / "configs" / "pizzeria.yaml"
    text = path.read_text(encoding="utf-8")
    shipped.define(text.replace("linear_regression ", "polynomial_regression "))

    metrics = shipped.works("fit", "pizzeria", "--json").json["fitted"][0]["metrics"]

    assert f"{metrics['mae']['holdout']:.2f}" == "2.12"
    assert "falls from 2.87 doughs to 2.12" in README


def test_every_file_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)h][^)]*)\)", README):
        name, _, heading = target.partition("#")
        page = ROOT / name
        assert page.is_file(), target
        headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        known = [re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings]
        assert not heading or heading in known, target


def test_make_runs_what_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile
