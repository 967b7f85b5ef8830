"""Tables of plain text stand in columns as a terminal shows them."""

from __future__ import annotations

import pytest

from mlcli import wording


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
