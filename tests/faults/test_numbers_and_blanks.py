"""Cells that are numbers or words: how many digits, which notation, what stands around them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from support import Project, csv_of, table_definition

import mlcli
from mlcli.grammar.notation import Notation
from mlcli.store.manifest import Manifest

pytestmark = pytest.mark.usefixtures("unvalidated")

ENGINES = ("pandas", "duckdb")

# No double lies between 2**53 and 2**53 + 2, so the second of these is read as the first.
EVEN, ODD = "9007199254740992", "9007199254740993"


def gathered(engine: str, keys: str = "") -> str:
    """Return a definition whose rows are gathered, as DuckDB reads them then."""
    return f"""\
sources:
  sales:
    file: data/sales.csv
{keys}
    rules:
      - sum: {{of: n, per: item, as: n}}
  made: {{file: data/made.csv}}
join: item
features: [n]
label: y
model: linear_regression
holdout: none
engine: {engine}
"""


MADE = "item,y\na,2\nb,3\nc,4\n"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("item", ["c", '"c"', '"c\nd"'], ids=["regular", "quoted", "by the line"])
def test_a10_a_whole_number_that_no_double_is_is_refused(
    project: Project, engine: str, item: str
) -> None:
    project.write("data/sales.csv", f"item,n\na,1\nb,{EVEN}\n{item},{ODD}\n")
    project.write("data/made.csv", MADE)
    project.define(gathered(engine))

    err = project.fails(3, "fit")

    assert f"'{ODD}' has more digits than a number is kept with" in err
    assert "data/sales.csv:4" in err
    assert "{name: n, kind: category}" in err


@pytest.mark.parametrize("engine", ENGINES)
def test_a10_even_ones_decimals_and_exponents_are_rounded_as_before(
    project: Project, engine: str
) -> None:
    """Python rounds correctly, and is not what reads the cells of an export."""
    cells = [EVEN, f"{ODD}.5", "1e23", "-1.7976931348623157e99", "0.1"]
    named = [*zip("abcde", cells, strict=True)]
    project.write("data/sales.csv", csv_of("item,n", named))
    project.write("data/made.csv", csv_of("item,y", [(item, 1) for item, _ in named]))
    project.define(gathered(engine))

    assert mlcli.examples("pizzeria", project.root)["n"].tolist() == [*map(float, cells)]


def test_a10_ids_that_are_words_keep_every_digit(project: Project) -> None:
    # Ridge of one word each: the word sold 10 stays below the mean of 20, the other above.
    rows = "".join(f"{EVEN},10\n{ODD},30\n" for _ in range(9))
    project.write("data/nights.csv", f"id,doughs\n{rows}")
    project.define(table_definition("[{name: id, kind: category}]", model="ridge"))
    project.works("fit")

    low, high = (
        project.works("predict", "--id", cell, "--json").json["predictions"][0]["value"]
        for cell in (EVEN, ODD)
    )

    assert low < 20 < high


@pytest.mark.parametrize("engine", ENGINES)
def test_a10_keys_that_a_double_takes_for_one_are_joined_as_words(
    project: Project, engine: str
) -> None:
    project.write("data/a.csv", f"id,n\n{EVEN},1\n{ODD},2\n7,3\n")
    project.write("data/b.csv", f"id,y\n{EVEN},10\n{ODD},20\n7,30\n")
    project.define(
        "sources:\n"
        "  a: {file: data/a.csv, rules: [sum: {of: n, per: id, as: n}]}\n"
        "  b: {file: data/b.csv, rules: [sum: {of: y, per: id, as: y}]}\n"
        f"join: id\nfeatures: [n]\nlabel: y\nmodel: linear_regression\nholdout: none\n"
        f"engine: {engine}\n"
    )
    project.works("fit")

    # y = 10 n in all three rows, so 4 gives 40.
    asked = project.works("predict", "--n", 4, "--json").json["predictions"][0]

    assert asked["value"] == pytest.approx(40)


def test_a10_a_question_is_not_answered_for_another_number(project: Project) -> None:
    project.write("data/nights.csv", "guests,doughs\n1,2\n2,4\n3,6\n")
    project.define(table_definition())
    project.works("fit")

    assert f"'{ODD}' has more digits" in project.fails(2, "predict", "--guests", ODD)
    assert project.works("predict", "--guests", EVEN).out
    project.write("asked.csv", f"guests\n1\n{ODD}\n")
    ended = project.mlcli("predict", "--input", "asked.csv")
    assert EVEN not in ended.out
    assert f"'{ODD}' has more digits" in ended.out + ended.err


def test_a10_a_rule_compares_with_no_number_that_is_none(project: Project) -> None:
    project.write("data/nights.csv", "guests,doughs\n1,2\n2,4\n3,6\n")
    project.define(f"{table_definition()}rules:\n  - drop: {{guests: {ODD}}}\n")

    assert "put quotes around it if it is a word" in project.fails(2, "fit")


def test_d05_data_shows_no_id_that_is_in_no_row(project: Project) -> None:
    # As doubles both are 1234567890123456768, which stands in no row.
    ids = ["1234567890123456789", "1234567890123456790", "12"]
    project.write("data/a.csv", "id,y\n" + "".join(f"{one},1\n" for one in ids))

    found = project.works("data", "data/a.csv", "--json").json["columns"][0]

    assert (found["kind"], found["low"], found["high"]) == ("text", None, None)
    assert [level["level"] for level in found["levels"]] == sorted(ids)


# ---- B1: numbers below 0, and what stands beside numbers ----------------------------------------


def followed(project: Project, definition: dict[str, Any], *, most: int = 4) -> dict[str, Any]:
    """Follow the first way out of each error, and return the definition that fits then."""
    for _ in range(most):
        project.define(json.dumps(definition))
        ended = project.mlcli("data", "--json")
        if ended.code == 0:
            return definition
        fix = ended.json["error"]["fix"][0]
        assert fix["file"] == "configs/pizzeria.yaml"
        *path, last = fix["path"] if not isinstance(fix["value"], dict) else [*fix["path"], None]
        into = definition
        for key in path:
            into = into[key]
        into |= fix["value"] if last is None else {last: fix["value"]}
    raise AssertionError(ended.err)


def of_cells(project: Project, cells: list[str], engine: str = "pandas") -> dict[str, Any]:
    """Write an export of some numbers; return a definition that gathers and adds them up."""
    numbered = [(f"c{at}", cell, at) for at, cell in enumerate(cells)]
    project.write("data/sales.csv", csv_of("item,n", [(c, f'"{n}"') for c, n, _ in numbered]))
    project.write("data/made.csv", csv_of("item,y", [(c, y) for c, _, y in numbered]))
    sums = [{"sum": {"of": "n", "per": "item", "as": "n"}}]
    sources = {
        "sales": {"file": "data/sales.csv", "rules": sums},
        "made": {"file": "data/made.csv"},
    }
    learned = {"features": ["n"], "label": "y", "model": "linear_regression", "holdout": "none"}
    return {"sources": sources, "join": "item", **learned, "engine": engine}


def read_as(project: Project, name: str = "pizzeria") -> list[float]:
    """Return the numbers that a definition reads, in the order of their rows."""
    return [float(number) for number in mlcli.examples(name, project.root)["n"]]


NEGATIVES: list[tuple[list[str], dict[str, object], list[float]]] = [
    (["30.00", "(30.00)"], {"negative": ["brackets"]}, [30, -30]),
    (["49.03", "49.03-"], {"negative": ["trailing"]}, [49.03, -49.03]),
    (["75", "\u221275"], {"negative": ["minus sign"]}, [75, -75]),
    (["75", "\u201375.5"], {"negative": ["minus sign"]}, [75, -75.5]),
    (["$9.00", "-$9.00"], {"unit": ["$"]}, [9, -9]),
    (["'75.63", "'-75.63"], {"text_mark": "'"}, [75.63, -75.63]),
    (["$30.00", "($30.00)"], {"unit": ["$"], "negative": ["brackets"]}, [30, -30]),
    (["$30.00", "$(30.00)"], {"unit": ["$"], "negative": ["brackets"]}, [30, -30]),
    (["30,5 €", "(30,5) €"], {"decimal": ",", "unit": ["€"], "negative": ["brackets"]},
     [30.5, -30.5]),
    (["1.234,50", "(1.234,50)"],
     {"decimal": ",", "thousands": ".", "negative": ["brackets"]}, [1234.5, -1234.5]),
    (["1,234.50", "1,234.50-"], {"thousands": ",", "negative": ["trailing"]}, [1234.5, -1234.5]),
    (["5 EUR", "5- EUR", "7 EUR-"], {"unit": ["EUR"], "negative": ["trailing"]}, [5, -5, -7]),
    (["1\u2019234.5", "7"], {"thousands": "'"}, [1234.5, 7]),
    (["(5)", "6-", "\u22127"], {"negative": ["brackets", "trailing", "minus sign"]}, [-5, -6, -7]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "keys", "numbers", "engine"),
    [(*one, "pandas") for one in NEGATIVES] + [(*one, "duckdb") for one in NEGATIVES[-5:]],
    ids=str,
)
def test_b01_numbers_below_0_are_read_by_the_key_that_the_hint_names(
    project: Project, cells: list[str], keys: dict[str, object], numbers: list[float], engine: str
) -> None:
    definition = of_cells(project, cells, engine)

    source = followed(project, definition)["sources"]["sales"]

    found = {key: source[key] for key in source if key not in {"file", "rules"}}
    listed = {"unit", "negative"} & {key for key in found if isinstance(found[key], str)}
    assert {**found, **{key: [found[key]] for key in listed}} == keys
    assert read_as(project) == numbers


@pytest.mark.parametrize(
    ("cells", "keys", "numbers"), [one for one in NEGATIVES if "EUR" not in one[0][0]], ids=str
)
def test_b01_data_proposes_the_keys_that_read_them(
    project: Project, cells: list[str], keys: dict[str, object], numbers: list[float]
) -> None:
    definition = of_cells(project, cells)

    found = project.works("data", "data/sales.csv", "--json").json

    source = found["source"]
    if found["undecided"]:  # the point stands for groups or for decimals
        source |= {key: value for key, value in keys.items() if key in {"decimal", "thousands"}}
    definition["sources"]["sales"] |= source
    project.define(json.dumps(definition))
    assert read_as(project) == numbers


@pytest.mark.parametrize(
    "cells",
    [
        ["5", "49.03 DR"],
        ["49.03 DR", "5 CR"],
        ["5 D", "6 D"],
        ["5 K", "6 K"],
        ["5 S", "6 H"],
        ["C 5", "C 6"],
        ["5 kg", "6"],  # in some cells only
        ["6", "5 kg"],
        ["5 kg", "6 lb"],
        ["$5", "6 €"],  # two currencies
        ["5 Mio", "6 Mio"],
    ],
    ids=str,
)
def test_b01_what_may_change_a_number_is_no_unit(project: Project, cells: list[str]) -> None:
    definition = of_cells(project, cells)
    project.define(json.dumps(definition))

    ended = project.mlcli("fit", "--json")

    assert ended.code == 3
    assert ended.json["error"]["fix"] == []
    assert "unit" not in ended.err
    assert "unit" not in project.works("data", "data/sales.csv", "--json").json["source"] or (
        "$" in cells[0]
    )


@pytest.mark.parametrize("cell", ["(-5)", "-5-", "(5", "5)", "((5))", "5.-", "--5", "3(0)"])
def test_b01_two_signs_and_half_a_bracket_are_no_number(cell: str) -> None:
    said = Notation(negative=("brackets", "trailing", "minus sign"), text_mark="'")

    assert not said.is_number(cell)


def test_b01_a_cell_that_may_be_two_numbers_names_both_and_decides_nothing(
    project: Project,
) -> None:
    project.define(json.dumps(of_cells(project, ["(1,234)", "(5,678)"])))

    ended = project.mlcli("fit", "--json")

    assert ended.json["error"]["fix"] == []
    assert "write -1234 if the comma groups thousands, -1.234 if it marks the decimals" in ended.err
    assert 'thousands: ","  negative: brackets  or  decimal: ","  negative: brackets' in ended.err


# ---- A17: blanks around words -------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("padded", ['"\npizza"', " pizza ", "pizza\u00a0", "\tpizza"], ids=repr)
def test_a17_blanks_around_words_are_no_difference(
    project: Project, padded: str, engine: str
) -> None:
    # Of pizza, shop a sold 1 + 2 + 2 = 5 and shop b 7; bread is dropped.
    rows = [("pizza", "a", 1), (padded, "a ", 2), ("bread", "a", 9), ("pizza", " a", 2)]
    definition = of_cells(project, [], engine) | {"join": "shop"}
    project.write("data/sales.csv", csv_of("item,shop,n", [*rows, (padded, "b", 7)]))
    project.write("data/made.csv", "shop,y\na ,10\nb,14\n")
    sums = {"sum": {"of": "n", "per": "shop", "as": "n"}}
    definition["sources"]["sales"]["rules"] = [{"keep": {"item": "pizza"}}, sums]
    project.define(json.dumps(definition))

    ended = project.works("fit")

    assert read_as(project) == [5, 7]
    assert "item, shop: in 4 cells, blanks before or after" in " ".join(ended.out.split())

    definition["sources"]["sales"]["blanks"] = "keep"
    project.define(json.dumps(definition))
    assert "only by case or spaces" in project.fails(3, "fit")


def test_a17_levels_and_tags_have_no_blanks_and_questions_neither(project: Project) -> None:
    # ISLAND sold 10 and coast 30, each with blanks now and then: ridge stays on either side of 20.
    rows = [(f"{' ' * (n % 3)}ISLAND{' ' * (n % 2)}", 10, "coast ", 30) for n in range(6)]
    cells = [pair for a, x, b, y in rows for pair in ((a, x), (b, y))]
    project.write("data/nights.csv", csv_of("place,doughs", cells))
    project.define(table_definition("[{name: place, kind: category}]", model="ridge"))
    ended = project.works("fit")

    assert (
        "place: in 11 cells, blanks before or after the text are trimmed" in ended.out + ended.err
    )
    assert "one of ISLAND, coast" in project.works("predict", "--help").out
    project.write("asked.csv", "place\n ISLAND\ncoast\t\nISLAND\n")
    answers = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]
    low, high, same = (one["value"] for one in answers)
    assert low == same < 20 < high
    option = project.works("predict", "--place", " ISLAND ", "--json").json["predictions"][0]
    assert option["value"] == low


def test_a17_a_model_that_keeps_blanks_tells_words_apart_by_them(project: Project) -> None:
    project.write("data/nights.csv", csv_of("place,doughs", [("a", 10), ("a ", 30)] * 6))
    definition = table_definition("[{name: place, kind: category}]", model="ridge")
    project.define(definition.replace("nights.csv\n", "nights.csv\n    blanks: keep\n"))
    project.works("fit")

    project.write("asked.csv", "place\na\na \n")
    answers = project.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    assert answers[0]["value"] < 20 < answers[1]["value"]
    assert answers[1]["asked"] == {"place": "a "}


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a17_blanks_are_none_of_a_word_in_any_form(project: Project, form: str) -> None:
    table = pd.DataFrame({"place": ["a", " a", "b", "b\u2003", None], "doughs": [1, 1, 2, 2, 3]})
    path = project.root / "data" / f"nights.{form}"
    table.to_parquet(path) if form == "parquet" else table.to_excel(path, index=False)
    definition = table_definition("[{name: place, kind: category}]", model="ridge")
    project.define(definition.replace("nights.csv", f"nights.{form}"))

    ended = project.works("fit")

    assert mlcli.examples("pizzeria", project.root)["place"].tolist() == ["a", "a", "b", "b"]
    assert "place: in 2 cells, blanks before or after the text are trimmed" in ended.out + ended.err


def test_a17_data_counts_words_without_the_blanks_around_them(project: Project) -> None:
    project.write("data/a.csv", "place,n\nISLAND,1\nISLAND ,2\n  ISLAND,3\ncoast, 4\n   ,5\n")

    found = project.works("data", "data/a.csv", "--json").json

    place = found["columns"][0]
    assert place["levels"] == [{"level": "ISLAND", "rows": 3}, {"level": "coast", "rows": 1}]
    assert place["missing"] == 1
    said = (
        "in 2 cells, blanks before or after the text are trimmed; if they matter, say in the source"
    )
    assert [note for note in found["notes"] if "blanks" in note] == [f"place: {said}  blanks: keep"]


# ---- A11: the notation of questions -------------------------------------------------------------

GERMAN = """\
sources:
  nights:
    file: data/nights.csv
    decimal: ","
    thousands: "."
    missing: [k.A.]
features: [guests]
label: {name: doughs, whole: false}
model: linear_regression
holdout: none
"""


@pytest.fixture
def german(project: Project) -> Project:
    """Learn from points that group thousands: twice as many doughs as guests."""
    project.write("data/nights.csv", "guests;doughs\n1.000;2.000\n1.500;3.000\n2.000;4.000,0\n")
    project.define(GERMAN)
    project.works("fit")
    return project


def test_a11_an_option_is_read_by_the_notation_of_its_source_or_plainly(german: Project) -> None:
    def asked(cell: str) -> float:
        return german.works("predict", "--guests", cell, "--json").json["predictions"][0]["value"]

    assert asked("1500") == pytest.approx(3000)
    assert asked("1.234,5") == pytest.approx(2469)  # only the source's notation reads it
    assert asked("1.25") == pytest.approx(2.5)  # only the plain one does
    err = german.fails(2, "predict", "--guests", "1.500")
    assert "--guests: '1.500' may be 1.5, or 1500 as its export writes numbers" in err
    assert "write 1.5 or 1500" in err
    error = german.mlcli("predict", "--guests", "1.125", "--json").json["error"]
    assert error["fix"] == [
        {"option": "--guests", "value": "1.1250"},
        {"option": "--guests", "value": "1125"},
    ]
    assert asked("1.1250") == pytest.approx(2.25)


def test_a11_a_row_of_a_file_that_may_be_two_numbers_is_refused(german: Project) -> None:
    german.write("asked.csv", 'guests\n1.500\n1500\n"1.234,5"\n1.25\nk.A.\n')

    answers = german.works("predict", "--input", "asked.csv", "--json").json["predictions"]

    assert [one["value"] and round(one["value"], 6) for one in answers] == [
        None, 3000, 2469, 2.5, None,
    ]  # fmt: skip
    assert answers[0]["notes"] == [
        "guests: '1.500' may be 1.5, or 1500 as its export writes numbers: write 1.5 or 1500"
    ]
    assert answers[4]["notes"] == ["guests is missing"]


def test_a11_rows_to_judge_on_that_may_be_two_are_left_out_and_counted(german: Project) -> None:
    # The last two rows may be two, one by its feature and one by its label; the others are right.
    german.write("seen.csv", 'guests,doughs\n1500,3000\n"2.000,5",4001\n1.500,3\n1500,3.000\n')

    ended = german.works("evaluate", "--data", "seen.csv", "--json")

    assert ended.json["metrics"]["mae"]["holdout"] == pytest.approx(0, abs=1e-9)
    assert ended.json["of"] == "2 rows of seen.csv"
    assert "2 rows" in german.works("evaluate", "--data", "seen.csv").out


def test_a11_what_predict_wrote_is_read_back_the_same(german: Project) -> None:
    # A tree answers with the labels themselves; 1.125 would be 1125 to the source.
    german.write("data/nights.csv", "guests;doughs\n1.000;0,5\n1.500;1,125\n2.000;3,75\n")
    german.define(GERMAN.replace("linear_regression", "{name: decision_tree, min_leaf: 1}"))
    german.works("fit")
    german.write("asked.csv", "guests\n1000\n1500\n")
    german.works("predict", "--input", "asked.csv", "--output", "out.csv")

    written = (german.root / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in written[1:]] == [["1000", "0.5"], ["1500", "1.1250"]]
    german.write("seen.csv", "\n".join(["guests,doughs,note", *written[1:]]) + "\n")
    seen = german.works("evaluate", "--data", "seen.csv", "--json").json
    assert seen["of"] == "2 rows of seen.csv"
    assert seen["metrics"]["mae"]["holdout"] == 0


def test_a11_a_quote_before_what_a_spreadsheet_would_run_is_no_part_of_a_word(
    project: Project,
) -> None:
    project.write("data/nights.csv", csv_of("place,doughs", [("=1+1", 10), ("b", 30)] * 6))
    project.define(table_definition("[{name: place, kind: category}]", model="ridge"))
    project.works("fit")
    project.write("asked.csv", "place\n=1+1\n")
    project.works("predict", "--input", "asked.csv", "--output", "out.csv")
    (cell, answer, *_) = (project.root / "out.csv").read_text().splitlines()[1].split(",")
    assert cell == "'=1+1"

    project.write("again.csv", f"place\n{cell}\n")

    again = project.works("predict", "--input", "again.csv", "--json").json["predictions"][0]
    assert again["answer"] == float(answer)


def test_a11_a_date_is_asked_for_as_its_export_writes_dates(project: Project) -> None:
    project.write("data/nights.csv", "day,guests,doughs\n01.06.2023,1,2\n02.06.2023,2,4\n")
    definition = table_definition().replace(
        "nights.csv\n", 'nights.csv\n    dates: {format: "%d.%m.%Y"}\n'
    )
    project.define(f"{definition}date: day\n")
    project.works("fit")

    asked = [
        project.works("predict", "--date", date, "--json").json["predictions"][0]["value"]
        for date in ("02.06.2023", "2023-06-02")
    ]

    assert asked == pytest.approx([4, 4])
    project.fails(2, "predict", "--date", "06/02/2023")


def test_a11_numbers_of_python_are_what_they_are(german: Project) -> None:
    model = mlcli.model("pizzeria", german.root)

    assert model.ask(guests=1.125).value == pytest.approx(2.25)
    assert model.ask(guests=1125).value == pytest.approx(2250)


def test_a11_models_fitted_before_read_plainly(german: Project) -> None:
    folder = german.root / "models/pizzeria/1"
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {*data["notations"]} == {"guests", "doughs"}
    before = {key: value for key, value in data.items() if key != "notations"}

    now, old = (
        Manifest.from_json(one, name="pizzeria", version=1, folder=folder) for one in (data, before)
    )

    assert now.notations["guests"].thousands == "."
    assert old.notations == {}
