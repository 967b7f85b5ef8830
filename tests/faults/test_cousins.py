"""Cousins of the faults: other ways of asking, and other words for nothing."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from support import csv_of, table_definition

import mlcli
from mlcli.errors import DataError
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar import cells, number_notation
from mlcli.grammar.notation import Notation
from mlcli.grammar.number_notation import NumberNotation

if TYPE_CHECKING:
    from support import Project

# Doughs are 10 at a fair and 30 at a gig, in an export that writes NA for neither.
EVENTS = """\
sources:
  nights: {{file: data/nights.csv, missing: [NA]}}
{rules}
features: [{{name: event, kind: {kind}}}]
label: doughs
model: linear_regression
holdout: none
"""
NIGHTS = [("fair", 10), ("gig", 30), ("NA", 10), ("", 10)] * 4


def answered(project: Project, *asked: str) -> list[tuple[Any, list[str]]]:
    found = project.works("predict", *asked, "--json").json["predictions"]
    return [(one["answer"], one["notes"]) for one in found]


@pytest.mark.parametrize("kind", ["category", "tags"])
def test_a12_a_word_for_no_value_is_filled_however_it_is_asked(project: Project, kind: str) -> None:
    project.write("data/nights.csv", csv_of("event,doughs", NIGHTS))
    project.define(EVENTS.format(rules="rules: [fill_missing: {event: fair}]", kind=kind))
    project.works("fit")
    project.write("asked.csv", 'event\n""\nNA\n" NA"\n')
    filled = (10, ["no event given: fair stands in for it"])

    assert answered(project, "--input", "asked.csv") == [filled] * 3
    for cell in ("", "NA", " NA", " "):
        assert answered(project, "--event", cell) == [filled]
    asked = mlcli.model("pizzeria", project.root).ask(event="NA")
    assert (asked.answer, list(asked.notes)) == filled


def test_a12_a_word_for_no_value_is_none_that_was_never_learned(project: Project) -> None:
    project.write("data/nights.csv", csv_of("event,doughs", NIGHTS))
    project.define(EVENTS.format(rules="", kind="category"))
    project.works("fit")

    said = project.fails(6, "predict", "--event", "NA")

    assert "'NA' stands for no value here: event is missing" in said
    assert "did you mean" not in said


def test_a13_features_that_are_alike_in_all_rows_do_not_hide_one_that_differs(
    project: Project,
) -> None:
    # Both stores had 3 guests on each day; the feature that stands last is the same in both rows.
    rows = [
        (f"2024-01-{day:02d}", store, 3 + day % 4, 2 * day)
        for day in range(1, 9)
        for store in ("north", "south")
    ]
    project.write("data/nights.csv", csv_of("day,store,guests,doughs", rows))
    project.define(
        "sources: {nights: {file: data/nights.csv}}\ndate: day\nfeatures: [store, guests]\n"
        "label: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")

    assert "say which:  --store WORD;" in project.fails(3, "predict", "--date", "2024-01-05")


def test_a13_a_date_whose_rows_lack_what_is_given_is_not_said_to_be_empty(
    project: Project,
) -> None:
    # Fairs are in the north and gigs in the south; on 9 January there is a gig alone.
    kinds = (("north", "fair"), ("south", "gig"))
    rows = [(f"2024-01-{day:02d}", *kind, 2 * day) for day in range(1, 9) for kind in kinds]
    project.write(
        "data/nights.csv", csv_of("day,store,event,doughs", [*rows, ("2024-01-09", *kinds[1], "")])
    )
    project.define(
        "sources: {nights: {file: data/nights.csv}}\ndate: day\nfeatures: [store, event]\n"
        "label: doughs\nmodel: linear_regression\nholdout: none\n"
    )
    project.works("fit")

    said = project.fails(3, "predict", "--date", "2024-01-09", "--event", "fair")

    assert "no store for 2024-01-09 with event fair in data/nights.csv" in said
    project.works("predict", "--date", "2024-01-09", "--event", "fair", "--store", "north")


SHOPS = """\
sources: {nights: {file: data/nights.csv}}
date: day
features: [shop]
label: doughs
model: linear_regression
holdout: none
"""


def test_b07_a_word_that_is_given_beside_the_date_needs_not_be_known_there(
    project: Project,
) -> None:
    # The port sells 10 and the town 30; the night to come is said to be in a place of its own.
    rows = [(f"2024-01-{n + 1:02d}", *(("town", 30) if n % 2 else ("port", 10))) for n in range(8)]
    project.write("data/nights.csv", csv_of("day,shop,doughs", [*rows, ("2024-02-01", "pier", "")]))
    project.define(SHOPS)
    project.works("fit")
    asked = ("predict", "--date", "2024-02-01")

    assert "ask with  --shop WORD,  or say  unseen: ignore" in project.fails(3, *asked)
    assert answered(project, *asked[1:], "--shop", "town")[0][0] == 30


def test_b07_a_word_that_can_be_learned_by_now_is_learned_by_another_fit(project: Project) -> None:
    rows = [(f"2024-01-{n + 1:02d}", *(("town", 30) if n % 2 else ("port", 10))) for n in range(8)]
    project.write("data/nights.csv", csv_of("day,shop,doughs", rows))
    project.define(SHOPS)
    project.works("fit")
    rows += [("2024-02-01", "pier", 50), ("2024-02-02", "pier", "")]
    project.write("data/nights.csv", csv_of("day,shop,doughs", rows))
    asked = ("predict", "--date", "2024-02-02")

    assert "fit again:  mlcli fit pizzeria" in project.fails(3, *asked)
    project.works("fit")
    assert answered(project, *asked[1:])[0][0] == 50


RENAMED = """\
sources: {{nights: {{file: data/nights.csv}}}}
rules:
  - rename: {{day: night}}
  - derive: {{weekday: weekday of night}}
features: [guests]
label: doughs
model: linear_regression
{more}"""


def test_a15_a_date_that_a_rule_renames_is_known_by_its_new_name(project: Project) -> None:
    # Of 10 days, the newest fifth is the last two.
    rows = [(f"2024-01-{day:02d}", day % 4, 2 * (day % 4)) for day in range(1, 11)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    project.define(RENAMED.format(more=""))
    ended = project.works("fit", "--json").json["fitted"][0]
    assert ended["rows"]["holdout"] == 2
    assert "date: night" in project.works("fit").out + project.works("evaluate").out

    project.define(RENAMED.format(more="date: day\n"))
    ended = project.mlcli("fit", "--json")

    assert (ended.code, ended.json["error"]["message"]) == (2, "a rule gives 'day' another name")
    (fix,) = ended.json["error"]["fix"]
    assert (fix["path"], fix["value"]) == (["date"], "night")
    project.define(RENAMED.format(more="date: night\n"))
    project.works("fit")


def test_a15_a_key_of_the_join_keeps_its_name(project: Project) -> None:
    rows = [(f"2024-01-{day:02d}", day % 4) for day in range(1, 11)]
    project.write("data/a.csv", csv_of("day,guests", rows))
    project.write("data/b.csv", csv_of("day,doughs", rows))
    project.define(
        "sources: {a: {file: data/a.csv}, b: {file: data/b.csv}}\njoin: day\n"
        "rules: [rename: {day: night}]\nfeatures: [guests]\nlabel: doughs\n"
        "model: linear_regression\n"
    )

    assert "a rule gives 'day' another name" in project.fails(2, "fit")


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["Rs.500", "Rs.1,250.50"], [500, 1250.5]),  # the point belongs to the word, not to .500
        (["$.50", "-$1.25"], [0.5, -1.25]),
        (["Fr.5.50", "Fr.6"], [5.5, 6]),
    ],
    ids=str,
)
def test_b01_a_point_behind_a_word_marks_no_decimals(
    project: Project, cells: list[str], numbers: list[float], engine: str
) -> None:
    project.write("data/s.csv", csv_of("n;y", [(f"{cell};{n}",) for n, cell in enumerate(cells)]))
    definition: dict[str, Any] = {
        "sources": {"s": {"file": "data/s.csv", "delimiter": ";"}},
        "features": [{"name": "n", "kind": "number"}],
        "label": "y",
        "model": "linear_regression",
        "holdout": "none",
        "engine": engine,
    }
    project.define(json.dumps(definition))
    (fix, *_) = project.mlcli("fit", "--json").json["error"]["fix"]
    definition["sources"]["s"] |= fix["value"]
    project.define(json.dumps(definition))

    assert mlcli.examples("pizzeria", project.root)["n"].tolist() == numbers


@pytest.mark.parametrize(
    ("cell", "keys"),
    [("Dr.5", {}), ("5,-", {}), ("5.-", {}), ("Rs.500", {"unit": "Rs"})],
)
def test_b01_what_may_be_another_number_is_none(cell: str, keys: dict[str, str]) -> None:
    said = NumberNotation(units=(keys["unit"],)) if keys else NumberNotation()

    assert not said.is_number(cell)
    assert cells.readings(cell) == []
    assert keys or number_notation.ways(cell, said, [cell]) == []


def test_b01_another_unit_further_down_is_none() -> None:
    column = WrittenColumn("n", "number", position=0, notation=Notation(units=("lb",)), zone=None)
    column.values(["5 lb", "6 lb"], [2, 3])

    with pytest.raises(DataError) as caught:
        column.values(["7 kg", "8 kg"], [4, 5])

    assert caught.value.fix == ()


def test_b05_an_ending_that_a_name_has_is_not_asked_for(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(n, 2 * n) for n in range(1, 9)]))
    project.define(table_definition())
    project.works("fit")
    for name, content, hint in (
        ("asked.parquet", b"PAR1\x15\x04\x15", "export it as CSV UTF-8"),
        ("asked.csv.gz", gzip.compress(gzip.compress(b"guests\n1\n")), "unpack it first"),
        ("asked", gzip.compress(b"guests\n1\n"), "add .gz to its name"),
    ):
        project.write(name, content)
        for asked in (("predict", "--input", name), ("evaluate", "--data", name)):
            assert project.fails(3, *asked).endswith(f"hint: {hint}\n")


def test_truths_come_on_standard_input(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    # Twice as many doughs as guests was learned; the truths are off by 0 and 2.
    project.write("data/nights.csv", csv_of("guests,doughs", [(n, 2 * n) for n in range(1, 9)]))
    project.define(table_definition())
    project.works("fit")
    sent = project.write("sent.csv", "guests,doughs\n3,6\n4,10\n")
    monkeypatch.setattr("mlcli.exports.reading._read_in", [sent])

    found = project.works("evaluate", "--data", "-", "--json").json

    assert found["of"] == "2 rows of standard input"
    assert found["metrics"]["mae"]["holdout"] == pytest.approx(1)


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a16_keys_that_the_labels_lack_are_worth_a_word(project: Project, engine: str) -> None:
    # Of 20 shops, the export of labels knows the last 15: 5 of 20 are more than a tenth.
    project.write("data/a.csv", csv_of("shop,guests", [(f"s{n}", n % 7) for n in range(20)]))
    project.write("data/b.csv", csv_of("shop,doughs", [(f"s{n}", n) for n in range(5, 20)]))
    definition = (
        "sources: {{a: {{file: data/a.csv}}, b: {{file: data/b.csv}}}}\njoin: shop\n{rules}"
        "features: [guests]\nlabel: doughs\nmodel: linear_regression\nholdout: none\n"
        f"engine: {engine}\n"
    )
    project.define(definition.format(rules=""))
    said = " ".join(project.works("fit").out.split())
    assert "5 of 20 rows have no doughs, as data/b.csv has no row for their shop" in said

    project.define(definition.format(rules="rules: [drop_missing: {of: doughs}]\n"))
    assert "have no doughs" not in project.works("fit").out


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a17_data_says_of_a_typed_file_that_blanks_are_trimmed(project: Project, form: str) -> None:
    table = pd.DataFrame({"place": ["a", " a", "b", "b\u2003", "c"], "doughs": [1, 1, 2, 2, 3]})
    path = project.root / "data" / f"nights.{form}"
    table.to_parquet(path) if form == "parquet" else table.to_excel(path, index=False)

    notes = project.works("data", f"data/nights.{form}", "--json").json["notes"]

    assert any(note.startswith("place: in 2 cells, blanks before or after") for note in notes)


def test_a10_an_id_that_pandas_made_a_double_is_asked_for_as_its_word(project: Project) -> None:
    # A column with an empty cell comes as doubles, so its rows hold 5.0 where the export has 5.
    project.write("data/nights.csv", csv_of("place,doughs", [(5, 10), (7, 30)] * 6))
    project.define(table_definition("[{name: place, kind: category, unseen: ignore}]"))
    project.works("fit")
    row = pd.DataFrame({"place": [5, None, 7]}).iloc[0]

    found = mlcli.model("pizzeria", project.root).ask(**row)

    assert (found.answer, list(found.notes)) == (10, [])
