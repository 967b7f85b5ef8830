"""Answers that are remembered are the answers that each row gets alone, to the letter."""

from __future__ import annotations

import io
import os
import random
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.answering.model import Answer
from mlcli.cli.process import main
from mlcli.errors import DataError
from mlcli.exports.csv.reader import CsvReader
from mlcli.store import versions
from mlcli.store.manifest import Manifest
from mlcli.verbs import ask_file
from mlcli.verbs.ask_file import Questions

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`

TABLE = """\
sources:
  nights: {{file: data/nights.csv}}
rules:
  - keep: {{open: "yes", because: closed}}
features: [guests, {{name: weather, kind: category}}]
label: {label}
model: {model}
holdout: none
"""
MODELS = {
    "line": ("doughs", "linear_regression"),
    "curve": ("doughs", "polynomial_regression"),
    "near": ("doughs", "{name: k_nearest, neighbours: 3}"),
    "trees": ("doughs", "{name: random_forest, trees: 5}"),
    "mood": ("mood", "logistic_regression"),
    "moods": ("mood", "{name: random_forest, trees: 5}"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a model of each kind: with an equation and without, of numbers and classes."""
    root = tmp_path_factory.mktemp("questions")
    (root / "configs").mkdir()
    (root / "data").mkdir()
    draw = random.Random(5)
    rows = ["guests,weather,open,doughs,mood"]
    for _ in range(60):
        guests, weather = draw.randrange(1, 60), draw.choice(["dry", "wet", "=wild"])
        opened = draw.choice(["yes", "yes", "no"])
        doughs = 10 + 2 * guests + draw.randrange(9)
        mood = draw.choice(["calm", "busy"]) if guests < 30 else "=full"
        rows.append(f"{guests},{weather},{opened},{doughs},{mood}")
    (root / "data/nights.csv").write_text("\n".join(rows) + "\n")
    for name, (label, model) in MODELS.items():
        (root / f"configs/{name}.yaml").write_text(TABLE.format(label=label, model=model))
        with redirect_stdout(io.StringIO()):
            assert main(["fit", str(root / f"configs/{name}.yaml"), "--json"]) == 0
    return root


@pytest.fixture(scope="module")
def manifests(root: Path) -> dict[str, Manifest]:
    return {name: versions.read(root / "models", name) for name in MODELS}


class Plainly:
    """Writes rows and answers so that every difference would show."""

    def row(self, record: list[str]) -> tuple[str, bool]:
        return repr(record), any(cell.startswith("=") for cell in record)

    def answer(self, answer: Answer) -> str:
        return f"{answer.value!r} {answer.answer!r} {answer.notes} {answer.probabilities}\n"


Outcome = tuple[str, int, int, int] | list[tuple[str, str, str]]


def remembered(manifest: Manifest, path: Path) -> Outcome:
    """Return what `written` makes of a file: text, rows, refused, defused; or its problems."""
    try:
        found = list(Questions(manifest, path).written(Plainly()))
    except DataError as error:
        return [(p.place, p.message, p.hint) for p in error.problems]
    return (
        "".join(block.text for block in found),
        sum(block.rows for block in found),
        sum(block.refused for block in found),
        sum(block.defused for block in found),
    )


def alone(manifest: Manifest, path: Path) -> Outcome:
    """Return the same, each row read and answered by itself."""
    writer, text = Plainly(), ""
    rows = refused = defused = 0
    try:
        for line, cells in CsvReader(path, name=str(path)):
            ((_, answer),) = Questions(manifest, path).answered([(line, cells)])
            written, changed = writer.row(cells)
            text += written + writer.answer(answer)
            rows, refused, defused = rows + 1, refused + answer.refused, defused + changed
    except DataError as error:
        return [(p.place, p.message, p.hint) for p in error.problems]
    if not rows:
        with pytest.raises(DataError) as none:
            list(Questions(manifest, path).answered())
        return [(p.place, p.message, p.hint) for p in none.value.problems]
    return text, rows, refused, defused


guests = st.sampled_from(["1", "2", "2.0", " 2", "30", "59", "950", "", " ", "1e1", "-3"])
weather = st.sampled_from(["dry", "wet", "=wild", ""])
opened = st.sampled_from(["yes", "yes", "no", ""])
note = st.sampled_from(["", "a", "=1+1", "é", "a b", "x;y"])
tricky = st.sampled_from(['"a,b"', '"a\nb"', '"a""b"', '"=1"', '"a\r\nb"', "\x85", "\u2028"])
faults = st.sampled_from(
    ["many,dry,yes,a", "1,hail,yes,a", "1,dry,yes", "1,dry,yes,a,b", '1,dry,yes,a"b', "",
     "1,dry,yes,\0"]
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[list[int], list[str], str]:
    """Return which columns there are, the lines, and how they end; few different lines."""
    columns = draw(st.sampled_from([[0, 1], [1, 0], [0, 1, 2], [2, 0, 1], [0, 1, 3], [3, 1, 0, 2]]))
    cells = draw(st.sampled_from([note, note, note | tricky]))
    row = st.tuples(guests, weather, opened, cells)
    known = draw(st.lists(row, min_size=1, max_size=8))
    rows = draw(st.lists(st.sampled_from(known), min_size=1, max_size=40))
    lines = [",".join(row[at] for at in columns) for row in rows]
    return columns, lines, draw(st.sampled_from(["\n", "\n", "\r\n"]))


HEADER = ["guests", "weather", "open", "note"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    file=files(),
    name=st.sampled_from(list(MODELS)),
    most=st.sampled_from([0, 1, 2, 3, 100]),
    block=st.sampled_from([1, 7, 20, 64, 1 << 16]),
    many=st.sampled_from([1, 30, 200, 1 << 21]),
    ended=st.booleans(),
)
def test_what_is_remembered_is_what_each_row_is_answered_alone(
    root: Path,
    manifests: dict[str, Manifest],
    file: tuple[list[int], list[str], str],
    name: str,
    most: int,
    block: int,
    many: int,
    ended: bool,
) -> None:
    columns, lines, end = file
    path = root / "q.csv"
    text = end.join([",".join(HEADER[at] for at in columns), *lines]) + (end if ended else "")
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_file, "_MOST_REMEMBERED", most)
        patch.setattr(ask_file, "_BLOCK_BYTES", block)
        patch.setattr(ask_file, "_MANY_BYTES", many)
        found = remembered(manifests[name], path)

    assert found == alone(manifests[name], path)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    known=st.lists(st.tuples(guests, weather, opened, note), min_size=1, max_size=5),
    before=st.lists(st.integers(0, 4), max_size=30),
    after=st.lists(st.integers(0, 4), min_size=1, max_size=10),
    fault=faults,
    whole=st.booleans(),
    most=st.sampled_from([0, 1, 3, 100]),
    block=st.sampled_from([1, 20, 64, 1 << 16]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_fault_is_named_in_the_line_in_which_it_stands(
    root: Path,
    manifests: dict[str, Manifest],
    known: list[tuple[str, ...]],
    before: list[int],
    after: list[int],
    fault: str,
    whole: bool,
    most: int,
    block: int,
    end: str,
) -> None:
    """It is the same error as of the row alone; lines that say the same stand around it."""
    path = root / "f.csv"
    lines = [",".join(known[at % len(known)]) for at in before]
    lines += [fault, *(",".join(known[at % len(known)]) for at in after), fault]
    header = ",".join(HEADER)
    if whole and "," in fault:  # a file in which every cell matters
        header = header.removesuffix(",note")
        lines = [line.rpartition(",")[0] if len(line.split(",")) > 3 else line for line in lines]
        if fault in {"1,dry,yes", '1,dry,yes,a"b', "1,dry,yes,\0"}:
            return
    path.write_bytes((end.join([header, *lines]) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_file, "_MOST_REMEMBERED", most)
        patch.setattr(ask_file, "_BLOCK_BYTES", block)
        patch.setattr(ask_file, "_MANY_BYTES", 2 * block)
        found = remembered(manifests["line"], path)

    assert isinstance(found, list)
    assert found == alone(manifests["line"], path)
    if not any(cell in {"", " "} for row in known for cell in row):
        assert found[0][0] == f"{path}:{len(before) + 2}"


def test_each_different_question_is_asked_once(
    root: Path, manifests: dict[str, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a file of ten million rows would take minutes."""
    path = root / "o.csv"
    path.write_text("guests,weather\n" + "5,dry\n7,wet\n5,dry\n" * 50_000)
    asked: list[int] = []
    answered = Questions.answered

    def counted(self: Questions, records: object = None) -> object:
        batch = list(records)
        asked.append(len(batch))
        return answered(self, batch)

    monkeypatch.setattr(Questions, "answered", counted)
    found = remembered(manifests["line"], path)

    assert found[1:] == (150_000, 0, 0)
    assert sum(asked) == 2


def test_a_column_that_does_not_matter_is_no_other_question(
    root: Path, manifests: dict[str, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "n.csv"
    path.write_text("id,guests,weather\n" + "".join(f"{n},5,dry\n" for n in range(1000)))
    asked: list[int] = []
    answered = Questions.answered

    def counted(self: Questions, records: object = None) -> object:
        batch = list(records)
        asked.append(len(batch))
        return answered(self, batch)

    monkeypatch.setattr(Questions, "answered", counted)
    text, rows, *_ = remembered(manifests["line"], path)

    assert sum(asked) == 1
    assert rows == 1000
    assert [line.split("'")[1] for line in str(text).splitlines()] == [*map(str, range(1000))]


def test_little_is_remembered_of_a_file_in_which_all_rows_differ(
    root: Path, manifests: dict[str, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = root / "d.csv"
    path.write_text("guests,weather\n" + "".join(f"{n / 8},dry\n" for n in range(5000)))
    monkeypatch.setattr(ask_file, "_MOST_REMEMBERED", 100)
    monkeypatch.setattr(ask_file, "_BLOCK_BYTES", 512)
    kept: list[int] = []
    lines = ask_file._Remembered.lines

    def watched(self: ask_file._Remembered, *given: object) -> object:
        made = lines(self, *given)
        kept.append(max(len(self._lines), len(self._answers)))
        return made

    monkeypatch.setattr(ask_file._Remembered, "lines", watched)
    found = remembered(manifests["line"], path)

    assert found[1] == 5000
    assert max(kept) < 100 + 200  # of one block more


@pytest.mark.parametrize("name", ["mood", "moods"])
def test_classes_come_with_their_probabilities(
    root: Path, manifests: dict[str, Manifest], name: str
) -> None:
    path = root / "c.csv"
    path.write_text("guests,weather\n50,dry\n50,dry\n5,wet\n50,dry\n")
    text, *_ = remembered(manifests[name], path)
    first, second, third, fourth = str(text).splitlines()

    assert first == second == fourth != third
    assert "'=full'" in first
    answers = [answer for _, answer in Questions(manifests[name], path).answered()]
    assert answers[0].probabilities is not None
    assert str(answers[0].probabilities) in first


def test_a_line_of_many_bytes_is_one_row(root: Path, manifests: dict[str, Manifest]) -> None:
    """Of 600,000 letters, and over a million bytes: no part of it is a row of its own."""
    path = root / "l.csv"
    path.write_text(f"note,guests,weather\na,1,dry\n{'é' * 600_000},2,wet\nb,3,dry\n")
    found = remembered(manifests["line"], path)

    assert found == alone(manifests["line"], path)
    assert found[1] == 3


def test_a_line_of_over_a_million_letters_is_refused_by_its_number(
    root: Path, manifests: dict[str, Manifest]
) -> None:
    path = root / "m.csv"
    for letter in ("x", "é", "€", "𝄞"):
        path.write_text(f"note,guests,weather\na,1,dry\n{letter * 1_000_100},2,wet\nb,3,dry\n")
        (problem,) = remembered(manifests["line"], path)

        assert problem[:2] == (f"{path}:3", "the line is over 1,000,000 characters long")


def test_a_file_without_rows_is_refused(root: Path, manifests: dict[str, Manifest]) -> None:
    path = root / "e.csv"
    for text in ("guests,weather\n", "guests,weather", "guests,weather\n\n\r\n\n"):
        path.write_text(text)

        assert remembered(manifests["line"], path) == [
            (str(path), "the file has a header and no rows", "write one row a question")
        ]


def test_a_truth_that_is_missing_is_named(root: Path, manifests: dict[str, Manifest]) -> None:
    path = root / "t.csv"
    path.write_text("guests,weather,doughs\n1,dry,5\n2,dry, \n")

    with pytest.raises(DataError, match="the label 'doughs' is empty") as caught:
        list(Questions(manifests["line"], path, label="doughs").answered())
    assert caught.value.problems[0].place == f"{path}:3"


def test_truths_are_read_beside_the_questions(root: Path, manifests: dict[str, Manifest]) -> None:
    path = root / "u.csv"
    path.write_text('doughs,guests,weather\n5,1,dry\n"7.5",2,wet\n')
    rows = [row for row, _ in Questions(manifests["line"], path, label="doughs").answered()]

    assert [row.label for row in rows] == [5.0, 7.5]
    assert [row.place for row in rows] == [f"{path}:2", f"{path}:3"]
