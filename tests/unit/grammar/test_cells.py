"""The closed grammar of one cell, against Python's own exact arithmetic."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.grammar import cells
from mlcli.grammar.cells import CellError

ISO = "write year-month-day, such as 2023-06-08 or 2023-06-08 19:30"
EITHER = (
    "write the year first: 2023-06-08 if the day stands first here, 2023-08-06 if the month does"
)
PLAINLY = "write digits and a decimal point only, such as 3.5"


# ---- numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("12", 12.0),
        ("-3.5", -3.5),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("007", 7.0),
        ("1e3", 1000.0),
        ("2.5E-3", 0.0025),
        ("  7\t", 7.0),
        ("\u00a07\u00a0", 7.0),
        ("1e-400", 0.0),
        ("1e100", 1e100),
        ("-1e100", -1e100),
    ],
)
def test_a_number_is_digits_a_point_and_an_exponent(text: str, number: float) -> None:
    assert cells.is_number(text)
    assert cells.to_number(text) == number


@pytest.mark.parametrize(
    "text",
    # Each of these is read wrongly by one reader or another, in the last bit.
    [
        "0.1",
        "2.2250738585072011e-308",
        "8.10109172351e-10",
        "9007199254740992.999999999999999999999999999",
        "0.500000000000000166533453693773481063544750213623046875",
        "1.8254370818746402660437411213933955878019332885742187",
        "100000000000000016777215.5",
        "62.5364939768271845828",
        "5e-324",
    ],
)
def test_a_number_is_rounded_to_the_nearest_double(text: str) -> None:
    read, exact = Fraction(cells.to_number(text)), Fraction(Decimal(text))

    step = max(Fraction(2) ** -1074, abs(exact) / 2**53)
    assert abs(read - exact) <= step
    assert cells.to_number(text) == float(Decimal(text))


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e100, 1e100))
def test_a_number_that_was_written_in_full_is_read_as_it_was(number: float) -> None:
    assert cells.to_number(repr(number)) == number


# fmt: off
NO_NUMBERS = [
    "", " ", "many", "1_000", "１２", "٣", "0x10", "1e", "e3", ".", "-", "+", "--3", "1.2.3",
    "1 2", "½", "nan", "inf", "-Infinity", "1,5", "€3", "3%", "=3", "true", "1e3.5", "1\n2",
    "²",
]
# fmt: on


@pytest.mark.parametrize(
    "text",
    NO_NUMBERS,
)
def test_anything_else_is_no_number(text: str) -> None:
    assert not cells.is_number(text)
    with pytest.raises(CellError, match="is not a number"):
        cells.to_number(text)


NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@settings(max_examples=500)
@given(st.text("+-.eE0159_ n\t\u0663\uff11\u00a0ai", max_size=12) | st.text(max_size=6))
def test_what_is_a_number_can_be_said_as_a_pattern(text: str) -> None:
    assert cells.is_number(text) is bool(NUMBER.fullmatch(text.strip()))


@pytest.mark.parametrize("text", ["1e101", "-1e101", "1e400", "-1e400", "1" * 102])
def test_a_number_whose_square_no_double_holds_is_too_large(text: str) -> None:
    with pytest.raises(CellError, match="is too large a number") as caught:
        cells.to_number(text)

    assert caught.value.hint == "numbers are read up to 1e100"


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("3,5", ["3.5"]),
        ("-3,5", ["-3.5"]),
        ("0,125", ["0.125"]),
        (",5", [".5"]),
        ("1,234", ["1234", "1.234"]),
        ("-1,234", ["-1234", "-1.234"]),
        ("12,345,678", ["12345678"]),
        ("1234,567", ["1234.567"]),
        ("1.234,5", ["1234.5"]),
        ("1,234.5", ["1234.5"]),
        ("1.234.567", ["1234567"]),
        ("€ 1.234", ["1234", "1.234"]),
        ("€ 0.123", ["0.123"]),
        ("1 234", ["1234"]),
        ("1\u202f234,50", ["1234.50"]),
        ("1'234.50", ["1234.50"]),
        ("1_000", ["1000"]),
        ("€3", ["3"]),
        ("3,50 €", ["3.50"]),
        ("$ 1,234", ["1234", "1.234"]),
        ("£9.99", ["9.99"]),
        ("12%", ["12"]),
        ("１２", ["12"]),
    ],
)
def test_a_number_written_otherwise_has_readings(text: str, readings: list[str]) -> None:
    assert cells.readings(text) == readings


# fmt: off
NO_OTHER_READING = [
    "", "3.5", "3", " 3 ", "many", "1,2,3", "3,5,", "1,23,4567", "a1", "12 pm", "$", "%", "½",
    "1.2.3", "8.6.2023", "2023-06-08", "inf", "nan", "1,234,56",
]
# fmt: on


@pytest.mark.parametrize(
    "text",
    NO_OTHER_READING,
)
def test_what_is_a_number_already_or_none_at_all_has_no_other_reading(text: str) -> None:
    assert cells.readings(text) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 99))
def test_the_reading_of_a_price_is_its_number(whole: int, cents: int) -> None:
    exact = float(f"{whole}.{cents:02}")

    for written in (f"{whole:,}.{cents:02}", f"€ {whole},{cents:02}", f"{whole:_},{cents:02} $"):
        assert [float(r) for r in cells.readings(written)] in ([exact], []), written
    dutch = f"{whole:,}".replace(",", ".") + f",{cents:02}"
    assert [float(r) for r in cells.readings(dutch)] == [exact]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("3,5", "write it as 3.5"),
        ("1,234", "write 1234 if the comma groups thousands, 1.234 if it marks the decimals"),
        ("€1.234", "write 1234 if the point groups thousands, 1.234 if it marks the decimals"),
        ("NaN", "leave the cell empty where there is no number"),
        (" - ", "leave the cell empty where there is no number"),
        ("null", "leave the cell empty where there is no number"),
        ("inf", PLAINLY),
        ("many", PLAINLY),
        ("", PLAINLY),
    ],
)
def test_the_hint_says_what_to_write_instead(text: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        cells.to_number(text)

    assert caught.value.hint == hint


def test_a_long_cell_is_cut_off_in_messages() -> None:
    assert cells.shown("x" * 60) == f"'{'x' * 60}'"
    assert cells.shown("x" * 61) == f"'{'x' * 60}...'"
    assert cells.shown("a\x1b[2J\n") == r"'a\x1b[2J\n'"
    with pytest.raises(CellError) as caught:
        cells.to_number("9" * 200_000)
    assert len(str(caught.value)) < 100


# ---- dates -----------------------------------------------------------------------------

ROME_SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2023-06-08", datetime(2023, 6, 8)),
        (" 2023-06-08 ", datetime(2023, 6, 8)),
        ("2023-06-08 19:30", datetime(2023, 6, 8, 19, 30)),
        ("2023-06-08T19:30", datetime(2023, 6, 8, 19, 30)),
        ("2023-06-08 19:30:05", datetime(2023, 6, 8, 19, 30, 5)),
        ("2023-06-08 19:30:05.25", datetime(2023, 6, 8, 19, 30, 5, 250_000)),
        ("2023-06-08 19:30:05.123456", datetime(2023, 6, 8, 19, 30, 5, 123_456)),
        ("2023-06-08T19:30Z", datetime(2023, 6, 8, 19, 30, tzinfo=UTC)),
        ("2023-06-08T19:30+02:00", datetime(2023, 6, 8, 19, 30, tzinfo=ROME_SUMMER)),
        ("2023-06-08T19:30+0200", datetime(2023, 6, 8, 19, 30, tzinfo=ROME_SUMMER)),
        ("2023-06-08 19:30:00+02", datetime(2023, 6, 8, 19, 30, tzinfo=ROME_SUMMER)),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("0001-01-01", datetime(1, 1, 1)),
        ("9999-12-31 23:59", datetime(9999, 12, 31, 23, 59)),
    ],
)
def test_a_date_is_written_year_month_day(text: str, when: datetime) -> None:
    read = cells.to_date(text)

    assert cells.is_date(text)
    assert read == when
    assert read.utcoffset() == when.utcoffset()


# fmt: off
NO_DATES = [
    "", "tomorrow", "20230608", "2023-W23-4", "2023-159", "2023-6-8", "8.6.2023", "08/06/2023",
    "2023-06-08 19", "2023-06-08 7:30", "2023-06-08 19:30 PM", "2023-06-08  19:30",
    "2023-06-08t19:30", "２０２３-06-08", "1686250000", "2023-06-08T19:30:00.1234567",
    "2023-06-08+02:00", "-2023-06-08", "2023-06-08\n1",
]
# fmt: on


@pytest.mark.parametrize(
    "text",
    NO_DATES,
)
def test_anything_else_is_no_date(text: str) -> None:
    assert not cells.is_date(text)
    with pytest.raises(CellError, match=r"is not a date$"):
        cells.to_date(text)


@pytest.mark.parametrize("text", ["2023-02-29", "2023-02-30 19:00", "2023-13-01", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_no_date(text: str) -> None:
    with pytest.raises(CellError, match=r"is not a date: there is no such day$"):
        cells.to_date(text)


@pytest.mark.parametrize(
    "text",
    ["2023-06-08 24:01", "2023-06-08 23:60", "2023-06-08 23:00:60", "2023-06-08 12:00+24:00"],
)
def test_a_time_that_no_clock_shows_is_no_date(text: str) -> None:
    with pytest.raises(CellError, match=r"is not a date: there is no such time$"):
        cells.to_date(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "08/06/2023",
            EITHER,
        ),
        (
            "8-6-2023 19:30",
            EITHER,
        ),
        ("8.8.2023", "write the year first: 2023-08-08"),
        ("13/06/2023", "write the year first: 2023-06-13"),
        ("06/13/2023", "write the year first: 2023-06-13"),
        ("12/12/2023", "write the year first: 2023-12-12"),
        ("30/02/2023", ISO),
        ("13/13/2023", ISO),
        ("8/6.2023", ISO),
        ("8/6/20234", ISO),
        ("2023/06/08", "write it as 2023-06-08"),
        ("2023.6.8", "write it as 2023-06-08"),
        ("2023-6-8", "write it as 2023-06-08"),
        ("2023/02/30", ISO),
        ("2023-06-08 19", ISO),
        ("June 8", ISO),
    ],
)
def test_the_hint_writes_the_date_that_may_be_meant(text: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        cells.to_date(text)

    assert caught.value.hint == hint


# ---- true and false --------------------------------------------------------------------


@pytest.mark.parametrize("text", ["true", "TRUE", "True", " true "])
def test_true_is_true_in_any_case(text: str) -> None:
    assert cells.to_boolean(text) is True


@pytest.mark.parametrize("text", ["false", "FALSE", "False", " false"])
def test_false_is_false_in_any_case(text: str) -> None:
    assert cells.to_boolean(text) is False


@pytest.mark.parametrize("text", ["", "yes", "no", "1", "0", "t", "vrai", "ＴＲＵＥ"])
def test_nothing_else_is_true_or_false(text: str) -> None:
    with pytest.raises(CellError, match="is neither true nor false") as caught:
        cells.to_boolean(text)

    assert caught.value.hint == "write true or false, in any case"


# ---- lists -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ()),
        ("   ", ()),
        ("[]", ()),
        ("[ ]", ()),
        ('[""]', ()),
        ("Adventure", ("Adventure",)),
        ("Adventure, Racing", ("Adventure", "Racing")),
        ("Adventure,,Racing,", ("Adventure", "Racing")),
        ("Adventure, Racing, Adventure", ("Adventure", "Racing")),
        ("""["Beat 'em up"]""", ("Beat 'em up",)),
        ("""["Beat 'em up", 'Racing']""", ("Beat 'em up", "Racing")),
        (r"""['Beat \'em up']""", ("Beat 'em up",)),
        ('["one, two", "three"]', ("one, two", "three")),
        ('["a]", "[b"]', ("a]", "[b")),
        ('[ "a" ,\n "b" ]', ("a", "b")),
        ('[" a ", "a"]', ("a",)),
        (r'["6\" plate", "C:\\x", "a\/b"]', ('6" plate', "C:\\x", "a/b")),
        (r'["a\nb", "a\tb"]', ("a\nb", "a\tb")),
        (r'["Pok\u00e9mon", "\ud83c\udf55"]', ("Pokémon", "🍕")),
        (r"['Pok\xe9mon']", ("Pokémon",)),
    ],
)
def test_a_list_is_json_or_pythons_or_separated(text: str, tags: tuple[str, ...]) -> None:
    assert cells.to_tags(text) == tags


def test_a_list_may_be_separated_otherwise() -> None:
    assert cells.to_tags("a;b, c", by=";") == ("a", "b, c")
    assert cells.to_tags("a | b", by="|") == ("a", "b")
    assert cells.to_tags('["a;b"]', by=";") == ("a;b",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["a"', "opens a list and never closes it"),
        ("[", "opens a list and never closes it"),
        ("[a, b]", "is not a list of quoted words"),
        ("[1, 2]", "is not a list of quoted words"),
        ("['a',]", "is not a list of quoted words"),
        ("[['a']]", "is not a list of quoted words"),
        ("['a', None]", "is not a list of quoted words"),
        ("['a]", "is not a list of quoted words"),
        ("['a' 'b']", "lacks a comma between two words"),
        ("['a'; 'b']", "lacks a comma between two words"),
        (r'["\q"]', "holds a backslash that stands for nothing"),
        (r'["\u12"]', "holds a backslash that stands for nothing"),
        (r'["\ud83c"]', "holds a backslash that stands for nothing"),
    ],
)
def test_a_list_that_is_broken_says_how(text: str, message: str) -> None:
    with pytest.raises(CellError) as caught:
        cells.to_tags(text)

    assert message in str(caught.value)
    assert caught.value.hint


words = st.lists(st.text().map(str.strip).filter(bool), max_size=4)


@settings(max_examples=200, deadline=None)
@given(words)
def test_a_list_comes_back_from_json(tags: list[str]) -> None:
    expected = tuple(dict.fromkeys(tags))

    assert cells.to_tags(json.dumps(tags)) == expected
    assert cells.to_tags(json.dumps(tags, ensure_ascii=False)) == expected


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.characters(max_codepoint=0x24F)).map(str.strip).filter(bool), max_size=4)
)
def test_a_list_comes_back_from_pythons_repr(tags: list[str]) -> None:
    assert cells.to_tags(repr(tags)) == tuple(dict.fromkeys(tags))


def test_a_long_list_takes_no_longer_than_its_length() -> None:
    tags = [f"tag {n}" for n in range(20_000)]

    assert cells.to_tags(json.dumps(tags)) == tuple(tags)
    with pytest.raises(CellError):
        cells.to_tags('["' + "\\\\" * 50_000 + "]")


def test_every_kind_of_column_has_its_reader() -> None:
    assert cells.READERS["number"]("3") == 3.0
    assert cells.READERS["date"]("2023-06-08") == datetime(2023, 6, 8)
    assert cells.READERS["boolean"]("true") is True
    assert cells.READERS["text"](" 3 ") == " 3 "
    assert cells.READERS["any"](" 3 ") == " 3 "


def test_every_character_that_python_takes_for_a_space_is_one() -> None:
    assert sorted(cells.SPACES) == [c for c in map(chr, range(0x110000)) if c.isspace()]
