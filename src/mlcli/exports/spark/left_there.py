"""Rows that are left on a cluster: counted and settled by queries, and learned from by workers."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.definition import columns_needed
from mlcli.errors import DataError, EnvironmentProblemError
from mlcli.exports import added_up, query
from mlcli.exports.added_up import ADDED_UP
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.dialect import AnewError, DoubtError, Needed
from mlcli.exports.parquet import ParquetSource
from mlcli.exports.query import BEGAN, DOUBT, ROWS, SEEN
from mlcli.exports.spark.answering_workers import require_same
from mlcli.exports.spark.cluster import ClusterParquet, ClusterSource
from mlcli.exports.spark.session import kept
from mlcli.exports.spark.states import SCHEMA, STAYING, Sent, WordsOf, came
from mlcli.grammar.notation import WORDS
from mlcli.tables import column_owners, join, left_lying, losses
from mlcli.tables.lying import RowBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pyspark.sql import DataFrame

    from mlcli.answering.column import Column
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame
    from mlcli.exports.dialect import Dialect
    from mlcli.exports.spark.spark_engine import SparkEngine
    from mlcli.grammar.cells import Kind
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.examples import Examples, Started
    from mlcli.tables.lying import State
    from mlcli.tables.rules_over_chunks import Passage
    from mlcli.tables.source_tables import Incoming

    _Fetch = Callable[[DataFrame], Frame]

_MOST_WORDS: Final = 100_000
_OF_A_WORD: Final = 60
"""Bytes that a word takes beside its letters."""
_OF_A_NUMBER: Final = 8
_TRIES: Final = 3
"""Lines may turn out to have quotes, and then cells not to be plainly written."""
_BYTES, _USABLE = "__bytes__", "__use__"


class ClusterTable:
    """A ``Lying`` table of Spark's.

    Parameters
    ----------
    rows
        How many it has.
    frame
        The rows, and which of them stay.
    words
        The words of columns.
    like
        Columns of the same kinds, without a value.
    needed
        Columns that are not missing in a usable row.
    engine
        Has the session.
    """

    def __init__(
        self,
        rows: int,
        frame: DataFrame,
        words: Mapping[str, WordsOf],
        like: dict[str, Column],
        needed: tuple[str, ...],
        engine: SparkEngine,
    ) -> None:
        self._needed, self._session = needed, engine.connected()
        self._same = False
        self.rows, self.like, self._frame, self._words = rows, like, frame, words
        self.levels = {
            name: one.made.levels for name, one in words.items() if isinstance(one.made, Words)
        }

    def states(self, work: Callable[[RowBlock], State]) -> Iterator[State]:
        """Yield what workers make of the rows.

        Raises
        ------
        EnvironmentProblemError
            They cannot, or the server is gone.
        """
        from pyspark.errors import PySparkException

        try:
            if not self._same:
                require_same(self._session, but={"scikit-learn"})
                self._same = True
            table = self._frame.mapInArrow(
                Sent(work, self._words, self._needed).each, SCHEMA
            ).toArrow()
        except PySparkException as error:
            raise self._fault(error) from error
        yield from came(table)

    def _fault(self, error: Exception) -> Exception:
        """Return what an error of the work means."""
        found = self._session.server.reworded(error)
        if isinstance(found, EnvironmentProblemError):
            return found
        return EnvironmentProblemError(
            f"the workers of the Spark server cannot do the work: {found}",
            hint="see what they logged, or gather rows first, with  count  or  sum",
        )


class LeavingThere(NamedTuple):
    """Leaves rows on a cluster that would take more than ``most`` bytes of memory here."""

    engine: SparkEngine
    most: int

    def leave(self, started: Started) -> Examples | dict[str, Incoming]:
        """Return a sample of rows that are left, or the export, if its rows may come home."""
        ((name, begun),) = started.begun.items()
        source = begun.passage.opened
        because = _not_left(started.definition, begun)
        if because:
            self._take_home(source, because)
            return {name: begun}
        try:
            with self.engine.building():
                found = self._left(started, begun, _kinds(started.definition, begun))
        except DoubtError as doubt:  # such rows are read here, as long as there is memory for them
            self.engine.refuse_large(source, doubt)
            started.ledger.notes.clear()
            self._take_home(source, str(doubt))
            found = None
        except DataError as error:
            raise column_owners.in_source(error, begun.passage.opened, name) from None
        return found or {name: begun}

    def _take_home(self, source: Opened, because: str) -> None:
        """Note why rows that should be left are not; raises where they may not come home."""
        if isinstance(source, ClusterSource | ClusterParquet):
            source.cluster.require_room(source.found, source.name, because)
        elif _size(source) > self.most:
            self.engine.notes[source.name] = because

    def _left(
        self, started: Started, begun: Incoming, kinds: Mapping[str, Kind]
    ) -> Examples | None:
        passage, definition, ledger = begun.passage, started.definition, started.ledger
        source = passage.opened
        wanted = [*columns_needed.final_wants(definition)]
        dialect = self.engine.dialect(passage, ExitStack())
        with ExitStack() as stack:
            look = dialect.look()
            stack.callback(look.stop)
            table, stays, counts, found = _counted(dialect, started, passage, kinds, wanted)
            if counts[_BYTES] <= self.most:
                return None
            if counts[DOUBT] or counts[ROWS] != look.rows():
                raise DoubtError("rows are not plainly what they should be")
        dialect.conclude(kinds, pointed=True)
        added_up.refuse_totals(found)
        there = table.with_columns(stays.alias(STAYING))
        fetch = self.engine.connected().fetched
        words, became = _words_of(started, begun, there, fetch)
        like = {name: _like(words.get(name), there.collect_schema()[name]) for name in wanted}
        started.labels.dated = isinstance(like.get(definition.key or ""), Times)
        started.labels.reach.note(join.plain(counts[BEGAN]), join.plain(counts[SEEN]))
        left = query.noted(passage.account, passage.rules, counts)
        passage.account.rows_out = ledger.joined = left
        lacking = _leave_out(started, there, counts[_USABLE], fetch)
        usable = self.engine.begun.enter_context(kept(there.select(*wanted, STAYING).to_native()))
        ledger.used = counts[_USABLE]
        notes = [*source.notes, *column_owners.trimmed(source, became)]
        ledger.notes = [*notes, *ledger.notes]  # what was lost as kinds were settled comes last
        needed = (definition.label.name, *columns_needed.never_missing(definition))
        stored = ClusterTable(counts[_USABLE], usable, words, like, needed, self.engine)
        return left_lying.sampled(started, stored, lacking)


def _kinds(definition: Definition, begun: Incoming) -> dict[str, Kind]:
    """Return the kinds of columns, as the beginning of an export shows them."""
    passage = begun.passage
    kinds, first = {**passage.wanted}, next(_seen(begun).chunks(passage.wanted)).schema
    label = columns_needed.origin(tuple(passage.rules), definition.label.name)
    classes = {label} if definition.kind.read_as == "text" else set()
    for column, kind in passage.wanted.items():
        if kind == "either":
            words = first[column] == nw.String or column in classes
            kinds[column] = "any" if words else "number"
    return kinds


def _seen(begun: Incoming) -> Opened:
    source = begun.passage.opened
    return source.beginning if isinstance(source, ClusterSource) else source


def _size(source: Opened) -> int:
    if isinstance(source, CsvSource):
        return sum(reader.text.size or 0 for reader in source.readers)
    return source.file.path.stat().st_size if isinstance(source, ParquetSource) else 0


def _not_left(definition: Definition, begun: Incoming) -> str:
    """Say why rows cannot be left; nothing if they can: workers make blocks of plain columns."""
    if not isinstance(_seen(begun), CsvSource):
        return "only rows of CSV files are left there"
    if definition.table_rules:
        return "rules stand below the sources"
    said = [f.name for f in definition.features if f.kind not in {None, "number"}]
    if said:
        return f"a kind is said of {wording.both([repr(name) for name in said])}"
    flags = [name for name, kind in begun.passage.wanted.items() if kind == "boolean"]
    if flags:
        return f"{wording.both([repr(name) for name in flags])} holds true and false"
    return ""


def _counted(
    dialect: Dialect,
    started: Started,
    passage: Passage,
    kinds: Mapping[str, Kind],
    wanted: list[str],
) -> tuple[nw.LazyFrame[Any], nw.Expr, dict[str, Any], Frame]:
    """Return all rows with their flags, which of them stay, what is counted of them, and found."""
    definition, reach, opened = started.definition, started.labels.reach, passage.opened
    dates = reach.dates(kinds)
    read = [name for name, kind in kinds.items() if kind not in WORDS]
    pads = query.padded(opened, kinds)
    begins = opened.notation.begins.keys() & kinds.keys()
    needed = Needed(kinds=kinds, pads={name: flag for flag, name in pads.items()}, timed=begins)
    for _ in range(_TRIES):
        numbers = added_up.read(dialect, kinds)
        table = query.looked_at(dialect.typed(needed), opened, read, dates, numbers)
        table, stays = query.flagged(table, passage.rules, [*kinds])
        schema = table.collect_schema()
        size: nw.Expr = nw.lit(0)
        for name in wanted:
            letters = nw.col(name).str.len_chars().fill_null(0) + _OF_A_WORD
            size = size + (letters if schema[name] == nw.String else nw.lit(_OF_A_NUMBER))
        try:
            found = dialect.fetch(
                table.with_columns(size.alias(_BYTES)).select(
                    *query.riders(table.columns),
                    (nw.col(_BYTES) * stays.cast(nw.Int64)).sum().alias(_BYTES),
                    (stays & _usable(definition)).cast(nw.Int64).sum().alias(_USABLE),
                )
            )
        except AnewError:
            continue
        row = zip(found.columns, found.row(0), strict=True)
        counts = {
            n: v if n in {BEGAN, SEEN} else int(v or 0)
            for n, v in row
            if not n.startswith(ADDED_UP)
        }
        query.require_rows(counts)
        opened.trimmed = {name: counts[flag] for flag, name in pads.items()}
        return table, stays, counts, found
    raise DoubtError("cells are not plainly written")


def _usable(definition: Definition) -> nw.Expr:
    """Return which rows have a label, and every feature that nothing stands in for."""
    needed = [definition.label.name, *columns_needed.never_missing(definition)]
    return nw.all_horizontal(*(~nw.col(name).is_null() for name in needed), ignore_nulls=False)


def _leave_out(
    started: Started, there: nw.LazyFrame[Any], usable: int, fetch: _Fetch
) -> Counter[str]:
    """Note rows that no rule dropped and that are not learned from.

    Returns in how many of them a column is missing; see ``losses.many``.
    """
    definition, ledger, labels = started.definition, started.ledger, started.labels
    lacking = Counter[str]()
    if usable == ledger.joined:
        return lacking
    label = definition.label.name
    marks = {
        f"__gone_{at}__": name for at, name in enumerate(columns_needed.never_missing(definition))
    }
    late: nw.Expr = nw.lit(value=labels.waits)
    if labels.waits and labels.dated and definition.key is not None and labels.last is not None:
        late = (nw.col(definition.key) > labels.last).fill_null(value=False)
    flags = [nw.col(name).is_null().alias(mark) for mark, name in marks.items()]
    table = there.with_columns(
        *flags, nw.col(label).is_null().alias("__none__"), late.alias("__late__")
    )
    keys = [*marks, "__none__", "__late__", STAYING]
    found = fetch(table.group_by(keys).agg(nw.len().alias(ROWS)).to_native())
    for row in found.sort(keys).iter_rows(named=True):  # a server has them in whatever order
        gone = [name for mark, name in marks.items() if row[mark]]
        if not row[STAYING] or (not gone and not row["__none__"]):
            continue
        rows, missing = int(row[ROWS]), gone
        if gone:
            reason = losses.lacks(gone)
        elif row["__late__"]:
            reason, missing = losses.unknown(label), []
        else:
            reason, missing = losses.missing(label), [label]
        lacking.update(dict.fromkeys(missing, rows))
        ledger.left_out[reason] = ledger.left_out.get(reason, 0) + rows
        ledger.examples.setdefault(reason, [])
    return lacking


def _words_of(
    started: Started, begun: Incoming, there: nw.LazyFrame[Any], fetch: _Fetch
) -> tuple[dict[str, WordsOf], dict[str, Kind]]:
    """Return the different words of columns of text, and what kinds those turned out to be."""
    found: dict[str, WordsOf] = {}
    kinds: dict[str, Kind] = {}
    schema = there.collect_schema()
    for column, kind in begun.share.items():
        if schema[column] != nw.String:
            continue
        some = there.select(column, STAYING).unique().head(2 * _MOST_WORDS)
        pairs = fetch(some.to_native())
        if len(pairs) == 2 * _MOST_WORDS:
            raise DoubtError(f"{column!r} has over {_MOST_WORDS:,} different words")
        each = pairs.filter(nw.col(STAYING), ~nw.col(column).is_null())
        listed = sorted(map(str, each[column].to_list()))
        if len(listed) > _MOST_WORDS:
            raise DoubtError(f"{column!r} has over {_MOST_WORDS:,} different words")
        made: Column = left_lying.every_level(listed)
        if kind != "text":
            frame = left_lying.frame_of(RowBlock({column: made}, None), {})
            settled, became, _ = left_lying.settle(started.definition, begun, frame, column)
            made = join.column(settled[column])
            started.ledger.notes += column_owners.zeros_lost(frame, became)
            kinds |= became
        made = left_lying.as_learned(started.definition, {column: made})[column]
        found[column] = WordsOf({word: at for at, word in enumerate(listed)}, made)
    return found, kinds


def _like(words: WordsOf | None, dtype: Any) -> Column:
    if words is not None:
        return words.made.taken(np.arange(0))
    nothing = np.empty(0)
    return Times(nothing.astype("datetime64[us]")) if dtype == nw.Datetime else Numbers(nothing)
