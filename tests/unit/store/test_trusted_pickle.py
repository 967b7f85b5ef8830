"""What may come out of a pickle: every estimator we offer, and nothing else at all."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
import pytest
from sealing import forge, version_folder
from support import Project
from threadpoolctl import threadpool_limits

from mlcli.definition.algorithms import friendly_names
from mlcli.definition.sklearn_classes import BY_NAME, CLASSIFIERS
from mlcli.errors import AskedWronglyError, ModelError
from mlcli.store import cargo, trusted_pickle

pytestmark = pytest.mark.usefixtures("unvalidated")

ROWS = 60

# Hyperparameters as a definition may write them: those that lead to other classes
# (losses, kernels, metrics, solvers), and those that make an estimator keep more.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "ARDRegression": [{"compute_score": True}],
    "AdaBoostRegressor": [{"loss": "square", "n_estimators": 5}, {"loss": "exponential"}],
    "BaggingRegressor": [{"oob_score": True}, {"bootstrap_features": True, "max_samples": 0.5}],
    "BayesianRidge": [{"compute_score": True, "fit_intercept": False}],
    "DecisionTreeRegressor": [
        {"criterion": "absolute_error"},
        {"criterion": "poisson", "max_depth": 3},
        {"splitter": "random", "max_features": "sqrt"},
        {"monotonic_cst": [1, 0]},
    ],
    "DummyRegressor": [{"strategy": "median"}, {"strategy": "quantile", "quantile": 0.8}],
    "ElasticNet": [{"l1_ratio": 0.1, "selection": "random"}, {"positive": True}],
    "ElasticNetCV": [{"l1_ratio": [0.1, 0.9], "cv": 3}],
    "ExtraTreeRegressor": [{"criterion": "absolute_error"}],
    "ExtraTreesRegressor": [{"n_estimators": 5, "bootstrap": True, "oob_score": True}],
    "GammaRegressor": [{"solver": "newton-cholesky"}],
    "GaussianProcessRegressor": [{"normalize_y": True, "alpha": 0.1}, {"optimizer": None}],
    "GradientBoostingRegressor": [
        {"n_estimators": 5, "loss": "huber"},
        {"n_estimators": 5, "loss": "absolute_error"},
        {"n_estimators": 5, "loss": "quantile", "alpha": 0.3},
        {"n_estimators": 5, "init": "zero"},
        {"n_iter_no_change": 2, "subsample": 0.5},
    ],
    "HistGradientBoostingRegressor": [
        {"max_iter": 5, "loss": "absolute_error"},
        {"max_iter": 5, "loss": "poisson"},
        {"max_iter": 5, "loss": "gamma"},
        {"max_iter": 5, "loss": "quantile", "quantile": 0.3},
        {"max_iter": 5, "early_stopping": True},
        {"max_iter": 5, "monotonic_cst": [1, 0], "interaction_cst": "no_interactions"},
        {"max_iter": 5, "max_features": 0.5},
    ],
    "HuberRegressor": [{"epsilon": 1.1}],
    "KNeighborsRegressor": [
        *(
            {"algorithm": "ball_tree", "metric": metric}
            for metric in (
                *("euclidean", "manhattan", "chebyshev", "canberra", "braycurtis", "hamming"),
                *("dice", "jaccard", "rogerstanimoto", "russellrao", "sokalsneath", "haversine"),
            )
        ),
        {"metric": "sokalmichener"},
        {"algorithm": "kd_tree", "p": 3, "weights": "distance"},
        {"algorithm": "kd_tree", "metric": "chebyshev"},
        {"algorithm": "brute", "metric": "cosine"},
        {"algorithm": "brute", "metric": "nan_euclidean"},
    ],
    "KernelRidge": [
        {"kernel": "rbf", "gamma": 0.1},
        {"kernel": "polynomial", "degree": 2},
        {"kernel": "laplacian"},
        {"kernel": "chi2", "gamma": 0.1},
    ],
    "Lars": [{"fit_path": False}],
    "LarsCV": [{"cv": 3}],
    "Lasso": [{"alpha": 0.1, "selection": "random"}],
    "LassoCV": [{"cv": 3}],
    "LassoLarsIC": [{"criterion": "bic"}],
    "LinearRegression": [{"positive": True}],
    "LinearSVR": [{"loss": "squared_epsilon_insensitive", "dual": False}],
    "MLPRegressor": [
        {"solver": "lbfgs", "hidden_layer_sizes": [5], "max_iter": 20},
        {
            "solver": "sgd",
            "hidden_layer_sizes": [5, 5],
            "learning_rate": "adaptive",
            "max_iter": 20,
        },
        {"solver": "adam", "early_stopping": True, "activation": "tanh", "max_iter": 20},
        {"loss": "poisson", "max_iter": 20},
    ],
    "NuSVR": [{"kernel": "linear"}],
    "OrthogonalMatchingPursuit": [{"n_nonzero_coefs": 1}],
    "PLSRegression": [{"n_components": 1, "scale": False}],
    "PoissonRegressor": [{"solver": "newton-cholesky", "alpha": 0.1}],
    "QuantileRegressor": [{"quantile": 0.2, "solver": "highs-ds"}],
    "RANSACRegressor": [{"loss": "squared_error", "max_trials": 10}],
    "RadiusNeighborsRegressor": [{"radius": 100, "metric": "manhattan", "algorithm": "kd_tree"}],
    "RandomForestRegressor": [
        {"n_estimators": 5, "criterion": "absolute_error"},
        {"n_estimators": 5, "criterion": "poisson", "oob_score": True},
        {"n_estimators": 5, "max_samples": 0.5, "warm_start": True},
    ],
    "Ridge": [
        *({"solver": s} for s in ("svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga")),
        {"solver": "lbfgs", "positive": True},
    ],
    "RidgeCV": [
        {"scoring": "neg_mean_absolute_error"},
        {"cv": 3, "alphas": [0.1, 1.0]},
        {"store_cv_results": True},
        {"gcv_mode": "svd"},
    ],
    "SGDRegressor": [
        {"loss": "huber", "penalty": "l1"},
        {"loss": "epsilon_insensitive", "penalty": "elasticnet", "learning_rate": "optimal"},
        {"loss": "squared_epsilon_insensitive", "average": True},
        {"early_stopping": True, "learning_rate": "adaptive"},
    ],
    "HistGradientBoostingClassifier": [{"max_iter": 5, "early_stopping": True}],
    "LogisticRegression": [{"solver": "saga"}],
    "MLPClassifier": [{"solver": "sgd", "max_iter": 20}, {"early_stopping": True, "max_iter": 20}],
    "SGDClassifier": [
        {"loss": loss} for loss in ("log_loss", "modified_huber", "squared_hinge", "perceptron")
    ],
    "SVR": [{"kernel": k} for k in ("linear", "poly", "sigmoid")] + [{"gamma": "auto", "C": 10.0}],
    "TheilSenRegressor": [{"max_subpopulation": 50}],
    "TweedieRegressor": [
        *({"power": power} for power in (1, 1.5, 2, 3)),
        {"power": 0, "link": "log"},
        {"power": 1, "link": "identity"},
    ],
}

# A few trees hold what many do.
FEW: dict[str, dict[str, Any]] = {
    "random_forest": {"trees": 9},
    "gradient_boosting": {"trees": 9},
    "ExtraTreesClassifier": {"n_estimators": 9},
    "GradientBoostingClassifier": {"n_estimators": 9},
    "HistGradientBoostingClassifier": {"max_iter": 9},
    "RandomForestClassifier": {"n_estimators": 9},
}


def _nights() -> str:
    """Return 60 rows in which every estimator finds something: whole, above 0, with some noise."""
    draw = random.Random(7)
    lines = ["guests,rain,doughs,busy,size"]
    for _ in range(ROWS):
        guests, rain = draw.randint(1, 40), round(draw.uniform(0.01, 1), 3)
        doughs = round(9 + 2 * guests - 5 * rain + draw.gauss(0, 2)) + 5
        size = "small" if doughs < 35 else "large" if doughs > 65 else "middling"
        lines.append(f"{guests},{rain},{doughs},{doughs > 50},{size}")
    return "\n".join(lines) + "\n"


@cache
def kept(model: str, label: str = "doughs") -> tuple[frozenset[tuple[str, str]], float]:
    """Fit a model as `mlcli fit` does, store it, load it; return what its pickle names, and by how
    much the loaded one predicts differently from the fitted one.
    """
    from datetime import UTC, datetime

    from mlcli.learning import fitting
    from mlcli.store import versions
    from mlcli.verbs import ask
    from mlcli.verbs import fit as verb
    from mlcli.verbs import project as projects

    seen: set[tuple[str, str]] = set()
    fits: list[Any] = []
    allowed, learn = trusted_pickle.allowed, fitting.fit
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch, threadpool_limits(1):

        def fit(*args: Any, **kwargs: Any) -> Any:
            fits.append(learn(*args, **kwargs))
            return fits[-1]

        patch.setattr(
            trusted_pickle,
            "allowed",
            lambda module, name: seen.add((module, name)) or allowed(module, name),
        )
        patch.setattr(fitting, "fit", fit)
        patch.setattr("mlcli.judging.leaks.alarms.alarms", lambda *_, **__: ([], ""))
        root = Path(name)
        for folder in ("configs", "data"):
            (root / folder).mkdir()
        (root / "data" / "nights.csv").write_text(_nights())
        definition = root / "configs" / "nights.yaml"
        definition.write_text(
            "sources:\n  nights: {file: data/nights.csv}\nfeatures: [guests, rain]\n"
            f"label: {label}\nholdout: none\nmodel: {model}\n"
        )
        project = projects.Project(root)
        verb.fit(project, definition, now=datetime.now(UTC))
        manifest = versions.read(project.models, "nights")
        rows = [[g / 2, r / 10] for g in range(1, 81, 7) for r in range(1, 11, 3)]
        (fitted,) = fits
        log = "log_regression" in model  # the logarithm is ours, and comes before the estimator
        matrix = np.array([fitted.equation.steps[0].apply(row) if log else row for row in rows])
        before = fitted.estimator.predict(matrix.copy()).ravel()
        after = cargo.load_estimator(manifest).predict(matrix.copy()).ravel()
        answering = [
            [model.predict.one(row) for row in rows[1:4]]
            for model in (fitted.model, ask.load(manifest))
        ]
    assert np.isfinite(before).all()
    assert [*map(_flat, answering[0])] == [
        pytest.approx(_flat(value), rel=1e-12) for value in answering[1]
    ]
    assert len(fitted.train.values), "nothing was learned from"
    return frozenset(seen), float(np.max(np.abs(before - after) / (1 + np.abs(before))))


def _flat(value: Any) -> list[float]:
    """Return a raw prediction as numbers: one, or the place of a class and its probabilities."""
    return [value] if isinstance(value, float) else [value.position, *(value.probabilities or ())]


def labels(name: str) -> list[str]:
    """Return the labels that a model can learn, of one that is a number, two classes, or three."""
    if name in friendly_names("category") or name in CLASSIFIERS:
        more = ["doughs"] if name in friendly_names("number") else []
        return [*more, "busy", "size"]
    return ["doughs"]


NAMES = [name for name in friendly_names() if name != "match"]  # which has nothing to store


def written(name: str, hyperparameters: dict[str, Any]) -> str:
    """Return what a definition says of a model; YAML holds JSON."""
    return json.dumps({"name": name, **hyperparameters})


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [*NAMES, *BY_NAME])
def test_every_estimator_comes_back_as_it_was_stored(name: str, every: bool) -> None:
    """Of every kind of label, and with hyperparameters of every kind of one label."""
    few, *variants = [FEW.get(name, {}), *VARIANTS.get(name, [])]
    first, *more = labels(name)
    some = [(few, first), *((few, label) for label in more), *((v, first) for v in variants)]
    for hyperparameters, label in product([few, *variants], [first, *more]) if every else some:
        names, apart = kept(written(name, hyperparameters), label)

        assert names, f"{name} {hyperparameters}: nothing went through the list"
        assert apart <= 1e-12, f"{name} {hyperparameters}: loaded, it predicts other numbers"


@pytest.mark.slow
def test_the_list_names_nothing_that_no_estimator_stores() -> None:
    needed: set[tuple[str, str]] = set()
    for name in [*NAMES, *BY_NAME]:
        for hyperparameters, label in product(
            [FEW.get(name, {}), *VARIANTS.get(name, [])], labels(name)
        ):
            needed |= kept(written(name, hyperparameters), label)[0]

    listed = {
        (module, name)
        for module, names in trusted_pickle._ALLOWED.items()
        for name in names.split()
    }
    assert listed - needed == set()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.pipeline", "make_pipeline"),
        ("sklearn.pipeline", "Pipeline.predict"),
        ("sklearn.pipeline", ""),
        ("sklearn.preprocessing._function_transformer", "np.load"),
        ("sklearn", "Pipeline"),
        ("sklearn.utils._testing", "os"),
        ("numpy", "dtype ndarray"),
        ("numpy", "dtype.mro"),
        ("numpy", "load"),
        ("numpy", "DTYPE"),
        ("numpy.testing._private.utils", "runstring"),
        ("numpy.random", "_pickle"),
        ("joblib.numpy_pickle", "load"),
        ("joblib.numpy_pickle", "os.system"),
        ("builtins", "getattr"),
        ("builtins", "eval"),
        ("builtins", "slice"),
        ("", "dtype"),
        ("_loss", "CyHuberLoss"),
    ],
)
def test_the_list_is_exact(module: str, name: str) -> None:
    assert not trusted_pickle.allowed(module, name)


def test_no_name_on_the_list_means_another_in_an_older_pickle() -> None:
    import _compat_pickle

    for module, names in trusted_pickle._ALLOWED.items():
        assert module not in _compat_pickle.IMPORT_MAPPING
        for name in names.split():
            assert (module, name) not in _compat_pickle.NAME_MAPPING


# --- hostile pickles --------------------------------------------------------------------
#
# Each runs `touch marker` in the current folder when it is loaded as joblib loads: the
# test makes sure of that first. Then the store gets it with a digest that matches.

TOUCH = "touch marker"
EVAL = "__import__('os').system('touch marker')"


class Calls:
    """Pickled as the call of a function."""

    def __init__(self, function: Any, *args: Any, state: Any = None) -> None:
        self.made = (function, args) if state is None else (function, args, state)

    def __reduce__(self) -> Any:
        return self.made


def _text(word: str) -> bytes:
    raw = word.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def _named(module: str, name: str) -> bytes:
    """Return opcodes that push a global, its name made of strings on the stack."""
    return _text(module) + _text(name) + b"\x93"


def _joblib(value: Any) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


def _call(module: str, name: str, *args: str) -> bytes:
    pushed = b"".join(_text(arg) for arg in args)
    return b"\x80\x04" + _named(module, name) + b"(" + pushed + b"tR."


def _object_array() -> bytes:
    return _joblib(np.array([Calls(os.system, TOUCH)], dtype=object))


def _estimator_with(**attributes: Any) -> bytes:
    from sklearn.neighbors import KNeighborsRegressor

    nearest = KNeighborsRegressor(2).fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0])
    vars(nearest).update(attributes)
    return _joblib(nearest)


def _function_transformer() -> bytes:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    return _joblib(make_pipeline(FunctionTransformer(func=Calls(os.system, TOUCH))))


def _nested_load() -> bytes:
    Path("inner.joblib").write_bytes(_joblib(Calls(os.system, TOUCH)))
    return _joblib(Calls(joblib.load, "inner.joblib"))


def _side_file() -> bytes:
    """Return the wrapper of joblib before 0.10, which reads another file, objects and all."""
    from joblib.numpy_pickle_compat import NDArrayWrapper

    np.save("side.npy", np.array([Calls(os.system, TOUCH)], dtype=object), allow_pickle=True)
    return pickle.dumps(NDArrayWrapper("side.npy", np.ndarray, allow_mmap=False))


def _partial() -> bytes:
    """Return a harmless partial that BUILD turns into another call, and then calls."""
    build = b"(" + _named("os", "system") + b"(" + _text(TOUCH) + b"t}NtbC\x00"
    return (
        b"\x80\x04" + _named("functools", "partial") + b"(" + _named("builtins", "print") + b"tR"
        + build[:-2] + b")R."
    )  # fmt: skip


def _memo() -> bytes:
    """Return names put into the memo out of order, dropped, and fetched again."""
    put = _text("system") + b"\x94" + _text(TOUCH) + b"\x94" + _text("os") + b"\x94" + b"000"
    return b"\x80\x04" + put + b"h\x02h\x00\x93\x94(h\x01tR0h\x03(h\x01tR."


def _after_a_real_one() -> bytes:
    """Return a fitted estimator, dropped from the stack before the call is made."""
    real = _estimator_with()
    assert real.endswith(b".")
    return real[:-1] + b"0" + _call("os", "system", TOUCH)[2:]


def _renamed_module() -> bytes:
    """Return the module name of scikit-learn before 1.9, with a file of that name beside it."""
    Path("_loss.py").write_text("import os\nos.system('touch marker')\nCyHuberLoss = print\n")
    return _call("_loss", "CyHuberLossOfMine", "x")


def _compressed() -> bytes:
    buffer = io.BytesIO()
    joblib.dump(Calls(os.system, TOUCH), buffer, compress=("zlib", 3))
    return buffer.getvalue()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "REDUCE of os.system": lambda: _joblib(Calls(os.system, TOUCH)),
    "GLOBAL of protocol 0": lambda: b"cos\nsystem\n(S'touch marker'\ntR.",
    "GLOBAL by its Python 2 name": lambda: b'c__builtin__\neval\n(S"' + EVAL.encode() + b'"\ntR.',
    "INST": lambda: b"(S'touch marker'\nios\nsystem\n.",
    "OBJ": lambda: b"(cos\nsystem\nS'touch marker'\no.",
    "NEWOBJ and BUILD of a partial": _partial,
    "STACK_GLOBAL": lambda: _call("posix", "system", TOUCH),
    "STACK_GLOBAL dotted, through a listed module": lambda: _call(
        "joblib.numpy_pickle", "os.system", TOUCH
    ),
    "STACK_GLOBAL dotted, through scikit-learn": lambda: _call(
        "sklearn.utils._testing", "os.system", TOUCH
    ),
    "builtins.eval": lambda: _call("builtins", "eval", EVAL),
    "builtins.exec": lambda: _call("builtins", "exec", EVAL),
    "builtins.getattr of an import": lambda: _joblib(
        Calls(_called, Calls(getattr, Calls(__import__, "os"), "system"))
    ),
    "numpy.testing runstring": lambda: (
        b"\x80\x04"
        + _named("numpy.testing._private.utils", "runstring")
        + b"("
        + _text(EVAL)
        + b"}tR."
    ),
    "numpy.f2py myeval": lambda: _call("numpy.f2py.crackfortran", "myeval", EVAL),
    "timeit": lambda: _call("timeit", "timeit", "pass", EVAL),
    "subprocess": lambda: _joblib(Calls(__import__("subprocess").getoutput, TOUCH)),
    "pickle.loads": lambda: _joblib(Calls(pickle.loads, pickle.dumps(Calls(os.system, TOUCH)))),
    "nested joblib.load": _nested_load,
    "object array": _object_array,
    "object array inside an estimator": lambda: _estimator_with(
        _y=np.array([Calls(os.system, TOUCH)], dtype=object)
    ),
    "object array inside an object array": lambda: _joblib(
        np.array([np.array([Calls(os.system, TOUCH)], dtype=object), None], dtype=object)
    ),
    "side file of joblib 0.9": _side_file,
    "hyperparameter of an estimator": lambda: _estimator_with(weights=Calls(os.system, TOUCH)),
    "function of a FunctionTransformer": _function_transformer,
    "listed function that calls another": lambda: _joblib(
        Calls(np.random._pickle.__generator_ctor, TOUCH, os.system)
    ),
    "memo tricks": _memo,
    "call after a real estimator": _after_a_real_one,
    "module of an old name": _renamed_module,
    "compressed": _compressed,
}


def _called(function: Any) -> Any:
    return function(TOUCH)


@pytest.fixture
def nearest(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a fitted model that has no closed form, so that answering unpickles."""
    monkeypatch.syspath_prepend(project.root)
    project.write("data/nights.csv", _nights())
    project.define(
        "sources:\n  nights: {file: data/nights.csv}\nfeatures: [guests, rain]\n"
        "label: doughs\nholdout: none\nmodel: k_nearest\n",
        "nights",
    )
    project.works("fit")
    return project


ASK = ("predict", "--guests", 15, "--rain", 0.5)


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.filterwarnings("ignore")  # of joblib, while it runs the payload on purpose
def test_a_hostile_pickle_never_runs(
    kind: str, nearest: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "_loss", None)  # scikit-learn before 1.9 has one here
    del sys.modules["_loss"]
    payload = HOSTILE[kind]()
    marker = nearest.root / "marker"
    _run_as_joblib_would(payload)
    assert marker.exists(), "the payload is none: it would prove nothing"
    marker.unlink()
    forge(nearest.root / "models", "nights", {"model.joblib": payload})

    said = nearest.fails(4, *ASK)

    assert not marker.exists()
    assert said.startswith("error: models/nights/1/model.joblib: it ")
    assert "it was not loaded" in said or "cannot be rebuilt" in said
    assert "hint: fit the model again from its definition" in said


def _run_as_joblib_would(payload: bytes) -> None:
    with suppress(Exception):  # what comes after the call is of no interest
        joblib.load(io.BytesIO(payload))


def test_the_digest_is_checked_before_anything_is_unpickled(
    nearest: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nearest.root / "models/nights/1/model.joblib").write_bytes(_joblib(Calls(os.system, TOUCH)))
    monkeypatch.setattr(trusted_pickle, "_rebuilt", lambda _: pytest.fail("it was unpickled"))

    said = nearest.fails(4, *ASK)

    assert "models/nights/1/model.joblib: the model is damaged: its digest differs" in said
    assert "hint: fit it again:  mlcli fit nights" in said


def test_a_pickle_cut_anywhere_is_a_clear_error(nearest: Project) -> None:
    raw = (nearest.root / "models/nights/1/model.joblib").read_bytes()

    for length in sorted({0, 1, 2, *range(3, len(raw), 97), len(raw) - 1}):
        with pytest.raises(ModelError, match="cannot be rebuilt"):
            trusted_pickle.load(raw[:length], place="here")


@pytest.mark.parametrize(
    "harmless",
    [np.dtype("f8"), {"predict": 1}, None, np.arange(3), [1.0, 2.0]],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_predict_is_no_model(harmless: object) -> None:
    with pytest.raises(ModelError, match="nothing that predicts"):
        trusted_pickle.load(_joblib(harmless), place="here")


def test_loading_says_nothing_of_scikit_learns_own_versions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sklearn.base
    from sklearn.exceptions import InconsistentVersionWarning
    from sklearn.linear_model import Ridge

    with monkeypatch.context() as patch:
        patch.setattr(sklearn.base, "__version__", "1.9.999")
        raw = _joblib(Ridge().fit([[1.0], [2.0]], [1.0, 2.0]))

    with pytest.warns(InconsistentVersionWarning):
        joblib.load(io.BytesIO(raw))
    assert trusted_pickle.load(raw, place="here").predict(np.array([[1.5]]))[0] == pytest.approx(
        1.5
    )


def test_the_losses_that_scikit_learn_before_1_9_stored_are_found() -> None:
    import sklearn._loss._loss as losses

    found = trusted_pickle._rebuilt(b"\x80\x04" + _named("_loss", "CyHalfSquaredError") + b".")

    assert found is losses.CyHalfSquaredError


# --- what cannot be kept ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hyperparameters", "named"),
    [
        (
            {"scoring": "neg_mean_absolute_error", "early_stopping": True},
            "sklearn.metrics._scorer._Scorer",
        ),
        ({"categorical_features": [1]}, "sklearn.compose._column_transformer.ColumnTransformer"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_estimator_that_cannot_be_kept_is_refused_when_it_is_fitted(
    hyperparameters: dict[str, Any], named: str, nearest: Project
) -> None:
    model = written("HistGradientBoostingRegressor", {"max_iter": 5, **hyperparameters})
    nearest.define(
        "sources:\n  nights: {file: data/nights.csv}\nfeatures: [guests, rain]\n"
        f"label: doughs\nholdout: none\nmodel: {model}\n",
        "boosted",
    )

    said = nearest.fails(2, "fit", "boosted")

    assert "configs/boosted.yaml: HistGradientBoostingRegressor cannot be stored" in said
    assert f"it would hold {named}, which no stored model may" in said
    assert "boosted: nothing was fitted" in said
    assert not (nearest.root / "models/boosted").exists()


def test_what_cannot_be_kept_is_named() -> None:
    from sklearn.preprocessing import FunctionTransformer

    with pytest.raises(AskedWronglyError, match=r"it would hold numpy\.log1p,"):
        trusted_pickle.dump(FunctionTransformer(np.log1p), name="a_model", place="configs/x.yaml")


# --- other libraries ----------------------------------------------------------------------


@pytest.mark.parametrize("library", ["scikit-learn", "numpy"])
def test_a_pickle_of_another_library_version_is_refused_with_the_way_on(
    library: str, nearest: Project
) -> None:
    forge(
        nearest.root / "models",
        "nights",
        change=lambda data: data["libraries"].update({library: "1.6.1"}),
    )

    said = nearest.fails(4, *ASK)

    assert f"nights@1 was fitted with {library} 1.6.1, and this is " in said
    assert "hint: fit it again:  mlcli fit nights" in said


def test_another_patch_of_the_libraries_still_answers(nearest: Project) -> None:
    asked = nearest.works(*ASK).out

    def patched(data: dict[str, Any]) -> None:
        for library in ("scikit-learn", "numpy"):
            major, minor = data["libraries"][library].split(".")[:2]
            data["libraries"][library] = f"{major}.{minor}.999"

    forge(nearest.root / "models", "nights", change=patched)

    assert nearest.works(*ASK).out == asked


def test_an_equation_answers_whatever_the_libraries_are(nearest: Project) -> None:
    config = nearest.root / "configs/nights.yaml"
    config.write_text(config.read_text().replace("k_nearest", "ridge"))
    nearest.works("fit")
    asked = nearest.works(*ASK).out

    forge(
        nearest.root / "models",
        "nights",
        {"model.joblib": _joblib(Calls(os.system, TOUCH))},
        change=lambda data: data["libraries"].update({"scikit-learn": "0.1"}),
    )

    assert nearest.works(*ASK).out == asked
    assert not (nearest.root / "marker").exists()
    assert version_folder(nearest.root / "models", "nights").name == "2"
