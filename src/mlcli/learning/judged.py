"""Rows with their truths, and what was predicted for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.target import Raw, Target


@dataclass(frozen=True, slots=True)
class Judged:
    """Some rows with their truths, and what was predicted for them.

    Each sequence has n entries. Truths are numbers in the label's unit, or classes;
    ``values`` are raw predictions; ``baseline`` is the definition's own rule, ``None``
    where there is none.
    """

    keys: Sequence[str]
    truths: Sequence[Any]
    values: Sequence[Raw]
    baseline: Sequence[float] | None = None

    def answers(self, target: Target) -> list[Any]:
        """Return the predictions as they are delivered."""
        return [target.deliver(value) for value in self.values]
