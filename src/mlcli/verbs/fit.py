"""Fit a definition: read its exports, learn, judge, and keep a version."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from mlcli.definition import engines, yaml_file
from mlcli.errors import AskedWronglyError, DataError, Fix, MlcliError, Problem, RefusedError
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import note_codes, phrases
from mlcli.judging import known_too_late
from mlcli.store import holdout_shown, records, runs, trusted_pickle, versions
from mlcli.store.manifest import Manifest
from mlcli.verbs.project import at_fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.exports.reading import Exports
    from mlcli.grammar.cells import Json
    from mlcli.learning.description import Given
    from mlcli.learning.judged import Judged
    from mlcli.store.manifest import Description
    from mlcli.verbs.project import Project


@dataclass(frozen=True, slots=True)
class Fit:
    """What became of one definition.

    ``new`` is false where this version had learned exactly this already; ``answers`` where
    somebody went back from it, so that an older one answers.
    """

    manifest: Manifest
    new: bool
    warnings: tuple[Problem, ...]
    answers: bool = True

    def to_json(self) -> dict[str, object]:
        """Return the documented object."""
        manifest = self.manifest
        return {
            "model": manifest.name,
            "version": manifest.version,
            "new": self.new,
            "answers": self.answers,
            "rows": manifest.rows._asdict(),
            "metrics": records.to_json(manifest.metrics),
            "equation": manifest.equation,
            "notes": list(manifest.notes),
            "note_codes": note_codes.codes(manifest.notes),
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
    said: Sequence[str] = (),
    if_better: bool = False,
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
    said
        Keys that are set for this run, such as ``model=ridge``; the model keeps them.
    if_better
        Whether what answers now is only replaced by what is shown to be better.
    watch
        Is told how far reading has come.
    writing
        What the version is written within.

    Raises
    ------
    MlcliError
        Of the kind that is at fault; what was stored before is untouched.
    RefusedError
        It is not shown to be better, where it must be.
    """
    try:
        shown, read = project.shown(path), project.read(path, said)
        read = read if engine is None else _on(engine, read, shown)
        given, made, warnings = learned(project, read, shown, final=final, watch=watch)
        if if_better:
            must_be_better(project, path.stem, made, now)
    except MlcliError as error:
        error.summary = f"{path.stem}: nothing was fitted"
        raise
    return keep(project, path.stem, given, made, now, warnings=warnings, said=said, writing=writing)


def must_be_better(project: Project, name: str, made: Made, now: datetime) -> None:
    """Raise unless a model is better than the one that answers now, or there is none.

    Both are judged on rows that neither has learned from. That they were is noted.

    Raises
    ------
    RefusedError
        It is not better, or these rows cannot tell.
    AskedWronglyError
        The two answer different questions, or no row judges them.
    """
    from mlcli.learning import description
    from mlcli.verbs import compare as comparing
    from mlcli.verbs import comparison, competitors

    if name not in versions.names(project.models):
        return
    before = versions.read(project.models, name).whole()
    if description.content(*made) == before.digests.content:
        return
    if not (before.answers.by_rows and made.description.answers.by_rows):
        raise AskedWronglyError(
            "--if-better is for answers that rows judge, and no row says which list is better",
            hint="leave --if-better out",
            fix=[Fix(None, option="--if-better")],
        )
    new = f"the new {name}"
    unstored = Manifest.of(made.description, name=name, version=0, folder=before.folder)
    found = {before.id: before, new: unstored}
    try:
        kept = {before.id: competitors.kept_of(before), new: made.held or _nothing(new)}
        compared = comparing.of_versions(project, competitors.apart(found, kept), now=now)
    except DataError as error:
        raise RefusedError(
            f"{before.id} stays, as nothing tells whether the new one is better: {error}",
            hint=error.hint,
        ) from error
    if compared.contest.favours(new):
        return
    first, *_ = [line for lines in comparison.verdicts(compared) for line in lines]
    refused = RefusedError(f"{before.id} stays: {first}", hint=_ALL_THE_SAME)
    refused.done = {"compared": compared.to_json()}
    raise refused


_ALL_THE_SAME: Final = "leave --if-better out to keep the new one all the same"


def _nothing(new: str) -> NoReturn:
    raise DataError(f"nothing was held out from {new}", hint="hold some rows out to judge it by")


def learned(
    project: Project,
    read: yaml_file.Read,
    shown: str,
    *,
    final: bool = False,
    watch: Watch = UNWATCHED,
) -> tuple[Given, Made, tuple[Problem, ...]]:
    """Return what a definition that was read learns from, what it learns, and warnings.

    ``shown`` is how its file is named.

    Raises
    ------
    MlcliError
        As for `fit`; nothing is written.
    """
    # What learns is imported once there is something to learn.
    from mlcli.judging import evidence
    from mlcli.learning import fitting
    from mlcli.verbs import dated_rows

    with at_fault(read), ExitStack() as opened:
        read, found = dated_rows.read_exports(
            project.root,
            read,
            watch,
            meanwhile=[partial(fitting.prepare, read.definition), evidence.prepare],
            lying=opened,
        )
        learn = _catalogue if read.definition.recommend else model
        given = given_by(read, shown, found)
        made = learn(given, final=final)
    return given, made, (*read.warnings, *found.warnings)


def check(project: Project, read: yaml_file.Read, shown: str, *, tunes: bool) -> None:
    """Look whether a definition that was read can be fitted, and learn where that is soon done.

    ``tunes`` asks whether it can be tuned, too.

    Nothing is judged, so that it takes some tenths of a second beside the reading of exports.

    Raises
    ------
    MlcliError
        As for `fit`.
    """
    from mlcli.judging import classes, grid_search
    from mlcli.learning import catalogue, fitting
    from mlcli.verbs import dated_rows

    with at_fault(read), ExitStack() as opened:
        read, found = dated_rows.read_exports(project.root, read, lying=opened)
        definition, examples = read.definition, found.examples
        if definition.recommend:
            catalogue.fit(definition, examples)
            return
        if tunes:
            grid_search.begun(definition, examples)
        target, work = fitting.expected(definition, examples)
        classes.finding(definition, target, shown)
        if work <= _SOON_DONE:
            with fitting.one_thread():
                fitting.fit(definition, examples)


_SOON_DONE: Final = 20_000
"""Work that takes some tenths of a second: a straight line of 2,000 rows, a forest of 285."""


def given_by(read: yaml_file.Read, shown: str, found: Exports) -> Given:
    """Return what there is to learn from, of a definition that was read and its exports."""
    from mlcli.learning.description import Given

    return Given(read.definition, read.values, shown, found.examples, found.digests)


def keep(
    project: Project,
    name: str,
    given: Given,
    made: Made,
    now: datetime,
    *,
    warnings: tuple[Problem, ...],
    tuned: Json | None = None,
    said: Sequence[str] = (),
    writing: Writing = plainly,
) -> Fit:
    """Store what was learned as a version, and note the run.

    ``tuned`` is what the history says of a search that chose the hyperparameters, and
    ``said`` holds keys that were set for this run.
    """
    from mlcli.learning import description

    learned, cargo, held = made
    late = known_too_late.nothing_cut(given.definition, given.examples.ledger)
    content = replace(learned.digests, content=description.content(learned, cargo, held))
    whole = replace(learned, notes=(*learned.notes, *late), digests=content)
    shown = holdout_shown.of(held.keys, held.truths.tolist()) if held else []
    with writing() as saved:
        manifest, new = versions.save(project.models, name, whole, cargo)
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
                "metrics": records.to_json(whole.metrics),
                **runs.of_fit(whole)._asdict(),
                "holdouts": shown,
                "shown": [holdout_shown.setting(given.values)] if shown else [],
                **({"tuned": tuned} if tuned else {}),
                **({"set": list(said)} if said else {}),
                "digests": {
                    "definition": whole.digests.definition,
                    "manifest": manifest.digest,
                    "data": runs.of_data(whole.digests.data),
                    "holdout": shown[0] if shown else None,
                },
            },
        )
    return Fit(manifest, new, warnings, answers=new or versions.answers(manifest))


def _on(engine: str, read: yaml_file.Read, place: str) -> yaml_file.Read:
    """Return a definition as another engine runs it.

    Raises
    ------
    AskedWronglyError
        The engine cannot run it.
    """
    written = read.values.get("engine")
    said = written if isinstance(written, dict) and written.get("name") == engine else engine
    changed = read.having(engine=said)
    for message, hint in engines.unable(changed.definition):
        raise AskedWronglyError(
            message,
            place=place,
            hint=hint.replace("write  engine: ", "take  --engine "),
            fix=[Fix(one, option="--engine") for one in hint.split("engine: ")[1].split(" or ")],
        )
    return changed


class Made(NamedTuple):
    """What a manifest says of what was learned, its cargo, and the rows held out."""

    description: Description
    cargo: dict[str, bytes]
    held: Judged | None


def model(given: Given, *, final: bool) -> Made:
    """Learn a model that answers, and judge it."""
    from mlcli.judging import classes, evidence, judges
    from mlcli.learning import description, fitting
    from mlcli.learning.judged import HELD_OUT, POINTS

    definition, examples, place = given.definition, given.examples, given.file
    with fitting.one_thread():
        judged, line = classes.drawn(fitting.fit(definition, examples), place)
        scores = judges.scores(judged)
        found, misses = evidence.gather(judged, scores)
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
        cargo[HELD_OUT] = _json(judged.held_out.to_json(judged.model.target))
    if (points := judged.points()) is not None:
        cargo[POINTS] = _json(records.to_json(points))
    found = replace(found, threshold=line)
    return Made(description.of_model(given, fitted, judged, scores, found), cargo, judged.held_out)


def _catalogue(given: Given, *, final: bool) -> Made:
    """Learn a catalogue of things to suggest; it has every row anyway."""
    from mlcli.learning import catalogue, description

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
    return Made(description.of_catalogue(given, fitted, definition.recommend.top), cargo, None)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
