"""The scikit-learn classes that a definition may name, and where they live.

A closed list: it gives did-you-mean without importing scikit-learn, and every
entry was fitted, stored and loaded through the allow-list of ``trusted_pickle``.
"""

from importlib import import_module
from typing import Any, Final

REGRESSORS: Final[dict[str, str]] = {
    "ARDRegression": "sklearn.linear_model",
    "AdaBoostRegressor": "sklearn.ensemble",
    "BaggingRegressor": "sklearn.ensemble",
    "BayesianRidge": "sklearn.linear_model",
    "DecisionTreeRegressor": "sklearn.tree",
    "DummyRegressor": "sklearn.dummy",
    "ElasticNet": "sklearn.linear_model",
    "ElasticNetCV": "sklearn.linear_model",
    "ExtraTreeRegressor": "sklearn.tree",
    "ExtraTreesRegressor": "sklearn.ensemble",
    "GammaRegressor": "sklearn.linear_model",
    "GaussianProcessRegressor": "sklearn.gaussian_process",
    "GradientBoostingRegressor": "sklearn.ensemble",
    "HistGradientBoostingRegressor": "sklearn.ensemble",
    "HuberRegressor": "sklearn.linear_model",
    "KNeighborsRegressor": "sklearn.neighbors",
    "KernelRidge": "sklearn.kernel_ridge",
    "Lars": "sklearn.linear_model",
    "LarsCV": "sklearn.linear_model",
    "Lasso": "sklearn.linear_model",
    "LassoCV": "sklearn.linear_model",
    "LassoLars": "sklearn.linear_model",
    "LassoLarsCV": "sklearn.linear_model",
    "LassoLarsIC": "sklearn.linear_model",
    "LinearRegression": "sklearn.linear_model",
    "LinearSVR": "sklearn.svm",
    "MLPRegressor": "sklearn.neural_network",
    "NuSVR": "sklearn.svm",
    "OrthogonalMatchingPursuit": "sklearn.linear_model",
    "OrthogonalMatchingPursuitCV": "sklearn.linear_model",
    "PLSRegression": "sklearn.cross_decomposition",
    "PoissonRegressor": "sklearn.linear_model",
    "QuantileRegressor": "sklearn.linear_model",
    "RANSACRegressor": "sklearn.linear_model",
    "RadiusNeighborsRegressor": "sklearn.neighbors",
    "RandomForestRegressor": "sklearn.ensemble",
    "Ridge": "sklearn.linear_model",
    "RidgeCV": "sklearn.linear_model",
    "SGDRegressor": "sklearn.linear_model",
    "SVR": "sklearn.svm",
    "TheilSenRegressor": "sklearn.linear_model",
    "TransformedTargetRegressor": "sklearn.compose",
    "TweedieRegressor": "sklearn.linear_model",
}

CLASSIFIERS: Final[dict[str, str]] = {
    "AdaBoostClassifier": "sklearn.ensemble",
    "BaggingClassifier": "sklearn.ensemble",
    "BernoulliNB": "sklearn.naive_bayes",
    "CalibratedClassifierCV": "sklearn.calibration",
    "ComplementNB": "sklearn.naive_bayes",
    "DecisionTreeClassifier": "sklearn.tree",
    "DummyClassifier": "sklearn.dummy",
    "ExtraTreeClassifier": "sklearn.tree",
    "ExtraTreesClassifier": "sklearn.ensemble",
    "GaussianNB": "sklearn.naive_bayes",
    "GaussianProcessClassifier": "sklearn.gaussian_process",
    "GradientBoostingClassifier": "sklearn.ensemble",
    "HistGradientBoostingClassifier": "sklearn.ensemble",
    "KNeighborsClassifier": "sklearn.neighbors",
    "LabelPropagation": "sklearn.semi_supervised",
    "LabelSpreading": "sklearn.semi_supervised",
    "LinearDiscriminantAnalysis": "sklearn.discriminant_analysis",
    "LinearSVC": "sklearn.svm",
    "LogisticRegression": "sklearn.linear_model",
    "LogisticRegressionCV": "sklearn.linear_model",
    "MLPClassifier": "sklearn.neural_network",
    "MultinomialNB": "sklearn.naive_bayes",
    "NearestCentroid": "sklearn.neighbors",
    "NuSVC": "sklearn.svm",
    "Perceptron": "sklearn.linear_model",
    "QuadraticDiscriminantAnalysis": "sklearn.discriminant_analysis",
    "RadiusNeighborsClassifier": "sklearn.neighbors",
    "RandomForestClassifier": "sklearn.ensemble",
    "RidgeClassifier": "sklearn.linear_model",
    "RidgeClassifierCV": "sklearn.linear_model",
    "SGDClassifier": "sklearn.linear_model",
    "SVC": "sklearn.svm",
}

BY_NAME: Final = {**REGRESSORS, **CLASSIFIERS}


def load(name: str) -> Any:
    """Import one of these classes."""
    return getattr(import_module(BY_NAME[name]), name)
