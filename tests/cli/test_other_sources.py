"""Parquet files and Excel workbooks: what is read from them, and everything that can be wrong."""

from __future__ import annotations

import sys
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import parquet
from support import Project, read, table_definition

from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError, EnvironmentProblemError, MlcliError
from mlcli.exports import excel, file_on_disk
from mlcli.exports import parquet as parquet_source
from mlcli.exports.excel import ExcelSource
from mlcli.exports.parquet import ParquetSource
from mlcli.grammar.cells import Kind
from mlcli.grammar.notation import Notation

Columns = dict[str, list[Any]]


def problem(error: MlcliError) -> str:
    (one,) = error.problems
    assert one.hint
    return f"{one.place}: {one.message} [{one.hint}]"


def refused(source: Any, **wanted: Kind) -> str:
    """Read what must be refused; return place, message and hint."""
    with pytest.raises(DataError) as caught:
        read(source, **wanted)
    return problem(caught.value)


def outcome(kind: Any, path: Path) -> Columns | None:
    """Return what is read of a file, or nothing where it is refused with a hint."""
    try:
        return read(kind(path, name="t"), n="number", w="text")
    except DataError as error:
        if not error.problems[0].hint:
            raise
        return None


# ---- Parquet ------------------------------------------------------------------------------


def written(tmp_path: Path, columns: Any, **options: Any) -> Path:
    path = tmp_path / "t.parquet"
    made = columns if isinstance(columns, pa.Table) else pa.table(columns)
    parquet.write_table(made, path, **options)
    return path


def opened(tmp_path: Path, columns: Any, **options: Any) -> ParquetSource:
    return ParquetSource(written(tmp_path, columns), name="data/t.parquet", **options)


MIXED = {
    "whole": pa.array([1, None, -3]),
    "small": pa.array([1, 2, None], pa.int8()),
    "price": pa.array([2.5, float("nan"), 3.0]),
    "exact": pa.array([Decimal("2.50"), None, Decimal("-0.10")]),
    "word": pa.array([" a", "", "x,y"]),
    "flag": pa.array([True, None, False]),
    "day": pa.array([date(2023, 6, 8), None, date(2024, 2, 29)]),
    "at": pa.array([datetime(2023, 6, 8, 19, 30), None, datetime(2023, 6, 9)]),
    "list": pa.array([["a", 'b"c'], [], None]),
    "coded": pa.array(["x", None, "x"]).dictionary_encode(),
    "nothing": pa.nulls(3),
}


def test_values_that_a_column_needs_are_taken_as_they_are(tmp_path: Path) -> None:
    numbers: dict[str, Kind] = dict.fromkeys(("whole", "small", "price", "exact"), "number")

    found = read(opened(tmp_path, MIXED), **numbers, flag="boolean", day="date", at="date")

    assert found == {
        "whole": [1.0, None, -3.0],
        "small": [1.0, 2.0, None],
        "price": [2.5, None, 3.0],
        "exact": [2.5, None, -0.1],
        "flag": [True, None, False],
        "day": [datetime(2023, 6, 8), None, datetime(2024, 2, 29)],
        "at": [datetime(2023, 6, 8, 19, 30), None, datetime(2023, 6, 9)],
        LINE: [1, 2, 3],
    }


@pytest.mark.parametrize("kind", ["any", "text"])
def test_elsewhere_values_are_the_text_that_a_csv_file_would_hold(
    tmp_path: Path, kind: Kind
) -> None:
    found = read(opened(tmp_path, MIXED), **dict.fromkeys(MIXED, kind))

    assert found == {
        "whole": ["1", None, "-3"],
        "small": ["1", "2", None],
        "price": ["2.5", None, "3"],
        "exact": ["2.50", None, "-0.10"],
        "word": ["a", None, "x,y"],
        "flag": ["true", None, "false"],
        "day": ["2023-06-08", None, "2024-02-29"],
        "at": ["2023-06-08 19:30:00", None, "2023-06-09"],
        "list": ['["a", "b\\"c"]', "[]", None],
        "coded": ["x", None, "x"],
        "nothing": [None, None, None],
        LINE: [1, 2, 3],
    }


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_rows_are_counted_on_over_chunks_and_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(parquet_source, "_CHUNK_ROWS", size)
    path = written(tmp_path, {"n": list(range(10)), "m": ["x"] * 10}, row_group_size=4)
    source = ParquetSource(path, name="t")

    assert read(source, n="number") == {"n": [float(n) for n in range(10)], LINE: [*range(1, 11)]}
    assert read(source) == {LINE: [*range(1, 11)]}
    assert max(len(chunk) for chunk in source.chunks({"n": "number"})) <= size


def test_texts_are_read_as_the_source_says_that_they_are_written(tmp_path: Path) -> None:
    columns = {"n": ["1,5", "k.A."], "day": ["08.06.2023", None], "i": [7, -1]}
    notation = Notation(",", ".", dates=("%d.%m.%Y",), missing=frozenset({"k.A.", "-1"}))
    source = opened(tmp_path, columns, notation=notation)

    assert read(source, n="number", day="date", i="number") == {
        "n": [1.5, None],
        "day": [datetime(2023, 6, 8), None],
        "i": [7.0, None],
        LINE: [1, 2],
    }


@pytest.mark.parametrize(
    ("cells", "kind", "said"),
    [
        (["1", "x"], "number", "data/t.parquet:2: column 'c' (the 1st): 'x' is not a number"),
        ([True, False], "number", "data/t.parquet:1: column 'c' (the 1st): 'true' is not a number"),
        ([0.5, float("inf")], "number", ":2: column 'c' (the 1st): 'inf' is not a number"),
        ([0.5, 1e101], "number", ":2: column 'c' (the 1st): '1e+101' is too large a number"),
        (
            [2**53, 2**53 + 1],
            "number",
            (
                ":2: column 'c' (the 1st): '9007199254740993' has more digits than a number is kept "
                "with [if it is a word, say  {name: c, kind: category}]"
            ),
        ),
        (
            [None, Decimal("9007199254740993.0")],
            "number",
            ":2: column 'c' (the 1st): '9007199254740993.0' has more digits",
        ),
        ([date(2023, 6, 8)], "number", ":1: column 'c' (the 1st): '2023-06-08' is not a number"),
        ([20230608], "date", ":1: column 'c' (the 1st): '20230608' is not a date"),
        ([time(19, 30)], "date", ":1: column 'c' (the 1st): '19:30:00' is not a date"),
        ([1, 0], "boolean", ":1: column 'c' (the 1st): '1' is neither true nor false"),
        ([b"x"], "any", ":1: column 'c' (the 1st): the cell holds bytes"),
        ([timedelta(1)], "any", ":1: column 'c' (the 1st): the cell holds a length of time"),
    ],
)
def test_a_value_of_another_kind_is_named_with_row_and_column(
    tmp_path: Path, cells: list[Any], kind: Kind, said: str
) -> None:
    assert said in refused(opened(tmp_path, {"c": pa.array(cells)}), c=kind)


def test_whole_numbers_beyond_2_to_the_53_are_read_where_they_are_exact(tmp_path: Path) -> None:
    assert read(opened(tmp_path, {"c": [2**60, 10**17, -(2**53)]}), c="number")["c"] == [
        2.0**60,
        1e17,
        -(2.0**53),
    ]


@pytest.mark.parametrize("kind", ["date", "any"])
def test_times_that_would_be_cut_are_refused(tmp_path: Path, kind: Kind) -> None:
    fine = pa.array([1_000, 2_001], pa.timestamp("ns"))
    far = pa.array([0, 400_000_000_000], pa.timestamp("s"))

    assert ":2: column 'c' (the 1st): the time is finer than a microsecond" in refused(
        opened(tmp_path, {"c": fine}), c=kind
    )
    assert ":2: column 'c' (the 1st): the time lies outside of the years 1 to 9999" in refused(
        opened(tmp_path, {"c": far}), c=kind
    )


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_are_the_same(tmp_path: Path, unit: str) -> None:
    times = [datetime(2023, 6, 8, 19, 30, 5), None, datetime(1901, 1, 1)]

    assert (
        read(opened(tmp_path, {"c": pa.array(times, pa.timestamp(unit))}), c="date")["c"] == times
    )


def test_times_of_the_old_kind_far_from_now_stay_what_they_are(tmp_path: Path) -> None:
    """As nanoseconds, 64 bits end in the year 2262, and the year 9999 would come out as 1816."""
    times = pa.array([datetime(9999, 12, 31), datetime(2023, 6, 8, 19, 30)], pa.timestamp("us"))
    path = written(tmp_path, {"c": times}, use_deprecated_int96_timestamps=True)

    found = read(ParquetSource(path, name="t"), c="date")["c"]

    assert found == [datetime(9999, 12, 31), datetime(2023, 6, 8, 19, 30)]


def test_times_with_a_zone_follow_the_zone_of_the_source(tmp_path: Path) -> None:
    """In UTC 22:30 on the 8th is half past midnight on the 9th in Rome, an hour less in winter."""
    utc = [datetime(2023, 6, 8, 22, 30), datetime(2023, 1, 8, 22, 30)]
    columns = {"c": pa.array(utc, pa.timestamp("us", "UTC"))}

    assert read(opened(tmp_path, columns), c="date")["c"] == utc
    assert read(opened(tmp_path, columns, timezone="Europe/Rome"), c="date")["c"] == [
        datetime(2023, 6, 9, 0, 30),
        datetime(2023, 1, 8, 23, 30),
    ]


def test_offsets_that_differ_need_a_zone(tmp_path: Path) -> None:
    utc = [datetime(2023, 6, 8, 22, 30), datetime(2023, 1, 8, 22, 30)]
    columns = {"c": pa.array(utc, pa.timestamp("us", "Europe/Rome"))}

    assert "has another offset from UTC than line 1 [say in the source" in refused(
        opened(tmp_path, columns), c="date"
    )


def raised(path: Path, kind: type[Any] = ParquetSource, **options: Any) -> str:
    """Open what must be refused; return place, message and hint."""
    with pytest.raises(DataError) as caught:
        kind(path, name="data/t", **options)
    return problem(caught.value)


def test_b06_columns_without_a_name_or_with_the_same_matter_where_they_are_needed(
    tmp_path: Path,
) -> None:
    def named(*names: str) -> Path:
        return written(tmp_path, pa.table([[1]] * len(names), names=names))

    assert read(ParquetSource(named("a", "b", "a "), name="t"), b="number")["b"] == [1]
    assert read(ParquetSource(named("a", " "), name="t"), a="number")["a"] == [1]
    assert "columns 1 and 3 are both called 'a'" in refused(
        ParquetSource(named("a", "b", "a "), name="t"), a="number"
    )
    assert "the file has no columns" in raised(named())


def test_a_column_with_a_point_or_spaces_is_not_taken_for_another(tmp_path: Path) -> None:
    source = opened(tmp_path, {"a": [1], "a.b": [2], " c ": [3]})

    assert source.columns == ("a", "a.b", "c")
    assert read(source, **{"a.b": "number", "c": "any", "a": "any"}) == {
        "a.b": [2.0],
        "c": ["3"],
        "a": ["1"],
        LINE: [1],
    }


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    source = opened(tmp_path, {"guests": [1], "doughs": [2]})

    assert refused(source, guest="any") == (
        "data/t.parquet: there is no column 'guest' [did you mean 'guests'?]"
    )
    assert refused(source, xyz="any").endswith("[the columns are guests, doughs]")


def test_a_file_without_rows(tmp_path: Path) -> None:
    assert refused(opened(tmp_path, {"a": pa.array([], pa.int64())}), a="any") == (
        "data/t.parquet: the file has columns and no rows [was it exported for the right days?]"
    )


PARQUET_NO_FILE = [
    (b"a,b\n1,2\n", "this is not a Parquet file, whatever its name says [if it is CSV text, call"),
    (b"PK\x03\x04rest of it", "this is not a Parquet file"),
    (b"", "the file is empty [export it again]"),
    (b"PAR1", "the Parquet file is damaged"),
    (b"PAR1\x15\x04 cut", "the Parquet file ends too early: was it cut off?"),
    (b"PAR1" + b"\xff" * 50 + b"PAR1", "the Parquet file is damaged"),
    (b"PARE" + b"x" * 50 + b"PARE", "the Parquet file is encrypted [export it without a password"),
]


@pytest.mark.parametrize(("content", "said"), PARQUET_NO_FILE)
def test_what_is_no_parquet_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(content)

    assert raised(path).startswith(f"data/t: {said}")


def test_no_cut_and_no_flipped_byte_of_a_parquet_file_is_a_bug(tmp_path: Path) -> None:
    """Pages have checksums here, so that no other table comes out either."""
    columns = {"n": [float(n) for n in range(50)], "w": [f"word {n}" for n in range(50)]}
    path = written(tmp_path, columns, write_page_checksum=True)
    whole = path.read_bytes()
    expected = read(ParquetSource(path, name="t"), n="number", w="text")
    silent = 0
    for at in range(0, len(whole), 7):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]):
            path.write_bytes(content)
            silent += outcome(ParquetSource, path) not in (expected, None)

    assert silent <= 3  # names of columns and counts stand in the footer, which has no checksum


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    source = opened(tmp_path, {"a": [1]})
    written(tmp_path, {"a": [1, 2, 3]})

    with pytest.raises(DataError, match="the file changed while it was read"):
        read(source, a="any")
    with pytest.raises(DataError, match="the file changed while it was read"):
        source.digests()


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    source = opened(tmp_path, {"a": [1]})
    sha = hashlib.sha256((tmp_path / "t.parquet").read_bytes()).hexdigest()

    assert source.digests() == {"data/t.parquet": sha}


@pytest.mark.parametrize(
    ("kind", "module", "name", "extra"),
    [
        (ParquetSource, "pyarrow", "t.parquet", "parquet"),
        (ExcelSource, "openpyxl.reader.excel", "t.xlsx", "excel"),
    ],
)
def test_a_package_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any, module: str, name: str, extra: str
) -> None:
    path = book(tmp_path, [["a"], [1]]) if extra == "excel" else written(tmp_path, {"a": [1]})
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(EnvironmentProblemError, match="need a package that is not installed") as e:
        kind(path, name=name)
    assert e.value.problems[0].hint == f"pip install 'mlcli[{extra}]'"
    assert e.value.exit_code == 5


@pytest.mark.parametrize(
    ("ending", "there", "hint"),
    [
        ("parquet", "nights.parquett", "did you mean 'nights.parquett'?"),
        ("parquet", "b.pq", "there is b.pq"),
        ("xlsx", "night.xlsx", "did you mean 'night.xlsx'?"),
        ("xlsx", "other.csv", "put the file there"),
    ],
)
def test_a_file_that_is_not_there(project: Project, ending: str, there: str, hint: str) -> None:
    project.write(f"data/{there}", "x")
    project.define(table_definition().replace("nights.csv", f"nights.{ending}"))

    said = project.fails(3, "fit")

    assert f"error: data/nights.{ending}: there is no such file\nhint: {hint}\n" in said


@pytest.mark.parametrize("ending", ["parquet", "xlsx"])
def test_a_folder_with_the_name_of_a_file(project: Project, ending: str) -> None:
    (project.root / f"data/nights.{ending}").mkdir()
    project.define(table_definition().replace("nights.csv", f"nights.{ending}"))

    assert "this is a folder\nhint: name the file in it" in project.fails(3, "fit")


# ---- Excel --------------------------------------------------------------------------------

Sheet = list[list[Any]]


def book(tmp_path: Path, *sheets: Sheet, name: str = "t.xlsx", change: Any = None) -> Path:
    """Write a workbook of sheets called S1, S2 and so on; ``change`` may do more to it."""
    made = Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    path = tmp_path / name
    made.save(path)
    return path


def patched(path: Path, *changes: tuple[str, str], part: str = "xl/worksheets/sheet1.xml") -> Path:
    """Replace texts in a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        assert old.encode() in parts[part], parts[part]
        parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def sheet(tmp_path: Path, *rows: list[Any], change: Any = None, **options: Any) -> ExcelSource:
    """Open a workbook of one sheet."""
    return ExcelSource(book(tmp_path, list(rows), change=change), name="data/t.xlsx", **options)


def test_cells_of_a_sheet_are_read_by_their_types_and_by_kind(tmp_path: Path) -> None:
    source = sheet(
        tmp_path,
        ["day", "guests", "open", " note ", "as_text"],
        [datetime(2023, 6, 8, 19, 30), 12, True, "a", "12"],
        [date(2023, 6, 9), 2.5, False, None, " 3.5"],
        [None, 3.0, None, "  ", None],
    )

    assert source.columns == ("day", "guests", "open", "note", "as_text")
    assert read(
        source, day="date", guests="number", open="boolean", note="text", as_text="number"
    ) == {
        "day": [datetime(2023, 6, 8, 19, 30), datetime(2023, 6, 9), None],
        "guests": [12.0, 2.5, 3.0],
        "open": [True, False, None],
        "note": ["a", None, None],
        "as_text": [12.0, 3.5, None],
        LINE: [2, 3, 4],
    }
    assert read(source, day="any", guests="any", open="any") == {
        "day": ["2023-06-08 19:30:00", "2023-06-09", None],
        "guests": ["12", "2.5", "3"],
        "open": ["true", "false", None],
        LINE: [2, 3, 4],
    }


@pytest.mark.parametrize("size", [1, 2, 3, 20_000])
def test_chunks_of_a_sheet_are_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(excel, "_CHUNK_ROWS", size)
    monkeypatch.setattr(excel, "_STEP", 2)
    source = sheet(tmp_path, ["n"], *([n] for n in range(7)))

    assert read(source, n="number") == {"n": [float(n) for n in range(7)], LINE: [*range(2, 9)]}
    assert max(len(chunk) for chunk in source.chunks({"n": "any"})) <= size


def test_a_date_is_the_same_in_both_calendars_of_excel(tmp_path: Path) -> None:
    def mac(made: Workbook) -> None:
        made.epoch = CALENDAR_MAC_1904

    rows = [["day"], [datetime(2023, 6, 8, 19, 30)], [datetime(1904, 1, 2)]]
    for change in (None, mac):
        assert read(sheet(tmp_path, *rows, change=change), day="date")["day"] == [
            datetime(2023, 6, 8, 19, 30),
            datetime(1904, 1, 2),
        ]


def test_a_number_that_is_formatted_as_no_date_can_be_is_an_error(tmp_path: Path) -> None:
    path = patched(
        book(tmp_path, [["day"], [datetime(2023, 6, 8)]]), ("<v>45085</v>", "<v>99999999</v>")
    )

    assert refused(ExcelSource(path, name="data/t.xlsx"), day="date").startswith(
        "data/t.xlsx:2: column 'day' (the 1st): the cell holds the error #VALUE!"
    )


def test_numbers_in_text_are_read_as_the_source_writes_them_and_numbers_as_they_are(
    tmp_path: Path,
) -> None:
    source = sheet(
        tmp_path,
        ["n"],
        ["1.234,5"],
        [1234.5],
        ["k.A."],
        notation=Notation(",", ".", missing=frozenset({"k.A."})),
    )

    assert read(source, n="number")["n"] == [1234.5, 1234.5, None]
    assert read(source, n="any")["n"] == ["1.234,5", "1234,5", None]


def test_cells_are_chosen_by_a_range_below_a_preamble(tmp_path: Path) -> None:
    rows = [
        ["Report of June"],
        [],
        [None, "n", "w"],
        [None, 1, "a"],
        [None, 2, "b"],
        [None, "Total", 3],
    ]

    for cells in ("B3:C5", "b3:c5", "$B$3:$C$5"):
        source = sheet(tmp_path, *rows, cells=cells)
        assert read(source, n="number", w="text") == {
            "n": [1.0, 2.0],
            "w": ["a", "b"],
            LINE: [4, 5],
        }
    assert refused(sheet(tmp_path, *rows, cells="B3:C"), n="number") == (
        "data/t.xlsx:6: column 'n' (the 1st): 'Total' is not a number "
        "[write digits and a decimal point only, such as 3.5]"
    )
    assert "there is no column 'm'" in refused(sheet(tmp_path, *rows, cells="B3:C5"), m="any")


HEADERS: list[tuple[Sheet, dict[str, str], str]] = [
    ([["a", None, " "], [1, 2, 3]], {"cells": "A1:C2"}, "data/t:1: the header cell B1 is empty, and so"),
    ([], {}, "data/t: the sheet is empty"),
    ([[None], [" "]], {}, "data/t: the sheet is empty"),
    (
        [[], [], ["a", "b"], [1, 2]],
        {},
        "data/t:1: the first row is empty [say which cells are the table, header first:  range: A3:B]",
    ),
    ([["a"], [1]], {"cells": "F1:G2"}, "data/t:1: the header cell F1 is empty"),
    ([["a"], [1]], {"cells": "A9:B12"}, "data/t:9: the range begins where the sheet has no cells any more"),
]  # fmt: skip


def test_b06_a_header_cell_that_is_empty_is_in_nobodys_way(tmp_path: Path) -> None:
    source = sheet(tmp_path, ["a", None, "c", "c"], [1, 2, 3, 4])

    assert read(source, a="number")["a"] == [1]
    assert "columns 3 and 4 are both called 'c'" in refused(source, c="number")


@pytest.mark.parametrize(("rows", "options", "said"), HEADERS)
def test_a_header_of_a_sheet_that_is_none(
    tmp_path: Path, rows: Sheet, options: dict[str, str], said: str
) -> None:
    assert raised(book(tmp_path, rows), ExcelSource, **options).startswith(said)


ROWS: list[tuple[Sheet, str]] = [
    ([["a"]], "data/t.xlsx: the sheet has a header and no rows"),
    ([["a"], [None], [" "]], "data/t.xlsx: the sheet has a header and no rows"),
    (
        [["a", "b"], [1, 2], [None, " "], [], [3, 4]],
        ("data/t.xlsx:3: the row is empty [take it out, or say which cells are the table, "
        "header first:  range: A1:B2]"),
    ),
    (
        [["a", "b"], [1, 2], [3, 4, None, "checked"]],
        ("data/t.xlsx:3: the cell D3 stands outside of the columns that the header names "
        "[name a column for it, or say which cells are the table, header first:  range: A1:B]"),
    ),
    ([["a"], ["x"]], "data/t.xlsx:2: column 'a' (the 1st): 'x' is not a number"),
    ([["a"], [True]], "data/t.xlsx:2: column 'a' (the 1st): 'true' is not a number"),
    ([["a"], [date(2023, 6, 8)]], "data/t.xlsx:2: column 'a' (the 1st): '2023-06-08' is not a number"),
    ([["a"], [time(19, 30)]], "data/t.xlsx:2: column 'a' (the 1st): '19:30:00' is not a number"),
    (
        [["a"], [1], ["#N/A"]],
        ("data/t.xlsx:3: column 'a' (the 1st): the cell holds the error #N/A "
        '[mend it; if it stands for an empty cell, add  missing: ["#N/A"]]'),
    ),
    (
        [["a"], [1], ["=1+1"]],
        ("data/t.xlsx:3: column 'a' (the 1st): the formula has no result in the file "
        "[open the workbook in a spreadsheet, and save it]"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), ROWS)
def test_rows_of_a_sheet_that_cannot_be_read(tmp_path: Path, rows: Sheet, said: str) -> None:
    assert refused(sheet(tmp_path, *rows), a="number").startswith(said)


@pytest.mark.parametrize("kind", ["any", "text", "number"])
def test_an_error_of_excel_is_no_word(tmp_path: Path, kind: Kind) -> None:
    source = sheet(tmp_path, ["a", "b"], [1, 1], ["#REF!", 2])

    assert "the cell holds the error #REF!" in refused(source, a=kind)
    assert read(source, b="number")["b"] == [1.0, 2.0]


def test_an_error_of_excel_may_stand_for_an_empty_cell(tmp_path: Path) -> None:
    notation = Notation(missing=frozenset({"#N/A"}))

    assert read(sheet(tmp_path, ["a"], [1], ["#N/A"], notation=notation), a="number")["a"] == [
        1.0,
        None,
    ]


def test_empty_rows_at_the_end_are_left_out(tmp_path: Path) -> None:
    def painted(made: Workbook) -> None:
        made["S1"]["A9"].number_format = "0.00"
        made["S1"]["F3"].number_format = "0.00"

    source = sheet(tmp_path, ["a"], [1], [2], [None], [" "], change=painted)

    assert read(source, a="number") == {"a": [1.0, 2.0], LINE: [2, 3]}


def with_results(path: Path, *results: tuple[str, str]) -> Path:
    """Put results beside formulas, as a spreadsheet does when it saves."""
    patched(path, ('fullCalcOnLoad="1"', ""), part="xl/workbook.xml")
    return patched(path, *results)


def test_formulas_are_read_by_their_results(tmp_path: Path) -> None:
    path = with_results(
        book(tmp_path, [["a", "b"], ["=1+1", "=B1"], ["=2+2", '=""']]),
        ('<c r="A2"><f>1+1</f><v /></c>', '<c r="A2"><f>1+1</f><v>2</v></c>'),
        ('<c r="B2"><f>B1</f><v /></c>', '<c r="B2" t="str"><f>B1</f><v>b</v></c>'),
        ('<c r="A3"><f>2+2</f><v /></c>', '<c r="A3"><f>2+2</f><v>4</v></c>'),
        ('<c r="B3"><f>""</f><v /></c>', '<c r="B3" t="str"><f>""</f><v></v></c>'),
    )

    assert read(ExcelSource(path, name="t"), a="number", b="text") == {
        "a": [2.0, 4.0],
        "b": ["b", None],
        LINE: [2, 3],
    }


def test_results_that_no_spreadsheet_worked_out_are_not_believed(tmp_path: Path) -> None:
    """Some programs write a formula with the result 0, and that it is to be worked out on opening."""
    path = patched(
        book(tmp_path, [["a", "b"], ["=1+1", 5]]), ("<f>1+1</f><v />", "<f>1+1</f><v>0</v>")
    )
    source = ExcelSource(path, name="t")

    assert "the formula has no result in the file" in refused(source, a="number")
    assert read(source, b="number")["b"] == [5.0]


def test_rows_of_formulas_without_results_are_not_taken_for_empty(tmp_path: Path) -> None:
    source = sheet(tmp_path, ["a"], [1], ["=A2+1"], ["=A3+1"])

    assert "t.xlsx:3: column 'a' (the 1st): the formula has no result" in refused(source, a="any")


@pytest.mark.parametrize("where", ["A2:A3", "A1:B1", "B3:C4", "A3:B3"])
def test_merged_cells_of_the_table_are_refused(tmp_path: Path, where: str) -> None:
    path = book(
        tmp_path, [["a", "b"], [1, 2], [3, 4]], change=lambda made: made["S1"].merge_cells(where)
    )

    with pytest.raises(DataError, match=f"the cells {where} are merged") as caught:
        read(ExcelSource(path, name="t"), a="any", b="any")
    assert caught.value.problems[0].place == f"t:{where[1]}"


@pytest.mark.parametrize(
    ("where", "cells"), [("D1:D2", None), ("A1:B1", "A2:B4"), ("A6:B6", "A2:B4")]
)
def test_merged_cells_elsewhere_are_no_matter(
    tmp_path: Path, where: str, cells: str | None
) -> None:
    title: Sheet = [["title"]] if cells else []
    rows = [*title, ["a", "b"], [1, 2], [3, 4]]
    path = book(tmp_path, rows, change=lambda made: made["S1"].merge_cells(where))

    assert read(ExcelSource(path, name="t", cells=cells), a="number")["a"] == [1.0, 3.0]


def test_merged_cells_are_found_wherever_a_sheet_is_cut_to_be_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(
        tmp_path, [["a"], [1], [2], ["=1"]], change=lambda made: made["S1"].merge_cells("A2:A3")
    )
    for size in (90, 101, 333, 1024):
        monkeypatch.setattr(excel, "_PIECE", size)
        source = ExcelSource(path, name="t")
        assert (source._merged, source._formulas) == (["A2:A3"], True)


def test_a_sheet_is_chosen_by_name_and_the_only_one_that_can_be_seen_without(
    tmp_path: Path,
) -> None:
    def hide(made: Workbook) -> None:
        made["S1"].sheet_state = "hidden"
        made["S3"].sheet_state = "veryHidden"

    sheets: list[Sheet] = [[["a"], [n]] for n in (1, 2, 3)]
    two = book(tmp_path, *sheets[:2])
    hidden = book(tmp_path, *sheets, name="h.xlsx", change=hide)

    assert read(ExcelSource(two, name="t", sheet="S2"), a="number")["a"] == [2.0]
    assert read(ExcelSource(hidden, name="t"), a="number")["a"] == [2.0]
    assert read(ExcelSource(hidden, name="t", sheet="S3"), a="number")["a"] == [3.0]
    assert raised(two, ExcelSource) == (
        "data/t: the workbook has 2 sheets that can be seen: S1, S2 [say which one is read:  sheet: S1]"
    )
    assert raised(two, ExcelSource, sheet="s1") == (
        "data/t: there is no sheet 's1' [did you mean 'S1'?]"
    )
    assert "[the sheets are S1, S2]" in raised(two, ExcelSource, sheet="Totals")


@pytest.mark.parametrize(
    ("cover", "said"),
    [
        ([["Sales of 2025"]], "has a header and no rows"),
        ([], "is empty"),
        ([[], [None, "Sales of 2025"]], "has a header and no rows"),
    ],
)
def test_a_sheet_without_a_table_names_the_others_and_data_reads_the_next(
    tmp_path: Path, project: Project, cover: Sheet, said: str
) -> None:
    path = book(project.root, cover, [["a", "b"], [1, 2], [3, 4]], name="sales.xlsx")
    alone = book(tmp_path, [["a"]], name="alone.xlsx")

    found = project.works("data", "sales.xlsx").out
    refused = project.fails(3, "data", "sales.xlsx", "--sheet", "S1")

    assert found.startswith("sales.xlsx  2 rows, 2 columns")
    assert f"note: sheet 'S1' {said}; there is also 'S2'" in found
    assert "    sheet: S2\n" in found
    assert refused == (
        f"error: {path.name}: sheet 'S1' {said}; there is also 'S2'\n"
        "hint: say which one is read:  sheet: S2\n"
    )
    with pytest.raises(DataError, match="the sheet has a header and no rows"):
        read(ExcelSource(alone, name="t"), a="number")


def test_a_sheet_that_nobody_chose_and_cannot_be_read_is_named_with_another(
    project: Project,
) -> None:
    notes: Sheet = [["Sales"], [], ["made by hand"], [], ["ask at the till"]]
    book(project.root, notes, [["a", "b"], [1, 2]], name="sales.xlsx")

    said = project.fails(3, "data", "sales.xlsx")

    assert "sales.xlsx:2: sheet 'S1': the row is empty\n" in said
    assert said.endswith("; or say that another sheet is read:  sheet: S2\n")
    assert "S2" not in project.fails(3, "data", "sales.xlsx", "--sheet", "S1")
    started = project.fails(3, "start", "sales.xlsx")
    assert started.endswith("  sheet: S2, with  --source 'sales.xlsx: {sheet: S2}'\n")


def test_the_size_that_a_workbook_says_it_has_is_not_believed(tmp_path: Path) -> None:
    path = patched(book(tmp_path, [["a", "b"], [1, 2], [3, 4]]), ('ref="A1:B3"', 'ref="A1"'))

    assert read(ExcelSource(path, name="t"), a="number", b="number") == {
        "a": [1.0, 3.0],
        "b": [2.0, 4.0],
        LINE: [2, 3],
    }


def test_a_row_that_no_sheet_has_ends_the_reading(tmp_path: Path) -> None:
    path = patched(
        book(tmp_path, [["a"], [1], [2]]),
        ('<row r="3">', '<row r="999999999999">'),
    )

    assert "Excel knows none after 1,048,576" in refused(ExcelSource(path, name="t"), a="any")


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
EXCEL_NO_FILE = [
    (b"a,b\n1,2\n", "this is not an Excel workbook, whatever its name says [if it is CSV text, call it .csv]"),
    (b"PAR1\x15\x00\x80", "this is not an Excel workbook"),
    (OLE, "this is an old Excel workbook (.xls), or one with a password [save it as .xlsx, without"),
    (b"", "the file is empty"),
    (b"PK\x03\x04", "the workbook is damaged, or was not written to its end [save it again as .xlsx]"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), EXCEL_NO_FILE)
def test_what_is_no_workbook(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)

    assert raised(path, ExcelSource).startswith(f"data/t: {said}")


def test_a_zip_archive_called_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("table.csv", "a\n1\n")

    assert raised(path, ExcelSource) == (
        "data/t: this is a zip archive, and no Excel workbook [save it again as .xlsx]"
    )


def test_a_workbook_that_unpacks_to_far_more_than_it_looks_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_on_disk, "_LARGEST_PART", 1_000_000)
    path = book(tmp_path, [["a"], [1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * 1_000_001)

    assert raised(path, ExcelSource).startswith(
        "data/t: xl/worksheets/sheet9.xml in the workbook unpacks to 1,000,001 bytes"
    )


def test_no_cut_and_no_flipped_byte_of_a_workbook_is_a_bug_or_another_table(tmp_path: Path) -> None:
    path = book(tmp_path, [["n", "w"], *([n, f"word {n}"] for n in range(9))])
    whole = path.read_bytes()
    expected = read(ExcelSource(path, name="t"), n="number", w="text")
    for at in range(0, len(whole), 41):
        for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]):
            path.write_bytes(content)
            assert outcome(ExcelSource, path) in (expected, None)


def test_a_workbook_that_changes_while_it_is_read(tmp_path: Path) -> None:
    source = sheet(tmp_path, ["a"], [1])
    book(tmp_path, [["a"], [1], [2]])

    with pytest.raises(DataError, match="the file changed while it was read"):
        read(source, a="any")


def test_warnings_of_openpyxl_are_not_shown(project: Project) -> None:
    """Many exports say nothing of styles, of which openpyxl warns."""
    path = book(
        project.root / "data",
        [["guests", "doughs"], *([n, 2 * n] for n in range(1, 9))],
        name="nights.xlsx",
    )
    styles = zipfile.ZipFile(path).read("xl/styles.xml").decode()
    named = styles[styles.index("<cellStyles") : styles.index("</cellStyles>") + 13]
    patched(path, (named, ""), part="xl/styles.xml")
    project.define(table_definition().replace("nights.csv", "nights.xlsx"))

    with pytest.warns(UserWarning, match="no default style"):
        load_workbook(path)
    assert project.works("fit").err == ""


def test_a_whole_number_with_too_many_digits(tmp_path: Path) -> None:
    path = patched(book(tmp_path, [["a"], [7]]), ("<v>7</v>", "<v>10000000000000001</v>"))

    assert "t:2: column 'a' (the 1st): '10000000000000001' has more digits" in refused(
        ExcelSource(path, name="t"), a="number"
    )
