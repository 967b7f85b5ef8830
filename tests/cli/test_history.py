"""mlcli history: its screens, its JSON, old and damaged lines, and what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cli.test_imports import HEAVY, imported
from support import Project, csv_of, table_definition

GONE = object()


def line(n: int, figure: float | None = 2.874, **changes: Any) -> str:
    """Return the line of a run on the n-th of March at 09:30, as fit notes it."""
    score = {"train": 3.0, "holdout": figure, "unit": "doughs", "better": "lower"}
    digests = {k: changes.pop(k, f"{k[0]}1a2b3c4d5e") for k in ("definition", "data", "holdout")}
    whole = {
        "run": "fit",
        "at": f"2026-03-{n:02}T09:30:00+00:00",
        "model": "pizzeria",
        "version": n,
        "new": True,
        "metrics": {"mae": score},
        "algorithm": "linear_regression",
        "verdict": "even",
        "intervals": {"mae": [2.0, 3.7]},
        "digests": {**digests, "manifest": f"m{n}"},
        **changes,
    }
    return json.dumps({k: v for k, v in whole.items() if v is not GONE}) + "\n"


def classes(n: int, figure: float, **changes: Any) -> str:
    score = {"holdout": figure, "unit": "share", "better": "higher"}
    return line(n, model="weather", metrics={"accuracy": score}, intervals={}, **changes)


RUNS = "".join(
    [
        line(1, verdict="underfit"),
        line(2, model="gamedrop", metrics={}, verdict=None, intervals={}, version=1),
        line(3, verdict="underfit", new=False, version=1),
        classes(3, 0.812),
        line(4, 2.115, definition="e5f6", verdict="interpolates", version=2),
        classes(5, 0.836, definition="f00d"),
        line(6, 2.4, definition="e5f6", verdict="overfit", version=3),
        line(7, 2.51, definition="e5f6", data="beef", verdict="unknown", version=4),
        line(8, 2.51, definition="e5f6", data="beef", version=5),
        classes(9, 0.9, holdout="other", definition="f00d"),
    ]
)


@pytest.fixture(autouse=True)
def _greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hang the clock where the screens below were drawn."""
    with monkeypatch.context() as clock:
        clock.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def noted(project: Project) -> Project:
    project.write("models/runs.jsonl", RUNS)
    return project


def test_the_screen(noted: Project, golden: Callable[[str, str], None]) -> None:
    golden("screens/history.txt", noted.works("history").out)


def test_the_screen_of_one_model_and_its_newest_runs(
    noted: Project, golden: Callable[[str, str], None]
) -> None:
    golden("screens/history_last.txt", noted.works("history", "pizzeria", "--last", 2).out)


def test_the_help(noted: Project, golden: Callable[[str, str], None]) -> None:
    golden("help/history.txt", noted.works("history", "--help").out)


def test_times_are_those_of_the_wall_here(noted: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()

    assert "2026-03-01 18:30  pizzeria@1" in noted.works("history").out


def test_the_json_is_one_object(noted: Project) -> None:
    found = noted.works("history", "pizzeria", "--json").json

    assert set(found) == {"schema_version", "runs", "sparklines", "unreadable", "next"}
    assert found["sparklines"] == {"pizzeria": "▁▁"}
    assert found["unreadable"] == []
    assert [(r["version"], r["new"], r["holdout"], r["direction"]) for r in found["runs"]] == [
        (1, True, 2.874, None),
        (1, False, 2.874, "same"),
        (2, True, 2.115, "better"),
        (3, True, 2.4, "worse"),
        (4, True, 2.51, "other rows"),
        (5, True, 2.51, "same"),
    ]
    third = found["runs"][2]
    assert third.pop("change") == pytest.approx(-0.759)
    assert third == {
        "at": "2026-03-04T09:30:00+00:00",
        "model": "pizzeria",
        "version": 2,
        "set": [],
        "new": True,
        "algorithm": "linear_regression",
        "metric": "mae",
        "holdout": 2.115,
        "unit": "doughs",
        "interval": [2.0, 3.7],
        "better": "lower",
        "direction": "better",
        "verdict": "interpolates",
        "digests": {"definition": "e5f6", "data": "d1a2b3c4d5e", "holdout": "h1a2b3c4d5e"},
        "changed": ["definition"],
    }


def test_the_newest_run_is_the_last_whatever_the_model(noted: Project) -> None:
    runs = noted.works("history", "--json").json["runs"]

    assert [run["model"] for run in runs] == ["gamedrop"] + ["pizzeria"] * 6 + ["weather"] * 3
    last = noted.works("history", "--last", 1, "--json").json["runs"]
    assert [(run["model"], run["version"]) for run in last] == [
        ("gamedrop", 1),
        ("pizzeria", 5),
        ("weather", 9),
    ]
    assert last[2]["direction"] == "other rows"  # beside the run that is not shown


def test_fits_are_noted_so_that_their_history_can_be_told(project: Project) -> None:
    nights = [(n, 3 * n + n % 2) for n in range(1, 101)]
    project.write("data/nights.csv", csv_of("guests,doughs", nights))
    project.define(table_definition(holdout="random 20%"), "nights")
    project.works("fit")
    project.works("fit")
    project.define(table_definition(holdout="random 20%", model="ridge"), "nights")
    project.works("fit")
    project.define(table_definition(holdout="random 30%", model="ridge"), "nights")
    project.works("fit")
    project.write("data/nights.csv", csv_of("guests,doughs", [*nights, (101, 303)]))
    project.works("fit")

    runs = project.works("history", "--json").json["runs"]

    assert [(r["version"], r["new"], r["changed"]) for r in runs] == [
        (1, True, []),
        (1, False, []),
        (2, True, ["definition"]),
        (3, True, ["definition"]),
        (4, True, ["data"]),
    ]
    said = [run["direction"] for run in runs]
    assert said[:2] == [None, "same"]
    assert said[2] in {"better", "worse"}
    assert said[3:] == ["other rows", "other rows"]
    manifest = json.loads((project.root / "models/nights/4/manifest.json").read_text())
    assert runs[4]["verdict"] == manifest["evidence"]["fit"]["verdict"]
    assert runs[4]["interval"] == manifest["evidence"]["holdout"]["intervals"]["mae"]
    assert runs[4]["holdout"] == manifest["metrics"]["mae"]["holdout"]


def older(project: Project) -> list[dict[str, Any]]:
    """Take out of the log what an mlcli before this one did not note; return the lines."""
    path = project.root / "models/runs.jsonl"
    runs = [json.loads(one) for one in path.read_text().splitlines()]
    for run in runs:
        for key in ("algorithm", "verdict", "intervals"):
            del run[key]
        for key in ("data", "holdout"):
            del run["digests"][key]
    path.write_text("".join(json.dumps(run) + "\n" for run in runs))
    return runs


def test_lines_of_an_older_mlcli_are_completed_from_the_manifests(pizzeria: Project) -> None:
    pizzeria.works("fit")
    noted = pizzeria.works("history", "--json").json["runs"]
    older(pizzeria)

    found = pizzeria.works("history", "--json").json["runs"]

    for run in noted:
        del run["digests"]["holdout"]
    assert [run["digests"].pop("holdout") for run in found] == [None, None]
    assert found == noted
    assert found[1]["direction"] == "same"


@pytest.mark.parametrize("what", ["gone", "cut off", "another", "no JSON of ours"])
def test_where_the_manifest_is_not_what_was_stored_the_line_tells_what_it_can(
    pizzeria: Project, what: str
) -> None:
    older(pizzeria)
    path = pizzeria.root / "models/pizzeria/1/manifest.json"
    text = path.read_text()
    changed = {"gone": None, "cut off": text[:500], "another": text.replace('"underfit"', '"even"'), "no JSON of ours": "[1]"}[what]  # fmt: skip
    path.unlink() if changed is None else path.write_text(changed)

    (run,) = pizzeria.works("history", "--json").json["runs"]

    assert (run["holdout"] > 2, run["verdict"], run["digests"]["data"]) == (True, None, None)
    assert "pizzeria@1" in pizzeria.works("history").out


def test_rows_that_an_older_mlcli_did_not_note_cannot_be_compared(noted: Project) -> None:
    gone = {"definition": "d1a2b3c4d5e"}
    noted.write("models/runs.jsonl", line(1, digests=gone) + line(2, 2.0))

    out = noted.works("history").out

    assert "pizzeria@2 2 cannot tell" in " ".join(out.split())
    assert "cannot tell: whether the rows are the same; an older mlcli noted too little" in out


def test_damaged_and_foreign_lines_are_counted_and_named(noted: Project) -> None:
    cut = line(2)[:80]
    text = line(1) + "not ours\n" + cut + "\n" + "\n" + '{"run": "look"}\n' + "\udcff{}\n" + line(3)
    noted.write("models/runs.jsonl", text.encode("utf-8", "surrogateescape"))

    ended = noted.works("history")

    assert "pizzeria@1" in ended.out
    assert "pizzeria@3" in ended.out
    assert ended.err == "3 lines of models/runs.jsonl cannot be read and left out: line 2, 3, 6\n"
    assert noted.works("history", "--json").json["unreadable"] == [2, 3, 6]


def test_text_from_the_log_cannot_act_on_the_terminal(noted: Project) -> None:
    evil = "\x1b[2Jbad[bold]"
    noted.write("models/runs.jsonl", line(1, model=evil, verdict=evil, definition=evil, data=evil))

    out = noted.works("history").out

    assert "\x1b" not in out
    assert "bad[bold]@1" in "".join(out.split())


def nothing(project: Project) -> None:
    """Leave the project empty."""


UNHAPPY: dict[str, tuple[Callable[[Project], Any], list[str], int, list[str]]] = {
    "nothing was ever fitted": (
        nothing,
        [],
        4,
        ["models/runs.jsonl: no run is noted yet", "hint: fit a definition first:  mlcli fit"],
    ),
    "the file is empty": (
        lambda p: p.write("models/runs.jsonl", ""),
        [],
        4,
        ["models/runs.jsonl: no run is noted yet"],
    ),
    "runs of other kinds alone": (
        lambda p: p.write("models/runs.jsonl", '{"run": "look"}\n'),
        [],
        4,
        ["no run is noted yet"],
    ),
    "no line is ours": (
        lambda p: p.write("models/runs.jsonl", "a\nb\n"),
        [],
        4,
        [
            "no line of it is a run that mlcli noted",
            "hint: move it away; the next  mlcli fit  begins a new one",
        ],
    ),
    "a folder in its place": (
        lambda p: (p.root / "models/runs.jsonl").mkdir(parents=True),
        [],
        5,
        ["models/runs.jsonl: the runs cannot be read: this is no regular file"],
    ),
    "a misspelt model": (
        lambda p: p.write("models/runs.jsonl", RUNS),
        ["pizzera"],
        4,
        ["no run of 'pizzera' is noted", "hint: did you mean 'pizzeria'?"],
    ),
    "a model far from any": (
        lambda p: p.write("models/runs.jsonl", RUNS),
        ["x"],
        4,
        ["no run of 'x' is noted", "hint: there are gamedrop, pizzeria, weather"],
    ),
    "none of its runs": (
        lambda p: p.write("models/runs.jsonl", RUNS),
        ["--last", "0"],
        2,
        ["--last"],
    ),
    "no number of runs": (
        lambda p: p.write("models/runs.jsonl", RUNS),
        ["--last", "few"],
        2,
        ["--last"],
    ),
    "two models": (nothing, ["a", "b"], 2, ["mlcli history --help  shows what it takes"]),
}


@pytest.mark.parametrize("name", UNHAPPY)
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["screen", "json"])
def test_what_goes_wrong_is_said_with_what_to_do(
    project: Project, name: str, as_json: list[str]
) -> None:
    prepare, words, code, expected = UNHAPPY[name]
    prepare(project)

    said = project.fails(code, "history", *words, *as_json)

    for words_said in expected:
        assert words_said in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_is_the_environments_fault(noted: Project) -> None:
    (noted.root / "models/runs.jsonl").chmod(0)

    assert "the runs cannot be read: Permission denied" in noted.fails(5, "history")


def test_history_writes_nothing(noted: Project) -> None:
    noted.works("history")

    assert sorted(p.name for p in noted.root.rglob("*")) == ["configs", "data", "models", "runs.jsonl"]  # fmt: skip


@pytest.mark.parametrize("argv", [["history"], ["history", "--json"], ["history", "--help"]])
def test_history_imports_nothing_heavy(noted: Project, argv: list[str]) -> None:
    code, modules = imported(noted.root, *argv)

    assert code == 0
    assert not modules & HEAVY
    assert ("rich" in modules) == (argv == ["history"])


@pytest.mark.parametrize(("encoding", "drawn"), [("ascii", "__"), ("cp437", "__"), ("utf-8", "▁▁")])
def test_a_terminal_that_has_no_blocks_is_given_other_signs(
    noted: Project, encoding: str, drawn: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlcli", "history", "pizzeria"],
        cwd=noted.root,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=True,
    )

    assert f"  {drawn}  versions that" in done.stdout.decode(encoding)


def test_a_long_history_is_read_in_no_time(noted: Project) -> None:
    noted.write(
        "models/runs.jsonl", "".join(line(1 + n % 28, 2 + n % 7 / 10) for n in range(5_000))
    )
    begun = time.process_time()

    noted.works("history", "--last", 5)

    assert time.process_time() - begun < 2
