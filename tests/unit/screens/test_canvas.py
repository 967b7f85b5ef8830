"""Pictures in characters: ticks worked out by hand, and what stands where."""

from __future__ import annotations

import io
import random
from datetime import date

import pytest

from mlcli.screens import canvas
from mlcli.screens.canvas import Canvas, Paper, Scale
from mlcli.statistics.points import Points


def test_ticks_stand_at_round_numbers_and_as_far_apart_as_there_is_room() -> None:
    # 58 values on 70 characters: tens are 12 characters apart, as 13 would take from 1.3 to 76.7.
    # Lines of 10/12 from 1 * 1.2 down to 1, and from 59 * 1.2 = 70.8 up to 71.
    found = canvas.of_numbers(1, 59, 70, apart=8)

    assert found.ticks == ((11, "10"), (23, "20"), (35, "30"), (47, "40"), (59, "50"))
    assert (found.low, found.high, found.cells) == (
        pytest.approx(10 / 12),
        pytest.approx(710 / 12),
        70,
    )


@pytest.mark.parametrize(
    ("low", "high", "labels", "power"),
    [
        # 58 in 20 rows: steps of 5 would be 1 row apart, of 10 they are 3
        (14, 72, "20 30 40 50 60 70", ""),
        (-3, 7, "-2 0 2 4 6", ""),
        (0, 1, "0.0 0.2 0.4 0.6 0.8 1.0", ""),
        (1982, 2001, "1985 1990 1995 2000", ""),
        # rows of 2,500: the first one that is no higher than 12,345 is at 10,000
        (12_345, 54_321, "10,000 20,000 30,000 40,000 50,000", ""),
        (1e9, 4e9, "1.0 1.5 2.0 2.5 3.0 3.5 4.0", "in billions"),
        (2e-7, 9e-7, "200 400 600 800", "times 1e-9"),
        (-1e300, 1e300, "-1.0 -0.5 0.0 0.5 1.0", "times 1e300"),
    ],
)
def test_ticks_are_1_2_or_5_times_a_power_of_ten(
    low: float, high: float, labels: str, power: str
) -> None:
    found = canvas.of_numbers(low, high, 20, apart=3)

    assert (" ".join(label for _, label in found.ticks), found.power) == (labels, power)


def test_ticks_of_whole_numbers_are_whole() -> None:
    found = canvas.of_numbers(0, 3, 69, apart=8, whole=True)

    assert found.ticks == ((0, "0"), (23, "1"), (46, "2"), (69, "3"))


@pytest.mark.parametrize(("only", "whole", "labels"), [(53.0, True, {"50"}), (0.0, False, {"0.0"})])
def test_a_value_alone_stands_in_the_middle(only: float, whole: bool, labels: set[str]) -> None:
    found = canvas.of_numbers(only, only, 20, apart=3, whole=whole)

    assert found.low < only < found.high
    assert labels <= {label for _, label in found.ticks}


def test_every_side_holds_its_values_and_says_what_its_ticks_stand_for() -> None:
    draw = random.Random(1)
    for _ in range(300):
        size = 10.0 ** draw.randint(-9, 12)
        low = draw.uniform(-1, 1) * size
        high = low + draw.uniform(0.01, 2) * size
        found = canvas.of_numbers(low, high, 20, apart=3)
        power = {"": 1, "in millions": 1e6, "in billions": 1e9, "in trillions": 1e12}.get(
            found.power
        ) or float(found.power.removeprefix("times "))

        assert found.low <= low + 1e-9 * size
        assert found.high >= high - 1e-9 * size
        assert found.cells <= 20
        assert len(found.ticks) >= 2
        for at, label in found.ticks:
            means = float(label.replace(",", "")) * power
            assert found.at(means) == pytest.approx(at, abs=0.01)


def _day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        # Mondays; of 11 weeks every other one has room: 13 characters each on 66
        ("2023-10-17", "2023-12-31", "2023-10-30 2023-11-13 2023-11-27 2023-12-11 2023-12-25"),
        ("2023-10-17", "2023-10-21", "2023-10-17 2023-10-18 2023-10-19 2023-10-20 2023-10-21"),
        ("2023-01-01", "2023-12-31", "2023-01 2023-03 2023-05 2023-07 2023-09 2023-11"),
        ("1970-01-01", "2023-01-01", "1970 1980 1990 2000 2010 2020"),
        ("0001-01-02", "9999-12-31", "1000 2000 3000 4000 5000 6000 7000 8000 9000"),
        ("2024-02-29", "2024-02-29", "2024-02-28 2024-02-29 2024-03-01"),
    ],
)
def test_ticks_of_dates_stand_where_weeks_months_and_years_begin(
    first: str, last: str, labels: str
) -> None:
    found = canvas.of_days(_day(first), _day(last), 66)

    assert " ".join(label for _, label in found.ticks) == labels


SIDE = Scale(0.0, 4.0, 4, ((0, "0"), (4, "4")))


def test_rows_in_one_place_are_told_from_one_and_held_out_ones_stand_above() -> None:
    drawn = Canvas(SIDE, SIDE, Paper(80))
    drawn.points(Points((0, 1, 1, 2, 2, 2, 2, 3), (4,) * 8, (1,) * 7 + (0,), (0,) * 7 + (1,)))
    drawn.points(Points((0,), (4,), (0,), (1,)))

    assert next(drawn.lines()) == "4 ┤o●■o "


def test_bins_are_the_darker_the_more_rows_they_hold() -> None:
    drawn = Canvas(SIDE, SIDE, Paper(80, fine=False))
    # Of 100 rows at most: 1 is under a fiftieth of them, 5 under a tenth, 20, 50; 100 is all.
    drawn.bins(Points((0, 1, 2, 3, 4), (4,) * 5, (1, 5, 20, 50, 40), (0, 0, 0, 0, 60)), 1.0, 1.0)

    assert next(drawn.lines()) == "4 +.:+*o"


def test_a_line_has_two_dots_beside_and_four_above_each_other_in_a_character() -> None:
    drawn = Canvas(SIDE, SIDE, Paper(80))
    drawn.line((0.0, 4.0), (0.0, 0.0), "curve")

    # The middle of a character is between its second and third dot from below; the third is taken.
    assert [*drawn.lines()][4] == "0 ┤⠒⠒⠒⠒⠂"


def test_a_line_goes_up_and_down_where_there_is_only_ascii() -> None:
    drawn = Canvas(SIDE, SIDE, Paper(80, fine=False))
    drawn.line((0.0, 2.0, 4.0), (0.0, 4.0, 0.0), "curve")

    # up by two rows a column, and down again; flat on top between the two
    assert [line[3:] for line in drawn.lines()][:5] == [
        "  =  ",
        "     ",
        " / \\ ",
        "     ",
        "/   \\",
    ]


class _Stream(io.TextIOWrapper):
    """Standard output with an encoding."""


@pytest.mark.parametrize(
    ("encoding", "said", "fine"),
    [
        ("utf-8", {}, True),
        ("ascii", {}, False),
        ("latin-1", {}, False),
        ("utf-8", {"LANG": "C"}, False),
        ("utf-8", {"LC_ALL": "POSIX"}, False),
        ("utf-8", {"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
    ],
)
def test_what_is_beyond_ascii_is_drawn_where_it_shows(
    monkeypatch: pytest.MonkeyPatch, encoding: str, said: dict[str, str], fine: bool
) -> None:
    for name in ("LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    assert Paper.of(_Stream(io.BytesIO(), encoding)) == Paper(80, fine, coloured=False)
