"""The same pizzeria from every kind of file that a team exports: the same model to the last digit."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from support import Project

from mlcli.cli.process import main
from mlcli.exports import reading

Rows = list[list[str]]
DATA = 3
WRONGLY = 2

DEFINITION = (ROOT / "configs/pizzeria.yaml").read_text(encoding="utf-8")


def table(name: str) -> Rows:
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


BOOKINGS, TILL = table("reservations"), table("orders")


def text(rows: Rows, *, mark: str = ",", end: str = "\r\n") -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=mark, lineterminator=end).writerows(rows)
    return made.getvalue()


def defined(**said: str) -> str:
    """Return the definition, with what its sources say more: `till` and `bookings`."""
    made = DEFINITION
    for source, file in (("reservations", "data/reservations.csv"), ("orders", "data/orders.csv")):
        old = f"    file: {file}\n"
        assert made.count(old) == 1
        made = made.replace(old, said.get(source, old))
    return made


def figures(project: Project) -> dict[str, Any]:
    """Return all that is stored of a fit: metrics, equation, held-out rows, every count of rows.

    Left out is what says only which files and which text it was made from.
    """
    project.works("fit", "--json")
    (version,) = (p for p in (project.root / "models/pizzeria").iterdir() if p.is_dir())
    found: dict[str, Any] = {
        name: json.loads((version / f"{name}.json").read_text())
        for name in ("manifest", "equation", "holdout")
    }
    made_from = found["manifest"].pop("digests")
    for key in ("definition", "digest", "notations"):
        found["manifest"].pop(key, None)
    for source in found["manifest"]["ledger"]["sources"]:
        for key in ("file", "files"):
            source.pop(key, None)
    shutil.rmtree(project.root / "models")
    found["digests"] = made_from["data"]
    return found


def same(project: Project, expected: dict[str, Any]) -> dict[str, str]:
    """Fit, compare everything, and return the digests of what was read."""
    found = figures(project)
    digests: dict[str, str] = found.pop("digests")
    assert found == {key: value for key, value in expected.items() if key != "digests"}
    return digests


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fitted(folder: Path, bookings: Rows, till: Rows) -> dict[str, Any]:
    """Return what is learned from two plain files."""
    before = Path.cwd()
    for name in ("configs", "data"):
        (folder / name).mkdir()
    (folder / "configs/pizzeria.yaml").write_text(DEFINITION, encoding="utf-8")
    (folder / "data/reservations.csv").write_text(text(bookings), newline="", encoding="utf-8")
    (folder / "data/orders.csv").write_text(text(till), newline="", encoding="utf-8")
    os.chdir(folder)
    try:
        with redirect_stdout(io.StringIO()):
            return figures(Ran(folder))
    finally:
        os.chdir(before)


class Ran:
    """A project outside of a test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def works(self, *argv: str) -> None:
        assert main(list(argv)) == 0


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is learned from the two plain CSV files."""
    return fitted(tmp_path_factory.mktemp("plain"), BOOKINGS, TILL)


def put(project: Project, *, bookings: str | bytes = "", till: str | bytes = "") -> None:
    """Write the exports under their names; what is not given is as it is."""
    project.write("data/reservations.csv", bookings or text(BOOKINGS))
    project.write("data/orders.csv", till or text(TILL))


def orders(more: str, file: str = "data/orders.csv") -> str:
    """Return the definition whose till export is described by more lines."""
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    return defined(orders=f"    file: {file}\n{lines}")


def test_the_sample_is_learned_from(plain: dict[str, Any]) -> None:
    """So that the same means something."""
    assert plain["manifest"]["equation"] == "doughs = 39.11 + 0.6408 × reservations"
    assert [s["rows"] for s in plain["manifest"]["ledger"]["sources"]] == [11419, 20983]


# ---- letters -----------------------------------------------------------------------------------

# Words that only their own encoding can tell: nothing is learned of them, all of them are read.
FRENCH = [[*row[:2], "n° é€œ" if i else "table_num", row[3]] for i, row in enumerate(TILL)]


@pytest.mark.parametrize(
    ("encoding", "end"),
    [("cp1252", "\n"), ("iso8859-15", "\r\n"), ("utf-16-le", "\r"), ("utf-16-be", "\n")],
)
def test_an_encoding_that_is_said(
    project: Project, plain: dict[str, Any], encoding: str, end: str
) -> None:
    project.define(orders(f"encoding: {encoding}"))
    put(project, till=text(FRENCH, end="\r\n").replace("\r\n", end).encode(encoding))

    digests = same(project, plain)

    assert digests == {
        name: sha256(project.root / name) for name in ("data/reservations.csv", "data/orders.csv")
    }


@pytest.mark.parametrize(
    "kept",
    [
        codecs.BOM_UTF8 + text(FRENCH).encode(),
        codecs.BOM_UTF16_LE + text(FRENCH).encode("utf-16-le"),
        codecs.BOM_UTF16_BE + text(FRENCH).encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-16-le", "utf-16-be"],
)
def test_a_byte_order_mark_says_the_encoding(
    project: Project, plain: dict[str, Any], kept: bytes
) -> None:
    project.define(DEFINITION)
    put(project, till=kept)

    assert same(project, plain)["data/orders.csv"] == hashlib.sha256(kept).hexdigest()


def test_another_encoding_is_named_with_line_byte_and_what_to_say(project: Project) -> None:
    project.define(DEFINITION)
    put(project, till=text(FRENCH).encode("cp1252"))

    said = project.fails(DATA, "fit")

    assert said.startswith(
        "error: data/orders.csv:2: byte 10 of the line (0xb0) is not UTF-8 text\n"
        "hint: save the export as CSV UTF-8, or say in its source  "
        "encoding: cp1252  if 'é€œ' is right,  encoding: cp1250  if 'é€ś' is right\n"
    )


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("cp1525", "did you mean 'cp1252' or"),
        ("rot13", "such as cp1252,"),
        ("base64", "such as cp1252,"),
        ("idna", "such as cp1252,"),
        ("undefined", "such as cp1252,"),
        ("unicode_escape", "such as cp1252,"),
        ("utf-61", "did you mean 'utf-16'"),
    ],
)
def test_an_encoding_that_there_is_not_is_asked_wrongly(
    project: Project, name: str, near: str
) -> None:
    project.define(orders(f"encoding: {name}"))
    put(project)

    said = project.fails(WRONGLY, "fit")

    assert f"there is no encoding '{name}'" in said
    assert f"hint: {near}" in said


# ---- gzip --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["data/orders.csv.gz", "data/ORDERS.CSV.GZ"])
def test_a_packed_file(project: Project, plain: dict[str, Any], name: str) -> None:
    project.define(orders("", name))
    put(project)
    packed = gzip.compress(text(TILL).encode())
    project.write(name, packed)

    assert same(project, plain)[name] == hashlib.sha256(packed).hexdigest()


def test_a_packed_file_of_another_encoding_in_several_parts(
    project: Project, plain: dict[str, Any]
) -> None:
    project.define(orders("", "data/orders.csv.gz"))
    put(project)
    whole = codecs.BOM_UTF16_LE + text(FRENCH).encode("utf-16-le")
    project.write(
        "data/orders.csv.gz", gzip.compress(whole[:100_001]) + gzip.compress(whole[100_001:])
    )

    same(project, plain)


# ---- cells -------------------------------------------------------------------------------------


def of_thousands(rows: Rows, written: Callable[[int], str]) -> Rows:
    """Return the till's rows, of which each quantity is a thousand times as large."""
    return [rows[0], *([row[0], written(int(row[1]) * 1000), *row[2:]] for row in rows[1:])]


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return fitted(tmp_path_factory.mktemp("thousands"), BOOKINGS, of_thousands(TILL, str))


@pytest.mark.parametrize(
    ("said", "written", "mark"),
    [
        ('delimiter: ";"\ndecimal: ","\nthousands: "."', lambda n: f"{n // 1000}.000,00", ";"),
        ('decimal: ","\nthousands: "."', lambda n: f"{n // 1000}.000,00", ";"),
        ('decimal: ","\nunit: €', lambda n: f"{n},0 €", ";"),
        ('decimal: ","\nthousands: " "\nunit: [kg, €]', lambda n: f"€{n // 1000} 000,000", "\t"),
        ('thousands: " "', lambda n: f"{n // 1000}\u202f000", "|"),
        ('thousands: " "', lambda n: f"{n // 1000}\u00a0000", ","),
        ('thousands: ","\nunit: ["%", CHF]', lambda n: f"CHF {n // 1000},000.00", ","),
        ('thousands: "\'"', lambda n: f"{n // 1000}'000", ","),
    ],
    ids=["semicolon", "found", "sign behind", "sign before", "narrow", "fixed", "comma", "swiss"],
)
def test_numbers_as_they_are_written_elsewhere(
    project: Project,
    thousands: dict[str, Any],
    said: str,
    written: Callable[[int], str],
    mark: str,
) -> None:
    project.define(orders(said))
    put(project, till=text(of_thousands(TILL, written), mark=mark))

    same(project, thousands)


def test_numbers_of_elsewhere_are_refused_where_nothing_is_said(project: Project) -> None:
    project.define(DEFINITION)
    put(project, till=text(of_thousands(TILL, lambda n: f"{n // 1000}.000,00"), mark=";"))

    said = project.fails(DATA, "fit")

    assert said.startswith("error: data/orders.csv:2: column 'quantity' (the 2nd): '2.000,00'")


@pytest.mark.parametrize(
    "form",
    ["%d.%m.%Y %H:%M", "%d.%m.%y %H:%M", "%m/%d/%Y %I:%M %p", "%d %B %Y %H:%M", "%Y%m%d %H%M"],
)
def test_dates_as_they_are_written_elsewhere(
    project: Project, plain: dict[str, Any], form: str
) -> None:
    rows = [BOOKINGS[0]]
    rows += [[*r[:2], datetime.fromisoformat(r[2]).strftime(form)] for r in BOOKINGS[1:]]
    told = f'    file: data/reservations.csv\n    dates: {{format: "{form}"}}\n'
    project.define(defined(reservations=told))
    put(project, bookings=text(rows))

    same(project, plain)


def test_dates_of_both_forms_in_one_file(project: Project, plain: dict[str, Any]) -> None:
    rows = [BOOKINGS[0]]
    for at, row in enumerate(BOOKINGS[1:]):
        when = datetime.fromisoformat(row[2])
        rows.append([*row[:2], row[2] if at % 3 else f"{when:%d.%m.%Y %H:%M}"])
    told = '    file: data/reservations.csv\n    dates: {format: "%d.%m.%Y %H:%M"}\n'
    project.define(defined(reservations=told))
    put(project, bookings=text(rows))

    same(project, plain)


# ---- lines above, below, and no header ---------------------------------------------------------

ABOVE = 'Till 3;of "Da Gino"\r\n\r\nprinted, 2024-01-16\r\n'
BELOW = 'Total;20983;"all\r\nnight"\r\n"end of export"\r\n'


def test_lines_above_the_header_and_below_the_rows(project: Project, plain: dict[str, Any]) -> None:
    project.define(orders("skip_rows: 3\nskip_footer: 3"))
    put(project, till=ABOVE + text(TILL) + BELOW + "\r\n\r\n")

    assert same(project, plain)["data/orders.csv"] == sha256(project.root / "data/orders.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_without_a_header(project: Project, plain: dict[str, Any], end: str) -> None:
    project.define(orders("columns: [item_name, quantity, table_num, ordered_at]"))
    put(project, till=text(TILL[1:]).replace("\r\n", end))

    same(project, plain)


def test_everything_at_once(project: Project, thousands: dict[str, Any]) -> None:
    """What a till of another country writes."""
    rows = of_thousands(TILL, lambda n: f"{n // 1000}.000,0 €")[1:]
    rows = [[*r[:2], "-", f"{datetime.fromisoformat(r[3]):%d.%m.%Y %H:%M:%S}"] for r in rows]
    said = """\
encoding: cp1252
delimiter: ";"
skip_rows: 3
skip_footer: 3
columns: [item_name, quantity, table_num, ordered_at]
decimal: ","
thousands: "."
unit: €
dates: {format: "%d.%m.%Y %H:%M:%S"}
missing: "-"
"""
    project.define(orders(said, "data/orders.csv.gz"))
    put(project)
    whole = ABOVE + text(rows, mark=";") + BELOW
    project.write("data/orders.csv.gz", gzip.compress(whole.encode("cp1252")))

    same(project, thousands)


# ---- several files -----------------------------------------------------------------------------


def by_month(rows: Rows) -> dict[str, Rows]:
    months: dict[str, Rows] = {}
    for row in rows[1:]:
        months.setdefault(row[3][:7], [rows[0]]).append(row)
    return months


@pytest.fixture
def monthly(project: Project) -> Project:
    """The till's export in a file a month, of different line ends and delimiters."""
    put(project)
    (project.root / "data/orders.csv").unlink()
    for at, (month, rows) in enumerate(sorted(by_month(TILL).items())):
        made = text(rows, mark=",;\t|"[at % 4], end=["\n", "\r\n"][at % 2])
        name = f"data/till/till-{month}.{['csv', 'CSV', 'tsv', 'txt'][at % 4]}"
        project.write(name, made.removesuffix("\n").removesuffix("\r") if at % 3 else made)
    return project


def test_a_folder_of_monthly_files(monthly: Project, plain: dict[str, Any]) -> None:
    monthly.write("data/till/.till-2022.csv", "nothing of ours")
    monthly.write("data/till/README.md", "nothing of ours")
    monthly.write("data/till/older.csv/till-2022.csv", "a folder inside, called as a file")
    monthly.define(orders("", "data/till"))

    digests = same(monthly, plain)

    names = [p for p in (monthly.root / "data/till").iterdir() if p.name.startswith("till-")]
    assert len(names) == 12
    assert digests == {
        "data/reservations.csv": sha256(monthly.root / "data/reservations.csv"),
        **{f"data/till/{p.name}": sha256(p) for p in names},
    }


@pytest.mark.parametrize(
    "pattern", ["data/till/till-*", "data/*/till-20[0-9][0-9]-??.*", "**/till-*"]
)
def test_a_pattern(monthly: Project, plain: dict[str, Any], pattern: str) -> None:
    monthly.write("data/till/till-folder/x.csv", "a folder that fits is no file")
    monthly.define(orders("", f'"{pattern}"'))

    same(monthly, plain)


def test_a_pattern_from_the_root_of_the_disk(monthly: Project, plain: dict[str, Any]) -> None:
    monthly.define(orders("", f'"{monthly.root}/data/till/till-*"'))

    same(monthly, plain)


def test_a_list_of_a_file_a_pattern_and_a_folder(monthly: Project, plain: dict[str, Any]) -> None:
    root = monthly.root / "data"
    (root / "late").mkdir()
    for path in (root / "till").glob("till-2023-1*"):
        path.rename(root / "late" / path.name)
    (root / "till/till-2023-01.csv").rename(root / "first.csv")
    monthly.define(orders("", '[data/first.csv, "data/till/*", data/late]'))

    same(monthly, plain)


def test_a_month_without_rows_is_nothing_to_complain_about(
    monthly: Project, plain: dict[str, Any]
) -> None:
    monthly.write("data/till/till-2024-02.csv", ",".join(TILL[0]) + "\n")
    monthly.define(orders("", "data/till"))

    same(monthly, plain)


def test_a_fault_in_a_later_file_is_named_there(monthly: Project) -> None:
    monthly.define(orders("", "data/till"))
    path = monthly.root / "data/till/till-2023-03.tsv"
    lines = path.read_text().splitlines()
    item, quantity, *rest = lines[6].split("\t")

    for cell, what in ((f"{quantity} pcs", "is not a number"), ("1\t", "cells")):
        lines[6] = "\t".join([item, cell, *rest])
        path.write_text("\n".join(lines) + "\n")
        said = monthly.fails(DATA, "fit")

        assert said.startswith("error: data/till/till-2023-03.tsv:7: ")
        assert what in said


def test_a_pattern_that_one_file_fits_names_that_file(project: Project) -> None:
    """The pattern itself would not say which file to mend."""
    project.define(orders("", '"data/ord*"'))
    put(project, till=text([*TILL[:9], ["pizza", "two", "1", "2023-01-01 17:00:00"]]))

    assert project.fails(DATA, "fit").startswith("error: data/orders.csv:10: column 'quantity'")


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("item_name,quantity,table_num", "has no column 'ordered_at'"),
        ("item_name,quantity,table_num,ordered_at,tip", "has a column 'tip'"),
        ("quantity,item_name,table_num,ordered_at", "has its columns in another order"),
    ],
)
def test_files_of_other_columns_are_no_part_of_the_export(
    monthly: Project, header: str, what: str
) -> None:
    monthly.define(orders("", "data/till"))
    monthly.write("data/till/till-2023-02.CSV", header + "\n")

    said = monthly.fails(DATA, "fit")

    assert said.startswith(
        f"error: data/till/till-2023-02.CSV:1: this file {what}, unlike data/till/till-2023-01.csv"
    )


# ---- rows of several files in messages ---------------------------------------------------------

NIGHTS = """\
sources:
  nights: {file: [data/first.csv, data/second.csv]}
features: [guests]
label: doughs
model: linear_regression
holdout: none
"""


def test_rows_left_out_are_named_by_file_and_line(project: Project) -> None:
    project.define(NIGHTS)
    project.write("data/first.csv", "guests,doughs\n1,11\n2,\n3,33\n4,41\n")
    project.write("data/second.csv", "guests,doughs\n5,52\n6,61\n,70\n8,\n")
    (made,) = project.works("fit", "--json").json["fitted"]

    assert made["ledger"]["examples"] == {
        "doughs not known yet": ["data/first.csv:3", "data/second.csv:5"],
        "guests is missing": ["data/second.csv:4"],
    }


def test_a_list_that_is_none_in_the_second_file_is_named_there(project: Project) -> None:
    project.define(NIGHTS.replace("[guests]", "[{name: guests, kind: tags}]"))
    project.write("data/first.csv", "guests,doughs\n[],11\na,12\n")
    project.write("data/second.csv", 'guests,doughs\nb,52\n"[""a",61\n')

    assert project.fails(DATA, "fit").startswith("error: data/second.csv:3: guests: ")


def test_offsets_that_differ_between_files_say_so(project: Project) -> None:
    project.define(NIGHTS.replace("features", "date: day\nfeatures"))
    project.write("data/first.csv", "day,guests,doughs\n2023-05-01T19:00+02:00,1,11\n")
    project.write("data/second.csv", "day,guests,doughs\n2023-11-01T19:00+01:00,1,11\n")

    said = " ".join(project.fails(DATA, "fit").split())

    assert said.startswith("error: data/second.csv:2: column 'day' (the 1st): ")
    assert "has another offset from UTC than line 2 of another file" in said


# ---- standard input ----------------------------------------------------------------------------


def sent(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(reading, "_read_in", [])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input(
    project: Project, plain: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.define(orders("", "'-'"))
    put(project)
    sent(monkeypatch, text(TILL).encode())

    digests = same(project, plain)

    assert digests["standard input"] == hashlib.sha256(text(TILL).encode()).hexdigest()


def test_a_fault_in_standard_input_is_named_with_its_line(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.define(orders("", "'-'"))
    put(project)
    for content, said in (
        (b"item_name,quantity,ordered_at\npizza,x,2023-01-01\n", ":2: column 'quantity'"),
        (b"item_name,quantity,ordered_at\npizza,1\n", ":2: the line has 2 cells"),
        (b"", ": the file is empty"),
    ):
        sent(monkeypatch, content)

        assert project.fails(DATA, "fit").startswith(f"error: standard input{said}")


def test_a_terminal_is_no_export(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    project.define(orders("", "'-'"))
    put(project)
    monkeypatch.setattr(reading, "_read_in", [])
    for stdin in (Terminal(io.BytesIO()), None):
        monkeypatch.setattr(sys, "stdin", stdin)

        said = project.fails(WRONGLY, "fit")

        assert said.startswith("error: file: -  reads standard input, and nothing is sent to it\n")
        assert "mlcli fit < EXPORT.csv" in said


def test_the_whole_program_reads_a_pipe_and_leaves_nothing_behind(
    project: Project, plain: dict[str, Any], tmp_path: Path
) -> None:
    project.define(orders("", "'-'"))
    put(project)
    kept = tmp_path / "temporary"
    kept.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "mlcli", "fit", "--json"],
        input=text(TILL).encode(),
        env={**os.environ, "TMPDIR": str(kept)},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    (made,) = json.loads(done.stdout)["fitted"]
    assert made["metrics"] == plain["manifest"]["metrics"]
    assert list(kept.iterdir()) == []


# ---- no such file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("data/none-*.csv", DATA, "data/none-*.csv: no file fits this pattern"),
        ("data/**.csv", DATA, "data/**.csv: this is no pattern"),
        ("data/none", DATA, "data/none: there is no such file"),
        ("configs", DATA, "configs: there is no CSV file in this folder"),
        (
            "[data/orders.csv, ./data/orders.csv]",
            DATA,
            "./data/orders.csv: this file is named twice",
        ),
        ("[data/orders.csv, data]", DATA, "data/orders.csv: this file is named twice"),
        (f"data/{'x' * 300}.csv", 5, "the file cannot be read: File name too long"),
        ("data/circle.csv", 5, "data/circle.csv: the file cannot be read: Too many levels"),
        ("data/pipe.csv", DATA, "data/pipe.csv: this is no regular file"),
    ],
)
def test_what_is_no_file_is_named_as_it_stands_in_the_definition(
    project: Project, name: str, code: int, said: str
) -> None:
    project.define(orders("", name if name.startswith("[") else f'"{name}"'))
    put(project)
    (project.root / "data/circle.csv").symlink_to("circle.csv")
    os.mkfifo(project.root / "data/pipe.csv")

    found = " ".join(project.fails(code, "fit").split())

    assert said in found


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("columns: [a, b, a, c]", "columns 1 and 3 are both called 'a'"),
        ("columns: [a, ' ', c, d]", "column 2 has no name"),
        ("unit: '5'", "'5' beside a number could be part of it"),
        ("unit: ['€', '-']", "'-' beside a number could be part of it"),
        ('unit: "1.000"', "'1.000' beside a number could be part of it"),
    ],
)
def test_options_that_would_read_something_else_are_asked_wrongly(
    project: Project, more: str, said: str
) -> None:
    project.define(orders(more))
    put(project)

    assert said in project.fails(WRONGLY, "fit")
