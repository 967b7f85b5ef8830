"""Examples to a fitted model: split, learn features, learn weights, judge."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from math import isfinite
from typing import TYPE_CHECKING

from mlcli import wording
from mlcli.answering.equation import Equation, Log
from mlcli.answering.features import Input, NumberInput, UnknownLevelError, encode
from mlcli.answering.model import Model
from mlcli.answering.predicting import by_estimator, predictor
from mlcli.errors import DataError, RefusedError
from mlcli.grammar import phrases
from mlcli.grammar.cells import as_number
from mlcli.learning import splits
from mlcli.learning.equations import agrees, equation_of
from mlcli.learning.features import learn_feature, look_alikes, split_otherwise
from mlcli.learning.judged import Judged
from mlcli.learning.labels import RowLabels, labels_of
from mlcli.statistics.folds import FEWEST_TO_LEARN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.answering.predicting import Estimator
    from mlcli.answering.target import Raw, Target
    from mlcli.definition.algorithms import Algorithm
    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Value
    from mlcli.tables.examples import Examples


# What estimators raise over rows or hyperparameters that do not go together.
_UNFIT = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and everything that must be kept about how it was learned.

    ``equation`` is its closed form, if it has one; ``notes`` are what scikit-learn
    warned of and what the split implies. ``labels`` are those of all usable rows, ``rows``
    and ``held`` the positions on both sides of the split.
    """

    model: Model
    estimator: Estimator
    equation: Equation | None
    train: Judged
    held_out: Judged | None
    split: phrases.Holdout
    split_words: str
    notes: tuple[str, ...]
    learned: Learned
    labels: RowLabels
    rows: tuple[int, ...]
    held: tuple[int, ...]


def fit(
    definition: Definition, examples: Examples, *, split: phrases.Holdout | None = None
) -> Fitted:
    """Learn a model from the training rows alone, and judge it on the others.

    Parameters
    ----------
    definition
        The features, the label, the algorithm, the split and the seed.
    examples
        What ``assemble`` made of the exports.
    split
        Another split than the definition's.

    Raises
    ------
    DataError
        Too few rows, a constant label, a held-out category that training never
        held, or a value that the algorithm cannot take.
    """
    rows = examples.positions("usable").tolist()
    _enough(rows, examples)
    split, train, held = sides(definition, examples, rows, split)
    labels = labels_of(definition, examples, rows)
    learned = learn(definition, examples, labels, train)
    features, target, log = learned.features, learned.target, learned.log
    estimator, notes = learned.estimator, [*learned.notes]
    equation = equation_of(estimator, log)
    vectors = [encode(features, _row(examples, features, i)) for i in train]
    if equation is not None and not agrees(equation, log, estimator, vectors, target):
        equation = None
        notes.append("too finely balanced for an equation: answers come from scikit-learn")
    notes += labels.notes(target, train, held)
    notes += [note for feature in features if (note := split_otherwise(feature))]
    notes += [note for feature in features for note in look_alikes(feature)]
    notes += _seen_groups(definition, examples, train, held)
    notes += examples.ledger.notes
    predict = predictor(equation, estimator, target)
    domain = definition.domain
    model = Model(features, target, domain, predict)
    return Fitted(
        model=model,
        estimator=estimator,
        equation=equation,
        train=_judged(definition, model, log, examples, labels, train),
        held_out=_judged(definition, model, log, examples, labels, held) if held else None,
        split=split,
        split_words=split_words(split, examples, held),
        notes=tuple(notes),
        learned=learned,
        labels=labels,
        rows=tuple(train),
        held=tuple(held),
    )


def sides(
    definition: Definition,
    examples: Examples,
    rows: Sequence[int],
    split: phrases.Holdout | None = None,
) -> tuple[phrases.Holdout, list[int], list[int]]:
    """Return the split of some rows, those to learn from, and those held out.

    Raises
    ------
    DataError
        One side would be empty, or a date is missing.
    """
    dates, groups = dates_of(examples, rows), groups_of(definition, examples, rows)
    split = split or definition.holdout or phrases.default_holdout(dated=dates is not None)
    train, held = splits.divide(split, dates, len(rows), seed=definition.seed, groups=groups)
    return split, [rows[i] for i in train], [rows[i] for i in held]


@dataclass(frozen=True, slots=True)
class Learned:
    """What some rows taught, and nothing else: features, target and a fitted estimator.

    ``matrix`` holds those rows as the estimator got them, (n, columns); ``notes`` what
    scikit-learn warned of.
    """

    features: tuple[Input, ...]
    target: Target
    log: Log | None
    matrix: list[list[float]]
    estimator: Estimator
    notes: tuple[str, ...]


def learn(
    definition: Definition, examples: Examples, labels: RowLabels, rows: Sequence[int]
) -> Learned:
    """Learn features and weights from some rows.

    Raises
    ------
    DataError
        The label is constant in them, or the algorithm cannot take them.
    """
    _varies(labels.of(rows), definition.label.name)
    target = labels.target(definition.label, rows)
    _enough_for(definition.model, len(rows))
    labels.check(definition, examples, rows)
    features = tuple(
        learn_feature(feature, [examples.columns[feature.name][i] for i in rows])
        for feature in definition.features
    )
    _counts(definition, features)
    log = _log(features) if definition.model.log else None
    matrix = [_vector(features, log, examples, i) for i in rows]
    estimator, notes = _estimate(definition, target, matrix, labels, rows)
    return Learned(features, target, log, matrix, estimator, tuple(notes))


def predicted(learned: Learned, examples: Examples, rows: Sequence[int]) -> list[Raw | None]:
    """Return scikit-learn's raw prediction for each of some rows; ``None`` where there is none.

    There is none for a level that was not learned, and where the model has no answer.
    """
    vectors: dict[int, list[float]] = {}
    for i in rows:
        try:
            vectors[i] = _vector(learned.features, learned.log, examples, i)
        except DataError:  # counted by whoever asks
            continue
    found = dict(zip(vectors, _answers(learned, [*vectors.values()]), strict=True))
    return [found.get(i) for i in rows]


def remembered(learned: Learned) -> Sequence[Raw | None]:
    """Return scikit-learn's raw prediction for each of the rows that were learned from."""
    return _answers(learned, learned.matrix)


def _answers(learned: Learned, vectors: Sequence[list[float]]) -> Sequence[Raw | None]:
    try:
        return by_estimator(learned.estimator, vectors, learned.target)
    except RefusedError:
        return [None] * len(vectors)


def vectors(learned: Learned, examples: Examples, rows: Sequence[int]) -> list[list[float]]:
    """Return some rows as the estimator gets them, (n, columns).

    Raises
    ------
    DataError
        One cannot be encoded.
    """
    return [_vector(learned.features, learned.log, examples, i) for i in rows]


@contextmanager
def one_thread() -> Iterator[None]:
    """Have scikit-learn work on one thread: the bytes of boosted trees follow their number."""
    from threadpoolctl import threadpool_limits

    import_module("sklearn.linear_model")  # brings the libraries that have threads
    with threadpool_limits(1):
        yield


def prepare(definition: Definition) -> None:
    """Import what learning will need: the packages of its algorithm, which take a second."""
    import_module("threadpoolctl")
    definition.model.build(definition.seed, definition.kind.kind)


def _enough(rows: Sequence[int], examples: Examples) -> None:
    if len(rows) >= FEWEST_TO_LEARN:
        return
    raise DataError(
        f"{wording.count(len(rows), 'row')} with every feature and a label; "
        "at least 2 are needed to learn",
        hint=examples.ledger.losses() or "bring more rows",
    )


def dates_of(examples: Examples, rows: Sequence[int]) -> list[datetime | None] | None:
    """Return the date of each of some rows; nothing where they are not dated."""
    if not examples.key:
        return None
    keys = [examples.columns[examples.key][i] for i in rows]
    if not all(key is None or isinstance(key, datetime) for key in keys):
        return None
    return [key if isinstance(key, datetime) else None for key in keys]


def groups_of(
    definition: Definition, examples: Examples, rows: Sequence[int]
) -> list[Value | None] | None:
    """Return what each of some rows belongs to; nothing where the definition names no group."""
    return [examples.columns[definition.group][i] for i in rows] if definition.group else None


def _seen_groups(
    definition: Definition, examples: Examples, train: Sequence[int], held: Sequence[int]
) -> list[str]:
    """Say how many rows are held out of groups that are learned from too."""
    learned = set(groups_of(definition, examples, train) or ()) - {None}
    known = sum(group in learned for group in groups_of(definition, examples, held) or ())
    if not known:
        return []
    rows = wording.count(known, "held-out row")
    noun = f"{rows} of a {definition.group} that is learned from too"
    return [f"{noun}: a random share holds out whole ones"]


def _varies(labels: Sequence[object], name: str) -> None:
    if len(set(labels)) == 1:
        raise DataError(
            f"the label {name!r} is {wording.written(labels[0])} in all {len(labels):,} rows "
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
                f"is {wording.written(feature.low)} in some row",
                hint="name ranges of it with  bands,  or take another model",
            )


def _log(features: Sequence[Input]) -> Log:
    at, columns, names = 0, [], []
    for feature in features:
        if isinstance(feature, NumberInput):
            columns.append(at)
            names.append(feature.name)
        at += feature.width
    return Log(tuple(columns), tuple(names))


def _row(examples: Examples, features: Sequence[Input], i: int) -> dict[str, Value | None]:
    """Return the features of a row."""
    return {f.name: examples.columns[f.name][i] for f in features}


def _vector(features: Sequence[Input], log: Log | None, examples: Examples, i: int) -> list[float]:
    """Encode one row; what cannot be encoded is the data's fault here, and named."""
    try:
        vector = encode(features, _row(examples, features, i))
        return log.apply(vector) if log else vector
    except UnknownLevelError as error:
        hint = (
            "say what an unseen value does, with  unseen: other  or  ignore,  or hold out at random"
        )
        raise DataError(f"held out: {error}", place=examples.named(i), hint=hint) from error
    except RefusedError as error:
        hint = "leave such rows out, with  between: {COLUMN: 1 or more}"
        raise DataError(str(error), place=examples.named(i), hint=hint) from error


def _estimate(
    definition: Definition,
    target: Target,
    matrix: list[list[float]],
    labels: RowLabels,
    rows: Sequence[int],
) -> tuple[Estimator, list[str]]:
    """Fit the estimator; what scikit-learn warns of becomes notes."""
    import numpy as np

    estimator = definition.model.build(definition.seed, target.kind)
    labels.prepare(estimator, target)
    aims = np.array(target.aims(labels.of(rows)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(np.array(matrix, dtype="float64"), aims)
        except _UNFIT as error:
            raise DataError(
                f"{definition.model.name} cannot learn from these rows: "
                f"{' '.join(str(error).split()) or type(error).__name__}"
            ) from error
    said = dict.fromkeys(" ".join(str(w.message).split()) for w in caught)
    return estimator, [f"scikit-learn: {message}" for message in said]


def _judged(
    definition: Definition,
    model: Model,
    log: Log | None,
    examples: Examples,
    labels: RowLabels,
    rows: Sequence[int],
) -> Judged:
    for i in rows:
        _vector(model.features, log, examples, i)  # names the row that cannot be answered
    vectors = [encode(model.features, _row(examples, model.features, i)) for i in rows]
    try:
        values = model.predict(vectors)
    except RefusedError as error:
        at = next(i for i, v in zip(rows, vectors, strict=True) if _is_refused(model, v))
        raise DataError(
            f"{definition.model.name} has no answer for this row: {error}",
            place=examples.named(at),
            hint="try another model, or leave such rows out",
        ) from error
    if not model.target.finite(values):
        raise DataError(
            f"{definition.model.name} predicts numbers without end for these rows",
            hint="try another model",
        )
    return Judged(
        keys=tuple(examples.named(i) for i in rows),
        truths=tuple(labels[i] for i in rows),
        values=tuple(values),
        baseline=_own(definition, examples, rows),
    )


def _is_refused(model: Model, vector: list[float]) -> bool:
    try:
        model.predict([vector])
    except RefusedError:
        return True
    return False


def _own(
    definition: Definition, examples: Examples, rows: Sequence[int]
) -> tuple[float, ...] | None:
    """Return the answers of the rule in use today."""
    formula = definition.own_baseline
    if formula is None:
        return None
    found = []
    for i in rows:
        row = {
            c: as_number(v) for c in formula.columns if (v := examples.columns[c][i]) is not None
        }
        value = formula.value(row) if len(row) == len(formula.columns) else None
        if value is None or not isfinite(value):
            raise DataError(
                f"the baseline  {formula.text}  has no value",
                place=examples.named(i),
                hint="it divides by 0 there, or a column that it uses is empty",
            )
        found.append(value)
    return tuple(found)


def split_words(split: phrases.Holdout, examples: Examples, held: Sequence[int]) -> str:
    """Say which rows are held out, by their positions."""
    noun = examples.noun
    some = wording.count(len(held), noun)
    match split.how:
        case "none":
            return "the rows it learned from: none were held out"
        case "random":
            return f"{some} drawn at random"
        case "newest" | "from":
            assert examples.key is not None
            first = wording.written(examples.columns[examples.key][held[0]])
            return f"the newest {some}, from {first} on"
