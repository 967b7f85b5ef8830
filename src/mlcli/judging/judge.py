"""What judges answers of one kind, and what folds of the rows to learn from show of a model.

Both have a class for each kind of answer: in ``judging.numbers`` and in ``judging.classes``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property, partial
from math import fsum, inf
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, Self

import numpy as np

from mlcli import wording
from mlcli.answering.encoding import dense_parts
from mlcli.errors import DataError
from mlcli.judging import cross_validation, misfit, simpler
from mlcli.judging.beside_base import (
    BETTER_BY,
    BesideBase,
    FoldFigures,
    Median,
    deviation,
    mean_if_known,
    unlike,
    wider,
)
from mlcli.judging.cross_validation import Tested
from mlcli.learning import fitting, splits
from mlcli.statistics import dependence, intervals, learning_curve
from mlcli.statistics.dependence import ALONE, Related
from mlcli.store.evidence import CrossValidated, Misfit, RangeHeld, RowsCurve, Spread
from mlcli.store.records import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.target import Raws, Target
    from mlcli.definition.algorithms import Algorithm
    from mlcli.definition.definition import Decide, Threshold
    from mlcli.judging.cross_validation import Seen
    from mlcli.judging.importance import LeftOut
    from mlcli.learning.fitting import Fitted
    from mlcli.learning.judged import Judged
    from mlcli.learning.labels import Lesson
    from mlcli.learning.splits import Folds
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.statistics.dependence import MeanKnown
    from mlcli.statistics.intervals import Interval
    from mlcli.store.evidence import ClassFolds, ClassReport, DecisionReport, NumberFolds
    from mlcli.store.scores import Score, Scores

_MOST_OF_SLOW: Final = 500
"""Rows up to which a model that takes long is learned again for a curve."""

_ONE_PART: Final = "all are of one day or group, which gives no interval"
_ALL_ALIKE: Final = "all are missed alike, which gives no interval"


class Simpler(NamedTuple):
    """A simpler setting that shows that a model is overfit.

    ``less`` is the share of the error that it takes off, ``error`` its own; ``advice`` says to
    write ``model``, where that is better on the folds whose figures are printed too.
    """

    less: float
    error: float
    advice: str
    model: str | None


class Judge(ABC):
    """How answers of one kind are judged.

    Attributes
    ----------
    skill_by
        The metric, lower being better, in which answering without looking is to be beaten.
    folds
        What is kept of one metric in cross-validation.
    merit, highest
        The metric that is averaged over rows, and the most that it can be.
    """

    skill_by: ClassVar[str]
    folds: ClassVar[type[NumberFolds | ClassFolds]]
    merit: ClassVar[str]
    highest: ClassVar[float]

    def __init__(self, target: Any) -> None:
        self.target: Target = target

    def of(self, target: Target) -> Self:
        """Return the same for another target of the kind."""
        return type(self)(target)

    @abstractmethod
    def scores(self, train: Judged, held_out: Judged | None, blind: Any) -> Scores:
        """Score a model on the rows it learned from and on those held out, by metric."""

    @abstractmethod
    def no_better(
        self,
        found: Mapping[str, BesideBase],
        own: float | None = None,
        median: Median | None = None,
    ) -> str:
        """Return which answers without looking the model does no better than, in words, if so.

        ``found`` has its figures by metric, and those of answering without looking; ``own`` is
        that of the definition's own rule by the first metric. What takes off less than a
        twentieth of an error is no better.
        """

    def no_better_on(self, scores: Scores, median: Median | None = None) -> str:
        """Return the same of rows that were not learned from."""
        own = getattr(scores[self.merit], "own_baseline", None)
        found = {name: BesideBase(one.holdout, one.baseline) for name, one in scores.items()}
        return self.no_better(found, own, median)

    def median(self, learned: NDArray[Any], truths: NDArray[Any]) -> Median | None:
        """Return what always answering the median of labels comes to, where they have one."""
        del learned, truths
        return None

    @abstractmethod
    def moved(self, learned: NDArray[Any], newest: NDArray[Any], those: str) -> str:
        """Say that the newest labels, called ``those``, differ by much from others, if so."""

    def unlike(self, rows: Judged, kept: Sequence[float]) -> Iterable[str]:
        """Return how rows of a file are unlike those learned from, which left ``kept`` misses."""
        del rows, kept
        return ()

    def absent(self, held: NDArray[Any], noun: str) -> str:
        """Say which class has no held-out label, so that figures say nothing of it."""
        del held, noun
        return ""

    @abstractmethod
    def in_fold(self, one: Tested) -> Mapping[str, Score | FoldFigures]:
        """Return the figures of one fold, by metric."""

    @abstractmethod
    def worst(self, rows: Judged, *, most: int = 5) -> Sequence[NamedTuple]:
        """Return the rows with the worst answers, the worst first."""

    def report(
        self, rows: Judged, blind: Any, threshold: Threshold | None, *, of: str
    ) -> ClassReport | None:
        """Return how good answered classes are, on rows that ``of`` names; nothing of others."""
        del rows, blind, threshold, of
        return None

    @abstractmethod
    def each(self, rows: Judged) -> Floats:
        """Return what ``merit`` is the mean of."""

    def interval(self, each: Floats, known: Sequence[MeanKnown | None]) -> Interval | None:
        """Return the 95 % interval of ``merit``, of rows and what is known of their mean."""
        del each
        return dependence.widest(known)

    def spread(self, rows: Judged, related: Related = ALONE) -> Spread:
        """Return how many rows were judged, and 95 % intervals of what is averaged over them.

        Rows of one day or group depend on each other, and days on the ones before; where there
        are both, an interval holds that of either. There is none for few rows, for those of
        one day or group, and where all are missed by the same.
        """
        each = self.each(rows)
        if len(each) < intervals.FEWEST:
            are = f"{wording.count(len(each), 'row')}, and an interval takes {intervals.FEWEST}"
            return Spread(len(each), {}, narrow=False, caution=are)
        known = related.means(each)
        found = self.interval(each, known)
        if found is None:
            return Spread(len(each), {}, narrow=False, caution=_ONE_PART)
        low, high = max(found.low, 0.0), min(found.high, self.highest)
        if low >= high:
            return Spread(len(each), {}, narrow=False, caution=_ALL_ALIKE)
        slow = any(one and one.slow for one in known)
        caution = "; ".join(_cautions(len(each), bounded=self.highest < inf, slow=slow))
        return Spread(len(each), {self.merit: (low, high)}, narrow=bool(caution), caution=caution)


def related(lesson: Lesson, rows: Rows) -> Related:
    """Return the days and groups of some rows, where they have some."""
    dates = fitting.dates_of(lesson.examples, rows)
    groups = fitting.groups_of(lesson.definition, lesson.examples, rows)
    return Related(
        None if dates is None or dates.missing.any() else dates.starts("day"),
        None if groups is None else dependence.numbered(groups),
    )


def between(fitted: Fitted) -> bool:
    """Say whether dated rows were held out between those learned from."""
    dated = fitting.dates_of(fitted.lesson.examples, fitted.held) is not None
    return dated and len(fitted.held) > 0 and not fitted.split.by_date


def _cautions(rows: int, *, bounded: bool, slow: bool) -> Iterator[str]:
    """Yield what an interval does not know; ``bounded`` errors cannot be larger than all others."""
    if rows < intervals.TAIL_KNOWN:
        little = "tell this roughly" if bounded else "tell little of rare, large misses"
        yield f"under {intervals.TAIL_KNOWN} rows {little}"
    if slow:
        yield "it may be too narrow, as each day is much like the one before"


class Look(ABC):
    """What folds of the rows to learn from show of a model; a class for each kind of answer."""

    judged_by: ClassVar[type[Judge]]
    surely: ClassVar[bool] = False  # whether chance alone moves errors by a tenth

    def __init__(self, fitted: Fitted, left_out: LeftOut) -> None:
        self.fitted, self.lesson, self.rows = fitted, fitted.lesson, fitted.rows
        self.definition, self.examples, self.labels = fitted.lesson
        self.judge = self.judged_by(fitted.model.target)
        self.folds = cross_validation.folds(self.lesson, self.rows, fitted.split)
        self.left_out = left_out
        self.found = self._tested(self.folds, left_out)
        if not isinstance(self.found, str):
            self.found = cross_validation.by_threshold(self.found, fitted.model.target)
        in_time = self.folds is not None and self.folds.kind == "in_time"
        # How far answers spread, what more rows would do, and whether the model is too simple
        # or too free, is no question of time: the first steps learn from too few rows.
        self.mixed = self._at_random() if in_time else self.folds
        self.shuffled = self._tested(self.mixed) if in_time else self.found

    def _at_random(self) -> Folds | None:
        return splits.make_folds(
            len(self.rows),
            seed=self.definition.seed,
            groups=fitting.groups_of(self.definition, self.examples, self.rows),
            strata=self.labels.strata(self.rows),
            repeats=1,
        )

    def _tested(self, folds: Folds | None, seen: Seen | None = None) -> list[Tested] | str:
        rows = len(self.rows)
        if folds is None and self.fitted.held_out is not None and rows > cross_validation.ENOUGH:
            return [self._held_out()]
        if folds is None:
            group = self.definition.group
            of = f" of one {group}" if group and rows >= splits.FEWEST else ""
            return f"{wording.count(rows, 'row')}{of} cannot be divided into folds"
        return cross_validation.cross_validated(self.lesson, self.rows, folds, seen)

    def _held_out(self) -> Tested:
        """Return the hold-out as the only fold: enough, where there are many rows."""
        fitted = self.fitted
        assert fitted.held_out is not None
        target = fitted.model.target
        return Tested(fitted.held, fitted.held_out, fitted.train, target, unanswered=0)

    def scores(self, folds: Sequence[Tested]) -> list[Mapping[str, Score | FoldFigures]]:
        """Return the figures of some folds, by metric."""
        return [self.judge.of(one.target).in_fold(one) for one in folds]

    def cross_validated(self) -> CrossValidated:
        """Return the figures of the folds: each, their mean, and how far they spread."""
        if isinstance(self.found, str):
            return CrossValidated(words=f"no cross-validation: {self.found}", metrics={})
        if self.folds is None:
            held = wording.count(len(self.fitted.held), "held-out row")
            return CrossValidated(words=f"no cross-validation: {held} say enough", metrics={})
        scores = self.scores(self.found)
        return CrossValidated(
            words=self.folds.words,
            rows=len(self.rows),
            unanswered=sum(one.unanswered for one in self.found),
            metrics={name: self._summary([fold[name] for fold in scores]) for name in scores[0]},
        )

    def _summary(self, folds: Sequence[Score | FoldFigures]) -> NumberFolds | ClassFolds:
        """Return the figures of folds, with mean and spread; none where one has none."""
        values = [fold.holdout for fold in folds]
        mean = mean_if_known(values)
        known = [value for value in values if value is not None]
        sd = deviation(known) if mean is not None and len(known) > 1 else None
        train = mean_if_known([fold.train for fold in folds])
        baseline = mean_if_known([fold.baseline for fold in folds])
        return self.judge.folds(mean, sd, tuple(values), train, baseline)

    def answered(self) -> ClassReport | Absent | None:
        """Return how good answered classes are; nothing where there are no classes."""
        return ABSENT

    def kept(self) -> tuple[float, ...]:
        """Return residuals of rows that were not learned from, rising, where there are any."""
        return ()

    def range_held(self, kept: Sequence[float]) -> RangeHeld | None:
        """Return how often ranges held on the rows held out, where answers have ranges."""
        del kept
        return None

    def decided(self, decide: Decide, kept: Sequence[float]) -> DecisionReport | None:
        """Return how much to have ready beside a prediction, and what that comes to."""
        del decide, kept
        return None

    def diagnosed(self) -> Misfit:
        """Say whether the model has missed something, or has learned by heart."""
        if isinstance(self.found, str):
            return Misfit("unknown", "under- or overfitting: cannot tell")
        if isinstance(self.shuffled, str):
            return self.cannot_tell()
        said = self.misfit(self.shuffled)
        return self._elsewhere(said, self.shuffled) if said.verdict == "even" else said

    def _elsewhere(self, said: Misfit, folds: Sequence[Tested]) -> Misfit:
        """Say that held-out rows are missed by more than others, if they are by much."""
        held, own, target = self.fitted.held_out, self.fitted.train, self.fitted.model.target
        if held is None or len(held.truths) < cross_validation.FEW:
            return said
        there, learned = (target.misses(one.truths, one.values) for one in (held, own))
        left = np.concatenate(_errors(folds, self.mixed))
        off, of, by_own = (self.off(float(one.mean())) for one in (there, left, learned))
        noun, on = f"held-out {self.examples.noun}s", "those learned from"
        if unlike(there, left, self.size):
            words = f"{noun} are unlike {on}: {off} on them, {of} on others left out"
        elif wider(there, left, learned, self.size):
            words = f"whether it is overfit: cannot tell; {off} on the {noun}, {by_own} on {on}"
        else:
            return said
        return Misfit("unknown", words, said.gap)

    @property
    @abstractmethod
    def size(self) -> float:
        """Return how far labels spread, in errors' unit."""

    @abstractmethod
    def off(self, error: float) -> str:
        """Say how far answers are off."""

    @abstractmethod
    def misfit(self, folds: Sequence[Tested]) -> Misfit:
        """Say so by folds that are no question of time."""

    @cached_property
    def listed(self) -> list[Algorithm]:
        """Return simpler settings of the model that are listed, and quick enough to try."""
        model = self.definition.model
        some = model.quick or len(self.rows) <= cross_validation.ENOUGH
        return simpler.settings(model) if some else []

    def simpler(self, folds: Sequence[Tested]) -> Simpler | None:
        """Return the simpler setting that shows that the model is overfit, if one does."""
        ours = _errors(folds, self.mixed)
        theirs = [self._errors_of({"model": each}, self.mixed, ours) for each in self.listed]
        rows = np.concatenate([one.rows for one in folds[: len(ours)]])
        model = self.definition.model
        found = simpler.better(
            model,
            np.concatenate(ours),
            [None if each is None else np.concatenate(each) for each in theirs],
            related=related(self.lesson, rows),
            surely=self.surely,
        )
        if found is None:
            return None
        setting = self.listed[found.place]
        if self.mixed is not self.folds and self.gain({"model": setting}) < BETTER_BY:
            return Simpler(found.less, found.error, ", but not on later days", None)
        written = {"name": setting.name, **setting.written}
        advice = f"; try  model: {wording.in_yaml(written)}"
        return Simpler(found.less, found.error, advice, wording.in_yaml(written))

    def gain(self, change: Mapping[str, object]) -> float:
        """Return what share of the error that is printed a changed definition takes off.

        On the folds whose figures are printed, in time order where rows are dated, once. No
        share is as small as that of a definition that cannot learn or answer there.
        """
        assert not isinstance(self.found, str)
        ours = _errors(self.found, self.folds)
        theirs = self._errors_of(change, self.folds, ours)
        printed = fsum(one.mean() for one in _errors(self.found, None)) / len(self.found)
        if theirs is None or not printed:
            return -inf
        less = [own.mean() - other.mean() for own, other in zip(ours, theirs, strict=True)]
        return fsum(less) / len(less) / printed

    def _errors_of(
        self, change: Mapping[str, object], folds: Folds | None, ours: Sequence[Floats]
    ) -> list[Floats] | None:
        """Return the errors of a changed definition, fold by fold, once where they are repeated.

        Nothing where it cannot learn, or not answer as many rows as the model does.
        """
        lesson = self.lesson._replace(definition=self.definition.model_copy(update=change))
        pairs = [(self.rows, self.fitted.held)]
        if folds is not None:
            once = folds.folds[: folds.count]
            pairs = [(self.rows[fold.train], self.rows[fold.test]) for fold in once]
        try:
            found = [cross_validation.errors(lesson, *pair) for pair in pairs]
        except DataError:
            return None
        return found if [*map(len, found)] == [*map(len, ours)] else None

    def cannot_tell(self) -> Misfit:
        """Say that it cannot be told, and how many rows it takes."""
        need, rows = misfit.FEWEST_ROWS, len(self.rows)
        because = f": {wording.count(rows, 'row')} to learn from, {need} are needed"
        words = f"under- or overfitting: cannot tell{because if rows < need else ''}"
        return Misfit("unknown", words)

    def curve(self) -> RowsCurve | None:
        """Return the errors after parts of the rows and after all, and what they say of more."""
        if self.mixed is None or isinstance(self.shuffled, str):
            return None
        if self.mixed.count == len(self.rows):  # leave-one-out: too few rows for a curve
            return None
        if not self.definition.model.quick and len(self.rows) > _MOST_OF_SLOW:
            return None
        rows, draw, errors = self.mixed.train_rows, splits.drawing(self.definition.seed), []
        if rows < learning_curve.FEWEST:
            return None
        for fold in self.mixed.folds[: self.mixed.count]:
            mixed = np.array(draw.sample(fold.train.tolist(), len(fold.train)))
            found = learning_curve.errors_of(mixed, partial(self._error_of, self.rows[fold.test]))
            if found is None:
                return None
            errors.append(found)
        known = learning_curve.curve(errors, rows=rows)
        if known is None:
            return None
        after = known.errors()
        return RowsCurve((*after,), (*after.values(),), self._more_rows(known))

    def _more_rows(self, found: learning_curve.Curve) -> str:
        """Say whether more rows would help."""
        assert self.mixed is not None
        learned, more = self.fitted.learned, f"more {self.examples.noun}s would"
        if self.mixed.kind == "grouped":  # halves of the rows still hold nearly every group
            return f"whether {more} help: cannot tell"
        last = getattr(learned.estimator, "steps", [(None, None)])[-1][1]
        said = learning_curve.reading(
            found,
            rows=len(self.rows),
            weights=getattr(last, "n_features_in_", learned.matrix.shape[1]) + 1,
            least_squares=self.before_least_squares is not None,
            noise=self._noise,
        )
        if said == "help":
            return f"{more} help"
        if said == "hardly":
            return f"{more} hardly help: twice as many would take off under a tenth of the error"
        return f"whether {more} help: cannot tell"

    @property
    def before_least_squares(self) -> list[Any] | None:
        """Return the steps in front of least squares, where it is what found the weights."""
        steps: Any = getattr(self.fitted.learned.estimator, "steps", None)
        if not steps or type(steps[-1][1]).__name__ != "LinearRegression":
            return None
        return [step for _, step in steps[:-1]]

    def _noise(self) -> float:
        """Return an upper bound of the least error there can be, by rows that lie close."""
        assert self.mixed is not None
        assert not isinstance(self.shuffled, str)
        once = self.shuffled[: self.mixed.count]
        rows, judged = cross_validation.pooled(once, self.judge.target)
        matrix = fitting.vectors(self.fitted.learned, self.examples, rows)
        looked = misfit.looked_at(*matrix.shape, seed=self.definition.seed)
        matrix = np.concatenate([*dense_parts(matrix[looked])])
        near = misfit.nearest(matrix, seed=self.definition.seed)
        truths, values = judged.truths[looked], judged.values[looked]
        return learning_curve.noise_floor(self.differences(truths, values, near))

    @abstractmethod
    def differences(self, truths: NDArray[Any], values: Raws, near: Rows) -> list[float]:
        """Return upper bounds of the least error there can be, by rows that are near."""

    def _error_of(self, test: Rows, part: Rows) -> float | None:
        """Return the error on test rows of a model learned from a part, by positions among ours.

        Nothing where it cannot be learned, or answers no row.
        """
        try:
            return cross_validation.error(self.lesson, self.rows[np.sort(part)], test)[0]
        except DataError:
            return None


def _errors(tested: Sequence[Tested], folds: Folds | None) -> list[Floats]:
    """Return the errors of each fold, of one repeat where it is said how many that has."""
    once = tested[: folds.count] if folds else tested
    return [one.target.misses(one.judged.truths, one.judged.values) for one in once]
