"""The scikit-learn classes that a definition may name, and where they live.

A closed list: it gives did-you-mean without importing scikit-learn, and every
entry was fitted, stored and loaded through the allow-list of ``trusted``.
"""

from typing import Final

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
