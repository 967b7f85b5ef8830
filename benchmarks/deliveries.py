"""Ordinary tables, one row an example, whose cells do not repeat: deliveries of a caterer.

Prices with cents, coordinates of six digits, times to the second: numbers of 5 to 8
digits, hardly two of which are the same in a million rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from cells import ROWS, clock, csv, decimals, lines, same, texts, write, write_text
from shared import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
ASKED: Final = (*NUMBERS, "district")
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
RESTAURANTS: Final = 250
BANDS: Final = 2_000
LYING: Final = tuple(f"seen_{number}" for number in range(1, 10))
WORDS: Final = 9_000
LEARNED: Final = 20_000
"""Rows to learn from before questions are asked."""
FIRST_DAY: Final = np.datetime64("2021-01-01")
DAYS: Final = 1096
_DAY: Final = 86_400
_MOST_TAGS: Final = 4
_MISSING: Final = 0.1
_WITHIN: Final = 0.01
_PRIME: Final = 7_368_787
_EARLY: Final = -15
_LATE: Final = 20
_HEADER: Final = ",".join(ASKED)

SOURCE: Final = "file: data/deliveries.csv"
_DEFINITION: Final = """\
sources:
  deliveries: {{{source}}}
features: [{features}]
label: {label}
model: {model}
holdout: {holdout}
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


def define(
    folder: Path,
    name: str,
    model: str,
    *,
    source: str = "",
    label: str = "minutes",
    features: Sequence[str] = ASKED,
    holdout: str = "random 20%",
    more: str = "",
) -> None:
    """Write a definition that reads an export of its name, or of another."""
    text = _DEFINITION.format(
        source=source or f"file: data/{name}.csv",
        features=", ".join(features),
        label=label,
        model=model,
        holdout=holdout,
    )
    write_text(folder / "configs" / f"{name}.yaml", text + more)


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
    define(folder, "linear", "linear_regression", source=SOURCE)
    define(folder, "boosting", _BOOSTING, source=SOURCE)
    rng = np.random.default_rng([seed, 10])
    write(folder / "data" / "deliveries.csv", csv(f"{_HEADER},minutes", _minutes(rng, rows)))


def arrivals(folder: Path, rows: int, seed: int) -> None:
    """Write the same with one of three classes as label."""
    define(folder, "arrivals", "logistic_regression", label="arrival")
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


def restaurants(folder: Path, rows: int, seed: int) -> None:
    """Write two numbers and a category of 250 words, and how many minutes a delivery took."""
    asked = ("price", "distance_km", "restaurant")
    define(folder, "restaurants", "ridge", features=asked)
    rng = np.random.default_rng([seed, 13])
    header = ",".join((*asked, "minutes"))
    write(folder / "data" / "restaurants.csv", csv(header, _by_restaurant(rng, rows)))


def wide(folder: Path, rows: int, seed: int) -> None:
    """Write 2,000 numbers a row, twenty of which have a say in the label."""
    names = [f"band_{number:04}" for number in range(BANDS)]
    define(folder, "wide", "ridge", label="strength", features=names)
    rng = np.random.default_rng([seed, 14])
    bands = rng.integers(10**5, 10**7, size=(rows, BANDS))
    strength = bands[:, :: BANDS // 20].sum(axis=1) // 20 + rng.integers(10**6, size=rows)
    columns = [decimals(column, 4) for column in (*bands.T, strength)]
    write(folder / "data" / "wide.csv", csv(",".join((*names, "strength")), [lines(columns)]))


def lying(folder: Path, rows: int, seed: int) -> None:
    """Write ten numbers a row of 17 digits, hardly two of which are the same in 20 million rows."""
    engine = "engine: {name: duckdb, memory: 1GB, collect: 1MB}\n"
    define(folder, "lying", "linear_regression", label="told", features=LYING, more=engine)
    rng = np.random.default_rng([seed, 18])
    header = ",".join((*LYING, "told"))
    write(folder / "data" / "lying.csv", csv(header, _long_numbers(rng, rows)))


def judged(folder: Path, rows: int, seed: int) -> None:
    """Write as many deliveries again, to judge what was learned, and values to tune."""
    deliveries(folder, rows, seed)
    define(folder, "tuned", "ridge", source=SOURCE, more="tune: {penalty: [10, 1, 0.1]}")
    rng = np.random.default_rng([seed, 15])
    write(folder / "data" / "others.csv", csv(f"{_HEADER},minutes", _minutes(rng, rows)))


def growing(folder: Path, rows: int, seed: int) -> None:
    """Write so many deliveries and questions, twice and four times as many."""
    deliveries(folder, LEARNED, seed)
    for times in TIMES:
        define(folder, f"times_{times}", "linear_regression")
        rng = np.random.default_rng([seed, 16])
        made = csv(f"{_HEADER},minutes", _minutes(rng, times * rows))
        write(folder / "data" / f"times_{times}.csv", made)
        rng = np.random.default_rng([seed, 17])
        asked = csv(_HEADER, _questions(rng, times * rows, noted=False))
        write(folder / "data" / f"questions_{times}.csv", asked)


def questions(folder: Path, rows: int, seed: int) -> None:
    """Write deliveries to learn from, and so many questions of eleven columns that differ.

    In ``data/noted.csv`` every tenth price is above all that were learned from, and every
    hundredth delivery waited longer than ``configs/noted.yaml`` allows.
    """
    deliveries(folder, LEARNED, seed)
    waits = f"rules:\n  - between: {{waited_s: 0 to {NUMBERS['waited_s'][1]}}}"
    define(folder, "noted", "linear_regression", source=SOURCE, more=waits)
    for name in ("questions", "noted"):
        rng = np.random.default_rng([seed, 17])
        made = _questions(rng, rows, noted=name == "noted")
        write(folder / "data" / f"{name}.csv", csv(_HEADER, made))


def words(folder: Path, rows: int, seed: int) -> None:
    """Write a category in which each row has a word of its own."""
    define(folder, "words", "ridge", features=("price", "customer"), holdout="none")
    rng = np.random.default_rng([seed, 18])
    write(folder / "data" / "words.csv", csv("price,customer,minutes", _worded(rng, rows, rows)))


def beyond(folder: Path, rows: int, seed: int) -> None:
    """Write a category of 9,000 words, for a model that needs a dense matrix."""
    define(folder, "beyond", _BOOSTING, features=("price", "customer"), holdout="none")
    rng = np.random.default_rng([seed, 19])
    made = _worded(rng, rows, WORDS)
    write(folder / "data" / "beyond.csv", csv("price,customer,minutes", made))


def _blocks(rows: int) -> Iterator[Whole]:
    """Yield the numbers of some rows at a time."""
    for first in range(0, rows, ROWS):
        yield np.arange(first, min(first + ROWS, rows))


def _minutes(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block))
        yield lines([*_cells(numbers), _DISTRICTS[district], _took(rng, numbers, district)])


def _long_numbers(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    for block in _blocks(rows):
        size = len(block)
        numbers = rng.integers(10**16, 10**17, size=(len(LYING), size))
        weighed = sum((-1) ** at * (at + 1) * one // 10 for at, one in enumerate(numbers))
        told = 3 * 10**17 + weighed + rng.integers(10**16, size=(3, size)).sum(axis=0)
        yield lines([decimals(column, 15) for column in (*numbers, told)])


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


def _by_restaurant(rng: np.random.Generator, rows: int) -> Iterator[Bytes]:
    names = texts([f"Ristorante {number}" for number in range(1, RESTAURANTS + 1)])
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block))
        restaurant = rng.integers(RESTAURANTS, size=len(block))
        cells = [decimals(numbers[name], NUMBERS[name][2]) for name in ("price", "distance_km")]
        yield lines([*cells, names[restaurant], _took(rng, numbers, restaurant % 17 + district)])


def _questions(rng: np.random.Generator, rows: int, *, noted: bool) -> Iterator[Bytes]:
    """Yield questions within what is learned from, but for some numbers, if they are noted."""
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block), within=_WITHIN)
        if noted:
            for name, every in (("price", 10), ("waited_s", 100)):
                _, high, places = NUMBERS[name]
                far = block % every == every // 2
                numbers[name][far] += round(high * 10**places)
        yield lines([*_cells(numbers), _DISTRICTS[district]])


def _worded(rng: np.random.Generator, rows: int, different: int) -> Iterator[Bytes]:
    """Yield a price, one of so many words, and the minutes."""
    for block in _blocks(rows):
        numbers, district = _asked(rng, len(block))
        word = decimals(block * _PRIME % different)
        price = decimals(numbers["price"], NUMBERS["price"][2])
        named = np.hstack([same("K", len(block)), word])
        yield lines([price, named, _took(rng, numbers, district)])


def _asked(
    rng: np.random.Generator, rows: int, *, within: float = 0.0
) -> tuple[dict[str, Whole], Whole]:
    """Return the numbers of some rows, as they are without a point, and their districts.

    ``within`` is the share of each range that is left out at both ends.
    """
    numbers = {}
    for name, (low, high, places) in NUMBERS.items():
        spare = within * (high - low)
        first, end = (round(x * 10**places) for x in (low + spare, high - spare))
        numbers[name] = rng.integers(first, end, size=rows)
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
