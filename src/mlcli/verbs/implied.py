"""What a question implies: features and columns of the domain, worked out by the rules.

The rules after the join that make columns row by row (a weekday of the day, a band of
a price) hold for a question as they held for training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlcli.errors import DataError
from mlcli.store import cargo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mlcli.answering.column import Column, Rows
    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Rule
    from mlcli.grammar.cells import Kind, Value
    from mlcli.store.manifest import Manifest

    Values = Column | Sequence[Value | None]


class Derived(NamedTuple):
    """What can be worked out of some columns.

    ``needs`` are the columns it is worked out of, ``gives`` those that result, and
    ``work_out`` turns n values of each of the former into columns of the latter.
    """

    needs: dict[str, Kind]
    gives: tuple[str, ...]
    work_out: Callable[[Mapping[str, Values]], dict[str, Column]]

    def work_out_most(
        self, columns: Mapping[str, Column]
    ) -> tuple[dict[str, Column], dict[int, str]]:
        """Work out what can be: columns, and why there is nothing in some rows, by their place."""
        import numpy as np

        given = {name: columns[name] for name in self.needs}
        try:
            return self.work_out(given), {}
        except DataError:
            rows = np.arange(len(next(iter(given.values()))))
            reasons = self._faults(given, rows)
        bad = np.isin(rows, [*reasons])
        found = self.work_out({name: column.without(bad) for name, column in given.items()})
        return {name: column.without(bad) for name, column in found.items()}, reasons

    def _faults(self, columns: Mapping[str, Column], rows: Rows) -> dict[int, str]:
        """Return of which rows nothing can be worked out, and why: half by half, down to them."""
        try:
            self.work_out({name: column.taken(rows) for name, column in columns.items()})
        except DataError as error:
            if len(rows) == 1:
                return {int(rows[0]): error.problems[0].message}
            half = len(rows) // 2
            return self._faults(columns, rows[:half]) | self._faults(columns, rows[half:])
        return {}


def derived(manifest: Manifest, columns: Iterable[str]) -> Derived | None:
    """Return what some columns of a question imply, or ``None`` for nothing.

    Nothing is imported where the rules make no feature, and no column of the domain, that
    the question lacks, out of what it has.
    """
    have = set(columns)
    asked = [feature.name for feature in manifest.features]
    asked += [c.column for predicate in manifest.domain for c in predicate.conditions]
    lacking = [name for name in dict.fromkeys(asked) if name not in have]
    reached = set(have)
    for column, origin in manifest.made:
        if origin in reached:
            reached.add(column)
    gives = tuple(name for name in lacking if name in reached)
    if not gives:
        return None
    rules = _usable(manifest, have)
    from mlcli.definition import columns_needed

    needs = columns_needed.needed(rules, dict.fromkeys(gives, "any"))

    def work_out(columns: Mapping[str, Values]) -> dict[str, Column]:
        from mlcli.answering.column import Numbers, Times
        from mlcli.exports import values_of_cells
        from mlcli.tables import join, rules_over_chunks

        frame = values_of_cells.frame(
            {
                name: (
                    found.values
                    if isinstance(found := columns[name], Numbers | Times) and found.kind == kind
                    else [*found],
                    kind,
                )
                for name, kind in needs.items()
            }
        )
        chunks, _ = rules_over_chunks.run(rules, iter([frame]))
        frame = next(chunks)
        return {name: join.column(frame[name]) for name in gives}

    return Derived(needs, gives, work_out)


def definition_of(manifest: Manifest) -> Definition:
    """Return the definition that a version was fitted from.

    Raises
    ------
    ModelError
        What was kept of it is damaged, or of a newer mlcli.
    """
    from mlcli.definition import definition as definitions

    with cargo.reading(manifest, "manifest.json"):
        return definitions.build(manifest.definition.values)


def _usable(manifest: Manifest, have: set[str]) -> list[Rule]:
    """Return what of the rules can be worked out of some columns."""
    usable = []
    for rule in definition_of(manifest).table_rules:
        possible = rule.possible(have)
        if possible is not None:
            usable.append(possible)
            have = have | possible.gives().keys()
    return usable
