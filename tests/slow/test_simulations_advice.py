"""Following what `fit` advises makes models better on rows that had no part in it.

Run with ``-s`` to see the table.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from support import say
from tables import examples

from mlcli.definition import definition as definitions
from mlcli.definition.algorithms import FRIENDLY
from mlcli.definition.yaml_text import Document
from mlcli.errors import DataError
from mlcli.judging import judges
from mlcli.judging.simpler import settings
from mlcli.learning import fitting
from mlcli.statistics.intervals import of_share

pytestmark = pytest.mark.slow

FIRST = 97
"""What is drawn begins here. No rule was tuned by these tables."""
DATA = Path(__file__).parents[2] / "data"
MODELS: list[dict[str, Any]] = [
    {"name": "linear_regression"},
    {"name": "polynomial_regression", "degree": 4},
    {"name": "k_nearest", "neighbours": 1},
    {"name": "k_nearest"},
    {"name": "decision_tree"},
    {"name": "decision_tree", "max_depth": 3},
    {"name": "random_forest", "trees": 30},
]
OTHERS = (
    "linear_regression",
    "log_regression",
    "polynomial_regression",
    "k_nearest",
    "random_forest",
)


class Table(NamedTuple):
    name: str
    x: np.ndarray
    y: np.ndarray
    dated: bool


def table(seed: int) -> Table:
    """Return a table of 60 to 240 rows to learn from and as many others; every second is dated."""
    draw = np.random.default_rng([FIRST, seed])
    dated, kind = seed % 2 == 1, seed // 2 % 10
    rows = 2 * int(draw.choice([60, 120, 240]))
    day = np.arange(rows)
    x = draw.uniform(0.5, 10, (rows, 3))
    season = np.sin(2 * np.pi * day / 91)
    y = {
        0: lambda: 3 * x[:, 0] + x[:, 1],
        1: lambda: 12 * np.log(x[:, 0]),
        2: lambda: (x[:, 0] - 4) ** 2 + x[:, 1],
        3: lambda: x[:, 0] * x[:, 1] / 2,
        4: lambda: 10.0 * (x[:, 0] // 3 % 2) + 4 * (x[:, 1] > 5),
        5: lambda: np.exp(x[:, 0] / 4),
        6: lambda: 6 * np.sin(x[:, 0]) + x[:, 2],
        7: lambda: 0 * x[:, 0],
        8: lambda: 5 * np.minimum(x[:, 0], x[:, 1]),
        9: lambda: 8 * np.sqrt(x[:, 0]) - x[:, 1],
    }[kind]()
    noise = draw.normal(size=rows) if kind % 3 else draw.lognormal(0, 0.8, rows)
    if dated:
        for at in range(1, rows):
            noise[at] = 0.6 * noise[at - 1] + 0.8 * noise[at]
        trend = (0, 0.02, 0.1)[seed // 2 % 3]
        y = y + trend * day + 3 * season
        x = np.column_stack([x[:, :2], day, season])
    return Table(f"{kind} of {rows // 2}", x, y + draw.choice([0.5, 2.0]) * noise, dated)


def rentals() -> Table:
    """Return two years of daily rentals, which grow, with seasons and weekends."""
    draw = np.random.default_rng([FIRST, 730])
    day = np.arange(730)
    warm = 15 - 10 * np.cos(2 * np.pi * day / 365) + 3 * draw.normal(size=730)
    y = 40 + 0.12 * day + 4 * warm - 0.06 * (warm - 18) ** 2 + 25 * (day % 7 > 4)
    return Table(
        "rentals", np.column_stack([day, warm, day % 7]), y + 8 * draw.normal(size=730), dated=True
    )


def sample_year() -> Table:
    """Return the nights of the sample, but Fridays and Saturdays."""
    booked, sold = Counter[date](), Counter[date]()
    with (DATA / "reservations.csv").open() as file:
        booked.update(
            datetime.fromisoformat(row["datetime"]).date() for row in csv.DictReader(file)
        )
    with (DATA / "orders.csv").open() as file:
        for row in csv.DictReader(file):
            if row["item_name"] == "pizza":
                sold[datetime.fromisoformat(row["ordered_at"]).date()] += int(row["quantity"])
    days = [day for day in sorted(booked) if day.weekday() not in {4, 5} and sold[day]]
    return Table(
        "sample year",
        np.array([[booked[day]] for day in days], dtype=float),
        np.array([sold[day] for day in days], dtype=float),
        dated=True,
    )


def every() -> Iterator[Table]:
    from sklearn.datasets import load_diabetes

    yield sample_year()
    yield Table("diabetes", *load_diabetes(return_X_y=True), dated=False)
    yield rentals()
    yield from map(table, range(40))


class Fits:
    """Models of one table: half of the rows learn, the newest half or one at random judges."""

    def __init__(self, table: Table) -> None:
        names = [f"x{at}" for at in range(table.x.shape[1])]
        columns: dict[str, Any] = {
            **{name: column.tolist() for name, column in zip(names, table.x.T, strict=True)},
            "y": table.y.tolist(),
        }
        if table.dated:
            columns["day"] = [datetime(2024, 1, 1) + timedelta(at) for at in range(len(table.y))]
        self.table = examples(columns, key="day" if table.dated else None)
        self.values: dict[str, Any] = {
            "sources": {"t": {"file": "data/t.csv"}},
            "features": names,
            "label": {"name": "y", "whole": False},
            "holdout": "newest 30%" if table.dated else "random 50%",
            **({"date": "day"} if table.dated else {}),
        }

    def fit(self, model: Any, **changes: Any) -> fitting.Fitted:
        values = {**self.values, "model": model, **changes}
        return fitting.fit(definitions.build(values), self.table)

    def error(self, model: Any, **changes: Any) -> float:
        try:
            held = self.fit(model, **changes).held_out
        except DataError:
            return np.inf
        assert held is not None
        return float(np.abs(held.truths - held.values).mean())


def advised(fits: Fits, fitted: fitting.Fitted, words: str, attempt: object) -> float | None:
    """Return the error of the model that is advised; nothing where none is."""
    model = fitted.lesson.definition.model
    written = {"name": model.name, **model.written}
    if "; try  model: " in words:
        assert isinstance(attempt, str)
        return fits.error(Document(attempt).value)
    if "write  {name: " in words:
        feature = Document(words.partition("write  ")[2]).value
        names = [feature if name == feature["name"] else name for name in fits.values["features"]]
        return fits.error(written, features=names)
    return None


def listed(fits: Fits, fitted: fitting.Fitted) -> float:
    """Return the least error that a change of the model has that is listed."""
    model = fitted.lesson.definition.model
    found = [{"name": one.name, **one.written} for one in settings(model)]
    for name in OTHERS:
        other = FRIENDLY[name].model_validate({"name": name})
        if name != model.name and (not other.log or (fits.table.columns["x0"].values > 0).all()):
            found.append({"name": name})
    return min((fits.error(one) for one in found), default=np.inf)


def test_following_the_advice_makes_models_better() -> None:
    falls, rises, given = [], [], []
    with fitting.one_thread():
        for table in every():
            fits = Fits(table)
            for model in MODELS:
                try:
                    fitted = fits.fit(model)
                except DataError:
                    continue
                assert fitted.held_out is not None
                now = float(np.abs(fitted.held_out.truths - fitted.held_out.values).mean())
                said = judges.look(fitted).diagnosed()
                then = advised(fits, fitted, said.words, said.try_)
                best = listed(fits, fitted)
                if best < 0.8 * now:
                    given.append(then is not None)
                if then is not None:
                    falls.append(then < now)
                    rises.append(then > 1.05 * now)
                    say(
                        f"{table.name:14} {table.dated!s:5} {model}: {then / now:.2f}  {said.words}"
                    )
                elif best < 0.8 * now:
                    say(
                        f"{table.name:14} {table.dated!s:5} {model}: {best / now:.2f} missed: {said.words}"
                    )
    show("where advice was given, the error falls", falls, "0.9 at least")
    show("... and rises by more than 5 %", rises, "0.05 at most")
    show("of models that a listed change betters by a fifth, advised", given, "0.5 at least")

    assert np.mean(falls) >= 0.9
    assert np.mean(rises) <= 0.05
    assert np.mean(given) >= 0.5


def show(what: str, calls: list[bool], allowed: str) -> None:
    share = of_share(sum(calls), len(calls))
    interval = f"{share.low:.3f} to {share.high:.3f}" if share else ""
    say(f"\n{what:<60} | {len(calls):>5} | {np.mean(calls):.3f} | {interval} | {allowed}")
