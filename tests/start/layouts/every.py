"""All layouts by name, each in five languages."""

from __future__ import annotations

from functools import cache

from start.layouts import (
    bank,
    bookings,
    cash_book,
    catalogue,
    churn,
    rentals,
    sensors,
    shop,
    stations,
    survey,
    three_shops,
    weekly,
)
from start.layouts.shared import LANGUAGES, Layout

LAYOUTS = {
    "a shop's orders": shop.made,
    "a form's survey": survey.made,
    "a cash book": cash_book.made,
    "a booking sheet": bookings.made,
    "two stations a day": stations.made,
    "a catalogue with tags": catalogue.made,
    "weekly sums": weekly.made,
    "a wide sensor table": sensors.made,
    "who leaves": churn.made,
    "a bank statement": bank.made,
    "a rental list": rentals.made,
    "daily sales of three shops": three_shops.made,
}
ALL = [(name, language) for name in LAYOUTS for language in LANGUAGES]
# One of each, small, for every day; every language has two or three of them.
SOME = [(name, LANGUAGES[n % 5]) for n, name in enumerate(LAYOUTS)]
_SMALL = (50, 80, 60, 30, 40, 60, 25, 70, 120, 20, 90, 45)  # orders, people, days ... as they stand


@cache
def made(name: str, language: str, *, small: bool = False) -> Layout:
    """Return the exports of a layout in a language, the same ones every time."""
    number = [*LAYOUTS].index(name)
    seed = 100 * number + LANGUAGES.index(language)
    size = (_SMALL[number],) if small else ()
    return LAYOUTS[name](language, seed, *size)
