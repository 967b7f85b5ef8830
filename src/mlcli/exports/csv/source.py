"""A CSV export as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from mlcli.definition.rules.base import LINE
from mlcli.errors import LINES_A_FILE, DataError
from mlcli.exports import values_of_cells
from mlcli.exports.csv.reader import CsvReader, Record
from mlcli.exports.csv.text_file import LONGEST_LINE
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.csv.blocks import Block
    from mlcli.grammar.cells import Kind

_BLOCK_BYTES = 4 << 20
_CHUNK_ROWS = 50_000


class CsvSource:
    """One export of one or more CSV files, ready to be read in chunks.

    Parameters
    ----------
    files
        The files, each with its name in messages; their headers must be the same.
    name
        How the export is named in messages; as its file if ``None``.
    delimiter
        What stands between cells; found out if ``None``.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How the files write numbers, dates and missing cells.
    encoding, skip_rows, skip_footer, columns
        See ``CsvReader``.
    watch
        Is told how far reading has come.

    Raises
    ------
    DataError
        A file is missing, or no CSV file, or its columns are not those of the first.
    """

    def __init__(
        self,
        files: Sequence[tuple[Path, str]],
        *,
        name: str | None = None,
        delimiter: str | None = None,
        timezone: str | None = None,
        notation: Notation = PLAIN,
        encoding: str | None = None,
        skip_rows: int = 0,
        skip_footer: int = 0,
        columns: Sequence[str] | None = None,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.readers = [
            CsvReader(
                path,
                name=called,
                delimiter="\t" if delimiter == "tab" else delimiter,
                encoding=encoding,
                skip_rows=skip_rows,
                skip_footer=skip_footer,
                columns=columns,
                in_a_source=True,
            )
            for path, called in files
        ]
        self.name = name or files[0][1]
        self.files = tuple(called for _, called in files)
        self.columns = self.readers[0].columns
        self._named, self._skip_footer = columns is not None, skip_footer
        self.notation = notation
        self._watch = watch
        self.zone = values_of_cells.zone(timezone)
        for one, other in pairwise(self.readers):
            _require_same_columns(one, other)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file, by its name."""
        return {reader.name: reader.text.digest() for reader in self.readers}

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the line each row stands in.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, or no file has
            rows.
        """
        empty = True
        columns = [
            WrittenColumn(
                name,
                kind,
                position=self.readers[0].position(name),
                notation=self.notation,
                zone=self.zone,
            )
            for name, kind in wanted.items()
        ]
        for at, reader in enumerate(self.readers):
            try:
                self._watch.starts(reader.name, reader.text.size)
                for chunk in _chunks(reader, columns, at * LINES_A_FILE):
                    empty = False
                    self._watch.advances(reader.text.read, len(chunk))
                    yield chunk
                self._watch.ends()
            except DataError as error:
                raise error.within(self.name, self.files) from None
        if empty:
            cut = f"skip_footer: {self._skip_footer}  leaves none: how many lines are no rows?"
            raise DataError(
                f"the file has {'no rows' if self._named else 'a header and no rows'}",
                place=self.name,
                hint=cut if self._skip_footer else "was it exported for the right days?",
            )


def _require_same_columns(one: CsvReader, other: CsvReader) -> None:
    if one.columns != other.columns:
        lacking = [c for c in one.columns if c not in other.columns]
        more = [c for c in other.columns if c not in one.columns]
        what = "has its columns in another order"
        if lacking or more:
            what = f"has no column {lacking[0]!r}" if lacking else f"has a column {more[0]!r}"
        raise DataError(
            f"this file {what}, unlike {one.name}",
            place=other.header_line,
            hint="the files of one source have the same columns: export them in the same way",
        )


def _chunks(reader: CsvReader, columns: Sequence[WrittenColumn], before: int) -> Iterator[Frame]:
    """Yield the rows of one file: block by block, and record by record where that is due."""
    from mlcli.exports.csv.blocks import taken_apart

    number, kept = reader.first, b""
    blocks = _with_last(reader.body(_BLOCK_BYTES, digest=True))
    for block, last in blocks:
        text = kept + block if kept else block
        found = taken_apart(
            text, len(reader.columns), reader.delimiter, first_line=before + number, last=last
        )
        left = 0 if found is None else len(text) - found.size
        if found is None or (last and left > 0) or left > LONGEST_LINE:
            rest = chain([text], (block for block, _ in blocks))
            records = reader.records(rest, number)
            yield from _by_record(records, columns, before)
            return
        yield _framed(found, columns)
        number, kept = number + found.line_ends, text[found.size :]


def _with_last(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield blocks, and of each whether it is the last; only that may lack a line end."""
    held = None
    for block in blocks:
        if held is not None:
            yield held, False
        held = block
    if held is not None:
        yield held, True


def _framed(block: Block, columns: Sequence[WrittenColumn]) -> Frame:
    made = {column.name: (block.values(column), column.kind) for column in columns}
    return values_of_cells.frame({**made, LINE: (block.lines, "any")})


def _by_record(
    records: Iterator[Record], columns: Sequence[WrittenColumn], before: int
) -> Iterator[Frame]:
    while chunk := list(islice(records, _CHUNK_ROWS)):
        lines = [line + before for line, _ in chunk]
        made = {
            c.name: (c.values([cells[c.position] for _, cells in chunk], lines), c.kind)
            for c in columns
        }
        yield values_of_cells.frame({**made, LINE: (lines, "any")})
