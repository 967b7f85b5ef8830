"""Evaluate a stored model: on the rows held out, or on a labelled file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering import reasons
from mlcli.answering.column import Numbers, Words
from mlcli.answering.features import UnknownLevelError
from mlcli.errors import AskedWronglyError, DataError, Fix
from mlcli.exports import reading
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import note_codes
from mlcli.judging import (
    cross_validation,
    decision_outcomes,
    held_out,
    judges,
    known_too_late,
    lists,
)
from mlcli.learning.judged import Judged
from mlcli.statistics import dependence
from mlcli.statistics.dependence import Related
from mlcli.store import cargo, holdout_shown, records
from mlcli.store.records import ABSENT
from mlcli.verbs import ask_range, implied
from mlcli.verbs.ask_file import AnsweredRows, Questions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from mlcli.answering.reasons import Weight
    from mlcli.answering.target import Raws, Target
    from mlcli.exports.csv.reader import CsvReader
    from mlcli.exports.csv.regular import Block
    from mlcli.judging.judge import Judge
    from mlcli.judging.lists import Lists
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.store.evidence import ClassReport, DecisionReport, Importance, Spread
    from mlcli.store.holdout_shown import Looks
    from mlcli.store.manifest import Manifest
    from mlcli.store.scores import Score, Scores


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a stored model is.

    ``worst`` are the largest misses of the rows judged; ``of`` says which rows those are;
    ``spread`` is of a file that was judged;
    ``decision`` says what serving those rows came to, and ``looks`` how many settings a
    hold-out has shown; ``unlabelled`` of the rows of a file that were ``left_out`` have no
    label, and ``doubts`` say why answers may be worth little; ``importance`` is of the rows that
    a version was judged on when it was fitted, ``weights`` of its equation; ``of_file`` are the
    rows of a file that was judged.
    """

    manifest: Manifest
    scores: Scores
    worst: Sequence[NamedTuple]
    of: str
    left_out: int = 0
    notes: tuple[str, ...] = ()
    spread: Spread | None = None
    decision: DecisionReport | None = None
    looks: Looks | None = None
    class_report: ClassReport | None = None
    unlabelled: int = 0
    doubts: tuple[str, ...] = ()
    importance: Importance | None = None
    weights: Sequence[Weight] | None = None
    of_file: Judged | None = None

    @property
    def rows(self) -> Mapping[str, int]:
        """Return how many rows were learned from and judged."""
        if self.of_file is None:
            return self.manifest.rows._asdict()
        return {"train": self.manifest.rows.train, "holdout": len(self.of_file.truths)}

    def to_json(self) -> dict[str, object]:
        """Return the documented object."""
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            "of": self.of,
            "rows": dict(self.rows),
            "final": self.manifest.final,
            "metrics": records.to_json(self.scores),
            "worst": records.to_json(self.worst),
            "equation": self.manifest.equation,
            "weights": records.to_json(self.weights),
            "importance": records.to_json(self.importance),
            "left_out": self.left_out,
            "evidence": records.to_json(self.manifest.evidence),
            "spread": records.to_json(self.spread),
            "looks": self.looks.times if self.looks else None,
            "decision": records.to_json(self.decision),
            "classes": records.to_json(self.class_report),
            "notes": list(self.notes),
            "note_codes": note_codes.codes(self.notes),
            **({"doubts": [*self.doubts]} if self.doubts else {}),
        }


@dataclass(frozen=True, slots=True)
class ListEvaluation:
    """Whether the lists of a catalogue keep to what is wished for."""

    manifest: Manifest
    lists: Lists

    def to_json(self) -> dict[str, object]:
        """Return the documented object."""
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            "of": self.manifest.split.words,
            "rows": self.manifest.rows._asdict(),
            "metrics": self.lists.to_json(),
        }


def judge(
    manifest: Manifest,
    models: Path,
    data: Path | None,
    *,
    now: datetime,
    watch: Watch = UNWATCHED,
) -> Evaluation | ListEvaluation:
    """Judge a stored model: on a file, on the rows held out, or a catalogue by its lists.

    Raises
    ------
    AskedWronglyError
        It is a catalogue, and a file is named.
    DataError
        The file lacks a feature or the label, or no row can be judged.
    """
    if not manifest.answers.by_rows:
        return _of_lists(manifest, data)
    if data is None:
        return evaluate(manifest, models, now=now)
    return evaluate_file(manifest, data, watch)


def _of_lists(manifest: Manifest, data: Path | None) -> ListEvaluation:
    if data is not None:
        raise AskedWronglyError(
            f"{manifest.name} suggests things, and no file holds the truth about that",
            hint=f"leave --data out:  mlcli evaluate -m {manifest.name}",
            fix=[Fix(None, option="--data")],
        )
    catalogue, facts = cargo.load_catalogue(manifest)
    order, top = manifest.lists.order, manifest.lists.top
    return ListEvaluation(
        manifest, lists.lists(catalogue, facts, manifest.features, order, top=top)
    )


def evaluate(manifest: Manifest, models: Path, *, now: datetime) -> Evaluation:
    """Report how a stored model did on the rows that were held out when it was fitted.

    That it did is noted in ``models``, at the time ``now``.
    """
    judged = held_out.kept(manifest)
    judge = judges.judge(held_out.judged_target(manifest))
    worst = judge.worst(judged) if judged else ()
    found = manifest.evidence
    version = {"model": manifest.name, "version": manifest.version}
    shown = holdout_shown.of(judged.keys, judged.truths.tolist()) if judged else []
    setting = holdout_shown.setting(manifest.definition.values)
    more = {**version, "shown": [setting]}
    look = holdout_shown.noted(models, "evaluate", shown, now=now, more=more)
    notes = (*_hindsight(manifest), *((look.problem,) if look.problem else ()))
    return Evaluation(
        manifest,
        manifest.metrics,
        worst,
        manifest.split.words,
        notes=notes,
        decision=found.decision if found else None,
        looks=look,
        class_report=found.classes if found and found.classes is not ABSENT else None,
        doubts=manifest.doubts,
        importance=found.importance if found else None,
        weights=_weights(manifest),
    )


def _weights(manifest: Manifest) -> Sequence[Weight] | None:
    """Return every weight of the equation of a model, if it has one."""
    equation = cargo.load_equation(manifest)
    return equation and reasons.weights(equation, manifest.features, manifest.target)


def _hindsight(manifest: Manifest) -> tuple[str, ...]:
    """Return what there is to note about what was known when."""
    definition = implied.definition_of(manifest)
    ledger = manifest.ledger
    cut = known_too_late.nothing_cut(definition, ledger)
    return (*cut, *known_too_late.final_counts(definition))


def evaluate_file(manifest: Manifest, path: Path, watch: Watch = UNWATCHED) -> Evaluation:
    """Judge a stored model on a labelled file of its features.

    Raises
    ------
    DataError
        A feature or the label has no column, or no row can be judged.
    """
    target = manifest.target
    judged, together, (left_out, unlabelled), notes = _judged(manifest, path, watch)
    judge, blind = judges.judge(target), manifest.blind
    scores = judge.scores(judged, judged, blind)
    label = implied.definition_of(manifest).label
    return Evaluation(
        manifest,
        {name: _beside(manifest.metrics[name], score) for name, score in scores.items()},
        judge.worst(judged),
        f"{wording.count(len(judged.truths), 'row')} of {_called(path)}",
        left_out,
        tuple(notes),
        together.said_of(judge.spread(judged, together.related)),
        _decided(manifest, judged, together.related),
        class_report=judge.report(judged, blind, label.threshold, of="this file"),
        unlabelled=unlabelled,
        doubts=(*_doubts(manifest, judge, scores, judged), *manifest.doubts),
        weights=_weights(manifest),
        of_file=judged,
    )


def _doubts(manifest: Manifest, judge: Judge, scores: Scores, rows: Judged) -> Iterator[str]:
    """Yield that in a file the model is no better than answering without looking, and why."""
    if len(rows.truths) < cross_validation.FEW:
        return
    if found := judge.no_better_on(scores):
        yield f"in this file, it is no better than {found}"
    yield from judge.unlike(rows, ask_range.kept(manifest))


def _beside(learned: Score, here: Score) -> Score:
    """Return the figures of a file beside those on the rows that were learned from."""
    return here._replace(**{k: v for k, v in learned._asdict().items() if k.startswith("train")})


def _decided(manifest: Manifest, judged: Judged, related: Related) -> DecisionReport | None:
    """Return what the stored decision comes to on the rows of a file."""
    kept = manifest.evidence.decision if manifest.evidence else None
    target = manifest.target.amounts
    if kept is None or target is None:
        return None
    with cargo.reading(manifest, "manifest.json"):
        return decision_outcomes.on_other_rows(
            kept.made, kept.served.prices, judged, target, of="file", related=related
        )


class _Together:
    """Which rows of a file depend on each other, as far as it has the columns that tell."""

    def __init__(self, manifest: Manifest, reader: CsvReader) -> None:
        day = manifest.key.name if manifest.key.unit else None
        group = implied.definition_of(manifest).group
        self._wanted = {what: name for what, name in (("day", day), ("group", group)) if name}
        self._places = {
            what: reader.position(name)
            for what, name in self._wanted.items()
            if name in reader.columns
        }
        self._cells: dict[str, list[str]] = {what: [] for what in self._places}

    def add(self, block: Block, rows: Rows) -> None:
        """Keep the cells of some rows."""
        for what, place in self._places.items():
            self._cells[what] += block.cells(place, rows)

    @property
    def related(self) -> Related:
        """Return days, where all are dates as ISO 8601 writes them, and groups."""
        days, groups = dependence.dated(self._cells.get("day", [])), self._cells.get("group")
        return Related(days, None if groups is None else dependence.numbered(groups))

    def said_of(self, spread: Spread) -> Spread:
        """Return an interval that says which column it lacks, if it does."""
        known = {"day": self.related.days, "group": self.related.groups}
        lacks = [name for what, name in self._wanted.items() if known[what] is None]
        if not (lacks and spread.intervals):
            return spread
        why = f"it takes rows to be unrelated, as no column {' or '.join(lacks)} tells"
        return replace(spread, narrow=True, caution="; ".join(filter(None, (spread.caution, why))))


def _judged(
    manifest: Manifest, path: Path, watch: Watch
) -> tuple[Judged, _Together, tuple[int, int], list[str]]:
    """Answer the rows of a labelled file, keeping numbers only; count those left out.

    The second count is of those among them that have no label.

    Also return what there is to note: words that training never held, constants, rows known.
    """
    target = manifest.target
    own = implied.definition_of(manifest).baseline
    questions = Questions(manifest, path, label=target.name)
    together = _Together(manifest, questions.reader)
    keys: list[str] = []
    truths: list[NDArray[Any]] = []
    values: list[Raws] = []
    baseline: list[Floats] = []
    unseen: list[str] = []
    filled: Counter[str] = Counter()
    left_out, unlabelled, why, first = 0, 0, "", ""
    for asked in questions.answered(watch):
        able = asked.answers.able
        if not able.all():
            why = why or asked.answers.notes[int(able.argmin())][0]
            left_out += int((~able).sum())
            assert asked.truths is not None
            unlabelled += int(asked.truths.missing.sum())
            refused = ~able & ~asked.truths.missing
            if refused.any() and not first:
                row = int(refused.argmax())
                place = questions.place(asked.block, row)
                first = f"{place} is the first that is refused: {asked.answers.notes[row][0]}"
        unseen += _unseen(manifest, asked)
        filled += Counter({c: int((able & gone).sum()) for c, gone in asked.filled.items()})
        rows = np.flatnonzero(able)
        if len(rows):
            keys += (questions.place(asked.block, i) for i in rows.tolist())
            together.add(asked.block, rows)
            truths.append(_truths(target, asked, rows, questions))
            values.append(asked.answers.values)
            if own is not None:
                numbers = {n: c for n, c in asked.columns.items() if isinstance(c, Numbers)}
                known = {n: c.values[rows] for n, c in numbers.items()}
                baseline.append(own.values(known, len(rows)))
    if not truths:
        nothing = "no row can be judged" if unlabelled else "the model refuses every row"
        raise DataError(nothing, place=str(path), hint=why)
    owned = np.concatenate(baseline) if baseline else None
    judged = Judged(
        keys,
        np.concatenate(truths),
        target.joined(values),
        None if owned is None or np.isnan(owned).any() else owned,
    )
    hold = "row holds" if len(unseen) == 1 else "rows hold"
    notes = [f"{len(unseen):,} {hold} words that training never did: {unseen[0]}"] if unseen else []
    notes += [first] * bool(first)
    notes += (
        f"no {name} given in {wording.count(rows, 'row')}: "
        f"{wording.written(manifest.filled[name])} stands in for it"
        for name, rows in filled.items()
    )
    if reading.digest(questions.path) in manifest.digests.data.values():
        notes.append("it learned from rows of this very file: these figures flatter it")
    return judged, together, (left_out, unlabelled), notes


def _called(path: Path) -> str:
    """Return how a file is called where it is one among many words."""
    return "standard input" if str(path) == reading.STANDARD_INPUT else path.name


def _unseen(manifest: Manifest, asked: AnsweredRows) -> list[str]:
    """Return what is said of the first word of each row that training never held."""
    said: dict[int, str] = {}
    for feature in manifest.features:
        if feature.levels:
            column = asked.columns[feature.name]
            rows = asked.answers.able & feature.noted(column) & ~column.missing
            rows &= ~asked.filled.get(feature.name, np.zeros(len(rows), dtype=bool))
            notes = zip(rows.nonzero()[0].tolist(), column.taken(rows), strict=True)
            said = {row: feature.note(word) for row, word in notes} | said
    return [said[row] for row in sorted(said)]


def _truths(target: Target, asked: AnsweredRows, rows: Rows, questions: Questions) -> NDArray[Any]:
    """Return what was true of some rows, as the label was learned."""
    assert asked.truths is not None
    column = asked.truths.taken(rows)
    if not isinstance(column, Words):
        return column.values
    known: NDArray[Any] = np.array([*column.levels], dtype=object)
    codes, first = np.unique(column.codes, return_index=True)
    for code, at in sorted(zip(codes.tolist(), first.tolist(), strict=True), key=itemgetter(1)):
        try:
            known[code] = target.known(column.levels[code])
        except UnknownLevelError as error:
            place = questions.place(asked.block, int(rows[at]))
            hint = error.hint or "mend the cell, or take the row out"
            raise DataError(str(error), place=place, hint=hint) from error
    return np.asarray(known[column.codes])
