"""What a column holds: how much is missing, from where to where, which words how often.

``Summary`` says it of values; a tally finds it out of text, chunk by chunk, in bounded
memory, with the notation in which a source would have to read it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from mlcli import wording
from mlcli.grammar import cells, date_ways, doubts, number_notation
from mlcli.grammar.date_ways import DateWays, TimesSeen
from mlcli.grammar.words import stands_for_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.grammar.date_ways import DateWay


@dataclass(frozen=True, slots=True)
class Summary:
    """One column of a table, in a few figures.

    Attributes
    ----------
    kind
        What it holds, such as ``number``.
    missing
        How many rows have no value.
    low, high
        The ends of numbers and dates; ``None`` for words, and where there is no value.
    different
        How many different values there are; ``None`` where they were too many to count.
    levels
        Of words, each with how often it stands there: the commonest first, ties by
        the alphabet. Empty for numbers and dates, and where they were too many.
    """

    kind: str
    missing: int
    low: float | datetime | None = None
    high: float | datetime | None = None
    different: int | None = 0
    levels: tuple[tuple[str, int], ...] = ()

    def to_json(self, *, most: int) -> cells.Json:
        """Return plain data, with at most so many levels."""
        ends = [
            wording.written(end) if isinstance(end, datetime) else end
            for end in (self.low, self.high)
        ]
        return {
            "kind": self.kind,
            "missing": self.missing,
            "low": ends[0],
            "high": ends[1],
            "different": self.different,
            "levels": [{"level": level, "rows": rows} for level, rows in self.levels[:most]],
        }

    def holds(self, *, most: int = 4) -> str:
        """Return the range, or the commonest words and how many more, in words."""
        if self.low is not None and self.high is not None:
            low, high = wording.readable(self.low), wording.readable(self.high)
            return low if low == high else f"{low} to {high}"
        if not self.levels:
            return ""
        if self.levels[0][1] == 1 and len(self.levels) > 1:
            return f"all different: {self._listed(2)}"
        return self._listed(most, counts=True)

    def _listed(self, most: int, *, counts: bool = False) -> str:
        """Return the first levels as they are shown beside each other, the lines of each in one."""
        first = self.levels[:most]
        names = wording.cut_apart([" ".join(level.split()) for level, _ in first], _LONGEST)
        shown = [
            f"{name} {n:,}" if counts else name for name, (_, n) in zip(names, first, strict=True)
        ]
        return wording.some(shown, len(self.levels), most=most)


_LONGEST = 30


def commonest(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return words with their counts, the commonest first, ties by the alphabet."""
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def of_words(kind: str, missing: int, counts: Mapping[str, int]) -> Summary:
    """Summarise words by how often each stands there; of lists of tags, every tag counts."""
    return Summary(kind, missing, different=len(counts), levels=commonest(counts))


Sort = Literal["number", "figure", "code", "date", "day", "flag", "nothing", "text"]
"""What one cell is: ``figure`` and ``day`` are a number and a date that are written
otherwise, ``code`` has more digits than a number is kept with, ``nothing`` is a word such
as ``n/a``."""

MOST_LEVELS: Final = 1000
_LETTERS_A_LEVEL: Final = 100
_POINTS_AS_GROUPS: Final = number_notation.NumberMarks(",", ".")
_MOST_WORDS_FOR_NOTHING: Final = 5
_NAMES: Final[dict[Sort, str]] = {
    "figure": "number",
    "code": "text",
    "day": "date",
    "flag": "true/false",
}

T = TypeVar("T", float, datetime)


class Extremes(Generic[T]):
    """The least and the greatest of some values."""

    def __init__(self) -> None:
        self.ends: tuple[T, T] | None = None

    def take(self, value: T) -> None:
        """Stretch to a value."""
        low, high = self.ends or (value, value)
        self.ends = min(low, value), max(high, value)


Ends = tuple[float | datetime | None, float | datetime | None]


def _hull(spans: Sequence[Extremes[T]]) -> tuple[T | None, T | None]:
    """Return the ends of several spans together."""
    ends = [span.ends for span in spans if span.ends is not None]
    if not ends:
        return None, None
    return min(low for low, _ in ends), max(high for _, high in ends)


def sort_of(cell: str) -> Sort:
    """Say what one cell that is not empty is."""
    if cells.is_number(cell):
        if cells.is_exact(cell):
            return "number"
        return "code" if abs(float(cell.strip())) <= cells.LARGEST else "text"
    if cells.is_date(cell) and _is_real(cell):
        return "date"
    if cells.is_flag(cell):
        return "flag"
    if any(map(str.isdecimal, cell)):  # else it is no day and no number, however written
        if date_ways.are_any(cell):
            return "day"
        if number_notation.marks_of(cell):
            return "figure"
    return "nothing" if stands_for_nothing(cell) else "text"


def _starts_with_zero(number: str) -> bool:
    """Say whether a number begins with a 0 too many; quick where it does not."""
    return number.lstrip(" +-")[:1] == "0" and doubts.leading_zero([number]) is not None


def _is_real(cell: str) -> bool:
    try:
        cells.to_date(cell)
    except cells.CellError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """What the cells of one column are.

    Attributes
    ----------
    summary
        Kind, range or levels; the kind is ``mixed`` where one notation cannot read all.
    odd
        Of a mixed column, the line and the cell of the first that is not what most are.
    mostly
        Of a mixed column, what most cells are.
    marks
        The ways in which numbers may be written; all that there are if it holds none.
    ways
        The ways in which dates that are not ISO 8601 may be written; ``None`` if there
        are none such.
    ends
        The least and the greatest value by each of those ways.
    fractions
        Whether some number is certainly not whole.
    units, negative, text_mark
        What stands beside numbers, as a source says it.
    nothing
        Words in a column of numbers or dates that stand for an empty cell.
    sample
        A cell by which the ways differ, or else the first that is written otherwise.
    zero
        The line and the cell of the first number that begins with a 0 too many.
    alike
        Words that look alike.
    offsets
        The different offsets from UTC that times carry, each with the first line of such; none
        at all is ``None``.
    times
        Times with an offset, as ``TimesSeen`` keeps them.
    trimmed
        How many words have blanks around them.
    repeats
        Whether a cell was found twice.
    """

    summary: Summary
    odd: tuple[int, str] | None = None
    mostly: str = ""
    marks: tuple[number_notation.NumberMarks, ...] = number_notation.MARKS
    ways: tuple[DateWay, ...] | None = None
    ends: Mapping[number_notation.NumberMarks | tuple[str, ...], Ends] = field(default_factory=dict)
    fractions: bool = False
    units: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    text_mark: str = ""
    nothing: tuple[str, ...] = ()
    sample: str = ""
    zero: tuple[int, str] | None = None
    alike: tuple[doubts.Alike, ...] = ()
    offsets: Mapping[timedelta | None, int] = field(default_factory=dict)
    times: tuple[datetime, ...] = ()
    trimmed: int = 0
    repeats: bool = False


@dataclass(slots=True)
class Tally:
    """Gathers what the cells of one column are.

    ``most`` is how many different cells are remembered; beyond that (or where they are
    very long) it is only known that there are more.
    """

    most: int = MOST_LEVELS
    missing: int = 0
    sorts: Counter[Sort] = field(default_factory=Counter)
    first: dict[Sort, tuple[int, str]] = field(default_factory=dict)
    levels: dict[str, int] | None = field(default_factory=dict)
    repeats: bool = False
    trimmed: int = 0
    zero: tuple[int, str] | None = None
    units: dict[str, None] = field(default_factory=dict)
    negative: dict[str, None] = field(default_factory=dict)
    text_mark: str = ""
    nothing: dict[str, None] = field(default_factory=dict)
    offsets: dict[timedelta | None, int] = field(default_factory=dict)
    times: TimesSeen = field(default_factory=TimesSeen)
    broken: tuple[int, str] | None = None
    _known: dict[str, Sort] = field(default_factory=dict)
    _letters: int = 0
    _fractions: bool = False
    _grouped: bool = False
    _marks: dict[number_notation.NumberMarks, Extremes[float]] = field(
        default_factory=lambda: {marks: Extremes() for marks in number_notation.MARKS}
    )
    _whole: Extremes[float] = field(default_factory=Extremes)
    _pointed: Extremes[float] = field(default_factory=Extremes)
    _dates: Extremes[datetime] = field(default_factory=Extremes)
    _ways: DateWays | None = None
    _samples: dict[str, str] = field(default_factory=dict)

    def add(self, column: Sequence[str], lines: Sequence[int]) -> None:
        """Take the cells of some rows, each with its line; blanks around them are no part."""
        padded, column = column, [cell.strip() for cell in column]
        self.trimmed += sum(a != b != "" for a, b in zip(padded, column, strict=True))
        for cell, count in Counter(column).items():
            if cell in self._known:  # looked at before
                self.sorts[self._known[cell]] += count
                self._remember(cell, count)
                continue
            if not cell:
                self.missing += count
                continue
            sort = sort_of(cell)
            self.sorts[sort] += count
            if sort not in self.first:
                self.first[sort] = lines[column.index(cell)], cell
            if self._remember(cell, count):
                self._known[cell] = sort
            self._look(cell, sort, column, lines)

    def _remember(self, cell: str, count: int) -> bool:
        """Count a cell; say whether there was room to remember it."""
        known = cell in self._known
        self.repeats = self.repeats or count > 1 or known
        if self.levels is None:
            return False
        if known:
            self.levels[cell] += count
            return True
        self._letters += len(cell)
        if len(self.levels) < self.most and self._letters <= self.most * _LETTERS_A_LEVEL:
            self.levels[cell] = count
        else:
            self.levels = None
        return self.levels is not None

    def _look(self, cell: str, sort: Sort, column: Sequence[str], lines: Sequence[int]) -> None:
        """Note what a different cell says about the notation of its column."""
        match sort:
            case "number":
                self._number(cell)
                if self.zero is None and _starts_with_zero(cell):
                    self.zero = lines[column.index(cell)], cell
            case "figure":
                self._figure(cell)
                if not self._marks:
                    self.broken = self.broken or (lines[column.index(cell)], cell)
            case "date":
                when = cells.to_date(cell)
                if (offset := when.utcoffset()) not in self.offsets:
                    self.offsets[offset] = lines[column.index(cell)]
                self._time(when)
            case "day":
                self._ways = self._ways or DateWays()
                if not self._ways.take(cell):
                    self.broken = self.broken or (lines[column.index(cell)], cell)
            case "nothing":
                if len(self.nothing) <= _MOST_WORDS_FOR_NOTHING:
                    self.nothing[cell.strip()] = None
            case _:
                pass

    def _number(self, cell: str) -> None:
        value = float(cell.strip())
        if "." not in cell:
            self._whole.take(value)
            return
        self._pointed.take(value)
        if self._fractions:
            return
        if _POINTS_AS_GROUPS in number_notation.marks_of(cell):  # 1.234
            self._grouped = True
            self._samples.setdefault("figure", cell)
            if _POINTS_AS_GROUPS in self._marks:
                number = number_notation.number_by(cell, _POINTS_AS_GROUPS)
                self._marks[_POINTS_AS_GROUPS].take(number)
        else:
            self._fractions = True

    def _figure(self, cell: str) -> None:
        ways = number_notation.marks_of(cell)
        if len({number_notation.number_by(cell, marks) for marks in ways}) > 1:
            self._samples.setdefault("figure", cell)
        self._samples.setdefault("any figure", cell)
        units, negative, text_mark = number_notation.signs_of(cell)
        self.units |= dict.fromkeys(units)
        self.negative |= dict.fromkeys(negative)
        self.text_mark = self.text_mark or text_mark
        self._marks = {marks: span for marks, span in self._marks.items() if marks in ways}
        for marks, span in self._marks.items():
            span.take(number_notation.number_by(cell, marks))

    def _time(self, when: datetime) -> None:
        if when.tzinfo:
            self.times.take(when)
        self._dates.take(when.replace(tzinfo=None))

    @property
    def marks(self) -> tuple[number_notation.NumberMarks, ...]:
        """Return the ways of writing numbers that read every number of the column."""
        return tuple(
            marks
            for marks in self._marks
            if marks.decimal == "."
            or not (self._fractions or (self._grouped and marks.thousands != "."))
        )

    def finish(self) -> ColumnSeen:
        """Return what the column holds."""
        sorts = {sort for sort in self.sorts if sort != "nothing"}
        nothing = tuple(self.nothing) if len(self.nothing) <= _MOST_WORDS_FOR_NOTHING else ()
        if not self.sorts:
            return ColumnSeen(Summary("empty", self.missing))
        if "code" in sorts and sorts <= {"code", "number"}:
            return self._words("text")
        if not sorts or sorts <= {"text", "code", "flag"}:
            return self._words("true/false" if sorts == {"flag"} and not self.nothing else "text")
        told = bool(nothing) or not self.nothing
        if sorts <= {"number", "figure"} and self.marks and told:
            return self._numbers(nothing)
        if sorts <= {"date", "day"} and (self._ways is None or self._ways.ways) and told:
            return self._days(nothing)
        return self._mixed()

    def _words(self, kind: str) -> ColumnSeen:
        words = self.levels or {}
        return ColumnSeen(
            Summary(kind, self.missing, different=self._different(), levels=commonest(words)),
            alike=tuple(doubts.look_alikes(words)) if kind == "text" else (),
            trimmed=self.trimmed,
            repeats=self.repeats,
        )

    def _numbers(self, nothing: tuple[str, ...]) -> ColumnSeen:
        ends: dict[number_notation.NumberMarks | tuple[str, ...], Ends] = {}
        for marks in self.marks:
            plainly = [] if marks.thousands == "." else [self._pointed]
            ends[marks] = _hull([self._whole, self._marks[marks], *plainly])
        low, high = ends[self.marks[0]]
        return ColumnSeen(
            Summary("number", self._emptied(nothing), low, high, self._different(nothing)),
            marks=self.marks,
            ends=ends,
            fractions=self._fractions or "figure" in self.sorts,
            units=tuple(self.units),
            negative=tuple(name for name in cells.NEGATIVES if name in self.negative),
            text_mark=self.text_mark,
            nothing=nothing,
            sample=self._samples.get("figure") or self._samples.get("any figure", ""),
            zero=self.zero,
            repeats=self.repeats,
        )

    def _days(self, nothing: tuple[str, ...]) -> ColumnSeen:
        ways = None if self._ways is None else self._ways.ways
        plain = [self._dates.ends] if self._dates.ends else []
        ends: dict[number_notation.NumberMarks | tuple[str, ...], Ends] = {}
        for way in ways or ():
            spans = [way.ends, *plain]
            ends[way.forms] = min(low for low, _ in spans), max(high for _, high in spans)
        low, high = next(iter(ends.values()), self._dates.ends or (None, None))
        return ColumnSeen(
            Summary("date", self._emptied(nothing), low, high, self._different(nothing)),
            ways=ways,
            ends=ends,
            nothing=nothing,
            sample=self._ways.sample if self._ways else "",
            offsets=self.offsets,
            times=self.times.ends,
            repeats=self.repeats,
        )

    def _mixed(self) -> ColumnSeen:
        """Return the column with the first cell that is not what most cells are."""
        most = max(self.sorts, key=lambda sort: self.sorts[sort])
        kin = {sort for sort in self.sorts if _NAMES.get(sort, sort) == _NAMES.get(most, most)}
        others = [self.first[sort] for sort in self.sorts if sort not in kin | {"nothing"}]
        odd = min(others) if others else self.broken or max(self.first.values())
        return ColumnSeen(
            Summary("mixed", self.missing, different=self._different()),
            odd=odd,
            mostly=_NAMES.get(most, most),
            repeats=self.repeats,
        )

    def _emptied(self, nothing: tuple[str, ...]) -> int:
        return self.missing + (self.sorts["nothing"] if nothing else 0)

    def _different(self, nothing: tuple[str, ...] = ()) -> int | None:
        if self.levels is None:
            return None
        return sum(level.strip() not in nothing for level in self.levels)
