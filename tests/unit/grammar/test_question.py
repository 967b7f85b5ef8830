"""What may be asked of exports, and where a question goes wrong."""

from __future__ import annotations

import pytest

from mlcli.grammar.phrases import PhraseError
from mlcli.grammar.question import AskedFor, question


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("quantity", AskedFor("value", "quantity")),
        ("Lineitem quantity", AskedFor("value", "Lineitem quantity")),
        ("suggest game_name", AskedFor("suggest", "game_name")),
        ("count of rows per week", AskedFor("count", per="week")),
        ("Count OF Rows PER Day", AskedFor("count", per="day")),
        ("sum of a b per month", AskedFor("sum", "a b", per="month")),
        (
            "sum of quantity where item_name is pizza per day",
            AskedFor("sum", "quantity", ("item_name", "pizza"), "day"),
        ),
        (
            "count of rows where kind of pizza is is per unit per day",
            AskedFor("count", "", ("kind of pizza", "is per unit"), "day"),
        ),
        ('sum of "sold per day" per day', AskedFor("sum", "sold per day", per="day")),
        ('"say ""cheese"""', AskedFor("value", 'say "cheese"')),
        ("orders: quantity", AskedFor("value", "quantity", export="orders")),
        (
            '"my till.csv": count of rows per day',
            AskedFor("count", per="day", export="my till.csv"),
        ),
        ("suggest", AskedFor("value", "suggest")),
        ('"suggest x"', AskedFor("value", "suggest x")),
    ],
)
def test_a_question_is_read_and_typed_again(text: str, read: AskedFor) -> None:
    assert question(text) == read
    assert question(read.text) == read


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("", "nothing is asked", "suggest COLUMN"),
        ("orders:", "nothing is asked", "suggest COLUMN"),
        ("sum of x", "after 'sum of x' it is not said per what", "per day"),
        ("sum of x per dya", "after 'sum of x per' day, week or month may stand", "'day'"),
        ("sum of x per year", "not 'year'", "per day"),
        ("sum of per day", "a column should stand before 'per'", "sum of COLUMN"),
        ("sum of where a is b per day", "a column should stand before 'where'", "sum of COLUMN"),
        (
            "count of guests per day",
            "after 'count of' only rows may stand",
            "count of rows per day",
        ),
        ("sum of x where y per day", "after 'sum of x where' a column, is, and", "COLUMN is VALUE"),
        ("sum of x where y is per day", "after 'sum of x where'", "COLUMN is VALUE"),
        ("sum of x where is y per day", "after 'sum of x where'", "COLUMN is VALUE"),
    ],
)
def test_what_is_no_question_says_where_and_what_may_stand(text: str, said: str, hint: str) -> None:
    with pytest.raises(PhraseError) as caught:
        question(text)

    assert said in str(caught.value)
    assert hint in caught.value.hint
