"""The table that a definition makes of its exports, with nothing learned from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.column import Words
from mlcli.definition import engines
from mlcli.definition.rules.base import LINE
from mlcli.errors import MlcliError, Problem, UnsuitedError, place_of
from mlcli.exports import memory, reading, sql
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import column_summary, doubts, note_codes
from mlcli.grammar.column_summary import Summary
from mlcli.learning import limits
from mlcli.store import records
from mlcli.tables import join, losses
from mlcli.tables.examples import STATUSES
from mlcli.verbs import dated_rows
from mlcli.verbs.project import at_fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlcli.answering.column import Column
    from mlcli.definition.definition import Definition
    from mlcli.definition.yaml_file import Read
    from mlcli.grammar.cells import Json, Value
    from mlcli.store.ledger import Counted
    from mlcli.tables.examples import Examples, Status
    from mlcli.verbs.project import Project

Fate = Literal["used", "waiting", "left out", "refused"]
"""What becomes of a row: learned from, its label not known yet, lacking something, outside."""

FATES: tuple[Fate, ...] = ("used", "waiting", "left out", "refused")
_LEVELS = 1000  # that JSON lists of a column


@dataclass(frozen=True, slots=True)
class Lost:
    """The first rows that were lost somewhere.

    ``where`` is a rule or a reason; ``count`` how many were lost there; ``rows`` the first
    of them, each with its place (``file:line``, or its key) and its cells by column.
    """

    where: str
    count: int
    rows: tuple[tuple[str, dict[str, Value | None]], ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """The finished table, and how it came about.

    Attributes
    ----------
    name, file
        The definition's name, and its file.
    examples
        All rows, with the account of them.
    fates
        n words of ``FATES``: what becomes of each row.
    why
        n texts: why a row is not learned from, if it is not.
    roles
        The columns of the table, each with what it is for.
    columns
        What each holds, in the rows that no rule refuses.
    lost
        Rows that were lost, where that was asked for.
    notes
        What may not be meant.
    warnings
        What the definition says that is probably not meant.
    inputs
        The files that were read.
    """

    name: str
    file: str
    examples: Examples
    fates: Words
    why: Words
    roles: dict[str, tuple[str, ...]]
    columns: dict[str, Summary]
    lost: tuple[Lost, ...]
    notes: tuple[str, ...]
    warnings: tuple[Problem, ...]
    inputs: tuple[Path, ...]

    def count(self, fate: Fate) -> int:
        """Return how many rows have a fate."""
        return int(self.fates.counts()[FATES.index(fate)])

    @property
    def finished(self) -> int:
        """Return how many rows the finished table has: all that no rule refuses."""
        return len(self.fates) - self.count("refused")

    def to_json(self) -> Json:
        """Return the documented object."""
        made: dict[str, Any] = {
            "definition": self.file,
            "name": self.name,
            "ledger": records.to_json(self.examples.ledger),
            "rows": {
                "finished": self.finished,
                **{fate.replace(" ", "_"): self.count(fate) for fate in FATES},
            },
            "columns": [
                {"name": name, "roles": list(self.roles[name]), **summary.to_json(most=_LEVELS)}
                for name, summary in self.columns.items()
            ],
            "notes": list(self.notes),
            "note_codes": note_codes.codes(self.notes),
        }
        if self.lost:
            made["lost"] = [
                {
                    "where": one.where,
                    "rows": one.count,
                    "first": [
                        {"place": place, "cells": {c: _plain(v) for c, v in row.items()}}
                        for place, row in one.rows
                    ],
                }
                for one in self.lost
            ]
        return made


def view(
    project: Project,
    path: Path,
    *,
    lost: int = 0,
    said: Sequence[str] = (),
    watch: Watch = UNWATCHED,
) -> TableView:
    """Build the table of a definition; nothing is learned and nothing written.

    Parameters
    ----------
    project
        Where the exports are.
    path
        The definition.
    lost
        How many rows to keep of those that each rule leaves out.
    said
        Keys that are set for this run, such as ``join=week``.
    watch
        Is told how far reading has come.

    Raises
    ------
    MlcliError
        The definition or an export is at fault.
    """
    try:
        return of_read(project, project.read(path, said), path, lost=lost, watch=watch)
    except MlcliError as error:
        error.summary = f"{path.stem}: no table was made"
        raise


def of_read(
    project: Project, read: Read, path: Path, *, lost: int = 0, watch: Watch = UNWATCHED
) -> TableView:
    """Build the table of a definition that was read, or is to be written to a path."""
    with at_fault(read):
        read, found = dated_rows.read_exports(project.root, read, watch, lost=lost)
    definition, examples = read.definition, found.examples
    fates = _fates(examples)
    why = _why(examples, definition.label.name)
    stayed = np.flatnonzero(fates.codes != FATES.index("refused"))
    roles, kinds = _roles(definition, examples), dict[str, str | None]()
    kinds |= {feature.name: feature.kind for feature in definition.features}
    kinds[definition.label.name] = definition.kind.held_as or definition.label.kind
    columns = {c: summary(examples.columns[c].taken(stayed), kinds.get(c)) for c in roles}
    return TableView(
        name=path.stem,
        file=project.shown(path),
        examples=examples,
        fates=fates,
        why=why,
        roles=roles,
        columns=columns,
        lost=tuple(_lost(examples, fates, why, lost)) if lost else (),
        notes=(
            *examples.ledger.notes,
            *_notes(definition, columns, len(stayed)),
            *_refused(definition, examples),
            *_that_pays(project, definition),
        ),
        warnings=(*read.warnings, *found.warnings),
        inputs=(path, *_files(project, definition)),
    )


def _files(project: Project, definition: Definition) -> list[Path]:
    """Return the exports that are files, those of SQLite among them."""
    found: list[Path] = []
    for source in definition.sources.values():
        if source.file is not None:
            found += [path for path, _ in reading.files(project.root, source.file)]
        elif source.sql is not None:
            found += sql.sqlite_files(project.root, source.sql.url)
    return found


def _fates(examples: Examples) -> Words:
    """Say what becomes of each row; one that waits and is outside is refused."""
    became: dict[Status, Fate] = {
        "usable": "used",
        "waiting": "waiting",
        "unlabelled": "left out",
        "incomplete": "left out",
        "refused": "refused",
    }
    of = np.array([FATES.index(became[status]) for status in STATUSES])
    waiting = examples.status.codes == STATUSES.index("waiting")
    outside = waiting & ~examples.reasons.missing
    return Words(np.where(outside, FATES.index("refused"), of[examples.status.codes]), FATES)


def _why(examples: Examples, label: str) -> Words:
    """Say why each row is not learned from, if it is not."""
    because: dict[Status, str] = {
        "waiting": losses.unknown(label),
        "unlabelled": losses.missing(label),
    }
    reasons, status = examples.reasons, examples.status.codes
    levels, codes = [*reasons.levels], reasons.codes
    for one, text in because.items():
        here = reasons.missing & (status == STATUSES.index(one))
        codes = np.where(here, len(levels), codes)
        levels.append(text)
    return Words(codes, levels)


def _roles(definition: Definition, examples: Examples) -> dict[str, tuple[str, ...]]:
    """Return what each column of the table is for, the key first."""
    baseline, recommend = definition.baseline, definition.recommend
    parts: dict[str, Sequence[str]] = {
        "key": [definition.key] if definition.key else [],
        "feature": [feature.name for feature in definition.features],
        "label": [definition.label.name],
        "baseline": baseline.columns if baseline else [],
        "order": [key.removeprefix("-") for key in recommend.order] if recommend else [],
        "shown": recommend.show if recommend else [],
    }
    roles: dict[str, tuple[str, ...]] = {}
    for role, part in parts.items():
        for name in dict.fromkeys(c for c in part if c in examples.columns):
            roles[name] = (*roles.get(name, ()), role)
    return {**roles, **{c: ("rule",) for c in examples.columns if c not in roles}}


def summary(column: Column, kind: str | None = None) -> Summary:
    """Summarise a column; numbers that are said to be of another ``kind`` are counted as words."""
    missing = int(column.missing.sum())
    if not isinstance(column, Words):
        there = column.taken(~column.missing)
        different, first, counts = np.unique(there.values, return_index=True, return_counts=True)
        ends = (there[int(first[0])], there[int(first[-1])]) if len(first) else (None, None)
        if kind in {None, column.kind} and len(first):
            return Summary(column.kind, missing, *ends, different=len(different))
        words = [wording.written(there[i]) for i in first.tolist()]
        return column_summary.of_words(
            kind or "text", missing, dict(zip(words, counts.tolist(), strict=True))
        )
    counted = {w: n for w, n in zip(column.levels, column.counts().tolist(), strict=True) if n}
    if kind == "tags":
        tags: Counter[str] = Counter()
        for word, count in counted.items():
            tags.update(dict.fromkeys(features.tags_of(word), count))
        return column_summary.of_words("tags", missing, tags)
    flags = "true/false" if column.flags and counted else "text"
    return column_summary.of_words(
        flags if kind in {None, "number", "date"} else kind, missing, counted
    )


def _notes(definition: Definition, columns: dict[str, Summary], rows: int) -> list[str]:
    """Say what may not be meant: words that look alike, features that never change."""
    found = []
    features = {feature.name for feature in definition.features}
    for name, column in columns.items():
        if name in features or name == definition.label.name:
            words = sorted(level for level, _ in column.levels)
            found += doubts.alike(name, words)
            if column.kind == "tags" and (split := doubts.split_otherwise(name, words)):
                found.append(split)
        if name in features and rows > 1 and not column.missing and _constant(column, rows):
            found.append(doubts.constant(name))
    return found


def _refused(definition: Definition, examples: Examples) -> list[str]:
    """Say which feature a fit will refuse, as it is an id."""
    try:
        limits.within(definition, examples, examples.positions("usable"))
    except UnsuitedError as error:
        return [f"{error}: no fit takes it; {error.hint}"]
    return []


def _that_pays(project: Project, definition: Definition) -> tuple[str, ...]:
    """Say which other engine pays for the size of the exports, if one does."""
    if definition.engine.name == "spark":  # its files may be a cluster's
        return ()
    named = [name for source in definition.sources.values() for name in source.file or ()]
    size = reading.size(project.root, tuple(named))
    lies = reading.may_lie(definition)
    return engines.that_pays(definition, size, lies=lies, free=memory.free())


def _constant(summary: Summary, rows: int) -> bool:
    return summary.different == 1 and all(count == rows for _, count in summary.levels)


def _lost(examples: Examples, fates: Words, why: Words, most: int) -> list[Lost]:
    """Return the first rows that were lost at each rule, and after all rules."""
    found = []
    for source in examples.ledger.sources:
        found += [_at_rule(rule, source.file, source.files) for rule in source.rules]
    only = examples.ledger.sources[0]
    found += [_at_rule(rule, only.file, only.files) for rule in examples.ledger.rules]
    gone = np.isin(fates.codes, [FATES.index("waiting"), FATES.index("left out")])
    for code in dict.fromkeys(why.codes[gone].tolist()):
        rows = np.flatnonzero(gone & (why.codes == code))
        named = tuple((examples.place(i), examples.row(i)) for i in rows[:most].tolist())
        found.append(Lost(wording.written(why.levels[code]), len(rows), named))
    return [one for one in found if one.rows]


def _at_rule(rule: Counted, file: str, files: tuple[str, ...]) -> Lost:
    rows = []
    for frame in rule.lost:
        columns = {c: join.values(frame[c]) for c in frame.columns if not c.startswith("__")}
        lines = frame[LINE].to_list() if LINE in frame.columns else None
        for i in range(len(frame)):
            place = place_of(file, files, lines[i]) if lines else ""
            rows.append((place, {column: values[i] for column, values in columns.items()}))
    return Lost(rule.rule, rule.rows_in - rule.rows_out, tuple(rows))


def _plain(value: Value | None) -> Any:
    return value if value is None or isinstance(value, bool | float) else wording.written(value)
