"""Rules that need the whole table at once: drop_duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw

from mlcli.definition.rules.base import LINE, shown
from mlcli.definition.rules.kinds import WholeRule
from mlcli.definition.vocabulary import Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.definition.rules.base import Frame
    from mlcli.grammar.cells import Kind


class DropDuplicates(WholeRule):
    """Keep the first of the rows that are the same in these columns, or in all."""

    of: Names | None = None

    def needs(self) -> dict[str, Kind]:
        """Return the columns named; every column of the file where none is."""
        return dict.fromkeys(self.of or (), "any")

    @property
    def needs_every_column(self) -> bool:
        """Say that whole rows are compared where no column is named."""
        return not self.of

    def says(self) -> str:
        """Return ``drop_duplicates of booking``."""
        return f"drop_duplicates of {', '.join(self.of)}" if self.of else "drop_duplicates"

    def apply(self, frame: Frame) -> Frame:
        """Return the first row of each, in the order of the file."""
        compared = list(self.of or shown(frame.columns))
        return frame.unique(compared, keep="first", maintain_order=True)

    def staying(self, columns: Sequence[str], among: nw.Expr) -> nw.Expr:
        """Return what is true for the first row of each, of those ``among`` which it is."""
        compared = list(self.of or shown(columns))
        first = nw.when(among).then(nw.col(LINE)).min().over(*compared)
        return among & (nw.col(LINE) == first)
