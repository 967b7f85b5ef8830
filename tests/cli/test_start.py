"""mlcli start: from exports to a definition that fits, with reasons, and nothing overwritten."""

from __future__ import annotations

import io
import random
from datetime import date, timedelta
from errno import ENOSPC
from os import strerror
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from support import Project

from mlcli.cli import progress
from mlcli.errors import InterruptedByUserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("unvalidated")

TALK = "sum of quantity where item_name is pizza per day"
BOTH = ("data/reservations.csv", "data/orders.csv")
DAYS = [date(2024, 1, 1) + timedelta(n) for n in range(60)]


@pytest.fixture
def weeks(project: Project) -> Project:
    """The sample exports of six weeks, with bookings of the week after."""
    for name, last in (("reservations", "2023-02-19"), ("orders", "2023-02-12")):
        header, *lines = (ROOT / "data" / f"{name}.csv").read_text().splitlines()
        kept = [line for line in lines if line.rpartition(",")[2] < last]
        project.write(f"data/{name}.csv", "\n".join([header, *kept, ""]))
    return project


def table(columns: dict[str, list[Any]]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows), ""])


def started(project: Project, *argv: object) -> Any:
    return project.works("start", *argv, "--yes", "--json").json


def left_out(said: Any) -> dict[str, str]:
    return {one["column"]: one["why"] for one in said["definition"]["left_out"]}


# ---- the two systems ------------------------------------------------------------------------


def test_the_talks_model_comes_of_one_command(weeks: Project) -> None:
    said = started(weeks, *BOTH, "--ask", TALK)

    # Rows counted and pizzas added up a day; a line by least squares over the first four fifths.
    made = pd.read_csv("data/reservations.csv").datetime
    bookings = made.str[:10].value_counts()
    till = pd.read_csv("data/orders.csv").query("item_name == 'pizza'")
    sold = till.groupby(till.ordered_at.str[:10]).quantity.sum()
    both = pd.concat([bookings, sold], axis=1, join="inner").sort_index()
    learned = both.iloc[: len(both) - int(np.ceil(0.2 * len(both)))]
    slope, intercept = np.polyfit(learned.iloc[:, 0], learned.iloc[:, 1], 1)
    ended = weeks.works("predict", "-m", "pizza", "--reservations", 15, "--json").json
    assert ended["predictions"][0]["value"] == pytest.approx(intercept + 15 * slope, abs=1e-9)
    assert said["written"] == ["configs/pizza.yaml"]
    assert said["fitted"][0]["rows"]["train"] == len(learned)


def test_the_screen_of_a_start(weeks: Project, golden: Callable[[str, str], None]) -> None:
    shown = weeks.works("init", *BOTH, "--yes", "--ask", TALK, "--name", "doughs").out

    text = (weeks.root / "configs/doughs.yaml").read_text()
    golden("screens/start.txt", f"{shown}\n--- configs/doughs.yaml\n{text}")
    assert max(map(len, text.splitlines())) <= 80


def test_every_step_after_a_start_ends_well(weeks: Project) -> None:
    said = started(weeks, "data")

    for step in said["next"]:
        assert step["argv"][0] == "mlcli"
        weeks.works(*step["argv"][1:])
    assert said["definition"]["question"] == "sum of quantity per day"


def test_the_games_are_suggested(project: Project) -> None:
    project.write("data/games.csv", (ROOT / "data/games.csv").read_bytes())

    said = started(project, "data/games.csv")

    assert said["definition"]["question"] == "suggest game_name"  # of what is all different
    prices = pd.read_csv("data/games.csv").rental_cost
    low, high = (float(f"{edge:.2g}") for edge in np.quantile(prices, [1 / 3, 2 / 3]))
    (band,) = (line for line in said["definition"]["text"].splitlines() if "of: rental" in line)
    assert f"low: under {low:g}" in band
    assert f'"{low:g} to {high:g}"' in band
    project.works("recommend", "--rental-cost-band", "low", "--gameplay-types", "adventure")


# ---- what is left out -----------------------------------------------------------------------


def test_columns_that_are_no_features_are_left_out_with_their_reasons(project: Project) -> None:
    draw = random.Random(5)
    guests = [draw.randint(1, 9) for _ in DAYS]
    hours = [draw.randint(1, 40) / 4 for _ in DAYS]
    paid = [
        round(3 * g + 2 * h + draw.gauss(0, 2) + 5, 2) for g, h in zip(guests, hours, strict=True)
    ]
    net = [round(p * draw.uniform(0.2, 0.9), 2) for p in paid]
    known = len(DAYS) - 4  # the last four are not paid yet
    late = ["" if n >= known else "x" for n in range(60)]

    def unless_late(values: list[Any]) -> list[Any]:
        return [value if here else "" for value, here in zip(values, late, strict=True)]

    project.write(
        "data/rooms.csv",
        table(
            {
                "day": DAYS,
                "nr": draw.sample(range(1000, 1070), 60),
                "guests": guests,
                "hours": hours,
                "room": [draw.choice(["blue", "red", "green"]) for _ in DAYS],
                "cents": unless_late([round(100 * p) for p in paid]),
                "net": net,
                "tax": [round(p - n, 2) for p, n in zip(paid, net, strict=True)],
                "so_far": [f"{total:.2f}" for total in np.cumsum(paid)],
                "guest": [f"guest {n} {draw.random():.3f}" for n in range(60)],
                "remark": [f"remark {n % 50}" for n in range(60)],
                "house": ["Rome"] * 60,
                "nothing": [""] * 60,
                "tip": [str(n % 7) if n % 3 == 0 else "" for n in range(60)],
                "odd": ["three", "1", "2"] * 20,
                "receipt": [draw.randint(1, 4) if n < known else "" for n in range(60)],
                "until": [day + timedelta(draw.randint(1, 9)) for day in DAYS],
                "paid": unless_late(paid),
            }
        ),
    )

    said = started(project, "data/rooms.csv", "--ask", "paid")

    assert left_out(said) == {
        "nr": "no cell stands twice: an id",
        "cents": "filled in only where the answer is known",
        "net": "makes up paid, with tax",
        "tax": "makes up paid, with net",
        "so_far": "a running total of paid",
        "guest": "no cell stands twice: an id or a name",
        "remark": "nearly all different: names or free text",
        "house": "the same in every row",
        "nothing": "every cell is empty",
        "tip": "empty in 67% of the rows",
        "odd": "numbers and words are mixed",
        "receipt": "filled in only where the answer is known",
        "until": "a date",
    }
    assert said["definition"]["features"] == ["guests", "hours", "room"]
    assert "date: day" in said["definition"]["text"]


@pytest.mark.parametrize("other", ["{:.0f}", "{:.2f} EUR"])
def test_a_copy_is_left_out(project: Project, other: str) -> None:
    draw = random.Random(1)
    paid = [round(draw.uniform(10, 99), 2) for _ in range(80)]
    noise = [round(p + draw.gauss(0, 20), 1) for p in paid]
    copy = [other.format(p * 100) for p in paid]
    project.write("data/x.csv", table({"copy": copy, "noise": noise, "paid": paid}))

    said = started(project, "data/x.csv", "--ask", "paid")

    assert left_out(said) == {"copy": "paid in another form, or nearly"}


def test_a_column_that_is_known_beforehand_can_be_named(project: Project) -> None:
    project.write(
        "x.csv", table({"a": [n % 7 for n in range(40)], "y": [n % 7 * 2 for n in range(40)]})
    )

    assert "--known" in project.fails(2, "start", "x.csv", "--yes", "--ask", "y")
    said = started(project, "x.csv", "--ask", "y", "--known", "a")

    assert said["definition"]["features"] == ["a"]


def test_words_that_are_new_among_the_newest_rows_are_let_pass(project: Project) -> None:
    words = ["a", "b"] * 28 + ["c"] * 4
    project.write(
        "x.csv",
        table(
            {
                "day": DAYS,
                "word": words,
                "n": [n % 9 for n in range(60)],
                "y": [n % 11 for n in range(60)],
            }
        ),
    )

    text = started(project, "x.csv", "--ask", "y")["definition"]["text"]

    assert "{name: word, unseen: ignore}" in text


def test_columns_that_no_option_could_ask_for_get_another_name(project: Project) -> None:
    draw = random.Random(6)
    project.write(
        "till.csv",
        table(
            {
                "model": [draw.choice(["A", "B"]) for _ in DAYS],
                "a b": [draw.randint(1, 50) for _ in DAYS],
                "A-b": [draw.randint(1, 50) for _ in DAYS],
                "%": [draw.randint(1, 50) for _ in DAYS],
                "code": [draw.choice(["01067", "10115"]) for _ in DAYS],
                "phone": [draw.choice(["+49 30 1", "+49 30 2"]) for _ in DAYS],
                "y": [draw.randint(1, 50) for _ in DAYS],
            }
        ),
    )

    said = started(project, "till.csv", "--ask", "y")

    features = ["till_model", "a b", "till_A-b", "till_4", "code", "phone"]
    assert said["definition"]["features"] == features
    assert "{name: code, kind: category}" in said["definition"]["text"]
    assert "{name: phone, kind: category}" in said["definition"]["text"]
    project.works(*said["next"][0]["argv"][1:])


def test_names_and_mostly_empty_words_are_left_out_of_a_hundred_rows(project: Project) -> None:
    # 31 names in 120 rows, not 5 rows each; 41 of 120 remarks are empty, which is over a third.
    draw = random.Random(7)
    columns: dict[str, list[Any]] = {
        "name": [f"N{n % 31}" for n in range(120)],
        "plan": [draw.choice(["basic", "plus"]) for _ in range(120)],
        "remark": ["" if n < 41 else draw.choice(["new", "old"]) for n in range(120)],
        "left": [draw.choice(["yes", "no"]) for _ in range(120)],
    }
    project.write("x.csv", table(columns))

    said = started(project, "x.csv", "--ask", "left")

    assert left_out(said) == {
        "name": "31 different words in 120 rows: names or free text",
        "remark": "empty in 34% of the rows; to keep it:  fill_missing: {remark: none}",
    }
    assert said["definition"]["features"] == ["plan"]


def test_of_two_columns_that_give_the_label_together_one_stays(project: Project) -> None:
    draw = random.Random(8)
    staff = [draw.randint(3, 9) for _ in DAYS]
    sales = [round(900 * s + draw.uniform(0, 4000), 2) for s in staff]
    each = [f"{one / s:.6f}" for one, s in zip(sales, staff, strict=True)]
    project.write("x.csv", table({"day": DAYS, "staff": staff, "per staff": each, "sales": sales}))

    said = started(project, "x.csv", "--ask", "sales")

    assert said["definition"]["features"] == ["staff"]
    why = "gives sales, with staff: a product or a ratio; staff stays"
    assert left_out(said) == {"per staff": why}


def test_what_stands_beside_the_table_is_said(project: Project) -> None:
    sold = [n % 7 + 0.5 for n in range(60)]
    rows = table({"day": DAYS, "sold": sold, "staff": [n % 4 + 1 for n in range(60)]})
    project.write("till.csv", f"Till of the shop,,\n{rows}Total,{sum(sold)},150\n")

    said = project.works("start", "till.csv", "--yes", "--ask", "sold").out

    assert "till.csv: 1 line above the header left out: Till of the shop,,\n" in said
    assert f"till.csv: last line left out: Total,{sum(sold)},150\n" in said
    assert "for every row without a label yet" not in said  # none waits


def test_lists_with_strokes_and_ratings_of_things(project: Project) -> None:
    draw = random.Random(9)
    dishes = ["beef", "fish", "salad", "pasta"]
    points = [80 + n % 9 for n in range(45)]
    columns = {
        "wine": [f"wine {n}" for n in range(45)],
        "goes with": [" / ".join(draw.sample(dishes, 1 + n % 3)) for n in range(45)],
        "points": points,
    }
    project.write("wines.csv", table(columns))

    text = started(project, "wines.csv", "--ask", "suggest wine")["definition"]["text"]

    assert 'split_list: {of: goes with, as: goes with, by: "/"}' in text
    assert "{name: goes with, kind: tags}" in text
    assert "  # order: [wishes, points, score]\n" in text
    # 80 to 88, five things each: a third of the way from the first (0) to the last (44) is 14.67,
    # which lies between 82 (the 14th) and 83; two thirds are 29.33, between 85 and 86.
    assert "# 15 rows are low, 15 middle and 15 high\n" in text
    shown = project.fails(2, "recommend", "-m", "wine", "--points-band", "top")
    assert "(known: low (under 82.7), middle (82.7 to 85.3), high (85.3 or more))" in shown


# ---- several exports ------------------------------------------------------------------------


def test_exports_that_have_each_day_once_are_joined_by_it(project: Project) -> None:
    draw = random.Random(2)
    degrees = [draw.randint(5, 30) for _ in DAYS]
    sold = [2 * d + draw.randint(0, 9) for d in degrees]
    project.write(
        "sales.csv", table({"Date": DAYS, "sold": sold, "staff": [n % 3 + 1 for n in range(60)]})
    )
    project.write(
        "weather.csv",
        table({"datum": DAYS, "degrees": degrees, "staff": [n % 4 for n in range(60)]}),
    )

    said = started(project, "sales.csv", "weather.csv", "--ask", "sold")

    assert said["definition"]["features"] == ["staff", "degrees", "weather_staff"]
    assert "join: day" in said["definition"]["text"]
    assert said["fitted"][0]["rows"]["used"] == 60


def test_exports_that_name_the_same_rows_are_joined_by_the_name(project: Project) -> None:
    draw = random.Random(3)
    ids = [f"c{n}" for n in range(60)]
    ages = [draw.randint(20, 70) for _ in ids]
    project.write(
        "left.csv",
        table(
            {
                "id": ids,
                "left": [draw.choice(["yes", "no"]) for _ in ids],
                "calls": [draw.randint(0, 5) for _ in ids],
            }
        ),
    )
    project.write("people.csv", table({"id": sorted(ids), "age": ages}))

    said = started(project, "left.csv", "people.csv", "--ask", "left")

    assert said["definition"]["features"] == ["calls", "age"]
    assert "join: id" in said["definition"]["text"]
    assert "holdout: random 20%" in said["definition"]["text"]
    assert "model: logistic_regression" in said["definition"]["text"]


def test_numbers_of_an_export_with_one_row_a_day_stand_beside_the_sum(project: Project) -> None:
    draw = random.Random(4)
    degrees = [draw.randint(5, 30) for _ in DAYS]
    lines = [(day, draw.randint(1, 3)) for day in DAYS for _ in range(draw.randint(1, 4))]
    project.write(
        "till.csv", table({"at": [f"{d} 12:00" for d, _ in lines], "n": [n for _, n in lines]})
    )
    project.write("weather.csv", table({"read": [f"{d} 06:00" for d in DAYS], "degrees": degrees}))

    said = started(project, "till.csv", "weather.csv", "--ask", "sum of n per day")

    assert said["definition"]["features"] == ["degrees"]
    assert said["fitted"][0]["rows"]["used"] == 60


def test_words_of_an_export_with_one_row_a_day_are_named_and_can_be_known(
    project: Project,
) -> None:
    draw = random.Random(10)
    sold = [draw.randint(5, 30) for _ in DAYS]
    days: dict[str, list[Any]] = {
        "date": DAYS,
        "term": [("school", "holidays")[n % 2] for n in sold],
    }
    project.write("till.csv", table({"day": DAYS, "sold": sold}))
    project.write("words.csv", table(days))
    project.write("both.csv", table({**days, "degrees": [draw.randint(1, 9) for _ in DAYS]}))
    asked = ("--ask", "sum of sold per day", "--name")

    alone = started(project, "till.csv", "words.csv", *asked, "alone")
    beside = started(project, "till.csv", "both.csv", *asked, "beside")
    known = started(project, "till.csv", "both.csv", *asked, "known", "--known", "term")

    features = [one["definition"]["features"] for one in (alone, beside, known)]
    assert features == [["term"], ["degrees"], ["term"]]
    assert left_out(beside) == {"term": "words: to try it, add it to the features"}


def test_rows_without_a_number_to_add_are_left_out_of_the_sum(project: Project) -> None:
    lines = [
        (day, n % 5 + 1 if part == 0 else "") for n, day in enumerate(DAYS) for part in range(2)
    ]
    project.write("till.csv", table({"at": [d for d, _ in lines], "n": [n for _, n in lines]}))

    said = started(project, "till.csv", "--ask", "sum of n per day")

    assert "drop_missing: {of: [n]}" in said["definition"]["text"]
    assert said["definition"]["features"] == ["weekday"]


# ---- refused, and nothing written -----------------------------------------------------------


def nothing_is_written(project: Project) -> bool:
    return not [*(project.root / "configs").iterdir()] and not (project.root / "models").exists()


def test_a_date_with_two_readings_is_asked_for(project: Project) -> None:
    when = [f"0{n % 9 + 1}/0{(n + 3) % 9 + 1}/2024" for n in range(30)]
    project.write(
        "x.csv",
        table({"when": when, "a": [n % 4 for n in range(30)], "y": [n % 7 for n in range(30)]}),
    )

    error = project.mlcli("start", "x.csv", "--yes", "--ask", "y", "--json")

    assert error.code == 2
    problem = error.json["error"]
    assert "when: '01/04/2024' is 2024-04-01 or 2024-01-04" in problem["message"]
    assert [fix["option"] for fix in problem["fix"]] == ["--source", "--source"]
    assert nothing_is_written(project)
    for way, holdout in zip(problem["fix"], ("n1", "n2"), strict=True):
        started(project, "x.csv", "--ask", "y", "--source", way["value"], "--name", holdout)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--ask", "quantitty"], "did you mean 'quantity'?"),
        (["--ask", "sum of item_name per day"], "count of rows per day"),
        (["--ask", "quantity per week"], "write  sum of COLUMN per week"),
        (["--ask", "count per day"], "write  count of rows per day"),
        (["--ask", "number of rows per week"], "write  count of rows per week"),
        (["--ask", "mean of quantity per day"], "sum of quantity per day  or  count of rows per"),
        (["--ask", "sum of quantity where item_name is Pizza per day"], "did you mean 'pizza'?"),
        (["--ask", "sum of quantity per year"], "--ask: after"),
        (["--ask", "ordered_at"], "holds dates, which cannot be answered"),
        (["--ask", "tables: quantity"], "no export is called 'tables'"),
        (["--ask", TALK, "--known", "reservation"], "did you mean 'reservations'?"),
        (["--ask", TALK, "--drop-days", "Fryday"], "--drop-days: 'Fryday' is not a weekday"),
        (["--ask", TALK, "--name", "Two words"], "--name two_words"),
        (["--ask", TALK, "--source", "till: {}"], "none of the exports"),
        (["--ask", TALK, "--source", "nonsense"], "names no keys of an export"),
        (["--ask", TALK, "--source", "orders: {dates: 3}"], "--source: data/orders.csv: dates: "),
        (["--ask", TALK, "--baseline", "10 +"], "--baseline: '10 +' is no formula"),
        (["--ask", TALK, "--baseline", "1 + 2,5 * reservations"], "without commas: 2.5, 1000"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(
    eleven_days: Project, argv: list[str], said: str
) -> None:
    (eleven_days.root / "configs/pizzeria.yaml").unlink()

    assert said in eleven_days.fails(2, "start", *BOTH, "--yes", *argv)
    assert nothing_is_written(eleven_days)


def test_a_decimal_comma_in_a_formula_has_a_way_out(weeks: Project) -> None:
    asked = ["start", *BOTH, "--yes", "--ask", TALK, "--baseline"]

    (fix,) = weeks.mlcli(*asked, "1 + 2,5 * reservations", "--json").json["error"]["fix"]

    assert fix == {"option": "--baseline", "value": "1 + 2.5 * reservations"}
    assert weeks.mlcli(*asked, "1,000", "--json").json["error"]["fix"] == []  # 1 or a thousand


def test_an_export_of_a_folder_that_cannot_be_read_is_left_out(weeks: Project) -> None:
    weeks.write("data/torn.csv", b"\0\0\n")
    dates = [f"0{n % 9 + 1}/0{(n + 3) % 9 + 1}/2024" for n in range(30)]
    weeks.write("data/bills.csv", table({"paid": dates, "cost": range(30)}))

    said = started(weeks, "--ask", TALK)

    assert said["definition"]["sources"] == ["reservations", "orders"]
    unused = {one["source"]: one["why"] for one in said["definition"]["unused"]}
    assert "NUL bytes" in unused["data/torn.csv"]
    assert "is 2024-04-01 or 2024-01-04" in unused["data/bills.csv"]
    # What only that one answers is asked for, and a file that is named has to be read.
    asked = weeks.mlcli("start", "--yes", "--ask", "cost")
    assert (asked.code, "--source" in asked.err) == (2, True)
    assert "NUL bytes" in weeks.fails(3, "start", *BOTH, "data/torn.csv", "--yes", "--ask", TALK)


def test_the_weekday_may_be_tried_beside_what_exports_give(weeks: Project) -> None:
    text = started(weeks, *BOTH, "--ask", TALK)["definition"]["text"]

    assert "# to try the calendar too: add  weekday  to the features, and to  rules:\n" in text
    features, rule = "features: [reservations]", "#   - derive: {weekday: weekday of day}"
    assert rule in text
    tried = text.replace(features, f"rules:\n{rule[2:]}\nfeatures: [reservations, weekday]")
    weeks.define(tried, "pizza")
    weeks.works("fit", "pizza")


def test_months_of_less_than_a_year_have_no_calendar(project: Project) -> None:
    months = [f"2023-{n:02}-01" for n in range(1, 11)]
    project.write("x.csv", table({"month": months, "sales": [3, 1, 4, 1, 5, 9, 2, 6, 5, 3]}))

    for ask in ("sales", "sum of sales per month"):
        said = project.fails(2, "start", "x.csv", "--yes", "--ask", ask)

        assert "each month stands once, so nothing is known of it" in said
        assert "hint: bring more rows" in said


def test_rows_that_wait_are_named_by_their_id(project: Project) -> None:
    visits = [n * 7 % 20 for n in range(60)]
    gone = ["yes" if n < 9 else "no" for n in visits[:55]] + [""] * 5
    names = [f"K{n * 7}" for n in range(60)]
    project.write("clients.csv", table({"client": names, "visits": visits, "gone": gone}))

    asked = ("clients.csv", "--ask", "gone", "--name")
    text = started(project, *asked, "all")["definition"]["text"]
    known = started(project, *asked, "known", "--known", "visits")["definition"]["text"]

    for one in (text, known):
        assert "join: client   # names the rows that wait for an answer\n" in one
    waiting = project.works("predict", "-m", "all", "--json").json["predictions"]
    assert [one["asked"]["client"] for one in waiting] == names[55:]


def test_too_few_rows_and_a_project_as_folder_are_told(project: Project) -> None:
    project.write("x.csv", "a,b\n1,2\n")

    assert "fewer than 10 rows: bring more" in project.fails(2, "start", "x.csv", "--yes")
    (project.root / "shop/data").mkdir(parents=True)
    assert "such as shop/data" in project.fails(2, "start", "shop", "--yes")


def test_nothing_is_overwritten(eleven_days: Project) -> None:
    before = eleven_days.define("# mine", "pizza").read_text()

    assert "--name pizza_2" in eleven_days.fails(2, "start", *BOTH, "--yes", "--ask", TALK)
    assert (eleven_days.root / "configs/pizza.yaml").read_text() == before


def test_without_an_export_there_is_a_way_to_begin(project: Project) -> None:
    assert "--example pizzeria" in project.fails(2, "start", "--yes")
    assert "there is no export in" in project.fails(2, "start", "data", "--yes")


@pytest.mark.parametrize(
    "ask",
    [
        "orders: quantitty",
        "sum of quantity where item_nam is pizza per day",
        "sum of quantity where item_name is Pizza per day",
        "count of rows per day",
    ],
)
def test_the_way_out_of_a_question_is_one_that_is_answered(weeks: Project, ask: str) -> None:
    ended = weeks.mlcli("start", *BOTH, "--yes", "--ask", ask, "--json").json

    (first, *_) = ended["error"]["fix"]
    assert first["option"] == "--ask"
    weeks.works("start", *BOTH, "--yes", "--ask", first["value"])


# ---- a playground ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pizzeria", "gamedrop"])
def test_a_playground_holds_what_the_repository_does(project: Project, name: str) -> None:
    said = project.works("start", "--example", name, "--json").json

    for file in said["written"]:
        assert (project.root / file).read_bytes() == (ROOT / file).read_bytes()
    assert f"configs/{name}.yaml" in said["written"]
    assert "is not overwritten" in project.fails(2, "start", "--example", name)
    if name == "gamedrop":
        project.works(*said["next"][0]["argv"][1:])
        project.works("recommend", "--budget", "cheap", "--play", "adventure")


# ---- questions ------------------------------------------------------------------------------


def test_without_a_terminal_the_questions_are_json_and_nothing_is_written(
    weeks: Project,
) -> None:
    said = weeks.works("start", *BOTH, "--ask", TALK).json

    by_id = {one["id"]: one for one in said["questions"]}
    options = weeks.works("start", "--help").out
    assert [*by_id] == ["known", "drop_days", "because", "baseline", "name"]
    assert all(one["option"] in options for one in by_id.values())
    assert by_id["known"]["default"] == ["reservations"]
    assert by_id["name"]["default"] == "pizza"
    assert nothing_is_written(weeks)
    weeks.works(*said["next"][0]["argv"][1:])


def test_questions_fit_the_sheet(project: Project) -> None:
    draw = random.Random(11)
    joined = [draw.choice(DAYS) for _ in range(60)]
    gone = [draw.choice(["yes", "no"]) for _ in range(60)]
    visits = [draw.randint(1, 9) for _ in range(60)]
    project.write("members.csv", table({"joined": joined, "visits": visits, "gone": gone}))

    asked = project.works("start", "members.csv", "--ask", "gone").json["questions"]

    assert [one["id"] for one in asked] == ["known", "name"]  # no weekdays, and no formula


def test_what_a_file_cannot_say_is_asked_first(project: Project) -> None:
    when = [f"0{n % 9 + 1}/0{(n + 3) % 9 + 1}/2024" for n in range(30)]
    project.write("x.csv", table({"when": when, "y": [n % 7 for n in range(30)]}))

    (one,) = project.works("start", "x.csv").json["questions"]

    assert (one["id"], one["option"]) == ("source x.csv", "--source")
    assert len(one["choices"]) == 2


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Have a terminal in which somebody types lines, and then presses Ctrl-C."""

    def types(lines: list[str]) -> None:
        typed: Iterator[str] = iter(lines)

        def read(prompt: str) -> str:
            del prompt
            try:
                return next(typed)
            except StopIteration:
                raise KeyboardInterrupt from None

        monkeypatch.setattr("builtins.input", read)
        for stream in ("stdin", "stdout"):
            monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)

    return types


# A day, the sum of quantity of orders, pizza, what is proposed, Friday and Saturday, why, the
# rule of today, no other name, yes.
ANSWERS = ["1", "4", "2", "", "5 6", "too busy", "10 + 2 * reservations", "", ""]


def test_the_questions_lead_to_the_talks_model(
    weeks: Project, typing: Callable[[list[str]], None]
) -> None:
    typing(ANSWERS)

    shown = weeks.works("start", *BOTH, "--plain").out

    written = (weeks.root / "configs/pizza.yaml").read_text()
    for line in written.splitlines():
        assert line in shown
    assert "drop_weekdays: {days: [Friday, Saturday], because: too busy}" in written
    assert "baseline: 10 + 2 * reservations" in written
    assert "what next" in shown
    assert " share days, 2023-01-01 to 2023-02-11\n" in shown
    assert "too busy" in weeks.fails(6, "predict", "--date", "2023-02-17")  # a Friday


@pytest.mark.parametrize("count", [0, 3, 8])
def test_ctrl_c_writes_nothing_whenever_it_comes(
    eleven_days: Project, typing: Callable[[list[str]], None], count: int
) -> None:
    (eleven_days.root / "configs/pizzeria.yaml").unlink()
    typing(["1", "3", "2", "", "5 6", "too busy", "10 + 2 * reservations", "", ""][:count])

    assert eleven_days.mlcli("start", *BOTH, "--plain").code == InterruptedByUserError.exit_code
    assert nothing_is_written(eleven_days)


def test_a_wrong_answer_is_asked_for_again(
    weeks: Project, typing: Callable[[list[str]], None]
) -> None:
    typing(
        [
            "9",
            "a",
            "7",
            "quantiti",
            TALK,
            "",
            "",
            "10 +",
            "2 * guests",
            "",
            "No name",
            "tonight",
            "2",
        ]
    )

    ended = weeks.mlcli("start", *BOTH, "--plain")

    assert ended.code == InterruptedByUserError.exit_code
    assert "did you mean 'quantity'?" in ended.err
    assert "write a number from 1 to" in ended.out
    assert "there is no column 'guests'" in ended.err
    assert "hint: such as  no_name" in ended.err
    assert "--" not in ended.err  # somebody who answers questions has no option to write
    assert nothing_is_written(weeks)


def test_what_cannot_be_learned_leads_back_to_the_question(
    project: Project, typing: Callable[[list[str]], None]
) -> None:
    sold = [n % 7 + 0.5 for n in range(60)]
    project.write("x.csv", table({"day": DAYS, "same": [1.5] * 60, "sold": sold}))
    typing(["4", "1"])  # a row, and of it what is the same in every row

    ended = project.mlcli("start", "x.csv", "--plain")

    assert "error: same is the same in every row: there is nothing to learn" in ended.err
    assert ended.out.count("What is one row of your question?") == 2
    assert ended.code == InterruptedByUserError.exit_code


def test_a_name_that_is_taken_leads_to_one_that_is_free(
    weeks: Project, typing: Callable[[list[str]], None]
) -> None:
    mine = weeks.define("# mine", "pizza")
    typing([*ANSWERS[:7], "pizza", "", ""])  # the name that is taken, what is offered, yes

    ended = weeks.works("start", *BOTH, "--plain")

    assert mine.read_text() == "# mine"
    assert "baseline: 10 + 2 * reservations" in (weeks.root / "configs/pizza_2.yaml").read_text()
    assert "another name:  pizza_2" in ended.err


def test_a_question_that_is_typed_starts_empty_and_shows_its_form(
    project: Project, typing: Callable[[list[str]], None]
) -> None:
    sold = [n % 7 + 0.5 for n in range(60)]
    project.write("till.csv", table({"Datum": DAYS, "Kunden": sold, "Umsatz brutto": sold}))
    typing(["5", "", "Umsatz"])  # what is typed, nothing, the beginning of a column

    ended = project.mlcli("start", "till.csv", "--plain")

    assert "or: sum of COLUMN per day" in ended.out
    assert "error: nothing is asked" in ended.err
    assert "no export has a column 'Umsatz'" in ended.err
    assert "did you mean 'Umsatz brutto'?" in ended.err
    assert "--" not in ended.err


@pytest.mark.parametrize(
    ("known", "shown"), [("1", "such as 10 + 2 * guests"), ("2", "(Enter for no)")]
)
def test_the_example_of_a_formula_is_of_a_number(
    project: Project, typing: Callable[[list[str]], None], known: str, shown: str
) -> None:
    guests = [n % 7 + 1 for n in range(60)]
    rooms = ["blue", "red"] * 30
    project.write("x.csv", table({"guests": guests, "room": rooms, "paid": guests[::-1]}))
    typing([known])

    said = project.mlcli("start", "x.csv", "--plain", "--ask", "paid").out

    assert shown in said


class _Screen(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def test_a_bar_is_taken_away_until_something_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mlcli.cli.progress._PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", _Screen())
    drawn: list[str] = []
    monkeypatch.setattr("rich.progress.Progress.start", lambda _: drawn.append("begins"))
    monkeypatch.setattr("rich.progress.Progress.stop", lambda _: drawn.append("ends"))

    with progress.watch(quiet=False) as watch:
        for _ in range(2):
            watch.starts("till.csv", 10)
            watch.advances(5, 1)
            watch.close()
            drawn.append("asked")

    assert drawn == ["begins", "ends", "asked", "begins", "ends", "asked"]


def full(*_: object) -> None:
    raise OSError(ENOSPC, strerror(ENOSPC))


def test_a_full_disk_leaves_no_half_of_a_definition(
    weeks: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcli.store.files.os.fsync", full)

    said = weeks.fails(5, "start", *BOTH, "--yes", "--ask", TALK)

    assert "cannot be written: No space left" in said
    assert nothing_is_written(weeks)


def test_where_no_model_can_be_kept_no_definition_is(
    weeks: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcli.store.versions.save", full)

    weeks.fails(5, "start", *BOTH, "--yes", "--ask", TALK)

    assert not [*weeks.root.glob("configs/*")]
