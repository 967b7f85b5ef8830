"""What the strict reader sees in a CSV file, and how a source would have to read it.

The one module of ``mlcli data FILE`` that knows the reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import DataError
from mlcli.exports.csv.reader import DELIMITERS, CsvReader
from mlcli.exports.reading_progress import UNWATCHED, Watch
from mlcli.grammar import cells, date_notation, date_ways, doubts
from mlcli.grammar.column_summary import MOST_LEVELS, ColumnSeen, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mlcli.grammar.cells import Json
    from mlcli.grammar.doubts import NumberMarks

_CHUNK_ROWS: Final = 10_000
_REMEMBERED: Final = 200_000  # different cells of all columns together
_FEWEST_TO_REMEMBER: Final = 20
_LINE_ENDS: Final = 1 << 16  # bytes that are looked at
_ENCODINGS: Final = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_FEWEST_IDS: Final = 20


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as it is read.

    Attributes
    ----------
    name
        As it was asked for.
    size
        Bytes.
    encoding, delimiter, line_ends
        How it is written, in words.
    rows
        How many there are below the header.
    columns
        What each column holds, in order.
    head
        The first rows, each with its line.
    doubts
        What may not be meant.
    source
        The keys of a source that reads it.
    open_keys
        Keys that somebody has to decide, each with what it depends on.
    most
        How many different cells of a column were counted at most.
    """

    name: str
    size: int
    encoding: str
    delimiter: str
    line_ends: str
    rows: int
    columns: dict[str, ColumnSeen]
    head: list[tuple[int, list[str]]]
    doubts: list[str]
    source: Json
    open_keys: dict[str, str]
    most: int

    def to_json(self) -> Json:
        """Return the documented object."""
        return {
            "file": self.name,
            "bytes": self.size,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "line_ends": self.line_ends,
            "rows": self.rows,
            "columns": [
                {
                    "name": name,
                    "position": position,
                    **one.summary.to_json(most=MOST_LEVELS),
                    "odd": {"line": one.odd[0], "cell": one.odd[1]} if one.odd else None,
                }
                for position, (name, one) in enumerate(self.columns.items(), start=1)
            ],
            "notes": self.doubts,
            "source": self.source,
            "undecided": list(self.open_keys),
        }


def look(path: Path, *, name: str, file: str, head: int = 0, watch: Watch = UNWATCHED) -> FileView:
    """Read a file once, and say what is in it.

    Parameters
    ----------
    path
        The file.
    name
        How it is named in messages.
    file
        How a source would name it.
    head
        How many of its first rows to keep.
    watch
        Is told how far reading has come.

    Raises
    ------
    DataError
        It cannot be read strictly, or it has no rows.
    EnvironmentProblemError
        It may not be read.
    """
    reader = CsvReader(path, name=name, in_a_source=True)
    most = max(_FEWEST_TO_REMEMBER, min(MOST_LEVELS, _REMEMBERED // len(reader.columns)))
    tallies = [Tally(most) for _ in reader.columns]
    first: list[tuple[int, list[str]]] = []
    rows = 0
    watch.starts(name, reader.text.size)
    for lines, columns in _chunks(reader):
        first += [
            (line, [column[i] for column in columns])
            for i, line in enumerate(lines[: head - len(first)])
        ]
        rows += len(lines)
        for tally, column in zip(tallies, columns, strict=True):
            tally.add(column, lines)
        watch.advances(reader.text.read, len(lines))
    watch.ends()
    if not rows:
        raise DataError(
            "the file has a header and no rows",
            place=name,
            hint="was it exported for the right days?",
        )
    seen = dict(zip(reader.columns, (tally.finish() for tally in tallies), strict=True))
    numbers, dates, zones = _number_keys(seen), _date_keys(seen), _zone(seen)
    seen = {name: _settled(one, numbers, dates) for name, one in seen.items()}
    return FileView(
        name=name,
        size=path.stat().st_size,
        encoding=_ENCODINGS.get(reader.text.encoding, reader.text.encoding)
        + (" with a byte order mark" if reader.text.marked else ""),
        delimiter=DELIMITERS[reader.delimiter],
        line_ends=_line_ends(reader),
        rows=rows,
        columns=seen,
        head=first,
        doubts=[
            *numbers.troubles,
            *dates.troubles,
            *_times_apart(seen),
            *(said for column in seen for said in _doubts(column, seen[column], rows)),
        ],
        source={
            **_source(file, reader.delimiter),
            **numbers.keys,
            **dates.keys,
            **zones.keys,
            **_missing(seen),
        },
        open_keys=numbers.undecided | dates.undecided | zones.undecided,
        most=most,
    )


def _chunks(reader: CsvReader) -> Iterator[tuple[list[int], list[tuple[str, ...]]]]:
    """Yield the lines of some rows, and their cells column by column."""
    records = iter(reader)
    while chunk := list(islice(records, _CHUNK_ROWS)):
        yield [line for line, _ in chunk], list(zip(*(row for _, row in chunk), strict=True))


def _line_ends(reader: CsvReader) -> str:
    """Say how the first lines of a file end."""
    start = next(reader.body(_LINE_ENDS), b"")
    both = start.count(b"\r\n")
    found = {
        "CRLF, as Windows writes them": both,
        "LF": start.count(b"\n") - both,
        "CR": start.count(b"\r") - both,
    }
    there = [name for name, count in found.items() if count]
    return " and ".join(there) or "none"


# ---- the source that reads it ---------------------------------------------------------------


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


def _source(file: str, delimiter: str) -> Json:
    """Return the keys that say where the cells are."""
    mark = "tab" if delimiter == "\t" else delimiter
    return {"file": file, **({} if mark == "," else {"delimiter": mark})}


def _number_keys(seen: dict[str, ColumnSeen]) -> Decided:
    """Return how all columns of numbers are written."""
    numbers = {name: one for name, one in seen.items() if one.summary.kind == "number"}
    ways = [m for m in doubts.MARKS if all(m in one.marks for one in numbers.values())]
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
    if ways[0] == doubts.PLAIN_MARKS:
        return Decided(ways[0], beside)
    for name, one in numbers.items():
        readings = _readings(one.sample, ways)
        if len(readings) > 1:
            said = " or ".join(map(wording.written, readings))
            undecided = {
                _written(marks): f"if {one.sample} is {wording.written(value)}"
                for value, marks in readings.items()
            }
            trouble = f"{name}: {cells.shown(one.sample)} is {said}: nothing in the file says which"
            return Decided(None, beside, undecided, (trouble,))
    return Decided(ways[0], {**_marks_keys(ways[0]), **beside})


def _readings(sample: str, ways: Sequence[NumberMarks]) -> dict[float, NumberMarks]:
    """Return the numbers that a cell may be, each with the plainest way to it."""
    found: dict[float, NumberMarks] = {}
    for marks in ways if sample else ():
        if marks in doubts.number_marks(sample):
            found.setdefault(doubts.number_by(sample, marks), marks)
    return found


def _marks_keys(marks: NumberMarks) -> dict[str, str]:
    keys = {} if marks.decimal == "." else {"decimal": marks.decimal}
    return {**keys, "thousands": marks.thousands} if marks.thousands else keys


def _written(marks: NumberMarks) -> str:
    """Return the keys of a way to write numbers, as YAML."""
    return "  ".join(f'{key}: "{mark}"' for key, mark in _marks_keys(marks).items())


def _in_two_ways(numbers: dict[str, ColumnSeen]) -> str:
    """Say which columns of one file write numbers in ways that exclude each other."""
    apart = (
        f"{one} and {other} write their numbers in two ways"
        for one, other in combinations(numbers, 2)
        if set(numbers[one].marks).isdisjoint(numbers[other].marks)
    )
    all_of_them = f"{wording.listed([*numbers])} write their numbers in several ways"
    return f"{next(apart, all_of_them)}, and a source has one"


def _date_keys(seen: dict[str, ColumnSeen]) -> Decided:
    """Return how all columns of dates are written that are not ISO 8601, or count time."""
    dates = {name: one for name, one in seen.items() if one.ways is not None}
    counted = [*dict.fromkeys(form for n, one in seen.items() if (form := _counted(n, one)))]
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
        date_ways.written(one): f"if {sample} is {day}" for one, day in zip(keys, days, strict=True)
    }
    said = " or ".join(dict.fromkeys(days))
    trouble = f"{name}: {cells.shown(sample)} is {said}: nothing in the file says which"
    return Decided(undecided=undecided, troubles=(trouble,))


_CALLED_A_DATE: Final = re.compile(
    r"date|time|stamp|day|month|week|when|since|from|until|created|updated|opened|closed|ordered"
    r"|entered|arriv|listed|sold|made|\bat\b|_at$|_on$|datum|zeit|tag|fecha|data\b|jour|дата",
    re.IGNORECASE,
)


def _counted(name: str, seen: ColumnSeen) -> str:
    """Return what a column of numbers counts, where its name says that it holds dates."""
    low, high = seen.summary.low, seen.summary.high
    if not isinstance(low, float) or not isinstance(high, float):
        return ""
    form = date_ways.counting(low, high)
    return form if form and _CALLED_A_DATE.search(name) else ""


def _settled(seen: ColumnSeen, numbers: Decided, dates: Decided) -> ColumnSeen:
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


def _zone(seen: dict[str, ColumnSeen]) -> Decided:
    """Return the key that times with several offsets need; by a zone that has them, all stay."""
    written = [way.times for one in seen.values() for way in one.ways or ()]
    plain = [one.times for one in seen.values()]
    times = [time for some in (*plain, *written) for time in some if time.tzinfo]
    mixed = any(one.offsets > 1 for one in seen.values())
    key = date_ways.zone_key(times)
    if mixed and not key:
        example = f"timezone: {date_ways.FOR_EXAMPLE}"
        return Decided(undecided={example: "or wherever the wall clock hangs"})
    return Decided(keys=key)


def _missing(seen: dict[str, ColumnSeen]) -> dict[str, list[str]]:
    """Return the words that stand for nothing, unless they may be words elsewhere."""
    words = dict.fromkeys(word for one in seen.values() for word in one.nothing)
    levels = {level.strip() for one in seen.values() for level, _ in one.summary.levels}
    found = [word for word in words if word not in levels]
    return {"missing": found} if found else {}


# ---- what may not be meant ------------------------------------------------------------------


def _doubts(name: str, seen: ColumnSeen, rows: int) -> Iterator[str]:
    """Say of one column what may not be meant."""
    summary = seen.summary
    if summary.kind == "empty":
        yield f"{name}: every cell is empty"
    if seen.odd is not None:
        line, cell = seen.odd
        yield (
            f"{name}: most cells are {_PLURALS[seen.mostly]}, and line {line} holds "
            f"{cells.shown(cell)}"
        )
    if seen.zero is not None:
        yield f"{doubts.zeros_lost(name, seen.zero[1])}  (line {seen.zero[0]})"
    yield from doubts.said_alike(name, seen.alike)
    if seen.nothing:
        yield f"{name}: {wording.listed([repr(word) for word in seen.nothing])} stands for no value"
    if seen.offsets > 1:
        yield f"{name}: times carry more than one offset from UTC"
    elif seen.times and not any(time.utcoffset() for time in seen.times):
        yield f"{name}: every time is in UTC:  timezone:  says where the clock on the wall hangs"
    if summary.different == 1 and rows > 1 and not summary.missing:
        yield f"{name}: the same in every row: nothing can be learned from it"
    if not seen.repeats and _counts_things(summary.kind, seen) and rows >= _FEWEST_IDS:
        yield f"{name}: no cell stands twice: an id or a name, which is no feature"


def _times_apart(seen: dict[str, ColumnSeen]) -> Iterator[str]:
    """Say which columns hold the times of the day of a column of dates before them."""
    date = ""
    for name, one in seen.items():
        words = [level for level, _ in one.summary.levels]
        if words and date and all(map(cells.is_time_of_day, words)):
            pair = wording.in_yaml([date, name])
            yield f"{name}: times of the day:  combine: {{NAME: {pair}}}  makes one time of both"
        date = name if one.summary.kind == "date" else date


def _counts_things(kind: str, seen: ColumnSeen) -> bool:
    low, high = seen.summary.low, seen.summary.high
    whole = isinstance(low, float) and isinstance(high, float) and low.is_integer()
    return kind == "text" or (kind == "number" and whole and not seen.fractions)


_PLURALS: Final = {
    "number": "numbers",
    "date": "dates",
    "true/false": "true or false",
    "text": "words",
    "nothing": "words for nothing",
}


# ---- in words -------------------------------------------------------------------------------


def as_yaml(seen: FileView) -> str:
    """Return a definition's sources that read the file; what is left open stands in comments."""
    lines = ["sources:", f"  {wording.in_yaml(source_name(seen.source['file']))}:"]
    lines += [f"    {key}: {wording.in_yaml(value)}" for key, value in seen.source.items()]
    lines += [f"    # {key}   {meaning}" for key, meaning in seen.open_keys.items()]
    return "\n".join(lines)


def source_name(file: str) -> str:
    """Return a name for the source of a file: its own, without what may not stand in one."""
    stem = file.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0]
    return re.sub(r"[^\w-]+", "_", stem).strip("_").lower() or "export"
