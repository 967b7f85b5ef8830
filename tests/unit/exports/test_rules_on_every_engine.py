"""Every rule on every engine: the golden tables, edges, doubts, and the words of errors."""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import pytest
from tables import Golden, columns, plain, rule
from unit.definition.rules.test_every_rule import goldens

from mlcli.definition.rules.aggregate import Count
from mlcli.definition.rules.base import LINE, Doubt, Rule, below
from mlcli.definition.rules.registry import Step
from mlcli.errors import LINES_A_FILE, DataError
from mlcli.exports import query
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import slow
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.connection import frame
from mlcli.exports.duckdb.engine import DuckEngine
from mlcli.exports.parquet import ParquetSource
from mlcli.grammar.cells import CellError, Kind
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.store.ledger import SourceCount
from mlcli.tables.rules_over_chunks import Passage, Through, by_chunks

if TYPE_CHECKING:
    from mlcli.definition.rules.base import AnyFrame, Frame

Took = tuple[dict[str, list[Any]], list[int], list[tuple[str, int, int]], int]


def written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return str(value)
        case float() if value.is_integer() and str(value) != "-0.0":
            return f"{value:.0f}"  # as tills do: DuckDB takes numbers for whole ones first
        case float():
            return repr(value)
        case _:
            return str(value)


def export(path: Path, made: Mapping[str, tuple[list[Any], Any]]) -> Path:
    """Write columns as a CSV file, with one more so that no line is blank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*made, "more"])
        for row in zip(*(values for values, _ in made.values()), strict=True):
            out.writerow([*map(written, row), "."])
    return path


def take(
    through: Through,
    path: Path,
    rules: Sequence[Rule],
    wanted: Mapping[str, Kind],
    *,
    notation: Notation = PLAIN,
    timezone: str | None = None,
    **how: Any,
) -> Took:
    """Take a file through rules; return the table, its lines, and what was counted."""
    files = [(path, path.name), *((other, other.name) for other in how.pop("others", ()))]
    source = (
        ParquetSource(path, name=path.name, notation=notation, timezone=timezone, **how)
        if path.suffix == ".parquet"
        else CsvSource(files, notation=notation, timezone=timezone, **how)
    )
    account = SourceCount("till", path.name)
    chunks = through(Passage(source, rules, wanted, account, None))
    whole: Frame = below(list(chunks))
    lines = whole[LINE].to_list() if LINE in whole.columns else []
    return (
        dict(sorted(plain(whole).items())),
        lines,
        [(c.rule, c.rows_in, c.rows_out) for c in account.rules],
        account.rows,
    )


class EachRow(Count):
    """Gather rows by all of their cells: so one query shows the whole table of an engine."""

    told: dict[str, Kind]

    def needs(self) -> dict[str, Kind]:
        """Return nothing: what the other rules leave is told."""
        return {}

    def doubts(self) -> Sequence[Doubt]:
        """Return none: cells may be missing."""
        return ()

    def keyed(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with all cells of a row as one text."""
        cells = [nw.col(c).cast(nw.String).fill_null(MISSING) for c in self.told]
        ones = nw.lit(1.0).alias(*self.state().values())
        return frame.with_columns(
            nw.concat_str(nw.lit(""), *cells, separator=BETWEEN).alias(self.key), ones
        )

    def rows(self, table: Mapping[str, list[Any]]) -> Counter[tuple[Any, ...]]:
        """Return how often each row is there, in a table that the rule made."""
        reads = [READS[kind] for kind in self.told.values()]
        found: Counter[tuple[Any, ...]] = Counter()
        for key, times in zip(table["row"], table["rows"], strict=True):
            cells = zip(reads, key.split(BETWEEN)[1:], strict=True)
            found[tuple(None if c in {MISSING, "NaT"} else read(c) for read, c in cells)] += times
        return found


MISSING, BETWEEN = "\u2400", "\u241f"
READS: Mapping[str, Callable[[str], Any]] = {
    "number": float,
    "date": datetime.fromisoformat,
    "boolean": lambda cell: cell.lower() == "true",
    "text": str,
}
OF_TYPE: dict[type, Kind] = {float: "number", datetime: "date", bool: "boolean", str: "text"}


def on_every_engine(
    path: Path, rules: list[str], wanted: Mapping[str, Kind], *, left: str = "", **how: Any
) -> Took:
    """Take a file through rules on each engine; all must find the same, or say the same.

    Engines beside pandas are asked only where rows are gathered. So where no rule does, all
    cells of their rows are compared in one query. ``left`` is why the engine leaves the file
    to pandas; else it must not.
    """
    steps = [rule(r) for r in rules]
    expected = outcome(lambda: take(by_chunks, path, steps, wanted, **how))
    table = {} if isinstance(expected, DataError) else expected[0]
    if any(step.gathers for step in steps):
        found = on_duckdb(path, steps, wanted, left=left, **how)
        alike(found, expected)
    elif all(step.by_expression for step in steps):  # no other is asked to tell lists
        types = {name: {*map(type, values)} - {type(None)} for name, values in table.items()}
        told = {name: OF_TYPE[some.pop()] for name, some in types.items() if some}
        each = EachRow(per="row", told=told, **{"as": "rows"})
        found = on_duckdb(path, [*steps, each], wanted, left=left, **how)
        if isinstance(found, DataError) or isinstance(expected, DataError):
            alike(found, expected)
        else:
            rows = Counter(zip(*(table[name] for name in told), strict=True))
            assert each.rows(found[0]) == rows
            assert (found[2][:-1], found[3]) == expected[2:]
    if isinstance(expected, DataError):
        raise expected
    return expected


def on_duckdb(
    path: Path, steps: list[Rule], wanted: Mapping[str, Kind], *, left: str, **how: Any
) -> Took | DataError:
    """Return what the engine duckdb finds or says; hold why it left the file to pandas."""
    engine = DuckEngine()
    found = outcome(lambda: take(engine.through, path, steps, wanted, **how))
    if not all(step.by_expression for step in steps):
        left = ""  # DuckDB is not asked
    assert list(engine.notes.values()) == ([engine.notes[path.name]] if left else [])
    assert left in engine.notes.get(path.name, "")
    return found


def alike(found: Took | DataError, expected: Took | DataError) -> None:
    """Hold a table and its account, or an error, against what is expected."""
    if isinstance(found, DataError) or isinstance(expected, DataError):
        assert isinstance(found, DataError)
        assert isinstance(expected, DataError)
        assert found.problems == expected.problems
    else:
        assert found == expected or [found[0], *found[1:]] == [about(expected[0]), *expected[1:]]


def about(table: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return a table that others equal whose numbers are the same to the last few bits."""
    return {
        name: [pytest.approx(v, rel=1e-12) if type(v) is float else v for v in values]
        for name, values in table.items()
    }


def outcome(work: Callable[[], Took]) -> Took | DataError:
    try:
        return work()
    except DataError as error:
        return error


@pytest.mark.parametrize("golden", goldens(), ids=lambda g: f"{g.name}: {g.about}")
def test_the_golden_table_of_every_rule_is_made_by_every_engine(
    golden: Golden, tmp_path: Path
) -> None:
    given = columns(golden.given)

    made, lines, ledger, rows = on_every_engine(
        export(tmp_path / "till.csv", given),
        [golden.rule],
        {n: kind for n, (_, kind) in given.items()},
    )

    expected = {name: values for name, (values, _) in columns(golden.made).items()}
    assert made == {
        k: [pytest.approx(v) if type(v) is float else v for v in vs] for k, vs in expected.items()
    }
    assert ledger == [(rule(golden.rule).says(), rows, len(next(iter(expected.values()))))]
    assert not lines or len(lines) == ledger[0][2]


RULES = {
    "keep": "keep: {item: [pizza, crème], paid: true}",
    "drop": "drop: {item: pizza, n: [2, 0]}",
    "between": "between: {n: -5 to 4, at: from 1969-12-30}",
    "drop_weekdays": "drop_weekdays: {of: at, days: [Sunday, Wednesday]}",
    "drop_dates": "drop_dates: {of: at, dates: [2023-06-11, before 1970-01-01]}",
    "drop_missing": "drop_missing: {of: [item, n]}",
    "as_of": "as_of: {time: 12:00, made: booked, of: at, from: 05:00, days_before: 1}",
    "drop_duplicates": "drop_duplicates: {of: [item, n]}",
    "every": "every: {week: at, fill: {n: 0}}",
    "bands": "bands: {of: n, as: size, small: under 2, large: 2 or more}",
    "derive": "derive: {on: weekday of at, m: month of at, day: day_of_year of at}",
    "combine": "combine: {made: [booked, item]}",
    "rename": "rename: {item: thing, n: paid, paid: n}",
    "fill_missing": "fill_missing: {item: nothing, n: -1, paid: false}",
    "split_list": 'split_list: {of: item, as: items, by: "-"}',
    "count": "count: {per: week of at from 05:00, as: rows}",
    "sum": "sum: {of: n, per: item, as: total}",
    "mean": "mean: {of: n, per: month of at, as: each}",
}
KINDS: dict[str, Kind] = {"item": "text", "n": "number", "paid": "boolean", "at": "date"}
WANTED: dict[str, Kind] = {**KINDS, "booked": "date"}


def filled(rows: list[tuple[Any, ...]]) -> dict[str, tuple[list[Any], Any]]:
    """Return columns of which a first row stays whatever the rule; ``booked`` is before ``at``."""
    kept = [("pizza", 3.0, True, datetime(2023, 6, 8, 19, 30))]
    columns: dict[str, tuple[list[Any], Any]] = {
        name: ([row[at] for row in [*kept, *rows]], kind)
        for at, (name, kind) in enumerate(KINDS.items())
    }
    booked = [
        at and at - timedelta(hours=(5 * n + 48) % 61) for n, at in enumerate(columns["at"][0])
    ]
    return {**columns, "booked": (booked, "date")}


SUNDAY = datetime(2023, 6, 11)
EDGES: dict[str, list[tuple[Any, ...]]] = {
    "one row": [],
    "missing cells": [
        (None, None, None, None),
        ("cola", None, True, SUNDAY),
        (None, 1.0, None, SUNDAY),
    ],
    "ties": [("pizza", 2.0, True, SUNDAY)] * 3
    + [("pizza", 3.0, True, datetime(2023, 6, 8, 19, 30))],
    "Sunday": [
        ("pizza", 2.0, True, SUNDAY + timedelta(days=n, seconds=s))
        for n in range(-8, 9)
        for s in (0, 4 * 3600 + 3599, 5 * 3600, 86_399)
    ],
    "before 1970": [
        ("pizza", 2.0, True, datetime(1969, 12, 28) + timedelta(hours=7 * n)) for n in range(20)
    ]
    + [
        ("pizza", 1.0, False, datetime(1899, 2, 28, 23, 59)),
        ("pizza", 1.0, False, datetime(1, 1, 8)),
    ],
    "unicode": [
        ("crème", 2.0, True, SUNDAY),
        ("Пицца", 2.0, False, SUNDAY),
        ("比萨", -0.0, True, SUNDAY),
        ("\U0001f355, \"quoted\" 'and' more", 1.5, True, SUNDAY),
        (" spaces around ", 0.0, True, SUNDAY),
    ],
    "fractions": [("pizza", 0.1 * n, True, SUNDAY) for n in range(40)]
    + [("pizza", v, True, SUNDAY) for v in (1e-9, 1e9, -12345.678901, 1 / 3, 2.0**40 + 0.5)],
}


APART = [*EDGES]  # in one table, and one by one in `make slow` alone
EDGES["together"] = [row for edge in APART for row in EDGES[edge]]
LACKING = {"as_of", "count", "sum", "mean"}  # refuse a cell that is missing


@pytest.mark.parametrize(
    ("name", "edge"),
    [
        pytest.param(name, edge, marks=[] if edge == daily else [pytest.mark.slow])
        for name in Step.model_fields
        for edge in EDGES
        for daily in ["missing cells" if edge in APART[1:2] and name in LACKING else "together"]
    ],
)
def test_every_rule_makes_the_same_of_every_edge_on_every_engine(
    name: str, edge: str, tmp_path: Path
) -> None:
    rows = EDGES[edge]
    if (name, edge) == ("every", "together"):  # every week from the year 1 on: in `make slow`
        rows = [row for row in rows if row[3] and row[3].year > 1]
    if name in LACKING and edge == "together":
        rows = [row for row in rows if None not in row]
    path = export(tmp_path / "till.csv", filled(rows))
    lacking = edge == "missing cells" and name in LACKING

    said = "is empty, and" if lacking else "of the day" if name == "combine" else ""
    with pytest.raises(DataError, match=said) if said else nullcontext():
        on_every_engine(path, [RULES[name]], WANTED, left="a rule cannot take" if lacking else "")


@pytest.mark.parametrize("name", ["keep", "fill_missing", "drop_duplicates", "every", "mean"])
def test_a_file_without_rows_is_the_same_fault_on_every_engine(name: str, tmp_path: Path) -> None:
    path = tmp_path / "till.csv"
    path.write_text("item,n,paid,at,booked\n", encoding="utf-8")

    with pytest.raises(DataError, match="a header and no rows"):
        on_every_engine(path, [RULES[name]], WANTED, left="no row was found in it")


@cache
def till(seed: int, rows: int) -> dict[str, tuple[list[Any], Any]]:
    draw = random.Random(seed)
    return filled(
        [
            (
                draw.choice(["pizza", "cola", "crème", "a-b", "c"]),
                draw.choice([1.0, 2.0, 0.25, -3.0, draw.random() * 1000]),
                draw.random() < 0.5,
                datetime(2023, 1, 1) + timedelta(seconds=draw.randrange(40_000_000)),
            )
            for _ in range(rows)
        ]
    )


LISTS = [
    [RULES["keep"], RULES["drop_weekdays"], RULES["sum"]],
    [RULES["drop_missing"], RULES["bands"], RULES["drop_duplicates"], "count: {per: size, as: k}"],
    [RULES["drop_duplicates"], "keep: {item: [pizza, cola]}", "drop_duplicates: {of: item}"],
    [RULES["rename"], "keep: {thing: pizza}", "mean: {of: paid, per: day of at, as: x}"],
    [
        "derive: {on: weekday of at}",
        "sum: {of: n, per: on, as: n}",
        "between: {n: -1000000 or more}",
    ],
    [RULES["split_list"], "count: {per: items, as: k}"],
    ["keep: {paid: true}", RULES["split_list"], "drop: {item: c}", "drop_duplicates: {of: items}"],
    [RULES["sum"], "drop_duplicates: {}"],
    [RULES["as_of"], "count: {per: day of at from 05:00, as: k}"],
    ["rename: {booked: made}", "as_of: {time: 23:59, made: made, of: at}", RULES["keep"]],
    [
        "fill_missing: {n: 0}",
        "between: {n: 0.5 or more}",
        "derive: {l: log of n, r: sqrt of n}",
        "mean: {of: l, per: week of at, as: l}",
    ],
    [],
]


@pytest.mark.parametrize("rules", LISTS, ids=lambda rules: " ".join(r.split(":")[0] for r in rules))
def test_lists_of_rules_make_the_same_on_every_engine(rules: list[str], tmp_path: Path) -> None:
    on_every_engine(export(tmp_path / "till.csv", till(3, 3_000)), rules, WANTED)


@pytest.mark.parametrize("last", ["count", "sum", "mean", None])
def test_one_row_goes_through_every_rule_on_every_engine(last: str | None, tmp_path: Path) -> None:
    path = export(tmp_path / "till.csv", filled([]))
    rules = [text for name, text in RULES.items() if name not in {"combine", "every", "rename"}]
    apart = [text for text in rules if not rule(text).gathers and rule(text).by_expression]

    *_, ledger, rows = on_every_engine(
        path, [RULES[last]] if last else [*apart, RULES["rename"]], WANTED
    )

    assert rows == 1
    assert {(came, stayed) for _, came, stayed in ledger} == {(1, 1)}


def test_sums_are_the_same_to_the_last_bit_however_threads_share_the_rows(tmp_path: Path) -> None:
    path = export(tmp_path / "till.csv", till(4, 60_000))
    sums = "sum: {of: n, per: item, as: n}"

    found = [take(DuckEngine().through, path, [rule(sums)], KINDS)[0] for _ in range(4)]

    assert all(one == found[0] for one in found)


def test_a_sum_is_the_exact_one_rounded_once(tmp_path: Path) -> None:
    from fractions import Fraction

    values = [0.1, 0.2, 0.3, 1e9, 1e-7, -1e9] * 50
    path = export(tmp_path / "a.csv", {"item": (["x"] * 300, "text"), "n": (values, "number")})

    made, *_ = take(
        DuckEngine().through,
        path,
        [rule("sum: {of: n, per: item, as: n}")],
        {"item": "text", "n": "number"},
    )

    assert made["n"] == pytest.approx([float(sum(map(Fraction, values)))], rel=1e-15)


def test_more_rows_than_sums_of_64_bits_hold_are_left_to_pandas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, values = ["a", "b", "a", "a"], [0.5, 1.0, 2.0, 4.0]
    path = export(tmp_path / "a.csv", {"item": (items, "text"), "n": (values, "number")})
    steps = [rule("sum: {of: n, per: item, as: n}")]
    for most, left in ((3, ""), (2, "too many rows are added up")):
        monkeypatch.setattr(query, "_MOST_ROWS", most)
        found = on_duckdb(path, steps, {"item": "text", "n": "number"}, left=left)
        assert not isinstance(found, DataError)
        assert found[0] == {"item": ["a", "b"], "n": [6.5, 1.0]}


def test_decimals_far_into_a_file_are_added_up_exactly_too(tmp_path: Path) -> None:
    values = [1.0] * 3_000 + [0.25, 0.5]
    path = export(tmp_path / "a.csv", {"item": (["x"] * 3_002, "text"), "n": (values, "number")})

    made, *_ = on_every_engine(
        path, ["sum: {of: n, per: item, as: k}"], {"item": "text", "n": "number"}
    )

    assert made["k"] == [3_000.75]


HUGE = ("1e30", "1" * 30 + ".5")
AMONG_WHOLE = ("2.5", "2.0", "+2", "02", "2e3", " 2", "2147483648", "-2147483649", "", "NA", *HUGE)


@pytest.mark.parametrize(
    ("cell", "stays"),
    [*((cell, True) for cell in AMONG_WHOLE), *((cell, False) for cell in ("2.5", *HUGE))],
)
def test_any_number_among_whole_ones_is_added_up_or_left_out(
    cell: str, stays: bool, tmp_path: Path
) -> None:
    cells = ["1", "-7", "12", "999", "1000", "123456", "0", "-2147483648", "2147483647", cell]
    items = [*["x", "y"] * 4, "x", "x" if stays else "z"]
    path = export(tmp_path / "a.csv", {"item": (items, "text"), "n": (cells, "text")})
    rules = ["keep: {item: [x, y]}", "drop_missing: {of: n}", "sum: {of: n, per: item, as: n}"]
    notation = Notation(missing=frozenset({"NA"}))
    left = "DuckDB cannot read it" if stays and cell in HUGE else ""  # no multiples of 2**-62

    on_every_engine(path, rules, {"item": "text", "n": "number"}, notation=notation, left=left)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("cell", ["6", "6.5", ""])
def test_what_is_added_up_may_be_the_key_too(how: str, cell: str, tmp_path: Path) -> None:
    made = {"item": list("xyxzx"), "n": ["5", "7", "5", "9", cell]}
    path = export(tmp_path / "a.csv", {name: (values, "text") for name, values in made.items()})
    rules = ["drop_missing: {of: n}", "keep: {item: [x]}", f"{how}: {{of: n, per: n, as: k}}"]

    on_every_engine(path, rules, {"item": "text", "n": "number"})


@pytest.mark.parametrize("longest", [100_000, 100_001, 700_000])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_is_as_long_on_every_engine(longest: int, quoted: bool, tmp_path: Path) -> None:
    word = "y" * longest
    path = tmp_path / "a.csv"
    path.write_text("item,n\nx,5\n" + (f'"{word}"' if quoted else word) + ",4\nx,6\n")
    wanted: Mapping[str, Kind] = {"item": "text", "n": "number"}
    left = "not written regularly" if longest > 100_000 else ""

    found = outcome(
        lambda: on_every_engine(path, ["sum: {of: n, per: item, as: k}"], wanted, left=left)
    )

    assert isinstance(found, DataError) == (longest > 100_000)


def test_what_duckdb_leaves_out_of_whole_numbers_is_missing() -> None:
    import numpy as np

    found = frame({"n": np.ma.array([7, 0, 8], mask=[False, True, False])})

    assert plain(found)["n"] == [7.0, None, 8.0]


def test_rules_compare_whole_numbers_as_they_do_others(tmp_path: Path) -> None:
    cells = [str(n) for n in range(-20, 2_000)]
    items = ["x", "y"] * (len(cells) // 2)
    path = export(tmp_path / "a.csv", {"item": (items, "text"), "n": (cells, "text")})
    wanted: Mapping[str, Kind] = {"item": "text", "n": "number"}
    for left_out in ("between: {n: 0.5 to 12.5}", "keep: {n: [7, 12, 100]}", "drop: {n: 7.5}"):
        made, *_ = on_every_engine(path, [left_out, "mean: {of: n, per: item, as: n}"], wanted)

        assert made["item"] == ["x", "y"]


CELLS: list[tuple[Kind, list[str], Notation]] = [
    ("number", ["1", "-0", "+5", "007", ".5", "5.", "1e3", "1E-3", " 3 ", "\u00a04", "1e-320", "9" * 60 + ".5", ""], PLAIN),
    ("number", ["0.1", "0.30000000000000004", "123456789012345677.5", "1.7976931348623157e99"], PLAIN),
    ("date", ["2023-06-08", "2023-06-08 19:30", "2023-06-08T19:30:05", " 2023-06-08 ", "2023-06-08 19:30:05.25", "0001-01-01", "9999-12-31 23:59:59", ""], PLAIN),
    ("boolean", ["true", "False", "TRUE", "tRuE", " true ", ""], PLAIN),
    ("text", ["a", " ", "\u2003", "ünder", " a", "\u00a0b", "null", "NULL", "''", "#", "\\N"], PLAIN),
    ("number", ["1.234,5", "1.234.567", "12", "-1,25", "1e3"], Notation(",", ".")),
    ("number", ["1 234.5", "1\u202f234", "€ 5", "5 €", "-€5", "12"], Notation(".", " ", ("€",))),
    ("date", ["08.06.2023", "2023-06-08", "1.6.2023"], Notation(dates=("%d.%m.%Y",))),
    ("date", ["08.06.2023 24:00", "08.06.2023 19:30", "8.6.2023 9:05", "08.06.2023", "01.01.0007"], Notation(dates=("%d.%m.%Y %H:%M", "%d.%m.%Y"))),
    ("date", ["2023-06", "2023-06-08", "2023-06-08 24:00:00", "2023-06-08T24:00"], Notation(dates=("%Y-%m",))),
    ("date", ["3. März 2023", "12. Sept. 2023", "1. mai 2023"], Notation(dates=("%d. %B %Y",), language="de")),
    ("date", ["45085", "45085.8125", "1", "2023-06-08"], Notation(dates=("excel serial",))),
    ("number", ["1", "NA", " NA ", "-1", "-"], Notation(missing=frozenset({"NA", "-1", "-"}))),
    ("text", ["a", "NA", " NA ", "\u00a0-", "NAN"], Notation(missing=frozenset({"NA", "-"}))),
    ("date", ["2023-06-08", "never"], Notation(missing=frozenset({"never"}))),
    ("boolean", ["true", "false", "true"], Notation(missing=frozenset({"true"}))),
]  # fmt: skip


NOTATIONS = [
    of for at, (*_, of) in enumerate(CELLS) if of not in [before for *_, before in CELLS[:at]]
]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_cells_are_read_by_one_grammar(notation: Notation, tmp_path: Path) -> None:
    alike = [(kind, cells) for kind, cells, of in CELLS if of == notation]
    rows = max(len(cells) for _, cells in alike)
    made = {
        f"x{at}": (cells + [""] * (rows - len(cells)), "text")
        for at, (_, cells) in enumerate(alike)
    }
    kinds = {f"x{at}": kind for at, (kind, _) in enumerate(alike)}

    on_every_engine(export(tmp_path / "a.csv", made), [], kinds, notation=notation)


NO_CELLS: list[tuple[Kind, str]] = [
    *(("number", cell) for cell in ("x", "1,5", "1_000", "0x10", "inf", "nan", "1e200", "９", "1 2", "--1", "1e", ".")),
    *(("date", cell) for cell in ("2023-02-30", "2023-6-8", "2023-06-08  19:30", "2023-06-08 24:30", "9999-12-31 24:00", "infinity", "epoch", "2023/06/08", "0000-01-01", "10000-01-01", "2023-06-08 1:00", "-2023-06-08", "2023-06-08 19:30:60", "20230608", "08.06.2023")),
    *(("boolean", cell) for cell in ("1", "yes", "t", "wahr")),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["number", "date", "boolean"])
def test_a_cell_that_is_none_is_named_with_its_line_on_every_engine(
    kind: Kind, tmp_path: Path
) -> None:
    good = {"number": "1", "date": "2023-06-08", "boolean": "true"}[kind]
    bad = [cell for of, cell in NO_CELLS if of == kind]
    path = tmp_path / "a.csv"
    for cell in bad:
        export(path, {"x": ([good, good, cell, good], "text")})

        with pytest.raises(DataError) as raised:
            take(by_chunks, path, [], {"x": kind})

        assert raised.value.problems[0].place == "a.csv:4"
    with pytest.raises(DataError):
        on_every_engine(path, [], {"x": kind}, left="DuckDB cannot read it")
    assert in_sql(kind, bad) == [None] * len(bad)  # left to our reader, which refuses each
    for cell in bad:
        with pytest.raises(CellError):
            slow(kind, PLAIN)(cell)


def in_sql(kind: Kind, cells: list[str]) -> list[Any]:
    """Return what SQL reads in cells; nothing where it leaves a cell to our reader."""
    import duckdb

    nothing = f"CAST(NULL AS {cells_in_sql.SQL_TYPES[kind]})"
    sql = cells_in_sql.value("cell", kind, PLAIN, "left").replace("left(cell)", nothing)
    with duckdb.connect() as connection:
        query = f"WITH given AS (SELECT unnest(?) AS cell) SELECT {sql} FROM given"
        return [value for (value,) in connection.execute(query, [cells]).fetchall()]


def test_offsets_from_utc_are_left_to_the_reader_that_compares_them(tmp_path: Path) -> None:
    times = ["2023-06-08 19:30:00+02:00", "2023-12-08T19:30Z"]
    path = export(tmp_path / "a.csv", {"x": (times, "text")})

    with pytest.raises(DataError, match="has another offset from UTC than line 2"):
        on_every_engine(path, [], {"x": "date"}, left="DuckDB cannot read it")
    left = "its times are turned to a time zone"
    made, *_ = on_every_engine(path, [], {"x": "date"}, left=left, timezone="Europe/Rome")

    assert made["x"] == [datetime(2023, 6, 8, 19, 30), datetime(2023, 12, 8, 20, 30)]


FAR = (b"1," + b"2" * 996 + b"\n") * 2_400  # more than a block that is looked at
STRUCTURES = {
    "a line too short": "a,b\n1,2\n3\n",
    "a line too long": "a,b\n1,2\n3,4,5\n",
    "two faults that even out": "a,b\n1\n2,3,4\n5,6\n",
    "a bare quote": 'a,b\n1,2\n3,x"y\n',
    "a quote that is not closed": 'a,b\n1,2\n3,"y\n',
    "a quote that closes too early": 'a,b\n1,2\n3,"y"z\n',
    "an empty line": "a,b\n1,2\n\n3,4\n",
    "a NUL": "a,b\n1,2\n3,\0\n",
    "another delimiter": "a,b\n1,2\n3;4\n",
    "no UTF-8": b"a,b\n" + FAR + b"3,\xe9\n",
    "cut off in a letter": b"a,b\n" + FAR + b"3,\xc3",
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_what_no_strict_reader_takes_has_the_same_words_on_every_engine(
    name: str, tmp_path: Path
) -> None:
    content, path = STRUCTURES[name], tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(DataError):
        on_every_engine(path, [], {"a": "number", "b": "text"}, left="not written regularly")


READABLE = {
    "line ends of Windows": (b"a,b\r\n1,x\r\n2,y\r\n", ""),
    "no line end at the end": (b"a,b\n1,x\n2,y", ""),
    "no line end at the end, on Windows": (b"a,b\r\n1,x\r\n2,y", ""),
    "the mark of UTF-8": (b"\xef\xbb\xbfa,b\n1,x\n2,y\n", ""),
    "quotes around all": (b'"a","b"\n"1","x"\n"2","y, ""z"""\n', ""),
    "quotes around nothing": (b'a,b\n1,""\n"",y\n', ""),
    "two line ends": (b"a,b\n1,x\r\n2,y\n", "not written regularly"),
    "line ends of old Macs": (b"a,b\r1,x\r2,y\r", "not written regularly"),
    "a line break in a cell": (b'a,b\n1,"x\ny"\n2,z\n', "not written regularly"),
    "a tab in a cell": (b"a,b\n1,x\ty\n2,z\n", "not written regularly"),
    "empty lines at the end": (b"a,b\n1,x\n2,y\n\n", "not written regularly"),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_a_strict_reader_takes_is_the_same_table(name: str, tmp_path: Path) -> None:
    (content, left), path = READABLE[name], tmp_path / "a.csv"
    path.write_bytes(content)

    _, lines, _, rows = on_every_engine(path, [], {"a": "number", "b": "text"}, left=left)

    assert rows == 2
    assert lines in ([2, 3], [2, 4])


def test_delimiters_of_every_kind_are_read_as_said(tmp_path: Path) -> None:
    for delimiter, mark in ((";", ";"), ("|", "|"), ("tab", "\t")):
        path = tmp_path / "a.csv"
        path.write_text(f"a{mark}b\n1{mark}x\n2{mark}y, z\n", encoding="utf-8")

        made, *_ = on_every_engine(path, [], {"a": "number", "b": "text"}, delimiter=delimiter)

        assert made == {"a": [1.0, 2.0], "b": ["x", "y, z"]}


@pytest.mark.parametrize("cell", ["Pizza", " PIZZA"])
def test_a_near_miss_is_said_by_every_engine(cell: str, tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"item": (["pizza", "pizza bread", cell], "text")})

    with pytest.raises(DataError, match="only by case or spaces"):
        on_every_engine(
            path, ["keep: {item: pizza}"], {"item": "text"}, left="a rule cannot take some row"
        )


def test_a_near_miss_may_begin_with_a_letter_that_only_looks_like_one(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"item": (["kebab", "\u212aebab"], "text")})

    with pytest.raises(DataError, match="only by case or spaces"):
        on_every_engine(
            path, ["keep: {item: kebab}"], {"item": "text"}, left="a rule cannot take some row"
        )


def test_a_near_miss_is_found_whatever_engines_make_of_the_last_letter(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"item": (["οδος", "ΟΔΟΣ"], "text")})

    with pytest.raises(DataError, match="only by case or spaces"):
        on_every_engine(
            path, ["keep: {item: οδος}"], {"item": "text"}, left="a rule cannot take some row"
        )


def test_rows_that_are_out_by_then_give_no_doubt(tmp_path: Path) -> None:
    given = {"item": (["pizza", "cola", "pizza"], "text"), "n": ([1.0, -1.0, 4.0], "number")}
    path = export(tmp_path / "a.csv", given)

    made, *_ = on_every_engine(
        path,
        ["keep: {item: pizza}", "derive: {l: log of n, r: sqrt of n}"],
        {"item": "text", "n": "number"},
    )

    assert made["r"] == [1.0, 2.0]


def test_a_rule_that_leaves_no_row_says_so_on_every_engine(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"item": (["pizza", "cola"], "text")})

    with pytest.raises(DataError, match="no row is left after  keep item = piza"):
        on_every_engine(path, ["keep: {item: piza}"], {"item": "text"}, left="no row is left")


def test_names_that_differ_by_case_are_two_columns(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"Item": (["x"], "text"), "item": (["y"], "text")})

    made, *_ = on_every_engine(
        path, [], {"Item": "text", "item": "text"}, left="differ only by case"
    )

    assert made == {"Item": ["x"], "item": ["y"]}


def test_a_name_that_looks_like_a_pattern_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "a1.csv").write_text("x\n1\n", encoding="utf-8")
    path = tmp_path / "a[1].csv"
    path.write_text("x\n2\n", encoding="utf-8")

    made, *_ = on_every_engine(path, [], {"x": "number"}, left="looks like a pattern")

    assert made == {"x": [2.0]}


def test_a_folder_that_says_a_value_adds_no_column(tmp_path: Path) -> None:
    (tmp_path / "year=2023").mkdir()
    path = export(tmp_path / "year=2023" / "it's.csv", {"x": ([1.0], "number")})

    on_every_engine(path, [], {"x": "number"})


@pytest.mark.parametrize(
    "rules",
    [
        ["keep: {item: pizza}", "sum: {of: n, per: item, as: n}"],
        ["keep: {item: pizza}", "count: {per: item, as: k}"],
        ["keep: {item: pizza}"],
        [],
    ],
)
def test_every_cell_is_read_also_of_rows_that_a_rule_leaves_out(
    rules: list[str], tmp_path: Path
) -> None:
    path = export(
        tmp_path / "a.csv", {"item": (["pizza", "cola"], "text"), "n": (["1", "x"], "text")}
    )

    with pytest.raises(DataError, match="'x' is not a number"):
        on_every_engine(path, rules, {"item": "text", "n": "number"}, left="DuckDB cannot read it")


def test_names_that_the_query_uses_itself_are_left_to_pandas(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"__read_0": ([1.0], "number"), "x": ([2.0], "number")})

    on_every_engine(path, [], {"__read_0": "number", "x": "number"}, left="are taken")


def test_several_files_are_one_export_and_lines_say_which(tmp_path: Path) -> None:
    one = export(tmp_path / "a.csv", {"item": (["pizza", "cola"], "text")})
    other = export(tmp_path / "b.csv", {"item": (["bread", "pizza"], "text")})

    made, lines, ledger, rows = on_every_engine(
        one, ["keep: {item: pizza}"], {"item": "text"}, others=[other]
    )

    assert made == {"item": ["pizza", "pizza"]}
    assert lines == [2, LINES_A_FILE + 3]
    assert (rows, ledger) == (4, [("keep item = pizza", 4, 2)])


def test_what_stands_above_the_header_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Export of "today, page 1\n\na,b\n1,x\n2,y\n', encoding="utf-8")

    made, lines, *_ = on_every_engine(path, [], {"a": "number"}, skip_rows=2)

    assert (made, lines) == ({"a": [1.0, 2.0]}, [4, 5])


def test_a_file_without_a_header_begins_with_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,x\n2,y\n", encoding="utf-8")

    made, lines, *_ = on_every_engine(path, [], {"a": "number", "b": "text"}, columns=("a", "b"))

    assert (made, lines) == ({"a": [1.0, 2.0], "b": ["x", "y"]}, [1, 2])


@pytest.mark.parametrize(
    ("name", "content", "how", "left"),
    [
        ("a.csv", "a,b\n1,é\n".encode("cp1252"), {"encoding": "cp1252"}, "not UTF-8"),
        ("a.csv", "a,b\n1,é\n".encode("utf-16"), {}, "not UTF-8"),
        ("a.csv.gz", gzip.compress("a,b\n1,é\n".encode(), mtime=0), {}, "compressed"),
        ("a.csv", "a,b\n1,é\nin all: 1\n".encode(), {"skip_footer": 1}, "a footer"),
        ("a.csv", "a,b\r\n1,é\n".encode(), {}, "not written regularly"),
    ],
    ids=["cp1252", "UTF-16", "gzip", "a footer", "another line end below the header"],
)
def test_files_of_other_kinds_are_left_to_pandas(
    name: str, content: bytes, how: dict[str, Any], left: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    made, *_ = on_every_engine(path, [], {"a": "number", "b": "text"}, left=left, **how)

    assert made == {"a": [1.0], "b": ["é"]}


ALPHABET = "0123456789 +-.:TZ/eA"
TIMES = [
    *("2021-01-02 03:04:05", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2023-02-28 10:10:10"),
    *("2021-01-02T03:04:05", "2021-01-02 03:04", "2021-01-02T03:04", "2021-01-02"),
]


def misspelt(count: int) -> list[str]:
    draw = random.Random(5)
    found = set(TIMES)
    while len(found) < count:
        cell = list(draw.choice(TIMES))
        for _ in range(draw.choice([1, 1, 2, 3])):
            at = draw.randrange(len(cell))
            match draw.choice("aaaid"):
                case "a":
                    cell[at] = draw.choice(ALPHABET)
                case "i":
                    cell.insert(at, draw.choice(ALPHABET))
                case _:
                    del cell[at]
        found.add("".join(cell))
    return sorted(found)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("date", lambda: misspelt(30_000)),
        pytest.param("date", lambda: misspelt(200_000), marks=pytest.mark.slow),
        (
            "number",
            lambda: ["".join(c) for n in range(1, 6) for c in product("019.+-e ", repeat=n)],
        ),
    ],
    ids=["dates", "many dates", "numbers"],
)
def test_sql_reads_a_cell_as_our_reader_does_or_leaves_it_to_it(
    kind: Kind, cells: Callable[[], list[str]]
) -> None:
    made = cells()  # not while tests are collected
    reads = {"date": PLAIN.date, "number": PLAIN.number}[kind]

    read = [
        (cell, value)
        for cell, value in zip(made, in_sql(kind, made), strict=True)
        if value is not None
    ]
    assert len(read) > 1000
    for cell, value in read:
        assert reads(cell) == value, cell


def test_rows_that_were_lost_are_named_on_every_engine(tmp_path: Path) -> None:
    path = export(tmp_path / "a.csv", {"item": (["pizza", "cola"], "text")})
    lost = []
    for through in (by_chunks, DuckEngine().through):
        source = CsvSource([(path, path.name)])
        account = SourceCount("till", path.name, keep=5)
        rules = [rule("keep: {item: pizza}")]
        list(through(Passage(source, rules, {"item": "text"}, account, None)))
        lost.append([[plain(frame) for frame in counted.lost] for counted in account.rules])

    assert lost == [[[{"item": ["cola"]}]]] * 2
