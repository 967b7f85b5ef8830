"""A catalogue of many things is learned quickly, in memory that grows no faster than it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from oracle import made_up, varied
from support import say

pytestmark = pytest.mark.slow

# A small process starts the command and says what it took: a child of pytest itself would
# be charged with pytest's own memory.
STOPWATCH = """
import json, resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, check=True)
took = time.monotonic() - began
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
peak /= 2**20 if sys.platform == "darwin" else 2**10
print(json.dumps({"seconds": took, "mib": peak, "out": done.stdout.decode()}))
"""


def fit(root: Path, things: int) -> tuple[float, float]:
    """Fit a catalogue; return seconds and the peak of memory in MiB, imports and all."""
    # Nothing is left out of it, but for the things that are not top rated.
    unseen = {"budget": "ignore", "play": "ignore"}
    games = varied(made_up(99, things * 10 // 9), unseen=unseen, banded=True)
    folder = root / str(things)
    (folder / "configs").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "configs/games.yaml").write_text(games.definition(), encoding="utf-8")
    (folder / "data/games.csv").write_bytes(games.text.encode())
    del games
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", STOPWATCH, sys.executable, "-m", "mlcli", "fit", "--json"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout)
    [fitted] = json.loads(found["out"])["fitted"]
    assert fitted["rows"]["used"] == pytest.approx(things, rel=0.02)
    return found["seconds"], found["mib"]


def show_all(rows: list[tuple[int, float, float, str]]) -> None:
    """Print a table, for ``pytest -s``."""
    say(f"\n{'things':>8} {'seconds':>8} {'MiB':>8}")
    for things, seconds, mib, words in rows:
        say(f"{things:8,} {seconds:8.2f} {mib:8.0f}   {words}")


def test_ten_thousand_things_take_seconds_and_some_hundred_mib(tmp_path: Path) -> None:
    seconds, mib = fit(tmp_path, 10_000)

    show_all([(10_000, seconds, mib, "imports and all")])
    assert seconds < 5
    assert mib < 400


def test_memory_grows_no_faster_than_the_catalogue(tmp_path: Path) -> None:
    # A thousand and some: the same imports as for many, since scikit-learn is not asked.
    base_seconds, base = fit(tmp_path, 1_100)
    rows = [(1_100, base_seconds, base, "the imports, in essence")]
    before = 0.0
    ratios = []
    for things in (25_000, 50_000, 100_000):
        seconds, mib = fit(tmp_path, things)
        grown = mib - base
        if before:
            ratios.append(grown / before)
        times = f", {ratios[-1]:.2f} times" if before else ""
        rows.append((things, seconds, mib, f"{grown:.0f} MiB above{times}"))
        before = grown

    show_all(rows)
    assert max(ratios) <= 2.3
