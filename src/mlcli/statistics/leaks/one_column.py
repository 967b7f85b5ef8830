"""How well one column alone answers the label, cross-validated; and whether it is the label.

Columns are looked at as numbers, and as codes of equal values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

EXACT: Final = 0.9999  # R2; figures of the label's own digits, rounded once more, are above it
FEWEST_ROWS: Final = 20

_SPLITS: Final = 5
_DEPTH: Final = 5

Cell = float | str | tuple[str, ...] | list[str] | None

_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")
_THOUSANDS: Final = re.compile(r",(?=\d{3}(?!\d))")


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """One feature of n rows.

    Attributes
    ----------
    name
        The feature's.
    words
        Whether its values are text or tags.
    numbers
        (n,) values as doubles, NaN where there is none; ``None`` for text that is no number
        with the same words around it in every row (``53 doughs``).
    codes
        (n,) from 0: equal values have equal codes, and having none is a value.
    different
        How many codes there are.
    """

    name: str
    words: bool
    numbers: np.ndarray | None
    codes: np.ndarray
    different: int

    def taken(self, rows: np.ndarray) -> CodedColumn:
        """Return the column with some of its rows, and codes for what is in those."""
        import numpy as np

        numbers = None if self.numbers is None else self.numbers[rows]
        known, codes = np.unique(self.codes[rows], return_inverse=True)
        return CodedColumn(self.name, self.words, numbers, codes, len(known))


def read(name: str, values: Sequence[Cell]) -> CodedColumn:
    """Read one column; text and tags get codes, and numbers where each holds just one."""
    import numpy as np

    there = [value for value in values if value is not None]
    if all(isinstance(value, (int, float)) for value in there):
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        numbers[~np.isfinite(numbers)] = np.nan
        known, codes = np.unique(numbers, return_inverse=True)
        return CodedColumn(name, words=False, numbers=numbers, codes=codes, different=len(known))
    words = [None if value is None else _word(value) for value in values]
    levels = {word: code for code, word in enumerate(dict.fromkeys(words))}
    codes = np.array([levels[word] for word in words], dtype=np.int64)
    return CodedColumn(
        name, words=True, numbers=_numbers_in(words), codes=codes, different=len(levels)
    )


def _word(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "\n".join(sorted(map(str, value)))
    return str(value)


def _numbers_in(words: Sequence[str | None]) -> np.ndarray | None:
    """Return the one number of each text, if they all have the same words around it."""
    import numpy as np

    around: set[str] = set()
    numbers = []
    for word in words:
        if word is None:
            numbers.append(np.nan)
            continue
        found = _NUMBER.findall(word)
        if len(found) != 1:
            return None
        around.add(_NUMBER.sub("", word).strip().casefold())
        if len(around) > 1:
            return None
        numbers.append(_number(found[0]))
    return np.array(numbers)


def _number(text: str) -> float:
    plain = _THOUSANDS.sub("", text).replace(",", ".")
    try:
        return float(plain)
    except ValueError:  # a date or an address: 10.1.2
        return float("nan")


def one_to_one(column: CodedColumn, label: np.ndarray) -> bool:
    """Say whether each value of the column goes with one value of the label, and back.

    Values stand twice each at least on average, or numbers rise (or fall) with the label all
    the way: else all-different values would always do.
    """
    import numpy as np

    values = np.unique(label, return_inverse=True)[1].astype(np.int64)
    pairs = len(np.unique(column.codes * (values.max() + 1) + values))
    if not pairs == len(np.unique(values)) == len(np.unique(column.codes)) > 1:
        return False
    if 2 * pairs <= len(values):
        return True
    if column.numbers is None or label.dtype.kind != "f" or np.isnan(column.numbers).any():
        return False
    order = np.argsort(column.numbers, kind="stable")
    steps = np.diff(values[order])
    return bool((steps >= 0).all() or (steps <= 0).all())


def straight(column: CodedColumn, label: np.ndarray, *, seed: int) -> float | None:
    """Return the cross-validated R2 of a line over the column's numbers.

    ``None`` where fewer than 20 rows, or fewer than half, have a number, or where one side
    is constant.
    """
    import numpy as np

    if column.numbers is None:
        return None
    there = ~np.isnan(column.numbers)
    x, y = column.numbers[there], label[there]
    if len(y) < max(FEWEST_ROWS, len(label) / 2) or _constant(x) or _constant(y):
        return None
    x, y = _scaled(x), _scaled(y)
    guesses = np.empty(len(y))
    for out in _held_out(np.zeros(len(y), dtype=np.int64), seed):
        middle = x[~out].mean()
        spread = ((x[~out] - middle) ** 2).sum()
        slope = (x[~out] - middle) @ y[~out] / spread if spread > 0 else 0.0
        guesses[out] = y[~out].mean() + slope * (x[out] - middle)
    return _r2(y, guesses)


def curved(column: CodedColumn, label: np.ndarray, *, seed: int) -> float | None:
    """Return the cross-validated R2 of a tree of depth 5, or of the means of each level.

    ``None`` below 20 rows and for a constant label.
    """
    import numpy as np

    if len(label) < FEWEST_ROWS or _constant(label):
        return None
    label = _scaled(label)
    guesses = np.empty(len(label))
    for out in _held_out(np.zeros(len(label), dtype=np.int64), seed):
        if column.words:
            sums = np.bincount(column.codes[~out], label[~out], column.different)
            counts = np.bincount(column.codes[~out], minlength=column.different)
            means = np.where(counts > 0, sums / np.maximum(counts, 1), label[~out].mean())
            guesses[out] = means[column.codes[out]]
        else:
            guesses[out] = _tree(column, label, ~out, out, seed)
    return _r2(label, guesses)


def classified(column: CodedColumn, label: np.ndarray, *, seed: int) -> float | None:
    """Return the cross-validated balanced accuracy of the column alone, 0 to 1.

    By a tree of depth 5 (deeper for many classes) over numbers, by the commonest class of
    each level over words. Classes of fewer than five rows do not count. ``None`` below 20
    rows and where fewer than two classes count.
    """
    import numpy as np

    names, classes, sizes = np.unique(label, return_inverse=True, return_counts=True)
    counted = np.flatnonzero(sizes >= _SPLITS)
    if len(label) < FEWEST_ROWS or len(counted) <= 1:
        return None
    guesses = np.empty(len(label), dtype=np.int64)
    for out in _held_out(classes, seed):
        if column.words:
            table = np.zeros((column.different, len(names)))
            np.add.at(table, (column.codes[~out], classes[~out]), 1 / sizes[classes[~out]])
            # A level that was not seen goes to no class rather than to the first.
            best = np.where(table.any(axis=1), table.argmax(axis=1), -1)
            guesses[out] = best[column.codes[out]]
        else:
            guesses[out] = _tree(column, classes, ~out, out, seed, balanced=len(names))
    return float(np.mean([(guesses[classes == at] == at).mean() for at in counted]))


def _tree(
    column: CodedColumn,
    label: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
    seed: int,
    *,
    balanced: int = 0,
) -> np.ndarray:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    # A number's codes are its ranks, the missing last. scikit-learn's trees look at single
    # precision, in which large numbers would be the same, or infinite.
    given = column.codes[:, None].astype(float)
    depth = max(_DEPTH, balanced.bit_length() + 1)
    made = (
        DecisionTreeClassifier(max_depth=depth, class_weight="balanced", random_state=seed)
        if balanced
        else DecisionTreeRegressor(max_depth=depth, random_state=seed)
    )
    guesses: np.ndarray = made.fit(given[rows], label[rows]).predict(given[out])
    return guesses


def _held_out(classes: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return which rows each of five folds holds, drawn by the seed, evenly for each class."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    fold = np.empty(len(classes), dtype=np.int64)
    fold[order] = np.arange(len(classes)) % _SPLITS
    return [fold == held for held in range(_SPLITS)]


def _constant(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def _scaled(values: np.ndarray) -> np.ndarray:
    """Return values within -1 and 1: squares of huge ones would overflow, of tiny ones vanish."""
    import numpy as np

    return np.asarray(values / np.abs(values).max())


def _r2(truths: np.ndarray, guesses: np.ndarray) -> float:
    wrong = float(((truths - guesses) ** 2).sum())
    total = float(((truths - truths.mean()) ** 2).sum())
    return 1 - wrong / total if total > 0 else 0.0  # they differ by less than doubles square


_CLOSE: Final = 0.05
"""Standard errors that a group's mean may be off, for rounding.

An honest column of good guesses is as close in 4 % of groups, in three groups at once in
1 of 15,000 columns.
"""
_FEWEST_GROUPS: Final = 3
_EXACT: Final = 1e-9


def encodes(column: CodedColumn, label: np.ndarray) -> int:
    """Return of how many groups a column holds the label's mean; 0 if it does not.

    Rows with the same number are one group, whatever made it: the mean of their labels
    must be that number, within 0.05 standard errors in at least three groups, or within a
    billionth of the label's spread in two. At most half as many groups as rows, and labels
    that differ within them; else the column would be a copy.

    Parameters
    ----------
    column
        n rows; those without a number are not looked at.
    label
        (n,) numbers; for a class 1 where a row is of it, else 0.
    """
    import numpy as np

    if column.numbers is None or len(label) < FEWEST_ROWS:
        return 0
    there = ~np.isnan(column.numbers)
    given, codes, counts = np.unique(column.numbers[there], return_inverse=True, return_counts=True)
    groups = len(given)
    if not 1 < groups <= len(codes) / 2:
        return 0
    size = max(np.abs(given).max(), np.abs(label).max())  # squares of huge numbers would overflow
    given, truths = given / size, label[there] / size
    means = np.bincount(codes, truths) / counts
    within = np.sqrt(((truths - means[codes]) ** 2).sum() / (len(codes) - groups))
    spread = truths.std()
    if within <= _EXACT * spread:
        return 0
    misses = np.abs(means - given)
    near = (misses * np.sqrt(counts) <= _CLOSE * within).all() and groups >= _FEWEST_GROUPS
    return groups if near or (misses <= _EXACT * spread).all() else 0


def group_of(column: CodedColumn, others: Sequence[CodedColumn]) -> CodedColumn | None:
    """Return the column of words whose levels each have one number in this one, if any."""
    import numpy as np

    for other in others:
        if not other.words or other is column:
            continue
        levels = len(np.unique(other.codes))
        both = len(np.unique(other.codes * column.different + column.codes))
        if both == levels <= len(other.codes) / 2:
            return other
    return None


def without_own_row(column: CodedColumn, group: CodedColumn, label: np.ndarray) -> int:
    """Return of how many groups a column holds the mean of the others' labels; 0 if not.

    (sum of the group - own label) / (rows of the group - 1): the own label can be worked
    out from it. Groups of one row are not looked at; half of the rows must be in others.
    """
    import numpy as np

    if column.numbers is None or len(label) < FEWEST_ROWS:
        return 0
    counts = np.bincount(group.codes, minlength=group.different)
    rows = counts[group.codes] > 1
    if 2 * rows.sum() < len(label):
        return 0
    size = np.abs(label).max() or 1.0
    sums = np.bincount(group.codes, label / size, group.different)
    codes = group.codes[rows]
    means = (sums[codes] - label[rows] / size) / (counts[codes] - 1)
    off = np.abs(means - column.numbers[rows] / size)
    # NaN compares as not close; and a constant label makes all means equal.
    return len(np.unique(codes)) if (off < _CLOSE * means.std()).all() else 0


_GAPS: Final = 1.05  # numbers from the first to the last, for each row: few are missing


def counts_rows(column: CodedColumn) -> Literal["counter", "id"] | None:
    """Say whether a column numbers the rows, or is text that no two rows share.

    A counter: whole numbers, all different, that only rise or only fall from row to row, or
    that are nearly all the numbers from their least to their greatest. Nothing is said
    below 20 rows, where such a column may be chance, or where a row has no value.
    """
    import numpy as np

    rows = len(column.codes)
    if rows < FEWEST_ROWS or len(np.unique(column.codes)) < rows:
        return None
    numbers = column.numbers
    if numbers is None:
        return "id"
    if np.isnan(numbers).any() or (numbers != np.floor(numbers)).any():
        return "id" if column.words and np.isnan(numbers).all() else None
    rises, falls = numbers[1:] > numbers[:-1], numbers[1:] < numbers[:-1]
    span = numbers.max() / rows - numbers.min() / rows  # the difference itself may overflow
    if rises.all() or falls.all() or span + 1 / rows <= _GAPS:
        return "counter"
    return "id" if column.words else None
