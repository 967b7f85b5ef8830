"""A look at the bytes of CSV files, on a thread beside: whether they are regular, and digests.

NumPy and OpenSSL do nearly all of it, and let other threads run meanwhile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlcli.errors import DataError
from mlcli.exports.duckdb.connection import DoubtError
from mlcli.grammar import cells

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlcli.exports.csv.reader import CsvReader
    from mlcli.exports.csv.source import CsvSource
    from mlcli.exports.reading_progress import Watch

    Codes = np.ndarray[Any, Any]


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
        self._unwanted = Event()
        self._found = pool.submit(self._all)

    def rows(self) -> int:
        """Wait for the look to end, and return the number of rows; digests are known then.

        Raises
        ------
        DoubtError
            Some file is not written regularly; see ``Regular``.
        """
        return self._found.result()

    def stop(self) -> None:
        """Look no further."""
        self._unwanted.set()
        if not self._found.cancel():  # it was begun, and ends with the block that it is at
            wait([self._found])

    def _all(self) -> int:
        return sum(map(self._rows, self._source.readers))

    def _rows(self, reader: CsvReader) -> int:
        text, found = reader.text, 0
        regular = Regular(reader.delimiter, len(reader.columns), skip=reader.first - 1)
        self._watch.starts(text.name, text.size)
        try:
            for block in text.in_place():
                if self._unwanted.is_set():
                    return 0
                rows = regular.rows(block)
                if rows is None:
                    raise DoubtError("it is not written regularly")
                found += rows
                self._watch.advances(text.read, rows)
        except DataError as error:
            raise DoubtError(str(error)) from error
        self._watch.ends()
        return found


_LONGEST_LINE: Final = 1_000_000
_LF, _CR, _TAB, _SPACE, _QUOTE = b'\n\r\t "'
_ASCII: Final = 127


class Regular:
    """Looks at a file block by block, for whether it is regular.

    A regular file is UTF-8; every line of it has as many cells, and none is empty; all
    lines end in the same way; a cell has quotes around it or none within, and holds
    neither line breaks nor control characters.

    Parameters
    ----------
    delimiter
        What stands between cells: one character.
    width
        The number of cells of a line.
    skip
        How many lines at the beginning are no rows. They need to end as the others do.
    """

    def __init__(self, delimiter: str, width: int, *, skip: int) -> None:
        self._delimiter, self._width, self._skip = ord(delimiter), width, skip
        self._ending = b""
        self._cut = False
        self._hits = np.empty(0, dtype=bool)  # one for all blocks: fresh memory takes longer

    def rows(self, block: bytes | memoryview) -> int | None:
        """Return the number of rows in the next bytes, ``None`` where they are not regular.

        Blocks come without a byte order mark, and are a million bytes long at the most. Each
        ends where a line does, but for the last.
        """
        codes = np.frombuffer(block, dtype=np.uint8)
        if not self._ending:
            below = self._below(bytes(block))
            if below is None:
                return None
            codes = np.frombuffer(below, dtype=np.uint8)
        if self._cut or len(codes) > _LONGEST_LINE:
            return None
        if len(codes) and codes[-1] != _LF:  # only the last block may lack the end of its line
            self._cut = True
            whole = codes.tobytes().removesuffix(b"\r") + self._ending
            codes = np.frombuffer(whole, dtype=np.uint8)
        return self._lines(codes) if len(codes) else 0

    def _below(self, text: bytes) -> bytes | None:
        """Return what stands below the lines that are no rows, and note how lines end."""
        above = text.split(b"\n", self._skip)
        if len(above) <= self._skip:
            return None  # a file of some lines: not worth the trouble
        below = above.pop()
        first = (above or [below.partition(b"\n")[0]])[0]
        self._ending = b"\r\n" if first.endswith(b"\r") else b"\n"
        if any(line.endswith(b"\r") != (self._ending == b"\r\n") for line in above):
            return None
        return below

    def _lines(self, codes: Codes) -> int | None:
        """Return the number of whole lines, ``None`` if they are not regular."""
        lines = self._count(np.equal, codes, _LF)
        if self._has_long_line(len(codes)) and _may_have_long_cell(codes, self._delimiter):
            return None
        if not self._is_text(codes, lines) or _is_empty(codes, self._ending, self._width):
            return None
        if self._count(np.equal, codes, _QUOTE):
            return lines if _is_even(codes, self._delimiter, self._width) else None
        # So many cells in all; that each line has its share, DuckDB checks line by line.
        marks = self._count(np.equal, codes, self._delimiter)
        return lines if marks == lines * (self._width - 1) else None

    def _has_long_line(self, size: int) -> bool:
        """Say whether, of the line ends just counted, some are far apart."""
        far = cells.LONGEST_WORD // 2  # a line twice as long has such a part without an end
        parts = self._hits[: size // far * far].reshape(-1, far)
        return not bool(parts.any(axis=1).all())

    def _count(self, test: Callable[..., Codes], codes: Codes, other: int) -> int:
        """Return of how many characters a test with another one holds."""
        if len(self._hits) < len(codes):
            self._hits = np.empty(len(codes), dtype=bool)
        return int(np.count_nonzero(test(codes, other, out=self._hits[: len(codes)])))

    def _is_text(self, codes: Codes, lines: int) -> bool:
        """Say whether lines hold no control characters but those that they end in."""
        returns = lines if self._ending == b"\r\n" else 0
        if returns and np.count_nonzero((codes[:-1] == _CR) & (codes[1:] == _LF)) != returns:
            return False
        tabs = self._count(np.equal, codes, _TAB) if self._delimiter == _TAB else 0
        if self._count(np.less, codes, _SPACE) != lines + returns + tabs:
            return False
        return int(codes.max()) <= _ASCII or _is_utf8(codes.tobytes())


def _may_have_long_cell(codes: Codes, delimiter: int) -> bool:
    """Say whether a cell may be longer than our reader takes; with quotes, any may."""
    ends = np.flatnonzero((codes == delimiter) | (codes == _LF))
    longest = int(np.diff(ends, prepend=-1).max(initial=0)) - 1
    return longest > cells.LONGEST_WORD or bool((codes == _QUOTE).any())


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_empty(codes: Codes, ending: bytes, width: int) -> bool:
    """Say whether a line is empty; of several columns, DuckDB refuses all but the first."""
    if codes[: len(ending)].tobytes() == ending:
        return True
    return width == 1 and _has_empty_line(codes, ending)


def _has_empty_line(codes: Codes, ending: bytes) -> bool:
    """Say whether a line ends where the one before it does.

    Where lines end as on Windows, one of a single character is taken for empty.
    """
    if len(ending) > 1:
        newline = codes == _LF
        return bool((newline[2:] & newline[:-2]).any())
    twice = _LF << 8 | _LF
    return any(  # two characters at a time, and once more from the second on
        (codes[at : at + (len(codes) - at) // 2 * 2].view(np.uint16) == twice).any()
        for at in (0, 1)
    )


def _is_even(codes: Codes, delimiter: int, width: int) -> bool:
    """Say whether each line has as many cells, some of which have quotes around them."""
    inside = _inside(codes, delimiter)
    if inside is None:
        return False
    ends = np.flatnonzero(((codes == delimiter) | (codes == _LF)) & ~inside)
    if len(ends) % width:
        return False
    marks = codes[ends].reshape(-1, width)
    return bool((marks[:, -1] == _LF).all() and (marks[:, :-1] == delimiter).all())


def _inside(codes: Codes, delimiter: int) -> Codes | None:
    """Say which characters stand within quotes; ``None`` if some quote is out of place."""
    quoted = codes == _QUOTE
    inside = np.logical_xor.accumulate(quoted)
    if (inside & (codes == _LF)).any() or inside[-1]:
        return None
    at = np.flatnonzero(quoted)
    edges = (delimiter, _LF, _CR, _QUOTE)
    before = codes[at[::2] - 1][int(at[0] == 0) :]
    behind = codes[at[1::2] + 1]
    if np.isin(before, edges).all() and np.isin(behind, edges).all():
        return inside
    return None
