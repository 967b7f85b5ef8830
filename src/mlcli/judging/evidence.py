"""How far the figures of a model can be trusted: all that a report says beside them."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcli.answering.choices import places
from mlcli.definition.rules.whole import Every
from mlcli.grammar.alarm_codes import WORTH_A_LOOK
from mlcli.judging import cross_validation, importance, judges
from mlcli.judging.beside_base import BesideBase
from mlcli.judging.judge import between, related
from mlcli.judging.leaks import alarms
from mlcli.judging.leaks.coded_column import of_column
from mlcli.statistics import comparing
from mlcli.store.evidence import Evidence, LeakAlarm, SpreadHeldOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.judging.leaks.coded_column import CodedColumn
    from mlcli.learning.fitting import Fitted
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Rows
    from mlcli.store.evidence import CrossValidated
    from mlcli.store.scores import Score, Scores


def prepare() -> None:
    """Import what judging will need."""
    for name in ("sklearn.model_selection", "sklearn.preprocessing", "sklearn.tree"):
        import_module(name)


def gather(fitted: Fitted, scores: Scores) -> tuple[Evidence, tuple[float, ...]]:
    """Cross-validate, diagnose, and look for leaks.

    Everything but the part on the hold-out comes from rows to learn from alone.

    Returns
    -------
    tuple
        The evidence, and residuals (n,): truths minus raw predictions of rows that were not
        learned from, in the label's unit, rising.
    """
    looked = judges.look(fitted)
    alarmed, unseen = _alarms(fitted)
    kept, cv = looked.kept(), looked.cross_validated()
    found = Evidence(
        few=cross_validation.few(len(fitted.rows) + len(fitted.held)),
        holdout=_held_out(fitted, scores),
        cv=cv,
        fit=looked.diagnosed(),
        curve=looked.curve(),
        alarms=alarmed,
        left_out=unseen or None,
        classes=looked.answered(),
        doubts=tuple(_doubts(fitted, scores, cv)),
        range_held=looked.range_held(kept),
        importance=importance.importance(fitted, looked.left_out),
    )
    decide = fitted.lesson.definition.decide
    if decide is not None:
        found = replace(found, decision=looked.decided(decide, kept))
    return found, kept


def _held_out(fitted: Fitted, scores: Scores) -> SpreadHeldOut | None:
    """Return intervals and skill on the rows held out, and how many lie beyond what was learned."""
    if fitted.held_out is None:
        return None
    columns: dict[str, Any] = fitted.lesson.examples.columns
    noted = [f.noted(columns[f.name].taken(fitted.held)) for f in fitted.model.features]
    outside = int(np.any(noted, axis=0).sum())
    judge = judges.judge(fitted.model.target)
    found = judge.spread(fitted.held_out, related(fitted.lesson, fitted.held))
    known = skill(scores[judge.skill_by]) if len(fitted.held) >= cross_validation.FEW else None
    return SpreadHeldOut(
        found.rows, found.intervals, found.narrow, known, outside, caution=found.caution
    )


def _doubts(fitted: Fitted, scores: Scores, cv: CrossValidated) -> Iterator[str]:
    """Yield why an answer may be worth little: no better than no look, or on other rows."""
    yield from _no_better(fitted, scores, cv)
    if fitted.held_out is None:
        return
    judge, noun = judges.judge(fitted.model.target), fitted.lesson.examples.noun
    learned, held = fitted.train.truths, fitted.held_out.truths
    if absent := judge.absent(held, noun):
        yield absent
    if fitted.split.by_date and (moved := judge.moved(learned, held, f"the newest {noun}s")):
        yield moved
    if between(fitted):
        yield f"it was judged on {noun}s between those learned from: later {noun}s may differ"


def _no_better(fitted: Fitted, scores: Scores, cv: CrossValidated) -> Iterator[str]:
    """Yield that the model is no better than answering without looking, if it is not.

    Cross-validation says so beside a hold-out that does not where its error is the larger.
    """
    judge, held = judges.judge(fitted.model.target), fitted.held_out
    known = {name: BesideBase(one.mean, one.baseline) for name, one in cv.metrics.items()}
    enough = known and (cv.rows or 0) >= cross_validation.FEW
    if held is not None and len(fitted.held) >= cross_validation.FEW:
        median = judge.median(fitted.train.truths, held.truths)
        if found := judge.no_better_on(scores, median):
            yield f"on the held-out rows, it is no better than {found}"
            return
        enough = enough and known[judge.skill_by].worse
    if enough and (found := judge.no_better(known)):
        yield f"cross-validated, it is no better than {found}"


def skill(score: Score) -> float | None:
    """Return by how much of its error the model beats answering without looking."""
    if score.holdout is None or score.baseline is None:
        return None
    return comparing.skill(score.holdout, score.baseline)


def _alarms(fitted: Fitted) -> tuple[tuple[LeakAlarm, ...], str]:
    """Return what may have leaked the label, whether the definition knows of it, and what not."""
    definition = fitted.lesson.definition
    table, label, train, held = _looked(fitted.lesson, fitted.rows, fitted.held)
    dates = fitted.lesson.examples.dates
    found, left_out = alarms.alarms(
        table,
        label,
        train=train,
        held=held,
        seed=definition.seed,
        free_weights=definition.model.free_weights,
        when=None if dates is None else dates.values[np.union1d(fitted.rows, fitted.held)],
    )
    known = definition.acknowledge
    told = tuple(
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
    return told, left_out


def copied(lesson: Lesson, train: Rows, held: Rows) -> str:
    """Return the alarm on held-out rows that stand in training too, unless it is acknowledged."""
    definition = lesson.definition
    found = alarms.twins(*_looked(lesson, train, held), definition.seed)
    known = {*WORTH_A_LOOK, *(code for code, _ in definition.acknowledge)}
    return next((f"alarm {one.code}: {one.words}" for one in found if one.code not in known), "")


def _looked(
    lesson: Lesson, train: Rows, held: Rows
) -> tuple[list[CodedColumn], np.ndarray, Rows, Rows]:
    """Return features and labels as alarms look at them, and the places of both sides."""
    definition, examples, labels = lesson
    rows = np.sort(np.concatenate([train, held]))
    label = labels.of(rows)
    if labels.strata(rows[:0]) is not None:
        label = places(label, sorted(set(label.tolist())))
    table = [of_column(f.name, examples.columns[f.name].taken(rows)) for f in definition.features]
    came = np.searchsorted(rows, _came(lesson, held))
    return table, label, np.searchsorted(rows, train), came


def _came(lesson: Lesson, held: Rows) -> Rows:
    """Return the rows held out but for those that ``every`` made, which are alike on purpose."""
    definition, _, labels = lesson
    rules = (rule for rule in definition.every_rule if isinstance(rule, Every))
    made = [
        rule.fill[definition.label.name] for rule in rules if definition.label.name in rule.fill
    ]
    return held[~np.isin(labels.of(held), made)] if made else held
