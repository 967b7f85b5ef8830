"""Run a command as a child process, and measure its time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024
_STATUS: Final = Path("/proc/self/status")
_MOST_SECONDS: Final = 900
"""What takes longer is ended."""
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Run:
    """How one child process ended, and what it took.

    Attributes
    ----------
    code
        Its exit code; below 0 the signal that ended it.
    out, err
        What it printed.
    wall, cpu
        Seconds; CPU of all its threads, and of its own children that have ended.
    peak
        Bytes: the most memory that was resident at a time, of the largest one of the
        process and its own children. Pages of files and libraries in use count. 0 where
        that cannot be known: a child starts with the peak of its parent.
    """

    code: int
    out: str
    err: str
    wall: float
    cpu: float
    peak: int


def environment() -> dict[str, str]:
    """Return the environment in which all run: one thread where NumPy or scikit-learn has many."""
    found = {**os.environ, **dict.fromkeys(_THREADS, "1")}
    found.pop("PYTHONDONTWRITEBYTECODE", None)  # or what is timed is compiling mlcli
    return found


def run(command: Sequence[str], folder: Path, most_memory: int | None = None) -> Run:
    """Run a command in a folder, and wait for it.

    Parameters
    ----------
    command, folder
        What is run, and where.
    most_memory
        Bytes of addresses that it may ask for; on Linux.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        if most_memory is not None and sys.platform == "linux":
            resource.prlimit(child.pid, resource.RLIMIT_AS, (most_memory, most_memory))
        patience = threading.Timer(_MOST_SECONDS, child.kill)
        patience.start()
        _, status, used = os.wait4(child.pid, 0)
        patience.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
        for file in (out, err):
            file.seek(0)
        printed, complained = (file.read().decode(errors="replace") for file in (out, err))
    cpu = used.ru_utime + used.ru_stime
    peak = used.ru_maxrss * _PEAK_UNIT
    known = peak > _own_peak()
    return Run(child.returncode, printed, complained, wall, cpu, peak if known else 0)


def _own_peak() -> int:
    """Return in bytes what Linux passes on: that of this program, not of who started it."""
    if _STATUS.exists():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT
