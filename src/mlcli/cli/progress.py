"""A bar on stderr for what takes over a second: bytes, rows and time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mlcli import wording
from mlcli.exports.reading_progress import UNWATCHED, Watch, uncounted
from mlcli.screens import say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE = 1.0

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
NoBar = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing beside what is shown.")]
VERBOSE: Final = "Say what is done, and how long it took."
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help=VERBOSE)]


@contextmanager
def watch(*, quiet: bool, doing: str = "") -> Iterator[Watch]:
    """Yield what draws a bar, in a terminal that is not to be quiet, and take it away again.

    Where it is said what is being ``doing``, lines say what was done and how long it took.
    """
    if doing:
        told = _Told()
        yield told
        told.done(doing)
        return
    if quiet or not sys.stderr.isatty():
        yield UNWATCHED
        return
    bar = _Bar(time.monotonic())
    try:
        yield bar
    finally:
        bar.close()


@contextmanager
def counting(noun: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what draws a bar of things done, of how many, once a second has gone by."""
    if quiet or not sys.stderr.isatty():
        yield uncounted
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn(noun), Left())
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    began: list[float] = []

    def advanced(done: int, of: int) -> None:
        began.append(time.monotonic()) if not began else None
        if time.monotonic() - began[0] < _PATIENCE:
            return
        if not shown.tasks:
            shown.start()
            shown.add_task("", total=of)
        shown.update(shown.tasks[0].id, completed=done)

    try:
        yield advanced
    finally:
        shown.stop()


class _Told(Watch):
    """Says of each export when it was read, and how long that took."""

    def __init__(self) -> None:
        self._began = self._since = time.monotonic()
        self._name, self._rows = "", 0

    def starts(self, name: str, size: int | None) -> None:
        """Look at the clock."""
        del size
        self._name, self._rows, self._since = name, 0, time.monotonic()

    def advances(self, done: int, rows: int) -> None:
        """Count rows."""
        del done
        self._rows += rows

    def ends(self) -> None:
        """Say what was read."""
        rows = wording.count(self._rows, "row")
        say.note(f"{_seconds(self._since)}  read {rows} of {self._name}")

    def done(self, what: str) -> None:
        """Say how long all of it took."""
        say.note(f"{_seconds(self._began)}  {what}, all in all")


def _seconds(since: float) -> str:
    return f"{time.monotonic() - since:6.2f} s"


class _Bar(Watch):
    """Draws one line an export, once a second has gone by."""

    def __init__(self, began: float) -> None:
        self._began: float | None = began
        self._shown: Progress | None = None
        self._name, self._rows = "", 0
        self._size: int | None = None
        self._task: TaskID | None = None
        self._lock = Lock()  # one thread may look at bytes while another reads

    def starts(self, name: str, size: int | None) -> None:
        """Begin a line."""
        with self._lock:
            self._began = self._began or time.monotonic()
            self._name, self._size, self._rows, self._task = name, size, 0, None

    def advances(self, done: int, rows: int) -> None:
        """Move the line on."""
        with self._lock:
            self._rows += rows
            if self._began is None or time.monotonic() - self._began < _PATIENCE:
                return
            shown = self._progress()
            if self._task is None:
                self._task = shown.add_task("", total=self._size, rows="", name=self._name)
            shown.update(self._task, completed=done, rows=wording.count(self._rows, "row"))

    def ends(self) -> None:
        """Show the line as done."""
        with self._lock:
            if self._shown is not None and self._task is not None and self._size is not None:
                self._shown.update(self._task, completed=self._size)

    def close(self) -> None:
        """Take the lines away; what is read later begins anew."""
        with self._lock:
            if self._shown is not None:
                self._shown.stop()
            self._shown = self._task = self._began = None

    def _progress(self) -> Progress:
        if self._shown is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                DownloadColumn,
                Progress,
                ProgressColumn,
                Task,
                TextColumn,
                TimeRemainingColumn,
            )
            from rich.text import Text

            class Named(ProgressColumn):
                def render(self, task: Task) -> Text:
                    return Text(wording.plain(str(task.fields["name"])), overflow="ellipsis")

            self._shown = Progress(
                Named(),
                BarColumn(),
                DownloadColumn(),
                TextColumn("{task.fields[rows]}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._shown.start()
        return self._shown
