"""The pages under those who ask too slowly, too much, or not at all: real sockets, seconds."""

from __future__ import annotations

import resource
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from served import children, hold_open, limit, serving

if TYPE_CHECKING:
    from served import Server

pytestmark = pytest.mark.slow
MEGABYTE = 2**20


def answers_in_a_second(server: Server) -> bool:
    began = time.monotonic()
    status = server.ask("/m/pizzeria.json?reservations=15").status
    return status == 200 and time.monotonic() - began < 1


def test_a_body_of_100_mb_is_refused(sample: Path) -> None:
    with serving(sample) as server, server.connect() as found:
        before = server.memory
        head = b"POST /m/pizzeria.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        found.sendall(head + b"Content-Length: 104857600\r\n\r\n")
        said = b""
        try:
            for _ in range(1600):
                found.sendall(b"x" * 65_536)
            said = found.recv(100)
        except ConnectionError:
            pass
        assert said == b"" or b" 413 " in said
        assert answers_in_a_second(server)
        assert server.memory - before < 10 * MEGABYTE


def test_chunks_beyond_the_limit_are_refused(sample: Path) -> None:
    with serving(sample) as server, server.connect() as found:
        found.sendall(
            b"POST /m/pizzeria.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(17):
            found.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert b" 413 " in found.recv(100)
        assert answers_in_a_second(server)


@pytest.mark.parametrize("head", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_head_that_does_not_end_is_cut_off_at_10_s(sample: Path, head: bytes) -> None:
    with serving(sample) as server, server.connect() as found:
        began = time.monotonic()
        if head:
            found.sendall(head)
        said = found.recv(200)
        assert 9 < time.monotonic() - began < 12
        assert said.startswith(b"HTTP/1.1 408 ")
        assert found.recv(10) == b""


def test_one_byte_of_a_body_every_2_s_is_cut_off_at_10_s(sample: Path) -> None:
    with serving(sample) as server, server.connect() as found:
        began = time.monotonic()
        found.sendall(
            b"POST /m/pizzeria.json HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        found.settimeout(2)
        said = b""
        while not said:
            try:
                said = found.recv(200)
            except TimeoutError:
                found.sendall(b" ")
            assert time.monotonic() - began < 13
        assert said.startswith(b"HTTP/1.1 408 ")
        assert 9 < time.monotonic() - began < 12
        assert answers_in_a_second(server)


@pytest.mark.parametrize("files", [0, 1024])
def test_silent_connections_give_way(sample: Path, files: int) -> None:
    allowed = limit()
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    with serving(sample, files=files) as server:
        assert answers_in_a_second(server)
        before = server.memory
        silent = hold_open(server, min(10_000, allowed - 200))
        assert answers_in_a_second(server)
        assert answers_in_a_second(server)
        until = time.monotonic() + 15
        open_ones = silent
        while open_ones and time.monotonic() < until:
            open_ones = [one for one in open_ones if not _closed(one)]
            time.sleep(0.2)
        assert open_ones == []
        assert answers_in_a_second(server)
        assert server.memory - before < 10 * MEGABYTE


def _closed(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        while one.recv(1000):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    one.close()
    return True


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_ends_within_a_second(sample: Path, how: signal.Signals, workers: str) -> None:
    with serving(sample, "--workers", workers) as server:
        time.sleep(3)  # the exports are read by then
        code, seconds = server.end(how)
        assert code == 0
        assert seconds < 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_within_3_seconds_with_a_request_in_work(sample: Path, how: signal.Signals) -> None:
    with serving(sample) as server, server.connect() as found:
        found.sendall(
            b"POST /m/pizzeria.json HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        time.sleep(0.3)
        code, seconds = server.end(how)
        assert code == 0
        assert seconds < 3


def test_it_ends_at_once_while_the_exports_are_read(sample: Path) -> None:
    with serving(sample) as server:
        code, seconds = server.end(signal.SIGTERM)
        assert code == 0
        assert seconds < 1


def test_no_process_outlives_one_that_is_killed(sample: Path) -> None:
    with serving(sample, "--workers", "2") as server:
        workers = children(server.process.pid)
        assert len(workers) >= 2
        server.process.kill()
        server.process.wait()
        until = time.monotonic() + 5
        while any(Path(f"/proc/{one}").exists() for one in workers):
            assert time.monotonic() < until
            time.sleep(0.1)
