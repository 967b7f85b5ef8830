"""Rows with their truths, and what was predicted for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.target import Raws, Target
    from mlcli.grammar.cells import Json


class HeldRows(NamedTuple):
    """The rows held out as a version keeps them: n names, truths and raw predictions."""

    keys: Sequence[str]
    truths: Sequence[Any]
    values: Sequence[Any]

    def to_json(self) -> list[Json]:
        """Return an object a row."""
        return [
            {"row": key, "truth": truth, "value": value}
            for key, truth, value in zip(*self, strict=True)
        ]

    @staticmethod
    def from_json(rows: list[Json]) -> HeldRows:
        """Return what ``to_json`` wrote; raises where it is something else."""
        return HeldRows(*([row[k] for row in rows] for k in ("row", "truth", "value")))


@dataclass(frozen=True, slots=True)
class Judged:
    """Some rows with their truths, and what was predicted for them.

    Each has n entries. ``truths`` are numbers in the label's unit, or classes;
    ``values`` are raw predictions; ``baseline`` is the definition's own rule, ``None``
    where there is none. ``keys`` name the rows.
    """

    keys: Sequence[str]
    truths: NDArray[Any]
    values: Raws
    baseline: NDArray[np.float64] | None = None

    def answers(self, target: Target) -> NDArray[Any]:
        """Return the predictions as they are delivered."""
        return target.answers(self.values)

    def kept(self, target: Target) -> HeldRows:
        """Return the rows as a version keeps them."""
        return HeldRows([*self.keys], self.truths.tolist(), target.kept(self.values))
