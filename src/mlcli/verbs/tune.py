"""The verb tune, from paths to a search and a version with what it chose. Nothing here prints."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from mlcli.definition import tune_grid, yaml_file
from mlcli.errors import AskedWronglyError, EnvironmentProblemError, Fix, MlcliError
from mlcli.exports.reading_progress import UNWATCHED, Watch, uncounted
from mlcli.judging import grid_search
from mlcli.learning import fitting
from mlcli.statistics.comparing import settled
from mlcli.statistics.metrics import ERRORS
from mlcli.verbs import dated_rows, fit
from mlcli.verbs.project import at_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.definition.algorithms import AnyAlgorithm
    from mlcli.definition.definition import Definition
    from mlcli.errors import Problem
    from mlcli.grammar.cells import Json
    from mlcli.judging.grid_search import Scored, Search, Task, Work
    from mlcli.verbs.fit import Fit
    from mlcli.verbs.project import Project


@dataclass(frozen=True, slots=True)
class Tuned:
    """What became of one definition.

    ``model`` names the algorithm, ``unit`` is the error's, ``line`` stands in YAML for what
    was chosen; ``same`` says that the definition has it already. ``fit`` is the version that
    was kept, nothing in a dry run.
    """

    name: str
    shown: str
    model: str
    unit: str
    noun: str
    search: Search
    line: str
    same: bool
    fit: Fit | None
    warnings: tuple[Problem, ...]

    @property
    def unsure(self) -> bool:
        """Say whether what was chosen is new, and not shown to be better than what is written."""
        return not self.same and settled(self.search.difference) != "second"

    def to_json(self) -> Json:
        """Return the documented object."""
        search, fit, difference = self.search, self.fit, self.search.difference
        return {
            "model": self.name,
            "version": fit.manifest.version if fit else None,
            "new": bool(fit and fit.new),
            "rows": search.rows,
            "folds": search.words,
            "metric": search.metric,
            "unit": self.unit if ERRORS[search.metric].of_label else "",
            "grid": [
                {
                    "values": one.values,
                    **one.error.to_json(),
                    "why": one.why or None,
                    "lowest": at == search.choice.lowest,
                    "chosen": at == search.choice.taken,
                }
                for at, one in enumerate(search.candidates)
            ],
            "chosen": search.chosen,
            "line": self.line,
            "same": self.same,
            "tuned": {**search.tuned.to_json(), "in_folds": list(search.in_folds)},
            "as_written": search.written.to_json(),
            "better_by": None
            if difference is None
            else {"mean": difference.mean, "low": difference.low, "high": difference.high},
            "metrics": fit.to_json()["metrics"] if fit else None,
        }


def tune(
    project: Project,
    path: Path,
    *,
    now: datetime,
    dry: bool = False,
    said: Sequence[str] = (),
    watch: Watch = UNWATCHED,
    advanced: Callable[[int, int], None] = uncounted,
    writing: fit.Writing = fit.plainly,
) -> Tuned:
    """Search the grid of a definition, and keep a version with what was chosen.

    The definition file stays as it is.

    Parameters
    ----------
    project, path
        Where things are, and which definition is tuned.
    now
        What the clock says.
    dry
        Whether nothing is kept.
    said
        Keys that are set for this run, such as ``tune.degree=[1, 2]``.
    watch, advanced
        Are told how far reading and searching have come.
    writing
        What the version is written within.

    Raises
    ------
    MlcliError
        Of the kind that is at fault; what was stored before is untouched.
    """
    try:
        shown, read = project.shown(path), project.read(path, said)
        before = read.definition
        if before.tune is None:
            with at_fault(read):
                raise _nothing_to_tune(before, shown)
        prepared = [partial(fitting.prepare, before)]
        with at_fault(read):
            read, found = dated_rows.read_exports(project.root, read, watch, meanwhile=prepared)
            before = read.definition
            watch.close()  # before another bar is drawn
            search = grid_search.search(before, found.examples, partial(run, advanced=advanced))
        model = before.model.having(search.chosen)
        same = model == before.model
        values = {**_written(read, model.name), **search.chosen}
        chosen = read if same else read.having(model={"name": model.name, **values})
        given = fit.given_by(chosen, shown, found)
        made = None if dry else fit.model(given, final=False)
    except MlcliError as error:
        error.summary = f"{path.stem}: nothing was tuned"
        raise
    warnings, kept = (*read.warnings, *found.warnings), None
    if made is not None:
        kept = fit.keep(
            project,
            path.stem,
            given,
            made,
            now,
            warnings=warnings,
            tuned=_noted(search),
            said=said,
            writing=writing,
        )
    return Tuned(
        name=path.stem,
        shown=shown,
        model=model.name,
        unit=before.label.unit or before.label.name,
        noun=found.examples.noun,
        search=search,
        line=tune_grid.model_line(model.name, values),
        same=same,
        fit=kept,
        warnings=warnings,
    )


def _written(read: yaml_file.Read, name: str) -> Json:
    """Return the hyperparameters that the definition sets, as they stand there."""
    model = read.values["model"]
    return {k: v for k, v in {**(model if model != name else {})}.items() if k != "name"}


def _noted(search: Search) -> Json:
    """Return what the history keeps of a search."""
    return {
        "chosen": search.chosen,
        "combinations": len(search.candidates),
        "error": search.tuned.mean,
        "as_written": search.written.mean,
    }


_EXAMPLES: Final = {
    "degree": "1 to 8",
    "penalty": "[100, 10, 1, 0.1, 0.01]",
    "neighbours": "20 to 1",
    "max_depth": "[2, 3, 5, 8, null]",
    "smoothing": "[10, 1, 0.1]",
    "alpha": "[100, 10, 1, 0.1, 0.01]",
    "C": "[0.01, 0.1, 1, 10, 100]",
    "n_neighbors": "20 to 1",
    "n_estimators": "[50, 100, 200]",
}
"""Values worth trying, by the hyperparameter, the simplest model first."""


def _nothing_to_tune(definition: Definition, place: str) -> AskedWronglyError:
    """Return the error of a definition that lacks the key, and what could stand there."""
    if definition.recommend is not None:
        return AskedWronglyError(
            "it suggests things, and no row says which of them is right, to choose values by",
            place=place,
            hint="tune is for definitions that answer with a number or a class",
        )
    model: AnyAlgorithm = definition.model
    known, fix = next((key for key in _EXAMPLES if key in model.known), None), list[Fix]()
    if known is not None:
        hint = f"add  tune: {{{known}: {_EXAMPLES[known]}}}"
    elif model.known:
        hint = f"add  tune: {{{model.known[0]}: [VALUE, VALUE]}}; it has {', '.join(model.known)}"
    else:
        other, tried = "polynomial_regression", {"degree": _EXAMPLES["degree"]}
        hint = (
            f"{model.name} has nothing to tune: write  model: {other}  "
            f"and  tune: {{degree: {tried['degree']}}}"
        )
        fix = [Fix({"model": other, "tune": tried})]
    return AskedWronglyError("it does not say what to tune", place=place, hint=hint, fix=fix)


PATIENCE: Final = 5.0
"""Seconds of work for which no other process is started: starting one takes about two."""

_TRIED: Final = 0.3
"""Seconds after which it is worked out how long the rest will take."""
_PARCELS: Final = 8
"""Parcels of tasks that each core gets, one after the other."""


def run(
    work: Work,
    tasks: Sequence[Task],
    advanced: Callable[[int, int], None] = uncounted,
    *,
    patience: float = PATIENCE,
) -> list[Scored]:
    """Work tasks off in their order; who does it makes no difference to what comes of them.

    ``advanced`` is told how many are done, and of how many.
    """
    found: list[Scored] = []
    with fitting.one_thread():
        began = 0.0
        for at, task in enumerate(tasks):
            spent = time.monotonic() - began
            rest = spent / (at - 1) * (len(tasks) - at) if at > 1 else 0.0
            if spent > min(_TRIED, patience) and rest > patience:
                break
            found.append(grid_search.score(work, task))
            advanced(len(found), len(tasks))
            began = began or time.monotonic()  # the first one imports, and is not counted
    left = tasks[len(found) :]
    return [*found, *_shared_out(work, left, len(tasks), advanced)] if left else found


def _shared_out(
    work: Work, tasks: Sequence[Task], of: int, advanced: Callable[[int, int], None]
) -> list[Scored]:
    """Give every core parcels of tasks."""
    from concurrent.futures.process import BrokenProcessPool

    from joblib import Parallel, cpu_count, delayed

    cores = cpu_count()
    size = max(1, len(tasks) // (cores * _PARCELS))
    parcels = [tasks[at : at + size] for at in range(0, len(tasks), size)]
    done: list[Scored] = []
    working = Parallel(n_jobs=cores, return_as="generator")
    try:
        for part in working(delayed(_parcel)(work, parcel) for parcel in parcels):
            done += part
            advanced(of - len(tasks) + len(done), of)
    except BrokenProcessPool as error:
        raise EnvironmentProblemError(
            "a process that was trying combinations was ended from outside",
            hint="was there too little memory? Try fewer rows, or fewer values at a time",
        ) from error
    return done


def _parcel(work: Work, tasks: Sequence[Task]) -> list[Scored]:
    with fitting.one_thread():
        return [grid_search.score(work, task) for task in tasks]
