"""How far the figures of a model can be trusted: all that a report says beside them."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from importlib import import_module
from math import fsum, inf, isfinite
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.errors import DataError
from mlcli.judging import classes, cross_validation, decision_outcomes
from mlcli.judging.cross_validation import Tested
from mlcli.learning import fitting, report
from mlcli.statistics import comparing, conformal, decisions, intervals, learning_curve, misfit
from mlcli.statistics import folds as folding
from mlcli.statistics.leaks import alarms
from mlcli.statistics.misfit import next_step
from mlcli.store.evidence import (
    ClassFolds,
    CrossValidated,
    Evidence,
    LeakAlarm,
    Misfit,
    NumberFolds,
    RowsCurve,
    Spread,
    SpreadHeldOut,
)
from mlcli.store.records import ABSENT

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from mlcli.answering.label import Target
    from mlcli.definition.definition import Decide, Definition
    from mlcli.learning.fitting import Fitted
    from mlcli.learning.report import Figures, Judged
    from mlcli.statistics.folds import Folds
    from mlcli.store.evidence import ClassReport, DecisionReport
    from mlcli.store.scores import Score, Scores
    from mlcli.tables.examples import Examples

FEW: Final = 10
"""Rows below which nothing is chosen by what their figures say."""

_POINTS: Final = 4
_POINTS_OF_SLOW: Final = 2
_MOST_OF_SLOW: Final = 500
"""Rows up to which a model that takes long is learned again for a curve."""
_APART: Final = 0.1
"""Shares of right answers that differ by less are about the same."""
_KEPT: Final = 2_000
"""Residuals that are kept, at the most: their quantiles then are as good as those of all."""


def prepare() -> None:
    """Import what judging will need."""
    for name in ("sklearn.model_selection", "sklearn.preprocessing", "sklearn.tree"):
        import_module(name)


def gather(
    definition: Definition, examples: Examples, fitted: Fitted, scores: Scores
) -> tuple[Evidence, tuple[float, ...]]:
    """Cross-validate, diagnose, and look for leaks.

    Everything but the part on the hold-out comes from rows to learn from alone.

    Returns
    -------
    tuple
        The evidence, and residuals (n,): truths minus raw predictions of rows that were not
        learned from, in the label's unit, rising.
    """
    looked = _Look(definition, examples, fitted)
    found = Evidence(
        few=few(len(fitted.rows) + len(fitted.held)),
        holdout=_held_out(definition, examples, fitted, scores),
        cv=looked.cross_validated(),
        fit=looked.diagnosed(),
        curve=looked.curve(),
        alarms=_alarms(definition, examples, fitted),
        classes=looked.answered() if looked.classes else ABSENT,
    )
    kept = looked.kept()
    if definition.decide is not None:
        found = replace(found, decision=looked.decided(definition.decide, kept))
    return found, kept


def few(rows: int) -> str | None:
    """Say that rows are too few to choose by, if they are."""
    if rows >= FEW:
        return None
    return f"{wording.count(rows, 'row')} are no evidence: {FEW} are needed to prefer one model"


def _held_out(
    definition: Definition, examples: Examples, fitted: Fitted, scores: Scores
) -> SpreadHeldOut | None:
    """Return intervals and skill on the rows held out, and how many lie beyond what was learned."""
    if fitted.held_out is None:
        return None
    outside = sum(
        any(f.note(examples.columns[f.name][i]) for f in fitted.model.features) for i in fitted.held
    )
    groups = fitting.groups_of(definition, examples, fitted.held)
    found = spread(fitted.held_out, fitted.model.target, groups)
    known = skill(scores) if len(fitted.held) >= FEW else None
    return SpreadHeldOut(found.rows, found.intervals, found.narrow, known, outside)


def spread(judged: Judged, target: Target, groups: Sequence[Hashable] | None = None) -> Spread:
    """Return how many rows were judged, and 95 % intervals of what is averaged over them.

    Rows of one of ``groups`` (n,) are alike, so that each group counts once, by its mean.
    There is no interval where all are the same: then they do not say how far off their
    mean may be.
    """
    answers, rows = judged.answers(target), len(judged.truths)
    name, highest = ("accuracy", 1.0) if isinstance(target, ClassTarget) else ("mae", inf)
    each = [
        float(t == a) if isinstance(target, ClassTarget) else abs(t - a)
        for t, a in zip(judged.truths, answers, strict=True)
    ]
    counted = each if groups is None else _means(each, groups)
    if isinstance(target, ClassTarget) and groups is None:
        found = intervals.of_share(round(fsum(each)), rows)
    else:
        found = intervals.of_mean(counted)
    low, high = (max(found.low, 0.0), min(found.high, highest)) if found else (0.0, 0.0)
    return Spread(
        rows,
        {name: (low, high)} if low < high else {},
        narrow=len(counted) < intervals.NARROW_BELOW,
    )


def _means(values: Sequence[float], groups: Sequence[Hashable]) -> list[float]:
    """Return the mean of each group; a row of no group is one of its own."""
    members: dict[Hashable, list[float]] = {}
    for at, (value, group) in enumerate(zip(values, groups, strict=True)):
        members.setdefault((group is None, at if group is None else group), []).append(value)
    return [fsum(some) / len(some) for some in members.values()]


def skill(scores: Scores) -> float | None:
    """Return by how much of its error the model beats answering without looking."""
    score = scores["mae" if "mae" in scores else "log_loss"]
    if score.holdout is None or score.baseline is None:
        return None
    return comparing.skill(score.holdout, score.baseline)


def _alarms(definition: Definition, examples: Examples, fitted: Fitted) -> tuple[LeakAlarm, ...]:
    """Return what may have leaked the label, and whether the definition knows of it."""
    rows = sorted((*fitted.rows, *fitted.held))
    place = {row: at for at, row in enumerate(rows)}
    found = alarms.alarms(
        {f.name: [_cell(examples.columns[f.name][i]) for i in rows] for f in definition.features},
        [fitted.labels[i] for i in rows],
        train=[place[i] for i in fitted.rows],
        held=[place[i] for i in fitted.held],
        seed=definition.seed,
    )
    known = definition.acknowledged
    return tuple(
        LeakAlarm(
            one.code,
            one.columns,
            one.words,
            acknowledged=any(
                code == one.code and (not column or column in one.columns) for code, column in known
            ),
        )
        for one in found
    )


def _cell(value: Any) -> Any:
    """Return a cell as the alarms take it: numbers, text, or tags."""
    return value if isinstance(value, int | float | str | tuple | None) else wording.written(value)


class _Look:
    """What is worked out of the rows to learn from, each part once."""

    def __init__(self, definition: Definition, examples: Examples, fitted: Fitted) -> None:
        self.definition, self.examples, self.fitted = definition, examples, fitted
        self.rows, self.labels = list(fitted.rows), fitted.labels
        self.classes = isinstance(fitted.model.target, ClassTarget)
        self.folds = cross_validation.folds(
            definition, examples, self.labels, self.rows, fitted.split
        )
        self.found = self._tested(self.folds)
        target = fitted.model.target
        if isinstance(target, ClassTarget) and not isinstance(self.found, str):
            self.found = cross_validation.by_threshold(self.found, target)
        in_time = self.folds is not None and self.folds.kind == "in_time"
        # How far answers spread, what more rows would do, and whether the model is too simple
        # or too free, is no question of time: the first steps learn from too few rows.
        self.mixed = self._at_random() if in_time else self.folds
        self.shuffled = self._tested(self.mixed) if in_time else self.found

    def _at_random(self) -> Folds | None:
        definition = self.definition
        return folding.make(
            len(self.rows),
            seed=definition.seed,
            groups=fitting.groups_of(definition, self.examples, self.rows),
            classes=[self.labels[i] for i in self.rows] if self.classes else None,
            repeats=1,
        )

    def _tested(self, folds: Folds | None) -> list[Tested] | str:
        rows = len(self.rows)
        if folds is None and self.fitted.held_out is not None and rows > cross_validation.ENOUGH:
            return [self._held_out()]
        if folds is None:
            group = self.definition.group
            of = f" of one {group}" if group and rows >= folding.FEWEST else ""
            return f"{wording.count(rows, 'row')}{of} cannot be divided into folds"
        return cross_validation.cross_validated(
            self.definition, self.examples, self.labels, self.rows, folds
        )

    def _held_out(self) -> Tested:
        """Return the hold-out as the only fold: enough, where there are many rows."""
        fitted = self.fitted
        assert fitted.held_out is not None
        target = fitted.model.target
        return Tested(fitted.held, fitted.held_out, fitted.train, target, unanswered=0)

    def cross_validated(self) -> CrossValidated:
        """Return the figures of the folds: each, their mean, and how far they spread."""
        if isinstance(self.found, str):
            return CrossValidated(words=f"no cross-validation: {self.found}", metrics={})
        if self.folds is None:
            held = wording.count(len(self.fitted.held), "held-out row")
            return CrossValidated(words=f"no cross-validation: {held} say enough", metrics={})
        return CrossValidated(
            words=self.folds.words,
            rows=len(self.rows),
            unanswered=sum(one.unanswered for one in self.found),
            metrics={
                name: self._summary([one.scores[name] for one in self.found])
                for name in self.found[0].scores
            },
        )

    def _summary(self, folds: Sequence[Figures | Score]) -> NumberFolds | ClassFolds:
        """Return the figures of folds, with mean and spread; none where one has none."""
        values = [fold.holdout for fold in folds]
        mean = _mean(values)
        known = [value for value in values if value is not None]
        sd = _deviation(known) if mean is not None and len(known) > 1 else None
        train = _mean([fold.train for fold in folds])
        of_kind = ClassFolds if self.classes else NumberFolds
        return of_kind(mean, sd, tuple(values), train, _mean([fold.baseline for fold in folds]))

    def answered(self) -> ClassReport | None:
        """Return how good answered classes are, on rows held out or else cross-validated."""
        target, label = self.fitted.model.target, self.definition.label
        assert isinstance(target, ClassTarget)
        judged, of = self.fitted.held_out, "held out"
        if judged is None and not isinstance(self.found, str):
            judged, of = cross_validation.pooled(self.found, target), "cross-validated"
        if judged is None:
            return None
        shares = report.frequencies(self.fitted.train.truths, target)
        worth = classes.worth_of(label.threshold)
        return classes.report(judged, target, shares, of=of, worth=worth)

    @cached_property
    def residuals(self) -> dict[int, float]:
        """Return truth minus prediction of rows that were not learned from, by position."""
        if isinstance(self.shuffled, str) or self.classes:
            return {}
        together = self.mixed is not None and self.mixed.kind == "grouped"
        exact = None if together else self._leave_one_out()
        return exact or cross_validation.residuals(self.shuffled)

    def _leave_one_out(self) -> dict[int, float] | None:
        """Return what least squares leave without each row, which has a formula."""
        steps = getattr(self.fitted.learned.estimator, "steps", None)
        if not steps or type(steps[-1][1]).__name__ != "LinearRegression":
            return None
        import numpy as np

        matrix = np.array(self.fitted.learned.matrix, dtype=float)
        for _, step in steps[:-1]:
            matrix = step.transform(matrix)
        truths = [self.labels[i] for i in self.rows]
        found = conformal.leave_one_out_linear(matrix, truths)
        return None if found is None else dict(zip(self.rows, found, strict=True))

    def kept(self) -> tuple[float, ...]:
        """Return residuals, rising; of very many, some that are spread as all are.

        Where none could be left out in turn, they are those of the rows held out.
        """
        held = self.fitted.held_out
        residuals = [*self.residuals.values()]
        if self._by_held_out() and held is not None:
            residuals = [t - v for t, v in zip(held.truths, held.values, strict=True)]
        found = sorted(residuals) if all(map(isfinite, residuals)) else []
        if len(found) <= _KEPT:
            return tuple(found)
        return tuple(sorted(folding.drawing(self.definition.seed).sample(found, _KEPT)))

    def _by_held_out(self) -> bool:
        """Say whether the rows held out are all that tell how far answers spread."""
        if self.classes or self.fitted.held_out is None:
            return False
        left = self.residuals
        return not left or set(left) <= set(self.fitted.held)

    def decided(self, decide: Decide, kept: Sequence[float]) -> DecisionReport:
        """Return how much to have ready beside a prediction, and what that comes to."""
        target, held = self.fitted.model.target, self.fitted.held_out
        assert isinstance(target, NumberTarget)
        made = decision_outcomes.decision(decide, kept)
        if held is not None and self._by_held_out():  # margins may not judge themselves
            values = [float(value) for value in held.values]
            return decision_outcomes.on_left_out_rows(made, held.truths, values, target)
        if held is not None:
            prices = decisions.price(kept, decision_outcomes.LEVELS)
            values = [float(value) for value in held.values]
            return decision_outcomes.on_other_rows(
                made, prices, held.truths, values, target, of="held_out"
            )
        residuals = self.residuals
        truths = [self.labels[row] for row in residuals]
        values = [truth - r for truth, r in zip(truths, residuals.values(), strict=True)]
        return decision_outcomes.on_left_out_rows(made, truths, values, target)

    def diagnosed(self) -> Misfit:
        """Say whether the model has missed something, or has learned by heart."""
        if isinstance(self.found, str):
            return Misfit("unknown", "under- or overfitting: cannot tell")
        return self._diagnosed_classes() if self.classes else self._diagnosed_numbers()

    def _diagnosed_classes(self) -> Misfit:
        """Say whether classes are learned by heart: surely better where they were learned."""
        if isinstance(self.shuffled, str) or len(self.rows) < misfit.FEWEST_ROWS:
            return _cannot_tell(len(self.rows))
        once = self.shuffled[: self.mixed.count] if self.mixed else self.shuffled
        train = _mean([one.scores["accuracy"].train for one in once])
        right = sum(_right(one) for one in once)
        rows = sum(len(one.rows) for one in once)
        remembered = intervals.of_share(round((train or 0) * rows), rows)
        tested = intervals.of_share(right, rows)
        if train is None or remembered is None or tested is None:
            return _cannot_tell(len(self.rows))
        if remembered.low <= tested.high:
            if train - right / rows <= _APART:
                return Misfit("even", "about as good on rows it has not seen")
            words = (
                f"right on {train:.0%} of rows it learned from, and on {right / rows:.0%} of "
                "others; whether it has learned by heart: cannot tell"
            )
            return Misfit("unknown", words)
        if train == 1:
            words = (
                f"right on every row it learned from, and on {right / rows:.0%} of others: "
                "it has learned them by heart"
            )
            return Misfit("interpolates", words)
        words = (
            f"overfit: wrong on {1 - right / rows:.0%} of rows it has not seen, and on "
            f"{1 - train:.0%} of those it learned from"
        )
        return Misfit("overfit", words)

    def _diagnosed_numbers(self) -> Misfit:
        if isinstance(self.shuffled, str):
            return _cannot_tell(len(self.rows))
        folds = [one.scores["mae"] for one in self.shuffled]
        train = _mean([fold.train for fold in folds])
        tested = _mean([fold.holdout for fold in folds])
        label = [self.labels[i] for i in self.rows]
        if train is None or tested is None:
            return _cannot_tell(len(label))
        size = _deviation(label)
        if misfit.interpolates(train, size) and not misfit.interpolates(tested, size):
            words = (
                "it goes through every row it learned from, so its figures on those say nothing; "
                f"on others it misses by {wording.figure(tested, digits=3)}"
            )
            return Misfit("interpolates", words)
        gap = misfit.gap(train, tested, len(label), label_spread=size)
        if gap == "unknown":
            return _cannot_tell(len(label))
        ratio = misfit.overfit(train, tested, len(label))
        if gap == "overfit":
            assert ratio is not None
            words = (
                f"overfit: it misses by {wording.figure(ratio, digits=2)} times as much on rows "
                "it has not seen; try fewer features, a simpler model, or more rows"
            )
            return Misfit("overfit", words, ratio)
        return self._underfit(size, ratio)

    def _underfit(self, size: float, ratio: float | None) -> Misfit:
        """Say whether what the model misses follows a pattern."""
        import numpy as np

        left = self.residuals
        if not left:
            return _cannot_tell(len(self.rows))
        matrix = np.array(fitting.vectors(self.fitted.learned, self.examples, [*left]), float)
        missed = np.array(list(left.values()), dtype=float)
        seed = self.definition.seed
        found = misfit.underfit(matrix, missed, seed=seed, label_spread=size)
        if found is None or not found.structure:
            return Misfit("even", "no sign of under- or overfitting", ratio)
        step = next_step(found, matrix, missed, seed=seed)
        attempt = _NAMED.get(step.attempt, step.attempt) if step else None
        attempt = None if attempt == self.definition.model.name else attempt
        words = (
            f"underfit: {found.r2:.0%} of what it misses follows a pattern"
            f"{self._over(found.column)}"
        )
        words += f"; try  model: {attempt}" if attempt else ""
        return Misfit("underfit", words, ratio, found.r2, attempt)

    def _over(self, column: int) -> str:
        from mlcli.answering import features

        names = features.column_names(self.fitted.model.features)
        return f" over {names[column]}" if column < len(names) else ""

    def curve(self) -> RowsCurve | None:
        """Return errors at growing numbers of rows, and what they say of more."""
        if self.mixed is None or isinstance(self.shuffled, str):
            return None
        first = self.mixed.folds[: self.mixed.count]
        if self.mixed.count == len(self.rows):  # leave-one-out: too few rows for a curve
            return None
        quick = self.definition.model.quick
        if not quick and len(self.rows) > _MOST_OF_SLOW:
            return None
        points = _POINTS if quick else _POINTS_OF_SLOW
        sizes = learning_curve.sizes(min(len(fold.train) for fold in first), count=points)
        draw, errors = folding.drawing(self.definition.seed), []
        for fold in first:
            mixed = draw.sample(fold.train, len(fold.train))
            try:
                errors.append([self._error_of(mixed[:size], fold.test) for size in sizes])
            except DataError:
                return None
        found = learning_curve.curve(
            sizes, errors, train_rows=self.mixed.train_rows, test_rows=self.mixed.test_rows
        )
        if found is None or found.drop is None:
            return None
        return RowsCurve(found.sizes, found.errors, self._more_rows(found))

    def _more_rows(self, found: learning_curve.Curve) -> str:
        rows = len(self.rows)
        said, noun = learning_curve.reading(found, rows=rows), f"{self.examples.noun}s"
        if said.falling:
            many = f", roughly {said.more:,} more for a tenth less" if said.more else ""
            return f"more {noun} would help{many}"
        if said.enough:
            return f"more {noun} would hardly help: another doubling takes off under a tenth"
        return f"whether more {noun} would help: cannot tell"

    def _error_of(self, train: Sequence[int], test: Sequence[int]) -> float:
        """Return the error on a fold of a model learned from some rows, by positions among ours."""
        train, test = ([self.rows[i] for i in part] for part in (sorted(train), test))
        error, _ = cross_validation.error(self.definition, self.examples, self.labels, train, test)
        if error is None:
            raise DataError("no row of the fold has an answer")
        return error


_NAMED: Final = {"square_root": "polynomial_regression", "spline": "k_nearest"}
"""Models that stand for what the challengers name, and mlcli has under no name of its own."""


def _cannot_tell(rows: int) -> Misfit:
    need = misfit.FEWEST_ROWS
    because = f": {wording.count(rows, 'row')} to learn from, {need} are needed"
    words = f"under- or overfitting: cannot tell{because if rows < need else ''}"
    return Misfit("unknown", words)


def _right(one: Tested) -> int:
    """Return how many of the tested rows were answered rightly."""
    answers = one.judged.answers(one.target)
    return sum(t == a for t, a in zip(one.judged.truths, answers, strict=True))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known and len(known) == len(values) else None


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation; 0 where it cannot be known."""
    known = intervals.mean_and_spread(values)
    return known[1] if known else 0.0
