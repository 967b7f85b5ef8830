"""``mlcli start`` in a real terminal: from the sample exports to the talk's model by arrow keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import ROOT

from mlcli.definition import yaml_file

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux"),
]

MOST_ANSWERS = 12
PATIENCE = 90.0  # seconds

# What is waited for on the screen, and the keys that answer it. Words that are typed count as
# one answer, as do all keys up to Enter.
ANSWERS: list[tuple[str, list[str]]] = [
    ("one row of your question", ["Enter"]),  # a day
    ("want to know about it", ["Down", "Down", "Down", "Enter"]),  # the sum of quantity of orders
    ("Which rows count", ["Down", "Enter"]),  # item_name is pizza
    ("will you know when you ask", ["Enter"]),
    ("weekdays should be left out", ["Down"] * 4 + ["Space", "Down", "Space", "Enter"]),  # Fri, Sat
    ("Why are they left out", ["too busy to take reservations", "Enter"]),
    ("a formula for it today", ["10 + 2 * reservations", "Enter"]),
    ("What should it be called", ["C-u", "doughs", "Enter"]),
    ("Write this definition", ["Enter"]),
    ("what next", ["mlcli predict -m doughs --reservations 15", "Enter"]),
]


class Terminal:
    """A window of tmux, 80 columns wide."""

    def __init__(self, folder: Path) -> None:
        self.name = f"mlcli-{os.getpid()}-{folder.name}"
        mlcli = f'mlcli() {{ PYTHONPATH={ROOT / "src"} {sys.executable} -m mlcli "$@"; }}'
        self.tmux(
            "new-session", "-d", "-x", "80", "-y", "60", "-s", "it", "-c", str(folder), "bash"
        )
        self.press(mlcli, "Enter", "clear", "Enter")

    def tmux(self, *words: str) -> str:
        ended = subprocess.run(
            ["tmux", "-L", self.name, "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", "-t", "it", key)
            time.sleep(0.1)

    def shows(self, text: str) -> str:
        """Wait until a text stands in the last lines; return the screen."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            screen = self.tmux("capture-pane", "-p", "-t", "it").rstrip()
            if text in "\n".join(screen.splitlines()[-14:]):
                return screen
            time.sleep(0.3)
        raise AssertionError(f"{text!r} does not appear:\n{screen}")

    def close(self) -> None:
        self.tmux("kill-server")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    return tmp_path


def test_the_talks_model_and_an_answer_come_of_twelve_answers_at_most(folder: Path) -> None:
    assert len(ANSWERS) <= MOST_ANSWERS
    terminal = Terminal(folder)
    try:
        terminal.press("mlcli start data/reservations.csv data/orders.csv", "Enter")
        for waited_for, keys in ANSWERS:
            terminal.shows(waited_for)
            terminal.press(*keys)
        screen = terminal.shows("before rounding")
    finally:
        terminal.close()

    written = yaml_file.read((folder / "configs/doughs.yaml").read_text(), file="doughs.yaml")
    sample = yaml_file.read((ROOT / "configs/pizzeria.yaml").read_text(), file="pizzeria.yaml")
    wanted = {**sample.values, "label": "pizza"}
    wanted["sources"]["orders"]["rules"][1]["sum"]["as"] = "pizza"
    assert written.values == wanted
    assert "49 pizza" in screen


@pytest.mark.parametrize("answers", [0, 3, 8])
def test_ctrl_c_writes_nothing(folder: Path, answers: int) -> None:
    terminal = Terminal(folder)
    try:
        terminal.press("mlcli start data/reservations.csv data/orders.csv", "Enter")
        for waited_for, keys in ANSWERS[:answers]:
            terminal.shows(waited_for)
            terminal.press(*keys)
        terminal.shows(ANSWERS[answers][0])
        terminal.press("C-c", "echo ended with $?", "Enter")
        terminal.shows("ended with 130")
    finally:
        terminal.close()

    assert {path.name for path in folder.iterdir()} == {"data"}
