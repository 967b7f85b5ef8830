"""Which columns become features, and why others do not: by their values beside the label's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.answering import features
from mlcli.answering.choices import places
from mlcli.answering.column import Numbers, Words
from mlcli.errors import AskedWronglyError, did_you_mean
from mlcli.grammar.words import is_ratio
from mlcli.judging.leaks import alarms
from mlcli.judging.leaks.coded_column import of_column
from mlcli.verbs import dated_rows
from mlcli.verbs.start.drafts import DATED
from mlcli.verbs.start.proposal import TAGS, Proposal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from mlcli.answering.column import Column
    from mlcli.exports.reading_progress import Watch
    from mlcli.judging.leaks.alarms import Alarm
    from mlcli.statistics.arrays import Flags
    from mlcli.tables.examples import Examples
    from mlcli.verbs.project import Project
    from mlcli.verbs.start.drafts import Draft
    from mlcli.verbs.start.proposal import ProposedFeature

_FEWEST: Final = 20
"""Rows from which on cells that are all different are said to be ids."""

_MOST_EMPTY: Final = 1 / 3
_MOST_ABSENT: Final = 0.5
"""Of rows, that another export may know nothing of."""

_EMPTY: Final = "empty in"
_WORDS: Final = "words: to try it, add it to the features"
_MANY_WORDS: Final = 30
_FEWEST_OF_A_WORD: Final = 5
"""Rows that each of many words must have, on average, to be a category and no names."""

_BY_CHANCE: Final = 0.05
_NEARLY_ALL: Final = 0.95
_DENSE: Final = 1.5
"""Whole numbers that lie so much closer than this, on average, count the rows."""

_PAIR: Final = 2
_MOST_ROUNDS: Final = 20
_TWICE: Final = "no cell stands twice"


def chosen(draft: Draft, known: Sequence[str], home: Project, watch: Watch) -> Proposal:
    """Return the proposal with its features: those that are known, or all that can be."""
    proposal, able = draft.proposal, draft.able
    reasons = dict(draft.late)
    ids: list[str] = []
    if able and not (known and proposal.key):
        every = replace(proposal, features=tuple(able.values()))
        _, found = dated_rows.read_exports(home.root, every.read(), watch)
        reasons |= left_out(every.features, found.examples, proposal.label.name, draft.owners)
        ids = _of_rows_that_wait(reasons, found.examples, proposal)
    made = _with_known(draft, known) if known else _with_all(draft, reasons)
    names = [name for name in ids if name not in known]
    if made.key is None and len(made.sources) == 1 and names:
        return replace(made, key=("join", names[0]))
    return made


def _with_all(draft: Draft, reasons: Mapping[str, str]) -> Proposal:
    """Return the proposal with all features that nothing speaks against."""
    proposal, able = draft.proposal, draft.able
    reasons = {**dict.fromkeys(sorted(draft.words), _WORDS), **reasons}
    features = [one for name, one in able.items() if name not in reasons]
    rules = proposal.rules
    spare = draft.calendar
    if not features and spare is not None:
        rule, feature = spare
        rules, features, spare = (*rules, rule), [feature], None
    if not features:
        said = "; ".join(f"{name}: {why}" for name, why in reasons.items())
        takes = "--known COLUMN  takes one that is known before"
        raise AskedWronglyError(
            f"no column is left to learn {proposal.label.name} from "
            f"({said or 'there is no other'})",
            hint=takes if able else "bring more rows, or an export of what is known beforehand",
        )
    left = replace(proposal, features=tuple(features), rules=rules, left_out=reasons, spare=spare)
    return _needed(left, draft.owners)


def _of_rows_that_wait(
    reasons: Mapping[str, str], examples: Examples, proposal: Proposal
) -> list[str]:
    """Return the columns that name every row, where some wait for their label."""
    if not examples.columns[proposal.label.name].missing.any():
        return []
    return [
        name
        for name, why in reasons.items()
        if why.startswith(_TWICE) and not examples.columns[name].missing.any()
    ]


def _with_known(draft: Draft, known: Sequence[str]) -> Proposal:
    """Return the proposal with the features that were named."""
    able = draft.able
    rules = draft.proposal.rules
    features = []
    for name in known:
        calendar = draft.calendar
        if calendar is not None and name == calendar[1].name and name not in able:
            rules = (*rules, calendar[0])
            features.append(calendar[1])
        elif name in able:
            features.append(able[name])
        else:
            why = f": {draft.late[name]}" if name in draft.late else ""
            parts = (wording.quoted(part.strip()) for part in name.split(","))
            each = f"name each with its own:  --known {' --known '.join(parts)}"
            raise AskedWronglyError(
                f"--known: {name!r} cannot be a feature{why}",
                hint=each if "," in name else did_you_mean(name, draft.names),
            )
    return _needed(replace(draft.proposal, features=tuple(features), rules=rules), draft.owners)


def _needed(proposal: Proposal, owners: dict[str, str]) -> Proposal:
    """Return the proposal without sources that give no feature."""
    used = {owners.get(one.name) for one in proposal.features}
    idle = {*owners.values()} - used
    sources = tuple(one for one in proposal.sources if one.name not in idle)
    key = proposal.key
    if len(sources) == 1 and key is not None and key[0] == "join":
        key = ("date", key[1]) if proposal.holdout == DATED else None
    return replace(proposal, sources=sources, key=key)


def left_out(
    able: Sequence[ProposedFeature], examples: Examples, label: str, joined: Collection[str] = ()
) -> dict[str, str]:
    """Return the columns that are no features, each with its reason, in a few words.

    Parameters
    ----------
    able
        What may be a feature.
    examples
        All rows, in the order of the export, or of their key.
    label
        What is to be learned.
    joined
        Those that come from another export: a row that only such a one has is none of the
        question, and says of no column that it is empty there.
    """
    columns = examples.columns
    own = [label, *(one.name for one in able if one.name not in joined)]
    asked = np.any([~columns[name].missing for name in own], axis=0)
    known = ~columns[label].missing[asked]
    found: dict[str, str] = {}
    for one in able:
        column = columns[one.name].taken(asked)
        most = _MOST_ABSENT if one.name in joined else _MOST_EMPTY
        reason = _alone(column, most, tags=one.keys == TAGS) or _too_late(column, known)
        if reason:
            empty = reason.startswith(_EMPTY) and isinstance(column, Words)
            fill = wording.keys_in_yaml({"fill_missing": {one.name: "none"}})
            found[one.name] = f"{reason}; to keep it:  {fill}" if empty else reason
    names = [one.name for one in able]
    found |= _running_totals([name for name in names if name not in found], examples, label)
    for _ in range(_MOST_ROUNDS):
        told = _told([name for name in names if name not in found], examples, label)
        if not told:
            break
        found |= told
    return found


def _alone(column: Column, most_empty: float, *, tags: bool) -> str:
    """Say why a column is no feature, whatever the label is."""
    there = ~column.missing
    rows, filled = len(column), int(there.sum())
    if not filled:
        return "every cell is empty"
    if tags:
        known = {tag for cell in column.as_words().levels for tag in features.tags_of(cell)}
        return "the same in every row" if len(known) == 1 else ""
    values = column.taken(there)
    words = values if isinstance(values, Words) else values.as_words()
    different = int(np.count_nonzero(words.counts()))
    if different == 1:
        return "the same in every row"
    if rows - filled > most_empty * rows:
        return f"{_EMPTY} {wording.share(1 - filled / rows)} of the rows"
    if isinstance(values, Numbers):
        return _counter(values.values) if different == filled >= _FEWEST else ""
    if different == filled:
        return f"{_TWICE}: an id or a name"
    if 2 * different > filled:
        return "nearly all different: names or free text"
    if different > _MANY_WORDS and _FEWEST_OF_A_WORD * different > filled:
        return f"{different:,} different words in {filled:,} rows: names or free text"
    return ""


def _counter(numbers: np.ndarray) -> str:
    """Say whether whole numbers, all different, count the rows."""
    if (numbers != np.floor(numbers)).any():
        return ""
    steps = np.diff(numbers)
    one_way = max((steps > 0).mean(), (steps < 0).mean()) >= _NEARLY_ALL
    dense = np.ptp(numbers) < _DENSE * len(numbers)
    return f"{_TWICE}: an id" if one_way or dense else ""


def _too_late(column: Column, known: Flags) -> str:
    """Say whether a column is empty wherever the label is, which chance would hardly make."""
    waiting, there = int((~known).sum()), ~column.missing
    if not waiting or there[~known].any():
        return ""
    by_chance = float((~there[known]).mean()) ** waiting if known.any() else 1.0
    return "filled in only where the answer is known" if by_chance < _BY_CHANCE else ""


def _running_totals(names: list[str], examples: Examples, label: str) -> dict[str, str]:
    """Return the columns whose steps are the label: over all rows, or those of one word."""
    truths = examples.columns[label]
    if not isinstance(truths, Numbers):
        return {}
    dates = examples.dates
    when = np.arange(len(truths)) if dates is None else np.argsort(dates.values, kind="stable")
    orders: list[tuple[np.ndarray, np.ndarray]] = [(when, np.zeros(len(truths)))]
    for name in names:
        groups = examples.columns[name]
        if isinstance(groups, Words):
            order = when[np.argsort(groups.codes[when], kind="stable")]
            orders.append((order, groups.codes[order]))
    return {
        name: f"a running total of {label}"
        for name in names
        if isinstance(column := examples.columns[name], Numbers)
        and any(_adds_up(column.values[o], truths.values[o], groups) for o, groups in orders)
    }


def _adds_up(totals: np.ndarray, parts: np.ndarray, groups: np.ndarray) -> bool:
    """Say whether nearly every step of totals, within a group, is the part of one of its rows."""
    same = groups[1:] == groups[:-1]
    steps = np.diff(totals)
    for part in (parts[1:], parts[:-1]):
        there = same & np.isfinite(steps) & np.isfinite(part)
        if there.sum() < _FEWEST or np.ptp(part[there]) == 0:
            continue
        near = np.abs(steps - part) <= 1e-6 * np.abs(totals[1:]) + 1e-9
        if near[there].mean() >= _NEARLY_ALL:
            return True
    return False


def _told(names: list[str], examples: Examples, label: str) -> dict[str, str]:
    """Return the columns by which the label is given away, as the alarms of a fit find them."""
    rows = np.flatnonzero(~examples.columns[label].missing)
    truths = examples.columns[label].taken(rows)
    if isinstance(truths, Numbers):
        target = truths.values
    else:
        words = np.array([*map(wording.written, truths)], dtype=object)
        target = places(words, sorted({*words}))
    table = [of_column(name, examples.columns[name].taken(rows)) for name in names]
    found, _ = alarms.alarms(
        table,
        target,
        train=np.arange(len(rows)),
        held=np.arange(0),
        seed=0,
        when=None if examples.dates is None else examples.dates.values[rows],
    )
    numbers = {one.name: one.numbers for one in table if one.numbers is not None}
    return {
        name: reason
        for one in found
        for name, reason in _reasons(one, label, examples)
        if one.code != "sum" or name in _culprits(one.columns, numbers, target)
    }


def _culprits(
    names: Sequence[str], numbers: Mapping[str, np.ndarray], target: np.ndarray
) -> Sequence[str]:
    """Return which columns of a sum tell the label: of x - a that is nearly x, only x does."""
    near, *others = sorted(names, key=lambda name: -_r(numbers[name], target))
    if len(others) == 1 and _r(numbers[near], target) ** 2 >= alarms.NOTE:
        taken_off = _r(target - numbers[near], numbers[others[0]]) < 0
        return [near] if taken_off else names
    return names


def _r(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation over the rows that have both."""
    there = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[there], other[there])[0, 1])


def _reasons(alarm: Alarm, label: str, examples: Examples) -> Iterator[tuple[str, str]]:
    """Yield the columns that an alarm is about and that are left out, each with its reason."""
    names = alarm.columns
    if alarm.code == "product":
        derived = _derived(names, examples)
        kept = wording.both([name for name in names if name != derived])
        stay = "stays" if len(names) == _PAIR else "stay"
        yield derived, f"gives {label}, with {kept}: a product or a ratio; {kept} {stay}"
        return
    for name in names:
        others = " and ".join(one for one in names if one != name)
        match alarm.code:
            case "copy" if alarm.words == alarms.ahead(name):
                yield name, f"{label} of the next row"
            case "copy" if alarm.words == alarms.banded(name):
                yield name, f"{label}, cut into bands"
            case "copy":
                yield name, f"{label} in another form, or nearly"
            case "sum":
                yield name, f"makes up {label}, with {others}"
            case "part":
                yield name, f"seems to be a part of {label}"
            case "counter":
                yield name, "no cell stands twice: an id"
            case "mean_encoding":
                if name == names[0]:
                    yield name, f"holds the mean of {label}"
            case _:
                pass


def _derived(names: Sequence[str], examples: Examples) -> str:
    """Return which of the columns that give a label together is rather worked out of it.

    That is the one called a ratio, or with decimals, or with more different numbers.
    """

    def signs(name: str) -> tuple[bool, bool, int]:
        column = examples.columns[name]
        values = column.values[~column.missing] if isinstance(column, Numbers) else np.empty(0)
        return is_ratio(name), bool((values % 1 != 0).any()), len(np.unique(values))

    return max(names, key=signs)
