"""mlcli recommend as a user meets it: screens, refusals, and every way to ask wrongly."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from sealing import forge
from support import Project, table_definition

from mlcli.cli.process import main

GAMES = list(csv.DictReader((ROOT / "data/games.csv").read_text(encoding="utf-8").splitlines()))

THINGS = """\
sources:
  things:
    file: data/things.csv
    rules:
      - split_list: {of: kinds, as: play}
features:
  - {name: budget, kind: category}
  - {name: play, kind: tags}
label: name
model: complement_naive_bayes
recommend:
  order: [wishes, rating, score]
  show: [rating]
  top: 3
"""

# Two things of one name, one without kinds, one without a rating, names that CSV must quote.
FEW = """\
name,budget,kinds,rating
"Go, Again",cheap,"board,quiet",4.5
Twice,cheap,board,3
Twice,premium,board,3.5
"The ""Big"" One",premium,"[""board"", ""loud""]",
Nothing,cheap,,5
Chess,cheap,"board, quiet, board",4
"""


@pytest.fixture(scope="module")
def fitted_few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The few things fitted once; copy them before changing anything."""
    root = tmp_path_factory.mktemp("few")
    for name, text in {"data/things.csv": FEW, "configs/shop.yaml": THINGS}.items():
        (root / name).parent.mkdir()
        (root / name).write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["fit", "--json"]) == 0
    return root


@pytest.fixture
def few(fitted_few: Path, project: Project) -> Project:
    shutil.copytree(fitted_few, project.root, dirs_exist_ok=True)
    return project


def names(project: Project, *argv: object) -> list[str]:
    found = project.works("recommend", *argv, "--json").json
    return [one["name"] for one in found["suggestions"]]


# --- the sample ---------------------------------------------------------------------------


def test_cheap_adventure_is_pitfall_and_premium_adventure_a_zelda(gamedrop: Project) -> None:
    cheap = names(gamedrop, "--budget", "cheap", "--play", "adventure")
    premium = names(gamedrop, "--budget", "premium", "--play", "adventure")

    assert cheap[0] == "Pitfall!"
    assert premium[0].startswith("The Legend of Zelda")
    assert len(cheap) == len(premium) == 5


@pytest.mark.parametrize(
    "argv",
    [
        ["--budget", "cheap", "--play", "adventure"],
        ["--budget", "cheap", "--play", "sandbox", "--top", "3"],
        ["--play", "Beat 'em up", "--play", "fantasy"],
        ["--play", "music", "--skip", "4", "--top", "2"],
        ["--play", "text", "--top", "1"],
        ["--play", "text", "--skip", "500"],
        ["--budget", "premium", "--top", "200", "--skip", "100"],
    ],
    ids=" ".join,
)
def test_the_screen(gamedrop: Project, golden: Callable[[str, str], None], argv: list[str]) -> None:
    ended = gamedrop.works("recommend", *argv)

    name = "_".join(w.strip("-").replace("'", "").replace(" ", "_") for w in argv)
    golden(f"recommend/{name}.txt", f"{ended.out}--- stderr\n{ended.err}")


def test_what_is_shown_beside_a_suggestion_is_what_the_export_says(gamedrop: Project) -> None:
    found = gamedrop.works("recommend", "--budget", "standard", "--top", "100", "--json").json
    rows = {row["game_name"]: row for row in GAMES}

    for one in found["suggestions"]:
        row = rows[one["name"]]
        assert one["show"]["console_name"] == row["console_name"]
        assert float(one["show"]["rental_cost"]) == float(row["rental_cost"])
        assert float(one["show"]["rating"]) == float(row["rating"])


def test_json_has_the_documented_keys(gamedrop: Project) -> None:
    found = gamedrop.works(
        *("recommend", "--budget", "CHEAP", "--play", "adventure", "--play", "sandbox", "--json")
    ).json

    assert (found["model"], found["version"]) == ("gamedrop", 1)
    assert found["asked"] == {"budget": "cheap", "play": ["Adventure", "Sandbox"]}
    assert found["things"] == sum(row["top_rated"] == "true" for row in GAMES)
    assert found["meeting_all"] == 0
    assert found["notes"] == [
        "nothing is cheap, Adventure and Sandbox: the best of these meet 2 of the 3 wishes"
    ]
    first = found["suggestions"][0]
    assert set(first) == {"name", "wishes_met", "met", "score", "show"}
    assert first["wishes_met"] == ["play"]
    assert first["met"] == ["Adventure", "Sandbox"]


def test_nothing_printed_is_a_probability(gamedrop: Project) -> None:
    ended = gamedrop.works("recommend", "--budget", "cheap", "--play", "adventure")

    assert "%" not in ended.out + ended.err
    assert "probab" not in ended.out + ended.err


def test_skipping_shows_what_comes_next(gamedrop: Project) -> None:
    wish = ("--budget", "cheap", "--play", "puzzle")
    every = names(gamedrop, *wish, "--top", 1000)

    assert len(every) == 108
    assert names(gamedrop, *wish, "--top", 4, "--skip", 3) == every[3:7]
    assert names(gamedrop, *wish, "--top", 4, "--skip", 106) == every[106:]
    assert names(gamedrop, *wish, "--skip", 108) == []


# --- a catalogue with everything that may go wrong in it ----------------------------------


def test_things_of_one_name_are_both_there_and_a_note_says_so(few: Project) -> None:
    assert names(few, "--play", "board", "--top", 9) == [
        *("Go, Again", "Chess", "Twice", "Twice", 'The "Big" One', "Nothing"),
    ]
    notes = few.works("fit", "--json").json["fitted"][0]["notes"]
    assert notes == ["1 name stands more than once (Twice): each row is a thing of its own"]


def test_a_thing_without_tags_is_kept_and_comes_after_those_that_meet_a_wish(few: Project) -> None:
    assert names(few, "--play", "quiet", "--top", 9)[:3] == ["Go, Again", "Chess", "Nothing"]
    assert names(few, "--budget", "cheap", "--top", 1) == ["Nothing"]  # rated 5


def test_a_thing_without_a_rating_comes_after_those_with_one(few: Project) -> None:
    assert names(few, "--play", "board", "--top", 5)[-1] == 'The "Big" One'
    assert "null" not in few.works("recommend", "--play", "loud").out


def test_a_thing_without_a_category_is_left_out_and_counted(project: Project) -> None:
    project.write("data/things.csv", FEW + "Nowhere,,board,5\n")
    project.define(THINGS, "shop")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert fitted["rows"]["used"] == 6
    assert fitted["ledger"]["left_out"] == {"budget is missing": 1}


def test_a_thing_without_a_name_is_left_out_and_counted(project: Project) -> None:
    project.write("data/things.csv", FEW + ",cheap,board,5\n")
    project.define(THINGS, "shop")

    (fitted,) = project.works("fit", "--json").json["fitted"]

    assert fitted["rows"]["used"] == 6
    assert fitted["ledger"]["left_out"] == {"name missing": 1}


def test_a_catalogue_of_one_thing_suggests_it(project: Project) -> None:
    project.write("data/things.csv", "name,budget,kinds,rating\nOnly,cheap,board,1\n")
    project.define(THINGS, "shop")
    project.works("fit")

    assert names(project, "--budget", "cheap") == ["Only"]


def test_names_that_look_like_numbers_stay_as_they_are_written(project: Project) -> None:
    project.write(
        "data/things.csv", "name,budget,kinds,rating\n007,cheap,board,1\n1.50,cheap,board,2\n"
    )
    project.define(THINGS, "shop")
    project.works("fit")

    assert names(project, "--budget", "cheap") == ["1.50", "007"]


def test_what_is_only_shown_may_be_anything_and_stays_as_written(project: Project) -> None:
    project.write(
        "data/things.csv",
        "name,budget,kinds,rating,since\na,cheap,board,1,2020-01-05\nb,cheap,board,2,007\n"
        "c,cheap,board,3,\n",
    )
    project.define(THINGS.replace("show: [rating]", "show: [since, rating]"), "shop")
    project.works("fit")

    shown = project.works("recommend", "--budget", "cheap", "--json").json["suggestions"]
    assert [one["show"]["since"] for one in shown] == ["", "007", "2020-01-05"]


def test_data_never_acts_on_the_terminal(project: Project) -> None:
    project.write("data/things.csv", "name,budget,kinds,rating\n\x1b[31mred[bold],cheap,board,1\n")
    project.define(THINGS, "shop")
    project.works("fit")

    out = project.works("recommend", "--budget", "cheap").out
    assert "\x1b" not in out
    assert "[bold]" in out


@pytest.mark.parametrize("order", ["[score]", "[wishes, score]", "[-rating]", "[name]", "[rating]"])
def test_every_order_answers_with_every_thing_once(few: Project, order: str) -> None:
    few.define(THINGS.replace("[wishes, rating, score]", order), "shop")
    few.works("fit")

    found = names(few, "--play", "board", "--budget", "premium", "--top", 9)

    assert sorted(found) == sorted(
        ["Go, Again", "Twice", "Twice", 'The "Big" One', "Nothing", "Chess"]
    )
    if order == "[name]":
        assert found == sorted(found)


@pytest.mark.parametrize(
    "model",
    [
        *("multinomial_naive_bayes", "bernoulli_naive_bayes", "match", "k_nearest"),
        "{name: complement_naive_bayes, smoothing: 0.01}",
    ],
)
def test_every_ranker_answers(few: Project, model: str) -> None:
    few.define(THINGS.replace("complement_naive_bayes", model), "shop")
    few.works("fit")

    assert names(few, "--play", "loud", "--top", 1) == ['The "Big" One']


# --- asked wrongly ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (
            [],
            "hint: name what you wish for, such as  --budget cheap  --play Action\n",
        ),
        (["--play", "adventrue"], "hint: did you mean 'Adventure'?\n"),
        (["--play", "cheap"], "hint: did you mean --budget cheap?\n"),
        (["--budget", "cheep"], "hint: did you mean 'cheap'?\n"),
        (["--budget", "adventure"], "hint: did you mean --play Adventure?\n"),
        (
            ["--play", "puzzle,action"],
            "hint: say each on its own:  --play puzzle --play action\n",
        ),
        (["--play", ""], "error: --play: nothing in gamedrop is '' (known: Action, "),
        (
            ["--budget", "cheap", "--budget", "premium"],
            "times, and a thing has one budget\nhint: write it once: --budget cheap\n",
        ),
        (["--colour", "red"], "No such option: --colour"),
        (["--top", "0", "--budget", "cheap"], "0 is not in the range x>=1"),
        (["--top", "five", "--budget", "cheap"], "'five' is not a valid int"),
        (["--skip", "-1", "--budget", "cheap"], "-1 is not in the range x>=0"),
        (["adventure"], "takes options only"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_asked_wrongly(gamedrop: Project, argv: list[str], says: str) -> None:
    assert says in gamedrop.fails(2, "recommend", *argv)


def test_a_wish_named_twice_is_one_wish(gamedrop: Project) -> None:
    found = gamedrop.works(
        *("recommend", "--play", "puzzle", "--play", "PUZZLE", "--budget", "cheap", "--json"),
        *("--budget", "Cheap"),
    ).json

    assert found["asked"] == {"budget": "cheap", "play": ["Puzzle"]}


def test_a_catalogue_asked_to_predict_says_how_it_is_asked(gamedrop: Project) -> None:
    hint = "hint: ask it with  mlcli recommend --budget ... --play ...\n"

    assert gamedrop.fails(2, "predict") == f"error: gamedrop suggests things\n{hint}"
    assert hint in gamedrop.fails(2, "predict", "-m", "gamedrop")
    assert "mlcli recommend --budget" in gamedrop.fails(2, "predict", "--budget", "cheap")


def test_a_model_asked_to_recommend_says_how_it_is_asked(pizzeria: Project) -> None:
    said = (
        "error: pizzeria answers questions\nhint: ask it with  mlcli predict --reservations ...\n"
    )

    assert pizzeria.fails(2, "recommend", "--reservations", 15) == said
    assert pizzeria.fails(2, "recommend", "-m", "pizzeria") == said


def test_each_command_takes_the_model_that_is_its_own(few: Project) -> None:
    """A catalogue and a classifier share a feature: who is asked follows from the command."""
    few.write("data/nights.csv", "budget,doughs\ncheap,1\npremium,5\ncheap,2\npremium,6\n")
    few.define(table_definition(features="[budget]"), "nights")
    few.works("fit")

    assert few.works("predict", "--budget", "cheap", "--json").json["model"] == "nights"
    assert few.works("recommend", "--budget", "cheap", "--json").json["model"] == "shop"
    assert few.works("predict", "--json").json["predictions"] == []


def test_two_catalogues_of_the_same_features_must_be_told_apart(few: Project) -> None:
    few.define(THINGS, "other")
    few.works("fit")

    said = few.fails(2, "recommend", "--budget", "cheap")

    assert "there are several models: other, shop" in said
    assert names(few, "-m", "shop", "--budget", "premium", "--top", 1) == ["Twice"]


def test_nothing_fitted_says_what_to_do(project: Project) -> None:
    assert "mlcli fit" in project.fails(4, "recommend", "--budget", "cheap")


@pytest.mark.parametrize("file", ["catalogue.json", "things.jsonl"])
@pytest.mark.parametrize("how", ["cut", "gone", "changed"])
def test_a_damaged_catalogue_answers_nothing(few: Project, file: str, how: str) -> None:
    path = few.root / "models/shop/1" / file
    raw = path.read_bytes()
    match how:
        case "cut":
            path.write_bytes(raw[:-3])
        case "gone":
            path.unlink()
        case "changed":
            path.write_bytes(raw.replace(b"4.5", b"1.5") if b"4.5" in raw else raw[:-1] + b" ")

    said = few.fails(4, "recommend", "--budget", "cheap")

    assert f"models/shop/1/{file}: the model is damaged" in said
    assert "mlcli fit shop" in said
    few.works("fit")
    assert names(few, "--budget", "cheap", "--top", 1) == ["Nothing"]


def test_a_file_of_truths_is_no_use_to_a_catalogue(few: Project) -> None:
    said = few.fails(2, "evaluate", "--data", "data/things.csv")

    assert "shop suggests things, and no file holds the truth about that" in said


def test_evaluate_says_that_nothing_can_be_held_out(
    gamedrop: Project, golden: Callable[[str, str], None]
) -> None:
    ended = gamedrop.works("evaluate")

    assert "No row can be held out" in ended.out
    golden("screens/evaluate_gamedrop.txt", ended.out)


def test_a_narrow_terminal_has_two_lines_for_each_thing(
    gamedrop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    wish = ("recommend", "--budget", "premium", "--play", "adventure", "--top", "1")

    assert gamedrop.works(*wish).out.splitlines() == [
        "1  The Legend of Zelda: Ocarina of Time",
        "   meets premium, Adventure; console_name Nintendo 64; rental_cost 24.99; rating 4.9",
    ]
    monkeypatch.setenv("COLUMNS", "120")
    assert gamedrop.works(*wish).out.splitlines()[0].split() == [
        *("game_name", "meets", "console_name", "rental_cost", "rating"),
    ]


@pytest.mark.parametrize("many", [10**20, 2**63 - 1])
def test_more_than_any_catalogue_holds_is_all_of_it(few: Project, many: int) -> None:
    assert len(names(few, "--play", "board", "--top", many)) == 6
    assert names(few, "--play", "board", "--skip", many, "--top", many) == []
    few.define(THINGS.replace("top: 3", f"top: {many}"), "shop")
    few.works("fit")
    assert len(names(few, "--play", "board")) == 6
    assert few.works("evaluate", "--json").json["metrics"]["never_suggested"]["things"] == 0


def test_bands_may_have_numbers_for_names(project: Project) -> None:
    project.write("data/things.csv", "name,cost\na,3\nb,7\n")
    project.define(
        "sources:\n  things:\n    file: data/things.csv\n"
        "    rules: [{bands: {of: cost, as: budget, 1: under 5, 2: 5 or more}}]\n"
        "features: [{name: budget, kind: category}]\nlabel: name\nmodel: match\n"
        "recommend: {show: [cost]}\n".replace("1:", "'1':").replace("2:", "'2':"),
        "shop",
    )
    project.works("fit")

    assert names(project, "--budget", "2", "--top", "1") == ["b"]


def test_an_average_is_shown_with_two_decimals_and_wide_names_line_up(project: Project) -> None:
    project.write(
        "data/things.csv",
        "name,budget,kinds,rating\n寿司,cheap,board,4.333333333\nSoup,cheap,board,4\n",
    )
    project.define(THINGS, "shop")
    project.works("fit")

    assert project.works("recommend", "--budget", "cheap").out == (
        "   name  meets  rating\n1  寿司  cheap    4.33\n2  Soup  cheap    4.00\n"
    )


# --- what the last review found -----------------------------------------------------------

BANDED = """\
sources:
  things:
    file: data/things.csv
    rules:
      - bands: {of: cost, as: budget, cheap: under 5, standard: 5 to 20, premium: 20 or more}
      - split_list: {of: kinds, as: play}
features:
  - {name: budget, kind: category}
  - {name: play, kind: tags}
label: name
model: MODEL
recommend: {show: [code, cost]}
"""
BANDED_CSV = 'name,cost,kinds,code\n007,3,a,01\n1942,7,b,012\n12.50,8,"a,b",0900\n'


@pytest.mark.parametrize(
    "model", ["complement_naive_bayes", "bernoulli_naive_bayes", "k_nearest", "match"]
)
def test_a_band_that_nothing_lies_in_is_answered_and_said(project: Project, model: str) -> None:
    project.write("data/things.csv", BANDED_CSV)
    project.define(BANDED.replace("MODEL", model), "shop")
    project.works("fit")

    alone = project.works("recommend", "--budget", "Premium", "--json").json
    both = project.works("recommend", "--budget", "premium", "--play", "b", "--json").json

    assert alone["asked"] == {"budget": "premium"}
    assert alone["meeting_all"] == 0
    assert alone["notes"][:2] == ["nothing is premium", "3 of these meet no wish"]
    assert both["notes"][0] == (
        "nothing is both premium and b: the best of these meet 1 of the 2 wishes"
    )
    assert [one["wishes_met"] for one in both["suggestions"]][:2] == [["play"], ["play"]]
    assert "did you mean 'premium'" in project.fails(2, "recommend", "--budget", "premuim")


def test_names_and_what_is_shown_stand_on_the_screen_as_they_are_written(
    project: Project,
) -> None:
    project.write("data/things.csv", BANDED_CSV)
    project.define(BANDED.replace("MODEL", "match"), "shop")
    project.works("fit")

    assert project.works("recommend", "--play", "a").out == (
        "   name   meets  code  cost\n"
        "1  007    a      01       3\n"
        "2  12.50  a      0900     8\n"
        "3  1942   -      012      7\n"
    )


def test_catalogues_that_share_what_is_wished_for_must_be_told_apart(few: Project) -> None:
    few.define(THINGS.replace("  - {name: budget, kind: category}\n", ""), "toys")
    few.works("fit")

    assert "there are several models: shop, toys" in few.fails(2, "recommend", "--play", "board")
    assert few.works("recommend", "--budget", "cheap", "--json").json["model"] == "shop"


def test_what_a_rule_leaves_out_is_refused_with_its_reason(project: Project) -> None:
    project.write("data/things.csv", BANDED_CSV + "Dear,30,a,1\n")
    rule = "rules:\n  - drop: {budget: premium, because: we stopped renting those out}\n"
    project.define(BANDED.replace("MODEL", "match") + rule, "shop")
    project.works("fit")

    said = project.fails(6, "recommend", "--budget", "premium", "--play", "a")

    assert said == "refused: --budget premium: we stopped renting those out\n"
    project.write("data/nights.csv", "x,kind\n1,a\n2,b\n3,a\n4,b\n5,c\n6,a\n")
    project.define(
        table_definition(features="[kind]", label="x")
        .replace("features", f"{rule}features")
        .replace("budget: premium", "kind: c"),
        "nights",
    )
    project.works("fit", "nights")
    assert "we stopped renting those out" in project.fails(6, "predict", "--kind", "c")


def test_another_scikit_learn_is_no_matter_to_a_catalogue(gamedrop: Project) -> None:
    models = gamedrop.root / "models"
    forge(models, "gamedrop", change=lambda data: data["libraries"].update({"scikit-learn": "0.1"}))

    assert names(gamedrop, "--budget", "cheap", "--play", "adventure")[0] == "Pitfall!"


def _index(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], dict[str, bytes]]:
    def changed(folder: Path) -> dict[str, bytes]:
        data = json.loads((folder / "catalogue.json").read_bytes())
        change(data)
        return {"catalogue.json": json.dumps(data).encode()}

    return changed


def _lines(line: object) -> Callable[[Path], dict[str, bytes]]:
    def changed(folder: Path) -> dict[str, bytes]:
        data = json.loads((folder / "catalogue.json").read_bytes())
        raw = line if isinstance(line, bytes) else json.dumps(line).encode()
        raw += b"\n"
        data["bytes"] = [len(raw) * count for count in data["counts"]]
        return {
            "catalogue.json": json.dumps(data).encode(),
            "things.jsonl": raw * sum(data["counts"]),
        }

    return changed


FORGED_CARGO = {
    "no such way to score": _index(lambda d: d.update(how="zzz")),
    "a list for the way to score": _index(lambda d: d.update(how=[])),
    "smoothing of nothing": _index(lambda d: d.update(smoothing=0)),
    "smoothing below nothing": _index(lambda d: d.update(smoothing=-50.0)),
    "smoothing in words": _index(lambda d: d.update(smoothing="x")),
    "no smoothing": _index(lambda d: d.pop("smoothing")),
    "another width": _index(lambda d: d.update(width=10**12)),
    "counts of halves": _index(lambda d: d["counts"].__setitem__(0, 1.0)),
    "counts that are shifted": _index(
        lambda d: d.update(
            counts=[d["counts"][0] + 10**9, d["counts"][1] - 10**9, *d["counts"][2:]]
        )
    ),
    "bytes that are shifted": _index(
        lambda d: d.update(bytes=[d["bytes"][0] + 5, d["bytes"][1] - 5, *d["bytes"][2:]])
    ),
    "a profile of words": _index(lambda d: d["profiles"].__setitem__(0, ["a"])),
    "a profile out of order": _index(lambda d: d["profiles"].__setitem__(0, [2, 1])),
    "a profile five thousand times the same": _index(
        lambda d: d["profiles"].__setitem__(0, [0] * 5000)
    ),
    "a list for the index": lambda _: {"catalogue.json": b"[]"},
    "lines that are numbers": _lines(5),
    "lines that are short": _lines(["a"]),
    "a name that is a number": _lines([5, [4.5], ["4"], 0]),
    "a measure in words": _lines(["a", ["x"], ["4"], 0]),
    "a mapping for a measure": _lines(["a", [{}], ["4"], 0]),
    "no measure": _lines(["a", [], ["4"], 0]),
    "nothing shown": _lines(["a", [4.5], [], 0]),
    "a shown number": _lines(["a", [4.5], [4], 0]),
    "nested without end": _lines(b"[" * 100_000),
    "no JSON": _lines(b"{"),
}
FORGED_MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "an order of nothing": lambda d: d["recommend"].update(order=None),
    "an order of numbers": lambda d: d["recommend"].update(order=[1]),
    "no order": lambda d: d["recommend"].pop("order"),
    "a top in words": lambda d: d["recommend"].update(top="5"),
    "a top of nothing": lambda d: d["recommend"].update(top=0),
    "a top of a half": lambda d: d["recommend"].update(top=2.5),
    "nothing to show": lambda d: d["recommend"].pop("show"),
    "shown in words": lambda d: d["recommend"].update(show={"rating": "yes"}),
    "another column to show": lambda d: d["recommend"].update(show={"a": True, "b": True}),
    "a label without a name": lambda d: d["label"].pop("name"),
    "a label of no kind": lambda d: d["label"].update(kind="colour"),
    "a label that is a number": lambda d: d["label"].update(kind="number"),
    "a feature that is a number": lambda d: d["features"].__setitem__(
        0, {"kind": "number", "name": "budget", "low": 1.0, "high": 2.0, "fill": None}
    ),
    "levels that are numbers": lambda d: d["features"][0].update(levels=[1, 2]),
    "one level more": lambda d: d["features"][0]["levels"].append("dear"),
    "a feature whose name is a number": lambda d: d["features"][0].update(name=5),
    "empty bands that are numbers": lambda d: d["recommend"].update(empty={"budget": [5]}),
}


@pytest.mark.parametrize("forged", [*FORGED_CARGO, *FORGED_MANIFESTS])
@pytest.mark.parametrize(
    "argv", [["recommend", "--play", "board"], ["evaluate"]], ids=lambda a: a[0]
)
def test_forged_things_whose_digests_match_are_damage_and_no_bug(
    few: Project, forged: str, argv: list[str]
) -> None:
    models = few.root / "models"
    cargo = FORGED_CARGO.get(forged)
    forge(
        models,
        "shop",
        cargo(models / "shop" / "1") if cargo else None,
        FORGED_MANIFESTS.get(forged),
    )

    ended = few.mlcli(*argv)

    assert ended.code == 4, ended
    assert ended.out == ""
    assert "the model is damaged" in ended.err
    assert few.mlcli("recommend", "--help").code == 0


@pytest.mark.parametrize(
    ("order", "noted"),
    [
        ("[wishes, score]", True),
        ("[score]", True),
        ("[wishes, rating]", False),
        ("[wishes, name]", False),
    ],
)
def test_an_order_that_leaves_it_to_the_alphabet_is_noted(
    few: Project, order: str, noted: bool
) -> None:
    few.define(THINGS.replace("[wishes, rating, score]", order), "shop")

    (fitted,) = few.works("fit", "--json").json["fitted"]

    assert any("the alphabet decides" in note for note in fitted["notes"]) == noted
