"""Things to suggest, gathered by profile: the set of columns that a thing has.

What a ranker needs to know of a thing's features is its profile alone, and there are
far fewer profiles than things. So a catalogue is profiles, and for each its things in
order, kept as lines of text of which only those are read that may be suggested.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

from mlcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.grammar.cells import Json

Profile = tuple[int, ...]
"""The columns of the matrix in which a thing has a 1, in order."""


class Thing(NamedTuple):
    """One thing of a catalogue.

    ``measures`` are the values of the columns that things are ordered by, ``None`` where
    one is missing; ``shown`` is what stands beside the name; ``row`` counts from 0.
    """

    name: str
    measures: tuple[float | None, ...] = ()
    shown: tuple[str, ...] = ()
    row: int = 0


@dataclass(frozen=True)
class Catalogue:
    """Profiles, and the things of each.

    ``width`` is the number of columns of the matrix; ``counts`` says how many things each
    profile has. The things of the i-th profile are lines of ``lines``, one JSON list each,
    from the byte ``starts[i]`` on. ``shape`` is how many measures and shown texts each has.
    """

    width: int
    shape: tuple[int, int]
    profiles: tuple[Profile, ...]
    counts: tuple[int, ...]
    starts: tuple[int, ...]
    lines: bytes

    def __len__(self) -> int:
        """Return how many things there are."""
        return sum(self.counts)

    def things(self, position: int) -> Iterator[Thing]:
        """Yield the things of one profile, in their order, read as they are asked for."""
        start = self.starts[position]
        for _ in range(self.counts[position]):
            end = self.lines.index(b"\n", start)
            yield _thing(self.lines[start:end], self.shape)
            start = end + 1

    def check(self, width: int, shape: tuple[int, int]) -> None:
        """Raise ``ValueError`` unless it has so many columns, and things of this shape."""
        if (self.width, self.shape) != (width, shape):
            raise ValueError(self.width)

    def totals(self) -> list[int]:
        """Return, for each column of the matrix, how many things have a 1 in it."""
        found = [0] * self.width
        for profile, count in zip(self.profiles, self.counts, strict=True):
            for column in profile:
                found[column] += count
        return found

    def meeting(self, wishes: Sequence[int]) -> list[int]:
        """Return how many things meet none of some wishes, one of them, and so on."""
        found = [0] * (len(wishes) + 1)
        for profile, count in zip(self.profiles, self.counts, strict=True):
            found[sum(column in profile for column in wishes)] += count
        return found

    def index(self) -> Json:
        """Return everything but the lines, as plain data."""
        return {
            "width": self.width,
            "shape": self.shape,
            "profiles": self.profiles,
            "counts": self.counts,
            "bytes": [end - start for start, end in pairwise([*self.starts, len(self.lines)])],
        }

    @staticmethod
    def read(index: Json, lines: bytes) -> Catalogue:
        """Rebuild a catalogue from its index and its lines.

        Raises
        ------
        ValueError, LookupError, TypeError
            They do not belong together.
        """
        sizes, counts = tuple(index["bytes"]), tuple(index["counts"])
        profiles = tuple(map(tuple, index["profiles"]))
        starts, width = tuple(accumulate(sizes, initial=0)), index["width"]
        for number in (*sizes, *counts, width, *(c for profile in profiles for c in profile)):
            if type(number) is not int:
                raise TypeError(number)
        if (
            not len(sizes) == len(profiles) == len(counts)
            or min((1, *sizes, *counts)) < 1
            or (starts[-1], sum(counts)) != (len(lines), lines.count(b"\n"))
            or not all(_rising((-1, *profile, width)) for profile in profiles)
        ):
            raise ValueError(len(lines))
        measures, shown = index["shape"]
        return Catalogue(width, (measures, shown), profiles, counts, starts[:-1], lines)


def _rising(numbers: Sequence[int]) -> bool:
    return all(one < other for one, other in pairwise(numbers))


def _thing(line: bytes, shape: tuple[int, int]) -> Thing:
    """Read one line; one that holds no thing is a fault of the model."""
    try:
        match json.loads(line):
            case [str(name), [*measures], [*shown], int(row)] if (
                (len(measures), len(shown)) == shape
                and all(value is None or _is_measure(value) for value in measures)
                and all(type(cell) is str for cell in shown)
            ):
                return Thing(name, tuple(measures), tuple(shown), row)
            case _:
                pass
    except (ValueError, RecursionError):
        pass
    raise ModelError("the model is damaged: it holds no things", hint="fit it again:  mlcli fit")


def _is_measure(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def gather(things: Mapping[Profile, Sequence[Thing]], width: int) -> Catalogue:
    """Return the catalogue of some things, each profile's in the order they come in."""
    profiles = sorted(things)
    parts = [b"".join(map(_line, things[profile])) for profile in profiles]
    one = next((found[0] for found in things.values()), Thing(""))
    starts = accumulate(map(len, parts), initial=0)
    return Catalogue(
        width,
        (len(one.measures), len(one.shown)),
        tuple(profiles),
        tuple(len(things[profile]) for profile in profiles),
        tuple(starts)[:-1],
        b"".join(parts),
    )


def _line(thing: Thing) -> bytes:
    values = [thing.name, thing.measures, thing.shown, thing.row]
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"
