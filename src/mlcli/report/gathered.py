"""What a report is made of: what other commands say of a version, asked once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlcli.answering.ranges_and_decisions import Ready
from mlcli.errors import DataError, EnvironmentProblemError, MlcliError, ModelError
from mlcli.grammar import phrases
from mlcli.report.parts import private
from mlcli.verbs import ask, ask_range, history
from mlcli.verbs import evaluate as judging

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mlcli.answering.model import Answer
    from mlcli.definition.page import Page
    from mlcli.store.manifest import Manifest
    from mlcli.verbs.evaluate import Evaluation, ListEvaluation
    from mlcli.verbs.history import RunInTurn
    from mlcli.verbs.project import Project


@dataclass(frozen=True)
class Gathered:
    """All that there is to say of a version.

    ``answers`` are those for rows that wait, and ``unread`` says why the exports could not be
    read, if so; ``folders`` are those that nobody else need know of; ``runs`` are all of the
    model, the oldest first; ``today`` is the day, or the first one of its week or month, where
    rows stand for those.
    """

    manifest: Manifest
    page: Page | None
    evaluation: Evaluation | ListEvaluation
    answers: Sequence[Answer]
    ready: Ready
    unread: str
    folders: Sequence[str]
    runs: Sequence[RunInTurn]
    today: datetime


def gather(project: Project, manifest: Manifest, *, now: datetime, today: datetime) -> Gathered:
    """Ask for all that there is to say of a version; that it was judged is noted.

    Raises
    ------
    ModelError
        What was stored is damaged.
    """
    judged = judging.judge(manifest, project.models, None, now=now)
    by_rows = manifest.answers.by_rows
    ready = ask_range.ready(manifest, None) if by_rows else Ready()
    answers: Sequence[Answer] = ()
    unread = ""
    if by_rows:
        try:
            answers = ask.waiting(project, manifest, ask.load(manifest), anyway=False)
        except (DataError, EnvironmentProblemError) as error:  # the version is what it is
            unread = _said(error)
    return Gathered(
        manifest,
        project.page(manifest),
        judged,
        answers,
        ready,
        unread,
        [str(project.root), *map(_folder, manifest.digests.data)],
        _runs(project, manifest),
        phrases.period_start(manifest.key.unit or "day", today),
    )


def _folder(file: str) -> str:
    """Return the folder of a file that is named by its whole path, or nothing."""
    whole = _WHOLE.match(file)
    return re.split(r"[\\/][^\\/]*$", file)[0] if whole else ""


def _runs(project: Project, manifest: Manifest) -> Sequence[RunInTurn]:
    """Return the runs of a model; none, where nothing was noted."""
    try:
        return history.history(project, manifest.name).models[manifest.name]
    except ModelError:
        return ()


def _said(error: MlcliError) -> str:
    first = error.problems[0]
    return f"{first.place}: {first.message}" if first.place else first.message


_WHOLE: Final = re.compile(r"[\\/~]|[A-Za-z]:[\\/]|\w+(?:\+\w+)?://")


def private_values(value: Any, folders: Sequence[str]) -> Any:
    """Return plain data without them; a text that is a whole path, or a URL, by its end alone."""
    match value:
        case dict():
            return {key: private_values(one, folders) for key, one in value.items()}
        case list() | tuple():
            return [private_values(one, folders) for one in value]
        case str() if _WHOLE.match(value):
            return "…/" + re.split(r"[\\/]", value.rstrip("/"))[-1]
        case str():  # before it is broken into lines
            return private(value, folders)
        case _:
            return value
