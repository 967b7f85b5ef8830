"""Evaluate a stored model: on the rows held out, or on a labelled file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.label import Chosen, ClassTarget, NumberTarget, Raw, Target
from mlcli.definition import definition as definitions
from mlcli.errors import DataError, near
from mlcli.exports import reading
from mlcli.grammar import formula
from mlcli.judging import (
    classes,
    decision_outcomes,
    evidence,
    held_out,
    known_too_late,
    lists,
)
from mlcli.learning import report as evaluation
from mlcli.learning.report import Judged
from mlcli.store import cargo, holdout_shown
from mlcli.verbs.ask_file import Questions, Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from mlcli.answering.model import Answer
    from mlcli.grammar.cells import Value
    from mlcli.judging.lists import Lists
    from mlcli.store.holdout_shown import Looks
    from mlcli.store.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a stored model is.

    ``metrics`` as in the manifest; ``worst`` the largest misses of the rows judged;
    ``of`` says which rows those are, and ``column`` what a table calls them; ``spread``
    holds intervals, of a file that was judged; ``decision`` what serving those rows came to;
    ``looks`` says how often a hold-out was shown;
    ``classes`` figures of answered classes.
    """

    manifest: Manifest
    metrics: Mapping[str, Any]
    worst: list[dict[str, Any]]
    of: str
    column: str
    left_out: int = 0
    judged: int = 0
    notes: tuple[str, ...] = ()
    spread: Mapping[str, Any] | None = None
    decision: Mapping[str, Any] | None = None
    looks: Looks | None = None
    classes: Mapping[str, Any] | None = None

    @property
    def rows(self) -> Mapping[str, int]:
        """Return how many rows were learned from and judged."""
        if self.column == "held out":
            return self.manifest.rows
        return {"train": self.manifest.rows["train"], "holdout": self.judged}


def evaluate(manifest: Manifest, models: Path, *, now: datetime) -> Evaluation:
    """Report how a stored model did on the rows that were held out when it was fitted.

    That it did is noted in ``models``, at the time ``now``.
    """
    judged = held_out.kept(manifest)
    worst = evaluation.worst(judged, held_out.judged_target(manifest)) if judged else []
    metrics, words = manifest.data["metrics"], manifest.data["split"]["words"]
    version = {"model": manifest.name, "version": manifest.version}
    shown = holdout_shown.of(judged.keys, judged.truths) if judged else []
    look = holdout_shown.noted(models, "evaluate", shown, now=now, more=version)
    notes = (*_hindsight(manifest), *((look.problem,) if look.problem else ()))
    return Evaluation(
        manifest,
        metrics,
        worst,
        words,
        "held out",
        notes=notes,
        decision=manifest.evidence.get("decision"),
        looks=look,
        classes=manifest.evidence.get("classes"),
    )


def _hindsight(manifest: Manifest) -> tuple[str, ...]:
    """Return what there is to note about what was known when."""
    definition = definitions.build(manifest.data["definition"]["values"])
    ledger = manifest.data["ledger"]
    cut = known_too_late.nothing_cut(definition, ledger)
    return (*cut, *known_too_late.final_counts(definition))


def evaluate_lists(manifest: Manifest) -> Lists:
    """Report whether the lists of a stored catalogue keep to what is wished for."""
    catalogue, facts = cargo.load_catalogue(manifest)
    recommend = manifest.data["recommend"]
    return lists.lists(
        catalogue, facts, manifest.features, recommend["order"], top=recommend["top"]
    )


def evaluate_file(manifest: Manifest, path: Path) -> Evaluation:
    """Judge a stored model on a labelled file of its features.

    Raises
    ------
    DataError
        A feature or the label has no column, or a row has no label.
    """
    target = manifest.target
    judged, left_out, notes = _judged(manifest, path)
    scores = evaluation.report(judged, judged, target, manifest.data["without_looking"])
    before = manifest.data["metrics"]
    metrics = {
        metric: {
            **score,
            **{k: v for k, v in before[metric].items() if k in {"train", "train_raw"}},
        }
        for metric, score in scores.items()
    }
    worst = evaluation.worst(judged, target)
    of = f"{wording.count(len(judged.truths), 'row')} of {path.name}"
    if reading.digest(path) in manifest.data["digests"]["data"].values():
        notes.append("it learned from rows of this very file: these figures flatter it")
    rows = len(judged.truths)
    spread = evidence.spread(judged, target)
    classes = _classes(manifest, judged, target)
    return Evaluation(
        manifest,
        metrics,
        worst,
        of,
        "this file",
        left_out,
        rows,
        tuple(notes),
        spread,
        _decided(manifest, judged),
        classes=classes,
    )


def _decided(manifest: Manifest, judged: Judged) -> dict[str, Any] | None:
    """Return what the stored decision comes to on the rows of a file."""
    kept = manifest.evidence.get("decision")
    if kept is None:
        return None
    with cargo.reading(manifest, "manifest.json"):
        made, prices = ranges_and_decisions.decision_from(kept), kept["prices"]
        values = [float(value) for value in judged.values]
        target = manifest.target
        assert isinstance(target, NumberTarget)
        return decision_outcomes.on_other_rows(
            made, prices, judged.truths, values, target, of="file"
        )


def _classes(manifest: Manifest, judged: Judged, target: Target) -> dict[str, Any] | None:
    """Return how good answered classes are, on the rows of a file."""
    if not isinstance(target, ClassTarget):
        return None
    label = manifest.data["definition"]["values"]["label"]
    worth = classes.worth_of(label.get("threshold") if isinstance(label, dict) else None)
    shares = manifest.data["without_looking"]
    return {"of": "this file", **classes.report(judged, target, shares, worth=worth)}


def _judged(manifest: Manifest, path: Path) -> tuple[Judged, int, list[str]]:
    """Answer the rows of a labelled file, keeping numbers only; count those refused.

    Also return what there is to note about words that training never held.
    """
    target = manifest.target
    text = manifest.data["definition"]["values"].get("baseline")
    own = formula.parse(str(text)) if text is not None else None
    keys: list[str] = []
    truths: list[float | str | None] = []
    values: list[Raw] = []
    baseline: list[float | None] = []
    refused: list[str] = []
    unseen: list[str] = []
    for row, answer in Questions(manifest, path, label=target.name).answered():
        if answer.value is None or row.label is None:
            refused.append(answer.notes[0])
            continue
        keys.append(row.place)
        unseen += _unseen(manifest, row)
        truths.append(_truth(target, row))
        values.append(_raw(target, answer))
        baseline.append(_own(own, row.question) if own else None)
    if not truths:
        raise DataError("the model refuses every row", place=str(path), hint=refused[0])
    known = [value for value in baseline if value is not None]
    judged = Judged(keys, truths, values, known if len(known) == len(truths) else None)
    hold = "row holds" if len(unseen) == 1 else "rows hold"
    notes = [f"{len(unseen):,} {hold} words that training never did: {unseen[0]}"] if unseen else []
    return judged, len(refused), notes


def _unseen(manifest: Manifest, row: Row) -> list[str]:
    """Return what is said of the first word of a row that training never held, if there is one."""
    said = (
        feature.note(row.question[feature.name])
        for feature in manifest.features
        if feature.kind != "number" and row.question.get(feature.name) is not None
    )
    return [note for note in said if note][:1]


def _truth(target: Target, row: Row) -> float | str | None:
    """Return what was true of a row, as the label was learned."""
    if not isinstance(target, ClassTarget) or row.label is None:
        return row.label
    truth = target.truth(str(row.label))
    if truth not in target.classes:
        known = wording.listed(list(target.classes), most=12)
        raise DataError(
            f"{row.label!r} is not a {target.name} that was learned from (known: {known})",
            place=row.place,
            hint=near(truth, target.classes) or "mend the cell, or take the row out",
        )
    return truth


def _raw(target: Target, answer: Answer) -> Raw:
    """Return the prediction that an answer was delivered from."""
    if not isinstance(target, ClassTarget):
        assert isinstance(answer.value, float)
        return answer.value
    shares = answer.probabilities
    position = target.classes.index(str(answer.value))
    return Chosen(position, None if shares is None else tuple(shares.values()))


def _own(own: formula.Formula, question: Mapping[str, Value | None]) -> float | None:
    """Return the answer of the rule in use today, if the row has what it needs."""
    row = {c: float(v) for c in own.columns if isinstance(v := question.get(c), float)}
    return own.value(row) if len(row) == len(own.columns) else None
