"""Everything that can be wrong with data and with questions: what is said, and what is left alone.

Each row of a table is one fault. Whatever the fault, a command ends with the exit code
of its kind, prints nothing on stdout, shows no traceback, says in at most ten lines
where it is and what to do next, and leaves nothing half-written.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support import ELEVEN_DAYS, PIZZERIA, Ended, Project, exports, table_definition

DATA, ASKED_WRONGLY, MODEL, ENVIRONMENT, REFUSED = 3, 2, 4, 5, 6

Files = dict[str, "str | bytes | None"]
"""Contents by name; ``None`` is a folder."""

NIGHTS = "day,guests,doughs,kind\n" + "".join(
    f"2023-05-0{n},{n},{2 * n + n % 2},{kind}\n"
    for n, kind in enumerate(["meat", "fish", "meat", "fish", "meat", "fish", "meat"], start=1)
)


@dataclass(frozen=True)
class Bad:
    """One fault: the files that hold it, the definition, and what must be said of it."""

    id: str
    files: Files
    says: tuple[str, ...]
    definition: str = table_definition()
    code: int = DATA


def nights(name: str, content: str | bytes, *says: str, **more: Any) -> Bad:
    """Return a fault of the one table of `table_definition`."""
    return Bad(name, {"data/nights.csv": content}, says, **more)


def rules(*steps: str, table: tuple[str, ...] = (), more: str = "", **parts: str) -> str:
    """Return the definition of one table, with rules in its source and on the table."""
    text = table_definition(**parts)
    if steps:
        listed = "".join(f"      - {step}\n" for step in steps)
        text = text.replace("nights.csv\n", f"nights.csv\n    rules:\n{listed}")
    if table:
        text += "rules:\n" + "".join(f"  - {step}\n" for step in table)
    return text + more


def at(place: str, message: str) -> str:
    return f"error: data/nights.csv{place}: {message}\n"


def hint(text: str) -> str:
    return f"hint: {text}\n"


# ---- files that are none, or not CSV --------------------------------------------------

ONE_COMMA = "cells are separated by a comma here"

FILES = [
    Bad(
        "a file that is not there, with one that is nearly called so",
        {"data/night.csv": NIGHTS, "data/staff.csv": NIGHTS},
        (at("", "there is no such file"), hint("did you mean 'night.csv'?")),
    ),
    Bad(
        "a file that is not there, with others of other names",
        {"data/staff.csv": "a\n1\n", "data/.hidden.csv": "a\n1\n", "data/notes.md": "a"},
        (at("", "there is no such file"), hint("there is staff.csv")),
    ),
    Bad(
        "a file that is not there, in an empty folder",
        {},
        (at("", "there is no such file"), hint("put the file there")),
    ),
    Bad(
        "a file in a folder that is not there",
        {},
        (
            "error: dta/nights.csv: there is no such file\n",
            hint("there is no folder dta either"),
        ),
        definition=table_definition().replace("data/nights", "dta/nights"),
    ),
    Bad(
        "a file whose folder is a file",
        {"data/x": "a\n1\n"},
        ("error: data/x/nights.csv: there is no such file\n", hint("there is no folder x either")),
        definition=table_definition().replace("data/nights", "data/x/nights"),
    ),
    Bad(
        "a folder with the name of a file",
        {"data/nights.csv": None},
        (
            at("", "there is no CSV file in this folder"),
            hint("a name is searched for from the project folder"),
        ),
    ),
    nights("no byte at all", b"", at("", "the file is empty"), hint("export it again")),
    nights("only newlines", b"\n\n\r\n", at("", "the file is empty"), hint("export it again")),
    nights("only spaces", b"  \n \t \n", at("", "the file is empty"), hint("export it again")),
    nights("only a byte order mark", b"\xef\xbb\xbf", at("", "the file is empty")),
    nights("a byte order mark and a newline", b"\xef\xbb\xbf\r\n", at("", "the file is empty")),
    nights(
        "a header and no rows",
        "guests,doughs\n",
        at("", "the file has a header and no rows"),
        hint("was it exported for the right days?"),
    ),
    nights(
        "a header without its newline, and empty lines",
        "guests,doughs\n\n\n",
        at("", "the file has a header and no rows"),
    ),
    nights(
        "UTF-16 text without its mark, low byte first",
        NIGHTS.encode("utf-16-le"),
        at("", "this is UTF-16 text, and does not say so"),
        hint("export it as CSV UTF-8, or say in its source  encoding: utf-16-le"),
    ),
    nights(
        "UTF-16 text without its mark, high byte first",
        NIGHTS.encode("utf-16-be"),
        at("", "this is UTF-16 text, and does not say so"),
        hint("export it as CSV UTF-8, or say in its source  encoding: utf-16-be"),
    ),
    nights(
        "a Latin-1 letter",
        b"name,guests,doughs\nAnna,1,2\nJos\xe9,2,3\n",
        at(":3", "byte 4 of the line (0xe9) is not UTF-8 text"),
        hint("save the export as CSV UTF-8, or say in its source  encoding: cp1252"),
    ),
    nights(
        "a Latin-1 letter in lines that end with carriage returns",
        b"name,guests,doughs\rAnna,1,2\rJos\xe9,2,3\r",
        at(":3", "byte 4 of the line (0xe9) is not UTF-8 text"),
    ),
    nights(
        "a Latin-1 letter in the header",
        b"caf\xe9,guests,doughs\nAnna,1,2\n",
        at(":1", "byte 4 of the line (0xe9) is not UTF-8 text"),
    ),
    nights(
        "a letter cut in half by the end of the file",
        b"guests,doughs,name\n1,2,Ann\n2,3,Jos\xc3",
        at(":3", "the file ends in the middle of a letter: was it cut off?"),
        hint("export it again"),
    ),
    nights(
        "half a letter before the end of a line",
        b"guests,doughs,name\n1,2,Jos\xc3\n",
        at(":2", "byte 8 of the line (0xc3) is not UTF-8 text"),
    ),
    nights(
        "NUL bytes",
        b"guests,doughs\n1,2\n2,\0\0\n3,4\n",
        at(":3", "NUL bytes: was the file cut off while it was written?"),
        hint("export it again"),
    ),
    nights(
        "NUL bytes in a quoted cell that goes over lines",
        b'guests,doughs,note\n1,2,"a\nb\0"\n3,4,c\n',
        at(":3", "NUL bytes: was the file cut off while it was written?"),
    ),
    *(
        nights(
            f"{what}, whatever it is called",
            start,
            at("", f"this is {what}, not CSV text"),
            hint(way_out),
        )
        for what, (start, way_out) in {
            "gzip data": (b"\x1f\x8b\x08\0abc", "add .gz to its name"),
            "an Excel workbook or a zip archive": (b"PK\x03\x04\x14\0", "export it as CSV UTF-8"),
            "an old Excel workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "export it as CSV UTF-8"),
            "a PDF document": (b"%PDF-1.7\n", "export it as CSV UTF-8"),
            "a web page": (
                b"\n<!doctype html>\n<table><tr><td>1</td></tr></table>",
                "export it as CSV UTF-8",
            ),
            "an SQLite database": (
                b"SQLite format 3\0\x10\0",
                "name it with  sql: {url: sqlite:///FILE}",
            ),
            "a Parquet file": (b"PAR1\x15\x04\x15", "add .parquet to its name"),
            "an XML document": (b"<?xml version='1.0'?>\n<rows/>\n", "export it as CSV UTF-8"),
            "JSON": (b'[\n  {"guests": 1, "doughs": 2}\n]\n', "export it as CSV UTF-8"),
        }.items()
    ),
]

# ---- lines and cells that do not fit together -----------------------------------------

LINES = [
    nights(
        "a short row",
        "guests,doughs\n1,2\n3\n4,5\n",
        at(":3", "the line has 1 cell, and the header has 2"),
        hint(f"{ONE_COMMA}; was the line cut off?"),
    ),
    nights(
        "a long row",
        "guests,doughs\n1,2\n3,4,5\n",
        at(":3", "the line has 3 cells, and the header has 2"),
        hint(f"{ONE_COMMA}; a cell that holds one needs quotes around it"),
    ),
    nights(
        "a long row after a cell of two lines",
        'guests,doughs\n1,"2\n"\n3,4,5\n',
        at(":4", "the line has 3 cells, and the header has 2"),
    ),
    nights(
        "a comma too many in every row",
        "guests,doughs\n1,2,\n3,4, \n",
        at(":2", "the line has 3 cells, and the header has 2"),
        hint(
            "the line ends in a comma too many; take it out, or name a column for it, "
            "or say in its source  skip_rows: 1  columns: [guests, doughs, column 3]"
        ),
    ),
    nights(
        "rows separated otherwise than the header",
        "guests,doughs\n1;2\n3;4\n",
        at(":2", "the line has 1 cell, and the header has 2"),
        hint("the header is separated by a comma, and this line by a semicolon"),
    ),
    nights(
        "two tables with an empty line between",
        "guests,doughs\n1,2\n3,4\n\nname,age\nA,30\n",
        at(":4", "the line is empty"),
        hint("take it out; a second table needs a file of its own"),
    ),
    nights(
        "two tables of the same width, one below the other",
        "guests,doughs\n1,2\n3,4\nguests,doughs\n5,6\n",
        at(":4", "line 4 repeats the header"),
        hint(
            "take it out; was one export put below another? "
            "If both are rows, say in its source  columns: [NAME, ...]"
        ),
    ),
    nights("an empty line inside", "guests,doughs\n1,2\n\n\n3,4\n", at(":3", "the line is empty")),
    nights(
        "an empty line before the header", "\nguests,doughs\n1,2\n", at(":1", "the line is empty")
    ),
    nights(
        "a quote that is never closed",
        'guests,doughs,name\n1,2,a\n3,4,"b\n5,6,c\n',
        at(":3", "a quote that opens here is never closed"),
        hint('close it behind the cell, or double it if it is meant: "6"" plate"'),
    ),
    nights(
        "a bare quote",
        'guests,doughs,name\n1,2,6" plate\n3,4,b\n',
        at(":2", "a quote stands in the middle of a cell"),
        hint('put the whole cell in quotes, and double those inside: "6"" plate"'),
    ),
    nights(
        "two bare quotes that balance each other over two lines",
        'guests,doughs,name\n1,2,6" plate\n3,4,8" plate\n5,6,x\n',
        at(":2", "a quote stands in the middle of a cell"),
    ),
    nights(
        "a quoted word in the middle of a cell",
        'guests,doughs,name\n1,2,a "big" one\n3,4,b\n',
        at(":2", "a quote stands in the middle of a cell"),
    ),
    nights(
        "letters after a closing quote",
        'guests,doughs,name\n1,2,"a" b\n3,4,b\n',
        at(":2", "a quote stands in the middle of a cell"),
    ),
    nights(
        "a space before a quote",
        'guests,doughs,name\n1,2, "a, b"\n3,4,b\n',
        at(":2", "a quote stands in the middle of a cell"),
    ),
    nights(
        "a header that two marks could separate",
        "guests;a,doughs\n1;2,3\n4;5,6\n",
        at(":1", "the header could be separated by a comma or a semicolon"),
        hint('put cells that hold one in quotes; a definition may say which, with  delimiter: ";"'),
    ),
    nights(
        "a delimiter in the definition that is not in the file",
        "guests,doughs\n1,2\n",
        at(
            ":1",
            "the header has no semicolon, and the definition says that one stands between cells",
        ),
        hint("take  delimiter:  away: a comma is found without it"),
        definition=table_definition().replace("nights.csv\n", 'nights.csv\n    delimiter: ";"\n'),
    ),
    nights(
        "a note to Excel in the first line",
        "sep=;\nguests;doughs\n1;2\n",
        at(":1", "the first line is a note to Excel, not the header"),
        hint("take the line out, or say in its source  skip_rows: 1"),
    ),
    nights(
        "two columns of one name",
        "guests,doughs, guests\n1,2,3\n",
        at(":1", "columns 1 and 3 are both called 'guests'"),
        hint("give every column a name of its own"),
    ),
    nights(
        "a column that is nearly called so",
        "guest,doughs\n1,2\n",
        at("", "there is no column 'guests'"),
        hint("did you mean 'guest'?"),
    ),
    nights(
        "a column that differs by case",
        "Guests,doughs\n1,2\n",
        at("", "there is no column 'guests'"),
        hint("did you mean 'Guests'?"),
    ),
    nights(
        "no header at all",
        "1,2\n3,4\n",
        at("", "there is no column 'guests'"),
        hint("the columns are 1, 2; if that is a row, say in its source  columns: [NAME, ...]"),
    ),
    nights(
        "a title above the header",
        "Export of May\nguests,doughs\n1,2\n",
        at(":1", "the header has 1 cell, and most of the lines below it have more"),
        hint("if the header stands 1 line further down, say in its source  skip_rows: 1"),
    ),
    nights(
        "a column that only a rule of the source needs",
        NIGHTS,
        at(":1", "there is no column 'qty'"),
        definition=rules("drop_missing: {of: qty}"),
    ),
]

# ---- cells that are not what their column needs -----------------------------------------


def guests(cell: str, says: str, what_next: str) -> Bad:
    """Return a fault of one cell in a column that is declared a number, in line 4."""
    quoted = f'"{cell}"' if "," in cell else cell
    return nights(
        f"{cell[:20]!a} in a number column",
        f"doughs,guests\n1,2\n2,3\n4,{quoted}\n",
        at(":4", f"column 'guests' (the 2nd): {says}"),
        hint(what_next),
        definition=table_definition(features="[{name: guests, kind: number}]"),
    )


PLAINLY = "write digits and a decimal point only, such as 3.5"
SAY = ", or say in its source  "
NONE = "  if it stands for no number"
EMPTY = "leave the cell empty where there is no number"

CELLS = [
    guests("many", "'many' is not a number", f"{PLAINLY}{SAY}missing: [many]{NONE}"),
    guests("3,5", "'3,5' is not a number", f'write it as 3.5{SAY}decimal: ","'),
    guests(
        "1.234,50",
        "'1.234,50' is not a number",
        f'write it as 1234.50{SAY}decimal: ","  thousands: "."',
    ),
    guests(
        "1,234",
        "'1,234' is not a number",
        "write 1234 if the comma groups thousands, 1.234 if it marks the decimals"
        f'{SAY}thousands: ","  or  decimal: ","',
    ),
    guests("1,234,567", "'1,234,567' is not a number", f'write it as 1234567{SAY}thousands: ","'),
    guests("€ 12", "'€ 12' is not a number", f'write it as 12{SAY}unit: "€"'),
    guests("12.50 $", "'12.50 $' is not a number", f'write it as 12.50{SAY}unit: "$"'),
    guests("inf", "'inf' is not a number", f"{PLAINLY}{SAY}missing: [inf]{NONE}"),
    guests("-Infinity", "'-Infinity' is not a number", PLAINLY),
    guests("nan", "'nan' is not a number", f"{EMPTY}{SAY}missing: [nan]"),
    guests("N/A", "'N/A' is not a number", f"{EMPTY}{SAY}missing: [N/A]"),
    guests("1e400", "'1e400' is too large a number", "numbers are read up to 1e100"),
    guests("1_000", "'1_000' is not a number", "write it as 1000"),
    guests("１２", "'１２' is not a number", "write it as 12"),
    guests("0x10", "'0x10' is not a number", PLAINLY),
    guests("\x1b[2J", r"'\x1b[2J' is not a number", PLAINLY),
    guests("9" * 300, f"'{'9' * 60}...' is too large a number", "numbers are read up to 1e100"),
    nights(
        "a word among the numbers of a feature of no declared kind",
        "guests,doughs\n1,2\n,3\nmany,3\n4,5\n",
        at(":4", "column 'guests' holds numbers, but 'many' is not one"),
        hint(
            f"{PLAINLY}{SAY}missing: [many]{NONE}, "
            "or say  {name: guests, kind: category}  if they are words"
        ),
    ),
    nights(
        "too large a number in a feature of no declared kind",
        "guests,doughs\n1,2\n1e400,3\n4,5\n",
        at(":3", "column 'guests': '1e400' is too large a number"),
    ),
    nights(
        "decimal commas throughout a feature of no declared kind",
        'guests,doughs\n,1\n"1,5",2\n"2,5",3\n',
        at(":3", "column 'guests': '1,5' is not a number"),
        hint(
            f'write it as 1.5{SAY}decimal: ",", '
            "or say  {name: guests, kind: category}  if they are words"
        ),
    ),
    nights(
        "dates throughout a feature of no declared kind",
        NIGHTS,
        at(":2", "column 'day' holds dates, where a number or a word is needed"),
        "hint: make one of it, with  derive: {weekday: weekday of day}",
        definition=table_definition(features="[day]"),
    ),
    nights(
        "words for a label",
        "guests,doughs\n1,few\n2,many\n",
        at(":2", "column 'doughs' (the 2nd): 'few' is not a number"),
    ),
    nights(
        "a word where true or false is kept",
        "guests,doughs,open\n1,2,TRUE\n2,3,yes\n",
        at(":3", "column 'open' (the 3rd): 'yes' is neither true nor false"),
        hint("write true or false, in any case"),
        definition=rules("keep: {open: true}"),
    ),
    nights(
        "an empty cell in a column that is summed",
        "at,doughs\n2023-05-01,2\n2023-05-02,\n",
        at(":3", "'doughs' is empty, and sum of doughs per day of at needs it in every row"),
        hint("put  drop_missing: {of: doughs}  or  fill_missing  before it"),
        definition=rules(
            "sum: {of: doughs, per: day of at, as: total}", features="[day]", label="total"
        ),
    ),
    nights(
        "an empty cell in a column that rows are gathered by",
        "at,doughs\n2023-05-01,2\n,3\n",
        at(":3", "'at' is empty, and count per day of at needs it in every row"),
        hint("put  drop_missing: {of: at}  or  fill_missing  before it"),
        definition=rules("count: {per: day of at, as: doughs}", features="[day]"),
    ),
    nights(
        "a list that is not closed",
        'play,doughs\n"a, b",2\n"[""a"", ""b",3\n',
        at(":3", """play: '["a", "b' opens a list and never closes it"""),
        hint('write ["one", "two"], or one, two without brackets'),
        definition=rules("split_list: {of: play, as: p}", features="[{name: p, kind: tags}]"),
    ),
    nights(
        "a list of words without quotes",
        "play,doughs\n[a],2\n",
        at(":2", "play: '[a]' is not a list of quoted words"),
        definition=rules("split_list: {of: play, as: p}", features="[{name: p, kind: tags}]"),
    ),
]

# ---- dates -------------------------------------------------------------------------------


def date(cell: str, says: str, what_next: str) -> Bad:
    """Return a fault of one date, in line 3."""
    return nights(
        f"{cell!r} for a date",
        f"day,guests,doughs\n2023-06-01,1,2\n{cell},2,3\n",
        at(":3", f"column 'day' (the 1st): {says}"),
        hint(what_next),
        definition=table_definition() + "date: day\n",
    )


ISO = "write year-month-day, such as 2023-06-08 or 2023-06-08 19:30"
ZONE = "say in the source where the wall clock hangs:  timezone: Europe/Rome"

DATES = [
    date("June 8", "'June 8' is not a date", ISO),
    date("20230608", "'20230608' is not a date", f'{ISO}{SAY}dates: {{format: "%Y%m%d"}}'),
    date(
        "08/06/2023",
        "'08/06/2023' is not a date",
        "write the year first: 2023-06-08 if the day stands first here, "
        "2023-08-06 if the month does"
        f'{SAY}dates: {{format: "%d/%m/%Y"}}  or  dates: {{format: "%m/%d/%Y"}}',
    ),
    date(
        "13.06.2023 19:30",
        "'13.06.2023 19:30' is not a date",
        f'write the year first: 2023-06-13 19:30:00{SAY}dates: {{format: "%d.%m.%Y %H:%M"}}',
    ),
    date(
        "06/13/2023",
        "'06/13/2023' is not a date",
        f'write the year first: 2023-06-13{SAY}dates: {{format: "%m/%d/%Y"}}',
    ),
    date(
        "2023/6/8",
        "'2023/6/8' is not a date",
        f'write it as 2023-06-08{SAY}dates: {{format: "%Y/%m/%d"}}',
    ),
    date("2023-02-30", "'2023-02-30' is not a date: there is no such day", "mend the cell"),
    date(
        "2023-06-08 24:30",
        "'2023-06-08 24:30' is not a date: there is no such time",
        "mend the cell",
    ),
    date(
        "2023-06-08 19:30+99:00",
        "'2023-06-08 19:30+99:00' is not a date: there is no such time",
        "mend the cell",
    ),
    date(
        "2023-06-08T19:30Z",
        "'2023-06-08T19:30Z' has an offset from UTC, and line 2 has none",
        "say in the source that the times without an offset are in UTC too:  times_in: UTC,  or "
        "where the wall clock hangs:  timezone: Europe/Rome",
    ),
    nights(
        "offsets that differ from each other",
        "day,guests,doughs\n2023-03-01T19:30+01:00,1,2\n2023-03-29T19:30+02:00,2,3\n",
        at(
            ":3",
            "column 'day' (the 1st): "
            "'2023-03-29T19:30+02:00' has another offset from UTC than line 2",
        ),
        hint(ZONE),
        definition=table_definition() + "date: day\n",
    ),
    nights(
        "a time zone that is nearly called so",
        NIGHTS,
        "error: configs/nights.yaml:4:15: there is no time zone 'Europe/Roma'\n",
        "hint: did you mean 'Europe/Rome'",
        definition=table_definition().replace("csv\n", "csv\n    timezone: Europe/Roma\n"),
        code=ASKED_WRONGLY,
    ),
    nights(
        "a time zone that is nothing of the kind",
        NIGHTS,
        "error: configs/nights.yaml:4:15: there is no time zone '/etc/localtime'\n",
        definition=table_definition().replace("csv\n", "csv\n    timezone: /etc/localtime\n"),
        code=ASKED_WRONGLY,
    ),
    nights(
        "a time that its zone does not reach",
        "day,guests,doughs\n0001-01-01T00:00+14:00,1,2\n",
        at(":2", "column 'day' (the 1st): '0001-01-01T00:00+14:00' has no time in Europe/Rome"),
        definition=table_definition().replace("csv\n", "csv\n    timezone: Europe/Rome\n")
        + "date: day\n",
    ),
]

# ---- rules ----------------------------------------------------------------------------------

RULES = [
    nights(
        "a value that misses the one that is kept by its case",
        NIGHTS,
        at(
            ":2",
            "'kind' is 'meat', which differs from the 'Meat' of the rule only by case or spaces",
        ),
        hint("write both:  kind: [Meat, meat]"),
        definition=rules("keep: {kind: Meat}"),
    ),
    nights(
        "a rule that leaves no row, with the word that may be meant",
        NIGHTS,
        at("", "no row is left after  keep kind = fisch  (7 before it)"),
        hint("kind: did you mean 'fish'?"),
        definition=rules("keep: {kind: fisch}"),
    ),
    nights(
        "a rule that leaves no row of many words",
        "kind,guests,doughs\n"
        + "".join(f"{c * 3},1,{n}\n" for n, c in enumerate("abcdefghijklmno")),
        at("", "no row is left after  keep kind = 123  (15 before it)"),
        hint("kind is aaa, for example"),
        definition=rules("keep: {kind: '123'}"),
    ),
    nights(
        "a range that leaves no row",
        NIGHTS,
        at("", "no row is left after  between guests under 0  (7 before it)"),
        hint("guests is 1, for example"),
        definition=rules("between: {guests: under 0}"),
    ),
    nights(
        "a column that is empty in every row",
        "guests,doughs,x\n1,2,\n2,3,\n",
        at("", "no row is left after  drop_missing x  (2 before it)"),
        hint("x is empty, for example"),
        definition=rules("drop_missing: {of: x}"),
    ),
    nights(
        "a rule on the table that leaves no row",
        NIGHTS,
        "error: 0 rows with every feature and a label; at least 2 are needed to learn\n",
        hint("7 dropped: keep kind = cheese"),
        definition=rules(table=("keep: {kind: cheese}",)),
    ),
    nights(
        "a number below all bands",
        NIGHTS,
        at(":2", "guests 1 lies in no band of 'size'"),
        hint("let the bands begin with  under ...  and end with  ... or more"),
        definition=rules(
            "bands: {of: guests, as: size, few: 2 to 4, many: 4 or more}", features="[size]"
        ),
    ),
    nights(
        "a number at the high end of the last band, which is left out",
        NIGHTS,
        at(":8", "guests 7 lies in no band of 'size'"),
        definition=rules(
            "bands: {of: guests, as: size, few: under 4, many: 4 to 7}", features="[size]"
        ),
    ),
    nights(
        "the logarithm of 0 in a rule",
        "guests,doughs\n2,1\n0,2\n",
        at(":3", "log of guests: guests is 0, and must be above 0"),
        hint("leave such rows out first, with  between: {guests: ...}"),
        definition=rules("derive: {log: log of guests}", features="[log]"),
    ),
    nights(
        "the logarithm of 0 in a rule on the table",
        "guests,doughs\n2,1\n0,2\n",
        at(":3", "log of guests: guests is 0, and must be above 0"),
        definition=rules(table=("derive: {log: log of guests}",), features="[log]"),
    ),
    nights(
        "the logarithm of 0 in a model",
        "guests,doughs\n2,1\n0,2\n5,6\n",
        at(":3", "guests is 0, and this model takes its logarithm: it must be above 0"),
        definition=table_definition(model="log_regression"),
    ),
    nights(
        "the root of a negative number",
        "guests,doughs\n2,1\n0,2\n-1,2\n",
        at(":4", "sqrt of guests: guests is -1, and must be 0 or more"),
        hint("leave such rows out first, with  between: {guests: ...}"),
        definition=rules("derive: {root: sqrt of guests}", features="[root]"),
    ),
    nights(
        "the holidays of a country that is none",
        NIGHTS,
        at("", "the holidays of 'XX' are not known"),
        hint("write a country's two letters, and a part of it after a dash: CA-ON"),
        definition=rules("derive: {off: holiday of day in XX}", features="[off]"),
    ),
    nights(
        "the holidays of a part of a country that it does not have",
        NIGHTS,
        at("", "the holidays of 'CA-XX' are not known"),
        definition=rules("derive: {off: holiday of day in CA-XX}", features="[off]"),
    ),
    nights(
        "a new name that a column has already",
        NIGHTS,
        at("", "there is already a column 'doughs'"),
        hint("choose another name"),
        definition=rules("rename: {guests: doughs}", features="[kind]"),
    ),
    nights(
        "a new name for a column that is not there",
        NIGHTS,
        at("", "there is no column 'gests'"),
        hint("did you mean 'guests'?"),
        definition=rules("rename: {gests: people}", features="[people]"),
    ),
]

# ---- joins ----------------------------------------------------------------------------------

BOOKED = "day,guests\n2023-05-01,1\n2023-05-02,2\n2023-05-03,3\n"
SOLD = "day,doughs\n2023-05-01,2\n2023-05-02,5\n2023-05-03,7\n"
JOINED = """\
sources:
  booked: {file: data/booked.csv}
  sold: {file: data/sold.csv}
join: day
features: [guests]
label: doughs
model: linear_regression
holdout: none
"""
DATED = JOINED.replace("holdout: none", "holdout: newest 20%")


def join(name: str, booked: str, sold: str, *says: str, definition: str = DATED) -> Bad:
    return Bad(name, {"data/booked.csv": booked, "data/sold.csv": sold}, says, definition)


JOINS = [
    join(
        "days that do not meet",
        BOOKED,
        SOLD.replace("2023-05", "2024-07"),
        "error: no day is in both data/booked.csv (2023-05-01 to 2023-05-03) "
        "and data/sold.csv (2024-07-01 to 2024-07-03)\n",
        hint("are the two exports of the same time?"),
    ),
    join(
        "keys that do not meet because of their case",
        BOOKED.replace("2023-05-0", "table "),
        SOLD.replace("2023-05-0", "Table "),
        "error: no day is in both data/booked.csv (table 1 to table 3) "
        "and data/sold.csv (Table 1 to Table 3)\n",
        hint("is the key written in the same way in both?"),
        definition=JOINED,
    ),
    join(
        "a key that stands twice",
        BOOKED + "2023-05-02,9\n",
        SOLD,
        "error: data/booked.csv:3: 'day' 2023-05-02 stands more than once "
        "in source 'booked', again in line 5\n",
        hint(
            "gather its rows with  count, sum  or  mean, or put  drop_duplicates  before the join"
        ),
    ),
    join(
        "a key with a time",
        BOOKED,
        SOLD.replace("05-02", "05-02 19:30"),
        "error: data/sold.csv:3: 'day' of source 'sold' is 2023-05-02 19:30:00, which has a time\n",
        hint("gather rows first, with  count  or  sum  per: day of day"),
    ),
    join(
        "a key that is empty",
        BOOKED + ",4\n",
        SOLD,
        "error: data/booked.csv:5: the key 'day' is empty\n",
        hint("mend the cell, or put  drop_missing: {of: day}  into the source's rules"),
    ),
    join(
        "a key that one source lacks",
        BOOKED,
        SOLD.replace("day", "dat"),
        "error: data/sold.csv: there is no column 'day' to join by\n",
        hint("did you mean 'dat'?"),
    ),
    join(
        "a key that one source lacks, and nothing like it",
        BOOKED.replace("day", "when"),
        SOLD,
        "error: data/booked.csv: there is no column 'day' to join by\n",
        hint("the columns are when, guests"),
    ),
    join(
        "a key of numbers on one side and of words on the other",
        BOOKED.replace("2023-05-0", ""),
        SOLD.replace("2023-05-0", "table "),
        "error: 'day' holds numbers in data/booked.csv (1 to 3) "
        "and words in data/sold.csv (few to some)\n",
        hint("write the key in both in the same way"),
        definition=JOINED.replace(
            "booked.csv}", "booked.csv, rules: [between: {day: 0 or more}]}"
        ).replace(
            "sold.csv}",
            "sold.csv, rules: [derive: {n: sqrt of doughs}, rename: {day: was}, "
            "bands: {of: n, as: day, few: under 1.5, some: 1.5 to 2.5, many: 2.5 or more}]}",
        ),
    ),
    join(
        "a column that both sources have",
        "day,guests,doughs\n2023-05-01,1,1\n",
        SOLD,
        "error: the column 'doughs' is in both data/booked.csv and data/sold.csv\n",
        hint("give one of them another name, with  rename"),
    ),
    join(
        "an export without rows beside one with",
        BOOKED,
        "day,doughs\n",
        "error: data/sold.csv: the file has a header and no rows\n",
    ),
]

# ---- what nothing can be learned from --------------------------------------------------------

LEARNING = [
    nights(
        "a label that is always the same",
        "guests,doughs\n1,5\n2,5\n3,5\n",
        "error: the label 'doughs' is 5 in all 3 rows to learn from: there is nothing to learn\n",
        hint("is it the column you meant, and do the rules leave the right rows?"),
    ),
    nights(
        "one row",
        "guests,doughs\n1,5\n",
        "error: 1 row with every feature and a label; at least 2 are needed to learn\n",
        hint("bring more rows"),
    ),
    nights(
        "a feature that is empty in every row",
        "guests,doughs\n,5\n,6\n,7\n",
        "error: 0 rows with every feature and a label; at least 2 are needed to learn\n",
        hint("3 left out: guests is missing"),
    ),
    nights(
        "a feature that is empty in every row, with something to stand in for it",
        "guests,doughs\n,5\n,6\n,7\n",
        "error: the feature 'guests' is empty in every row to learn from\n",
        hint("take it out of the features, or export it again"),
        definition=table_definition(features="[{name: guests, missing: mean}]"),
    ),
    nights(
        "a label that is empty in every row",
        "guests,doughs\n1,\n2,\n3,\n",
        "error: 0 rows with every feature and a label; at least 2 are needed to learn\n",
        hint("3 left out: doughs not known yet"),
    ),
    nights(
        "a hold-out that begins after the last row",
        NIGHTS,
        "error: holdout: from 2024-01-01  holds no row out of 7\n",
        hint("the rows reach from 2023-05-01 to 2023-05-07"),
        definition=table_definition(holdout="from 2024-01-01") + "date: day\n",
    ),
    nights(
        "a hold-out that begins before the first row",
        NIGHTS,
        "error: 0 rows to learn from and 7 held out; at least 2 are needed to learn\n",
        definition=table_definition(holdout="from 2023-01-01") + "date: day\n",
    ),
    nights(
        "a hold-out by date with a row that has none",
        NIGHTS + ",8,17,meat\n",
        "error: holdout: newest 20%  needs a date in every row\n",
        hint("leave rows without one out, with  drop_missing"),
        definition=table_definition(holdout="newest 20%") + "date: day\n",
    ),
    nights(
        "a category that only the held-out rows have",
        NIGHTS + "2023-05-08,8,17,cheese\n",
        "error: 2023-05-08: held out: 'cheese' is not a kind that was learned from "
        "(known: fish, meat)\n",
        "hint: say what an unseen value does, with  unseen: other",
        definition=table_definition(features="[kind]", holdout="newest 10%") + "date: day\n",
    ),
    nights(
        "a baseline that divides by 0",
        NIGHTS.replace(",3,7,", ",0,7,"),
        at(":4", "the baseline  10 / guests  has no value"),
        hint("it divides by 0 there, or a column that it uses is empty"),
        definition=table_definition() + "baseline: 10 / guests\n",
    ),
    nights(
        "fewer rows than neighbours",
        "guests,doughs\n1,2\n2,3\n3,5\n4,7\n",
        "error: k_nearest looks at 5 neighbours, and there are only 4 rows to learn from\n",
        hint("bring more rows, or write  model: {name: k_nearest, neighbours: 4}"),
        definition=table_definition(model="k_nearest"),
    ),
    nights(
        "fewer rows than neighbours, by scikit-learn's own name",
        "guests,doughs\n1,2\n2,3\n3,5\n4,7\n",
        "Expected n_neighbors <= n_samples_fit",
        definition=table_definition(model="KNeighborsRegressor"),
    ),
    nights(
        "a negative label for a model of counts",
        "guests,doughs\n1,2\n2,-3\n3,5\n",
        at(":3", "poisson_regression is for counts, and doughs is -3 here"),
        hint("mend the cell, or take another model"),
        definition=table_definition(model="poisson_regression"),
    ),
]

FAULTS = [*FILES, *LINES, *CELLS, *DATES, *RULES, *JOINS, *LEARNING]


def put(project: Project, files: Files) -> None:
    for name, content in files.items():
        if content is None:
            (project.root / name).mkdir()
        else:
            project.write(name, content)


def as_it_must(ended: Ended, code: int, says: tuple[str, ...]) -> None:
    """Check what holds of every refusal, and the words of this one."""
    assert ended.code == code, f"exit {ended.code}, expected {code}\n{ended.out}\n{ended.err}"
    assert ended.out == "" or ended.json["error"]["exit"] == code  # with --json
    assert "Traceback" not in ended.err
    assert "mlcli has a bug" not in ended.err
    assert len(ended.err.splitlines()) <= 10, ended.err
    for words in says:
        assert words in ended.err, f"{words!r} is not in\n{ended.err}"


@pytest.mark.parametrize("bad", FAULTS, ids=lambda bad: bad.id)
def test_a_fault_in_the_data_is_named_with_its_place_and_a_way_out(
    project: Project, bad: Bad
) -> None:
    put(project, bad.files)
    project.define(bad.definition, "nights")

    ended = project.mlcli("fit")

    as_it_must(ended, bad.code, bad.says)
    assert ended.err.startswith("error: ")
    assert "\nhint: " in ended.err or "KNeighbors" in bad.definition
    assert ended.err.endswith("nights: nothing was fitted\n")
    assert not (project.root / "models").exists()


def test_no_fault_stands_in_the_table_twice() -> None:
    names = [bad.id for bad in FAULTS]

    assert len(names) == len(set(names))
    assert len(names) >= 100


@pytest.mark.parametrize(
    "command",
    [("fit",), ("fit", "--engine", "duckdb"), ("tune", "nights"),
     ("compare", "--models", "ridge,linear_regression"), ("compare", "nights", "other")],
    ids=" ".join,
)  # fmt: skip
def test_an_id_is_named_where_the_definition_names_it(
    project: Project, command: tuple[str, ...]
) -> None:
    rows = "".join(f"{n % 7},{n % 5},guest {n}\n" for n in range(2_000))
    project.write("data/nights.csv", "guests,doughs,who\n" + rows)
    text = table_definition("[guests, who]", model="ridge") + "tune: {penalty: [1, 2]}\n"
    project.define(text, "nights")
    if "other" in command:
        project.define(text.replace(", who", ""), "other")

    said = project.fails(ASKED_WRONGLY, *command)

    line, features = next(
        (n, line) for n, line in enumerate(text.splitlines(), 1) if line.startswith("features")
    )
    assert said.startswith(
        f"error: configs/nights.yaml:{line}:{features.index('who') + 1}: who has 2,000 different "
        "words in 2,000 rows to learn from: half as many or more are an id, and say nothing of "
        "other rows\n"
    )
    assert "\nhint: it is no category: leave it out; if it says which rows belong together" in said


def test_a_matrix_that_memory_cannot_hold_is_named_where_it_is_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("data/nights.csv", NIGHTS)
    project.define(table_definition(model="{name: polynomial_regression, degree: 9}"), "nights")
    monkeypatch.setattr("mlcli.exports.memory.free", lambda: 1_000)

    said = project.fails(ASKED_WRONGLY, "fit")

    assert said.startswith("error: configs/nights.yaml:")
    assert (
        "a matrix of 7 rows and 9 columns takes 504 bytes, which is more than half of the 1 kB of "
        "memory that are free"
    ) in said
    assert "\nhint: write a lower degree, or name fewer features, or learn from fewer rows" in said


def test_a_fit_that_fails_leaves_the_model_that_was_there(pizzeria: Project) -> None:
    models = {p: p.read_bytes() for p in (pizzeria.root / "models").rglob("*") if p.is_file()}
    orders = (pizzeria.root / "data/orders.csv").read_text().splitlines()
    orders[700] = orders[700].replace(",", ",many", 1)
    pizzeria.write("data/orders.csv", "\n".join(orders))

    said = pizzeria.fails(DATA, "fit")

    assert said.startswith("error: data/orders.csv:701: column 'quantity' (the 2nd): 'many")
    after = {p: p.read_bytes() for p in (pizzeria.root / "models").rglob("*") if p.is_file()}
    assert after == models


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for the superuser")
def test_a_file_that_may_not_be_read_is_the_environments_fault(project: Project) -> None:
    project.write("data/nights.csv", NIGHTS).chmod(0)
    project.define(table_definition())

    said = project.fails(ENVIRONMENT, "fit")

    assert said.startswith(at("", "the file may not be read") + hint("change its permissions"))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            PermissionError(13, "Permission denied"),
            at("", "the file may not be read") + hint("change its permissions"),
        ),
        (OSError(5, "Input/output error"), at("", "the file cannot be read: Input/output error")),
    ],
)
def test_a_file_that_the_system_does_not_hand_over_is_the_environments_fault(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    opened = Path.open

    def refusing(path: Path, *how: Any, **named: Any) -> Any:
        if path.name == "nights.csv":
            raise error
        return opened(path, *how, **named)

    project.write("data/nights.csv", NIGHTS)
    project.define(table_definition())
    monkeypatch.setattr(Path, "open", refusing)

    assert project.fails(ENVIRONMENT, "fit").startswith(says)


def test_a_file_that_changes_while_it_is_read_is_not_learned_from(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.exports import values_of_cells
    from mlcli.exports.csv import source

    path = project.write("data/nights.csv", NIGHTS)
    project.define(table_definition())
    made = values_of_cells.frame
    monkeypatch.setattr(source, "_BLOCK_BYTES", 40)

    def growing(*given: Any) -> Any:
        with path.open("a") as file:
            file.write("2023-05-09,9,19,meat\n")
        return made(*given)

    monkeypatch.setattr(values_of_cells, "frame", growing)

    said = project.fails(DATA, "fit")

    assert said.startswith(
        at("", "the file changed while it was read")
        + hint("run the command again, once the export is finished")
    )


# ---- questions -------------------------------------------------------------------------------

GAMES = """\
sources:
  games: {file: data/games.csv}
features: [{name: genre, kind: category}, price]
label: sold
model: linear_regression
holdout: none
"""
GAMES_CSV = "genre,price,sold\nadventure,3,5\nracing,5,9\nsports,8,11\nquiz,2,4\n"


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three fitted models: `pizzeria` of eleven days, `bakery` of the same, and `games`."""
    from mlcli.cli.process import main

    root = tmp_path_factory.mktemp("asked")
    bookings, till = exports(ELEVEN_DAYS)
    for name, text in {
        "data/reservations.csv": bookings,
        "data/orders.csv": till,
        "data/games.csv": GAMES_CSV,
        "configs/pizzeria.yaml": PIZZERIA,
        "configs/games.yaml": GAMES,
        "configs/bakery.yaml": PIZZERIA.replace("linear_regression", "ridge"),
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    before = Path.cwd()
    os.chdir(root)
    try:
        assert main(["fit", "--json"]) == 0
    finally:
        os.chdir(before)
    return root


@dataclass(frozen=True)
class Question:
    """One question that has no answer: the words, the files beside it, and what must be said."""

    id: str
    words: str
    says: tuple[str, ...]
    code: int = ASKED_WRONGLY
    files: Files = field(default_factory=dict)
    without: tuple[str, ...] = ("bakery",)


def ask(name: str, words: str, *says: str, **more: Any) -> Question:
    return Question(name, words, says, **more)


def rows(
    name: str, content: str | bytes | None, *says: str, words: str = "", **more: Any
) -> Question:
    """Return a fault of a file of questions for `pizzeria`."""
    output = "" if "--output" in words else "--output answers.csv"
    return Question(
        name,
        f"-m pizzeria --input q.csv {output} {words}",
        says,
        **{"code": DATA, "files": {"q.csv": content}, **more},
    )


NOTHING_FITTED = ("bakery", "games", "pizzeria")

QUESTIONS = [
    ask("an option that there is not", "--wind 3", "error: No such option: --wind"),
    ask(
        "an option that is misspelt",
        "--resrvations 15",
        "error: No such option: --resrvations",
        "--reservations",
    ),
    ask("an option without its value", "--reservations", "requires an argument"),
    ask("a number without its option", "15", "unexpected extra argument"),
    ask(
        "a word for a number",
        "--reservations many",
        "error: --reservations: 'many' is not a number\n",
        hint(PLAINLY),
    ),
    ask(
        "a decimal comma",
        "--reservations 3,5",
        "error: --reservations: '3,5' is not a number\n",
        hint("write it as 3.5"),
    ),
    ask(
        "too large a number",
        "--reservations 1e400",
        "error: --reservations: '1e400' is too large a number\n",
    ),
    ask("infinitely many", "--reservations inf", "error: --reservations: 'inf' is not a number\n"),
    ask(
        "a level that is misspelt",
        "--genre adventre --price 3",
        "error: --genre: 'adventre' is not a genre that was learned from "
        "(known: adventure, quiz, racing, sports)\n",
        hint("did you mean 'adventure'? Or say  unseen: ignore  of that feature and fit again"),
    ),
    ask(
        "a feature that is not said",
        "--genre racing",
        "error: games also needs price\n",
        hint("add  --price N"),
    ),
    ask(
        "two models' features at once",
        "--genre racing --reservations 3",
        "error: no one model has --genre and --reservations\n",
        hint("games has --genre --price; pizzeria has --reservations"),
    ),
    ask(
        "another model's feature",
        "-m games --reservations 3",
        "error: games has no --reservations\n",
        hint("it has --genre --price"),
    ),
    ask(
        "what several models can answer",
        "--reservations 3",
        "error: there are several models: bakery, pizzeria\n",
        hint("say which:  -m bakery"),
        without=(),
    ),
    ask(
        "nothing, where there are several models",
        "",
        "error: there are several models: games, pizzeria\n",
        hint("say which:  -m games"),
    ),
    ask(
        "a model that is misspelt",
        "-m pizzaria --reservations 3",
        "error: there is no model 'pizzaria'\n",
        hint("did you mean 'pizzeria'?"),
        code=MODEL,
    ),
    ask(
        "a model, before any is fitted",
        "--reservations 3",
        "error: nothing is fitted yet\n",
        hint("fit a definition first:  mlcli fit"),
        code=MODEL,
        without=NOTHING_FITTED,
    ),
    ask(
        "a model by its name, before it is fitted",
        "-m pizzeria",
        "error: there is no model 'pizzeria'\n",
        hint("fit it first:  mlcli fit pizzeria"),
        code=MODEL,
        without=NOTHING_FITTED,
    ),
    ask(
        "a model that is damaged",
        "--reservations 3",
        "error: models/pizzeria/current: the model is damaged: ",
        hint("fit it again:  mlcli fit pizzeria"),
        code=MODEL,
        files={"models/pizzeria/current": "{}"},
        without=("bakery", "games"),
    ),
    ask(
        "a date that is none",
        "-m pizzeria --date yesterday",
        "error: --date: ",
        "'yesterday'",
        "2023-06-08",
    ),
    ask(
        "a day that there is not",
        "-m pizzeria --date 2023-02-30",
        "error: --date: ",
        "'2023-02-30'",
    ),
    ask(
        "a day with a time",
        "-m pizzeria --date 2023-06-08T19:00",
        "error: --date: '2023-06-08T19:00' has a time",
    ),
    ask(
        "a date of a model without dates",
        "-m games --date 2023-06-08",
        "error: the rows of games have no date\n",
        hint("ask with its features:  --genre WORD  --price N"),
    ),
    ask(
        "a date that the exports do not know",
        "-m pizzeria --date 2024-06-05",
        "error: no reservations for 2024-06-05 in data/reservations.csv and data/orders.csv\n",
        hint("say it yourself:  --reservations N"),
        code=DATA,
    ),
    ask(
        "a date outside the domain",
        "-m pizzeria --date 2023-06-09",
        "refused: 2023-06-09, a Friday, is left out: too busy to take reservations\n",
        hint("--anyway answers all the same, with a note"),
        code=REFUSED,
    ),
    ask(
        "a date, of an export that is damaged since",
        "-m pizzeria --date 2023-06-08",
        "error: data/orders.csv:2: the line has 1 cell, and the header has 4\n",
        code=DATA,
        files={"data/orders.csv": "item_name,quantity,table_num,ordered_at\npizza\n"},
    ),
    ask(
        "what waits, of an export that is gone since",
        "-m pizzeria",
        "error: data/orders.csv: there is no such file\n",
        code=DATA,
        files={"data/orders.csv": b"gone"},
    ),
    ask(
        "an output without an input",
        "--reservations 3 --output answers.csv",
        "error: --output needs --input\n",
        hint("print to a file with  > FILE"),
    ),
    ask(
        "strictness about one question",
        "--reservations 3 --strict",
        "error: --strict is for many rows",
    ),
    ask(
        "a list of which a row is refused, strictly",
        "-m pizzeria --strict",
        "refused: 1 of 4 rows refused\n",
        hint("leave --strict out to have the others"),
        code=REFUSED,
    ),
    ask(
        "what is far beyond what any number can hold",
        "-m curve --reservations 1e99",
        "refused: the answer is too large to write down: "
        "the question is far outside what was learned\n",
        code=REFUSED,
        files={
            "configs/curve.yaml": PIZZERIA.replace(
                "linear_regression", "{name: polynomial_regression, degree: 4}"
            )
        },
    ),
    ask(
        "what is far beyond what the trees of a forest can hold",
        "-m curve --reservations 1e99",
        "refused: scikit-learn: Input X contains infinity or a value too large",
        code=REFUSED,
        files={
            "configs/curve.yaml": PIZZERIA.replace(
                "linear_regression", "{name: random_forest, trees: 2}"
            )
        },
    ),
    # files of questions
    rows(
        "a file that is not there",
        b"gone",
        "error: q.csv: there is no such file\n",
        hint("did you mean 'qq.csv'?"),
        files={"q.csv": b"gone", "qq.csv": "x\n"},
    ),
    rows("a folder", None, "error: q.csv: this is a folder\n", hint("name the file in it")),
    rows("an empty file", "", "error: q.csv: the file is empty\n"),
    rows(
        "a header only",
        "reservations\n",
        "error: q.csv: the file has a header and no rows\n",
        hint("write one row a question"),
    ),
    rows(
        "a feature that has no column",
        "reservation,who\n15,a\n",
        "error: q.csv:1: there is no column 'reservations', which pizzeria needs\n",
        hint("did you mean 'reservation'?"),
    ),
    rows(
        "a feature that has no column like it",
        "who,when\n15,a\n",
        "error: q.csv:1: there is no column 'reservations', which pizzeria needs\n",
        hint("the columns are who, when"),
    ),
    rows(
        "a cell that is no number, in the last of many rows",
        "who,reservations\n" + "a,15\n" * 200 + "b,many\n",
        "error: q.csv:202: column 'reservations': 'many' is not a number\n",
        hint(PLAINLY),
    ),
    rows(
        "a number too large",
        "reservations\n1e400\n",
        "error: q.csv:2: column 'reservations': '1e400' is too large a number\n",
    ),
    ask(
        "a level that training never held, strictly",
        "-m games --input q.csv --strict",
        "refused: 1 of 2 rows refused: nothing was written\n",
        code=REFUSED,
        files={"q.csv": "genre,price\nracing,3\nraicing,3\n"},
    ),
    rows(
        "a date of the domain that is none",
        "day,reservations\n8.6.2023,15\n",
        "error: q.csv:2: column 'day': '8.6.2023' is not a date\n",
        "hint: write the year first: 2023-06-08",
    ),
    rows(
        "a row too short",
        "who,reservations\na,15\nb\n",
        "error: q.csv:3: the line has 1 cell, and the header has 2\n",
    ),
    rows(
        "a Latin-1 letter",
        b"who,reservations\nJos\xe9,15\n",
        "error: q.csv:2: byte 4 of the line (0xe9) is not UTF-8 text\n",
    ),
    *(
        rows(
            f"a column {name!r} that is there already",
            f"reservations,{name}\n15,x\n",
            f"error: q.csv:1: there is a column {name!r} already, which mlcli adds\n",
            hint("rename it, or take it out"),
        )
        for name in ("answer", "note")
    ),
    rows(
        "a row outside the domain, strictly",
        "day,reservations\n2023-06-08,15\n2023-06-09,16\n2023-06-10,16\n",
        "refused: 2 of 3 rows refused: nothing was written\n",
        hint("leave --strict out to have the others"),
        words="--strict",
        code=REFUSED,
    ),
    ask(
        "a row outside the domain, strictly, to the terminal",
        "-m pizzeria --input q.csv --strict",
        "refused: 1 of 2 rows refused: nothing was written\n",
        code=REFUSED,
        files={"q.csv": "day,reservations\n2023-06-08,15\n2023-06-09,16\n"},
    ),
    ask(
        "a row outside the domain, strictly, as JSON",
        "-m pizzeria --input q.csv --strict --json",
        "refused: 1 of 2 rows refused: nothing was written\n",
        code=REFUSED,
        files={"q.csv": "day,reservations\n2023-06-08,15\n2023-06-09,16\n"},
    ),
    ask(
        "a fault in the last row, to the terminal",
        "-m pizzeria --input q.csv",
        "error: q.csv:3: column 'reservations': 'many' is not a number\n",
        code=DATA,
        files={"q.csv": "reservations\n15\nmany\n"},
    ),
    ask(
        "an input that several models can answer",
        "--input q.csv",
        "error: there are several models: games, pizzeria\n",
        files={"q.csv": "reservations\n15\n"},
    ),
    rows(
        "an output that is the input",
        "reservations\n15\n",
        "error: --output is the file of --input\n",
        hint("write to another file"),
        words="--output q.csv",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an output that is the input by another way",
        "reservations\n15\n",
        "error: --output is the file of --input\n",
        words="--output data/../q.csv",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an output in a folder that is not there",
        "reservations\n15\n",
        "error: there is no folder out for --output\n",
        hint("make it first"),
        words="--output out/answers.csv",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an output that is a folder",
        "reservations\n15\n",
        "error: --output data is a folder\n",
        hint("name a file in it"),
        words="--output data",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an output beside JSON",
        "reservations\n15\n",
        "error: --json prints to the terminal\n",
        words="--json",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an input and a date",
        "reservations\n15\n",
        "error: --input asks for the rows of a file; --date asks for one\n",
        hint("use one of them"),
        words="--date 2023-06-08",
        code=ASKED_WRONGLY,
    ),
    rows(
        "an input and a feature",
        "reservations\n15\n",
        "error: --input asks for the rows of a file; --reservations asks for one\n",
        words="--reservations 3",
        code=ASKED_WRONGLY,
    ),
]


@pytest.fixture
def questioned(asked: Path, project: Project) -> Project:
    """The three fitted models, in a folder of the test's own."""
    shutil.copytree(asked, project.root, dirs_exist_ok=True)
    return project


def prepare(project: Project, question: Question) -> None:
    for name in question.without:
        shutil.rmtree(project.root / "models" / name)
    for name, content in question.files.items():
        if content == b"gone":
            (project.root / name).unlink(missing_ok=True)
        else:
            put(project, {name: content})
    if "configs/curve.yaml" in question.files:
        project.works("fit", "curve")


BEFORE = "what was there before\n"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_a_question_without_an_answer_says_why_and_writes_nothing(
    questioned: Project, question: Question
) -> None:
    prepare(questioned, question)
    questioned.write("answers.csv", BEFORE)
    before = {p: p.is_file() and p.read_bytes() for p in questioned.root.rglob("*")}

    ended = questioned.mlcli("predict", *question.words.split())

    as_it_must(ended, question.code, question.says)
    assert {p: p.is_file() and p.read_bytes() for p in questioned.root.rglob("*")} == before


def test_a_refused_file_makes_no_file_of_answers(questioned: Project) -> None:
    questioned.write("q.csv", "reservations\n15\nmany\n")

    questioned.fails(DATA, "predict", "-m", "pizzeria", "--input", "q.csv", "--output", "new.csv")

    assert not (questioned.root / "new.csv").exists()
    assert not list(questioned.root.glob(".new*"))


def test_an_output_that_cannot_be_written_is_the_environments_fault(
    questioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    questioned.write("q.csv", "reservations\n15\n")
    questioned.write("answers.csv", BEFORE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    said = questioned.fails(
        ENVIRONMENT, "predict", "-m", "pizzeria", "--input", "q.csv", "--output", "answers.csv"
    )

    assert said == (
        "error: --output answers.csv cannot be written: No space left on device\n"
        "hint: what was there before is untouched\n"
    )
    assert (questioned.root / "answers.csv").read_text() == BEFORE
    assert not list(questioned.root.glob(".answers*"))


def test_an_output_that_is_no_file_is_left_alone(questioned: Project) -> None:
    """A pipe here, in the test's own folder: were it replaced, nothing else would be."""
    questioned.write("q.csv", "reservations\n15\n")
    pipe = questioned.root / "pipe"
    os.mkfifo(pipe)

    said = questioned.fails(
        ASKED_WRONGLY, "predict", "-m", "pizzeria", "--input", "q.csv", "--output", "pipe"
    )

    assert said == (
        "error: --output pipe is not a file\nhint: leave --output out to print the rows\n"
    )
    assert pipe.is_fifo()


def test_an_output_that_is_a_link_is_written_where_the_link_leads(questioned: Project) -> None:
    questioned.write("q.csv", "reservations\n15\n")
    kept = questioned.write("data/kept.csv", BEFORE)
    link = questioned.root / "link.csv"
    link.symlink_to(kept)

    questioned.works("predict", "-m", "pizzeria", "--input", "q.csv", "--output", "link.csv")

    assert link.is_symlink()
    assert kept.read_text() == "reservations,answer,note\n15,53,\n"


def test_a_file_of_questions_is_answered_in_batches_of_any_size(
    questioned: Project, monkeypatch: pytest.MonkeyPatch
) -> None:

    questioned.write("q.csv", " who ,reservations\n" + "".join(f"{n},{n}\n" for n in range(12, 19)))
    words = ("predict", "-m", "pizzeria", "--input", "q.csv")
    whole = questioned.works(*words).out

    assert whole.startswith(" who ,reservations,answer,note\n12,12,46,\n13,13,48,\n")
    assert len(whole.splitlines()) == 8
    for size in (1, 12, 20, 1 << 20):
        monkeypatch.setattr("mlcli.verbs.ask_file._BLOCK_BYTES", size)
        assert questioned.works(*words).out == whole


def test_a_name_that_no_disk_takes_is_the_environments_fault(questioned: Project) -> None:
    questioned.write("q.csv", "reservations\n15\n")

    said = questioned.fails(
        ENVIRONMENT, "predict", "-m", "pizzeria", "--input", "q.csv", "--output", "a" * 300
    )

    assert "cannot be written: File name too long" in said


JUDGING = [
    (
        "no label",
        "reservations\n15\n",
        "error: q.csv:1: there is no column 'doughs'\n",
        hint("the columns are reservations"),
    ),
    (
        "no label in any row",
        "reservations,doughs\n15,\n15,\n",
        "no row can be judged\n",
        hint("the label 'doughs' is empty"),
    ),
    (
        "a word for a label",
        "reservations,doughs\n15,few\n",
        "error: q.csv:2: column 'doughs': 'few' is not a number\n",
        hint(PLAINLY),
    ),
    (
        "no feature",
        "wind,doughs\n15,50\n",
        "error: q.csv:1: there is no column 'reservations', which pizzeria needs\n",
        hint("the columns are wind, doughs"),
    ),
    ("no rows", "reservations,doughs\n", "error: q.csv: the file has a header and no rows\n", ""),
    (
        "only rows that the model refuses",
        "day,reservations,doughs\n2023-06-09,15,50\n",
        "the model refuses every row\n",
        hint("too busy to take reservations"),
    ),
    ("no file", b"gone", "error: q.csv: there is no such file\n", ""),
    ("a folder", None, "error: q.csv: this is a folder\n", ""),
]


@pytest.mark.parametrize(
    ("content", "message", "way_out"), [row[1:] for row in JUDGING], ids=[row[0] for row in JUDGING]
)
def test_a_file_that_no_model_can_be_judged_on_says_why(
    questioned: Project, content: str | bytes | None, message: str, way_out: str
) -> None:
    if content != b"gone":
        put(questioned, {"q.csv": content})

    ended = questioned.mlcli("evaluate", "-m", "pizzeria", "--data", "q.csv")

    as_it_must(ended, DATA, (message, way_out))


def test_what_was_learned_as_a_number_must_be_one_still(questioned: Project) -> None:
    """The exports of today are read as those of the fit were, even if only words are left."""
    questioned.write("data/nights.csv", NIGHTS)
    questioned.define(table_definition() + "date: day\n", "nights")
    questioned.works("fit", "nights")
    questioned.write("data/nights.csv", "day,guests,doughs\n2023-06-01,few,\n")

    for words in (("--date", "2023-06-01"), ()):
        ended = questioned.mlcli("predict", "-m", "nights", *words)

        as_it_must(ended, DATA, (at(":2", "column 'guests' (the 2nd): 'few' is not a number"),))


def test_a_date_that_stands_in_two_rows_is_not_answered_by_either(questioned: Project) -> None:
    questioned.write(
        "data/nights.csv", NIGHTS + "2023-06-01,5,\n2023-06-01,50,\n".replace(",\n", ",,x\n")
    )
    questioned.define(table_definition() + "date: day\n", "nights")
    questioned.works("fit", "nights")

    said = questioned.fails(DATA, "predict", "-m", "nights", "--date", "2023-06-01")

    assert said == at(":9", "2023-06-01 stands in 2 rows") + hint(
        "say which:  --guests N; --input answers for many"
    )
