"""What predict says: the answer, what stands beside it, and how far to trust it; without rich."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.answering.label import ClassTarget, NumberTarget
from mlcli.learning.report import commonest

if TYPE_CHECKING:
    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Beside, Ready
    from mlcli.store.manifest import Manifest

_MOST_SHOWN = 5
_NO_CHANCES = (
    "note: on the held-out rows its probabilities were worse than the plain shares of the "
    "classes: they are no chances to rely on"
)


def amount(manifest: Manifest, value: float | str) -> str:
    """Write an answer: a class as it is, a number whole where answers are, else to four figures."""
    if isinstance(value, str):
        return value
    whole = isinstance(manifest.target, NumberTarget) and manifest.target.whole
    return f"{value:,.0f}" if whole else wording.figure(value)


def one(manifest: Manifest, answer: Answer, ready: Ready, beside: Beside) -> str:
    """Return the line of one answer, such as ``53 doughs``, with what stands beside it."""
    assert answer.answer is not None
    unit = "" if manifest.kind == "category" else f" {manifest.target.unit}"
    likely = f"{amount(manifest, answer.answer)}{unit}"
    line = likely if beside.quantity is None else f"{likely} are likely"
    if ready.bounds and beside.low is not None and beside.high is not None:
        level = ranges_and_decisions.percent(ready.bounds.level)
        low, high = amount(manifest, beside.low), amount(manifest, beside.high)
        between = f"between {low} and {high}"
        # A note says that nothing is promised: then the line must not promise it.
        line += (
            f" ({between})" if beside.notes else f" ({level} of such {ready.noun}s lie {between})"
        )
    if ready.decision and beside.quantity is not None:
        line += f"; have {amount(manifest, beside.quantity)} ready"
        line += "" if beside.notes else f": {ready.decision.words(ready.noun)}"
    return line


def probabilities(manifest: Manifest, answer: Answer) -> Iterator[str]:
    """Yield how probable each class is, and whether such figures are worth anything."""
    shares = answer.probabilities
    if shares is None:
        return
    likely = sorted(shares, key=lambda name: -shares[name])
    each = [f"{name} {wording.share(shares[name])}" for name in likely]
    yield f"probabilities: {wording.listed(each, most=_MOST_SHOWN)}"
    ours, base = manifest.metrics["log_loss"].holdout, manifest.metrics["log_loss"].baseline
    if ours is not None and base is not None and ours > base:
        yield _NO_CHANCES


def last(manifest: Manifest, answer: Answer) -> str:
    """Return the last line: the number before it was rounded, where that shows, and the trust."""
    return _exact(answer) + trust(manifest)


def _exact(answer: Answer) -> str:
    if not isinstance(answer.value, float) or not isinstance(answer.answer, float):
        return ""
    exact = wording.figure(answer.value)
    return f"{exact} before rounding; " if exact != wording.figure(answer.answer) else ""


def trust(manifest: Manifest) -> str:
    """Say how far an answer may be off, or how often it is right, from the held-out rows."""
    if not manifest.rows.holdout:
        return f"{manifest.id}, not judged: no rows were held out"
    noun = manifest.key.noun
    held = wording.count(manifest.rows.holdout, f"held-out {noun}")
    if manifest.kind == "category":
        score = manifest.metrics["accuracy"]
        ours, always = (
            "-" if one is None else wording.share(one) for one in (score.holdout, score.baseline)
        )
        shares = manifest.shares
        words = f"right in {ours} of {held} (always answering {commonest(shares)}: {always})"
        words += _line(manifest)
    else:
        score = manifest.metrics["mae"]
        ours, mean = (
            "-" if one is None else wording.figure(one, digits=2)
            for one in (score.holdout, score.baseline)
        )
        words = (
            f"off by {ours} {manifest.target.unit} on average over {held} "
            f"(always answering the mean: {mean})"
        )
    final = ", before it learned from those too" if manifest.final else ""
    return f"{words} - {manifest.id}{final}"


def _line(manifest: Manifest) -> str:
    """Say from what probability on a class is answered, if that was chosen."""
    target = manifest.target
    if not isinstance(target, ClassTarget) or target.threshold is None:
        return ""
    return f", {target.positive} being answered from {wording.share(target.threshold)} on"


def head(ready: Ready) -> list[str]:
    """Return what the columns beside the answers of a list are called."""
    return [
        *(["low", "high"] if ready.bounds else []),
        *(["have ready"] if ready.decision else []),
    ]


def cells(manifest: Manifest, ready: Ready, beside: Beside) -> list[str]:
    """Return the cells of one answer in those columns."""
    numbers = [
        *([beside.low, beside.high] if ready.bounds else []),
        *([beside.quantity] if ready.decision else []),
    ]
    return ["-" if number is None else amount(manifest, number) for number in numbers]


def surety(answer: Answer) -> str:
    """Return how probable the answered class is."""
    shares = answer.probabilities
    return "" if shares is None else wording.share(shares[str(answer.answer)])


def below(ready: Ready) -> Iterator[str]:
    """Yield what many answers mean, once for all of them; or why there are no quantities."""
    if ready.bounds:
        level = ranges_and_decisions.percent(ready.bounds.level)
        yield f"low, high: {level} of such {ready.noun}s lie between them"
    if ready.decision and not ready.notes:
        yield f"to have ready: {ready.decision.words(ready.noun)}"
    yield from (f"note: {note}" for note in ready.notes)
