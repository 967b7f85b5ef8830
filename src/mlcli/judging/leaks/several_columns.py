"""What several columns are together: a sum, parts or a product of the label, or nearly one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from mlcli.judging.leaks.one_column import EXACT, FEWEST_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_UNIT: Final = 0.01  # how far a coefficient may be from 1 or -1
_SHARE: Final = 0.005  # of the label's spread, that a column of the sum adds at least
_MOST: Final = 30
_NO_CHANCE: Final = 1 - 1e-7
"""R2 from which on weights of any size are no chance: all that is left is the label's rounding."""
_FEW: Final = 3  # columns of such a sum, at most
_OF_A_SIZE: Final = 1.22
"""How much larger one of its weights may be: net amounts and taxes of 0 to 20 %, not a law."""
_ROUNDING: Final = 1e-13  # of the largest number: the spread of a constant whose mean is rounded


@dataclass(frozen=True, slots=True)
class SumOfColumns:
    """Positions of columns with their signs, 1 or -1, and the R2 of the label by their sum.

    ``weighted`` where each is multiplied by a number of its own first.
    """

    parts: tuple[tuple[int, int], ...]
    r2: float
    weighted: bool = False


def members(matrix: np.ndarray, label: np.ndarray) -> SumOfColumns | None:
    """Return the columns whose sum or difference is the label, and the R2 of that.

    Least squares over all columns and a constant; where R2 > 0.9999, columns are left out
    one by one while it stays so, and what is left must be two or more columns with
    coefficients within 0.01 of 1 or -1; or two or three with others of about one size, where
    R2 > 1 - 1e-7. Where columns say the same thing there are several answers: they are left out
    from either end.

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
            return SumOfColumns(_signed(left, weights), r2)
    left = _thinned(x, y, kept, _NO_CHANCE)
    weights, r2 = _fitted(x, y, left)
    sizes = np.abs(weights)
    if r2 > _NO_CHANCE and 1 < len(left) <= _FEW and sizes.max() <= _OF_A_SIZE * sizes.min():
        return SumOfColumns(_signed(left, weights), r2, weighted=True)
    return None


def _signed(columns: Sequence[int], weights: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Return columns in their order, each with the sign of its weight."""
    return tuple(
        sorted((at, 1 if weight > 0 else -1) for at, weight in zip(columns, weights, strict=True))
    )


def _complete(matrix: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows without a gap, within -1 and 1: squares of huge numbers would overflow."""
    there = ~np.isnan(matrix).any(axis=1)
    x, y = matrix[there], label[there]
    size = max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0)) or 1.0
    return x / size, y / size


def _thinned(
    x: np.ndarray, y: np.ndarray, order: Sequence[int], enough: float = EXACT
) -> list[int]:
    """Leave out the columns, in this order, without which the rest is as good."""
    left = list(order)
    for at in order:
        rest = [other for other in left if other != at]
        if rest and _fitted(x, y, rest)[1] > enough:
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
    proof, as a label may follow two honest columns one to one. A label may be rounded down, by
    half of the smallest step between two labels.

    Parameters
    ----------
    matrix, label
        As for `members`, which finds a sum that is whole.
    """
    x, y = _complete(matrix, label)
    rows, width = x.shape
    if rows < max(FEWEST_ROWS, 5 * width) or y.min() < 0 or y.std() <= _ROUNDING:
        return None
    rounded = np.diff(np.unique(y)).min() / 2 + _ROUNDING
    able = np.flatnonzero((x.min(axis=0) >= 0) & (x <= y[:, None] + rounded).all(axis=0))
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
    if len(near) <= 1 or left.min() < -rounded or not _MOSTLY <= told <= EXACT:
        return None
    return SumOfColumns(tuple((int(at), 1) for at in near), told)


_FIRST_ROWS: Final = 64  # by which pairs are found that are worth a look at all rows
_NEARLY: Final = 0.99
_MOST_PAIRS: Final = 50
_MOSTLY_THERE: Final = 0.9
_SOME_ROWS: Final = 1_000


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


_FORMS: Final[Mapping[str, tuple[float, float]]] = {
    "(1 - {})": (-1.0, 1.0),
    "(1 + {})": (1.0, 1.0),
    "(1 - {} / 100)": (-0.01, 100.0),
    "(1 + {} / 100)": (0.01, 100.0),
}
"""What is taken off or put on as a share: how it is written, its factor, and what it is below."""


class Factor(NamedTuple):
    """Position of a column, the power of what it stands in, 1 or -1, and how that is written."""

    column: int
    power: int
    form: str


def factors(matrix: np.ndarray, label: np.ndarray) -> list[Factor]:
    """Return two or more columns whose product is the label but for a factor, some as 1 - column.

    Logarithms of what is multiplied add up, so `members` finds them; R2 of a line through 0 over
    their product must be above 0.9999 too. Of many columns those 30 are looked at whose
    logarithms go best with the label's, as far as they are above 0 in nine rows of ten; of many
    rows 1,000.

    Parameters
    ----------
    matrix, label
        As for `members`, which reads logarithms of them.
    """
    some = np.unique(np.linspace(0, len(label) - 1, _SOME_ROWS).astype(np.intp))
    rows = some[label[some] > 0]
    if len(rows) < max(FEWEST_ROWS, _MOSTLY_THERE * len(some)):
        return []
    x, y = matrix[rows], label[rows]
    aims = np.log(y)
    plain = _logs(x, aims, "{}")
    for form in _FORMS:
        logs = plain + _logs(x, aims, form)
        found = members(np.column_stack([log for *_, log in logs]), aims) if logs else None
        if found is None or found.weighted:
            continue
        used = [(*logs[at][:2], sign, logs[at][2]) for at, sign in found.parts]
        given = np.exp(sum(sign * log for *_, sign, log in used))
        twice = len({at for at, *_ in used}) < len(used)
        if not twice and _through(given[:, None], y)[0] > EXACT:
            return [Factor(at, sign, form) for at, form, sign, _ in used]
    return []


def _logs(x: np.ndarray, aims: np.ndarray, form: str) -> list[tuple[int, str, np.ndarray]]:
    """Return columns in a form, as logarithms, the 30 that go best with the label's."""
    times, below = _FORMS.get(form, (1.0, np.inf))
    able = []
    for at, column in enumerate(x.T):
        if form in _FORMS and not (np.nanmin(column) >= 0 and np.nanmax(column) < below):
            continue
        given = 1 + times * column if form in _FORMS else column
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.where(given > 0, np.log(given), np.nan)
        there = ~np.isnan(log)
        if there.mean() >= _MOSTLY_THERE and np.ptp(log[there]) > _ROUNDING:
            able.append((abs(float(np.corrcoef(log[there], aims[there])[0, 1])), at, log))
    best = sorted(able, key=lambda one: -one[0])[:_MOST]
    return [(at, form, log) for _, at, log in sorted(best, key=lambda one: one[1])]


_ALIKE: Final = 0.999  # R2 of one column by another
_THREE: Final = 3
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


def together(matrix: np.ndarray) -> tuple[list[int], float]:
    """Return three columns or more of which each is nearly what the others make of it, and R2.

    R2 of each by all others is 1 - 1 / VIF, with VIF on the diagonal of the inverse of their
    correlations (Marquardt 1970); it must be above 0.999, as for `alike`, and is the least of
    them. None where a column is exactly a sum of others: weights are then as small as can be.

    Parameters
    ----------
    matrix
        As for `alike`, which finds the pairs.
    """
    x, _ = _complete(matrix, np.zeros(len(matrix)))
    if len(x) < max(FEWEST_ROWS, 2 * x.shape[1]):
        return [], 0.0
    usable = np.flatnonzero(x.std(axis=0) > _ROUNDING)
    if len(usable) < _THREE:
        return [], 0.0
    found = np.corrcoef(x[:, usable].T)
    if np.linalg.eigvalsh(found)[0] <= _THE_SAME:
        return [], 0.0
    told = 1 - 1 / np.diag(np.linalg.inv(found))
    high = told > _ALIKE
    if high.sum() < _THREE:
        return [], 0.0
    return [int(at) for at in usable[high]], float(told[high].min())
