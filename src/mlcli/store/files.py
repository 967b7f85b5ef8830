"""Files of a models folder: read as they were written, written whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from contextlib import contextmanager, suppress
from errno import EINVAL
from math import isfinite
from typing import TYPE_CHECKING, Any

from mlcli.errors import EnvironmentProblemError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def is_regular(path: Path) -> bool:
    """Say whether a path is a file itself: no link to one, and no pipe, which would never end.

    Raises
    ------
    OSError
        There is nothing, or it may not be looked at.
    """
    return stat.S_ISREG(path.lstat().st_mode)


def bytes_of(path: Path, place: str, name: str) -> bytes:
    """Return what a file of a model holds.

    Raises
    ------
    ModelError
        It is missing, or no regular file: that is damage.
    EnvironmentProblemError
        It may not be read.
    """
    try:
        if is_regular(path):
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise damaged(place, name, "the file is missing") from error
    except OSError as error:
        raise unreadable(place, error) from error
    raise damaged(place, name, "this is no regular file")


def unreadable(place: str, error: OSError) -> EnvironmentProblemError:
    """Return the error about a model, or the folder of all, that is there and cannot be read."""
    may = isinstance(error, PermissionError)
    return EnvironmentProblemError(
        f"the model cannot be read: {error.strerror}",
        place=place,
        hint="change its permissions" if may else "look at the disk",
    )


def json_of(raw: bytes, place: str, name: str) -> Any:
    """Return what bytes of a model say as JSON; no number of it is infinite, or none."""
    try:
        return json.loads(raw, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise damaged(place, name, "it is not the JSON that was stored") from error


def _finite(text: str) -> float:
    """Read a number; raises ``ValueError`` for ``1e999``, ``NaN`` and ``Infinity``."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


@contextmanager
def as_stored(place: str, name: str, why: str = "it is not what was stored") -> Iterator[None]:
    """Say that a model is damaged where what a file of it holds cannot be made sense of.

    Raises
    ------
    ModelError
        Something went wrong that its content alone can be blamed for.
    """
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise damaged(place, name, why) from error


def damaged(place: str, name: str, why: str) -> ModelError:
    """Return the error of a model that is not what was stored."""
    return ModelError(
        f"the model is damaged: {why}", place=place, hint=f"fit it again:  mlcli fit {name}"
    )


def add_lines(target: Path, lines: Sequence[bytes]) -> None:
    """Add lines to a file, in one piece: another process may add some at the same time.

    Raises
    ------
    OSError
        They cannot be written, or it is no regular file.
    """
    with suppress(FileNotFoundError):
        if not is_regular(target):
            raise OSError(EINVAL, "this is no regular file")
    with target.open("a+b") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
        cut = file.read(1) not in {b"", b"\n"}  # the disk was full, or the power went
        file.write((b"\n" if cut else b"") + b"".join(line + b"\n" for line in lines))


def write_new(target: Path, data: bytes) -> None:
    """Write a file where there is none, whole or not at all; raises ``OSError``."""
    with target.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            target.unlink()
            raise


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
