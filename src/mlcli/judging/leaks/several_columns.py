"""What several columns are together: a sum, parts or a product of the label; rows seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli.judging.leaks.coded_column import CodedColumn, bits
from mlcli.judging.leaks.one_column import EXACT, FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_UNIT: Final = 0.01  # how far a coefficient may be from 1 or -1
_SHARE: Final = 0.005  # of the label's spread, that a column of the sum adds at least
_MOST: Final = 30
_ROUNDING: Final = 1e-13  # of the largest number: the spread of a constant whose mean is rounded


@dataclass(frozen=True, slots=True)
class SumOfColumns:
    """Positions of columns with their signs, 1 or -1, and the R2 of the label by their sum."""

    parts: tuple[tuple[int, int], ...]
    r2: float


def members(matrix: np.ndarray, label: np.ndarray) -> SumOfColumns | None:
    """Return the columns whose sum or difference is the label, and the R2 of that.

    Least squares over all columns and a constant; where R2 > 0.9999, columns are left out
    one by one while it stays so, and what is left must be two or more columns with
    coefficients within 0.01 of 1 or -1. Where columns say the same thing there are several
    answers: they are left out from either end.

    Parameters
    ----------
    matrix
        (n, k) numbers; rows with a NaN are not looked at.
    label
        (n,) numbers.

    Returns
    -------
    SumOfColumns or None
        ``None`` too where fewer than 20 rows, or two for each column, are complete.
    """
    x, y = _complete(matrix, label)
    if len(y) < max(FEWEST_ROWS, 2 * x.shape[1]):
        return None
    x, y = x - x.mean(axis=0), y - y.mean()
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING).tolist()
    if y.std() <= _ROUNDING or not usable:
        return None
    weights, r2 = _fitted(x, y, usable)
    if r2 <= EXACT:
        return None
    added = np.abs(weights) * x[:, usable].std(axis=0) / y.std()
    kept = [at for at, share in zip(usable, added, strict=True) if share >= _SHARE / 2]
    if not 1 < len(kept) <= _MOST or _fitted(x, y, kept)[1] <= EXACT:
        return None
    for order in (kept, kept[::-1]):
        left = _thinned(x, y, order)
        weights, r2 = _fitted(x, y, left)
        if len(left) > 1 and (np.abs(np.abs(weights) - 1) <= _UNIT).all():
            signs = {at: 1 if weight > 0 else -1 for at, weight in zip(left, weights, strict=True)}
            return SumOfColumns(tuple(sorted(signs.items())), r2)
    return None


def _complete(matrix: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows without a gap, within -1 and 1: squares of huge numbers would overflow."""
    there = ~np.isnan(matrix).any(axis=1)
    x, y = matrix[there], label[there]
    size = max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0)) or 1.0
    return x / size, y / size


def _thinned(x: np.ndarray, y: np.ndarray, order: Sequence[int]) -> list[int]:
    """Leave out the columns, in this order, without which the rest is as good."""
    left = list(order)
    for at in order:
        rest = [other for other in left if other != at]
        if rest and _fitted(x, y, rest)[1] > EXACT:
            left = rest
    return left


def _fitted(x: np.ndarray, y: np.ndarray, columns: Sequence[int]) -> tuple[np.ndarray, float]:
    """Return least-squares coefficients of centred columns, and R2."""
    sizes = x[:, columns].std(axis=0)
    weights = np.linalg.lstsq(x[:, columns] / sizes, y / y.std(), rcond=1e-10)[0]
    wrong = y / y.std() - x[:, columns] / sizes @ weights
    return weights * y.std() / sizes, 1 - float((wrong**2).mean())


_FOR_SURE: Final = 3.0  # standard errors that a coefficient may be from 1
_SURE: Final = 0.15  # standard error of a coefficient that can be told from others
_MOSTLY: Final = 0.5  # of the label's variance, that known parts tell


def parts(matrix: np.ndarray, label: np.ndarray) -> SumOfColumns | None:
    """Return the columns that seem to be parts of the label, another of which is no column.

    Parts and label are 0 or more in every row, and so is what parts leave of it; least squares
    over all columns give two at least a coefficient of 1 (within 0.01, or three standard
    errors of 0.15 at most); and together they tell half of the label's variance. That is no
    proof, as a label may follow two honest columns one to one.

    Parameters
    ----------
    matrix, label
        As for `members`, which finds a sum that is whole.
    """
    x, y = _complete(matrix, label)
    rows, width = x.shape
    if rows < max(FEWEST_ROWS, 5 * width) or y.min() < 0 or y.std() <= _ROUNDING:
        return None
    able = np.flatnonzero((x.min(axis=0) >= 0) & (x <= y[:, None]).all(axis=0))
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING)
    if len(np.intersect1d(able, usable)) <= 1:
        return None
    centred = x[:, usable] - x[:, usable].mean(axis=0)
    sizes = centred.std(axis=0)
    scaled = centred / sizes
    weights, _, rank, _ = np.linalg.lstsq(scaled, y - y.mean(), rcond=1e-10)
    if rank < len(usable):
        return None
    wrong = y - y.mean() - scaled @ weights
    noise = (wrong**2).sum() / (rows - len(usable) - 1)
    errors = np.sqrt(noise * np.diag(np.linalg.inv(scaled.T @ scaled))) / sizes
    off = np.abs(weights / sizes - 1)
    near = usable[(off <= np.maximum(_UNIT, _FOR_SURE * errors)) & (errors <= _SURE)]
    near = np.intersect1d(near, able)
    left = y - x[:, near].sum(axis=1)
    told = 1 - float(left.var() / y.var())
    if len(near) <= 1 or left.min() < -_ROUNDING or not _MOSTLY <= told <= EXACT:
        return None
    return SumOfColumns(tuple((int(at), 1) for at in near), told)


_FIRST_ROWS: Final = 64  # by which pairs are found that are worth a look at all rows
_NEARLY: Final = 0.99
_MOST_PAIRS: Final = 50


class Product(NamedTuple):
    """Positions of two columns, and the power of each, 1 or -1."""

    columns: tuple[int, int]
    powers: tuple[int, int]


def product(matrix: np.ndarray, label: np.ndarray) -> Product | None:
    """Return the two columns whose product, or ratio, is the label but for a factor.

    Least squares through 0 of the label on x1^s x2^t, s and t each 1 or -1: R2 (about the
    label's mean) must be above 0.9999, and a line over either power alone must be below it.
    Pairs are many: they are chosen by 64 rows, and the 50 best of them looked at in all.

    Parameters
    ----------
    matrix, label
        As for `members`; a row counts for a pair if both powers are numbers there.
    """
    size = np.nanmax(np.abs(matrix), axis=0, initial=0.0)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        x = matrix / np.where(size > 0, size, 1.0)
        both = np.hstack([x, 1 / np.where(x == 0, np.nan, x)])  # powers of 1, then of -1
        both[~np.isfinite(both)] = np.nan
    y = label / (np.abs(label).max() or 1.0)
    width = matrix.shape[1]
    some = np.unique(np.linspace(0, len(y) - 1, _FIRST_ROWS).astype(np.intp))
    found = []
    for one, other, r2 in _products(both[some], y[some], width):
        found += [(r2[at], one, other[at]) for at in np.flatnonzero(r2 > _NEARLY).tolist()]
    for _, one, other in sorted(found, reverse=True)[:_MOST_PAIRS]:
        pair = both[:, [one, other]]
        there = ~np.isnan(pair).any(axis=1)
        if there.sum() < max(FEWEST_ROWS, len(y) / 2):
            continue
        z, aims = pair[there], y[there]
        alone = max(_fitted(z - z.mean(axis=0), aims - aims.mean(), [at])[1] for at in (0, 1))
        if alone <= EXACT < _through(z.prod(axis=1)[:, None], aims)[0]:
            powers = (-1 if one >= width else 1, -1 if other >= width else 1)
            return Product((one % width, int(other % width)), powers)
    return None


def _products(
    both: np.ndarray, y: np.ndarray, width: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield each power of a column, those of later columns, and the R2 of the products."""
    for one in range(2 * width):
        other = np.array([at for at in range(one + 1, 2 * width) if at != one + width], dtype=int)
        if len(other):
            yield one, other, _through(both[:, [one]] * both[:, other], y)


def _through(products: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the R2 of a line through 0 over each column, where rows are enough."""
    there = ~np.isnan(products)
    given = np.where(there, products, 0.0)
    squares = (given**2).sum(axis=0)
    weights = (y @ given) / np.where(squares > 0, squares, 1.0)
    wrong = ((y[:, None] - given * weights) ** 2 * there).sum(axis=0)
    rows = there.sum(axis=0)
    means = (y @ there) / np.maximum(rows, 1)
    total = ((y[:, None] - means) ** 2 * there).sum(axis=0)
    known = (rows >= FEWEST_ROWS / 2) & (total > _ROUNDING**2) & (squares > 0)
    return np.asarray(np.where(known, 1 - wrong / np.where(total > 0, total, 1.0), 0.0))


_ALIKE: Final = 0.999  # R2 of one column by another
_THE_SAME: Final = 1e-10  # of its spread, that two columns in other units differ by rounding


def alike(matrix: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of columns that are nearly the same, and their correlation.

    R2 of one by the other above 0.999, but no exact copies: least squares give these a weight
    each that is as small as can be. The standard error of a weight is
    sigma / (s sqrt(n (1 - R2))) (Belsley, Kuh and Welsch 1980): 32 times as large as alone.

    Parameters
    ----------
    matrix
        (n, k) numbers; rows with a NaN are not looked at.
    """
    x, _ = _complete(matrix, np.zeros(len(matrix)))
    if len(x) < FEWEST_ROWS:
        return
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING)
    scaled = (x[:, usable] - x[:, usable].mean(axis=0)) / x[:, usable].std(axis=0)
    found = scaled.T @ scaled / len(x)
    for one, other in np.argwhere(np.triu(found**2 > _ALIKE, 1)).tolist():
        r = float(found[one, other])
        if (scaled[:, one] - np.sign(r) * scaled[:, other]).std() > _THE_SAME:
            yield int(usable[one]), int(usable[other]), r


_FEWEST: Final = 3
_FEWEST_DIFFERENT: Final = 10
_LEAST_SHARE: Final = 0.02
_FIRST: Final = 1_000  # rows by which the column is found that tells most of them apart
_TIMES: Final = 5
_MOST_GIVEN: Final = 10  # columns, those that tell most rows apart, given which chance is reckoned


class Copies(NamedTuple):
    """How many held-out rows stand in training too; whether that is surely, or may be, chance.

    ``sure`` is an alarm, of enough rows that chance makes at most a fifth of. ``likely`` says
    that it makes fewer, by two standard deviations of a Poisson count.
    """

    rows: int
    sure: bool = False
    likely: bool = False


def count(
    columns: Sequence[CodedColumn],
    label: np.ndarray,
    train: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
) -> Copies:
    """Count held-out rows that stand in training too, features and label, and judge by chance.

    In a table of few values equal rows are normal. So 3 rows and 2 % of those held out must
    be twins at least; half of all rows must differ, unless fractions tell them apart; and
    the pairs of a training and a held-out row that are equal in all must be

    * five times those that are equal in one column (such as a length in millimetres) and
      differ elsewhere. In a label only where as many pairs again have the same features and
      another label (from a fifth on they are ``likely``): it may be a law of the features; or
    * five times what chance makes of near twins: of N pairs that are equal in every feature
      but j, q / (1 - q) N would be equal in j too, where q is the share of pairs equal in j
      among pairs equal in that other column which tells most of j, twins aside. The largest
      of these over all j is taken.

    Chance makes many near twins for each twin; copying rows makes twins only.

    Parameters
    ----------
    columns, label
        n rows of features, one at least, and (n,) labels: numbers, or codes of classes.
    train, held
        Positions on both sides, not empty.
    seed
        Of the numbers that stand for values; two rows are mixed up once in 2^64 pairs.
    """
    some = np.arange(min(len(label), _FIRST))
    surest = max(columns, key=lambda column: column.taken(some).different)
    if not _pairs(surest.bits, train, held).any():
        return Copies(0)
    hashes = [_hashes(column.bits, seed + at) for at, column in enumerate(columns)]
    answer = _hashes(bits(label), seed + len(columns))
    features = np.add.reduce(hashes)  # they differ where values do
    whole = features + answer
    pairs = _pairs(whole, train, held)
    found, equal = int(np.count_nonzero(pairs)), int(pairs.sum())
    if not found:
        return Copies(0)
    enough = found >= max(_FEWEST, _LEAST_SHARE * len(held))
    first = np.unique(whole, return_index=True)[1]
    if 2 * len(first) < len(whole) and not any(_has_fractions(c, first) for c in columns):
        return Copies(found)
    sides = (train, held)
    if any(_tells(h, whole, _there(c), sides) for c, h in zip(columns, hashes, strict=True)):
        return Copies(found, sure=enough, likely=True)
    # Where features say the label without noise, it tells nothing that they do not.
    noisy = int(_pairs(features, *sides).sum()) - equal
    told = _TIMES * noisy >= equal and _tells(answer, whole, np.isfinite(label), sides)
    if told and noisy >= equal:
        return Copies(found, sure=enough, likely=True)
    near = [int(_pairs(features - part, *sides).sum()) - equal for part in hashes]
    shares = _shares(hashes, whole, sides)
    chance = max(n * q / (1 - q) if q < 1 else np.inf for n, q in zip(near, shares, strict=True))
    likely = told or equal > chance + 2 * chance**0.5
    return Copies(found, sure=enough and equal >= _TIMES * chance, likely=likely)


_MIXERS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def _hashes(keys: np.ndarray, seed: int) -> np.ndarray:
    """Return 64 other bits for each key: splitmix64 (Steele, Lea, Flood 2014).

    No two keys share them, and a sum of them, one of each column, is hardly ever another.
    """
    mixed = keys + np.uint64(0x9E3779B97F4A7C15 * (seed + 1) % 2**64)
    for shift, factor in _MIXERS:
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    return mixed


def _pairs(keys: np.ndarray, train: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Return for each held-out row, in any order, how many training rows have its key."""
    known, asked = np.sort(keys[train]), np.sort(keys[held])
    return np.searchsorted(known, asked, "right") - np.searchsorted(known, asked)


def _tells(
    keys: np.ndarray, whole: np.ndarray, there: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> bool:
    """Say whether pairs with the same value of a column are hardly ever but twins."""
    train, held = (side[there[side]] for side in sides)
    twins = _pairs(whole, train, held).sum()
    alike = _pairs(keys, train, held).sum() - twins
    return bool(twins >= _FEWEST and _TIMES * alike <= twins)


def _there(column: CodedColumn) -> np.ndarray:
    """Say of each row whether it has a value: rows without one are not alike by that."""
    if column.numbers is None:
        return np.ones(len(column), dtype=bool)
    return np.asarray(~np.isnan(column.numbers))


def _has_fractions(column: CodedColumn, rows: np.ndarray) -> bool:
    """Say whether most values are no whole numbers, and nearly all of different rows differ."""
    if column.numbers is None or len(rows) < _FEWEST_DIFFERENT:
        return False
    numbers = column.numbers[rows]
    fractions = 2 * (numbers != np.floor(numbers)).sum() > len(rows)
    return bool(fractions and 10 * len(np.unique(numbers)) >= 9 * len(rows))


def _shares(
    hashes: Sequence[np.ndarray], whole: np.ndarray, sides: tuple[np.ndarray, np.ndarray]
) -> list[float]:
    """Return for each column the share of pairs equal in it, given the best of the others.

    Pairs that are equal in all are left out: copies would make chance look large.
    """
    twins = int(_pairs(whole, *sides).sum())
    alone = [int(_pairs(part, *sides).sum()) - twins for part in hashes]
    given = sorted(range(len(hashes)), key=alone.__getitem__)[:_MOST_GIVEN]
    shares = []
    for at, part in enumerate(hashes):
        both = [
            (int(_pairs(part + hashes[k], *sides).sum()) - twins, alone[k])
            for k in given
            if k != at
        ]
        every = (alone[at], len(sides[0]) * len(sides[1]) - twins)
        shares.append(max(equal / pairs if pairs else 0.0 for equal, pairs in [*both, every]))
    return shares


_CLOSE: Final = 0.01  # of the usual distance to the nearest row
_AROUND: Final = 10  # times as far as that rows are counted by which chance is known
_MOST_HELD: Final = 1_000  # rows that are looked up in all that were learned from
_MOST_LOOKS: Final = 1_000_000  # pairs of rows
_SOME_HELD, _SOME_KNOWN = 200, 4_000  # rows of which every pair is looked at
_GAP: Final = 1e3  # stands for a missing number: far from every other, and near another gap


def near_copies(
    columns: Sequence[CodedColumn],
    label: np.ndarray,
    train: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
) -> float:
    """Return the share of held-out rows that nearly stand in training too; 0 if that is chance.

    Distances are between features and label, numbers over their standard deviation; words must
    be the same. A row nearly stands there if a training row is within a hundredth of the usual
    distance to the nearest (the median). There must be three such rows (or two within a
    thousandth), and 2 %; a column of fractions, nearly all different; and five times as many
    pairs as chance makes: of N pairs that are near in all but that column q N, where q is the
    share of pairs near in it; and, as columns may go together, a ninth of those that are near in
    all but it, and 1 to 10 times as far apart there. Of many rows held out 1,000 are looked up.

    Parameters
    ----------
    columns, label, train, held, seed
        As for `count`.
    """
    key, x, words = _measured(columns, label)
    if key is None or not len(train):
        return 0.0
    draw = np.random.default_rng(seed)
    held, some = _some(held, _MOST_HELD, draw), _some(train, _SOME_KNOWN, draw)
    few = held[:_SOME_HELD]
    usual = np.median([np.sqrt(((x[some] - x[row]) ** 2).sum(axis=1).min()) for row in few])
    within = _CLOSE * float(usual)
    held, pairs = _close_by(x[:, key], train, held, _AROUND * within)
    for column in np.delete(x, key, axis=1).T:
        pairs = pairs[:, np.abs(column[pairs[0]] - column[pairs[1]]) <= within]
    pairs = pairs[:, (words[pairs[0]] == words[pairs[1]]).all(axis=1)]
    around = int((np.abs(x[pairs[0], key] - x[pairs[1], key]) > within).sum())
    squares = ((x[pairs[0]] - x[pairs[1]]) ** 2).sum(axis=1)
    near = (squares > 0) & (squares <= within**2)  # equal rows are counted as such
    pairs, squares = pairs[:, near], squares[near]
    found, closer = (len(np.unique(pairs[0][squares <= d**2])) for d in (within, within / 10))
    few_found = found < _LEAST_SHARE * len(held) or (found < _FEWEST and closer < _FEWEST - 1)
    if few_found or pairs.shape[1] < _TIMES * around / (_AROUND - 1):
        return 0.0
    sampled = len(few) * len(some) / (len(held) * len(train))
    rest, apart, together = np.delete(x, key, axis=1), 0, 0
    for row in few:
        same = (np.abs(rest[some] - rest[row]) <= within).all(axis=1)
        same &= (words[some] == words[row]).all(axis=1)
        near = np.abs(x[some, key] - x[row, key]) <= within
        apart, together = apart + int((same & ~near).sum()), together + int(near.sum())
    chance = apart * together / (len(few) * len(some))
    return found / len(held) if pairs.shape[1] * sampled >= _TIMES * chance else 0.0


def _measured(
    columns: Sequence[CodedColumn], label: np.ndarray
) -> tuple[int | None, np.ndarray, np.ndarray]:
    """Return which number has most fractions, if one has; numbers (n, k) in deviations; words."""
    every = np.arange(len(label))
    numbers = [column for column in columns if column.levels is None]
    codes = [column.levels for column in columns if column.levels is not None]
    if label.dtype.kind == "f":
        numbers.append(CodedColumn("", label))
    else:
        codes.append(label)
    fine = {at: one.different for at, one in enumerate(numbers) if _has_fractions(one, every)}
    x = np.zeros((len(label), len(numbers)))
    for at, one in enumerate(numbers if fine else ()):
        assert one.numbers is not None
        there = ~np.isnan(one.numbers)
        if not there.any():
            continue
        size = np.abs(one.numbers[there]).max(initial=0.0) or 1.0
        values = one.numbers / size
        spread = values[there].std() or 1.0
        x[:, at] = np.where(there, (values - values[there].mean()) / spread, _GAP)
    words = np.column_stack(codes) if codes else np.zeros((len(label), 0), dtype=int)
    return max(fine, key=fine.__getitem__, default=None), x, words


def _some(rows: np.ndarray, most: int, draw: np.random.Generator) -> np.ndarray:
    return rows if len(rows) <= most else draw.choice(rows, most, replace=False)


def _close_by(
    values: np.ndarray, train: np.ndarray, held: np.ndarray, within: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows held out that are looked up, and (2, pairs) with those near in a column."""
    order = train[np.argsort(values[train])]
    low = np.searchsorted(values[order], values[held] - within)
    counts = np.searchsorted(values[order], values[held] + within, "right") - low
    looked = max(int(np.searchsorted(np.cumsum(counts), _MOST_LOOKS)), 1)
    held, low, counts = held[:looked], low[:looked], counts[:looked]
    firsts = np.repeat(low - np.cumsum(counts) + counts, counts)
    return held, np.array([np.repeat(held, counts), order[firsts + np.arange(counts.sum())]])
