"""Folds drawn at random, by scikit-learn: single rows, or groups of rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

Pairs = list[tuple[list[int], list[int]]]
"""Positions to learn from and to test, for each fold."""

_FEWEST_SHARED: Final = 3
"""A class of fewer rows would leave two folds, which learn from half of the rows only."""


def at_random(
    rows: int, classes: Sequence[str] | None, *, seed: int, splits: int, repeats: int
) -> tuple[Pairs, str]:
    """Return the folds of all repeats, and how they were made.

    With ``classes`` (rows,) each fold has about the same share of each: RepeatedStratifiedKFold,
    of fewer folds where the rarest class has fewer rows than ``splits``. Where it has under
    three, and without classes: RepeatedKFold.
    """
    import numpy as np
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    empty = np.zeros(rows)
    times = f", {repeats} times over" if repeats > 1 else ""
    rarest = splits if classes is None else min(Counter(classes).values())
    rare = f" (the rarest class has {wording.count(rarest, 'row')})" if rarest < splits else ""
    count = min(splits, rarest)
    if classes is not None and count >= min(splits, _FEWEST_SHARED):
        equal = RepeatedStratifiedKFold(n_splits=count, n_repeats=repeats, random_state=seed)
        pairs = _listed(equal.split(empty, np.array(_coded(classes))))
        return pairs, f"{count} folds with the classes in equal shares{times}{rare}"
    plain = RepeatedKFold(n_splits=splits, n_repeats=repeats, random_state=seed)
    unequal = f", the classes in unequal shares{rare}" if rare else ""
    return _listed(plain.split(empty)), f"{splits} folds{times}{unequal}"


def grouped(
    groups: Sequence[Hashable], classes: Sequence[str] | None, *, seed: int, splits: int
) -> tuple[Pairs, str]:
    """Return the folds of one repeat, no group in two of them, and how they were made.

    With ``classes`` (rows,) of about equal shares: StratifiedGroupKFold; GroupKFold without,
    and where a class is too rare for it or a fold would be empty. There are as many folds
    as groups (rows,), at most ``splits``.
    """
    import numpy as np
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    codes, empty = np.array(_coded(groups)), np.zeros(len(groups))
    count = min(splits, len(set(groups)))
    words = f"{count} folds of whole groups"
    if classes is not None and min(Counter(classes).values()) >= count:
        equal = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
        pairs = _listed(equal.split(empty, np.array(_coded(classes)), codes))
        if all(train and test for train, test in pairs):
            return pairs, f"{words}, the classes in about equal shares"
    plain = GroupKFold(n_splits=count, shuffle=True, random_state=seed)
    return _listed(plain.split(empty, groups=codes)), words


def _coded(values: Sequence[Any]) -> list[int]:
    """Return the place of each value among the sorted ones, as NumPy would sort them."""
    try:
        known = sorted(set(values))
    except TypeError:  # of several types
        known = sorted(set(values), key=repr)
    places = {value: i for i, value in enumerate(known)}
    return [places[value] for value in values]


def _listed(pairs: Iterable[tuple[Any, Any]]) -> Pairs:
    return [(list(map(int, train)), list(map(int, test))) for train, test in pairs]
