"""Rules that make columns, row by row: bands, derive, rename, fill_missing and so on."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any, Self

import narwhals.stable.v2 as nw
from pydantic import Field, model_validator

from mlcli import wording
from mlcli.definition.known_columns import KnownColumns
from mlcli.definition.rules.base import Doubt, OwnKeys, first_line, kinds_of, later, read_each
from mlcli.definition.rules.kinds import ColumnsRule
from mlcli.definition.vocabulary import (
    Contradiction,
    DerivationPhrase,
    Name,
    OptionError,
    Pair,
    Scalar,
    SpanPhrase,
)
from mlcli.errors import DataError, did_you_mean, missing_extra
from mlcli.grammar import cells
from mlcli.grammar.phrases import Derivation, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import timedelta

    from mlcli.definition.known_columns import Wanted
    from mlcli.definition.rules.base import AnyFrame, Frame
    from mlcli.grammar.cells import Kind


_MOST_BANDS = 100


class Bands(ColumnsRule, OwnKeys):
    """Name the ranges of a number: ``cheap: under 5``."""

    without = "no band is named"
    own_keys = "NAME: under 5"
    __pydantic_extra__: dict[str, SpanPhrase]
    of: Name
    as_: Name = Field(alias="as")

    @model_validator(mode="after")
    def _no_gap_no_overlap(self) -> Self:
        if len(self.spans) > _MOST_BANDS:
            message = f"there are {len(self.spans):,} bands, and at most {_MOST_BANDS} are read"
            raise OptionError(message, "use the number itself, with bands as wide as matter")
        for name, span in self.spans.items():
            if span.of_dates:
                message = f"the band {name!r} ({span.text}) is of dates, not of numbers"
                raise OptionError(message, "write under 5, 5 to 20, or 20 or more", key=name)
        spans = sorted(self.spans.items(), key=lambda item: _low(item[1]))
        for (name, span), (after, following) in pairwise(spans):
            end, start = wording.written(_high(span)), wording.written(_low(following))
            bands = f"the bands {name!r} ({span.text}) and {after!r} ({following.text})"
            if _high(span) < _low(following):
                hint = f"let {after!r} begin at {end}, or add a band: {end} to {start}"
                message = f"{bands} leave a gap between {end} and {start}"
                raise OptionError(message, hint, key=after)
            if _high(span) > _low(following):
                hint = f"let one band end where the next begins; {start} is in both"
                raise OptionError(f"{bands} overlap", hint, key=after)
        return self

    @property
    def spans(self) -> dict[str, Span[float]]:
        """Return the bands by name, as written."""
        return self.own

    def levels_of(self, column: str) -> list[str]:
        """Return the names of the bands, the lowest first."""
        in_order = sorted(self.spans, key=lambda name: _low(self.spans[name]))
        return in_order if column == self.as_ else []

    def needs(self) -> dict[str, Kind]:
        """Return the number that is banded."""
        return {self.of: "number"}

    def gives(self) -> dict[str, Kind]:
        """Return the column of names."""
        return {self.as_: "text"}

    def origin(self, column: str) -> str:
        """Return the number that is banded."""
        return self.of if column == self.as_ else column

    def says(self) -> str:
        """Return ``bands of rental_cost as budget``."""
        return f"bands of {self.of} as {self.as_}"

    def doubts(self) -> Sequence[Doubt]:
        """Return that a number lies in no band."""
        number = nw.col(self.of)
        lowest, highest = min(map(_low, self.spans.values())), max(map(_high, self.spans.values()))
        if (lowest, highest) == (-inf, inf):
            return ()
        return (Doubt((number < lowest) | (number >= highest), self._outside),)

    def _outside(self, rows: Frame) -> DataError:
        return DataError(
            f"{self.of} {wording.written(rows[self.of][0])} lies in no band of {self.as_!r}",
            place=first_line(rows),
            hint="let the bands begin with  under ...  and end with  ... or more",
        )

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the band of each row; empty where the number is."""
        number = nw.col(self.of)
        made: nw.Expr = nw.lit(None, nw.String)
        for name, span in sorted(self.spans.items(), key=lambda item: -_low(item[1])):
            # From the highest band down: each takes what lies below its high end.
            made = nw.when(number < _high(span)).then(nw.lit(name)).otherwise(made)
        return frame.with_columns(made.alias(self.as_))


def _low(span: Span[float]) -> float:
    return -inf if span.low is None else span.low


def _high(span: Span[float]) -> float:
    return inf if span.high is None else span.high


class Derive(ColumnsRule, OwnKeys):
    """Work values out of a column: ``weekday: weekday of day``."""

    without = "no column is derived"
    own_keys = "NAME: weekday of COLUMN"
    __pydantic_extra__: dict[str, DerivationPhrase]

    @model_validator(mode="after")
    def _derives_something(self) -> Self:
        numbers = {d.column for d in self.derivations.values() if d.of_number}
        begins: dict[str, Derivation] = {}
        for name, d in self.derivations.items():
            if d.column in numbers and not d.of_number:
                message = f"{d.column!r} cannot be both a number and a date"
                hint = "take one of the two away, or name another column"
                raise OptionError(message, hint, key=name)
            if (other := begins.setdefault(d.column, d)).starts != d.starts and not d.of_number:
                message = f"{other.text!r} and {d.text!r} disagree about when a day begins"
                text = wording.begun(d.text.partition(" from ")[0], other.starts)
                raise OptionError(message, f"write {text}", key=name)
        return self

    @property
    def derivations(self) -> dict[str, Derivation]:
        """Return what is derived, by the name it gets."""
        return self.own

    def origin(self, column: str) -> str:
        """Return the column that a derivation looks at."""
        return self.derivations[column].column if column in self.derivations else column

    def possible(self, columns: AbstractSet[str]) -> Self | None:
        """Return the derivations of columns that are there."""
        kept = {name: d.text for name, d in self.derivations.items() if d.column in columns}
        return self.model_validate(kept) if kept else None

    def needs(self) -> dict[str, Kind]:
        """Return the dates and numbers that values are worked out of."""
        return {d.column: "number" if d.of_number else "date" for d in self.derivations.values()}

    def day_begins(self) -> dict[str, timedelta]:
        """Return when a day begins of each date that something is derived of."""
        return {d.column: d.starts for d in self.derivations.values() if not d.of_number}

    def begun(self, after: timedelta) -> tuple[str, object]:
        """Return the first derivation of a date whose days begin at another time."""
        name, d = next(
            (name, d)
            for name, d in self.derivations.items()
            if not d.of_number and d.starts != after
        )
        place = f" in {d.place}" if d.place else ""
        return name, wording.begun(f"{d.part} of {d.column}{place}", after)

    def gives(self) -> dict[str, Kind]:
        """Return numbers, but for the weekday (its name) and holiday (true, false)."""
        return {
            name: "text" if d.part in {"weekday", "holiday"} else "number"
            for name, d in self.derivations.items()
        }

    def says(self) -> str:
        """Return ``derive weekday of day``."""
        return "derive " + ", ".join(d.text for d in self.derivations.values())

    @property
    def by_expression(self) -> bool:
        """Say that holidays are looked up for the years that there are."""
        return all(d.part != "holiday" for d in self.derivations.values())

    def doubts(self) -> Sequence[Doubt]:
        """Return the logarithms of what is not positive, the roots of what is negative."""
        found = (_doubt(derivation) for derivation in self.derivations.values())
        return [doubt for doubt in found if doubt is not None]

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the values worked out."""
        return frame.with_columns(
            *(_derived(frame, d).alias(name) for name, d in self.derivations.items())
        )


def _derived(frame: Frame | nw.LazyFrame[Any], derivation: Derivation) -> nw.Expr:
    column = later(nw.col(derivation.column), -derivation.starts)
    match derivation.part:
        case "weekday":
            return _weekday(column)
        case "month":
            return column.dt.month().cast(nw.Float64)
        case "day_of_year":
            return column.dt.ordinal_day().cast(nw.Float64)
        case "log":
            return column.log()
        case "sqrt":
            return column.sqrt()
        case "holiday":
            assert isinstance(frame, nw.DataFrame)  # see by_expression
            days = _holidays(derivation.place, frame.select(column)[derivation.column])
            held = nw.when(column.dt.truncate("1d").is_in(days)).then(nw.lit("true"))
            return nw.when(~column.is_null()).then(held.otherwise(nw.lit("false")))


def _weekday(column: nw.Expr) -> nw.Expr:
    """Return the name of each date's weekday; modulo 7, as one engine numbers Sunday 0, not 7."""
    number, found = column.dt.weekday() % 7, nw.lit(None, nw.String)
    for at, name in enumerate(wording.WEEKDAYS, start=1):
        found = nw.when(number == at % 7).then(nw.lit(name)).otherwise(found)
    return found


def _doubt(derivation: Derivation) -> Doubt | None:
    """Return which numbers a derivation has no value for."""
    column = nw.col(derivation.column)
    match derivation.part:
        case "log":
            bad, needed = column <= 0, "above 0"
        case "sqrt":
            bad, needed = column < 0, "0 or more"
        case _:
            return None

    def error(rows: Frame) -> DataError:
        value = wording.written(rows[derivation.column][0])
        return DataError(
            f"{derivation.text}: {derivation.column} is {value}, and must be {needed}",
            place=first_line(rows),
            hint=f"leave such rows out first, with  "
            f"between: {{{wording.in_yaml(derivation.column)}: ...}}",
        )

    return Doubt(bad, error)


def _holidays(place: str, dates: nw.Series[Any]) -> list[object]:
    try:
        from holidays import country_holidays
    except ImportError as error:
        raise missing_extra("holidays", "holidays need") from error
    from datetime import datetime, time

    country, _, part = place.partition("-")
    years = [int(year) for year in dates.drop_nulls().dt.year().unique().to_list()]
    try:
        held = country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        raise DataError(
            f"the holidays of {place!r} are not known",
            hint="write a country's two letters, and a part of it after a dash: CA-ON",
        ) from error
    return [datetime.combine(day, time()) for day in held]


class Rename(ColumnsRule, OwnKeys):
    """Give columns other names: ``old: new``."""

    without = "no column is renamed"
    own_keys = "OLD: NEW"
    __pydantic_extra__: dict[str, Name]

    def renames(self) -> dict[str, str]:
        """Return the new names by the old."""
        return self.own

    @model_validator(mode="after")
    def _clear(self) -> Self:
        names = self.renames()
        for index, (old, new) in enumerate(names.items()):
            if new in list(names.values())[:index]:
                message = f"two columns are renamed to {new!r}"
                raise OptionError(message, "choose another name", key=old)
        return self

    def needs(self) -> dict[str, Kind]:
        """Return the columns under their old names."""
        return dict.fromkeys(self.renames(), "any")

    def gives(self) -> dict[str, Kind]:
        """Return the columns under their new names."""
        return dict.fromkeys(self.renames().values(), "any")

    def origin(self, column: str) -> str:
        """Return the old name."""
        return {new: old for old, new in self.renames().items()}.get(column, column)

    def says(self) -> str:
        """Return ``rename qty to quantity``."""
        return "rename " + ", ".join(f"{old} to {new}" for old, new in self.renames().items())

    def _needed_for(self, wanted: Mapping[str, Kind], gives: Mapping[str, Kind]) -> Wanted:
        del gives
        return {self.origin(column): kind for column, kind in wanted.items()}

    def known_after(self, known: KnownColumns) -> KnownColumns:
        """Return the columns under their new names, and which are gone."""
        names = self.renames()
        kept: Wanted = {c: kind for c, kind in known.made.items() if c not in names}
        came: Wanted = {new: known.made.get(old, "any") for old, new in names.items()}
        gone = {**known.renamed, **names}
        renamed = {old: new for old, new in gone.items() if old not in came}
        return KnownColumns({**kept, **came}, known.closed, renamed)

    def columns_after(self, columns: Sequence[str]) -> list[str]:
        """Return the columns of a table under their new names.

        Raises
        ------
        DataError
            A column is not there, or a new name is already that of another.
        """
        names = self.renames()
        for old, new in names.items():
            if old not in columns:
                raise DataError(f"there is no column {old!r}", hint=did_you_mean(old, columns))
            if new in columns and new not in names:
                raise DataError(f"there is already a column {new!r}", hint="choose another name")
        return [names.get(column, column) for column in columns]

    def contradictions(self, known: KnownColumns) -> Iterator[Contradiction]:
        """Yield what does not fit the columns, and new names that are taken."""
        yield from super().contradictions(known)
        names = self.renames()
        for old, new in names.items():
            if new in known.made and new not in names:
                message, hint = f"there is already a column {new!r}", "choose another name"
                yield Contradiction(("rename", old), message, hint, at_value=True)

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
        """Return the table with the new names, of those columns that were read."""
        there = frame.columns
        return frame.rename({old: new for old, new in self.renames().items() if old in there})


class FillMissing(ColumnsRule, OwnKeys):
    """Put a constant where a column is empty: ``reservations: 0``."""

    without = "no column is filled"
    own_keys = "COLUMN: 0"
    __pydantic_extra__: dict[str, Scalar]

    def fills(self) -> dict[str, Scalar]:
        """Return the constants by column."""
        return self.own

    def needs(self) -> dict[str, Kind]:
        """Return the columns, of the kind of their constants."""
        return kinds_of(self.fills())

    def gives(self) -> dict[str, Kind]:
        """Return the same columns, filled."""
        return self.needs()

    def known_after(self, known: KnownColumns) -> KnownColumns:
        """Return the columns filled: that of what is there, and nothing is made."""
        gives = {c: kind for c, kind in self.gives().items() if c in known.made}
        renamed = {old: new for old, new in known.renamed.items() if old not in gives}
        return replace(known, made={**known.made, **gives}, renamed=renamed)

    def says(self) -> str:
        """Return ``fill_missing reservations with 0``."""
        return "fill_missing " + ", ".join(
            f"{column} with {wording.written(value)}" for column, value in self.fills().items()
        )

    def with_columns(self, frame: AnyFrame) -> AnyFrame:
        """Return the table without those empty cells."""
        return frame.with_columns(
            *(nw.col(column).fill_null(value) for column, value in self.fills().items())
        )


class Combine(ColumnsRule, OwnKeys):
    """Make one time of a date and a time of the day: ``at: [Date, Time]``."""

    without = "no time is made"
    own_keys = "NAME: [DATE, TIME]"
    __pydantic_extra__: dict[str, Pair]

    def needs(self) -> dict[str, Kind]:
        """Return the dates, and the times of the day as they are written."""
        dates: dict[str, Kind] = {date: "date" for date, _ in self.own.values()}
        return {**dict.fromkeys((time for _, time in self.own.values()), "text"), **dates}

    def gives(self) -> dict[str, Kind]:
        """Return the times."""
        return dict.fromkeys(self.own, "date")

    def origin(self, column: str) -> str:
        """Return the date of a time."""
        return str(self.own[column][0]) if column in self.own else column

    def says(self) -> str:
        """Return ``combine Date and Time``."""
        return "combine " + ", ".join(f"{date} and {time}" for date, time in self.own.values())

    @property
    def by_expression(self) -> bool:
        """Say that times of the day are read one by one."""
        return False

    def apply(self, frame: Frame) -> Frame:
        """Return the table with the times; empty where one of the two is.

        Raises
        ------
        DataError
            A date has a time already, or a time of the day is none.
        """
        for name, (date, time) in self.own.items():
            timed = frame.filter(nw.col(date) > nw.col(date).dt.truncate("1d"))
            if len(timed):
                message = f"{date} has a time of the day already"
                raise DataError(message, place=first_line(timed), hint="take that date as it is")
            read = read_each(frame, time, cells.to_time_of_day)
            after = nw.new_series(time, read, nw.Duration("us"), backend=frame.implementation)
            frame = frame.with_columns((frame[date] + after).alias(name))
        return frame


class SplitList(ColumnsRule):
    """Read a list in a cell: JSON or Python brackets, else separated by ``by``."""

    of: Name
    as_: Name = Field(alias="as")
    by: Name = ","

    def needs(self) -> dict[str, Kind]:
        """Return the column of lists."""
        return {self.of: "text"}

    def gives(self) -> dict[str, Kind]:
        """Return lists, kept as JSON text until they are encoded."""
        return {self.as_: "text"}

    def lists(self) -> tuple[str, ...]:
        """Return that column."""
        return (self.as_,)

    def origin(self, column: str) -> str:
        """Return the column of lists as it was written."""
        return self.of if column == self.as_ else column

    def says(self) -> str:
        """Return ``split_list of gameplay_types as play``."""
        return f"split_list of {self.of} as {self.as_}"

    @property
    def by_expression(self) -> bool:
        """Say that lists are read one by one."""
        return False

    def apply(self, frame: Frame) -> Frame:
        """Return the table with each list as JSON text; an empty cell stays empty.

        Raises
        ------
        DataError
            A bracketed list that cannot be read.
        """
        lists = read_each(frame, self.of, self._listed)
        series = nw.new_series(self.as_, lists, nw.String, backend=frame.implementation)
        return frame.with_columns(series)

    def _listed(self, cell: str) -> str:
        return json.dumps(cells.to_tags(cell, by=self.by), ensure_ascii=False)
