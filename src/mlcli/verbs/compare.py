"""The verb compare: from names to which model is better. Nothing here prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.errors import AskedWronglyError, DataError, Fix
from mlcli.exports.reading_progress import UNWATCHED, Watch, uncounted
from mlcli.judging import contest, evidence, leaving_out, same_rows
from mlcli.judging.contest import Entrant
from mlcli.judging.judge import related
from mlcli.learning.fitting import one_thread, sides, split_words
from mlcli.learning.labels import Lesson
from mlcli.learning.splits import FEWEST_TO_LEARN
from mlcli.store import holdout_shown, runs
from mlcli.verbs import competitors
from mlcli.verbs.comparison import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.grammar.cells import Json
    from mlcli.statistics.arrays import Rows
    from mlcli.store.holdout_shown import Looks
    from mlcli.verbs.competitors import Apart
    from mlcli.verbs.project import Project

_VERSION: Final = re.compile(r"([^@/\\]*)@([^@/\\]*)")


@dataclass(frozen=True, slots=True)
class Comparable:
    """What is to be compared, read and found comparable: definitions, or stored versions."""

    home: Project
    entered: tuple[competitors.Entered, ...]
    apart: Apart | None = None


def ready(
    here: Path, named: Sequence[str], models: Sequence[str], watch: Watch = UNWATCHED
) -> Comparable:
    """Read what is to be compared; nothing is learned yet.

    Parameters
    ----------
    here
        The folder that names are looked up from.
    named
        Definitions or YAML files; with an ``@`` in any of them, stored versions.
    models
        Models to try in place of the definition's own, such as ``ridge:penalty=0.5``.
    watch
        Is told how far reading has come.

    Raises
    ------
    MlcliError
        Of the kind that is at fault.
    """
    if not any(_VERSION.fullmatch(name) for name in named):
        home, entered = competitors.entered(here, named, models, watch)
        return Comparable(home, tuple(entered))
    if models:
        raise AskedWronglyError(
            "--models tries models of a definition, and a version has learned already",
            hint="name a definition with --models, or versions alone",
            fix=[Fix(None, option="--models")],
        )
    home, apart = competitors.stored(here, named)
    return Comparable(home, (), apart)


def compare(
    found: Comparable, *, now: datetime, tell: Callable[[int, int], None] = uncounted
) -> Comparison:
    """Compare definitions by learning from the same rows, or versions by what they answered.

    ``now`` is what the clock says; ``tell`` is told how many folds are done, and of how many.
    Nothing is ever written but a line of the history.

    Raises
    ------
    DataError
        The rows do not allow it.
    """
    if found.apart is not None:
        return of_versions(found.home, found.apart, now=now)
    return _learned(found.home, found.entered, now=now, tell=tell)


def _learned(
    home: Project,
    entered: Sequence[competitors.Entered],
    *,
    now: datetime,
    tell: Callable[[int, int], None],
) -> Comparison:
    """Compare by learning from the same rows."""
    tables = [one.table for one in entered]
    entrants = [
        Entrant(one.table.name, Lesson(one.definition, one.table.examples, one.table.labels), rows)
        for one, rows in zip(entered, same_rows.matched(tables), strict=True)
    ]
    first = entrants[0]
    definition, examples, labels = first.lesson
    split, _, away = sides(definition, examples, tables[0].usable)
    kept_away = np.isin(first.rows, away)
    train, held = np.flatnonzero(~kept_away), np.flatnonzero(kept_away)
    if len(train) < FEWEST_TO_LEARN:
        raise DataError(
            f"{wording.count(len(train), 'row')} to learn from that all of them have; at least 2 "
            "are needed",
            hint="compare definitions of the same rows",
        )
    with one_thread():
        quick = all(one.definition.model.quick for one in entered)
        made = leaving_out.divided(first.lesson, first.rows[train], split, quick=quick)
        folds = contest.cross_validated(entrants, train, made, tell)
        judged = contest.tried(entrants, train, held, delivered=True) if len(held) else None
    known = [] if isinstance(folds, str) else folds
    marks, base = contest.marks(entrants, known, judged if judged and len(judged.tested) else None)
    tested = first.rows[judged.tested] if judged else first.rows[:0]
    in_time = made is not None and made.in_time
    together = related(first.lesson, tested)
    ground = contest.Ground(len(train), len(tested), together, in_time=in_time)
    kind = labels.kind
    found = contest.judge(marks, kind.compared, ground)
    if found is None:
        raise DataError(
            f"nothing can be compared: {folds}, and nothing is held out", hint="bring more rows"
        )
    said: Json = {
        "compared": [one.name for one in found.marks],
        "shown": [one.setting for one in entered],
    }
    return Comparison(
        contest=found,
        base=base,
        kind=kind,
        unit=definition.label.unit or definition.label.name,
        noun=examples.noun,
        used=len(first.rows),
        train=len(train),
        held=len(tested),
        left_out={
            one.name: len(table.usable) - len(one.rows)
            for one, table in zip(entrants, tables, strict=True)
        },
        split=split_words(split, examples, first.rows[held])
        if len(held)
        else "nothing was held out",
        folds=f"no cross-validation: {folds}"
        if isinstance(folds, str) or made is None
        else made.words,
        looks=_noted(home, said, first.lesson, away, now=now),
        warnings=tuple(dict.fromkeys(w for one in entered for w in one.warnings)),
        copied=evidence.copied(first.lesson, first.rows[train], first.rows[held]),
    )


def _noted(home: Project, said: Json, lesson: Lesson, held: Rows, *, now: datetime) -> Looks:
    """Note the look at the hold-out: at all of it, even where some rows were left out."""
    rows = held.tolist()
    digest = runs.of_rows(lesson.examples.names(rows), lesson.labels.of(held).tolist())
    return holdout_shown.noted(home.models, "compare", [digest] if rows else [], now=now, more=said)


def of_versions(home: Project, apart: Apart, *, now: datetime) -> Comparison:
    """Compare versions on the rows that were held out from all of them."""
    ground = contest.Ground(0, apart.rows, apart.related)
    found = contest.judge(apart.marks, apart.kind.compared, ground)
    assert found is not None
    more = {"compared": [one.name for one in found.marks], "shown": [*apart.settings]}
    return Comparison(
        contest=found,
        base=apart.base,
        kind=apart.kind,
        unit=apart.unit,
        noun=apart.noun,
        used=apart.rows,
        train=None,
        held=apart.rows,
        left_out=apart.left_out,
        split=f"{wording.count(apart.rows, apart.noun)} that were held out from all of them",
        folds="no cross-validation: stored versions learn nothing again",
        looks=holdout_shown.noted(home.models, "compare", apart.holdouts, now=now, more=more),
        warnings=apart.warnings,
        told_by=apart.told_by,
    )
