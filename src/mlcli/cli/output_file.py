"""The file of --output: checked before the work, and whole in the end or as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mlcli import wording
from mlcli.errors import AskedWronglyError, EnvironmentProblemError, Fix
from mlcli.screens import say
from mlcli.store import files


def check(target: Path, taken: Mapping[Path, str]) -> None:
    """Raise where rows cannot be written to ``--output``, before any is worked out.

    ``taken`` are files that must not be overwritten, each with what it is.

    Raises
    ------
    AskedWronglyError
        It is a folder, or in none, or one of those files.
    EnvironmentProblemError
        It may not be written to.
    """
    try:
        if target.is_dir():
            raise AskedWronglyError(f"--output {target} is a folder", hint="name a file in it")
        if not target.parent.is_dir():
            raise AskedWronglyError(
                f"there is no folder {target.parent} for --output", hint="make it first"
            )
        for path, what in taken.items():
            if target.exists() and path.exists() and target.samefile(path):
                raise AskedWronglyError(f"--output is {what}", hint="write to another file")
        if target.exists() and not os.access(target, os.W_OK):
            raise EnvironmentProblemError(
                f"--output {target} may not be written to", hint="write to another file"
            )
        if target.exists() and not target.is_file():
            raise AskedWronglyError(
                f"--output {target} is not a file",
                hint="leave --output out to print the rows",
                fix=[Fix(None, option="--output")],
            )
    except OSError as error:
        raise _unwritable(target, error) from error


@contextmanager
def replacing(target: Path, *, marked: bool) -> Iterator[IO[str]]:
    """Open the target so that it is whole in the end, or as it was before.

    Where the questions begin with Excel's byte order mark, so do the answers.
    """
    try:
        with (
            files.replacing(target.resolve()) as temporary,
            temporary.open("w", encoding="utf-8-sig" if marked else "utf-8", newline="") as file,
        ):
            yield file
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(target: Path, error: OSError) -> EnvironmentProblemError:
    return EnvironmentProblemError(
        f"--output {target} cannot be written: {error.strerror or error}",
        hint="what was there before is untouched",
    )


def tell_defused(rows: int) -> None:
    """Say in how many rows a cell was written so that no spreadsheet runs it, if in any."""
    if rows:
        many = wording.count(rows, "row")
        say.note(f"note: {many} with a ' before what a spreadsheet would run; --raw leaves it out")
