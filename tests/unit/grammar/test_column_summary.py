"""What a column holds, against pandas and by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.grammar import column_summary as summaries
from mlcli.grammar.column_summary import Summary

D = datetime


@pytest.mark.parametrize(
    ("values", "kind", "summary"),
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
def test_a_column_by_hand(values: list[Any], kind: str | None, summary: Summary) -> None:
    assert summaries.of_values(values, kind) == summary


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_are_summarised_as_pandas_does(values: list[float | None]) -> None:
    series = pd.Series(values, dtype="float64")
    found = summaries.of_values(values, "number" if series.notna().any() else None)

    assert found.missing == series.isna().sum()
    if series.notna().any():
        assert (found.low, found.high) == (series.min(), series.max())
        assert found.different == series.nunique()


@given(st.lists(st.none() | st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=30))
def test_words_are_counted_as_pandas_does(values: list[str | None]) -> None:
    found = summaries.of_values(values)
    counted = pd.Series(values, dtype="str").value_counts()

    assert dict(found.levels) == counted.to_dict()
    assert [n for _, n in found.levels] == sorted(counted.to_list(), reverse=True)
    assert found.missing == values.count(None)


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        (Summary("number", 0, 1.0, 59.0), "1 to 59"),
        (Summary("number", 0, 0.0, 2.5), "0 to 2.5"),
        (Summary("number", 0, 7.0, 7.0), "7"),
        (
            Summary("date", 0, D(2023, 1, 1), D(2023, 1, 2, 18, 30)),
            "2023-01-01 to 2023-01-02 18:30:00",
        ),
        (Summary("text", 0, levels=(("b", 1200), ("a", 1))), "b 1,200, a 1"),
        (
            Summary("text", 0, levels=tuple((c, 2) for c in "abcdef")),
            "a 2, b 2, c 2, d 2 and 2 more",
        ),
        (Summary("text", 0, levels=(("a", 1),)), "a 1"),
        (
            Summary("text", 0, levels=tuple((c, 1) for c in "abc")),
            "all different: a, b and 1 more",
        ),
        (Summary("text", 0, levels=(("a" * 40, 2), ("b\nb", 2))), f"{'a' * 27}... 2, b b 2"),
        (Summary("text", 3), ""),
        (Summary("number", 3), ""),
    ],
    ids=str,
)
def test_what_a_column_holds_in_words(summary: Summary, words: str) -> None:
    assert summary.holds() == words


def test_json_writes_dates_as_text_and_cuts_levels() -> None:
    dated = Summary("date", 0, D(2023, 1, 1), D(2023, 1, 2), 2)
    words = Summary("text", 1, different=2, levels=(("b", 2), ("a", 1)))

    assert dated.to_json(most=5)["low"] == "2023-01-01"
    assert words.to_json(most=1) == {
        "kind": "text",
        "missing": 1,
        "low": None,
        "high": None,
        "different": 2,
        "levels": [{"level": "b", "rows": 2}],
    }
