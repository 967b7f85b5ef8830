"""What is asked of exports, and what somebody who starts is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlcli import wording
from mlcli.errors import AskedWronglyError, did_you_mean
from mlcli.grammar.phrases import PhraseError
from mlcli.grammar.question import FORMS, Question, question
from mlcli.verbs.start.drafts import FEW_CLASSES, date_to_gather_by, different_words
from mlcli.verbs.start.seen import is_named, separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.verbs.start.seen import SeenExport


def asked(text: str, exports: Sequence[SeenExport]) -> tuple[Question, SeenExport]:
    """Return a question, and the export that it is about.

    Raises
    ------
    AskedWronglyError
        It is none, or no export has its columns, or several have.
    """
    try:
        found = question(text)
    except PhraseError as error:
        raise AskedWronglyError(f"--ask: {error}", hint=error.hint) from error
    if any(text.strip() in one.view.columns for one in exports):
        found = Question("value", text.strip())
    named = [one for one in exports if is_named(found.export, one.name, one.export.name)]
    if found.export and not named:
        hint = did_you_mean(found.export, [one.name for one in exports])
        raise AskedWronglyError(f"--ask: no export is called {found.export!r}", hint=hint)
    wanted = [*([found.column] if found.column else []), *([found.where[0]] if found.where else [])]
    able = [
        one
        for one in (named or exports)
        if all(column in one.view.columns for column in wanted) and (found.per is None or one.dates)
    ]
    if not able:
        raise _unable(found, wanted, named or exports)
    if len(able) > 1:
        one, other = (_naming(found, export) for export in able[:2])
        raise AskedWronglyError(
            f"--ask: {wording.both([export.name for export in able])} could be meant",
            hint=f"write  {one}  or  {other}",
        )
    return found, able[0]


def _naming(found: Question, export: SeenExport) -> str:
    """Return a question as it is typed where an export has to be named."""
    return found._replace(export=export.name).text


def _unable(
    found: Question, wanted: Sequence[str], exports: Sequence[SeenExport]
) -> AskedWronglyError:
    """Return the error about a question that no export has the columns for."""
    columns = list(dict.fromkeys(c for one in exports for c in one.view.columns))
    for column in wanted:
        if column not in columns:
            hint = did_you_mean(column, columns) or f"write  {'  or  '.join(FORMS)}"
            return AskedWronglyError(f"--ask: no export has a column {column!r}", hint=hint)
    if len(wanted) > 1 and not any(set(wanted) <= {*one.view.columns} for one in exports):
        return AskedWronglyError(f"--ask: no export has both {wording.both(wanted)}")
    return AskedWronglyError(
        f"--ask: a question per {found.per} needs a column of dates, and there is none",
        hint="mlcli data FILE  shows how the columns are read",
    )


def likely(exports: Sequence[SeenExport]) -> Iterator[Question]:
    """Yield what somebody may want to know of exports, the likeliest first."""
    several = len(exports) > 1
    for export in sorted(exports, key=_last_day):
        for one in _likely_of(export):
            yield one._replace(export=export.name) if several else one


def _last_day(export: SeenExport) -> str:
    """Return the last day of an export, by which what ends first comes first."""
    date = date_to_gather_by(export)
    return wording.written(export.view.columns[date].summary.high) if date else "~"


def _likely_of(export: SeenExport) -> Iterator[Question]:
    """Yield what somebody may want to know of one export."""
    columns = export.view.columns
    numbers = [
        name
        for name, one in columns.items()
        if one.summary.kind == "number" and (one.repeats or one.fractions)
    ]
    date = date_to_gather_by(export)
    gathers = date is not None and len(np.unique(export.periods(date, "day"))) < export.view.rows
    if gathers:
        yield from (Question("sum", name, per="day") for name in numbers[:1])
        yield Question("count", per="day")
    if not date and numbers:
        names = [n for n, c in columns.items() if c.summary.kind == "text" and not c.repeats]
        texts = [name for name in columns if export.holds(name) == "text"]
        lists = any(separator(different_words(export, name)) for name in texts)
        yield from (Question("suggest", name) for name in names[:1] if lists)
    yield from (Question("value", name) for name in reversed(numbers))
    few = [
        name
        for name, one in columns.items()
        if one.summary.kind in {"true/false", "text"}
        and 1 < (one.summary.different or 0) <= FEW_CLASSES
    ]
    yield from (Question("value", name) for name in reversed(few))
