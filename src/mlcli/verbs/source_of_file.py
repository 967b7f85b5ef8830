"""Keys of a source that reads a file: by the look of its cells, and by what errors ask for."""

from __future__ import annotations

import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from mlcli import wording
from mlcli.definition.source import Source
from mlcli.errors import AskedWronglyError, DataError
from mlcli.exports import reading
from mlcli.exports.csv.layout import kind_of
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import cells, date_notation, date_ways, number_notation
from mlcli.grammar.number_notation import NumberNotation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mlcli.definition.rules.base import Frame
    from mlcli.errors import Fix
    from mlcli.grammar.cells import Json, Kind
    from mlcli.grammar.column_summary import ColumnSeen
    from mlcli.grammar.number_notation import NumberMarks
    from mlcli.tables.column_owners import Opened

_MOST_FIXES: Final = 8  # of one problem after the other
_NEARLY_ALL: Final = 0.9  # cells of a column that look like numbers or dates


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is opened as a source says, or several of the same columns.

    Attributes
    ----------
    path
        Where it lies.
    name
        How it is named in messages.
    watch
        Is told how far reading has come.
    more
        The other files, each with its name.
    """

    path: Path
    name: str
    watch: Watch = UNWATCHED
    more: tuple[tuple[Path, str], ...] = ()

    def opened(self, keys: Json) -> Opened:
        """Return the files as keys of a source say."""
        at = ((self.path, self.name), *self.more)
        return reading.source(self.path.parent, _described(keys), self.watch, at=at)

    def read(self, keys: Json, kinds: Mapping[str, Kind]) -> Iterator[Frame]:
        """Yield columns as what they are, in chunks, or raise what keeps them from it."""
        return self.opened(keys).chunks(kinds)


def _described(keys: Json) -> Source:
    """Return a source, or raise what is wrong with an option that is a key of it."""
    try:
        return Source(**keys)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        key = getattr(cause, "key", "") or str(first["loc"][0] if first["loc"] else "")
        option = f"--{key.replace('_', '-')}: " if key else ""
        hint = getattr(cause, "hint", "")
        raise AskedWronglyError(f"{option}{cause or first['msg']}", hint=hint) from error


class Followed:
    """What errors asked for on the way to a source that reads a file.

    A sheet that is ``said`` is never exchanged for another; a range is of one sheet only.
    """

    def __init__(self, said: Iterable[str] = ()) -> None:
        self._said = {*said}
        self._sheets: tuple[Fix, ...] = ()
        self._questions: dict[tuple[str | int, ...], str] = {}
        self.open_keys: dict[str, str] = {}
        self._times = 0

    def answered(self, keys: dict[str, Any], error: DataError) -> dict[str, Any]:
        """Return the keys with the first way out of an error, or raise it."""
        ways = [
            fix
            for fix in error.fix
            if not fix.file
            and not fix.option
            and not (fix.path == ("sheet",) and "sheet" in self._said)
        ]
        found = merged(keys, ways[0].path, ways[0].value) if ways else keys
        self._times += 1
        if found == keys or self._times > _MOST_FIXES:
            raise self._with_other_sheets(keys, error)
        path, message = ways[0].path, error.problems[0].message
        if path == ("sheet",):
            self._sheets = (*ways[1:],)
        if path == ("sheet",) and "range" not in self._said:
            found.pop("range", None)
        self.open_keys.pop(_choice(ways[0]), None)
        if ways[1:]:
            self._questions[path] = f"{message}: {error.hint}"
            self.open_keys |= {_choice(fix): "if that is meant" for fix in ways[1:]}
        elif path in self._questions:
            self._questions[path] = message
        return found

    def _with_other_sheets(self, keys: Json, error: DataError) -> DataError:
        """Return an error of a sheet that nobody chose, with the others that may be meant."""
        if self._sheets:
            first, *more = error.problems
            message = f"sheet {keys['sheet']!r}: {first.message}"
            hint = f"{first.hint}; or say that another sheet is read:  {_choice(self._sheets[0])}"
            ways = (*first.fix, *self._sheets)
            error.problems = (first._replace(message=message, hint=hint, fix=ways), *more)
        return error

    @property
    def questions(self) -> list[str]:
        """Return what somebody has to look at."""
        return [*self._questions.values()]


def _choice(fix: Fix) -> str:
    """Return the key that a way out writes."""
    return f"{fix.path[-1]}: {wording.in_yaml(fix.value)}" if fix.path else ""


def merged(keys: dict[str, Any], path: Sequence[str | int], value: Any) -> dict[str, Any]:
    """Return keys with a value at a path; a mapping is merged, and ``None`` takes away."""
    if not path:
        return {**keys, **value}
    first, *more = path
    there = merged(keys.get(str(first), {}), more, value) if more else value
    new = {**keys, str(first): there}
    return {key: one for key, one in new.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Decided:
    """How all columns of a kind are written.

    ``way`` is ``None`` where that is open; ``undecided`` are the keys to choose from then,
    and what each means; ``troubles`` say why.
    """

    way: NumberMarks | tuple[str, ...] | None = None
    keys: Json = field(default_factory=dict)
    undecided: dict[str, str] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()


def number_keys(seen: dict[str, ColumnSeen]) -> Decided:
    """Return how all columns of numbers are written."""
    numbers = {name: one for name, one in seen.items() if one.summary.kind == "number"}
    ways = [m for m in number_notation.MARKS if all(m in one.marks for one in numbers.values())]
    units = list(dict.fromkeys(unit for one in numbers.values() for unit in one.units))
    below = {name for one in numbers.values() for name in one.negative}
    signs = {
        "unit": units,
        "negative": [name for name in cells.NEGATIVES if name in below],
        "text_mark": max((one.text_mark for one in numbers.values()), default=""),
    }
    beside = {key: value for key, value in signs.items() if value}
    if not ways:
        return Decided(None, beside, troubles=(_in_two_ways(numbers),))
    for name, one in numbers.items():
        readings = _readings(one.sample, ways)
        if len(readings) > 1:
            said = " or ".join(map(wording.written, readings))
            undecided = {
                _lines(
                    NumberNotation(*marks).keys or {"decimal": "."}
                ): f"if {one.sample} is {wording.written(value)}"
                for value, marks in readings.items()
            }
            trouble = f"{name}: {cells.shown(one.sample)} is {said}: nothing in the file says which"
            return Decided(None, beside, undecided, (trouble,))
    return Decided(ways[0], {**NumberNotation(*ways[0]).keys, **beside})


def _lines(keys: Json) -> str:
    """Return keys of a source as YAML, one a line."""
    return "\n".join(wording.keys_in_yaml({key: value}) for key, value in keys.items())


def _readings(sample: str, ways: Sequence[NumberMarks]) -> dict[float, NumberMarks]:
    """Return the numbers that a cell may be, each with the plainest way to it."""
    found: dict[float, NumberMarks] = {}
    for marks in ways if sample else ():
        if marks in number_notation.marks_of(sample):
            found.setdefault(number_notation.number_by(sample, marks), marks)
    return found


def _in_two_ways(numbers: dict[str, ColumnSeen]) -> str:
    """Say which columns of one file write numbers in ways that exclude each other."""
    apart = (
        f"{one} and {other} write their numbers in two ways"
        for one, other in combinations(numbers, 2)
        if set(numbers[one].marks).isdisjoint(numbers[other].marks)
    )
    all_of_them = f"{wording.listed([*numbers])} write their numbers in several ways"
    return f"{next(apart, all_of_them)}, and a source has one"


def date_keys(seen: dict[str, ColumnSeen]) -> Decided:
    """Return how all columns of dates are written that are not ISO 8601, or count time."""
    dates = {name: one for name, one in seen.items() if one.ways is not None}
    counted = [*dict.fromkeys(form for n, one in seen.items() if (form := counts_time(n, one)))]
    if not dates:
        return Decided(keys=date_notation.keys(counted)) if counted else Decided()
    ways = date_ways.in_one_source([one.ways or () for one in dates.values()])
    if not ways:
        listed = wording.listed(list(dates))
        trouble = f"{listed} write their dates in several ways, and a source has one"
        return Decided(troubles=(trouble,))
    keys = [date_notation.keys((*way.forms, *counted), way.spoken()) for way in ways]
    if len(ways) == 1:
        return Decided(ways[0].forms, keys[0])
    name, sample = next((n, one.sample) for n, one in dates.items() if len(one.ways or ()) > 1)
    days = [date_ways.by(sample, way.forms, way.spoken()) for way in ways]
    undecided = {
        wording.keys_in_yaml(one): f"if {sample} is {day}"
        for one, day in zip(keys, days, strict=True)
    }
    said = " or ".join(dict.fromkeys(days))
    trouble = f"{name}: {cells.shown(sample)} is {said}: nothing in the file says which"
    return Decided(undecided=undecided, troubles=(trouble,))


_CALLED_A_DATE: Final = re.compile(
    r"date|time|stamp|day|month|week|when|since|from|until|created|updated|opened|closed|ordered"
    r"|entered|arriv|listed|sold|made|\bat\b|_at$|_on$|datum|zeit|tag|fecha|data\b|jour|дата",
    re.IGNORECASE,
)


def counts_time(name: str, seen: ColumnSeen) -> str:
    """Return what a column of numbers counts, where its name says that it holds dates."""
    low, high = seen.summary.low, seen.summary.high
    if not isinstance(low, float) or not isinstance(high, float):
        return ""
    form = date_ways.counting(low, high)
    return form if form and _CALLED_A_DATE.search(name) else ""


def settled(seen: ColumnSeen, numbers: Decided, dates: Decided) -> ColumnSeen:
    """Return a column with the ends that it has by the notation of the file."""
    if seen.summary.kind == "number":
        low, high = (None, None) if numbers.way is None else seen.ends[numbers.way]
    elif seen.ways:
        low, high = next(
            (ends for forms, ends in seen.ends.items() if {*forms} <= {*(dates.way or ())}),
            (None, None),
        )
    else:
        return seen
    return replace(seen, summary=replace(seen.summary, low=low, high=high))


def zone(seen: dict[str, ColumnSeen]) -> Decided:
    """Return the key that times with several offsets need, or those to choose from."""
    written = [way.times for one in seen.values() for way in one.ways or ()]
    plain = [one.times for one in seen.values()]
    times = [time for some in (*plain, *written) for time in some]
    several = len({time.utcoffset() for time in times}) > 1
    if several:
        names = date_ways.zones(times)
        if len(names) == 1:
            return Decided(keys={"timezone": names[0]})
        fits = names[:_MOST_ZONES]
        undecided = {f"timezone: {name}": f"if the clock is that of {name}" for name in fits}
        if not fits:
            example = f"timezone: {date_ways.FOR_EXAMPLE}"
            undecided = {example: "or wherever the wall clock hangs: no zone has all the offsets"}
        return Decided(undecided=undecided)
    if any(len(one.offsets) > 1 for one in seen.values()):  # some have none
        example = f"timezone: {date_ways.for_example(times)}"
        utc = {} if any(t.utcoffset() for t in times) else {"times_in: UTC": _ALL_IN_UTC}
        there = {example: "or wherever the clock hangs that showed them"}
        return Decided(undecided=utc | there)
    return Decided()


_MOST_ZONES: Final = 3
_ALL_IN_UTC: Final = "if the times without an offset are in UTC too"


def missing(seen: dict[str, ColumnSeen]) -> dict[str, list[str]]:
    """Return the words that stand for nothing, unless they may be words elsewhere."""
    words = dict.fromkeys(word for one in seen.values() for word in one.nothing)
    levels = {level.strip() for one in seen.values() for level, _ in one.summary.levels}
    found = [word for word in words if word not in levels]
    return {"missing": found} if found else {}


class Proof:
    """Reads a file by what is proposed, and proposes what errors ask for.

    Parameters
    ----------
    export
        The file.
    source
        The keys of a source that were found by looking at cells.
    seen
        What each column holds.
    numbers, dates, zones
        What was decided; columns of a kind that is open are not read.
    """

    def __init__(
        self,
        export: Export,
        source: dict[str, Any],
        seen: dict[str, ColumnSeen],
        numbers: Decided,
        dates: Decided,
        zones: Decided,
    ) -> None:
        self._export, self._source, self._seen = export, source, seen
        self._open = {
            k for k, d in (("number", numbers), ("date", dates), ("date", zones)) if d.undecided
        }
        self._unread: list[str] = []

    def result(self) -> tuple[dict[str, Any], dict[str, ColumnSeen], list[str]]:
        """Return the keys, what columns hold by them, and which of them cannot be read so."""
        sure = {c: kind for c, one in self._seen.items() if (kind := self._sure(one))}
        for column, one in [*self._seen.items()]:
            for kind in () if column in sure else self._guesses(one):
                if (found := self._reads(column, kind, sure)) is not None:
                    sure[column] = kind
                    self._seen[column] = _read_as(one, kind, found)
                    break
        with suppress(DataError):
            _read_all(self._export.read(self._source, sure))
            return self._source, self._seen, self._unread
        for column, kind in sure.items():
            self._reads(column, kind, {}, sure=True)
        return self._source, self._seen, self._unread

    def _sure(self, one: ColumnSeen) -> Kind | None:
        """Return what a column is read as, beside words."""
        kind = _KINDS.get(one.summary.kind)
        return None if kind in self._open else kind

    def _guesses(self, one: ColumnSeen) -> list[Kind]:
        """Return what a column of words could be read as by keys that errors ask for."""
        found: list[Kind] = []
        if one.summary.kind == "mixed" and one.mostly in _KINDS:
            found = [_KINDS[one.mostly]]
        elif levels := one.summary.levels:
            figures = [(level, rows) for level, rows in levels if kind_of(level) == "0"]
            if sum(n for _, n in figures) >= _NEARLY_ALL * sum(n for _, n in levels):
                found = ["date", "number"]
        return [kind for kind in found if kind not in self._open]

    def _reads(
        self, column: str, kind: Kind, others: dict[str, Kind], *, sure: bool = False
    ) -> tuple[int, Any, Any] | None:
        """Return what stands in a column, if it can be read with keys that its errors ask for."""
        source = self._source
        asked = Followed()
        while True:
            try:
                found = _ends(self._export.read(source, {column: kind}), column)
                if source != self._source:
                    _read_all(self._export.read(source, others))
            except DataError as error:
                try:
                    source = self._without_words(asked.answered(source, error), column, error)
                except DataError:
                    if sure:
                        said = error.problems[0]
                        self._unread.append(
                            f"{column}: not read as a {kind}: {said.message} ({said.place})"
                        )
                    return None
            else:
                self._source = source
                return found

    def _without_words(
        self, source: dict[str, Any], column: str, error: DataError
    ) -> dict[str, Any]:
        """Return keys, or raise where what stands for nothing by them is a word elsewhere."""
        gone = {*source.get("missing", ())} - {*self._source.get("missing", ())}
        words = (
            level.strip()
            for name, one in self._seen.items()
            if name != column and one.summary.kind not in _KINDS
            for level, _ in one.summary.levels
        )
        if gone.intersection(words):
            raise error
        return source


_KINDS: Final[dict[str, Kind]] = {"number": "number", "date": "date", "true/false": "boolean"}


def _read_all(chunks: Iterator[Frame]) -> None:
    """Read chunks to their end."""
    deque(chunks, maxlen=0)


def _ends(chunks: Iterator[Frame], column: str) -> tuple[int, Any, Any]:
    """Return how many cells of a column are missing, its lowest value, and its highest."""
    missing, ends = 0, []
    for chunk in chunks:
        values = chunk[column].drop_nulls()
        missing += len(chunk) - len(values)
        ends += [values.min(), values.max()] if len(values) else []
    return missing, min(ends, default=None), max(ends, default=None)


def _read_as(one: ColumnSeen, kind: Kind, found: tuple[int, Any, Any]) -> ColumnSeen:
    """Return a column that turned out to be of another kind than its cells looked like."""
    missing, low, high = found
    summary = replace(one.summary, kind=kind, missing=missing, low=low, high=high, levels=())
    return replace(one, summary=summary, odd=None, alike=())
