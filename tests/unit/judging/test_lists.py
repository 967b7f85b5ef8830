"""What is said of a catalogue's lists: by hand on six things, by brute force on many."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from oracle import Games, Oracle, Wish, made_up, varied

from mlcli.answering import encoding, ranking
from mlcli.answering.catalogue import Catalogue, Thing, gather
from mlcli.answering.features import CategoryInput, Input, TagsInput
from mlcli.answering.scoring import Facts
from mlcli.judging import lists as judging_lists
from mlcli.judging.lists import Lists, requests
from mlcli.learning.catalogue import FittedCatalogue

# The columns: 0 cheap, 1 dear; 2 arcade, 3 maze.
FEATURES: tuple[Input, ...] = (
    CategoryInput("budget", ("cheap", "dear")),
    TagsInput("play", ("arcade", "maze")),
)
SIX = {
    (0, 2): ["Asteroids", "Breakout", "Centipede"],
    (0, 3): ["Maze Craze"],
    (1, 2, 3): ["Pac-Man"],
    (1,): ["Zork"],
}


def six(ratings: dict[str, float] | None = None) -> Catalogue:
    names = sorted(name for named in SIX.values() for name in named)
    order = ["wishes", "rating"] if ratings else ["wishes"]
    things = {
        profile: ranking.in_order(
            [
                Thing(name, (ratings[name],) if ratings else (), row=names.index(name))
                for name in named
            ],
            order,
        )
        for profile, named in SIX.items()
    }
    return gather(things, 4)


def lists(made: Catalogue, order: list[str], top: int) -> Lists:
    facts = Facts("match", len(made), tuple(made.totals()))
    return judging_lists.lists(made, facts, FEATURES, order, top=top)


def test_every_request_of_one_or_two_wishes_is_made_once() -> None:
    """Cheap and dear are never wished for together: a thing has one budget."""
    assert list(requests(FEATURES)) == [
        *[(0,), (1,), (2,), (3,)],
        *[(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
    ]


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([CategoryInput("a", ("x", "y", "z"))], [(0,), (1,), (2,)]),
        ([TagsInput("a", ("x", "y"))], [(0,), (1,), (0, 1)]),
        # The column for the unseen and the missing cannot be wished for.
        ([TagsInput("a", ("x", "y"), "other")], [(1,), (2,), (1, 2)]),
        (
            [CategoryInput("a", ("x",), "other"), CategoryInput("b", ("x", "y"), "other")],
            [(1,), (3,), (4,), (1, 3), (1, 4)],
        ),
        (
            [TagsInput("a", ("x", "y")), TagsInput("b", ("z",)), CategoryInput("c", ("u", "v"))],
            [
                *[(0,), (1,), (2,), (3,), (4,)],
                *[(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4)],
            ],
        ),
    ],
)
def test_requests_are_what_can_be_asked(
    features: list[Input], expected: list[tuple[int, ...]]
) -> None:
    assert list(requests(features)) == expected


def test_every_figure_by_hand() -> None:
    """Lists of two, by the wishes met and then by name.

    A, B, C are cheap and arcade, M cheap and maze, P dear with both, Z dear alone.

    ============  ======  ====  ====  ====================  ===========================
    wishes        list    kept  best  the names A, B keep   next; does the name decide?
    ============  ======  ====  ====  ====================  ===========================
    cheap         A B     2     2     2                     C, as good: yes
    dear          P Z     2     2     0                     A meets none: no
    arcade        A B     2     2     2                     C: yes
    maze          M P     2     2     0                     A meets none: no
    cheap arcade  A B     4     4     4                     C: yes
    cheap maze    M A     3     3     2                     B meets one, as A: yes
    dear arcade   P A     3     3     2                     B: yes
    dear maze     P M     3     3     0                     Z meets one, as M: yes
    arcade maze   P A     3     3     2                     B: yes
    ============  ======  ====  ====  ====================  ===========================
    """
    found = lists(six(), ["wishes"], top=2)

    assert found == Lists(
        things=6,
        top=2,
        requests=9,
        every=9,
        asked=4 * 2 + 5 * 4,
        kept=24,
        best=24,
        blind=14,
        possible=9,
        first=9,
        cut=9,
        alphabet=7,
        never=["Centipede"],
        hidden=1,  # A and B have the features of C and come before it
    )
    assert found.to_json() == {
        "requests": {"made": 9, "of": 9, "top": 2},
        "wishes_kept": {
            "share": 24 / 28,
            "best_possible": 24 / 28,
            "first_names": 14 / 28,
            "better": "higher",
        },
        "first_meets_all": {"lists": 9, "of": 9},
        "decided_by_name": {"lists": 7, "of": 9},
        "never_suggested": {
            "things": 1,
            "of": 6,
            "whatever_is_wished": 1,
            "names": ["Centipede"],
        },
    }


def test_a_rating_decides_instead_of_the_name() -> None:
    """As above with ratings, all different: no list is cut by the alphabet."""
    ratings = {"Asteroids": 1.0, "Breakout": 2.0, "Centipede": 3.0, "Zork": 4.0}
    made = six({**ratings, "Pac-Man": 5.0, "Maze Craze": 9.0})
    found = lists(made, ["wishes", "rating"], top=2)

    assert (found.kept, found.alphabet, found.cut) == (24, 0, 9)
    # C and B come before A, which has their features.
    assert found.never == ["Asteroids"]
    assert found.hidden == 1


def test_an_order_that_looks_at_no_wish_keeps_few() -> None:
    """By rating alone every list is M P: of 28 wishes, by the table above and by hand."""
    ratings = dict.fromkeys(["Asteroids", "Breakout", "Centipede", "Zork"], 1.0)
    made = six({**ratings, "Maze Craze": 5.0, "Pac-Man": 4.0})
    found = lists(made, ["rating"], top=2)

    # cheap M, dear P, arcade P, maze M P; cheap arcade M P, cheap maze 2 + 1, dear arcade 2,
    # dear maze 1 + 2, arcade maze 1 + 2
    assert found.kept == 5 + 2 + 3 + 2 + 3 + 3
    assert found.best == 24
    # M is first: it meets cheap, maze, and the two together.
    assert (found.first, found.possible) == (3, 9)
    assert (found.alphabet, found.cut) == (0, 9)
    assert found.never == ["Asteroids", "Breakout", "Centipede", "Zork"]


def test_what_nothing_meets_is_not_held_against_the_lists() -> None:
    """Without Pac-Man nothing is dear and arcade, dear and maze, or arcade and maze."""
    things = {
        profile: [Thing(name, row=n) for n, name in enumerate(named)]
        for profile, named in SIX.items()
        if named != ["Pac-Man"]
    }
    found = lists(gather(things, 4), ["wishes"], top=1)

    assert (found.possible, found.first, found.requests) == (6, 6, 9)
    assert found.kept == found.best == 4 * 1 + 2 * 2 + 3 * 1
    assert found.asked == 4 + 5 * 2


@pytest.mark.parametrize("top", [6, 10])
def test_a_list_as_long_as_the_catalogue_leaves_nothing_out(top: int) -> None:
    found = lists(six(), ["wishes"], top=top)

    # Each list has all six: cheap 4, dear 2, arcade 4, maze 2, and pairs their sums.
    assert found.asked == 4 * 6 + 5 * 12
    assert found.kept == found.best == found.blind == 12 + (8 + 6 + 6 + 4 + 6)
    assert (found.cut, found.alphabet, found.never, found.hidden) == (0, 0, [], 0)


def test_what_everything_meets_is_met_by_the_first() -> None:
    """Two things that are both an arcade game and a maze: nothing meets less than all."""
    both = gather({(0, 1): [Thing("a", row=0), Thing("b", row=1)]}, 2)
    facts = Facts("match", 2, (2, 2))

    found = judging_lists.lists(
        both, facts, [TagsInput("play", ("arcade", "maze"))], ["wishes"], top=1
    )

    assert (found.first, found.possible, found.requests) == (3, 3, 3)


def test_a_catalogue_with_more_counts_than_profiles_is_a_bug() -> None:
    made = six()
    wrong = Catalogue(4, made.shape, made.profiles, (*made.counts, 1), made.starts, made.lines)
    facts = Facts("match", 6, tuple(made.totals()))

    with pytest.raises(ValueError, match=r"zip\(\)"):
        judging_lists.lists(wrong, facts, FEATURES, ["wishes"], top=2)


def test_only_a_hundred_names_are_listed() -> None:
    made = gather({(0,): [Thing(f"{n:03}", row=n) for n in range(150)]}, 1)
    facts = Facts("match", 150, (150,))

    found = judging_lists.lists(made, facts, [TagsInput("a", ("x",))], ["wishes"], top=5)

    assert (len(found.never), found.hidden) == (145, 145)
    never = found.to_json()["never_suggested"]
    assert (never["things"], never["names"]) == (145, [f"{n:03}" for n in range(5, 105)])


def counted(known: Oracle, model: str, order: list[str], queries: list[Any], top: int) -> Lists:
    """Count it all over, from whole rankings of all rows."""
    found = Lists(len(known.rows), top, len(queries), len(known.queries))
    scored = known.scores(queries, model)
    by_name = known.place.argsort()
    seen = set()
    for query, scores in zip(queries, scored, strict=True):
        rows, met = known.rank(query, scores, order), known.met(query)
        shown = rows[:top]
        seen.update(shown)
        found.asked += len(query) * len(shown)
        found.kept += sum(met[row] for row in shown)
        found.best += sum(sorted(met, reverse=True)[:top])
        found.blind += sum(met[row] for row in by_name[:top])
        found.possible += max(met) == len(query)
        found.first += met[rows[0]] == len(query)
        if len(rows) > top:
            found.cut += 1
            keys = [known.key(key, query, scores) for key in order]
            last, following = rows[top - 1 : top + 1]
            found.alphabet += all(
                k[last] == k[following] or (k[last] != k[last] and k[following] != k[following])
                for k in keys
            )
    found.never = [known.names[row] for row in by_name if row not in seen]
    kinds = [frozenset(having) for _, having in known.rows]
    found.hidden = sum(max(0, kinds.count(kind) - top) for kind in set(kinds))
    return found


SAMPLE = Games((ROOT / "data/games.csv").read_text(encoding="utf-8"))
CASES = [
    (SAMPLE, "complement_naive_bayes", ["wishes", "rating", "score"], 5),
    (SAMPLE, "complement_naive_bayes", ["score"], 5),
    (SAMPLE, "match", ["wishes"], 1),
    (made_up(31, 110), "multinomial_naive_bayes", ["score", "rating"], 5),
    (made_up(32, 130), "bernoulli_naive_bayes", ["wishes", "score"], 3),
    (made_up(35, 60), "complement_naive_bayes", ["wishes", "-rental_cost"], 100),
    (made_up(36, 70), "k_nearest", ["-release_year", "wishes"], 7),
    (made_up(37, 120), "match", ["rating"], 10),
]
LARGE = [
    (made_up(33, 200), "k_nearest", ["-release_year", "wishes"], 7),
    (made_up(34, 400), "match", ["rating"], 10),
]


@pytest.mark.parametrize(
    ("games", "model", "order", "top"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in LARGE)],
    ids=[f"{len(c[0].text) // 1000} kB, {c[1]}, {c[2]}, {c[3]}" for c in CASES + LARGE],
)
def test_every_figure_is_what_whole_rankings_say(
    games: Games, model: str, order: list[str], top: int, tmp_path: Path
) -> None:
    fitted = varied(games, model=model, order=order).fit(tmp_path)
    known = Oracle(games)

    found = evaluated(fitted, top)

    assert found.every == found.requests
    assert asdict(found) == asdict(counted(known, model, order, known.queries, top))


def evaluated(fitted: FittedCatalogue, top: int) -> Lists:
    return judging_lists.lists(
        fitted.catalogue, fitted.facts, fitted.features, fitted.order, top=top
    )


@pytest.mark.parametrize(
    ("most_work", "fewest", "made"), [(1, 100, 100), (1, 7, 7), (30, 1, 30), (10**6, 100, None)]
)
def test_where_there_are_too_many_requests_some_are_drawn_always_the_same(
    most_work: int, fewest: int, made: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as the work allows: requests times profiles, but never fewer than the fewest."""
    fitted = SAMPLE.fit(tmp_path)
    known = Oracle(SAMPLE)
    profiles = len(fitted.catalogue.profiles)
    monkeypatch.setattr(judging_lists, "_MOST_WORK", most_work * profiles)
    monkeypatch.setattr(judging_lists, "_FEWEST", fewest)
    asked: list[tuple[Wish, ...]] = []
    names = encoding.column_names(fitted.features)
    rank = ranking.rank

    def noted(catalogue: Any, facts: Any, wishes: Any, order: Any) -> Any:
        asked.append(tuple(tuple(names[column].split(" = ")) for column in wishes))
        return rank(catalogue, facts, wishes, order)

    monkeypatch.setattr(ranking, "rank", noted)
    found = evaluated(fitted, 5)
    drawn = asked.copy()

    assert found.requests == len(set(drawn)) == (made or len(known.queries))
    assert found.every == len(known.queries) > 100
    assert set(drawn) <= set(known.queries)
    assert asdict(found) == asdict(counted(known, SAMPLE.model, list(SAMPLE.order), drawn, 5))
    assert evaluated(fitted, 5) == found
    assert asked == drawn * 2


def test_requests_are_counted_and_drawn_without_making_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features = (
        CategoryInput("budget", tuple("abc")),
        TagsInput("play", tuple("defgh")),
        CategoryInput("age", tuple("ij")),
    )
    every = list(judging_lists.requests(features))
    levels = judging_lists._levels(features)

    assert judging_lists._count_of(levels) == len(every) == 10 + 45 - 3 - 1
    drawn = judging_lists._drawn(levels, len(every))
    assert sorted(drawn) == sorted(every)
    assert judging_lists._drawn(levels, 7) == drawn[:7]
