"""mlcli schema - the JSON Schema of definitions, and of what commands print."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from mlcli.errors import SCHEMA_VERSION, AskedWronglyError, ExitCode, Fix, did_you_mean, nearest
from mlcli.screens import say


def _commands(incomplete: str) -> list[str]:
    return [name for name in OUTPUTS if name.startswith(incomplete)]


def schema(
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            metavar="COMMAND",
            help="What this command prints with --json, in place of definitions.",
            autocompletion=_commands,
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, which holds the schema.")
    ] = False,
) -> None:
    """Print the JSON Schema of definitions, or of what --json prints."""
    if of is not None and of not in OUTPUTS:
        fix = [Fix(word, option="--of") for word in nearest(of, OUTPUTS)]
        hint = did_you_mean(of, OUTPUTS)
        raise AskedWronglyError(f"there is no command {of!r}", hint=hint, fix=fix)
    if of is None:
        from mlcli.definition import definition

        found = definition.json_schema()
    else:
        found = of_output(of)
    if json:
        from mlcli.verbs import next_steps

        say.result({"schema": found}, next_steps.as_json(next_steps.at_first()))
    else:
        say.as_json(found)


def of_output(command: str) -> dict[str, Any]:
    """Return the JSON Schema of what a command prints with ``--json``, whatever becomes of it."""
    ends = [{**_FRAME, **shape, "next": [_STEP]} for shape in OUTPUTS[command]]
    before = {"fitted?": [_FIT], "compared?": _COMPARISON} if command == "fit" else {}
    failed = {**_FRAME, **before, "error": _ERROR, "next": [_STEP]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mlcli {command} --json",
        "anyOf": [_schema(shape) for shape in (*ends, failed)],
    }


def _schema(shape: Any) -> dict[str, Any]:
    """Return the JSON Schema of a shape.

    A word is a type, a list an array of its only element, or an empty one, a tuple any of its
    elements; a mapping has these keys, of which those with a ``?`` may be left out, or with
    ``*`` any.
    A type of a record is itself.
    """
    match shape:
        case str() if shape in _WORDS:
            return _WORDS[shape]
        case str():
            return {"const": shape}
        case int():
            return {"const": shape}
        case []:
            return {"type": "array", "maxItems": 0}
        case [one]:
            return {"type": "array", "items": _schema(one)}
        case tuple():
            return {"anyOf": [_schema(one) for one in shape]}
        case {"*": each}:
            return {"type": "object", "additionalProperties": _schema(each)}
        case dict():
            return {
                "type": "object",
                "properties": {key.rstrip("?"): _schema(one) for key, one in shape.items()},
                "required": [key for key in shape if not key.endswith("?")],
                "additionalProperties": False,
            }
        case _:
            found: dict[str, Any] = shape()
            return found


_WORDS: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "whole": {"type": "integer"},
    "truth": {"type": "boolean"},
    "nothing": {"type": "null"},
    "any": {},
}


def _record(module: str, name: str) -> Any:
    """Return what makes the schema of a record, which is imported then."""

    def made() -> Any:
        from importlib import import_module

        from mlcli.store import records

        return records.schema(getattr(import_module(f"mlcli.{module}"), name))

    return made


_FRAME: Final = {"schema_version": SCHEMA_VERSION}
_STEP: Final = {"argv": ["text"], "why": "text", "writes": ["text"], "needs": []}
_FIX: Final = (
    {"option": "text", "value": "any"},
    {"file": "text", "path": [("text", "whole")], "value": "any"},
)
_PROBLEM: Final = {"message": "text", "place": "text", "hint": "text", "fix": [_FIX]}
_ERROR: Final = {
    "code": tuple(code.name.lower() for code in ExitCode if code),
    **_PROBLEM,
    "exit": tuple(int(code) for code in ExitCode if code),
    "problems": [_PROBLEM],
}

_NUMBER: Final = ("number", "nothing")
_TEXT: Final = ("text", "nothing")
_VALUE: Final = ("number", "text", "truth", "nothing")
_ASKED: Final = {"*": (*_VALUE, ["text"])}
_MADE: Final = {"model": "text", "version": "whole"}
_NOTES: Final = {"notes": ["text"], "note_codes": ["text"]}
_ROWS: Final = {"train": "whole", "holdout": "whole", "used?": "whole"}
_METRICS: Final = {"*": _record("store.scores", "Score")}
_EVIDENCE: Final = (_record("store.evidence", "Evidence"), "nothing")
_LEDGER: Final = _record("store.ledger", "Ledger")
_FIT: Final = {
    **_MADE,
    "new": "truth",
    "answers": "truth",
    "rows": _ROWS,
    "metrics": _METRICS,
    "equation": _TEXT,
    **_NOTES,
    "evidence": _EVIDENCE,
    "ledger": _LEDGER,
    "content": _TEXT,
}
_SUMMARY: Final = {
    "kind": "text",
    "missing": "whole",
    "low": _VALUE,
    "high": _VALUE,
    "different": ("whole", "nothing"),
    "levels": [{"level": "text", "rows": "whole"}],
}
_SEEN: Final = (
    {
        "mean": "number",
        "low": "number",
        "high": "number",
        "p": "number",
        "adjusted": "number",
        "count": "whole",
    },
    "nothing",
)
_MARKS: Final = {
    "name": "text",
    "model": "text",
    "metrics": {
        "*": {"cv": {"mean": _NUMBER, "sd": _NUMBER, "folds": ["number"]}, "holdout": _NUMBER}
    },
}
_COMPARISON: Final = {
    "kind": "text",
    "unit": "text",
    "rows": {"used": "whole", "train": ("whole", "nothing"), "holdout": "whole"},
    "left_out": {"*": "whole"},
    "split": "text",
    "folds": "text",
    "rests_on": ("cv", "holdout"),
    "few": _TEXT,
    "best": _TEXT,
    "models": [_MARKS],
    "baseline": _MARKS,
    "pairs": [
        {
            "metric": "text",
            "best": "text",
            "other": "text",
            "verdict": ("better", "worse", "unknown", "alike", "disagree", "few"),
            "cv": _SEEN,
            "holdout": _SEEN,
            "agree": ("truth", "nothing"),
            "more": ("whole", "nothing"),
        }
    ],
    "looks": "whole",
    "words": ["text"],
}
_FIGURE: Final = {"error": _NUMBER, "sd": _NUMBER, "folds": [_NUMBER]}
_SHARE: Final = {"lists": "whole", "of": "whole"}

OUTPUTS: Final[dict[str, tuple[Any, ...]]] = {
    "start": (
        {
            "name": "text",
            "definition": {
                "name": "text",
                "question": "text",
                "file": "text",
                "sources": ["text"],
                "features": ["text"],
                "left_out": [{"column": "text", "why": "text"}],
                "unused": [{"source": "text", "why": "text"}],
                "label": "text",
                "text": "text",
            },
            "written": ["text"],
            "fitted": [_FIT],
        },
        {
            "questions": [
                {
                    "id": "text",
                    "text": "text",
                    "kind": lambda: {"enum": ["one", "several", "text"]},  # the word, not the type
                    "choices": [{"value": "text", "text": "text"}],
                    "default": ("text", ["text"], "nothing"),
                    "option": "text",
                }
            ]
        },
        {"example": "text", "written": ["text"]},
    ),
    "data": (
        {
            "definition": "text",
            "name": "text",
            "ledger": _LEDGER,
            "rows": {
                "finished": "whole",
                "used": "whole",
                "waiting": "whole",
                "left_out": "whole",
                "refused": "whole",
            },
            "columns": [{"name": "text", "roles": ["text"], **_SUMMARY}],
            **_NOTES,
            "lost?": [
                {
                    "where": "text",
                    "rows": "whole",
                    "first": [{"place": "text", "cells": {"*": _VALUE}}],
                }
            ],
        },
        {
            "file": "text",
            "bytes": "whole",
            "encoding": _TEXT,
            "delimiter": _TEXT,
            "line_ends": _TEXT,
            "rows": "whole",
            "columns": [
                {
                    "name": "text",
                    "position": "whole",
                    **_SUMMARY,
                    "odd": ({"line": "whole", "cell": "text"}, "nothing"),
                }
            ],
            **_NOTES,
            "source": {"*": "any"},
            "undecided": ["text"],
        },
    ),
    "fit": ({"fitted": [_FIT]},),
    "tune": (
        {
            "model": "text",
            "version": ("whole", "nothing"),
            "new": "truth",
            "rows": "whole",
            "folds": "text",
            "metric": "text",
            "unit": "text",
            "grid": [
                {
                    "values": {"*": "any"},
                    **_FIGURE,
                    "why": _TEXT,
                    "lowest": "truth",
                    "chosen": "truth",
                }
            ],
            "chosen": {"*": "any"},
            "line": "text",
            "same": "truth",
            "tuned": {**_FIGURE, "in_folds": ["any"]},
            "as_written": _FIGURE,
            "better_by": ({"mean": "number", "low": _NUMBER, "high": _NUMBER}, "nothing"),
            "metrics": (_METRICS, "nothing"),
        },
    ),
    "evaluate": (
        {
            **_MADE,
            "of": "text",
            "rows": _ROWS,
            "final": "truth",
            "metrics": _METRICS,
            "worst": [
                {
                    "row": "text",
                    "truth": _VALUE,
                    "answer": _VALUE,
                    "miss?": "number",
                    "probability?": _NUMBER,
                }
            ],
            "equation": _TEXT,
            "weights": (
                [{"term": "text", "class": _TEXT, "weight": "number", "unit": "text"}],
                "nothing",
            ),
            "importance": (_record("store.evidence", "Importance"), "nothing"),
            "left_out": "whole",
            "evidence": _EVIDENCE,
            "spread": (_record("store.evidence", "Spread"), "nothing"),
            "looks": ("whole", "nothing"),
            "decision": (_record("store.evidence", "DecisionReport"), "nothing"),
            "classes": (_record("store.evidence", "ClassReport"), "nothing"),
            "doubts?": ["text"],
            **_NOTES,
        },
        {
            **_MADE,
            "of": "text",
            "rows": _ROWS,
            "metrics": {
                "requests": {"made": "whole", "of": "whole", "top": "whole"},
                "wishes_kept": {
                    "share": "number",
                    "best_possible": "number",
                    "first_names": "number",
                    "better": "text",
                },
                "first_meets_all": _SHARE,
                "decided_by_name": _SHARE,
                "never_suggested": {
                    "things": "whole",
                    "of": "whole",
                    "whatever_is_wished": "whole",
                    "names": ["text"],
                },
            },
        },
    ),
    "compare": (_COMPARISON,),
    "history": (
        {
            "runs": [
                {
                    "at": "text",
                    **_MADE,
                    "new": "truth",
                    "algorithm": _TEXT,
                    "metric": _TEXT,
                    "holdout": _NUMBER,
                    "unit": _TEXT,
                    "interval": (["number"], "nothing"),
                    "better": _TEXT,
                    "change": _NUMBER,
                    "direction": _TEXT,
                    "verdict": _TEXT,
                    "digests": {"definition": _TEXT, "data": _TEXT, "holdout": _TEXT},
                    "changed": ["text"],
                    "set": ["text"],
                }
            ],
            "sparklines": {"*": "text"},
            "unreadable": ["whole"],
        },
    ),
    "use": ({**_MADE, "before": ("whole", "nothing")},),
    "serve": ({"url": "text", "hosts": ["text"]},),
    "report": ({**_MADE, "format": ("html", "md", "svg", "vega"), "files": ["text"]},),
    "predict": (
        {
            **_MADE,
            "doubts?": ["text"],
            "predictions": [
                {
                    "asked": _ASKED,
                    "value": _VALUE,
                    "answer": _VALUE,
                    "unit": "text",
                    "inside": "truth",
                    "outside_of": ["text"],
                    "why?": {
                        "adds_up": "truth",
                        "scale": "text",
                        "of": _TEXT,
                        "against": _TEXT,
                        "typical": _ASKED,
                        "start": "number",
                        "parts": [{"features": ["text"], "part": "number", "factor?": "number"}],
                        "total": "number",
                        "floor": _NUMBER,
                        "rounding": _NUMBER,
                    },
                    **_NOTES,
                    "probabilities?": ({"*": "number"}, "nothing"),
                    "range?": ({"level": "number", "low": "number", "high": "number"}, "nothing"),
                    "decision?": (
                        {"quantity": "number", "share": "number", "by": ("run_out", "costs")},
                        "nothing",
                    ),
                }
            ],
        },
    ),
    "recommend": (
        {
            **_MADE,
            "asked": {"*": ("text", ["text"])},
            "things": "whole",
            "meeting_all": "whole",
            "suggestions": [
                {
                    "name": "text",
                    "wishes_met": ["text"],
                    "met": ["text"],
                    "score": "number",
                    "show": {"*": _VALUE},
                    "above_next?": ({"by": "text", "value": _VALUE, "next": _VALUE}, "nothing"),
                }
            ],
            "where?": [
                {"name": "text", "place": "whole", "before": ["text"], "by": {"*": "whole"}}
            ],
            **_NOTES,
        },
    ),
    "schema": ({"schema": {"*": "any"}},),
    "explain": ({"codes": [{"code": "text", "means": "text", "to_do": "text"}]},),
    "skill": ({"skill": "text"},),
}
"""What each command prints with ``--json``, beside ``schema_version`` and ``next``."""
