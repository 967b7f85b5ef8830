"""Faults of exports as they really come: how they are kept, written, cut off and put together.

``test_bad_data`` holds the faults of plain CSV; here is what a source can say more of, and
what goes wrong around it. A case is named by its fault, so that ``docs/faults.md`` can count.
"""

from __future__ import annotations

import gzip
import io
import sys
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from support import Ended, Project, table_definition

pytestmark = pytest.mark.usefixtures("unvalidated")

DATA, ASKED_WRONGLY, ENVIRONMENT = 3, 2, 5

TABLE = "guests,doughs\n1,2\n2,4\n3,5\n"
NAMES = "name,guests,doughs\nAnna,1,2\nJosé,2,4\nZoë,3,5\n"
FILE = "data/nights.csv"


def says(*keys: str, file: str = FILE, more: str = "", **parts: str) -> str:
    """Return the definition of one table whose source says some keys beside its file."""
    text = table_definition(**parts) + more
    listed = "".join(f"    {key}\n" for key in keys)
    return text.replace(f"file: {FILE}\n", f"file: {file}\n{listed}")


@dataclass(frozen=True)
class Case:
    """One fault, what holds it, and what must be said of it."""

    fault: str
    name: str
    files: dict[str, str | bytes]
    says: tuple[str, ...]
    definition: str
    code: int = DATA

    @property
    def id(self) -> str:
        return f"{self.fault}: {self.name}"


CASES: list[Case] = []

PLAINLY = "write digits and a decimal point only, such as 3.5"


def case(
    fault: str,
    name: str,
    content: str | bytes | dict[str, str | bytes],
    message: str,
    hint: str,
    *,
    at: str = FILE,
    definition: str = "",
    code: int = DATA,
) -> None:
    """Add a case: the first line of what is said, whole; and the hint, whole or its beginning."""
    files = content if isinstance(content, dict) else {FILE: content}
    first = f"error: {at}: {message}\n" if at else f"error: {message}\n"
    CASES.append(Case(fault, name, files, (first, f"\nhint: {hint}"), definition or says(), code))


# ---- how letters are kept ---------------------------------------------------------------

AS_UTF8 = "save the export as CSV UTF-8, or say in its source  encoding: "


def encoding(
    name: str, content: bytes, message: str, hint: str, at: str = "", said: str = ""
) -> None:
    definition = says(*([f"encoding: {said}"] if said else []))
    case("encoding", name, content, message, hint, at=FILE + at, definition=definition)


encoding(
    "UTF-32 with its mark",
    NAMES.encode("utf-32"),
    "this is UTF-32 text, not CSV text",
    "export it as CSV UTF-8\n",
)
encoding(
    "UTF-16 that lacks a byte at its end",
    NAMES.encode("utf-16")[:-1],
    "the file is not utf-16-le text",
    "export it again\n",
)
encoding(
    "UTF-16 with half a pair",
    "a,b\n".encode("utf-16") + b"\x00\xd8,\x00",
    "the file is not utf-16-le text",
    "export it again\n",
)
encoding(
    "cp1250 unsaid",
    "name,guests,doughs\nŁódź,1,2\n".encode("cp1250"),
    "byte 1 of the line (0xa3) is not UTF-8 text",
    AS_UTF8 + "cp1250\n",
    ":2",
)
encoding(
    "the letters of a mainframe",
    NAMES.encode("cp037"),
    "byte 1 of the line (0x95) is not UTF-8 text",
    AS_UTF8 + "NAME, as it was saved\n",
    ":1",
)
encoding(
    "a lone byte of continuation",
    b"name,guests,doughs\nA\x80,1,2\n",
    "byte 2 of the line (0x80) is not UTF-8 text",
    AS_UTF8,
    ":2",
)
encoding(
    "an overlong form of a slash",
    b"name,guests,doughs\nA\xc0\xaf,1,2\n",
    "byte 2 of the line (0xc0) is not UTF-8 text",
    AS_UTF8,
    ":2",
)
encoding(
    "half a pair of UTF-16 inside UTF-8",
    b"name,guests,doughs\n\xed\xa0\x80,1,2\n",
    "byte 1 of the line (0xed) is not UTF-8 text",
    AS_UTF8,
    ":2",
)
encoding(
    "a letter cut off by the end, of three bytes",
    "guests,doughs,x\n1,2,夜".encode()[:-1],
    "the file ends in the middle of a letter: was it cut off?",
    "export it again\n",
    ":2",
)
MEND = "mend what the source says,  encoding: {},  or save the export as UTF-8\n"
encoding(
    "cp1252 where UTF-8 is said",
    NAMES.encode("cp1252"),
    "byte 4 of the line (0xe9) is not UTF-8 text",
    MEND.format("utf-8"),
    ":3",
    "utf-8",
)
encoding(
    "UTF-8 where ASCII is said",
    NAMES.encode(),
    "byte 4 of the line (0xc3) is not ascii text",
    MEND.format("ascii"),
    ":3",
    "ascii",
)
encoding(
    "a byte that cp1252 leaves out",
    b"name,guests,doughs\nA\x81,1,2\n",
    "byte 2 of the line (0x81) is not cp1252 text",
    MEND.format("cp1252"),
    ":2",
    "cp1252",
)
encoding(
    "UTF-8 where UTF-16 is said",
    NAMES.encode(),
    "the file is not utf-16-le text",
    MEND.format("utf-16-le"),
    "",
    "utf-16-le",
)
for _said in ("cp1252", "latin-1", "cp437", "mac_roman"):
    encoding(
        f"UTF-8 where {_said} is said",
        NAMES.encode(),
        f"this is UTF-8 text, and the source says  encoding: {_said}",
        "take  encoding:  away; if words are garbled then, save the export as UTF-8\n",
        "",
        _said,
    )

for _name, _hint in {
    "utf9": "did you mean 'utf-8'?",
    "uft-8": "did you mean 'utf-8'?",
    "cp1225": "did you mean 'cp1252'?",
    "windows1252": "did you mean 'windows-1252'?",
    "excel": "such as cp1252, utf-8, utf-16, latin-1",
    "base64": "such as cp1252, utf-8, utf-16, latin-1",
    "rot13": "such as cp1252, utf-8, utf-16, latin-1",
    "zip": "such as cp1252, utf-8, utf-16, latin-1",
    "idna": "such as cp1252, utf-8, utf-16, latin-1",
    "punycode": "such as cp1252, utf-8, utf-16, latin-1",
    "undefined": "such as cp1252, utf-8, utf-16, latin-1",
    "unicode_escape": "such as cp1252, utf-8, utf-16, latin-1",
}.items():
    case(
        "unknown encoding",
        _name,
        NAMES,
        f"there is no encoding {_name!r}",
        f"{_hint}\n",
        at="configs/nights.yaml:4:15",
        definition=says(f"encoding: {_name}"),
        code=ASKED_WRONGLY,
    )


# ---- gzip -------------------------------------------------------------------------------

PACKED = gzip.compress(TABLE.encode() * 3, mtime=0)
GZ = "data/nights.csv.gz"
for _name, (_bytes, _message, _hint) in {
    "cut in its text": (PACKED[:-12], "the gzip file is cut off", "export it again"),
    "cut in its header": (PACKED[:5], "the gzip file is cut off", "export it again"),
    "without its check sum": (PACKED[:-8], "the gzip file is cut off", "export it again"),
    "a byte of it flipped": (PACKED[:12] + bytes([PACKED[12] ^ 255]) + PACKED[13:],
                             "the gzip file is damaged", "export it again"),
    "its check sum changed": (PACKED[:-8] + bytes([PACKED[-8] ^ 1]) + PACKED[-7:],
                              "the gzip file is damaged", "export it again"),
    "its length changed": (PACKED[:-1] + b"\1", "the gzip file is damaged", "export it again"),
    "something behind it": (PACKED + b"more", "the gzip file is damaged", "export it again"),
    "plain text called so": (TABLE.encode(), "this is no gzip file, though its name ends in .gz",
                             "take .gz off its name"),
    "no byte at all": (b"", "the file is empty", "export it again"),
    "nothing packed": (gzip.compress(b""), "the file is empty", "export it again"),
    "packed twice": (gzip.compress(PACKED), "this is gzip data, not CSV text", "unpack it first"),
    "a workbook packed": (gzip.compress(b"PK\3\4" + b"\0" * 40),
                          "this is an Excel workbook or a zip archive, not CSV text",
                          "export it as CSV UTF-8"),
    "NUL bytes packed": (gzip.compress(b"guests,doughs\n\0,1\n"),
                         "NUL bytes: was the file cut off while it was written?",
                         "export it again"),
}.items():  # fmt: skip
    case(
        "gzip",
        _name,
        {GZ: _bytes},
        _message,
        f"{_hint}\n",
        definition=says(file=GZ),
        at=f"{GZ}:2" if "NUL" in _name else GZ,
    )

# ---- other formats ----------------------------------------------------------------------

UNPACK = "unpack it, or compress it with gzip and add .gz to its name"
for _name, (_bytes, _what, _hint) in {
    "bzip2": (b"BZh91AY&SY\0\0", "a compressed file", UNPACK),
    "xz": (b"\xfd7zXZ\0\0\4", "a compressed file", UNPACK),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "a compressed file", UNPACK),
    "zstd": (b"\x28\xb5\x2f\xfd\0", "a compressed file", UNPACK),
    "rar": (b"Rar!\x1a\7\1\0", "a compressed file", UNPACK),
    "png": (b"\x89PNG\r\n\x1a\n", "a picture", "export the table it shows as CSV UTF-8"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture", "export the table it shows as CSV UTF-8"),
    "rich text": (b"{\\rtf1\\ansi guests}", "a document of words", "export it as CSV UTF-8"),
    "a part of a web page": (b"<div><table>", "a web page", "export it as CSV UTF-8"),
    "a comment of a web page": (b"<!-- x -->\n", "a web page", "export it as CSV UTF-8"),
    "lines of JSON": (b'{"guests": 1}\n{"guests": 2}\n', "JSON", "export it as CSV UTF-8"),
    "lists in JSON": (b'[["guests", "doughs"], [1, 2]]', "JSON", "export it as CSV UTF-8"),
}.items():  # fmt: skip
    case("another format", _name, _bytes, f"this is {_what}, not CSV text", f"{_hint}\n")
case(
    "another format",
    "a program",
    b"\x7fELF\2\1\1\0\0",
    at=f"{FILE}:1",
    message="NUL bytes: was the file cut off while it was written?",
    hint="export it again\n",
)
case(
    "another format",
    "YAML",
    "guests: 1\ndoughs: 2\n",
    "there is no column 'guests'",
    "did you mean 'guests: 1'?\n",
)
case(
    "another format",
    "a table in Markdown",
    "| guests | doughs |\n|---|---|\n| 1 | 2 |\n",
    "column 'doughs' (the 3rd): '---' is not a number",
    'leave the cell empty where there is no number, or say in its source  missing: ["---"], '
    "or take a model that answers with words: logistic_regression\n",
    at=f"{FILE}:2",
)
case(
    "another format",
    "columns of fixed width",
    "guests  doughs\n1       2\n",
    "there is no column 'guests'",
    "the columns are guests  doughs\n",
)

# ---- what stands above and below the table -----------------------------------------------


def around(name: str, content: str, message: str, hint: str, *keys: str, at: str = "") -> None:
    case(
        "above and below", name, content, message, f"{hint}\n", at=FILE + at, definition=says(*keys)
    )


TITLE = "the header has 1 cell, and most of the lines below it have more"


def further_down(lines: int, skip: int) -> str:
    noun = "line" if lines == 1 else "lines"
    return f"if the header stands {lines} {noun} further down, say in its source  skip_rows: {skip}"


EMPTY = "the line is empty"
around(
    "a title, a name and an empty line",
    "Export of May\nby Anna\n\n" + TABLE,
    TITLE,
    further_down(3, 3),
    at=":1",
)
around(
    "a title above semicolons",
    "Export of May\n" + TABLE.replace(",", ";"),
    TITLE,
    further_down(1, 1),
    at=":1",
)
around(
    "one line too few skipped", "a\nb\n" + TABLE, TITLE, further_down(1, 2), "skip_rows: 1", at=":2"
)
around(
    "one line too many skipped",
    "a\n" + TABLE,
    "there is no column 'guests'",
    "the columns are 1, 2; if that is a row, say in its source  columns: [NAME, ...]",
    "skip_rows: 2",
)
around(
    "an empty line left above the header",
    "a\n\n\n" + TABLE,
    EMPTY,
    "take it out, or say in its source  skip_rows: 3",
    "skip_rows: 1",
    at=":2",
)
around(
    "ten empty lines above the header",
    "\n" * 10 + TABLE,
    EMPTY,
    "take it out, or say in its source  skip_rows: 10",
    at=":1",
)
around(
    "sixty empty lines above the header",
    "\n" * 60 + TABLE,
    "the line is empty, and so are those below it",
    "take them out, or say in its source  skip_rows: 60",
    at=":1",
)
for _skip in (4, 5, 10**12):
    around(
        f"{_skip} lines skipped of four",
        TABLE,
        f"the file has 4 lines, and skip_rows: {_skip} leaves none",
        "say how many lines stand above the header",
        f"skip_rows: {_skip}",
    )
around(
    "a note to Excel below a title",
    "a\nsep=;\nguests;doughs\n1;2\n",
    "the first line is a note to Excel, not the header",
    "take the line out, or say in its source  skip_rows: 2",
    "skip_rows: 1",
    at=":2",
)
CUT = "cells are separated by a comma here; was the line cut off?"
NO_ROW = "If no row stands from here on:  skip_footer: "
around(
    "a total of one cell",
    TABLE + "Total 11\n",
    "the line has 1 cell, and the header has 2",
    f"{CUT} {NO_ROW}1",
    at=":5",
)
around(
    "a total with empty cells",
    TABLE + "Total,,11\n",
    "the line has 3 cells, and the header has 2",
    f"cells are separated by a comma here; a cell that holds one needs quotes around it. {NO_ROW}1",
    at=":5",
)
around(
    "a total below an empty line",
    TABLE + "\nTotal 11\nby Anna\n",
    EMPTY,
    f"take it out; a second table needs a file of its own. {NO_ROW}2",
    at=":5",
)
around(
    "a total of as many cells",
    TABLE + "Total,11\n",
    "this line looks like a total or a note, not a row",
    "take it out, or say in its source  skip_footer: 1; if it is a row,  totals: keep",
    at=":5",
)
around(
    "one line of a footer forgotten",
    TABLE + "Total 11\nby Anna\n",
    "the line has 1 cell, and the header has 2",
    f"{CUT} {NO_ROW}2",
    "skip_footer: 1",
    at=":5",
)
for _skip in (3, 30, 10**12):
    around(
        f"a footer of {_skip} lines, of three rows",
        TABLE,
        "the file has a header and no rows",
        f"skip_footer: {_skip}  leaves none: how many lines are no rows?",
        f"skip_footer: {_skip}",
    )
around(
    "Ctrl-Z at the end",
    TABLE + "\x1a",
    "the line has 1 cell, and the header has 2",
    f"{CUT} {NO_ROW}1",
    at=":5",
)

# ---- no header --------------------------------------------------------------------------

ROWS = "1,2\n2,4\n3,5\n"


def headless(
    name: str,
    columns: str,
    message: str,
    hint: str,
    *,
    at: str = "",
    code: int = DATA,
    content: str = ROWS,
) -> None:
    place = "configs/nights.yaml:4:" + at if code == ASKED_WRONGLY else FILE + at
    definition = says(f"columns: {columns}") if columns else says()
    case(
        "no header", name, content, message, f"{hint}\n", at=place, definition=definition, code=code
    )


headless(
    "dates and numbers",
    "",
    "the first line is no header: it holds 2023-05-01, 1",
    "name the columns above it, or say in its source  columns: [NAME, ...]",
    at=":1",
    content="2023-05-01,1\n2023-05-02,3\n",
)
headless(
    "more columns than cells",
    "[guests, doughs, x]",
    "the line has 2 cells, and columns: names 3",
    CUT,
    at=":1",
)
headless(
    "fewer columns than cells",
    "[doughs, guests]",
    "the line has 3 cells, and columns: names 2",
    "cells are separated by a comma here; a cell that holds one needs quotes around it",
    at=":1",
    content="1,2,3\n2,3,4\n",
)
headless(
    "a column that is not named",
    "[guests, x]",
    "there is no column 'doughs'",
    "the columns are guests, x",
)
headless(
    "a header all the same",
    "[guests, doughs]",
    "line 1 repeats the header",
    "take it out, or say in its source  skip_rows: 1",
    at=":1",
    content=TABLE,
)
headless("no rows either", "[guests, doughs]", "the file is empty", "export it again", content="\n")
headless(
    "a name twice",
    "[guests, guests]",
    "columns 1 and 2 are both called 'guests'",
    "give every column a name of its own",
    at="14",
    code=ASKED_WRONGLY,
)
headless(
    "a name twice but for a space",
    "[guests, doughs, 'guests ']",
    "columns 1 and 3 are both called 'guests'",
    "give every column a name of its own",
    at="14",
    code=ASKED_WRONGLY,
)
headless(
    "a name of a space",
    "[guests, ' ']",
    "column 2 has no name",
    "name every column",
    at="14",
    code=ASKED_WRONGLY,
)
headless(
    "a name of nothing",
    "[guests, '']",
    "an item of 'columns' is empty",
    "write  columns: [NAME, NAME]",
    at="23",
    code=ASKED_WRONGLY,
)
headless(
    "no name at all",
    "[]",
    "'columns' is empty",
    "write  columns: [NAME, NAME]",
    at="14",
    code=ASKED_WRONGLY,
)
headless(
    "a list without brackets",
    "guests, doughs",
    "several columns stand in a list",
    "write  columns: [guests, doughs]",
    at="14",
    code=ASKED_WRONGLY,
)
headless(
    "a number for a name",
    "[guests, 2]",
    "an item of 'columns' must be text, not 2",
    "put quotes around it",
    at="23",
    code=ASKED_WRONGLY,
)

# ---- quotes, line ends, odd characters ----------------------------------------------------

BARE = (
    "a quote stands in the middle of a cell",
    'put the whole cell in quotes, and double those inside: "6"" plate"\n',
)
OPEN = (
    "a quote that opens here is never closed",
    'close it behind the cell, or double it if it is meant: "6"" plate"\n',
)
LONG = "the line has 4 cells, and the header has 3"
THREE = "guests,doughs,n\n"
for _name, (_content, _line, (_message, _hint)) in {
    "curly ones around a comma": (
        THREE + "1,2,“a, b”\n2,3,c\n", 2,
        (LONG, 'quotes such as “ hold no cell together: write straight ones, "\n')),
    "single ones around a comma": (
        THREE + "1,2,'a, b'\n2,3,c\n", 2,
        (LONG, "quotes such as ' hold no cell together: write straight ones, \"\n")),
    "angular ones around a comma": (
        THREE + "1,2,«a, b»\n2,3,c\n", 2,
        (LONG, 'quotes such as « hold no cell together: write straight ones, "\n')),
    "one behind a backslash": (THREE + '1,2,"a \\" b"\n2,3,c\n', 2, BARE),
    "one behind a backslash, and a comma": (THREE + '1,2,"a \\", b"\n2,3,c\n', 2, BARE),
    "one in the header": ('guests,dou"ghs\n1,2\n', 1, BARE),
    "one that the header leaves open": ('guests,"doughs\n1,2\n', 1, OPEN),
    "one that runs away over the first lines": (THREE + '1,2,"a\n' + "2,3,c\n" * 60, 2, OPEN),
    "one that runs away, and another": (THREE + '1,2,"a\n2,3,c\n4,5,"x"\n5,6,e\n', 2, OPEN),
    "hundreds of them, and one too many": (THREE + '1,2,"' + '""' * 400 + "x\n", 2, OPEN),
    "around whole lines": (
        '"guests,doughs"\n"1,2"\n"2,3"\n', 0,
        ("there is no column 'guests'", "the columns are guests,doughs\n")),
}.items():  # fmt: skip
    case("quotes", _name, _content, _message, _hint, at=f"{FILE}:{_line}" if _line else FILE)

for _name, (_content, _line, _message, _hint) in {
    "a form feed alone in its line": (
        "guests,doughs\n1,2\n\f\n3,4\n", 3, "the line has 1 cell, and the header has 2", CUT),
    "a line of spaces": (
        "guests,doughs\n1,2\n  \n3,4\n", 3, "the line has 1 cell, and the header has 2", CUT),
    "carriage returns doubled": (
        "guests,doughs\r\r\n1,2\r\r\n2,3\r\r\n", 2, EMPTY,
        "take it out; a second table needs a file of its own"),
    "a carriage return inside a cell": (
        THREE + "1,2,a\rb\n2,3,c\n", 3, "the line has 1 cell, and the header has 3", CUT),
    "a line separator of Unicode in place of a line end": (
        "guests,doughs\n1,2\u20282,3\n", 2, "the line has 3 cells, and the header has 2",
        "cells are separated by a comma here; a cell that holds one needs quotes around it"),
    "a space of no width in the header": (
        "guests\u200b,doughs\n1,2\n", 0, "there is no column 'guests'",
        "did you mean 'guests\\u200b'?"),
    "two byte order marks": (
        "\ufeff\ufeffguests,doughs\n1,2\n", 0, "there is no column 'guests'",
        "did you mean '\\ufeffguests'?"),
    "wide commas": (
        "guests，doughs\n1，2\n", 0, "there is no column 'guests'",
        "the columns are guests，doughs"),
    "a mark that is none of ours": (
        "guests^doughs\n1^2\n", 0, "there is no column 'guests'", "the columns are guests^doughs"),
    "a control character between cells": (
        "guests\x01doughs\n1\x012\n", 0, "there is no column 'guests'",
        r"the columns are guests\x01doughs"),
    "a header of two lines": (
        "guests,doughs\nnumber,number\n1,2\n", 2,
        "column 'doughs' (the 2nd): 'number' is not a number",
        (f"{PLAINLY}, or say in its source  missing: [number]  if it stands for no number, "
        "or take a model that answers with words: logistic_regression")),
}.items():  # fmt: skip
    case(
        "odd characters",
        _name,
        _content,
        _message,
        f"{_hint}\n",
        at=f"{FILE}:{_line}" if _line else FILE,
    )

# ---- several files ------------------------------------------------------------------------

A, B = "data/a.csv", "data/b.csv"
MORE = "guests,doughs\n4,8\n5,9\n"
SAME = "the files of one source have the same columns: export them in the same way"


def several(
    name: str,
    file: str,
    files: dict[str, str | bytes],
    message: str,
    hint: str,
    at: str,
    code: int = DATA,
) -> None:
    case(
        "several files",
        name,
        files,
        message,
        f"{hint}\n",
        at=at,
        definition=says(file=file),
        code=code,
    )


BOTH = f"[{A}, {B}]"
several("one is not there", BOTH, {A: TABLE}, "there is no such file", "did you mean 'a.csv'?", B)
several("one is empty", BOTH, {A: TABLE, B: ""}, "the file is empty", "export it again", B)
several(
    "a column is called otherwise",
    BOTH,
    {A: TABLE, B: "guests,dough\n1,2\n"},
    f"this file has no column 'doughs', unlike {A}",
    SAME,
    f"{B}:1",
)
several(
    "one has a column more",
    BOTH,
    {A: TABLE, B: "guests,doughs,x\n1,2,3\n"},
    f"this file has a column 'x', unlike {A}",
    SAME,
    f"{B}:1",
)
several(
    "columns are in another order",
    BOTH,
    {A: TABLE, B: "doughs,guests\n1,2\n"},
    f"this file has its columns in another order, unlike {A}",
    SAME,
    f"{B}:1",
)
several(
    "one has no header",
    BOTH,
    {A: TABLE, B: "4,8\n5,9\n"},
    f"this file has no column 'guests', unlike {A}",
    SAME,
    f"{B}:1",
)
several(
    "a word in the second",
    BOTH,
    {A: TABLE, B: MORE + "x,1\n"},
    "column 'guests' holds numbers, but 'x' is not one",
    "write digits and a decimal point only, such as 3.5, "
    "or say in its source  missing: [x]  if it stands for no number, "
    "or say  {name: guests, kind: category}  if they are words",
    f"{B}:4",
)
several(
    "a short row in the second",
    BOTH,
    {A: TABLE, B: "guests,doughs\n4\n5,9\n"},
    "the line has 1 cell, and the header has 2",
    CUT,
    f"{B}:2",
)
several(
    "a Latin-1 letter in the second",
    BOTH,
    {A: TABLE, B: MORE.encode() + "José,1\n".encode("latin-1")},
    "byte 4 of the line (0xe9) is not UTF-8 text",
    AS_UTF8 + "cp1252",
    f"{B}:4",
)
several(
    "one named twice",
    f"[{A}, {A}]",
    {A: TABLE},
    "this file is named twice",
    "take one of them away",
    A,
)
several(
    "one named twice by another way",
    f"[{A}, data/../{A}]",
    {A: TABLE},
    "this file is named twice",
    "take one of them away",
    f"data/../{A}",
)
several(
    "one named, and met by a pattern",
    f"[{A}, 'data/*.csv']",
    {A: TABLE},
    "this file is named twice",
    "take one of them away",
    A,
)
FROM_HERE = "a name is searched for from the project folder"
several(
    "a pattern that nothing fits",
    "'data/x*.csv'",
    {A: TABLE},
    "no file fits this pattern",
    FROM_HERE,
    "data/x*.csv",
)
several(
    "a pattern in a folder that is not there",
    "'dta/*.csv'",
    {A: TABLE},
    "no file fits this pattern",
    FROM_HERE,
    "dta/*.csv",
)
several(
    "a pattern from the root",
    "'/nowhere*/x.csv'",
    {},
    "no file fits this pattern",
    FROM_HERE,
    "/nowhere*/x.csv",
)
several(
    "a pattern with two stars in a word",
    "'data/**x.csv'",
    {A: TABLE},
    "this is no pattern",
    "** stands between slashes: data/**/*.csv",
    "data/**x.csv",
)
several(
    "a pattern with an open bracket",
    "'data/[.csv'",
    {A: TABLE},
    "no file fits this pattern",
    FROM_HERE,
    "data/[.csv",
)
several(
    "a pattern that only hidden files fit",
    "'data/*.csv'",
    {"data/.a.csv": TABLE},
    "no file fits this pattern",
    FROM_HERE,
    "data/*.csv",
)
several("an empty folder", "data", {}, "there is no CSV file in this folder", FROM_HERE, "data")
several(
    "a folder of other files",
    "data",
    {"data/a.md": TABLE},
    "there is no CSV file in this folder",
    FROM_HERE,
    "data",
)
several(
    "a folder with a note in it",
    "data",
    {A: TABLE, "data/note.txt": "hello\n"},
    f"this file has no column 'guests', unlike {A}",
    SAME,
    "data/note.txt:1",
)
several(
    "an address of the web",
    "https://example.org/x.csv",
    {},
    "there is no such file",
    "there is no folder example.org either",
    "https://example.org/x.csv",
)
several(
    "a device", "/dev/null", {}, "this is no regular file", "save it as a file first", "/dev/null"
)
several(
    "no name in the list",
    "[]",
    {},
    "'file' is empty",
    "write  file: data/FILE.csv",
    "configs/nights.yaml:3:11",
    ASKED_WRONGLY,
)
several(
    "a list in the list",
    "[[a.csv]]",
    {},
    "an item of 'file' must be text, not a list",
    "write  file: data/FILE.csv",
    "configs/nights.yaml:3:12",
    ASKED_WRONGLY,
)

# ---- numbers as people write them -----------------------------------------------------------

SAY = ", or say in its source  "


def number(
    name: str, cell: str, hint: str, *keys: str, at: str = "4", message: str = "{} is not a number"
) -> None:
    content = f"doughs;guests\n1;{'2,5' if keys else 2}\n2;3\n4;{cell}\n"
    case(
        "numbers",
        name,
        content,
        f"column 'guests' (the 2nd): {message.format(repr(cell))}",
        f"{hint}\n",
        at=f"{FILE}:{at}",
        definition=says(*keys, features="[{name: guests, kind: number}]"),
    )


EITHER = "write {} if the {} groups thousands, {} if it marks the decimals"
number("a decimal comma", "0,5", f'write it as 0.5{SAY}decimal: ","')
number(
    "a comma that groups or marks decimals",
    "1,234",
    f'{EITHER.format(1234, "comma", 1.234)}{SAY}thousands: ","  or  decimal: ","',
)
number("commas that can only group", "1,234,567", f'write it as 1234567{SAY}thousands: ","')
number("commas that group and a point", "1,234.50", f'write it as 1234.50{SAY}thousands: ","')
number(
    "points that group and a comma",
    "1.234,50",
    f'write it as 1234.50{SAY}decimal: ","  thousands: "."',
)
number(
    "points that can only group",
    "1.234.567",
    f'write it as 1234567{SAY}decimal: ","  thousands: "."',
)
number("spaces that group", "1 234", f'write it as 1234{SAY}thousands: " "')
number("apostrophes that group", "1'234.50", f'write it as 1234.50{SAY}thousands: "\'"')
number("euros before", "€12", f'write it as 12{SAY}unit: "€"')
number(
    "euros behind, by German rules",
    "1.234,50 €",
    f'write it as 1234.50{SAY}decimal: ","  thousands: "."  unit: "€"',
)
number(
    "euros with a point of two readings",
    "€1.234",
    f'{EITHER.format(1234, "point", 1.234)}{SAY}decimal: ","  thousands: "."  unit: "€"'
    '  or  unit: "€"',
)
number("dollars", "$ 1,234.50", f'write it as 1234.50{SAY}thousands: ","  unit: "$"')
number("percent", "12%", f'write it as 12{SAY}unit: "%"')
number("percent with a decimal comma", "1,5 %", f'write it as 1.5{SAY}decimal: ","  unit: "%"')
number("kilograms in one cell", "12 kg", PLAINLY)
number("francs in one cell", "CHF 12.50", PLAINLY)
number("a negative number in brackets", "(12)", f"write it as -12{SAY}negative: brackets")
number("a minus behind", "12-", f"write it as -12{SAY}negative: trailing")
number("a range", "3-4", PLAINLY)
number("two numbers", "3/4", PLAINLY)
number("groups of two", "12,34,567", f'write it as 1234567{SAY}thousands: ","')
SAYS = "the source says  {}  of its numbers: mend the cell"
number(
    "a point where a comma is said",
    "2.5",
    SAYS.format('decimal: ","') + ", or what it says",
    'decimal: ","',
)
number(
    "groups where only a comma is said",
    "1.234,5",
    SAYS.format('decimal: ","') + f'{SAY}decimal: ","  thousands: "."',
    'decimal: ","',
)
number(
    "a unit where only a comma is said",
    "1,5 €",
    SAYS.format('decimal: ","') + f'{SAY}decimal: ","  unit: "€"',
    'decimal: ","',
)
number(
    "another unit than is said",
    "7 $",
    SAYS.format('decimal: ","  unit: "€"') + f'{SAY}decimal: ","  unit: ["€", "$"]',
    'decimal: ","',
    "unit: €",
)
number(
    "groups of two where groups are said",
    "1.23",
    SAYS.format('decimal: ","  thousands: "."') + ", or what it says",
    'decimal: ","',
    'thousands: "."',
)
number(
    "too large with groups",
    "9" * 101,
    "numbers are read up to 1e100",
    'decimal: ","',
    message=f"'{'9' * 60}...' is too large a number",
)

NOTHING = "leave the cell empty where there is no number"
for _word, _written in {
    "NA": "NA", "N/A": "N/A", "n.a.": "n.a.", "-": '"-"', "--": '"--"', "?": '"?"', "null": '"null"',
    "None": "None", "#N/A": '"#N/A"', "\\N": '"\\\\N"', "unknown": "unknown", "#DIV/0!": '"#DIV/0!"',
}.items():  # fmt: skip
    case(
        "missing words",
        _word,
        f"doughs,guests\n1,2\n3,{_word}\n",
        f"column 'guests' holds numbers, but {_word!r} is not one",
        f"{NOTHING}{SAY}missing: [{_written}], "
        "or say  {name: guests, kind: category}  if they are words\n",
        at=f"{FILE}:3",
    )
case(
    "missing words",
    "NA in a column that is declared a number",
    "doughs,guests\n1,2\n3,NA\n",
    "column 'guests' (the 2nd): 'NA' is not a number",
    f"{NOTHING}{SAY}missing: [NA]\n",
    at=f"{FILE}:3",
    definition=says(features="[{name: guests, kind: number}]"),
)
case(
    "missing words",
    "a word for a date",
    "day,guests,doughs\n2023-05-01,1,2\nunknown,2,3\n",
    "column 'day' (the 1st): 'unknown' is not a date",
    f"write year-month-day, such as 2023-06-08 or 2023-06-08 19:30{SAY}missing: [unknown]\n",
    at=f"{FILE}:3",
    definition=says(more="date: day\n"),
)
case(
    "missing words",
    "another word than is said",
    "doughs,guests\n1,2\n3,NA\n4,-\n",
    "column 'guests' holds numbers, but '-' is not one",
    f'{NOTHING}{SAY}missing: [NA, "-"], or say  {{name: guests, kind: category}}  '
    "if they are words\n",
    at=f"{FILE}:4",
    definition=says("missing: [NA]"),
)

# ---- dates as people write them ---------------------------------------------------------------

ISO = "write year-month-day, such as 2023-06-08 or 2023-06-08 19:30"
ZONE = "say in the source where the wall clock hangs:  timezone: Europe/Rome"


def date(name: str, cell: str, hint: str, *keys: str, message: str = "", before: str = "") -> None:
    content = f"day;guests;doughs\n{before or '2023-06-01'};1;2\n{cell};2;3\n"
    said = message or f"{cell!r} is not a date"
    case(
        "dates",
        name,
        content,
        f"column 'day' (the 1st): {said}",
        f"{hint}\n",
        at=f"{FILE}:3",
        definition=says(*keys, more="date: day\n"),
    )


def forms(*found: str) -> str:
    return SAY + "  or  ".join(f'dates: {{format: "{form}"}}' for form in found)


FIRST = (
    "write the year first: 2023-06-08 if the day stands first here, 2023-08-06 if the month does"
)
date("either order", "08/06/2023", FIRST + forms("%d/%m/%Y", "%m/%d/%Y"))
date(
    "either order, with a time", "8.6.2023 19:30", FIRST + forms("%d.%m.%Y %H:%M", "%m.%d.%Y %H:%M")
)
date(
    "either order, with seconds",
    "08-06-2023 19:30:05",
    FIRST + forms("%d-%m-%Y %H:%M:%S", "%m-%d-%Y %H:%M:%S"),
)
date(
    "either order, of two digits",
    "08/06/23",
    ISO + forms("%d/%m/%y", "%m/%d/%y") + ": 08/06/23 is 2023-06-08 or 2023-08-06",
)
date("the day first", "13/06/2023", "write the year first: 2023-06-13" + forms("%d/%m/%Y"))
date(
    "the month first, at night",
    "06/13/2023 7:30 PM",
    "write the year first: 2023-06-13 19:30:00" + forms("%m/%d/%Y %I:%M %p"),
)
date("the same either way", "06/06/2023", "write the year first: 2023-06-06" + forms("%d/%m/%Y"))
date("a month by its name", "08-Jun-2023", ISO + forms("%d-%b-%Y"))
date("a month by its long name", "8 June 2023", ISO + forms("%d %B %Y"))
date("a month by its name, first", "June 8, 2023", ISO + forms("%B %d, %Y"))
date("the year first, with slashes", "2023/06/08", "write it as 2023-06-08" + forms("%Y/%m/%d"))
date("no mark at all", "20230608", ISO + forms("%Y%m%d"))
date("an hour of one digit", "2023-06-08 7:30", ISO + forms("%Y-%m-%d %H:%M"))
date("a point in the time", "2023-06-08 19.30", ISO + forms("%Y-%m-%d %H.%M"))
date(
    "seconds since 1970",
    "1686182400",
    f"{ISO}, or say in its source  dates: {{format: epoch seconds}}",
)
date(
    "days as Excel counts them",
    "45085",
    f"{ISO}, or say in its source  dates: {{format: excel serial}}",
)
date(
    "a week",
    "2023-W23-4",
    "weeks are not read by their number: write the day on which each begins",
)
date("a zone by its letters", "2023-06-08 19:30 CET", ISO)
date("no such day either way", "31/02/2023", ISO)
date("no such month either way", "13/13/2023", ISO)
DAY_FIRST = 'dates: {format: "%d/%m/%Y"}'
AS_SAID = "{!r} is not a date as the source says they are written"
READS = DAY_FIRST + "  reads 08/06/2023, and 2023-06-08 anyway"
for _name, _cell in {
    "no such day, as they are said": "31/02/2023",
    "a leap day of no leap year": "29/02/2023",
}.items():
    date(_name, _cell, READS, DAY_FIRST, message=AS_SAID.format(_cell), before="08/06/2023")
for _name, (_cell, _forms) in {
    "a column that flips to the month first": ("06/13/2023", '"%m/%d/%Y"'),
    "a time that was not said": ("08/06/2023 19:30", '["%d/%m/%Y", "%d/%m/%Y %H:%M"]'),
    "a year of two digits where four are said": ("08/06/23", '["%d/%m/%Y", "%d/%m/%y"]'),
    "another mark than is said": ("08.06.2023", '["%d/%m/%Y", "%d.%m.%Y"]'),
}.items():
    _or_say = f"{READS}, or say in its source  dates: {{format: {_forms}}}"
    date(_name, _cell, _or_say, DAY_FIRST, message=AS_SAID.format(_cell), before="08/06/2023")
date(
    "an offset below none",
    "2023-06-08T19:30Z",
    "say in the source that the times without an offset are in UTC too:  times_in: UTC,  or "
    "where the wall clock hangs:  timezone: Europe/Rome",
    message="'2023-06-08T19:30Z' has an offset from UTC, and line 2 has none",
)
date(
    "none below an offset",
    "2023-06-08T19:30",
    ZONE,
    before="2023-06-07T19:30+02:00",
    message="'2023-06-08T19:30' has no offset from UTC, and line 2 has one",
)
date(
    "summer and winter",
    "2023-11-08T19:30+01:00",
    ZONE,
    before="2023-06-07T19:30+02:00",
    message="'2023-11-08T19:30+01:00' has another offset from UTC than line 2",
)
date(
    "the last hour of all in a zone",
    "9999-12-31T23:59-12:00",
    "mend the cell",
    "timezone: Europe/Rome",
    message="'9999-12-31T23:59-12:00' has no time in Europe/Rome",
)

# ---- what a source says, wrongly -----------------------------------------------------------

A_FORM = 'write a day, a month and a year, such as "%d.%m.%Y" or "%m/%d/%Y %H:%M"'
PART = "name the sign or the word alone, such as € or kg"
for _key, (_column, _message, _hint) in {
    'dates: {format: "%d.%m"}': (21, "'%d.%m' does not say a whole date", A_FORM),
    'dates: {format: "dd/mm/yyyy"}': (21, "'dd/mm/yyyy' does not say a whole date", A_FORM),
    'dates: {format: ""}': (21, "'' does not say a whole date", A_FORM),
    'dates: {format: "%Q"}': (21, "%Q is no part of a date", A_FORM),
    'dates: {format: "%x"}': (21, "%x is no part of a date", A_FORM),
    'dates: {format: "%d/%m/%Y%"}': (21, "% is no part of a date", A_FORM),
    'dates: {format: "%d/%m/%Y/%Y"}': (21, "'%d/%m/%Y/%Y' does not say a whole date", A_FORM),
    'dates: {format: "%d/%m/%Y %I:%M"}': (
        21, "'%d/%m/%Y %I:%M' leaves morning and evening open", "add %p, or write %H for %I"),
    'dates: {format: "%Y-%d-%m"}': (
        21, "'%Y-%d-%m' looks like an ISO date, and is read as another day",
        "export dates as year-month-day"),
    'dates: {fromat: "%d/%m/%Y"}': (13, "unknown key 'fromat'", "did you mean 'format'?"),
    "dates: {}": (5, "'format' is missing", 'add  format: "%d.%m.%Y"'),
    "dates: iso": (12, "'dates' must be a mapping, not 'iso'",
                   'write  dates: {format: "%d.%m.%Y"}'),
    'decimal: ";"': (14, "'decimal' must be '.' or ',', not ';'", "choose one of them"),
    "thousands: _": (16, "'thousands' must be ',', '.', ' ', \"'\" or '’', not '_'",
                     "choose one of them"),
    'thousands: "."': (16, "'.' cannot mark both decimals and thousands",
                       "take one of the two away"),
    'delimiter: ",,"': (16, "'delimiter' must be ',', ';', '|' or tab, not ',,'",
                        "did you mean ','?"),
    "missing: []": (14, "'missing' is empty", "write  missing: [NA]"),
    "missing: [0]": (15, "an item of 'missing' must be text, not 0", "put quotes around it"),
    "unit: []": (11, "'unit' is empty", "write  unit: [€]"),
    'unit: "1"': (11, "'1' beside a number could be part of it", PART),
    'unit: "."': (11, "'.' beside a number could be part of it", PART),
    'unit: ","': (11, "',' beside a number could be part of it", PART),
    'unit: "-"': (11, "'-' beside a number could be part of it", PART),
    'unit: " "': (11, "' ' beside a number could be part of it", PART),
    'unit: "5 kg"': (11, "'5 kg' beside a number could be part of it", PART),
    "skip_rows: -1": (16, "'skip_rows' must be 0 or more, not -1",
                      "write a number that is 0 or more"),
    "skip_rows: 1.5": (16, "'skip_rows' must be a whole number, not 1.5", "write 1 or 2"),
    "skip_footer: true": (18, "'skip_footer' must be a whole number, not true",
                          "write digits, such as 2"),
    "encoding: ''": (15, "'encoding' is empty", "write  encoding: cp1252"),
    "encodng: cp1252": (5, "unknown key 'encodng'", "did you mean 'encoding'?"),
}.items():  # fmt: skip
    case(
        "keys of a source",
        _key,
        TABLE,
        _message,
        f"{_hint}\n",
        definition=says(_key),
        at=f"configs/nights.yaml:4:{_column}",
        code=ASKED_WRONGLY,
    )

# ---- rules and joins, where the export is not as it seems ------------------------------------------

NIGHTS = "day,guests,doughs,kind\n" + "".join(
    f"2023-05-0{n},{n},{2 * n + n % 2},{'fish' if n % 2 else 'meat'}\n" for n in range(1, 8)
)
for _rule, (_message, _hint) in {
    "drop: {kind: [meat, fish]}": (
        "no row is left after  drop kind = meat or fish  (7 before it)",
        "kind: did you mean 'meat'?"),
    "between: {guests: 100 or more}": (
        "no row is left after  between guests 100 or more  (7 before it)",
        "guests is 1, for example"),
    "drop_missing: {of: note}": ("there is no column 'note'",
                                 "the columns are day, guests, doughs, kind"),
}.items():  # fmt: skip
    case(
        "rules",
        _rule,
        NIGHTS,
        _message,
        f"{_hint}\n",
        definition=says(f"rules: [{_rule}]"),
        at=f"{FILE}:1" if "column" in _message else FILE,
    )

JOINED = """\
sources:
  a: {file: data/a.csv}
  b: {file: data/b.csv}
join: id
features: [guests]
label: doughs
model: linear_regression
holdout: none
"""
OTHERWISE = "is the key written in the same way in both?"
TWICE = "gather its rows with  count, sum  or  mean, or put  drop_duplicates  before the join"
for _name, (_left, _right, _message, _hint) in {
    "keys that share nothing": (
        "1,2\n2,3\n", "3,2\n4,3\n", f"no id is in both {A} (1 to 2) and {B} (3 to 4)", OTHERWISE),
    "zeros in front of codes": (
        "A07,2\nA08,3\n", "A7,2\nA8,3\n", f"no id is in both {A} (A07 to A08) and {B} (A7 to A8)",
        OTHERWISE),
    "letters composed otherwise": (
        "caf\u00e9,2\n", "cafe\u0301,3\n",
        f"no id is in both {A} (café to café) and {B} (cafe\u0301 to cafe\u0301)", OTHERWISE),
    "dates of two forms": (
        "08/06/2023,2\n", "2023-06-08,2\n",
        f"no id is in both {A} (08/06/2023 to 08/06/2023) and {B} (2023-06-08 to 2023-06-08)",
        OTHERWISE),
    "keys many to many": (
        "1,2\n1,3\n2,4\n", "1,2\n1,3\n2,5\n",
        f"{A}:2: 'id' 1 stands more than once in source 'a', again in line 3", TWICE),
    "a key many times on one side": (
        "1,2\n2,4\n", "1,2\n1,3\n2,5\n",
        f"{B}:2: 'id' 1 stands more than once in source 'b', again in line 3", TWICE),
}.items():  # fmt: skip
    case(
        "joins",
        _name,
        {A: "id,guests\n" + _left, B: "id,doughs\n" + _right},
        _message,
        f"{_hint}\n",
        at="",
        definition=JOINED,
    )

# ---- too little to learn from --------------------------------------------------------------------

COLUMN = "is it the column you meant, and do the rules leave the right rows?\n"
CLASSES = says(features="[guests]", label="kind", model="logistic_regression")
case(
    "nothing to learn",
    "one class",
    "guests,kind\n1,a\n2,a\n",
    "the label 'kind' is a in all 2 rows to learn from: there is nothing to learn",
    COLUMN,
    at="",
    definition=CLASSES,
)
case(
    "nothing to learn",
    "a class for each row",
    "guests,kind\n1,a\n2,b\n3,c\n",
    "'kind' is different in each of the 3 rows to learn from: no class comes back",
    "is it the column you meant?\n",
    at="configs/nights.yaml:5:1",
    definition=CLASSES,
)
case(
    "nothing to learn",
    "one row of classes",
    "guests,kind\n1,a\n",
    "1 row with every feature and a label; at least 2 are needed to learn",
    "bring more rows\n",
    at="",
    definition=CLASSES,
)

# ---- definitions that are far too large ----------------------------------------------------------

PROGRAM = "a definition takes a few dozen lines; is this one?\n"
for _name, (_text, _at, _message, _hint) in {
    "five million characters": ("#" * 5_000_000, "1:1", "the file is over 4 MB large", PROGRAM),
    "a hundred thousand features": (
        says(features="[" + ",".join(f"a{n}" for n in range(100_000)) + "]"), "4:28848",
        "the file holds over 5,000 words and values", PROGRAM),
    "fifty thousand rules": (
        says(more="rules:\n" + "- keep: {a: 1}\n" * 50_000), "1005:9",
        "the file holds over 5,000 words and values", PROGRAM),
    "a hundred and one rules": (
        says(more="rules:\n" + "- keep: {kind: meat}\n" * 101), "9:1",
        "there are 101 of them, and at most 100 are read",
        "is this file made by a program? Write what is needed\n"),
    "a hundred and two bands": (
        says(more="rules:\n- bands: {of: guests, as: size, a: under 1, "
             + ", ".join(f"b{n}: {n} to {n + 1}" for n in range(1, 101)) + ", z: 101 or more}\n"),
        "9:3", "there are 102 bands, and at most 100 are read",
        "use the number itself, with bands as wide as matter\n"),
    "a hundred and one sources": (
        "sources:\n" + "".join(f"  s{n}: {{file: a.csv}}\n" for n in range(101))
        + "join: day\nfeatures: [a]\nlabel: b\nmodel: ridge\n", "2:3",
        "there are 101 of them, and at most 100 are read",
        "is this file made by a program? Write what is needed\n"),
}.items():  # fmt: skip
    case(
        "definitions too large",
        _name,
        TABLE,
        _message,
        _hint,
        definition=_text,
        at=f"configs/nights.yaml:{_at}",
        code=ASKED_WRONGLY,
    )


# ---- what holds of all of them --------------------------------------------------------------------


def as_it_must(ended: Ended, one: Case) -> None:
    assert ended.code == one.code, f"exit {ended.code}, not {one.code}\n{ended.out}\n{ended.err}"
    assert ended.out == ""
    assert "bug" not in ended.err
    assert len(ended.err.splitlines()) <= 10, ended.err
    assert ended.err.startswith(one.says[0]), f"{one.says[0]!r} is not\n{ended.err}"
    for words in one.says[1:]:
        assert words in ended.err, f"{words!r} is not in\n{ended.err}"
    assert ended.err.endswith("nights: nothing was fitted\n")


@pytest.mark.parametrize("one", CASES, ids=[one.id for one in CASES])
def test_a_fault_is_named_with_its_place_and_a_way_out(project: Project, one: Case) -> None:
    for name, content in one.files.items():
        project.write(name, content)
    project.define(one.definition, "nights")

    as_it_must(project.mlcli("fit"), one)

    assert not (project.root / "models").exists()


def test_no_case_stands_here_twice() -> None:
    ids = [one.id for one in CASES]

    assert len(ids) == len(set(ids))


# What the hints tell to write, written: each is right, and the numbers are those they were.
WAYS_OUT: dict[str, tuple[str, tuple[str, ...], list[float]]] = {
    "decimal comma": ("0,5;1,5;2,5", ('decimal: ","',), [0.5, 1.5, 2.5]),
    "thousands": ("1,234;2;3,456.5", ('thousands: ","',), [1234, 2, 3456.5]),
    "both": ("1.234,5;2;3,5", ('decimal: ","', 'thousands: "."'), [1234.5, 2, 3.5]),
    "spaces": ("1 234;2\u202f345;3\u00a0456", ('thousands: " "',), [1234, 2345, 3456]),
    "apostrophes": ("1'234;2;3.5", ('thousands: "\'"',), [1234, 2, 3.5]),
    "euros": ("€12;13 €;-€14", ('unit: "€"',), [12, 13, -14]),
    "two units": ("€12;13 kg;14", ('unit: ["€", "kg"]',), [12, 13, 14]),
    "percent": ("12%;13 %;14", ('unit: "%"',), [12, 13, 14]),
    "missing words": ("1;NA;-;2;3", ("missing: [NA, '-']",), [1, 2, 3]),
    "cp1252": ("1;2;3", ("encoding: cp1252",), [1, 2, 3]),
    "utf-16": ("1;2;3", ("encoding: utf-16-le",), [1, 2, 3]),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_way_out_leads_out(project: Project, way: str) -> None:
    cells, keys, numbers = WAYS_OUT[way]
    rows = "".join(f"é;{cell};{at}\n" for at, cell in enumerate(cells.split(";")))
    kept = keys[0].partition("encoding: ")[2] or "utf-8"
    project.write(FILE, ("n;guests;doughs\n" + rows).encode(kept))
    project.define(says(*keys, features="[{name: guests, kind: number}]"), "nights")

    project.works("fit")

    [feature] = manifest(project)["features"]
    assert (feature["low"], feature["high"]) == (min(numbers), max(numbers))
    assert manifest(project)["rows"]["used"] == len(numbers)


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("%d/%m/%Y", "08/06/2023"), ("%m/%d/%Y", "06/08/2023"), ("%d.%m.%y", "08.06.23"),
        ("%d/%m/%Y %H:%M", "08/06/2023 00:00"), ("%m/%d/%Y %I:%M %p", "06/08/2023 12:00 AM"),
        ("%d-%b-%Y", "08-Jun-2023"), ("%B %d, %Y", "June 8, 2023"), ("%Y%m%d", "20230608"),
        ("%Y-%m-%d %H:%M", "2023-06-08 0:00"), ("%d %B %Y", "8 June 2023"),
    ],
)  # fmt: skip
def test_a_form_of_dates_that_a_hint_offers_reads_them(
    project: Project, form: str, cell: str
) -> None:
    """The eighth of June of 2023 was a Thursday; whoever reads it as another day sees one."""
    project.write(FILE, f'day;guests;doughs\n"{cell}";1;2\n2023-06-15;2;4\n2023-06-16;3;4\n')
    weekday = "rules: [derive: {weekday: weekday of day}, keep: {weekday: Thursday}]"
    project.define(says(f'dates: {{format: "{form}"}}', weekday, more="date: day\n"), "nights")

    project.works("fit")

    assert manifest(project)["rows"]["used"] == 2


def manifest(project: Project) -> Any:
    import json

    return json.loads((project.root / "models/nights/1/manifest.json").read_text())


LONG_LISTS = {
    "1,200 closed days": says(more="date: day\nrules: [drop_dates: {dates: ["
         + ",".join(f"{1900 + n // 12}-{1 + n % 12:02}-08" for n in range(1200)) + "]}]\n"),
    "1,200 values": says(
        more="rules: [drop: {guests: [" + ",".join(map(str, range(100, 1300))) + "]}]\n"),
    "100 rules": says("rules:", *["  - keep: {kind: [meat, fish]}"] * 100),
    "100 bands": says("rules:", "  - bands: {of: guests, as: size, a: under 1, "
         + ", ".join(f"b{n}: {n} to {n + 1}" for n in range(1, 99)) + ", c: 99 or more}"),
}  # fmt: skip
SLOW_LISTS = [("duckdb", "1,200 closed days"), ("duckdb", "100 rules")]  # read alike, or seconds


@pytest.mark.parametrize(
    ("engine", "many"),
    [
        pytest.param(*one, marks=[pytest.mark.slow] if one in SLOW_LISTS else [])
        for one in product(["pandas", "duckdb"], LONG_LISTS)
    ],
)
def test_a_long_list_is_no_fault(project: Project, engine: str, many: str) -> None:
    """Tests of hundreds of values were once nested in each other, deeper than Python goes."""
    project.write(FILE, NIGHTS)
    project.define(LONG_LISTS[many], "nights")

    project.works("fit", "--engine", engine)

    assert manifest(project)["rows"]["used"] == 7


# ---- standard input -------------------------------------------------------------------------------


class Sent(io.BytesIO):
    """Standard input that something was sent to, or a terminal."""

    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        super().__init__(content)
        self.buffer = self
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


NOTHING_SENT = "error: file: -  reads standard input, and nothing is sent to it\n"


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        pytest.param(Sent(b"", terminal=True), ASKED_WRONGLY, NOTHING_SENT, id="a terminal"),
        pytest.param(None, ASKED_WRONGLY, NOTHING_SENT, id="closed"),
        pytest.param(Sent(b""), DATA, "error: standard input: the file is empty\n", id="empty"),
        pytest.param(Sent(b" \n"), DATA, "error: standard input: the file is empty\n", id="spaces"),
        pytest.param(
            Sent(b"guests,doughs\n1\n"), DATA,
            "error: standard input:2: the line has 1 cell, and the header has 2\n", id="short row",
        ),
        pytest.param(
            Sent(b"guests,doughs\n\xe9,1\n"), DATA,
            "error: standard input:2: byte 1 of the line (0xe9) is not UTF-8 text\n", id="Latin-1",
        ),
        pytest.param(
            Sent(PACKED), DATA, "error: standard input: this is gzip data, not CSV text\n",
            id="gzip",
        ),
    ],
)  # fmt: skip
def test_standard_input_is_read_as_strictly(
    project: Project, monkeypatch: pytest.MonkeyPatch, sent: Any, code: int, message: str
) -> None:
    from mlcli.exports import reading

    monkeypatch.setattr(sys, "stdin", sent)
    monkeypatch.setattr(reading, "_read_in", [])
    project.define(says(file="'-'"), "nights")

    said = project.fails(code, "fit")

    assert said.startswith(message)
    assert "\nhint: " in said


# ---- what changes, and what does not fit ----------------------------------------------------------


def test_a_link_that_leads_to_itself_is_the_environments_fault(project: Project) -> None:
    link = project.root / FILE
    link.symlink_to(link)
    project.define(says(), "nights")

    said = project.fails(ENVIRONMENT, "fit")

    assert said.startswith(f"error: {FILE}: the file cannot be read: Too many levels")


def test_a_link_that_leads_nowhere_is_no_file(project: Project) -> None:
    (project.root / FILE).symlink_to(project.root / "gone.csv")
    project.define(says(), "nights")

    assert project.fails(DATA, "fit").startswith(f"error: {FILE}: there is no such file\n")


@pytest.mark.parametrize("how", ["cut", "grown", "replaced", "gone"])
def test_an_export_that_changes_between_its_passes_is_not_learned_from(
    project: Project, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    from mlcli.tables import join

    path = project.write(FILE, TABLE)
    project.define(says(), "nights")
    settled = join.settled

    def changing(*given: Any, **named: Any) -> Any:
        match how:
            case "cut":
                path.write_text(TABLE[:-4])
            case "grown":
                path.write_text(TABLE + "4,8\n")
            case "replaced":
                other = path.with_name("other.csv")
                other.write_text(TABLE.replace("5", "6"))
                other.replace(path)
            case "gone":
                path.unlink()
        return settled(*given, **named)

    monkeypatch.setattr(join, "settled", changing)
    first = project.mlcli("fit")
    monkeypatch.setattr(join, "settled", settled)

    if first.code == 0:  # its digest is of the bytes that were read, so the change is seen
        if how == "gone":
            assert project.fails(DATA, "fit")
        else:
            assert '"new": true' in project.works("fit", "--json").out
    else:
        assert first.code == DATA


# ---- words that are instructions elsewhere ------------------------------------------------------

NAUGHTY = {
    "markup of rich": "[bold red]x[/bold red]",
    "a closing tag of rich": "[/]",
    "a link of rich": "[link=https://example.org]x[/link]",
    "a colour of a terminal": "\x1b[31mred\x1b[0m",
    "a screen that is cleared": "\x1b[2J\x1b[H",
    "a title of a window": "\x1b]0;owned\x07",
    "a bell": "a\x07b",
    "a backspace": "abc\x08\x08",
    "a line of its own": "a\nerror: b",
    "a carriage return": "a\rb",
    "a tab": "a\tb",
    "a CSI of one byte": "a\x9b31mb",
    "text that runs backwards": "a\u202eb",
    "a space of no width": "a\u200bb",
    "a formula": "=1+1",
    "a call": '=HYPERLINK("https://example.org")',
    "HTML": "<script>alert(1)</script>",
    "a quote": "O'Brien \"Bob\"",
    "a backslash": "C:\\new\\table",
    "braces": "{0} {name} %s ${HOME}",
    "a null of another language": "None",
    "true": "true",
    "a number": "1e3",
    "an emoji of several": "👩‍👩‍👧‍👦🏳️‍🌈",
    "marks upon marks": "Z̷̢̛a̸l̴g̵o̶",
    "letters of the right": "עברית العربية",
    "a wide word": "夜空",
    "nothing but dots": "...",
    "a dash": "--top",
    "a YAML tag": "!!python/object:os.system",
    "a pickle": "cos\nsystem\n(S'true'\ntR.",
    "SQL": "'; DROP TABLE games; --",
    "a path": "../../../../etc/passwd",
    "a private letter": "\ue000",
    "no character": "\ufffe",
}  # fmt: skip
"""What stands in a cell; none of it may do anything but be shown."""

_DANGEROUS = {*map(chr, range(32)), "\x7f", *map(chr, range(0x80, 0xA0)), "\u202e"} - {"\n"}


def quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def tame(text: str) -> None:
    """Check that a text moves no cursor, changes no colour and turns no line around."""
    assert not _DANGEROUS & set(text), ascii(text)


def shown(word: str) -> str:
    """Return a word as a terminal may be given it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in word)


@pytest.mark.parametrize("name", NAUGHTY)
def test_a_word_is_shown_as_it_is_and_does_nothing(project: Project, name: str) -> None:
    word = NAUGHTY[name]
    rows = [("plain", 1), ("plain", 2), (word, 5), (word, 7), (word, 6)]
    project.write(FILE, "kind,doughs\n" + "".join(f"{quoted(w)},{n}\n" for w, n in rows))
    project.define(says(features="[{name: kind, kind: category}]"), "nights")

    fitted = project.works("fit")
    tame(fitted.out + fitted.err)
    known = manifest(project)["features"][0]["levels"]
    assert set(known) == {"plain", word}
    judged = project.works("evaluate")
    tame(judged.out + judged.err)
    assert project.works("predict", f"--kind={word}").out == "6 doughs\n"
    asked = project.mlcli("predict", f"--kind={word}x")
    assert asked.code == ASKED_WRONGLY
    tame(asked.err)
    assert shown(word).strip() in asked.err.replace("\\\\", "\\").replace("\\'", "'")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAUGHTY)
def test_a_name_of_a_thing_is_shown_as_it_is_and_does_nothing(project: Project, name: str) -> None:
    word = NAUGHTY[name]
    project.write(FILE, "kind,game\na,plain\nb,other\na," + quoted(word) + "\n")
    project.define(
        says(features="[{name: kind, kind: category}]", label="game", model="match").replace(
            "holdout: none", "recommend: {top: 5, show: [game]}"
        ),
        "nights",
    )

    project.works("fit")
    listed = project.works("recommend", "--kind", "a")

    tame(listed.out + listed.err)
    assert shown(word) in listed.out
    assert len(listed.out.splitlines()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("name", NAUGHTY)
def test_a_bad_cell_is_shown_as_it_is_and_does_nothing(project: Project, name: str) -> None:
    word = NAUGHTY[name]
    project.write(FILE, f"guests,doughs\n1,2\n2,{quoted(word)}\n")
    project.define(says(), "nights")

    ended = project.mlcli("fit")

    if word == "1e3":
        assert ended.code == 0
        return
    assert ended.code == DATA
    tame(ended.err)
    assert ended.err.startswith(f"error: {FILE}:3: column 'doughs' (the 2nd): ")
    assert len(ended.err.splitlines()) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", NAUGHTY)
def test_a_column_by_any_name_is_shown_as_it_is_and_does_nothing(
    project: Project, name: str
) -> None:
    project.write(FILE, f"guests,{quoted(NAUGHTY[name])}\n1,2\n2,3\n")
    project.define(says(), "nights")

    said = project.fails(DATA, "fit")

    tame(said)
    assert said.startswith(f"error: {FILE}: there is no column 'doughs'\n")
    assert len(said.splitlines()) == 3
