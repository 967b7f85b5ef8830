"""Things to suggest, gathered by profile: the set of columns that a thing has.

What a ranker needs to know of a thing's features is its profile alone, and there are
far fewer profiles than things. So a catalogue is profiles, and for each its things in
order, kept as lines of text of which only those are read that may be suggested.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Profile = tuple[int, ...]
"""The columns of the matrix in which a thing has a 1, in order."""


@dataclass(frozen=True, slots=True)
class Thing:
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
    from the byte ``starts[i]`` on.
    """

    width: int
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
            name, measures, shown, row = json.loads(self.lines[start:end])
            yield Thing(name, tuple(measures), tuple(shown), row)
            start = end + 1

    def totals(self) -> list[int]:
        """Return, for each column of the matrix, how many things have a 1 in it."""
        found = [0] * self.width
        for profile, count in zip(self.profiles, self.counts, strict=True):
            for column in profile:
                found[column] += count
        return found

    def index(self) -> dict[str, Any]:
        """Return everything but the lines, as plain data."""
        return {
            "width": self.width,
            "profiles": self.profiles,
            "counts": self.counts,
            "bytes": [end - start for start, end in pairwise([*self.starts, len(self.lines)])],
        }

    @staticmethod
    def read(index: Mapping[str, Any], lines: bytes) -> Catalogue:
        """Rebuild a catalogue from its index and its lines.

        Raises
        ------
        ValueError, LookupError, TypeError
            They do not belong together.
        """
        sizes = index["bytes"]
        starts = tuple(accumulate(sizes, initial=0))
        profiles, counts = tuple(map(tuple, index["profiles"])), tuple(index["counts"])
        width = int(index["width"])
        if (
            not len(sizes) == len(profiles) == len(counts)
            or (starts[-1], sum(counts)) != (len(lines), lines.count(b"\n"))
            or any(profile and not 0 <= profile[0] <= profile[-1] < width for profile in profiles)
        ):
            raise ValueError(len(lines))
        return Catalogue(width, profiles, counts, starts[:-1], lines)


def gather(things: Mapping[Profile, Sequence[Thing]], width: int) -> Catalogue:
    """Return the catalogue of some things, each profile's in the order they come in."""
    profiles = sorted(things)
    parts = [b"".join(map(_line, things[profile])) for profile in profiles]
    starts = accumulate(map(len, parts), initial=0)
    return Catalogue(
        width,
        tuple(profiles),
        tuple(len(things[profile]) for profile in profiles),
        tuple(starts)[:-1],
        b"".join(parts),
    )


def _line(thing: Thing) -> bytes:
    values = [thing.name, thing.measures, thing.shown, thing.row]
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"
