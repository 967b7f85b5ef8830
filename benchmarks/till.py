"""Exports like the samples: a till and bookings, lines to count and to add up.

Six years of a chain of pizzerias: a till export, a fifth as many bookings, and a
definition with the pizzeria's rules. On some days the chain is closed, on some nothing is
booked, on some no pizza is sold. The bookings go on for a fortnight after the last sale.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from cells import ROWS, clock, csv, decimals, same, texts, write, write_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cells import Bytes, Whole
    from numpy.typing import NDArray

    Block = Callable[[Whole], Bytes]

FIRST_DAY: Final = np.datetime64("2018-01-01")
DAYS_OF_SALES: Final = 2191
DAYS_OF_BOOKINGS: Final = DAYS_OF_SALES + 14
BOOKINGS_A_LINE: Final = 0.2

CLOSED: Final = 0.02
NOTHING_BOOKED: Final = 0.01
NO_PIZZA: Final = 0.01
"""The shares of such days."""
PIZZA: Final = 0.4
"""The share of the till's lines that are pizza."""
ITEMS: Final = (
    "pizza",
    "espresso macchiato",
    "homemade lemonade",
    "house red wine 0.25l",
    "insalata caprese",
    "lasagne al forno",
    "spaghetti carbonara",
    "tiramisu della casa",
    "sparkling water",
)
QUANTITIES: Final = (1, 2, 3)
TABLES: Final = 24
GUESTS: Final = 8
OPENS: Final = 17 * 3600
CLOSES: Final = 22 * 3600 + 1800

QUESTIONS: Final = range(100_000, 132_000)
"""What is asked: 32,000 different numbers, 7 bytes a line."""
NIGHTS: Final = 1_000

_PRIME: Final = 7_368_787
_IDS: Final = 10**9
"""Multiples of a prime, up to some number that it does not divide, are each there once."""

PIZZERIA: Final = """\
sources:
  reservations:
    file: data/reservations.csv
    rules:
      - count: {per: day of datetime, as: reservations}
  orders:
    file: data/orders.csv
    rules:
      - keep: {item_name: pizza}
      - sum: {of: quantity, per: day of ordered_at, as: doughs}
join: day
rules:
  - drop_weekdays: {days: [Friday, Saturday], because: too busy to take reservations}
features: [reservations]
label: doughs
model: linear_regression
holdout: none
"""

TAKINGS: Final = """\
sources:
  reservations:
    file: data/reservations.csv
    rules:
      - count: {per: day of datetime, as: reservations}
  orders:
    file: data/orders.csv
    rules:
      - sum: {of: price, per: day of sold_at, as: takings}
join: day
features: [reservations]
label: {name: takings, unit: EUR}
model: linear_regression
holdout: none
"""

FLOUR: Final = """\
sources:
  nights: {file: data/nights.csv}
features: [reservations]
label: {name: flour, unit: kg of flour}
model: linear_regression
holdout: none
"""


def pizzeria(folder: Path, lines: int, seed: int) -> None:
    """Write the project to fit: ``configs/pizzeria.yaml`` and the exports that it names.

    Parameters
    ----------
    folder
        Where the project goes; made if it is not there.
    lines
        How many lines the till export has after its header, about 38 bytes each.
    seed
        Decides every byte, together with ``lines``.
    """
    busy, sold, without_pizza = days(np.random.default_rng([seed, 0]))
    write_text(folder / "configs" / "pizzeria.yaml", PIZZERIA)
    make = _till(np.random.default_rng([seed, 1]), without_pizza)
    header = "item_name,quantity,table_num,ordered_at"
    write(folder / "data" / "orders.csv", csv(header, _blocks(_shared_out(sold, lines), make)))
    bookings(folder, busy, lines, seed)


def takings(folder: Path, lines: int, seed: int) -> None:
    """Write the same, but for prices, times and ids that all differ: sums of prices per day.

    Parameters
    ----------
    folder
        Where the project goes; made if it is not there.
    lines
        How many lines the till export has after its header, about 62 bytes each; above 40
        million some times are the same.
    seed
        Decides every byte, together with ``lines``.
    """
    busy, sold, _ = days(np.random.default_rng([seed, 0]))
    write_text(folder / "configs" / "takings.yaml", TAKINGS)
    make = _receipts(np.random.default_rng([seed, 4]), lines)
    header = "order_id,customer,item_name,price,sold_at"
    write(folder / "data" / "orders.csv", csv(header, _blocks(_shared_out(sold, lines), make)))
    bookings(folder, busy, lines, seed)


def flour(folder: Path, lines: int, seed: int) -> None:
    """Write the project to ask: a small table of nights, and ``data/questions.csv``.

    The label has decimals, so answers do; no question is outside what was learned.

    Parameters
    ----------
    folder
        Where the project goes; made if it is not there.
    lines
        How many questions there are, 7 bytes each.
    seed
        Decides every byte, together with ``lines``.
    """
    rng = np.random.default_rng([seed, 3])
    write_text(folder / "configs" / "flour.yaml", FLOUR)
    asked = np.linspace(QUESTIONS[0], QUESTIONS[-1], NIGHTS).round().astype(int)
    used = 0.31 * asked + 500 * rng.random(NIGHTS) + 0.001
    rows = [f"{a},{u:.3f}\n" for a, u in zip(asked, used, strict=True)]
    write_text(folder / "data" / "nights.csv", "reservations,flour\n" + "".join(rows))
    cells = texts([f"{number}\n" for number in QUESTIONS])
    starts = range(0, lines, ROWS)
    blocks = (cells[rng.integers(len(cells), size=min(ROWS, lines - at))] for at in starts)
    write(folder / "data" / "questions.csv", csv("reservations", blocks))


def bookings(folder: Path, busy: NDArray[np.float64], lines: int, seed: int) -> None:
    """Write the bookings of busy days, for a till of so many lines."""
    make = _booked(np.random.default_rng([seed, 2]))
    counts = _shared_out(busy, round(BOOKINGS_A_LINE * lines))
    write(folder / "data" / "reservations.csv", csv("name,guests,datetime", _blocks(counts, make)))


def days(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64], Whole]:
    """Return how busy each day is, how much is sold on it, and the days without pizza."""
    busy = rng.random(DAYS_OF_BOOKINGS)
    chance = rng.random(DAYS_OF_BOOKINGS)
    without_bookings = CLOSED + NOTHING_BOOKED
    without_pizza = without_bookings + NO_PIZZA
    busy[chance < CLOSED] = 0
    sold = (np.sqrt(busy) * (1 + 0.1 * rng.random(DAYS_OF_BOOKINGS)))[:DAYS_OF_SALES]
    busy[chance < without_bookings] = 0  # people came all the same, unless it was closed
    return busy, sold, np.flatnonzero((chance >= without_bookings) & (chance < without_pizza))


def _shared_out(weights: NDArray[np.float64], total: int) -> Whole:
    """Return whole numbers in proportion to some weights that add up to the total."""
    ends = np.floor(np.cumsum(weights) / weights.sum() * total + 0.5).astype(np.int64)
    ends[-1] = total
    counts: Whole = np.diff(ends, prepend=0)
    return counts


def _blocks(counts: Whole, make: Block) -> Iterator[Bytes]:
    """Yield the lines of some days at a time, made by a function of each line's day."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = ends[first] - counts[first]
        after = max(int(np.searchsorted(ends, before + ROWS, side="right")), first + 1)
        yield make(np.repeat(np.arange(first, after), counts[first:after]))
        first = after


def _till(rng: np.random.Generator, without_pizza: Whole) -> Block:
    """Return what makes the till's lines of some days: times in order, things by chance."""
    things = texts(
        [
            f"{item},{quantity},{table},"
            for item in ITEMS
            for quantity in QUANTITIES
            for table in range(1, TABLES + 1)
        ]
    )
    times = texts([clock(second) + "\n" for second in range(OPENS, CLOSES + 1)])

    def lines(days: Whole) -> Bytes:
        rows = len(days)
        item = rng.integers(1, len(ITEMS), size=rows)
        item[(rng.random(rows) < PIZZA) & ~np.isin(days, without_pizza)] = 0
        quantity = rng.integers(len(QUANTITIES), size=rows)
        table = rng.integers(TABLES, size=rows)
        at = _in_order(days, rng.integers(len(times), size=rows))
        thing = (item * len(QUANTITIES) + quantity) * TABLES + table
        return np.hstack([things[thing], _DAYS[days], times[at]])

    return lines


def _receipts(rng: np.random.Generator, total: int) -> Block:
    """Return what makes lines whose prices, times and ids all differ, of some days."""
    items = texts([f"{item}," for item in ITEMS])
    first = texts(_names(400, "bdlmnrstvz", "aeio"))
    last = texts(_names(500, "cfgklprst", "eiou"))
    times = texts([clock(second) for second in range(OPENS, CLOSES + 1)])
    made = 0

    def lines(days: Whole) -> Bytes:
        nonlocal made
        rows = len(days)
        number = np.arange(made, made + rows)
        made += rows
        _, starts, counts = np.unique(days, return_index=True, return_counts=True)
        nth = np.arange(rows) - np.repeat(starts, counts)
        spread = len(times) / np.repeat(counts, counts)  # seconds between one and the next
        at = (nth * spread).astype(np.int64)
        return np.hstack(
            [
                same("A", rows),
                decimals(number * _PRIME % _IDS + _IDS),
                same(",", rows),
                first[rng.integers(len(first), size=rows)],
                same(" ", rows),
                last[rng.integers(len(last), size=rows)],
                same(",", rows),
                items[rng.integers(len(items), size=rows)],
                decimals(number * _PRIME % total + 100, 2),
                same(",", rows),
                _DAYS[days],
                times[at],
                same("\n", rows),
            ]
        )

    return lines


def _names(count: int, consonants: str, vowels: str) -> list[str]:
    """Return different names of three syllables."""
    syllables = [c + v for c in consonants for v in vowels]
    made = ["".join(three).capitalize() for three in product(syllables, repeat=3)]
    return made[:: len(made) // count][:count]


def _booked(rng: np.random.Generator) -> Block:
    """Return what makes the bookings of some days: numbered, and every quarter of an hour."""
    guests = texts([f",{number}," for number in range(1, GUESTS + 1)])
    times = texts([clock(second)[:-3] + "\n" for second in range(OPENS, CLOSES + 1, 900)])
    made = 0

    def lines(days: Whole) -> Bytes:
        nonlocal made
        rows = len(days)
        number = np.arange(made + 1, made + rows + 1)
        made += rows
        digits = number[:, None] // 10 ** np.arange(8, -1, -1) % 10 + ord("0")
        names = np.hstack([np.full((rows, 1), ord("R")), digits]).astype(np.uint8)
        at = _in_order(days, rng.integers(len(times), size=rows))
        return np.hstack([names, guests[rng.integers(GUESTS, size=rows)], _DAYS[days], times[at]])

    return lines


def _in_order(days: Whole, at: Whole) -> Whole:
    """Sort the times of each day; the days are in order already."""
    return at[np.lexsort((at, days))]


_DAYS: Final = texts([f"{FIRST_DAY + number} " for number in range(DAYS_OF_BOOKINGS)])
