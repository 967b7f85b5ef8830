"""A real PostgreSQL for tests, started as an unprivileged user and stopped again."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "s3cret/p@ss:word"
OWNER = "till_reader"


def binary(name: str) -> str | None:
    """Return where a program of PostgreSQL is, if it is installed."""
    folders = [Path("/usr/local/bin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]]
    found = [folder / name for folder in folders if (folder / name).is_file()]
    return str(found[0].resolve()) if found else shutil.which(name)


def installed() -> bool:
    return binary("initdb") is not None and binary("postgres") is not None


@contextmanager
def server() -> Iterator[int]:
    """Start a server of its own on a free port of the loopback; yield the port.

    Its one user has a password. root may not run it: it is then run as nobody.
    """
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    folder = Path(tempfile.mkdtemp(prefix="mlcli-pg-"))
    process = None
    try:
        password = folder / "password"
        password.write_text(PASSWORD)
        if user:
            for path in (folder, password):
                os.chown(path, user.pw_uid, user.pw_gid)
        words = ["-D", str(folder / "data"), "-U", OWNER, "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [str(binary("initdb")), *words, "--auth=scram-sha-256", f"--pwfile={password}", "-N"],
            cwd=folder,
            check=True,
            capture_output=True,
            **as_user,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = {"listen_addresses": "127.0.0.1", "port": port, "fsync": "off"}
        options |= {"unix_socket_directories": "", "timezone": "America/Toronto"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(binary("postgres")), "-D", str(folder / "data")]
                + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
                cwd=folder,
                stdout=log,
                stderr=log,
                **as_user,
            )
        _wait_for(port, process, folder / "log")
        yield port
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                pass
            with psycopg.connect(conninfo(port), connect_timeout=5):
                return
        except (OSError, psycopg.OperationalError):
            time.sleep(0.1)
    raise RuntimeError(log.read_text())


def conninfo(port: int, database: str = "postgres") -> str:
    return f"host=127.0.0.1 port={port} user={OWNER} password='{PASSWORD}' dbname={database}"
