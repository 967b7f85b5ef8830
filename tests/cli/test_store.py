"""The model store as a user meets it: fitting again, damage, signals, full disks, two at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hammering import MOMENTS, fit, whole
from sealing import forge, picture, version_folder
from support import Project, csv_of, fit_all

from mlcli.definition.algorithms import friendly_names

TESTS = Path(__file__).parent.parent

NIGHTS = """\
sources:
  nights: {{file: data/nights.csv}}
features: [guests]
label: doughs
holdout: random 20%
seed: {seed}
model: {model}
"""


def rows(count: int = 40, seed: int = 7) -> str:
    draw = random.Random(seed)
    made = [(g, 2 * g + draw.randint(5, 14), "dry") for g in range(1, count + 1)]
    return csv_of("guests,doughs,weather", made)


def define(project: Project, model: str = "linear_regression", seed: int = 0) -> None:
    project.define(NIGHTS.format(model=model, seed=seed), "nights")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model `nights`, fitted once; copy it before changing it."""
    root = tmp_path_factory.mktemp("nights")
    for name, text in (("data/nights.csv", rows()), ("configs/nights.yaml", NIGHTS)):
        (root / name).parent.mkdir()
        (root / name).write_text(text.format(model="linear_regression", seed=0))
    fit_all(root)
    return root


@pytest.fixture
def nights(fitted: Path, project: Project) -> Project:
    """A project of the test's own with the model `nights`."""
    shutil.copytree(fitted, project.root, dirs_exist_ok=True)
    return project


def models(project: Project) -> Path:
    return project.root / "models"


def answer(project: Project) -> Any:
    return project.works("predict", "--guests", 15, "--json").json["predictions"][0]["value"]


# --- fitting again ------------------------------------------------------------------------


def test_fitting_the_same_again_makes_no_new_version_and_says_so(nights: Project) -> None:
    before = picture(models(nights) / "nights")

    said = nights.works("fit")
    told = nights.works("fit", "nights", "--json").json["fitted"][0]

    assert said.out.startswith("nights@1  unchanged: it had learned exactly this already\n")
    assert (told["version"], told["new"]) == (1, False)
    assert picture(models(nights) / "nights") == before


@pytest.mark.parametrize("changed", ["definition", "data", "data not used", "seed"])
def test_fitting_something_else_makes_a_new_version_and_leaves_the_older_ones_alone(
    changed: str, nights: Project
) -> None:
    before = picture(models(nights) / "nights/1")
    match changed:
        case "definition":
            define(nights, model="ridge")
        case "data":
            nights.write("data/nights.csv", rows(41))
        case "data not used":
            nights.write("data/nights.csv", rows().replace("dry", "wet", 1))
        case "seed":
            define(nights, seed=1)

    told = nights.works("fit", "--json").json["fitted"][0]
    again = nights.works("fit", "--json").json["fitted"][0]

    assert (told["version"], told["new"]) == (2, True)
    assert (again["version"], again["new"]) == (2, False)
    assert picture(models(nights) / "nights/1") == before


def test_comments_and_the_order_of_keys_are_no_change(nights: Project) -> None:
    lines = NIGHTS.format(model="linear_regression", seed=0).splitlines()
    nights.define("# as before\n" + "\n".join(lines[2:] + lines[:2]) + "\n", "nights")

    assert nights.works("fit", "--json").json["fitted"][0]["new"] is False


def test_the_manifest_holds_no_clock_and_no_version_number(nights: Project) -> None:
    data = json.loads((models(nights) / "nights/1/manifest.json").read_text())
    run = json.loads((models(nights) / "runs.jsonl").read_text())

    def keys(value: Any) -> set[str]:
        inside = value.values() if isinstance(value, dict) else value
        own = set(value) if isinstance(value, dict) else set()
        return own.union(*map(keys, inside)) if isinstance(value, dict | list) else set()

    assert not keys(data) & {"version", "created", "at", "date", "time", "when"}
    assert run["at"][:10] not in json.dumps(data)
    assert (run["version"], run["digests"]["manifest"]) == (1, data["digest"])


def test_a_damaged_model_is_mended_by_the_command_the_error_names(nights: Project) -> None:
    expected = answer(nights)
    for damaged in ("equation.json", "model.joblib", "manifest.json", "holdout.json"):
        folder = version_folder(models(nights), "nights")
        (folder / damaged).write_bytes(b"damaged")

        assert nights.works("fit", "nights", "--json").json["fitted"][0]["new"] is True
        assert answer(nights) == expected
        nights.works("evaluate")


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a Python program in a folder; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def started_in(folder: Path, *words: object, **more: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-B", *map(str, words)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, **more)
        started.append(process)
        return process

    yield started_in
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


CLASSES = [
    "HistGradientBoostingRegressor",
    "{name: MLPRegressor, max_iter: 20, hidden_layer_sizes: [5]}",
    "{name: SGDRegressor, early_stopping: true}",
    "GaussianProcessRegressor",
    "{name: BaggingRegressor, oob_score: true}",
    "SVR",
]


SOME = ["linear_regression", "{name: random_forest, trees: 9}", "decision_tree", CLASSES[1]]


@pytest.mark.parametrize(
    "kinds",
    [SOME, pytest.param([*friendly_names("number"), *CLASSES], marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_two_processes_store_the_same_bytes(kinds: list[str], tmp_path: Path, start: Start) -> None:
    """In other folders, with other orders of sets, at other times."""
    fits = []
    for folder, seed in (("here", "1"), ("there", "22")):
        root = tmp_path / folder
        (root / "configs").mkdir(parents=True)
        (root / "data").mkdir()
        (root / "data/nights.csv").write_text(rows(60))
        for i, model in enumerate(kinds):
            text = NIGHTS.format(model=model, seed=3)
            (root / f"configs/m{i}.yaml").write_text(text)
        env = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"}
        fits.append((root, start(root, "-m", "mlcli", "fit", "--json", env=env)))
    for _, fitting in fits:
        _, err = fitting.communicate(timeout=120)
        assert fitting.returncode == 0, err

    here, there = (
        {k: v for k, v in picture(root / "models").items() if k != "runs.jsonl"} for root, _ in fits
    )
    assert sum(name.endswith("/manifest.json") for name in here) == len(kinds) > 3
    assert [name for name in here if here[name] != there.get(name)] == []
    assert here == there


# --- damage -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "question"),
    [
        ("../current", ("predict", "--guests", 15)),
        ("manifest.json", ("predict", "--guests", 15)),
        ("equation.json", ("predict", "--guests", 15)),
        ("holdout.json", ("evaluate",)),
        ("model.joblib", ("predict", "-m", "nearest", "--guests", 15)),
    ],
)
def test_a_damaged_file_ends_in_exit_4_and_never_in_an_answer(
    file: str, question: tuple[object, ...], nights: Project
) -> None:
    name = "nights"
    if "nearest" in question:
        name = "nearest"
        nights.define(NIGHTS.format(model="k_nearest", seed=0), name)
        nights.works("fit", name)
    target = models(nights) / name / "1" / file
    raw = target.read_bytes()
    draw = random.Random(file)
    whole = nights.works(*question)
    kinds = {"missing": None, "empty": b"", "cut": raw[:-1], "longer": raw + b"\n", "null": b"null"}
    for bit in draw.sample(range(8 * len(raw)), 12):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        kinds[f"bit {bit}"] = bytes(flipped)
    for length in draw.sample(range(len(raw)), 6):
        kinds[f"cut at {length}"] = raw[:length]
    for kind, damaged in kinds.items():
        target.unlink(missing_ok=True)
        if damaged is not None:
            target.write_bytes(damaged)
        if (file, kind) == ("../current", "missing"):
            continue  # then there is no model, which is another test

        said = nights.fails(4, *question)

        assert said.startswith(f"error: models/{name}/"), kind
        assert "the model is damaged: " in said or "this mlcli reads protocol" in said, kind
        assert f"hint: fit it again:  mlcli fit {name}" in said or "upgrade mlcli" in said, kind
        assert len(said.splitlines()) <= 3, kind
    target.write_bytes(raw)
    assert nights.works(*question) == whole


def test_damage_that_an_answer_does_not_need_changes_no_answer(nights: Project) -> None:
    expected = answer(nights)
    for file in ("model.joblib", "holdout.json"):
        (models(nights) / "nights/1" / file).unlink()

    assert answer(nights) == expected


def test_help_is_answered_beside_a_damaged_model(nights: Project) -> None:
    (models(nights) / "nights/1/manifest.json").write_bytes(b"damaged")

    assert "--date" in nights.works("predict", "--help").out


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_an_unknown_model_is_named_with_the_nearest_there_is(command: str, nights: Project) -> None:
    said = nights.fails(4, command, "-m", "nigths")

    assert said == "error: there is no model 'nigths'\nhint: did you mean 'nights'?\n"


@pytest.mark.parametrize("name", ["../nights", ".", "x" * 300, "a/b", "NIGHTS"])
def test_what_is_no_name_of_a_model_is_no_model(name: str, nights: Project) -> None:
    assert "there is no model" in nights.fails(4, "evaluate", "-m", name)


@pytest.mark.parametrize(
    ("protocol", "hint"), [(1, "fit it again:  mlcli fit nights"), (3, "upgrade mlcli")]
)
def test_a_model_of_another_protocol_says_the_way_on(
    protocol: int, hint: str, nights: Project
) -> None:
    forge(models(nights), "nights", change=lambda data: data.update(protocol=protocol))

    said = nights.fails(4, "predict", "--guests", 15)

    assert said == (
        f"error: models/nights/1/manifest.json: protocol {protocol}; this mlcli reads protocol 2\n"
        f"hint: {hint}\n"
    )


# --- the environment ----------------------------------------------------------------------

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def hammered(start: Start, *words: object, seconds: float = 120) -> dict[str, Any]:
    """Run a verb of `hammering.py`; return what it saw."""
    hammer = start(TESTS, TESTS / "hammering.py", *words)
    out, err = hammer.communicate(timeout=seconds)
    assert hammer.returncode == 0, err
    seen: dict[str, Any] = json.loads(out)
    return seen


@needs_fork
def test_a_full_disk_keeps_the_old_model(nights: Project, start: Start) -> None:
    """Full in the middle of the pickle, and of the manifest."""
    before = picture(models(nights))
    define(nights, model="ridge")

    seen = hammered(start, "full", nights.root, 300, 1500)

    assert list(seen) == ["300", "1500"]
    for size, ended in seen.items():
        assert ended == {
            "code": 5,
            "out": "",
            "err": "error: models: the models cannot be written: File too large\n"
            "hint: nothing was saved; a model that was there before still answers\n",
        }
        assert picture(nights.root / "copies" / size / "models") == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("folder", ["models", "models/nights"])
def test_a_folder_that_may_not_be_written_is_exit_5(folder: str, nights: Project) -> None:
    expected = answer(nights)
    before = picture(models(nights))
    define(nights, seed=1)
    nights.define(NIGHTS.format(model="ridge", seed=1), "another")
    where = nights.root / folder
    where.chmod(0o555)
    try:
        said = nights.fails(5, "fit", "another" if folder == "models" else "nights")
        assert "the models cannot be written: Permission denied" in said
        assert picture(models(nights)) == before
        assert answer(nights) == expected
    finally:
        where.chmod(0o755)


def test_a_run_that_cannot_be_noted_still_leaves_the_new_model(nights: Project) -> None:
    (models(nights) / "runs.jsonl").unlink()
    (models(nights) / "runs.jsonl").mkdir()
    define(nights, model="ridge")

    said = nights.fails(5, "fit")

    assert "error: models/runs.jsonl: the run cannot be noted: this is no regular file" in said
    assert "hint: the model itself was saved, and answers" in said
    assert nights.works("predict", "--guests", 15, "--json").json["version"] == 2


# --- signals ------------------------------------------------------------------------------


@needs_fork
@pytest.mark.parametrize(
    "moments",
    [(2, 4), pytest.param(tuple(range(len(MOMENTS))), marks=pytest.mark.slow)],
    ids=["some", "every"],
)
def test_a_signal_ends_a_fit_with_its_own_code_and_says_what_was_saved(
    moments: tuple[int, ...], nights: Project, start: Start
) -> None:
    before = picture(models(nights))
    define(nights, model="ridge")

    seen = hammered(start, "signals", nights.root, *moments)

    assert len(seen) == 2 * len(moments)
    for moment, (_, _, saved) in (list(MOMENTS.items())[n] for n in moments):
        for stop, code, how in (("SIGINT", 130, "interrupted"), ("SIGTERM", 143, "asked to end")):
            what = f"{moment}, {stop}"
            told = f"error: {how}; {'nights@2' if saved else 'nothing'} was saved\n"
            assert (seen[what]["code"], seen[what]["out"]) == (code, ""), what
            assert seen[what]["err"].startswith(told), what
            assert "Traceback" not in seen[what]["err"], what
            home = nights.root / "copies" / what / "models"
            if saved:
                assert json.loads((home / "nights/current").read_text())["version"] == 2, what
                assert len((home / "runs.jsonl").read_text().splitlines()) == 2, what
                assert [*home.glob("nights/.*")] == [], what
            else:
                assert picture(home) == before, what


def test_a_signal_at_the_second_of_two_definitions_says_that_the_first_was_saved(
    nights: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.errors import InterruptedByUserError
    from mlcli.verbs import fit

    for name in ("a", "b", "c"):
        nights.define(NIGHTS.format(model="ridge", seed=1), name)
    fit_one = fit.fit

    def interrupted_at_b(home: Any, path: Path, **more: Any) -> Any:
        if path.stem == "b":
            raise InterruptedByUserError
        return fit_one(home, path, **more)

    monkeypatch.setattr(fit, "fit", interrupted_at_b)

    said = nights.fails(130, "fit")

    assert said.startswith("error: interrupted; a@1 was saved\n")


# --- several at once, and kills: of saves alone, in tests/unit/store/test_versions.py --------


def _folder(root: Path) -> Path:
    """A folder for the verbs of `hammering.py` that fit."""
    for name in ("data", "models"):
        (root / name).mkdir()
    (root / "data/nights.csv").write_text(rows())
    text = NIGHTS.format(model="linear_regression", seed=0).replace("seed: 0\n", "")
    (root / "nights.yaml").write_text(text)
    return root


def _two_fitting(root: Path, start: Start, fits: int) -> tuple[int, int]:
    """Read while two processes fit; return how many reads there were and versions were seen."""
    folder = _folder(root)
    before = Path.cwd()
    try:
        fit(folder, 0, 1)
    finally:
        os.chdir(before)
    words = [TESTS / "hammering.py", "fit", folder]
    fitting = [start(folder, *words, first, fits) for first in (1000, 2000)]
    versions, reads = set(), 0
    try:
        while any(one.poll() is None for one in fitting):
            versions.add(whole(folder / "models"))
            reads += 1
            time.sleep(0.001)
    finally:
        errors = [one.communicate(timeout=120)[1] for one in fitting]
    assert [one.returncode for one in fitting] == [0, 0], errors
    runs = (folder / "models/runs.jsonl").read_text().splitlines()
    assert len(runs) == len([json.loads(line) for line in runs]) == 1 + 2 * fits
    stored = [p.name for p in (folder / "models/nights").iterdir() if p.name.isdigit()]
    assert len(stored) == 1 + 2 * fits
    return reads, len(versions)


@pytest.mark.slow
def test_a_hundred_fits_at_once_and_a_reader_never_meet_half_a_model(
    tmp_path: Path, start: Start
) -> None:
    reads, versions = _two_fitting(tmp_path, start, fits=50)

    assert reads > 1000
    assert versions > 50


@needs_fork
@pytest.mark.slow
def test_a_hundred_killed_fits_leave_a_whole_model(tmp_path: Path, start: Start) -> None:
    seen = hammered(start, "fits", _folder(tmp_path), 100, 12)

    assert seen["kills"] == 100
    assert seen["versions"] > 20
