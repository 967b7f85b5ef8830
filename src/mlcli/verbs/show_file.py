"""What the strict readers see in a file, and how a source would have to read it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.definition.rules.base import LINE
from mlcli.definition.source import Source
from mlcli.errors import DataError
from mlcli.exports.csv.layout import DELIMITERS, kind_of
from mlcli.exports.csv.source import CsvSource
from mlcli.exports.csv.surroundings import as_key
from mlcli.grammar import cells, date_ways, doubts, note_codes
from mlcli.grammar.column_summary import MOST_LEVELS, ColumnSeen, Tally
from mlcli.verbs.source_of_file import (
    Export,
    Followed,
    Proof,
    date_keys,
    missing,
    number_keys,
    settled,
    zone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.exports.csv.reader import CsvReader
    from mlcli.grammar.cells import Json, Kind
    from mlcli.tables.column_owners import Opened

_CHUNK_ROWS: Final = 10_000
_REMEMBERED: Final = 200_000  # different cells of all columns together
_FEWEST_TO_REMEMBER: Final = 20
_ENCODINGS: Final = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_LINE_ENDS: Final = 1 << 16  # bytes that are looked at
_FEWEST_IDS: Final = 20
_EARLY: Final = 1500
_LATE: Final = 2400


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
        How it is written, in words; ``None`` where it is no text.
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
        Keys that somebody has to decide, one or more a line, each with what it depends on.
    most
        How many different cells of a column were counted at most.
    why_open
        By such keys, what nothing in the file decides, where a column and a cell show it.
    """

    name: str
    size: int
    encoding: str | None
    delimiter: str | None
    line_ends: str | None
    rows: int
    columns: dict[str, ColumnSeen]
    head: list[tuple[int, list[str]]]
    doubts: list[str]
    source: Json
    open_keys: dict[str, str]
    most: int
    why_open: Mapping[str, str] = field(default_factory=dict)

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
            "note_codes": note_codes.codes(self.doubts),
            "source": self.source,
            "undecided": [keys.replace("\n", "  ") for keys in self.open_keys],
        }


def look(
    export: Export, *, file: str | list[str], said: Json | None = None, head: int = 0
) -> FileView:
    """Read a file, find out how a source would read it, and read it so.

    Parameters
    ----------
    export
        The file, or several.
    file
        How a source would name it, or them.
    said
        Keys of a source that are known.
    head
        How many of its first rows to keep.

    Raises
    ------
    DataError
        It cannot be read strictly, whatever a source says, or it has no rows.
    EnvironmentProblemError
        It may not be read.
    """
    keys: dict[str, Any] = {"file": file, **(said or {})}
    asked = Followed(said or {})
    seen = None
    while seen is None:
        try:
            seen = _Cells(export.opened(keys), head)
        except DataError as error:
            keys = asked.answered(keys, error)
    summaries = seen.summaries
    numbers, dates, zones = number_keys(summaries), date_keys(summaries), zone(summaries)
    summaries = {name: settled(one, numbers, dates) for name, one in summaries.items()}
    source = {**keys, **numbers.keys, **dates.keys, **zones.keys, **missing(summaries)}
    opened = seen.opened
    named = {name: one for name, one in summaries.items() if name in opened.columns}
    source, found, unread = Proof(export, source, named, numbers, dates, zones).result()
    summaries |= found
    text = opened.readers[0] if isinstance(opened, CsvSource) else None
    return FileView(
        name=export.name,
        size=export.path.stat().st_size,
        encoding=_encoding(text) if text else None,
        delimiter=DELIMITERS[text.delimiter] if text else None,
        line_ends=_line_ends(text) if text else None,
        rows=seen.rows,
        columns=summaries,
        head=seen.first,
        doubts=[
            *asked.questions,
            *_names(opened.columns),
            *(() if "columns" in keys else _not_named(summaries)),
            *_in_one_column(summaries),
            *numbers.troubles,
            *dates.troubles,
            *unread,
            *_times_apart(summaries),
            *_trimmed(summaries, opened),
            *(said for c in summaries for said in _doubts(c, summaries[c], seen.rows)),
        ],
        source=_in_order(source, text),
        open_keys=asked.open_keys | numbers.undecided | dates.undecided | zones.undecided,
        most=seen.most,
        why_open={keys: one.troubles[0] for one in (numbers, dates) for keys in one.undecided},
    )


class _Cells:
    """The cells of all columns that have a name of their own, read once as they are written."""

    def __init__(self, opened: Opened, head: int) -> None:
        self.opened = opened
        names = _labels(opened.columns)
        self.most = max(_FEWEST_TO_REMEMBER, min(MOST_LEVELS, _REMEMBERED // len(names)))
        self._tallies = {name: Tally(self.most) for name in names}
        self.first: list[tuple[int, list[str]]] = []
        self.rows = 0
        for lines, columns in _cells_of(opened):
            self.first += [
                (line, [column[i] for column in columns])
                for i, line in enumerate(lines[: head - len(self.first)])
            ]
            self.rows += len(lines)
            for tally, column in zip(self._tallies.values(), columns, strict=True):
                tally.add(column, lines)
        if not self.rows:
            raise DataError(
                "the file has a header and no rows",
                place=opened.name,
                hint="was it exported for the right days?",
            )

    @property
    def summaries(self) -> dict[str, ColumnSeen]:
        """Return what each column holds."""
        return {name: tally.finish() for name, tally in self._tallies.items()}


def _labels(columns: Sequence[str]) -> list[str]:
    """Return a label for each column; that of one without a name of its own says where it is."""
    return [
        name if name and columns.count(name) == 1 else f"{name} (column {at})".strip()
        for at, name in enumerate(columns, start=1)
    ]


def _names(columns: Sequence[str]) -> Iterator[str]:
    """Say which names a definition cannot use."""
    for at, name in enumerate(columns, start=1):
        if not name:
            yield f"column {at} has no name: a definition cannot name it"
        elif name in columns[at:] and name not in columns[: at - 1]:
            count = columns.count(name)
            yield f"{count} columns are called {name!r}: a definition cannot name them"


def _not_named(seen: Mapping[str, ColumnSeen]) -> Iterator[str]:
    """Ask whether the first line is a row, where names look like the cells below them.

    Numbers that rise from left to right may be years, or sizes, that name columns of numbers.
    """
    below = [name for name, one in seen.items() if one.summary.kind in {"number", "date"}]
    alike = [name for name in below if kind_of(name) == "0"]
    numbers = [float(name) for name in alike if cells.is_number(name)]
    rising = len(numbers) > 1 and all(one < two for one, two in pairwise(numbers))
    if alike and not (rising and len(numbers) == len(alike)):
        yield (
            f"{wording.listed(alike)}: names that look like cells: if the first line is a row, "
            "say in the source  columns: [NAME, ...]"
        )


def _in_one_column(seen: Mapping[str, ColumnSeen]) -> Iterator[str]:
    """Say that blanks may stand between cells, of a file that seems to have one column."""
    for name, one in seen.items() if len(seen) == 1 else ():
        parts = len(name.split())
        if parts > 1 and {len(level.split()) for level, _ in one.summary.levels} == {parts}:
            yield "blanks seem to stand between cells, which no source reads: export it with commas"


def _cells_of(opened: Opened) -> Iterator[tuple[list[int], Sequence[Sequence[str]]]]:
    """Yield the lines of some rows, and their cells column by column, as they are written."""
    if isinstance(opened, CsvSource):
        for reader in opened.readers:
            opened.watch.starts(opened.name, reader.text.size)
            for lines, written in _chunks(reader):
                yield lines, written
                opened.watch.advances(reader.text.read, len(lines))
            opened.watch.ends()
        return
    wanted: dict[str, Kind] = dict.fromkeys(
        (name for name in opened.columns if name and opened.columns.count(name) == 1), "any"
    )
    for chunk in opened.chunks(wanted):
        empty = [""] * len(chunk)
        columns: Sequence[Sequence[str]] = [
            [cell if isinstance(cell, str) else "" for cell in chunk[name].to_list()]
            if name in wanted
            else empty
            for name in opened.columns
        ]
        yield chunk[LINE].to_list(), columns


def _encoding(reader: CsvReader) -> str:
    """Say how letters are kept."""
    text = reader.text
    marked = " with a byte order mark" if text.marked else ""
    return _ENCODINGS.get(text.encoding, text.encoding) + marked


def _in_order(source: dict[str, Any], reader: CsvReader | None) -> dict[str, Any]:
    """Return the keys as a definition has them, with the delimiter where it is no comma."""
    if reader is not None and reader.delimiter != ",":
        source = {**source, "delimiter": as_key(reader.delimiter)}
    return {key: source[key] for key in Source.model_fields if key in source}


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


# ---- what may not be meant ------------------------------------------------------------------


def _trimmed(summaries: Mapping[str, ColumnSeen], opened: Opened) -> Iterator[str]:
    """Say of which columns cells had blanks around them; a typed file trims them itself."""
    counts = {c: seen.trimmed or opened.trimmed.get(c, 0) for c, seen in summaries.items()}
    found = {name: count for name, count in counts.items() if count}
    if found:
        yield doubts.blanks_trimmed(found)


def _doubts(name: str, seen: ColumnSeen, rows: int) -> Iterator[str]:
    """Say of one column what may not be meant."""
    summary = seen.summary
    if summary.kind == "empty":
        yield f"{name}: every cell is empty"
    if seen.odd is not None:
        line, cell = seen.odd
        order = [*date_ways.forms(cell)] if seen.mostly == "date" else []
        yield (
            f"{name}: in line {line}, {cells.shown(cell)} has the {order[0]} first, dates above it "
            "have not: no source reads both"
            if len(order) == 1
            else f"{name}: most cells are {_PLURALS[seen.mostly]}, and line {line} holds "
            f"{cells.shown(cell)}"
        )
    if seen.zero is not None:
        yield f"{doubts.zeros_lost(name, seen.zero[1])}  (line {seen.zero[0]})"
    yield from doubts.said_alike(name, seen.alike)
    if seen.nothing:
        words = wording.listed([repr(word) for word in seen.nothing])
        yield f"{name}: {words} stand{'s' if len(seen.nothing) == 1 else ''} for no value"
    yield from _of_offsets(name, seen)
    yield from _of_years(name, summary.low, summary.high)
    if summary.different == 1 and rows > 1 and not summary.missing:
        yield doubts.constant(name)
    if not seen.repeats and _counts_things(summary.kind, seen) and rows >= _FEWEST_IDS:
        yield f"{name}: no cell stands twice: an id or a name, which is no feature"


def _of_offsets(name: str, seen: ColumnSeen) -> Iterator[str]:
    """Say where times of one column may be of different clocks, or of one that is far away."""
    with_offset = {offset: line for offset, line in seen.offsets.items() if offset is not None}
    if len(with_offset) > 1:
        yield f"{name}: times carry more than one offset from UTC"
    if with_offset and None in seen.offsets:
        written = "are in UTC" if not any(with_offset) else "have one"
        yield (
            f"{name}: some times have no offset from UTC, as in line {seen.offsets[None]}, and "
            f"others {written}, as in line {min(with_offset.values())}"
        )
    elif with_offset and not any(with_offset):
        yield (
            f"{name}: every time is in UTC: say which zone days are counted in, such as  "
            "timezone: Europe/Rome,  or  timezone: UTC"
        )


def _of_years(name: str, low: object, high: object) -> Iterator[str]:
    """Say where the years of dates may be of another calendar."""
    if not isinstance(low, datetime) or not isinstance(high, datetime):
        return
    if low.year >= _LATE or high.year < _EARLY:
        yield (
            f"{name}: {low.year} to {high.year} may be years of another calendar, such as "
            "Thailand's or Iran's: they are read as ours; export dates of the Gregorian one"
        )


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
    for keys, meaning in seen.open_keys.items():
        lines += [f"    # {key}   # {meaning}" for key in keys.splitlines()]
    return "\n".join(lines)


def source_name(file: str) -> str:
    """Return a name for the source of a file: its own, without what may not stand in one."""
    stem = file.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0]
    return re.sub(r"[^\w-]+", "_", stem).strip("_").lower() or "export"
