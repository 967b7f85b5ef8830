"""Fit a definition: read its exports, learn, judge, and keep a version."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from mlcli.definition import definition as definitions
from mlcli.definition import engines, yaml_file
from mlcli.errors import AskedWronglyError, MlcliError, Problem
from mlcli.exports import reading
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import phrases
from mlcli.judging import classes, evidence, judges, known_too_late
from mlcli.learning import catalogue, description, fitting
from mlcli.learning.description import Given
from mlcli.store import records, runs, trusted_pickle, versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.exports.reading import Exports
    from mlcli.grammar.cells import Json
    from mlcli.store.manifest import Description, Manifest
    from mlcli.verbs.project import Project


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one definition.

    ``new`` is false where the current version had learned exactly this already.
    """

    manifest: Manifest
    new: bool
    warnings: tuple[Problem, ...]

    def to_json(self) -> dict[str, object]:
        """Return the documented object."""
        manifest = self.manifest
        return {
            "model": manifest.name,
            "version": manifest.version,
            "new": self.new,
            "rows": manifest.rows._asdict(),
            "metrics": records.to_json(manifest.metrics),
            "equation": manifest.equation,
            "notes": list(manifest.notes),
            "evidence": records.to_json(manifest.evidence),
            "ledger": records.to_json(manifest.ledger),
            "content": manifest.digests.content,
        }


def as_json(fitted: Sequence[Fit]) -> dict[str, object]:
    """Return the documented object of some fits."""
    return {"fitted": [one.to_json() for one in fitted]}


Writing = Callable[[], AbstractContextManager[list[str]]]
"""What a version is written within; it is given the names of those that were saved by then."""


def plainly() -> AbstractContextManager[list[str]]:
    """Let a version be written, and signals come as they do."""
    return nullcontext([])


def fit(
    project: Project,
    path: Path,
    *,
    now: datetime,
    final: bool = False,
    engine: str | None = None,
    watch: Watch = UNWATCHED,
    writing: Writing = plainly,
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
    writing
        What the version is written within.

    Raises
    ------
    MlcliError
        Of the kind that is at fault; what was stored before is untouched.
    """
    try:
        shown, read = project.shown(path), project.read(path)
        read = read if engine is None else _on(engine, read, shown)
        found = reading.read(
            project.root,
            read.definition,
            watch,
            meanwhile=[partial(fitting.prepare, read.definition), evidence.prepare],
        )
        learn = _catalogue if read.definition.recommend else model
        given = given_by(read, shown, found)
        made = learn(given, final=final)
    except MlcliError as error:
        error.summary = f"{path.stem}: nothing was fitted"
        raise
    warnings = (*read.warnings, *found.warnings)
    return keep(project, path.stem, given, made, now, warnings=warnings, writing=writing)


def given_by(read: yaml_file.Read, shown: str, found: Exports) -> Given:
    """Return what there is to learn from, of a definition that was read and its exports."""
    return Given(read.definition, read.values, shown, found.examples, found.digests)


def keep(
    project: Project,
    name: str,
    given: Given,
    made: Learned,
    now: datetime,
    *,
    warnings: tuple[Problem, ...],
    tuned: Json | None = None,
    writing: Writing = plainly,
) -> Fit:
    """Store what was learned as a version, and note the run.

    ``tuned`` is what the history says of a search that chose the hyperparameters.
    """
    learned, cargo = made
    late = known_too_late.nothing_cut(given.definition, given.examples.ledger)
    content = replace(learned.digests, content=description.content(learned, cargo))
    said = replace(learned, notes=(*learned.notes, *late), digests=content)
    digests = runs.digests(said, cargo)
    with writing() as saved:
        manifest, new = versions.save(project.models, name, said, cargo)
        if new:
            saved.append(manifest.id)
        runs.note(
            project.models,
            {
                "run": "fit",
                "at": now.isoformat(timespec="seconds"),
                "model": name,
                "version": manifest.version,
                "new": new,
                "metrics": records.to_json(said.metrics),
                **runs.of_fit(said)._asdict(),
                "holdouts": [digests["holdout"]] if digests["holdout"] else [],
                **({"tuned": tuned} if tuned else {}),
                "digests": {
                    "definition": said.digests.definition,
                    "manifest": manifest.digest,
                    **digests,
                },
            },
        )
    return Fit(manifest, new, warnings)


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


Learned = tuple["Description", dict[str, bytes]]
"""What a manifest says of what was learned, and its cargo."""


def model(given: Given, *, final: bool) -> Learned:
    """Learn a model that answers, and judge it."""
    definition, examples, place = given.definition, given.examples, given.file
    with fitting.one_thread():
        judged, line = classes.drawn(definition, examples, fitting.fit(definition, examples), place)
        target, train = judged.model.target, judged.train
        scores = judges.judge(target).scores(train, judged.held_out, target.blind(train.truths))
        found, misses = evidence.gather(definition, examples, judged, scores)
        all_rows = phrases.holdout("none")
        fitted = judged
        if final:
            fitted = fitting.fit(definition, examples, split=all_rows)
            fitted = classes.carried(judged, fitted)
    cargo = {
        "model.joblib": trusted_pickle.dump(
            fitted.estimator, name=definition.model.name, place=place
        )
    }
    if fitted.equation is not None:
        cargo["equation.json"] = _json(fitted.equation.to_json())
    if misses:
        cargo["residuals.json"] = _json(misses)
    if judged.held_out is not None:
        rows = judged.held_out
        cargo["holdout.json"] = _json(
            [
                {"row": key, "truth": truth, "value": value}
                for key, truth, value in zip(
                    rows.keys, rows.truths.tolist(), target.kept(rows.values), strict=True
                )
            ]
        )
    found = replace(found, threshold=line)
    return description.of_model(given, fitted, judged, scores, found), cargo


def _catalogue(given: Given, *, final: bool) -> Learned:
    """Learn a catalogue of things to suggest; it has every row anyway."""
    del final
    definition = given.definition
    fitted = catalogue.fit(definition, given.examples)
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
        cargo["model.joblib"] = trusted_pickle.dump(fitted.estimator, name=name, place=given.file)
    return description.of_catalogue(given, fitted, definition.recommend.top), cargo


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
