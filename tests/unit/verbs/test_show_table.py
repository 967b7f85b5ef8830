"""What a column of a table holds, against pandas and by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import column

from mlcli.grammar.column_summary import Summary
from mlcli.verbs.show_table import summary

D = datetime


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([3.0, None, 1.0, 3.0], None, Summary("number", 1, 1.0, 3.0, 2)),
        (
            [D(2023, 6, 8), None, D(2023, 1, 2)],
            None,
            Summary("date", 1, D(2023, 1, 2), D(2023, 6, 8), 2),
        ),
        (
            ["b", "a", "b", None, "c"],
            None,
            Summary("text", 1, different=3, levels=(("b", 2), ("a", 1), ("c", 1))),
        ),
        (
            [True, False, True],
            None,
            Summary("true/false", 0, different=2, levels=(("true", 2), ("false", 1))),
        ),
        # a month that is said to be a category is a word
        (
            [1.0, 12.0, 1.0],
            "category",
            Summary("category", 0, different=2, levels=(("1", 2), ("12", 1))),
        ),
        ([None, None], None, Summary("text", 2, different=0)),
        ([], None, Summary("text", 0, different=0)),
    ],
    ids=str,
)
def test_a_column_by_hand(values: list[Any], kind: str | None, expected: Summary) -> None:
    assert summary(column(values), kind) == expected


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_are_summarised_as_pandas_does(values: list[float | None]) -> None:
    series = pd.Series(values, dtype="float64")
    found = summary(column(values), "number" if series.notna().any() else None)

    assert found.missing == series.isna().sum()
    if series.notna().any():
        assert (found.low, found.high) == (series.min(), series.max())
        assert found.different == series.nunique()


@given(st.lists(st.none() | st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=30))
def test_words_are_counted_as_pandas_does(values: list[str | None]) -> None:
    found = summary(column(values))
    counted = pd.Series(values, dtype="str").value_counts()

    assert dict(found.levels) == counted.to_dict()
    assert [n for _, n in found.levels] == sorted(counted.to_list(), reverse=True)
    assert found.missing == values.count(None)
