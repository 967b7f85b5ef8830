"""Write large exports like the samples, the same bytes every time, in little memory.

Six years of a chain of pizzerias: a till export, a fifth as many bookings, and a
definition with the pizzeria's rules. Or a file of questions, as many as there are lines
on the till, with a small table to learn from. Files that are there already stay.

    python benchmarks/make_exports.py FOLDER [--lines 10_000_000] [--seed 1]

On some days the chain is closed, on some nothing is booked, on some no pizza is sold.
The bookings go on for a fortnight after the last sale.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Counts = NDArray[np.int64]
    Block = Callable[[Counts], Bytes]

LINES: Final = 10_000_000
SEED: Final = 1
FIRST_DAY: Final = np.datetime64("2018-01-01")
DAYS_OF_SALES: Final = 2191
DAYS_OF_BOOKINGS: Final = DAYS_OF_SALES + 14
BOOKINGS_A_LINE: Final = 0.2
LEAST: Final = 1_000
"""So few lines still meet every day of the week."""

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

_ROWS: Final = 100_000
"""About how many lines are made at a time, in whole days."""

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

FLOUR: Final = """\
sources:
  nights: {file: data/nights.csv}
features: [reservations]
label: {name: flour, unit: kg of flour}
model: linear_regression
holdout: none
"""


def pizzeria(folder: Path, lines: int = LINES, seed: int = SEED) -> None:
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
    busy, sold, without_pizza = _days(np.random.default_rng([seed, 0]))
    _text(folder / "configs" / "pizzeria.yaml", PIZZERIA)
    orders, bookings = folder / "data" / "orders.csv", folder / "data" / "reservations.csv"
    if not orders.exists():
        make = _till(np.random.default_rng([seed, 1]), without_pizza)
        header = "item_name,quantity,table_num,ordered_at\n"
        _write(orders, header, _blocks(_shared_out(sold, lines), make))
    if not bookings.exists():
        make = _booked(np.random.default_rng([seed, 2]))
        counts = _shared_out(busy, round(BOOKINGS_A_LINE * lines))
        _write(bookings, "name,guests,datetime\n", _blocks(counts, make))


def flour(folder: Path, lines: int = LINES, seed: int = SEED) -> None:
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
    _text(folder / "configs" / "flour.yaml", FLOUR)
    asked = np.linspace(QUESTIONS[0], QUESTIONS[-1], NIGHTS).round().astype(int)
    used = 0.31 * asked + 500 * rng.random(NIGHTS) + 0.001
    rows = [f"{a},{u:.3f}\n" for a, u in zip(asked, used, strict=True)]
    _text(folder / "data" / "nights.csv", "reservations,flour\n" + "".join(rows))
    questions = folder / "data" / "questions.csv"
    if not questions.exists():
        cells = _table([f"{number}\n" for number in QUESTIONS])
        starts = range(0, lines, _ROWS)
        blocks = (cells[rng.integers(len(cells), size=min(_ROWS, lines - at))] for at in starts)
        _write(questions, "reservations\n", blocks)


def _days(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64], Counts]:
    """Return how busy each day is, how much is sold on it, and the days without pizza."""
    busy = rng.random(DAYS_OF_BOOKINGS)
    chance = rng.random(DAYS_OF_BOOKINGS)
    without_bookings = CLOSED + NOTHING_BOOKED
    without_pizza = without_bookings + NO_PIZZA
    busy[chance < CLOSED] = 0
    sold = (np.sqrt(busy) * (1 + 0.1 * rng.random(DAYS_OF_BOOKINGS)))[:DAYS_OF_SALES]
    busy[chance < without_bookings] = 0  # people came all the same, unless it was closed
    return busy, sold, np.flatnonzero((chance >= without_bookings) & (chance < without_pizza))


def _shared_out(weights: NDArray[np.float64], total: int) -> Counts:
    """Return whole numbers in proportion to some weights that add up to the total."""
    ends = np.floor(np.cumsum(weights) / weights.sum() * total + 0.5).astype(np.int64)
    ends[-1] = total
    counts: Counts = np.diff(ends, prepend=0)
    return counts


def _blocks(counts: Counts, make: Block) -> Iterator[Bytes]:
    """Yield the lines of some days at a time, made by a function of each line's day."""
    ends = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = ends[first] - counts[first]
        after = max(int(np.searchsorted(ends, before + _ROWS, side="right")), first + 1)
        yield make(np.repeat(np.arange(first, after), counts[first:after]))
        first = after


def _till(rng: np.random.Generator, without_pizza: Counts) -> Block:
    """Return what makes the till's lines of some days: times in order, things by chance."""
    things = _table(
        [
            f"{item},{quantity},{table},"
            for item in ITEMS
            for quantity in QUANTITIES
            for table in range(1, TABLES + 1)
        ]
    )
    times = _table([_time(second) + "\n" for second in range(OPENS, CLOSES + 1)])

    def lines(days: Counts) -> Bytes:
        rows = len(days)
        item = rng.integers(1, len(ITEMS), size=rows)
        item[(rng.random(rows) < PIZZA) & ~np.isin(days, without_pizza)] = 0
        quantity = rng.integers(len(QUANTITIES), size=rows)
        table = rng.integers(TABLES, size=rows)
        at = _in_order(days, rng.integers(len(times), size=rows))
        thing = (item * len(QUANTITIES) + quantity) * TABLES + table
        return np.hstack([things[thing], _DAYS[days], times[at]])

    return lines


def _booked(rng: np.random.Generator) -> Block:
    """Return what makes the bookings of some days: numbered, and every quarter of an hour."""
    guests = _table([f",{number}," for number in range(1, GUESTS + 1)])
    times = _table([_time(second)[:-3] + "\n" for second in range(OPENS, CLOSES + 1, 900)])
    made = 0

    def lines(days: Counts) -> Bytes:
        nonlocal made
        rows = len(days)
        number = np.arange(made + 1, made + rows + 1)
        made += rows
        digits = number[:, None] // 10 ** np.arange(8, -1, -1) % 10 + ord("0")
        names = np.hstack([np.full((rows, 1), ord("R")), digits]).astype(np.uint8)
        at = _in_order(days, rng.integers(len(times), size=rows))
        return np.hstack([names, guests[rng.integers(GUESTS, size=rows)], _DAYS[days], times[at]])

    return lines


def _in_order(days: Counts, at: Counts) -> Counts:
    """Sort the times of each day; the days are in order already."""
    return at[np.lexsort((at, days))]


def _time(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _table(texts: list[str]) -> Bytes:
    """Return texts as rows of bytes, filled up with zeros."""
    cells = np.array(texts, dtype=bytes)
    return cells.view(np.uint8).reshape(len(texts), cells.itemsize)


_DAYS: Final = _table([f"{FIRST_DAY + number} " for number in range(DAYS_OF_BOOKINGS)])


def _text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write(path: Path, header: str, blocks: Iterator[Bytes]) -> None:
    """Write a file that is whole or not there; zeros are left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        file.write(header.encode())
        for block in blocks:
            file.write(block[block != 0].tobytes())
        file.flush()
        os.fsync(file.fileno())  # or the disk is still busy while the first script is timed
    unfinished.replace(path)


def main() -> None:
    """Write both projects into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="gets pizzeria/ and flour/")
    parser.add_argument("--lines", type=int, default=LINES, help="default 10_000_000")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", choices=("pizzeria", "flour"), help="write one of the two")
    options = parser.parse_args()
    if options.lines < LEAST:
        parser.error(f"--lines {options.lines}: at least {LEAST}")
    for name, make in {"pizzeria": pizzeria, "flour": flour}.items():
        if options.only in {None, name}:
            make(options.folder / name, options.lines, options.seed)


if __name__ == "__main__":
    main()
