"""The verbs, from paths to results: fit and evaluate. Nothing here prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
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

    from mlcli.cells import Value
    from mlcli.manifest import Manifest


_BATCH_ROWS = 20_000


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
    judged: int = 0

    @property
    def rows(self) -> Mapping[str, int]:
        """Return how many rows were learned from and judged."""
        if self.column == "held out":
            return self.manifest.rows
        return {"train": self.manifest.rows["train"], "holdout": self.judged}


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
    target = manifest.target
    judged, left_out = _judged(manifest, path)
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
    of = f"{wording.count(len(judged.truths), 'row')} of {path.name}"
    return Evaluation(manifest, metrics, worst, of, "this file", left_out, len(judged.truths))


def _judged(manifest: Manifest, path: Path) -> tuple[Judged, int]:
    """Answer the rows of a labelled file, keeping numbers only; count those refused."""
    model, target = asking.load(manifest), manifest.target
    text = manifest.data["definition"]["values"].get("baseline")
    own = formula.parse(str(text)) if text is not None else None
    keys: list[str] = []
    truths: list[float] = []
    values: list[float] = []
    baseline: list[float | None] = []
    refused: list[str] = []
    rows = asking.questions(manifest, path, label=target.name)
    while batch := list(islice(rows, _BATCH_ROWS)):
        questions = [row.question for row in batch]
        answers = model.answer_all(questions, reasons=[row.reason for row in batch])
        for row, answer in zip(batch, answers, strict=True):
            if answer.value is None or row.label is None:
                refused.append(answer.notes[0])
                continue
            keys.append(row.place)
            truths.append(row.label)
            values.append(answer.value)
            baseline.append(_own(own, row.question) if own else None)
    if not truths:
        raise DataError("the model refuses every row", place=str(path), hint=refused[0])
    known = [value for value in baseline if value is not None]
    return Judged(keys, truths, values, known if len(known) == len(truths) else None), len(refused)


def _own(own: formula.Formula, question: Mapping[str, Value | None]) -> float | None:
    """Return the answer of the rule in use today, if the row has what it needs."""
    row = {c: float(v) for c in own.columns if isinstance(v := question.get(c), float)}
    return own.value(row) if len(row) == len(own.columns) else None
