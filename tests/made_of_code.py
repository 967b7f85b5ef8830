"""The parts of the reference that are made of the code: blocks between two comments in a page.

``pytest tests/test_documents.py --update-golden`` writes them anew.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import typer.main
from conftest import ROOT

from mlcli.cli import process, schema
from mlcli.definition import definition
from mlcli.definition.algorithms import FRIENDLY
from mlcli.definition.engines import ABLE
from mlcli.definition.rules.registry import Step
from mlcli.definition.sklearn_classes import BY_NAME, CLASSIFIERS
from mlcli.grammar import meanings
from mlcli.grammar.note_codes import NOTES, OTHER
from mlcli.statistics.metrics import CLASS_METRICS, ERRORS, METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mlcli.grammar.cells import Json
    from mlcli.grammar.meanings import Meaning

PAGES = (ROOT / "docs" / "reference.md", *sorted((ROOT / "docs" / "reference").glob("*.md")))
BLOCK = re.compile(r"(<!-- made of the code: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    """Return a page with its blocks as the code has them now."""
    return BLOCK.sub(lambda block: f"{block[1]}{made(block[2])}{block[4]}", page)


def made(name: str) -> str:
    """Return a block, with an empty line above and below it."""
    return f"\n{BLOCKS[name]().rstrip()}\n\n"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    assert not any("|" in cell for line in lines for cell in line), "no page shows it as it is"
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


# --- commands ---------------------------------------------------------------------------------


def app() -> Any:
    """Return the command line, without the options that are of fitted models."""
    return typer.main.get_command(process.build(["", "schema"]))


def _command(name: str) -> str:
    """Return what a command is for, what it takes, and its examples."""
    command = app().commands[name] if name else app()
    context = command.make_context(name or "mlcli", [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    told = [_escaped((command.help or "").replace("\n\n", " "))]
    told += ["", f"`mlcli {name} {usage}`".replace("  ", " "), ""]
    records = [one.get_help_record(context) for one in command.get_params(context)]
    shown = [one for one in records if one and (not name or "--help" not in one[0])]
    told += [f"- `{option}`: {_escaped(words)}" for option, words in shown]
    if name:
        told += ["", "```sh", *process.EXAMPLES[name], "```"]
    return "\n".join(told)


def _escaped(text: str) -> str:
    return re.sub(r"([*<_])", r"\\\1", " ".join(text.split()))


# --- codes ------------------------------------------------------------------------------------


def _meanings(codes: Mapping[str, Meaning]) -> str:
    return _table(
        ("code", "what it means", "what to do"),
        ((f"`{code}`", one.means, _marked(one.to_do)) for code, one in codes.items()),
    )


def _marked(text: str) -> str:
    """Return a text in which what stands between two blanks is code."""
    parts = text.split("  ")
    first = int(not parts[0].startswith(("--", "mlcli ")))
    ends = [re.fullmatch(r"(.*?)([,;.]?)", part) for part in parts]
    return " ".join(
        f"`{end[1]}`{end[2]}" if end and number % 2 == first and part else part
        for number, (part, end) in enumerate(zip(parts, ends, strict=True))
    )


def _notes() -> str:
    codes = meanings.all_of_them()
    return _table(
        ("code", "what the note says"),
        (
            (f"`{code}`", f"{_marked(codes[code].means)} {_marked(codes[code].to_do)}".rstrip())
            for code in (*NOTES, OTHER)
        ),
    )


def _ends() -> str:
    return _table(
        ("exit code", "code", "what it means", "what to do"),
        (
            (str(int(code)), f"`{code.name.lower()}`", one.means, _marked(one.to_do))
            for code, one in meanings.ENDS.items()
        ),
    )


# --- rules, models, metrics, engines ----------------------------------------------------------


@cache
def _shapes() -> Json:
    return definition.json_schema()["$defs"]


def _rules() -> str:
    shapes = _shapes()
    rows = []
    for rule in Step.model_fields:
        shape = shapes[Step.rule_called(rule).__name__]
        keys = [_key(key, one, shape) for key, one in shape["properties"].items()]
        free = ["any column"] if shape.get("additionalProperties") else []
        rows.append((f"`{rule}`", ", ".join([*free, *keys])))
    return _table(("rule", "its keys; those in brackets may be left out"), rows)


def _key(key: str, one: Json, shape: Json) -> str:
    return f"`{key}`" if key in shape.get("required", ()) else f"(`{key}`)"


def _ticked(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].replace("``", "`").split())


def _models() -> str:
    shapes = _shapes()
    rows = []
    for name, kind in FRIENDLY.items():
        fields = shapes[kind.__name__]["properties"]
        settings = ", ".join(_setting(key, one) for key, one in fields.items() if key != "name")
        answers = ", ".join(_ANSWERS[task] for task in kind.answers)
        rows.append((f"`{name}`", _ticked(kind.__doc__ or ""), settings, answers))
    return _table(("model", "how it answers", "hyperparameters", "answers"), rows)


_ANSWERS = {"number": "numbers", "category": "classes", "thing": "things"}


def _setting(key: str, one: Json) -> str:
    """Return a hyperparameter with its default and its bounds."""
    kind = next((each for each in one.get("anyOf", ()) if each.get("type") != "null"), one)
    low = kind.get("minimum", kind.get("exclusiveMinimum"))
    above = "above " if "exclusiveMinimum" in kind else ""
    high = kind.get("maximum")
    bounds = f"{above}{_number(low)}" + (
        f" to {_number(high)}" if high else " or more" * (not above)
    )
    default = one.get("default")
    return f"`{key}` ({bounds}{'' if default is None else f'; {_number(default)} if not said'})"


def _number(value: float) -> str:
    return f"{value:f}".rstrip("0").rstrip(".")


def _class_names() -> str:
    numbers = [name for name in BY_NAME if name not in CLASSIFIERS]
    classes = [name for name in BY_NAME if name in CLASSIFIERS]
    return f"Numbers: {_code(numbers)}.\n\nClasses: {_code(classes)}."


def _metrics(metrics: Mapping[str, Any]) -> str:
    return _table(
        ("metric", "what it is", "better"),
        ((f"`{name}`", _formula(one.function), one.better) for name, one in metrics.items()),
    )


def _formula(function: Callable[..., Any]) -> str:
    """Return what a function says that it returns."""
    paragraphs = (function.__doc__ or "").split("\n\n")
    told = re.sub(r"^Return |;? ``None``.*|\.$", "", " ".join(" ".join(paragraphs[:2]).split()))
    return _escaped(re.sub(r"\.? *$", "", told))


def _errors() -> str:
    return _table(
        ("error", "what it is"),
        ((f"`{name}`", one.mean.format(unit="the label's unit")) for name, one in ERRORS.items()),
    )


def _engines() -> str:
    rows = ((f"`{name}`", ", ".join(forms)) for name, forms in ABLE.items())
    return _table(("engine", "forms of sources"), rows)


# --- JSON -------------------------------------------------------------------------------------


def _output(command: str) -> str:
    """Return the keys of what a command prints, but for those that every object has."""
    ends = schema.of_output(command)["anyOf"]
    shown = ["\n".join(_keys(_own(end))) for end in ends]
    told = "\n\nor\n\n".join(f"```text\n{one}\n```" for one in shown[:-1])
    return told + (f"\n\nWith an error:\n\n```text\n{shown[-1]}\n```" if shown[-1] else "")


def _own(end: Json) -> Json:
    frame = {"schema_version", "error", "next"}
    return {**end, "properties": {k: v for k, v in end["properties"].items() if k not in frame}}


def _part(name: str) -> str:
    _, objects = _spelled(PARTS[name])
    return "```text\n" + "\nor\n".join("\n".join(_keys(one)) for one in objects) + "\n```"


def _frame() -> str:
    *_, failed = schema.of_output("data")["anyOf"]
    return "```text\n" + "\n".join(_keys(failed)) + "\n```"


def _keys(shape: Json, indent: str = "") -> Iterator[str]:
    """Yield a line for each key of an object, those within it further right."""
    for key, one in shape["properties"].items():
        asked = "" if key in shape["required"] else "?"
        yield from _named(f"{indent}{key}{asked}", one, indent + "  ")


def _named(name: str, shape: Json, indent: str) -> Iterator[str]:
    """Yield a line that names a value and says what it is, then those of the objects in it."""
    words, objects = _said(shape)
    yield f"{name}: {words}"
    for number, one in enumerate(objects):
        yield from [f"{indent}or"] if number else []
        yield from _keys(one, indent)


def _said(shape: Json) -> tuple[str, list[Json]]:
    """Return in words what a value is, and the objects in it whose keys are still to be said."""
    part = _PART_OF.get(json.dumps(shape))
    return (f"-> {part}", []) if part else _spelled(shape)


def _spelled(shape: Json) -> tuple[str, list[Json]]:
    """Return the same, though it may be a part that stands elsewhere."""
    if "anyOf" in shape:
        each = [_said(one) for one in shape["anyOf"]]
        words = dict.fromkeys(word for word, _ in each)
        return " or ".join(words), [one for _, objects in each for one in objects]
    if "enum" in shape or "const" in shape:
        return " or ".join(json.dumps(one) for one in shape.get("enum", [shape.get("const")])), []
    match shape.get("type"):
        case "array" if "items" not in shape:
            return "empty list", []
        case "array":
            words, objects = _said(shape["items"])
            return f"list of {_several(words)}", objects
        case "object" if "properties" in shape:
            return "object", [shape]
        case "object":
            words, objects = _said(shape["additionalProperties"])
            return f"by name: {_one(words)}", objects
    return _TYPES[shape.get("type")], []


def _one(words: str) -> str:
    return f"({words})" if " or " in words else words


def _several(words: str) -> str:
    return (
        f"{words}s" if words.endswith(("number", "object")) and " or " not in words else _one(words)
    )


_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "null": "null",
    None: "anything",
}


def _within(shape: Json, *path: str) -> Json:
    """Return the object that stands at some keys of another."""
    for key in path:
        shape = shape["properties"][key]
        shape = next((one for one in shape.get("anyOf", ()) if one.get("type") != "null"), shape)
        shape = shape.get("items", shape)
    return shape


def _parts() -> dict[str, Json]:
    fit = _within(schema.of_output("fit")["anyOf"][0], "fitted")
    judged = schema.of_output("evaluate")["anyOf"][0]
    return {
        "a fit": fit,
        "metrics": fit["properties"]["metrics"],
        "ledger": _within(fit, "ledger"),
        "evidence": _within(judged, "evidence"),
        "importance": _within(judged, "importance"),
        "classes": _within(judged, "classes"),
        "decision": _within(judged, "decision"),
    }


PARTS = _parts()
_PART_OF = {json.dumps(shape): name for name, shape in PARTS.items()}
_PART_OF[json.dumps(_own(schema.of_output("fit")["anyOf"][-1])["properties"]["compared"])] = (
    "compare"
)

BLOCKS: dict[str, Callable[[], str]] = {
    **{
        f"mlcli {name}".strip(): (lambda name=name: _command(name))
        for name in ("", *process.COMMANDS)
    },
    **{f"JSON of {name}": (lambda name=name: _output(name)) for name in process.COMMANDS},
    **{f"JSON of {name}": (lambda name=name: _part(name)) for name in PARTS},
    "JSON of an error": _frame,
    "notes": _notes,
    "alarms": lambda: _meanings(meanings.ALARMS),
    "fits": lambda: _meanings(meanings.FITS),
    "words": lambda: _meanings(meanings.WORDS),
    "exit codes": _ends,
    "rules": _rules,
    "models": _models,
    "class names": _class_names,
    "metrics": lambda: _metrics(METRICS),
    "metrics of classes": lambda: _metrics(CLASS_METRICS),
    "errors that models are compared by": _errors,
    "engines": _engines,
}
