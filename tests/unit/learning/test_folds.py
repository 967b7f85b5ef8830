"""Folds are those of a plain script with scikit-learn, and keep together what belongs together."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    LeaveOneOut,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    TimeSeriesSplit,
)

from mlcli.learning.splits import Folds, make_folds

START = datetime(2025, 3, 1, 18, 30)


def nights(*numbers: int | None) -> list[datetime | None]:
    return [None if n is None else START + timedelta(days=n) for n in numbers]


def plain(found: Folds | None) -> list[tuple[list[int], list[int]]]:
    assert found is not None
    return [(list(fold.train), list(fold.test)) for fold in found.folds]


def alike(one: Folds | None, other: Folds | None) -> bool:
    """Say whether folds are the same, and are said to be made in the same way."""
    assert one
    assert other
    said = [(found.words, found.count, found.repeats, found.kind) for found in (one, other)]
    return plain(one) == plain(other) and said[0] == said[1]


def script(pairs: Any) -> list[tuple[list[int], list[int]]]:
    return [(list(map(int, train)), list(map(int, test))) for train, test in pairs]


@pytest.mark.parametrize("rows", [10, 11, 52, 203])
@pytest.mark.parametrize(("splits", "repeats", "seed"), [(5, 5, 0), (3, 1, 7), (2, 10, 1)])
def test_rows_alone_get_the_folds_of_a_plain_script(
    rows: int, splits: int, repeats: int, seed: int
) -> None:
    expected = RepeatedKFold(n_splits=splits, n_repeats=repeats, random_state=seed)

    found = make_folds(rows, seed=seed, splits=splits, repeats=repeats)

    assert plain(found) == script(expected.split(np.zeros((rows, 1))))
    assert found
    assert (found.count, found.repeats) == (splits, repeats)
    assert found.words == f"{splits} folds" + (f", {repeats} times over" if repeats > 1 else "")


def test_classes_get_the_folds_of_a_plain_script() -> None:
    classes = ["b"] * 30 + ["a"] * 12 + ["c"] * 5
    expected = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=3)

    found = make_folds(47, seed=3, strata=classes)

    assert plain(found) == script(expected.split(np.zeros(47), classes))
    assert found
    assert found.words == "5 folds with the classes in equal shares, 5 times over"


@pytest.mark.parametrize("groups", [list("abcdefgh") * 5, [i // 3 for i in range(40)]])
def test_groups_get_the_folds_of_a_plain_script(groups: list[Any]) -> None:
    expected = GroupKFold(n_splits=5, shuffle=True, random_state=3)
    shared = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=3)
    classes = ["yes", "no", "no"] * 13 + ["no"]

    found = make_folds(40, seed=3, groups=groups)
    of_classes = make_folds(40, seed=3, groups=groups, strata=classes)

    assert plain(found) == script(expected.split(np.zeros(40), groups=groups))
    assert plain(of_classes) == script(shared.split(np.zeros(40), classes, groups))
    assert found
    assert of_classes
    assert (found.words, found.count, found.repeats) == ("5 folds of whole groups", 5, 1)
    assert of_classes.words == "5 folds of whole groups, the classes in about equal shares"


@pytest.mark.parametrize(
    ("rows", "gap", "splits"),
    [(12, 0, 5), (13, 1, 5), (40, 0, 3), (40, 1, 5), (40, 4, 5), (365, 1, 5), (365, 4, 10)],
)
def test_days_of_one_row_get_the_steps_of_a_plain_script(rows: int, gap: int, splits: int) -> None:
    expected = TimeSeriesSplit(n_splits=splits, gap=gap)

    found = make_folds(rows, seed=1, dates=nights(*range(0, 3 * rows, 3)), gap=gap, splits=splits)

    assert plain(found) == script(expected.split(np.zeros(rows)))
    assert found
    between = {0: "", 1: ", a day left out between", 4: ", 4 days left out between"}[gap]
    assert found.words == f"{splits} steps forward in time{between}"


def test_days_by_hand() -> None:
    """7 days, 2 steps of 2 days, a day between; rows of a day in any order."""
    dates = nights(6, 0, 0, 1, 2, 3, 4, 4, 5, None)

    found = make_folds(10, seed=0, dates=dates, splits=2)

    assert plain(found) == [([1, 2, 3], [5, 6, 7]), ([1, 2, 3, 4, 5], [0, 8])]
    assert found
    assert found.words == (
        "2 steps forward in time, a day left out between, 1 row without a date left out"
    )
    assert (found.train_rows, found.test_rows) == (4, 2.5)


def test_few_days_get_fewer_steps_and_are_told() -> None:
    found = make_folds(40, seed=0, dates=nights(*[0, 1, 2, 3, 4] * 8))

    assert found
    assert found.count == 3
    assert found.words == "3 steps forward in time (5 need more days), a day left out between"


@pytest.mark.parametrize("rows", [3, 5, 9])
def test_few_rows_are_left_out_one_by_one(rows: int) -> None:
    classes = (["a", "b"] * rows)[:rows]
    expected = script(LeaveOneOut().split(np.zeros(rows)))

    for found in (make_folds(rows, seed=0), make_folds(rows, seed=0, strata=classes)):
        assert plain(found) == expected
        assert found
        assert (found.words, found.repeats) == (f"leave-one-out, {rows} rows", 1)
    dated = make_folds(rows, seed=0, dates=nights(*range(rows)))
    assert plain(dated) == expected
    assert dated
    assert dated.words == f"leave-one-out, {rows} rows, not in time order"


def test_as_many_rows_as_two_a_fold_are_enough_for_folds() -> None:
    dated, undated = make_folds(10, seed=0, dates=nights(*range(10))), make_folds(10, seed=0)

    assert dated
    assert undated
    assert dated.words.startswith("5 steps")
    assert undated.words.startswith("5 folds")


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_two_rows_cannot_be_judged(rows: int) -> None:
    assert make_folds(rows, seed=0) is None
    assert make_folds(rows, seed=0, dates=nights(*range(rows))) is None


def test_one_group_cannot_be_judged() -> None:
    assert make_folds(20, seed=0, groups=["Ann"] * 20) is None
    assert make_folds(20, seed=0, groups=["Ann"] * 19 + [None]) is not None


def test_a_rare_class_gets_fewer_folds_or_unequal_ones_and_it_is_said() -> None:
    for rare, count, words in (
        (4, 4, "4 folds with the classes in equal shares, 5 times over"),
        (3, 3, "3 folds with the classes in equal shares, 5 times over"),
        (2, 5, "5 folds, 5 times over, the classes in unequal shares"),
        (1, 5, "5 folds, 5 times over, the classes in unequal shares"),
    ):
        found = make_folds(20 + rare, seed=0, strata=["a"] * 20 + ["b"] * rare)

        assert found
        assert found.count == count
        noun = "row" if rare == 1 else "rows"
        assert found.words == f"{words} (the rarest class has {rare} {noun})"


def test_a_class_that_is_too_rare_for_groups_is_not_shared_out() -> None:
    groups = [i // 2 for i in range(40)]
    expected = GroupKFold(n_splits=5, shuffle=True, random_state=0)

    found = make_folds(40, seed=0, groups=groups, strata=["a"] * 37 + ["b"] * 3)

    assert plain(found) == script(expected.split(np.zeros(40), groups=groups))
    assert found
    assert found.words == "5 folds of whole groups"


def test_too_few_days_are_kept_whole_and_out_of_order() -> None:
    found = make_folds(30, seed=0, dates=nights(*[0, 1, 2] * 10))

    assert found
    assert sorted(sorted({i % 3 for i in fold.test}) for fold in found.folds) == [[0], [1], [2]]
    assert found.words == "3 folds of whole groups, not in time order: 3 days, each kept whole"
    one = make_folds(30, seed=0, dates=nights(*[4] * 30))
    assert one
    assert one.words == "5 folds, 5 times over, not in time order"


def test_rows_that_have_no_date_at_all_are_undated() -> None:
    assert alike(make_folds(30, seed=0, dates=[None] * 30), make_folds(30, seed=0))


def test_steps_in_time_leave_out_earlier_rows_of_the_groups_they_test() -> None:
    groups = [i // 2 % 10 for i in range(40)]
    found = make_folds(40, seed=0, dates=nights(*range(40)), groups=groups)

    assert found
    assert found.words.startswith("5 steps forward in time")
    for fold in found.folds:
        assert not {groups[i] for i in fold.train} & {groups[i] for i in fold.test}
        assert max(fold.train) < min(fold.test) - 1
    everyone = make_folds(40, seed=0, dates=nights(*range(40)), groups=["Ann", "Bo"] * 20)
    assert everyone
    assert everyone.words == "2 folds of whole groups, not in time order"


def test_groups_of_one_row_each_are_single_rows() -> None:
    assert alike(make_folds(20, seed=0, groups=list(range(20))), make_folds(20, seed=0))
    assert alike(make_folds(20, seed=0, groups=[None] * 20), make_folds(20, seed=0))


def test_groups_of_several_types_have_an_order_too() -> None:
    """That of how they are written: 'a', the rows of none (11, 2, 5, 8), 1."""
    found = make_folds(12, seed=0, groups=["a", 1, None] * 4)

    assert found
    assert found.count == 5
    assert alike(found, make_folds(12, seed=0, groups=[0, 5, 2, 0, 5, 3, 0, 5, 4, 0, 5, 1]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dates": [None] * 9},
        {"groups": [1] * 11},
        {"strata": []},
        {"splits": 1},
        {"repeats": 0},
        {"gap": -1},
    ],
)
def test_what_does_not_fit_the_rows_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="as many"):
        make_folds(10, seed=0, **wrong)


@given(
    days=st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=3, max_size=60),
    groups=st.booleans(),
    classes=st.booleans(),
    gap=st.integers(0, 3),
    splits=st.integers(2, 6),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=50, deadline=None)
def test_whatever_the_rows_no_fold_mixes_what_it_keeps_apart(
    days: list[int | None], groups: bool, classes: bool, gap: int, splits: int, chance: Any
) -> None:
    rows = len(days)
    named = [chance.randrange(6) for _ in days] if groups else None
    kinds = [chance.choice("aab") for _ in days] if classes else None
    for dates in (None, nights(*days)):
        found = make_folds(
            rows, seed=5, dates=dates, groups=named, strata=kinds, gap=gap, splits=splits, repeats=2
        )  # fmt: skip
        if found is None:
            assert named is not None
            assert len(set(named)) == 1
            continue
        assert len(found.folds) == found.count * found.repeats
        in_time = "forward in time" in found.words
        for fold in found.folds:
            assert len(fold.train) >= (2 if in_time else 1)
            assert len(fold.test)
            assert not set(fold.train) & set(fold.test)
            assert list(fold.train) == sorted(fold.train)
            if in_time:
                learned = {days[i] for i in fold.train}
                tested = {days[i] for i in fold.test}
                skipped = {d for d in days if d and max(learned) < d < min(tested)}
                assert max(learned) < min(tested)
                assert len(skipped) >= (gap if named is None else 0)
            if named:
                assert not {named[i] for i in fold.train} & {named[i] for i in fold.test}
        tested_rows = Counter(i for fold in found.folds for i in fold.test)
        assert set(tested_rows.values()) <= {found.repeats}
        if not in_time:
            assert len(tested_rows) == rows
