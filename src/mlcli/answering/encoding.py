"""The matrix of a model: what its features make of one row, or of many."""

from __future__ import annotations

from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any, Final

from mlcli.answering.features import CategoryInput, TagsInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.features import Entries, Input
    from mlcli.grammar.cells import Value
    from mlcli.statistics.arrays import Rows


def encode(features: Sequence[Input], row: Mapping[str, Value | None]) -> list[float]:
    """Return one row of the matrix: the columns of every feature, in order."""
    return [number for feature in features for number in feature.encode(row.get(feature.name))]


_MANY_CELLS: Final = 1_000_000
_FEW: Final = 8  # cells that a number of a sparse matrix must stand for
_AT_ONCE: Final = 2_000_000  # cells of a sparse matrix that are made dense together


def pays_sparse(stored: float, cells: int) -> bool:
    """Say whether a matrix of so many cells should be sparse, of which some are stored."""
    return cells >= _MANY_CELLS and _FEW * stored <= cells


def encode_many(
    features: Sequence[Input], columns: Mapping[str, Any], rows: Rows, *, sparse: bool = False
) -> tuple[Any, NDArray[np.bool_]]:
    """Return the matrix of some rows, (n, columns), and which could be encoded, (n,).

    A large one stands column after column in memory, or, where ``sparse`` is allowed and pays,
    is one of SciPy. Small ones stand row after row: libraries add them up in another order, and
    the last bit can decide between neighbours that are equally near. Rows that could not be
    encoded hold numbers without meaning.
    """
    import numpy as np

    shape = len(rows), sum(feature.width for feature in features)
    parts: Iterable[Entries] = (f.encode_many(columns[f.name].taken(rows)) for f in features)
    at_least = len(rows) * sum(not isinstance(feature, TagsInput) for feature in features)
    if sparse and pays_sparse(at_least, prod(shape)):
        parts = [*parts]
        if pays_sparse(sum(len(made.values) for made in parts), prod(shape)):
            return _sparse(features, parts, shape)
    order: Any = "F" if prod(shape) >= _MANY_CELLS else "C"
    able, matrix, at = np.ones(len(rows), dtype=bool), np.zeros(shape, order=order), 0
    for feature, made in zip(features, parts, strict=True):
        able &= made.able
        if made.columns is None:
            matrix[:, at] = made.values
        else:
            matrix[made.rows, made.columns + at] = made.values
        at += feature.width
    return matrix, able


def _sparse(
    features: Sequence[Input], parts: Sequence[Entries], shape: tuple[int, int]
) -> tuple[Any, NDArray[np.bool_]]:
    """Return the same, sparse, of what each feature puts into the matrix."""
    import numpy as np
    from scipy.sparse import coo_array

    every, places = np.arange(shape[0]), accumulate((f.width for f in features), initial=0)
    columns = [
        np.full(len(made.values), at) if made.columns is None else made.columns + at
        for made, at in zip(parts, places, strict=False)
    ]
    rows = [every if made.rows is None else made.rows for made in parts]
    values = np.concatenate([made.values for made in parts])
    matrix = coo_array((values, (np.concatenate(rows), np.concatenate(columns))), shape)
    return matrix.tocsr(), np.all([made.able for made in parts], axis=0)


def dense_parts(matrix: Any) -> Iterator[NDArray[np.float64]]:
    """Yield a dense matrix as it is, and a sparse one some rows at a time, as dense ones."""
    if not hasattr(matrix, "toarray"):
        yield matrix
        return
    rows, width = matrix.shape
    step = max(1, _AT_ONCE // width)
    for at in range(0, max(rows, 1), step):
        yield matrix[at : at + step].toarray()


def columns_of_words(features: Sequence[Input]) -> list[int]:
    """Return which columns of the matrix are 1 for a level and 0 for the others."""
    firsts = accumulate((feature.width for feature in features), initial=0)
    return [
        at
        for feature, first in zip(features, firsts, strict=False)
        if isinstance(feature, CategoryInput | TagsInput)
        for at in range(first, first + feature.width)
    ]


def column_names(features: Sequence[Input]) -> list[str]:
    """Return what each column of the matrix stands for."""
    names: list[str] = []
    for feature in features:
        if isinstance(feature, CategoryInput | TagsInput):
            names += [f"{feature.name} = other"] if feature.unseen == "other" else []
            names += [f"{feature.name} = {level}" for level in feature.levels]
        else:
            names.append(feature.name)
    return names
