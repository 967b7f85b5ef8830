"""Strict CSV: text to records of equal length, each with its line, or a reason why not."""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError, EnvironmentProblemError, near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_LONGEST_RECORD: Final = 1_000_000
_MOST_COLUMNS: Final = 10_000
_SAMPLE: Final = 50

# How files begin that are something else, whatever they are called; no export of
# cells begins so.
_NOT_CSV: Final = {
    rb"PK[\x03\x05]": "an Excel workbook or a zip archive",
    rb"\x1f\x8b": "gzip data",
    rb"%PDF-": "a PDF document",
    rb"\xff\xfe|\xfe\xff": "UTF-16 text",
    rb"(?:\0[^\0]){4}|(?:[^\0]\0){4}": "UTF-16 text",
    rb"\xd0\xcf\x11\xe0": "an old Excel workbook",
    rb"SQLite format 3\0": "an SQLite database",
    rb"PAR1\x15": "a Parquet file",
    rb"\s*<(?:!doctype|html|head|body|table)\b": "a web page",
    rb"\s*<\?xml\b": "an XML document",
    rb'\s*\[?\s*\{\s*"[^"]*"\s*:': "JSON",
}
_HINT_UTF8: Final = "export it as CSV UTF-8"


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

    Attributes
    ----------
    header
        The first record as it is written; ``columns`` without the spaces around.
    marked
        Whether the file begins with the byte order mark that Excel looks for.

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
        self.marked = _start(path, name).startswith(b"\xef\xbb\xbf")
        self._stamp = self._stamped()
        with self._open() as file:
            first = [line for line, _ in zip(self._lines(file), range(_SAMPLE), strict=False)]
        if not "".join(first).strip():
            raise DataError("the file is empty", place=name, hint="export it again")
        self.delimiter = self._delimiter(delimiter, _bare(first))
        with self._open() as file:
            self.header = next(self._records(file))[1]
        self.columns = self._columns(self.header)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every record after the header as (line it begins in, cells).

        Raises
        ------
        DataError
            A record has another number of cells than the header, or bare quotes; or
            the file was changed meanwhile.
        """
        width = len(self.columns)
        with self._open() as file:
            records = self._records(file)
            next(records)
            for line, cells in records:
                if len(cells) != width:
                    raise self._ragged(line, cells)
                yield line, cells
        if self._stamped() != self._stamp:
            raise self._changed()

    def _stamped(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise _unreadable(self.name, error) from error
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _open(self) -> IO[str]:
        try:
            return self.path.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def _lines(self, file: IO[str]) -> Iterator[str]:
        number = 0
        try:
            while line := file.readline(_LONGEST_RECORD):
                number += 1
                if len(line) == _LONGEST_RECORD:
                    raise self._too_long(number)
                yield line
        except UnicodeDecodeError as error:
            raise self._not_utf8() from error
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def _too_long(self, line: int) -> DataError:
        return DataError(
            f"the line is over {_LONGEST_RECORD:,} characters long",
            place=f"{self.name}:{line}",
            hint="is this a CSV file?",
        )

    def _not_utf8(self) -> DataError:
        """Return the error that names the first byte that is no text."""
        number = 0
        with self.path.open("rb") as file:
            for part in file:
                for raw in part.splitlines() or [part]:  # as text: at \r\n, \n and \r
                    number += 1
                    try:
                        raw.decode("utf-8")
                    except UnicodeDecodeError as error:
                        place = f"{self.name}:{number}"
                        if error.reason == "unexpected end of data" and part.endswith(raw):
                            return DataError(
                                "the file ends in the middle of a letter: was it cut off?",
                                place=place,
                                hint="export it again",
                            )
                        return DataError(
                            f"byte {error.start + 1} of the line (0x{raw[error.start]:02x}) "
                            "is not UTF-8 text",
                            place=place,
                            hint="save the export as CSV UTF-8",
                        )
        return self._changed()

    def _changed(self) -> DataError:
        return DataError(
            "the file changed while it was read",
            place=self.name,
            hint="run the command again, once the export is finished",
        )

    def _records(self, file: IO[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield records; a quoted cell may hold line breaks."""
        number = 0
        blank = 0
        lines = self._lines(file)
        for line in lines:
            number += 1
            if "\0" in line:
                raise self._nul(number)
            if not line.strip("\r\n"):
                blank = blank or number
                continue
            if blank:
                raise DataError(
                    "the line is empty",
                    place=f"{self.name}:{blank}",
                    hint="take it out; a second table needs a file of its own",
                )
            if '"' in line:
                start = number
                record, more = self._quoted(line, lines, start)
                number += more
                yield start, record
            else:
                yield number, line.rstrip("\r\n").split(self.delimiter)

    def _nul(self, line: int) -> DataError:
        return DataError(
            "NUL bytes: was the file cut off while it was written?",
            place=f"{self.name}:{line}",
            hint="export it again",
        )

    def _quoted(self, line: str, lines: Iterator[str], start: int) -> tuple[list[str], int]:
        """Read a record that holds quotes; return its cells and how many lines it took more."""
        if line.count('"') % 2 and not _opens(line, self.delimiter):
            raise self._bare_quote(start)
        parts, quotes, size = [line], line.count('"'), len(line)
        while quotes % 2:
            following = next(lines, None)
            if following is None or size > _LONGEST_RECORD:
                raise DataError(
                    "a quote that opens here is never closed",
                    place=f"{self.name}:{start}",
                    hint='close it behind the cell, or double it if it is meant: "6"" plate"',
                )
            if "\0" in following:
                raise self._nul(start + len(parts))
            parts.append(following)
            quotes += following.count('"')
            size += len(following)
        text = "".join(parts).rstrip("\r\n")
        if not _well_quoted(text, self.delimiter):
            raise self._bare_quote(start)
        limit = csv.field_size_limit(_LONGEST_RECORD * 2)
        try:
            record = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        finally:
            csv.field_size_limit(limit)
        return record, len(parts) - 1

    def _bare_quote(self, line: int) -> DataError:
        return DataError(
            "a quote stands in the middle of a cell",
            place=f"{self.name}:{line}",
            hint='put the whole cell in quotes, and double those inside: "6"" plate"',
        )

    def _delimiter(self, given: str | None, bare: list[str]) -> str:
        """Return what stands between cells: what is given, or what the first lines show."""
        header = bare[0]
        if header.lower().startswith("sep="):
            raise DataError(
                "the first line is a note to Excel, not the header",
                place=f"{self.name}:1",
                hint="take the line out",
            )
        if given is None:
            return self._sniffed(header, bare)
        there = list(_even(bare))
        if there and given not in header:
            raise DataError(
                f"the header has no {DELIMITERS[given]}, and the definition says "
                "that one stands between cells",
                place=f"{self.name}:1",
                hint=f"take  delimiter:  away: a {DELIMITERS[there[0]]} is found without it",
            )
        return given

    def _sniffed(self, header: str, bare: list[str]) -> str:
        """Find the delimiter that splits the first lines into equally many cells."""
        best = _even(bare) or {mark: header.count(mark) for mark in DELIMITERS if mark in header}
        most = [mark for mark, n in best.items() if n == max(best.values())]
        if len(most) > 1:
            raise DataError(
                f"the header could be separated by a {' or a '.join(DELIMITERS[m] for m in most)}",
                place=f"{self.name}:1",
                hint="put cells that hold one in quotes; "
                'a definition may say which, with  delimiter: ";"',
            )
        return most[0] if most else ","

    def _columns(self, header: list[str]) -> tuple[str, ...]:
        names = [cell.strip() for cell in header]
        if len(names) > _MOST_COLUMNS:
            raise DataError(
                f"the header has {len(names):,} columns; at most {_MOST_COLUMNS:,} are read",
                place=f"{self.name}:1",
            )
        for position, name in enumerate(names, start=1):
            if not name:
                raise DataError(
                    f"column {position} of the header has no name",
                    place=f"{self.name}:1",
                    hint="name every column",
                )
        if len(set(names)) < len(names):
            name = next(name for name in names if names.count(name) > 1)
            first = names.index(name)
            raise DataError(
                f"columns {first + 1} and {names.index(name, first + 1) + 1} "
                f"are both called {name!r}",
                place=f"{self.name}:1",
                hint="give every column a name of its own",
            )
        return tuple(names)

    def _ragged(self, line: int, cells: list[str]) -> DataError:
        """Return the error that says how many cells a line has, and what may be the cause."""
        mark, width = DELIMITERS[self.delimiter], len(self.columns)
        others = [name for other, name in DELIMITERS.items() if other in cells[0]]
        if len(cells) == 1 and others:
            hint = f"the header is separated by a {mark}, and this line by a {others[0]}"
        elif len(cells) < width:
            hint = f"cells are separated by a {mark} here; was the line cut off?"
        elif not "".join(cells[width:]).strip():
            hint = f"the line ends in a {mark} too many; take it out, or name a column for it"
        else:
            hint = (
                f"cells are separated by a {mark} here; "
                "a cell that holds one needs quotes around it"
            )
        return DataError(
            f"the line has {wording.count(len(cells), 'cell')}, and the header has {width}",
            place=f"{self.name}:{line}",
            hint=hint,
        )

    def position(self, column: str) -> int:
        """Return where a column stands, counted from 0.

        Raises
        ------
        DataError
            There is no such column.
        """
        if column not in self.columns:
            raise DataError(
                f"there is no column {column!r}",
                place=f"{self.name}:1",
                hint=near(column, self.columns)
                or f"the columns are {wording.listed(list(self.columns), most=12)}",
            )
        return self.columns.index(column)


def _start(path: Path, name: str) -> bytes:
    """Return the first bytes of a file of text.

    Raises
    ------
    DataError
        There is no such file, or it is not text.
    EnvironmentProblemError
        It may not be read.
    """
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise DataError("this is no regular file", place=name, hint="save it as a file first")
        if path.is_dir():
            raise DataError("this is a folder", place=name, hint="name the file in it")
        with path.open("rb") as file:
            start = file.read(512)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # a name may hold a NUL
        raise DataError("there is no such file", place=name, hint=_instead(path)) from error
    except OSError as error:
        raise _unreadable(name, error) from error
    for pattern, what in _NOT_CSV.items():
        if re.match(pattern, start, re.IGNORECASE):
            raise DataError(f"this is {what}, not CSV text", place=name, hint=_HINT_UTF8)
    return start


def _instead(path: Path) -> str:
    """Name the files that may be meant, or what to do where there is none."""
    try:
        there = sorted(p.name for p in path.parent.iterdir() if p.is_file() and p.name[0] != ".")
    except OSError:
        return f"there is no folder {path.parent.name} either"
    exports = [name for name in there if name.lower().endswith((".csv", ".tsv", ".txt"))]
    listed = f"there is {wording.listed(exports)}" if exports else "put the file there"
    return near(path.name, there) or listed


def _unreadable(name: str, error: OSError) -> EnvironmentProblemError:
    if isinstance(error, PermissionError):
        return EnvironmentProblemError(
            "the file may not be read", place=name, hint="change its permissions"
        )
    return EnvironmentProblemError(
        f"the file cannot be read: {error.strerror or error}", place=name
    )


def _even(bare: list[str]) -> dict[str, int]:
    """Return the marks that stand in every line equally often, and how often."""
    found = {mark: bare[0].count(mark) for mark in DELIMITERS if mark in bare[0]}
    return {m: n for m, n in found.items() if all(line.count(m) == n for line in bare)}


def _bare(lines: list[str]) -> list[str]:
    """Return the records of some lines without what is quoted in them, nor empty lines."""
    records: list[str] = []
    open_quote = False
    for line in lines:
        if open_quote:
            records[-1] += line
        elif line.strip():
            records.append(line)
        open_quote ^= line.count('"') % 2 == 1
    bare = [re.sub(r'"(?:[^"]|"")*+"', "", record) for record in records]
    return bare[:-1] if open_quote and len(bare) > 1 else bare


def _opens(line: str, delimiter: str) -> bool:
    """Say whether the quote that a line leaves open stands where a cell begins."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf'(?:{cell}{mark})*+"(?:[^"]|"")*+', line) is not None


def _well_quoted(text: str, delimiter: str) -> bool:
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf"{cell}(?:{mark}{cell})*+", text) is not None
