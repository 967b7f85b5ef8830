"""The range that is asked for beside answers, and what else stands beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.ranges_and_decisions import Bounds, Ready
from mlcli.errors import AskedWronglyError, Fix, ModelError, RefusedError
from mlcli.grammar import phrases
from mlcli.statistics import conformal
from mlcli.store import cargo

if TYPE_CHECKING:
    from mlcli.store.manifest import Manifest

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
    target = manifest.target.amounts
    if target is None:
        if level is not None:
            raise AskedWronglyError(
                f"--range is for numbers, and {manifest.name} answers with {manifest.target.noun}",
                hint=f"leave it out; {manifest.target.instead_of_range}",
                fix=[Fix(None, option="--range")],
            )
        return Ready()
    bounds = None if level is None else _bounds(manifest, level)
    with cargo.reading(manifest, "manifest.json"):
        noun, doubt = manifest.key.noun, manifest.range_doubt
        return Ready(target, manifest.decision, bounds, noun, doubt)


def _bounds(manifest: Manifest, level: float) -> Bounds:
    if manifest.evidence_ is None:
        raise ModelError(
            f"{manifest.id} was fitted by an older mlcli, which kept nothing to tell a range by",
            hint=f"fit it again:  mlcli fit {manifest.name}",
        )
    misses: list[float] = []
    if _MISSES in manifest.digests.cargo:
        kept = cargo.read_json(manifest, _MISSES)
        with cargo.reading(manifest, _MISSES):
            misses = [float(each) for each in kept]
    found = ranges_and_decisions.bounds(misses, level)
    if found is None:
        rows, needed = len(misses), conformal.fewest(level)
        were, are = "was" if needed == 1 else "were", "is" if rows == 1 else "are"
        raise RefusedError(
            f"a range of {ranges_and_decisions.percent(level)} "
            f"needs {wording.count(needed, 'row')} that {were} not learned from, "
            f"and there {are} {rows:,}",
            hint=_instead(manifest, rows),
            fix=[Fix(f"{widest}%", option="--range")] if (widest := _widest(rows)) else [],
        )
    return found


def _widest(rows: int) -> int:
    """Return the percentage of the widest range that so many rows hold; 0 where there is none."""
    widest = 100 * rows // (rows + 1)
    return widest if widest >= 100 * phrases.NARROWEST else 0


def _instead(manifest: Manifest, rows: int) -> str:
    """Return a hint: the widest range that there are rows for, if there is one."""
    if not rows and not manifest.rows.holdout and manifest.rows.train > _MANY:
        return "hold some out, with  holdout: random 20%,  and fit again"
    widest = _widest(rows)
    if not widest:
        return f"fit again with more rows:  mlcli fit {manifest.name}"
    return f"so many rows hold  --range {widest}%  at the most"
