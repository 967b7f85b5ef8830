"""What a request asks of a model, and the object that answers it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl

from mlcli import __version__, wording
from mlcli.answering.features import NumberInput, flag
from mlcli.answering.meant import meant_by
from mlcli.answering.model import Answer
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    ExitCode,
    MlcliError,
    RefusedError,
    did_you_mean,
)
from mlcli.grammar import phrases
from mlcli.serve.shelf import NoModelError
from mlcli.verbs import ask, ask_range, recommend, why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mlcli.answering.features import Input
    from mlcli.answering.model import Question
    from mlcli.grammar.cells import Json
    from mlcli.serve.booked import Known
    from mlcli.serve.shelf import ServedModel
    from mlcli.verbs.ask_range import Answered
    from mlcli.verbs.recommend import Suggested

    Parameters = list[tuple[str, str]]

MOST_ROWS: Final = 1000
"""Questions in one body."""

MOST_ROWS_BY_ESTIMATOR: Final = 100
"""The same of a model without an equation, each of which takes up to 30 ms."""

MOST_PARAMETERS: Final = 2000
MOST_LETTERS: Final = 500

_OF_ROWS: Final = ("range", "anyway", "why")
_OF_THINGS: Final = ("top", "skip", "where", "why")
_MOST_THINGS: Final = 1000

STATUS: Final = {
    ExitCode.ASKED_WRONGLY: HTTPStatus.BAD_REQUEST,
    ExitCode.DATA: HTTPStatus.NOT_FOUND,
    ExitCode.MODEL: HTTPStatus.SERVICE_UNAVAILABLE,
    ExitCode.ENVIRONMENT: HTTPStatus.SERVICE_UNAVAILABLE,
    ExitCode.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""What an error is over HTTP, by the exit code it has on the command line."""


def plainly(status: HTTPStatus, message: str = "") -> Json:
    """Return the documented object of an error that HTTP has a name for."""
    kind = MlcliError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else AskedWronglyError
    said = kind(message or status.phrase.lower()).to_json()
    return {**said, "code": status.phrase.lower().replace(" ", "_")}


def status(error: MlcliError) -> HTTPStatus:
    """Return the status of an error."""
    if isinstance(error, NoModelError):
        return HTTPStatus.NOT_FOUND
    return STATUS[error.exit_code]


class Query(NamedTuple):
    """One question: the features by option, each with all its texts, and the other options."""

    features: dict[str, list[str]]
    others: dict[str, str]

    def switch(self, name: str) -> bool:
        """Say whether an option that is on or off is on."""
        return _switch(name, self.others.get(name, "0"))

    def number(self, name: str, *, least: int) -> int | None:
        """Return an option that is a whole number, if it was given."""
        text = self.others.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= _MOST_THINGS:
            raise AskedWronglyError(
                f"{name}: {text!r} is no number from {least} to {_MOST_THINGS:,}"
            )
        return int(text)


def _switch(name: str, text: str) -> bool:
    found = {"1": True, "true": True, "0": False, "false": False}.get(text.lower())
    if found is None:
        raise AskedWronglyError(f"{name}: {text!r} is neither 1 nor 0", hint=f"write  {name}=1")
    return found


def query(raw: bytes) -> Parameters:
    """Return the parameters of an address, as it gives them; empty fields of a form are none.

    Raises
    ------
    AskedWronglyError
        They are too many or too long, or no text.
    """
    try:
        found = parse_qsl(
            raw.decode("ascii"), max_num_fields=MOST_PARAMETERS, errors="strict", separator="&"
        )
    except ValueError as error:
        raise AskedWronglyError(
            "the parameters cannot be read", hint=f"at most {MOST_PARAMETERS}, in UTF-8"
        ) from error
    return _bounded(found)


def _bounded(found: Parameters) -> Parameters:
    """Return parameters without those that say nothing; raises where one is too long."""
    kept = [(name, text.strip()) for name, text in found]
    for name, text in kept:
        if max(len(name), len(text)) > MOST_LETTERS:
            named = wording.plain(wording.cut(name, 40))
            raise AskedWronglyError(f"{named}: longer than {MOST_LETTERS} letters")
        if not (name + text).isprintable():
            named = wording.plain(wording.cut(name, 40))
            raise AskedWronglyError(f"{named}: it holds letters that cannot be printed")
    return [(name, text) for name, text in kept if text]


def body(raw: bytes) -> list[Parameters]:
    """Return the questions of a body: one, or those of ``rows``, as parameters.

    Raises
    ------
    AskedWronglyError
        It is no JSON, or no questions.
    """
    try:
        found = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise AskedWronglyError(
            "the body is no JSON", hint='send an object, such as  {"reservations": 15}'
        ) from error
    match found:
        case {"rows": [*rows]} if len(found) == 1:
            if len(rows) > MOST_ROWS:
                raise AskedWronglyError(f"{len(rows):,} rows; at most {MOST_ROWS:,} at once")
        case _:
            rows = [found]
    return [_bounded(_parameters(row)) for row in rows]


def _no_number(text: str) -> None:
    raise ValueError(text)


def _parameters(row: object) -> Parameters:
    """Return the members of an object as parameters: a list is one for each of its values."""
    if not isinstance(row, dict):
        raise AskedWronglyError("a question is an object", hint='such as  {"reservations": 15}')
    found: Parameters = []
    for name, value in row.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict | list):
                raise AskedWronglyError(f"{wording.plain(name)[:40]}: a value within a value")
            if one is not None:
                found.append((name, one if isinstance(one, str) else json.dumps(one)))
    return found


def read(served: ServedModel, parameters: Parameters) -> Query:
    """Return what parameters ask of a model; their names are those of its options.

    Raises
    ------
    AskedWronglyError
        A name is none of them, or stands twice where one is meant.
    """
    manifest = served.manifest
    features = {flag(feature.name): feature for feature in manifest.features}
    others = {f"--{name}": name for name in _others(served)}
    given: dict[str, list[str]] = {}
    said: dict[str, str] = {}
    for name, text in parameters:
        option = flag(name)
        if option in features:
            given.setdefault(features[option].name, []).append(text)
        elif (plain := others.get(option.replace("--mlcli-", "--"))) is not None:
            if plain in said:
                raise AskedWronglyError(f"{name} stands here twice, and takes one value")
            said[plain] = text
        else:
            known = [one.removeprefix("--") for one in (*features, *others)]
            raise AskedWronglyError(
                f"{manifest.name} has no {wording.cut(name, 40)!r}", hint=did_you_mean(name, known)
            )
    return Query(given, said)


def _others(served: ServedModel) -> tuple[str, ...]:
    if served.things is not None:
        return _OF_THINGS
    return ("date", *_OF_ROWS) if served.manifest.key.unit else _OF_ROWS


def only(questions: Sequence[Query]) -> Query:
    """Return the one question there is; raises ``AskedWronglyError`` for several."""
    if len(questions) != 1:
        raise AskedWronglyError("a catalogue is asked once at a time", hint="send one object")
    return questions[0]


def answered(
    served: ServedModel, questions: Sequence[Query], known: Known | None, today: datetime
) -> Answered:
    """Return the answers to some questions; a refused one of several keeps its place.

    ``known`` is what the exports say of days to come, for questions about a date.

    Raises
    ------
    AskedWronglyError, RefusedError, DataError
        A question cannot be answered, and it is the only one; or any is asked wrongly.
    """
    asked = [(one, day) for one in questions for day in _days(served, one, today)]
    model = served.model
    assert model is not None
    most = MOST_ROWS if model.predict.equation else MOST_ROWS_BY_ESTIMATOR
    if len(asked) > most:
        raise AskedWronglyError(f"{len(asked):,} answers; at most {most:,} at once")
    alone = len(questions) == 1 and ask_range.DOTS not in questions[0].others.get("date", "")
    found = [_answer(served, one, day, known, alone=alone) for one, day in asked]
    levels = {one.others.get("range") for one in questions}
    if len(levels) > 1:
        raise AskedWronglyError("range: the same for every row, or for none")
    ready = served.ready
    for level in levels - {None}:
        ready = ask_range.ready(served.manifest, ask_range.read_level(str(level)))
    assert ready is not None
    return ask_range.Answered(served.manifest, found, ready)


def _days(served: ServedModel, asked: Query, today: datetime) -> Sequence[datetime | None]:
    """Return the days that a question is about; nothing, where it is about none."""
    date = asked.others.get("date")
    return [None] if date is None else ask_range.read_days(served.manifest, date, today)


def _answer(
    served: ServedModel, asked: Query, day: datetime | None, known: Known | None, *, alone: bool
) -> Answer:
    manifest, model = served.manifest, served.model
    assert model is not None
    question = ask.from_options(manifest, asked.features)
    try:
        found = of_day(served, known, day, question, anyway=asked.switch("anyway"))
    except (RefusedError, DataError) as error:
        if alone:
            raise
        when = {} if day is None else {manifest.key.name or "": day}
        given = {f.name: question.get(f.name) for f in manifest.features}
        return Answer({**when, **given}, None, None, (str(error),))
    return why.explained(manifest, model, found) if asked.switch("why") else found


def of_day(
    served: ServedModel, known: Known | None, day: datetime | None, given: Question, *, anyway: bool
) -> Answer:
    """Return the answer for a day, with what is known of it; without a day, to what is given.

    Raises
    ------
    RefusedError
        It lies outside what the model learned.
    DataError
        Nothing, or more than one thing, is known of the day.
    AskedWronglyError
        A feature lacks.
    """
    manifest, model, key = served.manifest, served.model, served.manifest.key.name
    assert model is not None
    if day is None or key is None:
        return ask.ask(manifest, model, given, anyway=anyway)
    when = phrases.period_start(manifest.key.unit, day)
    said = f"{when.date()}, a {wording.WEEKDAYS[when.weekday()]}, is left out: "
    model.must_know({key: when, **given}, anyway=anyway, of=said)
    rows = [one for one in (known.rows if known else ()) if one.asked.get(key) == when]
    if manifest.key.noun == "row":
        rows = meant_by(manifest.features, given, rows, lambda row, name: row.asked.get(name))
    there = {f.name for f in manifest.features} <= given.keys()
    if len(rows) != 1 and not there:
        if known is None:
            hint = "ask again in a moment, or say the features yourself"
            raise DataError("the exports are still being read", hint=hint)
        if known.problem:
            raise DataError(f"the exports could not be read: {known.problem}")
        stands = (
            f"stands in {len(rows)} rows"
            if rows
            else "is not among the days that wait for an answer"
        )
        raise DataError(f"{wording.written(when)} {stands}", hint="say the features yourself")
    row = rows[0] if rows else None
    if row is not None and row.refused and not anyway:
        raise RefusedError(row.refused)
    names = {feature.name for feature in manifest.features}
    found = {name: row.asked[name] for name in names if row and row.asked.get(name) is not None}
    answer = ask.ask(manifest, model, {**found, **given, key: when}, anyway=anyway)
    notes = ask.as_they_stand(manifest, when, known.last if known and row else None)
    return answer._replace(asked={key: when, **answer.asked}, notes=(*notes, *answer.notes))


def suggested(served: ServedModel, asked: Query) -> Suggested:
    """Return what is suggested for some wishes.

    Raises
    ------
    AskedWronglyError, RefusedError
        Nothing is wished for, or what nothing in the catalogue could meet.
    """
    return recommend.suggest(
        served.manifest,
        asked.features,
        top=asked.number("top", least=1),
        skip=asked.number("skip", least=0) or 0,
        why=asked.switch("why"),
        where=asked.others.get("where"),
        things=served.things,
    )


def openapi(models: Sequence[ServedModel], root: str) -> Json:
    """Return the OpenAPI document of what may be asked of some models."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "mlcli", "version": __version__},
        "servers": [{"url": root or "/"}],
        "paths": {f"/m/{one.manifest.name}.json": _addresses_of(one) for one in models},
    }


def _addresses_of(served: ServedModel) -> Json:
    features = served.manifest.features
    taken = {flag(feature.name) for feature in features}
    parameters = [
        *map(_described, features),
        *(
            {
                "name": f"mlcli-{name}" if f"--{name}" in taken else name,
                "in": "query",
                **_TAKES[name],
            }
            for name in _others(served)
        ),
    ]
    row = {"type": "object", "properties": {p["name"]: p["schema"] for p in parameters}}
    rows = {"type": "array", "items": row, "maxItems": MOST_ROWS}
    several = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    body = row if served.things is not None else {"anyOf": [row, several]}
    answers = {
        "200": {"description": "what the command line prints with --json"},
        "400": {"description": "asked wrongly"},
        "404": {"description": "nothing is known of the day"},
        "422": {"description": "refused: outside what the model learned"},
        "503": {"description": "the model is damaged"},
    }
    return {
        "get": {"parameters": parameters, "responses": answers},
        "post": {
            "requestBody": {"content": {"application/json": {"schema": body}}},
            "responses": answers,
        },
    }


_ON_OR_OFF: Final[Json] = {"schema": {"type": "boolean"}}
_WORDS: Final[Json] = {"schema": {"type": "string"}}
_TAKES: Final[Mapping[str, Json]] = {
    "date": {**_WORDS, "description": "a day: 2024-01-02, tomorrow; or 2024-01-02..2024-01-05"},
    "range": {**_WORDS, "description": "how sure the range around the answer is to be: 80%"},
    "anyway": {**_ON_OR_OFF, "description": "answer outside what was learned, too"},
    "why": {**_ON_OR_OFF, "description": "say what made the answer"},
    "top": {"schema": {"type": "integer", "minimum": 1}, "description": "how many to suggest"},
    "skip": {"schema": {"type": "integer", "minimum": 0}, "description": "how many to pass over"},
    "where": {**_WORDS, "description": "say where the thing of this name stands"},
}
"""What the options beside the features take."""


def _described(feature: Input) -> Json:
    if isinstance(feature, NumberInput):
        schema: Json = {"type": "number"}
    else:
        schema = {"type": "string", "examples": [*feature.levels[:3]]}
    if feature.several:
        schema = {"type": "array", "items": schema}
    name = flag(feature.name).removeprefix("--")
    return {"name": name, "in": "query", "schema": schema, "description": feature.describe()}
