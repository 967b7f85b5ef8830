"""``--why``, ``--where`` and what evaluate says of features: screens, JSON, Python, wrong ways."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from sealing import forge
from support import Project, csv_of, table_definition

import mlcli
from mlcli.cli import predict, recommend
from mlcli.definition.checks import contradictions

if TYPE_CHECKING:
    from collections.abc import Callable

NIGHTS = [(g, "Sunday" if g % 3 else "Friday", 10 + 2 * g + 9 * (g % 3 > 0)) for g in range(1, 31)]
"""Exactly 10 + 2 a guest, and 9 more on a Sunday; 20 of 30 nights are Sundays."""


@pytest.fixture
def nights(project: Project) -> Project:
    project.write("data/nights.csv", csv_of("guests,day,doughs", NIGHTS))
    project.define(table_definition("[guests, day]"), "nights")
    project.works("fit", "nights")
    return project


def test_the_screen_of_an_answer_and_what_made_it(
    pizzeria: Project, golden: Callable[[str, str], None]
) -> None:
    golden("screens/predict_why.txt", pizzeria.works("predict", "--reservations", 15, "--why").out)


def test_the_typical_row_is_the_median_and_the_commonest_word(nights: Project) -> None:
    asked = ("predict", "--guests", 10, "--day", "friday", "--why")
    found = nights.works(*asked, "--json").json["predictions"][0]["why"]

    # Guests 1 to 30: 15.5; two nights of three are Sundays. 10 + 2 · 15.5 + 9 = 50.
    assert found["typical"] == {"guests": 15.5, "day": "Sunday"}
    assert found["start"] == pytest.approx(50)
    assert [one["features"] for one in found["parts"]] == [["guests"], ["day"]]
    assert [one["part"] for one in found["parts"]] == pytest.approx([-11, -9])
    assert found["total"] == pytest.approx(30)
    assert nights.works(*asked).out.splitlines()[1:] == [
        "why: parts that add up, in doughs",
        "  a typical row   50.00  with guests 15.5, day Sunday",
        "  guests         -11.00  10 instead of 15.5",
        "  day             -9.00  Friday instead of Sunday",
    ]


def test_a_day_is_explained_by_what_was_looked_up(pizzeria: Project) -> None:
    found = pizzeria.works("predict", "--date", "2024-01-04", "--why", "--json").json
    (one,) = found["predictions"]

    assert one["asked"]["reservations"] == 38
    assert one["why"]["start"] + one["why"]["parts"][0]["part"] == pytest.approx(one["value"])


def test_trees_say_that_their_differences_need_not_add_up(nights: Project) -> None:
    nights.define(
        table_definition("[guests, day]", model="{name: decision_tree, max_depth: 1}"), "nights"
    )
    nights.works("fit", "nights")

    ended = nights.works("predict", "--guests", 16, "--day", "Sunday", "--why")

    # Split at 15.5 guests, which go left: 14 guests make 10 of the first 15 nights, 8 on
    # average, and 10 + 2 · 8 + 9 · 10 / 15 = 32; those of 16 to 30 are 10 + 2 · 23 + 6 = 62.
    assert ended.out.splitlines() == [
        "62 doughs",
        "why: a typical row, and what each feature alone changes, in doughs",
        "  a typical row   32.00  with guests 15.5",
        "  guests         +30.00  16 instead of 15.5",
        "  all at once     62.00",
        "  as in a typical row: day Sunday",
        "  these are differences, not parts: they need not add up to the answer",
    ]


def test_python_has_it_as_why(nights: Project) -> None:
    found = mlcli.model("nights", nights.root).ask(guests=10, day="Friday", why_=True)
    unasked = mlcli.model("nights", nights.root).ask(guests=10, day="Friday")

    assert found.why is not None
    assert found.why["total"] == pytest.approx(found.value)
    assert unasked.why is None


def test_many_answers_are_explained_under_json_alone(pizzeria: Project) -> None:
    for words in ([], ["--date", "2024-01-01..2024-01-04"], ["--input", "nights.csv"]):
        said = pizzeria.fails(2, "predict", "--why", *words)

        assert "--why says what made one answer; of many, it is in what --json prints" in said


def test_each_row_of_a_file_has_parts_that_add_up(nights: Project) -> None:
    rows = [(g, "Sunday" if g % 2 else "Friday") for g in range(1, 25)]
    nights.write("asked.csv", csv_of("guests,day", [*rows, (4, "Monday")]))

    *found, refused = nights.works("predict", "--input", "asked.csv", "--why", "--json").json[
        "predictions"
    ]

    # A typical night has 15.5 guests and is a Sunday: 50 doughs, 2 a guest, 9 fewer on a Friday.
    for (guests, day), one in zip(rows, found, strict=True):
        why, parts = one["why"], {p["features"][0]: p["part"] for p in one["why"]["parts"]}
        assert parts["guests"] == pytest.approx(2 * (guests - 15.5), abs=1e-9)
        assert parts["day"] == pytest.approx(0 if day == "Sunday" else -9, abs=1e-9)
        assert why["start"] + sum(parts.values()) == pytest.approx(why["total"], abs=1e-9)
        assert why["total"] + why["floor"] + why["rounding"] == pytest.approx(one["answer"])
    assert refused["answer"] is None
    assert "why" not in refused


def test_days_and_rows_that_wait_have_their_reasons(pizzeria: Project) -> None:
    days = pizzeria.works("predict", "--date", "2024-01-01..2024-01-07", "--why", "--json").json
    waiting = pizzeria.works("predict", "--why", "--json").json

    for one in (*days["predictions"], *waiting["predictions"]):
        assert ("why" in one) == (one["answer"] is not None)
        if one["answer"] is not None:
            made = one["why"]["start"] + sum(part["part"] for part in one["why"]["parts"])
            assert made == pytest.approx(one["value"], abs=1e-9)
    assert any("why" in one for one in days["predictions"])


def test_a_model_of_an_older_mlcli_answers_and_says_that_it_must_be_fitted_for_a_why(
    nights: Project,
) -> None:

    def older(manifest: dict[str, Any]) -> None:
        del manifest["typical"], manifest["evidence"]["importance"]

    forge(nights.root / "models", "nights", change=older)

    asked = ("predict", "--guests", 10, "--day", "Friday")

    assert nights.works(*asked).out == "30 doughs\n"
    assert "mlcli fit nights" in nights.fails(4, *asked, "--why")
    assert "matter: fitted by an older mlcli;  mlcli fit nights" in nights.works("evaluate").out


def test_evaluate_has_every_weight_with_its_unit(nights: Project) -> None:
    found = nights.works("evaluate", "--json").json

    by_term = {one["term"]: (one["weight"], one["unit"]) for one in found["weights"]}
    assert by_term["guests"] == (pytest.approx(2), "doughs per guests")
    sunday, friday = by_term["day = Sunday"], by_term["day = Friday"]
    assert sunday[0] - friday[0] == pytest.approx(9)
    assert sunday[1] == "doughs"
    assert found["weights"][0]["term"] == "constant"
    assert found["importance"] == found["evidence"]["importance"]
    assert [one["feature"] for one in found["importance"]["features"]] == ["guests", "day"]
    assert "cannot tell" not in nights.works("evaluate").out.split("which features matter")[1]


def test_the_screens_of_what_matters(project: Project, golden: Callable[[str, str], None]) -> None:
    rows = [
        (g, 3 * g + 0.3 * (g * 7 % 5), g * 11 % 13, "ABCDEFG"[g * 5 % 7], 2 * g + g * 11 % 13)
        for g in range(1, 101)
    ]
    project.write("data/nights.csv", csv_of("guests,chairs,wind,cook,doughs", rows))
    project.define(table_definition("[guests, chairs, wind, cook]", model="ridge"), "nights")
    project.works("fit", "nights")
    shown = project.works("evaluate").out

    golden("screens/evaluate_what_matters.txt", shown[shown.index("which features matter") :])


def test_the_weights_of_classes_are_shown_beside_those_of_others(
    project: Project, golden: Callable[[str, str], None]
) -> None:
    rows = [(g, "ab"[g % 2], ["jazz", "pop", "rock"][g // 20]) for g in range(60)]
    project.write("data/nights.csv", csv_of("guests,day,style", rows))
    project.define(table_definition("[guests, day]", "style", "logistic_regression"), "nights")
    project.works("fit", "nights")
    weights = project.works("evaluate", "--json").json["weights"]

    assert len(weights) == 3 * (1 + 1 + 2)
    assert {one["unit"] for one in weights} == {"log score", "log score per guests"}
    shown = project.works("evaluate").out
    start = shown.index("the weights that move it most")
    golden("screens/evaluate_weights.txt", shown[start : shown.index("\n\n", start) + 1])


def test_the_screens_of_a_list_and_of_a_thing(
    gamedrop: Project, golden: Callable[[str, str], None]
) -> None:
    wish = ("recommend", "--budget", "cheap", "--play", "adventure")

    golden("recommend/why.txt", gamedrop.works(*wish, "--why").out)
    ended = gamedrop.works(*wish, "--where", "TETRIS")
    golden("recommend/where.txt", ended.out + ended.err)


def test_what_decides_is_the_first_key_that_differs(gamedrop: Project) -> None:
    wish = ("recommend", "--budget", "cheap", "--play", "adventure", "--json")
    found = gamedrop.works(*wish, "--why", "--top", 108).json["suggestions"]
    rows = {one["name"]: one for one in found}

    for one, other in pairwise(found):
        above = one["above_next"]
        keys = [
            ("wishes", len(one["met"]), len(other["met"])),
            ("rating", one["show"]["rating"], other["show"]["rating"]),
            ("score", round(one["score"], 10), round(other["score"], 10)),
            ("name", one["name"], other["name"]),
        ]
        by = next(name for name, ours, theirs in keys if ours != theirs)
        assert above["by"] == by
    assert found[-1]["above_next"] is None
    (tetris,) = gamedrop.works(*wish, "--where", "Tetris").json["where"]
    assert [*rows].index("Tetris") + 1 == tetris["place"]
    assert sum(tetris["by"].values()) == tetris["place"] - 1
    assert tetris["before"] == [*rows][tetris["place"] - 6 : tetris["place"] - 1]


def test_a_thing_that_is_not_there_is_told_with_the_nearest(gamedrop: Project) -> None:
    said = gamedrop.fails(2, "recommend", "--budget", "cheap", "--where", "Tetriss")

    assert "nothing in the catalogue is called 'Tetriss'" in said
    assert "did you mean 'Tetris'?" in said


def test_python_suggests_with_reasons(gamedrop: Project) -> None:
    games = mlcli.model("gamedrop", gamedrop.root)

    found = games.recommend(budget="cheap", top=2, why_=True, where_="Tetris")

    assert found[0].above_next is not None
    assert found.where is not None
    assert found.where[0]["name"] == "Tetris"
    assert games.recommend(budget="cheap").where is None


def test_a_column_that_has_the_name_of_a_newer_option_keeps_it(project: Project) -> None:
    """Each option that a feature's name may not hide is one that there was from the start."""
    newer = [one.name for one in predict._FIXED if one.name not in contradictions.RESERVED]
    header = ",".join([*newer, "doughs"])
    project.write(
        "data/nights.csv", csv_of(header, [(g,) * len(newer) + (2 * g,) for g in range(20)])
    )
    project.define(table_definition(f"[{', '.join(newer)}]"), "nights")
    project.works("fit", "nights")
    asked = [word for name in newer for word in (f"--{name}", 7)]

    assert "why" in newer
    assert project.works("predict", *asked).out == "14 doughs\n"
    assert "why: parts" in project.works("predict", *asked, "--mlcli-why").out
    for name in newer:
        assert f"--mlcli-{name}" in project.works("predict", "--help").out


def test_so_does_a_column_of_a_catalogue(project: Project) -> None:
    newer = [one.name for one in recommend._FIXED if one.name not in contradictions.RESERVED]
    rows = [("here", "fun", "much", f"thing {at}") for at in range(3)]
    project.write("data/things.csv", csv_of("where,why,verbose,name", rows))
    features = ", ".join(f"{{name: {name}, kind: category}}" for name in newer)
    project.define(
        f"sources: {{t: {{file: data/things.csv}}}}\nfeatures: [{features}]\n"
        "label: name\nmodel: match\nrecommend: {top: 2}\n",
        "things",
    )
    project.works("fit", "things")

    assert sorted(newer) == ["verbose", "where", "why"]
    shown = project.works("recommend", "--where", "here", "--why", "fun", "--mlcli-why").out
    assert "1 above 2  the alphabet alone" in shown
    place = ("--where", "here", "--mlcli-where", "thing 2")
    assert project.works("recommend", *place).out.startswith("thing 2: place 3 of 3 for here\n")
