"""Exports as a start sees them: how each is written, what its columns hold, what they share."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from math import floor, log10
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.definition.yaml_text import Document, YamlError
from mlcli.errors import (
    AskedWronglyError,
    DataError,
    EnvironmentProblemError,
    Fix,
    did_you_mean,
)
from mlcli.exports.csv.source import CsvSource
from mlcli.verbs import show_file
from mlcli.verbs.source_of_file import counts_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mlcli.errors import MlcliError
    from mlcli.grammar.cells import Json, Kind
    from mlcli.verbs.show_file import FileView
    from mlcli.verbs.source_of_file import Export

_SEPARATORS: Final = (";", "|", ",", "/")
_LISTS: Final = 0.2  # of cells, that hold a separator where a column holds lists


@dataclass(frozen=True, slots=True)
class SeenExport:
    """One export.

    Attributes
    ----------
    name
        What its source is called.
    export
        The file.
    view
        What ``mlcli data FILE`` says of it.
    named
        The columns that have a name of their own.
    kept
        Columns that were read, each as one kind.
    """

    name: str
    export: Export
    view: FileView
    named: frozenset[str]
    kept: dict[tuple[str, Kind], np.ndarray] = field(default_factory=dict, repr=False)

    def holds(self, column: str) -> str:
        """Return what a column holds: number, date, true/false, text, mixed or empty.

        Numbers that count time, or are days such as 20240305, are dates.
        """
        if counts_time(column, self.view.columns[column]):
            return "date"
        return self.view.columns[column].summary.kind

    @property
    def dates(self) -> list[str]:
        """Return the columns of dates."""
        return [name for name in self.view.columns if self.holds(name) == "date"]

    @property
    def numbers(self) -> list[str]:
        """Return the columns of numbers that have a name of their own."""
        return [n for n in self.view.columns if n in self.named and self.holds(n) == "number"]

    def values(self, columns: Iterable[str], kind: Kind) -> dict[str, np.ndarray]:
        """Return columns read as one kind: (n,) dates, doubles, or words with ``None``."""
        columns = [*columns]
        wanted = {name: kind for name in columns if (name, kind) not in self.kept}
        parts: dict[str, list[np.ndarray]] = {name: [] for name in wanted}
        for chunk in self.export.read(self.view.source, wanted) if wanted else ():
            for name, found in parts.items():
                if kind == "text":
                    found.append(np.array(chunk[name].to_list(), dtype=object))
                else:
                    found.append(chunk[name].to_numpy())
        for name, found in parts.items():
            self.kept[name, kind] = np.concatenate(found).astype(_DTYPES.get(kind, "object"))
        return {name: self.kept[name, kind] for name in columns}

    def left_beside(self) -> list[str]:
        """Say what stands above and below the table, and is left out, in a line each."""
        keys, name = self.view.source, self.export.name
        if "range" in keys:
            return [f"{name}: only {keys['range']} is read; rows above and below are left out"]
        opened = self.export.opened(keys)
        if not isinstance(opened, CsvSource) or not {"skip_rows", "skip_footer"} & keys.keys():
            return []
        lines = opened.readers[0].text.lines()
        above = [*islice(lines, keys.get("skip_rows", 0))]
        below = deque(filter(str.strip, lines), maxlen=keys.get("skip_footer", 0))
        first, last = (next(filter(None, map(str.strip, one)), "") for one in (above, below))
        found = []
        if first:
            count = wording.count(len(above), "line")
            found.append(f"{name}: {count} above the header left out: {first}")
        if last:
            count = "last line" if len(below) == 1 else f"last {len(below)} lines"
            found.append(f"{name}: {count} left out: {last}")
        return found

    def periods(self, date: str, unit: str) -> np.ndarray:
        """Return (n,) the first day of the period of each row, NaT where it has no date."""
        return starts(self.values([date], "date")[date], unit)


_DTYPES: Final[Mapping[Kind, str]] = {"date": "datetime64[us]", "number": "float64"}


def starts(dates: np.ndarray, unit: str) -> np.ndarray:
    """Return (n,) the first day of the day, week (from Monday) or month of dates."""
    days = dates.astype("datetime64[D]")
    if unit == "month":
        return days.astype("datetime64[M]").astype("datetime64[D]")
    if unit == "week":
        return np.asarray(days - (days.astype("int64") + 3) % 7)  # 1970-01-01 was a Thursday
    return np.asarray(days)


def rhythm(dates: np.ndarray) -> str:
    """Return what (n,) dates stand for: months or weeks where all begin one, else days."""
    there = np.unique(dates[~np.isnat(dates)])
    if len(there) > 1:
        for unit in ("month", "week"):
            if (there == starts(there, unit)).all():
                return unit
    return "day"


def months_of_year(days: np.ndarray) -> np.ndarray:
    """Return (n,) months of days, January as 0."""
    return np.asarray(days.astype("datetime64[M]").astype("int64") % 12)


def thirds(export: SeenExport, column: str) -> tuple[Json, str] | None:
    """Return thirds of a number, edges to two digits of its span; none where it has few values.

    Beside them stands how many rows each has.
    """
    numbers = export.values([column], "number")[column]
    numbers = numbers[np.isfinite(numbers)]
    if len(np.unique(numbers)) < _MANY_NUMBERS:
        return None
    digits = 1 - floor(log10(np.ptp(numbers)))
    low, high = (round(float(edge), digits) for edge in np.quantile(numbers, [1 / 3, 2 / 3]))
    if not numbers.min() < low < high <= numbers.max():
        return None
    one, other = (wording.written(edge) for edge in (low, high))
    edges = {"low": f"under {one}", "middle": f"{one} to {other}", "high": f"{other} or more"}
    rows = int((numbers < low).sum()), int((numbers >= high).sum())
    middle = len(numbers) - sum(rows)
    return edges, f"{rows[0]:,} rows are low, {middle:,} middle and {rows[1]:,} high"


_MANY_NUMBERS: Final = 8
"""Different numbers of a column that bands are made of."""


def keys_said(texts: Iterable[str], before: Mapping[str, Json] | None = None) -> dict[str, Json]:
    """Return the keys of sources that ``--source`` says, by export, beside those said before.

    Raises
    ------
    AskedWronglyError
        A text is no YAML, or names no keys.
    """
    found = {**(before or {})}
    for text in texts:
        try:
            read = Document(text).value
        except YamlError as error:
            raise AskedWronglyError(f"--source: {error}", hint=_SOURCE) from error
        if not isinstance(read, dict) or not all(isinstance(one, dict) for one in read.values()):
            raise AskedWronglyError(f"--source: {text!r} names no keys of an export", hint=_SOURCE)
        for file, keys in read.items():
            found[file] = {**found.get(file, {}), **keys}
    return found


_SOURCE: Final = "write  --source 'till.csv: {decimal: \",\"}'"


class LookedAt(NamedTuple):
    """The exports that could be read, and those of a folder that could not, each with why."""

    exports: list[SeenExport]
    unread: dict[str, str]


def look(
    exports: Sequence[tuple[Export, str]],
    said: Mapping[str, Json],
    of_folders: Collection[str] = (),
) -> LookedAt:
    """Look at exports, each with the name that a source would give its file.

    ``said`` holds keys of sources that are known, by what names an export; ``of_folders`` the
    exports that were not named themselves, so that others may do.

    Raises
    ------
    AskedWronglyError
        Something said names no export.
    DataError
        One cannot be read strictly, whatever a source says, or has no rows.
    EnvironmentProblemError
        One may not be read.
    """
    alone: list[_Looked] = []
    left = dict(said)
    unread: dict[str, MlcliError] = {}
    for export, file in exports:
        name = _free(show_file.source_name(file), [one.seen for one in alone])
        keys = [left.pop(word) for word in [*left] if is_named(word, name, export.name)]
        known = {key: value for one in keys for key, value in one.items()}
        try:
            alone.append(_Looked(_seen(name, export, file, known), file, known))
        except (DataError, EnvironmentProblemError) as error:
            unread[export.name] = error
            if export.name not in of_folders:
                raise
    for first in unread.values() if not alone else ():
        raise first
    found: list[SeenExport] = []
    for group in _of_same_columns(alone):
        found += _together(group, found)
    for word in left:
        hint = did_you_mean(word, [one.name for one in found])
        raise AskedWronglyError(f"--source names {word!r}, which is none of the exports", hint=hint)
    return LookedAt(found, {name: str(error) for name, error in unread.items()})


class _Looked(NamedTuple):
    """A file that was looked at, as a source names it, with the keys that were said."""

    seen: SeenExport
    file: str
    known: Json


def _free(stem: str, found: Sequence[SeenExport]) -> str:
    """Return a name that no other export has."""
    name, taken = stem, {one.name for one in found}
    while name in taken:
        name = f"{stem}_{len(taken) + 1}"
    return name


def _seen(name: str, export: Export, file: str | list[str], known: Json) -> SeenExport:
    try:
        view = show_file.look(export, file=file, said=known)
    except DataError as error:
        raise _by_option(error, export) from None
    except AskedWronglyError as error:  # a key that was said is none, or has no such value
        message = f"--source: {export.name}: {str(error).removeprefix('--')}"
        raise AskedWronglyError(message, hint=error.hint or _KEYS) from None
    header = export.opened(view.source).columns
    named = frozenset(one for one in header if one and header.count(one) == 1)
    return SeenExport(name, export, view, named)


_KEYS: Final = "mlcli data FILE  shows the keys that read a file"


def _by_option(error: DataError, export: Export) -> DataError:
    """Return an error that another sheet mends with the option that names it."""
    first, *more = error.problems
    sheet = next((fix.value for fix in first.fix if fix.path == ("sheet",)), None)
    if sheet is not None:
        keys = f"{wording.in_yaml(export.path.name)}: {{sheet: {wording.in_yaml(sheet)}}}"
        hint = f"{first.hint}, with  --source {wording.quoted(keys)}"
        error.problems = (first._replace(hint=hint), *more)
    return error


def _of_same_columns(alone: Sequence[_Looked]) -> Iterable[list[_Looked]]:
    """Return files of text by their columns, as one a month has them; others are alone."""
    groups: dict[tuple[str, ...], list[_Looked]] = {}
    for one in alone:
        text = one.seen.view.delimiter is not None
        groups.setdefault(tuple(one.seen.view.columns) if text else (one.file,), []).append(one)
    return groups.values()


def _together(group: list[_Looked], found: Sequence[SeenExport]) -> list[SeenExport]:
    """Return files of the same columns as one export, or each, if no source reads all."""
    first, *others = (one.seen for one in group)
    if not others:
        return [first]
    stems = {one.name.rstrip("0123456789_-") for one in (first, *others)}  # sales-2024-01
    stem = stems.pop() if len(stems) == 1 else first.name
    more = tuple((one.export.path, one.export.name) for one in others)
    known = {key: value for one in group for key, value in one.known.items()}
    files = [one.file for one in group]
    with suppress(DataError):
        name = _free(stem or first.name, found)
        return [_seen(name, replace(first.export, more=more), files, known)]
    return [first, *others]


def is_named(word: str, name: str, path: str) -> bool:
    """Say whether a word names an export: its source, its path, its file or the stem of that."""
    file = path.replace("\\", "/").rsplit("/", 1)[-1]
    return word in {name, path, file, file.partition(".")[0]}


class OpenKeys(NamedTuple):
    """What a file cannot say for itself, and why: ``choices`` are keys, with what they mean."""

    export: SeenExport
    about: str
    why: str
    choices: dict[str, str]

    def option(self, choice: str) -> str:
        """Return the value of ``--source`` that decides it so."""
        return wording.in_yaml({self.export.export.name: Document(choice).value})

    def error(self) -> AskedWronglyError:
        """Return the error that nobody said it, with every way to do so."""
        ways = {self.option(keys): meant for keys, meant in self.choices.items()}
        return AskedWronglyError(
            f"{self.export.export.name}: {self.why}",
            hint=";  ".join(f"{m}:  --source {wording.quoted(v)}" for v, m in ways.items()),
            fix=[Fix(value, option="--source") for value in ways],
        )


def undecided(export: SeenExport) -> list[OpenKeys]:
    """Return what has to be decided before an export is read."""
    groups: dict[str, dict[str, str]] = {}
    said = {_ABOUT.get(key, key) for key in export.view.source}
    for keys, meaning in export.view.open_keys.items():
        first = keys.partition(":")[0]
        about = _ABOUT.get(first, first)
        groups.setdefault(about, {})[keys] = meaning
    why = export.view.why_open
    return [
        OpenKeys(
            export,
            about,
            next((why[keys] for keys in ways if keys in why), f"{about} is not to be seen in it"),
            ways,
        )
        for about, ways in groups.items()
        if about not in said
    ]


_ABOUT: Final = {
    **dict.fromkeys(("decimal", "thousands"), "how numbers are written"),
    "dates": "how dates are written",
    **dict.fromkeys(("timezone", "times_in"), "where the clock hangs"),
}


def separator(words: Sequence[str]) -> str:
    """Return what stands between the parts of cells that are lists; nothing where none are.

    ``words`` are the different cells. Lists stand in brackets; or a fifth of the cells are
    several parts, and these are half as many as the cells at most, as they come again.
    """
    if words and all(word.startswith("[") and word.endswith("]") for word in words):
        return ","
    for by in _SEPARATORS:
        lists = [word for word in words if by in word]
        parts = {part.strip() for word in words for part in word.split(by)}
        if len(lists) >= _LISTS * len(words) and lists and 2 * len(parts) <= len(words):
            return by
    return ""
