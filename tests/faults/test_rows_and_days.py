"""Faults of rows after they are gathered and joined, and of advice about models."""

from __future__ import annotations

from math import sin
from random import Random

import pytest
from support import Project, csv_of, table_definition

ASKED_WRONGLY, DATA, ENVIRONMENT = 2, 3, 5


def misfit(project: Project, definition: str, rows: str) -> str:
    """Fit a table, and return what is said of under- or overfitting."""
    project.write("data/nights.csv", rows)
    project.define(definition, "nights")
    fitted = project.works("fit", "nights", "--json").json["fitted"][0]
    words: str = fitted["evidence"]["fit"]["words"]
    return words


def test_d04_words_of_two_rows_each_are_no_category(project: Project) -> None:
    # 600 words in 1,200 rows: each comes twice
    rows = csv_of("who,guests,doughs", [(f"w{n % 600}", n % 7, n % 11) for n in range(1200)])
    project.write("data/nights.csv", rows)
    project.define(table_definition("[who, guests]"), "nights")

    said = project.fails(ASKED_WRONGLY, "fit", "nights")

    assert "who has 600 different words in 1,200 rows" in said
    assert "it is no category: leave it out; if it says which rows belong together" in said
    assert "duckdb" not in said


def test_d04_memory_that_is_too_small_to_learn_names_the_column_that_takes_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("mlcli.learning.fitting._matrices", full)
    rows = [(f"w{n % 9}", n, n % 11) for n in range(40)]
    project.write("data/nights.csv", csv_of("who,guests,doughs", rows))
    project.define(table_definition("[who, guests]"), "nights")

    said = project.fails(ENVIRONMENT, "fit", "nights")

    # nine words are nine columns, and guests is one
    assert "to learn from 40 rows and 10 columns: who makes 9 of them, one for each word" in said
    assert "hint: it is no category: leave it out" in said


def test_b08_only_what_is_held_out_by_date_may_be_held_out_at_random(project: Project) -> None:
    # the one row that is held out at random has a word of its own, whichever it is
    rows = [(f"2026-01-{n:02}", f"w{n}", n, n % 5) for n in range(1, 6)]
    project.write("data/nights.csv", csv_of("at,who,guests,doughs", rows))
    hint = "hint: say what an unseen value does, with  unseen: other  or  ignore"

    project.define(table_definition("[who, guests]", holdout="random 20%"), "nights")
    assert f"{hint}\n" in project.fails(DATA, "fit", "nights")

    dated = table_definition("[who, guests]", holdout="newest 20%") + "date: at\n"
    project.define(dated, "nights")
    assert f"{hint},  or hold out at random\n" in project.fails(DATA, "fit", "nights")


@pytest.mark.parametrize(("features", "fewer"), [("[a]", ""), ("[a, b]", "fewer features, ")])
def test_b08_one_feature_cannot_become_fewer(project: Project, features: str, fewer: str) -> None:
    draw = Random(1)
    rows = [(n / 7, n % 4, draw.random()) for n in range(60)]
    tree = "{name: DecisionTreeRegressor, min_samples_leaf: 2}"

    words = misfit(project, table_definition(features, model=tree), csv_of("a,b,doughs", rows))

    assert words.endswith(f"not seen; try {fewer}a simpler model, or more rows")


def test_b08_numbers_that_name_shops_are_a_category(project: Project) -> None:
    # What a shop sells has nothing to do with its number: no curve, and no forest, is meant.
    sells = [50, 10, 80, 30, 95, 5, 60, 20]
    draw = Random(2)
    shops = [draw.randrange(8) for _ in range(120)]
    rows = [(shop + 1, sells[shop] + draw.random()) for shop in shops]

    words = misfit(project, table_definition("[shop]"), csv_of("shop,doughs", rows))

    assert words.startswith("underfit: ")
    assert words.endswith("; if shop is a name and no amount, write  {name: shop, kind: category}")


def waves(days: int) -> str:
    """Return days on which a trend goes up 5 a day, and a wave of x lies on it."""
    draw = Random(3)
    rows = []
    for day in range(days):
        x = draw.random() * 20
        at = f"2026-{day // 28 + 1:02}-{day % 28 + 1:02}"
        rows.append((at, day, round(x, 3), round(5 * day + 100 * sin(x / 2), 3)))
    return csv_of("at,day_no,x,doughs", rows)


def test_b08_no_model_is_advised_that_does_worse_on_later_days(project: Project) -> None:
    # Neighbours know the wave and not the trend: of later days they say what days before were.
    at_random = table_definition("[day_no, x]", holdout="random 20%")
    in_time = table_definition("[day_no, x]", holdout="newest 20%") + "date: at\n"

    words = misfit(project, in_time, waves(150))

    assert words.startswith("underfit: ")
    assert "try" not in words
    assert misfit(project, at_random, waves(150)).endswith("; try  model: k_nearest")


def test_b08_a_curve_is_advised_where_it_is_better_on_later_days_too(project: Project) -> None:
    rows = [
        (f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", x, x * x)
        for n in range(100)
        for x in [(n * 37) % 50]
    ]
    definition = table_definition("[x]", holdout="newest 20%") + "date: at\n"

    words = misfit(project, definition, csv_of("at,x,doughs", rows))

    assert words.endswith("; try  model: polynomial_regression")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("linear", "'linear_regression'"),
        ("forest", "'random_forest'"),
        ("HistGradientBoostingRegresor", "'HistGradientBoostingRegressor'"),
    ],
)
def test_b08_a_part_of_a_name_is_one_of_ours(project: Project, name: str, meant: str) -> None:
    project.define(table_definition(model=name), "nights")

    assert f"hint: did you mean {meant}" in project.fails(ASKED_WRONGLY, "fit", "nights")


def test_b08_two_labels_are_two_definitions(project: Project) -> None:
    project.define(table_definition(label="[doughs, drinks]"), "nights")

    said = project.fails(ASKED_WRONGLY, "fit", "nights")

    assert "write a definition for each, with  label: doughs  in this one" in said


@pytest.mark.parametrize("command", ["evaluate", "predict", "recommend"])
def test_b08_a_model_is_named_with_an_option(project: Project, command: str) -> None:
    said = project.fails(ASKED_WRONGLY, command, "pizzeria")

    assert f"hint: name a model with  -m:  mlcli {command} -m pizzeria\n" in said
