"""The exports of a definition, dated where their rows are: by the one column that says when.

Rows that were written one after the other are never shuffled unless a definition says so:
a model that learned from later days would be judged on what it had seen coming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.definition import columns_needed
from mlcli.definition.known_columns import KindConflictError
from mlcli.errors import AskedWronglyError, DataError, EnvironmentProblemError, Fix
from mlcli.exports import reading
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import cells, date_ways
from mlcli.store.ledger import SourceCount
from mlcli.tables import column_owners
from mlcli.tables.rules_over_chunks import Passage, by_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from numpy.typing import NDArray

    from mlcli.definition.definition import Definition
    from mlcli.definition.known_columns import KnownColumns
    from mlcli.definition.rules.base import Rule
    from mlcli.definition.yaml_file import Read
    from mlcli.exports.reading import Exports
    from mlcli.grammar.cells import Kind
    from mlcli.tables.column_owners import Opened

_ONE_WAY: Final = 0.9
"""Of the steps between different dates, how many go one way where rows are in time order."""

_LOOKED_AT: Final = 1_000
"""Rows of a column whose cells say whether it may hold dates."""


def read_exports(
    root: Path,
    read: Read,
    watch: Watch = UNWATCHED,
    *,
    lost: int = 0,
    meanwhile: Iterable[Callable[[], object]] = (),
    lying: ExitStack | None = None,
) -> tuple[Read, Exports]:
    """Read the exports of a definition, and return it with the date that its rows have.

    See ``reading.read``. Where no date is written, rows of one source that are gathered by
    day, week or month are dated by that. Where no hold-out is written either, the one column
    of dates that rise or fall with the rows is taken as if it were written, and a note says so.

    Raises
    ------
    AskedWronglyError
        There are several such columns.
    DataError
        An export is at fault.
    """
    try:
        read, note = _dated(root, read)
    except (DataError, EnvironmentProblemError):  # is said below, with its place in the definition
        note = ""
    found = reading.read(root, read.definition, watch, lost=lost, meanwhile=meanwhile, lying=lying)
    if note:
        found.examples.ledger.notes.append(note)
    return read, found


def by(read: Read, date: str | None) -> Read:
    """Return a definition with a date of its rows, as if it were written."""
    if date is None or read.definition.date == date:
        return read
    return read.having(date=date)


def _dated(root: Path, read: Read) -> tuple[Read, str]:
    """Return a definition with the date of its rows, and what is to be noted."""
    definition = read.definition
    if definition.recommend or definition.key is not None or len(definition.sources) > 1:
        return read, ""
    if definition.holdout is not None:  # rows that stand for days or weeks are known by them
        return by(read, _gathered_by(root, definition)), ""
    ordered, others, unread = _columns_of_dates(root, definition)
    if len(ordered) > 1:
        raise AskedWronglyError(
            f"the dates of {wording.listed([*ordered], most=4)} "
            f"{' or '.join(dict.fromkeys(ordered.values()))} with the rows, and it is not "
            "said which is the date of a row",
            place=read.file,
            hint=f"write  date: {wording.in_yaml(next(iter(ordered)))},  or another of them",
            fix=[Fix(column, ("date",), read.file) for column in ordered],
        )
    for column, way in ordered.items():
        return by(read, column), (
            f"held out: the newest 20 % by {column}, as its dates {way} with the rows;  "
            f"date: {wording.in_yaml(column)}  says the same, and  "
            "holdout: random 20%  shuffles them"
        )
    if others:
        return read, (
            f"held out at random: the dates of {wording.listed(others, most=4)} neither rise nor "
            "fall with the rows; if later rows are to be judged,  "
            f"date: {wording.in_yaml(others[0])}  says so"
        )
    if unread:
        return read, (
            f"held out at random: {wording.listed(unread, most=4)} may hold dates; if later rows "
            f"are to be judged, say in the source how they are written, and  "
            f"date: {wording.in_yaml(unread[0])}"
        )
    return read, ""


def _columns_of_dates(
    root: Path, definition: Definition
) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the columns of dates that rise or fall, the others, and what may hold dates."""
    ((name, source),) = definition.sources.items()
    rules = definition.source_rules(name)
    if any(rule.gathers for rule in rules):  # what is gathered comes in the order of its key
        key = _gathered_by(root, definition)
        return {key: "rise"} if key is not None else {}, [], []
    opened = reading.source(root, source)
    left = column_owners.columns_left(definition, name, opened)
    ordered, others, unread = dict[str, str](), list[str](), list[str]()
    for column, is_read in _candidates(definition, left, opened):
        if not is_read:
            unread.append(column)
            continue
        dates = _dates(definition, name, opened, column)
        if dates is not None and (way := _way(dates)):
            ordered[column] = way
        elif dates is not None:
            others.append(column)
    whole = _without_parts(rules, ordered).items()
    return (
        {_at_last(definition, column): way for column, way in whole},
        [_at_last(definition, column) for column in others],
        [_at_last(definition, column) for column in unread],
    )


def _without_parts(rules: tuple[Rule, ...], ordered: dict[str, str]) -> dict[str, str]:
    """Return columns of dates without those that others are made of: a day, beside its time."""
    made = columns_needed.after(rules).made
    times = [column for column in ordered if made.get(column) == "date"]
    parts = {columns_needed.origin(rules, column) for column in times}
    return {
        column: way
        for column, way in ordered.items()
        if column in times or columns_needed.origin(rules, column) not in parts
    }


def _gathered_by(root: Path, definition: Definition) -> str | None:
    """Return the days, weeks or months that rows are gathered by, where rows keep them."""
    ((name, source),) = definition.sources.items()
    periods = [rule.period() for rule in definition.source_rules(name) if rule.gathers]
    per = periods[-1] if periods else None
    if per is None:
        return None
    left = column_owners.columns_left(definition, name, reading.source(root, source))
    return _at_last(definition, per.name) if per.name in left else None


def _at_last(definition: Definition, column: str) -> str:
    """Return what a column of the source is called after the rules below the sources."""
    for rule in definition.table_rules:
        column = rule.renames().get(column, column)
    return column


def _candidates(
    definition: Definition, left: Iterable[str], opened: Opened
) -> Iterator[tuple[str, bool]]:
    """Yield columns that are needed as nothing else and hold dates in the first rows.

    With each comes whether its dates are read as they are written.
    """
    (name,) = definition.sources
    rules = definition.source_rules(name)
    wants = columns_needed.final_wants(definition)
    wanted = columns_needed.needed(definition.table_rules, wants)
    made: KnownColumns = columns_needed.after(rules)
    origins = {
        column: columns_needed.origin(rules, column)
        for column in left
        if wanted.get(column, "date") in {"any", "date"} and column not in wants
    }
    there: dict[str, Kind] = {o: "any" for o in origins.values() if o in opened.columns}
    first = next(opened.chunks(there), None) if there else None
    for column, origin in origins.items():
        if made.made.get(column) == "date":
            yield column, True
        elif first is not None and origin in there:
            words = _words(first[origin])
            if words is None or (words and all(map(opened.notation.is_date, words))):
                yield column, True
            elif words and all(map(date_ways.are_any, words)):
                yield column, False


def _words(cells_of: nw.Series[Any]) -> list[str] | None:
    """Return the first cells of a column, none of one of numbers; nothing where they are dates."""
    if cells_of.dtype == nw.Datetime:
        return None
    if cells_of.dtype != nw.String:
        return []
    words = [str(cell) for cell in cells_of.head(_LOOKED_AT).drop_nulls().to_list()]
    return [] if all(map(cells.is_number, words)) else words


def _dates(
    definition: Definition, name: str, opened: Opened, column: str
) -> NDArray[np.datetime64] | None:
    """Return a column of dates after the rules of its source; nothing where some are none."""
    rules = definition.source_rules(name)
    try:
        wanted = columns_needed.needed(rules, {column: "date"})
        account = SourceCount(name, opened.name, opened.files)
        chunks = by_chunks(Passage(opened, rules, wanted, account, None))
        found = [chunk[column].to_numpy().astype("datetime64[us]") for chunk in chunks]
    except (DataError, KindConflictError):
        return None
    return np.concatenate(found) if found else None


def _way(dates: NDArray[np.datetime64]) -> str:
    """Say whether dates rise or fall: every row has one, and nine of ten steps go that way."""
    if np.isnan(dates).any():
        return ""
    steps = np.diff(dates.astype("datetime64[us]").astype(np.int64))
    up = float((steps[steps != 0] > 0).mean()) if steps.any() else 0.5
    return "rise" if up >= _ONE_WAY else "fall" if 1 - up >= _ONE_WAY else ""
