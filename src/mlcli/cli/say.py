"""Words on stderr, and JSON on stdout; imports nothing heavy."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from mlcli import wording
from mlcli.errors import MlcliError, Problem


def problems(error: MlcliError) -> None:
    """Print every problem of an error, and how many there were."""
    for problem in error.problems:
        _problem("refused" if error.exit_code == error.exit_code.REFUSED else "error", problem)
    if len(error.problems) > 1:
        _line(f"{len(error.problems)} problems")
    if error.summary:
        _line(error.summary)


def failure(error: MlcliError) -> None:
    """Print an error as an object, for ``--json``."""
    as_json({"schema_version": 1, "error": error.to_json()})


def warnings(found: Iterable[Problem]) -> None:
    """Print what is allowed and probably not meant."""
    for problem in found:
        _problem("warning", problem)


def _problem(kind: str, problem: Problem) -> None:
    place = f"{problem.place}: " if problem.place else ""
    _line(f"{_coloured(kind)}: {place}{wording.plain(problem.message)}")
    if problem.excerpt:
        print(
            "\n".join(wording.plain(line) for line in problem.excerpt.splitlines()),
            file=sys.stderr,
        )
    if problem.hint:
        _line(f"hint: {wording.plain(problem.hint)}")


def _coloured(kind: str) -> str:
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return kind
    return f"\x1b[{33 if kind == 'warning' else 31};1m{kind}\x1b[0m"


def bug(error: Exception) -> None:
    """Say that the fault is ours, and what would help to mend it."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    _line(f"error: mlcli has a bug: {type(error).__name__}: {error}")
    _line(f"at {last.filename.rpartition(os.sep)[2]}:{last.lineno} in {last.name}")
    if os.environ.get("MLCLI_DEBUG"):
        traceback.print_exception(error)
    else:
        _line("hint: report it with the definition and this line; MLCLI_DEBUG=1 shows more")


def note(text: str) -> None:
    """Print a line beside the answer."""
    _line(wording.plain(text))


def _line(text: str) -> None:
    print(text, file=sys.stderr)


def answer(text: str) -> None:
    """Print a line of the answer."""
    print(wording.plain(text))


def as_json(value: Any) -> None:
    """Print one object on stdout."""
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
