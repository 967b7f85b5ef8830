"""Named ways to learn: friendly names with their hyperparameters, then class names.

An algorithm builds an unfitted scikit-learn estimator on a numeric matrix. What
it does to columns before that (the logarithm) is said by ``log``, and is part of
the equation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol

from pydantic import ConfigDict, Discriminator, Field, Tag

from mlcli.estimators import REGRESSORS
from mlcli.frozen import Frozen

if TYPE_CHECKING:
    import numpy as np

# With standardised columns the condition number of what we fit stays below 1e6
# (degree 8 on counts), so singular values under 1e-12 of the largest are columns
# that say the same thing. scikit-learn's default of 1e-6 dropped real ones.
_RANK_TOLERANCE = 1e-12


class Estimator(Protocol):
    """The part of scikit-learn's protocol that mlcli uses."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> Estimator: ...  # noqa: N803, D102
    def predict(self, X: np.ndarray) -> np.ndarray: ...  # noqa: N803, D102


@dataclass(frozen=True, slots=True)
class Complaint:
    """A hyperparameter that is none of the ``known``, or a ``value`` that is not what it needs."""

    key: str
    known: tuple[str, ...] = ()
    needs: str = ""
    value: object = None


class Algorithm(Frozen):
    """A way to learn a number, with its hyperparameters."""

    log: ClassVar[bool] = False
    counts: ClassVar[bool] = False  # whether labels are 0 or more

    def build(self, seed: int) -> Estimator:
        """Return an unfitted estimator; ``seed`` fixes whatever chance is in it."""
        raise NotImplementedError

    @property
    def fewest(self) -> int:
        """Return how many rows there must be to learn from."""
        return 2

    def complaints(self) -> Iterator[Complaint]:
        """Yield what is wrong with hyperparameters, before any data is read."""
        return iter(())


class LinearRegression(Algorithm):
    """A straight line (a plane, with several features), by least squares."""

    name: Literal["linear_regression"]

    def build(self, seed: int) -> Estimator:
        """Return standardising, then least squares."""
        from sklearn.preprocessing import StandardScaler

        del seed
        return _chain(StandardScaler(), _least_squares())


class Ridge(Algorithm):
    """A straight line whose weights are kept small by a penalty."""

    name: Literal["ridge"]
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0

    def build(self, seed: int) -> Estimator:
        """Return standardising, then ridge."""
        from sklearn import linear_model
        from sklearn.preprocessing import StandardScaler

        del seed
        return _chain(StandardScaler(), linear_model.Ridge(alpha=self.penalty, solver="svd"))


class PolynomialRegression(Algorithm):
    """A curve: powers and products of the features up to a degree, by least squares."""

    name: Literal["polynomial_regression"]
    degree: Annotated[int, Field(ge=1, le=10)] = 2

    def build(self, seed: int) -> Estimator:
        """Return standardising before and after the powers, then least squares."""
        from sklearn.preprocessing import PolynomialFeatures, StandardScaler

        del seed
        powers = PolynomialFeatures(self.degree, include_bias=False)
        return _chain(StandardScaler(), powers, StandardScaler(), _least_squares())


class LogRegression(LinearRegression):
    """A straight line over the natural logarithm of each number."""

    name: Literal["log_regression"]  # type: ignore[assignment]
    log = True


class PoissonRegression(Algorithm):
    """A curve for counts: each unit of a feature multiplies the answer."""

    name: Literal["poisson_regression"]
    counts = True
    # The default is only there to settle columns that say the same thing.
    penalty: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-6

    def build(self, seed: int) -> Estimator:
        """Return standardising, then a Poisson regression with a log link."""
        from sklearn.linear_model import PoissonRegressor
        from sklearn.preprocessing import StandardScaler

        del seed
        poisson = PoissonRegressor(
            alpha=self.penalty, solver="newton-cholesky", tol=1e-10, max_iter=1000
        )
        return _chain(StandardScaler(), poisson)


class KNearest(Algorithm):
    """The average of the rows most like the one asked about."""

    name: Literal["k_nearest"]
    neighbours: Annotated[int, Field(ge=1)] = 5

    @property
    def fewest(self) -> int:
        """Return the number of neighbours."""
        return max(2, self.neighbours)

    def build(self, seed: int) -> Estimator:
        """Return standardising, then nearest neighbours in an exact tree."""
        from sklearn.neighbors import KNeighborsRegressor
        from sklearn.preprocessing import StandardScaler

        del seed
        nearest = KNeighborsRegressor(self.neighbours, algorithm="kd_tree")
        return _chain(StandardScaler(), nearest)


class RandomForest(Algorithm):
    """The average of many decision trees, each grown on a random part of the rows."""

    name: Literal["random_forest"]
    trees: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_depth: Annotated[int, Field(ge=1)] | None = None
    min_leaf: Annotated[int, Field(ge=1)] = 1

    def build(self, seed: int) -> Estimator:
        """Return a forest."""
        from sklearn.ensemble import RandomForestRegressor

        forest: Estimator = RandomForestRegressor(
            self.trees,
            max_depth=self.max_depth,
            min_samples_leaf=self.min_leaf,
            random_state=seed,
        )
        return forest


class GradientBoosting(Algorithm):
    """Small decision trees, each correcting what those before it got wrong."""

    name: Literal["gradient_boosting"]
    trees: Annotated[int, Field(ge=1, le=10_000)] = 100
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    max_depth: Annotated[int, Field(ge=1)] | None = None
    min_leaf: Annotated[int, Field(ge=1)] = 5

    def build(self, seed: int) -> Estimator:
        """Return histogram gradient boosting without its own hold-out."""
        from sklearn.ensemble import HistGradientBoostingRegressor

        boosting: Estimator = HistGradientBoostingRegressor(
            max_iter=self.trees,
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            min_samples_leaf=self.min_leaf,
            early_stopping=False,
            random_state=seed,
        )
        return boosting


class ByClassName(Algorithm):
    """Any scikit-learn regressor by its class name; it gets the columns as they are."""

    model_config = ConfigDict(extra="allow")
    name: Annotated[str, Field(json_schema_extra={"enum": list(REGRESSORS)})]

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Return what the definition sets, under scikit-learn's own names."""
        return dict(self.model_extra or {})

    def build(self, seed: int) -> Estimator:
        """Return the estimator, its ``random_state`` set to the seed if it has one."""
        from importlib import import_module

        made = getattr(import_module(REGRESSORS[self.name]), self.name)()
        known = made.get_params(deep=False)
        given = self.hyperparameters
        if "random_state" in known and "random_state" not in given:
            given["random_state"] = seed
        made.set_params(**given)
        estimator: Estimator = made
        return estimator

    def complaints(self) -> Iterator[Complaint]:
        """Yield every hyperparameter that scikit-learn does not know or allow."""
        from importlib import import_module

        made = getattr(import_module(REGRESSORS[self.name]), self.name)()
        known = made.get_params(deep=False)
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


def _chain(*steps: object) -> Estimator:
    from sklearn.pipeline import make_pipeline

    pipeline: Estimator = make_pipeline(*steps)
    return pipeline


def _least_squares() -> Estimator:
    from sklearn import linear_model

    estimator: Estimator = linear_model.LinearRegression(tol=_RANK_TOLERANCE)
    return estimator


FRIENDLY = (
    LinearRegression,
    Ridge,
    PolynomialRegression,
    LogRegression,
    PoissonRegression,
    KNearest,
    RandomForest,
    GradientBoosting,
)


def friendly_names() -> list[str]:
    """Return the names of the algorithms that are not class names."""
    return [str(kind.model_fields["name"].annotation.__args__[0]) for kind in FRIENDLY]  # type: ignore[union-attr]


def _which(value: object) -> str | None:
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    if not isinstance(name, str):
        return None
    return "class name" if name in REGRESSORS else name


AnyAlgorithm = Annotated[
    Annotated[LinearRegression, Tag("linear_regression")]
    | Annotated[Ridge, Tag("ridge")]
    | Annotated[PolynomialRegression, Tag("polynomial_regression")]
    | Annotated[LogRegression, Tag("log_regression")]
    | Annotated[PoissonRegression, Tag("poisson_regression")]
    | Annotated[KNearest, Tag("k_nearest")]
    | Annotated[RandomForest, Tag("random_forest")]
    | Annotated[GradientBoosting, Tag("gradient_boosting")]
    | Annotated[ByClassName, Tag("class name")],
    Discriminator(_which),
]
