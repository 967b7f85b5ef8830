"""What the reader sees in a file, and that the source it suggests reads that file."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcli.definition.source import Source
from mlcli.definition.yaml_text import Document
from mlcli.errors import DataError
from mlcli.exports import reading
from mlcli.tables import join
from mlcli.verbs import show_file
from mlcli.verbs.show_file import FileView
from mlcli.verbs.source_of_file import Export

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))  # more in `make slow`


any_file = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=EXAMPLES,
    deadline=None,
)


def look(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> FileView:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return show_file.look(Export(path, name), file=name)


KINDS = {"number": "number", "date": "date", "true/false": "boolean"}


def read_back(tmp_path: Path, view: FileView) -> dict[str, list[Any]]:
    """Read the file as the suggested source says, each column as the kind that it was seen as."""
    sources = Document(show_file.as_yaml(view)).value["sources"]
    ((_, described),) = sources.items()
    opened = reading.source(tmp_path, Source.model_validate(described))
    wanted = {
        c: KINDS.get(one.summary.kind, "text")
        for c, one in view.columns.items()
        if c in opened.columns  # and has a name
    }
    columns: dict[str, list[Any]] = {column: [] for column in wanted}
    for chunk in opened.chunks(wanted):
        for column in wanted:
            columns[column] += join.values(chunk[column])
    return columns


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a,b\n1,2\n", {}),
        ("a;b\n1;2\n", {"delimiter": ";"}),
        ("a\tb\n1\t2\n", {"delimiter": "tab"}),
        ("a;b\n1,5;2\n", {"delimiter": ";", "decimal": ","}),
        ("a;b\n1.234,5;2,5\n", {"delimiter": ";", "decimal": ",", "thousands": "."}),
        ('a,b\n"1,234.5",2\n', {"thousands": ","}),
        ("a|b\n1 234|€5\n", {"delimiter": "|", "thousands": " ", "unit": ["€"]}),
        ("a,b\n5%,2 €\n", {"unit": ["%", "€"]}),
        ("a,b\n31/12/2023,1\n", {"dates": {"format": "%d/%m/%Y"}}),
        ("a,b\n2023/12/31 18:30,1\n", {"dates": {"format": "%Y/%m/%d %H:%M"}}),
        # the second column says which of the two readings the first one has
        ("a,b\n05/06/2023,31/12/2023\n", {"dates": {"format": "%d/%m/%Y"}}),
        # and 3.5 that the comma of 1,234 groups digits
        ('a,b\n"1,234",3.5\n', {"thousands": ","}),
        ("a,b\n1,x\nn/a,y\n", {"missing": ["n/a"]}),
        ("a,b\n1,NA\nNA,x\n", {}),  # NA is a word in b: Namibia
    ],
)
def test_the_keys_that_a_file_needs(tmp_path: Path, text: str, keys: dict[str, Any]) -> None:
    view = look(tmp_path, text)

    assert view.source == {"file": "t.csv", **keys}
    assert view.open_keys == {}
    if "NA,x" not in text:  # which no source can read as numbers
        read_back(tmp_path, view)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        # the second column decides how the first is read
        ('a,b\n"1,234",3.5\n', (1234.0, 1234.0)),
        ('a,b\n"1,234","3,5"\n', (1.234, 1.234)),
        ("a,b\n05/06/2023,31/12/2023\n", (datetime(2023, 6, 5), datetime(2023, 6, 5))),
        ("a,b\n05/06/2023,12/31/2023\n", (datetime(2023, 5, 6), datetime(2023, 5, 6))),
    ],
)
def test_the_ends_of_a_column_follow_from_the_whole_file(
    tmp_path: Path, text: str, ends: tuple[object, object]
) -> None:
    summary = look(tmp_path, text).columns["a"].summary

    assert (summary.low, summary.high) == ends


def test_a_source_reads_the_ends_that_were_shown(tmp_path: Path) -> None:
    view = look(tmp_path, "a;b\n1.234,5 €;31/12/2023\n7;01/02/2024\nn/a;2024-03-01\n")
    read = read_back(tmp_path, view)

    for column, one in view.columns.items():
        values = [value for value in read[column] if value is not None]
        assert (one.summary.low, one.summary.high) == (min(values), max(values))
        assert one.summary.missing == read[column].count(None)
        assert len(values) >= 2


def test_what_the_file_leaves_open_is_shown_with_both_readings(tmp_path: Path) -> None:
    view = look(tmp_path, 'a,b\n"1,234",05/06/2023\n')

    assert view.source == {"file": "t.csv"}
    assert [one.summary.low for one in view.columns.values()] == [None, None]
    assert view.open_keys == {
        'decimal: ","': "if 1,234 is 1.234",
        'thousands: ","': "if 1,234 is 1234",
        'dates: {format: "%d/%m/%Y"}': "if 05/06/2023 is 2023-06-05",
        'dates: {format: "%m/%d/%Y"}': "if 05/06/2023 is 2023-05-06",
    }
    assert view.doubts == [
        "a: '1,234' is 1.234 or 1234: nothing in the file says which",
        "b: '05/06/2023' is 2023-06-05 or 2023-05-06: nothing in the file says which",
    ]
    for key in view.open_keys:  # each is what a source may say
        Source.model_validate({"file": "t.csv", **Document(key).value})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1,5;2.5\n", "a and b write their numbers in two ways, and a source has one"),
        ("a;b;c\n1;1,5;2.5\n", "b and c write their numbers in two ways, and a source has one"),
        (  # two of these go together, in three ways, but not all three
            "a;b;c\n1,234;1.5;1 000\n",
            "a, b, c write their numbers in several ways, and a source has one",
        ),
        (
            "a,b\n31/12/2023,12/31/2023\n",
            "a, b write their dates in several ways, and a source has one",
        ),
        ("a,b\n1,x\n2,x\n", "b: the same in every row: nothing can be learned from it"),
        ("a,b\n1,\n2,\n", "b: every cell is empty"),
        ("a,b\n1,x\nsix,x\n7,x\n", "a: most cells are numbers, and line 3 holds 'six'"),
        (
            "a\n2023-06-08T10:00Z\n2023-06-08T10:00+02:00\n",
            "a: times carry more than one offset from UTC",
        ),
        ("a,b\n1,x\nn/a,y\n", "a: 'n/a' stands for no value"),
    ],
)
def test_what_may_not_be_meant_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert said in look(tmp_path, text).doubts


@pytest.mark.parametrize(
    ("column", "is_id"),
    [
        ([f"R{i}" for i in range(20)], True),
        ([f"R{i}" for i in range(19)], False),  # too few to say so
        ([str(i) for i in range(20)], True),
        ([f"{i}.5" for i in range(20)], False),  # measured
        ([*(str(i) for i in range(20)), "3"], False),
        ([f"2023-06-{i + 1:02}" for i in range(20)], False),
    ],
)
def test_what_is_said_to_be_an_id(tmp_path: Path, column: list[str], is_id: bool) -> None:
    view = look(tmp_path, "\n".join(["a", *column]) + "\n")

    assert any("an id or a name" in said for said in view.doubts) == is_id


@pytest.mark.parametrize(
    ("text", "encoding", "line_ends"),
    [
        (b"a,b\n1,2\n", "UTF-8", "LF"),
        (b"a,b\r\n1,2\r\n", "UTF-8", "CRLF, as Windows writes them"),
        (b"a,b\r\n1,2\n3,4\n", "UTF-8", "LF"),  # of the rows
        (b"a,b\n1,2\r\n3,4\n", "UTF-8", "CRLF, as Windows writes them and LF"),
        (b"\xef\xbb\xbfa,b\n1,2\n", "UTF-8 with a byte order mark", "LF"),
        ("\ufeffa,b\n1,2\n".encode("utf-16-le"), "UTF-16", "LF"),
        (b"a,b\n1,2", "UTF-8", "none"),
    ],
)
def test_how_a_file_is_written(tmp_path: Path, text: bytes, encoding: str, line_ends: str) -> None:
    view = look(tmp_path, text)

    assert (view.encoding, view.line_ends) == (encoding, line_ends)


def test_a_header_alone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a header and no rows"):
        look(tmp_path, "a,b\n")


@pytest.mark.parametrize(
    ("room", "columns"), [(20_000, 200), pytest.param(200_000, 2000, marks=pytest.mark.slow)]
)
def test_many_columns_share_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, columns: int
) -> None:
    assert show_file._REMEMBERED == 200_000
    monkeypatch.setattr(show_file, "_REMEMBERED", room)
    names = [f"c{i}" for i in range(columns)]
    rows = [",".join(f"{r}x{i}" for i in range(columns)) for r in range(101)]
    view = look(tmp_path, "\n".join([",".join(names), *rows]) + "\n")

    assert view.most == 100  # the room shared by the columns
    assert view.columns["c0"].summary.different is None


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("data/orders.csv", "orders"),
        ("data/Orders 2023 (copy).csv.gz", "orders_2023_copy"),
        ("C:\\x\\till.csv", "till"),
        ("...csv", "export"),
        ("data/éclairs.csv", "éclairs"),
    ],
)
def test_the_name_of_a_source(file: str, name: str) -> None:
    assert show_file.source_name(file) == name


@any_file
@given(stem=st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=9))
def test_any_name_of_a_file_is_written_so_that_yaml_reads_it_back(
    tmp_path: Path, stem: str
) -> None:
    view = look(tmp_path, "a,b\n1,2\n")
    named = FileView(
        **{f: getattr(view, f) for f in view.__slots__} | {"source": {"file": f"{stem}.csv"}}
    )
    ((_, source),) = Document(show_file.as_yaml(named)).value["sources"].items()

    assert source == {"file": f"{stem}.csv"}


@any_file
@given(
    rows=st.lists(
        st.tuples(
            *[
                st.sampled_from(
                    ["1", "2.5", "1,5", "1.234", "1,234", "x y", "true", "n/a", "", "2023-06-08",
                     "05/06/2023", "31/12/2023", "5 €", "007", "1 234,5"]
                )
            ]
            * 2
        ),
        min_size=1,
        max_size=6,
    )
)  # fmt: skip
def test_a_suggested_source_reads_what_is_not_left_open(
    tmp_path: Path, rows: list[tuple[str, str]]
) -> None:
    """Whatever the columns hold: with no key left open and no trouble, the source reads them."""
    if any(not (a or b) for a, b in rows):
        return
    view = look(tmp_path, "\n".join(["a|b", *(f"{a}|{b}" for a, b in rows)]) + "\n")
    troubled = any("two ways" in d or "several ways" in d for d in view.doubts)
    words = {w for one in view.columns.values() for w in one.nothing}
    if view.open_keys or troubled or words - set(view.source.get("missing", [])):
        return
    read = read_back(tmp_path, view)

    for column, one in view.columns.items():
        if one.summary.kind in {"number", "date"}:
            values = [value for value in read[column] if value is not None]
            assert (one.summary.low, one.summary.high) == (min(values), max(values))
            assert one.summary.missing == read[column].count(None)
