"""The values of hyperparameters that ``mlcli tune`` tries: read, combined, and written."""

from __future__ import annotations

import re
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final

from mlcli import wording
from mlcli.grammar.phrases import PhraseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlcli.grammar.cells import Json

MOST: Final = 200
"""Combinations that are tried, at the most: of more, chance alone makes one look good."""

_RANGE: Final = re.compile(r"(-?\d+)\s+to\s+(-?\d+)", re.ASCII)
_LIKE_A_RANGE: Final = re.compile(r"\s*[-+.\d].*\bto\b|.*\bto\s+[-+.\d]", re.ASCII)
_FORMS: Final = "write whole numbers as  1 to 8,  others as a list:  [0.1, 1, 10]"


def values(written: object) -> tuple[Any, ...]:
    """Return the values to try: of ``1 to 8``, of a list, or of one value alone.

    Both ends of a range are tried, and ``8 to 1`` begins with 8.

    Raises
    ------
    PhraseError
        The text looks like a range and is none, a list is empty or holds something twice or
        what is no value, or there are more than are tried.
    """
    if isinstance(written, str):
        return _range(written)
    if not isinstance(written, list | tuple):
        written = [written]
    if not written:
        raise PhraseError("there is nothing to try", _FORMS)
    if len(written) > MOST:
        raise PhraseError(f"there are {len(written):,} values, and at most {MOST} are tried", _LESS)
    for at, value in enumerate(written):
        if not isinstance(value, bool | int | float | str | None):
            raise PhraseError("one of the values is a list or a mapping", _FORMS)
        if any(_same(value, other) for other in written[:at]):
            raise PhraseError(f"{wording.in_yaml(value)} stands here twice", "take one away")
    return tuple(written)


_LESS: Final = "take fewer, further apart:  [1, 2, 5, 10, 20]"


def _range(text: str) -> tuple[Any, ...]:
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        if _LIKE_A_RANGE.match(text):
            raise PhraseError(f"{text!r} is no range of whole numbers", _FORMS)
        return (text,)
    first, last = int(found[1]), int(found[2])
    if abs(last - first) >= MOST:
        many = abs(last - first) + 1
        raise PhraseError(f"there are {many:,} values, and at most {MOST} are tried", _LESS)
    step = 1 if last >= first else -1
    return tuple(range(first, last + step, step))


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def combinations(tune: Mapping[str, Sequence[Any]]) -> list[Json]:
    """Return every combination, in the order written: the last hyperparameter changes first."""
    return [dict(zip(tune, each, strict=True)) for each in product(*tune.values())]


def counted(tune: Mapping[str, Sequence[Any]]) -> int:
    """Return how many combinations there are."""
    return prod(map(len, tune.values()))


def model_line(name: str, hyperparameters: Json) -> str:
    """Return the line of a definition that names a model, such as ``model: {name: ridge}``."""
    named = {"name": name, **hyperparameters} if hyperparameters else name
    return f"model: {wording.in_yaml(named)}"
