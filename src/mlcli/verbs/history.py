"""The verbs history and use: every run that was noted, and going back to the version of one.

Nothing here prints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isclose
from typing import TYPE_CHECKING, Final, Literal

from mlcli import wording
from mlcli.errors import AskedWronglyError, ModelError, did_you_mean
from mlcli.store import runs, versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.grammar.cells import Json
    from mlcli.store.manifest import Manifest
    from mlcli.store.runs import Run
    from mlcli.verbs.project import Project

_PLACE = "models/runs.jsonl"
_SAME: Final = 1e-9

Direction = Literal["better", "worse", "same", "other rows", "another figure", "cannot tell"]


@dataclass(frozen=True, slots=True)
class History:
    """The runs of each model, oldest first; ``unreadable`` are lines that note none of ours.

    Models come in the order of their newest run, the newest last.
    """

    models: Mapping[str, list[RunInTurn]]
    unreadable: tuple[int, ...] = ()

    def to_json(self) -> Json:
        """Return the documented object."""
        return {
            "runs": [step.to_json() for steps in self.models.values() for step in steps],
            "sparklines": {model: sparkline(steps) for model, steps in self.models.items()},
            "unreadable": list(self.unreadable),
        }


def history(project: Project, model: str | None = None, *, last: int | None = None) -> History:
    """Read what was noted of every fit, of one model or of all; of each the ``last``, if said.

    Raises
    ------
    ModelError
        Nothing was noted, or nothing of that model.
    EnvironmentProblemError
        The file cannot be read.
    """
    found, unreadable = runs.noted(project.models)
    if not found:
        raise _nothing(unreadable)
    kept: dict[str, Manifest | None] = {}
    whole = [_completed(project.models, run, kept) for run in found]
    by_model: dict[str, list[RunInTurn]] = {}
    for step in steps_of(whole):
        steps = by_model.pop(step.run.model, [])  # the newest comes last
        steps.append(step)
        by_model[step.run.model] = steps
    if model is not None and model not in by_model:
        hint = did_you_mean(model, sorted(by_model))
        raise ModelError(f"no run of {model!r} is noted", place=_PLACE, hint=hint)
    wanted = by_model if model is None else {model: by_model[model]}
    shown = {name: found[-(last or 0) :] for name, found in wanted.items()}
    return History(shown, tuple(unreadable))


@dataclass(frozen=True, slots=True)
class Used:
    """Which version answers now, and which one did ``before``."""

    manifest: Manifest
    before: int | None

    def to_json(self) -> Json:
        """Return the documented object."""
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            "before": self.before,
        }


def use(project: Project, named: str, *, now: datetime) -> Used:
    """Let a stored version answer where none is named, such as ``pizzeria@1``; note that.

    Raises
    ------
    AskedWronglyError
        No version is named.
    ModelError
        It is not there, or damaged.
    EnvironmentProblemError
        It cannot be written; what answered before still does.
    """
    name, at, number = named.partition("@")
    if not at and versions.is_name(name) and (there := versions.versions(project.models, name)):
        listed = [f"{name}@{one}" for one in there]
        raise AskedWronglyError(
            "it is not said which version is to answer",
            hint=f"there {'is' if len(listed) == 1 else 'are'} {wording.listed(listed, most=12)}",
        )
    manifest = project.stored(named)
    if versions.answers(manifest):
        return Used(manifest, manifest.version)
    manifest, before = versions.go_back(project.models, name, int(number))
    told = {"run": "use", "at": now.isoformat(timespec="seconds"), "model": name}
    runs.note(project.models, {**told, "version": manifest.version, "before": before})
    return Used(manifest, before)


def _nothing(unreadable: list[int]) -> ModelError:
    if unreadable:
        return ModelError(
            "no line of it is a run that mlcli noted",
            place=_PLACE,
            hint="move it away; the next  mlcli fit  begins a new one",
        )
    return ModelError(
        "no run is noted yet", place=_PLACE, hint="fit a definition first:  mlcli fit"
    )


def _completed(models: Path, run: Run, kept: dict[str, Manifest | None]) -> Run:
    """Return a run with what an older mlcli did not note, as far as its manifest is there."""
    if run.data is not None or run.manifest is None or not versions.is_name(run.model):
        return run
    if run.manifest not in kept:
        kept[run.manifest] = runs.manifest_of(run, models)
    found = kept[run.manifest]
    if found is None:
        return run
    try:
        noted = runs.of_fit(found)
    except ModelError:  # its evidence is damaged, and read here first
        return run
    return replace(
        run,
        algorithm=noted.algorithm,
        verdict=noted.verdict,
        interval=noted.intervals.get(run.metric or ""),
        data=runs.of_data(found.digests.data),
    )


@dataclass(frozen=True, slots=True)
class RunInTurn:
    """A run beside the run before it of the same model.

    ``change`` is by how much its figure is higher; none where the two cannot be compared.
    ``changed`` names what is not what it was: ``definition``, ``data``.
    """

    run: Run
    direction: Direction | None = None
    change: float | None = None
    changed: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return the documented keys."""
        run = self.run
        return {
            "at": run.at.isoformat(),
            "model": run.model,
            "version": run.version,
            "new": run.new,
            "algorithm": run.algorithm,
            "metric": run.metric,
            "holdout": run.figure,
            "unit": run.unit,
            "interval": run.interval and list(run.interval),
            "better": run.better,
            "change": self.change,
            "direction": self.direction,
            "verdict": run.verdict,
            "digests": {"definition": run.definition, "data": run.data, "holdout": run.holdout},
            "changed": list(self.changed),
            "set": list(run.said),
        }


def steps_of(found: Iterable[Run]) -> list[RunInTurn]:
    """Return runs, in their order, each beside the one before it of its model."""
    before: dict[str, Run] = {}
    made = []
    for run in found:
        last = before.get(run.model)
        made.append(RunInTurn(run) if last is None else _step(last, run))
        before[run.model] = run
    return made


def _step(last: Run, run: Run) -> RunInTurn:
    changed = tuple(
        name for name in ("definition", "data") if _differ(getattr(last, name), getattr(run, name))
    )
    direction = _comparable(last, run)
    if direction is not None:
        return RunInTurn(run, direction, None, changed)
    if last.figure is None or run.figure is None:
        return RunInTurn(run, None, None, changed)
    change = run.figure - last.figure
    if isclose(run.figure, last.figure, rel_tol=_SAME, abs_tol=_SAME):
        return RunInTurn(run, "same", 0.0, changed)
    better = (change > 0) == (run.better == "higher")
    return RunInTurn(run, "better" if better else "worse", change, changed)


def _comparable(last: Run, run: Run) -> Direction | None:
    """Say why the figures of two runs cannot be compared, if they cannot."""
    if None in (last.figure, run.figure):
        return None
    if not last.alike(run):
        return "another figure"
    if last.manifest and last.manifest == run.manifest:
        return None
    pairs = [(last.data, run.data), (last.holdout, run.holdout)]
    if any(_differ(one, other) for one, other in pairs):
        return "other rows"
    return "cannot tell" if any(None in pair for pair in pairs) else None


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


BLOCKS: Final = "▁▂▃▄▅▆▇█"
PLAIN: Final = "_.-=+*%#"
_MOST: Final = 60


def newest(shown: Sequence[RunInTurn]) -> Run | None:
    """Return the newest run that has a figure; the figures of others are in its unit."""
    return next((step.run for step in reversed(shown) if step.run.figure is not None), None)


def sparkline(shown: Sequence[RunInTurn], signs: str = BLOCKS) -> str:
    """Draw the figures of runs that made a version: a sign each, the lowest figure lowest.

    Only the newest that can be compared with each other. Runs without a figure, or with another
    metric than the newest, are left out.
    """
    last = newest(shown)
    figures = list[float]()
    for step in shown:
        if not step.run.new or last is None or not last.alike(step.run):
            continue
        if step.direction in {"other rows", "another figure", "cannot tell"}:
            figures = []
        if step.run.figure is not None:
            figures.append(step.run.figure)
    figures = figures[-_MOST:]
    if not figures:
        return ""
    low, size = min(figures), (max(figures) - min(figures)) or 1.0
    return "".join(signs[round((one - low) / size * (len(signs) - 1))] for one in figures)
