"""How an export writes its numbers, dates and missing cells, where that is not plainly.

A notation is what a source says of its cells: ``decimal``, ``thousands``, ``unit``,
``dates`` and ``missing``. The plain one reads what ``cells`` reads, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mlcli import wording
from mlcli.errors import Fix
from mlcli.grammar import cells, date_ways, number_notation
from mlcli.grammar.cells import CellError, Kind, Value, stands_for_nothing
from mlcli.grammar.date_notation import DateNotation
from mlcli.grammar.number_notation import NumberNotation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mlcli.grammar.cells import Json


@dataclass(frozen=True)
class Notation(DateNotation, NumberNotation):
    """What may stand in a cell besides the plain forms.

    Attributes
    ----------
    missing
        Words that stand for an empty cell, beside the empty cell itself.
    """

    missing: frozenset[str] = frozenset()

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
    ) -> tuple[str, tuple[Fix, ...]]:
        """Return what to do about a cell, in words and for a program.

        It is mended, or its source says more of how cells are written. ``among`` are the cells
        of its column; ``zoned`` says that the source has a time zone.
        """
        if kind == "number" and self.is_number(cell):  # one that is too large
            return error.hint, error.fix
        ways: list[str] = []
        keys: list[Json] = []
        meant = ""
        others = [*among]
        if stands_for_nothing(cell):
            word = cell.strip()
            ways = [f"missing: [{wording.in_yaml(word)}]"]
            keys = [{"missing": [*sorted(self.missing), word]}]
        elif kind == "number":
            keys = number_notation.ways(cell, self, others)
            ways = [*map(number_notation.written, keys)]
        elif kind == "date":
            keys, meant = date_ways.suggested(cell, self, others, zoned=zoned)
            ways = [*map(date_ways.written, keys)]
        if ways:
            sure = tuple(map(Fix, keys)) if len(keys) == 1 else ()  # of two, somebody chooses
            said = f"{error.hint}, or say in its source  {'  or  '.join(ways)}{meant}"
            return said, sure or error.fix
        more = ", or what it says" if error.hint == self.mend_number else ""
        if kind == "number" and cell.strip().isalpha() and any(map(self.is_number, others)):
            more += f", or say in its source  missing: [{wording.in_yaml(cell.strip())}]"
            more += "  if it stands for no number"
        return error.hint + more, error.fix

    def reader(self, kind: Kind) -> Callable[[str], Value]:
        """Return the function that reads cells of a kind."""
        readers: dict[Kind, Callable[[str], Value]] = {"number": self.number, "date": self.date}
        return readers.get(kind, cells.READERS[kind])


PLAIN: Final = Notation()
