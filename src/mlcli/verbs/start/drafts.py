"""Drafts of definitions: which rows, which label, and every column that may be a feature."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli.answering.features import flag
from mlcli.definition.checks.contradictions import RESERVED
from mlcli.errors import AskedWronglyError, Fix, did_you_mean, nearest
from mlcli.grammar import cells
from mlcli.verbs.start.proposal import (
    CLASSES,
    TAGS,
    Proposal,
    ProposedFeature,
    ProposedRule,
    ProposedSource,
)
from mlcli.verbs.start.seen import months_of_year, rhythm, separator, starts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.grammar.question import AskedFor
    from mlcli.verbs.start.seen import SeenExport

FEW_CLASSES: Final = 20
_MOST_SHARED: Final = 0.9
"""Of keys, that another export must know to be joined by them."""

_CALENDAR: Final = {"day": "weekday", "week": "month", "month": "month"}
UNDATED: Final = "random 20%"
DATED: Final = "newest 20%"


class Draft(NamedTuple):
    """A proposal with every column that may be a feature, and what each would be.

    ``owners`` are the sources that they come from, where that is not the label's; ``late`` are
    columns that are none by their looks; ``calendar`` stands in where no other is left: a rule,
    and the feature that it makes. ``words`` are those that are only to be tried where numbers
    are known too.
    """

    proposal: Proposal
    able: dict[str, ProposedFeature]
    owners: dict[str, str]
    late: dict[str, str]
    calendar: tuple[ProposedRule, ProposedFeature] | None = None
    words: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """Return what may be a feature, the calendar last."""
        return [*self.able, *([self.calendar[1].name] if self.calendar else [])]


# ---- rows of an export ----------------------------------------------------------------------


def of_rows(found: AskedFor, export: SeenExport, others: Sequence[SeenExport]) -> Draft:
    """Draft what answers a column of an export by the others of its row."""
    label, model = _label(found.column, export)
    date = date_of_rows(export)
    joins, unused = _joins(export, others, date)
    by_day = any(join.by_day for join in joins)
    key = ("date", date) if date else None
    renamed = {date: "day"} if date and by_day else {}
    if joins:
        key = ("join", "day" if by_day else joins[0].column)
    asked: set[str] = set()
    taken = {found.column, date, key[1] if key else None}
    able, late, rules = _columns(export, taken, renamed, asked)
    sources = [ProposedSource(export.name, export.view.source, rules)]
    owners: dict[str, str] = {}
    for join in joins:
        apart = {column: f"{join.other.name}_{column}" for column in export.view.columns}
        names = {**apart, join.column: key[1] if key else join.column}
        theirs, more, rules = _columns(join.other, {join.column}, names, asked)
        sources.append(ProposedSource(join.other.name, join.other.view.source, rules))
        able |= theirs
        owners |= dict.fromkeys(theirs, join.other.name)
        late |= more
    dated = key is not None and (key[0] == "date" or by_day)
    calendar = None
    if date and key and dated:
        unit = rhythm(export.values([date], "date")[date])
        calendar = _calendar(key[1], unit, export.periods(date, unit), late)
    return Draft(
        Proposal(
            name=found.column,
            question=found.text,
            sources=tuple(sources),
            features=(),
            label=label,
            model=model,
            key=key,
            unused=unused,
            holdout=DATED if dated else UNDATED,
        ),
        able,
        owners,
        late,
        calendar,
    )


def _label(column: str, export: SeenExport) -> tuple[ProposedFeature, str]:
    """Return a label and the model that answers it.

    Raises
    ------
    AskedWronglyError
        Its cells cannot be answered.
    """
    summary = export.view.columns[column].summary
    many = summary.different is None or summary.different > FEW_CLASSES
    if summary.different == 1:
        raise AskedWronglyError(
            f"--ask: {column} is the same in every row: there is nothing to learn",
            hint="ask for a column that differs",
        )
    match summary.kind:
        case "number" if (summary.low, summary.high, summary.different) == (0, 1, 2):
            return ProposedFeature(column, CLASSES), "logistic_regression"
        case "number":
            return ProposedFeature(column), "linear_regression"
        case "true/false" | "text" if not many:
            words = different_words(export, column)
            return ProposedFeature(column, _like_figures(words)), "logistic_regression"
        case "text":
            raise AskedWronglyError(
                f"--ask: {column} has many different words, and at most {FEW_CLASSES} are answered",
                hint=f"if they are things to suggest:  suggest {column}",
            )
        case kind:
            what = {"date": "dates", "empty": "no value", "mixed": "numbers and words"}
            raise AskedWronglyError(
                f"--ask: {column} holds {what.get(kind, 'one value')}, which cannot be answered",
                hint="ask for a column of numbers, or of a few words",
            )


def date_of_rows(export: SeenExport) -> str | None:
    """Return the date of a row: the only one, or the one that all others come after."""
    whole = [name for name in export.dates if not export.view.columns[name].summary.missing]
    if whole == whole[:1]:
        return next(iter(whole), None)
    dates = export.values(export.dates, "date")
    for name in whole:
        if all((np.isnat(one) | (one >= dates[name])).all() for one in dates.values()):
            return name
    return None


class _Join(NamedTuple):
    """An export that is joined by one of its columns: of days, or of a key."""

    other: SeenExport
    column: str
    by_day: bool


def _joins(
    export: SeenExport, others: Sequence[SeenExport], date: str | None
) -> tuple[list[_Join], dict[str, str]]:
    """Return the exports that know more of the rows of one, and why the others do not."""
    joins: list[_Join] = []
    unused: dict[str, str] = {}
    daily = date is not None and is_daily(export, date)
    for other in others:
        day = next((name for name in other.dates if daily and is_daily(other, name)), None)
        key = None if day else shared_key(export, other)
        new = _Join(other, day or key or "", day is not None)
        if not new.column:
            unused[other.export.name] = "it shares no key or day that stands once in both"
        elif len({one.by_day or one.column for one in (new, *joins)}) > 1:
            unused[other.export.name] = "the exports are joined by something else already"
        else:
            joins.append(new)
    return joins, unused


def is_daily(export: SeenExport, date: str) -> bool:
    """Say whether a column of dates has each day once, without a time."""
    dates = export.values([date], "date")[date]
    return bool(len(np.unique(dates)) == len(dates) and (dates == starts(dates, "day")).all())


def shared_key(export: SeenExport, other: SeenExport) -> str | None:
    """Return the column that names the rows of both."""
    for name in export.view.columns:
        if name not in other.view.columns or export.holds(name) == "date":
            continue
        ours, theirs = (_words(one, name) for one in (export, other))
        known = len({*ours} & {*theirs})
        if (
            len({*ours}) == len(ours)
            and len({*theirs}) == len(theirs)
            and known >= _MOST_SHARED * len(ours)
        ):
            return name
    return None


def _words(export: SeenExport, column: str) -> list[object]:
    """Return the cells of a column as words."""
    return list(export.values([column], "text")[column])


def _columns(
    export: SeenExport, taken: set[str | None], names: dict[str, str], asked: set[str]
) -> tuple[dict[str, ProposedFeature], dict[str, str], tuple[ProposedRule, ...]]:
    """Return the columns that may be features, those that are none, and rules that make them.

    ``names`` are what columns are called in the table, where not as in the export, and
    ``asked`` the options that ask for features already.
    """
    able: dict[str, ProposedFeature] = {}
    late: dict[str, str] = {}
    rules: list[ProposedRule] = []
    here = {old: new for old, new in names.items() if old in export.view.columns and old != new}
    for column in export.view.columns:
        name = names.get(column, column)
        if column in taken:
            continue
        if column not in export.named:
            late[name] = "no name of its own"
            continue
        if export.holds(column) in {"number", "true/false", "text"}:
            name = askable(name, asked, export.name)
        if name != column:
            here[column] = name
        match export.holds(column):
            case "number":
                codes = export.view.columns[column].zero is not None  # 01067
                able[name] = ProposedFeature(name, CLASSES if codes else {})
            case "true/false":
                able[name] = ProposedFeature(name)
            case "text":
                words = different_words(export, column)
                by = separator(words)
                able[name] = ProposedFeature(name, TAGS if by else _like_figures(words))
                if by not in {"", ","}:
                    rules.append(ProposedRule("split_list", {"of": name, "as": name, "by": by}))
            case kind:
                late[name] = NO_FEATURES.get(kind, kind)
    renamed = [ProposedRule("rename", here)] if here else []
    return able, late, (*renamed, *rules)


def askable(name: str, asked: set[str], before: str) -> str:
    """Return a name like another by which a feature can be asked for, and keep its option."""
    name = name if flag(name) != "--" else f"{before}_{len(asked) + 1}"  # no letter, no digit
    others = chain([name, f"{before}_{name}"], (f"{before}_{name}_{at}" for at in count(2)))
    name = next(n for n in others if flag(n)[2:] not in RESERVED and flag(n) not in asked)
    asked.add(flag(name))
    return name


def _like_figures(words: Sequence[str]) -> dict[str, str]:
    """Return the key that words need which look like numbers, such as 12:30 or 030 123."""
    return CLASSES if all(any(map(str.isdecimal, word)) for word in words) else {}


NO_FEATURES: Final = {
    "date": "a date",
    "empty": "every cell is empty",
    "mixed": "numbers and words are mixed",
}


def different_words(export: SeenExport, column: str) -> list[str]:
    """Return the different words of a column."""
    levels = export.view.columns[column].summary.levels
    if levels:
        return [level for level, _ in levels]
    return [str(word) for word in {*_words(export, column)} if word is not None]


# ---- periods --------------------------------------------------------------------------------


def per_period(found: AskedFor, export: SeenExport, others: Sequence[SeenExport]) -> Draft:
    """Draft what answers a count or a sum per period, by what else is known of it."""
    assert found.per is not None
    unit = found.per
    label, rules = _gathered(found, export)
    gathered = date_to_gather_by(export)
    assert gathered is not None
    late: dict[str, str] = {}
    calendar = _calendar(unit, unit, export.periods(gathered, unit), late)
    able: dict[str, ProposedFeature] = {}
    owners: dict[str, str] = {}
    words: set[str] = set()
    sources: list[ProposedSource] = []
    unused: dict[str, str] = {}
    asked = {flag(label), flag(unit)}
    for other in others:
        date = date_to_gather_by(other)
        if date is None:
            unused[other.export.name] = "it has no dates"
            continue
        periods = other.periods(date, unit)
        if len(np.unique(periods)) == len(periods):
            own = _of_periods(other, date, unit, {label, unit, *able}, asked)
            able |= own.able
            late |= own.late
            words |= own.words
            owners |= own.owners
            sources += own.sources
            continue
        name = askable(other.name, asked, "rows")
        able[name], owners[name] = ProposedFeature(name), other.name
        counted = ProposedRule("count", {"per": f"{unit} of {date}", "as": name})
        sources.append(ProposedSource(other.name, other.view.source, (counted,)))
    sources.append(ProposedSource(export.name, export.view.source, rules))
    return Draft(
        Proposal(
            name=label,
            question=found.text,
            sources=tuple(sources),
            features=(),
            label=ProposedFeature(label),
            model="linear_regression",
            key=("join" if len(sources) > 1 else "date", unit),
            unused=unused,
            holdout=DATED,
        ),
        able,
        owners,
        late,
        calendar,
        frozenset(words if {*able} - words else ()),
    )


def _gathered(found: AskedFor, export: SeenExport) -> tuple[str, tuple[ProposedRule, ...]]:
    """Return the label, and the rules that gather it.

    Raises
    ------
    AskedWronglyError
        What is to be added up is no number, or no row has the value that is asked for.
    """
    date = date_to_gather_by(export)
    assert date is not None
    label = found.column or export.name
    rules: list[ProposedRule] = []
    if found.where is not None:
        column, value = found.where
        rules.append(ProposedRule("keep", {column: _value(export, found)}))
        label = value
    needed = [date, *([found.column] if found.column else [])]
    if found.column and found.column not in export.numbers:
        raise AskedWronglyError(
            f"--ask: {found.column} holds no numbers that could be added up",
            hint=f"count of rows per {found.per}  counts its rows",
        )
    if empty := [name for name in needed if export.view.columns[name].summary.missing]:
        rules.append(ProposedRule("drop_missing", {"of": empty}, "rows without it count nothing"))
    per = {"per": f"{found.per} of {date}", "as": label}
    if found.column:
        rules.append(ProposedRule("sum", {"of": found.column, **per}))
    else:
        rules.append(ProposedRule("count", per))
    return label, tuple(rules)


def _value(export: SeenExport, found: AskedFor) -> bool | float | str:
    """Return a value of a column as ``keep`` has it.

    Raises
    ------
    AskedWronglyError
        No row has it.
    """
    assert found.where is not None
    column, word = found.where
    match export.holds(column):
        case "true/false" if cells.is_flag(word):
            return cells.to_boolean(word)
        case "number" if cells.is_number(word):
            number = cells.to_number(word)
            return int(number) if number.is_integer() else number
        case _:
            known = different_words(export, column)
            if word not in known:
                hint, ways = did_you_mean(word, known), map(found.meaning, nearest(word, known))
                fix = [Fix(one, option="--ask") for one in ways]
                raise AskedWronglyError(f"--ask: no row has {column} {word!r}", hint=hint, fix=fix)
            return word


def date_to_gather_by(export: SeenExport) -> str | None:
    """Return the only date of an export, or the first that is never empty."""
    dates = export.dates
    whole = [name for name in dates if not export.view.columns[name].summary.missing]
    return next(iter(whole if len(dates) > 1 else dates), None)


class _Own(NamedTuple):
    """What an export says of periods: what may be features, what not, and where they come from."""

    able: dict[str, ProposedFeature]
    late: dict[str, str]
    owners: dict[str, str]
    sources: list[ProposedSource]
    words: set[str]


def _of_periods(export: SeenExport, date: str, unit: str, taken: set[str], asked: set[str]) -> _Own:
    """Return the columns of an export that has one row a period, as they are.

    ``taken`` are columns of other sources, and ``asked`` the options that features have. Where
    a row has a time, only numbers can be added up over its period.
    """
    dates = export.values([date], "date")[date]
    keys = export.view.source
    if (dates == starts(dates, unit)).all():
        clashes = {name: f"{export.name}_{name}" for name in export.view.columns if name in taken}
        able, late, rules = _columns(export, {date}, {**clashes, date: unit}, asked)
        sources = [ProposedSource(export.name, keys, rules)] if able else []
        renamed = next((rule.options for rule in rules if rule.name == "rename"), {})
        numbers = {renamed.get(name, name) for name in export.numbers}
        words = {name for name, one in able.items() if one.keys or name not in numbers}
        return _Own(able, late, dict.fromkeys(able, export.name), sources, words)
    names = {name: askable(name, asked, export.name) for name in export.numbers}
    others = {*export.view.columns} - {*names, date}
    made = _Own(
        {}, dict.fromkeys(sorted(others), "no number, and the rows have times"), {}, [], set()
    )
    for old, new in names.items():
        owner = f"{export.name}_{new}"
        whole = not export.view.columns[old].summary.missing
        dropped = () if whole else (ProposedRule("drop_missing", {"of": [old]}),)
        summed = ProposedRule("sum", {"of": old, "per": f"{unit} of {date}", "as": new})
        made.able[new], made.owners[new] = ProposedFeature(new), owner
        made.sources.append(ProposedSource(owner, keys, (*dropped, summed)))
    return made


def _calendar(
    date: str, unit: str, periods: np.ndarray, late: dict[str, str]
) -> tuple[ProposedRule, ProposedFeature] | None:
    """Return the rule and the feature for the part of the calendar that a period lies in.

    None where no part comes again; ``late`` says so then. ``periods`` are (n,) first days.
    """
    part = _CALENDAR[unit]
    different = np.unique(periods[~np.isnat(periods)]).astype("datetime64[D]")
    parts = different.astype("int64") % 7 if part == "weekday" else months_of_year(different)
    if len(np.unique(parts)) == len(different):
        late[part] = f"each {part} stands once, so nothing is known of it"
        return None
    name = "month_of_year" if part == date else part
    feature = ProposedFeature(name, {} if part == "weekday" else CLASSES)
    return ProposedRule("derive", {name: f"{part} of {date}"}), feature
