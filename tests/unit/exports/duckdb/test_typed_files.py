"""Parquet in DuckDB: what the engine pandas makes of every type, or left to it."""

from __future__ import annotations

import datetime as dt
import math
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tables import columns, rule
from unit.definition.rules.test_every_rule import goldens
from unit.exports.test_rules_on_every_engine import (
    KINDS,
    LISTS,
    RULES,
    WANTED,
    filled,
    on_every_engine,
    till,
)

from mlcli.errors import DataError
from mlcli.exports.parquet import ParquetSource
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tables import Golden

    from mlcli.grammar.cells import Kind

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("duckdb")

TYPES: dict[Kind, Any] = {
    **dict.fromkeys(("number", "either"), pa.float64()),
    **dict.fromkeys(("text", "any"), pa.string()),
    "date": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


def export(path: Path, made: Mapping[str, tuple[list[Any], Any]], **how: Any) -> Path:
    """Write columns of kinds, or of types of Arrow, as a Parquet file of several groups of rows."""
    arrays = {n: pa.array(values, TYPES.get(kind, kind)) for n, (values, kind) in made.items()}
    pq.write_table(pa.table(arrays), path, row_group_size=how.pop("group", 1_000), **how)
    return path


@pytest.mark.slow  # as expressions they are those of CSV files
@pytest.mark.parametrize(
    "golden",
    [golden for golden in goldens() if rule(golden.rule).by_expression],
    ids=lambda g: f"{g.name}: {g.about}",
)
def test_every_rule_makes_its_golden_table(golden: Golden, tmp_path: Path) -> None:
    given = columns(golden.given)

    made, _, ledger, rows = on_every_engine(
        export(tmp_path / "till.parquet", given),
        [golden.rule],
        {n: kind for n, (_, kind) in given.items()},
        keeps_totals=True,
    )

    expected = {name: values for name, (values, _) in columns(golden.made).items()}
    assert made == {
        k: [pytest.approx(v) if type(v) is float else v for v in vs] for k, vs in expected.items()
    }
    assert ledger == [(rule(golden.rule).says(), rows, len(next(iter(expected.values()))))]


@pytest.mark.parametrize("rules", LISTS, ids=lambda rules: " ".join(r.split(":")[0] for r in rules))
def test_lists_of_rules_make_the_same(rules: list[str], tmp_path: Path) -> None:
    path = export(tmp_path / "till.parquet", till(3, 3_000))

    on_every_engine(path, rules, WANTED)


def test_one_row_and_none(tmp_path: Path) -> None:
    path = export(tmp_path / "till.parquet", filled([]))

    on_every_engine(path, [RULES["sum"]], KINDS)
    none = {name: ([], kind) for name, kind in KINDS.items()}
    with pytest.raises(DataError, match="the file has columns and no rows"):
        on_every_engine(export(path, none), [RULES["sum"]], KINDS, left="no row was found in it")


DAY, NOON = dt.date(2023, 6, 11), dt.datetime(2023, 6, 11, 12, 0, 0, 5)
SAME: list[tuple[Kind, Any, list[Any]]] = [
    *(("number", type_(), [1, 0, None, 127]) for type_ in (pa.int8, pa.int16, pa.uint8, pa.uint16)),
    ("number", pa.int32(), [-(2**31), None, 2**31 - 1]),
    ("number", pa.uint32(), [2**32 - 1, 0]),
    ("number", pa.int64(), [2**53 - 1, -(2**53) + 1, None]),
    ("number", pa.uint64(), [2**53 - 1, 0, None]),
    ("number", pa.float32(), [0.1, -2.5, None, math.nan]),
    ("number", pa.float64(), [0.1, 1 / 3, -0.0, 5e-324, 1e100, math.nan, None]),
    ("number", pa.decimal128(10, 2), [Decimal("1.10"), Decimal("-0.07"), None]),
    ("number", pa.decimal128(15, 15), [Decimal("0.123456789012345"), Decimal("0.1")]),
    ("number", pa.decimal128(38, 10), [Decimal("123456789012345.6789012345"), None]),
    ("number", pa.decimal128(12, 0), [Decimal(7), None]),
    ("date", pa.timestamp("s"), [dt.datetime(2023, 6, 11, 12), None]),
    ("date", pa.timestamp("ms"), [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)]),
    ("date", pa.timestamp("us"), [NOON, None, dt.datetime(1, 1, 1, 0, 0, 0, 1)]),
    ("date", pa.timestamp("ns"), [1_000_000_000_123_456_000, None, -1_000]),
    ("date", pa.date32(), [DAY, None, dt.date(1, 1, 1), dt.date(9999, 12, 31)]),
    ("date", pa.date64(), [DAY, dt.date(1969, 12, 31)]),
    ("boolean", pa.bool_(), [True, False, None]),
    ("text", pa.string(), ["a", "", " ", None, " b ", "\u00a0c\n", "ü\n\tx", "null", "\x1d"]),
    ("text", pa.large_string(), ["crème", "比萨", None]),
    ("any", pa.dictionary(pa.int32(), pa.string()), ["a", "b", " a", None]),
    ("any", pa.bool_(), [True, False, None]),
    ("text", pa.int64(), [2**63 - 1, -5, None]),
]  # fmt: skip


def test_values_of_every_type_that_is_taken_are_those_of_the_other_engine(tmp_path: Path) -> None:
    most = max(len(values) for *_, values in SAME)
    made = {
        f"c{at}": (values + [None] * (most - len(values)), type_)
        for at, (_, type_, values) in enumerate(SAME)
    }
    kinds = {f"c{at}": kind for at, (kind, *_) in enumerate(SAME)}
    path = export(tmp_path / "a.parquet", made)

    on_every_engine(path, [], kinds, keeps_totals=True)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (pa.float64(), [1.0, 2.0, None, 5.0]),
        (pa.float64(), [1.0, 2.5, math.nan, 5.0]),
        (pa.float32(), [0.1, 0.2, 0.3, 0.4]),
        (pa.int64(), [2**53 - 1, 1, 5, -7]),
        (pa.decimal128(9, 2), [Decimal("1.10"), Decimal("2.20"), Decimal("3.30"), None]),
        (pa.decimal128(9, 2), [Decimal("1.00"), Decimal("2.00"), Decimal("3.00"), None]),
    ],
)
def test_numbers_of_every_type_are_added_up(
    how: str, type_: Any, values: list[Any], tmp_path: Path
) -> None:
    made = {"x": (list("abab"), "text"), "n": (values, type_)}
    path = export(tmp_path / "a.parquet", made)
    rules = ["drop_missing: {of: n}", f"{how}: {{of: n, per: x, as: k}}"]

    on_every_engine(path, rules, {"x": "text", "n": "number"}, keeps_totals=True)


LEFT: list[tuple[Kind, Any, list[Any], str]] = [
    ("number", pa.int64(), [2**53 + 1], "a cell is out of the ordinary"),
    ("number", pa.uint64(), [2**64 - 1], "a cell is out of the ordinary"),
    ("number", pa.float64(), [1e101], "a cell is out of the ordinary"),
    ("number", pa.float64(), [math.inf], "a cell is out of the ordinary"),
    ("number", pa.decimal128(38, 0), [Decimal(10**30)], "a cell is out of the ordinary"),
    ("number", pa.string(), ["5"], "its column 'x' holds text"),
    ("number", pa.bool_(), [True], "is of the type bool"),
    ("date", pa.timestamp("ns"), [1], "a cell is out of the ordinary"),
    ("date", pa.timestamp("us"), [-(2**62)], "a cell is out of the ordinary"),
    ("date", pa.timestamp("us", "UTC"), [1], "is of the type timestamp[us, tz=UTC]"),
    ("date", pa.string(), ["2023-06-08"], "holds text"),
    ("boolean", pa.int64(), [1], "is of the type int64"),
    ("text", pa.string(), ["y" * 100_001], "a cell is out of the ordinary"),
    ("text", pa.binary(), [b"x"], "is of the type binary"),
    ("text", pa.float64(), [2.5], "is of the type double"),
    ("text", pa.date32(), [DAY], "is of the type date32"),
    ("text", pa.list_(pa.int64()), [[1]], "is of the type list"),
    ("text", pa.null(), [None], "is of the type null"),
]


@pytest.mark.parametrize(("kind", "type_", "values", "left"), LEFT)
def test_what_is_out_of_the_ordinary_is_left_to_the_other_engine(
    kind: Kind, type_: Any, values: list[Any], left: str, tmp_path: Path
) -> None:
    path = export(tmp_path / "a.parquet", {"x": (values, type_), "y": (["a"], "text")})
    rules = ["count: {per: y, as: k}"]

    with suppress(DataError):  # which both say in the same words
        on_every_engine(path, rules, {"x": kind, "y": "text"}, left=left)


def test_words_for_an_empty_cell(tmp_path: Path) -> None:
    made = {"x": (["NA", " NA ", "a"], "text"), "n": ([1.0, 2.5, 4.0], "number")}
    path = export(tmp_path / "a.parquet", made)
    wanted: Mapping[str, Kind] = {"x": "text", "n": "number"}

    found, *_ = on_every_engine(path, [], wanted, notation=Notation(missing=frozenset({"NA"})))
    left = "a value may stand for an empty cell"
    one, *_ = on_every_engine(
        path, [], wanted, notation=Notation(missing=frozenset({"1"})), left=left
    )

    assert found["x"] == [None, None, "a"]
    assert one["n"] == [None, 2.5, 4.0]


def test_blanks_are_kept_where_that_is_said(tmp_path: Path) -> None:
    path = export(tmp_path / "a.parquet", {"x": ([" a ", "a", " "], "text")})

    found, *_ = on_every_engine(path, [], {"x": "text"}, notation=Notation(keeps_blanks=True))

    assert found["x"] == [" a ", "a", None]


def test_times_of_the_old_kind_are_left_to_the_other_engine(tmp_path: Path) -> None:
    made = {"at": ([NOON, NOON], "date"), "x": (["a", "b"], "text")}
    path = export(tmp_path / "a.parquet", made, use_deprecated_int96_timestamps=True)

    on_every_engine(path, [], {"at": "date", "x": "text"}, left="is of the type INT96")


def test_a_row_that_holds_the_sums_of_the_others_is_refused(tmp_path: Path) -> None:
    items = ["pizza", "cola", "bread", "wine", "Total"]
    made = {"item": (items, "text"), "n": ([1.0, 2.0, 4.0, 5.0, 12.0], "number")}
    path = export(tmp_path / "a.parquet", made)
    wanted: Mapping[str, Kind] = {"item": "text", "n": "number"}

    with pytest.raises(DataError, match="holds the sums of the others"):
        on_every_engine(path, [RULES["sum"]], wanted, left="a row may hold the sums of the others")
    on_every_engine(path, [RULES["sum"]], wanted, keeps_totals=True)


@pytest.mark.parametrize("checked", [False, True])
def test_damage_that_checksums_tell_is_told(checked: bool, tmp_path: Path) -> None:
    made = {"x": (["a"] * 5_000, "text"), "n": ([float(n) for n in range(5_000)], "number")}
    path = export(
        tmp_path / "a.parquet", made, group=2_500, compression="none", use_dictionary=False,
        write_page_checksum=checked,
    )  # fmt: skip
    wanted: Mapping[str, Kind] = {"x": "text", "n": "number"}
    rules = ["sum: {of: n, per: x, as: k}"]

    assert ParquetSource(path, name="a").has_checksums == checked
    assert on_every_engine(path, rules, wanted)[0]["k"] == [5_000 * 4_999 / 2]
    written = bytearray(path.read_bytes())
    written[written.index(pa.array([4_321.0]).buffers()[1].to_pybytes()[:8])] ^= 1
    path.write_bytes(written)
    if checked:
        with pytest.raises(DataError, match="the Parquet file is damaged"):
            on_every_engine(path, rules, wanted, left="the Parquet file is damaged")


def test_names_that_differ_by_case_and_odd_names(tmp_path: Path) -> None:
    made = {"Item": (["x"], "text"), 'it"em ': (["y"], "text")}
    path = export(tmp_path / "it's.parquet", made)

    on_every_engine(path, [], {"Item": "text", 'it"em': "text"})
    path = export(tmp_path / "b.parquet", {"Item": (["x"], "text"), "item": (["y"], "text")})
    on_every_engine(path, [], {"Item": "text"}, left="differ only by case")


def test_lines_are_counted_from_1(tmp_path: Path) -> None:
    made = {"x": ([f"{n % 3}" for n in range(2_500)], "text"), "n": ([1.0] * 2_500, "number")}
    path = export(tmp_path / "a.parquet", made)
    first = ["drop_duplicates: {of: x}", "sum: {of: n, per: x, as: k}"]

    found, *_ = on_every_engine(path, first, {"x": "text", "n": "number"}, notation=PLAIN)

    assert found["k"] == [1.0, 1.0, 1.0]
