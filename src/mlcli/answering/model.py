"""From a question to an answer: what is delivered, what is noted, what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli import wording
from mlcli.answering.encoding import encode
from mlcli.answering.features import MissingValueError, UnknownLevelError
from mlcli.errors import RefusedError
from mlcli.grammar.cells import Value

if TYPE_CHECKING:
    from mlcli.answering.domain import Predicate
    from mlcli.answering.features import Input
    from mlcli.answering.predicting import Predictor
    from mlcli.answering.target import Raw, Target

Question = Mapping[str, Value | None]
Vector = list[float]

ANYWAY: Final = "--anyway answers all the same, with a note"
"""The hint of a refusal."""


class Answer(NamedTuple):
    """One answered question.

    ``value`` is the raw prediction and ``answer`` what is delivered: numbers in the
    label's unit, or a class, which has ``probabilities`` where the model has them. All
    are ``None`` where the question was refused, and ``notes`` then holds the reason.
    ``outside`` says that it asks for something that training never held.
    """

    asked: dict[str, Value | None]
    value: float | str | None
    answer: float | str | None
    notes: tuple[str, ...] = ()
    probabilities: dict[str, float] | None = None
    outside: bool = False

    @property
    def refused(self) -> bool:
        """Say whether there is no answer."""
        return self.value is None

    def to_json(self, unit: str) -> dict[str, Any]:
        """Return the documented keys."""
        return {
            "asked": {name: plain(value) for name, value in self.asked.items()},
            "value": self.value,
            "answer": plain(self.answer),
            "unit": unit,
            "notes": list(self.notes),
        }


def plain(value: Value | None) -> Any:
    """Return a value as JSON has it: whole numbers without a point, tags as a list."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, float | bool | None) else wording.written(value)


class Model(NamedTuple):
    """A fitted model, ready to answer."""

    features: tuple[Input, ...]
    target: Target
    domain: tuple[Predicate, ...]
    predict: Predictor

    def refusal(self, question: Question, *, anyway: bool = False) -> str:
        """Return why a question is outside what was learned, or nothing."""
        if anyway:
            return ""
        return next((p.reason for p in self.domain if p.refuses(question)), "")

    def must_know(self, question: Question, *, anyway: bool, of: str = "") -> None:
        """Raise ``RefusedError`` where a question is outside; ``of`` begins what is said then."""
        if reason := self.refusal(question, anyway=anyway):
            raise RefusedError(f"{of}{reason}", hint=ANYWAY)

    def answer(self, question: Question, *, anyway: bool = False) -> Answer:
        """Answer one question.

        Raises
        ------
        RefusedError
            It lies outside the domain, lacks a feature or has one that training never
            held, or has no answer.
        """
        self.must_know(question, anyway=anyway)
        vector = self._encoded(question)
        if isinstance(vector, str):
            raise RefusedError(vector)
        return self._delivered(question, self.predict.one(vector), anyway=anyway)

    def answer_all(
        self, questions: Sequence[Question], *, reasons: Sequence[str] = (), anyway: bool = False
    ) -> list[Answer]:
        """Answer questions one by one, in order; a refused one keeps its place and says why.

        ``reasons`` are texts, one a question, for which some are refused already.
        """
        known = [""] * len(questions) if anyway or not reasons else reasons
        prepared = [
            self.refusal(question, anyway=anyway) or reason or self._encoded(question)
            for question, reason in zip(questions, known, strict=True)
        ]
        values = iter(self._values([p for p in prepared if not isinstance(p, str)]))
        return [
            Answer(self._asked(question), None, None, (found,))
            if isinstance(found, str)
            else self._told(question, next(values), anyway=anyway)
            for question, found in zip(questions, prepared, strict=True)
        ]

    def _values(self, vectors: Sequence[Vector]) -> list[Raw | None]:
        """Return the raw prediction of each row of the matrix, if an estimator makes them."""
        if self.predict.equation is not None or not vectors:
            return [None] * len(vectors)
        import numpy as np

        values, able = self.predict.many(np.array(vectors))
        return [values[i] if there else None for i, there in enumerate(able.tolist())]

    def _told(self, question: Question, value: Raw | None, *, anyway: bool) -> Answer:
        """Return a question of many with what there is to note, or the reason of its refusal."""
        if value is not None:
            return self._delivered(question, value, anyway=anyway)
        try:
            return self.answer(question, anyway=anyway)
        except RefusedError as error:
            return Answer(self._asked(question), None, None, (str(error),))

    def _encoded(self, question: Question) -> Vector | str:
        """Return the row of the matrix, or the reason why there is none."""
        try:
            return encode(self.features, question)
        except (MissingValueError, UnknownLevelError) as error:
            return str(error)

    def _delivered(self, question: Question, value: Raw, *, anyway: bool) -> Answer:
        said = [(f.name, note) for f in self.features if (note := f.note(question.get(f.name)))]
        notes = [note for _, note in said]
        outside = any(question.get(name) is not None for name, _ in said)
        if anyway:
            reasons = [p.reason for p in self.domain if p.refuses(question)]
            outside = outside or bool(reasons)
            notes += [f"outside what was learned: {reason}" for reason in reasons]
        notes += [note] if (note := self.target.note(value)) else []
        return Answer(
            self._asked(question),
            self.target.value(value),
            self.target.deliver(value),
            tuple(notes),
            self.target.probabilities(value),
            outside=outside,
        )

    def _asked(self, question: Question) -> dict[str, Value | None]:
        return {f.name: f.asked(question.get(f.name)) for f in self.features}
