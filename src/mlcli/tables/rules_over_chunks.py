"""Run a list of rules over an iterator of chunks, and account for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.definition.rules.as_of import AsOf
from mlcli.definition.rules.registry import (
    LINE,
    AggregateRule,
    ColumnsRule,
    Rule,
    WhereRule,
    WholeRule,
)
from mlcli.errors import DataError, did_you_mean
from mlcli.tables.ledger import Counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlcli.definition.rules.base import Frame

# Partial states are merged once this many rows of them have gathered, so that
# memory follows the number of keys and not the length of the export.
_STATE_ROWS = 200_000


def run(
    rules: Iterable[Rule], chunks: Iterator[Frame], *, lost: int = 0
) -> tuple[Iterator[Frame], list[Counted]]:
    """Return the chunks that come out, lazily, and the counts they will have.

    The counts are complete once the chunks are used up. ``lost`` is how many rows to
    keep of those that each rule leaves out.
    """
    ledger: list[Counted] = []
    for rule in rules:
        because = rule.because if isinstance(rule, WhereRule) else ""
        counted = Counted(rule.says(), because, kind=rule.kind)
        ledger.append(counted)
        came = _counted_in(chunks, counted)
        if lost and rule.kind in {"where", "whole"}:
            came = _remembered(rule, came, counted, lost)
        chunks = _counted_out(_step(rule, came), counted)
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
    if isinstance(rule, WholeRule):
        collected = list(chunks)
        chunks = iter([below(collected)] if collected else [])
    for chunk in chunks:
        if room:
            dropped = _left_out(rule, chunk)[:room]
            if len(dropped):
                counted.lost.append(dropped)
                room -= len(dropped)
        yield chunk


def _left_out(rule: Rule, chunk: Frame) -> Frame:
    """Return the rows of a chunk that a rule drops, in their order."""
    import narwhals.stable.v2 as nw

    if isinstance(rule, WhereRule):
        return chunk.filter(~rule.stays())
    assert isinstance(rule, WholeRule)
    numbered = chunk if LINE in chunk.columns else chunk.with_row_index(LINE)
    dropped = numbered.filter(~nw.col(LINE).is_in(rule.apply(numbered)[LINE].to_list()))
    return dropped.select(chunk.columns)


def _step(rule: Rule, chunks: Iterator[Frame]) -> Iterator[Frame]:
    match rule:
        case WhereRule():
            return _where(rule, chunks)
        case ColumnsRule():
            return (rule.apply(chunk) for chunk in chunks)
        case AggregateRule():
            return _aggregate(rule, chunks)
        case WholeRule():
            return _whole(rule, chunks)
        case _:
            raise TypeError(rule.kind)


def _where(rule: WhereRule, chunks: Iterator[Frame]) -> Iterator[Frame]:
    came, stayed, seen = 0, 0, None
    for chunk in chunks:
        kept = rule.apply(chunk)
        came, stayed = came + len(chunk), stayed + len(kept)
        seen = chunk if seen is None else seen
        yield kept
    if came and not stayed and seen is not None:
        raise DataError(
            f"no row is left after  {rule.says()}  ({came:,} before it)",
            hint=_instead(rule, seen),
        )


def _instead(rule: WhereRule, seen: Frame) -> str:
    """Name the values that there are instead: the nearest words, or one for example."""
    if isinstance(rule, AsOf):
        return f"is {rule.made} when the booking was made, and {rule.of} for when it is?"
    for condition in rule.predicate().conditions:
        if condition.test == "in" and condition.kind == "text":
            found = [str(v) for v in seen[condition.column].drop_nulls().unique().to_list()]
            hint = did_you_mean(str(condition.values[0]), found)
            if hint:
                return f"{condition.column}: {hint}"
    column = rule.predicate().conditions[0].column
    values = seen[column].drop_nulls().to_list()
    return f"{column} is {wording.written(values[0]) if values else 'empty'}, for example"


def _aggregate(rule: AggregateRule, chunks: Iterator[Frame]) -> Iterator[Frame]:
    partials: list[Frame] = []
    for chunk in chunks:
        partials.append(rule.partial(chunk))
        if sum(map(len, partials)) > _STATE_ROWS:
            partials = [rule.combine(below(partials))]
    if partials:
        yield rule.finish(rule.combine(below(partials)))


def _whole(rule: WholeRule, chunks: Iterator[Frame]) -> Iterator[Frame]:
    collected = list(chunks)
    if collected:
        yield rule.apply(below(collected))


def below(chunks: list[Frame]) -> Frame:
    """Put chunks below each other."""
    import narwhals.stable.v2 as nw

    return chunks[0] if len(chunks) == 1 else nw.concat(chunks, how="vertical")
