"""A server to ask, as a process of its own, and connections that misbehave."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server(NamedTuple):
    """A running ``mlcli serve``."""

    process: subprocess.Popen[str]
    port: int

    def ask(
        self, path: str, body: bytes | None = None, timeout: float = 30, **headers: str
    ) -> Answer:
        """Ask once, by POST where there is a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            said = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("POST" if body is not None else "GET", path, body, said)
            found = connection.getresponse()
            return Answer(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            connection.close()

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """Return an open connection that says nothing yet."""
        found = socket.socket()
        found.bind((source, 0))
        found.settimeout(30)
        found.connect(("127.0.0.1", self.port))
        return found

    @property
    def memory(self) -> int:
        """Return the resident memory, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    def end(self, how: signal.Signals) -> tuple[int, float]:
        """Return how it ended after a signal, and how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(how)
        return self.process.wait(20), time.monotonic() - began


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(root: Path, *options: str, files: int = 0) -> Iterator[Server]:
    """Serve a project; ``files`` is a limit on open files, if there is to be one."""
    port = free_port()
    command = [sys.executable, "-m", "mlcli", "serve", "--port", str(port), *options]
    if files:
        command = ["bash", "-c", f'ulimit -n {files}; exec "$@"', "-", *command]
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    server = Server(process, port)
    try:
        until = time.monotonic() + 30
        while True:
            with suppress(OSError):
                if server.ask("/healthz").status == 200:
                    break
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=20)


def hold_open(server: Server, count: int) -> list[socket.socket]:
    """Return so many connections that say nothing, from several addresses of this machine."""
    found = []
    for at in range(count):
        with suppress(OSError):  # the server may have closed some already
            found.append(server.connect(f"127.0.0.{2 + at % 8}"))
    return found


def limit() -> int:
    """Return how many files this process may have open."""
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [*map(int, found)]
