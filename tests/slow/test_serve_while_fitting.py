"""Answers while models are exchanged: each is that of the version it names."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from served import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FITS = 20
ALGORITHMS = ("polynomial_regression", "linear_regression")


class Reader(threading.Thread):
    """Asks in a loop, over one connection, and keeps what came back and when."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.stop = threading.Event()
        self.said: list[tuple[float, int, Any]] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            while not self.stop.is_set():
                connection.request("GET", "/m/pizzeria.json?reservations=15")
                found = connection.getresponse()
                body = json.loads(found.read())
                self.said.append((time.monotonic(), found.status, body))
                time.sleep(0.002)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.said.append((time.monotonic(), 0, {"failed": repr(error)}))
        connection.close()


def fit(root: Path, algorithm: str) -> int:
    """Fit in a process of its own; return the version that was kept."""
    command = [sys.executable, "-m", "mlcli", "fit", "pizzeria", "--set", f"model={algorithm}"]
    done = subprocess.run([*command, "--json"], cwd=root, capture_output=True, check=True)
    version: int = json.loads(done.stdout)["fitted"][0]["version"]
    return version


def worked_out(root: Path, version: int) -> float:
    """Return the answer of a stored version by a process that knows nothing of the server."""
    command = [sys.executable, "-m", "mlcli", "predict", "-m", f"pizzeria@{version}"]
    done = subprocess.run(
        [*command, "--reservations", "15", "--json"], cwd=root, capture_output=True, check=True
    )
    value: float = json.loads(done.stdout)["predictions"][0]["value"]
    return value


@pytest.mark.parametrize(("workers", "fits"), [("1", FITS // 2), ("2", FITS // 2)])
def test_each_answer_is_that_of_the_version_it_names(
    pizzeria: Any, workers: str, fits: int
) -> None:
    root: Path = pizzeria.root
    with serving(root, "--workers", workers) as server:
        readers = [Reader(server.port) for _ in range(4)]  # so that each worker has some
        for one in readers:
            one.start()
        kept: list[tuple[int, float]] = []
        for at in range(fits):
            kept.append((fit(root, ALGORITHMS[at % 2]), time.monotonic()))
            time.sleep(2.5)
        for one in readers:
            one.stop.set()
        for one in readers:
            one.join()
    said = [answer for one in readers for answer in one.said]
    assert len(said) > 100 * fits
    assert [body for _, status, body in said if status != 200] == []
    versions = {body["version"] for _, _, body in said}
    assert versions == {1, *(version for version, _ in kept)}
    values = {version: worked_out(root, version) for version in versions}
    assert all(body["predictions"][0]["value"] == values[body["version"]] for _, _, body in said)
    for version, at in kept:
        late = [body["version"] for when, _, body in said if at + 2 < when < at + 2.5]
        assert late
        assert set(late) == {version}
