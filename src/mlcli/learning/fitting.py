"""Examples to a fitted model: split, learn features, learn weights, judge."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcli import wording
from mlcli.answering.column import Words
from mlcli.answering.encoding import columns_of_words, dense_parts, encode, encode_many
from mlcli.answering.equation import Equation, Log
from mlcli.answering.features import Input, NumberInput, UnknownLevelError
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor, by_estimator
from mlcli.errors import DataError, Fix, RefusedError
from mlcli.grammar import phrases
from mlcli.learning import limits, splits
from mlcli.learning.equations import agrees, equation_of, estimated
from mlcli.learning.features import learn_feature, look_alikes, split_otherwise
from mlcli.learning.judged import Judged
from mlcli.learning.labels import Lesson, labels_of
from mlcli.learning.splits import FEWEST_TO_LEARN
from mlcli.statistics import points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from mlcli.answering.column import Times
    from mlcli.answering.equation import Matrix
    from mlcli.answering.predicting import Estimator
    from mlcli.answering.target import Raws, Target
    from mlcli.definition.algorithms import Algorithm
    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Value
    from mlcli.statistics.arrays import Flags, Floats, Rows
    from mlcli.statistics.points import Points
    from mlcli.tables.examples import Examples


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and everything that must be kept about how it was learned.

    ``equation`` is its closed form, if it has one; ``notes`` are what scikit-learn
    warned of and what the split implies. ``lesson`` has the labels of all usable rows, ``rows``
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
    lesson: Lesson
    rows: Rows
    held: Rows

    def points(self) -> Points | None:
        """Return all rows as points, where one number is worked out of one other."""
        feature, *others = self.model.features
        if others or not isinstance(feature, NumberInput) or self.model.target.amounts is None:
            return None
        rows = np.concatenate([self.rows, self.held])
        columns, labels = self.lesson.examples.columns, self.lesson.labels
        matrix, _ = encode_many([feature], columns, rows)
        held = np.arange(len(rows)) >= len(self.rows)
        return points.of_rows(matrix[:, 0], labels.of(rows), held)


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
    rows = examples.positions("usable")
    _enough(rows, examples)
    split, train, held = sides(definition, examples, rows, split)
    limits.within(definition, examples, train)
    lesson = Lesson(definition, examples, labels_of(definition, examples, rows))
    learned = learn(lesson, train)
    target, notes = learned.target, [*learned.notes]
    equation = equation_of(learned.estimator, learned.log)
    if equation is not None and not agrees(equation, learned, target):
        equation = None
        notes.append("too finely balanced for an equation: answers come from scikit-learn")
    notes += lesson.labels.notes(target, train, held)
    notes += [note for feature in learned.features if (note := split_otherwise(feature))]
    notes += [note for feature in learned.features for note in look_alikes(feature)]
    notes += _seen_groups(definition, examples, train, held)
    notes += examples.ledger.notes
    predict = Predictor(equation, learned.estimator, target)
    model = Model(learned.features, target, definition.domain, predict)
    known, held_out = _judged(lesson, model, learned.asked, train), None
    notes += _always_the_same(target.kept(known.values), learned.estimator)
    if len(held):
        asked, _ = _encoded(learned, examples, held, by_date=split.by_date)
        held_out = _judged(lesson, model, asked, held)
        groups = groups_of(definition, examples, held)
        held_out = replace(
            held_out,
            keys=examples.names(held),
            groups=None if groups is None else [*map(wording.written, groups)],
        )
    return Fitted(
        model=model,
        estimator=learned.estimator,
        equation=equation,
        train=known,
        held_out=held_out,
        split=split,
        split_words=split_words(split, examples, held),
        notes=tuple(notes),
        learned=learned,
        lesson=lesson,
        rows=train,
        held=held,
    )


def sides(
    definition: Definition,
    examples: Examples,
    rows: Rows,
    split: phrases.Holdout | None = None,
) -> tuple[phrases.Holdout, Rows, Rows]:
    """Return the split of some rows, those to learn from, and those held out.

    Raises
    ------
    DataError
        One side would be empty, or a date is missing.
    """
    dates, groups = dates_of(examples, rows), groups_of(definition, examples, rows)
    split = split or definition.holdout or phrases.default_holdout(dated=dates is not None)
    train, held = splits.divide(split, dates, len(rows), seed=definition.seed, groups=groups)
    return split, rows[train], rows[held]


@dataclass(frozen=True, slots=True)
class Learned:
    """What some rows taught, and nothing else: features, target and a fitted estimator.

    ``asked`` holds those rows as they are asked, (n, columns), and ``matrix`` as the estimator
    got them; ``notes`` are what scikit-learn warned of; ``sparse`` says that it takes sparse
    matrices.
    """

    features: tuple[Input, ...]
    target: Target
    log: Log | None
    asked: Matrix
    matrix: Matrix
    estimator: Estimator
    notes: tuple[str, ...]
    sparse: bool


def learn(lesson: Lesson, rows: Rows) -> Learned:
    """Learn features and weights from some rows.

    Raises
    ------
    DataError
        The label is constant in them, or the algorithm cannot take them.
    """
    definition, examples, labels = lesson
    _varies(labels.of(rows), definition.label.name)
    target = labels.target(definition.label, rows)
    _enough_for(definition.model, len(rows))
    labels.check(definition, examples, rows)
    columns = examples.columns
    features = tuple(learn_feature(f, columns[f.name].taken(rows)) for f in definition.features)
    _counts(definition, features)
    log = _log(features) if definition.model.log else None
    sparse = definition.model.sparse
    try:
        asked, matrix, able = _matrices(features, log, examples, rows, sparse=sparse)
        _must_be_encoded(features, log, examples, rows, able)
        as_they_are = columns_of_words(features)
        estimator, notes = estimated(lesson, target, matrix, rows, as_they_are)
    except MemoryError as error:
        classes = len(set(labels.strata(rows) or ()))
        raise limits.too_large(features, target.name, classes, len(rows)) from error
    return Learned(features, target, log, asked, matrix, estimator, tuple(notes), sparse)


def _matrices(
    features: Sequence[Input], log: Log | None, examples: Examples, rows: Rows, *, sparse: bool
) -> tuple[Matrix, Matrix, Flags]:
    """Return rows as they are asked and as an estimator gets them, and which can be encoded."""
    asked, able = encode_many(features, examples.columns, rows, sparse=sparse)
    if log is None:
        return asked, asked, able
    matrix = log.apply_many(asked)
    return asked, matrix, able & ~np.isnan(matrix[:, log.columns]).any(axis=1)


def _encoded(
    learned: Learned, examples: Examples, rows: Rows, *, by_date: bool = False
) -> tuple[Matrix, Matrix]:
    """Return some rows as they are asked, and as the estimator gets them, (n, columns) each.

    Raises
    ------
    DataError
        One cannot be encoded, and is named.
    """
    features, log = learned.features, learned.log
    asked, matrix, able = _matrices(features, log, examples, rows, sparse=learned.sparse)
    _must_be_encoded(features, log, examples, rows, able, by_date=by_date)
    return asked, matrix


def vectors(learned: Learned, examples: Examples, rows: Rows) -> Matrix:
    """Return some rows as the estimator gets them, (n, columns).

    Raises
    ------
    DataError
        One cannot be encoded.
    """
    return _encoded(learned, examples, rows)[1]


def predicted(learned: Learned, examples: Examples, rows: Rows) -> tuple[Rows, Raws]:
    """Return the rows that have an answer, and scikit-learn's raw prediction for each.

    There is none for a level that was not learned, and where the model has no answer.
    """
    features, log = learned.features, learned.log
    _, matrix, able = _matrices(features, log, examples, rows, sparse=learned.sparse)
    if not able.all():
        rows, matrix = rows[able], matrix[able]
    return _answers(learned, rows, matrix)


def remembered(learned: Learned, rows: Rows) -> tuple[Rows, Raws]:
    """Return the same for the rows that were learned from."""
    return _answers(learned, rows, learned.matrix)


def _answers(learned: Learned, rows: Rows, matrix: Matrix) -> tuple[Rows, Raws]:
    if len(rows):
        try:
            return rows, by_estimator(learned.estimator, matrix, learned.target)
        except RefusedError:
            pass
    return rows[:0], learned.target.together([])


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


def _enough(rows: Rows, examples: Examples) -> None:
    if len(rows) >= FEWEST_TO_LEARN:
        return
    raise DataError(
        f"{wording.count(len(rows), 'row')} with every feature and a label; "
        "at least 2 are needed to learn",
        hint=examples.ledger.losses() or "bring more rows",
    )


def dates_of(examples: Examples, rows: Rows) -> Times | None:
    """Return the date of each of some rows; nothing where they are not dated."""
    return examples.dates and examples.dates.taken(rows)


def groups_of(definition: Definition, examples: Examples, rows: Rows) -> list[Value | None] | None:
    """Return what each of some rows belongs to; nothing where the definition names no group."""
    return [*examples.columns[definition.group].taken(rows)] if definition.group else None


def _always_the_same(answers: Sequence[Any], estimator: Any) -> list[str]:
    """Say that the answer is the same for all rows, and of trees that there are too few, if so."""
    if any(answer != answers[0] for answer in answers):
        return []
    leaf, rows = getattr(estimator, "min_samples_leaf", None), len(answers)
    if not isinstance(leaf, int) or 2 * leaf <= rows:
        return ["it gives the same answer whatever is asked"]
    needs = f"{leaf} rows in every leaf take {2 * leaf} to divide, and it has {rows}"
    return [f"it gives the same answer whatever is asked: {needs}"]


def _seen_groups(definition: Definition, examples: Examples, train: Rows, held: Rows) -> list[str]:
    """Say how many rows are held out of groups that are learned from too."""
    learned = set(groups_of(definition, examples, train) or ()) - {None}
    known = sum(group in learned for group in groups_of(definition, examples, held) or ())
    if not known:
        return []
    rows = wording.count(known, "held-out row")
    noun = f"{rows} of a {definition.group} that is learned from too"
    return [f"{noun}: a random share holds out whole ones"]


def _varies(labels: NDArray[Any], name: str) -> None:
    if (labels == labels[0]).all():
        raise DataError(
            f"the label {name!r} is {wording.readable(labels[0])} in all {len(labels):,} rows "
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


def _log(features: Sequence[Input]) -> Log:
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


def _judged(lesson: Lesson, model: Model, asked: Matrix, rows: Rows) -> Judged:
    definition, examples, labels = lesson
    values, able = model.predict.many(asked)
    if not able.all():
        at = int(able.argmin())
        try:
            model.predict.one(next(dense_parts(asked[at : at + 1]))[0].tolist())
        except RefusedError as error:
            raise DataError(
                f"{definition.model.name} has no answer for this row: {error}",
                place=examples.named(int(rows[at])),
                hint="try another model, or leave such rows out",
            ) from error
    if not model.target.finite(values):
        raise DataError(
            f"{definition.model.name} predicts numbers without end for these rows",
            hint="try another model",
        )
    return Judged(
        (), truths=labels.of(rows), values=values, baseline=_own(definition, examples, rows)
    )


def _own(definition: Definition, examples: Examples, rows: Rows) -> Floats | None:
    """Return the answers of the rule in use today."""
    formula = definition.baseline
    if formula is None:
        return None
    columns = {c: examples.columns[c].taken(rows) for c in formula.columns}
    known = {c: (v.as_numbers() if isinstance(v, Words) else v).values for c, v in columns.items()}
    found = formula.values(known, len(rows))
    if not np.isfinite(found).all():
        raise DataError(
            f"the baseline  {formula.text}  has no value",
            place=examples.named(int(rows[np.isfinite(found).argmin()])),
            hint="it divides by 0 there, or a column that it uses is empty",
        )
    return found


def split_words(split: phrases.Holdout, examples: Examples, held: Rows) -> str:
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
            first = wording.written(examples.columns[examples.key][int(held[0])])
            return f"the newest {some}, from {first} on"
