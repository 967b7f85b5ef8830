"""What predict says of ranges and decisions; plain text, without rich."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mlcli.answering import ranges_and_decisions

if TYPE_CHECKING:
    from mlcli.answering.ranges_and_decisions import Beside, Ready

Written = Callable[[float], str]
"""Writes a number as answers are."""


def one(likely: str, ready: Ready, beside: Beside, written: Written) -> str:
    """Return the line of one answer, such as ``53 doughs``, with what stands beside it."""
    line = likely if beside.quantity is None else f"{likely} are likely"
    if ready.bounds and beside.low is not None and beside.high is not None:
        level = ranges_and_decisions.percent(ready.bounds.level)
        between = f"between {written(beside.low)} and {written(beside.high)}"
        # A note says that nothing is promised: then the line must not promise it.
        line += (
            f" ({between})" if beside.notes else f" ({level} of such {ready.noun}s lie {between})"
        )
    if ready.decision and beside.quantity is not None:
        line += f"; have {written(beside.quantity)} ready"
        line += "" if beside.notes else f": {ready.decision.words(ready.noun)}"
    return line


def head(ready: Ready) -> list[str]:
    """Return what the columns of a list are called."""
    return [
        *(["low", "high"] if ready.bounds else []),
        *(["have ready"] if ready.decision else []),
    ]


def cells(ready: Ready, beside: Beside, written: Written) -> list[str]:
    """Return the cells of one answer in those columns."""
    numbers = [
        *([beside.low, beside.high] if ready.bounds else []),
        *([beside.quantity] if ready.decision else []),
    ]
    return ["-" if number is None else written(number) for number in numbers]


def below(ready: Ready) -> Iterator[str]:
    """Yield what many answers mean, once for all of them; or why there are no quantities."""
    if ready.bounds:
        level = ranges_and_decisions.percent(ready.bounds.level)
        yield f"low, high: {level} of such {ready.noun}s lie between them"
    if ready.decision and not ready.notes:
        yield f"to have ready: {ready.decision.words(ready.noun)}"
    yield from (f"note: {note}" for note in ready.notes)
