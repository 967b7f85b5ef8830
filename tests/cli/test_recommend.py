"""mlcli recommend as a user meets it: screens, refusals, and every way to ask wrongly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

import pytest
from conftest import ROOT
from support import Project, table_definition

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


@pytest.fixture
def few(project: Project) -> Project:
    project.write("data/things.csv", FEW)
    project.define(THINGS, "shop")
    project.works("fit")
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
        (["adventure"], "unexpected extra argument"),
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


def test_a_scikit_learn_of_another_day_is_no_matter(gamedrop: Project) -> None:
    """The catalogue is plain JSON: no library decides whether it can be read."""
    lines = (gamedrop.root / "models/gamedrop/1/things.jsonl").read_text(encoding="utf-8")

    assert len(lines.splitlines()) == 108
    assert {json.loads(line)[0] for line in lines.splitlines()} == {
        row["game_name"] for row in GAMES if row["top_rated"] == "true"
    }


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
