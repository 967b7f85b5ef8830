"""One sheet of an Excel workbook as typed, checked chunks of only the columns that are needed."""

from __future__ import annotations

import re
import warnings
import zlib
from collections import deque
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, time
from functools import partial
from itertools import groupby, islice, repeat, takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from mlcli import wording
from mlcli.errors import DataError, Fix, missing_extra, near
from mlcli.exports import header, totals, typed_values
from mlcli.exports.csv import layout, writing
from mlcli.exports.file_on_disk import ExportFile
from mlcli.grammar import source_phrases
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.grammar.source_phrases import LAST_ROW, SheetRange

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.definition.rules.base import Frame
    from mlcli.exports.typed_values import TypedColumn
    from mlcli.grammar.cells import Kind

    Row = tuple[int, list[Any]]

_CHUNK_ROWS = 20_000
_FIRST: Final = 50  # rows that show what columns hold
_STEP: Final = 1_000  # rows that are asked of openpyxl at a time
_PIECE: Final = 2**20  # bytes of a sheet that are searched at a time
_CELL: Final = rb"[A-Z]{1,3}\d{1,7}"
_MERGED: Final = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^<>]{0,100}?ref="(' + _CELL + rb":" + _CELL + rb')"'
)
_WAITING: Final = re.compile(rb'<(?:\w+:)?calcPr\s[^<>]*fullCalcOnLoad="(?:1|true)"')
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_BELOW: Final = 100  # rows below a range that are looked at


class _Fault(NamedTuple):
    """Stands in a cell that has no value to be read, and says why.

    ``written`` is what Excel shows in it, which may stand for an empty cell.
    """

    message: str
    hint: str
    written: str = ""


_NO_RESULT: Final = _Fault(
    "the formula has no result in the file", "open the workbook in a spreadsheet, and save it"
)


class ExcelSource(typed_values.TypedSource):
    """One sheet, ready to be read in chunks.

    Parameters
    ----------
    path
        The workbook.
    name
        How it is named in messages.
    sheet
        Which sheet; the only one that can be seen if ``None``.
    cells
        Which cells of it, the header first; all if ``None``.
    keeps_totals
        Whether the last rows are rows, though they look like totals or notes.
    timezone
        Where the wall clock hangs that times with an offset are turned to.
    notation
        How its texts write numbers, dates and missing cells.

    Raises
    ------
    DataError
        The file is missing, damaged or no workbook, has several sheets or not the one
        that is asked for, or its first row is no header.
    EnvironmentProblemError
        It may not be read, or openpyxl is not installed.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        sheet: str | None = None,
        cells: str | None = None,
        keeps_totals: bool = False,
        timezone: str | None = None,
        notation: Notation = PLAIN,
    ) -> None:
        self.file = ExportFile(path, name=name, endings=(".xlsx", ".xlsm"))
        _check_magic(self.file)
        super().__init__(name, timezone, notation, keeps_totals=keeps_totals)
        self._given, self._end = cells is not None, 0
        self._others: list[str] = []
        self._left_below: tuple[str, ...] = ()
        self.range = source_phrases.parse(cells) if cells else SheetRange(1, 1, None, 0)
        with self._book() as book:
            self.sheet = self._chosen(book, sheet)
            part = next(p for s, p in book.parser.find_sheets() if s.name == self.sheet)
            with self._damage():
                self._merged, self._formulas = _searched(book.archive, part.target)
                self._stale = _never_worked_out(book.archive)
            self.columns = self._header(book)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the workbook, by its name."""
        return {self.name: self.file.digest()}

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns and the row of the sheet each stands in.

        Raises
        ------
        DataError
            A column is not there, a cell is not of its column's kind, is merged, or holds
            an error or a formula without a result; a row is empty, or lies outside of the
            columns; there are no rows; or the file changed meanwhile.
        """
        columns = self.typed(wanted, place=f"{self.name}:{self.range.first_row}")
        self._check_merged([self.range.first_column + column.position for column in columns])
        empty = True
        with self._book() as book, closing(self._rows(book)) as rows:
            while chunk := list(islice(rows, _CHUNK_ROWS)):
                empty = False
                lines = [line for line, _ in chunk]
                yield self.frame(columns, lines, partial(_values, chunk, lines))
        if empty:
            raise self._no_table("has a header and no rows", "was it exported for the right days?")
        self.file.unchanged()
        self.conclude(columns)
        self.notes += self._left_below

    @contextmanager
    def _book(self, *, results: bool = True) -> Iterator[Any]:
        """Open the workbook, with the results of formulas or with the formulas themselves."""
        try:
            from openpyxl.reader.excel import ExcelReader
        except ImportError as error:
            raise missing_extra("excel", "Excel workbooks need") from error
        with self._damage():
            self.file.require_plain_sizes()
            book = ExcelReader(
                str(self.file.path), read_only=True, data_only=results, keep_links=False
            )
            book.read()
        try:
            yield book
        finally:
            book.archive.close()

    @contextmanager
    def _damage(self) -> Iterator[None]:
        """Say in our words what openpyxl finds wrong; it warns of much that is no matter here."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except (
            *(ArithmeticError, AttributeError, LookupError, OSError, RuntimeError),
            *(TypeError, ValueError, EOFError, BadZipFile, ParseError, zlib.error),
        ) as error:
            self.file.unchanged()
            reason = "this is a zip archive, and no Excel workbook"
            try:
                with ZipFile(self.file.path) as archive:
                    damaged = "[Content_Types].xml" in archive.namelist()
            except (OSError, ValueError, BadZipFile):
                damaged = True
            if damaged:
                reason = "the workbook is damaged, or was not written to its end"
            raise DataError(reason, place=self.name, hint="save it again as .xlsx") from error

    def _chosen(self, book: Any, asked: str | None) -> str:
        """Return which sheet is read."""
        sheets: dict[str, bool] = {s.title: s.sheet_state == "visible" for s in book.wb.worksheets}
        seen = [title for title, visible in sheets.items() if visible]
        if asked is None and len(seen) == 1:
            return seen[0]
        if asked is None:
            raise DataError(
                f"the workbook has {wording.count(len(seen), 'sheet')} that can be seen: "
                f"{wording.listed(seen, most=12)}"
                if seen
                else "the workbook has no sheet that can be seen",
                place=self.name,
                hint="say which one is read:  "
                f"sheet: {wording.in_yaml(next(iter(seen or sheets), 'NAME'))}",
                fix=[Fix(name, ("sheet",)) for name in seen],
            )
        if asked not in sheets:
            raise DataError(
                f"there is no sheet {asked!r}",
                place=self.name,
                hint=near(asked, sheets) or f"the sheets are {wording.listed(list(sheets))}",
            )
        after = seen.index(asked) + 1 if asked in seen else 0
        self._others = [*seen[after:], *seen[: max(0, after - 1)]]
        return asked

    def _header(self, book: Any) -> tuple[str, ...]:
        """Return the names of the columns, from the first row of the cells that are read."""
        first = self.range.first_row
        with closing(self._read(book, first, first)) as rows:
            _, cells = next(rows, (first, []))
        while cells and not self._given and _is_empty(cells[-1]):
            cells.pop()
        if not cells and self._given:
            raise self._elsewhere("the range begins where the sheet has no cells any more", first)
        if not cells:
            raise self._no_header(book)
        self._check_merged(
            range(self.range.first_column, self.range.first_column + len(cells)), last=first
        )
        names = [
            "" if isinstance(c, _Fault) or _is_empty(c) else typed_values.text(c) for c in cells
        ]
        if 2 * names.count("") > len(names):
            at = source_phrases.column(self.range.first_column + names.index(""))
            raise self._elsewhere(f"the header cell {at}{first} is empty, and so are others", first)
        if not self._given and self._likely(book):
            said = "the header seems to stand further down"
            raise self._elsewhere(said, first, way="if it does, ")
        return header.checked(names, place=f"{self.name}:{first}", what="the header")

    def _no_header(self, book: Any) -> DataError:
        with closing(self._read(book, 1, None)) as rows:
            empty = all(all(map(_is_empty, cells)) for _, cells in rows)
        if empty:
            return self._no_table("is empty", "export it again")
        return self._elsewhere("the first row is empty", 1)

    def _no_table(self, message: str, hint: str) -> DataError:
        """Return an error of a sheet without rows, which names the other sheets."""
        said = f"the sheet {message}"
        if others := self._others:
            there = wording.listed([*map(repr, others)], most=12)
            said = f"sheet {self.sheet!r} {message}; there is also {there}"
            hint = f"say which one is read:  sheet: {wording.in_yaml(others[0])}"
        return DataError(said, place=self.name, hint=hint, fix=[Fix(n, ("sheet",)) for n in others])

    def _elsewhere(self, message: str, line: int, *, way: str = "", table: str = "") -> DataError:
        """Return an error that a range mends: of the likely table, or else of another one."""
        with self._book() as book:
            cells = self._likely(book) or table
        return DataError(
            message,
            place=f"{self.name}:{line}",
            hint=f"{way}say which cells are the table, header first:  range: {cells or 'A3:D'}",
            fix=[Fix(cells, ("range",))] if cells else [],
        )

    def _likely(self, book: Any) -> str:
        """Return the range of what looks like a table below the row that is read as the header."""
        with closing(self._read(book, 1, _FIRST)) as found:
            rows = [[_text(cell).strip() for cell in cells] for _, cells in found]
        width = max(map(len, rows), default=0)
        rows = [[*cells, *repeat("", width - len(cells))] for cells in rows]
        table = layout.found([writing.line(cells, ",") for cells in rows], delimiter=",")
        if table is None or table.columns or table.skip_rows < self.range.first_row * any(rows[0]):
            return ""
        named = [at for at, cell in enumerate(rows[table.skip_rows]) if cell]
        first, last = (
            source_phrases.column(self.range.first_column + at) for at in (named[0], named[-1])
        )
        return f"{first}{table.skip_rows + 1}:{last}"

    def _rows(self, book: Any) -> Generator[Row]:
        """Yield the rows below the header that hold anything, each as wide as the header."""
        end = self.range.last_row or LAST_ROW
        last = self.range.last_row and end + _BELOW
        first: list[Sequence[Any]] = []
        with closing(self._read(book, self.range.first_row + 1, last)) as rows:
            for inside, some in groupby(rows, lambda row: row[0] <= end):
                if inside:
                    yield from self._checked(some, first)
                else:
                    below = takewhile(lambda row: not all(map(_is_empty, row[1])), some)
                    shown = ((line, [*map(_text, cells)]) for line, cells in below)
                    said = f"{self.name}: range: {self._table()}{end}"
                    above = [[*map(_text, cells)] for cells in first]
                    self._left_below = totals.left_below(said, self.columns, above, shown)

    def _checked(self, rows: Iterator[Row], first: list[Sequence[Any]]) -> Iterator[Row]:
        """Yield the rows that hold anything, each as wide as the header; see ``chunks``.

        ``first`` takes in the first ones.
        """
        width, blank = len(self.columns), 0
        last: deque[Row] = deque(maxlen=totals.LAST)
        for line, cells in rows:
            outside = next((i for i, c in enumerate(cells[width:]) if not _is_empty(c)), None)
            if outside is not None:
                at = source_phrases.column(self.range.first_column + width + outside)
                raise self._elsewhere(
                    f"the cell {at}{line} stands outside of the columns that the header names",
                    line,
                    way="name a column for it, or ",
                    table=self._table(),
                )
            if all(map(_is_empty, cells)):
                blank = blank or line
                continue
            if blank:
                above = f"{self._table()}{blank - 1}" if blank > self.range.first_row + 1 else ""
                raise self._elsewhere(
                    "the row is empty", blank, way="take it out, or ", table=above
                )
            whole = [*cells, *repeat(None, width - len(cells))]
            if tuple(_text(cell).strip() for cell in whole) == self.columns and width > 1:
                raise DataError(
                    f"row {line} repeats the header",
                    place=f"{self.name}:{line}",
                    hint="take it out; was one export put below another?",
                )
            if len(first) < _FIRST:
                first.append(whole)
            last.append((line, whole))
            yield line, whole
        self._end = last[-1][0] if last else 0
        if not self.keeps_totals:
            self._refuse_a_footer(first, last)

    def whole_rows(self) -> Iterator[Row]:
        """Yield all rows with all of their cells, and the row of the sheet that each stands in."""
        with self._book() as book, closing(self._rows(book)) as rows:
            for line, cells in rows:
                inside = cells[: len(self.columns)]
                yield line, [None if isinstance(cell, _Fault) else cell for cell in inside]

    def way_out(self, found: totals.SumRow) -> tuple[str, list[Fix]]:
        """Return what to do about a row that is a total."""
        return self._ends_above(found.line) if found.line == self._end else super().way_out(found)

    def _ends_above(self, line: int) -> tuple[str, list[Fix]]:
        """Return how to say that the table ends above a row."""
        table = f"{self._table()}{line - 1}"
        words = f"take it out, or say which cells are the table, header first:  range: {table}"
        return words, [Fix(table, ("range",))]

    def _refuse_a_footer(self, first: Sequence[Sequence[Any]], last: Sequence[Row]) -> None:
        """Raise where one of the last rows is a total or a note."""
        above = [tuple(map(_text, cells)) for cells in first]
        line = totals.below(self.columns, above, [(at, [*map(_text, row)]) for at, row in last])
        if line:
            hint, fix = self._ends_above(line)
            raise DataError(
                "the row is no row of the table, but a total or a note",
                place=f"{self.name}:{line}",
                hint=f"{hint}{totals.OR_KEEP}",
                fix=fix,
            )

    def _table(self) -> str:
        """Return the range of the table without its last row, as a definition has it."""
        first = self.range.first_column
        start, end = map(source_phrases.column, (first, first + len(self.columns) - 1))
        return f"{start}{self.range.first_row}:{end}"

    def _read(self, book: Any, first: int, last: int | None) -> Generator[Row]:
        """Yield rows of the sheet with the number that Excel gives them."""
        with ExitStack() as stack:
            rows = stack.enter_context(closing(self._sheet_rows(book, first, last)))
            made: Iterator[Sequence[Any]] = repeat(())
            if self._formulas:
                formulas = stack.enter_context(self._book(results=False))
                made = stack.enter_context(closing(self._sheet_rows(formulas, first, last)))
            for line, (row, also) in enumerate(zip(rows, made, strict=False), start=first):
                if line > LAST_ROW:
                    raise DataError(
                        f"the sheet has a row {line:,}, and Excel knows none after {LAST_ROW:,}",
                        place=self.name,
                        hint="save it again as .xlsx",
                    )
                yield line, self._plain(row, also)

    def _sheet_rows(self, book: Any, first: int, last: int | None) -> Generator[Any]:
        sheet = book.wb[self.sheet]
        sheet.reset_dimensions()  # what a workbook says of its own size may be wrong
        asked = sheet.iter_rows(
            min_row=first,
            max_row=last,
            min_col=self.range.first_column,
            max_col=self.range.last_column or None,
        )
        with closing(asked) as rows:
            while True:
                with self._damage():
                    some = list(islice(rows, _STEP))
                if not some:
                    return
                yield from some

    def _plain(self, row: Sequence[Any], made: Sequence[Any]) -> list[Any]:
        """Return the values of a row; a fault where one cannot be read."""
        values = [_error(c.value) if c.data_type == "e" else c.value for c in row]
        for index, value in enumerate(values):
            if isinstance(value, datetime) and value.time() == time():
                clock = "h" in (row[index].number_format or "").lower()
                values[index] = value if clock else value.date()
        for index, cell in enumerate(made):
            if cell.data_type == "f" and (
                self._stale or (values[index] is None and row[index].data_type != "str")
            ):
                values[index] = _NO_RESULT
        return values

    def _check_merged(self, columns: Sequence[int], *, last: int | None = None) -> None:
        """Raise if some of the columns hold merged cells: all but the first of those are empty."""
        for text in self._merged:
            merged = source_phrases.parse(text, merged=True)
            touched = any(merged.first_column <= c <= merged.last_column for c in columns)
            if (
                touched
                and merged.first_row <= (last or self.range.last_row or LAST_ROW)
                and self.range.first_row <= (merged.last_row or LAST_ROW)
            ):
                raise self._elsewhere(
                    f"the cells {text} are merged, and each value needs a cell of its own",
                    merged.first_row,
                    way="unmerge them and fill each, or ",
                )


def _error(written: str) -> _Fault:
    """Return the fault of a cell that Excel itself calls wrong, such as #N/A."""
    return _Fault(
        f"the cell holds the error {written}",
        f'mend it; if it stands for an empty cell, add  missing: ["{written}"]',
        written,
    )


def _text(cell: object) -> str:
    """Return a cell roughly as a CSV file would hold it."""
    if isinstance(cell, _Fault):
        return cell.written or "?"
    return "" if cell is None else str(cell)


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def _values(rows: Sequence[Row], lines: Sequence[int], column: TypedColumn) -> Any:
    """Return the values of one column, or raise a fault of a cell."""
    cells = [row[column.position] for _, row in rows]
    for index, cell in enumerate(cells):
        if isinstance(cell, _Fault):
            if not cell.written or not column.notation.is_missing(cell.written):
                raise column.problem(lines[index], cell.message, cell.hint)
            cells[index] = None
    return column.values(cells, lines)


def _check_magic(file: ExportFile) -> None:
    """Raise if the file is another kind of workbook, or no workbook at all."""
    if file.start.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(
            "this is an old Excel workbook (.xls), or one with a password",
            place=file.name,
            hint="save it as .xlsx, without a password",
        )
    file.require_beginning(b"PK", "an Excel workbook", "save it again as .xlsx")


def _never_worked_out(archive: ZipFile) -> bool:
    """Say whether a workbook's formulas wait for the spreadsheet that opens it first.

    Programs that write such workbooks put no results beside formulas, or made-up ones.
    """
    parts = [name for name in archive.namelist() if name.endswith("/workbook.xml")]
    return any(_WAITING.search(archive.read(part)) for part in parts)


def _searched(archive: ZipFile, part: str) -> tuple[list[str], bool]:
    """Return which cells of a sheet are merged, and whether any holds a formula."""
    merged: dict[str, None] = {}
    formulas, before = False, b""
    with archive.open(part) as sheet:
        while piece := sheet.read(_PIECE):
            text = before + piece
            merged |= dict.fromkeys(ref.decode() for ref in _MERGED.findall(text))
            formulas = formulas or _FORMULA.search(text) is not None
            before = text[-200:]
    return list(merged), formulas
