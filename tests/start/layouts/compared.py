"""A definition that was proposed, beside what a reference says: keys, features, label, to the cell."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from start.layouts.shared import Proposed
    from support import Project

_NUMBERS_AGREE_TO = 1e-12  # a sum may be added up in another order
_WORDS = {"text": "category", "true/false": "category"}  # where a definition leaves the kind out


class WrongError(AssertionError):
    """What a proposal differs in: its kind, and the words."""

    def __init__(self, kind: str, said: str) -> None:
        super().__init__(f"{kind}: {said}")
        self.kind = kind


def same(project: Project, name: str, expected: Proposed) -> dict[str, str]:
    """Hold a definition against the reference; return what its features are called there.

    Raises
    ------
    WrongError
        Names, kinds, keys or cells differ.
    """
    table, kinds, roles = _table(project, name)
    features = [column for column, of in roles.items() if "feature" in of]
    label = next(column for column, of in roles.items() if "label" in of)
    key = next((column for column, of in roles.items() if "key" in of), None)
    if (key is not None) != (expected.key is not None):
        raise WrongError(
            "key", f"{key}, where the reference has {expected.key and expected.key[0]}"
        )
    called = _called(table, features, expected)
    if missing := [name for name in expected.features if name not in called]:
        raise WrongError("features", f"lacks {missing}")
    if more := sorted({*features} - {*called.values()}):
        raise WrongError("features", f"has {more} too")
    for name_here, (kind, _) in expected.features.items():
        if kinds[called[name_here]] != kind:
            found = kinds[called[name_here]]
            raise WrongError("kinds", f"{called[name_here]} is a {found}, and not a {kind}")
    _same_cells(table, expected, called, key, label)
    return {there: here for here, there in called.items()}


def _table(project: Project, name: str) -> tuple[pd.DataFrame, dict[str, str], dict[str, Any]]:
    """Return the rows that are learned from, and the kind and the roles of each column."""
    seen = project.works("data", name, "--json").json["columns"]
    out = project.root / "table.csv"
    project.works("data", name, "--output", out, "--raw")
    table = pd.read_csv(out, dtype=str, keep_default_na=False, encoding="utf-8")
    return (
        table[table["status"] == "used"].reset_index(drop=True),
        {column["name"]: _WORDS.get(column["kind"], column["kind"]) for column in seen},
        {column["name"]: column["roles"] for column in seen},
    )


def _called(table: pd.DataFrame, features: list[str], expected: Proposed) -> dict[str, str]:
    """Return the proposed name of each feature: the same, or that of a column with its cells."""
    called = {name: name for name in expected.features if name in features}
    for name, (kind, values) in expected.features.items():
        cells = Counter(_rounded(value) for value in values)
        for other in features:
            if name in called or other in called.values():
                continue
            if Counter(map(_rounded, _read(table[other], kind))) == cells:
                called[name] = other
    # A column that is banded or split may keep its name in the export, and need another.
    return called


def _same_cells(
    table: pd.DataFrame, expected: Proposed, called: dict[str, str], key: str | None, label: str
) -> None:
    """Compare rows, whatever order they are in."""
    kind = "category" if isinstance(expected.label[0], str) else "number"
    here = {name: values for name, (_, values) in expected.features.items()}
    there = {name: _read(table[called[name]], expected.features[name][0]) for name in here}
    here["label"], there["label"] = expected.label, _read(table[label], kind)
    if key is not None and expected.key is not None:
        here = {"key": expected.key} | here
        there = {"key": _read(table[key], "date" if expected.dated else "category")} | there
    if len(there["label"]) != len(here["label"]):
        raise WrongError(
            "rows", f"{len(there['label'])}, where the reference has {len(here['label'])}"
        )
    ours, theirs = (
        sorted(zip(*side.values(), strict=True), key=lambda row: [str(_rounded(v)) for v in row])
        for side in (here, there)
    )
    for one, other in zip(ours, theirs, strict=True):
        for name, value, found in zip(here, one, other, strict=True):
            if not _equal(value, found):
                raise WrongError("cells", f"{name} is {found!r}, and not {value!r}, in {one[0]}")


def _read(cells: pd.Series, kind: str) -> list[Any]:
    """Return cells as what they are."""
    match kind:
        case "number":
            return [float(cell) for cell in cells]
        case "date":
            return [pd.Timestamp(cell) for cell in cells]
        case "tags":
            return [_list(cell) for cell in cells]
    return cells.tolist()


def _list(cell: str) -> list[str]:
    """Return what is in a list: in brackets, or with commas between."""
    if cell.startswith("["):
        return sorted(json.loads(cell))
    return sorted(part.strip() for part in cell.split(",") if part)


def _rounded(value: Any) -> Any:
    """Return a value that can be counted and sorted."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return tuple(value) if isinstance(value, list) else value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, (int, float)):
        return bool(np.isclose(one, other, rtol=_NUMBERS_AGREE_TO, atol=_NUMBERS_AGREE_TO))
    return bool(one == other)


def written(root: Path) -> list[str]:
    """Return the files of a project that ``start`` may have written."""
    kept = [*(root / "configs").rglob("*"), *(root / "models").rglob("*")]
    return sorted(str(path.relative_to(root)) for path in kept if path.is_file())
