"""Versions that an earlier mlcli wrote: read, written again, and answering as they did then."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from typing import Any

import pytest
from conftest import ROOT
from schemas import flaws
from support import Project

from mlcli.cli import schema
from mlcli.store import versions

GOLDEN = ROOT / "tests/golden/versions"
KINDS = sorted(path.name for path in (GOLDEN / "models").iterdir() if path.is_dir())
ASKED = [
    json.loads(line) for line in (GOLDEN / "answers.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture
def stored(project: Project) -> Project:
    """Give a project with the versions that were kept: one of each kind of answer."""
    shutil.copytree(GOLDEN, project.root, dirs_exist_ok=True)
    return project


def rounded(value: Any) -> Any:
    """Return plain data with its numbers to nine digits, as far as machines agree."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def unpickles(argv: list[str]) -> bool:
    return argv[0] == "predict" and "without_equation" in argv[2]


@pytest.mark.parametrize("name", KINDS)
def test_a_manifest_is_written_as_it_was_read(name: str) -> None:
    manifest = versions.read(GOLDEN / "models", name)

    written = json.dumps(manifest.to_json(), indent=1, ensure_ascii=False).encode()

    assert written == (manifest.folder / "manifest.json").read_bytes()


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: " ".join(asked["argv"]))
def test_a_stored_version_says_what_it_said(asked: dict[str, Any], stored: Project) -> None:
    manifest = GOLDEN / "models/number_without_equation/1/manifest.json"
    libraries = json.loads(manifest.read_text(encoding="utf-8"))["libraries"]
    for library in ("scikit-learn", "numpy") if unpickles(asked["argv"]) else ():
        if version(library).split(".")[:2] != libraries[library].split(".")[:2]:
            pytest.skip(f"it was stored with {library} {libraries[library]}, and no other reads it")

    said = stored.works(*asked["argv"]).json

    assert rounded(known_then(said)) == rounded(asked["json"])
    assert flaws(schema.of_output(asked["argv"][0]), said) == []


NEWER = {
    *("schema_version", "next", "inside", "outside_of", "note_codes", "set"),
    *("importance", "weights"),
}
"""Keys that were added since; what was said before is said still."""


def known_then(value: Any) -> Any:
    """Return plain data without the keys that were added since."""
    if isinstance(value, dict):
        return {key: known_then(one) for key, one in value.items() if key not in NEWER}
    return [known_then(one) for one in value] if isinstance(value, list) else value
