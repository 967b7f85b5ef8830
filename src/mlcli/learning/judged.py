"""Rows with their truths, and what was predicted for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mlcli.answering.column import Words
from mlcli.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.column import Column
    from mlcli.answering.target import Raws, Target
    from mlcli.grammar.cells import Json
    from mlcli.grammar.formula import Formula
    from mlcli.statistics.arrays import Floats


HELD_OUT: Final = "holdout.json"
"""The file in which a version keeps the rows held out."""

POINTS: Final = "points.json"
"""The file in which a version of one number keeps all its rows, as points of a picture."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Some rows with their truths, and what was predicted for them.

    Each has n entries. ``truths`` are numbers in the label's unit, or classes;
    ``values`` are raw predictions; ``baseline`` is the definition's own rule, ``None``
    where there is none. ``keys`` name the rows, if anybody is to be
    told which they were; ``groups`` say what each belongs to, where a definition has groups.
    """

    keys: Sequence[str]
    truths: NDArray[Any]
    values: Raws
    baseline: Floats | None = None
    groups: Sequence[str] | None = None

    def answers(self, target: Target) -> NDArray[Any]:
        """Return the predictions as they are delivered."""
        return target.answers(self.values)

    def to_json(self, target: Target) -> list[Json]:
        """Return an object a row, as a version keeps the rows held out."""
        columns = {"row": self.keys, "truth": self.truths.tolist()}
        columns |= {"value": target.kept(self.values)}
        columns |= {} if self.groups is None else {"group": self.groups}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    @staticmethod
    def from_json(rows: list[Json], target: Target) -> Judged:
        """Return what ``to_json`` wrote; raises where it is something else."""
        keys, truths, values = ([row[k] for row in rows] for k in ("row", "truth", "value"))
        groups = [row["group"] for row in rows] if rows and "group" in rows[0] else None
        if not all(type(key) is str for key in (*keys, *(groups or ()))):
            raise TypeError(keys)
        return Judged(keys, target.truths(truths), target.restored(values), groups=groups)


def of_formula(
    formula: Formula, columns: Mapping[str, Column], rows: int, place: Callable[[int], str]
) -> Floats:
    """Return the answers of the rule in use today.

    Parameters
    ----------
    formula, columns
        The rule, and the columns of some rows.
    rows
        How many there are.
    place
        Says where a row stands.

    Raises
    ------
    DataError
        It has no value for some row.
    """
    used = {name: columns[name] for name in formula.columns}
    known = {n: (c.as_numbers() if isinstance(c, Words) else c).values for n, c in used.items()}
    found = formula.values(known, rows)
    if not np.isfinite(found).all():
        raise DataError(
            f"the baseline  {formula.text}  has no value",
            place=place(int(np.isfinite(found).argmin())),
            hint="it divides by 0 there, or a column that it uses is empty",
        )
    return found
