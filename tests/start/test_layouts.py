"""From an export to a definition: twelve layouts, each in five languages, beside a reference.

A reference works out keys, features and label from what the generator knows, with
pandas, and never reads a file. See ``layouts/``, a module each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from start.layouts import agent
from start.layouts.compared import WrongError, same, written
from start.layouts.every import ALL, SOME, made
from start.layouts.reference_model import Reference
from start.layouts.shared import CannotKnow, Layout
from support import Project, say

_RIGHT, _ANSWERED = 55, 50  # of 60


@pytest.mark.usefixtures("unvalidated")
@pytest.mark.parametrize(("name", "language"), SOME)
def test_a_layout_is_proposed_as_by_hand_and_answers(
    project: Project, name: str, language: str
) -> None:
    layout = made(name, language, small=True)

    proposed = _proposed(project, layout)
    if proposed is not None:
        _answer(project, layout, *proposed)


@pytest.mark.slow
def test_all_layouts_are_proposed_as_by_hand_and_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[tuple[str, str, str]] = []
    for name, language in ALL:
        root = tmp_path / f"{name}-{language}".replace(" ", "-")
        root.mkdir()
        monkeypatch.chdir(root)
        end, said = _end(Project(root, capsys), made(name, language))
        ends.append((f"{name}, {language}", end, said))
    counts = Counter(end for _, end, _ in ends)
    with capsys.disabled():
        for place, end, said in ends:
            say(f"{place:32} {end:22} {said}")
        say("; ".join(f"{count} {end}" for end, count in counts.items()))
    answered, refused = counts["answered"], counts["refused"]
    assert refused == sum(isinstance(made(*one).expected, CannotKnow) for one in ALL)
    assert answered + counts["not answered"] >= _RIGHT
    assert answered >= _ANSWERED


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a booking sheet", "who leaves", "a catalogue with tags"])
def test_the_script_is_short_and_answers_in_processes_of_its_own(
    project: Project, name: str
) -> None:
    layout = made(name, "nl")
    files = _written(project, layout)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    ended = subprocess.run(
        [sys.executable, agent.__file__, layout.ask, *files],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PATH": path},
    )

    said, commands = json.loads(ended.stdout)
    assert said.get("predictions") or said["suggestions"]
    assert commands <= agent.MOST_COMMANDS
    assert len(Path(agent.__file__).read_text(encoding="utf-8").splitlines()) <= 30


def _end(project: Project, layout: Layout) -> tuple[str, str]:
    """Return how far a layout comes, and what is wrong then."""
    end = "not proposed as by hand"
    try:
        proposed = _proposed(project, layout)
        if proposed is None:
            return "refused", ""
        end = "not answered"
        _answer(project, layout, *proposed)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        return end, " ".join(f"{type(error).__name__} {error}".split())[:300]
    return "answered", ""


def _proposed(project: Project, layout: Layout) -> tuple[Any, dict[str, str]] | None:
    """Have a definition written, and hold it against the reference; ``None`` if none can be.

    Returns
    -------
    tuple
        What ``start`` printed, and what the reference calls each of its features.
    """
    files = _written(project, layout)
    if isinstance(layout.expected, CannotKnow):
        _refused(project, files, layout.ask, layout.expected)
        return None
    ended = project.mlcli("start", *files, "--yes", "--ask", layout.ask, "--json")
    if ended.code != 0:
        raise WrongError("exit", f"{ended.code}\n{ended.out}\n{ended.err}")
    name = ended.json["name"]
    assert f"configs/{name}.yaml" in written(project.root)
    called = same(project, name, layout.expected)
    _learned(project, name, layout)
    return ended.json, called


def _written(project: Project, layout: Layout) -> list[str]:
    for name, text in layout.files.items():
        project.write(f"data/{name}", text)
    return [f"data/{name}" for name in layout.files]


def _refused(project: Project, files: list[str], ask: str, unknown: CannotKnow) -> None:
    """Want the readings named, in words and as commands, and nothing written."""
    ended = project.mlcli("start", *files, "--yes", "--ask", ask, "--json")
    if ended.code not in (2, 3, 6):
        raise WrongError("exit", f"{ended.code}, where {unknown.about} has two readings")
    said = json.dumps(ended.json, ensure_ascii=False)
    unsaid = [word for word in (unknown.about, *unknown.readings) if word not in said]
    if unsaid:
        raise WrongError("unsaid", f"{unsaid} in {said}")
    if files := written(project.root):
        raise WrongError("written", str(files))


def _learned(project: Project, name: str, layout: Layout) -> None:
    """Want the model, and the rows held out, that the reference says."""
    manifest = _manifest(project, name)
    definition = manifest["definition"]["values"]
    model = definition["model"]
    found = model if isinstance(model, str) else model["name"]
    if found != layout.expected.model:
        raise WrongError("model", f"{found}, and not {layout.expected.model}")
    holdout = definition.get("holdout")
    if layout.expected.holdout and holdout not in (None, layout.expected.holdout):
        raise WrongError("holdout", f"{holdout}, and not {layout.expected.holdout}")


def _manifest(project: Project, name: str) -> Any:
    return json.loads((project.root / "models" / name / "1" / "manifest.json").read_text())


def _answer(project: Project, layout: Layout, started: Any, called: dict[str, str]) -> None:
    """Follow what comes next to an answer, and hold it against the reference's model."""

    def run(argv: list[str]) -> Any:
        assert argv[0] == "mlcli"
        return started if argv[1] == "start" else project.works(*argv[1:]).json

    files = [f"data/{name}" for name in layout.files]
    said, commands = agent.answered(run, files, layout.ask)
    assert commands <= agent.MOST_COMMANDS
    name = said["model"]
    held = project.root / "models" / name / str(said["version"]) / "holdout.json"
    drawn = {row["row"] for row in json.loads(held.read_text())} if held.exists() else set()
    order = [called[feature["name"]] for feature in _manifest(project, name)["features"]]
    reference = Reference(layout.expected, order, drawn)
    if "suggestions" in said:
        first, asked = said["suggestions"][0], _asked(said, called)
        wanted, score = reference.suggested(asked)
        assert first["name"] == wanted
        assert first["score"] == pytest.approx(score, rel=1e-9, abs=1e-9)
        return
    answers = [one for one in said["predictions"] if one["answer"] is not None]
    assert answers
    for one in answers:
        asked = _asked(one, called)
        if shares := one.get("probabilities"):
            wanted = reference.probabilities(asked)
            assert shares == pytest.approx(wanted, rel=1e-9, abs=1e-9)
        else:
            assert one["value"] == pytest.approx(reference.value(asked), rel=1e-9, abs=1e-9)


def _asked(said: Any, called: dict[str, str]) -> dict[str, Any]:
    """Return what was asked, by the reference's names."""
    return {called[name]: value for name, value in said["asked"].items() if name in called}
