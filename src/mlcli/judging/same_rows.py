"""Which rows of several tables are the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.answering.column import Words
from mlcli.errors import LINES_A_FILE, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.column import Rows
    from mlcli.learning.labels import RowLabels
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
    import numpy as np

    first, names = tables[0], _named(tables)
    shared = names[0][np.all([np.isin(names[0], named) for named in names], axis=0)]
    if not len(shared):
        spans = "; ".join(f"{table.name} has {_span(table)}" for table in tables)
        raise DataError(
            "these definitions have no row in common, so that nothing can be compared",
            hint=f"{spans}; take definitions of the same nights or things",
        )
    places = []
    for table, named in zip(tables, names, strict=True):
        order = np.argsort(named)
        places.append(table.usable[order[np.searchsorted(named, shared, sorter=order)]])
    ours = first.labels.of(places[0])
    for table, place in zip(tables[1:], places[1:], strict=True):
        theirs = table.labels.of(place)
        if (other := np.flatnonzero(ours != theirs)).size:
            here, there = ours[other[0]], theirs[other[0]]
            raise DataError(
                f"{first.examples.named(int(places[0][other[0]]))} has the label "
                f"{wording.written(here)} in {first.name}, and {wording.written(there)} in "
                f"{table.name}: they do not answer the same question",
                hint="make the label by the same rules in all of them",
            )
    return places


def _named(tables: Sequence[Table]) -> list[NDArray[Any]]:
    """Return what tells the rows of each table apart, in a way that all of them can."""
    import numpy as np

    for names in (_keys(tables), _lines(tables)):
        if names and all(len(np.unique(one)) == len(one) for one in names):
            return names
    first = tables[0]
    labels = first.labels.of(first.usable)
    for table in tables:
        if not np.array_equal(labels, table.labels.of(table.usable)):
            raise DataError(
                f"which rows of {first.name} and {table.name} are the same cannot be told: they "
                "have no key that names each row once, and differ in their exports or rows",
                hint="name the column that dates or names a row, with  date:  or  join:",
            )
    return [np.arange(len(labels))] * len(tables)


def _keys(tables: Sequence[Table]) -> list[NDArray[Any]]:
    """Return numbers that stand for the keys of rows; nothing where a row has none."""
    import numpy as np

    known: dict[Any, int] = {}
    found = []
    for table in tables:
        key = table.examples.key
        column = table.examples.columns[key].taken(table.usable) if key else None
        if column is None or column.missing.any():
            return []
        if isinstance(column, Words):
            different, codes = [*column.levels], column.codes
        else:
            values, codes = np.unique(column.values, return_inverse=True)
            different = values.tolist()
        numbers = [known.setdefault(each, len(known)) for each in different]
        found.append(np.array(numbers)[codes])
    return found


def _lines(tables: Sequence[Table]) -> list[NDArray[Any]]:
    """Return the lines of rows, of the same exports; nothing of others, and of gathered rows."""
    import numpy as np

    found = []
    for table in tables:
        lines, files = table.examples.lines, table.examples.ledger.sources[0].files
        if lines is None or table.digests != tables[0].digests:
            return []
        order = np.array([sorted(files).index(file) for file in files] or [0])
        file, line = np.divmod(lines[table.usable], LINES_A_FILE)
        found.append(order[file] * LINES_A_FILE + line)
    return found


def _span(table: Table) -> str:
    rows = table.usable
    some = wording.count(len(rows), table.examples.noun)
    if not len(rows) or not table.examples.key:
        return some
    first, last = table.examples.names(rows[[0, -1]])
    return f"{some}, {first} to {last}"
