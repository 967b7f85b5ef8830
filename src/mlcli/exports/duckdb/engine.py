"""The engine duckdb: an export through its rules to the one that gathers rows, in one query.

The rules are those of every engine, as Narwhals expressions. Rows that a rule leaves out
stay in the query, with a flag: so one pass counts the rows of every rule, gathers those
that are left, and counts the rows that a rule cannot take. Where there is any such row,
where DuckDB complains, and where the file is not regular, the export is read again by the
engine pandas, which knows the right words, or the right table. An export of which no rule
gathers rows is read as by that engine: its rows end up in memory anyway.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.definition.rules.kinds import AggregateRule
from mlcli.errors import LINES_A_FILE
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.duckdb import cells_in_sql
from mlcli.exports.duckdb.byte_check import ByteChecks
from mlcli.exports.duckdb.connection import DoubtError, Running, connected, frame
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar.notation import WORDS
from mlcli.tables import rules_over_chunks
from mlcli.tables.rules_over_chunks import Passage, Through, by_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.tables.column_owners import Opened

_SEEN: Final = "__seen__"
_BEGAN: Final = "__began__"
_DAY: Final = "__day__"
_ROWS: Final = "__all__"
_READ: Final = "__read_"
_PADS: Final = "__pads_"
_DOUBT: Final = "__doubt__"
_CLOCK: Final = "__clock_"
_POINT: Final = "__point_"
_EXACT: Final = 2.0**62
"""Numbers are added up as whole ones, and what is beside those as whole multiples of
1 / 2**62: threads add in no order, and sums of doubles would differ in their last bits
from one run to the next."""
_SMALL: Final = 2.0**-32
_PART: Final = "__part_"
_SPECIAL: Any = "special"  # the reader may find that a cell is missing
_OF_GLOBS: Final = frozenset("*?[")


@dataclass
class DuckEngine:
    """Takes exports through their rules in DuckDB.

    Parameters
    ----------
    memory, spill
        As the definition says; see ``connection.connected``.
    at_once
        How many exports may be asked about at the same time.
    watch
        Is told how far reading has come.
    meanwhile
        What will be needed after reading, such as the imports of learning. The steps are
        taken, one after the other, as long as DuckDB's threads are at work.
    otherwise
        Takes an export whose rows are not gathered.

    Attributes
    ----------
    notes
        By the name of a file, why the engine pandas read it after all.
    built
        What DuckDB will be asked, once it is known of all exports.
    begun
        The connections that are open.
    """

    memory: str | None = None
    spill: Path | None = None
    at_once: int = 1
    watch: Watch = UNWATCHED
    meanwhile: Iterable[Callable[[], object]] = ()
    otherwise: Through = by_chunks
    notes: dict[str, str] = field(default_factory=dict)
    built: list[_Query] = field(default_factory=list)
    begun: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._steps = list(self.meanwhile)
        self.looks = self.begun.enter_context(closing(ByteChecks(self.watch)))

    def go_on(self, running: Running[Any]) -> None:
        """Take steps that are due anyway as long as something goes on."""
        while self._steps and running.goes_on:
            self._steps.pop(0)()

    def through(self, passage: Passage) -> Iterator[Frame]:
        """Begin to ask, and return the chunks that will come; see ``examples.Through``."""
        gathers = next((r for r in passage.rules if isinstance(r, AggregateRule)), None)
        pushed = list(takewhile(lambda rule: rule is not gathers, passage.rules))
        # Of rows that are left out, DuckDB only counts how many there are.
        if gathers is None or passage.account.keep or not all(r.by_expression for r in pushed):
            return self.otherwise(passage)
        try:
            query = _Query(passage, pushed, gathers)
            query.build(self)
        except DoubtError as doubt:
            self.notes[passage.opened.name] = str(doubt)
            return by_chunks(passage)
        self.built.append(query)

        def coming() -> Iterator[Frame]:
            self._begin()
            try:
                chunks = query.end(self)
                query.source.ask_about_points(query.wanted, everywhere=query.pointed)
            except DoubtError as doubt:
                self.notes[passage.opened.name] = str(doubt)
                chunks = by_chunks(passage)
            yield from chunks

        return coming()

    def _begin(self) -> None:
        """Have DuckDB begin with all that was built, the largest first."""
        for query in sorted(self.built, key=lambda query: -query.size):
            query.begin()
        self.built.clear()

    def close(self) -> None:
        """Stop what was begun and not ended, be it that an error came between."""
        self.begun.close()


_OURS: Final = (
    *(LINE, _PART, _SEEN, _BEGAN, _DAY, _ROWS),
    *(_READ, _PADS, _DOUBT, _CLOCK, _POINT, "__stays_"),
)


def _is_ours(name: str) -> bool:
    """Say whether a column is none of the export's, nor made by a rule."""
    return name.startswith(_OURS)


def _plain(opened: Opened) -> CsvSource:
    """Return an export of files that DuckDB can read as they lie on the disk."""
    if not isinstance(opened, CsvSource):
        raise DoubtError("it is no CSV file")
    for reader in opened.readers:
        if reader.path.name.lower().endswith(".gz"):
            raise DoubtError("it is compressed")
        if reader.text.encoding != "utf-8":
            raise DoubtError("it is not UTF-8")
        if reader.footer:
            raise DoubtError("it has a footer")
        if _OF_GLOBS & set(str(reader.path)):
            raise DoubtError("its name looks like a pattern")
    return opened


def _any(flag: str) -> nw.Expr:
    """Return 1 where a flag is set in some row, and else 0."""
    return nw.col(flag).max().cast(nw.Int64).fill_null(0).alias(flag)


class _Query:
    """The rules that are pushed into DuckDB, and what is asked beside them.

    Attributes
    ----------
    pushed
        The rules before the one that gathers rows.
    gathers
        That rule.
    rest
        The rules after it.
    parted
        Whether what is added up may have decimals. It is taken to be whole numbers first:
        DuckDB stops at the first cell that is none, and is asked anew.
    whole
        The columns that are read as whole numbers; none where decimals are expected.
    pointed
        Whether some number has a point, where it matters what that is.
    """

    def __init__(self, passage: Passage, pushed: list[Rule], gathers: AggregateRule) -> None:
        self.source, self.pushed, self.gathers = _plain(passage.opened), pushed, gathers
        self.wanted, self.account, self.reach = passage.wanted, passage.account, passage.reach
        self.rest = passage.rules[len(pushed) + 1 :]
        self.converted = [name for name, kind in self.wanted.items() if kind not in {"text", "any"}]
        added = {name for name, kind in gathers.needs().items() if kind == "number"}
        made = any(rule.gives() for rule in pushed) or gathers.origin(gathers.key) in added
        self.parted, self.pointed = bool(added) and made, False
        self.whole = set() if self.parted else added
        if "date" in self.wanted.values() and (self.source.zone or self.source.notation.times_in):
            raise DoubtError("its times are turned to a time zone")
        self.padded: dict[str, str] = {}
        if not self.source.notation.keeps_blanks:
            words = [name for name, kind in self.wanted.items() if kind in WORDS]
            reader = self.source.readers[0]
            self.padded = {f"{_PADS}{reader.position(name)}": name for name in words}
        self._check_names()

    def _check_names(self) -> None:
        """Raise where DuckDB would take two columns for one, or a file for several."""
        names = [*self.wanted]
        for rule in (*self.pushed, self.gathers):
            names += [name for name in rule.gives() if name not in names]
        if cells_in_sql.ambiguous(names):
            raise DoubtError("the names of two columns differ only by case")
        if any(map(_is_ours, names)):
            raise DoubtError("the names of some columns are taken")

    @property
    def size(self) -> int:
        """Return how many bytes there are to read."""
        return sum(reader.text.size or 0 for reader in self.source.readers)

    def build(self, engine: DuckEngine) -> None:
        """Connect, work out what to ask, and begin to look at the files' bytes."""
        paths = [reader.path for reader in self.source.readers]
        self.open = engine.begun.enter_context(ExitStack())
        try:
            self.connection = self.open.enter_context(
                connected(paths, most=engine.memory, spill=engine.spill, at_once=engine.at_once)
            )
            self._define()
            self.table = self._flagged(self._typed())
        except BaseException:
            self.open.close()
            raise
        self.look = engine.looks.at(self.source)
        self.open.callback(self.look.stop)

    def begin(self) -> None:
        """Have DuckDB begin to count and to gather, on threads of its own."""
        self.running = Running(self._gathered, self.connection.interrupt)
        self.open.callback(self.running.stop)

    def end(self, engine: DuckEngine) -> Iterator[Frame]:
        """Return the chunks that come out, once it is sure that they are right."""
        with ExitStack() as stack:
            stack.push(self.open.pop_all())
            return self._finished(*self._answered(engine))
        raise AssertionError

    def _define(self) -> None:
        """Tell DuckDB of our own reader of each column that is not text."""
        notation = self.source.notation
        for name in self.converted:
            kind = self.wanted[name]
            self.connection.create_function(
                self._reader(name),
                cells_in_sql.slow(kind, notation, timed=name in notation.begins),
                ["VARCHAR"],
                cells_in_sql.SQL_TYPES[kind],
                null_handling=_SPECIAL,
            )

    def _reader(self, name: str) -> str:
        return f"read_{self.source.readers[0].position(name)}"

    def _typed(self) -> nw.LazyFrame[Any]:
        """Return the columns of the file that are wanted, each of its kind."""
        notation, made = self.source.notation, []
        for name, kind in self.wanted.items():
            cell = f"c{self.source.readers[0].position(name)}"
            if name in self.whole:
                sql = cells_in_sql.whole(cell, notation)
            else:
                timed = name in notation.begins
                sql = cells_in_sql.value(cell, kind, notation, self._reader(name), timed=timed)
                if kind == "number" and notation.asks_of_points:
                    made.append(f"contains({cell}, '.') AS {_POINT}{cell[1:]}")
            made.append(f"{sql} AS {cells_in_sql.named(name)}")
            if (pads := f"{_PADS}{cell[1:]}") in self.padded:
                made.append(f"strlen({cell}) > strlen({sql}) AS {pads}")
        numbered = any(rule.needs_all_rows for rule in self.pushed)
        selected = []
        for number, reader in enumerate(self.source.readers):
            before = number * LINES_A_FILE + reader.first - 1
            line = [f"row_number() OVER () + {before} AS {LINE}"] if numbered else []
            columns = ", ".join([*line, *made])
            selected.append(f"SELECT {columns} FROM {cells_in_sql.file(reader)}")  # noqa: S608 - all is quoted
        return nw.from_native(self.connection.sql(" UNION ALL ".join(selected)))

    def _flagged(self, table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """Return every row after the pushed rules, with a flag for each that leaves rows out."""
        columns = [*self.wanted]
        dates = self.reach.dates(self.wanted) if self.reach else None
        table = table.with_columns(
            (nw.lit(None, nw.Datetime("us")) if dates is None else dates).alias(_SEEN),
            nw.lit(value=False).alias(_DOUBT),
            *(nw.col(name).alias(f"{_READ}{at}") for at, name in enumerate(self.converted)),
            *(
                (nw.col(name) != nw.col(name).dt.truncate("1d")).alias(f"{_CLOCK}{at}")
                for at, name in enumerate(self.converted)
                if name in self.source.notation.begins
            ),
        )
        if self.reach is not None and self.reach.by_days:
            table = table.with_columns(self.reach.day(nw.col(_SEEN)).alias(_DAY))
        stays: nw.Expr = nw.lit(value=True)
        for index, rule in enumerate([*self.pushed, self.gathers]):
            for doubt in rule.doubts():
                table = table.with_columns((nw.col(_DOUBT) | (stays & doubt.bad)).alias(_DOUBT))
            if rule.gives():
                table = rule.with_columns(table)
                columns = [c for c in table.columns if not _is_ours(c)]
            kept = rule.staying(columns, stays)
            if kept is not None:
                table = table.with_columns(kept.alias(f"__stays_{index}"))
                stays = nw.col(f"__stays_{index}")
        self.stays = stays
        return table

    def _answered(self, engine: DuckEngine) -> tuple[dict[str, Any], Frame]:
        """Return the counts, and the state of each key; look at the files meanwhile."""
        engine.go_on(self.running)
        lines = self.look.rows()
        found = frame(self.running.result())
        counts = self._counts(found)
        if counts[_ROWS] != lines:
            raise DoubtError("DuckDB finds another number of rows in it")
        return counts, found

    def _gathered(self) -> Mapping[str, Any]:
        """Return what DuckDB answers; it is asked anew where some number is no whole one."""
        import duckdb

        found: Mapping[str, Any]
        try:
            found = self._asked(self.table).to_native().fetchnumpy()
        except duckdb.InvalidInputException as error:
            if cells_in_sql.NOT_WHOLE not in str(error):
                raise
            self.parted, self.whole = True, set()
            self.table = self._flagged(self._typed())
            found = self._asked(self.table).to_native().fetchnumpy()
        return found

    def _asked(self, table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        flags = [c for c in table.columns if c.startswith("__stays_")]
        riders = [
            nw.len().alias(_ROWS),
            *(nw.col(c).cast(nw.Int64).sum().alias(c) for c in flags),
            *(nw.col(c).cast(nw.Int64).sum().alias(c) for c in self.padded),
            _any(_DOUBT),
            nw.col(_SEEN).min().alias(_BEGAN),
            nw.col(_SEEN).max().alias(_SEEN),
            # Asked for, so that every cell is read: also in rows that a rule leaves out.
            *(nw.col(c).count().alias(c) for c in table.columns if c.startswith(_READ)),
            *(_any(c) for c in table.columns if c.startswith((_CLOCK, _POINT))),
        ]
        state = self.gathers.state()
        keyed = self.gathers.keyed(table)
        key = self.gathers.key
        doubt, sums = nw.col(_DOUBT), []
        for name, column in state.items():
            # Of a row that is left out, the key is none; only decimals could hurt there.
            value = nw.when(self.stays).then(nw.col(column)) if self.parted else nw.col(column)
            whole = value.cast(nw.Int64)
            sums.append(whole.sum().alias(name))
            if self.parted:
                small = (value != 0) & (value.abs() < _SMALL)  # parts are too coarse for it
                doubt |= small
                part = ((value - whole.cast(nw.Float64)) * _EXACT).cast(nw.Int64)
                sums.append(part.sum().alias(f"{_PART}{name}"))
        masked = nw.when(self.stays).then(nw.col(key)).alias(key)
        keyed = keyed.with_columns(masked, doubt.alias(_DOUBT))
        days = [_DAY] if _DAY in keyed.columns else []
        gathered = keyed.group_by(key, *days).agg(*sums, *riders)
        return gathered.with_columns(*(self._added(name) for name in state))

    def _added(self, name: str) -> nw.Expr:
        """Return the sum of a key, of its whole multiples of 1 and of 1 / 2**62."""
        whole = nw.col(name).cast(nw.Float64)
        return whole + nw.col(f"{_PART}{name}").cast(nw.Float64) / _EXACT if self.parted else whole

    def _counts(self, found: Frame) -> dict[str, Any]:
        """Return the sums of what was counted, once they leave no doubt."""
        counts = {
            c: int(found[c].sum() or 0)
            for c in found.columns
            if c in {_ROWS, _DOUBT, *self.padded} or c.startswith(("__stays_", _CLOCK, _POINT))
        }
        if counts[_DOUBT]:
            raise DoubtError("a rule cannot take some row")
        if not all(n for c, n in counts.items() if c.startswith(_CLOCK)):
            raise DoubtError("no date has a time of the day")
        left = [counts[_ROWS], *(n for c, n in counts.items() if c.startswith("__stays_"))]
        if not all(left):
            raise DoubtError("no row is left")
        return {**counts, _BEGAN: found[_BEGAN].min(), _SEEN: found[_SEEN].max()}

    def _finished(self, counts: Mapping[str, Any], gathered: Frame) -> Iterator[Frame]:
        """Return what is made of the state of all keys, after the rules that follow."""
        from mlcli.tables import join

        account, left = self.account, counts[_ROWS]
        self.source.trimmed = {name: counts[c] for c, name in self.padded.items()}
        self.pointed = any(n for c, n in counts.items() if c.startswith(_POINT))
        account.rows, account.rules = left, []
        for index, rule in enumerate(self.pushed):
            after = counts.get(f"__stays_{index}", left)
            account.rules.append(rule.counted(left, after))
            left = after
        if self.reach is not None:
            self.reach.note(join.plain(counts[_BEGAN]), join.plain(counts[_SEEN]))
        key, state = self.gathers.key, self.gathers.state()
        if self.reach is not None and _DAY in gathered.columns:
            self.reach.note_days(gathered[_DAY].unique().to_list())
            gathered = gathered.sort(key, _DAY)  # sums of doubles depend on their order
        partial = gathered.filter(~nw.col(key).is_null()).select(key, *state)
        made = self.gathers.finish(self.gathers.combine(partial))
        before = (*self.pushed, self.gathers)
        chunks, more = rules_over_chunks.run(
            self.rest, iter([made]), reach=self.reach, before=before
        )
        account.rules += [self.gathers.counted(left, len(made)), *more]
        return chunks
