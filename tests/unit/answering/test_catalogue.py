"""A catalogue as it is stored: lines and their index, by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mlcli.answering.catalogue import Catalogue, Thing, gather
from mlcli.errors import ModelError

PONG = Thing("Pong", (3.5, None), ("cheap", ""), 2)
OKAMI = Thing("Ōkami", (4.0, 1.0), ("dear", "x"), 0)
BLANK = Thing("Blank", (None, None), ("", ""), 1)
LINES = [
    '["Blank", [null, null], ["", ""], 1]\n',
    '["Pong", [3.5, null], ["cheap", ""], 2]\n',
    '["Ōkami", [4.0, 1.0], ["dear", "x"], 0]\n',
]
INDEX: dict[str, Any] = {
    "width": 3,
    "shape": (2, 2),
    "profiles": ((), (0, 2)),
    "counts": (1, 2),
    "bytes": [37, 40 + 41],  # the macron takes two
}


def three() -> Catalogue:
    return gather({(0, 2): [PONG, OKAMI], (): [BLANK]}, 3)


def test_a_catalogue_is_lines_by_profile_and_their_index() -> None:
    made = three()

    assert made.lines == "".join(LINES).encode()
    assert made.index() == INDEX
    assert made.starts == (0, 37)
    assert Catalogue.read(INDEX, made.lines) == made


def test_the_things_of_each_profile_are_those_of_its_lines() -> None:
    made = three()

    assert list(made.things(0)) == [BLANK]
    assert list(made.things(1)) == [PONG, OKAMI]
    assert next(made.things(1)) == PONG
    assert len(made) == 3
    assert made.totals() == [2, 0, 2]


def test_a_thing_has_no_measures_and_nothing_to_show_unless_given() -> None:
    assert Thing("Blank") == Thing("Blank", (), (), 0)


def test_an_empty_catalogue_is_one() -> None:
    made = gather({}, 2)

    assert (len(made), made.totals(), made.lines) == (0, [0, 0], b"")
    assert Catalogue.read(made.index(), b"") == made


@pytest.mark.parametrize("measure", [float("nan"), float("inf")])
def test_a_measure_that_is_no_number_is_a_bug(measure: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        gather({(): [Thing("Blank", (measure,))]}, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bytes": [37, 81, 0]},
        {"bytes": [118]},
        {"bytes": [37, 80]},
        {"counts": (1, 2, 0)},
        {"counts": (3,)},
        {"counts": (1, 3)},
        {"counts": (0, 2)},
        {"profiles": ((), (0, 2), ())},
        {"profiles": ((0, 2),)},
        # columns that are none of the matrix, or out of order
        {"profiles": ((), (-1, 2))},
        {"profiles": ((), (0, 3))},
        {"profiles": ((3,), (0, 2))},
        {"profiles": ((), (2, 0))},
        {"width": 2},
        {"bytes": [0, 118]},
        {"profiles": ((), (0, 0))},
    ],
    ids=str,
)
def test_an_index_that_does_not_fit_its_lines_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^118$"):
        Catalogue.read({**INDEX, **wrong}, three().lines)


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 3.0},
        {"counts": (1, 2.0)},
        {"counts": (1, True)},
        {"bytes": [37.0, 81]},
        {"profiles": ((), (0, "2"))},
        {"profiles": ((), (0.0, 2))},
    ],
    ids=str,
)
def test_an_index_of_anything_but_whole_numbers_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"^(3\.0|2\.0|True|37\.0|2|0\.0)$"):
        Catalogue.read({**INDEX, **wrong}, three().lines)


@pytest.mark.parametrize(
    "line",
    [
        *("5", "null", "{}", '["a"]', '["a", [], [], 0]', '["a", [1.0], ["", ""], 0]'),
        *('["a", [1.0, 2.0], [""], 0]', '["a", [1, 2.0], ["", ""], 0]', "["),
        *('[5, [1.0, 2.0], ["", ""], 0]', '["a", [1.0, "2"], ["", ""], 0]'),
        *('["a", [1.0, 2.0], ["", 5], 0]', '["a", [1.0, 2.0], ["", ""], "0"]', "[" * 100_000),
        '["a", [1.0, 2.0], ["", ""], 0, 0]',
    ],
    ids=lambda line: line[:40],
)
def test_a_line_that_holds_no_such_thing_is_damage(line: str) -> None:
    made = Catalogue(1, (2, 2), ((),), (1,), (0,), line.encode() + b"\n")

    with pytest.raises(ModelError) as raised:
        next(made.things(0))
    (problem,) = raised.value.problems
    assert problem.message == "the model is damaged: it holds no things"
    assert problem.hint == "fit it again:  mlcli fit"


def test_a_catalogue_belongs_to_as_many_columns_measures_and_texts() -> None:
    three().check(3, (2, 2))
    for width, shape in [(2, (2, 2)), (3, (1, 2)), (3, (2, 3))]:
        with pytest.raises(ValueError, match="3"):
            three().check(width, shape)


@pytest.mark.parametrize("profiles", [((), (2,)), ((0,), (1, 2)), ((2,), (0, 1, 2))])
def test_any_columns_of_the_matrix_may_be_a_profile(profiles: tuple[Any, ...]) -> None:
    read = Catalogue.read({**INDEX, "profiles": [list(p) for p in profiles]}, three().lines)

    assert read.profiles == profiles


def test_profiles_without_counts_are_a_bug() -> None:
    made = three()

    with pytest.raises(ValueError, match=r"zip\(\)"):
        Catalogue(3, (2, 2), made.profiles, (1,), made.starts, made.lines).totals()


def test_things_are_counted_by_how_many_wishes_they_meet() -> None:
    made = three()

    assert made.meeting([0, 1]) == [1, 2, 0]
    assert made.meeting([0, 2]) == [1, 0, 2]
    assert made.meeting([]) == [3]
