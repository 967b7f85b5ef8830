"""Files of a models folder: read as they were written, written whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from mlcli.errors import EnvironmentProblemError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def bytes_of(path: Path, place: str, name: str) -> bytes:
    """Return what a file of a model holds; a missing one is damage."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise damaged(place, name, "the file is missing") from error
    except OSError as error:
        raise EnvironmentProblemError(
            f"the model cannot be read: {error.strerror}", place=place
        ) from error


def json_of(raw: bytes, place: str, name: str) -> Any:
    """Return what bytes of a model say as JSON."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise damaged(place, name, "it is not the JSON that was stored") from error


def damaged(place: str, name: str, why: str) -> ModelError:
    """Return the error of a model that is not what was stored."""
    return ModelError(
        f"the model is damaged: {why}", place=place, hint=f"fit it again:  mlcli fit {name}"
    )


def replace_file(target: Path, data: bytes) -> None:
    """Write a file so that there is the old content or the new, never half of it."""
    with replacing(target) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary file beside the target, and put it in its place at the end.

    If anything raises, the target is as it was and nothing is left behind.
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    there = target.exists()
    mode = stat.S_IMODE(target.stat().st_mode) if there else 0o666
    temporary.touch(mode, exist_ok=False)
    try:
        yield temporary
        sync(temporary)
        if there:  # the umask was taken off
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync(path: Path) -> None:
    """Make sure the disk has it; a rename before that can survive a power cut alone."""
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Ask the same for the names in a folder; Windows and some file systems cannot."""
    with suppress(OSError):
        sync(path)
