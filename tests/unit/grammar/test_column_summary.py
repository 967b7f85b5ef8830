"""What a column holds, against pandas and by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from mlcli.grammar.column_summary import Summary

D = datetime


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
