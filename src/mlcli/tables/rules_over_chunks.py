"""Run a list of rules over an iterator of chunks, and account for every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from mlcli.definition import columns_needed
from mlcli.tables.column_owners import ReadAnewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.definition.rules.base import Ends, Frame, Rule
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.date_notation import DayBegins
    from mlcli.store.ledger import Counted, SourceCount
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.reach import Reach


@dataclass(frozen=True, slots=True)
class Passage:
    """An export on its way through the rules of its source.

    Attributes
    ----------
    opened
        The export.
    rules
        The rules, in their order.
    wanted
        The columns that they need, and as what.
    account
        Gets the number of rows, and the count of each rule, which are complete once the
        chunks that come out are used up.
    reach
        Gets to see the dates before any rule, if they matter.
    """

    opened: Opened
    rules: Sequence[Rule]
    wanted: Mapping[str, Kind]
    account: SourceCount
    reach: Reach | None


Through = Callable[[Passage], "Iterator[Frame]"]
"""Takes an export through the rules of its source, and returns the chunks that come out.

Each engine has its own way.
"""


def by_chunks(passage: Passage) -> Iterator[Frame]:
    """Take an export through its rules chunk by chunk, as the engine ``pandas`` does."""
    account, reach = passage.account, passage.reach

    def tapped() -> Iterator[Frame]:
        for chunk in _steady(passage.opened.chunks(passage.wanted), passage.wanted):
            account.rows += len(chunk)
            if reach is not None:
                reach.see(chunk)
            yield chunk

    chunks, account.rules = run(passage.rules, tapped(), lost=account.keep, reach=reach)
    return chunks


def _steady(chunks: Iterator[Frame], wanted: Mapping[str, Kind]) -> Iterator[Frame]:
    """Pass chunks on, as long as columns of kind ``either`` come as in the first.

    Raises
    ------
    ReadAnewError
        They do not, or one that comes as numbers has none at all.
    """
    undecided = [column for column, kind in wanted.items() if kind == "either"]
    numbers: set[str] | None = None
    empty: set[str] = set()
    for chunk in chunks:
        came = chunk.schema
        now = {column for column in undecided if came[column] != nw.String}
        if numbers is None:
            numbers, empty = now, now
        if now != numbers:
            raise ReadAnewError(now ^ numbers)
        missing = dict(zip(chunk.columns, chunk.null_count().row(0), strict=True)) if empty else {}
        empty = {column for column in empty if missing[column] == len(chunk)}
        yield chunk
    if empty:
        raise ReadAnewError(empty)


def together(chunks: Iterator[Frame]) -> Frame:
    """Put chunks below each other, of which each is copied as it comes, and then let go.

    If all of them waited for the last one, they would leave holes in memory as large as the
    whole table.
    """
    import pandas as pd

    grown: dict[str, NDArray[Any]] = {}
    pieces: dict[str, list[Any]] = {}
    rows = 0
    for chunk in chunks:
        pieces = pieces or {name: [] for name in chunk.columns}
        end = rows + len(chunk)
        for name in chunk.columns:
            values = chunk[name].to_native()
            if not isinstance(values.dtype, np.dtype):  # text, and true and false
                pieces[name].append(values)
                continue
            whole = grown.get(name, np.empty(0, values.dtype))
            if len(whole) < end or whole.dtype != values.dtype:
                room = np.empty(max(end, 3 * rows // 2), np.result_type(whole, values))
                room[:rows] = whole[:rows]
                grown[name] = whole = room
            whole[rows:end] = values
        rows = end
    made = {
        name: pd.concat(some, ignore_index=True) if some else grown[name][:rows]
        for name, some in pieces.items()
    }
    table: Frame = nw.from_native(pd.DataFrame(made, copy=False), eager_only=True)
    return table


def run(
    rules: Sequence[Rule],
    chunks: Iterator[Frame],
    *,
    lost: int = 0,
    reach: Reach | None = None,
    before: Sequence[Rule] = (),
) -> tuple[Iterator[Frame], list[Counted]]:
    """Return the chunks that come out, lazily, and the counts they will have.

    The counts are complete once the chunks are used up. ``lost`` is how many rows to
    keep of those that each rule leaves out, ``reach`` what is known of the export's dates by
    then, and ``before`` the rules that made the chunks what they are.
    """
    ledger: list[Counted] = []
    begin_late = columns_needed.day_begins_of_made(tuple(rules))
    for at, rule in enumerate(rules):
        counted = rule.counted()
        ledger.append(counted)
        came = _counted_in(chunks, counted)
        if lost:
            came = _remembered(rule, came, counted, lost)
        ends = None if reach is None else _ends(reach, rule.ranges_over, (*before, *rules[:at]))
        chunks = counted_out(rule.over(came) if ends is None else rule.within(came, ends), counted)
        if at in begin_late:
            chunks = _with_times(chunks, begin_late[at])
    return chunks, ledger


def _with_times(chunks: Iterator[Frame], begins: Mapping[str, DayBegins]) -> Iterator[Frame]:
    """Pass chunks on, if some date that a rule made has a time of the day.

    Raises
    ------
    DataError
        A column has dates, and none has one, though its days do not begin at midnight.
    """
    dated, timed = set[str](), set[str]()
    for chunk in chunks:
        for column in begins.keys() - timed:
            dates = chunk[column].drop_nulls()
            dated |= {column} if len(dates) else set()
            timed |= {column} if (dates != dates.dt.truncate("1d")).any() else set()
        yield chunk
    for column in sorted(dated - timed):
        raise begins[column].of_no_times(column)


def _ends(reach: Reach, column: str, before: tuple[Rule, ...]) -> Ends | None:
    """Return what says from when to when an export has dates in a column made of its key."""
    date, periods = columns_needed.dated_by(before, column)
    return partial(reach.ends, periods) if column and date == reach.date else None


def _counted_in(chunks: Iterator[Frame], counted: Counted) -> Iterator[Frame]:
    for chunk in chunks:
        counted.rows_in += len(chunk)
        yield chunk


def counted_out(chunks: Iterator[Frame], counted: Counted | SourceCount) -> Iterator[Frame]:
    """Count the rows that are passed on."""
    for chunk in chunks:
        counted.rows_out += len(chunk)
        yield chunk


def _remembered(
    rule: Rule, chunks: Iterator[Frame], counted: Counted, room: int
) -> Iterator[Frame]:
    """Pass chunks on, and keep the first rows that a rule will leave out of them."""
    for chunk in rule.pieces(chunks):
        if room:
            dropped = rule.left_out(chunk)[:room]
            if len(dropped):
                counted.lost.append(dropped)
                room -= len(dropped)
        yield chunk
