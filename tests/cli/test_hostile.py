"""Hostile files: each is refused, or read, in a few seconds and little memory, with one message."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import table_definition

SECONDS = 5.0
BYTES = 1_000_000_000


def _wide(path: Path) -> None:
    names = ",".join(f"c{n}" for n in range(100_000))
    path.write_text(f"guests,doughs,{names}\n" + "1,2," + "3," * 99_999 + "3\n")


def _long_line(path: Path) -> None:
    with path.open("w") as file:
        file.write("guests,doughs\n1,")
        for _ in range(100):
            file.write("2" * 1_000_000)
        file.write("\n")


def _runaway_quote(path: Path) -> None:
    path.write_text('guests,doughs\n1,"2\n' + "3,4\n" * 2_000_000)


def _quote_in_the_header(path: Path) -> None:
    path.write_text('guests,doughs\n"' + "x,\n" * 400_000)


def _empty_lines(path: Path) -> None:
    path.write_text("guests,doughs\n1,2\n" + "\n" * 1_000_000 + "3,4\n")


def _many_quotes(path: Path) -> None:
    path.write_text("guests,doughs\n1," + '"' * 999_000 + "\n")


def _no_line_end(path: Path) -> None:
    path.write_bytes(b"guests,doughs\n" + b"1," * 20_000_000)


def _nul_bytes(path: Path) -> None:
    path.write_bytes(b"guests,doughs\n1,2\n" + b"\0" * 50_000_000)


def _bomb(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"guests,doughs\n1,")
        for _ in range(1_000):
            file.write(b"2" * 1_000_000)


def _long_cell(path: Path) -> None:
    path.write_text("guests,doughs\n" + "9" * 200_000 + ",2\n")


def _words(path: Path) -> None:
    path.write_text("guests,doughs\n" + "".join(f"{n},x{n}\n" for n in range(300_000)))


HOSTILE: list[tuple[str, Callable[[Path], None], int, str]] = [
    ("100,000 columns", _wide, 3, "the header has 100,002 columns; at most 10,000 are read"),
    ("a line of 100 MB", _long_line, 3, "the line is over 1,000,000 characters long"),
    ("a quote that runs away", _runaway_quote, 3, "a quote that opens here is never closed"),
    ("a quote below the header", _quote_in_the_header, 3, "a quote that opens here is never"),
    ("a million empty lines", _empty_lines, 3, "the line is empty"),
    ("a million quotes", _many_quotes, 3, "nights.csv:2: "),
    ("40 MB without a line end", _no_line_end, 3, "the line is over 1,000,000 characters long"),
    ("50 MB of NUL bytes", _nul_bytes, 3, "the line is over 1,000,000 characters long"),
    ("a bomb of 1 GB", _bomb, 3, "the line is over 1,000,000 characters long"),
    ("a cell of 200 kB", _long_cell, 3, "'999"),
    ("300,000 words for a label", _words, 3, "'x0' is not a number"),
]


@pytest.mark.parametrize(
    ("make", "code", "says"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE]
)
def test_a_hostile_file_costs_little(
    tmp_path: Path, make: Callable[[Path], None], code: int, says: str
) -> None:
    name = "nights.csv.gz" if make is _bomb else "nights.csv"
    for folder in ("configs", "data"):
        (tmp_path / folder).mkdir()
    make(tmp_path / "data" / name)
    text = table_definition().replace("nights.csv", name)
    (tmp_path / "configs" / "nights.yaml").write_text(text)

    child = subprocess.Popen(
        [sys.executable, "-m", "mlcli", "fit"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = child.communicate(timeout=120)

    assert (child.returncode, out) == (code, "")
    assert says in err
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "code", "says"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE]
)
def test_a_hostile_file_is_judged_within_seconds_and_a_gigabyte(
    tmp_path: Path, make: Callable[[Path], None], code: int, says: str
) -> None:
    name = "nights.csv.gz" if make is _bomb else "nights.csv"
    for folder in ("configs", "data"):
        (tmp_path / folder).mkdir()
    make(tmp_path / "data" / name)
    text = table_definition().replace("nights.csv", name)
    (tmp_path / "configs" / "nights.yaml").write_text(text)
    pid = os.posix_spawn(
        sys.executable,
        [
            sys.executable,
            "-c",
            f"import os, sys; os.chdir({str(tmp_path)!r}); from mlcli.cli import main; sys.exit(main(['fit']))",
        ],
        os.environ,
    )
    began = time.monotonic()
    _, status, usage = os.wait4(pid, 0)
    seconds = usage.ru_utime + usage.ru_stime

    print(
        f"{make.__name__}: {seconds:.1f} s of CPU, {time.monotonic() - began:.1f} s, {usage.ru_maxrss // 1024} MB"
    )
    assert os.waitstatus_to_exitcode(status) == code
    assert seconds < SECONDS
    assert usage.ru_maxrss * 1024 < BYTES
