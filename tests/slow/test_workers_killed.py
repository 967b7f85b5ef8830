"""Workers of Apache Spark that are killed while rows are learned from where they lie."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from spark_server import home, server

if TYPE_CHECKING:
    from support import Project

ROWS = 200_000
MOMENTS = 20


def of_session(leader: int) -> dict[int, str]:
    """Return the processes of a session, each with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(folder.name)) == leader:
                words = (folder / "cmdline").read_bytes()
                found[int(folder.name)] = words.replace(b"\0", b" ").decode()
    return {number: words for number, words in found.items() if words}  # one that ended has none


def fitting(root: Path, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mlcli", "fit"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "SPARK_REMOTE": url},
    )


def fitted(root: Path, url: str) -> float:
    """Fit, and return how many seconds it took."""
    began, started = time.monotonic(), fitting(root, url)
    _, said = started.communicate(timeout=120)
    assert started.returncode == 0, said
    return time.monotonic() - began


def stored(root: Path) -> dict[str, bytes]:
    """Return all that is stored of models, without the account of runs."""
    found = (p for p in (root / "models").rglob("*") if p.is_file() and p.name != "runs.jsonl")
    return {str(p): p.read_bytes() for p in found}


@pytest.mark.slow
@pytest.mark.spark
def test_workers_killed_at_any_moment_change_no_model(project: Project) -> None:
    if home() is None:
        pytest.skip("Apache Spark is installed by  make spark")
    draw = np.random.default_rng(3)
    numbers = draw.normal(size=(ROWS, 3))
    numbers[:, 2] = 2 * numbers[:, 0] + draw.normal(size=ROWS)
    path = project.root / "data/rides.csv"
    np.savetxt(path, numbers, "%.6f", ",", header="a,b,minutes", comments="")
    project.define(
        f"sources:\n  rides: {{file: 'file://{path}'}}\nfeatures: [a, b]\nlabel: minutes\n"
        "model: linear_regression\nengine: {name: spark, collect: 1MB}\n"
    )
    with server() as spark:
        fitted(project.root, spark.url)  # what Java compiles once
        before, whole = stored(project.root), fitted(project.root, spark.url)
        ended: list[int] = []
        for moment in range(MOMENTS):
            started = fitting(project.root, spark.url)
            time.sleep(whole * (moment + 1) / (MOMENTS + 1))
            for number, words in of_session(spark.process.pid).items():
                if "pyspark.daemon" in words or "pyspark/worker" in words:
                    with suppress(ProcessLookupError):
                        os.kill(number, signal.SIGKILL)
            _, said = started.communicate(timeout=120)
            ended.append(started.returncode)
            assert started.returncode in {0, 5}, said
            assert started.returncode == 0 or said.startswith("error: "), said
            assert "Traceback" not in said
            assert stored(project.root) == before
            assert of_session(started.pid) == {}
        fitted(project.root, spark.url)
        assert stored(project.root) == before
    assert ended.count(5) > 1
    assert of_session(spark.process.pid) == {}
