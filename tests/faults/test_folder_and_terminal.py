"""Faults around the model folder, the terminal and the environment: parts A18, A19 and D."""

from __future__ import annotations

import copyreg
import json
import math
import os
import pickle
import shutil
import sqlite3
import sys
from contextlib import chdir, closing, contextmanager, suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sealing import forge
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor
from support import Project, csv_of, table_definition
from terminal import LEVELS, acting_in, shown, write_acting

from mlcli.cli.process import main
from mlcli.errors import ModelError
from mlcli.store import trusted_pickle, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("unvalidated")

# y = 2x, so that every expected answer is plain.
LINE = csv_of("guests,doughs", [(x, 2 * x) for x in range(10)])


def once(root: Path, *fits: dict[str, str]) -> Path:
    """Fit definitions of a folder one after the other, without folds: each is a version."""
    with pytest.MonkeyPatch.context() as patch, chdir(root):
        patch.setattr("mlcli.judging.cross_validation.folds", lambda *_, **__: None)
        for definitions in fits:
            for name, text in definitions.items():
                (root / f"configs/{name}.yaml").write_text(text)
            assert main(["fit", *definitions, "--json"]) == 0
    return root


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nights")
    for folder in ("configs", "data"):
        (root / folder).mkdir()
    (root / "data/nights.csv").write_text(LINE)
    models = ("ridge", "linear_regression")
    return once(root, *({"nights": table_definition(model=model)} for model in models))


@pytest.fixture(scope="module")
def fitted_judged(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = shutil.copytree(fitted, tmp_path_factory.mktemp("judged"), dirs_exist_ok=True)
    rows = csv_of("guests,doughs", [(x, 2 * x) for x in range(40)])
    (root / "data/nights.csv").write_text(rows)
    return once(root, {"nights": table_definition(holdout="random 50%")})


@pytest.fixture(scope="module")
def fitted_acting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("acting")
    write_acting(root)
    texts = {name: (root / f"configs/{name}.yaml").read_text() for name in ("classes", "things")}
    return once(root, texts)


@pytest.fixture
def nights(fitted: Path, project: Project) -> Project:
    """Two versions of the model `nights`: by ridge, and by a line, which is the current one."""
    shutil.copytree(fitted, project.root, dirs_exist_ok=True)
    return project


def models(project: Project) -> Path:
    return project.root / "models"


def exchange(one: Path, other: Path) -> None:
    between = one.with_name("between")
    one.rename(between)
    other.rename(one)
    between.rename(other)


def as_an_older_mlcli_left_it(home: Path) -> None:
    (home / "index.jsonl").unlink()


# --- A18: a version is its name, its number and its digest ---------------------------------


def test_a18_versions_that_were_exchanged_are_refused(nights: Project) -> None:
    exchange(models(nights) / "nights/1", models(nights) / "nights/2")

    for asked in (["compare", "nights@1", "nights@2"], ["predict", "--guests", 3], ["evaluate"]):
        assert nights.fails(4, *asked).startswith("error: models/nights/")
    said = nights.fails(4, "compare", "nights@2", "nights@1")
    assert said.startswith("error: models/nights/2: this is not what was stored as nights@2: ")


def test_a18_a_version_copied_under_another_name_or_number_is_refused(nights: Project) -> None:
    home = models(nights)
    nights.define(table_definition(model="ridge"), "days")
    nights.works("fit", "days")
    shutil.copytree(home / "nights/2", home / "days/2")
    shutil.copytree(home / "nights/2", home / "nights/3")
    shutil.copytree(home / "nights", home / "evenings")

    for copied in ("days@2", "nights@3", "evenings@2"):
        name, _, number = copied.partition("@")
        said = nights.fails(4, "compare", copied, "nights@2")
        assert said.startswith(f"error: models/{name}/{number}: this is not what was stored as ")
    assert "evenings@2" in nights.fails(4, "predict", "-m", "evenings", "--guests", 3)
    assert nights.works("predict", "-m", "nights", "--guests", 3).out == "6 doughs\n"


def test_a18_a_folder_of_an_older_mlcli_answers_and_is_known_from_the_next_fit_on(
    nights: Project,
) -> None:
    home = models(nights) / "nights"
    as_an_older_mlcli_left_it(home)
    exchange(home / "1", home / "2")
    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2)]
    exchange(home / "1", home / "2")
    assert nights.works("predict", "--guests", 3).out == "6 doughs\n"

    nights.define(table_definition(model="poisson_regression"), "nights")
    nights.works("fit")

    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2, 3)]
    exchange(home / "1", home / "2")
    assert "stored as nights@1" in nights.fails(4, "compare", "nights@1", "nights@3")


def test_a18_a_line_that_was_cut_off_harms_no_later_version(nights: Project) -> None:
    index = models(nights) / "nights/index.jsonl"
    index.write_bytes(index.read_bytes() + b'{"manifest":"3f4e')
    nights.define(table_definition(model="poisson_regression"), "nights")

    nights.works("fit")

    assert [versions.read_version(models(nights), "nights", n).version for n in (1, 2, 3)]


# --- A19: an option that takes one value is given once -------------------------------------


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("predict", "--date", "2026-01-01", "--date", "2026-01-02"), "--date"),
        (("predict", "-m", "nights", "--guests", 3, "--model", "nights"), "--model"),
        (("predict", "--range=80%", "--guests", 3, "--range", "90%"), "--range"),
        (("predict", "--input", "a.csv", "--input", "b.csv"), "--input"),
        (("recommend", "--top", 1, "--top", 2), "--top"),
        (("evaluate", "-mnights", "-mnights"), "--model"),
        (("fit", "--engine", "pandas", "nights", "--engine", "duckdb"), "--engine"),
        (("history", "--last", 1, "--last", 2), "--last"),
        (("data", "nights", "--output", "a.csv", "--output", "b.csv"), "--output"),
    ],
)
def test_a19_an_option_given_twice_is_refused(
    words: tuple[object, ...], option: str, nights: Project
) -> None:
    said = nights.fails(2, *words)

    assert said == (
        f"error: {option} stands here 2 times, and takes one value\nhint: write {option} once\n"
    )


def test_a19_the_fix_is_the_option_once(nights: Project) -> None:
    words = ("predict", "--guests", 3, "-m", "days", "--json", "-m", "nights")

    (fix,) = nights.mlcli(*words).json["error"]["fix"]

    assert fix == {"option": "--model", "value": "nights"}
    assert nights.works("predict", "--guests", 3, fix["option"], fix["value"]).out == "6 doughs\n"


def test_a19_switches_and_options_of_lists_may_stand_twice(gamedrop: Project) -> None:
    wished = ("recommend", "--play", "adventure", "--play", "puzzle", "--json", "--json")

    assert gamedrop.works(*wished).json["asked"] == {"play": ["Adventure", "Puzzle"]}


def test_a19_a_number_of_a_feature_given_twice_is_refused(nights: Project) -> None:
    assert "stands here 2 times" in nights.fails(2, "predict", "--guests", 3, "--guests", 4)


# --- D1: no control character of data reaches a terminal -----------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")


@pytest.fixture
def acting(fitted_acting: Path, project: Project) -> Project:
    shutil.copytree(fitted_acting, project.root, dirs_exist_ok=True)
    return project


@posix
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, ("fit", "classes")),
        (2, ("fit", "z\x1b[31mbad")),
        (2, ("fit", "--z\x1b[31m\u202e")),
        (3, ("data", "no\x1b[31m.csv")),
        (0, ("data", "questions.csv", "--json")),
        (0, ("predict", "--help")),
        (0, ("predict", "-m", "classes", "--input", "questions.csv")),
        (0, ("predict", "-m", "classes", "--input", "questions.csv", "--json")),
        (2, ("predict", "--guests", 3, "--pl-ace", "a\x1b[3m")),
        (0, ("recommend", "--pl-ace", LEVELS[3])),
        (0, ("evaluate", "-m", "classes")),
    ],
)
@pytest.mark.usefixtures("acting")
def test_d1_what_would_act_on_a_terminal_is_shown_there(
    code: int, words: tuple[object, ...]
) -> None:
    ended, text = shown(*words)

    assert (ended, acting_in(text)) == (code, [])


@posix
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_d1_help_and_completion_are_escaped_wherever_they_go(shell: str, acting: Project) -> None:
    offered = [
        shown("predict", "--pl-ace", "", completing=shell)[1],
        shown("predict", "--", completing=shell)[1],
        shown("fit", "z", completing=shell)[1],
    ]
    helped = acting.works("recommend", "--help").out

    assert [acting_in(text, fish=True) for text in (*offered, helped)] == [[], [], [], []]
    assert "x1b" in offered[0]
    assert "x1b" in offered[2]
    assert "x1b" in helped


def test_d1_a_pipe_gets_the_bytes(acting: Project) -> None:
    answered = acting.works("predict", "-m", "classes", "--input", "questions.csv").out
    told = acting.works("predict", "-m", "classes", "--input", "questions.csv", "--json").out

    assert all(level in answered for level in LEVELS)
    assert "a3\x9b31m" in told


@posix
def test_d1_a_cell_of_two_lines_stays_in_its_line_on_a_terminal(nights: Project) -> None:
    nights.write("q.csv", 'guests,who\n3,"a\nb ""c"""\n4,d\n')

    code, text = shown("predict", "--input", "q.csv")

    lines = text.split("\r\n")
    assert (code, lines[:3]) == (
        0,
        ["guests,who,answer,note", '3,"a\\nb ""c""",6,', "4,d,8,"],
    )


# --- D2: only what was stored is opened ----------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
@pytest.mark.parametrize("file", ["current", "index.jsonl", "2/manifest.json", "2/equation.json"])
def test_d2_a_pipe_or_a_link_in_place_of_a_file_is_refused(file: str, nights: Project) -> None:
    path = models(nights) / "nights" / file
    kept = path.rename(path.with_name("kept"))
    for make in (os.mkfifo, os.mkdir, partial(os.symlink, kept)):
        make(path)

        said = nights.fails(4, "predict", "--guests", 3)

        assert said.startswith(f"error: models/nights/{file}: the model is damaged: this is no ")
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    kept.rename(path)
    assert nights.works("predict", "--guests", 3).out == "6 doughs\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_d2_runs_are_read_from_a_regular_file_alone(nights: Project) -> None:
    runs = models(nights) / "runs.jsonl"
    kept = runs.rename(nights.root / "elsewhere")
    before = kept.read_bytes()
    for make in (os.mkfifo, partial(os.symlink, kept)):
        make(runs)

        assert "this is no regular file" in nights.fails(5, "history")
        nights.define(table_definition(), "days")
        assert "the run cannot be noted" in nights.fails(5, "fit", "days")
        runs.unlink()
        assert kept.read_bytes() == before
        shutil.rmtree(models(nights) / "days")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_d2_a_definition_that_is_a_pipe_is_none(nights: Project) -> None:
    os.mkfifo(nights.root / "configs/pipe.yaml")

    assert "configs/pipe.yaml: this is no regular file" in nights.fails(2, "fit")
    assert "pipe" in nights.fails(2, "fit", "configs/pipe.yaml")


@pytest.fixture
def judged(fitted_judged: Path, project: Project) -> Project:
    """Three versions of the model `nights`, the last with rows held out: it has evidence."""
    shutil.copytree(fitted_judged, project.root, dirs_exist_ok=True)
    return project


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value into a manifest."""

    def change(data: dict[str, Any]) -> None:
        at: Any = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


FORGED = [
    put("evidence", value={}),
    put("evidence", value=[]),
    put("evidence", "cv", value=None),
    put("evidence", "cv", "words", value=7),
    put("evidence", "fit", "words", value=["a"]),
    put("evidence", "holdout", "rows", value="20"),
    put("evidence", "holdout", "intervals", value={"mae": [1.0]}),
    put("evidence", "alarms", value=[{}]),
    put("ledger", value=[]),
    put("ledger", "used", value=10**400),
    put("ledger", "sources", 0, "rules", value=[[]]),
    put("libraries", value={"numpy": 2}),
    put("libraries", value="numpy"),
    put("metrics", "mae", "holdout", value=math.inf),
    put("metrics", "mae", "holdout", value=math.nan),
    put("features", 0, "low", value="0"),
    put("features", 0, "name", value=["guests"]),
    put("label", "whole", value="yes"),
    put("label", "unit", value=None),
    put("without_looking", value="mean"),
    put("without_looking", value={}),
    put("rows", "train", value=1.5),
]


@pytest.mark.parametrize("change", FORGED)
def test_d2_a_forged_manifest_is_refused_before_anything_is_printed(
    change: Callable[[dict[str, Any]], None], judged: Project
) -> None:
    forge(models(judged), "nights", change=change)

    said = judged.fails(4, "evaluate")

    assert said.startswith("error: models/nights/3/manifest.json: the model is damaged: ")
    assert "nights@3" not in judged.mlcli("compare", "nights@3", "nights@2").out
    assert judged.mlcli("predict", "--guests", 3).code in {0, 4}


def test_d2_a_model_without_its_libraries_is_of_others(judged: Project) -> None:
    judged.define(table_definition(model="decision_tree", holdout="random 50%"), "nights")
    judged.works("fit")
    forge(models(judged), "nights", change=put("libraries", value={}))

    said = judged.fails(4, "predict", "--guests", 3)

    assert said.startswith("error: nights@4 was fitted with scikit-learn an unknown version, ")


@pytest.mark.parametrize(
    "steps",
    [
        {},
        [],
        [{"step": "weigh"}],
        [{"step": "weigh", "weights": ["2"], "intercept": 0.0}],
        [{"step": "weigh", "weights": [2.0], "intercept": True}],
        [{"step": "weigh", "weights": [2.0, 1.0], "intercept": 0.0}],
        [{"step": "weigh", "weights": [math.inf], "intercept": 0.0}],
        [{"step": "standardise", "centre": [0.0], "scale": [0]}],
        [
            {"step": "expand", "powers": [[10**12]]},
            {"step": "weigh", "weights": [1.0], "intercept": 0.0},
        ],
        [
            {"step": "expand", "powers": [[-1]]},
            {"step": "weigh", "weights": [1.0], "intercept": 0.0},
        ],
        [
            {"step": "log", "columns": [-1], "names": ["guests"]},
            {"step": "weigh", "weights": [1.0], "intercept": 0.0},
        ],
        [{"step": "shell", "command": "ls"}],
    ],
)
def test_d2_a_forged_closed_form_is_refused(steps: object, judged: Project) -> None:
    forge(models(judged), "nights", {"equation.json": json.dumps(steps).encode()})

    said = judged.fails(4, "predict", "--guests", 3)

    assert said.startswith("error: models/nights/3/equation.json: the model is damaged: ")


@pytest.mark.parametrize(
    "line", ['["a", [1e999], [], 0]', '["a", [1], [], 0]', "[" * 100_000, "{}"]
)
def test_d2_a_forged_line_of_a_catalogue_is_refused(line: str, gamedrop: Project) -> None:
    folder = models(gamedrop) / "gamedrop/1"
    index = json.loads((folder / "catalogue.json").read_bytes())
    lines = (folder / "things.jsonl").read_bytes().splitlines(keepends=True)
    index["bytes"][0] += len(line) + 1 - len(lines[0])
    cargo = {
        "catalogue.json": json.dumps(index).encode(),
        "things.jsonl": b"".join([line.encode() + b"\n", *lines[1:]]),
    }
    forge(models(gamedrop), "gamedrop", cargo)

    said = gamedrop.fails(4, "recommend", "--play", "adventure", "--top", 1000)

    assert said.startswith("error: the model is damaged: it holds no things\n")


def forged_tree(estimator: Any, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return an estimator as it is stored, all of whose trees are its first one, changed."""
    tree = estimator.tree_ if hasattr(estimator, "tree_") else estimator.estimators_[0].tree_
    state = tree.__getstate__()
    state = {**state, "nodes": state["nodes"].copy()}
    change(state)

    def reduced(one: Any) -> Any:
        return (*one.__reduce__()[:2], state)

    with BytesIO() as file:
        pickler = pickle.Pickler(file)
        pickler.dispatch_table = copyreg.dispatch_table.copy()
        pickler.dispatch_table[type(tree)] = reduced
        pickler.dump(estimator)
        return file.getvalue()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("left_child", 0),
        ("left_child", 10**9),
        ("right_child", -7),
        ("feature", 9),
        ("feature", -3),
    ],
)
def test_d2_a_tree_that_leads_nowhere_is_refused(field: str, value: int) -> None:
    def change(state: dict[str, Any]) -> None:
        state["nodes"][field][0] = value

    rows = np.arange(20.0)[:, None]
    for estimator in (DecisionTreeRegressor(), RandomForestRegressor(3, random_state=0)):
        estimator.fit(rows, rows[:, 0])
        sound = forged_tree(estimator, lambda _: None)
        assert trusted_pickle.load(sound, place="m").predict(rows).shape == (20,)

        with pytest.raises(ModelError, match="it holds a tree that leads nowhere"):
            trusted_pickle.load(forged_tree(estimator, change), place="m")


@pytest.mark.parametrize(
    ("field", "value"), [("left", 0), ("left", 10**6), ("right", 10**6), ("feature_idx", 5)]
)
def test_d2_a_tree_of_histogram_boosting_is_checked_too(field: str, value: int) -> None:
    rows = np.arange(200.0)[:, None]
    model = HistGradientBoostingRegressor(max_iter=2).fit(rows, rows[:, 0])
    assert trusted_pickle.load(pickle.dumps(model), place="m").predict(rows).shape == (200,)
    model._predictors[0][0].nodes[field][0] = value

    with pytest.raises(ModelError, match="it holds a tree that leads nowhere"):
        trusted_pickle.load(pickle.dumps(model), place="m")


def test_d2_a_tree_of_neighbours_is_checked_too() -> None:
    rows = np.arange(200.0).reshape(100, 2)
    model = KNeighborsRegressor(algorithm="kd_tree").fit(rows, rows[:, 0])
    assert trusted_pickle.load(pickle.dumps(model), place="m").predict(rows).shape == (100,)
    np.asarray(model._tree.idx_array)[0] = 10**9

    with pytest.raises(ModelError, match="it holds a tree that leads nowhere"):
        trusted_pickle.load(pickle.dumps(model), place="m")


# --- D3: the environment -------------------------------------------------------------------

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is full")


@contextmanager
def on_a_full_disk(stream: str) -> Iterator[None]:
    with (
        pytest.MonkeyPatch.context() as patch,
        suppress(OSError),  # when it is closed
        Path("/dev/full").open("w", encoding="utf-8") as file,
    ):
        patch.setattr(sys, stream, file)
        yield


@full
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (2, ("fit", "nope")),
        (2, ("fitt",)),
        (2, ("predict", "--nope")),
        (4, ("predict", "-m", "nope")),
        (3, ("predict", "--input", "nope.csv")),
        (0, ("predict", "--guests", 3)),
    ],
)
def test_d3_a_full_disk_behind_stderr_keeps_the_exit_code(
    code: int, words: tuple[object, ...], nights: Project
) -> None:
    with on_a_full_disk("stderr"):
        ended = nights.mlcli(*words)

    assert ended.code == code


@full
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_d3_a_report_without_room_says_what_is_stored(more: list[str], nights: Project) -> None:
    nights.define(table_definition(model="poisson_regression"), "nights")
    with on_a_full_disk("stdout"):
        ended = nights.mlcli("fit", *more)

    assert ended.code == 5
    said = "error: nights@3 is stored; its report could not be written: No space left on device\n"
    assert ended.err.endswith(said)
    assert versions.read(models(nights), "nights").version == 3


@pytest.mark.parametrize("name", ["-x", "-", "x y", "Größe", "x.y"])
def test_d3_a_name_that_no_command_could_take_makes_no_model(name: str, project: Project) -> None:
    project.write("data/nights.csv", LINE)
    project.define(table_definition(), name)

    said = project.fails(2, "fit")

    assert f"'{name}' cannot be the name of a model" in said
    assert "-x" not in versions.names(models(project))


def test_d3_a_folder_that_may_not_be_looked_into_is_no_folder_without_models(
    nights: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.iterdir

    def denied(path: Path) -> Iterator[Path]:
        if path in {models(nights), nights.root / "configs"}:
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "iterdir", denied)

    for words in (["predict", "--guests", 3], ["evaluate"], ["predict", "-m", "days"]):
        said = nights.fails(5, *words)
        assert said.startswith("error: models: the model cannot be read: Permission denied\n")
    for words in (["fit"], ["fit", "nights"], ["data"]):
        said = nights.fails(5, *words)
        assert said.startswith("error: configs: the folder cannot be read: Permission denied\n")


def test_d3_a_model_that_may_not_be_looked_into_is_there(
    nights: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Path.lstat

    def denied(path: Path) -> os.stat_result:
        if models(nights) / "nights" in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "lstat", denied)

    assert "Permission denied" in nights.fails(5, "predict", "--guests", 3)
    assert "Permission denied" in nights.fails(5, "evaluate")


@pytest.mark.parametrize(
    "name", ["*" * 200, "*/" * 200, "**/" * 200 + "x.csv", "data/" + "*a" * 200]
)
@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_d3_a_pattern_of_200_stars_is_none(name: str, engine: str, project: Project) -> None:
    said = table_definition().replace("data/nights.csv", f'"{name}"') + f"engine: {engine}\n"
    project.define(said, "nights")

    assert "...: a pattern has at most 20 signs such as *, and " in project.fails(2, "fit")


@pytest.mark.parametrize("query", ["foo=1", "mode=ro", "uri=true&mode=ro"])
def test_d3_arguments_that_a_database_does_not_take_are_refused(
    query: str, project: Project, recwarn: pytest.WarningsRecorder
) -> None:
    with closing(sqlite3.connect(project.root / "nights.db")) as made:
        made.execute("create table nights (guests real, doughs real)")
        made.executemany("insert into nights values (?, ?)", [(x, 2 * x) for x in range(10)])
        made.commit()
    plain = table_definition().replace(
        "file: data/nights.csv", 'sql: {url: "sqlite:///nights.db", table: nights}'
    )
    project.define(plain.replace("nights.db", f"nights.db?{query}"), "nights")

    said = project.fails(2, "fit")

    name = query.partition("=")[0]
    assert f"the database does not take what its URL says of {name}" in said
    assert list(recwarn) == []
    assert project.mlcli("fit", "--json").json["error"]["fix"] == [
        {
            "file": "configs/nights.yaml",
            "path": ["sources", "nights", "sql", "url"],
            "value": "sqlite:///nights.db",
        }
    ]
    project.define(plain, "nights")
    project.works("fit")


SECRET = "root:x:0:0:secretword:/root:/bin/bash\nsecretword:x:1:1:daemon:/usr/sbin:nologin\n"


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    "more",
    ["", ', delimiter: "|"', ", skip_rows: 1", ", columns: [guests, doughs]"],
)
@pytest.mark.parametrize("holdout", ["holdout: none\n", ""])
def test_d3_no_word_of_a_file_outside_the_project_is_told(
    holdout: str, more: str, engine: str, project: Project
) -> None:
    inside = project.root / "project"
    (inside / "configs").mkdir(parents=True)
    project.write("passwd", SECRET)
    said = table_definition().replace("data/nights.csv", "../passwd}").replace("file:", "{file:")
    (inside / "configs/nights.yaml").write_text(
        said.replace("passwd}", f"passwd{more}}}").replace("holdout: none\n", holdout)
        + f"engine: {engine}\n"
    )
    with chdir(inside):
        ended = project.mlcli("fit")
        told = project.mlcli("fit", "--json")

    assert ended.code == 3
    assert "error: ../passwd" in ended.err
    assert "outside the project folder" in ended.err
    assert "secretword" not in ended.err + told.out + told.err


def test_d3_a_file_outside_the_project_has_a_note_and_a_strangers_manifest_may_not_name_one(
    project: Project,
) -> None:
    days = [(f"2026-01-{day:02d}", day, 2 * day) for day in range(1, 11)]
    project.write("exports/nights.csv", csv_of("day,guests,doughs", days))
    inside = project.root / "project"
    (inside / "configs").mkdir(parents=True)
    definition = inside / "configs/nights.yaml"
    said = table_definition() + "date: day\n"
    definition.write_text(said.replace("data/nights.csv", "../exports/nights.csv"))
    with chdir(inside):
        fitted = project.works("fit")
        own = project.works("predict", "--date", "2026-01-03")
        definition.write_text(said)
        stranger = project.fails(4, "predict", "--date", "2026-01-03")
        waiting = project.fails(4, "predict")

    note = "warning: ../exports/nights.csv: it lies outside the project folder\n"
    assert (fitted.err, own.out) == (note, "6 doughs\n")
    for refused in (stranger, waiting):
        assert refused.startswith(
            "error: nights@1 would read ../exports/nights.csv, outside the project folder, "
        )


# --- D5: words and figures -----------------------------------------------------------------


@posix
def test_d5_words_on_stderr_wrap_between_them_on_a_terminal(nights: Project) -> None:
    nights.define(table_definition(features="[gests]"), "nights")
    whole = nights.fails(2, "predict", "--gusets", 3, "--gests", 4, "--persons", 5)

    _, text = shown("predict", "--gusets", 3, "--gests", 4, "--persons", 5)

    lines = text.split("\r\n")
    assert len(lines) > 2
    assert all(len(line) <= 80 for line in lines)
    assert " ".join(text.split()) == " ".join(whole.split())


def test_d5_row_counts_are_whole_where_names_are_long(project: Project) -> None:
    name = "a_rather_long_name_of_a_column_that_somebody_chose_for_its_export"
    project.write("data/nights.csv", csv_of(f"{name},doughs", [(x, 2 * x) for x in range(12)]))
    rule = f"rules:\n  - drop_missing: {{of: {name}}}\n"
    project.define(table_definition(features=f"[{name}]") + rule, "nights")

    said = project.works("data", "nights").out

    assert "..." not in said.partition("used")[0]
    assert [line.split()[-1] for line in said.splitlines() if "nights.csv" in line] == ["12"]


# y = 2x over 0 to 9 has the mean 9; standardised, the answer for 0 is 9 less 9 and rounding.
@pytest.mark.parametrize("zero", ["0", "-0", "0.0"])
@pytest.mark.parametrize("floored", [True, False])
def test_d5_what_is_left_of_rounding_is_0_without_a_note(
    zero: str, floored: bool, project: Project
) -> None:
    below = [] if floored else [(-1, -2)]
    project.write(
        "data/nights.csv", csv_of("guests,doughs", [*below, *[(x, 2 * x) for x in range(10)]])
    )
    project.define(table_definition(label="{name: doughs, whole: false}"), "nights")
    project.works("fit")
    project.write("q.csv", f"guests\n{zero}\n")

    alone = project.works("predict", "--guests", zero)
    (told,) = project.works("predict", "--guests", zero, "--json").json["predictions"]
    batch = project.works("predict", "--input", "q.csv").out

    assert (alone.out, told["value"], told["notes"]) == ("0 doughs\n", 0, [])
    assert "below 0" not in alone.err
    assert batch == f"guests,answer,note\n{zero},0,\n"


def test_d5_a_weight_of_nothing_but_rounding_is_0(project: Project) -> None:
    rows = [(x, x % 3, 2 * x) for x in range(12)]
    project.write("data/nights.csv", csv_of("guests,children,doughs", rows))
    project.define(table_definition(features="[guests, children]"), "nights")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert fitted["equation"] == "doughs = 0 + 2 × guests + 0 × children"


def test_d5_an_answer_far_below_0_is_still_said_to_be(project: Project) -> None:
    project.write("data/nights.csv", LINE)
    project.define(table_definition(), "nights")
    project.works("fit")

    assert "answered 0, not -2" in project.works("predict", "--guests", "-1").err


def test_d5_small_weights_that_count_stay(project: Project) -> None:
    rows = [(x * 1e9, x % 3, x * 2e-9) for x in range(12)]
    project.write("data/nights.csv", csv_of("guests,children,doughs", rows))
    project.define(table_definition(features="[guests, children]"), "nights")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert fitted["equation"] == "doughs = 0 + 2e-18 × guests + 0 × children"


def test_d5_recommend_gives_numbers_as_numbers(project: Project) -> None:
    rows = [("a", "x", 4, "007"), ("b", "x", 2.5, "8"), ("c", "x", "", "")]
    project.write("data/games.csv", csv_of("name,kind,cost,code", rows))
    project.define(
        """\
sources:
  games: {file: data/games.csv, rules: [fill_missing: {code: none}]}
features: [{name: kind, kind: category}]
label: name
model: match
recommend: {show: [cost, code, kind]}
""",
        "games",
    )
    project.works("fit")

    found = project.works("recommend", "--kind", "x", "--json").json["suggestions"]

    assert [one["show"] for one in found] == [
        {"cost": 4, "code": "007", "kind": "x"},
        {"cost": 2.5, "code": "8", "kind": "x"},
        {"cost": None, "code": "none", "kind": "x"},
    ]
    assert [type(one["show"]["cost"]) for one in found] == [int, float, type(None)]
    assert "4.0" in project.works("recommend", "--kind", "x").out
