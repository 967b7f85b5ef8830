"""Show what was measured: as a table in the terminal, as Markdown, as JSON."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from measuring import Run

_MB: Final = 1_000_000
_PACKAGES: Final = ("numpy", "pandas", "scikit-learn", "duckdb", "polars", "pyarrow")


@dataclass
class Measured:
    """What one contender took in each round.

    ``lacking`` says why it could not take part; ``imports`` is its peak, in bytes, when
    it only imports what it imports.
    """

    name: str
    lacking: str = ""
    imports: int = 0
    runs: list[Run] = field(default_factory=list)

    def times(self, other: Measured) -> float:
        """Return the median, over the rounds, of its wall time divided by the other's."""
        pairs = zip(self.runs, other.runs, strict=True)
        return median(mine.wall / theirs.wall for mine, theirs in pairs)

    def to_json(self) -> dict[str, Any]:
        """Return every figure: seconds and bytes, round by round."""
        return {
            "name": self.name,
            "lacking": self.lacking or None,
            "imports": self.imports or None,
            "wall": [run.wall for run in self.runs],
            "cpu": [run.cpu for run in self.runs],
            "peak": [run.peak for run in self.runs],
        }


@dataclass(frozen=True, kw_only=True)
class Result:
    """One section: its contenders in order, how well they agreed, and how loaded it was."""

    section: str
    lines: int
    rounds: int
    contenders: list[Measured]
    beside: tuple[str, ...]
    asked: str
    agreement: str
    load: tuple[float, float]

    def head(self) -> list[str]:
        """Return the names of the columns."""
        times = [f"× {name}" for name in self.beside]
        return [self.section, "wall s", "CPU s", *times, "peak MB", "above imports"]

    def rows(self) -> list[list[str]]:
        """Return the cells of the table, a row for each contender."""
        known = {one.name: one for one in self.contenders}
        return [self._cells(one, [known[name] for name in self.beside]) for one in self.contenders]

    def _cells(self, one: Measured, others: list[Measured]) -> list[str]:
        if not one.runs:
            return [one.name, *["-"] * (len(self.head()) - 1)]
        peak = median(run.peak for run in one.runs)
        return [
            one.name,
            f"{median(run.wall for run in one.runs):.2f}",
            f"{median(run.cpu for run in one.runs):.2f}",
            *(f"{one.times(other):.2f}" if other.runs else "-" for other in others),
            f"{peak / _MB:.0f}",
            f"{(peak - one.imports) / _MB:.0f}",
        ]

    def notes(self) -> list[str]:
        """Say what the figures are of."""
        before, after = self.load
        lacking = [f"{c.name} is not available: {c.lacking}" for c in self.contenders if c.lacking]
        measured = (
            f"{self.lines:,} lines, medians of rounds: {self.rounds}; "
            f"load of the machine: {before:.1f} before, {after:.1f} after"
        )
        return [measured, self.agreement, f"asked of {self.asked}", *lacking]

    def to_json(self) -> dict[str, Any]:
        """Return all there is to say."""
        return {
            "section": self.section,
            "lines": self.lines,
            "rounds": self.rounds,
            "contenders": [one.to_json() for one in self.contenders],
            "notes": self.notes(),
        }


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    from importlib.metadata import PackageNotFoundError, version

    found = {
        "cores": f"{os.cpu_count()}, {platform.machine()}",
        "Python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # then its script is shown as not available
            found[package] = "-"
    return found


def markdown(results: list[Result]) -> str:
    """Return the tables for ``docs/benchmarks.md``."""
    parts = ["; ".join(f"{name} {text}" for name, text in machine().items()) + "\n"]
    for result in results:
        head = result.head()
        table = [head, ["---", *["---:"] * (len(head) - 1)], *result.rows()]
        lines = "".join(f"| {' | '.join(row)} |\n" for row in table)
        parts.append(lines)
        parts.append("".join(f"- {note}\n" for note in result.notes()))
    return "\n".join(parts)


def show(results: list[Result]) -> None:
    """Print a table for each section."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for result in results:
        table = Table()
        for name in result.head():
            left = name == result.section
            table.add_column(name, justify="left" if left else "right", no_wrap=left)
        for row in result.rows():
            table.add_row(*row)
        console.print(table)
        for note in result.notes():
            console.print(f"  {note}", markup=False, highlight=False)
