"""The matrix of a model: what its features make of one row, or of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlcli.answering.features import CategoryInput, TagsInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mlcli.answering.column import Rows
    from mlcli.answering.features import Input
    from mlcli.grammar.cells import Value


def encode(features: Sequence[Input], row: Mapping[str, Value | None]) -> list[float]:
    """Return one row of the matrix: the columns of every feature, in order."""
    return [number for feature in features for number in feature.encode(row.get(feature.name))]


def encode_many(
    features: Sequence[Input], columns: Mapping[str, Any], rows: Rows
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the matrix of some rows, (n, columns), and which could be encoded, (n,).

    It stands column after column in memory. Rows that could not be encoded hold numbers
    without meaning.
    """
    import numpy as np

    width = sum(feature.width for feature in features)
    able, matrix, at = np.ones(len(rows), dtype=bool), np.zeros((len(rows), width), order="F"), 0
    for feature in features:
        made = feature.encode_many(columns[feature.name].taken(rows))
        able &= made.able
        if made.columns is None:
            matrix[:, at] = made.values
        else:
            matrix[made.rows, made.columns + at] = made.values
        at += feature.width
    return matrix, able


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
