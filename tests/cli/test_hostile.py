"""Files that are made to exhaust a reader: seconds and memory of a process of its own.

The worst must stay below 5 seconds and 1 GB. Always runs what is said of each of the small
ones, and a process of their own for three of them; ``make slow`` gives one to each, runs those
of a hundred megabytes, and prints what each took.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import Project, say, table_definition

SECONDS, MIB = 5.0, 1000.0

# A small process starts the command and says what it took: a child of pytest itself would
# be charged with pytest's own memory.
STOPWATCH = """
import json, resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True)
took = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = took.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(json.dumps({
    "wall": time.monotonic() - began, "busy": took.ru_utime + took.ru_stime, "mib": peak,
    "code": done.returncode, "out": done.stdout.decode(), "err": done.stderr.decode(),
}))
"""


@dataclass(frozen=True)
class Hostile:
    """A file of some size in megabytes, and how its refusal begins; nothing, if it is read."""

    id: str
    make: Callable[[int], bytes]
    says: str
    file: str = "data/nights.csv"


HEAD = b"guests,doughs\n"
LONG = "error: {}:{}: the line is over 1,000,000 characters long\n"
OPEN = "error: {}:{}: a quote that opens here is never closed\n"
EMPTY = "error: {}:{}: the line is empty\n"
NO_COLUMN = "error: {}: there is no column 'guests'\n"


def hostile(name: str, make: Callable[[int], bytes], says: str, line: int | str = 1) -> Hostile:
    return Hostile(name, make, says.format("data/nights.csv", line))


MB = 10**6
FILES = [
    hostile("one line of letters", lambda n: b"a" * n * MB, LONG),
    hostile("one name of wide letters", lambda _: "夜".encode() * 300_000, NO_COLUMN),
    hostile(
        "two names that differ at the end",
        lambda _: b"a" * 400_000 + b"b," + b"a" * 400_000 + b"c\n1,2\n",
        NO_COLUMN,
    ),
    hostile("one line of commas", lambda n: b"," * n * MB, LONG),
    hostile("one line of quotes", lambda n: b'"' * n * MB, LONG),
    hostile("one line of wide letters", lambda n: "夜".encode() * (n * MB // 3), LONG),
    hostile("one line of spaces", lambda n: b" " * n * MB, LONG),
    hostile("one line of NUL bytes", lambda n: b"\0" * n * MB, LONG),
    hostile("one line of no letters", lambda n: b"\xff" * n * MB, LONG),
    hostile("one number", lambda n: HEAD + b"1" * n * MB, LONG, 2),
    hostile("one quoted cell", lambda n: HEAD + b'1,"' + b"a" * n * MB + b'"\n', LONG, 2),
    hostile("one quoted cell of lines", lambda n: HEAD + b'1,"' + b"a\n" * (n * MB // 2), OPEN, 2),
    hostile("one quoted name of lines", lambda n: b'"' + b"a\n" * (n * MB // 2), OPEN),
    hostile("a quote that runs away", lambda n: HEAD + b'1,"2\n' + b"2,3\n" * (n * MB // 4), OPEN, 2),
    hostile(
        "bare quotes that even out",
        lambda n: b"guests,doughs,n\n" + b'1,2,a"b"\n' * (n * MB // 9),
        "error: {}:{}: a quote stands in the middle of a cell\n", 2,
    ),
    hostile("empty lines alone", lambda n: b"\n" * n * MB, "error: {}: the file is empty\n"),
    hostile("returns alone", lambda n: b"\r" * n * MB, "error: {}: the file is empty\n"),
    hostile("empty lines inside", lambda n: HEAD + b"1,2\n" + b"\n" * n * MB + b"2,3\n", EMPTY, 3),
    hostile(
        "a bad byte at the end",
        lambda n: HEAD + b"1,2\n" * min(n * MB // 4, 2_000_000) + b"\xe9,1\n",
        "error: data/nights.csv:",
    ),
    hostile(
        "a hundred thousand columns",
        lambda _: b",".join(b"c%d" % n for n in range(100_000)) + b"\n",
        "error: {}:{}: the header has 100,000 columns; at most 10,000 are read\n",
    ),
    hostile(
        "a hundred thousand cells",
        lambda _: HEAD + b"1,2\n" + b",".join([b"1"] * 100_000) + b"\n",
        "error: {}:{}: the line has 100,000 cells, and the header has 2\n", 3,
    ),
    hostile(
        "ten thousand columns",
        lambda _: b"guests,doughs," + b",".join(b"c" * 80 + b"%d" % n for n in range(9_990)) + b"\n"
        + b"".join(b"%d," % n + b",".join([b"1"] * 9_991) + b"\n" for n in range(200)),
        "error: the label 'doughs' is 1 in all 200 rows",
    ),
    hostile(
        "ten thousand columns, of which two are called the same",
        lambda _: b"guests,doughs," + b",".join(b"c%d" % n for n in range(9_997)) + b",guests\n"
        + b",".join([b"1"] * 10_000) + b"\n",
        "error: {}:{}: columns 1 and 10000 are both called 'guests'\n",
    ),
    hostile(
        "300,000 words for a label",
        lambda _: HEAD + b"".join(b"%d,x%d\n" % (n, n) for n in range(300_000)),
        "error: {}:{}: column 'doughs' (the 2nd): 'x0' is not a number\n",
        2,
    ),
    hostile(
        "a quote below the header, and 400,000 short lines",
        lambda _: HEAD + b'"' + b"x,\n" * 400_000,
        OPEN,
        2,
    ),
    hostile(
        "words of 200 kB",
        lambda n: HEAD + b"".join(b"%d" % k + b"a" * 200_000 + b",1\n" for k in range(n * 5)),
        "error: {}:{}: column 'guests' (the 1st): '0aaa", 2,
    ),
    hostile("a word of 200 kB that nobody asks for",
            lambda _: b"guests,doughs,n\n1,2," + b"a" * 200_000 + b"\n2,3,b\n", ""),
    hostile("a million empty lines at the end",
            lambda _: HEAD + b"1,2\n2,3\n" + b"\n" * 1_000_000, ""),
    hostile("two hundred thousand doubled quotes",
            lambda _: b'guests,doughs,n\n1,2,"' + b'""' * 200_000 + b'"\n2,3,b\n', ""),
    hostile("two hundred thousand doubled quotes, and a letter",
            lambda _: HEAD + b'1,"' + b'""' * 200_000 + b"x\n", OPEN, 2),
    Hostile("a packed line", lambda n: gzip.compress(b"a" * n * 10 * MB),
            LONG.format("data/nights.csv.gz", 1), "data/nights.csv.gz"),
    Hostile("packed empty lines", lambda n: gzip.compress(HEAD + b"\n" * n * 10 * MB),
            EMPTY.format("data/nights.csv.gz", 2), "data/nights.csv.gz"),
    Hostile("packed NUL bytes", lambda n: gzip.compress(b"\0" * n * 10 * MB),
            LONG.format("data/nights.csv.gz", 1), "data/nights.csv.gz"),
]  # fmt: skip


@dataclass(frozen=True)
class Took:
    """What one run took: seconds by the clock and of the processor, memory in MiB."""

    wall: float
    busy: float
    mib: float
    code: int
    out: str
    err: str


def timed(root: Path, *command: str) -> Took:
    """Run a command in a process of its own, with its own threads, and say what it took."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "OMP_NUM"))}
    done = subprocess.run(
        [sys.executable, "-c", STOPWATCH, *command],
        cwd=root,
        env=kept,
        capture_output=True,
        check=True,
    )
    return Took(**json.loads(done.stdout))


def written(project: Project, one: Hostile, megabytes: int) -> None:
    project.write(one.file, one.make(megabytes))
    project.define(table_definition().replace("data/nights.csv", one.file), "nights")


def answered(one: Hostile, code: int, err: str) -> None:
    assert code == (3 if one.says else 0), err
    assert err.startswith(one.says)
    assert "Traceback" not in err
    assert len(err) < 2000


def refused(project: Project, one: Hostile, megabytes: int) -> Took:
    """Fit a hostile file, and check what is said of it and what it took."""
    written(project, one, megabytes)

    took = timed(project.root, sys.executable, "-m", "mlcli", "fit")

    answered(one, took.code, took.err)
    assert min(took.wall, took.busy) < SECONDS  # a busy machine makes the clock run
    assert took.mib < MIB
    (project.root / one.file).unlink()
    return took


MEASURED = {"a quote that runs away", "ten thousand columns", "packed NUL bytes"}
OTHERS = [one for one in FILES if one.id not in MEASURED]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(one, id=one.id, marks=[pytest.mark.slow] if one in OTHERS else [])
        for one in FILES
    ],
)
def test_a_hostile_file_is_refused_in_no_time(project: Project, one: Hostile) -> None:
    refused(project, one, 5)


@pytest.mark.parametrize("one", OTHERS, ids=lambda one: one.id)
def test_what_is_said_of_a_hostile_file(project: Project, one: Hostile) -> None:
    """In this process: the seconds that its processor is busy, and not the memory."""
    assert len(FILES) == len(OTHERS) + len(MEASURED)
    written(project, one, 5)
    began = time.process_time()

    ended = project.mlcli("fit")

    assert time.process_time() - began < SECONDS
    answered(one, ended.code, ended.err)
    (project.root / one.file).unlink()


@pytest.mark.slow
def test_a_hundred_megabytes_are_refused_in_no_time(project: Project) -> None:
    rows = [(refused(project, one, 100), one) for one in FILES]

    say(f"\n{'seconds':>8} {'busy':>6} {'MiB':>6}")
    for took, one in sorted(rows, key=lambda row: -row[0].busy):
        say(f"{took.wall:8.2f} {took.busy:6.2f} {took.mib:6.0f}  {one.id}")


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv.pop(1)) << 20,) * 2)
from mlcli.cli.process import entry
entry()
"""


def test_too_little_memory_is_the_environments_fault(project: Project) -> None:
    """A limit that the imports fit into, and the rows of a large table do not."""
    rows = b"".join(b"%d,%d\n" % (n % 97, n % 89) for n in range(100_000))
    project.write("data/nights.csv", HEAD + rows * 30)
    project.define(table_definition(), "nights")

    took = timed(project.root, sys.executable, "-c", LIMITED, "650", "fit")

    assert took.code == 5, took.err
    assert took.out == ""
    assert "Traceback" not in took.err
    assert "memory" in took.err
    assert "hint: use smaller exports" in took.err
    assert not (project.root / "models").exists()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_million_different_words_are_refused_in_seconds(project: Project, engine: str) -> None:
    rows = b"".join(b"n%d,%d\n" % (n, n % 89) for n in range(1_000_000))
    project.write("data/nights.csv", HEAD + rows)
    project.define(table_definition(model="ridge"), "nights")

    took = timed(project.root, sys.executable, "-m", "mlcli", "fit", "--engine", engine)

    assert took.code == 2, took.err
    assert "guests has 1,000,000 different words in 1,000,000 rows to learn from" in took.err
    assert min(took.wall, took.busy) < 15
    assert took.mib < MIB
