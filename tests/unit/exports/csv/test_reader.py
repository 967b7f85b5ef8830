"""Strict CSV: what is read, from which line, and what is refused rather than guessed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from mlcli.errors import DataError, EnvironmentProblemError, MlcliError
from mlcli.exports import header
from mlcli.exports.csv import reader as csv_reader
from mlcli.exports.csv import text_file
from mlcli.exports.csv.reader import CsvReader

Read = Callable[..., CsvReader]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Open a text as a file called `t.csv`."""

    def opened(content: str | bytes, delimiter: str | None = None) -> CsvReader:
        path = tmp_path / "t.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CsvReader(path, name="t.csv", delimiter=delimiter)

    return opened


def refused(read: Read, content: str | bytes, delimiter: str | None = None) -> str:
    """Return how a text is refused: `place: message`."""
    with pytest.raises(DataError) as caught:
        list(read(content, delimiter))
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.message}"


# ---- records -----------------------------------------------------------------------------


def test_a_table_is_a_header_and_records_with_the_line_each_begins_in(read: Read) -> None:
    table = read("a,b\n1,2\n3,4\n")

    assert table.columns == ("a", "b")
    assert list(table) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_a_table_is_read_as_often_as_asked_for(read: Read) -> None:
    table = read("a\n1\n2\n")

    assert list(table) == list(table) == [(2, ["1"]), (3, ["2"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False], ids=["with", "without"])
def test_lines_may_end_in_any_way_and_the_last_not_at_all(read: Read, end: str, last: bool) -> None:
    table = read(end.join(["a,b", '1,"2"', "3,4"]) + (end if last else ""))

    assert list(table) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_ends_of_lines_may_be_mixed(read: Read) -> None:
    assert list(read("a,b\r\n1,2\n3,4\r5,6\n")) == [
        (2, ["1", "2"]),
        (3, ["3", "4"]),
        (4, ["5", "6"]),
    ]


def test_other_characters_that_end_lines_elsewhere_are_part_of_a_cell(read: Read) -> None:
    odd = "x\x0by\x0cz\x1c\x1d\x1e\x85\u2028\u2029"

    assert list(read(f"a,b\n1,{odd}\n2,c\n")) == [(2, ["1", odd]), (3, ["2", "c"])]


@pytest.mark.parametrize("after", ["", "\n", "\n\n\n", "\r\n\r\n"])
def test_empty_lines_at_the_end_are_no_rows(read: Read, after: str) -> None:
    assert list(read("a,b\n1,2\n" + after)) == [(2, ["1", "2"])]


def test_cells_keep_their_spaces_and_the_header_does_not(read: Read) -> None:
    table = read(" a ,b\n 1 ,\t\n")

    assert table.columns == ("a", "b")
    assert table.header == [" a ", "b"]
    assert list(table) == [(2, [" 1 ", "\t"])]


def test_empty_cells_are_cells(read: Read) -> None:
    assert list(read('a,b,c\n,,\n"",x,""\n')) == [(2, ["", "", ""]), (3, ["", "x", ""])]


def test_a_byte_order_mark_is_no_part_of_the_first_name(read: Read) -> None:
    marked, plain = read(b"\xef\xbb\xbfa,b\n1,2\n"), read(b"a,b\n1,2\n")

    assert marked.columns == plain.columns == ("a", "b")
    assert (marked.text.marked, plain.text.marked) == (True, False)


def test_a_byte_order_mark_may_stand_before_a_quote(read: Read) -> None:
    assert read(b'\xef\xbb\xbf"a,b",c\n1,2\n').columns == ("a,b", "c")


# ---- quotes ------------------------------------------------------------------------------


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_breaks(read: Read) -> None:
    table = read('a,b\n"1,5","6"" plate"\n"two\nlines","x"\n3,"""all"""\n')

    assert list(table) == [
        (2, ["1,5", '6" plate']),
        (3, ["two\nlines", "x"]),
        (5, ["3", '"all"']),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_break_in_a_cell_stays_as_it_is_written(read: Read, end: str) -> None:
    table = read(f'a,b{end}"x{end}{end}y",1{end}z,2{end}')

    assert list(table) == [(2, [f"x{end}{end}y", "1"]), (5, ["z", "2"])]


def test_a_line_break_may_begin_and_end_a_cell(read: Read) -> None:
    assert list(read('a,b\n"\nx\n",1\n2,"\n"\n3,4\n')) == [
        (2, ["\nx\n", "1"]),
        (5, ["2", "\n"]),
        (7, ["3", "4"]),
    ]


def test_a_header_may_be_quoted_and_go_over_lines(read: Read) -> None:
    table = read('"the\nday";"a;b"\n1;2\n')

    assert table.delimiter == ";"
    assert table.columns == ("the\nday", "a;b")
    assert list(table) == [(3, ["1", "2"])]


def test_an_empty_line_in_a_quoted_cell_is_part_of_it(read: Read) -> None:
    assert list(read('a\n"x\n\ny"\n')) == [(2, ["x\n\ny"])]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('1,6" plate', "a quote stands in the middle of a cell"),
        ('1,a "b" c', "a quote stands in the middle of a cell"),
        ('1,"a"b', "a quote stands in the middle of a cell"),
        ('1,"a" ', "a quote stands in the middle of a cell"),
        ('1, "a"', "a quote stands in the middle of a cell"),
        ('1,"a""', "a quote that opens here is never closed"),
        ('1,"', "a quote that opens here is never closed"),
        ('"1,2', "a quote that opens here is never closed"),
        ('1,""a""', "a quote stands in the middle of a cell"),
        ('1,a"', "a quote stands in the middle of a cell"),
    ],
)
def test_a_quote_that_does_not_belong_is_refused_in_its_line(
    read: Read, row: str, message: str
) -> None:
    assert refused(read, f"a,b\n3,4\n{row}\n5,6\n") == f"t.csv:3: {message}"


def test_a_bare_quote_does_not_swallow_the_lines_below(read: Read) -> None:
    said = refused(read, 'a,b\n1,6" plate\n2,8" plate\n3,4\n')

    assert said == "t.csv:2: a quote stands in the middle of a cell"


def test_a_quote_that_is_closed_in_a_wrong_place_is_refused(read: Read) -> None:
    said = refused(read, 'a,b\n1,"x\n2,y" z\n')

    assert said == "t.csv:2: a quote stands in the middle of a cell"


# ---- lengths ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1", "the line has 1 cell, and the header has 2"),
        ("1,2,3", "the line has 3 cells, and the header has 2"),
        ("1,2,", "the line has 3 cells, and the header has 2"),
        ('1,"2,3",4', "the line has 3 cells, and the header has 2"),
        ('"1,2"', "the line has 1 cell, and the header has 2"),
        ("  ", "the line has 1 cell, and the header has 2"),
    ],
)
def test_every_row_has_as_many_cells_as_the_header(read: Read, row: str, message: str) -> None:
    assert refused(read, f'a,b\n1,"\n"\n{row}\n3,4\n') == f"t.csv:4: {message}"


@pytest.mark.parametrize(
    ("content", "line"),
    [("a\n\n1\n", 2), ("\na\n1\n", 1), ("a\n1\n\n\n2\n", 3), ('a\n"1\n2"\n\n3\n', 4)],
)
def test_an_empty_line_with_something_after_it_is_refused(
    read: Read, content: str, line: int
) -> None:
    assert refused(read, content) == f"t.csv:{line}: the line is empty"


def test_a_line_is_read_up_to_a_limit(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "LONGEST_LINE", 10)

    assert list(read("a,b\n1,3456789\n")) == [(2, ["1", "3456789"])]
    assert refused(read, "a,b\n1,2\n1,34567890\n") == (
        "t.csv:3: the line is over 10 characters long"
    )
    assert refused(read, "a,b\n1,3456789\r\n") == "t.csv:2: the line is over 10 characters long"
    assert refused(read, 'a,b\n"1",34567890123456\n').startswith("t.csv:2: the line is over 10")


def test_a_quoted_cell_is_read_up_to_a_limit(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reader, "LONGEST_LINE", 10)

    assert list(read('a,b\n1,"3\n456\n89"\n')) == [(2, ["1", "3\n456\n89"])]
    said = refused(read, 'a,b\n1,"3\n4567\n8901\n2345"\n')
    assert said == "t.csv:2: a quote that opens here is never closed"


def test_a_million_characters_are_the_limit() -> None:
    assert csv_reader.LONGEST_LINE == text_file.LONGEST_LINE == 1_000_000


def test_columns_are_read_up_to_a_limit(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "MOST_COLUMNS", 3)

    assert read("a,b,c\n1,2,3\n").columns == ("a", "b", "c")
    assert refused(read, "a,b,c,d\n1,2,3,4\n") == (
        "t.csv:1: the header has 4 columns; at most 3 are read"
    )


# ---- the header ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "asked", "message"),
    [
        ("a,b,a", "a", "columns 1 and 3 are both called 'a'"),
        ("a,b,b,a", "a", "columns 1 and 4 are both called 'a'"),
        ("x,a,b, b ", "b", "columns 3 and 4 are both called 'b'"),
    ],
)
def test_b06_a_name_that_stands_twice_matters_where_it_is_asked_for(
    read: Read, header: str, asked: str, message: str
) -> None:
    table = read(header + "\n")

    with pytest.raises(DataError, match=message):
        table.position(asked)


@pytest.mark.parametrize("header", ["a,,b", ",b", "a,b, ", 'b,""'])
def test_b06_a_column_without_a_name_is_in_nobodys_way(read: Read, header: str) -> None:
    table = read(header + "\n")

    assert table.columns == tuple(name.strip(' "') for name in header.split(","))
    assert table.columns[table.position("b")] == "b"


def test_names_that_differ_by_case_are_different(read: Read) -> None:
    assert read("a,A\n1,2\n").columns == ("a", "A")


def test_a_column_is_found_by_its_name(read: Read) -> None:
    table = read("day,guests\n1,2\n")

    assert (table.position("day"), table.position("guests")) == (0, 1)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("guest", "did you mean 'guests'?"),
        ("Guests", "did you mean 'guests'?"),
        ("wind", "the columns are day, guests"),
    ],
)
def test_a_column_that_is_not_there_comes_with_those_that_are(
    read: Read, name: str, hint: str
) -> None:
    with pytest.raises(DataError) as caught:
        read("day,guests\n1,2\n").position(name)

    (problem,) = caught.value.problems
    assert (problem.place, problem.hint) == ("t.csv:1", hint)
    assert problem.message == f"there is no column {name!r}"


# ---- the delimiter ---------------------------------------------------------------------------


@pytest.mark.parametrize("mark", list(csv_reader.DELIMITERS))
def test_the_delimiter_is_found_out(read: Read, mark: str) -> None:
    table = read(f"a{mark}b{mark}c\n1{mark}2{mark}3\n")

    assert table.delimiter == mark
    assert list(table) == [(2, ["1", "2", "3"])]


def test_a_single_column_has_no_delimiter(read: Read) -> None:
    table = read("play\naction;puzzle\nracing\n")

    assert list(table) == [(2, ["action;puzzle"]), (3, ["racing"])]


def test_the_delimiter_is_the_mark_that_every_line_has_equally_often(read: Read) -> None:
    assert read("a;b,c\n1;2,3\n4;5\n").delimiter == ";"
    assert read("price, in €;qty\n3,5;1\n4;2\n").delimiter == ";"


def test_where_two_marks_do_so_the_more_frequent_one_separates(read: Read) -> None:
    assert read("a;b;c,d\n1;2;3,5\n4;5;6,5\n").delimiter == ";"


def test_where_no_mark_does_so_the_most_frequent_one_of_the_header_separates(read: Read) -> None:
    assert refused(read, "a;b;c,d\n1;2\n4\n").startswith("t.csv:2: the line has 2 cells")


@pytest.mark.parametrize(
    "content", ["a;b,c\n1;2,3\n", "a|b\tc\n1|2\t3\n", "a;b,c\n", "a;b,c\n1\n2;3;4,5,6\n"]
)
def test_two_marks_that_separate_equally_well_are_for_the_user_to_tell_apart(
    read: Read, content: str
) -> None:
    one, other = ("comma", "semicolon") if ";" in content else ("tab", "pipe")
    assert (
        refused(read, content) == f"t.csv:1: the header could be separated by a {one} or a {other}"
    )


def test_marks_in_quotes_do_not_separate(read: Read) -> None:
    table = read('"a,b,c";d\n"1,2,3";4\n"x\ny,z";5\n')

    assert table.delimiter == ";"
    assert list(table) == [(2, ["1,2,3", "4"]), (3, ["x\ny,z", "5"])]


def test_lines_inside_a_quoted_cell_have_no_say_in_the_delimiter(read: Read) -> None:
    assert read('a;b,c\n"one\ntwo, three\nfour";2,3\n4;5\n').delimiter == ";"


def test_a_sample_that_ends_inside_a_quoted_cell_decides_by_the_lines_before(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_reader, "_SAMPLE", 3)

    assert read('a;b,c\n1;2\n"x\n;;;;\n";3\n').delimiter == ";"


def test_empty_lines_at_the_end_have_no_say_in_the_delimiter(read: Read) -> None:
    assert read("a;b,c\n1;2\n\n\n").delimiter == ";"


def test_a_delimiter_that_is_given_is_not_questioned(read: Read) -> None:
    table = read("a;b,c\n1;2,3\n", ";")

    assert table.columns == ("a", "b,c")


def test_a_delimiter_that_is_given_and_not_there_is_refused(read: Read) -> None:
    assert refused(read, "a,b\n1,2\n", "|") == (
        "t.csv:1: the header has no pipe, and the definition says that one stands between cells"
    )
    assert refused(read, '"a|b",c\n1,2\n', "|").startswith("t.csv:1: the header has no pipe")


def test_a_delimiter_that_is_given_may_be_missing_from_a_single_column(read: Read) -> None:
    assert read("a\n1\n", ";").columns == ("a",)
    assert read("a|b\n1\n", ";").columns == ("a|b",)


def test_excels_note_about_the_delimiter_is_no_header(read: Read) -> None:
    assert refused(read, "SEP=;\na;b\n1;2\n").startswith(
        "t.csv:1: the first line is a note to Excel"
    )


# ---- bytes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,\xe9\n", "t.csv:2: byte 3 of the line (0xe9) is not UTF-8 text"),
        (b"a,b\r\n1,2\r\n1,\xe9\r\n", "t.csv:3: byte 3 of the line (0xe9) is not UTF-8 text"),
        (b"a,b\r1,2\r1,\xe9\r", "t.csv:3: byte 3 of the line (0xe9) is not UTF-8 text"),
        (b"\xe9,b\n", "t.csv:1: byte 1 of the line (0xe9) is not UTF-8 text"),
        (b"a,b\n\n\n1,\xff\n", "t.csv:4: byte 3 of the line (0xff) is not UTF-8 text"),
        (b"a,b\n1,\xc3\n", "t.csv:2: byte 3 of the line (0xc3) is not UTF-8 text"),
        (b"a,b\n1,\xc3", "t.csv:2: the file ends in the middle of a letter: was it cut off?"),
        (
            b"a,b\n1,\xf0\x9f\x8d",
            "t.csv:2: the file ends in the middle of a letter: was it cut off?",
        ),
        (b"a,b\n1,\xc3\r", "t.csv:2: byte 3 of the line (0xc3) is not UTF-8 text"),
        (b"a,b\n1,\xed\xa0\x80\n", "t.csv:2: byte 3 of the line (0xed) is not UTF-8 text"),
    ],
)
def test_bytes_that_are_no_text_are_named_with_their_place(
    read: Read, content: bytes, said: str
) -> None:
    assert refused(read, content) == said


def test_a_byte_far_into_a_long_file_is_named_with_its_line(read: Read) -> None:
    said = refused(read, b"a,b\n" + b"1,2\n" * 100_000 + b"3,\xe9\n")

    assert said == "t.csv:100002: byte 3 of the line (0xe9) is not UTF-8 text"


@pytest.mark.parametrize(
    ("content", "line"), [("a\0,b\n1,2\n", 1), ("a,b\n1,2\n1,\0\n", 3), ('a,b\n"x\ny\0",1\n', 3)]
)
def test_a_nul_byte_is_refused_in_its_line(read: Read, content: str, line: int) -> None:
    said = refused(read, content)

    assert said == f"t.csv:{line}: NUL bytes: was the file cut off while it was written?"


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"<html><body>", "a web page"),
        (b"<!DOCTYPE HTML>\n", "a web page"),
        (b"\r\n  <Table>\n", "a web page"),
        (b"<?XML version='1.0'?>", "an XML document"),
        (b'{"a": 1}', "JSON"),
        (b'[{"a": 1}]', "JSON"),
        (b'{\n  "a" : 1\n}', "JSON"),
        (b"PK\x05\x06", "an Excel workbook or a zip archive"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32 text"),
    ],
)
def test_a_file_of_another_format_is_named(read: Read, start: bytes, what: str) -> None:
    assert refused(read, start) == f"t.csv: this is {what}, not CSV text"


@pytest.mark.parametrize(
    "start",
    [
        b"PAR1,PAR2\n1,2\n",
        b"PAR1\n1\n",
        b"PAR1\tb\n1\t2\n",
        b"PK,b\n1,2\n",
        b"<5,>5\n1,2\n",
        b"{a},b\n1,2\n",
        b"[a],b\n1,2\n",
        b"[{,b\n1,2\n",
        b'{\n"a"\n',
    ],
)
def test_a_header_that_only_resembles_another_format_is_a_header(read: Read, start: bytes) -> None:
    assert len(list(read(start))) == 1


def test_letters_of_every_script_are_text(read: Read) -> None:
    words = ["Zoë", "Łódź", "東京", "🍕", "e\u0301", "\u200b", "\ufeff"]

    assert [cells for _, cells in read("a\n" + "\n".join(words) + "\n")] == [[w] for w in words]


# ---- files -----------------------------------------------------------------------------------


def failing(path: Path) -> tuple[type[MlcliError], str, str]:
    with pytest.raises(MlcliError) as caught:
        CsvReader(path, name="t.csv")
    (problem,) = caught.value.problems
    return type(caught.value), problem.message, problem.hint


def test_a_file_that_is_not_there_comes_with_the_exports_that_are(tmp_path: Path) -> None:
    for name in ("b.csv", "a.TSV", "c.txt", "d.md", ".e.csv"):
        (tmp_path / name).write_text("a\n1\n")
    (tmp_path / "folder.csv").mkdir()

    assert failing(tmp_path / "orders.xyz") == (
        DataError,
        "there is no such file",
        "there is a.TSV, b.csv, c.txt",
    )


def test_a_file_name_that_no_file_can_have_is_not_there(tmp_path: Path) -> None:
    assert failing(tmp_path / "a\0b.csv")[:2] == (DataError, "there is no such file")


def test_a_file_name_that_is_too_long_is_the_environments_fault(tmp_path: Path) -> None:
    kind, message, _ = failing(tmp_path / ("a" * 300))

    assert kind is EnvironmentProblemError
    assert message == "the file cannot be read: File name too long"


def test_a_file_that_disappears_is_the_environments_fault(read: Read) -> None:
    table = read("a\n1\n")
    table.path.unlink()

    with pytest.raises(EnvironmentProblemError, match="the file cannot be read: No such file"):
        list(table)


def test_a_disk_that_fails_in_the_middle_is_the_environments_fault(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read("a\n1\n")

    class Broken:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self, _: int) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(table.text, "_open", Broken)

    with pytest.raises(EnvironmentProblemError, match="the file cannot be read: Input/output"):
        list(table)


@pytest.mark.parametrize("how", ["grown", "replaced", "written over"])
def test_a_file_that_changes_before_it_is_read_to_its_end_is_refused(read: Read, how: str) -> None:
    table = read("a\n1\n2\n3\n")
    records = iter(table)
    next(records)

    before = table.path.stat()
    match how:
        case "grown":
            table.path.write_bytes(b"a\n1\n2\n3\n4\n")
            os.utime(table.path, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "replaced":
            other = table.path.with_name("other")
            other.write_bytes(b"a\n1\n2\n4\n")
            os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
            other.replace(table.path)
        case "written over":
            table.path.write_bytes(b"a\n1\n2\n4\n")
            os.utime(table.path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))

    with pytest.raises(DataError, match="the file changed while it was read"):
        list(records)


def test_a_file_that_is_mended_while_it_is_refused_is_refused_all_the_same(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = read(b"a\n1\n2\n")
    bad = table.path.with_name("bad.csv")
    bad.write_bytes(b"a\n1\n\xe9\n")
    opened = [bad.open("rb"), table.path.open("rb")]
    monkeypatch.setattr(table.text, "_open", lambda: opened.pop(0))

    with pytest.raises(DataError, match="the file changed while it was read"):
        list(table)


def test_a_line_of_more_than_a_million_bytes_and_fewer_letters_is_one_line(read: Read) -> None:
    """A letter takes up to four bytes; the line was once cut in two where a block ended."""
    long = "é" * 600_000

    assert list(read(f"a\n{long}\n1\n")) == [(2, [long]), (3, ["1"])]
    assert list(read(f"a\n1\n{long}\n")) == [(2, ["1"]), (3, [long])]


def test_a_line_of_a_million_letters_is_read_and_of_one_more_is_not(read: Read) -> None:
    longest = "夜" * 999_999

    assert list(read(f"a\n{longest}\n")) == [(2, [longest])]
    said = refused(read, f"a\n{longest}夜夜\n")
    assert said == "t.csv:2: the line is over 1,000,000 characters long"


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ("", 400_000),
        ("é", 400_000),
        ("夜" * 40, 60_000),  # 7 MB, where a block has 4
        pytest.param("夜" * 40, 400_000, marks=pytest.mark.slow),
    ],
)
def test_a_bad_byte_behind_long_lines_is_found_in_its_line(
    read: Read, more: str, count: int
) -> None:
    lines = f"a{more}\n" * count

    said = refused(read, f"a\n{lines}".encode() + b"b\xff\nc\n")

    assert said == f"t.csv:{count + 2}: byte 2 of the line (0xff) is not UTF-8 text"
