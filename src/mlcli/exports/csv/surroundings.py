"""What stands above and below the table of a CSV file, and the keys of a source that say so."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.exports.csv import layout

if TYPE_CHECKING:
    from mlcli.exports.csv.layout import Layout
    from mlcli.exports.csv.text_file import TextFile

_LOOKED_AT: Final = 400  # lines at the beginning, and at the end


class Surroundings:
    """Knows where the table stands in a file that is not where its source says.

    Parameters
    ----------
    text
        The file.
    delimiter
        What stands between cells, where the source says so.
    skip_rows, skip_footer
        How many lines stand above the header, and below the last row, as the source says.
    named
        Whether it names the columns, of a file that has no header.
    """

    def __init__(
        self,
        text: TextFile,
        *,
        delimiter: str | None,
        skip_rows: int,
        skip_footer: int,
        named: bool,
    ) -> None:
        self._text, self._given = text, delimiter
        self._skip_rows, self._skip_footer = skip_rows, skip_footer
        self._named, self.in_a_source = named, text.in_a_source

    @cached_property
    def layout(self) -> Layout | None:
        """Where the table seems to stand, by the first lines of the file."""
        return layout.found([*islice(self._text.lines(), _LOOKED_AT)], delimiter=self._given)

    def out_of_place(self, line: int) -> tuple[str, dict[str, Any]]:
        """Return what to say of a line that seems to stand above or below the table, and keys.

        Both are empty where it does not.
        """
        found, named = self.layout, self._named
        if found is None or not self.in_a_source:
            return "", {}
        start, count = self.below
        below = {"skip_footer": count} if count else {}
        if found.skip_rows > self._skip_rows and (found.columns or not named):
            keys = {**found.keys, **self._delimiter_of(found), **below}
            if found.columns:
                return f"say in its source  {wording.keys_in_yaml(keys)}", keys
            lines = wording.count(found.skip_rows - self._skip_rows, "line")
            way = f"say in its source  {wording.keys_in_yaml(keys)}"
            return f"if the header stands {lines} further down, {way}", keys
        if count and line >= start:
            return f"If no row stands from here on:  {wording.keys_in_yaml(below)}", below
        return "", {}

    @property
    def row_in_the_footer(self) -> int:
        """The line of the first row that ``skip_footer`` leaves out, or 0 where none seems one."""
        found = self.layout if self._skip_footer else None
        if found is None or "0" not in found.kinds:
            return 0
        lines = self._last_lines()
        while lines and not lines[-1][1].strip("\r\n"):
            lines.pop()
        lines = lines[-self._skip_footer :]
        for at, cells in layout.records_of([text for _, text in lines], found.delimiter):
            if found.is_row(cells):
                return lines[at][0]
        return 0

    def _last_lines(self) -> list[tuple[int, str]]:
        """Return the last lines with their numbers: those before are counted, and not split."""
        kept: deque[tuple[int, int, bytes]] = deque()
        number = 1
        for block in self._text.blocks():
            ends = block.count(b"\n")
            if b"\r" in block:  # as old Macs end lines, or Windows does
                ends += block.count(b"\r") - block.count(b"\r\n")
            count = ends + (not block.endswith((b"\n", b"\r")))
            kept.append((number, count, block))
            number += count
            while sum(count for _, count, _ in kept) - kept[0][1] >= _LOOKED_AT:
                kept.popleft()
        first = kept[0][0] if kept else 1
        lines = self._text.lines_of((block for _, _, block in kept), first)
        return [*deque(enumerate(lines, start=first), maxlen=_LOOKED_AT)]

    def _delimiter_of(self, found: Layout) -> dict[str, str]:
        """Return the key that is needed where the lines of a table do not show the delimiter."""
        if self._given:
            return {}
        lines = [*layout.bare([*islice(self._text.lines(), found.skip_rows, _LOOKED_AT)]).values()]
        mark = found.delimiter
        return {} if layout.sniffed(lines[0], lines) == [mark] else {"delimiter": as_key(mark)}

    @cached_property
    def below(self) -> tuple[int, int]:
        """The line from which no row seems to stand any more, and how many lines those are."""
        found = self.layout
        if found is None:
            return 0, 0
        lines = self._last_lines()
        ended = bool(lines) and lines[-1][1].endswith(("\n", "\r"))
        while lines and not lines[-1][1].strip("\r\n"):
            lines.pop()
        last = lines[-1][0] if lines else 0
        lines = lines[: -self._skip_footer] if self._skip_footer else lines
        rows = [one for one in lines if one[0] > found.skip_rows + (not found.columns)]
        records = layout.records_of([text for _, text in rows], found.delimiter)
        count = found.footer(records, ended=ended or self._skip_footer > 0)
        if not count:
            return 0, 0
        start, _ = rows[records[-count][0]]
        no_rows = [at for at, row in records[-count:] if row]  # empty lines end a table too
        return start, last - rows[no_rows[0]][0] + 1


def as_key(mark: str) -> str:
    """Return a delimiter as a definition names it."""
    return "tab" if mark == "\t" else mark
