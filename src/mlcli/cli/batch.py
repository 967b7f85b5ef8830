"""Answer the rows of a file: every column kept, in order, with answer and note beside."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mlcli import asking, store, wording
from mlcli.cli import predict, say
from mlcli.csvtext import CsvReader
from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError, RefusedError

if TYPE_CHECKING:
    from mlcli.answering import Answer
    from mlcli.manifest import Manifest


def answer_file(
    manifest: Manifest,
    source: Path,
    target: Path | None,
    *,
    anyway: bool,
    strict: bool,
    json: bool,
) -> None:
    """Answer every row of a CSV file, to another file or to the terminal.

    Raises
    ------
    DataError
        A row cannot be read as a question; nothing is written then.
    RefusedError
        A row is refused, and ``strict`` is asked for; nothing is written then.
    """
    if target is not None:
        if json:
            raise AskedWronglyError(
                "--json prints to the terminal", hint="use --output without it, or  > FILE"
            )
        _check_target(target, source)
    reader = CsvReader(source, name=str(source))
    added = ["answer", *(["probability"] if manifest.kind == "category" else []), "note"]
    for name in added:
        if name in reader.columns:
            raise DataError(
                f"there is a column {name!r} already, which mlcli adds",
                place=f"{source}:1",
                hint="rename it, or take it out",
            )
    rows = asking.answered(manifest, source, anyway=anyway)
    answered = ((row.cells, answer) for row, answer in rows)
    if json:
        answers = [answer for _, answer in answered]
        _refuse(sum(a.refused for a in answers), len(answers), strict=strict)
        say.as_json(predict.as_json(manifest, answers))
        return
    if target is None:
        kept = list(answered)  # so that an error in the last row leaves stdout empty
        refused = sum(answer.refused for _, answer in kept)
        _refuse(refused, len(kept), strict=strict)
        _write(sys.stdout, reader, iter(kept), added)
        total = len(kept)
    else:
        with _replacing(target, marked=reader.marked) as file:
            refused, total = _write(file, reader, answered, added)
            _refuse(refused, total, strict=strict)
    where = f" to {target}" if target else ""
    say.note(f"{wording.count(total, 'row')}{where}, {refused:,} refused")
    say.note(predict.trust(manifest))


def _check_target(target: Path, source: Path) -> None:
    """Raise where answers cannot be written, before any is worked out."""
    try:
        if target.is_dir():
            raise AskedWronglyError(f"--output {target} is a folder", hint="name a file in it")
        if not target.parent.is_dir():
            raise AskedWronglyError(
                f"there is no folder {target.parent} for --output", hint="make it first"
            )
        if target.exists() and source.exists() and target.samefile(source):
            raise AskedWronglyError("--output is the file of --input", hint="write to another file")
        if target.exists() and not os.access(target, os.W_OK):
            raise EnvironmentProblemError(
                f"--output {target} may not be written to", hint="write to another file"
            )
        if target.exists() and not target.is_file():
            raise AskedWronglyError(
                f"--output {target} is not a file", hint="leave --output away to print the rows"
            )
    except OSError as error:
        raise _unwritable(target, error) from error


@contextmanager
def _replacing(target: Path, *, marked: bool) -> Iterator[IO[str]]:
    """Open the target so that it is whole in the end, or as it was before.

    Where the questions begin with Excel's byte order mark, so do the answers.
    """
    try:
        with (
            store.replacing(target.resolve()) as temporary,
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


def _refuse(refused: int, total: int, *, strict: bool) -> None:
    if strict and refused:
        raise RefusedError(
            f"{refused:,} of {wording.count(total, 'row')} refused: nothing was written",
            hint="leave --strict away to have the others",
        )


def _write(
    file: IO[str],
    reader: CsvReader,
    answered: Iterator[tuple[list[str], Answer]],
    added: Sequence[str],
) -> tuple[int, int]:
    """Write the header and the rows; return how many were refused, and how many there were."""
    file.write(_line([*reader.header, *added], reader.delimiter))
    refused = total = 0
    for cells, answer in answered:
        refused += answer.refused
        total += 1
        beside = {"answer": _written(answer.answer), "note": "; ".join(answer.notes)}
        if "probability" in added:
            beside["probability"] = _surety(answer)
        file.write(_line([*cells, *(beside[name] for name in added)], reader.delimiter))
    return refused, total


def _line(cells: Sequence[str], delimiter: str) -> str:
    """Return one line of CSV; Python's writer leaves a lone carriage return unquoted."""
    special = {delimiter, '"', "\r", "\n"}
    return (
        delimiter.join(
            cell if special.isdisjoint(cell) else '"{}"'.format(cell.replace('"', '""'))
            for cell in cells
        )
        + "\n"
    )


def _written(value: float | str | None) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else repr(value)
    return value or ""


def _surety(answer: Answer) -> str:
    """Return how probable the answered class is, in full."""
    shares = answer.probabilities
    return "" if shares is None else repr(shares[str(answer.answer)])
