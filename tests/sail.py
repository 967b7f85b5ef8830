"""Servers of Spark Connect for tests: Sail, which needs no Java, on a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30


@dataclass(frozen=True)
class Sail:
    """A server that runs: its URL, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill it as the system would, so that it can tidy nothing up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def sail() -> Iterator[Sail]:
    """Start a server on a free port of the loopback, and end it whatever comes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "sail", "spark", "server", "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "RUST_LOG": "off", "SAIL_PARALLELISM": "2"},
    )
    try:
        _wait_for(port, process)
        yield Sail(f"sc://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "Sail ended at once"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError("Sail does not answer")
