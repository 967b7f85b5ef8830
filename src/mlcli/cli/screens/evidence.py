"""What fit and evaluate say below their tables: how far the figures can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.cli.screens import in_words
from mlcli.store.evidence import SpreadHeldOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlcli.cli.screens.in_words import OfAnswers
    from mlcli.store.evidence import CrossValidated, Evidence, Spread
    from mlcli.store.manifest import Manifest

_FITS = ("overfit", "underfit", "interpolates", "unknown")


def short(manifest: Manifest) -> Iterator[str]:
    """Yield what nobody should overlook: too few rows, a bad fit, alarms."""
    found = manifest.evidence
    if found is None:
        return
    if found.few:
        yield found.few
    if found.fit.verdict in _FITS:
        yield found.fit.words
    yield from alarms(found)


def whole(manifest: Manifest, *, held_out: bool) -> Iterator[str]:
    """Yield all there is to say; ``held_out`` says that the rows judged are those held out."""
    found = manifest.evidence
    if found is None:
        yield f"no cross-validation: fitted by an older mlcli;  mlcli fit {manifest.name}  adds it"
        return
    if found.few:
        yield found.few
    if held_out and found.holdout:
        yield from on_rows("held out", manifest, found.holdout)
    yield _cross_validated(manifest, found.cv)
    yield found.fit.words
    if found.curve:
        yield found.curve.words
    yield from alarms(found)


def on_rows(what: str, manifest: Manifest, spread: Spread) -> Iterator[str]:
    """Yield the interval of the figure that rows were judged by, and what it beats."""
    said = in_words.of_answers(manifest)
    for low, high in spread.intervals.values():
        ends = said.interval(low, high)
        yield f"{what}: {said.title} lies between {ends} (95 %){_beats(said, spread)}"
    if isinstance(spread, SpreadHeldOut) and spread.outside:
        lie = "lies" if spread.outside == 1 else "lie"
        rows = wording.count(spread.outside, "row")
        yield f"{rows} {what} {lie} outside what it learned from"
    if spread.narrow:
        yield (
            f"{wording.count(spread.rows, 'row')} {what}: under 30, so that interval is too narrow"
        )


def _beats(said: OfAnswers, spread: Spread) -> str:
    skill = spread.skill if isinstance(spread, SpreadHeldOut) else None
    if skill is None:
        return ""
    if skill <= 0:
        return f"; its {said.loss} is no smaller than that of {said.base}"
    return f"; its {said.loss} is {skill:.0%} smaller than that of {said.base}"


def _cross_validated(manifest: Manifest, cv: CrossValidated) -> str:
    if not cv.metrics:
        return cv.words
    said = in_words.of_answers(manifest)
    figures = said.in_folds(cv.metrics[said.merit])
    left = cv.unanswered
    unanswered = f"; {wording.count(left, 'row')} had no answer there" if left else ""
    return f"cross-validated: {figures} ({cv.words}{unanswered})"


def alarms(found: Evidence) -> Iterator[str]:
    """Yield the alarms that the definition does not acknowledge."""
    for alarm in found.alarms:
        if not alarm.acknowledged:
            what = "note" if alarm.code == "strong" else "alarm"
            yield f"{what} {alarm.code}: {alarm.words}"
