"""Exports through their rules to the one that gathers rows, in one query of an engine.

The rules are those of every engine, as Narwhals expressions. Rows that a rule leaves out
stay in the query, with a flag: so one pass counts the rows of every rule, gathers those
that are left, and counts the rows that a rule cannot take. Where there is any such row,
where the engine complains, and where the export is not regular, there is a doubt: the
engine says who knows the right words, or the right table. What an engine has of its own,
for one export, is its ``Dialect``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE
from mlcli.definition.rules.kinds import AggregateRule
from mlcli.errors import AskedWronglyError
from mlcli.exports import added_up
from mlcli.exports.added_up import ADDED_UP
from mlcli.exports.dialect import AnewError, DoubtError, Needed, NotWholeError, Running
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar.notation import WORDS
from mlcli.tables import join, rules_over_chunks
from mlcli.tables.rules_over_chunks import Passage, Through, by_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.definition.source import Source
    from mlcli.exports.dialect import Dialect
    from mlcli.grammar.cells import Kind
    from mlcli.store.ledger import SourceCount
    from mlcli.tables.column_owners import Opened

    OnCluster = Callable[[Source, Callable[..., Opened]], Opened]

SEEN: Final = "__seen__"
BEGAN: Final = "__began__"
_DAY: Final = "__day__"
ROWS: Final = "__all__"
_READ: Final = "__read_"
PADS: Final = "__pads_"
DOUBT: Final = "__doubt__"
_CLOCK: Final = "__clock_"
_POINT: Final = "__point_"
STAYS: Final = "__stays_"
_PART: Final = "__part_"
_REST: Final = "__rest_"
_ABOUT: Final = "__about_"
_HALF: Final = 2.0**31
"""Numbers are added up as whole ones, and what is beside those as whole multiples of
1 / 2**31, and of 1 / 2**62: threads add in no order, and sums of doubles would differ in their
last bits from one run to the next. Sums of some engines hold 64 bits, and no overflow is told."""
_LARGEST_SUM: Final = 2.0**62
_MOST_ROWS: Final = 2**32
"""Of one key: so many whole numbers, each below 2**31, add up to less than 64 bits hold."""
_SMALL: Final = 2.0**-32
_MOST_TIMES: Final = 6
_OURS: Final = (
    *(LINE, _PART, _REST, _ABOUT, SEEN, BEGAN, _DAY, ROWS),
    *(_READ, ADDED_UP, PADS, DOUBT, _CLOCK, _POINT, STAYS),
)


@dataclass
class QueryEngine:
    """Takes exports through their rules by queries.

    Parameters
    ----------
    watch
        Is told how far reading has come.
    meanwhile
        What will be needed after reading, such as the imports of learning. The steps are
        taken, one after the other, as long as the engine is at work.
    otherwise
        Takes an export whose rows are not gathered.

    Attributes
    ----------
    notes
        By the name of a file, why the engine pandas read it after all.
    built
        What the engine will be asked, once it is known of all exports.
    begun
        What is open.
    """

    watch: Watch = UNWATCHED
    meanwhile: Iterable[Callable[[], object]] = ()
    otherwise: Through = by_chunks
    notes: dict[str, str] = field(default_factory=dict)
    built: list[Gathering] = field(default_factory=list)
    begun: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._steps = list(self.meanwhile)

    def on_cluster(self, described: Source, at_home: Callable[..., Opened]) -> Opened:
        """Open an export that lies on a cluster; ``at_home`` opens copies of its files.

        Raises
        ------
        AskedWronglyError
            The engine has no cluster, or cannot read such files there.
        """
        return no_cluster(described, at_home)

    def told(self) -> AbstractContextManager[None]:
        """Say in our words what goes wrong with the engine, wherever it does."""
        return nullcontext()

    def building(self) -> AbstractContextManager[None]:
        """Raise what goes wrong as a query is built as ``Dialect.fetch`` raises it."""
        return nullcontext()

    def dialect(self, passage: Passage, opened: ExitStack) -> Dialect:
        """Return what the engine has of its own for an export.

        Parameters
        ----------
        passage
            The export on its way.
        opened
            Gets what is to be closed in the end.

        Raises
        ------
        DoubtError
            The engine cannot read such an export.
        """
        raise NotImplementedError

    def doubted(
        self, query: Gathering | None, passage: Passage, doubt: DoubtError
    ) -> Iterator[Frame]:
        """Return the chunks of an export about which there is a doubt: the engine pandas reads it.

        ``query`` is what gave rise to the doubt, if there was one by then.
        """
        del query
        self.notes[passage.opened.name] = str(doubt)
        return by_chunks(passage)

    def go_on(self, running: Running[Any]) -> None:
        """Take steps that are due anyway as long as something goes on."""
        while self._steps and running.goes_on:
            self._steps.pop(0)()

    def through(self, passage: Passage) -> Iterator[Frame]:
        """Begin to ask, and return the chunks that will come; see ``examples.Through``."""
        gathers = next((r for r in passage.rules if isinstance(r, AggregateRule)), None)
        pushed = list(takewhile(lambda rule: rule is not gathers, passage.rules))
        # Of rows that are left out, a query only counts how many there are.
        if gathers is None or passage.account.keep or not all(r.by_expression for r in pushed):
            return self.otherwise(passage)
        try:
            query = Gathering(passage, pushed, gathers)
            query.build(self)
        except DoubtError as doubt:
            return self.doubted(None, passage, doubt)
        self.built.append(query)

        def coming() -> Iterator[Frame]:
            self._begin()
            try:
                chunks = query.end(self)
            except DoubtError as doubt:
                chunks = self.doubted(query, passage, doubt)
            yield from chunks

        return coming()

    def _begin(self) -> None:
        """Have the engine begin with all that was built, the largest first."""
        for query in sorted(self.built, key=lambda query: -query.dialect.size):
            query.begin()
        self.built.clear()

    def close(self) -> None:
        """Stop what was begun and not ended, be it that an error came between."""
        self.begun.close()


def no_cluster(described: Source, at_home: Callable[..., Opened]) -> Opened:
    """Refuse an export that lies on a cluster.

    Raises
    ------
    AskedWronglyError
        Always.
    """
    del at_home
    raise AskedWronglyError(
        "it lies on a cluster, and the engine spark alone reads that",
        place=described.named,
        hint="write  engine: spark",
    )


def is_ours(name: str) -> bool:
    """Say whether a column is none of the export's, nor made by a rule."""
    return name.startswith(_OURS)


def ambiguous(names: Iterable[str]) -> bool:
    """Say whether two names are one to an engine that knows no case."""
    listed = list(names)
    return len({name.casefold() for name in listed}) < len(listed)


def padded(opened: Opened, wanted: Mapping[str, Kind]) -> dict[str, str]:
    """Return columns of words, by the name of one that is true where a cell has blanks around."""
    words = [name for name, kind in wanted.items() if kind in WORDS]
    kept = opened.notation.keeps_blanks
    return {} if kept else {f"{PADS}{at}": name for at, name in enumerate(words)}


def _any(flag: str) -> nw.Expr:
    """Return 1 where a flag is set in some row, and else 0."""
    return nw.col(flag).cast(nw.Int64).max().fill_null(0).alias(flag)


def looked_at(
    table: nw.LazyFrame[Any],
    opened: Opened,
    converted: Sequence[str],
    dates: nw.Expr | None,
    numbers: Iterable[nw.Expr],
) -> nw.LazyFrame[Any]:
    """Return rows with what ``riders`` count, before rules give columns other names and values.

    ``converted`` are the columns of which every cell is to be read, ``dates`` when rows were, and
    ``numbers`` those columns that are added up.
    """
    return table.with_columns(
        (nw.lit(None, nw.Datetime("us")) if dates is None else dates).alias(SEEN),
        nw.lit(value=False).alias(DOUBT),
        *numbers,
        *(nw.col(name).alias(f"{_READ}{at}") for at, name in enumerate(converted)),
        *(
            (nw.col(name) != nw.col(name).dt.truncate("1d")).alias(f"{_CLOCK}{at}")
            for at, name in enumerate(converted)
            if name in opened.notation.begins
        ),
    )


def riders(columns: Sequence[str]) -> list[nw.Expr]:
    """Return what is counted of the rows of a table beside what is asked, rules applied or not."""
    return [
        nw.len().alias(ROWS),
        *(nw.col(c).cast(nw.Int64).sum().alias(c) for c in columns if c.startswith((STAYS, PADS))),
        nw.col(SEEN).min().alias(BEGAN),
        nw.col(SEEN).max().alias(SEEN),
        # Asked for, so that every cell is read: also in rows that a rule leaves out.
        *(nw.col(c).count().alias(c) for c in columns if c.startswith(_READ)),
        *(_any(c) for c in columns if c.startswith((DOUBT, _CLOCK, _POINT))),
        *added_up.riders(columns),
    ]


def require_rows(counts: Mapping[str, Any]) -> None:
    """Raise where ``riders`` found no row, none that rules let stay, or dates without times."""
    if not counts[ROWS]:  # some servers find nothing where they see no file
        raise DoubtError("no row was found in it")
    if not all(n for c, n in counts.items() if c.startswith(_CLOCK)):
        raise DoubtError("no date has a time of the day")
    if not all(n for c, n in counts.items() if c.startswith(STAYS)):
        raise DoubtError("no row is left")


def noted(account: SourceCount, rules: Sequence[Rule], counts: Mapping[str, Any]) -> int:
    """Note how many rows came to each rule, and return how many all of them let stay."""
    left: int = counts[ROWS]
    account.rows, account.rules = left, []
    for index, rule in enumerate(rules):
        after = counts.get(f"{STAYS}{index}", left)
        account.rules.append(rule.counted(left, after))
        left = after
    return left


def flagged(
    table: nw.LazyFrame[Any], rules: Sequence[Rule], columns: Sequence[str]
) -> tuple[nw.LazyFrame[Any], nw.Expr]:
    """Return every row after some rules, with a flag for each that leaves rows out: ``STAYS``.

    Rows that a rule cannot take are flagged by ``DOUBT``. The expression says which rows stay.
    """
    stays: nw.Expr = nw.lit(value=True)
    for index, rule in enumerate(rules):
        for doubt in rule.doubts():
            table = table.with_columns((nw.col(DOUBT) | (stays & doubt.bad)).alias(DOUBT))
        if rule.gives():
            table = rule.with_columns(table)
            columns = [c for c in table.columns if not is_ours(c)]
        kept = rule.staying(columns, stays)
        if kept is not None:
            table = table.with_columns(kept.alias(f"{STAYS}{index}"))
            stays = nw.col(f"{STAYS}{index}")
    return table, stays


class Gathering:
    """The rules that are pushed into an engine, and what is asked beside them.

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
        the engine stops at the first cell that is none, and is asked anew.
    whole
        The columns that are read as whole numbers; none where decimals are expected.
    """

    dialect: Dialect

    def __init__(self, passage: Passage, pushed: list[Rule], gathers: AggregateRule) -> None:
        self.passage, self.opened, self.pushed = passage, passage.opened, pushed
        self.gathers, self.rest = gathers, passage.rules[len(pushed) + 1 :]
        self.wanted, self.account, self.reach = passage.wanted, passage.account, passage.reach
        self.converted = [name for name, kind in self.wanted.items() if kind not in {"text", "any"}]
        added = {name for name, kind in gathers.needs().items() if kind == "number"}
        made = any(rule.gives() for rule in pushed) or gathers.origin(gathers.key) in added
        self.parted, self.pointed = bool(added) and made, False
        self.whole = set() if self.parted else added
        self.padded = padded(self.opened, self.wanted)
        self._check_names()

    def _check_names(self) -> None:
        """Raise where an engine would take two columns for one."""
        names = [*self.wanted]
        for rule in (*self.pushed, self.gathers):
            names += [name for name in rule.gives() if name not in names]
        if ambiguous(names):
            raise DoubtError("the names of two columns differ only by case")
        if any(map(is_ours, names)):
            raise DoubtError("the names of some columns are taken")

    def build(self, engine: QueryEngine) -> None:
        """Connect, work out what to ask, and begin to look at the export by other means."""
        self.open = engine.begun.enter_context(ExitStack())
        try:
            with engine.building():
                self.dialect = engine.dialect(self.passage, self.open)
                self.table = self.flagged()
        except BaseException:
            self.open.close()
            raise
        self.look = self.dialect.look()
        self.open.callback(self.look.stop)

    def begin(self) -> None:
        """Have the engine begin to count and to gather, on threads of its own."""
        self.running = Running(self._gathered, self.dialect.interrupt)
        self.open.callback(self.running.stop)

    def end(self, engine: QueryEngine) -> Iterator[Frame]:
        """Return the chunks that come out, once it is sure that they are right."""
        with self.open:
            found = self._answered(engine)
        chunks = self._finished(*found)
        self.dialect.conclude(self.wanted, pointed=self.pointed)
        added_up.refuse_totals(found[1])
        return chunks

    def typed(self) -> nw.LazyFrame[Any]:
        """Return the columns of the export that are wanted, each of its kind."""
        notation = self.opened.notation
        numbers = [name for name in self.converted if self.wanted[name] == "number"]
        points = [] if self.opened.points.sure else numbers
        return self.dialect.typed(
            Needed(
                kinds=self.wanted,
                whole=self.whole,
                pads={name: column for column, name in self.padded.items()},
                points={name: f"{_POINT}{at}" for at, name in enumerate(points)},
                timed=notation.begins.keys() & self.wanted.keys(),
                numbered=any(rule.needs_all_rows for rule in self.pushed),
            )
        )

    def flagged(self) -> nw.LazyFrame[Any]:
        """Return every row after the pushed rules, with a flag for each that leaves rows out."""
        table, columns = self.typed(), [*self.wanted]
        dates = self.reach.dates(self.wanted) if self.reach else None
        numbers = added_up.read(self.dialect, self.wanted)
        table = looked_at(table, self.opened, self.converted, dates, numbers)
        if self.reach is not None and self.reach.by_days:
            table = table.with_columns(self.reach.day(nw.col(SEEN)).alias(_DAY))
        table, self.stays = flagged(table, [*self.pushed, self.gathers], columns)
        return table

    def _answered(self, engine: QueryEngine) -> tuple[dict[str, Any], Frame]:
        """Return the counts, and the state of each key; the export is looked at meanwhile."""
        engine.go_on(self.running)
        lines = self.look.rows()
        with engine.building():
            found = self.running.result()
        counts = self._counts(found)
        if counts[ROWS] != lines:
            raise DoubtError("another number of rows is found in it")
        return counts, found

    def _gathered(self) -> Frame:
        """Return what the engine answers; it is asked anew where some number is no whole one."""
        for _ in range(_MOST_TIMES):
            try:
                return self.dialect.fetch(self._asked(self.table))
            except NotWholeError:
                self.parted, self.whole = True, set()
            except AnewError:
                pass
            self.table = self.flagged()
        raise DoubtError("it changes all the time")

    def _asked(self, table: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        state = self.gathers.state()
        keyed = self.gathers.keyed(table)
        key = self.gathers.key
        doubt, sums = nw.col(DOUBT), []
        for name, column in state.items():
            # Of a row that is left out, the key is none; only decimals could hurt there.
            value = nw.when(self.stays).then(nw.col(column)) if self.parted else nw.col(column)
            whole = value.cast(nw.Int64)
            sums.append(whole.sum().alias(name))
            if self.parted:
                small = (value != 0) & (value.abs() < _SMALL)  # parts are too coarse for it
                doubt |= small
                parts = (value - whole.cast(nw.Float64)) * _HALF
                part = parts.cast(nw.Int64)
                rest = ((parts - part.cast(nw.Float64)) * _HALF).cast(nw.Int64)
                sums.append(part.sum().alias(f"{_PART}{name}"))
                sums.append(rest.sum().alias(f"{_REST}{name}"))
                sums.append(value.abs().sum().alias(f"{_ABOUT}{name}"))
        masked = nw.when(self.stays).then(nw.col(key)).alias(key)
        keyed = keyed.with_columns(masked, doubt.alias(DOUBT))
        days = [_DAY] if _DAY in keyed.columns else []
        gathered = keyed.group_by(key, *days).agg(*sums, *riders(table.columns))
        return gathered.with_columns(*(self._added(name) for name in state))

    def _added(self, name: str) -> nw.Expr:
        """Return the sum of a key, of its whole multiples of 1, 1 / 2**31 and 1 / 2**62."""
        whole = nw.col(name).cast(nw.Float64)
        if not self.parted:
            return whole
        part = nw.col(f"{_PART}{name}").cast(nw.Float64) * (1 / _HALF)
        rest = nw.col(f"{_REST}{name}").cast(nw.Float64) * (1 / _HALF / _HALF)
        return whole + (part + rest)

    def _counts(self, found: Frame) -> dict[str, Any]:
        """Return the sums of what was counted, once they leave no doubt."""
        counts = {
            c: int(found[c].sum() or 0)
            for c in found.columns
            if c in {ROWS, DOUBT, *self.padded} or c.startswith((STAYS, _CLOCK, _POINT))
        }
        if counts[DOUBT]:
            raise DoubtError("a rule cannot take some row")
        sums = [found[c].max() for c in found.columns if c.startswith(_ABOUT)]
        if any(each is not None and each > _LARGEST_SUM for each in sums):
            raise DoubtError("a sum is too large")
        if (found[ROWS].max() or 0) > _MOST_ROWS:
            raise DoubtError("too many rows are added up")
        require_rows(counts)
        return {**counts, BEGAN: found[BEGAN].min(), SEEN: found[SEEN].max()}

    def _finished(self, counts: Mapping[str, Any], gathered: Frame) -> Iterator[Frame]:
        """Return what is made of the state of all keys, after the rules that follow."""
        account, left = self.account, noted(self.account, self.pushed, counts)
        self.opened.trimmed = {name: counts[c] for c, name in self.padded.items()}
        self.pointed = any(n for c, n in counts.items() if c.startswith(_POINT))
        if self.reach is not None:
            self.reach.note(join.plain(counts[BEGAN]), join.plain(counts[SEEN]))
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
