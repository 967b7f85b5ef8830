"""Files to cells of text, and those to values, as expressions of DuckDB's SQL.

Each expression reads at once the forms in which nearly every cell is written, and of
those only what it reads exactly as ``cells`` does. Any other cell is handed to our own
reader, so that the grammar of a cell is written once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mlcli.grammar import cells
from mlcli.grammar.notation import WORDS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from mlcli.exports.csv.reader import CsvReader
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation

SQL_TYPES: Final[dict[Kind, str]] = {
    "number": "DOUBLE",
    "date": "TIMESTAMP",
    "text": "VARCHAR",
    "any": "VARCHAR",
    "boolean": "BOOLEAN",
}

_DAY: Final = "%Y-%m-%d"

_BUFFER: Final = 16 << 20
"""Bytes that DuckDB reads at a time. Its own 32 MiB are given back to the system each time,
and fetched anew, which takes a tenth of the whole."""

NOT_WHOLE: Final = "a number that is not plainly a whole one"
"""What DuckDB says where it finds a cell that ``whole`` does not read."""


def quoted(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Write a name as SQL does."""
    return '"' + name.replace('"', '""') + '"'


def file(reader: CsvReader, doubles: AbstractSet[int] = frozenset()) -> str:
    """Return the SQL that reads a file, every cell as text but for some columns of doubles."""
    types = ("DOUBLE" if at in doubles else "VARCHAR" for at in range(len(reader.columns)))
    columns = ", ".join(f"'c{at}': '{type_}'" for at, type_ in enumerate(types))
    options = {
        "columns": f"{{{columns}}}",
        "auto_detect": "false",
        "header": "false",
        "skip": str(reader.first - 1),
        "delim": quoted(reader.delimiter),
        "quote": "'\"'",
        "escape": "'\"'",
        "comment": "''",
        "null_padding": "false",
        "strict_mode": "true",
        "hive_partitioning": "false",
        "compression": "'none'",
        "buffer_size": str(_BUFFER),
    }
    said = ", ".join(f"{key} = {value}" for key, value in options.items())
    return f"read_csv({quoted(str(reader.path))}, {said})"


def value(cell: str, kind: Kind, notation: Notation, reader: str, *, timed: bool = False) -> str:
    """Return the SQL of a cell's value, ``NULL`` where it is missing.

    Parameters
    ----------
    cell
        The SQL of the cell.
    kind
        What it is read as.
    notation
        How its export writes values.
    reader
        The name of the function that ``dialect.slow`` made for the column.
    timed
        Whether dates without a time are left to that function.
    """
    words = ", ".join(map(quoted, sorted(notation.missing)))
    if kind in WORDS:
        gone = f"trim({cell}, {quoted(cells.SPACES)}) IN ({words})" if words else "false"
        spaces = f"NOT regexp_matches({cell}, {quoted(f'[^{cells.SPACES}]')})"
        bare, last = f"trim({cell}, {quoted(cells.SPACES)})", f"right({cell}, 1)"
        ends = f"AND {last} >= '!' AND {last} < chr(127)"
        if notation.keeps_blanks:
            bare, ends = cell, ""
        return (
            f"CASE WHEN {gone} THEN NULL "
            f"WHEN {cell} >= '!' AND {cell} < chr(127) {ends} THEN {cell} "
            f"WHEN {cell} IS NULL OR {spaces} THEN NULL ELSE {bare} END"
        )
    ours = f"{reader}({cell})"
    forms = {"number": _number, "date": _date, "boolean": _truth}[kind](cell, notation, ours)
    if timed:
        forms = [step for step in forms if "%H" in step[1]]
    missing = [(f"{cell} IN ({words})", ours)] if words else []
    # One flat CASE: where they are nested, DuckDB copies what is found at every step.
    steps = [*missing, *forms, (f"{cell} IS NULL", "NULL")]
    return _case(steps, otherwise=ours)


def whole(cell: str, notation: Notation) -> str:
    """Return the SQL of a whole number; DuckDB stops with ``NOT_WHOLE`` at any other cell.

    Parameters
    ----------
    cell, notation
        As for ``value``, which reads the same number in each cell that is read here.
    """
    words = ", ".join(map(quoted, sorted(notation.missing)))
    missing = [(f"{cell} IN ({words})", "NULL")] if words else []
    digits = [(test, f"{_small(cell)}::BIGINT") for test in _digits(cell)]
    steps = [*missing, *digits, (f"{cell} IS NULL", "NULL")]
    return _case(steps, otherwise=f"error({quoted(NOT_WHOLE)})")


def reads_doubles(notation: Notation) -> bool:
    """Say whether DuckDB reads numbers of a notation as we do, where none of a file is ``odd``."""
    return notation.decimal == "." and not notation.thousands and not notation.missing


def double(cell: str) -> str:
    """Return the SQL of a cell that is read as a double; DuckDB stops at one that we refuse."""
    steps = [(f"abs({cell}) < {cells.EXACT:.0f}", cell), (f"{cell} IS NULL", "NULL")]
    return _case(steps, otherwise="error('a number that is too large')")


_Steps = list[tuple[str, str]]
"""Conditions, and what a cell's value is where the first of them holds."""


def _case(steps: _Steps, *, otherwise: str) -> str:
    return f"CASE {' '.join(f'WHEN {a} THEN {b}' for a, b in steps)} ELSE {otherwise} END"


def _small(cell: str) -> str:
    """Return the SQL of a number of some digits, or of what else DuckDB takes for one."""
    return f"try_cast({cell} AS INTEGER)"


def _digits(cell: str) -> list[str]:
    """Return the SQL of what holds where a cell is digits, with or without a minus."""
    small = _small(cell)
    # As many characters as digits: nothing but these is left, or an exponent, as in 9e2.
    digits = (
        f"CASE WHEN {small} < 0 THEN 0 WHEN {small} < 10 THEN 1 "
        f"WHEN {small} < 100 THEN 2 WHEN {small} < 1000 THEN 3 ELSE 0 END"
    )
    return [f"strlen({cell}) = {digits}", f"{small}::VARCHAR = {cell}"]


def _truth(cell: str, _: Notation, __: str) -> _Steps:
    return [
        (f"{cell} IN ('true', 'True', 'TRUE')", "true"),
        (f"{cell} IN ('false', 'False', 'FALSE')", "false"),
    ]


def _number(cell: str, notation: Notation, _: str) -> _Steps:
    """Read a number without signs of currency, and with thousands apart where they are a mark.

    DuckDB's cast is the grammar of ``cells``, but for signs before others, for ``_`` between
    digits, and for what is no finite number. A test tries many other texts.
    """
    mark, thousands = notation.decimal, notation.thousands.strip()  # spaces are of several kinds
    cast = "try_cast({} AS DOUBLE)".format
    plain = cell if mark == "." else f"replace({cell}, {quoted(mark)}, '.')"
    odd = "_" + ("" if mark == "." else ".") + (" " if notation.missing else "")
    signed = [f"({cell} >= '.' OR NOT contains({cell}, '+'))"]  # it begins with no sign
    unlike = [*(f"NOT contains({cell}, {quoted(character)})" for character in odd), *signed]
    small = f"abs({{}}) < {cells.EXACT:.0f}".format  # whole numbers are exact
    steps = [(" AND ".join([small(cast(plain)), *unlike]), cast(plain))]
    if thousands:
        form = f"[+-]?[1-9][0-9]{{0,2}}([{thousands}][0-9]{{3}}){{1,16}}([{mark}][0-9]{{0,50}})?"
        bare = cast(plain.replace(cell, f"replace({cell}, {quoted(thousands)}, '')"))
        steps.insert(0, (f"regexp_full_match({cell}, {quoted(form)}) AND {small(bare)}", bare))
    return steps


def _date(cell: str, notation: Notation, ours: str) -> _Steps:
    """Read a date; DuckDB overlooks spaces, which a regular file holds none of."""

    def parsed(form: str) -> str:
        return f"try_strptime({cell}, {quoted(form)})"

    def timed(clock: str) -> str:
        apart = f"CASE WHEN NOT contains({cell}, ' ') THEN {parsed(f'{_DAY}T{clock}')} END"
        return f"coalesce({parsed(f'{_DAY} {clock}')}, {apart}, {ours})"

    said = [
        (f"regexp_full_match({cell}, {quoted(digits)})", f"coalesce({parsed(form)}, {ours})")
        for form in notation.dates
        if (digits := _digits_of(form))
    ]
    least = f"{cell} >= '0001'"
    one_space = f"{cell} NOT LIKE '% % %'"
    return [
        (f"strlen({cell}) = 19 AND {least} AND {one_space}", timed("%H:%M:%S")),
        (f"strlen({cell}) = 16 AND {least} AND {one_space}", timed("%H:%M")),
        (
            f"strlen({cell}) = 10 AND {least} AND NOT contains({cell}, ' ')",
            f"coalesce({parsed(_DAY)}, {ours})",
        ),
        *said,
    ]


_WIDTHS: Final = {
    "%Y": "[1-9][0-9]{3}",
    **dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), "[0-9]{2}"),
}


def _digits_of(form: str) -> str:
    """Return the pattern of dates in a form whose parts have all their digits, if they may."""
    parts = re.findall(r"%.|.", form, re.DOTALL)
    if "%d" not in parts or any(part[0] == "%" and part not in _WIDTHS for part in parts):
        return ""  # DuckDB takes other liberties with other parts than Python does
    return "".join(_WIDTHS.get(part) or re.escape(part) for part in parts)
