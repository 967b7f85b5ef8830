"""The scikit-learn classes that a definition may name, and where they live.

A closed list: it gives did-you-mean without importing scikit-learn, and every
entry was fitted, stored and loaded through the allow-list of ``trusted_pickle``.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final


def _by_name(modules: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the module of each class, by the names of the classes in their order."""
    return dict(sorted((name, f"sklearn.{m}") for m, names in modules.items() for name in names))


_REGRESSORS: Final = {
    "compose": ("TransformedTargetRegressor",),
    "cross_decomposition": ("PLSRegression",),
    "dummy": ("DummyRegressor",),
    "ensemble": (
        *("AdaBoostRegressor", "BaggingRegressor", "ExtraTreesRegressor"),
        *("GradientBoostingRegressor", "HistGradientBoostingRegressor", "RandomForestRegressor"),
    ),
    "gaussian_process": ("GaussianProcessRegressor",),
    "kernel_ridge": ("KernelRidge",),
    "linear_model": (
        *("ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "GammaRegressor"),
        *("HuberRegressor", "Lars", "LarsCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV"),
        *("LassoLarsIC", "LinearRegression", "OrthogonalMatchingPursuit"),
        *("OrthogonalMatchingPursuitCV", "PoissonRegressor", "QuantileRegressor"),
        *("RANSACRegressor", "Ridge", "RidgeCV", "SGDRegressor", "TheilSenRegressor"),
        *("TweedieRegressor",),
    ),
    "neighbors": ("KNeighborsRegressor", "RadiusNeighborsRegressor"),
    "neural_network": ("MLPRegressor",),
    "svm": ("LinearSVR", "NuSVR", "SVR"),
    "tree": ("DecisionTreeRegressor", "ExtraTreeRegressor"),
}

_CLASSIFIERS: Final = {
    "calibration": ("CalibratedClassifierCV",),
    "discriminant_analysis": ("LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"),
    "dummy": ("DummyClassifier",),
    "ensemble": (
        *("AdaBoostClassifier", "BaggingClassifier", "ExtraTreesClassifier"),
        *("GradientBoostingClassifier", "HistGradientBoostingClassifier"),
        *("RandomForestClassifier",),
    ),
    "gaussian_process": ("GaussianProcessClassifier",),
    "linear_model": (
        *("LogisticRegression", "LogisticRegressionCV", "Perceptron", "RidgeClassifier"),
        *("RidgeClassifierCV", "SGDClassifier"),
    ),
    "naive_bayes": ("BernoulliNB", "ComplementNB", "GaussianNB", "MultinomialNB"),
    "neighbors": ("KNeighborsClassifier", "NearestCentroid", "RadiusNeighborsClassifier"),
    "neural_network": ("MLPClassifier",),
    "semi_supervised": ("LabelPropagation", "LabelSpreading"),
    "svm": ("LinearSVC", "NuSVC", "SVC"),
    "tree": ("DecisionTreeClassifier", "ExtraTreeClassifier"),
}

CLASSIFIERS: Final = _by_name(_CLASSIFIERS)
BY_NAME: Final = {**_by_name(_REGRESSORS), **CLASSIFIERS}


def load(name: str) -> Any:
    """Import one of these classes."""
    return getattr(import_module(BY_NAME[name]), name)
