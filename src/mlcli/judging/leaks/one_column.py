"""How well one column alone answers the label, cross-validated; and whether it is the label.

Columns are looked at as numbers, and as codes of equal values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlcli.judging.leaks.coded_column import CodedColumn

EXACT: Final = 0.9999  # R2; figures of the label's own digits, rounded once more, are above it
FEWEST_ROWS: Final = 20

_SPLITS: Final = 5
_DEPTH: Final = 5


def one_to_one(column: CodedColumn, ranks: np.ndarray, *, ordered: bool) -> bool:
    """Say whether each value of the column goes with one value of the label, and back.

    Values stand twice each at least on average, or numbers rise (or fall) with the label all
    the way: else all-different values would always do.

    Parameters
    ----------
    column
        n rows.
    ranks
        (n,) codes of the label from 0, each used; ``ordered`` where they are ranks of numbers.
    """
    if not 1 < column.different == ranks.max() + 1 or not column.tells(ranks):
        return False
    if 2 * column.different <= len(ranks):
        return True
    if column.numbers is None or not ordered or np.isnan(column.numbers).any():
        return False
    steps = np.diff(ranks[np.argsort(column.numbers, kind="stable")])
    return bool((steps >= 0).all() or (steps <= 0).all())


def straight(numbers: np.ndarray, label: np.ndarray, *, seed: int) -> np.ndarray:
    """Return the cross-validated R2 of a line over each of several columns.

    Parameters
    ----------
    numbers
        (k, n) values, NaN where there is none.
    label
        (n,) numbers.
    seed
        Draws five folds of the rows of each column that have a number.

    Returns
    -------
    np.ndarray
        (k,) R2; 0 where fewer than 20 rows, or fewer than half, have a number, and where one
        side is constant.
    """
    there = ~np.isnan(numbers)
    rows = there.sum(axis=1)
    enough = rows >= max(FEWEST_ROWS, len(label) / 2)
    x, y = (_scaled(np.where(there, given, 0.0)) for given in (numbers, label))
    fold, guesses = _folds_of(there, seed), np.zeros_like(x)
    for held in range(_SPLITS):
        learned = there & (fold != held)
        x_mean, y_mean = _means(x, learned), _means(y, learned)
        away = x - x_mean
        spread = (away**2 * learned).sum(axis=1, keepdims=True)
        slope = (away * y * learned).sum(axis=1, keepdims=True) / np.where(spread > 0, spread, 1)
        guesses = np.where(fold == held, y_mean + slope * away, guesses)
    wrong = ((y - guesses.clip(-_FAR, _FAR)) ** 2).sum(axis=1)
    total = ((y - _means(y, there)) ** 2 * there).sum(axis=1)
    known = enough & (total > 0) & _varies(numbers, there) & _varies(label, there)
    return np.where(known, 1 - wrong / np.where(total > 0, total, 1), 0.0)


_FAR: Final = 1e100
"""A guess so far from a label of size 1 is wrong enough, and its square is a number still."""


def _means(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the mean of some values of each column, (k, 1); 0 of none."""
    return np.asarray((values * of).sum(axis=1) / np.maximum(of.sum(axis=1), 1))[:, None]


def _folds_of(there: np.ndarray, seed: int) -> np.ndarray:
    """Return in which of five folds each row is that is there, drawn for each column; else -1."""
    fold = np.full(there.shape, -1)
    rows = there.sum(axis=1)
    for count in np.unique(rows):
        some = rows == count
        drawn = np.full((some.sum(), there.shape[1]), -1)
        drawn[there[some]] = np.tile(_fold(np.zeros(count, dtype=int), seed), some.sum())
        fold[some] = drawn
    return fold


def _varies(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Say of each column whether its values are not all the same where they are there."""
    least = np.where(there, values, np.inf).min(axis=1)
    return np.asarray(least < np.where(there, values, -np.inf).max(axis=1))


def within_reach(
    numbers: np.ndarray, label: np.ndarray, *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what a tree over each column scores at most, and what its neighbours lose.

    Rows of a fold that stand side by side in a column are answered alike, unless a cut of
    the tree lies between them, and it has 31 at most (more for many classes). So of the pairs
    of neighbours all but the 31 most different ones lose what they differ by: half the square
    of it for numbers, one of two answers for classes. That takes a sort in place of a tree.

    Parameters
    ----------
    numbers
        (k, n) values; those without one stand last, together.
    label
        (n,) numbers or codes of classes, not all the same.
    seed
        As for `curved` and `classified`, so that folds are the same.

    Returns
    -------
    tuple
        (k,) R2 or balanced accuracy that no tree of these folds is above; (k,) losses of all
        pairs, in the same unit.
    """
    classes, weights, depth = np.zeros(len(label), dtype=int), np.ones(len(label)), _DEPTH
    if label.dtype.kind == "f":
        values = _scaled(label)
        unit = 2 * ((values - values.mean()) ** 2).sum()
    else:
        _, classes, sizes = np.unique(label, return_inverse=True, return_counts=True)
        counted, depth = sizes >= _SPLITS, _deep_enough(len(sizes))
        weights = np.where(counted, 1 / sizes, 0)[classes]
        values, unit = classes, max(counted.sum(), 1)
    surely, lost = np.zeros(len(numbers)), np.zeros(len(numbers))
    for held in _held_out(classes, seed):
        order = np.flatnonzero(held)[np.argsort(numbers[:, held], axis=1)]
        pairs = order.shape[1] // 2
        one, other = order[:, : 2 * pairs : 2], order[:, 1 : 2 * pairs : 2]
        apart = np.sort(
            (values[one] - values[other]) ** 2
            if label.dtype.kind == "f"
            else np.minimum(weights[one], weights[other]) * (classes[one] != classes[other])
        )
        lost += apart.sum(axis=1) / unit
        surely += apart[:, : max(pairs - 2**depth + 1, 0)].sum(axis=1) / unit
    return 1 - surely, lost


def curved(column: CodedColumn, label: np.ndarray, *, seed: int) -> float:
    """Return the cross-validated R2 of a tree of depth 5, or of the means of each level.

    ``label`` is (n,) numbers, 20 or more, not all the same.
    """
    label = _scaled(label)
    guesses = np.empty(len(label))
    for out in _held_out(np.zeros(len(label), dtype=np.int64), seed):
        if column.levels is not None:
            codes = column.levels[~out]
            sums = np.bincount(codes, label[~out], len(column.counts))
            counts = np.bincount(codes, minlength=len(column.counts))
            means = np.where(counts > 0, sums / np.maximum(counts, 1), label[~out].mean())
            guesses[out] = means[column.levels[out]]
        else:
            guesses[out] = _tree(column, label, ~out, out, seed)
    wrong = float(((label - guesses) ** 2).sum())
    total = float(((label - label.mean()) ** 2).sum())
    return 1 - wrong / total if total > 0 else 0.0  # they differ by less than doubles square


def classified(column: CodedColumn, label: np.ndarray, *, seed: int) -> float:
    """Return the cross-validated balanced accuracy of the column alone, 0 to 1.

    By a tree of depth 5 (deeper for many classes) over numbers, by the commonest class of
    each level over words. Classes of fewer than five rows do not count; it is 0 where fewer
    than two do. ``label`` is (n,) codes of classes, 20 or more.
    """
    names, classes, sizes = np.unique(label, return_inverse=True, return_counts=True)
    counted = np.flatnonzero(sizes >= _SPLITS)
    if len(counted) <= 1:
        return 0.0
    guesses = np.empty(len(label), dtype=np.int64)
    for out in _held_out(classes, seed):
        if column.levels is not None:
            codes = column.levels
            table = np.zeros((len(column.counts), len(names)))
            np.add.at(table, (codes[~out], classes[~out]), 1 / sizes[classes[~out]])
            # A level that was not seen goes to no class rather than to the first.
            best = np.where(table.any(axis=1), table.argmax(axis=1), -1)
            guesses[out] = best[codes[out]]
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

    # scikit-learn's trees look at single precision, in which large numbers would be the same,
    # or infinite; ranks are not.
    given = column.codes[:, None].astype(float)
    made = (
        DecisionTreeClassifier(
            max_depth=_deep_enough(balanced), class_weight="balanced", random_state=seed
        )
        if balanced
        else DecisionTreeRegressor(max_depth=_DEPTH, random_state=seed)
    )
    guesses: np.ndarray = made.fit(given[rows], label[rows]).predict(given[out])
    return guesses


def _deep_enough(classes: int) -> int:
    """Return how deep a tree is that tells so many classes apart."""
    return max(_DEPTH, classes.bit_length() + 1)


def _held_out(classes: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return which rows each of five folds holds."""
    fold = _fold(classes, seed)
    return [fold == held for held in range(_SPLITS)]


def _fold(classes: np.ndarray, seed: int) -> np.ndarray:
    """Return in which of five folds each row is, drawn by the seed, evenly for each class."""
    order = np.random.default_rng(seed).permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    fold = np.empty(len(classes), dtype=np.int64)
    fold[order] = np.arange(len(classes)) % _SPLITS
    return fold


def _scaled(values: np.ndarray) -> np.ndarray:
    """Return values within -1 and 1: squares of huge ones would overflow, of tiny ones vanish."""
    size = np.abs(values).max(axis=-1, keepdims=True)
    return np.asarray(values / np.where(size > 0, size, 1.0))


_CLOSE: Final = 0.05
"""Standard errors that a group's mean may be off, for rounding.

An honest column of good guesses is as close in 4 % of groups, in three groups at once in
1 of 15,000 columns.
"""
_FEWEST_GROUPS: Final = 3
_EXACT: Final = 1e-9
_MOST_CLASSES: Final = 20
_FIRST: Final = 1_000
_FIRST_GROUPS: Final = 20
"""What is looked at before all is: nearly every column is refused by some of it."""


def encodes(numbers: np.ndarray, label: np.ndarray) -> int:
    """Return of how many groups a column holds the label's mean; 0 if it does not.

    Rows with the same number are one group, whatever made it: the mean of their labels
    must be that number, within 0.05 standard errors in at least three groups, or within a
    billionth of the label's spread in two. At most half as many groups as rows, and labels
    that differ within them; else the column would be a copy.

    Parameters
    ----------
    numbers
        (n,) numbers; rows with a NaN are not looked at.
    label
        (n,) numbers, or codes of classes: each of the first 20 is 1 where a row is of it,
        else 0.
    """
    there = ~np.isnan(numbers)
    if len(label) < FEWEST_ROWS or not there.any():
        return 0
    if not there.all():
        numbers, label = numbers[there], label[there]
    low, high = (label.min(), label.max()) if label.dtype.kind == "f" else (0.0, 1.0)
    with np.errstate(over="ignore"):  # what is infinite is no mean
        room = _CLOSE * (high - low)
        if not low - room <= numbers.min() <= numbers.max() <= high + room:
            return 0
        held = (_groups(numbers, each) for each in _as_numbers(label) if _at_first(numbers, each))
        return max(held, default=0)


def _as_numbers(label: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the label, or what each of its first 20 classes is as numbers."""
    if label.dtype.kind == "f":
        yield label
    else:
        for at in np.flatnonzero(np.bincount(label))[:_MOST_CLASSES]:
            yield (label == at).astype(float)


def _at_first(numbers: np.ndarray, label: np.ndarray) -> bool:
    """Say whether a column holds the means of the groups of its first rows: all are dear to sort.

    Groups spread less within them than 1.5 times the label, as they are half as many as rows.
    """
    size = np.abs(label).max() or 1.0
    truths = label / size
    most = 1.5 * _CLOSE * truths.std()
    for number in numbers[:_FIRST_GROUPS]:
        group = truths[numbers == number]
        if abs(group.mean() - number / size) * np.sqrt(len(group)) > most:
            return False
    return True


def _groups(numbers: np.ndarray, label: np.ndarray) -> int:
    """Return of how many groups of equal numbers these are the label's means; 0 if not."""
    given, codes, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    groups = len(given)
    if not 1 < groups <= len(codes) / 2:
        return 0
    size = max(np.abs(given).max(), np.abs(label).max())  # squares of huge numbers would overflow
    given, truths = given / size, label / size
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
    for other in others:
        if other.levels is None or other is column:
            continue
        if 2 * other.different <= len(other.levels) and other.tells(column.codes):
            return other
    return None


def without_own_row(
    numbers: Mapping[str, np.ndarray], group: CodedColumn, label: np.ndarray
) -> dict[str, int]:
    """Return of how many groups each column holds the mean of the others' labels, if it does.

    (sum of the group - own label) / (rows of the group - 1): the own label can be worked
    out from it. Groups of one row are not looked at; half of the rows must be in others.
    """
    codes, counts = group.codes, group.counts
    shared = np.flatnonzero(counts[codes] > 1)
    if not numbers or len(label) < FEWEST_ROWS or 2 * len(shared) < len(label):
        return {}
    found = set[str]()
    for truths in _as_numbers(label):
        size = np.abs(truths).max() or 1.0
        own = truths / size
        sums, left = np.bincount(codes, own), [*numbers]
        for rows in (shared[:_FIRST], shared):
            means = (sums[codes[rows]] - own[rows]) / (counts[codes[rows]] - 1)
            most = _CLOSE * (means.std() if rows is shared else np.ptp(own))
            with np.errstate(over="ignore"):
                # NaN compares as not close; and a constant label makes all means equal.
                off = np.abs(means - np.array([numbers[name][rows] for name in left]) / size)
            left = [name for name, near in zip(left, (off < most).all(axis=1), strict=True) if near]
            if not left:
                break
        found.update(left)
    return dict.fromkeys(found, int(np.count_nonzero(counts > 1)))


_ONE_WAY: Final = 0.95  # of the steps from row to row
_WITH_ROWS: Final = 0.9  # correlation of ranks: of two equal ramps it is 0.5
_TOGETHER: Final = 7.0  # pairs of equal numbers that chance makes: none at all in 1 of 1,000
_SPARSE: Final = 60  # rows from which numbers that lie far apart are judged
_LONG: Final = 10_000  # numbers of five digits
_EVEN: Final = 1 / 12, 0.0745, 3.5, 0.055
"""Variance over squared range of an even spread, its standard error times the root of n, how
many of these it may be off, and the least: of a bell curve it is 0.04 where n is 100."""
_UNRELATED: Final = 4.0  # F of the label's means in ten bins: above it in 1 of 10,000 by chance
_BINS: Final = 10


def numbers_rows(column: CodedColumn, label: np.ndarray) -> Literal["rising", "id"] | None:
    """Say whether a column rises (or falls) with the rows, or names each of them.

    Numbers that rise may be honest: an odometer, a year, days since the opening. Of 20 that
    are known at least, 20 must be different, 19 of 20 steps to another number go one way, and
    ranks go with the rows: an hour, or a counter that starts again, comes back to where it was.

    An id is text that no two rows share; or whole numbers, all different, in no order, that
    lie so close together that chance would make some equal (n (n - 1) / 2 pairs, each of which
    is equal once in as many cases as there are numbers from the least to the greatest); or,
    from 50 rows on, that have five digits, are spread evenly, and do not go with the label.

    Parameters
    ----------
    column
        n rows.
    label
        (n,) numbers, or codes of classes.
    """
    rows, words = len(column), column.levels is not None
    if rows < FEWEST_ROWS or words:
        return "id" if words and rows >= FEWEST_ROWS and column.different == rows else None
    assert column.numbers is not None
    there = ~np.isnan(column.numbers)
    numbers = column.numbers[there]
    if len(numbers) < max(FEWEST_ROWS, rows / 2) or column.different < FEWEST_ROWS:
        return None
    up = (numbers[1:] > numbers[:-1]).sum() / (numbers[1:] != numbers[:-1]).sum()
    if max(up, 1 - up) >= _ONE_WAY:
        steps = numbers[np.flatnonzero(np.diff(numbers, prepend=np.nan))]
        ranks = np.unique(steps, return_inverse=True)[1]
        together = np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]
        return "rising" if abs(together) >= _WITH_ROWS else None
    whole = there.all() and (numbers == np.floor(numbers)).all()
    return "id" if whole and column.different == rows and _names(numbers, label) else None


def _names(numbers: np.ndarray, label: np.ndarray) -> bool:
    """Say whether whole numbers, all different and in no order, are names rather than amounts."""
    rows, low, high = len(numbers), numbers.min(), numbers.max()
    span = high / rows - low / rows  # the difference itself may overflow
    if (rows - 1) / 2 >= _TOGETHER * (span + 1 / rows):
        return True
    if rows < _SPARSE or np.abs(numbers).max() < _LONG:
        return False
    spread = float(np.var(numbers / rows / span))
    even, error, times, least = _EVEN
    room = times * error / np.sqrt(rows)
    return max(even - room, least) <= spread <= even + room and _unrelated(numbers, label)


def _unrelated(numbers: np.ndarray, label: np.ndarray) -> bool:
    """Say whether the label has much the same mean in ten bins of a column (of its 20 classes)."""
    bins = np.argsort(np.argsort(numbers)) * _BINS // len(numbers)
    for truths in _as_numbers(label):
        values = _scaled(truths)
        means = (np.bincount(bins, values) / np.bincount(bins))[bins]
        between, within = ((means - values.mean()) ** 2).sum(), ((values - means) ** 2).sum()
        if between * (len(values) - _BINS) > _UNRELATED * (_BINS - 1) * within:
            return False
    return True
