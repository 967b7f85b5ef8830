"""Rules that need the whole table: drop_duplicates, every."""

from __future__ import annotations

import random

import pytest
from tables import SIZES, Golden, plain, rule, run, table

from mlcli.definition.rules.kinds import WholeRule
from mlcli.exports import values_of_cells

BOOKINGS = """
id: text | guests: number | at: date
b1       | 2              | 2023-06-09
b2       | 4              | 2023-06-08
b1       | 2              | 2023-06-09
-        | -              | -
b3       | 4              | 2023-06-08
b1       | 9              | 2023-06-07
-        | -              | -
b2       | 4              | 2023-06-08
b4       | 1              | 2023-06-10
"""

GOLDEN = [
    Golden(
        "the first of the rows that are the same stays, in the order of the file",
        "drop_duplicates: {}",
        BOOKINGS,
        """
        id: text | guests: number | at: date
        b1       | 2              | 2023-06-09
        b2       | 4              | 2023-06-08
        -        | -              | -
        b3       | 4              | 2023-06-08
        b1       | 9              | 2023-06-07
        b4       | 1              | 2023-06-10
        """,
    ),
    Golden(
        "the same in one column is the same; empty cells are the same too",
        "drop_duplicates: {of: id}",
        BOOKINGS,
        """
        id: text | guests: number | at: date
        b1       | 2              | 2023-06-09
        b2       | 4              | 2023-06-08
        -        | -              | -
        b3       | 4              | 2023-06-08
        b4       | 1              | 2023-06-10
        """,
    ),
    Golden(
        "the same in two columns",
        "drop_duplicates: {of: [guests, at]}",
        BOOKINGS,
        """
        id: text | guests: number | at: date
        b1       | 2              | 2023-06-09
        b2       | 4              | 2023-06-08
        -        | -              | -
        b1       | 9              | 2023-06-07
        b4       | 1              | 2023-06-10
        """,
    ),
    Golden(
        "days without a row get one, between the first and the last",
        "every: {day: at, fill: {guests: 0, open: false}}",
        """
        at: date         | guests: number | open: boolean | note: text
        2023-06-09 19:00 | 4              | true          | late
        2023-06-06       | 2              | true          | -
        2023-06-09 12:00 | -              | false         | -
        """,
        """
        at: date         | guests: number | open: boolean | note: text
        2023-06-06       | 2              | true          | -
        2023-06-07       | 0              | false         | -
        2023-06-08       | 0              | false         | -
        2023-06-09 12:00 | -              | false         | -
        2023-06-09 19:00 | 4              | true          | late
        """,
    ),
    Golden(
        "weeks begin on Mondays, and rows without a date stay",
        "every: {week: at, fill: {note: none}}",
        """
        at: date   | note: text
        2023-06-22 | a
        -          | b
        2023-06-04 | c
        """,
        """
        at: date   | note: text
        2023-06-04 | c
        2023-06-05 | none
        2023-06-12 | none
        2023-06-22 | a
        -          | b
        """,
    ),
    Golden(
        "months begin on their first day",
        "every: {month: at, fill: {n: 0}}",
        """
        at: date   | n: number
        2022-11-30 | 1
        2023-02-01 | 2
        """,
        """
        at: date   | n: number
        2022-11-30 | 1
        2022-12-01 | 0
        2023-01-01 | 0
        2023-02-01 | 2
        """,
    ),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_the_table_that_a_rule_makes(golden: Golden, size: int | None) -> None:
    golden.check(size)


@pytest.mark.parametrize("size", SIZES)
def test_the_line_of_a_row_is_no_difference_and_stays_with_it(size: int | None) -> None:
    left, _ = run(rule("drop_duplicates: {}"), table(BOOKINGS), size)

    assert left["__line__"].to_list() == [2, 3, 5, 6, 7, 10]


def test_what_stays_is_what_a_plain_loop_keeps() -> None:
    draw = random.Random(8)
    rows = [(draw.choice(["a", "b", None]), draw.choice([1.0, 2.0, None])) for _ in range(300)]

    left, _ = run(
        rule("drop_duplicates: {}"),
        values_of_cells.frame(
            {"x": ([x for x, _ in rows], "text"), "y": ([y for _, y in rows], "number")}
        ),
        7,
    )

    first_seen = list(dict.fromkeys(rows))
    assert list(zip(*plain(left).values(), strict=True)) == first_seen


def test_an_engine_that_keeps_neither_the_first_row_nor_the_order_by_itself_is_told_to() -> None:
    asked: list[tuple[list[str], str, bool]] = []

    class Engine:
        columns = ("id", "__line__", "at")

        def unique(self, columns: list[str], *, keep: str, maintain_order: bool) -> None:
            asked.append((columns, keep, maintain_order))

    one = rule("drop_duplicates: {}")
    assert isinstance(one, WholeRule)
    one.apply(Engine())

    assert asked == [(["id", "at"], "first", True)]
