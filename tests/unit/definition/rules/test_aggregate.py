"""Rules that gather rows: count, sum, mean, against a second implementation in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tables import SIZES, Golden, plain, refused, rule, run, table

from mlcli.definition.rules import kinds
from mlcli.definition.rules.base import below
from mlcli.errors import DataError
from mlcli.exports import values_of_cells
from mlcli.tables import rules_over_chunks

TILL = """
item: text | quantity: number | at: date
pizza      | 2                | 2023-06-09 19:30
cola       | 1                | 2023-06-08 00:00
pizza      | 0.5              | 2023-06-08 23:59:59
pizza      | 4                | 2023-06-12 04:59:59
cola       | 3                | 2023-06-12 05:00
pizza      | 1                | 2023-06-09 00:00
"""

GOLDEN = [
    Golden(
        "the rows of a day, whatever their order",
        "count: {per: day of at, as: lines}",
        TILL,
        """
        day: date  | lines: number
        2023-06-08 | 2
        2023-06-09 | 2
        2023-06-12 | 2
        """,
    ),
    Golden(
        "a day that begins at five",
        "count: {per: day of at from 05:00, as: lines}",
        TILL,
        """
        day: date  | lines: number
        2023-06-07 | 1
        2023-06-08 | 2
        2023-06-09 | 1
        2023-06-11 | 1
        2023-06-12 | 1
        """,
    ),
    Golden(
        "the rows of a value",
        "count: {per: item, as: lines}",
        TILL,
        """
        item: text | lines: number
        cola       | 2
        pizza      | 4
        """,
    ),
    Golden(
        "sums of a day",
        "sum: {of: quantity, per: day of at, as: sold}",
        TILL,
        """
        day: date  | sold: number
        2023-06-08 | 1.5
        2023-06-09 | 3
        2023-06-12 | 7
        """,
    ),
    Golden(
        "sums of a week, which begins on Monday, under the name that was added up",
        "sum: {of: quantity, per: week of at, as: quantity}",
        TILL,
        """
        week: date | quantity: number
        2023-06-05 | 4.5
        2023-06-12 | 7
        """,
    ),
    Golden(
        "sums of a month, over the end of a month and of a year",
        "sum: {of: quantity, per: month of at, as: sold}",
        """
        quantity: number | at: date
        1                | 2023-12-31 23:59
        2                | 2024-01-01 00:00
        4                | 2023-12-01
        8                | 2024-02-29 23:00
        16               | 2024-01-31
        """,
        """
        month: date | sold: number
        2023-12-01  | 5
        2024-01-01  | 18
        2024-02-01  | 8
        """,
    ),
    Golden(
        "means of a day",
        "mean: {of: quantity, per: day of at, as: each}",
        TILL,
        """
        day: date  | each: number
        2023-06-08 | 0.75
        2023-06-09 | 1.5
        2023-06-12 | 3.5
        """,
    ),
    Golden(
        "means of a value, uneven in number",
        "mean: {of: quantity, per: item, as: each}",
        TILL,
        """
        item: text | each: number
        cola       | 2
        pizza      | 1.875
        """,
    ),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda g: f"{g.name}: {g.about}")
def test_the_table_that_a_rule_makes(golden: Golden, size: int | None) -> None:
    golden.check(size)


SLOW = pytest.mark.slow  # small chunks take long, and the tables above are cut into them
Period = Callable[[datetime], datetime]


def midnight(when: datetime) -> datetime:
    return datetime(when.year, when.month, when.day)


PERIODS: dict[str, Period] = {
    "day": midnight,
    "week": lambda when: midnight(when - timedelta(days=when.isoweekday() - 1)),
    "month": lambda when: datetime(when.year, when.month, 1),
}


def gathered(rows: list[tuple[datetime, float]], period: Period) -> dict[datetime, list[float]]:
    """Gather the numbers of each period, in a plain loop."""
    found: dict[datetime, list[float]] = {}
    for when, number in rows:
        found.setdefault(period(when), []).append(number)
    return dict(sorted(found.items()))


def made_up(seed: int, rows: int = 200) -> list[tuple[datetime, float]]:
    """Return times over two new years, many of them at the edges of days, and whole numbers."""
    draw = random.Random(seed)
    found = []
    for _ in range(rows):
        day = datetime(2023, 12, 20) + timedelta(days=draw.randrange(400))
        edge = draw.choice([0, 1, 4 * 3600 + 3599, 5 * 3600, 86_399, draw.randrange(86_400)])
        found.append((day + timedelta(seconds=edge), float(draw.randrange(-9, 10))))
    return found


def as_frame(rows: list[tuple[datetime, float]]) -> Any:
    return values_of_cells.frame(
        {"at": ([at for at, _ in rows], "date"), "n": ([n for _, n in rows], "number")}
    )


@pytest.mark.parametrize("size", [*(pytest.param(n, marks=SLOW) for n in (1, 2, 3)), 7, None])
@pytest.mark.parametrize("starts", ["", " from 05:00", " from 23:59"])
@pytest.mark.parametrize("unit", PERIODS)
def test_counts_sums_and_means_are_those_of_a_plain_loop(
    unit: str, starts: str, size: int | None
) -> None:
    hours, minutes = map(int, (starts or " from 00:00")[6:].split(":"))
    shift = timedelta(hours=hours, minutes=minutes)
    rows = made_up(seed=hours, rows=25 if size else 500)
    by_hand = gathered([(at - shift, n) for at, n in rows], PERIODS[unit])

    counted, _ = run(rule(f"count: {{per: {unit} of at{starts}, as: x}}"), as_frame(rows), size)
    summed, _ = run(rule(f"sum: {{of: n, per: {unit} of at{starts}, as: x}}"), as_frame(rows), size)
    mean, _ = run(rule(f"mean: {{of: n, per: {unit} of at{starts}, as: x}}"), as_frame(rows), size)

    assert plain(counted) == {unit: list(by_hand), "x": [len(v) for v in by_hand.values()]}
    assert plain(summed) == {unit: list(by_hand), "x": [sum(v) for v in by_hand.values()]}
    assert plain(mean) == {unit: list(by_hand), "x": [sum(v) / len(v) for v in by_hand.values()]}


@pytest.mark.parametrize("unit", PERIODS)
def test_the_period_of_one_date_is_the_period_of_a_table(unit: str) -> None:
    from mlcli.grammar import phrases

    rows = made_up(seed=3)
    for starts in ("", " from 05:00"):
        per = phrases.per(f"{unit} of at{starts}")
        counted, _ = run(rule(f"count: {{per: {unit} of at{starts}, as: x}}"), as_frame(rows))

        assert plain(counted)[unit] == sorted({per.start(at) for at, _ in rows})


def test_a_night_that_ends_after_midnight_belongs_to_the_day_before_over_the_end_of_a_month() -> (
    None
):
    nights = [
        datetime(2023, 2, 28, 5),
        datetime(2023, 3, 1, 0, 30),
        datetime(2023, 3, 1, 4, 59, 59),
        datetime(2023, 3, 1, 5),
        datetime(2024, 1, 1, 2),
        datetime(2024, 3, 1, 4),
    ]
    frame = values_of_cells.frame({"at": (nights, "date")})

    made, _ = run(rule("count: {per: day of at from 05:00, as: n}"), frame)

    assert plain(made) == {
        "day": [
            datetime(2023, 2, 28),
            datetime(2023, 3, 1),
            datetime(2023, 12, 31),
            datetime(2024, 2, 29),
        ],
        "n": [3, 1, 1, 1],
    }


@pytest.mark.parametrize("size", SIZES)
def test_states_that_are_merged_early_and_often_come_to_the_same(
    size: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made_up(seed=5, rows=40)
    by_hand = gathered(rows, midnight)
    monkeypatch.setattr(kinds, "_STATE_ROWS", 4)

    mean, _ = run(rule("mean: {of: n, per: day of at, as: x}"), as_frame(rows), size)
    counted, _ = run(rule("count: {per: day of at, as: x}"), as_frame(rows), size)

    assert plain(mean)["x"] == [sum(v) / len(v) for v in by_hand.values()]
    assert plain(counted)["x"] == [len(v) for v in by_hand.values()]


def test_sums_of_decimals_differ_by_chunks_no_more_than_doubles_do() -> None:
    draw = random.Random(2)
    rows = [(at, draw.uniform(-1e6, 1e6)) for at, _ in made_up(seed=6, rows=60)]

    found = [
        plain(run(rule("mean: {of: n, per: month of at, as: x}"), as_frame(rows), size)[0])["x"]
        for size in SIZES
    ]

    for other in found[1:]:
        assert other == pytest.approx(found[0], rel=1e-12, abs=1e-9)


def test_chunks_in_which_no_row_is_left_add_nothing() -> None:
    steps = [rule("keep: {item: pizza}"), rule("sum: {of: quantity, per: day of at, as: sold}")]
    whole = table(TILL)

    came, ledger = rules_over_chunks.run(steps, (whole[n : n + 1] for n in range(len(whole))))

    assert plain(below(list(came))) == {
        "day": [datetime(2023, 6, 8), datetime(2023, 6, 9), datetime(2023, 6, 12)],
        "sold": [0.5, 3, 4],
    }
    assert [(c.rows_in, c.rows_out) for c in ledger] == [(6, 4), (4, 3)]


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("count: {per: day of at, as: n}", "count per day of at", "at"),
        ("count: {per: item, as: n}", "count per item", "item"),
        ("sum: {of: quantity, per: item, as: n}", "sum of quantity per item", "item"),
        (
            "sum: {of: quantity, per: day of at, as: n}",
            "sum of quantity per day of at",
            "quantity",
        ),
        (
            "mean: {of: quantity, per: day of at, as: n}",
            "mean of quantity per day of at",
            "quantity",
        ),
        ("mean: {of: quantity, per: week of at, as: n}", "mean of quantity per week of at", "at"),
    ],
)
def test_an_empty_cell_is_not_added_up_in_silence(text: str, words: str, column: str) -> None:
    made = {
        "item": (["pizza", "cola", "pizza"], "text"),
        "quantity": ([1.0, 2.0, 3.0], "number"),
        "at": ([datetime(2023, 6, 8)] * 3, "date"),
    }
    values, kind = made[column]
    holed = {**made, column: ([values[0], None, values[2]], kind), "__line__": ([2, 3, 4], "any")}

    with pytest.raises(DataError) as raised:
        run(rule(text), values_of_cells.frame(holed))

    problem = raised.value.problems[0]
    assert problem.message == f"{column!r} is empty, and {words} needs it in every row"
    assert problem.place == "line 3"
    assert problem.hint == f"put  drop_missing: {{of: {column}}}  or  fill_missing  before it"


@pytest.mark.parametrize(
    "text",
    [
        "count: {per: day of at, as: day}",
        "count: {per: item, as: item}",
        "sum: {of: day, per: day of at, as: n}",
        "mean: {of: week, per: week of at, as: n}",
        "count: {per: day, as: n}",
        "count: {per: day of at from 24:00, as: n}",
        "sum: {per: day of at, as: n}",
        "count: {per: day of at}",
    ],
)
def test_what_makes_no_sense_is_refused_before_any_data_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(text)


@pytest.mark.parametrize(
    ("text", "message", "hint", "key"),
    [
        (
            "count: {per: day of at, as: day}",
            "the key is called 'day' already",
            "choose another name",
            "as",
        ),
        (
            "sum: {of: quantity, per: item, as: item}",
            "the key is called 'item' already",
            "choose another name",
            "as",
        ),
        (
            "sum: {of: day, per: day of at, as: n}",
            "the key is called 'day' too",
            "put  rename  before it",
            "of",
        ),
        (
            "mean: {of: at, per: week of at, as: n}",
            "'at' cannot be both a number and a date",
            "name the column that is added up",
            "of",
        ),
    ],
)
def test_what_makes_no_sense_is_explained(text: str, message: str, hint: str, key: str) -> None:
    assert refused(text) == (message, hint, key)


def test_a_number_may_be_added_up_by_its_own_value() -> None:
    made, _ = run(
        rule("sum: {of: quantity, per: quantity, as: in_all}"),
        values_of_cells.frame({"quantity": ([2.0, 1.0, 2.0], "number")}),
    )

    assert plain(made) == {"quantity": [1, 2], "in_all": [1, 4]}


def test_a_key_that_is_added_up_is_read_as_a_number() -> None:
    found = rule("sum: {of: quantity, per: quantity, as: in_all}")

    assert found.wanted_before({"quantity": "any", "in_all": "number"}) == {"quantity": "number"}
