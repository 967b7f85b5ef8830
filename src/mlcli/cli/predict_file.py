"""Answer the rows of a file: every column kept, in order, with answer and note beside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from mlcli import wording
from mlcli.cli import output_file
from mlcli.errors import AskedWronglyError, Fix
from mlcli.exports import header
from mlcli.exports.csv import writing
from mlcli.exports.reading_progress import Watch
from mlcli.grammar import cells
from mlcli.screens import in_words, say, sentences
from mlcli.verbs import ask_file, ask_range
from mlcli.verbs.ask_file import Questions

if TYPE_CHECKING:
    from mlcli.answering.model import Answers
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.exports.csv.reader import CsvReader
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.ask_file import AnsweredRows


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
    why: bool,
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
                "--json prints to the terminal",
                hint="use --output without it, or  > FILE",
                fix=[Fix(None, option="--json"), Fix(None, option="--output")],
            )
        learned = dict.fromkeys(exports, f"an export that {manifest.id} was learned from")
        output_file.check(target, {**learned, source: "the file of --input"})
    questions = Questions(manifest, source, anyway=anyway)
    if json:
        answers = [*questions.each()]
        if strict:
            ask_file.refuse_any(sum(a.refused for a in answers), len(answers))
        if why:
            from mlcli.verbs.why import each_explained

            answers = each_explained(manifest, questions.model, answers)
        from mlcli.verbs import next_steps

        then = next_steps.after_answers(manifest, answered=True)
        say.result(ask_range.Answered(manifest, answers, ready).to_json(), next_steps.as_json(then))
        return
    writer = _Writer(manifest, questions.reader, ready, raw=raw)
    if target is None:  # so that an error in the last row leaves stdout empty
        with SpooledTemporaryFile(_HELD, "w+", encoding="utf-8", newline="") as file:
            rows, refused, defused = _write(file, questions, writer, watch, strict=strict)
            file.seek(0)
            say.lines(file)
    else:
        with output_file.replacing(target, marked=questions.reader.text.marked) as file:
            rows, refused, defused = _write(file, questions, writer, watch, strict=strict)
    where = f" to {target}" if target else ""
    say.note(f"{wording.count(rows, 'row')}{where}, {refused:,} refused", always=bool(refused))
    _trusted(manifest, ready, defused)


def answer_there(
    manifest: Manifest,
    source: str,
    target: str,
    *,
    ready: Ready,
    anyway: bool,
    strict: bool,
    raw: bool,
    watch: Watch,
) -> None:
    """Answer every row of a cluster's files by a Spark server, which writes the answers too."""
    found = ask_file.answer_there(
        manifest, source, target, ready=ready, anyway=anyway, strict=strict, raw=raw, watch=watch
    )
    watch.close()
    said = f"{wording.count(found.rows, 'row')} to {found.target}, {found.refused:,} refused"
    say.note(said, always=bool(found.refused))
    if found.noted:
        say.note(f"{found.noted:,} answered with a note", always=False)
    _trusted(manifest, ready, found.defused)


def _trusted(manifest: Manifest, ready: Ready, defused: int) -> None:
    """Say what was done to cells, and how far answers may be off."""
    output_file.tell_defused(defused)
    sentences.tell_below(manifest, ready)


_HELD = 8 << 20


class _Writer:
    """Writes rows as they were, and answer and note behind them."""

    def __init__(self, manifest: Manifest, reader: CsvReader, ready: Ready, *, raw: bool) -> None:
        self._raw, self._ready, self._reader = raw, ready, reader
        self._said = in_words.of_answers(manifest)
        self._grouped = any(one.thousands == "." for one in manifest.notations.values())
        self._added = ["answer", *ready.columns, *manifest.target.columns, "note"]
        header.require_new(self._added, reader.columns, place=f"{reader.name}:1")
        self.head = writing.line(
            [*(self._harmless(name) for name in reader.header), *self._added], reader.delimiter
        )

    def _harmless(self, cell: str) -> str:
        return cell if self._raw else writing.defused(cell)

    def _word(self, cell: str) -> str:
        return writing.quoted(self._harmless(cell), self._reader.delimiter)

    def lines(self, asked: AnsweredRows) -> tuple[str, int]:
        """Return rows with their answers as lines, and how many of them were made harmless."""
        block, columns = asked.block, asked.columns
        records, width = block.records, len(self._reader.columns)
        if width == 1:
            records = ["" if record == '""' else record for record in records]
        named = [*map(columns.get, self._reader.columns)]
        numbers = [i for i, column in enumerate(named) if column and column.kind == "number"]
        defused = {} if self._raw else writing.defused_rows(block, numbers)
        for row, record in defused.items():
            records[row] = record
        rows = zip(records, *self._cells(asked.answers), strict=True)
        return "\n".join(map(block.delimiter.join, rows)) + "\n", len(defused)

    def _cells(self, answers: Answers) -> Iterator[list[str]]:
        """Yield answers, what stands beside them, and notes: a cell for each row."""
        ready, able = self._ready, answers.able.tolist()
        found, notes = self._said.cells(answers.values, self._word), answers.notes
        if ready.columns:
            places = answers.able.nonzero()[0].tolist()
            asked = zip(answers.values.tolist(), places, strict=True)
            outside = answers.outside_of
            beside = [ready.beside(value, outside=at in outside) for value, at in asked]
            found["low"] = [in_words.in_full(its.low) for its in beside]
            found["high"] = [in_words.in_full(its.high) for its in beside]
            found["decision"] = [in_words.in_full(its.quantity) for its in beside]
            for place, its in zip(places, beside, strict=True):
                if its.notes:
                    notes[place] = [*notes.get(place, ()), *its.notes]
        if self._grouped:
            for name in self._added[:-1]:
                found[name] = [*map(cells.unmistakable, found[name])]
        for name in self._added[:-1]:
            cells_ = iter(found[name])
            yield found[name] if all(able) else [next(cells_) if one else "" for one in able]
        said = [""] * len(able)
        for place, texts in notes.items():
            said[place] = self._word("; ".join(texts))
        yield said


def _write(
    file: IO[str], questions: Questions, writer: _Writer, watch: Watch, *, strict: bool
) -> tuple[int, int, int]:
    """Write the header and the rows; return how many there were, refused and made harmless."""
    rows = refused = defused = 0
    file.write(writer.head)
    for asked in questions.answered(watch):
        text, changed = writer.lines(asked)
        file.write(text)
        rows, defused = rows + len(asked.block), defused + changed
        refused += int((~asked.answers.able).sum())
    if strict:
        ask_file.refuse_any(refused, rows)
    return rows, refused, defused
