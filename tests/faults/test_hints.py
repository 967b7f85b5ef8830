"""A hint is a promise: whoever does what it says gets past its message."""

from __future__ import annotations

import ast
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from following import errors, followed, mended, value_of
from support import Project, csv_of

import mlcli
from mlcli.definition import yaml_file
from mlcli.errors import DefinitionError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.usefixtures("unvalidated")  # it is about reading

GOLDEN = Path(__file__).parent.parent / "golden" / "bad"

NAMES_A_KEY = re.compile(r"(?:^|[a-z:] )  ?\{?\w+:(?:  away| )|did you mean")
"""What names a key in the words of a hint, or a word for another one."""
OPEN = re.compile(r"\b[A-Z][A-Z]+\b|\.\.\.|Europe/Rome|A3:D")
"""What only the user can say: a word in capitals, or dots."""


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a definition."""
    try:
        yaml_file.read(text, file="configs/it.yaml")
    except DefinitionError as error:
        return [*error.problems]
    return []


NO_FIX = {
    "write another hold-out, such as": "which rows are to be held out is open",
    "write  date:  and  holdout: newest 20%": "which column has the date is open",
    "write  missing: median": "tests/cli/test_rows_that_lie.py",
    "leave --plot out": "tests/cli/test_plot.py",
    "add  --engine spark": "tests/cli/test_predict_where_rows_lie.py",
    "pip install --force-reinstall vl-convert-python": "it mends an installation",
    'write  colour: "#a3341b"': "which colour is open",
    "use another port:  --port": "tests/cli/test_serve.py",
    "say another  --host": "which address is open",
    "to play with samples,  mlcli start": "it takes another command",
    "say what you want to know, with  --ask": "what that is, is open",
    "such as  --name": "tests/cli/test_start.py",
    "give this one another name:  --name": "tests/cli/test_json.py",
    "{}:  --source {}": "tests/cli/test_start.py",
    "{}, with  --source {}": "tests/cli/test_other_sources.py",
    "say that these are days:": "tests/faults/test_dates_and_zones.py",
    ",  or another of them": "which of the columns of dates is meant is open",
    "gather their rows with  engine: duckdb": "it takes more memory than a test may",
    'thousands: "."': "tests/faults/test_points_of_numbers.py",
    "derive something of it, as  weekday: weekday of day": "which part of a date matters is open",
    "make one of it, with  derive:": "which part of a date matters is open",
    "--help  shows what it takes": "which word was meant is open",
    "name a model with  -m:": "a word is taken away that is no value of an option",
    "name one:  mlcli compare": "words are taken away that are no values of options",
    "move it to  rules:": "this warns, and nothing fails",
    "put  drop_missing:": "where among the rules is open, and whether rows are dropped or filled",
    "mend the cell, or put  drop_missing:": "what the cell should hold is open",
    ",  with  totals: keep  in the source": "where among the rules is open",
    "; if it is a row,  totals: keep": "typed tables: which of two ways is meant is open",
    "gather rows first, with  count": "whether they are counted or added up is open",
    "take  from {}  away": "the phrase that it stands in has to be written anew",
    "write  engine: spark": "it takes a cluster",
    "by a definition with  engine: spark": "it takes a cluster",
    "engine: {name: spark, collect: 8GB}": "how much may come home is open",
    "use another engine:  --engine duckdb": "it takes a cluster",
    "ask for a newer cluster": "only who runs the cluster can do that",
    "$SPARK_REMOTE": "it stands for a variable that only the user has",
    "write  url: $": "it stands for a variable that only the user has",
    "add  name: {}": "which engine is meant is open",
    "$TILL_DB": "it stands for a variable that only the user has",
    "put cells that hold one in quotes": "which sign parts the cells is open",
    "name the column that dates or names a row": "which column that is, is open",
    "; --input answers for many": "which of the rows is meant is open",
    "ask one with  mlcli": "it takes another command",
    "below the  rules  of the whole definition": "it takes another fit after the keys",
    "in its definition, and  mlcli fit": "it takes another fit after the key",
    "header first:  range:": "workbooks: tests/faults/test_lines_of_exports.py",
    "say which one is read:  sheet:": "workbooks: tests/cli/test_other_sources.py",
    "or take  language:  away": "it is the language, or the form, that is wrong",
    "leave --if-better out": "whether what is not shown to be better is kept is open",
    "leave --output out to print": "neither files of devices nor pipes are made here",
    "leave --data out:": "test_b_a_catalogue_has_no_file_of_truths",
    "take a model for numbers, such as": "as  {name: x, kind: category}  of a feature",
    "to suggest one of them": "it takes a model that puts things in order too",
    "do all of them belong to one group?": "a question: which column groups is open",
    "add  tune: {": "test_tune.py: the values are an example",
    "put this rule into a second source": "it takes a source more, and a key to join by",
    "; cells are trimmed unless": "whether the rule or its source is meant is open",
}
"""Hints that name a key or an option and are not followed here, by a part of them, and why."""


def table(columns: str, rows: Iterable[Iterable[object]]) -> str:
    return csv_of(columns, [tuple(row) for row in rows])


def over(features: str = "[x]", label: str = "y", more: str = "model: linear_regression") -> str:
    """Return a definition of one table, of which nothing is held out unless that is said."""
    held = "" if "holdout" in more else "\nholdout: none"
    return f"sources: {{t: {{file: data/t.csv}}}}\nfeatures: {features}\nlabel: {label}\n{more}{held}\n"


LINE, FOREST = "model: linear_regression", "model: {name: random_forest, trees: 5}"
CATALOGUE = "sources: {t: {file: t.csv}}\nlabel: y\nmodel: complement_naive_bayes\n"
MORE = {
    "levels of a category": over("[{name: w, levels: [a, b]}]"),
    "a list that is a category": over("[{name: p, kind: category}]").replace(
        "t.csv}", "t.csv, rules: [{split_list: {of: w, as: p}}]}"
    ),
    "bands without their levels": over("[{name: b, kind: ordinal}]").replace(
        "t.csv}", "t.csv, rules: [{bands: {of: w, as: b, low: under 5, high: 5 or more}}]}"
    ),
    "a catalogue without a list": f"{CATALOGUE}features: [{{name: w, kind: category}}]\n".replace(
        "complement_naive_bayes", "match"
    ),
    "a wish that is filled": f"{CATALOGUE}recommend: {{top: 5}}\n"
    "features: [{name: w, kind: category, missing: most_frequent}]\n",
    "a wish in an order": f"{CATALOGUE}recommend: {{top: 5}}\n"
    "features: [{name: w, kind: ordinal, levels: [a, b]}]\n",
    "keys in one word": f"{CATALOGUE}recommend: {{order: 'wishes, score'}}\n"
    "features: [{name: w, kind: category}]\n",
    "a class of numbers": over(label="{name: y, kind: category}"),
    "nothing recommended": f"{CATALOGUE}recommend:\nfeatures: [{{name: w, kind: category}}]\n",
    "nothing decided": over(more=f"{LINE}\ndecide:"),
    "decided by nothing": over(more=f"{LINE}\ndecide: {{}}"),
}
"""Definitions that are wrong in other ways, by what is."""

BAD = {path.stem: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.yaml"))} | MORE
YAML = {name: text for name, text in BAD.items() if value_of(text) is not None}


@cache
def asked(name: str) -> list[Problem]:
    """Return what is wrong with one of them."""
    return problems(YAML[name])


@pytest.mark.parametrize("name", YAML)
def test_b_hints_about_definitions_get_past_their_message(name: str) -> None:
    text = BAD[name]
    for problem in asked(name):
        named = NAMES_A_KEY.search(problem.hint) and not OPEN.search(problem.hint)
        if named and not any(part in problem.hint for part in NO_FIX):
            assert problem.fix, problem.hint
        for fix in problem.fix:
            assert fix.file == "configs/it.yaml"
            said = problems(json.dumps(mended(value_of(text), fix._replace(file=""))))
            assert problem.message not in [one.message for one in said], (fix, problem)


# ---- commands, and the exports of definitions ---------------------------------------------------

FOLLOWED = {
    "say which:  -m ": "two models",
    "take  --engine ": "fit sheets --engine duckdb",
    "take  positive:  away": "a class among numbers",
    "take  delimiter:  away": "another delimiter",
    "leave --strict out": "predict --input q.csv --strict",
    "add --json, or ask one question": "predict --why",
    "write  --date ": "predict --date 2023-06-08..2023-06-07",
    "use --output without it": "predict --input q.csv --json --output x.csv",
    "--output FILE writes": "data --head 2 --json",
    "name a definition with --models": "compare pizzeria@1 pizzeria@1 --models ridge,lasso",
    "add another:  --models ": "compare --models ridge",
    "take  unseen:  away, or say": "numbers that are unseen",
    "bring more rows, or write  model:": "too many neighbours",
    "say what an unseen value does": "a word held out",
    "take  baseline:  away": "a baseline of classes",
    "take  decide:  away": "a decision of classes",
    "bring more rows, or write  holdout: none": "one group of all",
    "take  threshold:  away": "a threshold of three",
    "take  encoding:  away": "another encoding",
    "has nothing to tune: write": "tune pizzeria",
}
"""Hints, by how they begin, and the case that follows them."""


FILES = {
    "configs/sheets.yaml": "sources: {t: {file: data/t.xlsx}}\nfeatures: [x]\nlabel: y\nmodel: ridge\n",
    "q.csv": "day,reservations\n2023-06-08,3\n2023-06-09,4\n",
}
COMMANDS = [
    "predict --raw --reservations 3",
    "predict --output x.csv --reservations 3",
    "predict --strict --reservations 3",
    "predict --input q.csv --reservations 3",
    "predict --input q.csv --json --output x.csv",
    "predict --input q.csv --strict",
    "predict --why",
    "predict --date 2023-06-09",
    "predict --date 2023-06-08..2023-06-07",
    "predict --reservations 3 --reservations 4",
    "data --raw",
    "data --head 2 --json",
    "data --head 2 --output x.csv",
    "data --head 2 --lost",
    "compare --models ridge",
    "compare pizzeria@1 pizzeria@1 --models ridge,lasso",
    "tune pizzeria",
    "fit sheets --engine duckdb",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_b_hints_of_commands_get_past_their_message(
    project: Project, sample: Path, command: str
) -> None:
    shutil.copytree(sample, project.root, dirs_exist_ok=True)
    for name, content in FILES.items():
        project.write(name, content)
    words = command.split()
    said = errors(project, words)

    assert [problem["fix"] for problem in said] != [[]] * len(said), said
    assert all(start in said[0]["hint"] for start, case in FOLLOWED.items() if case == command)
    for problem in said:
        for fix in problem["fix"]:
            again = errors(project, followed(project.root, words, fix))
            assert problem["message"] not in [one["message"] for one in again], fix


# ---- what the exports of a definition show ------------------------------------------------------


NUMBERS = table("x,w,y", ((n, n % 3, 2 * n + 1) for n in range(12)))
WORDS = table("x,w,y", ((n, "abc"[n % 3], 2 * n + 1) for n in range(12)))
CLASSES = table("x,w,y", ((n, n % 3, "ab"[n % 2]) for n in range(12)))
DAYS = table("d,w,y", ((f"2024-01-{n:02}", "c" if n > 9 else "ab"[n % 2], n) for n in range(1, 13)))
DATA = {
    "a median of words": (over("[{name: w, missing: mean}]"), WORDS),
    "numbers that are unseen": (over("[{name: w, unseen: ignore}]"), NUMBERS),
    "too many neighbours": (over(more="model: {name: k_nearest, neighbours: 30}"), NUMBERS),
    "a word held out": (
        over("[{name: w, kind: category}]", more=f"date: d\nholdout: from 2024-01-10\n{LINE}"),
        DAYS,
    ),
    "a baseline of classes": (over(more=f"baseline: 3\n{FOREST}"), CLASSES),
    "a decision of classes": (over(more=f"decide: {{run_out: 1 in 10}}\n{FOREST}"), CLASSES),
    "one group of all": (
        over(more=f"group: w\nholdout: random 20%\n{LINE}"),
        table("x,w,y", ((n, 1, n) for n in range(12))),
    ),
    "a threshold of three": (
        over(label="{name: w, threshold: f1, positive: a}", more="model: logistic_regression"),
        WORDS,
    ),
    "another case": (
        over("[x]").replace("t.csv}", "t.csv, rules: [{keep: {w: A}}]}"),
        WORDS,
    ),
    "a misspelt feature": (over("[xx]"), NUMBERS),
    "a misspelt column": (
        over("[z]").replace("t.csv}", "t.csv, rules: [{rename: {xx: z}}]}"),
        NUMBERS,
    ),
    "another encoding": (over().replace("t.csv}", "t.csv, encoding: cp1252}"), "x,y\n1,é\n2,3\n"),
    "decimal commas": (over(), "x;y\n1,5;2\n2,5;3\n3,5;4\n"),
    "a dash for nothing": (over(), table("x,y", [*((n, n) for n in range(9)), ("-", 3)])),
    "a class among numbers": (over(label="{name: y, positive: '3'}", more=FOREST), NUMBERS),
    "another delimiter": (over().replace("t.csv}", "t.csv, delimiter: ';'}"), NUMBERS),
    "an engine that does not read it": (
        over(more=f"{LINE}\nengine: duckdb").replace("t.csv", "t.xlsx"),
        NUMBERS,
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_b_hints_about_exports_get_past_their_message(project: Project, name: str) -> None:
    definition, export = DATA[name]

    def prepare() -> None:
        project.define(definition, "it")
        project.write("data/t.csv", export)

    prepare()
    (problem, *_) = errors(project, ["fit", "it"])
    assert problem["fix"], problem
    assert all(start in problem["hint"] for start, case in FOLLOWED.items() if case == name)
    for fix in problem["fix"]:
        prepare()
        again = errors(project, followed(project.root, ["fit", "it"], fix))
        assert problem["message"] not in [one["message"] for one in again], (fix, again)


# ---- every hint ---------------------------------------------------------------------------------


def test_b_one_of_two_models_is_chosen_by_the_hint(project: Project) -> None:
    project.write("data/t.csv", NUMBERS)
    for name in ("one", "two"):
        project.define(over(), name)
    project.works("fit")
    words = ["predict", "--x", "3"]
    (problem,) = errors(project, words)

    assert "say which:  -m one" in problem["hint"]
    assert [errors(project, followed(project.root, words, fix)) for fix in problem["fix"]] == [
        [],
        [],
    ]


def test_b_a_catalogue_has_no_file_of_truths(gamedrop: Project) -> None:
    gamedrop.write("q.csv", "budget\ncheap\n")
    words = ["evaluate", "-m", "gamedrop", "--data", "q.csv"]
    (problem,) = errors(gamedrop, words)

    assert "leave --data out" in problem["hint"]
    assert errors(gamedrop, followed(gamedrop.root, words, problem["fix"][0])) == []


def hints() -> Iterator[tuple[str, str]]:
    """Yield each text of a hint in the source that names a key or an option, and its module."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part in said_in(node):
                found = [text for text in texts(part) if NAMES.search(text)]
                yield from ((path.relative_to(SOURCE).as_posix(), text) for text in found)


def said_in(node: ast.AST) -> list[ast.expr]:
    """Return what a call or an assignment makes a hint of."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            at = PLACES.get(name)
            first = [] if at is None else args[at : at + 1]
            return [*first, *(one.value for one in keywords if one.arg == "hint")]
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if "hint" in name:
            return [value]
        case _:
            return []


def texts(node: ast.AST) -> Iterator[str]:
    """Yield the texts in an expression; ``{}`` stands for what is put in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from texts(child)


SOURCE = Path(mlcli.__file__).parent
PLACES = {"Contradiction": 2, "OptionError": 1, "PhraseError": 1, "CellError": 1}
"""Where the hint stands among what an error is made of."""
NAMES = re.compile(r"  \{?\w+:(?:  | )|(?:^|\s)(?:--[a-z]|-m )")


def test_b_every_hint_that_names_a_key_or_an_option_is_followed_or_says_why_not() -> None:
    met = {problem.hint for name in YAML for problem in asked(name)}
    known = [*FOLLOWED, *NO_FIX]
    missing = [
        (module, text)
        for module, text in dict.fromkeys(hints())
        if not OPEN.search(text)
        and not any(start in text for start in known)
        and not any(re.search(".*".join(map(re.escape, text.split("{}"))), hint) for hint in met)
    ]

    assert missing == []
    assert {*FOLLOWED.values()} - {*COMMANDS, *DATA} == {"two models"}
