"""What pages show that takes more than an answer: days to come, pictures, the owner's words.

A process of its own gathers it, ``python -m mlcli.serve.booked ROOT NAME``, again when exports,
definition or version change: so the server itself never imports what reads or draws, and
answers meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlcli.errors import MlcliError
from mlcli.verbs import ask
from mlcli.verbs.project import Project

if TYPE_CHECKING:
    from mlcli.answering.model import Answer, Question
    from mlcli.grammar.cells import Json
    from mlcli.serve.shelf import ServedModel
    from mlcli.store.manifest import Manifest

    Seen = tuple[str, tuple[tuple[int, int] | None, ...]]


class Row(NamedTuple):
    """A row that waits for its label: what is known of it, or why it has no answer."""

    asked: Question
    refused: str


class PageWords(NamedTuple):
    """What the definition says of its page; nothing where it says nothing."""

    title: str = ""
    question: str = ""
    thing: str = ""
    colour: str | None = None


class Known(NamedTuple):
    """What the exports of a model knew when they were read, ``at`` a time.

    ``until`` is the last date in them, and ``problem`` why they could not be read; ``pictures``
    are SVG, ``words`` the owner's, ``verdicts`` what was found out of the model,
    and ``last`` the last date with a label.
    """

    at: datetime
    rows: tuple[Row, ...] = ()
    until: datetime | None = None
    problem: str = ""
    pictures: tuple[str, ...] = ()
    words: PageWords = PageWords()
    verdicts: tuple[str, ...] = ()
    last: datetime | None = None


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
        seen = self._look(served)
        if self._seen.get(name) != seen and name not in self._reading:
            reading = asyncio.create_task(self._read(name, seen))
            self._reading[name] = reading
            reading.add_done_callback(lambda _: self._reading.pop(name, None))
        return self._known.get(name)

    async def end(self) -> None:
        """End the processes that still read."""
        reading = [*self._reading.values()]
        for one in reading:
            one.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _look(self, served: ServedModel) -> Seen:
        """Return what changes when the exports, the definition or the version do."""
        manifest, found = served.manifest, list[tuple[int, int] | None]()
        for file in (*manifest.digests.data, manifest.definition.file):
            try:
                its = (self._root / file).stat()
                found.append((its.st_mtime_ns, its.st_size))
            except OSError:
                found.append(None)
        return manifest.id, tuple(found)

    async def _read(self, name: str, seen: Seen) -> None:
        command = (sys.executable, "-P", "-m", "mlcli.serve.booked", str(self._root), name)
        async with self._one_at_a_time:
            try:
                child = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                )
            except OSError:  # no process or file is left for it: the next question tries again
                self._known.setdefault(name, _known(b""))
                return
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
        return Known(now, problem="what reads them ended too early")
    return Known(
        now,
        tuple(Row(_question(row["asked"]), row["refused"]) for row in found["rows"]),
        datetime.fromisoformat(found["until"]) if found["until"] else None,
        found["problem"],
        tuple(found["pictures"]),
        PageWords(**found["words"]),
        tuple(found["verdicts"]),
        datetime.fromisoformat(found["last"]) if found["last"] else None,
    )


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


def gather(root: str, name: str) -> Json:
    """Return all that a page shows of a model beside its answers, as ``_known`` reads it."""
    from mlcli.screens.fit_and_evaluate import short

    project = Project(Path(root))
    found: dict[str, Any] = {
        "until": None,
        "last": None,
        "rows": [],
        "problem": "",
        "pictures": [],
        "words": {},
        "verdicts": [],
    }
    try:
        manifest = project.stored(name)
        page = project.page(manifest)
        found["words"] = page.model_dump(exclude_none=True) if page else {}
        found["pictures"] = _pictures(manifest)
        found["verdicts"] = [*short(manifest.evidence)] if manifest.evidence else []
        if manifest.answers.by_rows and manifest.key.unit is not None:
            found |= _rows(project, manifest)
    except MlcliError as error:
        found["problem"] = f"{error.place}: {error}" if error.place else str(error)
    return found


def _rows(project: Project, manifest: Manifest) -> Json:
    """Return the rows without a label, and the last date of all."""
    examples = ask.examples_of(project, manifest)
    rows = ask.waiting(project, manifest, ask.load(manifest), anyway=False, examples=examples)
    dates = examples.dates
    until = dates.values.max().item() if dates is not None and len(dates) else None
    return {
        "until": until and until.isoformat(),
        "last": examples.last and examples.last.isoformat(),
        "rows": [_row(answer) for answer in rows],
    }


def _pictures(manifest: Manifest) -> list[str]:
    """Return the first picture of a version as SVG; none where nothing is installed to draw it."""
    if find_spec("vl_convert") is None:
        return []
    from mlcli.pictures import colours, draw, specs
    from mlcli.verbs import picture

    drawings = specs.drawings(picture.of(manifest), colours.VARIABLES)
    return [draw.svg(one.name, one._asdict()) for one in drawings[:1]]


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
    sys.stdout.write(json.dumps(gather(*sys.argv[1:])))
