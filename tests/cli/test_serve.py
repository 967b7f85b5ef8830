"""What `mlcli serve` says before it serves, and where it cannot."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

import pytest

from mlcli import serve

if TYPE_CHECKING:
    from support import Project


def test_a_port_that_is_taken_names_the_next_free_one(project: Project) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = project.fails(5, "serve", "--port", port)
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert "use another port:  --port " in said
    free = int(said.rpartition("--port ")[2])
    with socket.socket() as now:
        now.bind(("127.0.0.1", free))


def test_a_day_that_is_none_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--today" in project.fails(2, "serve", "--today", "soon")
    monkeypatch.setenv("MLCLI_TODAY", "soon")
    assert "MLCLI_TODAY" in project.fails(2, "serve")


def test_without_the_extra_it_says_what_to_install(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(serve, "server", raising=False)
    monkeypatch.setitem(sys.modules, "mlcli.serve.server", None)
    assert "pip install 'mlcli[serve]'" in project.fails(5, "serve")


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_other_hosts_are_warned_of(
    project: Project, monkeypatch: pytest.MonkeyPatch, host: str, warned: bool
) -> None:
    told = {}

    def run(settings: object, listening: socket.socket, **more: object) -> None:
        told["hosts"] = settings.hosts  # type: ignore[attr-defined]
        listening.close()

    from mlcli.serve import server

    monkeypatch.setattr(server, "run", run)
    ended = project.works("serve", "--host", host, "--port", 18473, "--allow-host", "Shop.local")
    assert ("warning:" in ended.err) == warned
    assert ended.out.startswith("http://")
    assert "0.0.0.0" not in ended.out
    assert {"localhost", "127.0.0.1", "shop.local"} <= set(told["hosts"])
    if warned:
        assert ended.out.removeprefix("http://").partition(":")[0] in told["hosts"]
