"""Tasks of a grid, worked off here while they are small, and by all cores where they are not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from mlcli.errors import EnvironmentProblemError
from mlcli.exports.reading_progress import uncounted
from mlcli.judging import grid_search
from mlcli.learning import fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlcli.judging.grid_search import Scored, Task, Work

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
