"""Which export each needed column comes from, and until when the labels are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import narwhals.stable.v2 as nw

from mlcli import wording
from mlcli.definition import columns_needed
from mlcli.definition.known_columns import KindConflictError
from mlcli.definition.vocabulary import is_kept
from mlcli.errors import DataError, Fix, near
from mlcli.grammar import cells, doubts, phrases
from mlcli.grammar.notation import PLAIN, WORDS
from mlcli.tables import join
from mlcli.tables.reach import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.grammar.cells import Kind
    from mlcli.grammar.notation import Notation
    from mlcli.grammar.number_notation import PointsMet


class ReadAnewError(Exception):
    """An export is to be read anew, as the engine pandas does.

    Columns of kind ``either`` came as numbers, and are none: they are to be read as text. Or
    another engine found out only now that it cannot read it.
    """

    def __init__(self, columns: AbstractSet[str] = frozenset()) -> None:
        super().__init__(*sorted(columns))
        self.columns = columns


class Opened(Protocol):
    """An export whose header was read; its rows come in typed, checked chunks.

    Attributes
    ----------
    name
        How the export is named in messages.
    files
        The names of its files; where it has several, lines say which: ``errors.place_of``.
    columns
        Its columns, in order.
    notation
        How it writes numbers, dates and missing cells.
    trimmed
        By column how many of the words last read had blanks around them.
    points
        What points in its numbers may be, by what was read.
    """

    name: str
    files: tuple[str, ...]
    columns: tuple[str, ...]
    notation: Notation
    trimmed: Mapping[str, int]
    points: PointsMet

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what may not be meant of its cells, once all chunks have come."""
        ...

    def chunks(self, wanted: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield tables of the wanted columns, and of the hidden line."""
        ...

    def beyond(self, line: int) -> tuple[str, list[Fix]]:
        """Return what to say of a line from which no row seems to stand, and the way out."""
        ...

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file (of what was read, where there is none), by name."""
        ...


def share_out(
    definition: Definition, opened: Mapping[str, Opened], wanted: Mapping[str, Kind]
) -> dict[str, dict[str, Kind]]:
    """Decide which source each wanted column comes from."""
    has = {name: columns_left(definition, name, opened[name]) for name in opened}
    for name, columns in has.items():
        for column in (*opened[name].columns, *columns):
            if is_kept(column):
                raise DataError(
                    f"the name {column!r} is kept for columns of mlcli's own",
                    place=opened[name].name,
                    hint="give the column another name",
                )
    every = dict.fromkeys(column for columns in has.values() for column in columns)
    _after(definition.table_rules, tuple(every))
    shares: dict[str, dict[str, Kind]] = {name: {} for name in opened}
    for column, kind in wanted.items():
        owners = [name for name, columns in has.items() if column in columns]
        if column == definition.join:
            lacking = [name for name in opened if name not in owners]
            if lacking:
                raise DataError(
                    f"there is no column {column!r} to join by",
                    place=opened[lacking[0]].name,
                    hint=_instead(column, has[lacking[0]]),
                )
        elif not owners:
            places = ", ".join(source.name for source in opened.values())
            raise DataError(
                f"there is no column {column!r}", place=places, hint=_instead(column, every)
            )
        elif len(owners) > 1:
            raise DataError(
                f"the column {column!r} is in both "
                f"{opened[owners[0]].name} and {opened[owners[1]].name}",
                hint="give one of them another name, with  rename",
            )
        for name in owners:
            shares[name][column] = kind
    return shares


def _instead(column: str, columns: Iterable[str]) -> str:
    names = [name for name in columns if name]
    hint = wording.instead(column, names, "columns")
    if names and all(map(cells.is_number, names)) and not near(column, names):
        hint += "; if that is a row, say in its source  columns: [NAME, ...]"
    return hint


def columns_left(definition: Definition, name: str, opened: Opened) -> list[str]:
    """Return the columns that a source has after its rules."""
    try:
        return _after(definition.source_rules(name), opened.columns)
    except DataError as error:
        raise in_source(error, opened, name) from None


def in_source(error: DataError, opened: Opened, name: str) -> DataError:
    """Return an error with its file and its source, and a way out where its line is no row."""
    first, *more = error.problems
    cells_alone = all(isinstance((*one.path, "")[0], int) for one in first.fix)
    if first.place.startswith("line ") and cells_alone:
        hint, fix = opened.beyond(int(first.place.removeprefix("line ")))
        said = ". ".join(filter(None, (first.hint, hint)))
        error.problems = (first._replace(hint=said, fix=(*fix, *first.fix)), *more)
    return error.within(opened.name, opened.files).fixed_in(path=("sources", name))


def _after(rules: tuple[Rule, ...], columns: Iterable[str]) -> list[str]:
    """Return the columns that there are after some rules, or raise where a new name cannot be."""
    columns = list(columns)
    for rule in rules:
        columns = rule.columns_after(columns)
    return columns


def as_in_the_file(definition: Definition, name: str, opened: Opened) -> set[str]:
    """Return the columns of a source that its file of text holds as its rules leave them."""
    if definition.sources[name].form != "csv":
        return set()
    rules = definition.source_rules(name)
    made = {column for rule in rules for column in (*rule.gives(), *rule.renames().values())}
    return {*opened.columns} - made


def holds_dates(definition: Definition, opened: Mapping[str, Opened]) -> bool:
    """Say whether a key that could be anything is a date in every source.

    The first rows decide: a later cell that is no date is an error then.
    """
    key = definition.join or ""
    for name, source in opened.items():
        rules = definition.source_rules(name)
        try:
            columns_needed.needed(rules, {key: "date"})
        except KindConflictError:
            return False
        column = columns_needed.origin(rules, key)
        first = next(source.chunks({column: "any"}), None) if column in source.columns else None
        if first is None:
            return False
        if first.schema[column] != nw.Datetime:
            words = [str(cell) for cell in first[column].drop_nulls().to_list()]
            if not words or not all(map(source.notation.is_date, words)):
                return False
    return True


def notations(
    definition: Definition,
    opened: Mapping[str, Opened],
    shares: Mapping[str, Mapping[str, Kind]],
) -> dict[str, Notation]:
    """Return how the export that a column comes from writes it, where that is not plainly."""
    owners = {column: name for name, share in shares.items() for column in share}
    asked = [feature.name for feature in definition.features]
    found: dict[str, Notation] = {}
    for column in dict.fromkeys((*asked, definition.label.name, *owners)):
        origin = columns_needed.origin(definition.table_rules, column)
        if owner := owners.get(origin):
            notation = opened[owner].notation
            said = replace(notation, begins={}, keeps_blanks=False, asks_of_points=False)
            if shares[owner][origin] == "date":
                said = replace(said, timezone=definition.sources[owner].timezone or "")
            else:
                said = replace(said, times_in="")
            found |= {} if said == PLAIN else {column: said}
    return found


def trimmed(opened: Opened, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Say of which columns words had blanks around them, which are no part of them."""
    counts = {column: opened.trimmed.get(column, 0) for column in opened.columns}
    found = {c: n for c, n in counts.items() if n and kinds.get(c, "text") in WORDS}
    if found:
        yield doubts.blanks_trimmed(found)


def zeros_lost(whole: Frame, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Say which columns of text turned out as numbers though cells begin with a 0 too many."""
    were = whole.schema
    for column, kind in kinds.items():
        if kind == "number" and were[column] == nw.String:
            cell = doubts.leading_zero(sorted(join.different(whole[column])))
            if cell is not None:
                yield doubts.zeros_lost(column, cell)


WAITING = "__waiting__"


class Labels:
    """Knows up to which date labels are known, from the label's source as it is read.

    That is the last date before any rule, of the rows that hold what the label is
    made from: a till that sold no pizza on its last day was open all the same.
    """

    def __init__(self, definition: Definition, shares: Mapping[str, Mapping[str, Kind]]) -> None:
        self.key = definition.key
        self.label = columns_needed.origin(definition.table_rules, definition.label.name)
        self.source = next(name for name, share in shares.items() if self.label in share)
        rules = definition.source_rules(self.source)
        self.reach = Reach(rules, self.key, columns_needed.origin(rules, self.label))
        self.waits = definition.kind.waits
        self.dated = False

    @property
    def last(self) -> datetime | None:
        """Return the last period of which all labels are known, once its source was read."""
        ends, cut = self.reach.ends(self.reach.periods), self.reach.cuts().last
        if cut is not None and cut.toordinal() == 1:
            return None  # there is no day before it
        if cut is not None:
            return phrases.period_start(self.reach.periods[-1].unit, cut - timedelta(days=1))
        return ends and ends[1]

    def mark_waiting(self, table: Frame, kinds: Mapping[str, Kind]) -> Frame:
        """Add the column that says of each row whether its label is not known yet."""
        waiting = nw.col(self.label).is_null()
        self.dated = self.key is not None and kinds.get(self.key) == "date"
        last, cut = self.last, self.reach.cuts()
        if self.key and self.dated and last is not None:
            waiting = waiting & (nw.col(self.key) > last)
        if self.key and cut.last is not None and cut.last != cut.first:
            waiting = waiting | (nw.col(self.key) == cut.last)
        waiting = waiting & nw.lit(self.waits)
        return table.with_columns(waiting.alias(WAITING))
