"""Words that look alike, zeros that get lost, dates and numbers that are written otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.grammar import cells, doubts, number_notation
from mlcli.grammar.number_notation import NumberMarks


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ("Hall", "hall", "case"),
        ("Straße", "STRASSE", "case"),
        ("Hall", "Hall ", "spaces"),
        ("the hall", "the  hall", "spaces"),
        ("the hall", "the\u00a0hall", "spaces"),
        ("café", "cafe\u0301", "how accents are stored"),
        ("hall", "ha\u200bll", "characters that cannot be seen"),
        ("hall", "\ufeffhall", "characters that cannot be seen"),
        ("hall", "hal\u00adl", "characters that cannot be seen"),
        ("❤", "❤\ufe0f", "characters that cannot be seen"),
        ("Hall", " hall", "case and spaces"),
        ("Café", "cafe\u0301", "case and how accents are stored"),
        ("Hall", "ha\u200bll ", "case and spaces and characters that cannot be seen"),
    ],
)
def test_two_words_that_look_alike(one: str, other: str, by: str) -> None:
    assert doubts.look_alikes([one, other]) == [(one, other, by)]
    assert doubts.look_alikes([one, one]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("resume", "résumé"), ("therapist", "the rapist"), ("O", "0"), ("a", "а"), ("m2", "m²")],
)
def test_words_that_a_reader_can_tell_apart_or_that_no_folding_joins(one: str, other: str) -> None:
    assert doubts.look_alikes([one, other]) == []


def test_every_word_stands_beside_the_first_that_looks_like_it() -> None:
    found = doubts.look_alikes(["Hall", "Bar", "hall", "HALL", "bar"])

    assert [(a.one, a.other) for a in found] == [("Hall", "hall"), ("Hall", "HALL"), ("Bar", "bar")]


def test_one_line_says_how_many_pairs_there_are() -> None:
    assert doubts.alike("room", ["Hall", "Bar"]) == []
    assert doubts.alike("room", ["Hall", "hall"]) == [
        "room: 'Hall' and 'hall' differ only by case: write them in one way, if they are one"
    ]
    (said,) = doubts.alike("room", ["Hall", "hall", "HALL"])
    assert "differ only by case, and 1 pair more: write" in said
    (said,) = doubts.alike("room", ["Hall", "hall", "HALL", "hall "])
    assert "differ only by case, and 2 pairs more: write" in said


@given(st.text(), st.text())
def test_folding_is_stable_and_the_same_from_both_sides(one: str, other: str) -> None:
    assert doubts.folded(doubts.folded(one)) == doubts.folded(one)
    assert bool(doubts.look_alikes([one, other])) == bool(doubts.look_alikes([other, one]))


@pytest.mark.parametrize(
    ("given_", "first"),
    [
        (["007"], "007"),
        (["1", "02", "03"], "02"),
        (["-05"], "-05"),
        ([" 012"], " 012"),
        (["00"], "00"),
        (["01.5"], "01.5"),
        (["0", "0.5", "10", "-0", "0e3", "100"], None),
        (["007x", "01/02/2023", "0123-01-01", "018:30"], None),  # no numbers: nothing is lost
        ([], None),
    ],
)
def test_the_first_number_that_loses_a_zero(given_: list[str], first: str | None) -> None:
    assert doubts.leading_zero(given_) == first


def test_what_is_lost_is_said_with_the_number_that_is_read() -> None:
    assert doubts.zeros_lost("zip", "00501") == (
        "zip: '00501' is read as the number 501: if these are codes, say  "
        "{name: zip, kind: category}"
    )


ANY_POINT = (
    NumberMarks(".", ""),
    NumberMarks(".", ","),
    NumberMarks(".", " "),
    NumberMarks(".", "'"),
)


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ("12", number_notation.MARKS),
        ("12.5", ANY_POINT),
        (
            "12,5",
            (
                NumberMarks(",", ""),
                NumberMarks(",", "."),
                NumberMarks(",", " "),
                NumberMarks(",", "'"),
            ),
        ),
        ("1.234,50", (NumberMarks(",", "."),)),
        ("1,234.50", (NumberMarks(".", ","),)),
        ("1 234,5", (NumberMarks(",", " "),)),
        ("1'234.5", (NumberMarks(".", "'"),)),
        ("€ 12.50", ANY_POINT),
        ("12.50 €", ANY_POINT),
        ("12%", number_notation.MARKS),
        ("1,23,4", ()),
        ("twelve", ()),
        ("12 kg", ()),
        ("$12€", ()),
        ("", ()),
    ],
)
def test_the_ways_in_which_a_cell_is_a_number(cell: str, marks: tuple[NumberMarks, ...]) -> None:
    assert number_notation.marks_of(cell) == marks


def test_a_number_has_another_value_in_another_way() -> None:
    assert number_notation.number_by("1,234", NumberMarks(",", "")) == 1.234
    assert number_notation.number_by("1,234", NumberMarks(".", ",")) == 1234
    assert number_notation.number_by("€ 1.234", NumberMarks(",", ".")) == 1234
    assert number_notation.number_by("€ 1.234", NumberMarks(".", "")) == 1.234


@pytest.mark.parametrize(
    ("cell", "units"), [("€5", ("€",)), ("5 %", ("%",)), ("5", ()), ("five", ()), ("€5%", ())]
)
def test_the_unit_of_a_number(cell: str, units: tuple[str, ...]) -> None:
    assert number_notation.signs_of(cell).units == units


@given(st.text(max_size=20))
def test_no_text_is_too_strange_to_be_looked_at(text: str) -> None:
    for marks in number_notation.marks_of(text):
        assert isinstance(number_notation.number_by(text, marks), float)
    assert doubts.leading_zero([text]) is None or cells.is_number(text)
