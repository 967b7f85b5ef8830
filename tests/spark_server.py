"""Apache Spark for tests: a Connect server of its own on this machine, and none left behind.

``python tests/spark_server.py COMMAND ...`` runs a command with the server's URL in
``MLCLI_TEST_SPARK``; tests marked ``spark`` ask that one instead of Sail. ``make spark`` does so.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = Path(sys.prefix) / "spark"
CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
}
SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A server that runs: its URL, and its process, which leads a group of its own."""

    url: str
    process: subprocess.Popen[bytes]


def home() -> Path | None:
    """Return where Apache Spark is, if `make spark` has installed it."""
    return next(ENVIRONMENT.glob("lib/python*/site-packages/pyspark"), None)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server on a free port of the loopback; its workers run in this Python."""
    spark = home()
    if spark is None or shutil.which("java") is None:
        raise RuntimeError("Apache Spark needs Java 17, and  make spark  to install it")
    with tempfile.TemporaryDirectory(prefix="mlcli-spark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {
            **SETTINGS,
            "spark.connect.grpc.binding.port": str(port),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder}",
        }
        words = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        start = ("--class", CLASS, "--master", "local[2]")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [spark / "bin/spark-submit", *start, *words, "spark-internal"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={
                    **{k: v for k, v in os.environ.items() if not k.startswith("SPARK_")},
                    "SPARK_HOME": str(spark),
                    "SPARK_LOCAL_DIRS": str(folder),
                    "PYSPARK_PYTHON": sys.executable,
                },
            )
        try:
            _wait_for(port, process, folder / "log")
            yield Server(f"sc://127.0.0.1:{port}", process)
        finally:
            _end(process)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise RuntimeError(log.read_text(errors="replace")[-4_000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server, and the workers in its group, which have a parent no more if it was killed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as started:
        told = {**os.environ, "MLCLI_TEST_SPARK": started.url}
        sys.exit(subprocess.run(sys.argv[1:], env=told, check=False).returncode)
