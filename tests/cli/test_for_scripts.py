"""What scripts ask for: another folder, days by name, versions, keys for one run, only if better."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from support import Project, csv_of, fit_all

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("unvalidated")

# 60 rows: 3 doughs a guest and one more; the colour of the door has nothing to do with it.
ROWS = [(n % 9 + 1, n * 7 % 5, 3 * (n % 9 + 1) + 1 + (n % 3 - 1) / 10) for n in range(60)]
DOORS = """\
sources: {doors: {file: data/doors.csv}}
features: [door]
label: doughs
model: linear_regression
holdout: random 20%
"""
# Days from Monday the 1st to Sunday the 28th are known, three more are booked.
NIGHTS = """\
sources: {nights: {file: data/nights.csv}}
date: day
rules: [{drop_weekdays: {days: [Wednesday], because: closed}}]
features: [guests]
label: doughs
model: linear_regression
"""
DAYS = [(f"2024-01-{day:02}", day % 9 + 1, 3 * (day % 9 + 1) + 1) for day in range(1, 29)]
BOOKED = [("2024-01-29", 4, ""), ("2024-01-30", 7, ""), ("2024-01-31", 2, "")]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    for folder in ("data", "configs"):
        (root / folder).mkdir()
    (root / "data/doors.csv").write_text(csv_of("guests,door,doughs", ROWS))
    (root / "data/nights.csv").write_text(csv_of("day,guests,doughs", [*DAYS, *BOOKED]))
    (root / "configs/doors.yaml").write_text(DOORS)
    (root / "configs/nights.yaml").write_text(NIGHTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlcli.judging.cross_validation.folds", lambda *_, **__: None)
        fit_all(root)
    return root


@pytest.fixture
def shop(fitted: Path, project: Project) -> Project:
    shutil.copytree(fitted, project.root, dirs_exist_ok=True)
    return project


def answers(project: Project, *words: object) -> list[Any]:
    """Return what is answered to each question."""
    found = project.works("predict", *words, "--json").json
    return [one["answer"] for one in found["predictions"]]


def current(project: Project, name: str) -> int:
    """Return the version that answers."""
    pointer = json.loads((project.root / f"models/{name}/current").read_text())
    return int(pointer["version"])


# ---- another folder -------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["-C", "--project", "--project=", "MLCLI_PROJECT"])
def test_a_project_elsewhere_is_named_in_front_of_the_command(
    way: str, shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "asked.csv").write_text("guests\n5\n")
    monkeypatch.chdir(elsewhere)
    before = {"-C": ["-C", ".."], "--project": ["--project", ".."], "--project=": ["--project=.."]}
    if way == "MLCLI_PROJECT":
        monkeypatch.setenv(way, "..")
    named = before.get(way, [])

    # The file that is asked, and the one that is written, are those of the folder we are in.
    shop.works(*named, "predict", "-m", "nights", "--input", "asked.csv", "--output", "out.csv")
    found = shop.works(*named, "predict", "-m", "nights", "--date", "2024-01-30", "--json").json
    shop.works(*named, "data", "data/nights.csv")

    assert (elsewhere / "out.csv").read_text() == "guests,answer,note\n5,16,\n"
    assert found["predictions"][0]["answer"] == 22
    assert found["next"][0]["argv"][1:3] == ["-C", ".."]


def test_what_the_option_names_counts_more_than_the_environment(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLCLI_PROJECT", "nowhere")

    assert "there is no such folder" in shop.fails(2, "predict", "-m", "nights", "--guests", "5")
    found = shop.works("-C", ".", "predict", "-m", "nights", "--guests", "5", "--json").json
    assert found["predictions"][0]["answer"] == 16


def test_a_folder_that_is_not_named_is_asked_for(shop: Project) -> None:
    assert "requires an argument" in shop.fails(2, "-C")


# ---- days -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("today", "2024-01-29"),
        ("tomorrow", "2024-01-30"),
        ("+1", "2024-01-30"),
        ("+0", "2024-01-29"),
    ],
)
def test_a_day_is_named_from_today(
    asked: str, day: str, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLCLI_TODAY", "2024-01-29")

    by_name = shop.works("predict", "-m", "nights", "--date", asked, "--json").out
    by_date = shop.works("predict", "-m", "nights", "--date", day, "--json").out

    assert by_name == by_date


def test_days_are_answered_in_order_and_one_that_is_refused_keeps_its_place(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.exports import reading

    read, times = reading.read, []
    monkeypatch.setattr(reading, "read", lambda *a, **k: times.append(1) or read(*a, **k))

    found = shop.works("predict", "-m", "nights", "--date", "2024-01-28..2024-02-01", "--json").json

    # The 28th has 28 % 9 + 1 = 2 guests, so 7 doughs; then 4 and 7 guests; a Wednesday; no row.
    assert [one["answer"] for one in found["predictions"]] == [7, 13, 22, None, None]
    assert [one["inside"] for one in found["predictions"]] == [True, True, True, False, False]
    assert found["predictions"][3]["outside_of"] == ["day"]
    assert found["predictions"][3]["notes"] == ["2024-01-31, a Wednesday, is left out: closed"]
    assert found["predictions"][4]["notes"] == ["no guests for 2024-02-01 in data/nights.csv"]
    assert len(times) == 1


def test_days_on_a_screen_are_a_list(shop: Project) -> None:
    ended = shop.works("predict", "-m", "nights", "--date", "2024-01-30..2024-01-31")

    assert ended.out == (
        "day                   guests  doughs\n"
        "2024-01-30 Tuesday         7      22  [1]\n"
        "2024-01-31 Wednesday               -  refused [2]\n"
        "[1] as the exports stand: doughs are known until 2024-01-28\n"
        "[2] 2024-01-31, a Wednesday, is left out: closed\n"
    )
    assert "1 of 2 rows refused" in ended.err


def test_with_strict_nothing_is_answered_if_a_day_is_refused(shop: Project) -> None:
    days = "2024-01-30..2024-01-31"

    assert "1 of 2 rows refused" in shop.fails(
        6, "predict", "-m", "nights", "--date", days, "--strict"
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2024-01-30..2024-01-29", "write  --date 2024-01-29..2024-01-30"),
        ("2000-01-01..2024-01-29", "at most 3,660 are asked for at once"),
        ("2024-01-30..", "a first and a last day are needed"),
        ("+x", "'+x' is no date"),
    ],
)
def test_what_names_no_days_is_refused(asked: str, said: str, shop: Project) -> None:
    assert said in shop.fails(2, "predict", "-m", "nights", "--date", asked)


def test_a_today_that_is_no_day_is_refused(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLCLI_TODAY", "soon")

    assert "MLCLI_TODAY: 'soon' is no date" in shop.fails(
        2, "predict", "-m", "nights", "--date", "today"
    )


def test_of_the_days_of_a_week_one_is_asked(project: Project) -> None:
    weeks = [(f"2024-{month:02}-{day:02}", 2) for month in (1, 2) for day in range(1, 29)]
    project.write("data/till.csv", csv_of("at,sold", weeks))
    project.define(
        "sources:\n  till:\n    file: data/till.csv\n    rules:\n"
        "      - sum: {of: sold, per: week of at, as: doughs}\n"
        "rules: [{derive: {month: month of week}}]\n"
        "features: [month]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n",
        "weeks",
    )
    project.works("fit")

    # The 1st of January 2024 is a Monday: its week, and the next one, but not fourteen days.
    found = project.works("predict", "--date", "2024-01-01..2024-01-14", "--json").json

    assert [one["asked"]["week"] for one in found["predictions"]] == ["2024-01-01", "2024-01-08"]


# ---- versions -------------------------------------------------------------------------------


def test_a_version_is_asked_by_its_number_with_its_own_features(shop: Project) -> None:
    shop.works("fit", "doors", "--set", "features=[guests]")

    assert answers(shop, "-m", "doors@2", "--guests", 5) == [pytest.approx(16, abs=0.1)]
    assert len(answers(shop, "-m", "doors@1", "--door", 2)) == 1
    assert "doors has no --guests" in shop.fails(2, "predict", "-m", "doors@1", "--guests", "5")
    assert shop.works("evaluate", "-m", "doors@1", "--json").json["version"] == 1
    assert "there is no doors@7" in shop.fails(4, "predict", "--model=doors@7", "--door", "2")
    assert "names no version" in shop.fails(2, "evaluate", "-m", "doors@")


def test_use_goes_back_and_a_fit_of_the_same_leaves_it_so(shop: Project) -> None:
    shop.define(DOORS.replace("[door]", "[guests]"), "doors")
    shop.works("fit", "doors")

    used = shop.works("use", "doors@1")
    again = shop.works("use", "doors@1")
    same = shop.works("fit", "doors", "--json").json["fitted"][0]
    screen = shop.works("fit", "doors").out

    assert used.out == "doors@1 answers now; doors@2 did before\n"
    assert again.out == "doors@1 answers already\n"
    assert (same["version"], same["new"], same["answers"]) == (2, False, False)
    assert "another version answers, as  mlcli use  was told;" in screen
    assert current(shop, "doors") == 1
    noted = [
        json.loads(line) for line in (shop.root / "models/runs.jsonl").read_text().splitlines()
    ]
    assert [
        (one["model"], one["version"], one["before"]) for one in noted if one["run"] == "use"
    ] == [("doors", 1, 2)]
    assert shop.works("history", "doors", "--json").json["unreadable"] == []


def test_after_use_what_is_learned_anew_answers(shop: Project) -> None:
    shop.works("fit", "doors", "--set", "features=[guests]")
    shop.works("use", "doors@1")

    found = shop.works("fit", "doors", "--set", "model=ridge", "--json").json["fitted"][0]

    assert (found["version"], found["new"], found["answers"]) == (3, True, True)
    assert current(shop, "doors") == 3


def test_a_definition_that_is_put_back_answers_as_before(shop: Project) -> None:
    shop.works("fit", "doors", "--set", "features=[guests]")

    found = shop.works("fit", "doors", "--json").json["fitted"][0]

    assert (found["version"], found["new"], found["answers"]) == (3, True, True)


@pytest.mark.parametrize(
    ("code", "named", "said"),
    [
        (2, "doors", "there is doors@1"),
        (2, "doors@x", "names no version"),
        (4, "doors@2", "there is no doors@2"),
        (4, "dors@1", "did you mean 'doors'?"),
        (4, "dors", "did you mean 'doors'?"),
    ],
)
def test_a_version_that_is_not_there_is_not_used(
    code: int, named: str, said: str, shop: Project
) -> None:
    assert said in shop.fails(code, "use", named)
    assert current(shop, "doors") == 1


# ---- keys for one run -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "model"),
    [
        (["model=ridge"], {"name": "ridge", "penalty": 1}),
        (["model=ridge", "model.penalty=2"], {"name": "ridge", "penalty": 2}),
        (["model={name: ridge, penalty: 2}"], {"name": "ridge", "penalty": 2}),
    ],
)
def test_keys_are_set_for_one_run_and_kept_in_the_version(
    said: list[str], model: dict[str, Any], shop: Project
) -> None:
    words = [word for one in said for word in ("--set", one)]
    shop.works("fit", "doors", *words)

    manifest = json.loads((shop.root / "models/doors/2/manifest.json").read_text())
    runs = shop.works("history", "doors", "--json").json["runs"]
    assert manifest["model"] == model
    assert (shop.root / "configs/doors.yaml").read_text() == DOORS
    assert [run["set"] for run in runs] == [[], said]
    shown = "  ".join(f"--set {one}" if " " not in one else f"--set '{one}'" for one in said)
    assert shown in shop.works("history", "doors").out


def test_null_takes_a_key_away_and_a_number_leads_into_a_list(shop: Project) -> None:
    # Without holdout: a fifth is held out at random all the same, so that nothing changes but
    # that door is words now, one column each.
    found = shop.works(
        "data", "doors", "--set", "holdout=null", "--set", "features.0.kind=category", "--json"
    ).json

    kinds = {one["name"]: one["kind"] for one in found["columns"]}
    assert kinds["door"] == "category"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit", "doors", "--set", "model=rigde"], "--set model=rigde: unknown model 'rigde'"),
        (["fit", "doors", "--set", "modell=ridge"], "did you mean 'model'?"),
        (["fit", "doors", "--set", "model"], "'model' is no key with its value"),
        (["fit", "doors", "--set", "model=[ridge"], "is opened here and never closed"),
        (["fit", "doors", "--set", "features.4=guests"], "'4' is no place in a list of 1"),
        (["fit", "--set", "model=ridge"], "--set changes one definition, and there are 2"),
        (["data", "data/doors.csv", "--set", "model=ridge"], "--set is about the table"),
        (["tune", "doors", "--set", "tune={penalty: [1]}"], "penalty"),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_is_fitted(
    words: list[str], said: str, shop: Project
) -> None:
    assert said in shop.fails(2, *words)
    assert current(shop, "doors") == 1


def test_a_misspelt_value_has_its_fix(shop: Project) -> None:
    found = shop.mlcli("fit", "doors", "--set", "model=rigde", "--json").json

    assert found["error"]["fix"] == [{"option": "--set", "value": "model=ridge"}]
    assert found["next"][0]["argv"] == [
        *("mlcli", "fit", "doors", "--set", "model=ridge"),
        "--json",
    ]


# ---- only if better -------------------------------------------------------------------------


def test_only_a_fit_that_is_shown_to_be_better_is_kept(shop: Project) -> None:
    # The door tells nothing: off by several doughs. The guests tell all but a tenth of one.
    better = shop.works("fit", "doors", "--set", "features=[guests]", "--if-better", "--json").json
    worse = shop.mlcli("fit", "doors", "--if-better", "--json")
    alike = shop.fails(6, "fit", "doors", "--set", "features=[guests, door]", "--if-better")

    assert better["fitted"][0]["version"] == 2
    assert worse.code == 6
    assert worse.json["compared"]["best"] == "doors@2"
    assert "doors@2 stays: doors@2 is better than the new doors by" in worse.err
    assert "doors@2 stays: cannot tell" in alike
    assert current(shop, "doors") == 2
    assert not (shop.root / "models/doors/3").exists()


def test_the_same_again_is_no_better_and_no_refusal(shop: Project) -> None:
    found = shop.works("fit", "doors", "--if-better", "--json").json["fitted"][0]

    assert (found["version"], found["new"]) == (1, False)


def test_the_first_fit_has_nothing_to_be_better_than(shop: Project) -> None:
    shutil.rmtree(shop.root / "models/doors")

    assert shop.works("fit", "doors", "--if-better", "--json").json["fitted"][0]["new"]


def test_where_no_row_tells_the_old_version_stays(shop: Project) -> None:
    said = shop.fails(6, "fit", "doors", "--set", "holdout=none", "--if-better")

    assert "doors@1 stays, as nothing tells whether the new one is better" in said
    assert current(shop, "doors") == 1


def test_lists_of_things_are_not_judged_by_rows(gamedrop: Project) -> None:
    words = ["fit", "gamedrop", "--set", "recommend.top=3", "--if-better"]

    assert "no row says which list is better" in gamedrop.fails(2, *words)


# ---- inside ---------------------------------------------------------------------------------


def test_a_file_and_an_option_say_alike_what_lies_outside(shop: Project) -> None:
    shop.write("asked.csv", "day,guests\n2024-01-30,5\n2024-01-31,5\n2024-01-30,50\n2024-01-30,\n")

    many = shop.works("predict", "-m", "nights", "--input", "asked.csv", "--json").json
    anyway = shop.works(
        "predict", "-m", "nights", "--input", "asked.csv", "--anyway", "--json"
    ).json
    one = shop.works("predict", "-m", "nights", "--guests", "50", "--json").json

    keys = [(a["inside"], a["outside_of"], a["note_codes"]) for a in many["predictions"]]
    assert keys == [
        (True, [], []),
        (False, ["day"], ["refused"]),
        (False, ["guests"], ["outside_range", "far_beyond"]),
        (False, [], ["refused"]),
    ]
    assert anyway["predictions"][1]["note_codes"] == ["outside_rule"]
    assert one["predictions"][0]["outside_of"] == ["guests"]
