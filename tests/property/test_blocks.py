"""Blocks against the grammar, record by record: what is proved regular is read as the same."""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlcli.errors import DataError
from mlcli.exports.csv import source as csv_source
from mlcli.exports.csv import writing
from mlcli.exports.csv.blocks import FORMS, Form, blocks, frame, moments
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.csv.regular import Block, proved
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar.cells import Kind
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.tables.join import values

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))  # more in `make slow`

# Any text at all, thick with what has a meaning in CSV.
pieces = st.sampled_from(
    [
        "a",
        "é",
        "1",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        '"',
        '"',
        '""',
        " ",
        "\0",
        "\ufeff",
        "\u2028",
    ]
)
soup = st.lists(pieces, max_size=25).map("".join)
tables = st.lists(  # quoted or not, most of it well
    st.sampled_from(
        ['"a"', '""', '"a,b"', '"a\nb"', '"\r"', '"""x"', '"x\r\n"', "a", "", " ", "\u2028"]
    ),
    min_size=1,
    max_size=12,
).flatmap(
    lambda cells: st.lists(
        st.sampled_from([",", ",", "\n", "\r\n", "\r"]), min_size=len(cells), max_size=len(cells)
    ).map(lambda marks: "".join(map("".join, zip(cells, marks, strict=True))))
)
bodies = soup | tables | st.text(max_size=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks")


def columns(width: int, kind: Kind = "text", notation: Notation = PLAIN) -> list[WrittenColumn]:
    return [
        WrittenColumn(name, kind, position=at, notation=notation, zone=None)
        for at, name in enumerate("xyz"[:width])
    ]


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=bodies, width=st.integers(1, 3))
@example(body='"a"a\n', width=1)
def test_a_block_holds_what_the_grammar_reads_or_is_left_to_it(
    folder: Path, body: str, width: int
) -> None:
    path = folder / "t.csv"
    header = ",".join("xyz"[:width])
    path.write_bytes(f"{header}\n{body}".encode("utf-8", "surrogatepass"))
    try:
        reader = CsvReader(path, name="t.csv", delimiter=",")
    except DataError:
        return
    text = b"".join(reader.body())
    block = proved(text, width, ",", first_line=reader.first, last=True)
    if block is None:
        return
    if block.size < len(text):  # the end of the block is left to the grammar
        with pytest.raises(DataError):
            list(reader)
        return
    records = list(reader)
    assert block.lines.tolist() == [line for line, _ in records]
    assert block.text.decode() == "".join(
        "".join([writing.line(cells, ",")]) if cells != [""] else '""\n' for _, cells in records
    )
    found = frame(block, columns(width))
    every = np.arange(len(block))
    for at, name in enumerate("xyz"[:width]):
        cells = [cells[at] for _, cells in records]
        assert block.cells(at, every) == cells
        assert values(found[name]) == [c.strip() or None for c in cells]


@settings(max_examples=EXAMPLES, deadline=None)
@given(body=bodies, width=st.integers(1, 3), size=st.sampled_from([1, 4, 16, 1 << 20]))
def test_blocks_are_the_records_of_a_file_or_its_fault(
    folder: Path, body: str, width: int, size: int
) -> None:
    path = folder / "t.csv"
    path.write_bytes(f"{','.join('xyz'[:width])}\n{body}".encode("utf-8", "surrogatepass"))

    def rows(*, by_record: bool) -> list[tuple[int, str]] | str:
        try:
            reader = CsvReader(path, name="t.csv", delimiter=",")
            if by_record:
                return [
                    (line, writing.line(cells, ",") if cells != [""] else '""\n')
                    for line, cells in reader
                ]
            return [row for block in blocks(reader, size) for row in written(block)]
        except DataError as error:
            return str(error)

    assert rows(by_record=False) == rows(by_record=True)


def written(block: Block) -> list[tuple[int, str]]:
    """Return the rows of a block as text, each with its line."""
    ends = block.ends[:, -1].tolist()
    starts = [0, *(end + 1 for end in ends)]
    texts = [block.text[a : b + 1].decode() for a, b in zip(starts, ends, strict=False)]
    return list(zip(block.lines.tolist(), texts, strict=True))


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    ends=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    size=st.sampled_from([16, 64, 1 << 20]),
)
def test_what_pythons_csv_module_writes_is_read_as_the_same_table(
    folder: Path,
    rows: list[tuple[str, str]],
    ends: str,
    mark: str,
    quoting: int,
    size: int,
) -> None:
    path = folder / "w.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in (
            rows := [("one", "two"), *rows]
        ):  # its other line ends leave a lone \r unquoted
            line = io.StringIO()
            csv.writer(line, delimiter=mark, lineterminator="\r\n", quoting=quoting).writerow(row)
            file.write(line.getvalue().removesuffix("\r\n") + ends)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "_BLOCK_BYTES", size)
        # Nothing is left to how rows look: by chance, one looks like a header, or a total.
        source = CsvSource(
            [(path, "w.csv")],
            delimiter="tab" if mark == "\t" else mark,
            columns=["x", "y"],
            keeps_totals=True,
        )
        chunks = list(source.chunks({"x": "text", "y": "text"}))

    read = [row for chunk in chunks for row in zip(chunk["x"], chunk["y"], strict=True)]
    expected = [tuple(c.strip() or None for c in row) for row in rows]
    assert [tuple(None if not isinstance(c, str) else c for c in row) for row in read] == expected


DAY = datetime(2024, 2, 29)
numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e99, max_value=1e99)
times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda t: t.replace(microsecond=0)
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.lists(st.tuples(numbers | st.none(), times | st.none()), max_size=8).map(
        lambda rows: [(0.5, DAY), *rows, (-0.5, DAY)]  # else one of them may be a total or a note
    )
)
@example(rows=[(None, None)] * 3 + [(1.5, DAY)])
def test_numbers_and_times_written_then_read_are_the_same(
    folder: Path, rows: list[tuple[float | None, datetime | None]]
) -> None:
    path = folder / "n.csv"
    lines = [f"{'' if n is None else repr(n)},{'' if t is None else t}" for n, t in rows]
    path.write_text("\n".join(["n,t", *lines]) + "\n")
    (chunk,) = CsvSource([(path, "n.csv")]).chunks({"n": "number", "t": "date"})

    assert [None if np.isnan(n) else n for n in chunk["n"].to_list()] == [n for n, _ in rows]
    read = [
        None if gone else t
        for t, gone in zip(chunk["t"].to_list(), chunk["t"].is_null(), strict=True)
    ]
    assert [t if t is None else t.replace(tzinfo=None) for t in read] == [t for _, t in rows]


# ---- moments ---------------------------------------------------------------------------------


def read(texts: list[str], form: Form) -> list[datetime | None]:
    characters = np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(len(texts), -1)
    found, valid = moments(characters, form)
    return [t if good else None for t, good in zip(found.tolist(), valid.tolist(), strict=True)]


def test_every_day_of_four_centuries_is_read_as_python_reads_it() -> None:
    days = [datetime(1800, 1, 1) + timedelta(days=n) for n in range(146_097 + 400)]

    assert read([f"{day:%Y-%m-%d}" for day in days], FORMS[0]) == days


def test_days_and_times_that_do_not_exist_are_none() -> None:
    wrong = [
        *("2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-00"),
        *("2023-01-32", "0000-01-01", "2023/01/01", "2023-1 -01", "20x3-01-01", "２-01-01"),
    ]
    assert {len(cell.encode()) for cell in wrong} == {10, 9}
    assert read([w for w in wrong if len(w.encode()) == 10], FORMS[0]) == [None] * 11
    assert read(["2000-02-29", "2024-02-29"], FORMS[0]) == [
        datetime(2000, 2, 29),
        datetime(2024, 2, 29),
    ]
    late = [
        "2023-01-01 24:00:00",
        "2023-01-01 23:60:00",
        "2023-01-01 23:59:60",
        "2023-01-01x23:59:59",
    ]
    assert read(late, FORMS[2]) == [None] * 4
    assert read(["2023-01-01T23:59:59"], FORMS[2]) == [datetime(2023, 1, 1, 23, 59, 59)]


@pytest.mark.parametrize(
    ("said", "cell", "meant"),
    [
        ("%d.%m.%Y", "08.06.2023", datetime(2023, 6, 8)),
        ("%m/%d/%Y %H:%M", "06/08/2023 19:30", datetime(2023, 6, 8, 19, 30)),
        ("%Y%m%d", "20230608", datetime(2023, 6, 8)),
    ],
)
def test_a_format_of_one_width_is_read_at_once_and_as_strptime_reads_it(
    said: str, cell: str, meant: datetime
) -> None:
    form = Form.of(said)

    assert form is not None
    assert read([cell], form) == [meant] == [datetime.strptime(cell, said)]


@pytest.mark.parametrize("said", ["", "%d %B %Y", "%d.%m.%y", "%d/%m/%Y %I:%M %p", "%d日%m月%Y"])
def test_a_format_whose_width_may_vary_has_no_form(said: str) -> None:
    assert Form.of(said) is None


def read_as(kind: Kind, *cells: str, notation: Notation = PLAIN) -> list[object]:
    text = "".join(f"{cell},\n" for cell in cells).encode()
    block = proved(text, 2, ",", first_line=2, last=True)
    assert block is not None
    return values(frame(block, columns(1, kind, notation))["x"])


def test_times_of_other_forms_are_left_to_the_grammar() -> None:
    assert read_as("date", "2023-06-08", "2023-06-08 19:30:00.5") == [
        datetime(2023, 6, 8),
        datetime(2023, 6, 8, 19, 30, 0, 500_000),
    ]


def test_a_long_cell_is_read_as_it_is() -> None:
    cells = ["a" * 64, "b" * 65, "é" * 500, ""]

    assert read_as("text", *cells) == [*cells[:3], None]


def test_a_cell_that_is_no_word_any_more_is_refused() -> None:
    with pytest.raises(DataError, match="100,001 characters long"):
        read_as("text", "a", "b" * 100_001)


def test_blank_cells_and_words_for_nothing_are_missing_with_spaces_around_too() -> None:
    gone = ["", " ", "\t", "\u00a0\u3000", "NA", " NA", "NA\u2009", "-9", "-9 "]
    there = ["N", "-9.0", "na", "nan", "\u200b", "à"]
    notation = Notation(missing=frozenset({"NA", "-9"}))

    found = read_as("text", *gone, *there, notation=notation)

    assert found == [None] * len(gone) + there
