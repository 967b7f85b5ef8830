"""The addresses: models as pages and as JSON, for whoever may ask this host."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
import signal
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mlcli.errors import SCHEMA_VERSION, MlcliError
from mlcli.serve import asking
from mlcli.serve.pages import Pages
from mlcli.serve.shelf import ServedModels

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mlcli.grammar.cells import Json
    from mlcli.serve.shelf import ServedModel

MOST_BYTES: Final = 1_000_000
"""Of a body."""

_HOST: Final = re.compile(r"(?:([a-z0-9._-]+)|\[([0-9a-f:.]+)\])(?::\d+)?")
_JSON: Final = "application/json"

_HEADERS: Final = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }.items()
)


class Settings(NamedTuple):
    """The project of a server, and who may ask.

    ``hosts`` are the names that a request may ask for, without port; ``today`` pins the day,
    as ``YYYY-MM-DD``; ``root_path`` stands before every address where a proxy adds it.
    """

    root: Path
    hosts: tuple[str, ...]
    today: str = ""
    root_path: str = ""


def make(settings: Settings) -> ASGIApp:
    """Return the application of one process."""
    addresses = _Addresses(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        if (parent := multiprocessing.parent_process()) is not None:  # it was killed: end too
            asyncio.get_running_loop().add_reader(parent.sentinel, _end, parent.sentinel)
        await addresses.begin()
        yield
        await addresses.end()

    app = Starlette(
        routes=[
            Route("/", addresses.front),
            Route("/m/{name}.json", addresses.model_json, methods=["GET", "POST"]),
            Route("/m/{name}.css", addresses.model_colours),
            Route("/m/{name}", addresses.model_page),
            Route("/openapi.json", addresses.openapi),
            Route("/api", addresses.api),
            Route("/healthz", addresses.health),
            Route("/static/{file}", addresses.static),
        ],
        exception_handlers={
            MlcliError: addresses.failed,
            HTTPException: addresses.refused,
            ClientDisconnect: addresses.gone,
            Exception: addresses.bug,
        },
        lifespan=lifespan,
    )
    return _Safe(app, settings.hosts)


def _end(sentinel: int) -> None:
    """End this process, as the one that started it is gone."""
    asyncio.get_running_loop().remove_reader(sentinel)
    signal.raise_signal(signal.SIGTERM)


class _Addresses:
    """What each address answers."""

    def __init__(self, settings: Settings) -> None:
        self._shelf = ServedModels(settings.root / "models")
        self._pages = Pages(settings.root, settings.today, self._shelf)

    async def begin(self) -> None:
        """Load the models, and begin to read what is booked."""
        self._shelf.load()
        await self._pages.begin()

    async def end(self) -> None:
        """End what still runs."""
        await self._pages.end()

    async def health(self, _: Request) -> Response:
        """Say that the server answers."""
        return _json({"status": "ok"})

    async def front(self, request: Request) -> Response:
        """List the models; where there is one alone, show it."""
        names = self._shelf.names()
        if len(names) == 1:
            return RedirectResponse(f"{_root(request)}/m/{names[0]}", HTTPStatus.TEMPORARY_REDIRECT)
        return _html(await self._pages.front(_root(request)))

    async def model_page(self, request: Request) -> Response:
        """Show a model, and what it answers to the parameters."""
        served = await self._shelf.get(request.path_params["name"])
        parameters = asking.query(request.scope["query_string"])
        text, status = self._pages.model(served, parameters, _root(request))
        return _html(text, status)

    async def model_colours(self, request: Request) -> Response:
        """Return the style sheet of a model's own colours."""
        served = await self._shelf.get(request.path_params["name"])
        return Response(self._pages.colours(served), media_type="text/css")

    async def model_json(self, request: Request) -> Response:
        """Answer as ``--json`` does."""
        served = await self._shelf.get(request.path_params["name"])
        if request.method == "POST":
            rows = asking.body(await _body(request))
        else:
            rows = [asking.query(request.scope["query_string"])]
        questions = [asking.read(served, row) for row in rows]
        if served.things is not None:
            return _json(asking.suggested(served, asking.only(questions)).to_json())
        dated = any("date" in one.others for one in questions)
        known = self._pages.booked.of(served) if dated else None
        today = self._pages.today()
        if len(questions) == 1 and not dated:
            found = asking.answered(served, questions, known, today)
        else:  # which may take seconds
            found = await asyncio.to_thread(asking.answered, served, questions, known, today)
        return _json(found.to_json())

    async def openapi(self, request: Request) -> Response:
        """Describe the addresses for programs."""
        return _json(asking.openapi(await self._all(), _root(request)), framed=False)

    async def api(self, request: Request) -> Response:
        """Describe the addresses for people."""
        return _html(self._pages.api(await self._all(), _root(request)))

    async def static(self, request: Request) -> Response:
        """Return the style sheet."""
        found = self._pages.static(request.path_params["file"])
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        kept = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(found, media_type="text/css", headers=kept)

    async def _all(self) -> list[ServedModel]:
        """Return the models that can be asked."""
        found = []
        for name in self._shelf.names():
            try:
                found.append(await self._shelf.get(name))
            except MlcliError:  # told where that one is asked
                continue
        return found

    async def failed(self, request: Request, error: Exception) -> Response:
        """Say what is wrong with a question, or with a model."""
        assert isinstance(error, MlcliError)
        return self._said(request, error.to_json(), asking.status(error))

    async def refused(self, request: Request, error: Exception) -> Response:
        """Say that there is no such address, and the like."""
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        return self._said(request, asking.plainly(status), status, error.headers)

    async def gone(self, _request: Request, _error: Exception) -> Response:
        """Answer nobody: who asked went away."""
        return Response(status_code=HTTPStatus.REQUEST_TIMEOUT)

    async def bug(self, request: Request, _error: Exception) -> Response:
        """Say that the fault is ours, and nothing of where."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        return self._said(request, asking.plainly(status), status)

    def _said(
        self,
        request: Request,
        error: Json,
        status: HTTPStatus,
        headers: Any = None,
    ) -> Response:
        """Return an error in the form in which an answer was asked for."""
        if request.method == "POST" or request.url.path.endswith(".json"):
            found = _json({"error": error}, status)
        else:
            found = _html(self._pages.error(error, status, _root(request)), status)
        found.headers.update(headers or {})
        return found


def _root(request: Request) -> str:
    root: str = request.scope.get("root_path", "")
    return root


def _json(found: Json, status: HTTPStatus = HTTPStatus.OK, *, framed: bool = True) -> Response:
    framed_ = {"schema_version": SCHEMA_VERSION, **found} if framed else found
    text = json.dumps(framed_, ensure_ascii=False, allow_nan=False)
    return Response(text.encode(), status, media_type=_JSON)


def _html(text: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    kept = {"cache-control": "no-store"}
    return Response(text.encode(), status, media_type="text/html", headers=kept)


async def _body(request: Request) -> bytes:
    """Return the body of a question by JSON; raises ``HTTPException`` where it may not ask."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    from_here = origin is not None and origin.partition("://")[2] == request.headers.get("host")
    if not from_here and (origin is not None or site not in {None, "same-origin", "none"}):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_BYTES:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"connection": "close"}
            )
    return bytes(found)


class _Safe:
    """Refuse who asks for another host, and say to browsers what a page may do."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._knows(scope["headers"]):
            await self._app(scope, receive, safely)
        else:
            status = HTTPStatus.BAD_REQUEST
            error = _json({"error": asking.plainly(status, "this server has another name")}, status)
            await error(scope, receive, safely)

    def _knows(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Say whether a request names one of our hosts, once."""
        named = [value for name, value in headers if name == b"host"]
        if len(named) != 1:
            return False
        host = _HOST.fullmatch(named[0].decode("latin-1").lower())
        return host is not None and (host[1] or host[2]) in self._hosts
