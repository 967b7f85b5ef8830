"""What stands above and below the table of a CSV file, and the keys of a source that say so."""

from __future__ import annotations

from collections import deque
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.errors import Fix
from mlcli.exports.csv import layout
from mlcli.grammar.cells import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mlcli.exports.csv.layout import Layout
    from mlcli.exports.csv.reader import Record
    from mlcli.exports.csv.text_file import TextFile
    from mlcli.grammar.notation import Notation

_LOOKED_AT: Final = 400  # lines at the beginning, and at the end
_KEPT: Final = 50
_LAST: Final = 3  # rows that may be a total, or a note


class NoRow(NamedTuple):
    """A line that holds no row, and the line of the next row where it is the first one."""

    line: int
    following: int = 0


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
    in_a_source
        Whether there is a definition that could say more.
    """

    def __init__(
        self,
        text: TextFile,
        *,
        delimiter: str | None,
        skip_rows: int,
        skip_footer: int,
        named: bool,
        in_a_source: bool,
    ) -> None:
        self._text, self._given = text, delimiter
        self._skip_rows, self._skip_footer = skip_rows, skip_footer
        self._named, self.in_a_source = named, in_a_source

    def fix(self, keys: dict[str, Any]) -> list[Fix]:
        """Return the way out that some keys of a source are."""
        if not keys or not self.in_a_source:
            return []
        (key, value), *more = keys.items()
        return [Fix(keys) if more else Fix(value, (key,))]

    def or_say(self, key: str) -> str:
        """Return the other way out than to mend the file: a key of its source."""
        return f", or say in its source  {key}" if self.in_a_source else ""

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
        lines = [*deque(enumerate(self._text.lines(), start=1), maxlen=_LOOKED_AT)]
        while lines and not lines[-1][1].strip("\r\n"):
            lines.pop()
        lines = lines[-self._skip_footer :]
        for at, cells in layout.records_of([text for _, text in lines], found.delimiter):
            if found.is_row(cells):
                return lines[at][0]
        return 0

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
        lines = [*deque(enumerate(self._text.lines(), start=1), maxlen=_LOOKED_AT)]
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


def odd_row(
    first: Sequence[Sequence[str]],
    last: Sequence[list[str]],
    notation: Notation,
    around: Surroundings,
    records: Callable[[], Iterable[Record]],
) -> NoRow | None:
    """Return the first line of a table that is a total or a note, by its first and last rows.

    ``records`` gives all of them, which are read only where it takes their sums to tell.
    """
    top, ends = [*first[0]] if first else [], last[-_LAST:]
    both = first, last[::-1]  # the row that may be odd comes first
    adds_up = any(_may_add_up(rows, notation) for rows in both)
    if not adds_up and not any(layout.may_be_no_row([*row], top) for row in ends):
        return None
    table = around.layout
    if table is None or len(table.kinds) != len(top):
        return None
    if not adds_up and table.ends_in_a_row(ends):
        return None
    if adds_up or any(
        len(rows[0]) == len(table.kinds)
        and table.has_word(rows[0])
        and _may_add_up(rows, notation, every=False)
        for rows in both
    ):
        return _no_row(records(), table, notation, holes_tell=around.in_a_source)
    count = table.footer([*enumerate(last)])
    below = last[len(last) - count :]
    said = any("".join(row).strip() for row in below)
    even = all(len(row) == len(table.kinds) for row in below)  # or the strict reader refuses it
    return NoRow(around.below[0]) if said and even and around.below[0] else None


def _no_row(
    records: Iterable[Record], table: Layout, notation: Notation, *, holes_tell: bool
) -> NoRow | None:
    """Return the first line that holds no row: the first one, or one at the end.

    Parameters
    ----------
    records
        All of the file.
    table
        What its columns hold.
    notation
        How its numbers are written.
    holes_tell
        Whether one sum beside an empty cell is enough. It may be one by chance, which is for a
        source to say; where there is none, it is not.
    """
    kept: deque[Record] = deque(maxlen=_KEPT)
    top: list[Record] = []
    sums, count = [0.0] * len(table.kinds), 0
    for record in records:
        kept.append(record)
        top += [record] if count <= 1 else []
        numbers = [_number(cell, notation) or 0 for cell in record[1]]
        sums = [total + number for total, number in zip(sums, numbers, strict=True)]
        count += 1
    rows = [*kept]
    footer = table.footer(rows)
    if any("".join(row).strip() for _, row in rows[len(rows) - footer :]):
        return NoRow(rows[-footer][0])
    ends = [NoRow(one[0], two[0]) for one, two in pairwise(top)]
    ends += [NoRow(line) for line, _ in rows[-1:] if not footer]
    held = dict([*top, *rows])
    for end in ends:
        row = held[end.line]
        figures = [_number(cell, notation) for cell in row]
        if table.adds_up(row, figures, sums, count - 1, holes_tell=holes_tell):
            return end
    return None


def _may_add_up(rows: Sequence[Sequence[str]], notation: Notation, *, every: bool = True) -> bool:
    """Say whether every number of the first of some rows may be the sum of its column, or one.

    Where each column holds negative ones, a few rows cannot tell, and nothing is suspected.
    """
    like = [row for row in rows[1:] if len(row) == len(rows[0])]
    may, told = [], False
    for cell, *column in zip(*rows[:1], *like, strict=True):
        number = _number(cell, notation)
        if number is None:
            continue
        others = [other for text in column if (other := _number(text, notation)) is not None]
        upwards = min(others, default=0) >= 0
        may.append(not upwards or number >= sum(others) * (1 - 1e-9))
        told = told or (upwards and number > 0 and may[-1])
    return bool(like) and told and (all(may) if every else any(may))


def _number(cell: str, notation: Notation) -> float | None:
    """Return a cell as a number; nothing where it is none."""
    try:
        return notation.number(cell)
    except CellError:
        return None
