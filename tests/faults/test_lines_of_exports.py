"""The lines of an export: what stands above, below and between its rows, and how it is kept."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from support import Project, csv_of, table_definition

from mlcli.definition.yaml_text import Document
from mlcli.grammar import cells
from mlcli.verbs.source_of_file import merged

pytestmark = pytest.mark.usefixtures("unvalidated")

ENGINES = ["pandas", "duckdb"]
DAYS = [f"2026-03-{day:02}" for day in range(1, 9)]
# The first row is left out of no sum: 8 days of 1 to 8 pizzas, each at 2.5, in two halls.
SOUND = [[day, "north" if n % 2 else "south", f"{n}", f"{n * 2.5}"]
         for n, day in enumerate(DAYS, start=1)]  # fmt: skip
HEADER = ["day", "hall", "qty", "paid"]


def text(*above: str, mark: str = ",", below: str = "", header: str = "") -> str:
    """Return the sound table with lines above and below."""
    rows = "".join(mark.join(row) + "\n" for row in SOUND)
    return (
        "".join(f"{line}\n" for line in above) + (header or mark.join(HEADER)) + f"\n{rows}{below}"
    )


def definition(keys: dict[str, Any], engine: str = "pandas", needed: str = "qty") -> str:
    source = {"file": "data/sales.csv", **keys}
    rules = [{"sum": {"of": needed, "per": "day of day", "as": "sold"}}]
    return json.dumps(
        {
            "sources": {"sales": {**source, "rules": rules}},
            "features": [{"name": "weekday", "kind": "category"}],
            "rules": [{"derive": {"weekday": "weekday of day"}}],
            "label": "sold",
            "model": "ridge",
            "holdout": "none",
            "engine": engine,
        }
    )


def words(keys: dict[str, Any]) -> str:
    """Return a definition that reads a column of words alone."""
    source = {"file": "data/sales.csv", **keys}
    return json.dumps(
        {
            "sources": {"sales": source},
            "features": [{"name": "hall", "kind": "category"}],
            "label": {"name": "item", "kind": "category"},
            "model": "decision_tree",
            "holdout": "none",
        }
    )


def follow(project: Project, engine: str = "pandas", needed: str = "qty") -> dict[str, Any]:
    """Apply the first way out of each error; return the keys that let the table be made."""
    keys: dict[str, Any] = {}
    for _ in range(4):
        project.define(definition(keys, engine, needed))
        ended = project.mlcli("data", "--json")
        if ended.code == 0:
            return keys
        (fix, *_) = ended.json["error"]["fix"]
        assert fix["path"][:2] == ["sources", "sales"]
        keys = merged(keys, fix["path"][2:], fix["value"])
    raise AssertionError(ended.err)


def sold(project: Project) -> list[float]:
    """Return the sums of the days, of the definition as it is."""
    project.works("data", "--output", "out.csv")
    lines = (project.root / "out.csv").read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index("sold")
    return [float(line.split(",")[at]) for line in lines[1:]]


# ---- A8: the header again, and in two lines ------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a08_a_header_in_the_middle_is_named_with_its_line(project: Project, engine: str) -> None:
    project.write("data/sales.csv", text(below=text()))  # cat a.csv a.csv: 1 + 8 lines, then it
    project.define(definition({}, engine))

    assert "data/sales.csv:10: line 10 repeats the header" in project.fails(3, "fit")


def test_a08_where_only_words_are_used_too(project: Project) -> None:
    project.write("data/sales.csv", "hall,item\nnorth,tea\nhall,item\nsouth,cake\n")
    project.define(words({}))

    assert "line 3 repeats the header" in project.fails(3, "fit")
    assert "line 3 repeats the header" in project.fails(3, "data", "data/sales.csv")


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_a08_a_file_of_windows_with_a_mark_of_its_own(project: Project, mark: str) -> None:
    one = "hall,item\r\nnorth,tea\r\n"
    project.write("data/sales.csv", one + mark + one)
    project.define(words({}))

    assert "line 3 repeats the header" in project.fails(3, "fit")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("above", "below"), [("hall,item", '"hall","item"'), ('"hall","item"', "hall,item")]
)
def test_a08_quotes_around_names_make_no_other_header(
    project: Project, engine: str, above: str, below: str
) -> None:
    project.write("data/sales.csv", f"{above}\nnorth,tea\n{below}\nsouth,cake\n")
    project.define(json.dumps({**json.loads(words({})), "engine": engine}))

    assert "line 3 repeats the header" in project.fails(3, "fit")


UNITS = ",,(n),€"


def test_a08_a_second_line_of_the_header_is_named(project: Project) -> None:
    project.write("data/sales.csv", text(header=f"{','.join(HEADER)}\n{UNITS}"))
    project.define(definition({}))

    said = project.fails(3, "fit")
    keys = follow(project)

    assert "data/sales.csv:2: the line goes on with the header" in said
    assert keys == {"skip_rows": 2, "columns": HEADER}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a08_a_first_row_with_an_odd_cell_is_a_row(project: Project) -> None:
    rows = "bar,tea\n1,tea\n2,cake\n3,tea\n4,cake\n5,tea\n"
    project.write("data/sales.csv", f"table,item\n{rows}")

    assert project.works("data", "data/sales.csv", "--json").json["rows"] == 6


# ---- A9: totals -----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("below", "footer"),
    [
        ("TOTAL,,36,90.0\n", 1),  # 1 + ... + 8 = 36, and 36 x 2.5 = 90
        ("Summe,all,36,90.0\n", 1),
        ("everything,all,36,0\n", 1),  # no word for a total: 36 is the sum
        ("Subtotal,,36,90.0\nTotal,,36,90.0\n", 2),
        ("Total,,36,90.0\n\n\n", 1),  # empty lines at the end do not count
        ("Total,,36,90.0\nby Anna\n", 2),
        ("\nTotal: 36\n", 1),
        ("Page 1\n", 1),
        ("Page 1,,,\n", 1),
        ("8 rows\n", 1),
        ("2026-03-08,Summe,36,90.0\n", 1),  # the word stands in a column of words
        (",,,90.0\n", 1),  # no word: cells are empty that are empty nowhere else
        (",,36,90.0\n", 1),
        ("2026-03-09,all,36,90.0\n", 1),  # nothing but two sums
        (",,,\n,,,\n", 2),  # delimiters alone, of which the sum misses a number
    ],
)
def test_a09_a_line_below_that_is_no_row(
    project: Project, engine: str, below: str, footer: int
) -> None:
    project.write("data/sales.csv", text(below=below))

    assert follow(project, engine, needed="qty") == {"skip_footer": footer}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("total", [",,36,90.0", "2026-03-09,all,36,90.0", "Total,,36,90.0"])
def test_a09_a_total_right_below_the_header(project: Project, engine: str, total: str) -> None:
    project.write("data/sales.csv", text(header=f"{','.join(HEADER)}\n{total}"))

    assert follow(project, engine) == {"skip_rows": 2, "columns": HEADER}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("row", ["2026-03-09,all,36,9.0", "2026-03-09,all,37,90.0"])
def test_a09_a_large_number_is_no_total(project: Project, row: str) -> None:
    project.write("data/sales.csv", text(below=f"{row}\n"))  # one number is no sum

    assert follow(project, needed="qty") == {}
    assert sold(project)[-1] == float(row.split(",")[2])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "row", ["2026-03-09,,36,90.0", "2026-03-09,all,36,90.0", "2026-03-09,,36,"]
)
def test_a09_a_row_that_adds_up_by_chance_is_kept_by_a_key(
    project: Project, engine: str, row: str
) -> None:
    project.write("data/sales.csv", text(below=f"{row}\n"))
    project.define(definition({}, engine))
    assert "if it is a row,  totals: keep" in project.fails(3, "data")

    project.define(definition({"totals": "keep"}, engine))

    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8, 36]


def test_a09_questions_may_add_up_by_chance(project: Project) -> None:
    # 3 + 4 + 5 = 12, and nothing could say that the last line is a question.
    project.write("data/nights.csv", csv_of("id,guests,doughs", [(n, n, n + 1) for n in range(9)]))
    project.define(table_definition(), "nights")
    project.works("fit")
    project.write("asked.csv", "id,guests,of\na,3,x\nb,4,x\nc,5,x\n,12,x\n")

    assert len(project.works("predict", "--input", "asked.csv", "--raw").out.splitlines()) == 5


def test_a09_an_odd_cell_in_a_column_that_nothing_needs_stays_a_note(project: Project) -> None:
    rows = "".join(f"tea,hall,{n}\n" for n in range(39))
    project.write("data/sales.csv", f"item,hall,table_num\n{rows}cake,hall,bar\n")
    project.define(words({}))

    assert project.works("data", "--json").json["rows"]["used"] == 40
    seen = project.works("data", "data/sales.csv", "--json").json
    assert "table_num: most cells are numbers, and line 41 holds 'bar'" in seen["notes"]


def test_a09_a_product_called_total_is_a_row(project: Project) -> None:
    project.write("data/sales.csv", text(below="2026-03-09,Total,9,22.5\n"))

    assert follow(project) == {}
    assert sold(project)[-1] == 9


@pytest.mark.parametrize(
    ("below", "said", "fix"),
    [
        (["Total", None, 36, 90], "data/sales.xlsx:10: the row is no row of the table", ["A1:D9"]),
        (HEADER, "data/sales.xlsx:10: row 10 repeats the header", []),
    ],
)
def test_a09_a08_in_a_workbook(
    project: Project, below: list[Any], said: str, fix: list[str]
) -> None:
    book = Workbook()
    for row in [HEADER, *([day, hall, int(n), float(paid)] for day, hall, n, paid in SOUND), below]:
        book.active.append(row)
    book.save(project.root / "data/sales.xlsx")
    project.define(definition({"file": "data/sales.xlsx"}))

    ended = project.mlcli("data", "--json")

    assert said in ended.err
    assert [one["value"] for one in ended.json["error"]["fix"]] == fix
    for cells_ in fix:
        project.define(definition({"file": "data/sales.xlsx", "range": cells_}))
        assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("last", "said"), [(9, ""), (7, "2 rows"), (8, "1 row")])
def test_a09_rows_below_a_range_are_noted(project: Project, last: int, said: str) -> None:
    # The header is in row 1, eight rows below it, and the total in row 10.
    book = Workbook()
    total = ["Total", None, 36, 90]
    for row in [HEADER, *([day, hall, int(n), float(paid)] for day, hall, n, paid in SOUND), total]:
        book.active.append(row)
    book.save(project.root / "data/sales.xlsx")
    project.define(definition({"file": "data/sales.xlsx", "range": f"A1:D{last}"}))

    notes = project.works("data", "--json").json["notes"]

    look = "look like rows" if last == 7 else "looks like a row"
    note = f"data/sales.xlsx: range: A1:D{last}  leaves out {said} below it, from row {last + 1} on"
    assert [one for one in notes if "range" in one] == ([f"{note}, which {look}"] if said else [])


@pytest.mark.parametrize("engine", ENGINES)
def test_a09_a_row_that_skip_footer_leaves_out_is_noted(project: Project, engine: str) -> None:
    # The one file ends in a total; the other does not: its last row is line 9, the 8th of March.
    project.write("data/sales-1.csv", text(below="TOTAL,,36,90.0\n"))
    project.write("data/sales-2.csv", text().replace("2026-03", "2026-04"))
    project.define(definition({"file": "data/sales-*.csv", "skip_footer": 1}, engine))

    found = project.works("data", "--json").json

    note = "data/sales-2.csv: skip_footer: 1  leaves out line 9, which looks like a row"
    assert [one for one in found["notes"] if "footer" in one] == [note]


@pytest.mark.parametrize("asked", [("predict", "--input"), ("evaluate", "--data")])
@pytest.mark.parametrize(
    ("below", "said"),
    [
        (
            "TOTAL,36,44.0\n",
            "this line looks like a total or a note, not a row",
        ),  # 1 + ... + 8 = 36
        ("id,guests,doughs\n9,9,10\n", "line 10 repeats the header"),  # 1 + 8 lines, then it
    ],
)
def test_a08_a09_a_file_of_questions_is_read_as_strictly(
    project: Project, asked: tuple[str, str], below: str, said: str
) -> None:
    rows = csv_of("id,guests,doughs", [(n, n, n + 1) for n in range(1, 9)])
    project.write("data/nights.csv", rows)
    project.define(table_definition(), "nights")
    project.works("fit")

    project.write("asked.csv", rows + below)

    assert f"asked.csv:10: {said}" in project.fails(3, *asked, "asked.csv")


@pytest.mark.parametrize("row", ["2026-03-09,,,", "2026-03-09,Total Energy,9,", "2026-03-09,,9,1"])
def test_a09_a_row_of_a_day_to_come_is_a_row(project: Project, row: str) -> None:
    project.write("data/sales.csv", text(below=f"{row}\n"))

    seen = project.works("data", "data/sales.csv", "--json").json

    assert (seen["rows"], seen["source"]) == (9, {"file": "data/sales.csv"})


# ---- A7: brackets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "by", "tags"),
    [
        ("Cheese, Seafood (prawns, mussels)", ",", ("Cheese", "Seafood (prawns, mussels)")),
        ("a (b, c (d, e)), f", ",", ("a (b, c (d, e))", "f")),
        ("a [b; c]; d", ";", ("a [b; c]", "d")),
        ("(a), (b)", ",", ("(a)", "(b)")),
        ("a (b, c", ",", ("a (b", "c")),  # never closed: cut as ever
        (":), b", ",", (":)", "b")),
    ],
)
def test_a07_pieces_with_open_brackets_are_not_cut(
    cell: str, by: str, tags: tuple[str, ...]
) -> None:
    assert cells.to_tags(cell, by=by) == tags


def test_a07_what_brackets_hold_together_is_noted(project: Project) -> None:
    rows = '"Cheese, Seafood (prawns, mussels)",3\n"Cheese, Ham",2\n' * 3
    project.write("data/sales.csv", f"on,price\n{rows}")
    project.define(
        """\
sources:
  pizzas:
    file: data/sales.csv
    rules:
      - split_list: {of: on, as: toppings}
features: [{name: toppings, kind: tags}]
label: price
model: ridge
holdout: none
"""
    )

    assert "brackets hold 'Seafood (prawns, mussels)' together" in project.works("fit").out


# ---- B3: above the header --------------------------------------------------------------------

PREAMBLES = {
    "a title": ["Sales of March"],
    "two cells": ["Shop,12"],
    "an empty line below": ["Sales of March", ""],
    "as many cells": ["Sales,March,North,EUR"],
    "trailing commas": ["Sales of March,,,", ",,,"],
    "dates in it": ["From,2026-03-01", "To,2026-03-08", "Shop,12"],
    "nine lines": ["Sales", "", "a,b", "Shop,12,x", "", "17", "2026-03-01", "a,b,c,17", "End"],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PREAMBLES)
def test_b03_lines_above_the_header(project: Project, name: str, engine: str) -> None:
    project.write("data/sales.csv", text(*PREAMBLES[name]))

    assert follow(project, engine) == {"skip_rows": len(PREAMBLES[name])}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("name", PREAMBLES)
def test_b03_data_of_a_file_proposes_the_same(project: Project, name: str) -> None:
    project.write("data/sales.csv", text(*PREAMBLES[name], below="Total,,36,90.0\n"))

    source = project.works("data", "data/sales.csv", "--json").json["source"]

    assert source == {
        "file": "data/sales.csv", "skip_rows": len(PREAMBLES[name]), "skip_footer": 1,
    }  # fmt: skip


def test_b03_a_title_over_decimal_commas(project: Project) -> None:
    rows = "".join(f"{day};{n},5\n" for n, day in enumerate(DAYS))
    project.write("data/sales.csv", f"Rain in Rome, daily\nday;qty\n{rows}")

    source = project.works("data", "data/sales.csv", "--json").json["source"]

    assert source == {
        "file": "data/sales.csv", "delimiter": ";", "skip_rows": 1, "decimal": ",",
    }  # fmt: skip
    assert follow(project) == {"skip_rows": 1, "decimal": ","}
    assert sold(project) == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]


def test_b03_all_at_once(project: Project) -> None:
    """Cells of cp1252 with a title, decimal commas and a total: 0,5 + ... + 7,5 = 32."""
    rows = "".join(f"{day};Café;{n},5\n" for n, day in enumerate(DAYS))
    whole = f"Umsätze für März\n\nday;hall;qty\n{rows}Summe;;32,0\n"
    project.write("data/sales.csv", whole.encode("cp1252"))

    source = project.works("data", "data/sales.csv", "--json").json["source"]
    keys = follow(project)

    assert source == {
        "file": "data/sales.csv", "encoding": "cp1252", "delimiter": ";", "skip_rows": 2,
        "skip_footer": 1, "decimal": ",",
    }  # fmt: skip
    assert keys == {"encoding": "cp1252", "skip_rows": 2, "skip_footer": 1, "decimal": ","}
    assert sold(project) == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]


# ---- B6: names that nothing needs -------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("header", "end"),
    [
        ("day,hall,qty,paid,", ","),  # a trailing comma in every line
        ("day,hall,qty,paid,note,note", ",x,y"),
        ("day,hall,qty,paid,  ", ",z"),
    ],
)
def test_b06_names_matter_only_where_they_are_needed(
    project: Project, engine: str, header: str, end: str
) -> None:
    rows = "".join(",".join(row) + f"{end}\n" for row in SOUND)
    project.write("data/sales.csv", f"{header}\n{rows}")

    assert follow(project, engine) == {}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_b06_a_name_that_stands_twice_and_is_needed_is_an_error(project: Project) -> None:
    project.write("data/sales.csv", "day,qty,qty\n2026-03-01,1,2\n")
    project.define(definition({}))

    assert "columns 2 and 3 are both called 'qty'" in project.fails(3, "fit")


def test_b06_a_comma_behind_the_rows_alone(project: Project) -> None:
    rows = "".join(",".join(row) + ",\n" for row in SOUND)
    project.write("data/sales.csv", f"{','.join(HEADER)}\n{rows}")

    assert follow(project) == {"skip_rows": 1, "columns": [*HEADER, "column 5"]}
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


# ---- B5: data FILE proves what it proposes ------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        (["--skip-rows", "1", "--skip-footer", "1"], {"skip_rows": 1, "skip_footer": 1}),
        (["--encoding", "cp1252", "--skip-rows", "1"], {"encoding": "cp1252", "skip_rows": 1}),
        (["--delimiter", ","], {"delimiter": ","}),
    ],
)
def test_b05_data_of_a_file_takes_the_keys_that_are_known(
    project: Project, options: list[str], keys: dict[str, Any]
) -> None:
    whole = text("Umsätze", below="Total,,36,90.0\n").encode("cp1252")
    project.write("data/sales.csv", whole)

    found = project.works("data", "data/sales.csv", "--json", *options).json

    assert found["rows"] == 8
    assert found["source"].items() >= keys.items()


def test_b05_keys_that_make_no_sense_are_refused(project: Project) -> None:
    project.write("data/sales.csv", text())
    project.define(definition({}))

    assert "there is no encoding 'cp1525'" in project.fails(
        2, "data", "data/sales.csv", "--encoding", "cp1525"
    )
    assert "--sheet" in project.fails(2, "data", "data/sales.csv", "--sheet", "May")
    assert "is about a file" in project.fails(2, "data", "--skip-rows", "1")


def test_b05_a_workbook_and_a_packed_file(project: Project) -> None:
    book = Workbook()
    for row in [HEADER, *([day, hall, int(n), float(paid)] for day, hall, n, paid in SOUND)]:
        book.active.append(row)
    book.save(project.root / "data/sales.xlsx")
    project.write("data/sales.csv.gz", gzip.compress(text("Sales").encode()))

    sheet = project.works("data", "data/sales.xlsx", "--json").json
    packed = project.works("data", "data/sales.csv.gz", "--json").json

    assert [one["kind"] for one in sheet["columns"]] == ["date", "text", "number", "number"]
    assert (sheet["rows"], sheet["source"]) == (8, {"file": "data/sales.xlsx"})
    assert (packed["rows"], packed["source"]["skip_rows"]) == (8, 1)
    assert "8 rows, 4 columns" in project.works("data", "data/sales.xlsx").out


@pytest.mark.parametrize("word", ["k.A.", "n/d", "?"])
def test_b05_a_word_for_nothing_of_another_language_is_proposed(
    project: Project, word: str
) -> None:
    project.write(
        "data/sales.csv", text().replace("2026-03-04,south,4", f"2026-03-04,south,{word}")
    )

    found = project.works("data", "data/sales.csv", "--json").json

    assert found["source"] == {"file": "data/sales.csv", "missing": [word]}
    assert [one["kind"] for one in found["columns"]] == ["date", "text", "number", "number"]


@pytest.mark.parametrize(
    ("keys", "key"),
    [({"skip_rows": 40}, "skip_rows"), ({"skip_footer": 40}, "skip_footer"),
     ({"delimiter": ";"}, "delimiter")],
)  # fmt: skip
def test_b03_a_key_that_is_too_much_is_taken_away(
    project: Project, keys: dict[str, Any], key: str
) -> None:
    project.write("data/sales.csv", text())
    project.define(definition(keys))

    (fix,) = project.mlcli("data", "--json").json["error"]["fix"]

    assert (fix["path"], fix["value"]) == (["sources", "sales", key], None)
    project.define(definition({}))
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_b03_each_sheet_that_can_be_seen_is_a_way_out(project: Project) -> None:
    book = Workbook()
    book.active.title = "May"
    book.create_sheet("June")
    book.save(project.root / "data/two.xlsx")
    project.define(definition({"file": "data/two.xlsx"}))

    fixes = project.mlcli("data", "--json").json["error"]["fix"]

    assert [(fix["path"][-1], fix["value"]) for fix in fixes] == [
        ("sheet", "May"),
        ("sheet", "June"),
    ]


def test_b05_a_printed_source_is_read_back(project: Project) -> None:
    rows = "\n".join(f"{day};- x;{n},5" for n, day in enumerate(DAYS))
    name = "data/1e3: no, #1.csv"
    project.write(name, f"Title\nday;hall;qty\n{rows}\n")

    shown = project.works("data", name).out.split("a source that reads it:")[1]
    printed = shown.partition("  next:")[0]
    ((called, source),) = Document(printed.strip()).value["sources"].items()

    assert (called, source) == (
        "1e3_no_1", {"file": name, "delimiter": ";", "skip_rows": 1, "decimal": ","}
    )  # fmt: skip


def test_b05_what_is_left_is_said(project: Project) -> None:
    """The column of dates names no month that there is: 31.13. is in no year."""
    rows = "".join(f"31.13.2025,{n}\n" for n in range(9))
    project.write("data/sales.csv", f"day,qty\n{rows}")

    found = project.works("data", "data/sales.csv", "--json").json

    assert found["source"] == {"file": "data/sales.csv"}
    assert [one["kind"] for one in found["columns"]] == ["text", "number"]


# ---- encodings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("cp1252", "Zürich – München"),
        ("cp1251", "Хлеб и соль"),
        ("utf-16-le", "Café"),
        ("utf-16-be", "Хлеб"),
    ],
)
def test_b03_an_encoding_that_bytes_show(project: Project, encoding: str, content: str) -> None:
    rows = "".join(f"{day},{content},{n}\n" for n, day in enumerate(DAYS))
    project.write("data/sales.csv", f"day,hall,qty\n{rows}".encode(encoding))

    assert follow(project) == {"encoding": encoding}
    found = project.works("data", "data/sales.csv", "--json").json
    assert found["source"]["encoding"] == encoding
    assert found["columns"][1]["levels"] == [{"level": content, "rows": 8}]


def test_b03_an_encoding_that_is_said_in_vain_is_taken_away(project: Project) -> None:
    project.write("data/sales.csv", text().replace("north", "nörd"))
    project.define(definition({"encoding": "cp1252"}))

    (fix,) = project.mlcli("data", "--json").json["error"]["fix"]

    assert (fix["path"][-1], fix["value"]) == ("encoding", None)
    assert Path(fix["file"]).name == "pizzeria.yaml"


# ---- B3: where the table of a workbook stands --------------------------------------------------

SHEET: list[list[Any]] = [
    HEADER,
    *([day, hall, int(n), float(paid)] for day, hall, n, paid in SOUND),
]
SHEETS: dict[str, tuple[list[list[Any]], str]] = {
    "a title": ([["Report of June"], *SHEET], "A2:D"),
    "a title, an empty row": ([["Report of June"], [], *SHEET], "A3:D"),
    "pairs above": ([["Shop", "Rome"], ["From", "2026-03-01"], [], *SHEET], "A4:D"),
    "a title as wide": ([["Report", "June", 2026, "Rome"], *SHEET], "A2:D"),
    "empty rows above": ([[], [], *SHEET], "A3:D"),
    "an empty column": ([[], *([None, *row] for row in SHEET)], "B2:E"),
    "a title, an empty column": ([["June"], *([None, *row] for row in SHEET)], "B2:E"),
    "a merged title": ([["Report of June", None, None, None], *SHEET], "A2:D"),
    "a second table": ([*SHEET, [], ["item", "price"], ["tea", 2], ["cake", 4]], "A1:D9"),
    "a note beside": ([*SHEET[:4], [*SHEET[4], None, "checked"], *SHEET[5:]], "A1:D"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_b03_the_range_of_a_workbook_is_proposed(project: Project, name: str) -> None:
    rows, cells = SHEETS[name]
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if "merged" in name:
        book.active.merge_cells("A1:D1")
    book.save(project.root / "data/sales.xlsx")
    project.define(definition({"file": "data/sales.xlsx"}))

    (fix,) = project.mlcli("data", "--json").json["error"]["fix"]

    assert (fix["path"], fix["value"]) == (["sources", "sales", "range"], cells)
    project.define(definition({"file": "data/sales.xlsx", "range": cells}))
    assert sold(project) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_b03_a_range_that_is_said_is_taken(project: Project) -> None:
    book = Workbook()
    for row in [["Report of June", "hall"], *([day, hall] for day, hall, *_ in SHEET)]:
        book.active.append(row)
    book.save(project.root / "data/sales.xlsx")
    project.define(words({"file": "data/sales.xlsx", "range": "A1:B"}))

    assert "the header seems" not in project.mlcli("data").err


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_b03_a_footer_below_many_lines_is_counted_from_the_end(project: Project, end: str) -> None:
    # 500 rows, more than are looked at; an empty line and two notes stand below.
    rows = "".join(f"2026-03-01,hall,{n},1.5\n" for n in range(500))
    written = f"{','.join(HEADER)}\n{rows}\nPage 1\nby Anna\n"
    (project.root / "data/sales.csv").write_bytes(written.replace("\n", end).encode())
    project.define(definition({}))

    assert follow(project) == {"skip_footer": 2}
