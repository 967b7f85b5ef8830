"""Which things of a catalogue to suggest for some wishes, and in which order."""

from __future__ import annotations

import heapq
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli.answering import scoring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mlcli.answering.catalogue import Catalogue, Thing
    from mlcli.answering.scoring import Facts

WISHES: Final = "wishes"
SCORE: Final = "score"
_DECIMALS: Final = 10  # scores that agree to these are ties


class Suggestion(NamedTuple):
    """A thing, the wishes it meets (columns of the matrix), and its score."""

    thing: Thing
    met: tuple[int, ...]
    score: float
    key: tuple[Any, ...]


def rank(
    catalogue: Catalogue, facts: Facts, wishes: Sequence[int], order: Sequence[str]
) -> Iterator[Suggestion]:
    """Yield the things of a catalogue, the best first, as far as they are asked for.

    Parameters
    ----------
    catalogue
        The things; those of each profile are in the order of the columns, then by name.
    facts
        What was learned of the catalogue, for scores.
    wishes
        Columns of the matrix.
    order
        ``wishes`` (how many are met), ``score``, or columns of the things' measures in
        their turn; highest first, and lowest first for ``-column``. The last key is the
        name, and then the row.
    """
    score = scoring.score(facts, wishes)
    asked = frozenset(wishes)
    groups = []
    for position, profile in enumerate(catalogue.profiles):
        met = tuple(column for column in profile if column in asked)
        value = score.of(len(profile), met)
        keys = {WISHES: -len(met), SCORE: -round(value, _DECIMALS)}
        groups.append((_first(keys, order), position, keys, met, value))
    groups.sort(key=lambda group: group[:2])
    for _, same in groupby(groups, key=lambda group: group[0]):
        # Only the profiles that may come next are opened, and read as far as needed.
        streams = [_stream(catalogue, order, *group[1:]) for group in same]
        yield from heapq.merge(*streams, key=lambda suggestion: suggestion.key)


def _first(keys: dict[str, float], order: Sequence[str]) -> tuple[float, ...]:
    """Return the keys that all things of a profile share, up to the first column."""
    shared = []
    for name in order:
        if name not in keys:
            break
        shared.append(keys[name])
    return tuple(shared)


def _stream(
    catalogue: Catalogue,
    order: Sequence[str],
    position: int,
    keys: dict[str, float],
    met: tuple[int, ...],
    value: float,
) -> Iterator[Suggestion]:
    """Yield the things of one profile with all they are ordered by."""
    for thing in catalogue.things(position):
        measures = iter(measured(order, thing))
        key = tuple(keys[name] if name in keys else next(measures) for name in order)
        yield Suggestion(thing, met, value, (*key, thing.name, thing.row))


def columns(order: Sequence[str]) -> list[str]:
    """Return the keys of an order that are columns, a ``-`` before those from low to high."""
    return [name for name in order if name not in {WISHES, SCORE}]


def measured(order: Sequence[str], thing: Thing) -> list[tuple[bool, float]]:
    """Return what the columns of an order say of a thing; what is missing comes last."""
    return [
        (value is None, 0.0 if value is None else value if name.startswith("-") else -value)
        for name, value in zip(columns(order), thing.measures, strict=True)
    ]


NAME: Final = "name"
ROW: Final = "row"
"""What decides where all else is the same."""


def deciding(order: Sequence[str], first: Suggestion, other: Suggestion) -> str:
    """Return which key of an order puts one thing before another: the first that differs."""
    keys = zip((*order, NAME, ROW), first.key, other.key, strict=True)
    return next((name for name, a, b in keys if a != b), ROW)


def decided(order: Sequence[str], name: str, one: Suggestion) -> float | str | None:
    """Return what a thing has of a key of an order."""
    measures: dict[str, float | None] = dict(zip(columns(order), one.thing.measures, strict=True))
    known: dict[str, float | str] = {
        WISHES: len(one.met),
        SCORE: one.score,
        NAME: one.thing.name,
        ROW: one.thing.row,
    }
    return measures[name] if name in measures else known[name]


def in_order(things: Iterable[Thing], order: Sequence[str]) -> list[Thing]:
    """Return the things of one profile in the order in which a catalogue holds them."""
    return sorted(things, key=lambda thing: (*measured(order, thing), thing.name, thing.row))
