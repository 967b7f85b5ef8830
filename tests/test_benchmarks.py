"""The benchmarks stay runnable on tiny inputs, and notice contenders that disagree."""

from __future__ import annotations

import csv
import json
import re
import runpy
import subprocess
import sys
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression, median

import agreement
import make_exports
import pytest
import report
from agreement import DisagreeError, Line
from conftest import ROOT
from contenders import SECTIONS
from measuring import Run

BENCHMARKS = ROOT / "benchmarks"
PLAIN = BENCHMARKS / "plain"
LINES = 6_000


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project to fit."""
    folder = tmp_path_factory.mktemp("chain")
    make_exports.pizzeria(folder, LINES)
    return folder


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project to ask."""
    folder = tmp_path_factory.mktemp("mill")
    make_exports.flour(folder, LINES)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def sold_by_day(folder: Path) -> Counter[str]:
    sold: Counter[str] = Counter()
    for row in rows(folder / "data" / "orders.csv"):
        if row["item_name"] == "pizza":
            sold[row["ordered_at"][:10]] += int(row["quantity"])
    return sold


def booked_by_day(folder: Path) -> Counter[str]:
    return Counter(row["datetime"][:10] for row in rows(folder / "data" / "reservations.csv"))


# -- the files --------------------------------------------------------------------------------


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        make_exports.pizzeria(tmp_path / name, LINES, seed)
        make_exports.flour(tmp_path / name, LINES, seed)

    for file in ("orders.csv", "reservations.csv", "questions.csv", "nights.csv"):
        one, again, other = (
            (tmp_path / name / "data" / file).read_bytes() for name in ("one", "again", "other")
        )
        assert one == again
        assert one != other


def test_files_that_are_there_stay_and_unfinished_ones_are_made_again(tmp_path: Path) -> None:
    make_exports.pizzeria(tmp_path, LINES)
    orders = tmp_path / "data" / "orders.csv"
    whole = orders.read_bytes()
    orders.write_text("kept")
    make_exports.pizzeria(tmp_path, LINES)
    assert orders.read_text() == "kept"

    orders.unlink()
    orders.with_suffix(".unfinished").write_bytes(whole[:100])
    make_exports.pizzeria(tmp_path, LINES)
    assert orders.read_bytes() == whole
    assert sorted(path.name for path in orders.parent.iterdir()) == [
        "orders.csv",
        "reservations.csv",
    ]


def test_the_exports_have_the_shape_of_the_samples(chain: Path) -> None:
    for name in ("orders.csv", "reservations.csv"):
        sample, made = rows(ROOT / "data" / name), rows(chain / "data" / name)
        assert list(made[0]) == list(sample[0])
        for column in made[0]:
            patterns = [
                {re.sub(r"[0-9]+", "0", row[column]) for row in table} for table in (made, sample)
            ]
            assert column == "item_name" or patterns[0] == patterns[1]

    orders, bookings = (rows(chain / "data" / n) for n in ("orders.csv", "reservations.csv"))
    assert len(orders) == LINES
    assert len(bookings) == LINES / 5
    assert {row["item_name"] for row in orders} == set(make_exports.ITEMS)
    assert {int(row["quantity"]) for row in orders} == {1, 2, 3}
    assert {int(row["table_num"]) for row in orders} == set(range(1, 25))
    assert {int(row["guests"]) for row in bookings} == set(range(1, 9))
    assert [row["name"] for row in bookings] == [f"R{n:09d}" for n in range(1, len(bookings) + 1)]


def test_the_exports_are_in_order_of_time_and_go_on_for_years(chain: Path) -> None:
    for name, column in (("orders.csv", "ordered_at"), ("reservations.csv", "datetime")):
        times = [datetime.fromisoformat(row[column]) for row in rows(chain / "data" / name)]
        assert all(one <= other for one, other in pairwise(times))
        assert times[0].year == 2018
        assert times[-1].year == (2023 if column == "ordered_at" else 2024)
        assert all(17 <= time.hour <= 22 for time in times)


def test_many_blocks_have_no_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks end between days: there are a hundred blocks here, of about 1,300 lines."""
    monkeypatch.setattr(make_exports, "_ROWS", 1_300)
    make_exports.pizzeria(tmp_path, 130_000)
    orders = rows(tmp_path / "data" / "orders.csv")
    days = Counter(row["ordered_at"][:10] for row in orders)

    assert len(orders) == 130_000
    assert 2090 < len(days) < 2191  # 2 in 100 are closed
    assert 55 < median(days.values()) < 75
    assert max(days.values()) < 110
    size = (tmp_path / "data" / "orders.csv").stat().st_size
    assert 37 <= size / 130_000 <= 39
    share = sum(row["item_name"] == "pizza" for row in orders) / 130_000
    assert 0.38 < share < 0.41
    bookings = rows(tmp_path / "data" / "reservations.csv")
    assert [row["name"] for row in bookings] == [f"R{n:09d}" for n in range(1, 26_001)]
    for table, column in ((orders, "ordered_at"), (bookings, "datetime")):
        assert all(one[column] <= other[column] for one, other in pairwise(table))
    sold, booked = sold_by_day(tmp_path), booked_by_day(tmp_path)
    assert set(days) - set(sold)  # nothing but other things
    assert set(days) - set(booked)
    assert {day for day in booked if day >= "2024-01-01"} - set(days)  # booked, not yet sold


def test_the_questions_are_32_000_numbers_within_what_is_learned(mill: Path) -> None:
    asked = [int(row["reservations"]) for row in rows(mill / "data" / "questions.csv")]
    nights = rows(mill / "data" / "nights.csv")

    assert len(asked) == LINES
    assert len(set(asked)) > 0.9 * LINES  # 32,000 are possible
    assert (mill / "data" / "questions.csv").stat().st_size == len("reservations\n") + 7 * LINES
    learned = [int(night["reservations"]) for night in nights]
    assert min(learned) == 100_000 <= min(asked)
    assert max(learned) == 131_999 >= max(asked)
    assert any(float(night["flour"]) % 1 for night in nights)


# -- the scripts ------------------------------------------------------------------------------


def run_plain(script: str, *words: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Run a plain script here; where it reads in chunks, in chunks of 100."""
    small = folder / script
    code = (PLAIN / script).read_text(encoding="utf-8")
    small.write_text(code.replace("ROWS = 500_000", "ROWS = 100"), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", [script, *map(str, words)])
    runpy.run_path(str(small), run_name="__main__")


@pytest.mark.parametrize(
    "script", ["pandas_plain.py", "pandas_chunks.py", "duckdb_sql.py", "polars_plain.py"]
)
def test_every_plain_script_finds_the_line_that_plain_python_finds(
    script: str,
    chain: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip({"duckdb_sql.py": "duckdb", "polars_plain.py": "polars"}.get(script, "csv"))
    sold, booked = sold_by_day(chain), booked_by_day(chain)
    days = [
        day
        for day in sorted(set(sold) & set(booked))
        if f"{datetime.fromisoformat(day):%A}" not in {"Friday", "Saturday"}
    ]
    slope, intercept = linear_regression([booked[d] for d in days], [sold[d] for d in days])
    files = [chain / "data" / name for name in ("orders.csv", "reservations.csv")]
    run_plain(script, *files, monkeypatch=monkeypatch, folder=tmp_path)

    found = agreement.printed_line(capsys.readouterr().out)
    assert found.days == len(days) > 600
    assert found.slope == pytest.approx(slope, rel=1e-9)
    assert found.intercept == pytest.approx(intercept, rel=1e-9)


def test_the_plain_answers_are_those_of_the_line(
    mill: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights = rows(mill / "data" / "nights.csv")
    slope, intercept = linear_regression(
        [float(night["reservations"]) for night in nights],
        [float(night["flour"]) for night in nights],
    )
    questions, answers = mill / "data" / "questions.csv", tmp_path / "answers.csv"
    for script, words in (
        ("make_model.py", (mill / "data" / "nights.csv", tmp_path / "model")),
        ("pandas_predict.py", (tmp_path / "model", questions, answers)),
    ):
        run_plain(script, *words, monkeypatch=monkeypatch, folder=tmp_path)

    found = [float(row["answer"]) for row in rows(answers)]
    asked = [float(row["reservations"]) for row in rows(questions)]
    assert found == pytest.approx([intercept + slope * x for x in asked], rel=1e-9)


def run(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / "run.py"), *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command_compares_predictions_and_keeps_its_files_where_it_is_told(
    tmp_path: Path,
) -> None:
    ended = run(
        *("--only", "predict", "--lines", 2000, "--rounds", 1, "--folder", tmp_path / "files"),
        *("--json", tmp_path / "figures.json"),
        folder=tmp_path,
    )

    assert ended.returncode == 0, ended.stderr
    assert "2,000 answers" in ended.stdout
    (section,) = json.loads((tmp_path / "figures.json").read_text())["sections"]
    assert [one["name"] for one in section["contenders"]] == ["pandas", "mlcli"]
    for one in section["contenders"]:
        assert len(one["wall"]) == len(one["cpu"]) == len(one["peak"]) == 1
        assert 0.05 < one["wall"][0] < 60
        assert 20e6 < one["imports"] < one["peak"][0] < 1e9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.json", "files"]
    assert rows(tmp_path / "files" / "2000-lines" / "flour" / "mlcli.csv")


@pytest.mark.slow
def test_the_command_compares_fits_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = run("--only", "fit", "--lines", 3000, "--rounds", 2, "--markdown", folder=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert "| pandas chunks |" in ended.stdout
    assert re.search(r"^\| mlcli \|( [0-9.]+ \|){6}$", ended.stdout, re.MULTILINE)
    assert "agree to 1e-09 of each" in ended.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--lines", "10"], "at least"), (["--rounds", "0"], "at least"), (["--only", "x"], "choose")],
)
def test_the_command_asked_wrongly_says_so(words: list[str], said: str, tmp_path: Path) -> None:
    ended = run(*words, folder=tmp_path)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""


def test_every_contender_names_files_that_are_there(tmp_path: Path) -> None:
    for section in SECTIONS.values():
        made = section(tmp_path)
        names = [one.name for one in made.contenders]
        assert set(made.beside) <= set(names)
        for one in made.contenders:
            assert one.words[0] == "-m" or Path(one.words[0]).is_file()


# -- agreement --------------------------------------------------------------------------------

LINE = Line(2.5, 40.0, 300)


def test_lines_that_agree_to_the_tolerance_are_said_to() -> None:
    near = Line(2.5 * (1 + 0.9e-9), 40.0, 300)

    said = agreement.check_lines({"one": LINE, "other": near})

    assert said == "slope 2.5 and intercept 40 on 300 days: all 2 agree to 1e-09 of each"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (LINE._replace(slope=2.5 * (1 + 1.1e-9)), "slope: 2.5 by one, 2.50000000275"),
        (LINE._replace(intercept=40 * (1 - 1.1e-9)), "intercept: 40.0 by one, 39.999999956"),
        (LINE._replace(days=301), "days: 300 by one, 301 by other"),
        (LINE._replace(slope=float("nan")), "slope: 2.5 by one, nan by other"),
    ],
)
def test_lines_that_do_not_agree_are_an_error(other: Line, said: str) -> None:
    with pytest.raises(DisagreeError, match=f"^{re.escape(said)}"):
        agreement.check_lines({"one": LINE, "same": LINE, "other": other})


def test_the_stored_line_is_on_the_scale_of_the_feature(tmp_path: Path) -> None:
    (tmp_path / "equation.json").write_text(
        '[{"step": "standardise", "centre": [30.0], "scale": [4.0]},'
        ' {"step": "weigh", "weights": [10.0], "intercept": 100.0}]'
    )

    found = agreement.stored_line('{"fitted": [{"rows": {"used": 7}}]}', tmp_path / "equation.json")

    assert found == Line(2.5, 25.0, 7)  # 100 + 10 (x - 30) / 4


ASKED = "reservations\n3\n4\n3\n"
PLAIN_ANSWERS = "answer\n0.12345678901234567\n41.0\n0.12345678901234567\n"
OUR_ANSWERS = "reservations,answer,note\n3,0.12345678901235,\n4,41,\n3,0.12345678901235,\n"


def answers(folder: Path, *texts: str) -> str:
    files = []
    for name, text in zip(("asked", "plain", "ours"), texts, strict=True):
        files.append(folder / name)
        files[-1].write_text(text)
    return agreement.check_answers(*files)


def test_answers_that_agree_are_said_to(tmp_path: Path) -> None:
    said = answers(tmp_path, ASKED, PLAIN_ANSWERS, OUR_ANSWERS)

    assert said == (
        "3 answers, 2 different ones: all agree to 1e-13 of each, 100.0% in all 14 digits that "
        "mlcli writes"
    )


def test_one_unit_in_the_last_digit_is_counted(tmp_path: Path) -> None:
    said = answers(tmp_path, ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("901235", "901234"))

    assert ", 33.3% in all 14 digits" in said


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            (ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("901235", "901265")),
            "line 2: 0.1234567890126",
        ),
        ((ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("4,41,", "4,42,")), "line 3: 42.0 by mlcli"),
        (
            (ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("4,41,", "4,41.0,")),
            "line 3: 41.0 is not how",
        ),
        ((ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("4,41,", "5,41,")), "line 3: '4' was asked"),
        (
            (ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("4,41,", "4,41,far")),
            "line 3: there is a note",
        ),
        ((ASKED, PLAIN_ANSWERS, OUR_ANSWERS.replace("4,41,", "4,,")), "line 3: could not convert"),
        ((ASKED, PLAIN_ANSWERS.replace("41.0", "nan"), OUR_ANSWERS), "line 3: 41.0 by mlcli, nan"),
        ((ASKED, PLAIN_ANSWERS, OUR_ANSWERS[:-20]), "line 4: '3' was asked, '' is answered"),
        ((ASKED, PLAIN_ANSWERS + "1.0\n", OUR_ANSWERS + "3,1,\n"), "line 5: '' was asked"),
        ((ASKED + "3\n", PLAIN_ANSWERS, OUR_ANSWERS), "line 5: '3' was asked, '' is answered"),
        ((ASKED, PLAIN_ANSWERS + "1.0\n", OUR_ANSWERS), "line 5: '' was asked, '' is answered"),
        ((ASKED, "", ""), "the headers are"),
    ],
)
def test_answers_that_do_not_agree_are_an_error(
    texts: tuple[str, str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(DisagreeError, match=f"^{re.escape(said)}"):
        answers(tmp_path, *texts)


# -- figures ----------------------------------------------------------------------------------


def measured(code: str, folder: Path) -> dict[str, float]:
    """Measure a line of Python from a small process, as run.py is."""
    program = (
        "import dataclasses, json, sys; from pathlib import Path; import measuring\n"
        f"run = measuring.run([sys.executable, '-c', {code!r}], Path())\n"
        "print(json.dumps(dataclasses.asdict(run)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r})\n{program}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def test_time_and_memory_of_a_child_are_its_own(tmp_path: Path) -> None:
    code = "import sys, time; x = b'x' * 200_000_000; time.sleep(0.5); print(1); sys.exit(3)"

    found = measured(code, tmp_path)

    assert (found["code"], found["out"], found["err"]) == (3, "1\n", "")
    assert 200e6 < found["peak"] < 230e6
    assert 0.5 < found["wall"] < 5
    assert found["cpu"] < found["wall"] - 0.2


def test_a_child_no_larger_than_its_parent_cannot_be_measured(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); x = b'x' * 50_000_000\n"
        "import measuring; from pathlib import Path\n"
        "measuring.run([sys.executable, '-c', ''], Path())"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "CannotMeasureError: the child's peak memory" in ended.stderr


def test_the_table_shows_medians_and_ratios_within_rounds() -> None:
    def runs(*walls: float) -> list[Run]:
        return [Run(0, "", "", wall, 2 * wall, int(wall * 100e6)) for wall in walls]

    result = report.Result(
        section="fit",
        lines=1000,
        rounds=3,
        contenders=[
            report.Measured("pandas", imports=50_000_000, runs=runs(1.0, 4.0, 2.0)),
            report.Measured("mlcli", imports=0, runs=runs(2.0, 2.0, 8.0)),
            report.Measured("duckdb", lacking="no module"),
        ],
        beside=("pandas", "duckdb"),
        asked="mlcli: little",
        agreement="all agree",
        load=(0.5, 1.25),
    )

    assert result.head() == [
        *("fit", "wall s", "CPU s", "× pandas", "× duckdb", "peak MB", "above imports")
    ]
    assert result.rows() == [
        ["pandas", "2.00", "4.00", "1.00", "-", "200", "150"],
        ["mlcli", "2.00", "4.00", "2.00", "-", "200", "200"],  # of 2, 0.5 and 4 times
        ["duckdb", *["-"] * 6],
    ]
    assert result.notes() == [
        "1,000 lines, medians of rounds: 3; load of the machine: 0.5 before, 1.2 after",
        "all agree",
        "asked of mlcli: little",
        "duckdb is not available: no module",
    ]
    shown = report.markdown([result])
    assert "| mlcli | 2.00 | 4.00 | 2.00 | - | 200 | 200 |\n" in shown
    assert "- duckdb is not available: no module\n" in shown
