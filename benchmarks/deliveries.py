"""Ordinary tables, one row an example, whose cells do not repeat: deliveries of a caterer.

Prices with cents, coordinates of six digits, times to the second: numbers of 5 to 8
digits, hardly two of which are the same in a million rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from cells import ROWS, clock, csv, decimals, lines, texts, write, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cells import Bytes, Whole
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NUMBERS: Final = {
    "price": (20, 5_000, 2),
    "weight_kg": (1, 500, 3),
    "distance_km": (0.5, 40, 4),
    "latitude": (45.38, 45.54, 6),
    "longitude": (9.04, 9.28, 6),
    "oven_c": (380, 480, 4),
    "humidity": (20, 95, 5),
    "pressure_hpa": (980, 1_040, 4),
    "balance": (-20_000, 20_000, 2),
    "waited_s": (0, 900, 3),
}
"""From, to, and how many places are written."""
DISTRICTS: Final = (
    "Città Studi",
    "Old Town",
    "Porta Romana",
    "Brera",
    "Isola",
    "Lambrate",
    "Navigli",
    "Niguarda",
    "Porta Venezia",
    "Sempione",
    "Ticinese",
    "Tre Torri",
)
TAGS: Final = (
    *("anchovies", "artichokes", "basil", "capers", "chilli", "egg", "garlic", "gorgonzola"),
    *("ham", "mushrooms", "olives", "onions", "oregano", "parmesan", "peppers", "rocket"),
    *("salami", "spinach", "tuna", "walnuts"),
)
ARRIVALS: Final = ("early", "late", "on time")
FIRST_DAY: Final = np.datetime64("2021-01-01")
DAYS: Final = 1096
_DAY: Final = 86_400
_MOST_TAGS: Final = 4
_MISSING: Final = 0.1
_EARLY: Final = -15
_LATE: Final = 20
_HEADER: Final = ",".join((*NUMBERS, "district"))

_DEFINITION: Final = """\
sources:
  deliveries: {{file: data/{file}}}
features: [{features}]
label: {label}
model: {model}
holdout: random 20%
"""
_BOOSTING: Final = "{name: HistGradientBoostingRegressor, early_stopping: false}"

_EXTRAS: Final = """\
sources:
  deliveries:
    file: data/extras.csv
    rules:
      - derive: {{weekday: weekday of ordered_at}}
      - split_list: {{of: extras, as: extra, by: ";"}}
date: ordered_at
features:
{features}
  - district
  - weekday
  - {{name: extra, kind: tags}}
label: minutes
model: linear_regression
holdout: newest 20%
"""


def deliveries(folder: Path, rows: int, seed: int) -> None:
    """Write ten different numbers, a word, and how many minutes a delivery took.

    ``configs/linear.yaml`` and ``configs/boosting.yaml`` learn it.

    Parameters
    ----------
    folder
        Where the project goes; made if it is not there.
    rows
        How many there are.
    seed
        Decides every byte, together with ``rows``.
    """
    _define(folder, "linear", "linear_regression")
    _define(folder, "boosting", _BOOSTING)
    rng = np.random.default_rng([seed, 10])
    write(folder / "data" / "deliveries.csv", csv(f"{_HEADER},minutes", _minutes(rng, rows)))


def arrivals(folder: Path, rows: int, seed: int) -> None:
    """Write the same with one of three classes as label."""
    _define(folder, "arrivals", "logistic_regression", label="arrival")
    rng = np.random.default_rng([seed, 11])
    write(folder / "data" / "arrivals.csv", csv(f"{_HEADER},arrival", _classes(rng, rows)))


def extras(folder: Path, rows: int, seed: int) -> None:
    """Write the same with a tenth of the numbers missing, a date, and a list of tags."""
    features = "".join(f"  - {{name: {name}, missing: median}}\n" for name in NUMBERS)
    text = _EXTRAS.format(features=features.rstrip("\n"))
    write_text(folder / "configs" / "extras.yaml", text)
    rng = np.random.default_rng([seed, 12])
    header = f"ordered_at,{_HEADER},extras,minutes"
    write(folder / "data" / "extras.csv", csv(header, _dated(rng, rows)))


def _define(folder: Path, name: str, model: str, *, label: str = "minutes") -> None:
    file = "arrivals.csv" if label == "arrival" else "deliveries.csv"
    features = ", ".join((*NUMBERS, "district"))
    text = _DEFINITION.format(file=file, features=features, label=label, model=model)
    write_text(folder / "configs" / f"{name}.yaml", text)


def _blocks(rows: int) -> Iterator[Whole]:
    """Yield the numbers of some rows at a time."""
    for first in range(0, rows, ROWS):
        yield np.arange(first, min(first + ROWS, rows))


def _minutes(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block))
        yield lines([*_cells(numbers), _DISTRICTS[district], _took(rng, numbers, district)])


def _classes(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block))
        size = len(block)
        late = _expected(numbers, district) - 40 + 12 * rng.logistic(size=size)
        arrival = np.where(late < _EARLY, 0, np.where(late > _LATE, 1, 2))
        yield lines([*_cells(numbers), _DISTRICTS[district], _ARRIVALS[arrival]])


def _dated(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    step = DAYS * _DAY // rows
    for block in _blocks(rows):
        size = len(block)
        numbers, district = _asked(rng, size)
        second = block * step + rng.integers(step, size=size)
        columns = [
            np.hstack([_DAYS[second // _DAY], _CLOCK[second % _DAY]]),
            *_cells(numbers),
            _DISTRICTS[district],
            _lists(rng, size),
            _took(rng, numbers, district),
        ]
        for column in columns[1 : 1 + len(NUMBERS)]:
            column[rng.random(size) < _MISSING] = 0
        yield lines(columns)


def _asked(rng: np.random.Generator, rows: int) -> tuple[dict[str, Whole], Whole]:
    """Return the numbers of some rows, as they are without a point, and their districts."""
    numbers = {
        name: rng.integers(round(low * 10**places), round(high * 10**places), size=rows)
        for name, (low, high, places) in NUMBERS.items()
    }
    return numbers, rng.integers(len(DISTRICTS), size=rows)


def _cells(numbers: dict[str, Whole]) -> list[Bytes]:
    return [decimals(numbers[name], places) for name, (_, _, places) in NUMBERS.items()]


def _expected(numbers: dict[str, Whole], district: Whole) -> Floats:
    """Return the minutes that a delivery takes, but for chance."""
    size = {name: numbers[name] / 10**places for name, (_, _, places) in NUMBERS.items()}
    found: Floats = (
        6
        + 0.8 * size["distance_km"]
        + 0.01 * size["distance_km"] ** 2
        + 0.002 * size["price"]
        + 0.01 * size["weight_kg"]
        + 40 * (size["latitude"] - NUMBERS["latitude"][0])
        + 0.005 * size["waited_s"]
        + district % 5
    )
    return found


def _took(rng: np.random.Generator, numbers: dict[str, Whole], district: Whole) -> Bytes:
    """Return the minutes that deliveries took."""
    minutes = _expected(numbers, district) + 5 * rng.standard_exponential(len(district))
    return decimals(np.rint(1000 * minutes).astype(np.int64), 3)


def _lists(rng: np.random.Generator, rows: int) -> Bytes:
    """Return lists of none to four different tags, in any order."""
    chosen = np.argsort(rng.random((rows, len(TAGS))), axis=1)[:, :_MOST_TAGS]
    count = rng.integers(_MOST_TAGS + 1, size=rows)
    parts = []
    for place in range(_MOST_TAGS):
        tag = (_FURTHER if place else _FIRST)[chosen[:, place]]
        tag[count <= place] = 0
        parts.append(tag)
    return np.hstack(parts)


_DISTRICTS: Final = texts(DISTRICTS)
_ARRIVALS: Final = texts(ARRIVALS)
_FIRST: Final = texts(TAGS)
_FURTHER: Final = texts([f";{tag}" for tag in TAGS])
_DAYS: Final = texts([f"{FIRST_DAY + number} " for number in range(DAYS)])
_CLOCK: Final = texts([clock(second) for second in range(_DAY)])
