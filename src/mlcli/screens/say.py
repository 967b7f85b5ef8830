"""Words on stderr, and JSON on stdout; imports nothing heavy."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.errors import SCHEMA_VERSION, EnvironmentProblemError, MlcliError, Problem

if TYPE_CHECKING:
    from mlcli.grammar.cells import Json


def problems(error: MlcliError) -> None:
    """Print every problem of an error, and how many there were."""
    for problem in error.problems:
        _problem("refused" if error.exit_code == error.exit_code.REFUSED else "error", problem)
    if len(error.problems) > 1:
        _line(f"{len(error.problems)} problems")
    if error.summary:
        _line(wording.plain(error.summary))


def failure(error: MlcliError, then: Sequence[Json] = ()) -> None:
    """Print an error as an object, for ``--json``; it has words on stderr too.

    ``then`` are the commands to go on with.
    """
    with suppress(OSError):  # a full disk behind stdout; the exit code is told all the same
        result({**error.done, "error": error.to_json()}, then)


def result(value: Mapping[str, Any], then: Sequence[Json] = ()) -> None:
    """Print what came of a command, for ``--json``, and what to go on with."""
    as_json({"schema_version": SCHEMA_VERSION, **value, "next": list(then)})


def warnings(found: Iterable[Problem]) -> None:
    """Print what is allowed and probably not meant."""
    for problem in found:
        _problem("warning", problem)


def _problem(kind: str, problem: Problem) -> None:
    place = f"{problem.place}: " if problem.place else ""
    _line(wording.plain(f"{kind}: {place}{problem.message}"), coloured=kind)
    for line in problem.excerpt.splitlines():
        _line(wording.plain(line), whole=True)
    if problem.hint:
        _line(wording.plain(f"hint: {problem.hint}"))


def bug(error: Exception) -> None:
    """Say that the fault is ours, and what would help to mend it."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    _line(wording.plain(f"error: mlcli has a bug: {type(error).__name__}: {error}"))
    _line(f"at {last.filename.rpartition(os.sep)[2]}:{last.lineno} in {last.name}")
    if os.environ.get("MLCLI_DEBUG"):
        for line in "".join(traceback.format_exception(error)).splitlines():
            _line(wording.plain(line), whole=True)
    else:
        _line("hint: report it with the definition and this line; MLCLI_DEBUG=1 shows more")


def note(text: str, *, always: bool = True) -> None:
    """Print a line beside the answer; if not ``always``, only where nobody asked to be quiet."""
    if always or not _QUIET.get():
        _line(wording.plain(text))


@contextmanager
def quietly(*, quiet: bool) -> Iterator[None]:
    """Print only what is always said, if it is to be ``quiet``."""
    before = _QUIET.set(quiet)
    try:
        yield
    finally:
        _QUIET.reset(before)


_QUIET: Final = ContextVar("quiet", default=False)


def _line(text: str, *, coloured: str = "", whole: bool = False) -> None:
    """Print a line on stderr; in a terminal it wraps between words, unless it must stay whole.

    ``coloured`` is the word at its beginning that has a colour there.
    """
    if sys.stderr.isatty():
        if not whole:
            text = "\n".join(wording.wrapped(text, get_terminal_size().columns))
        if coloured and not os.environ.get("NO_COLOR"):
            colour = 35 if coloured == "warning" else 31  # magenta: yellow is lost on white
            text = f"\x1b[{colour};1m{coloured}\x1b[0m{text.removeprefix(coloured)}"
    with suppress(OSError):  # a full disk behind stderr; the exit code is told all the same
        print(text, file=sys.stderr)


def answer(text: str) -> None:
    """Print a line of the answer."""
    print(wording.plain(text))


def columns() -> int:
    """Return how many columns the terminal has, or 80."""
    return get_terminal_size().columns


def lines(file: Iterable[str]) -> None:
    """Print a file of CSV: as it is, but that no cell may act on a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.writelines(file)
        return
    record = ""
    for line in file:
        record += line
        if record.count('"') % 2 == 0:  # else a cell goes on in the next line
            answer(record.removesuffix("\n"))
            record = ""


def as_json(value: Any) -> None:
    """Print one object on stdout; in a terminal, with escapes for what would act there."""
    import json

    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(text) < _LONG:  # beyond that it is for programs alone, and indenting takes seconds
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    if sys.stdout.isatty():
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
    print(text)


_LONG: Final = 1_000_000


@contextmanager
def report_of(names: Sequence[str]) -> Iterator[None]:
    """Say what is stored, such as ``pizzeria@3``, where what is printed of it has no room.

    Raises
    ------
    EnvironmentProblemError
        Standard output cannot be written to.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if not names:
            raise
        are = "is stored; its report" if len(names) == 1 else "are stored; their report"
        raise EnvironmentProblemError(
            f"{' and '.join(names)} {are} could not be written: {error.strerror or error}"
        ) from error
