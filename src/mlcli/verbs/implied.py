"""What a question implies: features and columns of the domain, worked out by the rules.

The rules after the join that make columns row by row (a weekday of the day, a band of
a price) hold for a question as they held for training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlcli.store import cargo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Rule
    from mlcli.grammar.cells import Kind, Value
    from mlcli.store.manifest import Manifest

    Question = dict[str, Value | None]


class Derived(NamedTuple):
    """What can be worked out of some columns.

    ``needs`` are the columns it is worked out of, ``gives`` those that result, and
    ``work_out`` turns questions into the values that are added to each.
    """

    needs: dict[str, Kind]
    gives: tuple[str, ...]
    work_out: Callable[[Sequence[Question]], list[Question]]


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

    def work_out(rows: Sequence[Question]) -> list[Question]:
        from mlcli.exports import values_of_cells
        from mlcli.tables import join, rules_over_chunks

        frame = values_of_cells.frame(
            {c: ([row[c] for row in rows], kind) for c, kind in needs.items()}
        )
        chunks, _ = rules_over_chunks.run(rules, iter([frame]))
        frame = next(chunks)
        found = {name: join.values(frame[name]) for name in gives}
        return [{name: values[i] for name, values in found.items()} for i in range(len(rows))]

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
