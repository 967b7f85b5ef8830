"""Questions in files, one a row: read strictly, and answered in columns, here or where they lie."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from datetime import datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.column import Numbers, Times, Words
from mlcli.errors import AskedWronglyError, DataError, Fix, RefusedError
from mlcli.exports import header, reading, values_of_cells, wall_clock
from mlcli.exports.csv import writing
from mlcli.exports.csv.blocks import blocks, frame
from mlcli.exports.csv.reader import CsvReader
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.exports.values_of_cells import WrittenColumn
from mlcli.grammar import cells
from mlcli.grammar.notation import PLAIN, WRITTEN, Notation
from mlcli.grammar.source_phrases import lies_on_cluster
from mlcli.store import cargo
from mlcli.tables import answered, join
from mlcli.tables.encoded import unsaid
from mlcli.verbs import implied
from mlcli.verbs.ask import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.answering.column import Column
    from mlcli.answering.features import Input
    from mlcli.answering.model import Answer, Answers, Model
    from mlcli.answering.ranges_and_decisions import Ready
    from mlcli.exports.csv.regular import Block
    from mlcli.exports.spark.answering_workers import Batches
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
        place = f"{self.reader.name}:1"
        kinds = implied.columns_read(manifest, self.reader.columns, place, self._implied, label)
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
        found: Mapping[str, Column] = {}
        reasons: Mapping[int, str] = {}
        if self._implied is not None:
            made = self._manifest.worked_out
            found, reasons = self._implied.of_questions(self.model, columns, made)
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


class AnsweredThere(NamedTuple):
    """What came of questions: where answers were written, and of how many rows.

    ``noted`` rows have an answer and a note; of ``defused`` ones a cell stands behind a ``'``.
    """

    target: str
    rows: int
    refused: int
    noted: int
    defused: int


def answer_there(
    manifest: Manifest,
    source: str,
    target: str,
    *,
    ready: Ready,
    anyway: bool,
    strict: bool,
    raw: bool,
    watch: Watch = UNWATCHED,
) -> AnsweredThere:
    """Answer questions that lie where a Spark server has them.

    All are looked at before anything is written.

    Raises
    ------
    AskedWronglyError
        Something is there already, or the model is none that expressions can say.
    DataError
        A cell is not what its column holds.
    EnvironmentProblemError
        The server is out of reach, or has too little room.
    RefusedError
        A row is refused, and ``strict`` is asked for.
    """
    from mlcli.exports.spark import cluster, lying_questions
    from mlcli.exports.spark.session import DEFAULT, Server

    _check(source, target)
    model = load(manifest)
    server = Server(implied.definition_of(manifest).engine.url or DEFAULT)
    with server.session() as session, ExitStack() as opened:
        cluster.require_free(session, target)
        asked = lying_questions.LyingQuestions(session, source, watch)
        parquet = asked.parquet if not (found := _FORM.search(target)) else bool(found[1])
        added = ["answer", *ready.columns, *manifest.target.columns, "note"]
        header.require_new(added, asked.columns, place=asked.name)
        header.require_apart([*asked.columns, *added], place=asked.name)
        derived = implied.derived(manifest, asked.columns)
        kinds = implied.columns_read(manifest, asked.columns, asked.name, derived)
        notations = {
            name: _notation(manifest, name, kind, typed=asked.parquet and parquet)
            for name, kind in kinds.items()
        }

        held = {
            name: answered.AskedColumn(nw.col(name), kind)
            for name, kind in {**kinds, **_gives(derived)}.items()
        }
        work = None
        if not _by_expression(model, derived, held):
            work = _work(manifest, model, ready, kinds, derived, asked.kept, anyway=anyway)

        def made() -> nw.LazyFrame[Any]:
            table = asked.table(kinds, notations)
            if work is not None:
                return asked.by_workers(table, work, opened)
            rules = derived.rules if derived else ()
            return answered.answered(
                table, model, held, ready, kept=asked.kept, anyway=anyway, rules=rules
            )

        table, counts = asked.counts(made, defused=not (parquet or raw))
        if strict:
            refuse_any(counts.refused, counts.rows)
        asked.write(table, target, parquet=parquet, raw=raw)
    return AnsweredThere(wording.discreet(target), *counts)


def refuse_any(refused: int, rows: int) -> None:
    """Raise where some of the rows were refused, as it is asked with ``--strict``.

    Raises
    ------
    RefusedError
        There are such rows.
    """
    if refused:
        raise RefusedError(
            f"{refused:,} of {wording.count(rows, 'row')} refused: nothing was written",
            hint="leave --strict out to have the others",
            fix=[Fix(None, option="--strict")],
        )


def _by_expression(
    model: Model, derived: Derived | None, held: Mapping[str, answered.AskedColumn]
) -> bool:
    """Say whether expressions say a model, and what rules make for it."""
    rules = derived.rules if derived else ()
    return (
        model.predict.equation is not None
        and all(rule.by_expression and not rule.doubts() for rule in rules)
        and all(not f.several and held[f.name].kind == f.read_as for f in model.features)
    )


def _work(
    manifest: Manifest,
    model: Model,
    ready: Ready,
    kinds: Mapping[str, Kind],
    derived: Derived | None,
    kept: Sequence[str],
    *,
    anyway: bool,
) -> Batches:
    """Return a model as workers answer with it.

    Raises
    ------
    ModelError
        What was stored is damaged.
    """
    from mlcli.exports.spark.answering_workers import Batches

    pickled = b"" if model.predict.equation else cargo.read(manifest, "model.joblib")
    alone = model._replace(predict=model.predict._replace(estimator=None))
    spelled = {f.name: partial(_level, f) for f in model.features if f.levels}
    implies = derived and partial(derived.of_questions, made=manifest.worked_out)
    return Batches(alone, pickled, manifest.id, ready, kinds, implies, kept, spelled, anyway)


_FORM: Final = re.compile(r"\.(?:(parquet|pq)|csv)/*$", re.IGNORECASE)


def _check(source: str, target: str) -> None:
    """Raise where paths are none that a server finds.

    Raises
    ------
    AskedWronglyError
        One is relative, or answers would lie among the questions.
    """
    for option, path in (("--input", source), ("--output", target)):
        if not (lies_on_cluster(path) or path.startswith("/")):
            raise AskedWronglyError(
                f"{option} {path} is no path that a Spark server finds",
                hint=f"write it as the server does: s3://BUCKET/{path}, or from the root on: /...",
            )
    if f"{target.rstrip('/')}/".startswith(f"{source.rstrip('/')}/"):
        raise AskedWronglyError(
            "--output lies within --input: answers would be read as questions",
            hint="name another folder",
        )


def _notation(manifest: Manifest, name: str, kind: Kind, *, typed: bool) -> Notation:
    """Return how cells of a column are written, unless all are ``typed``: plainly.

    Raises
    ------
    AskedWronglyError
        Its export writes them otherwise, and a cell of questions could be either.
    """
    known = manifest.notations.get(name, PLAIN)
    if kind in WRITTEN and known.timezone + known.times_in:
        raise unsaid(f"the export of {name} turns its times to a time zone")
    if kind in WRITTEN and name in manifest.notations and not typed:
        what = f'the export of {name} has marks or forms of its own, such as  decimal: ","'
        raise unsaid(what, "write questions and answers as Parquet, or ")
    missing = known.missing if kind == "text" else frozenset[str]()
    return Notation(missing=missing, keeps_blanks=manifest.keeps_blanks)


def _gives(derived: Derived | None) -> Mapping[str, Kind]:
    """Return the columns that rules make, and of what kind they are."""
    if derived is None:
        return {}
    made = {name: kind for rule in derived.rules for name, kind in rule.gives().items()}
    return {name: kind for name, kind in made.items() if name in derived.gives}
