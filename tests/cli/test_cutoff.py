"""The booking cut-off, from the definition to tonight's answer: as_of in a source."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from support import PIZZERIA, Project, csv_of

from mlcli.definition import yaml_file
from mlcli.judging import known_too_late

pytestmark = pytest.mark.usefixtures("unvalidated")

AS_OF = "- as_of: {time: 12:00, made: booked_at, of: datetime}\n      "
COUNT = "- count: {per: day of datetime"
CUT = PIZZERIA.replace(COUNT, AS_OF + COUNT)
FIRST = datetime(2023, 6, 5)  # a Monday
NOTE = "as of 12:00: nothing was cut: is booked_at when the booking was made?"


def bookings(nights: int = 10, *, late: int = 2) -> str:
    """Return nights of bookings: n + 2 in the morning, and ``late`` at noon or after it."""
    rows = []
    for n in range(nights):
        day = FIRST + timedelta(days=n)
        early = [day - timedelta(hours=h) for h in range(n)] + [day.replace(hour=11, minute=59)] * 2
        after = [day.replace(hour=12 + 3 * at) for at in range(late)]
        rows += [("party", f"{day:%Y-%m-%d} 19:00", f"{at:%Y-%m-%d %H:%M}") for at in early + after]
    return csv_of("name,datetime,booked_at", rows)


def till(nights: int = 8) -> str:
    """Return what was sold: three pizzas for each of those known at noon, and one more."""
    days = [(FIRST + timedelta(days=n), 3 * (n + 2) + 1) for n in range(nights)]
    return csv_of("item_name,quantity,ordered_at", [("pizza", q, f"{d:%Y-%m-%d}") for d, q in days])


@pytest.fixture
def nights(project: Project) -> Project:
    project.write("data/reservations.csv", bookings())
    project.write("data/orders.csv", till())
    project.define(CUT)
    return project


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_the_account_counts_what_came_too_late_and_the_model_never_sees_it(
    nights: Project, engine: str
) -> None:
    fitted = nights.works("fit", "--engine", engine, "--json").json["fitted"][0]

    rules = fitted["ledger"]["sources"][0]["rules"]
    assert [(r["rule"], r["in"], r["out"]) for r in rules] == [
        ("as_of 12:00 by booked_at", 85, 65),
        ("count per day of datetime", 65, 10),
    ]
    assert fitted["equation"] == "doughs = 1 + 3 × reservations"
    assert "as_of 12:00 by booked_at" in nights.works("data").out
    assert not [note for note in fitted["notes"] if "cut" in note]


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_tonight_is_counted_as_of_noon_too(nights: Project, engine: str) -> None:
    nights.works("fit", "--engine", engine)

    # The 13th and the 14th of June: 10 and 11 at noon, 12 and 13 in all.
    asked = nights.works("predict", "--date", "2023-06-13", "--json").json["predictions"][0]
    listed = nights.works("predict", "--json").json["predictions"]

    assert (asked["asked"]["reservations"], asked["answer"]) == (10, 31)
    assert [(p["asked"]["reservations"], p["answer"]) for p in listed] == [(10, 31), (11, 34)]


def test_a_booking_that_comes_after_noon_changes_no_answer(nights: Project) -> None:
    nights.works("fit")
    before = nights.works("predict", "--date", "2023-06-13").out

    path = nights.root / "data/reservations.csv"
    path.write_text(path.read_text() + "late,2023-06-13 20:00,2023-06-13 12:00\n")
    late = nights.works("predict", "--date", "2023-06-13").out
    path.write_text(path.read_text() + "early,2023-06-13 20:00,2023-06-13 11:59\n")

    assert late == before
    assert nights.works("predict", "--date", "2023-06-13").out == "34 doughs\n"


def test_a_day_on_which_all_came_late_is_one_of_none_where_that_is_said(nights: Project) -> None:
    path = nights.root / "data/reservations.csv"
    path.write_text(path.read_text() + "late,2023-06-15 20:00,2023-06-15 12:00\n")
    nights.works("fit")

    said = nights.fails(3, "predict", "--date", "2023-06-15")

    assert "--reservations N" in said


def test_the_data_shows_the_rows_that_came_too_late(nights: Project) -> None:
    shown = nights.works("data", "pizzeria", "--lost", "--json").json

    lost = next(one for one in shown["lost"] if "as_of" in one["where"])
    assert lost["rows"] == 20
    assert lost["first"][0]["cells"]["booked_at"] == "2023-06-05 12:00:00"


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_cut_off_that_cuts_nothing_is_doubted_by_fit_and_evaluate(
    nights: Project, engine: str
) -> None:
    nights.write("data/reservations.csv", bookings(late=0))

    fitted = nights.works("fit", "--engine", engine)
    evaluated = nights.works("evaluate")

    assert NOTE in " ".join(fitted.out.split())
    assert NOTE in " ".join(evaluated.out.split())
    assert NOTE in nights.works("evaluate", "--json").json["notes"]


TABLE = "sources:\n  n: {file: data/n.csv}\nfeatures: [guests]\nlabel: doughs\nmodel: ridge\n"
SAID = "final_count: reservations may count what comes in after you ask;  as_of  leaves it out"


def test_evaluate_says_that_counts_are_final_and_fit_does_not(nights: Project) -> None:
    nights.define(PIZZERIA)

    assert "final_count" not in nights.works("fit").out
    assert " ".join(SAID.split()) in " ".join(nights.works("evaluate").out.split())
    assert SAID in nights.works("evaluate", "--json").json["notes"]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (PIZZERIA, [SAID]),
        (PIZZERIA.replace("day of datetime", "week of datetime").replace("day of ordered_at", "week of ordered_at").replace("join: day", "join: week"), [SAID]),
        (PIZZERIA.replace("count: {", "sum: {of: guests, "), [SAID]),
        (PIZZERIA.replace("count: {", "mean: {of: guests, "), []),
        (PIZZERIA.replace("day of datetime", "item").replace("day of ordered_at", "item").replace("join: day", "join: item").replace("drop_weekdays: {days: [Friday, Saturday], because: too busy to take reservations}", "fill_missing: {reservations: 0}"), []),
        (TABLE, []),
        (PIZZERIA.replace("as: reservations}", "as: x}\n      - rename: {x: reservations}"), [SAID]),
        (PIZZERIA.replace("rules:\n  -", "rules:\n  - derive: {s: sqrt of reservations}\n  -").replace("features: [reservations]", "features: [s]"), [SAID.replace("reservations", "s")]),
        (CUT, []),
        (PIZZERIA + "acknowledge: final_count\n", []),
        (PIZZERIA + "acknowledge: [strong, final_count reservations]\n", []),
    ],
    ids=["counted", "of a week", "summed", "averaged", "of a plain column", "of a table", "renamed", "derived", "cut", "known", "known of one"],
)  # fmt: skip
def test_a_count_is_final_unless_it_is_cut_or_known(definition: str, said: list[str]) -> None:
    read = yaml_file.read(definition, file="configs/pizzeria.yaml").definition

    assert list(known_too_late.final_counts(read)) == said


MISUSES = {
    "after the join": (
        CUT.replace(AS_OF, "").replace("rules:\n  -", f"rules:\n  {AS_OF[:-6]}  -"),
        "pizzeria.yaml:13:5: rows are cut off in a source, not after the join",
        "move the rule to its source, above  count  or  sum",
    ),
    "after the count": (
        CUT.replace(AS_OF, "").replace("as: reservations}", "as: reservations}\n      " + AS_OF[:-7]),
        "pizzeria.yaml:6:9: the rows are gathered already, and none can be cut off",
        "put  as_of  above the rule that gathers them",
    ),
    "a day that begins later for the count": (
        CUT.replace("day of datetime", "day of datetime from 05:00"),
        "a day begins at 00:00 for as_of, and at 05:00 for count per day of datetime from 05:00",
        'write  from: "05:00"  in as_of',
    ),
    "a day that begins later for the cut-off": (
        CUT.replace("of: datetime}", "of: datetime, from: 05:00}"),
        "a day begins at 05:00 for as_of, and at 00:00 for count per day of datetime",
        "take  from:  away",
    ),
    "no time": (CUT.replace("12:00", "noon"), "'noon' is not a time of the day", "write it as 05:00"),
    "the time is missing": (CUT.replace("time: 12:00, ", ""), "'time' is missing", "add  time:"),
    "the column is missing": (CUT.replace(", of: datetime", ""), "'of' is missing", "add  of: COLUMN"),
    "one column": (
        CUT.replace("made: booked_at", "made: datetime"),
        "'datetime' cannot be both when a row came in and for when it is",
        "name the column of when a row came in",
    ),
    "a misspelt key": (CUT.replace("made:", "mad:"), "unknown key 'mad'", "did you mean 'made'?"),
    "days before below 0": (
        CUT.replace("of: datetime}", "of: datetime, days_before: -1}"),
        "'days_before' must be 0 or more, not -1",
        "write a number that is 0 or more",
    ),
    "an alarm that there is not": (
        CUT + "acknowledge: final_counts\n",
        "'final_counts' is the code of no alarm",
        "did you mean 'final_count'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISUSES)
def test_a_cut_off_that_makes_no_sense_is_refused_at_its_place(nights: Project, name: str) -> None:
    definition, message, hint = MISUSES[name]
    nights.define(definition)

    said = nights.fails(2, "fit")

    assert message in said
    assert f"hint: {hint}" in said
    assert "pizzeria: nothing was fitted" in said


DATA = {
    "a column that is not there": (
        "booked_at\n",
        "made_on\n",
        "data/reservations.csv:1: there is no column 'booked_at'",
        "the columns are",
    ),
    "an empty cell": (
        "2023-06-05 11:59\n",
        "\n",
        "data/reservations.csv:2: 'booked_at' is empty, and as_of 12:00 by booked_at needs it",
        "put  drop_missing: {of: booked_at}  before it, or fill the cell in the export",
    ),
    "a cell that is no date": (
        "2023-06-05 11:59\n",
        "yesterday\n",
        "data/reservations.csv:2: column 'booked_at' (the 3rd): 'yesterday' is not a date",
        "write year-month-day",
    ),
}


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("name", DATA)
def test_a_booking_of_which_nobody_knows_when_it_came_is_a_fault_of_the_data(
    nights: Project, name: str, engine: str
) -> None:
    old, new, message, hint = DATA[name]
    path = nights.root / "data/reservations.csv"
    path.write_text(path.read_text().replace(old, new, 1))

    said = nights.fails(3, "fit", "--engine", engine)

    assert message in said
    assert hint in said
    assert not (nights.root / "models").exists()


def test_columns_that_are_swapped_leave_no_row(nights: Project) -> None:
    nights.define(CUT.replace("made: booked_at, of: datetime", "made: datetime, of: booked_at"))

    said = nights.fails(3, "fit")

    assert "no row is left after  as_of 12:00 by datetime  (85 before it)" in said
    assert "hint: is datetime when the booking was made, and booked_at for when it is?" in said


def test_editors_know_its_options(project: Project) -> None:
    schema = project.works("schema").json
    options = schema["$defs"]["AsOf"]

    assert schema["$defs"]["Step"]["properties"]["as_of"]["$ref"].endswith("/AsOf")
    assert set(options["properties"]) == {"time", "made", "of", "days_before", "from", "because"}
    assert options["required"] == ["time", "made", "of"]
    assert options["properties"]["time"]["type"] == "string"
    assert json.dumps(options["properties"]["days_before"]).count("366") == 1
