"""Strict CSV: text to records of equal length, each with its line, or a reason why not."""

from __future__ import annotations

import codecs
import csv
import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError
from mlcli.exports import header, totals
from mlcli.exports.csv import layout
from mlcli.exports.csv.layout import DELIMITERS
from mlcli.exports.csv.surroundings import Surroundings, as_key
from mlcli.exports.csv.text_file import LONGEST_LINE, TextFile, without_end, without_start
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SAMPLE: Final = 50
_TAIL: Final = 1 << 18  # bytes: of wide rows a few as well
_NEAR: Final = 20  # rows that may be a total, and those beside it
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
    keeps_totals
        Whether the first and last rows are rows, though they look like totals or notes.
    in_a_source
        Whether a definition could say more of the file, as hints then do.
    notation
        How numbers are written.

    Attributes
    ----------
    header
        The first record as it is written; ``columns`` without the spaces around.
    header_text
        The same as it stands in the file; nothing where it has none.
    first
        The line in which the first row begins.
    endings
        How the lines above that end.
    footer
        How many lines stand below the last row.
    text
        The file underneath.
    around
        What stands above and below the table.

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
        keeps_totals: bool = False,
        in_a_source: bool = False,
        notation: Notation = PLAIN,
    ) -> None:
        self.path = path
        self.name = name
        self.text = TextFile(path, name=name, encoding=encoding, in_a_source=in_a_source)
        self._skip_rows, self.footer = skip_rows, skip_footer
        self._named, self.keeps_totals = columns is not None, keeps_totals
        self.around = Surroundings(
            self.text,
            delimiter=delimiter,
            skip_rows=skip_rows,
            skip_footer=skip_footer,
            named=self._named,
        )
        self.notation = notation
        above, sample = self._sampled()
        self._sample = layout.bare(sample)
        self.delimiter = self._delimiter(delimiter, list(self._sample.values()))
        head = 0
        if columns is None:
            lines = iter(sample)
            self.header = next(self._records(lines, skip_rows + 1))[1]
            head = len(sample) - len(list(lines))
            self.header_text = "".join(sample[:head]).rstrip("\r\n")
            if in_a_source:
                self._refuse_another_header()
            self.columns = self._columns(self.header)
        else:
            self.header, self.header_text = list(columns), ""
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
        """Yield the text below the header as UTF-8, in blocks of whole lines.

        Raises
        ------
        DataError
            A line repeats the header, or the last ones are no rows.
        """
        return self._watched(self._rows(size, digest=digest))

    def _rows(self, size: int = 1 << 20, *, digest: bool = False) -> Iterator[bytes]:
        """Yield the text below the header, and above the footer."""
        blocks = without_start(self.text.blocks(size, digest=digest), self._body_at)
        return without_end(blocks, self.footer) if self.footer else blocks

    def _watched(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield blocks, and raise once something in them is no row."""
        headers = {names: [*map(int.to_bytes, {*names})] for names in self._headers_as_bytes()}
        tail = b""
        for block in blocks:
            lines = block if block.isascii() else block.replace(codecs.BOM_UTF8, b"")
            for names, letters in headers.items():
                if any(letter not in lines for letter in letters):  # which is soon seen
                    continue
                whole = [names + end for end in (b"\n", b"\r\n")]
                again = any(lines.startswith(line) or b"\n" + line in lines for line in whole)
                if again or lines.endswith(b"\n" + names) or lines == names:
                    raise self._repeated(names)
            yield block
            tail = (tail + block)[-_TAIL:] if len(block) < _TAIL else block[-_TAIL:]
        if not self.keeps_totals:
            self._refuse_a_total(tail)

    def records(self, blocks: Iterator[bytes], number: int) -> Iterator[Record]:
        """Yield the records of some text, of which the first line has a number."""
        width = len(self.columns)
        lines = self.text.lines_of(blocks, number)
        for line, cells_ in self._records(lines, number):
            if len(cells_) != width:
                raise self._ragged(line, cells_)
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
        after = enumerate(islice(lines, LONGEST_LINE), start=len(above) + len(sample))
        number = next((at for at, line in after if line.strip()), None) if blank else None
        if number is not None:
            keys = {"skip_rows": number}
            raise DataError(
                "the line is empty, and so are those below it",
                place=self.header_line,
                hint=f"take them out{self.text.or_say(wording.keys_in_yaml(keys))}",
                fix=self.text.fix(keys),
            )
        if not "".join([*above, *sample]).strip():
            raise DataError("the file is empty", place=self.name, hint="export it again")
        if not "".join(sample).strip():
            raise DataError(
                f"the file has {wording.count(len(above), 'line')}, "
                f"and skip_rows: {self._skip_rows} leaves none",
                place=self.name,
                hint="say how many lines stand above the header",
                fix=self.text.fix({"skip_rows": None}),
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
                raise self._empty_line(blank)
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
        if line.count('"') % 2 and not layout.opens_a_cell(line, self.delimiter):
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
        if not layout.well_quoted(text, self.delimiter):
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
            found = self.around.layout
            below = found.skip_rows if found and not found.columns else 0
            keys = {"skip_rows": max(below, self._skip_rows + 1)}
            raise DataError(
                "the first line is a note to Excel, not the header",
                place=self.header_line,
                hint=f"take the line out{self.text.or_say(wording.keys_in_yaml(keys))}",
                fix=self.text.fix(keys),
            )
        if given is None:
            return self._sniffed(header, bare)
        there = [*layout.even(header, bare)]
        if there and given not in header:
            raise DataError(
                f"the header has no {DELIMITERS[given]}, and the definition says "
                "that one stands between cells",
                place=self.header_line,
                hint=f"take  delimiter:  away: a {DELIMITERS[there[0]]} is found without it",
                fix=self.text.fix({"delimiter": None}),
            )
        return given

    def _sniffed(self, header: str, bare: list[str]) -> str:
        """Find the delimiter that splits the first lines into equally many cells."""
        most = layout.sniffed(header, bare)
        if len(most) > 1:
            likely = self.around.layout
            mark = likely.delimiter if likely and likely.delimiter in most else most[0]
            named = wording.in_yaml(as_key(mark))
            raise DataError(
                f"the header could be separated by a {' or a '.join(DELIMITERS[m] for m in most)}",
                place=self.header_line,
                hint="put cells that hold one in quotes; "
                f"a definition may say which, with  delimiter: {named}",
                fix=self.text.fix({"delimiter": as_key(mark)}),
            )
        return most[0] if most else ","

    @property
    def header_line(self) -> str:
        """Return where the header stands, as ``file:line``."""
        return f"{self.name}:{self._skip_rows + 1}"

    def _columns(self, names: list[str]) -> tuple[str, ...]:
        names = [name.strip() for name in names]
        dates = [cells.is_date(name) for name in names]
        if any(dates) and all(cells.is_number(n) or d for n, d in zip(names, dates, strict=True)):
            raise DataError(
                f"the first line is no header: it holds {wording.listed(names, most=3)}",
                place=self.header_line,
                hint=f"name the columns above it{self.text.or_say('columns: [NAME, ...]')}",
                fix=self.text.fix({"columns": [f"column {i + 1}" for i in range(len(names))]}),
            )
        return header.checked(names, place=self.header_line, what="the header", fewer="")

    def _refuse_another_header(self) -> None:
        """Raise where another line seems to be the header, or it goes on below."""
        if len(self.header) > header.MOST_COLUMNS:
            return  # that is said of it anyway
        names = [name.strip() for name in self.header]
        kinds = [layout.kind_of(name) for name in names]
        rows = [text for at, text in self._sample.items() if at]
        first = rows[0].strip("\r\n").split(self.delimiter) if rows else []
        if (
            set(kinds) == {"a"}
            and len(set(names)) == len(names)
            and all(text.count(self.delimiter) + 1 == len(names) for text in rows)
            and "0" in map(layout.kind_of, first)
        ):
            return
        found = self.around.layout
        if found is None:
            return
        if found.units > self._skip_rows + 1:
            hint, keys = self.around.out_of_place(self._skip_rows + 1)
            raise DataError(
                "the line goes on with the header",
                place=f"{self.name}:{found.units}",
                hint=hint or "take it out",
                fix=self.text.fix(keys),
            )
        if found.skip_rows > self._skip_rows and found.columns[: len(names)] != tuple(names):
            hint, keys = self.around.out_of_place(self._skip_rows + 1)
            one = len(names) == 1
            what = "rows seem" if found.columns else "that seems"
            raise DataError(
                "the header has 1 cell, and most of the lines below it have more"
                if one
                else f"the line is no header: {what} to begin in line {found.skip_rows + 1}",
                place=self.header_line,
                hint=hint or "take out what stands above the header",
                fix=self.text.fix(keys),
            )

    def _headers_as_bytes(self) -> set[bytes]:
        """Return the line that must not stand again, with and without quotes around its names."""
        plain = self.delimiter.join(self.columns)
        quoted = self.delimiter.join(f'"{name}"' for name in self.columns)
        return {
            text.encode() for text in (plain, quoted, plain if self._named else self.header_text)
        }

    def _repeated(self, header: bytes) -> DataError:
        """Return the error about the first line that is the header again."""
        text = header.decode()
        lines = islice(enumerate(self.text.lines(), start=1), self.first - 1, None)
        number = next((n for n, line in lines if line.strip("\r\n\ufeff") == text), self.first)
        keys = {"skip_rows": number} if self._named and number == self.first else {}
        way = f", or say in its source  {wording.keys_in_yaml(keys)}" if keys else ""
        named = self._named or not self.text.in_a_source
        row = "" if named else " If both are rows, say in its source  columns: [NAME, ...]"
        return DataError(
            f"line {number} repeats the header",
            place=f"{self.name}:{number}",
            hint=f"take it out{way}"
            if keys
            else f"take it out; was one export put below another?{row}",
            fix=self.text.fix(keys),
        )

    def _refuse_a_total(self, tail: bytes) -> None:
        """Raise where the first row or one of the last is a total or a note, by the last bytes."""
        text = tail.decode(errors="replace").rstrip("\r\n")
        lines = islice(self.text.lines(), self.first - 1, self.first - 1 + _NEAR)
        first = [row for _, row in layout.records_of(lines, self.delimiter)]
        cut = int(len(tail) == _TAIL)  # the first line may be cut
        below = re.split(r"\r\n|\n|\r", text)[cut:][-_NEAR:]
        last = [row for _, row in layout.records_of(below, self.delimiter)]
        try:
            odd = totals.odd_row(
                first,
                last,
                self.notation,
                self.around,
                lambda: self.records(self._rows(), self.first),
            )
        except DataError:
            return  # which is said where the rows are read
        if odd is None:
            return
        line, following = odd
        if following:
            named = [name or f"column {at}" for at, name in enumerate(self.columns, start=1)]
            keys = {"skip_rows": following - 1, **({} if self._named else {"columns": named})}
        else:
            left = "".join(islice(self.text.lines(), line - 1, None)).rstrip("\r\n")
            keys = {"skip_footer": len(re.split(r"\r\n|\n|\r", left))}
        raise DataError(
            "this line looks like a total or a note, not a row",
            place=f"{self.name}:{line}",
            hint=f"take it out{self.text.or_say(wording.keys_in_yaml(keys))}"
            f"{totals.OR_KEEP * self.text.in_a_source}",
            fix=self.text.fix(keys),
        )

    def _ragged(self, line: int, record: list[str]) -> DataError:
        """Return the error that says how many cells a line has, and what may be the cause."""
        mark, width = DELIMITERS[self.delimiter], len(self.columns)
        others = [name for other, name in DELIMITERS.items() if other in record[0]]
        hint, keys = self.around.out_of_place(line)
        footer = f" {hint}" if "skip_footer" in keys and "skip_rows" not in keys else ""
        if "skip_rows" in keys and "columns" not in keys:
            pass
        elif len(record) == 1 and others:
            hint = f"the header is separated by a {mark}, and this line by a {others[0]}{footer}"
        elif len(record) < width:
            hint = f"cells are separated by a {mark} here; was the line cut off?{footer}"
        elif begins := set(_CURLY) & {cell.strip()[:1] for cell in record}:
            hint = f'quotes such as {min(begins)} hold no cell together: write straight ones, "'
        elif not "".join(record[width:]).strip() and not footer:
            way = f", or {hint}" if hint else ""
            hint = f"the line ends in a {mark} too many; take it out, or name a column for it{way}"
        else:
            hint = (
                f"cells are separated by a {mark} here; "
                f"a cell that holds one needs quotes around it{'.' * bool(footer)}{footer}"
            )
        has = "the header has" if not self._named else "columns: names"
        return DataError(
            f"the line has {wording.count(len(record), 'cell')}, and {has} {width}",
            place=f"{self.name}:{line}",
            hint=hint,
            fix=self.text.fix(keys),
        )

    def _empty_line(self, blank: int) -> DataError:
        """Return the error of an empty line above another one."""
        hint, keys = self.around.out_of_place(blank)
        if blank == self._skip_rows + 1:
            above = self._skip_rows + min(self._sample)
            keys = keys if "skip_rows" in keys else {"skip_rows": above}
            hint = f"take it out{self.text.or_say(wording.keys_in_yaml(keys))}"
        elif "skip_rows" in keys:
            hint = f"take it out, or {hint}"
        else:
            hint = f"take it out; a second table needs a file of its own{f'. {hint}' * bool(hint)}"
        place = f"{self.name}:{blank}"
        return DataError("the line is empty", place=place, hint=hint, fix=self.text.fix(keys))

    def position(self, column: str) -> int:
        """Return where a column stands, counted from 0.

        Raises
        ------
        DataError
            There is no such column, or there are two.
        """
        return header.position(column, self.columns, place=self.header_line)
