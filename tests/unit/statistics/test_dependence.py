"""Means of days and groups: by formulas worked out by hand."""

from __future__ import annotations

from math import cos, pi, sqrt

import numpy as np
import pytest

from mlcli.statistics.dependence import mean_of


def test_rows_alone_have_the_error_of_student() -> None:
    found = mean_of([1.0, 2.0, 6.0])

    # The mean is 3, s² = (4 + 1 + 9) / 2 = 7.
    assert found is not None
    assert (found.mean, found.freedom, found.parts) == (3, 2, 3)
    assert found.error == pytest.approx(sqrt(7 / 3), rel=1e-12)


def test_groups_count_once() -> None:
    found = mean_of([1.0, 3.0, 8.0, 4.0], groups=np.array(["a", "a", "b", "c"]))

    # The mean is 4; sums by group of what lies above it: -4, 4, 0; 3 / 2 · 32 = 48, by 4 rows.
    assert found is not None
    assert (found.mean, found.freedom, found.parts) == (4, 2, 3)
    assert found.error == pytest.approx(sqrt(48) / 4, rel=1e-12)


def test_days_have_the_error_of_their_cosines() -> None:
    values = [5.0, 1.0, 2.0, 4.0, 3.0]
    found = mean_of(values, days=np.array([3, 1, 2, 2, 4]))

    # The mean is 3, sums by day 1 to 4: -2, 0, 2, 0; floor(.4 · 4^(2/3)) = 1 cosine.
    transform = sqrt(2 / 4) * (-2 * cos(pi / 8) + 2 * cos(5 * pi / 8))
    assert found is not None
    assert (found.mean, found.freedom, found.parts) == (3, 1, 4)
    assert found.error == pytest.approx(sqrt(4 * transform**2) / 5, rel=1e-12)


def test_days_that_rise_and_rise_are_slow() -> None:
    rising, jumping = np.arange(60.0), np.tile([0.0, 1.0], 30)

    # Of a straight line r is about 1; of a saw r is below 0.
    assert [one.slow for v in (rising, jumping) if (one := mean_of(v, days=rising))] == [
        True,
        False,
    ]


@pytest.mark.parametrize("keys", [{"days": [1, 1]}, {"groups": [1, 1]}])
def test_one_part_says_nothing(keys: dict[str, list[int]]) -> None:
    found = {name: np.array(value) for name, value in keys.items()}

    assert mean_of([1.0, 2.0], days=found.get("days"), groups=found.get("groups")) is None
