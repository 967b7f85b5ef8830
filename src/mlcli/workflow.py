"""The verbs, from paths to results: fit and evaluate. Nothing here prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcli import asking, evaluation, exports, formula, phrases, store, wording, yamlfile
from mlcli import manifest as manifests
from mlcli.errors import DataError, MlcliError, Problem
from mlcli.evaluation import Judged
from mlcli.learning import Fitted
from mlcli.learning import fit as learn
from mlcli.metrics import METRICS
from mlcli.project import Project, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from mlcli.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one definition.

    ``new`` is false where the current version had learned exactly this already.
    """

    manifest: Manifest
    new: bool
    warnings: tuple[Problem, ...]


def fit(project: Project, path: Path, *, now: datetime, final: bool = False) -> Fit:
    """Define, assemble, learn, judge, keep.

    Raises
    ------
    MlcliError
        Of the kind that is at fault; what was stored before is untouched.
    """
    try:
        shown = project.shown(path)
        read = yamlfile.read(text_of(path, shown), file=shown)
        definition = read.definition
        examples = exports.examples(project, definition)
        judged = learn(definition, examples)
        fitted = learn(definition, examples, split=phrases.holdout("none")) if final else judged
        cargo = _cargo(fitted, judged, shown, definition.model.name)
    except MlcliError as error:
        error.summary = f"{path.stem}: nothing was fitted"
        raise
    metrics = evaluation.report(judged.train, judged.held_out, judged.model.target)
    description = manifests.describe(
        definition,
        read.values,
        shown,
        examples,
        fitted,
        judged,
        metrics,
        exports.digests(project, definition),
    )
    with store.unbroken() as saved:
        manifest, new = store.save(project.models, path.stem, description, cargo)
        if new:
            saved.append(manifest.id)
        store.note_run(
            project.models,
            {
                "run": "fit",
                "at": now.isoformat(timespec="seconds"),
                "model": path.stem,
                "version": manifest.version,
                "new": new,
                "metrics": metrics,
                "digests": {
                    "definition": description["digests"]["definition"],
                    "manifest": manifest.data["digest"],
                },
            },
        )
    return Fit(manifest, new, read.warnings)


def _cargo(fitted: Fitted, judged: Fitted, place: str, algorithm: str) -> dict[str, bytes]:
    from mlcli import trusted

    cargo = {"model.joblib": trusted.dump(fitted.estimator, name=algorithm, place=place)}
    if fitted.equation is not None:
        cargo["equation.json"] = _json(fitted.equation.to_json())
    if judged.held_out is not None:
        rows = judged.held_out
        cargo["holdout.json"] = _json(
            [
                {"row": key, "truth": truth, "value": value}
                for key, truth, value in zip(rows.keys, rows.truths, rows.values, strict=True)
            ]
        )
    return cargo


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a stored model is.

    ``metrics`` as in the manifest; ``worst`` the largest misses of the rows judged;
    ``of`` says which rows those are, and ``column`` what a table calls them.
    """

    manifest: Manifest
    metrics: Mapping[str, Any]
    worst: list[dict[str, Any]]
    of: str
    column: str
    left_out: int = 0


def evaluate(project: Project, name: str) -> Evaluation:
    """Report how a model did on the rows that were held out when it was fitted."""
    manifest = store.read(project.models, name)
    worst: list[dict[str, Any]] = []
    if manifest.rows["holdout"]:
        rows = store.cargo_json(manifest, "holdout.json")
        judged = Judged(*([row[k] for row in rows] for k in ("row", "truth", "value")))
        worst = evaluation.worst(judged, manifest.target)
    metrics, words = manifest.data["metrics"], manifest.data["split"]["words"]
    return Evaluation(manifest, metrics, worst, words, "held out")


def evaluate_file(project: Project, name: str, path: Path) -> Evaluation:
    """Judge a stored model on a labelled file of its features.

    Raises
    ------
    DataError
        A feature or the label has no column, or a row has no label.
    """
    manifest = store.read(project.models, name)
    model = asking.load(manifest)
    target = manifest.target
    rows = list(asking.questions(manifest, path, label=target.name))
    answers = model.answer_all([row.question for row in rows])
    kept = [(row, answer) for row, answer in zip(rows, answers, strict=True) if not answer.refused]
    if not kept:
        raise DataError(
            "the model refuses every row",
            place=str(path),
            hint=answers[0].notes[0] if answers else "",
        )
    text = manifest.data["definition"]["values"].get("baseline")
    own = formula.parse(str(text)) if text is not None else None
    baseline = None
    if own and all(c in kept[0][0].question for c in own.columns):
        found = [own.value(row.question) for row, _ in kept]  # type: ignore[arg-type]
        baseline = [v for v in found if v is not None] if None not in found else None
    judged = Judged(
        keys=[row.place for row, _ in kept],
        truths=[row.label for row, _ in kept],  # type: ignore[misc]
        values=[answer.value for _, answer in kept],  # type: ignore[misc]
        baseline=baseline,
    )
    scores = evaluation.report(judged, judged, target)
    before = manifest.data["metrics"]
    mean = manifest.data["mean_label"]
    metrics = {
        metric: {
            **score,
            "train": before[metric]["train"],
            "train_raw": before[metric]["train_raw"],
            "mean_baseline": METRICS[metric].function(judged.truths, [mean] * len(judged.truths)),
        }
        for metric, score in scores.items()
    }
    worst = evaluation.worst(judged, target)
    of = f"{wording.count(len(kept), 'row')} of {path.name}"
    return Evaluation(manifest, metrics, worst, of, "this file", len(rows) - len(kept))
