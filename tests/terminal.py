"""A terminal for tests: what a command writes to it, as bytes; and data that would act on it."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
import termios
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTING = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x07",
    "\x9b31m",
    "\x7f",
    "\x85",
    "\u202e",
    "\u2066",
    "\b",
]
"""Escape sequences, a bell, a C1 control, DEL, a next line, bidirectional marks, a backspace."""

FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls of a terminal, but for the line ends that mlcli writes itself."""


@contextmanager
def pseudo_terminal(columns: int = 80, kind: str = "dumb") -> Iterator[list[str]]:
    """Make stdout and stderr a pseudo-terminal; gives a list for all that was written to it.

    ``kind`` is what ``TERM`` says of it.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    received: list[bytes] = []

    def receive() -> None:
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end was closed
                return
            received.append(part)

    reader = Thread(target=receive)
    reader.start()
    text: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", kind)
        patch.setenv("COLUMNS", str(columns))
        with os.fdopen(slave, "w", encoding="utf-8", errors="replace") as screen:
            patch.setattr(sys, "stdout", screen)
            patch.setattr(sys, "stderr", screen)
            yield text
    reader.join()
    os.close(master)
    text.append(b"".join(received).decode("utf-8", "replace"))


MARK = "\u202e"  # the one of these that YAML takes
LEVELS = [f"a{n}{act}" for n, act in enumerate(ACTING)] + ["y" * 10_000]
FILE = f"data/ni{MARK}ghts.csv"
_SOURCE = """\
sources:
  nights: {{file: "{file}", rules: [split_list: {{of: tags, as: kinds, by: "|"}}]}}
"""
_DEFINITIONS = {
    "number": """\
rules:
  - drop: {{"pl{mark}ace": "a6{mark}", because: "no {mark}"}}
features: [guests, {{name: "pl{mark}ace", kind: category}}, {{name: kinds, kind: tags}}]
label: {{name: "do{mark}ughs", unit: "un{mark}it"}}
model: ridge
holdout: random 20%
""",
    "classes": """\
features: [guests, {{name: "pl{mark}ace", kind: category}}]
label: {{name: class, kind: category, unit: "un{mark}it"}}
model: logistic_regression
holdout: random 20%
""",
    "things": """\
features: [{{name: "pl{mark}ace", kind: category}}, {{name: kinds, kind: tags}}]
label: name
model: match
recommend: {{show: [guests, class]}}
""",
}


def write_acting(root: Path) -> None:
    """Write an export whose names and cells would act on a terminal, and definitions of it."""
    head = ["guests", f"pl{MARK}ace", "tags", f"do{MARK}ughs", "class", "name", "no\x1b[31mbody"]
    rows = [
        [
            str(n % 13),
            level := LEVELS[n % len(LEVELS)],
            f"{level}|{LEVELS[n // 7 % len(LEVELS)]}",
            str(2 * (n % 13) + n % 3),
            LEVELS[n // 2 % 2],
            f"thing {n}{ACTING[n % len(ACTING)]}",
            "z\x9bz",
        ]
        for n in range(60)
    ]
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [head, *rows])
    for name in (FILE, "questions.csv"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="")
    broken = text.replace('"3"', '"th\x1b[31mree"', 1)
    (root / "broken.csv").write_text(broken, encoding="utf-8", newline="")
    (root / "configs").mkdir(exist_ok=True)
    for name, rest in {**_DEFINITIONS, "broken": _DEFINITIONS["number"]}.items():
        file = "broken.csv" if name == "broken" else FILE
        said = (_SOURCE + rest).format(file=file, mark=MARK)
        (root / f"configs/{name}.yaml").write_text(said, encoding="utf-8")
    tuned = (root / "configs/number.yaml").read_text() + "tune: {penalty: [0.1, 1]}\n"
    (root / "configs/tuned.yaml").write_text(tuned, encoding="utf-8")
    (root / "configs/z\x1b[31mbad.yaml").write_text("sources: 1\n")


def shown(*words: object, completing: str = "") -> tuple[int, str]:
    """Run a command on a pseudo-terminal; return its exit code and what came there.

    ``completing`` is the shell that asks what the last word may become.
    """
    from mlcli.cli.process import main

    line = " ".join(["mlcli", *map(str, words)])
    asks = {
        "_MLCLI_COMPLETE": f"complete_{completing}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asks.items() if completing else ():
            patch.setenv(name, value)
        with pseudo_terminal() as text:
            code = main([] if completing else [str(word) for word in words])
    return code, text[0]


def acting_in(text: str, *, fish: bool = False) -> list[str]:
    """Return the lines of a text that would act on a terminal; fish parts words by tabs."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [n for n in lines if FORBIDDEN.search(n.replace("\t", " ") if fish else n)]
