"""Records as JSON and back: what is written, what is left out, what is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pytest

from mlcli.store import records
from mlcli.store.records import ABSENT, Absent


class Point(NamedTuple):
    x: float
    name: str | None = None


class Span(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Drawing:
    class_: Literal["line", "dots"]
    hole: Point | Absent | None = ABSENT
    parts: tuple[Point | Span, ...] = ()
    ends: tuple[float, float]
    by_name: Mapping[str, int]


DRAWING = Drawing(
    class_="line", parts=(Point(1, "a"), Span(1.5, 2)), ends=(0, 1.0), by_name={"a": 1}
)
WRITTEN = {
    "class": "line",
    "parts": [{"x": 1, "name": "a"}, {"low": 1.5, "high": 2}],
    "ends": [0, 1.0],
    "by_name": {"a": 1},
}


def test_a_record_is_written_by_its_fields_and_read_again() -> None:
    assert records.to_json(DRAWING) == WRITTEN
    assert list(records.to_json(DRAWING)) == list(WRITTEN)
    assert records.from_json(Drawing, WRITTEN) == DRAWING


def test_null_is_another_thing_than_no_key() -> None:
    with_null = {**WRITTEN, "hole": None}

    found = records.from_json(Drawing, with_null)

    assert found.hole is None
    assert records.to_json(found) == with_null


def test_a_default_has_no_key_and_an_unknown_key_is_passed_over() -> None:
    assert records.to_json(Point(1.0)) == {"x": 1.0}
    assert records.from_json(Point, {"x": 1.0, "colour": "red"}) == Point(1.0)


def test_what_is_known_is_not_read() -> None:
    assert records.from_json(Point, {"x": "?"}, x=3.0) == Point(3.0)


@pytest.mark.parametrize(
    "change",
    [
        *({"class": "circle"}, {"class": None}, {"ends": [0]}, {"ends": [0, 1, 2]}, {"ends": "01"}),
        *({"ends": [True, 1]}, {"by_name": [1]}, {"by_name": {"a": 1.0}}, {"by_name": None}),
        *({"parts": {}}, {"parts": [{}]}, {"parts": ["x"]}, {"hole": 1}),
    ],
    ids=str,
)
def test_what_is_no_such_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        records.from_json(Drawing, {**WRITTEN, **change})


@pytest.mark.parametrize("data", [None, [], "text", 1, {}])
def test_what_is_no_object_is_refused(data: object) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        records.from_json(Drawing, data)
