"""Which of several rows is meant by what is given of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from mlcli import wording
from mlcli.answering.features import tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlcli.answering.features import Input
    from mlcli.grammar.cells import Value

_Row = TypeVar("_Row")


def meant_by(
    features: Sequence[Input],
    given: Mapping[str, Value | None],
    rows: Sequence[_Row],
    value: Callable[[_Row, str], Value | None],
) -> list[_Row]:
    """Return those of the rows of a date that have what is given; ``value`` is one of a row."""
    chosen = [feature for feature in features if feature.name in given]
    found = [*rows]
    for feature in sorted(chosen, key=lambda f: f.kind == "number"):
        meant = alike(feature, given[feature.name])
        same = [row for row in found if alike(feature, value(row, feature.name)) == meant]
        found = same if same or feature.kind != "number" else found
    return found


def alike(feature: Input, value: Value | None) -> object:
    """Return what two values of a feature have in common that mean the same."""
    if feature.several:
        return frozenset(tags_of(value))
    return value if feature.read_as == "number" or value is None else wording.written(value)
