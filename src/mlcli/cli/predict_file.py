"""Answer the rows of a file: every column kept, in order, with answer and note beside."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from mlcli import wording
from mlcli.cli import output_file, say
from mlcli.cli.screens import in_words, sentences
from mlcli.errors import AskedWronglyError, DataError, RefusedError
from mlcli.exports.csv import writing
from mlcli.exports.reading_progress import Watch
from mlcli.verbs import ask
from mlcli.verbs.ask_file import Questions

if TYPE_CHECKING:
    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.exports.csv.reader import CsvReader
    from mlcli.store.manifest import Manifest


def answer_file(
    manifest: Manifest,
    source: Path,
    target: Path | None,
    *,
    ready: Ready,
    exports: Iterable[Path],
    anyway: bool,
    strict: bool,
    raw: bool,
    json: bool,
    watch: Watch,
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
        learned = dict.fromkeys(exports, f"an export that {manifest.id} was learned from")
        output_file.check(target, {**learned, source: "the file of --input"})
    questions = Questions(manifest, source, anyway=anyway)
    if json:
        answers = [answer for _, answer in questions.answered()]
        _refuse(sum(a.refused for a in answers), len(answers), strict=strict)
        say.as_json(ask.Answered(manifest, answers, ready).to_json())
        return
    writer = _Writer(manifest, questions.reader, ready, raw=raw)
    if target is None:  # so that an error in the last row leaves stdout empty
        with SpooledTemporaryFile(_HELD, "w+", encoding="utf-8", newline="") as file:
            rows, refused, defused = _write(file, questions, writer, watch, strict=strict)
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout)
    else:
        with output_file.replacing(target, marked=questions.reader.marked) as file:
            rows, refused, defused = _write(file, questions, writer, watch, strict=strict)
    where = f" to {target}" if target else ""
    say.note(f"{wording.count(rows, 'row')}{where}, {refused:,} refused")
    if defused:
        many = wording.count(defused, "row")
        say.note(f"note: {many} with a ' before what a spreadsheet would run; --raw leaves it out")
    for text in sentences.below(ready):
        say.note(text)
    say.note(in_words.of_answers(manifest).trust())


_HELD = 8 << 20


class _Writer:
    """Writes rows as they were, and answer and note behind them."""

    def __init__(self, manifest: Manifest, reader: CsvReader, ready: Ready, *, raw: bool) -> None:
        self._raw, self._ready = raw, ready
        self._delimiter = reader.delimiter
        self._said = in_words.of_answers(manifest)
        self._added = ["answer", *ready.columns, *manifest.target.columns, "note"]
        for name in self._added:
            if name in reader.columns:
                raise DataError(
                    f"there is a column {name!r} already, which mlcli adds",
                    place=f"{reader.name}:1",
                    hint="rename it, or take it out",
                )
        self.head = writing.line(
            [*(self._harmless(name) for name in reader.header), *self._added], reader.delimiter
        )

    def _harmless(self, cell: str) -> str:
        return cell if self._raw else writing.defused(cell)

    def row(self, record: list[str]) -> tuple[str, bool]:
        """Return the row as it was, and whether a cell was made harmless."""
        harmless = [self._harmless(cell) for cell in record]
        text = writing.line(harmless, self._delimiter).removesuffix("\n") + self._delimiter
        return text, harmless != record

    def answer(self, answer: Answer) -> str:
        """Return answer, what stands beside it, and note, up to the end of the line."""
        its = self._ready.beside(answer)
        beside = {
            "answer": self._written(answer.answer),
            "low": self._written(its.low),
            "high": self._written(its.high),
            "decision": self._written(its.quantity),
            "note": self._harmless("; ".join((*answer.notes, *its.notes))),
        }
        if "probability" in self._added:
            beside["probability"] = _surety(answer)
        return writing.line([beside[name] for name in self._added], self._delimiter)

    def _written(self, value: float | str | None) -> str:
        return "" if value is None else self._said.cell(value, self._harmless)


def _write(
    file: IO[str], questions: Questions, writer: _Writer, watch: Watch, *, strict: bool
) -> tuple[int, int, int]:
    """Write the header and the rows; return how many there were, refused and made harmless."""
    rows = refused = defused = 0
    file.write(writer.head)
    for block in questions.written(writer, watch):
        file.write(block.text)
        rows, refused = rows + block.rows, refused + block.refused
        defused += block.defused
    _refuse(refused, rows, strict=strict)
    return rows, refused, defused


def _refuse(refused: int, total: int, *, strict: bool) -> None:
    if strict and refused:
        raise RefusedError(
            f"{refused:,} of {wording.count(total, 'row')} refused: nothing was written",
            hint="leave --strict away to have the others",
        )


def _surety(answer: Answer) -> str:
    """Return how probable the answered class is, in full."""
    shares = answer.probabilities
    return "" if shares is None else repr(shares[str(answer.answer)])
