"""Where the rules need columns that are not there, or as two different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlcli.definition.checks.base import ONE_KIND, Contradiction, dated_key, of_its_kind
from mlcli.definition.columns_needed import KindConflictError, after, before, final_wants
from mlcli.definition.rules.aggregate import Gather
from mlcli.definition.rules.as_of import AsOf
from mlcli.definition.rules.columns import Rename
from mlcli.definition.rules.registry import AggregateRule, Rule
from mlcli.definition.rules.where import Drop, DropDates, DropWeekdays, Keep
from mlcli.errors import near

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.definition.checks.base import Path
    from mlcli.definition.columns_needed import Columns, Wanted
    from mlcli.definition.definition import Definition


def of_zones(definition: Definition) -> Iterator[Contradiction]:
    """Find time zones that there are not."""
    from zoneinfo import ZoneInfo, available_timezones

    for name, source in definition.sources.items():
        if source.timezone is None:
            continue
        try:
            ZoneInfo(source.timezone)
        except (LookupError, ValueError, OSError):
            known = sorted(available_timezones())
            if known:  # else this machine knows of none, which is no fault of the definition
                yield Contradiction(
                    ("sources", name, "timezone"),
                    f"there is no time zone {source.timezone!r}",
                    near(source.timezone, known) or "write a region and a city: Europe/Rome",
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
            yield from of_its_kind(columns, path, key, "date")
        if key and columns.lack(key):
            yield Contradiction(
                path,
                f"source {name!r} has no {key!r} after its rules",
                columns.instead(key),
                at_value=True,
            )


def of_rules(rules: Sequence[Rule], path: Path, columns: Columns) -> Iterator[Contradiction]:
    """Follow the columns through a list of rules, as far as they are known."""
    for index, rule in enumerate(rules):
        here: Path = (*path, index)
        if isinstance(rule, AggregateRule) and path == ("rules",):
            message = "rows are gathered in a source, not after the join"
            yield Contradiction(here, message, "move the rule to its source")
            continue
        if isinstance(rule, AsOf):
            found = list(of_cutoff(rule, rules[:index], rules[index + 1 :], here))
            yield from found
            if found:
                continue
        for column, kind in rule.needs().items():
            if not column and isinstance(rule, DropWeekdays | DropDates):
                message = "the rule does not say which date it means"
                yield Contradiction(here, message, "add  of: COLUMN")
            elif not column:
                yield Contradiction(here, "a column here has no name", "write it before the colon")
            elif columns.lack(column):
                message = f"there is no column {column!r} here"
                yield Contradiction(here, message, columns.instead(column), column)
            else:
                yield from of_its_kind(columns, here, column, kind)
        yield from _reason_misspelt(rule, here)
        names = rule.names if isinstance(rule, Rename) else {}
        for old, new in names.items():
            if new in columns.made and new not in names:
                yield Contradiction(
                    (*here, "rename", old),
                    f"there is already a column {new!r}",
                    "choose another name",
                    at_value=True,
                )
        columns = columns.after(rule)


def of_cutoff(
    rule: AsOf, before: Sequence[Rule], after: Sequence[Rule], here: Path
) -> Iterator[Contradiction]:
    """Find a cut-off where no single rows are left, or of another day than rows are gathered by."""
    if here[0] == "rules":
        message = "rows are cut off in a source, not after the join"
        yield Contradiction(here, message, "move the rule to its source, above  count  or  sum")
    elif any(isinstance(earlier, AggregateRule) for earlier in before):
        message = "the rows are gathered already, and none can be cut off"
        yield Contradiction(here, message, "put  as_of  above the rule that gathers them")
    for later in after:
        if isinstance(later, Gather) and later.by.unit and later.by.column == rule.of:
            if later.by.starts != rule.starts:
                yield _other_day(rule, later, here)
            break


def _other_day(rule: AsOf, gathers: Gather, here: Path) -> Contradiction:
    hour, minute = divmod(int(gathers.by.starts.total_seconds()) // 60, 60)
    begins = f"{hour:02}:{minute:02}"
    own = rule.from_.text if rule.from_ else "00:00"
    hint = f'write  from: "{begins}"  in as_of' if gathers.by.starts else "take  from:  away"
    message = f"a day begins at {own} for as_of, and at {begins} for {gathers.says()}"
    return Contradiction(here, message, hint)


def _reason_misspelt(rule: Rule, here: Path) -> Iterator[Contradiction]:
    """Find a misspelt ``because``, which would be looked for among the columns."""
    from difflib import SequenceMatcher

    option, enough = "because", 0.85
    for column in rule.columns if isinstance(rule, Keep | Drop) and not rule.because else ():
        word = column.casefold()
        likeness = SequenceMatcher(None, word, option).ratio()
        if sorted(word) == sorted(option) or likeness >= enough:
            yield Contradiction(
                here, f"unknown key {column!r}", f"did you mean {option!r}?", column
            )


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
        own = definition.own_baseline
        if own and error.column in own.columns:  # others were said of the feature or the label
            yield Contradiction(("baseline",), str(error), ONE_KIND, error.column)
        elif definition.recommend and error.column in definition.recommend.columns:
            yield Contradiction(("recommend", "order"), str(error), ONE_KIND, error.column)
        return
    for index, rule in reversed(list(enumerate(definition.table_rules))):
        try:
            wanted = before(rule, wanted)
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
            found = before(rule, found)
        except KindConflictError as error:
            path: Path = ("sources", name, "rules", index)
            yield Contradiction(path, str(error), ONE_KIND, error.column)
            return
