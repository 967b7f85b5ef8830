"""Rows as an estimator is to learn from them, and what is refused before one learns."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.encoding import encode, encode_many
from mlcli.answering.equation import Log
from mlcli.answering.features import NumberInput, UnknownLevelError
from mlcli.errors import DataError, Fix, RefusedError
from mlcli.learning import limits
from mlcli.learning.features import learn_feature

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.equation import Matrix
    from mlcli.answering.features import Input
    from mlcli.answering.target import Target
    from mlcli.definition.algorithms import Algorithm
    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Value
    from mlcli.learning.all_rows import AllRows
    from mlcli.learning.fitting import Learned
    from mlcli.learning.labels import Lesson
    from mlcli.statistics.arrays import Flags, Rows
    from mlcli.tables.examples import Examples


class Shaped(NamedTuple):
    """What an estimator is to learn from; the members are those of ``Learned``."""

    features: tuple[Input, ...]
    target: Target
    log: Log | None
    asked: Matrix
    matrix: Matrix
    sparse: bool


def shaped(lesson: Lesson, rows: Rows, whole: AllRows | None = None) -> Shaped:
    """Return some rows as an estimator is to learn from them; raises what it would choke on.

    Where they are a sample of a ``whole``, that says what there is to learn of features and label.
    """
    definition, examples, labels = lesson
    varies(labels.of(rows), definition.label.name, len(rows))
    target = labels.target(definition.label, rows) if whole is None else whole.target
    _enough_for(definition.model, len(rows))
    labels.check(definition, examples, rows)
    columns = examples.columns
    features = (
        tuple(learn_feature(f, columns[f.name].taken(rows)) for f in definition.features)
        if whole is None
        else whole.encoder.features
    )
    _counts(definition, features)
    log = log_of(features) if definition.model.log else None
    sparse = definition.model.sparse
    with in_memory(lesson, target, features, rows):
        asked, matrix, able = matrices(features, log, examples, rows, sparse=sparse)
        _must_be_encoded(features, log, examples, rows, able)
    return Shaped(features, target, log, asked, matrix, sparse)


@contextmanager
def in_memory(
    lesson: Lesson, target: Target, features: Sequence[Input], rows: Rows
) -> Iterator[None]:
    """Say of what there is too much where memory does not suffice."""
    try:
        yield
    except MemoryError as error:
        classes = len(set(lesson.labels.strata(rows) or ()))
        raise limits.too_large(features, target.name, classes, len(rows)) from error


def matrices(
    features: Sequence[Input], log: Log | None, examples: Examples, rows: Rows, *, sparse: bool
) -> tuple[Matrix, Matrix, Flags]:
    """Return rows as they are asked and as an estimator gets them, and which can be encoded."""
    asked, able = encode_many(features, examples.columns, rows, sparse=sparse)
    if log is None:
        return asked, asked, able
    matrix = log.apply_many(asked)
    return asked, matrix, able & ~np.isnan(matrix[:, log.columns]).any(axis=1)


def encoded(
    learned: Learned | Shaped, examples: Examples, rows: Rows, *, by_date: bool = False
) -> tuple[Matrix, Matrix]:
    """Return some rows as they are asked, and as the estimator gets them, (n, columns) each.

    Raises
    ------
    DataError
        One cannot be encoded, and is named.
    """
    features, log = learned.features, learned.log
    asked, matrix, able = matrices(features, log, examples, rows, sparse=learned.sparse)
    _must_be_encoded(features, log, examples, rows, able, by_date=by_date)
    return asked, matrix


def varies(labels: NDArray[Any], name: str, rows: int) -> None:
    """Raise where some labels, those of so many rows, are all the same."""
    if (labels == labels[0]).all():
        raise DataError(
            f"the label {name!r} is {wording.readable(labels[0])} in all {rows:,} rows "
            "to learn from: there is nothing to learn",
            hint="is it the column you meant, and do the rules leave the right rows?",
        )


def _enough_for(model: Algorithm, rows: int) -> None:
    """Raise where an algorithm needs more rows than there are."""
    if rows < model.fewest:
        raise DataError(
            f"{model.name} looks at {model.fewest} neighbours, and there are only "
            f"{wording.count(rows, 'row')} to learn from",
            hint=f"bring more rows, or write  model: {{name: {model.name}, neighbours: {rows}}}",
        )


def _counts(definition: Definition, features: Sequence[Input]) -> None:
    """Raise where a model that takes features for counts meets one below 0."""
    for feature in features:
        if definition.model.counted and isinstance(feature, NumberInput) and feature.low < 0:
            raise DataError(
                f"{definition.model.name} takes features for counts, and {feature.name} "
                f"is {wording.readable(feature.low)} in some row",
                hint="name ranges of it with  bands,  or take another model",
            )


def log_of(features: Sequence[Input]) -> Log:
    """Return the logarithms that are taken of features that are numbers."""
    at, columns, names = 0, [], []
    for feature in features:
        if isinstance(feature, NumberInput):
            columns.append(at)
            names.append(feature.name)
        at += feature.width
    return Log(tuple(columns), tuple(names))


def _must_be_encoded(
    features: Sequence[Input],
    log: Log | None,
    examples: Examples,
    rows: Rows,
    able: Flags,
    *,
    by_date: bool = False,
) -> None:
    """Raise unless all rows can be encoded; what cannot is the data's fault, and named."""
    if able.all():
        return
    i = int(rows[able.argmin()])
    row = {f.name: examples.columns[f.name][i] for f in features}
    try:
        vector = encode(features, row)
        if log:
            log.apply(vector)
    except UnknownLevelError as error:
        hint = "say what an unseen value does, with  unseen: other  or  ignore"
        if by_date:
            hint += ",  or hold out at random"
        at = next(at for at, feature in enumerate(features) if not _encodes(feature, row))
        fix = Fix({"name": features[at].name, "unseen": "other"}, ("features", at))
        raise DataError(
            f"held out: {error}", place=examples.named(i), hint=hint, fix=[fix]
        ) from error
    except RefusedError as error:
        hint = "leave such rows out, with  between: {COLUMN: 1 or more}"
        raise DataError(str(error), place=examples.named(i), hint=hint) from error


def _encodes(feature: Input, row: dict[str, Value | None]) -> bool:
    """Say whether a feature knows what a row holds of it."""
    try:
        feature.encode(row[feature.name])
    except UnknownLevelError:
        return False
    return True
