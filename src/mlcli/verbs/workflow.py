"""The verbs, from paths to results: fit and evaluate. Nothing here prints."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.label import Chosen, ClassTarget, NumberTarget, Raw, Target
from mlcli.definition import definition as definitions
from mlcli.definition import engines, yaml_file
from mlcli.errors import AskedWronglyError, DataError, MlcliError, Problem, near
from mlcli.exports import reading
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import formula, phrases
from mlcli.judging import (
    class_threshold,
    classes,
    decision_outcomes,
    evidence,
    held_out,
    known_too_late,
    lists,
)
from mlcli.learning import catalogue, fitting
from mlcli.learning import report as evaluation
from mlcli.learning.report import Judged
from mlcli.store import holdout_shown, runs, trusted_pickle, versions
from mlcli.store import manifest as manifests
from mlcli.verbs.ask_file import Questions, Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from mlcli.answering.model import Answer
    from mlcli.definition.definition import Definition
    from mlcli.exports.reading import Exports
    from mlcli.grammar.cells import Value
    from mlcli.judging.lists import Lists
    from mlcli.store.holdout_shown import Looks
    from mlcli.store.manifest import Manifest
    from mlcli.tables.examples import Examples
    from mlcli.verbs.project import Project


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one definition.

    ``new`` is false where the current version had learned exactly this already.
    """

    manifest: Manifest
    new: bool
    warnings: tuple[Problem, ...]


def fit(
    project: Project,
    path: Path,
    *,
    now: datetime,
    final: bool = False,
    engine: str | None = None,
    watch: Watch = UNWATCHED,
) -> Fit:
    """Define, assemble, learn, judge, keep.

    Parameters
    ----------
    project, path
        Where things are, and which definition is fitted.
    now
        What the clock says.
    final
        Whether the model that is kept learns from held-out rows too.
    engine
        Another engine than the definition's; the model keeps it.
    watch
        Is told how far reading has come.

    Raises
    ------
    MlcliError
        Of the kind that is at fault; what was stored before is untouched.
    """
    try:
        shown, read = project.shown(path), project.read(path)
        read = read if engine is None else _on(engine, read, shown)
        found = reading.read(
            project,
            read.definition,
            watch,
            meanwhile=[partial(fitting.prepare, read.definition), evidence.prepare],
        )
        learn = _catalogue if read.definition.recommend else model
        learned, cargo = learn(read.definition, found.examples, shown, final=final)
    except MlcliError as error:
        error.summary = f"{path.stem}: nothing was fitted"
        raise
    return keep(project, path.stem, read, shown, found, (learned, cargo), now)


def keep(
    project: Project,
    name: str,
    read: yaml_file.Read,
    shown: str,
    found: Exports,
    made: Learned,
    now: datetime,
    *,
    tuned: Mapping[str, Any] | None = None,
) -> Fit:
    """Store what was learned as a version, and note the run.

    ``tuned`` is what the history says of a search that chose the hyperparameters.
    """
    learned, cargo = made
    description = manifests.describe(
        read.definition, read.values, shown, found.examples, learned, found.digests
    )
    description["notes"] += known_too_late.nothing_cut(read.definition, description["ledger"])
    description["digests"]["content"] = manifests.content(description, cargo)
    digests = runs.digests(description, cargo)
    with versions.unbroken() as saved:
        manifest, new = versions.save(project.models, name, description, cargo)
        if new:
            saved.append(manifest.id)
        versions.note_run(
            project.models,
            {
                "run": "fit",
                "at": now.isoformat(timespec="seconds"),
                "model": name,
                "version": manifest.version,
                "new": new,
                "metrics": description["metrics"],
                **runs.of_fit(description),
                "holdouts": [digests["holdout"]] if digests["holdout"] else [],
                **({"tuned": tuned} if tuned else {}),
                "digests": {
                    "definition": description["digests"]["definition"],
                    "manifest": manifest.data["digest"],
                    **digests,
                },
            },
        )
    return Fit(manifest, new, (*read.warnings, *found.warnings))


def _on(engine: str, read: yaml_file.Read, place: str) -> yaml_file.Read:
    """Return a definition as another engine runs it.

    Raises
    ------
    AskedWronglyError
        The engine cannot run it.
    """
    written = read.values.get("engine")
    said = written if isinstance(written, dict) and written.get("name") == engine else engine
    values = {**read.values, "engine": said}
    changed = definitions.build(values)
    for message, hint in engines.unable(changed):
        raise AskedWronglyError(
            message, place=place, hint=hint.replace("write  engine: ", "take  --engine ")
        )
    return replace(read, definition=changed, values=values)


Learned = tuple[dict[str, Any], dict[str, bytes]]
"""What a manifest says of what was learned, and its cargo."""


def model(definition: Definition, examples: Examples, place: str, *, final: bool) -> Learned:
    """Learn a model that answers, and judge it."""
    with fitting.one_thread():
        judged, line = class_threshold.drawn(
            definition, examples, fitting.fit(definition, examples), place
        )
        target, train = judged.model.target, judged.train
        metrics = evaluation.report(train, judged.held_out, target, evaluation.blind(train, target))
        found = evidence.gather(definition, examples, judged, metrics)
        all_rows = phrases.holdout("none")
        fitted = judged
        if final:
            fitted = fitting.fit(definition, examples, split=all_rows)
            fitted = class_threshold.carried(judged, fitted)
    cargo = {
        "model.joblib": trusted_pickle.dump(
            fitted.estimator, name=definition.model.name, place=place
        )
    }
    if fitted.equation is not None:
        cargo["equation.json"] = _json(fitted.equation.to_json())
    if found.residuals:
        cargo["residuals.json"] = _json(found.residuals)
    if judged.held_out is not None:
        rows = judged.held_out
        cargo["holdout.json"] = _json(
            [
                {"row": key, "truth": truth, "value": target.keep(value)}
                for key, truth, value in zip(rows.keys, rows.truths, rows.values, strict=True)
            ]
        )
    described = manifests.of_model(fitted, judged, metrics)
    decided = found.report.get("decision")
    refusal = decided and ranges_and_decisions.decision_from(decided).refusal()
    described["notes"] += [refusal] if refusal else []
    report = {**found.report, **({"threshold": line} if line else {})}
    return {**described, "evidence": report}, cargo


def _catalogue(definition: Definition, examples: Examples, place: str, *, final: bool) -> Learned:
    """Learn a catalogue of things to suggest; it has every row anyway."""
    del final
    fitted = catalogue.fit(definition, examples)
    assert definition.recommend is not None
    cargo = {
        "catalogue.json": _json(
            {
                "how": fitted.facts.how,
                "smoothing": fitted.facts.smoothing,
                **fitted.catalogue.index(),
            }
        ),
        "things.jsonl": fitted.catalogue.lines,
    }
    if fitted.estimator is not None:
        name = definition.model.name
        cargo["model.joblib"] = trusted_pickle.dump(fitted.estimator, name=name, place=place)
    return manifests.of_catalogue(fitted, definition.recommend.top), cargo


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


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
    look = holdout_shown.noted(models, "evaluate", holdout_shown.of(judged), now=now, more=version)
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
    catalogue, facts = versions.load_catalogue(manifest)
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
    with versions.reading(manifest, "manifest.json"):
        made, prices = ranges_and_decisions.decision_from(kept), kept["prices"]
        values = [float(value) for value in judged.values]  # type: ignore[arg-type]
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
