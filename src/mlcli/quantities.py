"""What the answers of a stored model are to have beside them: ranges, and what to have ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import deciding, phrases, store, wording
from mlcli.deciding import Bounds, Decision, Ready
from mlcli.errors import AskedWronglyError, ModelError, RefusedError
from mlcli.judging import ranges
from mlcli.targets import NumberTarget

if TYPE_CHECKING:
    from mlcli.manifest import Manifest

_MISSES = "residuals.json"
_MANY = 100
"""Rows above which it is not their number that is at fault if none was left out."""


def read_level(text: str) -> float:
    """Read what ``--range`` says.

    Raises
    ------
    AskedWronglyError
        It is no share that a range can hold.
    """
    try:
        return phrases.level(text)
    except phrases.PhraseError as error:
        raise AskedWronglyError(f"--range: {error}", hint=error.hint) from error


def ready(manifest: Manifest, level: float | None) -> Ready:
    """Return what stands beside answers; ``level`` is the share that a range holds, if any.

    Raises
    ------
    AskedWronglyError
        A range is asked for, and answers are no numbers.
    RefusedError
        Too few rows were not learned from for such a range.
    ModelError
        What was stored is damaged, or an older mlcli did not store it.
    """
    target = manifest.target
    if not isinstance(target, NumberTarget):
        if level is not None:
            raise AskedWronglyError(
                f"--range is for numbers, and {manifest.name} answers with a class",
                hint="leave it away; --json has the probability of each class",
            )
        return Ready()
    bounds = None if level is None else _bounds(manifest, level)
    return Ready(target, _decision(manifest), bounds, manifest.key["noun"])


def _decision(manifest: Manifest) -> Decision | None:
    with store.reading(manifest, "manifest.json"):
        kept = manifest.evidence.get("decision")
        return None if kept is None else deciding.decision_from(kept)


def _bounds(manifest: Manifest, level: float) -> Bounds:
    if not manifest.evidence:
        raise ModelError(
            f"{manifest.id} was fitted by an older mlcli, which kept nothing to tell a range by",
            hint=f"fit it again:  mlcli fit {manifest.name}",
        )
    misses: list[float] = []
    if _MISSES in manifest.data["digests"]["cargo"]:
        kept = store.cargo_json(manifest, _MISSES)
        with store.reading(manifest, _MISSES):
            misses = [float(each) for each in kept]
    found = deciding.bounds(misses, level)
    if found is None:
        rows, needed = len(misses), ranges.fewest(level)
        were, are = "was" if needed == 1 else "were", "is" if rows == 1 else "are"
        raise RefusedError(
            f"a range of {deciding.percent(level)} needs {wording.count(needed, 'row')} "
            f"that {were} not learned from, and there {are} {rows:,}",
            hint=_instead(manifest, rows),
        )
    return found


def _instead(manifest: Manifest, rows: int) -> str:
    """Return a hint: the widest range that there are rows for, if there is one."""
    if not rows and not manifest.rows["holdout"] and manifest.rows["train"] > _MANY:
        return "hold some out, with  holdout: random 20%,  and fit again"
    widest = 100 * rows // (rows + 1)
    if widest < 50:  # noqa: PLR2004 - the least that may be asked for
        return f"fit again with more rows:  mlcli fit {manifest.name}"
    return f"so many rows hold  --range {widest}%  at the most"
