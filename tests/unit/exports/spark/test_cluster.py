"""Files of a cluster, of which no byte is read here: the same table, or a refusal."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tables import rule
from unit.exports.test_rules_on_every_engine import (
    CELLS,
    NO_CELLS,
    READABLE,
    STRUCTURES,
    EachRow,
    export,
    outcome,
    take,
)

from mlcli.definition.source import Source
from mlcli.errors import DataError, EnvironmentProblemError
from mlcli.exports import reading
from mlcli.exports.reading_progress import Watch
from mlcli.exports.spark import cluster
from mlcli.exports.spark.cluster import ClusterSource
from mlcli.exports.spark.session import Queries
from mlcli.exports.spark.spark_engine import SparkEngine
from mlcli.grammar.cells import Kind
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.store.ledger import SourceCount
from mlcli.tables.rules_over_chunks import Passage, by_chunks

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def engine(spark_url: str) -> Iterator[SparkEngine]:
    """An engine to which nothing may come home."""
    with closing(SparkEngine(url=spark_url)) as engine:
        yield engine


@pytest.fixture(autouse=True)
def _all_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "AT_ONCE", -1)


def lying(
    engine: SparkEngine, named: str | list[str], notation: Notation = PLAIN, **how: Any
) -> ClusterSource:
    """Open files as those of a cluster."""
    described = Source.model_validate({"file": named, "totals": "keep", **how})
    source = engine.on_cluster(described, partial(reading.source, Path("/"), described))
    assert isinstance(source, ClusterSource)
    if notation is not PLAIN:
        source.notation = source.beginning.notation = notation
    return source


def rows_of(
    engine: SparkEngine, source: ClusterSource, kinds: dict[str, Kind], *rules: str
) -> Counter[tuple[Any, ...]]:
    """Return how often each row is there, by one query."""
    told: dict[str, Kind] = {n: "text" if kind == "any" else kind for n, kind in kinds.items()}
    each = EachRow(per="row", told=told, **{"as": "rows"})
    steps = [*map(rule, rules), each]
    account = SourceCount("till", source.name)
    (made,) = engine.through(Passage(source, steps, kinds, account, None))
    table = {name: made[name].to_list() for name in made.columns}
    found = each.rows(table)
    assert account.rows == found.total() or rules
    return found


def here(path: Path, kinds: dict[str, Kind], **how: Any) -> Counter[tuple[Any, ...]] | DataError:
    """Return the same of the files here, by pandas."""
    found = outcome(lambda: take(by_chunks, path, [], kinds, **how))
    if isinstance(found, DataError):
        return found
    table = found[0]
    return Counter(zip(*(table[name] for name in kinds), strict=True))


def test_several_files_are_one_export(engine: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfa,b,at\r\n1,x,2023-06-11\r\n2.5,,\r\n")
    (tmp_path / "b.csv").write_text('a,b,at\n-3,"y, ""z""",2023-06-11T19:30\n+4, x ,\n')
    (tmp_path / "README").write_text("no export\n", encoding="utf-8")
    kinds: dict[str, Kind] = {"b": "text", "a": "number", "at": "date"}

    source = lying(engine, f"file://{tmp_path}/")

    assert source.files == (f"file://{tmp_path}/a.csv", f"file://{tmp_path}/b.csv")
    assert rows_of(engine, source, kinds) == {
        ("x", 1.0, datetime(2023, 6, 11)): 1,
        (None, 2.5, None): 1,
        ('y, "z"', -3.0, datetime(2023, 6, 11, 19, 30)): 1,
        ("x", 4.0, None): 1,
    }
    assert source.trimmed == {"b": 1}
    assert [*source.digests()] == [f"{file} (its length and time)" for file in source.files]


def test_the_mark_of_utf_8_is_no_part_of_the_header(engine: SparkEngine, tmp_path: Path) -> None:
    rows = "".join(f"pizza,{at}\n" for at in range(9))
    (tmp_path / "a.csv").write_text(f"\ufeffitem,quantity\n{rows}", encoding="utf-8")

    source = lying(engine, f"file://{tmp_path}/a.csv")

    assert source.columns == ("item", "quantity")
    assert rows_of(engine, source, {"quantity": "number"}) == {(float(n),): 1 for n in range(9)}


def test_rows_that_are_the_same_stay_once(engine: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\nx,1\ny,2\nx,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("a,b\ny,2\nx,5\n", encoding="utf-8")

    source = lying(engine, [f"file://{tmp_path}/a.csv", f"file://{tmp_path}/b.csv"])
    kinds: dict[str, Kind] = {"a": "text", "b": "number"}
    found = rows_of(engine, source, kinds, "drop_duplicates: {}")

    assert found == {("x", 1.0): 1, ("y", 2.0): 1, ("x", 5.0): 1}
    with pytest.raises(DataError, match="no server says which of its rows stands first"):
        rows_of(engine, source, kinds, "drop_duplicates: {of: a}")


def test_a_file_of_many_parts_is_one_file(engine: SparkEngine, tmp_path: Path) -> None:
    path, word = tmp_path / "a.csv", "x" * 1_000
    path.write_text("a,b\n" + f"1,{word}\n" * 22_000, encoding="utf-8")  # servers part 10 MB
    source = lying(engine, f"file://{path}")

    assert source.files == (f"file://{path}",)
    assert rows_of(engine, source, {"a": "number", "b": "text"}) == {(1.0, word): 22_000}


def test_a_column_that_is_empty_has_no_sum(engine: SparkEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n,x,5\n,y,7\n,z,9\n", encoding="utf-8")

    source = lying(engine, f"file://{path}", totals=None)

    kinds: dict[str, Kind] = {"a": "number", "b": "text", "c": "number"}
    assert rows_of(engine, source, kinds) == {
        (None, "x", 5.0): 1,
        (None, "y", 7.0): 1,
        (None, "z", 9.0): 1,
    }


REFUSED = {
    "a line too short": ("a,b\n1,2\n3\n", "it is not written regularly: '3'"),
    "a bare quote": ('a,b\n1,2\n3,x"y\n', "it is not written regularly: '3,x\"y'"),
    "a line break in a cell": ('a,b\n1,"x\ny"\n', "it is not written regularly"),
    "a header again": ("a,b\n1,2\na,b\n3,4\n", "another number of rows is found in it"),
    "a cell that is none": ("a,b\n1,2\n1_0,3\n", "column 'a': '1_0' is not a number"),
    "points that group": ("a,b\n1.500,2\n2.250,3\n", "where points group digits"),
    "totals": ("a,b\n1,x\n2,y\n3,z\n6,all\n", "a row may hold the sums of the others"),
    "no rows": ("a,b\n", "no row was found in it"),
    "a cell that looks like a fault": ("a,b\n1,2\nUNAVAILABLE,3\n", "column 'a': 'UNAVAILABLE' is"),
    "an offset": ("a,b\n1,2023-06-08 19:30+02:00\n", "times with an offset"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named(name: str, engine: SparkEngine, tmp_path: Path) -> None:
    content, said = REFUSED[name]
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    kinds: dict[str, Kind] = {"a": "number", "b": "date" if "offset" in name else "text"}

    with pytest.raises(DataError) as raised:
        rows_of(engine, lying(engine, f"file://{path}", totals=None), kinds)

    assert said in raised.value.problems[0].message
    assert raised.value.problems[0].place == f"file://{path}"


def test_files_are_read_twice_and_no_more(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the query, which adds numbers up beside, and for the number of lines."""
    path, asked, fetched = tmp_path / "a.csv", [0], Queries.fetched
    path.write_text("a,b\n1,2.5\n2,3.5\n2,7.25\n", encoding="utf-8")

    def counted(self: Queries, found: Any) -> Any:
        asked[0] += 1
        return fetched(self, found)

    monkeypatch.setattr(Queries, "fetched", counted)
    kinds: dict[str, Kind] = {"a": "text", "b": "number"}
    found = rows_of(engine, lying(engine, f"file://{path}", totals=None, decimal="."), kinds)

    assert found == {("1", 2.5): 1, ("2", 3.5): 1, ("2", 7.25): 1}
    assert asked == [2]


class Noted(Watch):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def starts(self, name: str, size: int | None) -> None:
        self.told.append((name, size))

    def ends(self) -> None:
        self.told.append("ends")


@pytest.mark.parametrize("at_once", [-1, 1_000])
def test_a_compressed_file_is_read(
    at_once: int, engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that is small, its copy; of another, Spark unpacks the lines."""
    monkeypatch.setattr(cluster, "AT_ONCE", at_once)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n2,y\n"))
    kinds: dict[str, Kind] = {"a": "number", "b": "text"}

    source = lying(engine, f"file://{tmp_path}/a.csv.gz")
    found = (
        rows_of(engine, source, kinds)
        if at_once < 0
        else Counter(zip(*(next(source.chunks(kinds))[name] for name in kinds), strict=True))
    )

    assert found == {(1.0, "x"): 1, (2.0, "y"): 1}


def test_it_is_told_what_is_read(spark_url: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n2\n", encoding="utf-8")
    watch = Noted()
    with closing(SparkEngine(watch, url=spark_url)) as engine:
        rows_of(engine, lying(engine, f"file://{path}"), {"a": "number"})

    assert watch.told == [(f"file://{path}", 6), "ends"]


def test_a_file_that_is_not_there_is_said(engine: SparkEngine, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the cluster finds no such file"):
        lying(engine, f"file://{tmp_path}/none.csv")


def test_files_with_other_columns_are_refused(engine: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("b,a\n1,2\n", encoding="utf-8")

    with pytest.raises(DataError, match="has its columns in another order"):
        lying(engine, f"file://{tmp_path}/*.csv")


def test_what_is_not_gathered_comes_home_if_it_may(
    spark_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_BY_BYTES", 5)
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"x\ny"\n2,z\n', encoding="utf-8")
    kinds: dict[str, Kind] = {"a": "number", "b": "text"}
    with closing(SparkEngine(url=spark_url, most=10)) as small:
        source = lying(small, f"file://{path}")
        with pytest.raises(EnvironmentProblemError, match="its rows would come home"):
            next(source.chunks(kinds))
    with closing(SparkEngine(url=spark_url, most=100)) as large:
        source = lying(large, f"file://{path}")

        (chunk,) = source.chunks(kinds)

        assert chunk["b"].to_list() == ["x\ny", "z"]
        assert rows_of(large, source, kinds).total() == 2  # by pandas, after a doubt
        assert large.notes == {f"file://{path}": "it is not written regularly"}


def test_bytes_that_are_no_letters_are_refused(engine: SparkEngine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 60 + b"2,\xe9\n")

    with pytest.raises(DataError, match=r"UTF-8|not written regularly"):
        rows_of(engine, lying(engine, f"file://{path}"), {"a": "number", "b": "text"})


@pytest.mark.slow
@pytest.mark.parametrize("name", STRUCTURES)
def test_what_no_strict_reader_takes_is_refused(
    name: str, engine: SparkEngine, tmp_path: Path
) -> None:
    content, path = STRUCTURES[name], tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(DataError):
        rows_of(engine, lying(engine, f"file://{path}"), {"a": "number", "b": "text"})


@pytest.mark.slow
@pytest.mark.parametrize("name", READABLE)
def test_what_a_strict_reader_takes_is_the_same_table_or_refused(
    name: str, engine: SparkEngine, tmp_path: Path
) -> None:
    (content, left), path = READABLE[name], tmp_path / "a.csv"
    path.write_bytes(content)
    kinds: dict[str, Kind] = {"a": "number", "b": "text"}

    found = outcome_of(engine, path, kinds)

    if not isinstance(found, DataError):
        assert found == here(path, kinds)
    else:
        assert left


def outcome_of(
    engine: SparkEngine, path: Path, kinds: dict[str, Kind], notation: Notation = PLAIN
) -> Counter[tuple[Any, ...]] | DataError:
    try:
        return rows_of(engine, lying(engine, f"file://{path}", notation), kinds)
    except DataError as error:
        return error


@pytest.mark.slow
@pytest.mark.parametrize("at", range(len(CELLS)))
def test_cells_are_read_by_one_grammar(at: int, engine: SparkEngine, tmp_path: Path) -> None:
    kind, cells, notation = CELLS[at]
    path = export(tmp_path / "a.csv", {"x": (cells, "text")})
    if not cells:
        return

    found = outcome_of(engine, path, {"x": kind}, notation)

    assert not isinstance(found, DataError), found
    assert found == here(path, {"x": kind}, notation=notation)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "cell"), NO_CELLS)
def test_a_cell_that_is_none_is_named(
    kind: Kind, cell: str, engine: SparkEngine, tmp_path: Path
) -> None:
    good = {"number": "1", "date": "2023-06-08", "boolean": "true"}[kind]
    path = export(tmp_path / "a.csv", {"x": ([good, good, cell, good], "text")})

    found = outcome_of(engine, path, {"x": kind})

    assert isinstance(found, DataError)
    assert repr(cell) in found.problems[0].message


@pytest.mark.slow
def test_no_setting_of_a_server_leaves_a_broken_file_out(spark_url: str, tmp_path: Path) -> None:
    """Of the two servers that tests run on, Apache Spark knows the settings."""
    rows = "".join(f"{at * 7919 % 100_003},x\n" for at in range(200_000))
    whole = gzip.compress(f"a,b\n{rows}".encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    with closing(SparkEngine(url=spark_url)) as engine:
        session = engine.connected().spark
        for name in ("ignoreCorruptFiles", "ignoreMissingFiles"):
            session.conf.set(f"spark.sql.files.{name}", "true")

        source = lying(engine, f"file://{tmp_path}/a.csv.gz")
        with pytest.raises(DataError):
            rows_of(engine, source, {"a": "number", "b": "text"})
