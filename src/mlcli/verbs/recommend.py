"""Wishes to suggestions: the things of a stored catalogue, the best first.

Nothing beyond the standard library is imported.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.answering import features, ranking
from mlcli.answering.features import CategoryInput, TagsInput, flag
from mlcli.answering.model import plain
from mlcli.errors import AskedWronglyError, Fix, near, nearest
from mlcli.grammar import cells, note_codes
from mlcli.store import cargo
from mlcli.verbs import ask, implied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.answering.catalogue import Catalogue
    from mlcli.answering.ranking import Suggestion
    from mlcli.answering.scoring import Facts
    from mlcli.grammar.cells import Json, Value
    from mlcli.store.manifest import Manifest


Things = tuple["Catalogue", "Facts"]
"""The things of a catalogue, and what was learned of them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One level of a feature that is wished for, and its column of the matrix.

    ``column`` is ``None`` for a band that the definition names and nothing lies in.
    """

    feature: str
    level: str
    column: int | None


class Above(NamedTuple):
    """What puts a thing above another: the key of the order, and what both have of it."""

    by: str
    value: float | str | None
    next: float | str | None

    def to_json(self) -> Json:
        """Return the documented keys."""
        return {"by": self.by, "value": plain(self.value), "next": plain(self.next)}


class Standing(NamedTuple):
    """Where a thing stands: its place from 1, those just before it, and what put all there."""

    thing: Suggestion
    place: int
    before: tuple[Suggestion, ...]
    by: Mapping[str, int]

    def to_json(self) -> Json:
        """Return the documented keys."""
        return {
            "name": self.thing.thing.name,
            "place": self.place,
            "before": [one.thing.name for one in self.before],
            "by": dict(self.by),
        }


@dataclass(frozen=True, slots=True)
class Suggested:
    """What was asked of a catalogue, and what is suggested.

    ``things`` is the number of things of the catalogue, ``meeting`` how many of them meet
    every wish; ``notes`` say what that means for the list. ``above`` says of each suggestion
    what puts it above the next, if that was asked for, and ``where`` where a thing stands.
    """

    manifest: Manifest
    wishes: tuple[Wish, ...]
    suggestions: tuple[Suggestion, ...]
    things: int
    meeting: int
    notes: tuple[str, ...]
    above: tuple[Above | None, ...] | None = None
    where: tuple[Standing, ...] | None = None

    def met(self, suggestion: Suggestion) -> list[Wish]:
        """Return the wishes that a suggestion meets, as they were asked."""
        return [wish for wish in self.wishes if wish.column in suggestion.met]

    @property
    def every_wish(self) -> str:
        """Return ``3 of 40 things meet every wish``."""
        meet = "meets" if self.meeting == 1 else "meet"
        return f"{self.meeting:,} of {wording.count(self.things, 'thing')} {meet} every wish"

    @property
    def columns(self) -> Mapping[str, bool]:
        """Return the columns that are shown, each with whether it holds numbers."""
        return self.manifest.lists.show

    def to_json(self) -> Json:
        """Return the documented object."""
        several = {f.name for f in self.manifest.features if f.several}
        asked: dict[str, Any] = {}
        for wish in self.wishes:
            if wish.feature in several:
                asked.setdefault(wish.feature, []).append(wish.level)
            else:
                asked[wish.feature] = wish.level
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            "asked": asked,
            "things": self.things,
            "meeting_all": self.meeting,
            "suggestions": [
                {**self._entry(suggestion), **self._above(at)}
                for at, suggestion in enumerate(self.suggestions)
            ],
            **({} if self.where is None else {"where": [one.to_json() for one in self.where]}),
            "notes": list(self.notes),
            "note_codes": note_codes.codes(self.notes),
        }

    def _above(self, at: int) -> Json:
        if self.above is None:
            return {}
        one = self.above[at]
        return {"above_next": one and one.to_json()}

    def _entry(self, suggestion: Suggestion) -> Json:
        met = self.met(suggestion)
        missed = {wish.feature for wish in self.wishes if wish not in met}
        features = dict.fromkeys(wish.feature for wish in self.wishes)
        return {
            "name": suggestion.thing.name,
            "wishes_met": [feature for feature in features if feature not in missed],
            "met": [wish.level for wish in met],
            "score": suggestion.score,
            "show": {
                column: _number(cell) if number else cell
                for (column, number), cell in zip(
                    self.columns.items(), suggestion.thing.shown, strict=True
                )
            },
        }


def _number(cell: str) -> Value | None:
    """Return a cell of a column of numbers as JSON has it; an empty one is nothing."""
    return plain(float(cell)) if cells.is_number(cell) else cell or None


def suggest(
    manifest: Manifest,
    given: Mapping[str, Sequence[str]],
    *,
    top: int | None = None,
    skip: int = 0,
    why: bool = False,
    where: str | None = None,
    things: Things | None = None,
) -> Suggested:
    """Suggest things for what options named, ``top`` of them after the first ``skip``.

    Where ``top`` is not said, it is what the definition says. ``why`` asks what puts each above
    the next, ``where`` where the thing of that name stands; ``things`` are those of the
    catalogue, if they are loaded.

    Raises
    ------
    AskedWronglyError
        No wish is named, or one that nothing in the catalogue could meet.
    RefusedError
        A wish is for what the definition leaves out.
    ModelError
        The catalogue is missing or damaged.
    """
    top = manifest.lists.top if top is None else top
    wishes = _wishes(manifest, given)
    catalogue, facts = things or cargo.load_catalogue(manifest)
    columns = [wish.column for wish in wishes if wish.column is not None]
    order = manifest.lists.order
    ranked = ranking.rank(catalogue, facts, columns, order)
    end = min(skip + top, len(catalogue))
    *suggestions, after = *islice(ranked, min(skip, end), end), next(ranked, None)
    meeting = catalogue.meeting(columns)[-1] if len(columns) == len(wishes) else 0
    notes = _notes(wishes, suggestions, len(catalogue), meeting, skip=skip, top=top)
    above = standing = None
    if why:
        following = [*suggestions[1:], after] if suggestions else []
        above = tuple(
            one and _above(order, first, one)
            for first, one in zip(suggestions, following, strict=True)
        )
    if where is not None:
        every = [*ranking.rank(catalogue, facts, columns, order)]
        standing = tuple(_standing(every, order, where, top))
    return Suggested(
        manifest, wishes, tuple(suggestions), len(catalogue), meeting, tuple(notes), above, standing
    )


def _above(order: Sequence[str], first: Suggestion, other: Suggestion) -> Above:
    by = ranking.deciding(order, first, other)
    return Above(by, ranking.decided(order, by, first), ranking.decided(order, by, other))


def _standing(
    every: Sequence[Suggestion], order: Sequence[str], name: str, top: int
) -> Iterator[Standing]:
    """Yield where the things of a name stand, in whatever case, each after ``top`` others."""
    names = dict.fromkeys(one.thing.name for one in every)
    called = features.find_level([*names], name, any_case=True)
    if called is None:
        raise AskedWronglyError(
            f"--where: nothing in the catalogue is called {name!r}",
            hint=near(name, names),
            fix=[Fix(word, option="--where") for word in nearest(name, names)],
        )
    for place, one in enumerate(every):
        if one.thing.name == called:
            by = Counter(ranking.deciding(order, other, one) for other in every[:place])
            yield Standing(one, place + 1, tuple(every[max(place - top, 0) : place]), by)


def _wishes(manifest: Manifest, given: Mapping[str, Sequence[str]]) -> tuple[Wish, ...]:
    found: list[Wish] = []
    start = 0
    for feature in manifest.features:
        assert isinstance(feature, CategoryInput | TagsInput)
        texts = given.get(feature.name, ())
        levels = list(dict.fromkeys(_level(manifest, feature, text) for text in texts))
        if len(levels) > 1 and not feature.several:
            option = flag(feature.name)
            raise AskedWronglyError(
                f"{option} stands here {len(levels)} times, and a thing has one {feature.name}",
                hint=f"write it once: {option} {wording.quoted(levels[0])}",
            )
        for level in levels:
            column = feature.columns.get(level)
            found.append(Wish(feature.name, level, None if column is None else start + column))
        start += feature.width
    if not found:
        options = "  ".join(f"{flag(f.name)} {_example(f)}" for f in manifest.features)
        raise AskedWronglyError(
            "nothing is wished for", hint=f"name what you wish for, such as  {options}"
        )
    return tuple(found)


def _level(manifest: Manifest, feature: CategoryInput | TagsInput, text: str) -> str:
    """Return the level that an option names, in whatever case.

    Raises
    ------
    RefusedError
        The definition leaves such things out, and may say why.
    AskedWronglyError
        Nothing in the catalogue could have it.
    """
    empty = manifest.lists.empty.get(feature.name, ())
    known = (*feature.levels, *empty)
    level = features.find_level(known, text, any_case=True)
    if level in feature.levels:
        return level
    ask.within_domain(manifest, feature, level or text)
    if level is not None:
        return level
    listed = wording.listed(implied.edges(manifest, feature.name, known), most=30)
    raise AskedWronglyError(
        f"{flag(feature.name)}: nothing in {manifest.name} is {text!r} (known: {listed})",
        hint=ask.elsewhere(manifest, feature, text) or near(text, known),
    )


def _example(feature: features.Input) -> str:
    assert isinstance(feature, CategoryInput | TagsInput)
    return wording.quoted(feature.levels[0])


def _notes(
    wishes: Sequence[Wish],
    suggestions: Sequence[Suggestion],
    things: int,
    meeting: int,
    *,
    skip: int,
    top: int,
) -> list[str]:
    notes = []
    if not meeting:
        notes.append(_none_meets_all(wishes, suggestions))
    unmet = sum(not suggestion.met for suggestion in suggestions)
    if unmet:
        meets = "meets" if unmet == 1 else "meet"
        notes.append(f"{unmet:,} of these {meets} no wish")
    if not suggestions:
        notes.append(f"no more suggestions: the catalogue has {wording.count(things, 'thing')}")
    elif len(suggestions) < top:
        rest = "the last" if skip else "all there are"
        notes.append(f"these are {rest}: the catalogue has {wording.count(things, 'thing')}")
    return notes


_PAIR: Final = 2  # which English has a word for


def _none_meets_all(wishes: Sequence[Wish], suggestions: Sequence[Suggestion]) -> str:
    levels = [wish.level for wish in wishes]
    if len(levels) == 1:
        return f"nothing is {levels[0]}"
    listed = f"{', '.join(levels[:-1])} and {levels[-1]}"
    both = "both " if len(levels) == _PAIR else ""
    most = max((len(suggestion.met) for suggestion in suggestions), default=0)
    best = f": the best of these meet {most} of the {len(levels)} wishes" if suggestions else ""
    return f"nothing is {both}{listed}{best}"
