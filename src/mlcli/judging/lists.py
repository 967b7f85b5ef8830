"""What the lists of a catalogue are like: no row can be held out where each is its own thing.

So nothing is said here about right answers. What is said is whether lists keep to what
was wished for, over every request of one or two wishes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import comb, isqrt
from operator import itemgetter
from typing import TYPE_CHECKING

from mlcli.answering import ranking
from mlcli.answering.features import CategoryInput, TagsInput
from mlcli.learning.splits import drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.answering.catalogue import Catalogue
    from mlcli.answering.features import Input
    from mlcli.answering.ranking import Suggestion
    from mlcli.answering.scoring import Facts
    from mlcli.grammar.cells import Json

Request = tuple[int, ...]
"""The wishes of one request, as columns of the matrix."""

# Requests times profiles: beyond that a sample of requests is drawn.
_MOST_WORK = 3_000_000
_FEWEST = 30


@dataclass
class Lists:
    """The figures over all requests, for lists of ``top`` things.

    Attributes
    ----------
    requests, every
        How many requests were made, and how many there are of one or two wishes.
    asked
        The wishes of all lists, one for each place and each wish of its request.
    kept, best, blind
        How many of those were met; by the best lists; by the first names of the catalogue.
    possible, first
        Requests that some thing meets altogether; those of them whose first suggestion does.
    cut, alphabet
        Lists that left something out; those in which only its name decided what that was.
    never
        Rows of the things that no list had.
    hidden
        How many things no list can have, whatever is wished for: as many as a list holds
        have the same features and come before them.
    """

    things: int
    top: int
    requests: int = 0
    every: int = 0
    asked: int = 0
    kept: int = 0
    best: int = 0
    blind: int = 0
    possible: int = 0
    first: int = 0
    cut: int = 0
    alphabet: int = 0
    never: list[str] = field(default_factory=list)
    hidden: int = 0

    def to_json(self) -> Json:
        """Return the documented figures."""
        return {
            "requests": {"made": self.requests, "of": self.every, "top": self.top},
            "wishes_kept": {
                "share": self.kept / self.asked,
                "best_possible": self.best / self.asked,
                "first_names": self.blind / self.asked,
                "better": "higher",
            },
            "first_meets_all": {"lists": self.first, "of": self.possible},
            "decided_by_name": {"lists": self.alphabet, "of": self.cut},
            "never_suggested": {
                "things": len(self.never),
                "of": self.things,
                "whatever_is_wished": self.hidden,
                "names": self.never[:100],
            },
        }


def lists(
    catalogue: Catalogue,
    facts: Facts,
    features: Sequence[Input],
    order: Sequence[str],
    *,
    top: int,
) -> Lists:
    """Ask a catalogue for every one and every two of its levels, and count.

    Where that would take too long, for a sample of the requests, always the same one.
    """
    levels = _levels(features)
    every = _count_of(levels)
    most = max(_FEWEST, _MOST_WORK // len(catalogue.profiles))
    drawn = list(requests(features)) if every <= most else _drawn(levels, most)
    found = Lists(len(catalogue), top, len(drawn), every)
    names = [
        (thing.name, thing.row, set(profile))
        for position, profile in enumerate(catalogue.profiles)
        for thing in catalogue.things(position)
    ]
    names.sort(key=itemgetter(0, 1))
    suggested: set[int] = set()
    places = min(top, len(catalogue)) + 1
    for request in drawn:
        listed = list(islice(ranking.rank(catalogue, facts, request, order), places))
        suggested.update(suggestion.thing.row for suggestion in listed[:top])
        _count(found, request, listed)
        meeting = catalogue.meeting(request)
        found.possible += meeting[-1] > 0
        found.first += meeting[-1] > 0 and len(listed[0].met) == len(request)
        found.best += _best(meeting, top)
        found.blind += sum(len(profile.intersection(request)) for *_, profile in names[:top])
    found.never = [name for name, row, _ in names if row not in suggested]
    found.hidden = sum(max(0, count - top) for count in catalogue.counts)
    return found


def _count(found: Lists, request: Request, listed: Sequence[Suggestion]) -> None:
    """Count what one list met, and whether only a name decided where it ends."""
    shown = listed[: found.top]
    found.asked += len(request) * len(shown)
    found.kept += sum(len(suggestion.met) for suggestion in shown)
    if len(listed) > found.top:
        found.cut += 1
        last, following = listed[found.top - 1], listed[found.top]
        found.alphabet += last.key[:-2] == following.key[:-2]  # all but the name and the row


def _best(meeting: Sequence[int], places: int) -> int:
    """Return how many wishes the best list meets, given how many things meet how many."""
    total = 0
    for wishes in range(len(meeting) - 1, 0, -1):
        taken = min(places, meeting[wishes])
        total += taken * wishes
        places -= taken
    return total


def requests(features: Sequence[Input]) -> Iterator[Request]:
    """Yield every one and every two levels that can be asked for together."""
    levels = _levels(features)
    yield from ((column,) for column, _ in levels)
    yield from (
        (one[0], other[0]) for one, other in combinations(levels, 2) if _together(one, other)
    )


Level = tuple[int, str]
"""The column of a level, and its feature where a thing has one level of that alone."""


def _levels(features: Sequence[Input]) -> list[Level]:
    found: list[Level] = []
    start = 0
    for feature in features:
        assert isinstance(feature, CategoryInput | TagsInput)
        single = feature.name if isinstance(feature, CategoryInput) else ""
        found += [(start + column, single) for column in feature.columns.values()]
        start += feature.width
    return found


def _together(one: Level, other: Level) -> bool:
    return not one[1] or one[1] != other[1]


def _count_of(levels: Sequence[Level]) -> int:
    """Return how many requests there are, without making them: they grow with the square."""
    alone = Counter(single for _, single in levels if single)
    return len(levels) + comb(len(levels), 2) - sum(comb(count, 2) for count in alone.values())


def _drawn(levels: Sequence[Level], many: int) -> list[Request]:
    """Draw so many different requests out of more, always the same ones."""
    draw = drawing(0)
    found: dict[Request, None] = {}
    while len(found) < many:
        number = draw.randrange(len(levels) + comb(len(levels), 2))
        if number < len(levels):
            found[(levels[number][0],)] = None
            continue
        # Pairs in the order (0, 1), (0, 2), (1, 2), (0, 3), ...
        number -= len(levels)
        second = (1 + isqrt(1 + 8 * number)) // 2
        first = number - comb(second, 2)
        if _together(levels[first], levels[second]):
            found[levels[first][0], levels[second][0]] = None
    return list(found)
