"""What becomes of the output: pipes, full disks, terminals that lack a letter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import Project


def run(root: Path, command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in a folder; ``$MLCLI`` is the program."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=root,
        env=kept | {"MLCLI": f"{sys.executable} -m mlcli", **env},
        capture_output=True,
        encoding=env.get("PYTHONIOENCODING", "utf-8"),
        check=False,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", ["predict --reservations 15", "evaluate", "schema"])
def test_a_full_disk_behind_stdout_is_the_environments_fault(
    pizzeria: Project, command: str
) -> None:
    done = run(pizzeria.root, f"$MLCLI {command} > /dev/full")

    assert done.returncode == 5
    assert "error: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "utf-8"])
def test_a_terminal_that_lacks_a_letter_shows_another(pizzeria: Project, encoding: str) -> None:
    done = run(pizzeria.root, "$MLCLI evaluate", PYTHONIOENCODING=encoding)

    assert done.returncode == 0
    assert "39.11 + 0.6408" in done.stdout


def test_a_pipe_that_closes_early_ends_the_command_without_a_word(sample: Path) -> None:
    done = run(sample, "$MLCLI schema | head -1")

    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_a_folder_that_is_gone_is_the_environments_fault(tmp_path: Path) -> None:
    done = run(tmp_path, "mkdir gone && cd gone && rmdir ../gone && $MLCLI predict")

    assert done.returncode == 5
    assert done.stderr.startswith("error: ")
    assert "bug" not in done.stderr


def test_a_narrow_terminal_wraps_and_cuts_no_figure(pizzeria: Project) -> None:
    done = run(pizzeria.root, "$MLCLI evaluate", COLUMNS="40")

    assert "19.9" in done.stdout
    assert "…" not in done.stdout
