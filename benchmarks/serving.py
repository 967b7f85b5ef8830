"""Ask `mlcli serve` and a plain endpoint under load, in turn; medians of three rounds.

    python benchmarks/serving.py [--seconds 20] [--connections 32]

wrk asks (Debian's package of that name); the plain endpoint needs `pip install
'fastapi[standard]'` beside mlcli[serve]. Each round starts each server anew: seconds from start
to first answer, then answers a second and the 99th percentile while wrk asks, and memory before
and after.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parent.parent
PLAIN: Final = ROOT / "benchmarks" / "plain" / "serve_joblib.py"
_MEGABYTE: Final = 1_000_000
_BODY: Final = '{"reservations": 15}'


class Contender(NamedTuple):
    """A server and what it is asked: by POST where there is a body."""

    name: str
    command: tuple[str, ...]
    path: str
    body: str = ""


class Seen(NamedTuple):
    """What one round saw of one contender; times in seconds, memory in bytes."""

    start: float
    answers: float
    slowest: float
    before: int
    after: int


def main() -> int:
    """Run the rounds and print a table; 1 where wrk is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("error: there is no wrk: apt-get install wrk", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="mlcli-serving-") as made:
        folder = Path(made)
        contenders = _made(folder)
        seen: dict[str, list[Seen]] = {one.name: [] for one in contenders}
        for _ in range(options.rounds):
            for one in contenders:
                seen[one.name].append(_round(one, folder, options.seconds, options.connections))
    _show(seen)
    return 0


def _made(folder: Path) -> list[Contender]:
    """Fit both samples, and the plain pipeline on the table of one of them."""
    for name in ("configs", "data"):
        shutil.copytree(ROOT / name, folder / name)
    _run(folder, "-m", "mlcli", "fit", "-q")
    table = _run(folder, "-m", "mlcli", "predict", "--json", "-m", "pizzeria")
    rows = [one for one in json.loads(table)["predictions"] if one["answer"] is not None]
    lines = [f"{one['asked']['reservations']},{one['answer']}\n" for one in rows]
    (folder / "table.csv").write_text("reservations,doughs\n" + "".join(lines), encoding="utf-8")
    _run(folder, str(PLAIN), "fit", "table.csv", "model.joblib")
    serve = (sys.executable, "-m", "mlcli", "serve", "--today", "2024-01-01", "--port")
    plain = (sys.executable, "-m", "fastapi", "run", str(PLAIN), "--host", "127.0.0.1", "--port")
    return [
        Contender("mlcli, JSON", serve, "/m/pizzeria.json?reservations=15"),
        Contender("mlcli, JSON by POST", serve, "/m/pizzeria.json", _BODY),
        Contender("mlcli, page", serve, "/m/pizzeria?reservations=15"),
        Contender("mlcli, page of a game", serve, "/m/gamedrop?budget=cheap&play=Adventure"),
        Contender("fastapi and joblib", plain, "/predict", _BODY),
    ]


def _run(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def _round(one: Contender, folder: Path, seconds: int, connections: int) -> Seen:
    with _serving(one, folder) as (process, port, start):
        time.sleep(3)  # what mlcli reads in a process of its own is read by then
        before = _memory(process)
        url = f"http://127.0.0.1:{port}{one.path}"
        wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
        if one.body:
            script = folder / "post.lua"
            script.write_text(
                f"wrk.method = 'POST'\nwrk.body = '{one.body}'\n"
                "wrk.headers['Content-Type'] = 'application/json'\n",
                encoding="utf-8",
            )
            wrk[-1:] = ["-s", str(script), url]
        said = subprocess.run(wrk, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(said)
        found = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
        rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
        assert found is not None
        assert rate is not None
        unit = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[found[2]]
        time.sleep(1)
        return Seen(start, float(rate[1]), float(found[1]) * unit, before, _memory(process))


@contextmanager
def _serving(one: Contender, folder: Path) -> Iterator[tuple[int, int, float]]:
    """Start a server; give its process, its port, and the seconds to its first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*one.command, str(port)],
        cwd=folder,
        env={**os.environ, "MODEL": str(folder / "model.joblib")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(one, port):
            if process.poll() is not None:
                raise RuntimeError(f"{one.name} ended with {process.returncode}")
            time.sleep(0.01)
        yield process.pid, port, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)


def _answers(one: Contender, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError):
        method = "POST" if one.body else "GET"
        connection.request(method, one.path, one.body, {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


def _memory(process: int) -> int:
    """Return the resident memory of a server and what it started, in bytes."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            text = status.read_text()
            parent = re.search(r"PPid:\s+(\d+)", text)
            size = re.search(r"VmRSS:\s+(\d+)", text)
            if size and (
                status.parent.name == str(process) or (parent and int(parent[1]) == process)
            ):
                found += 1024 * int(size[1])
    return found


def _show(seen: Mapping[str, list[Seen]]) -> None:
    print(f"{'':24}{'start s':>9}{'answers/s':>11}{'p99 ms':>8}{'MB before':>11}{'after':>7}")
    for name, rounds in seen.items():
        start, answers, slowest, before, after = (
            median(each) for each in zip(*rounds, strict=True)
        )
        print(
            f"{name:24}{start:9.2f}{answers:11,.0f}{1000 * slowest:8.1f}"
            f"{before / _MEGABYTE:11.1f}{after / _MEGABYTE:7.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
