"""Where the rules need columns that are not there, or as two different things."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.definition.columns_needed import after, available, dated_key, final_wants, joined
from mlcli.definition.known_columns import ONE_KIND, KindConflictError
from mlcli.definition.vocabulary import Contradiction, Path, is_kept
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.definition.definition import Definition
    from mlcli.definition.known_columns import KnownColumns, Wanted
    from mlcli.definition.rules.base import Rule


def of_zones(definition: Definition) -> Iterator[Contradiction]:
    """Find time zones that there are not."""
    from zoneinfo import ZoneInfo, available_timezones

    said = (
        (("sources", name, key), zone)
        for name, source in definition.sources.items()
        for key, zone in (("timezone", source.timezone), ("times_in", source.times_in))
        if zone is not None
    )
    for path, zone in said:
        try:
            ZoneInfo(zone)
        except (LookupError, ValueError, OSError):
            known = sorted(available_timezones())
            if known:  # else this machine knows of none, which is no fault of the definition
                yield Contradiction(
                    path,
                    f"there is no time zone {zone!r}",
                    near(zone, known) or "write a region and a city: Europe/Rome",
                    at_value=True,
                )


def of_join(definition: Definition) -> Iterator[Contradiction]:
    """Find a key that the sources lack, and sources that no key aligns."""
    if definition.join and definition.date:
        yield Contradiction(
            ("date",), "with a join, the key it names is the date", "take  date:  away"
        )
    if len(definition.sources) > 1 and not definition.join:
        yield Contradiction(
            ("sources",),
            "several sources need a key that aligns them",
            "add  join: day  or the column they share",
        )
    key = definition.key
    for name in definition.sources if key else ():
        columns = after(definition.source_rules(name))
        path: Path = ("join",) if definition.join else ("date",)
        if key and key == dated_key(definition):
            yield from columns.contradicted(path, key, "date")
        if key and columns.lack(key):
            yield Contradiction(
                path,
                f"source {name!r} has no {key!r} after its rules",
                columns.instead(key),
                at_value=True,
            )
    table = available(definition)
    if key and table.lack(key) and not joined(definition).lack(key):
        yield Contradiction(
            ("join",) if definition.join else ("date",),
            f"a rule gives {key!r} another name",
            "take it out of that rule" if definition.join else table.instead(key),
            at_value=True,
        )


def of_rules(rules: Sequence[Rule], path: Path, columns: KnownColumns) -> Iterator[Contradiction]:
    """Follow the columns through a list of rules, as far as they are known."""
    for index, rule in enumerate(rules):
        before, after = rules[:index], rules[index + 1 :]
        for column in rule.gives():
            if is_kept(column):
                said = f"the name {column!r} is kept for columns of mlcli's own"
                yield Contradiction((*path, index), said, "give the column another name", column)
        found = rule.misplaced(before, after, joined=path == ("rules",))
        yield from (one.within((*path, index)) for one in found)
        if not found:
            yield from (one.within((*path, index)) for one in rule.contradictions(columns))
            columns = rule.known_after(columns)


def of_days(definition: Definition) -> Iterator[Contradiction]:
    """Find rules of one source that disagree about when a day of a column begins."""
    for name in definition.sources:
        rules = definition.source_rules(name)
        yield from _days_of([(("sources", name, "rules", i), r) for i, r in enumerate(rules)])
    for index, rule in enumerate(definition.table_rules):
        if any(rule.day_begins().values()):
            key, value = rule.begun(timedelta(0))
            yield Contradiction(
                ("rules", index),
                "after the join, days begin at midnight",
                f"write  {key}: {wording.in_yaml(value)},  or move the rule to its source",
            )


def _days_of(rules: Sequence[tuple[Path, Rule]]) -> Iterator[Contradiction]:
    begun: dict[str, tuple[timedelta, Path, Rule]] = {}
    days: set[str] = set()
    for path, rule in rules:
        for column, starts in rule.day_begins().items():
            first, where, other = begun.setdefault(column, (starts, path, rule))
            if column in days and starts:
                message = f"{column!r} holds days already, which begin at midnight"
                yield Contradiction(path, message, _begin(rule, timedelta(0)))
            elif first != starts:
                name, begins = other.says().split()[0], wording.time_of_day(first)
                message = f"a day begins at {begins} for {name}, and at "
                message += f"{wording.time_of_day(starts)} for {rule.says()}"
                yield Contradiction(where, message, _begin(other, starts))
        names, made = rule.renames(), set() if rule.renames() else {*rule.gives()}
        gone = {*begun, *days} if rule.gathers else made
        begun = {names.get(c, c): one for c, one in begun.items() if c not in gone}
        days = {names.get(c, c) for c in days - gone}
        if (per := rule.period()) is not None:
            days.add(per.name)


def _begin(rule: Rule, after: timedelta) -> str:
    """Return a hint that has the days of a rule begin so long after midnight."""
    key, value = rule.begun(after)
    if value is None:
        return f"take  {key}:  away"
    return f"write  {key}: {wording.in_yaml(value)}  in {rule.says().split()[0]}"


def one_maker_each(definition: Definition) -> Iterator[Contradiction]:
    """Find columns, other than the key, that two sources make."""
    makers: dict[str, str] = {}
    for name in definition.sources:
        for column in after(definition.source_rules(name)).made:
            if column in makers and column != definition.key:
                rules = definition.source_rules(name)
                last = max(i for i, rule in enumerate(rules) if column in rule.gives())
                yield Contradiction(
                    ("sources", name, "rules", last),
                    f"the source {makers[column]!r} makes a column {column!r} too",
                    "give one of them another name",
                    column,
                )
            makers[column] = name


def of_kinds(definition: Definition) -> Iterator[Contradiction]:
    """Walk backwards to find a column that is needed as two different things."""
    try:
        wanted = final_wants(definition)
    except KindConflictError as error:
        own = definition.baseline
        if own and error.column in own.columns:  # others were said of the feature or the label
            yield Contradiction(("baseline",), str(error), ONE_KIND, error.column)
        elif definition.recommend and error.column in definition.recommend.columns:
            yield Contradiction(("recommend", "order"), str(error), ONE_KIND, error.column)
        return
    for index, rule in reversed(list(enumerate(definition.table_rules))):
        try:
            wanted = rule.wanted_before(wanted)
        except KindConflictError as error:
            yield Contradiction(("rules", index), str(error), ONE_KIND, error.column)
            return
    for name in definition.sources:
        yield from _kinds_of_source(definition, name, wanted)


def _kinds_of_source(definition: Definition, name: str, wanted: Wanted) -> Iterator[Contradiction]:
    rules = definition.source_rules(name)
    here = after(rules)
    elsewhere = {
        column
        for other in definition.sources
        if other != name
        for column in after(definition.source_rules(other)).made
        if column not in here.made and column != definition.join
    }
    found: Wanted = {c: k for c, k in wanted.items() if not here.lack(c) and c not in elsewhere}
    for index, rule in reversed(list(enumerate(rules))):
        try:
            found = rule.wanted_before(found)
        except KindConflictError as error:
            path: Path = ("sources", name, "rules", index)
            yield Contradiction(path, str(error), ONE_KIND, error.column)
            return
