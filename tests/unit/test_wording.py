"""Tables of plain text stand in columns as a terminal shows them."""

from __future__ import annotations

import pytest

from mlcli import wording
from mlcli.definition.yaml_text import Document


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Myst", 4),
        ("日本東京大阪京都", 16),
        ("ｱ", 1),  # a half-width letter
        ("Ａ", 2),  # a full-width one
        ("Zoe\u0308", 3),  # a mark above the letter before it
        ("か\u3099", 2),  # a mark that is wide itself
        ("\u0928\u0941", 1),  # a vowel below, which combines with no class of its own
        ("🍕", 2),
    ],
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, columns: int) -> None:
    assert wording.width(text) == columns


def test_columns_line_up_under_letters_of_any_width() -> None:
    rows = [["town", "guests", "note"], ["日本東京", "7", ""], ["Zoe\u0308", "12", "a\tb"]]

    assert wording.aligned(rows, [False, True, False]) == [
        "town      guests  note",
        "日本東京       7",
        "Zoe\u0308           12  a\\tb",
    ]


@pytest.mark.parametrize(
    "value",
    [
        *("a: b", "a, b", "a #1", "#1", '"quoted"', "[x", "{x}", "- x", "-5", "no", "on", "1e3"),
        *("", " tea", "tea ", "18:30", "null", "true", "~", "a\nb", "it's", "€", "Größe", "%d.%m"),
        *("a\tb", "\u2028", "n/a", "back\\slash", "*x", "&x", "!x", "|", ">", "@x", "`x", "? x"),
        *(3, 0.1, True, None, ["tea", " tea", "a, b"], {"a: b": ["no", 1], "x": {"y": "["}}),
    ],
)
def test_b04_what_is_written_as_yaml_is_read_back_as_itself(value: object) -> None:
    assert Document(f"key: {wording.in_yaml(value)}\n").value == {"key": value}
    assert Document(f"key: [{wording.in_yaml(value)}]\n").value == {"key": [value]}


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        (["1", "10", "11", "2"], ["1", "2", "10", "11"]),
        (["Friday", "Monday", "Sunday"], ["Monday", "Friday", "Sunday"]),
        (["quiz", "10", "Monday"], ["quiz", "10", "Monday"]),
    ],
)
def test_numbers_and_weekdays_are_listed_as_they_follow(
    words: list[str], listed: list[str]
) -> None:
    assert wording.in_order(words) == listed
