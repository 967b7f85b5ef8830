"""Which rows are held out: shares rounded up, whole days, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlcli.answering.column import Times
from mlcli.errors import DataError
from mlcli.grammar import phrases
from mlcli.learning import splits

FIRST = datetime(2023, 12, 25)
TEN_DAYS = [FIRST + timedelta(days=n) for n in range(10)]


def divide(
    split: phrases.Holdout, dates: list[datetime | None] | None, rows: int, *, seed: int
) -> tuple[list[int], list[int]]:
    known = None if dates is None else Times(np.array(dates, dtype="datetime64[us]"))
    train, held = splits.divide(split, known, rows, seed=seed)
    return train.tolist(), held.tolist()


def days(*numbers: int) -> list[datetime | None]:
    return [FIRST + timedelta(days=n) for n in numbers]


@pytest.mark.parametrize("how", ["newest", "random"])
@pytest.mark.parametrize(
    ("percent", "rows", "held"),
    [
        (10, 10, 1),
        (10, 11, 2),
        (10, 100, 10),
        (10, 101, 11),
        (20, 5, 1),
        (20, 6, 2),
        (20, 374, 75),
        (33, 100, 33),
        (33, 3, 1),
        (33, 4, 2),
        (33, 200, 66),
        (7, 100, 7),
        (29, 100, 29),
        (57, 100, 57),
        (58, 100, 58),
        (1, 3, 1),
        (90, 21, 19),
    ],
)
def test_a_share_is_rounded_up(how: str, percent: int, rows: int, held: int) -> None:
    dates = [FIRST + timedelta(days=n) for n in range(rows)]

    for known in (dates, None) if how == "random" else (dates,):
        train, out = divide(phrases.holdout(f"{how} {percent}%"), known, rows, seed=0)

        assert len(out) == held == ceil(percent * rows / 100 - 1e-9)
        assert len(train) == rows - held


def test_every_whole_percentage_is_rounded_up_without_an_error_of_doubles() -> None:
    for percent in range(1, 91):
        rows = 1100
        _, out = divide(phrases.holdout(f"random {percent}%"), None, rows, seed=1)
        assert len(out) == -(-percent * rows // 100)


def test_the_newest_are_the_newest_in_whatever_order_they_come() -> None:
    dates = days(4, 0, 9, 2, 7, 1, 3, 8, 5, 6)

    train, out = divide(phrases.holdout("newest 30%"), dates, 10, seed=0)

    assert out == [2, 4, 7]
    assert train == [0, 1, 3, 5, 6, 8, 9]


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_has_no_say_in_what_is_newest(seed: int) -> None:
    assert divide(phrases.holdout("newest 20%"), TEN_DAYS, 10, seed=seed)[1] == [8, 9]


def test_from_a_day_holds_out_that_day_and_those_after_it() -> None:
    dates = days(0, 1, 2, 3, 4)

    assert divide(phrases.holdout("from 2023-12-27"), dates, 5, seed=0) == ([0, 1], [2, 3, 4])
    assert divide(phrases.holdout("from 2023-12-29"), dates, 5, seed=0)[1] == [4]


def test_none_holds_out_nothing_with_and_without_dates() -> None:
    assert divide(phrases.holdout("none"), TEN_DAYS, 10, seed=0) == (list(range(10)), [])
    assert divide(phrases.holdout("none"), None, 3, seed=0) == ([0, 1, 2], [])


def test_rows_of_one_day_are_held_out_together_whatever_their_time() -> None:
    noon = timedelta(hours=12)
    dates = [
        *days(0, 0, 1, 1),
        FIRST + timedelta(days=1) + noon,
        *days(2),
        FIRST + timedelta(days=2) + noon,
    ]

    assert divide(phrases.holdout("newest 10%"), dates, 7, seed=0)[1] == [5, 6]
    assert divide(phrases.holdout("newest 30%"), dates, 7, seed=0)[1] == [2, 3, 4, 5, 6]
    assert divide(phrases.holdout("from 2023-12-27"), dates, 7, seed=0)[1] == [5, 6]
    for seed in range(10):
        _, out = divide(phrases.holdout("random 10%"), dates, 7, seed=seed)
        assert out in ([0, 1], [2, 3, 4], [5, 6])


def test_a_seed_gives_one_draw_and_another_seed_another() -> None:
    split = phrases.holdout("random 20%")

    drawn = [tuple(divide(split, None, 100, seed=seed)[1]) for seed in range(8)]

    assert drawn == [tuple(divide(split, None, 100, seed=seed)[1]) for seed in range(8)]
    assert len(set(drawn)) == 8


def test_every_row_is_held_out_by_some_seed() -> None:
    split = phrases.holdout("random 20%")

    held = {i for seed in range(60) for i in divide(split, None, 10, seed=seed)[1]}

    assert held == set(range(10))


SPLITS = st.one_of(
    st.builds("{} {}%".format, st.sampled_from(["newest", "random"]), st.integers(1, 90)),
    st.integers(0, 30).map(lambda n: f"from {FIRST + timedelta(days=n):%Y-%m-%d}"),
    st.just("none"),
)
WHEN = st.builds(
    lambda day, hour: FIRST + timedelta(days=day, hours=hour),
    st.integers(0, 30),
    st.integers(0, 23),
)


@settings(max_examples=200, deadline=None)
@given(SPLITS, st.lists(WHEN, min_size=2, max_size=40), st.integers(0, 2**32 - 1))
def test_both_sides_are_disjoint_complete_in_order_and_cut_no_day_in_two(
    text: str, dates: list[datetime | None], seed: int
) -> None:
    split = phrases.holdout(text)
    try:
        train, out = divide(split, dates, len(dates), seed=seed)
    except DataError:
        assume(False)
        raise

    assert sorted(train + out) == list(range(len(dates)))
    assert train == sorted(train)
    assert out == sorted(out)
    day = [date.date() if date else None for date in dates]
    assert not {day[i] for i in train} & {day[i] for i in out}
    if split.by_date:
        assert all(day[i] < day[j] for i in train for j in out)
    if split.how in {"newest", "random"}:
        wanted = -(-int(text.split()[1][:-1]) * len(dates) // 100)
        largest = max(day.count(d) for d in day)
        assert wanted <= len(out) < wanted + largest


def test_without_dates_only_chance_can_decide() -> None:
    for text in ("newest 20%", "from 2023-12-27"):
        with pytest.raises(DataError) as raised:
            divide(phrases.holdout(text), None, 10, seed=0)
        problem = raised.value.problems[0]
        assert problem.message == f"holdout: {text}  needs dates, and the key is none"
        assert problem.hint == "write  holdout: random 20%"


def test_a_row_without_a_date_is_an_error_where_dates_decide_and_a_day_of_its_own_elsewhere() -> (
    None
):
    holed = [*days(0, 1, 2, 3), None, None, None, None, None, None]

    for text in ("newest 20%", "from 2023-12-27"):
        with pytest.raises(DataError) as raised:
            divide(phrases.holdout(text), holed, 10, seed=0)
        problem = raised.value.problems[0]
        assert problem.message == f"holdout: {text}  needs a date in every row"
        assert problem.hint == "leave rows without one out, with  drop_missing"
    for seed in range(10):
        assert len(divide(phrases.holdout("random 20%"), holed, 10, seed=seed)[1]) == 2


def test_a_day_after_all_rows_holds_nothing_and_the_error_says_how_far_they_reach() -> None:
    with pytest.raises(DataError) as raised:
        divide(phrases.holdout("from 2024-06-01"), TEN_DAYS, 10, seed=0)

    problem = raised.value.problems[0]
    assert "from 2024-06-01" in problem.message
    assert problem.hint.endswith("2023-12-25 to 2024-01-03")


@pytest.mark.parametrize("text", ["newest 20%", "random 20%", "from 2023-12-27"])
def test_of_no_rows_none_is_held_out_and_there_is_nothing_to_say_how_far_they_reach(
    text: str,
) -> None:
    with pytest.raises(DataError) as raised:
        divide(phrases.holdout(text), [], 0, seed=0)

    problem = raised.value.problems[0]
    assert problem.message == f"holdout: {text}  holds no row out of 0"
    assert problem.hint == ""


@pytest.mark.parametrize(
    ("text", "dates", "left"),
    [
        ("from 2023-12-25", days(0, 1, 2, 3), "0 rows to learn from and 4 held out"),
        ("from 2023-12-26", days(0, 1, 2, 3), "1 row to learn from and 3 held out"),
        ("newest 20%", days(3, 3, 3, 3), "0 rows to learn from and 4 held out"),
        ("newest 50%", days(0, 1), "1 row to learn from and 1 held out"),
        ("random 90%", days(0, 1, 2), "0 rows to learn from and 3 held out"),
    ],
)
def test_fewer_than_two_rows_to_learn_from_are_an_error(
    text: str, dates: list[datetime | None], left: str
) -> None:
    with pytest.raises(DataError) as raised:
        divide(phrases.holdout(text), dates, len(dates), seed=0)

    problem = raised.value.problems[0]
    assert problem.message == f"{left}; at least 2 are needed to learn"
    assert problem.hint == "bring more rows, or write  holdout: none"
