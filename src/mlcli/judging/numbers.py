"""How good numbers are that a model answers, and what folds show of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.special import bdtr

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.column import Numbers
from mlcli.answering.encoding import column_names, dense_parts
from mlcli.definition.algorithms import FRIENDLY
from mlcli.judging import cross_validation, decision_outcomes, misfit
from mlcli.judging.beside_base import (
    BETTER_BY,
    BesideBase,
    FoldFigures,
    Median,
    deviation,
    mean_if_known,
)
from mlcli.judging.judge import Judge, Look, between, related
from mlcli.judging.misfit import next_step
from mlcli.learning import fitting
from mlcli.learning.judged import Judged
from mlcli.learning.splits import drawing
from mlcli.statistics import conformal, decisions
from mlcli.statistics.metrics import METRICS
from mlcli.store.evidence import Misfit, NumberFolds, RangeHeld
from mlcli.store.scores import NumberScore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.answering.label import NumberTarget
    from mlcli.answering.ranges_and_decisions import Bounds
    from mlcli.definition.definition import Decide
    from mlcli.judging.cross_validation import Tested
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.store.evidence import DecisionReport
    from mlcli.store.scores import Scores

_KEPT: Final = 2_000
"""Residuals that are kept, at the most: their quantiles then are as good as those of all."""

_NAMED: Final = {"square_root": "polynomial_regression", "spline": "k_nearest"}
"""Models that stand for what the challengers name, and mlcli has under no name of its own."""

_LEVEL: Final = 0.8
_BY_CHANCE: Final = 0.05
"""How often a range may hold on so few rows, and no more, before it is called too narrow."""

_SURE: Final = 2.58
"""Standard deviations that chance leaves in one case of a hundred."""
_SIMPLE: Final = ("linear_regression", "log_regression", "polynomial_regression")
_A_FIFTH: Final = 0.2
"""Models that are quick to try whatever is found, and the share that is worth saying so."""

_WITH_TIME: Final = 0.9

_ROWS_A_NAME: Final = 3
"""Rows of each whole number, on average, from which on it may be a name."""


class Miss(NamedTuple):
    """A row that was answered with another number than was true; ``miss`` is above 0 if larger."""

    row: str
    truth: float
    answer: float
    miss: float


class NumberJudge(Judge):
    """How numbers are judged: by how much they are off."""

    skill_by = "mae"
    folds = NumberFolds
    merit = "mae"
    highest = inf
    target: NumberTarget

    def scores(self, train: Judged, held_out: Judged | None, blind: float) -> Scores:
        """Score what is delivered, baselines too, and raw predictions."""
        judged = held_out or train
        truths, held = train.truths, judged.truths
        answers = [each.answers(self.target) for each in (train, judged)]
        mean = self.target.answers(np.full(len(held), blind))
        own = None if judged.baseline is None else self.target.answers(judged.baseline)
        raw = _raw(train, held_out, blind)
        return {
            name: NumberScore(
                train=metric.function(truths, answers[0]),
                holdout=metric.function(held, answers[1]) if held_out else None,
                train_raw=raw[name].train,
                holdout_raw=raw[name].holdout,
                mean_baseline=metric.function(held, mean),
                own_baseline=None if own is None else metric.function(held, own),
                unit=self.target.unit if metric.of_label else "",
                better=metric.better,
            )
            for name, metric in METRICS.items()
        }

    def no_better(
        self,
        found: Mapping[str, BesideBase],
        own: float | None = None,
        median: Median | None = None,
    ) -> str:
        """Say so by how far answers are off on average; the median, where the mean is worse."""
        ours, base = found["mae"]
        if ours is None:
            return ""
        always = "the mean"
        if median is not None and base is not None and median.mae < base:
            always, base = f"the median, {wording.figure(median.value)},", median.mae
        bases = {f"always answering {always}": base, "your rule": own}
        return " and than ".join(
            f"{name} (MAE {wording.figure(ours, digits=3)} against "
            f"{wording.figure(base, digits=3)} {self.target.unit}"
            f"{f': under {BETTER_BY:.0%} less' if ours < base else ''})"
            for name, base in bases.items()
            if base is not None and not BesideBase(ours, base).better
        )

    def median(self, learned: Floats, truths: Floats) -> Median:
        """Return it as it is delivered."""
        value = self.target.deliver(float(np.median(learned)))
        return Median(value, float(abs(truths - value).mean()))

    def moved(self, learned: Floats, newest: Floats, those: str) -> str:
        """Say so where means are further apart than labels spread, and few rows are sure."""
        before, now = float(learned.mean()), float(newest.mean())
        few = len(newest) < cross_validation.FEW
        if abs(now - before) <= deviation(learned) or (few and not _apart(learned, newest)):
            return ""
        side = "above" if now > before else "below"
        new, old = (wording.figure(one, digits=3) for one in (now, before))
        return (
            f"{those} lie {side} those learned from: {new} {self.target.unit} on average, "
            f"against {old}"
        )

    def unlike(self, rows: Judged, kept: Sequence[float]) -> Iterator[str]:
        """Yield that labels lie beyond all learned from, on average, and that ranges fail."""
        mean, target = float(rows.truths.mean()), self.target
        for side, end in (("above", target.high), ("below", target.low)):
            if mean > end if side == "above" else mean < end:
                now, most = (wording.figure(one, digits=3) for one in (mean, end))
                yield (
                    f"labels of this file lie {side} those learned from: {now} {target.unit} on "
                    f"average, and those end at {most}"
                )
        made, count = ranges_and_decisions.bounds(kept, _LEVEL), len(rows.truths)
        those = f"{wording.count(count, 'row')} of this file"
        if made and (doubt := _too_narrow(_held(made, rows, target), count, those)):
            yield doubt

    def in_fold(self, one: Tested) -> Mapping[str, FoldFigures]:
        """Return the figures of raw predictions."""
        return _raw(one.learned_from, one.judged, self.target.blind(one.learned_from.truths))

    def worst(self, rows: Judged, *, most: int = 5) -> Sequence[Miss]:
        """Return the rows with the largest misses on what is delivered, largest first."""
        missed = self.each(rows)
        order = np.argsort(-missed, kind="stable")[:most].tolist()
        return tuple(
            Miss(rows.keys[i], truth, answer, answer - truth)
            for i in order
            for truth, answer in [(float(rows.truths[i]), self.target.deliver(rows.values[i]))]
        )

    def each(self, rows: Judged) -> Floats:
        """Return by how much each answer is off."""
        return self.target.misses(rows.truths, rows.answers(self.target))


def _held(made: Bounds, rows: Judged, target: NumberTarget) -> int:
    """Return on how many rows a range held."""
    low, high = made.ends(rows.values, target)
    return int(((low <= rows.truths) & (rows.truths <= high)).sum())


def _too_narrow(right: int, rows: int, those: str) -> str:
    """Say that ranges held less often than chance leaves in 19 of 20 cases, if so."""
    seldom = bdtr(right, rows, _LEVEL) < _BY_CHANCE
    held = f"the {ranges_and_decisions.percent(_LEVEL)} range held on only {right:,} of {those}"
    return f"{held}: it is too narrow for rows like those" if seldom else ""


def _apart(some: Floats, others: Floats) -> bool:
    """Say whether one side is above the other, surely: |z| of the ranks is above 2.58.

    z = (R - k (k + m + 1) / 2) / sqrt(k m (k + m + 1) / 12) with R the sum of the ranks of k
    values among those and m others (Mann, Whitney 1947).
    """
    from scipy.stats import rankdata

    k, m = len(others), len(some)
    above = float(rankdata(np.concatenate([others, some]))[:k].sum()) - k * (k + m + 1) / 2
    return abs(above) > _SURE * sqrt(k * m * (k + m + 1) / 12)


def _raw(train: Judged, held_out: Judged | None, mean: float) -> dict[str, FoldFigures]:
    """Return the figures that need no answer as it is delivered, of numbers."""
    judged = held_out or train
    always = np.full(len(judged.truths), mean)
    return {
        name: FoldFigures(
            metric.function(train.truths, train.values),
            metric.function(judged.truths, judged.values) if held_out else None,
            metric.function(judged.truths, always),
        )
        for name, metric in METRICS.items()
    }


class NumberLook(Look):
    """What folds show of a model that answers with numbers."""

    judged_by = NumberJudge
    judge: NumberJudge

    @cached_property
    def residuals(self) -> tuple[Rows, Floats]:
        """Return rows that were not learned from, and the truth minus the prediction of each."""
        if isinstance(self.shuffled, str):
            return self.rows[:0], self.labels.of(self.rows[:0])
        together = self.mixed is not None and self.mixed.kind == "grouped"
        exact = None if together else self._leave_one_out()
        if exact is not None:
            return self.rows, exact
        rows, pooled = cross_validation.pooled(self.shuffled, self.fitted.model.target)
        return rows, pooled.truths - pooled.values

    def _leave_one_out(self) -> Floats | None:
        """Return what least squares leave without each row, which has a formula."""
        steps = self.before_least_squares
        if steps is None:
            return None
        matrix = self.fitted.learned.matrix
        for step in steps:
            matrix = step.transform(matrix)
        return conformal.leave_one_out_linear(matrix, self.labels.of(self.rows))

    def differences(self, truths: Floats, values: Floats, near: Rows) -> list[float]:
        """Return mean / sqrt(2) of how much labels, and misses, differ (Rice 1984)."""
        both = truths, truths - values
        return [float(abs(each - each[near]).mean()) / sqrt(2) for each in both]

    def kept(self) -> tuple[float, ...]:
        """Return residuals, rising; of very many, some that are spread as all are.

        Where none could be left out in turn, they are those of the rows held out.
        """
        held = self.fitted.held_out
        _, residuals = self.residuals
        if self._by_held_out() and held is not None:
            residuals = held.truths - held.values
        found: list[float] = np.sort(residuals).tolist()
        if not all(map(isfinite, found)):
            return ()
        if len(found) <= _KEPT:
            return tuple(found)
        return tuple(sorted(drawing(self.definition.seed).sample(found, _KEPT)))

    def _by_held_out(self) -> bool:
        """Say whether the rows held out are all that tell how far answers spread."""
        if self.fitted.held_out is None:
            return False
        left, _ = self.residuals
        return bool(np.isin(left, self.fitted.held).all())

    def range_held(self, kept: Sequence[float]) -> RangeHeld | None:
        """Return how often the 80 % range held on the rows held out, unless it was made of them."""
        held, target = self.fitted.held_out, self.judge.target
        made = None if self._by_held_out() else ranges_and_decisions.bounds(kept, _LEVEL)
        if held is None or made is None:
            return None
        rows, right = len(held.truths), _held(made, held, target)
        percent = ranges_and_decisions.percent(_LEVEL)
        doubt = _too_narrow(right, rows, wording.count(rows, f"held-out {self.examples.noun}"))
        doubt = doubt or self._only_between(f"the {percent} range held", right, rows)
        return RangeHeld(_LEVEL, right, rows, doubt)

    def _only_between(self, what: str, right: int, rows: int) -> str:
        """Say that a promise was kept on days that are not later, if none was."""
        if not between(self.fitted):
            return ""
        noun = self.examples.noun
        held = wording.count(rows, f"held-out {noun}")
        return (
            f"{what} on {right:,} of {held}, which lie between those learned from: "
            f"later {noun}s may differ"
        )

    def decided(self, decide: Decide, kept: Sequence[float]) -> DecisionReport:
        """Return how much to have ready beside a prediction, and what that comes to."""
        target, held = self.judge.target, self.fitted.held_out
        made = decision_outcomes.decision(decide, kept)
        together = related(self.lesson, self.fitted.held)
        if held is not None and self._by_held_out():  # margins may not judge themselves
            return decision_outcomes.on_left_out_rows(made, held, target, together)
        if held is not None:
            prices = decisions.price(kept, decision_outcomes.LEVELS)
            found = decision_outcomes.on_other_rows(
                made, prices, held, target, of="held_out", related=together
            )
            return replace(found, made=made._replace(doubt=self._too_little(found)))
        rows, residuals = self.residuals
        truths = self.labels.of(rows)
        judged = Judged((), truths, truths - residuals)
        together = related(self.lesson, rows)
        return decision_outcomes.on_left_out_rows(made, judged, target, together)

    def _too_little(self, found: DecisionReport) -> str:
        """Say that a decision was enough less often than chance leaves in 19 of 20 cases."""
        came, made = found.served.decided, found.made
        if came is None:
            return ""
        enough, noun = came.rows - round(came.run_out * came.rows), self.examples.noun
        if bdtr(enough, came.rows, made.share) >= _BY_CHANCE:
            return self._only_between("what decide says was enough", enough, came.rows)
        held = wording.count(came.rows, f"held-out {noun}")
        meant = ranges_and_decisions.often(made.share, noun)
        return f"what decide says was enough on only {enough:,} of {held}; meant: {meant}"

    @cached_property
    def size(self) -> float:
        """Return the standard deviation of labels."""
        return deviation(self.labels.of(self.rows))

    def off(self, error: float) -> str:
        """Say so in the label's unit."""
        return f"off by {wording.figure(error, digits=3)}"

    def misfit(self, folds: Sequence[Tested]) -> Misfit:
        """Say whether it misses more elsewhere, or what it misses follows a pattern."""
        scores = [fold["mae"] for fold in self.scores(folds)]
        train = mean_if_known([fold.train for fold in scores])
        tested = mean_if_known([fold.holdout for fold in scores])
        label = self.labels.of(self.rows)
        if train is None or tested is None:
            return self.cannot_tell()
        size = deviation(label)
        if misfit.interpolates(train, size):  # folds of few rows may, where the model does not
            own = self.fitted.train
            train = METRICS["mae"].function(own.truths, own.values) or train
        by_heart = misfit.interpolates(train, size) and not misfit.interpolates(tested, size)
        gap = misfit.gap(train, tested, len(label), label_spread=size)
        ratio = misfit.ratio_of(train, tested, len(label))
        found = self.simpler(folds) if gap in {"wide", "interpolates"} else None
        if found is not None:
            through = "it goes through every row it learned from, and " if by_heart else ""
            words = (
                f"overfit: {through}a simpler setting misses by {found.less:.0%} less on rows "
                f"it has not seen{found.advice}"
            )
            return self._advised(Misfit("overfit", words, ratio, try_=found.model))
        if by_heart:
            words = (
                "it goes through every row it learned from, so its figures on those say nothing; "
                f"on others it misses by {wording.figure(tested, digits=3)}"
            )
            return self._advised(Misfit("interpolates", words))
        if gap == "unknown":
            return self.cannot_tell()
        said = self._underfit(size, ratio)
        if ratio is not None and gap == "wide" and said.verdict == "even":
            simpler = "whether a simpler model would do better: cannot tell"
            simpler = "no simpler setting is better by a tenth" if self.listed else simpler
            by = f"it misses by {wording.figure(ratio, digits=2)} times as much on rows it has not"
            known = "even" if self.listed else "unknown"
            said = Misfit(known, f"{by} seen; {simpler}", ratio)
        exact = misfit.interpolates(tested, size)  # what another takes off would be rounding
        return said if exact else self._advised(said)

    def _underfit(self, size: float, ratio: float | None) -> Misfit:
        """Say whether what the model misses follows a pattern."""
        rows, missed = self.residuals
        if not len(rows):
            return self.cannot_tell()
        learned = self.fitted.learned
        own = rows is self.rows
        matrix = learned.matrix if own else fitting.vectors(learned, self.examples, rows)
        seed = self.definition.seed
        looked = misfit.looked_at(*matrix.shape, seed=seed)
        matrix, missed = np.concatenate([*dense_parts(matrix[looked])]), missed[looked]
        days, groups = related(self.lesson, rows[looked])
        found = misfit.underfit(
            matrix, missed, seed=seed, label_spread=size, days=days, groups=groups
        )
        some = ""
        if found is not None and found.rows < min(len(rows), misfit.MOST_ROWS):
            some = f" (looked for in {found.rows:,} of {len(rows):,} rows, as columns are many)"
        if found is None or not found.structure:
            return Misfit("even", f"no sign of under- or overfitting{some}", ratio)
        step = next_step(found, matrix, missed, seed=seed)
        attempt = _NAMED.get(step.attempt, step.attempt) if step else None
        attempt, advice = self._better(attempt, found.column)
        words = (
            f"underfit: it is too simple for a pattern{self._over(found.column)}, "
            f"which makes {found.r2:.0%} of what it misses{some}{advice}"
        )
        return Misfit("underfit", words, ratio, found.r2, attempt)

    def _advised(self, said: Misfit) -> Misfit:
        """Return what was said, with a simple model to try where that takes off a fifth.

        Not where something is advised: it was tried on the same folds.
        """
        advised = "; try  " in said.words or ", write  " in said.words
        if advised or len(self.rows) > cross_validation.ENOUGH:
            return said
        gains = {
            name: self._gain_of(name) for name in _SIMPLE if name != self.definition.model.name
        }
        attempt = max(gains, key=gains.__getitem__)
        if gains[attempt] < _A_FIFTH:
            return said
        less = wording.share(gains[attempt])
        words = f"{said.words}; {attempt} misses by {less} less; try  model: {attempt}"
        return replace(said, words=words, try_=attempt)

    @cached_property
    def _moves_on(self) -> bool:
        """Say whether a feature moves with time, such as a month: how a bend goes on is unknown.

        Its ranks and those of the days have a correlation of .9 or more.
        """
        matrix = self.fitted.learned.matrix
        looked = misfit.looked_at(*matrix.shape, seed=self.definition.seed)
        days = related(self.lesson, self.rows[looked]).days
        if days is None:
            return False
        columns = [days, *np.concatenate([*dense_parts(matrix[looked])]).T]
        ranks = np.array([np.unique(column, return_inverse=True)[1] for column in columns])
        day, *others = ranks - ranks.mean(axis=1, keepdims=True)
        sizes = [(day @ day * (one @ one)) ** 0.5 for one in others]
        return any(abs(day @ one) > _WITH_TIME * s for one, s in zip(others, sizes, strict=True))

    def _gain_of(self, name: str) -> float:
        """Return what share of the printed error another model takes off, if it can be tried."""
        if name == "polynomial_regression" and self._moves_on:
            return -inf
        model = FRIENDLY[name].model_validate({"name": name})
        # Products of many columns are more than rows can tell apart, and slow to try.
        few = model.columns(self.fitted.learned.matrix.shape[1]) <= len(self.rows)
        if not few or not (model.quick or len(self.rows) <= cross_validation.ENOUGH):
            return -inf
        return self.gain({"model": model})

    def _better(self, attempt: str | None, column: int) -> tuple[str | None, str]:
        """Return which model to try, and the words for it, where folds show that it is better.

        Numbers that are names of something are no curve: where such a column makes the
        pattern, its kind may be all that is wrong.
        """
        definition, simple = self.definition, () if attempt in _SIMPLE else _SIMPLE
        tried = {attempt, *simple} - {definition.model.name} if attempt is not None else set()
        gains = {one: self._gain_of(one) for one in sorted(tried)}
        named = self._maybe_names(column)
        if named is not None:
            feature = definition.features[named].model_copy(update={"kind": "category"})
            features = (*definition.features[:named], feature, *definition.features[named + 1 :])
            gains["kind"] = self.gain({"features": features})
        best = max(gains, key=gains.__getitem__, default="")
        if not best or gains[best] < BETTER_BY:
            return None, ""
        if best != "kind":
            return best, f"; try  model: {best}"
        name = definition.features[named or 0].name
        return None, f"; if {name} is a name and no amount, write  {wording.as_category(name)}"

    def _maybe_names(self, column: int) -> int | None:
        """Return the feature that a column encodes, if its numbers may be names: whole, and few."""
        at = 0
        for place, feature in enumerate(self.fitted.model.features):
            at += feature.width
            if column < at:
                values = self.examples.columns[feature.name].taken(self.rows)
                if not isinstance(values, Numbers) or self.definition.features[place].kind:
                    return None
                known = values.values[~values.missing]
                # Products of what may be so many words are a column a row soon, and more.
                made = self.definition.model.columns(len(np.unique(known)))
                few = _ROWS_A_NAME * made <= len(known)
                return place if few and (known % 1 == 0).all() else None
        return None

    def _over(self, column: int) -> str:
        names = column_names(self.fitted.model.features)
        return f" over {names[column]}" if column < len(names) else ""
