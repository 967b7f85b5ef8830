"""A catalogue as it is stored: lines and their index, by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mlcli.catalogue import Catalogue, Thing, gather

PONG = Thing("Pong", (3.5, None), ("cheap", ""), 2)
OKAMI = Thing("Ōkami", (4.0, 1.0), ("dear", "x"), 0)
BLANK = Thing("Blank", row=1)
LINES = [
    '["Blank", [], [], 1]\n',
    '["Pong", [3.5, null], ["cheap", ""], 2]\n',
    '["Ōkami", [4.0, 1.0], ["dear", "x"], 0]\n',
]
INDEX: dict[str, Any] = {
    "width": 3,
    "profiles": ((), (0, 2)),
    "counts": (1, 2),
    "bytes": [21, 40 + 41],  # the macron takes two
}


def three() -> Catalogue:
    return gather({(0, 2): [PONG, OKAMI], (): [BLANK]}, 3)


def test_a_catalogue_is_lines_by_profile_and_their_index() -> None:
    made = three()

    assert made.lines == "".join(LINES).encode()
    assert made.index() == INDEX
    assert made.starts == (0, 21)
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
        {"bytes": [21, 81, 0]},
        {"bytes": [102]},
        {"bytes": [21, 80]},
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
    ],
    ids=str,
)
def test_an_index_that_does_not_fit_its_lines_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^102$"):
        Catalogue.read({**INDEX, **wrong}, three().lines)


@pytest.mark.parametrize("profiles", [((), (2,)), ((0,), (1, 2)), ((2,), (0, 1, 2))])
def test_any_columns_of_the_matrix_may_be_a_profile(profiles: tuple[Any, ...]) -> None:
    read = Catalogue.read({**INDEX, "profiles": [list(p) for p in profiles]}, three().lines)

    assert read.profiles == profiles


def test_profiles_without_counts_are_a_bug() -> None:
    made = three()

    with pytest.raises(ValueError, match=r"zip\(\)"):
        Catalogue(3, made.profiles, (1,), made.starts, made.lines).totals()
