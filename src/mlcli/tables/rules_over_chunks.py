"""Run a list of rules over an iterator of chunks, and account for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlcli.definition.rules.base import Frame, Rule
    from mlcli.store.ledger import Counted


def run(
    rules: Iterable[Rule], chunks: Iterator[Frame], *, lost: int = 0
) -> tuple[Iterator[Frame], list[Counted]]:
    """Return the chunks that come out, lazily, and the counts they will have.

    The counts are complete once the chunks are used up. ``lost`` is how many rows to
    keep of those that each rule leaves out.
    """
    ledger: list[Counted] = []
    for rule in rules:
        counted = rule.counted()
        ledger.append(counted)
        came = _counted_in(chunks, counted)
        if lost:
            came = _remembered(rule, came, counted, lost)
        chunks = _counted_out(rule.over(came), counted)
    return chunks, ledger


def _counted_in(chunks: Iterator[Frame], counted: Counted) -> Iterator[Frame]:
    for chunk in chunks:
        counted.rows_in += len(chunk)
        yield chunk


def _counted_out(chunks: Iterator[Frame], counted: Counted) -> Iterator[Frame]:
    for chunk in chunks:
        counted.rows_out += len(chunk)
        yield chunk


def _remembered(
    rule: Rule, chunks: Iterator[Frame], counted: Counted, room: int
) -> Iterator[Frame]:
    """Pass chunks on, and keep the first rows that a rule will leave out of them."""
    for chunk in rule.pieces(chunks):
        if room:
            dropped = rule.left_out(chunk)[:room]
            if len(dropped):
                counted.lost.append(dropped)
                room -= len(dropped)
        yield chunk
