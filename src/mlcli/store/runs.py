"""What is noted of a fit: lines of ``runs.jsonl``.

A line may be of an older mlcli, which noted less, or no line of ours at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli.errors import EnvironmentProblemError, ModelError
from mlcli.store import files, versions
from mlcli.store.manifest import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mlcli.grammar.cells import Json
    from mlcli.store.manifest import Description, Manifest

FILE: Final = "runs.jsonl"


_FIGURES: Final = ("mae", "accuracy")
_FIRST, _LAST = 1970, 9998  # what a clock can say, wherever it hangs


class OfFit(NamedTuple):
    """What a run notes of a manifest, so that no manifest need be read for it."""

    algorithm: str
    verdict: str | None
    intervals: Mapping[str, tuple[float, float]]


def of_fit(description: Description) -> OfFit:
    """Return what a run notes of a manifest."""
    found = description.evidence
    intervals = found.holdout.intervals if found and found.holdout else {}
    return OfFit(description.model.name, found.fit.verdict if found else None, intervals)


def of_data(files: Mapping[str, str]) -> str:
    """Return one digest of the digests of several exports."""
    return digest(canonical(sorted(files.values())))


_LETTERS: Final = 16


def of_rows(keys: Sequence[str], truths: Sequence[Any]) -> str:
    """Return what tells one hold-out from others: a digest of its rows and their labels.

    Numbers are taken to nine digits, as far as engines agree on them.
    """
    told = [truth if isinstance(truth, str) else f"{truth:.9g}" for truth in truths]
    return digest(canonical(sorted(zip(keys, told, strict=True))))[:_LETTERS]


def note(models: Path, entry: Json) -> None:
    """Add one line to the history of runs.

    Raises
    ------
    EnvironmentProblemError
        It cannot be written; what the run stored is stored all the same.
    """
    runs = models / FILE
    try:
        files.add_lines(runs, [canonical(entry)])
    except OSError as error:
        raise EnvironmentProblemError(
            f"the run cannot be noted: {error.strerror or error}",
            place=f"models/{runs.name}",
            hint="the model itself was saved, and answers",
        ) from error


@dataclass(frozen=True, slots=True)
class Run:
    """One fit.

    ``new`` is false where it had learned exactly what was there already. ``figure`` is the
    metric on the hold-out, in ``unit``, and ``interval`` its 95 % interval; none where no row
    was held out. ``said`` holds the keys that were set for it. What an older mlcli did not note
    is ``None``.
    """

    at: datetime
    model: str
    version: int
    new: bool
    metric: str | None = None
    figure: float | None = None
    unit: str | None = None
    interval: tuple[float, float] | None = None
    better: str | None = None
    algorithm: str | None = None
    verdict: str | None = None
    definition: str | None = None
    data: str | None = None
    holdout: str | None = None
    manifest: str | None = None
    said: tuple[str, ...] = ()

    def alike(self, other: Run) -> bool:
        """Say whether another run has the same metric in the same unit."""
        return (self.metric, self.unit) == (other.metric, other.unit)


def noted(models: Path) -> tuple[list[Run], list[int]]:
    """Return the fits that a folder notes, and the numbers of the lines that are none of ours.

    Raises
    ------
    EnvironmentProblemError
        The file cannot be read.
    """
    found, unreadable = [], []
    for number, line in enumerate(lines(models), start=1):
        if not line.strip():
            continue
        try:
            run = read(line)
        except ValueError:
            unreadable.append(number)
            continue
        if run is not None:
            found.append(run)
    return found, unreadable


def fitted_at(manifest: Manifest, models: Path) -> datetime | None:
    """Return when a version was fitted last, as far as the history notes it."""
    found, _ = noted(models)
    its = [run.at for run in found if (run.model, run.version) == (manifest.name, manifest.version)]
    return max(its, default=None)


def lines(models: Path) -> list[bytes]:
    """Return the lines of the history; none where there is no such file.

    Raises
    ------
    EnvironmentProblemError
        The file cannot be read.
    """
    why = "this is no regular file"
    try:
        if files.is_regular(models / FILE):
            return (models / FILE).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        why = error.strerror or str(error)
    raise EnvironmentProblemError(f"the runs cannot be read: {why}", place=f"models/{FILE}")


def manifest_of(run: Run, models: Path) -> Manifest | None:
    """Return the manifest of a run; nothing if it is gone, or not the one that was stored."""
    try:
        found = versions.read_version(models, run.model, run.version)
    except (EnvironmentProblemError, ModelError):
        return None
    return found if found.digest == run.manifest else None


def read(line: bytes) -> Run | None:
    """Return the run that a line of ``runs.jsonl`` notes; nothing if it notes another thing.

    Raises
    ------
    ValueError
        It is no line that mlcli writes.
    """
    try:
        found = json.loads(line)
        if found["run"] != "fit":
            _require(isinstance(found["run"], str))
            return None
        return _fit(found)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(line) from error


def _fit(found: Json) -> Run:
    metric, scores = _metric(found["metrics"])
    sums = found.get("digests", {})
    run = Run(
        at=datetime.fromisoformat(found["at"]),
        model=found["model"],
        version=found["version"],
        new=found["new"],
        metric=metric,
        figure=scores.get("holdout"),
        unit=scores.get("unit"),
        interval=_interval(found.get("intervals", {}).get(metric)),
        better=scores.get("better"),
        algorithm=found.get("algorithm"),
        verdict=found.get("verdict"),
        **{key: sums.get(key) for key in ("definition", "data", "holdout", "manifest")},
        said=tuple(found.get("set", ())),
    )
    _require(run.at.tzinfo is not None, _FIRST <= run.at.year <= _LAST)
    _require(isinstance(run.model, str), type(run.version) is int, isinstance(run.new, bool))
    _require(run.figure is None or _is_number(run.figure))
    words = (run.unit, run.better, run.algorithm, run.verdict)
    sha = (run.definition, run.data, run.holdout, run.manifest)
    _require(*(word is None or isinstance(word, str) for word in (*words, *sha)))
    _require(*(isinstance(word, str) for word in run.said))
    return run


def _interval(ends: Any) -> tuple[float, float] | None:
    if ends is None:
        return None
    low, high = ends
    _require(_is_number(low), _is_number(high))
    return (low, high)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float} and isfinite(value)


def _metric(metrics: Json) -> tuple[str | None, Json]:
    _require(isinstance(metrics, dict))
    name = next((name for name in _FIGURES if name in metrics), None)
    return name, metrics[name] if name else {}


def _require(*facts: bool) -> None:
    if not all(facts):
        raise ValueError(facts)
