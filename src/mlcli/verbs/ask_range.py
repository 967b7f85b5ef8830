"""What ``--range`` and ``--date`` say, and answers with all that stands beside them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.ranges_and_decisions import Bounds, Ready
from mlcli.errors import AskedWronglyError, Fix, ModelError, RefusedError
from mlcli.grammar import note_codes, phrases
from mlcli.statistics import conformal
from mlcli.store import cargo
from mlcli.verbs import ask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.model import Answer
    from mlcli.grammar.cells import Json
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


def read_days(manifest: Manifest, text: str, today: datetime) -> list[datetime]:
    """Read what ``--date`` says: a day, or all from one to another, both ends in.

    A day is a date, ``today``, ``tomorrow``, or ``+3`` for the third from today; of days in
    one week or month that rows stand for, the first is enough, or ``2023-W36``, ``2023-09``.

    Raises
    ------
    AskedWronglyError
        The model's rows are not dated, or it says no day.
    """
    if manifest.key.unit is None:
        raise AskedWronglyError(
            f"the rows of {manifest.name} have no date",
            hint=f"ask with its features:  {ask.options_for(manifest, manifest.needed)}",
        )
    first, dots, last = text.partition(DOTS)
    if dots and not (first.strip() and last.strip()):
        raise AskedWronglyError(
            f"--date {text}: a first and a last day are needed",
            hint=f"write  --date {first.strip() or 'FIRST'}{DOTS}{last.strip() or 'LAST'}",
        )
    days = [_day(manifest, one, today) for one in ([first, last] if dots else [text])]
    many = (days[-1] - days[0]).days + 1
    if many < 1:
        raise AskedWronglyError(
            f"--date {text} ends before it begins",
            hint=f"write  --date {last}{DOTS}{first}",
            fix=[Fix(f"{last}{DOTS}{first}", option="--date")],
        )
    if many > _MOST_DAYS:
        raise AskedWronglyError(
            f"--date {text} is {many:,} days, and at most {_MOST_DAYS:,} are asked for at once",
            hint="ask for fewer",
        )
    unit = manifest.key.unit
    all_days = (days[0] + timedelta(days=at) for at in range(many))
    starts: dict[datetime, datetime] = {}
    for day in all_days:
        starts.setdefault(phrases.period_start(unit, day), day)
    return [*starts.values()]


DOTS: Final = ".."
"""What stands between the first day and the last."""

_MOST_DAYS: Final = 3660


def _day(manifest: Manifest, text: str, today: datetime) -> datetime:
    """Read one day."""
    word = text.strip()
    if re.fullmatch(r"(?a)today|tomorrow|\+\d{1,4}", word):
        later = {"today": 0, "tomorrow": 1}.get(word)
        later = int(word) if later is None else later
        try:
            return phrases.period_start("day", today) + timedelta(days=later)
        except OverflowError as error:
            raise AskedWronglyError(
                f"--date {word} is after the last day there is, 9999-12-31",
                hint=f"today is {today.date()}",
            ) from error
    try:
        return phrases.start_of(text, manifest.key.unit)
    except phrases.PhraseError as error:
        said = manifest.notations.get(manifest.key.name or "")  # as the export writes dates
        there = said.day(text) if said else None
        if there is None:
            raise AskedWronglyError(f"--date: {error}", hint=error.hint) from error
        return there


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


def kept(manifest: Manifest) -> list[float]:
    """Return misses of rows that were not learned from, as far as they were stored."""
    if _MISSES not in manifest.digests.cargo:
        return []
    found = cargo.read_json(manifest, _MISSES)
    with cargo.reading(manifest, _MISSES):
        return [float(each) for each in found]


def _bounds(manifest: Manifest, level: float) -> Bounds:
    if manifest.evidence_ is None:
        raise ModelError(
            f"{manifest.id} was fitted by an older mlcli, which kept nothing to tell a range by",
            hint=f"fit it again:  mlcli fit {manifest.name}",
        )
    misses = kept(manifest)
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


class Answered(NamedTuple):
    """Answers of a model, and what is to stand beside them."""

    manifest: Manifest
    answers: Sequence[Answer]
    ready: Ready

    def to_json(self) -> Json:
        """Return the documented object."""
        target, doubts = self.manifest.target, self.manifest.doubts
        return {
            "model": self.manifest.name,
            "version": self.manifest.version,
            **({"doubts": [*doubts]} if doubts else {}),
            "predictions": [
                {
                    **target.beside(answer.probabilities),
                    **answer.to_json(target.unit),
                    **self._beside(answer),
                }
                for answer in self.answers
            ],
        }

    def _beside(self, answer: Answer) -> Json:
        beside = self.ready.beside(answer.value, outside=answer.outside)
        notes = [*answer.notes, *(() if answer.refused else (*beside.notes, *self.ready.notes))]
        codes = note_codes.codes(notes, refused=answer.refused)
        return {"notes": notes, "note_codes": codes, **self.ready.to_json(beside)}
