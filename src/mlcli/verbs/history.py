"""The verb history: every run that was noted, beside the run before it. Nothing here prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlcli.errors import ModelError, did_you_mean
from mlcli.store import runs
from mlcli.store.versions import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlcli.grammar.cells import Json
    from mlcli.store.manifest import Manifest
    from mlcli.store.runs import Run, RunInTurn
    from mlcli.verbs.project import Project

_PLACE = "models/runs.jsonl"


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
            "sparklines": {model: runs.sparkline(steps) for model, steps in self.models.items()},
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
    whole = [_filled(project.models, run, kept) for run in found]
    by_model: dict[str, list[RunInTurn]] = {}
    for step in runs.steps(whole):
        by_model[step.run.model] = [*by_model.pop(step.run.model, []), step]
    if model is not None and model not in by_model:
        hint = did_you_mean(model, sorted(by_model))
        raise ModelError(f"no run of {model!r} is noted", place=_PLACE, hint=hint)
    wanted = by_model if model is None else {model: by_model[model]}
    shown = {name: found[-(last or 0) :] for name, found in wanted.items()}
    return History(shown, tuple(unreadable))


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


def _filled(models: Path, run: Run, kept: dict[str, Manifest | None]) -> Run:
    """Return a run with what an older mlcli did not note, as far as its manifest is there."""
    if run.data is not None or run.manifest is None or not NAME.fullmatch(run.model):
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
