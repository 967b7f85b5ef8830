"""What is said of a fit is the same after it was written and read: for every model and kind."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from mlcli.definition.algorithms import friendly_names
from mlcli.store import records, versions
from mlcli.store.manifest import Description, Manifest
from mlcli.verbs import fit, project

GOLDEN = ROOT / "tests/golden/versions"
KEPT = {path.stem: path.read_text(encoding="utf-8") for path in (GOLDEN / "configs").iterdir()}


def with_model(name: str, model: str) -> str:
    lines = KEPT[name].splitlines()
    model = model.replace("random_forest", "{name: random_forest, trees: 10}")
    return "\n".join(f"model: {model}" if line.startswith("model") else line for line in lines)


def kind_of(model: str) -> str:
    if "naive_bayes" in model or model == "match":
        return "things"
    return "class_without_equation" if model == "logistic_regression" else "number_with_equation"


TRIED = {
    **KEPT,
    **{model: with_model(kind_of(model), model) for model in friendly_names()},
    "trees of classes": with_model("class_with_equation", "random_forest"),
    "a class of scikit-learn": with_model("number_without_equation", "HuberRegressor"),
    "few rows": KEPT["number_with_equation"].replace("random 20%", "from 2023-01-08"),
}


@pytest.mark.parametrize(
    ("name", "final"), [*((name, False) for name in TRIED), *((name, True) for name in KEPT)]
)
def test_what_is_said_of_a_fit_is_read_as_it_was_said(
    name: str, final: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(GOLDEN / "data", tmp_path / "data")
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs/tried.yaml"
    path.write_text(TRIED[name], encoding="utf-8")
    said: list[Description] = []
    save = versions.save

    def saved(models: Path, name: str, description: Description, parts: Any) -> Any:
        said.append(description)
        return save(models, name, description, parts)

    monkeypatch.setattr(versions, "save", saved)
    monkeypatch.chdir(tmp_path)

    home = project.definition(tmp_path, "tried")[0]
    found = fit.fit(home, path, now=datetime.now(UTC), final=final).manifest

    text = (found.folder / "manifest.json").read_text(encoding="utf-8")
    assert json.dumps(found.to_json(), indent=1, ensure_ascii=False) == text
    written = json.loads(text)
    again = Manifest.from_json(written, name=found.name, version=1, folder=found.folder)
    made = replace(said[0], digests=found.digests, digest=found.digest)
    for field in (*(f.name for f in fields(Description)), "evidence", "ledger"):
        if field == "ledger":  # its notes are those of the fit
            assert records.to_json(again.ledger) == records.to_json(made.ledger)
        elif not field.endswith("_"):
            assert getattr(again, field) == getattr(made, field), field
