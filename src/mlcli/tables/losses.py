"""Rows that are lost though no rule drops them: cut periods, days without a row, empty cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import narwhals.stable.v2 as nw
import numpy as np

from mlcli import wording
from mlcli.answering.column import Words, periods
from mlcli.definition import columns_needed
from mlcli.store.ledger import MOST_NAMED, Gaps
from mlcli.tables import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from mlcli.definition.definition import Definition
    from mlcli.definition.rules.base import Frame
    from mlcli.statistics.arrays import Flags, Rows
    from mlcli.tables.column_owners import Labels
    from mlcli.tables.examples import Examples
    from mlcli.tables.join import Table
    from mlcli.tables.reach import Reach

_MANY: Final = 10
"""Of so many rows, one that lacks something is worth a word."""


def unknown(label: str) -> str:
    """Return why a row waits."""
    return f"{label} not known yet"


def missing(column: str) -> str:
    """Return why a row is left out."""
    return f"{column} missing"


def lacks(features: Sequence[str]) -> str:
    """Return why a row is left out that has no value of some features."""
    return f"{wording.both(features)} {'is' if len(features) == 1 else 'are'} missing"


@dataclass(frozen=True, slots=True)
class Losses:
    """What is known of exports that were read, by which rows are lost or lack something.

    Attributes
    ----------
    definition
        Names the sources, and the rules after the join.
    labels
        What is known of the labels' source.
    reaches
        The dates of each source.
    tables
        What each source came to, before the join.
    """

    definition: Definition
    labels: Labels
    reaches: Mapping[str, Reach]
    tables: Mapping[str, Table]

    def cut(self, made: Examples) -> Words:
        """Return (n,) why a row's period is not whole in some export; none where it is."""
        codes = np.full(len(made), -1)
        if made.dates is not None:
            for code, start in enumerate(made.cuts):
                codes[made.dates.values == np.datetime64(start, "us")] = code
        return Words(codes, [*made.cuts.values()])

    def cuts(self, unit: str) -> dict[datetime, str]:
        """Return the periods that an export cuts, but for the one in which labels end, with why."""
        found: dict[datetime, str] = {}
        for name, reach in self.reaches.items():
            first, last = reach.cuts()
            columns, key = self.tables[name][1], self.definition.join
            if len(columns) == 1 and key in columns:  # it tells nothing of a row
                continue
            if first is not None:
                found.setdefault(first, f"the {unit} is cut: {self._says(name, 'begins')}")
            if last is not None and name != self.labels.source:
                found.setdefault(last, f"the {unit} is cut: {self._says(name, 'ends')}")
        return found

    def _says(self, name: str, what: str) -> str:
        """Return ``data/orders.csv begins on 2026-01-07``."""
        ends = self.reaches[name].ends(self.reaches[name].periods[:0])
        assert ends is not None
        date = ends[what == "ends"]
        return f"{self.tables[name][2]} {what} on {date.date()}"

    def account(self, made: Examples) -> None:
        """Note in the ledger the rows that no rule dropped and that are not learned from."""
        ledger, label = made.ledger, self.definition.label.name
        ledger.used = len(made.positions("usable"))
        ledger.gaps = self._gaps(made)
        waiting = made.positions("waiting")
        waiting = waiting[made.reasons.missing[waiting]]
        cut = self._not_ended_before(made, waiting)
        ledger.leave_out(unknown(label), *_named(made, waiting[~cut]))
        if cut.any():
            ends = self._says(self.labels.source, "ends")
            ledger.leave_out(f"{unknown(label)}: {ends}", *_named(made, waiting[cut]))
        ledger.leave_out(missing(label), *_named(made, made.positions("unlabelled")))
        lacking = made.positions("incomplete")
        codes = made.reasons.codes[lacking]
        for code in dict.fromkeys(codes.tolist()):
            ledger.leave_out(made.reasons.levels[code], *_named(made, lacking[codes == code]))
        ledger.notes += [*self._many(made), *self._never_labelled(made), *self._weeks()]

    def _not_ended_before(self, made: Examples, rows: Rows) -> Flags:
        """Return which of some rows are of the period in which the labels end, or later."""
        last = self.labels.reach.cuts().last
        if last is None or made.dates is None:
            return np.zeros(len(rows), dtype=bool)
        return np.asarray(made.dates.values[rows] >= np.datetime64(last, "us"))

    def _gaps(self, made: Examples) -> Gaps | None:
        """Count the periods without a row while labels are known, if rows stand for periods."""
        ends = self.labels.reach.ends(self.labels.reach.periods)
        gathered = any(reach.periods for reach in self.reaches.values())
        if made.dates is None or made.unit is None or ends is None or not gathered:
            return None
        every = periods(made.unit, ends[0], made.last or ends[1])
        stay = self._let_stay(every)
        lacking = np.setdiff1d(stay, made.dates.starts(made.unit))
        if not len(lacking):
            return None
        rule, source = self._every(made.unit)
        weekday = _weekday(made.unit, lacking)
        return Gaps(made.unit, len(lacking), len(stay), rule, source, weekday)

    def _let_stay(self, starts: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Return the periods that the rules after the join would let stay, by their date alone."""
        import pandas as pd

        key = self.definition.key or ""
        frame: Frame = nw.from_native(pd.DataFrame({key: starts}), eager_only=True)
        for rule in self.definition.table_rules:
            for test in rule.domain():
                if all(condition.column in frame.columns for condition in test.conditions):
                    frame = frame.filter(test.expression())
            possible = rule.possible({*frame.columns})
            if possible is not None and len(frame):
                frame = next(possible.over(iter([frame])))
        return np.asarray(frame[key].to_numpy().astype("datetime64[us]"))

    def _every(self, unit: str) -> tuple[str, str]:
        """Return the rule that makes rows of periods without any, and its source, if one can."""
        for name in sorted(self.reaches, key=lambda name: name != self.labels.source):
            for rule in reversed(self.definition.source_rules(name)):
                per = rule.period()
                totals = [column for column in rule.gives() if rule.totals(column)]
                if per is not None and per.unit == unit and totals:
                    made = {unit: per.name, "fill": {totals[0]: 0}}
                    return wording.keys_in_yaml({"every": made}), name
        return "", ""

    def _weeks(self) -> list[str]:
        """Say of which exports the dates may stand for weeks that do not begin on Monday."""
        return [
            f"{self.tables[name][2]}: all dates are {day}s: if they stand for weeks that begin on "
            f"{day}, most days of each are in another week here, as  week of  begins on Monday"
            for name, reach in self.reaches.items()
            if (day := reach.weekday) not in {"", wording.WEEKDAYS[0]}
        ]

    def _many(self, made: Examples) -> list[str]:
        """Say where more than a tenth of the rows lack something, and what can be done."""
        label = self.definition.label.name
        status = made.status.counts()
        counted = dict(zip(made.status.levels, status.tolist(), strict=True))
        rows = len(made) - counted["refused"] - counted["waiting"]
        incomplete = made.positions("incomplete")
        lacking = {label: made.positions("unlabelled")}
        for name in columns_needed.never_missing(self.definition):
            lacking[name] = incomplete[made.columns[name].missing[incomplete]]
        return [
            _worth_a_word(len(lost), rows, made.noun, column, self._remedy(made, lost, column))
            for column, lost in lacking.items()
            if len(lost) * _MANY > rows
        ]

    def _never_labelled(self, made: Examples) -> list[str]:
        """Say where the labels' source has no row for more than a tenth of keys without a date."""
        key, label = self.definition.join, self.definition.label.name
        if key is None or made.dates is not None:
            return []
        table, _, file = self.tables[self.labels.source]
        known = set(join.values(table[key]))
        waiting = made.positions("waiting")
        waiting = waiting[made.reasons.missing[waiting]]
        absent = sum(one not in known for one in made.columns[key].taken(waiting))
        rows = len(made) - len(made.positions("refused"))
        if absent * _MANY <= rows:
            return []
        drop = wording.keys_in_yaml({"drop_missing": {"of": label}})
        said = (
            f"{absent:,} of {wording.count(rows, made.noun)} have no {label}, as {file} has no row"
        )
        asks = f"for their {key}: is that written the same way in both?"
        return [f"{said} {asks} If that is meant, write  {drop}"]

    def _remedy(self, made: Examples, lost: Rows, column: str) -> str:
        """Return what can be done about rows that lack a column."""
        label = column == self.definition.label.name
        owner = next((n for n, (_, kinds, _) in self.tables.items() if column in kinds), None)
        drop = wording.keys_in_yaml({"drop_missing": {"of": column}})
        if owner is not None and len(self.tables) > 1 and self.definition.join:
            known = set(join.values(self.tables[owner][0][self.definition.join]))
            keys = made.columns[self.definition.join].taken(lost)
            absent = sum(key not in known for key in keys)
            if 2 * absent > len(lost):
                file = self.tables[owner][2]
                if outside := self._outside(made, lost, owner):
                    return f", as {outside}"
                absence = f", as {file} has no row for {absent:,} of them"
                every, _ = self._every(made.unit or "")
                if label and f"{wording.in_yaml(column)}: 0" in every:
                    days = _only_weekday(made, lost)
                    return (
                        f"{absence}{days}. Closed: nothing to do. Open with none: write  {every}  "
                        f"last under the rules of {owner}"
                    )
                if label:
                    return f"{absence}; if that is meant, write  {drop}"
                zeros = wording.keys_in_yaml({"fill_missing": {column: 0}})
                return f"{absence}; if that means none, write  {zeros}  after the join"
        return _ask(column, label=label)

    def _outside(self, made: Examples, lost: Rows, name: str) -> str:
        """Say that most of some rows are of periods before an export begins, or after it ends."""
        reach = self.reaches[name]
        ends = reach.ends(reach.periods)
        if made.dates is None or ends is None:
            return ""
        first, last = (np.datetime64(end, "us") for end in ends)
        dates = made.dates.starts("day")[lost]
        for outside, what in (
            (dates < first, f"before {self._says(name, 'begins')}"),
            (dates > last, f"after {self._says(name, 'ends')}"),
        ):
            if 2 * (count := int(outside.sum())) > len(lost):
                lie = "lies" if count == 1 else "lie"
                return f"{wording.count(count, made.unit or 'row')} {lie} {what}"
        return ""


def many(definition: Definition, lacking: Mapping[str, int], rows: int) -> Iterator[str]:
    """Say where more than a tenth of the rows of one export lack something.

    ``lacking`` has how many lack the label, or a feature that nothing stands in for; ``rows``
    how many there are that do not wait.
    """
    for column in (definition.label.name, *columns_needed.never_missing(definition)):
        if (lost := lacking.get(column, 0)) * _MANY > rows:
            remedy = _ask(column, label=column == definition.label.name)
            yield _worth_a_word(lost, rows, "row", column, remedy)


def _worth_a_word(lost: int, rows: int, noun: str, column: str, remedy: str) -> str:
    some = f"{lost:,} of {wording.count(rows, noun)}"
    return f"{some} are left out: {column} is missing{remedy}"


def _ask(column: str, *, label: bool) -> str:
    """Return what can be done about rows that lack a column of their own export."""
    drop = wording.keys_in_yaml({"drop_missing": {"of": column}})
    if label:
        return f"; is it exported whole? If that is meant, write  {drop}"
    return (
        f"; under  rules:  write  {wording.keys_in_yaml({'fill_missing': {column: 'VALUE'}})}  "
        f"if a value can stand for it, or  {drop}  if that is meant"
    )


def _weekday(unit: str | None, days: NDArray[np.datetime64]) -> str:
    """Return the only weekday that several days are, if one is."""
    found = {day.weekday() for day in days.tolist()}
    one = unit == "day" and len(days) > 1 and len(found) == 1
    return wording.WEEKDAYS[found.pop()] if one else ""


def _only_weekday(made: Examples, rows: Rows) -> str:
    """Say that some rows are all of one weekday, if they are."""
    weekday = "" if made.dates is None else _weekday(made.unit, made.dates.starts("day")[rows])
    return f", all {weekday}s" if weekday else ""


def _named(made: Examples, rows: Rows) -> tuple[int, list[str]]:
    """Return how many rows there are, and the names of the first ones."""
    return len(rows), made.names(rows[:MOST_NAMED])
