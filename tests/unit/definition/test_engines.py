"""Which engine pays: by the size of the exports, what is gathered, and the memory that is free."""

from __future__ import annotations

from typing import Any

import pytest

from mlcli.definition import engines
from mlcli.definition.definition import Definition, build

GB = 10**9


def definition(engine: str = "pandas", *, gathers: bool = True, **how: Any) -> Definition:
    rules = [{"count": {"per": "day of at", "as": "n"}}] if gathers else []
    source = {"file": "a.csv", "rules": rules, **how}
    return build(
        {
            "sources": {"a": source},
            "date": "day" if gathers else "at",
            "features": ["x"],
            "label": "n",
            "model": "linear_regression",
            "engine": engine,
        }
    )


@pytest.mark.parametrize(
    ("asked", "size", "lies", "free", "said"),
    [
        (definition(), GB - 1, False, None, ()),
        (
            definition(),
            33 * GB // 10,
            False,
            None,
            (
                "the exports have 3.3 GB: the engine duckdb reads them on all cores:  --engine duckdb",
            ),
        ),
        (definition("duckdb"), 33 * GB // 10, False, None, ()),
        (
            definition("duckdb"),
            100 * GB,
            False,
            None,
            (
                "the exports have 100 GB: the engine spark reads them on several machines:  --engine spark",
            ),
        ),
        # rows take four times their bytes: 2 GB are 8, which is just half of 16
        (definition(gathers=False), 2 * GB, True, 16 * GB, ()),
        (
            definition(gathers=False),
            2 * GB,
            True,
            15 * GB,
            (
                (
                    "the exports have 2 GB, and their rows take about 8 GB of memory: "
                    "the engine duckdb leaves them where they lie:  --engine duckdb"
                ),
            ),
        ),
        (definition(gathers=False), 2 * GB, False, 15 * GB, ()),
        (definition(gathers=False), 2 * GB, True, None, ()),
    ],
)
def test_an_engine_pays_from_a_size_on(
    asked: Definition, size: int, lies: bool, free: int | None, said: tuple[str, ...]
) -> None:
    assert engines.that_pays(asked, size, lies=lies, free=free) == said


def test_no_engine_is_named_that_cannot_read_the_exports() -> None:
    workbook = definition(file="a.xlsx")

    assert engines.that_pays(workbook, 900 * GB, lies=False, free=GB) == ()
