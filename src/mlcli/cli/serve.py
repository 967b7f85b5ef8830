"""mlcli serve - the fitted models as pages and as JSON."""

from __future__ import annotations

import os
import socket
import sys
from typing import Annotated

import typer

from mlcli.errors import AskedWronglyError, missing_extra
from mlcli.grammar import phrases
from mlcli.screens import say
from mlcli.verbs import project

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another name that this server may be asked by.")
    ] = None,
    root_path: Annotated[
        str, typer.Option(help="What a proxy puts before every address, such as /models.")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer.")] = 1,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="Take this day as today.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the pages in a browser.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the address as one JSON object.")
    ] = False,
) -> None:
    """Show models as pages, and answer by JSON.

    It goes on until Ctrl-C.
    """
    try:
        from mlcli.serve import server
        from mlcli.serve.app import Settings
    except ModuleNotFoundError as error:
        raise missing_extra("serve", "pages need") from error
    here = project.find(project.here())
    pinned = ""
    if today:
        try:
            pinned = phrases.day(today).date().isoformat()
        except phrases.PhraseError as error:
            raise AskedWronglyError(f"--today: {error}", hint=error.hint) from error
    elif os.environ.get("MLCLI_TODAY"):
        from mlcli.exports import clock

        pinned = clock.today().date().isoformat()
    host = host.strip().strip("[]")
    if not host:
        raise AskedWronglyError("--host names no address", hint="leave it out, or say  0.0.0.0")
    outside = host not in _LOOPBACK
    names = {*_LOOPBACK, host.lower(), *(one.lower() for one in allow_host or ())}
    addresses = _own_addresses(host) if outside else []
    names |= {*addresses, *([socket.gethostname().lower()] if outside else [])}
    root = "/" + root_path.strip("/") if root_path.strip("/") else ""
    settings = Settings(here.root.resolve(), tuple(sorted(names)), pinned, root)
    listening = server.listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{addresses[0] if addresses else shown}:{port}{root}/"
    if json:
        say.result({"url": url, "hosts": list(settings.hosts)})
    else:
        say.answer(url)
    sys.stdout.flush()
    if outside:
        say.note(
            "warning: whoever reaches this address can ask: there is no login and no encryption"
        )
    say.note("Ctrl-C ends it")
    if open_page:
        import webbrowser

        webbrowser.open(f"http://{shown}:{port}{root}/")
    server.run(settings, listening, workers=workers)


def _own_addresses(host: str) -> list[str]:
    """Return the addresses by which other machines reach this one, the likeliest first."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return [host]
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as way:
                way.connect((target, 9))  # sends nothing
                found.append(way.getsockname()[0])
        except OSError:
            continue
    return found
