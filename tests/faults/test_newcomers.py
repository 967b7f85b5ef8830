"""What somebody meets who has exports and a question, and has read README.md alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support import Project, csv_of, table_definition

from mlcli import wording

# Sales are 20 and 1 more each weekday from Monday on; the 28 days begin with a Monday.
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(28)]
SALES = """\
sources:
  sales:
    file: data/sales.csv
    rules:
      - sum: {of: sold, per: day of at, as: sales}
      - derive: {weekday: weekday of day}
features: [weekday]
label: sales
model: linear_regression
holdout: none
"""
MOVED = SALES.replace("      - derive", "rules:\n  - derive")


@pytest.fixture
def sales(project: Project) -> Project:
    """A till's rows of four weeks, and a definition that derives the weekday in the source."""
    project.write("data/sales.csv", csv_of("at,sold", [(d, 20 + d.weekday()) for d in DAYS]))
    project.define(SALES)
    project.works("fit")
    return project


def test_a_weekday_that_a_source_derives_is_asked_for_and_where_to_derive_it(
    sales: Project,
) -> None:
    said = sales.fails(3, "predict", "--date", "2024-02-06")
    sales.define(MOVED)
    sales.works("fit")

    assert "--weekday WORD,  or put  derive: {weekday: weekday of day}  below the" in said
    # 6 February 2024 is a Tuesday: 20 + 1.
    assert sales.works("predict", "--date", "2024-02-06").out == "21 sales\n"


def test_where_nothing_waits_the_next_question_is_said(sales: Project) -> None:
    sales.define(table_definition(), "nights")
    sales.write("data/nights.csv", csv_of("guests,doughs", [(n, 2 * n) for n in range(12)]))
    sales.works("fit", "nights")

    dated = sales.works("predict", "-m", "pizzeria").err
    undated = sales.works("predict", "-m", "nights").err

    assert dated.endswith("hint: ask a question with  --date DAY\n")
    assert undated.endswith("hint: ask a question with  --guests N\n")


def test_options_may_be_written_as_the_columns_are(project: Project) -> None:
    project.write("data/nights.csv", csv_of("Guests,doughs", [(n, 2 * n) for n in range(12)]))
    project.define(table_definition(features="[Guests]"), "nights")
    project.works("fit")

    # y = 2x
    assert project.works("predict", "--Guests", "4").out == "8 doughs\n"
    assert project.works("predict", "--GUESTS=4").out == "8 doughs\n"
    assert "--gusets" in project.fails(2, "predict", "--gusets", "4")


def test_a_file_in_a_folder_below_is_named(sales: Project) -> None:
    hint = "hint: did you mean 'data/sales.csv'?"

    assert hint in sales.fails(3, "data", "sales.csv")
    assert hint in sales.fails(3, "predict", "-m", "pizzeria", "--input", "sales.csv")
    sales.define(SALES.replace("data/", ""))
    assert hint in sales.fails(3, "fit", "pizzeria")


def test_an_export_in_the_place_of_a_definition_is_shown_by_data(project: Project) -> None:
    project.define(SALES)
    for words in (("fit",), ("tune",), ("compare", "pizzeria")):
        for file in ("data/sales.csv", "sales.xlsx"):
            said = project.fails(2, *words, file)

            assert f"error: {file} is no definition, but an export\n" in said
            assert f"hint: mlcli data {file}  shows" in said


@pytest.mark.parametrize(
    ("words", "joined"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_are_joined_as_a_sentence_does(words: list[str], joined: str) -> None:
    assert wording.both(words) == joined
    assert wording.both(words, by="or") == joined.replace("and", "or")


@pytest.mark.parametrize("code", ["timezone: UTC", "date: day", "--weekday WORD", "mlcli fit x"])
def test_what_is_to_be_written_stays_in_one_line(code: str) -> None:
    text = f"say in the source which zone is meant, such as  {code},  or  {code}  if not"

    for room in range(32, 70):
        lines = wording.wrapped(text, room)

        assert sum(line.count(code) for line in lines) == 2
        assert all(len(line) <= room for line in lines)
        assert " ".join(" ".join(lines).split()) == " ".join(text.split())


def test_code_that_takes_more_than_half_a_line_breaks_between_words() -> None:
    lines = wording.wrapped("put  derive: {weekday: weekday of day}  below", 30)

    assert lines == ["put  derive: {weekday: weekday", "of day}  below"]


@pytest.fixture
def shops(project: Project) -> Project:
    """Sales of shops with and without a terrace (true, false) and a bar (1, 0)."""
    # sales = 10 + 5 terrace + 3 bar
    rows = [(x, y, 10 + 5 * (x == "true") + 3 * y) for x in ("true", "false") for y in (0, 1)]
    project.write("data/nights.csv", csv_of("terrace,bar,doughs", rows * 4))
    project.define(table_definition(features="[terrace, bar]"), "nights")
    project.works("fit")
    return project


def test_a_word_of_truth_names_the_one_that_was_learned(shops: Project) -> None:
    for terrace, bar, option, meant in (
        ("yes", "1", "--terrace", "true"),
        ("No", "1", "--terrace", "false"),
        ("true", "yes", "--bar", "1"),
        ("true", "false", "--bar", "0"),  # and not the word false of --terrace
    ):
        said = shops.mlcli("predict", "--terrace", terrace, "--bar", bar, "--json")

        (problem,) = said.json["error"]["problems"]
        assert problem["hint"] == f"did you mean {meant!r}?"
        assert problem["fix"] == [{"option": option, "value": meant}]


def test_evaluate_says_which_row_of_a_file_is_refused_and_why(shops: Project) -> None:
    shops.write("truths.csv", "terrace,bar,doughs\ntrue,1,18\n,1,13\ntrue,0,\nfalse,0,10\n")

    said = " ".join(shops.works("evaluate", "--data", "truths.csv").out.split())

    assert "1 row was left out: the model refuses it" in said
    assert "note: truths.csv:3 is the first that is refused: terrace is missing" in said


def test_a_misspelt_model_has_its_way_out_where_an_option_names_it(shops: Project) -> None:
    for command in ("predict", "evaluate", "recommend"):
        said = shops.mlcli(command, "-m", "nihgts", "--json")

        assert said.json["error"]["hint"] == "did you mean 'nights'?"
        assert said.json["error"]["fix"] == [{"option": "-m", "value": "nights"}]


def test_where_no_model_suggests_things_the_command_for_them_is_said(shops: Project) -> None:
    shops.define(table_definition(features="[bar]"), "bars")
    shops.works("fit", "bars")

    said = shops.fails(2, "recommend")

    assert said.startswith("error: none of bars and nights is asked with  mlcli recommend\n")
    assert "hint: ask one with  mlcli predict -m bars\n" in said


def test_a_weekday_that_was_never_learned_from_is_said(project: Project) -> None:
    # 1 January 2024 is a Monday; five weeks without a Sunday, and guests alone are a feature.
    days = [(f"2024-{1 + n // 31:02}-{1 + n % 31:02}", n) for n in range(35) if n % 7 != 6]
    project.write("data/nights.csv", csv_of("day,guests,doughs", [(d, n, 2 * n) for d, n in days]))
    project.define(table_definition() + "date: day\n", "nights")
    project.works("fit")

    said = "note: no Sunday was learned from"
    assert said in project.works("predict", "--date", "2024-02-11", "--guests", "9").err
    assert said not in project.works("predict", "--date", "2024-02-12", "--guests", "9").err
    asked = ("predict", "--date", "2024-02-11", "--guests", "9", "--json")
    [answer] = project.works(*asked).json["predictions"]
    assert (answer["inside"], answer["outside_of"]) == (False, ["day"])
    assert "weekday_never" in answer["note_codes"]
