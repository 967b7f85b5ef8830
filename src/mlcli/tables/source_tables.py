"""One export through the rules of its source, to a table of which all kinds are settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlcli.definition import columns_needed
from mlcli.definition.rules.base import LINE
from mlcli.errors import DataError
from mlcli.store.ledger import Ledger, SourceCount
from mlcli.tables import column_owners, join
from mlcli.tables.column_owners import ReadAnewError, columns_left
from mlcli.tables.rules_over_chunks import Passage, by_chunks, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame
    from mlcli.grammar import cells
    from mlcli.tables.column_owners import Opened
    from mlcli.tables.reach import Reach
    from mlcli.tables.rules_over_chunks import Through


@dataclass(frozen=True, slots=True)
class Incoming:
    """One source, of which the rows that its rules leave are coming."""

    passage: Passage
    share: Mapping[str, cells.Kind]
    compared: list[str]
    chunks: Iterator[Frame]

    def anew(self, error: ReadAnewError) -> Incoming:
        """Return the source as it begins again, with columns as text that are no numbers."""
        text: dict[str, cells.Kind] = dict.fromkeys(error.columns, "any")
        passage = replace(self.passage, wanted={**self.passage.wanted, **text})
        passage.account.rows = passage.account.rows_out = 0
        return replace(self, passage=passage, chunks=by_chunks(passage))


def begun_with(
    definition: Definition,
    name: str,
    opened: Opened,
    share: Mapping[str, cells.Kind],
    ledger: Ledger,
    reach: Reach,
    through: Through,
    *,
    lost: int,
) -> Incoming:
    """Begin to read one source through its rules; engines may work on several at once."""
    rules = definition.source_rules(name)
    compared = _compared(definition, opened)
    wanted = columns_needed.needed(rules, {**dict.fromkeys(compared, "any"), **share})
    if columns_needed.wants_every_column(rules):
        wanted = {**dict.fromkeys(filter(None, opened.columns), "any"), **wanted}
    if not lost:  # what is shown of lost rows is as it is written
        wanted = _undecided(definition, name, share, wanted)
    account = SourceCount(name, opened.name, opened.files, keep=lost)
    ledger.sources.append(account)
    passage = Passage(opened, rules, wanted, account, reach)
    return Incoming(passage, share, compared, through(passage))


def _undecided(
    definition: Definition,
    name: str,
    share: Mapping[str, cells.Kind],
    wanted: Mapping[str, cells.Kind],
) -> dict[str, cells.Kind]:
    """Let columns come as numbers at once that no rule, key or list needs as they are written."""
    rules = definition.source_rules(name)
    if any(rule.gathers or rule.needs_every_column for rule in (*rules, *definition.table_rules)):
        return {**wanted}
    asis = {definition.key, definition.join, *definition.only_shown}
    for at, rule in enumerate(definition.table_rules):
        asis |= {columns_needed.origin(definition.table_rules[:at], c) for c in rule.needs()}
    before = {columns_needed.origin(rules, c) for c in share if c in asis}
    for at, rule in enumerate(rules):
        if not rule.renames():
            before |= {columns_needed.origin(rules[:at], c) for c in rule.needs()}
    return {
        c: "either" if kind == "any" and c not in before else kind for c, kind in wanted.items()
    }


def source_table(definition: Definition, ledger: Ledger, begun: Incoming) -> join.Table:
    """Read one source to its end."""
    opened, share = begun.passage.opened, begun.share
    try:
        whole = _collected(begun)
        begun.passage.account.rows_out = len(whole)
        table = join.settled(
            whole,
            {**share},
            opened.name,
            key=definition.join,
            as_written=definition.only_shown,
            of_file=column_owners.as_in_the_file(definition, begun.passage.account.name, opened),
            notation=opened.notation,
            points=opened.points,
        )
    except DataError as error:
        hint_at_classes(definition, error)
        raise column_owners.in_source(error, opened, begun.passage.account.name) from None
    ledger.notes += [
        *opened.notes,
        *column_owners.trimmed(opened, table[1]),
        *column_owners.zeros_lost(whole, table[1]),
    ]
    return table


def _collected(begun: Incoming) -> Frame:
    """Put the chunks of a source below each other; read it anew where some are no numbers."""
    try:
        return together(narrowed(begun))
    except ReadAnewError as error:
        return _collected(begun.anew(error))


def narrowed(begun: Incoming) -> Iterator[Frame]:
    """Yield the chunks of a source, with the columns that are needed after its rules."""
    kept = {*begun.share, *begun.compared, LINE}
    for chunk in begun.chunks:
        yield chunk.select([name for name in chunk.columns if name in kept])


def hint_at_classes(definition: Definition, error: DataError) -> None:
    """Say where the label of a model for numbers holds words that there are models for classes."""
    label, (problem, *_) = definition.label.name, error.problems
    words = problem.message.startswith(f"column {label!r} ") and "is not a number" in (
        problem.message
    )
    if words and columns_needed.read_label_as(definition) == "number":
        hint = f"{problem.hint}, or take a model that answers with words: logistic_regression"
        error.problems = (problem._replace(hint=hint),)


def _compared(definition: Definition, opened: Opened) -> list[str]:
    """Return the columns that are kept because a rule on the table compares whole rows.

    Joined rows differ by their key, so that only a single source has any.
    """
    if len(definition.sources) > 1 or not columns_needed.wants_every_column(definition.table_rules):
        return []
    return columns_left(definition, next(iter(definition.sources)), opened)
