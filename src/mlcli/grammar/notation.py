"""How an export writes its numbers, dates and missing cells, where that is not plainly.

A notation is what a source says of its cells: ``decimal``, ``thousands``, ``unit``,
``dates`` and ``missing``. The plain one reads what ``cells`` reads, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.errors import Fix
from mlcli.grammar import cells, date_ways, number_notation
from mlcli.grammar.cells import CellError, Kind, Value
from mlcli.grammar.date_notation import DateNotation
from mlcli.grammar.words import stands_for_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mlcli.grammar.cells import Json


@dataclass(frozen=True)
class Notation(DateNotation):
    """What may stand in a cell besides the plain forms.

    Attributes
    ----------
    missing
        Words that stand for an empty cell, beside the empty cell itself.
    keeps_blanks
        Whether blanks around words are a part of them.
    """

    missing: frozenset[str] = frozenset()
    keeps_blanks: bool = field(default=False, kw_only=True)

    def to_json(self) -> Json:
        """Return plain data, of what a question may be written in."""
        marks = {key: getattr(self, key) for key in _MARKS}
        words = {key: [*getattr(self, key)] for key in _LISTS}
        found = {**marks, **words, "missing": sorted(self.missing)}
        return {key: value for key, value in found.items() if value}

    @staticmethod
    def from_json(data: object) -> Notation:
        """Rebuild what ``to_json`` wrote; raises ``TypeError`` where it is nothing such."""
        known: dict[str, Any] = {**data} if isinstance(data, dict) else {"decimal": None}
        marks = {key: known.get(key, "") for key in _MARKS}
        lists = {key: known.get(key, []) for key in (*_LISTS, "missing")}
        words = [word for one in lists.values() if isinstance(one, list) for word in one]
        sound = all(isinstance(one, list) for one in lists.values())
        if not sound or not all(type(one) is str for one in (*marks.values(), *words)):
            raise TypeError(data)
        if marks["decimal"] not in {".", ","}:
            raise TypeError(data)
        said: dict[str, Any] = {key: tuple(lists[key]) for key in _LISTS}
        return Notation(**marks, **said, missing=frozenset(lists["missing"]))

    def is_missing(self, cell: str) -> bool:
        """Say whether a cell holds nothing, or a word for nothing."""
        return not cell or cell.isspace() or (bool(self.missing) and cell.strip() in self.missing)

    def hint(
        self,
        cell: str,
        kind: Kind,
        error: CellError,
        among: Iterable[str] = (),
        *,
        zoned: bool = False,
    ) -> tuple[str, tuple[Fix, ...], str | None]:
        """Return what to do about a cell, in words and for a program, and the cell to write.

        Its source says more of how cells are written, or it is mended. ``among`` are the cells
        of its column; ``zoned`` says that the source has a time zone.
        """
        if kind == "number" and self.is_number(cell):  # one that is too large
            return error.hint, (), None
        keys: list[Json] = []
        meant = ""
        others = [*among]
        empty = {"missing": [*sorted(self.missing), cell.strip()]}
        if stands_for_nothing(cell):
            keys = [empty]
        elif kind == "number":
            keys = number_notation.ways(cell, self, others)
        elif kind == "date":
            keys, meant = date_ways.suggested(cell, self, others, zoned=zoned)
        if keys:
            ways = map(wording.keys_in_yaml, keys)
            sure = tuple(map(Fix, keys)) if len(keys) == 1 else ()  # of two, somebody chooses
            said = f"{error.hint}, or say in its source  {'  or  '.join(ways)}{meant}"
            return said, sure, error.instead
        instead = None if meant else error.instead  # where the whole column is in doubt
        more = meant or (", or what it says" if error.hint == self.mend_number else "")
        if kind == "number" and cell.strip().isalpha() and any(map(self.is_number, others)):
            more += f", or say in its source  {wording.keys_in_yaml(empty)}"
            more += "  if it stands for no number"
        if kind == "date" and not any(map(str.isdigit, cell)) and any(map(self.is_date, others)):
            more += f", or say in its source  {wording.keys_in_yaml(empty)}"
            more += "  if it stands for no date; the rule  drop_missing  leaves its row out"
        return error.hint + more, (), instead

    def reader(self, kind: Kind) -> Callable[[str], Value]:
        """Return the function that reads cells of a kind."""
        readers: dict[Kind, Callable[[str], Value]] = {"number": self.number, "date": self.date}
        if kind in WORDS and not self.keeps_blanks:
            return lambda cell: cells.to_text(cell).strip()
        return readers.get(kind, cells.READERS[kind])

    def either(self, cell: str, kind: Kind) -> Value | None:
        """Read a number or a date as the export writes them or plainly, whichever reads it.

        Raises
        ------
        TwoReadingsError
            Both do, and differ.
        CellError
            Neither does.
        """
        found, error = self._both(cell, kind)
        if not found:
            assert error is not None
            raise error
        if len(found) > 1:
            ways = [next(w for w in _ways_to_write(v) if self._is(w, v, kind)) for v in found]
            raise cells.TwoReadingsError(cell, tuple(found), tuple(ways))
        return found[0]

    def _both(self, cell: str, kind: Kind) -> tuple[list[Value | None], CellError | None]:
        """Return the values that a cell may be, the plain one first, and why it may be none."""
        found: list[Value | None] = []
        why: CellError | None = None
        for read in (cells.READERS[kind], self._there(kind)):
            try:
                value = read(cell)
            except CellError as error:
                why = why or error
            else:
                found += [] if value in found else [value]
        return found, why

    def _there(self, kind: Kind) -> Callable[[str], Value | None]:
        read = self.reader(kind)
        return lambda cell: None if self.is_missing(cell) else read(cell)

    def _is(self, cell: str, value: Value | None, kind: Kind) -> bool:
        """Say whether a cell is a value and no other."""
        return self._both(cell, kind)[0] == [value] if cell else value is None

    def pads(self, cell: str) -> bool:
        """Say whether a word stands between blanks that are no part of it."""
        return not self.keeps_blanks and cell != cell.strip() and not self.is_missing(cell)


def _ways_to_write(value: Value | None) -> Iterator[str]:
    """Yield ways to write a value, the plainest first."""
    text = wording.written(value)
    yield from (text, cells.unmistakable(text))
    if isinstance(value, float):
        yield from (f"{text}.0", f"{text}0", f"{value:e}", f"+{text}")
    yield ""


_MARKS: Final = ("decimal", "thousands", "text_mark", "language", "times_in", "timezone")
_LISTS: Final = ("units", "negative", "dates")

WORDS: Final = ("text", "any", "either")
"""The kinds of columns whose cells come as words."""

WRITTEN: Final = ("number", "date")
"""The kinds of columns whose cells an export may write in its own way."""

PLAIN: Final = Notation()
