"""Cells of text to values in SQL: each is read as our own reader reads it."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import combinations, product
from math import inf, isnan, nextafter
from typing import TYPE_CHECKING

import pytest

from mlcli.exports.csv.byte_check import odd
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.dialect import slow
from mlcli.exports.duckdb import cells_in_sql
from mlcli.grammar.cells import CellError
from mlcli.grammar.notation import PLAIN, Notation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

duckdb = pytest.importorskip("duckdb")

DATES = (
    *("2023-06-08 19:30:05", "2023-06-08T19:30:05", "2023-06-08 19:30", "2023-06-08"),
    *("0001-01-01 00:00:00", "0001-01-01 00:00", "0001-01-01"),
)
NO_DATE = datetime(1, 1, 2)
LETTERS = "019.,eE+-_xb "
NOT_A_NUMBER = -1e99  # a sign for the test alone: no text of it comes to that


def _or_sign(read: Callable[[str], float]) -> Callable[[str], float]:
    def reads(cell: str) -> float:
        try:
            return read(cell)
        except CellError:
            return NOT_A_NUMBER

    return reads


@pytest.mark.parametrize(
    "notation",
    [
        PLAIN,
        Notation(","),
        Notation(",", "."),
        Notation(".", ","),
        Notation(".", " "),
        Notation(".", "'"),
        Notation(missing=frozenset({"9", "-1", "e"})),
    ],
)
def test_every_short_text_is_the_number_that_our_reader_finds(notation: Notation) -> None:
    texts = ["".join(some) for size in (1, 2, 3) for some in product(LETTERS, repeat=size)]
    texts += [f"{number}" for number in range(995, 1_005)]
    grouped = product(("0", "06", "006", "6", "60", "600", "6000"), ".,' ", ("748", "74"))
    texts += ["".join(parts) for parts in grouped]
    ours = _or_sign(slow("number", notation))
    with duckdb.connect() as connection:
        connection.create_function("ours", ours, ["VARCHAR"], "DOUBLE", null_handling="special")
        connection.execute("CREATE TABLE cells AS SELECT unnest(?) AS cell", [texts])
        sql = cells_in_sql.value("cell", "number", notation, "ours")

        found = dict(connection.execute(f"SELECT cell, {sql} FROM cells").fetchall())

    assert found == {text: ours(text) for text in texts}


NO_NUMBERS = (
    "inf",
    "-Infinity",
    "nan",
    "true",
    "0x10",
    "1e400",
    "-1e101",
    "+-1",
    "1_000",
    "1d",
    "１",
)


def long_numbers() -> Iterator[str]:
    draw = random.Random(7)
    yield from ("4.9e-324", "2e-324", "1e-07", "5.", "-.5", "1.5E-3")
    for _ in range(5_000):
        digits = str(draw.getrandbits(draw.randint(1, 300)))
        at = draw.randint(0, len(digits))
        yield from (f"{digits[:at]}.{digits[at:]}", f"-{digits}e{draw.randint(-330, 9)}")
        number = draw.getrandbits(64) * 2.0 ** draw.randint(-80, 20)
        with localcontext(prec=400):
            yield f"{(Decimal(number) + Decimal(nextafter(number, inf))) / 2:f}"


def test_numbers_of_any_length_are_rounded_as_ours_are_and_no_others_are_taken() -> None:
    texts = [*NO_NUMBERS, *long_numbers()]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE cells AS SELECT unnest(?) AS cell", [texts])
        sql = cells_in_sql.value("cell", "number", PLAIN, "left").replace("left(cell)", "NULL")

        found = dict(connection.execute(f"SELECT cell, {sql} FROM cells").fetchall())

    ours = _or_sign(PLAIN.number)
    assert all(found[text] in {None, ours(text)} for text in texts)
    assert [text for text in NO_NUMBERS if found[text] is not None] == []
    large = [text for text in texts[:100] if abs(ours(text)) >= 2**53]  # left to ours
    assert {text for text in texts[:100] if found[text] is None} == {*NO_NUMBERS, *large}


@pytest.mark.parametrize(
    "notation", [PLAIN, Notation(",", "."), Notation(".", " "), Notation(missing=frozenset({"9"}))]
)
def test_a_whole_number_is_what_our_reader_finds_and_digits_are_one(notation: Notation) -> None:
    texts = ["".join(some) for size in (1, 2, 3) for some in product(LETTERS, repeat=size)]
    texts += [f"{sign}{10**power + more}" for sign in ("", "-") for power in range(1, 9)
              for more in (-1, 0, 1)]  # fmt: skip
    ours = _or_sign(slow("number", notation))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE cells AS SELECT unnest(?) AS cell", [texts])
        stops = f"error({cells_in_sql.quoted(cells_in_sql.NOT_WHOLE)})"
        sql = cells_in_sql.whole("cell", notation).replace(stops, "NULL")

        found = dict(connection.execute(f"SELECT cell, {sql} FROM cells").fetchall())

    taken = {text: number for text, number in found.items() if number is not None}
    assert taken == {text: ours(text) for text in taken}
    plain = {text for text in texts if str(_or_nothing(text)) == text} - notation.missing
    assert plain <= taken.keys()
    assert all(text.lstrip("-").isdigit() for text in taken)


def test_what_duckdb_reads_as_a_double_is_the_number_that_ours_finds(
    tmp_path: Path,
) -> None:
    letters = LETTERS.replace(",", "") + "inf\t\u00a0"
    texts = ["".join(some) for size in (1, 2, 3) for some in product(letters, repeat=size)]
    texts += [*NO_NUMBERS, *long_numbers(), "9007199254740991", "9007199254740993", "1e-400"]
    path = tmp_path / "cells.csv"
    rows = (f"{at},{text}\n" for at, text in enumerate(texts))
    path.write_text("".join(["at,cell\n", *rows]), encoding="utf-8")
    file = cells_in_sql.file(CsvReader(path, name="cells.csv"), {1})
    anyhow = file.replace("'none'", "'none', ignore_errors = true")  # leaves out what it refuses
    sql = cells_in_sql.double("c1").replace("error('a number that is too large')", "'nan'")
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT c0::INT, {sql} FROM {anyhow}").fetchall()

    taken = {texts[at]: number for at, number in found if not isnan(number or 0.0)}
    ours = _or_sign(slow("number", PLAIN))
    wrong = {text: number for text, number in taken.items() if number != ours(text)}
    assert {"19.", "-.9", "0e1"} <= taken.keys()
    assert {text for text in wrong if not odd(text.encode())} == set()
    assert {"1_0", "+-1"} <= wrong.keys()


def _or_nothing(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def test_every_date_but_for_two_characters_is_what_our_reader_finds() -> None:
    reads = slow("date", PLAIN)

    def ours(cell: str) -> datetime:
        try:
            return reads(cell)
        except CellError:
            return NO_DATE

    texts = {text for date in DATES for text in _nearly(date)}
    with duckdb.connect() as connection:
        connection.create_function("ours", ours, ["VARCHAR"], "TIMESTAMP")
        connection.execute("CREATE TABLE cells AS SELECT unnest(?) AS cell", [sorted(texts)])
        sql = cells_in_sql.value("cell", "date", PLAIN, "ours")

        found = dict(connection.execute(f"SELECT cell, {sql} FROM cells").fetchall())

    assert found == {text: ours(text) for text in texts}


def _nearly(date: str) -> Iterator[str]:
    """Yield a date with up to two of its characters left out, or another in their place."""
    yield date
    for one, two in combinations(range(len(date)), 2):
        for first, second in product(("", *" 09-:"), repeat=2):
            yield date[:one] + first + date[one + 1 : two] + second + date[two + 1 :]
