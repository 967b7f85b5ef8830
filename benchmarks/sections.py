"""Every section of the benchmarks by name: what it works on, and who is compared."""

from __future__ import annotations

from typing import Final

import answers
import fits
from contenders import Entry

SECTIONS: Final[dict[str, Entry]] = {
    "linear": Entry(project="deliveries", lines=1_000_000, section=fits.linear),
    "extras": Entry(project="extras", lines=1_000_000, section=fits.extras),
    "boosting": Entry(project="deliveries", lines=1_000_000, section=fits.boosting),
    "arrivals": Entry(project="arrivals", lines=1_000_000, section=fits.arrivals),
    "takings": Entry(project="takings", lines=10_000_000, section=fits.takings),
    "till": Entry(project="pizzeria", lines=10_000_000, section=fits.till),
    "repeated": Entry(project="flour", lines=10_000_000, section=answers.repeated),
}
