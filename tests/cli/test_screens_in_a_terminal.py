"""The main screens as a terminal shows them, 80, 100 and 120 columns wide, and piped.

``tests/golden/terminal/`` holds what stands there: a file a width, and in ``colours.txt`` every
line that has a colour, its runs named. Read them as a user would.
"""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, Final

import pytest
from support import Project
from terminal import acting_in, pseudo_terminal

from mlcli.cli.process import main

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")

SCREENS: Final[list[tuple[str, ...]]] = [
    ("fit", "pizzeria"),
    ("predict", "--reservations", "15"),
    ("predict", "--date", "2024-01-02", "--why"),
    ("predict", "--date", "2024-01-05"),
    ("evaluate", "-m", "pizzeria"),
    ("data", "pizzeria"),
    ("data", "data/orders.csv"),
    ("recommend", "--budget", "cheap", "--play", "adventure", "--why"),
    ("compare", "pizzeria", "--models", "linear_regression,log_regression"),
    ("tune", "pizzeria", "--set", "model=polynomial_regression", "--set", "tune={degree: 1 to 3}",
     "--dry-run"),
    ("history",),
    ("use", "pizzeria@1"),
    ("fit", "broken"),
    ("data", "warned"),
    ("explain", "copy"),
    ("predict", "--help"),
    ("start", "data/reservations.csv", "data/orders.csv", "--yes", "--name", "tonight", "--ask",
     "sum of quantity where item_name is pizza per day"),
]  # fmt: skip

BROKEN = """\
sources:
  orders: {file: data/orders.csv, ruls: [keep: {item_name: pizza}]}
features: [quantity]
label: table_num
model: linear_regresion
"""
WARNED = """\
sources:
  orders:
    file: data/orders.csv
    rules:
      - drop_weekdays: {of: ordered_at, days: [Friday], because: closed}
      - count: {per: day of ordered_at, as: lines}
  reservations:
    file: data/reservations.csv
    rules: [count: {per: day of datetime, as: bookings}]
join: day
features: [bookings]
label: lines
model: ridge
"""


@pytest.fixture
def both(sample: Path, sample_games: Path, project: Project) -> Project:
    for root in (sample, sample_games):
        shutil.copytree(root, project.root, dirs_exist_ok=True)
    project.define(BROKEN, "broken")
    project.define(WARNED, "warned")
    return project


COLOUR: Final = re.compile("\x1b\\[([0-9;]*)m")
READABLE: Final = {"0": "", "1": "bold", "31": "red", "35": "magenta"}
"""What can be read on a dark and on a light ground alike; a screen has no other colour."""


def shown(words: Sequence[str], columns: int, kind: str) -> str:
    """Return what a command writes to a terminal."""
    with pseudo_terminal(columns, kind) as text:
        main([*words])
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(?=  )", "2024-01-01 12:00", text[0]).replace("\r", "")


def drawn(text: str, columns: int) -> str:
    """Return what stands on the terminal then: a line that is too long goes on in the next."""
    plain = COLOUR.sub("", text)
    assert acting_in(plain) == []
    lines = plain.splitlines()
    return "".join(
        f"{line[at : at + columns]}\n" for line in lines for at in range(0, len(line) or 1, columns)
    )


def coloured(text: str) -> str:
    """Return the lines that have a colour, each run of it between angles."""
    found = []
    for line in text.splitlines():
        first, *runs = COLOUR.split(line)
        for codes, run in zip(runs[::2], runs[1::2], strict=True):
            style = " ".join(READABLE[code] for code in codes.split(";") if READABLE[code])
            first += f"<{style}: {run}>" if style and run.strip() else run
        found += [f"{first.rstrip()}\n"] if runs else []
    return "".join(found)


@pytest.mark.parametrize(
    "columns",
    [80, pytest.param(100, marks=pytest.mark.slow), pytest.param(120, marks=pytest.mark.slow)],
)
def test_main_screens_in_a_terminal(
    columns: int,
    both: Project,
    golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr("mlcli.cli.progress._PATIENCE", 1e9)  # no bar on a machine that is slow
    texts = {" ".join(words): shown(words, columns, "xterm-256color") for words in SCREENS}
    screens = [f"$ mlcli {words}\n{drawn(text, columns)}" for words, text in texts.items()]
    golden(f"terminal/{columns}.txt", "\n".join(screens))
    if columns == 80:
        lines = [f"$ mlcli {words}\n{coloured(text)}" for words, text in texts.items()]
        golden("terminal/colours.txt", "\n".join(lines))


@pytest.mark.parametrize("words", [("evaluate", "-m", "pizzeria"), ("fit", "broken")])
def test_without_colours_the_words_are_the_same(
    words: tuple[str, ...], both: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = shown(words, 80, "xterm-256color")
    used = {code for codes in COLOUR.findall(plain) for code in codes.split(";")}
    assert used <= {"", "0", "1"}
    monkeypatch.delenv("NO_COLOR")
    assert COLOUR.sub("", shown(words, 80, "xterm-256color")) == COLOUR.sub("", plain)
    piped = both.mlcli(*words)
    assert "\x1b" not in piped.out + piped.err
    assert piped.out in COLOUR.sub("", plain)
