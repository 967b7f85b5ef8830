"""What --json prints: golden objects, held against their schemas, and every ``next`` is run."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT
from schemas import flaws
from support import Project, csv_of, fit_all
from typer.main import get_command

from mlcli.cli import schema
from mlcli.cli.process import COMMANDS, build
from mlcli.learning import fitting
from mlcli.verbs import next_steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Twenty-eight days, three doughs a guest and one more; four days that wait for their doughs.
DAYS = [(f"2024-01-{day:02}", day % 9 + 1, 3 * (day % 9 + 1) + 1) for day in range(1, 29)]
WAITING = [("2024-01-29", 4, ""), ("2024-01-30", 7, ""), ("2024-01-31", 12, "")]
NIGHTS = """\
sources: {nights: {file: data/nights.csv}}
date: day
rules:
  - drop_weekdays: {days: [Wednesday], because: closed}
features: [guests]
label: doughs
model: linear_regression
"""
TUNED = NIGHTS.replace("linear_regression", "ridge") + "tune: {penalty: [10, 1]}\n"
TORN = NIGHTS.replace("nights.csv", "torn.csv")
GAMES = """\
sources: {games: {file: data/games.csv}}
features:
  - {name: budget, kind: category}
  - {name: play, kind: tags}
label: game
model: complement_naive_bayes
recommend: {top: 2, show: [cost]}
"""
GAMES_CSV = """\
game,budget,play,cost
Pitfall,cheap,"adventure,puzzle",3
Tetris,cheap,puzzle,2
Doom,premium,action,30
"""

RUNS: dict[str, tuple[int, str]] = {
    "start": (0, "start data/nights.csv --yes --ask doughs --name again"),
    "start_questions": (0, "start data/nights.csv --ask doughs"),
    "start_undecided": (0, "start data/bills.csv --ask cost"),
    "start_there": (2, "start data/nights.csv --yes --ask doughs --name nights"),
    "data": (0, "data nights"),
    "data_file": (0, "data data/games.csv"),
    "data_nothing": (2, "data nowhere"),
    "data_torn": (0, "data torn"),
    "data_file_nowhere": (3, "data data/nowhere.csv"),
    "fit": (0, "fit nights"),
    "fit_catalogue": (0, "fit games"),
    "fit_set_wrongly": (2, "fit nights --set model=rigde"),
    "fit_if_better": (6, "fit nights --set model=ridge --if-better"),
    "fit_torn_after_another": (3, "fit games torn"),
    "tune_dry": (0, "tune tuned --dry-run"),
    "evaluate": (0, "evaluate -m nights"),
    "evaluate_catalogue": (0, "evaluate -m games"),
    "evaluate_nothing": (4, "evaluate -m nihgts"),
    "compare": (0, "compare nights --models ridge,linear_regression"),
    "history": (0, "history nights"),
    "report": (0, "report nights --format vega"),
    "use": (0, "use nights@1"),
    "use_nothing": (4, "use nights@9"),
    "predict": (0, "predict --guests 5"),
    "predict_beyond": (0, "predict --guests 500 --range 60%"),
    "predict_waiting": (0, "predict -m nights"),
    "predict_days": (0, "predict -m nights --date 2024-01-30..2024-02-01"),
    "predict_refused": (6, "predict -m nights --date 2024-01-31"),
    "predict_wrongly": (2, "predict --guests five"),
    "predict_no_option": (2, "predict --gusts 5"),
    "recommend": (0, "recommend --play puzzle --top 1"),
    "recommend_nothing": (2, "recommend"),
    "schema": (0, "schema --of use"),
    "schema_of_nothing": (2, "schema --of predit"),
    "skill": (0, "skill"),
}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, and a definition whose export holds a word among the numbers."""
    root = tmp_path_factory.mktemp("shop")
    (root / "data").mkdir()
    (root / "configs").mkdir()
    (root / "data/nights.csv").write_text(csv_of("day,guests,doughs", [*DAYS, *WAITING]))
    (root / "data/games.csv").write_text(GAMES_CSV)
    (root / "configs/nights.yaml").write_text(NIGHTS)
    (root / "configs/games.yaml").write_text(GAMES)
    fit_all(root)
    (root / "data/torn.csv").write_text("day,guests,doughs\n2024-01-01,many,3\n")
    (root / "configs/torn.yaml").write_text(TORN)
    bills = [(f"{n % 9 + 1}/{n % 7 + 1}/2024", n) for n in range(30)]  # of a day or a month
    (root / "data/bills.csv").write_text(csv_of("paid,cost", bills))
    (root / "configs/tuned.yaml").write_text(TUNED)
    return root


@pytest.fixture
def shop(fitted: Path, project: Project) -> Project:
    """A copy of that folder."""
    shutil.copytree(fitted, project.root, dirs_exist_ok=True)
    return project


RAN: set[str] = set()
"""Commands that change nothing and were run after a command that changes nothing."""


@pytest.mark.parametrize("name", RUNS)
def test_every_end_is_one_object_as_its_schema_says_and_every_next_ends_with_exit_0(
    name: str, shop: Project, golden: Callable[[str, str], None]
) -> None:
    code, line = RUNS[name]

    ended = shop.mlcli(*line.split(), "--json")

    assert ended.code == code, ended.err
    found = ended.json
    assert next(iter(found)) == "schema_version"
    assert [*found][-1] == "next"
    assert found.get("error", {"exit": 0})["exit"] == code
    assert flaws(schema.of_output(line.split()[0]), found) == []
    assert "other" not in re.findall(r'"(\w+)"', json.dumps(codes_in(found)))
    golden(f"json/{name}.json", json.dumps(plain(found), indent=1, ensure_ascii=False) + "\n")

    steps = found["next"]
    assert 0 < len(steps) <= 3
    for step in steps:
        assert step["argv"][0] == "mlcli"
        told = json.dumps(step["argv"])
        if told in RAN:
            continue
        if line.split()[0] not in {"fit", "tune", "use"} and "models/" not in step["writes"]:
            RAN.add(told)
        ended = shop.works(*step["argv"][1:])
        assert flaws(schema.of_output(step["argv"][1]), ended.json) == []


def test_a_program_that_only_follows_next_gets_from_an_export_to_an_answer(shop: Project) -> None:
    shutil.rmtree(shop.root / "models")

    argv = ["mlcli", "data", "nights", "--json"]
    seen = []
    while (found := shop.works(*argv[1:]).json) and "predictions" not in found:
        seen.append(argv[1])
        argv = found["next"][0]["argv"]

    # Guests were 1 to 9 in what was learned from, 5 in the middle: 3 * 5 + 1.
    assert seen == ["data", "fit"]
    assert found["predictions"][0]["asked"] == {"guests": 5}
    assert found["predictions"][0]["value"] == pytest.approx(16, abs=1e-9)


def test_next_leads_to_the_project_of_a_definition_that_is_named_by_its_path(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere/configs").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")

    for words in (["data"], ["fit"], ["tune", "--dry-run"]):
        name = "tuned" if words[0] == "tune" else "nights"
        found = shop.works(*words, f"../configs/{name}.yaml", "--json").json
        for step in found["next"]:
            shop.works(*step["argv"][1:])


def test_next_is_read_from_what_gets_past_an_error(shop: Project) -> None:
    shop.write("asked.csv", "guests\n5\n")
    words = ["predict", "--input", "asked.csv", "--model=nights", "--output", "out.csv", "--json"]

    found = shop.mlcli(*words).json

    # Either --json or --output has to go, and without --json there is nothing for a program.
    assert found["next"][0]["argv"] == [
        *("mlcli", "predict", "--input", "asked.csv", "--model=nights", "--json"),
    ]


def test_what_would_fail_for_another_reason_is_not_promised(shop: Project) -> None:
    found = shop.mlcli("data", "--raw", "--json").json

    # Without --raw there are still several definitions, and none is named.
    assert found["error"]["fix"] == [{"option": "--raw", "value": None}]
    assert ["mlcli", "data", "--json"] not in [step["argv"] for step in found["next"]]


def test_no_fit_is_named_that_cannot_learn(shop: Project) -> None:
    shutil.rmtree(shop.root / "models")
    shop.write("data/nights.csv", csv_of("day,guests,doughs", [(day, 5, 16) for day, *_ in DAYS]))

    # Every night had 16 doughs: there is nothing to learn, and nothing is damaged either.
    for words in (["data", "nights"], ["evaluate", "-m", "nights"], ["skill"]):
        for step in shop.mlcli(*words, "--json").json["next"]:
            assert step["argv"][1:3] != ["fit", "nights"]


def test_a_start_is_named_with_all_that_was_said(shop: Project) -> None:
    paid = '{data/bills.csv: {dates: {format: "%d/%m/%Y"}}}'
    said = ["start", "data/bills.csv", "--source", paid, "--ask", "cost", "--known", "weekday"]

    (step,) = shop.works(*said, "--because", "a fair", "--json").json["next"]

    assert step["argv"][:6] == ["mlcli", "start", "data/bills.csv", "--yes", "--ask", "cost"]
    assert [*zip(step["argv"][6::2], step["argv"][7::2], strict=False)] == [
        ("--because", "a fair"),
        ("--known", "weekday"),
        ("--source", paid),
    ]
    assert shop.works(*step["argv"][1:]).json["definition"]["features"] == ["weekday"]


def test_a_switch_is_left_out_alone_and_the_day_behind_it_stays(shop: Project) -> None:
    asked = shop.mlcli(
        "predict", "-m", "nights", "--strict", "--date", "2024-01-29..2024-01-31", "--json"
    )

    assert asked.code == 6
    assert asked.json["next"][0]["argv"][1:] == [
        *("predict", "-m", "nights", "--date", "2024-01-29..2024-01-31", "--json")
    ]


def test_what_has_no_value_is_known_of_every_option_that_a_fix_leaves_out() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    left_out = {*re.findall(r'Fix\(None, option="(--[a-z-]+)"\)', source)} - {"--json"}
    switches = {
        name
        for command in COMMANDS
        for one in get_command(build([command])).commands[command].params
        if getattr(one, "is_flag", False)
        for name in one.opts
    }

    assert left_out & switches == left_out & {*next_steps._SWITCHES}


def _forgets_to_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    def learns(*_: object, **__: object) -> None:
        raise AssertionError("something is learned")

    monkeypatch.setattr(fitting, "learn", learns)


def test_beside_a_table_on_a_screen_nothing_is_learned(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forgets_to_learn(monkeypatch)

    assert "mlcli fit nights" in shop.mlcli("data", "nights").out


@pytest.mark.parametrize(("late", "named"), [("yes", True), ("no", False)])
def test_a_long_fit_is_named_once_all_is_looked_at_that_needs_no_learning(
    project: Project, monkeypatch: pytest.MonkeyPatch, late: str, named: bool
) -> None:
    # 400 rows, of which a forest learns from 320: as label a class that comes and goes, or one.
    rows = [(n, late if n % 3 else "no") for n in range(400)]
    project.write("data/towns.csv", csv_of("km,late", rows))
    project.define(
        "sources: {towns: {file: data/towns.csv}}\nfeatures: [km]\nlabel: late\n"
        "model: random_forest\n",
        "towns",
    )
    _forgets_to_learn(monkeypatch)

    then = project.mlcli("data", "towns", "--json").json["next"]

    assert (["fit", "towns"] in [step["argv"][1:3] for step in then]) == named


def test_a_damaged_model_is_not_named(shop: Project) -> None:
    (shop.root / "models/games/1/things.jsonl").write_text("{}")
    (shop.root / "models/nights/1/holdout.json").unlink()

    found = shop.mlcli("evaluate", "--json").json

    # The question is answered by the equation alone.
    assert [step["argv"][1:4] for step in found["next"]] == [
        ["predict", "-m", "nights"],
        ["schema", "--json"],
    ]


def test_every_command_says_what_it_prints() -> None:
    assert set(schema.OUTPUTS) == set(COMMANDS)


def test_the_page_for_programs_is_short_and_names_every_command(project: Project) -> None:
    page = project.works("skill").out

    assert len(page) <= 3000
    for command in COMMANDS:
        assert f"mlcli {command}" in page


def plain(found: Any) -> Any:
    """Return an object without what differs from run to run, and figures to six digits."""
    match found:
        case dict():
            return {key: "..." if key == "at" else plain(one) for key, one in found.items()}
        case list():
            return [plain(one) for one in found]
        case float():
            return float(f"{found:.6g}")
        case str():
            return re.sub(r"\b[0-9a-f]{16,}\b", "...", found)
        case _:
            return found


def codes_in(found: Any) -> list[str]:
    """Return the codes of all notes of an object."""
    if isinstance(found, dict):
        below = [code for one in found.values() for code in codes_in(one)]
        return [*found.get("note_codes", []), *below]
    return [code for one in found for code in codes_in(one)] if isinstance(found, list) else []


@pytest.mark.parametrize(
    ("shape", "value", "flaw"),
    [
        ({"type": "integer"}, True, ": True is no integer"),
        ({"type": "object", "required": ["a"]}, {}, ": a is missing"),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, 3, ": 3 is none of [1]"),
        ({"items": {"type": "string"}}, ["a", 1], "/1: 1 is no string"),
        ({"type": "array", "maxItems": 0}, ["a"], ": 1 items, and at most 0"),
        ({"properties": {}, "additionalProperties": False}, {"b": 1}, ": b is not in the schema"),
    ],
)
def test_what_is_not_as_a_schema_says_is_found(shape: Any, value: Any, flaw: str) -> None:
    assert flaws(shape, value) == [flaw]
