"""What each command costs: which modules it may import, looked at in a fresh process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import Project, csv_of, table_definition

HEAVY = {"numpy", "pandas", "sklearn", "joblib", "narwhals", "pydantic", "yaml", "scipy", "click"}

LISTING = {"cli.process", "screens.say", "errors", "wording"}
"""What prints the list of commands."""

ANSWERING = LISTING | {
    *(
        "cli.options",
        "cli.predict",
        "cli.progress",
        "screens.in_words",
        "screens.sentences",
    ),
    *("exports.reading_progress", "verbs.ask", "verbs.ask_range", "verbs.implied", "verbs.project"),
    *("store.cargo", "store.files", "store.manifest", "store.records", "store.scores"),
    *("store.versions", "answering.choices", "answering.domain", "answering.encoding"),
    *("answering.equation", "answering.features", "answering.label", "answering.meant"),
    "answering.model",
    *("answering.predicting", "answering.ranges_and_decisions", "answering.target"),
    *("statistics.conformal", "statistics.decisions", "statistics.metrics"),
    *("grammar.cells", "grammar.note_codes", "grammar.phrases", "grammar.words"),
}
"""What answers a question by an equation: each module more is a part of a millisecond."""

WHY = {"verbs.why", "answering.reasons"}
"""What says besides what made it."""

DATACLASSES = {"a dataclass: Digests", "a dataclass: Description"}
"""What an answer makes of them: each takes as long as four named tuples."""

SELDOM = {"decimal", "fractions", "shlex", "unicodedata"}
"""What of the standard library few answers need."""

PROBE = """
import json, sys
from mlcli.cli.process import main
code = main(sys.argv[1:])
made = [
    f"a dataclass: {one.__qualname__}"
    for name, module in [*sys.modules.items()] if name.startswith("mlcli.")
    for one in vars(module).values()
    if isinstance(one, type) and "__dataclass_fields__" in vars(one) and one.__module__ == name
]
sys.stderr.write("\\n" + json.dumps([code, [*sys.modules, *made]]))
"""


def imported(root: Path, *argv: str) -> tuple[int, set[str]]:
    """Run a command in a fresh process; return its code and the modules it imported."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *argv],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, set(modules)


def of_mlcli(modules: set[str]) -> set[str]:
    """Return which modules of mlcli are among some, packages left out."""
    packages = {name.rpartition(".")[0] for name in modules}
    return {name.removeprefix("mlcli.") for name in modules - packages if name[:6] == "mlcli."}


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["fitt"]])
def test_the_list_of_commands_imports_none_of_them(sample: Path, argv: list[str]) -> None:
    _, modules = imported(sample, *argv)

    assert of_mlcli(modules) == LISTING
    assert not modules & (HEAVY | SELDOM | {"rich", "dataclasses"})


def test_the_first_step_is_told_from_manifests_alone(sample: Path) -> None:
    _, modules = imported(sample)

    assert not modules & (HEAVY | {"rich"})


@pytest.mark.parametrize(
    "argv",
    [
        ["data", "--help"],
        ["fit", "--help"],
        ["tune", "--help"],
        ["evaluate", "--help"],
        ["compare", "--help"],
        ["compare", "pizzeria@x", "pizzeria@y", "--help"],
        ["history", "--help"],
        ["predict", "--help"],
        ["recommend", "--help"],
        ["schema", "--help"],
        ["use", "--help"],
        ["skill", "--help"],
    ],
)
def test_help_imports_nothing_heavy(sample: Path, argv: list[str]) -> None:
    code, modules = imported(sample, *argv)

    assert code == 0
    assert not modules & HEAVY


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["predict", "--reservations", "15"], 0),
        (["predict", "--reservations", "15", "--json"], 0),
        (["predict", "-m", "pizzeria", "--reservations", "1000"], 0),
        (["predict", "--date", "2023-06-09"], 6),
        (["predict", "--date", "2023-06-06", "--reservations", "20"], 0),
        (["predict", "--reservations", "fifteen"], 2),
        (["predict", "--reservations", "15", "--range", "80%"], 0),
        (["predict", "--reservations", "15", "--range", "0.8"], 2),
    ],
)
def test_an_answer_from_an_equation_imports_nothing_heavy_nor_rich(
    pizzeria: Project, argv: list[str], code: int
) -> None:
    ended, modules = imported(pizzeria.root, *argv)

    assert ended == code
    assert not modules & (HEAVY | {"rich"})


@pytest.mark.parametrize("more", [[], ["--range", "80%"]])
def test_a_file_of_questions_imports_what_reads_exports_but_no_scikit_learn(
    pizzeria: Project, more: list[str]
) -> None:
    pizzeria.write("questions.csv", "reservations\n15\n20\n")

    code, modules = imported(pizzeria.root, "predict", "--input", "questions.csv", *more)

    assert code == 0
    assert not modules & {"sklearn", "joblib", "scipy", "yaml", "click", "rich"}


@pytest.mark.parametrize("more", [[], ["--json"], ["--range", "80%"], ["--why"]])
def test_an_answer_imports_no_more_than_it_needs(pizzeria: Project, more: list[str]) -> None:
    code, modules = imported(pizzeria.root, "predict", "--reservations", "15", *more)

    assert code == 0
    more_modules = WHY if "--why" in more else set()
    more_modules |= {"verbs.next_steps"} if "--json" in more else set()
    assert of_mlcli(modules) == ANSWERING | more_modules
    assert {one for one in modules if one.startswith("a dataclass")} == DATACLASSES
    assert not modules & (HEAVY | SELDOM | {"rich"})


def test_a_decision_costs_no_import_either(project: Project) -> None:
    project.write("data/nights.csv", csv_of("guests,doughs", [(d, 2 * d) for d in range(1, 29)]))
    project.define(table_definition() + "decide: {run_out: 1 in 10}\n", "nights")
    project.works("fit")

    code, modules = imported(project.root, "predict", "--guests", "9", "--range", "80%")

    assert code == 0
    assert not modules & (HEAVY | {"rich"})


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["recommend", "--budget", "cheap", "--play", "adventure"], 0),
        (["recommend", "--budget", "cheap", "--play", "sandbox", "--json"], 0),
        (["recommend", "--play", "sandbox", "--why", "--where", "Tetris"], 0),
        (["recommend", "--play", "chess"], 2),
        (["recommend", "--help"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_suggestion_imports_nothing_heavy_nor_rich(
    gamedrop: Project, argv: list[str], code: int
) -> None:
    ended, modules = imported(gamedrop.root, *argv)

    assert ended == code
    assert not modules & (HEAVY | {"rich"})


def test_reading_a_definition_does_not_import_scikit_learn(project: Project) -> None:
    project.define("sources: {a: {file: data/a.csv}}\nfeatures: [b]\nlabel: c\nmodel: linear\n")

    code, modules = imported(project.root, "fit")

    assert code == 2
    assert not modules & {"sklearn", "pandas", "numpy", "joblib"}


def test_click_is_never_imported_by_the_source() -> None:
    import mlcli

    for path in Path(str(mlcli.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not [n for n in names if n.split(".")[0] == "click" or "_click" in n], path


def test_a_domain_that_the_question_cannot_reach_costs_nothing(project: Project) -> None:
    rows = [(f"2024-03-{d:02}", d, 2 * d) for d in range(1, 29)]
    project.write("data/nights.csv", csv_of("day,guests,doughs", rows))
    rules = "date: day\nrules:\n  - derive: {month: month of day}\n  - between: {month: 3 to 11}\n"
    project.define(table_definition() + rules, "months")
    project.works("fit")

    code, modules = imported(project.root, "predict", "--guests", "9")

    assert code == 0
    assert not modules & (HEAVY | {"rich"})
