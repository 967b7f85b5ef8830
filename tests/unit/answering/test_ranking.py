"""Suggestions come in the order that scoring and sorting every single thing gives them."""

from __future__ import annotations

import json
import random
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import Games, Oracle, Wish, made_up, varied
from support import Project

from mlcli.answering import encoding, ranking, scoring
from mlcli.answering.catalogue import Catalogue, Thing, gather
from mlcli.answering.ranking import Suggestion
from mlcli.answering.scoring import Facts
from mlcli.errors import ModelError
from mlcli.learning import catalogue as learning_catalogue
from mlcli.learning.catalogue import FittedCatalogue

SAMPLE = Games((ROOT / "data/games.csv").read_text(encoding="utf-8"))
SIZES = [120, 125, 130, 140, 150, 170, 200, 220, 250, 300]
SIZES += [350, 400, 500, 600, 700, 800, 900, 1200, 1600, 2150]
ORDERS = [
    ["wishes", "rating", "score"],
    ["score"],
    ["wishes", "score"],
    ["-release_year", "wishes"],
    ["score", "-rating"],
    ["wishes", "-rental_cost", "rating"],
    ["wishes", "name", "score"],
    ["rating", "-release_year", "score", "wishes"],
]
MODELS = [
    "complement_naive_bayes",
    "multinomial_naive_bayes",
    "bernoulli_naive_bayes",
    "k_nearest",
    "match",
]


@cache
def catalogue(number: int) -> Games:
    """Return the sample for 0, else one left to chance."""
    return made_up(number, SIZES[number - 1]) if number else SAMPLE


@cache
def oracle(number: int) -> Oracle:
    return Oracle(catalogue(number))


def columns(fitted: FittedCatalogue, query: tuple[Wish, ...]) -> list[int]:
    """Return some wishes as columns of the matrix."""
    names = encoding.column_names(fitted.features)
    return [names.index(f"{feature} = {level}") for feature, level in query]


def rank(fitted: FittedCatalogue, query: tuple[Wish, ...], top: int | None = None) -> list[Any]:
    ranked = ranking.rank(fitted.catalogue, fitted.facts, columns(fitted, query), fitted.order)
    return list(islice(ranked, top))


def rows(suggestions: list[Suggestion]) -> list[int]:
    return [suggestion.thing.row for suggestion in suggestions]


def check(
    known: Oracle,
    order: list[str],
    model: str,
    root: Path,
    *,
    most: int | None = None,
    whole: int = 29,
) -> None:
    """Compare the first ten of each list, and some whole lists, with the oracle's."""
    queries = known.queries
    if most is not None and most < len(queries):
        queries = random.Random(most).sample(queries, most)
    fitted = varied(known.games, order=order, model=model).fit(root)
    for n, (query, scores) in enumerate(zip(queries, known.scores(queries, model), strict=True)):
        top = None if n % whole == 0 else 10

        assert rows(rank(fitted, query, top)) == known.rank(query, scores, order)[:top], query


SLOW = pytest.mark.slow
SAMPLED = [(order, MODELS[0]) for order in ORDERS]
SAMPLED += [(order, model) for order in (["score"], ["wishes", "score"]) for model in MODELS[1:]]


@pytest.mark.parametrize(("order", "model"), SAMPLED, ids=str)
def test_every_list_of_the_sample_is_the_one_that_sorting_all_things_gives(
    order: list[str], model: str, tmp_path: Path
) -> None:
    check(oracle(0), order, model, tmp_path)


@pytest.mark.parametrize("number", range(1, len(SIZES) + 1))
def test_every_list_of_any_catalogue_is_too(number: int, tmp_path: Path) -> None:
    """Every request of the smaller ones in one order; else some are drawn, in two of the orders.

    Every order meets five catalogues, and every order and every request meet in ``make slow``.
    """
    known = oracle(number)
    assert 92 <= len(known.rows) <= 2000
    for index, order in enumerate(ORDERS):
        if (number + index) % 4:
            continue
        every = len(known.rows) <= 200 and index < 4
        model = MODELS[(number + index) % len(MODELS)]
        check(
            known, order, model, tmp_path, most=None if every else max(5, 1200 // len(known.rows))
        )


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("number", range(1, len(SIZES) + 1))
def test_every_request_of_every_catalogue(number: int, order: list[str], tmp_path: Path) -> None:
    model = MODELS[(number + ORDERS.index(order)) % len(MODELS)]
    check(oracle(number), order, model, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_list_of_2000_things_is_right_to_its_end(order: list[str], tmp_path: Path) -> None:
    known = Oracle(made_up(99, 2300))
    assert len(known.rows) >= 2000
    check(known, order, MODELS[ORDERS.index(order) % len(MODELS)], tmp_path, whole=1)


@pytest.mark.parametrize("number", [0, 1, 13, *(pytest.param(n, marks=SLOW) for n in (15, 20))])
@pytest.mark.parametrize(
    ("model", "smoothing"),
    [
        *((model, smoothing) for model in MODELS[:3] for smoothing in (1.0, 0.25, 1e3)),
        ("k_nearest", None),
        ("match", None),
    ],
)
def test_scores_are_those_of_scikit_learn(
    number: int, model: str, smoothing: float | None, tmp_path: Path
) -> None:
    known = oracle(number)
    games = varied(known.games, model=model, smoothing=smoothing, order=["score"])
    fitted = games.fit(tmp_path)
    drawn = random.Random(number).sample(known.queries, 8)
    drawn += [tuple(known.wishes[:5]), tuple(known.wishes[-4:]), tuple(known.wishes)]

    for query, scores in zip(drawn, known.scores(drawn, model, smoothing), strict=True):
        found = rank(fitted, query)

        assert rows(found) == known.rank(query, scores, ["score"])
        assert max(abs(s.score - scores[s.thing.row]) for s in found) <= 1e-12


@pytest.mark.parametrize("number", [0, 3, 8, 16])
def test_each_suggestion_says_which_wishes_it_meets(number: int, tmp_path: Path) -> None:
    known, fitted = oracle(number), catalogue(number).fit(tmp_path)
    for query in random.Random(number).sample(known.queries, 12):
        asked = dict(zip(columns(fitted, query), query, strict=True))

        for suggestion in rank(fitted, query):
            met = {asked[column] for column in suggestion.met}
            assert met == known.rows[suggestion.thing.row][1].intersection(query)


@pytest.mark.parametrize("number", [0, 4, 9, 17])
def test_names_measures_and_what_is_shown_are_those_of_the_file(
    number: int, tmp_path: Path
) -> None:
    known, fitted = oracle(number), catalogue(number).fit(tmp_path)
    for position in range(len(fitted.catalogue.profiles)):
        for thing in fitted.catalogue.things(position):
            cells, having = known.rows[thing.row]
            rating, cost = cells["rating"], cells["rental_cost"]
            assert thing.name == cells["game_name"]
            assert thing.measures == (float(rating) if rating else None,)
            assert (thing.shown[0] == cost and cost == "") or float(thing.shown[0]) == float(cost)
            assert {t for t in thing.shown[1].split(", ") if t} == {
                level for feature, level in having if feature == "play" and level
            }


# Six things by hand: the columns are cheap, dear, arcade, maze.
SIX = {
    (0, 2): [("Pong", 3.0), ("Breakout", 3.0), ("Asteroids", None)],
    (0, 3): [("Pac-Man", 4.0)],
    (1, 2, 3): [("Ms. Pac-Man", 5.0)],
    (): [("Blank", 9.0)],
}


def six(order: list[str]) -> Catalogue:
    """Return the six, their rows in the order above, by the columns of an order."""
    row, things = 0, {}
    for profile, named in SIX.items():
        made = []
        for name, rating in named:
            measures = (rating,) * sum(key.lstrip("-") == "rating" for key in order)
            made.append(Thing(name, measures, row=row))
            row += 1
        things[profile] = ranking.in_order(made, order)
    return gather(things, 4)


@pytest.mark.parametrize(
    ("order", "wishes", "names"),
    [
        # Cheap and arcade: three things meet both; of those meeting one, the dearer rating first.
        (["wishes", "rating"], [0, 2], "Breakout, Pong, Asteroids, Ms. Pac-Man, Pac-Man, Blank"),
        (["wishes", "-rating"], [0, 2], "Breakout, Pong, Asteroids, Pac-Man, Ms. Pac-Man, Blank"),
        (["wishes"], [0, 2], "Asteroids, Breakout, Pong, Ms. Pac-Man, Pac-Man, Blank"),
        (["rating", "wishes"], [0, 2], "Blank, Ms. Pac-Man, Pac-Man, Breakout, Pong, Asteroids"),
        (["-rating"], [3], "Breakout, Pong, Pac-Man, Ms. Pac-Man, Blank, Asteroids"),
        ([], [3], "Asteroids, Blank, Breakout, Ms. Pac-Man, Pac-Man, Pong"),
        # Cosine with a maze: 1 / sqrt(2), then 1 / sqrt(3), then nothing, by name.
        (["score"], [3], "Pac-Man, Ms. Pac-Man, Asteroids, Blank, Breakout, Pong"),
        # With two wishes 1 of 3 columns is less like them than 1 of 2.
        (["score"], [1, 3], "Ms. Pac-Man, Pac-Man, Asteroids, Blank, Breakout, Pong"),
    ],
)
def test_six_things_by_hand(order: list[str], wishes: list[int], names: str) -> None:
    made = six(order)
    facts = Facts("k_nearest", 6, tuple(made.totals()))

    assert [s.thing.name for s in ranking.rank(made, facts, wishes, order)] == names.split(", ")


def test_scores_by_hand() -> None:
    """Columns stand on 4, 1, 4, 2 things; a smoothing of 1; the wish is a maze."""
    from math import log

    made = six(["score"])
    assert made.totals() == [4, 1, 4, 2]
    pac_man = {
        "complement_naive_bayes": -log((2 + 1 - 1) / (11 + 4 - 2)),
        "multinomial_naive_bayes": -log(6) + log((1 + 1) / (2 + 4)),
        "bernoulli_naive_bayes": -log(6) + 3 * log(2 / 3) + log(1 / 3),  # cheap is one too many
        "k_nearest": 2**-0.5,
        "match": 1.0,
    }
    for how, expected in pac_man.items():
        facts = Facts(how, 6, tuple(made.totals()))
        found = {s.thing.name: s.score for s in ranking.rank(made, facts, [3], ["score"])}
        assert found["Pac-Man"] == pytest.approx(expected, abs=1e-14), how


def test_scores_that_agree_to_ten_decimals_are_ties_that_the_name_decides() -> None:
    things = {(0,): [Thing("b", row=0)], (0, 1): [Thing("a", row=1)]}

    def names(gap: float, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        made = scoring.Score(lambda size: -gap * (size - 1), {0: 0.3})
        monkeypatch.setattr(scoring, "score", lambda *_: made)
        ranked = ranking.rank(gather(things, 2), Facts("match", 2, (2, 1)), [0], ["score"])
        return [suggestion.thing.name for suggestion in ranked]

    with pytest.MonkeyPatch.context() as patched:
        assert names(1e-9, patched) == ["b", "a"]
        assert names(1e-12, patched) == ["a", "b"]


def test_things_of_one_name_come_in_the_order_of_their_rows() -> None:
    things = {(0,): [Thing("Pong", row=2), Thing("Pong", row=4)], (1,): [Thing("Pong", row=3)]}
    facts = Facts("match", 3, (2, 1))

    assert rows(list(ranking.rank(gather(things, 2), facts, [], ["wishes"]))) == [2, 3, 4]


def test_a_thing_without_a_measure_that_it_is_ordered_by_is_a_bug() -> None:
    with pytest.raises(ValueError, match=r"zip\(\)"):
        ranking.in_order([Thing("Pong")], ["wishes", "rating"])


def broken(whole: Catalogue, keep: dict[int, int]) -> Catalogue:
    """Return a catalogue of which only the first lines of some profiles can be read."""
    lines = b""
    for position, start in enumerate(whole.starts):
        end = [*whole.starts, len(whole.lines)][position + 1]
        for n, line in enumerate(whole.lines[start:end].splitlines(keepends=True)):
            lines += line if n < keep.get(position, 0) else b"x" * (len(line) - 1) + b"\n"
    return Catalogue(whole.width, whole.shape, whole.profiles, whole.counts, whole.starts, lines)


@pytest.mark.parametrize(
    ("order", "top", "keep"),
    [
        (["wishes", "rating"], 1, {1: 1}),
        (["wishes", "rating"], 3, {1: 3}),
        (["wishes", "score"], 3, {1: 3}),
        (["wishes", "rating"], 4, {1: 3, 2: 1, 3: 1}),  # two profiles that meet one wish
        (["wishes", "score"], 4, {1: 3, 2: 1}),  # of which the score knows the better
        (["rating"], 1, {0: 1, 1: 1, 2: 1, 3: 1}),
    ],
)
def test_only_the_lines_that_are_needed_are_read(
    order: list[str], top: int, keep: dict[int, int]
) -> None:
    whole = six(order)
    assert whole.profiles == ((), (0, 2), (0, 3), (1, 2, 3))
    facts = Facts("k_nearest", 6, tuple(whole.totals()))

    def first(made: Catalogue, top: int | None) -> list[Suggestion]:
        return list(islice(ranking.rank(made, facts, [0, 2], order), top))

    assert first(broken(whole, keep), top) == first(whole, top)
    with pytest.raises(ModelError, match="it holds no things"):
        first(broken(whole, keep), None)


@pytest.mark.parametrize("number", [0, 6, 11])
def test_a_later_part_of_a_list_is_that_part_of_the_whole(number: int, tmp_path: Path) -> None:
    known, fitted = oracle(number), catalogue(number).fit(tmp_path)
    for query in random.Random(number).sample(known.queries, 5):
        whole = rank(fitted, query)
        for skip, top in [(0, 1), (1, 5), (50, 10), (len(whole) - 1, 5), (len(whole), 5)]:
            ranked = ranking.rank(
                fitted.catalogue, fitted.facts, columns(fitted, query), fitted.order
            )
            assert list(islice(ranked, skip, skip + top)) == whole[skip : skip + top]


def test_skip_shows_the_next_of_the_same_list(gamedrop: Project) -> None:
    def names(*options: object) -> list[str]:
        asked = ["recommend", "--json", "--budget", "cheap", "--play", "adventure", *options]
        return [found["name"] for found in gamedrop.works(*asked).json["suggestions"]]

    whole = names("--top", 1000)

    assert len(whole) == len(oracle(0).rows)
    for skip, top in [(0, 3), (3, 3), (7, 50), (len(whole) - 2, 5), (len(whole), 5)]:
        assert names("--skip", skip, "--top", top) == whole[skip : skip + top]


THINGS = st.builds(
    Thing,
    st.text(),
    st.tuples(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
    st.tuples(st.text(), st.text()),
    st.integers(0, 10**9),
)
PROFILES = st.sets(st.integers(0, 5)).map(sorted).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(PROFILES, st.lists(THINGS, min_size=1, max_size=4), max_size=6))
def test_a_catalogue_is_read_as_it_was_written(things: dict[Any, list[Thing]]) -> None:
    made = gather(things, 6)

    read = Catalogue.read(json.loads(json.dumps(made.index())), made.lines)

    assert read == made
    assert len(read) == sum(map(len, things.values()))
    assert {p: list(read.things(i)) for i, p in enumerate(read.profiles)} == things
    assert read.totals() == [sum(len(t) for p, t in things.items() if c in p) for c in range(6)]


@pytest.mark.parametrize(
    "name", ["two\nlines", "two\r\nlines", "\u2028\u0085", "Ōkami 🎲", 'a "b", c', "\\n", "\0", ""]
)
def test_any_name_survives(name: str) -> None:
    things = {(0,): [Thing(name), Thing("after", row=1)]}

    assert list(gather(things, 1).things(0)) == things[(0,)]


def test_an_index_and_lines_that_do_not_belong_together_are_refused() -> None:
    made = six(["rating"])
    index = made.index()
    for lines in (made.lines[:-1], made.lines + b"\n", b""):
        with pytest.raises(ValueError):
            Catalogue.read(index, lines)
    for wrong in (
        {"bytes": [*index["bytes"], 0]},
        {"bytes": index["bytes"][1:]},
        {"profiles": index["profiles"][1:]},
        {"bytes": None},
        {"width": "four"},
    ):
        with pytest.raises((ValueError, TypeError)):
            Catalogue.read({**index, **wrong}, made.lines)
    for key in index:
        with pytest.raises(LookupError):
            Catalogue.read({k: v for k, v in index.items() if k != key}, made.lines)


@pytest.mark.parametrize(("over", "asked"), [(0, True), (1, False)])
def test_scikit_learn_is_asked_only_up_to_its_limit(
    over: int, asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.naive_bayes import ComplementNB

    fits = []
    fit = ComplementNB.fit
    monkeypatch.setattr(ComplementNB, "fit", lambda *given: fits.append(given) or fit(*given))
    assert learning_catalogue._MOST_FOR_SCIKIT_LEARN == 1000
    limit = len(oracle(0).rows) - over
    monkeypatch.setattr(learning_catalogue, "_MOST_FOR_SCIKIT_LEARN", limit)

    fitted = SAMPLE.fit(tmp_path)

    assert bool(fits) == asked
    assert (fitted.estimator is not None) == asked


def test_a_score_that_is_not_scikit_learns_is_a_bug_and_nothing_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(scoring._HOW, "complement_naive_bayes", scoring._multinomial)

    with pytest.raises(RuntimeError, match="complement_naive_bayes: column 0 scores"):
        SAMPLE.fit(tmp_path)
