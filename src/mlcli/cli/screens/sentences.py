"""What predict says of the answer, and of what stands beside it; plain text, without rich."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering import ranges_and_decisions
from mlcli.cli.screens import in_words

if TYPE_CHECKING:
    from mlcli.answering.model import Answer
    from mlcli.answering.ranges_and_decisions import Beside, Ready
    from mlcli.store.manifest import Manifest


def one(manifest: Manifest, answer: Answer, ready: Ready, beside: Beside) -> str:
    """Return the line of one answer, such as ``53 doughs``, with what stands beside it."""
    said = in_words.of_answers(manifest)
    likely = said.likely(answer.answer)
    line = likely if beside.quantity is None else f"{likely} are likely"
    if ready.bounds and beside.low is not None and beside.high is not None:
        level = ranges_and_decisions.percent(ready.bounds.level)
        low, high = said.written(beside.low), said.written(beside.high)
        between = f"between {low} and {high}"
        # A note says that nothing is promised: then the line must not promise it.
        line += (
            f" ({between})"
            if beside.notes or ready.doubt
            else f" ({level} of such {ready.noun}s lie {between})"
        )
    if ready.decision and beside.quantity is not None:
        line += f"; have {said.written(beside.quantity)} ready"
        line += "" if beside.notes else f": {ready.decision.words(ready.noun)}"
    return line


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
    written = in_words.of_answers(manifest).written
    return ["-" if number is None else written(number) for number in numbers]


def surety(answer: Answer) -> str:
    """Return how probable the answered class is."""
    shares = answer.probabilities
    return "" if shares is None else wording.share(shares[str(answer.answer)])


def below(ready: Ready) -> Iterator[str]:
    """Yield what many answers mean, once for all of them; or why there are no quantities."""
    if ready.bounds and not ready.doubt:
        level = ranges_and_decisions.percent(ready.bounds.level)
        yield f"low, high: {level} of such {ready.noun}s lie between them"
    if ready.decision and not ready.decision.refusal():
        yield f"to have ready: {ready.decision.words(ready.noun)}"
    yield from (f"note: {note}" for note in ready.notes)
