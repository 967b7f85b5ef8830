"""Means of rows that depend on each other: days in order, and groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor, isfinite, sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mlcli.statistics.intervals import Interval, around_share, mean_and_spread, t_quantile

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from mlcli.statistics.arrays import Floats, Rows

_TERMS: Final = 0.4  # of T^(2/3): cosines of T days
_SLOWEST: Final = 0.6
_STRAIGHT: Final = 1e-6
_STEEP: Final = 0.3
_LEAST: Final = 0.1
_DUST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class MeanKnown:
    """How well a mean is known.

    Attributes
    ----------
    mean, error
        The mean of all rows and its standard error, in the values' unit.
    freedom
        Degrees of freedom of Student's t.
    parts
        How many rows, days or groups it rests on.
    slow
        Whether days follow each other so closely that few of them tell little: r + (1 + 3 r) / T
        is above .6, with r the correlation of a day's sum with that of the day before.
    skew
        The skewness of the mean: of n rows alone that of a row over sqrt(n), without unit.
    """

    mean: float
    error: float
    freedom: float
    parts: int
    slow: bool = False
    skew: float = 0.0

    def interval(self, *, level: float = 0.95) -> Interval | None:
        """Return where the mean of all such rows lies: mean - error · g(±t), in its unit.

        t is the quantile of Student's t, and g(t) = 3 / d · (cbrt(1 + d (t - d / 6)) - 1) bends
        it by the skewness d of the mean: longer where few large values make it (Hall 1992).
        Below .3 the cube root goes on as its tangent: ends there are far off, and hold no more.
        ``None`` where an end is no finite double.
        """
        width = t_quantile(level, freedom=self.freedom)
        low, high = (self.mean - self.error * _bent(t, self.skew) for t in (width, -width))
        return Interval(low, high) if isfinite(low) and isfinite(high) else None

    def interval_of_share(self) -> Interval | None:
        """Return where the share lies, at 95 %, that is the mean of zeros and ones: Wilson (1927).

        n is p (1 - p) / error², as many rows alone as know it as well, and at least 1; the
        quantile is Student's t. Where all rows are alike n is the number of parts.
        """
        alone = float(self.parts)
        if self.error > _DUST:  # of zeros and ones, so that less is rounding
            alone = max(self.mean * (1 - self.mean) / self.error**2, 1.0)
        return around_share(self.mean, alone, t_quantile(0.95, freedom=self.freedom))


def mean_of(
    values: Sequence[float] | Floats,
    *,
    days: NDArray[Any] | None = None,
    groups: NDArray[Any] | None = None,
) -> MeanKnown | None:
    """Return the mean of rows, and its standard error as far as rows depend on each other.

    Rows alone: s / sqrt(n), n - 1 free. Groups: the mean without a group of m rows is off by
    u = sum(value - mean) / (n - m), and the error is sqrt((G - 1) / G · sum(u²)), a jackknife
    (Tukey 1958); with b = m / (n - m), sum(b)² / (sum(b²) + sum(b²)² - sum(b⁴)) are free, which
    is G - 1 of equal groups, and fewer where few groups hold most rows (Satterthwaite 1946; Bell
    and McCaffrey 2002). Days: u are the sums by day, in order, and their long-run variance is the
    mean of nu squared cosine transforms, L_j = sqrt(2 / T) · sum(u_t cos(pi j (t - 1/2) / T)) for
    j = 1 to nu = floor(.4 T^(2/3)); the error is sqrt(T · mean(L²)) / n, nu free (Lazarus, Lewis,
    Stock and Watson 2018). It is at least a tenth of what it would be of days alone: a few zeros
    and ones can lie so that all cosines are 0.

    The skewness is k · sum(u³) / sum(u²)^1.5 over what each of N rows, means of groups or sums of
    days lies above their mean, with k = sqrt(N (N - 1)) / (N - 2) (Joanes and Gill 1998); of days
    it is taken times the long-run deviation over that of days alone, as if so many in a row were
    alike.

    Parameters
    ----------
    values
        (n,) figures of single rows.
    days
        (n,) the day of each row, as anything that can be sorted.
    groups
        (n,) what rows belong together, where they have no days.

    Returns
    -------
    MeanKnown | None
        ``None`` for fewer than two rows, days or groups, and where a value is not finite.
    """
    import numpy as np

    every = np.asarray(values, dtype=float)
    known = mean_and_spread(every)
    if known is None:
        return None
    mean, spread = known
    count = len(every)
    scale = float(np.abs(every).max()) or 1.0
    off: Floats = (every - mean) / scale
    if days is None and groups is None:
        return MeanKnown(mean, spread / sqrt(count), count - 1, count, skew=_skewness(off))
    keys = days if days is not None else groups
    assert keys is not None
    _, place, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    sums: Floats = np.bincount(place, weights=off).astype(float)
    parts = len(sums)
    if parts < 2:  # noqa: PLR2004
        return None
    error, freedom, skew = _of_groups(sums, sizes) if days is None else _of_days(sums)
    slow = days is not None and _is_slow(sums)
    return MeanKnown(mean, scale * error / count, freedom, parts, slow, skew)


class Related(NamedTuple):
    """Which rows depend on each other: ``days`` and ``groups`` (n,), where rows have some."""

    days: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None

    @property
    def alone(self) -> bool:
        """Say whether no row depends on others."""
        return self.days is None and self.groups is None

    def means(self, values: Sequence[float] | Floats) -> list[MeanKnown | None]:
        """Return what is known of the mean by days and by groups, or of rows alone."""
        by_days = [] if self.days is None else [mean_of(values, days=self.days)]
        by_groups = [] if self.groups is None else [mean_of(values, groups=self.groups)]
        return [*by_days, *by_groups] or [mean_of(values)]


ALONE: Final = Related()


def numbered(groups: Sequence[Hashable]) -> Rows:
    """Return a number for each group (n,); a row of none, or of an empty name, is its own."""
    import numpy as np

    known: dict[Hashable, int] = {}
    named = [group if group not in {None, ""} else (at,) for at, group in enumerate(groups)]
    return np.array([known.setdefault(each, len(known)) for each in named], dtype=np.intp)


_DATED: Final = re.compile(r"\d{4}-\d\d-\d\d([ T]\d.*)?")


def dated(cells: Sequence[str]) -> NDArray[Any] | None:
    """Return the day of each row (n,), where all cells are dates as ISO 8601 writes them."""
    import numpy as np

    known = bool(cells) and all(map(_DATED.fullmatch, cells))
    return np.array([cell[:10] for cell in cells]) if known else None


def widest(known: Sequence[MeanKnown | None], *, share: bool = False) -> Interval | None:
    """Return the interval that holds those of all, of means or of shares.

    ``None`` where one is not known, and where an end is no finite double.
    """
    ends = [
        None if one is None else one.interval_of_share() if share else one.interval()
        for one in known
    ]
    there = [one for one in ends if one is not None]
    if len(there) < len(ends):
        return None
    return Interval(min(one.low for one in there), max(one.high for one in there))


def _of_groups(sums: Floats, sizes: Rows) -> tuple[float, float, float]:
    """Return the error of a sum of groups, how many are free, and the skewness of their mean."""
    import numpy as np

    parts, means = len(sums), sums / sizes
    odds = sizes / (sizes.sum() - sizes)
    moved = sums * (1 + odds)
    squares = np.square(odds)
    free = odds.sum() ** 2 / (squares.sum() + squares.sum() ** 2 - np.square(squares).sum())
    error = sqrt((parts - 1) / parts * float(np.square(moved).sum()))
    return error, float(free), _skewness(means - means.mean())


def _of_days(sums: Floats) -> tuple[float, float, float]:
    """Return the error of a sum of days, how many are free, and the skewness of their mean."""
    import numpy as np

    parts = len(sums)
    terms = max(1, floor(_TERMS * parts ** (2 / 3) + 1e-9))  # .4 x 125^(2/3) is 10
    angles = np.pi * np.outer(np.arange(1, terms + 1), np.arange(parts) + 0.5) / parts
    squares = np.square(np.cos(angles) @ sums) * 2 / parts
    alone = sqrt(float(np.square(sums).sum()))
    error = max(sqrt(parts * float(squares.mean())), _LEAST * alone)
    return error, terms, _skewness(sums) * (error / alone if alone else 0.0)


def _is_slow(sums: Floats) -> bool:
    """Say whether days follow each other too closely for their mean to be known."""
    import numpy as np

    total = float(np.square(sums).sum())
    if total == 0:
        return False
    follows = float((sums[1:] * sums[:-1]).sum()) / total
    return follows + (1 + 3 * follows) / len(sums) > _SLOWEST


def _skewness(off: Floats) -> float:
    """Return that of a mean, of what its parts are off by."""
    import numpy as np

    parts, squares = len(off), float(np.square(off).sum())
    others = parts - 2
    if squares == 0 or others <= 0:
        return 0.0
    factor = sqrt(parts * (parts - 1)) / others
    return factor * float((off * off * off).sum()) / (squares * sqrt(squares))


def _bent(t: float, skew: float) -> float:
    """Return how far a mean may be off where Student's t is ``t``, in errors."""
    if abs(skew) < _STRAIGHT:
        return t
    return 3 / skew * (_cube_root(1 + skew * (t - skew / 6)) - 1)


def _cube_root(value: float) -> float:
    """Return the cube root, and below ``_STEEP`` its tangent there."""
    root: float = max(value, _STEEP) ** (1 / 3)
    return root + min(value - _STEEP, 0.0) / (3 * root * root)
