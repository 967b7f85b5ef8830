"""What the cells of a column are, in one pass: by hand, against pandas, in any chunks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.grammar.column_summary import ColumnSeen, Tally
from mlcli.grammar.number_notation import MARKS, NumberMarks


def seen(*column: str, size: int = 100, most: int = 1000) -> ColumnSeen:
    """Tally a column, of which the first cell stands in line 2, in chunks of some rows."""
    tally = Tally(most)
    for start in range(0, len(column), size):
        part = column[start : start + size]
        tally.add(part, range(start + 2, start + 2 + len(part)))
    return tally.finish()


@pytest.mark.parametrize(
    ("column", "kind", "missing", "low", "high"),
    [
        (["1", "", "3.5", " "], "number", 2, 1.0, 3.5),
        (["-1e3", "+2", ".5"], "number", 0, -1000.0, 2.0),
        (["2023-06-08", "2023-01-02 18:30"], "date", 0, datetime(2023, 1, 2, 18, 30), datetime(2023, 6, 8)),
        (["31/12/2023", "01/02/2023"], "date", 0, datetime(2023, 2, 1), datetime(2023, 12, 31)),
        # ISO dates are read beside any other form
        (["31/12/2023", "2024-01-01"], "date", 0, datetime(2023, 12, 31), datetime(2024, 1, 1)),
        (["true", "FALSE", ""], "true/false", 1, None, None),
        (["pizza", "true"], "text", 0, None, None),
        (["NA", "-"], "text", 0, None, None),  # words, where there is nothing else
        (["true", "n/a"], "text", 0, None, None),
        (["", " ", ""], "empty", 3, None, None),
        (["1", "n/a", "3"], "number", 1, 1.0, 3.0),
        (["2023-06-08", "-"], "date", 1, datetime(2023, 6, 8), datetime(2023, 6, 8)),
        (["1.234,5", "7"], "number", 0, 7.0, 1234.5),
        (["€ 3", "2 €"], "number", 0, 2.0, 3.0),
        (["1e300", "x"], "text", 0, None, None),  # no number that is read
        (["2023-02-30", "x"], "text", 0, None, None),  # no day that there is
    ],
    ids=str,
)  # fmt: skip
def test_the_kind_and_the_ends_of_a_column(
    column: list[str], kind: str, missing: int, low: object, high: object
) -> None:
    summary = seen(*column).summary

    assert (summary.kind, summary.missing) == (kind, missing)
    assert (summary.low, summary.high) == (low, high)


@pytest.mark.parametrize(
    ("column", "odd", "mostly"),
    [
        (["1", "2", "six", "4"], (4, "six"), "number"),
        (["a", "b", "3", "c"], (4, "3"), "text"),
        (["2023-01-01", "2023-01-02", "soon"], (4, "soon"), "date"),
        (["2023-01-01", "5", "2023-01-02"], (3, "5"), "date"),
        (["1", "2", "true"], (4, "true"), "number"),
        # numbers written in two ways: the cell that breaks the way of those before
        (["1,5", "2,5", "1.234.567", "3.5"], (5, "3.5"), "number"),
        # the second of these is no day by the reading of the first
        (["31/12/2023", "12/31/2023"], (3, "12/31/2023"), "date"),
        # n/a alone would be a missing value: six is what is odd
        (["1", "n/a", "2", "six"], (5, "six"), "number"),
        # too many words for nothing
        (["1", *["-", "--", "?", "n/a", "na", "nan", "nil", "none"]], (9, "nil"), "nothing"),
    ],
    ids=str,
)
def test_the_odd_cell_out(column: list[str], odd: tuple[int, str], mostly: str) -> None:
    for size in (1, 2, 100):
        found = seen(*column, size=size)

        assert found.summary.kind == "mixed"
        if mostly != "nothing":
            assert (found.odd, found.mostly) == (odd, mostly)


@pytest.mark.parametrize(
    ("column", "ways"),
    [
        (["1", "2"], MARKS),
        (["1", "2.5"], tuple(m for m in MARKS if m.decimal == ".")),
        (["1,234"], (NumberMarks(",", ""), NumberMarks(".", ","), NumberMarks(",", "."), NumberMarks(",", " "), NumberMarks(",", "'"))),
        (["1,234", "1,5"], (NumberMarks(",", ""), NumberMarks(",", "."), NumberMarks(",", " "), NumberMarks(",", "'"))),
        (["1,234", "3.5"], (NumberMarks(".", ","),)),
        (["3.5", "1,234"], (NumberMarks(".", ","),)),
        (["1.234", "1,5"], (NumberMarks(",", "."),)),
        (["1,5", "1.234"], (NumberMarks(",", "."),)),
    ],
    ids=str,
)  # fmt: skip
def test_the_ways_in_which_all_numbers_of_a_column_are_written(
    column: list[str], ways: tuple[NumberMarks, ...]
) -> None:
    assert seen(*column).marks == ways
    assert seen(*column, size=1).marks == ways


def test_the_ends_are_those_of_each_way() -> None:
    found = seen("1,234", "7")

    assert found.ends[NumberMarks(",", "")] == (1.234, 7.0)
    assert found.ends[NumberMarks(".", ",")] == (7.0, 1234.0)
    assert found.sample == "1,234"


def test_the_ends_of_points_that_group_digits() -> None:
    found = seen("1.234", "1,5")

    assert found.ends == {NumberMarks(",", "."): (1.5, 1234.0)}


def test_the_readings_of_dates_and_their_ends() -> None:
    found = seen("05/06/2023", "01/02/2023")

    assert [way.forms for way in found.ways or ()] == [("%d/%m/%Y",), ("%m/%d/%Y",)]
    assert found.sample == "05/06/2023"
    assert found.ends["%d/%m/%Y",] == (datetime(2023, 2, 1), datetime(2023, 6, 5))
    assert found.ends["%m/%d/%Y",] == (datetime(2023, 1, 2), datetime(2023, 5, 6))
    (only,) = seen("05/06/2023", "13/06/2023").ways or ()
    assert only.forms == ("%d/%m/%Y",)
    assert seen("2023-06-05").ways is None


def test_what_is_noted_beside_the_kind() -> None:
    assert seen("1", "007", "008").zero == (3, "007")
    assert seen("1", "70", "0", "0.5", "-0").zero is None
    assert seen("5 €", "$ 5").units == ("€", "$")
    assert seen("1", "n/a", "NA ").nothing == ("n/a", "NA")
    assert [a.other for a in seen("Hall", "hall").alike] == ["hall"]
    assert list(seen("2023-06-08T10:00Z", "2023-06-08T10:00+02:00").offsets.values()) == [2, 3]
    assert list(seen("2023-06-08T10:00Z", "2023-06-09T10:00+00:00").offsets.values()) == [2]
    assert list(seen("2023-06-08", "2023-06-08T10:00Z").offsets) == [None, timedelta(0)]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_whether_a_cell_stands_twice(size: int) -> None:
    assert not seen("a", "b", "c", size=size).repeats
    assert seen("a", "b", "a", size=size).repeats
    assert not seen("a", "", "", size=size).repeats


def test_only_so_many_different_cells_are_remembered() -> None:
    few = seen(*"abcd", most=4)
    many = seen(*"abcde", most=4)
    long = seen("a" * 150, "b" * 150, "c" * 150, most=4)

    assert (few.summary.different, len(few.summary.levels)) == (4, 4)
    assert (many.summary.different, many.summary.levels) == (None, ())
    assert long.summary.different is None  # 450 letters, where 4 cells have 400


def test_what_was_not_remembered_still_counts_for_the_kind() -> None:
    found = seen(*map(str, range(50)), "fifty", most=4, size=7)

    assert (found.summary.kind, found.odd, found.mostly) == ("mixed", (52, "fifty"), "number")


CELLS = st.sampled_from(
    ["", " ", "1", "2.5", "1,5", "1.234", "1,234", "007", "x", "X", "true", "n/a", "2023-06-08",
     "05/06/2023", "31/12/2023", "12/31/2023", "5 €", "2023-06-08T10:00Z", "2023-02-30"]
)  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=12), st.integers(1, 12))
def test_chunks_of_any_size_show_the_same(column: list[str], size: int) -> None:
    assert seen(*column, size=size) == seen(*column)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: f"{x:.3f}") | st.just(""), min_size=1))
def test_plain_numbers_are_those_of_pandas(column: list[str]) -> None:
    series = pd.to_numeric(pd.Series(column, dtype="str"))
    found = seen(*column, "0.5").summary

    assert found.missing == series.isna().sum()
    assert found.low == min(0.5, series.min()) or series.isna().all()
    assert found.high == max(0.5, series.max()) or series.isna().all()


def test_plain_marks_come_first() -> None:
    assert seen("1.5").marks[0] == NumberMarks(".", "")
