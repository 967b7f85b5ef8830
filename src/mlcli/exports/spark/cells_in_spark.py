"""Lines of CSV to cells, and those to values, as expressions of Spark.

Spark's own reader of CSV takes what is none, so lines whose bytes nobody has looked at are
cut here. Each expression reads the forms in which nearly every cell is written, and of those
only what it reads exactly as ``cells`` does; they are told by their letters, since Spark's
casts take spaces, signs and words besides. What no form fits is left to our own reader, so
that the grammar of a cell is written once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mlcli.exports.spark.session import IRREGULAR, MARK, NOT_PLAIN, NOT_WHOLE
from mlcli.grammar import cells
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from mlcli.exports.typed_dialect import Sort
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

SPARK_TYPES: Final[dict[Kind, str]] = {
    "number": "double",
    "date": "timestamp_ntz",
    "text": "string",
    "any": "string",
    "either": "string",
    "boolean": "boolean",
}

_DIGITS: Final = "0123456789"
_LONGEST_NUMBER: Final = 30
_LONGEST_WHOLE: Final = 9


class Lines:
    """The lines of a CSV file, each a record in the column ``value``.

    Parameters
    ----------
    delimiter
        What stands between cells.
    width
        How many cells a line has.
    quotes
        Whether cells may stand in quotes. If not, a line with one is not regular, and a query
        takes half the time where there is none.
    """

    def __init__(self, delimiter: str, width: int, *, quotes: bool = True) -> None:
        from pyspark.sql.connect import functions as sf

        self._f = sf
        self._delimiter, self._width, self.quotes = delimiter, width, quotes
        apart = re.escape(delimiter)
        self._cell = f'(?:[^{apart}"]*|"[^"]*(?:""[^"]*)*")'
        self.line = sf.col("value")

    def is_one_of(self, headers: Sequence[str]) -> Column:
        """Return whether a line is a header, be it after the mark of UTF-8."""
        return self.line.isin([*headers, *(f"{MARK}{header}" for header in headers)])

    def regular(self) -> Column:
        """Return whether a line is one record; never null."""
        sf, line = self._f, self.line
        found = sf.length(line) - sf.length(sf.replace(line, sf.lit(self._delimiter), sf.lit("")))
        plain = (found == self._width - 1) & ~self._quoted()
        one = f"^{self._cell}(?:{re.escape(self._delimiter)}{self._cell}){{{self._width - 1}}}$"
        sound = (
            (line != "")
            & (sf.length(line) <= cells.LONGEST_WORD)
            & ~sf.contains(line, sf.lit("\0"))
            & ~sf.contains(line, sf.lit("\r"))
            & sf.is_valid_utf8(line)
        )
        fits: Column = sound & plain
        return (
            sf.when(sound & self._quoted(), line.rlike(one)).otherwise(fits)
            if self.quotes
            else fits
        )

    def required(self) -> Column:
        """Return true for a line that is one record; any other stops the query."""
        sf = self._f
        stop = sf.raise_error(sf.concat(sf.lit(f"{IRREGULAR}: "), sf.substring(self.line, 1, 9)))
        fits: Column = sf.when(self.regular(), sf.lit(col=True)).otherwise(stop.cast("boolean"))
        return fits

    def cell(self, position: int) -> Column:
        """Return the text of a cell of a line that is regular."""
        sf, line = self._f, self.line
        plain: Column = sf.split_part(line, sf.lit(self._delimiter), sf.lit(position + 1))
        if not self.quotes:
            return plain
        apart = re.escape(self._delimiter)
        before = f"(?:{self._cell}{apart}){{{position}}}" if position else ""
        raw = sf.regexp_extract(line, f"^{before}({self._cell})(?:{apart}|$)", 1)
        inside = sf.replace(raw.substr(sf.lit(2), sf.length(raw) - 2), sf.lit('""'), sf.lit('"'))
        bare = sf.when(raw.startswith('"'), inside).otherwise(raw)
        text: Column = sf.when(self._quoted(), bare).otherwise(plain)
        return text

    def _quoted(self) -> Column:
        return self._f.contains(self.line, self._f.lit('"'))


class Cells:
    """The cells of a column, as values of its kind.

    Parameters
    ----------
    name
        The column that holds the text of each cell.
    kind
        What it is read as.
    notation
        How its export writes values.
    timed
        Whether dates without a time are left to our reader.
    """

    def __init__(self, name: str, kind: Kind, notation: Notation, *, timed: bool = False) -> None:
        from pyspark.sql.connect import functions as sf

        self._f, self.cell, self._kind, self._notation = sf, sf.col(name), kind, notation
        self._timed = timed
        self._type = SPARK_TYPES[kind]
        self._nothing = sf.lit(None).cast(self._type)
        self._words = [*sorted(notation.missing)]
        self._half, self._read = f"{name}half__", f"{name}read__"

    def helping(self) -> tuple[dict[str, Column], dict[str, Column]]:
        """Return columns that ``value`` needs beside the cell, and others that need those first.

        Each is worked out once so, however often it is asked for.
        """
        sf, half = self._f, self._f.col(self._half)
        match self._kind:
            case "number":
                return {self._half: self._number()}, {self._read: half.try_cast("double")}
            case "date":
                return {self._half: self._iso()}, {self._read: half.try_cast("timestamp_ntz")}
            case "boolean":
                return {}, {}
            case _:
                return {self._half: sf.btrim(self.cell, sf.lit(cells.SPACES))}, {}

    def value(self, known: Mapping[str, Any]) -> Column:
        """Return the value of a cell, null where it is missing.

        ``known`` holds the values of cells that no form fits, as our own reader read them;
        the query stops with ``NOT_PLAIN`` where it finds another.
        """
        sf = self._f
        if self._kind in WORDS:
            return word(self.cell, sf.col(self._half), self._notation)
        made = sf.when(self._gone(), self._nothing).when(self._fits(), self._plainly())
        if known:
            gone = [cell for cell, read in known.items() if read is None]
            there = {cell: read for cell, read in known.items() if read is not None}
            if gone:
                made = made.when(self.cell.isin(gone), self._nothing)
            if there:
                listed = [sf.lit(v) for cell, read in there.items() for v in (cell, _literal(read))]
                found = sf.create_map(*listed)[self.cell].cast(self._type)
                made = made.when(self.cell.isin([*there]), found)
        stop = sf.raise_error(sf.concat(sf.lit(f"{NOT_PLAIN}: "), self.cell))
        value: Column = made.otherwise(stop.cast(self._type))
        return value

    def whole(self) -> Column:
        """Return the value of a whole number; the query stops with ``NOT_WHOLE`` at any other."""
        sf, long = self._f, self._f.length(self.cell)
        rest = sf.translate(self.cell, _DIGITS, "")
        below = (rest == "-") & self.cell.startswith("-") & (long > 1)
        plain = ((rest == "") | below) & (long <= _LONGEST_WHOLE)
        stop = sf.raise_error(sf.concat(sf.lit(f"{NOT_WHOLE}: "), self.cell))
        value: Column = (
            sf.when(self._gone(), sf.lit(None).cast("bigint"))
            .when(plain, self.cell.try_cast("bigint"))
            .otherwise(stop.cast("bigint"))
        )
        return value

    def odd(self) -> Column:
        """Return whether no form fits a cell."""
        return ~(self._gone() | self._fits())

    def _gone(self) -> Column:
        gone: Column = self.cell == ""
        return gone | self.cell.isin(self._words) if self._words else gone

    def _fits(self) -> Column:
        """Return whether a cell is written in a form that is read here; never null."""
        sf, read, half = self._f, self._f.col(self._read), self._f.col(self._half)
        fits: Column
        match self._kind:
            case "number":
                fits = sf.coalesce(sf.abs(read) < cells.EXACT, sf.lit(col=False))
            case "date":
                real = (half >= "0001") & ~half.endswith(":60")
                fits = read.isNotNull() & sf.coalesce(real, sf.lit(col=False))
            case _:
                fits = self.cell.isin([*_TRUE, *_FALSE])
        return fits

    def _plainly(self) -> Column:
        """Return the value of a cell that is written in a form that is read here."""
        truth: Column = self.cell.isin([*_TRUE])
        return truth if self._kind == "boolean" else self._f.col(self._read)

    def _number(self) -> Column:
        """Return the digits of a number, with a point, where it is written plainly."""
        sf, cell, mark = self._f, self.cell, self._notation.decimal
        rest = sf.translate(cell, _DIGITS, "")
        below = cell.startswith("-")
        ends = cell.startswith(mark) | cell.startswith(f"-{mark}") | cell.endswith(mark)
        one = (rest == "") | ((rest == "-") & below)
        two = ((rest == mark) | ((rest == f"-{mark}") & below)) & ~ends
        plain = (one | two) & (sf.length(cell) <= _LONGEST_NUMBER)
        pointed = cell if mark == "." else sf.replace(cell, sf.lit(mark), sf.lit("."))
        found: Column = sf.when(plain, pointed)
        if thousands := self._notation.thousands.strip():
            apart, end = re.escape(thousands), re.escape(mark)
            form = f"^-?[1-9][0-9]{{0,2}}(?:{apart}[0-9]{{3}}){{1,4}}(?:{end}[0-9]{{1,10}})?$"
            bare = sf.replace(cell, sf.lit(thousands), sf.lit(""))
            found = found.when(cell.rlike(form), sf.replace(bare, sf.lit(mark), sf.lit(".")))
        return found

    def _iso(self) -> Column:
        """Return a date as ISO 8601 has it, where all of its parts have all their digits."""
        sf, cell = self._f, self.cell
        zeros = sf.translate(cell, "123456789", "000000000")
        plain = [one for one in _SHAPES if not self._timed or ":" in one]
        found: Column = sf.when(zeros.isin(plain), cell)
        for form in self._notation.dates:
            shape = _zeros(form)
            if shape and (not self._timed or shape.count("0") > _DIGITS_OF_A_DAY):
                found = found.when(zeros == shape, self._turned(form))
        return found

    def _turned(self, form: str) -> Column:
        """Return a date in a form as ISO 8601 has it."""
        sf, at = self._f, 1
        parts: dict[str, Column] = {}
        for part in re.findall(r"%.|.", form, re.DOTALL):
            if part in _WIDTHS:
                parts[part] = self.cell.substr(at, _WIDTHS[part])
            at += _WIDTHS.get(part, 1)
        day = sf.concat_ws("-", *(parts[part] for part in ("%Y", "%m", "%d")))
        clock = sf.concat_ws(":", *(parts.get(part, sf.lit("00")) for part in ("%H", "%M", "%S")))
        iso: Column = sf.concat_ws(" ", day, clock)
        return iso


_SHAPES: Final = (
    *("0000-00-00 00:00:00", "0000-00-00T00:00:00", "0000-00-00 00:00", "0000-00-00T00:00"),
    "0000-00-00",
)


def helped(rows: DataFrame, read: Iterable[Cells]) -> DataFrame:
    """Return rows with what is worked out of their cells first."""
    for stage in zip(*(one.helping() for one in read), strict=True):
        more = {name: column for one in stage for name, column in one.items()}
        rows = rows.withColumns(more) if more else rows
    return rows


def odd_cells(rows: DataFrame, read: Cells) -> DataFrame:
    """Return the different cells of a column that no form fits, as ``cell``: one over the most."""
    odd: DataFrame = helped(rows, [read]).filter(read.odd()).select(read.cell.alias("cell"))
    return odd.distinct().limit(MOST_ODD + 1)


MOST_ODD: Final = 1_000
"""Different cells of a column that our own reader is asked for, at the most."""

_TRUE: Final = ("true", "True", "TRUE")
_FALSE: Final = ("false", "False", "FALSE")
_DIGITS_OF_A_DAY: Final = 8


def word(cell: Column, bare: Column, notation: Notation) -> Column:
    """Return a word, null where it is missing; ``bare`` is the cell without blanks around."""
    from pyspark.sql.connect import functions as sf

    gone = cell.isNull() | bare.isin(["", *sorted(notation.missing)])
    kept = cell if notation.keeps_blanks else bare
    found: Column = sf.when(gone, sf.lit(None).cast("string")).otherwise(kept)
    return found


def typed(cell: Column, kind: Kind, sort: Sort, *, odd: Column) -> Column:
    """Return values that are no texts as a kind that takes them.

    NaN is missing. The query stops and says ``odd`` at infinity, at a number that is too large,
    and at one with more digits than a double has.
    """
    from pyspark.sql.connect import functions as sf

    if kind != "number":
        return cell.cast(SPARK_TYPES[kind])
    number = as_double(cell, sort)
    most = cells.LARGEST if sort == "float" else cells.EXACT - 1
    value: Column = (
        sf.when(cell.isNull() | sf.isnan(number), sf.lit(None).cast("double"))
        .when(sf.abs(number) <= most, number)
        .otherwise(sf.raise_error(odd).cast("double"))
    )
    return value


def as_double(number: Column, sort: Sort) -> Column:
    """Return numbers as doubles; decimals by their text, as some server misses the last bit."""
    plain = number.cast("string") if sort == "decimal" else number
    found: Column = plain.cast("double")
    return found


_WIDTHS: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}


def _zeros(form: str) -> str:
    """Return a date in a form with every digit as 0, if its parts have all of their digits."""
    parts = re.findall(r"%.|.", form, re.DOTALL)
    said = [part for part in parts if part[0] == "%"]
    if not {"%Y", "%m", "%d"} <= {*said} <= {*_WIDTHS} or len({*said}) < len(said):
        return ""
    plain = [part for part in parts if part not in _WIDTHS]
    if any(part.isdigit() for part in plain):
        return ""
    return "".join("0" * _WIDTHS[part] if part in _WIDTHS else part for part in parts)


def _literal(value: object) -> object:
    """Return a value as a literal of Spark's."""
    return value if isinstance(value, bool | int | float | str) else str(value)
