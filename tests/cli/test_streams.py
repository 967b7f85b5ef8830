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


def python(root: Path, script: str, word: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, with a word for the program; one that hangs is a failure."""
    return subprocess.run(
        [sys.executable, "-c", script, word],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", ["predict --reservations 15", "history", "schema"])
def test_a_full_disk_behind_stdout_is_the_environments_fault(
    pizzeria: Project, command: str
) -> None:
    done = run(pizzeria.root, f"$MLCLI {command} > /dev/full")

    assert done.returncode == 5
    assert "error: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("command", ["data", "history", "--version"])
@pytest.mark.parametrize("stream", [">&-", "2>&-"])
def test_a_stream_that_is_closed_is_no_fault(pizzeria: Project, command: str, stream: str) -> None:
    done = run(pizzeria.root, f"$MLCLI {command} {stream}")

    assert (done.returncode, done.stderr) == (0, "")


def test_workers_are_told_to_stop_at_the_end(pizzeria: Project) -> None:
    script = (
        "from joblib import Parallel, delayed; from mlcli.cli.process import entry\n"
        "print(*Parallel(n_jobs=2, return_as='generator')(delayed(abs)(n) for n in (-1, -2)))\n"
        "entry()"
    )

    done = python(pizzeria.root, script, "--version")

    assert (done.returncode, done.stdout[:4], done.stderr) == (0, "1 2\n", "")


def test_what_others_want_done_at_exit_is_done(pizzeria: Project) -> None:
    script = "import atexit, sys; atexit.register(print, 'at exit'); import mlcli.__main__"

    done = python(pizzeria.root, script, "nonsense")

    assert (done.returncode, done.stdout) == (2, "at exit\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
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


def test_a_narrow_terminal_wraps_and_cuts_no_figure(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    shown = pizzeria.works("evaluate").out

    assert "19.9" in shown
    assert "…" not in shown
