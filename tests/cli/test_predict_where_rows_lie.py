"""`mlcli predict` on questions that a Spark server has, answered and written there."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from sail import sail
from support import Project

from mlcli.exports.spark.answering_workers import libraries

FIRST = """\
day,reservations,memo
2023-06-08,15,"a ""b"" c"
2023-06-09,15,on a Friday
2023-06-12,,gone
2023-06-13,1500,=1+1
"""
SECOND = """\
day,reservations,memo
2023-06-14, 22 ,
2023-06-15,3.5,"x,y"
2023-06-16T00:00,1e1,é
"""
SAID = """\
7 rows to {to}, 3 refused
1 answered with a note
note: 1 row with a ' before what a spreadsheet would run; --raw leaves it out
low, high: 80 % of such days lie between them
off by 2.9 doughs on average over 52 held-out days; always answering the mean would be off by 8.4 \
- pizzeria@1
"""


@pytest.fixture
def asked(
    project: Project, sample: Path, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """The sample, questions in a folder of two files, and a server that sees it."""
    shutil.copytree(sample, project.root, dirs_exist_ok=True)
    project.write("q/a.csv", FIRST)
    project.write("q/b.csv", SECOND)
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    return project


FOREST = """\
sources:
  visits: {file: data/visits.csv}
rules:
  - keep: {open: true, because: closed}
features:
  - guests
  - {name: weather, kind: category}
  - {name: play, kind: tags, unseen: other}
label: MOOD
model: {name: random_forest, trees: 5}
holdout: none
"""


WORKED_OUT = """\
sources:
  visits: {file: data/visits.csv}
rules:
  - fill_missing: {guests: 0}
  - derive: {weekday: weekday of day}
  - bands: {of: guests, as: size, few: under 10, many: 10 or more}
  - between: {guests: under 100, because: too many}
features: [{name: weekday, kind: category}, {name: size, kind: category}, guests]
label: {name: litres, whole: false}
model: ridge
holdout: none
engine: {name: spark, url: $MLCLI_HERE}
"""


def _records(folder: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header that all files of a folder have, and their rows, sorted."""
    texts = [path.read_text("utf-8") for path in folder.glob("*.csv")]
    files = [[*csv.reader(text.splitlines())] for text in texts]
    (header,) = {tuple(lines[0]) for lines in files}
    return [*header], sorted(row for lines in files for row in lines[1:])


@pytest.mark.spark
def test_answers_of_a_server_are_those_of_a_file(asked: Project) -> None:
    to = asked.root / "answers"
    ended = asked.mlcli(
        *("predict", "--input", asked.root / "q", "--output", to, "--engine", "spark"),
        *("--range", "80%"),
    )
    asked.write("all.csv", FIRST + SECOND.partition("\n")[2])
    (asked.root / "one").mkdir()
    alone = asked.mlcli(
        *("predict", "--input", "all.csv", "--output", "one/here.csv", "--range", "80%")
    )

    assert (ended.code, ended.out) == (0, "")
    assert ended.err == SAID.format(to=to)
    assert alone.code == 0
    assert _records(to) == _records(asked.root / "one")


@pytest.mark.spark
def test_parquet_is_answered_as_parquet(asked: Project) -> None:
    """Whole numbers stay whole, times have no zone, and what is there is not written over.

    Of numbers that are none, NaN is a missing one, as in exports, and infinity is an error.
    """
    days = [datetime(2023, 6, 8), datetime(2023, 6, 9), None]
    table = pa.table({"memo": ["=a", None, "b"], "day": days, "reservations": [15, 15, 20]})
    (asked.root / "p").mkdir()
    parquet.write_table(table, asked.root / "p/q.parquet")
    words = ("predict", "--input", f"file://{asked.root}/p", "--output", f"file://{asked.root}/to")
    ended = asked.mlcli(*words, "--engine", "spark")

    assert ended.err.startswith(f"3 rows to file://{asked.root}/to, 1 refused\n")
    found: Any = parquet.read_table(asked.root / "to").sort_by("reservations").to_pylist()
    by_day = {row["day"]: (row["memo"], row["answer"], row["note"]) for row in found}
    assert by_day == {
        days[0]: ("=a", 49, ""),
        days[1]: (None, None, "too busy to take reservations"),
        days[2]: ("b", int(asked.mlcli("predict", "--reservations", 20).out.split()[0]), ""),
    }
    said = asked.fails(2, *words, "--engine", "spark")
    assert "is there already\nhint: name a folder that is not there yet" in said
    for number, code, expected in (
        (float("nan"), 0, "3 rows to file://{}/nan, 1 refused\n"),
        (float("inf"), 3, "column 'reservations' holds a number that none of a model is"),
    ):
        table = pa.table({"day": [days[0]] * 3, "reservations": [15.0, number, 20.0]})
        parquet.write_table(table, asked.root / "p/q.parquet")
        ended = asked.mlcli(*words[:4], f"file://{asked.root}/{number}", "--engine", "spark")
        assert (ended.code, expected.format(asked.root) in ended.err) == (code, True), ended.err


@pytest.mark.spark
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(("label", "model"), [("mood", "random_forest"), ("doughs", "ridge")])
def test_workers_answer_with_what_no_expression_says(
    project: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch, label: str, model: str
) -> None:
    """Trees, and lists of words: by the code that answers files, with all that it notes."""
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    project.define(FOREST.replace("MOOD", label).replace("random_forest, trees: 5", model), "it")
    visits = [
        f'{n},{"dry" if n % 3 else "wet"},"a, {"bc"[n % 2]}",true,{"busy" if n > 9 else "calm"},{n}'
        for n in range(1, 20)
    ]
    project.write("data/visits.csv", "guests,weather,play,open,mood,doughs\n" + "\n".join(visits))
    assert project.mlcli("fit", "it", "--quiet").code == 0
    asked = [
        *('3,dry,"a,b",true', '30,wet,"c,d",TRUE', "1,,a,true", "2,hail,a,true"),
        *(",dry,a,true", '4,dry,"[""a"", ""b""]",false', "5,wet,,true"),
    ]
    project.write("q/q.csv", "guests,weather,play,open\n" + "\n".join(asked) + "\n")
    to = project.root / "to"
    words = ("predict", "--input", f"{project.root}/q/q.csv")
    ended = project.mlcli(*words, "--output", to, "--engine", "spark")
    (project.root / "one").mkdir()

    assert ended.err.startswith(f"7 rows to {to}, 4 refused\n"), ended.err
    assert project.mlcli(*words, "--output", "one/here.csv").code == 0
    assert _records(to) == _records(project.root / "one")
    project.write("q/q.csv", "guests,weather,play,open\n1e30,dry,a,true\n3,dry,a,true\n")
    project.works(*words, "--output", f"{project.root}/large", "--engine", "spark")
    notes = [row[-1] for row in _records(project.root / "large")[1]]
    assert any("too large to write down" in note for note in notes) == (model == "ridge")
    here = {**libraries(), "scikit-learn": "1.2.3"}
    monkeypatch.setattr("mlcli.exports.spark.answering_workers.libraries", lambda: here)
    said = project.fails(5, *words, "--output", f"{project.root}/more", "--engine", "spark")
    assert said == (
        "error: the workers of the Spark server have scikit-learn "
        f"{version('scikit-learn')}, and here it is 1.2.3\n"
        "hint: install the same one there, or take the rows to this machine\n"
    )


@pytest.mark.spark
@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize("last", ["10 or more", "10 to 50"])
def test_features_are_worked_out_there_by_the_server_of_the_definition(
    project: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """A path with a scheme is the cluster's where the definition says its engine.

    Bands that do not hold every number are for workers, who say which one lies in none.
    """
    monkeypatch.setenv("MLCLI_HERE", spark_url)
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    project.define(WORKED_OUT.replace("10 or more", last), "it")
    visits = [f"2023-05-{1 + n:02},{n},{n * 1.25 + n % 7}" for n in range(1, 29)]
    project.write("data/visits.csv", "day,guests,litres\n" + "\n".join(visits))
    assert project.mlcli("fit", "it", "--quiet").code == 0
    asked = ["2023-06-04,3", "2023-06-05,12.5", ",4", "2023-06-10,", "2023-06-11,150"]
    project.write("q.csv", "day,guests\n" + "\n".join(asked) + "\n")
    to = project.root / "to"
    ended = project.mlcli(
        "predict", "--input", f"file://{project.root}/q.csv", "--output", f"file://{to}"
    )
    (project.root / "one").mkdir()

    assert ended.err.startswith(f"5 rows to file://{to}, 2 refused\n"), ended.err
    assert project.mlcli("predict", "--input", "q.csv", "--output", "one/here.csv").code == 0
    header, rows = _records(to)
    alone, theirs = _records(project.root / "one")
    assert header == alone
    for ours, wanted in zip(rows, theirs, strict=True):
        assert ours[:2] + ours[3:] == wanted[:2] + wanted[3:]
        assert ours[2] == wanted[2] or float(ours[2]) == pytest.approx(float(wanted[2]), rel=1e-13)


@pytest.mark.spark
@pytest.mark.usefixtures("unvalidated")
def test_of_an_export_with_marks_of_its_own_parquet_is_answered(
    project: Project, spark_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", spark_url)
    keys = "file: data/visits.csv, delimiter: ;, decimal: ','"
    project.define(
        f"sources:\n  visits: {{{keys}}}\nfeatures: [guests]\nlabel: litres\n"
        "model: linear_regression\nholdout: none\n",
        "it",
    )
    visits = [f"{n},5;{2 * n},25" for n in range(30)]  # litres = 2 guests - 0.75
    project.write("data/visits.csv", "guests;litres\n" + "\n".join(visits))
    assert project.mlcli("fit", "it", "--quiet").code == 0
    project.write("q.csv", "guests\n3.5\n")
    parquet.write_table(pa.table({"guests": [3.5, 20.0]}), project.root / "q.parquet")

    def words(form: str, to: str) -> tuple[str, ...]:
        there = ("--input", f"{project.root}/q.{form}", "--output", f"{project.root}/{to}")
        return ("predict", *there, "--engine", "spark")

    for refused in (words("csv", "to"), words("parquet", "to.csv")):
        said = project.fails(2, *refused)
        assert 'the export of guests has marks or forms of its own, such as  decimal: ","' in said
        assert "hint: write questions and answers as Parquet, or take the rows to this" in said
    assert project.mlcli(*words("parquet", "to")).err.startswith("2 rows to ")
    found: Any = parquet.read_table(project.root / "to").sort_by("guests").to_pylist()
    assert [row["answer"] for row in found] == pytest.approx([6.25, 39.25])


@pytest.mark.spark
def test_what_is_wrong_is_said_before_anything_is_written(asked: Project) -> None:
    q, to = asked.root / "q", asked.root / "to"
    words = ["predict", "--input", f"{q}", "--output", f"{to}", "--engine", "spark"]

    assert asked.fails(6, *words, "--strict") == (
        "refused: 3 of 7 rows refused: nothing was written\n"
        "hint: leave --strict out to have the others\n"
    )
    asked.write("q/c.csv", "day,reservations,memo\n2023-06-14,many,\n")
    assert asked.fails(3, *words) == (
        f"error: {q}: column 'reservations': 'many' is not a number\n"
        "hint: write digits and a decimal point only, such as 3.5; the server knows no lines: "
        "search for the cell\n"
    )
    asked.write("q/c.csv", "day,reservations,memo\n2023-06-14,3\n")
    assert asked.fails(3, *words) == (
        f"error: {q}: a line is not one row of 3 cells\n"
        "hint: it reads '2023-06-14,3': mend it; questions with line breaks are read as Parquet\n"
    )
    asked.write("q/c.csv", "day,reservations,memo\n2023-06-14,3,\n\n")
    assert asked.fails(3, *words) == (
        f"error: {q}: a line is not one row of 3 cells\n"
        "hint: it is empty: take out each line that is, below the last row too\n"
    )
    asked.write("q/c.csv", "reservations,day,memo\n3,2023-06-14,\n")
    assert asked.fails(3, *words).startswith(f"error: {q}: the files have different headers\n")
    asked.write("n/q.csv", "day,reservations\n2023-06-14,3\nday,reservations\n")
    assert asked.fails(3, *words[:2], f"{asked.root}/n", *words[3:]) == (
        f"error: {asked.root}/n: a line repeats the header\n"
        "hint: take it out; was one export put below another?\n"
    )
    asked.write("n/q.csv", '"day,reservations\n2023-06-14,3\n')
    assert asked.fails(3, *words[:2], f"{asked.root}/n", *words[3:]) == (
        f"error: {asked.root}/n: the header is not one row: it reads '\"day,reservations'\n"
        "hint: mend it\n"
    )
    asked.write("n/q.csv", "day,reservations,Note\n2023-06-14,3,\n")
    assert asked.fails(3, *words[:2], f"{asked.root}/n", *words[3:]) == (
        f"error: {asked.root}/n: the columns 'Note' and 'note' differ by case alone, and Spark "
        "takes them for one\nhint: rename one of them\n"
    )
    asked.write("n/q.csv", "day,reservations,answer\n2023-06-14,3,\n")
    assert "there is a column 'answer' already, which mlcli adds" in asked.fails(
        *(3, *words[:2], f"{asked.root}/n", *words[3:])
    )
    assert asked.fails(3, *words[:2], f"{q}/none.csv", *words[3:]) == (
        f"error: {q}/none.csv: there are no questions\n"
        "hint: name a file, or a folder of files, as the Spark server calls it\n"
    )
    assert not to.exists()


ROWS = 600_000


def _asking(project: Project, url: str) -> subprocess.Popen[str]:
    words = ("predict", "--input", project.root / "many", "--output", project.root / "to")
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "mlcli", *words, "--engine", "spark"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SPARK_REMOTE": url},
    )


@pytest.mark.slow
def test_a_server_killed_at_any_moment_leaves_no_half_that_nobody_is_told_of(
    project: Project, sample: Path
) -> None:
    """Nor does Ctrl-C. What is there is not written over, and taken away it is asked again."""
    shutil.copytree(sample, project.root, dirs_exist_ok=True)
    lines = (f"2023-{1 + n % 12:02}-{1 + n % 28:02},{n % 60}\n" for n in range(ROWS))
    project.write("many/q.csv", "day,reservations\n" + "".join(lines))
    to = project.root / "to"

    def whole(url: str) -> None:
        shutil.rmtree(to, ignore_errors=True)
        ended = _asking(project, url)
        _, said = ended.communicate(timeout=120)
        assert ended.returncode == 0, said
        assert said.startswith(f"{ROWS:,} rows to {to}, ")
        assert len(_records(to)[1]) == ROWS

    with sail() as server:
        began = time.monotonic()
        whole(server.url)
        took = time.monotonic() - began
    codes = []
    for moment in range(12):
        shutil.rmtree(to, ignore_errors=True)
        with sail() as server:
            asked = _asking(project, server.url)
            time.sleep(took * (moment + 1) / 13)
            server.kill()
            _, said = asked.communicate(timeout=60)
        codes.append(asked.returncode)
        assert asked.returncode in {0, 5}, said
        if asked.returncode:
            assert "no Spark server answers there, or it went away\n" in said
            assert not to.exists() or "some of the answers may be there by now" in said
    assert codes.count(5) >= 4
    shutil.rmtree(to, ignore_errors=True)
    with sail() as server:
        asked = _asking(project, server.url)
        time.sleep(took / 2)
        asked.send_signal(signal.SIGINT)
        _, said = asked.communicate(timeout=60)
        assert asked.returncode in {0, 130}, said
        assert not to.exists() or f"perhaps some of {to} was saved" in said or not asked.returncode
        whole(server.url)


WITHOUT = {
    "--input s3://u:secret@b/q --output s3://b/a": """\
error: --input s3://u:******@b/q is a path of a cluster, which the engine spark alone reads and \
writes
hint: add  --engine spark
""",
    "--input s3://b/q --engine spark": """\
error: rows that are answered where they lie stay there, and --output is missing
hint: add  --output FOLDER,  as the Spark server calls it
""",
    "--input s3://b/q --output s3://b/a --engine spark --json": """\
error: --json shows answers here, and those of --engine spark are written where the rows lie
hint: leave --json out
""",
    "--input s3://b/q --output s3://b/a --engine spark --why": """\
error: --why shows answers here, and those of --engine spark are written where the rows lie
hint: leave --why out
""",
    "--input q --output s3://b/a --engine spark": """\
error: --input q is no path that a Spark server finds
hint: write it as the server does: s3://BUCKET/q, or from the root on: /...
""",
    "--input s3://b/q/ --output s3://b/q/a --engine spark": """\
error: --output lies within --input: answers would be read as questions
hint: name another folder
""",
    "--reservations 15 --engine spark": """\
error: --engine spark needs --input
hint: leave it out: a single question is answered here
""",
    "--input s3://b/q --output s3://b/a --engine spark": """\
error: the environment variable SPARK_REMOTE is not set, which says where the Spark server is
hint: export SPARK_REMOTE='sc://HOST:15002'
""",
}


@pytest.mark.parametrize("words", WITHOUT)
def test_options_that_need_a_server_say_so_without_one(
    project: Project, sample: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    shutil.copytree(sample, project.root, dirs_exist_ok=True)

    said = WITHOUT[words]
    assert project.fails(5 if "environment" in said else 2, "predict", *words.split()) == said


@pytest.mark.spark
def test_where_a_server_cannot_look_is_asked_about(asked: Project) -> None:
    there = ("--output", "nowhere://shop/doughs/", "--engine", "spark")

    shown = asked.fails(3, "predict", "-m", "pizzeria", "--input", f"{asked.root}/q", *there)

    assert "error: nowhere://shop/doughs/: the cluster cannot look there: " in shown
    assert "hint: is the path right, and may the cluster read it?\n" in shown
