"""How much memory the machine has, and how much of it is free."""

from __future__ import annotations

import os
from pathlib import Path


def installed() -> int | None:
    """Return the bytes that there are, or that the container may use; ``None`` if unknown."""
    try:
        there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None
    limit = _number("/sys/fs/cgroup/memory.max")
    return there if limit is None else min(there, limit)


def free() -> int | None:
    """Return the bytes that a program can still get; ``None`` if unknown."""
    found = [_available(), _left_to_container(), _left_to_process()]
    return min((n for n in found if n is not None), default=None)


def _available() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # no Linux
        return None
    sizes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(sizes[0]) * 1024 if sizes else None


def _left_to_container() -> int | None:
    limit = _number("/sys/fs/cgroup/memory.max")
    used = _number("/sys/fs/cgroup/memory.current")
    return None if limit is None or used is None else max(limit - used, 0)


def _left_to_process() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is none, or it says max
        return None
