"""Questions in a CSV file, one a row: read strictly, and answered in columns."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.column import Numbers, Times, Words
from mlcli.errors import DataError, Fix, near
from mlcli.exports import reading, values_of_cells, wall_clock
from mlcli.exports.csv import writing
from mlcli.exports.csv.blocks import blocks, frame
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, WRITTEN, Notation
from mlcli.tables import join
from mlcli.verbs import implied
from mlcli.verbs.ask import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from mlcli.answering.column import Column
    from mlcli.answering.features import Input
    from mlcli.answering.model import Answer, Answers
    from mlcli.exports.csv.regular import Block
    from mlcli.grammar.cells import Kind, Value
    from mlcli.statistics.arrays import Flags
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.implied import Derived

_BLOCK_BYTES = 1 << 19
_AN_ESTIMATOR_TAKES: Final = 4  # times as much: of a forest, threads meet after each tree
_MOST_WORDS: Final = 20_000
"""Different cells of a column that are remembered."""


class AnsweredRows(NamedTuple):
    """Some rows of a file: their text, the features and what of the domain is known, answers.

    ``truths`` are those of the label, where they are asked for; ``filled`` says of a column
    in which rows the definition's constant stands.
    """

    block: Block
    columns: Mapping[str, Any]
    answers: Answers
    truths: Column | None
    filled: Mapping[str, Flags]


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
    path
        Where the file is: of standard input, a copy.
    reader
        The file, opened.
    model
        What answers.

    Raises
    ------
    DataError
        The file is none, or a column is missing.
    """

    def __init__(
        self, manifest: Manifest, path: Path, *, label: str | None = None, anyway: bool = False
    ) -> None:
        name = str(path)
        if name == reading.STANDARD_INPUT:
            ((path, name),) = reading.files(path.parent, (name,))
        self.path, self.reader = path, CsvReader(path, name=name)
        self._manifest, self._label, self._anyway = manifest, label, anyway
        self._implied = implied.derived(manifest, self.reader.columns)
        kinds = _columns(manifest, self.reader, label, self._implied)
        self._either = {
            name: _Either(kind, notation)
            for name, kind in kinds.items()
            if kind in WRITTEN and (notation := manifest.notations.get(name))
        }
        self._written = [
            WrittenColumn(
                name,
                "text" if name in self._either else kind,
                position=self.reader.position(name),
                notation=Notation(
                    missing=manifest.notations.get(name, PLAIN).missing
                    if kind == "text"
                    else frozenset(),
                    keeps_blanks=manifest.keeps_blanks,
                ),
                zone=None,
            )
            for name, kind in kinds.items()
        ]
        for column in self._written:
            column.met_plain_time(self.reader.first)  # the clock on a wall: no time has an offset
        self._features = {feature.name: feature for feature in manifest.features}
        self._levels = {
            name: lru_cache(_MOST_WORDS)(partial(_level, feature))
            for name, feature in self._features.items()
            if feature.levels
        }
        self.model = load(manifest)

    def answered(self, watch: Watch = UNWATCHED) -> Iterator[AnsweredRows]:
        """Answer the rows in order, many at a time; one that is refused holds the reason.

        Raises
        ------
        DataError
            A cell is not what its feature holds.
        """
        empty, text = True, self.reader.text
        watch.starts(self.reader.name, text.size)
        size = _BLOCK_BYTES if self.model.predict.equation else _AN_ESTIMATOR_TAKES * _BLOCK_BYTES
        for block in blocks(self.reader, size):
            empty = False
            asked = self._answered(block)
            watch.advances(text.read, len(block))
            yield asked
        if empty:
            raise DataError(
                "the file has a header and no rows",
                place=self.reader.name,
                hint="write one row a question",
            )
        watch.ends()

    def each(self) -> Iterator[Answer]:
        """Answer the rows one by one."""
        for asked in self.answered():
            yield from self.model.each(asked.columns, asked.answers)

    def place(self, block: Block, row: int) -> str:
        """Return where a row of a block begins, as ``file:line``."""
        return f"{self.reader.name}:{block.lines[row]}"

    def _answered(self, block: Block) -> AnsweredRows:
        columns, unread = self._read(block)
        truths = columns.pop(self._label) if self._label else None
        if truths is not None:
            empty = f"the label {self._label!r} is empty"
            unread = dict.fromkeys(truths.missing.nonzero()[0].tolist(), empty) | unread
        found, reasons = self._worked_out(columns)
        asked, filled = self.model.filled_many({**columns, **found})
        answers = self.model.answer_many(
            asked,
            filled=filled,
            reasons=reasons,
            unread=unread,
            unknown=found,
            anyway=self._anyway,
        )
        return AnsweredRows(block, asked, answers, truths, filled)

    def _worked_out(
        self, columns: Mapping[str, Column]
    ) -> tuple[dict[str, Column], dict[int, str]]:
        """Return what rules make of the columns, and of some rows why nothing can be made."""
        if self._implied is None:
            return {}, {}
        made = self._manifest.worked_out
        given = {name: column for name, column in columns.items() if name not in made}
        return self._implied.work_out({**columns, **self.model.filled_many(given).columns})

    def _read(self, block: Block) -> tuple[dict[str, Column], dict[int, str]]:
        """Read a block as columns, and say which rows have a cell that may be two values.

        Where that fails, it is read row by row, which says what is wrong.
        """
        try:
            table = frame(block, self._written)
            found = {c.name: join.column(table[c.name]) for c in self._written}
            unread: dict[int, str] = {}
            for name, either in self._either.items():
                found[name], doubted = either.column(found[name].as_words())
                unread = {row: f"{name}: {why}" for row, why in doubted.items()} | unread
            asked = {name: self._as_asked(name, column) for name, column in found.items()}
        except cells.CellError:
            self._explain(block)
            raise
        except DataError as error:
            self._explain(block)
            raise error.within(self.reader.name) from error
        return asked, unread

    def _as_asked(self, name: str, column: Column) -> Column:
        """Return words as the feature of that name would read them from an option."""
        if name not in self._levels or not isinstance(column, Words):
            return column
        return Words(column.codes, [*map(self._levels[name], column.levels)], flags=column.flags)

    def _explain(self, block: Block) -> None:
        """Raise for the first cell of a block that is not what its column holds."""
        rows = np.arange(len(block))
        texts = [block.cells(column.position, rows) for column in self._written]
        for row, record in enumerate(zip(*texts, strict=True)):
            for column, text in zip(self._written, record, strict=True):
                name, place = column.name, (self.reader.name, int(block.lines[row]))
                if name in self._either:
                    _cell(self._either[name].read, name, text, place)
                else:
                    feature = self._features.get(name)
                    read = feature.read if feature else cells.READERS[column.kind]
                    _cell(read, name, text, place)


def _level(feature: Input, cell: str) -> str:
    """Return a word, or a list of tags, as training wrote it; the cell where it never did."""
    try:
        value = feature.read(cell)
    except features.UnknownLevelError:  # its row is refused, unless predict wrote it
        bare = cell.removeprefix("'")
        return _level(feature, bare) if bare != cell and writing.defused(bare) == cell else cell
    text = wording.written(value)
    alike = isinstance(value, str) or cells.to_tags(text) == value
    return text if alike else json.dumps(value)


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
            origin = _origin(manifest, feature.name)
            of = "" if origin == feature.name else f" to work {feature.name!r} out of"
            raise DataError(
                f"there is no column {origin!r}{of}, which {manifest.name} needs",
                place=f"{reader.name}:1",
                hint=_made_in_a_source(manifest, origin)
                or near(origin, reader.columns)
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


def _origin(manifest: Manifest, column: str) -> str:
    """Return the column that rules after the join work a column out of, in the end."""
    made = {one: origin for one, origin in manifest.made if origin not in {"", one}}
    while column in made:
        column = made[column]
    return column


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


class _Either:
    """Reads cells of a kind as their export writes them or plainly, each different one once."""

    def __init__(self, kind: Kind, notation: Notation) -> None:
        self._kind, self._notation = kind, notation
        self._written = wall_clock.zone(notation.times_in, "times_in")
        self._wall = wall_clock.zone(notation.timezone) or self._written

    def read(self, cell: str) -> Value | None:
        """Read one cell; a time is turned to the clock on the wall, as that of an export is."""
        value = self._notation.either(cell, self._kind)
        if self._wall is None or not isinstance(value, datetime):
            return value
        if value.tzinfo is None and not self._notation.is_bare(cell):
            value = value.replace(tzinfo=self._written)
        if value.tzinfo is None:
            return value
        try:
            return value.astimezone(self._wall).replace(tzinfo=None)
        except OverflowError as error:
            message = f"{cells.shown(cell)} has no time in {self._wall}"
            raise cells.CellError(message, "mend the cell") from error

    def column(self, words: Words) -> tuple[Numbers | Times, dict[int, str]]:
        """Return the values of words, and why some have none, by their place."""
        values: list[Value | None] = []
        doubted: dict[int, str] = {}
        for code, level in enumerate(words.levels):
            try:
                values.append(self.read(level))
            except cells.TwoReadingsError as error:
                values.append(None)
                doubted |= dict.fromkeys(np.flatnonzero(words.codes == code).tolist(), str(error))
            else:
                _wall_clock(values[-1], level)
        made = values_of_cells.array([*values, None], self._kind)[words.codes]
        return (Numbers(made) if self._kind == "number" else Times(made)), doubted


def _cell(
    read: Callable[[str], Value | None], name: str, text: str, place: tuple[str, int]
) -> None:
    """Raise where a cell is not what its column holds; it stands in a line of a file."""
    if not text or text.isspace():
        return
    try:
        _wall_clock(read(text), text)
    except (features.UnknownLevelError, cells.TwoReadingsError):  # its row is refused
        return
    except cells.CellError as error:
        hint = error.hint or "mend the cell"
        file, line = place
        fix = [] if error.instead is None else [Fix(error.instead, (line, name), file)]
        raise DataError(
            f"column {name!r}: {error}", place=f"{file}:{line}", hint=hint, fix=fix
        ) from error


def _wall_clock(value: Value | None, text: str) -> None:
    """Raise for a time that says how far from UTC it is, and not where."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise cells.CellError(
            f"{text!r} has an offset from UTC, and the source names no  timezone",
            "write the time without its offset, as the clock showed it; or name the source's  "
            "timezone  in the definition, and fit again",
        )
