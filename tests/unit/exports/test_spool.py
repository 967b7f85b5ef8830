"""Rows in files: as they came, in their order, and nothing left of them."""

from __future__ import annotations

import errno
import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcli.answering.column import Numbers, Times, Words
from mlcli.errors import EnvironmentProblemError
from mlcli.exports import spool
from mlcli.exports.spool import Spool
from mlcli.tables.lying import RowBlock


def block(start: int, words: list[str | None]) -> RowBlock:
    """Return rows of every kind of column, of which some miss a value."""
    rows = len(words)
    levels = sorted({word for word in words if word is not None}, reverse=True)
    codes = np.array([-1 if word is None else levels.index(word) for word in words])
    days = np.array(["2024-01-01", None] * rows, dtype="datetime64[us]")[:rows]
    return RowBlock(
        {
            "a": Numbers(np.array([0.1, np.nan, -0.0] * rows)[:rows] + start),
            "when": Times(days),
            "word": Words(codes, levels),
        },
        np.arange(start, start + rows),
    )


def plain(blocks: list[RowBlock]) -> dict[str, list[Any]]:
    """Return the values of all rows, by column, and their lines."""
    found: dict[str, list[Any]] = {"line": []}
    for one in blocks:
        assert one.lines is not None
        found["line"] += one.lines.tolist()
        for name, column in one.columns.items():
            found.setdefault(name, []).extend(column)
    return found


def test_rows_come_back_in_their_order_with_levels_of_all_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_ROWS", 4)
    given = [block(0, ["x", None, "y"]), block(3, ["z", "x"]), block(5, [None] * 6)]
    made = Spool(tmp_path / "spill")
    for one in given:
        made.add(one)

    assert made.rows == 11
    assert plain([*made.blocks()]) == plain(given)
    assert {*made.levels["word"]} == {"x", "y", "z"}
    counted = [state["n"].tolist() for state in made.states(lambda b: {"n": np.array([b.rows])})]
    assert counted == [[4], [4], [3]]


def test_nothing_is_left_once_nobody_needs_it(tmp_path: Path) -> None:
    made = Spool(tmp_path)
    made.add(block(0, ["x"]))
    assert [*tmp_path.iterdir()]

    del made
    gc.collect()

    assert [*tmp_path.iterdir()] == []


def test_a_disk_that_is_full_and_a_folder_that_is_none_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblemError, match="spill folder cannot be written"):
        Spool(tmp_path / "file")
    made = Spool(tmp_path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EnvironmentProblemError, match="the disk is full"):
        made.add(block(0, ["x"]))
