"""Exports in typed chunks: kinds, missing cells, wall clocks, and chunks of any size."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support import read, read_one_by_one

from mlcli.definition.rules.base import LINE
from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError
from mlcli.exports import wall_clock
from mlcli.exports.csv import blocks
from mlcli.exports.csv import source as csv_source
from mlcli.exports.csv.source import CsvSource
from mlcli.grammar.cells import Kind
from mlcli.grammar.notation import Notation

Open = Callable[..., CsvSource]
Columns = dict[str, list[Any]]


@pytest.fixture
def export(tmp_path: Path) -> Open:
    """Open a text as an export called `data/t.csv`."""

    def opened(content: str | bytes, **options: Any) -> CsvSource:
        path = tmp_path / "t.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CsvSource([(path, "data/t.csv")], **options)

    return opened


def refused(source: CsvSource, wanted: dict[str, Kind]) -> str:
    with pytest.raises(DataError) as caught:
        list(source.chunks(wanted))
    (problem,) = caught.value.problems
    return f"{problem.place}: {problem.message}"


TABLE = (
    "day,guests,open,note\n"
    "2023-06-08 19:30,12,true,a\n"
    ' ,2.50,FALSE,"b\nc"\n'
    "2023-06-09,,,\n"
    "2023-06-10,0.1, ,  \n"
)
KINDS: dict[str, Kind] = {"day": "date", "guests": "number", "open": "boolean", "note": "text"}
READ: Columns = {
    "day": [datetime(2023, 6, 8, 19, 30), None, datetime(2023, 6, 9), datetime(2023, 6, 10)],
    "guests": [12.0, 2.5, None, 0.1],
    "open": [True, False, None, None],
    "note": ["a", "b\nc", None, None],
    LINE: [2, 3, 5, 6],
}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 50_000])
def test_a_table_is_the_same_in_chunks_of_any_size(
    export: Open, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    read_one_by_one(monkeypatch, size)
    source = export(TABLE)

    assert read(source, **KINDS) == READ
    assert [len(chunk) for chunk in source.chunks(KINDS)] == {
        1: [1, 1, 1, 1],
        2: [2, 2],
        3: [3, 1],
    }.get(size, [4])


@pytest.mark.parametrize("size", [*range(1, 60), 1 << 20])
def test_a_table_is_the_same_in_blocks_of_any_size(
    export: Open, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(csv_source, "_BLOCK_BYTES", size)
    if size > len(TABLE):
        monkeypatch.setattr(blocks, "_one_by_one", lambda *_: pytest.fail("not read in blocks"))

    assert read(export(TABLE), **KINDS) == READ


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
def test_every_chunk_has_the_same_types(
    export: Open, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Even where all of its cells are empty, so that chunks can be put below each other."""
    import narwhals.stable.v2 as nw

    read_one_by_one(monkeypatch, size)

    for chunk in export(TABLE).chunks({**KINDS, "note": "any"}):
        assert dict(chunk.schema) == {
            "day": nw.Datetime("us"),
            "guests": nw.Float64,
            "open": nw.Boolean,
            "note": nw.String,
            LINE: nw.Int64,
        }


def test_only_the_columns_that_are_wanted_are_read(export: Open) -> None:
    source = export("guests,note\n1,x\nmany,y\n")

    assert read(source, note="text") == {"note": ["x", "y"], LINE: [2, 3]}
    assert read(source) == {LINE: [2, 3]}


def test_columns_come_in_the_order_in_which_they_are_wanted(export: Open) -> None:
    assert list(read(export("a,b\n1,2\n"), b="any", a="any")) == ["b", "a", LINE]


def test_a_column_that_is_not_there_is_refused(export: Open) -> None:
    assert refused(export("a\n1\n"), {"b": "any"}) == "data/t.csv:1: there is no column 'b'"


def test_an_export_without_rows_is_refused(export: Open) -> None:
    assert refused(export("a\n"), {"a": "any"}) == "data/t.csv: the file has a header and no rows"


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
@pytest.mark.parametrize(
    ("cells", "kind", "message"),
    [
        ("1\n2\nx", "number", "'x' is not a number"),
        ("2023-01-01\n2023-01-02\nx", "date", "'x' is not a date"),
        ("true\nfalse\nx", "boolean", "'x' is neither true nor false"),
    ],
)
def test_a_cell_of_another_kind_is_named_with_line_and_column(
    export: Open,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    cells: str,
    kind: Kind,
    message: str,
) -> None:
    read_one_by_one(monkeypatch, size)
    rows = "".join(f"0,{cell}\n" for cell in cells.split("\n"))

    assert refused(export("a,b\n" + rows), {"b": kind}) == (
        f"data/t.csv:4: column 'b' (the 2nd): {message}"
    )


@pytest.mark.parametrize(
    ("position", "nth"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (22, "22nd"), (111, "111th"), (113, "113th"), (122, "122nd")],
)  # fmt: skip
def test_a_column_is_counted_as_people_count(export: Open, position: int, nth: str) -> None:
    header = ",".join(f"c{n}" for n in range(1, position + 1))
    row = "," * (position - 1) + "x"

    said = refused(export(f"{header}\n{row}\n"), {f"c{position}": "number"})

    assert f"column 'c{position}' (the {nth}): " in said


def test_a_fault_in_an_earlier_line_is_told_before_one_in_an_earlier_column(export: Open) -> None:
    """Within a chunk a column is read at a time; the reader stops at a short line first."""
    assert refused(export("a,b\n1,x\n2\n"), {"b": "number"}).startswith(
        "data/t.csv:3: the line has"
    )


# ---- delimiters -------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "mark"), [("tab", "\t"), (";", ";"), ("|", "|"), (",", ",")])
def test_a_delimiter_is_given_by_its_mark_or_as_tab(export: Open, word: str, mark: str) -> None:
    source = export(f"a{mark}b\n1{mark}2\n", delimiter=word)

    assert source.columns == ("a", "b")


# ---- the clock on the wall ---------------------------------------------------------------


def days(source: CsvSource) -> list[Any]:
    return read(source, at="date")["at"]


def at(*texts: str) -> str:
    return "\n".join(["at", *texts]) + "\n"


def test_one_offset_throughout_is_taken_as_the_clock_on_the_wall(export: Open) -> None:
    found = days(export(at("2023-06-08T19:30+02:00", "2023-06-09T00:10+02:00")))

    assert found == [datetime(2023, 6, 8, 19, 30), datetime(2023, 6, 9, 0, 10)]


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
@pytest.mark.parametrize(
    "texts",
    [
        ("2023-03-25T20:00+01:00", "2023-03-25T21:00+01:00", "2023-03-26T20:00+02:00"),
        ("2023-03-25T20:00Z", "2023-03-25T21:00+00:00", "2023-03-26T20:00+00:30"),
    ],
)
def test_offsets_that_differ_are_refused_across_chunks_too(
    export: Open, monkeypatch: pytest.MonkeyPatch, size: int, texts: tuple[str, ...]
) -> None:
    read_one_by_one(monkeypatch, size)

    assert refused(export(at(*texts)), {"at": "date"}) == (
        f"data/t.csv:4: column 'at' (the 1st): '{texts[2]}' has another offset from UTC than line 2"
    )


def test_two_columns_may_have_offsets_of_their_own(export: Open) -> None:
    source = export("a,b\n2023-06-08T10:00Z,2023-06-08T10:00+02:00\n")

    found = read(source, a="date", b="date")

    assert found["a"] == found["b"] == [datetime(2023, 6, 8, 10)]


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
def test_times_with_offsets_are_turned_to_the_clock_of_the_zone(
    export: Open, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """The nights in which Rome changes its clocks, worked out by hand."""
    read_one_by_one(monkeypatch, size)
    spring = {
        "2023-03-26T00:59:59Z": datetime(2023, 3, 26, 1, 59, 59),
        "2023-03-26T01:00:00Z": datetime(2023, 3, 26, 3, 0, 0),
        "2023-03-25T23:00+00:00": datetime(2023, 3, 26, 0, 0),
        "2023-03-26T22:00Z": datetime(2023, 3, 27, 0, 0),
    }
    autumn = {
        "2023-10-29T00:30Z": datetime(2023, 10, 29, 2, 30),
        "2023-10-29T01:30Z": datetime(2023, 10, 29, 2, 30),
        "2023-10-28T22:00Z": datetime(2023, 10, 29, 0, 0),
        "2023-10-29T23:00Z": datetime(2023, 10, 30, 0, 0),
        "2023-10-29T22:59Z": datetime(2023, 10, 29, 23, 59),
    }
    elsewhere = {
        "2023-06-08T19:30-04:00": datetime(2023, 6, 9, 1, 30),
        "2023-01-08T00:15+09:00": datetime(2023, 1, 7, 16, 15),
        "2023-06-08T19:30+05:30": datetime(2023, 6, 8, 16, 0),
    }
    cases = spring | autumn | elsewhere

    assert days(export(at(*cases), timezone="Europe/Rome")) == list(cases.values())


def test_times_without_an_offset_are_on_the_wall_already(export: Open) -> None:
    source = export(
        at("2023-03-26 02:30", "2023-06-08T19:30Z", "2023-06-09"), timezone="Europe/Rome"
    )

    assert days(source) == [
        datetime(2023, 3, 26, 2, 30),
        datetime(2023, 6, 8, 21, 30),
        datetime(2023, 6, 9),
    ]


@pytest.mark.parametrize("when", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"])
def test_a_time_at_the_end_of_time_is_refused_and_no_bug(export: Open, when: str) -> None:
    said = refused(export(at(when), timezone="Europe/Rome"), {"at": "date"})

    assert said == f"data/t.csv:2: column 'at' (the 1st): '{when}' has no time in Europe/Rome"


@pytest.mark.parametrize(
    ("when", "zone", "times_in"),
    [
        ("0001-01-01 04:00", "America/New_York", "UTC"),
        ("0001-01-01 09:00", "UTC", "Asia/Tokyo"),
        ("9999-12-31 15:30", "Asia/Tokyo", "UTC"),
        ("9999-12-31 19:30", "UTC", "America/New_York"),
    ],
)
def test_so_is_one_without_an_offset(export: Open, when: str, zone: str, times_in: str) -> None:
    keys: dict[str, Any] = {"timezone": zone, "notation": Notation(times_in=times_in)}
    said = refused(export(at("2023-01-01 12:00", when), **keys), {"at": "date"})

    assert said == f"data/t.csv:3: column 'at': {when}:00 has no time in {zone}"
    noon = datetime.fromisoformat(when).replace(hour=12, minute=0)
    there = noon.replace(tzinfo=zoneinfo.ZoneInfo(times_in)).astimezone(zoneinfo.ZoneInfo(zone))
    assert days(export(at(str(noon)), **keys)) == [there.replace(tzinfo=None)]


@pytest.mark.parametrize(
    "name", ["Europe/Roma", "Rome", "Europe", "../../etc/passwd", "/etc", "x\0"]
)
def test_a_zone_that_there_is_not_is_asked_wrongly(export: Open, name: str) -> None:
    with pytest.raises(AskedWronglyError, match="there is no time zone") as caught:
        export("a\n1\n", timezone=name)

    assert caught.value.problems[0].hint


def test_a_machine_without_zones_is_the_environments_fault(
    export: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wall_clock, "available_timezones", set)

    with pytest.raises(EnvironmentProblemError, match="knows no time zones"):
        export("a\n1\n", timezone="Europe/Roma")


def test_every_zone_of_this_machine_is_known(export: Open) -> None:
    for name in sorted(zoneinfo.available_timezones())[::40]:
        assert export("a\n1\n", timezone=name).zone == zoneinfo.ZoneInfo(name)


def test_microseconds_and_far_years_survive(export: Open) -> None:
    cells = ("0001-01-01", "1500-02-28 12:00", "2023-06-08 19:30:05.123456", "9999-12-31 23:59:59")

    assert days(export(at(*cells))) == [
        datetime(1, 1, 1),
        datetime(1500, 2, 28, 12),
        datetime(2023, 6, 8, 19, 30, 5, 123456),
        datetime(9999, 12, 31, 23, 59, 59),
    ]


@pytest.mark.parametrize("letters", ["é", "Łódź", "夜", "🍕"])
@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp437", "koi8-r"])
def test_utf_8_is_not_read_as_something_else(export: Open, letters: str, encoding: str) -> None:
    rows = "".join(f"{n}{letters}\n" for n in range(3))
    try:
        f"a\n{rows}".encode().decode(encoding)
    except UnicodeDecodeError:
        pytest.skip("not even that")

    with pytest.raises(DataError, match="this is UTF-8 text, and the source says  encoding: "):
        export(f"a\n{rows}", encoding=encoding)


def test_utf_8_that_shows_late_is_not_read_as_something_else(export: Open) -> None:
    source = export("a\n" + "b\n" * 3_000_000 + "é\n", encoding="cp1252")

    said = refused(source, {"a": "text"})

    assert said == "data/t.csv: this is UTF-8 text, and the source says  encoding: cp1252"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("é", "cp1252"), ("Ж", "cp1251"), ("Ёлка", "koi8-r"), ("夜", "shift_jis"), ("夜", "gb18030"), ("夜空", "euc_jp"), ("夜空", "big5"),
     ("abc", "cp1252"), ("Ã©é", "cp1252"), ("夜", "utf-16"), ("é", "utf-16-be"), ("é", "utf-8-sig")],
)  # fmt: skip
def test_what_is_kept_as_it_is_said_is_read(export: Open, text: str, encoding: str) -> None:
    source = export(f"a\n{text}\n".encode(encoding), encoding=encoding)

    [chunk] = source.chunks({"a": "text"})

    assert chunk["a"].to_list() == [text]
