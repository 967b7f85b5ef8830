"""A bar on stderr for steps that are counted, such as folds, once they take over a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 1.0

Tell = Callable[[int, int], None]
"""Is told how many steps are done, and of how many."""


@contextmanager
def bar(what: str, *, quiet: bool) -> Iterator[Tell]:
    """Yield what draws a bar, in a terminal that is not to be quiet, and take it away again."""
    if quiet or not sys.stderr.isatty():
        yield _nobody
        return
    drawn = _Bar(what)
    try:
        yield drawn.tell
    finally:
        drawn.close()


def _nobody(done: int, of: int) -> None:
    """Tell nobody."""


class _Bar:
    """Draws one line, a second after the first step."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began: float | None = None
        self._shown: Progress | None = None
        self._task: TaskID | None = None

    def tell(self, done: int, of: int) -> None:
        """Move the line on."""
        now = time.monotonic()
        self._began = self._began or now
        if now - self._began < _PATIENCE:
            return
        if self._shown is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self._shown = Progress(
                "{task.description}",
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._shown.add_task(self._what, total=of)
            self._shown.start()
        assert self._task is not None
        self._shown.update(self._task, completed=done, total=of)

    def close(self) -> None:
        """Take the line away."""
        if self._shown is not None:
            self._shown.stop()
