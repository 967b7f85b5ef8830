"""Rows as the points of a picture: each as it is where they are few, else counted in bins."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from mlcli.statistics.arrays import Flags, Floats, Rows

MOST: Final = 400
"""Points of one picture."""

_FINEST: Final = 64
"""Columns of a grid that has half as many rows."""


@dataclass(frozen=True)
class Points:
    """n points, each one row, or the rows of one bin.

    ``x`` and ``y`` are in the units of what they are of: the middle of a bin, where rows are
    counted in bins. ``learned`` and ``held`` say how many rows each stands for: those that were
    learned from, and those held out. ``bin`` is the width and the height of a bin, ``None``
    where each point is one row.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    learned: tuple[int, ...]
    held: tuple[int, ...]
    bin: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.y) == len(self.learned) == len(self.held):
            raise ValueError(len(self.x))


def of_rows(x: Floats, y: Floats, held: Flags) -> Points:
    """Return rows as at most ``MOST`` points, always the same ones of the same rows.

    More rows than that are counted in the finest grid of which no more bins hold a row. Bins
    are whole numbers wide where all values are whole, so that none holds more values than others.

    Parameters
    ----------
    x, y
        (n,) finite numbers.
    held
        (n,) whether a row was held out.
    """
    import numpy as np

    if len(x) <= MOST:
        out = held.astype(int)
        return Points(*(tuple(one.tolist()) for one in (x, y, 1 - out, out)))
    columns = _FINEST
    while True:
        across, up = _Grid.of(x, columns), _Grid.of(y, columns // 2)
        places = across.places(x) * up.most + up.places(y)
        rows = np.bincount(places)
        there = np.flatnonzero(rows)
        if len(there) <= MOST:
            break
        columns -= 4  # 28 × 14 bins are few enough in any case
    out = np.bincount(places[held], minlength=len(rows))[there]
    column, row = np.divmod(there, up.most)
    return Points(
        tuple(across.middles(column).tolist()),
        tuple(up.middles(row).tolist()),
        tuple((rows[there] - out).tolist()),
        tuple(out.tolist()),
        (across.width, up.width),
    )


class _Grid(NamedTuple):
    """Bins of one width, at most so many, beside each other from ``low`` on."""

    low: float
    width: float
    most: int

    @staticmethod
    def of(values: Floats, most: int) -> _Grid:
        """Return the bins that hold all values."""
        import numpy as np

        low, high = float(values.min()), float(values.max())
        if (values == np.floor(values)).all():
            return _Grid(low - 0.5, float(ceil((high - low + 1) / most)), most)
        return _Grid(low, (high / most - low / most) or 1.0, most)

    def places(self, values: Floats) -> Rows:
        """Return the bin of each value, counted from 0."""
        import numpy as np

        return np.minimum((values - self.low) / self.width, self.most - 1).astype(np.intp)

    def middles(self, places: Rows) -> Floats:
        """Return the middle of each of some bins."""
        import numpy as np

        return np.asarray(self.low + (places + 0.5) * self.width)
