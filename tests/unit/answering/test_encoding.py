"""Sparse matrices teach what dense ones do: equations, figures and evidence, to 1e-9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse import issparse
from tables import examples

from mlcli.answering import encoding
from mlcli.answering.encoding import dense_parts, encode, encode_many
from mlcli.answering.features import NumberInput
from mlcli.definition import yaml_file
from mlcli.definition.algorithms import FRIENDLY
from mlcli.judging import evidence, judges
from mlcli.learning import fitting
from mlcli.store import records

TEXT = """\
sources: {{t: {{file: t.csv}}}}
features:
  - guests
  - {{name: price, missing: median}}
  - {{name: place, unseen: other}}
  - {{name: dishes, kind: tags}}
  - {{name: size, kind: ordinal, levels: [small, large]}}
label: {label}
model: {model}
holdout: random 20%
"""

NUMBERS = (
    "ridge",
    "{name: ridge, penalty: 0.1}",
    "{name: ridge, penalty: 1000}",
    "poisson_regression",
    "{name: poisson_regression, penalty: 1}",
)
CLASSES = ("complement_naive_bayes", "multinomial_naive_bayes", "bernoulli_naive_bayes")
DENSE = (
    *("linear_regression", "polynomial_regression", "k_nearest", "decision_tree"),
    *("{name: ridge, penalty: 0.01}", "log_regression", "LinearRegression"),
)


def table(rows: int = 300) -> dict[str, list[Any]]:
    """Return words of which some have one row or look alike, and numbers of all sizes."""
    draw = np.random.default_rng(5)
    place = (draw.zipf(1.6, rows) % 23).tolist()
    guests = draw.integers(1, 60, rows).astype(float)
    tags = [[f"t{t}" for t in range(6) if draw.random() < 0.3] for _ in range(rows)]
    price: list[float | None] = (1e6 + draw.normal(size=rows)).tolist()
    price[3::17] = [None] * len(price[3::17])
    doughs = draw.poisson(3 + guests / 4 + np.array(place) % 5).astype(float)
    return {
        "guests": guests.tolist(),
        "price": price,
        "place": [f"p{n}" for n in place],
        "dishes": [",".join(some) or None for some in tags],
        "size": ["small" if n % 3 else "large" for n in range(rows)],
        "doughs": doughs.tolist(),
        "kind": [("low", "mid", "high")[int(n > 9) + int(n > 15)] for n in doughs],
    }


def sparse(monkeypatch: pytest.MonkeyPatch, *, forced: bool) -> None:
    monkeypatch.setattr(encoding, "_MANY_CELLS", 0 if forced else 10**12)
    monkeypatch.setattr(encoding, "_FEW", 1)
    monkeypatch.setattr(encoding, "_AT_ONCE", 1_000)


def learned(model: str) -> tuple[fitting.Fitted, dict[str, Any]]:
    """Return what was fitted, and every number that is kept of it."""
    label = "kind" if model in CLASSES else "doughs"
    definition = yaml_file.read(TEXT.format(label=label, model=model), file="f").definition
    made = examples(table())
    fitted = fitting.fit(definition, made)
    target = fitted.model.target
    scores = judges.judge(target).scores(
        fitted.train, fitted.held_out, target.blind(fitted.train.truths)
    )
    found, misses = evidence.gather(fitted, scores)
    assert fitted.held_out is not None
    return fitted, {
        "equation": fitted.equation and fitted.equation.to_json(),
        "train": target.kept(fitted.train.values),
        "held out": target.kept(fitted.held_out.values),
        "scores": records.to_json(scores),
        "evidence": records.to_json(found),
        "misses": list(misses),
        "notes": list(fitted.notes),
    }


def same(one: Any, other: Any) -> None:
    """Compare plain data, numbers to 1e-9."""
    match one:
        case dict():
            assert one.keys() == other.keys()
            for key, value in one.items():
                same(value, other[key])
        case list() | tuple():
            assert len(one) == len(other)
            for a, b in zip(one, other, strict=True):
                same(a, b)
        case float():
            assert other == pytest.approx(one, rel=1e-9, abs=1e-9)
        case _:
            assert one == other


@pytest.mark.parametrize("model", [*NUMBERS, *CLASSES])
def test_a_sparse_matrix_teaches_what_a_dense_one_does(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse(monkeypatch, forced=False)
    dense, expected = learned(model)
    sparse(monkeypatch, forced=True)
    other, found = learned(model)

    assert isinstance(dense.learned.matrix, np.ndarray)
    assert issparse(other.learned.matrix)
    assert dense.equation is not None
    same(found, expected)
    asked = dense.learned.asked[:40]  # the estimator that is stored takes dense rows
    for each in ("predict", "predict_proba"):
        if hasattr(dense.estimator, each):
            ours, theirs = (getattr(one.estimator, each)(asked) for one in (other, dense))
            assert (ours == theirs).all() or ours == pytest.approx(theirs, rel=1e-9)
    assert repr(other.estimator) == repr(dense.estimator)


@pytest.mark.parametrize("model", DENSE)
def test_what_would_learn_otherwise_gets_a_dense_matrix(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse(monkeypatch, forced=True)

    fitted, _ = learned(model)

    assert isinstance(fitted.learned.matrix, np.ndarray)


def test_logistic_regression_gets_a_dense_matrix() -> None:
    """It stops at a tolerance, elsewhere where columns are not centred: 4e-5 apart."""
    taking = {name for name, one in FRIENDLY.items() if one.takes_sparse}

    assert taking == {"poisson_regression", *CLASSES}


def test_encoded_columns_are_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    sparse(monkeypatch, forced=True)
    made, rows = examples(table(50)), np.arange(50)
    definition = yaml_file.read(TEXT.format(label="doughs", model="ridge"), file="f").definition
    features = fitting.fit(definition, examples(table())).model.features

    matrix, able = encode_many(features, made.columns, rows, sparse=True)
    dense, dense_able = encode_many(features, made.columns, rows)

    assert issparse(matrix)
    assert (matrix.toarray() == dense).all()
    assert able.tolist() == dense_able.tolist()
    parts = [*dense_parts(matrix)]
    assert len(parts) > 1
    assert (np.concatenate(parts) == dense).all()
    for i in np.flatnonzero(able).tolist():
        assert dense[i].tolist() == encode(features, {n: c[i] for n, c in made.columns.items()})


def test_a_small_matrix_stands_row_after_row(monkeypatch: pytest.MonkeyPatch) -> None:
    # Column after column NumPy adds .1 ten times to 1.0, row after row to 0.9999999999999999:
    # scaled by either mean, neighbours that were equally near are so no longer.
    columns = examples({"a": [0.1] * 10, "b": [0.0] * 10}).columns
    features = [NumberInput(name, 0.0, 1.0, 0.0) for name in "ab"]

    small, _ = encode_many(features, columns, np.arange(10))
    monkeypatch.setattr(encoding, "_MANY_CELLS", 20)
    large, _ = encode_many(features, columns, np.arange(10))

    assert small.flags.c_contiguous
    assert large.flags.f_contiguous
    assert small.tolist() == large.tolist() == [[0.1, 0.0]] * 10


@pytest.mark.parametrize(
    ("stored", "cells", "pays"),
    [(125_000, 1_000_000, True), (125_001, 1_000_000, False), (1_000, 999_999, False)],
)
def test_it_pays_where_cells_are_many_and_hardly_any_is_set(
    stored: int, cells: int, *, pays: bool
) -> None:
    assert encoding.pays_sparse(stored, cells) is pays
