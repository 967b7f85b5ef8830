"""How often a hold-out was looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlcli.store import holdout_shown, runs

NOW = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_digest_is_of_rows_and_labels_in_any_order() -> None:
    one = runs.of_rows(["2024-01-01", "2024-01-02"], [3.0, 4.0])

    assert one == runs.of_rows(["2024-01-02", "2024-01-01"], [4.0, 3.0])
    assert one != runs.of_rows(["2024-01-01", "2024-01-02"], [3.0, 5.0])
    assert one != runs.of_rows(["2024-01-01", "2024-01-03"], [3.0, 4.0])
    assert holdout_shown.of(["a"], ["yes"]) == [runs.of_rows(["a"], ["yes"])]
    assert holdout_shown.of([], []) == []


def test_a_look_is_a_line_and_looks_at_the_same_rows_are_counted(tmp_path: Path) -> None:
    for expected in (1, 2, 3):
        assert (
            holdout_shown.note(tmp_path, "compare", ["x"], now=NOW, more={"compared": []})
            == expected
        )
    assert holdout_shown.note(tmp_path, "evaluate", ["y", "x"], now=NOW, more={}) == 4
    assert holdout_shown.count(tmp_path, ["y"]) == 1
    assert holdout_shown.count(tmp_path, ["z"]) == 0
    first = (tmp_path / "runs.jsonl").read_text().splitlines()[0]
    assert first == (
        '{"at":"2024-01-02T03:04:05+00:00","compared":[],"holdouts":["x"],"run":"compare"}'
    )


def test_nothing_held_out_is_no_look(tmp_path: Path) -> None:
    assert holdout_shown.note(tmp_path, "compare", [], now=NOW, more={}) == 0
    assert not (tmp_path / "runs.jsonl").exists()


def test_lines_that_are_none_of_ours_count_nothing(tmp_path: Path) -> None:
    lines = [b'{"holdouts":["x"]}', b'{"holdouts":["x', b"[1]", b"\xff\xfe", b"", b"7",
             b'{"holdouts":"x"}', b'{"holdouts":[["x"],7,null]}', b'{"run":"fit"}',
             b'{"holdouts":["x","x"]}', b"[" * 100_000]  # fmt: skip
    (tmp_path / "runs.jsonl").write_bytes(b"\n".join(lines))

    assert holdout_shown.count(tmp_path, ["x"]) == 2


def test_no_history_is_no_look(tmp_path: Path) -> None:
    assert holdout_shown.count(tmp_path, ["x"]) == 0


@pytest.mark.parametrize("what", ["runs.jsonl", "models"])
def test_a_look_that_cannot_be_noted_says_so_and_fails_nothing(tmp_path: Path, what: str) -> None:
    models = tmp_path / "models"
    if what == "models":
        models.write_text("a file")
    else:
        (models / "runs.jsonl").mkdir(parents=True)

    found = holdout_shown.noted(models, "compare", ["x"], now=NOW, more={})

    assert found.times == 0
    assert found.words is None
    assert found.problem.startswith("this look at the hold-out was not counted: the run cannot be")


def test_five_looks_are_said() -> None:
    assert holdout_shown.Looks(4).words is None
    assert holdout_shown.Looks(5).words == (
        "looked at this hold-out 5 times: choosing among many by it flatters the winner"
    )
