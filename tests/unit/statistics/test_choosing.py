"""Which candidate is taken: worked by hand, and beside the rule written with NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.statistics.choosing import Choice, simplest


@pytest.mark.parametrize(
    ("about", "errors", "expected"),
    [
        ("the lowest, where it always wins", [[3.0, 3.1], [1.0, 1.1]], Choice(1, 1)),
        # Differences 0.2 and -0.1: mean 0.05, s 0.212, s / sqrt(2) 0.15.
        ("the first, within one standard error", [[1.2, 0.9], [1.0, 1.0]], Choice(1, 0)),
        # Differences 0.3 and 0.1: mean 0.2, s 0.141, s / sqrt(2) 0.1.
        ("the best, where the first is further off", [[1.3, 1.1], [1.0, 1.0]], Choice(1, 1)),
        # A hard fold is hard for both: differences 0.1 and 0.1 have no spread at all.
        ("what makes a fold hard is no excuse", [[1.1, 9.1], [1.0, 9.0]], Choice(1, 1)),
        ("the first of equal ones", [[2.0, 4.0], [4.0, 2.0]], Choice(0, 0)),
        ("rounding is no difference", [[1.0 + 1e-12, 2.0], [1.0, 2.0]], Choice(1, 0)),
        ("one fold: the lowest", [[2.0], [1.0]], Choice(1, 1)),
        ("what has no error is out", [[None, 0.0], [5.0, 6.0]], Choice(1, 1)),
        ("nor what has an endless one", [[float("inf"), 0.0], [5.0, 6.0]], Choice(1, 1)),
    ],
)
def test_the_candidate_that_is_taken(
    about: str, errors: list[list[float | None]], expected: Choice
) -> None:
    assert simplest(errors) == expected, about


def test_nothing_is_taken_where_nothing_can_be() -> None:
    assert simplest([]) is None
    assert simplest([[None], [float("nan")]]) is None
    assert simplest([[], []]) is None


def test_every_candidate_needs_every_fold() -> None:
    with pytest.raises(ValueError, match="every fold"):
        simplest([[1.0], [1.0, 2.0]])


@given(
    st.integers(2, 6).flatmap(
        lambda folds: st.lists(
            st.lists(st.integers(0, 40).map(float), min_size=folds, max_size=folds),
            min_size=1,
            max_size=6,
        )
    )
)
def test_it_is_the_rule_of_one_standard_error_on_differences(errors: list[list[float]]) -> None:
    table = np.array(errors)
    means = table.mean(axis=1)
    best = int(np.flatnonzero(np.isclose(means, means.min(), rtol=1e-12))[0])
    apart = table - table[best]
    near = apart.mean(axis=1) - apart.std(axis=1, ddof=1) / np.sqrt(table.shape[1])

    found = simplest(errors)

    assert found is not None
    assert found.lowest == best
    assert near[found.taken] <= 1e-9
    assert all(near[: found.taken] > -1e-9)
