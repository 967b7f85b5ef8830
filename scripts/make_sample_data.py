"""Write the sample exports of the pizzeria, the same bytes every time.

Each day of 2023 has r bookings, r drawn evenly from 0 to 59, and where r > 0

    pizzas = round((9.5 + 0.1 U) * log2(r) + 14 + 2 U')

are sold, with U and U' drawn evenly from 0 to 1 (the formula of the talk that mlcli
grew out of). A fortnight of bookings follows the last sale.

    python scripts/make_sample_data.py [FOLDER] [--seed N]
"""

import argparse
import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import floor, log2
from pathlib import Path

FIRST_DAY = datetime.fromisoformat("2023-01-01")
DAYS_OF_SALES = 365
DAYS_OF_BOOKINGS = DAYS_OF_SALES + 14
SEED = 2023

OTHER_ITEMS = ("salad", "lasagne", "tiramisu", "lemonade", "house wine", "coffee")


def pizzas(bookings: int, rng: random.Random) -> int:
    """Return how many pizzas are sold on a night with some bookings."""
    if bookings == 0:
        return 0
    exact = (9.5 + 0.1 * rng.random()) * log2(bookings) + 14 + 2 * rng.random()
    return floor(exact + 0.5)


def nights(seed: int) -> Iterator[tuple[datetime, int, int | None]]:
    """Yield (day, bookings, pizzas); the pizzas of days after the last sale are ``None``."""
    rng = random.Random(seed)
    for number in range(DAYS_OF_BOOKINGS):
        bookings = rng.randrange(60)
        sold = pizzas(bookings, rng)
        yield (
            FIRST_DAY + timedelta(days=number),
            bookings,
            sold if number < DAYS_OF_SALES else None,
        )


def write(folder: Path, seed: int = SEED) -> None:
    """Write ``reservations.csv`` and ``orders.csv`` into a folder."""
    rng = random.Random(f"details {seed}")
    bookings_made: list[list[object]] = []
    lines: list[list[object]] = []
    for day, bookings, sold in nights(seed):
        times = sorted(
            day + timedelta(minutes=17 * 60 + 15 * rng.randrange(20)) for _ in range(bookings)
        )
        for time in times:
            reference = f"R{len(bookings_made) + 1:05d}"
            bookings_made.append([reference, rng.randint(1, 8), f"{time:%Y-%m-%d %H:%M}"])
        if sold is not None:
            lines += _till(day, sold, rng)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "reservations.csv", ["name", "guests", "datetime"], bookings_made)
    _write(folder / "orders.csv", ["item_name", "quantity", "table_num", "ordered_at"], lines)


def _till(day: datetime, sold: int, rng: random.Random) -> list[list[object]]:
    """Return one night's lines on the till: the pizzas in twos and threes, and the rest."""
    items: list[tuple[str, int]] = []
    while sold > 0:
        quantity = min(sold, rng.choice((1, 1, 1, 2, 2, 3)))
        items.append(("pizza", quantity))
        sold -= quantity
    items += [
        (rng.choice(OTHER_ITEMS), rng.choice((1, 1, 2))) for _ in range(len(items) * 3 // 5 + 2)
    ]
    rng.shuffle(items)
    seconds = sorted(rng.randrange(17 * 3600, 22 * 3600 + 1800) for _ in items)
    return [
        [
            item,
            quantity,
            rng.randint(1, 24),
            f"{day + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}",
        ]
        for (item, quantity), second in zip(items, seconds, strict=True)
    ]


def _write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).parent.parent / "data"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    write(options.folder, options.seed)
