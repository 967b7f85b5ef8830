"""One file of an export on the disk: it is there, is what it is called, and stays as it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError, EnvironmentProblemError, near
from mlcli.grammar.source_phrases import lies_on_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class ExportFile:
    """A regular, readable file.

    Parameters
    ----------
    path
        The file.
    name
        How it is named in messages.
    endings
        How files of its form are called, in small letters; those are offered where it is
        not there.

    Attributes
    ----------
    start, end
        Its first 512 and last 8 bytes.

    Raises
    ------
    DataError
        It is not there, or is no regular file.
    EnvironmentProblemError
        It may not be read.
    """

    def __init__(self, path: Path, *, name: str, endings: Sequence[str]) -> None:
        self.path = path
        self.name = name
        self._endings, self._digest = tuple(endings), ""
        self._stamp = self._stamped()
        require_regular(path, name)
        try:
            with path.open("rb") as file:
                self.start = file.read(512)
                file.seek(max(file.seek(0, 2) - 8, 0))
                self.end = file.read()
        except OSError as error:
            raise unreadable(name, error) from error
        if not self.start:
            raise DataError("the file is empty", place=name, hint="export it again")

    def require_beginning(self, magic: bytes, what: str, hint: str) -> None:
        """Raise unless the file begins as those of its form do.

        Raises
        ------
        DataError
            It does not: it is not ``what`` it is called.
        """
        if not self.start.startswith(magic):
            text = self.start.isascii() and b"\0" not in self.start
            raise DataError(
                f"this is not {what}, whatever its name says",
                place=self.name,
                hint="if it is CSV text, call it .csv" if text else hint,
            )

    def require_plain_sizes(self) -> None:
        """Raise if a part of a workbook is far larger than it looks.

        Raises
        ------
        DataError
            One is.
        """
        from zipfile import ZipFile

        with ZipFile(self.path) as archive:
            for part in archive.infolist():
                kept = "worksheets/" not in part.filename
                packed = part.file_size > _MOST_UNPACKED * part.compress_size
                if part.file_size > _LARGEST_PART and (kept or packed):
                    raise DataError(
                        f"{part.filename} in the workbook unpacks to {part.file_size:,} bytes",
                        place=self.name,
                        hint="export the table as CSV",
                    )

    def _stamped(self) -> Stamp:
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # a NUL in a name
            raise DataError(
                "there is no such file", place=self.name, hint=self._instead()
            ) from error
        except OSError as error:
            raise unreadable(self.name, error) from error
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _instead(self) -> str:
        if lies_on_cluster(self.name):
            return "what lies on a cluster is read by a definition with  engine: spark"
        return _beside(self.path, self._endings)

    def unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises
        ------
        DataError
            It was written to, or replaced, meanwhile.
        """
        if self._stamped() != self._stamp:
            raise changed(self.name)

    def digest(self, watch: Callable[[int], None] = lambda _: None) -> str:
        """Return the SHA-256 of the file as it was when it was opened, as hexadecimal digits.

        ``watch`` is told how many bytes were looked at, now and then.

        Raises
        ------
        DataError
            The file was changed since.
        """
        if not self._digest:
            try:
                with self.path.open("rb") as file:
                    found = hashlib.sha256()
                    while block := file.read(_BLOCK):
                        found.update(block)
                        watch(file.tell())
            except OSError as error:
                raise unreadable(self.name, error) from error
            self.unchanged()
            self._digest = found.hexdigest()
        return self._digest


_BLOCK: Final = 1 << 20  # bytes
_LARGEST_PART: Final = 200_000_000  # bytes, of what is kept in memory: no sheet is
_MOST_UNPACKED: Final = 200  # times the size in the file; a sheet unpacks to some 10 times its own

Stamp = tuple[int, int, int]
"""What changes with a file: which one it is, how large it is, and when it was written to."""


def require_regular(path: Path, name: str) -> None:
    """Raise unless a path leads to a file with bytes in it, and not to a folder or a device.

    Raises
    ------
    DataError
        It does not.
    """
    if path.is_dir():
        raise DataError("this is a folder", place=name, hint="name the file in it")
    if not path.is_file():
        raise DataError("this is no regular file", place=name, hint="save it as a file first")


def changed(name: str) -> DataError:
    """Return the error of a file that is not any more what it was."""
    return DataError(
        "the file changed while it was read",
        place=name,
        hint="run the command again, once the export is finished",
    )


def _beside(path: Path, endings: tuple[str, ...]) -> str:
    """Name the files that may be meant, or what to do where there is none."""
    try:
        beside = sorted(p for p in path.parent.iterdir() if p.name[0] != ".")
        there = [p.name for p in beside if p.is_file()]
        below = [f"{p.name}/{path.name}" for p in beside if (p / path.name).is_file()]
    except (OSError, ValueError):
        return f"there is no folder {path.parent.name} either"
    if below:
        return f"did you mean {' or '.join(map(repr, below[:3]))}?"
    exports = [name for name in there if name.lower().endswith(endings)]
    listed = f"there is {wording.listed(exports)}" if exports else "put the file there"
    return near(path.name, there) or listed


def unreadable(name: str, error: OSError) -> EnvironmentProblemError:
    """Return the error about a file that is there and cannot be read."""
    if isinstance(error, PermissionError):
        return EnvironmentProblemError(
            "the file may not be read", place=name, hint="change its permissions"
        )
    return EnvironmentProblemError(
        f"the file cannot be read: {error.strerror or error}",
        place=name,
        hint="look at its name, and at the disk",
    )
