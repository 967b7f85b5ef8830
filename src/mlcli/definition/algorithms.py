"""Named ways to learn: friendly names with their hyperparameters, then class names.

An algorithm builds an unfitted scikit-learn estimator on a numeric matrix. What
it does to columns before that (the logarithm) is said by ``log``, and is part of
the equation; columns of words are never standardised (``learning.equations``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, Self, get_args

from pydantic import ConfigDict, Discriminator, Field, Tag

from mlcli.answering.label import KINDS, ClassTarget, NumberTarget
from mlcli.answering.target import Task, ThingTarget
from mlcli.definition.sklearn_classes import BY_NAME, CLASSIFIERS, load
from mlcli.definition.vocabulary import Frozen
from mlcli.errors import near
from mlcli.grammar.cells import Json

if TYPE_CHECKING:
    from mlcli.answering.predicting import Estimator

# With standardised columns the condition number of what we fit stays below 1e6
# (degree 8 on counts), so singular values under 1e-12 of the largest are columns
# that say the same thing. scikit-learn's default of 1e-6 dropped real ones.
_RANK_TOLERANCE = 1e-12
_PENALTY_OF_SPARSE = 0.1


@dataclass(frozen=True, slots=True)
class Complaint:
    """A hyperparameter that is none of the ``known``, or a ``value`` that is not what it needs."""

    key: str
    known: tuple[str, ...] = ()
    needs: str = ""
    value: object = None


def _both(name: str) -> dict[Task, str]:
    """Return scikit-learn's class for numbers and the one for classes, by what is answered."""
    return {"number": f"{name}Regressor", "category": f"{name}Classifier"}


class Algorithm(Frozen):
    """A way to learn, with its hyperparameters."""

    answers: ClassVar[tuple[Task, ...]] = ("number",)
    estimators: ClassVar[Mapping[Task, str]] = {}  # where what is answered asks for another
    log: ClassVar[bool] = False
    counts: ClassVar[bool] = False  # whether labels are 0 or more
    counted: ClassVar[bool] = False  # whether features are
    free_weights: ClassVar[bool] = False  # whether nothing keeps its weights small
    quick: ClassVar[bool] = False  # whether it is learned in milliseconds, again and again
    takes_sparse: ClassVar[bool] = False  # whether a sparse matrix teaches it the same, to 1e-9

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return what it can answer with."""
        return self.answers

    @property
    def row_by_row(self) -> list[Task]:
        """Return those of them that rows have labels for."""
        return [task for task in self.tasks if KINDS[task].by_rows]

    @property
    def sparse(self) -> bool:
        """Say whether a sparse matrix teaches it the same as a dense one, to 1e-9."""
        return self.takes_sparse

    @property
    def suggests(self) -> bool:
        """Say whether it can put things in order."""
        return ThingTarget.kind in self.tasks

    def estimator_for(self, task: Task) -> Callable[..., Estimator]:
        """Return the class of scikit-learn's that answers so."""
        made: Callable[..., Estimator] = load(self.estimators.get(task, self.estimators["number"]))
        return made

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return an unfitted estimator; ``seed`` fixes whatever chance is in it."""
        raise NotImplementedError

    def suit(self, estimator: Any, rows: int, rarest: int) -> None:
        """Set what follows from the rows; ``rarest`` counts those of the rarest class."""
        del estimator, rows, rarest

    @property
    def fewest(self) -> int:
        """Return how many rows there must be to learn from."""
        return 2

    def columns(self, encoded: int) -> int:
        """Return how many columns it learns from where features are so many."""
        return encoded

    def complaints(self) -> Iterator[Complaint]:
        """Yield what is wrong with hyperparameters, before any data is read."""
        return iter(())

    @property
    def known(self) -> tuple[str, ...]:
        """Return the names of all hyperparameters that it has."""
        return tuple(name for name in type(self).model_fields if name != "name")

    @property
    def written(self) -> Json:
        """Return the hyperparameters that were set."""
        return {k: v for k, v in self.model_dump(exclude_unset=True).items() if k != "name"}

    def having(self, values: Json) -> Self:
        """Return the same algorithm with other values of some hyperparameters.

        Raises
        ------
        ValidationError
            One of them is none, or not what it needs.
        """
        return self.model_validate({"name": self.name, **self.written, **values})

    if TYPE_CHECKING:
        name: Any


class _StraightLine(Algorithm):
    quick = free_weights = True

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising, then least squares."""
        del seed, task
        return _standardised(_least_squares())


class LinearRegression(_StraightLine):
    """A straight line (a plane, with several features), by least squares."""

    name: Literal["linear_regression"]


class Ridge(Algorithm):
    """A straight line whose weights are kept small by a penalty."""

    quick = True
    name: Literal["ridge"]
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0

    @property
    def sparse(self) -> bool:
        """Say yes, but for penalties so small that weights of like columns take many steps."""
        return self.penalty >= _PENALTY_OF_SPARSE

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising, then ridge."""
        del seed, task
        return _standardised(load("Ridge")(alpha=self.penalty, solver="svd"))


class PolynomialRegression(Algorithm):
    """A curve: powers and products of the features up to a degree, by least squares."""

    quick = free_weights = True
    name: Literal["polynomial_regression"]
    degree: Annotated[int, Field(ge=1, le=10)] = 2

    def columns(self, encoded: int) -> int:
        """Return how many powers and products there are."""
        return comb(encoded + self.degree, self.degree) - 1

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising before and after the powers, then least squares."""
        from sklearn.preprocessing import PolynomialFeatures, StandardScaler

        del seed, task
        powers = PolynomialFeatures(self.degree, include_bias=False)
        return _standardised(powers, StandardScaler(), _least_squares())


class LogRegression(_StraightLine):
    """A straight line over the natural logarithm of each number."""

    name: Literal["log_regression"]
    log = True


class PoissonRegression(Algorithm):
    """A curve for counts: each unit of a feature multiplies the answer."""

    name: Literal["poisson_regression"]
    counts = True
    quick = free_weights = True
    # The default is only there to settle columns that say the same thing.
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-6
    takes_sparse = True

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising, then a Poisson regression with a log link."""
        del seed, task
        made = load("PoissonRegressor")
        return _standardised(
            made(alpha=self.penalty, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        )


class KNearest(Algorithm):
    """The average, or the commonest class, of the rows most like the one asked about.

    In a catalogue: the things most like the wishes, by cosine similarity.
    """

    answers = ("number", "category", "thing")
    estimators: ClassVar = _both("KNeighbors")
    name: Literal["k_nearest"]
    neighbours: Annotated[int, Field(ge=1)] = 5

    @property
    def fewest(self) -> int:
        """Return the number of neighbours."""
        return max(2, self.neighbours)

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising, then nearest neighbours in an exact tree."""
        del seed
        return _standardised(self.estimator_for(task)(self.neighbours, algorithm="kd_tree"))


class DecisionTree(Algorithm):
    """Questions of the kind *is it above 5?*, one after the other, to an answer."""

    answers = ("number", "category")
    estimators: ClassVar = _both("DecisionTree")
    name: Literal["decision_tree"]
    max_depth: Annotated[int, Field(ge=1)] | None = None
    min_leaf: Annotated[int, Field(ge=1)] = 1

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return a tree."""
        return self.estimator_for(task)(
            max_depth=self.max_depth, min_samples_leaf=self.min_leaf, random_state=seed
        )


class RandomForest(Algorithm):
    """The average of many decision trees, each grown on a random part of the rows."""

    answers = ("number", "category")
    estimators: ClassVar = _both("RandomForest")
    name: Literal["random_forest"]
    trees: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_depth: Annotated[int, Field(ge=1)] | None = None
    min_leaf: Annotated[int, Field(ge=1)] = 1

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return a forest."""
        return self.estimator_for(task)(
            self.trees, max_depth=self.max_depth, min_samples_leaf=self.min_leaf, random_state=seed
        )


class GradientBoosting(Algorithm):
    """Small decision trees, each correcting what those before it got wrong."""

    answers = ("number", "category")
    estimators: ClassVar = _both("HistGradientBoosting")
    name: Literal["gradient_boosting"]
    trees: Annotated[int, Field(ge=1, le=10_000)] | None = None
    learning_rate: Annotated[float, Field(gt=0, le=1)] | None = None
    max_depth: Annotated[int, Field(ge=1)] | None = None
    min_leaf: Annotated[int, Field(ge=1)] | None = None

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return histogram gradient boosting as for few rows."""
        return self.estimator_for(task)(**{**_OF_FEW[task], **self._said(), "random_state": seed})

    def _said(self) -> Json:
        """Return what the definition says, by scikit-learn's names."""
        said: dict[str, Any] = {"min_samples_leaf": self.min_leaf}
        said["learning_rate"] = self.learning_rate
        said |= {"max_iter": self.trees, "early_stopping": False} if self.trees else {}
        said |= {"max_depth": self.max_depth, "max_leaf_nodes": 31} if self.max_depth else {}
        return {key: value for key, value in said.items() if value is not None}

    def suit(self, estimator: Any, rows: int, rarest: int) -> None:
        """Learn classes of few rows slowly; of many take as many trees as help others of them."""
        few: Json = {"learning_rate": min(0.05, rows / 4000)} if rarest < rows else {}
        settings = _OF_MANY if rows >= _MANY_ROWS else few
        if rarest < _FEWEST_OF_A_CLASS:  # those that say when to stop are some of each class
            settings = {**settings, "early_stopping": False, "max_iter": _ALIKE["max_iter"]}
        estimator.set_params(**{**settings, **self._said()})


_ALIKE: Final = {"max_iter": 100, "max_leaf_nodes": 8, "max_features": 0.5, "early_stopping": False}
_OF_FEW: Final[dict[Task, Json]] = {
    "number": {**_ALIKE, "learning_rate": 0.1, "min_samples_leaf": 3},
    "category": {**_ALIKE, "learning_rate": 0.05, "min_samples_leaf": 5},
}
_OF_MANY: Final[Json] = {
    "max_iter": 300,
    "early_stopping": True,
    "learning_rate": 0.07,
    "max_leaf_nodes": 16,
    "max_features": 0.7,
    "min_samples_leaf": 5,
}
_MANY_ROWS, _FEWEST_OF_A_CLASS = 1_000, 10


class LogisticRegression(Algorithm):
    """Odds of each class: each unit of a feature multiplies them."""

    answers = ("category",)
    quick = True
    name: Literal["logistic_regression"]
    penalty: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return standardising, then logistic regression with a squared penalty."""
        del seed, task
        return _standardised(load("LogisticRegression")(C=1 / self.penalty, max_iter=1000))


class _NaiveBayes(Algorithm):
    """Weighs each feature by how often it goes with a class, as if they were independent."""

    answers = ("category", "thing")
    quick = True
    takes_sparse = True
    smoothing: Annotated[float, Field(ge=1e-4, le=1e6)] = 1.0

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return naive Bayes on the columns as they are."""
        del seed, task
        return _chain(load(self.estimator)(alpha=self.smoothing))

    estimator: ClassVar[str]


class ComplementNaiveBayes(_NaiveBayes):
    """Naive Bayes by how seldom features go with every other class: for uneven classes."""

    counted = True
    estimator = "ComplementNB"
    name: Literal["complement_naive_bayes"]


class MultinomialNaiveBayes(_NaiveBayes):
    """Naive Bayes by the share of a class's counts that each feature has."""

    counted = True
    estimator = "MultinomialNB"
    name: Literal["multinomial_naive_bayes"]


class BernoulliNaiveBayes(_NaiveBayes):
    """Naive Bayes by which features are there, and which are not."""

    estimator = "BernoulliNB"
    name: Literal["bernoulli_naive_bayes"]


class Match(Algorithm):
    """How many wishes a thing meets; nothing is learned."""

    answers = ("thing",)
    name: Literal["match"]


class ByClassName(Algorithm):
    """Any scikit-learn estimator by its class name; it gets the columns as they are."""

    model_config = ConfigDict(extra="allow")
    name: Annotated[str, Field(json_schema_extra={"enum": list(BY_NAME)})]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return what it can answer with."""
        return (ClassTarget.kind if self.name in CLASSIFIERS else NumberTarget.kind,)

    @property
    def known(self) -> tuple[str, ...]:
        """Return the names of all hyperparameters that scikit-learn knows."""
        made = load(self.name)()
        return tuple(made.get_params(deep=False))

    @property
    def hyperparameters(self) -> Json:
        """Return what the definition sets, under scikit-learn's own names."""
        return dict(self.model_extra or {})

    def build(self, seed: int, task: Task = "number") -> Estimator:
        """Return the estimator, its ``random_state`` set to the seed if it has one."""
        del task
        made = load(self.name)()
        known = made.get_params(deep=False)
        given = {**self.hyperparameters}
        if "random_state" in known and "random_state" not in given:
            given["random_state"] = seed
        estimator: Estimator = made.set_params(**given)
        return estimator

    def complaints(self) -> Iterator[Complaint]:
        """Yield every hyperparameter that scikit-learn does not know or allow."""
        made = load(self.name)()
        known = made.get_params(deep=False)
        if self.name == "DummyClassifier" and self.hyperparameters.get("strategy") in _GUESSES:
            needs = "a str among {'most_frequent', 'prior'}: a guess is another each time"
            yield Complaint("strategy", needs=needs, value=self.hyperparameters["strategy"])
        for key, value in self.hyperparameters.items():
            if key not in known:
                yield Complaint(key, tuple(known))
                continue
            made.set_params(**{key: value})
            try:
                made._validate_params()  # noqa: SLF001 - the estimator's own constraints have no public door
            except ValueError as error:
                found = re.search(r" must be (.*)\. Got ", str(error), re.DOTALL)
                yield Complaint(key, needs=found[1] if found else str(error), value=value)
            made.set_params(**{key: known[key]})


_GUESSES = ("stratified", "uniform")


def _chain(*steps: object) -> Estimator:
    from sklearn.pipeline import make_pipeline

    pipeline: Estimator = make_pipeline(*steps)
    return pipeline


def _standardised(*steps: object) -> Estimator:
    """Return some steps on numbers that are brought to one spread first."""
    from sklearn.preprocessing import StandardScaler

    return _chain(StandardScaler(), *steps)


def _least_squares() -> object:
    # What it is given was made by a step before it: there is no need for another copy.
    return load("LinearRegression")(copy_X=False, tol=_RANK_TOLERANCE)


def _which(value: object) -> str | None:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    if not isinstance(name, str):
        return None
    return "class name" if name in BY_NAME else name


AnyAlgorithm = Annotated[
    Annotated[LinearRegression, Tag("linear_regression")]
    | Annotated[Ridge, Tag("ridge")]
    | Annotated[PolynomialRegression, Tag("polynomial_regression")]
    | Annotated[LogRegression, Tag("log_regression")]
    | Annotated[PoissonRegression, Tag("poisson_regression")]
    | Annotated[KNearest, Tag("k_nearest")]
    | Annotated[DecisionTree, Tag("decision_tree")]
    | Annotated[RandomForest, Tag("random_forest")]
    | Annotated[GradientBoosting, Tag("gradient_boosting")]
    | Annotated[LogisticRegression, Tag("logistic_regression")]
    | Annotated[ComplementNaiveBayes, Tag("complement_naive_bayes")]
    | Annotated[MultinomialNaiveBayes, Tag("multinomial_naive_bayes")]
    | Annotated[BernoulliNaiveBayes, Tag("bernoulli_naive_bayes")]
    | Annotated[Match, Tag("match")]
    | Annotated[ByClassName, Tag("class name")],
    Discriminator(_which),
]

_TAGGED = [get_args(one) for one in get_args(get_args(AnyAlgorithm)[0])]

FRIENDLY: dict[str, type[Algorithm]] = {
    one.tag: kind for kind, one in _TAGGED if kind is not ByClassName
}
"""The algorithms that are not class names, by their names."""


def friendly_names(task: Task | None = None) -> list[str]:
    """Return the names of the algorithms that are not class names, or of those for a task."""
    return [name for name, kind in FRIENDLY.items() if task is None or task in kind.answers]


_A_PART: Final = 3  # letters of a name by which it may be called
_FEW: Final = 3  # names that are worth a question


def models_near(name: str) -> str:
    """Return a hint at the models that may be meant: those of our own names first."""
    if not name.islower() or name in map(str.casefold, BY_NAME):
        return near(name, [*FRIENDLY, *BY_NAME])
    parts = [known for known in FRIENDLY if len(name) >= _A_PART and name in known]
    if 0 < len(parts) <= _FEW:
        return f"did you mean {' or '.join(map(repr, parts))}?"
    return near(name, FRIENDLY) or near(name, BY_NAME)
