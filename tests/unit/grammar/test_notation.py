"""Numbers and dates as a source says that they are written, against a reader of this test's own."""

from __future__ import annotations

import os
import random
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcli.grammar import cells
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import PLAIN, Notation

EXAMPLES = int(os.environ.get("EXAMPLES", "60"))
SPACES = [" ", "\u00a0", "\u202f"]
UNITS = ["€", "$", "%", "kg", "EUR", "m²", ".-", "R$"]

decimals = st.sampled_from([".", ","])
thousands = st.sampled_from(["", ",", ".", " ", "'"])
units = st.lists(st.sampled_from(UNITS), max_size=3, unique=True).map(tuple)


@st.composite
def notations(draw: st.DrawFn) -> Notation:
    decimal = draw(decimals)
    mark = draw(thousands.filter(lambda mark: mark != decimal))
    return Notation(decimal=decimal, thousands=mark, units=draw(units))


numbers = st.decimals(
    min_value=-(10**12), max_value=10**12, allow_nan=False, allow_infinity=False, places=None
).map(lambda d: d.quantize(Decimal(1).scaleb(-(abs(hash(d)) % 7))))


def grouped(digits: str, mark: str) -> str:
    """Put a mark before every third digit from the right."""
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", mark, digits)


@st.composite
def written(draw: st.DrawFn) -> tuple[Notation, str, float]:
    """Return a number as some program of another country writes it, and what it is."""
    notation, number = draw(notations()), draw(numbers)
    sign, whole, fraction = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?", f"{number:f}").groups()
    if not sign and draw(st.booleans()):
        sign = "+"
    mark = draw(st.sampled_from(SPACES)) if notation.thousands == " " else notation.thousands
    if draw(st.booleans()):
        whole = grouped(whole, mark)
    text = whole + (notation.decimal + fraction if fraction else "")
    exponent = draw(st.sampled_from(["", "", "", "e2", "E-3", "e+1"]))
    text += exponent
    if notation.units:
        unit, gap = draw(st.sampled_from(notation.units)), draw(st.sampled_from(["", *SPACES]))
        text = draw(
            st.sampled_from(
                [sign + text + gap + unit, sign + unit + gap + text, unit + gap + sign + text]
            )
        )
    else:
        text = sign + text
    around = draw(st.sampled_from(["", " ", "\t"]))
    return notation, around + text + around, float(f"{number:f}{exponent}")


@settings(max_examples=EXAMPLES, deadline=None)
@given(case=written())
def test_a_number_written_then_read_is_the_same(case: tuple[Notation, str, float]) -> None:
    notation, text, number = case

    assert notation.is_number(text)
    assert notation.number(text) == number


def reference(notation: Notation, text: str) -> float | None:
    """Read a number letter by letter: the grammar once more, without a regular expression."""
    left = text.strip()
    sign, used = "", None
    if left[:1] in ("+", "-"):
        sign, left = left[0], left[1:]
    for unit in sorted(notation.units, key=len, reverse=True):
        if left.startswith(unit):
            used, left = unit, left[len(unit) :]
            left = left[1:] if left[:1] in SPACES and left[:1] else left
            if not sign and left[:1] in ("+", "-"):
                sign, left = left[0], left[1:]
            break
    ends = [left]
    for unit in notation.units:
        if left.endswith(unit) and unit != used:
            rest = left[: -len(unit)]
            ends += [rest, rest[:-1]] if rest[-1:] in SPACES and rest[-1:] else [rest]
    found = {value for end in ends if (value := _digits(notation, end)) is not None}
    assert len(found) < 2, (notation, text)
    return float(sign + found.pop()) if found else None


def _digits(notation: Notation, text: str) -> str | None:
    mantissa, e, exponent = text.replace("E", "e").partition("e")
    whole, _, fraction = mantissa.partition(notation.decimal)
    if e and not (exponent[1:] if exponent[:1] in ("+", "-") else exponent).isdecimal():
        return None
    if not all(c in "0123456789" for c in fraction + exponent.lstrip("+-")):
        return None
    if notation.thousands and not all(c in "0123456789" for c in whole):
        for space in SPACES if notation.thousands == " " else []:
            whole = whole.replace(space, " ")
        first, *groups = whole.split(notation.thousands)
        if not groups or any(len(group) != 3 for group in groups):
            return None
        if not 1 <= len(first) <= 3 or first.startswith("0"):
            return None
        whole = first + "".join(groups)
    if not all(c in "0123456789" for c in whole) or not (whole or fraction):
        return None
    return f"{whole or '0'}.{fraction or '0'}e{exponent or '0'}"


pieces = st.sampled_from([*"0125", *"0123", *".,' +-", "\u202f", "e", "€", "%", "kg", "000", "123"])
soup = st.lists(pieces, max_size=9).map("".join)


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(
    decimal=decimals,
    mark=thousands,
    units=st.sampled_from([(), ("€",), ("kg", "%"), ("€", "%", "kg")]),
    text=soup,
)
def test_any_text_is_a_number_where_a_second_reader_finds_the_same(
    decimal: str, mark: str, units: tuple[str, ...], text: str
) -> None:
    if mark == decimal:
        return
    notation = Notation(decimal=decimal, thousands=mark, units=units)
    expected = reference(notation, text)
    if expected is not None and abs(expected) > 1e100:
        return

    assert notation.is_number(text) == (expected is not None)
    if expected is not None:
        assert notation.number(text) == expected
    else:
        with pytest.raises(CellError):
            notation.number(text)


GERMAN = Notation(decimal=",", thousands=".", units=("€", "%"))
ENGLISH = Notation(thousands=",", units=("$", "%"))
FRENCH = Notation(decimal=",", thousands=" ", units=("€", "EUR"))
SWISS = Notation(thousands="'", units=("CHF", ".-"))


@pytest.mark.parametrize(
    ("notation", "text", "number"),
    [
        (GERMAN, "1.234,5", 1234.5),
        (GERMAN, "1234,5", 1234.5),
        (GERMAN, "1.234", 1234),
        (GERMAN, ",5", 0.5),
        (GERMAN, "5,", 5),
        (GERMAN, "-1.234.567,89 €", -1234567.89),
        (GERMAN, "€-5", -5),
        (GERMAN, "-€ 5", -5),
        (GERMAN, "€ +5", 5),
        (GERMAN, "12,5%", 12.5),
        (GERMAN, "12,5 %", 12.5),
        (GERMAN, "1,5e3", 1500),
        (ENGLISH, "$1,234.50", 1234.5),
        (ENGLISH, "1,234,567", 1234567),
        (FRENCH, "1 234,5", 1234.5),
        (FRENCH, "1\u202f234\u00a0567,5\u00a0€", 1234567.5),
        (FRENCH, "12 EUR", 12),
        (SWISS, "CHF 1'234.50", 1234.5),
        (SWISS, "CHF 5.-", 5),
        (Notation(decimal=","), "0,1", 0.1),
        (Notation(units=("€",)), "0.30 €", 0.3),
    ],
)
def test_what_reads_as_a_number(notation: Notation, text: str, number: float) -> None:
    assert notation.number(text) == number
    assert notation.number(f"  {text} ") == number


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        *(
            (ENGLISH, c)
            for c in ("1,23,4", "12,34", "1234,567", ",123", "1,,234", "1,234,", "1,23")
        ),
        *((ENGLISH, c) for c in ("0,123", "001,234", "1.234,5", "1,234.5.6", "1, 234")),
        *((GERMAN, c) for c in ("1.2345", "1.23", "1.23,4", "1,234,5", "0.5", ".5", "1.234.56")),
        *(
            (GERMAN, c)
            for c in ("€€5", "5 € €", "€5€", "€ 5 €", "5  €", "5\n€", "€", "%", "€-", "-€")
        ),
        *((GERMAN, c) for c in ("-€-5", "+€-5", "-€+5", "--5", "5-", "- 5", "(5)", "−5", "€5 $")),
        *(
            (GERMAN, c)
            for c in ("5 $", "5e", "e5", "5 e3", "1_000", "٣", "５", "nan", "inf", "0x1")
        ),
        *(
            (FRENCH, c)
            for c in ("1 23", "1  234", "1 2345", "1.5", "12 E U R", "EUR EUR 5", "12 eur")
        ),
        *((SWISS, c) for c in ("1'23", "1''234", "'123")),
        *((Notation(decimal=","), c) for c in ("1.5", "1 234", "1,5,5", "€5")),
        (Notation(units=("€",)), "1,5 €"),
    ],
)
def test_what_does_not_read_as_a_number(notation: Notation, text: str) -> None:
    assert not notation.is_number(text)
    with pytest.raises(CellError) as caught:
        notation.number(text)
    assert f"{cells.shown(text)} is not a number" in str(caught.value)
    assert caught.value.hint.startswith(("the source says", "leave the cell empty"))


def test_the_hint_repeats_all_that_was_said() -> None:
    with pytest.raises(CellError) as caught:
        GERMAN.number("x")

    assert caught.value.hint == (
        'the source says  decimal: ","  thousands: "."  unit: ["€", "%"]  of its numbers: mend the cell'
    )


def test_a_number_that_is_too_large_is_refused_in_any_notation() -> None:
    assert Notation(decimal=",").number("1e100") == 1e100
    with pytest.raises(CellError, match="too large"):
        Notation(decimal=",").number("1,1e100")


@settings(max_examples=EXAMPLES, deadline=None)
@given(text=soup | st.text(max_size=8))
def test_the_plain_notation_reads_what_cells_read(text: str) -> None:
    assert PLAIN.is_number(text) == cells.is_number(text)
    assert PLAIN.is_date(text) == cells.is_date(text)
    # Written out, the same grammar comes out of the pattern for every notation.
    by_pattern = Notation(units=("no such unit",))
    assert by_pattern.is_number(text) == cells.is_number(text)


# ---- missing cells -------------------------------------------------------------------------------


def test_only_words_that_are_said_are_missing() -> None:
    some = Notation(missing=frozenset({"NA", "-", "n/a"}))

    assert all(map(some.is_missing, ["", " ", "\t\u00a0", "NA", " NA ", "-", "n/a"]))
    assert not any(map(some.is_missing, ["na", "N/A", "--", "NA NA", "0"]))
    assert PLAIN.is_missing(" ")
    assert not PLAIN.is_missing("NA")


# ---- dates ---------------------------------------------------------------------------------------

FORMATS = [
    "%d.%m.%Y",
    "%d.%m.%y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%Y%m%d",
    "%d %b %Y",
    "%d %B %Y %I:%M %p",
    "%y-%m-%d",
    "%d-%m-%Y",
]
moments = st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31, 23, 59, 59)).map(
    lambda t: t.replace(microsecond=0)
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(form=st.sampled_from(FORMATS), when=moments)
def test_a_date_written_then_read_is_the_same(form: str, when: datetime) -> None:
    notation = Notation(dates=(form,))
    if "%M" not in form:
        when = when.replace(hour=0, minute=0)
    if "%S" not in form:
        when = when.replace(second=0)
    text = when.strftime(form)

    assert notation.is_date(text)
    assert notation.date(f" {text} ") == when
    assert notation.date(when.isoformat(" ")) == when  # ISO is read anyway
    assert notation.date(f"{when:%Y-%m-%d}") == datetime(when.year, when.month, when.day)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    form=st.sampled_from(FORMATS),
    text=st.text("0123456789./-: AMPJunemay", max_size=19)
    | st.from_regex(r"[0-3]?[0-9][./-][01]?[0-9][./-](19|20)?[0-9][0-9]", fullmatch=True),
)
def test_any_text_is_a_date_where_strptime_says_so(form: str, text: str) -> None:
    notation = Notation(dates=(form,))
    try:
        expected = datetime.strptime(text.strip(), form)
    except ValueError:
        assert notation.is_date(text) == cells.is_date(text)
        if not cells.is_date(text):
            with pytest.raises(CellError) as caught:
                notation.date(text)
            assert f'"{form}"' in caught.value.hint
    else:
        if cells.is_date(text):  # 2001-02-03 means what it says, whatever the format
            expected = cells.to_date(text)
        assert notation.is_date(text)
        assert notation.date(text) == expected


@pytest.mark.parametrize(
    ("text", "year"),
    [("01.01.00", 2000), ("01.01.68", 2068), ("01.01.69", 1969), ("01.01.99", 1999)],
)
def test_two_digits_of_a_year_are_of_the_century_that_posix_says(text: str, year: int) -> None:
    assert Notation(dates=("%d.%m.%y",)).date(text) == datetime(year, 1, 1)


def test_day_and_month_are_never_swapped_to_make_a_date() -> None:
    draw = random.Random(1)
    for _ in range(500):
        when = datetime(2023, 1, 1) + timedelta(days=draw.randrange(365))
        if when.day > 12:
            assert not Notation(dates=("%m/%d/%Y",)).is_date(f"{when:%d/%m/%Y}")
            with pytest.raises(CellError, match="is not a date as the source says"):
                Notation(dates=("%m/%d/%Y",)).date(f"{when:%d/%m/%Y}")


def test_other_kinds_are_read_as_everywhere() -> None:
    assert GERMAN.reader("text")("1,5") == "1,5"
    assert GERMAN.reader("any")("1,5") == "1,5"
    assert GERMAN.reader("boolean")("TRUE") is True
    assert GERMAN.reader("number")("1,5") == 1.5
    assert Notation(dates=("%d.%m.%Y",)).reader("date")("08.06.2023") == datetime(2023, 6, 8)
