"""How often a comparison is wrong where models are equal, and how often it sees a difference.

One table, for ``pytest -s``: what was simulated, runs, the rate, its 95 % interval (Wilson),
what is allowed. What is tested are the figures of ``mlcli.judging`` and
``mlcli.statistics.comparing``; models are least squares and logistic regression by Newton's
steps, of many tables at once, as estimators would take most of the time.

Two models are equal where each sees one of two features that may be exchanged (``features``),
or one feature and three columns of noise of its own (``noise``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor
from support import say

from mlcli.judging import leaving_out
from mlcli.judging.contest import Ground, Marks, judge
from mlcli.judging.leaving_out import Division
from mlcli.learning.splits import make_folds
from mlcli.statistics import intervals
from mlcli.statistics.comparing import (
    Difference,
    between,
    corrected,
    holm,
    paired,
    rows_needed,
    settled,
)
from mlcli.statistics.dependence import Related

pytestmark = pytest.mark.slow

Array = np.ndarray
RUNS = 2_000
MOST = 0.08
MEAN = 0.05


class Table(NamedTuple):
    """Columns of two models (runs, rows, columns), labels (runs, rows), and groups (rows,)."""

    first: Array
    second: Array
    labels: Array
    groups: Array | None = None


def row(what: str, hits: int, runs: int, allowed: str) -> tuple[float, float]:
    """Print a row of the table; return the rate and the upper end of its interval."""
    ends = intervals.of_share(hits, runs)
    assert ends is not None
    rate = hits / runs
    say(f"{what:<66} | {runs:>5} | {rate:.3f} | {ends.low:.3f} to {ends.high:.3f} | {allowed}")
    return rate, ends.high


def falsely(cells: Iterator[tuple[str, int, int]]) -> None:
    """Print cells in which models are equal, and check them together."""
    say("\nwhat | runs | called better | 95 % | allowed")
    found = [(what, *row(what, hits, runs, f"end at most {MOST}")) for what, hits, runs in cells]
    mean = sum(rate for _, rate, _ in found) / len(found)
    say(f"{'mean of ' + str(len(found)) + ' cells':<66} | {mean:.4f} | at most {MEAN}")
    assert not [what for what, _, high in found if high > MOST]
    assert mean <= MEAN


# Tables


def follow(draw: np.random.Generator, runs: int, rows: int, by: float) -> Array:
    """Return series of variance 1, each day ``by`` times the day before and noise."""
    found = draw.normal(size=(runs, rows))
    for at in range(1, rows):
        found[:, at] = by * found[:, at - 1] + np.sqrt(1 - by * by) * found[:, at]
    return found


def shared(draw: np.random.Generator, runs: int, groups: Array) -> Array:
    """Return figures of variance 1 of which rows of a group share 0.64."""
    mine = draw.normal(size=(runs, len(groups)))
    return 0.8 * draw.normal(size=(runs, groups.max() + 1))[:, groups] + 0.6 * mine


def table(
    draw: np.random.Generator,
    kind: str,
    runs: int,
    rows: int,
    *,
    slopes: tuple[float, float] = (1, 1),
    groups: Array | None = None,
) -> Table:
    """Return tables of a kind; ``slopes`` are those of the features of the two models."""
    if kind.startswith("AR"):
        x = [follow(draw, runs, rows, 0.85) for _ in range(2)]
        noise = follow(draw, runs, rows, 0.7)
    elif groups is not None:
        x = [shared(draw, runs, groups) for _ in range(2)]
        noise = shared(draw, runs, groups)
    else:
        x = [draw.normal(size=(runs, rows)) for _ in range(2)]
        noise = draw.normal(size=(runs, rows))
    if kind == "t(2.2)":
        noise = draw.standard_t(2.2, size=(runs, rows))
    if kind == "lognormal":
        noise = np.exp(1.2 * draw.normal(size=(runs, rows)))
    if kind == "growing":
        x = [np.abs(each) for each in x]
        noise = noise * (0.2 + x[0] ** 2 + x[1] ** 2)
    labels = slopes[0] * x[0] + slopes[1] * x[1] + noise
    if kind.endswith("noise"):
        columns = [
            np.dstack([x[0], *(draw.normal(size=(runs, rows)) for _ in range(3))]) for _ in range(2)
        ]
        return Table(*columns, labels, groups)
    return Table(x[0][:, :, None], x[1][:, :, None], labels, groups)


def classes(made: Table, share: float) -> Table:
    """Return the same with labels 1 for the largest ``share``, else 0; 3 of each at least."""
    rows = made.labels.shape[1]
    order = made.labels.argsort(axis=1).argsort(axis=1)
    known = made.labels > np.quantile(made.labels, 1 - share)
    return made._replace(labels=np.where(order < 3, 0, np.where(order >= rows - 3, 1, known)))


# Models


def ones(columns: Array) -> Array:
    return np.concatenate([np.ones((*columns.shape[:2], 1)), columns], axis=2)


def line(columns: Array, labels: Array, weights: Array) -> Array:
    """Return coefficients (runs, fits, k) of least squares; weights are (runs, fits, rows)."""
    x = ones(columns)
    squares = (x[..., :, None] * x[..., None, :]).reshape(*x.shape[:2], -1)
    left = (weights @ squares).reshape(*weights.shape[:2], x.shape[2], x.shape[2])
    right = weights @ (x * labels[..., None])
    left += 1e-9 * np.eye(x.shape[2])  # five rows of a first step may be too few for a line
    return np.linalg.solve(left, right[..., None])[..., 0]


def logistic(columns: Array, labels: Array, weights: Array) -> Array:
    """Return coefficients of logistic regression with scikit-learn's penalty, by Newton."""
    x = ones(columns)
    punished = np.eye(x.shape[2])
    punished[0, 0] = 1e-9
    squares = (x[..., :, None] * x[..., None, :]).reshape(*x.shape[:2], -1)
    found = np.zeros((*weights.shape[:2], x.shape[2]))
    for _ in range(8):
        p = 1 / (1 + np.exp(-np.clip(found @ x.swapaxes(1, 2), -30, 30)))
        slope = (weights * (labels[:, None] - p)) @ x - found @ punished
        bend = ((weights * p * (1 - p)) @ squares).reshape(*found.shape, x.shape[2]) + punished
        found += np.clip(np.linalg.solve(bend, slope[..., None])[..., 0], -4, 4)
    return found


def errors(columns: Array, labels: Array, found: Array, *, of_classes: bool) -> dict[str, Array]:
    """Return by metric the error (runs, fits, rows) of each row by each fit."""
    answers = found @ ones(columns).swapaxes(1, 2)
    truths = labels[:, None]
    if not of_classes:
        return {"mae": np.abs(answers - truths)}
    loss = np.logaddexp(0, np.where(truths > 0, -answers, answers))
    return {"wrong": ((answers > 0) != (truths > 0)).astype(float), "log_loss": loss}


def fitted(made: Table, weights: Array, *, of_classes: bool) -> list[dict[str, Array]]:
    """Return the errors of both models, of every row by every fit."""
    fit = logistic if of_classes else line
    return [
        errors(x, made.labels, fit(x, made.labels, weights), of_classes=of_classes)
        for x in (made.first, made.second)
    ]


# Models that take long to learn, of one feature: answers (fits, rows) to one table, with
# ``learned`` (fits, rows) which rows each fit learned from


def tree(x: Array, labels: Array, drawn: Array) -> Array:
    """Return what trees grown to their ends answer: the label of the nearest row that they drew.

    Thresholds of one feature lie halfway between rows. ``drawn`` is (..., rows).
    """
    order, rows = x.argsort(), len(x)
    sorted_x, at = x[order], np.arange(rows)
    known = drawn[..., order]
    below = np.maximum.accumulate(np.where(known, at, -1), axis=-1)
    above = np.minimum.accumulate(np.where(known, at, rows)[..., ::-1], axis=-1)[..., ::-1]
    padded = np.r_[sorted_x, np.inf, -np.inf]  # -1 is the last
    nearest = np.where(sorted_x - padded[below] <= padded[above] - sorted_x, below, above)
    found = np.empty(drawn.shape)
    found[..., order] = labels[order][nearest]
    return found


def forest(x: Array, labels: Array, learned: Array, *, of_classes: bool) -> Array:
    """Return the mean of ten trees, of as many rows drawn with repeats, the same at each fit."""
    del of_classes
    drawn = np.zeros((len(learned), 10, len(x)), dtype=bool)
    for fit, each in enumerate(learned):
        train = np.flatnonzero(each)
        draws = np.random.default_rng(0).integers(len(train), size=(10, len(train)))
        np.put_along_axis(drawn[fit], train[draws], values=True, axis=1)
    return tree(x, labels, drawn).mean(axis=1)


def booster(x: Array, labels: Array, learned: Array, *, of_classes: bool) -> Array:
    """Return the answers of 30 steps of one threshold each, at a rate of .1 (Friedman 2001)."""
    order = x.argsort()
    at, y, known = x[order], labels[order], learned[:, order]
    count = known.cumsum(axis=1)
    every = count[:, -1:]
    following = np.where(known, at, np.inf)[:, ::-1]
    following = np.minimum.accumulate(following, axis=1)[:, ::-1]
    limits = (at[:-1] + following[:, 1:]) / 2
    may = known[:, :-1] & (count[:, :-1] < every)
    found = (known * y).sum(axis=1, keepdims=True) / every + np.zeros(known.shape)
    found = np.log(found / (1 - found)) if of_classes else found
    for _ in range(30):
        p = 1 / (1 + np.exp(-found)) if of_classes else found
        left = known * (y - p)
        bend = known * p * (1 - p) if of_classes else known
        below, total = left.cumsum(axis=1)[:, :-1], left.sum(axis=1, keepdims=True)
        some = np.maximum(count[:, :-1], 1)
        gain = below**2 / some + (total - below) ** 2 / np.maximum(every - some, 1)
        cut = np.where(may, gain, -1).argmax(axis=1)
        low = at <= limits[np.arange(len(cut)), cut][:, None]
        for side in (low, ~low):
            steps = (left * side).sum(axis=1) / np.maximum((bend * side).sum(axis=1), 1e-150)
            found = found + 0.1 * steps[:, None] * side
    answers = np.empty(found.shape)
    answers[:, order] = 1 / (1 + np.exp(-found)) if of_classes else found
    return answers


def neighbours(x: Array, labels: Array, learned: Array, *, of_classes: bool) -> Array:
    """Return the mean label of the five nearest rows, or of all where they are fewer."""
    del of_classes
    far = np.abs(x[:, None] - x)
    return np.array(
        [
            labels[each][far[:, each].argpartition(min(5, each.sum()) - 1, axis=1)[:, :5]].mean(
                axis=1
            )
            for each in learned
        ]
    )


SLOW = {"forest": forest, "booster": booster, "5 nearest": neighbours}


def slowly(model: str, made: Table, weights: Array, *, of_classes: bool) -> list[dict[str, Array]]:
    """Return the errors of both models, of every row by every fit, as ``fitted`` does."""
    found = []
    for x in (made.first[..., 0], made.second[..., 0]):
        answers = np.array(
            [
                SLOW[model](*one, of_classes=of_classes)
                for one in zip(x, made.labels, weights > 0, strict=True)
            ]
        )
        truths = made.labels[:, None]
        if not of_classes:
            found.append({"mae": np.abs(answers - truths)})
            continue
        of_truth = np.clip(np.where(truths > 0, answers, 1 - answers), 2.2e-16, 1)
        wrong = (answers > 0.5) != (truths > 0)
        found.append({"wrong": wrong.astype(float), "log_loss": -np.log(of_truth)})
    return found


# Stored versions


LEARNED = 80


def versions(
    seed: int,
    kind: str,
    held: int,
    *,
    share: float = 0,
    groups: int = 0,
    large: bool = False,
    runs: int = RUNS,
) -> Iterator[tuple[str, int, int]]:
    """Yield by metric how often the interval misses the truth while one is called better.

    ``large`` says that two of the groups hold five rows in six that are not one of each.
    """
    draw = np.random.default_rng([seed, held, groups])
    key: Array | None = None
    if groups:
        shares = draw.dirichlet(np.ones(groups) * 3)
        if large:
            shares = np.r_[[5 / 12] * 2, [1 / 6 / (groups - 2)] * (groups - 2)]
        sizes = 1 + draw.multinomial(held - groups, shares)
        key = np.concatenate([np.arange(LEARNED) // 4, 20 + np.repeat(np.arange(groups), sizes)])
    made = table(draw, kind, runs, LEARNED + held, groups=key)
    new = table(draw, "features noise" if "noise" in kind else "features", 1, 20_000)
    new = new if kind != "growing" else table(draw, kind, 1, 20_000)
    limit = np.quantile(new.labels, 1 - share) if share else 0.0
    if share:
        made = made._replace(labels=(made.labels > limit).astype(float))
        new = new._replace(labels=(new.labels > limit).astype(float))
    rows = Table(*(each[:, :LEARNED] for each in made[:3]))
    fit = logistic if share else line
    weights = [fit(x, rows.labels, np.ones((runs, 1, LEARNED))) for x in rows[:2]]
    seen = [
        errors(x[:, LEARNED:], made.labels[:, LEARNED:], w, of_classes=bool(share))
        for x, w in zip(made[:2], weights, strict=True)
    ]
    truth = [
        {
            metric: np.concatenate(
                [
                    errors(x, new.labels, w[None, at : at + 100, 0], of_classes=bool(share))[
                        metric
                    ].mean(axis=2)[0]
                    for at in range(0, runs, 100)
                ]
            )
            for metric in seen[0]
        }
        for x, w in zip(new[:2], weights, strict=True)
    ]
    related = Related(
        np.arange(held) if "AR" in kind else None, None if key is None else key[LEARNED:]
    )
    for metric in seen[0]:
        d, true = seen[0][metric][:, 0] - seen[1][metric][:, 0], truth[0][metric] - truth[1][metric]
        found = [paired(each, related) for each in d]
        missed = sum(
            settled(one) != "unknown" and not one.low <= t <= one.high
            for one, t in zip(found, true, strict=True)
            if one is not None
        )
        of = f" of {groups} groups" if groups else ""
        of += ", two of them large" if large else f", {share:.0%} positive" if share else ""
        yield f"versions, {kind}: {held} held{of}, {metric}", missed, runs


def test_equal_versions_are_seldom_called_better() -> None:
    def cells() -> Iterator[tuple[str, int, int]]:
        for held in (10, 20, 40, 100, 200):
            yield from versions(1, "features", held)
            yield from versions(2, "noise", held)
            yield from versions(3, "AR features", held)
            yield from versions(4, "AR noise", held)
            yield from versions(5, "features", held, share=0.5)
            yield from versions(6, "features", held, share=0.15)
            yield from versions(7, "AR features", held, share=0.5)
            for groups in (5, 8, 25):
                if groups < held:
                    yield from versions(8, "features", held, groups=groups)
                    yield from versions(9, "features", held, groups=groups, large=True)
                    yield from versions(10, "features", held, groups=groups, share=0.5)

    falsely(cells())


# Cross-validation


def days(rows: int) -> list[datetime]:
    return [datetime(2025, 1, 1) + timedelta(days=at) for at in range(rows)]


def division(made: Table, kind: str, run: int, model: str) -> Division:
    """Return the parts that compare makes of such rows."""
    rows = made.labels.shape[1]
    parts = 8 if model else 15 if rows >= 100 else 10
    if kind.endswith("blocks"):
        return leaving_out.in_pairs(np.arange(rows) * 10 // rows, "")
    if kind.startswith(("AR", "dated")):
        folds = make_folds(rows, seed=0, dates=days(rows), splits=5 if model else 7)
        assert folds is not None
        return leaving_out.in_steps(folds, rows)
    if made.groups is not None:
        folds = make_folds(rows, seed=run, groups=made.groups.tolist(), splits=parts)
        assert folds is not None
        return leaving_out.in_pairs(leaving_out.of_folds(folds, rows), "")
    labels = made.labels[run].tolist()
    strata = labels if set(labels) == {0, 1} else None
    return leaving_out.in_pairs(leaving_out.at_random(rows, strata, parts=parts, seed=run), "")


def verdicts(made: Table, kind: str, *, of_classes: bool, model: str = "") -> list[str]:
    """Return for each table which model compare calls better, "" where it cannot tell.

    ``model`` is one that takes long to learn.
    """
    runs = len(made.labels)
    ways = [division(made, kind, run, model) for run in range(runs)]
    weights = np.zeros((runs, len(ways[0].rounds), made.labels.shape[1]))
    for run, way in enumerate(ways):
        for at, each in enumerate(way.rounds):
            weights[run, at, each.train] = 1
    learn = partial(slowly, model) if model else fitted
    both = learn(made, weights, of_classes=of_classes)
    found = []
    for run, way in enumerate(ways):
        marks = []
        for name, known in zip("ab", both, strict=True):
            of = {
                metric: leaving_out.gathered(
                    way,
                    [
                        (cell, float(each[run, at, way.part == cell[0]].mean()))
                        for at, one in enumerate(way.rounds)
                        for cell in one.cells
                    ],
                )
                for metric, each in known.items()
            }
            marks.append(
                Marks(
                    name,
                    "m",
                    {metric: one.folds for metric, one in of.items()},
                    {},
                    {metric: one.without for metric, one in of.items()},
                )
            )
        contest = judge(marks, list(both[0]), Ground(made.labels.shape[1], 0))
        assert contest is not None
        called = {
            {"better": pair.best, "worse": pair.other}.get(pair.verdict, "")
            for pair in contest.pairs
        } - {""}
        found.append("".join(sorted(called)))
    return found


def usual(made: Table, kind: str, *, of_classes: bool) -> list[str]:
    """Return the same by Nadeau and Bengio over ten times five folds, or steps in time."""
    runs, rows = made.labels.shape
    ways = []
    for run in range(runs):
        dates = days(rows) if kind.startswith(("AR", "dated")) else None
        strata = [*map(str, made.labels[run])] if of_classes else None
        folds = make_folds(
            rows,
            seed=run,
            dates=dates,
            strata=strata,
            groups=None if made.groups is None else made.groups.tolist(),
            repeats=10,
            splits=10 if dates and rows >= 100 else 5,
        )
        assert folds is not None
        ways.append(folds)
    weights = np.zeros((runs, len(ways[0].folds), rows))
    for run, way in enumerate(ways):
        for at, fold in enumerate(way.folds):
            weights[run, at, fold.train] = 1
    both = fitted(made, weights, of_classes=of_classes)
    found = []
    for run, way in enumerate(ways):
        called = set()
        for metric in both[0]:
            first, second = (
                [float(each[metric][run, at, f.test].mean()) for at, f in enumerate(way.folds)]
                for each in both
            )
            seen = corrected(
                between(first, second), train_rows=way.train_rows, test_rows=way.test_rows
            )
            called.add({"first": "a", "second": "b"}.get(settled(seen), ""))
        found.append("".join(sorted(called - {""})))
    return found


def in_parts(
    seed: int,
    kind: str,
    rows: int,
    *,
    share: float = 0,
    groups: int = 0,
    slopes: tuple[float, float] = (1, 1),
    runs: int = RUNS,
    by: object = verdicts,
) -> list[str]:
    """Return the verdicts on so many tables."""
    draw = np.random.default_rng([seed, rows, groups])
    key: Array | None = None
    if groups:
        sizes = 1 + draw.multinomial(rows - groups, draw.dirichlet(np.ones(groups) * 3))
        key = np.repeat(np.arange(groups), sizes)
    found: list[str] = []
    step = 20 if rows >= 100 else 100
    while len(found) < runs:
        made = table(draw, kind, step, rows, slopes=slopes, groups=key)
        made = classes(made, share) if share else made
        assert callable(by)
        found += by(made, kind, of_classes=bool(share))
    return found


def test_equal_models_are_seldom_called_better_by_cross_validation() -> None:
    def cells() -> Iterator[tuple[str, int, int]]:
        for rows in (20, 50, 200):
            for seed, kind in enumerate(
                [
                    "features",
                    "noise",
                    "t(2.2)",
                    "growing",
                    "lognormal",
                    "AR features",
                    "AR noise",
                    "dated features",
                ]
            ):
                found = in_parts(seed, kind, rows)
                yield f"cross-validation, {kind}: {rows} rows", sum(map(bool, found)), RUNS
            for share in (0.5, 0.15):
                found = in_parts(9, "features", rows, share=share)
                name = f"cross-validation, classes, {share:.0%} positive: {rows} rows"
                yield name, sum(map(bool, found)), RUNS
            found = in_parts(12, "AR blocks", rows)
            yield f"cross-validation, AR, ten blocks: {rows} rows", sum(map(bool, found)), RUNS
            found = in_parts(13, "AR features", rows, share=0.5)
            yield f"cross-validation, AR, classes: {rows} rows", sum(map(bool, found)), RUNS
            for groups in (5, 8, 20):
                if groups < rows:
                    found = in_parts(10, "features", rows, groups=groups)
                    name = f"cross-validation, {groups} groups: {rows} rows"
                    yield name, sum(map(bool, found)), RUNS

    falsely(cells())


SLOW_RUNS = 400
SLOW_MOST = 0.1


@pytest.mark.parametrize("model", [*SLOW])
def test_equal_models_that_take_long_are_seldom_called_better(model: str) -> None:
    by = partial(verdicts, model=model)
    say(f"\nwhat | runs | called better | 95 % | allowed: end at most {SLOW_MOST}")
    highest = 0.0
    for rows in (20, 50, 200):
        for kind, share in (
            ("features", 0.0),
            ("t(2.2)", 0),
            ("growing", 0),
            ("lognormal", 0),
            ("features", 0.5),
            ("features", 0.15),
            ("AR features", 0),
        ):
            found = in_parts(14, kind, rows, share=share, runs=SLOW_RUNS, by=by)
            of = f", {share:.0%} positive" if share else ""
            name = f"cross-validation, {model}, {kind}{of}: {rows} rows"
            highest = max(highest, row(name, sum(map(bool, found)), SLOW_RUNS, "")[1])

    assert highest <= SLOW_MOST


def test_these_models_answer_as_those_of_scikit_learn() -> None:
    draw = np.random.default_rng(15)
    x = draw.normal(size=60)
    labels = x + draw.normal(size=60)
    classes = (labels > 0) * 1.0
    learned = np.arange(60) < 45
    train, wide = np.flatnonzero(learned), x[:, None]
    known = wide[train], labels[train]

    grown = DecisionTreeRegressor(random_state=0).fit(*known)
    near = KNeighborsRegressor(5).fit(*known)
    size = {"n_estimators": 30, "max_depth": 1}
    boosted = GradientBoostingRegressor(**size, random_state=0).fit(*known)
    classed = GradientBoostingClassifier(**size, random_state=0).fit(known[0], classes[train])

    some = learned[None]
    assert tree(x, labels, some)[0] == pytest.approx(grown.predict(wide))
    assert neighbours(x, labels, some, of_classes=False)[0] == pytest.approx(near.predict(wide))
    ours = booster(x, labels, some, of_classes=False)[0]
    assert ours == pytest.approx(boosted.predict(wide), rel=1e-5)
    ours = booster(x, classes, some, of_classes=True)[0]
    assert ours == pytest.approx(classed.predict_proba(wide)[:, 1], rel=1e-5)


# Power

SEEN = 400


@pytest.mark.parametrize(
    ("kind", "rows", "share", "slopes", "least"),
    [
        ("features", 50, 0, (1.5, 0.5), 0.7),
        ("t(2.2)", 50, 0, (1.8, 0.2), 0.7),
        ("lognormal", 50, 0, (2, 0), 0.7),
        ("features", 50, 0.5, (2, 0), 0.7),
        ("features", 200, 0, (1.3, 0.7), 0.95),
        ("t(2.2)", 200, 0, (1.5, 0.5), 0.95),
        ("lognormal", 200, 0, (1.6, 0.4), 0.95),
        ("features", 200, 0.5, (1.6, 0.4), 0.95),
        ("dated features", 50, 0, (1.5, 0.5), 1),
        ("AR features", 50, 0, (1.5, 0.5), 1),
        ("AR features", 100, 0, (1.5, 0.5), 1),
        ("AR features", 200, 0, (1.5, 0.5), 1),
    ],
)
def test_models_that_differ_are_told_apart_about_as_often_as_by_folds(
    kind: str, rows: int, share: float, slopes: tuple[float, float], least: float
) -> None:
    runs = RUNS if rows >= 200 and not share else SEEN  # it takes many to tell .95 from .97
    ours, folds = (
        in_parts(11, kind, rows, share=share, slopes=slopes, runs=runs, by=by).count("a")
        for by in (verdicts, usual)
    )
    of = f", {share:.0%} positive" if share else ""
    row(f"slopes {slopes}, {kind}{of}: {rows} rows, told apart", ours, runs, "")
    row("  the same by folds, Nadeau and Bengio", folds, runs, f"times {least} at most")

    assert ours >= least * folds


@pytest.mark.parametrize(("held", "least"), [(40, 0.6), (100, 0.85)])
def test_versions_on_days_with_independent_noise_are_told_apart(held: int, least: float) -> None:
    draw = np.random.default_rng([12, held])
    d = draw.normal(3.2 / np.sqrt(held), 1, (RUNS, held))
    by_days = sum(settled(paired(each, Related(np.arange(held)))) == "second" for each in d)
    plain = sum(settled(paired(each)) == "second" for each in d)
    row(f"versions, {held} held-out days with independent noise, told apart", by_days, RUNS, "")
    row("  the same by the plain t test", plain, RUNS, f"times {least} at most")

    assert by_days >= least * plain


def test_degree_2_is_told_from_a_line_on_a_year_of_nights() -> None:
    """Tables as the sample generator's: doughs follow the logarithm of guests."""
    draw = np.random.default_rng(3)
    r = draw.uniform(1, 59, (SEEN, 206))
    noise = draw.random((SEEN, 206)) * 0.1, 2 * draw.random((SEEN, 206))
    labels = np.round((9.5 + noise[0]) * np.log2(r) + 14 + noise[1])
    made = Table(np.dstack([r, r * r]) / 59, r[..., None], labels)
    found = [
        one
        for at in range(0, SEEN, 20)
        for one in verdicts(
            Table(*(each[at : at + 20] for each in made[:3])), "AR", of_classes=False
        )
    ]
    row("line or degree 2, steps over 206 days: degree 2", found.count("a"), SEEN, "0.95 at least")

    assert found.count("a") >= 0.95 * SEEN


# Several models, and more rows


def equals(draw: np.random.Generator, models: int, held: int) -> list[Array]:
    """Return errors on held-out rows of models with a feature and noise of their own."""
    x = draw.uniform(0, 10, 200 + held)
    labels = 3 * x + draw.normal(0, 2, 200 + held)
    found = []
    for _ in range(models):
        columns = np.column_stack([np.ones_like(x), x, draw.normal(size=(200 + held, 5))])
        weights = np.linalg.lstsq(columns[:200], labels[:200], rcond=None)[0]
        found.append(np.abs(columns[200:] @ weights - labels[200:]))
    return found


def test_of_four_equal_models_holm_seldom_calls_any_better() -> None:
    runs, alone, adjusted = 1000, 0, 0
    for run in range(runs):
        columns = equals(np.random.default_rng([5, run]), 4, 50)
        found = [paired(between(a, b)) for a, b in combinations(columns, 2)]
        sure = [d for d in found if d is not None]
        assert len(sure) == 6
        values = holm([d.p for d in sure])
        alone += any(settled(d) != "unknown" for d in sure)
        adjusted += any(
            settled(d, adjusted=p) != "unknown" for d, p in zip(sure, values, strict=True)
        )
    row("4 equal models, 50 rows held out, Holm: any better", adjusted, runs, "0.07 at most")
    row("  the same without Holm", alone, runs, "over 0.1, or no test")

    assert adjusted <= 0.07 * runs
    assert alone > 0.1 * runs


@pytest.mark.parametrize("models", [2, 4, 6])
def test_the_best_of_equal_models_is_seldom_called_better(models: int) -> None:
    runs, called = 400, 0
    for run in range(runs):
        columns = equals(np.random.default_rng([3, models, run]), models, 60)
        marks = [Marks(str(at), "m", {}, {"mae": each}) for at, each in enumerate(columns)]
        found = judge(marks, ["mae"], Ground(200, 60))
        assert found is not None
        called += any(pair.verdict == "better" for pair in found.pairs)
    row(f"best of {models} equal models, 60 rows held out", called, runs, "0.09 at most")

    assert called <= 0.09 * runs  # 5 %, and four standard deviations


def test_so_many_more_rows_settle_it_in_about_half_of_the_cases() -> None:
    """A difference that is there, but not seen: the rows asked for, brought."""
    asked, settles = [], 0
    for run in range(2000):
        draw = np.random.default_rng([6, run])
        first = draw.normal(0.25, 1, 30)
        found = paired(first.tolist())
        assert isinstance(found, Difference)
        more = rows_needed(found, 30)
        if settled(found) == "unknown" and more is not None and found.mean > 0:
            asked.append(more)
            rest = draw.normal(0.25, 1, more)
            settles += settled(paired([*first.tolist(), *rest.tolist()])) == "second"
    row("difference 0.25 sd, the rows asked for brought", settles, len(asked), "0.4 to 0.8")
    say(f"  rows asked for, median {np.median(asked)} (the truth: 34), allowed 20 to 60")

    assert 0.4 <= settles / len(asked) <= 0.8
    assert 20 <= np.median(asked) <= 60
