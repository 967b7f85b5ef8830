"""From a question to an answer: what is delivered, what is noted, what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count, repeat
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.answering.encoding import encode, encode_many
from mlcli.answering.features import MissingValueError, UnknownLevelError
from mlcli.answering.label import NO_ANSWER
from mlcli.errors import Fix, RefusedError
from mlcli.grammar.cells import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from mlcli.answering.column import Column
    from mlcli.answering.domain import Predicate
    from mlcli.answering.features import Input
    from mlcli.answering.predicting import Predictor
    from mlcli.answering.reasons import Why
    from mlcli.answering.target import Raw, Raws, Target
    from mlcli.statistics.arrays import Flags

Question = Mapping[str, Value | None]

_MOST_NUMBERS: Final = 500_000
"""Of the matrix of questions that are answered at a time."""

_NONE: Final[Mapping[Any, Any]] = MappingProxyType({})

ANYWAY: Final = "--anyway answers all the same, with a note"
"""The hint of a refusal."""

_NOTHING: Final = "--anyway cannot help: nothing was learned of it; ask with what was learned from"


class Answer(NamedTuple):
    """One answered question.

    ``value`` is the raw prediction and ``answer`` what is delivered: numbers in the
    label's unit, or a class, which has ``probabilities`` where the model has them. All
    are ``None`` where the question was refused, and ``notes`` then holds the reason.
    ``outside_of`` names the features, the columns of the domain, and the date, of which it asks for
    something that training never held; ``why`` is what made the answer, where that was asked for.
    """

    asked: dict[str, Value | None]
    value: float | str | None
    answer: float | str | None
    notes: tuple[str, ...] = ()
    probabilities: dict[str, float] | None = None
    outside_of: tuple[str, ...] = ()
    why: Why | None = None

    @property
    def outside(self) -> bool:
        """Say whether it asks for something that training never held."""
        return bool(self.outside_of)

    @property
    def refused(self) -> bool:
        """Say whether there is no answer."""
        return self.value is None

    def dated(self, key: str, day: Value | None, never: Collection[str]) -> Answer:
        """Return it as outside in its date where that is of a weekday ``never`` learned from."""
        if self.refused or key in self.outside_of or not isinstance(day, datetime):
            return self
        weekday = wording.WEEKDAYS[day.weekday()]
        if weekday not in never:
            return self
        notes = (*self.notes, f"no {weekday} was learned from")
        return self._replace(notes=notes, outside_of=(*self.outside_of, key))

    def to_json(self, unit: str) -> dict[str, Any]:
        """Return the documented keys."""
        return {
            "asked": {name: plain(value) for name, value in self.asked.items()},
            "value": self.value,
            "answer": plain(self.answer),
            "unit": unit,
            "inside": not (self.refused or self.outside),
            "outside_of": list(self.outside_of),
            **({"why": self.why.to_json()} if self.why else {}),
        }


def plain(value: Value | None) -> Any:
    """Return a value as JSON has it: whole numbers without a point, tags as a list."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, float | bool | None) else wording.written(value)


class Answers(NamedTuple):
    """The answers to n questions, in columns.

    Attributes
    ----------
    able
        (n,) which of them have one.
    values
        The raw predictions of those that have one, in order.
    notes
        What there is to note of some, by their place; of one without an answer, why.
    outside_of
        The features, and the columns of the domain, in which some are outside.
    """

    able: Flags
    values: Raws
    notes: dict[int, list[str]]
    outside_of: dict[int, list[str]]


class Filled(NamedTuple):
    """n questions with the definition's constants in them, and (n,) of a column which are such."""

    columns: Mapping[str, Any]
    where: Mapping[str, Flags]


class Model(NamedTuple):
    """A fitted model, ready to answer; ``fills`` are the definition's constants for no value."""

    features: tuple[Input, ...]
    target: Target
    domain: tuple[Predicate, ...]
    predict: Predictor
    fills: Mapping[str, Value] = _NONE

    def must_know(
        self,
        question: Question,
        *,
        anyway: bool,
        of: str = "",
        implied: Callable[[], Question] = dict,
    ) -> None:
        """Raise ``RefusedError`` where a question is outside.

        ``of`` begins what is said then; ``implied`` returns what else is known of the question.
        """
        question = {**question, **self._lacking(question, question)}
        for predicate in () if anyway else self.domain:
            if predicate.refuses(question):
                raise self.refusal(f"{of}{predicate.reason}", {**question, **implied()})

    def refusal(self, reason: str, question: Question) -> RefusedError:
        """Return the refusal of a question outside; it names --anyway where that answers."""
        given = [feature for feature in self.features if feature.name in question]
        try:
            encode(given, question)
        except (MissingValueError, UnknownLevelError):
            return RefusedError(reason)
        return RefusedError(reason, hint=ANYWAY, fix=[Fix(value=True, option="--anyway")])

    def answer(self, question: Question, *, anyway: bool = False) -> Answer:
        """Answer one question, the definition's constants in place of what it lacks.

        Raises
        ------
        RefusedError
            It lies outside the domain, lacks a feature or has one that training never
            held, or has no answer.
        """
        filled = self._lacking({*question, *(f.name for f in self.features)}, question)
        question = {**question, **filled}
        self.must_know(question, anyway=anyway)
        try:
            vector = encode(self.features, question)
        except (MissingValueError, UnknownLevelError) as error:
            raise RefusedError(str(error), hint=_NOTHING if anyway else "") from error
        return self._delivered(question, self.predict.one(vector), filled, anyway=anyway)

    def _lacking(self, columns: Iterable[str], question: Question) -> Question:
        """Return the constants for those of some columns of which a question says nothing."""
        if not self.fills:
            return {}
        return {c: self.fills[c] for c in columns if c in self.fills and question.get(c) is None}

    def filled_many(self, columns: Mapping[str, Column]) -> Filled:
        """Put the definition's constants into what n questions lack of their columns."""
        gone = {name: columns[name].missing for name in self.fills if name in columns}
        where = {name: rows for name, rows in gone.items() if rows.any()}
        made = {name: columns[name].filled(self.fills[name]) for name in where}
        return Filled({**columns, **made}, where)

    def answer_many(
        self,
        columns: Mapping[str, Any],
        *,
        filled: Mapping[str, Flags] = _NONE,
        reasons: Mapping[int, str] = _NONE,
        unread: Mapping[int, str] = _NONE,
        unknown: Iterable[str] = (),
        anyway: bool = False,
    ) -> Answers:
        """Answer n questions; a refused one keeps its place and says why.

        Parameters
        ----------
        columns
            The features, and what is known of the columns of the domain.
        filled
            (n,) of a column in which of them the definition's constant stands.
        reasons
            Why some cannot be answered, by their place; with ``anyway``, they may.
        unread
            Of which some cell may be two values, by their place, and which.
        unknown
            Columns of which nothing is known where there is a reason.
        anyway
            Whether questions outside the domain are answered too.
        """
        import numpy as np

        asked = np.ones(len(columns[self.features[0].name]), dtype=bool)
        doubted = np.isin(np.arange(len(asked)), [*reasons])
        blank = dict.fromkeys(unknown, doubted)
        tests = [(p, p.refuses_many(columns, blank)) for p in self.domain]
        notes: dict[int, list[str]] = {}
        outside: dict[int, list[str]] = {}
        for predicate, refused in tests:
            for name in predicate.columns:
                _note(outside, refused & asked, repeat(name))
            if not anyway:
                _note(notes, refused & asked, repeat(predicate.reason))
                asked &= ~refused
        if not anyway:
            notes = {**{i: [reason] for i, reason in reasons.items()}, **notes}
            asked &= ~doubted
        notes |= {i: [reason] for i, reason in unread.items()}
        asked &= ~np.isin(np.arange(len(asked)), [*unread])
        able, values = self._predicted(columns, asked)
        for i in np.flatnonzero(asked & ~able).tolist():
            notes[i] = [self._reason({name: column[i] for name, column in columns.items()})]
        for feature in self.features:
            column = columns[feature.name]
            constant = able & filled.get(feature.name, False)
            _note(notes, constant, repeat(stands_in(feature.name, self.fills)))
            noted = able & feature.noted(column) & ~constant
            _note(notes, noted, map(feature.note, column.taken(noted)))
            _note(outside, noted & ~column.missing, repeat(feature.name))
        for predicate, refused in tests:  # none is left of those that are not answered anyway
            reason = f"outside what was learned: {predicate.reason}"
            _note(notes, able & refused, repeat(reason))
        at = self.target.noted(values)
        places = np.zeros(len(able), dtype=bool)
        places[np.flatnonzero(able)[at]] = True
        _note(notes, places, (self.target.note(values[i]) for i in np.flatnonzero(at)))
        return Answers(able, values, notes, outside)

    def each(self, columns: Mapping[str, Column], answers: Answers) -> Iterator[Answer]:
        """Yield the answers to n questions one by one."""
        place = count()
        for i, able in enumerate(answers.able.tolist()):
            asked = {f.name: f.asked(columns[f.name][i]) for f in self.features}
            notes, outside = answers.notes.get(i, []), answers.outside_of.get(i, [])
            if able:
                yield self._answer(asked, answers.values[next(place)], notes, outside)
            else:
                yield Answer(asked, None, None, tuple(notes), outside_of=self._in_order(outside))

    def _predicted(self, columns: Mapping[str, Column], asked: Flags) -> tuple[Flags, Raws]:
        """Return which of the questions asked can be answered, and their raw predictions."""
        import numpy as np

        rows, able = np.flatnonzero(asked), asked.copy()
        step = max(1, _MOST_NUMBERS // sum(feature.width for feature in self.features))
        parts = []
        for here in (rows[at : at + step] for at in range(0, len(rows), step)):
            matrix, encoded = encode_many(self.features, columns, here)
            values, there = self.predict.many(matrix if encoded.all() else matrix[encoded])
            able[here[~encoded]] = able[here[encoded][~there]] = False
            parts += [values[there]] if there.any() else []
        return able, self.target.joined(parts) if parts else self.target.together([])

    def _reason(self, question: Question) -> str:
        """Return why a question that is not left out has no answer."""
        try:
            self.answer(question, anyway=True)
        except RefusedError as error:
            return str(error)
        return NO_ANSWER

    def _delivered(
        self, question: Question, value: Raw, filled: Collection[str], *, anyway: bool
    ) -> Answer:
        notes, outside = list[str](), list[str]()
        for feature in self.features:
            given = question.get(feature.name)
            if feature.name in filled:
                notes.append(stands_in(feature.name, self.fills))
            elif note := feature.note(given):
                notes.append(note)
                outside += [feature.name] if given is not None else []
        for predicate in self.domain if anyway else ():
            if predicate.refuses(question):
                outside += predicate.columns
                notes.append(f"outside what was learned: {predicate.reason}")
        notes += [note] if (note := self.target.note(value)) else []
        asked = {f.name: f.asked(question.get(f.name)) for f in self.features}
        return self._answer(asked, value, notes, outside)

    def _answer(
        self,
        asked: dict[str, Value | None],
        value: Raw,
        notes: Sequence[str],
        outside: Sequence[str],
    ) -> Answer:
        delivered, shares = self.target.deliver(value), self.target.probabilities(value)
        outside_of = self._in_order(outside)
        return Answer(asked, self.target.value(value), delivered, tuple(notes), shares, outside_of)

    def _in_order(self, names: Collection[str]) -> tuple[str, ...]:
        """Return names once each: features in their order, then the domain's columns."""
        every = [feature.name for feature in self.features]
        every += [column for predicate in self.domain for column in predicate.columns]
        return tuple(name for name in dict.fromkeys(every) if name in names)


def stands_in(name: str, fills: Mapping[str, Value]) -> str:
    """Say that the definition's constant stands for no value."""
    return f"no {name} given: {wording.written(fills.get(name))} stands in for it"


def _note(notes: dict[int, list[str]], rows: Flags, texts: Iterable[str]) -> None:
    """Add a note to each of some rows."""
    for i, text in zip(rows.nonzero()[0].tolist(), texts, strict=False):
        notes.setdefault(i, []).append(text)
