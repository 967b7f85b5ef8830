"""Rows of one export that are too many to take home: kept in a store, and a sample taken of them.

They go through the same steps as rows that come home, block by block: what a column of text turns
out to be is decided by all its different cells, rules after the join run on, and only rows with
every feature and a label are kept to learn from.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.definition import columns_needed
from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.store.ledger import MOST_NAMED, Ledger
from mlcli.tables import column_owners, examples, join, losses, lying, rules_over_chunks
from mlcli.tables.column_owners import ReadAnewError
from mlcli.tables.examples import STATUSES, Examples, Started
from mlcli.tables.losses import Losses
from mlcli.tables.lying import RowBlock
from mlcli.tables.source_tables import hint_at_classes, narrowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.cells import Kind
    from mlcli.tables.column_owners import Labels
    from mlcli.tables.lying import Lying, Store
    from mlcli.tables.source_tables import Incoming


class Leaving(NamedTuple):
    """Leaves rows where they lie that take more than ``most`` bytes of memory.

    ``store`` makes a place for rows.
    """

    most: int
    store: Callable[[], Store]

    def leave(self, started: Started) -> Examples | dict[str, Incoming]:
        """Return a sample of rows that are left; the export, if its rows may come home."""
        ((name, begun),) = started.begun.items()
        try:
            found = self._left(started, begun)
        except ReadAnewError as error:
            return self.leave(started._replace(begun={name: begun.anew(error)}))
        except DataError as error:
            hint_at_classes(started.definition, error)
            raise column_owners.in_source(error, begun.passage.opened, name) from None
        return found if isinstance(found, Examples) else {name: replace(begun, chunks=found)}

    def _left(self, started: Started, begun: Incoming) -> Examples | Iterator[Frame]:
        held, size = list[nw.DataFrame[Any]](), 0
        chunks = narrowed(begun)
        for chunk in chunks:
            held.append(chunk)
            size += int(chunk.to_native().memory_usage(deep=True, index=False).sum())
            if size > self.most:
                break
        else:
            return _emptied(held)
        schema = held[0].schema
        every = chain(_emptied(held), chunks)
        undecided = any(
            kind == "any" and schema[column] == nw.String for column, kind in begun.share.items()
        )
        if undecided:
            frames, kinds = self._settled(started, begun, every)
        else:
            frames, kinds = every, {c: join.kind_of(schema[c]) for c in begun.share}
        return self._finished(started, begun, frames, kinds)

    def _settled(
        self, started: Started, begun: Incoming, chunks: Iterator[Frame]
    ) -> tuple[Iterator[Frame], dict[str, Kind]]:
        """Read all chunks, and return them with what their columns of text turned out to be."""
        raw = self.store()
        for chunk in chunks:
            raw.add(_block(chunk, begun.share))
        first = next(raw.blocks())
        kinds: dict[str, Kind] = {**begun.share}
        made: dict[str, Column] = {}
        for column, kind in kinds.items():
            values = first.columns[column]
            if kind != "any" or not isinstance(values, Words) or values.flags:
                kinds[column] = join.kind_of(frame_of(first.taken(np.arange(0)), {}).schema[column])
                continue
            levels = every_level(raw.levels[column])
            frame = frame_of(RowBlock({column: levels}, _first_lines(raw, column)), {})
            settled, found, _ = settle(started.definition, begun, frame, column)
            kinds[column], made[column] = found[column], join.column(settled[column])
            started.ledger.notes += column_owners.zeros_lost(frame, {column: kinds[column]})
        return (frame_of(block, made) for block in raw.blocks()), kinds

    def _finished(
        self,
        started: Started,
        begun: Incoming,
        frames: Iterator[Frame],
        kinds: Mapping[str, Kind],
    ) -> Examples:
        """Take settled rows to the end of all rules, store those that are usable, and sample."""
        definition, _, ledger, labels, reaches = started
        account, opened = begun.passage.account, begun.passage.opened
        first = next(frames)
        known = Losses(definition, labels, reaches, {account.name: (first, {**kinds}, opened.name)})
        labels.mark_waiting(first.head(0), kinds)  # so that it is known whether rows are dated
        frames = rules_over_chunks.counted_out(chain([first], frames), account)
        ruled = definition.table_rules
        if ruled:
            ledger.rules = [rule.counted() for rule in ruled]
            frames = (_ruled(ledger, ruled, labels.mark_waiting(frame, kinds)) for frame in frames)
        stored, used = self.store(), [*columns_needed.final_wants(definition)]
        lost = _Lost(definition, labels)
        for frame in frames:
            whole = None if ruled else _whole(frame, used)
            if whole is not None:
                stored.add(whole._replace(hashes=whole.hashed()))
                continue
            part = Ledger(ledger.sources)
            marked = frame if ruled else labels.mark_waiting(frame, kinds)
            made = examples.examined(known, marked, _nothing(len(frame)), part)
            lost.see(made, part)
            rows = made.positions("usable")
            columns = {name: made.columns[name].taken(rows) for name in used}
            lines = None if made.lines is None else made.lines[rows]
            block = RowBlock(as_learned(definition, columns), lines)
            stored.add(block._replace(hashes=block.hashed()))
        lost.conclude(ledger)
        ledger.joined, ledger.used = account.rows_out, stored.rows
        found = [*opened.notes, *column_owners.trimmed(opened, kinds)]
        ledger.notes = [*found, *ledger.notes]  # what was lost as kinds were settled comes last
        return sampled(started, stored, lost.lacking)


def _ruled(ledger: Ledger, rules: Iterable[Rule], frame: Frame) -> Frame:
    """Return a table after the rules below the sources, which may leave no row of it."""
    for rule, counted in zip(rules, ledger.rules, strict=True):
        counted.rows_in += len(frame)
        frame = next(rule.over(iter([frame])))
        counted.rows_out += len(frame)
    return frame


def _whole(frame: Frame, names: Iterable[str]) -> RowBlock | None:
    """Return a table of numbers alone of which none is missing: its rows are all usable."""
    schema = frame.schema
    columns = {name: Numbers(frame[name].to_numpy()) for name in names if schema[name].is_float()}
    if len(columns) < len([*names]) or any(one.missing.any() for one in columns.values()):
        return None
    return RowBlock(columns, frame[LINE].to_numpy() if LINE in schema else None)


class _Lost:
    """Rows that no rule dropped and that are not learned from, block after block.

    Whether a label is missing or not known yet shows once all dates were seen. ``lacking`` counts
    in how many rows a column is missing for which nothing stands in.
    """

    def __init__(self, definition: Definition, labels: Labels) -> None:
        self._labels, self._label = labels, definition.label.name
        self._needed = columns_needed.never_missing(definition)
        self._counts, self._names = Counter[str](), dict[str, list[str]]()
        self._missing, self._unknown = losses.missing(self._label), losses.unknown(self._label)
        self._dates: list[NDArray[np.datetime64]] = []
        self.lacking = Counter[str]()

    def see(self, made: Examples, part: Ledger) -> None:
        """Take in the account of a block."""
        incomplete = made.positions("incomplete")
        for name in self._needed:
            self.lacking[name] += int(made.columns[name].missing[incomplete].sum())
        if made.dates is not None and self._labels.waits:
            rows = made.positions("waiting", "unlabelled")
            self._dates.append(made.dates.values[rows])
            part.left_out = {
                reason: count
                for reason, count in part.left_out.items()
                if reason not in {self._missing, self._unknown}
            }
        for reason, count in part.left_out.items():
            self._counts[reason] += count
            self._names.setdefault(reason, []).extend(part.examples[reason])

    def conclude(self, ledger: Ledger) -> None:
        """Write the account of all blocks."""
        if self._dates:
            dates, last = np.sort(np.concatenate(self._dates)), self._labels.last
            late = np.full(len(dates), last is None) | (dates > np.datetime64(last, "us"))
            for reason, some in ((self._unknown, dates[late]), (self._missing, dates[~late])):
                self._counts[reason] += len(some)
                self._names[reason] = [*map(wording.written, some[:MOST_NAMED].tolist())]
        self.lacking[self._label] = self._counts[self._missing]
        for reason, count in self._counts.items():
            ledger.leave_out(reason, count, self._names[reason][:MOST_NAMED])


def _emptied(held: list[Frame]) -> Iterator[Frame]:
    """Yield chunks, and let each go."""
    held.reverse()
    while held:
        yield held.pop()


def _nothing(rows: int) -> Words:
    return Words(np.full(rows, -1), ())


def _block(chunk: Frame, names: Iterable[str]) -> RowBlock:
    """Return a chunk as columns of arrays."""
    lines = chunk[LINE].to_numpy() if LINE in chunk.columns else None
    return RowBlock({name: join.column(chunk[name]) for name in names}, lines)


def every_level(levels: Iterable[str]) -> Words:
    """Return a row of each word, and one without: what stands at -1 is of missing cells."""
    words = [*levels]
    return Words(np.append(np.arange(len(words)), -1), words)


def frame_of(block: RowBlock, made: Mapping[str, Column]) -> Frame:
    """Return a block as a table; ``made`` has what each of ``every_level`` turned out to be."""
    import pandas as pd

    columns: dict[str, Any] = {}
    for name, column in block.columns.items():
        found: Column = column
        if name in made and isinstance(column, Words):
            found = made[name].taken(column.codes.astype(np.intp))
        if isinstance(found, Words):
            words: list[Any] = [level == "true" if found.flags else level for level in found.levels]
            values = np.array([*words, None], dtype=object)[found.codes]
            columns[name] = pd.array(values, dtype="boolean" if found.flags else "str")
        else:
            columns[name] = lying.array(found)
    if block.lines is not None:
        columns[LINE] = block.lines
    table: Frame = nw.from_native(pd.DataFrame(columns), eager_only=True)
    return table


def _first_lines(raw: Store, column: str) -> Any:
    """Return the line of the first row of each word of a column, and 0 for none."""
    found = np.zeros(len(raw.levels[column]) + 1, dtype=np.int64)
    for block in raw.blocks():
        codes, lines = block.columns[column], block.lines
        assert isinstance(codes, Words)
        if lines is None:
            return None
        there, at = np.unique(codes.codes, return_index=True)
        new = (there >= 0) & (found[there] == 0)
        found[there[new]] = lines[at[new]]
    return found


def settle(definition: Definition, begun: Incoming, frame: Frame, column: str) -> join.Table:
    """Decide what a column of text is, of a table of its different cells; see ``join.settled``."""
    opened, name = begun.passage.opened, begun.passage.account.name
    return join.settled(
        frame,
        {column: "any"},
        opened.name,
        as_written=definition.only_shown,
        of_file=column_owners.as_in_the_file(definition, name, opened),
        notation=opened.notation,
        points=opened.points,
    )


def as_learned(definition: Definition, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return columns as models learn from them: what stands for words as words."""
    words = {f.name for f in definition.features if f.kind not in {None, "number"}}
    words |= {f.name for f in definition.features if isinstance(columns.get(f.name), Times)}
    if definition.kind.read_as == "text":
        words.add(definition.label.name)
    words.discard(definition.key or "")
    return {
        name: column.as_words() if name in words else column for name, column in columns.items()
    }


def sampled(started: Started, stored: Lying, lacking: Mapping[str, int]) -> Examples:
    """Return a sample of rows that lie somewhere; ``lacking`` is as ``losses.many`` has it."""
    definition, _, ledger, labels, _ = started
    waiting = ledger.left_out.get(losses.unknown(definition.label.name), 0)
    rows = ledger.used + sum(ledger.left_out.values()) - waiting
    ledger.notes += losses.many(definition, lacking, rows)
    columns, lines, _ = lying.sample(stored, definition.seed)
    rows = len(next(iter(columns.values())))
    return examples.in_order(
        Examples(
            key=definition.key,
            unit=examples.unit_of(definition, dated=labels.dated),
            columns={**columns},
            status=Words(np.zeros(rows, dtype=np.int8), STATUSES),
            reasons=_nothing(rows),
            lines=lines,
            last=labels.last,
            ledger=ledger,
            lies=stored,
        )
    )
