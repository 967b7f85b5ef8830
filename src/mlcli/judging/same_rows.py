"""Which rows of several tables are the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlcli import wording
from mlcli.errors import LINES_A_FILE, DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from mlcli.learning.labels import RowLabels
    from mlcli.statistics.arrays import Rows
    from mlcli.tables.examples import Examples


@dataclass(frozen=True, slots=True)
class Table:
    """The usable rows of a definition.

    ``labels`` are theirs; ``digests`` the SHA-256 of each file
    that it was made from, by name.
    """

    name: str
    examples: Examples
    labels: RowLabels
    digests: Mapping[str, str]

    @property
    def usable(self) -> Rows:
        """Return the positions of the rows that have features and a label."""
        return self.examples.positions("usable")


def matched(tables: Sequence[Table]) -> list[Rows]:
    """Return the positions of the rows that all tables have, in the order of the first one.

    Rows are matched by their key where it names each once; else by the line of the export
    that they stand in, where the exports are the same bytes; else by their position, where
    the tables have the same labels in the same order.

    Returns
    -------
    list
        For each table as many positions, those of the same row at the same place.

    Raises
    ------
    DataError
        They have no row in common, rows that cannot be told to be the same, or other labels
        in the same row.
    """
    first = tables[0]
    found = aligned(_named(tables))
    places = [table.usable[at] for table, at in zip(tables, found, strict=True)]
    if not len(places[0]):
        spans = "; ".join(f"{table.name} has {_span(table)}" for table in tables)
        raise DataError(
            "these definitions have no row in common, so that nothing can be compared",
            hint=f"{spans}; take definitions of the same nights or things",
        )
    ours = first.labels.of(places[0])
    for table, place in zip(tables[1:], places[1:], strict=True):
        theirs = table.labels.of(place)
        if (other := (ours != theirs)).any():
            at = int(other.argmax())
            raise DataError(
                f"{first.examples.named(int(places[0][at]))} has the label "
                f"{wording.written(ours[at])} in {first.name}, and {wording.written(theirs[at])} "
                f"in {table.name}: they do not answer the same question",
                hint="make the label by the same rules in all of them",
            )
    return places


def aligned(names: Sequence[Sequence[Hashable]]) -> list[Rows]:
    """Return where the names stand that all lists have, for each list, in the order of the first.

    No list has a name twice.
    """
    places = [{name: at for at, name in enumerate(named)} for named in names]
    shared = [name for name in names[0] if all(name in place for place in places)]
    return [np.array([place[name] for name in shared], dtype=np.intp) for place in places]


def _named(tables: Sequence[Table]) -> Sequence[Sequence[Hashable]]:
    """Return what tells the rows of each table apart, in a way that all of them can."""
    first = tables[0]
    same_files = all(one.digests == first.digests for one in tables)
    for way in (_keys, _lines) if same_files else (_keys,):
        names = [*map(way, tables)]
        if all(len(set(one)) == len(one) and not {None, ""} & set(one) for one in names):
            return names
    labels = [table.labels.of(table.usable).tolist() for table in tables]
    for table, theirs in zip(tables, labels, strict=True):
        if theirs != labels[0]:
            raise DataError(
                f"which rows of {first.name} and {table.name} are the same cannot be told: they "
                "have no key that names each row once, and differ in their exports or rows",
                hint="name the column that dates or names a row, with  date:  or  join:",
            )
    return [range(len(theirs)) for theirs in labels]


def _keys(table: Table) -> list[Hashable]:
    """Return the key of each row, or ``None``."""
    key = table.examples.key
    return [*table.examples.columns[key].taken(table.usable)] if key else [None]


def _lines(table: Table) -> list[Hashable]:
    """Return the line of each row, whatever the order of files; ``None`` of gathered rows."""
    lines, files = table.examples.lines, table.examples.ledger.sources[0].files
    if lines is None:
        return [None]
    order = np.array([sorted(files).index(file) for file in files] or [0])
    file, line = np.divmod(lines[table.usable], LINES_A_FILE)
    found: list[Hashable] = (order[file] * LINES_A_FILE + line).tolist()
    return found


def _span(table: Table) -> str:
    rows = table.usable
    some = wording.count(len(rows), table.examples.noun)
    if not len(rows) or not table.examples.key:
        return some
    first, last = table.examples.names(rows[[0, -1]])
    return f"{some}, {first} to {last}"
