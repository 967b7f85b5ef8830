"""Run the pages: a socket, the processes that answer on it, and their end.

Who is slow to ask is cut off, and who is silent gives way to others.
"""

from __future__ import annotations

import errno
import signal
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from mlcli.errors import EnvironmentProblemError, Fix
from mlcli.serve import app

if TYPE_CHECKING:
    import asyncio
    from asyncio import TimerHandle
    from types import FrameType

    from mlcli.serve.app import Settings

_LOOK_FURTHER: Final = 100
"""How many ports after the one that is taken are tried."""

_LAST_PORT: Final = 65_535
_SECONDS_TO_END: Final = 2
"""For requests in work, once the server is told to end."""

_WAITING: Final = 2048
"""Connections that the system holds before they are taken."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    EnvironmentProblemError
        The port is taken, and the hint names the next free one; or there is no such address.
    """
    try:
        return _bound(host, port)
    except (OSError, TypeError, UnicodeError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        after = range(port + 1, port + _LOOK_FURTHER) if taken else ()
        free = next((one for one in after if _free(host, one)), 0)
        reason = getattr(error, "strerror", None) or str(error)
        raise EnvironmentProblemError(
            f"cannot listen on {host}:{port}: {reason}",
            hint=f"use another port:  --port {free}" if free else "say another  --host",
            fix=[Fix(free, option="--port")] if free else [],
        ) from error


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(_WAITING)
    except OSError:
        found.close()
        raise
    return found


def _free(host: str, port: int) -> bool:
    if port > _LAST_PORT:
        return False
    with suppress(OSError):
        _bound(host, port).close()
        return True
    return False


def run(settings: Settings, listening: socket.socket, *, workers: int = 1) -> None:
    """Answer until Ctrl-C or SIGTERM; then end, with requests in work cut off after 2 s."""
    _as_many_files_as_allowed()
    if hasattr(signal, "SIGPIPE"):  # who goes away before the answer ends nobody else's
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    config = uvicorn.Config(
        partial(app.make, settings),
        factory=True,
        http=GuardedProtocol,
        ws="none",
        loop="uvloop",
        interface="asgi3",
        lifespan="on",
        workers=workers,
        log_config=None,
        log_level="error",  # a bug of ours, on stderr
        access_log=False,
        server_header=False,
        proxy_headers=False,
        root_path=settings.root_path,
        backlog=_WAITING,
        timeout_graceful_shutdown=_SECONDS_TO_END,
    )
    if workers == 1:
        _Server(config).run(sockets=[listening])
    else:
        Multiprocess(config, sockets=[listening]).run()


class _Server(uvicorn.Server):
    """A server whose end by a signal is no failure."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, at once if asked twice."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True


def _as_many_files_as_allowed() -> None:
    """Raise the limit on open files, of which each connection is one, as far as it may be."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


SECONDS: Final = 10.0
"""Within which a request must be there, head and body."""

MOST_OPEN: Final = 512
"""Connections at a time; one more, and the one that is silent longest is closed."""

MOST_OF_A_HEAD: Final = 65_536
"""Bytes of an address and its headers."""


class GuardedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with limits on the time, the size and the number of requests.

    ``_silent`` are the open connections of this process that have no request in work, the
    longest silent first.
    """

    _silent: ClassVar[dict[GuardedProtocol, None]] = {}
    _late: TimerHandle | None = None
    _head = 0
    _begun = False
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn
        """Wait for a first request; where too many do, close the one that has waited longest."""
        super().connection_made(transport)
        self._silent[self] = None
        self._await_request()
        if len(self.connections) > MOST_OPEN and self._silent:
            next(iter(self._silent)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._silent.pop(self, None)
        self._in_time()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Give the request its time."""
        super().on_message_begin()
        self._head, self._in_head = 0, True
        if self._late is None:
            self._await_request()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what comes behind a body is none."""
        if not self._in_head:
            return
        super().on_header(name, value)
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Have the request answered as soon as its head is there."""
        self._begun, self._in_head = True, False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take the request as asked in time."""
        super().on_message_complete()
        self._silent.pop(self, None)
        self._in_time()

    def on_response_complete(self) -> None:
        """Count the connection as silent again, from now on."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._silent[self] = None

    def _await_request(self) -> None:
        self._late = self.loop.call_later(SECONDS, self._refuse, b"408 Request Timeout")

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MOST_OF_A_HEAD:
            self._refuse(b"431 Request Header Fields Too Large")

    def _refuse(self, status: bytes) -> None:
        """Answer with a status alone, and close."""
        self._late = None
        if self.transport.is_closing():
            return
        if self._begun and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        self.transport.close()
