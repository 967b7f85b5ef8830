"""Ask the pages in this process: an application, with no socket between."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock
from urllib.parse import unquote

from mlcli.serve import app, booked
from mlcli.serve.app import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

HOSTS = ("127.0.0.1", "localhost")


class Said(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def ask(
    root: Path,
    address: str,
    body: bytes | None = None,
    *,
    today: str = "2024-01-01",
    read: bool = False,
    child: bool = False,
    root_path: str = "",
    **headers: str,
) -> Said:
    """Ask the pages of a project once; with ``read``, after its exports were read.

    They are read in this process, which is quicker, unless by a ``child``, as the server does.
    """
    settings = Settings(root, HOSTS, today, root_path)
    here = _read_here if read else read_nothing
    with nullcontext() if child else mock.patch.object(booked.Booked, "_read", here):
        return asyncio.run(_ask(settings, address, body, read=read, headers=headers))


async def read_nothing(self: booked.Booked, name: str, seen: Any) -> None:
    """Read no exports, where a test is about something else."""


async def _read_here(self: booked.Booked, name: str, seen: Any) -> None:
    gathered = json.dumps(booked.gather(str(self._root), name)).encode()
    self._known[name], self._seen[name] = booked._known(gathered), seen


async def _ask(
    settings: Settings, address: str, body: bytes | None, *, read: bool, headers: dict[str, str]
) -> Said:
    async with running(app.make(settings)) as application:
        if read:
            await asyncio.gather(*_others())
        return await once(application, settings, address, body, headers)


def _others() -> list[asyncio.Task[Any]]:
    """Return the tasks that read exports: all but this one and that of the application."""
    names = ("._read", "_read_here")
    return [one for one in asyncio.all_tasks() if one.get_coro().__qualname__.endswith(names)]  # type: ignore[union-attr]


@asynccontextmanager
async def running(application: ASGIApp) -> AsyncIterator[ASGIApp]:
    to_it: asyncio.Queue[Any] = asyncio.Queue()
    from_it: asyncio.Queue[Any] = asyncio.Queue()
    running = asyncio.create_task(
        application({"type": "lifespan", "asgi": {"version": "3.0"}}, to_it.get, from_it.put)  # type: ignore[arg-type]
    )
    await to_it.put({"type": "lifespan.startup"})
    assert (await from_it.get())["type"] == "lifespan.startup.complete"
    yield application
    await to_it.put({"type": "lifespan.shutdown"})
    await running


async def once(
    application: ASGIApp,
    settings: Settings,
    address: str,
    body: bytes | None,
    headers: dict[str, str],
) -> Said:
    path, _, query = address.partition("?")
    said = {"host": "localhost", **{n.replace("_", "-"): v for n, v in headers.items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": settings.root_path + unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": settings.root_path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in said.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)  # type: ignore[arg-type]
    start, *parts = sent
    got = {name.decode(): value.decode() for name, value in start["headers"]}
    return Said(start["status"], got, b"".join(one["body"] for one in parts).decode())
