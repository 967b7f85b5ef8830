"""The engine duckdb on the command line: the same models, its own troubles."""

from __future__ import annotations

import builtins
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import ELEVEN_DAYS, PIZZERIA, Project, exports

from mlcli.exports import memory
from mlcli.exports.duckdb.engine import DuckEngine
from mlcli.tables.rules_over_chunks import Passage


def contents(project: Project, *options: str) -> dict[str, str]:
    fitted = json.loads(project.works("fit", *options, "--json").out)["fitted"]
    return {one["model"]: one["content"] for one in fitted}


@pytest.fixture
def only_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine pandas read nothing in its place."""

    def never(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("mlcli.exports.query.by_chunks", never)


@pytest.mark.parametrize("name", ["pizzeria", "gamedrop"])
def test_both_systems_learn_the_same_on_both_engines(
    name: str, only_duckdb: None, request: pytest.FixtureRequest
) -> None:
    project: Project = request.getfixturevalue(name)

    on_pandas = contents(project, name, "--engine", "pandas")
    on_duckdb = contents(project, name, "--engine", "duckdb")

    assert on_pandas == on_duckdb


EVERY_RULE = """\
sources:
  orders:
    file: data/orders.csv
    rules:
      - rename: {item_name: item}
      - drop_duplicates: {}
      - drop_missing: {of: [item, quantity]}
      - keep: {item: [pizza, cola]}
      - drop: {table_num: 3}
      - between: {quantity: 0 or more}
      - fill_missing: {table_num: 0}
      - bands: {of: table_num, as: where, inside: under 5, terrace: 5 or more}
      - derive: {root: sqrt of quantity, on: weekday of ordered_at}
      - drop_weekdays: {of: ordered_at, days: Monday}
      - drop_dates: {of: ordered_at, dates: 2023-06-10}
      - keep: {where: [inside, terrace]}
      - mean: {of: root, per: day of ordered_at, as: each}
  totals:
    file: data/orders.csv
    rules:
      - split_list: {of: item_name, as: items}
      - keep: {items: '["pizza"]'}
      - sum: {of: quantity, per: day of ordered_at, as: doughs}
  reservations:
    file: data/reservations.csv
    rules:
      - as_of: {time: 15:00, made: booked_at, of: datetime}
      - count: {per: day of datetime, as: reservations}
      - every: {day: day, fill: {reservations: 0}}
  opening:
    file: data/opening.csv
    rules:
      - combine: {at: [Date, Time]}
      - count: {per: day of at, as: opened}
join: day
features: [reservations, each, opened]
label: doughs
model: random_forest
holdout: none
"""


def test_a_definition_with_every_rule_learns_the_same(
    eleven_days: Project, only_duckdb: None
) -> None:
    from mlcli.definition.rules.registry import Step

    assert all(f"{name}:" in EVERY_RULE for name in Step.model_fields)
    eleven_days.define(EVERY_RULE)
    first, *bookings = exports(ELEVEN_DAYS)[0].splitlines()
    booked = [f"{one},{one.split(',')[2][:10]} {8 + n % 8:02}:00" for n, one in enumerate(bookings)]
    lines = "\n".join([f"{first},booked_at", *booked])
    eleven_days.write("data/reservations.csv", f"{lines}\n")
    opened = [f"{day},{time}" for day, *_ in ELEVEN_DAYS for time in ("11:30", "17:00")]
    eleven_days.write("data/opening.csv", "\n".join(["Date,Time", *opened]) + "\n")

    assert contents(eleven_days, "--engine", "duckdb") == contents(eleven_days)


def test_parquet_files_learn_the_same(eleven_days: Project, only_duckdb: None) -> None:
    from pyarrow import csv, parquet

    on_csv = contents(eleven_days)
    for name in ("orders", "reservations"):
        table = csv.read_csv(eleven_days.root / f"data/{name}.csv")
        parquet.write_table(table, eleven_days.root / f"data/{name}.parquet")
    eleven_days.define(PIZZERIA.replace(".csv", ".parquet"))

    assert contents(eleven_days, "--engine", "duckdb") == on_csv == contents(eleven_days)


def test_other_rows_have_another_content(eleven_days: Project) -> None:
    before = contents(eleven_days)
    bookings, till = exports(ELEVEN_DAYS)
    eleven_days.write("data/orders.csv", till + "pizza,1,1,2023-06-08 20:00:00\n")
    eleven_days.write("data/reservations.csv", bookings)

    assert contents(eleven_days) != before


TAKINGS = """
sources:
  sales: {file: data/till.csv, rules: [{count: {per: day of at, as: sales}}]}
  takings: {file: data/till.csv, rules: [{sum: {of: price, per: day of at, as: takings}}]}
join: day
features: [sales]
label: takings
model: linear_regression
holdout: none
"""


def till(late: str) -> str:
    """Return the lines of a till, of which one that is far down is given."""
    lines = [f"{n % 7}.{n % 10}5,cola,2024-01-{1 + n % 28:02} 12:00:00" for n in range(1_500)]
    return "\n".join(["price,item,at", *lines, late, *lines]) + "\n"


@pytest.mark.parametrize("late", ["9.5,cola_zero", "+2e1,cola"])
def test_numbers_are_read_by_duckdb_itself_or_anew_by_the_text_of_their_cells(
    project: Project, only_duckdb: None, late: str
) -> None:
    project.write("data/till.csv", till(f"{late},2024-01-05 12:00:00"))
    project.define(TAKINGS, name="till")

    assert contents(project, "--engine", "duckdb") == contents(project)


@pytest.mark.parametrize("late", ["1_000", "+-1", "nan", "1e400", "9.5 EUR"])
def test_no_number_is_taken_that_duckdb_alone_reads(project: Project, late: str) -> None:
    project.write("data/till.csv", till(f"{late},cola,2024-01-05 12:00:00"))
    project.define(TAKINGS, name="till")

    told = project.fails(3, "fit", "--engine", "duckdb")

    assert told == project.fails(3, "fit")
    assert "data/till.csv:1502" in told
    assert late in told


def test_names_of_files_and_of_the_definition_are_no_content(eleven_days: Project) -> None:
    before = contents(eleven_days)["pizzeria"]
    (eleven_days.root / "data/orders.csv").rename(eleven_days.root / "data/till.csv")
    eleven_days.define(
        PIZZERIA.replace("data/orders.csv", "data/till.csv") + "# more\n", name="other"
    )

    assert contents(eleven_days, "other")["other"] == before


def test_the_model_keeps_the_engine_and_asks_it_again(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    eleven_days.works("fit", "--engine", "duckdb")
    asked: list[str] = []
    through = DuckEngine.through

    def watched(self: DuckEngine, passage: Passage) -> Any:
        asked.append(passage.opened.name)
        return through(self, passage)

    monkeypatch.setattr(DuckEngine, "through", watched)

    shown = eleven_days.works("predict", "--date", ELEVEN_DAYS[0][0])

    assert shown.out
    assert asked == ["data/reservations.csv", "data/orders.csv"]


def test_a_fit_of_the_same_makes_no_version(eleven_days: Project) -> None:
    first = json.loads(eleven_days.works("fit", "--engine", "duckdb", "--json").out)["fitted"][0]
    again = json.loads(eleven_days.works("fit", "--engine", "duckdb", "--json").out)["fitted"][0]

    assert (first["new"], again["new"]) == (True, False)


def test_a_note_says_why_pandas_read_a_file_after_all(eleven_days: Project) -> None:
    path = eleven_days.root / "data/orders.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    shown = eleven_days.works("fit", "--engine", "duckdb")

    assert "data/orders.csv" in shown.err
    assert "the engine pandas read it: it is not written regularly" in shown.err


def test_an_engine_that_cannot_is_refused_as_an_option_too(eleven_days: Project) -> None:
    eleven_days.define(PIZZERIA.replace("data/orders.csv", "data/orders.xlsx"))

    shown = eleven_days.fails(2, "fit", "--engine", "duckdb")

    can = "CSV files and Parquet files"
    assert f"the engine duckdb reads {can}, and source 'orders' is none of them" in shown
    assert "take  --engine pandas" in shown
    assert "spark" in eleven_days.fails(2, "fit", "--engine", "spark")


def test_without_the_package_the_extra_is_named(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def lacking(name: str, *rest: Any, **more: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", lacking)

    shown = eleven_days.fails(5, "fit", "--engine", "duckdb")

    assert "pip install 'mlcli[duckdb]'" in shown


def many(project: Project, rows: int) -> None:
    """Write a till of so many different items that their sums take memory."""
    with (project.root / "data/orders.csv").open("w", encoding="utf-8") as file:
        file.write("item,quantity\n")
        file.writelines(f"item number {n} of a long list of items,{n % 7}\n" for n in range(rows))
    project.define(
        """\
sources:
  orders:
    file: data/orders.csv
    rules:
      - sum: {of: quantity, per: item, as: doughs}
      - derive: {root: sqrt of doughs}
      - between: {doughs: 5 or more}
features: [root]
label: doughs
model: ridge
engine: {name: duckdb, memory: 100MB, spill: spilled}
"""
    )


def test_too_little_memory_is_the_environment(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    many(eleven_days, 100)

    def full(*_: Any) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate")

    asked = SimpleNamespace(to_native=lambda: SimpleNamespace(fetchnumpy=full))
    monkeypatch.setattr("mlcli.exports.query.Gathering._asked", lambda *_: asked)

    shown = eleven_days.fails(5, "fit")

    assert "needs more memory" in shown
    assert "memory: 8GB" in shown


def test_what_was_spilled_is_removed(eleven_days: Project) -> None:
    many(eleven_days, 1_000)

    eleven_days.works("fit")

    assert list((eleven_days.root / "spilled").iterdir()) == []


def test_a_spill_folder_that_cannot_be_is_the_environment(eleven_days: Project) -> None:
    many(eleven_days, 10)
    eleven_days.write("spilled", "this is a file")

    shown = eleven_days.fails(5, "fit")

    assert "the spill folder cannot be written" in shown


def test_ctrl_c_stops_the_query(eleven_days: Project) -> None:
    many(eleven_days, 3_000_000)
    started = subprocess.Popen(
        [sys.executable, "-m", "mlcli", "fit"],
        cwd=eleven_days.root,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    spilled = eleven_days.root / "spilled"
    while not (spilled.exists() and any(spilled.iterdir())):
        assert started.poll() is None
        time.sleep(0.01)
    time.sleep(0.3)
    began = time.monotonic()
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)

    assert started.returncode == 130, said
    assert "interrupted; nothing was saved" in said
    assert time.monotonic() - began < 20
    assert list(spilled.iterdir()) == []


def test_nothing_is_said_on_stderr_nor_by_the_binding_at_the_end(eleven_days: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mlcli", "fit", "--engine", "duckdb", "--json"],
        cwd=eleven_days.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == ""


def test_the_engine_reads_no_other_file(tmp_path: Path) -> None:
    import duckdb

    from mlcli.exports.duckdb.connection import connected

    mine, other = tmp_path / "a.csv", tmp_path / "b.csv"
    mine.write_text("x\n1\n", encoding="utf-8")
    other.write_text("x\n1\n", encoding="utf-8")

    with connected([mine], most=None, spill=None) as connection:
        assert connection.sql(f"SELECT count(*) FROM read_csv('{mine}')").fetchall() == [(1,)]
        for attempt in (
            f"SELECT * FROM read_csv('{other}')",
            "SET memory_limit = '9GB'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            f"COPY (SELECT 1) TO '{other}'",
        ):
            with pytest.raises(duckdb.Error):
                connection.sql(attempt)


def test_what_will_not_fit_is_not_begun(
    eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    eleven_days.write("data/nights.csv", "day,guests,doughs\n" + "2023-06-08,1,2\n" * 100_000)
    eleven_days.define(
        "sources:\n  nights: {file: data/nights.csv}\nfeatures: [guests]\n"
        "label: doughs\nmodel: ridge\n"
    )
    monkeypatch.setattr(memory, "free", lambda: 3_000_000)

    shown = eleven_days.fails(5, "fit")

    assert "its rows would take about 4 MB of memory, and 3 MB are free" in shown
    assert "gather rows first, with  count  or  sum" in shown


@pytest.mark.parametrize(("free", "fits"), [(40_000, False), (400_000, True)])
def test_rows_that_a_rule_leaves_are_weighed_as_they_come(
    free: int, fits: bool, eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"2023-06-08,{n % 50},{n % 49}\n" for n in range(100_000))
    eleven_days.write("data/nights.csv", f"day,guests,doughs\n{lines}")
    eleven_days.define(
        "sources:\n  nights: {file: data/nights.csv, rules: [keep: {guests: [3, 4]}]}\n"
        "features: [guests]\nlabel: doughs\nmodel: ridge\n"
    )
    monkeypatch.setattr(memory, "free", lambda: free)

    if fits:
        eleven_days.works("fit")
    else:
        shown = eleven_days.fails(5, "fit")
        assert "its rows take more than " in shown
        assert "40 kB are free" in shown


@pytest.mark.parametrize("rules", ["", "      - drop_duplicates: {}\n"])
def test_what_is_gathered_fits_unless_a_rule_needs_the_whole_table(
    rules: str, eleven_days: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = "    rules:\n"
    eleven_days.define(PIZZERIA.replace(begins, begins + rules))
    monkeypatch.setattr(memory, "free", lambda: 200)

    if rules:
        assert "write  engine: duckdb" in eleven_days.fails(5, "fit")
        assert "there is nothing to learn" in eleven_days.fails(3, "fit", "--engine", "duckdb")
    else:
        eleven_days.works("fit")


def test_how_much_memory_there_is_is_known_here() -> None:
    there, free = memory.installed(), memory.free()

    assert there is None or there > 1 << 27
    assert free is None or there is None or 0 < free <= there
