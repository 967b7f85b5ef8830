"""What a report is made of: what other commands say of a version, asked once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.answering.ranges_and_decisions import Ready
from mlcli.errors import DataError, EnvironmentProblemError, MlcliError, ModelError
from mlcli.grammar import phrases
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
    read, if so; ``runs`` are all of the model, the oldest first; ``today`` is the day, or the
    first one of its week or month, where rows stand for those.
    """

    manifest: Manifest
    page: Page | None
    evaluation: Evaluation | ListEvaluation
    answers: Sequence[Answer]
    ready: Ready
    unread: str
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
            unread = private(_said(error))
    return Gathered(
        manifest,
        project.page(manifest),
        judged,
        answers,
        ready,
        unread,
        _runs(project, manifest),
        phrases.period_start(manifest.key.unit or "day", today),
    )


def _runs(project: Project, manifest: Manifest) -> Sequence[RunInTurn]:
    """Return the runs of a model; none, where nothing was noted."""
    try:
        return history.history(project, manifest.name).models[manifest.name]
    except ModelError:
        return ()


def _said(error: MlcliError) -> str:
    first = error.problems[0]
    return f"{first.place}: {first.message}" if first.place else first.message


_PATH: Final = re.compile(
    r"(?<![\w.])(?:[A-Za-z]:[\\/]|~\w*[\\/]|[\\/]{1,2}(?=[^\s\\/]+[\\/]))"
    r"(?:[^\s\\/'\",:;]+[\\/])*(?=[^\s\\/])"
)


def private(text: str) -> str:
    """Return a text without passwords, and without the folders of whole paths."""
    return _PATH.sub("…/", wording.discreet(text))


def private_values(value: Any) -> Any:
    """Return plain data without them; a text that is a whole path, or a URL, by its end alone."""
    match value:
        case dict():
            return {private_values(key): private_values(one) for key, one in value.items()}
        case list() | tuple():
            return [private_values(one) for one in value]
        case str() if re.match(r"[\\/~]|[A-Za-z]:[\\/]|\w+(?:\+\w+)?://", value):
            return "…/" + re.split(r"[\\/]", value.rstrip("/"))[-1]
        case str():
            return private(value)
        case _:
            return value
