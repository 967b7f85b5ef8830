"""What `import mlcli` offers: the page is true, and it says what the command line says."""

from __future__ import annotations

import doctest
import json
import pickle
import re
import shutil
import signal
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from support import Project, say

import mlcli
from mlcli.api import calls, results

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
NOTEBOOK = """\
import mlcli
mlcli.fit("pizzeria")
pizzeria = mlcli.model("pizzeria")
tonight = pizzeria.ask(reservations=15)
print(tonight.answer, tonight.unit)
"""


@pytest.fixture
def shipped(project: Project) -> Project:
    """The project as it is cloned: definitions and data, nothing fitted."""
    for folder in ("configs", "data"):
        shutil.copytree(ROOT / folder, project.root / folder, dirs_exist_ok=True)
    return project


# --- the page, and what is public ---------------------------------------------------------


def test_every_example_of_the_page_gives_what_it_shows(shipped: Project) -> None:
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE, re.DOTALL)
    example = doctest.DocTestParser().get_doctest("".join(blocks), {}, "python.md", None, 0)
    said: list[str] = []

    ended = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)

    assert ended.attempted >= 15
    assert not ended.failed, "".join(said)
    assert shipped.capsys.readouterr().err == ""


def test_all_that_is_public_is_on_the_page_and_nothing_else_is_public() -> None:
    for name in mlcli.__all__:
        assert re.search(rf"`(mlcli\.)?{name}\b", PAGE), name
        assert getattr(mlcli, name).__doc__.strip()
    assert dir(mlcli) == sorted([*mlcli.__all__, "__version__"])
    assert mlcli.__all__ == sorted(mlcli.__all__)
    classes = {name for name, it in vars(results).items() if _is_ours(it)} - {"Shown"}
    assert classes | {"FittedModel", "fit", "model", "compare", "examples"} <= set(mlcli.__all__)


def _is_ours(it: object) -> bool:
    return isinstance(it, type) and it.__module__ == "mlcli.api.results" and it.__name__[0] != "_"


def test_whatever_else_is_asked_for_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"^module 'mlcli' has no attribute 'predict'$"):
        _ = mlcli.predict


def test_to_import_it_alone_imports_nothing_else() -> None:
    code = "import mlcli, json, sys; print(json.dumps([m for m in sys.modules if 'mlcli' in m]))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(found.stdout) == ["mlcli"]


# --- from exports to an answer ------------------------------------------------------------


def test_a_notebook_goes_from_exports_to_an_answer_in_five_lines(shipped: Project) -> None:
    assert len(NOTEBOOK.splitlines()) == 5

    found = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, cwd=shipped.root,
        check=True,
    )  # fmt: skip

    assert (found.stdout, found.stderr) == ("49 doughs\n", "")


THOUSAND = """\
import json, sys, time
import mlcli
from mlcli.store import files

read, reads = files.bytes_of, []
files.bytes_of = lambda path, *rest: reads.append(path.name) or read(path, *rest)
began = time.perf_counter()
pizzeria = mlcli.model("pizzeria")
answers = [pizzeria.ask(reservations=n % 60).answer for n in range(1000)]
print(json.dumps([answers, reads, time.perf_counter() - began, "numpy" in sys.modules]))
"""


def test_an_equation_is_asked_a_thousand_times_and_read_once(pizzeria: Project) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", THOUSAND], capture_output=True, cwd=pizzeria.root, check=True
    )

    answers, reads, seconds, numpy = json.loads(ended.stdout)
    say(f"1,000 questions in {seconds:.3f} s")
    assert len(answers) == 1000
    assert answers[15] == 49
    assert reads == ["current", "manifest.json", "index.jsonl", "equation.json"]
    assert not numpy


# --- the same as the command line ---------------------------------------------------------


def test_what_is_answered_is_what_json_prints(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLCLI_TODAY", "2024-01-10")
    model = mlcli.model("pizzeria")
    rows = "day,reservations,doughs\n2024-02-01,10,44\n2024-02-02,20,55\n2024-02-03,30,\n"
    pizzeria.write("nights.csv", rows.replace("2024-02-03,30,\n", "2024-02-04,30,61\n"))
    same = {
        ("predict", "--reservations", 15): model.ask(reservations=15),
        ("predict", "--reservations", 90, "--range", "80%"): model.ask(
            reservations=90, range_="80%"
        ),
        ("predict", "--date", "2024-01-10"): model.ask_date("2024-01-10"),
        ("predict", "--date", "tomorrow", "--anyway"): model.ask_date("+1", anyway=True),
        ("predict", "--date", "2024-01-12", "--anyway"): model.ask_date(
            date(2024, 1, 12), anyway=True
        ),
        ("predict",): model.waiting(),
        ("predict", "--anyway", "--range", "80%"): model.waiting(range_="80%", anyway=True),
        ("evaluate", "--data", "nights.csv"): model.evaluate("nights.csv"),
    }
    for words, found in same.items():
        assert found.to_json() == pizzeria.works(*words, "--json").result, words


def test_what_is_suggested_is_what_json_prints(gamedrop: Project) -> None:
    model = mlcli.model("gamedrop")
    same = {
        ("recommend", "--budget", "cheap", "--play", "adventure"): model.recommend(
            budget="CHEAP", play="Adventure"
        ),
        ("recommend", "--play", "adventure", "--play", "puzzle", "--top", 2, "--skip", 1): (
            model.recommend(play=["adventure", "puzzle"], top=2, skip=1)
        ),
        ("evaluate",): model.evaluate(),
    }
    for words, found in same.items():
        assert found.to_json() == gamedrop.works(*words, "--json").result, words


def test_what_is_fitted_judged_and_compared_is_what_json_prints(pizzeria: Project) -> None:
    shutil.copytree(pizzeria.root, pizzeria.root / "other")
    other = pizzeria.root / "other"
    tried = ["linear_regression", "ridge"]

    found = [
        mlcli.fit("pizzeria", other).to_json(),
        mlcli.model("pizzeria", project=other).evaluate().to_json(),
        mlcli.compare("pizzeria", models=tried, project=str(other)).to_json(),
    ]

    assert found == [
        pizzeria.works("fit", "--json").result,
        pizzeria.works("evaluate", "--json").result,
        pizzeria.works("compare", "pizzeria", "--models", ",".join(tried), "--json").result,
    ]
    noted = [(root / "models" / "runs.jsonl").read_text() for root in (other, pizzeria.root)]
    without = [re.sub(r'"at":"[^"]*"', "", text) for text in noted]
    assert without[0] == without[1]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["--reservations", "fifteen"], {"reservations": "fifteen"}),
        (["--reservations", "inf"], {"reservations": float("inf")}),
        (["--reservations", "1", "--reservations", "2"], {"reservations": [1, 2]}),
        (["--date", "2024-01-12"], None),
        (["--reservations", "15", "--range", "1%"], {"reservations": 15, "range_": "1%"}),
    ],
)
def test_what_is_wrong_is_said_as_on_the_command_line(
    pizzeria: Project, words: list[str], asked: dict[str, Any] | None
) -> None:
    model = mlcli.model("pizzeria")

    with pytest.raises(mlcli.MlcliError) as caught:
        model.ask_date("2024-01-12") if asked is None else model.ask(**asked)

    error = caught.value
    said = pizzeria.mlcli("predict", *words)
    lines = said.err.splitlines()
    assert said.code == error.exit_code
    assert lines[0].partition(": ")[2] == str(error)
    assert lines[1:] == ([f"hint: {error.hint}"] if error.hint else [])


def test_a_question_for_another_kind_of_model_is_told_where_to_go(
    pizzeria: Project, gamedrop: Project
) -> None:
    numbers, games = mlcli.model("pizzeria"), mlcli.model("gamedrop")
    wrong = [
        (lambda: games.ask(budget="cheap"), "gamedrop suggests things"),
        (games.waiting, "gamedrop suggests things"),
        (lambda: games.ask_date("2024-01-10"), "gamedrop suggests things"),
        (lambda: games.evaluate("nights.csv"), "gamedrop suggests things, and no file holds"),
        (lambda: numbers.recommend(reservations=3), "pizzeria answers questions"),
        (lambda: numbers.ask(guests=3), "pizzeria has no --guests"),
        (lambda: games.recommend(budget="cheap", top=0), "top is 1 or more"),
    ]
    for call, message in wrong:
        with pytest.raises(mlcli.AskedWronglyError, match=f"^{message}"):
            call()


def test_a_version_is_named_by_its_number(pizzeria: Project) -> None:
    definition = pizzeria.root / "configs" / "pizzeria.yaml"
    text = definition.read_text(encoding="utf-8")
    pizzeria.define(text.replace("linear_regression ", "polynomial_regression "))

    second = mlcli.fit(definition)

    assert (second.model, second.version, second.new) == ("pizzeria", 2, True)
    assert mlcli.model("pizzeria").version == 2
    assert mlcli.model("pizzeria@1").ask(reservations=15).answer == 49
    found = mlcli.compare("pizzeria@1", "pizzeria@2")
    assert found.to_json() | {"looks": 0} == (
        pizzeria.works("compare", "pizzeria@1", "pizzeria@2", "--json").result | {"looks": 0}
    )
    for wrong in ("pizzeria@", "pizzeria@0", "pizzeria@3", "pizza"):
        with pytest.raises(mlcli.MlcliError):
            mlcli.model(wrong)


# --- values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        *(15, 15.0, "15", "15.0", Decimal(15), np.int8(15), np.float32(15), np.float64(15)),
        *([15], (15,), np.array([15]), np.array(15), pd.Series([15])),
    ],
    ids=lambda value: f"{type(value).__name__}",
)
def test_a_number_may_be_of_any_type(pizzeria: Project, value: object) -> None:
    assert mlcli.model("pizzeria").ask(reservations=value).value == 48.72086158738617


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, []),
        (True, ["true"]),
        (np.True_, ["true"]),
        (np.str_("a b"), ["a b"]),
        (1e-7, ["1e-07"]),
        (np.float64(0.1), ["0.1"]),
        (date(2024, 1, 10), ["2024-01-10"]),
        (datetime(2024, 1, 10), ["2024-01-10"]),
        (datetime(2024, 1, 10, 19, 30), ["2024-01-10 19:30:00"]),
        (datetime(2024, 1, 10, tzinfo=UTC), ["2024-01-10 00:00:00+00:00"]),
        (pd.Timestamp("2024-01-10"), ["2024-01-10"]),
        (np.datetime64("2024-01-10"), ["2024-01-10"]),
        (np.datetime64("2024-01-10T00:00:00.000000000"), ["2024-01-10"]),
        (["a", ("b", None), {"c"}], ["a", "b", "c"]),
        (pd.Index(["a", "b"]), ["a", "b"]),
        ([], []),
    ],
)
def test_values_are_read_as_options_are(value: object, texts: list[str]) -> None:
    assert calls._texts(value) == texts


NAMES = """\
sources:
  nights: {file: data/nights.csv}
features:
  - guests booked
  - {name: "is holiday?", kind: category}
label: {name: "<b>soups</b>", whole: true}
model: k_nearest
holdout: none
"""


@pytest.fixture
def named(project: Project) -> Project:
    """A model of features with odd names, and without an equation."""
    rows = [f"{n},{'true' if n % 2 else 'false'},{n + n % 2}" for n in range(20)]
    lines = ["guests booked,is holiday?,<b>soups</b>", *rows]
    project.write("data/nights.csv", "\n".join(lines) + "\n")
    project.define(NAMES, "nights")
    mlcli.fit("nights")
    return project


def test_a_feature_may_have_a_name_that_is_none_of_pythons(named: Project) -> None:
    model = mlcli.model("nights")

    by_name = model.ask(**{"guests booked": 3, "is holiday?": True})

    assert by_name == model.ask(guests_booked="3", is_holiday=np.True_)
    assert by_name.asked == {"guests booked": 3, "is holiday?": "true"}
    with pytest.raises(mlcli.AskedWronglyError, match="stands here 2 times"):
        model.ask(guests_booked=3, is_holiday=True, **{"guests booked": 4})
    said = named.works("predict", "--guests-booked", 3, "--is-holiday", "true", "--json")
    assert by_name.to_json() == said.result


# --- how results show themselves ----------------------------------------------------------


def test_results_are_plain_values(pizzeria: Project) -> None:
    model = mlcli.model("pizzeria")
    answer = model.ask(reservations=15)

    assert answer == pickle.loads(pickle.dumps(answer))
    assert answer != model.ask(reservations=16)
    with pytest.raises(AttributeError):
        answer.answer = 3


def test_html_holds_nothing_of_the_data_that_is_not_escaped(named: Project) -> None:
    shown = mlcli.model("nights").ask(guests_booked=3, is_holiday=True)._repr_html_()

    assert "<th>&lt;b&gt;soups&lt;/b&gt;</th>" in shown
    assert "<b>" not in shown
    assert re.sub(r"</?(table|caption|thead|tbody|tr|th|td|p)>", "", shown).isprintable()


def test_every_result_shows_a_table_of_html(pizzeria: Project, gamedrop: Project) -> None:
    model, games = mlcli.model("pizzeria"), mlcli.model("gamedrop")
    shown = [
        *(model, model.ask(reservations=15), model.waiting(), model.evaluate()),
        *(games, games.recommend(budget="cheap"), games.evaluate()),
        *(mlcli.fit("pizzeria"), mlcli.fit("gamedrop")),
        mlcli.compare("pizzeria", models=["linear_regression", "ridge"]),
    ]
    for one in shown:
        assert one._repr_html_().startswith("<table><caption>")
        assert 0 < len(repr(one).splitlines()) < 20
    assert repr(model.ask(reservations=15)) == "49 doughs"


# --- what is left alone -------------------------------------------------------------------


def test_nothing_is_printed_and_no_signal_is_touched(
    shipped: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(signal, "signal", refuse)
    before = [*warnings.filters], warnings.showwarning, Path.cwd()
    shipped.capsys.readouterr()

    mlcli.fit("pizzeria")
    model = mlcli.model("pizzeria")
    model.ask_date("2024-01-10")
    model.evaluate()
    mlcli.compare("pizzeria", models=["ridge", "k_nearest"])

    assert shipped.capsys.readouterr() == ("", "")
    assert before == ([*warnings.filters], warnings.showwarning, Path.cwd())


def test_threads_get_the_answers_that_one_alone_gets(named: Project, sample: Path) -> None:
    shutil.copytree(sample, named.root, dirs_exist_ok=True)
    pizzeria, nights = mlcli.model("pizzeria"), mlcli.model("nights")
    before = [*warnings.filters], warnings.showwarning

    def work(n: int) -> object:
        match n % 4:
            case 0:
                return pizzeria.ask(reservations=n)
            case 1:
                return nights.ask(guests_booked=n, is_holiday=False)
            case 2:
                return pizzeria.waiting()
            case _:
                return mlcli.fit("nights").metrics

    alone = [work(n) for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        together = [*threads.map(work, [*range(8)] * 4)]

    assert together == alone * 4
    assert before == ([*warnings.filters], warnings.showwarning)


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), np.ma.masked],
)
def test_what_is_missing_counts_as_not_given(pizzeria: Project, missing: Any) -> None:
    with pytest.raises(mlcli.AskedWronglyError, match="also needs reservations"):
        mlcli.model("pizzeria", pizzeria.root).ask(reservations=missing)


@pytest.mark.parametrize("value", [b"15", {"reservations": 15}])
def test_what_is_no_value_is_refused(pizzeria: Project, value: Any) -> None:
    with pytest.raises(mlcli.AskedWronglyError, match="neither a number nor words"):
        mlcli.model("pizzeria", pizzeria.root).ask(reservations=value)


def test_paths_name_definitions_and_models_too(pizzeria: Project) -> None:
    assert mlcli.model(Path("pizzeria"), pizzeria.root).name == "pizzeria"
    found = mlcli.compare(Path("pizzeria"), models="linear_regression,ridge", project=pizzeria.root)
    assert len(found.to_json()["models"]) == 2


def test_a_current_folder_that_is_gone_is_no_matter_beside_an_absolute_one(
    pizzeria: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert mlcli.model("pizzeria", pizzeria.root).ask(reservations=15).answer == 49
    with pytest.raises(mlcli.EnvironmentProblemError, match="folder is gone"):
        mlcli.model("pizzeria")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for call in (mlcli.fit, mlcli.model):
        with pytest.raises(mlcli.AskedWronglyError, match="no such folder") as caught:
            call("pizzeria", project=tmp_path / "nowhere")

        assert caught.value.place == str(tmp_path / "nowhere")
