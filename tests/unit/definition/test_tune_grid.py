"""Values to try: what can be written, in which order it is tried, and how it is written again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcli.definition import tune_grid
from mlcli.definition.yaml_text import Document
from mlcli.grammar.phrases import PhraseError


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1 to 4", (1, 2, 3, 4)),
        (" 3  to 1 ", (3, 2, 1)),
        ("-1 to 1", (-1, 0, 1)),
        ("2 to 2", (2,)),
        ([0.1, 1, 10], (0.1, 1, 10)),
        ([3, None, "auto", True], (3, None, "auto", True)),
        ([1, True], (1, True)),
        ("uniform", ("uniform",)),
        ("road to nowhere", ("road to nowhere",)),
        (5, (5,)),
        (None, (None,)),
    ],
)
def test_what_can_be_written(written: object, expected: tuple[Any, ...]) -> None:
    found = tune_grid.values(written)

    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0.1 to 3", "'0.1 to 3' is no range of whole numbers"),
        ("1 to", "'1 to' is no range of whole numbers"),
        ("one to 5", "'one to 5' is no range of whole numbers"),
        ("1 to 201", "there are 201 values, and at most 200 are tried"),
        ("1 to 99999999999", "there are 99,999,999,999 values, and at most 200 are tried"),
        (list(range(201)), "there are 201 values, and at most 200 are tried"),
        ([], "there is nothing to try"),
        ([1, 2.0, 2], "2 stands here twice"),
        (["a", "a"], "a stands here twice"),
        ([[1]], "one of the values is a list or a mapping"),
        ({"from": 1}, "one of the values is a list or a mapping"),
    ],
)
def test_what_cannot_be_tried(written: object, message: str) -> None:
    with pytest.raises(PhraseError) as raised:
        tune_grid.values(written)

    assert str(raised.value) == message
    assert raised.value.hint


def test_the_last_one_changes_first() -> None:
    tune = {"max_depth": (1, 2), "min_leaf": (20, 5)}

    found = [tuple(one.values()) for one in tune_grid.combinations(tune)]

    assert found == [(1, 20), (1, 5), (2, 20), (2, 5)]
    assert tune_grid.counted(tune) == len(found)


@pytest.mark.parametrize(
    ("name", "hyperparameters", "line"),
    [
        ("ridge", {}, "model: ridge"),
        (
            "polynomial_regression",
            {"degree": 5},
            "model: {name: polynomial_regression, degree: 5}",
        ),
        ("decision_tree", {"max_depth": None}, "model: {name: decision_tree, max_depth: null}"),
        ("SVR", {"kernel": "rbf"}, "model: {name: SVR, kernel: rbf}"),
    ],
)
def test_the_line_to_write(name: str, hyperparameters: dict[str, Any], line: str) -> None:
    assert tune_grid.model_line(name, hyperparameters) == line


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["C"]), max_size=12)
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{2,8}", fullmatch=True), _SCALARS, max_size=4))
def test_the_line_says_what_it_was_made_of(hyperparameters: dict[str, Any]) -> None:
    hyperparameters.pop("name", None)

    read = Document(tune_grid.model_line("ridge", hyperparameters)).value

    said = {"name": "ridge", **hyperparameters} if hyperparameters else "ridge"
    assert read == {"model": said}
