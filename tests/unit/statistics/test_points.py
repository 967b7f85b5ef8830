"""Rows as points: each as it is where they are few, else counted in bins."""

from __future__ import annotations

import numpy as np
import pytest

from mlcli.statistics import points
from mlcli.statistics.points import MOST, Points


def test_few_rows_are_kept_as_they_are() -> None:
    found = points.of_rows(np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([False, True]))

    assert found == Points((1.0, 1.0), (2.0, 2.0), (1, 0), (0, 1))


def test_many_rows_are_counted_on_both_sides() -> None:
    # 500 rows on 0 to 4 and 0 to 1, in turn: 50 of each of ten pairs, every fifth held out,
    # which are those of x = 4. So few different whole numbers have a bin each, one wide.
    at = np.arange(500)
    found = points.of_rows((at % 5).astype(float), (at % 10 // 5).astype(float), at % 5 == 4)

    assert found.bin == (1.0, 1.0)
    assert list(zip(found.x, found.y, found.learned, found.held, strict=True)) == [
        (x, y, 0 if x == 4 else 50, 50 if x == 4 else 0) for x in range(5) for y in range(2)
    ]


def test_a_cloud_of_rows_has_as_many_bins_as_a_picture_has_points() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=20_000), draw.normal(size=20_000) * 1e-9

    found = points.of_rows(x, y, draw.random(20_000) < 0.2)

    assert 200 < len(found.x) <= MOST
    assert sum(found.learned) + sum(found.held) == 20_000
    assert found.bin is not None
    width, height = found.bin
    assert min(found.x) - width / 2 == pytest.approx(x.min())
    assert max(found.y) + height / 2 == pytest.approx(y.max())


def test_rows_of_one_value_are_one_bin() -> None:
    found = points.of_rows(np.full(500, 0.25), np.full(500, 3.0), np.zeros(500, dtype=bool))

    assert (found.y, found.learned) == ((3.0,), (500,))


def test_points_of_different_lengths_are_none() -> None:
    with pytest.raises(ValueError):
        Points((1.0,), (1.0, 2.0), (1,), (1,))
