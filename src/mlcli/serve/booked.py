"""What the exports know of days to come: read by a process of its own, again when they change.

That process is ``python -m mlcli.serve.booked ROOT NAME``: so the server itself never imports
what reads exports, and answers meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlcli.errors import MlcliError
from mlcli.verbs import ask
from mlcli.verbs.project import Project

if TYPE_CHECKING:
    from mlcli.answering.model import Answer
    from mlcli.grammar.cells import Json
    from mlcli.serve.shelf import ServedModel
    from mlcli.verbs.ask import Question

    Seen = tuple[str, tuple[tuple[int, int] | None, ...]]


class Row(NamedTuple):
    """A row that waits for its label: what is known of it, or why it has no answer."""

    asked: Question
    refused: str


class Known(NamedTuple):
    """What the exports of a model knew when they were read, ``at`` a time.

    ``until`` is the last date in them, and ``problem`` why they could not be read.
    """

    at: datetime
    rows: tuple[Row, ...] = ()
    until: datetime | None = None
    problem: str = ""


class Booked:
    """What is known of each model's rows to come, and the processes that read it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Known] = {}
        self._seen: dict[str, Seen] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    def of(self, served: ServedModel) -> Known | None:
        """Return what was read last; have it read again where exports or version changed."""
        name = served.manifest.name
        if served.model is None or served.manifest.key.unit is None:
            return None
        seen = self._look(served)
        if self._seen.get(name) != seen and name not in self._reading:
            reading = asyncio.create_task(self._read(name, seen))
            self._reading[name] = reading
            reading.add_done_callback(lambda _: self._reading.pop(name, None))
        return self._known.get(name)

    async def end(self) -> None:
        """End the processes that still read."""
        for reading in [*self._reading.values()]:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    def _look(self, served: ServedModel) -> Seen:
        """Return what changes when the exports or the version do."""
        found: list[tuple[int, int] | None] = []
        for file in served.manifest.digests.data:
            try:
                its = (self._root / file).stat()
                found.append((its.st_mtime_ns, its.st_size))
            except OSError:
                found.append(None)
        return served.manifest.id, tuple(found)

    async def _read(self, name: str, seen: Seen) -> None:
        command = (sys.executable, "-m", "mlcli.serve.booked", str(self._root), name)
        async with self._one_at_a_time:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                printed, _ = await child.communicate()
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        self._known[name] = _known(printed)
        self._seen[name] = seen


def _known(printed: bytes) -> Known:
    now = datetime.now().astimezone()
    try:
        found = json.loads(printed)
    except ValueError:
        return Known(now, problem="the exports could not be read")
    if "error" in found:
        return Known(now, problem=found["error"]["message"])
    rows = tuple(Row(_question(row["asked"]), row["refused"]) for row in found["rows"])
    until = found["until"]
    return Known(now, rows, datetime.fromisoformat(until) if until else None)


def _question(asked: Json) -> Question:
    return {name: _value(value) for name, value in asked.items()}


def _value(value: Any) -> Any:
    match value:
        case {"at": at}:
            return datetime.fromisoformat(at)
        case [*tags]:
            return tuple(tags)
        case bool():
            return value
        case int():
            return float(value)
        case _:
            return value


def read(root: str, name: str) -> Json:
    """Return what the exports of a model know of rows without a label, or what is wrong."""
    project = Project(Path(root))
    try:
        manifest = project.stored(name)
        examples = ask.examples_of(project, manifest)
        rows = ask.waiting(project, manifest, ask.load(manifest), anyway=False, examples=examples)
    except MlcliError as error:
        return {"error": error.to_json()}
    dates = examples.dates
    until = dates.values.max().item() if dates is not None and len(dates) else None
    return {
        "id": manifest.id,
        "until": until and until.isoformat(),
        "rows": [_row(answer) for answer in rows],
    }


def _row(answer: Answer) -> Json:
    return {
        "asked": {name: _as_json(value) for name, value in answer.asked.items()},
        "refused": " ".join(answer.notes) if answer.refused else "",
    }


def _as_json(value: Any) -> Any:
    """Return a value as JSON has it, so that it can be told what it was."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    return list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(*sys.argv[1:])))
