"""Names of the kinds of arrays that rooms hand each other, for type checkers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Objects = NDArray[np.object_]
    Codes = NDArray[np.intp]
    """Places in a list of names, counted from zero."""
    Rows = NDArray[np.intp]
    """Places of rows, counted from zero."""
