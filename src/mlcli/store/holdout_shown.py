"""How often the rows of a hold-out were looked at: each choice by them flatters the winner."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mlcli.errors import EnvironmentProblemError
from mlcli.store import runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from mlcli.grammar.cells import Json

MANY: Final = 5
"""Looks from which it is said how many there were."""


def of(keys: Sequence[str], truths: Sequence[Any]) -> list[str]:
    """Return the digest of held-out rows, in a list; none where nothing is held out."""
    return [runs.of_rows(keys, truths)] if keys else []


def note(models: Path, run: str, holdouts: Sequence[str], *, now: datetime, more: Json) -> int:
    """Add a look to the history of runs, and return how often the hold-out was looked at.

    Of several hold-outs, that is the one most looked at. ``more`` is what else the line says.

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
    """How often a hold-out was looked at, and why this look could not be noted, if so."""

    times: int
    problem: str = ""

    @property
    def words(self) -> str | None:
        """Say how often it was, if that is often."""
        if self.times < MANY:
            return None
        return (
            f"looked at this hold-out {self.times:,} times: "
            "choosing among many by it flatters the winner"
        )


def noted(models: Path, run: str, holdouts: Sequence[str], *, now: datetime, more: Json) -> Looks:
    """Do as ``note``; where nothing can be written, say so instead of failing."""
    try:
        return Looks(note(models, run, holdouts, now=now, more=more))
    except EnvironmentProblemError as error:
        return Looks(0, f"this look at the hold-out was not counted: {error}")


def count(models: Path, holdouts: Sequence[str]) -> int:
    """Return how many runs have looked at a hold-out; lines that are none of ours count nothing.

    Raises
    ------
    EnvironmentProblemError
        The history cannot be read.
    """
    times = dict.fromkeys(holdouts, 0)
    for line in runs.lines(models):
        for one in _holdouts(line):
            if one in times:
                times[one] += 1
    return max(times.values(), default=0)


def _holdouts(line: bytes) -> set[str]:
    """Return the hold-outs that a line of the history tells of."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):  # half a line, or somebody else's
        return set()
    found = entry.get("holdouts") if isinstance(entry, dict) else None
    return {one for one in found if isinstance(one, str)} if isinstance(found, list) else set()
