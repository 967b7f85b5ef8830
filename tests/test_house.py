"""What holds the house together: imports without circles, light rooms, nothing touched in passing.

The counts are those of ``python scripts/house.py``; the chain of rooms, and who may import
what touches terminal, network or disk, are contracts in pyproject.toml.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path

import house
import pytest
from conftest import ROOT


@cache
def modules() -> Mapping[str, house.Module]:
    return house.read(ROOT)


LIGHT = ("answering", "store", "statistics", "grammar")
HEAVY = {
    *("numpy", "pandas", "sklearn", "scipy", "joblib", "pydantic", "yaml", "typer", "rich"),
    *("narwhals", "duckdb", "pyarrow", "openpyxl", "sqlalchemy"),
}

IMPORTING = """
import json, sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
    print(json.dumps([name, sorted({one.partition(".")[0] for one in sys.modules})]))
"""

TOUCHING = {
    *("open", "print", "input"),
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "rmdir", "touch"),
    *("exists", "is_file", "is_dir", "stat", "glob", "rglob", "iterdir", "resolve", "samefile"),
    *("stdin", "stdout", "stderr", "environ"),
}
MAY_TOUCH = (
    *("mlcli.cli", "mlcli.exports", "mlcli.screens", "mlcli.serve", "mlcli.store"),
    "mlcli.__main__",
)
MAY_LOOK = {
    "mlcli.pictures.draw": "it is a process of its own, which reads pictures and writes SVG",
    "mlcli.verbs.project": "it finds the project folder, and reads a definition",
    "mlcli.verbs.show_file": "it says how large a file is",
}


STILL_TOO_MANY = {"lines of code"}


def test_every_count_but_those_that_are_still_too_high_is_within_its_bound() -> None:
    broken = {one.what: one.places for one in house.findings(ROOT, modules()) if not one.held}

    assert {what: places for what, places in broken.items() if what not in STILL_TOO_MANY} == {}


def test_no_module_imports_itself_by_others() -> None:
    arrows = house.graph(modules())

    sys.stdout.write(f"{len(arrows)} modules, {sum(map(len, arrows.values()))} imports\n")
    assert house.circles(arrows) == []


@pytest.mark.parametrize(
    ("arrows", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, [["b", "c"]]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}, [["a", "b"], ["c", "d"]]),
    ],
)
def test_circles_are_found(arrows: dict[str, set[str]], circles: list[list[str]]) -> None:
    assert house.circles(arrows) == circles


@pytest.mark.parametrize("room", LIGHT)
def test_a_room_that_an_answer_needs_imports_nothing_heavy(room: str) -> None:
    names = [name for name in modules() if name.split(".")[1:2] == [room]]
    env = {k: v for k, v in os.environ.items() if not k.startswith("COV")}

    done = subprocess.run(
        [sys.executable, "-c", IMPORTING, *names],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    imported = dict(map(json.loads, done.stdout.splitlines()))
    assert list(imported) == names
    for name, packages in imported.items():
        assert not HEAVY & set(packages), name


def test_nothing_is_touched_but_by_those_who_may() -> None:
    found = {
        module.name
        for module in modules().values()
        if not module.name.startswith(MAY_TOUCH)
        for node in chain.from_iterable(map(ast.walk, module.tree.body))
        if _touches(node)
    }

    assert found == MAY_LOOK.keys()


def _touches(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in TOUCHING
        case ast.Attribute(value=ast.Name(id="sys" | "os"), attr=name):
            return name in TOUCHING
        case _:
            return False


def test_doors_are_a_docstring() -> None:
    doors = [m for m in modules().values() if m.path.name == "__init__.py" and m.name != "mlcli"]

    assert doors
    for door in doors:
        assert ast.get_docstring(door.tree), door.path
        assert len(door.tree.body) == 1, door.path


ABOUT_SEVERAL = {
    "answering/test_encoders.py": "encoders, learned and asked",
    "definition/rules/test_as_of.py": "one rule of two columns, and what it refuses",
    "definition/rules/test_contradicting_rules.py": "rules that contradict one another",
    "definition/rules/test_every_rule.py": "what holds of each rule",
    "exports/test_rules_on_every_engine.py": "what each engine makes of the rules",
    "grammar/test_column_summary_of_text.py": "what cells turn out to be",
    "learning/test_folds.py": "folds, and the splits they are beside",
    "learning/test_least_squares_is_exact.py": "an algorithm, its fit and its equation",
    "statistics/test_class_metrics.py": "metrics of classes, and the report of them",
}


@pytest.mark.parametrize(
    "test", sorted((ROOT / "tests" / "unit").rglob("test_*.py")), ids=lambda path: path.stem
)
def test_a_unit_test_stands_where_its_module_does(test: Path) -> None:
    inside = test.relative_to(ROOT / "tests" / "unit")
    module = ROOT / "src" / "mlcli" / inside.parent / inside.name.removeprefix("test_")

    assert module.is_file() != (inside.as_posix() in ABOUT_SEVERAL), module
