"""Where the table of a CSV file stands: found by evidence over its first and last lines.

The evidence is what stands below each other. A column that holds numbers or dates in most
rows tells its header, and titles above, from rows; and a total below from them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from mlcli.grammar.column_summary import sort_of
from mlcli.grammar.words import is_word_for_total, is_word_for_total_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mlcli.exports.csv.reader import Record

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

_FIRST: Final = 60  # records in which a header is looked for
_LAST: Final = 20  # lines that a footer has at most
_MOST: Final = 0.6  # of the cells of a column
_MANY_ROWS: Final = 6
_FEW_ROWS: Final = 3
_CONTROL_Z: Final = "\x1a"  # ends a text of MS-DOS
_HALF: Final = 0.5

Look = Literal["0", "a", ""]
"""What a cell is, roughly: ``0`` a number or a date, ``a`` a word, or empty."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table stands in its file.

    Attributes
    ----------
    delimiter
        What stands between its cells.
    skip_rows
        How many lines stand above the header; above the rows, where ``columns`` are given.
    columns
        The names of the columns, where no one line right above the rows holds them.
    units
        The line below the header that goes on with it, counted from 1; 0 where none does.
    kinds
        What each column holds, in most rows.
    full
        Which columns are hardly ever empty.
    levels
        The words that columns hold more than once.
    """

    delimiter: str
    skip_rows: int
    columns: tuple[str, ...]
    units: int
    kinds: tuple[Look, ...]
    full: tuple[bool, ...]
    levels: frozenset[str]

    @property
    def keys(self) -> dict[str, Any]:
        """Return the keys of a source that say where the table begins."""
        keys: dict[str, Any] = {"skip_rows": self.skip_rows} if self.skip_rows else {}
        return {**keys, "columns": list(self.columns)} if self.columns else keys

    def has_word(self, cells: Sequence[str]) -> bool:
        """Say whether a word stands in some column of numbers or dates."""
        pairs = zip(self.kinds, cells, strict=True)
        return any(kind == "0" and kind_of(cell) == "a" for kind, cell in pairs)

    def is_no_row(self, cells: Sequence[str]) -> bool:
        """Say whether cells at the end of a file are no row: a total, or a note.

        A word in place of a number or a date is not enough: a cell is empty besides that
        hardly any row leaves empty, or there is a word for a total.
        """
        if len(cells) != len(self.kinds):
            return self._is_note(cells)
        there = [(kind, cell) for kind, cell in zip(self.kinds, cells, strict=True) if cell.strip()]
        holes = self.holes(cells)
        if not there:
            return True
        if len(there) == 1 and holes > 1:
            kind, cell = there[0]
            free_text = kind == "a" and not cells[0].strip() and not is_word_for_total(cell)
            return kind_of(cell) == "a" and cell.strip() not in self.levels and not free_text
        totals = [cell for cell in cells if is_word_for_total(cell)]
        if self.has_word(cells):
            return bool(holes or totals)
        alone = filter(is_word_for_total_alone, totals)
        return bool(holes) and any(cell.strip() not in self.levels for cell in alone)

    def ends_in_a_row(self, last: Sequence[Sequence[str]]) -> bool:
        """Say whether the last of some records is a row beyond doubt, and all are as wide."""
        if not last or any(len(cells) != len(self.kinds) for cells in last):
            return False
        return not self.is_no_row(last[-1]) and not self.has_word(last[-1])

    def is_row(self, cells: Sequence[str]) -> bool:
        """Say whether cells are what rows hold, with no sign of a total or a note."""
        return (
            len(cells) == len(self.kinds)
            and all(cell.strip() or not full for full, cell in zip(self.full, cells, strict=True))
            and not self.has_word(cells)
            and not any(map(is_word_for_total, cells))
        )

    def may_be_row(self, cells: Sequence[str]) -> bool:
        """Say whether cells may be a row that lacks some that are not known yet."""
        begun = bool(cells[0].strip()) or not self.full[0]
        filled = sum(bool(cell.strip()) for cell in cells)
        sign = self.has_word(cells) or any(map(is_word_for_total, cells))
        return begun and filled > self.holes(cells) and not sign

    def holes(self, cells: Sequence[str]) -> int:
        """Return how many cells are empty that hardly any row leaves empty."""
        return sum(f and not cell.strip() for f, cell in zip(self.full, cells, strict=True))

    def _is_note(self, cells: Sequence[str]) -> bool:
        """Say whether a line of another width than the table is no part of a row."""
        there = [at for at, cell in enumerate(cells) if cell.strip()]
        if not there or any(map(is_word_for_total, cells)):
            return True
        kinds = [kind_of(cells[at]) for at in there]
        first = there[0]
        if first < len(self.kinds) and self.kinds[first] == "0":
            return kinds[0] == "a"
        return kinds == ["a"] and len(self.kinds) > len(cells)

    def footer(self, records: Sequence[Record], *, ended: bool = True) -> int:
        """Return how many of the last records are no rows.

        ``ended`` says whether the last line has an end: else it may have been cut off.
        """
        found = 0
        for back in range(1, min(_LAST, len(records)) + 1):
            cells = records[-back][1]
            cut_off = back == 1 and not ended and len(cells) == 1 and cells != [_CONTROL_Z]
            if not self.is_no_row(cells) or cut_off:
                break
            found = back
        return found


def found(lines: Sequence[str], *, delimiter: str | None = None) -> Layout | None:
    """Return where the table stands in the first lines of a file, or nothing without evidence.

    Parameters
    ----------
    lines
        Each with its end.
    delimiter
        What stands between cells, where that is known.
    """
    tables = [_Table(lines, mark) for mark in ([delimiter] if delimiter else DELIMITERS)]
    best = max(tables, key=lambda table: table.weight)
    return best.layout()


def sniffed(header: str, lines: Sequence[str]) -> list[str]:
    """Return what may stand between cells, by a header and the first lines without quotes.

    That is what splits all lines into equally many cells, or else the header into most.
    """
    best = even(header, lines) or {m: header.count(m) for m in DELIMITERS if m in header}
    return [mark for mark, n in best.items() if n == max(best.values())]


def even(header: str, lines: Sequence[str]) -> dict[str, int]:
    """Return the marks that stand in every line equally often, and how often."""
    found = {mark: header.count(mark) for mark in DELIMITERS if mark in header}
    return {m: n for m, n in found.items() if all(line.count(m) == n for line in lines)}


def bare(lines: list[str]) -> dict[int, str]:
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


def opens_a_cell(line: str, delimiter: str) -> bool:
    """Say whether the quote that a line leaves open stands where a cell begins."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf'(?:{cell}{mark})*+"(?:[^"]|"")*+', line) is not None


def well_quoted(text: str, delimiter: str) -> bool:
    """Say whether quotes stand around whole cells of a record."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf"{cell}(?:{mark}{cell})*+", text) is not None


def records_of(lines: Iterable[str], delimiter: str) -> list[Record]:
    """Return the records of some lines, each with its line counted from 0; those may be empty."""
    reader = csv.reader(lines, delimiter=delimiter)
    found: list[Record] = []
    at = 0
    try:
        for cells in reader:
            found.append((at, cells))
            at = reader.line_num
    except csv.Error:  # what it holds is for the strict reader to say
        pass
    return found


_ALMOST: Final = re.compile(
    r"[-+('$£€¥\u2212]*\s*\d[\d.,:/' \u00a0\u202f\u2019T+-]*\)?\s*[-+%]?\s*[^\W\d_]{0,3}\.?|"
    r"[A-Z]{0,3}[$£€¥]\s*[-+(]?\d[\d.,' ]*\)?-?|"
    r"(?:[^\W\d_]{2,9}\.?,? )?\d{1,2}[. -]{1,2}(?:de )?[^\W\d_]{3,10}\.?[ -](?:de )?\d{2,4}.{0,9}|"
    r"[^\W\d_]{3,10}\.? \d{1,2},? \d{4}.{0,12}"
)


@lru_cache(maxsize=1 << 14)
def kind_of(cell: str) -> Look:
    """Return what a cell is, roughly; numbers and dates may be written in any way."""
    text = cell.strip()
    if not text:
        return ""
    match sort_of(text):
        case "nothing":
            return ""
        case "text":
            return "0" if _ALMOST.fullmatch(text) else "a"
        case _:
            return "0"


class _Table:
    """The first lines of a file, split by one delimiter."""

    def __init__(self, lines: Sequence[str], mark: str) -> None:
        self.mark = mark
        records = records_of(lines, mark)
        self.ends = dict(pairwise([*(at for at, _ in records), len(lines)]))
        self.records = [(at, cells) for at, cells in records if any(c.strip() for c in cells)]
        widths = Counter(len(cells) for _, cells in self.records)
        self.width = max(widths, key=lambda w: (widths[w], w), default=0)
        self.share = widths[self.width] / max(len(self.records), 1)
        wide = [cells for _, cells in self.records if len(cells) == self.width]
        many = len(wide) > _MANY_ROWS
        begin = min(len(wide) // 2, len(wide) - 2 * _FEW_ROWS) if many else len(wide) // 2
        self.rows = wide[begin : -_FEW_ROWS if many else None]
        self.kinds = tuple(map(self._kind, range(self.width)))
        self.header = self._header()

    def _kind(self, at: int) -> Look:
        """Return what a column holds in most rows."""
        kinds = [kind for row in self.rows if (kind := kind_of(row[at]))]
        if not kinds:
            return ""
        return "0" if kinds.count("0") >= _MOST * len(kinds) else "a"

    @property
    def weight(self) -> tuple[float, ...]:
        """Return how likely it is that cells are separated so; more is likelier."""
        header = -1 if self.header is None else 0 if self.header < 0 else self._grade(self.header)
        return self.width > 1, -self._unsplit(), header, self.share, self.width

    def _unsplit(self) -> int:
        """Return how many columns of words hold another delimiter in most cells."""
        found = 0
        for at, kind in enumerate(self.kinds):
            cells = [row[at].strip() for row in self.rows if row[at]] if kind == "a" else []
            marks = [mark for mark in DELIMITERS if mark != self.mark]
            found += any(
                sum(mark in cell for cell in cells) > _MOST * len(cells) for mark in marks if cells
            )
        return found

    def _grade(self, i: int) -> int:
        """Return how much a record looks like a header: 2 names alone, 1 names with gaps."""
        cells = self.records[i][1]
        names = [cell.strip() for cell in cells]
        kinds = [kind_of(name) for name in names]
        if "a" not in kinds:
            return 0
        if len(set(names)) == len(names) and "0" not in kinds and "" not in names:
            return 2
        odd = sum(k == "0" and kind_of(c) == "0" for k, c in zip(self.kinds, cells, strict=True))
        return int(2 * odd <= self.kinds.count("0") and 2 * names.count("") <= len(names))

    def _fits(self, i: int) -> bool:
        """Say whether a record has numbers and dates where rows have them."""
        if i >= len(self.records) or len(self.records[i][1]) != self.width:
            return False
        pairs = zip(self.kinds, self.records[i][1], strict=True)
        kinds = [kind for known, cell in pairs if known == "0" and (kind := kind_of(cell))]
        return 2 * kinds.count("0") > len(kinds)

    def _header(self) -> int | None:
        """Return which record is the header; -1 where there is none, ``None`` without evidence."""
        wide = [i for i, (_, cells) in enumerate(self.records) if len(cells) == self.width][:_FIRST]
        if not self.rows or not wide:
            return None
        if "0" not in self.kinds:
            return next((i for i in wide if self._grade(i) > 1), wide[0])
        fitting = [i for i in range(min(_FIRST, len(self.records))) if self._fits(i)]
        named = [i for i in map(self._before, fitting) if i in wide and not self._fits(i)]
        whole = next((i for i in wide if self._grade(i) > 1), None)
        if whole is not None and len(fitting) < _FEW_ROWS:
            return whole
        strict = next((i for i in named if self._grade(i) > 1), None)
        likely = next((i for i in named if self._grade(i)), -1) if strict is None else strict
        above = [i for i in wide if i < likely and self._grade(i) > 1]
        return above[-1] if above and self._may_be_a_row(likely) else likely

    def _before(self, i: int) -> int:
        """Return the record before one, without those in which all is missing."""
        i -= 1
        while i > 0 and not any(map(kind_of, self.records[i][1])):
            i -= 1
        return i

    def _may_be_a_row(self, i: int) -> bool:
        """Say whether a record of words below another one may be a row with an odd cell."""
        names = [cell for cell in self.records[i][1] if cell.strip()]
        if len(set(names)) < len(names):
            return True
        odd = [c for k, c in zip(self.kinds, self.records[i][1], strict=True) if k == "0"]
        if len(odd) > 1:
            return [kind_of(cell) for cell in odd].count("a") <= 1
        for at, cell in enumerate(self.records[i][1]):
            words = [row[at] for row in self.rows]
            if self.kinds[at] == "a" and len(set(words)) < _MOST * len(words):
                return cell in words
        return True

    def layout(self) -> Layout | None:
        """Return where the table stands."""
        if self.header is None or not self.width or self.share <= _HALF:
            return None
        skip, columns, units = self._place(self.header)
        words = Counter(
            cell.strip()
            for row in self.rows
            for cell, kind in zip(row, self.kinds, strict=True)
            if kind == "a"
        )
        empty = [sum(not row[at].strip() for row in self.rows) for at in range(self.width)]
        return Layout(
            self.mark,
            skip,
            columns,
            units,
            self.kinds,
            tuple(count * 10 <= len(self.rows) for count in empty),
            frozenset(word for word, count in words.items() if count > 1),
        )

    def _place(self, header: int) -> tuple[int, tuple[str, ...], int]:
        """Return ``skip_rows``, ``columns`` and ``units`` of a layout."""
        if header < 0:
            return self._without_header()
        at, cells = self.records[header]
        lines = [line for line, _ in self.records]
        following = lines[header + 1] if header + 1 < len(lines) else at + 1
        if header and all(map(_OBJECT.fullmatch, cells)):  # ids below names, or below questions
            names = max(header - 2, 0) if self._grade(max(header - 2, 0)) > 1 else header - 1
            return following, _names(self.records[names][1]), at + 1
        if header and self._is_line_of_units(header):
            return following, _names(self.records[header - 1][1]), at + 1
        if following > self._ends(header) and lines[header + 2 : header + 3] == [
            self._ends(header + 1)
        ]:
            return following, _names(cells), 0
        return at, (), 0

    def _ends(self, i: int) -> int:
        """Return the line below a record, which may run over several."""
        return self.ends[self.records[i][0]]

    def _is_line_of_units(self, i: int) -> bool:
        """Say whether a record goes on with the header above it."""
        cells = [cell.strip() for cell in self.records[i][1] if cell.strip()]
        if len(self.records[i - 1][1]) != self.width or self._grade(i - 1) < 2:  # noqa: PLR2004
            return False
        units = [cell for cell in cells if _UNIT.fullmatch(cell)]
        return 2 * len(units) >= len(cells) and all(
            cell in units or _KIND.fullmatch(cell) for cell in cells
        )

    def _without_header(self) -> tuple[int, tuple[str, ...], int]:
        """Return the place of rows that no line of as many names stands right above."""
        first = next((i for i in range(len(self.records)) if self._fits(i)), 0)
        at = self.records[first][0]
        names = [cell.strip() for cell in self.records[first - 1][1]] if first else []
        if len(names) == self.width - 1 and self.kinds[-1] == "":
            names.append("")
        elif len(names) == self.width + 1 and names[-1] == "":
            names.pop()
        if len(names) == self.width and all(names[:-1]):
            return at, _names(names), 0
        wide = [i for i in range(first) if len(self.records[i][1]) == self.width and self._grade(i)]
        return (self.records[wide[-1]][0] if wide else 0), (), 0


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns, each another one."""
    names = [cell.strip() for cell in cells]
    return tuple(
        name if name and name not in names[:i] else f"{name or 'column'} {i + 1}"
        for i, name in enumerate(names)
    )


_OBJECT: Final = re.compile(r'\{".*\}')
_UNIT: Final = re.compile(
    r"\(.*\)|\[.*\]|.{0,6}[%°€$£¥/²³µ].{0,6}|[A-Z]{3}|(?:dd|mm|yyyy|yy|hh|tt|jj+|aa+)[-./ :\w]*|"
    r"(?i:u?int(?:eger)?\d*|float\d*|double|numeric|number|decimal|string|str|text|varchar|char|"
    r"datetime\d+|bool(?:ean)?|[kcmdµ]?(?:m|g|l|s|w|wh|hz|b|pa|bar)|kmh|mb|gb|kb|min|h|hr|hrs|"
    r"sec|pcs|stk|eur|usd|gbp|chf|euros?|dollars?|celsius|fahrenheit|deg|kelvin|mph)"
)
_KIND: Final = re.compile("(?i)date|time|datetime|timestamp|object|category|hours?|days?|count")
"""Words of a line of units or types that are names of columns as often."""
