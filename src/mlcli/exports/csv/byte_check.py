"""A look at the bytes of CSV files, on a thread beside: whether they are regular, and digests.

Engines need a little more than the proof of ``csv.regular``, as they read the file themselves.
Where no quote stands in a block, less will do: they refuse a record with too few cells, so
that none has too many where there are as many delimiters in all as there should be.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli.errors import DataError
from mlcli.exports.csv.blocks import with_last
from mlcli.exports.csv.regular import is_utf8, proved
from mlcli.exports.csv.source import ROWS_TO_ASK
from mlcli.exports.dialect import DoubtError, refuse_turned
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlcli.exports.csv.reader import CsvReader
    from mlcli.exports.csv.regular import Block
    from mlcli.exports.csv.source import CsvSource
    from mlcli.exports.reading_progress import Watch
    from mlcli.grammar.cells import Kind


def require_plain(source: CsvSource, kinds: Mapping[str, Kind]) -> None:
    """Raise unless an engine can read the files of an export as they lie on the disk.

    Raises
    ------
    DoubtError
        Some file, or dates among the ``kinds`` of columns, are to be turned into others first.
    """
    refuse_turned(source, kinds)
    for reader in source.readers:
        if reader.path.name.lower().endswith(".gz"):
            raise DoubtError("it is compressed")
        if reader.text.encoding != "utf-8":
            raise DoubtError("it is not UTF-8")
        if reader.footer:
            raise DoubtError("it has a footer")


def begins_oddly(source: CsvSource, kinds: Mapping[str, Kind]) -> bool:
    """Say whether the first rows hold what is ``odd``, and look at what points are in them.

    Raises
    ------
    DoubtError
        They cannot be read; another engine has words for it.
    """
    try:
        source.meet_points(kinds)
        first = islice(source.readers[0], ROWS_TO_ASK)
        return any(odd(cell.encode()) for _, row in first for cell in row)
    except DataError as error:
        raise DoubtError("it is not written regularly") from error


class ByteChecks:
    """Checks one export after the other, in the order in which they are asked for."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._pool = ThreadPoolExecutor(1)
        self._begun: list[ByteCheck] = []

    def at(self, source: CsvSource) -> ByteCheck:
        """Begin to look at an export, or note that it is the next."""
        look = ByteCheck(source, self._watch, self._pool)
        self._begun.append(look)
        return look

    def close(self) -> None:
        """Stop what nobody waited for."""
        for look in self._begun:
            look.stop()
        self._pool.shutdown()


class ByteCheck:
    """What a look at the files of one export will have found."""

    def __init__(self, source: CsvSource, watch: Watch, pool: ThreadPoolExecutor) -> None:
        self._source, self._watch = source, watch
        self._unwanted, self._odd = Event(), False
        self._found = pool.submit(self._all)

    def rows(self) -> int:
        """Wait for the look to end, and return the number of rows; digests are known then.

        Raises
        ------
        DoubtError
            Some file is not written regularly; see ``_is_plain``.
        """
        return self._found.result()

    def odd(self) -> bool:
        """Return whether some number may be ``odd``; waits and raises as ``rows`` does."""
        self.rows()
        return self._odd

    def stop(self) -> None:
        """Look no further."""
        self._unwanted.set()
        if not self._found.cancel():  # it was begun, and ends with the block that it is at
            wait([self._found])

    def _all(self) -> int:
        return sum(map(self._rows, self._source.readers))

    def _rows(self, reader: CsvReader) -> int:
        text, found = reader.text, 0
        width, endings = len(reader.columns), set(reader.endings)
        self._watch.starts(text.name, text.size)
        try:
            for part, last in with_last(reader.body(_AT_ONCE, digest=True)):
                if self._unwanted.is_set():
                    return 0
                rows = _unquoted(part, width, reader.delimiter, endings, last=last)
                if rows is None:
                    block = proved(part, width, reader.delimiter, first_line=1, last=last)
                    if block is None or not _is_plain(part, block, endings):
                        raise DoubtError("it is not written regularly")
                    rows = len(block)
                found += rows
                self._odd = self._odd or odd(part)
                self._watch.advances(text.read, rows)
        except DataError as error:
            raise DoubtError(str(error)) from error
        self._watch.ends()
        return found


_AT_ONCE: Final = 1 << 20  # bytes


def odd(text: bytes) -> bool:
    """Say whether numbers may stand in a text that DuckDB takes and we do not: 1_000, and +-1."""
    return b"_" in text or b"+" in text


def _unquoted(
    text: bytes, width: int, delimiter: str, endings: set[bytes], *, last: bool
) -> int | None:
    """Return how many records a block without a quote has, if counts of its bytes tell.

    ``endings`` are how lines ended so far; ``last`` says that the last line need not end. An
    empty line is counted: an engine skips it, and finds another number of rows. Where there is
    one column, it would be a row without a value, which counts do not tell.
    """
    if width == 1 or b'"' in text or not (last or text.endswith(b"\n")) or not is_utf8(text):
        return None
    data, returns = np.frombuffer(text, dtype=np.uint8), 0
    if b"\r" in text:
        returns = text.count(b"\r\n")
    end = b"\r\n" if returns else b"\n"
    if _may_have_long_line(text):
        return None
    ended = int(np.count_nonzero(data == ord("\n")))
    rows = ended + (not text.endswith(b"\n"))
    marks = int(np.count_nonzero(data == ord(delimiter)))
    control = np.count_nonzero(data < ord(" ")) - (marks if delimiter == "\t" else 0)
    ends = endings | ({end} if ended else set())
    if marks != rows * (width - 1) or control != ended + returns or returns not in {0, ended}:
        return None
    if len(ends) > 1:
        return None
    endings |= ends
    return rows


def _may_have_long_line(text: bytes) -> bool:
    """Say whether a line may be longer than the longest cell that our reader takes."""
    at = 0
    while len(text) - at > cells.LONGEST_WORD:
        at = text.rfind(b"\n", at, at + cells.LONGEST_WORD) + 1
        if not at:
            return True
    return False


def _is_plain(text: bytes, block: Block, endings: set[bytes]) -> bool:
    """Say whether an engine finds the records of a block too, and no others.

    Its records are all lines there are, none is empty, and they end as those above do. No
    cell is longer than we read, or holds control characters. ``endings`` are how lines
    ended so far.
    """
    last = text[len(text.rstrip(b"\r\n")) :]
    ended, returns = len(block) - (not last), 0
    if b"\r" in text:  # to count what is not there takes longer than to look
        returns = text.count(b"\r")
    if block.size != len(text) or block.line_ends != len(block) or len(last) > 1 + bool(returns):
        return False
    if returns not in {0, ended} or (returns and returns != text.count(b"\r\n")):
        return False
    if ended:
        endings.add(b"\r\n" if returns else b"\n")
    tabs = block.text.count(b"\t") if block.delimiter == "\t" else 0
    control = np.count_nonzero(block.bytes < ord(" ")) - len(block) - tabs
    return len(endings) <= 1 and not control and not _may_have_long_cell(block)


def _may_have_long_cell(block: Block) -> bool:
    """Say whether a cell may be longer than our reader takes."""
    if not _may_have_long_line(block.text):
        return False
    return bool(np.diff(block.ends.ravel(), prepend=-1).max() - 1 > cells.LONGEST_WORD)
