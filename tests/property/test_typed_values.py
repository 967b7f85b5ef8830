"""Values with types say the same at once as one by one: values, lines, or the error."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.errors import DataError
from mlcli.exports import parquet, values_of_cells
from mlcli.exports.typed_values import TypedColumn
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, Notation
from mlcli.grammar.number_notation import PointsMet
from mlcli.tables import join

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlcli.grammar.cells import Kind

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))  # more in `make slow`
ROME = ZoneInfo("Europe/Rome")
NOTATIONS = [
    PLAIN,
    Notation(missing=frozenset({"NA", "-"})),
    Notation(missing=frozenset({"1", "2.5", "2023-06-08", "true"})),
    Notation(decimal=","),
]
ALL: tuple[Kind, ...] = ("number", "date", "boolean", "text", "any", "either")

whole = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([1, 2, 2**53 - 1, 2**53, 2**53 + 1])
doubles = st.floats() | st.sampled_from([1.0, 2.5, 1e100, 1.1e100, 1e16, -0.0, 1e-7])
times = st.datetimes() | st.just(datetime(2023, 6, 8))
words = st.text(max_size=5) | st.sampled_from(
    ["NA", " NA ", "-", "1", " 2.5", "2023-06-08", "true", *cells.SPACES, "x" * 100_000, "x" * 100_001]
)  # fmt: skip
TYPES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (pa.int64(), whole),
    (pa.uint8(), st.integers(0, 255)),
    (pa.float64(), doubles),
    (pa.float32(), st.floats(width=32)),
    (pa.decimal128(15, 6), st.decimals(-(10**9) + 1, 10**9 - 1, places=6)),
    (pa.decimal128(30, 10), st.decimals(-(10**19), 10**19, places=10)),
    (pa.bool_(), st.booleans()),
    (pa.string(), words),
    (pa.dictionary(pa.int8(), pa.string()), words),
    (pa.date32(), st.dates() | st.just(date(2023, 6, 8))),
    (pa.timestamp("us"), times),
    (pa.timestamp("us", "UTC"), times.map(lambda one: one.replace(tzinfo=UTC))),
    (pa.timestamp("us", "Europe/Rome"), times.map(lambda one: one.replace(tzinfo=UTC))),
    (pa.timestamp("us", "+02:00"), times.map(lambda one: one.replace(tzinfo=UTC))),
    (pa.list_(pa.string()), st.lists(st.text(max_size=3), max_size=3)),
]
Made = list[Any] | tuple[str, str, str]


def made(column: TypedColumn, values: Callable[[TypedColumn], Any]) -> Made:
    """Return the values of a column as plain Python has them, or the error."""
    try:
        found = join.values(values_of_cells.frame({"c": (values(column), column.kind)})["c"])
    except DataError as error:
        return error.problems[0].place, error.problems[0].message, error.problems[0].hint
    return found


@pytest.mark.parametrize(("type_", "some"), TYPES, ids=lambda one: str(one)[:30])
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_a_column_at_once_is_what_its_values_are_one_by_one(
    type_: Any, some: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    array = pa.array(data.draw(st.lists(st.none() | some, max_size=6)), type_)
    kind, notation = data.draw(st.sampled_from(ALL)), data.draw(st.sampled_from(NOTATIONS))
    zone = data.draw(st.sampled_from([None, ROME]))
    points = PointsMet(notation)
    columns = [
        TypedColumn("c", kind, position=0, notation=notation, zone=zone, points=points)
        for _ in range(3)
    ]
    lines, objects = range(1, len(array) + 1), array.to_pylist()

    among = [one for one in objects if isinstance(one, str)]
    one_by_one = made(
        columns[0],
        lambda c: (
            c.moments(objects, lines, among)[0]
            if kind == "date"
            else [c.value(*of, among) for of in zip(objects, lines, strict=True)]
        ),
    )

    for found in (
        made(columns[1], lambda column: parquet._values(array, column, lines)),
        made(columns[2], lambda column: column.values(objects, lines)),
    ):
        if kind == "either" and set(map(type, found)) & {float}:
            assert found == [one and notation.number(one) for one in one_by_one]
        else:
            assert found == one_by_one


def test_an_offset_is_compared_with_that_of_times_before() -> None:
    column = TypedColumn(
        "c", "date", position=0, notation=PLAIN, zone=None, points=PointsMet(PLAIN)
    )
    there = [datetime(2023, 6, 8, 19, tzinfo=UTC) + timedelta(hours=hour) for hour in range(3)]

    found = column.values(there, range(1, 4)).astype(object).tolist()
    assert found == [one.replace(tzinfo=None) for one in there]
    with pytest.raises(DataError, match="has no offset from UTC, and line 1 has one"):
        column.values([datetime(2023, 6, 9)], [4])
