"""A file of any size is read in the same memory, plain or packed, by fits and for questions.

Each run is a process of its own, whose highest memory the system tells. A small file is
read first: what imports, threads and blocks take, both runs take.
"""

from __future__ import annotations

import gzip
import resource
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MEGABYTES = 300
MORE = 60
"""Megabytes more that a file of 300 may take than one of 12, which is three blocks."""

READ = """
import resource, sys
from pathlib import Path
from mlcli.exports.csv.source import CsvSource
path = Path(sys.argv[1])
said = {"skip_footer": 3} if "footer" in sys.argv[2:] else {}
source = CsvSource([(path, path.name)], encoding="cp1252" if "cp1252" in sys.argv[2:] else None, **said)
rows = total = 0
for chunk in source.chunks({"n": "number", "at": "date", "word": "text"}):
    rows, total = rows + len(chunk), total + chunk["n"].sum()
source.digests()
print(rows, int(total), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def written(path: Path, megabytes: int, *, quoted: bool) -> tuple[int, int]:
    """Write a file of about so many megabytes; return its rows, and the sum of its numbers."""
    word = '"a ""word"", é {}"' if quoted else "a word {}"
    block = "".join(
        f"{n},2023-{n % 12 + 1:02}-{n % 28 + 1:02} 19:{n % 60:02}:00,{word.format(n % 7)}\n"
        for n in range(100_000)
    ).encode()
    times = megabytes * (1 << 20) // len(block) + 1
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(b"n,at,word\n")
        for _ in range(times):
            file.write(block)
        file.write(b"end\nof\nexport\n")
    return times * 100_000, times * sum(range(100_000))


def peak(path: Path, truth: tuple[int, int], *how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), *how], capture_output=True, text=True, check=True
    )
    rows, total, megabytes = map(int, done.stdout.split())
    assert (rows, total) == truth
    return megabytes


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("quoted", [False, True], ids=["plain", "quoted"])
def test_a_large_file_takes_the_memory_of_a_small_one(
    tmp_path: Path, suffix: str, quoted: bool
) -> None:
    peaks = []
    for megabytes in (12, MEGABYTES):
        path = tmp_path / f"{megabytes}{suffix}"
        truth = written(path, megabytes, quoted=quoted)
        peaks.append(peak(path, truth, "footer"))
        path.unlink()

    assert peaks[1] < peaks[0] + MORE, peaks


def test_a_bomb_of_gzip_is_stopped_by_its_first_lines(tmp_path: Path) -> None:
    """A megabyte that unpacks to a gigabyte, without a line's end."""
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", 6) as file:
        file.write(b"n,at,word\n")
        for _ in range(1024):
            file.write(b"a" * (1 << 20))
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31)),
    )

    assert "the line is over 1,000,000 characters long" in done.stderr
