"""Answers to a file are the answers that each row gets alone, to the letter."""

from __future__ import annotations

import io
import os
import random
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli import wording
from mlcli.answering import model as asking
from mlcli.answering.features import Input, UnknownLevelError
from mlcli.answering.model import Model
from mlcli.answering.ranges_and_decisions import Ready
from mlcli.cli import predict_file
from mlcli.cli.process import main
from mlcli.errors import DataError, RefusedError
from mlcli.exports.csv import writing
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.reading_progress import UNWATCHED
from mlcli.grammar.cells import CellError
from mlcli.store import versions
from mlcli.store.manifest import Manifest
from mlcli.verbs import ask_file
from mlcli.verbs.ask import load
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


Outcome = tuple[str, list[str]] | list[tuple[str, str, str]]


def at_once(manifest: Manifest, path: Path) -> Outcome:
    """Return what `predict` writes for a file, and says of it; or the problems that it names."""
    target, said = path.with_suffix(".out"), io.StringIO()
    with redirect_stderr(said):
        try:
            predict_file.answer_file(
                manifest,
                path,
                target,
                ready=Ready(),
                exports=(),
                anyway=False,
                strict=False,
                raw=False,
                why=False,
                json=False,
                watch=UNWATCHED,
            )
        except DataError as error:
            return [(p.place, p.message, p.hint) for p in error.problems]
    counts = said.getvalue().replace(f" to {target}", "").splitlines()
    return target.read_bytes().decode(), [line for line in counts if _COUNTED.match(line)]


_COUNTED = re.compile(r"[\d,]+ rows?, [\d,]+ refused$|note: .* with a ' before ")


def alone(manifest: Manifest, path: Path) -> Outcome:
    """Return the same, each row read, answered and written by itself."""
    reader, model = CsvReader(path, name=str(path)), load(manifest)
    whole = [*manifest.target.columns]
    text = writing.line([*map(writing.defused, reader.header), "answer", *whole, "note"], ",")
    try:
        rows = [*reader]
        for line, cells in rows:
            for feature in manifest.features:
                _read(feature, cells[reader.position(feature.name)], f"{path}:{line}")
    except DataError as error:
        return [(p.place, p.message, p.hint) for p in error.problems]
    if not rows:
        return [(str(path), "the file has a header and no rows", "write one row a question")]
    refused = defused = 0
    for _, cells in rows:
        question = {
            name: cells[reader.position(name)] or None
            for name in ("weather", "open")
            if name in reader.columns
        }
        number = cells[reader.position("guests")]
        question["guests"] = float(number) if number.strip() else None
        kept, added = [*map(writing.defused, cells)], _answered(model, question)
        text += writing.line([*kept, *added], ",")
        refused, defused = refused + (not added[0]), defused + (kept != cells)
    said = [f"{wording.count(len(rows), 'row')}, {refused} refused"]
    if defused:
        what = "with a ' before what a spreadsheet would run; --raw leaves it out"
        said.append(f"note: {wording.count(defused, 'row')} {what}")
    return text, said


def _read(feature: Input, cell: str, place: str) -> None:
    try:
        if cell.strip():
            feature.read(cell)
    except UnknownLevelError:  # of its row alone
        pass
    except CellError as error:
        hint = error.hint or "mend the cell"
        message = f"column {feature.name!r}: {error}"
        raise DataError(message, place=place, hint=hint) from error


def _answered(model: Model, question: dict[str, float | str | None]) -> list[str]:
    """Return the cells behind a row."""
    empty = [""] * len(model.target.columns)
    try:
        found = model.answer(question)
    except RefusedError as error:
        return ["", *empty, str(error)]
    sure = [repr(found.probabilities[found.answer])] if found.probabilities else empty
    answer = found.answer
    if not isinstance(answer, str):
        answer = f"{answer:.0f}" if answer.is_integer() else repr(answer)
    return [writing.defused(answer), *sure, writing.defused("; ".join(found.notes))]


guests = st.sampled_from(["1", "2", "2.0", " 2", "30", "59", "950", "", " ", "1e1", "-3"])
weather = st.sampled_from(["dry", "wet", "=wild", "hail", ""])
opened = st.sampled_from(["yes", "yes", "no", ""])
note = st.sampled_from(["", "a", "=1+1", "é", "a b", "x;y"])
tricky = st.sampled_from(['"a,b"', '"a\nb"', '"a""b"', '"=1"', '"a\r\nb"', "\x85", "\u2028"])
faults = st.sampled_from(
    ["many,dry,yes,a", "1,dry,yes", "1,dry,yes,a,b", '1,dry,yes,a"b', "", "1,dry,yes,\0"]
)


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


HEADER = ["guests", "weather", "open", "memo"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    file=files(),
    name=st.sampled_from(list(MODELS)),
    block=st.sampled_from([1, 7, 20, 64, 1 << 16]),
    numbers=st.sampled_from([1, 9, 1 << 16]),
    ended=st.booleans(),
)
def test_a_file_is_answered_as_each_of_its_rows_alone(
    root: Path,
    manifests: dict[str, Manifest],
    file: tuple[list[int], list[str], str],
    name: str,
    block: int,
    numbers: int,
    ended: bool,
) -> None:
    columns, lines, end = file
    path = root / "q.csv"
    text = end.join([",".join(HEADER[at] for at in columns), *lines]) + (end if ended else "")
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_file, "_BLOCK_BYTES", block)
        patch.setattr(asking, "_MOST_NUMBERS", numbers)
        found = at_once(manifests[name], path)

    assert found == alone(manifests[name], path)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    known=st.lists(st.tuples(guests, weather, opened, note), min_size=1, max_size=5),
    before=st.lists(st.integers(0, 4), max_size=30),
    after=st.lists(st.integers(0, 4), min_size=1, max_size=10),
    fault=faults,
    whole=st.booleans(),
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
    block: int,
    end: str,
) -> None:
    """It is the same error as of the row alone; lines that say the same stand around it."""
    path = root / "f.csv"
    lines = [",".join(known[at % len(known)]) for at in before]
    lines += [fault, *(",".join(known[at % len(known)]) for at in after), fault]
    header = ",".join(HEADER)
    if whole and "," in fault:  # a file in which every cell matters
        header = header.removesuffix(",memo")
        lines = [line.rpartition(",")[0] if len(line.split(",")) > 3 else line for line in lines]
        if fault in {"1,dry,yes", '1,dry,yes,a"b', "1,dry,yes,\0"}:
            return
    path.write_bytes((end.join([header, *lines]) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_file, "_BLOCK_BYTES", block)
        found = at_once(manifests["line"], path)

    assert isinstance(found, list)
    assert found == alone(manifests["line"], path)
    if not any(cell in {"", " "} for row in known for cell in row):
        assert found[0][0] == f"{path}:{len(before) + 2}"


def test_a_line_of_many_bytes_is_one_row(root: Path, manifests: dict[str, Manifest]) -> None:
    """Of 600,000 letters, and over a million bytes: no part of it is a row of its own."""
    path = root / "l.csv"
    path.write_text(f"memo,guests,weather\na,1,dry\n{'é' * 600_000},2,wet\nb,3,dry\n")
    found = at_once(manifests["line"], path)

    assert found == alone(manifests["line"], path)
    assert found[1] == ["3 rows, 0 refused"]


def test_a_line_of_over_a_million_letters_is_refused_by_its_number(
    root: Path, manifests: dict[str, Manifest]
) -> None:
    path = root / "m.csv"
    for letter in ("x", "é", "€", "𝄞"):
        path.write_text(f"memo,guests,weather\na,1,dry\n{letter * 1_000_100},2,wet\nb,3,dry\n")
        (problem,) = at_once(manifests["line"], path)

        assert problem[:2] == (f"{path}:3", "the line is over 1,000,000 characters long")


def test_a_word_that_is_too_long_is_refused_by_its_line(root: Path) -> None:
    text = TABLE.format(label="doughs", model="ridge").replace(
        "category", "category, unseen: other"
    )
    (root / "configs/open.yaml").write_text(text)
    with redirect_stdout(io.StringIO()):
        assert main(["fit", str(root / "configs/open.yaml"), "--json"]) == 0
    path = root / "w.csv"
    path.write_text(f"guests,weather\n1,dry\n2,{'x' * 100_001}\n")

    (problem,) = at_once(versions.read(root / "models", "open"), path)

    assert problem[0] == f"{path}:3"


def test_a_file_without_rows_is_refused(root: Path, manifests: dict[str, Manifest]) -> None:
    path = root / "e.csv"
    for text in ("guests,weather\n", "guests,weather", "guests,weather\n\n\r\n\n"):
        path.write_text(text)

        assert at_once(manifests["line"], path) == [
            (str(path), "the file has a header and no rows", "write one row a question")
        ]


def test_a_row_whose_truth_is_missing_is_refused(
    root: Path, manifests: dict[str, Manifest]
) -> None:
    path = root / "t.csv"
    path.write_text("guests,weather,doughs\n1,dry,5\n2,dry, \n")

    sound, lacking = Questions(manifests["line"], path, label="doughs").each()

    assert (lacking.value, lacking.notes) == (None, ("the label 'doughs' is empty",))
    assert sound.value is not None


def test_truths_are_read_beside_the_questions(root: Path, manifests: dict[str, Manifest]) -> None:
    path = root / "u.csv"
    path.write_text('doughs,guests,weather\n5,1,dry\n"7.5",2,wet\n')
    questions = Questions(manifests["line"], path, label="doughs")
    (rows,) = questions.answered()

    assert [*rows.truths] == [5.0, 7.5]
    assert [questions.place(rows.block, at) for at in (0, 1)] == [f"{path}:2", f"{path}:3"]
