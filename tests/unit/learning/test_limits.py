"""Ids, and matrices beyond memory: where the line is, and what is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from support import table_definition
from tables import examples

from mlcli.definition import yaml_file
from mlcli.errors import UnsuitedError
from mlcli.exports import memory
from mlcli.learning import limits

GB = 10**9
NO_CATEGORY = (
    "it is no category: leave it out; if it says which rows belong together, write  group: guests"
)


def looked(features: str, values: list[Any], *, model: str = "ridge", count: int = 0) -> None:
    """Look at a column called guests, or at the first rows of it."""
    definition = yaml_file.read(table_definition(features, model=model), file="f").definition
    made = examples({"guests": values, "doughs": [float(n) for n in range(len(values))]})
    limits.within(definition, made, made.positions("usable")[: count or len(values)])


def refused(features: str, values: list[Any], **more: Any) -> UnsuitedError:
    with pytest.raises(UnsuitedError) as raised:
        looked(features, values, **more)
    return raised.value


def words(rows: int, different: int) -> list[str]:
    return [f"w{n % different}" for n in range(rows)]


@pytest.mark.parametrize(
    ("features", "values"),
    [
        ("[guests]", words(1_000, 499)),
        ("[guests]", words(999, 999)),
        ("[guests]", words(20_001, 10_000)),
        ("[guests]", [float(n) for n in range(30_000)]),
        ("[{name: guests, kind: tags}]", [f"w{n % 499},w{n % 7}" for n in range(1_000)]),
    ],
)
def test_words_that_come_again_may_be_many(features: str, values: list[Any]) -> None:
    looked(features, values)


@pytest.mark.parametrize(
    ("features", "values", "says", "hint"),
    [
        (
            "[guests]",
            words(1_000, 500),
            "guests has 500 different words in 1,000 rows to learn from: half as many or more",
            NO_CATEGORY,
        ),
        (
            "[guests]",
            words(30_000, 10_001),
            "guests has 10,001 different words in 30,000 rows to learn from: more than 10,000",
            NO_CATEGORY,
        ),
        (
            "[{name: guests, kind: tags}]",
            [f"w{n % 494},v{n % 7}" for n in range(1_000)],
            "guests has 501 different tags in 1,000 rows to learn from: half as many or more",
            "leave it out, or keep only those tags that many rows have",
        ),
        (
            "[guests]",
            [datetime(2023, 5, 1) + timedelta(hours=n) for n in range(1_000)],
            "guests has 1,000 different dates in 1,000 rows to learn from: half as many or more",
            "leave it out, or take a part of it, such as  derive: {month: month of guests}",
        ),
    ],
)
def test_an_id_is_no_feature(features: str, values: list[Any], says: str, hint: str) -> None:
    error = refused(features, values)

    assert str(error) == f"{says} are an id, and say nothing of other rows"
    assert (error.key, error.hint) == (("features", 0), hint)
    assert error.exit_code == 2


def test_only_rows_to_learn_from_are_looked_at() -> None:
    values = [*words(1_000, 499), *[f"new {n}" for n in range(20_000)]]

    looked("[guests]", values, count=1_000)
    assert "20,499 different words in 21,000 rows" in str(refused("[guests]", values))


@pytest.mark.parametrize(
    ("features", "values", "model", "most", "says", "key", "hint"),
    [
        (
            "[guests]",
            [float(n) for n in range(1_000)],
            "k_nearest",
            16_000,
            "a matrix of 1,000 rows and 1 column takes 8 kB",
            ("features",),
            "name fewer features, or learn from fewer rows",
        ),
        (
            "[{name: guests, unseen: other}]",
            words(1_000, 499),
            "k_nearest",
            8_000_000,
            "a matrix of 1,000 rows and 500 columns takes 4 MB",
            ("features", 0),
            "leave out guests, which makes 500 of the columns, or learn from fewer rows",
        ),
        (  # (100 + 2)! / 100! / 2! - 1 powers and products
            "[guests]",
            words(1_000, 100),
            "polynomial_regression",
            82_400_000,
            "a matrix of 1,000 rows and 5,150 columns takes 41.2 MB",
            ("model",),
            "write a lower degree, or name fewer features, or learn from fewer rows",
        ),
    ],
)
def test_a_matrix_takes_half_of_the_free_memory_at_most(
    features: str,
    values: list[Any],
    model: str,
    most: int,
    says: str,
    key: tuple[str | int, ...],
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free", lambda: most)
    looked(features, values, model=model)
    monkeypatch.setattr(memory, "free", lambda: most - 1)

    error = refused(features, values, model=model)

    assert str(error).startswith(f"{says}, which is more than half of the ")
    assert str(error).endswith(" of memory that are free")
    assert (error.key, error.hint) == (key, hint)


def test_where_nobody_knows_what_is_free_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "free", lambda: None)

    looked("[guests]", words(1_000, 499), model="k_nearest")


@pytest.mark.parametrize(
    ("features", "values"),
    [
        ("[guests]", words(10_000, 250)),
        ("[{name: guests, kind: tags}]", [f"w{n % 250},w{n % 7}" for n in range(10_000)]),
    ],
)
def test_a_sparse_matrix_fits_wherever_its_table_does(
    features: str, values: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free", lambda: 10_000_000)
    looked(features, values, model="ridge")

    error = refused(features, values, model="linear_regression")

    assert str(error).startswith("a matrix of 10,000 rows and 250 columns takes 20 MB")
