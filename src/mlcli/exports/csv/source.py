"""A CSV export as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from mlcli.errors import LINES_A_FILE, DataError, Fix
from mlcli.exports import wall_clock
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.grammar.number_notation import PointsMet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.csv.regular import Block
    from mlcli.grammar.cells import Kind

_BLOCK_BYTES = 4 << 20
_WHOLE: Final = re.compile(rb"(?<![\w.:-])[+-]?[1-9][0-9]{0,2}\.000(?![\w.])")
"""A whole number whose point may group its digits; it is none that has decimals."""
ROWS_TO_ASK: Final = 1000


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
    encoding, skip_rows, skip_footer, columns, keeps_totals
        See ``CsvReader``.
    watch
        Is told how far reading has come.

    Attributes
    ----------
    readers
        Those of the files.

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
        keeps_totals: bool = False,
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
                keeps_totals=keeps_totals,
                in_a_source=True,
                notation=notation,
            )
            for path, called in files
        ]
        self.name = name or files[0][1]
        self.files = tuple(called for _, called in files)
        self.columns = self.readers[0].columns
        self._named, self._skip_footer = columns is not None, skip_footer
        self.notation = notation
        self.points = PointsMet(notation)
        self.watch = watch
        self.zone = wall_clock.zone(timezone)
        self._times: tuple[str, ...] = ()
        self.trimmed: Mapping[str, int] = {}
        for one, other in pairwise(self.readers):
            _require_same_columns(one, other)

    @cached_property
    def _cut_off(self) -> tuple[str, ...]:
        """What is to be noted of rows that ``skip_footer`` leaves out."""
        return tuple(
            f"{reader.name}: skip_footer: {self._skip_footer}  leaves out line {line}, which "
            "looks like a row"
            for reader in self.readers
            if (line := reader.around.row_in_the_footer)
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What may not be meant: rows left out as a footer, and times once they were read."""
        return (*self._cut_off, *self._times)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file, by its name."""
        return {reader.name: reader.text.digest() for reader in self.readers}

    def beyond(self, line: int) -> tuple[str, list[Fix]]:
        """Return what to say of a line from which no row seems to stand, and the way out."""
        if len(self.readers) > 1:
            return "", []
        hint, keys = self.readers[0].around.out_of_place(line)
        return hint, self.readers[0].text.fix(keys)

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the line each row stands in.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, or no file has
            rows.
        """
        from mlcli.exports.csv.blocks import blocks, frame

        empty, pointed = True, False
        columns = [
            WrittenColumn(
                name,
                kind,
                position=self.readers[0].position(name),
                notation=self.notation,
                zone=self.zone,
                of_text=True,
            )
            for name, kind in wanted.items()
        ]
        for at, reader in enumerate(self.readers):
            try:
                self.watch.starts(reader.name, reader.text.size)
                for block in blocks(reader, _BLOCK_BYTES, digest=True):
                    chunk = frame(block, columns, before=at * LINES_A_FILE)
                    self.trimmed = {column.name: column.trimmed for column in columns}
                    pointed = pointed or self._has_points(block, chunk)
                    empty = False
                    self.watch.advances(reader.text.read, len(chunk))
                    yield chunk
                self.watch.ends()
            except DataError as error:
                raise error.within(self.name, self.files) from None
        if empty:
            cut = f"skip_footer: {self._skip_footer}  leaves none: how many lines are no rows?"
            raise DataError(
                f"the file has {'no rows' if self._named else 'a header and no rows'}",
                place=self.name,
                hint=cut if self._skip_footer else "was it exported for the right days?",
                fix=[Fix(None, ("skip_footer",))] if self._skip_footer else (),
            )
        dates = [column.times for column in columns if column.kind == "date"]
        try:
            self._times = wall_clock.concluded(dates, self.files)
        except DataError as error:
            raise error.within(self.name, self.files) from None
        self.ask_about_points(wanted, everywhere=pointed)

    def _has_points(self, block: Block, chunk: Frame) -> bool:
        """Say whether some number may have a point, where it matters what that is."""
        if self.points.sure:
            return False
        numbers = (chunk[name].to_numpy() for name, kind in chunk.schema.items() if kind.is_float())
        if any(bool((values % 1 > 0).any()) for values in numbers):
            return True
        return b".000" in block.text and bool(_WHOLE.search(block.text))

    def ask_about_points(self, wanted: Mapping[str, Kind], *, everywhere: bool = False) -> None:
        """Raise where a point may group the digits of every number that has one, as in 1.500.

        The first rows are looked at; the others only where those leave it open, or where some
        number is known to have a point.
        """
        self.meet_points(wanted, everywhere=everywhere)
        try:
            self.points.conclude()
        except DataError as error:
            raise error.within(self.name, self.files) from None

    def meet_points(self, wanted: Mapping[str, Kind], *, everywhere: bool = False) -> None:
        """Look at the rows that ``ask_about_points`` looks at, until points are known for sure."""
        names = [name for name, kind in wanted.items() if kind in {"number", "either"}]
        if self.points.sure or not names:
            return
        self.points.forget()
        for at, reader in enumerate(self.readers):
            places = [(name, reader.position(name)) for name in names]
            most = None if everywhere or self.points.doubtful else ROWS_TO_ASK
            for line, record in islice(reader, most):
                at_line = f"line {at * LINES_A_FILE + line}"
                if any(self.points.meet(name, record[place], at_line) for name, place in places):
                    return


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
