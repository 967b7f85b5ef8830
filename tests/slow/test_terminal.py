"""Data that would act on a terminal, through every command, `--help` and completion."""

from __future__ import annotations

import os
from typing import Any

import pytest
from sealing import forge
from support import Project
from terminal import ACTING, FILE, LEVELS, acting_in, shown, write_acting

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals"),
]

PLACE = "--pl-ace"
COMMANDS: list[tuple[object, ...]] = [
    ("fit",),
    ("fit", "number"),
    ("fit", "number", "--json"),
    ("fit", "broken"),
    ("fit", "broken", "--json"),
    ("fit", "z\x1b[31mbad"),
    ("fit", "configs/z\x1b[31mbad.yaml"),
    ("fit", "nu\x1b[31mm"),
    *((command, "--help") for command in (
        "fit", "data", "tune", "compare", "history", "evaluate", "predict", "recommend", "schema",
    )),
    ("predict",),
    ("predict", "-m", "number", "--input", "questions.csv"),
    ("predict", "-m", "classes", "--input", "questions.csv"),
    ("predict", "-m", "classes", "--input", "questions.csv", "--json"),
    ("predict", "-m", "classes", "--input", "broken.csv"),
    ("predict", "-m", "classes", "--input", "no\x1b[31m.csv"),
    ("predict", "-m", "classes", "--input", FILE, "--output", "out.csv"),
    *(("predict", "-m", "classes", "--guests", 3, PLACE, level) for level in LEVELS),
    ("predict", "-m", "classes", "--guests", 3, PLACE, LEVELS[0], "--json"),
    ("predict", "-m", "classes", "--guests", 3, PLACE, "a\x1b[3m"),
    ("predict", "-m", "number", "--guests", 3000, PLACE, LEVELS[0], "--kinds", LEVELS[1]),
    ("predict", "-m", "number", "--guests", 3, PLACE, LEVELS[6], "--kinds", LEVELS[1]),
    *(("recommend", PLACE, level) for level in LEVELS),
    ("recommend", PLACE, LEVELS[3], "--json"),
    ("recommend", PLACE, "z\x9bz"),
    ("recommend", "--kinds", LEVELS[1], "--top", 50),
    ("recommend", "--kinds", LEVELS[-1], "--top", 50),
    *(("evaluate", "-m", name, "--plot") for name in ("number", "classes", "things", "a\x1bb")),
    ("evaluate", "-m", "number", "--json"),
    ("evaluate", "-m", "classes", "--data", "questions.csv"),
    ("evaluate", "-m", "classes", "--data", "broken.csv"),
    ("compare", "number", "--models", "ridge,linear_regression"),
    ("compare", "classes", "--models", "decision_tree,logistic_regression", "--json"),
    ("compare", "number@1", "tuned@1"),
    ("tune", "tuned"),
    ("history",),
    ("history", "--json"),
    ("history", "a\x1bb"),
    *(("data", *more) for more in (
        ["number"], ["number", "--lost"], ["number", "--head", 20], ["number", "--json"],
        ["things"], ["broken"], [FILE], [FILE, "--head", 9], [FILE, "--json"],
        ["broken.csv"], ["no\x1b[31m.csv"], ["number", "--output", "t\x1b[31m.csv"],
    )),
]  # fmt: skip

COMPLETED = [
    ("predict", "--"),
    ("predict", "-m", "classes", PLACE, ""),
    ("predict", PLACE, "y"),
    ("recommend", "--kinds", "a"),
    ("fit", ""),
    ("data", ""),
    ("evaluate", "-m", ""),
]


@pytest.fixture
def acting(project: Project) -> Project:
    write_acting(project.root)
    for name in ("number", "classes", "things"):
        project.works("fit", name)
    return project


def leaks() -> dict[str, list[str]]:
    """Return what came to the terminal that would act there, by command."""
    found = {}
    for words in COMMANDS:
        code, text = shown(*words)
        assert code != 1, text
        found[f"{words}"] = acting_in(text)
    for shell in ("bash", "zsh", "fish"):
        for words in COMPLETED:
            text = shown(*words, completing=shell)[1]
            found[f"{shell} {words}"] = acting_in(text, fish=shell == "fish")
    return {name: lines for name, lines in found.items() if lines}


def test_d1_no_control_character_of_data_reaches_a_terminal(acting: Project) -> None:
    assert leaks() == {}
    assert acting.mlcli("predict", "-m", "classes", "--input", "questions.csv").code == 0


def test_d1_nor_one_of_a_manifest_that_somebody_made(acting: Project) -> None:
    act = "".join(ACTING)

    def change(data: dict[str, Any]) -> None:
        data["label"]["name"] += act
        data["label"]["unit"] += act
        data["notes"] = [act]
        data["split"]["words"] += act
        data["key"]["noun"] += act
        data["definition"]["file"] += act
        data["libraries"] = {name + act: act for name in data["libraries"]}
        for predicate in data["domain"]:
            predicate["because"] += act
        if data.get("equation"):
            data["equation"] += act

    for name in ("number", "classes", "things"):
        forge(acting.root / "models", name, change=change)

    assert leaks() == {}
