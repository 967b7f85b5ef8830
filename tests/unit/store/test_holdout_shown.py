"""How many settings a hold-out has shown."""

from __future__ import annotations

import json
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


def test_a_look_is_a_line_and_settings_on_the_same_rows_are_counted(tmp_path: Path) -> None:
    for shown, expected in ((["a"], 1), (["a"], 1), (["a", "b"], 2)):
        more = {"compared": [], "shown": shown}
        found = holdout_shown.note(tmp_path, "compare", ["x"], now=NOW, more=more)
        assert found == expected
    more = {"shown": ["c", "b"]}
    assert holdout_shown.note(tmp_path, "evaluate", ["y", "x"], now=NOW, more=more) == 3
    assert holdout_shown.count(tmp_path, ["y"]) == 2
    assert holdout_shown.count(tmp_path, ["z"]) == 0
    first = (tmp_path / "runs.jsonl").read_text().splitlines()[0]
    assert first == (
        '{"at":"2024-01-02T03:04:05+00:00","compared":[],"holdouts":["x"],"run":"compare",'
        '"shown":["a"]}'
    )


def test_of_an_older_log_settings_are_what_was_fitted_by_the_name(tmp_path: Path) -> None:
    def fit(version: int, definition: str) -> dict[str, object]:
        return {
            "run": "fit",
            "model": "m",
            "version": version,
            "holdouts": ["x"],
            "digests": {"definition": definition},
        }

    asked = {"run": "evaluate", "model": "m", "holdouts": ["x"]}
    lines = [
        *(fit(1, "one"), {**asked, "version": 1}, {**asked, "version": 1}),
        {"run": "compare", "compared": ["m@1", "m"], "holdouts": ["x"]},  # of one, one again
        fit(2, "two"),
        {"run": "compare", "compared": ["m", "m@1", "other"], "holdouts": ["x"]},  # other is new
        {**asked, "version": 7},  # a version that no line tells of
        {"run": "evaluate", "holdouts": ["x"], "shown": ["two"]},
    ]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, lines)))

    assert holdout_shown.count(tmp_path, ["x"]) == 4


def test_a_setting_is_told_by_what_is_written(tmp_path: Path) -> None:
    one = {"model": "ridge", "features": ["x"]}

    assert holdout_shown.setting(one) == holdout_shown.setting({**one, "model": {"name": "ridge"}})
    assert holdout_shown.setting(one) != holdout_shown.setting(
        {**one, "model": {"name": "ridge", "alpha": 2}}
    )
    assert holdout_shown.setting({"features": ["x"]}) != holdout_shown.setting(one)


def test_nothing_held_out_is_no_look(tmp_path: Path) -> None:
    assert holdout_shown.note(tmp_path, "compare", [], now=NOW, more={}) == 0
    assert not (tmp_path / "runs.jsonl").exists()


def test_lines_that_are_none_of_ours_count_nothing(tmp_path: Path) -> None:
    lines = [b'{"holdouts":["x"]}', b'{"holdouts":["x', b"[1]", b"\xff\xfe", b"", b"7",
             b'{"holdouts":"x"}', b'{"holdouts":[["x"],7,null]}', b'{"run":"fit"}',
             b'{"holdouts":["x","x"],"shown":["a"]}', b'{"holdouts":["x"],"shown":7}',
             b"[" * 100_000]  # fmt: skip
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


def test_five_settings_are_said() -> None:
    assert holdout_shown.Looks(4).words is None
    assert holdout_shown.Looks(5).words == (
        "5 different settings were judged on this hold-out: "
        "choosing among many by it flatters the winner"
    )
