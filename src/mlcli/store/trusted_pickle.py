"""Unpickle a stored estimator, and nothing else: an exact list of what it may name.

The bytes were checked against their digest before they come here. The list holds
every global that the estimators of ``sklearn_classes`` were seen to store, and no other;
a prefix such as ``sklearn.`` would let through functions that run code.

Compiled code follows trees without a look at where they lead. A forged one would have it read
beyond its memory, or go round for ever: so they are checked before anything is predicted.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any, Final

from mlcli.errors import AskedWronglyError, MlcliError, ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mlcli.answering.predicting import Estimator

_ALLOWED: Final[dict[str, str]] = {
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    "numpy": "dtype ndarray",
    "numpy._core.multiarray": "_reconstruct scalar",
    "numpy._core.numeric": "_frombuffer",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "sklearn._loss._loss": (
        "CyAbsoluteError CyHalfBinomialLoss CyHalfGammaLoss CyHalfMultinomialLoss "
        "CyHalfPoissonLoss CyHalfSquaredError CyHalfTweedieLoss CyHalfTweedieLossIdentity "
        "CyHuberLoss CyPinballLoss __pyx_unpickle_CyHalfMultinomialLoss"
    ),
    "sklearn._loss.link": "IdentityLink Interval LogLink LogitLink MultinomialLogit",
    "sklearn._loss.loss": (
        "AbsoluteError HalfBinomialLoss HalfGammaLoss HalfMultinomialLoss HalfPoissonLoss "
        "HalfSquaredError HalfTweedieLoss HalfTweedieLossIdentity HuberLoss PinballLoss"
    ),
    "sklearn.calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "sklearn.compose._target": "TransformedTargetRegressor",
    "sklearn.cross_decomposition._pls": "PLSRegression",
    "sklearn.discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "sklearn.dummy": "DummyClassifier DummyRegressor",
    "sklearn.ensemble._bagging": "BaggingClassifier BaggingRegressor",
    "sklearn.ensemble._forest": (
        "ExtraTreesClassifier ExtraTreesRegressor RandomForestClassifier RandomForestRegressor"
    ),
    "sklearn.ensemble._gb": "GradientBoostingClassifier GradientBoostingRegressor",
    "sklearn.ensemble._hist_gradient_boosting.binning": "_BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting": (
        "HistGradientBoostingClassifier HistGradientBoostingRegressor"
    ),
    "sklearn.ensemble._hist_gradient_boosting.predictor": "TreePredictor",
    "sklearn.ensemble._weight_boosting": "AdaBoostClassifier AdaBoostRegressor",
    "sklearn.gaussian_process._gpc": (
        "GaussianProcessClassifier _BinaryGaussianProcessClassifierLaplace"
    ),
    "sklearn.gaussian_process._gpr": "GaussianProcessRegressor",
    "sklearn.gaussian_process.kernels": "ConstantKernel Product RBF",
    "sklearn.kernel_ridge": "KernelRidge",
    "sklearn.linear_model._base": "LinearRegression",
    "sklearn.linear_model._bayes": "ARDRegression BayesianRidge",
    "sklearn.linear_model._coordinate_descent": "ElasticNet ElasticNetCV Lasso LassoCV",
    "sklearn.linear_model._glm.glm": "GammaRegressor PoissonRegressor TweedieRegressor",
    "sklearn.linear_model._huber": "HuberRegressor",
    "sklearn.linear_model._least_angle": "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC",
    "sklearn.linear_model._logistic": "LogisticRegression LogisticRegressionCV",
    "sklearn.linear_model._omp": "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV",
    "sklearn.linear_model._perceptron": "Perceptron",
    "sklearn.linear_model._quantile": "QuantileRegressor",
    "sklearn.linear_model._ransac": "RANSACRegressor",
    "sklearn.linear_model._ridge": "Ridge RidgeCV RidgeClassifier RidgeClassifierCV",
    "sklearn.linear_model._sgd_fast": "Hinge ModifiedHuber SquaredHinge",
    "sklearn.linear_model._stochastic_gradient": "SGDClassifier SGDRegressor",
    "sklearn.linear_model._theil_sen": "TheilSenRegressor",
    "sklearn.metrics._dist_metrics": (
        "BrayCurtisDistance64 CanberraDistance64 ChebyshevDistance64 DiceDistance64 "
        "EuclideanDistance64 HammingDistance64 HaversineDistance64 JaccardDistance64 "
        "ManhattanDistance64 MinkowskiDistance64 RogersTanimotoDistance64 "
        "RussellRaoDistance64 SokalMichenerDistance64 SokalSneathDistance64 newObj"
    ),
    "sklearn.multiclass": "OneVsRestClassifier",
    "sklearn.naive_bayes": "BernoulliNB ComplementNB GaussianNB MultinomialNB",
    "sklearn.neighbors._ball_tree": "BallTree newObj",
    "sklearn.neighbors._classification": "KNeighborsClassifier RadiusNeighborsClassifier",
    "sklearn.neighbors._kd_tree": "KDTree newObj",
    "sklearn.neighbors._nearest_centroid": "NearestCentroid",
    "sklearn.neighbors._regression": "KNeighborsRegressor RadiusNeighborsRegressor",
    "sklearn.neural_network._multilayer_perceptron": "MLPClassifier MLPRegressor",
    "sklearn.neural_network._stochastic_optimizers": "AdamOptimizer SGDOptimizer",
    "sklearn.pipeline": "Pipeline",
    "sklearn.preprocessing._data": "StandardScaler",
    "sklearn.preprocessing._function_transformer": "FunctionTransformer",
    "sklearn.preprocessing._label": "LabelBinarizer LabelEncoder",
    "sklearn.preprocessing._polynomial": "PolynomialFeatures",
    "sklearn.semi_supervised._label_propagation": "LabelPropagation LabelSpreading",
    "sklearn.svm._classes": "LinearSVC LinearSVR NuSVC NuSVR SVC SVR",
    "sklearn.tree._classes": (
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor"
    ),
    "sklearn.tree._tree": "Tree",
}

# scikit-learn before 1.9 stores the last part of this name only.
_RENAMED: Final = {"_loss": "sklearn._loss._loss"}


class _ForeignNameError(Exception):
    """A pickle names something that is not on the list."""


def allowed(module: str, name: str) -> bool:
    """Say whether a stored model may name this."""
    return name in _ALLOWED.get(module, "").split()


def load(data: bytes, *, place: str) -> Estimator:
    """Rebuild an estimator from bytes whose digest was checked.

    Raises
    ------
    ModelError
        It names something that is not on the list, or cannot be rebuilt.
    """
    hint = "fit the model again from its definition"
    try:
        estimator: Estimator = _rebuilt(data)
        sound = _all_sound(estimator)
    except _ForeignNameError as error:
        raise ModelError(
            f"it names {error}, which no model of mlcli does: it was not loaded",
            place=place,
            hint=hint,
        ) from error
    except (MlcliError, MemoryError):  # a signal came, or the model is too large for here
        raise
    except Exception as error:  # a forged pickle can make any of them
        raise ModelError(
            f"it cannot be rebuilt: {type(error).__name__}: {error}", place=place, hint=hint
        ) from error
    if not callable(getattr(estimator, "predict", None)):
        raise ModelError("it holds nothing that predicts", place=place, hint=hint)
    if not sound:
        raise ModelError("it holds a tree that leads nowhere", place=place, hint=hint)
    return estimator


def _rebuilt(data: bytes) -> Any:
    from joblib.numpy_pickle import NumpyUnpickler

    class _Unpickler(NumpyUnpickler):  # type: ignore[misc] # joblib has no types
        def find_class(self, module: str, name: str) -> Any:
            module = _RENAMED.get(module, module)
            if not allowed(module, name):
                raise _ForeignNameError(f"{module}.{name}")
            return super().find_class(module, name)

    with warnings.catch_warnings():  # the versions were compared before
        warnings.simplefilter("ignore")
        return _Unpickler("", io.BytesIO(data), ensure_native_byte_order=True).load()


_LEAF: Final = -1


def _all_sound(estimator: object) -> bool:
    """Say whether every tree in an estimator leads from its root to leaves, for rows it takes."""
    return all(_sound(tree, width) for tree, width in _trees(estimator))


def _trees(estimator: object) -> Iterator[tuple[Any, int]]:
    """Yield every tree, with the number of columns that the rows have that come to it."""
    left: list[tuple[Any, int]] = [(estimator, _WIDEST)]
    seen: set[int] = set()
    while left:
        one, width = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        held: Iterable[Any] = ()
        if type(one).__name__ in _SOUND:
            yield one, width
        elif isinstance(one, dict):
            held = one.values()
        elif isinstance(one, list | tuple):
            held = one
        elif getattr(getattr(one, "dtype", None), "kind", "") == "O":
            held = one.ravel().tolist()
        elif type(one).__module__.startswith("sklearn."):
            held = getattr(one, "__dict__", {}).values()
            width = min(width, getattr(one, "__dict__", {}).get("n_features_in_", width))
        left += [(part, width) for part in held]


_WIDEST: Final = 2**31


def _sound(tree: Any, width: int) -> bool:
    return bool(_SOUND[type(tree).__name__](tree, width))


def _tree(tree: Any, width: int) -> Any:
    """Say so of a decision tree; a node comes before its children."""
    if not 0 < tree.node_count <= tree.capacity:
        return False
    inner = tree.children_left != _LEAF
    children = (tree.children_left[inner], tree.children_right[inner])
    return _leads(inner, children, tree.feature[inner], min(width, tree.n_features))


def _predictor(tree: Any, width: int) -> Any:
    """Say so of a tree of histogram boosting; mlcli's matrix has no columns of categories."""
    nodes = tree.nodes
    inner = nodes["is_leaf"] == 0
    children = (nodes["left"][inner].astype(int), nodes["right"][inner].astype(int))
    known = not nodes["is_categorical"].any() and len(nodes) > 0
    return known and _leads(inner, children, nodes["feature_idx"][inner], width)


def _leads(inner: Any, children: tuple[Any, Any], features: Any, width: int) -> Any:
    import numpy as np

    parents = np.flatnonzero(inner)
    down = [(parents < side) & (side < len(inner)) for side in children]
    return np.all(down) and np.all((features >= 0) & (features < width))


def _ball(tree: Any, width: int) -> Any:
    """Say so of a tree of neighbours, whose node i has the children 2i + 1 and 2i + 2."""
    import numpy as np

    rows, order, nodes, bounds = map(np.asarray, tree.get_arrays())
    last = 2 * np.flatnonzero(nodes["is_leaf"] == 0) + 2
    begin, end = nodes["idx_start"], nodes["idx_end"]
    return (
        len(order) == len(rows)
        and bounds.shape[1:] == (len(nodes), rows.shape[1])
        and rows.shape[1] <= width
        and np.all((order >= 0) & (order < len(rows)))
        and np.all((begin >= 0) & (begin <= end) & (end <= len(rows)))
        and np.all(last < len(nodes))
    )


_SOUND: Final = {"Tree": _tree, "TreePredictor": _predictor, "KDTree": _ball, "BallTree": _ball}


def dump(estimator: Estimator, *, name: str, place: str) -> bytes:
    """Return an estimator as joblib writes it, once it was seen to come back from that.

    Raises
    ------
    AskedWronglyError
        It holds something that is not on the list: some hyperparameter led to it.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    try:
        _rebuilt(buffer.getvalue())
    except _ForeignNameError as error:
        raise AskedWronglyError(
            f"{name} cannot be stored with these hyperparameters: "
            f"it would hold {error}, which no stored model may",
            place=place,
            hint="leave out the one that leads to it",
        ) from error
    return buffer.getvalue()
