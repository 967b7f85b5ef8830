"""What is refused before memory is spent on it: features that are ids, and matrices too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mlcli import wording
from mlcli.answering.column import Numbers, Times, Words
from mlcli.answering.encoding import pays_sparse
from mlcli.answering.features import tags_of
from mlcli.errors import EnvironmentProblemError, Fix, UnsuitedError
from mlcli.exports import memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlcli.answering.column import Column
    from mlcli.answering.features import Input
    from mlcli.definition.definition import Definition, Feature
    from mlcli.statistics.arrays import Rows
    from mlcli.tables.examples import Examples

_MOST_WORDS: Final = 10_000
_MANY_ROWS: Final = 1_000
"""Rows from which on half as many words are an id; a short table may have such."""

_BYTES: Final = 8  # of a double
_SHARE: Final = 0.5
"""Of the free memory, that a matrix may take: learning makes a copy, brought to one spread."""


def within(definition: Definition, examples: Examples, rows: Rows) -> None:
    """Raise where some rows hold an id for a feature, or their matrix will not fit into memory.

    A sparse matrix takes no more than its table did, and is not looked at.

    What is free is what the system says can still be had, or what a container or a limit of
    the process leaves of it; where nobody says, matrices of all sizes are let through.

    Raises
    ------
    UnsuitedError
        With the key of the definition that is at fault.
    """
    widths, stored = [], 0
    for at, feature in enumerate(definition.features):
        column = examples.columns[feature.name]
        if feature.kind == "ordinal" or (
            isinstance(column, Numbers) and feature.kind != "category"
        ):
            widths.append(1)
            stored += len(rows)
            continue
        column = column.taken(rows)
        count, ones = _different(feature, column)
        few_words(definition, at, column, count, len(rows))
        widths.append(count + (feature.on_unseen == "other"))
        stored += ones
    cells = len(rows) * sum(widths)
    if not (definition.model.sparse and pays_sparse(stored, cells)):
        _fits(definition, len(rows), widths)


def few_words(definition: Definition, at: int, column: Column, count: int, rows: int) -> None:
    """Raise where a feature has so many different words, or tags, that they are an id.

    ``at`` is its place among the features, and ``count`` how many there are in the rows to learn
    from.

    Raises
    ------
    UnsuitedError
        With the key of the feature.
    """
    feature = definition.features[at]
    half = definition.recommend is None and rows >= _MANY_ROWS and 2 * count >= rows
    if half or count > _MOST_WORDS:
        noun, hint = _named(feature, column)
        most = f"more than {_MOST_WORDS:,}" if count > _MOST_WORDS else "half as many or more"
        raise UnsuitedError(
            f"{feature.name} has {count:,} different {noun} in {rows:,} rows to learn "
            f"from: {most} are an id, and say nothing of other rows",
            key=("features", at),
            hint=hint,
            fix=[Fix(None, ("features", at))],
        )


def too_large(
    features: Sequence[Input], label: str, classes: int, rows: int
) -> EnvironmentProblemError:
    """Return the error about rows that take more memory than there is, with what takes most."""
    widest = max(features, key=lambda feature: feature.width)
    columns = sum(feature.width for feature in features)
    message = (
        f"there is not enough memory to learn from {wording.count(rows, 'row')} and "
        f"{wording.count(columns, 'column')}"
    )
    if classes > widest.width:
        message += f", with {classes:,} classes of {label}"
        hint = f"is {label} an id? Name a label that few classes share"
    elif 2 * widest.width > columns > 1:
        message += f": {widest.name} makes {widest.width:,} of them, one for each word"
        hint = _no_category(widest.name)
    else:
        hint = "name fewer features, or learn from fewer rows"
    return EnvironmentProblemError(message, hint=hint)


def _different(feature: Feature, column: Column) -> tuple[int, int]:
    """Return how many different words, or tags, there are in a column, and how many in all."""
    if not isinstance(column, Words):
        return len(np.unique(column.values[~column.missing])), len(column)
    if feature.kind != "tags":
        return int(np.count_nonzero(column.counts())), len(column)
    tags, ones = set[str](), 0
    for level, count in zip(column.levels, column.counts().tolist(), strict=True):
        if count:
            found = tags_of(level)
            tags.update(found)
            ones += count * len(found)
    return len(tags), ones


def _named(feature: Feature, column: Column) -> tuple[str, str]:
    """Return what a feature holds, and what to do where it holds too many."""
    if feature.kind == "tags":
        return "tags", "leave it out, or keep only those tags that many rows have"
    if isinstance(column, Times):
        part = wording.keys_in_yaml({"derive": {"month": f"month of {feature.name}"}})
        return "dates", f"leave it out, or take a part of it, such as  {part}"
    return "words", _no_category(feature.name)


def _no_category(name: str) -> str:
    """Return what to do about a column of which hardly a word comes back."""
    belong = f"if it says which rows belong together, write  group: {wording.in_yaml(name)}"
    return f"it is no category: leave it out; {belong}"


def _fits(definition: Definition, rows: int, widths: Sequence[int]) -> None:
    """Raise where a matrix, with the products that the model makes, takes too much memory."""
    encoded, free = sum(widths), memory.free()
    columns = definition.model.columns(encoded)
    need = _BYTES * rows * columns
    if free is None or need <= free * _SHARE:
        return
    widest = max(range(len(widths)), key=widths.__getitem__)
    name = definition.features[widest].name
    key: tuple[str | int, ...] = ("features",)
    hint = "name fewer features"
    if columns > encoded:
        key, hint = ("model",), "write a lower degree, or name fewer features"
    elif 2 * widths[widest] > encoded > 1:
        key = (*key, widest)
        hint = f"leave out {name}, which makes {widths[widest]:,} of the columns"
    raise UnsuitedError(
        f"a matrix of {rows:,} rows and {wording.count(columns, 'column')} takes "
        f"{wording.size(need)}, which is more than half of the {wording.size(free)} of memory "
        "that are free",
        key=key,
        hint=f"{hint}, or learn from fewer rows",
    )
