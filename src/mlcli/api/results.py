"""What calls from Python come back with: plain values that show themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, Self, overload

from mlcli import wording
from mlcli.answering.ranges_and_decisions import percent
from mlcli.grammar import cells

if TYPE_CHECKING:
    from mlcli.errors import Problem
    from mlcli.grammar.cells import Json


class Shown(NamedTuple):
    """How a result is shown: a title, a table (its head first), and lines below."""

    title: str
    rows: Sequence[Sequence[str]] = ()
    right: Sequence[bool] = ()
    below: Sequence[str] = ()

    def text(self) -> str:
        """Return plain text: the table is aligned as a terminal shows it."""
        lines = wording.aligned(self.rows, self.right) if self.rows else []
        return "\n".join([wording.plain(self.title), *lines, *map(wording.plain, self.below)])

    def html(self) -> str:
        """Return a table of HTML, in which everything from data is escaped."""
        from html import escape

        def tagged(tag: str, text: str) -> str:
            return f"<{tag}>{escape(wording.plain(text))}</{tag}>"

        rows = [
            "".join(tagged("td" if at else "th", cell) for cell in row)
            for at, row in enumerate(self.rows)
        ]
        table = "".join([tagged("caption", self.title), *(f"<tr>{row}</tr>" for row in rows)])
        return "".join([f"<table>{table}</table>", *(tagged("p", line) for line in self.below)])


@dataclass(frozen=True, repr=False)
class _Result:
    """What was asked for: its attributes are keys of the object that ``--json`` prints."""

    _json: Json

    @classmethod
    def read(cls, data: Json, part: Json | None = None, **more: object) -> Self:
        """Return the result that an object holds, or that a part of it does."""
        held = data if part is None else part
        names = (field.name for field in fields(cls) if field.name not in {"_json", *more})
        return cls(data, **{name: held.get(name) for name in names}, **more)

    def to_json(self) -> Json:
        """Return what ``--json`` prints for the same question: see the reference.

        All but ``schema_version`` and ``next``, which are for programs that run commands.
        """
        return self._json

    def _shown(self) -> Shown:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._shown().text()

    def _repr_html_(self) -> str:
        return self._shown().html()


@dataclass(frozen=True, repr=False)
class Prediction(_Result):
    """One answered question.

    Attributes
    ----------
    asked
        The value of each feature, dates as texts; of a day, all that was looked up.
    answer
        A number in ``unit``, rounded as labels are, or a class; ``None`` where a row was
        refused, and ``notes`` say why.
    value
        The number before it was rounded, or the class.
    unit
        What is counted, or what the class is of.
    notes
        What is to be known of the answer.
    doubts
        Why answers of the model may be worth little, in words.
    probabilities
        Of each class, from 0 to 1, where the model has them.
    range
        ``low`` and ``high``, in ``unit``, and the ``level`` that was asked for, from 0 to 1.
    decision
        The ``quantity`` to have ready, in ``unit``, where the definition says ``decide``.
    why
        What made it, where that was asked for: see the reference.
    """

    asked: Json
    answer: float | str | None
    value: float | str | None
    unit: str
    notes: Sequence[str]
    probabilities: Mapping[str, float] | None
    range: Json | None
    decision: Json | None
    doubts: Sequence[str]
    why: Json | None

    def __repr__(self) -> str:
        (one,) = self._json["predictions"]
        of = "" if "probabilities" in one else f" {self.unit}"  # a class has no unit
        beside = (_beside(name, one) for name in ("range", "decision") if one.get(name))
        said = [f"{_written(self.answer)}{of}", *beside, *self.notes, *self.doubts]
        return wording.plain("; ".join(said))

    def _shown(self) -> Shown:
        return _answers(self._json)


@dataclass(frozen=True, repr=False)
class Predictions(_Result, Sequence[Prediction]):
    """Answers to several questions, in order.

    Attributes
    ----------
    doubts
        Why answers of the model may be worth little, in words.
    """

    doubts: Sequence[str]

    def __len__(self) -> int:
        return len(self._json["predictions"])

    @overload
    def __getitem__(self, at: int) -> Prediction: ...
    @overload
    def __getitem__(self, at: slice) -> Predictions: ...
    def __getitem__(self, at: int | slice) -> Prediction | Predictions:
        found = self._json["predictions"][at]
        if isinstance(at, slice):
            return Predictions.read({**self._json, "predictions": found}, doubts=self.doubts)
        return Prediction.read({**self._json, "predictions": [found]}, found, doubts=self.doubts)

    def _shown(self) -> Shown:
        return _answers(self._json)


def _answers(data: Json) -> Shown:
    """Return a row for each question: what was asked, the answer, and what stands beside it."""
    found = data["predictions"]
    title = f"{_id(data)}: {wording.count(len(found), 'answer')}"
    if not found:
        return Shown(title)
    beside = [name for name in ("range", "decision") if name in found[0]]
    head = [*found[0]["asked"], found[0]["unit"], *beside, "notes"]
    rows = [
        [
            *map(_written, (*one["asked"].values(), one["answer"])),
            *(_beside(name, one) for name in beside),
            "; ".join(one["notes"]),
        ]
        for one in found
    ]
    right = [False, *[True] * (len(head) - 2), False]
    return Shown(title, [head, *rows], right, data.get("doubts", ()))


def _beside(name: str, one: Json) -> str:
    """Say what stands beside an answer: a range, or how much to have ready."""
    if one[name] is None:
        return "-"
    if name == "decision":
        return f"have {_written(one[name]['quantity'])} ready"
    return f"{_written(one[name]['low'])} to {_written(one[name]['high'])}"


class SuggestedThing(NamedTuple):
    """A thing of a catalogue.

    ``wishes_met`` are the features it is as wished in, ``met`` the words of them; ``score``
    puts things that meet as many in order; ``show`` is what the definition shows of it;
    ``above_next`` is what puts it above the next, where that was asked for.
    """

    name: str
    wishes_met: Sequence[str]
    met: Sequence[str]
    score: float
    show: Mapping[str, str]
    above_next: Json | None = None


@dataclass(frozen=True, repr=False)
class Suggestions(_Result, Sequence[SuggestedThing]):
    """Things of a catalogue, the best first.

    Attributes
    ----------
    things, meeting_all
        How many there are, and how many of them meet every wish.
    notes
        What is to be known of the list.
    where
        Where the thing that was asked for stands, as often as there is one of that name.
    """

    things: int
    meeting_all: int
    notes: Sequence[str]
    where: Sequence[Json] | None

    def __len__(self) -> int:
        return len(self._json["suggestions"])

    @overload
    def __getitem__(self, at: int) -> SuggestedThing: ...
    @overload
    def __getitem__(self, at: slice) -> list[SuggestedThing]: ...
    def __getitem__(self, at: int | slice) -> SuggestedThing | list[SuggestedThing]:
        return [SuggestedThing(**one) for one in self._json["suggestions"]][at]

    def _shown(self) -> Shown:
        met = f"{self.meeting_all:,} of {wording.count(self.things, 'thing')} meet every wish"
        rows = [
            [one.name, ", ".join(one.met) or "-", *map(wording.written, one.show.values())]
            for one in self
        ]
        right = [all(map(cells.is_number, column)) for column in zip(*rows, strict=True)]
        head = [["name", "meets", *one.show] for one in self[:1]]
        return Shown(f"{_id(self._json)}: {met}", [*head, *rows], right, self.notes)


@dataclass(frozen=True, repr=False)
class FitResult(_Result):
    """A version that was fitted, and how good it is.

    Attributes
    ----------
    model, version
        Which it is.
    new
        False where the current version had learned exactly this already.
    rows
        How many were ``used``, learned from (``train``) and held out (``holdout``).
    metrics
        By metric its figures: ``train``, ``holdout``, those of baselines, in their ``unit``.
    equation
        The model as a formula, if it has one.
    notes
        What is to be known of it.
    doubts
        Why its answers may be worth little, in words.
    warnings
        What the definition says that is probably not meant.
    """

    model: str
    version: int
    new: bool
    rows: Mapping[str, int]
    metrics: Mapping[str, Json]
    equation: str | None
    notes: Sequence[str]
    doubts: Sequence[str]
    warnings: tuple[Problem, ...]

    def _shown(self) -> Shown:
        state = "fitted" if self.new else "unchanged: it had learned exactly this already"
        used, held = (self.rows[name] for name in ("used", "holdout"))
        rows = f"{wording.count(used, 'row')}, {held:,} held out"
        below = [*([self.equation] if self.equation else []), *self.notes, *self.doubts]
        return _scores(f"{self.model}@{self.version}  {state}; {rows}", self.metrics, below)


@dataclass(frozen=True, repr=False)
class EvaluationResult(_Result):
    """How good a model is.

    Attributes
    ----------
    of
        The rows that it was judged on, in words.
    rows
        How many were learned from (``train``) and judged (``holdout``).
    metrics
        By metric its figures: ``train``, ``holdout``, those of baselines, in their ``unit``;
        of a catalogue, what its lists are like.
    worst, notes
        The largest misses, and what is to be known of it; ``None`` of a catalogue.
    doubts
        Why its answers may be worth little, in words.
    importance, weights
        Which features matter, and every weight of an equation; see the reference.
    """

    of: str
    rows: Mapping[str, int]
    metrics: Mapping[str, Json]
    worst: Sequence[Json] | None
    notes: Sequence[str] | None
    doubts: Sequence[str]
    importance: Json | None
    weights: Sequence[Json] | None

    def _shown(self) -> Shown:
        title = f"{_id(self._json)}  judged on {self.of}"
        if all("holdout" in figures for figures in self.metrics.values()):
            below = (*(self.notes or ()), *self.doubts, *self._range_held())
            return _scores(title, self.metrics, below)
        rows = [[_words(name), _figures(found)] for name, found in self.metrics.items()]
        title = f"{_id(self._json)}  {self.of}"
        return Shown(title, [["of its lists", "figures"], *rows], [False, False])

    def _range_held(self) -> Iterator[str]:
        """Yield how often the range held on the rows held out, where those were judged."""
        found = (self._json["evidence"] or {}).get("range_held")
        if found and self._json["spread"] is None:
            level, of = percent(found["level"]), f"{found['rows']:,} held-out rows"
            yield found.get("doubt", f"the {level} range held on {found['held']:,} of {of}")


def _scores(title: str, metrics: Mapping[str, Json], below: Sequence[str]) -> Shown:
    """Return a row for each metric, with the figures that any of them has."""
    named = [_numbers(found) for found in metrics.values()]
    names = [name for name in dict.fromkeys(n for one in named for n in one) if name[-4:] != "_raw"]
    rows = [
        [_words(metric), *(_written(found.get(name)) for name in names)]
        for metric, found in zip(metrics, named, strict=True)
    ]
    head = [["", *map(_words, names)]] if rows else []
    return Shown(title, [*head, *rows], [False, *[True] * len(names)], below)


def _figures(found: Json) -> str:
    """Write the figures of a metric, each with its name."""
    return ", ".join(f"{_words(name)} {_written(n)}" for name, n in _numbers(found).items())


def _numbers(found: Json) -> Json:
    return {name: n for name, n in found.items() if isinstance(n, int | float)}


@dataclass(frozen=True, repr=False)
class ComparisonResult(_Result):
    """Which of several models is better.

    Attributes
    ----------
    best
        The name of the best one; ``None`` where rows are too few to prefer any.
    models
        The ``name`` and the ``metrics`` of each, the best first: by metric ``cv``, the errors of
        cross-validation, and ``holdout``, that on the rows held out; lower is better.
    baseline
        The same of answering without looking.
    words
        What there is to say of each pair, a sentence each.
    """

    best: str | None
    models: Sequence[Json]
    baseline: Json
    words: Sequence[str]

    def _shown(self) -> Shown:
        rows = [
            [one["name"], metric, _written(found["cv"]["mean"]), _written(found["holdout"])]
            for one in (*self.models, self.baseline)
            for metric, found in one["metrics"].items()
        ]
        used = wording.count(self._json["rows"]["used"], "row")
        title = f"compared on the same {used}, errors in {self._json['unit']}"
        head = ["", "metric", "cross-validated", "held out"]
        return Shown(title, [head, *rows], [False, False, True, True], self.words)


def _id(data: Json) -> str:
    return f"{data['model']}@{data['version']}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _written(cell: object) -> str:
    """Write a figure or a word of plain data for reading."""
    if cell is None or isinstance(cell, list):
        return ", ".join(map(str, cell or ())) or "-"
    if isinstance(cell, float):
        return wording.figure(cell)
    return f"{cell:,}" if type(cell) is int else str(cell)
