"""What is said of answers, by their kind: plain text, and tables as plain text; without rich."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from math import floor, log10
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple

from mlcli import wording
from mlcli.answering.choices import commonest
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.answering.target import ThingTarget
from mlcli.statistics.metrics import CLASS_METRICS, METRICS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.choices import Choices
    from mlcli.answering.model import Answer
    from mlcli.answering.target import Raws
    from mlcli.judging.classes import WrongClass
    from mlcli.judging.numbers import Miss
    from mlcli.store.evidence import ClassFolds, Importance, NumberFolds
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import ClassScore, NumberScore, Scores


class ScoreTable(NamedTuple):
    """The metrics of a model: ``heading`` stands above their titles, ``baselines`` last."""

    directions: str
    heading: str
    baselines: Sequence[str]
    rows: Sequence[Sequence[str]]


class WorstTable(NamedTuple):
    """The worst answers: for each the row, the truth, the answer, and ``last``."""

    title: str
    last: str
    justify: Literal["left", "right"]
    rows: Sequence[tuple[str, str, str, str]]


class ImportanceTable(NamedTuple):
    """Which features matter: for each its name, what rises, and the interval; lines below."""

    title: str
    rises: str
    caption: str
    rows: Sequence[tuple[str, str, str]]
    below: Sequence[str]


class Said(ABC):
    """What is said of a model, whatever it answers with.

    ``not_final`` says why it cannot learn from held-out rows too, if it cannot; ``evaluated``
    what evaluate says of it.
    """

    not_final: ClassVar[str] = ""
    evaluated: ClassVar[str] = "says how far to trust it"

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest

    @abstractmethod
    def used(self) -> str:
        """Say which rows were learned from, and which were not."""

    def cautions(self) -> Iterator[str]:
        """Yield what not to rely on."""
        yield from ()

    def learned(self) -> str:
        """Return the equation, or the algorithm."""
        return self.manifest.equation or self.manifest.model.name

    def seen(self) -> list[str]:
        """Say of each feature what training saw of it."""
        return [f"{f.name}: {f.seen}" for f in self.manifest.features]


class OfThings(Said):
    """What is said of a catalogue of things."""

    not_final = "a catalogue has every row without --final"
    evaluated = "says what its lists are like"

    def used(self) -> str:
        """Say that none were held out."""
        return "all to learn from, none held out"

    def learned(self) -> str:
        """Return how many things there are, and how they are put in order."""
        recommend, used = self.manifest.lists, self.manifest.rows.used
        sets = f" with {wording.count(recommend.profiles, 'different set')} of features"
        differ = ", no two with the same features" if recommend.profiles == used > 1 else sets
        return (
            f"{wording.count(used, 'thing')}{differ}, "
            f"{Said.learned(self)}, in the order of {', '.join([*recommend.order, 'name'])}"
        )


class OfAnswers(Said):
    """What is said of answers that rows judge.

    ``merit`` is the metric that says it in one figure, ``title`` its name; ``base`` and
    ``loss`` are what answering without looking is beaten by, and in what.
    """

    merit: ClassVar[str]
    title: ClassVar[str]
    base: ClassVar[str]
    loss: ClassVar[str]

    def used(self) -> str:
        """Say how many were learned from, and which were held out."""
        split, rows = self.manifest.split.words, self.manifest.rows
        return f"{rows.train:,} to learn from; held out: {split if rows.holdout else 'none'}"

    @abstractmethod
    def written(self, value: Any) -> str:
        """Write an answer, without its unit."""

    def likely(self, answer: Any) -> str:
        """Write an answer as it stands alone."""
        return self.written(answer)

    @abstractmethod
    def cells(self, values: Raws, written: Callable[[str], str]) -> dict[str, list[str]]:
        """Write raw predictions into the columns of a file; ``written`` takes care of words."""

    def probabilities(self, answer: Answer) -> Iterator[str]:
        """Yield how probable each class is, and whether such figures are worth anything."""
        del answer
        yield from ()

    def exact(self, answer: Answer) -> str:
        """Return what was rounded, where that shows."""
        del answer
        return ""

    def trust(self) -> list[str]:
        """Say how far an answer may be off, and in further lines why it may be worth little."""
        return [self._judged(), *(f"note: {doubt}" for doubt in self.manifest.doubts)]

    def _judged(self) -> str:
        """Say how far an answer may be off, or how often it is right, from the held-out rows."""
        manifest = self.manifest
        if not manifest.rows.holdout:
            return f"{manifest.id}, not judged: no rows were held out"
        held = wording.count(manifest.rows.holdout, f"held-out {manifest.key.noun}")
        final = ", before it learned from those too" if manifest.final else ""
        return f"{self.off(held)} - {manifest.id}{final}"

    @abstractmethod
    def off(self, held: str) -> str:
        """Say so of the rows that are ``held`` out, in words."""

    @abstractmethod
    def scores(self, scores: Scores) -> ScoreTable:
        """Return the table of metrics: train and hold-out, beside the baselines."""

    @abstractmethod
    def interval(self, low: float, high: float) -> str:
        """Write both ends of the interval of ``merit``."""

    @abstractmethod
    def in_folds(self, found: NumberFolds | ClassFolds) -> str:
        """Write what ``merit`` was in cross-validation, beside answering without looking."""

    @abstractmethod
    def worst(self, rows: Sequence[Any]) -> WorstTable:
        """Return the table of the worst answers."""

    def importance(self, found: Importance) -> ImportanceTable:
        """Return which features matter, and what to know of it."""
        rises, unit = _RISES[found.metric]
        unit = unit.format(self.manifest.target.unit)
        rows = wording.count(found.rows, f"{_OF_ROWS[found.of]} {self.manifest.key.noun}")
        write = _evenly([one.rise for one in found.features], share=found.metric == "wrong")
        cells = [
            (one.feature, write(one.rise), " to ".join(map(write, one.interval or ())) or "-")
            for one in found.features
        ]
        if len(cells) == 1:
            ((feature, rise, ends),) = cells
            shuffled = f"with its values shuffled among {rows}"
            line = f"what {feature} is worth: {shuffled}, {rises} {rise}{unit} (95 %: {ends})"
            return ImportanceTable("", "", "", (), [line])
        others = found.features[_MOST_FEATURES:]
        if others:
            most = write(max(abs(one.rise) for one in others))
            named = wording.count(len(others), "other feature")
            cells[_MOST_FEATURES:] = [(named, f"under {most}", "")]
        shown = found.features[:_MOST_FEATURES]
        unsure = [one.feature for one in shown if one.interval and one.interval[0] <= 0]
        below = []
        if unsure:
            below.append(f"whether {wording.both(unsure, by='or')} matters at all: cannot tell")
        below += [
            f"note: {one} and {other} are alike: one can stand in for the other, so that each "
            "seems to matter less than it does"
            for one, other in found.alike[:_MOST_SHOWN]
        ]
        return ImportanceTable(
            "which features matter",
            rises,
            f"On {rows}, with this feature's values shuffled among them{unit and ', in'}{unit}.",
            cells,
            below,
        )


class OfNumbers(OfAnswers):
    """What is said of numbers."""

    merit = "mae"
    title = "MAE"
    base = "the mean"
    loss = "error"

    @property
    def target(self) -> NumberTarget:
        """Return what is answered."""
        found = self.manifest.target.amounts
        assert found is not None
        return found

    def written(self, value: float) -> str:
        """Write it whole where answers are, else to four figures."""
        return f"{value:,.0f}" if self.target.whole else wording.figure(value)

    def likely(self, answer: float) -> str:
        """Write it with its unit."""
        return f"{self.written(answer)} {self.target.unit}"

    def cells(
        self, values: NDArray[np.float64], written: Callable[[str], str]
    ) -> dict[str, list[str]]:
        """Write them in full: whole, or to the digits that are delivered."""
        del written
        if self.target.whole:
            return {"answer": [*map(in_full, self.target.answers(values).tolist())]}
        texts = ("%.14g\n" * len(values) % tuple(self.target.raised(values).tolist())).split()
        return {"answer": [in_full(float(text)) if "e" in text else text for text in texts]}

    def exact(self, answer: Answer) -> str:
        """Return the number before it was rounded."""
        exact, delivered = wording.figure(float(answer.value or 0)), float(answer.answer or 0)
        return "" if exact == wording.figure(delivered) else f"{exact} before rounding; "

    def off(self, held: str) -> str:
        """Say how far answers are off."""
        score = self.manifest.metrics[self.merit]
        ours, mean = (_figure(one, digits=2) for one in (score.holdout, score.baseline))
        return (
            f"off by {ours} {self.target.unit} on average over {held}; "
            f"always answering the mean would be off by {mean}"
        )

    def scores(self, scores: Any) -> ScoreTable:
        """Return the table, with the rule in use today if there is one."""
        found: dict[str, NumberScore] = scores
        own = any(score.own_baseline is not None for score in found.values())
        return ScoreTable(
            "Lower is better; R2 higher: 1 is perfect, 0 is what the rows' own mean gives.",
            f"in {self.target.unit}",
            ["the mean", *(["your rule"] if own else [])],
            [
                [METRICS[name].title, *(_metric(name, one) for one in _figures(score)[: 3 + own])]
                for name, score in found.items()
            ],
        )

    def interval(self, low: float, high: float) -> str:
        """Write them in the label's unit."""
        return f"{_figure(low)} and {_figure(high)} {self.target.unit}"

    def in_folds(self, found: NumberFolds | ClassFolds) -> str:
        """Write how far raw predictions were off."""
        unit = f" {self.target.unit}"
        off = unit if found.sd is None else f" ± {_figure(found.sd, digits=2)}{unit}"
        mean, base = (_figure(one, digits=4) for one in (found.mean, found.baseline))
        return f"MAE {mean}{off}, the mean {base}"

    def worst(self, rows: Sequence[Miss]) -> WorstTable:
        """Return where it missed most."""
        return WorstTable(
            "where it missed most",
            "off by",
            "right",
            [
                (
                    one.row,
                    wording.figure(one.truth),
                    wording.figure(one.answer),
                    f"{'+' if one.miss > 0 else ''}{wording.figure(one.miss)}",
                )
                for one in rows
            ],
        )


def _figures(score: NumberScore) -> list[float | None]:
    """Return the figures of one metric; what is but the rounding of doubles is 0."""
    least = 1e-9 * abs(score.baseline or 0)
    found = [score.train, score.holdout, score.baseline, score.own_baseline]
    return [0.0 if one is not None and abs(one) < least else one for one in found]


def _metric(name: str, value: float | None) -> str:
    if value is None or METRICS[name].of_label:
        return _figure(value)
    return f"{round(value, 2) + 0.0:.2f}"  # + 0.0: no "-0.00"


def _figure(value: float | None, *, digits: int = 3) -> str:
    return "-" if value is None else wording.figure(value, digits=digits)


def _evenly(values: Sequence[float], *, share: bool) -> Callable[[float], str]:
    """Return what writes figures with as many decimals: three digits of the largest."""
    if share:
        return percent
    largest = max(map(abs, values)) or 1.0
    decimals = min(max(2 - floor(log10(largest)), 0), 9)
    return lambda value: f"{round(value, decimals) + 0.0:,.{decimals}f}"


def in_full(value: float | None) -> str:
    """Write a number into a file, or nothing."""
    if value is None:
        return ""
    return f"{value:.0f}" if value.is_integer() else repr(value)


class OfClasses(OfAnswers):
    """What is said of classes."""

    merit = "accuracy"
    title = "accuracy"
    base = "the shares of the classes"
    loss = "log loss"

    def written(self, value: str) -> str:
        """Write it as it is."""
        return value

    def cells(self, values: Choices, written: Callable[[str], str]) -> dict[str, list[str]]:
        """Write them, and how probable each is."""
        target: Any = self.manifest.target
        at, shares = target.answered(values).tolist(), target.shares(values)
        words, sure = [*map(written, target.classes)], [""] * len(at)
        if shares is not None:
            sure = [*map(repr, shares[range(len(at)), at].tolist())]
        return {"answer": [words[place] for place in at], "probability": sure}

    def seen(self) -> list[str]:
        """Say what training saw of the classes too."""
        shares = self.manifest.shares
        classes = [f"{name} {wording.share(part)}" for name, part in shares.items()]
        listed = wording.listed(classes, most=12)
        return [f"{self.manifest.target.name}: {listed}", *Said.seen(self)]

    def probabilities(self, answer: Answer) -> Iterator[str]:
        """Yield the likeliest classes, and whether not to rely on such figures."""
        shares = answer.probabilities
        if shares is None:
            return
        likely = sorted(shares, key=lambda name: -shares[name])
        each = [f"{name} {wording.share(shares[name])}" for name in likely]
        yield f"probabilities: {wording.listed(each, most=_MOST_SHOWN)}"
        yield from self.cautions()

    def cautions(self) -> Iterator[str]:
        """Yield a warning where the shares would do better than its probabilities."""
        loss = self.manifest.metrics[_LOSS]
        if loss.holdout is not None and loss.baseline is not None and loss.holdout > loss.baseline:
            yield _NO_CHANCES

    def off(self, held: str) -> str:
        """Say how many answers are right, and from what probability on one is answered."""
        score, target = self.manifest.metrics[self.merit], self.manifest.target
        ours, always = (_share(one) for one in (score.holdout, score.baseline))
        base = commonest(self.manifest.shares)
        line = f", {target.line}" if target.line else ""
        return (
            f"right in {ours} of {held}; always answering {base} would be right in {always}{line}"
        )

    def scores(self, scores: Any) -> ScoreTable:
        """Return the table, beside always answering the commonest."""
        found: dict[str, ClassScore] = scores
        return ScoreTable(
            "Shares: higher is better. Log loss: lower is better, 0 is perfect.",
            self.manifest.target.name,
            [f"always {commonest(self.manifest.shares)}"],
            [
                [
                    CLASS_METRICS[name].title,
                    *(
                        _figure(one) if name == _LOSS else percent(one)
                        for one in (score.train, score.holdout, score.baseline)
                    ),
                ]
                for name, score in found.items()
            ],
        )

    def interval(self, low: float, high: float) -> str:
        """Write them as shares."""
        return f"{low:.1%} and {high:.1%}"

    def in_folds(self, found: NumberFolds | ClassFolds) -> str:
        """Write how many answers were right."""
        off = "" if found.sd is None else f" ± {percent(found.sd)}"
        return f"accuracy {percent(found.mean)}{off}, the commonest {percent(found.baseline)}"

    def worst(self, rows: Sequence[WrongClass]) -> WorstTable:
        """Return where it was surest and wrong."""
        return WorstTable(
            "where it was surest and wrong",
            "probability",
            "left",
            [
                (
                    one.row,
                    one.truth,
                    one.answer,
                    "-" if one.probability is None else f"{one.probability:.0%}",
                )
                for one in rows
            ],
        )


_LOSS: Final = "log_loss"
_RISES: Final = {
    "mae": ("MAE rises by", " {}"),
    "wrong": ("wrong answers rise by", " shares of all"),
    "log_loss": ("log loss rises by", ""),
}
_OF_ROWS: Final = {"held_out": "held-out", "left_out": "cross-validated"}
_MOST_SHOWN: Final = 5
_MOST_FEATURES: Final = 12
_NO_CHANCES: Final = (
    "note: on the held-out rows its probabilities were worse than the plain shares of the "
    "classes: do not rely on them"
)


def percent(value: float | None) -> str:
    """Return a share in percent, or a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def _share(value: float | None) -> str:
    return "-" if value is None else wording.share(value)


SAID: Final[dict[str, type[Said]]] = {
    NumberTarget.kind: OfNumbers,
    ClassTarget.kind: OfClasses,
    ThingTarget.kind: OfThings,
}


def of(manifest: Manifest) -> Said:
    """Return what is said of a model."""
    return SAID[manifest.answers.kind](manifest)


def of_answers(manifest: Manifest) -> OfAnswers:
    """Return what is said of a model that answers row by row."""
    kind: Any = SAID[manifest.answers.kind]
    found: OfAnswers = kind(manifest)
    return found
