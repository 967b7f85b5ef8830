"""Pictures in characters: what --plot prints, and where."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from support import Project, csv_of, table_definition
from terminal import pseudo_terminal

Golden = Callable[[str, str], None]


def drawn(project: Project, *argv: str) -> str:
    """Return what --plot adds to a screen, above what to do next."""
    without, whole = (project.works(*argv, *more).out for more in ([], ["--plot"]))
    above, _, then = without.rpartition("\n  next:")
    assert whole.startswith(above)
    assert whole.endswith(then)
    return whole.removeprefix(above).removesuffix(f"\n  next:{then}")


def test_the_talks_five_days_as_a_line_and_as_a_polynomial(
    eleven_days: Project, golden: Golden
) -> None:
    eleven_days.works("fit")
    golden("screens/plot_talk_line.txt", drawn(eleven_days, "fit"))

    other = ("fit", "--set", "model=polynomial_regression")
    eleven_days.works(*other)
    golden("screens/plot_talk_polynomial.txt", drawn(eleven_days, *other))


def test_a_year_of_the_pizzeria(pizzeria: Project, golden: Golden) -> None:
    golden("screens/plot_pizzeria.txt", drawn(pizzeria, "evaluate"))


def test_where_a_question_lies_is_drawn_beside_the_answer(
    pizzeria: Project, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "C")
    plain = pizzeria.works("predict", "--reservations", "15")
    asked = pizzeria.works("predict", "--reservations", "15", "--plot")

    assert asked.out == plain.out == "49 doughs\n"
    assert asked.err.isascii()
    golden("screens/plot_predict_ascii.txt", asked.err.removeprefix(plain.err))
    # 49 is 14 reservations after 1 and 12 characters each 10, so in the 17th of 70 columns
    (row,) = (line for line in asked.err.splitlines() if re.match(r" +\|.*X", line))
    assert row.index("X") - row.index("|") - 1 == round((15 - 10 / 12) * 1.2)


def test_questions_beyond_what_was_learned_lie_on_the_picture(pizzeria: Project) -> None:
    beyond = pizzeria.works("predict", "--reservations", "75", "--plot").err
    far = pizzeria.works("predict", "--reservations", "7500", "--plot").err

    assert " 70" in beyond  # the side goes on to the question
    assert " 70" not in far  # else what was learned from would be a dot: it lies at the end
    assert far.count("X") == beyond.count("X") == 2


def test_the_range_that_is_asked_for_is_drawn(pizzeria: Project) -> None:
    asked = ("predict", "--reservations", "15", "--plot")

    assert "  ⠂ ⠂ 80 % range  " in pizzeria.works(*asked).err
    assert "  ⠂ ⠂ 95 % range  " in pizzeria.works(*asked, "--range", "95%").err


def test_a_catalogue_shows_what_its_things_have(gamedrop: Project, golden: Golden) -> None:
    golden("screens/plot_gamedrop.txt", drawn(gamedrop, "evaluate"))


def test_classes_are_a_matrix_and_one_answer_its_probabilities(
    project: Project, golden: Golden
) -> None:
    rows = [(t, "yes" if t % 10 > 3 + t % 3 else "no") for t in range(100)]
    project.write("data/nights.csv", csv_of("heat,fair", [(t % 10, fair) for t, fair in rows]))
    definition = table_definition("[heat]", "fair", "logistic_regression", "random 30%")
    project.define(definition)

    project.works("fit")
    asked = project.works("predict", "--heat", "5", "--plot").err

    golden("screens/plot_classes.txt", drawn(project, "fit"))
    assert re.search(r"\n  yes  +\d\d%  █+[▉-▏]?\n  no   +\d\d%  █+[▉-▏]?\n", asked)


def test_with_json_the_picture_stands_on_stderr(pizzeria: Project) -> None:
    for command in (["fit"], ["evaluate"], ["predict", "--reservations", "15"]):
        found = pizzeria.works(*command, "--plot", "--json")

        assert found.json["schema_version"] == 1
        assert "  reservations\n" in found.err


def test_questions_of_a_file_are_not_drawn(pizzeria: Project) -> None:
    said = pizzeria.fails(2, "predict", "--input", "x.csv", "--plot")

    assert said.splitlines()[-1] == "hint: leave --plot out"


def test_colours_stand_beside_the_characters_in_a_terminal_alone(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = pizzeria.works("evaluate", "--plot").out
    with pseudo_terminal() as without:
        pizzeria.mlcli("evaluate", "--plot")
    monkeypatch.delenv("NO_COLOR")
    with pseudo_terminal() as coloured:
        pizzeria.mlcli("evaluate", "--plot")

    assert "\x1b[35mo\x1b[0m" in coloured[0]
    assert re.sub(r"\x1b\[\d+m", "", coloured[0]) == without[0]
    assert without[0].replace("\r\n", "\n") == piped
