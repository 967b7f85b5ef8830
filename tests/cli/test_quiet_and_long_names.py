"""What -q leaves, what -v adds, and names of features that are long and begin alike."""

from __future__ import annotations

import re

import pytest
from support import Project, csv_of

SECONDS = re.compile(r"^ +[0-9]+[.][0-9]{2} s  ", re.MULTILINE)
OUTSIDE = "note: 150 is outside the 1 to 59 reservations learned from"


@pytest.mark.parametrize(
    "words",
    [
        ("predict", "--reservations", 15),
        ("predict", "--date", "2024-01-02"),
        ("evaluate",),
        ("data", "--head", 2),
    ],
)
def test_quiet_leaves_what_is_shown_and_nothing_beside_it(
    words: tuple[object, ...], pizzeria: Project
) -> None:
    quiet = pizzeria.works(*words, "-q")

    assert quiet.err == ""
    assert pizzeria.works(*words).out.startswith(quiet.out)


def test_quiet_says_what_lies_outside(pizzeria: Project) -> None:
    assert OUTSIDE in pizzeria.works("predict", "--reservations", 150, "-q").err


def test_quiet_evaluate_ends_with_the_figures(pizzeria: Project) -> None:
    shown = pizzeria.works("evaluate", "-q").out

    assert "RMSE" in shown
    assert "cross-validated" not in shown
    assert "next:" not in shown


def test_quiet_suggestions_say_only_that_they_miss_what_is_wished(gamedrop: Project) -> None:
    wish = ("recommend", "--play", "puzzle", "--play", "racing", "--top", 2)

    assert gamedrop.works("recommend", "--play", "puzzle", "-q").err == ""
    assert "nothing is" in gamedrop.works(*wish, "-q").err
    assert "every wish" in gamedrop.works(*wish).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "--reservations", 15), "answered by pizzeria@1"),
        (("predict",), "read 20,983 rows of data/orders.csv"),
        (("evaluate",), "judged pizzeria@1"),
        (("data", "pizzeria"), "made the table of pizzeria"),
    ],
)
def test_verbose_says_what_is_done_and_how_long_it_took(
    words: tuple[object, ...], said: str, pizzeria: Project
) -> None:
    ended = pizzeria.works(*words, "-v")

    assert SECONDS.search(ended.err)
    assert said in ended.err
    assert ended.out == pizzeria.works(*words).out


ALIKE = "temperature of the kitchen at"
NAMES = [f"{ALIKE} noon in degrees", f"{ALIKE} night in degrees", "wind"]


@pytest.fixture
def kitchen(project: Project, unvalidated: None) -> Project:
    rows = [(n % 7, n % 5, n % 3, 3 * (n % 7) + 2 * (n % 5)) for n in range(30)]
    project.write("data/kitchen.csv", csv_of(",".join([*NAMES, "loaves"]), rows))
    project.define(
        "sources: {kitchen: {file: data/kitchen.csv}}\n"
        f"features: [{', '.join(NAMES)}]\nlabel: loaves\nmodel: linear_regression\n"
    )
    project.works("fit")
    return project


def test_an_option_is_known_by_as_much_as_no_other_has(kitchen: Project) -> None:
    # 3 x 6 + 2 x 4 = 26; the wind does nothing.
    noon, night = "--temperature-of-the-kitchen-at-no", "--temperature-of-the-kitchen-at-ni"

    assert kitchen.works("predict", noon, 6, f"{night}=4", "--w", 1).out == "26 loaves\n"

    said = kitchen.fails(2, "predict", "--temp", 6)
    assert "--temp is the beginning of --temperature-of-the-kitchen-at-noon-in-degrees and" in said
    assert "hint: write more of it" in said


def test_an_option_of_a_command_is_not_cut_short(kitchen: Project) -> None:
    assert "did you mean '--date'?" in kitchen.fails(2, "predict", "--dat", "2024-01-01")


def test_long_names_are_told_apart_where_they_are_cut(kitchen: Project) -> None:
    said = kitchen.works("predict", "--temperature-of-the-kitchen-at-no", 6,
                         "--temperature-of-the-kitchen-at-ni", 4, "--w", 1, "--why").out  # fmt: skip

    parts = [line.split("  ")[1] for line in said.splitlines() if line.startswith(f"  {ALIKE}")]
    assert parts == [f"{ALIKE} noo...", f"{ALIKE} nig..."]
