"""Every section of the benchmarks by name: what it works on, and who is compared."""

from __future__ import annotations

from typing import Final

import answers
import fits
import judged
import large
import refusals
import starts
from contenders import Entry

_TABLE: Final = 1_000_000
_TILL: Final = 10_000_000
_JUDGED: Final = 200_000

SECTIONS: Final[dict[str, Entry]] = {
    "linear": Entry(project="deliveries", lines=_TABLE, section=fits.linear),
    "extras": Entry(project="extras", lines=_TABLE, section=fits.extras),
    "boosting": Entry(project="deliveries", lines=_TABLE, section=fits.boosting),
    "arrivals": Entry(project="arrivals", lines=_TABLE, section=fits.arrivals),
    "takings": Entry(project="takings", lines=_TILL, section=fits.takings),
    "till": Entry(project="pizzeria", lines=_TILL, section=fits.till),
    "writings": Entry(project="writings", lines=_TABLE, section=fits.writings),
    "parquet": Entry(project="forms", lines=_TABLE, section=fits.parquet),
    "sqlite": Entry(project="forms", lines=_TABLE, section=fits.sqlite),
    "excel": Entry(project="workbook", lines=100_000, section=fits.excel),
    "wide": Entry(project="wide", lines=100, section=fits.wide, fixed=True),
    "restaurants": Entry(project="restaurants", lines=60_000, section=fits.restaurants),
    "sample": Entry(project="sample", lines=365, section=fits.sample, fixed=True),
    "evaluate": Entry(project="judged", lines=_JUDGED, section=judged.evaluate),
    "compare": Entry(project="judged", lines=_JUDGED, section=judged.compare),
    "tune": Entry(project="judged", lines=_JUDGED, section=judged.tune),
    "questions": Entry(project="questions", lines=_TABLE, section=answers.questions),
    "noted": Entry(project="questions", lines=_TABLE, section=answers.noted),
    "trees": Entry(project="questions", lines=_TABLE, section=answers.trees),
    "repeated": Entry(project="flour", lines=_TILL, section=answers.repeated),
    "answer": Entry(project="sample", lines=365, section=starts.answer, fixed=True, repeats=15),
    "help": Entry(project="sample", lines=365, section=starts.helped, fixed=True, repeats=15),
    "fault": Entry(project="writings", lines=_TABLE, section=refusals.fault),
    "words": Entry(project="words", lines=_TABLE, section=refusals.refused),
    "beyond": Entry(project="beyond", lines=2_000_000, section=refusals.refused, fixed=True),
    "growth": Entry(project="growing", lines=_TABLE, section=fits.growth),
    "flat": Entry(project="growing", lines=_TABLE, section=answers.flat),
}

LARGE: Final[dict[str, Entry]] = {
    "lying": Entry(project="lying", lines=20_000_000, section=fits.lying, disk=300),
    "sixty": Entry(project="takings", lines=60_000_000, section=large.sixty, disk=80),
    "billion": Entry(project="billion", lines=10**9, section=large.of_parquet, disk=6),
}
"""Those that are run by their name alone: they take more of a disk than others do."""
