"""Rows with their truths, and what was predicted for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.target import Raws, Target


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
