"""What is asked of exports, and what somebody who starts is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.errors import AskedWronglyError, Fix, did_you_mean, nearest, one_of
from mlcli.grammar.phrases import PhraseError
from mlcli.grammar.question import FORMS, UNITS, AskedFor, question
from mlcli.grammar.words import YES_AND_NO, is_not_added
from mlcli.verbs.start import things
from mlcli.verbs.start.drafts import (
    FEW_CLASSES,
    date_of_rows,
    date_to_gather_by,
    different_words,
    is_daily,
)
from mlcli.verbs.start.seen import is_named, rhythm, separator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.grammar.cells import Json
    from mlcli.verbs.start.seen import OpenKeys, SeenExport

_MOST_OFFERS: Final = 12
_MOST_LEVELS: Final = 8
_FEW_NUMBERS: Final = 3
"""Columns of numbers that a line of a till, or a booking, may have."""


def asked(text: str, exports: Sequence[SeenExport]) -> tuple[AskedFor, SeenExport]:
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
        found = AskedFor("value", text.strip())
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
        ways = [found._replace(export=export.name).text for export in able]
        raise AskedWronglyError(
            f"--ask: {wording.both([export.name for export in able])} could be meant",
            hint=f"write  {'  or  '.join(ways)}",
            fix=[Fix(way, option="--ask") for way in ways],
        )
    return found, able[0]


def _unable(
    found: AskedFor, wanted: Sequence[str], exports: Sequence[SeenExport]
) -> AskedWronglyError:
    """Return the error about a question that no export has the columns for."""
    columns = list(dict.fromkeys(c for one in exports for c in one.view.columns))
    for column in wanted:
        if column not in columns:
            longer = [one for one in columns if _begins(one, column)]
            words = longer or nearest(column, columns)
            hint = one_of(longer) or did_you_mean(column, columns)
            if found.per is None and column.endswith(tuple(f" per {unit}" for unit in UNITS)):
                words, hint = [], _of_periods(*column.rsplit(" per ", 1))
            return AskedWronglyError(
                f"--ask: no export has a column {column!r}",
                hint=hint or f"write  {'  or  '.join(FORMS)}",
                fix=[_renamed(found, column, word) for word in words],
            )
    if len(wanted) > 1 and not any(set(wanted) <= {*one.view.columns} for one in exports):
        return AskedWronglyError(f"--ask: no export has both {wording.both(wanted)}")
    return AskedWronglyError(
        f"--ask: a question per {found.per} needs a column of dates, and there is none",
        hint="mlcli data FILE  shows how the columns are read",
    )


def _of_periods(what: str, unit: str) -> str:
    """Say how to ask for something per day, week or month: rows are counted, or added up."""
    first, of, column = what.partition(" of ")
    if first.casefold() in _COUNTS or column.casefold() == "rows":
        return f"write  count of rows per {unit}"
    if of:
        return (
            f"only sums and counts: write  sum of {column} per {unit}  or  count of rows per {unit}"
        )
    return f"write  sum of COLUMN per {unit}"


_COUNTS: Final = ("count", "number", "rows", "how many")


def _begins(name: str, word: str) -> bool:
    """Say whether a name of several words begins with one."""
    return name.casefold().startswith(f"{word.casefold()} ")


def _renamed(found: AskedFor, column: str, other: str) -> Fix:
    """Return the question with another column in place of one."""
    if found.column == column:
        found = found._replace(column=other)
    if found.where is not None and found.where[0] == column:
        found = found._replace(where=(other, found.where[1]))
    return Fix(found.text, option="--ask")


def likely(exports: Sequence[SeenExport]) -> Iterator[AskedFor]:
    """Yield what somebody may want to know of exports, the likeliest first."""
    for export in sorted(exports, key=_last_day):
        for one in _likely_of(export):
            yield _told_apart(one, export, exports)


def _told_apart(found: AskedFor, export: SeenExport, exports: Sequence[SeenExport]) -> AskedFor:
    """Return a question with its export, where another one could be meant."""
    others = [one for one in exports if one is not export]
    if found.column:
        alike = any(found.column in one.view.columns for one in others)
    else:
        alike = any(one.dates for one in others)
    return found._replace(export=export.name) if alike else found


def _says_yes_or_no(export: SeenExport, column: str) -> bool:
    """Say whether a column holds yes and no, in one of some languages."""
    levels = {level.casefold() for level, _ in export.view.columns[column].summary.levels}
    return export.holds(column) == "true/false" or levels in YES_AND_NO


def _last_day(export: SeenExport) -> str:
    """Return the last day of an export, by which what ends first comes first."""
    date = date_to_gather_by(export)
    return wording.written(export.view.columns[date].summary.high) if date else "~"


def _likely_of(export: SeenExport) -> Iterator[AskedFor]:
    """Yield what somebody may want to know of one export."""
    columns = export.view.columns
    numbers = [
        name
        for name, one in columns.items()
        if name in export.numbers and (one.repeats or one.fractions)
    ]
    date = date_to_gather_by(export)
    gathers = date is not None and len(np.unique(export.periods(date, "day"))) < export.view.rows
    names = [n for n, c in columns.items() if c.summary.kind == "text" and not c.repeats]
    texts = [name for name in columns if export.holds(name) == "text"]
    if not date and numbers and any(separator(different_words(export, one)) for one in texts):
        yield from (AskedFor("suggest", name) for name in names[:1])
    flags = [name for name in _answers(export) if _says_yes_or_no(export, name)]
    if flags and (names or len(numbers) >= _FEW_NUMBERS):  # rows are customers, say
        yield AskedFor("value", flags[-1])
    if gathers and len(numbers) <= _FEW_NUMBERS:
        yield from (AskedFor("sum", name, per="day") for name in numbers[:1])
        yield AskedFor("count", per="day")
    yield from (AskedFor("value", name) for name in reversed(numbers))
    words = [name for name in _answers(export) if name not in export.numbers]
    yield from (AskedFor("value", name) for name in reversed(words))


# ---- what somebody who starts is asked --------------------------------------------------------


class Offer(NamedTuple):
    """One of the answers to choose from, and how it is shown."""

    answer: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class StartQuestion:
    """One question.

    Attributes
    ----------
    name
        By which a program knows it.
    text
        What is asked.
    takes
        ``one`` of the offers, ``several`` of them, or ``text``; text may be one of them too.
    offers
        What there is to choose from.
    default
        What is taken where nothing is said; the offers, where several are.
    option
        The option of the command that says the same.
    """

    name: str
    text: str
    takes: Literal["one", "several", "text"]
    option: str
    offers: tuple[Offer, ...] = ()
    default: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return the documented object."""
        first = next(iter(self.default), None)
        return {
            "id": self.name,
            "text": self.text,
            "kind": self.takes,
            "choices": [
                {"value": one.answer, "text": one.shown or one.answer} for one in self.offers
            ],
            "default": [*self.default] if self.takes == "several" else first,
            "option": self.option,
        }


def about_file(keys: OpenKeys) -> StartQuestion:
    """Ask what a file cannot say for itself."""
    file = keys.export.export.name
    offers = tuple(Offer(keys.option(one), meant) for one, meant in keys.choices.items())
    return StartQuestion(f"source {file}", f"{file}: {keys.about}?", "one", "--source", offers)


def about_ask(exports: Sequence[SeenExport]) -> StartQuestion:
    """Ask what somebody wants to know, in the words of ``--ask``."""
    offers = tuple(Offer(one.text) for one in islice(likely(exports), _MOST_OFFERS))
    default = tuple(one.answer for one in offers[:1])
    return StartQuestion("ask", "What do you want to know?", "text", "--ask", offers, default)


def about_row(exports: Sequence[SeenExport]) -> StartQuestion:
    """Ask what one row of the question is."""
    offers = [Offer(one, f"a {one}") for one in UNITS if any(e.dates for e in exports)]
    offers += [Offer(f"row {e.name}", f"a row of {e.export.name}") for e in exports]
    if any(things.names(export) for export in exports):
        offers.append(Offer("thing", "a thing to suggest"))
    offers.append(Offer("typed", "I will type the question"))
    text = "What is one row of your question?"
    dates = ((e, date) for e in exports if (date := date_to_gather_by(e)))
    paces = {rhythm(export.values([date], "date")[date]) for export, date in dates}
    default = paces.pop() if len(paces) == 1 else offers[0].answer
    return StartQuestion("row", text, "one", "--ask", tuple(offers), (default,))


def about_wanted(exports: Sequence[SeenExport], row: str) -> StartQuestion:
    """Ask what somebody wants to know of such a row; the answers are those to ``--ask``."""
    offers: list[Offer] = []
    for export in exports:
        of = f" of {export.export.name}" if len(exports) > 1 else ""
        made: list[tuple[AskedFor, str]] = []
        if row in UNITS and export.dates:
            made.append((AskedFor("count", per=UNITS[row]), f"how many rows{of}"))
            made += [
                (AskedFor("sum", name, per=UNITS[row]), f"the sum of {name}{of}")
                for name in export.numbers
                if _can_be_added(export, name)
            ]
        elif row == f"row {export.name}":
            made += [(AskedFor("value", name), name) for name in _answers(export)]
        elif row == "thing":
            made += [(AskedFor("suggest", name), f"{name}{of}") for name in things.names(export)]
        offers += [Offer(_told_apart(one, export, exports).text, shown) for one, shown in made]
    if not offers:
        return replace(about_ask(exports), text=_TYPED, default=())
    text = (
        "Which column names the thing?" if row == "thing" else "What do you want to know about it?"
    )
    return StartQuestion("ask", text, "one", "--ask", tuple(offers), (offers[0].answer,))


def _can_be_added(export: SeenExport, column: str) -> bool:
    """Say whether the sum of a column may mean something: it is no id and no price."""
    one = export.view.columns[column]
    return (one.repeats or one.fractions) and not is_not_added(column)


_TYPED: Final = "What do you want to know? (a column, or: sum of COLUMN per day)"


def about_where(found: AskedFor, export: SeenExport) -> StartQuestion | None:
    """Ask which rows count, unless that was said; the answers are those to ``--ask``."""
    if found.per is None or found.where is not None:
        return None
    offers = [Offer(found.text, "all rows")]
    for column, one in export.view.columns.items():
        levels = one.summary.levels
        if column in export.named and 1 < len(levels) <= FEW_CLASSES and column != found.column:
            for level, rows in levels[:_MOST_LEVELS]:
                where = found._replace(where=(column, level))
                offers.append(Offer(where.text, f"{column} is {level}  ({rows:,})"))
    if len(offers) == 1:
        return None
    return StartQuestion(
        "where", "Which rows count?", "one", "--ask", tuple(offers), (offers[0].answer,)
    )


def about_known(able: Sequence[str], taken: Sequence[str]) -> StartQuestion:
    """Ask what is known beforehand."""
    return StartQuestion(
        "known",
        "Which of these will you know when you ask?",
        "several",
        "--known",
        tuple(map(Offer, able)),
        tuple(taken),
    )


def stands_for_days(found: AskedFor, export: SeenExport) -> bool:
    """Say whether rows of the answer stand for days, some weekdays of which may be left out."""
    if found.asked != "value":
        return found.per == "day"
    date = date_of_rows(export)
    if date is None or not is_daily(export, date):
        return False
    return rhythm(export.values([date], "date")[date]) == "day"


ABOUT_DAYS: Final = StartQuestion(
    "drop_days",
    "Which weekdays should be left out, such as days when you are closed?",
    "several",
    "--drop-days",
    tuple(map(Offer, wording.WEEKDAYS)),
)
ABOUT_REASON: Final = StartQuestion("because", "Why are they left out?", "text", "--because")
"""What is asked of rows that have days, and of the weekdays that are left out."""


def about_baseline(numbers: Sequence[str]) -> StartQuestion:
    """Ask for the rule of today; its example is of a number, where there is one."""
    example = f"; such as 10 + 2 * {numbers[0]}" if numbers else ""
    text = f"Do you use a formula for it today? (Enter for no{example})"
    return StartQuestion("baseline", text, "text", "--baseline", (), ("",))


def about_name(name: str) -> StartQuestion:
    """Ask what to call it."""
    return StartQuestion("name", "What should it be called?", "text", "--name", (), (name,))


def _answers(export: SeenExport) -> list[str]:
    """Return the columns that can be answered."""
    few = [
        name
        for name, one in export.view.columns.items()
        if export.holds(name) in {"true/false", "text"}
        and 1 < (one.summary.different or 0) <= FEW_CLASSES
    ]
    return [name for name in export.view.columns if name in {*export.numbers, *few}]
