"""How many settings were shown by the rows of a hold-out: each choice by them flatters the winner.

The same figures again are no look: one fit and four evaluates of its model are one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlcli.errors import EnvironmentProblemError
from mlcli.store import runs
from mlcli.store.manifest import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.grammar.cells import Json

MANY: Final = 5
"""Settings from which on it is said how many there were."""


def of(keys: Sequence[str], truths: Sequence[Any]) -> list[str]:
    """Return the digest of held-out rows, in a list; none where nothing is held out."""
    return [runs.of_rows(keys, truths)] if keys else []


def setting(values: Json) -> str:
    """Return what tells a definition's figures from those of others: a digest of its values."""
    model = values.get("model")
    plain = model["name"] if isinstance(model, dict) and [*model] == ["name"] else model
    return digest(canonical({**values, "model": plain} if "model" in values else values))


def note(models: Path, run: str, holdouts: Sequence[str], *, now: datetime, more: Json) -> int:
    """Add a look to the history of runs, and return how many settings the hold-out has shown.

    Of several hold-outs, that is the one that has shown most. ``more`` is what else the line
    says: as ``shown`` the settings whose figures are shown now.

    Raises
    ------
    EnvironmentProblemError
        It cannot be written.
    """
    if not holdouts:
        return 0
    try:
        models.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblemError(
            f"the run cannot be noted: {error.strerror or error}", place="models"
        ) from error
    at = now.isoformat(timespec="seconds")
    runs.note(models, {"run": run, "at": at, **more, "holdouts": list(holdouts)})
    return count(models, holdouts)


@dataclass(frozen=True, slots=True)
class Looks:
    """How many settings a hold-out has shown, and why this look could not be noted, if so."""

    times: int
    problem: str = ""

    @property
    def words(self) -> str | None:
        """Say how many there were, if they are many."""
        if self.times < MANY:
            return None
        return (
            f"{self.times:,} different settings were judged on this hold-out: "
            "choosing among many by it flatters the winner"
        )


def noted(models: Path, run: str, holdouts: Sequence[str], *, now: datetime, more: Json) -> Looks:
    """Do as ``note``; where nothing can be written, say so instead of failing."""
    try:
        return Looks(note(models, run, holdouts, now=now, more=more))
    except EnvironmentProblemError as error:
        return Looks(0, f"this look at the hold-out was not counted: {error}")


def count(models: Path, holdouts: Sequence[str]) -> int:
    """Return how many settings a hold-out has shown; lines that are none of ours count nothing.

    Raises
    ------
    EnvironmentProblemError
        The history cannot be read.
    """
    shown: dict[str, set[str]] = {one: set() for one in holdouts}
    fitted: dict[str, str] = {}
    for line in runs.lines(models):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):  # half a line, or somebody else's
            continue
        if not isinstance(entry, dict):
            continue
        settings = [*_settings(entry, fitted)]
        for one in _texts(entry.get("holdouts")):
            if one in shown:
                shown[one].update(settings)
    return max(map(len, shown.values()), default=0)


def _settings(entry: Json, fitted: dict[str, str]) -> Iterator[str]:
    """Yield the settings whose figures a line of the history showed.

    An older mlcli noted no ``shown``: then they are those that were ``fitted`` by the name
    that the line has, or the name itself.
    """
    digests, name = entry.get("digests"), entry.get("model")
    known = digests.get("definition") if isinstance(digests, dict) else None
    version = f"{name}@{entry.get('version')}"
    if isinstance(known, str):
        fitted[version] = fitted[str(name)] = known
    if "shown" in entry:
        yield from _texts(entry["shown"])
        return
    compared = _texts(entry.get("compared"))
    yield from (fitted.get(one, one) for one in compared or [version])


def _texts(found: object) -> list[str]:
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
