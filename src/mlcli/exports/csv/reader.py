"""Strict CSV: text to records of equal length, each with its line, or a reason why not."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError, Fix
from mlcli.exports import header
from mlcli.exports.csv.text_file import LONGEST_LINE, TextFile
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_SAMPLE: Final = 50
_LONGEST_FOOTER: Final = 20
_CURLY: Final = "“”„«»‘’'"

Record = tuple[int, list[str]]
"""The line that a record begins in, and its cells."""


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
    encoding
        How letters are kept; see ``TextFile``.
    skip_rows, skip_footer
        How many lines stand above the header, and below the last row.
    columns
        The names of the columns, of a file that has no header.
    in_a_source
        Whether a definition could say more of the file; hints then do.

    Attributes
    ----------
    header
        The first record as it is written; ``columns`` without the spaces around.
    first
        The line in which the first row begins.
    endings
        How the lines above that end.
    footer
        How many lines stand below the last row.
    text
        The file underneath.

    Raises
    ------
    DataError
        The file is missing, empty, not text, or its header is not one.
    EnvironmentProblemError
        The file may not be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        delimiter: str | None = None,
        encoding: str | None = None,
        skip_rows: int = 0,
        skip_footer: int = 0,
        columns: Sequence[str] | None = None,
        in_a_source: bool = False,
    ) -> None:
        self.path = path
        self.name = name
        self.text = TextFile(path, name=name, encoding=encoding, in_a_source=in_a_source)
        self._in_a_source = in_a_source
        self._skip_rows, self.footer = skip_rows, skip_footer
        above, sample = self._sampled()
        self._sample = _bare(sample)
        self.delimiter = self._delimiter(delimiter, list(self._sample.values()))
        head = 0
        if columns is None:
            lines = iter(sample)
            self.header = next(self._records(lines, skip_rows + 1))[1]
            head = len(sample) - len(list(lines))
            self.columns = self._columns(self.header)
            self._refuse_a_title()
        else:
            self.header = list(columns)
            self.columns = tuple(columns)
        self.first = skip_rows + head + 1
        above += sample[:head]
        self.endings = {line[len(line.rstrip("\r\n")) :].encode() for line in above}
        self._body_at = len("".join(above).encode())

    def __iter__(self) -> Iterator[Record]:
        """Yield every record after the header as (line it begins in, cells).

        Raises
        ------
        DataError
            A record has another number of cells than the header, or bare quotes; or
            the file was changed meanwhile.
        """
        return self.records(self.body(), self.first)

    def body(self, size: int = 1 << 20, *, digest: bool = False) -> Iterator[bytes]:
        """Yield the text below the header as UTF-8, in blocks of whole lines."""
        blocks = _without_start(self.text.blocks(size, digest=digest), self._body_at)
        return _without_end(blocks, self.footer) if self.footer else blocks

    def records(self, blocks: Iterator[bytes], number: int) -> Iterator[Record]:
        """Yield the records of some text, of which the first line has a number."""
        width = len(self.columns)
        lines = self.text.lines_of(blocks, number)
        for line, cells_ in self._records(lines, number):
            if len(cells_) != width:
                raise self._ragged(line, cells_, lines)
            yield line, cells_

    def _sampled(self) -> tuple[list[str], list[str]]:
        """Return the lines above the header, and the first ones from there on."""
        lines = self.text.lines()
        above = list(islice(lines, self._skip_rows))
        sample = list(islice(lines, _SAMPLE))
        quotes, size = sum(line.count('"') for line in sample), 0
        while sample and quotes % 2 and size <= LONGEST_LINE:
            more = next(lines, "")  # the rest of a cell that runs over lines
            if not more:
                break
            sample.append(more)
            quotes, size = quotes + more.count('"'), size + len(more)
        if self.footer and len(sample) < _SAMPLE:  # it ends with the file
            while sample and not sample[-1].strip("\r\n"):
                sample.pop()
            sample = sample[: -self.footer] or sample
        blank = bool(sample) and not "".join(sample).strip()
        if blank and any(line.strip() for line in islice(lines, LONGEST_LINE)):
            raise DataError(
                "the line is empty, and so are those below it",
                place=self.header_line,
                hint=f"take them out{self._or_say('skip_rows: N')}",
            )
        if not "".join([*above, *sample]).strip():
            raise DataError("the file is empty", place=self.name, hint="export it again")
        if not "".join(sample).strip():
            raise DataError(
                f"the file has {wording.count(len(above), 'line')}, "
                f"and skip_rows: {self._skip_rows} leaves none",
                place=self.name,
                hint="say how many lines stand above the header",
            )
        return above, sample

    def _records(self, lines: Iterator[str], number: int) -> Iterator[Record]:
        """Yield records; a quoted cell may hold line breaks."""
        number -= 1
        blank = 0
        for line in lines:
            number += 1
            if "\0" in line:
                raise self._nul(number)
            if not line.strip("\r\n"):
                blank = blank or number
                if number - blank < LONGEST_LINE:
                    continue  # at the end of a file, they say nothing
            if blank:
                raise self._empty_line(blank, line, lines)
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
            if following is None or size > LONGEST_LINE:
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
        limit = csv.field_size_limit(LONGEST_LINE * 2)
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
                place=self.header_line,
                hint=f"take the line out{self._or_say(f'skip_rows: {self._skip_rows + 1}')}",
                fix=[Fix(self._skip_rows + 1, ("skip_rows",))],
            )
        if given is None:
            return self._sniffed(header, bare)
        there = list(_even(bare))
        if there and given not in header:
            raise DataError(
                f"the header has no {DELIMITERS[given]}, and the definition says "
                "that one stands between cells",
                place=self.header_line,
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
                place=self.header_line,
                hint="put cells that hold one in quotes; "
                'a definition may say which, with  delimiter: ";"',
            )
        return most[0] if most else ","

    @property
    def header_line(self) -> str:
        """Return where the header stands, as ``file:line``."""
        return f"{self.name}:{self._skip_rows + 1}"

    def _or_say(self, key: str) -> str:
        return f", or say in its source  {key}" if self._in_a_source else ""

    def _columns(self, names: list[str]) -> tuple[str, ...]:
        names = [name.strip() for name in names]
        if "" in names:
            nameless = f"column {names.index('') + 1} of the header has no name"
            raise DataError(nameless, place=self.header_line, hint="name every column")
        dates = [cells.is_date(name) for name in names]
        if any(dates) and all(cells.is_number(n) or d for n, d in zip(names, dates, strict=True)):
            raise DataError(
                f"the first line is no header: it holds {wording.listed(names, most=3)}",
                place=self.header_line,
                hint=f"name the columns above it{self._or_say('columns: [NAME, ...]')}",
            )
        return header.checked(names, place=self.header_line, what="the header", fewer="")

    def _refuse_a_title(self) -> None:
        """Raise where the first line is one cell, and those below are several."""
        if len(self.columns) == 1 and (hint := self._header_further_down()):
            raise DataError(
                "the header has 1 cell, and most of the lines below it have more",
                place=self.header_line,
                hint=hint,
            )

    def _ragged(self, line: int, record: list[str], below: Iterator[str]) -> DataError:
        """Return the error that says how many cells a line has, and what may be the cause."""
        mark, width = DELIMITERS[self.delimiter], len(self.columns)
        others = [name for other, name in DELIMITERS.items() if other in record[0]]
        footer = self._footer(below) if line > self.first else ""
        if hint := self._header_further_down():
            pass
        elif len(record) == 1 and others:
            hint = f"the header is separated by a {mark}, and this line by a {others[0]}"
        elif len(record) < width:
            hint = f"cells are separated by a {mark} here; was the line cut off?{footer}"
        elif begins := set(_CURLY) & {cell.strip()[:1] for cell in record}:
            hint = f'quotes such as {min(begins)} hold no cell together: write straight ones, "'
        elif not "".join(record[width:]).strip():
            hint = f"the line ends in a {mark} too many; take it out, or name a column for it"
        else:
            footer = f".{footer}" if footer and "" in map(str.strip, record) else ""
            hint = (
                f"cells are separated by a {mark} here; "
                f"a cell that holds one needs quotes around it{footer}"
            )
        has = "the header has" if self.first > self._skip_rows + 1 else "columns: names"
        return DataError(
            f"the line has {wording.count(len(record), 'cell')}, and {has} {width}",
            place=f"{self.name}:{line}",
            hint=hint,
        )

    def _footer(self, below: Iterator[str]) -> str:
        """Return a hint where what stands below a line looks like no rows either."""
        more = list(islice(below, _LONGEST_FOOTER))
        width = len(self.columns)
        rows = any(t.strip() and t.count(self.delimiter) == width - 1 for t in more)
        if rows or len(more) == _LONGEST_FOOTER or not self._in_a_source:
            return ""
        count = 1 + sum(bool(text.strip()) for text in more)
        return f" If no row stands from here on:  skip_footer: {count}"

    def _empty_line(self, blank: int, line: str, below: Iterator[str]) -> DataError:
        """Return the error of an empty line above another one."""
        if blank == self._skip_rows + 1:
            above = self._skip_rows + min(self._sample)
            hint = f"take it out{self._or_say(f'skip_rows: {above}')}"
        else:
            hint = "take it out; a second table needs a file of its own"
            footer = self._footer(below)
            if footer and line.count(self.delimiter) != len(self.columns) - 1:
                hint += f".{footer}"
        return DataError("the line is empty", place=f"{self.name}:{blank}", hint=hint)

    def _header_further_down(self) -> str:
        """Return a hint where the first lines look like words above the real header."""
        lines = list(self._sample.items())
        several = [mark for mark in DELIMITERS if mark in lines[0][1]]
        for mark in [self.delimiter] if several else DELIMITERS:
            counts = [text.count(mark) for _, text in lines]
            usual, often = Counter(counts).most_common(1)[0]
            at = lines[counts.index(usual)][0]
            if self._in_a_source and usual and not counts[0] and often * 2 > len(counts):
                return (
                    f"if the header stands {wording.count(at, 'line')} further down, "
                    f"say in its source  skip_rows: {self._skip_rows + at}"
                )
        return ""

    def position(self, column: str) -> int:
        """Return where a column stands, counted from 0.

        Raises
        ------
        DataError
            There is no such column.
        """
        if column not in self.columns:
            hint = wording.instead(column, self.columns, "columns")
            raise DataError(f"there is no column {column!r}", place=self.header_line, hint=hint)
        return self.columns.index(column)


def _without_start(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Leave out the first bytes of some blocks."""
    for block in blocks:
        if size < len(block):
            yield block[size:] if size else block
        size = max(size - len(block), 0)


def _without_end(blocks: Iterator[bytes], lines: int) -> Iterator[bytes]:
    """Leave out the last lines of some blocks, and empty ones below them."""
    held: list[bytes] = []
    counted: list[int] = []
    for block in blocks:
        held.append(block)
        counted.append(_lines_at_least(block))
        while sum(counted[1:]) >= lines:
            counted.pop(0)
            yield held.pop(0)
    kept = b"".join(held).rstrip(b"\r\n").splitlines(keepends=True)[:-lines]
    if kept:
        yield b"".join(kept)


def _lines_at_least(block: bytes) -> int:
    """Return how many lines a block surely holds, without the empty ones at its end."""
    text = block.rstrip(b"\r\n")
    return max(text.count(b"\n"), text.count(b"\r"))


def _even(bare: list[str]) -> dict[str, int]:
    """Return the marks that stand in every line equally often, and how often."""
    found = {mark: bare[0].count(mark) for mark in DELIMITERS if mark in bare[0]}
    return {m: n for m, n in found.items() if all(line.count(m) == n for line in bare)}


def _bare(lines: list[str]) -> dict[int, str]:
    """Return the records of some lines without what is quoted in them, nor empty lines.

    Each comes with the line it begins in, counted from 0.
    """
    records: dict[int, list[str]] = {}
    open_quote, begun = False, 0
    for number, line in enumerate(lines):
        if open_quote:
            records[begun].append(line)
        elif line.strip():
            begun, records[number] = number, [line]
        open_quote ^= line.count('"') % 2 == 1
    if open_quote and len(records) > 1:
        del records[begun]
    return {at: re.sub(r'"(?:[^"]|"")*+"', "", "".join(parts)) for at, parts in records.items()}


def _opens(line: str, delimiter: str) -> bool:
    """Say whether the quote that a line leaves open stands where a cell begins."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf'(?:{cell}{mark})*+"(?:[^"]|"")*+', line) is not None


def _well_quoted(text: str, delimiter: str) -> bool:
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf"{cell}(?:{mark}{cell})*+", text) is not None
