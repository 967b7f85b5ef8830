"""Parquet files in Spark: the table that pandas makes of them, or a doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from tables import rule
from unit.exports.test_rules_on_every_engine import EachRow

from mlcli.definition.source import Source
from mlcli.errors import DataError
from mlcli.exports import reading
from mlcli.exports.parquet import ParquetSource
from mlcli.exports.spark.cluster import ClusterParquet
from mlcli.exports.spark.spark_engine import SparkEngine
from mlcli.grammar.cells import Kind
from mlcli.store.ledger import SourceCount
from mlcli.tables.rules_over_chunks import Passage

pytestmark = pytest.mark.spark

NOON = datetime(2023, 6, 11, 12)
TABLE = {
    "n": pa.array([1, None, -3, 2**40], pa.int64()),
    "x": pa.array([0.1, float("nan"), None, 1e99]),
    "price": pa.array([Decimal("0.10"), Decimal("-2.35"), None, Decimal("7.00")], pa.decimal128(18, 2)),
    "at": pa.array([NOON, None, datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)], pa.timestamp("us")),
    "day": pa.array([date(2023, 6, 11), date(1969, 12, 31), None, date(2024, 2, 29)]),
    "paid": pa.array([True, False, None, True]),
    "a word": pa.array(["crème", " x ", "", "\u00a0"]),
    "code": pa.array([7, None, -1, 0], pa.int32()),
}  # fmt: skip
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("n", "x", "price"), "number"),
    **dict.fromkeys(("at", "day"), "date"),
    "paid": "boolean",
    **dict.fromkeys(("a word", "code"), "text"),
}


@pytest.fixture(scope="module")
def engine(spark_url: str) -> Iterator[SparkEngine]:
    """An engine to which nothing may come home."""
    with closing(SparkEngine(url=spark_url)) as engine:
        yield engine


def lying(engine: SparkEngine, named: str, **how: Any) -> ClusterParquet:
    described = Source.model_validate({"file": named, "totals": "keep", **how})
    source = engine.on_cluster(described, partial(reading.source, Path("/"), described))
    assert isinstance(source, ClusterParquet)
    return source


def rows_of(
    engine: SparkEngine, source: Any, kinds: dict[str, Kind], *rules: str
) -> Counter[tuple[Any, ...]]:
    """Return how often each row is there, by one query."""
    each = EachRow(per="row", told=kinds, **{"as": "rows"})
    account = SourceCount("till", source.name)
    steps = [*map(rule, rules), each]
    (made,) = engine.through(Passage(source, steps, kinds, account, None))
    return each.rows({name: made[name].to_list() for name in made.columns})


def by_pandas(path: Path, kinds: dict[str, Kind]) -> Counter[tuple[Any, ...]]:
    source = ParquetSource(path, name=path.name, keeps_totals=True)
    (chunk,) = source.chunks(kinds)
    columns = [chunk[name].to_list() for name in kinds]
    cells = ([None if pd.isna(v) else v for v in column] for column in columns)
    return Counter(zip(*cells, strict=True))


def test_values_are_those_that_pandas_finds(engine: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "orders.parquet").mkdir()
    whole = pa.table(TABLE)
    parquet.write_table(whole.slice(0, 2), tmp_path / "orders.parquet/1.parquet")
    parquet.write_table(whole.slice(2), tmp_path / "orders.parquet/2.parquet")
    parquet.write_table(whole, tmp_path / "whole.parquet")
    source = lying(engine, f"file://{tmp_path}/orders.parquet/")

    assert rows_of(engine, source, KINDS) == by_pandas(tmp_path / "whole.parquet", KINDS)
    assert source.columns == tuple(TABLE)
    assert source.trimmed == {"a word": 1, "code": 0}
    assert len(source.digests()) == 2


def test_a_file_of_this_machine_is_read_too(engine: SparkEngine, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(TABLE), path)
    source = ParquetSource(path, name="t.parquet", keeps_totals=True)

    assert rows_of(engine, source, KINDS, "between: {n: 0 or more}").total() == 2
    assert engine.notes == {}


def test_a_type_that_the_server_does_not_know_is_a_doubt(spark_url: str, tmp_path: Path) -> None:
    column = pa.array(["x", "y", "x"]).dictionary_encode()
    parquet.write_table(pa.table({"c": column, "n": [1, 2, 3]}), tmp_path / "t.parquet")
    source = ParquetSource(tmp_path / "t.parquet", name="t.parquet", keeps_totals=True)
    with closing(SparkEngine(url=spark_url)) as engine, engine.told():
        found = rows_of(engine, source, {"c": "text"})

    assert found == {("x",): 2, ("y",): 1}


REFUSED: dict[str, tuple[Any, Kind, str]] = {
    "text for numbers": (pa.array(["1"]), "number", "its column 'c' holds text"),
    "a zone": (pa.array([NOON], pa.timestamp("us", "UTC")), "date", "is of the type timestamp"),
    "decimals for words": (pa.array([1.5]), "text", "is of the type double"),
    "a list": (pa.array([["x"]]), "text", "is of the type array"),
    "too large a number": (pa.array([1e101]), "number", "out of the ordinary"),
    "a number that no double is": (pa.array([2**53 + 1]), "number", "out of the ordinary"),
    "no rows": (pa.array([], pa.int64()), "number", "no row was found in it"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_out_of_the_ordinary_is_refused(
    name: str, engine: SparkEngine, tmp_path: Path
) -> None:
    column, kind, said = REFUSED[name]
    parquet.write_table(pa.table({"c": column}), tmp_path / "t.parquet")

    with pytest.raises(DataError, match=said):
        rows_of(engine, lying(engine, f"file://{tmp_path}/t.parquet"), {"c": kind})


def test_it_comes_home_where_it_may(spark_url: str, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"c": ["1", "2.5"]}), tmp_path / "t.parquet")
    with closing(SparkEngine(url=spark_url, most=10_000)) as large:
        source = lying(large, f"file://{tmp_path}/t.parquet")

        assert rows_of(large, source, {"c": "number"}) == {(1.0,): 1, (2.5,): 1}
        assert large.notes == {source.name: "its column 'c' holds text"}


def test_rows_that_are_the_same_stay_once(engine: SparkEngine, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"a": ["x", "y", "x"], "b": [1, 2, 1]}), tmp_path / "1.parquet")
    parquet.write_table(pa.table({"a": ["y", "x"], "b": [2, 5]}), tmp_path / "2.parquet")
    source = lying(engine, f"file://{tmp_path}/*.parquet")

    found = rows_of(engine, source, {"a": "text", "b": "number"}, "drop_duplicates: {}")

    assert found == {("x", 1.0): 1, ("y", 2.0): 1, ("x", 5.0): 1}


def test_what_is_no_parquet_file_is_refused(engine: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(DataError, match="Spark cannot read it"):
        lying(engine, f"file://{tmp_path}/t.parquet")


def test_a_row_of_sums_is_refused(engine: SparkEngine, tmp_path: Path) -> None:
    parquet.write_table(pa.table({"n": [1, 2, 3, 4, 10]}), tmp_path / "t.parquet")
    source = lying(engine, f"file://{tmp_path}/t.parquet", totals=None)

    with pytest.raises(DataError, match="a row may hold the sums of the others"):
        rows_of(engine, source, {"n": "number"})


def test_sums_of_large_numbers_are_rounded_once(engine: SparkEngine, tmp_path: Path) -> None:
    values = [2**52 - 1, 2**52 - 1, 0.5, 1e-3] * 8
    parquet.write_table(pa.table({"k": ["x"] * 32, "n": values}), tmp_path / "t.parquet")
    source = lying(engine, f"file://{tmp_path}/t.parquet")
    kinds: dict[str, Kind] = {"k": "text", "n": "number"}
    steps = [rule("sum: {of: n, per: k, as: n}")]

    (made,) = engine.through(Passage(source, steps, kinds, SourceCount("t", "t"), None))

    assert made["n"].to_list() == [float(sum(map(Fraction, values)))]
