"""Rules that leave rows out, by one column or two (as_of: what was not known yet)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial, reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Annotated, Final, Self

import narwhals.stable.v2 as nw
from pydantic import Field, model_validator

from mlcli import wording
from mlcli.answering.domain import Condition, is_one_of
from mlcli.definition.rules.base import Doubt, OwnKeys, first_line, later, missing
from mlcli.definition.rules.kinds import WhereRule
from mlcli.definition.vocabulary import (
    ClockPhrase,
    Contradiction,
    DaysPhrase,
    DaysPhrases,
    Name,
    Names,
    OptionError,
    Scalars,
    SpanPhrase,
    Weekdays,
)
from mlcli.errors import DataError
from mlcli.grammar import cells, phrases
from mlcli.grammar.phrases import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.definition.known_columns import KnownColumns
    from mlcli.definition.rules.base import Frame, Rule


class _ByValue(WhereRule, OwnKeys):
    """A rule that compares columns with values, exactly."""

    __pydantic_extra__: dict[str, Scalars]

    @model_validator(mode="after")
    def _one_kind_each(self) -> Self:
        for column, values in self.own.items():
            if len({type(value) for value in values}) > 1:
                message = f"the values of {column!r} are of different kinds"
                hint = "put quotes around numbers that are meant as text"
                raise OptionError(message, hint, key=column)
        return self

    def contradictions(self, known: KnownColumns) -> Iterator[Contradiction]:
        """Yield what does not fit the columns, and a misspelt ``because`` among them."""
        yield from super().contradictions(known)
        for column in self.own if not self.because else ():
            if _is_nearly_because(column):
                message, hint = f"unknown key {column!r}", "did you mean 'because'?"
                yield Contradiction((), message, hint, column)

    def conditions(self) -> tuple[Condition, ...]:
        """Return: every column has one of its values."""
        return tuple(
            Condition(column, _kind_of(values[0]), "in", values)
            for column, values in self.own.items()
        )

    def says(self) -> str:
        """Return ``keep item_name = pizza``."""
        return f"{'keep' if self.keeps else 'drop'} " + " and ".join(
            f"{column} = {' or '.join(map(wording.written, values))}"
            for column, values in self.own.items()
        )

    def refuse(self, frame: Frame) -> None:
        """Raise if a cell differs from a wanted value only by case or spaces.

        Words are looked at once each: it is what ``doubts`` says, and many times quicker.
        """
        for condition in self._texts():
            folded = _folded(condition)
            words = map(str, frame[condition.column].drop_nulls().unique().to_list())
            near = [
                word
                for word in words
                if word not in condition.values and word.strip().lower() in folded
            ]
            if near:
                raise self._nearly(condition, frame.filter(nw.col(condition.column).is_in(near)))

    def doubts(self) -> Sequence[Doubt]:
        """Return the cells that differ from a wanted value only by case or spaces."""
        return [
            Doubt(_near(condition), partial(self._nearly, condition)) for condition in self._texts()
        ]

    def _texts(self) -> list[Condition]:
        return [condition for condition in self.conditions() if condition.kind == "text"]

    def _nearly(self, condition: Condition, rows: Frame) -> DataError:
        found = rows[condition.column][0]
        column, values = wording.in_yaml(condition.column), [*condition.values, found]
        hint = f"write both:  {column}: {wording.in_yaml(values)}"
        if found in {str(value).strip() for value in condition.values}:
            hint = (
                f"write  {column}: {wording.in_yaml(found)}; cells are trimmed unless their source "
                "says  blanks: keep"
            )
        return DataError(
            f"{condition.column!r} is {found!r}, which differs from the "
            f"{' or '.join(map(repr, condition.values))} of the rule only by case or spaces",
            place=first_line(rows),
            hint=hint,
        )


def _is_nearly_because(column: str) -> bool:
    """Say whether a column has the letters of ``because``, or nearly."""
    from difflib import SequenceMatcher

    word, option, enough = column.casefold(), "because", 0.85
    likeness = SequenceMatcher(None, word, option).ratio()
    return sorted(word) == sorted(option) or likeness >= enough


def _folded(condition: Condition) -> set[str]:
    """Return the wanted values without case and spaces around."""
    words = {str(value).strip().lower() for value in condition.values}
    return words | {word.replace("ς", "σ") for word in words}  # engines fold it so


def _near(condition: Condition) -> nw.Expr:
    """Return what is true where a cell is a wanted value but for case and spaces."""
    column, folded = nw.col(condition.column), _folded(condition)
    small = column.str.to_lowercase()
    alike = reduce(or_, [small.str.contains(word, literal=True) for word in folded])
    exactly = is_one_of(small.str.strip_chars(cells.SPACES), sorted(folded))
    never = nw.lit(value=False)
    # Step by step, the cheap looks first: nearly no row comes to the last.
    begins = reduce(or_, _beginnings(column, folded)) if _is_plain(folded) else ~never
    likely = nw.when(alike).then(exactly).otherwise(never)
    other = nw.when(begins).then(likely).otherwise(never)
    return nw.when(is_one_of(column, condition.values)).then(never).otherwise(other)


_FEW_LETTERS: Final = 4


def _is_plain(words: set[str]) -> bool:
    """Say whether some words begin with few letters, that is of ASCII."""
    return all(word[:1].isascii() and word for word in words) and (
        len({word[0] for word in words}) <= _FEW_LETTERS
    )


def _beginnings(column: nw.Expr, words: set[str]) -> Iterator[nw.Expr]:
    """Yield what is true where a cell may begin as one of some words, in any case."""
    yield column < "!"  # a space
    yield column > "~"  # a letter beyond ASCII, whose case is less simple
    for letter in sorted({case for word in words for case in (word[0], word[0].upper())}):
        yield (column >= letter) & (column < chr(ord(letter) + 1))


def _kind_of(value: object) -> cells.Kind:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, float) else "text"


class Keep(_ByValue):
    """Keep the rows whose columns have these values, exactly."""


class Drop(_ByValue):
    """Drop the rows whose columns have these values, exactly."""

    keeps = False


class Between(WhereRule, OwnKeys):
    """Keep the rows whose numbers or dates lie in a range, its high end left out."""

    own_keys = "COLUMN: 1 to 60"
    __pydantic_extra__: dict[str, SpanPhrase]

    def conditions(self) -> tuple[Condition, ...]:
        """Return: every column lies in its range."""
        return tuple(
            Condition(column, "date" if span.of_dates else "number", "spans", (span.text,))
            for column, span in self.own.items()
        )

    def by_nights(self, begins: Mapping[str, timedelta]) -> Self:
        """Return the rule with ranges of dates that begin and end as days do."""
        moved = {
            column: Span(
                span.text, *(end and end + begins[column] for end in (span.low, span.high))
            )
            for column, span in self.own.items()
            if span.of_dates and column in begins
        }
        return self.model_copy(update=moved)

    def stays(self) -> nw.Expr:
        """Return what is true where every column lies in its range."""
        tests = [~nw.col(column).is_null() for column in self.own]
        tests += [nw.col(c) >= span.low for c, span in self.own.items() if span.low is not None]
        tests += [nw.col(c) < span.high for c, span in self.own.items() if span.high is not None]
        return reduce(and_, tests)

    def says(self) -> str:
        """Return ``between reservations 1 to 60``."""
        return "between " + " and ".join(f"{c} {s.text}" for c, s in self.own.items())


class _ByDate(WhereRule):
    """A rule on a date: the table's own, unless ``of`` names another column."""

    about_days = True
    of: DaysPhrase | None = None

    def on(self, date: str | None) -> Self:
        """Return the rule with ``of`` filled in."""
        if self.of or date is None:
            return self
        return self.model_copy(update={"of": phrases.Per(date, date, None)})

    @property
    def column(self) -> str:
        """Return the column of the date; nothing where none is named."""
        return self.of.column if self.of else ""

    @property
    def starts(self) -> timedelta:
        """Return how long after midnight a day begins."""
        return self.of.starts if self.of else timedelta(0)

    def day_begins(self) -> dict[str, timedelta]:
        """Return when a day of that column begins."""
        return {self.of.column: self.of.starts} if self.of else {}

    def begun(self, after: timedelta) -> tuple[str, object]:
        """Return what ``of`` would be."""
        return "of", wording.begun(self.column, after)

    def stays(self) -> nw.Expr:
        """Return what is true where the day of a row is none of those that are left out."""
        (day,) = self.conditions()
        return ~day.expression(later(nw.col(self.column), -self.starts))

    def _nameless(self) -> Contradiction:
        return Contradiction((), "the rule does not say which date it means", "add  of: COLUMN")


class DropWeekdays(_ByDate):
    """Drop the rows that fall on these weekdays."""

    keeps = False
    days: Weekdays

    def conditions(self) -> tuple[Condition, ...]:
        """Return: the date falls on one of the days."""
        return (Condition(self.column, "date", "weekdays", self.days),)

    def says(self) -> str:
        """Return ``drop_weekdays Friday, Saturday``."""
        return wording.begun(f"drop_weekdays {', '.join(self.days)}", self.starts)


class DropDates(_ByDate):
    """Drop the rows that fall on these days, or in these ranges of days."""

    keeps = False
    dates: DaysPhrases

    def conditions(self) -> tuple[Condition, ...]:
        """Return: the date lies in one of the spans."""
        texts = tuple(span.text for span in self.dates)
        return (Condition(self.column, "date", "spans", texts),)

    def says(self) -> str:
        """Return ``drop_dates 2023-12-25``."""
        listed = wording.listed([span.text for span in self.dates])
        return wording.begun(f"drop_dates {listed}", self.starts)


class DropMissing(WhereRule):
    """Drop the rows in which one of these columns is empty."""

    of: Names

    def conditions(self) -> tuple[Condition, ...]:
        """Return: every column has a value."""
        return tuple(Condition(column, "any", "present", ()) for column in self.of)

    def says(self) -> str:
        """Return ``drop_missing quantity``."""
        return f"drop_missing {', '.join(self.of)}"


class AsOf(WhereRule):
    """Keep the rows that were made before a time of the day that they are for."""

    cuts_off = True
    time: ClockPhrase
    """When the question is asked, such as 12:00."""

    made: Name
    """The column that says when a row came in."""

    of: Name
    """The column that says for when it is."""

    days_before: Annotated[int, Field(ge=0, le=366)] = 0
    """How many days before that day the question is asked."""

    from_: ClockPhrase | None = Field(None, alias="from")
    """When a day begins, if not at midnight."""

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        if self.made == self.of:
            message = f"{self.made!r} cannot be both when a row came in and for when it is"
            raise OptionError(message, "name the column of when a row came in", key="made")
        return self

    @property
    def starts(self) -> timedelta:
        """Return how long after midnight a day begins."""
        return self.from_.after if self.from_ else timedelta(0)

    @property
    def cut(self) -> timedelta:
        """Return how long after the day's midnight the question is asked; before it, if below 0."""
        return self.time.after - timedelta(days=self.days_before)

    def conditions(self) -> tuple[Condition, ...]:
        """Return what each column is asked alone: that it has a date."""
        return tuple(Condition(column, "date", "present", ()) for column in (self.made, self.of))

    def stays(self) -> nw.Expr:
        """Return: it came in before the time of the day it is for, the time itself left out."""
        day = later(nw.col(self.of), -self.starts).dt.truncate("1d")
        known = nw.col(self.made) < later(day, self.cut)
        never = nw.lit(value=False)
        return nw.when(super().stays()).then(known).otherwise(never)

    def doubts(self) -> Sequence[Doubt]:
        """Return that one of the two dates is missing."""
        way = "before it, or fill the cell in the export"
        return [missing(column, self.says(), way) for column in (self.made, self.of)]

    def nothing_cut(self) -> str:
        """Return what to note where every row came in before the time."""
        return f"as of {self.asked}: nothing was cut: is {self.made} when the booking was made?"

    def instead(self, seen: Frame) -> str:
        """Ask whether the two columns are the right ones, where no row is left."""
        del seen
        return f"is {self.made} when the booking was made, and {self.of} for when it is?"

    def misplaced(
        self, before: Sequence[Rule], after: Sequence[Rule], *, joined: bool
    ) -> Sequence[Contradiction]:
        """Return that no single rows are left."""
        del after
        found = []
        if joined:
            message = "rows are cut off in a source, not after the join"
            hint = "move the rule to its source, above  count  or  sum"
            found.append(Contradiction((), message, hint))
        elif any(earlier.gathers for earlier in before):
            message = "the rows are gathered already, and none can be cut off"
            hint = "put  as_of  above the rule that gathers them"
            found.append(Contradiction((), message, hint))
        return found

    def day_begins(self) -> dict[str, timedelta]:
        """Return when a day begins that rows are for."""
        return {self.of: self.starts}

    def begun(self, after: timedelta) -> tuple[str, object]:
        """Return what ``from`` would be."""
        return "from", wording.time_of_day(after) if after else None

    @property
    def asked(self) -> str:
        """Return when the question is asked: ``12:00``, or ``12:00 the day before``."""
        days = self.days_before
        before = "" if not days else " the day before" if days == 1 else f", {days} days before"
        return f"{self.time.text}{before}"

    def says(self) -> str:
        """Return ``as_of 12:00 by booked_at``."""
        comma = "," if "," in self.asked else ""
        return f"as_of {self.asked}{comma} by {self.made}"
