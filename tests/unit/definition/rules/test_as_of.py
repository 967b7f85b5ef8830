"""The rule as_of beside a plain loop, in chunks of any size, on both engines; and its doubts."""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import SIZES, plain, refused, rule, run
from unit.exports.test_rules_on_every_engine import export, on_every_engine

from mlcli.definition.rules.base import LINE
from mlcli.definition.rules.where import AsOf
from mlcli.errors import DataError
from mlcli.exports import values_of_cells

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))  # more in `make slow`


def known(made: datetime, of: datetime, time: str, days_before: int, begins: str) -> bool:
    """Say in plain steps whether a row was known when it was asked about."""
    begin = datetime.strptime(begins, "%H:%M")
    day = of.date()
    if (of.hour, of.minute) < (begin.hour, begin.minute):
        day -= timedelta(days=1)
    asked = datetime.combine(day, datetime.strptime(time, "%H:%M").time())
    return made < asked - timedelta(days=days_before)


times = st.sampled_from(["00:00", "00:01", "05:00", "12:00", "17:30", "23:59"])
moments = st.datetimes(datetime(1969, 12, 28), datetime(1970, 1, 4)).map(
    lambda at: at.replace(second=at.second // 30 * 30, microsecond=0, minute=at.minute // 15 * 15)
)


@given(
    rows=st.lists(st.tuples(moments, moments), min_size=1, max_size=20),
    time=times,
    begins=times,
    days_before=st.integers(0, 3),
    size=st.sampled_from(SIZES),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_what_stays_is_what_a_plain_loop_keeps(
    rows: list[tuple[datetime, datetime]],
    time: str,
    begins: str,
    days_before: int,
    size: int | None,
) -> None:
    rows = [(datetime(1969, 1, 1), datetime(1970, 1, 1)), *rows]  # one that always stays
    text = (
        f'as_of: {{time: "{time}", made: made, of: of, days_before: {days_before}, '
        f'from: "{begins}"}}'
    )
    frame = values_of_cells.frame(
        {
            "made": ([made for made, _ in rows], "date"),
            "of": ([of for _, of in rows], "date"),
            LINE: (list(range(2, len(rows) + 2)), "any"),
        }
    )

    left, counted = run(rule(text), frame, size)

    expected = [pair for pair in rows if known(*pair, time, days_before, begins)]
    assert list(zip(plain(left)["made"], plain(left)["of"], strict=True)) == expected
    assert (counted.rows_in, counted.rows_out) == (len(rows), len(expected))


@pytest.mark.parametrize(
    ("time", "days_before", "begins"),
    [("12:00", 0, "00:00"), ("23:59", 0, "05:00"), ("00:00", 1, "00:00"), ("09:30", 2, "12:00")],
)
def test_both_engines_keep_what_a_plain_loop_keeps(
    time: str, days_before: int, begins: str, tmp_path: Path
) -> None:
    draw = random.Random(7)
    of = [datetime(2023, 1, 1) + timedelta(minutes=15 * draw.randrange(9_000)) for _ in range(900)]
    made = [at - timedelta(minutes=15 * draw.randrange(-8, 400)) for at in of]
    path = export(tmp_path / "a.csv", {"made": (made, "date"), "of": (of, "date")})
    text = f'as_of: {{time: "{time}", made: made, of: of, days_before: {days_before}, from: "{begins}"}}'

    table, lines, ledger, _ = on_every_engine(path, [text], {"made": "date", "of": "date"})

    kept = [n for n, pair in enumerate(zip(made, of, strict=True)) if known(*pair, time, days_before, begins)]  # fmt: skip
    assert lines == [n + 2 for n in kept]
    assert table["made"] == [made[n] for n in kept]
    assert ledger[0][1:] == (900, len(kept))
    assert 0 < len(kept) < 900


@pytest.mark.parametrize("column", ["made", "of"])
@pytest.mark.parametrize("size", SIZES)
def test_an_empty_date_is_named_with_its_line(column: str, size: int | None) -> None:
    day = datetime(2023, 6, 8)
    columns = {"made": [day] * 4, "of": [day + timedelta(hours=20)] * 4}
    columns[column][2] = None
    frame = values_of_cells.frame(
        {**{k: (v, "date") for k, v in columns.items()}, LINE: ([2, 3, 4, 5], "any")}
    )

    with pytest.raises(DataError) as raised:
        run(rule("as_of: {time: 12:00, made: made, of: of}"), frame, size)

    (problem,) = raised.value.problems
    assert problem.message == f"{column!r} is empty, and as_of 12:00 by made needs it in every row"
    assert problem.place == "line 4"
    assert problem.hint == (
        f"put  drop_missing: {{of: {column}}}  before it, or fill the cell in the export"
    )


def test_where_every_row_is_cut_the_columns_may_be_swapped() -> None:
    day = datetime(2023, 6, 8, 12)
    frame = values_of_cells.frame({"made": ([day] * 3, "date"), "of": ([day] * 3, "date")})

    with pytest.raises(DataError) as raised:
        run(rule("as_of: {time: 12:00, made: made, of: of}"), frame)

    (problem,) = raised.value.problems
    assert problem.message == "no row is left after  as_of 12:00 by made  (3 before it)"
    assert problem.hint == "is made when the booking was made, and of for when it is?"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("", "as_of 12:00 by made"),
        (", days_before: 0, from: 05:00", "as_of 12:00 by made"),
        (", days_before: 1", "as_of 12:00 the day before by made"),
        (", days_before: 7", "as_of 12:00, 7 days before, by made"),
    ],
)
def test_it_reads_as_it_was_written(options: str, words: str) -> None:
    one = rule(f"as_of: {{time: 12:00, made: made, of: of{options}}}")

    assert isinstance(one, AsOf)
    assert one.says() == words
    assert one.needs() == {"made": "date", "of": "date"}
    assert one.gives() == {}
    assert {c: one.origin(c) for c in ("made", "day")} == {"made": "made", "day": "day"}


@pytest.mark.parametrize(
    "options",
    [
        "time: noon",
        "time: 12",
        "time: 24:00",
        "time: 12:60",
        'time: ""',
        "time: [12:00]",
        "time: 12:00, days_before: -1",
        "time: 12:00, days_before: 367",
        "time: 12:00, days_before: 1.5",
        "time: 12:00, days_before: true",
        "time: 12:00, from: dawn",
        "time: 12:00, until: 13:00",
    ],
)
def test_what_makes_no_sense_is_refused_before_any_data_is_read(options: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        rule(f"as_of: {{made: made, of: of, {options}}}")


def test_one_column_cannot_be_both() -> None:
    assert refused("as_of: {time: 12:00, made: at, of: at}") == (
        "'at' cannot be both when a row came in and for when it is",
        "name the column of when a row came in",
        "made",
    )
