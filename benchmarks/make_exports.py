"""Write large exports with their definitions, the same bytes every time, in little memory.

    python benchmarks/make_exports.py PROJECT FOLDER LINES [--seed 1]

Files that are there already stay.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

import deliveries
import forms
import large
import till

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST: Final = 100

PROJECTS: Final[dict[str, Callable[[Path, int, int], None]]] = {
    "pizzeria": till.pizzeria,
    "takings": till.takings,
    "billion": large.billion,
    "flour": till.flour,
    "deliveries": deliveries.deliveries,
    "arrivals": deliveries.arrivals,
    "extras": deliveries.extras,
    "restaurants": deliveries.restaurants,
    "wide": deliveries.wide,
    "lying": deliveries.lying,
    "judged": deliveries.judged,
    "growing": deliveries.growing,
    "questions": deliveries.questions,
    "words": deliveries.words,
    "beyond": deliveries.beyond,
    "writings": forms.writings,
    "forms": forms.typed,
    "workbook": forms.workbook,
    "sample": forms.sample,
}


def main() -> None:
    """Write one project into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", choices=tuple(PROJECTS))
    parser.add_argument("folder", type=Path, help="gets configs/ and data/")
    parser.add_argument("lines", type=int, help="of its largest export")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.lines < LEAST:
        parser.error(f"{options.lines} lines: at least {LEAST}")
    PROJECTS[options.project](options.folder, options.lines, options.seed)


if __name__ == "__main__":
    main()
