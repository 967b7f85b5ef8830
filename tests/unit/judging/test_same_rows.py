"""Rows of several tables that are the same rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tables import examples

from mlcli.errors import DataError
from mlcli.judging.same_rows import Table, matched
from mlcli.learning.labels import NumberLabels

DAYS = [datetime(2024, 1, 1) + timedelta(days=i) for i in range(5)]


def table(
    labels: list[float],
    *,
    name: str = "a",
    keys: list[Any] | None = None,
    lines: list[int] | None = None,
    status: list[Any] | None = None,
    digest: str = "d",
) -> Table:
    made = examples(
        {"label": labels, **({"day": keys} if keys else {})},
        status=status,
        lines=lines,
        key="day" if keys else None,
    )
    return Table(name, made, NumberLabels(np.array(labels)), {"f.csv": digest})


def pairs(*tables: Table) -> list[tuple[int, ...]]:
    """Return the positions of matched rows, for each table."""
    return [tuple(rows.tolist()) for rows in matched(tables)]


def test_rows_are_matched_by_their_key_wherever_they_stand() -> None:
    one = table([1.0, 2.0, 3.0], keys=DAYS[:3])
    other = table([9.0, 3.0, 2.0], keys=[DAYS[4], DAYS[2], DAYS[1]], name="b", digest="e")

    assert pairs(one, other) == [(1, 2), (2, 1)]


def test_rows_that_one_table_cannot_use_are_left_out() -> None:
    one = table([1.0, 2.0, 3.0], keys=DAYS[:3])
    other = table([1.0, 2.0, 3.0], keys=DAYS[:3], status=["usable", "incomplete", "usable"])

    assert pairs(one, other) == [(0, 2), (0, 2)]


def test_without_a_key_rows_are_matched_by_their_lines_in_the_same_files() -> None:
    one = table([1.0, 2.0], lines=[2, 3])
    other = table([2.0, 5.0], lines=[3, 9], name="b")

    assert pairs(one, other) == [(1,), (0,)]


def test_a_key_that_names_several_rows_does_not_tell_them_apart() -> None:
    one = table([1.0, 2.0], keys=[DAYS[0]] * 2, lines=[2, 3])

    assert pairs(one, one) == [(0, 1), (0, 1)]


def test_without_key_and_lines_tables_of_the_same_labels_are_matched_by_position() -> None:
    one, other = table([1.0, 2.0, 2.0]), table([1.0, 2.0, 2.0], digest="e", name="b")

    assert pairs(one, other) == [(0, 1, 2), (0, 1, 2)]


@pytest.mark.parametrize("labels", [[1.0, 2.0], [1.0, 2.0, 4.0]])
def test_without_key_and_lines_other_tables_are_refused(labels: list[float]) -> None:
    with pytest.raises(DataError, match="which rows of a and b are the same cannot be told"):
        matched([table([1.0, 2.0, 3.0]), table(labels, name="b")])


def test_lines_of_other_files_are_not_the_same_lines() -> None:
    one = table([1.0, 2.0], lines=[2, 3])
    other = table([2.0, 1.0], lines=[2, 3], name="b", digest="e")

    with pytest.raises(DataError, match="cannot be told"):
        matched([one, other])


def test_no_row_in_common_says_what_each_has() -> None:
    one = table([1.0, 2.0], keys=DAYS[:2])
    other = table([1.0, 2.0], keys=DAYS[3:], name="b")

    with pytest.raises(DataError, match="no row in common") as raised:
        matched([one, other])
    assert raised.value.problems[0].hint == (
        "a has 2 days, 2024-01-01 to 2024-01-02; b has 2 days, 2024-01-04 to 2024-01-05; "
        "take definitions of the same nights or things"
    )


def test_another_label_in_the_same_row_is_named() -> None:
    one = table([1.0, 2.0], keys=DAYS[:2])
    other = table([1.0, 2.5], keys=DAYS[:2], name="b")

    with pytest.raises(DataError, match=r"2024-01-02 has the label 2 in a, and 2\.5 in b"):
        matched([one, other])
