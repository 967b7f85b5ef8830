"""Run a plain script with the rows held out that mlcli holds out: then both find the same.

python benchmarks/same_rows.py SCRIPT [WORD]...

The scripts draw their rows with scikit-learn's ``train_test_split``, mlcli with Python's own
generator. Figures of other rows are others; here the script gets mlcli's rows, in their order.
"""

from __future__ import annotations

import runpy
import sys
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import sklearn.model_selection as drawn_by

from mlcli.learning.splits import drawing


def held_out(rows: int, share: float, seed: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which of some rows ``holdout: random`` holds out, as a mask (n,)."""
    order = list(range(rows))
    drawing(seed).shuffle(order)
    held = np.zeros(rows, dtype=bool)
    held[order[: ceil(round(share * rows, 9))]] = True
    return held


def same_split(*arrays: Any, test_size: float, random_state: int) -> list[Any]:
    """Divide arrays as ``train_test_split`` does, by other rows."""
    held = held_out(len(arrays[0]), test_size, random_state)
    return [part for array in arrays for part in (array[~held], array[held])]


def main() -> None:
    """Do what the words of the command line say."""
    script, *words = sys.argv[1:]
    drawn_by.train_test_split = same_split
    sys.argv = [script, *words]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
