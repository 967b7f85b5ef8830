"""The matrix of a model: what its features make of one row, or of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlcli.answering.features import CategoryInput, TagsInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.features import Input
    from mlcli.grammar.cells import Value


def encode(features: Sequence[Input], row: Mapping[str, Value | None]) -> list[float]:
    """Return one row of the matrix: the columns of every feature, in order."""
    return [number for feature in features for number in feature.encode(row.get(feature.name))]


def encode_many(
    features: Sequence[Input], columns: Mapping[str, Any], *, sparse: bool = False
) -> tuple[Any, NDArray[np.bool_]]:
    """Return the matrix of n rows, (n, columns), and which of them could be encoded, (n,).

    It is ``sparse``, of SciPy, or dense, column after column in memory. Rows that could not be
    encoded hold numbers without meaning.
    """
    import numpy as np

    rows, width = len(columns[features[0].name]), sum(feature.width for feature in features)
    able = np.ones(rows, dtype=bool)
    dense = np.zeros((rows, 0 if sparse else width), order="F")
    parts: list[tuple[Any, Any, Any]] = []
    at = 0
    for feature in features:
        made = feature.encode_many(columns[feature.name])
        able &= made.able
        if sparse:
            every = np.arange(rows) if made.rows is None else made.rows
            where = np.full(len(every), at) if made.columns is None else made.columns + at
            parts.append((made.values, every, where))
        elif made.columns is None:
            dense[:, at] = made.values
        else:
            dense[made.rows, made.columns + at] = made.values
        at += feature.width
    if not sparse:
        return dense, able
    from scipy.sparse import coo_array

    values, rows_, where = (np.concatenate(part) for part in zip(*parts, strict=True))
    return coo_array((values, (rows_, where)), shape=(rows, width)).tocsr(), able


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
