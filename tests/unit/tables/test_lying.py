"""A sample of a table that lies elsewhere: as many rows as are meant, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlcli.answering.column import Numbers
from mlcli.errors import DataError
from mlcli.tables import lying
from mlcli.tables.lying import RowBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlcli.answering.column import Column
    from mlcli.tables.lying import State


class OneBlock:
    """A table of one block, unless it is ``cut`` into two, of which the second comes first."""

    def __init__(self, values: np.ndarray, *, lined: bool, cut: int = 0) -> None:
        self.cut = cut
        self.block = RowBlock({"a": Numbers(values)}, np.arange(len(values)) if lined else None)
        self.rows = len(values)
        self.levels: dict[str, tuple[str, ...]] = {}
        self.like: dict[str, Column] = {"a": Numbers(np.empty(0))}

    def states(self, work: Callable[[RowBlock], State]) -> Iterator[State]:
        for at in filter(len, np.split(np.arange(self.rows), [self.cut])[::-1]):
            yield work(self.block.taken(at))


@pytest.mark.parametrize("different", [10_000, 2])
def test_a_sample_has_about_as_many_rows_as_are_meant(
    different: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lying, "SAMPLE", 1_000)
    values = np.arange(10_000.0) % different
    found = lying.sample(OneBlock(values, lined=True), seed=0)

    assert found.rows == pytest.approx(1_000, abs=150)  # five standard deviations
    assert found.lines is not None
    assert [*found.columns["a"]] == values[found.lines].tolist()


def test_rows_that_are_alike_and_have_no_lines_are_no_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lying, "SAMPLE", 1_000)

    with pytest.raises(DataError, match="so few rows differ that a sample of about 1,000"):
        lying.sample(OneBlock(np.arange(10_000.0) % 2, lined=False), seed=0)


def test_a_sample_is_the_same_in_whatever_order_blocks_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lying, "SAMPLE", 1_000)
    values = np.arange(10_000.0)
    found = [
        lying.sample(OneBlock(values, lined=False, cut=cut), seed=0).columns["a"].values.tolist()
        for cut in (0, 3_000)
    ]

    assert found[0] == found[1]
    assert sorted(found[0]) != found[0]
