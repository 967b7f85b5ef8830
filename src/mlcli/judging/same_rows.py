"""Which rows of several tables are the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

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

    @property
    def rows(self) -> list[int]:
        """Return the same as a list."""
        return [*map(int, self.usable)]


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

    first = tables[0]
    names = [_named(table, tables) for table in tables]
    places = [
        dict(zip(named, table.rows, strict=True))
        for named, table in zip(names, tables, strict=True)
    ]
    shared = [name for name in places[0] if all(name in place for place in places)]
    if not shared:
        spans = "; ".join(f"{table.name} has {_span(table)}" for table in tables)
        raise DataError(
            "these definitions have no row in common, so that nothing can be compared",
            hint=f"{spans}; take definitions of the same nights or things",
        )
    for table, place in zip(tables[1:], places[1:], strict=True):
        for name in shared:
            here, there = first.labels[places[0][name]], table.labels[place[name]]
            if here != there:
                raise DataError(
                    f"{first.examples.named(places[0][name])} has the label "
                    f"{wording.written(here)} in {first.name}, and {wording.written(there)} in "
                    f"{table.name}: they do not answer the same question",
                    hint="make the label by the same rules in all of them",
                )
    return [np.array([place[name] for name in shared]) for place in places]


def _named(table: Table, tables: Sequence[Table]) -> list[Hashable]:
    """Return what tells the rows of a table apart, in a way that all of the tables can."""
    if all(one.examples.key and _different(_keys(one)) for one in tables):
        return _keys(table)
    same_files = all(one.digests == tables[0].digests for one in tables)
    if same_files and all(_different(_lines(one)) for one in tables):
        return _lines(table)
    first = tables[0]
    if [*first.labels.of(first.usable)] == [*table.labels.of(table.usable)]:
        return list(range(len(table.rows)))
    raise DataError(
        f"which rows of {first.name} and {table.name} are the same cannot be told: they have no "
        "key that names each row once, and differ in their exports or rows",
        hint="name the column that dates or names a row, with  date:  or  join:",
    )


def _keys(table: Table) -> list[Hashable]:
    key = table.examples.key
    return [table.examples.columns[key][i] for i in table.rows] if key else []


def _lines(table: Table) -> list[Hashable]:
    return [table.examples.place(i) for i in table.rows]


def _different(names: list[Hashable]) -> bool:
    return len(set(names)) == len(names) and not {None, ""} & set(names)


def _span(table: Table) -> str:
    rows = table.rows
    some = wording.count(len(rows), table.examples.noun)
    if not rows or not table.examples.key:
        return some
    return f"{some}, {table.examples.named(rows[0])} to {table.examples.named(rows[-1])}"
