"""Strict CSV: text to records of equal length, each with its line, or a reason why not."""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING, Final

from mlcli.errors import DataError, EnvironmentProblemError, did_you_mean, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_LONGEST_RECORD: Final = 1_000_000
_MOST_COLUMNS: Final = 10_000
_SAMPLE: Final = 50

_NOT_CSV: Final = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\x1f\x8b": "gzip data",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}


class CsvReader:
    """One CSV file, opened: its header, and its records as often as asked for.

    Parameters
    ----------
    path
        The file.
    name
        How the file is named in messages.
    delimiter
        What stands between cells; found out from the first lines if ``None``.

    Raises
    ------
    DataError
        The file is missing, empty, not text, or its header is not one.
    EnvironmentProblemError
        The file may not be read.
    """

    def __init__(self, path: Path, *, name: str, delimiter: str | None = None) -> None:
        self.path = path
        self.name = name
        _must_be_a_file(path, name)
        with self._open() as file:
            first = [line for line, _ in zip(self._lines(file), range(_SAMPLE), strict=False)]
        if not "".join(first).strip():
            raise DataError("the file is empty", place=name)
        self.delimiter = delimiter or _sniff(first, name)
        with self._open() as file:
            self.columns = self._header(next(self._records(file))[1])

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every record after the header as (line it begins in, cells).

        Raises
        ------
        DataError
            A record has another number of cells than the header, or bare quotes.
        """
        width = len(self.columns)
        with self._open() as file:
            records = self._records(file)
            next(records)
            for line, cells in records:
                if len(cells) != width:
                    raise self._ragged(line, cells)
                yield line, cells

    def _open(self) -> IO[str]:
        try:
            return self.path.open(encoding="utf-8-sig", newline="")
        except PermissionError as error:
            raise EnvironmentProblemError(
                "the file may not be read", place=self.name, hint="change its permissions"
            ) from error

    def _lines(self, file: IO[str]) -> Iterator[str]:
        try:
            while line := file.readline(_LONGEST_RECORD):
                yield line
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error

    def _not_utf8(self) -> DataError:
        for number, raw in enumerate(self.path.read_bytes().split(b"\n"), start=1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError as error:
                return DataError(
                    f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8 text",
                    place=f"{self.name}:{number}",
                    hint="save the export as CSV UTF-8",
                )
        return DataError("the file is not UTF-8 text", place=self.name)

    def _records(self, file: IO[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield records; a quoted cell may hold line breaks."""
        plain = self.delimiter
        number = 0
        blank = 0
        lines = self._lines(file)
        for line in lines:
            number += 1
            if "\0" in line:
                raise DataError(
                    "NUL bytes: was the file cut off while it was written?",
                    place=f"{self.name}:{number}",
                )
            if not line.strip("\r\n"):
                blank = blank or number
                continue
            if blank:
                raise DataError(
                    "the line is empty",
                    place=f"{self.name}:{blank}",
                    hint="take it out of the export",
                )
            if '"' in line:
                start = number
                record, more = self._quoted(line, lines, start)
                number += more
                yield start, record
            elif len(line) >= _LONGEST_RECORD:
                raise DataError(
                    "the line is over a million characters long", place=f"{self.name}:{number}"
                )
            else:
                yield number, line.rstrip("\r\n").split(plain)

    def _quoted(self, line: str, lines: Iterator[str], start: int) -> tuple[list[str], int]:
        """Read a record that holds quotes; return its cells and how many lines it took more."""
        parts, quotes, size = [line], line.count('"'), len(line)
        while quotes % 2:
            following = next(lines, None)
            if following is None or size > _LONGEST_RECORD:
                raise DataError(
                    "a quote that opens here is never closed", place=f"{self.name}:{start}"
                )
            parts.append(following)
            quotes += following.count('"')
            size += len(following)
        text = "".join(parts).rstrip("\r\n")
        if "\0" in text:
            raise DataError(
                "NUL bytes: was the file cut off while it was written?",
                place=f"{self.name}:{start}",
            )
        if not _well_quoted(text, self.delimiter):
            raise DataError(
                "a quote stands in the middle of a cell, or is never closed",
                place=f"{self.name}:{start}",
                hint='put the whole cell in quotes, and double those inside: "6"" plate"',
            )
        limit = csv.field_size_limit(_LONGEST_RECORD * 2)
        try:
            record = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        finally:
            csv.field_size_limit(limit)
        return record, len(parts) - 1

    def _header(self, cells: list[str]) -> tuple[str, ...]:
        names = [cell.strip() for cell in cells]
        if len(names) > _MOST_COLUMNS:
            raise DataError(
                f"the header has {len(names):,} columns; at most {_MOST_COLUMNS:,} are read",
                place=self.name,
            )
        for position, name in enumerate(names, start=1):
            if not name:
                raise DataError(
                    f"column {position} of the header has no name",
                    place=f"{self.name}:1",
                    hint="name every column",
                )
            if name in names[: position - 1]:
                first = names.index(name) + 1
                raise DataError(
                    f"columns {first} and {position} are both called {name!r}",
                    place=f"{self.name}:1",
                    hint="give every column a name of its own",
                )
        return tuple(names)

    def _ragged(self, line: int, cells: list[str]) -> DataError:
        more = "more" if len(cells) > len(self.columns) else "fewer"
        return DataError(
            f"{len(cells)} cells, {more} than the {len(self.columns)} of the header",
            place=f"{self.name}:{line}",
            hint=f"cells are separated by a {DELIMITERS[self.delimiter]} here; "
            "a cell that holds one needs quotes around it",
        )

    def position(self, column: str) -> int:
        """Return where a column stands, counted from 0.

        Raises
        ------
        DataError
            There is no such column.
        """
        if column not in self.columns:
            hint = near(column, self.columns) or did_you_mean(column, self.columns)
            raise DataError(f"there is no column {column!r}", place=f"{self.name}:1", hint=hint)
        return self.columns.index(column)


def _must_be_a_file(path: Path, name: str) -> None:
    if path.is_dir():
        raise DataError("this is a folder; name the file in it", place=name)
    if not path.exists():
        there = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise DataError(
            "there is no such file", place=name, hint=did_you_mean(path.name, sorted(there))
        )
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except PermissionError as error:
        raise EnvironmentProblemError(
            "the file may not be read", place=name, hint="change its permissions"
        ) from error
    for mark, what in _NOT_CSV.items():
        if start.lstrip().startswith(mark):
            raise DataError(
                f"this is {what}, not CSV text", place=name, hint="export it as CSV UTF-8"
            )


def _well_quoted(text: str, delimiter: str) -> bool:
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{re.escape(delimiter)}\r\n]*+)'
    return re.fullmatch(rf"{cell}(?:{re.escape(delimiter)}{cell})*+", text) is not None


def _sniff(first: list[str], name: str) -> str:
    """Find the delimiter: the one that splits the first lines into equally many cells.

    Raises
    ------
    DataError
        Two delimiters do so equally well.
    """
    header = re.sub(r'"(?:[^"]|"")*"', "", first[0])
    found = {mark: header.count(mark) for mark in DELIMITERS if mark in header}
    if not found:
        return ","
    bare = [
        re.sub(r'"(?:[^"]|"")*"', "", line)
        for line in first
        if line.strip() and line.count('"') % 2 == 0
    ]
    even = {mark: n for mark, n in found.items() if all(line.count(mark) == n for line in bare)}
    best = even or found
    most = [mark for mark, n in best.items() if n == max(best.values())]
    if len(most) > 1 or (even and len(even) > 1 and len(set(even.values())) == 1):
        raise DataError(
            f"the header could be separated by a {' or a '.join(DELIMITERS[m] for m in most)}",
            place=f"{name}:1",
            hint='say which in the definition:  delimiter: ";"',
        )
    return most[0]
