"""The wheel alone, in an environment and a folder of its own: from nothing to an answer."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SOURCE = ("LICENSE", "README.md", "pyproject.toml")
# What this process is told of the clone by its environment is not passed on.
ALONE = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MLCLI"))}


def run(*words: str | Path, folder: Path) -> str:
    """Return what a program prints on stdout in a folder, if it ends well."""
    ended = subprocess.run(
        words, cwd=folder, env=ALONE, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment in which the wheel is installed, and what it needs."""
    root = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    for name in SOURCE:
        shutil.copy(ROOT / name, root)
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    run(sys.executable, *pip, "wheel", "--no-deps", "-w", "dist", ".", folder=root)
    [wheel] = (root / "dist").glob("mlcli-*-py3-none-any.whl")
    run(sys.executable, "-m", "venv", "venv", folder=root)
    programs = root / "venv" / "bin"
    run(programs / "python", *pip, "install", "-c", ROOT / "constraints.txt", wheel, folder=root)
    shutil.rmtree(root / "src")
    return programs


def test_nothing_of_the_clone_is_on_the_path(installed: Path, tmp_path: Path) -> None:
    shown = "import json, mlcli, sys; print(json.dumps([mlcli.__file__, *sys.path]))"

    module, *path = json.loads(run(installed / "python", "-c", shown, folder=tmp_path))

    assert module.startswith(str(installed.parent))
    assert [one for one in path if one.startswith(str(ROOT))] == []


# The questions are those that `start --example` proposes; the answers are worked out in
# tests/test_talk.py: 39.11 + 0.6408 * 15 = 48.72, of doughs 49; Pitfall! is the best rated of
# cheap adventures.
@pytest.mark.parametrize(
    ("example", "question", "answer"),
    [
        ("pizzeria", "mlcli predict --reservations 15", "49 doughs"),
        ("gamedrop", "mlcli recommend --budget cheap --play adventure", "Pitfall!"),
    ],
)
def test_a_sample_is_answered_in_three_commands(
    installed: Path, tmp_path: Path, example: str, question: str, answer: str
) -> None:
    def mlcli(command: str) -> str:
        return run(installed / "mlcli", *shlex.split(command)[1:], folder=tmp_path)

    begun = mlcli(f"mlcli start --example {example}")
    proposed = [line.split("  ")[1] for line in begun.splitlines() if line.startswith("  mlcli ")]
    assert proposed == [f"mlcli fit {example}", question]

    shown = [mlcli(command) for command in proposed]

    assert answer in shown[1]
