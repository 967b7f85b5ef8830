"""mlcli data: screens, rows, files, JSON; against pandas, and every misuse we could think of."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from support import Project, csv_of, table_definition

Golden = Callable[[str, str], None]

MESSY = """\
no;when;price;room;zip;floor;paid;seats;note
001;01/02/2023 18:30;1.234,50 €;Hall;00501;Terrace;true;n/a;
002;13/02/2023 19:00;12,5 €;hall ;00502;Terrace;FALSE;4;x
003;05/06/2023 19:00;7 €;café;10001;Terrace;true;5;2023-01-01
004;05/06/2023 19:00;7 €;cafe\u0301;10001;Terrace;true;six;3
"""


# ---- screens ----------------------------------------------------------------------------


def test_the_screen_of_a_definition(pizzeria: Project, golden: Golden) -> None:
    golden("screens/data_pizzeria.txt", pizzeria.works("data", "pizzeria").out)


def test_the_screen_of_a_definition_at_120_columns(
    pizzeria: Project, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    golden("screens/data_pizzeria_120.txt", pizzeria.works("data", "pizzeria").out)


def test_the_screen_of_a_catalogue(gamedrop: Project, golden: Golden) -> None:
    golden("screens/data_gamedrop.txt", gamedrop.works("data").out)


def test_the_screen_of_what_was_lost(pizzeria: Project, golden: Golden) -> None:
    golden("screens/data_lost.txt", pizzeria.works("data", "--lost").out)


def test_the_screen_of_the_first_rows(eleven_days: Project, golden: Golden) -> None:
    ended = eleven_days.works("data", "--head", 20)
    golden("screens/data_head.txt", ended.out + ended.err)


def test_the_screen_of_a_file(pizzeria: Project, golden: Golden) -> None:
    golden("screens/data_orders.txt", pizzeria.works("data", "data/orders.csv").out)


def test_the_screen_of_a_messy_file(project: Project, golden: Golden) -> None:
    project.write("messy.csv", MESSY)
    golden("screens/data_messy.txt", project.works("data", "messy.csv").out)


def test_the_screen_of_a_file_that_leaves_things_open(project: Project, golden: Golden) -> None:
    project.write("open.csv", 'paid,on,at\n"1,234",05/06/2023,2023-06-08T10:00Z\n'
                  '"5,678",06/07/2023,2023-06-08T10:00+02:00\n')  # fmt: skip
    golden("screens/data_open.txt", project.works("data", "open.csv").out)


# ---- the table --------------------------------------------------------------------------


def test_the_account_and_the_columns_are_those_of_a_pandas_script(pizzeria: Project) -> None:
    booked = pd.read_csv(ROOT / "data/reservations.csv", parse_dates=["datetime"])
    till = pd.read_csv(ROOT / "data/orders.csv", parse_dates=["ordered_at"])
    pizzas = till[till["item_name"] == "pizza"]
    x = booked.groupby(booked["datetime"].dt.floor("D")).size()
    y = pizzas.groupby(pizzas["ordered_at"].dt.floor("D"))["quantity"].sum()
    table = pd.DataFrame({"x": x, "y": y})
    finished = table[~table.index.day_name().isin(["Friday", "Saturday"])]

    found = pizzeria.works("data", "--json").json

    rules = [rule for source in found["ledger"]["sources"] for rule in source["rules"]]
    assert [(r["in"], r["out"]) for r in rules] == [
        (len(booked), len(x)),
        (len(till), len(pizzas)),
        (len(pizzas), len(y)),
    ]
    assert found["ledger"]["joined"] == len(table)
    assert found["rows"] == {
        "finished": len(finished),
        "used": len(finished.dropna()),
        "waiting": int(finished["y"].isna().sum()),
        "left_out": 0,
        "refused": len(table) - len(finished),
    }
    day, reservations, doughs = found["columns"]
    assert (day["low"], day["high"]) == ("2023-01-01", f"{table.index.max():%Y-%m-%d}")
    assert (reservations["low"], reservations["high"]) == (finished["x"].min(), finished["x"].max())
    assert (doughs["low"], doughs["high"]) == (finished["y"].min(), finished["y"].max())
    assert (reservations["missing"], doughs["missing"]) == (0, finished["y"].isna().sum())
    assert [c["roles"] for c in found["columns"]] == [["key"], ["feature", "baseline"], ["label"]]
    assert [c["kind"] for c in found["columns"]] == ["date", "number", "number"]


def test_the_levels_of_a_catalogue_are_those_of_a_pandas_script(gamedrop: Project) -> None:
    games = pd.read_csv(ROOT / "data/games.csv")
    top = games[games["top_rated"].astype(str).str.lower() == "true"]
    tags = top["gameplay_types"].map(json.loads).explode().value_counts()
    bands = pd.cut(
        top["rental_cost"], [0, 5, 20, 1e9], right=False, labels=["cheap", "standard", "premium"]
    ).value_counts()

    columns = {c["name"]: c for c in gamedrop.works("data", "--json").json["columns"]}

    def levels(name: str) -> dict[str, int]:
        return {level["level"]: level["rows"] for level in columns[name]["levels"]}

    assert levels("play") == tags.to_dict()
    assert levels("budget") == bands.to_dict()
    assert levels("console_name") == top["console_name"].value_counts().to_dict()
    assert columns["game_name"]["kind"] == "name"
    assert columns["rating"]["roles"] == ["order", "shown"]


@pytest.mark.parametrize("name", ["pizzeria", "gamedrop"])
@pytest.mark.parametrize("options", [[], ["--lost"], ["--head", 400], ["--json"]])
def test_both_engines_show_the_same(project: Project, name: str, options: list[object]) -> None:
    pytest.importorskip("duckdb")
    shutil.copytree(ROOT / "data", project.root / "data", dirs_exist_ok=True)
    text = (ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")
    shown = []
    for engine in ("pandas", "duckdb"):
        project.define(f"{text}engine: {engine}\n", name)
        shown.append(project.works("data", *options))

    assert shown[0] == shown[1]


def test_a_file_that_duckdb_left_to_pandas_is_said(eleven_days: Project) -> None:
    pytest.importorskip("duckdb")
    text = (eleven_days.root / "configs/pizzeria.yaml").read_text(encoding="utf-8")
    eleven_days.define(f"{text}engine: duckdb\n")
    path = eleven_days.root / "data/orders.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n", 1))

    assert "warning: data/orders.csv: the engine pandas read it" in eleven_days.works("data").err


def test_what_fit_learns_from_is_what_data_shows(pizzeria: Project) -> None:
    fitted = pizzeria.works("fit", "pizzeria", "--json").json["fitted"][0]
    shown = pizzeria.works("data", "--json").json

    assert shown["ledger"] == fitted["ledger"]
    assert shown["rows"]["used"] == fitted["rows"]["used"]


def test_nothing_is_learned_and_nothing_written(eleven_days: Project) -> None:
    before = sorted(eleven_days.root.rglob("*"))

    eleven_days.works("data")
    eleven_days.works("data", "--lost")
    eleven_days.works("data", "--json")
    eleven_days.works("data", "data/orders.csv")

    assert sorted(eleven_days.root.rglob("*")) == before


def test_a_table_that_nothing_could_be_learned_from_is_shown_all_the_same(
    project: Project,
) -> None:
    """One row, and a label that never changes: fit refuses both."""
    project.define(table_definition())
    project.write("data/nights.csv", csv_of("guests,doughs", [(1, 5)]))
    project.fails(3, "fit")

    assert "used" in project.works("data").out


def test_rows_have_one_of_four_fates(project: Project) -> None:
    rows = [
        ("2023-01-02", 1, 5),
        ("2023-01-03", "", 5),  # a feature is missing
        ("2023-01-04", 3, ""),  # the label is missing, and others after it are not
        ("2023-01-06", 4, 5),  # a Friday
        ("2023-01-09", 5, 6),
        ("2023-01-10", 6, ""),  # not known yet
        ("2023-01-13", 7, ""),  # not known yet, and a Friday
    ]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    project.define(
        table_definition() + "date: day\nrules:\n  - drop_weekdays: {days: Friday, because: busy}\n"
    )

    ended = project.works("data", "--output", "t.csv")

    table = pd.read_csv(project.root / "t.csv", dtype="str", keep_default_na=False)
    assert list(table.columns) == ["day", "guests", "doughs", "status", "why"]
    assert list(zip(table["status"], table["why"], strict=True)) == [
        ("used", ""),
        ("left out", "guests is missing"),
        ("left out", "doughs missing"),
        ("refused", "busy"),
        ("used", ""),
        ("waiting", "doughs not known yet"),
        ("refused", "busy"),
    ]
    assert "5 rows, 2 used, 1 waiting, 2 left out" in ended.out
    assert ended.err == "7 rows to t.csv\n"


def test_what_is_lost_at_each_rule_is_shown_with_its_line(project: Project) -> None:
    rows = [
        (1, "a", 5),
        (2, "b", 6),
        (2, "b", 6),
        (3, "", 7),
        (4, "a", ""),
        (9, "a", 8),
        (5, "c", 9),
    ]
    project.write("data/nights.csv", csv_of("guests,room,doughs", rows))
    project.define(
        "sources:\n  nights:\n    file: data/nights.csv\n    rules:\n"
        "      - drop_duplicates: {of: [guests, room]}\n"
        "      - drop_missing: {of: room}\n"
        "      - between: {guests: under 9}\n"
        "rules:\n  - drop: {room: c}\n"
        "features: [guests]\nlabel: doughs\nmodel: ridge\nholdout: none\n"
    )

    lost = project.works("data", "--lost", "--json").json["lost"]

    assert [(one["where"], one["rows"]) for one in lost] == [
        ("drop_duplicates of guests, room", 1),
        ("drop_missing room", 1),
        ("between guests under 9", 1),
        ("drop room = c", 1),
        ("doughs not known yet", 1),
    ]
    places = [one["first"][0]["place"] for one in lost]
    assert places == [f"data/nights.csv:{line}" for line in (4, 5, 7, 8, 6)]
    assert lost[1]["first"][0]["cells"] == {"guests": 3.0, "room": None, "doughs": 7.0}
    assert "lost" not in project.works("data", "--json").json


def test_what_a_source_lost_is_shown_as_it_is_written(project: Project) -> None:
    rows = [("+1.50", "c", 5), ("2", "a", 6), ("3", "a", 7)]
    project.write("data/nights.csv", csv_of("guests,room,doughs", rows))
    project.define(
        "sources:\n  nights:\n    file: data/nights.csv\n    rules:\n      - drop: {room: c}\n"
        "features: [guests]\nlabel: doughs\nmodel: ridge\nholdout: none\n"
    )

    (dropped,) = project.works("data", "--lost", "--json").json["lost"]

    assert dropped["first"][0]["cells"] == {"guests": "+1.50", "room": "c", "doughs": 5.0}


def test_duplicates_after_rows_were_gathered_have_no_line(eleven_days: Project) -> None:
    text = (eleven_days.root / "configs/pizzeria.yaml").read_text(encoding="utf-8")
    rule = "as: reservations}\n      - drop_duplicates: {of: reservations}\n"
    eleven_days.define(text.replace("as: reservations}\n", rule))

    (first, *_) = eleven_days.works("data", "--lost", "--json").json["lost"]

    # the two days with 24 bookings: the later one is left out
    assert (first["where"], first["rows"]) == ("drop_duplicates of reservations", 1)
    assert first["first"] == [{"place": "", "cells": {"day": "2023-06-08", "reservations": 24.0}}]


@pytest.mark.parametrize("lost", [3])
def test_only_the_first_few_of_many_are_kept(pizzeria: Project, lost: int) -> None:
    till = pd.read_csv(ROOT / "data/orders.csv", dtype="str")
    others = till[till["item_name"] != "pizza"]

    keep = pizzeria.works("data", "--lost", "--json").json["lost"][0]

    assert keep["rows"] == len(others)
    assert [row["place"] for row in keep["first"]] == [
        f"data/orders.csv:{i + 2}" for i in others.index[:lost]
    ]
    assert [row["cells"]["item_name"] for row in keep["first"]] == list(others["item_name"][:lost])


def test_the_written_table_reads_back_in_pandas_and_in_mlcli(pizzeria: Project) -> None:
    pizzeria.works("data", "--output", "data/table.csv")
    table = pd.read_csv(pizzeria.root / "data/table.csv", parse_dates=["day"])
    shown = pizzeria.works("data", "--json").json

    assert len(table) == shown["ledger"]["joined"]
    assert table["status"].value_counts().to_dict() == {
        "used": shown["rows"]["used"],
        "refused": shown["rows"]["refused"],
        "waiting": shown["rows"]["waiting"],
    }
    again = pizzeria.works("data", "data/table.csv", "--json").json
    kinds = {column["name"]: column["kind"] for column in again["columns"]}
    assert kinds == {"day": "date", "reservations": "number", "doughs": "number",
                     "status": "text", "why": "text"}  # fmt: skip


def test_any_text_is_written_so_that_it_reads_back(project: Project) -> None:
    rooms = ['say "hi"', "a,b", "two\nlines", "cr\rhere", "ünï"]
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
        [("room", "doughs"), *((room, i) for i, room in enumerate(rooms))]
    )
    project.write("data/nights.csv", file.getvalue())
    project.define(table_definition(features="[{name: room, kind: category}]"))

    project.works("data", "--output", "t.csv")

    with (project.root / "t.csv").open(encoding="utf-8", newline="") as written:
        assert [row["room"] for row in csv.DictReader(written)] == rooms


def test_formulas_are_made_harmless_and_counted_unless_they_are_wanted(project: Project) -> None:
    rows = [('"=1+1"', 1), ("@SUM(A1)", 2), ("plain", 3), ("-5", 4), ("+1+1", 5)]
    project.write("data/nights.csv", csv_of("room,=doughs", rows))
    project.define(table_definition(features="[{name: room, kind: category}]", label="'=doughs'"))

    harmless = project.works("data", "--output", "t.csv")
    written = pd.read_csv(project.root / "t.csv", dtype="str")
    raw = project.works("data", "--output", "raw.csv", "--raw")
    as_it_was = pd.read_csv(project.root / "raw.csv", dtype="str")

    assert list(written["room"]) == ["'=1+1", "'@SUM(A1)", "plain", "-5", "'+1+1"]
    assert list(as_it_was["room"]) == ["=1+1", "@SUM(A1)", "plain", "-5", "+1+1"]
    assert ("'=doughs" in written.columns, "=doughs" in as_it_was.columns) == (True, True)
    assert "note: 4 rows with a ' before what a spreadsheet would run" in harmless.err
    assert raw.err == "5 rows to raw.csv\n"


@pytest.mark.parametrize("url", ["sqlite:///data/till.db", "$TILL"])
def test_an_output_never_replaces_the_database(
    project: Project, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("TILL", "sqlite:///data/till.db")
    with sqlite3.connect(project.root / "data/till.db") as till:
        till.execute("CREATE TABLE nights (guests INTEGER, doughs INTEGER)")
        till.execute("INSERT INTO nights VALUES (1, 5), (2, 7)")
    till.close()
    text = table_definition().replace(
        "file: data/nights.csv", f"sql: {{url: {url}, table: nights}}"
    )
    project.define(text)

    err = project.fails(2, "data", "--output", "data/till.db")

    assert "--output is an export that it is made from" in err
    assert project.works("data", "--json").json["rows"]["used"] == 2


def test_head_prints_rows_alone_and_any_number_of_them(eleven_days: Project) -> None:
    one = eleven_days.works("data", "--head", 1)
    all_ = eleven_days.works("data", "--head", 999)

    assert one.out.splitlines()[0].split() == ["status", "day", "reservations", "doughs", "why"]
    assert len(one.out.splitlines()) == 2
    assert len(all_.out.splitlines()) == 12
    assert one.err == "1 of 11 rows: 5 used\n"


def test_a_sole_definition_needs_no_name(eleven_days: Project) -> None:
    assert eleven_days.works("data").out == eleven_days.works("data", "pizzeria").out
    assert eleven_days.works("data").out == eleven_days.works("data", "configs/pizzeria.yaml").out


def test_what_the_definition_says_and_hardly_means_is_warned_about(eleven_days: Project) -> None:
    text = (eleven_days.root / "configs/pizzeria.yaml").read_text(encoding="utf-8")
    rule = "- drop_weekdays: {of: datetime, days: Friday}\n      - count:"
    eleven_days.define(text.replace("- count:", rule))

    assert eleven_days.works("data").err.startswith("warning: configs/pizzeria.yaml:5")


# ---- what fit notes too ------------------------------------------------------------------


ROOMS = [(room, i % 7, i % 5 + i) for i, room in enumerate(["Hall", "hall ", "Bar", "Bar"] * 10)]


def test_look_alike_levels_are_noted_by_data_and_by_fit(project: Project) -> None:
    project.write("data/nights.csv", csv_of("room,guests,doughs", ROOMS))
    project.define(table_definition(features="[room, guests]"))
    said = "room: 'Hall' and 'hall' differ only by case: write them in one way"  # blanks are cut

    shown = project.works("data", "--json").json["notes"]
    noted = project.works("fit", "--json").json["fitted"][0]["notes"]

    assert sorted(shown) == sorted(noted)
    assert [note.startswith(said) for note in shown].count(True) == 1


def test_look_alike_classes_are_noted(project: Project) -> None:
    project.write("data/nights.csv", csv_of("room,guests,doughs", ROOMS))
    project.define(table_definition("[guests]", "room", "logistic_regression"))

    for notes in (
        project.works("data", "--json").json["notes"],
        project.works("fit", "--json").json["fitted"][0]["notes"],
    ):
        assert any(note.startswith("room: 'Hall' and 'hall' differ") for note in notes)


def test_look_alike_tags_of_a_catalogue_are_noted(project: Project) -> None:
    rows = [("A", "Party;puzzle"), ("B", "party"), ("C", "Puzzle ; Arcade")]
    project.write("data/games.csv", csv_of("name,play", rows))
    project.define(
        "sources:\n  games:\n    file: data/games.csv\n    rules:\n"
        '      - split_list: {of: play, as: kinds, by: ";"}\n'
        "features: [{name: kinds, kind: tags}]\nlabel: name\nmodel: match\n"
        "recommend: {top: 2}\n",
        "games",
    )

    for notes in (
        project.works("data", "--json").json["notes"],
        project.works("fit", "--json").json["fitted"][0]["notes"],
    ):
        assert (
            "kinds: 'Party' and 'party' differ only by case, and 1 pair more: "
            "write them in one way, if they are one"
        ) in notes


def test_zeros_that_get_lost_are_noted_by_data_and_by_fit(project: Project) -> None:
    rows = [("00501", 1, 5), ("10001", 2, 7), ("00502", 4, 6)]
    project.write("data/nights.csv", csv_of("zip,guests,doughs", rows))
    project.define(table_definition(features="[zip, guests]"))
    said = (
        "zip: '00501' is read as the number 501: if these are codes, say  "
        "{name: zip, kind: category}"
    )

    assert project.works("data", "--json").json["notes"] == [said]
    assert said in project.works("fit", "--json").json["fitted"][0]["notes"]


@pytest.mark.parametrize("kind", ["number", "category"])
def test_nothing_is_noted_where_the_kind_is_said(project: Project, kind: str) -> None:
    rows = [("00501", 1, 5), ("10001", 2, 7), ("00502", 4, 6)]
    project.write("data/nights.csv", csv_of("zip,guests,doughs", rows))
    project.define(table_definition(features=f"[{{name: zip, kind: {kind}}}, guests]"))

    assert project.works("data", "--json").json["notes"] == []
    assert project.works("fit", "--json").json["fitted"][0]["notes"] == []


def test_zeros_of_a_key_that_are_lost_are_noted(project: Project) -> None:
    project.write("data/a.csv", csv_of("room,guests", [("007", 1), ("008", 2), ("009", 4)]))
    project.write("data/b.csv", csv_of("room,doughs", [("7", 1), ("8", 3), ("9", 2)]))
    project.define(
        "sources:\n  a: {file: data/a.csv}\n  b: {file: data/b.csv}\njoin: room\n"
        "features: [guests]\nlabel: doughs\nmodel: ridge\nholdout: none\n"
    )

    (note,) = project.works("data", "--json").json["notes"]
    assert note.startswith("room: '007' is read as the number 7")


def test_a_feature_that_never_changes_is_noted(project: Project) -> None:
    project.write("data/nights.csv", csv_of("room,guests,doughs", [("a", 1, 5), ("a", 1, 6)]))
    project.define(table_definition(features="[room, guests]"))

    assert project.works("data", "--json").json["notes"] == [
        f"{name}: the same in every row: nothing can be learned from it"
        for name in ("room", "guests")
    ]


# ---- a file -----------------------------------------------------------------------------


def test_a_file_is_what_pandas_says_it_is(pizzeria: Project) -> None:
    till = pd.read_csv(ROOT / "data/orders.csv", parse_dates=["ordered_at"])

    found = pizzeria.works("data", "data/orders.csv", "--json").json

    item, quantity, _, at = found["columns"]
    assert (found["rows"], found["bytes"]) == (
        len(till),
        (ROOT / "data/orders.csv").stat().st_size,
    )
    counts = {level["level"]: level["rows"] for level in item["levels"]}
    assert counts == till["item_name"].value_counts().to_dict()
    assert (quantity["low"], quantity["high"]) == (till["quantity"].min(), till["quantity"].max())
    assert quantity["different"] == till["quantity"].nunique()
    assert (at["low"], at["high"]) == tuple(
        f"{when:%Y-%m-%d %H:%M:%S}" for when in (till["ordered_at"].min(), till["ordered_at"].max())
    )
    assert at["different"] is None
    assert found["source"] == {"file": "data/orders.csv"}


def test_a_path_wins_over_a_definition_of_that_name(eleven_days: Project) -> None:
    eleven_days.write("pizzeria", "a,b\n1,2\n")

    assert "configs/pizzeria.yaml" in eleven_days.works("data", "pizzeria").out
    assert "1 row, 2 columns" in eleven_days.works("data", "./pizzeria").out


def test_the_source_names_the_file_from_the_project_folder(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(eleven_days.root / "data")

    found = eleven_days.works("data", "./orders.csv", "--json").json

    assert (found["file"], found["source"]["file"]) == ("./orders.csv", "data/orders.csv")


def test_a_file_outside_the_project_is_named_whole(
    eleven_days: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "till.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")

    assert eleven_days.works("data", path, "--json").json["source"] == {"file": str(path)}


def test_head_of_a_file_shows_its_cells_as_they_are(project: Project) -> None:
    project.write("messy.csv", MESSY)

    ended = project.works("data", "messy.csv", "--head", 2)

    assert ended.out.splitlines()[1].split()[:3] == ["2", "001", "01/02/2023"]
    assert len(ended.out.splitlines()) == 3
    assert ended.err == "2 of 4 rows of messy.csv\n"


def test_a_packed_file_is_read(project: Project) -> None:
    import gzip

    project.write("till.csv.gz", gzip.compress(b"a,b\n1,2\n"))

    assert project.works("data", "till.csv.gz", "--json").json["rows"] == 1


HOSTILE = "a\x1b[31m,b\n[bold]x\x07[/bold],=1+1\n[/],\u202eevil\n"


@pytest.mark.parametrize("options", [[], ["--head", 5]])
def test_data_never_acts_on_the_terminal(project: Project, options: list[object]) -> None:
    project.write("data/nights.csv", HOSTILE)

    out = project.works("data", "data/nights.csv", *options).out

    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert "[bold]x\\x07" in out


def test_a_table_of_hostile_words_never_acts_on_the_terminal(project: Project) -> None:
    project.write("data/nights.csv", csv_of("room,doughs", [("\x1b[31m[/]", 1), ("[red]", 2)]))
    project.define(table_definition(features="[room]"))

    for options in ([], ["--lost"], ["--head", "5"]):
        out = project.works("data", *options).out
        assert "\x1b" not in out
        assert "[red]" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "the file is empty"),
        (b"a,b\n", "a header and no rows"),
        (b"a,b\n1\n", ":2: the line has 1 cell, and the header has 2"),
        (b'a,b\n1,"x\n', "never closed"),
        (b'{"a": 1}', "JSON"),
        (b"PK\x03\x04", "an Excel workbook or a zip archive"),
        (b"a,b\n1,2\n\n3,4\n", ":3: the line is empty"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_strictly_is_the_datas_fault(
    project: Project, text: bytes, said: str
) -> None:
    project.write("t.csv", text)

    assert said in project.fails(3, "data", "t.csv")
    assert said in project.fails(3, "data", "t.csv", "--json")


# ---- misuse -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "code", "said", "hint"),
    [
        (["piza"], 2, "there is no definition 'piza' in configs/", "did you mean 'pizzeria'?"),
        (["zzz"], 2, "there is no definition 'zzz' in configs/", "there is pizzeria"),
        ([""], 2, "there is no definition '' in configs/", "there is pizzeria"),
        (["data"], 2, "there is no definition 'data'", "data is a folder: name a file in it"),
        (["README"], 2, "there is no definition 'README'", "mlcli data ./README"),
        (["data/"], 3, "this is a folder", "name the file in it"),
        (["data/order.csv"], 3, "there is no such file", "did you mean 'orders.csv'?"),
        (["nowhere/x.csv"], 3, "there is no such file", "there is no folder nowhere either"),
        (["configs/pizzeria"], 2, "there is no file configs/pizzeria", "mlcli data configs/pizzeria.yaml"),
        (["piza.yaml"], 2, "there is no definition piza.yaml", ""),
        (["models/pizzeria"], 2, "models/pizzeria is a fitted model, and no export", "mlcli data pizzeria"),
        (["models/pizzeria/1"], 2, "models/pizzeria/1 is a fitted model", "mlcli data pizzeria"),
        (["models/pizzeria/1/manifest.json"], 3, "this is JSON, not CSV text", ""),
        (["models/pizzeria/1/model.joblib"], 3, "", ""),
        (["data/orders.parquet"], 3, "data/orders.parquet: there is no such file", "put the file there"),
        (["till.XLSX"], 3, "till.XLSX: there is no such file", "put the file there"),
        (["data/till.db"], 2, "data/till.db is a database", "name it in a source"),
        (["data/*.csv"], 3, "there is no such file", ""),
        (["configs/pizzeria.yaml", "extra"], 2, "unexpected extra argument", ""),
        (["--head", "0"], 2, "0 is not in the range", ""),
        (["--head", "-3"], 2, "-3 is not in the range", ""),
        (["--head", "few"], 2, "is not a valid", ""),
        (["--head", "3", "--json"], 2, "--head prints rows for reading, and --json one object", "--output FILE"),
        (["--head", "3", "--output", "t.csv"], 2, "--head prints the first rows, and --output", "take one away"),
        (["--head", "3", "--lost"], 2, "--head prints rows alone", "take one away"),
        (["--raw"], 2, "--raw needs --output", "it says how rows are written"),
        (["--output", "data"], 2, "--output data is a folder", "name a file in it"),
        (["--output", "nowhere/t.csv"], 2, "there is no folder nowhere", "make it first"),
        (["--output", "data/orders.csv"], 2, "--output is an export that it is made from", "write to another file"),
        (["--output", "data/../data/orders.csv"], 2, "--output is an export", ""),
        (["--output", "configs/pizzeria.yaml"], 2, "--output is the definition", "write to another file"),
        (["--output", "link.csv"], 2, "--output is an export that it is made from", ""),
        (["data/orders.csv", "--lost"], 2, "--lost is about the table that a definition makes", "leave --lost out"),
        (["data/orders.csv", "--output", "t.csv"], 2, "--output is about the table", "leave --output out"),
        (["--model", "pizzeria"], 2, "data takes names without --model", ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_misuse_is_one_clear_message(
    pizzeria: Project, argv: list[str], code: int, said: str, hint: str
) -> None:
    pizzeria.write("README", "not a table\n")
    (pizzeria.root / "link.csv").symlink_to(pizzeria.root / "data/orders.csv")
    before = {p: p.read_bytes() for p in pizzeria.root.rglob("*") if p.is_file()}

    err = pizzeria.fails(code, "data", *argv)

    flat = " ".join(err.replace("│", " ").split())
    assert said.lower() in flat.lower()
    assert hint in flat
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 10
    assert {p: p.read_bytes() for p in pizzeria.root.rglob("*") if p.is_file()} == before


def test_head_without_a_number(project: Project) -> None:
    ended = project.mlcli("data", "--head")

    assert (ended.code, ended.out) == (2, "")
    assert "'--head' requires an argument" in ended.err


def test_several_definitions_are_listed(eleven_days: Project) -> None:
    eleven_days.define(table_definition(), "nights")

    err = eleven_days.fails(2, "data")

    assert "there are several definitions in configs/: nights, pizzeria" in err
    assert "hint: name one:  mlcli data nights" in err


def test_no_definition_at_all(project: Project) -> None:
    assert "there is no definition in configs/" in project.fails(2, "data")
    assert "put its YAML into configs/" in project.fails(2, "data", "pizzeria")


def test_a_bad_definition_and_bad_data_end_as_they_do_in_fit(eleven_days: Project) -> None:
    text = (eleven_days.root / "configs/pizzeria.yaml").read_text(encoding="utf-8")
    eleven_days.define(text.replace("keep:", "kep:"))
    assert "pizzeria: no table was made" in eleven_days.fails(2, "data")
    eleven_days.define(text.replace("item_name: pizza", "item_name: Pizza"))
    assert "data/orders.csv:2" in eleven_days.fails(3, "data")


def test_a_column_that_data_adds_must_not_be_there(project: Project) -> None:
    project.write("data/nights.csv", csv_of("status,doughs", [("a", 1), ("b", 2)]))
    project.define(table_definition(features="[status]"))

    err = project.fails(3, "data", "--output", "t.csv")

    assert "there is a column 'status' already" in err
    assert not (project.root / "t.csv").exists()
    project.works("data")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written_to(eleven_days: Project) -> None:
    eleven_days.write("t.csv", "old").chmod(0o444)

    assert "may not be written to" in eleven_days.fails(5, "data", "--output", "t.csv")


def test_an_output_is_whole_or_as_it_was(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlcli.exports.csv import writing

    eleven_days.write("t.csv", "old")
    lines = iter([True] * 3)

    def full(cells: object, delimiter: str) -> str:
        if not next(lines, False):
            raise OSError(28, "No space left on device")
        return "x\n"

    monkeypatch.setattr(writing, "line", full)

    assert "No space left on device" in eleven_days.fails(5, "data", "--output", "t.csv")
    assert (eleven_days.root / "t.csv").read_text() == "old"
    assert [p.name for p in eleven_days.root.iterdir() if p.suffix == ".tmp"] == []


# ---- pipes and colours -------------------------------------------------------------------


def run(root: Path, command: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COV") and k != "COLUMNS"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=root,
        env=kept | {"MLCLI": f"{sys.executable} -m mlcli", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_pipe_gets_no_colour_and_may_close_early(sample: Path) -> None:
    done = run(sample, "$MLCLI data pizzeria | cat")
    early = run(sample, "$MLCLI data pizzeria --head 300 | head -1")

    assert "\x1b" not in done.stdout
    assert early.stdout.split()[:2] == ["status", "day"]
    assert "Traceback" not in early.stderr


def test_a_narrow_terminal_cuts_no_figure(
    pizzeria: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    shown = pizzeria.works("data", "pizzeria").out

    for figure in ("20,983", "12,748", "8,235", "14 to 72"):
        assert figure in shown
