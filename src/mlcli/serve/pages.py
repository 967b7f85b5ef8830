"""The pages: what stands on each, as texts, and the templates that draw it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mlcli import wording
from mlcli.answering.features import CategoryInput, NumberInput, TagsInput, flag
from mlcli.errors import AskedWronglyError, MlcliError, RefusedError
from mlcli.exports import clock
from mlcli.grammar import phrases
from mlcli.pictures import colours
from mlcli.screens import in_words, sentences
from mlcli.serve import asking
from mlcli.serve.booked import Booked, Known, PageWords, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.answering import ranking
    from mlcli.answering.features import Input
    from mlcli.grammar.cells import Json, Value
    from mlcli.pictures.colours import Colours
    from mlcli.serve.asking import Parameters
    from mlcli.serve.shelf import ServedModel, ServedModels
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.recommend import Suggested

    Drawn = tuple[str, HTTPStatus]

_HERE: Final = Path(__file__).parent
_MOST_DAYS: Final = 14
_MOST_LISTED: Final = 60
"""Levels that a page shows as choices; of more, one is typed."""


class LevelToChoose(NamedTuple):
    """A level that may be chosen; ``things`` is how many have it, where that is known."""

    level: str
    chosen: bool
    things: int | None = None


class Field(NamedTuple):
    """A feature that a page asks for: by its choices, or typed where there are none."""

    option: str
    label: str
    several: bool
    number: bool
    text: str
    seen: str
    choices: tuple[LevelToChoose, ...]


class Day(NamedTuple):
    """What is answered for a day: ``known`` of it, and the answer, or why there is none."""

    when: str
    known: str
    answer: str
    notes: tuple[str, ...]
    refused: str


class Days(NamedTuple):
    """What a version answers for today and for days to come, as far as they are known."""

    served: ServedModel | None
    known: Known | None
    today: datetime
    tonight: tuple[Day, ...]
    coming: tuple[Day, ...]


class WhatIf(NamedTuple):
    """The answer to what was asked on a page."""

    asked: str
    answer: str
    notes: tuple[str, ...]
    outside: bool


class ShownThing(NamedTuple):
    """One thing that is suggested: the wishes it meets and those it does not, and its columns."""

    name: str
    met: tuple[str, ...]
    missed: tuple[str, ...]
    shown: tuple[tuple[str, str], ...]


class Pages:
    """All pages of one server."""

    def __init__(self, root: Path, today: str, shelf: ServedModels) -> None:
        self._today = today
        self._shelf = shelf
        self.booked = Booked(root)
        self._held: dict[str, Days] = {}
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def begin(self) -> None:
        """Have the exports of every model read."""
        for name in self._shelf.names():
            try:
                self.booked.of(await self._shelf.get(name))
            except MlcliError:  # told where that one is asked
                continue

    async def end(self) -> None:
        """End what still reads."""
        await self.booked.end()

    def today(self) -> datetime:
        """Return the day it is, or is said to be."""
        if self._today:
            return datetime.fromisoformat(self._today)
        return phrases.period_start("day", clock.today())

    @cached_property
    def _style(self) -> tuple[str, bytes]:
        raw = (_HERE / "static" / "style.css").read_bytes()
        raw = _coloured(colours.LIGHT, colours.DARK).encode() + raw
        return f"style-{sha256(raw).hexdigest()[:12]}.css", raw

    def static(self, file: str) -> bytes | None:
        """Return a file that pages name, or nothing."""
        name, raw = self._style
        return raw if file == name else None

    def _draw(self, template: str, root: str, **said: object) -> str:
        style = f"{root}/static/{self._style[0]}"
        return self._environment.get_template(template).render(root=root, style=style, **said)

    def colours(self, served: ServedModel) -> str:
        """Return the colours of a model's page, where its owner names one."""
        known = self.booked.of(served)
        return _coloured(*colours.tinted(known.words.colour)) if known else ""

    def error(self, error: Json, status: HTTPStatus, root: str) -> str:
        """Draw what went wrong."""
        return self._draw("error.html", root, error=error, status=status)

    async def front(self, root: str) -> str:
        """Draw the list of models."""
        found = []
        for name in self._shelf.names():
            try:
                served = await self._shelf.get(name)
            except MlcliError as error:
                found.append((name, PageWords(wording.title(name)), "", str(error)))
            else:
                words = _words(served, self.booked.of(served))
                found.append((name, words, _what(served.manifest), ""))
        return self._draw("front.html", root, models=found)

    def api(self, served: Sequence[ServedModel], root: str) -> str:
        """Draw what programs may ask."""
        found = [(one.manifest, _example(one), _fields(one, [])) for one in served]
        return self._draw("api.html", root, models=found)

    def model(self, served: ServedModel, parameters: Parameters, root: str) -> Drawn:
        """Draw a model, and what it answers to parameters."""
        draw = self._rows if served.things is None else self._things
        return draw(served, parameters, root)

    def _rows(self, served: ServedModel, parameters: Parameters, root: str) -> Drawn:
        manifest = served.manifest
        asked, answer, problem = asking.Query({}, {}), None, None
        status = HTTPStatus.OK
        try:
            asked = asking.read(served, parameters)
            if parameters:
                answer = self._answered(served, asked)
        except MlcliError as error:
            problem, status = error, asking.status(error)
        known = self.booked.of(served)
        today = phrases.period_start(manifest.key.unit or "day", self.today())
        days = self._days(served, known, today)
        text = self._draw(
            "rows.html",
            root,
            words=_words(served, known),
            manifest=manifest,
            action=f"{root}/m/{manifest.name}",
            fields=_fields(served, parameters),
            answer=answer,
            problem=problem,
            known=known if manifest.key.unit else None,
            pictures=known.pictures if known else (),
            fitted=served.fitted and served.fitted.astimezone(),
            warning=_behind(known, today),
            verdicts=known.verdicts if known else (),
            waits=known is None,
            tonight=days.tonight,
            coming=days.coming,
            so_far=_so_far,
            trust=in_words.of_answers(manifest).trust(),
            learned=in_words.of_answers(manifest).learned(),
        )
        return text, status

    def _answered(self, served: ServedModel, asked: asking.Query) -> WhatIf:
        found = asking.answered(served, [asked], self.booked.of(served), self.today())
        if len(found.answers) != 1:
            hint = f"ask  /m/{served.manifest.name}.json"
            raise AskedWronglyError("a page answers one question at a time", hint=hint)
        (answer,), ready = found.answers, found.ready
        beside = ready.beside(answer.value, outside=answer.outside)
        line = sentences.one(served.manifest, answer, ready, beside)
        said = in_words.of_answers(served.manifest)
        notes = (*answer.notes, *beside.notes, *ready.notes, *said.probabilities(answer))
        return WhatIf(_known(answer.asked), f"{_of_what(served)}{line}", notes, answer.outside)

    def _days(self, served: ServedModel, known: Known | None, today: datetime) -> Days:
        """Return what is answered for today and the days to come; kept until one of them changes.

        Of rows without a date, there is nothing.
        """
        if known is None or served.manifest.key.unit is None:
            return Days(None, None, today, (), ())
        name = served.manifest.name
        held = self._held.get(name)
        if held is None or held[:3] != (served, known, today):
            key = served.manifest.key.name or ""
            rows = [
                (one, when)
                for one in known.rows
                if isinstance(when := one.asked.get(key), datetime)
            ]
            tonight = [_day(served, row, when) for row, when in rows if when == today]
            coming = (_day(served, row, when) for row, when in rows if when > today)
            tonight = tonight or [_day(served, Row({}, ""), today, known.problem)]
            held = Days(served, known, today, tuple(tonight), tuple(islice(coming, _MOST_DAYS)))
            self._held[name] = held
        return held

    def _things(self, served: ServedModel, parameters: Parameters, root: str) -> Drawn:
        manifest, problem, found = served.manifest, None, None
        asked, status = asking.Query({}, {}), HTTPStatus.OK
        try:
            asked = asking.read(served, parameters)
            if parameters or asked.features:
                others = {"top": "1", **asked.others}
                found = asking.suggested(served, asking.Query(asked.features, others))
        except MlcliError as error:
            problem, status = error, asking.status(error)
        words = _words(served, self.booked.of(served))
        wishes = [(n, t) for n, t in parameters if n not in {"skip", "top", "why", "where"}]
        skip = int(asked.others.get("skip", "0")) if found else 0
        page = f"{root}/m/{manifest.name}"
        another = urlencode([*wishes, ("skip", str(skip + 1))])
        before = urlencode([*wishes, *([("skip", str(skip - 1))] if skip > 1 else [])])
        text = self._draw(
            "things.html",
            root,
            words=words,
            meeting=_meeting(found, skip) if found else "",
            wished=wording.an(words.thing) if words.thing else "one",
            manifest=manifest,
            action=page,
            fields=_fields(served, parameters),
            problem=problem,
            found=found,
            suggestions=[_suggestion(found, one) for one in found.suggestions] if found else [],
            skip=skip,
            another=f"{page}?{another}",
            before=f"{page}?{before}",
        )
        return text, status


def _coloured(light: Colours, dark: Colours) -> str:
    """Return a style sheet of colours that follow the reader's light or dark."""
    return (
        f":root {{ color-scheme: light dark; {light.css()} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark.css()} }} }}\n"
    )


def _words(served: ServedModel, known: Known | None) -> PageWords:
    """Return what a page is called and asks, in the owner's words where there are some."""
    said = known.words if known else PageWords()
    manifest = served.manifest
    return PageWords(
        said.title or wording.title(manifest.name),
        said.question or sentences.question(manifest),
        said.thing,
    )


def _day(served: ServedModel, row: Row, when: datetime, problem: str = "") -> Day:
    """Return what is answered for a row of the exports; an empty one is a day without.

    ``problem`` is why they could not be read.
    """
    manifest = served.manifest
    named = f"{wording.WEEKDAYS[when.weekday()]} {when.day} {wording.MONTHS[when.month - 1]}"
    if manifest.key.unit == "month":
        named = f"{wording.MONTHS[when.month - 1]} {when.year}"
    known = Known(when, (row,) if row.asked else (), problem=problem)
    features = {f.name: row.asked.get(f.name) for f in manifest.features if f.name in row.asked}
    try:
        answer = asking.of_day(served, known, when, {}, anyway=False)
    except RefusedError as error:
        reason = str(error).rpartition("is left out: ")[2]
        return Day(named, _known(features), "", (), reason)
    except MlcliError as error:
        return Day(named, _known(features), "", (str(error),), "")
    assert served.ready is not None
    beside = served.ready.beside(answer.value, outside=answer.outside)
    line = f"{_of_what(served)}{sentences.one(manifest, answer, served.ready, beside)}"
    sure = in_words.of_answers(manifest).probabilities(answer)
    return Day(named, _known(features), line, (*answer.notes, *beside.notes, *sure), "")


def _of_what(served: ServedModel) -> str:
    """Say what a class is of, as ``no`` alone says nothing; numbers have their unit."""
    target = served.manifest.target
    return "" if target.amounts else f"{target.name}: "


def _meeting(found: Suggested, skip: int) -> str:
    """Say how many things meet every wish, and whether that is over."""
    if not found.meeting:
        return ""
    return f"{found.every_wish}{'; this one does not' if skip >= found.meeting else '.'}"


def _so_far(known: str) -> str:
    """Say that what is known of a day may still grow, where it is a number of something."""
    return f"{known} so far" if known[:1].isdigit() else f"With {known}"


def _known(features: Mapping[str, Value | None]) -> str:
    """Say what is known of a day: ``47 reservations``, or each feature by its name."""
    given = {name: value for name, value in features.items() if value is not None}
    if len(given) == 1:
        ((name, value),) = given.items()
        if wording.readable(value).replace(",", "").isdigit() and value != 1:
            return f"{wording.readable(value)} {name}"
    return ", ".join(f"{name} {_written(value)}" for name, value in given.items())


def _written(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else wording.readable(value)


def _behind(known: Known | None, today: datetime) -> str:
    """Say that the exports end before today, if they do."""
    if known is None or known.until is None or known.until >= today:
        return ""
    return f"The exports end on {wording.written(known.until)}: nothing is known of later days."


def _fields(served: ServedModel, parameters: Parameters) -> list[Field]:
    """Return a field for each feature, with what was asked in it."""
    manifest = served.manifest
    given: dict[str, list[str]] = {}
    for name, text in parameters:
        given.setdefault(f"--{name}", []).append(text)
    return [
        _field(served, feature, given.get(flag(feature.name), [])) for feature in manifest.features
    ]


def _field(served: ServedModel, feature: Input, texts: Sequence[str]) -> Field:
    chosen = {text.casefold() for text in texts}
    counts = _counts(served, feature)
    known = feature.levels if len(feature.levels) <= _MOST_LISTED else ()
    choices = tuple(LevelToChoose(one, one.casefold() in chosen, counts.get(one)) for one in known)
    number, option = feature.read_as == "number", flag(feature.name).removeprefix("--")
    seen = f"learned from {feature.seen}" if number else ""
    return Field(option, feature.name, feature.several, number, " ".join(texts[:1]), seen, choices)


def _counts(served: ServedModel, feature: Input) -> dict[str, int]:
    """Return how many things of a catalogue have each level."""
    if served.things is None or not isinstance(feature, CategoryInput | TagsInput):
        return {}
    start = 0
    for one in served.manifest.features:
        if one is feature:
            break
        start += one.width
    totals = served.things[1].totals
    return {level: totals[start + column] for level, column in feature.columns.items()}


def _suggestion(found: Suggested, one: ranking.Suggestion) -> ShownThing:
    met = found.met(one)
    return ShownThing(
        one.thing.name,
        tuple(wish.level for wish in met),
        tuple(wish.level for wish in found.wishes if wish not in met),
        tuple(zip(found.columns, one.thing.shown, strict=True)),
    )


def _what(manifest: Manifest) -> str:
    """Say what a model answers."""
    names = wording.both([feature.name for feature in manifest.features])
    if manifest.answers.by_rows:
        return f"answers with {manifest.target.unit}, from {names}"
    return f"suggests one of {wording.count(manifest.rows.used, 'thing')}, by {names}"


def _example(served: ServedModel) -> str:
    """Return parameters that a model can be asked with."""
    given: list[tuple[str, str]] = []
    for feature in served.manifest.features:
        if isinstance(feature, NumberInput):
            text = wording.written(feature.low)
        elif served.things is not None and given:
            continue
        else:
            text = feature.levels[0]
        given.append((flag(feature.name).removeprefix("--"), text))
    return urlencode(given)
