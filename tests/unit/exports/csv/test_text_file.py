"""A file of text in blocks of any size: the same lines, the same digest, or a reason with its place."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import read_one_by_one

from mlcli.definition.rules.base import LINE
from mlcli.errors import LINES_A_FILE, DataError, EnvironmentProblemError, place_of
from mlcli.exports.csv import source as csv_source
from mlcli.exports.csv import text_file
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.csv.text_file import TextFile

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))  # more in `make slow`

KEPT = {
    "utf-8": ("", b""),
    "utf-8 with its mark": ("", codecs.BOM_UTF8),
    "utf-16-le with its mark": ("", codecs.BOM_UTF16_LE),
    "utf-16-be with its mark": ("", codecs.BOM_UTF16_BE),
    "utf-16-le": ("utf-16-le", b""),
    "cp1252": ("cp1252", b""),
}
letters = st.sampled_from([*"ab1,; \u00e9€"])
texts = st.lists(
    letters | st.sampled_from(["\n", "\n", "\r\n", "\r", "ab", "x" * 40]), max_size=40
).map("".join)


def lines_of(text: str) -> list[str]:
    """Take a text apart by the three ends that lines have."""
    return list(io.StringIO(text, newline=""))


def kept_as(text: str, how: str) -> tuple[bytes, str | None]:
    said, mark = KEPT[how]
    encoding = said or how.split(" ", maxsplit=1)[0]
    return mark + text.encode(encoding), said or None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text")


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    text=texts,
    how=st.sampled_from([*KEPT]),
    size=st.integers(4, 70) | st.just(1 << 20),  # a mark takes up to three
    packed=st.booleans(),
)
@example("aa\r\nb", "utf-8", 4, False)
@example("a\rb\r", "utf-8", 4, False)
@example("\r\n\r\n", "utf-16-be with its mark", 5, True)
def test_blocks_of_any_size_are_whole_lines_of_the_text(
    folder: Path, text: str, how: str, size: int, packed: bool
) -> None:
    text = "head\n" + text
    raw, said = kept_as(text, how)
    path = folder / ("t.csv.gz" if packed else "t.csv")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    file = TextFile(path, name="t.csv", encoding=said)

    blocks = list(file.blocks(size, digest=True))

    assert b"".join(blocks).decode() == text
    assert all(blocks)
    found = [line for block in blocks for line in lines_of(block.decode())]
    assert found == lines_of(text) == list(file.lines())
    assert file.digest() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file.marked == (how == "utf-8 with its mark")
    assert file.read == len(raw)
    assert file.size == (None if packed else len(raw))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    rows=st.integers(1, 60),
    how=st.sampled_from([*KEPT]),
    packed=st.booleans(),
    size=st.sampled_from([16, 100, 4 << 20]),
    footer=st.integers(0, 5),
    quoted=st.booleans(),
    read=st.sampled_from(["whole", "partly", "not", "twice", "by record"]),
)
def test_the_digest_is_that_of_the_file_however_it_was_read(
    folder: Path,
    rows: int,
    how: str,
    packed: bool,
    size: int,
    footer: int,
    quoted: bool,
    read: str,
) -> None:
    cell = '"a\né"' if quoted else "é"
    text = "n,word\n" + "".join(f"{n},{cell}\n" for n in range(rows)) + "the end\n" * footer
    raw, said = kept_as(text, how)
    path = folder / ("d.csv.gz" if packed else "d.csv")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "_BLOCK_BYTES", size)
        if read == "by record":
            read_one_by_one(patch)
        source = CsvSource([(path, "d.csv")], encoding=said, skip_footer=footer)
        if read == "partly":
            next(source.chunks({"n": "number"}))
        elif read != "not":
            for _ in range(2 if read == "twice" else 1):
                chunks = list(source.chunks({"n": "number", "word": "text"}))
                assert [n for c in chunks for n in c["n"].to_list()] == list(range(rows))

    assert source.digests() == {"d.csv": hashlib.sha256(path.read_bytes()).hexdigest()}


def test_the_digest_of_what_was_read_whole_is_not_worked_out_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading 500 MB a second time would take seconds."""
    path = folder / "once.csv"
    path.write_bytes(b"a\n" + b"1\n" * 1000)
    source = CsvSource([(path, "once.csv")])
    list(source.chunks({"a": "number"}))
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("read again"))

    assert source.digests() == {"once.csv": hashlib.sha256(path.read_bytes()).hexdigest()}


# ---- lines that are too long ------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "é", "€", "𝄞"])
@pytest.mark.parametrize("size", [1 << 16, 1 << 20, 4 << 20])
def test_a_line_as_long_as_may_be_stays_whole(tmp_path: Path, letter: str, size: int) -> None:
    """Its bytes are up to four times as many; to cut it would make two rows of one."""
    path = tmp_path / "l.csv"
    long = letter * (text_file.LONGEST_LINE - 1) + "\n"
    path.write_text("a\n" + long + "b", encoding="utf-8")
    file = TextFile(path, name="l.csv")

    assert list(file.lines_of(file.blocks(size), 1)) == ["a\n", long, "b"]


@pytest.mark.parametrize("letter", ["x", "é", "€", "𝄞", "xé€𝄞"])
@pytest.mark.parametrize("size", [1 << 16, (1 << 20) + 1, 4 << 20])
@pytest.mark.parametrize("before", ["", "y"])
def test_a_line_that_is_longer_is_refused_by_its_number(
    folder: Path, letter: str, size: int, before: str
) -> None:
    """Even where a block ends in the middle of a letter."""
    path = folder / f"{before}{letter}.csv"
    if not path.exists():  # of 6 to 30 MB
        many = 12_000_000 // max(len(letter), 2)
        path.write_text("a\n\n" + before + letter * many, encoding="utf-8")
    file = TextFile(path, name="l.csv")

    with pytest.raises(DataError, match="the line is over 1,000,000 characters long") as caught:
        list(file.lines_of(file.blocks(size), 1))
    assert caught.value.problems[0].place == "l.csv:3"
    assert file.read < 5_000_000 + 3 * size  # what follows is not read


# ---- gzip -------------------------------------------------------------------------------------

ROWS = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n % 977) for n in range(20_000))


def packed(tmp_path: Path, content: bytes) -> DataError | list[float]:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(content)
    try:
        source = CsvSource([(path, "t.csv.gz")])
        return [b for chunk in source.chunks({"b": "number"}) for b in chunk["b"].to_list()]
    except DataError as error:
        return error


TRUTH = [float(n * n % 977) for n in range(20_000)]


def test_a_packed_file_is_read_in_one_part_or_several(tmp_path: Path) -> None:
    assert packed(tmp_path, gzip.compress(ROWS)) == TRUTH
    assert packed(tmp_path, gzip.compress(ROWS[:999]) + gzip.compress(ROWS[999:])) == TRUTH
    assert packed(tmp_path, gzip.compress(ROWS) + b"\0" * 100) == TRUTH  # as tapes pad it


def test_a_packed_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(ROWS)
    for size in [
        *range(1, 40),
        *range(40, len(whole) - 20, 997),
        *range(len(whole) - 20, len(whole)),
    ]:
        error = packed(tmp_path, whole[:size])

        assert isinstance(error, DataError), size
        (problem,) = error.problems
        assert problem.place == "t.csv.gz"
        assert problem.message.startswith(("the gzip file is cut off", "this is no gzip file"))
        assert problem.hint in {"export it again", "take .gz off its name"}


def test_a_packed_file_with_a_flipped_byte_is_refused_or_the_same(tmp_path: Path) -> None:
    """A name or a time in its head may change; not one row."""
    whole = gzip.compress(ROWS)
    for at in [*range(40), *range(40, len(whole), 499), *range(len(whole) - 8, len(whole))]:
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x55
        found = packed(tmp_path, bytes(spoilt))

        if isinstance(found, list):
            assert found == TRUTH
            assert at < 10
        else:
            assert found.problems[0].place.startswith("t.csv.gz")
            assert found.problems[0].hint


@pytest.mark.parametrize("more", [b"more", b"\x1f\x8b", gzip.compress(b"1,2\n", mtime=0)[:15]])
def test_something_behind_what_is_packed_is_refused(tmp_path: Path, more: bytes) -> None:
    assert isinstance(packed(tmp_path, gzip.compress(ROWS) + more), DataError)


def test_what_is_called_packed_and_is_not_is_refused(tmp_path: Path) -> None:
    error = packed(tmp_path, ROWS)

    assert isinstance(error, DataError)
    assert "this is no gzip file, though its name ends in .gz" in str(error)


def test_what_is_packed_and_not_called_so_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(ROWS))

    with pytest.raises(DataError, match="this is gzip data, not CSV text") as caught:
        TextFile(path, name="t.csv")
    assert caught.value.problems[0].hint == "add .gz to its name"


# ---- letters ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding", "place", "message"),
    [
        (b"a\nb\n\xff\n", None, ":3", "byte 1 of the line (0xff) is not UTF-8 text"),
        (b"a\rb\r\nc\xe9d\n", None, ":3", "byte 2 of the line (0xe9) is not UTF-8 text"),
        (b"a\n\xc3", None, ":2", "the file ends in the middle of a letter: was it cut off?"),
        (b"a\n\x81\n", "cp1252", ":2", "byte 1 of the line (0x81) is not cp1252 text"),
        (b"a\n\xe9\n", "ascii", ":2", "byte 1 of the line (0xe9) is not ascii text"),
        (b"\xff\xfea\0\n", None, "", "the file is not utf-16-le text"),
        (b"\xff\xfea\0\n\0\0\xd8b\0", None, "", "the file is not utf-16-le text"),
        (b"\xfe\xff\0a\0\n\xdc\0\0b", None, "", "the file is not utf-16-be text"),
    ],
)
@pytest.mark.parametrize("size", [4, 5, 1 << 20])
def test_bytes_that_are_no_letters_are_named(
    tmp_path: Path, content: bytes, encoding: str | None, place: str, message: str, size: int
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    file = TextFile(path, name="t.csv", encoding=encoding)

    with pytest.raises(DataError) as caught:
        list(file.lines_of(file.blocks(size), 1))
    (problem,) = caught.value.problems
    assert (problem.place, problem.message) == (f"t.csv{place}", message)
    assert problem.hint


def test_a_mark_says_more_than_the_source(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(codecs.BOM_UTF8 + "é\n".encode())

    assert list(TextFile(path, name="t.csv", encoding="cp1252").lines()) == ["é\n"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_letters_without_a_mark_come_with_what_to_say(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("day,guests\n".encode(encoding))

    with pytest.raises(DataError, match="this is UTF-16 text, and does not say so") as caught:
        TextFile(path, name="t.csv", in_a_source=True)
    assert f"encoding: {encoding}" in caught.value.problems[0].hint
    assert list(TextFile(path, name="t.csv", encoding=encoding).lines()) == ["day,guests\n"]


# ---- files that change, and what is no file ----------------------------------------------------


@pytest.mark.parametrize("how", ["longer", "shorter", "another", "gone", "touched"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, how: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + b"1\n" * 500)
    file = TextFile(path, name="t.csv")
    blocks = file.blocks(100, digest=True)
    next(blocks)
    match how:
        case "longer":
            with path.open("ab") as more:
                more.write(b"2\n")
        case "shorter":
            os.truncate(path, 600)
        case "another":
            (tmp_path / "new").write_bytes(path.read_bytes())
            (tmp_path / "new").replace(path)
        case "gone":
            path.unlink()
        case _:
            os.utime(path, ns=(1, 1))

    with pytest.raises(DataError) as caught:
        list(blocks)
    (problem,) = caught.value.problems
    assert problem.place == "t.csv"
    assert problem.message == (
        "there is no such file" if how == "gone" else "the file changed while it was read"
    )


def test_a_file_that_grows_all_the_time_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the thread that reads ahead, as large files are read."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + b"1\n" * 5_000_000)
    source = CsvSource([(path, "t.csv")])
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.wait(0.001):
                file.write(b"2\n")

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with pytest.raises(DataError, match="the file changed while it was read"):
            for _ in source.chunks({"a": "number"}):
                pass
    finally:
        stop.set()
        thread.join()


def test_a_file_that_changes_before_its_digest_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n1\n")
    file = TextFile(path, name="t.csv")
    path.write_bytes(b"a\n1\n2\n")

    with pytest.raises(DataError, match="the file changed while it was read"):
        file.digest()


def test_the_digest_of_what_was_read_stays_whatever_the_file_becomes(tmp_path: Path) -> None:
    """It is that of the rows that were learned from."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n1\n")
    file = TextFile(path, name="t.csv")
    list(file.blocks(digest=True))
    path.write_bytes(b"a\n2\n")

    assert file.digest() == hashlib.sha256(b"a\n1\n").hexdigest()


def test_a_reader_that_is_left_in_the_middle_leaves_no_thread(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + b"1\n" * 8_000_000)
    before = {*threading.enumerate()}
    chunks = CsvSource([(path, "t.csv")]).chunks({"a": "number"})
    next(chunks)
    chunks.close()
    for thread in {*threading.enumerate()} - before:
        thread.join(10)

    assert {*threading.enumerate()} == before


def test_who_leaves_a_reader_does_not_wait_for_what_it_makes_ahead() -> None:
    left, made = threading.Event(), list[int]()

    def items() -> Iterator[int]:
        yield 1
        yield 2
        left.wait(10)
        made.append(3)
        yield 3

    ahead = text_file.ahead(items())
    assert [next(ahead), next(ahead)] == [1, 2]
    ahead.close()
    before = [*made]
    left.set()

    assert before == []


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(DataError, match="this is no regular file"):
        TextFile(tmp_path / "pipe.csv", name="pipe.csv")


def test_links_in_a_circle_and_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "circle.csv").symlink_to("circle.csv")
    (tmp_path / "none.csv").symlink_to("nothing.csv")

    with pytest.raises(EnvironmentProblemError, match="Too many levels of symbolic links"):
        TextFile(tmp_path / "circle.csv", name="circle.csv")
    with pytest.raises(DataError, match="there is no such file"):
        TextFile(tmp_path / "none.csv", name="none.csv")


# ---- lines above and below --------------------------------------------------------------------


def rows_of(path: Path, size: int, **said: object) -> tuple[list[str], list[int]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "_BLOCK_BYTES", size)
        source = CsvSource([(path, "t.csv")], **said)
        chunks = list(source.chunks({source.columns[0]: "text"}))
    column = source.columns[0]
    found = [cell for chunk in chunks for cell in chunk[column].to_list()]
    return found, [line for chunk in chunks for line in chunk[LINE].to_list()]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    above=st.lists(st.sampled_from(["", "Till 3", 'of "him', "a;b,c", "2023-01-01"]), max_size=4),
    rows=st.integers(1, 70),
    below=st.lists(st.sampled_from(["end", 'of "all', "1,2,3,4", "0,0", "total;9"]), max_size=80),
    blank=st.integers(0, 30),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
    size=st.sampled_from([1, 5, 16, 100, 4 << 20]),
)
def test_lines_above_and_below_are_left_out_to_the_line(
    folder: Path,
    above: list[str],
    rows: int,
    below: list[str],
    blank: int,
    end: str,
    header: bool,
    size: int,
) -> None:
    """However many blocks the lines below take, and whatever stands in them."""
    path = folder / "above.csv"
    lines = [
        *above,
        *(["n,word"] if header else []),
        *(f"{n},w" for n in range(5, 5 + rows)),
        *below,
    ]
    path.write_bytes((end.join(lines) + end * blank).encode())
    said = {} if header else {"columns": ["n", "word"]}

    found, places = rows_of(
        path, size, skip_rows=len(above), skip_footer=len(below), delimiter=",", **said
    )

    assert found == [str(n) for n in range(5, 5 + rows)]  # no last one is the sum of the others
    first = len(above) + 1 + header
    assert places == list(range(first, first + rows))


def test_more_lines_below_than_there_are_leave_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("n\n1\n2\n3\n")

    assert rows_of(path, 4 << 20, skip_footer=2)[0] == ["1"]
    for many in (3, 4, 5, 100):
        with pytest.raises(DataError, match="the file has a header and no rows"):
            rows_of(path, 4 << 20, skip_footer=many)


def test_a_footer_of_many_blocks_is_left_out_whole(tmp_path: Path) -> None:
    """Of 10 MB, where a block has 4: its numbers would pass for rows."""
    path = tmp_path / "t.csv"
    path.write_text("n\n1\n2\n" + "0\n" * 5_000_000)

    assert rows_of(path, 4 << 20, skip_footer=5_000_000) == (["1", "2"], [2, 3])
    assert len(rows_of(path, 4 << 20, skip_footer=4_999_999)[0]) == 3


def test_lines_below_have_no_say_in_what_separates_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,5;2;a\n3;4,25;b\nTotal: 4\nof 2, printed\n")
    reader = CsvReader(path, name="t.csv", skip_footer=2, columns=["a", "b", "c"])

    assert reader.delimiter == ";"
    assert [cells for _, cells in reader] == [["1,5", "2", "a"], ["3", "4,25", "b"]]


# ---- several files ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [8, 4 << 20])
@pytest.mark.parametrize("by_record", [False, True])
def test_lines_of_several_files_say_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, by_record: bool
) -> None:
    monkeypatch.setattr(csv_source, "_BLOCK_BYTES", size)
    if by_record:
        read_one_by_one(monkeypatch)
    files = []
    for name, text in {
        "a.csv": "n\n1\n2\n",
        "b.csv": 'n\n"3"\n4',
        "c.csv": "n\n",
        "d.csv": "n\r\n5\r\n6\r\n7\r\n",
    }.items():
        (tmp_path / name).write_bytes(text.encode())
        files.append((tmp_path / name, name))
    source = CsvSource(files, name="all")
    chunks = list(source.chunks({"n": "number"}))
    lines = [line for chunk in chunks for line in chunk[LINE].to_list()]

    assert [n for chunk in chunks for n in chunk["n"].to_list()] == [1, 2, 3, 4, 5, 6, 7]
    assert [place_of("all", source.files, line) for line in lines] == [
        *("a.csv:2", "a.csv:3", "b.csv:2", "b.csv:3", "d.csv:2", "d.csv:3", "d.csv:4")
    ]
    assert lines[0] == 2
    assert lines[-1] == 3 * LINES_A_FILE + 4


@pytest.mark.parametrize("file", range(3))
@pytest.mark.parametrize("line", [2, 3, 7])
@pytest.mark.parametrize("kind", ["number", "date", "boolean"])
@pytest.mark.parametrize("size", [8, 4 << 20])
def test_a_wrong_cell_is_named_in_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: int, line: int, kind: str, size: int
) -> None:
    monkeypatch.setattr(csv_source, "_BLOCK_BYTES", size)
    good = {"number": "1", "date": "2023-01-01", "boolean": "true"}[kind]
    files = []
    for at in range(3):
        cells = ["x" if (at, row) == (file, line) else good for row in range(2, 9)]
        path = tmp_path / f"{at}.csv"
        path.write_text("\n".join(["n", *cells]) + "\n")
        files.append((path, f"data/{at}.csv"))

    with pytest.raises(DataError) as caught:
        list(CsvSource(files, name="data/*.csv").chunks({"n": kind}))
    assert caught.value.problems[0].place == f"data/{file}.csv:{line}"


def test_a_place_of_one_file_is_that_file_whatever_the_export_is_called() -> None:
    assert place_of("data/*.csv", ("data/only.csv",), 7) == "data/only.csv:7"
    assert place_of("the query", (), 7) == "the query:7"
    assert place_of("data/*.csv", ("a", "b"), LINES_A_FILE + LINES_A_FILE // 2) == (
        f"b:{LINES_A_FILE // 2}"
    )
    assert place_of("data/*.csv", ("a", "b"), "") == "data/*.csv"
