"""Whatever a table holds comes back as it was; whatever a file holds is read or refused."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support import ELEVEN_DAYS, PIZZERIA, exports

from mlcli.cli.process import main
from mlcli.errors import DataError
from mlcli.exports.csv.layout import DELIMITERS
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.csv.source import CsvSource

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`

# NUL is refused, and half a surrogate pair is no text.
letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
tricky = st.sampled_from(
    ['"', '""', ",", ";", "\t", "|", "\n", "\r", "\r\n", " ", "'", "\ufeff", "=1", "0"]
)
cells = st.one_of(st.text(letters, max_size=6), st.lists(tricky, max_size=4).map("".join))
names = st.text(letters, min_size=1, max_size=6).filter(lambda name: name.strip() == name)
delimiters = st.sampled_from(list(DELIMITERS))
ends = st.sampled_from(["\n", "\r\n"])
quoting = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    row = st.lists(cells, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, min_size=1, max_size=6))


def written(
    header: list[str],
    rows: list[list[str]],
    *,
    delimiter: str = ",",
    end: str = "\r\n",
    quoting: int = 0,
) -> str:
    """Return a table as Python's csv module writes it; it quotes a carriage return only by `\\r\\n`."""
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter, lineterminator="\r\n", quoting=quoting)
    writer.writerow(header)
    writer.writerows(rows)
    return made.getvalue() if end == "\r\n" else _with_newlines(header, rows, delimiter, quoting)


def _with_newlines(header: list[str], rows: list[list[str]], delimiter: str, quoting: int) -> str:
    lines = []
    for row in [header, *rows]:
        made = io.StringIO()
        csv.writer(made, delimiter=delimiter, lineterminator="\r\n", quoting=quoting).writerow(row)
        lines.append(made.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines)


def repeats(header: list[str], rows: list[list[str]]) -> bool:
    """Say whether some row is the header again, be it with the mark of UTF-8 in it."""
    return header in [[cell.replace("\ufeff", "") for cell in row] for row in rows]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv") / "t.csv"


@settings(max_examples=EXAMPLES, deadline=None)
@given(table=tables(), delimiter=delimiters, end=ends, quoting=quoting, marked=st.booleans())
@example((["a"], [[""]]), ",", "\n", csv.QUOTE_MINIMAL, False)
@example((["a", "b"], [["\r", '"'], [" ", "\ufeff"]]), ";", "\n", csv.QUOTE_MINIMAL, True)
def test_a_table_that_pythons_csv_module_wrote_is_read_as_it_was(
    path: Path,
    table: tuple[list[str], list[list[str]]],
    delimiter: str,
    end: str,
    quoting: int,
    marked: bool,
) -> None:
    header, rows = table
    text = written(header, rows, delimiter=delimiter, end=end, quoting=quoting)
    assume(marked or not text.startswith("\ufeff"))  # a mark is no part of a name
    assume(not text.lower().startswith("sep="))
    assume(len(header) > 1 or not set(header[0]) & set(DELIMITERS))  # separated otherwise
    assume(not repeats(header, rows))
    path.write_bytes(text.encode("utf-8-sig" if marked else "utf-8"))

    reader = CsvReader(path, name="t.csv", delimiter=delimiter, keeps_totals=True)

    assert reader.columns == tuple(header)
    assert [found for _, found in reader] == rows


@settings(max_examples=EXAMPLES, deadline=None)
@given(table=tables(), end=ends)
def test_a_record_is_named_by_the_line_in_which_it_begins(
    path: Path, table: tuple[list[str], list[list[str]]], end: str
) -> None:
    header, rows = table
    text = written(header, rows, end=end, quoting=csv.QUOTE_ALL)
    assume(not text.startswith("\ufeff") and not repeats(header, rows))
    path.write_bytes(text.encode())

    begins = 1
    expected = []
    for row in [header, *rows]:
        expected.append(begins)
        inside = "".join(f'"{cell}"' for cell in row)
        begins += 1 + len(inside.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1

    reader = CsvReader(path, name="t.csv", delimiter=",", keeps_totals=True)

    assert [line for line, _ in reader] == expected[1:]


plain_words = st.text("abcXYZ äöü01", min_size=1, max_size=6).filter(lambda w: w.strip() == w)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    header=st.lists(plain_words, min_size=2, max_size=4, unique=True),
    rows=st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=5),
    delimiter=delimiters,
)
def test_the_delimiter_need_not_be_said_where_the_header_is_plain(
    path: Path, header: list[str], rows: list[list[str]], delimiter: str
) -> None:
    rows = [row[: len(header)] for row in rows]
    assume(not repeats(header, rows))
    path.write_bytes(written(header, rows, delimiter=delimiter).encode())

    reader = CsvReader(path, name="t.csv", keeps_totals=True)

    assert reader.delimiter == delimiter
    assert [found for _, found in reader] == rows


fragments = st.sampled_from(
    [b"a", b"1", b",", b";", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xfe", b"\xc3", b"\xa9",
     b"\xef\xbb\xbf", b"PK\x03\x04", b"a,b\n", b'"x\ny"', b"sep=", b"\xf0\x9f", b"2023-06-08", b" "]
)  # fmt: skip
anything = st.one_of(st.binary(max_size=60), st.lists(fragments, max_size=20).map(b"".join))


@settings(max_examples=EXAMPLES, deadline=None)
@given(content=anything, kind=st.sampled_from(["number", "date", "boolean", "text", "any"]))
@example(b'a,b\n1,"\r', "any")
@example(b'"', "any")
@example(b"\xef\xbb\xbf\xef\xbb\xbf", "any")
def test_any_bytes_are_read_strictly_or_refused_with_a_place(
    path: Path, content: bytes, kind: str
) -> None:
    path.write_bytes(content)

    try:
        source = CsvSource([(path, "t.csv")], timezone="Europe/Rome", keeps_totals=True)
        rows = sum(map(len, source.chunks(dict.fromkeys(source.columns, kind))))
    except DataError as error:
        for problem in error.problems:
            assert problem.place.split(":")[0] == "t.csv"
            assert problem.message
            assert problem.hint or "at most" in problem.message
    else:
        # What was read is all there is: written anew, it says the same.
        reader = CsvReader(path, name="t.csv", keeps_totals=True)
        records = [found for _, found in reader]
        assert len(records) == rows > 0
        assert all(len(found) == len(reader.columns) for found in records)
        text = content.decode("utf-8-sig")
        assert sum(map(len, map("".join, records))) <= len(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(table=tables(), cut=st.integers(min_value=0))
def test_a_file_that_was_cut_off_never_gives_other_rows(
    path: Path, table: tuple[list[str], list[list[str]]], cut: int
) -> None:
    """It gives the rows up to the cut, of which the last cell may be shorter, or is refused."""
    header, rows = table
    whole = written(header, rows, quoting=csv.QUOTE_ALL).encode()
    path.write_bytes(whole[: cut % (len(whole) + 1)])

    try:
        found = [cells for _, cells in CsvReader(path, name="t.csv", delimiter=",")]
    except DataError:
        return

    expected = rows[: len(found)]
    assert [row[:-1] for row in found] == [row[:-1] for row in expected]
    assert [row[-1] for row in found[:-1]] == [row[-1] for row in expected[:-1]]
    assert not found or expected[-1][-1].startswith(found[-1][-1])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with a model of eleven days, and the current folder in it."""
    root = tmp_path_factory.mktemp("fitted")
    bookings, till = exports(ELEVEN_DAYS)
    for name, text in {
        "data/reservations.csv": bookings,
        "data/orders.csv": till,
        "configs/pizzeria.yaml": PIZZERIA,
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    before = Path.cwd()
    os.chdir(root)
    try:
        with redirect_stdout(io.StringIO()):
            assert main(["fit", "--json"]) == 0
        yield root
    finally:
        os.chdir(before)


booked = st.one_of(st.integers(-5, 60).map(str), st.sampled_from(["", " ", "12.5", "1e3", "+7"]))
others = st.lists(
    names.filter(lambda name: name not in {"reservations", "day", "answer", "note"}),
    max_size=3,
    unique=True,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data(), delimiter=delimiters, end=ends, marked=st.booleans())
def test_a_file_of_questions_keeps_its_rows_their_order_and_every_cell(
    fitted: Path, data: st.DataObject, delimiter: str, end: str, marked: bool
) -> None:
    beside = data.draw(others)
    at = data.draw(st.integers(0, len(beside)))
    header = [*beside[:at], "reservations", *beside[at:]]
    rows = data.draw(
        st.lists(
            st.tuples(booked, st.lists(cells, min_size=len(beside), max_size=len(beside))),
            min_size=1,
            max_size=6,
        )
    )
    asked = [[*cells[:at], number, *cells[at:]] for number, cells in rows]
    text = written(header, asked, delimiter=delimiter, end=end)
    assume(not text.startswith(("\ufeff", '"\ufeff')) and not text.lower().startswith("sep="))
    marks = [mark for mark in DELIMITERS if mark != delimiter and mark in "".join(header)]
    assume(not marks)  # which mark separates is for the reader to find out
    (fitted / "q.csv").write_bytes(text.encode("utf-8-sig" if marked else "utf-8"))

    said = io.StringIO()
    with redirect_stderr(said):
        code = main(["predict", "--input", "q.csv", "--output", "answers.csv", "--raw"])

    assume("looks like a total or a note" not in said.getvalue())
    assert code == 0, said.getvalue()
    answers = (fitted / "answers.csv").read_bytes()
    assert answers.startswith(b"\xef\xbb\xbf") == marked
    delimiter = delimiter if beside else ","  # one column is separated by nothing
    reader = CsvReader(
        fitted / "answers.csv", name="answers.csv", delimiter=delimiter, keeps_totals=True
    )
    found = [cells for _, cells in reader]
    assert reader.header == [*header, "answer", "note"]
    assert [cells[:-2] for cells in found] == asked
    assert list(
        csv.reader(io.StringIO(answers.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    ) == [
        [*header, "answer", "note"],
        *found,
    ]
    for (number, _), (*_, answer, note) in zip(rows, found, strict=True):
        assert (answer == "") == (not number.strip())
        assert note or answer
