"""The benchmarks stay runnable on tiny inputs, and notice contenders that disagree."""

from __future__ import annotations

import csv
import gzip
import json
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression, median

import agreement
import cells
import deliveries
import forms
import measuring
import numpy as np
import pytest
import report
import till
from agreement import DisagreeError, Line
from conftest import ROOT
from contenders import Limit
from make_exports import PROJECTS
from measuring import Run
from same_rows import held_out, same_split
from sections import LARGE, SECTIONS
from shared import FAULT

from mlcli.grammar import phrases
from mlcli.learning.splits import divide

BENCHMARKS = ROOT / "benchmarks"
PLAIN = BENCHMARKS / "plain"
LINES = 6_000


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project to fit."""
    folder = tmp_path_factory.mktemp("chain")
    till.pizzeria(folder, LINES, 1)
    return folder


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project to ask."""
    folder = tmp_path_factory.mktemp("mill")
    till.flour(folder, LINES, 1)
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


MADE_SO = {name: 100 if name == "wide" else 2_000 for name in PROJECTS if name != "sample"}


@pytest.mark.parametrize("project", MADE_SO)
def test_the_same_seed_writes_the_same_bytes_and_another_does_not(
    project: str, tmp_path: Path
) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        PROJECTS[project](tmp_path / name, MADE_SO[project], seed)

    made = sorted((tmp_path / "one" / "data").iterdir())
    assert made
    for file in made:
        one, again, other = (
            _content(tmp_path / name / "data" / file.name) for name in ("one", "again", "other")
        )
        assert one == again
        assert one != other


def _content(path: Path) -> bytes | list[tuple[str, bytes]]:
    """Return the bytes of a file; of a workbook its parts but the one that says when it was made."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        parts = [name for name in book.namelist() if name != "docProps/core.xml"]
        return [(name, book.read(name)) for name in parts]


def test_the_sample_is_that_of_the_repository(tmp_path: Path) -> None:
    PROJECTS["sample"](tmp_path, 0, 1)

    for name in ("configs/pizzeria.yaml", "data/orders.csv", "data/reservations.csv"):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_files_that_are_there_stay_and_unfinished_ones_are_made_again(tmp_path: Path) -> None:
    till.pizzeria(tmp_path, LINES, 1)
    orders = tmp_path / "data" / "orders.csv"
    whole = orders.read_bytes()
    orders.write_text("kept")
    till.pizzeria(tmp_path, LINES, 1)
    assert orders.read_text() == "kept"

    orders.unlink()
    orders.with_suffix(".unfinished").write_bytes(whole[:100])
    till.pizzeria(tmp_path, LINES, 1)
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
    assert {row["item_name"] for row in orders} == set(till.ITEMS)
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
    monkeypatch.setattr(till, "ROWS", 1_300)
    till.pizzeria(tmp_path, 130_000, 1)
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


def test_prices_times_and_ids_of_takings_all_differ(tmp_path: Path) -> None:
    till.takings(tmp_path, LINES, 1)
    orders = rows(tmp_path / "data" / "orders.csv")

    assert len(orders) == LINES
    for column in ("order_id", "price", "sold_at"):
        assert len({row[column] for row in orders}) == LINES
    assert all(re.fullmatch(r"[0-9]+\.[0-9]{2}", row["price"]) for row in orders)
    assert all(one["sold_at"] < other["sold_at"] for one, other in pairwise(orders))
    assert len({row["customer"] for row in orders}) > 0.98 * LINES  # 200,000 are possible


def test_numbers_of_deliveries_hardly_repeat_and_have_the_digits_that_they_should(
    tmp_path: Path,
) -> None:
    deliveries.deliveries(tmp_path, LINES, 1)
    table = rows(tmp_path / "data" / "deliveries.csv")

    assert len(table) == LINES
    assert list(table[0]) == [*deliveries.NUMBERS, "district", "minutes"]
    assert {row["district"] for row in table} == set(deliveries.DISTRICTS)
    for name, (low, high, places) in deliveries.NUMBERS.items():
        cells = [row[name] for row in table]
        assert len(set(cells)) > 0.98 * LINES
        assert all(re.fullmatch(rf"-?(0|[1-9][0-9]*)\.[0-9]{{{places}}}", cell) for cell in cells)
        assert low <= min(map(float, cells)) < max(map(float, cells)) <= high


def test_a_tenth_of_the_numbers_of_extras_is_missing_and_lists_have_no_tag_twice(
    tmp_path: Path,
) -> None:
    deliveries.extras(tmp_path, LINES, 1)
    table = rows(tmp_path / "data" / "extras.csv")

    for name in deliveries.NUMBERS:
        assert 0.08 < sum(not row[name] for row in table) / LINES < 0.12
    lists = [row["extras"].split(";") if row["extras"] else [] for row in table]
    assert {len(tags) for tags in lists} == {0, 1, 2, 3, 4}
    assert all(len(set(tags)) == len(tags) for tags in lists)
    assert {tag for tags in lists for tag in tags} == set(deliveries.TAGS)
    assert all(one["ordered_at"] < other["ordered_at"] for one, other in pairwise(table))


def test_writings_of_a_file_say_the_same(tmp_path: Path) -> None:
    forms.writings(tmp_path, LINES, 1)
    data = tmp_path / "data"
    regular = (data / "deliveries.csv").read_bytes()

    broken = (data / "broken.csv").read_bytes()
    assert broken.replace(b'"Old\nTown"', b"Old Town") == regular
    assert broken.count(b'"Old\nTown"') > 400
    mixed = (data / "mixed.csv").read_bytes()
    assert mixed.replace(b"\r\n", b"\n") == regular
    assert 0 < mixed.count(b"\r\n") < LINES
    assert gzip.decompress((data / "packed.csv.gz").read_bytes()) == regular
    western = (data / "western.csv").read_bytes()
    assert western.decode("cp1252").encode() == regular != western
    fault = (data / "fault.csv").read_bytes()
    assert fault.startswith(regular)
    (last,) = csv.reader([fault.removeprefix(regular).decode()])
    (before,) = csv.reader([regular.decode().splitlines()[-1]])
    assert last == [FAULT, *before[1:]]


def test_every_tenth_question_is_to_be_noted_and_every_hundredth_refused(tmp_path: Path) -> None:
    deliveries.questions(tmp_path, LINES, 1)
    plain, noted = (rows(tmp_path / "data" / f"{n}.csv") for n in ("questions", "noted"))
    learned = rows(tmp_path / "data" / "deliveries.csv")

    for name in deliveries.NUMBERS:
        known = [float(row[name]) for row in learned]
        assert min(known) < min(float(row[name]) for row in plain)
        assert max(known) > max(float(row[name]) for row in plain)
    assert sum(float(row["price"]) > 5000 for row in noted) == LINES / 10
    assert sum(float(row["waited_s"]) > 900 for row in noted) == LINES / 100
    kept = [name for name in plain[0] if name not in {"price", "waited_s"}]
    assert [[row[c] for c in kept] for row in plain] == [[row[c] for c in kept] for row in noted]


def test_words_are_as_many_as_they_should_be(tmp_path: Path) -> None:
    deliveries.words(tmp_path, 2_000, 1)
    deliveries.beyond(tmp_path, 20_000, 1)

    words, beyond = (rows(tmp_path / "data" / f"{n}.csv") for n in ("words", "beyond"))
    assert len({row["customer"] for row in words}) == len(words) == 2_000
    assert len({row["customer"] for row in beyond}) == deliveries.WORDS


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 1, "-0.5"),
        (123456, 3, "123.456"),
        (0, 0, "0"),
        (700, 0, "700"),
        (-1200, 2, "-12.00"),
    ],
)
def test_decimals_are_written_as_people_write_them(value: int, places: int, written: str) -> None:
    (row,) = cells.decimals(np.array([value]), places)
    among = cells.decimals(np.array([value, 98_765_432]), places)[0]

    for one in (row, among):
        assert one[one != 0].tobytes().decode() == written


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
        *("--only", "repeated", "--size", 1e-4, "--rounds", 1, "--folder", tmp_path / "files"),
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
        assert 20e6 < one["peak"][0] < 1e9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.json", "files"]
    assert rows(tmp_path / "files" / "2000-lines" / "flour" / "mlcli.csv")


@pytest.mark.slow
def test_the_command_compares_fits_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = run(
        "--only", "till", "linear", "--size", 3e-4, "--rounds", 2, "--markdown", folder=tmp_path
    )

    assert ended.returncode == 0, ended.stderr
    assert "| pandas chunks |" in ended.stdout
    assert re.search(r"^\| mlcli \|( [0-9.]+ \|){6}$", ended.stdout, re.MULTILINE)
    assert re.search(
        r"^\| linear \| mlcli \| time × plain \| [0-9.]+ \| 2.2 \|", ended.stdout, re.MULTILINE
    )
    assert "of each" in ended.stdout
    assert "those of the script on the same rows to 1e-09 of each" in ended.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_every_section_agrees_with_its_script(tmp_path: Path) -> None:
    """All but those that take long whatever their size, or build a wheel."""
    names = [name for name, entry in SECTIONS.items() if not entry.fixed]
    figures = tmp_path / "figures.json"
    ended = run(
        *("--only", *names, "sample", "--size", 0.002, "--rounds", 1, "--json", figures),
        folder=tmp_path,
    )

    assert ended.returncode == 0, ended.stderr
    found = json.loads(figures.read_text())["sections"]
    assert [section["section"] for section in found] == [*names, "sample"]
    assert all(section["verdicts"] for section in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_sections_say_what_they_take_and_agree(name: str, tmp_path: Path) -> None:
    small = ("--size", 0.0001, "--rounds", 1, "--markdown")
    ended = run("--only", name, *small, folder=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert f"{name}: it takes up to 0.0 GB in " in ended.stderr
    assert "agree to 1e-09 of each" in ended.stdout


def test_a_disk_that_is_too_small_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    size = 2 * free / LARGE["billion"].disk / LARGE["billion"].lines

    ended = run("--only", "billion", "--size", size, folder=tmp_path)

    assert ended.returncode == 1
    assert "the disk is too small" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--size", "0"], "above 0"), (["--rounds", "0"], "at least"), (["--only", "x"], "choose")],
)
def test_the_command_asked_wrongly_says_so(words: list[str], said: str, tmp_path: Path) -> None:
    ended = run(*words, folder=tmp_path)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""


EVERY = {**SECTIONS, **LARGE}


@pytest.mark.parametrize("name", EVERY)
def test_every_section_names_files_and_contenders_that_are_there(name: str, tmp_path: Path) -> None:
    entry = EVERY[name]
    made = entry.section(tmp_path)
    names = [one.name for one in made.contenders]

    assert entry.project in PROJECTS
    assert len(set(names)) == len(names)
    for limit in made.limits:
        assert {limit.who, limit.beside} <= {*names, ""}
    for one in made.contenders:
        script = next(word for word in one.words if word != "-E")
        assert script == "-m" or Path(script).is_file() or Path(script).parent.name == "bin"


def test_the_same_rows_are_those_that_a_random_holdout_holds_out() -> None:
    split = phrases.holdout("random 20%")
    train, held = divide(split, None, 101, seed=0)

    mask = held_out(101, 0.2, 0)

    assert np.flatnonzero(mask).tolist() == held.tolist()
    assert len(held) == 21
    learned, tested, *labels = same_split(
        np.arange(101), np.arange(101) * 2, test_size=0.2, random_state=0
    )
    assert learned.tolist() == train.tolist()
    assert tested.tolist() == held.tolist()
    assert [part.tolist() for part in labels] == [[2 * i for i in train], [2 * i for i in held]]


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


FIGURES = {"mae": (3.0, 4.0), "r2": (0.5, 0.25)}


def test_figures_that_agree_are_said_to_and_more_may_be_found() -> None:
    near = {"mae": (3.0, 4.0 * (1 + 0.9e-9)), "r2": (0.5, 0.25), "rmse": (5.0, 6.0)}

    said = agreement.check_figures("the script", FIGURES, {"mlcli": near}, 1e-9)

    assert said == "mae, r2 of mlcli: those of the script to 1e-09 of each, mae 3 and 4"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({**FIGURES, "r2": (0.5, 0.25 * (1 + 1.1e-9))}, "r2: (0.5, 0.25) by a, (0.5, 0.250000000"),
        ({**FIGURES, "mae": (3.0, float("nan"))}, "mae: (3.0, 4.0) by a, (3.0, nan) by b"),
        ({**FIGURES, "mae": (3.0,)}, "mae: (3.0, 4.0) by a, (3.0,) by b"),
        ({"mae": (3.0, 4.0)}, "r2: (0.5, 0.25) by a, () by b"),
    ],
)
def test_figures_that_do_not_agree_are_an_error(
    other: dict[str, tuple[float, ...]], said: str
) -> None:
    with pytest.raises(DisagreeError, match=f"^{re.escape(said)}"):
        agreement.check_figures("a", FIGURES, {"b": other}, 1e-9)


def test_figures_are_read_from_what_is_printed() -> None:
    fitted = {
        "metrics": {
            "mae": {"train": 1, "holdout": 2, "train_raw": 1.5, "holdout_raw": 2.5},
            "accuracy": {"train": 0.5, "holdout": 0.25},
        },
        "evidence": {"cv": {"metrics": {"mae": {"mean": 3.5}}}},
    }

    assert agreement.fitted_figures(json.dumps({"fitted": [fitted]})) == {
        "mae": (1.5, 2.5),
        "accuracy": (0.5, 0.25),
        "cv_mae": (3.5,),
    }
    assert agreement.printed_figures("mae 1.5 2.5\ncv_mae 3.5\n") == {
        "mae": (1.5, 2.5),
        "cv_mae": (3.5,),
    }


ASKED = "reservations\n3\n4\n3\n"
PLAIN_ANSWERS = "answer\n0.12345678901234567\n41.0\n0.12345678901234567\n"
OUR_ANSWERS = "reservations,answer,note\n3,0.12345678901235,\n4,41,\n3,0.12345678901235,\n"


def answers(folder: Path, *texts: str) -> str:
    files = []
    for name, text in zip(("asked", "plain", "ours"), texts, strict=True):
        files.append(folder / name)
        files[-1].write_text(text)
    return agreement.check_answers(*files)


HEAD = "price,waited_s,district"
ASKED_OF_TABLE = f"{HEAD}\n10.50,5,a\n6000.00,5,b\n10.50,950,c\n"
PLAIN_OF_TABLE = f"{HEAD},answer\n10.5,5,a,1.5\n6000.0,5,b,2.5\n10.5,950,c,3.5\n"
OURS_OF_TABLE = (
    f"{HEAD},answer,note\n10.50,5,a,1.5000000001,\n6000.00,5,b,2.5,far\n10.50,950,c,,not so\n"
)


def tables(folder: Path, *texts: str) -> str:
    files = []
    for name, text in zip(("asked", "plain", "ours"), texts, strict=True):
        files.append(folder / name)
        files[-1].write_text(text)
    return agreement.check_tables(*files)


def test_tables_of_answers_that_agree_are_said_to(tmp_path: Path) -> None:
    said = tables(tmp_path, ASKED_OF_TABLE, PLAIN_OF_TABLE, OURS_OF_TABLE)

    assert said == (
        "3 rows, 2 with a note, 1 of them refused: all other answers agree to 1e-09 of each"
    )


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("1.5000000001", "1.50000001", "an answer differs"),
        ("1.5000000001", "", "other rows are refused or noted"),
        ("c,,not so", "c,3.5,not so", "other rows are refused or noted"),
        ("b,2.5,far", "b,2.5,", "other rows are refused or noted"),
        ("10.50,5,a", "10.5,5,a", "a question is not kept"),
        ("10.50,950,c,,not so\n", "", "there are other numbers of rows"),
        (OURS_OF_TABLE, f"{HEAD},answer,note\n", "there are other numbers of rows"),
    ],
)
def test_tables_of_answers_that_do_not_agree_are_an_error(
    was: str, now: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(DisagreeError, match=f"^{said}"):
        tables(tmp_path, ASKED_OF_TABLE, PLAIN_OF_TABLE, OURS_OF_TABLE.replace(was, now))


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


def test_the_peak_of_a_child_no_larger_than_its_parent_is_not_known(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r}); x = b'x' * 50_000_000\n"
        "import measuring; from pathlib import Path\n"
        "print(measuring.run([sys.executable, '-c', ''], Path()).peak)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ended.stdout == "0\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
def test_a_child_gets_no_more_memory_than_it_may_ask_for(tmp_path: Path) -> None:
    code = "import time; time.sleep(0.5); x = b'x' * 2_000_000_000"

    ended = measuring.run([sys.executable, "-c", code], tmp_path, 1_000_000_000)

    assert ended.code == 1
    assert "MemoryError" in ended.err


def test_the_table_shows_medians_and_ratios_within_rounds() -> None:
    def runs(*walls: float) -> list[Run]:
        return [Run(0, "", "", wall, 2 * wall, int(wall * 100e6)) for wall in walls]

    result = report.Result(
        section="fit",
        lines=1000,
        contenders=[
            report.Measured("pandas", imports=50_000_000, runs=runs(1.0, 4.0, 2.0)),
            report.Measured("mlcli", imports=0, runs=runs(2.0, 2.0, 8.0)),
            report.Measured("duckdb", lacking="no module"),
            report.Measured("small", runs=[Run(0, "", "", 1.0, 1.0, 0)] * 3),
        ],
        limits=(
            Limit("small", "seconds", 2),
            Limit("small", "MB", 2),
            Limit("mlcli", "time", 2, "small"),
            Limit("mlcli", "memory", 2, "small"),
            Limit("mlcli", "time", 1.9, "pandas"),
            Limit("mlcli", "memory", 1, "pandas"),
            Limit("mlcli", "time", 2, "duckdb"),
            Limit("pandas", "MB above imports", 149),
            Limit("pandas", "MB", 250),
            Limit("mlcli", "slope", 1.5, "pandas", 1e4),
            Limit("mlcli", "seconds", 2),
        ),
        agreement="all agree",
        load=(0.5, 1.25),
    )

    assert result.head() == [
        *("fit", "wall s", "CPU s", "× pandas", "× duckdb", "× small", "peak MB", "above imports")
    ]
    assert result.rows() == [
        ["pandas", "2.00", "4.00", "1.00", "-", "2.00", "200", "150"],
        ["mlcli", "2.00", "4.00", "2.00", "-", "2.00", "200", "-"],  # of 2, 0.5 and 4 times
        ["duckdb", *["-"] * 7],
        ["small", "1.00", "1.00", "0.50", "-", "1.00", "-", "-"],
    ]
    assert result.verdicts() == [
        ["fit", "small", "seconds", "1", "2", "met"],
        ["fit", "small", "MB", "-", "2", "not known"],
        ["fit", "mlcli", "time × small", "2", "2", "met"],
        ["fit", "mlcli", "memory × small", "-", "2", "not known"],
        ["fit", "mlcli", "time × pandas", "2", "1.9", "not met"],
        ["fit", "mlcli", "memory × pandas", "1", "1", "met"],
        ["fit", "mlcli", "time × duckdb", "-", "2", "not known"],
        ["fit", "pandas", "MB above imports", "150", "149", "not met"],
        ["fit", "pandas", "MB", "200", "250", "met"],
        ["fit", "mlcli", "slope × pandas", "0", "1.5", "met"],
        ["fit", "mlcli", "seconds", "2", "2", "met"],
    ]
    assert result.notes() == [
        "1,000 lines, medians of 3; load of the machine: 0.5 before, 1.2 after",
        "all agree",
        "duckdb is not available: no module",
    ]
    shown = report.markdown([result])
    assert "| fit | mlcli | time × pandas | 2 | 1.9 | not met |\n" in shown
    assert "| mlcli | 2.00 | 4.00 | 2.00 | - | 2.00 | 200 | - |\n" in shown
    assert "- duckdb is not available: no module\n" in shown
