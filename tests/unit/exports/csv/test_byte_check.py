"""A ragged file without quotes: DuckDB refuses it, or our look at its structure does."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlcli.exports.csv.byte_check import ByteChecks
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import DoubtError
from mlcli.exports.duckdb.cells_in_sql import file
from mlcli.exports.reading_progress import UNWATCHED

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`
BEYOND = 900_000
"""Rows that are more than DuckDB reads into one of its buffers, which holds 16 MiB."""


def accepted(path: Path) -> bool:
    """Say whether the look takes a file, and DuckDB too, whatever columns it is asked for."""
    source = CsvSource([(path, path.name)])
    reader = source.readers[0]
    with closing(ByteChecks(UNWATCHED)) as looks:
        try:
            found = looks.at(source).rows()
        except DoubtError:
            return False
    columns = [f"c{at}" for at in range(len(reader.columns))]
    everything = ", ".join(f"max({column})" for column in columns)
    return any(counted(asked, reader) == found for asked in (everything, "max(c0)", "1"))


def counted(asked: str, reader: CsvReader) -> int | None:
    """Return the number of rows that DuckDB finds when asked, ``None`` if it refuses."""
    import duckdb

    try:
        with duckdb.connect() as connection:
            sql = f"SELECT count(*), {asked} FROM {file(reader)}"
            return int(connection.execute(sql).fetchall()[0][0])
    except duckdb.Error:
        return None


def lines(widths: list[int], cell: str) -> list[str]:
    return [",".join([cell] * width) for width in widths]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    width=st.integers(2, 5),
    rows=st.integers(60, 90),
    faults=st.lists(st.tuples(st.integers(0, 89), st.integers(-5, 4)), min_size=1, max_size=4),
    balanced=st.booleans(),
    cell=st.sampled_from(["1", "", "ab", "é"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
)
def test_no_ragged_file_is_taken(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    rows: int,
    faults: list[tuple[int, int]],
    balanced: bool,
    cell: str,
    ending: str,
    closed: bool,
) -> None:
    widths = [width] * rows
    for at, by in faults:
        widths[at % rows] = max(0, width + by)
    if balanced:  # what some lines have too many, the first or the last ones lack
        for at in (*range(3), *range(rows - 3, rows)):
            over = sum(widths) - width * rows
            widths[at] = max(0, widths[at] - over)
    made = [*lines(widths, cell)]
    path = tmp_path_factory.mktemp("ragged") / "a.csv"
    header = ",".join(f"x{at}" for at in range(width))
    text = ending.join([header, *made]) + (ending if closed else "")
    path.write_bytes(text.encode())
    even = all(w == width for w in widths)

    if even:
        return
    assert not accepted(path)


FAR = [
    (short, long, closed, ending)
    for (short, long), closed, ending in product(
        [(0, -1), (-2, -1), (-1, 5), (BEYOND - 4, BEYOND - 3), (5, BEYOND // 2)],
        [True, False],
        ["\n", "\r\n"],
    )
]
ALWAYS = [
    (0, -1, True, "\r\n"),
    (-2, -1, False, "\n"),
    (BEYOND - 4, BEYOND - 3, True, "\n"),
    (5, BEYOND // 2, False, "\r\n"),
]


@pytest.mark.parametrize(
    ("short", "long", "closed", "ending"),
    [pytest.param(*far, marks=[] if far in ALWAYS else [pytest.mark.slow]) for far in FAR],
)
def test_faults_far_into_a_file_that_even_out_are_found(
    short: int, long: int, closed: bool, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    made = ["some words of a cell,and others of the next,3"] * BEYOND
    assert accepted(written(path, made, ending, closed=closed))

    made[short] = "some words of a cell,3"
    made[long] += ",4"

    assert not accepted(written(path, made, ending, closed=closed))


def written(path: Path, made: list[str], ending: str, *, closed: bool) -> Path:
    path.write_bytes((ending.join(["a,b,c", *made]) + ending * closed).encode())
    return path
