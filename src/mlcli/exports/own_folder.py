"""Folders of one process, for what the memory cannot hold; those of dead processes are removed."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import IO, Final

if sys.platform != "win32":
    import fcntl

_NAMED: Final = "mlcli-spill-"
_FILES, _LOCK, _NOT_YET = "files", "lock", "lock-to-be"


class OwnFolder:
    """A folder that is removed with all that is in it, by the next process if need be.

    A file beside ``path`` is locked as long as this process lives: the system takes a lock from
    whoever dies, of whatever. No lock counts that another machine made, as some disks that
    several machines share have each see its own locks alone.

    Parameters
    ----------
    within
        The folder to make it in; the system's place for such if ``None``.

    Attributes
    ----------
    path
        Where files may be written.

    Raises
    ------
    OSError
        It cannot be made, or the disk is full.
    """

    def __init__(self, within: Path | None) -> None:
        if within is not None:
            within.mkdir(parents=True, exist_ok=True)
        _remove_left(within or Path(tempfile.gettempdir()))
        self._made = Path(tempfile.mkdtemp(prefix=_NAMED, dir=within))
        try:
            self.path = self._made / _FILES
            self.path.mkdir(mode=0o700)
            self._lock = _locked(self._made)
        except BaseException:
            _remove(self._made)
            raise

    def close(self) -> None:
        """Remove it."""
        rmtree(self.path, ignore_errors=True)
        self._lock.close()  # some disks remove no open file
        rmtree(self._made, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes]:
    """Return the open lock of a folder; nobody sees one by that name that is not locked yet."""
    lock = (folder / _NOT_YET).open("xb", buffering=0)
    lock.write(_ours())
    if sys.platform != "win32":
        with suppress(OSError):  # this disk knows no locks, so that nobody may remove the folder
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            (folder / _NOT_YET).rename(folder / _LOCK)
    return lock


def _remove_left(within: Path) -> None:
    """Remove the folders of this user's dead processes on this machine."""
    if sys.platform == "win32":
        return
    for folder in within.glob(f"{_NAMED}*"):
        # It is not ours to look at, has no lock, is in use, or was removed just now.
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            with (folder / _LOCK).open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if lock.read() == _ours() and os.fstat(lock.fileno()).st_nlink:
                    _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: a process may be killed in here too."""
    rmtree(folder / _FILES, ignore_errors=True)
    rmtree(folder, ignore_errors=True)


def _ours() -> bytes:
    return b"mlcli on " + platform.node().encode() + b"\n"
