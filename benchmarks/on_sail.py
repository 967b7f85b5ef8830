"""Run Python on some words beside a Sail of its own, which SPARK_REMOTE leads to.

python benchmarks/on_sail.py WORDS...
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_SECONDS = 20


def main() -> int:
    """Start the server, run the words, stop the server, and return the exit code."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sail = Path(sys.executable).with_name("sail")
    server = subprocess.Popen(
        [sail, "spark", "server", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        told = {**os.environ, "SPARK_REMOTE": f"sc://127.0.0.1:{port}"}
        return subprocess.run([sys.executable, *sys.argv[1:]], env=told, check=False).returncode
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
