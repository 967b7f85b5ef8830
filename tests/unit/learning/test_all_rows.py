"""What all rows of a table show, block by block: medians, of few numbers that come home."""

from __future__ import annotations

import numpy as np
import pytest

from mlcli.answering.column import Numbers
from mlcli.learning import all_rows
from mlcli.tables.lying import RowBlock


@pytest.mark.parametrize("levels", [2, 3, 400])
@pytest.mark.parametrize("rows", [9, 1_000, 1_001])
def test_a_median_is_that_of_all_rows_and_each_number_near_it_comes_home_once(
    levels: int, rows: int
) -> None:
    draw = np.random.default_rng(rows + levels)
    values = np.floor(levels * draw.random(rows) ** 4)  # most are 0
    ends = (float(np.quantile(values, 0.4)), float(np.quantile(values, 0.6)))
    blocks = np.array_split(np.append(values, np.nan), 4)

    states = [
        all_rows._looked_at(all_rows.Held(), {"a": ends}, "b", RowBlock({"a": Numbers(one)}, None))
        for one in blocks
    ]
    found = all_rows._merged(states)

    assert all_rows._shows_median(found, "a")
    assert all_rows._median(found, "a") == np.median(values)
    assert all(value.size <= levels for state in states for value in state.values())
