"""Questions in a CSV file, one a row: read strictly, and each different one answered once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol

from mlcli import wording
from mlcli.answering import features
from mlcli.errors import DataError, near
from mlcli.exports.csv import short_lines
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.csv.text_file import ahead
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import cells
from mlcli.verbs import implied
from mlcli.verbs.ask import filled, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.answering.features import Input
    from mlcli.answering.model import Answer
    from mlcli.exports.csv.reader import Record
    from mlcli.exports.csv.short_lines import ShortLines
    from mlcli.grammar.cells import Kind, Value
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.implied import Derived

    Question = dict[str, Value | None]

_BATCH_ROWS = 20_000
_MOST_REMEMBERED = 100_000
_MOST_CELLS = 500_000  # of wide files, fewer rows are held at once: memory follows the cells
_BLOCK_BYTES = 1 << 16  # small, so that its lines stay in the cache of the processor
_MANY_BYTES = 1 << 20  # of short lines that come again, which NumPy finds


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file of questions: where it stands, and what it asks.

    ``reason`` says why it cannot be asked, where the rules cannot work it out.
    """

    place: str
    question: Question
    label: float | str | None = None
    reason: str = ""


class Questions:
    """A CSV file of questions, and the model that is asked.

    Parameters
    ----------
    manifest
        Names the features; the columns of the domain are read too where they are there.
    path
        The file.
    label
        A column of truths that must be there as well.
    anyway
        Whether questions outside what was learned are answered all the same.

    Attributes
    ----------
    reader
        The file, opened.

    Raises
    ------
    DataError
        The file is none, or a column is missing.
    """

    def __init__(
        self, manifest: Manifest, path: Path, *, label: str | None = None, anyway: bool = False
    ) -> None:
        self.reader = CsvReader(path, name=str(path))
        self._manifest, self._label, self._anyway = manifest, label, anyway
        self._implied = implied.derived(manifest, self.reader.columns)
        self._kinds = _columns(manifest, self.reader, label, self._implied)
        self._where = {name: self.reader.position(name) for name in self._kinds}
        self._model = load(manifest)

    def answered(self, records: Iterable[Record] | None = None) -> Iterator[tuple[Row, Answer]]:
        """Answer the rows in order; one that is refused holds the reason.

        Raises
        ------
        DataError
            A cell is not what its feature holds, or a level unseen; the label is missing.
        """
        empty, left = True, iter(self.reader if records is None else records)
        while batch := list(islice(left, self.at_once(_BATCH_ROWS))):
            empty = False
            rows = self._read(batch)
            answers = self._model.answer_all(
                [row.question for row in rows],
                reasons=[row.reason for row in rows],
                anyway=self._anyway,
            )
            yield from zip(rows, answers, strict=True)
        if empty:
            raise self._no_rows()

    def at_once(self, most: int) -> int:
        """Return how many rows to hold at a time, of the columns that there are."""
        return max(1, min(most, _MOST_CELLS // len(self.reader.columns)))

    def _no_rows(self) -> DataError:
        return DataError(
            "the file has a header and no rows",
            place=self.reader.name,
            hint="write one row a question",
        )

    def _read(self, batch: Sequence[Record]) -> list[Row]:
        """Read records as questions."""
        manifest, label, name = self._manifest, self._label, self.reader.name
        kinds = self._kinds
        features = {feature.name: feature for feature in manifest.features}
        found = [
            {
                column: _cell(
                    features.get(column), kinds[column], column, record[at], f"{name}:{line}"
                )
                for column, at in self._where.items()
            }
            for line, record in batch
        ]
        extra, reasons = _extra(self._implied, found)
        rows: list[Row] = []
        for (line, _), row, more, reason in zip(batch, found, extra, reasons, strict=True):
            truth = row.pop(label) if label else None
            if label and truth is None:
                raise DataError(
                    f"the label {label!r} is empty",
                    place=f"{name}:{line}",
                    hint="write what was true, or take the row out",
                )
            assert not isinstance(truth, datetime | tuple)  # no label is a date or tags
            question = filled(manifest, {**row, **more})
            rows.append(Row(f"{name}:{line}", question, truth, reason))
        return rows

    def written(self, writer: Writer, watch: Watch = UNWATCHED) -> Iterator[WrittenRows]:
        """Answer the rows in order, as lines of text, in blocks; see ``Writer``.

        What a row is answered depends on some of its cells only. Each different set of
        them is asked once, and a line that says nothing else is looked up as it stands:
        a file of ten million bookings holds some ten thousand different ones.

        Raises
        ------
        DataError
            See ``answered``.
        """
        text, known = self.reader.text, _Remembered(self, writer, self._positions)
        watch.starts(self.reader.name, text.size)
        for made in self._blocks(known):
            watch.advances(text.read, made.rows)
            yield made
        watch.ends()

    @property
    def _positions(self) -> list[int]:
        """Return where the cells stand that an answer depends on."""
        return sorted(set(self._where.values()))

    def _blocks(self, known: _Remembered) -> Iterator[WrittenRows]:
        number, empty = self.reader.first, True
        many = known.whole and (self.reader.text.size or 0) > _MANY_BYTES
        blocks = self.reader.body(_MANY_BYTES if many else _BLOCK_BYTES)
        taken = ahead(_taken_apart(blocks)) if many else ((block, None) for block in blocks)
        for block, short in taken:
            if short and (made := known.short_lines(short, number)):
                empty = False
                yield made
                number += made.rows
                continue
            for at, piece in _pieces(block):
                lines = self._plain_lines(piece)
                if lines is None:
                    rest = chain([block[at:]], (later for later, _ in taken))
                    records = self.reader.records(rest, number)
                    while batch := list(islice(records, self.at_once(_BATCH_ROWS))):
                        empty = False
                        yield known.records(batch)
                    break
                empty = False
                yield known.lines(lines, number)
                number += len(lines)
        if empty:
            raise self._no_rows()

    def _plain_lines(self, block: bytes) -> list[str] | None:
        """Return the lines of a block, each a record; nothing where one may be more or less."""
        text = self.reader.text.decoded(block)
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        if '"' in text or "\r" in text or "\0" in text or "" in lines:
            return None
        return lines if max(map(len, lines)) < _LONGEST_PLAIN else None


def _taken_apart(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, ShortLines | None]]:
    """Yield blocks with their lines, if each is surely a record; see ``short_lines``."""
    for block in blocks:
        plain = b'"' not in block and b"\r" not in block
        yield block, short_lines.taken_apart(block) if plain else None


def _pieces(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield a block of lines in smaller ones, each with where it begins."""
    at = 0
    while at < len(block):
        end = block.find(b"\n", at + _BLOCK_BYTES) + 1 or len(block)
        yield at, block[at:end]
        at = end


_LONGEST_PLAIN = 10_000
_LONGEST_TEXT = 200  # of a line with its answer: as many bytes are held for every line


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Some answered rows as text, and how many they are."""

    text: str
    rows: int
    refused: int
    defused: int


class Writer(Protocol):
    """How a row and its answer are written."""

    def row(self, record: list[str]) -> tuple[str, bool]:
        """Return the row as it was, and whether a cell was made harmless."""
        ...

    def answer(self, answer: Answer) -> str:
        """Return what stands behind the row, up to the end of the line."""
        ...


@dataclass(frozen=True, slots=True)
class _Line:
    """What is remembered: a text, and whether it refuses, or was made harmless."""

    text: str
    refused: bool
    defused: bool = False


class _Remembered:
    """The answers to the questions so far, by the cells that they depend on.

    ``whole`` says that those are all cells of a row: then a line has one answer.
    """

    def __init__(self, questions: Questions, writer: Writer, positions: Sequence[int]) -> None:
        self._questions, self._writer, self._positions = questions, writer, positions
        self._most = questions.at_once(_MOST_REMEMBERED)
        self.whole = len(positions) == len(questions.reader.columns)
        self._answers: dict[tuple[str, ...], _Line] = {}
        self._lines: dict[str, str] = {}
        self._odd: dict[str, _Line] = {}
        self._short: dict[bytes, bytes] = {}
        self._wide = False

    def records(self, batch: Sequence[Record]) -> WrittenRows:
        """Answer some records."""
        found = self._rows(batch)
        text = "".join([line.text for line in found])
        return WrittenRows(
            text, len(batch), sum(x.refused for x in found), sum(x.defused for x in found)
        )

    def lines(self, lines: Sequence[str], number: int) -> WrittenRows:
        """Answer some lines, each of which is a record; the first one has a number."""
        if not self.whole:
            return self.records(list(self._split(lines, range(number, number + len(lines)))))
        self._forget()
        known, odd = self._lines, self._odd
        try:
            text = "".join(map(known.__getitem__, lines))
        except KeyError:
            new = set(lines).difference(known)
            places = reversed(list(enumerate(lines)))
            self._learn({line: at for at, line in places if line in new}, number)
            text = "".join(map(known.__getitem__, lines))
        special = [odd[line] for line in lines if line in odd] if odd else []
        return WrittenRows(
            text, len(lines), sum(x.refused for x in special), sum(x.defused for x in special)
        )

    def short_lines(self, found: ShortLines, number: int) -> WrittenRows | None:
        """Answer a block of lines, each a record, of which the first has a number.

        Return nothing where most are different, or an answer is long.
        """
        if len(found.different) > self._most // 2:
            return None
        self._forget()
        short = self._short
        texts = [short.get(line, b"") for line in found.different]
        if b"" in texts:
            self._learn_short(found, number)
            texts = [short[line] for line in found.different]
        if self._wide:
            return None
        special: list[tuple[_Line, int]] = []
        if self._odd:
            counted = zip(found.different, found.counts(), strict=True)
            special = [(x, n) for line, n in counted if (x := self._odd.get(line.decode()))]
        return WrittenRows(
            found.replaced(texts).decode(),
            len(found.which),
            sum(n for x, n in special if x.refused),
            sum(n for x, n in special if x.defused),
        )

    def _learn_short(self, found: ShortLines, number: int) -> None:
        """Answer the lines of a block that are new, and keep what is written as bytes."""
        places = zip(found.different, found.first, strict=True)
        new = {line.decode(): at for line, at in places if line not in self._short}
        self._learn({line: at for line, at in new.items() if line not in self._lines}, number)
        for line in new:
            text = self._lines[line].encode()
            self._wide |= len(text) > _LONGEST_TEXT or b"\0" in text
            self._short[line.encode()] = text

    def _forget(self) -> None:
        """Begin anew where more is remembered than memory should hold."""
        if len(self._lines) > self._most:
            self._lines.clear()
            self._short.clear()
            self._odd.clear()
            self._wide = False

    def _learn(self, first: Mapping[str, int], number: int) -> None:
        """Answer lines that are new, in the order of the file, from where each is first."""
        named = sorted(first, key=first.__getitem__)
        batch = list(self._split(named, [number + first[line] for line in named]))
        for line, found in zip(named, self._rows(batch), strict=True):
            self._lines[line] = found.text
            if found.refused or found.defused:
                self._odd[line] = found

    def _rows(self, batch: Sequence[Record]) -> list[_Line]:
        """Return each record with its answer, as a line of text."""
        if len(self._answers) > self._most:
            self._answers.clear()
        at = self._positions
        keys = [tuple([record[i] for i in at]) for _, record in batch]
        new = {
            key: one
            for key, one in zip(reversed(keys), reversed(batch), strict=True)
            if key not in self._answers
        }
        if new:
            asked = sorted(new.items(), key=lambda item: item[1][0])
            answers = self._questions.answered([record for _, record in asked])
            for (key, _), (_, answer) in zip(asked, answers, strict=True):
                self._answers[key] = _Line(self._writer.answer(answer), answer.refused)
        found: list[_Line] = []
        for key, (_, record) in zip(keys, batch, strict=True):
            row, defused = self._writer.row(record)
            known = self._answers[key]
            found.append(_Line(row + known.text, known.refused, defused))
        return found

    def _split(self, lines: Sequence[str], numbers: Iterable[int]) -> Iterator[Record]:
        """Take lines apart; the reader says what is wrong with one."""
        mark, width = self._questions.reader.delimiter, len(self._questions.reader.columns)
        for line, number in zip(lines, numbers, strict=True):
            record = line.split(mark)
            if len(record) != width:
                list(self._questions.reader.records(iter([line.encode()]), number))
            yield number, record


def _extra(implied: Derived | None, rows: list[Question]) -> tuple[list[Question], list[str]]:
    """Return what rows imply, and the reason for each of which that cannot be worked out."""
    if implied is None:
        return [{} for _ in rows], [""] * len(rows)
    try:
        return implied.work_out(rows), [""] * len(rows)
    except DataError:
        extra, reasons = [], []
        for row in rows:  # find the rows that are to blame
            try:
                extra += implied.work_out([row])
                reasons.append("")
            except DataError as error:
                extra.append({})
                reasons.append(error.problems[0].message)
        return extra, reasons


def _columns(
    manifest: Manifest, reader: CsvReader, label: str | None, implied: Derived | None
) -> dict[str, Kind]:
    """Return the columns to read and as what: domain, what is worked out of, features, label."""
    tested = [c for p in manifest.domain for c in p.conditions if c.column in reader.columns]
    wanted: dict[str, Kind] = {c.column: c.kind for c in tested}
    wanted.update({c.column: c.kind for c in tested if c.kind != "any"})
    wanted.update(implied.needs if implied else {})
    for feature in manifest.features:
        if feature.name in reader.columns:
            wanted[feature.name] = feature.read_as
        elif implied is None or feature.name not in implied.gives:
            raise DataError(
                f"there is no column {feature.name!r}, which {manifest.name} needs",
                place=f"{reader.name}:1",
                hint=_made_in_a_source(manifest, feature.name)
                or near(feature.name, reader.columns)
                or f"the columns are {wording.listed(list(reader.columns), most=12)}",
            )
    if label and label not in reader.columns and (made := dict(manifest.made).get(label)):
        raise DataError(
            f"there is no column {label!r}, which holds the truth",
            place=f"{reader.name}:1",
            hint=f"a rule makes it from {made!r}: write the result into the file",
        )
    if label:
        wanted[label] = manifest.target.read_as
    return wanted


def _made_in_a_source(manifest: Manifest, column: str) -> str:
    """Return a hint for a column that a rule of a source makes, which no file has."""
    definition = implied.definition_of(manifest)
    for name in definition.sources:
        for rule in definition.source_rules(name):
            if column in rule.implied():
                return (
                    f"{rule.says()}  makes it in source {name!r}: below  rules:  of the whole "
                    "definition, that rule would hold for such files too"
                )
    return ""


def _cell(feature: Input | None, kind: Kind, name: str, text: str, place: str) -> Value | None:
    if not text or text.isspace():
        return None
    try:
        if feature is not None:
            return feature.read(text)
        return _wall_clock(cells.READERS[kind](text), text)
    except (cells.CellError, features.UnknownLevelError) as error:
        hint = error.hint or "mend the cell, or say  unseen: ignore  of that feature and fit again"
        raise DataError(f"column {name!r}: {error}", place=place, hint=hint) from error


def _wall_clock(value: Value, text: str) -> Value:
    """Return a value; raise for a time that says how far from UTC it is, and not where."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise cells.CellError(
            f"{text!r} has an offset", "write the time that the clock on the wall showed"
        )
    return value
