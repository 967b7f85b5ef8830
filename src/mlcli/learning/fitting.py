"""Examples to a fitted model: split, learn features, learn weights, judge."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from mlcli import wording
from mlcli.answering.encoding import columns_of_words, dense_parts, encode_many
from mlcli.answering.features import Input, NumberInput
from mlcli.answering.model import Model
from mlcli.answering.predicting import Predictor, by_estimator
from mlcli.errors import DataError, RefusedError
from mlcli.grammar import phrases
from mlcli.learning import all_rows, limits, passes, shaping, splits
from mlcli.learning.equations import agrees, equation_of, estimated
from mlcli.learning.features import look_alikes, split_otherwise
from mlcli.learning.judged import Judged, of_formula
from mlcli.learning.labels import Lesson, labels_of
from mlcli.learning.splits import FEWEST_TO_LEARN
from mlcli.statistics import points
from mlcli.tables.lying import RowBlock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlcli.answering.column import Times
    from mlcli.answering.equation import Equation, Log, Matrix
    from mlcli.answering.predicting import Estimator
    from mlcli.answering.target import Raws, Target
    from mlcli.definition.algorithms import Algorithm
    from mlcli.definition.definition import Definition
    from mlcli.grammar.cells import Value
    from mlcli.learning.all_rows import AllRows
    from mlcli.statistics.arrays import Floats, Rows
    from mlcli.statistics.points import Points
    from mlcli.tables.examples import Examples


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model and everything that must be kept about how it was learned.

    ``equation`` is its closed form, if it has one; ``notes`` are what scikit-learn
    warned of and what the split implies. ``lesson`` has the labels of all usable rows, ``rows``
    and ``held`` the positions on both sides of the split. Where these are a sample, ``whole`` is
    what the model learned from, if it did not learn from the sample alone.
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
    whole: AllRows | None = None

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
    final = split is not None
    lesson, split, train, held = _begun(definition, examples, split)
    whole = None if examples.lies is None else all_rows.taught(lesson, split)
    learned = learn(lesson, train, whole)
    if whole is not None:
        words = columns_of_words(whole.encoder.features)
        made = passes.learned(learned.estimator, whole, words, whole.target.width)
        learned = replace(learned, estimator=made)
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
    if examples.lies is not None and not final:  # of that, the judged model says enough
        sample = len(train) + len(held)
        name, rows = definition.model.name, examples.lies.rows
        told = whole.note(sample) if whole else all_rows.note_of_sample(name, sample, rows)
        notes.insert(0, told)
    predict = Predictor(equation, learned.estimator, target)
    model = Model(learned.features, target, definition.domain, predict)
    known, held_out = _judged(lesson, model, learned.asked, train), None
    notes += _always_the_same(target.kept(known.values), learned.estimator)
    if len(held):
        asked, _ = shaping.encoded(learned, examples, held, by_date=split.by_date)
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
        split_words=split_words(split, examples, held) if whole is None else whole.split_words,
        notes=tuple(notes),
        learned=learned,
        lesson=lesson,
        rows=train,
        held=held,
        whole=whole,
    )


class Expected(NamedTuple):
    """What a model will answer, and how much work it is to learn.

    ``work`` is rows, times columns that are learned from, times the effort of the algorithm:
    20,000 take some tenths of a second.
    """

    target: Target
    work: float


def expected(definition: Definition, examples: Examples) -> Expected:
    """Return what learning leads to, once all is looked at that is refused before it.

    Raises
    ------
    DataError
        As for `fit`.
    """
    lesson, split, train, held = _begun(definition, examples, None)
    shaped = shaping.shaped(lesson, train)
    _own(definition, examples, train)
    if len(held):
        shaping.encoded(shaped, examples, held, by_date=split.by_date)
        _own(definition, examples, held)
    model = definition.model
    classes = len(set(lesson.labels.strata(train) or ()))
    columns = max(model.columns(shaped.matrix.shape[1]), _FEW_COLUMNS)
    return Expected(shaped.target, len(train) * columns * _effort(model) * max(classes / 2, 1))


def _effort(model: Algorithm) -> float:
    """Return about how much longer learning takes than a closed form does."""
    if model.quick:
        return 1.0
    steps = max((n for n in model.model_dump().values() if type(n) is int), default=0)
    return _OF_TREES * max(1.0, steps / _MANY_TREES)


_OF_TREES: Final = 7.0
_MANY_TREES: Final = 200
"""The effort of so many trees, or steps of another algorithm."""

_FEW_COLUMNS: Final = 10
"""Learning from fewer columns takes hardly less time."""


def _begun(
    definition: Definition, examples: Examples, split: phrases.Holdout | None
) -> tuple[Lesson, phrases.Holdout, Rows, Rows]:
    """Return what there is to learn from, the split, and the rows on both sides of it."""
    rows = examples.positions("usable")
    _enough(rows, examples)
    split, train, held = sides(definition, examples, rows, split)
    limits.within(definition, examples, train)
    return Lesson(definition, examples, labels_of(definition, examples, rows)), split, train, held


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
    if examples.lies is not None:
        out = all_rows.held_out(definition, examples, split).of(RowBlock(examples.columns, None))
        splits.must_have_both(split, (~out[rows]).sum(), out[rows].sum(), dates)
        return split, rows[~out[rows]], rows[out[rows]]
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


def learn(lesson: Lesson, rows: Rows, whole: AllRows | None = None) -> Learned:
    """Learn features and weights from some rows; features from the ``whole`` that they are of.

    Raises
    ------
    DataError
        The label is constant in them, or the algorithm cannot take them.
    """
    features, target, log, asked, matrix, sparse = shaping.shaped(lesson, rows, whole)
    with shaping.in_memory(lesson, target, features, rows):
        estimator, notes = estimated(lesson, target, matrix, rows, columns_of_words(features))
    return Learned(features, target, log, asked, matrix, estimator, tuple(notes), sparse)


def vectors(learned: Learned, examples: Examples, rows: Rows) -> Matrix:
    """Return some rows as the estimator gets them, (n, columns).

    Raises
    ------
    DataError
        One cannot be encoded.
    """
    return shaping.encoded(learned, examples, rows)[1]


def predicted(learned: Learned, examples: Examples, rows: Rows) -> tuple[Rows, Raws]:
    """Return the rows that have an answer, and scikit-learn's raw prediction for each.

    There is none for a level that was not learned, and where the model has no answer.
    """
    features, log = learned.features, learned.log
    _, matrix, able = shaping.matrices(features, log, examples, rows, sparse=learned.sparse)
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
    return of_formula(formula, columns, len(rows), lambda at: examples.named(int(rows[at])))


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
